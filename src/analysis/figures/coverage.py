"""How often intervals hold the truth: a row a method, a dot a scenario, and the band in which coverage should lie."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from .. import formatting as fmt
from .sheet import Panel, Sheet, nothing_to_draw, sentences
from .style import GRID, MARKS, MUTED, PAPER, Drawing, Mark, text_width, wrap

_LOWEST, _HIGHEST = 0.80, 1.0
_BAND = "#DCE6EF"
_KEPT = Mark(MARKS[0].colour, MARKS[0].text, "o", True)
_OFTEN = Mark(MARKS[0].colour, MARKS[0].text, "o", False)
_SELDOM = Mark(MARKS[1].colour, MARKS[1].text, "D", True)
_TICKS = (0.80, 0.85, 0.90, 0.95, 1.0)


def coverage_plot(
    results: pd.DataFrame,
    *,
    band: tuple[float, float] = (0.93, 0.97),
    seldom: str = "too seldom",
    often: str = "more often than stated",
    width: str = "wide",
    title: str | None = None,
    subtitle: str | None = None,
    notes: Iterable[str] = (),
) -> Drawing:
    """Coverage of each method's 95 % intervals in every scenario.

    Parameters
    ----------
    results : of `calibration_results`: columns scenario, measure, method, coverage, verdict, replicates.
    band : coverage that counts as kept.
    seldom, often : the verdicts on coverage beyond the band, Monte Carlo error allowed for.
    width, title, subtitle, notes : as for `forest_plot`.

    Returns
    -------
    Drawing. Scenarios in which a method covers too seldom are named below it, with the coverage.
    """
    title = title or "How often 95 % intervals hold the truth"
    subtitle = "Share of simulated samples, a dot a scenario" if subtitle is None else subtitle
    shown = results[results["coverage"].notna()]
    if shown.empty:
        return nothing_to_draw(width, title, subtitle, "There are no simulated intervals to show.")
    sheet = Sheet(width, title, subtitle)
    sheet.key(
        [("as stated", _KEPT), ("more often", _OFTEN), ("too seldom", _SELDOM)],
        lambda x, y, mark: sheet.mark(x + 5, y, mark),
    )
    sheet.y += 2
    marks = {seldom: _SELDOM, often: _OFTEN}
    left, entries = _entries(sheet, shown, seldom)
    _draw(sheet, entries, left, band, marks)
    sheet.notes([_how(shown, band), *notes])
    return sheet.close(_alt(title, subtitle, shown, seldom))


@dataclass(frozen=True)
class _Entry:
    """One method's line: its measure where it is the first of it, its name, its rows and what is said below."""

    measure: str
    name: list[str]
    rows: pd.DataFrame
    missed: list[str]


def _entries(sheet: Sheet, shown: pd.DataFrame, seldom: str) -> tuple[float, list[_Entry]]:
    """Where the dots start, and a line for each method."""
    narrow, size = sheet.layout.narrow, sheet.layout.small
    left = sheet.left + (10 if narrow else 232)
    entries = []
    for measure, rows in shown.groupby("measure", sort=False):
        first = fmt.upper_first(str(measure))
        for method, part in rows.groupby("method", sort=False):
            missed = part[part["verdict"].eq(seldom)].sort_values("coverage", kind="stable")
            said = ", ".join(f"{r.scenario} {fmt.percent(r.coverage)}" for r in missed.itertuples())
            room = (sheet.right - sheet.left) if narrow else left - sheet.left - 14
            below = wrap(f"Too seldom: {said}", sheet.right - left, size) if said else []
            name = wrap(fmt.upper_first(str(method)), room, size)
            entries.append(_Entry(first, name, part, below))
            first = ""
    return left, entries


def _draw(sheet: Sheet, entries: list[_Entry], left: float, band: tuple[float, float], marks: dict) -> None:
    """All lines on one panel, with an axis above and one below."""
    narrow, size = sheet.layout.narrow, sheet.layout.small
    line = size * 1.3
    bars = 14
    heights = []
    for entry in entries:
        head = sheet.line + 6 if entry.measure else 0
        names = len(entry.name) * line
        body = names + bars if narrow else max(bars, names)
        # on a wide sheet what is said stands beside the second line of a long name
        below = len(entry.missed) * line
        heights.append((head, body if narrow else max(body, bars + below), below if narrow else 0))
    right = sheet.right - 12
    ticks = [t for t in _TICKS if not narrow or t in (0.8, 0.9, 1.0)]
    beyond = any((entry.rows["coverage"] < _LOWEST).any() for entry in entries)
    words = [("≤ " if t == _LOWEST and beyond else "") + fmt.percent(t) for t in ticks]

    def axis(panel: Panel) -> None:
        for tick, word in zip(ticks, words, strict=True):
            half = text_width(word, size) / 2
            at = min(max(panel.x(tick), sheet.left + half), sheet.right - half)
            sheet.text(at, sheet.y, word, ha="center", colour=MUTED, size=size)
        sheet.y += size * 1.4

    top = sheet.y
    sheet.y += size * 1.4
    panel = sheet.panel(left, right, sum(sum(h) + 4 for h in heights), (_LOWEST, _HIGHEST))
    start, sheet.y = sheet.y, top
    axis(panel)
    y = start
    bands = []
    for entry, (head, body, below) in zip(entries, heights, strict=True):
        if entry.measure:
            sheet.rule(y + 2)
            sheet.text(sheet.left, y + 5, entry.measure, bold=True)
            y += head
        sheet.lines(sheet.left, y + 1, entry.name, size=size)
        dots = y + (len(entry.name) * line if narrow else 0)
        sheet.box(
            panel.x(band[0]), dots, panel.x(band[1]) - panel.x(band[0]), bars, facecolor=_BAND, zorder=-1
        )
        bands.append((dots, dots + bars))
        _dots(panel, entry.rows, dots + bars / 2 - panel.top, marks)
        sheet.lines(left - (8 if narrow else 0), dots + bars, entry.missed, size=size, colour=_SELDOM.text)
        y += body + below + 4
    for tick in ticks:
        sheet.verticals(panel.x(tick), bands, color=GRID, linewidth=0.8, zorder=0)
    sheet.y = y
    axis(panel)


def _dots(panel: Panel, part: pd.DataFrame, y: float, marks: dict) -> None:
    for row in part.itertuples():
        mark = marks.get(row.verdict, _KEPT)
        x = min(max(row.coverage, _LOWEST), _HIGHEST)
        panel.axes.plot(
            [x],
            [y],
            linestyle="none",
            marker=mark.shape if row.coverage >= _LOWEST else "<",
            markersize=5.6,
            markerfacecolor=mark.colour if mark.filled else PAPER,
            markeredgecolor=PAPER if mark.filled else mark.colour,
            markeredgewidth=0.5 if mark.filled else 1.3,
            clip_on=False,
            zorder=3 if mark is _SELDOM else 2,
        )


def _how(shown: pd.DataFrame, band: tuple[float, float]) -> str:
    fewest, most = int(shown["replicates"].min()), int(shown["replicates"].max())
    number = fmt.count(most) if fewest == most else f"{fmt.count(fewest)} to {fmt.count(most)}"
    return (
        f"{number} samples a scenario. Shaded: {fmt.percent(band[0])} to {fmt.percent(band[1])}. A dot a little outside the "
        "band counts as kept where the number of samples could explain it."
    )


def _alt(title: str, subtitle: str, shown: pd.DataFrame, seldom: str) -> str:
    missed = shown[shown["verdict"].eq(seldom)].sort_values("coverage", kind="stable")
    kept = len(shown) - len(missed)
    parts = [
        title,
        subtitle,
        f"{fmt.count(kept)} of {fmt.count(len(shown))} dots lie in the band or above it",
    ]
    worst = [
        f"{r.measure} by {r.method} in the scenario {r.scenario}, {fmt.percent(r.coverage)}"
        for r in missed.head(3).itertuples()
    ]
    if worst:
        parts.append(f"The lowest: {'; '.join(worst)}")
    return sentences(*parts)

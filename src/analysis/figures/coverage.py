"""How often intervals hold the truth: a row a method, a dot a scenario, and the band in which coverage should lie."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from .. import formatting as fmt
from .sheet import Panel, Sheet, nothing_to_draw, sentences
from .style import GRID, MARKS, MUTED, PAPER, RULE, Drawing, Mark, text_width, wrap

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
    for measure, rows in shown.groupby("measure", sort=False):
        _measure(sheet, str(measure), rows, band, marks, seldom)
    sheet.notes([_how(shown, band), *notes])
    return sheet.close(_alt(title, subtitle, shown, seldom))


def _measure(sheet: Sheet, measure: str, rows: pd.DataFrame, band, marks: dict, seldom: str) -> None:
    """One measure: its name, a line of dots for each method, and an axis below."""
    narrow = sheet.layout.narrow
    sheet.y += 4
    sheet.text(sheet.left, sheet.y, fmt.upper_first(measure), bold=True)
    sheet.y += sheet.line + 1
    left = sheet.left + (4 if narrow else 228)
    right = sheet.right - 10
    size = sheet.layout.small
    entries = []
    for method, part in rows.groupby("method", sort=False):
        missed = part[part["verdict"].eq(seldom)].sort_values("coverage", kind="stable")
        said = ", ".join(f"{r.scenario} {fmt.percent(r.coverage)}" for r in missed.itertuples())
        room = (sheet.right - sheet.left) if narrow else left - sheet.left - 12
        lines = wrap(fmt.upper_first(str(method)), room, size)
        below = wrap(f"Too seldom: {said}", sheet.right - left if not narrow else room, size) if said else []
        above = len(lines) * size * 1.3 if narrow else 0
        body = max(15, 0 if narrow else len(lines) * size * 1.3) + len(below) * size * 1.3
        entries.append((part, lines, below, above, body))
    total = sum(above + body + 4 for *_, above, body in entries)
    panel = sheet.panel(left, right, total, (_LOWEST, _HIGHEST))
    x_low, x_high = panel.x(band[0]), panel.x(band[1])
    y = panel.top
    bands = []
    for part, lines, below, above, body in entries:
        dots = y + above + 7.5
        sheet.lines(sheet.left, y + 1, lines, size=size)
        sheet.box(x_low, y + above, x_high - x_low, 15, facecolor=_BAND, zorder=-1)
        bands.append((y + above, y + above + 15))
        _dots(panel, part, dots - panel.top, marks)
        sheet.lines(left, y + above + 15, below, size=size, colour=_SELDOM.text)
        y += above + body + 4
    ticks = [t for t in _TICKS if not narrow or t in (0.8, 0.9, 1.0)]
    words = [
        ("≤ " if t == _LOWEST and (rows["coverage"] < _LOWEST).any() else "") + fmt.percent(t) for t in ticks
    ]
    for tick in ticks:
        sheet.verticals(panel.x(tick), bands, color=GRID, linewidth=0.8, zorder=0)
    for tick, word in zip(ticks, words, strict=True):
        half = text_width(word, size) / 2
        at = min(max(panel.x(tick), sheet.left + half), sheet.right - half)
        sheet.text(at, y, word, ha="center", colour=MUTED, size=size)
    sheet.y = y + size * 1.4
    sheet.rule(sheet.y + 2, colour=RULE)
    sheet.y += 3


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

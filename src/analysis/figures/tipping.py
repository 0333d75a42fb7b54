"""How publication would have to depend on outcome and role: the corrected difference over two selection ratios."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd

from .. import formatting as fmt
from ..wording.selection import possessive, sanctioned_cases
from .sheet import Panel, Sheet, nothing_to_draw, sentences
from .style import GRID, INK, MARKS, MUTED, PAPER, RULE, Drawing, text_width, wrap

# Tints of the two groups' colours, light enough for words in the groups' own text colours.
_ABOVE, _BELOW = "#D3DFEA", "#FCE0D2"
_CONTOURS = (-0.2, 0.2)


def tipping_plot(
    surface: pd.DataFrame,
    benchmark: pd.DataFrame | None = None,
    *,
    width: str = "wide",
    title: str | None = None,
    subtitle: str | None = None,
    notes: Iterable[str] = (),
) -> Drawing:
    """Where unequal publication would make the true rates equal, or a difference larger than chance.

    Parameters
    ----------
    surface : of `selection_surface`: selection_comparison, selection_reference (a full grid, evenly spaced on a
        log scale, that holds 1 and 1), comparison, reference, estimate, conf_low, conf_high, odds_ratio,
        numerator, denominator, numerator_reference, denominator_reference, too_few.
    benchmark : of `implied_selection`; the range of its selection ratios is marked on the diagonal.
    width, title, subtitle, notes : as for `forest_plot`.

    Returns
    -------
    Drawing. To the right: the reference's selection ratio; upwards: the comparison's; tinted where the interval
    of the corrected difference leaves out 0.
    """
    title = title or "How unequal publication would have to be to change the answer"
    subtitle = "" if subtitle is None else subtitle
    if surface.empty or surface["estimate"].isna().all() or surface["too_few"].all():
        few = len(surface) and not surface["estimate"].isna().all()
        sentence = (
            "One of the two groups is too small for the difference to be estimated."
            if few
            else "There is no difference to correct: a group is empty."
        )
        return nothing_to_draw(width, title, subtitle, sentence)
    who, whom = (fmt.group_in_sentence("role", surface[side].iloc[0]) for side in ("comparison", "reference"))
    grids = {
        column: surface.pivot(index="selection_comparison", columns="selection_reference", values=column)
        for column in ("estimate", "conf_low", "conf_high")
    }
    xs, ys = (
        np.log2(grids["estimate"].columns.to_numpy(float)),
        np.log2(grids["estimate"].index.to_numpy(float)),
    )
    observed = _observed(surface)
    event = sanctioned_cases(surface.attrs.get("sanction", "dismissal_equivalent"))

    sheet = Sheet(width, title, subtitle)
    narrow = sheet.layout.narrow
    # the vertical axis is named above it: text on its side is hard to read
    sheet.paragraph(
        f"Up: how many times as readily {possessive(who)} {event} were published as their other outcomes"
    )
    sheet.y += 6
    labels = [_times(2.0**tick) for tick in _ticks(ys, narrow)]
    left = sheet.left + max(text_width(text, sheet.size) for text in labels) + 6
    side = sheet.right - left - 4 if narrow else 340
    panel = sheet.panel(left, left + side, side, (xs[0], xs[-1]))
    panel.axes.set_ylim(ys[0], ys[-1])
    _fill(panel, xs, ys, grids)
    for tick, text in zip(_ticks(ys, narrow), labels, strict=True):
        y = _y(panel, tick)
        panel.axes.plot([xs[0], xs[-1]], [tick, tick], color=GRID, linewidth=0.8, zorder=1)
        sheet.text(left - 6, y, text, ha="right", middle=True, colour=MUTED)
    for tick in _ticks(xs, narrow):
        panel.axes.plot([tick, tick], [ys[0], ys[-1]], color=GRID, linewidth=0.8, zorder=1)
    _lines(sheet, panel, xs, ys, grids["estimate"], observed, benchmark)
    _regions(sheet, panel, surface, who)
    _point(sheet, panel, observed)
    sheet.y = panel.top
    ticks = _ticks(xs, narrow)
    sheet.x_axis(
        panel,
        ticks,
        [_times(2.0**tick) for tick in ticks],
        f"Across: the same for {possessive(whom)} {event}",
        bands=[],
    )
    lines = [
        f"Tinted: the {_level(surface)}interval of the corrected difference leaves out 0. Black line: the true rates "
        "are equal. Thin grey lines: they differ by 20 percentage points. Broken line: both roles published alike, "
        "where the odds ratio is right and the rates are not."
    ]
    span = _span(benchmark)
    if span:
        lines.append(
            f"Thick part of the broken line: up to {fmt.decimal(span)}, the most that official shares of dismissals among "
            "findings of gross misconduct imply for both roles together."
        )
    sheet.notes([*lines, *notes])
    return sheet.close(_alt(title, subtitle, surface, observed, who, whom, event, span))


def _observed(surface: pd.DataFrame) -> dict:
    """The row nearest to publication without regard to outcome: of 1 and 1, as every usual grid has it."""
    away = np.log(surface["selection_comparison"]).abs() + np.log(surface["selection_reference"]).abs()
    return surface.loc[away.idxmin()].to_dict()


def _level(surface: pd.DataFrame) -> str:
    level = surface.attrs.get("level")
    return f"{100 * level:g}{fmt.NARROW_SPACE}% " if level else ""


def _times(ratio: float) -> str:
    """``4``, or ``1/4``."""
    return f"{ratio:g}" if ratio >= 1 else f"1/{1 / ratio:g}"


def _ticks(values: np.ndarray, narrow: bool) -> list[float]:
    """Whole powers of 2 (of 4 where narrow), 1 among them, at most nine."""
    step = 2 if narrow else 1
    while (values[-1] - values[0]) / step > 8.01:
        step *= 2
    first, last = math.ceil(values[0] / step - 1e-9), math.floor(values[-1] / step + 1e-9)
    return [float(k * step) for k in range(first, last + 1)]


def _y(panel: Panel, value: float) -> float:
    low, high = panel.axes.get_ylim()
    return panel.top + (high - value) / (high - low) * panel.height


def _fill(panel: Panel, xs, ys, grids: dict) -> None:
    axes = panel.axes
    for column, levels, tint, edge in (
        ("conf_low", [0, 2], _ABOVE, MARKS[0].colour),
        ("conf_high", [-2, 0], _BELOW, MARKS[1].text),
    ):
        grid = grids[column].to_numpy(float)
        if np.nanmax(grid) > 0 if column == "conf_low" else np.nanmin(grid) < 0:
            axes.contourf(xs, ys, grid, levels=levels, colors=[tint], zorder=0)
        if np.nanmin(grid) < 0 < np.nanmax(grid):
            axes.contour(xs, ys, grid, levels=[0], colors=[edge], linewidths=0.9, zorder=1.2)


def _lines(sheet: Sheet, panel: Panel, xs, ys, estimate: pd.DataFrame, observed: dict, benchmark) -> None:
    """The curve of equal rates, curves of a fixed difference, and the diagonal of publication alike in both roles."""
    axes, grid = panel.axes, estimate.to_numpy(float)
    for value in _CONTOURS:
        if np.nanmin(grid) < value < np.nanmax(grid):
            axes.contour(
                xs, ys, grid, levels=[value], colors=[RULE], linewidths=0.9, linestyles="solid", zorder=1.4
            )
    ends = [max(xs[0], ys[0]), min(xs[-1], ys[-1])]
    axes.plot(ends, ends, color=INK, linewidth=1.1, dashes=(5, 3), zorder=1.6)
    span = _span(benchmark)
    if span:
        part = [min(max(limit, ends[0]), ends[1]) for limit in (0.0, math.log2(span))]
        axes.plot(part, part, color=INK, linewidth=4.5, alpha=0.55, solid_capstyle="butt", zorder=1.7)
    ratio = observed["odds_ratio"]
    if 0 < ratio < math.inf:
        shift = math.log2(ratio)
        across = np.array([max(xs[0], ys[0] - shift), min(xs[-1], ys[-1] - shift)])
        if across[0] < across[1]:
            axes.plot(across, across + shift, color=INK, linewidth=2, zorder=1.8)
            # along the lines, each on the side away from the other, and one further along than the other
            above = shift >= 0
            at = across[0] + (0.13 if above else 0.16) * (xs[-1] - xs[0])
            _along(sheet, panel, at, at + shift, "equal true rates", above)
            at = xs[0] + 0.37 * (xs[-1] - xs[0])
            _along(sheet, panel, at, at, "published alike", not above)
    for value in _CONTOURS:
        _contour_label(sheet, panel, xs, ys, grid, value)


def _along(sheet: Sheet, panel: Panel, x: float, y: float, text: str, above: bool) -> None:
    """Words along a line that rises by 45 degrees, above or below it."""
    size, gap = sheet.layout.small, 4
    # from the line to the baseline, at a right angle to it
    off = gap if above else -(gap + 0.72 * size)
    at_x, at_y = panel.x(x) - off / math.sqrt(2), _y(panel, y) - off / math.sqrt(2)
    sheet.text(
        at_x,
        at_y - size * 0.95,
        text,
        size=size,
        colour=INK,
        ha="center",
        rotation=45,
        rotation_mode="anchor",
        zorder=5,
    )


def _contour_label(sheet: Sheet, panel: Panel, xs, ys, grid: np.ndarray, value: float) -> None:
    """The difference in points, on its curve, where it crosses a falling diagonal in the upper right."""
    number = min(len(xs), len(ys))
    # the upper right is where dismissals are published more readily in both roles, as is likely
    for start in (round(share * (number - 1)) for share in (0.62, 0.75)):
        column = np.arange(start, number)
        row = number - 1 - (column - start)
        along = grid[row, column]
        passed = np.flatnonzero((along[:-1] < value) & (along[1:] >= value))
        if not len(passed):
            continue
        k = passed[0]
        t = (value - along[k]) / (along[k + 1] - along[k])
        x = xs[column[k]] + t * (xs[column[k + 1]] - xs[column[k]])
        y = _y(panel, ys[row[k]] + t * (ys[row[k + 1]] - ys[row[k]]))
        size, text = sheet.layout.small, _signed(value)
        half = text_width(text, size) / 2
        at = min(max(panel.x(x), panel.left + half + 2), panel.right - half - 2)
        y = max(y, panel.top + size * 0.6)
        sheet.box(at - half - 1.5, y - 6, 2 * half + 3, 12, facecolor=PAPER, zorder=4, alpha=0.85)
        sheet.text(at, y, text, size=size, ha="center", middle=True, colour=MUTED, zorder=5)
        return


def _regions(sheet: Sheet, panel: Panel, surface: pd.DataFrame, who: str) -> None:
    """What each tinted corner means, in it."""
    room = panel.height * 0.47
    for holds, words, colour, corner in (
        (surface["conf_high"] < 0, f"{possessive(who)} true rate lower, beyond chance", MARKS[1].text, "top"),
        (
            surface["conf_low"] > 0,
            f"{possessive(who)} true rate higher, beyond chance",
            MARKS[0].text,
            "bottom",
        ),
    ):
        # a corner too small for words goes without: the note below explains the tint
        if holds.mean() < 0.12:
            continue
        lines = wrap(fmt.upper_first(words), room, sheet.size, True)
        if corner == "top":
            y, x, ha = panel.top + 6, panel.left + 7, "left"
        else:
            y = panel.top + panel.height - 6 - len(lines) * sheet.line
            x, ha = panel.right - 7, "right"
        sheet.lines(x, y, lines, bold=True, colour=colour, ha=ha, zorder=5)


def _point(sheet: Sheet, panel: Panel, observed: dict) -> None:
    x, y = (math.log2(observed[f"selection_{side}"]) for side in ("reference", "comparison"))
    panel.axes.plot(
        [x], [y], marker="o", markersize=9, color=INK, markeredgecolor=PAPER, markeredgewidth=1.2, zorder=6
    )
    text = f"as published: {_signed(observed['estimate'])}"
    # on the side of the diagonal where the line of equal rates does not run
    side, up = (("left", 3), 1) if not observed["odds_ratio"] < 1 else (("right", -6 - sheet.size), -1)
    sheet.text(panel.x(x) + 9 * up, _y(panel, y) + side[1], text, colour=INK, bold=True, ha=side[0], zorder=6)


def _signed(difference: float) -> str:
    text = fmt.points(difference, unit=False)
    return text if difference < 0 or text == "0" else f"+{text}"


def _span(benchmark: pd.DataFrame | None) -> float | None:
    """The greatest selection ratio that official figures imply; above 1, or there is nothing to mark."""
    if benchmark is None or benchmark.empty:
        return None
    values = benchmark.loc[benchmark["quantity"] == "selection_ratio", "estimate"]
    values = values[np.isfinite(values) & (values > 1)]
    return float(values.max()) if len(values) else None


def _alt(title, subtitle, surface, observed, who, whom, event, span) -> str:
    interval = fmt.points_interval(observed["conf_low"], observed["conf_high"])
    counts = [
        f"{fmt.of_total(observed[f'numerator{s}'], observed[f'denominator{s}'])} {role}"
        for s, role in (("", who), ("_reference", whom))
    ]
    parts = [
        title,
        subtitle,
        f"A map of the corrected difference between {who} and {whom}, over how many times as readily {event} than other "
        f"outcomes were published: of {whom} to the right, of {who} upwards",
        f"As published ({fmt.join_words(counts)}) the difference is {fmt.points(observed['estimate'])} "
        f"(interval {interval})",
    ]
    ratio = observed["odds_ratio"]
    if 0 < ratio < math.inf:
        parts.append(
            f"The true rates are equal on a rising line, where the ratio of {who} is {fmt.ratio(ratio)} times that of {whom}"
        )
    above, below = (surface["conf_low"] > 0).any(), (surface["conf_high"] < 0).any()
    if above:
        parts.append(f"To its right and below, from some distance, the rate of {who} is higher beyond chance")
    if below:
        parts.append("To its left and above, from some distance, it is lower beyond chance")
    if span:
        parts.append(f"Official figures imply a ratio of up to {fmt.decimal(span)} for both roles together")
    return sentences(*parts)

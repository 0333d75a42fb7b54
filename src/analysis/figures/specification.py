"""The specification curve: every specification's difference in order, and below it which choices made it."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap

from .. import formatting as fmt
from ..estimates.specification import DEFINED, choice_label, option_label
from .sheet import Panel, Sheet, nothing_to_draw, sentences
from .style import GRID, INK, MARKS, MUTED, PAPER, RULE, Drawing, text_width, wrap

_BEYOND, _WITHIN = MARKS[0].colour, "#A9B7C6"
_SHADES = LinearSegmentedColormap.from_list("shades", [PAPER, MARKS[0].colour])
_ROW = 11.5
Position = tuple[int, float]


def specification_plot(
    specifications: pd.DataFrame,
    summary: pd.DataFrame,
    by_choice: pd.DataFrame,
    *,
    width: str = "wide",
    title: str | None = None,
    subtitle: str | None = None,
    notes: Iterable[str] = (),
) -> Drawing:
    """Differences of all specifications from the smallest to the largest, with a strip for each option below.

    Parameters
    ----------
    specifications, summary, by_choice : of `specification_curve`.
    width, title, subtitle, notes : as for `forest_plot`.

    Returns
    -------
    Drawing. There are more specifications than points across: each hairline is the interval of one of several
    neighbours, and a strip is as dark as the share of the specifications there that took the option.
    """
    title = title or "The difference under every specification"
    subtitle = "" if subtitle is None else subtitle
    used = specifications[specifications["status"].eq(DEFINED)].sort_values(
        ["estimate", "specification"], kind="stable"
    )
    if used.empty:
        sentence = "There are too few cases for any specification, so no curve can be drawn."
        return nothing_to_draw(width, title, subtitle, sentence)
    facts = summary.iloc[0]
    sheet = Sheet(width, title, subtitle)
    narrow = sheet.layout.narrow
    options = _options(by_choice)
    size = sheet.layout.small
    room = 112 if narrow else 168
    labels = {key: wrap(fmt.upper_first(option_label(*key)), room, size) for key in options}
    widest = max(text_width(line, size) for lines in labels.values() for line in lines)
    left = sheet.left + widest + 8
    medians = {key: fmt.points(value, unit=False) for key, value in options.items()}
    right = sheet.right - max(text_width(t, size) for t in (*medians.values(), "Median")) - 8
    own = used["headline"].to_numpy()
    at = (int(np.flatnonzero(own)[0]), float(used["estimate"].to_numpy()[own][0])) if own.any() else None
    _curve(sheet, used, facts, left, right, at)
    _dashboard(sheet, used, labels, medians, left, right, at)
    sheet.notes([*_small_print(used, facts, right - left), *notes])
    return sheet.close(_alt(title, subtitle, facts, by_choice))


def _options(by_choice: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Median of each option that some specification took, of choices that had more than one."""
    taken = by_choice[by_choice["specifications"] > 0]
    several = taken.groupby("choice")["option"].transform("size") > 1
    shown = taken[several | taken["choice"].eq("estimator")]
    return {(r.choice, r.option): float(r.median) for r in shown.itertuples()}


def _curve(
    sheet: Sheet, used: pd.DataFrame, facts: pd.Series, left: float, right: float, at: Position | None
) -> None:
    narrow, size = sheet.layout.narrow, sheet.layout.small
    number = len(used)
    sheet.paragraph("Difference in percentage points, with its interval", size=size)
    sheet.y += 3
    estimate, low, high = (used[c].to_numpy(dtype=float) for c in ("estimate", "conf_low", "conf_high"))
    # a few very wide intervals would flatten everything else: they run off the panel
    bottom = min(estimate.min(), float(np.quantile(low, 0.05)), 0) - 0.02
    top = max(estimate.max(), float(np.quantile(high, 0.95)), 0) + 0.02
    panel = sheet.panel(left, right, 150 if narrow else 190, (0, number))
    axes = panel.axes
    axes.set_ylim(bottom, top)
    for tick in _ticks(bottom, top):
        y = _y(panel, tick)
        sheet.stroke(
            [left, right], [y, y], color=RULE if tick == 0 else GRID, linewidth=1.1 if tick == 0 else 0.8
        )
        text = fmt.points(tick, unit=False)
        sheet.text(left - 5, y, text, ha="right", middle=True, colour=MUTED, size=size)
    beyond = (low > 0) | (high < 0)
    drawn = np.unique(np.linspace(0, number - 1, min(number, int(right - left))).round().astype(int))
    for mask, colour in ((~beyond[drawn], _WITHIN), (beyond[drawn], _BEYOND)):
        some = drawn[mask]
        xs = np.repeat(some + 0.5, 3)
        ends = np.stack(
            [low[some].clip(bottom, top), high[some].clip(bottom, top), np.full(len(some), np.nan)]
        )
        axes.plot(xs, ends.T.ravel(), color=colour, linewidth=0.7, alpha=0.75, solid_capstyle="butt")
    line = np.unique(np.linspace(0, number - 1, min(number, 500)).round().astype(int))
    axes.plot(line + 0.5, estimate[line], color=PAPER, linewidth=3.6)
    axes.plot(line + 0.5, estimate[line], color=INK, linewidth=1.8)
    y = _y(panel, float(facts["median"]))
    sheet.stroke([left, right], [y, y], color=INK, linewidth=0.9, dashes=(4, 2.5), zorder=3)
    lines = ["Median", fmt.points(facts["median"], unit=False)]
    for place, line in enumerate(lines):
        sheet.text(sheet.right, y + (place - 0.5) * size * 1.3, line, ha="right", middle=True, size=size)
    if at:
        x, y = panel.x(at[0] + 0.5), _y(panel, at[1])
        mark = {"marker": "D", "markersize": 6.5, "markerfacecolor": MARKS[1].colour, "zorder": 5}
        sheet.stroke([x], [y], linestyle="none", markeredgecolor=INK, markeredgewidth=0.8, **mark)
        said = f"Headline {fmt.points(at[1], unit=False)}"
        half = text_width(said, size, True) / 2
        sheet.text(
            min(max(x, left + half), right - half),
            panel.top + 4,
            said,
            bold=True,
            ha="center",
            size=size,
            colour=MARKS[1].text,
            backdrop=True,
        )
        top_end = panel.top + 4 + size * 1.4
        sheet.stroke([x, x], [top_end, y - 4], color=MARKS[1].text, linewidth=0.9)
    sheet.y += panel.height + 4


def _dashboard(
    sheet: Sheet, used: pd.DataFrame, labels: dict, medians: dict, left: float, right: float, at
) -> None:
    size = sheet.layout.small
    bins = min(len(used), int(right - left))
    place = np.minimum((np.arange(len(used)) * bins) // len(used), bins - 1)
    of_bin = np.bincount(place, minlength=bins)
    heading_height, gap = size * 1.4, 4
    heights = {key: max(_ROW, len(lines) * size * 1.2) for key, lines in labels.items()}
    choices = list(dict.fromkeys(choice for choice, _ in labels))
    total = sum(heights.values()) + len(choices) * (heading_height + gap)
    sheet.text(sheet.right, sheet.y, "Median", ha="right", colour=MUTED, size=size)
    panel = sheet.panel(left, right, total, (0, bins))
    y = sheet.y
    for choice in choices:
        sheet.text(sheet.left, y + 1, choice_label(choice), bold=True, size=size)
        y += heading_height
        for key in (k for k in labels if k[0] == choice):
            height = heights[key]
            taken = used[choice].eq(key[1]).to_numpy()
            shares = np.bincount(place, weights=taken, minlength=bins) / of_bin
            inside = y - panel.top
            panel.axes.imshow(
                _SHADES(shares)[None, :, :],
                extent=(0, bins, inside + height - 1, inside + 1),
                aspect="auto",
                interpolation="none",
                zorder=1,
            )
            sheet.rule(y + height, left, right)
            middle = y + height / 2
            lines = labels[key]
            sheet.lines(left - 6, middle - len(lines) * size * 0.66, lines, size=size, ha="right")
            sheet.text(sheet.right, middle, medians[key], ha="right", middle=True, size=size)
            y += height
        y += gap
    panel.axes.set_xlim(0, bins)
    panel.axes.set_ylim(total, 0)
    if at:
        x = panel.left + (at[0] + 0.5) / len(used) * (right - left)
        sheet.stroke(
            [x, x], [panel.top + heading_height, y - gap], color=MARKS[1].colour, linewidth=1.1, zorder=4
        )
    sheet.y = y


def _y(panel: Panel, value: float) -> float:
    """Where a value of a panel with an upright axis lies on the sheet."""
    bottom, top = panel.axes.get_ylim()
    return panel.top + (top - value) / (top - bottom) * panel.height


def _ticks(low: float, high: float) -> list[float]:
    """Round differences between the limits, at most eight."""
    step = next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if (high - low) / s <= 8)
    first = math.ceil(low / step - 1e-9)
    return [round(n * step, 2) for n in range(first, math.floor(high / step + 1e-9) + 1)]


def _small_print(used: pd.DataFrame, facts: pd.Series, across: float) -> list[str]:
    notes = ["Dark intervals leave out 0. The diamond and the line down from it are the headline."]
    if len(used) > across:
        notes.append(
            f"{fmt.count(len(used))} specifications lie closer than lines can be drawn: each hairline is the interval of one "
            f"in {round(len(used) / across)}, and a strip is the darker the more of those there took the option."
        )
    left_out = []
    if facts["undefined"]:
        left_out.append(f"{fmt.count(facts['undefined'])} with too few cases or without an estimate")
    if facts["duplicates"]:
        left_out.append(f"{fmt.count(facts['duplicates'])} that repeat another’s cases and method")
    if left_out:
        notes.append(f"Of {fmt.count(facts['tried'])} combinations, not drawn: {fmt.join_words(left_out)}.")
    return notes


def _alt(title: str, subtitle: str, facts: pd.Series, by_choice: pd.DataFrame) -> str:
    defined = int(facts["defined"])
    parts = [
        title,
        subtitle,
        f"{fmt.count(defined)} specifications, sorted, from {fmt.points(facts['low'], False)} to "
        f"{fmt.points(facts['high'])}; the median is {fmt.points(facts['median'], False)}",
        f"{fmt.percent(facts['positive'] / defined)} lie above 0; the interval lies wholly above 0 in "
        f"{fmt.count(facts['significant_positive'])} and wholly below in {fmt.count(facts['significant_negative'])}",
    ]
    if not fmt.is_missing(facts["headline"]):
        parts.append(f"The headline, {fmt.points(facts['headline'], False)}, is marked")
    medians = by_choice[by_choice["specifications"] > 0]
    spread = medians.groupby("choice", sort=False)["median"].agg(lambda m: m.max() - m.min())
    if len(spread) and spread.max() > 0:
        choice = str(spread.idxmax())
        rows = medians[medians["choice"].eq(choice)]
        said = ", ".join(
            f"{option_label(choice, r.option)} {fmt.points(r.median, False)}" for r in rows.itertuples()
        )
        parts.append(
            f"The choice that moves the median most is {fmt.header(choice_label(choice)).lower()}: {said}"
        )
    return sentences(*parts)

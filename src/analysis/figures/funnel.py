"""Variation between forces: rates against numbers of cases, with the funnel that chance would draw."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd

from .. import formatting as fmt
from .rates import default_axis_title, percent_labels
from .sheet import Panel, Sheet, mark_style, nothing_to_draw, sentences
from .style import GRID, INK, MARKS, MUTED, PAPER, RULE, Drawing, text_width

_LINES = (
    ("low95", "high95", "95 % limit", {"linewidth": 1.3, "color": RULE, "dashes": (5, 2.5)}),
    ("low998", "high998", "99.8 % limit", {"linewidth": 1.3, "color": RULE}),
)
_ADJUSTED = MARKS[3].colour
_WITHIN = "within limits"
Box = tuple[float, float, float, float]


def funnel_plot(
    forces: pd.DataFrame,
    limits: pd.DataFrame,
    *,
    adjusted: pd.DataFrame | None = None,
    highlight: str | None = None,
    width: str = "wide",
    title: str | None = None,
    subtitle: str | None = None,
    axis_title: str | None = None,
    min_count: int | None = None,
    notes: Iterable[str] = (),
) -> Drawing:
    """A dot a force, with the control limits around the rate of all forces.

    Parameters
    ----------
    forces : columns force (label), numerator, denominator, estimate, overall (the rate of all), position
        ("within limits", "above 95 %", …) and, where known, too_few: such forces are counted, not drawn.
    limits : the curves: columns size (number of cases), low95, high95, low998, high998.
    adjusted : limits allowing for over-dispersion, of the same columns, drawn beside the others.
    highlight : a force to be named and marked whatever its position.
    width, title, subtitle, min_count, notes : as for `forest_plot`.
    axis_title : what the rate is; taken from the frame where it says which sanction the rates are of.

    Returns
    -------
    Drawing, every force outside the limits named.
    """
    title = title or "Sanction rates of forces, against chance"
    subtitle = "" if subtitle is None else subtitle
    few = forces["too_few"].astype(bool) if "too_few" in forces else pd.Series(False, index=forces.index)
    shown = forces[~few & (forces["denominator"] > 0)]
    hidden = forces[few & (forces["denominator"] > 0)]
    if shown.empty:
        sentence = (
            "No force has enough cases for a rate to be drawn."
            if len(hidden)
            else "There are no cases to show."
        )
        return nothing_to_draw(width, title, subtitle, sentence)
    overall = float(shown["overall"].iloc[0])
    outside = shown[shown["position"] != _WITHIN]

    sheet = Sheet(width, title, subtitle)
    # the vertical axis is named above it: text on its side is hard to read
    sheet.paragraph(axis_title or default_axis_title(forces))
    wider = _wider(limits, adjusted)
    if wider:
        sheet.y += 2
        entries = (("Limits of chance alone", RULE), ("Limits allowing for over-dispersion", _ADJUSTED))
        sheet.key(entries, _line_swatch(sheet), swatch=20)
    sheet.y += 4
    left = sheet.left + text_width("100" + fmt.NARROW_SPACE + "%", sheet.size) + 6
    ends = [f"All forces {fmt.percent(overall)}", *(line[2] for line in _LINES)]
    right = sheet.right - max(text_width(t, sheet.size) for t in ends) - 8
    if sheet.layout.narrow:
        right = sheet.right - max(text_width(t, sheet.size) for e in ends for t in _two(e)) - 6
    most = int(shown["denominator"].max())
    top_x = max(most * 1.04, most + 1)
    panel = sheet.panel(left, right, 250 if sheet.layout.narrow else 290, (0, top_x))
    panel.axes.set_ylim(-0.03, 1.05)
    for tick, text in percent_labels((0, 0.25, 0.5, 0.75, 1)):
        y = _y(panel, tick)
        sheet.stroke([left, right], [y, y], color=GRID, linewidth=0.8, zorder=0)
        sheet.text(left - 6, y, text, ha="right", middle=True, colour=MUTED)
    curves = limits[limits["size"] <= top_x].sort_values("size")
    panel.axes.plot([0, top_x], [overall, overall], color=INK, linewidth=1.2, zorder=1)
    for low, high, _, style in _LINES:
        for column in (low, high):
            panel.axes.plot(curves["size"], curves[column], zorder=1, **style)
            if wider:
                beside = adjusted[adjusted["size"] <= top_x].sort_values("size")
                other = style | {"color": _ADJUSTED}
                panel.axes.plot(beside["size"], beside[column], zorder=1.1, **other)
    _label_lines(sheet, panel, curves, overall, right)
    obstacles = _draw_points(panel, shown, highlight)
    drawn = [curves, adjusted[adjusted["size"] <= top_x].sort_values("size")] if wider else [curves]
    lines_at = [
        (panel.x(x) - 2, _y(panel, y) - 2, panel.x(x) + 2, _y(panel, y) + 2)
        for lines in drawn
        for low, high, _, _ in _LINES
        for column in (low, high)
        for x, y in _points_along(lines["size"].tolist(), lines[column].tolist())
    ]
    middle = _points_along([0, top_x], [overall, overall], pieces=80)
    lines_at += [(panel.x(x) - 2, _y(panel, y) - 2, panel.x(x) + 2, _y(panel, y) + 2) for x, y in middle]
    for record in _named(shown, highlight).to_dict("records"):
        _name(sheet, panel, record, record["force"] == highlight, obstacles, lines_at)
    ticks = _ticks(top_x, 4 if sheet.layout.narrow else 7)
    sheet.y = panel.top
    sheet.x_axis(panel, ticks, [f"{t:g}" for t in ticks], "Cases with a known outcome", bands=[])

    lines = ["Each dot is a force; a larger dot is several forces at the same point."]
    lines.append("If only chance were at work, at least 95 % (99.8 %) of forces would lie inside the limits.")
    if adjusted is not None:
        lines.append(_OVERDISPERSED if wider else _NOT_OVERDISPERSED)
    if len(hidden):
        smallest = min_count or forces.attrs.get("min_count")
        least = f"fewer than {smallest} cases" if smallest else "too few cases to say"
        lines.append(f"Not drawn: {_forces(len(hidden))} with {least}.")
    if highlight is not None and not (shown["force"] == highlight).any():
        lines.append(f"{highlight}: {_why_absent(forces, highlight)}.")
    sheet.notes([*lines, *notes])
    return sheet.close(_alt(title, subtitle, shown, outside, hidden, overall, forces, highlight))


_OVERDISPERSED = "The wider limits allow for forces that differ by more than chance alone would make them."
_NOT_OVERDISPERSED = (
    "The rates vary no more than chance allows: limits allowing for over-dispersion would be the same."
)


def _wider(limits: pd.DataFrame, adjusted: pd.DataFrame | None) -> bool:
    """Whether there are limits for over-dispersion that differ from those of chance."""
    if adjusted is None or not len(adjusted):
        return False
    columns = [column for line in _LINES for column in line[:2]]
    both = limits.merge(adjusted, on="size", suffixes=("", "_wide"))
    return any(((both[c] - both[f"{c}_wide"]).abs() > 1e-9).any() for c in columns)


def _line_swatch(sheet: Sheet):
    def draw(x: float, y: float, colour: str) -> None:
        sheet.stroke([x, x + 20], [y, y], color=colour, linewidth=1.5)

    return draw


def _y(panel: Panel, value: float) -> float:
    low, high = panel.axes.get_ylim()
    return panel.top + (high - value) / (high - low) * panel.height


def _points_along(xs: list[float], ys: list[float], pieces: int = 8) -> list[tuple[float, float]]:
    """Points close enough together to stand for the curve that runs through the given ones."""
    found = []
    for x, y, next_x, next_y in zip(xs, ys, xs[1:], ys[1:], strict=False):
        found += [(x + (next_x - x) * k / pieces, y + (next_y - y) * k / pieces) for k in range(pieces)]
    return found


def _label_lines(sheet: Sheet, panel: Panel, curves: pd.DataFrame, overall: float, right: float) -> None:
    """Name the middle line and each pair of limits where its lower curve ends; the upper is drawn alike."""
    wanted = [(overall, f"All forces {fmt.percent(overall)}")]
    if len(curves):
        last = curves.iloc[-1]
        for low, high, text, _ in _LINES:
            end = last[low] if overall >= 0.5 else last[high]
            wanted.append((float(end), text))
    wanted = [(value, text) for value, text in wanted if not math.isnan(value)]
    pieces = [(_y(panel, value), _two(text) if sheet.layout.narrow else [text]) for value, text in wanted]
    pieces.sort(key=lambda piece: piece[0])
    free = -math.inf
    for y, lines in pieces:
        height = len(lines) * sheet.line
        top = max(y - height / 2, free)
        sheet.lines(right + 5, top, lines, colour=MUTED)
        free = top + height + 2


def _two(text: str) -> list[str]:
    """Two lines, the last word or the figure with its sign below."""
    head, _, tail = text.rpartition(" ")
    return [head, tail] if head else [text]


def _draw_points(panel: Panel, shown: pd.DataFrame, highlight: str | None) -> list[Box]:
    """One dot a point, its area the number of forces there; returns what labels must not cover."""
    obstacles = []
    base, special = MARKS[0], MARKS[1]
    for (number, rate), group in shown.groupby(["denominator", "estimate"], sort=True):
        size = 6.5 * math.sqrt(len(group))
        style = mark_style(base, size) | {"markeredgecolor": PAPER, "markeredgewidth": 0.9}
        panel.axes.plot([number], [rate], zorder=3, clip_on=False, **style)
        x, y, half = panel.x(number), _y(panel, rate), size / 2 + 1
        obstacles.append((x - half, y - half, x + half, y + half))
    marked = shown[shown["force"] == highlight]
    if len(marked):
        record = marked.iloc[0]
        style = mark_style(special, 10)
        panel.axes.plot([record["denominator"]], [record["estimate"]], zorder=4, clip_on=False, **style)
    return obstacles


def _named(shown: pd.DataFrame, highlight: str | None) -> pd.DataFrame:
    """Whom to name: the highlighted force first, so that it gets the best place, then those furthest out."""
    some = shown[(shown["position"] != _WITHIN) | (shown["force"] == highlight)]
    rank = pd.DataFrame(
        {
            "first": some["force"] != highlight,
            "out": -(some["estimate"] - some["overall"]).abs() * some["denominator"] ** 0.5,
        }
    )
    return some.loc[rank.sort_values(["first", "out"], kind="stable").index]


def _name(
    sheet: Sheet, panel: Panel, record: dict, special: bool, obstacles: list[Box], lines: list[Box]
) -> None:
    """Write a force's name near its dot, where it covers no other name or dot and as few lines as can be."""
    text = f"{record['force']} ({fmt.of_total(record['numerator'], record['denominator'])})"
    width, height = text_width(text, sheet.size, special), sheet.size * 1.2
    x, y = panel.x(record["denominator"]), _y(panel, record["estimate"])
    bottom = panel.top + panel.height
    best = None
    for distance in (8, 16, 26, 38, 52, 70, 95, 125, 160):
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)):
            # from the middle of the text: beside the dot, or above or below it
            cx = x + dx * (distance + width / 2) if dy == 0 else x + dx * width / 2
            cy = y + dy * (distance + height / 2)
            cx = min(max(cx, panel.left + 2 + width / 2), panel.right - 2 - width / 2)
            cy = min(max(cy, panel.top + height / 2), bottom - height / 2)
            box = (cx - width / 2 - 2, cy - height / 2, cx + width / 2 + 2, cy + height / 2)
            cost = 20 * sum(_overlap(box, other) for other in obstacles)
            cost += 0.7 * sum(_overlap(box, other) for other in lines) + 1.5 * distance
            if best is None or cost < best[0] - 1e-9:
                best = (cost, cx, cy, box)
    _, cx, cy, box = best
    if abs(cy - y) > 30 or abs(cx - x) > width / 2 + 30:
        sheet.stroke([x, min(max(x, box[0]), box[2])], [y, cy], color=RULE, linewidth=0.8, zorder=1)
    colour = MARKS[1].text if special else INK
    sheet.text(cx, cy, text, ha="center", middle=True, bold=special, colour=colour, backdrop=True)
    obstacles.append(box)


def _overlap(one: Box, other: Box) -> float:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return max(across, 0) * max(down, 0)


def _ticks(most: float, number: int) -> list[float]:
    """Round numbers from 0, at most so many."""
    for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000):
        if most / step <= number:
            break
    return [float(t) for t in range(0, int(most) + 1, step)]


def _forces(number: int) -> str:
    return f"{number} force{'' if number == 1 else 's'}"


def _why_absent(forces: pd.DataFrame, name: str) -> str:
    row = forces[forces["force"] == name]
    if row.empty or int(row["denominator"].iloc[0]) == 0:
        return "no case with a known outcome"
    return f"{fmt.TOO_FEW} (n = {fmt.count(row['denominator'].iloc[0])})"


def _alt(title, subtitle, shown, outside, hidden, overall, forces, highlight) -> str:
    low, high = shown["denominator"].min(), shown["denominator"].max()
    parts = [
        title,
        subtitle,
        f"Funnel plot of {_forces(len(shown))} with {low} to {high} cases each; the rate of all is "
        f"{fmt.percent(overall)}",
    ]
    if outside.empty:
        parts.append("All lie inside the 95 % limits")
    else:
        named = [
            f"{r['force']}, {r['position']}, {fmt.of_total(r['numerator'], r['denominator'])}"
            for r in outside.to_dict("records")
        ]
        shown_names = named[:8] + ([f"{len(named) - 8} more"] if len(named) > 8 else [])
        parts.append(f"Outside the limits: {'; '.join(shown_names)}")
    if len(hidden):
        parts.append(
            f"{_forces(len(hidden))} with too few cases {'is' if len(hidden) == 1 else 'are'} not drawn"
        )
    if highlight is not None:
        row = shown[shown["force"] == highlight]
        if row.empty:
            parts.append(f"{highlight}: {_why_absent(forces, highlight)}")
        else:
            r = row.iloc[0]
            counts = fmt.of_total(r["numerator"], r["denominator"])
            parts.append(f"{highlight}: {counts}, {fmt.percent(r['estimate'])}, {r['position']}")
    return sentences(*parts)

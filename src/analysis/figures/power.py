"""What difference so many cases could have seen: the range of true differences that would be missed."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd

from .. import formatting as fmt
from .sheet import Panel, Sheet, nothing_to_draw, sentences
from .style import GRID, INK, MUTED, RULE, Drawing, mark_for, text_width, wrap

_LARGE = 0.2
_GAP = 12


def power_plot(
    detectable: pd.DataFrame,
    overall: pd.DataFrame | None = None,
    *,
    row: str = "breach",
    width: str = "wide",
    title: str | None = None,
    subtitle: str | None = None,
    notes: Iterable[str] = (),
) -> Drawing:
    """A bar a row, over the true differences that would be missed too often, with both numbers of cases.

    Parameters
    ----------
    detectable : of `minimum_detectable` by one grouping: `row`, direction, comparison, reference, estimate,
        denominator, denominator_reference, power, most_possible, verdict.
    overall : of `minimum_detectable` without a grouping, drawn first.
    row : the grouping.
    width, title, subtitle, notes : as for `forest_plot`.

    Returns
    -------
    Drawing. A bar ends with a stroke at the smallest difference that would be seen; without a stroke, where no
    larger one is possible. A row in which a role has no case is words.
    """
    title = title or "Differences that these numbers of cases would miss"
    rows = _rows(overall, None) + _rows(detectable, row)
    drawn = [one for one in rows if one["n"] > 0 and one["n_reference"] > 0]
    power = float(detectable["power"].iloc[0]) if len(detectable) else math.nan
    if subtitle is None:
        subtitle = "True differences between the roles’ rates, in percentage points"
    if not drawn:
        return nothing_to_draw(width, title, subtitle, "No row holds cases of both roles.")
    frame = detectable if len(detectable) else overall
    who, whom = (fmt.plural("role", frame[side].iloc[0]) for side in ("comparison", "reference"))
    mark = mark_for(frame["comparison"].iloc[0], 0)

    sheet = Sheet(width, title, subtitle)
    narrow = sheet.layout.narrow
    heads = [wrap(name, 72, sheet.size) for name in (who, whom)]
    columns = [max(text_width(line, sheet.size) for line in lines) for lines in heads]
    right = sheet.right if narrow else sheet.right - sum(columns) - 2 * _GAP
    limit = sheet.right - sheet.left if narrow else 165
    labels = [wrap(one["label"], limit - (70 if narrow else 0), sheet.size, narrow) for one in rows]
    left = sheet.left + 8
    if not narrow:
        left += max(text_width(line, sheet.size) for lines in labels for line in lines) + 4
    low = min(-0.4, math.floor((min(_end(one, "lower") for one in drawn) - 0.12) * 5) / 5)
    high = max(0.4, math.ceil((max(_end(one, "higher") for one in drawn) + 0.12) * 5) / 5)
    low, high = max(low, -1.0), min(high, 1.0)
    heights = [
        (len(lines) * sheet.line if narrow else 0)
        + (sheet.line * 1.15 if narrow else len(lines) * sheet.line)
        + 9
        for lines in labels
    ]
    if not narrow:
        depth = max(len(lines) for lines in heads)
        edge = right
        for lines, column in zip(heads, columns, strict=True):
            edge += _GAP + column
            sheet.lines(edge, sheet.y + (depth - len(lines)) * sheet.line, lines, ha="right", colour=MUTED)
        sheet.y += depth * sheet.line + 2
    panel = sheet.panel(left, right - 8, sum(heights), (low, high))
    bands, y = [], panel.top
    for one, lines, height in zip(rows, labels, heights, strict=True):
        sheet.rule(y, colour=GRID)
        above = len(lines) * sheet.line if narrow else 0
        counts = [fmt.count(one[name]) for name in ("n", "n_reference")]
        if narrow:
            sheet.lines(sheet.left, y + 3, lines, bold=True)
            sheet.text(sheet.right, y + 3, f"n = {' and '.join(counts)}", ha="right")
        else:
            sheet.lines(sheet.left, y + (height - len(lines) * sheet.line) / 2, lines)
            edge = right
            for text, column in zip(counts, columns, strict=True):
                edge += _GAP + column
                sheet.text(edge, y + height / 2, text, ha="right", middle=True)
        middle = y + above + (height - above) / 2
        bands.append((y + above + (4 if narrow else 0), y + height))
        _bar(sheet, panel, one, middle, mark)
        y += height
    for value, style in (
        (0.0, {"color": RULE}),
        *((s * _LARGE, {"color": MUTED, "dashes": (4, 3)}) for s in (-1, 1)),
    ):
        sheet.verticals(panel.x(value), bands, linewidth=1.0, zorder=0.5, **style)
    ticks = [k / 5 for k in range(round(low * 5), round(high * 5) + 1)]
    while len(ticks) > 2 and any(
        panel.x(b) - panel.x(a) < text_width("+100", sheet.size) + 4
        for a, b in zip(ticks, ticks[1:], strict=False)
    ):
        ticks = [tick for tick in ticks if round(tick * 5) % 2 == 0] if len(ticks) > 6 else [low, 0.0, high]
        if len(ticks) <= 3:
            break
    sheet.y = panel.top
    lower, higher = (fmt.lower_first(name) for name in (who, whom))
    sheet.x_axis(panel, ticks, [_signed(t) for t in ticks], f"Rate of {lower} minus rate of {higher}", bands)
    seen = fmt.percent(power)
    sheet.notes(
        [
            f"Bar: true differences that the test would see less often than {seen} of the time. Stroke: the smallest one "
            "that it would see as often. No stroke: the bar ends where no larger difference is possible.",
            "Broken lines: 20 percentage points. Where a bar reaches past one, or has no stroke, the comparison is "
            "uninformative on that side.",
            *notes,
        ]
    )
    return sheet.close(_alt(title, subtitle, rows, seen, who, whom))


def _rows(frame: pd.DataFrame | None, row: str | None) -> list[dict]:
    """One entry a row, with both directions."""
    if frame is None or frame.empty:
        return []
    found = []
    groups = [(None, frame)] if row is None else frame.groupby(row, sort=True, observed=True)
    for key, both in groups:
        first = both.iloc[0]
        found.append(
            {
                "label": "All cases" if row is None else fmt.label(row, key),
                "n": int(first["denominator"]),
                "n_reference": int(first["denominator_reference"]),
                **{record["direction"]: record for record in both.to_dict("records")},
            }
        )
    return found


def _end(one: dict, direction: str) -> float:
    """Where a row's bar ends: at what would be seen, else where there is no more room."""
    record = one[direction]
    end = record["most_possible"] if math.isnan(record["estimate"]) else record["estimate"]
    return 0.0 if math.isnan(end) else float(end)


def _bar(sheet: Sheet, panel: Panel, one: dict, y: float, mark) -> None:
    if not one["n"] or not one["n_reference"]:
        words = "no case of either role" if not one["n"] and not one["n_reference"] else "no case of one role"
        x = max(panel.x(0.0) - text_width(words, sheet.size) / 2, panel.left)
        sheet.text(x, y, words, middle=True, colour=MUTED, backdrop=True)
        return
    ends = {direction: _end(one, direction) for direction in ("lower", "higher")}
    at = [panel.x(max(min(end, panel.axes.get_xlim()[1]), panel.axes.get_xlim()[0])) for end in ends.values()]
    sheet.stroke(at, [y, y], color=mark.colour, linewidth=5, alpha=0.45, solid_capstyle="butt", zorder=2)
    for direction, x in zip(ends, at, strict=True):
        if not math.isnan(one[direction]["estimate"]):
            sheet.stroke([x, x], [y - 5.5, y + 5.5], color=mark.colour, linewidth=2.2, zorder=3)
            text = _signed(ends[direction])
            width = text_width(text, sheet.layout.small)
            outwards = 1 if direction == "higher" else -1
            where = x + outwards * 4
            ha = "left" if outwards > 0 else "right"
            if where + outwards * width < panel.left - 8 or where + outwards * width > sheet.right:
                continue
            sheet.text(
                where,
                y,
                text,
                size=sheet.layout.small,
                middle=True,
                ha=ha,
                colour=INK,
                backdrop=True,
                zorder=4,
            )


def _signed(difference: float) -> str:
    text = fmt.points(difference, unit=False)
    return text if difference < 0 or text == "0" else f"+{text}"


def _alt(title: str, subtitle: str, rows: list[dict], seen: str, who: str, whom: str) -> str:
    parts = [title, subtitle, f"Numbers of cases are of {fmt.lower_first(who)} and {fmt.lower_first(whom)}"]
    for one in rows:
        cases = f"{fmt.count(one['n'])} and {fmt.count(one['n_reference'])} cases"
        if not one["n"] or not one["n_reference"]:
            parts.append(f"{one['label']}: {cases}, nothing to compare")
            continue
        said = []
        for direction in ("lower", "higher"):
            value = one[direction]["estimate"]
            said.append(
                f"no {direction} rate would be seen {seen} of the time"
                if math.isnan(value)
                else f"{_signed(value)} points would be seen {seen} of the time"
            )
        parts.append(f"{one['label']}, {cases}: {'; '.join(said)}")
    return sentences(*parts)

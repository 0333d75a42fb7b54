"""Rows of dots with intervals: the drawing behind forest plots, contrasts, headlines and barring rates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from .sheet import Panel, Sheet, mark_style
from .style import GRID, INK, MUTED, RULE, Mark, text_width, wrap


@dataclass(frozen=True)
class Dot:
    """One estimate on a line of its own. With `message` the words stand where the dot would be.

    `caption` stands above the dot, in its colour, in place of the group's name and the columns of text.
    """

    mark: Mark
    group: str = ""
    estimate: float = math.nan
    low: float = math.nan
    high: float = math.nan
    texts: tuple[str, ...] = ()
    message: str = ""
    caption: str = ""


@dataclass(frozen=True)
class Row:
    """A category with one dot a group; `aside` stands beside its label where the drawing is narrow."""

    label: str
    dots: tuple[Dot, ...]
    aside: str = ""


@dataclass(frozen=True)
class Scale:
    """The horizontal axis: limits, ticks with their words, title, and one reference line, explained."""

    low: float
    high: float
    ticks: tuple[float, ...]
    labels: tuple[str, ...]
    title: str = ""
    reference: float | None = None
    reference_text: str = ""
    ends: tuple[str, str] | None = None


def draw_rows(
    sheet: Sheet, rows: Sequence[Row], scale: Scale, headers: Sequence[str] = (), big: bool = False
) -> None:
    """Draw rows on a sheet: labels at the left (above the row where narrow), columns of text at the right.

    Parameters
    ----------
    sheet : where; its `y` moves below the axis.
    rows : from top to bottom.
    scale : the axis.
    headers : heading of each column of `Dot.texts`.
    big : larger marks and more room, for a headline of few rows.
    """
    narrow = sheet.layout.narrow
    size = sheet.size + (1.5 if big else 0)
    mark_size = 10 if big else 7.2
    pitch = size * (2.2 if big else 1.55)
    # a headline writes each group beside its dot; elsewhere the first row names the groups once
    captioned = any(dot.caption for row in rows for dot in row.dots)
    named = not captioned and len({dot.group for row in rows for dot in row.dots if dot.group}) > 1
    text_size = size + (1.5 if big else 0)
    number = max((len(dot.texts) for row in rows for dot in row.dots), default=0)
    headers = headers[:number]
    columns = _columns(rows, headers, text_size, sheet.size)
    gutter = 12
    right = sheet.right - sum(columns) - gutter * len(columns)
    left, label_lines = _labels(sheet, rows, size, big)
    if not narrow:
        right = min(right, sheet.right - 12)
    axis_left, axis_right = left + 8, right - 8

    if any(headers):
        edge = right
        for header, column in zip(headers, columns, strict=True):
            edge += gutter + column
            lines = header.split("\n")
            sheet.lines(edge, sheet.y, lines, ha="right", colour=MUTED)
        sheet.y += sheet.line * max(header.count("\n") + 1 for header in headers)
    if scale.ends:
        _ends(sheet, scale.ends, axis_left, axis_right, scale)
    # height of each row is known before the panel is made, since the panel needs its whole height
    name_height = sheet.line * 0.95
    heights, starts = [], []
    for number, row in enumerate(rows):
        above = len(label_lines[number]) * size * 1.32 if narrow else 0
        names = sum(_above(dot, named and number == 0) for dot in row.dots) * name_height
        body = max(
            pitch * len(row.dots) + names,
            0 if narrow else len(label_lines[number]) * size * 1.32 + 2,
            size * 1.3,
        )
        starts.append(above)
        heights.append(above + body + (8 if narrow else 7))
    if scale.reference is not None and scale.reference_text:
        _reference_text(sheet, scale, axis_left, axis_right)
    panel = sheet.panel(axis_left, axis_right, sum(heights), (scale.low, scale.high))

    bands = []
    y = panel.top
    for number, row in enumerate(rows):
        if number:
            sheet.rule(y, colour=GRID)
        first = y + 4
        if narrow:
            sheet.lines(sheet.left, first, label_lines[number], size=size, bold=bool(row.label))
            if row.aside:
                sheet.text(sheet.right, first, row.aside, size=size, ha="right")
        bands.append((y + starts[number] + (6 if narrow and starts[number] else 0), y + heights[number]))
        body = heights[number] - starts[number] - 8
        used = sum(pitch + name_height * _above(dot, named and number == 0) for dot in row.dots)
        line_y = first + starts[number] + (0 if narrow else (body - used) / 2)
        if not narrow:
            label_height = len(label_lines[number]) * size * 1.32
            # beside the middle of its dots, which with names above them is lower than the row's middle
            sheet.lines(sheet.left, y + (heights[number] - label_height) / 2, label_lines[number], size=size)
        for dot in row.dots:
            above = _above(dot, named and number == 0)
            line_y += name_height * above
            centre = line_y + pitch / 2
            if dot.caption:
                sheet.text(
                    sheet.left + 8,
                    line_y - name_height * 0.84,
                    dot.caption,
                    colour=dot.mark.text,
                    backdrop=True,
                )
            elif above and not dot.message:
                _group_name(sheet, panel, dot, line_y)
            _draw_dot(sheet, panel, dot, centre, mark_size)
            edge = right
            for text, column in zip(dot.texts, columns, strict=False):
                edge += gutter + column
                sheet.text(edge, centre, text, ha="right", middle=True, size=text_size)
            line_y += pitch
        y += heights[number]
    if scale.reference is not None:
        x = panel.x(scale.reference)
        sheet.verticals(x, _joined(bands), color=RULE, linewidth=1.1, dashes=(4, 2.5), zorder=0.5)
    ticks = _thinned(panel, scale, sheet.size)
    sheet.x_axis(panel, [t for t, _ in ticks], [w for _, w in ticks], scale.title, _joined(bands))


def _thinned(panel: Panel, scale: Scale, size: float) -> list[tuple[float, str]]:
    """As many ticks as have room for their words; both ends and the middle stay as long as they can."""
    ticks = list(zip(scale.ticks, scale.labels, strict=True))
    gaps = len(ticks) - 1
    for step in range(1, gaps + 1):
        if gaps % step or (gaps % 2 == 0 and step < gaps and (gaps // 2) % step):
            continue
        kept = ticks[::step]
        ends = [(panel.x(t), text_width(words, size) / 2) for t, words in kept]
        if all(b - a >= half + other + 5 for (a, half), (b, other) in pairwise(ends)):
            return kept
    return ticks[:1]


def _above(dot: Dot, first: bool) -> bool:
    """Whether a line of text stands above the dot: its caption or, in the first row, its group's name."""
    return bool(dot.caption) or first


def _joined(bands: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Bands that touch, made into one: fewer strokes, no seams."""
    joined: list[tuple[float, float]] = []
    for top, bottom in bands:
        if joined and abs(joined[-1][1] - top) < 0.01:
            joined[-1] = (joined[-1][0], bottom)
        else:
            joined.append((top, bottom))
    return joined


def _columns(rows: Sequence[Row], headers: Sequence[str], size: float, header_size: float) -> list[float]:
    number = max((len(dot.texts) for row in rows for dot in row.dots), default=0)
    widths = []
    for column in range(number):
        texts = [dot.texts[column] for row in rows for dot in row.dots if column < len(dot.texts)]
        width = max((text_width(text, size) for text in texts), default=0)
        if column < len(headers):
            width = max([width, *(text_width(line, header_size) for line in headers[column].split("\n"))])
        widths.append(width)
    return widths


def _labels(sheet: Sheet, rows: Sequence[Row], size: float, big: bool) -> tuple[float, list[list[str]]]:
    """Where the panel starts, and each label broken into lines."""
    if sheet.layout.narrow:
        room = sheet.right - sheet.left
        asides = [text_width(row.aside, size) + 10 if row.aside else 0 for row in rows]
        return sheet.left, [
            wrap(row.label, room - aside, size, True) if row.label or aside else []
            for row, aside in zip(rows, asides, strict=True)
        ]
    limit = 190 if big else 152
    lines = [wrap(row.label, limit, size) if row.label else [] for row in rows]
    widest = max((text_width(line, size) for some in lines for line in some), default=0)
    return sheet.left + widest + (10 if widest else 0), lines


def _draw_dot(sheet: Sheet, panel: Panel, dot: Dot, y: float, size: float) -> None:
    if dot.message:
        # says whose it is, since a message has no mark; without the name where that would not fit
        named = f"{dot.group}: {dot.message}" if dot.group else dot.message
        fits = panel.left + text_width(named, sheet.size) <= sheet.right
        sheet.text(panel.left, y, named if fits else dot.message, middle=True, colour=MUTED, backdrop=True)
        return
    low, high = panel.axes.get_xlim()
    inside = y - panel.top
    if not (math.isnan(dot.low) or math.isnan(dot.high)):
        # one path for the line and its two end strokes; an end beyond the axis is an arrow
        start, stop = max(dot.low, low), min(dot.high, high)
        xs, ys = [start, stop], [inside, inside]
        for end, limit, arrow in ((dot.low, low, "<"), (dot.high, high, ">")):
            if low <= end <= high:
                xs += [math.nan, end, end]
                ys += [math.nan, inside - 3, inside + 3]
            else:
                panel.axes.plot(
                    [limit], [inside], marker=arrow, color=dot.mark.colour, markersize=5, clip_on=False
                )
        line = {"linewidth": 2, "solid_capstyle": "butt", "clip_on": False, "zorder": 2}
        panel.axes.plot(xs, ys, color=dot.mark.colour, **line)
    if not math.isnan(dot.estimate):
        x = min(max(dot.estimate, low), high)
        panel.axes.plot([x], [inside], clip_on=False, zorder=3, **mark_style(dot.mark, size))


def _group_name(sheet: Sheet, panel: Panel, dot: Dot, y: float) -> None:
    """The group's name right above its first dot, kept inside the panel."""
    half = text_width(dot.group, sheet.size, True) / 2
    at = panel.left if dot.message or math.isnan(dot.estimate) else panel.x(dot.estimate)
    # room beside the panel is free on this line: the columns of text stand lower
    at = min(max(at, panel.left - 6 + half), max(panel.right + 8 - half, panel.left - 6 + half))
    sheet.text(
        at, y - sheet.line * 0.84, dot.group, bold=True, colour=dot.mark.text, ha="center", backdrop=True
    )


def _reference_text(sheet: Sheet, scale: Scale, left: float, right: float) -> None:
    """The explanation of the reference line, above it, kept on the sheet."""
    at = left + (scale.reference - scale.low) / (scale.high - scale.low) * (right - left)
    for line in wrap(scale.reference_text, sheet.right - sheet.left, sheet.layout.small):
        half = text_width(line, sheet.layout.small) / 2
        centre = min(max(at, sheet.left + half), max(right + 8 - half, sheet.left + half))
        sheet.text(centre, sheet.y, line, size=sheet.layout.small, colour=MUTED, ha="center")
        sheet.y += sheet.layout.small * 1.32
    sheet.y += 2


def _ends(sheet: Sheet, ends: tuple[str, str], left: float, right: float, scale: Scale) -> None:
    """What lies on either side of the reference line."""
    middle = left + (scale.reference - scale.low) / (scale.high - scale.low) * (right - left)
    before = wrap(ends[0], max(middle - sheet.left - 6, 60), sheet.layout.small)
    after = wrap(ends[1], max(sheet.right - middle - 6, 60), sheet.layout.small)
    sheet.lines(middle - 5, sheet.y, before, size=sheet.layout.small, colour=INK, ha="right")
    sheet.lines(middle + 5, sheet.y, after, size=sheet.layout.small, colour=INK)
    sheet.y += max(len(before), len(after)) * sheet.layout.small * 1.32 + 2

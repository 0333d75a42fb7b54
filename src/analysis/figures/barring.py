"""Entries on the barred list per 1,000 of the headcount, by role over the years."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd

from .. import formatting as fmt
from .rates import method_note
from .rows import Dot, Row, Scale, draw_rows
from .sheet import Panel, Sheet, mark_style, nothing_to_draw, sentences
from .style import GRID, INK, MUTED, Drawing, mark_for, role_first, text_width

_UNIT = "Entries per 1,000 headcount"


def barring_plot(
    rates: pd.DataFrame,
    *,
    width: str = "wide",
    title: str | None = None,
    subtitle: str | None = None,
    notes: Iterable[str] = (),
) -> Drawing:
    """Barring rates of each role by financial year, with their intervals, and gaps where there is no rate.

    Parameters
    ----------
    rates : columns financial_year (``2023/24``), role, estimate, conf_low, conf_high (per 1,000 headcount;
        NaN where there is no rate), numerator (entries), denominator (headcount), method, and, where known,
        in_year (the headcount is of the year).
    width, title, subtitle, notes : as for `forest_plot`.

    Returns
    -------
    Drawing. Wide: the years run to the right, entries and headcounts stand below them. Narrow: a row a year.
    """
    title = title or "Entries on the barred list by role and year"
    subtitle = f"{_UNIT}, years to 31 March, England and Wales" if subtitle is None else subtitle
    known = rates[rates["estimate"].notna()]
    if known.empty:
        return nothing_to_draw(
            width, title, subtitle, "No year has both a number of entries and a headcount."
        )
    years = sorted(rates["financial_year"].astype(str).unique())
    first, last = int(years[0][:4]), int(years[-1][:4])
    years = [f"{y}/{(y + 1) % 100:02d}" for y in range(first, last + 1)]
    members = role_first(list(dict.fromkeys(rates["role"].astype(str))))
    records = {
        (str(r["financial_year"]), str(r["role"])): r
        for r in rates.to_dict("records")
        if not fmt.is_missing(r["estimate"])
    }
    top = _top(float(known["conf_high"].max()))
    sheet = Sheet(width, title, subtitle)
    if sheet.layout.narrow:
        _rows(sheet, years, members, records, top)
    else:
        _columns(sheet, years, members, records, top)
    lines = [method_note(rates)]
    if any(not _in_year(r) for r in records.values()):
        lines.append("* The headcount is of a day outside the year; the table says which.")
    for member in members:
        gaps = [y for y in years if (y, member) not in records]
        if gaps:
            who = fmt.group_in_sentence("role", member)
            when = fmt.join_words(gaps)
            lines.append(f"No rate for {who} in {when}: no number of entries, or no headcount near enough.")
    sheet.notes([*lines, *notes])
    return sheet.close(_alt(title, subtitle, years, members, records))


def _in_year(record: dict) -> bool:
    return bool(record.get("in_year", True))


def _value(record: dict) -> str:
    return fmt.per_thousand(record["estimate"]) + ("" if _in_year(record) else "*")


def _top(most: float) -> float:
    step = next(s for s in (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if most / s <= 6 or s == 1000)
    return math.ceil(most / step + 1e-9) * step


def _ticks(top: float, most: int) -> list[float]:
    step = next(
        s for s in (0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if top / s <= most or s == 1000
    )
    return [k * step for k in range(int(top / step + 1e-9) + 1)]


def _rows(sheet: Sheet, years: list[str], members: list[str], records: dict, top: float) -> None:
    rows = []
    for year in years:
        dots = []
        for place, member in enumerate(members):
            mark, group = mark_for(member, place), fmt.plural("role", member)
            record = records.get((year, member))
            if record is None:
                dots.append(Dot(mark, group, message="no rate"))
                continue
            counts = fmt.of_total(record["numerator"], record["denominator"])
            caption = f"{group}: {_value(record)} ({counts})"
            values = (record["estimate"], record["conf_low"], record["conf_high"])
            dots.append(Dot(mark, group, *values, caption=caption))
        rows.append(Row(f"Year to 31 March {int(year[:4]) + 1}", tuple(dots)))
    ticks = _ticks(top, 3)
    scale = Scale(0, top, tuple(ticks), tuple(f"{t:g}" for t in ticks), _UNIT)
    sheet.paragraph("Rate (entries of headcount)", colour=MUTED)
    draw_rows(sheet, rows, scale)


def _columns(sheet: Sheet, years: list[str], members: list[str], records: dict, top: float) -> None:
    names = {m: _two_lines(fmt.plural("role", m)) for m in members}
    heads = ["Entries", "Headcount"]
    left = sheet.left + max(text_width(h, sheet.size) for h in heads) + 16
    right = (
        sheet.right
        - max(text_width(line, sheet.size, True) for lines in names.values() for line in lines)
        - 10
    )
    sheet.paragraph(_UNIT)
    sheet.y += 8
    panel = sheet.panel(left, right, 210, (-0.5, len(years) - 0.5))
    panel.axes.set_ylim(0, top)
    for tick in _ticks(top, 6):
        y = _y(panel, tick)
        sheet.stroke([left, right], [y, y], color=GRID, linewidth=0.8, zorder=0)
        sheet.text(left - 6, y, f"{tick:g}", ha="right", middle=True, colour=MUTED)
    span = (right - left) / len(years)
    offset = min(0.2, 16 / span)
    ends = []
    for place, member in enumerate(members):
        mark = mark_for(member, place)
        shift = offset * (2 * place - len(members) + 1)
        points = [(k + shift, records[y, member]) for k, y in enumerate(years) if (y, member) in records]
        for (x, r), (following, s) in zip(points, points[1:], strict=False):
            # a gap stays a gap
            if following - x < 1.5:
                panel.axes.plot(
                    [x, following],
                    [r["estimate"], s["estimate"]],
                    color=mark.colour,
                    linewidth=0.9,
                    alpha=0.5,
                )
        for x, record in points:
            low, high, value = (float(record[c]) for c in ("conf_low", "conf_high", "estimate"))
            panel.axes.plot([x, x], [low, high], color=mark.colour, linewidth=2, clip_on=False, zorder=2)
            panel.axes.plot([x], [value], clip_on=False, zorder=3, **mark_style(mark, 7.5))
            left_side = place == 0 and len(members) > 1
            edge = panel.x(x) + (-7 if left_side else 7)
            style = {
                "ha": "right" if left_side else "left",
                "middle": True,
                "colour": mark.text,
                "backdrop": True,
            }
            sheet.text(edge, _y(panel, value), _value(record), **style)
        if points:
            ends.append((_y(panel, float(points[-1][1]["estimate"])), member, mark))
    free = -math.inf
    for y, member, mark in sorted(ends, key=lambda e: e[0]):
        height = len(names[member]) * sheet.line
        start = max(y - height / 2, free)
        sheet.lines(right + 10, start, names[member], bold=True, colour=mark.text)
        free = start + height + 2
    sheet.y = panel.top + panel.height + 4
    for k, year in enumerate(years):
        sheet.text(panel.x(k), sheet.y, year, ha="center", colour=MUTED)
    sheet.y += sheet.line + 6
    for place, member in enumerate(members):
        mark = mark_for(member, place)
        sheet.rule(sheet.y)
        sheet.y += 4
        sheet.text(sheet.left, sheet.y, fmt.plural("role", member), bold=True, colour=mark.text)
        sheet.y += sheet.line
        for head, column in zip(heads, ("numerator", "denominator"), strict=True):
            sheet.text(sheet.left, sheet.y, head, colour=MUTED)
            for k, year in enumerate(years):
                record = records.get((year, member))
                text = fmt.NOT_STATED if record is None else fmt.count(record[column])
                sheet.text(panel.x(k), sheet.y, text, ha="center", colour=MUTED if record is None else INK)
            sheet.y += sheet.line
        sheet.y += 3


def _y(panel: Panel, value: float) -> float:
    low, high = panel.axes.get_ylim()
    return panel.top + (high - value) / (high - low) * panel.height


def _two_lines(text: str) -> list[str]:
    head, _, tail = text.rpartition(" ")
    return [head, tail] if head else [text]


def _alt(title: str, subtitle: str, years: list[str], members: list[str], records: dict) -> str:
    parts = [title, subtitle]
    for member in members:
        known = [records[y, member] | {"_year": y} for y in years if (y, member) in records]
        who = fmt.plural("role", member)
        if not known:
            parts.append(f"{who}: no year with a rate")
            continue
        said = [
            f"{r['_year']} {_value(r).rstrip('*')} ({fmt.of_total(r['numerator'], r['denominator'])})"
            for r in (known if len(known) <= 3 else [known[0], known[-1]])
        ]
        gaps = len(years) - len(known)
        text = "; ".join(said) if len(known) <= 3 else f"from {said[0]} to {said[1]}"
        if len(known) > 3:
            peak = max(known, key=lambda r: r["estimate"])
            text += f"; highest {fmt.per_thousand(peak['estimate'])} in {peak['_year']}"
        parts.append(f"{who}: {text}" + (f"; no rate in {gaps} of {len(years)} years" if gaps else ""))
    return sentences(*parts)

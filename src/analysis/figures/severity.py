"""The whole ladder of outcomes: a bar a group, divided from the mildest outcome to the gravest."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from .. import formatting as fmt
from .rates import categories, too_few
from .sheet import Sheet, nothing_to_draw, sentences
from .style import MUTED, PAPER, RULE, Drawing, ink_on, role_first, text_width, wrap

# Darker is graver. Fixed, so that an outcome has the same shade in every report.
_SHADES = {
    "no_action": "#F8FAFC",
    "reflective_practice": "#E4EDF5",
    "management_advice": "#CCDCEA",
    "written_warning": "#AFC9DF",
    "final_written_warning": "#88AED2",
    "reduction_in_rank": "#5F92C1",
    "dismissed": "#1F5A93",
    "would_have_been_dismissed": "#0A2A47",
}


def severity_bars(
    profile: pd.DataFrame,
    *,
    row: str = "role",
    width: str = "wide",
    title: str | None = None,
    subtitle: str | None = None,
    order: str = "cases",
    min_count: int | None = None,
    notes: Iterable[str] = (),
) -> Drawing:
    """Stacked bars of outcomes, each bar 100 % of a group's cases.

    Parameters
    ----------
    profile : columns `row`, outcome (codes), share (0 to 1; or estimate), numerator, denominator, and, where
        known, unknown (cases of the group whose outcome is not stated) and too_few.
    row : column that gives the bars.
    width, title, subtitle, order, min_count, notes : as for `forest_plot`.

    Returns
    -------
    Drawing. A group with `too_few` is words, not a bar.
    """
    title = title or f"Outcomes by {fmt.header(row).lower()}"
    subtitle = "Share of cases with a known outcome" if subtitle is None else subtitle
    profile = profile[profile["denominator"] > 0]
    if profile.empty:
        return nothing_to_draw(width, title, subtitle, "There are no cases with a known outcome to show.")
    profile = profile.assign(_share=profile["share"] if "share" in profile else profile["estimate"])
    groups = _groups(profile, row, order)
    outcomes = _outcomes(profile)
    sheet = Sheet(width, title, subtitle)
    sheet.key(
        [(fmt.label("outcome", o), o) for o in outcomes], lambda x, y, o: _swatch(sheet, x, y - 5, 11, 10, o)
    )
    sheet.y += 4

    narrow = sheet.layout.narrow
    ns = {g: f"n = {fmt.count(_rows(profile, row, g)['denominator'].iloc[0])}" for g in groups}
    right = sheet.right - max(text_width(n, sheet.size) for n in ns.values()) - 8
    room = sheet.right - sheet.left if narrow else 152
    labels = {g: wrap(fmt.plural(row, g), room, sheet.size, bold=narrow) for g in groups}
    widest = max(text_width(line, sheet.size) for lines in labels.values() for line in lines)
    left = sheet.left if narrow else sheet.left + widest + 10
    bar = 21
    few = 0
    for group in groups:
        rows = _rows(profile, row, group)
        lines = labels[group]
        if narrow:
            sheet.lines(sheet.left, sheet.y, lines, bold=True)
            sheet.y += len(lines) * sheet.line + 1
        height = bar if narrow else max(bar, len(lines) * sheet.line)
        middle = sheet.y + height / 2
        if not narrow:
            sheet.lines(sheet.left, middle - len(lines) * sheet.line / 2, lines)
        if too_few(rows.iloc[0]):
            few += 1
            sheet.text(left, middle, f"{fmt.TOO_FEW} ({ns[group]})", middle=True, colour=MUTED)
        else:
            _bar(sheet, rows, outcomes, left, right, middle - bar / 2, bar)
            sheet.text(sheet.right, middle, ns[group], ha="right", middle=True)
        sheet.y += height + (9 if narrow else 8)
    _axis(sheet, left, right)
    sheet.notes([*_small_print(profile, row, groups, few, min_count), *notes])
    return sheet.close(_alt(title, subtitle, profile, row, groups))


def _groups(profile: pd.DataFrame, row: str, order: str) -> list:
    one = profile.drop_duplicates(row)
    found = categories(one, row, order)
    return role_first(found) if row == "role" else found


def _rows(profile: pd.DataFrame, row: str, group) -> pd.DataFrame:
    return profile[profile[row].astype(object) == group]


def _outcomes(profile: pd.DataFrame) -> list[str]:
    """The outcomes that occur, the mildest first, those outside the ladder last."""
    present = set(profile.loc[profile["numerator"] > 0, "outcome"].astype(str))
    return [o for o in _SHADES if o in present] + sorted(present - set(_SHADES))


def _swatch(sheet: Sheet, x: float, y: float, width: float, height: float, outcome: str) -> None:
    shade = _SHADES.get(outcome)
    if shade is None:
        # outside the ladder, so outside the shades: hatched, which no shade can be mistaken for
        sheet.box(x, y, width, height, facecolor=PAPER, edgecolor=RULE, hatch="////", linewidth=0.6)
    else:
        sheet.box(x, y, width, height, facecolor=shade, edgecolor=RULE, linewidth=0.4)


def _bar(
    sheet: Sheet,
    rows: pd.DataFrame,
    outcomes: list[str],
    left: float,
    right: float,
    top: float,
    height: float,
):
    start = left
    for outcome in outcomes:
        row = rows[rows["outcome"].astype(str) == outcome]
        if row.empty or not row["numerator"].iloc[0]:
            continue
        share, number = float(row["_share"].iloc[0]), int(row["numerator"].iloc[0])
        length = share * (right - left)
        _swatch(sheet, start, top, length, height, outcome)
        if start > left:
            sheet.stroke(
                [start, start], [top, top + height], color=PAPER, linewidth=1.4, solid_capstyle="butt"
            )
        shade = _SHADES.get(outcome)
        # as much as fits inside; the shade and the table say the rest
        texts = (f"{fmt.percent(share)} ({fmt.count(number)})", fmt.percent(share))
        fitting = [t for t in texts if text_width(t, sheet.size) <= length - 7]
        if shade and fitting:
            x, y = start + length / 2, top + height / 2
            sheet.text(x, y, fitting[0], ha="center", middle=True, colour=ink_on(shade))
        start += length


def _axis(sheet: Sheet, left: float, right: float) -> None:
    for tick in (0, 0.5, 1) if sheet.layout.narrow else (0, 0.25, 0.5, 0.75, 1):
        x = left + tick * (right - left)
        text = f"{tick:.0%}".replace("%", fmt.NARROW_SPACE + "%")
        half = text_width(text, sheet.size) / 2
        sheet.stroke([x, x], [sheet.y - 5, sheet.y - 1], color=RULE, linewidth=0.8)
        sheet.text(max(x, sheet.left + half), sheet.y, text, ha="center", colour=MUTED)
    sheet.y += sheet.line


def _small_print(profile: pd.DataFrame, row: str, groups: list, few: int, min_count: int | None) -> list[str]:
    notes = []
    if "unknown" in profile:
        parts = []
        for group in groups:
            number = int(_rows(profile, row, group)["unknown"].iloc[0])
            if number:
                parts.append(f"{number} {fmt.group_in_sentence(row, group)}" if row == "role" else number)
        if row == "role" and parts:
            notes.append(f"Left out, outcome unknown: {fmt.join_words(parts)}.")
        elif parts and not profile.attrs.get("overlapping", False):
            notes.append(f"Left out, outcome unknown: {fmt.cases(sum(parts))}.")
    if few:
        notes.append(fmt.too_few_note(profile, min_count))
    return notes


def _said(record: dict) -> str:
    share = fmt.percent(record["_share"])
    return f"{fmt.in_sentence('outcome', record['outcome'])} {share} ({fmt.count(record['numerator'])})"


def _alt(title: str, subtitle: str, profile: pd.DataFrame, row: str, groups: list) -> str:
    parts = [title, subtitle]
    hidden = 0
    shown = 0
    for group in groups:
        rows = _rows(profile, row, group)
        if too_few(rows.iloc[0]):
            hidden += 1
            continue
        shown += 1
        if shown > 4:
            continue
        rows = rows.assign(_name=rows["outcome"].astype(str)).sort_values(
            ["numerator", "_name"], ascending=[False, True]
        )
        most = rows[rows["numerator"] > 0].head(3)
        said = [_said(record) for record in most.to_dict("records")]
        parts.append(
            f"{fmt.plural(row, group)}, {fmt.cases(int(rows['denominator'].iloc[0]))}: {', '.join(said)}"
        )
    if shown > 4:
        parts.append(f"{shown - 4} more bars follow")
    if hidden:
        parts.append(f"{hidden} {'group has' if hidden == 1 else 'groups have'} too few cases to say")
    return sentences(*parts)

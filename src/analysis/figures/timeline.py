"""Cases over the years, with the rules in force marked where they begin."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd

from .. import formatting as fmt
from .sheet import Sheet, nothing_to_draw, sentences
from .style import GRID, INK, MUTED, PAPER, RULE, Drawing, mark_for, role_first, text_width, wrap

_UNDATED = "not_stated"


def time_line(
    over_time: pd.DataFrame,
    regimes: pd.DataFrame,
    *,
    by: str = "year",
    group: str = "role",
    width: str = "wide",
    title: str | None = None,
    subtitle: str | None = None,
    notes: Iterable[str] = (),
) -> Drawing:
    """Counts of cases by year, a panel a role, and the date on which each set of rules began.

    Parameters
    ----------
    over_time : columns `by` (text such as ``2019`` or ``2019/20``; ``not_stated`` for undated cases),
        `group` and cases (int).
    regimes : columns start (``YYYY-MM-DD``) and label, as the code list of regimes; only those that began
        within the years drawn are marked.
    by : "year" or "financial_year" (1 April to 31 March).
    group : column that gives the panels.
    width, title, subtitle, notes : as for `forest_plot`.

    Returns
    -------
    Drawing. Wide: time runs to the right, rules are numbered and explained in a key. Narrow: time runs down
    the page, and the rules stand as lines of text between the years. Undated cases are counted in the note.
    """
    title = title or "Cases by year and role"
    subtitle = "Number of cases by the year of the hearing" if subtitle is None else subtitle
    years_of = over_time[by].astype(str)
    dated = over_time[years_of != _UNDATED]
    undated = over_time[years_of == _UNDATED]
    totals = undated.groupby(undated[group].astype(str))["cases"].sum()
    missing = {g: int(totals[g]) for g in role_first(list(totals.index)) if totals[g]}
    if dated.empty or not dated["cases"].sum():
        sentence = "There are no cases with a date to show."
        if missing:
            sentence = (
                f"None of the {fmt.cases(sum(missing.values()))} has a date, so no time line can be drawn."
            )
        return nothing_to_draw(width, title, subtitle, sentence)
    first, last = (int(f(dated[by].astype(str).str[:4])) for f in (min, max))
    years = list(range(first, last + 1))
    members = role_first(list(dict.fromkeys(dated[group].astype(str))))
    counts = {m: dict.fromkeys(years, 0) for m in members}
    for year, member, cases in zip(dated[by], dated[group], dated["cases"], strict=True):
        counts[str(member)][int(str(year)[:4])] += int(cases)
    marked = rules_began(regimes, years, by)
    sheet = Sheet(width, title, subtitle)
    draw = _down if sheet.layout.narrow else _across
    draw(sheet, counts, years, marked, by, group)
    lines = []
    if missing:
        parts = [f"{fmt.count(n)} {fmt.group_in_sentence(group, g)}" for g, n in missing.items()]
        lines.append(f"Not drawn, because the source gives no date: {fmt.join_words(parts)}.")
    sheet.notes([*lines, *notes])
    return sheet.close(_alt(title, subtitle, counts, years, marked, missing, by, group))


def rules_began(regimes: pd.DataFrame, years: list[int], by: str = "year") -> list[tuple[float, str, str]]:
    """When each set of rules began (in years, as the axis counts them), the date in words, and what it is."""
    shift = 0.25 if by == "financial_year" else 0.0
    found = []
    for start, label in zip(regimes["start"], regimes["label"], strict=True):
        day = pd.Timestamp(start)
        at = day.year + (day.day_of_year - 1) / (366 if day.is_leap_year else 365) - shift
        if years[0] <= at < years[-1] + 1:
            found.append((at, f"{day.day} {day:%B %Y}", label))
    return sorted(found)


def _n(number: int) -> str:
    """``n = 37``, which no line break may part."""
    return f"n\u00a0=\u00a0{fmt.count(number)}"


def _name(year: int, by: str) -> str:
    return str(year) if by == "year" else f"{year}/{(year + 1) % 100:02d}"


def _across(sheet: Sheet, counts: dict, years: list[int], marked: list, by: str, group: str) -> None:
    left, right = sheet.left + 4, sheet.right - 4
    span = (right - left) / len(years)
    at = {year: left + (number + 0.5) * span for number, year in enumerate(years)}
    places = number_rules(sheet, marked, left, span, years[0])
    bar = min(span * 0.62, 22)
    # one scale for all panels: a bar twice as tall is twice as many, whoever it counts
    most = max(max(max(numbers.values()) for numbers in counts.values()), 1)
    unit = min(120 / most, 12)
    for place, (member, numbers) in enumerate(counts.items()):
        mark = mark_for(member, place)
        total = sum(numbers.values())
        named = f"{fmt.plural(group, member)} (n = {fmt.count(total)} with a date)"
        sheet.text(sheet.left, sheet.y, named, bold=True, colour=mark.text, backdrop=True)
        sheet.y += sheet.line * 2 + 2
        height = max(max(numbers.values()) * unit, 12)
        base = sheet.y + height
        # where the figures of all bars would run into each other, only some have theirs
        apart = math.ceil((text_width(fmt.count(most), sheet.size) + 4) / span)
        sheet.rule(base, left, right, colour=RULE)
        for year, number in numbers.items():
            tall = number * unit
            if number:
                style = {
                    "facecolor": mark.colour if mark.filled else PAPER,
                    "edgecolor": mark.colour,
                    "linewidth": 1.4,
                }
                sheet.box(at[year] - bar / 2, base - tall, bar, tall, zorder=2, **style)
            colour = INK if number else MUTED
            if (year - years[0]) % apart == 0:
                label = {"ha": "center", "colour": colour, "backdrop": True}
                sheet.text(at[year], base - tall - sheet.line - 1, fmt.count(number), **label)
        sheet.y = base + 14
    bottom = sheet.y - 14
    for x, y in places:
        sheet.stroke([x, x], [y, bottom], color=RULE, linewidth=0.9, dashes=(3, 2.5), zorder=0.5)
    widest = max(text_width(_name(y, by), sheet.size) for y in years) + 5
    step = next(k for k in range(1, len(years) + 1) if k * span >= widest or k == len(years))
    for year in years[::step]:
        half = text_width(_name(year, by), sheet.size) / 2
        x = min(max(at[year], sheet.left + half), sheet.right - half)
        sheet.text(x, bottom + 3, _name(year, by), ha="center", colour=MUTED)
    sheet.y = bottom + 3 + sheet.line
    rules_key(sheet, marked)


def number_rules(
    sheet: Sheet, marked: list, left: float, span: float, first: int
) -> list[tuple[float, float]]:
    """Numbered circles where rules began, in a band of their own; where each line down from them starts.

    Parameters
    ----------
    marked : of `rules_began`.
    left, span : where the first year starts, and a year's width, in points.
    first : the first year.
    """
    radius = 7.2
    levels: list[float] = []
    ends = []
    for number, (when, _, _) in enumerate(marked, start=1):
        x = left + (when - first) * span
        # beginnings close together stand one above the other
        level = next((k for k, used in enumerate(levels) if x - used > 2 * radius + 2), len(levels))
        levels[level : level + 1] = [x]
        y = sheet.y + radius + level * (2 * radius + 3)
        circle = {"marker": "o", "markersize": 2 * radius, "markerfacecolor": PAPER, "markeredgecolor": INK}
        sheet.stroke([x], [y], linestyle="none", zorder=2, **circle)
        sheet.text(x, y, str(number), ha="center", middle=True, size=sheet.layout.small)
        ends.append((x, y + radius))
    sheet.y += len(levels) * (2 * radius + 3) + 2
    return ends


def rules_key(sheet: Sheet, marked: list) -> None:
    """What each number stands for, in two columns read downwards; in one where the sheet is narrow."""
    if not marked:
        return
    sheet.y += 8
    sheet.text(sheet.left, sheet.y, "Rules in force from", bold=True)
    sheet.y += sheet.line + 1
    half = len(marked) if sheet.layout.narrow else (len(marked) + 1) // 2
    column = (sheet.right - sheet.left + 14) / (1 if sheet.layout.narrow else 2)
    start, lowest = sheet.y, sheet.y
    for number, (_, day, label) in enumerate(marked, start=1):
        if number in (1, half + 1):
            sheet.y = start
        x = sheet.left + (0 if number <= half else column)
        lines = wrap(f"{day}: {label}", column - 14 - 20, sheet.size)
        sheet.text(x, sheet.y, str(number), bold=True)
        sheet.lines(x + 20, sheet.y, lines)
        sheet.y += len(lines) * sheet.line + 1
        lowest = max(lowest, sheet.y)
    sheet.y = lowest


def _down(sheet: Sheet, counts: dict, years: list[int], marked: list, by: str, group: str) -> None:
    first = sheet.left + max(text_width(_name(y, by), sheet.size) for y in years) + 8
    column = (sheet.right - first) / len(counts)
    most = max(max(max(n.values()) for n in counts.values()), 1)
    room = column - 10 - text_width(fmt.count(most), sheet.size) - 4
    heads = {
        m: wrap(f"{fmt.plural(group, m)} ({_n(sum(n.values()))})", column - 8, sheet.size, True)
        for m, n in counts.items()
    }
    for place, (member, lines) in enumerate(heads.items()):
        sheet.lines(first + place * column, sheet.y, lines, bold=True, colour=mark_for(member, place).text)
    sheet.y += max(len(lines) for lines in heads.values()) * sheet.line + 4
    waiting = list(marked)

    def rules_until(when: float) -> None:
        while waiting and waiting[0][0] < when:
            _, day, label = waiting.pop(0)
            sheet.y += 2
            sheet.rule(sheet.y, colour=RULE)
            sheet.y += 2
            sheet.paragraph(f"From {day}: {label}", colour=MUTED)
            sheet.y += 3

    for year in years:
        # A line between two years stands for the nearer turn of the year: most of 2017 was over when the rules
        # of 15 December 2017 began.
        rules_until(year + 0.5)
        middle = sheet.y + 7.5
        sheet.text(sheet.left, middle, _name(year, by), middle=True)
        for place, (member, numbers) in enumerate(counts.items()):
            mark, x = mark_for(member, place), first + place * column
            number = numbers[year]
            length = number / most * room
            if number:
                style = {
                    "facecolor": mark.colour if mark.filled else PAPER,
                    "edgecolor": mark.colour,
                    "linewidth": 1.3,
                }
                sheet.box(x, middle - 4.5, length, 9, zorder=2, **style)
            else:
                sheet.stroke([x, x], [middle - 4.5, middle + 4.5], color=GRID, linewidth=1)
            sheet.text(
                x + length + 4, middle, fmt.count(number), middle=True, colour=INK if number else MUTED
            )
        sheet.y += 15
    rules_until(years[-1] + 1)


def _alt(title, subtitle, counts, years, marked, missing, by, group) -> str:
    parts = [title, subtitle, f"{_name(years[0], by)} to {_name(years[-1], by)}"]
    for member, numbers in counts.items():
        total = sum(numbers.values())
        most = max(numbers, key=numbers.get)
        most_said = f"most in {_name(most, by)} ({numbers[most]})"
        parts.append(f"{fmt.plural(group, member)}: {fmt.cases(total)} with a date, {most_said}")
    if marked:
        parts.append("Rules begin: " + "; ".join(f"{day}, {label}" for _, day, label in marked))
    if missing:
        parts.append(
            f"{fmt.cases(sum(missing.values()))} without a date {_are(sum(missing.values()))} not drawn"
        )
    return sentences(*parts)


def _are(number: int) -> str:
    return "is" if number == 1 else "are"

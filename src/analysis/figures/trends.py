"""Sanction rates over the years: a smooth line with its band, the years' own rates, and when the rules changed."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd

from .. import formatting as fmt
from .rates import default_axis_title, percent_labels, too_few
from .sheet import Panel, Sheet, mark_style, nothing_to_draw, sentences
from .style import GRID, INK, MARKS, MUTED, PAPER, RULE, Drawing, Mark, mark_for, role_first, text_width
from .timeline import number_rules, rules_began, rules_key


def trend_plot(
    smoothed: pd.DataFrame,
    regimes: pd.DataFrame | None = None,
    *,
    width: str = "wide",
    title: str | None = None,
    subtitle: str | None = None,
    axis_title: str | None = None,
    min_count: int | None = None,
    notes: Iterable[str] = (),
) -> Drawing:
    """A smooth line with its band for each group, a panel each, with the years' own rates as dots.

    Parameters
    ----------
    smoothed : of `smoothed_rates`: columns year (text), perhaps role, estimate, conf_low, conf_high, numerator,
        denominator, raw, undated, too_few and note.
    regimes : columns start and label, as the code list of regimes; those that began within the years drawn are
        marked.
    width, title, subtitle, axis_title, min_count, notes : as for `forest_plot`.

    Returns
    -------
    Drawing. A dot's area is the year's number of cases, which stands below it where there is room; years of too few
    cases are drawn hollow. Undated cases are counted in the note.
    """
    title = title or "Sanction rates over the years"
    subtitle = "" if subtitle is None else subtitle
    group = "role" if "role" in smoothed.columns else None
    some = smoothed[smoothed["denominator"] > 0]
    if some.empty:
        undated = _undated(smoothed, group)
        sentence = "There are no cases with a date to show."
        if sum(undated.values()):
            sentence = f"None of the {fmt.cases(sum(undated.values()))} has a date, so no line can be drawn."
        return nothing_to_draw(width, title, subtitle, sentence)
    members = role_first(list(dict.fromkeys(some[group].astype(str)))) if group else [""]
    years = list(range(int(min(some["year"].astype(str))), int(max(some["year"].astype(str))) + 1))
    sheet = Sheet(width, title, subtitle)
    sheet.paragraph(axis_title or default_axis_title(smoothed))
    sheet.y += 4
    left = sheet.left + text_width("100" + fmt.NARROW_SPACE + "%", sheet.size) + 6
    right = sheet.right - 6
    marked = rules_began(regimes, years) if regimes is not None and len(regimes) else []
    span = (right - left) / len(years)
    places = number_rules(sheet, marked, left, span, years[0])
    largest = int(some["denominator"].max())
    notes_of, top = [], None
    for place, member in enumerate(members):
        line = smoothed[smoothed[group].astype(str) == member] if group else smoothed
        mark = mark_for(member, place) if group else MARKS[0]
        if group:
            total = int(line["denominator"].sum())
            named = f"{fmt.plural(group, member)} (n = {fmt.count(total)} with a date)"
            sheet.text(sheet.left, sheet.y, named, bold=True, colour=mark.text, backdrop=True)
            sheet.y += sheet.line + 4
        panel = sheet.panel(left, right, 150 if group else 190, (years[0], years[-1] + 1))
        top = panel.top if top is None else top
        _draw(sheet, panel, line, mark, largest, years)
        sheet.y = panel.top + panel.height + 4
        _counts_below(sheet, panel, line, years)
        note = next((n for n in line["note"] if n), "")
        if note:
            who = f"{fmt.plural(group, member)}: " if group else ""
            notes_of.append(f"{fmt.sentence(who + note)}")
    for x, y in places:
        sheet.stroke([x, x], [y, sheet.y], color=RULE, linewidth=0.9, dashes=(3, 2.5), zorder=0.5)
    _year_labels(sheet, left, span, years)
    rules_key(sheet, marked)
    lines = [
        "Line: smoothed rate, with its pointwise band. Dot: the year's own rate; its area is the number of cases."
    ]
    if any(too_few(r) for r in some.to_dict("records")):
        lines.append(f"Hollow dots: {_fewer(smoothed, min_count)}.")
    undated = {k: v for k, v in _undated(smoothed, group).items() if v}
    if undated:
        if group:
            text = fmt.join_words(
                [f"{fmt.count(n)} {fmt.group_in_sentence(group, g)}" for g, n in undated.items()]
            )
        else:
            text = fmt.cases(sum(undated.values()))
        lines.append(f"Not drawn, because the source gives no date: {text}.")
    sheet.notes([*lines, *notes_of, *notes])
    return sheet.close(_alt(title, subtitle, smoothed, group, members, marked, undated))


def _fewer(smoothed: pd.DataFrame, min_count: int | None) -> str:
    least = min_count or smoothed.attrs.get("min_count")
    return f"years of fewer than {least} cases" if least else "years of too few cases to say"


def _undated(smoothed: pd.DataFrame, group: str | None) -> dict[str, int]:
    if smoothed.empty:
        return {}
    if group is None:
        return {"": int(smoothed["undated"].iloc[0])}
    return {str(g): int(rows["undated"].iloc[0]) for g, rows in smoothed.groupby(group, observed=True)}


def _draw(sheet: Sheet, panel: Panel, line: pd.DataFrame, mark: Mark, largest: int, years: list[int]) -> None:
    panel.axes.set_ylim(-0.04, 1.06)
    for tick, text in percent_labels((0, 0.5, 1)):
        y = panel.top + (1.06 - tick) / 1.10 * panel.height
        sheet.stroke([panel.left, panel.right], [y, y], color=GRID, linewidth=0.8, zorder=0)
        sheet.text(panel.left - 6, y, text, ha="right", middle=True, colour=MUTED)
    fitted = line[line["estimate"].notna()]
    at = fitted["year"].astype(str).astype(int) + 0.5
    if len(fitted) > 1:
        panel.axes.fill_between(
            at, fitted["conf_low"], fitted["conf_high"], color=mark.colour, alpha=0.18, linewidth=0, zorder=1
        )
        panel.axes.plot(at, fitted["estimate"], color=mark.colour, linewidth=2, zorder=2)
    for record in line[line["denominator"] > 0].to_dict("records"):
        size = 3.6 + 8.4 * math.sqrt(record["denominator"] / largest)
        style = mark_style(mark, size) | {"markeredgewidth": 1.1}
        style["markerfacecolor"] = PAPER if too_few(record) else mark.colour
        if not too_few(record):
            style["markeredgecolor"] = PAPER
        panel.axes.plot([int(str(record["year"])) + 0.5], [record["raw"]], clip_on=False, zorder=3, **style)


def _counts_below(sheet: Sheet, panel: Panel, line: pd.DataFrame, years: list[int]) -> None:
    """The number of cases of each year below the panel; of some years only, where they would run together."""
    number = dict(zip(line["year"].astype(str).astype(int), line["denominator"].astype(int), strict=True))
    texts = {year: fmt.count(number.get(year, 0)) for year in years}
    span = (panel.right - panel.left) / len(years)
    step = _apart(max(text_width(t, sheet.layout.small) for t in texts.values()) + 4, span)
    # room for the heading of the line at its left
    for year in years[::step]:
        x = panel.left + (year - years[0] + 0.5) * span
        colour = INK if number.get(year, 0) else MUTED
        sheet.text(
            x, sheet.y, texts[year], size=sheet.layout.small, ha="center", colour=colour, backdrop=True
        )
    sheet.text(sheet.left, sheet.y, "n", size=sheet.layout.small, colour=MUTED)
    sheet.y += sheet.line + 5


def _apart(width: float, span: float) -> int:
    return max(1, math.ceil(width / span))


def _year_labels(sheet: Sheet, left: float, span: float, years: list[int]) -> None:
    step = _apart(max(text_width(str(y), sheet.size) for y in years) + 6, span)
    for year in years[::step]:
        half = text_width(str(year), sheet.size) / 2
        x = min(max(left + (year - years[0] + 0.5) * span, sheet.left + half), sheet.right - half)
        sheet.text(x, sheet.y, str(year), ha="center", colour=MUTED, backdrop=True)
    sheet.y += sheet.line


def _alt(title, subtitle, smoothed, group, members, marked, undated) -> str:
    parts = [title, subtitle]
    for member in members:
        line = smoothed[smoothed[group].astype(str) == member] if group else smoothed
        who = f"{fmt.plural(group, member)}: " if group else ""
        total = fmt.of_total(line["numerator"].sum(), line["denominator"].sum())
        fitted = line[line["estimate"].notna()]
        if fitted.empty:
            parts.append(f"{who}{total}; no line can be drawn")
            continue
        said = [
            f"{fmt.percent(r['estimate'])} ({fmt.interval(r['conf_low'], r['conf_high'])}) in {r['year']}"
            for r in _told(fitted)
        ]
        parts.append(f"{who}{total} with a date; smoothed rate {fmt.join_words(said)}")
    if marked:
        parts.append("Rules begin: " + "; ".join(f"{label} ({day.split()[-1]})" for _, day, label in marked))
    if undated:
        number = sum(undated.values())
        parts.append(f"{fmt.cases(number)} without a date {'is' if number == 1 else 'are'} not drawn")
    return sentences(*parts)


def _told(fitted: pd.DataFrame) -> list[dict]:
    """The first year, the middle and the last."""
    places = dict.fromkeys([0, len(fitted) // 2, len(fitted) - 1])
    return [fitted.iloc[place].to_dict() for place in places]

"""Rates and their differences: forest plot, contrast plot and the headline."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from .. import formatting as fmt
from ..question import Sanction
from .rows import Dot, Row, Scale, draw_rows
from .sheet import Sheet, nothing_to_draw, sentences
from .style import Drawing, mark_for, role_first

# Rows that are no category of their own stand last, whatever the order.
_LAST = ("other", "several", "not_stated")
# Categories with an order of their own, in which a reader looks for them.
_NATURAL = ("year", "financial_year", "regime", "n_breaches", "finding", "rank", "outcome")


def forest_plot(
    tidy: pd.DataFrame,
    *,
    row: str = "breach",
    group: str | None = "role",
    width: str = "wide",
    title: str | None = None,
    subtitle: str | None = None,
    order: str = "cases",
    reference: tuple[float, str] | None = None,
    axis_title: str | None = None,
    count_header: str = "Cases",
    min_count: int | None = None,
    notes: Iterable[str] = (),
) -> Drawing:
    """Rates as dots with intervals, one row a category and one dot a group.

    Parameters
    ----------
    tidy : a frame of rates: columns `row`, `group`, estimate, conf_low, conf_high (shares, 0 to 1),
        numerator, denominator, method, and, where known, too_few.
    row, group : columns that give the rows and the dots within a row; `group` may be None.
    width : "wide" (desktop) or "narrow" (phone).
    title, subtitle : what the figure shows; what is measured, for whom and when.
    order : "cases" (most cases first) or "given" (as the frame has them). Years, regimes, ranks and the like
        always keep their own order, and "not stated" stands last.
    reference : a share and what it is, drawn as the one reference line.
    axis_title : what is measured; taken from the frame where it says which sanction the rates are of.
    count_header : heading of the counts at the right.
    min_count : number of cases below which a rate is too few to say, for the note.
    notes : more small print.

    Returns
    -------
    Drawing. Groups with `too_few` are drawn as words with their number of cases, never as a dot.
    """
    group = group if group in tidy.columns else None
    title = title or f"Sanction rates by {_words(row)}" + (f" and {_words(group)}" if group else "")
    subtitle = method_note(tidy) if subtitle is None else subtitle
    if tidy.empty:
        return nothing_to_draw(width, title, subtitle, "There are no cases to show.")
    members = _groups(tidy, group)
    marks = {member: mark_for(member, place) for place, member in enumerate(members)}
    drawn = []
    for category in categories(tidy, row, order):
        dots = []
        for member in members:
            some = tidy[_same(tidy[row], category)]
            some = some if group is None else some[_same(some[group], member)]
            record = {"denominator": 0} if some.empty else some.iloc[0].to_dict()
            dots.append(_rate_dot(record, marks[member], fmt.plural(group, member) if group else "", width))
        drawn.append(Row(fmt.label(row, category), tuple(dots)))
    sheet = Sheet(width, title, subtitle)
    scale = _percent_scale(sheet.layout.narrow, axis_title or default_axis_title(tidy), reference)
    draw_rows(sheet, drawn, scale, headers=("Rate", count_header) if width == "wide" else (count_header,))
    sheet.notes([*_small_print(tidy, min_count, subtitle), *notes])
    return sheet.close(_forest_alt(tidy, row, group, members, title, subtitle, reference))


def headline_plot(
    tidy: pd.DataFrame,
    *,
    group: str = "role",
    width: str = "wide",
    title: str | None = None,
    subtitle: str | None = None,
    axis_title: str | None = None,
    min_count: int | None = None,
    notes: Iterable[str] = (),
) -> Drawing:
    """The study's answer at a glance: one large dot with its interval for each role.

    Parameters
    ----------
    tidy : rates by `group`, as for `forest_plot`; usually two rows.
    group : column whose values are compared.
    width, title, subtitle, axis_title, min_count, notes : as for `forest_plot`.

    Returns
    -------
    Drawing.
    """
    title = title or f"Sanction rates by {_words(group)}"
    subtitle = method_note(tidy) if subtitle is None else subtitle
    if tidy.empty:
        return nothing_to_draw(width, title, subtitle, "There are no cases to show.")
    members = _groups(tidy, group)
    rows = []
    for place, member in enumerate(members):
        record = tidy[_same(tidy[group], member)].iloc[0].to_dict()
        dot = _rate_dot(record, mark_for(member, place), "", "wide")
        aside = "   ".join(dot.texts) if width == "narrow" else ""
        rows.append(Row(fmt.plural(group, member), (replace(dot, texts=() if aside else dot.texts),), aside))
    sheet = Sheet(width, title, subtitle)
    draw_rows(
        sheet,
        rows,
        _percent_scale(sheet.layout.narrow, axis_title or default_axis_title(tidy), None),
        big=True,
    )
    sheet.notes([*_small_print(tidy, min_count, subtitle), *notes])
    parts = [f"{fmt.plural(group, m)}: {_said(tidy[_same(tidy[group], m)].iloc[0])}" for m in members]
    return sheet.close(sentences(title, subtitle, *parts))


def contrast_plot(
    contrasts: pd.DataFrame,
    *,
    row: str = "breach",
    width: str = "wide",
    title: str | None = None,
    subtitle: str | None = None,
    order: str = "cases",
    min_count: int | None = None,
    notes: Iterable[str] = (),
) -> Drawing:
    """Differences between two roles' rates, in percentage points, around a line of no difference.

    Parameters
    ----------
    contrasts : risk differences: columns `row`, comparison, reference (codes of the roles), estimate,
        conf_low, conf_high (differences of shares, −1 to 1), numerator, denominator, numerator_reference,
        denominator_reference, method; where there is a column measure, only "risk difference" is drawn.
    row : column that gives the rows.
    order : as for `forest_plot`.
    width, title, subtitle, min_count, notes : as for `forest_plot`.

    Returns
    -------
    Drawing. Rows with `too_few`, or where either role has no case, are drawn as words.
    """
    frame = contrasts
    if "measure" in frame:
        frame = frame[frame["measure"] == "risk difference"]
    title = title or f"Difference in sanction rates by {_words(row)}"
    subtitle = method_note(frame) if subtitle is None else subtitle
    if frame.empty:
        return nothing_to_draw(width, title, subtitle, "There are no differences to show.")
    first = frame.iloc[0]
    one, other = (fmt.group_in_sentence("role", first[c]) for c in ("comparison", "reference"))
    mark = mark_for(first["comparison"], 0)
    drawn, shown = [], []
    for category in categories(frame, row, order) if row in frame else [None]:
        record = (frame if category is None else frame[_same(frame[row], category)]).iloc[0]
        text = "" if category is None else fmt.label(row, category)
        if too_few(record) or fmt.is_missing(record["conf_low"]):
            sizes = [fmt.count(record[c]) for c in ("denominator", "denominator_reference")]
            small = f"{fmt.TOO_FEW} (n = {sizes[0]} and {sizes[1]})"
            drawn.append(Row(text, (Dot(mark, message=small),)))
            continue
        shown.append((text, record))
        counts = (
            fmt.of_total(record["numerator"], record["denominator"]),
            fmt.of_total(record["numerator_reference"], record["denominator_reference"]),
        )
        difference = _signed(record["estimate"])
        texts = (difference, *counts) if width == "wide" else (difference,)
        dot = Dot(mark, "", record["estimate"], record["conf_low"], record["conf_high"], texts)
        drawn.append(Row(text, (dot,), " v ".join(counts) if width == "narrow" else ""))
    sheet = Sheet(width, title, subtitle)
    reach = max((abs(float(r[c])) for _, r in shown for c in ("conf_low", "conf_high")), default=0.25)
    step = next(s for s in (0.05, 0.1, 0.25, 0.5) if reach <= 4 * s or s == 0.5)
    limit = min(max(math.ceil(reach / step - 1e-9), 1) * step, 1.0)
    ticks = [t * step for t in range(-round(limit / step), round(limit / step) + 1)]
    if sheet.layout.narrow or len(ticks) > 9:
        ticks = (
            [-limit, -limit / 2, 0.0, limit / 2, limit] if limit / 2 * 100 % 1 == 0 else [-limit, 0.0, limit]
        )
    scale = Scale(
        -limit,
        limit,
        tuple(ticks),
        tuple(_signed(t) for t in ticks),
        "Difference in percentage points",
        reference=0.0,
        ends=(f"Rate lower for {one}", f"Rate higher for {one}"),
    )
    if width == "wide" and shown:
        headers = ("Points", *(_two_lines(fmt.plural("role", first[c])) for c in ("comparison", "reference")))
    else:
        headers = ("Points",) if shown else ()
    draw_rows(sheet, drawn, scale, headers=headers)
    crosses = sum(r["conf_low"] <= 0 <= r["conf_high"] for _, r in shown)
    sheet.notes(
        [
            f"Above zero: a higher rate for {one} than for {other}. The dashed line is no difference."
            + (f" Counts: {one} v {other}." if width == "narrow" and shown else ""),
            *_small_print(frame, min_count, subtitle, few=len(shown) < len(drawn), dot="difference"),
            *notes,
        ]
    )
    alt = [title, subtitle]
    if shown:
        low, high = (f(shown, key=lambda s: s[1]["estimate"]) for f in (min, max))
        for word, (text, record) in (
            ("Difference" if len(shown) == 1 else "Smallest", low),
            ("Largest", high),
        ):
            if len(shown) == 1 and word == "Largest":
                continue
            alt.append(
                f"{word}{' for ' + text if text else ''}: {_signed(record['estimate'])} percentage points "
                f"({fmt.points_interval(record['conf_low'], record['conf_high'])}); "
                f"{fmt.of_total(record['numerator'], record['denominator'])} {one}, "
                f"{fmt.of_total(record['numerator_reference'], record['denominator_reference'])} {other}"
            )
        alt.append(f"{crosses} of {len(shown)} intervals include no difference")
    if few := len(drawn) - len(shown):
        alt.append(f"{few} {'row is' if few == 1 else 'rows are'} too few to say")
    return sheet.close(sentences(*alt))


def _rate_dot(record: dict, mark, group: str, width: str) -> Dot:
    number = record["denominator"]
    if not number:
        return Dot(mark, group, message="no cases")
    if too_few(record):
        return Dot(mark, group, message=f"{fmt.TOO_FEW} (n = {fmt.count(number)})")
    counts = fmt.of_total(record["numerator"], number)
    texts = (fmt.percent(record["estimate"]), counts) if width == "wide" else (counts,)
    return Dot(mark, group, record["estimate"], record["conf_low"], record["conf_high"], _short(texts))


def _short(texts: tuple[str, ...]) -> tuple[str, ...]:
    """In a column of figures "more than" and "less than" are signs."""
    return tuple(text.replace("more than ", ">").replace("less than ", "<") for text in texts)


def _percent_scale(narrow: bool, title: str, reference: tuple[float, str] | None) -> Scale:
    ticks = (0.0, 0.5, 1.0) if narrow else (0.0, 0.25, 0.5, 0.75, 1.0)
    value, text = reference or (None, "")
    labels = tuple(text for _, text in percent_labels(ticks))
    return Scale(0.0, 1.0, ticks, labels, title, value, text)


def percent_labels(ticks: Iterable[float]) -> list[tuple[float, str]]:
    """Ticks of a rate axis with their words."""
    return [(tick, f"{100 * tick:g}{fmt.NARROW_SPACE}%") for tick in ticks]


def default_axis_title(tidy: pd.DataFrame) -> str:
    """What the rates are of, where the frame says so."""
    if sanction := tidy.attrs.get("sanction"):
        return f"Share {Sanction(sanction).label}"
    return "Share of cases that ended in the sanction"


def categories(tidy: pd.DataFrame, column: str, order: str) -> list:
    """The values of a column in the order in which they are drawn."""
    values = tidy[column]
    found = list(dict.fromkeys(values.tolist()))
    if isinstance(values.dtype, pd.CategoricalDtype) and (column in _NATURAL or order != "cases"):
        place = {value: number for number, value in enumerate(values.cat.categories)}
        found.sort(key=lambda v: place.get(v, len(place)))
    elif (
        order == "cases" and "denominator" in tidy and column not in ("year", "financial_year", "n_breaches")
    ):
        number = tidy.groupby(values.astype(str), observed=True)["denominator"].sum()
        if "denominator_reference" in tidy:
            number = number + tidy.groupby(values.astype(str), observed=True)["denominator_reference"].sum()
        found.sort(key=lambda v: (-number.get(str(v), 0), fmt.label(column, v)))
    return sorted(found, key=lambda v: _LAST.index(str(v)) + 1 if str(v) in _LAST else 0)


def _groups(tidy: pd.DataFrame, column: str | None) -> list:
    if column is None:
        return [None]
    values = tidy[column]
    if isinstance(values.dtype, pd.CategoricalDtype):
        return role_first([v for v in values.cat.categories if (values == v).any()])
    return role_first(list(dict.fromkeys(values.tolist())))


def _same(values: pd.Series, value) -> pd.Series:
    return values.isna() if fmt.is_missing(value) else values.astype(object) == value


def too_few(record) -> bool:
    """Whether a row says of itself that it has too few cases."""
    few = record.get("too_few", False)
    return bool(few) if not pd.isna(few) else False


def _words(column: str | None) -> str:
    return "" if column is None else fmt.header(column)[:1].lower() + fmt.header(column)[1:]


def method_note(tidy: pd.DataFrame) -> str:
    """What dot and line stand for, from the frame's own column `method`."""
    # how p-values were found belongs in the table
    written = tidy.get("method", pd.Series(dtype=str)).dropna().astype(str)
    methods = [m for m in dict.fromkeys(w.split(";")[0] for w in written) if m]
    return f"Dot: rate. Line: {fmt.join_words(methods)}." if methods else ""


def _small_print(
    tidy: pd.DataFrame, min_count: int | None, subtitle: str, few: bool | None = None, dot: str = "rate"
) -> list[str]:
    notes = []
    method = method_note(tidy).replace("Dot: rate", f"Dot: {dot}")
    if method and method_note(tidy) != subtitle:
        notes.append(method)
    if few is None:
        few = "too_few" in tidy and bool((tidy["too_few"].astype(bool) & (tidy["denominator"] > 0)).any())
    if few:
        notes.append(fmt.too_few_note(tidy, min_count))
    return notes


def _signed(difference: float) -> str:
    text = fmt.points(difference, unit=False)
    return text if text in ("0", f"{fmt.MINUS}0") or difference < 0 else f"+{text}"


def _two_lines(text: str) -> str:
    """A heading over two lines, broken at the space nearest its middle."""
    spaces = [i for i, letter in enumerate(text) if letter == " "]
    if not spaces:
        return text
    cut = min(spaces, key=lambda i: abs(i - len(text) / 2))
    return text[:cut] + "\n" + text[cut + 1 :]


def _said(record) -> str:
    if not record["denominator"]:
        return "no cases"
    counts = fmt.of_total(record["numerator"], record["denominator"])
    if too_few(record):
        return f"{fmt.TOO_FEW} ({fmt.cases(int(record['denominator']))})"
    interval = fmt.interval(record["conf_low"], record["conf_high"])
    return f"{counts}, {fmt.percent(record['estimate'])} (interval {interval})"


def _forest_alt(tidy, row, group, members, title, subtitle, reference) -> str:
    parts = [title, subtitle]
    for member in members:
        some = tidy if group is None else tidy[_same(tidy[group], member)]
        few = some["too_few"].astype(bool) if "too_few" in some else pd.Series(False, some.index)
        shown = some[~few & (some["denominator"] > 0)]
        who = f"{fmt.plural(group, member)}: " if group else ""
        if len(shown) == 0:
            parts.append(f"{who}too few cases in every row")
            continue
        if len(shown) <= 3:
            named = [f"{fmt.label(row, r[row])} {_brief(r)}" for _, r in shown.iterrows()]
            text = "; ".join(named)
        else:
            low, high = (shown.loc[shown["estimate"].astype(float).agg(f)] for f in ("idxmin", "idxmax"))
            text = (
                f"{len(shown)} rates, from {_brief(low)} for {fmt.label(row, low[row])} "
                f"to {_brief(high)} for {fmt.label(row, high[row])}"
            )
        hidden = len(some) - len(shown)
        parts.append(who + text + (f"; {hidden} more too few to say" if hidden else ""))
    if reference:
        parts.append(f"The reference line is {reference[1]}")
    return sentences(*parts)


def _brief(record) -> str:
    return f"{fmt.percent(record['estimate'])} ({fmt.of_total(record['numerator'], record['denominator'])})"

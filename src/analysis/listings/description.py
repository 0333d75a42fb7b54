"""Tables that list and count, and those of one estimate each: built from the pieces of `tables`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from .. import formatting as fmt
from ..codelists import load_codelist, lower_first
from ..question import Denominator
from ..tables import Column, Table, build, comparison_first, table

_QUANTITIES = {
    "barred_list": "Dismissed or would have been, against the barred list",
    "proceedings": "Proceedings, against people referred to proceedings",
    "meetings": "Misconduct meetings, against people referred to one",
    "meeting_allegations": "Misconduct meetings, against allegations from conduct matters",
    "hearing_allegations": "Misconduct hearings, against allegations from conduct matters",
    "accelerated_hearing_allegations": "Accelerated hearings, against allegations from conduct matters",
}
_SHARES = {
    "dismissed_of_gross_misconduct": "Dismissed, of gross misconduct found",
    "final_written_warning_of_gross_misconduct": "Final written warning, of gross misconduct found",
    "former_officers_of_barred": "Had left, of regular officers barred",
    "constables_of_barred": "Constables, of regular officers barred",
    "specials_of_barred": "Special constables, of officers barred",
    "meetings_of_proceedings": "Misconduct meetings, of proceedings",
}


def counts_table(counts: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """Counts by group, with their share of all cases where the frame has it.

    Parameters
    ----------
    counts : of `case_counts` or `official_counts`: grouping columns, then cases (or figures) and perhaps share.
    caption : what the table shows.
    notes : small print.
    """
    groups = [name for name in counts.columns if name not in ("cases", "figures", "share")]
    columns = [
        Column(fmt.header(name), lambda r, name=name: fmt.label(name, r[name]), heading=True)
        for name in groups
    ]
    for name in ("cases", "figures"):
        if name in counts:
            columns.append(Column(fmt.header(name), lambda r, name=name: fmt.count(r[name]), numeric=True))
    if "share" in counts:
        columns.append(Column("Share of all cases", lambda r: fmt.percent(r["share"]), numeric=True))
    return build(counts, caption, columns, notes)


def missing_table(missing: pd.DataFrame, caption: str) -> Table:
    """For how many cases each field is not stated. `missing` is of `missing_values`."""
    columns = [
        Column("Field", lambda r: fmt.header(r["field"]), heading=True),
        Column("Cases that do not say", lambda r: fmt.of_total(r["missing"], r["cases"]), numeric=True),
        Column("Share", lambda r: fmt.percent(r["share"]), numeric=True),
    ]
    return build(missing, caption, columns)


def codelist_table(codes: pd.DataFrame, caption: str, *, extra: Sequence[str] = ()) -> Table:
    """A code list with its definitions.

    Parameters
    ----------
    codes : of `load_codelist`.
    caption : what the list is of.
    extra : further columns to show, between label and definition.
    """
    frame = codes.reset_index()
    headings = {"label": "Term"} | {name: fmt.header(name) for name in extra} | {"definition": "Definition"}
    return table(frame[list(headings)], caption, headings, row_header="label")


def profile_table(profile: pd.DataFrame, caption: str) -> Table:
    """Outcomes of each group, one row a group and one column an outcome, from mildest to most severe.

    `profile` is of `severity_profile`, by one grouping; its counts and shares are shown, its intervals are in the
    frame. A group of too few cases has its counts alone.
    """
    by = profile.columns[0]
    profile = comparison_first(profile)
    outcomes = list(dict.fromkeys(profile["outcome"].astype(str)))
    rows = []
    for group, cells in profile.groupby(by, observed=True, sort=False):
        one = {str(cell["outcome"]): cell for cell in cells.to_dict("records")}
        rows.append({by: group, "cells": one, "any": cells.iloc[0]})
    columns = [Column(fmt.header(by), lambda r: fmt.plural(by, r[by]), heading=True)]
    for outcome in outcomes:
        columns.append(
            Column(
                fmt.label("outcome", outcome),
                lambda r, outcome=outcome: _count_and_share(r["cells"].get(outcome)),
                numeric=True,
            )
        )
    columns.append(Column("Outcome known", lambda r: fmt.count(r["any"]["denominator"]), numeric=True))
    columns.append(Column("Outcome unknown", lambda r: fmt.count(r["any"]["unknown"]), numeric=True))
    notes = [
        "In brackets: share of the group's cases with a known outcome; none where the cases are too few to say."
    ]
    if profile.attrs.get("overlapping"):
        notes.append("A case can stand in several rows, so rows do not add up to the total.")
    built = build(pd.DataFrame(rows, columns=[by, "cells", "any"]), caption, columns, notes)
    return Table(built.caption, profile.reset_index(drop=True), built.cells, built.notes, built.html)


def cooccurrence_table(pairs: pd.DataFrame, caption: str) -> Table:
    """Pairs of standards breached in the same case, the commonest first; each pair once.

    `pairs` is of `breach_cooccurrence`; pairs that no case names are left out, and said so.
    """
    order = {code: place for place, code in enumerate(dict.fromkeys(pairs["breach_a"].astype(str)))}
    first, second = (pairs[name].astype(str).map(order) for name in ("breach_a", "breach_b"))
    once = pairs[(first < second) & (pairs["cases"] > 0)].sort_values("cases", ascending=False, kind="stable")
    columns = [
        Column("Standard", lambda r: fmt.label("breach", r["breach_a"]), heading=True),
        Column("and standard", lambda r: fmt.label("breach", r["breach_b"]), heading=True),
        Column("Cases that name both", lambda r: fmt.count(r["cases"]), numeric=True),
        Column("Of the cases that name the first", lambda r: fmt.percent(r["of_a"]), numeric=True),
    ]
    return build(once, caption, columns, ["Pairs that occur in no case are not listed."])


def sources_table(sources: pd.DataFrame, caption: str) -> Table:
    """The two rates and their difference, source by source. `sources` is of `headline_by_sources`."""

    other = load_codelist("source_types").loc["other", "definition"]
    notes = ["The sets of sources overlap.", f"Other: {lower_first(other)}."]
    heading = Column("Sources", lambda r: fmt.label("sources", r["sources"]), heading=True)
    return _repeated(sources, "sources", heading, caption, notes)


def denominators_table(denominators: pd.DataFrame, caption: str) -> Table:
    """The two rates and their difference, of each denominator. `denominators` is of `headline_by_denominator`."""
    heading = Column("Rates are of", lambda r: fmt.upper_first(Denominator(r["of"]).label), heading=True)
    return _repeated(denominators, "of", heading, caption, ["Each row holds the cases of the rows above."])


def _repeated(frame: pd.DataFrame, by: str, heading: Column, caption: str, notes: list[str]) -> Table:
    """The headline several times over: one row for each set of cases, the comparison role first."""
    sets = []
    for code, rows in frame.groupby(by, sort=False, observed=True):
        rates = rows[rows["measure"] == "sanction rate"]
        [difference] = rows[rows["measure"] == "risk difference"].to_dict("records")
        sets.append({by: str(code), "rates": rates.to_dict("records"), "difference": difference})
    columns = [heading]
    for place, role in enumerate(rate["role"] for rate in sets[0]["rates"]):
        columns.append(
            Column(
                fmt.plural("role", role),
                lambda r, place=place: _counts_and_rate(r["rates"][place]),
                numeric=True,
            )
        )
    columns.append(
        Column("Difference in percentage points (interval)", lambda r: _points(r["difference"]), numeric=True)
    )
    columns.append(Column("p", lambda r: _p(r["difference"]), numeric=True))
    few = (
        ["Too few to say: a group of fewer cases than the study's minimum."] if frame["too_few"].any() else []
    )
    methods = [f"{method}." for method in dict.fromkeys(frame["method"].dropna())]
    built = build(pd.DataFrame(sets), caption, columns, [*methods, *few, *notes])
    return Table(built.caption, frame.reset_index(drop=True), built.cells, built.notes, built.html)


def barring_contrast_table(ratios: pd.DataFrame, caption: str) -> Table:
    """The rate ratio of each year. `ratios` is of `barring_contrast`."""
    columns = [
        Column("Year to 31 March", lambda r: f"{pd.Timestamp(r['period_end']):%Y}", heading=True),
        Column("Rate ratio (interval)", _ratio, numeric=True),
        Column("p", lambda r: fmt.p_value(r["p_value"]), numeric=True),
        Column("Remarks", lambda r: fmt.sentence(r["note"]) or "none"),
    ]
    methods = [m for m in dict.fromkeys(ratios["method"].dropna()) if m]
    return build(ratios, caption, columns, [f"Interval: {method}." for method in methods])


def coverage_table(coverage: pd.DataFrame, caption: str) -> Table:
    """The sample's counts beside the official ones. `coverage` is of `official_comparison`."""
    columns = [
        Column("What is counted", lambda r: _QUANTITIES.get(r["quantity"], r["quantity"]), heading=True),
        Column("Role", lambda r: _population(r["population"]), heading=True),
        Column("Year", lambda r: fmt.sentence(r["financial_year"], stop=False), heading=True),
        Column("Official", lambda r: fmt.count(r["denominator"]), numeric=True),
        Column("In the sample, dated in the year", lambda r: fmt.count(r["numerator"]), numeric=True),
        Column("At most", lambda r: fmt.count(r["sample_possible"]), numeric=True),
        Column("Covered", lambda r: fmt.interval(r["conf_low"], r["conf_high"]), numeric=True),
    ]
    notes = [
        "Cases were not matched to entries: both columns are counts.",
        "At most: with every case whose date is unknown, or too vague, counted into the year.",
        "The last row of a role also counts cases dated within the years listed, but not to one of them.",
        "Forces outside the official figures (British Transport, Civil Nuclear, Ministry of Defence) are left out.",
        f"{fmt.NOT_STATED} : not comparable.",
        *(f"{fmt.sentence(note)}" for note in dict.fromkeys(coverage["note"].dropna())),
    ]
    return build(coverage, caption, columns, notes)


def composition_table(composition: pd.DataFrame, caption: str) -> Table:
    """Shares found both officially and in the sample. `composition` is of `composition_comparison`."""
    columns = [
        Column("Share", lambda r: _SHARES.get(r["quantity"], r["quantity"]), heading=True),
        Column("Year", lambda r: str(r["financial_year"]), heading=True),
        Column("Source", lambda r: "Official" if r["source"] == "official" else "This sample", heading=True),
        Column("Cases", lambda r: fmt.of_total(r["numerator"], r["denominator"]), numeric=True),
        Column(
            "Share (interval)",
            lambda r: fmt.TOO_FEW if r["too_few"] else fmt.rate(r["estimate"], r["conf_low"], r["conf_high"]),
            numeric=True,
        ),
    ]
    notes = [f"Interval: {method}." for method in dict.fromkeys(composition["method"].dropna())]
    notes += [fmt.sentence(note) for note in dict.fromkeys(composition["note"].dropna())]
    return build(composition, caption, columns, notes)


def official_table(official: pd.DataFrame, caption: str, *, area: str) -> Table | None:
    """The published figures for one area, or None where there is none. `official` is of `load_official`."""
    here = official[official["area"].astype(str) == area]
    if here.empty:
        return None
    columns = [
        Column("Period", lambda r: str(r["period"]), heading=True),
        Column("Series", lambda r: fmt.label("series", r["series"])),
        Column("Population", lambda r: fmt.label("population", r["population"])),
        Column(
            "What is counted",
            lambda r: f"{fmt.label('stage', r['stage'])}: {fmt.in_sentence('measure', r['measure'])}",
        ),
        Column(
            "Figure",
            lambda r: fmt.count(r["value"]) + (f"{fmt.NARROW_SPACE}%" if r["unit"] == "percent" else ""),
            numeric=True,
        ),
        Column("Publisher", lambda r: str(r["publisher"]) + ("" if r["first_hand"] else " (quoting)")),
    ]
    return build(here, caption, columns, ["Quoting: the publisher reports another body's figure."])


def _count_and_share(cell: dict | None) -> str:
    if cell is None or not cell["numerator"]:
        return "0"
    share = "" if cell["too_few"] else f" ({fmt.percent(cell['estimate'])})"
    return fmt.count(cell["numerator"]) + share


def _counts_and_rate(rate: dict) -> str:
    counts = fmt.of_total(rate["numerator"], rate["denominator"])
    if not rate["denominator"]:
        return "no case"
    if rate["too_few"]:
        return f"{counts}: {fmt.TOO_FEW}"
    return f"{counts}: {fmt.rate(rate['estimate'], rate['conf_low'], rate['conf_high'])}"


def _points(difference: dict) -> str:
    if difference["too_few"] or fmt.is_missing(difference["estimate"]):
        return fmt.TOO_FEW
    interval = fmt.points_interval(difference["conf_low"], difference["conf_high"])
    return f"{fmt.points(difference['estimate'], unit=False)} ({interval})"


def _p(difference: dict) -> str:
    return fmt.TOO_FEW if difference["too_few"] else fmt.p_value(difference["p_value"])


def _ratio(row: dict) -> str:
    if fmt.is_missing(row["estimate"]):
        return fmt.NOT_STATED
    return f"{fmt.ratio(row['estimate'])} ({fmt.ratio(row['conf_low'])} to {fmt.ratio(row['conf_high'])})"


def _population(code: str) -> str:
    return "Officers and special constables" if code == "officers_and_specials" else fmt.plural("role", code)

"""The sample beside the official counts: how much of them it holds, year by year."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from ..codelists import load_codelist
from ..formatting import percent
from ..partial_dates import PartialDate
from .headcount import POPULATIONS, best_attested
from .intervals import ratio_interval
from .tidy import tidy

AREA = "England and Wales"
ALL_YEARS = "all years listed"
COVERAGE_EXTRAS = ("sample_possible", "comparable", "publisher", "note", "leaning")

OFFICERS = ("police_officer", "special_constable")
EQUIVALENT = ("dismissed", "would_have_been_dismissed")


def official_comparison(hearings: pd.DataFrame, official: pd.DataFrame) -> pd.DataFrame:
    """How many of the cases that the official figures count are in the sample.

    Parameters
    ----------
    hearings : all cases, as `load_hearings` returns them (not a cohort: the official figures know no such
        choice).
    official : as `load_official` returns it.

    Returns
    -------
    DataFrame : one row an official figure: `quantity` (``barred_list``: cases that ended in dismissal or
        would have, against people entered on the barred list; ``proceedings``: cases, against people
        referred to proceedings; ``meetings``; and ``hearing_allegations`` and the like, which are not
        comparable), `population` (a role, or ``officers_and_specials``), `financial_year` (or "all years
        listed", over the years in the rows above), `TIDY_COLUMNS`, then

        - `sample_possible` (int): cases that could belong to the year, those without a usable date included;
        - `comparable` (bool), `publisher`, `note` (what the two sides count, and why they are not
          comparable);
        - `leaning` (str): the comparison in a sentence.

        `numerator` is the number of sampled cases that surely belong to the year, `denominator` the
        official figure, `estimate` their ratio. A case without a date is possible in every year, so
        possible cases must not be added up. `conf_low` and `conf_high` are not a confidence interval but
        bounds: the share if only the sure cases, or all possible ones (at most all), are of the year;
        `method` says so. All three are NaN where not comparable.

    Notes
    -----
    Cases of the British Transport, Ministry of Defence and Civil Nuclear Police are left out, as they are
    outside the official figures. A date known only to the year lies in two financial years and is possible
    in both.
    """
    cases = home_office_forces(hearings)
    dates = [PartialDate.parse(d) if isinstance(d, str) else None for d in cases["hearing_date"]]
    rows = []
    for quantity in _QUANTITIES:
        figures = _official_counts(official, quantity)
        mask = quantity.counts(cases)
        for figure in figures:
            rows.append(_coverage_row(quantity, figure, [(figure.start, figure.end)], mask, dates))
        if quantity.comparable and len(figures) > 1:
            spans = sorted((f.start, f.end) for f in figures)
            publishers = ", ".join(dict.fromkeys(f.publisher for f in figures))
            total = _Figure(ALL_YEARS, spans[0][0], spans[-1][1], sum(f.value for f in figures), publishers)
            rows.append(_coverage_row(quantity, total, spans, mask, dates))
    groups = ("quantity", "population", "financial_year")
    columns = (
        *groups,
        "numerator",
        "denominator",
        "estimate",
        "conf_low",
        "conf_high",
        "method",
        *COVERAGE_EXTRAS,
    )
    frame = pd.DataFrame(rows, columns=columns)
    frame["leaning"] = _coverage_leaning(frame)
    frame.attrs["left_out"] = len(hearings) - len(cases)
    return tidy(frame, groups, COVERAGE_EXTRAS)


@dataclass(frozen=True)
class _Quantity:
    """One official count, and which cases of the sample stand beside it."""

    name: str
    population: str
    series: str
    official_population: str
    stage: str
    measure: str
    counts: Callable[[pd.DataFrame], pd.Series]
    note: str
    comparable: bool = True


@dataclass(frozen=True)
class _Figure:
    financial_year: str
    start: dt.date
    end: dt.date
    value: int
    publisher: str


def dismissal_equivalent(cases: pd.DataFrame) -> pd.Series:
    """Whether each case ended in dismissal, or would have."""
    return cases["outcome"].isin(EQUIVALENT)


def _roles(*roles: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda cases: cases["role"].isin(roles)


def _barred(role: str) -> _Quantity:
    return _Quantity(
        "barred_list",
        role,
        "barred_list",
        POPULATIONS[role],
        "barred_list",
        "individuals",
        lambda cases: cases["role"].eq(role) & dismissal_equivalent(cases),
        "sample: dismissed or would have been, by hearing date; official: people entered, by date of entry, "
        "which can fall in the next year",
    )


def _proceedings(
    name: str, stage: str, kinds: tuple[str, ...], note: str, measure: str = "individuals", ok: bool = True
):
    def counts(cases: pd.DataFrame) -> pd.Series:
        officers = cases["role"].isin(OFFICERS)
        return officers & cases["proceeding"].isin(kinds) if kinds else officers

    return _Quantity(
        name,
        "officers_and_specials",
        "home_office_misconduct",
        "police_officers",
        stage,
        measure,
        counts,
        note,
        ok,
    )


_ALLEGATIONS = (
    "not comparable: the official figure counts allegations, of which one person can face several, from conduct "
    "matters alone (complaints and recordable conduct matters are counted apart), and includes special constables"
)
_QUANTITIES = (
    _barred("police_officer"),
    _barred("special_constable"),
    _proceedings(
        "proceedings",
        "referred_to_proceedings",
        (),
        "sample: people whose proceedings concluded; official: people referred to proceedings, special "
        "constables included; the two years need not be the same",
    ),
    _proceedings(
        "meetings",
        "meeting",
        ("misconduct_meeting",),
        "sample: misconduct meetings concluded (the kind of proceedings is often not stated); official: "
        "people referred to a meeting, special constables included",
    ),
    *(
        _proceedings(name, stage, kinds, _ALLEGATIONS, f"allegations_referred_{origin}", ok=False)
        for name, stage, kinds in (
            ("meeting_allegations", "meeting", ("misconduct_meeting",)),
            ("hearing_allegations", "hearing", ("misconduct_hearing",)),
            ("accelerated_hearing_allegations", "accelerated_hearing", ("accelerated_hearing",)),
        )
        for origin in ("conduct_matters",)
    ),
)


def home_office_forces(hearings: pd.DataFrame) -> pd.DataFrame:
    """The cases of the 43 territorial forces, which the official figures cover."""
    forces = load_codelist("forces")
    return hearings[hearings["force"].isin(forces.loc[forces["kind"].eq("territorial"), "label"])]


def _official_counts(official: pd.DataFrame, quantity: _Quantity) -> list[_Figure]:
    """One figure a financial year, the best-attested where several were published."""
    rows = official[
        official["series"].eq(quantity.series)
        & official["area"].eq(AREA)
        & official["population"].eq(quantity.official_population)
        & official["stage"].eq(quantity.stage)
        & official["measure"].eq(quantity.measure)
        & official["unit"].eq("count")
        & official["period_kind"].eq("year")
        & official["financial_year"].notna()
    ]
    rows = best_attested(rows).drop_duplicates("financial_year").sort_values("period_end")
    return [
        _Figure(r.financial_year, r.period_start.date(), r.period_end.date(), int(r.value), str(r.publisher))
        for r in rows.itertuples()
    ]


def _coverage_row(quantity: _Quantity, figure: _Figure, spans: list, mask: pd.Series, dates: list) -> dict:
    within = [_within(date, spans) for date, counted in zip(dates, mask, strict=True) if counted]
    sure, possible = sum(w is True for w in within), sum(w is not False for w in within)
    comparable = quantity.comparable and figure.value > 0
    return {
        "quantity": quantity.name,
        "population": quantity.population,
        "financial_year": figure.financial_year,
        "numerator": sure,
        "denominator": figure.value,
        "estimate": sure / figure.value if comparable else math.nan,
        "conf_low": min(1.0, sure / figure.value) if comparable else math.nan,
        "conf_high": min(1.0, possible / figure.value) if comparable else math.nan,
        "method": "bounds: cases surely of the year, and all that could be; not a confidence interval"
        if comparable
        else "not compared",
        "sample_possible": possible,
        "comparable": comparable,
        "publisher": figure.publisher,
        "note": quantity.note,
    }


def _within(date: PartialDate | None, spans: list[tuple[dt.date, dt.date]]) -> bool | None:
    """Whether a date lies in one of the spans (adjoining ones count as one): None where it cannot be told."""
    if date is None:
        return None
    answers = [date.within(start, end) for start, end in _joined(spans)]
    if True in answers:
        return True
    return None if None in answers else False


def _joined(spans: list[tuple[dt.date, dt.date]]) -> list[tuple[dt.date, dt.date]]:
    result: list[tuple[dt.date, dt.date]] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1] + dt.timedelta(days=1):
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def _coverage_leaning(frame: pd.DataFrame) -> list[str]:
    texts = []
    for row in frame.itertuples():
        if not row.comparable:
            texts.append("")
            continue
        text = (
            f"The sample has {row.numerator:,} dated in the year beside {row.denominator:,} officially "
            f"({percent(row.estimate)}), and at most "
            f"{min(row.sample_possible, row.denominator):,} ({percent(row.conf_high)})."
        )
        if row.population == "special_constable":
            text += _between_roles(frame[frame["quantity"].eq(row.quantity)], row.financial_year)
        texts.append(text)
    return texts


def _between_roles(rows: pd.DataFrame, year: str) -> str:
    """Whether the sample takes in more of one role than of the other, judged by the sure cases of years
    that both have.
    """
    rows = rows[
        rows["financial_year"].ne(ALL_YEARS) if year == ALL_YEARS else rows["financial_year"].eq(year)
    ]
    by_role = {role: group.set_index("financial_year") for role, group in rows.groupby("population")}
    specials, officers = (by_role.get(role) for role in ("special_constable", "police_officer"))
    if specials is None or officers is None:
        return ""
    shared = specials.index.intersection(officers.index)
    counts = [int(f.loc[shared, c].sum()) for f in (specials, officers) for c in ("numerator", "denominator")]
    if not all(0 <= held <= total > 0 for held, total in (counts[:2], counts[2:])):
        return ""
    low, high = ratio_interval(*counts)
    years = " over the years known for both" if year == ALL_YEARS else ""
    shares = f"({percent(counts[0] / counts[1])} against {percent(counts[2] / counts[3])}{years})"
    if low > 1:
        return f" Special constables are over-represented beside regular officers {shares}."
    if high < 1:
        return f" Special constables are under-represented beside regular officers {shares}."
    return f" Neither role is clearly over-represented {shares}."

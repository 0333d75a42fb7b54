"""The sample beside official shares: which way it is likely to lean."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from ..formatting import percent
from .coverage import AREA, EQUIVALENT, OFFICERS, dismissal_equivalent, home_office_forces
from .headcount import best_attested
from .intervals import difference_interval, percent_level, proportion_interval
from .tidy import add_proportions, tidy

COMPOSITION_EXTRAS = ("bound_low", "bound_high", "too_few", "publisher", "note", "leaning")


def composition_comparison(
    hearings: pd.DataFrame, official: pd.DataFrame, *, level: float = 0.95, min_count: int = 5
) -> pd.DataFrame:
    """Shares that can be found both in the official figures and in the sample of the same year.

    Parameters
    ----------
    hearings : all cases, as `load_hearings` returns them.
    official : as `load_official` returns it.
    level : confidence level.
    min_count : fewer sampled cases than this are too few to say which way the sample leans.

    Returns
    -------
    DataFrame : two rows (official, sample) for each share and year: `quantity`, `financial_year`,
        `source`, `TIDY_COLUMNS` (Wilson intervals; for official counts they say how far the share could
        differ by chance in a year of this size), then `bound_low`, `bound_high` (the official share if its
        cases of unclear outcome all fell on one side; for the sample, the same with its unknown outcomes),
        `too_few`, `publisher`, `note`, `leaning` (the comparison in a sentence, on both rows). Only cases
        whose date surely lies in the year are sampled. The shares:

        - ``dismissed_of_gross_misconduct``, ``final_written_warning_of_gross_misconduct``: of gross
          misconduct found after independent investigation by the IOPC; all roles;
        - ``former_officers_of_barred``: of regular officers barred, those who had left;
        - ``constables_of_barred``: of regular officers barred, those of the rank of constable;
        - ``specials_of_barred``: of regular officers and special constables barred, the special constables;
        - ``meetings_of_proceedings``: of officers (special constables included) referred to proceedings,
          those to a meeting.

    References
    ----------
    Wilson (1927) and Newcombe (1998), see `proportion_interval` and `difference_interval`: the sample
    leans where the interval of the difference leaves out 0 even at the official bound nearest to it.
    """
    cases = home_office_forces(hearings)
    rows = []
    for side in _official_shares(official):
        year = cases[cases["financial_year"].astype("string").eq(side.financial_year).fillna(False)]
        counted, of, unclear = (int(mask.sum()) for mask in side.share.sample(year))
        both = pd.DataFrame(
            {
                "quantity": side.share.quantity,
                "financial_year": side.financial_year,
                "source": ["official", "sample"],
                "numerator": [side.numerator, counted],
                "denominator": [side.denominator, of],
                "bound_low": [side.numerator / side.denominator, _divided(counted, of + unclear)],
                "bound_high": [
                    (side.numerator + side.unclear) / side.denominator,
                    _divided(counted + unclear, of + unclear),
                ],
                "publisher": [side.publisher, None],
                "note": side.share.note,
            }
        )
        both = add_proportions(both, "wilson", level).assign(too_few=lambda f: f["denominator"] < min_count)
        rows.append(both.assign(leaning=_leaning(side, counted, of, level, min_count)))
    groups = ("quantity", "financial_year", "source")
    measures = ["estimate", "conf_low", "conf_high", "numerator", "denominator", "method"]
    empty = pd.DataFrame(columns=[*groups, *measures, *COMPOSITION_EXTRAS])
    return tidy(pd.concat(rows) if rows else empty, groups, COMPOSITION_EXTRAS)


Masks = tuple[pd.Series, pd.Series, pd.Series]
Cell = tuple[str, str, str, str]


@dataclass(frozen=True)
class _Share:
    """A share that both sides have: official counts by (series, population, stage, measure), and the
    sample's cases.

    `numerator` is the sum of those cells that a year has, `denominator` needs all of its own. `settled`,
    where given, are further cells known not to belong to the numerator: the rest of the denominator is
    unclear and may. `sample` gives masks: counted, of these, and unclear.
    """

    quantity: str
    words: str
    numerator: tuple[Cell, ...]
    denominator: tuple[Cell, ...]
    sample: Callable[[pd.DataFrame], Masks]
    note: str
    settled: tuple[Cell, ...] | None = None


@dataclass(frozen=True)
class _Official:
    """One year's official share."""

    share: _Share
    financial_year: str
    numerator: int
    denominator: int
    unclear: int
    publisher: str


def _official_shares(official: pd.DataFrame) -> list[_Official]:
    """Every share that the official figures allow, by quantity and year."""
    rows = official[
        official["area"].eq(AREA)
        & official["unit"].eq("count")
        & official["period_kind"].eq("year")
        & official["financial_year"].notna()
    ]
    cell = ["series", "population", "stage", "measure"]
    rows = best_attested(rows).drop_duplicates([*cell, "financial_year"]).astype(dict.fromkeys(cell, str))
    found: dict[tuple[str, str], _Official] = {}
    for year, of_year in rows.groupby("financial_year", sort=True):
        figures = of_year.set_index(cell)
        values = figures["value"].to_dict()
        for share in _SHARES:
            parts = [values[c] for c in share.numerator if c in values]
            if not parts or not all(c in values for c in share.denominator):
                continue
            part, whole = int(sum(parts)), int(sum(values[c] for c in share.denominator))
            if not 0 < whole >= part:
                continue
            settled = sum(values.get(c, 0) for c in share.settled or ())
            unclear = 0 if share.settled is None else max(0, whole - part - int(settled))
            publisher = str(figures.loc[[share.denominator[0]], "publisher"].iloc[0])
            found.setdefault((share.quantity, year), _Official(share, year, part, whole, unclear, publisher))
    return [found[key] for key in sorted(found)]


def _gross_misconduct_ending(outcomes: tuple[str, ...]) -> Callable[[pd.DataFrame], Masks]:
    def masks(cases: pd.DataFrame) -> Masks:
        gross = cases["finding"].eq("gross_misconduct")
        stated = gross & cases["outcome"].notna()
        return stated & cases["outcome"].isin(outcomes), stated, gross & ~stated

    return masks


def _former(cases: pd.DataFrame) -> Masks:
    barred = cases["role"].eq("police_officer") & dismissal_equivalent(cases)
    return barred & cases["outcome"].eq("would_have_been_dismissed"), barred, barred & False


def _constables(cases: pd.DataFrame) -> Masks:
    barred = cases["role"].eq("police_officer") & dismissal_equivalent(cases)
    ranked = barred & cases["rank"].notna()
    return ranked & cases["rank"].astype("string").eq("constable").fillna(False), ranked, barred & ~ranked


def _specials(cases: pd.DataFrame) -> Masks:
    barred = cases["role"].isin(OFFICERS) & dismissal_equivalent(cases)
    return barred & cases["role"].eq("special_constable"), barred, barred & False


def _meetings(cases: pd.DataFrame) -> Masks:
    officers = cases["role"].isin(OFFICERS)
    stated = officers & cases["proceeding"].notna()
    return stated & cases["proceeding"].eq("misconduct_meeting"), stated, officers & ~stated


_IOPC = ("iopc_outcomes", "all", "all_proceedings")
_BARRED = ("barred_list", "police_officers", "barred_list")
_BARRED_SPECIALS = ("barred_list", "special_constables", "barred_list", "individuals")
_HOME_OFFICE = ("home_office_misconduct", "police_officers")
_BY_DATE = (
    "sample: dismissed or would have been, by hearing date; official: entered on the barred list in the year"
)
_INDEPENDENT = (
    "official: after independent investigation by the IOPC, all roles, which is not the run of all cases"
)
_UNCLEAR = "some of the rest may be people who would have been dismissed"
_DISMISSED = (
    "dismissed_of_gross_misconduct",
    "dismissal or its equivalent among findings of gross misconduct",
)

_SHARES = (
    _Share(
        *_DISMISSED,
        numerator=((*_IOPC, "dismissed_of_gross_misconduct"),),
        denominator=((*_IOPC, "gross_misconduct_found"),),
        sample=_gross_misconduct_ending(EQUIVALENT),
        note=f"{_INDEPENDENT}; {_UNCLEAR}",
        settled=((*_IOPC, "final_written_warning_of_gross_misconduct"),),
    ),
    _Share(
        *_DISMISSED,
        numerator=((*_IOPC, "dismissed"),),
        denominator=((*_IOPC, "gross_misconduct_found"),),
        sample=_gross_misconduct_ending(EQUIVALENT),
        note=f"{_INDEPENDENT}; dismissals are not split by finding and are all taken to be for "
        f"gross misconduct; {_UNCLEAR}",
        settled=(),
    ),
    _Share(
        "final_written_warning_of_gross_misconduct",
        "final written warnings among findings of gross misconduct",
        numerator=((*_IOPC, "final_written_warning_of_gross_misconduct"),),
        denominator=((*_IOPC, "gross_misconduct_found"),),
        sample=_gross_misconduct_ending(("final_written_warning",)),
        note=_INDEPENDENT,
    ),
    _Share(
        "former_officers_of_barred",
        "officers who had left among those barred",
        numerator=tuple(
            (*_BARRED, f"dismissed_post_{how}")
            for how in ("resignation", "retirement", "resignation_or_retirement")
        ),
        denominator=((*_BARRED, "individuals"),),
        sample=_former,
        note=_BY_DATE,
    ),
    _Share(
        "constables_of_barred",
        "constables among officers barred",
        numerator=((*_BARRED, "rank_constable"),),
        denominator=((*_BARRED, "individuals"),),
        sample=_constables,
        note=f"{_BY_DATE}; sampled officers of unknown rank are left out",
    ),
    _Share(
        "specials_of_barred",
        "special constables among officers and special constables barred",
        numerator=(_BARRED_SPECIALS,),
        denominator=((*_BARRED, "individuals"), _BARRED_SPECIALS),
        sample=_specials,
        note=_BY_DATE,
    ),
    _Share(
        "meetings_of_proceedings",
        "misconduct meetings among proceedings of officers and special constables",
        numerator=((*_HOME_OFFICE, "meeting", "individuals"),),
        denominator=((*_HOME_OFFICE, "referred_to_proceedings", "individuals"),),
        sample=_meetings,
        note="official: people referred; sample: people whose proceedings concluded, where their kind is "
        "stated",
    ),
)


def _leaning(side: _Official, counted: int, of: int, level: float, min_count: int) -> str:
    """Which way the sample leans, in a sentence computed from both sides' counts."""
    shown = f"{counted} of {of} in the sample, {side.numerator:,} of {side.denominator:,} officially"
    if of < min_count:
        return f"Too few cases in the sample to say how it compares for {side.share.words}: {shown}."
    low, high = (percent(limit) for limit in proportion_interval(counted, of, "wilson", level))
    shown = (
        f"{counted} of {of} ({percent(counted / of)}; {percent_level(level)} interval {low} to {high}) "
        f"in the sample, {side.numerator:,} of {side.denominator:,} "
        f"({percent(side.numerator / side.denominator)}) officially"
    )
    if side.unclear:
        most = side.numerator + side.unclear
        shown += f", or up to {most:,} ({percent(most / side.denominator)}) with those of unclear outcome"
    above = difference_interval(counted, of, side.numerator + side.unclear, side.denominator, level)[0] > 0
    below = difference_interval(counted, of, side.numerator, side.denominator, level)[1] < 0
    verdict = (
        "over-represents"
        if above
        else "under-represents"
        if below
        else "does not clearly over- or under-represent"
    )
    return f"The sample {verdict} {side.share.words}: {shown}."


def _divided(part: int, whole: int) -> float:
    return part / whole if whole else math.nan

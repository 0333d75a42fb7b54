"""Barred-list entries per 1,000 headcount, from published figures: entries over a year, headcounts as at a
date.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from ..formatting import day
from .intervals import percent_level, poisson_interval, rate_ratio_interval
from .tidy import TIDY_COLUMNS, tidy

POPULATIONS = {"police_officer": "police_officers", "special_constable": "special_constables"}
"""Role -> what the official figures call it; in the barred list and the workforce, officers exclude
special constables.
"""
PER = 1000
MAX_MISMATCH_DAYS = 366
"""Furthest that a headcount may lie from the middle of its year: one year. A headcount further off is of
another time (special constables have fallen by as much as a fifth in a year), so there is no rate. A
headcount within the limit but outside the year itself gives a rate that `in_year` marks and `note`
qualifies."""

_KINDS = {"individuals": "individuals", "full_time_equivalent": "full-time equivalents"}
RATE_EXTRAS = (
    "entries",
    "headcount",
    "headcount_date",
    "headcount_kind",
    "mismatch_days",
    "in_year",
    "publisher",
    "first_hand",
    "note",
)
RATIO_EXTRAS = ("numerator_reference", "denominator_reference", "p_value", "in_year", "note")


@dataclass(frozen=True)
class _Headcount:
    number: float = math.nan
    date: pd.Timestamp | None = None
    kind: str | None = None
    days: int | None = None
    in_year: bool = False
    note: str = ""


def barring_rates(
    official: pd.DataFrame,
    level: float = 0.95,
    *,
    roles: tuple[str, ...] = ("police_officer", "special_constable"),
    area: str = "England and Wales",
    max_mismatch_days: int = MAX_MISMATCH_DAYS,
) -> pd.DataFrame:
    """Entries on the barred list per 1,000 of the role's headcount, by year.

    Parameters
    ----------
    official : as `load_official` returns it.
    level : confidence level.
    roles : roles, in order: police_officer, special_constable.
    area : as the official figures call it.
    max_mismatch_days : furthest that a headcount may lie from the middle of its year (30 September).

    Returns
    -------
    DataFrame : one row a financial year and role: `financial_year` (``2023/24``), `period_end` (its last
        day), `role`, `TIDY_COLUMNS` (estimate and limits per 1,000 headcount; numerator: entries,
        denominator: headcount; missing where not known), then `entries`, `headcount` (again, by their
        names), `headcount_date`, `headcount_kind` (individuals or full-time equivalents), `mismatch_days`
        (from the middle of the year; negative: before it), `in_year` (the headcount is of a day of the
        year, or of the day before it began), `publisher`, `first_hand` (of the entries) and `note`. A year
        in which either role has entries has a row for both; a rate that cannot be computed is NaN and the
        note says why. Periods other than a financial year are left out.

    Notes
    -----
    Where several publishers give a year's entries, the first-hand one counts, then the latest published; a
    disagreement is noted. The headcount is the nearest to the middle of the year; individuals before
    full-time equivalents, which are used only where no count of individuals lies within the limit, and are
    fewer, so that the rate is a little too high. Of two equally near, the earlier counts. People can be
    entered after they have left, and so are not among the headcount: the rate compares flows with stocks
    and is not the probability that a serving member is barred.

    References
    ----------
    Garwood (1936), see `poisson_interval`.
    """
    entries = _entries(official, area)
    years = entries.loc[entries["role"].isin(roles), ["financial_year", "period_end"]]
    years = years.drop_duplicates().sort_values("period_end")
    rows = []
    for year, end in years.itertuples(index=False):
        for role in roles:
            count, publisher, first_hand, count_note = _entries_of(entries, year, role)
            head = _headcount(official, area, role, end, max_mismatch_days)
            known = not math.isnan(count) and not math.isnan(head.number)
            low, high = (
                poisson_interval(int(count), head.number / PER, level) if known else (math.nan, math.nan)
            )
            rows.append(
                {
                    "financial_year": year,
                    "period_end": end,
                    "role": role,
                    "estimate": PER * count / head.number if known else math.nan,
                    "conf_low": low,
                    "conf_high": high,
                    "numerator": count,
                    "denominator": head.number,
                    "method": f"Garwood exact Poisson {percent_level(level)} interval, per {PER:,} headcount",
                    "entries": count,
                    "headcount": head.number,
                    "headcount_date": head.date,
                    "headcount_kind": head.kind,
                    "mismatch_days": head.days,
                    "in_year": head.in_year,
                    "publisher": publisher,
                    "first_hand": first_hand,
                    "note": "; ".join(filter(None, (count_note, head.note))),
                }
            )
    groups = ("financial_year", "period_end", "role")
    frame = pd.DataFrame(rows, columns=[*groups, *TIDY_COLUMNS, *RATE_EXTRAS])
    for column in ("numerator", "denominator", "entries", "headcount", "mismatch_days"):
        frame[column] = frame[column].astype("Float64").round().astype("Int64")
    for column in ("estimate", "conf_low", "conf_high"):
        frame[column] = frame[column].astype(float)
    frame["in_year"] = frame["in_year"].astype(bool)
    frame["first_hand"] = frame["first_hand"].astype("boolean")
    frame["headcount_date"] = pd.to_datetime(frame["headcount_date"])
    frame["period_end"] = pd.to_datetime(frame["period_end"])
    frame["role"] = pd.Categorical(frame["role"], categories=list(roles), ordered=True)
    return tidy(frame, groups, RATE_EXTRAS)


def barring_contrast(
    official: pd.DataFrame,
    level: float = 0.95,
    *,
    comparison: str = "special_constable",
    reference: str = "police_officer",
    area: str = "England and Wales",
    max_mismatch_days: int = MAX_MISMATCH_DAYS,
) -> pd.DataFrame:
    """Ratio of two roles' barring rates, by year.

    Parameters
    ----------
    official, level, area, max_mismatch_days : as in `barring_rates`.
    comparison, reference : the two roles.

    Returns
    -------
    DataFrame : one row a financial year: `financial_year`, `period_end`, `measure` ("rate ratio"),
        `comparison`, `reference`, `TIDY_COLUMNS` (numerator: the comparison's entries, denominator: its
        headcount), then `numerator_reference`, `denominator_reference`, `p_value` (exact conditional,
        two-sided), `in_year` (both headcounts are of the year) and `note` (both roles' notes, and where
        one is counted in individuals and the other in full-time equivalents). A year without a ratio is
        NaN, its note says why.

    References
    ----------
    Przyborowski and Wilenski (1940), see `rate_ratio_interval`.
    """
    rates = barring_rates(
        official, level, roles=(comparison, reference), area=area, max_mismatch_days=max_mismatch_days
    )
    words = {role: role.replace("_", " ") for role in (comparison, reference)}
    rows = []
    for (year, end), both in rates.groupby(["financial_year", "period_end"], sort=False):
        first, second = (both[both["role"].eq(role)].iloc[0] for role in (comparison, reference))
        known = not (math.isnan(first["estimate"]) or math.isnan(second["estimate"]))
        low = high = p_value = math.nan
        if known:
            low, high, p_value = rate_ratio_interval(
                int(first["numerator"]),
                int(first["denominator"]),
                int(second["numerator"]),
                int(second["denominator"]),
                level,
            )
        notes = [f"{words[r['role']]}: {r['note']}" for r in (first, second) if r["note"]]
        if known and first["headcount_kind"] != second["headcount_kind"]:
            notes.append("one headcount is of individuals, the other of full-time equivalents")
        rows.append(
            {
                "financial_year": year,
                "period_end": end,
                "estimate": _ratio(first["estimate"], second["estimate"]) if known else math.nan,
                "conf_low": low,
                "conf_high": high,
                "numerator": first["numerator"],
                "denominator": first["denominator"],
                "numerator_reference": second["numerator"],
                "denominator_reference": second["denominator"],
                "p_value": p_value,
                "in_year": first["in_year"] and second["in_year"],
                "note": "; ".join(notes),
            }
        )
    groups = ("financial_year", "period_end", "measure", "comparison", "reference")
    frame = pd.DataFrame(rows, columns=["financial_year", "period_end", *TIDY_COLUMNS, *RATIO_EXTRAS]).assign(
        measure="rate ratio",
        comparison=comparison,
        reference=reference,
        method=f"Exact conditional {percent_level(level)} interval and p-value",
    )
    for column in ("numerator", "denominator", "numerator_reference", "denominator_reference"):
        frame[column] = frame[column].astype("Int64")
    return tidy(frame, groups, RATIO_EXTRAS)


def _ratio(first: float, second: float) -> float:
    return first / second if second > 0 else (math.inf if first > 0 else math.nan)


def _entries(official: pd.DataFrame, area: str) -> pd.DataFrame:
    """Individuals entered in a whole financial year, the best-attested publication first."""
    mask = (
        official["series"].eq("barred_list")
        & official["area"].eq(area)
        & official["stage"].eq("barred_list")
        & official["measure"].eq("individuals")
        & official["unit"].eq("count")
        & official["period_kind"].eq("year")
        & official["financial_year"].notna()
    )
    role_of = {population: role for role, population in POPULATIONS.items()}
    rows = official[mask].assign(role=lambda f: f["population"].astype(object).map(role_of))
    return best_attested(rows)


def best_attested(rows: pd.DataFrame) -> pd.DataFrame:
    """First-hand publications first, then the latest published, then by publisher's name: the same order
    every time.
    """
    return (
        rows.assign(
            _second_hand=~rows["first_hand"].astype(bool),
            _published=rows["published"].astype("string").fillna(""),
        )
        .sort_values(
            ["_second_hand", "_published", "publisher"], ascending=[True, False, True], kind="stable"
        )
        .drop(columns=["_second_hand", "_published"])
    )


def _entries_of(entries: pd.DataFrame, year: str, role: str) -> tuple[float, str | None, bool | None, str]:
    rows = entries[entries["financial_year"].eq(year) & entries["role"].eq(role)]
    if rows.empty:
        return math.nan, None, None, "the year's number of entries is not among the figures collected"
    best = rows.iloc[0]
    others = sorted({int(v) for v in rows["value"]} - {int(best["value"])})
    note = f"other publishers give {', '.join(map(str, others))}" if others else ""
    return float(best["value"]), str(best["publisher"]), bool(best["first_hand"]), note


def _headcount(official: pd.DataFrame, area: str, role: str, end: pd.Timestamp, furthest: int) -> _Headcount:
    """The headcount that best stands for a financial year, or why there is none."""
    middle = pd.Timestamp(end.year - 1, 9, 30)
    every = official[
        official["series"].eq("workforce")
        & official["area"].eq(area)
        & official["population"].eq(POPULATIONS[role])
        & official["stage"].eq("headcount")
        & official["measure"].isin(_KINDS)
        & official["unit"].eq("count")
        & official["period_kind"].eq("as_at")
    ]
    every = best_attested(every).assign(days=lambda f: (f["period_end"] - middle).dt.days)
    near = every[every["days"].abs() <= furthest]
    if near.empty:
        if every.empty:
            return _Headcount(note="no headcount has been collected")
        nearest = every.loc[every["days"].abs().idxmin()]
        return _Headcount(
            note=f"no rate: the nearest headcount, of {day(nearest['period_end'])}, is "
            f"{abs(nearest['days'])} days from the middle of the year, and {furthest} is the most allowed"
        )
    kind = "individuals" if near["measure"].eq("individuals").any() else "full_time_equivalent"
    same = near[near["measure"].eq(kind)]
    best = same.assign(_far=same["days"].abs()).sort_values(["_far", "days"], kind="stable").iloc[0]
    in_year = pd.Timestamp(end.year - 1, 3, 31) <= best["period_end"] <= end
    notes = []
    if kind == "full_time_equivalent":
        notes.append(
            "headcount in full-time equivalents, for want of a count of individuals: "
            "the rate is a little too high"
        )
    if not in_year:
        notes.append(_drift(best, every[every["measure"].eq(kind)], middle))
    return _Headcount(
        float(best["value"]), best["period_end"], _KINDS[kind], int(best["days"]), in_year, "; ".join(notes)
    )


def _drift(best: pd.Series, every: pd.DataFrame, middle: pd.Timestamp) -> str:
    """What a headcount from outside the year does to the rate, judged by the nearest other headcount."""
    said = (
        f"headcount of {day(best['period_end'])}, outside the year ({abs(best['days'])} days from its middle)"
    )
    others = every[every["period_end"] != best["period_end"]]
    if others.empty:
        return said
    gap = (others["period_end"] - best["period_end"]).abs()
    other = others.loc[gap.idxmin()]
    earlier, later = sorted((best, other), key=lambda r: r["period_end"])
    change = later["value"] / earlier["value"] - 1
    # Where numbers fall and the headcount is too early, or rise and it is too late, it is too large.
    too_large = (change < 0) == (best["period_end"] < middle)
    direction = "higher" if too_large else "lower"
    return (
        f"{said}; headcounts {'fell' if change < 0 else 'rose'} by {abs(100 * change):.0f} % from "
        f"{day(earlier['period_end'])} to {day(later['period_end'])}, "
        f"so the true rate is probably {direction}"
    )

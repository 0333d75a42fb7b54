"""The headline re-weighted to the official margins that exist, and a plain statement of those that do not."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..cohort import Cohort, select
from ..formatting import group_in_sentence, join_words
from ..question import Denominator
from .composition import composition_comparison
from .coverage import dismissal_equivalent, home_office_forces
from .headcount import barring_rates
from .intervals import percent_level, proportion_interval
from .tidy import divide, tidy

UNWEIGHTED, TOGETHER = "none", "all together"
MARGIN_EXTRAS = (
    "numerator_reference",
    "denominator_reference",
    "effective",
    "effective_reference",
    "largest_weight",
    "possible",
    "too_few",
    "note",
)
_ROLES = ("police_officer", "special_constable")
_RULE = "of the people barred; cases of the kind are taken to be published alike whatever their outcome"


@dataclass(frozen=True)
class _Margin:
    """Official shares of the categories of one role's cases.

    `category` names each case's category (missing where not known or outside the margin), `base` says of which
    cases the official figures are the shares.
    """

    name: str
    roles: tuple[str, ...]
    category: Callable[[pd.DataFrame], pd.Series]
    base: Callable[[pd.DataFrame], pd.Series]
    shares: dict[str, float]
    note: str


def reweighted_rates(
    cohort: Cohort,
    hearings: pd.DataFrame,
    official: pd.DataFrame,
    *,
    level: float | None = None,
    min_count: int | None = None,
) -> pd.DataFrame:
    """The two roles' sanction rates with the cases weighted to official margins, one by one and together.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.
    hearings : all cases, as `load_hearings` returns them: the official figures are of cases whatever the finding,
        so weights are found on all concluded cases that the question asks about, and applied to the cohort's.
    official : as `load_official` returns it.
    level, min_count : in place of the question's.

    Returns
    -------
    DataFrame : three rows for each set of margins: `margins` ("none"; "year", "status", "rank", "proceeding", each
        where the official figures have it; "all together"; then what is not possible), `measure` ("sanction rate",
        "risk difference"), `role` (missing for the difference), `TIDY_COLUMNS` (counts are of unweighted cases),
        `numerator_reference`, `denominator_reference` (missing for rates), `effective`, `effective_reference`
        (Kish's effective number of cases), `largest_weight` (1 is the mean of the role's cases), `possible`
        (bool), `too_few` and `note` (what the margin is of and what is assumed). A row of a margin that does not
        exist has no estimate and says why.

    Notes
    -----
    The margins, and what they weight:

    - year: entries on the barred list by year, for each role that has them;
    - status (left or serving) and rank (constable or above): of barred regular officers;
    - proceeding (meeting or hearing): of officers and special constables referred to proceedings; not where
      gross misconduct was found, which a meeting cannot find.

    The first three are margins of people *barred*, and only the assumption that publication depends on the
    category and not also on the outcome within it carries them over to the others: then the official share
    over the sampled share of the barred is how readily the category is published. Shares of several years are
    pooled. Cases whose category is not known keep their weight. Several margins are raked: the weights are
    adjusted to each in turn until all hold (iterative proportional fitting). The intervals take the effective
    numbers of cases for numbers of cases; they do not allow for the weights being estimated.

    Official shares *by outcome* (dismissals among findings of gross misconduct) are not a margin to weight to:
    weighting the outcome to them would return the official figure itself. See `implied_selection`.

    References
    ----------
    Deming WE, Stephan FF (1940). On a least squares adjustment of a sampled frequency table when the expected
    marginal totals are known. *Annals of Mathematical Statistics* 11, 427–444. Kish L (1992). Weighting for
    unequal P_i. *Journal of Official Statistics* 8, 183–200. Wilson (1927); Newcombe (1998), method 10.
    """
    level = level or cohort.question.level
    least = cohort.question.min_count if min_count is None else min_count
    roles = (cohort.question.comparison, cohort.question.reference)
    everyone = select(hearings, cohort.question.but(denominator=Denominator.ALL_CONCLUDED.value))
    cases = home_office_forces(everyone.cases)
    usable, impossible = _margins(cases, official, roles, cohort.question.denominator)
    sets = {UNWEIGHTED: []}
    for margin in usable:
        sets.setdefault(margin.name, []).append(margin)
    if len(sets) > 2:
        sets[TOGETHER] = usable
    rows = []
    for name, margins in sets.items():
        weights = _raked(cases, margins).reindex(cohort.cases.index).fillna(1.0)
        rows += _weighted(cohort, name, margins, weights, level, least)
    for name, why in impossible:
        rows.append(_not_possible(name, why))
    groups = ("margins", "measure", "role")
    frame = pd.DataFrame(rows)
    frame["margins"] = pd.Categorical(
        frame["margins"], categories=list(dict.fromkeys(frame["margins"])), ordered=True
    )
    for column in ("numerator", "denominator", "numerator_reference", "denominator_reference"):
        frame[column] = frame[column].astype("Int64")
    frame.attrs = {"min_count": least}
    return tidy(frame, groups, MARGIN_EXTRAS)


def _margins(
    cases: pd.DataFrame, official: pd.DataFrame, roles: tuple[str, str], denominator: Denominator
) -> tuple[list[_Margin], list[tuple[str, str]]]:
    """The margins that exist for these roles and have a sampled case in every category, and why others are not used."""
    usable, impossible = [], []
    shares = composition_comparison(cases, official)
    shares = shares[shares["source"] == "official"]
    found = [
        *_year_margins(official, roles),
        *_share_margin(shares, "former_officers_of_barred", "status", ("former", "serving"), _status),
        *_share_margin(shares, "constables_of_barred", "rank", ("constable", "above constable"), _rank),
    ]
    if denominator is not Denominator.GROSS_MISCONDUCT:
        found += _meeting_margin(shares, roles)
    for margin in found:
        concerned = [role for role in margin.roles if role in roles]
        if not concerned:
            continue
        base = cases[margin.base(cases) & cases["role"].isin(concerned)]
        sampled = set(margin.category(base).dropna())
        if absent := [category for category in margin.shares if category not in sampled]:
            impossible.append(
                (
                    margin.name,
                    f"no sampled case ({join_words(absent).replace('_', ' ')}) to give the weight to, among "
                    f"{join_words([group_in_sentence('role', role) for role in concerned])}",
                )
            )
        else:
            usable.append(margin)
    settled = {margin.name for margin in usable} | {name for name, _ in impossible}
    words = join_words([group_in_sentence("role", role) for role in roles], "or")
    impossible += [
        (name, f"no official figures for {words}")
        for name in ("year", "status", "rank")
        if name not in settled
    ]
    if denominator is Denominator.GROSS_MISCONDUCT:
        impossible.append(("proceeding", "a misconduct meeting cannot find gross misconduct"))
    impossible.append(
        ("force", "entries on the barred list are published for a few forces and years only, and not by role")
    )
    impossible.append(
        (
            "outcome",
            "weighting the outcome to official outcomes would return the official figure, not an estimate",
        )
    )
    return usable, impossible


def _year_margins(official: pd.DataFrame, roles: tuple[str, str]) -> list[_Margin]:
    margins = []
    for role in roles:
        if role not in _ROLES:
            continue
        entries = barring_rates(official, roles=(role,))[["financial_year", "entries"]].dropna()
        entries = entries[entries["entries"] > 0]
        total = float(entries["entries"].sum())
        if len(entries) < 2:
            continue
        shares = {str(year): float(number) / total for year, number in entries.itertuples(index=False)}
        margins.append(
            _Margin(
                "year",
                (role,),
                lambda cases, years=tuple(shares): _of_years(cases, years),
                dismissal_equivalent,
                shares,
                f"year {_RULE}",
            )
        )
    return margins


def _of_years(cases: pd.DataFrame, years: tuple[str, ...]) -> pd.Series:
    year = cases["financial_year"].astype(object)
    return year.where(year.isin(years))


def _share_margin(
    shares: pd.DataFrame, quantity: str, name: str, categories: tuple[str, str], category: Callable
) -> list[_Margin]:
    """A share in two parts, pooled over the years that have it."""
    rows = shares[shares["quantity"] == quantity]
    part, whole = float(rows["numerator"].sum()), float(rows["denominator"].sum())
    if not 0 < part < whole:
        return []
    split = dict(zip(categories, (part / whole, 1 - part / whole), strict=True))
    years = ", ".join(sorted(rows["financial_year"].astype(str)))
    return [_Margin(name, ("police_officer",), category, dismissal_equivalent, split, f"{years}: {_RULE}")]


def _meeting_margin(shares: pd.DataFrame, roles: tuple[str, str]) -> list[_Margin]:
    rows = shares[shares["quantity"] == "meetings_of_proceedings"]
    part, whole = float(rows["numerator"].sum()), float(rows["denominator"].sum())
    if not 0 < part < whole:
        return []
    split = {"misconduct_meeting": part / whole, "hearing": 1 - part / whole}
    both = tuple(role for role in roles if role in _ROLES)
    years = ", ".join(sorted(rows["financial_year"].astype(str)))
    note = f"{years}: of officers and special constables together, referred to proceedings"
    return [_Margin("proceeding", both, _proceeding, lambda cases: cases["role"].notna(), split, note)]


def _status(cases: pd.DataFrame) -> pd.Series:
    """Former or serving: as the source says or, where it does not, as the outcome implies."""
    stated = cases["status"].astype(object)
    implied = (
        cases["outcome"].astype(object).map({"would_have_been_dismissed": "former", "dismissed": "serving"})
    )
    return stated.where(stated.notna(), implied)


def _rank(cases: pd.DataFrame) -> pd.Series:
    rank = cases["rank"].astype(object)
    return rank.where(rank.isna() | rank.eq("constable"), "above constable")


def _proceeding(cases: pd.DataFrame) -> pd.Series:
    kind = cases["proceeding"].astype(object)
    return kind.where(kind.isna() | kind.eq("misconduct_meeting"), "hearing")


def _raked(cases: pd.DataFrame, margins: list[_Margin], rounds: int = 200) -> pd.Series:
    """A weight a case, with which every margin holds among the cases that it is of; 1 where none says anything."""
    weights = np.ones(len(cases))
    prepared = []
    for margin in margins:
        of_role = cases["role"].isin(margin.roles).to_numpy()
        category = margin.category(cases).where(of_role)
        base = (margin.base(cases) & category.notna()).to_numpy(dtype=bool)
        codes = pd.Categorical(category, categories=list(margin.shares)).codes
        prepared.append((codes, base & (codes >= 0), np.array(list(margin.shares.values()))))
    for _ in range(rounds):
        furthest = 0.0
        for codes, base, target in prepared:
            held = np.bincount(codes[base], weights=weights[base], minlength=len(target))
            factors = target * held.sum() / held
            known = codes >= 0
            weights[known] *= factors[codes[known]]
            furthest = max(furthest, float(np.abs(factors - 1).max()))
        if furthest < 1e-12:
            break
    return pd.Series(weights, index=cases.index)


def _weighted(
    cohort: Cohort, name: str, margins: list[_Margin], weights: pd.Series, level: float, least: int
) -> list[dict]:
    """The two rates and their difference under one set of weights."""
    question, known = cohort.question, cohort.known
    sides = []
    for role in (question.comparison, question.reference):
        mine = known[known["role"].astype(str).eq(role)]
        sanctioned = mine["sanctioned"].astype(float).to_numpy()
        weight = weights.loc[mine.index].to_numpy()
        effective = float(divide(weight.sum() ** 2, (weight**2).sum()))
        rate = float(divide((weight * sanctioned).sum(), weight.sum()))
        low = high = math.nan
        if len(mine):
            low, high = proportion_interval(min(rate, 1.0) * effective, effective, "wilson", level)
        notes = dict.fromkeys(margin.note for margin in margins if role in margin.roles)
        sides.append(
            {
                "margins": name,
                "measure": "sanction rate",
                "role": role,
                "estimate": rate,
                "conf_low": low,
                "conf_high": high,
                "numerator": int(sanctioned.sum()),
                "denominator": len(mine),
                "method": f"Wilson {percent_level(level)} interval, on Kish's effective number of cases",
                "effective": effective,
                "largest_weight": float(divide(weight.max(), weight.mean())) if len(mine) else math.nan,
                "possible": True,
                "too_few": len(mine) < least,
                "note": "; ".join(notes) or _absent(name, role),
            }
        )
    one, other = sides
    difference = one["estimate"] - other["estimate"]
    return [
        *sides,
        {
            "margins": name,
            "measure": "risk difference",
            "role": None,
            "estimate": difference,
            "conf_low": difference
            - math.hypot(one["estimate"] - one["conf_low"], other["conf_high"] - other["estimate"]),
            "conf_high": difference
            + math.hypot(one["conf_high"] - one["estimate"], other["estimate"] - other["conf_low"]),
            "numerator": one["numerator"],
            "denominator": one["denominator"],
            "method": f"Newcombe {percent_level(level)} interval, on Kish's effective numbers of cases",
            "numerator_reference": other["numerator"],
            "denominator_reference": other["denominator"],
            "effective": one["effective"],
            "effective_reference": other["effective"],
            "largest_weight": np.fmax(one["largest_weight"], other["largest_weight"]),
            "possible": True,
            "too_few": one["too_few"] or other["too_few"],
            "note": "",
        },
    ]


def _absent(name: str, role: str) -> str:
    if name == UNWEIGHTED:
        return ""
    return f"no such official figures for {group_in_sentence('role', role)}: left unweighted"


def _not_possible(name: str, why: str) -> dict:
    """A row for what cannot be weighted to."""
    return {
        "margins": name,
        "measure": "risk difference",
        "role": None,
        "estimate": math.nan,
        "conf_low": math.nan,
        "conf_high": math.nan,
        "method": "not possible",
        "effective": math.nan,
        "effective_reference": math.nan,
        "largest_weight": math.nan,
        "possible": False,
        "too_few": False,
        "note": why,
    }

"""Sanction rates: of the cases in a group whose outcome is known, the share that ended with the sanction."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

import pandas as pd

from ..cohort import Cohort
from .grouping import check_breaches, grouped, groupings, rows_overlap
from .tidy import add_proportions, divide, tidy

RATE_EXTRAS = ("unknown", "bound_low", "bound_high", "too_few")


def sanction_rates(
    cohort: Cohort,
    by: str | Iterable[str] = (),
    breaches: str = "any_mention",
    *,
    interval: str | None = None,
    level: float | None = None,
    min_count: int | None = None,
) -> pd.DataFrame:
    """Sanction rates by any grouping.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`; its question gives the sanction.
    by : any of role, breach, conduct, force, year, financial_year, regime, proceeding, finding, status,
        rank, source_type, selected_on_outcome, n_breaches, scope; none for one rate of all. ``breach`` and
        ``conduct`` count a case once under every standard (kind of conduct) that it names, so rows overlap
        and do not sum.
    breaches : ``any_mention`` or ``single_breach``, which keeps only cases that name exactly one standard.
    interval, level, min_count : in place of the question's.

    Returns
    -------
    DataFrame : the grouping columns (ordered categoricals of text, in the order of the code list or
        ascending, ``not_stated`` last), `TIDY_COLUMNS`, then

        - `unknown` (int): cases of the group whose outcome is unknown, outside the denominator;
        - `bound_low`, `bound_high` (float): the rate if none, or all, of the unknown had ended with the
          sanction (Horowitz and Manski 2000);
        - `too_few` (bool): the denominator is below the minimum count.

        Both roles have a row for every combination of the other groupings that occurs.
        ``attrs["overlapping"]`` says whether rows overlap, ``attrs["left_out"]`` how many cases `breaches`
        left out, ``attrs["sanction"]`` and ``attrs["denominator"]`` what the rates are of.

    Raises
    ------
    StudyError : an unknown grouping, interval or treatment of breaches, naming those there are.

    References
    ----------
    Wilson EB (1927). *JASA* 22, 209–212 (the default interval). Horowitz JL, Manski CF (2000).
    Nonparametric analysis of randomized experiments with missing covariate and outcome data. *JASA* 95,
    77–84.
    """
    names = groupings(by, cohort.cases)
    check_breaches(breaches)
    question = cohort.question
    cases = cohort.cases
    if breaches == "single_breach":
        cases = cases[cases["n_breaches"].eq(1).fillna(False).astype(bool)]
    counts = count_cases(cases, names)
    counts = add_proportions(counts, str(interval or question.interval), level or question.level)
    total = counts["denominator"] + counts["unknown"]
    counts["bound_low"] = divide(counts["numerator"], total)
    counts["bound_high"] = divide(counts["numerator"] + counts["unknown"], total)
    counts["too_few"] = counts["denominator"] < (question.min_count if min_count is None else min_count)
    counts.attrs = {
        "overlapping": rows_overlap(names, breaches),
        "left_out": len(cohort.cases) - len(cases),
        "sanction": question.sanction.value,
        "denominator": question.denominator.value,
        "min_count": question.min_count if min_count is None else min_count,
    }
    return tidy(counts, names, RATE_EXTRAS)


def count_cases(cases: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Sanctioned, known and unknown cases of each group.

    Parameters
    ----------
    cases : with `sanctioned` (True, False or missing).
    names : groupings, from `groupings`; none for one row of all.

    Returns
    -------
    DataFrame : `names`, `numerator`, `denominator`, `unknown` (int), in order.
    """
    frame = grouped(cases, names)
    known = frame["sanctioned"].notna()
    counted = frame.assign(
        numerator=frame["sanctioned"].fillna(False).astype(int),
        denominator=known.astype(int),
        unknown=(~known).astype(int),
    )
    measures = ["numerator", "denominator", "unknown"]
    if not names:
        return counted[measures].sum().to_frame().T.astype(int)
    totals = counted.groupby(list(names), observed=True, sort=True)[measures].sum()
    if "role" in names:
        totals = totals.reindex(_with_both_roles(totals, counted, names), fill_value=0)
    totals = totals.astype(int).reset_index()
    for name in names:
        totals[name] = pd.Categorical(totals[name], categories=counted[name].cat.categories, ordered=True)
    return totals.sort_values(list(names)).reset_index(drop=True)


def _with_both_roles(totals: pd.DataFrame, counted: pd.DataFrame, names: tuple[str, ...]) -> pd.Index:
    """Every combination that occurs, with each of the two roles."""
    roles = list(counted["role"].cat.categories)
    if names == ("role",):
        return pd.Index(roles, name="role")
    others = totals.index.droplevel("role").unique()
    rows = []
    for other, role in product(others, roles):
        levels = list(other) if isinstance(other, tuple) else [other]
        levels.insert(names.index("role"), role)
        rows.append(tuple(levels))
    return pd.MultiIndex.from_tuples(rows, names=names) if rows else totals.index

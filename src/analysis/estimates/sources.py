"""The headline again: on each kind of source, and of each denominator."""

from __future__ import annotations

import pandas as pd

from ..codelists import load_codelist
from ..cohort import Cohort, select
from ..question import Denominator, Question
from .contrasts import risk_contrast
from .rates import sanction_rates
from .tidy import tidy

ALL, NOT_SELECTED, COMPLETE = "all", "not_selected", "complete_list"


def headline_by_sources(cohort: Cohort) -> pd.DataFrame:
    """The two roles' sanction rates and their risk difference, repeated on parts of the sources.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.

    Returns
    -------
    DataFrame : three rows for each set of sources: `sources` (ordered categorical: ``all``;
        ``not_selected``, without sources that list people because of their outcome; ``complete_list``, only
        sources that list every hearing, where the cases have a column `scope`; then each kind of source
        that occurs), `measure` ("sanction rate" or "risk difference"), `role` (missing for the difference),
        `TIDY_COLUMNS`, then `comparison`, `reference` (role codes; missing for rates), `cases` (with known
        and unknown outcome), `unknown`, `numerator_reference`, `denominator_reference`, `p_value` (missing
        for rates) and `too_few`. The sets overlap: they are the same cases looked at again, not independent
        evidence.

    References
    ----------
    As `sanction_rates` and `risk_contrast`.
    """
    cases = cohort.cases
    every = pd.Series(True, index=cases.index)
    subsets = {ALL: every, NOT_SELECTED: ~cases["selected_on_outcome"].astype("boolean").fillna(False)}
    if "scope" in cases:
        subsets[COMPLETE] = cases["scope"].astype("string").eq(COMPLETE)
    kinds = cases["source_type"].astype("string")
    subsets |= {kind: kinds.eq(kind) for kind in load_codelist("source_types").index if kinds.eq(kind).any()}
    return _repeated("sources", {name: cohort.restrict(mask) for name, mask in subsets.items()})


def headline_by_denominator(hearings: pd.DataFrame, question: Question) -> pd.DataFrame:
    """The two roles' sanction rates and their risk difference, of each denominator that the question could have.

    Parameters
    ----------
    hearings : all cases, as `load_hearings` returns them.
    question : everything but its denominator is kept.

    Returns
    -------
    DataFrame : as `headline_by_sources`, with `of` (a `Denominator`) in place of `sources`. The denominators are
        nested: the same cases stand in several.

    References
    ----------
    As `sanction_rates` and `risk_contrast`.
    """
    return _repeated(
        "of", {d.value: select(hearings, question.but(denominator=d.value)) for d in Denominator}
    )


def _repeated(by: str, parts: dict[str, Cohort]) -> pd.DataFrame:
    """Rates and risk difference of each part, under its name."""
    frames = []
    for name, part in parts.items():
        rates = sanction_rates(part, by="role").assign(
            measure="sanction rate", role=lambda f: f["role"].astype(object)
        )
        contrast = risk_contrast(part).query("measure == 'risk difference'").assign(role=None)
        contrast["unknown"] += contrast.pop("unknown_reference")
        frames += [frame.assign(**{by: name}, cases=len(part)) for frame in (rates.iloc[::-1], contrast)]
    result = pd.concat([f.astype({"role": object}) for f in frames], ignore_index=True)
    result[by] = pd.Categorical(result[by], categories=list(parts), ordered=True)
    result["cases"] = result["cases"].where(result["role"].isna(), result["denominator"] + result["unknown"])
    for column in ("numerator_reference", "denominator_reference"):
        result[column] = result[column].astype("Int64")
    result.attrs = {"overlapping": True}
    extras = (
        "comparison",
        "reference",
        "cases",
        "unknown",
        "numerator_reference",
        "denominator_reference",
        "p_value",
        "too_few",
    )
    return tidy(result, (by, "measure", "role"), extras)

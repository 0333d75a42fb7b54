"""From the data set to the cohort that a question asks about, with every case left out counted and explained."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from .codelists import labels, load_codelist, lower_first
from .errors import StudyError
from .formatting import join_words
from .partial_dates import PartialDate
from .question import Denominator, Question, Sanction

_FINDINGS = {
    Denominator.GROSS_MISCONDUCT: ["gross_misconduct"],
    Denominator.ANY_MISCONDUCT: ["misconduct", "gross_misconduct"],
}
# The rung of the severity ladder (codelists/outcomes.csv) from which an outcome counts as the sanction.
_RUNG = {
    Sanction.DISMISSAL_EQUIVALENT: "dismissed",
    Sanction.REDUCTION_IN_RANK_OR_WORSE: "reduction_in_rank",
    Sanction.FINAL_WRITTEN_WARNING_OR_WORSE: "final_written_warning",
    Sanction.WRITTEN_WARNING_OR_WORSE: "written_warning",
    Sanction.ANY_ACTION: "management_advice",
}


@dataclass(frozen=True)
class Cohort:
    """The cases that a question is about.

    Attributes
    ----------
    cases : one row a case, the columns of `load_hearings` plus `sanctioned` (True, False, or missing where
        the outcome is unknown); `role` has two categories, the reference first.
    flow : how the cohort came about; columns `step` (a sentence), `left_out`, `cases` (remaining).
    question : the question asked.
    """

    cases: pd.DataFrame
    flow: pd.DataFrame
    question: Question

    def __len__(self) -> int:
        return len(self.cases)

    @property
    def known(self) -> pd.DataFrame:
        """The cases whose outcome is known: the denominator of every rate."""
        return self.cases[self.cases["sanctioned"].notna()]

    def restrict(self, mask: pd.Series) -> Cohort:
        """The same cohort with only the cases where `mask` is true; the flow stays that of the whole."""
        return Cohort(self.cases[mask.fillna(False).astype(bool)], self.flow, self.question)


def sanctioned(cases: pd.DataFrame, sanction: Sanction | str) -> pd.Series:
    """Whether each case ended in the sanction.

    Parameters
    ----------
    cases : rows with `outcome`, `severity` and `finding` as `load_hearings` gives them.
    sanction : a `Sanction`, or its name.

    Returns
    -------
    Series of dtype boolean: missing where the outcome is unknown or outside the ladder ("other", such as
    a requirement to resign). A case not proven has no sanction even where its source states no outcome.
    """
    sanction = Sanction(sanction)
    outcome = cases["outcome"].astype("string")
    if sanction is Sanction.DISMISSED:
        result = outcome.eq("dismissed").astype("boolean").mask(outcome.eq("other"))
    else:
        ladder = pd.to_numeric(load_codelist("outcomes")["severity"], errors="coerce")
        severity = cases["severity"].astype("Int64")
        result = severity.ge(int(ladder[_RUNG[sanction]])).astype("boolean")
    not_proven = cases["finding"].astype("string").eq("not_proven").fillna(False)
    return result.mask(outcome.isna() & not_proven, False).rename("sanctioned")


def select(hearings: pd.DataFrame, question: Question | None = None) -> Cohort:
    """The cohort that a question asks about.

    Parameters
    ----------
    hearings : as `load_hearings` returns them.
    question : the study's headline question where none is given.

    Returns
    -------
    Cohort. No case is dropped without a line in `flow`; a cohort may be empty.

    Raises
    ------
    StudyError : `hearings` lacks a column that the question needs.
    """
    question = question or Question.of()
    needed = {"role", "force", "hearing_date", "finding", "outcome", "severity", "proceeding"}
    if question.source_types:
        needed.add("source_type")
    if question.leave_out_selected:
        needed.add("selected_on_outcome")
    if missing := sorted(needed - set(hearings.columns)):
        raise StudyError(
            f"The cases lack the column(s) {', '.join(missing)}: load them with load_hearings()."
        )
    flow = [{"step": "Cases in the data set", "left_out": 0, "cases": len(hearings)}]
    cases = hearings

    def keep(mask: pd.Series, step: str) -> None:
        nonlocal cases
        mask = mask.fillna(False).astype(bool)
        flow.append({"step": step, "left_out": int((~mask).sum()), "cases": int(mask.sum())})
        cases = cases[mask]

    role_labels = labels("roles")
    words = [lower_first(role_labels[role]) for role in question.roles]
    keep(cases["role"].isin(question.roles), "Left out: neither " + join_words(words, "nor"))
    if question.forces:
        names = [labels("forces")[code] for code in question.forces]
        keep(cases["force"].isin(names), "Left out: not of " + join_words(names, "or"))
    if question.start or question.end:
        for mask, step in _period(cases, question):
            keep(mask.reindex(cases.index), step)
    if question.proceedings:
        words = [lower_first(labels("proceedings")[code]) for code in question.proceedings]
        keep(
            cases["proceeding"].isin(question.proceedings),
            f"Left out: not a {join_words(words, 'or')}, or kind not stated",
        )
    if question.source_types:
        words = [code.replace("_", " ") for code in question.source_types]
        keep(
            cases["source_type"].isin(question.source_types),
            "Left out: source is not a " + join_words(words, "or"),
        )
    if question.leave_out_selected:
        keep(~cases["selected_on_outcome"], "Left out: the source lists people because of their outcome")
    if question.denominator in _FINDINGS:
        keep(cases["finding"].notna(), "Left out: the source does not state the finding")
        allowed = _FINDINGS[question.denominator]
        words = [lower_first(labels("findings")[code]) for code in allowed]
        keep(cases["finding"].isin(allowed), f"Left out: {join_words(words, 'or')} was not found")

    cases = cases.assign(
        role=pd.Categorical(
            cases["role"].astype("object"), categories=[question.reference, question.comparison], ordered=True
        ),
        sanctioned=sanctioned(cases, question.sanction),
    )
    unknown = int(cases["sanctioned"].isna().sum())
    outside = bool(cases.loc[cases["sanctioned"].isna(), "outcome"].notna().any())
    flow.append(
        {
            "step": "Left out of rates, counted beside them: outcome unknown"
            + " or outside the ladder" * outside,
            "left_out": unknown,
            "cases": len(cases) - unknown,
        }
    )
    return Cohort(cases, pd.DataFrame(flow), question)


def without_likely_duplicates(hearings: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """The cases without the second telling of each pair that is likely one case.

    Parameters
    ----------
    hearings : as `load_hearings` returns them.
    pairs : as `load_possible_duplicates` returns them, with `case_id_b` and `strength`.

    Returns
    -------
    DataFrame, fewer rows: a check of how far duplicates could move a result, not a correction of the data.
    """
    second = pairs.loc[pairs["strength"].eq("likely"), "case_id_b"]
    return hearings[~hearings["case_id"].isin(second)]


def _period(cases: pd.DataFrame, question: Question):
    """Masks for a limited period: outside it, too vague to place, without a date."""
    start = PartialDate.parse(question.start).first if question.start else None
    end = PartialDate.parse(question.end).last if question.end else None
    dates = cases["hearing_date"].astype("string")
    dated = dates.notna()
    inside = pd.Series(
        [
            PartialDate.parse(text).within(start, end) if known else None
            for text, known in zip(dates, dated, strict=True)
        ],
        index=cases.index,
        dtype="boolean",
    )
    span = f"{question.start or 'the first case'} to {question.end or 'the last case'}"
    yield inside.ne(False).fillna(True), f"Left out: hearing outside {span}"
    if not question.include_undated:
        yield (
            ~dated | inside.notna(),
            "Left out: date too vague to tell whether the hearing lies in the period",
        )
        yield dated, "Left out: the source gives no date"

"""The cohort: who is in, who is left out and why, and what counts as the sanction."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analysis
from analysis.cohort import sanctioned, select
from analysis.errors import StudyError
from analysis.question import Denominator, Question, Sanction


@pytest.fixture(scope="module")
def hearings():
    return analysis.load_hearings()


def counts(cohort):
    return cohort.known.groupby("role", observed=False)["sanctioned"].agg(["sum", "count"]).astype(int)


def test_first_look_published_with_the_data_is_reproduced(hearings):
    """The counts that the data's own README states: 268 of 310 (21 unknown), and 38 of 41."""
    cohort = select(hearings)
    table = counts(cohort)
    assert table.loc["police_officer"].tolist() == [268, 310]
    assert table.loc["special_constable"].tolist() == [38, 41]
    unknown = cohort.cases["sanctioned"].isna().groupby(cohort.cases["role"], observed=False).sum()
    assert unknown.to_dict() == {"police_officer": 21, "special_constable": 0}


questions = st.builds(
    dict,
    start=st.sampled_from([None, "2016", "2020-02-01"]),
    end=st.sampled_from([None, "2021-03", "2024-12-31"]),
    include_undated=st.booleans(),
    forces=st.sampled_from([(), ("metropolitan",), ("essex", "kent")]),
    proceedings=st.sampled_from([(), ("misconduct_hearing",)]),
    source_types=st.sampled_from([(), ("news_report", "other")]),
    leave_out_selected=st.booleans(),
    denominator=st.sampled_from(list(Denominator)),
    sanction=st.sampled_from(list(Sanction)),
)


@settings(deadline=None)  # a busy machine is no bug
@given(questions)
def test_every_case_is_either_in_the_cohort_or_accounted_for(hearings, parameters):
    cohort = select(hearings, Question.of(**parameters))
    steps = cohort.flow.iloc[:-1]
    assert steps["cases"].iloc[0] == len(hearings)
    assert (steps["cases"].iloc[0] - steps["left_out"].sum()) == len(cohort)
    assert (steps["cases"].shift().iloc[1:] - steps["left_out"].iloc[1:] == steps["cases"].iloc[1:]).all()
    assert cohort.flow["cases"].iloc[-1] == len(cohort.known)


@settings(deadline=None)  # a busy machine is no bug
@given(questions)
def test_a_milder_threshold_never_counts_fewer_sanctions(hearings, parameters):
    milder = [
        Sanction.DISMISSAL_EQUIVALENT,
        Sanction.REDUCTION_IN_RANK_OR_WORSE,
        Sanction.FINAL_WRITTEN_WARNING_OR_WORSE,
        Sanction.WRITTEN_WARNING_OR_WORSE,
        Sanction.ANY_ACTION,
    ]
    totals = [
        int(select(hearings, Question.of(**(parameters | {"sanction": s}))).known["sanctioned"].sum())
        for s in milder
    ]
    assert totals == sorted(totals)


def invented(*rows):
    """A few cases in the loaded frame's shape."""
    frame = pd.DataFrame(rows)
    ladder = pd.to_numeric(analysis.load_codelist("outcomes")["severity"], errors="coerce")
    frame["severity"] = frame["outcome"].map(ladder).astype("Int64")
    return frame.assign(role="special_constable", force="Essex", proceeding="misconduct_hearing").astype(
        {"outcome": "string", "finding": "string", "hearing_date": "string"}
    )


def test_dates_too_vague_for_the_period_are_left_out_and_said_so():
    case = {"outcome": "dismissed", "finding": "gross_misconduct"}
    frame = invented(*({"hearing_date": d} | case for d in ("2020", "2020-04", "2020-03-31", "2021", None)))
    cohort = select(frame, Question.of(start="2020-04-01", end="2020-12-31"))
    assert cohort.cases["hearing_date"].tolist() == ["2020-04"]
    by_reason = cohort.flow.set_index("step")["left_out"]
    assert by_reason["Left out: hearing outside 2020-04-01 to 2020-12-31"] == 2
    assert by_reason["Left out: date too vague to tell whether the hearing lies in the period"] == 1
    assert by_reason["Left out: the source gives no date"] == 1
    with_undated = select(frame, Question.of(start="2020-04-01", end="2020-12-31", include_undated=True))
    assert with_undated.cases["hearing_date"].fillna("none").tolist() == ["2020", "2020-04", "none"]


def test_what_counts_as_the_sanction():
    frame = invented(
        {"hearing_date": None, "finding": "gross_misconduct", "outcome": "dismissed"},
        {"hearing_date": None, "finding": "gross_misconduct", "outcome": "would_have_been_dismissed"},
        {"hearing_date": None, "finding": "gross_misconduct", "outcome": "final_written_warning"},
        {"hearing_date": None, "finding": "gross_misconduct", "outcome": "other"},
        {"hearing_date": None, "finding": "gross_misconduct", "outcome": None},
        {"hearing_date": None, "finding": "not_proven", "outcome": None},
    )
    unknown = pd.NA
    expected = {
        "dismissal_equivalent": [True, True, False, unknown, unknown, False],
        "dismissed": [True, False, False, unknown, unknown, False],
        "final_written_warning_or_worse": [True, True, True, unknown, unknown, False],
    }
    for name, wanted in expected.items():
        pd.testing.assert_series_equal(
            sanctioned(frame, name), pd.Series(wanted, dtype="boolean", name="sanctioned"), obj=name
        )


def test_an_outcome_outside_the_ladder_is_in_no_rate_whatever_the_sanction(hearings):
    known = {
        sanction: len(select(hearings, Question.of(denominator="all_concluded", sanction=sanction)).known)
        for sanction in Sanction
    }
    assert len(set(known.values())) == 1, known


def test_a_column_that_only_this_question_needs_is_named(hearings):
    with pytest.raises(StudyError, match="selected_on_outcome"):
        select(hearings.drop(columns="selected_on_outcome"), Question.of(leave_out_selected=True))


def test_a_frame_that_was_not_loaded_is_refused_with_the_missing_columns():
    with pytest.raises(StudyError, match="severity.*load_hearings"):
        select(pd.DataFrame({"role": [], "force": [], "hearing_date": [], "finding": [], "outcome": []}))

"""The specification curve: each estimator against R, the curve's bookkeeping, its joint test, and what is said of it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import figures, listings, wording
from analysis.cohort import select
from analysis.errors import StudyError
from analysis.estimates import (
    Choices,
    batched,
    difference_interval,
    risk_contrast,
    specification_curve,
    stratified_contrast,
)
from analysis.estimates.specification import CHOICES, choice_label, option_label
from analysis.figures.style import to_svg
from analysis.loading import load_hearings
from analysis.question import Question
from invented import BASE

REFERENCE = Path(__file__).parent / "reference"
FEW = Choices(
    who=("all",),
    periods=(("all", "in"), ("from_2020", "out")),
    sources=("all", "news"),
)


@pytest.fixture(scope="module")
def hearings():
    return load_hearings()


@pytest.fixture(scope="module")
def curve(hearings):
    return specification_curve(hearings, choices=FEW, permutations=60)


@pytest.fixture(scope="module")
def reference():
    cases = pd.read_csv(REFERENCE / "specification_cases.csv")
    design = np.column_stack(
        [np.ones(len(cases)), cases["family"].eq("b"), cases["family"].eq("c"), cases["period"].eq("y")]
    ).astype(float)
    patterns, pattern = np.unique(design, axis=0, return_inverse=True)
    return {
        "roles": cases["role"].to_numpy(dtype=float)[:, None],
        "outcome": cases["sanctioned"].to_numpy(dtype=float),
        "design": design,
        "patterns": patterns,
        "pattern": pattern.ravel(),
        "clusters": np.flatnonzero(np.r_[True, np.diff(cases["force"]) != 0]),
        "strata": cases["family"].map({"a": 0, "b": 1, "c": 2}).to_numpy(),
        "expected": pd.read_csv(REFERENCE / "specification.csv").set_index("method"),
    }


def estimate_of(reference, method, roles=None):
    roles = reference["roles"] if roles is None else roles
    outcome, clusters = reference["outcome"], reference["clusters"]
    cells = (reference["patterns"], reference["pattern"], clusters, 0.95)
    if method == "linear":
        return batched.linear(roles, outcome, reference["design"], clusters, 0.95)
    if method == "overlap":
        return batched.overlap_weighted(roles, outcome, *cells)
    return batched.standardised(roles, outcome, *cells, method == "firth")


@pytest.mark.parametrize("method", ["linear", "logistic", "firth", "overlap"])
def test_estimators_agree_with_r(reference, method):
    found = estimate_of(reference, method)
    expected = reference["expected"].loc[method]
    assert [found.estimate[0], found.low[0], found.high[0]] == pytest.approx(list(expected), abs=1e-7)


@pytest.mark.parametrize("method", ["linear", "logistic", "firth", "overlap"])
def test_many_labellings_at_once_give_what_each_gives_alone(reference, method):
    generator = np.random.default_rng(1)
    roles = np.column_stack(
        [reference["roles"][:, 0]] + [generator.permutation(reference["roles"][:, 0]) for _ in range(6)]
    )
    together = estimate_of(reference, method, roles)
    for number in range(roles.shape[1]):
        alone = estimate_of(reference, method, roles[:, [number]])
        for part in ("estimate", "low", "high"):
            assert getattr(together, part)[number] == pytest.approx(
                getattr(alone, part)[0], abs=1e-6, nan_ok=True
            )


@given(st.integers(0, 8), st.integers(0, 8), st.integers(1, 8), st.integers(1, 60))
def test_crude_is_newcombes_interval(count, count_reference, extra, extra_reference):
    total, total_reference = count + extra, count_reference + extra_reference
    roles = np.repeat([1.0, 0.0], [total, total_reference])[:, None]
    outcome = np.concatenate([np.arange(total) < count, np.arange(total_reference) < count_reference]).astype(
        float
    )
    found = batched.crude(roles, outcome, 0.95)
    low, high = difference_interval(count, total, count_reference, total_reference)
    assert [found.low[0], found.high[0]] == pytest.approx([low, high], abs=1e-9)
    assert found.estimate[0] == pytest.approx(count / total - count_reference / total_reference)
    # z is beyond 1 exactly where the interval leaves out 0
    assert (abs(found.z[0]) > 1) == (low > 1e-12 or high < -1e-12)


def test_mantel_haenszel_is_the_stratified_contrast(hearings):
    cohort = select(hearings)
    known = cohort.known
    strata = pd.factorize(known["source_type"].astype("string").fillna(""))[0]
    roles = known["role"].astype(str).eq("special_constable").to_numpy(dtype=float)[:, None]
    found = batched.mantel_haenszel(roles, known["sanctioned"].to_numpy(dtype=float), strata, 0.95)
    pooled = stratified_contrast(cohort, "source_type").pooled
    expected = pooled[pooled["adjustment"].ne("crude") & pooled["measure"].eq("risk difference")].iloc[0]
    assert [found.estimate[0], found.low[0], found.high[0]] == pytest.approx(
        [expected["estimate"], expected["conf_low"], expected["conf_high"]]
    )


def test_overlap_weights_balance_the_covariates(reference):
    patterns, pattern, roles = reference["patterns"], reference["pattern"], reference["roles"]
    clusters = reference["clusters"]
    for covariate in reference["design"].T[1:]:
        # a covariate as the outcome: the weighted difference of its means is nothing
        found = batched.overlap_weighted(roles, covariate, patterns, pattern, clusters, 0.95)
        assert found.estimate[0] == pytest.approx(0, abs=1e-7)


def test_separated_data_have_no_maximum_likelihood_but_firths():
    roles = np.repeat([1.0, 0.0], [8, 40])[:, None]
    outcome = np.r_[np.ones(8), np.arange(40) < 30].astype(float)
    cells = (np.ones((1, 1)), np.zeros(48, int), np.arange(0, 48, 4), 0.95)
    assert np.isnan(batched.standardised(roles, outcome, *cells, False).estimate[0])
    firth = batched.standardised(roles, outcome, *cells, True)
    # shrunk towards no difference, not towards one half
    assert 0 < firth.estimate[0] < 0.25


def test_the_headline_is_among_the_specifications(hearings, curve):
    own = curve.specifications[curve.specifications["headline"]]
    crude = risk_contrast(select(hearings)).set_index("measure").loc["risk difference"]
    assert len(own) == 1
    columns = ["estimate", "conf_low", "conf_high", "numerator", "denominator", "numerator_reference"]
    assert list(own.iloc[0][columns]) == pytest.approx(list(crude[columns]))
    assert curve.summary["headline"].iloc[0] == pytest.approx(crude["estimate"])


def test_every_combination_is_a_row_with_an_estimate_or_a_reason(curve):
    frame = curve.specifications
    assert len(frame) == 3 * 2 * 2 * 2 * len(Choices().methods)
    assert not frame.duplicated(list(CHOICES)).any()
    assert list(frame["specification"]) == list(range(1, len(frame) + 1))
    undefined = frame["status"].eq("undefined")
    assert (
        frame.loc[undefined, "estimate"].isna().all() and frame.loc[undefined, "note"].str.len().gt(5).all()
    )
    others = frame[~undefined]
    assert (others["conf_low"] <= others["estimate"]).all() and (
        others["estimate"] <= others["conf_high"]
    ).all()
    assert others["conf_low"].ge(-1).all() and others["conf_high"].le(1).all()
    facts = curve.summary.iloc[0]
    assert facts["tried"] == facts["defined"] + facts["undefined"] + facts["duplicates"] == len(frame)
    defined = frame[frame["status"].eq("defined")]
    assert facts["significant_positive"] == (defined["conf_low"] > 0).sum()
    assert facts["median"] == pytest.approx(defined["estimate"].median())
    # the score and the interval agree on what is beyond chance
    beyond = (defined["conf_low"] > 0) | (defined["conf_high"] < 0)
    assert (defined["p_value"].lt(0.05) == beyond).all()


def test_the_own_specifications_are_those_of_the_question_alone(hearings, curve):
    alone = Choices(
        denominators=("gross_misconduct",),
        sanctions=("dismissal_equivalent",),
        who=FEW.who,
        periods=FEW.periods,
        sources=FEW.sources,
    )
    again = specification_curve(hearings, choices=alone, permutations=60)
    pd.testing.assert_frame_equal(curve.own_joint, again.joint)
    counts = ["defined", "median", "low", "high", "positive", "headline"]
    pd.testing.assert_frame_equal(curve.own_summary[counts], again.summary[counts])
    assert wording.specification_own(again) == ""


def test_the_study_has_five_hundred_specifications_and_more(hearings):
    choices = Choices(methods=tuple(m for m in Choices().methods if m[0] in ("crude", "mantel_haenszel")))
    facts = specification_curve(hearings, choices=choices, permutations=0).summary.iloc[0]
    assert facts["defined"] > 500


def test_combinations_of_the_same_cases_are_duplicates_and_count_once(hearings):
    # without source kinds apart from the news, "all" and "news" are the same cases
    news = hearings[hearings["source_type"].eq("news_report")]
    found = specification_curve(news, choices=FEW, permutations=0)
    frame = found.specifications.set_index("specification")
    again = frame[frame["status"].eq("duplicate")]
    assert len(again) and set(again["sources"]) == {"news"}
    for row in again.itertuples():
        first = frame.loc[row.duplicate_of]
        assert first["status"] == "defined"
        assert (first["estimate"], first["estimator"], first["adjustment"]) == (
            row.estimate,
            row.estimator,
            row.adjustment,
        )
    assert found.by_choice.set_index(["choice", "option"]).loc[("sources", "news"), "specifications"] == 0


def test_neither_order_of_rows_nor_workers_change_anything(hearings, curve):
    shuffled = hearings.sample(frac=1, random_state=3)
    again = specification_curve(shuffled, choices=FEW, permutations=60, workers=2)
    for part in ("specifications", "summary", "joint", "by_choice", "exchangeable", "own_joint"):
        pd.testing.assert_frame_equal(getattr(curve, part), getattr(again, part), check_exact=True)


def cases_of(role, number, sanctioned, **columns):
    return [
        BASE
        | {
            "role": role,
            "outcome": "dismissed" if i < sanctioned else "written_warning",
            "force": ("Essex", "Kent", "Surrey", "Sussex", "Norfolk", "Suffolk")[i % 6],
        }
        | columns
        for i in range(number)
    ]


def invented(*groups):
    frame = pd.DataFrame([case for group in groups for case in group])
    frame.insert(0, "case_id", [f"essex-{i:04d}" for i in range(len(frame))])
    return load_hearings(frame)


SMALL = Choices(who=("all",), periods=(("all", "in"),), sources=("all",))


def test_a_large_difference_is_beyond_the_null_and_none_is_within():
    wide = invented(cases_of("special_constable", 40, 38), cases_of("police_officer", 200, 80))
    none = invented(cases_of("special_constable", 40, 16), cases_of("police_officer", 200, 80))
    for data, low, high in ((wide, 0, 0.011), (none, 0.2, 1)):
        joint = specification_curve(data, choices=SMALL, permutations=199).joint.set_index("statistic")
        p_values = joint.loc[["median difference", "average z"], "p_value"]
        assert p_values.between(low, high).all(), p_values
        assert joint["permutations"].eq(199).all()
        assert joint["p_value"].ge(1 / 200).all()


def test_confounding_by_conduct_stays_in_the_null_curves():
    # within each kind of conduct both roles fare alike, but special constables have more of the graver kind
    data = invented(
        cases_of("special_constable", 30, 30, conduct="sexual"),
        cases_of("special_constable", 10, 2, conduct="drink_or_drugs"),
        cases_of("police_officer", 60, 60, conduct="sexual"),
        cases_of("police_officer", 140, 28, conduct="drink_or_drugs"),
    )
    crude = Choices(who=("all",), periods=(("all", "in"),), sources=("all",), methods=(("crude", "none"),))
    within, free = (
        specification_curve(data, choices=crude, permutations=199, null=null).joint.set_index("statistic")
        for null in ("within", "free")
    )
    assert within.loc["median difference", "null_median"] == pytest.approx(
        within.loc["median difference", "observed"], abs=0.08
    )
    assert within.loc["median difference", "p_value"] > 0.2
    assert abs(free.loc["median difference", "null_median"]) < 0.05
    assert free.loc["median difference", "p_value"] < 0.05


def test_what_cannot_be_estimated_does_not_stop_the_curve():
    officers = cases_of("police_officer", 30, 20)
    for groups in (
        [officers],
        [cases_of("special_constable", 3, 3), officers],
        [cases_of("special_constable", 10, 10), cases_of("police_officer", 30, 30)],
        [
            cases_of("special_constable", 10, 9, force="Essex"),
            cases_of("police_officer", 30, 20, force="Essex"),
        ],
    ):
        found = specification_curve(invented(*groups), choices=SMALL, permutations=19)
        frame = found.specifications
        assert frame.loc[frame["status"].eq("undefined"), "note"].ne("").all()
        assert wording.specification_curve_summary(found).endswith(".")
        assert "nan" not in (wording.specification_left_out(found) + wording.specification_joint_test(found))
        for width in ("wide", "narrow"):
            drawing = figures.specification_plot(
                found.specifications, found.summary, found.by_choice, width=width
            )
            assert "nan" not in drawing.alt
        listings.specification_table(found.by_choice, "x")
    none = specification_curve(invented(officers).iloc[:0], choices=SMALL, permutations=9)
    assert none.summary["defined"].iloc[0] == 0 and none.joint.empty


def test_a_question_narrows_every_specification(hearings):
    question = Question.of(forces=["Metropolitan", "Essex", "Kent"], sanction="written_warning_or_worse")
    found = specification_curve(hearings, question, choices=SMALL, permutations=0)
    assert found.specifications["denominator_reference"].max() < 150
    assert "written_warning_or_worse" in set(found.specifications["sanction"])
    assert found.specifications["headline"].sum() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"choices": Choices(sources=("rumour",))},
        {"choices": Choices(methods=())},
        {"choices": Choices(periods=(("from_1999", "in"),))},
        {"null": "none"},
        {"permutations": -1},
        {"workers": 0},
    ],
)
def test_a_wrong_option_is_refused_with_the_allowed_ones(hearings, wrong):
    with pytest.raises(StudyError, match=r"is not one of|nothing is given|or more"):
        specification_curve(hearings, **wrong)


def test_the_curve_in_words_and_tables(curve):
    facts = curve.summary.iloc[0]
    text = wording.specification_curve_summary(curve)
    assert f"Of {int(facts['defined'])} defensible specifications, {int(facts['positive'])} (" in text
    assert "special constables less that of regular officers" in wording.specification_measured(curve)
    own = wording.specification_own(curve)
    assert (
        f"Of the {int(curve.own_summary['defined'].iloc[0])} specifications that take" in own
        and "p = " in own
    )
    joint = wording.specification_joint_test(curve)
    assert "60 curves" in joint and "have no counterpart" in joint
    assert "medians in percentage points" in wording.specification_choices(curve)
    table = listings.specification_table(curve.by_choice, "x")
    assert len(table.cells) == len(curve.by_choice)
    assert len(listings.specification_joint_table(curve.joint, "x").cells) == 4
    for choice in CHOICES:
        assert choice_label(choice)
        for option in set(curve.specifications[choice]):
            assert option_label(choice, option)


def test_the_figure_is_small_and_says_what_it_shows(curve):
    arguments = (curve.specifications, curve.summary, curve.by_choice)
    for width in ("wide", "narrow"):
        drawing = figures.specification_plot(*arguments, width=width)
        assert len(to_svg(drawing.figure)) < 200_000
        assert to_svg(drawing.figure) == to_svg(figures.specification_plot(*arguments, width=width).figure)
    assert f"{int(curve.summary['defined'].iloc[0])} specifications" in drawing.alt
    assert len(drawing.alt.split()) < 150

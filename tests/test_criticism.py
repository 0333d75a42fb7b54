"""Model criticism against R, on cases whose influence is known, and on cohorts too small to say anything."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import estimates, figures, listings, wording
from analysis.cohort import select
from analysis.errors import StudyError
from analysis.estimates import TIDY_COLUMNS
from analysis.estimates.criticism import largest_score, measures_of
from analysis.estimates.design import design
from analysis.estimates.logistic import fit_logistic
from analysis.figures import style
from analysis.loading import load_hearings
from analysis.question import Question
from invented import BASE
from test_figures import faults

REFERENCE = Path(__file__).parent / "reference"
pytestmark = pytest.mark.filterwarnings("error")


def reference(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / f"{name}.csv")


def cohort(rows: list[dict], question: Question | None = None):
    frame = pd.DataFrame([BASE | row for row in rows], columns=list(BASE))
    frame.insert(0, "case_id", [f"essex-{i:03d}" for i in range(1, len(frame) + 1)])
    cases = load_hearings(frame if len(frame) else pd.DataFrame([{"case_id": "essex-001"} | BASE]))
    return select(cases[: len(rows)], question)


def ended(yes: bool, former: bool = False) -> dict:
    outcome = ("would_have_been_dismissed" if former else "dismissed") if yes else "final_written_warning"
    return {"outcome": outcome, "status": "former" if former else "serving"}


def deletion_cohort():
    """The cases of the reference script."""
    return cohort(
        [
            ended(r.y == 1, r.former == 1)
            | {
                "role": "special_constable" if r.role else "police_officer",
                "admitted": "full" if r.admitted else "denied",
            }
            for r in reference("deletion_data").itertuples()
        ]
    )


def headline():
    return select(load_hearings())


@pytest.fixture(scope="module")
def by_force():
    return estimates.leave_one_out(headline(), "force")


@pytest.fixture(scope="module")
def calibrated():
    return estimates.model_calibration(headline())


# ---------------------------------------------------------------------------------------- calibration


def test_calibration_measures_agree_with_r_to_six_digits():
    data, expected = reference("calibration_data"), reference("calibration_measures").set_index("measure")
    found = pd.DataFrame(
        measures_of(data["p"].to_numpy(), data["y"].to_numpy(float), data["cluster"].to_numpy(str))
    ).set_index("measure")
    assert list(found.index) == list(expected.index)
    np.testing.assert_allclose(found["estimate"], expected["estimate"], rtol=1e-7)
    some = expected["low"].notna()
    np.testing.assert_allclose(found.loc[some, "conf_low"], expected.loc[some, "low"], rtol=1e-6)
    np.testing.assert_allclose(found.loc[some, "conf_high"], expected.loc[some, "high"], rtol=1e-6)
    area = found.loc["c-statistic"]
    assert 0.5 < area["conf_low"] < area["estimate"] < area["conf_high"] < 1


def test_in_sample_maximum_likelihood_is_calibrated_by_construction():
    rng = np.random.default_rng(0)
    x = rng.normal(size=300)
    y = (rng.random(300) < 1 / (1 + np.exp(-x))).astype(float)
    fit = fit_logistic(pd.DataFrame({"const": 1.0, "x": x}), y, method="maximum_likelihood")
    rows = {r["measure"]: r for r in measures_of(fit.probabilities(), y, np.repeat("Essex", 300))}
    assert rows["calibration in the large"]["estimate"] == pytest.approx(0, abs=1e-6)
    assert rows["calibration slope"]["estimate"] == pytest.approx(1, abs=1e-6)


def test_a_case_of_a_force_left_out_does_not_see_its_own_outcome():
    """Turning every outcome of one force round leaves the predictions of that force as they were."""
    rng = np.random.default_rng(2)
    forces = ["Essex"] * 16 + ["Kent"] * 16 + ["Surrey"] * 16
    specials = rng.random(48) < 0.4
    yes = rng.random(48) < 0.6

    def predictions(yes):
        rows = [
            ended(bool(y))
            | {"force": f, "role": "special_constable" if s else "police_officer", "conduct": c}
            for y, f, s, c in zip(yes, forces, specials, ["violence", "sexual"] * 24, strict=True)
        ]
        return estimates.model_calibration(cohort(rows), ("conduct", "force")).predictions

    before, turned = predictions(yes), predictions(np.where(np.array(forces) == "Kent", ~yes, yes))
    kent = before["force"].eq("Kent")
    assert kent.sum() == 16
    assert turned.loc[kent, "force left out"].to_numpy() == pytest.approx(
        before.loc[kent, "force left out"].to_numpy()
    )
    assert (turned.loc[kent, "in sample"] - before.loc[kent, "in sample"]).abs().max() > 0.02
    assert (turned.loc[~kent, "force left out"] - before.loc[~kent, "force left out"]).abs().max() > 0.02


def test_the_curve_holds_every_case_once_and_is_tidy(calibrated):
    curve, measures = calibrated.curve, calibrated.measures
    assert tuple(curve.columns[2:8]) == TIDY_COLUMNS and tuple(measures.columns[2:8]) == TIDY_COLUMNS
    known = headline().known
    for _, some in curve.groupby("prediction", observed=True):
        assert some["denominator"].sum() == len(known)
        assert some["numerator"].sum() == known["sanctioned"].sum()
        assert some["predicted"].is_monotonic_increasing
        assert some["denominator"].max() - some["denominator"].min() <= 1
    again = estimates.model_calibration(select(load_hearings().sample(frac=1, random_state=1)))
    pd.testing.assert_frame_equal(again.measures, measures)


def test_the_fit_to_its_own_cases_looks_better_than_to_forces_left_out(calibrated):
    rows = calibrated.measures.set_index(["prediction", "measure"])["estimate"]
    assert rows["in sample", "Brier score"] < rows["force left out", "Brier score"]
    assert rows["in sample", "c-statistic"] > rows["force left out", "c-statistic"]


# ------------------------------------------------------------------------------------------ deletion


def test_differences_without_each_case_agree_with_r_to_six_digits():
    expected = reference("deletion").fillna("").set_index("case_id")["difference"]
    found = estimates.influential_cases(deletion_cohort(), ("status", "admitted"), top=100)
    assert len(found) == 70
    assert found.attrs["estimate"] == pytest.approx(expected[""], rel=1e-5)
    # the library stops its Firth fits at about that
    np.testing.assert_allclose(found["estimate"], expected[found["case_id"]], rtol=2e-6, atol=2e-7)
    assert (found["move"].abs().diff().dropna() < 1e-9).all()


def test_the_case_that_goes_against_the_rest_of_its_role_moves_the_difference_most():
    rows = [ended(k > 0) | {"role": "special_constable"} for k in range(20)]
    rows += [ended(k % 2 == 0) for k in range(60)]
    found = estimates.influential_cases(cohort(rows), "none")
    assert found.iloc[0]["case_id"] == "essex-001" and not found.iloc[0]["sanctioned"]
    assert found.iloc[0]["move"] > 0
    assert found.iloc[0]["denominator"] == 19
    assert tuple(found.columns[found.columns.get_loc("estimate") :][:6]) == TIDY_COLUMNS


def test_without_one_the_analysis_is_that_of_the_others(by_force):
    """What is left out is left out of everything: crude and adjusted equal the estimates on the other cases."""
    whole = headline()
    rest = whole.restrict(whole.cases["force"].ne("Bedfordshire"))
    rows = by_force[by_force["left_out"].eq("Bedfordshire")].set_index("adjustment")
    crude = estimates.risk_contrast(rest).iloc[0]
    adjusted = estimates.adjusted_contrast(rest, "full").iloc[0]
    for kind, one in (("none", crude), ("full", adjusted)):
        for column in ("estimate", "conf_low", "conf_high", "p_value", "numerator", "denominator"):
            assert rows.loc[kind, column] == pytest.approx(one[column])
    assert rows.loc["none", "cases_left_out"] == len(whole.known) - len(rest.known)


def test_every_force_is_left_out_once_the_largest_moves_first(by_force):
    known = headline().known
    for _, some in by_force.groupby("adjustment", sort=False):
        assert some.iloc[0]["left_out"] == "" and some.iloc[0]["move"] == 0
        assert sorted(some["left_out"].iloc[1:]) == sorted(known["force"].astype(str).unique())
        assert (some["move"].iloc[1:].abs().diff().dropna() < 1e-9).all()
        assert some["cases_left_out"].sum() == len(known)
    assert tuple(by_force.columns[6:12]) == TIDY_COLUMNS


def test_a_source_that_carries_the_verdict_is_named():
    rows = [ended(True) | {"role": "special_constable", "source_id": f"S{k:04d}"} for k in range(1, 41)]
    rows += [ended(False) | {"role": "special_constable", "source_id": "S0099"} for _ in range(6)]
    rows += [ended(k % 6 > 0) | {"source_id": f"S{k + 200:04d}"} for k in range(120)]
    found = estimates.leave_one_out(cohort(rows), "source", "none", least=2)
    assert list(found["left_out"]) == ["", "S0099"]
    row = found.iloc[1]
    assert row["changes_verdict"] and row["beyond_chance"] and not found.iloc[0]["beyond_chance"]
    assert row["cases_left_out"] == 6
    text = wording.left_out(found, Question.of())[0]
    assert "without source S0099" in text and "A verdict that hangs on one source is no firm one." in text


def test_order_of_rows_does_not_matter():
    some = select(load_hearings(), Question.of(forces=["essex", "metropolitan"]))
    mixed = load_hearings().sample(frac=1, random_state=7)
    again = select(mixed, some.question)
    pd.testing.assert_frame_equal(
        estimates.leave_one_out(some, "source", "conduct", least=3),
        estimates.leave_one_out(again, "source", "conduct", least=3),
    )
    pd.testing.assert_frame_equal(estimates.influential_cases(some), estimates.influential_cases(again))


def test_what_cannot_be_left_out_is_refused():
    with pytest.raises(StudyError, match="'year' is not one of force, source"):
        estimates.leave_one_out(headline(), "year")


# --------------------------------------------------------------------------------------- convergence


@pytest.mark.parametrize("method", ["maximum_likelihood", "firth"])
def test_the_largest_score_is_nought_where_the_fit_is_and_not_elsewhere(method):
    rng = np.random.default_rng(4)
    X = pd.DataFrame({"const": 1.0, "role": rng.integers(0, 2, 200), "x": rng.normal(size=200)}).astype(float)
    y = (rng.random(200) < 0.3 + 0.4 * X["role"]).astype(float).to_numpy()
    fit = fit_logistic(X, y, method=method)
    assert largest_score(fit, X) < 1e-4
    fit.params.iloc[1] += 0.01
    assert largest_score(fit, X) > 0.1


def test_every_model_says_how_it_was_fitted():
    found = estimates.model_convergence(headline())
    assert found["converged"].all()
    assert (found["largest_score"].dropna() < 1e-3).all()
    full = found[found["adjustment"].eq("full")].iloc[0]
    assert full["parameters"] == design(headline()).parameters
    assert "Firth" in full["estimator"] and "separation" in full["reason"] and full["separated"]
    assert found["reason"].ne("").all()


# ------------------------------------------------------------------------------- nothing much to say

SMALL = {
    "nobody": [],
    "one role": [ended(k % 2 == 0) for k in range(12)],
    "all sanctioned": [ended(True) | {"role": r} for r in ("special_constable", "police_officer") * 8],
    "one special": [ended(True) | {"role": "special_constable"}] + [ended(k % 3 > 0) for k in range(30)],
    "one force": [
        ended(k % 3 > 0) | {"role": "special_constable" if k % 4 == 0 else "police_officer"}
        for k in range(40)
    ],
    "four cases": [
        ended(k % 2 == 0) | {"role": r}
        for k, r in enumerate(["special_constable"] * 2 + ["police_officer"] * 2)
    ],
}


@pytest.mark.parametrize("name", SMALL)
def test_small_cohorts_do_not_break_and_never_show_what_is_not_a_number(name):
    some = cohort(SMALL[name])
    question = some.question
    calibration = estimates.model_calibration(some, "none")
    left_out = estimates.leave_one_out(some, "force", "conduct")
    influential = estimates.influential_cases(some, "none")
    models = estimates.model_convergence(some, ("none", "full"))
    said = [
        *wording.model_calibration(calibration.measures, question),
        *wording.left_out(left_out, question),
        wording.influential(influential, question),
        wording.convergence(models),
    ]
    tables = [
        listings.model_calibration_table(calibration.measures, "Caption"),
        listings.leave_one_out_table(left_out, "Caption"),
        listings.influential_cases_table(influential, "Caption"),
        listings.convergence_table(models, "Caption"),
    ]
    for text in [*said, *(table.html for table in tables)]:
        assert "nan" not in text.lower().replace("finance", "") and "none of none" not in text.lower()
    for width in ("wide", "narrow"):
        for drawing in (
            figures.calibration_plot(calibration.curve, width=width),
            figures.influence_plot(left_out, width=width),
        ):
            assert faults(drawing.figure) == []


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_figures_are_legible_and_tell_their_range(width, by_force, calibrated):
    influence = figures.influence_plot(by_force, width=width, subtitle="Cases")
    assert faults(influence.figure) == []
    assert "without Bedfordshire" in influence.alt and "of 45 forces left out" in influence.alt
    calibration = figures.calibration_plot(calibrated.curve, width=width, subtitle="Cases")
    assert faults(calibration.figure) == []
    assert "force that was left out" in calibration.alt
    again = figures.influence_plot(by_force, width=width, subtitle="Cases")
    assert style.to_svg(influence.figure) == style.to_svg(again.figure)


def test_sentences_and_tables_agree_with_the_frames(by_force, calibrated):
    question = Question.of()
    said = wording.model_calibration(calibrated.measures, question)
    assert "predictions are too extreme" in said[0] and "should not be used to predict others" in said[2]
    crude, adjusted = wording.left_out(by_force, question)
    assert crude.startswith(
        "Without one force at a time (45 of them) the crude difference, 6 percentage points"
    )
    assert "(without Metropolitan)" in adjusted
    table = listings.leave_one_out_table(by_force, "Caption", most=3)
    assert len(table.cells) == 4 and len(table.frame) == len(by_force)
    assert any("the 3 of 45 that move" in note for note in table.notes)
    assert math.isclose(by_force.iloc[0]["move"], 0)

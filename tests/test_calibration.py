"""The calibration: worlds whose truth is known, the machinery that counts, and the committed results."""

import math

import numpy as np
import pandas as pd
import pytest

from analysis import figures, listings, wording
from analysis.calibration import (
    KEPT,
    LEAST,
    MOST,
    OFTEN,
    REJECTS,
    REPLICATES,
    SCENARIOS,
    SELDOM,
    SELECTION,
    Scenario,
    add_up,
    calibration_results,
    procedures,
    results,
    run,
    running,
    with_verdicts,
)
from analysis.calibration.procedures import Finding, exact_p_value
from analysis.errors import StudyError
from analysis.estimates import exact_tests, proportion_interval
from analysis.figures.style import to_svg

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


@pytest.fixture(scope="module")
def committed():
    return calibration_results()


@pytest.mark.parametrize("name", BY_NAME)
def test_a_sample_has_the_size_and_the_rate_of_its_scenario(name):
    scenario = BY_NAME[name]
    rng = np.random.default_rng(1)
    rates = []
    for _ in range(20):
        sample = scenario.draw(rng)
        cases = sample.cohort.cases
        assert cases["role"].value_counts().to_dict() == {
            "special_constable": scenario.special,
            "police_officer": scenario.regular,
        }
        assert cases["case_id"].is_unique
        assert (cases["sanctioned"] == cases["severity"].ge(5)).all()
        rates.append(cases.loc[cases["role"].eq("police_officer"), "sanctioned"].mean())
    error = np.std(rates) / math.sqrt(20)
    if scenario.published == 1:
        assert abs(np.mean(rates) - scenario.truth.regular) < 4 * error + 0.01
    else:
        assert np.mean(rates) > scenario.truth.regular + 0.05


def test_what_a_scenario_promises_is_true_of_its_world():
    for scenario in SCENARIOS:
        truth = scenario.truth
        assert truth.regular == pytest.approx(scenario.rate, abs=0.01)
        alike = truth.standardised == pytest.approx(truth.standardised_reference)
        assert alike == scenario.null == (truth.odds_ratio == pytest.approx(1, abs=0.01))
    assert BY_NAME["confounded"].truth.special > BY_NAME["confounded"].truth.regular + 0.03
    assert BY_NAME["clustered"].truth.correlation > 0.05
    assert BY_NAME["no difference"].truth.correlation == pytest.approx(0, abs=1e-12)


def test_the_direction_of_severity_is_that_of_its_samples():
    scenario = BY_NAME["real difference"]
    rng = np.random.default_rng(4)
    found = []
    for _ in range(30):
        severity = (people := scenario.draw(rng).people)["rung"]
        one, other = severity[people["role"] == 1], severity[people["role"] == 0]
        found.append((np.sign(one[:, None] - other[None, :]) / 2 + 0.5).mean())
    assert np.mean(found) == pytest.approx(scenario.truth.direction, abs=4 * np.std(found) / math.sqrt(30))


@pytest.mark.parametrize(
    "counts", [(38, 41, 268, 310), (41, 41, 268, 310), (3, 8, 30, 31), (12, 12, 40, 60), (0, 9, 2, 9)]
)
def test_exact_p_values_of_all_tables_are_those_of_the_reports(counts):
    from test_estimates import two_by_two

    tests = exact_tests(two_by_two(*counts)).set_index("test")["p_value"]
    assert exact_p_value("fisher", counts) == pytest.approx(tests["Fisher's exact test"], abs=1e-9)
    assert exact_p_value("boschloo", counts) == pytest.approx(tests["Boschloo's exact test"], abs=1e-4)


def test_the_stratified_estimate_is_that_of_the_reports():
    from analysis.estimates import stratified_contrast

    sample = BY_NAME["confounded"].draw(np.random.default_rng(2))
    (finding,) = procedures.stratified(sample)
    pooled = stratified_contrast(sample.cohort, "conduct").pooled
    row = pooled[pooled["adjustment"].ne("crude") & pooled["measure"].eq("risk difference")].iloc[0]
    assert [finding.estimate, finding.low, finding.high, finding.p_value] == pytest.approx(
        [row.estimate, row.conf_low, row.conf_high, row.p_value]
    )
    # role does nothing within conduct, so what is left is what several kinds hide
    assert abs(finding.truth) < 0.02


def test_the_adjusted_estimate_is_that_of_the_reports():
    from analysis.estimates import adjusted_contrast

    sample = BY_NAME["real difference"].draw(np.random.default_rng(2))
    found = {f.measure: f for f in procedures.adjusted(sample) if "as reported" in f.method}
    frame = adjusted_contrast(sample.cohort).set_index("measure")
    for measure, finding in found.items():
        row = frame.loc[measure.removeprefix("adjusted ")]
        assert [finding.estimate, finding.low, finding.high, finding.p_value] == pytest.approx(
            [row.estimate, row.conf_low, row.conf_high, row.p_value], nan_ok=True
        )


def counted(findings_of_a_replicate, replicates=1):
    sums = {}
    for _ in range(replicates):
        for name, value in running._of_replicate(findings_of_a_replicate).items():
            sums[name] = sums.get(name, 0) + value
    key = {
        "scenario": "no difference",
        "method": findings_of_a_replicate[0].method,
        "measure": findings_of_a_replicate[0].measure,
    }
    return pd.DataFrame([key | sums])


def test_replicates_are_counted_as_they_should_be():
    parts = [
        counted([Finding("m", "rate", 0.5, 0.4, 0.3, 0.6, 0.2, True)], 3),
        counted([Finding("m", "rate", 0.5, 0.8, 0.7, 0.9, 0.01, True)]),
        counted([Finding("m", "rate", 0.5, math.nan, math.nan, math.nan, math.nan, True)]),
    ]
    row = add_up(parts, 5).iloc[0]
    assert row["replicates"] == 5 and row["undefined"] == pytest.approx(0.2)
    assert row["coverage"] == pytest.approx(0.75) and row["truth_below"] == pytest.approx(0.25)
    assert row["truth_above"] == 0 and row["rejected"] == pytest.approx(0.25)
    assert row["bias"] == pytest.approx((3 * -0.1 + 0.3) / 4)
    assert row["mean_width"] == pytest.approx((3 * 0.3 + 0.2) / 4)
    assert row["coverage_error"] == pytest.approx(math.sqrt(0.75 * 0.25 / 4))


def test_ratios_are_judged_on_the_log_scale_and_open_ends_count_as_covering():
    row = add_up([counted([Finding("m", "odds ratio", 2.0, math.inf, 1.5, math.inf)])], 1).iloc[0]
    assert row["scale"] == "log" and row["coverage"] == 1
    assert math.isnan(row["bias"]) and math.isnan(row["mean_width"])


def test_findings_of_many_forces_count_as_one_replicate():
    findings = [Finding("m", "rate of a force", 0.5, 0.5, 0.4, high) for high in (0.6, 0.45, 0.6, 0.6)]
    row = add_up([counted(findings, 2)], 2).iloc[0]
    assert row["replicates"] == 2 and row["coverage"] == pytest.approx(0.75)


def verdict_of(coverage, error=0.007, rejected=0.05, null=True):
    frame = pd.DataFrame(
        {
            "scenario": ["s", "s"],
            "measure": ["x", "x"],
            "method": ["this", "other"],
            "coverage": [coverage, 0.95],
            "coverage_error": error,
            "mean_width": 1.0,
            "rejected": rejected,
            "rejected_error": 0.007,
            "null": null,
        }
    )
    return with_verdicts(frame).iloc[0]


def test_verdicts_allow_for_the_number_of_samples_and_name_what_covers():
    assert verdict_of(0.95)["verdict"] == verdict_of(0.92)["verdict"] == verdict_of(0.98)["verdict"] == KEPT
    assert verdict_of(0.91)["verdict"] == SELDOM and verdict_of(0.91)["instead"] == "other"
    assert verdict_of(0.99)["verdict"] == OFTEN and verdict_of(0.99)["instead"] == ""
    assert verdict_of(0.95, rejected=0.08)["test_verdict"] == REJECTS
    assert verdict_of(0.95, rejected=0.5, null=False)["test_verdict"] == ""


def test_wald_covers_less_than_wilson_near_the_edge():
    # the machinery on what is known: 41 cases at a rate of 0.95, Brown, Cai and DasGupta (2001)
    rng = np.random.default_rng(6)
    parts = []
    for count in rng.binomial(41, 0.95, 400):
        share = count / 41
        half = 1.96 * math.sqrt(share * (1 - share) / 41)
        for method, low, high in (
            ("Wald", share - half, share + half),
            ("Wilson", *proportion_interval(count, 41)),
        ):
            parts.append(counted([Finding(method, "rate", 0.95, share, low, high)]))
    judged = with_verdicts(add_up(parts, 400)).set_index("method")
    assert judged.loc["Wald", "verdict"] == SELDOM and judged.loc["Wald", "instead"] == "Wilson"
    assert judged.loc["Wilson", "verdict"] == KEPT
    assert judged.loc["Wald", "coverage"] < 0.9 < LEAST < judged.loc["Wilson", "coverage"]


def test_a_run_that_was_stopped_goes_on_to_the_same_results(tmp_path):
    said = []
    options = {"replicates": 3, "workers": 1, "families": ["other"]}
    whole = run(tmp_path / "one", say=said.append, **options)
    assert len(said) == 1 and "other-own-000" in said[0]
    again = run(tmp_path / "one", say=said.append, **options)
    assert "1 of 1 blocks are done already" in said
    other = run(tmp_path / "two", say=said.append, **options)
    pd.testing.assert_frame_equal(whole, again)
    pd.testing.assert_frame_equal(whole, other)
    assert not list(tmp_path.rglob("*.part"))


def test_a_small_run_of_the_contrasts_has_all_its_rows():
    block = running.run_block(running.Block("contrasts", "few special constables", 0, 2))
    frame = with_verdicts(add_up([block], 2))
    assert {
        "risk difference",
        "risk ratio",
        "odds ratio",
        "adjusted risk difference",
        "probability of direction",
    } <= set(frame["measure"])
    assert frame["replicates"].eq(2).all()
    assert frame["coverage"].dropna().between(0, 1).all()


def test_the_hash_changes_with_the_scenarios(monkeypatch):
    before = running.definitions_hash()
    assert before == running.definitions_hash() != running.definitions_hash(10)
    monkeypatch.setattr(running, "SCENARIOS", (Scenario("other", "another world"),))
    assert running.definitions_hash() != before


def test_results_of_other_scenarios_are_refused(monkeypatch):
    monkeypatch.setattr(results, "definitions_hash", lambda: "of another world")
    with pytest.raises(StudyError, match="make calibrate"):
        calibration_results()


def test_the_committed_results_are_complete(committed):
    intervals = committed[committed["coverage"].notna()]
    curve = committed["measure"].str.startswith("joint test")
    assert committed.loc[~curve, "replicates"].min() >= REPLICATES >= 1000
    assert {s.name for s in SCENARIOS} <= set(committed["scenario"])
    assert not committed.duplicated(["scenario", "measure", "method"]).any()
    assert intervals["coverage_error"].max() < 0.05
    assert intervals.loc[intervals["undefined"] < 0.5, "coverage_error"].max() < 0.02
    assert intervals.loc[intervals["verdict"].eq(KEPT), "coverage"].between(LEAST - 0.05, MOST + 0.05).all()


def test_the_calibration_in_figure_tables_and_words(committed):
    for width in ("wide", "narrow"):
        drawing = figures.coverage_plot(committed, width=width)
        assert len(to_svg(drawing.figure)) < 250_000
    assert len(drawing.alt.split()) <= 150 and "nan" not in drawing.alt
    summary = wording.calibration_summary(committed)
    assert "1,000" in summary and summary.endswith(".")
    missed = committed[committed["verdict"].eq(SELDOM) & committed["scenario"].ne(SELECTION)]
    assert "no interval helps" in wording.calibration_selection(committed)
    said = wording.calibration_misses(committed)
    assert len(said) == len(missed.drop_duplicates(["measure", "method"]))
    assert len(wording.calibration_tests(committed)) == len(
        committed[committed["test_verdict"].eq(REJECTS)].drop_duplicates(["measure", "method"])
    )
    assert len(listings.calibration_table(committed, "x").cells) == len(
        committed.drop_duplicates(["measure", "method"])
    )
    assert len(listings.calibration_detail_table(committed, "x").cells) == len(committed)
    nothing = committed.iloc[:0]
    assert "No interval" in wording.calibration_summary(nothing)
    assert "no simulated intervals" in figures.coverage_plot(nothing).alt

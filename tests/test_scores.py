"""Intervals that replace ones which simulation showed to miss too often: score limits, and rates with an allowance for forces."""

import itertools
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import analysis
from analysis import estimates, listings, report, wording
from analysis.calibration import SCENARIOS, procedures
from analysis.cohort import Cohort, select
from analysis.estimates import clustered_rates, stratified_contrast, stratified_difference_interval
from analysis.estimates.clustered_rates import wilson_of
from analysis.estimates.difference_scores import restricted_rates
from analysis.estimates.intervals import proportion_interval
from analysis.estimates.pairs import Direction
from analysis.question import Question
from test_adjusted import hearings
from test_estimates import two_by_two
from test_estimates_reference import cohort as stratified_cohort

REFERENCE = Path(__file__).parent / "reference"
Z = stats.norm.isf(0.025)
FEW = settings(max_examples=40, deadline=None)


def reference(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / f"{name}.csv")


def strata(name: str) -> pd.DataFrame:
    both = pd.concat([reference("strata"), reference("strata_sparse")], ignore_index=True)
    return both[both["set"] == name]


def cells(frame: pd.DataFrame) -> list[np.ndarray]:
    return [frame[c].to_numpy(dtype=float) for c in ("x1", "n1", "x0", "n0")]


# ---------------------------------------------------------------------------------------- pooled risk difference


@pytest.mark.parametrize("row", list(reference("pooled_difference").itertuples()), ids=lambda r: r.set)
def test_the_pooled_difference_agrees_with_r(row):
    found = stratified_difference_interval(*cells(strata(row.set)))
    assert found == pytest.approx((row.estimate, row.low, row.high), rel=1e-6)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        # Newcombe (1998), Statistics in Medicine 17, 873–890, table II, method of Miettinen and Nurminen
        ((56, 70, 48, 80), (0.0528, 0.3382)),
        ((9, 10, 3, 10), (0.1700, 0.8406)),
        ((5, 56, 0, 29), (-0.0326, 0.1933)),
    ],
)
def test_one_stratum_is_the_published_interval(table, expected):
    found = stratified_difference_interval(*([n] for n in table))
    assert found[1:] == pytest.approx(expected, abs=5e-5)


def test_the_report_shows_this_interval_beside_its_test():
    pooled = stratified_contrast(stratified_cohort(strata("sparse")), "force").pooled
    row = pooled[pooled["adjustment"].ne("crude") & pooled["measure"].eq("risk difference")].iloc[0]
    expected = reference("pooled_difference").set_index("set").loc["sparse"]
    assert [row.estimate, row.conf_low, row.conf_high] == pytest.approx(list(expected), rel=1e-6)
    assert "Miettinen–Nurminen" in row.method and "Sato" not in row.method


TABLE = st.tuples(st.integers(1, 9), st.integers(1, 30)).flatmap(
    lambda n: st.tuples(st.integers(0, n[0]), st.just(n[0]), st.integers(0, n[1]), st.just(n[1]))
)


@FEW
@given(st.lists(TABLE, min_size=1, max_size=5))
def test_the_interval_leaves_out_0_where_the_cochran_mantel_haenszel_test_rejects(tables):
    a, n1, c, n0 = np.array(tables, dtype=float).T
    estimate, low, high = stratified_difference_interval(a, n1, c, n0)
    assert -1 <= low <= estimate <= high <= 1
    n, m = n1 + n0, a + c
    variance = (n1 * n0 * m * (n - m) / (n**2 * (n - 1))).sum()
    if variance > 0:
        statistic = (a - n1 * m / n).sum() / math.sqrt(variance)
        if abs(abs(statistic) - Z) > 1e-6:
            assert (abs(statistic) > Z) == (low > 0 or high < 0)
    # the other way round, and the other outcome, turn the interval round
    turned = stratified_difference_interval(c, n0, a, n1)
    assert turned == pytest.approx((-estimate, -high, -low), abs=1e-7)
    assert stratified_difference_interval(n1 - a, n1, n0 - c, n0) == pytest.approx(turned, abs=1e-7)


@FEW
@given(TABLE, st.floats(-0.97, 0.97))
def test_restricted_rates_are_the_most_likely_ones(table, difference):
    x1, n1, x0, n0 = map(float, table)
    rate, rate_reference = (float(p) for p in restricted_rates(*map(np.float64, table), difference))
    assert rate - rate_reference == pytest.approx(difference)

    def likelihood(p):
        p, q = np.clip(p, 1e-12, 1 - 1e-12), np.clip(p + difference, 1e-12, 1 - 1e-12)
        return x0 * np.log(p) + (n0 - x0) * np.log1p(-p) + x1 * np.log(q) + (n1 - x1) * np.log1p(-q)

    grid = np.linspace(max(0, -difference), min(1, 1 - difference), 401)
    assert likelihood(rate_reference) >= likelihood(grid).max() - 1e-6


def test_a_stratum_without_one_of_the_groups_counts_nothing():
    one = stratified_difference_interval([3], [5], [9], [30])
    assert stratified_difference_interval([3, 4, 0], [5, 4, 0], [9, 0, 7], [30, 0, 9]) == pytest.approx(one)
    assert all(map(math.isnan, stratified_difference_interval([3, 0], [5, 0], [0, 9], [0, 30])))
    many = stratified_difference_interval(
        np.array([[3, 0], [2, 1]]),
        np.array([[5, 0], [4, 2]]),
        np.array([[9, 3], [1, 0]]),
        np.array([[30, 4], [9, 0]]),
    )
    assert [v[0] for v in many] == pytest.approx(
        stratified_difference_interval([3, 2], [5, 4], [9, 1], [30, 9])
    )
    assert np.isnan([v[1] for v in many]).all()
    with pytest.raises(ValueError, match="level"):
        stratified_difference_interval([3], [5], [9], [30], 1.5)


def test_a_role_without_exception_still_has_room_below():
    # eight of eight: Sato's limits have the width that the reference role's cases leave, hardly any
    _, low, high = stratified_difference_interval([5, 3], [5, 3], [180, 90], [200, 110])
    assert low < -0.15 and high < 0.2


# ------------------------------------------------------------------------------------------ probability of direction


def counts(text: str) -> np.ndarray:
    return np.array([int(n) for n in text.split()])


@pytest.mark.parametrize("row", list(reference("direction_scores").itertuples()), ids=lambda r: r.set)
def test_score_limits_of_the_direction_agree_with_r(row):
    found = Direction(counts(row.counts), counts(row.counts_reference))
    assert found.estimate == pytest.approx(row.estimate, abs=1e-8)
    limits = [found.limit(Z, 1.0, side) for side in (-1, 1)]
    assert limits == pytest.approx([row.low, row.high], abs=1e-6)
    assert found.score(0.5, 1.0) == pytest.approx(row.z_of_half, abs=1e-6)


@pytest.mark.parametrize("table", [(56, 70, 48, 80), (8, 8, 25, 31), (3, 41, 40, 310)])
def test_two_rungs_are_a_risk_difference_halved(table):
    """θ = ½ + (p₁ − p₀) / 2, so the score limits follow from the restricted rates, here without any ladder."""
    x1, n1, x0, n0 = table
    found = Direction(np.array([n1 - x1, x1]), np.array([n0 - x0, x0]))
    difference = x1 / n1 - x0 / n0
    assert found.estimate == pytest.approx(0.5 + difference / 2)
    for side in (-1, 1):
        at = 2 * found.limit(Z, 1.0, side) - 1
        p1, p0 = restricted_rates(*(np.float64(n) for n in table), at)
        error = math.sqrt(p1 * (1 - p1) / (n1 - 1) + p0 * (1 - p0) / (n0 - 1))
        assert (difference - at) / error == pytest.approx(-side * Z, abs=1e-5)


LADDER = st.lists(st.integers(0, 12), min_size=4, max_size=4).filter(lambda c: sum(c) >= 2)


@settings(max_examples=25, deadline=None)
@given(LADDER, LADDER)
def test_score_limits_hold_the_estimate_turn_round_and_agree_with_the_test(one, other):
    one, other = np.array(one), np.array(other)
    some = one + other > 0
    one, other = one[some], other[some]
    if len(one) < 2:
        return
    found, turned = Direction(one, other), Direction(other, one)
    low, high = (found.limit(Z, 1.0, side) for side in (-1, 1))
    assert 0 <= low <= found.estimate + 1e-6 and found.estimate - 1e-6 <= high <= 1
    assert [turned.limit(Z, 1.0, side) for side in (1, -1)] == pytest.approx([1 - low, 1 - high], abs=1e-5)
    score = found.score(0.5, 1.0)
    if abs(abs(score) - Z) > 1e-3:
        assert (abs(score) > Z) == (low > 0.5 or high < 0.5)
    wider = [found.limit(Z, 1.7, side) for side in (-1, 1)]
    assert wider[0] <= low + 1e-6 and wider[1] >= high - 1e-6


def ladder_cohort(one, other, forces=7, forces_reference=20) -> Cohort:
    """So many cases on four rungs, dealt out to forces in turn."""
    rungs = ("no_action", "written_warning", "final_written_warning", "dismissed")
    names = (
        "Essex",
        "Kent",
        "Surrey",
        "Sussex",
        "Dorset",
        "Cumbria",
        "Cleveland",
        "Gwent",
        "Durham",
        "Suffolk",
    )
    rows = []
    for role, made, number in (
        ("special_constable", one, forces),
        ("police_officer", other, forces_reference),
    ):
        outcomes = [rung for rung, count in zip(rungs, made, strict=True) for _ in range(count)]
        cycle = itertools.cycle(names[: min(number, len(names))])
        rows += [{"role": role, "outcome": o, "force": f} for o, f in zip(outcomes, cycle, strict=False)]
    return select(hearings(rows), Question.of(denominator="all_concluded"))


@pytest.mark.parametrize("size", [8, 12, 41])
def test_all_of_a_role_on_the_top_rung_leave_room_below(size):
    row = (
        estimates.probability_of_direction(ladder_cohort((0, 0, 0, size), (2, 3, 6, 49)))
        .set_index("measure")
        .loc["probability of direction"]
    )
    # one more case on the lowest rung would move the estimate by about ½ / size
    assert row.conf_low < row.estimate - 0.5 / size
    assert row.estimate < row.conf_high < 1
    assert (row.p_value < 0.05) == (row.conf_low > 0.5)


def test_clustering_widens_the_direction_and_the_p_value_follows():
    alone = ladder_cohort((2, 2, 3, 13), (9, 9, 12, 60))
    frame = alone.cases.copy()
    # each role's milder outcomes all in one force, another for either: what they share does not cancel
    own = np.where(frame["role"].eq("special_constable"), "Kent", "Essex")
    frame["force"] = np.where(frame["severity"] < 5, own, frame["force"])
    alike = Cohort(frame, alone.flow, alone.question)
    wide, narrow = (
        estimates.probability_of_direction(c).set_index("measure").loc["probability of direction"]
        for c in (alike, alone)
    )
    assert wide.estimate == narrow.estimate
    assert wide.conf_high - wide.conf_low > narrow.conf_high - narrow.conf_low
    assert wide.p_value > narrow.p_value


# ------------------------------------------------------------------------------------------ rates with forces


def invented_cases() -> Cohort:
    cases = reference("adjusted_cases")
    role = np.where(cases["role"] == 1, "special_constable", "police_officer")
    frame = pd.DataFrame(
        {
            "force": cases["force"],
            "role": pd.Categorical(role, categories=["police_officer", "special_constable"], ordered=True),
            "sanctioned": pd.array(cases["y"] == 1, dtype="boolean"),
        }
    )
    return Cohort(frame, pd.DataFrame(), Question.of())


def test_clustered_rates_agree_with_r():
    frame = clustered_rates(invented_cases())
    expected = reference("clustered_rates").sort_values("role")
    for column, theirs in (
        ("clusters", "clusters"),
        ("design_effect", "design_effect"),
        ("effective", "effective"),
        ("conf_low", "low"),
        ("conf_high", "high"),
    ):
        np.testing.assert_allclose(frame[column].astype(float), expected[theirs], rtol=1e-6)


def test_the_order_of_the_cases_does_not_matter():
    made = invented_cases()
    shuffled = Cohort(made.cases.sample(frac=1, random_state=2), made.flow, made.question)
    pd.testing.assert_frame_equal(clustered_rates(made), clustered_rates(shuffled), check_exact=True)


@FEW
@given(
    st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.sampled_from([0.8, 0.95]),
)
def test_wilson_of_a_whole_number_is_wilsons_interval(counted, level):
    x, n = counted
    assert wilson_of(x / n, n, level) == pytest.approx(proportion_interval(x, n, "wilson", level), abs=1e-12)


def of_forces(*forces) -> Cohort:
    """Special constables by force as (sanctioned, of), beside twenty regular officers of four forces."""
    names = ("Essex", "Kent", "Surrey", "Sussex", "Dorset", "Cumbria")
    rows = [
        {
            "role": "special_constable",
            "force": names[i],
            "outcome": "dismissed" if j < x else "written_warning",
        }
        for i, (x, n) in enumerate(forces)
        for j in range(n)
    ]
    rows += [
        {"role": "police_officer", "force": names[j % 4], "outcome": "dismissed" if j < 15 else "no_action"}
        for j in range(20)
    ]
    return select(hearings(rows))


def special(cohort: Cohort) -> pd.Series:
    return clustered_rates(cohort).set_index("role").loc["special_constable"]


def test_alike_within_forces_means_fewer_effective_cases():
    alike, mixed = special(of_forces((6, 6), (6, 6), (0, 6))), special(of_forces((4, 6), (4, 6), (4, 6)))
    assert alike.estimate == mixed.estimate
    # all of a force alike: as much as so many forces, each one case, by the variance between them
    assert alike.design_effect == pytest.approx(3 / 2 * 6)
    assert mixed.design_effect == 1
    assert alike.effective < mixed.effective <= 18
    assert alike.conf_low < mixed.conf_low <= mixed.plain_low and alike.conf_high > mixed.conf_high
    assert alike.plain_low == mixed.plain_low


def test_what_cannot_be_told_is_said():
    everyone = special(of_forces((3, 3), (4, 4)))
    assert everyone.note.startswith("all were sanctioned") and everyone.conf_high == 1
    assert everyone.conf_low <= everyone.plain_low
    one = special(of_forces((3, 7)))
    assert "one force" in one.note
    assert [one.conf_low, one.conf_high] == pytest.approx([one.plain_low, one.plain_high])
    nobody = special(two_by_two(0, 0, 3, 5))
    assert nobody.note and math.isnan(nobody.conf_low) and nobody.clusters == 0


def test_sentences_and_table_of_clustered_rates_with_every_value():
    question = Question.of()
    said = wording.clustered_rates(clustered_rates(of_forces((6, 6), (6, 6), (0, 6))), question)
    assert (
        "special constables" in said and "regular officers" in said and said.count("independent cases") == 2
    )
    alone = wording.clustered_rates(clustered_rates(two_by_two(5, 6, 0, 0)), question)
    assert "interval is" in alone and "regular officers" not in alone
    assert "too few" in wording.clustered_rates(clustered_rates(two_by_two(1, 2, 0, 1)), question)
    noted = wording.clustered_rates(clustered_rates(of_forces((3, 3), (4, 4))), question)
    assert "Of special constables, all were sanctioned" in noted
    for text in (said, alone, noted):
        assert text.endswith(".") and ".." not in text and "nan" not in text
    for cohort in (of_forces((6, 6), (0, 6)), two_by_two(0, 0, 0, 0), two_by_two(1, 2, 0, 1)):
        table = listings.clustered_rates_table(clustered_rates(cohort), "x")
        assert len(table.cells) == 2 and "nan" not in table.html
        assert table.cells.iloc[0, 0] == "Special constable"


@pytest.mark.parametrize(
    "asked",
    [{}, {"forces": ("surrey",)}, {"roles": ("pcso", "police_staff"), "denominator": "all_concluded"}],
)
def test_the_studys_own_cases(asked):
    question = Question.of(**asked)
    frame = clustered_rates(select(analysis.load_hearings(), question))
    known = frame[frame["denominator"] > 0]
    assert (known["conf_low"] <= known["plain_low"] + 1e-12).all()
    assert (known["effective"] <= known["denominator"]).all() and (known["design_effect"] >= 1).all()
    assert wording.clustered_rates(frame, question).endswith(".")


# ------------------------------------------------------------------------------------------ what goes with them


def test_the_calibration_tries_what_the_reports_use():
    sample = SCENARIOS[0].draw(np.random.default_rng(3))
    (whole,) = itertools.islice(procedures.severity(sample), 1)
    pairs = estimates.probability_of_direction(sample.cohort).set_index("measure")
    assert [whole.low, whole.high] == list(pairs.loc["probability of direction", ["conf_low", "conf_high"]])
    rates = clustered_rates(sample.cohort).set_index("role")
    truth = sample.scenario.truth
    for finding, role, true in zip(
        procedures.clustered(sample), rates.index, (truth.regular, truth.special), strict=True
    ):
        assert [finding.low, finding.high] == list(rates.loc[role, ["conf_low", "conf_high"]])
        assert finding.truth == true and finding.measure == f"rate, {wording.words.plural(role)}"


def test_boschloos_note_claims_no_more_than_is_so():
    note = estimates.exact_tests(two_by_two(3, 8, 9, 12)).set_index("test")["note"]["Boschloo's exact test"]
    assert "never" not in note and "not always" in note


@pytest.mark.parametrize(("rows", "said"), [(1, "(1 row)"), (2, "(2 rows)")])
def test_a_folded_table_counts_its_rows(rows, said, monkeypatch):
    shown = []
    monkeypatch.setattr(report, "display", shown.append)
    frame = clustered_rates(of_forces((3, 4), (2, 4))).iloc[:rows]
    report.show_table(listings.clustered_rates_table(frame, "Rates"), folded=True)
    assert said in shown[0].data

"""Partial pooling, variation between forces, over-dispersed limits and many comparisons, on made-up counts."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis import estimates, figures, listings, tables, wording
from analysis.cohort import Cohort
from analysis.errors import StudyError
from analysis.estimates import TIDY_COLUMNS
from analysis.estimates.betabinomial import GroupCounts
from analysis.estimates.overdispersion import MODELS, SCALES
from analysis.question import Question
from counts import by_force
from test_figures import faults

pytestmark = pytest.mark.filterwarnings("error")
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))

GROUP = st.integers(1, 30).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
GROUPS = st.lists(GROUP, min_size=1, max_size=12)
VARIED = ((2, 20), (18, 20), (5, 20), (19, 20), (10, 20), (1, 3))
ALIKE = ((10, 20), (5, 10), (15, 30), (2, 4))
EMPTY = by_force([0], [1]).restrict(pd.Series([False]))


def cohort_of(groups) -> Cohort:
    return by_force([x for x, _ in groups], [n for _, n in groups])


def shuffled(cohort: Cohort) -> Cohort:
    return Cohort(cohort.cases.sample(frac=1, random_state=3), cohort.flow, cohort.question)


# ------------------------------------------------------------------------------------------- pooling


@QUICK
@given(GROUPS)
def test_pooled_rates_lie_between_the_forces_own_and_the_mean(groups):
    pooled = estimates.pooled_force_rates(cohort_of(groups))
    assert list(pooled.columns[:7]) == ["force", *TIDY_COLUMNS]
    assert len(pooled) == len(groups)
    if pooled["note"].iloc[0]:
        assert pooled[["estimate", "conf_low", "conf_high", "empirical_bayes"]].isna().all(axis=None)
        return
    mean, slack = pooled.attrs["mean"], 1e-9
    for row in pooled.itertuples():
        low, high = sorted((row.raw, mean))
        assert low - slack <= row.empirical_bayes <= high + slack
        assert 0 < row.estimate < 1
        assert 0 <= row.conf_low < row.estimate < row.conf_high <= 1
        assert 0 <= row.weight < 1
    # the more cases, the more a force's own rate counts
    ordered = pooled.sort_values("denominator")
    assert (ordered["weight"].diff().dropna() >= -slack).all()


@pytest.mark.parametrize("groups", [VARIED, ALIKE])
def test_pooling_draws_in_and_draws_in_small_forces_further(groups):
    pooled = estimates.pooled_force_rates(cohort_of(groups))
    assert pooled["estimate"].max() - pooled["estimate"].min() < pooled["raw"].max() - pooled[
        "raw"
    ].min() or (pooled["raw"].nunique() == 1)
    one = estimates.pooled_force_rates(cohort_of([*VARIED, (2, 2), (20, 20)]))
    small, large = one.iloc[-2], one.iloc[-1]
    assert 1 - large["estimate"] < 1 - small["estimate"]
    assert small["conf_high"] - small["conf_low"] > large["conf_high"] - large["conf_low"]


def test_no_variation_seen_does_not_make_forces_equal_to_the_last_digit():
    pooled = estimates.pooled_force_rates(cohort_of([(6, 10)] * 4 + [(7, 10), (5, 10)]))
    assert pooled.attrs["correlation"] == 0
    assert pooled["empirical_bayes"].nunique() == 1
    assert pooled["estimate"].nunique() == 3
    assert (pooled["conf_high"] - pooled["conf_low"] > 0.1).all()


def test_pooled_intervals_hold_the_true_rates_as_often_as_they_say():
    """Forces like ours: most of under ten cases."""
    rng = np.random.default_rng(7)
    total = np.array(
        [21, 7, 14, 2, 1, 6, 5, 3, 10, 12, 2, 4, 22, 2, 10, 5, 9, 4, 10, 4, 8, 14, 11, 11, 29, 3, 9, 2, 5, 3]
    )
    held = []
    for _ in range(40):
        true = rng.beta(0.8 * 9, 0.2 * 9, len(total))
        pooled = estimates.pooled_force_rates(by_force(rng.binomial(total, true), total))
        held.append((pooled["conf_low"] <= true) & (true <= pooled["conf_high"]))
    assert 0.90 < np.mean(held) < 0.99


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ([(5, 9)], "fewer than two"),
        ([(9, 9), (3, 3)], "nothing varies"),
        ([(0, 9), (0, 3)], "nothing varies"),
        ([(0, 1), (1, 1), (1, 1)], "two cases"),
    ],
)
def test_what_cannot_be_told_is_said_and_not_estimated(groups, words):
    cohort = cohort_of(groups)
    pooled, variation = estimates.pooled_force_rates(cohort), estimates.between_force_variation(cohort)
    assert words in pooled["note"].iloc[0]
    assert variation.measures["estimate"].isna().all()
    assert variation.homogeneity["p_value"].isna().all()
    question = cohort.question
    for text in (
        wording.between_forces(variation, question),
        wording.pooled_range(pooled, question),
        figures.shrinkage_plot(pooled).alt,
    ):
        assert words in text and "nan" not in text.lower()
    listings.pooled_table(pooled, "Rates")
    listings.variation_table(variation.measures, "Variation")


def test_an_empty_cohort_is_no_error():
    pooled, variation = estimates.pooled_force_rates(EMPTY), estimates.between_force_variation(EMPTY)
    assert pooled.empty
    assert variation.measures["estimate"].isna().all()
    funnel = estimates.force_funnel_adjusted(EMPTY)
    assert funnel.empty and estimates.adjusted_curves(funnel).empty
    question = EMPTY.question
    for text in (
        wording.between_forces(variation, question),
        wording.pooled_range(pooled, question),
        wording.overdispersion(funnel, question),
        figures.shrinkage_plot(pooled).alt,
        figures.funnel_plot(
            funnel, estimates.funnel_curves(funnel), adjusted=estimates.adjusted_curves(funnel)
        ).alt,
    ):
        assert text.endswith(".") and "nan" not in text.lower()
    listings.pooled_table(pooled, "Rates")


def test_one_forces_pooled_rate_stands_beside_its_own_count():
    question, pooled = Question.of(), estimates.pooled_force_rates(cohort_of(VARIED))
    text = wording.pooled_rate(pooled, "Force 01", question)
    assert "(18 of 20, 90" in text and "becomes" in text and "95 % interval" in text
    few = wording.pooled_rate(pooled, "Force 05", question)
    assert "(1 of 3) becomes" in few and "33" not in few
    assert wording.pooled_rate(pooled, "Force 99", question).startswith("Force 99 has no case")
    alone = estimates.pooled_force_rates(cohort_of([(5, 9)]))
    assert "fewer than two forces" in wording.pooled_rate(alone, "Force 00", question)


# ------------------------------------------------------------------------------------------ variation


@QUICK
@given(GROUPS)
def test_measures_of_variation_are_in_order_and_in_range(groups):
    variation = estimates.between_force_variation(cohort_of(groups), draws=99)
    rows = variation.measures.set_index("measure")
    if rows["note"].iloc[0]:
        return
    for row in rows.itertuples():
        assert 0 <= row.conf_low <= row.estimate <= row.conf_high <= 1
    correlation = rows.loc["intra-class correlation"]
    assert (correlation["conf_low"] == 0) == (rows.loc["share beyond chance", "conf_low"] == 0)
    p = variation.homogeneity["p_value"]
    assert ((p > 0) & (p <= 1)).all()


def test_variation_beyond_chance_is_seen_and_none_is_not():
    varied, alike = (estimates.between_force_variation(cohort_of(g)) for g in (VARIED, ALIKE))
    assert varied.measures["conf_low"].min() > 0
    assert varied.homogeneity["p_value"].max() < 0.001
    assert alike.measures["estimate"].max() == 0
    assert alike.homogeneity["p_value"].min() > 0.9
    assert "not compatible" in wording.between_forces(varied, Question.of())
    assert "also compatible with" in wording.between_forces(alike, Question.of())


def test_the_profile_interval_is_where_the_likelihood_has_fallen_by_half_a_quantile():
    counts = GroupCounts(*zip(*VARIED, strict=True))
    fit = counts.fit(0.9)
    drop = stats.chi2.ppf(0.9, 1) / 2
    for limit in (fit.low, fit.high):
        assert fit.log_likelihood - counts.profile(limit)[0] == pytest.approx(drop, abs=1e-6)
    assert counts.profile(np.linspace(0, 0.99, 50)).max() <= fit.log_likelihood + 1e-9
    wider = counts.fit(0.99)
    assert wider.low < fit.low < fit.high < wider.high


def test_the_test_by_simulation_is_the_exact_conditional_one():
    groups = ((3, 3), (0, 2), (1, 4), (3, 3))
    total = np.array([n for _, n in groups])
    seen = np.array([x for x, _ in groups])
    rate = seen.sum() / total.sum()
    exact = {"tarone": 0.0, "pearson": 0.0}
    for table in itertools.product(*(range(n + 1) for n in total)):
        table = np.array(table)
        if table.sum() != seen.sum():
            continue
        weight = math.prod(math.comb(n, x) for n, x in zip(total, table, strict=True)) / math.comb(12, 7)
        exact["tarone"] += weight * (
            ((table - total * rate) ** 2).sum() >= ((seen - total * rate) ** 2).sum() - 1e-9
        )
        squares = [((t - total * rate) ** 2 / total).sum() for t in (table, seen)]
        exact["pearson"] += weight * (squares[0] >= squares[1] - 1e-9)
    found = estimates.between_force_variation(cohort_of(groups)).homogeneity["p_value"]
    assert found.tolist() == pytest.approx(list(exact.values()), abs=0.02)
    assert 0 < exact["tarone"] < 1


@pytest.mark.parametrize("groups", [VARIED, ALIKE])
def test_the_order_of_the_cases_does_not_matter(groups):
    cohort = cohort_of(groups)
    other = shuffled(cohort)
    for of in (
        estimates.pooled_force_rates,
        lambda c: estimates.between_force_variation(c).measures,
        lambda c: estimates.between_force_variation(c).homogeneity,
        estimates.force_funnel_adjusted,
    ):
        one, two = of(cohort), of(other)
        pd.testing.assert_frame_equal(one, two, check_exact=True)
        assert one.attrs == two.attrs


# ------------------------------------------------------------------------------------- over-dispersion


@QUICK
@given(GROUPS, st.sampled_from(MODELS))
def test_exact_limits_are_never_inside_those_of_chance(groups, model):
    cohort = cohort_of(groups)
    plain, wide = estimates.force_funnel(cohort), estimates.force_funnel_adjusted(cohort, model)
    if wide["overall"].isna().any():
        return
    for suffix in ("95", "998"):
        assert (wide[f"low{suffix}"] <= plain[f"low{suffix}"] + 1e-12).all()
        assert (wide[f"high{suffix}"] >= plain[f"high{suffix}"] - 1e-12).all()
    assert wide["position_binomial"].tolist() == plain["position"].tolist()
    inside = plain["position"] == "within limits"
    assert (wide.loc[inside, "position"] == "within limits").all()


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("model", MODELS)
def test_no_over_dispersion_leaves_the_limits_of_chance(model, scale):
    limits = estimates.overdispersed_limits(0.8, [5, 50], phi=0.9, tau2=0.0, model=model, scale=scale)
    pd.testing.assert_frame_equal(limits, estimates.funnel_limits(0.8, [5, 50]))


@pytest.mark.parametrize("scale", SCALES)
def test_limits_widen_with_the_dispersion_and_stay_shares(scale):
    for name, model in (("phi", "multiplicative"), ("tau2", "additive")):
        spans = []
        for value in (1.2, 2.0, 9.0) if name == "phi" else (0.001, 0.01, 0.5):
            limits = estimates.overdispersed_limits(0.7, [10, 40], **{name: value}, model=model, scale=scale)
            assert limits.drop(columns="size").stack().between(0, 1).all()
            assert (limits["low998"] <= limits["low95"]).all() and (
                limits["high95"] <= limits["high998"]
            ).all()
            spans.append((limits["high95"] - limits["low95"]).sum())
        assert spans == sorted(spans) and spans[0] < spans[-1]


@pytest.mark.parametrize("scale", SCALES)
def test_phi_is_about_one_where_only_chance_is_at_work(scale):
    rng = np.random.default_rng(5)
    total = np.full(400, 80)
    found = estimates.dispersion(rng.binomial(total, 0.6), total, scale=scale, share=0)
    assert found.phi == pytest.approx(1, abs=0.2)
    assert found.tau2 < 0.001
    true = rng.beta(6, 4, 400)
    assert estimates.dispersion(rng.binomial(total, true), total, scale=scale).phi > 3


def test_the_arcsine_makes_over_dispersion_of_chance_where_rates_are_high_and_forces_small():
    """Why exact scores are the default: 28 forces of 2 to 20 cases, one rate of 90 % for all."""
    rng = np.random.default_rng(11)
    total = np.repeat([2, 3, 5, 8, 12, 20], 5)
    phi = {
        scale: np.mean(
            [
                estimates.dispersion(rng.binomial(total, 0.9), total, target=0.9, scale=scale, share=0).phi
                for _ in range(40)
            ]
        )
        for scale in ("exact", "arcsine")
    }
    assert phi["arcsine"] > 1.15
    assert phi["exact"] < 1.0


def test_phi_by_chance_is_what_tables_of_chance_give():
    funnel = estimates.force_funnel_adjusted(cohort_of([(8, 10)] * 20))
    rng = np.random.default_rng(2)
    drawn = [
        estimates.dispersion(rng.multivariate_hypergeometric([10] * 20, 160), [10] * 20).phi
        for _ in range(300)
    ]
    assert funnel.attrs["phi_by_chance"] == pytest.approx(np.mean(drawn), abs=0.06)


def test_winsorising_moves_only_the_ends():
    z = np.arange(11.0)
    assert estimates.winsorise(z).tolist() == [1, 1, *range(2, 9), 9, 9]
    assert estimates.winsorise(z, 0).tolist() == z.tolist()
    assert len(estimates.winsorise([])) == 0
    with pytest.raises(ValueError, match="share"):
        estimates.winsorise(z, 0.5)


def test_a_wrong_model_or_scale_is_refused():
    cohort = cohort_of(VARIED)
    with pytest.raises(StudyError, match="additive, multiplicative"):
        estimates.force_funnel_adjusted(cohort, "both")
    with pytest.raises(StudyError, match="exact, arcsine, identity"):
        estimates.force_funnel_adjusted(cohort, scale="logit")


def test_the_funnel_in_words_says_whether_limits_were_widened():
    question = Question.of()
    wide = wording.overdispersion(estimates.force_funnel_adjusted(cohort_of(VARIED)), question)
    assert "limits are widened" in wide and "outside the 95 % limits of chance alone" in wide
    plain = wording.overdispersion(estimates.force_funnel_adjusted(cohort_of(ALIKE)), question)
    assert "limits are not widened" in plain


# ------------------------------------------------------------------------------------ many comparisons


def comparisons(p_values, few=None) -> pd.DataFrame:
    frame = pd.DataFrame({"breach": [f"b{k}" for k in range(len(p_values))], "p_value": p_values})
    frame["too_few"] = few or [False] * len(p_values)
    frame.attrs["overlapping"] = True
    return frame


@QUICK
@given(st.lists(st.floats(0, 1), min_size=1, max_size=15))
def test_q_values_are_no_smaller_than_p_keep_their_order_and_the_cautious_are_larger(p_values):
    found = estimates.adjust_for_many(comparisons(p_values))
    cautious = estimates.adjust_for_many(comparisons(p_values), "fdr_by")
    assert (found["q_value"] >= found["p_value"] - 1e-12).all() and (found["q_value"] <= 1).all()
    assert (cautious["q_value"] >= found["q_value"] - 1e-12).all()
    ordered = found.sort_values("p_value")["q_value"]
    assert ordered.is_monotonic_increasing
    assert found["comparisons"].eq(len(p_values)).all()


def test_only_what_was_compared_is_counted():
    frame = comparisons([0.01, 0.02, math.nan, 0.03], few=[False, False, False, True])
    found = estimates.adjust_for_many(frame)
    assert found.attrs["comparisons"] == 2 and found.attrs["overlapping"]
    assert found["q_value"].round(6).tolist()[:2] == [0.02, 0.02]
    assert found["q_value"].isna().tolist() == [False, False, True, True]
    assert found["breach"].tolist() == frame["breach"].tolist()
    with pytest.raises(StudyError, match="fdr_bh, fdr_by"):
        estimates.adjust_for_many(frame, "bonferroni")
    with pytest.raises(StudyError, match="p_value"):
        estimates.adjust_for_many(frame.drop(columns="p_value"))


def test_many_comparisons_in_words():
    question = Question.of()

    def said(p_values, few=None):
        return wording.many_comparisons(estimates.adjust_for_many(comparisons(p_values, few)), question)

    assert said([0.2, 0.4]).startswith("Two comparisons were made") and "none shows" in said([0.2, 0.4])
    assert "Taken one at a time, one would have" in said([0.04, 0.4])
    assert "B0 (q = 0.002)" in said([0.001, 0.4]).replace("b0", "B0") and "Rows share cases" in said(
        [0.001, 0.4]
    )
    assert said([0.001]).startswith("One comparison was made")
    assert said([0.5], [True]) == "No comparison could be made: there are too few cases in every row."
    assert said([0.00001] * 12).startswith("12 comparisons were made") and "q less than 0.001" in said(
        [0.00001] * 12
    )


def test_a_table_of_contrasts_shows_q_and_says_of_how_many():
    frame = comparisons([0.01, 0.2, 0.5], few=[False, False, True]).assign(
        measure="risk difference", comparison="special_constable", reference="police_officer", estimate=0.1,
        conf_low=0.0, conf_high=0.2, numerator=5, denominator=9, numerator_reference=5,
        denominator_reference=9, method="Newcombe 95 % interval",
    )  # fmt: skip
    first = ["breach", "measure", "comparison", "reference", *TIDY_COLUMNS]
    frame = frame[[*first, "numerator_reference", "denominator_reference", "p_value", "too_few"]]
    shown = tables.contrast_table(estimates.adjust_for_many(frame), "Contrasts", min_count=5)
    assert shown.cells["q"].tolist() == ["0.020", "0.20", "–"]
    assert any(note.startswith("Of 2 comparisons") for note in shown.notes)
    assert "q" not in tables.contrast_table(frame, "Contrasts").cells


# -------------------------------------------------------------------------------------- figures, tables


@pytest.mark.parametrize("width", ["wide", "narrow"])
@pytest.mark.parametrize(
    "groups",
    [VARIED, ALIKE, [(1, 2), (0, 1)], [(k % 9, 9 + k) for k in range(43)]],
    ids=["varied", "alike", "few", "many"],
)
def test_figures_clip_and_cover_nothing(groups, width):
    from analysis.codelists import load_codelist

    cohort = cohort_of(groups)
    names = dict(zip(sorted(cohort.cases["force"].unique()), load_codelist("forces")["label"], strict=False))
    cohort = Cohort(cohort.cases.assign(force=cohort.cases["force"].map(names)), cohort.flow, cohort.question)
    pooled = estimates.pooled_force_rates(cohort)
    funnel = estimates.force_funnel_adjusted(cohort)
    for drawing in (
        figures.shrinkage_plot(pooled, width=width, highlight="Avon and Somerset", notes=["A note."]),
        figures.funnel_plot(
            funnel, estimates.funnel_curves(funnel), adjusted=estimates.adjusted_curves(funnel), width=width
        ),
    ):
        assert faults(drawing.figure) == []
        assert drawing.alt.endswith(".") and "nan" not in drawing.alt and len(drawing.alt.split()) <= 150


def test_the_shrinkage_figure_draws_the_rates_in_order_and_no_raw_rate_of_too_few():
    pooled = estimates.pooled_force_rates(cohort_of(VARIED))
    drawing = figures.shrinkage_plot(pooled)
    dots = [line for line in drawing.figure.axes[0].lines if len(line.get_xdata()) == 1]
    circles = [line.get_xdata()[0] for line in dots if line.get_marker() == "o"]
    diamonds = [line.get_xdata()[0] for line in dots if line.get_marker() == "D"]
    assert circles == sorted(pooled["estimate"], reverse=True)
    assert sorted(diamonds) == sorted(pooled.loc[~pooled["too_few"], "raw"])
    table = listings.pooled_table(pooled, "Rates")
    assert (
        table.cells["Raw rate (interval)"].tolist().count("too few to say")
        == int(pooled["too_few"].sum())
        == 1
    )

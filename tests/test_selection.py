"""Selection: corrected contrasts, tipping points, bounds, E-values and re-weighting, against base R and known truths."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analysis
from analysis import estimates, figures, listings, wording
from analysis.cohort import Cohort
from analysis.estimates import reweighting
from analysis.estimates.intervals import difference_interval
from analysis.figures.style import to_svg
from analysis.loading import load_hearings, load_official
from analysis.question import Denominator, Question, Sanction
from invented import BASE
from test_figures import faults

REFERENCE = Path(__file__).parent / "reference"
SIX_DIGITS = 1e-7
ROLES = ("special_constable", "police_officer")


def reference(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / f"{name}.csv")


def table(x1, n1, x0, n0, question=None) -> Cohort:
    """A cohort with so many sanctioned of all in each role."""
    parts = [
        pd.DataFrame({"role": role, "sanctioned": np.repeat([True, False], [x, n - x])})
        for role, x, n in ((ROLES[0], x1, n1), (ROLES[1], x0, n0))
    ]
    cases = pd.concat(parts, ignore_index=True)
    cases["role"] = pd.Categorical(cases["role"], categories=ROLES[::-1], ordered=True)
    cases["sanctioned"] = cases["sanctioned"].astype("boolean")
    return Cohort(cases, pd.DataFrame(), question or Question.of())


counts = st.tuples(*(st.integers(1, 60) for _ in range(4))).map(
    lambda c: (c[0], c[0] + c[1], c[2], c[2] + c[3])
)
ratios = st.floats(0.05, 20)


# ------------------------------------------------------------------------------------------ against R


def test_corrected_rates_and_difference_agree_with_r():
    for key, rows in reference("selection_surface").groupby(["x1", "n1", "x0", "n0"]):
        found = estimates.selection_surface(table(*key), sorted(rows["s1"].unique()))
        found = found.set_index(["selection_comparison", "selection_reference"]).loc[
            list(zip(rows["s1"], rows["s0"], strict=True))
        ]
        for ours, theirs in (
            ("rate_comparison", "rate1"),
            ("rate_reference", "rate0"),
            ("estimate", "difference"),
            ("conf_low", "low"),
            ("conf_high", "high"),
        ):
            np.testing.assert_allclose(found[ours], rows[theirs], rtol=SIX_DIGITS, atol=1e-9)


def test_tipping_points_agree_with_r():
    for key, rows in reference("selection_tipping").groupby(["x1", "n1", "x0", "n0"]):
        found = estimates.tipping_point(table(*key)).set_index("path").loc[rows["path"]]
        np.testing.assert_allclose(found["estimate"], rows["equal"], rtol=SIX_DIGITS)
        np.testing.assert_allclose(found["conf_low"], rows["low"], rtol=SIX_DIGITS)
        np.testing.assert_allclose(found["conf_high"], rows["high"], rtol=SIX_DIGITS)


def ratio_frame(estimate, low, high, measure="risk ratio", **more) -> pd.DataFrame:
    row = {"measure": measure, "estimate": estimate, "conf_low": low, "conf_high": high}
    return pd.DataFrame([row | {"numerator": 1, "denominator": 100, "method": "given"} | more])


def test_e_values_agree_with_r_which_solves_the_bounding_factors():
    for row in reference("e_values").itertuples():
        for ratio in (row.ratio, 1 / row.ratio):
            found = estimates.e_value(ratio_frame(ratio, math.nan, math.nan)).iloc[0]
            assert found["estimate"] == pytest.approx(row.e_value, rel=SIX_DIGITS)
            assert found["selection_e_value"] == pytest.approx(row.selection, rel=SIX_DIGITS)


def test_raking_agrees_with_rs_loglin():
    cells = reference("raking")
    cases = cells.loc[cells.index.repeat(cells["cases"])].reset_index(drop=True).assign(role=ROLES[1])

    def margin(column, shares):
        return reweighting._Margin(
            column, (ROLES[1],), lambda c: c[column].astype(object), lambda c: c["role"].notna(), shares, ""
        )

    weights = reweighting._raked(
        cases,
        [margin("status", {"former": 0.45, "serving": 0.55}), margin("rank", {"a": 0.5, "b": 0.3, "c": 0.2})],
    )
    np.testing.assert_allclose(weights, cases["weight"], rtol=SIX_DIGITS)


# ------------------------------------------------------------------------------- against publications


def test_the_worked_examples_of_vanderweele_and_ding():
    # Annals of Internal Medicine 167 (2017): risk ratio 3.9 (1.8 to 8.7): E-values 7.26 and 3.0
    found = estimates.e_value(ratio_frame(3.9, 1.8, 8.7)).iloc[0]
    assert (found["estimate"], found["conf_low"]) == pytest.approx((7.26, 3.0), abs=5e-3)
    # Hammond and Horn (1958), smoking and lung cancer: 10.73 (8.02 to 14.36), as the authors' package prints it
    found = estimates.e_value(ratio_frame(10.73, 8.02, 14.36)).iloc[0]
    assert (found["estimate"], found["conf_low"]) == pytest.approx((20.94777, 15.52336), abs=5e-6)


def test_the_worked_example_of_selection_bias_of_lash_fox_and_fink():
    # Applying Quantitative Bias Analysis to Epidemiologic Data (2009), chapter 4: mobile telephones and uveal melanoma
    # (Stang et al.). Observed odds ratio 0.71; corrected for participation, 1.63.
    cases_exposed, cases_unexposed, controls_exposed, controls_unexposed = 136, 107, 297, 165
    study = table(
        cases_exposed, cases_exposed + controls_exposed, cases_unexposed, cases_unexposed + controls_unexposed
    )
    exposed, unexposed = 0.94 / 0.64, 0.85 / 0.25
    found = estimates.selection_surface(study, [1, exposed, unexposed])
    found = found.set_index(["selection_comparison", "selection_reference"])["odds_ratio"]
    assert found.loc[(1, 1)] == pytest.approx(0.71, abs=5e-3)
    assert found.loc[(exposed, unexposed)] == pytest.approx(1.63, abs=5e-3)


# ---------------------------------------------------------------------------------------- properties


@given(counts)
def test_without_selection_the_surface_is_the_contrast(key):
    found = estimates.selection_surface(table(*key), [1.0]).iloc[0]
    assert (found["conf_low"], found["conf_high"]) == pytest.approx(difference_interval(*key), abs=1e-9)
    assert found["estimate"] == pytest.approx(key[0] / key[1] - key[2] / key[3])


@given(
    st.integers(1, 500),
    st.integers(1, 500),
    st.integers(1, 50),
    st.integers(1, 50),
    st.integers(1, 12),
    st.integers(1, 12),
)
def test_correcting_undoes_the_selection_that_was_applied(dismissed1, dismissed0, other1, other0, s1, s0):
    """A truth of which sanctioned cases are published s times as readily is given back, rates and all."""
    published = table(s1 * dismissed1, s1 * dismissed1 + other1, s0 * dismissed0, s0 * dismissed0 + other0)
    found = estimates.selection_surface(published, sorted({float(s1), float(s0)}))
    found = found[(found["selection_comparison"] == s1) & (found["selection_reference"] == s0)].iloc[0]
    assert found["rate_comparison"] == pytest.approx(dismissed1 / (dismissed1 + other1))
    assert found["rate_reference"] == pytest.approx(dismissed0 / (dismissed0 + other0))
    assert found["odds_ratio"] == pytest.approx(dismissed1 * other0 / (other1 * dismissed0))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 12))
def test_the_tipping_point_of_a_truth_without_contrast_is_the_selection(dismissed, other, s):
    published = table(s * dismissed, s * dismissed + other, dismissed, dismissed + other)
    found = estimates.tipping_point(published).set_index("path")
    assert found["estimate"].tolist() == pytest.approx([s] * 3)
    assert found.loc["comparison", "common_rate"] == pytest.approx(dismissed / (dismissed + other))


@settings(max_examples=25, deadline=None)
@given(counts, st.sampled_from(["comparison", "reference", "both"]))
def test_at_its_limits_the_tipping_point_takes_the_interval_to_0(key, path):
    cohort = table(*key)
    row = estimates.tipping_point(cohort).set_index("path").loc[path]
    assert row["conf_low"] < row["estimate"] < row["conf_high"]
    observed = difference_interval(*key)
    assert (row["conf_low"] < 1 < row["conf_high"]) == (observed[0] < 0 < observed[1])
    if not math.isnan(row["turning"]):
        pair = [row["turning_comparison"], row["turning_reference"]]
        grid = estimates.selection_surface(cohort, pair).set_index(
            ["selection_comparison", "selection_reference"]
        )
        limits = grid.loc[[tuple(pair)], ["conf_low", "conf_high"]].iloc[0]
        assert np.abs(limits).min() < 1e-6


@settings(max_examples=40, deadline=None)
@given(counts, ratios)
def test_alike_selection_leaves_the_odds_ratio_and_the_sign(key, ratio):
    row = estimates.selection_surface(table(*key), [ratio]).iloc[0]
    x1, n1, x0, n0 = key
    assert row["odds_ratio"] == pytest.approx(x1 * (n0 - x0) / (x0 * (n1 - x1)))
    assert np.sign(round(row["estimate"], 12)) == np.sign(x1 * n0 - x0 * n1)


@settings(max_examples=25, deadline=None)
@given(counts)
def test_exchanging_the_roles_inverts_the_tipping_point(key):
    one = estimates.tipping_point(table(*key)).set_index("path")
    other = estimates.tipping_point(table(*key[2:], *key[:2])).set_index("path")
    for path, mirrored in (("comparison", "reference"), ("reference", "comparison"), ("both", "both")):
        assert one.loc[path, "estimate"] == pytest.approx(1 / other.loc[mirrored, "estimate"])
        assert one.loc[path, "conf_low"] == pytest.approx(1 / other.loc[mirrored, "conf_high"], rel=1e-6)


@given(st.floats(1.0001, 1000))
def test_e_values_are_symmetric_rise_and_exceed_the_ratio(ratio):
    up, down, more = (
        estimates.e_value(ratio_frame(r, r, r)).iloc[0] for r in (ratio, 1 / ratio, ratio * 1.1)
    )
    assert up["estimate"] == pytest.approx(down["estimate"]) and up["conf_low"] == pytest.approx(
        down["conf_low"]
    )
    assert ratio < up["estimate"] < more["estimate"] and 1 < up["selection_e_value"] < up["estimate"]


def test_an_interval_that_holds_1_has_an_e_value_of_1_and_one_below_takes_its_upper_limit():
    assert estimates.e_value(ratio_frame(1.4, 0.9, 2)).iloc[0]["conf_low"] == 1
    below = estimates.e_value(ratio_frame(0.4, 0.2, 0.5)).iloc[0]
    assert below["conf_low"] == pytest.approx(2 + math.sqrt(2))


def test_odds_ratios_are_converted_only_where_the_outcome_is_common():
    common = ratio_frame(4, 2.25, 9, "odds ratio", numerator=30)
    rare = ratio_frame(4, 2.25, 9, "odds ratio", numerator=3)
    unknown = rare.drop(columns="denominator").assign(denominator=pd.NA)
    assert estimates.e_value(common).iloc[0]["risk_ratio"] == 2
    assert estimates.e_value(rare).iloc[0]["risk_ratio"] == 4
    assert estimates.e_value(rare, common=True).iloc[0]["risk_ratio_low"] == 1.5
    assert estimates.e_value(unknown).iloc[0]["risk_ratio"] == 2


def test_e_values_keep_the_grouping_columns_and_leave_differences_out():
    frame = pd.concat([ratio_frame(2, 1, 3), ratio_frame(0.1, 0, 0.2, "risk difference")]).assign(
        adjustment="crude"
    )
    found = estimates.e_value(frame[["adjustment", "measure", *frame.columns[1:-1]]])
    assert found["measure"].tolist() == ["risk ratio"] and found["adjustment"].tolist() == ["crude"]
    assert tuple(found.columns[2:8]) == estimates.TIDY_COLUMNS


# ------------------------------------------------------------------------------------ a known truth


def test_corrected_intervals_cover_the_truth_in_a_simulation():
    """Special constables 80 %, regulars 80 %, dismissals published three times as readily in one role only."""
    rng = np.random.default_rng(20250101)
    covered, crude = [], []
    for _ in range(300):
        sample = []
        for size, ratio in ((120, 3.0), (900, 1.0)):
            dismissed = rng.binomial(size, 0.8)
            kept = rng.binomial(dismissed, 0.45), rng.binomial(size - dismissed, 0.45 / ratio)
            sample += [kept[0], sum(kept)]
        found = estimates.selection_surface(table(*sample), [1.0, 3.0]).set_index(
            ["selection_comparison", "selection_reference"]
        )
        right, wrong = found.loc[(3.0, 1.0)], found.loc[(1.0, 1.0)]
        covered.append(right["conf_low"] <= 0 <= right["conf_high"])
        crude.append(wrong["conf_low"] <= 0 <= wrong["conf_high"])
    assert 0.92 <= np.mean(covered) <= 0.98
    assert np.mean(crude) < 0.5  # the uncorrected interval misses the truth


# ---------------------------------------------------------------------------------------------- bounds


def test_bounds_without_unpublished_cases_are_those_of_the_estimates():
    cohort = analysis.select(load_hearings())
    found = estimates.selection_bounds(cohort, [0.0]).set_index("role")
    rates = estimates.sanction_rates(cohort, by="role").set_index("role")
    for role in ROLES:
        assert found.loc[role, "bound_low"] == pytest.approx(rates.loc[role, "bound_low"])
        assert found.loc[role, "bound_high"] == pytest.approx(rates.loc[role, "bound_high"])
    difference = estimates.risk_contrast(cohort).iloc[0]
    ours = found[found["measure"] == "risk difference"].iloc[0]
    assert (ours["bound_low"], ours["bound_high"]) == pytest.approx(
        (difference["bound_low"], difference["bound_high"])
    )


@given(counts, st.lists(st.floats(0, 3), min_size=1, max_size=4))
def test_bounds_hold_the_published_figures_and_widen(key, shares):
    shares = sorted(shares)
    found = estimates.selection_bounds(table(*key), shares)
    hold = found["bound_low"].le(found["estimate"] + 1e-12) & found["bound_high"].ge(
        found["estimate"] - 1e-12
    )
    assert hold.all()
    widths = (found["bound_high"] - found["bound_low"])[found["measure"] == "risk difference"]
    assert widths.is_monotonic_increasing


@settings(max_examples=30, deadline=None)
@given(counts)
def test_the_fewest_unpublished_cases_are_the_fewest(key):
    x1, n1, x0, n0 = key
    found = estimates.unpublished_cases(table(*key), most=2000).set_index(["role", "sanctioned"])
    sign = np.sign(x1 * n0 - x0 * n1)
    for (role, outcome), row in found.iterrows():

        def after(extra, role=role, outcome=outcome):
            gained = extra if outcome else 0
            return (
                (x1 + gained, n1 + extra, x0, n0) if role == ROLES[0] else (x1, n1, x0 + gained, n0 + extra)
            )

        def side(extra, after=after):
            a, n, c, m = after(extra)
            return np.sign(a * m - c * n)

        def holds(extra, after=after):
            low, high = difference_interval(*after(extra))
            return low <= 0 <= high

        if sign and not pd.isna(row["to_equal"]):
            assert side(int(row["to_equal"])) != sign and side(int(row["to_equal"]) - 1) == sign
        if not pd.isna(row["to_turn"]):
            assert holds(int(row["to_turn"])) != holds(0) and holds(int(row["to_turn"]) - 1) == holds(0)


# ------------------------------------------------------------------------------------- re-weighting


def hearings_of(rows: list[dict], tmp_path) -> pd.DataFrame:
    frame = pd.DataFrame([BASE | row for row in rows])
    frame.insert(0, "case_id", [f"essex-{k:04d}" for k in range(len(frame))])
    path = tmp_path / "cases.csv"
    frame.to_csv(path, index=False)
    return load_hearings(path)


def test_weights_give_back_the_official_margin_and_move_the_rate_as_they_should(tmp_path):
    """Former officers are 10 of 50 barred here and 4 to 5 of 10 officially: cases of former officers count for more."""
    rows = [{"outcome": "dismissed"}] * 40 + [
        {"outcome": "would_have_been_dismissed", "status": "former"}
    ] * 10
    rows += [{"outcome": "final_written_warning"}] * 20
    rows += [{"role": "special_constable"}] * 9 + [
        {"role": "special_constable", "outcome": "final_written_warning"}
    ]
    hearings, official = hearings_of(rows, tmp_path), load_official()
    cohort = analysis.select(hearings)
    found = estimates.reweighted_rates(cohort, hearings, official)
    rates = found[found["measure"] == "sanction rate"].set_index(["margins", "role"])
    share = estimates.composition_comparison(hearings, official).query(
        "quantity == 'former_officers_of_barred' and source == 'official'"
    )
    former = share["numerator"].sum() / share["denominator"].sum()
    up, down = former / 0.2, (1 - former) / 0.8
    expected = (10 * up + 40 * down) / (10 * up + 60 * down)
    row = rates.loc[("status", "police_officer")]
    assert row["estimate"] == pytest.approx(expected)
    weights = np.repeat([up, down], [10, 60])
    assert row["effective"] == pytest.approx(weights.sum() ** 2 / (weights**2).sum())
    assert row["effective"] < row["denominator"] == 70
    # no official status of special constables exists, so theirs stay as they are
    special = rates.loc[("status", "special_constable")]
    assert special["estimate"] == 0.9 and special["effective"] == pytest.approx(10)
    assert "left unweighted" in special["note"]


def test_what_cannot_be_weighted_to_says_why():
    hearings, official = load_hearings(), load_official()
    found = estimates.reweighted_rates(analysis.select(hearings), hearings, official)
    impossible = found[~found["possible"]].set_index("margins")
    assert {"proceeding", "force", "outcome"} == set(impossible.index)
    assert impossible["estimate"].isna().all() and impossible["note"].str.len().gt(20).all()
    every = Question.of(denominator="all_concluded")
    again = estimates.reweighted_rates(analysis.select(hearings, every), hearings, official)
    assert "proceeding" in set(again.loc[again["possible"], "margins"].astype(str))


def test_row_order_does_not_matter():
    hearings, official = load_hearings(), load_official()
    shuffled = hearings.sample(frac=1, random_state=1)
    one = estimates.reweighted_rates(analysis.select(hearings), hearings, official)
    other = estimates.reweighted_rates(analysis.select(shuffled), shuffled, official)
    pd.testing.assert_frame_equal(one, other, rtol=1e-9)


def test_implied_selection_is_the_odds_ratio_of_sample_and_official_counts():
    found = estimates.implied_selection(load_hearings(), load_official()).set_index("quantity")
    for row in found.loc[["selection_ratio"]].itertuples():
        ours = row.numerator / (row.denominator - row.numerator)
        theirs = row.numerator_reference / (row.denominator_reference - row.numerator_reference)
        assert row.estimate == pytest.approx(ours / theirs, rel=0.03)  # conditional and sample odds ratio
    roles = found.loc["dismissals_by_role"]
    expected = (
        roles["numerator"]
        / roles["denominator"]
        / (roles["numerator_reference"] / roles["denominator_reference"])
    )
    assert roles["estimate"] == pytest.approx(expected)
    other = Question.of(roles=["pcso", "police_staff"])
    assert "dismissals_by_role" not in set(
        estimates.implied_selection(load_hearings(), load_official(), other)["quantity"]
    )


# --------------------------------------------------------------------------------- every question


ODD = [
    (0, 0, 0, 0),
    (0, 0, 3, 9),
    (4, 4, 7, 7),
    (0, 8, 0, 9),
    (6, 6, 5, 9),
    (0, 6, 5, 9),
    (2, 3, 1, 2),
    (38, 41, 268, 310),
]


@pytest.mark.parametrize("key", ODD)
def test_odd_tables_give_frames_figures_tables_and_sentences(key):
    cohort = table(*key)
    question = cohort.question
    tipping, surface = estimates.tipping_point(cohort), estimates.selection_surface(cohort)
    cases, bounds = estimates.unpublished_cases(cohort), estimates.selection_bounds(cohort)
    values = estimates.e_values(cohort)
    for frame in (tipping, surface, cases, bounds, values):
        assert set(estimates.TIDY_COLUMNS) <= set(frame.columns)
    said = [
        wording.tipping(tipping, question),
        wording.published_alike(surface, question),
        wording.unpublished(cases, question),
        wording.e_values(values, question),
    ]
    for text in said:
        assert text.endswith(".") and "nan" not in text and "inf" not in text and "<NA>" not in text
    for width in ("wide", "narrow"):
        drawing = figures.tipping_plot(surface, width=width)
        assert (
            drawing.alt.endswith(".") and "nan" not in drawing.alt and len(to_svg(drawing.figure)) < 150_000
        )
    listed = [
        listings.tipping_table(tipping, "Tipping"),
        listings.surface_table(surface, "Surface"),
        listings.unpublished_table(cases, "Unpublished"),
        listings.bounds_table(bounds, "Bounds"),
        listings.e_value_table(values, "E-values"),
    ]
    for shown in listed:
        assert not shown.cells.astype(str).isin(["nan", "inf", "None", "", "<NA>"]).any().any()


@pytest.mark.parametrize("denominator", list(Denominator))
@pytest.mark.parametrize("sanction", [Sanction.DISMISSED, Sanction.FINAL_WRITTEN_WARNING_OR_WORSE])
@pytest.mark.parametrize("roles", [ROLES, ("police_officer", "pcso")])
def test_other_questions_are_answered_too(denominator, sanction, roles):
    hearings, official = load_hearings(), load_official()
    question = Question.of(denominator=denominator, sanction=sanction, roles=roles)
    cohort = analysis.select(hearings, question)
    weighted = estimates.reweighted_rates(cohort, hearings, official)
    implied = estimates.implied_selection(hearings, official, question)
    said = [
        wording.tipping(estimates.tipping_point(cohort), question),
        wording.reweighted(weighted, question),
        wording.implied(implied, question),
    ]
    assert all(text.endswith(".") and "nan" not in text for text in said)
    assert (
        not listings.reweighting_table(weighted, "W").cells.astype(str).isin(["nan", "None", ""]).any().any()
    )
    listings.implied_table(implied, "I")
    drawing = figures.tipping_plot(estimates.selection_surface(cohort), implied)
    assert "interval" in drawing.alt


def test_the_sentence_turns_round_where_the_odds_ratio_is_below_1():
    question = Question.of()
    up = wording.tipping(estimates.tipping_point(table(30, 40, 60, 120)), question)
    down = wording.tipping(estimates.tipping_point(table(10, 40, 60, 120)), question)
    assert (
        "special constables’ dismissals would have to have been published 3.0 times as readily as their other outcomes"
        in up
    )
    assert (
        "special constables’ other outcomes would have to have been published 3.0 times as readily as their dismissals"
        in down
    )


def test_what_official_figures_imply_is_set_beside_what_would_be_needed():
    cohort = analysis.select(load_hearings())
    implied = estimates.implied_selection(load_hearings(), load_official())
    tipping = estimates.tipping_point(cohort)
    text = wording.implied(implied, cohort.question, tipping)
    assert "a factor of 1.5; one of 2.0 would make the true rates equal" in text
    assert text.startswith(wording.implied(implied, cohort.question))
    assert wording.implied(implied.iloc[:0], cohort.question).startswith("No official figure")


def test_below_the_minimum_count_nothing_is_claimed():
    question = Question.of(min_count=50)
    few = replace(table(38, 41, 268, 310), question=question)
    assert wording.tipping(estimates.tipping_point(few), question) == wording.selection.TOO_SMALL
    drawing = figures.tipping_plot(estimates.selection_surface(few))
    assert "too small" in drawing.alt and "6 percentage" not in drawing.alt
    assert (
        listings.tipping_table(estimates.tipping_point(few), "T")
        .cells["True rates equal at"]
        .eq("too few to say")
        .all()
    )


def test_a_ratio_that_cannot_be_is_refused():
    for wrong in (0, -1, math.inf, math.nan):
        with pytest.raises(ValueError, match="above 0"):
            estimates.selection_surface(table(3, 5, 4, 9), [1, wrong])


def test_the_figure_names_the_observed_point_the_line_and_the_official_limit():
    surface = estimates.selection_surface(table(38, 41, 268, 310))
    implied = pd.DataFrame({"quantity": ["selection_ratio"], "estimate": [3.61]})
    alt = figures.tipping_plot(surface, implied).alt
    assert "38 of 41 special constables and 268 of 310 regular officers" in alt
    assert "1.99 times" in alt and "up to 3.6" in alt and "−6 to 13" in alt


FIGURED = [
    (38, 41, 268, 310),
    (61, 68, 410, 618),
    (10, 40, 60, 120),
    (39, 40, 20, 200),
    (1, 30, 29, 30),
    (20, 25, 24, 25),
    (0, 6, 5, 9),
]


@pytest.mark.parametrize("width", ["wide", "narrow"])
@pytest.mark.parametrize("key", FIGURED)
def test_no_text_of_the_figure_is_clipped_or_covered_and_its_bytes_repeat(key, width):
    surface = estimates.selection_surface(table(*key))
    implied = pd.DataFrame({"quantity": ["selection_ratio"], "estimate": [3.61]})
    one, two = (figures.tipping_plot(surface, implied, width=width).figure for _ in range(2))
    assert faults(one) == []
    assert to_svg(one) == to_svg(two)

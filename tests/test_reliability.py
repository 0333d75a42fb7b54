"""Agreement between two coders against R and a published example, and coding errors on data whose truth is known."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from analysis import estimates, listings, wording
from analysis.cohort import select
from analysis.errors import StudyError
from analysis.estimates import TIDY_COLUMNS
from analysis.estimates.coding_error import SCENARIOS, _errors, _record, _recording, _unrecord
from analysis.estimates.reliability import Pair, coefficients
from analysis.loading import load_double_coded, load_hearings
from analysis.question import Question
from invented import BASE

REFERENCE = Path(__file__).parent / "reference"
pytestmark = pytest.mark.filterwarnings("error")
FIELDS = list(load_double_coded().columns[2:])


def sample(*pages: tuple[dict, dict]) -> pd.DataFrame:
    """A reliability sample of pages given as what coder A and coder B wrote; other fields are alike."""
    rows = [
        {"dc_id": f"D{number:03d}", "coder": coder} | {name: BASE[name] for name in FIELDS} | written
        for number, page in enumerate(pages)
        for coder, written in zip("AB", page, strict=True)
    ]
    return pd.DataFrame(rows, columns=["dc_id", "coder", *FIELDS]).astype(str)


def measured(agreement: pd.DataFrame, field: str, basis: str = "all values", value: str = "") -> pd.DataFrame:
    rows = agreement.query("field == @field and basis == @basis and value == @value")
    return rows.set_index("measure")


# ------------------------------------------------------------------------------------------ agreement


def test_the_data_readmes_agreement_is_found_again():
    found = estimates.coding_agreement(load_double_coded())
    for field, agreement, kappa in (
        ("role", 0.98, 0.95),
        ("outcome", 0.95, 0.92),
        ("finding", 0.93, 0.83),
        ("proceeding", 0.95, 0.85),
        ("breaches", 0.93, 0.91),
        ("conduct", 0.78, 0.77),
        ("hearing_date", 0.65, 0.62),
        ("private", 0.58, 0.37),
    ):
        rows = measured(found, field)
        assert rows.loc["raw agreement", "estimate"] == pytest.approx(agreement, abs=0.00501)
        assert rows.loc["Cohen's kappa", "estimate"] == pytest.approx(kappa, abs=0.00501)
    for field, agreement in (("outcome", 0.98), ("finding", 1), ("breaches", 0.97), ("hearing_date", 0.69)):
        rows = measured(found, field, "both filled")
        assert rows.loc["raw agreement", "estimate"] == pytest.approx(agreement, abs=0.00501)


def reference_pairs():
    cells = pd.read_csv(REFERENCE / "agreement_tables.csv")
    expected = pd.read_csv(REFERENCE / "agreement.csv").set_index("table")
    for name, table in cells.groupby("table", sort=False):
        first, second = (np.repeat(table[side], table["pages"]).to_numpy(str) for side in "ab")
        yield pytest.param(Pair(first, second), expected.loc[name], id=name)


@pytest.mark.parametrize(("pair", "expected"), list(reference_pairs()))
def test_coefficients_agree_with_r_to_six_digits(pair, expected):
    assert coefficients(pair) == pytest.approx(tuple(expected), rel=1e-9, abs=1e-12)


def test_coefficients_of_gwets_example():
    # Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition; as the package irrCAC prints them
    table = {("e", "e"): 13, ("a", "a"): 20, ("a", "n"): 7, ("n", "a"): 4, ("n", "n"): 56}
    first, second = (np.array([k[i] for k, n in table.items() for _ in range(n)]) for i in (0, 1))
    agreement, kappa, ac1 = coefficients(Pair(first, second))
    assert (agreement, kappa, ac1) == pytest.approx((0.89, 0.7964094, 0.8493305), abs=5e-8)


VALUES = st.sampled_from(["", "a", "b", "c"])


@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_coefficients_are_what_a_table_gives_and_do_not_ask_who_is_who(pages):
    first, second = (np.array(side, str) for side in zip(*pages, strict=True))
    agreement, kappa, ac1 = coefficients(Pair(first, second))
    values = sorted(set(first) | set(second))
    table = pd.crosstab(pd.Categorical(first, values), pd.Categorical(second, values), dropna=False)
    assert agreement == pytest.approx(np.trace(table) / len(pages))
    if len(values) == 1:
        assert math.isnan(kappa) and math.isnan(ac1)
    else:
        assert kappa == pytest.approx(cohens_kappa(table, return_results=False), abs=1e-12)
        assert ac1 <= 1
    assert coefficients(Pair(second, first)) == pytest.approx((agreement, kappa, ac1), nan_ok=True)


def test_rows_are_tidy_and_do_not_depend_on_order_or_company():
    data = load_double_coded()
    found = estimates.coding_agreement(data)
    assert list(found.columns)[:4] == ["field", "value", "measure", "basis"]
    assert tuple(found.columns[4:10]) == TIDY_COLUMNS
    again = estimates.coding_agreement(data.sample(frac=1, random_state=3))
    pd.testing.assert_frame_equal(found, again)
    alone = estimates.coding_agreement(data, ["private"])
    pd.testing.assert_frame_equal(
        alone, found[found["field"].eq("private")].reset_index(drop=True), check_like=False
    )
    some = found.dropna(subset=["estimate"])
    assert (some["conf_low"] <= some["estimate"] + 1e-9).all()
    assert (some["estimate"] <= some["conf_high"] + 1e-9).all()
    assert found["numerator"].add(found["disagreements"]).eq(found["denominator"]).all()


def test_full_agreement_is_not_taken_for_certainty():
    pages = [({"role": r}, {"role": r}) for r in ["police_officer"] * 20 + ["special_constable"] * 10]
    rows = measured(estimates.coding_agreement(sample(*pages), ["role"]), "role")
    assert (rows["estimate"] == 1).all()
    assert (rows["conf_low"] < 0.95).all()
    assert rows.loc["Cohen's kappa", "conf_low"] < rows.loc["raw agreement", "conf_low"]


def test_sets_are_compared_as_sets_and_code_by_code():
    pages = [
        ({"breaches": "confidentiality;use_of_force"}, {"breaches": "use_of_force;confidentiality"}),
        ({"breaches": "confidentiality"}, {"breaches": "confidentiality;use_of_force"}),
        ({"breaches": ""}, {"breaches": "use_of_force"}),
    ]
    found = estimates.coding_agreement(sample(*pages), ["breaches"])
    whole = measured(found, "breaches").loc["raw agreement"]
    assert (whole["numerator"], whole["denominator"]) == (1, 3)
    assert measured(found, "breaches", "both filled").loc["raw agreement", "denominator"] == 2
    force = measured(found, "breaches", value="use_of_force").loc["raw agreement"]
    assert (force["numerator"], force["denominator"]) == (1, 3)
    secret = measured(found, "breaches", value="confidentiality")
    assert secret.loc["raw agreement", "numerator"] == 3
    # on the pages where both named standards, both mention confidentiality every time: nothing to correct for chance
    both = measured(found, "breaches", "both filled", "confidentiality").loc["Gwet's AC1"]
    assert math.isnan(both["estimate"]) and both["note"]


def test_dates_are_exact_and_their_years_are_compared_beside():
    pages = [
        ({"hearing_date": "2021-05-04"}, {"hearing_date": "2021-05"}),
        ({"hearing_date": "2021"}, {"hearing_date": "2022"}),
        ({"hearing_date": ""}, {"hearing_date": "2020"}),
    ]
    found = estimates.coding_agreement(sample(*pages), ["hearing_date"])
    assert measured(found, "hearing_date").loc["raw agreement", "numerator"] == 0
    years = measured(found, "hearing_date", "both filled", "year").loc["raw agreement"]
    assert (years["numerator"], years["denominator"]) == (1, 2)


def test_confusion_counts_every_page_once_in_the_order_of_the_code_list():
    pages = [
        ({"outcome": a}, {"outcome": b}) for a, b in (("dismissed", ""), ("no_action", "dismissed"), ("", ""))
    ]
    found = estimates.confusion(sample(*pages), "outcome")
    assert list(found["coder_a"].cat.categories) == ["no_action", "dismissed", "not_stated"]
    assert found["pages"].sum() == 3
    assert found.query("coder_a == 'dismissed' and coder_b == 'not_stated'")["pages"].item() == 1
    assert found.query("coder_a == 'not_stated' and coder_b == 'dismissed'")["pages"].item() == 0
    assert found.loc[found["agree"], "pages"].sum() == 1


def test_a_page_coded_once_is_refused_by_name():
    data = load_double_coded().iloc[:-1]
    with pytest.raises(StudyError, match="was coded by A; every page needs one row of coder"):
        estimates.coding_agreement(data)
    with pytest.raises(StudyError, match="Did you mean 'outcome'"):
        estimates.confusion(load_double_coded(), "outcom")


def test_no_page_at_all_gives_rows_without_numbers_and_says_so():
    empty = load_double_coded()[:0]
    found = estimates.coding_agreement(empty, ["role"])
    assert found["estimate"].isna().all() and (found["denominator"] == 0).all() and found["too_few"].all()
    assert wording.coding_agreement(found) == [
        "No page was coded twice, so nothing can be said of the reliability of the coding."
    ]
    assert len(estimates.confusion(empty, "role")) == 0


# ----------------------------------------------------------------------------------- coding errors


def hearings(rows: list[dict]) -> pd.DataFrame:
    frame = pd.DataFrame([BASE | row for row in rows], columns=list(BASE))
    frame.insert(0, "case_id", [f"essex-{i:04d}" for i in range(len(frame))])
    return load_hearings(frame)


def known_truth(rng: np.random.Generator, number: int) -> pd.DataFrame:
    role = np.where(rng.random(number) < 0.15, "special_constable", "police_officer")
    finding = rng.choice(["gross_misconduct", "misconduct", ""], number, p=[0.55, 0.12, 0.33])
    likely = pd.Series(finding).map({"gross_misconduct": 0.85, "misconduct": 0.02, "": 0.6}).to_numpy()
    outcome = np.where(rng.random(number) < likely, "dismissed", "final_written_warning")
    return pd.DataFrame({"role": role, "finding": finding, "outcome": outcome})


def coded(truth: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """As a coder writes it who puts another value in one field in thirty."""
    written = truth.copy()
    for field in written:
        values = sorted(set(truth[field]))
        wrong = rng.random(len(written)) < 1 / 30
        written[field] = [
            rng.choice([v for v in values if v != value]) if w else value
            for value, w in zip(truth[field], wrong, strict=True)
        ]
    return written


def one_study(seed: int) -> tuple[pd.DataFrame, pd.DataFrame, list[float]]:
    """Recorded cases, double-coded pages, and the true rates and difference."""
    rng = np.random.default_rng(seed)
    truth = known_truth(rng, 400)
    right = select(hearings(truth.to_dict("records"))).known
    rates = right.groupby("role", observed=False)["sanctioned"].agg(lambda s: s.astype(float).mean())
    pages = truth.iloc[:55]
    codings = [coded(pages, rng).to_dict("records") for _ in "AB"]
    cases = hearings(coded(truth, rng).to_dict("records"))
    first, second = rates["special_constable"], rates["police_officer"]
    return cases, sample(*zip(*codings, strict=True)), [first, second, first - second]


def test_intervals_hold_the_true_rates_and_come_nearer_to_them_than_what_was_recorded():
    inside, plain, corrected = [], [], []
    for seed in range(8):
        cases, pages, truth = one_study(seed)
        found = estimates.coding_error_sensitivity(select(cases), cases, pages, draws=300)
        one = found[found["scenario"].eq("coding_error")]
        inside += list((one["conf_low"].to_numpy() <= truth) & (truth <= one["conf_high"].to_numpy()))
        corrected.append(one["estimate"].to_numpy() - truth)
        plain.append(found.loc[found["scenario"].eq("as_recorded"), "estimate"].to_numpy() - truth)
    assert np.mean(inside) >= 0.85
    # errors that fall anywhere pull a high rate down; the model knows it could be so
    assert abs(np.mean(corrected, axis=0)[1]) < abs(np.mean(plain, axis=0)[1])


def perfect(number: int = 4000) -> pd.DataFrame:
    """Pages enough, coded alike, that hardly any error is left."""
    rng = np.random.default_rng(1)
    truth = known_truth(rng, number).to_dict("records")
    return sample(*zip(truth, truth, strict=True))


def test_coders_without_error_leave_the_headline_as_it_is():
    cases = hearings(known_truth(np.random.default_rng(5), 400).to_dict("records"))
    found = estimates.coding_error_sensitivity(select(cases), cases, perfect(), draws=300)
    plain = found[found["scenario"].eq("as_recorded")]
    alone = found[found["scenario"].eq("coding_error")]
    assert alone["estimate"].to_numpy() == pytest.approx(plain["estimate"].to_numpy(), abs=0.005)
    assert (alone["conf_high"] - alone["conf_low"]).max() < 0.03
    both = found[found["scenario"].eq("coding_error_and_chance")]
    for column in ("conf_low", "conf_high"):
        assert both[column].to_numpy() == pytest.approx(plain[column].to_numpy(), abs=0.05)


def test_more_error_widens_and_errors_in_one_role_leave_the_other_alone():
    cases, pages, _ = one_study(2)
    found = estimates.coding_error_sensitivity(select(cases), cases, pages)
    width = (found["conf_high"] - found["conf_low"]).to_numpy().reshape(len(SCENARIOS), 3)
    wide = dict(zip(SCENARIOS, width, strict=True))
    assert (wide["coding_error_and_chance"] > wide["coding_error"]).all()
    assert (wide["twice_the_error"] > wide["coding_error"]).all()
    assert wide["errors_in_comparison"][0] > 1.3 * wide["coding_error"][0]
    assert wide["errors_in_comparison"][1] < wide["coding_error"][1]
    assert wide["errors_in_reference"][0] < wide["coding_error"][0]


def test_the_result_is_tidy_repeatable_and_independent_of_row_order():
    cases, pages, _ = one_study(3)
    found = estimates.coding_error_sensitivity(select(cases), cases, pages, draws=200)
    mixed = cases.sample(frac=1, random_state=1)
    again = estimates.coding_error_sensitivity(
        select(mixed), mixed, pages.sample(frac=1, random_state=2), draws=200
    )
    pd.testing.assert_frame_equal(found, again)
    assert tuple(found.columns[:3]) == ("scenario", "measure", "role")
    assert tuple(found.columns[3:9]) == TIDY_COLUMNS
    rates = found[found["measure"].eq("sanction rate")]
    assert rates[["estimate", "conf_low", "conf_high"]].stack().between(0, 1).all()
    known = select(cases).known["role"].value_counts()
    plain = found[found["scenario"].eq("as_recorded")].set_index("role")
    assert plain.loc["special_constable", "denominator"] == known["special_constable"]


@given(
    st.lists(st.tuples(VALUES, VALUES), max_size=12),
    st.floats(0, 30),
)
@settings(max_examples=40, deadline=None)
def test_errors_are_probabilities_whatever_was_seen(pages, factor):
    first, second = (np.array([p[i] for p in pages], str) for i in (0, 1))
    values = ["a", "b", "c", ""]
    errors = _errors(Pair(first, second), values, 20, np.random.default_rng(0))
    assert np.isfinite(errors).all() and (errors >= 0).all()
    assert (errors.sum(axis=2) <= 1 + 1e-9).all()
    recording = _recording(errors, factor)
    assert recording.sum(axis=2) == pytest.approx(np.ones((20, 4)))
    assert recording.min() > -1e-9


def test_recording_and_its_adjoint_belong_together():
    rng = np.random.default_rng(0)

    def stochastic(*shape):
        some = rng.random(shape)
        return some / some.sum(axis=-1, keepdims=True)

    model = stochastic(2, 3, 3), stochastic(2, 4, 4), stochastic(2, 3, 5, 5)
    one, other = rng.random((2, 3, 4, 5)), rng.random((2, 3, 4, 5))
    assert (_record(one, model) * other).sum() == pytest.approx((one * _unrecord(other, model)).sum())
    assert _record(one, model).sum() == pytest.approx(one.sum())


@pytest.mark.parametrize(
    "changes",
    [
        {"denominator": "all_concluded", "sanction": "any_action"},
        {"roles": ["pcso", "police_staff"], "denominator": "any_misconduct"},
        {"start": "2021", "end": "2023", "forces": ["essex"], "sanction": "dismissed"},
        {"leave_out_selected": True, "source_types": ["force_notice"]},
        {"start": "1999", "end": "1999"},
    ],
)
def test_any_question_works_on_the_real_data(changes):
    cases, question = load_hearings(), Question.of(**changes)
    cohort = select(cases, question)
    found = estimates.coding_error_sensitivity(cohort, cases, load_double_coded(), draws=100)
    assert len(found) == 3 * len(SCENARIOS)
    assert found["note"][found["estimate"].isna()].ne("").all()
    table = listings.coding_error_table(found, "Caption")
    assert "nan" not in table.html.lower()
    assert all("nan" not in text for text in wording.coding_error(found, question))


def test_no_double_coded_page_leaves_the_simulated_rows_empty():
    cases = load_hearings()
    found = estimates.coding_error_sensitivity(select(cases), cases, load_double_coded()[:0])
    assert found.loc[found["scenario"].ne("as_recorded"), "estimate"].isna().all()
    assert set(found.loc[found["scenario"].ne("as_recorded"), "note"]) == {"no page was coded twice"}
    assert "too few pages coded twice" in wording.coding_error(found, Question.of())[0]


def test_a_cohort_of_other_cases_is_refused():
    cases = load_hearings()
    cohort = select(cases)
    with pytest.raises(StudyError, match="not the one that its question selects"):
        estimates.coding_error_sensitivity(
            cohort.restrict(cohort.cases["force"].eq("Essex")), cases, load_double_coded()
        )


# ------------------------------------------------------------------------------- tables and sentences


def test_the_tables_write_out_counts_coefficients_and_roles():
    data = load_double_coded()
    agreement = estimates.coding_agreement(data)
    table = listings.agreement_table(agreement, "Caption")
    row = table.cells.set_index("Field").loc["Role"]
    assert row["Pages coded alike"] == "54 of 55"
    assert row["Cohen’s kappa (interval)"].startswith("0.95 (0.74 to")
    assert any("BCa bootstrap" in note for note in table.notes)
    parts = listings.agreement_parts_table(agreement, "breaches", "Caption")
    assert "Discreditable conduct" in set(parts.cells["Standard breached"])
    matrix = listings.confusion_table(estimates.confusion(data, "role"), "Caption")
    assert matrix.cells.set_index("Coder A").loc["Special constable", "B: Police officer (regular)"] == "1"


def test_sentences_count_before_they_give_shares():
    said = wording.coding_agreement(estimates.coding_agreement(load_double_coded()))
    assert said[0].startswith("55 pages were coded a second time")
    assert "the role in 54 of 55 (98" in said[0]
    assert "the note of a private hearing (58" in said[1]
    assert "whether the page says it at all" in said[2]


def test_few_pages_are_too_few_to_say():
    few = sample(({}, {}), ({}, {"outcome": ""}))
    said = wording.coding_agreement(estimates.coding_agreement(few))
    assert said == ["Only 2 pages were coded twice: too few to say how reliable the coding is."]
    table = listings.agreement_table(estimates.coding_agreement(few, ["role"]), "Caption")
    assert table.cells.iloc[0]["Share (interval)"] == "too few to say"

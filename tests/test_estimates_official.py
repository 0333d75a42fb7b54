"""Official figures: back-tests on published numbers, the choice of headcounts, and the sample beside them."""

import math

import pandas as pd
import pytest

from analysis import estimates
from analysis.cohort import select
from analysis.estimates import TIDY_COLUMNS
from analysis.loading import load_hearings, load_official
from invented import BASE

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    return load_official()


@pytest.fixture(scope="module")
def all_hearings() -> pd.DataFrame:
    return load_hearings()


def figure(value: int, population: str, period: str, **other) -> dict:
    """One row of official figures: a year's entries, or with `as at` a headcount."""
    headcount = period.startswith("as at")
    return {
        "series": "workforce" if headcount else "barred_list",
        "period": period,
        "area": "England and Wales",
        "population": population,
        "stage": "headcount" if headcount else "barred_list",
        "measure": "individuals",
        "breach": "",
        "value": str(value),
        "unit": "count",
        "publisher": "College of Policing",
        "first_hand": "yes",
        "published": "2024-10",
        "url": "",
        "note": "",
    } | other


def official(*rows: dict) -> pd.DataFrame:
    return load_official(pd.DataFrame(rows))


def case(**values) -> dict:
    return BASE | {"hearing_date": "2023-10-02"} | values


def hearings(*rows: dict) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    frame.insert(0, "case_id", [f"essex-{i:04d}" for i in range(len(frame))])
    return load_hearings(frame)


def row(frame: pd.DataFrame, **keys) -> pd.Series:
    for column, value in keys.items():
        frame = frame[frame[column].eq(value)]
    assert len(frame) == 1, keys
    return frame.iloc[0]


# --------------------------------------------------------------------------------------- back-tests


def test_the_headline_counts_are_reproduced(all_hearings):
    rates = estimates.sanction_rates(select(all_hearings), by="role").set_index("role")
    found = {role: tuple(rates.loc[role, ["numerator", "denominator", "unknown"]]) for role in rates.index}
    assert found == {"police_officer": (268, 310, 21), "special_constable": (38, 41, 0)}


@pytest.mark.parametrize(
    ("year", "role", "entries", "headcount", "per_thousand"),
    [
        # College of Policing: 735 officers and 31 special constables in the year to 31 March 2025
        ("2024/25", "police_officer", 735, 148452, 4.95),
        ("2024/25", "special_constable", 31, 6330, 4.90),
        # and in the year to 31 March 2024, over the Home Office's headcounts of 30 September 2023
        ("2023/24", "police_officer", 593, 149164, 3.98),
        ("2023/24", "special_constable", 29, 6330, 4.58),
        ("2022/23", "police_officer", 394, 149566, 2.63),
        ("2022/23", "special_constable", 34, 7840, 4.34),
    ],
)
def test_published_barred_list_figures_are_reproduced(
    published, year, role, entries, headcount, per_thousand
):
    found = row(estimates.barring_rates(published), financial_year=year, role=role)
    assert (found["numerator"], found["denominator"]) == (entries, headcount)
    assert found["estimate"] == pytest.approx(per_thousand, abs=0.005)
    assert found["conf_low"] < found["estimate"] < found["conf_high"]


def test_the_published_years_have_their_rate_ratio(published):
    # 29/6,330 against 593/149,164: limits of R's poisson.test in tests/reference/rate_ratios.csv
    found = row(estimates.barring_contrast(published), financial_year="2023/24")
    assert found["estimate"] == pytest.approx(1.15240097077809, rel=1e-9)
    assert (found["conf_low"], found["conf_high"]) == pytest.approx(
        (0.76501331473026, 1.67261506142222), rel=1e-7
    )
    assert found["p_value"] == pytest.approx(0.417583685922222, rel=1e-7)
    assert found["in_year"]
    assert found["note"] == ""


def test_every_year_has_both_roles_and_a_missing_rate_has_a_reason(published):
    rates = estimates.barring_rates(published)
    assert rates.groupby("financial_year")["role"].nunique().eq(2).all()
    assert list(rates["financial_year"]) == sorted(rates["financial_year"])
    missing = rates[rates["estimate"].isna()]
    assert {"2020/21", "2021/22"} <= set(
        missing.loc[missing["role"] == "special_constable", "financial_year"]
    )
    assert missing["note"].str.len().gt(10).all()
    contrast = estimates.barring_contrast(published)
    assert set(contrast["financial_year"]) == set(rates["financial_year"])
    assert contrast.loc[contrast["estimate"].isna(), "note"].str.len().gt(10).all()


def test_the_iopcs_dismissals_of_gross_misconduct_are_reproduced(all_hearings, published):
    shares = estimates.composition_comparison(all_hearings, published)
    iopc = row(shares, quantity="dismissed_of_gross_misconduct", financial_year="2020/21", source="official")
    assert (iopc["numerator"], iopc["denominator"]) == (25, 44)
    # 11 of the 44 had a final written warning; the other 8 may be people who would have been dismissed
    assert iopc["bound_high"] == pytest.approx((44 - 11) / 44)
    warned = row(
        shares,
        quantity="final_written_warning_of_gross_misconduct",
        financial_year="2020/21",
        source="official",
    )
    assert (warned["numerator"], warned["denominator"]) == (11, 44)


def test_official_estimates_are_tidy_and_do_not_depend_on_the_order_of_the_figures(all_hearings, published):
    shuffled = published.sample(frac=1, random_state=7).reset_index(drop=True)
    for estimator in (
        estimates.barring_rates,
        estimates.barring_contrast,
        lambda figures: estimates.official_comparison(all_hearings, figures),
        lambda figures: estimates.composition_comparison(all_hearings, figures),
    ):
        frame = estimator(published)
        at = list(frame.columns).index("estimate")
        assert tuple(frame.columns[at : at + len(TIDY_COLUMNS)]) == TIDY_COLUMNS
        pd.testing.assert_frame_equal(frame, estimator(shuffled))


def test_without_any_figures_the_frames_are_empty_but_tidy(all_hearings, published):
    nothing = published[:0]
    for frame in (
        estimates.barring_rates(nothing),
        estimates.barring_contrast(nothing),
        estimates.official_comparison(all_hearings, nothing),
        estimates.composition_comparison(all_hearings, nothing),
    ):
        assert frame.empty
        assert set(TIDY_COLUMNS) <= set(frame.columns)


# ---------------------------------------------------------------------------------------- headcounts

OFFICERS = figure(500, "police_officers", "year ending 2024-03-31")


def officers(*headcounts: dict, **options) -> pd.Series:
    frame = estimates.barring_rates(official(OFFICERS, *headcounts), roles=("police_officer",), **options)
    return row(frame, financial_year="2023/24")


def test_the_nearest_headcount_to_the_middle_of_the_year_counts():
    found = officers(
        figure(100_000, "police_officers", "as at 2023-03-31"),
        figure(110_000, "police_officers", "as at 2023-12-31"),
        figure(999, "special_constables", "as at 2023-09-30"),
        figure(888, "police_officers", "as at 2023-09-30", area="Kent"),
    )
    assert (found["denominator"], found["mismatch_days"], found["in_year"]) == (110_000, 92, True)
    assert found["headcount_date"] == pd.Timestamp("2023-12-31")
    assert found["estimate"] == pytest.approx(1000 * 500 / 110_000)
    assert found["note"] == ""


def test_of_two_equally_near_the_earlier_counts():
    found = officers(
        figure(100_000, "police_officers", "as at 2024-03-31"),
        figure(90_000, "police_officers", "as at 2023-03-31"),
    )
    assert found["denominator"] == 90_000
    assert found["mismatch_days"] == -183
    assert found["in_year"]


def test_individuals_come_before_full_time_equivalents_which_are_labelled():
    equivalents = figure(98_000, "police_officers", "as at 2023-09-30", measure="full_time_equivalent")
    both = officers(equivalents, figure(100_000, "police_officers", "as at 2024-03-31"))
    assert (both["denominator"], both["headcount_kind"]) == (100_000, "individuals")
    alone = officers(equivalents)
    assert (alone["denominator"], alone["headcount_kind"]) == (98_000, "full-time equivalents")
    assert "full-time equivalents" in alone["note"]


def test_a_headcount_outside_the_year_is_marked_with_the_likely_direction():
    falling = officers(
        figure(100_000, "police_officers", "as at 2023-01-31"),
        figure(120_000, "police_officers", "as at 2022-01-31"),
    )
    assert not falling["in_year"]
    assert "fell by 17 %" in falling["note"]
    assert falling["note"].endswith("probably higher")
    rising = officers(
        figure(110_000, "police_officers", "as at 2023-01-31"),
        figure(100_000, "police_officers", "as at 2022-01-31"),
    )
    assert "rose by 10 %" in rising["note"]
    assert rising["note"].endswith("probably lower")
    too_late = officers(
        figure(110_000, "police_officers", "as at 2024-05-31"),
        figure(120_000, "police_officers", "as at 2025-05-31"),
    )
    assert "rose by 9 %" in too_late["note"]
    assert too_late["note"].endswith("probably higher")


def test_a_headcount_too_far_off_gives_no_rate_but_a_reason():
    far = figure(100_000, "police_officers", "as at 2021-03-31")
    found = officers(far)
    assert math.isnan(found["estimate"])
    assert pd.isna(found["denominator"])
    assert found["numerator"] == 500
    assert "31 March 2021" in found["note"]
    assert "913 days" in found["note"]
    assert not math.isnan(officers(far, max_mismatch_days=1000)["estimate"])
    assert "no headcount" in officers()["note"]


def test_the_first_hand_then_the_latest_publication_counts_and_a_disagreement_is_noted():
    headcount = figure(100_000, "police_officers", "as at 2023-09-30")
    quoted = OFFICERS | {"value": "594", "first_hand": "no", "publisher": "A newspaper", "published": "2025"}
    earlier = OFFICERS | {"value": "499", "published": "2024-07"}
    for rows in ([quoted, earlier, OFFICERS], [OFFICERS, quoted, earlier]):
        found = estimates.barring_rates(official(*rows, headcount), roles=("police_officer",)).iloc[0]
        assert found["entries"] == 500
        assert found["publisher"] == "College of Policing"
        assert found["note"] == "other publishers give 499, 594"


def test_no_entries_at_all_is_a_rate_of_nought_with_an_upper_limit():
    frame = estimates.barring_contrast(
        official(
            OFFICERS,
            figure(0, "special_constables", "year ending 2024-03-31"),
            figure(100_000, "police_officers", "as at 2023-09-30"),
            figure(6_000, "special_constables", "as at 2023-09-30"),
        )
    )
    found = frame.iloc[0]
    assert found["estimate"] == found["conf_low"] == 0
    assert 0 < found["conf_high"] < 1


# ------------------------------------------------------------------------------------------ coverage

YEARS = (
    figure(10, "police_officers", "year ending 2023-03-31"),
    figure(20, "police_officers", "year ending 2024-03-31"),
    figure(4, "special_constables", "year ending 2024-03-31"),
)


def test_coverage_counts_the_sure_and_the_possible_cases():
    sample = hearings(
        case(),  # surely 2023/24
        case(status="former", outcome="would_have_been_dismissed", hearing_date="2024-03"),  # surely
        case(hearing_date="2023"),  # 2022/23 or 2023/24
        case(hearing_date=""),  # any year
        case(hearing_date="2019-05-01"),  # another year
        case(outcome="final_written_warning"),  # not barred for it
        case(force="British Transport"),  # outside the official figures
        case(role="special_constable"),
    )
    frame = estimates.official_comparison(sample, official(*YEARS))
    found = row(frame, population="police_officer", financial_year="2023/24")
    assert (found["numerator"], found["sample_possible"], found["denominator"]) == (2, 4, 20)
    assert (found["estimate"], found["conf_low"], found["conf_high"]) == (0.1, 0.1, 0.2)
    assert "not a confidence interval" in found["method"]
    before = row(frame, population="police_officer", financial_year="2022/23")
    assert (before["numerator"], before["sample_possible"]) == (0, 2)
    # A date known only to the year lies surely in the two years taken together.
    both = row(frame, population="police_officer", financial_year="all years listed")
    assert (both["numerator"], both["sample_possible"], both["denominator"]) == (3, 4, 30)
    assert (
        "has 3 dated in the year beside 30 officially (10\u202f%), and at most 4 (13\u202f%)"
        in both["leaning"]
    )
    assert frame.attrs["left_out"] == 1


@pytest.mark.parametrize(
    ("specials", "words"),
    [(4, "are over-represented"), (0, "Neither role is clearly over-represented")],
)
def test_coverage_says_which_role_is_over_represented(specials, words):
    sample = hearings(case(), *[case(role="special_constable")] * specials)
    found = row(
        estimates.official_comparison(sample, official(*YEARS)),
        population="special_constable",
        financial_year="2023/24",
    )
    assert words in found["leaning"]


def test_allegations_are_shown_but_not_compared(all_hearings, published):
    frame = estimates.official_comparison(all_hearings, published)
    allegations = frame[frame["quantity"].str.contains("allegations")]
    assert len(allegations)
    assert not allegations["comparable"].any()
    assert allegations[["estimate", "conf_low", "conf_high"]].isna().all(axis=None)
    assert allegations["note"].str.contains("counts allegations").all()
    compared = frame[frame["comparable"]]
    assert (compared["conf_low"] <= compared["conf_high"]).all()
    assert (compared["sample_possible"] >= compared["numerator"]).all()


IOPC = {"series": "iopc_outcomes", "stage": "all_proceedings"}
GROSS = (
    figure(25, "all", "year ending 2021-03-31", measure="dismissed_of_gross_misconduct", **IOPC),
    figure(11, "all", "year ending 2021-03-31", measure="final_written_warning_of_gross_misconduct", **IOPC),
    figure(44, "all", "year ending 2021-03-31", measure="gross_misconduct_found", **IOPC),
)


@pytest.mark.parametrize(
    ("dismissed", "warned", "verdict"),
    [
        (30, 0, "over-represents"),
        (10, 30, "under-represents"),
        (20, 9, "does not clearly"),
        (2, 1, "Too few"),
    ],
)
def test_the_sample_leans_only_where_the_interval_says_so(dismissed, warned, verdict):
    when = {"hearing_date": "2020-11-03"}
    sample = hearings(
        *[case(**when)] * dismissed,
        *[case(outcome="final_written_warning", **when)] * warned,
        case(outcome="", **when),
    )
    frame = estimates.composition_comparison(sample, official(*GROSS))
    both = frame[frame["quantity"].eq("dismissed_of_gross_misconduct")]
    assert both["leaning"].str.contains(verdict).all()
    sampled = row(both, source="sample")
    assert (sampled["numerator"], sampled["denominator"]) == (dismissed, dismissed + warned)
    assert sampled["bound_low"] == pytest.approx(dismissed / (dismissed + warned + 1))
    assert sampled["bound_high"] == pytest.approx((dismissed + 1) / (dismissed + warned + 1))
    assert sampled["too_few"] == (verdict == "Too few")

"""One case told by two sources: found, ordered by the evidence, asked about once."""

import shutil

import pandas as pd
import pytest

from analysis.errors import StudyError
from analysis.intake import add_cases
from analysis.intake.duplicates import LIKELY, decide, possible_duplicates
from analysis.loading import load_possible_duplicates, validate_package
from analysis.paths import data_folder, data_in

CASE = {
    "force": "Cumbria",
    "role": "special_constable",
    "rank": "special_sergeant",
    "hearing_date": "2024-05-03",
    "outcome": "dismissed",
    "finding": "gross_misconduct",
    "breaches": "confidentiality",
    "conduct": "data_misuse",
}


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    shutil.copytree(data_folder(), folder, ignore=shutil.ignore_patterns("incoming", ".change.*"))
    return folder


def told(data, number, **changes):
    page = {"url": f"https://example.org/{number}", "source_type": "news_report"}
    return add_cases(pd.DataFrame([CASE | changes]), page, how="coding", data=data).case_ids[0]


def pairs(data, *cases, **options):
    found = possible_duplicates(cases, data=data, **options)
    return {frozenset(pair) for pair in zip(found["case_id_a"], found["case_id_b"], strict=True)}


def test_the_same_case_of_another_source_is_likely(data):
    one, other = told(data, 1), told(data, 2)
    found = possible_duplicates([other], data=data)
    row = found.iloc[0]
    assert {row["case_id_a"], row["case_id_b"]} == {one, other}
    assert row["strength"] == "likely" and row["score"] >= LIKELY
    assert (
        row["reason"]
        == "same force and role, same outcome, same finding, same rank, same day, shared conduct, shared standards"
    )


@pytest.mark.parametrize(
    ("changes", "listed"),
    [
        ({"hearing_date": "2024-05-10"}, True),
        ({"hearing_date": "2024-05"}, True),
        ({"hearing_date": "", "finding": ""}, True),
        ({"breaches": "", "conduct": ""}, True),
        ({"hearing_date": "2024-05-20"}, False),
        ({"hearing_date": "2023"}, False),
        ({"outcome": "final_written_warning"}, False),
        ({"breaches": "use_of_force"}, False),
        ({"force": "Kent"}, False),
        ({"role": "police_officer", "rank": "sergeant"}, False),
    ],
)
def test_what_may_be_one_case_and_what_not(data, changes, listed):
    one, other = told(data, 1), told(data, 2, **changes)
    assert (frozenset((one, other)) in pairs(data, other)) == listed


def test_less_in_common_is_less_evidence(data):
    one = told(data, 1)
    scores = []
    for number, changes in enumerate(
        (
            {},
            {"hearing_date": "2024-05-08"},
            {"hearing_date": "2024"},
            {"hearing_date": "", "conduct": "", "rank": ""},
        )
    ):
        other = told(data, 10 + number, **changes)
        found = possible_duplicates([other], data=data, least=-99)
        ours = found[found["case_id_a"].eq(one) | found["case_id_b"].eq(one)]
        scores.append(ours["score"].iloc[0])
    assert scores == sorted(scores, reverse=True) and len(set(scores)) == 4


def test_rows_of_one_source_are_no_pairs(data):
    page = {"url": "https://example.org/1", "source_type": "news_report"}
    receipt = add_cases(pd.DataFrame([CASE, CASE]), page, how="coding", data=data)
    assert not pairs(data, *receipt.case_ids)


@pytest.mark.parametrize("decision", ["same", "different", "unsure"])
def test_a_decision_is_recorded_and_not_asked_again(data, decision):
    one, other = told(data, 1), told(data, 2)
    assert pairs(data, other)
    decide(one, other, decision, data=data)
    assert not pairs(data, other, one)
    assert [str(p) for p in validate_package(data)] == []
    with data_in(data):
        shown = load_possible_duplicates()
    ours = shown[shown["case_id_a"].eq(one) & shown["case_id_b"].eq(other)]
    assert (
        ours["strength"].tolist() == {"same": ["likely"], "unsure": ["possible"], "different": []}[decision]
    )
    decide(other, one, "same", data=data)  # decided anew: still one row, the other way round
    table = pd.read_csv(data / "possible_duplicates.csv", dtype=str)
    assert table[["case_id_a", "case_id_b"]].isin([one]).any(axis=1).sum() == 1


def test_the_fuller_telling_stays(data):
    short, full = told(data, 1, finding="", rank=""), told(data, 2)
    row = possible_duplicates([short], data=data).iloc[0]
    assert (row["case_id_a"], row["case_id_b"]) == (full, short)


def test_a_wrong_decision_is_refused(data):
    one, other = told(data, 1), told(data, 2)
    for arguments, said in (
        ((one, other, "perhaps"), "no decision"),
        ((one, "kent-999", "same"), "no case"),
        ((one, one, "same"), "two"),
    ):
        with pytest.raises(StudyError, match=said):
            decide(*arguments, data=data)


def test_the_pairs_found_by_hand_have_more_evidence_than_most():
    """Back-test: of the pairs that were listed when the data was made, the likely ones score high."""
    folder = data_folder()
    known = pd.read_csv(folder / "possible_duplicates.csv", dtype=str)
    likely = known[known["strength"].eq("likely")]
    from analysis.intake import duplicates

    def without_decisions(place, table):
        cells = original(place, table)
        return cells.iloc[:0] if table == "possible_duplicates" else cells

    original, duplicates._cells = duplicates._cells, without_decisions
    try:
        found = possible_duplicates()
    finally:
        duplicates._cells = original
    listed = {frozenset(pair) for pair in zip(found["case_id_a"], found["case_id_b"], strict=True)}
    hits = [frozenset(pair) in listed for pair in zip(likely["case_id_a"], likely["case_id_b"], strict=True)]
    assert sum(hits) >= 0.8 * len(hits) and len(found) < 100

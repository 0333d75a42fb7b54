"""Who is who in a text with several people: each test is one way of telling them apart, in sentences of our own."""

from __future__ import annotations

import pytest

from analysis.coding import code_notice

DAY = "2024-05-20"


def rows(text: str, *fields: str) -> list[tuple[str, ...]]:
    return sorted(tuple(case.row()[field] for field in fields) for case in code_notice(text, published=DAY))


def test_roles_that_were_dealt_with_differently_are_two_people():
    text = (
        "Two people employed by Kent Police have been before misconduct hearings.\n\n"
        "The sergeant was found to have committed gross misconduct. He received a final written warning.\n\n"
        "The detention officer was found to have committed gross misconduct. She was dismissed."
    )
    assert rows(text, "role", "outcome") == [
        ("police_officer", "final_written_warning"),
        ("police_staff", "dismissed"),
    ]


def test_one_sergeant_put_down_to_constable_is_one_person():
    text = "A Kent Police sergeant who slept on duty was reduced in rank to constable by a misconduct panel."
    assert rows(text, "rank", "outcome") == [("sergeant", "reduction_in_rank")]


def test_outcomes_told_of_descriptions_are_those_of_the_people_named_later():
    text = (
        "A Kent Police constable has been dismissed. A second constable has been given a final written warning.\n\n"
        "The panel found gross misconduct against Constable S at a misconduct hearing.\n\n"
        "The panel found that Constable P had committed misconduct."
    )
    assert rows(text, "finding", "outcome") == [
        ("gross_misconduct", "dismissed"),
        ("misconduct", "final_written_warning"),
    ]


@pytest.mark.parametrize(
    "aside",
    [
        "The panel dismissed seven of the nine.",
        "In the year to March seven were dismissed and three got final written warnings.",
    ],
)
def test_figures_and_allegations_are_not_people(aside):
    text = f"A Kent Police constable was given a written warning at a misconduct hearing.\n\n{aside}"
    assert rows(text, "outcome") == [("written_warning",)]


def test_both_are_the_two_named_before():
    text = (
        "PC D and PC E of Kent Police breached the standards, a misconduct hearing found. Both were dismissed.\n\n"
        "PC F was given a written warning."
    )
    assert rows(text, "outcome") == [("dismissed",), ("dismissed",), ("written_warning",)]


def test_a_line_in_capitals_names_nobody():
    text = (
        "PC WHO KILLED PENSIONER IS CLEARED OF MISCONDUCT\n\n"
        "A Kent Police misconduct panel found the allegation against PC D not proven."
    )
    assert rows(text, "finding") == [("not_proven",)]


def test_a_sanction_to_come_is_no_concluded_case():
    text = (
        "A Kent Police sergeant has been found guilty of gross misconduct at a hearing.\n\n"
        "The sanction will be decided at a later date."
    )
    assert rows(text, "outcome") == []


def test_what_was_only_weighed_is_no_outcome():
    text = (
        "Outcome\nThe panel considered dismissal of PC D of Kent Police after the misconduct hearing but imposed "
        "a final written warning."
    )
    assert rows(text, "outcome") == [("final_written_warning",)]


def test_an_extended_warning_is_a_final_one():
    text = "A Kent Police misconduct panel extended the final written warning of PC D by six months."
    assert rows(text, "outcome") == [("final_written_warning",)]


def test_no_case_to_answer_by_investigators_is_no_result():
    text = (
        "PC D of Kent Police was dismissed at a misconduct hearing.\n\n"
        "We found that a second officer, who had tried to stop him, had no case to answer."
    )
    assert rows(text, "outcome") == [("dismissed",)]


def test_a_table_by_tabs_gives_a_row_a_case():
    text = (
        "Kent Police misconduct outcomes\nDate\tRank\tStandard\tFinding\tResult\n"
        "08/06/2017\tPC\tHonesty and Integrity\tGross misconduct\tDismissed without notice\n"
        "19/07/2017\tSgt\tOrders and Instructions\tMisconduct\tManagement advice\n"
    )
    assert rows(text, "rank", "finding", "outcome") == [
        ("constable", "gross_misconduct", "dismissed"),
        ("sergeant", "misconduct", "management_advice"),
    ]

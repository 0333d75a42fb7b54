"""The question's parameters: what is allowed, and what a user is told when a value is not."""

import pytest

from analysis.errors import StudyError
from analysis.question import Question


def test_headline_question_is_the_default():
    question = Question.of()
    assert question.comparison == "special_constable"
    assert question.reference == "police_officer"
    assert question.denominator == "gross_misconduct"
    assert question.sanction == "dismissal_equivalent"
    assert not question.leave_out_selected


def test_labels_codes_and_separated_strings_all_name_the_same_forces():
    by_code = Question.of(forces=["west-mercia", "city-of-london"])
    assert Question.of(forces="West Mercia; City of London") == by_code
    assert Question.of(forces="west-mercia,CITY OF LONDON") == by_code


def test_aliases_name_a_code_too_and_a_number_is_no_list():
    assert Question.of(forces="Met Police").forces == ("metropolitan",)
    with pytest.raises(StudyError, match="forces: 5 is not a list of codes"):
        Question.of(forces=5)
    with pytest.raises(StudyError, match="roles: True is not a list of codes"):
        Question.of(roles=True)


def test_every_fault_is_listed_at_once_with_the_allowed_values():
    with pytest.raises(StudyError) as caught:
        Question.of(forces="Metropolitain", sanction="fired", level=2, start="2020-13", rolse="pcso")
    message = str(caught.value)
    assert "forces: 'Metropolitain'" in message and "Did you mean 'metropolitan'" in message
    assert "sanction: 'fired' is not one of dismissal_equivalent, dismissed," in message
    assert "level: 2 is refused: input should be less than or equal to 0.999" in message
    assert "start: '2020-13' is not a day of the calendar" in message
    assert "rolse:" in message and "Did you mean 'roles'" in message
    assert len(message.splitlines()) == 5


@pytest.mark.parametrize(
    "roles", ["special_constable", ["pcso", "pcso"], ["pcso", "police_staff", "police_officer"]]
)
def test_two_different_roles_are_needed(roles):
    with pytest.raises(StudyError, match="two different roles"):
        Question.of(roles=roles)


def test_a_period_must_not_end_before_it_starts():
    assert Question.of(start="2020", end="2020-01").end == "2020-01"
    with pytest.raises(StudyError, match="ends .2019-12. before it starts"):
        Question.of(start="2020-01-01", end="2019-12")


def test_a_changed_question_is_validated_again():
    assert Question.of().but(denominator="all_concluded").denominator == "all_concluded"
    with pytest.raises(StudyError, match="min_count"):
        Question.of().but(min_count=0)


def test_notebook_parameters_are_picked_from_the_names_in_use():
    names = {"roles": ["pcso", "police_staff"], "level": 0.9, "unrelated": 3}
    question = Question.from_parameters(names)
    assert question == Question.of(roles=["pcso", "police_staff"], level=0.9)

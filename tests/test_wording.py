"""The sentences: counts before percentages, uncertainty beside them, and no bold claim from few cases."""

import re

import pandas as pd
import pytest

import analysis
from analysis import estimates, wording
from analysis.question import Denominator, Question, Sanction


@pytest.fixture(scope="module")
def hearings():
    return analysis.load_hearings()


def plain(text: str) -> str:
    """The text with every kind of space a plain one."""
    return re.sub(r"\s", " ", text)


def test_headline_reads_as_the_study_would_sign_it(hearings):
    question = Question.of()
    rates = estimates.sanction_rates(analysis.select(hearings, question), by="role")
    assert plain(wording.role_rates(rates, question)) == (
        "Of 41 special constables found to have committed gross misconduct whose outcome is known, 38 (93 %; 95 % interval 81 "
        "to 97 %) were dismissed or would have been; of 310 regular officers, 268 (86 %; 82 to 90 %)."
    )


def test_a_difference_within_chance_is_not_called_none(hearings):
    cohort = analysis.select(hearings)
    text = wording.difference(estimates.risk_contrast(cohort), estimates.exact_tests(cohort), cohort.question)
    assert "within what chance would produce" in text
    assert "compatible with special constables having a rate" in text
    assert "no difference" not in text


def test_a_difference_beyond_chance_is_called_so():
    contrast = pd.DataFrame(
        {
            "measure": ["risk difference"],
            "estimate": [0.3],
            "conf_low": [0.2],
            "conf_high": [0.4],
            "denominator": [100],
            "denominator_reference": [200],
        }
    )
    tests = pd.DataFrame({"test": ["Boschloo's exact test"], "p_value": [0.0001]})
    text = plain(wording.difference(contrast, tests, Question.of()))
    assert "30 percentage points" in text and "20 to 40" in text
    assert "larger than chance alone would often produce" in text and "p less than 0.001" in text
    assert "compatible with" not in text


@pytest.mark.parametrize("denominator", list(Denominator))
@pytest.mark.parametrize("sanction", list(Sanction))
@pytest.mark.parametrize("forces", [(), ("surrey",), ("ministry-of-defence",), ("metropolitan",)])
def test_every_question_gets_whole_sentences(hearings, denominator, sanction, forces):
    question = Question.of(denominator=denominator, sanction=sanction, forces=forces)
    cohort = analysis.select(hearings, question)
    rates = estimates.sanction_rates(cohort, by="role")
    said = [
        wording.role_rates(rates, question),
        wording.difference(estimates.risk_contrast(cohort), estimates.exact_tests(cohort), question),
        wording.without_selected(estimates.headline_by_sources(cohort), question),
        wording.scope(question),
        wording.unknown_outcomes(rates, question),
        wording.forces_outside(estimates.force_funnel(cohort), question),
    ]
    for text in said:
        assert text.endswith(".") and text[0].isupper()
        assert not re.search(r"nan|None|NA\b|<|\{|  |\.\.", text), text


@pytest.mark.parametrize("force", analysis.load_codelist("forces")["label"])
def test_a_force_with_few_cases_gets_its_counts_and_no_percentage(hearings, force):
    question = Question.of()
    here = hearings[hearings["force"] == force]
    overall = estimates.sanction_rates(analysis.select(hearings, question.but(forces=[force])))
    funnel = estimates.force_funnel(analysis.select(hearings, question))
    text = wording.force_rate(overall, funnel, question)
    known = int(overall["denominator"].iloc[0])
    assert ("%" in text) == (known >= question.min_count)
    assert str(len(here)) in wording.force_cases(here, force) or here.empty
    assert not re.search(r"nan|None|NA\b", text)


def test_barring_sentence_has_the_published_counts():
    official = analysis.load_official()
    said = " ".join(
        wording.barring(
            estimates.barring_rates(official), estimates.barring_contrast(official), Question.of()
        )
    )
    for number in ("593", "149,164", "29 special constables", "6,330", "735", "31 special constables"):
        assert number in said
    assert "31 March 2024" in said and "31 March 2025" in said


def test_a_force_can_be_named_by_code_or_name():
    assert wording.force_name("city-of-london") == wording.force_name("City of London") == "City of London"
    with pytest.raises(analysis.StudyError, match="Did you mean"):
        wording.force_name("City of Londn")


def test_every_case_has_its_kind_of_source_counted(hearings):
    for force in hearings["force"].unique():
        here = hearings[hearings["force"] == force]
        text = wording.where_from(here)
        assert sum(map(int, re.findall(r"\((\d+)\)", text))) == len(here)
        assert f"Of the {len(here)}, {here['selected_on_outcome'].sum()} " in text


def test_roles_outside_the_conduct_regulations_are_said_to_be():
    assert "Conduct" not in wording.not_cause(Question.of())
    assert "Police staff are not under the Police (Conduct)" in wording.not_cause(
        Question.of(roles=["police_staff", "police_officer"])
    )


def test_unknown_outcomes_are_counted_and_bounded(hearings):
    """21 regular officers with an unknown outcome: 268 of 331 at the least, 289 of 331 at the most."""
    question = Question.of()
    text = plain(
        wording.unknown_outcomes(estimates.sanction_rates(analysis.select(hearings), by="role"), question)
    )
    assert "no special constables and 21 regular officers" in text
    assert "between 81 and 87 % for regular officers" in text
    nobody = analysis.select(hearings, question.but(forces=["ministry-of-defence"]))
    assert wording.unknown_outcomes(estimates.sanction_rates(nobody, by="role"), question).startswith(
        "No case"
    )


def test_the_answer_is_said_to_depend_on_the_denominator(hearings):
    """Counted by hand from hearings.csv: with any misconduct proven 38 of 42 and 269 of 351."""
    question = Question.of()
    again = estimates.headline_by_denominator(hearings, question)
    text = plain(wording.denominators(again, question))
    assert "38 of 42 special constables (90 %) and 269 of 351 regular officers (77 %)" in text
    assert "larger than chance" in text and "gross misconduct was found, 38 of 41" not in text
    everyone = estimates.sanction_rates(
        analysis.select(hearings, question.but(denominator="all_concluded")), by="finding"
    )
    said = plain(wording.finding_not_stated(everyone, question))
    assert said.startswith("256 cases") and "164 of them" in said


def test_one_person_is_not_a_percentage_nor_a_plural(hearings):
    question = Question.of()
    funnel = estimates.force_funnel(analysis.select(hearings, question))
    said = {}
    for force in ("South Wales", "City of London", "Surrey"):
        cohort = analysis.select(hearings, question.but(forces=[force]))
        said[force] = wording.force_rate(estimates.sanction_rates(cohort), funnel, question)
    assert (
        "The one person" in said["South Wales"] and "was dismissed or would have been" in said["South Wales"]
    )
    assert "was not, and would not have been, dismissed" in said["City of London"]
    assert "Of 2 people" in said["Surrey"] and ", all were dismissed" in said["Surrey"]

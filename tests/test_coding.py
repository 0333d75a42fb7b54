"""Coding a notice: the hard sentences one by one, properties that hold of any text, and the invented notices as a whole."""

import datetime as dt
import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import schema
from analysis.coding import code_notice, to_html, to_json, to_rows
from analysis.coding.evaluate import evaluate, read_gold
from analysis.coding.files import decode
from analysis.coding.lexicon import lexicon, table
from analysis.coding.result import FIELDS
from analysis.errors import StudyError

NOTICES = Path(__file__).parent / "notices"
TEXTS = sorted(NOTICES.glob("*.txt"))
COLUMNS = {column.name: column for column in schema.columns("hearings")}


def rows(text, **known):
    return to_rows(code_notice(text, **known))


def one(text, **known):
    [row] = rows(text, **known)
    return row


def words(text, case, field):
    return [text[span.start : span.end] for span in case.fields[field].spans]


# ------------------------------------------------------------------------------------------------ outcome


@pytest.mark.parametrize(
    ("sentence", "outcome"),
    [
        (
            "The panel found that PC A would have been dismissed had he not resigned.",
            "would_have_been_dismissed",
        ),
        (
            "PC A would have been dismissed had he still been serving, the panel ruled.",
            "would_have_been_dismissed",
        ),
        (
            "The chair said PC A would have been sacked if he had not already left.",
            "would_have_been_dismissed",
        ),
        (
            "Had she not retired in May, PC A would, the panel said, have been dismissed.",
            "would_have_been_dismissed",
        ),
        ("PC A was dismissed without notice by the misconduct panel.", "dismissed"),
        ("The panel dismissed PC A with immediate effect.", "dismissed"),
        ("A misconduct panel ordered her dismissal without notice. PC A did not attend.", "dismissed"),
        (
            "PC A was not dismissed but was given a final written warning by the panel.",
            "final_written_warning",
        ),
        ("Rather than dismissing PC A, the panel imposed a final written warning.", "final_written_warning"),
        (
            "The panel directed that the final written warning of PC A be extended by 18 months.",
            "final_written_warning",
        ),
        ("PC A was reduced in rank to constable by the misconduct panel.", "reduction_in_rank"),
        ("PC A received management advice at a misconduct meeting.", "management_advice"),
        ("The misconduct panel decided to take no further action against PC A.", "no_action"),
        ("PC A was required to resign after a misconduct hearing.", "other"),
        ("PC A was referred to the reflective practice review process by the panel.", "reflective_practice"),
    ],
)
def test_an_outcome_is_what_was_imposed(sentence, outcome):
    assert one(sentence)["outcome"] == outcome


@pytest.mark.parametrize(
    "sentence",
    [
        "PC A faces dismissal when a misconduct panel meets next month.",
        "PC A could be dismissed if the allegations are proven at a misconduct hearing.",
        "A misconduct hearing for PC A will be held on 3 June.",
        "If the officer is found to have committed gross misconduct he may be dismissed without notice.",
        "The available outcomes are:\n\n• Dismissal without notice\n• Final written warning\n• Written warning",
        "Chief constables want more power to sack officers who commit gross misconduct.",
        "PC A was put on the barred list.",
        "The officer appealed to the Police Appeals Tribunal. His appeal was dismissed.",
        "Figures show that 40 officers were dismissed for gross misconduct last year.",
        "PC A was jailed for three years at Durham Crown Court, where a charge of theft was dismissed.",
    ],
)
def test_what_was_not_imposed_is_no_outcome(sentence):
    assert [row["outcome"] for row in rows(sentence) if row["outcome"]] == []


def test_an_earlier_warning_is_not_the_outcome():
    text = "PC A had previously received a final written warning. The panel dismissed him without notice."
    assert one(text)["outcome"] == "dismissed"


def test_the_panels_sanction_not_the_courts():
    text = (
        "PC A was given a suspended sentence at Leeds Crown Court for assault. A misconduct panel found gross misconduct "
        "and gave him a final written warning."
    )
    row = one(text)
    assert (row["outcome"], row["conviction"]) == ("final_written_warning", "yes")


def test_the_panels_outcome_before_an_appeal():
    text = (
        "A PC who was dismissed by a misconduct panel in 2019 has lost his appeal.\n\nThe Police Appeals Tribunal dismissed "
        "the appeal on Monday and said that a final written warning would have been wrong."
    )
    assert one(text)["outcome"] == "dismissed"


def test_dismissed_allegations_are_a_finding():
    row = one("A misconduct panel dismissed the allegations against PC A of Kent Police.")
    assert (row["finding"], row["outcome"]) == ("not_proven", "")
    assert (
        one("Allegations that PC A lied were dismissed by the misconduct panel.")["finding"] == "not_proven"
    )


# ------------------------------------------------------------------------------------------------ finding


@pytest.mark.parametrize(
    ("sentence", "finding"),
    [
        ("The panel found it amounted to gross misconduct and PC A was dismissed.", "gross_misconduct"),
        ("PC A was cleared of gross misconduct but found to have committed misconduct.", "misconduct"),
        ("The panel ruled that PC A had committed misconduct, not gross misconduct.", "misconduct"),
        (
            "The panel found one breach proven as misconduct and one as gross misconduct against PC A.",
            "gross_misconduct",
        ),
        ("The misconduct panel decided that PC A had no case to answer.", "not_proven"),
        ("The allegations against PC A were found not proven by the panel.", "not_proven"),
        ("PC A's conduct was neither gross misconduct nor misconduct, the panel decided.", "not_proven"),
        (
            "At a gross misconduct hearing PC A was given a written warning for misconduct that was proven.",
            "misconduct",
        ),
    ],
)
def test_the_highest_level_that_was_proven(sentence, finding):
    assert one(sentence)["finding"] == finding


@pytest.mark.parametrize(
    "sentence",
    [
        "PC A was dismissed after a gross misconduct hearing.",
        "PC A denied gross misconduct. He was given a written warning by the panel.",
        "The IOPC found that PC A had a case to answer for gross misconduct. He was dismissed by a panel.",
        "It was alleged that his conduct amounted to gross misconduct. PC A was dismissed by the panel.",
        "PC A was convicted of misconduct in public office and was dismissed at a hearing.",
    ],
)
def test_a_name_or_an_allegation_is_no_finding(sentence):
    assert one(sentence)["finding"] == ""


def test_one_unproven_allegation_does_not_undo_a_proven_one():
    text = "The panel found that PC A committed gross misconduct. A second allegation was not proven. He was dismissed."
    assert one(text)["finding"] == "gross_misconduct"


# ------------------------------------------------------------------------------------------------ breaches


def test_only_what_was_found_is_breached():
    text = (
        "PC A was accused of breaching the standards of Honesty and Integrity and of Use of Force, but the panel found only "
        "the breach of Use of Force proven. It was misconduct. He was given a written warning."
    )
    assert one(text)["breaches"] == "use_of_force"


def test_a_list_under_its_label():
    text = (
        "Officer: Former PC W\nPanel: Chief Superintendent, Mr X\nStandards breached:\n• Honesty and Integrity\n"
        "• Duties and Responsibilities\n\nFinding: Gross misconduct\nOutcome: Would have been dismissed\n"
    )
    row = one(text)
    assert row["breaches"] == "duties_and_responsibilities;honesty_and_integrity"
    assert (row["rank"], row["status"], row["finding"]) == ("constable", "former", "gross_misconduct")
    assert row["as_alleged"] == "no"


def test_breaches_only_alleged_are_marked():
    text = (
        "It was alleged that PC A breached the standard of Confidentiality. The allegations were heard by a panel, which "
        "dismissed him without notice."
    )
    row = one(text)
    assert (row["breaches"], row["as_alleged"]) == ("confidentiality", "yes")


def test_nothing_is_breached_where_nothing_was_proven():
    text = "PC A was accused of a breach of Honesty and Integrity. The misconduct panel found the allegation not proven."
    assert one(text)["breaches"] == ""


def test_a_chief_officers_remarks_are_no_breach():
    text = (
        "PC A was dismissed by a misconduct panel. The Chief Constable said: “The public expect the highest standards of "
        "honesty and integrity.”"
    )
    assert one(text)["breaches"] == ""


# ------------------------------------------------------------------------------------------------ who


@pytest.mark.parametrize(
    ("sentence", "role", "rank"),
    [
        (
            "Special Constable A was dismissed at a special case hearing.",
            "special_constable",
            "special_constable",
        ),
        ("A police constable was dismissed at a special case hearing.", "police_officer", "constable"),
        ("Special Sergeant B was dismissed by a misconduct panel.", "special_constable", "special_sergeant"),
        ("SC D was dismissed by a misconduct panel.", "special_constable", "special_constable"),
        ("DC A was dismissed by a misconduct panel.", "police_officer", "constable"),
        ("PS A was dismissed by a misconduct panel.", "police_officer", "sergeant"),
        (
            "Former Detective Inspector A would have been dismissed, a panel ruled.",
            "police_officer",
            "inspector",
        ),
        ("An ex-PC would have been dismissed, a misconduct panel ruled.", "police_officer", "constable"),
        ("A PCSO was dismissed after a misconduct hearing.", "pcso", ""),
        ("A member of police staff was dismissed after a misconduct hearing.", "police_staff", ""),
        ("A call handler was dismissed after a misconduct hearing.", "police_staff", ""),
        ("A police officer was dismissed after a misconduct hearing.", "police_officer", ""),
    ],
)
def test_role_and_rank(sentence, role, rank):
    row = one(sentence)
    assert (row["role"], row["rank"]) == (role, rank)


def test_chairs_speakers_and_witnesses_are_not_the_officer():
    text = (
        "Officer: Police Constable T\nPanel: Superintendent Y, Ms Z (legally qualified chair)\nOutcome: Written warning\n\n"
        "Inspector B gave evidence. Chief Constable C said the force accepted the misconduct panel's finding of misconduct."
    )
    row = one(text)
    assert (row["rank"], row["outcome"], row["finding"]) == ("constable", "written_warning", "misconduct")


def test_the_victim_is_not_the_subject():
    text = "A sergeant who harassed a special constable was dismissed without notice by a misconduct panel."
    row = one(text)
    assert (row["role"], row["rank"]) == ("police_officer", "sergeant")


def test_several_officers_with_different_outcomes():
    text = (
        "PC A was dismissed without notice. Former PC B would have been dismissed had he not resigned. Sergeant C was given a "
        "final written warning. The panel found gross misconduct in all three cases."
    )
    found = [(row["rank"], row["status"], row["outcome"]) for row in rows(text)]
    assert found == [
        ("constable", "serving", "dismissed"),
        ("constable", "former", "would_have_been_dismissed"),
        ("sergeant", "serving", "final_written_warning"),
    ]


def test_people_who_are_only_counted():
    found = rows(
        "Three special constables of Essex Police were dismissed without notice by a misconduct panel."
    )
    assert [(row["role"], row["outcome"]) for row in found] == [("special_constable", "dismissed")] * 3


def test_people_counted_and_named_are_not_counted_twice():
    text = "Two officers have been dismissed.\n\nPC A and PC B were dismissed without notice by a misconduct panel."
    assert len(rows(text)) == 2


def test_a_list_is_coded_entry_by_entry():
    text = (
        "Essex Police\n\n1. A police constable attended a misconduct hearing. Dismissed without notice.\n\n"
        "2. A special constable attended a misconduct meeting. Written warning.\n"
    )
    found = [(row["force"], row["role"], row["proceeding"], row["outcome"]) for row in rows(text)]
    assert found == [
        ("Essex", "police_officer", "misconduct_hearing", "dismissed"),
        ("Essex", "special_constable", "misconduct_meeting", "written_warning"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "PCs A and B were given final written warnings; SC C was dismissed by the panel.",
            ["dismissed", *["final_written_warning"] * 2],
        ),
        ("PC A, PC B and Sgt C were dismissed without notice by a misconduct panel.", ["dismissed"] * 3),
        ("A PCSO and a special constable were each dismissed after misconduct hearings.", ["dismissed"] * 2),
        (
            "PC A was dismissed by a panel. PC B, who resigned in May, would have been.",
            ["dismissed", "would_have_been_dismissed"],
        ),
        (
            "PC A, who was given a written warning in 2018, was dismissed by a misconduct panel.",
            ["dismissed"],
        ),
        (
            "Four officers faced a panel. Two were dismissed, one received a final written warning.",
            ["dismissed", "dismissed", "final_written_warning"],
        ),
        (
            "Officer A\nOutcome: Dismissed\n\nOfficer B\nOutcome: Written warning\n",
            ["dismissed", "written_warning"],
        ),
    ],
)
def test_how_many_there_are(text, found):
    assert sorted(row["outcome"] for row in rows(text)) == sorted(found)


@pytest.mark.parametrize(
    "text",
    [
        "The judge dismissed the claim that police had acted unlawfully.",
        "PC A was found guilty of misconduct in a public office at Leeds Crown Court and was jailed.",
        "A prison officer has been dismissed after a disciplinary hearing found gross misconduct.",
        "Teacher struck off. The panel of the Teaching Regulation Agency found him guilty of misconduct.",
        "A misconduct panel dismissed an application to hear the case of PC A in private. It will sit again in June.",
        "If the panel decides that the allegations are proved, punishment can range from a written warning to the officer being sacked.",
        "A gross misconduct hearing has been told that PC A groped a colleague. The hearing continues.",
        "An officer fired two shots. The IOPC found no case to answer.",
        "The council says an enforcement officer was sacked for gross misconduct.",
    ],
)
def test_what_is_not_a_concluded_case(text):
    assert rows(text) == []


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (
            "The officer had been dismissed from the Army before he joined. A misconduct panel gave him a final written warning.",
            "final_written_warning",
        ),
        ("PC A fired a Taser at a man. A misconduct panel gave him a written warning.", "written_warning"),
        (
            "PC A dismissed the woman's concerns. He was given management advice at a misconduct meeting.",
            "management_advice",
        ),
        (
            "The paramedic and the nurse were dismissed. PC A was given a written warning at a misconduct meeting.",
            "written_warning",
        ),
    ],
)
def test_somebody_elses_dismissal_is_not_the_officers(text, outcome):
    assert [row["outcome"] for row in rows(text)] == [outcome]


# ------------------------------------------------------------------------------------------------ the other fields


@pytest.mark.parametrize(
    ("when", "date"),
    [
        ("at a misconduct hearing today", "2024-05-17"),
        ("at a misconduct hearing yesterday", "2024-05-16"),
        ("at a misconduct hearing on Wednesday", "2024-05-15"),
        ("at a misconduct hearing on Wednesday 15 May", "2024-05-15"),
        ("at a misconduct hearing on 28 November", "2023-11-28"),
        ("at a misconduct hearing held from 7th to 9th May 2024", "2024-05-09"),
        ("at a misconduct hearing on May 3, 2024", "2024-05-03"),
        ("at a misconduct hearing in March", "2024-03"),
        ("at a misconduct hearing last month", "2024-04"),
        ("at a misconduct hearing on 03/05/2024", "2024-05-03"),
    ],
)
def test_dates_are_worked_out_from_the_day_of_publication(when, date):
    assert one(f"PC A was dismissed {when}.", published="2024-05-17")["hearing_date"] == date


def test_the_last_day_of_the_hearing_not_the_day_of_the_conduct():
    text = (
        "PC A was dismissed. It was alleged that on 3 March 2021 he hit a man. He was convicted at Leeds Crown Court on 9 May "
        "2022. The misconduct hearing concluded on 14 June 2023."
    )
    assert one(text)["hearing_date"] == "2023-06-14"


def test_without_a_day_of_publication_a_relative_date_is_left_open():
    assert one("PC A was dismissed at a misconduct hearing on Wednesday.")["hearing_date"] == ""


def test_the_page_may_state_its_own_day_of_publication():
    assert (
        one("Published: 17 May 2024\n\nPC A was dismissed at a hearing yesterday.")["hearing_date"]
        == "2024-05-16"
    )


def test_the_force_is_not_that_of_the_chair():
    text = "A Kent Police constable was dismissed at a hearing chaired by Chief Constable X, of Essex Police."
    assert one(text)["force"] == "Kent"


def test_a_force_that_is_given_stands():
    assert one("PC A was dismissed by a misconduct panel.", force="TVP")["force"] == "Thames Valley"
    with pytest.raises(StudyError, match="no force"):
        code_notice("PC A was dismissed.", force="Narnia")


@pytest.mark.parametrize(
    ("sentence", "proceeding"),
    [
        ("PC A was dismissed at an accelerated misconduct hearing.", "accelerated_hearing"),
        ("PC A was dismissed at a special case hearing.", "accelerated_hearing"),
        ("PC A was dismissed at a fast-track hearing.", "accelerated_hearing"),
        ("PC A was dismissed at a misconduct hearing.", "misconduct_hearing"),
        ("PC A was given a written warning at a misconduct meeting.", "misconduct_meeting"),
    ],
)
def test_proceedings(sentence, proceeding):
    assert one(sentence)["proceeding"] == proceeding


@pytest.mark.parametrize(
    ("sentence", "admitted"),
    [
        ("He admitted all the allegations.", "full"),
        ("He denied the allegations.", "denied"),
        ("He admitted misconduct but denied gross misconduct.", "partial"),
        ("He pleaded guilty to theft at Derby Magistrates' Court.", ""),
    ],
)
def test_admissions(sentence, admitted):
    assert one(f"PC A was dismissed by a misconduct panel. {sentence}")["admitted"] == admitted


def test_private_and_in_public():
    assert one("PC A, who was granted anonymity, was dismissed by a misconduct panel.")["private"] == "yes"
    assert one("PC A was dismissed after a public misconduct hearing.")["private"] == "no"


def test_a_victims_attackers_conviction_is_not_the_officers():
    text = (
        "PC A was given a written warning by a misconduct panel. The man he hit was later convicted of theft."
    )
    assert one(text)["conviction"] == ""


# ------------------------------------------------------------------------------------------------ any text


_PIECES = st.sampled_from(
    [
        "PC A", "Special Constable B", "Former Sgt C", "the officer", "He", "they", "two officers", "Three PCs", "one",
        "was dismissed", "would have been dismissed", "a final written warning", "gross misconduct", "was found", "not proven",
        "the panel", "Chief Constable X said", "breached", "honesty and integrity", "use of force", "on Wednesday", "today",
        "31/02/2023", "on 29 February", "5 May 2024", "Kent Police", ". ", ", ", "; ", "\n", "\n\n", "• ", "1. ", "Outcome: ",
        "Standards breached:\n", "“", "”", '"', "and", "but", "had he not resigned", "\t", "\u00a0", "\u200b", "\U0001f694",
    ]
)  # fmt: skip
_ANY = st.one_of(st.text(max_size=300), st.lists(_PIECES, max_size=40).map(" ".join))


@settings(max_examples=150, deadline=None)
@given(text=_ANY, published=st.none() | st.dates(dt.date(2010, 1, 1), dt.date(2026, 1, 1)))
def test_any_text_is_coded_without_error_and_within_the_code_lists(text, published):
    cases = code_notice(text, published=published)
    assert code_notice(text, published=published) == cases
    for case in cases:
        assert case.value("finding") or case.value("outcome")
        for name, coded in case.fields.items():
            assert 0 < coded.confidence <= 1
            assert COLUMNS[name].faults(coded.value) == (), (name, coded.value)
            for span in coded.spans:
                assert 0 <= span.start < span.end <= len(text)
    assert "".join(re.findall(r"<html|</html>", to_html(text, cases))) == "<html</html>"
    json.loads(to_json(cases, text))


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.stem)
def test_every_row_can_stand_in_the_data(path):
    """Each rule that ties columns together holds of what is proposed."""
    import pandas as pd

    found = rows(path.read_text(encoding="utf-8"), published="2024-06-01")
    if found:
        frame = pd.DataFrame(found)
        for rule in schema.RULES:
            assert not rule.broken(frame).any(), rule.name


def test_spans_are_words_of_the_rules_and_no_names():
    text = "PC Quentin Marmaduke-Smythe of Kent Police was, the panel found, guilty of gross misconduct and was dismissed."
    [case] = code_notice(text)
    marked = " ".join(word for field in case.fields for word in words(text, case, field))
    assert "Quentin" not in marked and "Smythe" not in marked
    assert "Quentin" not in to_json([case], text)
    assert words(text, case, "role") == ["PC"]
    assert "guilty of gross misconduct" in " ".join(words(text, case, "finding"))


def test_spans_of_a_list_point_into_the_whole_text():
    text = (
        "Essex Police\n\n1. A police constable attended a misconduct hearing. Dismissed without notice.\n\n"
        "2. A special constable of Kent Police attended a misconduct meeting. Written warning.\n"
    )
    first, second = code_notice(text)
    assert words(text, first, "outcome") == ["Dismissed without notice"]
    assert words(text, first, "force") == ["Essex Police"]
    assert words(text, second, "outcome") == ["Written warning"]
    assert words(text, second, "force") == ["Kent Police"]


@pytest.mark.parametrize(
    "text",
    [
        ", ".join(map(str, range(2000))),
        "\n" * 9000,
        "May " * 2000,
        "Outcome: " * 1500,
        "• PC A dismissed\n" * 200,
    ],
)
def test_an_odd_text_does_not_take_long(text):
    began = time.process_time()
    code_notice(text, published="2024-05-17")
    assert time.process_time() - began < 2


def test_a_notice_takes_a_few_hundredths_of_a_second():
    texts = [path.read_text(encoding="utf-8") for path in TEXTS]
    code_notice(texts[0])
    began = time.process_time()
    for text in texts:
        code_notice(text, published="2024-06-01")
    assert (time.process_time() - began) / len(texts) < 0.05


# ------------------------------------------------------------------------------------------------ the rules as data


def test_every_rule_names_codes_of_its_list():
    lists = {
        "outcomes": "outcome",
        "findings": "finding",
        "standards": "breaches",
        "conduct": "conduct",
        "proceedings": "proceeding",
    }
    for name, column in lists.items():
        for rule in table(name)["rule"]:
            assert rule["code"] in COLUMNS[column].allowed, (name, rule["code"])
    for rule in table("circumstances")["rule"]:
        assert rule["code"] in COLUMNS[rule["field"]].allowed
    for head in table("people")["head"]:
        assert head.get("role") is None or head["role"] in COLUMNS["role"].allowed
        assert head.get("rank") is None or head["rank"] in COLUMNS["rank"].allowed


def test_a_phrase_with_alternatives_options_and_a_gap():
    from analysis.coding.lexicon import Lexicon, Rule, tokenise

    found = Lexicon([(Rule("x"), ["cat|dog ran? ~2 home"])])

    def hits(text):
        doc = tokenise(text)
        return [[doc[i].text for i in hit.words] for hit in found.find(doc)]

    assert hits("The DOG ran all the way home") == []
    assert hits("The DOG ran straight home") == [["DOG", "ran", "home"]]
    assert hits("a cat went home") == [["cat", "home"]]
    assert hits("a cat. Then home") == []


def test_the_rules_compile_once():
    assert lexicon("outcomes") is lexicon("outcomes")


# ------------------------------------------------------------------------------------------------ invented notices


@pytest.fixture(scope="module")
def measured():
    return evaluate(read_gold(NOTICES / "gold.csv"), NOTICES)


@pytest.mark.parametrize("field", ["outcome", "role", "finding"])
def test_the_invented_notices_are_coded_as_by_hand(measured, field):
    row = measured.fields.set_index("field").loc[field]
    assert row["precision"] >= 0.97
    assert row["coverage"] >= 0.85


def test_the_breaches_of_the_invented_notices(measured):
    assert measured.fields.set_index("field").loc["breaches", "f1"] >= 0.93


def test_every_person_of_the_invented_notices_is_found_and_few_others(measured):
    assert measured.matched >= 0.95 * measured.rows
    assert measured.coded - measured.matched <= 0.03 * measured.rows


# ------------------------------------------------------------------------------------------------ evaluating


def gold(tmp_path, *lines):
    head = ",".join(("text", "published", *FIELDS))
    path = tmp_path / "gold.csv"
    path.write_text("\n".join([head, *lines]) + "\n")
    return read_gold(path)


def line(text, **values):
    return ",".join([text, "", *(values.get(field, "") for field in FIELDS)])


def test_rows_of_one_text_are_paired_so_that_they_agree_most(tmp_path):
    (tmp_path / "a.txt").write_text(
        "PC A was dismissed. Sergeant B was given a written warning by the misconduct panel."
    )
    hand = [
        line("a.txt", role="police_officer", rank="sergeant", outcome="written_warning"),
        line("a.txt", role="police_officer", rank="constable", outcome="dismissed"),
    ]
    for order in (hand, hand[::-1]):
        done = evaluate(gold(tmp_path, *order), tmp_path)
        assert done.fields.set_index("field").loc["outcome", "correct"] == 2
        assert done.matched == 2


def test_a_row_too_many_counts_against_precision_and_one_too_few_against_recall(tmp_path):
    (tmp_path / "a.txt").write_text(
        "PC A was dismissed. Sergeant B was given a written warning by the misconduct panel."
    )
    (tmp_path / "b.txt").write_text("Nothing happened.")
    done = evaluate(
        gold(
            tmp_path,
            line("a.txt", role="police_officer", rank="constable", outcome="dismissed"),
            line("b.txt", role="pcso", outcome="dismissed"),
        ),
        tmp_path,
    )
    row = done.fields.set_index("field").loc["outcome"]
    assert (row["gold"], row["filled"], row["correct"], row["spurious"]) == (2, 2, 1, 1)
    assert (row["precision"], row["recall"]) == (0.5, 0.5)
    assert done.confusion.loc["dismissed", "(none)"] == 1
    assert done.confusion.loc["(none)", "written_warning"] == 1


def test_a_text_with_no_case_is_a_row_with_nothing_filled(tmp_path):
    (tmp_path / "a.txt").write_text("A hearing will be held in June.")
    done = evaluate(gold(tmp_path, line("a.txt")), tmp_path)
    assert (done.texts, done.rows, done.coded) == (1, 0, 0)


def test_pairing_of_many_rows_is_as_good_as_trying_them_all():
    from itertools import permutations

    from analysis.coding.evaluate import _agreement, _greedy, _pair

    blank = dict.fromkeys(FIELDS, "")
    hand = [
        {**blank, "outcome": o, "role": r}
        for o, r in [("dismissed", "pcso"), ("other", "pcso"), ("dismissed", "police_staff")]
    ]
    own = [
        {**blank, "outcome": o, "role": r}
        for o, r in [("dismissed", "police_staff"), ("dismissed", "pcso"), ("other", "pcso")]
    ]

    def total(pairs):
        return sum(_agreement(a, b) for a, b in pairs if a and b)

    best = max(
        sum(_agreement(h, own[j]) for h, j in zip(hand, order, strict=True))
        for order in permutations(range(3))
    )
    assert total(_pair(hand, own)) == best
    assert total(_greedy(hand, own)) == best


def test_a_gold_file_without_a_column_is_refused(tmp_path):
    path = tmp_path / "gold.csv"
    path.write_text("text,outcome\na.txt,dismissed\n")
    with pytest.raises(StudyError, match="finding"):
        read_gold(path)
    with pytest.raises(StudyError, match="no such file"):
        read_gold(tmp_path / "none.csv")


def test_a_text_that_is_missing_is_named(tmp_path):
    with pytest.raises(StudyError, match="gone.txt"):
        evaluate(gold(tmp_path, line("gone.txt", outcome="dismissed")), tmp_path)


# ------------------------------------------------------------------------------------------------ files and pages


def test_files_in_old_encodings_and_saved_pages():
    assert decode("A “note” – £5".encode("cp1252"), "x") == "A “note” – £5"
    assert decode("A note".encode("utf-16"), "x") == "A note"
    assert decode(b"\xef\xbb\xbfA note", "x") == "A note"
    page = (
        b"<html><nav>Home</nav><h1>Outcome</h1><p>PC A was <b>dismissed</b>.</p><script>x()</script></html>"
    )
    assert decode(page, "x", page=True).split() == ["Outcome", "PC", "A", "was", "dismissed."]
    with pytest.raises(StudyError, match="not a text file"):
        decode(b"%PDF-1.7", "x.pdf")


def test_the_page_marks_the_words_without_changing_the_text():
    text = "PC A <Kent Police> was dismissed without notice & found guilty of gross misconduct."
    cases = code_notice(text)
    page = to_html(text, cases)
    body = re.search(r'<div class="coded-text">(.*?)</div>', page, re.DOTALL)[1]
    without = re.sub(r"<sub>.*?</sub>", "", body, flags=re.DOTALL)
    import html

    assert html.unescape(re.sub(r"<[^>]+>", "", without)).strip() == text
    assert "http" not in page and "<script" not in page
    assert re.search(r'<mark class="f-outcome"[^>]*>[^<]*dismissed', page)
    assert 'lang="en-GB"' in page and "<caption>Case 1" in page

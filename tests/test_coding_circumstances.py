"""What was done, admitted, punished by a court, heard in private and when: one invented sentence for each way of telling."""

import pytest

from analysis.coding import code_notice, to_rows

DISMISSED = "PC A of Kent Police was dismissed by a misconduct panel."


def rows(text, **known):
    return to_rows(code_notice(text, **known))


def one(text, **known):
    [row] = rows(text, **known)
    return row


def conduct(sentence):
    return one(f"{DISMISSED} {sentence}")["conduct"]


# ------------------------------------------------------------------------------------------------------- conduct


@pytest.mark.parametrize(
    ("sentence", "codes"),
    [
        ("He had punched a handcuffed man in a cell.", "violence"),
        ("He lied to his sergeant about where he had been.", "dishonesty"),
        ("It was alleged that he had looked up his former partner on the force's systems.", "data_misuse"),
        ("He had sent racist messages to a WhatsApp group.", "discriminatory;online_messages"),
        ("She had failed to investigate eleven reports.", "neglect_of_duty"),
        ("He tested positive for cocaine.", "drink_or_drugs"),
        ("He stole cash from a locker.", "theft_or_fraud"),
        ("He had bullied two trainees.", "harassment"),
        ("He assaulted his wife at their home.", "domestic_abuse"),
        ("He went to a party in breach of lockdown rules.", "covid_rules"),
        ("He swore at a member of the public.", "other"),
    ],
)
def test_what_was_done(sentence, codes):
    assert conduct(sentence) == codes


@pytest.mark.parametrize(
    ("sentence", "not_his"),
    [
        ("He had lied to the victim of a burglary.", "theft_or_fraud"),
        ("He had lied about a man who had kicked a door.", "violence"),
        ("He had lied about his call to a drunken man.", "drink_or_drugs"),
        ("He had lied to a fraud victim.", "theft_or_fraud"),
        ("He had lied about a report of stalking.", "harassment"),
    ],
)
def test_what_others_did_or_reported_is_not_what_was_done(sentence, not_his):
    codes = conduct(sentence).split(";")
    assert "dishonesty" in codes
    assert not_his not in codes


def test_not_coming_to_the_hearing_is_no_neglect():
    assert conduct("He had punched a man in the face. He did not attend the hearing.") == "violence"


def test_pages_to_visit_online_are_no_messages():
    assert conduct("He had punched a man in the face. Follow us on Facebook or watch online.") == "violence"


@pytest.mark.parametrize(
    ("standard", "code"),
    [
        ("Confidentiality", "data_misuse"),
        ("Equality and Diversity", "discriminatory"),
        ("Use of Force", "violence"),
        ("Honesty and Integrity", "dishonesty"),
        ("Duties and Responsibilities", "neglect_of_duty"),
    ],
)
def test_a_standard_stands_for_what_was_done(standard, code):
    text = f"{DISMISSED} The panel found that he had breached the standard of {standard}."
    assert one(text)["conduct"] == code


def test_a_standard_says_nothing_of_its_own_beside_what_explains_it():
    text = f"{DISMISSED} He stole cash from a locker. He was found to have breached the standard of Honesty and Integrity."
    assert one(text)["conduct"] == "theft_or_fraud"


def test_a_standard_that_failed_says_nothing_beside_one_that_was_found():
    text = (
        "PC A of Kent Police was given a written warning by a misconduct panel, which found that he breached the standard "
        "of use of force. An allegation that he breached the standard of honesty and integrity was not proven."
    )
    assert one(text)["conduct"] == "violence"


def test_drink_in_the_background_is_not_coded_beside_what_was_done():
    text = f"{DISMISSED} He had groped a colleague at a party where people had been drinking wine."
    assert one(text)["conduct"] == "sexual"


def test_nothing_is_coded_where_nothing_is_told():
    assert one(DISMISSED)["conduct"] == ""


# ------------------------------------------------------------------------------------------------------ admissions


@pytest.mark.parametrize(
    ("sentence", "admitted"),
    [
        ("He admitted taking the money.", "full"),
        ("He had admitted all of it from the beginning.", "full"),
        ("He admitted the lot.", "full"),
        ("He contested nothing at the hearing.", "full"),
        ("He admitted sending the texts, but insisted that they were a joke.", "partial"),
        ("He accepted that he had sent the image. He denied the rest.", "partial"),
        ("He maintained that the blow was lawful.", "denied"),
        ("She did not accept that she had lied.", "denied"),
        ("The panel accepted that he had been tired.", ""),
        ("It accepted that he was sorry.", ""),
        ("He admitted misconduct in public office.", ""),
        ("He accepted that he was there, but he was tired.", ""),
        ("He accepted that he had been there. He denied all the allegations.", ""),
    ],
)
def test_who_admits_what(sentence, admitted):
    assert one(f"{DISMISSED} {sentence}")["admitted"] == admitted


# ----------------------------------------------------------------------------------------- convictions and privacy


@pytest.mark.parametrize(
    ("sentence", "conviction"),
    [
        ("Magistrates banned him from the road for a year.", "yes"),
        ("A caution was issued for theft.", "yes"),
        ("He entered guilty pleas at the crown court.", "yes"),
        ("He was given a suspended prison sentence.", "yes"),
        ("The man whom he met was jailed for two years.", ""),
        ("He was interviewed under caution.", ""),
        ("There was no realistic prospect of conviction.", ""),
        ("He was acquitted by a jury.", ""),
    ],
)
def test_whose_conviction_it_is(sentence, conviction):
    assert one(f"{DISMISSED} {sentence}")["conviction"] == conviction


@pytest.mark.parametrize(
    ("sentence", "private"),
    [
        ("The hearing was held behind closed doors.", "yes"),
        ("The officer can only be identified as PC A.", "yes"),
        ("The chair excluded press and public from the hearing.", "yes"),
        ("The woman at the hearing, who cannot be named, wept.", ""),
        ("Misconduct meetings are held in private.", ""),
        ("Racing returns behind closed doors on Sunday.", ""),
    ],
)
def test_whose_privacy_it_is(sentence, private):
    assert one(f"{DISMISSED} {sentence}")["private"] == private


# ---------------------------------------------------------------------------------------------------------- status


@pytest.mark.parametrize(
    "sentence",
    [
        "The chair, a retired judge, told him that he was lucky.",
        "The panel retired for an hour.",
        "He had driven into a retired teacher.",
    ],
)
def test_who_retired(sentence):
    assert one(f"PC A was given a written warning by a misconduct panel. {sentence}")["status"] == "serving"


# ----------------------------------------------------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("sentence", "date"),
    [
        ("The hearing took place between 6 and 10 May and again on 16 May.", "2024-05-16"),
        ("He had a case to answer and there was a hearing which ended on 3 May.", "2024-05-03"),
        ("He was warned at a misconduct hearing conducted by a chief officer on 2 and 3 May.", "2024-05-03"),
        ("Between 2 and 3 May a panel heard the case.", "2024-05-03"),
        ("On 3 May he was called to a misconduct hearing.", "2024-05-03"),
        ("The hearing came to an end on 3 May.", "2024-05-03"),
        ("Magistrates fined him at a hearing on 3 May.", ""),
        ("A second hearing had not ended by 3 May.", ""),
    ],
)
def test_the_day_of_the_hearing(sentence, date):
    row = one(
        f"PC A was given a written warning for misconduct by a panel. {sentence}", published="2024-05-20"
    )
    assert row["hearing_date"] == date


def test_the_day_of_those_heard_together_goes_for_each():
    found = rows(
        "PC A of Kent Police was dismissed after a misconduct hearing which ended on 3 May 2024. PC B was given a final "
        "written warning.",
        published="2024-05-20",
    )
    assert [row["hearing_date"] for row in found] == ["2024-05-03", "2024-05-03"]

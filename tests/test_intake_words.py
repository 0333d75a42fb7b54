"""Words to codes: right where placed, and nothing that is not certain is placed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import codelists
from analysis.intake.words import NOTHING, Words, clean, says_nothing

WORDS = Words()
LISTS = {
    "outcome": "outcomes",
    "finding": "findings",
    "role": "roles",
    "rank": "ranks",
    "breaches": "standards",
    "conduct": "conduct",
    "proceeding": "proceedings",
}
WHBD, FWW = "would_have_been_dismissed", "final_written_warning"


@pytest.mark.parametrize(
    ("written", "outcome"),
    [
        ("Would Have Been Dismissed", WHBD),
        ("FWW 2 yrs", FWW),
        ("Dismissed w/o notice", "dismissed"),
        ("Resigned: would have been dismissed", WHBD),
        ("NFA", "no_action"),
        ("Final Written Warning (18 months)", FWW),
        ("5 year FWW", FWW),
        ("FWW extended", FWW),
        ("Written Warning - 12 months", "written_warning"),
        ("would have been dismissed had he still been serving", WHBD),
        ("Former officer would have been dismissed without notice", WHBD),
        ("Officer would have been dismissed if they had not resigned", WHBD),
        ("Dismissed\u00a0without\u00a0notice", "dismissed"),
        ("Dismissed*", "dismissed"),
        ("Management Action¹", "management_advice"),
        ("The officer was dismissed without notice.", "dismissed"),
        ("Would have been dismissed (resigned)", WHBD),
        ("Would have been dismissed without notice if still serving and placed on the barred list", WHBD),
        ("Dismissed without notice and added to the College of Policing Barred List", "dismissed"),
        ("Reduction in rank to PC", "reduction_in_rank"),
        ("Final written warning – 2 years", FWW),
        ("Required to resign", "other"),
        ("Practice requiring improvement", "reflective_practice"),
    ],
)
def test_outcomes_as_forces_write_them(written, outcome):
    placed = WORDS.place("outcome", written)
    assert (placed.facts.get("outcome"), placed.reason) == (outcome, "")


@pytest.mark.parametrize(
    ("written", "facts"),
    [
        (
            "Gross misconduct - dismissed",
            {"finding": "gross_misconduct", "outcome": "dismissed", "status": "serving"},
        ),
        ("Misconduct proven: written warning", {"finding": "misconduct", "outcome": "written_warning"}),
        ("No further action, not proven", {"finding": "not_proven", "outcome": "no_action"}),
        ("Case dismissed", {"finding": "not_proven"}),
        ("The allegations were dismissed", {"finding": "not_proven"}),
        ("No case to answer", {"finding": "not_proven"}),
        ("Misconduct hearing: final written warning", {"outcome": FWW}),
    ],
)
def test_a_cell_that_holds_the_finding_too(written, facts):
    assert WORDS.place("outcome", written).facts == facts


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Resigned whilst under investigation", "no outcome of proceedings"),
        ("Retired", "no outcome of proceedings"),
        ("Pending", "not concluded"),
        ("Hearing adjourned", "not concluded"),
        ("<5", "keeps back"),
        ("12", "number of cases"),
        ("Not dismissed", "did not happen"),
        ("Would not have been dismissed", "did not happen"),
        ("Dismissal overturned on appeal", "appeal"),
        ("Written Warning and Management Advice", "several outcomes"),
        ("Dismissed if still serving", "would have been"),
        ("Dismissed following resignation", "more than a known outcome"),
        ("Dismissed from role as tutor", "more than a known outcome"),
        ("Dissmissed", "no known outcome"),
        ("Final written warning or dismissed", "several outcomes"),
    ],
)
def test_what_is_not_certain_is_not_placed(written, said):
    placed = WORDS.place("outcome", written)
    assert not placed.facts and said in placed.reason


def test_a_near_word_is_suggested_and_not_applied():
    placed = WORDS.place("outcome", "Dissmissed")
    assert (placed.facts, placed.suggestion) == ({}, "dismissed")
    assert WORDS.place("rank", "Inspectr").suggestion == "inspector"
    assert WORDS.place("force", "Leicestershre").suggestion == "Leicestershire"


@pytest.mark.parametrize(
    ("written", "role", "rank"),
    [
        ("T/Sgt", "police_officer", "sergeant"),
        ("DC", "police_officer", "constable"),
        ("A/Insp", "police_officer", "inspector"),
        ("SC", "special_constable", "special_constable"),
        ("Spl Sgt", "special_constable", "special_sergeant"),
        ("Sergeant (Special Constabulary)", "special_constable", "special_sergeant"),
        ("Special Constabulary - Sergeant", "special_constable", "special_sergeant"),
        ("Acting Special Inspector", "special_constable", "special_inspector"),
        ("Special Chief Inspector", "special_constable", "special_inspector"),
        ("Constable (Special)", "special_constable", "special_constable"),
        ("T/D/Sgt", "police_officer", "sergeant"),
        ("Det. Sgt", "police_officer", "sergeant"),
        ("Ch. Supt.", "police_officer", "chief_superintendent"),
        ("PC 1234", "police_officer", "constable"),
        ("Police officer - Constable", "police_officer", "constable"),
        ("Officer", "police_officer", None),
        ("Former PC W", "police_officer", "constable"),
        ("Officer A", "police_officer", None),
        ("PCSO", "pcso", None),
        ("Member of Police Staff", "police_staff", None),
    ],
)
def test_ranks_and_roles_as_forces_write_them(written, role, rank):
    facts = WORDS.place("person", written).facts
    assert (facts.get("role"), facts.get("rank")) == (role, rank)


def test_a_former_member_is_former():
    assert WORDS.place("person", "Former PC").facts["status"] == "former"
    assert WORDS.place("person", "Ex-Special Constable").facts["status"] == "former"


@pytest.mark.parametrize("written", ["PC Jane Doe", "Doe", "PC/SC", "Constable or above"])
def test_a_rank_with_anything_beside_it_is_not_placed(written):
    assert not WORDS.place("person", written).facts


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("Hon & Int", "honesty_and_integrity"),
        ("Auth, Resp & Court; Disc Cond", "authority_respect_and_courtesy;discreditable_conduct"),
        ("Authority, Respect and Courtesy, Orders & Instructions", "authority_respect_and_courtesy;orders_and_instructions"),
        ("1. Confidentiality 2. Orders and instructions", "confidentiality;orders_and_instructions"),
        (
            "Equality and Diversity / Honesty and Integrity / Discreditable Conduct.",
            "equality_and_diversity;honesty_and_integrity;discreditable_conduct",
        ),
        ("Respect / Fairness / Use of Force", "use_of_force"),
        ("DC, H&I", "discreditable_conduct;honesty_and_integrity"),
    ],
)  # fmt: skip
def test_standards_as_forces_write_them(written, codes):
    placed = WORDS.place("breaches", written)
    assert (placed.facts.get("breaches"), placed.reason) == (codes, "")


def test_descriptions_and_denials_are_no_standards():
    assert WORDS.place("breaches", "He lied").reason and WORDS.place("breaches", "Not Confidentiality").reason
    assert WORDS.place("breaches", "Leadership / Selflessness").facts == {}


def test_a_column_of_standards_or_conduct_takes_either():
    assert WORDS.place("breaches+conduct", "Drink driving").facts == {"conduct": "drink_or_drugs"}
    assert WORDS.place("breaches+conduct", "Honesty & Integrity - theft").facts == {
        "breaches": "honesty_and_integrity",
        "conduct": "theft_or_fraud",
    }


@pytest.mark.parametrize(
    ("written", "finding"),
    [
        ("GM proven", "gross_misconduct"),
        ("Case proven at gross misconduct", "gross_misconduct"),
        ("Misconduct", "misconduct"),
        ("No misconduct", "not_proven"),
        ("Not upheld", "not_proven"),
        ("Gross misconduct not proven", None),
        ("Misconduct rather than gross misconduct", None),
        ("Proven", None),
    ],
)
def test_findings(written, finding):
    assert WORDS.place("finding", written).facts.get("finding") == finding


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Misconduct Hearing (Panel)", "misconduct_hearing"),
        ("Accelerated Hearing (Chief Constable)", "accelerated_hearing"),
        ("Special case", "accelerated_hearing"),
        ("Misconduct meeting", "misconduct_meeting"),
        ("Meeting/Hearing", None),
    ],
)
def test_proceedings(written, code):
    assert WORDS.place("proceeding", written).facts.get("proceeding") == code


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("A police officer attended a misconduct hearing in respect of", {"role": "police_officer"}),
        ("A member of Police Staff attended", {"role": "police_staff"}),
        ("The Chief Constable found that a special constable", {"role": "special_constable", "rank": "special_constable"}),
        ("A special case hearing for a PC", {"role": "police_officer", "rank": "constable"}),
        ("Former Officer W", {"role": "police_officer", "status": "former"}),
        ("A PCSO and a PC attended", {}),
        ("An individual attended", {}),
    ],
)  # fmt: skip
def test_who_is_found_in_a_sentence(text, facts):
    assert WORDS.find("person", text).facts == facts


@pytest.mark.parametrize("text", ["", "-", "–", "N/A", "n/k", " \u00a0 ", "TBC", "#REF!"])
def test_cells_that_say_nothing(text):
    assert says_nothing(text)
    assert all(
        WORDS.place(target, text) == NOTHING for target in ("outcome", "person", "breaches", "finding")
    )


def test_every_alias_of_the_code_lists_is_placed():
    for target, name in (*LISTS.items(), ("force", "forces")):
        if target == "role":
            continue  # PC is a role's word, and a rank's that says more
        labels = codelists.labels(name)
        for word, code in codelists.words(name).items():
            expected = labels[code] if name == "forces" else code
            assert WORDS.place(target, word.upper()).facts.get(target) == expected, (name, word)


TARGETS = st.sampled_from(
    [
        "outcome",
        "finding",
        "person",
        "breaches",
        "conduct",
        "breaches+conduct",
        "proceeding",
        "force",
        "status",
        "admitted",
        "private",
    ]
)
SAID = sorted(
    {w for n in ("outcomes", "findings", "ranks", "standards") for w in codelists.words(n)}
    | {"not", "and", "/", "(", "2 yrs", "<5"}
)


@settings(max_examples=400, deadline=None)
@given(TARGETS, st.one_of(st.text(max_size=60), st.lists(st.sampled_from(SAID), max_size=5).map(" ".join)))
def test_whatever_stands_there_gives_codes_or_a_reason(target, text):
    placed = WORDS.place(target, text)
    for name, value in placed.facts.items():
        if name in LISTS:
            assert set(value.split(";")) <= set(codelists.labels(LISTS[name]))
    assert not (placed.reason and placed.facts)
    assert target == "breaches+conduct" or WORDS.find(target, text).reason == ""


@given(st.text(max_size=40))
def test_cleaning_twice_is_cleaning_once(text):
    assert clean(clean(text)) == clean(text)

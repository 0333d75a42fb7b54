"""The layouts that forces really use: each has a mapping and an invented sample, read to the rows that it should give."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.errors import StudyError
from analysis.intake import find_mapping, mappings, prepare
from analysis.intake.mapping import SHIPPED, as_toml, mapping_of, read_mapping
from analysis.intake.store import FACTS

SAMPLES = Path(__file__).parent / "intake_samples"
PUBLISHED = (
    "met-foi-cases",
    "dyfed-powys-foi-hearings",
    "avon-somerset-foi-specials",
    "avon-somerset-foi-hearings",
    "south-yorkshire-findings",
    "leicestershire-page",
    "norfolk-suffolk-quarterly",
    "west-midlands-foi-months",
    "nottinghamshire-register",
    "west-yorkshire-foi",
    "regulation-43-notice",
)
# What the layout does not say and whoever imports it must.
OPTIONS = {
    "dyfed-powys-foi-hearings": {"role": "police officer"},
    "south-yorkshire-findings": {"role": "police officer"},
    "leicestershire-page": {"role": "police officer"},
    "norfolk-suffolk-quarterly": {"force": "Norfolk"},
    "west-midlands-foi-months": {"role": "special constable"},
    "regulation-43-notice": {"force": "Kent"},
}
CASES = pd.read_csv(SAMPLES / "expected_cases.csv", dtype=str, keep_default_na=False)
OTHERS = pd.read_csv(SAMPLES / "expected_others.csv", dtype=str, keep_default_na=False)


def sample(layout: str) -> Path:
    return next(path for path in SAMPLES.iterdir() if path.stem == layout)


def prepared(layout: str, mapping: str | None = None):
    return prepare(sample(layout), mapping, **OPTIONS.get(layout, {}))


def test_every_layout_has_a_mapping_and_a_sample():
    assert {path.stem for path in SHIPPED.glob("*.toml")} == {*PUBLISHED, "accelerated-notice"}
    assert set(CASES["file"]) == {sample(layout).name for layout in PUBLISHED}


@pytest.mark.parametrize("layout", PUBLISHED)
def test_a_sample_gives_exactly_its_rows(layout):
    done = prepared(layout, layout)
    expected = CASES[CASES["file"].eq(sample(layout).name)].drop(columns="file")
    found = done.facts.rename_axis("row").reset_index()[["row", *FACTS]].astype(str)
    assert found.to_dict("records") == expected.to_dict("records")
    others = OTHERS[OTHERS["file"].eq(sample(layout).name)]
    turned = [
        tuple(map(str, row)) for row in done.rejects[["row", "reason", "suggestion"]].itertuples(index=False)
    ]
    aside = [(str(row), f"set aside: {why}", "") for row, why in done.table.set_aside]
    expected_others = list(others[["row", "reason", "suggestion"]].itertuples(index=False, name=None))
    assert sorted([*turned, *aside]) == sorted(expected_others)


@pytest.mark.parametrize("layout", [name for name in PUBLISHED if sample(name).suffix != ".txt"])
def test_a_table_is_recognised_by_its_headings_and_the_force_named(layout):
    done = prepared(layout)
    assert done.mapping.name == layout
    assert done.facts.equals(prepared(layout, layout).facts)


def test_text_copied_from_a_page_is_recognised_too():
    assert prepared("regulation-43-notice").mapping.name == "regulation-43-notice"
    done = prepare(sample("dyfed-powys-foi-hearings"), force="Dyfed-Powys", role="police officer")
    assert done.mapping.name == "dyfed-powys-foi-hearings"


def test_the_same_headings_of_another_force_are_not_taken_for_this_one(tmp_path):
    page = tmp_path / "outcomes.html"
    page.write_bytes(sample("leicestershire-page").read_bytes())
    done = prepare(page, force="Kent", role="police officer")
    assert done.mapping.name == "outcomes" and set(done.facts["force"]) == {"Kent"}
    with pytest.raises(StudyError, match="which force"):
        prepare(page, role="police officer")


def test_a_notice_with_quotation_marks_and_commas_is_a_notice(tmp_path):
    path = tmp_path / "notice.txt"
    path.write_text(
        "Officer: PC (number withheld)\nHearing date: 3 May 2024\n"
        'Summary of allegation: He said, "I did not, ever, do it, and sent "that", twice\nOutcome: Dismissed\n'
    )
    done = prepare(path, "regulation-43-notice", force="Kent")
    assert done.facts[["hearing_date", "outcome"]].to_numpy().tolist() == [["2024-05-03", "dismissed"]]


def test_prose_is_sent_to_the_coder():
    with pytest.raises(StudyError, match="misconduct code"):
        prepare(sample("accelerated-notice"), "accelerated-notice", force="Kent")


@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.glob("*.toml")))
def test_a_mapping_says_what_it_leaves_out_and_survives_being_saved(name, tmp_path):
    mapping = find_mapping(name)
    assert mapping.title and mapping.leaves_out and mapping.source.scope_basis
    path = tmp_path / f"{name}.toml"
    path.write_text(as_toml(mapping), encoding="utf-8")
    assert read_mapping(path) == mapping
    assert name in mappings()


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"columns": {"Outcome": "outcom"}}, "did you mean 'outcome'"),
        ({"columns": {"Outcome": "outcome"}, "constants": {"force": "Kentshire"}}, "constants.force"),
        ({"values": {"outcome": {"Gone": "gone"}}}, "values.outcome: 'Gone'"),
        ({"values": {"colour": {"Red": "red"}}}, "no field 'colour'"),
        ({"source": {"scope": "everything"}}, "source.scope"),
        ({"kolumns": {}}, "kolumns"),
    ],
)
def test_a_wrong_mapping_says_where_and_what(parts, said):
    with pytest.raises(StudyError, match=said):
        mapping_of({"name": "x"} | parts, "x.toml")


def test_an_unknown_mapping_is_named_with_the_nearest():
    with pytest.raises(StudyError, match="Did you mean 'leicestershire-page'"):
        find_mapping("leicestershire")


def test_words_of_a_mapping_come_before_the_rules(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("Rank,Outcome\nPC,Gone\nPC,Moved on\nPC,Dismissed\nPC,Blank\n")
    mapping = mapping_of(
        {
            "name": "t",
            "columns": {"Rank": "person", "Outcome": "outcome"},
            "constants": {"force": "Kent"},
            "values": {
                "outcome": {"gone": "dismissed", "Moved on": "reject: left before a hearing", "Blank": ""}
            },
        },
        "t",
    )
    done = prepare(table, mapping)
    assert done.facts["outcome"].tolist() == ["dismissed", "dismissed"]
    assert done.rejects["reason"].tolist() == [
        "Outcome: 'Moved on' left before a hearing",
        "neither finding nor outcome is stated",
    ]


# What the guess cannot know without the mapping: the kind of proceedings and standards told in prose.
UNKNOWABLE = {"avon-somerset-foi-hearings": ["proceeding"], "nottinghamshire-register": ["breaches"]}


@pytest.mark.parametrize(
    "layout", [n for n in PUBLISHED if sample(n).suffix != ".txt" and n != "norfolk-suffolk-quarterly"]
)
def test_without_a_mapping_the_same_is_guessed_from_headings_and_words(layout, monkeypatch):
    monkeypatch.setattr("analysis.intake.importing.mappings", dict)
    expected = prepared(layout, layout)
    constants = expected.mapping.constants
    done = prepare(sample(layout), force=constants["force"], role=constants.get("role"))
    left_out = UNKNOWABLE.get(layout, [])
    assert done.facts.drop(columns=left_out).equals(expected.facts.drop(columns=left_out))

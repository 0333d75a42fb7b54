"""The code lists: complete, unambiguous, and forgiving of how sources write things."""

import datetime as dt
import shutil

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import codelists
from analysis.codelists import NAMES, labels, load_codelist, lower_first, nearest, nearest_word, words
from analysis.errors import StudyError
from analysis.paths import data_folder


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_has_a_label_and_a_definition(name):
    table = load_codelist(name)
    assert table.index.is_unique and table["label"].is_unique
    assert table["label"].ne("").all() and table["definition"].ne("").all()
    assert all(isinstance(aliases, tuple) for aliases in table["aliases"])
    assert table["definition"].str.len().gt(3).all()


@pytest.mark.parametrize("name", NAMES)
def test_no_word_could_mean_two_codes(name):
    meant = {}
    for code, entry in load_codelist(name).iterrows():
        for word in (code, entry["label"], *entry["aliases"]):
            assert meant.setdefault(word.casefold(), code) == code, (
                f"{word} means {meant[word.casefold()]} too"
            )
            assert word == word.strip() and word


@pytest.mark.parametrize(
    "name",
    ["forces", "roles", "ranks", "standards", "conduct", "findings", "outcomes", "proceedings", "regimes"],
)
def test_every_code_that_sources_write_out_has_aliases(name):
    table = load_codelist(name)
    without = table.index[table["aliases"].map(len).eq(0)]
    assert not len(without), list(without)


@pytest.mark.parametrize(
    ("name", "written", "code"),
    [
        ("outcomes", "FWW", "final_written_warning"),
        ("outcomes", "NFA", "no_action"),
        ("outcomes", "Dismissed w/o notice", "dismissed"),
        ("outcomes", "DISMISSAL WITHOUT NOTICE", "dismissed"),
        ("outcomes", "Would Have Been Dismissed", "would_have_been_dismissed"),
        ("outcomes", "Resigned: Would have been dismissed", "would_have_been_dismissed"),
        ("outcomes", "RPRP", "reflective_practice"),
        ("ranks", "A/Insp", "inspector"),
        ("ranks", "T/Sgt", "sergeant"),
        ("ranks", "DS", "sergeant"),
        ("ranks", "CI", "chief_inspector"),
        ("ranks", "DCI", "chief_inspector"),
        ("ranks", "SC", "special_constable"),
        ("ranks", "Spl Sgt", "special_sergeant"),
        ("roles", "SC", "special_constable"),
        ("roles", "PC", "police_officer"),
        ("roles", "PCSO", "pcso"),
        ("forces", "GMP", "greater-manchester"),
        ("forces", "Hampshire Constabulary", "hampshire-and-isle-of-wight"),
        ("forces", "Heddlu Gogledd Cymru", "north-wales"),
        ("forces", "Devon & Cornwall Police", "devon-and-cornwall"),
        ("proceedings", "Special case hearing", "accelerated_hearing"),
        ("findings", "Gross misconduct proven", "gross_misconduct"),
        ("standards", "Authority, respect & courtesy", "authority_respect_and_courtesy"),
        ("conduct", "drink-driving", "drink_or_drugs"),
    ],
)
def test_how_sources_write_it(name, written, code):
    assert words(name)[written.casefold()] == code
    assert nearest(name, f" {written.upper()} ") == code


@pytest.mark.parametrize("name", NAMES)
def test_every_code_and_label_is_nearest_to_itself(name):
    for code, label in labels(name).items():
        assert nearest(name, label) == code
        assert nearest(name, code) == code


def test_misspellings_find_their_word_and_nonsense_finds_none():
    assert nearest("outcomes", "final writen warnng") == "final_written_warning"
    assert nearest("forces", "Northamtonshire") == "northamptonshire"
    assert nearest("roles", "zebra") is None
    assert nearest("roles", "") is None
    assert nearest_word("outcom", ["case_id", "outcome"]) == "outcome"
    assert nearest_word("x", []) is None


@given(st.sampled_from(NAMES), st.text(max_size=30))
def test_nearest_gives_a_code_or_nothing(name, text):
    assert nearest(name, text) in {None, *load_codelist(name).index}


def test_severity_is_a_ladder_and_dismissal_its_top_rung():
    outcomes = load_codelist("outcomes")
    severity = pd.to_numeric(outcomes["severity"])
    on_ladder = severity.dropna()
    assert on_ladder.is_monotonic_increasing and on_ladder.min() == 0
    assert set(outcomes.index[outcomes["severity"].eq("")]) == {"other"}
    equivalent = outcomes.index[outcomes["dismissal_equivalent"].eq("yes")]
    assert set(equivalent) == {"dismissed", "would_have_been_dismissed"}
    assert set(severity.index[severity.eq(severity.max())]) == set(equivalent)


def test_regimes_follow_each_other():
    starts = load_codelist("regimes")["start"].map(dt.date.fromisoformat)
    assert starts.is_monotonic_increasing and starts.is_unique
    assert starts["regs_2020"] == dt.date(2020, 2, 1)


def test_there_are_43_territorial_forces_and_ten_standards():
    forces = load_codelist("forces")
    assert forces["kind"].value_counts().to_dict() == {"territorial": 43, "special_police_force": 3}
    assert len(load_codelist("standards")) == 10


def test_ranks_stand_in_order_within_regulars_and_specials():
    order = load_codelist("ranks")["order"].astype(int)
    special = order.index.str.startswith("special_")
    assert order[~special].is_monotonic_increasing and order[special].is_monotonic_increasing


def test_an_unknown_list_is_named_with_those_there_are():
    with pytest.raises(StudyError, match="'colours'; there are forces, roles"):
        load_codelist("colours")


def test_a_missing_or_broken_list_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(codelists, "data_folder", lambda: tmp_path)
    with pytest.raises(StudyError, match=r"roles\.csv.*Restore it"):
        load_codelist("roles")
    (tmp_path / "codelists").mkdir()
    (tmp_path / "codelists" / "roles.csv").write_text("code,label\nx,y\n")
    with pytest.raises(StudyError, match="aliases"):
        load_codelist("roles")


def test_an_edited_list_is_read_anew(tmp_path, monkeypatch):
    (tmp_path / "codelists").mkdir()
    copy = tmp_path / "codelists" / "roles.csv"
    copy.write_text((data_folder() / "codelists" / "roles.csv").read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(codelists, "data_folder", lambda: tmp_path)
    before = load_codelist("roles")
    before.loc["pcso", "label"] = "changed by a careless caller"
    assert load_codelist("roles").loc["pcso", "label"] != "changed by a careless caller"
    copy.write_text(
        "code,label,definition,aliases,plural,under_conduct_regulations\npcso,Anew,As above,,PCSOs,no\n",
        encoding="utf-8",
    )
    assert labels("roles") == {"pcso": "Anew"}


@pytest.fixture
def lists(tmp_path, monkeypatch):
    shutil.copytree(data_folder() / "codelists", tmp_path / "codelists")
    monkeypatch.setattr(codelists, "data_folder", lambda: tmp_path)
    return tmp_path / "codelists"


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("regimes", "start"),
        ("outcomes", "severity"),
        ("roles", "plural"),
        ("roles", "under_conduct_regulations"),
        ("forces", "long_label"),
        ("forces", "kind"),
        ("conduct", "definition"),
        ("ranks", "code"),
    ],
)
def test_a_list_without_a_column_of_its_own_is_refused_by_file_and_column(lists, name, column):
    path = lists / f"{name}.csv"
    pd.read_csv(path, dtype=str, keep_default_na=False).drop(columns=column).to_csv(path, index=False)
    with pytest.raises(StudyError, match=rf"{name}\.csv.*lacks the column {column}"):
        load_codelist(name)


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("outcomes", "severity", "high"),
        ("regimes", "start", "soon"),
        ("regimes", "start", "1999-01-01"),
        ("regimes", "start", "20200201"),
        ("roles", "code", "police_officer"),
    ],
)
def test_a_list_with_a_cell_that_cannot_be_used_is_refused(lists, name, column, value):
    path = lists / f"{name}.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table.loc[2, column] = value
    table.to_csv(path, index=False)
    with pytest.raises(StudyError, match=rf"{name}\.csv.*column {column}: '{value}'"):
        load_codelist(name)


def test_within_a_table_the_lists_are_looked_at_once_and_afterwards_anew(lists):
    with codelists.held():
        before = labels("roles")
        with (lists / "roles.csv").open("a", encoding="utf-8") as file:
            file.write("pilot,Pilot,Flies,,pilots,no\n")
        assert labels("roles") == before
    assert labels("roles") == before | {"pilot": "Pilot"}


def test_labels_inside_a_sentence():
    assert lower_first("Special constable") == "special constable"
    assert lower_first("PCSO") == "PCSO"

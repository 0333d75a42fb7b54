"""Importing tables: no row is lost or counted twice, no name gets in, and nothing a file holds ends in a traceback."""

import random
import shutil

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import StudyError
from analysis.intake import import_table, prepare
from analysis.intake.privacy import holds_a_name, is_no_heading, why_personal
from analysis.loading import load_changes, load_hearings, load_sources, validate_package
from analysis.paths import data_folder

NAMES = ("Zebedee Quux", "PC 4411 Quux", "Quux, Zebedee", "Sgt Z. Quux")
KENT = {"force": "Kent"}


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("package") / "data"
    shutil.copytree(data_folder(), folder, ignore=shutil.ignore_patterns("incoming", ".change.*"))
    return folder


@pytest.fixture
def data(pristine, tmp_path):
    return shutil.copytree(pristine, tmp_path / "data")


def csv_of(path, rows):
    pd.DataFrame(rows[1:], columns=rows[0]).to_csv(path, index=False)
    return path


ROWS = [
    ["Hearing date", "Rank", "Standards breached", "Outcome"],
    ["10/04/2021", "PC", "Hon & Int", "Dismissed w/o notice"],
    ["13/05/2021", "Spl Sgt", "Discreditable Conduct", "Would Have Been Dismissed"],
    ["14/05/2021", "DS", "Orders & Instructions", "Demised"],
]


# ------------------------------------------------------------------------------------- the whole way


def test_a_table_becomes_cases_with_a_source_and_a_log(data, tmp_path):
    path = csv_of(tmp_path / "table.csv", ROWS)
    source = {
        "url": "https://www.kent.police.uk/foi/1",
        "source_type": "foi_disclosure",
        "scope": "complete_list",
    }
    receipt, prepared = import_table(path, source=source, data=data, who="importer-1", **KENT)
    assert str(receipt) == "3 rows in = 2 accepted + 0 duplicates + 1 rejected"
    assert [str(p) for p in validate_package(data)] == []
    added = (
        load_hearings(data / "hearings.csv", data / "sources.csv")
        .set_index("case_id")
        .loc[list(receipt.case_ids)]
    )
    assert added["rank"].tolist() == ["constable", "special_sergeant"]
    assert added["hearing_date"].tolist() == ["2021-04-10", "2021-05-13"]
    assert added["scope"].eq("complete_list").all()
    change = load_changes(data / "CHANGES.csv").iloc[-1]
    assert (change["file_sha256"], change["mapping"]) == (prepared.document.sha256, "table")
    rejects = pd.read_csv(data / "incoming" / "table.rejects.csv", dtype=str, keep_default_na=False)
    assert rejects[["row", "suggestion"]].to_numpy().tolist() == [["4", "dismissed"]]
    assert "'Demised' is no known outcome" in rejects["reason"].iloc[0]


def test_the_same_file_again_changes_nothing(data, tmp_path):
    path = csv_of(tmp_path / "table.csv", [*ROWS, ROWS[1]])
    first, _ = import_table(path, data=data, **KENT)
    before = {p.name: p.read_bytes() for p in data.rglob("*") if p.is_file()}
    again, _ = import_table(path, data=data, **KENT)
    assert (first.accepted, again.duplicates, again.changed) == (3, 3, False)
    assert {p.name: p.read_bytes() for p in data.rglob("*") if p.is_file()} == before


def test_a_word_added_to_the_mapping_lets_its_row_in_and_the_others_stay(data, tmp_path):
    path = csv_of(tmp_path / "table.csv", ROWS)
    _, prepared = import_table(path, data=data, **KENT)
    values = {"outcome": {"Demised": "dismissed"}}
    taught = prepared.mapping.model_copy(update={"values": values})
    receipt, _ = import_table(path, taught, data=data)
    assert (receipt.accepted, receipt.duplicates, receipt.rejected) == (1, 2, 0)
    assert not (data / "incoming" / "table.rejects.csv").exists()
    assert load_sources(data / "sources.csv").set_index("source_id").loc[receipt.source_id, "cases"] == 3


def test_what_the_table_does_not_say_must_be_said(tmp_path):
    path = csv_of(tmp_path / "table.csv", [["Date", "Outcome"], ["10/04/2021", "Dismissed"]])
    with pytest.raises(StudyError, match="which force"):
        prepare(path, role="police_officer")
    with pytest.raises(StudyError, match="--role"):
        prepare(path, **KENT)
    with pytest.raises(StudyError, match="--force: 'Kentshire'.*Did you mean"):
        prepare(path, force="Kentshire", role="police_officer")
    path = csv_of(tmp_path / "table.csv", [["Date", "Rank"], ["10/04/2021", "PC"]])
    with pytest.raises(StudyError, match="finding or the outcome"):
        prepare(path, **KENT)


def test_the_force_is_taken_from_the_title_the_file_or_the_address(tmp_path):
    rows = [["Hearing date", "Rank", "Outcome"], ["10/04/2021", "PC", "Dismissed"]]
    assert (
        prepare(csv_of(tmp_path / "west_mercia_2021.csv", rows)).mapping.constants["force"] == "West Mercia"
    )
    path = csv_of(tmp_path / "t.csv", rows)
    found = prepare(path, hints="https://www.cumbria.police.uk/foi")
    assert found.mapping.constants["force"] == "Cumbria"


@pytest.mark.parametrize(
    ("url", "title", "kind", "publisher"),
    [
        ("https://www.kent.police.uk/foi-ai/7", "", "foi_disclosure", "Kent Police"),
        ("https://www.kent.police.uk/news/7", "", "force_notice", "Kent Police"),
        ("https://www.whatdotheyknow.com/request/7", "", "foi_disclosure", "Kent Police"),
        ("", "Freedom of Information request 7", "foi_disclosure", "Kent Police"),
        ("https://www.policeconduct.gov.uk/7", "", "watchdog", None),
        ("https://example.org/7", "", "other", None),
    ],
)
def test_the_kind_of_source_is_told_by_its_address_or_title(data, tmp_path, url, title, kind, publisher):
    path = tmp_path / "table.csv"
    path.write_text("\n".join([f"{title},,,", *map(",".join, ROWS[:2])]))
    receipt, _ = import_table(path, source={"url": url}, data=data, **KENT)
    source = load_sources(data / "sources.csv").set_index("source_id").loc[receipt.source_id]
    assert source["source_type"] == kind
    assert source["publisher"] == publisher or (publisher is None and pd.isna(source["publisher"]))


def test_the_layout_of_one_force_may_be_used_for_another(data, tmp_path):
    path = csv_of(
        tmp_path / "table.csv",
        [["Date", "Breach of standards", "Outcome"], ["14/02/2022", "Hon & Int", "FWW"]],
    )
    source = {"url": "https://www.kent.police.uk/outcomes"}
    receipt, _ = import_table(
        path, "leicestershire-page", source=source, role="police_officer", data=data, **KENT
    )
    assert (
        load_sources(data / "sources.csv").set_index("source_id").loc[receipt.source_id, "publisher"]
        == "Kent Police"
    )


def test_columns_that_contradict_each_other_turn_the_row_away(tmp_path):
    rows = [
        ["Rank", "Finding", "Outcome"],
        ["PC", "Misconduct", "Gross misconduct - dismissed"],
        ["Former PC", "Gross misconduct", "Dismissed"],
    ]
    found = prepare(csv_of(tmp_path / "t.csv", rows), **KENT)
    assert found.facts.empty
    assert "otherwise than another column" in found.rejects["reason"].iloc[0]
    assert found.rejects["suggestion"].iloc[1] == "Did you mean 'would_have_been_dismissed'?"


def test_counts_become_as_many_cases_and_kept_back_ones_none(tmp_path):
    rows = [
        ["Rank", "Outcome", "Number"],
        ["PC", "Dismissed", "3"],
        ["DS", "FWW", "<5"],
        ["DC", "FWW", "1,204"],
        ["PS", "NFA", ""],
    ]
    found = prepare(csv_of(tmp_path / "t.csv", rows), **KENT)
    assert found.facts.index.tolist() == [2, 2, 2, 5] and found.rows_in == 6


# ------------------------------------------------------------------------------------- names


@pytest.mark.parametrize("name", NAMES)
def test_names_are_seen(name):
    assert holds_a_name(name)


FIELD = "PC;Police Constable;Special Sergeant;Gross Misconduct;Written Warning;Officer A;PC 1234;Would Have Been Dismissed"


@pytest.mark.parametrize("text", FIELD.split(";"))
def test_words_of_the_field_are_no_names(text):
    assert not holds_a_name(text)


@pytest.mark.parametrize(
    ("heading", "cells", "why"),
    [
        ("Officer name", ["x"], "names"),
        ("Details", list(NAMES), "names"),
        ("Column 3", list(NAMES), "names"),
        ("Collar No.", ["1", "2"], "numbers"),
        ("Ref", ["PC 4411", "PC 2210", "PC 8127", "PC 9010", "PC 1187"], "who|numbers"),
        ("Other", ["4411", "2210", "8127", "9010", "1187"], "numbers"),
        ("DOB", ["x"], "birth"),
        ("Column 7", ["03/04/1971", "12/12/1980", "01/02/1990", "05/06/1968", "07/08/1985"], "birth"),
        ("Contact", ["a@b.org", "c@d.org"], "names"),
    ],
)
def test_columns_that_identify_people_are_found_by_heading_and_by_content(heading, cells, why):
    import re

    assert re.search(why, why_personal(heading, cells))


@pytest.mark.parametrize(
    ("heading", "cells"),
    [
        ("No.", ["1", "2", "3", "4", "5"]),
        ("Year", ["2019", "2020", "2021", "2022", "2023"]),
        ("BCU", ["NE", "SW"]),
        ("Gender", ["Male", "Female"]),
    ],
)
def test_harmless_columns_are_not(heading, cells):
    assert why_personal(heading, cells) == ""


def test_a_column_of_names_is_dropped_with_its_reason(data, tmp_path):
    rows = [
        [*ROWS[0], "Column 5", "Comments"],
        *([*row, name, "Seen with " + name] for row, name in zip(ROWS[1:], NAMES, strict=False)),
    ]
    path = csv_of(tmp_path / "table.csv", rows)
    receipt, prepared = import_table(path, data=data, **KENT)
    assert prepared.dropped["Column 5"] == "names of people" and receipt.accepted == 2
    assert not any(b"Quux" in p.read_bytes() for p in data.rglob("*") if p.is_file())


def test_names_that_cannot_be_parted_from_what_is_needed_refuse_the_file(data, tmp_path):
    rows = [["Rank", "Outcome"], ["PC Zebedee Quux", "Dismissed"], ["DS Yolanda Quux", "FWW"], ["PC", "NFA"]]
    before = (data / "hearings.csv").read_bytes()
    with pytest.raises(StudyError, match="'Rank': 2 cells seem to hold names") as error:
        import_table(csv_of(tmp_path / "table.csv", rows), data=data, **KENT)
    assert "Quux" not in str(error.value) and (data / "hearings.csv").read_bytes() == before


def test_a_stray_name_is_turned_away_and_not_repeated(data, tmp_path):
    rows = [["Rank", "Outcome"], *[["PC", "Dismissed"]] * 30, ["PC Zebedee Quux", "FWW"]]
    receipt, prepared = import_table(csv_of(tmp_path / "table.csv", rows), data=data, **KENT)
    assert (receipt.accepted, receipt.rejected) == (30, 1)
    assert "Quux" not in prepared.rejects.to_string() + prepared.words.to_string()
    assert not any(b"Quux" in p.read_bytes() for p in data.rglob("*") if p.is_file())


# ------------------------------------------------------------------------------------- mangled files

WORDS = {
    "Date of hearing": ["10/04/2021", "31/02/2023", "Feb 2021", "Q3 2022/23", "2019-20", "44197", "x", "", "10-12 May 2021",
                        "1/1/2090", "9/17/2019"],
    "Rank": ["PC", "T/Sgt", "Special Constable", "PCSO", "", "-", "Emperor", *NAMES],
    "Breach": ["Hon & Int", "Orders & Instructions. Confidentiality", "", "Not stated", "drink driving", "<5"],
    "Finding": ["Gross misconduct", "Not proven", "Proven", "", "GM", "?"],
    "Outcome": ["Dismissed", "FWW 2 yrs", "WHBD", "Pending", "Resigned", "S40(2)", "", "Dissmissed", "NFA", "Total"],
    "Officer name": list(NAMES),
    "Comments": ["A long remark, with commas; and \"quotes\"", "", "=1+1", "\u202eabc"],
    "Number": ["1", "2", "<5", "1,204", "", "0", "-3", "1e9"],
}  # fmt: skip
NOISE = [
    "Total,,,5",
    "Note: provisional",
    "* see above",
    ",,,,",
    "----",
    '"unclosed',
    "\x00",
    "\ufeff",
    "\u00a0",
    "a;b;c",
    "<b>x</b>",
    "",
]


def mangled(seed: int) -> tuple[bytes, str, bool]:
    """A published table after a hard life, the suffix of its file, and whether its letters were damaged too."""
    chance = random.Random(seed)
    columns = chance.sample(list(WORDS), chance.randint(1, len(WORDS)))
    if chance.random() < 0.8:
        columns = list(dict.fromkeys([*columns, "Rank", "Outcome"]))
    names = [
        c
        if chance.random() < 0.9
        else chance.choice([c.upper(), f" {c}* ", f"{c} (Q{chance.randint(1, 6)})", ""])
        for c in columns
    ]
    rows = [names] + [[chance.choice(WORDS[c]) for c in columns] for _ in range(chance.randint(0, 12))]
    if chance.random() < 0.2:
        rows.insert(chance.randint(0, len(rows)), names)
    if chance.random() < 0.2:
        rows = [row[: chance.randint(0, len(row))] if chance.random() < 0.2 else row for row in rows]
    if chance.random() < 0.15:
        cells = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
        text, suffix = f"<html><table>{cells}</table></html>", "html"
    else:
        delimiter = chance.choice([",", ",", ";", "\t", "|"])
        text = "\n".join(
            delimiter.join(
                f'"{cell.replace(chr(34), chr(34) * 2)}"'
                if delimiter in cell or chance.random() < 0.2
                else cell
                for cell in row
            )
            for row in rows
        )
        suffix = "csv"
    lines = text.split("\n")
    for _ in range(chance.choice([0, 0, 1, 3])):
        lines.insert(chance.randint(0, len(lines)), chance.choice(NOISE))
    content = (
        chance.choice(["\n", "\r\n"])
        .join(lines)
        .encode(chance.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252"]), "replace")
    )
    damaged = chance.random() < 0.15
    if damaged:
        place = chance.randint(0, len(content))
        content = content[:place] + chance.randbytes(chance.randint(1, 6)) + content[place:]
    if chance.random() < 0.05:
        content = content[: chance.randint(0, len(content))]
    return content, suffix, damaged


@pytest.mark.parametrize("cell", ["PC 4411 Quux", "Sgt Z. Quux", "10/04/2021"])
def test_a_row_taken_for_the_headings_is_refused_and_not_repeated(tmp_path, cell):
    path = tmp_path / "kent.csv"
    path.write_text(f"{cell},Proven,Hon & Int,Dismissed\nPC,Not proven,Confidentiality,NFA\n")
    with pytest.raises(StudyError) as refused:
        prepare(path, force="Kent", role="police officer")
    assert cell not in str(refused.value)


@pytest.mark.parametrize(
    "heading", ["Officer rank", "PC or PS", "Mr / Ms", "Date of hearing", "Sgt and above", "Q3 2022/23"]
)
def test_a_heading_is_no_row(heading):
    assert not is_no_heading(heading)


@settings(max_examples=2000, deadline=None, database=None)
@given(st.integers(0, 2**40))
def test_of_a_mangled_file_every_row_is_whole_or_turned_away_with_a_reason(scratch, seed):
    content, suffix, damaged = mangled(seed)
    path = scratch / f"kent.{suffix}"
    path.write_bytes(content)
    try:
        found = prepare(path, role="police officer" if seed % 2 else None)
    except StudyError as error:
        assert "Quux" not in str(error)
        return
    assert found.rows_in == len(found.facts) + len(found.rejects)
    rows = set(found.table.cells.index)
    assert rows == set(found.facts.index) | set(found.rejects["row"])
    assert not rows & {row for row, _ in found.table.set_aside}
    if all(meaning.to != ("count",) for meaning in found.mapping.columns.values()):
        assert found.rows_in == len(found.table.cells)
    assert found.rejects["reason"].ne("").all()
    told = found.rejects.to_csv() + found.words.to_csv()
    assert "Quux" not in found.facts.to_csv() + ("" if damaged else told)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("mangled")


@settings(max_examples=25, deadline=None, database=None)
@given(st.integers(0, 2**40))
def test_what_a_mangled_file_adds_is_what_the_receipt_says(scratch, pristine, seed):
    content, suffix, _ = mangled(seed)
    path = scratch / f"kent.{suffix}"
    path.write_bytes(content)
    before = (pristine / "hearings.csv").read_bytes().splitlines()
    try:
        receipt, prepared = import_table(path, data=pristine, role="police officer")
    except StudyError:
        assert (pristine / "hearings.csv").read_bytes().splitlines() == before
        return
    assert receipt.rows_in == receipt.accepted + receipt.duplicates + receipt.rejected == prepared.rows_in
    after = (pristine / "hearings.csv").read_bytes().splitlines()
    assert len(after) == len(before) + receipt.accepted
    again, _ = import_table(path, data=pristine, role="police officer")
    assert (again.accepted, again.duplicates + again.rejected) == (0, receipt.rows_in) and not again.changed


def test_after_all_that_the_package_is_sound(pristine):
    assert [str(p) for p in validate_package(pristine)] == []

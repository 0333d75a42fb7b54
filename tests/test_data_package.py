"""The data package: descriptor, pandera schema, code lists, tables and datasheet say the same."""

import csv
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from analysis import codelists, schema
from analysis.loading import (
    load_double_coded,
    load_hearings,
    load_official,
    load_possible_duplicates,
    load_sources,
    validate_package,
)
from analysis.paths import data_folder

DATA = data_folder()
DESCRIPTOR = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))
RESOURCES = {resource["name"]: resource for resource in DESCRIPTOR["resources"]}
COLUMNS = [(table, column) for table in schema.TABLES for column in schema.columns(table)]
TYPES = {"integer": "integer", "number": "number"}


def field(table: str, name: str) -> dict:
    return next(f for f in RESOURCES[table]["schema"]["fields"] if f["name"] == name)


# ------------------------------------------------------------------------------------- the package is sound


def test_the_whole_package_is_valid():
    assert [str(problem) for problem in validate_package()] == []


def test_the_frictionless_command_accepts_it():
    command = [sys.executable, "-m", "frictionless", "validate", "datapackage.json"]
    result = subprocess.run(command, cwd=DATA, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "INVALID" not in result.stdout


def test_every_file_of_data_is_described_and_every_described_file_is_there():
    described = {resource["path"] for resource in RESOURCES.values()}
    present = {str(path.relative_to(DATA)) for path in DATA.rglob("*.csv") if "incoming" not in path.parts}
    assert described == present
    assert set(RESOURCES) == {*schema.TABLES, *codelists.NAMES}


# ------------------------------------------------------------------------------------- the three agree


@pytest.mark.parametrize("name", RESOURCES)
def test_columns_stand_in_the_descriptor_as_in_the_file(name):
    resource = RESOURCES[name]
    with (DATA / resource["path"]).open(newline="", encoding="utf-8") as file:
        header = next(csv.reader(file))
    assert [f["name"] for f in resource["schema"]["fields"]] == header
    if name in schema.TABLES:
        assert [c.name for c in schema.columns(name)] == header
        assert list(schema.schema_for(name).columns) == header
    assert all(f["title"] and f["description"] for f in resource["schema"]["fields"])
    assert resource["title"] and resource["description"] and resource["schema"]["primaryKey"]


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=lambda part: getattr(part, "name", part))
def test_descriptor_and_schema_allow_the_same(table, column):
    described = field(table, column.name)
    constraints = described.get("constraints", {})
    assert constraints.get("required", False) == column.required
    assert constraints.get("unique", False) == column.unique
    if column.values == schema.YES_NO:
        assert (described["type"], described["trueValues"], described["falseValues"]) == (
            "boolean",
            ["yes"],
            ["no"],
        )
        return
    assert described["type"] == TYPES.get(column.kind, "string")
    if column.kind == "code":
        assert tuple(constraints["enum"]) == column.allowed
    elif column.kind == "codes":
        pattern = re.compile(constraints["pattern"])
        for code in column.allowed:
            assert pattern.fullmatch(code) and pattern.fullmatch(f"{code};{column.allowed[0]}")
        assert not pattern.fullmatch("no_such_code") and not pattern.fullmatch(f"{column.allowed[0]};")
        listed = constraints["pattern"].split(")")[0].removeprefix("(").split("|")
        assert tuple(listed) == column.allowed
    elif column.kind in ("pattern", "id"):
        assert constraints["pattern"] == column.pattern
    elif column.kind == "period":
        for text in ("year ending 2024-03-31", "as at 2024-03-31", "2017", "2017-01 to about 2018-02-03"):
            assert re.fullmatch(constraints["pattern"], text) and not column.faults(text)
        for text in ("year ending 2024", "as at 2024-03", "last year", "2017 until 2018"):
            assert not re.fullmatch(constraints["pattern"], text) and column.faults(text)
    elif column.kind == "date":
        for text in ("2021", "2021-03", "2021-03-04"):
            assert re.fullmatch(constraints["pattern"], text) and not column.faults(text)
        for text in ("21", "2021-3", "4 March 2021"):
            assert not re.fullmatch(constraints["pattern"], text) and column.faults(text)


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=lambda part: getattr(part, "name", part))
def test_coded_columns_point_to_their_code_list(table, column):
    if column.kind != "code" or column.codelist is None or column.values:
        return
    keys = {key["fields"]: key["reference"] for key in RESOURCES[table]["schema"]["foreignKeys"]}
    on = "label" if column.codelist == "forces" else "code"
    assert keys[column.name] == {"resource": column.codelist, "fields": on}


def test_cases_point_to_their_source():
    keys = RESOURCES["hearings"]["schema"]["foreignKeys"]
    assert {"fields": "source_id", "reference": {"resource": "sources", "fields": "source_id"}} in keys


def test_licences_and_provenance_are_stated():
    assert {licence["name"] for licence in DESCRIPTOR["licenses"]} == {"CC-BY-4.0", "OGL-UK-3.0"}
    assert [licence["name"] for licence in RESOURCES["official"]["licenses"]] == ["OGL-UK-3.0"]
    assert DESCRIPTOR["sources"] and DESCRIPTOR["contributors"] and DESCRIPTOR["version"]


@pytest.mark.parametrize("column", ["series", "population", "stage", "measure"])
def test_every_word_of_the_official_figures_is_explained_and_used(column):
    used = set(pd.read_csv(DATA / "official.csv", dtype=str)[column])
    name = {"series": "official_series"}.get(column, f"official_{column}s")
    assert used == set(codelists.load_codelist(name).index)


# ------------------------------------------------------------------------------------- what validation finds


@pytest.fixture
def copy(tmp_path) -> Path:
    folder = tmp_path / "data"
    shutil.copytree(DATA, folder, ignore=shutil.ignore_patterns("incoming"))
    return folder


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_key_that_leads_nowhere_is_found(copy):
    edit(copy / "possible_duplicates.csv", "british-transport-003", "british-transport-999")
    (found,) = validate_package(copy)
    assert found.value == "british-transport-999" and "hearings.case_id" in found.message and found.row == 2


def test_a_changed_address_a_wrong_count_and_a_wrong_host_are_found(copy):
    path = copy / "sources.csv"
    sources = pd.read_csv(path, dtype=str, keep_default_na=False)
    sources.loc[0, "url"] += "x"
    sources.loc[1, "cases"] = "7"
    sources.loc[2, "host"] = "example.org"
    sources.to_csv(path, index=False)
    found = {(p.row, p.column): p for p in validate_package(copy)}
    assert set(found) == {(2, "url_sha256"), (3, "cases"), (4, "host")}
    assert found[3, "cases"].suggestion == "Write '1'."


def test_an_ambiguous_alias_a_doubled_code_and_a_lost_definition_are_found(copy):
    path = copy / "codelists" / "outcomes.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table.loc[0, "aliases"] += ";fww"
    table.loc[1, "definition"] = ""
    table.to_csv(path, index=False)
    messages = [str(p) for p in validate_package(copy)]
    assert any("fww" in m.casefold() and "could mean" in m for m in messages)
    assert any("column definition" in m and "is empty" in m for m in messages)


def test_an_account_that_does_not_add_up_is_found(copy):
    path = copy / "CHANGES.csv"
    log = path.read_text(encoding="utf-8")
    path.write_text(log + "C0002,2026-11-24T10:00:00Z,importer,import,,,,9,5,2,1,\n", encoding="utf-8")
    (problem,) = validate_package(copy)
    assert (problem.row, problem.column, problem.value) == (3, "rows_in", "9")


def test_a_missing_table_is_found(copy):
    (copy / "official.csv").unlink()
    [problem] = validate_package(copy)
    assert str(problem).endswith("official.csv: there is no such file. Check the path.")


def test_a_missing_code_list_is_one_problem_not_one_for_each_column(copy):
    (copy / "codelists" / "ranks.csv").unlink()
    assert len([p for p in validate_package(copy) if "ranks.csv" in str(p)]) == 1


def test_an_impossible_period_is_found(copy):
    edit(copy / "official.csv", "year ending 2022-03-31", "year ending 2022-02-30")
    (problem,) = validate_package(copy)
    assert (problem.column, problem.value) == ("period", "year ending 2022-02-30")


@pytest.mark.parametrize(
    ("name", "column"),
    [("regimes", "start"), ("outcomes", "severity"), ("roles", "plural"), ("forces", "long_label")],
)
def test_a_code_list_without_its_own_column_is_found(copy, name, column):
    path = copy / "codelists" / f"{name}.csv"
    pd.read_csv(path, dtype=str, keep_default_na=False).drop(columns=column).to_csv(path, index=False)
    (problem,) = validate_package(copy)
    assert problem.file.endswith(f"{name}.csv") and problem.column == column
    assert problem.message == "is missing"


def test_a_severity_that_is_no_number_is_found(copy):
    edit(copy / "codelists" / "outcomes.csv", ",0,no,", ",none,no,")
    (problem,) = validate_package(copy)
    assert (problem.row, problem.column) == (2, "severity") and "'none'" in problem.message


def test_a_package_is_judged_by_its_own_code_lists(copy):
    edit(copy / "codelists" / "roles.csv", "\npcso,", "\nwarden,")
    found = validate_package(copy)
    assert {(p.column, p.value) for p in found} >= {("role", "pcso")}
    assert validate_package() == []


def test_a_descriptor_without_a_version_is_found(copy):
    edit(copy / "datapackage.json", '"version"', '"edition"')
    (problem,) = validate_package(copy)
    assert problem.file.endswith("datapackage.json") and "version" in problem.message


def test_a_descriptor_that_contradicts_the_data_is_found(copy):
    edit(copy / "datapackage.json", '"written_warning"', '"written_advice"')
    found = validate_package(copy)
    assert found and all(p.value == "written_warning" for p in found if p.column == "outcome")


@pytest.mark.parametrize("content", ["", "{", "[]"])
def test_a_broken_or_missing_descriptor_is_found(copy, content):
    path = copy / "datapackage.json"
    path.write_text(content)
    assert validate_package(copy)
    path.unlink()
    [problem] = validate_package(copy)
    assert "it has no datapackage.json" in str(problem)


# ------------------------------------------------------------------------------------- privacy


def test_withheld_addresses_keep_only_their_hash():
    sources = load_sources()
    assert sources["url_sha256"].str.fullmatch(r"[0-9a-f]{64}").all()
    personal = sources["publisher"].eq("personal blog") | sources["host"].eq("withheld")
    assert personal.any() and sources.loc[personal, "url"].isna().all()


def test_no_table_has_a_column_that_identifies_people():
    from analysis.reading import names_people

    for resource in RESOURCES.values():
        for described in resource["schema"]["fields"]:
            assert not names_people(described["name"]), described["name"]


# ------------------------------------------------------------------------------------- the datasheet


def datasheet_numbers() -> dict[str, int]:
    text = (DATA / "DATASHEET.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+?) \| (\d+) \|$", text, flags=re.MULTILINE)
    assert len(rows) == len(dict(rows))
    return {what: int(number) for what, number in rows}


def counted_numbers() -> dict[str, int]:
    hearings, sources, pairs = load_hearings(), load_sources(), load_possible_duplicates()
    official = load_official()
    role, kind, scope = (
        hearings["role"].value_counts(),
        sources["source_type"].value_counts(),
        sources["scope"].value_counts(),
    )
    first_flag = sources["selected_on_outcome"] & (
        sources["scope_basis"].str.contains("first flag kept")
        | (sources["scope"].eq("outcome_list") & ~sources["source_id"].isin(LATER_FLAGS))
    )
    missing = {
        "standards breached": hearings["breaches"].map(len).eq(0),
        "conduct": hearings["conduct"].map(len).eq(0),
        **{
            name.replace("_", " "): hearings[name].isna()
            for name in (
                "finding",
                "rank",
                "hearing_date",
                "proceeding",
                "status",
                "outcome",
                "admitted",
                "conviction",
                "private",
            )
        },
    }
    return {
        "cases": len(hearings),
        "regular officers": role["police_officer"],
        "special constables": role["special_constable"],
        "police staff": role["police_staff"],
        "PCSOs": role["pcso"],
        "forces with cases": hearings["force"].nunique(),
        "earliest year": hearings["year"].min(),
        "latest year": hearings["year"].max(),
        "cases before 2015": hearings["year"].lt(2015).sum(),
        "sources": len(sources),
        "sources: news reports": kind["news_report"],
        "sources: force notices": kind["force_notice"],
        "sources: watchdog": kind["watchdog"],
        "sources: freedom of information disclosures": kind["foi_disclosure"],
        "sources: other": kind["other"],
        "sources selected on outcome": sources["selected_on_outcome"].sum(),
        "sources selected on outcome by the first flag": first_flag.sum(),
        "cases from sources selected on outcome": hearings["selected_on_outcome"].sum(),
        "sources: complete lists": scope["complete_list"],
        "sources: lists by outcome": scope["outcome_list"],
        "sources: round-ups": scope["round_up"],
        "sources: one hearing": scope["single_hearing"],
        "cases from complete lists": hearings["scope"].eq("complete_list").sum(),
        "sources without address": sources["url"].isna().sum(),
        "sources without host": sources["host"].eq("withheld").sum(),
        **{f"missing, per cent of cases: {k}": round(v.mean() * 100) for k, v in missing.items()},
        "dates with an inferred year": hearings["date_inferred"].sum(),
        "of these, without any date in the end": (
            hearings["date_inferred"] & hearings["hearing_date"].isna()
        ).sum(),
        "cases coded as alleged": hearings["as_alleged"].sum(),
        "pairs that may be one case told twice": len(pairs),
        "of these, likely": pairs["strength"].eq("likely").sum(),
        "pages coded twice": load_double_coded()["dc_id"].nunique(),
        "official figures": len(official),
        "official figures at second hand": (~official["first_hand"]).sum(),
    }


# Lists by outcome that the flag given at collection had missed.
LATER_FLAGS = {"S0002", "S0054", "S0074", "S0089", "S0218", "S0459", "S0519"}


def test_the_numbers_of_the_datasheet_are_those_of_the_data():
    assert datasheet_numbers() == counted_numbers()


def test_what_the_datasheet_says_of_complete_lists_holds():
    hearings = load_hearings()
    listed = hearings[hearings["scope"].eq("complete_list") & hearings["finding"].eq("gross_misconduct")]
    assert len(listed) and not listed["role"].eq("special_constable").any()


def test_the_datasheet_has_every_section():
    text = (DATA / "DATASHEET.md").read_text(encoding="utf-8")
    for section in (
        "Motivation",
        "Composition",
        "Collection",
        "Preprocessing",
        "Uses",
        "Privacy and ethics",
        "Distribution and licence",
        "Maintenance",
        "Known gaps",
    ):
        assert f"\n## {section}" in text


def test_the_prose_of_the_datasheet_types_no_count():
    text = (DATA / "DATASHEET.md").read_text(encoding="utf-8")
    prose = text.partition("## Motivation")[2]
    numbers = set(re.findall(r"(?<![\w.`-])\d{3,}(?![\w.`-])", prose))
    assert all(1990 <= int(n) <= 2030 or n == "256" for n in numbers), numbers

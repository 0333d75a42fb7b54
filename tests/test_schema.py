"""The schema: what a cell may hold, and that the pandera schemas hold the data to it."""

import datetime as dt
import shutil

import pandas as pd
import pandera.pandas as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import schema
from analysis.errors import StudyError
from analysis.paths import data_folder
from analysis.schema import Column, looks_like_a_name, rewrite_date, schema_for


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(data_folder() / schema.file_of(name), dtype=str, keep_default_na=False)


@pytest.mark.parametrize("name", schema.TABLES)
def test_the_pandera_schema_accepts_the_published_table_and_no_other_columns(name):
    cells = table(name)
    assert len(schema_for(name).validate(cells, lazy=True)) == len(cells)
    with pytest.raises(pa.errors.SchemaErrors):
        schema_for(name).validate(cells.assign(extra="x"), lazy=True)
    with pytest.raises(pa.errors.SchemaErrors):
        schema_for(name).validate(cells.iloc[:, 1:], lazy=True)


@pytest.mark.parametrize("name", schema.TABLES)
def test_every_required_cell_emptied_is_refused(name):
    cells = table(name).head(3)
    for column in schema.columns(name):
        emptied = cells.assign(**{column.name: ["", *cells[column.name].iloc[1:]]})
        if column.required:
            with pytest.raises(pa.errors.SchemaErrors):
                schema_for(name).validate(emptied, lazy=True)
        else:
            schema_for(name).validate(emptied, lazy=True)


def test_the_rules_are_part_of_the_pandera_schema():
    cells = table("hearings")
    serving = cells.index[cells["outcome"].eq("dismissed") & cells["status"].eq("serving")][0]
    cells.loc[serving, "status"] = "former"
    with pytest.raises(pa.errors.SchemaErrors, match="former member"):
        schema_for("hearings").validate(cells, lazy=True)
    schema_for("hearings", rules=False).validate(cells, lazy=True)


def test_only_the_columns_that_are_there():
    cells = table("hearings")[["role", "rank"]]
    schema_for("hearings", ["role", "rank"]).validate(cells, lazy=True)


def test_an_unknown_table():
    with pytest.raises(StudyError, match="there are hearings, sources"):
        schema.columns("hearing")


def test_no_column_is_free_text_that_could_hold_a_sentence_about_a_person():
    free = {(name, c.name) for name in schema.TABLES for c in schema.columns(name) if c.kind == "text"}
    assert free == {
        ("sources", "publisher"),
        ("sources", "scope_basis"),
        ("official", "publisher"),
        ("official", "note"),
        ("possible_duplicates", "reason"),
        ("possible_duplicates", "decision"),
    }


@given(st.text(max_size=20))
def test_a_cell_is_right_only_if_it_is_allowed(cell):
    column = Column("status", "code", values=("serving", "former"))
    assert (not column.faults(cell)) == (cell in ("", "serving", "former"))


@given(st.lists(st.sampled_from(["confidentiality", "use_of_force", "x", ""]), max_size=4))
def test_lists_are_right_only_if_every_part_is_and_stands_once(parts):
    column = Column("breaches", "codes", codelist="standards")
    cell = ";".join(parts)
    right = cell == "" or (
        len(set(parts)) == len(parts) and set(parts) <= {"confidentiality", "use_of_force"}
    )
    assert (not column.faults(cell)) == right


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("31/12/2021", "2021-12-31"),
        ("9/17/2019", "2019-09-17"),
        ("05.05.2020", "2020-05-05"),
        ("03/04/2021", None),
        ("31/02/2023", None),
        ("2021-3-4", "2021-03-04"),
        ("2021/03", "2021-03"),
        ("2021-03-04 00:00:00", "2021-03-04"),
        ("3 May 2021", "2021-05-03"),
        ("3rd May 2021", "2021-05-03"),
        ("Wednesday 14 April 2021", "2021-04-14"),
        ("May 2021", "2021-05"),
        ("2021-13-01", None),
        ("last month", None),
        ("", None),
    ],
)
def test_dates_written_otherwise_are_offered_only_where_one_reading_is_possible(written, meant):
    assert rewrite_date(written) == meant


@given(st.text(max_size=25))
def test_rewriting_any_text_is_safe(text):
    rewrite_date(text)


@pytest.mark.parametrize(
    "cell",
    [
        "year ending 2025-02-30",
        "2025-03-31 to 2024-01-01",
        "year ending 2025",
        "last year",
        "as at 2099-01-01",
    ],
)
def test_a_period_is_right_only_if_it_can_be_read(cell):
    column = Column("period", "period", required=True)
    (fault,) = column.faults(cell)
    assert fault.value == cell and fault.message and fault.suggestion
    assert not column.faults("year ending 2025-03-31") and not column.faults("2017-12-15 to 2020-12")


def test_allowed_values_and_words_of_the_field_follow_the_code_list(tmp_path, monkeypatch):
    column = Column("conduct", "codes", codelist="conduct")
    assert column.faults("teapot_misuse") and looks_like_a_name("Teapot Saucer")
    shutil.copytree(data_folder(), tmp_path / "data", ignore=shutil.ignore_patterns("incoming"))
    with (tmp_path / "data" / "codelists" / "conduct.csv").open("a", encoding="utf-8") as file:
        file.write("teapot_misuse,Teapot misuse,Of teapots,\n")
    monkeypatch.setenv("MISCONDUCT_DATA", str(tmp_path / "data"))
    assert not column.faults("teapot_misuse") and not looks_like_a_name("Teapot Saucer")
    monkeypatch.delenv("MISCONDUCT_DATA")
    assert column.faults("teapot_misuse") and looks_like_a_name("Teapot Saucer")


def test_a_column_may_be_empty_where_the_caller_says_so():
    cells = table("sources").head(3).assign(scope="")
    schema_for("sources", optional=["scope"]).validate(cells, lazy=True)


def test_the_future_starts_tomorrow_even_if_the_clock_is_behind(monkeypatch):
    class Clock(dt.date):
        @classmethod
        def today(cls):
            return cls(2001, 1, 1)

    monkeypatch.setattr(schema.dt, "date", Clock)
    assert schema.latest().isoformat() == "2026-11-23"


@pytest.mark.parametrize("text", ["Teapot Saucer", "T Saucer", "T.S. Saucer", "Saucer, Teapot", "Çay Saucer"])
def test_the_form_of_a_name(text):
    assert looks_like_a_name(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dismissed",
        "Gross Misconduct",
        "Final Written Warning",
        "Special Constable",
        "S0001",
        "2021-03-04",
        "Kent",
    ],
)
def test_words_of_the_field_are_no_names(text):
    assert not looks_like_a_name(text)

"""Reading data: typed frames from sound files, and one complete, clear message from broken ones."""

import os
import shutil
import stat
import time

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis import paths
from analysis.errors import DataError, StudyError
from analysis.loading import (
    explode,
    load_double_coded,
    load_hearings,
    load_official,
    load_possible_duplicates,
    load_sources,
    regime_of,
)
from analysis.paths import data_folder

HEADER = (
    "case_id,force,hearing_date,date_inferred,proceeding,role,rank,status,breaches,conduct,finding,outcome,"
    "admitted,conviction,private,as_alleged,source_id"
)
GOOD = (
    "a-1,Kent,2021-03-04,no,misconduct_hearing,police_officer,constable,serving,confidentiality,data_misuse,"
    "gross_misconduct,dismissed,full,no,no,no,S0001"
)
COLUMNS = HEADER.split(",")


def row(**changes: str) -> str:
    cells = dict(zip(COLUMNS, GOOD.split(","), strict=True)) | changes
    return ",".join(cells[name] for name in COLUMNS)


def write(folder, *lines: str, name="cases.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes("\n".join([*lines, ""]).encode(encoding))
    return path


def problems(path, **kwargs):
    with pytest.raises(DataError) as caught:
        load_hearings(path, **kwargs)
    message = str(caught.value)
    assert str(path) in message
    count = len(caught.value.problems)
    assert message.endswith(f"{count} problem{'s' if count != 1 else ''} found; nothing was loaded.")
    return caught.value.problems


def only(path, **kwargs):
    found = problems(path, **kwargs)
    assert len(found) == 1, [str(p) for p in found]
    return found[0]


# ------------------------------------------------------------------------------------- the real data


def test_the_published_data_loads_with_the_right_types():
    hearings = load_hearings()
    assert len(hearings) == 772
    assert hearings["role"].value_counts().to_dict() == {
        "police_officer": 650,
        "special_constable": 68,
        "police_staff": 38,
        "pcso": 16,
    }
    assert list(hearings["outcome"].cat.categories) == [
        "no_action",
        "reflective_practice",
        "management_advice",
        "written_warning",
        "final_written_warning",
        "reduction_in_rank",
        "dismissed",
        "would_have_been_dismissed",
        "other",
    ]
    assert hearings["outcome"].cat.ordered and hearings["rank"].cat.ordered and hearings["regime"].cat.ordered
    assert list(hearings["finding"].cat.categories) == ["not_proven", "misconduct", "gross_misconduct"]
    assert hearings["date_inferred"].dtype == bool and hearings["selected_on_outcome"].dtype == bool
    assert hearings["severity"].dtype == "Int64"


@pytest.mark.parametrize(
    ("role", "sanctioned", "known"), [("police_officer", 268, 310), ("special_constable", 38, 41)]
)
def test_the_first_look_is_reproduced(role, sanctioned, known):
    hearings = load_hearings()
    found = hearings[hearings["finding"].eq("gross_misconduct") & hearings["role"].eq(role)]
    outcomes = found["outcome"].dropna()
    assert (outcomes.isin(["dismissed", "would_have_been_dismissed"]).sum(), len(outcomes)) == (
        sanctioned,
        known,
    )


def test_the_northamptonshire_special_constable_of_2020():
    hearings = load_hearings()
    found = hearings[
        hearings["force"].eq("Northamptonshire")
        & hearings["role"].eq("special_constable")
        & hearings["year"].eq(2020)
        & hearings["breaches"].map(set).eq({"confidentiality", "discreditable_conduct"})
    ]
    assert len(found) == 1
    case = found.iloc[0]
    assert (case["outcome"], case["admitted"]) == ("dismissed", "full")


def test_undated_cases_are_there_with_a_missing_year_and_never_a_wrong_one():
    hearings = load_hearings()
    undated = hearings["hearing_date"].isna()
    assert undated.sum() == 217
    assert hearings.loc[undated, ["year", "financial_year", "regime"]].isna().all().all()
    year_only = hearings["hearing_date"].str.len().eq(4)
    assert hearings.loc[year_only, "financial_year"].isna().all()
    assert hearings.loc[~undated, "year"].notna().all()
    assert hearings["year"].value_counts(dropna=False).sum() == len(hearings)


def test_severity_follows_the_ladder_and_leaves_other_out():
    hearings = load_hearings()
    other = hearings["outcome"].eq("other")
    assert hearings.loc[other | hearings["outcome"].isna(), "severity"].isna().all()
    assert hearings.loc[hearings["outcome"].eq("would_have_been_dismissed"), "severity"].eq(5).all()
    assert hearings.loc[hearings["outcome"].eq("no_action"), "severity"].eq(0).all()


def test_every_case_knows_its_source():
    hearings, sources = load_hearings(), load_sources()
    assert hearings["source_type"].notna().all() and hearings["scope"].notna().all()
    counted = hearings.groupby("source_id").size()
    assert counted.reindex(sources["source_id"]).tolist() == sources["cases"].tolist()


def test_official_figures_have_periods_and_the_published_barred_list():
    official = load_official()
    assert len(official) == 227 and official["value"].dtype == float
    barred = official[
        official["series"].eq("barred_list")
        & official["measure"].eq("individuals")
        & official["stage"].eq("barred_list")
        & official["area"].eq("England and Wales")
        & official["financial_year"].eq("2024/25")
    ].set_index("population")["value"]
    assert barred["police_officers"] == 735 and barred["special_constables"] == 31
    assert (official["period_start"] <= official["period_end"]).all()
    day = official["period_kind"].eq("as_at")
    assert (official.loc[day, "period_start"] == official.loc[day, "period_end"]).all()
    assert official.loc[official["unit"].eq("percent"), "value"].between(0, 100).all()
    assert official.loc[official["unit"].eq("count"), "value"].mod(1).eq(0).all()


@pytest.mark.parametrize(
    ("date", "regime"),
    [
        ("2004-03-31", None),
        ("2008-11-30", "regs_2004"),
        ("2008-12-01", "regs_2008"),
        ("2017-12-14", "legally_qualified_chairs"),
        ("2017-12-15", "former_officers"),
        ("2017-12", None),
        ("2020-01-31", "former_officers"),
        ("2020-02", "regs_2020"),
        ("2020", None),
        ("2021", "regs_2020"),
        ("2025-05-28", "presumption_of_dismissal"),
    ],
)
def test_regime_of_a_date(date, regime):
    assert regime_of(date) == regime


def test_reliability_sample_is_two_rows_a_page():
    sample = load_double_coded()
    assert sample.groupby("dc_id")["coder"].apply(set).map(lambda coders: coders == {"A", "B"}).all()
    assert len(sample) == 110


def test_possible_duplicates_name_cases_that_could_be_one():
    hearings = load_hearings().set_index("case_id")
    pairs = load_possible_duplicates()
    for pair in pairs.itertuples():
        a, b = hearings.loc[pair.case_id_a], hearings.loc[pair.case_id_b]
        assert (a["force"], a["role"]) == (b["force"], b["role"])
        assert a["source_id"] != b["source_id"]
        assert pd.isna(a["outcome"]) or pd.isna(b["outcome"]) or a["outcome"] == b["outcome"]


# ------------------------------------------------------------------------------------- explode


def test_explode_keeps_every_case():
    hearings = load_hearings()
    long = explode(hearings, "breaches")
    assert set(long["case_id"]) == set(hearings["case_id"])
    assert long["breach"].eq("not_stated").sum() == hearings["n_breaches"].eq(0).sum()
    assert len(long) == hearings["n_breaches"].clip(lower=1).sum()
    assert long["breach"].cat.categories[-1] == "not_stated"
    assert explode(hearings, "conduct")["conduct"].notna().all()
    with pytest.raises(StudyError, match="breaches or conduct"):
        explode(hearings, "outcome")
    with pytest.raises(StudyError, match="lack"):
        explode(hearings.drop(columns="breaches"))


# ------------------------------------------------------------------------------------- sound files


def test_what_was_loaded_can_be_saved_and_loaded_again(tmp_path):
    hearings = load_hearings()
    pd.testing.assert_frame_equal(load_hearings(hearings), hearings)
    hearings.to_parquet(tmp_path / "cases.parquet")
    pd.testing.assert_frame_equal(load_hearings(tmp_path / "cases.parquet"), hearings)


@pytest.mark.parametrize("index", [False, True])
def test_what_was_loaded_can_be_saved_as_csv_and_loaded_again(tmp_path, index):
    hearings = load_hearings()
    hearings.to_csv(tmp_path / "cases.csv", index=index)
    pd.testing.assert_frame_equal(load_hearings(tmp_path / "cases.csv"), hearings)
    some = hearings[hearings["force"].eq("Kent")]
    some.to_csv(tmp_path / "some.csv", index=index)
    pd.testing.assert_frame_equal(load_hearings(tmp_path / "some.csv"), some.reset_index(drop=True))
    sources = load_sources()
    sources.to_csv(tmp_path / "sources.csv", index=False)
    pd.testing.assert_frame_equal(load_sources(tmp_path / "sources.csv"), sources)


def test_an_unnamed_column_of_numbers_in_another_file_is_still_refused(tmp_path):
    fault = only(write(tmp_path, "," + HEADER, "4711," + GOOD))
    assert "has no heading" in fault.message


def test_a_wrong_code_in_the_text_of_a_tuple_is_named_alone(tmp_path):
    fault = only(write(tmp_path, HEADER, row(breaches="\"('confidentiality', 'use_of_forc')\"")))
    assert (fault.column, fault.value) == ("breaches", "use_of_forc")


def test_a_named_index_is_a_column_like_the_others(tmp_path):
    hearings = load_hearings()
    indexed = hearings.set_index("case_id")
    indexed.to_parquet(tmp_path / "cases.parquet")
    pd.testing.assert_frame_equal(load_hearings(tmp_path / "cases.parquet"), hearings)
    pd.testing.assert_frame_equal(load_hearings(indexed), hearings)
    hearings[::-1].to_parquet(tmp_path / "turned.parquet")  # an index of its own, without a name
    turned = load_hearings(tmp_path / "turned.parquet")
    pd.testing.assert_frame_equal(turned, hearings[::-1].reset_index(drop=True))


def test_missing_parts_of_a_list_are_passed_over(tmp_path):
    text = pd.read_csv(write(tmp_path, HEADER, GOOD, row(case_id="b")), dtype=str, keep_default_na=False)
    text.assign(breaches=[["confidentiality", None], [None]]).to_parquet(tmp_path / "cases.parquet")
    assert load_hearings(tmp_path / "cases.parquet")["breaches"].tolist() == [("confidentiality",), ()]
    frame = text.assign(breaches=[("confidentiality", float("nan")), (None,)])
    assert load_hearings(frame)["breaches"].tolist() == [("confidentiality",), ()]


def test_a_path_may_start_at_home(tmp_path, monkeypatch):
    write(tmp_path, HEADER, GOOD)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert len(load_hearings("~/cases.csv")) == 1
    with pytest.raises(StudyError, match="no such file"):
        load_hearings("~no-such-user/cases.csv")


def test_parquet_of_the_plain_text_loads_alike(tmp_path):
    text = pd.read_csv(data_folder() / "hearings.csv", dtype=str, keep_default_na=False)
    text.to_parquet(tmp_path / "cases.parquet")
    pd.testing.assert_frame_equal(load_hearings(tmp_path / "cases.parquet"), load_hearings())


def test_byte_order_mark_windows_line_ends_blank_lines_and_column_order_do_not_matter(tmp_path):
    path = write(tmp_path, HEADER, GOOD)
    expected = load_hearings(path)
    path.write_bytes(("\ufeff" + "\r\n".join([HEADER, "", GOOD, "," * 16, ""])).encode("utf-8"))
    pd.testing.assert_frame_equal(load_hearings(path), expected)
    text = pd.read_csv(path, dtype=str, keep_default_na=False).iloc[:1, ::-1]
    pd.testing.assert_frame_equal(load_hearings(text), expected)


def test_a_frame_may_hold_real_dates_booleans_and_lists(tmp_path):
    text = pd.read_csv(write(tmp_path, HEADER, GOOD), dtype=str, keep_default_na=False)
    frame = text.assign(
        hearing_date=pd.to_datetime(["2021-03-04"]),
        date_inferred=[False],
        breaches=[["confidentiality"]],
        conviction=[None],
    )
    case = load_hearings(frame).iloc[0]
    assert case["hearing_date"] == "2021-03-04" and case["breaches"] == ("confidentiality",)
    assert pd.isna(case["conviction"])


def test_an_own_file_brings_its_own_sources(tmp_path):
    path = write(tmp_path, HEADER, row(source_id="mine-1"))
    fault = only(path)
    assert (fault.row, fault.column, fault.value) == (2, "source_id", "mine-1")
    assert "sources=file" in fault.suggestion and "source_type" in fault.suggestion
    sources = pd.read_csv(data_folder() / "sources.csv", dtype=str, keep_default_na=False).head(1)
    case = load_hearings(path, sources=sources.assign(source_id="mine-1")).iloc[0]
    assert case["source_type"] == "watchdog"
    own = write(
        tmp_path, HEADER + ",source_type", row(source_id="mine-1") + ",foi_disclosure", name="own.csv"
    )
    case = load_hearings(own).iloc[0]
    assert case["source_type"] == "foi_disclosure" and not case["selected_on_outcome"]
    assert pd.isna(case["scope"])


def test_what_own_sources_leave_open_may_stay_empty(tmp_path):
    header = HEADER + ",source_type,selected_on_outcome,scope"
    path = write(tmp_path, header, GOOD + ",foi_disclosure,,", row(case_id="b") + ",news_report,yes,round_up")
    cases = load_hearings(path)
    assert cases["selected_on_outcome"].tolist() == [False, True]
    assert cases["scope"].isna().tolist() == [True, False]
    only_type = load_hearings(
        write(tmp_path, HEADER + ",source_type", GOOD + ",foi_disclosure", name="own.csv")
    )
    for frame in (cases, only_type):
        pd.testing.assert_frame_equal(load_hearings(frame), frame)
        frame.to_parquet(tmp_path / "again.parquet")
        pd.testing.assert_frame_equal(load_hearings(tmp_path / "again.parquet"), frame)
    assert only(write(tmp_path, HEADER + ",source_type", GOOD + ",")).message.startswith("is empty")
    sources = pd.read_csv(data_folder() / "sources.csv", dtype=str, keep_default_na=False).assign(scope="")
    with pytest.raises(DataError, match="scope: is empty"):
        load_sources(sources)


def test_sources_that_are_given_go_before_those_that_the_cases_carry(tmp_path):
    own = write(tmp_path, HEADER + ",source_type", GOOD + ",foi_disclosure")
    sources = pd.read_csv(data_folder() / "sources.csv", dtype=str, keep_default_na=False).head(1)
    assert load_hearings(own, sources=sources)["source_type"].tolist() == ["watchdog"]
    assert only(own, sources=sources.assign(source_id="other")).column == "source_id"


def test_a_hundred_thousand_rows_load_in_seconds(tmp_path):
    text = pd.read_csv(data_folder() / "hearings.csv", dtype=str, keep_default_na=False)
    many = pd.concat([text] * 130, ignore_index=True)
    many["case_id"] = [f"case-{n}" for n in range(len(many))]
    many.to_csv(tmp_path / "many.csv", index=False)
    many.assign(outcome="dismised").to_csv(tmp_path / "bad.csv", index=False)
    start = time.perf_counter()
    assert len(load_hearings(tmp_path / "many.csv")) == len(many)
    found = problems(tmp_path / "bad.csv")
    assert len(found) >= len(many)
    assert time.perf_counter() - start < 30


def test_fifty_thousand_different_wrong_words_are_named_in_seconds(tmp_path):
    word = [f"{chr(65 + n % 26)}{'abcdefghij'[n // 26 % 10] * (2 + n // 260)}" for n in range(25_000)]
    rows = [row(case_id=f"a-{n}", outcome=f"Teapot {w}", finding=f"zz{n}") for n, w in enumerate(word)]
    path = write(tmp_path, HEADER, *rows)
    start = time.perf_counter()
    found = problems(path)
    assert len(found) == 50_000 and sum(p.value is None for p in found) > 20_000
    assert time.perf_counter() - start < 30


# ------------------------------------------------------------------------------------- broken files


@pytest.mark.parametrize(
    ("column", "value", "says", "suggests"),
    [
        ("outcome", "dismised", "is not an allowed value", "'dismissed'"),
        ("outcome", "Dismissed w/o notice", "is not an allowed value", "'dismissed'"),
        ("outcome", "FWW", "is not an allowed value", "'final_written_warning'"),
        ("force", "kent police", "is not an allowed value", "'Kent'"),
        ("role", "pilot", "is not an allowed value", "police_officer, special_constable"),
        ("role", "", "is empty", "police_officer"),
        ("finding", "N/A", "is not an allowed value", "Leave the cell empty"),
        ("private", "ja", "is not an allowed value", "yes, no"),
        ("breaches", "confidentialty", "is not an allowed value", "'confidentiality'"),
        ("hearing_date", "2021-02-30", "is not a day of the calendar", "Write a day that exists"),
        ("hearing_date", "31/12/2021", "is not a date", "'2021-12-31'"),
        ("hearing_date", "03/04/2021", "is not a date", "Write YYYY"),
        ("hearing_date", "4th March 2021", "is not a date", "'2021-03-04'"),
        ("hearing_date", "2021-3", "is not a date", "'2021-03'"),
        ("hearing_date", "soon", "is not a date", "Write YYYY"),
        ("hearing_date", "2099-01-01", "lies in the future", "concluded"),
        ("hearing_date", "1899", "lies before 1990", "Check the year"),
        ("case_id", "a 1", "is not an id", "no blanks"),
    ],
)
def test_a_wrong_value_is_named_with_its_place_and_the_nearest_right_one(
    tmp_path, column, value, says, suggests
):
    fault = only(write(tmp_path, HEADER, row(case_id="ok"), row(**{column: value})))
    assert (fault.row, fault.column) == (3, column)
    assert fault.value == (value or None)
    assert says in fault.message and suggests in fault.suggestion
    for part in ("row 3", f"column {column}", *([repr(value)] if value else []), says, suggests):
        assert part in str(fault)


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("confidentiality;confidentiality", "stands twice"),
        ("confidentiality;", "empty part"),
        ("confidentiality, use_of_force", "is not an allowed value"),
    ],
)
def test_lists_of_codes(tmp_path, cell, says):
    assert says in only(write(tmp_path, HEADER, row(breaches=f'"{cell}"'))).message


def test_every_problem_is_listed_not_only_the_first(tmp_path):
    path = write(
        tmp_path,
        HEADER,
        row(outcome="fired off", breaches="confidentialty;use_of_forc", hearing_date="2021-13"),
        row(case_id="a-2", role="pilot"),
    )
    found = problems(path)
    assert [(p.row, p.column) for p in found] == [
        (2, "hearing_date"),
        (2, "breaches"),
        (2, "breaches"),
        (2, "outcome"),
        (3, "role"),
    ]


def test_a_long_list_is_cut_in_print_but_kept_whole(tmp_path):
    path = write(tmp_path, HEADER, *(row(case_id=f"a-{n}", outcome="x") for n in range(300)))
    with pytest.raises(DataError) as caught:
        load_hearings(path)
    assert len(caught.value.problems) == 300
    assert "… and 100 more" in str(caught.value) and str(caught.value).count("\n") == 201


def test_doubled_ids_name_both_rows(tmp_path):
    fault = only(write(tmp_path, HEADER, GOOD, row(case_id="b-1"), GOOD))
    assert (fault.row, fault.column, fault.value) == (4, "case_id", "a-1")
    assert "row 2" in fault.message


def test_missing_column(tmp_path):
    path = write(tmp_path, HEADER.replace(",outcome,", ",outcom,"), GOOD)
    missing = {p.column: p for p in problems(path)}
    assert missing["outcome"].message == "is missing" and "'outcom'" in missing["outcome"].suggestion
    assert "'outcome'" in missing["outcom"].suggestion and missing["outcom"].row == 1


def test_a_lost_column_is_the_only_problem_named(tmp_path):
    header = HEADER.removesuffix(",source_id")
    fault = only(write(tmp_path, header, GOOD.removesuffix(",S0001")))
    assert (fault.column, fault.message) == ("source_id", "is missing")


def test_unknown_doubled_and_unnamed_columns(tmp_path):
    path = write(tmp_path, HEADER + ",weather,force,", GOOD + ",rain,Kent,")
    found = {(p.column, p.message) for p in problems(path)}
    assert ("weather", "is not a column of this table") in found
    assert ("force", "stands 2 times in the header") in found
    assert (None, "column 20 has no heading") in found


@pytest.mark.parametrize(
    "heading",
    [
        "name",
        "Officer Name",
        "officer",
        "Officer ID",
        "surname",
        "firstName",
        "Collar No.",
        "DOB",
        "date_of_birth",
    ],
)
def test_columns_that_identify_people_are_refused_by_their_heading(tmp_path, heading):
    fault = only(write(tmp_path, f"{HEADER},{heading}", GOOD + ",x"))
    assert fault.column == heading and "identifies people" in fault.message
    assert fault.suggestion == "Remove the column from the file."


def test_a_heading_that_merely_speaks_of_officers_is_only_unknown(tmp_path):
    fault = only(write(tmp_path, f"{HEADER},officer rank", GOOD + ",x"))
    assert "is not a column" in fault.message


# Made of words that are no one's name, in the form that a name has.
NAME_SHAPED = ["Teapot Saucer", "T. Saucer", "Saucer, Teapot", "PC Teapot Saucer", "Teapot O'Saucer"]


def test_columns_that_hold_names_are_refused_by_their_content_and_not_repeated(tmp_path):
    lines = [f'{row(case_id=f"a-{n}")},"{name}"' for n, name in enumerate(NAME_SHAPED)]
    path = write(tmp_path, HEADER + ",subject", *lines)
    fault = only(path)
    assert (fault.row, fault.column) == (1, "subject")
    assert "people's names" in fault.message and "Saucer" not in str(fault)


@pytest.mark.parametrize("name", NAME_SHAPED)
@pytest.mark.parametrize("column", ["rank", "outcome", "case_id", "conduct"])
def test_a_name_in_a_coded_cell_is_reported_without_repeating_it(tmp_path, column, name):
    fault = only(write(tmp_path, HEADER, row(**{column: f'"{name}"'})))
    assert (fault.row, fault.column, fault.value) == (2, column, None)
    assert "person's name" in fault.message and "Saucer" not in str(fault)


def test_words_of_the_field_in_the_form_of_a_name_are_not_taken_for_one(tmp_path):
    fault = only(write(tmp_path, HEADER, row(finding="Serious Wrongful Misconduct")))
    assert fault.value == "Serious Wrongful Misconduct"


def test_ragged_rows(tmp_path):
    path = write(tmp_path, HEADER, GOOD, row(case_id="b") + ",extra", "c,Kent", row(case_id="d"))
    found = problems(path)
    assert [(p.row, p.message) for p in found] == [
        (3, "has 18 cells, but the header has 17"),
        (4, "has 2 cells, but the header has 17"),
    ]


def test_rows_are_counted_as_a_spreadsheet_does_over_blank_lines(tmp_path):
    path = write(tmp_path, HEADER, GOOD, "", row(case_id="b", role="x"))
    assert {p.row for p in problems(path)} == {4}


def test_spreadsheet_saved_with_semicolons(tmp_path):
    path = write(tmp_path, HEADER.replace(",", ";"), GOOD.replace(",", ";"))
    fault = only(path)
    assert (
        fault.row == 1 and "semicolons, not commas" in fault.message and "comma delimited" in fault.suggestion
    )


def test_tabs_and_the_sep_line(tmp_path):
    assert "tabs" in only(write(tmp_path, HEADER.replace(",", "\t"), GOOD.replace(",", "\t"))).message
    assert any("sep=" in p.message for p in problems(write(tmp_path, "sep=,", HEADER, GOOD)))


def test_windows_encoding_names_the_row(tmp_path):
    path = write(tmp_path, HEADER, GOOD, row(case_id="b", publisher="x"), encoding="cp1252")
    load_hearings(path)
    path = write(tmp_path, HEADER, GOOD, row(case_id="b", outcome="dismissed – no notice"), encoding="cp1252")
    found = problems(path)
    assert found[0].row == 3 and "Windows-1252" in found[0].message and "UTF-8" in found[0].suggestion
    assert found[0].value is None
    assert (found[1].row, found[1].column) == (3, "outcome")


def test_a_name_in_another_encoding_is_not_repeated(tmp_path):
    path = write(tmp_path, HEADER, row(outcome="Çay Saucer"), encoding="cp1252")
    found = problems(path)
    assert "UTF-8" in found[0].message
    assert "Saucer" not in "".join(map(str, found)) and not any("Saucer" in repr(p) for p in found)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_utf_16(tmp_path, encoding):
    fault = only(write(tmp_path, HEADER, GOOD, encoding=encoding))
    assert "UTF-16" in fault.message


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"  \r\n", b"\x00\x00"])
def test_empty_file(tmp_path, content):
    path = tmp_path / "cases.csv"
    path.write_bytes(content)
    assert only(path).message == "is empty"


def test_header_without_rows(tmp_path):
    assert only(write(tmp_path, HEADER)).message == "has a header but no rows"


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (b"PK\x03\x04rest", "Excel"),
        (b"\xd0\xcf\x11\xe0rest", "old Excel"),
        (b"%PDF-1.4", "PDF"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"\x1f\x8b\x08", "gzip"),
    ],
)
def test_another_kind_of_file(tmp_path, start, what):
    path = tmp_path / "cases.csv"
    path.write_bytes(start)
    assert what in only(path).message


@pytest.mark.parametrize("ending", [".xlsx", ".XLS", ".ods"])
def test_a_workbook_is_told_by_its_name_even_when_broken(tmp_path, ending):
    path = tmp_path / f"cases{ending}"
    path.write_bytes(b"not a workbook at all")
    assert "workbook" in only(path).message


def test_unclosed_quote_and_nul_bytes(tmp_path):
    path = write(tmp_path, HEADER, GOOD, row(case_id='"b'))
    fault = only(path)
    assert fault.row == 3 and "double quote" in fault.suggestion
    path = tmp_path / "nul.csv"
    path.write_bytes(f"{HEADER}\n{GOOD}\n".encode().replace(b"Kent", b"Ke\x00nt"))
    fault = only(path)
    assert fault.row == 2 and "NUL" in fault.message


def test_damaged_parquet(tmp_path):
    path = tmp_path / "cases.parquet"
    path.write_bytes(b"PAR1 not really PAR1")
    with pytest.raises(StudyError, match="not a readable Parquet file"):
        load_hearings(path)


def test_no_file_a_folder_and_no_permission(tmp_path):
    write(tmp_path, HEADER, GOOD)
    with pytest.raises(StudyError, match=r"no such file\. Did you mean '.*cases\.csv'"):
        load_hearings(tmp_path / "case.csv")
    with pytest.raises(StudyError, match="is a folder"):
        load_hearings(tmp_path)
    with pytest.raises(StudyError):
        load_hearings("a\0b")


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = write(tmp_path, HEADER, GOOD)
    path.chmod(0)
    if os.access(path, os.R_OK):  # the super-user reads everything
        monkeypatch.setattr("pathlib.Path.read_bytes", lambda self: (_ for _ in ()).throw(PermissionError()))
    with pytest.raises(StudyError, match="may not be read"):
        load_hearings(path)
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)


@pytest.mark.parametrize(
    ("changes", "column", "says"),
    [
        ({"rank": "special_sergeant"}, "rank", "Special Constabulary"),
        ({"role": "special_constable"}, "rank", "regular officers"),
        ({"role": "pcso"}, "rank", "regular officers"),
        ({"status": "former"}, "outcome", "former member"),
        ({"outcome": "would_have_been_dismissed"}, "outcome", "serving member"),
        ({"finding": "not_proven"}, "outcome", "not_proven"),
        ({"finding": "not_proven", "outcome": "written_warning"}, "outcome", "not_proven"),
    ],
)
def test_columns_that_contradict_each_other(tmp_path, changes, column, says):
    fault = only(write(tmp_path, HEADER, row(**changes)))
    assert (fault.row, fault.column, fault.value) == (
        2,
        column,
        row(**changes).split(",")[COLUMNS.index(column)],
    )
    assert says in fault.message


@pytest.mark.parametrize(
    "changes",
    [
        {"status": ""},
        {"status": "former", "outcome": "would_have_been_dismissed"},
        {"status": "", "outcome": "would_have_been_dismissed"},
        {"finding": "not_proven", "outcome": "no_action"},
        {"role": "special_constable", "rank": "special_inspector"},
        {"role": "special_constable", "rank": ""},
        {"finding": "misconduct", "outcome": "dismissed"},
    ],
)
def test_columns_that_agree(tmp_path, changes):
    assert len(load_hearings(write(tmp_path, HEADER, row(**changes)))) == 1


def test_wrong_sources_and_official_figures_are_explained(tmp_path):
    text = pd.read_csv(data_folder() / "official.csv", dtype=str, keep_default_na=False)
    text.loc[0, ["value", "period"]] = ["1,234", "last year"]
    with pytest.raises(DataError) as caught:
        load_official(text)
    said = {p.column: p for p in caught.value.problems}
    assert said["value"].row == 2 and "'1234'" in said["value"].suggestion
    assert said["period"].value == "last year"
    sources = pd.read_csv(data_folder() / "sources.csv", dtype=str, keep_default_na=False)
    sources.loc[3, "source_type"] = "newspaper"
    with pytest.raises(DataError, match="row 5, column source_type: 'newspaper'.*'news_report'"):
        load_sources(sources)


@pytest.mark.parametrize("period", ["year ending 2025-02-30", "2025-03-31 to 2024-01-01", "2099"])
def test_an_impossible_official_period_is_a_fault_of_its_row(period):
    text = pd.read_csv(data_folder() / "official.csv", dtype=str, keep_default_na=False)
    text.loc[1, "period"] = period
    with pytest.raises(DataError) as caught:
        load_official(text)
    (fault,) = caught.value.problems
    assert (fault.row, fault.column, fault.value) == (3, "period", period) and fault.suggestion


# ------------------------------------------------------------------------------------- another data package


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "package"
    shutil.copytree(data_folder(), folder, ignore=shutil.ignore_patterns("incoming"))
    monkeypatch.setenv("MISCONDUCT_DATA", str(folder))
    return folder


def test_a_code_added_while_the_program_runs_is_allowed(tmp_path, package):
    path = write(tmp_path, HEADER, row(conduct="teapot_misuse"))
    assert only(path).column == "conduct"
    with (package / "codelists" / "conduct.csv").open("a", encoding="utf-8") as file:
        file.write("teapot_misuse,Teapot misuse,Of teapots,\n")
    assert load_hearings(path)["conduct"].tolist() == [("teapot_misuse",)]


def test_another_package_is_judged_by_its_own_lists(tmp_path, package, monkeypatch):
    with (package / "codelists" / "conduct.csv").open("a", encoding="utf-8") as file:
        file.write("teapot_misuse,Teapot misuse,Of teapots,\n")
    path = write(tmp_path, HEADER, row(conduct="teapot_misuse"))
    assert len(load_hearings(path)) == 1
    monkeypatch.delenv("MISCONDUCT_DATA")
    assert only(path).column == "conduct"


def test_without_any_data_the_message_names_the_variable(tmp_path, monkeypatch):
    monkeypatch.setenv("MISCONDUCT_DATA", "")
    monkeypatch.setattr(paths, "__file__", str(tmp_path / "lib" / "analysis" / "paths.py"))
    with pytest.raises(StudyError, match=r"MISCONDUCT_DATA.*hearings\.csv.*codelists"):
        load_hearings()
    monkeypatch.setenv("MISCONDUCT_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(StudyError, match=r"MISCONDUCT_DATA names .*nowhere"):
        load_hearings()


# ------------------------------------------------------------------------------------- anything at all


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400))
def test_no_file_whatever_raises_anything_but_a_study_error(tmp_path, content):
    path = tmp_path / "any.csv"
    path.write_bytes(content)
    with pytest.raises(StudyError):
        load_hearings(path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_mangled_file_loads_or_raises_a_study_error(tmp_path, data):
    content = bytearray(f"{HEADER}\n{GOOD}\n{row(case_id='b', role='special_constable', rank='')}\n".encode())
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        action = data.draw(st.sampled_from(["insert", "delete", "replace"]))
        byte = data.draw(st.one_of(st.sampled_from(list(b',;"\n\r\x00\xff\xe9- ')), st.integers(0, 255)))
        if action == "insert":
            content.insert(place, byte)
        elif action == "replace":
            content[place] = byte
        elif len(content) > 1:
            del content[place]
    path = tmp_path / "mangled.csv"
    path.write_bytes(bytes(content))
    try:
        loaded = load_hearings(path)
    except StudyError as error:
        assert str(error)
    else:
        assert 1 <= len(loaded) <= 2 and loaded["role"].notna().all()


@settings(max_examples=30, deadline=None)
@given(
    frame=st.fixed_dictionaries(
        {
            name: st.one_of(
                st.text(max_size=12), st.integers(), st.none(), st.floats(), st.lists(st.text(max_size=3))
            )
            for name in COLUMNS
        }
    )
)
def test_a_frame_of_anything_raises_only_a_study_error(frame):
    with pytest.raises(StudyError):
        load_hearings(pd.DataFrame([frame], dtype=object))

"""Adding cases: checked first, all or nothing whenever it is killed, once however often it is asked."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from analysis.errors import DataError, StudyError
from analysis.intake import Source, add_cases
from analysis.intake.sources import address_holds_a_name
from analysis.intake.store import FACTS, as_csv, runs
from analysis.loading import load_changes, load_hearings, load_sources, validate_package
from analysis.paths import data_folder, data_in
from analysis.writing import changing, replace_together, settle

PAGE = Source(
    source_type="force_notice", url="https://www.essex.police.uk/notices/7", publisher="Essex Police"
)
CASE = {"force": "Essex", "role": "special_constable", "outcome": "dismissed", "hearing_date": "2024-05-03"}


def cases(*changes: dict) -> pd.DataFrame:
    return pd.DataFrame([CASE | change for change in changes]).fillna("")


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    shutil.copytree(data_folder(), folder, ignore=shutil.ignore_patterns("incoming", ".change.*"))
    return folder


def state(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".csv", ".json")}


def problems(folder) -> list[str]:
    return [str(problem) for problem in validate_package(folder)]


# ------------------------------------------------------------------------------------- what is written


def test_cases_are_added_with_their_source_and_logged(data):
    before = load_hearings(data / "hearings.csv", data / "sources.csv")
    receipt = add_cases(
        cases({}, {"outcome": "final_written_warning"}), PAGE, how="coding", data=data, who="coder-1"
    )
    assert problems(data) == []
    assert str(receipt) == "2 rows in = 2 accepted + 0 duplicates + 0 rejected"
    after = load_hearings(data / "hearings.csv", data / "sources.csv").set_index("case_id")
    assert len(after) == len(before) + 2
    added = after.loc[list(receipt.case_ids)]
    assert added["outcome"].tolist() == ["dismissed", "final_written_warning"]
    assert added["source_type"].eq("force_notice").all() and not added["date_inferred"].any()
    source = load_sources(data / "sources.csv").set_index("source_id").loc[receipt.source_id]
    assert (source["cases"], source["host"], source["url"]) == (2, "www.essex.police.uk", PAGE.url)
    change = load_changes(data / "CHANGES.csv").iloc[-1]
    assert change[["rows_in", "accepted", "duplicates", "rejected"]].tolist() == [2, 2, 0, 0]
    assert (change["made_by"], change["how"], change["source_id"]) == ("coder-1", "coding", receipt.source_id)
    assert change["cases"] == ":".join(receipt.case_ids) and change["change_id"] == receipt.change_id


def test_the_rows_that_were_there_stay_byte_for_byte_in_place(data):
    before = (data / "hearings.csv").read_bytes().splitlines()
    add_cases(cases({}), PAGE, how="coding", data=data)
    after = (data / "hearings.csv").read_bytes().splitlines()
    [new] = set(after) - set(before)
    assert [line for line in after if line != new] == before
    assert after[after.index(new) - 1].startswith(b"essex-")


def test_the_same_rows_again_change_nothing(data):
    rows = cases({}, {}, {"outcome": "final_written_warning"})  # two people of whom the same is said
    first = add_cases(rows, PAGE, how="coding", data=data)
    assert first.accepted == 3 and len(set(first.case_ids)) == 3
    before = state(data)
    again = add_cases(rows.iloc[::-1], PAGE, how="coding", data=data)
    assert (again.duplicates, again.accepted, again.changed) == (3, 0, False)
    assert set(again.rows["case_id"]) == set(first.case_ids)
    assert state(data) == before


def test_a_page_that_grew_adds_only_what_is_new(data):
    first = add_cases(cases({}), PAGE, how="coding", data=data)
    receipt = add_cases(cases({}, {}, {"hearing_date": "2024-06-04"}), PAGE, how="coding", data=data)
    assert (receipt.accepted, receipt.duplicates, receipt.new_source) == (2, 1, False)
    assert receipt.source_id == first.source_id and problems(data) == []
    assert load_sources(data / "sources.csv").set_index("source_id").loc[first.source_id, "cases"] == 3


def test_a_case_coded_anew_is_turned_away_not_counted_twice(data):
    first = add_cases(cases({"breaches": "honesty_and_integrity"}), PAGE, how="coding", data=data)
    before = state(data)
    anew = cases({"breaches": "honesty_and_integrity;confidentiality", "conduct": "dishonesty"})
    receipt = add_cases(anew, PAGE, how="coding", data=data)
    assert (receipt.accepted, receipt.rejected) == (0, 1) and state(data) == before
    assert receipt.rows["case_id"].tolist() == list(first.case_ids)
    assert "breaches, conduct" in receipt.rows["reason"].iloc[0]
    # Where the first case is among the rows too, the other is another person.
    both = add_cases(
        pd.concat([cases({"breaches": "honesty_and_integrity"}), anew]), PAGE, how="coding", data=data
    )
    assert (both.accepted, both.duplicates, both.rejected) == (1, 1, 0)


def test_what_was_turned_away_before_is_in_the_arithmetic(data):
    receipt = add_cases(cases({}), PAGE, how="import", data=data, rejected=4, mapping="some-table")
    assert (receipt.rows_in, receipt.accepted, receipt.rejected) == (5, 1, 4)
    change = load_changes(data / "CHANGES.csv").iloc[-1]
    assert change[["rows_in", "rejected", "mapping"]].tolist() == [5, 4, "some-table"]


def test_a_dry_run_says_the_same_and_writes_nothing(data):
    before = state(data)
    dry = add_cases(cases({}, {}), PAGE, how="coding", data=data, dry_run=True)
    assert (dry.accepted, dry.changed) == (2, False) and state(data) == before
    assert add_cases(cases({}, {}), PAGE, how="coding", data=data).case_ids == dry.case_ids


def test_a_number_is_never_given_twice(data):
    first = add_cases(cases({}), PAGE, how="coding", data=data)
    table = pd.read_csv(data / "hearings.csv", dtype=str, keep_default_na=False)
    (data / "hearings.csv").write_bytes(as_csv(table[~table["case_id"].isin(first.case_ids)]))
    table = pd.read_csv(data / "sources.csv", dtype=str, keep_default_na=False)
    (data / "sources.csv").write_bytes(as_csv(table[table["source_id"].ne(first.source_id)]))
    second = add_cases(cases({}), PAGE, how="coding", data=data)
    assert second.case_ids != first.case_ids and second.source_id != first.source_id


def test_runs_of_ids():
    assert runs([]) == ""
    assert runs(["kent-010", "kent-009", "kent-011", "kent-013"]) == "kent-009:kent-011;kent-013"


# ------------------------------------------------------------------------------------- sources


def test_a_file_without_address_is_known_by_its_hash(data):
    file = Source(source_type="foi_disclosure", file_sha256="ab" * 32, scope="complete_list")
    first = add_cases(cases({}), file, how="import", data=data)
    assert problems(data) == []
    with_address = Source(url="https://example.org/foi.csv", file_sha256="ab" * 32)
    assert add_cases(cases({}), with_address, how="import", data=data).source_id == first.source_id
    row = load_sources(data / "sources.csv").set_index("source_id").loc[first.source_id]
    assert (row["host"], row["url_sha256"], row["scope"]) == ("file", "ab" * 32, "complete_list")


def test_cases_can_be_added_to_a_source_by_its_id(data):
    receipt = add_cases(cases({}), {"source_id": "S0003"}, how="coding", data=data)
    assert receipt.source_id == "S0003" and problems(data) == []
    with pytest.raises(StudyError, match="no source 'S9999'"):
        add_cases(cases({}), {"source_id": "S9999"}, how="coding", data=data)


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("https://news.example/pc-jane-doe-sacked-after-drink-drive-3421", True),
        ("https://news.example/former-special-constable-john-roe-jailed", True),
        ("https://news.example/search?q=somebody", True),
        ("https://news.example/former-police-officer-dismissed-for-gross-misconduct", False),
        ("https://www.kent.police.uk/foi/2023/misconduct-outcomes-special-constables/", False),
        ("https://news.example/pc-sacked-over-racist-messages", False),
        ("https://news.example/police-constable-dismissed-without-notice", False),
    ],
)
def test_an_address_with_a_name_is_kept_as_its_hash_alone(data, url, named):
    assert address_holds_a_name(url) == named
    receipt = add_cases(cases({}), {"url": url, "source_type": "news_report"}, how="coding", data=data)
    row = load_sources(data / "sources.csv").set_index("source_id").loc[receipt.source_id]
    assert pd.isna(row["url"]) == named and len(row["url_sha256"]) == 64
    assert add_cases(cases({}), {"url": url}, how="coding", data=data).duplicates == 1


# ------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("change", "column", "value"),
    [
        ({"outcome": "fired"}, "outcome", "fired"),
        ({"force": "Essexshire"}, "force", "Essexshire"),
        ({"hearing_date": "2023-02-31"}, "hearing_date", "2023-02-31"),
        ({"rank": "sergeant"}, "rank", "sergeant"),
        ({"outcome": ""}, "outcome", None),
    ],
)
def test_a_wrong_cell_is_named_and_nothing_is_written(data, change, column, value):
    before = state(data)
    with pytest.raises(DataError) as error:
        add_cases(cases({}, change), PAGE, how="coding", data=data)
    assert {(p.row, p.column, p.value) for p in error.value.problems} == {(1, column, value)}
    assert state(data) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"who": "Jane Doe"}, "a role or handle"),
        ({"how": "magic"}, "how"),
        ({"source": {"url": "ftp://x"}}, "expected https"),
        ({"source": {"source_type": "news_report"}}, "needs its address"),
        ({"source": {"link": "https://x.org"}}, "has no 'link'"),
        ({"source": {"url": "https://x.org/", "source_type": "gossip"}}, "'gossip'"),
        ({"rows": cases({"name": "x"})}, "no column 'name'"),
    ],
)
def test_a_wrong_argument_is_refused(data, arguments, said):
    before = state(data)
    given = {"rows": cases({}), "source": PAGE, "how": "coding", "data": data} | arguments
    with pytest.raises(StudyError, match=said):
        add_cases(given.pop("rows"), given.pop("source"), **given)
    assert state(data) == before


def test_a_broken_package_is_not_built_upon(data):
    (data / "sources.csv").write_bytes(b"source_id,cases\n")
    before = state(data)
    with pytest.raises(StudyError, match=r"sources\.csv"):
        add_cases(cases({}), PAGE, how="coding", data=data)
    assert state(data) == before


# ------------------------------------------------------------------------------------- killed at any moment


def test_files_are_replaced_together_from_the_moment_it_is_decided(tmp_path, monkeypatch):
    (tmp_path / "a").write_text("old")
    (tmp_path / "b").write_text("old")
    with changing(tmp_path), monkeypatch.context() as patched:
        patched.setattr("analysis.writing._settle", lambda folder: None)  # killed right after the decision
        replace_together(tmp_path, {"a": b"new", "b": b"new"})
    assert (tmp_path / "a").read_text() == "old"
    settle(tmp_path)
    assert [(tmp_path / name).read_text() for name in "ab"] == ["new", "new"]
    assert sorted(p.name for p in tmp_path.iterdir() if not p.name.endswith(".lock")) == ["a", "b"]


def test_what_was_prepared_and_not_decided_is_thrown_away(tmp_path, monkeypatch):
    (tmp_path / "a").write_text("old")
    half = tmp_path / ".change.prepared"
    half.mkdir()
    (half / "000 a").write_text("half a fi")
    settle(tmp_path)
    assert (tmp_path / "a").read_text() == "old" and half.exists()  # it may be another's who is at work
    with changing(tmp_path):
        replace_together(tmp_path, {"a": b"new"})
    assert (tmp_path / "a").read_text() == "new" and not half.exists()


def test_two_changes_at_once_wait_or_say_so(data):
    with changing(data), pytest.raises(StudyError, match="another change") as error, changing(data, wait=0):
        pass
    assert error.value.exit_status == 75


class Killed(BaseException):
    """Stands for the end of the process."""


def test_a_change_cut_off_after_any_step_leaves_the_old_or_the_new(data, monkeypatch):
    import pathlib

    names = ("hearings.csv", "sources.csv", "CHANGES.csv")
    old = {name: (data / name).read_bytes() for name in names}
    seen = []
    for step in range(40):
        left = [step]

        def counted(real, left=left):
            def call(*arguments, **options):
                if not left[0]:
                    raise Killed
                left[0] -= 1
                return real(*arguments, **options)

            return call

        with monkeypatch.context() as patched:
            for place, name in (
                (os, "fsync"),
                (pathlib.Path, "rename"),
                (pathlib.Path, "replace"),
                (pathlib.Path, "rmdir"),
            ):
                patched.setattr(place, name, counted(getattr(place, name)))
            try:
                add_cases(cases({}), PAGE, how="coding", data=data)
            except Killed:
                seen.append("cut")
        settle(data)
        now = {name: (data / name).read_bytes() for name in names}
        if now == old:
            seen.append("old")
            continue
        assert all(now[name] != old[name] for name in names)
        if left[0]:
            break
        seen.append("new")
        for name in names:
            (data / name).write_bytes(old[name])
    assert {"cut", "old", "new"} <= set(seen) and left[
        0
    ]  # cut before and after the decision, and once not at all


WRITER = """
import sys, pandas as pd
from pathlib import Path
from analysis.intake import Source, add_cases
folder = Path(sys.argv[1])
rows = pd.DataFrame({"force": ["Essex"] * 2000, "role": "police_officer", "outcome": "dismissed"})
print("ready", flush=True)
for n in range(1000):
    add_cases(rows, Source(url=f"https://example.org/{n}"), how="import", data=folder)
"""


def test_a_change_killed_at_a_random_moment_leaves_the_old_or_the_new(data):
    chance = random.Random(20260203)
    for _ in range(5):
        count = len(load_hearings(data / "hearings.csv", data / "sources.csv"))
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(data)], stdout=subprocess.PIPE, start_new_session=True
        )
        process.stdout.readline()
        time.sleep(chance.uniform(0.05, 0.9))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        with data_in(data):
            hearings = load_hearings()
            counts = hearings["source_id"].value_counts()
            sources = load_sources().set_index("source_id")["cases"]
            changes = load_changes()
        assert (len(hearings) - count) % 2000 == 0
        assert counts.to_dict() == sources.to_dict()
        assert changes["accepted"].sum() == len(hearings) and hearings["case_id"].is_unique
        add_cases(cases({"force": "Kent"}), PAGE, how="coding", data=data)  # and the next change goes on
    assert not (data / ".change.prepared").exists() and not (data / ".change.decided").exists()


def test_facts_are_the_columns_of_the_hearings():
    assert ("case_id" in FACTS, "source_id" in FACTS, len(FACTS)) == (False, False, 15)

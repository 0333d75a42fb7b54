"""The commands that bring data in, as a user types them."""

import shutil

import pandas as pd
import pytest
from typer.testing import CliRunner

from analysis.cli import app
from analysis.errors import StudyError
from analysis.loading import validate_package
from analysis.paths import VARIABLE, data_folder

TABLE = """Misconduct outcomes 2023,,,
Hearing date,Rank,Standards breached,Outcome
10/04/2023,PC,Hon & Int,Dismissed w/o notice
13/05/2023,Special Constable,Discreditable Conduct,Would Have Been Dismissed
14/05/2023,DS,Orders & Instructions,Demised
Total,,,3
"""


@pytest.fixture
def data(tmp_path, monkeypatch):
    folder = tmp_path / "data"
    shutil.copytree(data_folder(), folder, ignore=shutil.ignore_patterns("incoming", ".change.*", "mappings"))
    monkeypatch.setenv(VARIABLE, str(folder))  # --data sets it too: it is put back after the test
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kent-2023.csv").write_text(TABLE)
    return folder


def run(*arguments, answers=""):
    return CliRunner().invoke(app, [str(a) for a in arguments], input=answers, catch_exceptions=True)


def state(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_guess_is_shown_asked_about_and_saved(data):
    done = run("import", "kent-2023.csv", "--data", data, answers="y\n")
    assert done.exit_code == 0, done.output
    for said in (
        "Mapping: kent-2023 (guessed)",
        "force Kent",
        "Hearing date        hearing_date",
        "Passed over as no case: totals: row 6",
        "perhaps dismissed",
        "3 rows in = 2 accepted + 0 duplicates + 1 rejected",
        "kent-2023.rejects.csv",
        "mappings/kent-2023.toml",
    ):
        assert said in done.output, said
    assert [str(p) for p in validate_package(data)] == []
    again = run("import", "kent-2023.csv", "--data", data)
    assert again.exit_code == 0 and "2 duplicates" in again.output and "Nothing changed" in again.output
    assert "Mapping: kent-2023\n" in again.output


def test_words_told_once_are_understood_from_then_on(data, tmp_path):
    done = run("import", "kent-2023.csv", "--data", data, "--yes", "--word", "Demised=dismissed")
    assert "3 rows in = 3 accepted" in done.output
    (tmp_path / "kent-2024.csv").write_text(TABLE.replace("/2023", "/2024"))
    assert "3 rows in = 3 accepted" in run("import", "kent-2024.csv", "--data", data, "--yes").output
    later = TABLE.replace("/2023", "/2025").replace("Dismissed w/o notice", "Gone")
    (tmp_path / "kent-2025.csv").write_text(later)
    taught = run("import", "kent-2025.csv", "--data", data, "--yes", "--word", "Gone=dismissed")
    assert "3 rows in = 3 accepted" in taught.output
    saved = [path.name for path in (data / "mappings").iterdir()]
    text = (data / "mappings" / "kent-2023.toml").read_text()
    assert saved == ["kent-2023.toml"] and '"Gone"' in text and '"Demised"' in text
    wrong = run("import", "kent-2023.csv", "--data", data, "--yes", "--word", "Demised=dismised")
    assert "Did you mean 'dismissed'" in str(wrong.exception)
    assert run("import", "kent-2023.csv", "--data", data, "--word", "Demised").exit_code == 2


@pytest.mark.parametrize("arguments", [("--dry-run",), ()])
def test_a_dry_run_and_a_no_write_nothing(data, arguments):
    before = state(data)
    done = run("import", "kent-2023.csv", "--data", data, *arguments, answers="n\n")
    assert "2 accepted" in done.output and state(data) == before
    assert done.exit_code == (0 if arguments else 1)


def test_yes_does_not_ask_and_says_where_from(data):
    options = (
        *(
            "--yes",
            "--selected",
            "--source-url",
            "https://www.kent.police.uk/foi/9",
            "--publisher",
            "Kent Police",
        ),
        *(
            "--source-type",
            "foi_disclosure",
            "--scope",
            "outcome_list",
            "--published",
            "2024-01",
            "--by",
            "importer-2",
        ),
    )
    done = run("import", "kent-2023.csv", "--data", data, *options)
    assert done.exit_code == 0, done.output
    source = pd.read_csv(data / "sources.csv", dtype=str).iloc[-1]
    expected = {
        "source_type": "foi_disclosure",
        "scope": "outcome_list",
        "selected_on_outcome": "yes",
        "published": "2024-01",
        "host": "www.kent.police.uk",
    }
    assert source[list(expected)].to_dict() == expected
    assert pd.read_csv(data / "CHANGES.csv", dtype=str).iloc[-1]["made_by"] == "importer-2"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--by", "Jane Doe"), "role or handle"),
        (("--force", "Kentish"), "force"),
        (("--mapping", "leicestershire-page"), "lacks the column|no row with the headings"),
        (("--mapping", "nothing-like-it"), "no mapping"),
        (("--source-type", "gossip"), "gossip"),
        (("--sheet", "Two"), "no sheet"),
    ],
)
def test_a_wrong_option_is_one_message_and_changes_nothing(data, options, said):
    import re

    before = state(data)
    done = run("import", "kent-2023.csv", "--data", data, "--yes", *options)
    assert isinstance(done.exception, StudyError) and re.search(said, str(done.exception))
    assert state(data) == before


def test_a_table_of_which_nothing_can_be_placed_is_a_failure(data, tmp_path):
    (tmp_path / "kent.csv").write_text("Hearing date,Rank,Outcome\n10/04/2023,PC,Pending\n")
    done = run("import", "kent.csv", "--data", data, "--yes")
    assert done.exit_code == 1 and "1 rows in = 0 accepted" in done.output


def test_a_mapping_is_listed_and_shown(data):
    assert "leicestershire-page" in run("mappings", "--data", data).output
    shown = run("mappings", "met-foi-cases", "--data", data).output
    assert '"Meeting Hearing Date" = "hearing_date"' in shown


def test_duplicates_are_listed_decided_and_gone(data):
    first = run("duplicates", "--data", data, "--most", 1).output.splitlines()[2].split()[:2]
    assert run("duplicates", "--data", data, "--set", *first, "different").exit_code == 0
    assert first != run("duplicates", "--data", data, "--most", 1).output.splitlines()[2].split()[:2]
    asked = run("duplicates", "--data", data, "--most", 3, "--decide", answers="x\ns\nl\nq\n")
    assert asked.exit_code == 0 and "Answer s, d, u, l or q" in asked.output and "source" in asked.output
    assert len(pd.read_csv(data / "possible_duplicates.csv")) == len(pd.read_csv(data_folder_file())) + 2
    assert [str(p) for p in validate_package(data)] == []


def data_folder_file():
    from pathlib import Path

    return Path(__file__).parents[1] / "data" / "possible_duplicates.csv"


def test_the_commands_of_the_readme_work_as_a_newcomer_types_them(data, tmp_path):
    """Every command of "Add a force's table in five minutes", in order, on a table as forces publish them."""
    import re
    import shlex
    from pathlib import Path

    import openpyxl

    text = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    section = text.split("## Add a force's table in five minutes")[1].split("\n## ")[0]
    commands = [
        shlex.split(line, comments=True)[1:]
        for block in re.findall(r"```sh\n(.*?)```", section, flags=re.DOTALL)
        for line in block.strip().splitlines()
    ]
    assert [command[0] for command in commands] == ["import", "import", "validate", "duplicates"]
    (data / "incoming").mkdir()
    book = openpyxl.Workbook()
    book.active.append(["Kent Police: misconduct hearings and meetings, 2023/24"])
    for row in (
        [
            "Ref",
            "Officer name",
            "Rank",
            "Meeting / Hearing",
            "Date concluded",
            "Breaches",
            "Level found",
            "Result",
        ],
        [
            1,
            "Redacted",
            "PC",
            "Hearing",
            "12/01/2024",
            "Honesty & Integrity",
            "Gross Misconduct",
            "Dismissed",
        ],
        [
            2,
            "Redacted",
            "PCSO",
            "Meeting",
            "06/06/2023",
            "Duties & Responsibilities",
            "Misconduct",
            "Verbal guidance",
        ],
    ):
        book.active.append(row)
    book.save(data / "incoming" / "kent-2024.xlsx")
    outputs = [run(*command, answers="y\n") for command in commands]
    assert [done.exit_code for done in outputs] == [0, 0, 0, 0], [done.output for done in outputs]
    assert "2 rows in = 1 accepted" in outputs[0].output and "2 rows in = 2 accepted" in outputs[1].output
    assert f"valid: {len(pd.read_csv(data / 'hearings.csv')):,} cases" in outputs[2].output

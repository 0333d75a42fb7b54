"""`misconduct code` and `misconduct evaluate`, as a user meets them."""

import csv
import io
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from analysis import cli

NOTICES = Path(__file__).parent / "notices"
NOTICE = "PC A of Kent Police was dismissed without notice at a misconduct hearing yesterday, after a panel found gross misconduct."


@pytest.fixture
def call(monkeypatch, capsys):
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def call(*arguments, given=None):
        monkeypatch.setattr(sys, "argv", ["misconduct", *map(str, arguments)])
        if given is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, ended.value.code or 0, told.out, told.err)

    monkeypatch.setenv("COLUMNS", "200")
    yield call
    for number, handler in kept.items():
        signal.signal(number, handler)


def message(done, status=1):
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    return " ".join(done.stderr.replace("│", " ").split())


def test_a_table_for_reading(call, tmp_path):
    file = tmp_path / "notice.txt"
    file.write_text(NOTICE)
    said = call("code", file, "--published", "2024-05-17").stdout
    assert "Case 1 of 1" in said
    assert "Dismissed" in said and "2024-05-16" in said and "Gross misconduct" in said and "Kent" in said


def test_json_with_spans_that_index_the_text(call, tmp_path):
    file = tmp_path / "notice.txt"
    file.write_text(NOTICE)
    [case] = json.loads(call("code", file, "--format", "json", "--published", "2024-05-17").stdout)
    for field in case["fields"].values():
        for span in field["spans"]:
            assert NOTICE[span["start"] : span["end"]] == span["words"]
    assert case["fields"]["outcome"]["value"] == "dismissed"
    assert isinstance(case["fields"]["conduct"]["value"], list) if "conduct" in case["fields"] else True


def test_html_is_written_whole_to_its_file(call, tmp_path):
    file, page = tmp_path / "notice.txt", tmp_path / "notice.html"
    file.write_text(NOTICE)
    done = call("code", file, "--format", "html", "-o", page)
    assert done.stdout == f"{page}: 1 case\n"
    assert page.read_text().startswith("<!doctype html>") and page.read_text().rstrip().endswith("</html>")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["notice.html", "notice.txt"]


def test_standard_input(call):
    assert "Dismissed" in call("code", "-", given=NOTICE.encode()).stdout


def test_a_notice_without_a_case_says_so(call):
    assert (
        "No concluded case" in call("code", "-", given=b"A misconduct hearing will be held on 3 June.").stdout
    )
    assert json.loads(call("code", "-", "--format", "json", given=b"").stdout) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["none.txt"], "no such file"),
        (["."], "is a folder"),
        (["-", "--published", "17 May"], "YYYY-MM-DD"),
        (["-", "--force", "Narnia"], "Narnia"),
        (["-", "-o", "none/x.html"], "no folder"),
    ],
)
def test_a_wrong_argument_is_a_sentence(call, arguments, says):
    assert says in message(call("code", *arguments, given=NOTICE.encode()))


def test_what_is_no_text_is_refused(call):
    assert "not a text file" in message(call("code", "-", given=b"%PDF-1.7"))


def test_evaluate_prints_the_measures_and_the_confusion(call, tmp_path):
    with (NOTICES / "gold.csv").open(encoding="utf-8") as file:
        reader = csv.DictReader(file)
        names, rows = reader.fieldnames, list(reader)
    some = tmp_path / "gold.csv"
    with some.open("w", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows[:8])
    done = call("evaluate", some, NOTICES, "--differences")
    assert done.returncode == 0
    assert "Precision" in done.stdout and "Standards breached" in done.stdout
    assert "Outcome, by hand (rows) and by the coder (columns)" in done.stdout


def test_evaluate_says_what_is_wrong_with_the_gold(call, tmp_path):
    bad = tmp_path / "gold.csv"
    bad.write_text("text,outcome\n")
    assert "finding" in message(call("evaluate", bad, NOTICES))
    assert "no such folder" in message(call("evaluate", NOTICES / "gold.csv", tmp_path / "none"))

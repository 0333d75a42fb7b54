"""The command line, as a user and a scheduler meet it: messages, exit statuses, and what survives a killing."""

import csv
import io
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from analysis import Question, cli, load_hearings, sanction_rates, select
from analysis.cli import check_parameters, forces_with_cases
from analysis.errors import StudyError
from analysis.rendering.publish import Workshop

FIXTURES = Path(__file__).parent / "rendering_fixtures"
COMMANDS = ("render", "validate", "rates", "list", "serve", "verify")
MISCONDUCT = [sys.executable, "-m", "analysis.cli"]


def run(*arguments, **options):
    """Run the command as a process of its own."""
    arguments = [*MISCONDUCT, *map(str, arguments)]
    return subprocess.run(arguments, capture_output=True, text=True, timeout=120, **options)


@pytest.fixture
def call(monkeypatch, capsys):
    """Run the command in this process, which is quicker; gives what `run` gives."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["misconduct", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, ended.value.code or 0, told.out, told.err)

    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("MISCONDUCT_DATA", "")  # put back afterwards, whatever --data sets
    yield call
    for number, handler in kept.items():
        signal.signal(number, handler)


def message(done, status=1):
    """What a command that must fail says: on standard error, and never a traceback."""
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert done.stdout == ""
    return " ".join(done.stderr.replace("│", " ").split())


# ------------------------------------------------------------------------------------------- help


def test_help_names_every_command_and_the_exit_statuses(call):
    text = " ".join(call("--help").stdout.split())
    for word in (*COMMANDS, "75", "130", "143"):
        assert word in text


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(call, command):
    assert f"Example: misconduct {command}" in call(command, "--help").stdout


def test_rates_has_an_option_for_every_field_of_the_question(call):
    text = call("rates", "--help").stdout
    for field in Question.model_fields:
        assert "--" + field.replace("_", "-") in text


def test_version(call):
    import analysis

    assert call("--version").stdout == f"misconduct {analysis.__version__}\n"


# ------------------------------------------------------------------------------------------- rates


def test_rates_as_json_are_the_tidy_frame_and_nothing_else(call):
    done = call("rates", "--by", "role,force", "--format", "json")
    found = json.loads(done.stdout)
    expected = sanction_rates(select(load_hearings()), by=["role", "force"])
    assert len(found) == len(expected)
    assert list(found[0]) == list(expected.columns)
    empty = [row for row in found if row["denominator"] == 0]
    assert empty
    assert all(row["estimate"] is None for row in empty)
    full = next(n for n, row in enumerate(found) if row["denominator"])
    assert found[full]["estimate"] == expected["estimate"].iloc[full]
    assert type(found[full]["denominator"]) is int
    assert type(found[full]["too_few"]) is bool
    assert done.stderr == ""


def test_rates_as_csv_hold_the_same_numbers_and_follow_the_question(call):
    done = call(
        "rates", "--by", "", "--format", "csv", "--from", "2015", "--end", "2019-06", "--sanction", "dismissed",
        "--denominator", "any_misconduct", "--level", "0.9", "--interval", "jeffreys", "--include-undated",
        "--leave-out-selected", "--forces", "Kent,metropolitan,Surrey",
    )  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    question = Question.of(
        start="2015", end="2019-06", sanction="dismissed", denominator="any_misconduct", level=0.9,
        interval="jeffreys", include_undated=True, leave_out_selected=True, forces=["Kent", "metropolitan", "Surrey"],
    )  # fmt: skip
    expected = sanction_rates(select(load_hearings(), question))
    assert len(rows) == len(expected) == 1
    assert int(rows[0]["numerator"]) == expected["numerator"].iloc[0]
    assert int(rows[0]["denominator"]) == expected["denominator"].iloc[0] > 0
    assert float(rows[0]["conf_high"]) == pytest.approx(expected["conf_high"].iloc[0])
    assert rows[0]["method"].startswith("Jeffreys 90")


def test_the_table_says_what_the_rates_are_of(call):
    text = call("rates", "--by", "role,breach").stdout
    assert "dismissal or equivalent" in text
    assert "cases in which gross misconduct was found" in text
    assert "Wilson 95 % interval" in text
    assert "too few to say" in text
    assert "do not add up" in text
    assert re.search(r"\d+ of \d+", text)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--sanction", "dimissed"], ["sanction", "dismissed"]),
        (["--roles", "special_constable"], ["roles", "two"]),
        (["--forces", "Kant"], ["forces", "'Kant'", "Did you mean 'kent'?"]),
        (["--level", "95"], ["level", "0.999"]),
        (["--start", "2020-13"], ["start", "2020-13"]),
        (["--by", "rank,colour"], ["colour", "breach"]),
        (["--breaches", "some"], ["any_mention", "single_breach"]),
        (["--format", "xml"], ["json"]),
        (["--colour", "red"], ["--colour"]),
    ],
)
def test_a_wrong_value_is_refused_with_the_allowed_ones(call, arguments, said):
    told = message(call("rates", *arguments), status=2)
    for words in said:
        assert words in told


def test_every_wrong_value_is_named_at_once(call):
    told = message(call("rates", "--level", "95", "--roles", "chief", "--min-count", "0"), status=2)
    for name in ("level", "roles", "min_count"):
        assert name in told


# ------------------------------------------------------------------------------------------- where output goes


# Where Python keeps text back, as it does for files and pipes, a fault of theirs may show only at the very end.
BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


def test_a_disk_that_is_full_is_one_line_and_no_traceback(tmp_path):
    """Also where what was printed is written only at the end; no byte fits into any file here."""
    full = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)), "env": BUFFERED}
    for arguments in (["list"], ["rates"], ["rates", "--by", "role,force", "--format", "json"]):
        with (tmp_path / "output").open("wb") as output:
            done = subprocess.run(
                [*MISCONDUCT, *arguments],
                stdout=output,
                stderr=subprocess.PIPE,
                text=True,
                timeout=120,
                **full,
            )
        assert done.returncode == 1
        assert done.stderr == "misconduct: File too large.\n"


def test_an_error_of_the_system_is_one_line_that_names_the_file(call, monkeypatch, tmp_path):
    def fail(*_, **__):
        raise OSError(28, "No space left on device", str(tmp_path / "page.html"))

    monkeypatch.setattr("analysis.rendering.render", fail)
    told = message(call("render", "--output", tmp_path / "site"))
    assert told == f"misconduct: {tmp_path / 'page.html'}: No space left on device."


def test_a_reader_who_has_seen_enough_is_no_error():
    for arguments in (["rates"], ["rates", "--by", "role,force,year", "--format", "json"]):
        command = [*MISCONDUCT, *arguments]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=BUFFERED
        )
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=60) in (0, 1)
        process.stderr.close()


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_files_and_pipes_get_utf8_whatever_the_encoding_of_the_system(encoding):
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    done = subprocess.run([*MISCONDUCT, "rates", "--by", "conduct"], capture_output=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert "95\u202f%" in done.stdout.decode("utf-8") or "95\xa0%" in done.stdout.decode("utf-8")


def test_a_terminal_gets_what_it_can_show(monkeypatch):
    class Terminal(io.TextIOWrapper):
        def isatty(self):
            return True

    terminal = Terminal(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", terminal)
    cli._write_any_text()
    print("95\xa0%", file=terminal, flush=True)
    assert terminal.buffer.getvalue() == b"95?%\n"


# ------------------------------------------------------------------------------------------- validate


def test_the_data_package_is_valid(call):
    done = call("validate")
    assert re.fullmatch(r"data valid: [\d,]+ cases\n|.*/data valid: [\d,]+ cases\n", done.stdout), done.stderr
    assert done.returncode == 0


def test_a_sound_file_is_valid(call, tmp_path, monkeypatch):
    shutil.copy(Path(__file__).parents[1] / "data" / "hearings.csv", tmp_path / "mine.csv")
    monkeypatch.chdir(tmp_path)
    done = call("validate", "mine.csv")
    assert done.stdout == f"mine.csv valid: {len(load_hearings()):,} cases\n"


def test_every_problem_of_a_broken_file_is_listed(call, tmp_path):
    lines = (Path(__file__).parents[1] / "data" / "hearings.csv").read_text(encoding="utf-8").splitlines()
    path = tmp_path / "broken.csv"
    path.write_text(
        "\n".join([lines[0], lines[1].replace("20", "99", 1), lines[2] + ",more", lines[3], lines[3]])
    )
    told = message(call("validate", path))
    assert "row" in told
    assert re.search(r"\d+ problems found", told)


def test_another_data_package_is_judged_by_its_own_code_lists(call, tmp_path):
    package = tmp_path / "package"
    shutil.copytree(Path(__file__).parents[1] / "data", package)
    forces = package / "codelists" / "forces.csv"
    lines = forces.read_text(encoding="utf-8").splitlines(keepends=True)
    forces.write_text("".join(line for line in lines if not line.startswith("kent,")), encoding="utf-8")
    told = message(call("validate", package))
    assert re.search(r"hearings\.csv, row \d+, column force: 'Kent'", told)


@pytest.mark.parametrize("command", [["validate"], ["rates", "--data"]])
def test_a_file_that_is_not_there(call, command):
    assert "nothing.csv" in message(call(*command, "nothing.csv"))


def test_a_data_folder_that_is_not_there(call):
    for command in ("render", "list"):
        assert "--data takes a data package" in message(call(command, "--data", "nowhere"))


# ------------------------------------------------------------------------------------------- catalogue


def test_the_project_has_a_report_for_every_force_with_data(call):
    listed = call("list").stdout
    forces = set(load_hearings()["force"].dropna())
    assert len(forces) >= 40
    for force in forces:
        assert f'force="{force}"' in listed
    for page in ("national.html", "role_comparison.html", "data_and_methods.html", "force/kent.html"):
        assert page in listed


def test_forces_are_listed_once_and_only_with_enough_cases():
    some, many = forces_with_cases(1), forces_with_cases(20)
    assert len({force["slug"] for force in some}) == len(some)
    counts = load_hearings()["force"].value_counts()
    assert {force["force"] for force in many} == set(counts[counts >= 20].index)


def test_parameters_of_a_report_are_judged_as_a_question():
    check_parameters(
        "any", {"force": "Kent", "roles": ["special_constable", "police_officer"], "colour": "red"}
    )
    with pytest.raises(StudyError) as told:
        check_parameters("any", {"force": "Kant", "level": 95})
    assert re.search(r"^force: 'Kant'.*'kent'", str(told.value), flags=re.MULTILINE)
    assert re.search(r"^level: ", str(told.value), flags=re.MULTILINE)


# ------------------------------------------------------------------------------------------- render


@pytest.fixture
def place(tmp_path):
    """A folder with the fixtures' notebooks, and a way to render some of them there from the command line."""
    for notebook in FIXTURES.glob("*.ipynb"):
        shutil.copy(notebook, tmp_path)

    class Place:
        site = tmp_path / "site"
        scratch = tmp_path / "tmp"
        marker = tmp_path / "marker"

        @staticmethod
        def arguments(*names, seconds=0.0):
            text = '[site]\ntitle = "Rain"\n'
            for name in names:
                text += f'[[report]]\nname = "{name}"\ntitle = "{name}"\nnotebook = "{name}.ipynb"\noutput = "{name}.html"\n'
                if name == "waits":
                    text += (
                        f'parameters = {{ seconds = {float(seconds)}, marker = "{tmp_path / "marker"}" }}\n'
                    )
            (tmp_path / "catalogue.toml").write_text(text)
            return ["render", "--catalogue", tmp_path / "catalogue.toml", "--output", tmp_path / "site"]

        @classmethod
        def environment(cls):
            cls.scratch.mkdir(exist_ok=True)
            return os.environ | {"TMPDIR": str(cls.scratch)}

        @classmethod
        def render(cls, *names, **options):
            return run(*cls.arguments(*names), env=cls.environment(), **options)

        @classmethod
        def begin(cls, *names):
            """Start a run that will not end by itself; returns it and the process id of its waiting kernel."""
            cls.marker.unlink(missing_ok=True)
            arguments = [*MISCONDUCT, *map(str, cls.arguments(*names, seconds=300))]
            process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, env=cls.environment())
            assert wait_for(lambda: cls.marker.is_file() and cls.marker.read_text()), "the kernel never began"
            return process, int(cls.marker.read_text())

        @classmethod
        def publish(cls):
            """Publish a small site at once, as if it had been rendered; returns its pages."""
            workshop = Workshop(cls.site)
            with workshop.open() as (build, _):
                for name in ("index.html", "manifest.json"):
                    (build / name).write_text("the site before")
                workshop.publish(build)
            return cls.pages()

        @classmethod
        def pages(cls):
            return {p.name: p.read_text(encoding="utf-8") for p in sorted(cls.site.iterdir())}

        @classmethod
        def leftovers(cls):
            builds = [p.name for p in (cls.site.parent / ".builds" / "site").iterdir()]
            return [name for name in builds if name.startswith("run-")] + [
                p.name for p in cls.scratch.iterdir()
            ]

    return Place


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    return condition()


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{process}/stat")
    try:
        return not stat.parent.parent.is_dir() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_render_says_where_to_open_the_site_and_lines_go_to_standard_error(place):
    done = place.render("rain")
    assert done.returncode == 0, done.stderr
    assert str(place.site / "index.html") in done.stdout
    assert "misconduct serve" in done.stdout
    assert re.search(r"^\[1/1\] rain: done in \d", done.stderr, flags=re.MULTILINE)
    assert "UserWarning: a gauge was frozen" in done.stderr
    assert run("verify", place.site).stdout.endswith("2 files are as manifest.json says\n")
    assert place.leftovers() == []
    again = place.render("rain")
    assert again.returncode == 0
    assert "up to date" in again.stdout


def test_a_failing_report_is_named_at_the_end_and_the_site_stays(place):
    before = place.publish()
    done = place.render("fails", "waits")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    end = done.stderr.split("1 of 2 reports failed")[1]
    assert "fails: code cell 2, `ratio = wanted / total`: ZeroDivisionError: division by zero" in end
    log = re.search(r"details: (.*)", end)[1]
    assert "ZeroDivisionError" in Path(log).read_text()
    assert place.pages() == before


def test_a_run_killed_outright_leaves_the_last_site_whole_and_nothing_running(place):
    before = place.publish()
    process, kernel = place.begin("waits")
    # While it is under way, a second run says so with a status of its own.
    second = run(*place.arguments("waits"), env=place.environment())
    assert "Another run is making" in message(second, status=75)
    process.kill()
    process.communicate()
    assert wait_for(lambda: not alive(kernel), seconds=10), "the kernel outlived its run"
    assert place.pages() == before
    assert place.leftovers()
    assert place.render("waits").returncode == 0
    assert "waits.html" in place.pages()
    assert place.leftovers() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_asked_to_end_clears_up_behind_itself(place, number):
    before = place.publish()
    process, kernel = place.begin("waits")
    process.send_signal(number)
    said = process.communicate()[1]
    assert process.returncode == 128 + number
    assert "Traceback" not in said
    assert wait_for(lambda: not alive(kernel), seconds=10), "the kernel outlived its run"
    assert place.pages() == before
    assert place.leftovers() == []


def test_only_renders_into_the_preview(place, monkeypatch, call):
    monkeypatch.setattr(cli, "PREVIEW", place.site.with_name("preview"))
    arguments = place.arguments("rain", "waits")[:-2]
    done = call(*arguments, "--only", "waits")
    assert done.returncode == 0, done.stderr
    found = {p.name for p in place.site.with_name("preview").iterdir()}
    assert found == {"index.html", "manifest.json", "waits.html"}
    assert "preview" in done.stdout
    assert not place.site.exists()
    assert "published site was not touched" in done.stdout
    assert "no report 'wait'" in message(call(*arguments, "--only", "wait"))


def test_only_says_what_became_of_another_place(place, call):
    done = call(*place.arguments("rain", "waits"), "--only", "waits")
    assert done.returncode == 0, done.stderr
    assert "now holds only the report named with --only" in done.stdout
    assert "not touched" not in done.stdout


@pytest.mark.parametrize("way", ["site", "site/", "more/../site", "here/site"])
def test_only_never_replaces_the_published_site(place, monkeypatch, call, way):
    before = place.publish()
    monkeypatch.setattr(cli, "SITE", place.site)
    folder = place.site.parent
    monkeypatch.chdir(folder)
    (folder / "here").symlink_to(folder)
    (folder / "more").mkdir()
    arguments = place.arguments("waits")[:-1]
    told = message(call(*arguments, way, "--only", "waits"))
    assert "published site" in told
    assert "--output" in told
    assert place.pages() == before


def test_an_error_is_told_even_where_its_details_cannot_be_kept(place, call):
    arguments = place.arguments("fails")
    path = arguments[2]
    path.write_text(path.read_text().replace('name = "fails"', f'name = "{"f" * 300}"'))
    done = call(*arguments)
    assert done.returncode == 1
    assert "ZeroDivisionError: division by zero (the details could not be kept: " in done.stderr
    assert "details:" not in done.stderr


def test_a_wrong_catalogue_is_refused_before_any_kernel_starts(place, call):
    arguments = place.arguments("waits")
    path = arguments[2]
    path.write_text(path.read_text().replace("seconds", "secnods"))
    told = message(call(*arguments))
    assert "parameters.secnods" in told
    assert "Did you mean 'seconds'?" in told
    assert not place.marker.exists()
    assert not place.site.exists()


# ------------------------------------------------------------------------------------------- serve


def test_serve_shows_the_site_on_this_computer_only_until_interrupted(tmp_path):
    (tmp_path / "index.html").write_text("the site")
    arguments = [*MISCONDUCT, "serve", str(tmp_path), "--port", "0"]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    address = re.search(r"http://127\.0\.0\.1:(\d+)/", process.stdout.readline())
    with urllib.request.urlopen(address[0], timeout=10) as response:
        assert response.read() == b"the site"
    taken = run("serve", tmp_path, "--port", address[1])
    assert f"Port {address[1]} cannot be used" in message(taken)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) == 0
    assert "Traceback" not in process.communicate()[1]


@pytest.mark.parametrize("command", ["serve", "verify"])
def test_a_site_that_was_never_rendered(call, command, tmp_path):
    assert "misconduct render" in message(call(command, tmp_path / "site"))

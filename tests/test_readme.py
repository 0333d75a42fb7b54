"""The README says what the data say, its commands exist, and its crontab line runs in cron's bare environment."""

import re
import shlex
import subprocess
from pathlib import Path

from typer.main import get_command

from analysis import readme
from analysis.cli import app
from analysis.figures.style import to_svg

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_finding_and_figure_are_those_of_the_data():
    assert readme.with_finding(TEXT) == TEXT, "run make readme"
    assert (ROOT / readme.FIGURE).read_text(encoding="utf-8") == to_svg(readme.drawing().figure), (
        "run make readme"
    )


def test_five_lines_of_python_run(capsys):
    [example] = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
    lines = [line for line in example.splitlines() if line.strip()]
    assert len(lines) == 5
    exec(compile(example, "README.md", "exec"), {})
    assert "numerator" in capsys.readouterr().out


def test_every_command_named_is_one_of_the_programs():
    known = set(get_command(app).commands)
    named = set(re.findall(r"`misconduct (\w+)", TEXT)) | set(
        re.findall(r"^misconduct (\w+)", TEXT, flags=re.MULTILINE)
    )
    assert named and named <= known
    assert known <= named, "a command that the README does not name"


def test_every_make_target_named_exists():
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"`?make (\w+)", TEXT)) - {"sure"}:
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target


def cron(command: str) -> str:
    """What cron would mail: the output of a command run by /bin/sh with a short PATH and nothing else."""
    bare = {"HOME": "/", "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"}
    return subprocess.run(["/bin/sh", "-c", command], env=bare, capture_output=True, text=True).stdout


def test_crontab_line_runs_as_cron_runs_it_silent_when_well_and_loud_when_not(tmp_path):
    [line] = re.findall(r"```crontab\n(.*?)\n```", TEXT)
    fields = line.split(maxsplit=5)
    assert all(re.fullmatch(r"[\d*/,-]+", field) for field in fields[:5])
    command = fields[5]
    assert "%" not in command, "cron would end the command there"
    assert command.startswith("cd /srv/police-misconduct && ")
    log = shlex.quote(str(tmp_path / "render.log"))
    here = command.replace("/srv/police-misconduct", shlex.quote(str(ROOT))).replace(
        "reports/render.log", log
    )
    site = shlex.quote(str(tmp_path / "site"))
    well = here.replace("misconduct render", f"misconduct render --only force/surrey --output {site}")
    assert cron(well) == ""
    assert (tmp_path / "site" / "force" / "surrey.html").is_file()
    broken = here.replace("misconduct render", "misconduct render --catalogue no-such-file.toml")
    assert "no-such-file.toml" in cron(broken)

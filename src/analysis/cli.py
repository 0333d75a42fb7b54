"""The command line: `misconduct render`, `validate`, `rates`, `list`, `serve` and `verify`; notices are in `cli_coding`,
import is in `cli_intake`."""

from __future__ import annotations

import inspect
import io
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import Enum, StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from tabulate import tabulate

from . import __version__, cli_coding, cli_intake
from .errors import DataError, StudyError
from .paths import data_folder
from .question import Question

if TYPE_CHECKING:
    import pandas as pd

    from .rendering import Catalogue, Rendered

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "reports" / "catalogue.toml"
SITE = ROOT / "reports" / "site"
PREVIEW = ROOT / "reports" / "preview"

FAILED = 1

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="What happens to police officers, special constables and staff brought before misconduct proceedings "
    "in England and Wales.",
    epilog="Exit status: 0 all well; 1 something is wrong with the data, the catalogue or a report; 2 wrong usage; "
    "75 another render is under way; 130 or 143 interrupted.",
)

DataFolder = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="FOLDER", help="A data package to use instead of ours (a folder such as data/)."
    ),
]
CatalogueFile = Annotated[
    Path,
    typer.Option(
        "--catalogue", metavar="FILE", help="The catalogue of reports.", show_default="reports/catalogue.toml"
    ),
]


class _Stopped(BaseException):
    """The process was asked to end; a BaseException, so that nothing on the way takes it for a failure."""

    def __init__(self, number: int):
        self.status = 128 + number


def main() -> None:
    """Entry point of the command `misconduct`: errors are messages, never tracebacks."""

    def stop(number: int, frame: object) -> None:
        raise _Stopped(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    _write_any_text()
    try:
        try:
            app()
        except SystemExit:
            if sys.stdout is not None:
                sys.stdout.flush()  # a full disk may show only now
            raise
    except _Stopped as stopped:
        _end(stopped.status, "stopped.")
    except StudyError as error:
        _end(getattr(error, "exit_status", FAILED), str(error))
    except BrokenPipeError:  # whoever read the output has seen enough, as in `misconduct rates | head -1`
        _end(FAILED)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _end(FAILED, f"{place}{error.strerror or error}.")


def _write_any_text() -> None:
    """Files and pipes get UTF-8 whatever the system's encoding is; a terminal gets what it can show."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _end(status: int, said: str = "") -> NoReturn:
    """Exit with one message on standard error, whatever became of the places where output goes."""
    if said:
        with suppress(OSError):
            print(f"misconduct: {said}", file=sys.stderr)
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            # The interpreter will try once more at its end, and complain: let that go nowhere.
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    sys.exit(status)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"misconduct {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


# ---------------------------------------------------------------------------------------------- render


@app.command(epilog="Example: misconduct render --workers 4")
def render(
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Reports at a time.", show_default="all cores")
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Render only this report, into reports/preview; again for more, or a pattern: --only 'force/*'.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="SITE", help="Where the site goes.", show_default="reports/site")
    ] = None,
    data: DataFolder = None,
    catalogue: CatalogueFile = CATALOGUE,
) -> None:
    """Render every report of the catalogue and publish the site.

    It is replaced in one step, and only if every report could be made.
    """
    site = output or (PREVIEW if only else SITE)
    if only and _same_place(site, SITE):
        raise StudyError(
            f"--only would leave nothing but some reports at {_short(site)}, which is the published site. "
            "Leave --output out to render them into the preview, or choose another place."
        )
    _use_data(data)
    wanted = _read_catalogue(catalogue)
    if only:
        wanted = wanted.only(only)

    from rich.console import Console

    from .provenance import provenance
    from .rendering import render as render_catalogue
    from .rendering.progress import for_console

    progress = for_console(Console(stderr=True))
    done = render_catalogue(wanted, site, progress=progress, workers=workers, provenance=provenance())
    _tell_notes(done)
    if done.failed:
        _tell_failures(done)
        raise typer.Exit(FAILED)
    index = _short(done.site / "index.html")
    count = len(done.outcomes)
    if done.published:
        print(f"{count} report{'s' if count != 1 else ''} rendered.")
    else:
        print(
            f"{count} report{'s' if count != 1 else ''} rendered; the site was up to date and stays as it is."
        )
    if only and _same_place(site, PREVIEW):
        print("This is a preview of some reports; the published site was not touched.")
    elif only:
        print(f"{_short(site)} now holds only the report{'s' if count != 1 else ''} named with --only.")
    serve_it = "misconduct serve" if _same_place(site, SITE) else f"misconduct serve {_short(site)}"
    print(f"Open {index}, or run: {serve_it}")


def _tell_failures(done: Rendered) -> None:
    total = len(done.outcomes)
    print(f"\n{len(done.failed)} of {total} reports failed; the site stays as it was:", file=sys.stderr)
    for outcome in done.failed:
        print(f"  {outcome.name}: {outcome.error}", file=sys.stderr)
        if outcome.log is not None:
            print(f"    details: {_short(outcome.log)}", file=sys.stderr)


def _tell_notes(done: Rendered) -> None:
    """What code printed and warned of, each text once with the reports that it came from."""
    told: dict[str, list[str]] = {}
    for outcome in done.outcomes:
        for _, text in outcome.notes:
            told.setdefault(text, []).append(outcome.name)
    if told:
        print("\nThe notebooks said this; it is not in the pages:", file=sys.stderr)
    for text, names in told.items():
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        body = text.replace("\n", "\n    ")
        print(f"  {', '.join(names[:3])}{more}:\n    {body}", file=sys.stderr)


def _read_catalogue(path: Path) -> Catalogue:
    from .rendering import read_catalogue

    return read_catalogue(path, expanders={"force": forces_with_cases}, check=check_parameters)


def forces_with_cases(min_cases: int) -> list[Mapping[str, str]]:
    """The forces with at least so many cases in the data, in the order of their code list.

    Parameters
    ----------
    min_cases : at least 1.

    Returns
    -------
    One mapping a force: `force` (its name) and `slug` (its code).
    """
    from .codelists import labels
    from .loading import load_hearings

    counts = load_hearings()["force"].value_counts()
    return [
        {"force": label, "slug": code}
        for code, label in labels("forces").items()
        if counts.get(label, 0) >= min_cases
    ]


def check_parameters(report: str, parameters: Mapping[str, Any]) -> None:
    """Refuse a report's parameters that are no question.

    Parameters
    ----------
    report : its name.
    parameters : those that are fields of `Question` are checked as one, and `force` as the name or the code
        of a force.

    Raises
    ------
    StudyError : lists everything wrong and what is allowed.
    """
    problems = []
    asked = {name: value for name, value in parameters.items() if name in Question.model_fields}
    checks = [(asked, None)]
    if "force" in parameters:
        checks.append(({"forces": [parameters["force"]]}, "force"))
    for fields, instead in checks:
        try:
            Question.of(**fields)
        except StudyError as error:
            problems += [
                line.replace("forces:", f"{instead}:", 1) if instead else line
                for line in str(error).splitlines()
            ]
    if problems:
        raise StudyError("\n".join(problems))


# ---------------------------------------------------------------------------------------------- validate


@app.command(epilog="Example: misconduct validate data/incoming/my-force.csv")
def validate(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            help="Hearings as CSV or Parquet, or a data package's folder.",
            show_default="ours",
        ),
    ] = None,
    sources: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The sources that the hearings' source_id points to.")
    ] = None,
) -> None:
    """Check a file of hearings, or the whole data package, and list every problem found."""
    from .loading import load_hearings, validate_package

    if file is None or file.is_dir():
        folder = file or data_folder()
        _use_data(folder)  # first: a package is judged by its own code lists
        if problems := validate_package(folder):
            raise DataError(problems)
        print(f"{_short(folder)} valid: {len(load_hearings()):,} cases")
    else:
        print(f"{_short(file)} valid: {len(load_hearings(file, sources)):,} cases")


# ---------------------------------------------------------------------------------------------- rates


class Format(StrEnum):
    """How rates are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


# What each field of the question is, for --help. A field without its line here stops the program at import.
_FIELD_HELP = {
    "start": "First day of the period: 2020, 2020-02 or 2020-02-01.",
    "end": "Last day of the period, in the same forms.",
    "include_undated": "Keep cases without a usable date even when a period is given.",
    "forces": "Only these forces, by name or code, separated by commas.",
    "roles": "The two roles compared, the comparison first.",
    "proceedings": "Only these kinds of proceedings.",
    "source_types": "Only these kinds of source.",
    "leave_out_selected": "Leave out sources that list people because of their outcome.",
    "denominator": "Which concluded cases the rate is taken of.",
    "sanction": "Which outcomes count as the sanction.",
    "interval": "Interval of a proportion.",
    "level": "Confidence level, 0.5 to 0.999.",
    "min_count": "A rate of fewer cases than this is too few to say.",
}


def _question_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command one option for each field of `Question`; the command gets them as one question.

    The values go to `Question` as they were typed: it alone knows what is allowed, and it names every
    wrong value at once.
    """
    options = []
    for name, field in Question.model_fields.items():
        flag = "--" + name.replace("_", "-")
        default = field.default
        if isinstance(default, bool):
            option = typer.Option(flag, help=_FIELD_HELP[name])
            kind: Any = bool
        else:
            choices = [choice.value for choice in type(default)] if isinstance(default, Enum) else []
            text = _FIELD_HELP[name] + (f" One of {', '.join(choices)}." if choices else "")
            shown = ",".join(default) if isinstance(default, tuple) else default
            flags = [flag, "--from"] if name == "start" else [flag]
            option = typer.Option(
                *flags, metavar="TEXT", help=text, show_default=str(shown) if shown else False
            )
            kind, default = str | None, None
        options.append(
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option]
            )
        )

    def wrapped(**given: Any) -> None:
        asked = {name: given.pop(name) for name in Question.model_fields}
        try:
            question = Question.of(**{name: value for name, value in asked.items() if value is not None})
        except StudyError as error:
            raise typer.BadParameter(str(error)) from None
        command(question=question, **given)

    own = [p for p in inspect.signature(command, eval_str=True).parameters.values() if p.name != "question"]
    wrapped.__signature__ = inspect.Signature(
        [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own] + options
    )
    wrapped.__annotations__ = {p.name: p.annotation for p in [*own, *options]}
    wrapped.__name__, wrapped.__doc__ = command.__name__, command.__doc__
    return wrapped


@app.command(epilog="Example: misconduct rates --by role,breach --sanction dismissed --format csv")
@_question_options
def rates(
    question: Question,
    by: Annotated[
        str,
        typer.Option(metavar="NAMES", help="Groupings, separated by commas: role, breach, force, year ..."),
    ] = "role",
    breaches: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help="A case with several standards: any_mention, or single_breach to leave it out.",
        ),
    ] = "any_mention",
    format: Annotated[
        Format, typer.Option(help="JSON is a list of objects, a missing value null.")
    ] = Format.TABLE,
    data: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Hearings to use instead of ours, as CSV or Parquet.")
    ] = None,
    sources: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The sources that the hearings' source_id points to.")
    ] = None,
) -> None:
    """Sanction rates, each with its count, its interval and its method, by any grouping."""
    from .cohort import select
    from .estimates import sanction_rates
    from .loading import load_hearings

    cohort = select(load_hearings(data, sources), question)
    groups = [name.strip() for name in by.split(",") if name.strip()]
    try:
        frame = sanction_rates(cohort, by=groups, breaches=breaches)
    except StudyError as error:
        raise typer.BadParameter(str(error)) from None
    if format is Format.CSV:
        frame.to_csv(sys.stdout, index=False, lineterminator="\n")
    elif format is Format.JSON:
        plain = frame.astype(object)
        records = plain.where(plain.notna(), None).to_dict("records")
        print(json.dumps(records, indent=1, ensure_ascii=False, allow_nan=False))
    else:
        _print_rates(frame, cohort.flow, question)


def _print_rates(frame: pd.DataFrame, flow: pd.DataFrame, question: Question) -> None:
    from . import formatting

    groups = list(frame.columns[: list(frame.columns).index("estimate")])
    left_out = frame.attrs.get("left_out", 0)
    rows = [
        [
            *(formatting.label(name, row[name]) for name in groups),
            formatting.TOO_FEW
            if row["too_few"]
            else formatting.rate(row["estimate"], row["conf_low"], row["conf_high"]),
            formatting.of_total(row["numerator"], row["denominator"]),
            formatting.count(row["unknown"]),
        ]
        for _, row in frame.iterrows()
    ]
    method = frame["method"].iloc[0] if len(frame) else ""
    print(f"Sanction: {question.sanction.noun} ({question.sanction.label})")
    print(f"Denominator: {question.denominator.label}, outcome known")
    print(f"In brackets: {method}\n")
    heading = [*(formatting.header(name) for name in groups), "Rate", "Cases", "Outcome unknown"]
    _print_columns(heading, rows, right=range(len(groups) + 1, len(heading)))
    print()
    if frame.attrs.get("overlapping"):
        print("A case that names several stands in several rows: the rows do not add up.")
    if left_out:
        print(f"Left out: does not name exactly one standard: {formatting.cases(left_out)}")
    for step, count in zip(flow["step"], flow["left_out"], strict=True):
        if count:
            print(f"{step}: {formatting.cases(count)}")


def _print_columns(heading: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
    align = ["right" if place in right else "left" for place in range(len(heading))]
    print(tabulate(rows, heading, tablefmt="simple", colalign=align, disable_numparse=True))


# ---------------------------------------------------------------------------------------------- the site


@app.command("list", epilog="Example: misconduct list")
def list_reports(catalogue: CatalogueFile = CATALOGUE, data: DataFolder = None) -> None:
    """List the reports of the catalogue: where each page goes, from which notebook, with which parameters."""
    _use_data(data)
    rows = [
        [
            report.name,
            report.output,
            report.notebook.name,
            ", ".join(
                f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in report.parameters.items()
            ),
        ]
        for report in _read_catalogue(catalogue).reports
    ]
    _print_columns(["Report", "Page", "Notebook", "Parameters"], rows)


Site = Annotated[Path, typer.Argument(metavar="[SITE]", help="A rendered site.", show_default="reports/site")]


@app.command(epilog="Example: misconduct serve --port 8080")
def serve(
    site: Site = SITE,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes any that is free.")] = 8000,
) -> None:
    """Show the site at an address of this computer, until interrupted."""
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    _require_site(site)
    handler = partial(SimpleHTTPRequestHandler, directory=str(site))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise StudyError(
            f"Port {port} cannot be used ({error.strerror}). Choose another: misconduct serve --port {port + 1}"
        ) from None
    with server:
        print(f"{_short(site)} is at http://127.0.0.1:{server.server_port}/ (Ctrl-C ends it)", flush=True)
        try:
            server.serve_forever()
        except _Stopped:
            print("", file=sys.stderr)


@app.command(epilog="Example: misconduct verify")
def verify(site: Site = SITE) -> None:
    """Check that every page of a site is, byte for byte, the one that was rendered."""
    from .rendering import verify as verify_site

    _require_site(site)
    print(f"{_short(site)} verified: {verify_site(site)} files are as manifest.json says")


def _require_site(site: Path) -> None:
    if not (site / "index.html").is_file():
        raise StudyError(f"{_short(site)}: there is no rendered site. Make it first: misconduct render")


def _use_data(folder: Path | None) -> None:
    """Use another data package, here and in every notebook."""
    if folder is not None:
        if not folder.is_dir():
            raise StudyError(f"{folder}: there is no such folder; --data takes a data package such as data/.")
        os.environ["MISCONDUCT_DATA"] = str(folder.resolve())


def _same_place(one: Path, other: Path) -> bool:
    """Whether two paths of sites are one; a site is a link, and it is the link that is meant, not its target."""
    return one.parent.resolve() / one.name == other.parent.resolve() / other.name


def _short(path: Path) -> str:
    """A path as one would type it here."""
    path = path.absolute()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


cli_coding.register(app)
cli_intake.register(app)

if __name__ == "__main__":
    main()

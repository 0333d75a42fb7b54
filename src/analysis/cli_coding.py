"""The commands that code notices: `misconduct code` and `misconduct evaluate`."""

from __future__ import annotations

import os
import sys
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from tabulate import tabulate

from .errors import StudyError

if TYPE_CHECKING:
    import pandas as pd

    from .coding import CodedCase


class CodeFormat(StrEnum):
    """How coded cases are written."""

    TABLE = "table"
    JSON = "json"
    HTML = "html"


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command(
        epilog="Example: misconduct code notice.txt --published 2024-05-17 --format html -o notice.html"
    )(code)
    app.command(epilog="Example: misconduct evaluate tests/notices/gold.csv tests/notices")(evaluate)


def code(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE|-", help="Text or saved page of one notice; - reads standard input."),
    ],
    published: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Day of publication, for dates such as “yesterday”: YYYY-MM-DD."),
    ] = None,
    force: Annotated[
        str | None, typer.Option(metavar="NAME", help="The force, where it is known: name, code or alias.")
    ] = None,
    format: Annotated[CodeFormat, typer.Option(help="HTML marks the words in the text.")] = CodeFormat.TABLE,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Where to write.", show_default="standard output"
        ),
    ] = None,
) -> None:
    """Propose the cases that one notice or article reports, each value with the words it rests on."""
    from .coding import code_notice, to_html, to_json
    from .coding.files import decode, read_notice

    text = decode(sys.stdin.buffer.read(), "standard input") if file == "-" else read_notice(Path(file))
    cases = code_notice(text, published=published, force=force)
    if format is CodeFormat.JSON:
        written = to_json(cases, text)
    elif format is CodeFormat.HTML:
        written = to_html(text, cases)
    else:
        written = _table(cases)
    if output is None:
        print(written)
    else:
        _write(output, written + "\n")
        print(f"{output}: {len(cases)} case{'s' if len(cases) != 1 else ''}")


def _table(cases: list[CodedCase]) -> str:
    from .coding.html import label_of
    from .coding.result import FIELDS
    from .formatting import NOT_STATED, header

    if not cases:
        return "No concluded case was found in this text."
    parts = []
    for number, case in enumerate(cases, 1):
        rows = []
        for name in FIELDS:
            coded = case.fields.get(name)
            values = "; ".join(label_of(name, value) for value in coded.values) if coded else NOT_STATED
            rows.append([header(name), values, f"{coded.confidence:.2f}" if coded else ""])
        heading = [f"Case {number} of {len(cases)}", "Value", "Confidence"]
        parts.append(
            tabulate(
                rows, heading, tablefmt="simple", colalign=("left", "left", "right"), disable_numparse=True
            )
        )
    return "\n\n".join(parts)


def evaluate(
    gold: Annotated[
        Path,
        typer.Argument(metavar="GOLD.csv", help="Rows coded by hand: text (a file's name), then the fields."),
    ],
    texts: Annotated[Path, typer.Argument(metavar="TEXTS", help="Folder of the text files.")],
    differences: Annotated[bool, typer.Option("--differences", help="List every cell that differs.")] = False,
) -> None:
    """Measure the coder on notices coded by hand: precision, recall and coverage of each field."""
    from .coding.evaluate import evaluate as measure
    from .coding.evaluate import read_gold

    if not texts.is_dir():
        raise StudyError(f"{texts}: there is no such folder; give the folder of the text files.")
    done = measure(read_gold(gold), texts)
    print(f"{done.texts} texts, {done.rows} rows by hand, {done.coded} by the coder, {done.matched} paired\n")
    print(_fields(done.fields))
    print(
        "\nPrecision: right of those filled. Recall: right of those filled by hand. Coverage: filled of those filled by hand."
    )
    print("Spurious: filled where the hand-coder left the cell empty. F1: over the single codes.")
    print("\nOutcome, by hand (rows) and by the coder (columns)\n")
    print(
        tabulate(
            done.confusion.reset_index().values.tolist(), ["", *done.confusion.columns], tablefmt="simple"
        )
    )
    if differences and len(done.differences):
        print(
            "\n"
            + tabulate(
                done.differences.values.tolist(),
                list(done.differences.columns),
                tablefmt="simple",
                disable_numparse=True,
            )
        )


def _fields(frame: pd.DataFrame) -> str:
    from .formatting import NOT_STATED, header

    def share(value: float) -> str:
        return NOT_STATED if value != value else f"{value:.3f}"

    shares = ["precision", "recall", "coverage", "f1"]
    counts = ["gold", "filled", "correct", "wrong", "spurious"]
    rows = [
        [header(row["field"]), *(row[name] for name in counts), *(share(row[name]) for name in shares)]
        for row in frame.to_dict("records")
    ]
    heading = [
        "Field",
        "By hand",
        *(name.title() for name in counts[1:]),
        "Precision",
        "Recall",
        "Coverage",
        "F1",
    ]
    return tabulate(
        rows, heading, tablefmt="simple", colalign=("left", *["right"] * 9), disable_numparse=True
    )


def _write(path: Path, text: str) -> None:
    """The file is whole or not there: written beside its place and moved into it."""
    if not path.absolute().parent.is_dir():
        raise StudyError(f"{path}: there is no folder {path.absolute().parent}. Make it first.")
    handle, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

"""What a notebook calls to speak, to show and to say where its numbers come from."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pandas as pd
from IPython.display import HTML, Markdown, display

from . import __version__
from .figures.style import Drawing, to_svg
from .provenance import code_hash, data_hash, data_version, environment
from .question import Question
from .tables import Table

_UNQUOTED = "!$()*+,-./:;=?@_~"  # characters that an address holds as they are
SUMMARY_TYPE = "application/vnd.study.summary+json"


def title(text: str) -> None:
    """The report's one first-level heading."""
    display(Markdown(f"# {text}"))


def say(*paragraphs: str) -> None:
    """Paragraphs of computed prose, as Markdown."""
    display(Markdown("\n\n".join(p for p in paragraphs if p)))


def more(title: str, *paragraphs: str) -> None:
    """Computed prose that the argument does not wait for, behind its title; nothing where there is none."""
    body = "".join(f"<p>{html.escape(p, quote=False)}</p>" for p in paragraphs if p)
    if body:
        summary = f"More: {html.escape(title, quote=False)}"
        display(HTML(f'<details class="fold-text"><summary>{summary}</summary>{body}</details>'))


def lead(*paragraphs: str) -> None:
    """The opening: what was found, set apart from the rest."""
    body = "".join(f"<p>{html.escape(p, quote=False)}</p>" for p in paragraphs if p)
    display(HTML(f'<div class="lead">{body}</div>'))


def summary(*, headline: str, cases: int, period: str = "") -> None:
    """Tell the index page about this report; nothing of it is shown in the report itself."""
    facts = {"headline": headline, "cases": cases, "period": period, "data_date": data_version()["created"]}
    display({SUMMARY_TYPE: facts, "text/plain": ""}, raw=True)


def show_figure(draw: Callable[..., Drawing], *frames: pd.DataFrame, caption: str, **options: Any) -> None:
    """Draw a figure for a desktop and for a phone, and show whichever fits.

    Parameters
    ----------
    draw : one of `analysis.figures`, called with `frames`, `options` and `width`.
    frames : its tidy data frames.
    caption : what to read from it; stands below the figure.
    options : passed on to `draw`.
    """
    wide, narrow = (draw(*frames, width=width, **options) for width in ("wide", "narrow"))
    display(
        HTML(
            "<figure><picture>"
            f'<source media="(max-width: 600px)" srcset="{_data_uri(narrow)}">'
            f'<img src="{_data_uri(wide)}" alt="{html.escape(wide.alt)}">'
            f"</picture><figcaption>{html.escape(caption, quote=False)}</figcaption></figure>"
        )
    )


def show_table(table: Table | None, name: str | None = None, *, folded: bool = False) -> None:
    """Show a table; nothing where there is no table.

    Parameters
    ----------
    table : the table.
    name : name, without its ending, of a file that the reader can keep the table's data in; no file where None.
    folded : behind its caption, to be opened: for the numbers of the figure above.
    """
    if table is None:
        return
    body = table.html + ("" if name is None else _download(table.frame, name))
    if folded:
        rows = "1 row" if len(table.cells) == 1 else f"{len(table.cells)} rows"
        body = (
            f'<details class="fold-table"><summary>Table: {html.escape(table.caption, quote=False)} '
            f"({rows})</summary>{body}</details>"
        )
    display(HTML(body))


def _data_uri(drawing: Drawing) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(to_svg(drawing.figure).encode()).decode()


def _download(frame: pd.DataFrame, name: str) -> str:
    buffer = io.StringIO()
    frame.to_csv(buffer, index=False, lineterminator="\n")
    text = buffer.getvalue().encode()
    data = min("," + quote(text, safe=_UNQUOTED), ";base64," + base64.b64encode(text).decode(), key=len)
    return (
        f'<p class="download"><a download="{html.escape(name)}.csv" href="data:text/csv;charset=utf-8{html.escape(data)}">'
        "Download the data of this table (CSV)</a></p>"
    )


def how_to_cite(report_title: str) -> None:
    """The citation of this report, with the version of data and code that it rests on."""
    data = data_version()
    say(
        f"The police misconduct outcomes study ({data['created'][:4]}). *{report_title}*. Data version {data['version']} of "
        f"{data['created']} (SHA-256 {data_hash()[:12]}), code version {__version__}. Data licensed CC BY 4.0; official "
        "figures under the Open Government Licence v3.0; code under the MIT licence."
    )


def provenance_box(question: Question, **parameters: Any) -> None:
    """What anyone needs to make this report again: data, code, parameters and package versions."""
    data = data_version()
    rows: list[tuple[str, str]] = [
        ("Data", f"version {data['version']} of {data['created']}, SHA-256 {data_hash()}"),
        ("Code", f"version {__version__}, SHA-256 {code_hash()}"),
    ]
    asked = {name: _shown(value) for name, value in (parameters | question.model_dump(mode="json")).items()}
    if not question.start and not question.end:
        asked["include_undated"] = "yes (no period is set)"
    rows.append(("Parameters", "; ".join(f"{name} = {value}" for name, value in asked.items())))
    rows.append(("Packages", ", ".join(f"{name} {number}" for name, number in environment().items())))
    items = "".join(f"<dt>{html.escape(term)}</dt><dd>{html.escape(text)}</dd>" for term, text in rows)
    display(HTML(f'<dl class="provenance">{items}</dl>'))


def _shown(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "all"
    return (
        {None: "no limit", True: "yes", False: "no"}.get(value, str(value))
        if not isinstance(value, int | float) or isinstance(value, bool)
        else str(value)
    )

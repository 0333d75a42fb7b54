"""The notice with the words that each value rests on marked in it, as one self-contained page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from .result import FIELDS, CodedCase, Span

_LISTS = {
    "proceeding": "proceedings",
    "role": "roles",
    "rank": "ranks",
    "breaches": "standards",
    "conduct": "conduct",
    "finding": "findings",
    "outcome": "outcomes",
}
#: One letter a field, so that a mark can be told from another without its colour.
LETTERS = {
    "force": "Fo",
    "hearing_date": "Da",
    "proceeding": "Pr",
    "role": "Ro",
    "rank": "Ra",
    "status": "St",
    "breaches": "Br",
    "conduct": "Co",
    "finding": "Fi",
    "outcome": "Ou",
    "admitted": "Ad",
    "conviction": "Cv",
    "private": "Pv",
}


def to_html(text: str, cases: Sequence[CodedCase], title: str = "Coded notice") -> str:
    """One page with the text, its marks, and a table of the proposed values.

    Parameters
    ----------
    text : of the notice.
    cases : as `code_notice` gives them for this text.
    title : heading of the page.
    """
    return _template("coded.html.j2").render(
        title=title,
        pieces=pieces(text, cases),
        count=len(cases),
        cases=[_table(case) for case in cases],
        letters=LETTERS,
        names=_names(),
    )


def fragment(text: str, cases: Sequence[CodedCase]) -> str:
    """The marked text alone, with its style, for a cell of a notebook."""
    return _template("fragment.html.j2").render(
        pieces=pieces(text, cases), count=len(cases), letters=LETTERS, names=_names()
    )


def pieces(text: str, cases: Sequence[CodedCase]) -> list[dict[str, Any]]:
    """The text in pieces, each with the fields (and the numbers of their cases) that rest on it.

    Returns
    -------
    In order, without gaps: `text`, `fields` (names in the order of `FIELDS`), `cases` (numbers from 1).
    """
    marks: list[tuple[Span, str, int]] = [
        (span, name, number)
        for number, case in enumerate(cases, 1)
        for name, coded in case.fields.items()
        for span in coded.spans
    ]
    cuts = sorted({0, len(text), *(s.start for s, _, _ in marks), *(s.end for s, _, _ in marks)})
    found = []
    for start, end in zip(cuts, cuts[1:], strict=False):
        over = [(name, number) for span, name, number in marks if span.start <= start and end <= span.end]
        found.append(
            {
                "text": text[start:end],
                "fields": sorted({name for name, _ in over}, key=FIELDS.index),
                "cases": sorted({number for _, number in over}),
            }
        )
    return _joined(found)


def _joined(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Neighbours that say the same are one."""
    joined: list[dict[str, Any]] = []
    for piece in found:
        if joined and (piece["fields"], piece["cases"]) == (joined[-1]["fields"], joined[-1]["cases"]):
            joined[-1] = {**joined[-1], "text": joined[-1]["text"] + piece["text"]}
        else:
            joined.append(piece)
    return joined


def label_of(field: str, code: str) -> str:
    """A code written out, as its code list has it."""
    from ..codelists import labels
    from ..formatting import upper_first

    return labels(_LISTS[field]).get(code, code) if field in _LISTS else upper_first(code)


def _table(case: CodedCase) -> list[dict[str, Any]]:
    rows = []
    for name in FIELDS:
        coded = case.fields.get(name)
        notes = []
        if name == "hearing_date" and case.date_inferred:
            notes.append("year worked out")
        if name == "breaches" and case.as_alleged and coded:
            notes.append("as alleged")
        rows.append(
            {
                "field": name,
                "values": [label_of(name, code) for code in coded.values] if coded else [],
                "confidence": f"{coded.confidence:.2f}" if coded else "",
                "note": ", ".join(notes),
            }
        )
    return rows


def _names() -> dict[str, str]:
    from ..formatting import header

    return {name: header(name) for name in FIELDS}


@cache
def _template(name: str):
    import jinja2

    folder = files(__package__) / "templates"
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda wanted: (folder / wanted).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)

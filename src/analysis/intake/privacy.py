"""Keeping names out: which columns hold names, numbers or birth dates of people, by their heading and by what stands
in them, and how a cell may be shown in a message or a file of rejects."""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence

from .. import codelists, schema
from ..reading import names_people
from .words import clean

HIDDEN = "(not shown: it may name a person)"
_LONGEST = 80
_SAMPLE = 300
# "PC Jane Doe", "Sgt. J. Doe", "Mr Doe": a title, perhaps a number, and words that are none of the field's.
_TITLED = re.compile(
    r"\b(?:PC|PS|DC|DS|SC|DI|DCI|Sgt|Insp|Inspector|Sergeant|Constable|Superintendent|Supt|Officer|PCSO|Mr|Mrs|Ms|Miss|Dr)\b\.?"
    r"(?: ?\d{2,6})?[,:]? ((?:[A-Z][\w'’-]*\.?\s?){1,3})"
)
_EMAIL = re.compile(r"\S+@\S+\.\S+")
_COLLAR = re.compile(r"(?:(?:PC|PS|DC|SC|[A-Z])[ /-]?)?\d{2,6}[A-Z]?", re.I)
_COLLAR_HEADING = re.compile(
    r"\b(?:collar|warrant|shoulder|badge|epaulette|payroll|staff|employee|officer)\b.*\b(?:no|number|num|id|ref)\b",
    re.I,
)
_BIRTH_HEADING = re.compile(r"\b(?:d\.?o\.?b\.?|birth|born)\b", re.I)


def holds_a_name(text: str) -> bool:
    """Whether a cell seems to hold a person's name, alone or after a title."""
    text = clean(text)
    parts = [text, *re.split(r"[,;|:\n\t()]+", text)] if len(text) < 500 else [text]
    if any(map(schema.looks_like_a_name, parts)) or _EMAIL.search(text):
        return True
    for match in _TITLED.finditer(text):
        words = [w.strip(".,").casefold() for w in match[1].split()]
        if any(len(w) >= 2 and not _of_the_field(w) for w in words):
            return True
    return False


def _of_the_field(word: str) -> bool:
    return word in _field_words()


def _field_words() -> frozenset[str]:
    key = tuple(
        codelists.state(name) for name in ("outcomes", "ranks", "roles", "standards", "conduct", "findings")
    )
    if key not in _kept:
        _kept.clear()
        lists = ("outcomes", "ranks", "roles", "standards", "conduct", "findings", "proceedings")
        words = {w for name in lists for text in codelists.words(name) for w in re.findall(r"[a-z]+", text)}
        months = {name.casefold() for name in (*calendar.month_name, *calendar.month_abbr) if name}
        _kept[key] = frozenset(words | months | set(_EVERYDAY.split()))
    return _kept[key]


_EVERYDAY = """the was who a an of in at former attended and number one two rank resigned retired whilst while under
pending ongoing awaiting withheld private hearing meeting investigation concluded years year months quarter week"""
_kept: dict[tuple, frozenset[str]] = {}


def shown(text: str, strictly: bool = False) -> str:
    """A cell as a message or a file of rejects may repeat it: not where it may name a person, and no prose.

    Parameters
    ----------
    text : the cell.
    strictly : every word that is not of the field may be a name, as in a column that says who somebody is. The
        same goes for a cell that holds several parts: lines may have run together.
    """
    text = clean(text)
    if holds_a_name(text):
        return HIDDEN
    if strictly or re.search(r'[,;|"\t]', text):
        words = re.findall(r"[^\W\d_]{3,}", text.casefold())
        if any(word not in _field_words() for word in words):
            return HIDDEN
    if len(text) > _LONGEST:
        return f"(a text of {len(text)} characters)"
    return repr(text)


# What stands in a row of a table and never over one: a day, a rank with a number, a rank or title with an initial and a name.
_NO_HEADING = re.compile(
    r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}"
    r"|(?:.*\b)?(?:PC|PS|DC|DS|SC|DI|DCI|Sgt|Insp|Supt|PCSO|Officer)\.? ?\d{2,6}\b.*"
    r"|(?:.*\b)?(?:PC|PS|DC|DS|SC|DI|DCI|Sgt|Insp|Supt|PCSO|Mr|Mrs|Ms|Miss|Dr)\.? (?:[A-Z]\.? ?){1,3}[A-Z][a-z]{2,}.*"
)


def is_no_heading(text: str) -> bool:
    """Whether a heading is rather a cell, so that a row of the table was taken for its headings."""
    return _NO_HEADING.fullmatch(clean(text)) is not None


def why_personal(heading: str, cells: Sequence[str]) -> str:
    """Why a column identifies people, by its heading or its cells; empty where nothing says so."""
    if _BIRTH_HEADING.search(heading):
        return "dates of birth"
    if _COLLAR_HEADING.search(heading) or re.search(
        r"\b(?:collar|warrant|shoulder|epaulette)\b", heading, re.I
    ):
        return "numbers of officers"
    stated = [cell for cell in cells if cell.strip()]
    filled = [clean(cell) for cell in list(dict.fromkeys(stated))[:_SAMPLE]]
    if filled and sum(map(holds_a_name, filled)) > 0.3 * len(filled):
        return "names of people"
    if re.search(
        r"\b(?:sur|fore|first|last|full)?names?\b|\binitials?\b|\be-?mail\b|\baddress\b|\bphone\b",
        heading,
        re.I,
    ):
        return "names of people"
    running = all(cell.rstrip(".").isdigit() and int(cell.rstrip(".")) <= len(cells) for cell in filled)
    if names_people(heading) and not running:
        return "who the person is"
    if len(filled) >= 5 and all(_COLLAR.fullmatch(cell) for cell in filled):
        numbers = [int(re.sub(r"\D", "", cell)) for cell in filled]
        running = sorted(numbers) == list(range(min(numbers), min(numbers) + len(numbers)))
        years = all(1900 <= n <= 2100 for n in numbers)
        if len(filled) > 0.8 * len(stated) and not running and not years:
            return "numbers that may be officers'"
    births = [
        int(m[1])
        for cell in filled
        if (m := re.fullmatch(r"\d{1,2}[/.-]\d{1,2}[/.-](19[3-9]\d|200\d)", cell))
    ]
    births += [int(m[1]) for cell in filled if (m := re.fullmatch(r"(19[3-9]\d|200\d)-\d{2}-\d{2}", cell))]
    if len(births) >= 5 and len(births) > 0.8 * len(filled) and sorted(births)[len(births) // 2] < 2003:
        return "what may be dates of birth"
    return ""

"""One notice or article in, proposed rows out."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

from ..errors import StudyError
from .cases import assemble
from .fields.dates import published_in
from .fields.forces import choose_force, known_force
from .fields.roles import fallback_role
from .items import columns, items
from .reading import Reading
from .result import Coded, CodedCase, Span

_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")


def code_notice(
    text: str, *, published: dt.date | str | None = None, force: str | None = None
) -> list[CodedCase]:
    """The concluded cases that a notice or article reports, one per person.

    Parameters
    ----------
    text : of one notice or article.
    published : the day it was published (a date or YYYY-MM-DD), from which "yesterday" and "on Wednesday" are worked
        out; taken from the text itself where that states it and none is given. A month alone (YYYY-MM) is no day and
        works nothing out.
    force : name, code or alias of the force, where it is known.

    Returns
    -------
    One `CodedCase` a person, in the order of the text; empty where no concluded proceedings with a finding or an outcome
    are reported. A field is left out where the text does not say or the rules are not sure.

    Raises
    ------
    StudyError : `published` is no date, or there is no such force.

    Examples
    --------
    >>> [case] = code_notice("PC A of Kent Police was dismissed without notice at a misconduct hearing today.",
    ...                      published="2024-05-01")
    >>> case.value("outcome"), case.value("hearing_date")
    ('dismissed', '2024-05-01')
    """
    day = _day(published) or published_in(text)
    known = _force(force)
    reading = Reading(text, day)
    parts = items(reading)
    if not parts:
        return assemble(reading, known)
    shared = choose_force(reading, known)
    role = fallback_role(Reading(text[: parts[0][0]], day))
    heads = columns(text)
    cases = []
    for start, end in parts:
        own = assemble(Reading(text[start:end], day, heads), known, shared, role)
        cases += [_moved(case, start, shared, role) for case in own]
    return cases


def _moved(case: CodedCase, by: int, *shared: Coded | None) -> CodedCase:
    """A case found in a part of the text, with spans of the whole; the force and the role may be the whole's own."""
    fields = {
        name: coded
        if any(coded is other for other in shared)
        else replace(coded, spans=tuple(Span(s.start + by, s.end + by) for s in coded.spans))
        for name, coded in case.fields.items()
    }
    return replace(case, fields=fields)


def _day(published: dt.date | str | None) -> dt.date | None:
    if published is None or published == "":
        return None
    if isinstance(published, dt.date):
        return published
    if _MONTH.fullmatch(published):
        return None
    try:
        return dt.date.fromisoformat(published)
    except ValueError:
        raise StudyError(f"{published!r} is not a day of publication: write YYYY-MM-DD.") from None


def _force(force: str | None) -> str | None:
    if force is None or not force.strip():
        return None
    known = known_force(force)
    if known is None:
        raise StudyError(
            f"There is no force {force!r}; write its name or code as in data/codelists/forces.csv."
        )
    return known

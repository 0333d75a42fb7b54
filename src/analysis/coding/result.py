"""What the coder proposes: for each person one case, for each field a value, how sure it is, and the words it rests on."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

#: The fields that are coded, in the order of `hearings.csv`.
FIELDS = (
    "force",
    "hearing_date",
    "proceeding",
    "role",
    "rank",
    "status",
    "breaches",
    "conduct",
    "finding",
    "outcome",
    "admitted",
    "conviction",
    "private",
)
#: Fields that hold several codes, separated by `;`.
SEVERAL = ("breaches", "conduct")


@dataclass(frozen=True, order=True)
class Span:
    """Characters `start` to `end` of the text. They cover words of the rules, never a person's name."""

    start: int
    end: int


@dataclass(frozen=True)
class Coded:
    """The value of one field: a code (several joined by `;`), a confidence from 0 to 1, and its spans.

    The confidence is that of the rule that gave the value, set by how explicit its words are; it is an order of
    trust, not a probability that was measured.
    """

    value: str
    confidence: float
    spans: tuple[Span, ...] = ()

    @property
    def values(self) -> tuple[str, ...]:
        """The codes one by one."""
        return tuple(self.value.split(";")) if self.value else ()


@dataclass(frozen=True)
class CodedCase:
    """One proposed row: one person at one set of proceedings.

    Attributes
    ----------
    fields : name of a field to what was found; a field without a value is not in it.
    date_inferred : the year of the hearing date was worked out.
    as_alleged : the breaches are those alleged, where the source says no more.
    """

    fields: dict[str, Coded] = field(default_factory=dict)
    date_inferred: bool = False
    as_alleged: bool = False

    def value(self, name: str) -> str:
        """The value of a field; empty where the notice does not say."""
        return self.fields[name].value if name in self.fields else ""

    def row(self) -> dict[str, str]:
        """The case as a row of `hearings.csv`, without its ids."""
        row = {name: self.value(name) for name in FIELDS}
        row["date_inferred"] = "yes" if self.date_inferred else "no"
        row["as_alleged"] = "yes" if self.as_alleged else "no"
        return row

    def to_dict(self, text: str | None = None) -> dict[str, Any]:
        """The case as plain data; with the text, each span comes with its words."""

        def span(place: Span) -> dict[str, Any]:
            found: dict[str, Any] = {"start": place.start, "end": place.end}
            if text is not None:
                found["words"] = text[place.start : place.end]
            return found

        return {
            "fields": {
                name: {
                    "value": list(coded.values) if name in SEVERAL else coded.value,
                    "confidence": coded.confidence,
                    "spans": [span(place) for place in coded.spans],
                }
                for name, coded in self.fields.items()
            },
            "date_inferred": self.date_inferred,
            "as_alleged": self.as_alleged,
        }


def to_json(cases: Iterable[CodedCase], text: str | None = None) -> str:
    """Cases as JSON, with the words of each span where the text is given."""
    return json.dumps([case.to_dict(text) for case in cases], indent=1, ensure_ascii=False)


def to_rows(cases: Iterable[CodedCase]) -> list[dict[str, str]]:
    """Cases as rows of `hearings.csv`, without ids."""
    return [case.row() for case in cases]

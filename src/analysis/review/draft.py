"""The row that a reader may correct: what was proposed, what stands now, and what each cell may hold."""

from __future__ import annotations

from ..codelists import labels
from ..coding import CodedCase
from ..coding.html import label_of
from ..coding.result import FIELDS, SEVERAL
from ..schema import columns

_COLUMNS = {column.name: column for column in columns("hearings")}


def choices(field: str) -> tuple[tuple[str, str], ...]:
    """What a cell may hold: label and value of each, in the order of the code list; "not stated" first.

    Empty for the hearing date, which is typed. Fields that hold several codes have no "not stated": none chosen says it.
    """
    if field == "hearing_date":
        return ()
    values = _COLUMNS[field].allowed
    shown = tuple((label_of(field, value), value) for value in values)
    return shown if field in SEVERAL else (("not stated", ""), *shown)


class Draft:
    """One case in review.

    Parameters
    ----------
    case : as proposed; an empty one for a person whom the rules missed.
    """

    def __init__(self, case: CodedCase | None = None):
        self.case = case or CodedCase()
        self.proposed = self.case.row()
        self.row = dict(self.proposed)
        self.included = True

    def set(self, field: str, value: str | tuple[str, ...]) -> None:
        """Put a value into a cell; several codes as a tuple."""
        if isinstance(value, (tuple, list)):
            order = list(labels("standards" if field == "breaches" else "conduct"))
            value = ";".join(sorted(value, key=order.index))
        self.row[field] = value.strip()

    def get(self, field: str) -> str | tuple[str, ...]:
        """What stands in a cell; several codes as a tuple."""
        value = self.row[field]
        if field in SEVERAL:
            return tuple(part for part in value.split(";") if part)
        return value

    @property
    def corrected(self) -> tuple[str, ...]:
        """The fields that were changed."""

        def codes(row: dict[str, str], field: str) -> object:
            return frozenset(row[field].split(";")) if field in SEVERAL else row[field]

        return tuple(f for f in FIELDS if codes(self.row, f) != codes(self.proposed, f))

    def facts(self) -> dict[str, str]:
        """The row for `add_cases`. A date or breaches that the reader typed are no longer worked out by the rules."""
        row = dict(self.row)
        if "hearing_date" in self.corrected or not row["hearing_date"]:
            row["date_inferred"] = "no"
        if "breaches" in self.corrected:
            row["as_alleged"] = "no"
        return row

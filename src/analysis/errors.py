"""Errors that are the user's to mend: each says what is wrong, where, and what to do. Never a traceback."""

from __future__ import annotations

from dataclasses import dataclass


class StudyError(Exception):
    """Something the user can put right. The command line prints the message and exits with status 1."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a data file.

    `row` counts as a spreadsheet does: the header is row 1, the first record row 2. `None` where the
    problem is the whole file's or a whole column's.
    """

    file: str
    message: str
    row: int | None = None
    column: str | None = None
    value: str | None = None
    suggestion: str | None = None

    def __str__(self) -> str:
        where = [self.file]
        if self.row is not None:
            where.append(f"row {self.row}")
        if self.column is not None:
            where.append(f"column {self.column}")
        said = f" {self.value!r}" if self.value is not None else ""
        hint = f" {self.suggestion}" if self.suggestion else ""
        return f"{', '.join(where)}:{said} {self.message}.{hint}"


_PRINTED = 200


class DataError(StudyError):
    """A data file that does not keep to the schema.

    `problems` lists every fault found, not only the first; the message prints the first 200 of them.
    """

    def __init__(self, problems: list[Problem]):
        self.problems = problems
        count = f"{len(problems)} problem{'s' if len(problems) != 1 else ''} found; nothing was loaded."
        lines = [str(problem) for problem in problems[:_PRINTED]]
        if len(problems) > _PRINTED:
            lines.append(f"… and {len(problems) - _PRINTED} more of them.")
        super().__init__("\n".join([*lines, count]))

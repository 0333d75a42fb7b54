"""The study's question as one validated object, shared by the command line, the catalogue and the notebooks."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from .codelists import load_codelist, nearest, nearest_word, words
from .errors import StudyError
from .partial_dates import PartialDate


class Denominator(StrEnum):
    """Which concluded cases a rate is taken of."""

    GROSS_MISCONDUCT = "gross_misconduct"
    ANY_MISCONDUCT = "any_misconduct"
    ALL_CONCLUDED = "all_concluded"

    @property
    def label(self) -> str:
        return {
            "gross_misconduct": "cases in which gross misconduct was found",
            "any_misconduct": "cases in which misconduct or gross misconduct was found",
            "all_concluded": "all concluded cases",
        }[self.value]


class Sanction(StrEnum):
    """Which outcomes count as the sanction. All but `dismissed` read the severity ladder of codelists/outcomes.csv."""

    DISMISSAL_EQUIVALENT = "dismissal_equivalent"
    DISMISSED = "dismissed"
    REDUCTION_IN_RANK_OR_WORSE = "reduction_in_rank_or_worse"
    FINAL_WRITTEN_WARNING_OR_WORSE = "final_written_warning_or_worse"
    WRITTEN_WARNING_OR_WORSE = "written_warning_or_worse"
    ANY_ACTION = "any_action"

    @property
    def label(self) -> str:
        return {
            "dismissal_equivalent": "dismissed or would have been dismissed",
            "dismissed": "dismissed while serving",
            "reduction_in_rank_or_worse": "reduced in rank or worse",
            "final_written_warning_or_worse": "given a final written warning or worse",
            "written_warning_or_worse": "given a written warning or worse",
            "any_action": "given some outcome other than no action",
        }[self.value]

    @property
    def noun(self) -> str:
        """The sanction as a noun, for titles and axes."""
        return {
            "dismissal_equivalent": "dismissal or equivalent",
            "dismissed": "dismissal while serving",
            "reduction_in_rank_or_worse": "reduction in rank or worse",
            "final_written_warning_or_worse": "final written warning or worse",
            "written_warning_or_worse": "written warning or worse",
            "any_action": "some outcome other than no action",
        }[self.value]


class Interval(StrEnum):
    """Interval for a proportion (names as a reader knows them)."""

    WILSON = "wilson"
    JEFFREYS = "jeffreys"
    CLOPPER_PEARSON = "clopper_pearson"

    @property
    def label(self) -> str:
        return {"wilson": "Wilson", "jeffreys": "Jeffreys", "clopper_pearson": "Clopper–Pearson"}[self.value]


def _as_list(value: Any) -> Any:
    """A comma- or semicolon-separated string (from the command line) is a list; nothing given is everything."""
    if value is None:
        return ()
    if isinstance(value, str):
        return tuple(part.strip() for part in value.replace(";", ",").split(",") if part.strip())
    if not isinstance(value, list | tuple | set):
        raise ValueError(f"{value!r} is not a list of codes")
    return value


def _in_codelist(name: str):
    """A validator that takes a code, a label or an alias of the code list and gives the code."""

    def check(values: Any) -> tuple[str, ...]:
        by_word = words(name)
        found = []
        for value in _as_list(values):
            code = by_word.get(str(value).strip().casefold())
            if code is None:
                near = nearest(name, str(value))
                hint = f" Did you mean {near!r}?" if near else ""
                raise ValueError(f"{value!r} is not one of {', '.join(load_codelist(name).index)}.{hint}")
            found.append(code)
        return tuple(dict.fromkeys(found))

    return BeforeValidator(check)


def _partial_date(value: Any) -> str | None:
    if value is None or str(value).strip() == "":
        return None
    return str(PartialDate.parse(str(value)))


Codes = tuple[str, ...]
Day = Annotated[str | None, BeforeValidator(_partial_date)]


class Question(BaseModel):
    """What is asked of the data: which cases, which rate, and how it is estimated.

    Every field has a default, and the defaults are the study's headline question: of regular officers and
    special constables found to have committed gross misconduct, who was dismissed or would have been?

    Fields
    ------
    start, end : first and last day (``2020``, ``2020-02`` or ``2020-02-01``; the whole month or year counts).
        Empty: no limit. With a limit, a case whose date is unknown, or too vague to place, is left out and
        counted in the cohort's flow.
    include_undated : keep cases without a usable date even when a period is given.
    forces : force codes or names; empty means all.
    roles : the two roles compared, the comparison first, the reference second.
    proceedings : codes; empty means all, those whose kind is unknown included.
    source_types : kinds of source; empty means all.
    leave_out_selected : leave out sources that list people because of their outcome.
    denominator, sanction, interval : see `Denominator`, `Sanction`, `Interval`.
    level : confidence level, between 0.5 and 0.999.
    min_count : a rate of fewer cases than this is "too few to say".

    Raises
    ------
    StudyError : through `Question.of`, one message that names every wrong value and the allowed ones.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=False, str_strip_whitespace=True)

    start: Day = None
    end: Day = None
    include_undated: bool = False
    forces: Annotated[Codes, _in_codelist("forces")] = ()
    roles: Annotated[Codes, _in_codelist("roles")] = ("special_constable", "police_officer")
    proceedings: Annotated[Codes, _in_codelist("proceedings")] = ()
    source_types: Annotated[Codes, _in_codelist("source_types")] = ()
    leave_out_selected: bool = False
    denominator: Denominator = Denominator.GROSS_MISCONDUCT
    sanction: Sanction = Sanction.DISMISSAL_EQUIVALENT
    interval: Interval = Interval.WILSON
    level: float = Field(default=0.95, ge=0.5, le=0.999)
    min_count: int = Field(default=5, ge=1, le=1000)

    @model_validator(mode="after")
    def _check_together(self) -> Question:
        if len(self.roles) != 2:
            raise ValueError(
                f"roles must name two different roles, the comparison and then the reference; "
                f"got {', '.join(self.roles) or 'none'}"
            )
        if self.start and self.end and PartialDate.parse(self.start).first > PartialDate.parse(self.end).last:
            raise ValueError(f"the period ends ({self.end}) before it starts ({self.start})")
        return self

    @classmethod
    def of(cls, **parameters: Any) -> Question:
        """Build a question, or raise one `StudyError` that lists every wrong parameter."""
        try:
            return cls(**parameters)
        except ValidationError as error:
            raise StudyError("\n".join(_explain(fault) for fault in error.errors())) from None

    @classmethod
    def from_parameters(cls, names: Mapping[str, Any]) -> Question:
        """The question that a notebook's parameters ask: pass `globals()`; names that are not fields are ignored."""
        return cls.of(**{field: names[field] for field in cls.model_fields if field in names})

    @property
    def comparison(self) -> str:
        """Code of the first role, the one the headline is about."""
        return self.roles[0]

    @property
    def reference(self) -> str:
        """Code of the second role, the one compared with."""
        return self.roles[1]

    def but(self, **changes: Any) -> Question:
        """The same question with some parameters changed, validated again."""
        return Question.of(**(self.model_dump(mode="json") | changes))


def _explain(fault: dict[str, Any]) -> str:
    """One line for one pydantic error: the parameter, the value, and what is allowed."""
    name = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        near = nearest_word(name, Question.model_fields)
        hint = f" Did you mean {near!r}?" if near else ""
        return f"{name}: there is no such parameter; there are {', '.join(Question.model_fields)}.{hint}"
    if fault["type"] == "enum":
        allowed = fault["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        near = nearest_word(str(fault["input"]), allowed)
        hint = f" Did you mean {near!r}?" if near else ""
        return f"{name}: {fault['input']!r} is not one of {', '.join(allowed)}.{hint}"
    if fault["type"] == "value_error":
        # The validators of this module name the value themselves.
        message = fault["msg"].removeprefix("Value error, ")
        return f"{name}: {message}" if name else message
    return f"{name}: {fault['input']!r} is refused: {fault['msg'][:1].lower()}{fault['msg'][1:]}"

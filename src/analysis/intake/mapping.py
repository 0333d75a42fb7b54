"""Mappings: a small TOML file says which column of a layout is what, which words mean what, what holds for every
row, and what kind of source it is. A new layout is a new mapping, and no code."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping as Map
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from .. import codelists, schema
from ..errors import StudyError
from ..paths import data_folder
from .dates import read_dates
from .privacy import why_personal
from .tables import Table, heading
from .words import TARGETS, Words, plain, says_nothing

SHIPPED = Path(__file__).parent / "mappings"
_ALLOWED = (*TARGETS, "count", "ignore")


class Meaning(BaseModel):
    """What a column tells.

    Attributes
    ----------
    to : one or more of `TARGETS` (`person` is role, rank and status in one word), count (cases a row stands for)
        or ignore.
    find : the column holds prose: known phrases are looked for, and the rest is passed over.
    optional : a file of the layout may lack the column.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    to: tuple[str, ...]
    find: bool = False
    optional: bool = False

    @field_validator("to")
    @classmethod
    def _known(cls, to: tuple[str, ...]) -> tuple[str, ...]:
        for target in to:
            if target not in _ALLOWED:
                near = codelists.nearest_word(target, _ALLOWED)
                raise ValueError(
                    f"{target!r} is no meaning of a column; "
                    + (f"did you mean {near!r}?" if near else f"there are {', '.join(_ALLOWED)}")
                )
        return to


def _meaning(given: object) -> object:
    if isinstance(given, str):
        return {"to": (given,)}
    return {"to": tuple(given)} if isinstance(given, list) else given


class SourceFacts(BaseModel):
    """What every file of the layout is as a source; see `Source`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    source_type: str = "other"
    publisher: str = ""
    scope: str = "round_up"
    selected_on_outcome: bool = False
    scope_basis: str = "as the mapping says"


class Mapping(BaseModel):
    """A layout: what its columns and words mean.

    Attributes
    ----------
    name : of the mapping: small letters, digits and hyphens.
    title : the layout in words.
    kind : table; lines (cells one to a line, in the order of `columns`); labels (notices of labelled lines); prose
        (for `misconduct code`).
    columns : heading to meaning. Headings are compared without case and punctuation; columns not named are passed over.
    fill_down : headings that stand only on the first row of their group.
    constants : field to code, for what holds of every row that does not say otherwise.
    values : field to words to codes, for words that mean something in this layout alone; an empty code leaves the field
        empty, and ``reject: reason`` turns the row away.
    dates : order of numeric dates: auto, dmy or mdy.
    source : what kind of source it is.
    leaves_out : what the layout leaves out, for whoever reads the mapping.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(pattern=f"^{schema.HANDLE_PATTERN}$")
    title: str = ""
    kind: Literal["table", "lines", "labels", "prose"] = "table"
    leaves_out: str = ""
    dates: Literal["auto", "dmy", "mdy"] = "auto"
    fill_down: tuple[str, ...] = ()
    columns: dict[str, Annotated[Meaning, BeforeValidator(_meaning)]] = {}
    constants: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    source: SourceFacts = SourceFacts()

    @model_validator(mode="after")
    def _consistent(self) -> Mapping:
        allowed = {c.name: c for c in schema.columns("hearings")}
        for name, code in self.constants.items():
            if name not in allowed or name in ("case_id", "source_id", "hearing_date"):
                raise ValueError(f"constants: there is no field {name!r}")
            if faults := allowed[name].faults(code):
                raise ValueError(
                    f"constants.{name}: {code!r} {faults[0].message}. {faults[0].suggestion or ''}"
                )
        for name, words in self.values.items():
            if name not in TARGETS or name in ("person", "hearing_date"):
                raise ValueError(f"values: there is no field {name!r}; name the field that the words mean")
            for word, code in words.items():
                if code and not code.startswith("reject:") and (faults := allowed[name].faults(code)):
                    raise ValueError(
                        f"values.{name}: {word!r} is given {code!r}, which {faults[0].message}. {faults[0].suggestion or ''}"
                    )
        for name in ("source_type", "scope"):
            column = next(c for c in schema.columns("sources") if c.name == name)
            if faults := column.faults(getattr(self.source, name)):
                raise ValueError(
                    f"source.{name}: {getattr(self.source, name)!r} {faults[0].message}. {faults[0].suggestion or ''}"
                )
        return self

    def meaning_of(self, column: str) -> Meaning | None:
        """What a heading of a file means; None where the mapping does not name it."""
        compared = heading(column)
        return next((m for name, m in self.columns.items() if heading(name) == compared), None)

    @property
    def needed(self) -> tuple[str, ...]:
        """Headings that a file of the layout must have."""
        return tuple(
            n for n, meaning in self.columns.items() if meaning.to != ("ignore",) and not meaning.optional
        )

    def with_words(self, said: Map[str, str]) -> Mapping:
        """The same mapping with more words, each given a code; the field is the one whose code list has it.

        Raises
        ------
        StudyError : no list has the code.
        """
        fields = [c for c in schema.columns("hearings") if c.kind in ("code", "codes") and c.name in TARGETS]
        values = {name: dict(words) for name, words in self.values.items()}
        for word, code in said.items():
            field = next((c.name for c in fields if code in c.allowed), None)
            if field is None:
                near = codelists.nearest_word(code, [value for c in fields for value in c.allowed])
                hint = f" Did you mean {near!r}?" if near else " The code lists are in data/codelists/."
                raise StudyError(f"--word: {code!r} is no code of any list.{hint}")
            values.setdefault(field, {})[word] = code
        return mapping_of({**self.model_dump(mode="json"), "values": values}, self.name)

    def with_constants(self, **given: str | None) -> Mapping:
        """The same mapping with some of its constants replaced."""
        more = {name: value for name, value in given.items() if value}
        return mapping_of({**self.model_dump(mode="json"), "constants": self.constants | more}, self.name)


def mapping_of(given: Map[str, Any], label: str) -> Mapping:
    """A mapping from its parts.

    Raises
    ------
    StudyError : lists everything wrong.
    """
    try:
        return Mapping.model_validate(given)
    except ValidationError as error:
        lines = []
        for fault in error.errors(include_url=False):
            place = ".".join(
                str(part)
                for part in fault["loc"]
                if part not in ("to", "function-before[_meaning(), Meaning]")
            )
            message = fault["msg"].removeprefix("Value error, ").rstrip(". ")
            lines.append(f"{label}{', ' + place if place else ''}: {message}.")
        raise StudyError("\n".join(lines)) from None


def read_mapping(path: Path) -> Mapping:
    """A mapping from its TOML file; its name is the file's.

    Raises
    ------
    StudyError : cannot be read, is no TOML, or says what makes no sense.
    """
    try:
        return _read_mapping(path, path.stat().st_mtime_ns)
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(f"{path}: the mapping cannot be read ({error}).") from None
    except tomllib.TOMLDecodeError as error:
        raise StudyError(f"{path}: is no TOML ({error}).") from None


@lru_cache(maxsize=64)
def _read_mapping(path: Path, modified: int) -> Mapping:
    """`modified` is in the key so that an edited mapping is read anew."""
    given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    return mapping_of({"name": path.stem} | given, str(path))


def mappings() -> dict[str, Path]:
    """Name to file of every mapping: those that ship with the package and those of `data/mappings/`."""
    own = data_folder() / "mappings"
    return {path.stem: path for folder in (SHIPPED, own) for path in sorted(folder.glob("*.toml"))}


def find_mapping(name: str) -> Mapping:
    """A mapping by its name or by the path of its file.

    Raises
    ------
    StudyError : there is none.
    """
    known = mappings()
    if name in known:
        return read_mapping(known[name])
    if (path := Path(name)).suffix == ".toml" and path.is_file():
        return read_mapping(path)
    near = codelists.nearest_word(name, known)
    hint = f"Did you mean {near!r}?" if near else f"There are {', '.join(known)}."
    raise StudyError(f"There is no mapping {name!r}. {hint}")


def is_own(name: str) -> bool:
    """Whether a mapping is of `data/mappings/`, not one that ships with the package."""
    path = mappings().get(name)
    return path is not None and path.parent != SHIPPED


def save_mapping(mapping: Mapping, replace: bool = False) -> Path:
    """Write a mapping to `data/mappings/`.

    Parameters
    ----------
    mapping : its name becomes the file's.
    replace : write over one's own mapping of that name.

    Raises
    ------
    StudyError : another mapping has the name.
    """
    folder = data_folder() / "mappings"
    path = folder / f"{mapping.name}.toml"
    text = as_toml(mapping)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return path
    if mapping.name in mappings() and not (replace and is_own(mapping.name)):
        raise StudyError(
            f"There is a mapping {mapping.name!r} already; save this one under another name (--save-as)."
        )
    folder.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def as_toml(mapping: Mapping) -> str:
    """A mapping as its TOML file."""
    lines = [
        f"title = {_quoted(mapping.title)}",
        f"kind = {_quoted(mapping.kind)}",
        *([f"leaves_out = {_quoted(mapping.leaves_out)}"] if mapping.leaves_out else []),
        *([f"dates = {_quoted(mapping.dates)}"] if mapping.dates != "auto" else []),
        *([f"fill_down = [{', '.join(map(_quoted, mapping.fill_down))}]"] if mapping.fill_down else []),
        "",
        "[columns]",
    ]
    for name, meaning in mapping.columns.items():
        to = _quoted(meaning.to[0]) if len(meaning.to) == 1 else f"[{', '.join(map(_quoted, meaning.to))}]"
        if flags := [flag for flag in ("find", "optional") if getattr(meaning, flag)]:
            set_ = "".join(f", {flag} = true" for flag in flags)
            to = f"{{ to = [{', '.join(map(_quoted, meaning.to))}]{set_} }}"
        lines.append(f"{_quoted(name)} = {to}")
    if mapping.constants:
        lines += [
            "",
            "[constants]",
            *(f"{name} = {_quoted(value)}" for name, value in mapping.constants.items()),
        ]
    for name, words in mapping.values.items():
        lines += [
            "",
            f"[values.{name}]",
            *(f"{_quoted(word)} = {_quoted(code)}" for word, code in words.items()),
        ]
    source = mapping.source.model_dump()
    lines += ["", "[source]"]
    lines += [
        f"{n} = {str(v).lower() if isinstance(v, bool) else _quoted(v)}" for n, v in source.items() if v != ""
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are among TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


# ------------------------------------------------------------------------------------------------ guessing


def _any(words: str) -> str:
    """A pattern for any of some words or phrases (``_`` for a blank)."""
    return rf"\b(?:{'|'.join(words.split()).replace('_', ' ')})\b"


_KIND = r"\b(?:hearing|meeting|proceedings?|forum)\b.*\b(?:type|kind)\b|\btype of (?:hearing|meeting|proceedings?)\b"
# Which headings suggest which meaning, and which words beside them speak against it; what a column holds must bear
# it out.
_HEADINGS: tuple[tuple[str, str, str], ...] = (
    (
        "hearing_date",
        _any("dates? month year quarter when period"),
        _any("recorded received reported published notice birth appeal incident appointed joined"),
    ),
    (
        "proceeding",
        _KIND
        + r"|\b(?:hearing|meeting) or (?:hearing|meeting)\b|^(?:proceedings?|forum|(?:meeting|hearing) (?:meeting|hearing))$",
        _any("date"),
    ),
    (
        "person",
        _any("rank role post grade officer staff position employee"),
        _any("number no name gender sex collar decision decided"),
    ),
    ("status", _any("status serving"), _any("case")),
    ("finding", _any("findings? misconduct_level proven determination case_level"), ""),
    (
        "outcome",
        _any("outcomes? sanctions? result disposals? penalty disciplinary_action action_taken decision"),
        _any("date"),
    ),
    ("breaches", _any("breach breaches breached standards?"), _any("date")),
    (
        "conduct",
        _any("allegations? nature offence conduct category circumstances summary reason details?"),
        _any("date level"),
    ),
    ("force", _any("force constabulary"), r"\buse of force\b"),
    ("admitted", _any("admitted admission"), ""),
    ("conviction", _any("convicted conviction"), ""),
    ("private", _any(r"private anonym\w+"), ""),
    ("count", r"^(?:number|no of cases|count|number of (?:cases|officers)|total)$", ""),
)
# A heading that says so is enough for these: words that are not understood are then told, and can be taught.
_PLAIN_HEADINGS = ("hearing_date", "person", "finding", "outcome")


def is_heading(text: str) -> bool:
    """Whether a heading is one that the guess understands."""
    return len(text) <= 80 and any(
        re.search(pattern, text) and not (unless and re.search(unless, text))
        for _, pattern, unless in _HEADINGS
    )


def guess(table: Table, name: str, words: Words) -> Mapping:
    """A mapping from the headings of a table and what stands under them.

    A column is given a meaning where its heading suggests one and some of its cells bear it out, or where nearly
    all of its cells do. Each meaning goes to the column that bears it out best. Columns that identify people, and those
    that nothing speaks for, are not in the mapping.
    """
    scores: list[tuple[float, str, tuple[str, ...], bool]] = []
    written = {column: table.cells[column].tolist() for column in table.cells.columns}
    for column, cells in written.items():
        filled = [c for c in dict.fromkeys(cells) if not says_nothing(c)][:150]
        if not filled:
            continue
        compared = heading(column)
        prose = sum(map(len, filled)) / len(filled) > 70
        for target, pattern, unless in _HEADINGS:
            suggested = bool(re.search(pattern, compared)) and not (unless and re.search(unless, compared))
            if unless and re.search(unless, compared):
                continue
            to: tuple[str, ...] = (target,)
            share = _share(target, filled, words, prose)
            as_text = prose
            if target == "conduct" and not prose and share < 0.8:
                # What was done is described more often than named: look for what is known, and leave the rest.
                as_text, share = True, _share(target, filled, words, True)
            if target in ("breaches", "conduct") and suggested:
                both = _share("breaches+conduct", filled, words, False)
                if not prose and both > share + 0.1:
                    to, share, as_text = ("breaches", "conduct"), both, False
            if target == "count" and not suggested:
                continue
            plain_target = target in ("outcome", "person", "hearing_date", "breaches", "finding")
            if suggested and share < 0.3 and target in _PLAIN_HEADINGS and why_personal(column, cells) == "":
                scores.append((share + 0.5, column, to, False))
            if (suggested and share >= 0.3) or (plain_target and not prose and share >= 0.8):
                # Of several dates the one of the hearing; of several columns the one whose heading says so.
                more = (
                    0.3
                    if re.search(r"\bhearing|\bmeeting|\bconclu|\bheard|\bmisconduct\b", compared)
                    else 0.0
                )
                # A finding's words read as outcomes too, and the reverse: the heading decides.
                scores.append((share + suggested + more, column, to, as_text and target != "hearing_date"))
    taken: set[str] = set()
    chosen: dict[str, dict[str, Any]] = {}
    for _, column, to, prose in sorted(scores, key=lambda s: -s[0]):
        free = tuple(target for target in to if target not in taken)
        if column in chosen or not free:
            continue
        if free != ("person",) and why_personal(column, written[column]) == "names of people":
            continue
        taken.update(free)
        chosen[column] = {"to": list(free), "find": prose}
    alleged = any(
        re.search(r"\balleg(?!.*\b(?:proven|found|upheld|admitted)\b)", heading(c))
        and {"breaches", "conduct"} & set(m["to"])
        for c, m in chosen.items()
    )
    dated = next((c for c, m in chosen.items() if m["to"] == ["hearing_date"]), None)
    fill = [dated] if dated is not None and _grouped(table.cells[dated]) else []
    return mapping_of(
        {
            "name": name,
            "title": f"Guessed from the headings {', '.join(chosen)}",
            "columns": {c: chosen[c] for c in table.cells.columns if c in chosen},
            "constants": {"as_alleged": "yes"} if alleged else {},
            "fill_down": fill,
            "source": {"scope_basis": "not judged further at intake"},
        },
        "the guess",
    )


def _share(target: str, filled: list[str], words: Words, prose: bool) -> float:
    """How many of the distinct cells can be placed so."""
    if target == "hearing_date":
        read = read_dates(filled)
        return sum(not r.reason for r in read.values()) / len(filled)
    if target == "count":
        return sum(bool(re.fullmatch(r"[<>]?\s*[\d,]+", plain(c))) for c in filled) / len(filled)
    if prose:
        return sum(bool(words.find(target, c).facts) for c in filled) / len(filled)
    if target == "conduct" and all(re.fullmatch(r"\d+", plain(c)) for c in filled):
        return 0.0
    return sum(bool(words.place(target, c).facts) for c in filled) / len(filled)


def _grouped(cells: pd.Series) -> bool:
    """Whether a column of months or years seems to be filled only on the first row of each group."""
    written = cells.tolist()
    stated = [cell for cell in written if not says_nothing(cell)]
    if (
        not written
        or says_nothing(written[0])
        or len(stated) > 0.8 * len(written)
        or len(set(stated)) < len(stated)
    ):
        return False
    return all(len(read.value) < 10 for read in read_dates(stated).values())

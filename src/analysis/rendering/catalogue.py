"""Read the catalogue of reports, expand it, and find everything wrong with it before any kernel starts."""

from __future__ import annotations

import ast
import importlib.util
import json
import string
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ..errors import StudyError

# What the machinery writes itself.
RESERVED = ("index.html", "manifest.json")
# What a check may stumble over if a value is of a kind that it did not foresee.
_UNUSABLE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
Value = str | bool | int | float | None | list[str]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]

# Gives, for a report that is made several times, the words to put into its templates, one mapping a report.
Expander = Callable[[int], Iterable[Mapping[str, str]]]
# Raises a StudyError if a report's parameters are wrong: called with its name and its parameters.
Check = Callable[[str, Mapping[str, Any]], None]


class Site(BaseModel):
    """What holds for all reports of a catalogue; the table `[site]`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Text
    description: str = ""
    preload: list[Text] = Field(default_factory=list, description="modules imported once, before the reports")
    cell_timeout: int = Field(default=300, ge=1, description="seconds that one cell may take")
    report_timeout: int = Field(default=1800, ge=1, description="seconds that one report may take")


class Entry(BaseModel):
    """One `[[report]]` of the catalogue. `{words}` in `title`, `output` and `parameters` are those of `for_each`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    title: Text
    group: Text = "Reports"
    notebook: Text
    output: Text
    for_each: Text | None = None
    min_cases: int = Field(default=1, ge=1)
    parameters: dict[str, Value] = Field(default_factory=dict)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    site: Site
    report: Annotated[list[Entry], Field(min_length=1)]


@dataclass(frozen=True)
class Report:
    """One page to be made: a notebook, its parameters and where the page goes.

    Attributes
    ----------
    name : unique; `force/kent` where the entry `force` is made for each force.
    entry : name of the entry it comes from.
    title, group : how the index lists it.
    notebook : the file.
    output : path of the page inside the site, with forward slashes.
    parameters : values for the notebook's parameters.
    """

    name: str
    entry: str
    title: str
    group: str
    notebook: Path
    output: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Catalogue:
    """A catalogue that was read, expanded and found sound."""

    path: Path
    site: Site
    reports: tuple[Report, ...]

    def only(self, names: Iterable[str]) -> Catalogue:
        """The catalogue with only the reports named; a name may be an entry's, or a pattern such as `force/*`."""
        wanted = list(names)
        known = [word for report in self.reports for word in (report.name, report.entry)]
        for name in wanted:
            if not any(fnmatchcase(word, name) for word in known):
                raise StudyError(f"There is no report {name!r} in {self.path.name}.{_near(name, known)}")
        chosen = tuple(
            r for r in self.reports if any(fnmatchcase(w, n) for n in wanted for w in (r.name, r.entry))
        )
        return Catalogue(self.path, self.site, chosen)


def read_catalogue(
    path: Path,
    *,
    expanders: Mapping[str, Expander] | None = None,
    check: Check | None = None,
    extra: Mapping[str, Any] | None = None,
) -> Catalogue:
    """Read a catalogue and expand its `for_each` entries.

    Parameters
    ----------
    path : the TOML file; the paths of notebooks in it are relative to its folder.
    expanders : for each word that `for_each` may have, what to call with the entry's `min_cases`.
    check : judges the parameters of every report.
    extra : parameters given to every report whose notebook has them.

    Raises
    ------
    StudyError : one message that lists everything wrong, each with its report and key.
    """
    file = _parse(path)
    problems: list[str] = []
    reports: list[Report] = []
    names: dict[str, int] = {}
    for number, entry in enumerate(file.report, start=1):
        if entry.name in names:
            problems.append(
                f"report {entry.name!r}: name: already the name of report number {names[entry.name]}."
            )
            continue
        names[entry.name] = number
        allowed = _notebook_parameters(path, entry, problems)
        for words in _words(entry, expanders or {}, problems):
            report = _expand(path, entry, words, problems)
            if report is None or allowed is None:
                continue
            given = {name: value for name, value in (extra or {}).items() if name in allowed}
            report = Report(**(vars(report) | {"parameters": dict(report.parameters) | given}))
            _check_parameters(report, allowed, check, problems)
            reports.append(report)
    for module in file.site.preload:
        if not _importable(module):
            problems.append(f"[site]: preload: there is no module {module!r}.")
    _check_outputs(reports, problems)
    if problems:
        lines = "\n".join(f"  {problem}" for problem in dict.fromkeys(problems))
        raise StudyError(f"{path}: the catalogue is not sound; nothing was rendered.\n{lines}")
    return Catalogue(path, file.site, tuple(reports))


def _parse(path: Path) -> _File:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StudyError(f"{path}: there is no such catalogue. Name another with --catalogue.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(f"{path}: cannot be read ({error}).") from None
    except tomllib.TOMLDecodeError as error:
        raise StudyError(f"{path}: not TOML: {error}.") from None
    try:
        return _File.model_validate(content)
    except ValidationError as error:
        lines = "\n".join(f"  {_explain(fault, content)}" for fault in error.errors())
        raise StudyError(f"{path}: the catalogue is not sound; nothing was rendered.\n{lines}") from None


def _explain(fault: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    """One line for one fault: which report, which key, what is expected."""
    where, *rest = fault["loc"]
    model: type[BaseModel] = _File
    place = "the file"
    if where == "site":
        model, place = Site, "[site]"
    elif where == "report" and rest:
        index, *rest = rest
        named = content["report"][index].get("name") if isinstance(content["report"][index], dict) else None
        model, place = Entry, f"report {named!r}" if named else f"report number {index + 1}"
    else:
        rest = [where]
    key = str(rest[0]) if rest else str(where)
    # Below a key of several types pydantic adds the type's name, and repeats the fault for each.
    key = ".".join([key, *(str(part) for part in rest[1:2])]) if key == "parameters" else key
    if fault["type"] == "extra_forbidden":
        known = list(model.model_fields)
        return f"{place}: {key}: there is no such key; there are {', '.join(known)}.{_near(key, known)}"
    if fault["type"] == "missing":
        return f"{place}: {key}: missing."
    if key.startswith("parameters."):
        return f"{place}: {key}: a text, a number, true, false or a list of texts is expected."
    if fault["type"] == "string_pattern_mismatch":
        return f"{place}: {key}: {fault['input']!r} may hold only small letters, digits, - and _."
    return f"{place}: {key}: {fault['msg'][0].lower()}{fault['msg'][1:]} (got {fault['input']!r})."


def _near(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" Did you mean {near[0]!r}?" if near else ""


def _importable(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _notebook_parameters(path: Path, entry: Entry, problems: list[str]) -> list[str] | None:
    """Names in the cell tagged `parameters`; None if the notebook cannot be used."""
    notebook = path.parent / entry.notebook
    where = f"report {entry.name!r}: notebook"
    # Plain JSON, not nbformat, whose import alone takes longer than all else that is done here.
    try:
        node = json.loads(notebook.read_bytes())
        language = node.get("metadata", {}).get("kernelspec", {}).get("language", "python")
        tagged = [cell for cell in node["cells"] if "parameters" in cell.get("metadata", {}).get("tags", [])]
        source = "".join(tagged[0]["source"]) if tagged else ""
        body = ast.parse(source).body if language == "python" else []
    except FileNotFoundError:
        near = _near(notebook.name, [p.name for p in notebook.parent.glob("*.ipynb")])
        problems.append(f"{where}: there is no file {notebook}.{near}")
        return None
    except SyntaxError as error:
        problems.append(
            f"{where}: {notebook}: its parameters cell is no Python ({error.msg}, line {error.lineno})."
        )
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"{type(error).__name__}: {error}"
        problems.append(f"{where}: {notebook} is not a Jupyter notebook of format 4 ({reason}).")
        return None
    if language != "python":
        problems.append(f"{where}: {notebook} is written in {language}, not in Python.")
        return None
    targets = [
        target for part in body for target in getattr(part, "targets", [getattr(part, "target", None)])
    ]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _words(entry: Entry, expanders: Mapping[str, Expander], problems: list[str]) -> list[Mapping[str, str]]:
    if entry.for_each is None:
        return [{}]
    if entry.for_each not in expanders:
        known = ", ".join(sorted(expanders)) or "none"
        near = _near(entry.for_each, expanders)
        problems.append(f"report {entry.name!r}: for_each: {entry.for_each!r} is not one of {known}.{near}")
        return []
    words = list(expanders[entry.for_each](entry.min_cases))
    if not words:
        problems.append(
            f"report {entry.name!r}: for_each: no {entry.for_each} has at least {entry.min_cases} case(s), "
            "so the report would never be made."
        )
    return words


def _expand(path: Path, entry: Entry, words: Mapping[str, str], problems: list[str]) -> Report | None:
    """The report with its templates filled in; None, and a problem, where a template is wrong."""
    sound = True

    def fill(key: str, template: Any) -> Any:
        nonlocal sound
        if isinstance(template, list):
            return [fill(key, part) for part in template]
        if not isinstance(template, str):
            return template
        try:
            for _, name, format_spec, conversion in string.Formatter().parse(template):
                if name is None:
                    continue
                if format_spec or conversion:
                    raise ValueError(f"write {{{name}}} alone, without a format")
                if name not in words:
                    known = ", ".join(words) or "none without for_each"
                    raise ValueError(f"there is no {{{name}}} to put in; there is {known}")
            return template.format_map(words)
        except ValueError as error:
            problems.append(f"report {entry.name!r}: {key}: {template!r}: {error}.")
            sound = False
            return template

    parameters = {name: fill(f"parameters.{name}", value) for name, value in entry.parameters.items()}
    title, output = fill("title", entry.title), fill("output", entry.output)
    if not sound:
        return None
    stem = PurePosixPath(output).stem
    name = f"{entry.name}/{stem}" if entry.for_each else entry.name
    notebook = (path.parent / entry.notebook).resolve()
    return Report(name, entry.name, title, entry.group, notebook, output, parameters)


def _check_parameters(report: Report, allowed: list[str], check: Check | None, problems: list[str]) -> None:
    for name in report.parameters:
        if name not in allowed:
            known = ", ".join(allowed) or "none (no cell is tagged 'parameters')"
            problems.append(
                f"report {report.entry!r}: parameters.{name}: {report.notebook.name} has no such parameter; "
                f"it has {known}.{_near(name, allowed)}"
            )
    given = {name: value for name, value in report.parameters.items() if name in allowed}
    if check is not None:
        try:
            check(report.entry, given)
        except StudyError as error:
            problems += [f"report {report.name!r}: parameters: {line}" for line in str(error).splitlines()]
        except _UNUSABLE as error:
            if not given:
                raise
            reason = f"cannot be used ({type(error).__name__}: {error})"
            for name in _culprits(report, given, check):
                problems.append(f"report {report.name!r}: parameters.{name}: {given[name]!r} {reason}.")


def _culprits(report: Report, given: Mapping[str, Any], check: Check) -> list[str]:
    """The parameters that the check stumbles over by themselves; all of them, if it does so only together."""
    found = []
    for name, value in given.items():
        try:
            check(report.entry, {name: value})
        except _UNUSABLE:
            found.append(name)
        except StudyError:
            pass
    return found or list(given)


def _check_outputs(reports: Iterable[Report], problems: list[str]) -> None:
    """Every page inside the site, as an HTML file, and none written twice (also where case does not count)."""
    taken: dict[str, str] = dict.fromkeys(RESERVED, "the machinery itself")
    for report in reports:
        where = f"report {report.name!r}: output"
        parts = PurePosixPath(report.output).parts
        if report.output.startswith("/") or ".." in parts or "\\" in report.output or ":" in report.output:
            problems.append(f"{where}: {report.output!r} lies outside the site; give a path inside it.")
        elif report.output != str(PurePosixPath(report.output)) or any(
            part.startswith(".") for part in parts
        ):
            problems.append(f"{where}: {report.output!r} is not a plain path such as 'folder/page.html'.")
        elif not report.output.endswith(".html"):
            problems.append(f"{where}: {report.output!r} does not end in '.html'.")
        key = report.output.casefold()
        if key in taken:
            problems.append(f"{where}: {report.output!r} is already written by {taken[key]}.")
        taken[key] = f"report {report.name!r}"

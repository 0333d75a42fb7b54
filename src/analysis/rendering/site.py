"""The index of all pages, the manifest of all hashes, and the check that a site still agrees with its manifest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import StudyError
from .catalogue import Catalogue, Report
from .templating import external_requests, slug, templates

MANIFEST = "manifest.json"


def write_index(folder: Path, catalogue: Catalogue, made: Mapping[str, Mapping[str, Any]]) -> None:
    """Write `index.html`, which lists every report by group in the order of the catalogue.

    Parameters
    ----------
    folder : the site.
    catalogue : its reports.
    made : for each report's name what its page says of itself: `title`, and `summary` with `headline` (a
        sentence), `cases` (a count), `period` and `data_date` (texts), each of which may be missing.
    """
    groups: dict[str, list[dict[str, Any]]] = {}
    for report in catalogue.reports:
        summary = made[report.name].get("summary", {})
        groups.setdefault(report.group, []).append(
            {
                "output": report.output,
                "title": report.title,
                "headline": summary.get("headline", ""),
                "facts": _facts(summary),
            }
        )
    html = (
        templates()
        .get_template("index.html.j2")
        .render(
            site=catalogue.site,
            groups=[{"id": slug(title), "title": title, "reports": rows} for title, rows in groups.items()],
        )
    )
    if wanted := external_requests(html):
        raise StudyError(f"The index would ask the network for {', '.join(wanted)}.")
    (folder / "index.html").write_text(html, encoding="utf-8", newline="\n")


def _facts(summary: Mapping[str, Any]) -> list[str]:
    facts = []
    if isinstance(cases := summary.get("cases"), int):
        facts.append(f"{cases:,} case{'' if cases == 1 else 's'}")
    if period := summary.get("period"):
        facts.append(str(period))
    if date := summary.get("data_date"):
        facts.append(f"data of {date}")
    return facts


def write_manifest(folder: Path, catalogue: Catalogue, provenance: Mapping[str, Any]) -> None:
    """Write `manifest.json`: the hash of every file, and what each page was made from.

    Parameters
    ----------
    folder : the finished site.
    catalogue : what it was made from.
    provenance : what else it rests on (data, code, packages), as the caller knows it.
    """
    manifest = {
        "title": catalogue.site.title,
        "provenance": provenance,
        "catalogue_sha256": sha256(catalogue.path),
        "reports": [_origin(report) for report in catalogue.reports],
        "files": {name: sha256(folder / name) for name in _files(folder)},
    }
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8", newline="\n")


def _origin(report: Report) -> dict[str, Any]:
    return {
        "name": report.name,
        "title": report.title,
        "output": report.output,
        "notebook": report.notebook.name,
        "notebook_sha256": sha256(report.notebook),
        "parameters": dict(report.parameters),
    }


def verify(folder: Path) -> int:
    """Hash every file of a site again and compare with its manifest.

    Returns
    -------
    The number of files, all as the manifest says.

    Raises
    ------
    StudyError : no manifest, or a file that is missing, changed or not in it; the message lists every one.
    """
    path = folder / MANIFEST
    try:
        expected = json.loads(path.read_text(encoding="utf-8"))["files"]
        expected = {str(name): str(value) for name, value in expected.items()}
    except FileNotFoundError:
        raise StudyError(f"{path}: there is no manifest. Render the site first.") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StudyError(f"{path}: not a manifest of a site ({error}).") from None
    found = _files(folder)
    problems = [f"  {name}: missing" for name in sorted(set(expected) - set(found))]
    problems += [f"  {name}: not in the manifest" for name in found if name not in expected]
    problems += [
        f"  {name}: changed since it was rendered"
        for name in found
        if name in expected and sha256(folder / name) != expected[name]
    ]
    if problems:
        lines = "\n".join(problems)
        raise StudyError(f"{folder}: {len(problems)} file(s) do not agree with {MANIFEST}:\n{lines}")
    return len(found)


def same_site(one: Path, other: Path) -> bool:
    """Whether two sites hold the same files, byte for byte."""

    def hashes(folder: Path) -> dict[str, str]:
        return {
            name: sha256(folder / name) for name in [*_files(folder), MANIFEST] if (folder / name).is_file()
        }

    return hashes(one) == hashes(other)


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _files(folder: Path) -> Sequence[str]:
    """Every file of a site but its manifest, as paths with forward slashes, in order."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    names = sorted(path.relative_to(folder).as_posix() for path in paths)
    return [name for name in names if name != MANIFEST]

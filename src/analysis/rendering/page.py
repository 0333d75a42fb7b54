"""From an executed notebook to one HTML page that needs nothing but itself.

nbconvert with our template (`templates/report/`) turns the cells into HTML; here that HTML gets its headings' ids and
its table of contents, its SVG images become part of it, and it is set into the page that all pages share
(`templates/page.html.j2`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePosixPath
from typing import Any

from bs4 import BeautifulSoup, Tag
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from traitlets.config import Config

from .drawings import inline_drawings
from .execute import ReportFailed
from .templating import TEMPLATES, external_requests, slug, templates

SUMMARY_TYPE = "application/vnd.study.summary+json"
# Kinds of output that a static page can show, the best first. Everything else is left out.
SHOWN = [
    "text/html",
    "text/markdown",
    "image/svg+xml",
    "image/png",
    "image/jpeg",
    "text/latex",
    "text/plain",
]
_HEADINGS = re.compile(r"^h[1-6]$")
# A space that no line may break at: before a sign that belongs to a number, and around the sign of an equation.
_BOUND = re.compile(r"(?<=\d) (?=%)|(?<=\b\w) (?==)|(?<==) (?=[\d−-])")
_VERBATIM = ("pre", "code", "script", "style", "svg")


@dataclass(frozen=True)
class Page:
    """A finished page.

    Attributes
    ----------
    title : text of its one `h1`.
    html : the whole document.
    summary : what the notebook says of itself for the index (`headline`, `cases`, …); empty if nothing.
    """

    title: str
    html: str
    summary: Mapping[str, Any] = field(default_factory=dict)


def make_page(notebook: NotebookNode, *, job: Mapping[str, Any], site: Mapping[str, Any]) -> Page:
    """Set an executed notebook as a page.

    Parameters
    ----------
    notebook : with its outputs.
    job : `name`, `title` (for the case that the notebook has no first-level heading), `output` (the page's path
        inside the site), `source` (name of the notebook) and `parameters`.
    site : `title` of the site.

    Raises
    ------
    ReportFailed : the page would ask the network for something.
    """
    soup = BeautifulSoup(_convert(notebook), "html.parser")
    title = _single_title(soup, job["title"])
    _findings_first(soup)
    contents = _contents(soup)
    for table in soup.find_all("table"):
        _let_scroll(soup, table)
    _keep_together(soup)
    sprite = inline_drawings(soup)
    home = "../" * (len(PurePosixPath(job["output"]).parts) - 1) + "index.html"
    html = (
        templates()
        .get_template("page.html.j2")
        .render(
            site=site,
            job=job,
            title=title,
            contents=contents,
            home=home,
            body=str(soup).strip(),
            sprite=sprite,
        )
    )
    if wanted := external_requests(html):
        raise ReportFailed(
            "the page would ask the network for "
            + ", ".join(wanted[:3])
            + "; put it into the notebook instead",
            "\n".join(wanted),
        )
    return Page(title, html, _summary(notebook))


@cache
def _exporter() -> HTMLExporter:
    return HTMLExporter(
        config=Config({"NbConvertBase": {"display_data_priority": SHOWN}}),
        template_name="report",
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_anchor_links=True,
        embed_images=True,
    )


def _convert(notebook: NotebookNode) -> str:
    """The cells as HTML, without what was only printed or is only for the index."""
    notebook = notebook.copy()
    notebook.cells = [cell.copy() for cell in notebook.cells]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if _is_shown(output)]
    body, _ = _exporter().from_notebook_node(notebook)
    return body


def _is_shown(output: NotebookNode) -> bool:
    data = output.get("data", {})
    return (
        output.output_type in {"display_data", "execute_result"}
        and SUMMARY_TYPE not in data
        and any(kind in data for kind in SHOWN)
    )


def _summary(notebook: NotebookNode) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            found |= output.get("data", {}).get(SUMMARY_TYPE, {})
    return found


def _single_title(soup: BeautifulSoup, otherwise: str) -> str:
    """Take the first `h1` out (the page sets it itself) and make a second one an `h2`."""
    headings = soup.find_all("h1")
    for heading in headings[1:]:
        heading.name = "h2"
    if not headings:
        return otherwise
    around = headings[0].parent
    title = headings[0].extract().get_text(" ", strip=True)
    if around is not soup and not around.get_text(strip=True) and not around.find(True):
        around.decompose()  # the title was all that the cell showed
    return title


def _findings_first(soup: BeautifulSoup) -> None:
    """Move the code that stands before anything to read to after the first thing to read."""
    folded: list[Tag] = []
    for tag in soup.find_all(True, recursive=False):
        if tag.name != "details" or "code" not in tag.get("class", []):
            for code in reversed(folded):
                tag.insert_after(code.extract())
            return
        folded.append(tag)


def _contents(soup: BeautifulSoup) -> list[dict[str, Any]]:
    """Give every heading its id, and list those of the second level with those of the third below them."""
    taken = {tag["id"] for tag in soup.find_all(id=True) if not _HEADINGS.match(tag.name)} | {
        "main",
        "contents",
    }
    contents: list[dict[str, Any]] = []
    for heading in soup.find_all(_HEADINGS):
        text = heading.get_text(" ", strip=True)
        base = unique = slug(text)
        number = 1
        while unique in taken:
            number += 1
            unique = f"{base}-{number}"
        taken.add(unique)
        heading["id"] = unique
        entry = {"id": unique, "text": text, "below": []}
        if heading.name == "h2":
            contents.append(entry)
        elif heading.name == "h3" and contents:
            contents[-1]["below"].append(entry)
    return contents


def _keep_together(soup: BeautifulSoup) -> None:
    """Numbers stay on one line with their sign ("95 %", "p = 0.3") wherever there is something to read."""
    for text in soup.find_all(string=_BOUND):
        if text.find_parent(_VERBATIM) is None:
            text.replace_with(type(text)(_BOUND.sub("\u00a0", text)))


def _let_scroll(soup: BeautifulSoup, table: Tag) -> None:
    """A wide table scrolls by itself, by finger and by keyboard, instead of making the page wider than a phone."""
    if table.find_parent(role="region"):
        return
    caption = table.find("caption")
    label = caption.get_text(" ", strip=True) if caption else "Table"
    table.wrap(
        soup.new_tag(
            "div", attrs={"class": "table-scroll", "role": "region", "tabindex": "0", "aria-label": label}
        )
    )

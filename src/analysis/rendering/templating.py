"""What the pages and the index share: their templates, their ids, and the check that they ask the network for nothing."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

from bs4 import BeautifulSoup
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pygments.formatters import HtmlFormatter
from pygments.style import Style
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, String, Token

TEMPLATES = Path(__file__).parent / "templates"


class CodeStyle(Style):
    """Few colours, each at a contrast of at least 4.5 to 1 on the code's background."""

    background_color = "#f6f8fa"
    styles = {
        Token: "#22272e",
        Comment: "italic #57606a",
        Keyword: "bold #12436D",
        Operator.Word: "bold #12436D",
        Name.Builtin: "#12436D",
        Name.Function: "#801650",
        Name.Class: "#801650",
        Name.Decorator: "#801650",
        Number: "#0b6158",
        String: "#9a3a06",
        Error: "#9b1c1c",
    }


@cache
def templates() -> Environment:
    """The environment of the templates of the page and of the index."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["code_css"] = HtmlFormatter(style=CodeStyle).get_style_defs(".highlight")
    return environment


def slug(text: str) -> str:
    """A heading's id: small letters, digits and hyphens. The same heading always gives the same id."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "section"


def external_requests(html: str) -> list[str]:
    """Every address that a browser would fetch to show a page; links that a reader follows are not among them."""
    soup = BeautifulSoup(html, "html.parser")
    found: list[str] = []
    for tag in soup.find_all(True):
        for name in ("src", "srcset", "data", "poster", "background", "xlink:href"):
            # A srcset lists several addresses, but a data address holds commas and spaces of its own.
            value = tag.get(name)
            if value and not (name == "xlink:href" and tag.name == "a") and not _inside(value):
                found.append(value)
        if tag.name in {"link", "image", "use", "base"} and tag.get("href") and not _inside(tag["href"]):
            found.append(tag["href"])
        if tag.name == "meta" and tag.get("http-equiv", "").lower() == "refresh":
            found.append(tag.get("content", ""))
        found += _in_styles(tag.get("style", ""))
        if tag.name == "style":
            found += _in_styles(tag.get_text())
        if tag.name == "script":
            found += re.findall(r"""(?:\bfrom\s+|\bimport\s*\(?\s*)["'](https?:[^"']+)""", tag.get_text())
    return list(dict.fromkeys(found))


def _inside(address: str) -> bool:
    return address.strip().lower().startswith(("data:", "#", "blob:")) or not address.strip()


def _in_styles(css: str) -> list[str]:
    addresses = re.findall(r"""url\(\s*["']?([^"')]+)""", css) + re.findall(
        r"""@import\s+["']([^"']+)""", css
    )
    return [address for address in addresses if not _inside(address)]

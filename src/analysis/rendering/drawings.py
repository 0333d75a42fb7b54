"""SVG images of a page as part of the page, so that what they have in common is in it once.

As a data address an image is a third longer than its text and repeats every letter's outline. Set into the page, all
images take their outlines, and the lines of text that recur, from one hidden sprite. The page looks the same; what
an image's `alt` said, the drawing's label says.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from urllib.parse import unquote_to_bytes

from bs4 import BeautifulSoup, Tag
from bs4.element import PreformattedString
from lxml import etree

_SVG = "{http://www.w3.org/2000/svg}"
# What can become part of a page and still be the same: nothing that a page's styles reach (text, classes), nothing
# that reaches the page (style sheets, scripts, links).
_SHAPES = {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon"}
_PAINTS = {"pattern", "linearGradient", "radialGradient", "stop"}
_TAGS = _SHAPES | _PAINTS | {"svg", "g", "defs", "use", "image", "clipPath"}
_ADDRESS = re.compile(r"data:image/svg\+xml(?P<facts>(?:;[^,;]*)*),(?P<data>.*)", re.DOTALL)
_LOCAL = re.compile(r"url\(#([^()\"']+)\)")
_MEDIA = re.compile(r"[\w\s():.\-]+")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Sprite:
    """What the drawings of a page need from it.

    Attributes
    ----------
    html : a hidden `<svg>` of the shared definitions; empty where the page has no drawing.
    css : which of two drawings is shown when.
    """

    html: str
    css: str


def inline_drawings(soup: BeautifulSoup) -> Sprite:
    """Set the SVG images of a page into it, in place.

    An `<img>`, or a `<picture>` of one `<source>` with a media query and an `<img>`, becomes an element of the class
    `drawing` with the role `img`, labelled by the image's `alt`, that holds the one or two `<svg>`; of two, the media
    query decides which is displayed, as it did for the picture. An image stays as it is where it has no `alt`,
    attributes of its own, or anything in its SVG that would not be the same inside a page (text, style sheets,
    scripts, addresses).

    Parameters
    ----------
    soup : the page's content, with all other ids that the page will have.
    """
    found = list(_candidates(soup))
    names = _Names({tag["id"] for tag in soup.find_all(id=True)})
    shared: dict[str, str] = {}
    drawn = [image for _, images, _ in found for image in images]
    for image in drawn:
        _share_definitions(image, shared, names)
    recurring = Counter(key for image in drawn for _, key in _runs(image, shared))
    for image in drawn:
        for group, key in list(_runs(image, shared)):
            if recurring[key] > 1:
                _refer(group, _shared(shared, f"<g>{key}</g>", names))
    conditions = list(dict.fromkeys(media for _, _, media in found if media))
    for tag, images, media in found:
        classes = [f"if-{conditions.index(media)}", f"else-{conditions.index(media)}"] if media else [""]
        alt = (tag if tag.name == "img" else tag.img)["alt"]
        drawing = soup.new_tag("span", attrs={"class": "drawing", "role": "img", "aria-label": alt})
        for image, name in zip(images, classes, strict=True):
            if name:
                image.set("class", name)
            image.set("aria-hidden", "true")  # the label stands for both
            drawing.append(PreformattedString(_written(image)))
        tag.replace_with(drawing)
    if not found:
        return Sprite("", "")
    definitions = "".join(
        re.sub(r"^<\w+", lambda m, name=name: f'{m[0]} id="{name}"', definition)
        for definition, name in shared.items()
    )
    return Sprite(
        f'<svg class="sprite" width="0" height="0" aria-hidden="true"><defs>{definitions}</defs></svg>',
        "\n".join(
            f".drawing > .if-{n} {{ display: none; }}\n"
            f"@media {media} {{ .drawing > .if-{n} {{ display: block; }} .drawing > .else-{n} {{ display: none; }} }}"
            for n, media in enumerate(conditions)
        ),
    )


class _Names:
    """Ids that nothing on the page has, shortest first."""

    def __init__(self, taken: set[str]) -> None:
        self._taken = taken
        self._last = -1

    def new(self) -> str:
        while True:
            self._last += 1
            number, digits = self._last, ""
            while number or not digits:
                number, digit = divmod(number, len(_DIGITS))
                digits = _DIGITS[digit] + digits
            if (name := f"d{digits}") not in self._taken:
                return name


def _candidates(soup: BeautifulSoup) -> Iterator[tuple[Tag, list[etree._Element], str]]:
    """Every element to replace, its images (that of the media query first), and its media query, if any."""
    for img in soup.find_all("img"):
        if set(img.attrs) != {"src", "alt"} or not img["alt"].strip():
            continue
        if img.parent.name != "picture":
            if (image := _parsed(img["src"])) is not None:
                yield img, [image], ""
            continue
        sources = img.parent.find_all("source")
        if len(sources) != 1 or set(sources[0].attrs) != {"media", "srcset"} or img.parent.attrs:
            continue
        if not _MEDIA.fullmatch(media := sources[0]["media"]):
            continue
        images = [_parsed(sources[0]["srcset"]), _parsed(img["src"])]
        if all(image is not None for image in images):
            yield img.parent, images, media


def _parsed(address: str) -> etree._Element | None:
    """The root of an SVG image that can become part of a page, or None."""
    if not (match := _ADDRESS.fullmatch(address.strip())):
        return None
    try:
        data = (
            base64.b64decode(match["data"], validate=True)
            if match["facts"].endswith(";base64")
            else unquote_to_bytes(match["data"])
        )
        root = etree.fromstring(
            data, etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
        )
    except (binascii.Error, etree.XMLSyntaxError):
        return None
    if root.tag != f"{_SVG}svg" or not {"viewBox", "width", "height"} <= set(root.attrib):
        return None
    elements = list(root.iter())
    if not all(_is_plain(element) for element in elements):
        return None
    ids = [element.get("id") for element in elements if "id" in element.attrib]
    if len(ids) != len(set(ids)) or not {name for e in elements for name in _references(e)} <= set(ids):
        return None
    root.attrib.pop("version", None)
    return root


def _is_plain(element: etree._Element) -> bool:
    if not isinstance(element.tag, str) or not element.tag.startswith(_SVG):
        return False
    tag = element.tag.removeprefix(_SVG)
    if tag not in _TAGS or (element.text or "").strip() or (element.tail or "").strip():
        return False
    for name, value in element.attrib.items():
        if name in {"class", "role"} or name.startswith(("on", "{", "aria-")):
            return False
        if name == "href":
            if not (value.startswith("#") if tag == "use" else value.startswith("data:image/png")):
                return False
        elif "url(" in _LOCAL.sub("", value):
            return False
    return "href" in element.attrib or tag not in {"use", "image"}


def _references(element: etree._Element) -> list[str]:
    """The ids that an element refers to."""
    names = [name for value in element.attrib.values() for name in _LOCAL.findall(value)]
    return names + ([element.get("href")[1:]] if element.get("href", "").startswith("#") else [])


def _share_definitions(image: etree._Element, shared: dict[str, str], names: _Names) -> None:
    """Move what `use` refers to and needs nothing else into the sprite; give everything else that has an id a new one."""
    used = {e.get("href")[1:] for e in image.iter(f"{_SVG}use")}
    otherwise = {name for e in image.iter() for value in e.attrib.values() for name in _LOCAL.findall(value)}
    renamed: dict[str, str] = {}
    for element in [e for e in image.iter() if "id" in e.attrib]:
        old = element.attrib.pop("id")
        parent = element.getparent()
        if (
            old in used - otherwise
            and element.tag.removeprefix(_SVG) in _SHAPES
            and parent.tag == f"{_SVG}defs"
            and not _references(element)
        ):
            renamed[old] = _shared(shared, _written(element), names)
            parent.remove(element)
        else:
            renamed[old] = names.new()
            element.set("id", renamed[old])
    for element in list(image.iter()):
        for name, value in element.attrib.items():
            if name == "href" and value.startswith("#"):
                element.set(name, f"#{renamed[value[1:]]}")
            elif "url(" in value:
                element.set(name, _LOCAL.sub(lambda m: f"url(#{renamed[m[1]]})", value))
        if element.tag == f"{_SVG}defs" and not len(element) and element.getparent() is not None:
            element.getparent().remove(element)


def _runs(image: etree._Element, shared: dict[str, str]) -> Iterator[tuple[etree._Element, str]]:
    """Groups of nothing but uses of the sprite (a line of text is one), each with what it holds."""
    inside = {f"#{name}" for name in shared.values()}
    for group in image.iter(f"{_SVG}g"):
        plain = all(
            e.tag == f"{_SVG}use" and set(e.attrib) <= {"href", "x", "y"} and e.get("href") in inside
            for e in group
        )
        if plain and len(group) > 1 and "id" not in group.attrib:
            yield group, "".join(map(_written, group))


def _refer(group: etree._Element, name: str) -> None:
    """Let a group use what it held before."""
    for child in list(group):
        group.remove(child)
    group.tag = f"{_SVG}use"
    group.set("href", f"#{name}")


def _shared(shared: dict[str, str], definition: str, names: _Names) -> str:
    """The id in the sprite of a definition, which is put there if it is new."""
    if definition not in shared:
        shared[definition] = names.new()
    return shared[definition]


def _written(element: etree._Element) -> str:
    """An element as HTML has it: without namespaces."""
    tag = element.tag.removeprefix(_SVG)
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in element.attrib.items())
    inside = "".join(map(_written, element))
    return f"<{tag}{attributes}>{inside}</{tag}>" if inside else f"<{tag}{attributes}/>"

"""How every figure looks, and how it is written to SVG: colours, marks, type, the same bytes each time."""

from __future__ import annotations

import base64
import html
import io
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from ..errors import StudyError

INK = "#1D1D1D"
MUTED = "#595959"
RULE = "#8A8A8A"
GRID = "#DEDEDE"
PAPER = "#FFFFFF"

# Severity, share and count: one hue, light to dark, so that it survives greyscale.


@dataclass(frozen=True)
class Mark:
    """How one group is drawn. `text` is a darker form of `colour`, dark enough for words on white."""

    colour: str
    text: str
    shape: str
    filled: bool


# Colours of the UK Government Analysis Function; shape and fill repeat what colour says.
MARKS = (
    Mark("#12436D", "#12436D", "o", True),
    Mark("#F46A25", "#A8450B", "D", False),
    Mark("#28A197", "#17675F", "s", True),
    Mark("#801650", "#801650", "^", False),
)
# A role looks the same in every figure of every report.
_ROLE_ORDER = ("special_constable", "police_officer", "pcso", "police_staff")


@dataclass(frozen=True)
class Layout:
    """Sizes in points (72 to the inch); the page shows 7.2 in at 720 and 3.6 in at 360 CSS pixels."""

    name: str
    width: float
    margin: float
    text: float
    small: float
    title: float

    @property
    def narrow(self) -> bool:
        return self.name == "narrow"


LAYOUTS = {
    "wide": Layout("wide", width=7.2 * 72, margin=6, text=9.8, small=9.5, title=12.8),
    "narrow": Layout("narrow", width=3.6 * 72, margin=3, text=9.3, small=9.0, title=11.3),
}


@dataclass(frozen=True)
class Drawing:
    """A figure and the text that stands in for it.

    Attributes
    ----------
    figure : matplotlib Figure.
    alt : full sentences computed from the same numbers, for whoever cannot see the figure.
    """

    figure: Figure
    alt: str

    def _repr_html_(self) -> str:
        data = base64.b64encode(to_svg(self.figure).encode()).decode()
        return f'<img src="data:image/svg+xml;base64,{data}" alt="{html.escape(self.alt)}">'


def layout(width: str) -> Layout:
    """The layout called `wide` (desktop, 7.2 in) or `narrow` (phone, 3.6 in)."""
    if width not in LAYOUTS:
        raise StudyError(f"There is no figure width {width!r}; there are {', '.join(LAYOUTS)}.")
    return LAYOUTS[width]


def mark_for(group: object, position: int) -> Mark:
    """The mark of a group: fixed for a role, by position for anything else."""
    if group in _ROLE_ORDER:
        return MARKS[_ROLE_ORDER.index(group)]
    return MARKS[position % len(MARKS)]


def role_first(groups: list) -> list:
    """Groups in drawing order: roles in the study's order (special constables first), others as they come."""
    return sorted(groups, key=lambda g: _ROLE_ORDER.index(g) if g in _ROLE_ORDER else len(_ROLE_ORDER))


@cache
def font(size: float, bold: bool = False) -> FontProperties:
    """DejaVu Sans from matplotlib's own files, so that a figure is the same on every machine."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return FontProperties(fname=Path(mpl.get_data_path()) / "fonts" / "ttf" / name, size=size)


@cache
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Width of one line of text in points."""
    if not text:
        return 0.0
    return text_to_path.get_text_width_height_descent(text, font(size, bold), ismath=False)[0]


def wrap(text: str, width: float, size: float, bold: bool = False) -> list[str]:
    """Lines of at most `width` points, broken between words; a word wider than that stands alone."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        # split(" ") and not split(): a narrow no-break space must not break
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if line and text_width(longer, size, bold) > width:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return lines


def luminance(colour: str) -> float:
    """Relative luminance of a hex colour (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two hex colours (WCAG 2.2): 1 for none, 21 for black on white."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ink_on(colour: str) -> str:
    """Whichever of dark ink and white reads better on a colour."""
    return max((INK, PAPER), key=lambda ink: contrast(ink, colour))


_COMMENT = re.compile(r"<!--.*?-->\s*", re.DOTALL)
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
_BETWEEN = re.compile(r">\s+<")
# a hundredth is nothing in a position but much in a scale, so scales are matched to be left as they are
_NUMBER = re.compile(r"scale\([^)]*\)|-?\d+\.\d{3,}")
_MOVED = re.compile(r' transform="translate\(([-\d.]+) ([-\d.]+)\)"/>')
_PATH = re.compile(r' d="([^"]*)"')
_STYLE = re.compile(r' style="([^"]*)"')
_ID = re.compile(r' id="([^"]*)"')
_BLANK = re.compile(r'<path id="([^"]*)"(?: d="")? transform="[^"]*"/>')
_SHEET = re.compile(
    r'<defs><style type="text/css">\*\{stroke-linejoin: round; stroke-linecap: butt\}</style></defs>'
)
_EMPTY = re.compile(r"<g>((?:<(?:path|use|rect)[^<>]*/>)*)</g>|<g/>")


def to_svg(figure: Figure) -> str:
    """The figure as SVG text: the same bytes for the same figure, without a date, letters as outlines.

    What matplotlib writes for editors (comments, names of groups, digits below a hundredth of a point) and the
    letters without ink (spaces) are left out: a page holds every figure twice, and that halves it. Its style sheet
    for all elements becomes a property that they inherit, so that a page can hold the figure as part of itself.
    """
    settings = {"svg.hashsalt": "misconduct", "svg.fonttype": "path", "path.simplify": True}
    with mpl.rc_context(settings):
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    for pattern, put in ((_COMMENT, ""), (_METADATA, ""), (_BETWEEN, "><")):
        text = pattern.sub(put, text)
    text = _NUMBER.sub(lambda m: m[0] if m[0].startswith("scale") else _brief_number(m[0]), text)
    text = _MOVED.sub(lambda m: f' x="{m[1]}"/>' if m[2] == "0" else f' x="{m[1]}" y="{m[2]}"/>', text)
    text = _without_blanks(_inherited_joins(text))
    text = _PATH.sub(lambda m: f' d="{_tight_path(m[1])}"', text)
    text = _STYLE.sub(lambda m: f' style="{m[1].replace(": ", ":").replace("; ", ";")}"', text)
    text = _short_ids(text).replace("xlink:href", "href").replace("\n", " ")
    while (shorter := _EMPTY.sub(lambda m: m[1] or "", text)) != text:
        text = shorter
    return text.strip() + "\n"


def _brief_number(number: str) -> str:
    return f"{float(number):.2f}".rstrip("0").rstrip(".")


def _inherited_joins(text: str) -> str:
    # matplotlib writes every other join at the element that has it; butt is what SVG starts from
    lighter, found = _SHEET.subn("", text, count=1)
    return lighter.replace("<svg ", '<svg stroke-linejoin="round" ', 1) if found else text


def _without_blanks(text: str) -> str:
    blank = set(_BLANK.findall(text))
    text = _BLANK.sub("", text)
    return re.sub(r'<use (?:xlink:)?href="#([^"]*)"[^<>]*/>', lambda m: "" if m[1] in blank else m[0], text)


def _tight_path(path: str) -> str:
    return re.sub(r"\s*([A-Za-z])\s*", r"\1", re.sub(r"\s+", " ", path)).replace(" -", "-").strip()


def _short_ids(text: str) -> str:
    """Names that nothing refers to are left out, the others numbered in their order."""
    used = set(re.findall(r'href="#([^"]+)"', text)) | set(re.findall(r"url\(#([^)]+)\)", text))
    short = {name: f"a{number:x}" for number, name in enumerate(n for n in _ID.findall(text) if n in used)}
    text = _ID.sub(lambda m: f' id="{short[m[1]]}"' if m[1] in short else "", text)
    text = re.sub(r'href="#([^"]+)"', lambda m: f'href="#{short[m[1]]}"', text)
    return re.sub(r"url\(#([^)]+)\)", lambda m: f"url(#{short[m[1]]})", text)

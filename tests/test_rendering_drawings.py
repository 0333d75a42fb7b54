"""SVG images set into a page: everything the image showed and said is still there, and shared parts are in it once."""

import base64
import re
import xml.etree.ElementTree as ET
from collections import Counter

import nbformat
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.rendering.drawings import inline_drawings
from analysis.rendering.page import make_page

NS = "{http://www.w3.org/2000/svg}"
LETTERS = {"a": "M0 0L1 1", "b": "M0 0L2 2", "c": "M0 0L3 3"}


def address(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def svg(inside: str, more: str = 'width="20pt" height="10pt" viewBox="0 0 20 10"') -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {more}>{inside}</svg>'


def line(word: str, x: int = 0) -> str:
    uses = "".join(f'<use href="#{c}" x="{5 * i}"/>' for i, c in enumerate(word))
    return f'<g style="fill:#111" transform="translate({x} 1)">{uses}</g>'


def drawn(*words: str) -> str:
    """A drawing of lines of text, the way the study's figures are written: each with its own letters."""
    used = dict.fromkeys("".join(words))
    defs = "".join(f'<path id="{c}" d="{LETTERS[c]}" transform="scale(0.5)"/>' for c in used)
    return svg(f"<defs>{defs}</defs>" + "".join(line(word, i) for i, word in enumerate(words)))


def img(source: str, alt: str = "3 of 4.") -> str:
    return f'<figure><img src="{address(source)}" alt="{alt}"></figure>'


def picture(narrow: str, wide: str, media: str = "(max-width: 600px)") -> str:
    return (
        f'<picture><source media="{media}" srcset="{address(narrow)}">'
        f'<img src="{address(wide)}" alt="3 of &quot;4&quot; &amp; more."></picture>'
    )


def inlined(html: str) -> tuple[BeautifulSoup, str, str]:
    """The page (with its sprite) parsed again as a browser would, its text, and the style sheet."""
    soup = BeautifulSoup(html, "html.parser")
    sprite = inline_drawings(soup)
    text = sprite.html + str(soup)
    return BeautifulSoup(text, "html.parser"), text, sprite.css


def shapes(elements, find, within=(), depth=0) -> list[tuple]:
    """What is drawn, in order: each shape with its data and the attributes of all that it stands in."""
    assert depth < 20, "a definition refers to itself"
    found = []
    for tag, attributes, children in elements:
        own = {
            k: v for k, v in attributes.items() if k not in {"id", "href", "class", "aria-hidden", "xmlns"}
        }
        place = (*within, tuple(sorted(own.items()))) if own else within
        if tag == "use":
            found += shapes([find(attributes["href"][1:])], find, place, depth + 1)
        elif tag == "path":
            found.append(place)
        elif tag != "defs":
            found += shapes(children, find, place, depth)
    return found


def of_xml(element) -> tuple:
    return element.tag.removeprefix(NS), dict(element.attrib), [of_xml(e) for e in element]


def of_html(tag) -> tuple:
    names = {"viewbox": "viewBox"}
    attributes = {names.get(k, k): " ".join(v) if isinstance(v, list) else v for k, v in tag.attrs.items()}
    return tag.name, attributes, [of_html(t) for t in tag.find_all(True, recursive=False)]


def original(source: str) -> list[tuple]:
    root = of_xml(ET.fromstring(source))
    known = {e.get("id"): of_xml(e) for e in ET.fromstring(source).iter() if e.get("id")}
    return shapes([root], known.__getitem__)


WORDS = st.lists(st.text("abc", min_size=1, max_size=6), min_size=1, max_size=5)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(WORDS, min_size=1, max_size=4), st.sampled_from(["", '<h2 id="d0">D0</h2>', '<p id="d3"></p>'])
)
def test_every_drawing_draws_what_its_image_drew(drawings, heading):
    sources = [drawn(*words) for words in drawings]
    page, text, _ = inlined(heading + "".join(map(img, sources)))
    ids = Counter(tag["id"] for tag in page.find_all(id=True))
    assert not ids or max(ids.values()) == 1
    found = [
        shapes([of_html(s)], lambda name: of_html(page.find(id=name))) for s in page.select(".drawing svg")
    ]
    assert found == [original(source) for source in sources]
    outlines = re.findall(r' d="([^"]*)"', text)
    assert sorted(outlines) == sorted(LETTERS[c] for c in {c for ws in drawings for w in ws for c in w})
    assert inlined(heading + "".join(map(img, sources)))[1] == text


def test_a_recurring_line_of_text_is_in_the_page_once():
    page, _, _ = inlined(img(drawn("abc", "ab")) + img(drawn("abc", "ba")))
    lines = ["".join(use["href"] for use in group.find_all("use")) for group in page.select(".sprite g")]
    assert len(lines) == 1
    assert [len(s.find_all("use")) for s in page.select(".drawing svg")] == [3, 3]


def test_the_alternative_text_labels_the_drawing_and_both_sizes_are_there():
    page, _, css = inlined(
        "<figure>" + picture(drawn("a"), drawn("bb")) + "<figcaption>C</figcaption></figure>"
    )
    assert not page.find(["img", "picture", "source"])
    [drawing] = page.select("figure > .drawing")
    assert drawing["role"] == "img" and drawing["aria-label"] == '3 of "4" & more.'
    narrow, wide = drawing.find_all("svg", recursive=False)
    assert len(narrow.find_all("use")) == 1 and len(wide.find_all("use")) == 2
    assert all(s["aria-hidden"] == "true" for s in (narrow, wide)), "the label stands for both"
    assert narrow["class"] == ["if-0"] and wide["class"] == ["else-0"]
    # Two classes, so that these win against what the page says of every svg (a class and a type).
    outside, inside = css.split("@media (max-width: 600px) {")
    assert re.sub(r"\s", "", outside) == ".drawing>.if-0{display:none;}"
    assert re.sub(r"\s", "", inside) == ".drawing>.if-0{display:block;}.drawing>.else-0{display:none;}}"


def test_each_media_query_has_its_own_classes():
    page, _, css = inlined(
        picture(drawn("a"), drawn("b"))
        + picture(drawn("a"), drawn("b"), "print")
        + picture(drawn("c"), drawn("b"))
    )
    classes = [s["class"][0] for s in page.select(".drawing svg")]
    assert classes == ["if-0", "else-0", "if-1", "else-1", "if-0", "else-0"]
    assert css.count("@media") == 2


def test_parts_of_two_drawings_with_the_same_id_stay_apart():
    clip = '<defs><clipPath id="p"><rect width="{0}" height="1"/></clipPath></defs><path clip-path="url(#p)" d="M{0} 0"/>'
    page, text, _ = inlined(img(svg(clip.format(4))) + img(svg(clip.format(7))))
    for path, width in zip(page.select(".drawing path"), ("4", "7"), strict=True):
        [name] = re.findall(r"url\(#(\w+)\)", path["clip-path"])
        assert page.find(id=name).rect["width"] == width
    assert "<clipPath " in text


def test_a_hatch_keeps_its_pattern():
    hatch = '<defs><pattern id="h" width="2" height="2"><path d="M0 0L2 2"/></pattern></defs><path d="M0 0" style="fill:url(#h)"/>'
    page, _, _ = inlined(img(svg(hatch)) + img(svg(hatch.replace("L2 2", "L3 3"))))
    for drawing, line in zip(page.select(".drawing"), ("M0 0L2 2", "M0 0L3 3"), strict=True):
        [name] = re.findall(r"url\(#(\w+)\)", drawing.select_one("path[style]")["style"])
        assert page.find(id=name).path["d"] == line


def test_what_is_drawn_where_it_is_defined_stays_there():
    source = svg('<path id="a" d="M0 0L9 9"/><use href="#a" x="3"/>')
    page, _, _ = inlined(img(source))
    assert not page.select(".sprite path")
    found = shapes([of_html(page.select_one(".drawing svg"))], lambda name: of_html(page.find(id=name)))
    assert found == original(source)


@pytest.mark.parametrize(
    "source",
    [
        svg("<style>*{fill:red}</style>"),
        svg("<script>alert(1)</script>"),
        svg("<text>Words</text>"),
        svg('<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">A</p></foreignObject>'),
        svg('<path d="M0 0" onclick="alert(1)"/>'),
        svg('<path d="M0 0" class="lead"/>'),
        svg('<path d="M0 0" style="fill:url(https://a.example/x.svg#y)"/>'),
        svg('<image href="https://a.example/x.png"/>'),
        svg('<use href="#nowhere"/>'),
        svg('<use href="other.svg#a"/>'),
        svg('<a href="https://a.example"><path d="M0 0"/></a>'),
        svg('<defs><path id="a" d="M0 0"/><path id="a" d="M1 1"/></defs><use href="#a"/>'),
        svg('<path d="M0 0"/>', 'width="20" height="10"'),
        svg('<path d="M0 0">'),
        '<!DOCTYPE svg [<!ENTITY e "x">]>' + svg("<g>&e;</g>"),
    ],
)
def test_an_image_that_would_not_be_the_same_inside_a_page_stays_an_image(source):
    for html in (img(source), picture(source, drawn("a")), picture(drawn("a"), source)):
        soup = BeautifulSoup(html, "html.parser")
        before = str(soup)
        assert inline_drawings(soup).html == "" and str(soup) == before


@pytest.mark.parametrize(
    "html",
    [
        img(drawn("a"), alt=""),
        f'<img src="{address(drawn("a"))}">',
        f'<img src="{address(drawn("a"))}" alt="One." width="7">',
        '<img src="data:image/png;base64,AAAA" alt="One.">',
        '<img src="data:image/svg+xml;base64,%%%" alt="One.">',
        picture(drawn("a"), drawn("b"), "print } * { color: red"),
        "<p>No image</p>",
    ],
)
def test_other_images_stay_as_they_are(html):
    soup = BeautifulSoup(html, "html.parser")
    before = str(soup)
    sprite = inline_drawings(soup)
    assert (sprite.html, sprite.css, str(soup)) == ("", "", before)


def test_an_address_without_base64_is_read_as_well():
    page, _, _ = inlined(
        "<img src='data:image/svg+xml,"
        + svg("<path d='M0 0'/>").replace('"', "%22").replace("<", "%3C").replace("'", "%27")
        + "' alt='One.'>"
    )
    assert page.select_one(".drawing path")["d"] == "M0 0"


def page_of(*outputs: str) -> BeautifulSoup:
    cell = nbformat.v4.new_code_cell(
        "show()", outputs=[nbformat.v4.new_output("display_data", {"text/html": html}) for html in outputs]
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# T\n\n## D0"), cell])
    job = {"name": "a", "title": "T", "output": "a/b.html", "source": "a.ipynb", "parameters": {}}
    return BeautifulSoup(make_page(notebook, job=job, site={"title": "S"}).html, "html.parser")


def test_a_page_has_the_sprite_the_rule_and_the_buttons_for_its_drawings():
    page = page_of("<figure>" + picture(drawn("a"), drawn("ab")) + "</figure>")
    assert ".drawing > .if-0" in page.head.style.get_text()
    [sprite] = page.select("body svg.sprite")
    assert sprite["aria-hidden"] == "true" and len(sprite.find_all("path")) == 2
    assert page.find(id="d0").name == "h2", "the heading keeps its id"
    assert all(page.find(id=use["href"][1:]).name == "path" for use in page.select(".drawing use"))
    assert any("Save this figure" in script.get_text() for script in page.find_all("script"))


def test_a_page_without_drawings_has_nothing_for_them():
    page = page_of("<p>Words</p>")
    assert not page.find("svg") and not page.find("script")
    assert ".if-0" not in page.head.style.get_text()

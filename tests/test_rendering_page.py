"""How the text of a page is set."""

from __future__ import annotations

import nbformat
from bs4 import BeautifulSoup

from analysis.rendering.page import make_page


def article(prose: str, code: str = "x") -> BeautifulSoup:
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(prose), nbformat.v4.new_code_cell(code)]
    )
    job = {"name": "a", "title": "T", "output": "a.html", "source": "a.ipynb", "parameters": {}}
    return BeautifulSoup(make_page(notebook, job=job, site={"title": "S"}).html, "html.parser")


def test_a_number_stays_on_one_line_with_its_sign():
    page = article("# T\n\nThe difference (95 % interval, p = 0.31) is *95 %* and a = b.")
    text = page.find("p").get_text()
    assert text == "The difference (95\u00a0% interval, p\u00a0=\u00a00.31) is 95\u00a0% and a\u00a0= b."


def test_code_is_left_as_it_was_written():
    page = article("# T\n\nText.", code="level = 95 % 2\np = 3")
    assert "level = 95 % 2\np = 3" in page.pre.get_text()

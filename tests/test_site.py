"""The real site, rendered once as the README's crontab line would: what a reader opens, and what it must say."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

import analysis

ROOT = Path(__file__).parents[1]


def render(folder: Path, *options: str) -> subprocess.CompletedProcess:
    """`misconduct render` in the bare environment that cron gives."""
    bare = {"HOME": "/", "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"}
    bare |= {name: value for name, value in os.environ.items() if name.startswith("OPENBLAS_")}
    command = [str(Path(sys.executable).parent / "misconduct"), "render", "--output", str(folder), *options]
    return subprocess.run(command, cwd=ROOT, env=bare, capture_output=True, text=True, timeout=900)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("published") / "site"
    done = render(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Warning" not in done.stderr, done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site):
    return {
        p.relative_to(site).as_posix(): p.read_text(encoding="utf-8") for p in sorted(site.rglob("*.html"))
    }


def soup(pages, name):
    return BeautifulSoup(pages[name], "html.parser")


def text(pages, name):
    return re.sub(r"\s+", " ", soup(pages, name).get_text(" "))


def test_every_report_is_there(pages):
    assert {"index.html", "national.html", "role_comparison.html", "data_and_methods.html"} <= set(pages)
    forces = {name for name in pages if name.startswith("force/")}
    names = analysis.load_codelist("forces")["label"]
    slugs = {label: code for code, label in names.items()}
    assert forces == {f"force/{slugs[f]}.html" for f in analysis.load_hearings()["force"].unique()}
    assert len(forces) >= 40


def test_index_lists_every_report_with_headline_cases_and_date(pages):
    index = soup(pages, "index.html")
    linked = {a["href"] for a in index.main.find_all("a", href=True) if a["href"].endswith(".html")}
    assert linked == set(pages) - {"index.html"}
    said = text(pages, "index.html")
    assert said.count("cases") >= len(pages) - 1 and "2026-" in said


def test_pages_ask_the_network_for_nothing(pages):
    """Whatever a browser fetches on its own must be in the page; links are for the reader to follow."""
    for name, html in pages.items():
        page = BeautifulSoup(html, "html.parser")
        for tag in page.find_all(["img", "script", "source", "iframe", "video", "audio", "embed", "object"]):
            for attribute in ("src", "srcset", "data"):
                assert tag.get(attribute, "data:").startswith("data:"), (name, tag.name)
        assert page.find("link", href=lambda h: h and not h.startswith("data:")) is None, name
        for style in page.find_all("style"):
            assert not re.search(r"@import|url\((?!['\"]?(?:data:|#))", style.get_text()), name


def test_structure_that_readers_and_screen_readers_rely_on(pages):
    for name, html in pages.items():
        page = BeautifulSoup(html, "html.parser")
        assert page.html["lang"] == "en-GB"
        assert len(page.find_all("h1")) == 1, name
        assert page.main and page.header and page.footer, name
        for image in page.find_all(["img", lambda tag: tag.get("role") == "img"]):
            alt = image["alt"] if image.name == "img" else image["aria-label"]
            assert len(alt) > 40 and re.search(r"\d|no ", alt.lower()), (name, alt)
        for table in page.find_all("table"):
            assert table.caption and table.caption.get_text(strip=True), name
            assert all(cell.get_text(strip=True) for cell in table.find_all("td")), f"{name}: an empty cell"
        if name != "index.html":
            assert page.find("nav"), name
            for heading in ("Who is counted", "What this cannot tell", "Method", "How to cite", "Provenance"):
                if name != "data_and_methods.html":
                    assert page.find(["h2", "h3"], string=heading), (name, heading)


def test_figures_are_part_of_their_page_with_ids_of_their_own(pages):
    """For a desktop and for a phone, with all that they are drawn from, and each letter in a page once."""
    for name, html in pages.items():
        page = BeautifulSoup(html, "html.parser")
        drawings = page.find_all(class_="drawing")
        assert len(drawings) == len(page.find_all("figure")), name
        assert all(len(drawing.find_all("svg", recursive=False)) == 2 for drawing in drawings), name
        ids = [tag["id"] for tag in page.find_all(id=True)]
        assert len(ids) == len(set(ids)), name
        wanted = set(re.findall(r'<use [^>]*href="#([^"]+)"|url\(#([^)]+)\)', html))
        assert {one or other for one, other in wanted} <= set(ids), name
        outlines = re.findall(r'<path id="[^"]+" (d="[^"]*" transform="scale[^>]*)', html)
        assert len(outlines) == len(set(outlines)), name


def test_nothing_unfinished_shows(pages):
    for name in pages:
        page = soup(pages, name)
        for code in page.find_all("details", class_="code"):
            code.decompose()
        shown = page.get_text(" ")
        assert not re.search(r"\bnan\b|\bNone\b|<NA>|Traceback|object at 0x|DataFrame", shown), name


def test_every_report_opens_with_what_was_found(pages):
    for name in pages:
        if name != "index.html":
            first = soup(pages, name).article.find(True, recursive=False)
            assert first.find(class_="lead") or "lead" in first.get("class", []), name
            assert re.search(r"\d", first.get_text()), name


def test_special_constables_hearing_of_2020_is_in_its_forces_report(pages):
    """Northamptonshire, 2020: dismissed; confidentiality and discreditable conduct; admitted."""
    page = soup(pages, "force/northamptonshire.html")
    rows = [row.get_text("|", strip=True) for row in page.find_all("tr")]
    [row] = [r for r in rows if "Confidentiality; Discreditable conduct" in r and "Special constable" in r]
    assert "2020" in row and "Dismissed" in row and "Full" in row


def test_published_barred_list_figures_reproduce(pages):
    """College of Policing: 735 officers, 31 special constables (to 31 March 2025); 593 and 29 the year before."""
    page = soup(pages, "national.html")
    [table] = [
        t
        for t in page.find_all("table")
        if t.caption.get_text(strip=True) == "Barred-list entries and headcounts"
    ]
    cells = table.get_text("|", strip=True)
    assert re.search(r"2024\|Regular officers\|593\|149,164", cells)
    assert re.search(r"2025\|Regular officers\|735\|", cells)
    assert "Special constables|29|6,330" in cells and "Special constables|31|" in cells


def test_a_force_of_few_cases_makes_no_bold_claim(pages):
    said = text(pages, "force/surrey.html")
    lead = soup(pages, "force/surrey.html").find(class_="lead").get_text()
    assert "too few to state a rate" in said and "%" not in lead


def test_pages_are_light_enough_for_a_phone(pages):
    assert max(len(html) for html in pages.values()) < 1_400_000
    forces = sorted(len(html) for name, html in pages.items() if name.startswith("force/"))
    assert forces[len(forces) // 2] < 350_000


def test_the_same_again_is_the_same_to_the_byte(site, pages, tmp_path):
    """A second run, one report at a time, of one report of each notebook."""
    chosen = ["national", "role_comparison", "data_and_methods", "force/northamptonshire"]
    again = tmp_path / "again"
    done = render(again, "--workers", "1", *(part for name in chosen for part in ("--only", name)))
    assert done.returncode == 0, done.stdout + done.stderr
    for name in chosen:
        assert (again / f"{name}.html").read_text(encoding="utf-8") == pages[f"{name}.html"], name


def test_manifest_names_data_code_and_packages(site):
    manifest = json.loads((site / "manifest.json").read_text())
    shown = json.dumps(manifest)
    for wanted in ("sha256", "pandas", "statsmodels", "national.html", "parameters"):
        assert wanted in shown

"""The report machinery, on notebooks that have nothing to do with the study: pages, repeatability, failures."""

import hashlib
import json
import os
import re
import shutil
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import StudyError
from analysis.rendering import read_catalogue, render, verify
from analysis.rendering.execute import streams
from analysis.rendering.processes import repeatable_environment
from analysis.rendering.publish import Workshop
from analysis.rendering.templating import CodeStyle, external_requests, slug

FIXTURES = Path(__file__).parent / "rendering_fixtures"
STATIONS = ("North", "South")


class Silent:
    """A progress that only remembers."""

    def __init__(self):
        self.told = []

    def begin(self, total):
        self.told.append(("begin", total))

    def started(self, name):
        self.told.append(("started", name))

    def finished(self, name, seconds, error):
        self.told.append(("finished", name))

    def end(self):
        self.told.append(("end",))


def catalogue(folder: Path, *reports: str, site: str = 'title = "Rain"', **options):
    """A catalogue in `folder`, with the fixtures' notebooks beside it."""
    folder.mkdir(exist_ok=True)
    for notebook in FIXTURES.glob("*.ipynb"):
        shutil.copy(notebook, folder)
    path = folder / "catalogue.toml"
    path.write_text("\n".join([f"[site]\n{site}", *(f"[[report]]\n{report}" for report in reports)]))
    expanders = {"station": lambda n: [{"station": s, "slug": s.lower()} for s in STATIONS]}
    return read_catalogue(path, **({"expanders": expanders} | options))


def entry(name: str, notebook: str | None = None, **keys: str) -> str:
    lines = {"name": f'"{name}"', "title": f'"{name.title()}"', "notebook": f'"{notebook or name}.ipynb"'}
    lines |= {"output": f'"{name}.html"'} | keys
    return "\n".join(f"{key} = {value}" for key, value in lines.items())


RAIN = (
    entry("rain", group='"National"'),
    entry(
        "station",
        "rain",
        title='"{station}"',
        group='"Stations"',
        output='"station/{slug}.html"',
        for_each='"station"',
        parameters='{ station = "{station}", years = 4 }',
    ),
)


def made(folder: Path, *reports: str, **options):
    options = {"progress": Silent(), "workers": 2} | options
    return render(catalogue(folder, *reports), folder / "site", **options)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rain")
    return made(folder, *RAIN, provenance={"data": "abc"})


@pytest.fixture(scope="module")
def page(rendered):
    return BeautifulSoup((rendered.site / "rain.html").read_text(encoding="utf-8"), "html.parser")


@pytest.fixture(scope="module")
def north(rendered):
    return BeautifulSoup(
        (rendered.site / "station" / "north.html").read_text(encoding="utf-8"), "html.parser"
    )


def contents(site: Path) -> dict[str, bytes]:
    return {str(p.relative_to(site)): p.read_bytes() for p in sorted(site.rglob("*")) if p.is_file()}


# ------------------------------------------------------------------------------------------- pages


def test_every_report_of_the_catalogue_has_its_page(rendered):
    assert not rendered.failed
    assert rendered.published
    assert set(contents(rendered.site)) == {
        "index.html",
        "manifest.json",
        "rain.html",
        "station/north.html",
        "station/south.html",
    }


class Fetches(HTMLParser):
    """What a browser would fetch, found independently of the code under test."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            link = name == "href" and tag != "a"
            if (name in {"src", "srcset", "data", "poster", "action"} or link) and not (
                value or ""
            ).startswith("data:"):
                self.found.append((tag, name, value))

    def handle_data(self, data):
        self.found += re.findall(r"url\(\s*['\"]?(?!data:)[^)]*|@import", data)


@pytest.mark.parametrize("name", ["index.html", "rain.html", "station/north.html"])
def test_a_page_asks_the_network_for_nothing(rendered, name):
    parser = Fetches()
    parser.feed((rendered.site / name).read_text(encoding="utf-8"))
    assert parser.found == []


@pytest.mark.parametrize("name", ["index.html", "rain.html", "station/north.html"])
def test_a_page_is_well_made(rendered, name):
    soup = BeautifulSoup((rendered.site / name).read_text(encoding="utf-8"), "html.parser")
    assert soup.html["lang"] == "en-GB"
    assert len(soup.find_all("h1")) == 1
    assert [len(soup.find_all(tag)) for tag in ("header", "main", "footer")] == [1, 1, 1]
    assert soup.find("a", class_="skip")["href"] == "#" + soup.main["id"]
    assert soup.find("meta", attrs={"name": "viewport"})
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(ids) == len(set(ids))
    inner = [a["href"] for a in soup.find_all("a", href=re.compile("^#"))]
    assert {href[1:] for href in inner} <= set(ids)
    folder = (rendered.site / name).parent
    pages = [a["href"] for a in soup.find_all("a") if not a["href"].startswith(("#", "http"))]
    assert pages
    assert all((folder / href).is_file() for href in pages)


def test_the_title_is_the_first_heading_and_names_the_site(page):
    assert page.h1.get_text() == "Rainfall by station"
    assert page.title.get_text() == "Rainfall by station – Rain"


def test_a_second_first_level_heading_becomes_one_of_the_second_level(page):
    assert "A second first-level heading" in [h.get_text() for h in page.find_all("h2")]


def test_the_contents_list_headings_of_the_second_and_third_level_in_order(page):
    listed = [(a.get_text(), a["href"]) for a in page.nav.find_all("a")]
    headings = [(h.get_text(), "#" + h["id"]) for h in page.article.find_all(["h2", "h3"])]
    assert listed == headings
    assert ("Results", "#results") in listed
    assert ("Results", "#results-2") in listed
    below = page.nav.find("a", href="#what-was-measured").parent.ol
    assert [a.get_text() for a in below.find_all("a")] == ["The gauge", "The hours"]


def test_code_is_folded_away_one_for_each_cell_and_highlighted(page):
    cells = [c for c in nbformat.read(FIXTURES / "rain.ipynb", 4).cells if c.cell_type == "code"]
    folded = page.find_all("details", class_="code")
    assert len(folded) == len(cells)
    shown = " ".join("".join(f.find("pre").get_text().split()) for f in folded)
    for cell in cells:
        assert "".join(cell.source.split()) in shown
    assert not any(f.has_attr("open") for f in folded)
    assert folded[-1].find("span", class_="k")


def test_a_page_opens_with_what_was_found_not_with_code(page):
    first = page.article.find(True, recursive=False)
    assert "rained" in first.get_text()


def test_injected_parameters_are_there_and_labelled(north):
    labels = [s.get_text() for s in north.find_all("summary")]
    assert "Show the default parameters" in labels
    injected = next(d for d in north.find_all("details") if d.summary.get_text() == "Show the parameters")
    assert 'station="North"' in injected.pre.get_text().replace(" ", "")
    assert "years = 4" in north.footer.get_text()


def test_what_was_printed_or_warned_of_is_not_in_the_page_but_is_told(rendered, page):
    shown = "".join(t.get_text() for t in page.find_all(class_="output"))
    for text in ("PRINTED TO", "UserWarning", "frozen"):
        assert text not in shown
    notes = "\n".join(text for _, text in rendered.outcomes[0].notes)
    assert "PRINTED TO STDOUT" in notes
    assert "PRINTED TO STDERR" in notes
    assert "UserWarning: a gauge was frozen" in notes
    assert rendered.outcomes[1].notes == rendered.outcomes[2].notes, "no process ids"


def test_the_summary_is_on_the_index_and_not_on_the_page(rendered, page):
    assert "SUMMARY" not in page.get_text().replace('"text/plain": "SUMMARY"', "")
    index = BeautifulSoup((rendered.site / "index.html").read_text(encoding="utf-8"), "html.parser")
    groups = {
        s.h2.get_text(): [li.get_text(" ", strip=True) for li in s.find_all("li")]
        for s in index.find_all("section")
    }
    assert list(groups) == ["National", "Stations"]
    assert groups["Stations"][0].startswith(
        "North At North it rained 860 mm a year. 4 cases · data of 2024-01-31"
    )


def test_a_table_scrolls_by_itself_and_says_what_it_is(page):
    box = page.find("table").parent
    assert box["class"] == ["table-scroll"]
    assert box["tabindex"] == "0"
    assert box["aria-label"] == "Table 1. Depth by quantity"


def test_code_colours_stand_out_enough():
    def luminance(colour):
        parts = [int(colour[n : n + 2], 16) / 255 for n in (0, 2, 4)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    ground = luminance(CodeStyle.background_color.lstrip("#"))
    colours = {style["color"] for _, style in CodeStyle if style["color"]}
    assert len(colours) > 3
    for colour in colours:
        assert (ground + 0.05) / (luminance(colour) + 0.05) >= 4.5, colour


@given(st.text())
def test_a_slug_is_a_plain_id_and_stays_itself(text):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug(text))
    assert slug(slug(text)) == slug(text)


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        ('<img src="https://a.example/x.png">', ["https://a.example/x.png"]),
        ('<img src="x.png">', ["x.png"]),
        ('<source srcset="//a.example/x 2x">', ["//a.example/x 2x"]),
        ('<script src="https://a.example/x.js"></script>', ["https://a.example/x.js"]),
        ('<script type="module">import x from "https://a.example/x.js"</script>', ["https://a.example/x.js"]),
        ('<link rel="stylesheet" href="https://a.example/x.css">', ["https://a.example/x.css"]),
        ('<p style="background:url(https://a.example/x)">', ["https://a.example/x"]),
        ("<style>@import 'https://a.example/x.css';</style>", ["https://a.example/x.css"]),
        ('<iframe src="https://a.example/"></iframe>', ["https://a.example/"]),
        ('<svg><image xlink:href="https://a.example/x.png"/></svg>', ["https://a.example/x.png"]),
        ('<a href="https://a.example/">a link that a reader follows</a>', []),
        ('<img src="data:image/png;base64,AAAA">', []),
        ('<svg><use href="#mark"/></svg>', []),
    ],
)
def test_requests_are_recognised(html, wanted):
    assert external_requests(html) == wanted


# ------------------------------------------------------------------------------------------- repeatability


def test_a_second_run_changes_no_byte_and_leaves_the_site_alone(rendered):
    folder = rendered.site.parent
    before, target = contents(rendered.site), rendered.site.readlink()
    again = made(folder, *RAIN, provenance={"data": "abc"}, workers=1)
    assert not again.failed
    assert not again.published
    assert rendered.site.readlink() == target
    assert contents(rendered.site) == before


def test_a_forked_kernel_and_a_new_interpreter_give_the_same_bytes(rendered, tmp_path):
    cold = made(tmp_path, RAIN[0], warm=False)
    assert (cold.site / "rain.html").read_bytes() == (rendered.site / "rain.html").read_bytes()


def test_the_manifest_holds_the_hash_of_every_file_and_where_it_comes_from(rendered):
    manifest = json.loads((rendered.site / "manifest.json").read_text())
    files = {name: hashlib.sha256(data).hexdigest() for name, data in contents(rendered.site).items()}
    assert manifest["files"] == {name: value for name, value in files.items() if name != "manifest.json"}
    assert manifest["provenance"] == {"data": "abc"}
    north = next(r for r in manifest["reports"] if r["name"] == "station/north")
    assert north["parameters"] == {"station": "North", "years": 4}
    assert north["notebook_sha256"] == hashlib.sha256((FIXTURES / "rain.ipynb").read_bytes()).hexdigest()
    assert verify(rendered.site) == 4


def test_verify_names_every_file_that_was_touched(rendered, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(rendered.site, copy)
    (copy / "rain.html").write_text("changed")
    (copy / "station" / "north.html").unlink()
    (copy / "more.html").write_text("")
    with pytest.raises(StudyError) as told:
        verify(copy)
    for line in ("rain.html: changed", "station/north.html: missing", "more.html: not in the manifest"):
        assert line in str(told.value)


@pytest.mark.parametrize("text", ["", "[]", '{"files": 3}', "{"])
def test_verify_refuses_what_is_no_manifest(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(StudyError, match="not a manifest"):
        verify(tmp_path)


def test_a_kernel_finds_surroundings_that_give_the_same_result_twice(tmp_path, monkeypatch):
    home = tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    done = made(tmp_path / "work", entry("surroundings"))
    assert not done.failed, done.failed
    page = BeautifulSoup((done.site / "surroundings.html").read_text(encoding="utf-8"), "html.parser")
    facts = json.loads(page.find(class_="output").pre.get_text())
    assert facts["threads"] == "1"
    assert facts["zone"] == "UTC"
    assert facts["backend"] == "agg"
    assert facts["epoch"].isdigit()
    assert facts["folder"] == "work", "as in JupyterLab, a notebook runs in its own folder"
    assert facts["interpreter"] == sys.executable
    assert facts["history"] is False
    assert not home.exists(), "nothing is written to the home folder, which need not even exist"


# ------------------------------------------------------------------------------------------- failures


def test_a_failing_report_stops_no_other_and_keeps_the_site(tmp_path):
    workshop = Workshop(tmp_path / "site")
    with workshop.open() as (build, _):
        (build / "manifest.json").write_text("{}")
        workshop.publish(build)
    before = contents(tmp_path / "site")
    progress = Silent()
    work = catalogue(
        tmp_path,
        *(entry(name) for name in ("fails", "waits", "dies", "fetches")),
        entry("slow", "waits", parameters="{ seconds = 60.0 }"),
        site='title = "Rain"\ncell_timeout = 3',
    )
    done = render(work, tmp_path / "site", progress=progress, workers=3)
    assert not done.published
    assert contents(done.site) == before
    assert [o.name for o in done.outcomes if o.error is None] == ["waits"]
    errors = {o.name: o.error for o in done.failed}
    assert errors["fails"] == "code cell 2, `ratio = wanted / total`: ZeroDivisionError: division by zero"
    assert errors["slow"] == "a cell took longer than 3 seconds"
    assert "kernel died" in errors["dies"]
    assert "https://example.org/picture.png" in errors["fetches"]
    assert "ZeroDivisionError" in done.failed[0].log.read_text()
    assert "\x1b" not in done.failed[0].log.read_text()
    assert progress.told[0] == ("begin", 5)
    assert progress.told[-1] == ("end",)
    assert sorted(told for told in progress.told if told[0] == "finished") == sorted(
        ("finished", name) for name in ("dies", "fails", "fetches", "slow", "waits")
    )
    # Mended, the next run publishes, and the old complaints are gone.
    done = made(tmp_path, entry("waits"))
    assert done.published
    assert not list((tmp_path / ".builds").rglob("*failed*"))


def printed(text: str) -> str:
    cell = nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("stream", name="stdout", text=text)])
    [(_, told)] = streams(nbformat.v4.new_notebook(cells=[cell]))
    return told


def test_however_much_is_printed_is_told_at_once_and_shortened():
    begun = time.monotonic()
    told = printed("x" * 300_000)
    assert time.monotonic() - begun < 5
    assert told.startswith("x" * 10_000 + "\n… and 290,000 more")
    assert len(told) < 10_100


def test_a_cell_is_called_the_same_whatever_its_process():
    assert printed("/elsewhere/ipykernel_12/345.py:3: UserWarning: frost") == "notebook:3: UserWarning: frost"
    assert printed("in\n(/a/ipykernel_1/2.py") == "in\nnotebook"


def test_a_report_has_a_deadline_and_its_kernel_ends_with_it(tmp_path):
    marker = tmp_path / "marker"
    work = catalogue(
        tmp_path,
        entry("rain"),
        entry("slow", "waits", parameters=f'{{ seconds = 300.0, marker = "{marker}" }}'),
        site='title = "Rain"\nreport_timeout = 10',
    )
    done = render(work, tmp_path / "site", progress=Silent(), workers=2)
    assert {o.name: o.error for o in done.outcomes} == {
        "rain": None,
        "slow": "the report took longer than 10 seconds",
    }
    kernel = int(marker.read_text())
    end = time.monotonic() + 10
    while time.monotonic() < end and Path(f"/proc/{kernel}").exists():
        time.sleep(0.05)
    with pytest.raises(ProcessLookupError):
        os.kill(kernel, 0)


@pytest.mark.parametrize("warm", [True, False])
def test_the_users_own_start_up_scripts_are_kept_out_of_a_kernel(tmp_path, monkeypatch, warm):
    trace = tmp_path / "trace"
    script = f"open({str(trace)!r}, 'a').write('here')"
    own = tmp_path / "home" / ".ipython" / "profile_default" / "startup" / "mine.py"
    own.parent.mkdir(parents=True)
    for path in (own, tmp_path / "startup.py"):
        path.write_text(script)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "startup.py"))
    assert not made(tmp_path / "work", entry("waits"), warm=warm).failed
    assert not trace.exists()


def test_the_users_wishes_for_a_terminal_are_no_part_of_the_environment(tmp_path):
    wishes = {"PYTHONSTARTUP": "mine.py", "PYTHONIOENCODING": "ascii", "LANG": "en_GB"}
    found = repeatable_environment(wishes, tmp_path)
    assert "PYTHONSTARTUP" not in found
    assert "PYTHONIOENCODING" not in found
    assert found["LANG"] == "en_GB"


def test_a_render_leaves_a_site_with_a_similar_name_alone(tmp_path):
    for name in ("site-failed", "site.lock"):
        workshop = Workshop(tmp_path / name)
        with workshop.open() as (build, _):
            (build / "manifest.json").write_text(name)
            workshop.publish(build)
    assert made(tmp_path, entry("waits")).published
    for name in ("site-failed", "site.lock"):
        assert contents(tmp_path / name) == {"manifest.json": name.encode()}

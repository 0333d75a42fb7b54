"""The catalogue: everything wrong with it is said at once, before any kernel starts."""

import nbformat
import pytest

from analysis.errors import StudyError
from analysis.rendering import read_catalogue
from analysis.rendering.catalogue import Report

STATIONS = [{"station": "North Hill", "slug": "north-hill"}, {"station": "South", "slug": "south"}]


@pytest.fixture
def write(tmp_path):
    """Write a catalogue beside a notebook with the parameters `station` and `years`, and read it."""
    cell = nbformat.v4.new_code_cell('station = "North"\nyears: int = 3', metadata={"tags": ["parameters"]})
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "rain.ipynb")

    def write(text, **options):
        path = tmp_path / "catalogue.toml"
        path.write_text(text, encoding="utf-8")
        return read_catalogue(
            path, **({"expanders": {"station": lambda least: STATIONS[: 3 - least]}} | options)
        )

    return write


def text(site='title = "Rain"', **keys):
    lines = {"name": '"rain"', "title": '"Rain"', "notebook": '"rain.ipynb"', "output": '"rain.html"'} | keys
    body = "\n".join(f"{key} = {value}" for key, value in lines.items() if value is not None)
    return f"[site]\n{site}\n[[report]]\n{body}\n"


def test_a_sound_catalogue_is_read(write, tmp_path):
    read = write(text(parameters="{ years = 5 }", group='"All"'))
    expected = Report("rain", "rain", "Rain", "All", tmp_path / "rain.ipynb", "rain.html", {"years": 5})
    assert read.reports == (expected,)
    assert read.site.title == "Rain"


def test_for_each_makes_a_report_of_each_and_fills_its_words_in(write):
    read = write(
        text(
            for_each='"station"',
            title='"Rain at {station}"',
            output='"at/{slug}.html"',
            parameters='{ station = "{station}", years = 2 }',
        )
    )
    assert [(r.name, r.title, r.output, r.parameters) for r in read.reports] == [
        (
            "rain/north-hill",
            "Rain at North Hill",
            "at/north-hill.html",
            {"station": "North Hill", "years": 2},
        ),
        ("rain/south", "Rain at South", "at/south.html", {"station": "South", "years": 2}),
    ]


def test_min_cases_reaches_the_expander(write):
    read = write(text(for_each='"station"', output='"{slug}.html"', min_cases="2"))
    assert [r.name for r in read.reports] == ["rain/north-hill"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"notebook": '"rian.ipynb"'}, ["'rain'", "notebook", "rian.ipynb", "Did you mean 'rain.ipynb'?"]),
        ({"notebook": '"catalogue.toml"'}, ["notebook", "not a Jupyter notebook"]),
        ({"parameters": "{ year = 4 }"}, ["parameters.year", "station, years", "Did you mean 'years'?"]),
        ({"parameters": "{ years = { a = 1 } }"}, ["'rain'", "parameters.years", "expected"]),
        ({"output": '"../rain.html"'}, ["output", "outside the site"]),
        ({"output": '"/elsewhere/rain.html"'}, ["output", "outside the site"]),
        ({"output": '"a/../../rain.html"'}, ["output", "outside the site"]),
        ({"output": '"C:\\\\rain.html"'}, ["output", "outside the site"]),
        ({"output": '".hidden/rain.html"'}, ["output", "not a plain path"]),
        ({"output": '"a//rain.html"'}, ["output", "not a plain path"]),
        ({"output": '"rain.txt"'}, ["output", ".html"]),
        ({"output": '"index.html"'}, ["output", "already written by the machinery"]),
        ({"output": '"{slug}.html"'}, ["output", "{slug}", "without for_each"]),
        ({"output": '"rain{.html"'}, ["output", "rain{.html"]),
        ({"for_each": '"station"', "title": '"{station:{nope}}"'}, ["title", "write {station} alone"]),
        ({"for_each": '"station"', "title": '"{slug!z}"'}, ["title", "write {slug} alone"]),
        ({"for_each": '"station"', "title": '"{}"'}, ["title", "there is no {}", "station, slug"]),
        ({"site": 'title = "Rain"\nreport_timeout = 0'}, ["[site]: report_timeout", "got 0"]),
        (
            {"for_each": '"statoin"'},
            ["for_each", "'statoin' is not one of station", "Did you mean 'station'?"],
        ),
        ({"for_each": '"station"'}, ["'rain.html' is already written by report 'rain/rain'"]),
        ({"for_each": '"station"', "output": '"{code}.html"'}, ["{code}", "station, slug"]),
        ({"for_each": '"station"', "min_cases": "3"}, ["no station has at least 3 case(s)"]),
        ({"min_cases": "0"}, ["min_cases", "got 0"]),
        ({"name": '"Rain!"'}, ["name", "'Rain!'", "small letters"]),
        ({"title": None}, ["'rain'", "title: missing"]),
        ({"notebok": '"rain.ipynb"'}, ["notebok: there is no such key", "Did you mean 'notebook'?"]),
        ({"site": ""}, ["[site]: title: missing"]),
        ({"site": 'title = "Rain"\npreload = ["nosuch.module"]'}, ["preload", "'nosuch.module'"]),
        ({"site": 'title = "Rain"\ncell_timeout = 0'}, ["[site]: cell_timeout", "got 0"]),
        ({"site": 'title = "Rain'}, ["not TOML", "line 2"]),
    ],
)
def test_what_is_wrong_is_named_with_its_report_and_key(write, changes, said):
    with pytest.raises(StudyError) as told:
        write(text(**changes))
    for words in said:
        assert words in str(told.value)


def test_everything_wrong_is_said_at_once(write):
    first = text(notebook='"gone.ipynb"', output='"../rain.html"', parameters="{ year = 4 }")
    second = text(name='"more"', output='"more.txt"', parameters="{ yaers = 4 }").split("\n", 2)[2]
    with pytest.raises(StudyError) as told:
        write(first + second)
    for words in ("gone.ipynb", "more.txt", "parameters.yaers"):
        assert words in str(told.value)


def test_a_name_given_twice_is_refused(write):
    with pytest.raises(StudyError, match="already the name of report number 1"):
        write(text() + text(output='"other.html"').split("\n", 2)[2])


def test_outputs_that_differ_only_in_case_are_one_file_on_some_systems(write):
    with pytest.raises(StudyError, match="already written"):
        write(text() + text(name='"more"', output='"Rain.html"').split("\n", 2)[2])


def test_the_callers_check_is_asked_and_its_message_names_the_report(write):
    def check(report, parameters):
        if parameters.get("years") == 99:
            raise StudyError("years: 99 is too many\nand so on")

    assert write(text(parameters="{ years = 9 }"), check=check)
    with pytest.raises(StudyError, match="report 'rain': parameters: years: 99 is too many") as told:
        write(text(parameters="{ years = 99 }"), check=check)
    assert "and so on" in str(told.value)


@pytest.mark.parametrize("error", [KeyError("x"), TypeError("no len()"), IndexError(), AttributeError("x")])
def test_a_value_that_the_check_stumbles_over_is_named_with_its_report(write, error):
    def check(report, parameters):
        if parameters.get("years") == 99:
            raise error

    with pytest.raises(StudyError, match="report 'rain': parameters.years: 99 cannot be used") as told:
        write(text(parameters='{ station = "South", years = 99 }'), check=check)
    assert type(error).__name__ in str(told.value)
    assert "parameters.station" not in str(told.value)


def test_values_that_the_check_stumbles_over_together_are_all_named(write):
    def check(report, parameters):
        if len(parameters) == 2:
            raise TypeError("these two")

    with pytest.raises(StudyError) as told:
        write(text(parameters='{ station = "South", years = 9 }'), check=check)
    for name in ("parameters.station: 'South'", "parameters.years: 9"):
        assert name in str(told.value)


def test_a_notebook_in_another_language_is_refused(write, tmp_path):
    node = nbformat.read(tmp_path / "rain.ipynb", 4)
    node.metadata["kernelspec"] = {"name": "ir", "display_name": "R", "language": "R"}
    nbformat.write(node, tmp_path / "rain.ipynb")
    with pytest.raises(StudyError, match="written in R, not in Python"):
        write(text())


def test_a_catalogue_that_is_not_there(tmp_path):
    with pytest.raises(StudyError, match="no such catalogue"):
        read_catalogue(tmp_path / "none.toml")


def test_only_takes_names_entries_and_patterns(write):
    many = write(
        text(for_each='"station"', output='"{slug}.html"')
        + text(name='"other"', output='"o.html"').split("\n", 2)[2]
    )
    assert [r.name for r in many.only(["rain/south"]).reports] == ["rain/south"]
    assert [r.name for r in many.only(["rain"]).reports] == ["rain/north-hill", "rain/south"]
    assert [r.name for r in many.only(["*/n*", "other"]).reports] == ["rain/north-hill", "other"]
    with pytest.raises(StudyError, match="no report 'rain/suoth'.*Did you mean 'rain/south'"):
        many.only(["rain/suoth"])

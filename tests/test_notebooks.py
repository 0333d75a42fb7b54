"""The notebooks as committed: prose and calls only, no outputs, parameters that the question knows."""

import ast
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from analysis.question import Question

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
RENDERED = [p for p in NOTEBOOKS if p.stem not in ("explore", "review")]


def read(path):
    return nbformat.read(path, as_version=4)


def code(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def prose(path):
    return [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]


def ids(path):
    return path.stem


def parameters(path):
    [cell] = [cell for cell in code(path) if "parameters" in cell.metadata.get("tags", [])]
    return {node.targets[0].id: ast.literal_eval(node.value) for node in ast.parse(cell.source).body}


def test_the_studys_notebooks_are_there():
    assert {p.stem for p in NOTEBOOKS} == {
        "national",
        "force",
        "role_comparison",
        "data_and_methods",
        "explore",
        "review",
    }


@pytest.mark.parametrize("path", NOTEBOOKS, ids=ids)
def test_committed_without_outputs(path):
    nbformat.validate(read(path))
    assert all(not cell.outputs and cell.execution_count is None for cell in code(path))


@pytest.mark.parametrize("path", RENDERED, ids=ids)
def test_parameters_are_the_questions_own_and_have_its_defaults(path):
    found = parameters(path)
    found.pop("force", None)
    assert Question.of(**found) == Question.of()


@pytest.mark.parametrize("path", RENDERED, ids=ids)
def test_no_statistics_and_no_plotting_of_their_own(path):
    """Only the study's package is imported, nothing is defined, and no arithmetic is done."""
    for cell in code(path):
        tree = ast.parse(cell.source)
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                raise AssertionError(f"imports {[a.name for a in node.names]}")
            if isinstance(node, ast.ImportFrom):
                assert node.module.split(".")[0] == "analysis"
            assert not isinstance(node, ast.FunctionDef | ast.Lambda | ast.For | ast.While)
            if isinstance(node, ast.BinOp):
                assert isinstance(node.op, ast.Add), "text may be joined; numbers are not computed here"


YEAR_OF_A_PUBLICATION = r"\((?:\w+ )*?\d{4}\)|\(\d{4}[^)]*\)|\b(?:17|16|22|24|26|28|40|72)\b|\b\d{4}\b"


@pytest.mark.parametrize("path", RENDERED, ids=ids)
def test_no_count_or_percentage_is_typed_into_prose(path):
    """Years and volumes of references, the nominal levels and "per 1,000" are the only numbers in written prose."""
    for text in prose(path):
        text = re.sub(r"95 %|99\.8 %|100 %|1,000", "", text)
        text = re.sub(YEAR_OF_A_PUBLICATION, "", text)
        text = re.sub(r"CC BY 4\.0|v3\.0", "", text)
        assert not re.findall(r"\d+", text), f"{path.name}: {text}"


def test_review_is_prose_and_one_call():
    [cell] = code(next(p for p in NOTEBOOKS if p.stem == "review"))
    assert cell.source.split("\n\n") == ["from analysis import review", "review.page()"]


def test_review_shows_its_page_in_a_fresh_kernel(tmp_path, monkeypatch):
    """The page of the data package in use, here with one invented notice waiting."""
    root = Path(__file__).parents[1]
    data = tmp_path / "data"
    shutil.copytree(root / "data", data, ignore=shutil.ignore_patterns("incoming"))
    notices = data / "incoming" / "notices"
    notices.mkdir(parents=True)
    (notices / "one.txt").write_text(
        "PC A of Essex Police was dismissed without notice at a misconduct hearing."
    )
    notebook = read(next(p for p in NOTEBOOKS if p.stem == "review"))
    monkeypatch.setenv("MISCONDUCT_DATA", str(data))
    NotebookClient(
        notebook, kernel_name="python3", resources={"metadata": {"path": str(root / "notebooks")}}
    ).execute()
    [cell] = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert any(
        "application/vnd.jupyter.widget-view+json" in output.get("data", {}) for output in cell.outputs
    )


@pytest.mark.parametrize("name", ["explore", "force"])
def test_runs_unmodified_from_top_to_bottom_as_in_jupyterlab(name):
    """The rendered ones run in tests/test_site.py too; here a kernel is started as JupyterLab starts it."""
    path = next(p for p in NOTEBOOKS if p.stem == name)
    notebook = read(path)
    NotebookClient(
        notebook, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    ).execute()
    shown = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("<figure>" in output.get("data", {}).get("text/html", "") for output in shown)


def test_explore_opens_with_the_data_in_one_line():
    first = code(next(p for p in NOTEBOOKS if p.stem == "explore"))[0].source
    lines = [line for line in first.splitlines() if line and not line.startswith("import")]
    assert lines == ["hearings = analysis.load_hearings()"]

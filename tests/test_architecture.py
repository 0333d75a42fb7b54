"""Imports point one way: each layer uses only those above it (see docs in README, "How it is built")."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "analysis"
LAYERS = [
    {"errors", "paths", "partial_dates", "writing"},
    {"codelists", "provenance"},
    {"formatting"},
    {"schema", "question"},
    {"reading"},
    {"package"},
    {"loading"},
    {"coding"},
    {"intake"},
    {"review"},
    {"cohort"},
    {"estimates"},
    {"calibration"},
    {"figures", "tables", "wording"},
    {"listings"},
    {"report"},
    {"cli", "cli_coding", "cli_intake", "readme"},
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
STATISTICS = ("scipy", "statsmodels")
DRAWING = ("matplotlib",)


def modules():
    return sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")


def top(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Absolute dotted names of everything that a module imports."""
    package = ("analysis", *path.relative_to(PACKAGE).parent.parts)
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            stem = ".".join(part for part in (base, node.module) if part)
            found |= {f"{stem}.{alias.name}" for alias in node.names} | {stem}
    return found


def internal(path: Path) -> set[str]:
    return {n.split(".")[1] for n in imports(path) if n.startswith("analysis.")} - {"__version__"}


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_imports_only_from_its_own_layer_or_above(path):
    own = top(path)
    if own == "rendering":
        assert internal(path) <= {"rendering", "errors"}, "the report machinery knows nothing of the study"
        return
    assert own in RANK, f"{own} has no layer: add it to LAYERS"
    below = {name for name in internal(path) if name in RANK and RANK[name] > RANK[own]}
    assert not below, f"{own} imports {below}, which come after it"


def uses(path: Path, libraries: tuple[str, ...]) -> bool:
    return any(name.split(".")[0] in libraries for name in imports(path))


def test_statistics_are_computed_only_in_estimates():
    assert {top(p) for p in modules() if uses(p, STATISTICS)} == {"estimates"}


def test_drawing_happens_only_in_figures():
    assert {top(p) for p in modules() if uses(p, DRAWING)} == {"figures"}


@pytest.mark.parametrize("path", sorted((PACKAGE / "estimates").glob("*.py")), ids=lambda p: p.name)
def test_estimates_never_read_files(path):
    tree = ast.parse(path.read_text())
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    methods = {
        n.func.attr for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)
    }
    assert "open" not in called
    assert not {
        m for m in methods if m.startswith("read_") or m in {"read_text", "load_hearings", "load_official"}
    }

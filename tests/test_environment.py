"""pyproject.toml, environment.yml and requirements.lock declare one environment."""

import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]


def declared() -> dict[str, Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    return {canonicalize_name(r.name): r for r in map(Requirement, wanted)}


def locked() -> dict[str, list[str]]:
    versions: dict[str, list[str]] = {}
    text = (ROOT / "requirements.lock").read_text()
    for name, version in re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", text, flags=re.MULTILINE):
        versions.setdefault(canonicalize_name(name), []).append(version)
    return versions


def test_conda_file_has_the_same_packages_and_bounds():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    conda = {
        canonicalize_name(r.name): str(r.specifier)
        for r in (Requirement(line) for line in listed if isinstance(line, str))
    }
    python = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert conda.pop("python") == python
    conda.pop("pip")
    assert conda == {name: str(r.specifier) for name, r in declared().items()}


def test_lock_satisfies_every_declared_bound():
    versions = locked()
    for name, requirement in declared().items():
        assert versions.get(name), f"{name} is not in requirements.lock: run make lock"
        for version in versions[name]:
            assert requirement.specifier.contains(version), f"{name} {version} breaks {requirement}"


def test_every_locked_package_carries_a_hash():
    blocks = re.split(r"\n(?=[A-Za-z0-9])", (ROOT / "requirements.lock").read_text())
    unhashed = [
        b.split("\n")[0] for b in blocks if re.match(r"[A-Za-z0-9_.-]+==", b) and "--hash=sha256:" not in b
    ]
    assert unhashed == []


def test_continuous_integration_runs_the_readme_command():
    assert "make test" in (ROOT / ".ci" / "run").read_text()

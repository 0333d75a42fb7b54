"""What a report says of the data and the code that it rests on."""

import json
import shutil

import pytest

from analysis import provenance
from analysis.errors import StudyError
from analysis.paths import data_folder


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "data"
    shutil.copytree(data_folder(), folder, ignore=shutil.ignore_patterns("incoming"))
    monkeypatch.setenv("MISCONDUCT_DATA", str(folder))
    return folder


def test_version_and_date_are_those_of_the_descriptor(package):
    path = package / "datapackage.json"
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(descriptor | {"version": "7.8.9", "created": "2024-02-29T10:00:00Z"}))
    assert provenance.data_version() == {"version": "7.8.9", "created": "2024-02-29"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "there is no such file"),
        ("{", "cannot be read as JSON"),
        (b"\xff", "cannot be read as JSON"),
        ("[]", "does not state version .* and created"),
        ("{}", "does not state version .* and created"),
        ('{"created": "2024-02-29"}', r"does not state version \(such as 1.0.0\)\."),
        ('{"version": "1", "created": "lately"}', "does not state created"),
    ],
)
def test_a_flawed_descriptor_is_named_with_what_it_lacks(package, content, says):
    path = package / "datapackage.json"
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(StudyError, match=rf"datapackage\.json: {says}"):
        provenance.data_version()


def test_the_hash_of_the_data_changes_with_any_table_list_or_descriptor_and_nothing_else(package):
    before = provenance.data_hash()
    (package / "notes.txt").write_text("x")
    assert provenance.data_hash() == before
    for name in ("hearings.csv", "codelists/roles.csv", "datapackage.json"):
        path = package / name
        content = path.read_bytes()
        path.write_bytes(content + b"\n")
        assert provenance.data_hash() != before
        path.write_bytes(content)
    assert provenance.data_hash() == before


def test_provenance_names_data_code_and_packages(package):
    found = provenance.provenance()
    assert found["data"] == provenance.data_version() | {"sha256": provenance.data_hash()}
    assert found["code"]["sha256"] == provenance.code_hash()
    assert set(found["packages"]) == {"python", *provenance.PACKAGES}

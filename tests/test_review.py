"""The review page without a browser: the folder's state, the form, and what accepting does to the data."""

import json
import shutil
from pathlib import Path

import ipywidgets
import pandas as pd
import pytest

from analysis import review, schema
from analysis.coding import code_notice
from analysis.coding.result import FIELDS, SEVERAL
from analysis.errors import StudyError
from analysis.review.draft import Draft, choices
from analysis.review.queue import STATE, Queue

DATA = Path(__file__).parents[1] / "data"
DISMISSED = (
    "Essex Police\n\nPublished: 17 May 2024\n\nPC A was dismissed without notice after a panel found gross misconduct at a "
    "misconduct hearing on Wednesday. The breach of Honesty and Integrity was proven."
)
TO_COME = "A misconduct hearing for PC B of Essex Police will be held on 3 June. It is alleged that he lied."


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "data"
    shutil.copytree(DATA, folder, ignore=shutil.ignore_patterns("incoming"))
    return folder


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "notices"
    place.mkdir()
    (place / "a.txt").write_text(DISMISSED)
    (place / "b.txt").write_text(TO_COME)
    (place / "picture.png").write_bytes(b"\x89PNG")
    return place


def cases(package):
    return pd.read_csv(package / "hearings.csv", dtype=str, keep_default_na=False)


def cell(page, name):
    """The widget of one field of the case shown."""
    form = page._cases.children[page._cases.selected_index]
    found = [row.children[0] for row in form.children if isinstance(row, ipywidgets.HBox)]
    return dict(zip(FIELDS, found, strict=True))[name]


def said(page):
    return page._said.value


def test_every_proposed_value_can_stand_in_the_form(folder):
    [case] = code_notice(DISMISSED)
    for field in FIELDS:
        allowed = {value for _, value in choices(field)}
        if field != "hearing_date" and case.value(field):
            assert set(case.value(field).split(";")) <= allowed
        assert ("" in allowed) == (field not in (*SEVERAL, "hearing_date"))


def test_accepting_adds_the_case_with_its_source_and_logs_it(package, folder):
    before = cases(package)
    page = review.page(folder, data=package, who="reviewer-1")
    receipt = page.accept()
    assert receipt.accepted == 1
    after = cases(package)
    [new] = after[~after["case_id"].isin(before["case_id"])].to_dict("records")
    assert (new["force"], new["outcome"], new["hearing_date"]) == ("Essex", "dismissed", "2024-05-15")
    assert new["breaches"] == "honesty_and_integrity"
    sources = pd.read_csv(package / "sources.csv", dtype=str, keep_default_na=False)
    assert sources.set_index("source_id").loc[new["source_id"], "published"] == "2024-05-17"
    changes = pd.read_csv(package / "CHANGES.csv", dtype=str, keep_default_na=False)
    assert changes.iloc[-1]["made_by"] == "reviewer-1"
    assert page.notice.name == "b.txt"


def test_a_correction_is_what_goes_into_the_data(package, folder):
    before = cases(package)
    page = review.page(folder, data=package)
    cell(page, "rank").value = ""
    cell(page, "outcome").value = "final_written_warning"
    cell(page, "breaches").value = ("honesty_and_integrity", "discreditable_conduct")
    cell(page, "hearing_date").value = "2024-05"
    assert set(page.drafts[0].corrected) == {"rank", "outcome", "breaches", "hearing_date"}
    page.accept()
    after = cases(package)
    [new] = after[~after["case_id"].isin(before["case_id"])].to_dict("records")
    assert (new["rank"], new["outcome"], new["hearing_date"]) == ("", "final_written_warning", "2024-05")
    assert new["breaches"].split(";") == ["discreditable_conduct", "honesty_and_integrity"] or set(
        new["breaches"].split(";")
    ) == {"discreditable_conduct", "honesty_and_integrity"}


def test_a_row_that_cannot_be_is_refused_on_the_page_and_nothing_is_written(package, folder):
    before = (package / "hearings.csv").read_bytes()
    page = review.page(folder, data=package)
    cell(page, "hearing_date").value = "2024-02-31"
    page._buttons["accept"].click()
    assert "Not added" in said(page) and "2024-02-31" in said(page)
    assert page.notice.name == "a.txt"
    assert (package / "hearings.csv").read_bytes() == before


def test_accepting_the_same_notice_twice_changes_nothing(package, folder):
    review.page(folder, data=package).accept()
    before = (package / "hearings.csv").read_bytes()
    (folder / STATE).unlink()
    receipt = review.page(folder, data=package).accept()
    assert (receipt.accepted, receipt.duplicates) == (0, 1)
    assert (package / "hearings.csv").read_bytes() == before


def test_where_one_was_is_remembered_and_a_changed_notice_is_asked_again(package, folder):
    page = review.page(folder, data=package)
    page.skip()
    assert review.page(folder, data=package).notice.name == "b.txt"
    (folder / "a.txt").rename(folder / "z.txt")
    assert [p.name for p in Queue(folder).open()] == ["b.txt"]
    (folder / "z.txt").write_text(DISMISSED + " Corrected.")
    assert [p.name for p in Queue(folder).open()] == ["b.txt", "z.txt"]


def test_back_returns_to_the_notice_before(package, folder):
    page = review.page(folder, data=package)
    page.skip()
    page.back()
    assert page.notice.name == "a.txt"
    assert [p.name for p in page.queue.open()] == ["a.txt", "b.txt"]


def test_a_notice_of_a_hearing_to_come_proposes_nothing_and_says_so(package, folder):
    page = review.page(folder, data=package)
    page.skip()
    assert page.drafts == [] and "no concluded case" in said(page)
    page.accept()
    assert "No case is ticked" in said(page)


def test_a_person_can_be_added_by_hand(package, folder):
    page = review.page(folder, data=package)
    page.add_person()
    assert cell(page, "force").value == "Essex"
    cell(page, "role").value = "special_constable"
    cell(page, "finding").value = "misconduct"
    assert page.accept().accepted == 2


def test_an_unticked_case_stays_out(package, folder):
    page = review.page(folder, data=package)
    page._cases.children[0].children[0].value = False
    assert page.accept() is None and "No case is ticked" in said(page)


def test_the_day_of_publication_is_worked_with_at_once(package, folder):
    page = review.page(folder, data=package)
    page._published.value = "2024-05-24"
    assert page.drafts[0].row["hearing_date"] == "2024-05-22"
    page._published.value = "24 May"
    assert "24 May" in said(page) and "YYYY-MM-DD" in said(page)


def test_the_force_given_stands(package, folder):
    page = review.page(folder, data=package)
    page._force.value = "Kent"
    assert page.drafts[0].row["force"] == "Kent"


def test_an_empty_folder_says_what_to_do(tmp_path, package):
    page = review.page(tmp_path / "none", data=package)
    assert "Put text files" in page._place.value
    assert page.accept() is None


def test_all_done_is_said(package, folder):
    page = review.page(folder, data=package)
    page.skip()
    page.skip()
    assert "All 2 notices" in page._place.value


def test_a_file_that_is_no_text_is_said_and_can_be_skipped(package, folder):
    (folder / "a.txt").write_bytes(b"%PDF-1.4 \0\0")
    page = review.page(folder, data=package)
    assert "not a text file" in said(page)
    page.skip()
    assert page.notice.name == "b.txt"


def test_a_damaged_record_is_a_message(folder):
    (folder / STATE).write_text("{")
    with pytest.raises(StudyError, match="Move it away"):
        Queue(folder)


def test_the_record_holds_no_text_and_no_file_name(package, folder):
    page = review.page(folder, data=package)
    page.accept()
    kept = json.loads((folder / STATE).read_text())
    assert "dismissed" not in json.dumps(kept) and "a.txt" not in json.dumps(kept)


def test_a_record_is_whole_or_not_changed(folder, monkeypatch):
    queue = Queue(folder)
    queue.decide(folder / "a.txt", "skipped")
    before = (folder / STATE).read_bytes()

    def fails(*args, **kwargs):
        raise OSError("disk full")

    monkeypatch.setattr("analysis.review.queue.os.fsync", fails)
    with pytest.raises(StudyError, match="cannot be written"):
        queue.decide(folder / "b.txt", "skipped")
    assert (folder / STATE).read_bytes() == before
    assert sorted(p.name for p in folder.iterdir()) == [STATE, "a.txt", "b.txt", "picture.png"]


def test_html_in_a_notice_is_shown_not_run(package, folder):
    (folder / "a.txt").write_text("<script>alert(1)</script> " + DISMISSED)
    page = review.page(folder, data=package)
    assert "<script>" not in page._shown.value and "&lt;script&gt;" in page._shown.value


def test_a_draft_keeps_codes_in_the_order_of_the_list():
    draft = Draft()
    draft.set("breaches", ("discreditable_conduct", "honesty_and_integrity"))
    assert draft.row["breaches"] == "honesty_and_integrity;discreditable_conduct"
    assert draft.get("breaches") == ("honesty_and_integrity", "discreditable_conduct")


def test_the_form_has_every_coded_column():
    coded = [
        c.name
        for c in schema.columns("hearings")
        if c.name not in ("case_id", "source_id", "date_inferred", "as_alleged")
    ]
    assert list(FIELDS) == coded

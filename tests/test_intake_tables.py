"""Tables as they are published: whatever the format, the header is found and what is no case is set aside."""

import io

import openpyxl
import pytest

from analysis.errors import StudyError
from analysis.intake.mapping import is_heading
from analysis.intake.tables import decode, find_table, heading, read_document, set_aside
from analysis.intake.words import clean

ROWS = [["Date", "Rank", "Outcome"], ["10/04/2021", "PC", "Dismissed"], ["11/05/2021", "DS", "FWW"]]


def table(path, **options):
    return find_table(read_document(path), is_heading, **options)


def write(path, rows, delimiter=",", encoding="utf-8", end="\n"):
    path.write_bytes(end.join(delimiter.join(row) for row in rows).encode(encoding))
    return path


def plain_rows(found):
    return found.cells.to_numpy().tolist()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_any_delimiter_in_any_encoding(tmp_path, delimiter, encoding):
    rows = [*ROWS, ["12/06/2021", "PC’s £", "Dismissed – no notice"]]
    found = table(write(tmp_path / "t.csv", rows, delimiter, encoding, "\r\n"))
    assert list(found.cells.columns) == ROWS[0] and plain_rows(found) == rows[1:]


def test_text_of_windows_is_read_as_such():
    text = "“Management action” – officer’s £5 café é"
    assert decode(text.encode("cp1252")) == text
    assert decode(text.encode()) == text


def workbook(path, sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return book, path


def test_the_sheet_with_the_headings_is_picked(tmp_path):
    _, path = workbook(
        tmp_path / "t.xlsx", {"Notes": [["Read me"], ["Rank means rank"]], "Data": [["Title"], [], *ROWS]}
    )
    found = table(path)
    assert (found.sheet, found.title, plain_rows(found)) == ("Data", "Title", ROWS[1:])
    assert list(found.cells.index) == [4, 5]
    with pytest.raises(StudyError, match="there are 'Notes', 'Data'"):
        table(path, sheet="Cases")


def test_cells_merged_down_a_group_hold_for_the_group(tmp_path):
    rows = [
        ["Year", "Rank", "Outcome"],
        ["2021", "PC", "Dismissed"],
        [None, "DS", "FWW"],
        ["2022", "DC", "FWW"],
    ]
    book, path = workbook(tmp_path / "t.xlsx", {"A": [["Outcomes of hearings"], *rows]})
    book["A"].merge_cells("A1:C1")
    book["A"].merge_cells("A3:A4")
    book.save(path)
    assert table(path).cells["Year"].tolist() == ["2021", "2021", "2022"]


def test_days_of_a_workbook_are_days(tmp_path):
    import datetime as dt

    _, path = workbook(
        tmp_path / "t.xlsx",
        {"A": [ROWS[0], [dt.datetime(2021, 4, 10), "PC", "Dismissed"], [44197, "PC", 5.0]]},
    )
    assert plain_rows(table(path)) == [["2021-04-10", "PC", "Dismissed"], ["44197", "PC", "5"]]


def page(body):
    return f"<!doctype html><html><body>{body}</body></html>"


def test_web_pages_with_spans_lists_and_footnotes(tmp_path):
    path = tmp_path / "t.html"
    path.write_text(
        page(
            "<table><tr><td>Menu</td></tr></table><table><caption>Kent outcomes</caption>"
            "<tr><th>Date</th><th>Standards<sup>1</sup></th><th>Outcome</th></tr>"
            "<tr><td rowspan=2>May&nbsp;2021</td><td>Honesty<br>Confidentiality</td><td>FWW</td></tr>"
            "<tr><td><ul><li>Duties</li><li>Orders</li></ul></td><td>Dismissed</td></tr></table>"
        )
    )
    found = table(path)
    assert found.title == "Kent outcomes" and list(found.cells.columns) == ["Date", "Standards", "Outcome"]
    assert [[clean(cell) for cell in row] for row in plain_rows(found)] == [
        ["May 2021", "Honesty; Confidentiality", "FWW"],
        ["May 2021", "Duties; Orders", "Dismissed"],
    ]


def test_what_is_no_case_is_set_aside_and_counted(tmp_path):
    rows = [
        ["Misconduct outcomes 2021", "", ""],
        ["", "", ""],
        *ROWS,
        ["", "", ""],
        ROWS[0],
        ["12/06/2021", "PC", "NFA"],
        ["-", "–", "N/A"],
        ["Grand total", "", "1204"],
        ["* Provisional", "", ""],
        ["Note: outcomes are before appeal", "", ""],
    ]
    found = table(write(tmp_path / "t.csv", rows))
    assert list(found.cells.index) == [4, 5, 8]
    assert [why for _, why in found.set_aside] == [
        "header repeated",
        "nothing but dashes",
        "totals",
        "note",
        "note",
    ]
    assert "note: rows 11, 12" in set_aside(found.set_aside)


def test_a_row_with_one_cell_is_a_row_unless_it_reads_like_a_note(tmp_path):
    found = table(write(tmp_path / "t.csv", [*ROWS, ["", "", "Dismissed"]]))
    assert len(found.cells) == 3


def test_a_heading_in_two_rows(tmp_path):
    rows = [
        ["", "Officer", "Officer", "Result of"],
        ["Date", "Rank", "", "Outcome"],
        ["10/04/2021", "PC", "x", "FWW"],
    ]
    assert list(table(write(tmp_path / "t.csv", rows)).cells.columns) == [
        "Date",
        "Rank",
        "Officer",
        "Outcome",
    ]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.csv", b"", "is empty"),
        ("t.csv", b"  \n\n", "is empty"),
        ("t.pdf", b"%PDF-1.4 ...", "PDF"),
        ("t.xlsx", b"PK\x03\x04 broken", "no workbook"),
        ("t.xls", b"\xd0\xcf\x11\xe0 broken", "no workbook"),
        ("t.csv.gz", b"\x1f\x8b\x08", "compressed"),
        ("t.html", b"<html><p>Nothing here</p></html>", "without a table"),
        ("t.csv", b"a,b,c\n1,2,3\n", "no row with headings"),
        ("t.txt", b"A sentence, and nothing that is a table.\n", "no row with headings|no table"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(StudyError, match=said):
        table(path)
    with pytest.raises(StudyError, match="no such file"):
        read_document(tmp_path / "none.csv")


def test_a_word_document_is_named_as_such(tmp_path):
    import zipfile

    path = tmp_path / "t.docx"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    path.write_bytes(buffer.getvalue())
    with pytest.raises(StudyError, match="Word document"):
        read_document(path)


def test_headings_are_compared_by_their_words():
    assert heading("Outcome (Q5)") == heading("outcome:") == heading(" OUTCOME* ") == "outcome"
    assert heading("Rank & role") == heading("Rank and role")


@pytest.mark.parametrize("end", ["", '"'])
def test_a_quotation_mark_that_swallows_rows_refuses_the_file(tmp_path, end):
    path = tmp_path / "t.csv"
    lines = [
        "Date,Rank,Outcome",
        '10/04/2021,"PC,Dismissed',
        "11/04/2021,PC,Dismissed",
        f"12/04/2021,PC{end},FWW",
        "13/04/2021,PC,NFA",
    ]
    path.write_text("\n".join(lines))
    with pytest.raises(StudyError, match="row 2: a quotation mark"):
        table(path)
    path.write_text('Date,Rank,Outcome\n10/04/2021,PC,"Dismissed\nwithout notice"\n')
    assert plain_rows(table(path)) == [["10/04/2021", "PC", "Dismissed\nwithout notice"]]


def test_a_table_inside_the_table_that_lays_out_the_page(tmp_path):
    path = tmp_path / "t.html"
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in ROWS)
    path.write_text(page(f"<table><tr><td>Menu</td><td><table>{rows}</table></td></tr></table>"))
    assert plain_rows(table(path)) == ROWS[1:]

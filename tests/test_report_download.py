"""A table's data as a link in the page: whatever is in it, the reader gets the same file."""

import base64
import io
from types import SimpleNamespace
from urllib.parse import unquote

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from analysis import report


@pytest.fixture
def said(monkeypatch):
    """What is displayed."""
    outputs = []
    monkeypatch.setattr(report, "display", lambda output: outputs.append(output.data))
    return outputs


def shown(frame: pd.DataFrame, said: list[str]) -> BeautifulSoup:
    table = SimpleNamespace(frame=frame, html="<table></table>", caption="C", cells=frame)
    report.show_table(table, "cases")
    return BeautifulSoup(said[0], "html.parser")


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"force": ["Kent", "Essex"], "estimate": [0.25, 0.5]}),
        pd.DataFrame({"note": ['said "no", and\nleft & <gone>', "100 % +1 #2 'x' ; é – ½"]}),
        pd.DataFrame({"note": ["é½–" * 40, '"\n"' * 40]}),
        pd.DataFrame({"note": []}),
    ],
)
def test_the_link_gives_the_tables_data_in_the_shorter_of_two_forms(frame, said):
    link = shown(frame, said).find("a", download="cases.csv")
    kind, data = link["href"].split(",", 1)
    csv = frame.to_csv(index=False, lineterminator="\n")
    encoded = base64.b64encode(csv.encode()).decode()
    assert kind.startswith("data:text/csv;charset=utf-8")
    assert (base64.b64decode(data).decode() if kind.endswith(";base64") else unquote(data)) == csv
    assert len(data) <= len(encoded)
    assert not set(data) & set(" \n\"'<>#&")
    pd.testing.assert_frame_equal(pd.read_csv(io.StringIO(csv)), frame, check_dtype=False)

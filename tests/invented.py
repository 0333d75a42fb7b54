"""An invented case, of which the tests of the estimates make theirs."""

BASE = {
    "force": "Essex",
    "hearing_date": "2021-05-04",
    "date_inferred": "no",
    "proceeding": "misconduct_hearing",
    "role": "police_officer",
    "rank": "",
    "status": "serving",
    "breaches": "",
    "conduct": "",
    "finding": "gross_misconduct",
    "outcome": "dismissed",
    "admitted": "",
    "conviction": "",
    "private": "",
    "as_alleged": "no",
    "source_id": "S0001",
    "source_type": "news_report",
    "selected_on_outcome": "no",
    "scope": "single_hearing",
}

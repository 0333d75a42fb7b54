"""How numbers and codes are written for readers, in prose, tables and figures alike.

Rounding is half up, as is usual, and never turns nearly all into all or hardly any into none.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd

from .codelists import labels, load_codelist, lower_first

NARROW_SPACE = "\u202f"
MINUS = "\u2212"
NOT_STATED = "–"
TOO_FEW = "too few to say"

# Grouping column of an estimate to the code list that writes its codes out.
_CODELIST = {
    "role": "roles",
    "comparison": "roles",
    "reference": "roles",
    "breach": "standards",
    "breach_a": "standards",
    "breach_b": "standards",
    "breaches": "standards",
    "conduct": "conduct",
    "outcome": "outcomes",
    "finding": "findings",
    "proceeding": "proceedings",
    "regime": "regimes",
    "rank": "ranks",
    "source_type": "source_types",
    "scope": "scopes",
    "series": "official_series",
    "population": "official_populations",
    "stage": "official_stages",
    "measure": "official_measures",
}
_WORDS = {
    "selected_on_outcome": {
        "True": "Lists people because of their outcome",
        "yes": "Lists people because of their outcome",
        "False": "Not known to select on outcome",
        "no": "Not known to select on outcome",
    },
    "n_breaches": {"0": "Not stated", "1": "1 standard"},
    "sources": {
        "all": "All sources",
        "not_selected": "Without sources that list people because of their outcome",
        "complete_list": "Only sources that list every hearing",
    },
}
_HEADERS = {
    "breach": "Standard breached",
    "breaches": "Standards breached",
    "n_breaches": "Standards named",
    "financial_year": "Year to 31 March",
    "source_type": "Kind of source",
    "selected_on_outcome": "How the source selects",
    "regime": "Newest rules on the day",
    "hearing_date": "Date",
    "case_id": "Case",
    "proceeding": "Proceedings",
    "p_value": "p",
}


def label(column: str, code: Any) -> str:
    """A code of a grouping column, written out: ``label("breach", "use_of_force")`` is ``Use of force``.

    Parameters
    ----------
    column : name of the column that the code stands in.
    code : the code; anything not in the column's code list is returned as text, underscores as spaces.
    """
    if is_missing(code):
        return "Not stated"
    text = str(code)
    if text == "not_stated":
        return "Not stated"
    if text == "several":
        return "Several standards"
    if text in _WORDS.get(column, {}):
        return _WORDS[column][text]
    if column in _CODELIST:
        known = labels(_CODELIST[column])
        if text in known:
            return known[text]
    if column == "sources":
        return "Only: " + in_sentence("source_type", text)
    if column == "n_breaches" and text.isdigit():
        return f"{text} standards"
    return text if column in ("force", "source_id", "case_id") else upper_first(text.replace("_", " "))


def plural(column: str, code: Any) -> str:
    """A code as the name of a group: ``plural("role", "special_constable")`` is ``Special constables``."""
    if column in ("role", "comparison", "reference"):
        roles = load_codelist("roles")
        if str(code) in roles.index and "plural" in roles:
            return upper_first(roles.loc[str(code), "plural"])
    return label(column, code)


def header(column: str) -> str:
    """A column's name as a table heading: ``role`` is ``Role``."""
    return _HEADERS.get(column, upper_first(column.replace("_", " ")))


def percent(share: float | None, digits: int = 0) -> str:
    """A share as a percentage: 0.926 is ``93 %``, 0.998 is ``more than 99 %``, 0.001 is ``less than 1 %``.

    Parameters
    ----------
    share : proportion, 0 to 1; missing gives ``–``.
    digits : decimals.
    """
    if is_missing(share):
        return NOT_STATED
    return _share(share, digits) + NARROW_SPACE + "%"


def interval(low: float | None, high: float | None, digits: int = 0) -> str:
    """An interval of shares: ``81 to 97 %``. A bound missing gives ``–``."""
    if is_missing(low) or is_missing(high):
        return NOT_STATED
    return f"{_share(low, digits)} to {_share(high, digits)}{NARROW_SPACE}%"


def rate(estimate: float | None, low: float | None, high: float | None, digits: int = 0) -> str:
    """A share with its interval, as a table shows it: ``93 % (81 to 97)``."""
    if is_missing(estimate):
        return NOT_STATED
    if is_missing(low) or is_missing(high):
        return percent(estimate, digits)
    return f"{percent(estimate, digits)} ({_share(low, digits)} to {_share(high, digits)})"


def count(number: float | None) -> str:
    """A whole number with thousands marked: ``1,234``."""
    return NOT_STATED if is_missing(number) else f"{int(number):,}"


def of_total(numerator: float | None, denominator: float | None) -> str:
    """``38 of 41``."""
    if is_missing(numerator) or is_missing(denominator):
        return NOT_STATED
    return f"{count(numerator)} of {count(denominator)}"


def decimal(number: float | None, digits: int = 1) -> str:
    """A number with so many decimals, a true minus sign, and thousands marked: ``−1,234.5``."""
    if is_missing(number):
        return NOT_STATED
    rounded = _round(number, digits)
    return (MINUS if rounded < 0 else "") + f"{abs(rounded):,.{digits}f}"


def per_thousand(rate_: float | None, digits: int = 1) -> str:
    """A rate per 1,000 without its unit (which belongs in the heading): ``4.6``, or ``less than 0.1``."""
    return _not_quite_zero(rate_, digits)


def ratio(value: float | None, digits: int = 2) -> str:
    """A ratio: ``1.07``."""
    if not is_missing(value) and value == float("inf"):
        return "no upper limit"
    return _not_quite_zero(value, digits)


def p_value(p: float | None) -> str:
    """A p value: ``0.27``, ``0.045``, ``less than 0.001``, ``more than 0.99``."""
    if is_missing(p):
        return NOT_STATED
    if p < 0.001:
        return "less than 0.001"
    # three decimals where two would hide on which side of a usual threshold it lies
    if p < 0.0995:
        return f"{_round(p, 3):.3f}"
    rounded = _round(p, 2)
    return "more than 0.99" if rounded == 1 and p < 1 else f"{rounded:.2f}"


def points(difference: float | None, unit: bool = True, digits: int = 0) -> str:
    """A difference of two shares: 0.065 is ``7 percentage points``, −0.04 is ``−4 percentage points``.

    Parameters
    ----------
    difference : of proportions, −1 to 1.
    unit : whether the words follow the number.
    digits : decimals.
    """
    if is_missing(difference):
        return NOT_STATED
    rounded = _round(Decimal(repr(float(difference))) * 100, digits)
    number = (MINUS if rounded < 0 else "") + f"{abs(rounded):.{digits}f}"
    if not unit:
        return number
    return f"{number} percentage point{'' if abs(rounded) == 1 else 's'}"


def points_interval(low: float | None, high: float | None, digits: int = 0) -> str:
    """An interval of differences: ``−5 to 14``; the unit belongs in the heading or the sentence."""
    if is_missing(low) or is_missing(high):
        return NOT_STATED
    return f"{points(low, False, digits)} to {points(high, False, digits)}"


def cases(number: int) -> str:
    """``1 case``, ``1,234 cases``."""
    return f"{count(number)} case{'' if number == 1 else 's'}"


def too_few_note(tidy: pd.DataFrame, min_count: int | None = None) -> str:
    """What "too few to say" means; the minimum count is the frame's own (``attrs["min_count"]``) where not given."""
    least = min_count or tidy.attrs.get("min_count")
    fewer = f"fewer than {least} cases" if least else "fewer cases than the study's minimum"
    return f"{upper_first(TOO_FEW)}: {fewer} with a known outcome."


def join_words(words: Sequence[str], last: str = "and") -> str:
    """Words in a sentence: ``a``, ``a and b``, ``a, b and c``; an empty list is an empty string."""
    words = list(words)
    return " ".join(words) if len(words) < 2 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def in_sentence(column: str, code: Any) -> str:
    """A code written out as it stands inside a sentence: ``use of force``."""
    text = label(column, code)
    return text if column == "force" else lower_first(text)


def group_in_sentence(column: str, code: Any) -> str:
    """A group's name as it stands inside a sentence: ``special constables``."""
    return lower_first(plural(column, code))


def upper_first(text: str) -> str:
    """The text with its first letter capital."""
    return text[:1].upper() + text[1:]


def sentence(text: Any, stop: bool = True) -> str:
    """The text as a sentence: a capital first and, where `stop`, a full stop; nothing where it is missing."""
    if is_missing(text):
        return ""
    words = str(text).strip()
    return upper_first(words) + ("." if stop and not words.endswith((".", "!", "?")) else "")


def day(date: Any) -> str:
    """``30 September 2023``."""
    if is_missing(date):
        return NOT_STATED
    date = pd.Timestamp(date)
    return f"{date.day} {date:%B %Y}"


def is_missing(value: Any) -> bool:
    """None, NaN, NA or an empty string or list."""
    if isinstance(value, (str, tuple, list)):
        return len(value) == 0
    return value is None or bool(pd.isna(value))


def _share(share: float, digits: int) -> str:
    rounded = _round(Decimal(repr(float(share))) * 100, digits)
    step = Decimal(1).scaleb(-digits)
    if rounded >= 100 and share < 1:
        return f"more than {100 - step:.{digits}f}"
    if rounded <= 0 and share > 0:
        return f"less than {step:.{digits}f}"
    return f"{rounded:.{digits}f}"


def _not_quite_zero(value: float | None, digits: int) -> str:
    if is_missing(value):
        return NOT_STATED
    rounded = _round(value, digits)
    if rounded == 0 and value > 0:
        return f"less than {Decimal(1).scaleb(-digits):.{digits}f}"
    return decimal(value, digits)


def _round(number: float | Decimal, digits: int) -> Decimal:
    exact = number if isinstance(number, Decimal) else Decimal(repr(float(number)))
    return exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)

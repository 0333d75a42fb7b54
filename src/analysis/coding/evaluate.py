"""How well the coder does on notices that somebody coded by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from ..errors import DataError, Problem, StudyError
from .files import read_notice
from .notice import code_notice
from .result import FIELDS, SEVERAL

_WEIGHT = {"outcome": 3.0, "role": 3.0, "finding": 3.0, "rank": 1.5, "status": 1.5}
NONE = "(none)"


@dataclass(frozen=True)
class Evaluation:
    """The coder against hand-coded notices.

    Attributes
    ----------
    fields : one row a field: `field`; `gold`, rows that the hand-coder filled; `filled`, rows that the coder filled;
        `correct`, equal in both; `wrong`, filled in both and different; `spurious`, filled by the coder alone;
        `precision` (correct of filled), `recall` (correct of gold), `coverage` (filled where gold is, of gold); for
        breaches and conduct `f1`, over their codes one by one.
    confusion : outcome by hand (rows) against the coder's (columns), counts; "(none)" where one has no value or no row.
    differences : one row a cell that differs: `text`, `row`, `field`, `gold`, `coded`.
    texts, rows, coded, matched : numbers of texts, of rows by hand, of rows by the coder, and of pairs.
    """

    fields: pd.DataFrame
    confusion: pd.DataFrame
    differences: pd.DataFrame
    texts: int
    rows: int
    coded: int
    matched: int


def read_gold(path: Path) -> pd.DataFrame:
    """Hand-coded notices: a CSV file with `text` (a file's name) and the fields of `hearings.csv`.

    Parameters
    ----------
    path : UTF-8 CSV. `published` (YYYY-MM-DD) is optional. One row a person; a text without a concluded case has one row
        with no field filled.

    Raises
    ------
    StudyError : not a CSV file. DataError : a column is missing or unknown, or a cell is empty that may not be.
    """
    try:
        gold = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError:
        raise StudyError(f"{path}: there is no such file. Give the CSV file of hand-coded rows.") from None
    except (OSError, ValueError) as error:
        raise StudyError(f"{path} cannot be read as CSV ({error}).") from None
    name = str(path)
    problems = [
        Problem(name, "is missing", column=column, suggestion=f"Expected text, then {', '.join(FIELDS)}.")
        for column in ("text", *FIELDS)
        if column not in gold
    ]
    if not problems:
        problems = [
            Problem(
                name,
                "is empty, but every row needs it",
                row=n + 2,
                column="text",
                suggestion="Write the file's name.",
            )
            for n, cell in enumerate(gold["text"])
            if not cell.strip()
        ]
    if problems:
        raise DataError(problems)
    return gold


def evaluate(gold: pd.DataFrame, texts: Path) -> Evaluation:
    """Code every text and compare with the rows coded by hand.

    Parameters
    ----------
    gold : as of `read_gold`.
    texts : folder of the text files.

    Returns
    -------
    Evaluation. The rows of one text are paired so that they agree most: a row too many counts against precision, a row
    too few against recall. A cell that the coder fills where the hand-coder did not counts against precision.

    Raises
    ------
    StudyError : a text is not in the folder, or a day of publication is none.
    """
    score = {field: Counter() for field in FIELDS}
    codes = {field: Counter() for field in SEVERAL}
    confusion: Counter[tuple[str, str]] = Counter()
    differences: list[dict[str, object]] = []
    rows = coded_rows = matched = 0
    groups = gold.groupby("text", sort=True)
    for name, group in groups:
        by_hand = [row for row in group[list(FIELDS)].to_dict("records") if any(row.values())]
        published = group["published"].iloc[0] if "published" in group else ""
        coded = [
            case.row() for case in code_notice(read_notice(texts / str(name)), published=published or None)
        ]
        pairs = _pair(by_hand, coded)
        rows, coded_rows = rows + len(by_hand), coded_rows + len(coded)
        matched += sum(1 for hand, own in pairs if hand is not None and own is not None)
        for number, (hand, own) in enumerate(pairs, 1):
            for field in FIELDS:
                left, right = _cell(hand, field), _cell(own, field)
                _count(score[field], left, right)
                if field in SEVERAL:
                    _count_codes(codes[field], left, right)
                if left != right:
                    differences.append(
                        {
                            "text": name,
                            "row": number,
                            "field": field,
                            "gold": ";".join(left),
                            "coded": ";".join(right),
                        }
                    )
            confusion[(_cell(hand, "outcome") or (NONE,))[0], (_cell(own, "outcome") or (NONE,))[0]] += 1
    return Evaluation(
        _fields(score, codes),
        _confusion(confusion),
        pd.DataFrame(differences, columns=["text", "row", "field", "gold", "coded"]),
        len(groups),
        rows,
        coded_rows,
        matched,
    )


Row = Mapping[str, str]


def _cell(row: Row | None, field: str) -> tuple[str, ...]:
    if row is None or not row[field]:
        return ()
    return tuple(sorted(part for part in row[field].split(";") if part))


def _agreement(hand: Row, own: Row) -> float:
    total = 0.0
    for field in FIELDS:
        left, right = _cell(hand, field), _cell(own, field)
        if not left and not right:
            continue
        same = len(set(left) & set(right)) / max(1, len(set(left) | set(right)))
        total += _WEIGHT.get(field, 1.0) * same
    return total


def _pair(by_hand: Sequence[Row], coded: Sequence[Row]) -> list[tuple[Row | None, Row | None]]:
    """Rows of one text, paired so that the sum of agreements is greatest.

    Note
    ----
    Exact for up to twelve rows a side (dynamic programming over the rows taken); beyond, best pairs first. The assignment
    of SciPy would do both, but only `estimates` uses SciPy in this study.
    """
    if len(by_hand) > 12 or len(coded) > 12:
        return _greedy(by_hand, coded)

    @cache
    def best(hand: int, taken: int) -> tuple[float, tuple[int | None, ...]]:
        if hand == len(by_hand):
            return 0.0, ()
        value, rest = best(hand + 1, taken)
        options: list[tuple[float, tuple[int | None, ...]]] = [(value, (None, *rest))]
        for own in range(len(coded)):
            if not taken & 1 << own:
                value, rest = best(hand + 1, taken | 1 << own)
                # a pair that agrees in nothing is still a pair
                options.append((value + _agreement(by_hand[hand], coded[own]) + 1e-6, (own, *rest)))
        return max(options, key=lambda option: option[0])

    chosen = best(0, 0)[1]
    pairs: list[tuple[Row | None, Row | None]] = [
        (hand, None if own is None else coded[own]) for hand, own in zip(by_hand, chosen, strict=True)
    ]
    return pairs + [(None, row) for own, row in enumerate(coded) if own not in chosen]


def _greedy(by_hand: Sequence[Row], coded: Sequence[Row]) -> list[tuple[Row | None, Row | None]]:
    ranked = sorted(
        ((_agreement(hand, own), -i, -j) for i, hand in enumerate(by_hand) for j, own in enumerate(coded)),
        reverse=True,
    )
    partner: dict[int, int] = {}
    for _, i, j in ranked:
        if -i not in partner and -j not in partner.values():
            partner[-i] = -j
    pairs: list[tuple[Row | None, Row | None]] = [
        (hand, coded[partner[i]] if i in partner else None) for i, hand in enumerate(by_hand)
    ]
    return pairs + [(None, row) for j, row in enumerate(coded) if j not in partner.values()]


def _count(counts: Counter, hand: tuple[str, ...], own: tuple[str, ...]) -> None:
    counts["gold"] += bool(hand)
    counts["filled"] += bool(own)
    counts["correct"] += bool(own) and hand == own
    counts["wrong"] += bool(hand) and bool(own) and hand != own
    counts["spurious"] += bool(own) and not hand


def _count_codes(counts: Counter, hand: tuple[str, ...], own: tuple[str, ...]) -> None:
    both = set(hand) & set(own)
    counts["both"] += len(both)
    counts["hand"] += len(hand)
    counts["own"] += len(own)


def _fields(score: dict[str, Counter], codes: dict[str, Counter]) -> pd.DataFrame:
    rows = []
    for field, counts in score.items():
        row: dict[str, object] = {"field": field}
        row |= {name: int(counts[name]) for name in ("gold", "filled", "correct", "wrong", "spurious")}
        row["precision"] = _share(counts["correct"], counts["filled"])
        row["recall"] = _share(counts["correct"], counts["gold"])
        row["coverage"] = _share(counts["correct"] + counts["wrong"], counts["gold"])
        own = codes.get(field)
        row["f1"] = _share(2 * own["both"], own["hand"] + own["own"]) if own is not None else float("nan")
        rows.append(row)
    return pd.DataFrame(rows)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def _confusion(counts: Counter[tuple[str, str]]) -> pd.DataFrame:
    from ..codelists import labels

    order = [*labels("outcomes"), NONE]
    seen = {value for pair in counts for value in pair}
    names = [value for value in [*order, *sorted(seen - set(order))] if value in seen]
    table = pd.DataFrame(0, index=pd.Index(names, name="by hand"), columns=pd.Index(names, name="coded"))
    for (hand, own), number in counts.items():
        table.loc[hand, own] = number
    return table

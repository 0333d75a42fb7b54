"""One case told by two sources: pairs are scored by how much what they share speaks for it, listed for a decision, and
not listed again once it is taken. No row is deleted."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from .. import schema
from ..errors import StudyError
from ..partial_dates import PartialDate
from ..paths import data_folder, data_in
from ..reading import read
from ..writing import changing, replace_together
from .store import FACTS, as_csv

#: Bits of evidence from which a pair is listed, and from which it is called likely.
POSSIBLE, LIKELY = 5.0, 9.0
#: Decision to what is recorded: strength and words.
DECISIONS = {
    "same": ("likely", "one case told twice: the second is left out where duplicates are"),
    "different": ("different", "two cases"),
    "unsure": ("possible", "kept: cannot be told apart or together"),
}
#: Days between two dates of one case, at most: sources date a hearing by its first or last day, or by the report.
_NEAR = 10
# Share of true pairs by how their dates compare: the same day, near, or (a source in error) apart.
_DATED = {"same": 0.70, "near": 0.25, "apart": 0.05}
#: Pairs of one force and role compared at a time; beyond, only those of the same day and outcome are.
_MOST_PAIRS = 4_000_000


def possible_duplicates(
    new: Iterable[str] | None = None, *, least: float = POSSIBLE, data: Path | None = None, most: int = 1000
) -> pd.DataFrame:
    """Pairs of cases from different sources that may be one case told twice, undecided ones only.

    Parameters
    ----------
    new : case ids; only pairs with one of them. By default all pairs.
    least : bits of evidence from which a pair is listed.
    data : folder of the data package; by default ours.
    most : pairs at most, those with the most evidence first.

    Returns
    -------
    DataFrame, the most likely first: `case_id_a` (the fuller telling, which stays where duplicates are left out),
    `case_id_b`, `score` (bits), `strength` (likely, possible) and `reason` (what the two share).

    Notes
    -----
    After Fellegi and Sunter (Journal of the American Statistical Association 64, 1969): each field in which both are
    filled adds log2(m / u) where they agree and log2((1 − m) / (1 − u)) where not. m, how often two tellings of one case
    agree, is taken from the pages coded twice (`double_coded.csv`); u, how often two cases agree by chance, is the share
    of the value in the data (for lists and dates: of pairs that overlap). Compared are cases of the same force and role
    whose outcomes, where both are known, are the same, whose dates are not more than ten days apart or too vague to tell,
    and whose standards, where both are named, overlap. The score orders the list; it is no probability.
    """
    folder = Path(data) if data is not None else data_folder()
    with data_in(folder):
        hearings = _cells(folder, "hearings")
        known = _cells(folder, "possible_duplicates")
        weights = _Weights(hearings, _cells(folder, "double_coded"))
    decided = {frozenset(pair) for pair in zip(known["case_id_a"], known["case_id_b"], strict=True)}
    wanted = set(hearings["case_id"]) if new is None else set(new)
    arrays = _Arrays(hearings)
    found: list[tuple[float, int, int]] = []
    for _, places in hearings.groupby(["force", "role"], sort=True).indices.items():
        mine = np.array([p for p in places if hearings["case_id"].iat[p] in wanted])
        if len(mine):
            found += _pairs(arrays, weights, mine, np.asarray(places), least)
    ids, filled = hearings["case_id"].to_numpy(), hearings[list(FACTS)].ne("").sum(axis=1).to_numpy()
    rows = []
    for score, one, other in sorted(found, key=lambda f: (-f[0], f[1], f[2])):
        if frozenset((ids[one], ids[other])) in decided:
            continue
        first, second = sorted((one, other), key=lambda place: (-filled[place], place))
        rows.append(
            (
                ids[first],
                ids[second],
                round(score, 1),
                "likely" if score >= LIKELY else "possible",
                arrays.shared(first, second),
            )
        )
        if len(rows) == most:
            break
    return pd.DataFrame(rows, columns=["case_id_a", "case_id_b", "score", "strength", "reason"])


def decide(first: str, second: str, decision: str, *, data: Path | None = None) -> None:
    """Record what was decided of a pair in possible_duplicates.csv, so that it is not asked again.

    Parameters
    ----------
    first, second : case ids; the second is left out where duplicates are.
    decision : same, different or unsure. A pair decided before is decided anew.
    data : folder of the data package; by default ours.

    Raises
    ------
    StudyError : no such case or decision.
    """
    folder = Path(data) if data is not None else data_folder()
    if decision not in DECISIONS:
        raise StudyError(f"There is no decision {decision!r}; there are {', '.join(DECISIONS)}.")
    if first == second:
        raise StudyError("A case cannot be its own duplicate: name two.")
    with data_in(folder), changing(folder):
        hearings = _cells(folder, "hearings")
        places = {case: place for place, case in enumerate(hearings["case_id"])}
        for case in (first, second):
            if case not in places:
                raise StudyError(f"There is no case {case!r} in hearings.csv.")
        known = _cells(folder, "possible_duplicates")
        pair = {first, second}
        known = known[[{a, b} != pair for a, b in zip(known["case_id_a"], known["case_id_b"], strict=True)]]
        strength, said = DECISIONS[decision]
        reason = _Arrays(hearings).shared(places[first], places[second])
        row = pd.DataFrame([dict(zip(known.columns, (first, second, strength, reason, said), strict=True))])
        table = pd.concat([known, row]).sort_values(["case_id_a", "case_id_b"], kind="stable")
        replace_together(folder, {schema.file_of("possible_duplicates"): as_csv(table)})


def _cells(folder: Path, table: str) -> pd.DataFrame:
    path = folder / schema.file_of(table)
    cells = read(path, path).cells
    wanted = [c.name for c in schema.columns(table)]
    if missing := [name for name in wanted if name not in cells]:
        raise StudyError(f"{path}: lacks the column {missing[0]}. Check it: misconduct validate")
    return cells[wanted].reset_index(drop=True)


_SINGLE = ("outcome", "finding", "rank", "proceeding", "conviction", "private")
_LISTS = ("breaches", "conduct")


class _Arrays:
    """What is compared, as numbers: 0 is empty."""

    def __init__(self, hearings: pd.DataFrame):
        self.hearings = hearings
        self.source = hearings["source_id"].to_numpy()
        self.single = {name: _numbered(hearings[name]) for name in _SINGLE}
        self.lists = {name: _bits(hearings[name]) for name in _LISTS}
        dates = {text: PartialDate.parse(text) for text in hearings["hearing_date"].unique() if text}
        span = {text: (d.first.toordinal(), d.last.toordinal()) for text, d in dates.items()} | {"": (0, 0)}
        both = np.array([span[text] for text in hearings["hearing_date"]]).reshape(-1, 2)
        self.first, self.last = both[:, 0], both[:, 1]

    def shared(self, one: int, other: int) -> str:
        """What two cases have in common, in words."""
        said = ["same force and role"]
        for name in ("outcome", "finding", "rank"):
            codes = self.single[name][0]
            if codes[one] and codes[one] == codes[other]:
                said.append(f"same {name}")
        dated = [self.first[p] for p in (one, other)]
        apart = max(self.first[one] - self.last[other], self.first[other] - self.last[one])
        if not all(dated):
            said.append("one or both undated")
        elif self.first[one] == self.last[one] and self.first[other] == self.last[other]:
            said.append("same day" if apart == 0 else f"{apart} days apart" if apart > 1 else "1 day apart")
        else:
            said.append("dates that fit" if apart <= 0 else f"dates {apart} days apart")
        for name, words in (("conduct", "shared conduct"), ("breaches", "shared standards")):
            if self.lists[name][one] & self.lists[name][other]:
                said.append(words)
        return ", ".join(said)


def _numbered(cells: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Each value's number (0 where empty), and the share of each among the filled."""
    codes, values = pd.factorize(cells.mask(cells.eq("")))
    codes = codes + 1
    counts = np.bincount(codes, minlength=len(values) + 1).astype(float)
    share = counts / max(counts[1:].sum(), 1)
    share[0] = 1.0
    return codes, share


def _bits(cells: pd.Series) -> np.ndarray:
    codes = sorted({code for cell in cells.unique() for code in cell.split(";") if code})
    bit = {code: 1 << n for n, code in enumerate(codes)}
    known = {cell: sum(bit[code] for code in cell.split(";") if code) for cell in cells.unique()}
    return cells.map(known).to_numpy(dtype="int64")


class _Weights:
    """How often tellings of one case agree (m), and two cases by chance (u)."""

    def __init__(self, hearings: pd.DataFrame, twice: pd.DataFrame):
        one = twice[twice["coder"].eq("A")].set_index("dc_id")
        other = twice[twice["coder"].eq("B")].set_index("dc_id").reindex(one.index).fillna("")
        self.m = {}
        for name in (*_SINGLE, *_LISTS):
            filled = one[name].ne("") & other[name].ne("")
            if name in _LISTS:
                agree = [
                    bool(set(a.split(";")) & set(b.split(";")))
                    for a, b in zip(one[name][filled], other[name][filled], strict=True)
                ]
            else:
                agree = one[name][filled].eq(other[name][filled]).tolist()
            # One agreement and one disagreement more than seen: no field is ever sure.
            self.m[name] = (sum(agree) + 1) / (len(agree) + 2)
        sample = hearings.iloc[:: max(1, len(hearings) // 800)]
        arrays = _Arrays(sample)
        upper = np.triu_indices(len(sample), 1)
        self.u = {}
        for name in _LISTS:
            a, b = arrays.lists[name][upper[0]], arrays.lists[name][upper[1]]
            filled = (a > 0) & (b > 0)
            self.u[name] = (((a & b) > 0) & filled).sum() / max(filled.sum(), 1)
        exact = (arrays.first == arrays.last) & (arrays.first > 0)
        days = np.abs(arrays.first[upper[0]] - arrays.first[upper[1]])[exact[upper[0]] & exact[upper[1]]]
        total = max(len(days), 1)
        self.same_day = max((days == 0).sum() / total, 1 / total)
        self.near = max(((days > 0) & (days <= _NEAR)).sum() / total, 1 / total)


def _pairs(
    arrays: _Arrays, weights: _Weights, mine: np.ndarray, all_: np.ndarray, least: float
) -> list[tuple[float, int, int]]:
    """Scored pairs of one force and role, each once."""
    is_mine = np.isin(all_, mine)
    if len(mine) * len(all_) > _MOST_PAIRS:
        one, other = _same_day(arrays, mine, all_)
    else:
        one, other = (part.ravel() for part in np.meshgrid(mine, all_, indexing="ij"))
    both_mine = np.isin(other, all_[is_mine])
    keep = (arrays.source[one] != arrays.source[other]) & (~both_mine | (one < other))
    one, other = one[keep], other[keep]
    score = np.zeros(len(one))
    # Dates
    dated = (arrays.first[one] > 0) & (arrays.first[other] > 0)
    exact = dated & (arrays.first[one] == arrays.last[one]) & (arrays.first[other] == arrays.last[other])
    apart = np.maximum(arrays.first[one] - arrays.last[other], arrays.first[other] - arrays.last[one])
    possible = ~dated | (apart <= _NEAR)
    score += np.where(exact & (apart == 0), np.log2(_DATED["same"] / weights.same_day), 0)
    score += np.where(exact & (apart > 0), np.log2(_DATED["near"] / weights.near), 0)
    # A month or a year that fits: as much as so long a span tells, of some fifteen years.
    length = np.maximum(arrays.last[one] - arrays.first[one], arrays.last[other] - arrays.first[other]) + 1
    score += np.where(
        dated & ~exact, np.maximum(0, np.log2((1 - _DATED["apart"]) * 5500 / (length + 2 * _NEAR))), 0
    )
    for name in _SINGLE:
        codes, share = arrays.single[name]
        a, b = codes[one], codes[other]
        filled, m = (a > 0) & (b > 0), weights.m[name]
        chance = np.minimum(share[a], 0.99)
        agree, differ = np.log2(m / chance), np.log2((1 - m) / (1 - chance))
        score += np.where(filled, np.where(a == b, agree, differ), 0)
        if name == "outcome":
            possible &= ~filled | (a == b)
    for name in _LISTS:
        a, b = arrays.lists[name][one], arrays.lists[name][other]
        filled, m, u = (a > 0) & (b > 0), weights.m[name], min(max(weights.u[name], 0.01), 0.99)
        overlap = (a & b) > 0
        score += np.where(filled, np.where(overlap, np.log2(m / u), np.log2((1 - m) / (1 - u))), 0)
        if name == "breaches":
            possible &= ~filled | overlap
    chosen = possible & (score >= least)
    return list(zip(score[chosen].tolist(), one[chosen].tolist(), other[chosen].tolist(), strict=True))


def _same_day(arrays: _Arrays, mine: np.ndarray, all_: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of the same day and outcome, where comparing all with all would be too much."""
    frame = pd.DataFrame(
        {"place": all_, "day": arrays.first[all_], "outcome": arrays.single["outcome"][0][all_]}
    )
    frame = frame[(frame["day"] > 0) & (arrays.first[frame["place"]] == arrays.last[frame["place"]])]
    # Where many cases share a day nothing tells which is which: the rows of a big import say little of each other.
    size = frame.groupby(["day", "outcome"])["place"].transform("size")
    frame = frame[size <= 50]
    pairs = frame[frame["place"].isin(mine)].merge(frame, on=["day", "outcome"])
    return pairs["place_x"].to_numpy(), pairs["place_y"].to_numpy()

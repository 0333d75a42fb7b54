"""Reliability of the coding: how far two coders who read the same page, each on their own, wrote the same."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from ..codelists import load_codelist, nearest_word
from ..errors import StudyError
from .grouping import NOT_STATED
from .intervals import interval_label, percent_level, proportion_interval
from .tidy import tidy

BASES = ("all values", "both filled")
"""`all values`: an empty field is an answer like any other. `both filled`: only pages where neither coder left
the field empty."""
MEASURES = ("raw agreement", "Cohen's kappa", "Gwet's AC1")
AGREEMENT_EXTRAS = ("disagreements", "categories", "too_few", "note")
_SETS = {"breaches": "standards", "conduct": "conduct"}
_CODELIST = {
    "role": "roles",
    "rank": "ranks",
    "finding": "findings",
    "outcome": "outcomes",
    "proceeding": "proceedings",
}
_CODERS = ("A", "B")
# Below so many pages of disagreement (or of agreement) resampling hardly ever draws another number of them.
_FEW = 5
_RESAMPLES = 1999
_SEED = 20_261_125


@dataclass(frozen=True)
class Pair:
    """What two coders wrote on the same pages: one value a page each, empty text where they wrote nothing."""

    first: np.ndarray
    second: np.ndarray

    def __len__(self) -> int:
        return len(self.first)

    @property
    def categories(self) -> int:
        """Different values that occur."""
        return len(set(self.first) | set(self.second))


def coding_agreement(
    double_coded: pd.DataFrame,
    fields: Iterable[str] | None = None,
    *,
    level: float = 0.95,
    min_count: int = 5,
) -> pd.DataFrame:
    """Agreement between the two coders, field by field: raw, and beyond chance by two coefficients.

    Parameters
    ----------
    double_coded : as `load_double_coded` returns it: two rows a page (`dc_id`), of `coder` A and B.
    fields : which coded fields; by default all of them.
    level : confidence level.
    min_count : agreement on fewer pages is flagged `too_few`.

    Returns
    -------
    DataFrame, one row for each field, value, measure and basis:

    - `field`; `value` (empty for the field as a whole, where breaches and conduct must be the same set and a
      date the same to the day; a code for whether one standard or kind of conduct is mentioned; ``year`` for the
      year of the hearing date);
    - `measure` : raw agreement, Cohen's kappa, Gwet's AC1; `basis` : see `BASES`;
    - `TIDY_COLUMNS` : the numerator is the pages on which the coders agree, the denominator the pages;
    - `disagreements` (int, pages), `categories` (int, different values that occur), `too_few` (bool), `note`
      (why a coefficient is not defined, otherwise empty).

    A row does not depend on the order of the pages or on which other fields are asked for.

    Raises
    ------
    StudyError : no such field, or a page without exactly one row of each coder.

    Notes
    -----
    The chance agreement of AC1 depends on how many categories there are. Those that occur are counted, which
    gives the smaller coefficient where a code list has more.

    Intervals of the coefficients come from resampling pages (BCa bootstrap), but only where at least five pages
    disagree and five agree. With fewer, resampling cannot see the disagreements that did not happen to be
    drawn: with one in a hundred pages miscoded by each coder and 55 pages, the bootstrap's 95 % interval held
    the true coefficient in 65 % of simulated samples, this rule's in at least 91 % in every setting tried. There the
    Wilson interval of the raw agreement is carried over, with the chance agreement as it was found.

    References
    ----------
    Cohen J (1960). A coefficient of agreement for nominal scales. *Educational and Psychological Measurement*
    20, 37–46. Gwet KL (2008). Computing inter-rater reliability and its variance in the presence of high
    agreement. *British Journal of Mathematical and Statistical Psychology* 61, 29–48. Efron B (1987). Better
    bootstrap confidence intervals. *JASA* 82, 171–185. Wilson (1927), as `sanction_rates`.
    """
    pages = paired(double_coded)
    known = list(dict.fromkeys(pages.columns.get_level_values(0)))
    wanted = known if fields is None else list(dict.fromkeys(fields))
    rows = []
    for field in wanted:
        _check_field(field, known)
        for value, pair in _readings(pages, field):
            for basis, some in ((BASES[0], pair), (BASES[1], _filled(pages, field, pair))):
                rows += [
                    {"field": field, "value": value, "basis": basis} | row for row in _agreement(some, level)
                ]
    columns = ["field", "value", "measure", "basis"]
    frame = pd.DataFrame(
        rows, columns=["field", "value", "basis", *_agreement(Pair(*[np.array([], str)] * 2), level)[0]]
    )
    frame["too_few"] = frame["denominator"] < min_count
    frame.attrs = {"min_count": min_count}
    return tidy(frame, columns, AGREEMENT_EXTRAS)


def confusion(double_coded: pd.DataFrame, field: str) -> pd.DataFrame:
    """How often each value of one coder met each value of the other.

    Parameters
    ----------
    double_coded : as `load_double_coded` returns it.
    field : a coded field, such as role, finding or outcome.

    Returns
    -------
    DataFrame : `field`, `coder_a`, `coder_b` (ordered categoricals of the values that either coder used, in the
        order of the code list, ``not_stated`` last), `pages` (int) and `agree` (bool); every combination has
        its row. Counts are no estimate: there are no tidy columns.

    Raises
    ------
    StudyError : as for `coding_agreement`.
    """
    pages = paired(double_coded)
    _check_field(field, list(dict.fromkeys(pages.columns.get_level_values(0))))
    pair = next(pair for value, pair in _readings(pages, field) if value == "")
    shown = [pd.Series(v).replace("", NOT_STATED) for v in (pair.first, pair.second)]
    order = _order(field, set(shown[0]) | set(shown[1]))
    counts = pd.crosstab(
        pd.Categorical(shown[0], order, ordered=True),
        pd.Categorical(shown[1], order, ordered=True),
        dropna=False,
    )
    rows = [
        {"field": field, "coder_a": a, "coder_b": b, "pages": int(counts.loc[a, b]), "agree": a == b}
        for a in order
        for b in order
    ]
    result = pd.DataFrame(rows, columns=["field", "coder_a", "coder_b", "pages", "agree"])
    for column in ("coder_a", "coder_b"):
        result[column] = pd.Categorical(result[column], categories=order, ordered=True)
    return result


def paired(double_coded: pd.DataFrame) -> pd.DataFrame:
    """The reliability sample as one row a page, with columns (field, coder), pages in the order of their id.

    Raises
    ------
    StudyError : columns are missing, or a page has not exactly one row of each coder.
    """
    if missing := sorted({"dc_id", "coder"} - set(double_coded.columns)):
        raise StudyError(
            f"The reliability sample lacks the column(s) {', '.join(missing)}: load it with load_double_coded()."
        )
    counts = double_coded.groupby("dc_id")["coder"].agg(lambda coders: tuple(sorted(coders)))
    if (wrong := counts[counts != _CODERS]).any() if len(counts) else False:
        page, coders = wrong.index[0], wrong.iloc[0]
        raise StudyError(
            f"double_coded: page {page!r} was coded by {', '.join(map(str, coders))}; every page needs one row of coder "
            f"A and one of coder B ({len(wrong)} page{'' if len(wrong) == 1 else 's'} like that)."
        )
    texts = double_coded.fillna("").astype(str)
    by_coder = {
        coder: texts[texts["coder"].eq(coder)].set_index("dc_id").drop(columns="coder").sort_index()
        for coder in _CODERS
    }
    return pd.concat(by_coder, axis=1).swaplevel(axis=1)


def coded_pair(pages: pd.DataFrame, field: str) -> Pair:
    """What each coder wrote in a field; lists of codes in one order, without repeats. `pages` is of `paired`."""
    first, second = (pages[field][coder].str.strip().to_numpy(dtype=str) for coder in _CODERS)
    if field in _SETS:
        first, second = (
            np.array([";".join(sorted(_codes(t))) for t in texts], str) for texts in (first, second)
        )
    return Pair(first, second)


def coefficients(pair: Pair) -> tuple[float, float, float]:
    """Raw agreement, Cohen's kappa and Gwet's AC1 of two coders; NaN where a coefficient is not defined."""
    if not len(pair):
        return math.nan, math.nan, math.nan
    agreement, kappa_chance, ac1_chance = _chance(pair)(np.ones((1, len(pair)))[0])
    return (
        float(agreement),
        float(_beyond(agreement, kappa_chance)),
        float(_beyond(agreement, ac1_chance)),
    )


def _check_field(field: str, known: list[str]) -> None:
    if field not in known:
        near = nearest_word(str(field), known)
        hint = f" Did you mean {near!r}?" if near else ""
        raise StudyError(f"There is no coded field {field!r}; there are {', '.join(known)}.{hint}")


def _codes(text: str) -> set[str]:
    return {code.strip() for code in text.split(";") if code.strip()}


def _readings(pages: pd.DataFrame, field: str) -> Iterator[tuple[str, Pair]]:
    """The field as a whole and then the parts of it that are compared on their own."""
    pair = coded_pair(pages, field)
    yield "", pair
    if field in _SETS:
        used = set().union(*(_codes(t) for t in (*pair.first, *pair.second)))
        for code in _order(field, used):
            yield (
                code,
                Pair(
                    *(
                        np.array(["yes" if code in _codes(t) else "no" for t in texts], str)
                        for texts in (pair.first, pair.second)
                    )
                ),
            )
    if field == "hearing_date":
        yield "year", Pair(*(np.array([t[:4] for t in texts], str) for texts in (pair.first, pair.second)))


def _filled(pages: pd.DataFrame, field: str, part: Pair) -> Pair:
    """A part of a field on the pages where both coders filled the field."""
    whole = coded_pair(pages, field)
    both = (whole.first != "") & (whole.second != "")
    return Pair(part.first[both], part.second[both])


def _order(field: str, used: set[str]) -> list[str]:
    """Values in the order of the field's code list, then any others, ``not_stated`` last."""
    codelist = _SETS.get(field) or _CODELIST.get(field)
    known = [code for code in load_codelist(codelist).index if code in used] if codelist else []
    rest = sorted(used - set(known) - {NOT_STATED})
    return known + rest + ([NOT_STATED] if NOT_STATED in used else [])


def _agreement(pair: Pair, level: float) -> list[dict]:
    """Raw agreement and the two coefficients of one pair, as rows."""
    total = len(pair)
    agreeing = int((pair.first == pair.second).sum())
    low, high = proportion_interval(agreeing, total, "wilson", level)
    common = {
        "numerator": agreeing,
        "denominator": total,
        "disagreements": total - agreeing,
        "categories": pair.categories,
    }
    values = coefficients(pair)
    raw = {
        "estimate": values[0],
        "conf_low": low,
        "conf_high": high,
        "method": interval_label("wilson", level),
    }
    rows = [{"measure": MEASURES[0]} | common | raw | {"note": "" if total else "no page to compare"}]
    for measure, place, value in ((MEASURES[1], 0, values[1]), (MEASURES[2], 1, values[2])):
        bounds, method = _bounds(pair, place, agreeing, (low, high), level)
        note = rows[0]["note"] or (
            "" if not math.isnan(value) else "both coders wrote one and the same value throughout"
        )
        rows.append(
            {"measure": measure}
            | common
            | {
                "estimate": value,
                "conf_low": bounds[0],
                "conf_high": bounds[1],
                "method": method,
                "note": note,
            }
        )
    return rows


def _bounds(
    pair: Pair, place: int, agreeing: int, raw: tuple[float, float], level: float
) -> tuple[tuple[float, float], str]:
    """Interval of kappa (place 0) or AC1 (place 1), and its method."""
    resampled = f"BCa bootstrap {percent_level(level)} interval, pages resampled {_RESAMPLES:,} times"
    carried = f"{interval_label('wilson', level)} of the raw agreement, carried over"
    if not len(pair):
        return (math.nan, math.nan), carried
    chance = _chance(pair)
    agreement, *by_chance = chance(np.ones(len(pair)))
    if math.isnan(_beyond(agreement, by_chance[place])):
        return (math.nan, math.nan), carried
    if min(agreeing, len(pair) - agreeing) < _FEW:
        low, high = (max(-1.0, float(_beyond(limit, by_chance[place]))) for limit in raw)
        return (low, high), carried

    def statistic(drawn, axis=-1):
        weights = (drawn[..., None] == np.arange(len(pair))).sum(axis=-2)
        agreement, *by_chance = chance(weights)
        return _beyond(agreement, by_chance[place])

    found = stats.bootstrap(
        (np.arange(len(pair)),),
        statistic,
        n_resamples=_RESAMPLES,
        batch=500,
        vectorized=True,
        confidence_level=level,
        method="BCa",
        rng=np.random.default_rng(_SEED),
    ).confidence_interval
    return (float(found.low), float(found.high)), resampled


def _chance(pair: Pair):
    """A function from weights of the pages (…, pages) to raw agreement and the two chance agreements.

    The chance that two draws are alike is a sum over pairs of pages, so that no table of values is needed
    for each resample.
    """
    same = (pair.first == pair.second).astype(float)
    alike = [
        (one[:, None] == other[None, :]).astype(float)
        for one, other in ((pair.first, pair.second), (pair.first, pair.first), (pair.second, pair.second))
    ]
    categories = pair.categories

    def measure(weights: np.ndarray):
        total = weights.sum(axis=-1, keepdims=True)
        shares = weights / total
        ab, aa, bb = (((shares @ matrix) * shares).sum(axis=-1) for matrix in alike)
        spread = 1 - (aa + bb + 2 * ab) / 4
        ac1_chance = spread / (categories - 1) if categories > 1 else np.full_like(spread, math.nan)
        # divided last, so that full agreement is exactly 1
        return (weights @ same) / total[..., 0], ab, ac1_chance

    return measure


def _beyond(agreement, by_chance):
    """Agreement beyond chance, as a share of what was possible; NaN where chance alone agrees always."""
    room = 1 - np.asarray(by_chance, float)
    defined = room > 1e-12
    # + 0.0: no negative zero
    return np.where(defined, (agreement - by_chance) / np.where(defined, room, 1.0), math.nan) + 0.0

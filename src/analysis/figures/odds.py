"""Odds ratios with their intervals on a logarithmic axis, around a line of no difference."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd

from .. import formatting as fmt
from .rates import categories, method_note, too_few
from .rows import Dot, Row, Scale, draw_rows
from .sheet import Sheet, nothing_to_draw, sentences
from .style import Drawing, mark_for

# Ticks below each limit of the axis, their inverses added.
_TICKS = {4.0: (1.0, 2.0, 4.0), 10.0: (1.0, 3.0, 10.0), 100.0: (1.0, 10.0, 100.0)}
_MOST = 100.0
"""The axis ends here at the latest; an interval that runs further ends in an arrow."""


def odds_plot(
    ratios: pd.DataFrame,
    *,
    row: str = "threshold",
    width: str = "wide",
    title: str | None = None,
    subtitle: str | None = None,
    order: str = "given",
    notes: Iterable[str] = (),
) -> Drawing:
    """Odds ratios of one role against another, a row each.

    Parameters
    ----------
    ratios : columns `row`, comparison, reference (codes of the roles), estimate, conf_low, conf_high, numerator,
        denominator, numerator_reference, denominator_reference, method, and, where known, too_few; where there is a
        column measure, only odds ratios are drawn.
    row : column that gives the rows.
    order : as for `forest_plot`.
    width, title, subtitle, notes : as for `forest_plot`.

    Returns
    -------
    Drawing. Rows with `too_few`, or without an estimate, are drawn as words.
    """
    frame = ratios
    if "measure" in frame:
        frame = frame[frame["measure"].str.endswith("odds ratio")]
    title = title or f"Odds ratios by {fmt.header(row).lower()}"
    subtitle = method_note(frame).replace("Dot: rate", "Dot: odds ratio") if subtitle is None else subtitle
    if frame.empty:
        return nothing_to_draw(width, title, subtitle, "There are no odds ratios to show.")
    first = frame.iloc[0]
    one, other = (fmt.group_in_sentence("role", first[c]) for c in ("comparison", "reference"))
    mark = mark_for(first["comparison"], 0)
    drawn, shown = [], []
    for category in categories(frame, row, order):
        record = frame[frame[row].astype(object) == category].iloc[0]
        text = fmt.label(row, category)
        if too_few(record) or fmt.is_missing(record["conf_low"]) or not record["estimate"] > 0:
            sizes = [fmt.count(record[c]) for c in ("denominator", "denominator_reference")]
            words = fmt.TOO_FEW if too_few(record) else "no odds ratio"
            drawn.append(Row(text, (Dot(mark, message=f"{words} (n = {sizes[0]} and {sizes[1]})"),)))
            continue
        shown.append((text, record))
        counts = (
            fmt.of_total(record["numerator"], record["denominator"]),
            fmt.of_total(record["numerator_reference"], record["denominator_reference"]),
        )
        texts = (
            (fmt.ratio(record["estimate"]), *counts) if width == "wide" else (fmt.ratio(record["estimate"]),)
        )
        at = [_log(record[c]) for c in ("estimate", "conf_low", "conf_high")]
        aside = " v ".join(counts) if width == "narrow" else ""
        drawn.append(Row(text, (Dot(mark, "", *at, texts),), aside))
    sheet = Sheet(width, title, subtitle)
    headers = ("Odds ratio", *(_two_lines(fmt.plural("role", first[c])) for c in ("comparison", "reference")))
    draw_rows(
        sheet, drawn, _scale(shown, one), headers=headers[: 3 if width == "wide" else 1] if shown else ()
    )
    small = [
        f"Right of 1: higher odds for {one} than for {other}. The dashed line is equal odds; the axis is logarithmic."
        + (f" Counts: {one} v {other}." if width == "narrow" and shown else "")
    ]
    method = method_note(frame).replace("Dot: rate", "Dot: odds ratio")
    if method and method != subtitle:
        small.append(method)
    if any(too_few(record) for _, record in frame.iterrows()):
        small.append(fmt.too_few_note(frame))
    sheet.notes([*small, *notes])
    alt = [
        f"{text}: odds ratio {fmt.ratio(r['estimate'])} ({fmt.ratio(r['conf_low'])} to {fmt.ratio(r['conf_high'])})"
        for text, r in shown
    ]
    if few := len(drawn) - len(shown):
        alt.append(f"{few} {'row has' if few == 1 else 'rows have'} no estimate")
    return sheet.close(sentences(title, subtitle, *alt))


def _scale(shown: list, one: str) -> Scale:
    """A symmetrical logarithmic axis that holds every estimate, and every interval up to its limit."""
    reach = 4.0
    for _, record in shown:
        estimate = max(float(record["estimate"]), 1 / float(record["estimate"]))
        ends = [1 / max(float(record["conf_low"]), 1 / _MOST), min(float(record["conf_high"]), _MOST)]
        reach = max(reach, estimate, *ends)
    limit = next(limit for limit in _TICKS if limit >= min(reach, _MOST) - 1e-9)
    ticks = [*(1 / t for t in reversed(_TICKS[limit][1:])), *_TICKS[limit]]
    return Scale(
        -math.log(limit),
        math.log(limit),
        tuple(math.log(t) for t in ticks),
        tuple(f"{t:.2g}" if t < 100 else "100" for t in ticks),
        "Odds ratio",
        reference=0.0,
        ends=(f"Odds lower for {one}", f"Odds higher for {one}"),
    )


def _log(value: float) -> float:
    """Logarithm, of 0 and infinity too, as far as an axis goes."""
    return math.log(min(max(float(value), 1e-9), 1e9))


def _two_lines(text: str) -> str:
    """A heading over two lines, broken at its last space."""
    return "\n".join(text.rsplit(" ", 1))

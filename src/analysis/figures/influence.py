"""The contrast without one force (or source) at a time: what the answer rests on."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd

from .. import formatting as fmt
from .rows import Dot, Row, Scale, draw_rows
from .sheet import Sheet, nothing_to_draw, sentences
from .style import MARKS, Drawing

_WHOLE = "Nothing left out"


def influence_plot(
    left_out: pd.DataFrame,
    *,
    most: int = 10,
    width: str = "wide",
    title: str | None = None,
    subtitle: str | None = None,
    min_count: int | None = None,
    notes: Iterable[str] = (),
) -> Drawing:
    """Risk differences without one force (or source) at a time, those that move most; the whole above them.

    Parameters
    ----------
    left_out : of `leave_one_out`: by, left_out (empty for the whole), adjustment ("none" is crude), comparison,
        reference, estimate, conf_low, conf_high (differences of shares), move, method, too_few.
    most : how many of those left out are drawn; how far the others move is said below.
    width : "wide" (desktop) or "narrow" (phone).
    title, subtitle : what the figure shows; what is measured, for whom and when.
    min_count : number of cases below which a difference is too few to say, for the note.
    notes : more small print.

    Returns
    -------
    Drawing.
    """
    by = str(left_out["by"].iloc[0]) if len(left_out) else "force"
    title = title or f"The difference without one {by} at a time"
    subtitle = "" if subtitle is None else subtitle
    some = left_out[left_out["left_out"].ne("")]
    moved = some["move"].abs().groupby(some["left_out"]).max().dropna()
    if moved.empty:
        return nothing_to_draw(
            width, title, subtitle, "There is no difference that could be estimated again."
        )
    order = [*sorted(moved.index, key=lambda name: (-round(moved[name], 12), name))]
    kinds = list(dict.fromkeys(left_out["adjustment"]))
    marks = dict(zip(kinds, (MARKS[0], MARKS[1]), strict=False))
    names = {kind: "Crude" if kind == "none" else "Adjusted" for kind in kinds}
    rows = []
    for name in ["", *order[:most]]:
        records = {r["adjustment"]: r for r in left_out[left_out["left_out"].eq(name)].to_dict("records")}
        dots = tuple(
            _dot(records.get(kind), marks[kind], names[kind] if len(kinds) > 1 else "") for kind in kinds
        )
        first = records.get(kinds[0], {})
        cases = int(first.get("cases_left_out", 0))
        aside = f"{fmt.cases(cases)} fewer" if name and width == "narrow" else ""
        rows.append(Row(_label(name, by), dots, aside))
    sheet = Sheet(width, title, subtitle)
    one, other = (fmt.group_in_sentence("role", left_out[c].iloc[0]) for c in ("comparison", "reference"))
    scale = _scale(rows, one, sheet.layout.narrow)
    headers = ("Points",)
    draw_rows(sheet, rows, scale, headers=headers)
    lines = [
        f"Line{', ' + fmt.lower_first(names[kind]) if len(kinds) > 1 else ''}: {method.split(';')[0]}."
        for kind, method in left_out.drop_duplicates("adjustment")[["adjustment", "method"]].itertuples(
            index=False
        )
    ]
    rest = order[most:]
    beyond = (
        f"{len(rest)} more {by}{'' if len(rest) == 1 else 's'} not drawn: each moves the difference by "
        f"{_at_most(float(moved[rest].max()))}."
        if rest
        else ""
    )
    drawn_few = bool(left_out[left_out["left_out"].isin(["", *order[:most]])]["too_few"].any())
    sheet.notes(
        [
            f"Above zero: a higher rate for {one} than for {other}. The dashed line is no difference.",
            " ".join(["Dot: difference.", *lines]),
            beyond,
            fmt.too_few_note(left_out, min_count) if drawn_few else "",
            *notes,
        ]
    )
    return sheet.close(_alt(title, subtitle, left_out, order, by, names))


def _label(name: str, by: str) -> str:
    return (f"Source {name}" if by == "source" else name) if name else _WHOLE


def _dot(record: dict | None, mark, group: str) -> Dot:
    if record is None or fmt.is_missing(record["estimate"]):
        return Dot(mark, group, message="cannot be estimated")
    if record["too_few"]:
        return Dot(mark, group, message=fmt.TOO_FEW)
    return Dot(
        mark,
        group,
        record["estimate"],
        record["conf_low"],
        record["conf_high"],
        (_signed(record["estimate"]),),
    )


def _scale(rows: list[Row], one: str, narrow: bool) -> Scale:
    ends = [abs(v) for row in rows for dot in row.dots for v in (dot.estimate, dot.low, dot.high) if v == v]
    reach = max(ends, default=0.25)
    step = next(s for s in (0.05, 0.1, 0.25, 0.5) if reach <= 4 * s or s == 0.5)
    limit = min(max(math.ceil(reach / step - 1e-9), 1) * step, 1.0)
    number = round(limit / step)
    ticks = [t * step for t in range(-number, number + 1)]
    if narrow:
        ticks = [-limit, 0.0, limit]
    return Scale(
        -limit,
        limit,
        tuple(ticks),
        tuple(_signed(t) for t in ticks),
        "Difference in percentage points",
        reference=0.0,
        ends=(f"Rate lower for {one}", f"Rate higher for {one}"),
    )


def _signed(difference: float) -> str:
    text = fmt.points(difference, unit=False)
    return text if difference <= 0 or text == "0" else f"+{text}"


def _at_most(move: float) -> str:
    return "less than one percentage point" if move < 0.01 else f"{fmt.points(move, digits=1)} or less"


def _alt(title, subtitle, left_out: pd.DataFrame, order: list, by: str, names: dict) -> str:
    parts = [title, subtitle]
    for kind, name in names.items():
        some = left_out[left_out["adjustment"].eq(kind)].dropna(subset=["estimate"])
        whole = some[some["left_out"].eq("")]
        rest = some[some["left_out"].ne("")]
        if whole.empty or rest.empty:
            parts.append(f"{name}: cannot be estimated")
            continue
        low, high = (rest.loc[rest["estimate"].astype(float).agg(f)] for f in ("idxmin", "idxmax"))
        parts.append(
            f"{name}: {_signed(whole.iloc[0]['estimate'])} percentage points with nothing left out; between "
            f"{_signed(low['estimate'])} without {_label(low['left_out'], by)} and {_signed(high['estimate'])} without "
            f"{_label(high['left_out'], by)}, of {len(rest)} {by}s left out one at a time"
        )
    return sentences(*parts)

"""Forces' rates drawn towards the rate of all: from each raw rate to the pooled one, with its interval."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from .. import formatting as fmt
from .rates import default_axis_title, percent_labels, too_few
from .sheet import Panel, Sheet, mark_style, nothing_to_draw, sentences
from .style import INK, MARKS, MUTED, PAPER, RULE, Drawing, text_width, wrap

_POOLED, _RAW = MARKS[0], MARKS[1]
_RAW_SIZE = 6.4


def shrinkage_plot(
    pooled: pd.DataFrame,
    *,
    width: str = "wide",
    title: str | None = None,
    subtitle: str | None = None,
    axis_title: str | None = None,
    highlight: str | None = None,
    min_count: int | None = None,
    notes: Iterable[str] = (),
) -> Drawing:
    """Each force's raw rate, the pooled rate it is drawn to, and the pooled rate's interval.

    Parameters
    ----------
    pooled : of `pooled_force_rates`: columns force, numerator, denominator, estimate, conf_low, conf_high, raw,
        too_few and note; ``attrs["mean"]`` is the mean that rates are drawn towards.
    width, title, subtitle, axis_title, min_count, notes : as for `forest_plot`.
    highlight : a force whose row is marked.

    Returns
    -------
    Drawing, the force with the highest pooled rate first. A force of too few cases has no raw rate to draw: it
    stands with its pooled rate alone.
    """
    title = title or "Rates of forces, each drawn towards the rate of all"
    subtitle = "" if subtitle is None else subtitle
    shown = pooled[pooled["estimate"].notna()]
    if shown.empty:
        note = next((n for n in pooled["note"] if n), "") if len(pooled) else ""
        sentence = f"No rates can be pooled: {note}." if note else "There are no cases to show."
        return nothing_to_draw(width, title, subtitle, sentence)
    shown = shown.assign(_name=shown["force"].astype(str)).sort_values(
        ["estimate", "denominator", "_name"], ascending=[False, False, True]
    )
    records = shown.to_dict("records")
    mean = float(pooled.attrs["mean"])

    sheet = Sheet(width, title, subtitle)
    sheet.paragraph(axis_title or default_axis_title(pooled))
    sheet.y += 2
    sheet.key((("Raw rate", "raw"), ("Pooled rate, with its interval", "pooled")), _swatch(sheet), swatch=22)
    pitch = 14.6
    limit = 92 if sheet.layout.narrow else 150
    names = [wrap(r["_name"], limit, sheet.size) for r in records]
    widest = max(text_width(line, sheet.size) for lines in names for line in lines)
    header = "Cases"
    counts = [fmt.of_total(r["numerator"], r["denominator"]) for r in records]
    column = max(text_width(text, sheet.size) for text in [*counts, header])
    left, right = sheet.left + widest + 14, sheet.right - column - 18
    sheet.text(sheet.right, sheet.y, header, ha="right", colour=MUTED)
    _mean_label(sheet, left, right, mean)
    heights = [max(pitch, len(lines) * sheet.size * 1.2 + 3) for lines in names]
    panel = sheet.panel(left, right, sum(heights), (0.0, 1.0))
    y = panel.top
    for record, lines, count, height in zip(records, names, counts, heights, strict=True):
        middle = y + height / 2
        special = record["_name"] == highlight
        top = middle - len(lines) * sheet.size * 0.6
        for number, line in enumerate(lines):
            sheet.text(
                sheet.left,
                top + (number + 0.5) * sheet.size * 1.2,
                line,
                middle=True,
                bold=special,
                colour=_RAW.text if special else INK,
            )
        sheet.text(sheet.right, middle, count, middle=True, ha="right")
        _row(panel, record, middle - panel.top)
        y += height
    sheet.verticals(
        panel.x(mean),
        [(panel.top, panel.top + panel.height)],
        color=RULE,
        linewidth=1.1,
        dashes=(4, 2.5),
        zorder=0.5,
    )
    sheet.y = panel.top + panel.height
    ticks = (0.0, 0.5, 1.0) if sheet.layout.narrow else (0.0, 0.25, 0.5, 0.75, 1.0)
    labels = [text for _, text in percent_labels(ticks)]
    sheet.x_axis(panel, list(ticks), labels)

    methods = dict.fromkeys(shown["method"].dropna())
    lines = [f"Pooled: {method}." for method in methods]
    if any(too_few(r) for r in records):
        lines.append(f"{fmt.too_few_note(pooled, min_count)} Their raw rates are not drawn.")
    sheet.notes([*lines, *notes])
    return sheet.close(_alt(title, subtitle, records, mean))


def _swatch(sheet: Sheet):
    def draw(x: float, y: float, which: str) -> None:
        if which == "raw":
            sheet.mark(x + 11, y, _RAW, _RAW_SIZE)
        else:
            sheet.stroke([x, x + 22], [y, y], color=_POOLED.colour, linewidth=1.6)
            sheet.mark(x + 11, y, _POOLED, 6.4)

    return draw


def _mean_label(sheet: Sheet, left: float, right: float, mean: float) -> None:
    """What the dashed line is, above it and clear of the heading at the right."""
    text = f"Mean of forces {fmt.percent(mean)}"
    half = text_width(text, sheet.layout.small) / 2
    at = left + mean * (right - left)
    centre = min(max(at, sheet.left + half), right + 6 - half)
    sheet.text(centre, sheet.y, text, size=sheet.layout.small, colour=MUTED, ha="center")
    sheet.y += sheet.line + 2


def _row(panel: Panel, record: dict, y: float) -> None:
    panel.axes.plot(
        [record["conf_low"], record["conf_high"]],
        [y, y],
        color=_POOLED.colour,
        linewidth=1.6,
        solid_capstyle="butt",
        clip_on=False,
        zorder=2,
    )
    if not too_few(record):
        # the way from the raw rate to the pooled one
        panel.axes.plot(
            [record["raw"], record["estimate"]],
            [y, y],
            color=_RAW.colour,
            linewidth=0.9,
            clip_on=False,
            zorder=2.5,
        )
        panel.axes.plot([record["raw"]], [y], clip_on=False, zorder=3, **mark_style(_RAW, _RAW_SIZE))
    style = mark_style(_POOLED, 6.4) | {"markeredgecolor": PAPER, "markeredgewidth": 0.7}
    panel.axes.plot([record["estimate"]], [y], clip_on=False, zorder=4, **style)


def _alt(title: str, subtitle: str, records: list[dict], mean: float) -> str:
    def said(record: dict) -> str:
        raw = fmt.TOO_FEW if too_few(record) else f"raw {fmt.percent(record['raw'])}"
        interval = fmt.interval(record["conf_low"], record["conf_high"])
        counts = fmt.of_total(record["numerator"], record["denominator"])
        return f"{record['_name']} {counts}, {raw}, pooled {fmt.percent(record['estimate'])} ({interval})"

    number = len(records)
    parts = [
        title,
        subtitle,
        f"{number} force{'' if number == 1 else 's'}, pooled towards a mean of {fmt.percent(mean)}",
        f"Highest pooled rate: {said(records[0])}",
    ]
    if number > 1:
        parts.append(f"Lowest: {said(records[-1])}")
    return sentences(*parts)

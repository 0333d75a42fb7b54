"""Predicted against observed: a dot for each group of cases with like predictions, and the line of agreement."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from .. import formatting as fmt
from .rates import default_axis_title, method_note, percent_labels
from .sheet import Panel, Sheet, mark_style, nothing_to_draw, sentences
from .style import GRID, MARKS, MUTED, RULE, Drawing, text_width

_NAMES = {
    "in sample": "The cases that the model was fitted to",
    "force left out": "Cases of a force that was left out of the fit",
}
# Log odds would spread the high risks out, but a reader compares shares.
_LOW, _HIGH = -0.02, 1.03


def calibration_plot(
    curve: pd.DataFrame,
    *,
    width: str = "wide",
    title: str | None = None,
    subtitle: str | None = None,
    axis_title: str | None = None,
    min_count: int | None = None,
    notes: Iterable[str] = (),
) -> Drawing:
    """Observed shares against predicted risks, in the sample and for forces left out.

    Parameters
    ----------
    curve : of `model_calibration`: prediction, group, predicted, estimate (observed share), conf_low, conf_high,
        numerator, denominator, method, too_few.
    width : "wide" (desktop) or "narrow" (phone).
    title, subtitle : what the figure shows; what is measured, for whom and when.
    axis_title : what the observed share is; taken from the frame where it says which sanction it is of.
    min_count : number of cases below which a group is too few to say, for the note.
    notes : more small print.

    Returns
    -------
    Drawing. Groups with `too_few` are counted, not drawn.
    """
    title = title or "Predicted and observed shares"
    subtitle = "" if subtitle is None else subtitle
    few = curve["too_few"].astype(bool) if len(curve) else pd.Series(dtype=bool)
    shown = curve[~few] if len(curve) else curve
    if shown.empty:
        return nothing_to_draw(
            width, title, subtitle, "No model could be fitted, or its groups are too few to say."
        )
    sheet = Sheet(width, title, subtitle)
    kinds = [k for k in _NAMES if (shown["prediction"].astype(str) == k).any()]
    marks = dict(zip(_NAMES, (MARKS[1], MARKS[0]), strict=True))
    sheet.key([(_NAMES[k], marks[k]) for k in kinds], lambda x, y, mark: sheet.mark(x + 5, y, mark))
    sheet.paragraph(axis_title or default_axis_title(curve))
    sheet.y += 4
    left = sheet.left + text_width("100" + fmt.NARROW_SPACE + "%", sheet.size) + 6
    side = min(sheet.right - left - 10, 300)
    panel = sheet.panel(left, left + side, side * (_HIGH - _LOW), (_LOW, _HIGH))
    panel.axes.set_ylim(_LOW, _HIGH)
    ticks = percent_labels((0, 0.25, 0.5, 0.75, 1))
    for tick, text in ticks:
        y = _y(panel, tick)
        sheet.stroke([left, left + side], [y, y], color=GRID, linewidth=0.8, zorder=0)
        sheet.text(left - 6, y, text, ha="right", middle=True, colour=MUTED)
    panel.axes.plot([0, 1], [0, 1], color=RULE, linewidth=1.1, dashes=(4, 2.5), zorder=1)
    for kind in kinds:
        some = shown[shown["prediction"].astype(str) == kind]
        colour = marks[kind].colour
        for r in some.to_dict("records"):
            panel.axes.plot(
                [r["predicted"]] * 2, [r["conf_low"], r["conf_high"]], color=colour, linewidth=1.6, zorder=2
            )
        panel.axes.plot(
            some["predicted"], some["estimate"], zorder=3, clip_on=False, **mark_style(marks[kind], 7)
        )
    if not sheet.layout.narrow:
        _say(sheet, panel, shown, kinds)
    sheet.y = panel.top
    shown_ticks = ticks[::2] if sheet.layout.narrow else ticks
    sheet.x_axis(panel, [t for t, _ in shown_ticks], [w for _, w in shown_ticks], "Mean predicted risk")
    hidden = int(few.sum())
    method = method_note(curve).replace(
        "Dot: rate", "Dot: observed share of a group of cases with like predictions"
    )
    sheet.notes(
        [
            "On the dashed line as many were sanctioned as predicted; below it fewer, above it more.",
            method,
            f"{hidden} group{'' if hidden == 1 else 's'} not drawn. {fmt.too_few_note(curve, min_count)}"
            if hidden
            else "",
            *notes,
        ]
    )
    return sheet.close(_alt(title, subtitle, shown, kinds))


def _y(panel: Panel, value: float) -> float:
    low, high = panel.axes.get_ylim()
    return panel.top + (high - value) / (high - low) * panel.height


def _say(sheet: Sheet, panel: Panel, shown: pd.DataFrame, kinds: list[str]) -> None:
    """Counts beside the panel, where there is room: predicted and observed of each group."""
    x = panel.right + 26
    y = panel.top
    for kind in kinds:
        some = shown[shown["prediction"].astype(str) == kind]
        sheet.text(x, y, "In sample" if kind == "in sample" else "Force left out", bold=True)
        y += sheet.line
        sheet.text(x, y, "predicted", colour=MUTED)
        sheet.text(sheet.right, y, "observed", ha="right", colour=MUTED)
        y += sheet.line
        for r in some.to_dict("records"):
            sheet.text(x, y, fmt.percent(r["predicted"]))
            sheet.text(sheet.right, y, fmt.of_total(r["numerator"], r["denominator"]), ha="right")
            y += sheet.line
        y += 8


def _alt(title: str, subtitle: str, shown: pd.DataFrame, kinds: list[str]) -> str:
    parts = [title, subtitle]
    for kind in kinds:
        some = shown[shown["prediction"].astype(str) == kind]
        points = [
            f"predicted {fmt.percent(r['predicted'])}, observed {fmt.percent(r['estimate'])} "
            f"({fmt.of_total(r['numerator'], r['denominator'])})"
            for r in some.to_dict("records")
        ]
        parts.append(f"{_NAMES[kind]}: {'; '.join(points)}")
    return sentences(*parts)

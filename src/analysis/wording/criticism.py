"""Model criticism in words."""

from __future__ import annotations

import pandas as pd

from ..formatting import (
    cases,
    count,
    decimal,
    in_sentence,
    is_missing,
    join_words,
    p_value,
    points,
    sentence,
)
from ..question import Question
from .words import chance, singular


def model_calibration(measures: pd.DataFrame, question: Question) -> list[str]:
    """Whether the adjusted model predicts what happened, also where it was not fitted.

    `measures` is ``Calibration.measures``.
    """
    if measures.empty:
        return [f"No adjusted model could be fitted: {measures.attrs.get('note', '')}.".replace(": .", ".")]
    rows = measures.set_index([measures["prediction"].astype(str), "measure"])
    if bool(measures["too_few"].any()) or ("force left out", "calibration slope") not in rows.index:
        return ["There are too few cases to say how well the adjusted model predicts."]
    slope, brier, area = (
        rows.loc[("force left out", measure)]
        for measure in ("calibration slope", "Brier score", "c-statistic")
    )
    inside = rows.loc[("in sample", "calibration slope")]
    if is_missing(slope.estimate) or is_missing(slope.conf_low):
        return ["How well the adjusted model predicts for forces left out cannot be told from these cases."]
    own = "" if is_missing(inside.conf_low) else f" (calibration slope {_interval(inside)})"
    texts = [
        f"Predictions were checked twice. On the cases that the model was fitted to they agree with what happened by "
        f"construction{own}. On forces left out of the fit the slope is {_interval(slope)}; 1 would be right, and "
        f"{_slope(slope)}."
    ]
    worse = brier.estimate > brier.ideal
    texts.append(
        f"There the mean squared error (Brier score) is {decimal(brier.estimate, 3)}, "
        f"{'more' if worse else 'less'} than the {decimal(brier.ideal, 3)} of giving every case the overall share, and in "
        f"a pair of a sanctioned and another case the sanctioned one has the higher predicted risk with probability "
        f"{_interval(area)}."
    )
    if worse or slope.conf_high < 1:
        texts.append(
            "The model describes these cases and should not be used to predict others. With so many covariates for so few "
            "cases without the sanction it also fits their chance features, so read the adjusted contrast beside those "
            "that adjust for less."
        )
    return texts


def left_out(frame: pd.DataFrame, question: Question) -> list[str]:
    """How far the difference moves without one force, or one source, and whether that changes its verdict.

    `frame` is of `leave_one_out`.
    """
    by = str(frame["by"].iloc[0])
    least = frame.attrs.get("least", 1)
    with_cases = f" with at least {least} cases" if least > 1 else ""
    texts = []
    for kind, rows in frame.groupby("adjustment", sort=False):
        whole = rows[rows["left_out"].eq("")].iloc[0]
        rest = rows[rows["left_out"].ne("")].dropna(subset=["estimate"])
        name = "crude" if kind == "none" else "adjusted"
        if bool(whole.too_few) or is_missing(whole.estimate) or rest.empty:
            texts.append(f"The {name} difference cannot be estimated again without one {by} at a time.")
            continue
        low, high = (rest.loc[rest["estimate"].astype(float).agg(f)] for f in ("idxmin", "idxmax"))
        text = (
            f"Without one {by} at a time ({count(len(rest))} of them{with_cases}) the {name} difference, "
            f"{points(whole.estimate)} in all, {_range(low, high)}."
        )
        turned = rest[rest["changes_verdict"]]
        was = chance(bool(whole.beyond_chance))
        if turned.empty:
            text += f" Each time it is {was}, as with all of them."
        else:
            shown = [
                f"{_who(r)} ({points(r.estimate)}, p = {p_value(r.p_value)})".replace("p = less", "p less")
                for r in turned.head(3).itertuples()
            ]
            more = f" and {count(len(turned) - 3)} more" if len(turned) > 3 else ""
            text += (
                f" With all of them it is {was}; it would be {chance(not bool(whole.beyond_chance))} without "
                f"{join_words(shown, 'or') if not more else ', '.join(shown) + more}. A verdict that hangs on one {by} is no "
                "firm one."
            )
        texts.append(text)
    return texts


def influential(frame: pd.DataFrame, question: Question) -> str:
    """Which single case moves the adjusted difference most, and by how much. `frame` is of `influential_cases`."""
    if frame.empty or is_missing(frame.iloc[0]["move"]):
        note = frame.attrs.get("note") or "no difference could be estimated without one case"
        return f"Influential cases cannot be named: {note}."
    top = frame.iloc[0]
    outcome = "" if is_missing(top.get("outcome")) else f", outcome {in_sentence('outcome', top['outcome'])}"
    whole = frame.attrs["estimate"]
    text = (
        f"The single case that moves the adjusted difference most is {top['case_id']} ({singular(str(top['role']))} of "
        f"{top['force']}{outcome}): without it the difference is {points(top['estimate'], digits=1)} in place of "
        f"{points(whole, digits=1)}, of {cases(frame.attrs['cases'])}."
    )
    if lost := frame.attrs.get("not_estimated", 0):
        text += (
            f" No model could be fitted without {'one' if lost == 1 else count(lost)} of the cases looked at."
        )
    turned = int(frame["changes_verdict"].sum())
    if turned:
        return f"{text} {count(turned)} of the {count(len(frame))} cases that move it most would change its verdict."
    return f"{text} None of the {count(len(frame))} cases that move it most would change its verdict."


def convergence(models: pd.DataFrame) -> str:
    """Whether every model settled, and how many were penalised. `models` is of `model_convergence`."""
    failed = models[~models["converged"].astype(bool)]
    fitted = models[models["converged"].astype(bool)]
    penalised = int(fitted["estimator"].str.contains("Firth").sum())
    logistic = int(fitted["model"].eq("sanction").sum())
    if len(fitted) == 0:
        return f"None of the {count(len(models))} models could be fitted: {join_words(list(dict.fromkeys(models['reason'])))}."
    all_of = "All" if failed.empty else f"{count(len(fitted))} of"
    text = f"{all_of} {count(len(models))} models of the adjusted analysis converged."
    if logistic:
        text += (
            f" Of the {count(logistic)} logistic regressions, {count(penalised)} "
            f"{'was' if penalised == 1 else 'were'} fitted by Firth's penalised likelihood, because the data are separated or "
            f"hold fewer than {models.attrs['events_per_parameter']} cases of the rarer outcome for each parameter; the table "
            "gives the reason for each."
        )
    if len(failed):
        reasons = join_words(list(dict.fromkeys(failed["reason"])))
        text += f" {sentence(f'no estimate is shown for the others: {reasons}')}"
    return text


def _interval(row: pd.Series) -> str:
    return f"{decimal(row.estimate, 2)} ({decimal(row.conf_low, 2)} to {decimal(row.conf_high, 2)})"


def _slope(row: pd.Series) -> str:
    if row.conf_high < 1:
        return "below it predictions are too extreme"
    if row.conf_low > 1:
        return "above it predictions are not extreme enough"
    return "the interval holds it"


def _range(low: pd.Series, high: pd.Series) -> str:
    if points(low.estimate) == points(high.estimate):
        return f"rounds to {points(low.estimate)} each time"
    return (
        f"lies between {points(low.estimate, unit=False)} (without {_who(low)}) and {points(high.estimate)} (without "
        f"{_who(high)})"
    )


def _who(row) -> str:
    return f"source {row.left_out}" if row.by == "source" else str(row.left_out)

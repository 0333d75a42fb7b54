"""How far errors of coding could move the headline: role, finding and outcome of every case coded again."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from ..codelists import load_codelist
from ..cohort import Cohort, select
from ..errors import StudyError
from ..question import Question
from .contrasts import risk_contrast
from .intervals import percent_level
from .rates import sanction_rates
from .reliability import Pair, coded_pair, paired
from .tidy import tidy

SCENARIOS = (
    "as_recorded",
    "coding_error",
    "coding_error_and_chance",
    "twice_the_error",
    "errors_in_comparison",
    "errors_in_reference",
)
"""What is assumed of the coding: see `coding_error_sensitivity`."""
CODING_EXTRAS = (
    "comparison",
    "reference",
    "numerator_reference",
    "denominator_reference",
    "share_above_zero",
    "draws",
    "too_few",
    "note",
)
_FIELDS = {"role": "roles", "finding": "findings", "outcome": "outcomes"}
# A value's own rate of disagreement starts from that of its whole field, weighed as so many pages.
_PRIOR_PAGES = 5
_STEPS = 8
_SEED = 20_261_125
# Where a case ends up once it is coded again; the last is out of the cohort.
_COMPARISON, _REFERENCE = (0, 1, 2), (3, 4, 5)  # sanctioned, not sanctioned, outcome unknown
_OUT = 6


def coding_error_sensitivity(
    cohort: Cohort,
    hearings: pd.DataFrame,
    double_coded: pd.DataFrame,
    *,
    draws: int = 2000,
    level: float | None = None,
    min_count: int | None = None,
) -> pd.DataFrame:
    """The two roles' sanction rates and their difference when role, finding and outcome may be miscoded.

    Every case of the data set, also those that the cohort left out, gets a true role, finding and outcome drawn
    given the recorded ones (an empty field is a value too: the source does not say); the cohort, the rates and
    their difference follow anew, and so again for every draw.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.
    hearings : all cases, from which the cohort was selected.
    double_coded : as `load_double_coded` returns it.
    draws : number of simulated codings.
    level, min_count : in place of the question's.

    Returns
    -------
    DataFrame, three rows a scenario: `scenario` (ordered categorical, below), `measure` ("sanction rate" or "risk
        difference"), `role` (missing for the difference), `TIDY_COLUMNS` (estimate: median of the draws, interval:
        their quantiles; numerator and denominator: their medians, whole numbers), then `comparison`, `reference`
        (role codes; missing for rates), `numerator_reference`, `denominator_reference`, `share_above_zero` (share of
        draws in which the difference is above zero; missing for rates), `draws` (those that define the estimate; 0
        as recorded), `too_few` (of the recorded counts) and `note`.

        - ``as_recorded`` : no error; the interval is that of chance (see `sanction_rates`, `risk_contrast`).
        - ``coding_error`` : each field of each case is wrong as often as one coder of the sample is; the interval
          is that of coding error alone.
        - ``coding_error_and_chance`` : the same, and each rate of each draw is drawn from its Jeffreys posterior.
        - ``twice_the_error`` : as coding_error, with every error twice as likely.
        - ``errors_in_comparison``, ``errors_in_reference`` : as coding_error, but all errors in the outcome fall on
          that one of the two roles, as many as would have fallen on both (not more than all of its cases).

    Raises
    ------
    StudyError : the cohort is not that of these hearings and its question; a page of the sample that does not
        have two codings.

    Notes
    -----
    The sample has no true values, only two fallible coders, who are interchangeable and err independently. Of their
    disagreements over a pair of values it cannot be known how often the one or the other was right, so that share is
    drawn evenly between 0 and 1 for each pair and draw; the coder in use is the one in error half the time. How
    often the coders disagree is drawn as well: for a field from its Jeffreys posterior, for each of its values from a
    beta posterior that starts from the field's, weighed as 5 pages, and over which other value from a Dirichlet
    posterior in which every other value starts with a share of one page (larger the more often it occurs and is
    disagreed on). So a confusion that the sample never showed can still occur. Pages on which both coders made the
    same error are neglected.

    These give the chance of each recorded value given the true one. It is turned round by Bayes' theorem, with
    the joint distribution of true role, finding and outcome that makes the recorded distribution most likely (EM,
    a few steps from the recorded distribution; that is drawn from its Dirichlet posterior, to which one case of
    each role with the findings and outcomes of all cases is the prior). That a case whose finding is not stated
    ended in dismissal thus makes gross misconduct the likelier.

    Assumed: errors in the three fields are independent of each other and of everything else about the case (in
    particular, non-differential: an outcome is as often wrong for one role as for the other, except in the last two
    scenarios), and the sample's pages were coded as well as the others. Errors in dates, forces and kinds of
    proceeding are not part of it.

    In data simulated with a known truth (700 cases, 55 pages coded twice, one role, 3.5 findings and 2.5 outcomes
    in a hundred wrong per coder, either anything or left empty; with and without a difference; 100 data sets each)
    the 95 % interval of coding_error held the true rates and difference in 91 to 100 %. Where errors could be
    anything the recorded rates lay up to 2.8 percentage points too low, the medians up to 0.7.

    References
    ----------
    Greenland S (1996). Basic methods for sensitivity analysis of biases. *International Journal of Epidemiology*
    25, 1107–1116. Lash TL, Fox MP, Fink AK (2009). *Applying Quantitative Bias Analysis to Epidemiologic Data*,
    chapter 8 (probabilistic bias analysis of misclassification). Hui SL, Walter SD (1980). Estimating the error
    rates of diagnostic tests. *Biometrics* 36, 167–171 (two fallible tests without a gold standard).
    """
    question = cohort.question
    level = level or question.level
    recorded = select(hearings, question)
    if sorted(recorded.cases["case_id"]) != sorted(cohort.cases["case_id"]):
        raise StudyError(
            "The cohort is not the one that its question selects from these hearings: pass the hearings that it was "
            "selected from, and a cohort that was not restricted afterwards."
        )
    pages = paired(double_coded)
    frames = [_as_recorded(cohort, level, min_count)]
    if len(pages):
        simulated = _simulate(recorded, hearings, pages, draws)
        frames += [_summary(s, simulated[s], recorded, level) for s in SCENARIOS[1:]]
    else:
        nothing = np.full((6, 1), math.nan)
        frames += [_summary(s, nothing, recorded, level) for s in SCENARIOS[1:]]
    result = pd.concat([f.astype({"role": object}) for f in frames], ignore_index=True)
    result["scenario"] = pd.Categorical(result["scenario"], categories=SCENARIOS, ordered=True)
    few = frames[0]["too_few"].to_numpy()
    result["too_few"] = np.tile(few, len(SCENARIOS))
    for column in ("numerator", "denominator", "numerator_reference", "denominator_reference"):
        result[column] = result[column].astype("Int64")
    result.attrs = {
        "pages": len(pages),
        "min_count": question.min_count if min_count is None else min_count,
        "sanction": question.sanction.value,
        "denominator": question.denominator.value,
    }
    return tidy(result, ("scenario", "measure", "role"), CODING_EXTRAS)


def _as_recorded(cohort: Cohort, level: float, min_count: int | None) -> pd.DataFrame:
    """The plain rates (comparison first) and difference, in the columns of the simulated ones."""
    rates = sanction_rates(cohort, by="role", level=level, min_count=min_count).iloc[::-1]
    rates = rates.assign(
        measure="sanction rate",
        role=rates["role"].astype(object),
        note=np.where(rates["denominator"] > 0, "", "no case with a known outcome"),
    )
    contrast = risk_contrast(cohort, level=level, min_count=min_count).query("measure == 'risk difference'")
    both = pd.concat([rates, contrast.assign(role=None)], ignore_index=True)
    return both.assign(scenario="as_recorded", share_above_zero=math.nan, draws=0).reindex(
        columns=["scenario", "measure", "role", *_TIDY, *CODING_EXTRAS]
    )


_TIDY = ("estimate", "conf_low", "conf_high", "numerator", "denominator", "method")


def _values(field: str, hearings: pd.DataFrame, pair: Pair) -> list[str]:
    """The values of a field that occur, in the order of its code list, empty last."""
    used = set(hearings[field].astype("string").fillna("")) | set(pair.first) | set(pair.second)
    known = [code for code in load_codelist(_FIELDS[field]).index if code in used]
    return known + sorted(used - set(known), key=lambda value: (value == "", value))


def _errors(pair: Pair, values: list[str], draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draws of the chance of each wrong value given the true one: (draws, true, recorded), 0 on the diagonal."""
    number = len(values)
    codes = {value: place for place, value in enumerate(values)}
    counts = np.zeros((number, number))
    for one, other in zip(pair.first, pair.second, strict=True):
        # The coders are interchangeable: a page counts half each way round.
        counts[codes[one], codes[other]] += 0.5
        counts[codes[other], codes[one]] += 0.5
    if number == 1:
        return np.zeros((draws, 1, 1))
    agreed = np.diag(counts)
    apart = counts.sum(axis=1) - agreed
    overall = rng.beta(apart.sum() + 0.5, agreed.sum() + 0.5, draws)[:, None]
    disagreed = rng.beta(apart + _PRIOR_PAGES * overall, agreed + _PRIOR_PAGES * (1 - overall))
    # Where the sample has not shown what a value is confused with: what the field's disagreements are about, and
    # what occurs. Every other value keeps a part, so that no confusion is taken to be impossible.
    weight = apart + counts.sum(axis=1) / max(counts.sum(), 1) + 0.5 / number
    prior = np.tile(weight, (number, 1))
    np.fill_diagonal(prior, 0)
    shape = counts - np.diag(agreed) + prior / prior.sum(axis=1, keepdims=True)
    gammas = rng.standard_gamma(shape, (draws, number, number))
    over = disagreed[:, :, None] * gammas / gammas.sum(axis=2, keepdims=True)
    # Of the disagreements of a pair of values, the share in which the first of them is the truth.
    share = np.triu(rng.random((draws, number, number)), 1)
    share += np.tril(1 - share.swapaxes(1, 2), -1)
    true_here = share * over
    # Right and recorded right twice, or true here and one of the two coders wrong.
    return true_here / (1 - disagreed + 2 * true_here.sum(axis=2))[:, :, None]


def _recording(errors: np.ndarray, factor: float = 1.0) -> np.ndarray:
    """Chance of each recorded value given the true one, with errors so many times as likely (at most 1 in all)."""
    wrong = errors.sum(axis=2, keepdims=True)
    allowed = np.minimum(factor * wrong, 1.0)
    matrix = errors * np.divide(allowed, wrong, out=np.zeros_like(wrong), where=wrong > 0)
    place = np.arange(matrix.shape[1])
    matrix[:, place, place] = 1 - matrix.sum(axis=2)
    return matrix


def _simulate(
    cohort: Cohort, hearings: pd.DataFrame, pages: pd.DataFrame, draws: int
) -> dict[str, np.ndarray]:
    """For each scenario (6, draws): sanctioned, known and rate of the comparison and of the reference role."""
    question = cohort.question
    pairs = {field: coded_pair(pages, field) for field in _FIELDS}
    values = {field: _values(field, hearings, pairs[field]) for field in _FIELDS}
    rng = np.random.default_rng(_SEED)
    role, finding, outcome = (_errors(pairs[field], values[field], draws, rng) for field in _FIELDS)
    ends = _ends(question, values)
    recorded = _recorded(question, hearings, values)
    sizes = cohort.cases["role"].astype(str).value_counts()

    def by_role(factors: dict[str, float]) -> np.ndarray:
        """Recording of the outcome for each true role: (draws, role, true, recorded)."""
        return np.stack([_recording(outcome, factors.get(code, 1.0)) for code in values["role"]], axis=1)

    def all_in(code: str) -> np.ndarray:
        own = int(sizes.get(code, 0))
        return by_role(dict.fromkeys(question.roles, 0.0) | {code: sizes.sum() / own if own else 1.0})

    models = {
        "coding_error": (_recording(role), _recording(finding), by_role({})),
        "twice_the_error": (
            _recording(role, 2),
            _recording(finding, 2),
            by_role(dict.fromkeys(values["role"], 2.0)),
        ),
        "errors_in_comparison": (_recording(role), _recording(finding), all_in(question.comparison)),
        "errors_in_reference": (_recording(role), _recording(finding), all_in(question.reference)),
    }
    results = {
        scenario: _draw(recorded, model, ends, np.random.default_rng(_SEED + 1))
        for scenario, model in models.items()
    }
    counts = results["coding_error"]
    generator = np.random.default_rng(_SEED + 2)
    rates = [
        np.where(n > 0, generator.beta(x + 0.5, n - x + 0.5), math.nan)
        for x, n, _ in (counts[:3], counts[3:])
    ]
    results["coding_error_and_chance"] = np.array([*counts[:2], rates[0], *counts[3:5], rates[1]])
    return results


def _ends(question: Question, values: dict[str, list[str]]) -> np.ndarray:
    """Where a case of each role, finding and outcome ends up, by the cohort's own rules (role, finding, outcome)."""
    grid = pd.MultiIndex.from_product(values.values(), names=list(values)).to_frame(index=False)
    grid = grid.replace("", pd.NA).assign(force="", hearing_date="", proceeding="")
    severity = pd.to_numeric(load_codelist("outcomes")["severity"], errors="coerce")
    grid["severity"] = grid["outcome"].map(severity).astype("Int64")
    anywhere = question.but(
        start=None, end=None, forces=(), proceedings=(), source_types=(), leave_out_selected=False
    )
    inside = select(grid, anywhere).cases
    ends = np.full(len(grid), _OUT)
    for role, places in ((question.comparison, _COMPARISON), (question.reference, _REFERENCE)):
        those = inside[inside["role"].astype(str).eq(role)]
        answer = those["sanctioned"].map({True: 0, False: 1}).astype(float).fillna(2).astype(int)
        ends[those.index] = np.array(places)[answer]
    return ends.reshape([len(v) for v in values.values()])


def _recorded(question: Question, hearings: pd.DataFrame, values: dict[str, list[str]]) -> np.ndarray:
    """How many cases have each recorded role, finding and outcome (three axes), of those that all other limits of
    the question let in.
    """
    # Whoever's role and finding would do: what remains are the limits that coding errors here do not touch.
    would_do = hearings.assign(role=question.reference, finding="gross_misconduct")
    eligible = hearings.loc[select(would_do, question).cases.index]
    places = [
        pd.Categorical(eligible[f].astype("string").fillna("").astype(object), categories=values[f]).codes
        for f in _FIELDS
    ]
    counts = np.zeros([len(v) for v in values.values()])
    np.add.at(counts, tuple(places), 1)
    return counts


def _record(true: np.ndarray, model: tuple[np.ndarray, ...]) -> np.ndarray:
    """The recorded distribution of a true one, both (draws, role, finding, outcome)."""
    role, finding, outcome = model
    step = np.einsum("dijo,diok->dijk", true, outcome)
    step = np.einsum("dijk,djf->difk", step, finding)
    return np.einsum("difk,dir->drfk", step, role)


def _unrecord(ratio: np.ndarray, model: tuple[np.ndarray, ...]) -> np.ndarray:
    """The adjoint of `_record`: for each true combination, the mean of `ratio` over what it is recorded as."""
    role, finding, outcome = model
    step = np.einsum("drfk,dir->difk", ratio, role)
    step = np.einsum("difk,djf->dijk", step, finding)
    return np.einsum("dijk,diok->dijo", step, outcome)


def _draw(
    recorded: np.ndarray, model: tuple[np.ndarray, ...], ends: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Counts and rates of each draw: (6, draws)."""
    draws = len(model[0])
    total = recorded.sum()
    counts = np.zeros((draws, _OUT + 1))
    if total:
        # One more case of each role, so that a small role can have what only others have been seen to have.
        shape = recorded + recorded.sum(axis=0) / total
        seen_as = rng.standard_gamma(shape, (draws, *shape.shape))
        seen_as /= seen_as.sum(axis=(1, 2, 3), keepdims=True)
        true = seen_as
        for _ in range(_STEPS):
            expected = _record(true, model)
            ratio = np.divide(seen_as, expected, out=np.zeros_like(expected), where=expected > 0)
            true = true * _unrecord(ratio, model)
        seen = recorded > 0
        inside = [_record(np.where(ends == place, true, 0.0), model)[:, seen] for place in range(_OUT)]
        everything = _record(true, model)[:, seen]
        chances = np.clip(np.stack(inside, axis=-1) / everything[..., None], 0, 1)
        chances = np.concatenate([chances, np.clip(1 - chances.sum(axis=-1, keepdims=True), 0, 1)], axis=-1)
        chances /= chances.sum(axis=-1, keepdims=True)
        counts = rng.multinomial(recorded[seen].astype(int)[None, :], chances).sum(axis=1)
    rows = []
    for sanctioned, not_sanctioned, _ in (_COMPARISON, _REFERENCE):
        x, n = counts[:, sanctioned], counts[:, sanctioned] + counts[:, not_sanctioned]
        rows += [x, n, np.divide(x, n, out=np.full(len(n), math.nan), where=n > 0)]
    return np.array(rows, dtype=float)


def _summary(scenario: str, drawn: np.ndarray, cohort: Cohort, level: float) -> pd.DataFrame:
    """Median and interval of one scenario's draws, as three rows."""
    x1, n1, rate1, x0, n0, rate0 = drawn
    question = cohort.question
    tails = [(1 - level) / 2, 0.5, (1 + level) / 2]
    method = f"Median and {percent_level(level)} interval of simulated codings"
    if scenario == "coding_error_and_chance":
        method += ", each rate drawn from its Jeffreys posterior"
    rows = []
    for measure, role, of, first, second in (
        ("sanction rate", question.comparison, rate1, (x1, n1), None),
        ("sanction rate", question.reference, rate0, (x0, n0), None),
        ("risk difference", None, rate1 - rate0, (x1, n1), (x0, n0)),
    ):
        known = of[~np.isnan(of)]
        enough = len(known) >= len(of) / 2 and len(known) > 0
        low, middle, high = np.quantile(known, tails) if enough else [math.nan] * 3
        note = ""
        if not enough:
            note = (
                "a role has no case with a known outcome"
                if not np.isnan(n1).all()
                else "no page was coded twice"
            )
        elif len(known) < len(of):
            note = "in some draws a role has no case with a known outcome"
        rows.append(
            {
                "scenario": scenario,
                "measure": measure,
                "role": role,
                "estimate": middle,
                "conf_low": low,
                "conf_high": high,
                "numerator": _median(first[0]),
                "denominator": _median(first[1]),
                "method": method,
                "comparison": question.comparison if second else None,
                "reference": question.reference if second else None,
                "numerator_reference": _median(second[0]) if second else pd.NA,
                "denominator_reference": _median(second[1]) if second else pd.NA,
                "share_above_zero": float((known > 0).mean()) if second and enough else math.nan,
                "draws": len(known),
                "note": note,
            }
        )
    return pd.DataFrame(rows)


def _median(counts: np.ndarray):
    """The median count, a whole number; missing where nothing was counted."""
    return pd.NA if np.isnan(counts).any() else math.floor(np.median(counts) + 0.5)

"""The specification curve, and what it saves over the obvious loop that fits one model at a time.

    python benchmarks/specification_curve.py [PERMUTATIONS]

First the whole curve of the study with its joint test: at most 60 s is wanted on 2 cores. Then, on a few
specifications (linear probability and standardised logistic regression), the time of the same estimates under the same
shuffled roles by statsmodels, one fit after the other, as a ratio to ours: the ratio is what to compare between machines.
On the machine that this was decided on it was about 13.
"""

from __future__ import annotations

import sys
import time
import warnings

import numpy as np
import statsmodels.api as sm

from analysis import load_hearings
from analysis.estimates import Choices, specification_curve
from analysis.estimates import specification as internal
from analysis.question import Question

FEW = Choices(
    denominators=("all_concluded",),
    sanctions=("dismissal_equivalent",),
    who=("all",),
    periods=(("all", "in"),),
    methods=(("linear", "conduct_period_source"), ("logistic", "conduct_period_source")),
)
SHUFFLED = 100


def whole_curve(permutations: int) -> None:
    for workers in (1, 2):
        started = time.perf_counter()
        curve = specification_curve(load_hearings(), permutations=permutations, workers=workers)
        seconds = time.perf_counter() - started
        facts = curve.summary.iloc[0]
        print(
            f"{facts['tried']:.0f} combinations, {facts['defined']:.0f} defined, {permutations} shuffles, "
            f"{workers} thread{'s' * (workers > 1)}: {seconds:.1f} s"
        )


def one_at_a_time(study, labellings, samples) -> int:
    """The same models by statsmodels, without the joint test."""
    fits = 0
    for sample in samples:
        patterns, pattern = study.covariates.patterns("conduct_period_source", sample.index)
        covariates = patterns[pattern]
        groups = study.covariates.levels["force"].factorize()[0][sample.index]
        for role in labellings[sample.index].T:
            design = np.c_[covariates, role]
            sm.OLS(sample.outcome, design).fit(cov_type="cluster", cov_kwds={"groups": groups})
            model = sm.Logit(sample.outcome, design).fit(
                disp=0, cov_type="cluster", cov_kwds={"groups": groups}
            )
            with_role, without = design.copy(), design.copy()
            with_role[:, -1], without[:, -1] = 1, 0
            p1, p0 = model.predict(with_role), model.predict(without)
            gradient = (p1 * (1 - p1)) @ with_role - (p0 * (1 - p0)) @ without
            _ = p1.mean() - p0.mean(), gradient @ model.cov_params() @ gradient
            fits += 2
    return fits


def main() -> None:
    whole_curve(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
    hearings = load_hearings()
    study = internal._Study.of(hearings, Question.of(), FEW)
    labellings, _ = study.labellings(SHUFFLED, "within", 1)
    samples = [s for s in study.plan(FEW)[1].values() if study.roles[s.index].sum() >= 20]
    started = time.perf_counter()
    for sample in samples:
        internal._estimate(study, labellings, FEW.methods, 0.95, sample)
    ours = time.perf_counter() - started
    started = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fits = one_at_a_time(study, labellings, samples)
    loop = time.perf_counter() - started
    print(f"{fits} fits: {ours:.2f} s here, {loop:.2f} s one at a time, ratio {loop / ours:.0f}")


if __name__ == "__main__":
    main()

"""Cohorts made of counts, for the tests of variation between forces."""

import numpy as np
import pandas as pd

from analysis.cohort import Cohort
from analysis.question import Question


def by_force(count, total) -> Cohort:
    """A cohort with so many sanctioned of so many cases in each force."""
    outcomes = [k < x for x, n in zip(count, total, strict=True) for k in range(n)]
    forces = np.repeat([f"Force {k:02d}" for k in range(len(total))], total)
    cases = pd.DataFrame({"force": forces, "sanctioned": pd.array(outcomes, dtype="boolean")})
    cases["role"] = pd.Categorical(
        ["police_officer"] * len(cases), categories=["police_officer", "special_constable"], ordered=True
    )
    return Cohort(cases, pd.DataFrame(), Question.of())

"""Calibration: the study's own intervals and tests, tried on simulated samples with a known truth."""

from .results import HOLDS, KEPT, LEAST, MOST, OFTEN, REJECTS, SELDOM, calibration_results, with_verdicts
from .running import REPLICATES, add_up, run
from .scenarios import SCENARIOS, SELECTION, Scenario

__all__ = [
    "HOLDS",
    "KEPT",
    "LEAST",
    "MOST",
    "OFTEN",
    "REJECTS",
    "REPLICATES",
    "SCENARIOS",
    "SELDOM",
    "SELECTION",
    "Scenario",
    "add_up",
    "calibration_results",
    "run",
    "with_verdicts",
]

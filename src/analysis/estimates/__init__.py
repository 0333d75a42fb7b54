"""Estimates: each takes a cohort (or published figures) and returns a tidy frame, for any table or figure.

Every frame of estimates has its grouping columns, then `TIDY_COLUMNS` (estimate, conf_low, conf_high,
numerator, denominator, method), then what is particular to it.
"""

from .composition import composition_comparison
from .contrasts import contrast_by, exact_tests, risk_contrast
from .coverage import official_comparison
from .description import case_counts, missing_values, official_counts
from .evalues import e_value, e_values
from .forces import force_funnel, funnel_curves, funnel_limits
from .grouping import GROUPINGS, NOT_STATED
from .headcount import barring_contrast, barring_rates
from .intervals import (
    difference_interval,
    odds_ratio_interval,
    poisson_interval,
    proportion_interval,
    rate_ratio_interval,
    ratio_interval,
)
from .overlap import breach_cooccurrence
from .power import clustering_design_effect, critical_region, minimum_detectable, power_to_detect
from .rates import sanction_rates
from .reweighting import reweighted_rates
from .selection import (
    implied_selection,
    selection_bounds,
    selection_surface,
    tipping_point,
    unpublished_cases,
)
from .severity import severity_profile
from .sources import headline_by_denominator, headline_by_sources
from .stratified import StratifiedContrast, stratified_contrast
from .tidy import TIDY_COLUMNS
from .time import cases_over_time

__all__ = [
    "GROUPINGS",
    "NOT_STATED",
    "TIDY_COLUMNS",
    "StratifiedContrast",
    "barring_contrast",
    "barring_rates",
    "breach_cooccurrence",
    "case_counts",
    "cases_over_time",
    "clustering_design_effect",
    "composition_comparison",
    "contrast_by",
    "critical_region",
    "difference_interval",
    "e_value",
    "e_values",
    "exact_tests",
    "force_funnel",
    "funnel_curves",
    "funnel_limits",
    "headline_by_denominator",
    "headline_by_sources",
    "implied_selection",
    "minimum_detectable",
    "missing_values",
    "odds_ratio_interval",
    "official_comparison",
    "official_counts",
    "poisson_interval",
    "power_to_detect",
    "proportion_interval",
    "rate_ratio_interval",
    "ratio_interval",
    "reweighted_rates",
    "risk_contrast",
    "sanction_rates",
    "selection_bounds",
    "selection_surface",
    "severity_profile",
    "stratified_contrast",
    "tipping_point",
    "unpublished_cases",
]

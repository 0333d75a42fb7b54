"""Estimates: each takes a cohort (or published figures) and returns a tidy frame, for any table or figure.

Every frame of estimates has its grouping columns, then `TIDY_COLUMNS` (estimate, conf_low, conf_high,
numerator, denominator, method), then what is particular to it.
"""

from .adjusted import adjusted_contrast, adjusted_contrasts
from .balance import covariate_balance
from .composition import composition_comparison
from .contrasts import contrast_by, exact_tests, risk_contrast
from .coverage import official_comparison
from .description import case_counts, missing_values, official_counts
from .design import ADJUSTMENTS, Design, design
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
from .logistic import LogisticFit, fit_logistic
from .ordinal import ProportionalOdds, ordinal_contrast, probability_of_direction, proportional_odds_check
from .overlap import breach_cooccurrence
from .rates import sanction_rates
from .severity import severity_profile
from .sources import headline_by_denominator, headline_by_sources
from .stratified import StratifiedContrast, stratified_contrast
from .tidy import TIDY_COLUMNS
from .time import cases_over_time

__all__ = [
    "ADJUSTMENTS",
    "Design",
    "LogisticFit",
    "ProportionalOdds",
    "adjusted_contrast",
    "adjusted_contrasts",
    "design",
    "fit_logistic",
    "GROUPINGS",
    "NOT_STATED",
    "TIDY_COLUMNS",
    "StratifiedContrast",
    "barring_contrast",
    "barring_rates",
    "breach_cooccurrence",
    "cases_over_time",
    "composition_comparison",
    "case_counts",
    "contrast_by",
    "covariate_balance",
    "difference_interval",
    "exact_tests",
    "force_funnel",
    "funnel_curves",
    "funnel_limits",
    "headline_by_denominator",
    "headline_by_sources",
    "odds_ratio_interval",
    "missing_values",
    "official_comparison",
    "official_counts",
    "ordinal_contrast",
    "poisson_interval",
    "probability_of_direction",
    "proportion_interval",
    "proportional_odds_check",
    "rate_ratio_interval",
    "ratio_interval",
    "risk_contrast",
    "sanction_rates",
    "severity_profile",
    "stratified_contrast",
]

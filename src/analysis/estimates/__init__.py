"""Estimates: each takes a cohort (or published figures) and returns a tidy frame, for any table or figure.

Every frame of estimates has its grouping columns, then `TIDY_COLUMNS` (estimate, conf_low, conf_high,
numerator, denominator, method), then what is particular to it.
"""

from .adjusted import adjusted_contrast, adjusted_contrasts
from .coding_error import coding_error_sensitivity
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
from .multiplicity import adjust_for_many
from .ordinal import ProportionalOdds, ordinal_contrast, probability_of_direction, proportional_odds_check
from .overdispersion import (
    Dispersion,
    adjusted_curves,
    dispersion,
    force_funnel_adjusted,
    overdispersed_limits,
    winsorise,
)
from .overlap import breach_cooccurrence
from .pooling import ForceVariation, between_force_variation, pooled_force_rates
from .rates import sanction_rates
from .reliability import coding_agreement, confusion
from .severity import severity_profile
from .sources import headline_by_denominator, headline_by_sources
from .specification import Choices, SpecificationCurve, specification_curve
from .stratified import StratifiedContrast, stratified_contrast
from .tidy import TIDY_COLUMNS
from .time import cases_over_time
from .trends import regime_changes, smoothed_rates

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
    "smoothed_rates",
    "regime_changes",
    "pooled_force_rates",
    "between_force_variation",
    "ForceVariation",
    "winsorise",
    "overdispersed_limits",
    "force_funnel_adjusted",
    "dispersion",
    "adjusted_curves",
    "Dispersion",
    "adjust_for_many",
    "StratifiedContrast",
    "barring_contrast",
    "barring_rates",
    "breach_cooccurrence",
    "cases_over_time",
    "coding_agreement",
    "coding_error_sensitivity",
    "composition_comparison",
    "confusion",
    "case_counts",
    "contrast_by",
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
    "Choices",
    "SpecificationCurve",
    "specification_curve",
]

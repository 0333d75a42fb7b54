"""Estimates: each takes a cohort (or published figures) and returns a tidy frame, for any table or figure.

Every frame of estimates has its grouping columns, then `TIDY_COLUMNS` (estimate, conf_low, conf_high,
numerator, denominator, method), then what is particular to it.
"""

from .adjusted import (
    adjusted_contrast,
    adjusted_contrasts,
)
from .balance import (
    covariate_balance,
)
from .coding_error import (
    coding_error_sensitivity,
)
from .composition import (
    composition_comparison,
)
from .contrasts import (
    contrast_by,
    exact_tests,
    risk_contrast,
)
from .coverage import (
    official_comparison,
)
from .criticism import (
    Calibration,
    model_calibration,
    model_convergence,
)
from .description import (
    case_counts,
    missing_values,
    official_counts,
)
from .design import (
    ADJUSTMENTS,
    Design,
    design,
)
from .evalues import (
    e_value,
    e_values,
)
from .forces import (
    force_funnel,
    funnel_curves,
    funnel_limits,
)
from .grouping import (
    GROUPINGS,
    NOT_STATED,
)
from .headcount import (
    barring_contrast,
    barring_rates,
)
from .influence import (
    influential_cases,
    leave_one_out,
)
from .intervals import (
    difference_interval,
    odds_ratio_interval,
    poisson_interval,
    proportion_interval,
    rate_ratio_interval,
    ratio_interval,
)
from .logistic import (
    LogisticFit,
    fit_logistic,
)
from .multiplicity import (
    adjust_for_many,
)
from .ordinal import (
    ProportionalOdds,
    ordinal_contrast,
    probability_of_direction,
    proportional_odds_check,
)
from .overdispersion import (
    Dispersion,
    adjusted_curves,
    dispersion,
    force_funnel_adjusted,
    overdispersed_limits,
    phi_and_tau2,
    winsorise,
)
from .overlap import (
    breach_cooccurrence,
)
from .pooling import (
    ForceVariation,
    between_force_variation,
    pooled_force_rates,
)
from .power import (
    clustering_design_effect,
    critical_region,
    minimum_detectable,
    power_to_detect,
)
from .rates import (
    sanction_rates,
)
from .reliability import (
    coding_agreement,
    confusion,
)
from .reweighting import (
    reweighted_rates,
)
from .selection import (
    implied_selection,
    selection_bounds,
    selection_surface,
    tipping_point,
    unpublished_cases,
)
from .severity import (
    severity_profile,
)
from .sources import (
    headline_by_denominator,
    headline_by_sources,
)
from .specification import (
    Choices,
    SpecificationCurve,
    specification_curve,
)
from .stratified import (
    StratifiedContrast,
    stratified_contrast,
)
from .tidy import (
    TIDY_COLUMNS,
)
from .time import (
    cases_over_time,
)
from .trends import (
    regime_changes,
    smoothed_rates,
)

__all__ = [
    "ADJUSTMENTS",
    "Calibration",
    "Choices",
    "Design",
    "Dispersion",
    "ForceVariation",
    "GROUPINGS",
    "LogisticFit",
    "NOT_STATED",
    "ProportionalOdds",
    "SpecificationCurve",
    "StratifiedContrast",
    "TIDY_COLUMNS",
    "adjust_for_many",
    "adjusted_contrast",
    "adjusted_contrasts",
    "adjusted_curves",
    "barring_contrast",
    "barring_rates",
    "between_force_variation",
    "breach_cooccurrence",
    "case_counts",
    "cases_over_time",
    "clustering_design_effect",
    "coding_agreement",
    "coding_error_sensitivity",
    "composition_comparison",
    "confusion",
    "contrast_by",
    "covariate_balance",
    "critical_region",
    "design",
    "difference_interval",
    "dispersion",
    "e_value",
    "e_values",
    "exact_tests",
    "fit_logistic",
    "force_funnel",
    "force_funnel_adjusted",
    "funnel_curves",
    "funnel_limits",
    "headline_by_denominator",
    "headline_by_sources",
    "implied_selection",
    "influential_cases",
    "leave_one_out",
    "minimum_detectable",
    "missing_values",
    "model_calibration",
    "model_convergence",
    "odds_ratio_interval",
    "official_comparison",
    "official_counts",
    "ordinal_contrast",
    "overdispersed_limits",
    "poisson_interval",
    "pooled_force_rates",
    "power_to_detect",
    "probability_of_direction",
    "proportion_interval",
    "proportional_odds_check",
    "rate_ratio_interval",
    "ratio_interval",
    "regime_changes",
    "reweighted_rates",
    "risk_contrast",
    "sanction_rates",
    "selection_bounds",
    "selection_surface",
    "severity_profile",
    "smoothed_rates",
    "specification_curve",
    "stratified_contrast",
    "tipping_point",
    "unpublished_cases",
    "phi_and_tau2",
    "winsorise",
]

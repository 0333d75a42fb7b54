"""Tables of one estimate each, built from the pieces of `tables`."""

from .adjusted import (
    balance_table,
    direction_table,
    ladder_table,
)
from .calibration import (
    calibration_detail_table,
    calibration_table,
)
from .criticism import (
    convergence_table,
    influential_cases_table,
    leave_one_out_table,
    model_calibration_table,
)
from .description import (
    barring_contrast_table,
    codelist_table,
    composition_table,
    cooccurrence_table,
    counts_table,
    coverage_table,
    denominators_table,
    missing_table,
    official_table,
    profile_table,
    sources_table,
)
from .power import (
    detectable_table,
    power_table,
)
from .reliability import (
    agreement_parts_table,
    agreement_table,
    coding_error_table,
    confusion_table,
)
from .selection import (
    bounds_table,
    e_value_table,
    implied_table,
    reweighting_table,
    surface_table,
    tipping_table,
    unpublished_table,
)
from .specification import (
    specification_joint_table,
    specification_table,
)
from .variation import (
    changes_table,
    pooled_table,
    trend_table,
    variation_table,
)

__all__ = [
    "agreement_parts_table",
    "agreement_table",
    "balance_table",
    "barring_contrast_table",
    "bounds_table",
    "calibration_detail_table",
    "calibration_table",
    "changes_table",
    "codelist_table",
    "coding_error_table",
    "composition_table",
    "confusion_table",
    "convergence_table",
    "cooccurrence_table",
    "counts_table",
    "coverage_table",
    "denominators_table",
    "detectable_table",
    "direction_table",
    "e_value_table",
    "implied_table",
    "influential_cases_table",
    "ladder_table",
    "leave_one_out_table",
    "missing_table",
    "model_calibration_table",
    "official_table",
    "pooled_table",
    "power_table",
    "profile_table",
    "reweighting_table",
    "sources_table",
    "specification_joint_table",
    "specification_table",
    "surface_table",
    "tipping_table",
    "trend_table",
    "unpublished_table",
    "variation_table",
]

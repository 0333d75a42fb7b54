"""Tables of one estimate each, built from the pieces of `tables`."""

from .criticism import (
    calibration_table,
    convergence_table,
    influential_cases_table,
    leave_one_out_table,
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
from .reliability import agreement_parts_table, agreement_table, coding_error_table, confusion_table

__all__ = [
    "agreement_parts_table",
    "agreement_table",
    "barring_contrast_table",
    "calibration_table",
    "codelist_table",
    "coding_error_table",
    "composition_table",
    "confusion_table",
    "convergence_table",
    "cooccurrence_table",
    "counts_table",
    "coverage_table",
    "denominators_table",
    "influential_cases_table",
    "leave_one_out_table",
    "missing_table",
    "official_table",
    "profile_table",
    "sources_table",
]

"""Tables of one estimate each, built from the pieces of `tables`."""

from .calibration import calibration_detail_table, calibration_table
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
from .specification import specification_joint_table, specification_table

__all__ = [
    "agreement_parts_table",
    "agreement_table",
    "barring_contrast_table",
    "codelist_table",
    "coding_error_table",
    "composition_table",
    "confusion_table",
    "cooccurrence_table",
    "counts_table",
    "coverage_table",
    "denominators_table",
    "missing_table",
    "official_table",
    "profile_table",
    "sources_table",
    "specification_joint_table",
    "specification_table",
    "calibration_detail_table",
    "calibration_table",
]

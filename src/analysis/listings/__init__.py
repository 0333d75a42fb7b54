"""Tables of one estimate each, built from the pieces of `tables`."""

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
from .specification import specification_joint_table, specification_table

__all__ = [
    "barring_contrast_table",
    "codelist_table",
    "composition_table",
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
]

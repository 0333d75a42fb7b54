"""Tables of one estimate each, built from the pieces of `tables`."""

from .adjusted import balance_table, direction_table, ladder_table
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

__all__ = [
    "balance_table",
    "barring_contrast_table",
    "codelist_table",
    "composition_table",
    "cooccurrence_table",
    "counts_table",
    "coverage_table",
    "denominators_table",
    "direction_table",
    "ladder_table",
    "missing_table",
    "official_table",
    "profile_table",
    "sources_table",
]

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
from .power import detectable_table, power_table
from .selection import (
    bounds_table,
    e_value_table,
    implied_table,
    reweighting_table,
    surface_table,
    tipping_table,
    unpublished_table,
)

__all__ = [
    "barring_contrast_table",
    "bounds_table",
    "codelist_table",
    "composition_table",
    "cooccurrence_table",
    "counts_table",
    "coverage_table",
    "denominators_table",
    "detectable_table",
    "e_value_table",
    "implied_table",
    "missing_table",
    "official_table",
    "power_table",
    "profile_table",
    "reweighting_table",
    "sources_table",
    "surface_table",
    "tipping_table",
    "unpublished_table",
]

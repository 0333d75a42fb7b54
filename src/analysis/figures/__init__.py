"""Figures: each takes tidy frames and gives a `Drawing` (figure and alt text); none computes a statistic."""

from .barring import barring_plot
from .cooccurrence import cooccurrence_matrix
from .coverage import coverage_plot
from .funnel import funnel_plot
from .rates import contrast_plot, forest_plot, headline_plot
from .severity import severity_bars
from .shrinkage import shrinkage_plot
from .specification import specification_plot
from .style import Drawing, to_svg
from .timeline import time_line
from .trends import trend_plot

__all__ = [
    "Drawing",
    "barring_plot",
    "contrast_plot",
    "cooccurrence_matrix",
    "forest_plot",
    "funnel_plot",
    "headline_plot",
    "severity_bars",
    "shrinkage_plot",
    "time_line",
    "to_svg",
    "specification_plot",
    "trend_plot",
    "coverage_plot",
]

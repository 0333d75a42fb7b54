"""Figures: each takes tidy frames and gives a `Drawing` (figure and alt text); none computes a statistic."""

from .barring import (
    barring_plot,
)
from .calibration import (
    calibration_plot,
)
from .cooccurrence import (
    cooccurrence_matrix,
)
from .coverage import (
    coverage_plot,
)
from .funnel import (
    funnel_plot,
)
from .influence import (
    influence_plot,
)
from .odds import (
    odds_plot,
)
from .power import (
    power_plot,
)
from .rates import (
    contrast_plot,
    forest_plot,
    headline_plot,
)
from .severity import (
    severity_bars,
)
from .shrinkage import (
    shrinkage_plot,
)
from .specification import (
    specification_plot,
)
from .style import (
    Drawing,
    to_svg,
)
from .timeline import (
    time_line,
)
from .tipping import (
    tipping_plot,
)
from .trends import (
    trend_plot,
)

__all__ = [
    "Drawing",
    "barring_plot",
    "calibration_plot",
    "contrast_plot",
    "cooccurrence_matrix",
    "coverage_plot",
    "forest_plot",
    "funnel_plot",
    "headline_plot",
    "influence_plot",
    "odds_plot",
    "power_plot",
    "severity_bars",
    "shrinkage_plot",
    "specification_plot",
    "time_line",
    "tipping_plot",
    "to_svg",
    "trend_plot",
]

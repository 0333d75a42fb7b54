"""Render a catalogue of notebooks into a site of self-contained pages. Knows nothing of what the notebooks say."""

from .catalogue import Catalogue, Report, read_catalogue
from .publish import AlreadyRunning
from .renderer import Outcome, Rendered, render
from .site import verify

__all__ = [
    "AlreadyRunning",
    "Catalogue",
    "Outcome",
    "Rendered",
    "Report",
    "read_catalogue",
    "render",
    "verify",
]

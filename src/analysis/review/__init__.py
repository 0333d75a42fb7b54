"""Looking through a folder of notices: what the rules propose, checked by a reader, into the data.

>>> from analysis import review
>>> review.page()                       # in JupyterLab: the notices of data/incoming/notices/
"""

from importlib import import_module

_HOME = {
    "Draft": "draft",
    "Queue": "queue",
    "ReviewPage": "widgets",
    "page": "widgets",
}
__all__ = sorted(_HOME)


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

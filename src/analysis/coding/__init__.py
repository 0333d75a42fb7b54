"""From the text of a notice or article to proposed cases, by rules that can be read and extended.

>>> from analysis.coding import code_notice
>>> code_notice("Special Constable A was dismissed without notice at a misconduct hearing.")
"""

from importlib import import_module

# Fetched at first use: the tokeniser takes a second to import, and most commands never need it.
_HOME = {
    "Coded": "result",
    "CodedCase": "result",
    "Span": "result",
    "code_notice": "notice",
    "to_json": "result",
    "to_rows": "result",
    "to_html": "html",
    "Evaluation": "evaluate",
    "evaluate": "evaluate",
}
__all__ = sorted(_HOME)


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)

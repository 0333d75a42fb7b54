"""Bringing published tables and coded notices into the data package: read, map, place words, refuse names,
recognise what is there, and write all or nothing."""

from importlib import import_module

_HOME = {
    "Mapping": "mapping",
    "Prepared": "importing",
    "Receipt": "store",
    "Source": "sources",
    "add_cases": "store",
    "find_mapping": "mapping",
    "import_prepared": "importing",
    "import_table": "importing",
    "mappings": "mapping",
    "prepare": "importing",
}
__all__ = sorted(_HOME)


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

"""Police misconduct outcomes in England and Wales: data, estimates and reports.

>>> import analysis
>>> hearings = analysis.load_hearings()
>>> cohort = analysis.select(hearings, analysis.Question.of(sanction="dismissal_equivalent"))
>>> analysis.sanction_rates(cohort, by=["role", "breach"])
"""

from importlib import import_module

__version__ = "0.1.0"

# Each name is fetched from its module at first use: the statistics libraries take seconds to import, and
# `misconduct list` or a failed validation should not wait for them.
_HOME = {
    "Cohort": "cohort",
    "DataError": "errors",
    "Question": "question",
    "StudyError": "errors",
    "explode": "loading",
    "load_changes": "loading",
    "load_codelist": "codelists",
    "load_double_coded": "loading",
    "load_hearings": "loading",
    "load_official": "loading",
    "load_sources": "loading",
    "risk_contrast": "estimates",
    "sanction_rates": "estimates",
    "select": "cohort",
}
__all__ = sorted(_HOME)


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

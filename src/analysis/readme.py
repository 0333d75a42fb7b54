"""Keeps the README's finding and its figure to the data: `python -m analysis.readme` writes both anew."""

from __future__ import annotations

import re
from pathlib import Path

from . import estimates, figures, wording
from .cohort import select
from .errors import StudyError
from .figures.style import Drawing, to_svg
from .loading import load_hearings, load_official
from .question import Question

FIGURE = Path("reports") / "headline.svg"
_BLOCK = re.compile(r"(<!-- finding:[^\n]*-->\n).*?(<!-- /finding -->)", flags=re.DOTALL)


def drawing() -> Drawing:
    """The headline figure."""
    question = Question.of()
    cohort = select(load_hearings(), question)
    return figures.headline_plot(
        estimates.sanction_rates(cohort, by="role"),
        width="wide",
        title=wording.figure_title("Rate of {sanction} by role", question),
        subtitle=wording.measured(question, cohort.cases),
    )


def finding() -> str:
    """What the study found, as Markdown with the figure."""
    question = Question.of()
    cohort = select(load_hearings(), question)
    rates = estimates.sanction_rates(cohort, by="role")
    official = load_official()
    barring = wording.barring(
        estimates.barring_rates(official), estimates.barring_contrast(official), question
    )
    ladder = estimates.adjusted_contrasts(cohort)
    paragraphs = [
        " ".join(
            [
                wording.role_rates(rates, question),
                wording.difference(estimates.risk_contrast(cohort), estimates.exact_tests(cohort), question),
            ]
        ),
        " ".join(
            [
                wording.held_alike(ladder, question),
                wording.detectable(estimates.minimum_detectable(cohort), question),
            ]
        ),
        wording.denominators(estimates.headline_by_denominator(load_hearings(), question), question),
        wording.without_selected(estimates.headline_by_sources(cohort), question),
        f"![{drawing().alt}]({FIGURE.as_posix()})",
        *barring[:2],
        wording.adjusted_not_cause(),
    ]
    return "\n\n".join(paragraphs) + "\n"


def with_finding(readme: str) -> str:
    """The README's text with the finding written anew.

    Raises
    ------
    StudyError : the README has lost the two marks that the finding stands between.
    """
    text, replaced = _BLOCK.subn(lambda match: match[1] + "\n" + finding() + "\n" + match[2], readme)
    if replaced != 1:
        raise StudyError(
            "README.md must have one block between '<!-- finding: … -->' and '<!-- /finding -->'."
        )
    return text


def main() -> None:
    """Write README.md and its figure in the current folder."""
    path = Path("README.md")
    path.write_text(with_finding(path.read_text(encoding="utf-8")), encoding="utf-8")
    FIGURE.write_text(to_svg(drawing().figure), encoding="utf-8")


if __name__ == "__main__":
    main()

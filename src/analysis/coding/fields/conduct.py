"""What was done, by the words that describe it."""

from __future__ import annotations

from ..lexicon import Hit
from ..reading import Reading
from ..result import Coded

_BARRED_SECTIONS = (
    "options",
    "notes",
    "related",
    "panel",
    "location",
    "published",
    "standards",
    "standards_alleged",
)
_OFFICIAL = frozenset(["said", "added"])


def conduct_hits(reading: Reading) -> list[Hit]:
    """Phrases that describe conduct, those of the standards' names and of general remarks left out."""
    standards = {i for hit in reading.hits("standards") for i in hit.words}
    kept = []
    for hit in reading.hits("conduct"):
        sentence = reading.notice.sentence(hit.start)
        if sentence.section in _BARRED_SECTIONS or set(hit.words) & standards:
            continue
        tags = reading.context.of(hit)
        if "general" in tags or (
            "negated" in tags and not {"n't", "not"} & {reading.notice.lower[i] for i in hit.words}
        ):
            continue
        kept.append(hit)
    return kept


def choose_conduct(reading: Reading, hits: list[Hit]) -> Coded | None:
    """The kinds of conduct of one person.

    A kind counts where its words stand outside quoted speech.
    """
    found: dict[str, list[Hit]] = {}
    for hit in hits:
        found.setdefault(hit.rule.code, []).append(hit)
    kept: list[Hit] = []
    for group in found.values():
        own = [hit for hit in group if not reading.notice.sentence(hit.start).quoted]
        kept += own
    if not kept:
        return None
    codes = sorted({hit.rule.code for hit in kept})
    return reading.coded(";".join(codes), 0.7, *kept)

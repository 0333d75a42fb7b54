"""Whether it was admitted, whether it led to a conviction, whether it was heard in private."""

from __future__ import annotations

from ..lexicon import Hit, listed
from ..reading import Reading
from ..result import Coded

_BARRED_SECTIONS = ("options", "notes", "related", "panel")


def circumstance_hits(reading: Reading, field: str) -> list[Hit]:
    """Phrases on one of admitted, conviction and private that hold."""
    kept = []
    for hit in reading.hits("circumstances"):
        sentence = reading.notice.sentence(hit.start)
        if hit.rule.get("field") != field or sentence.section in _BARRED_SECTIONS:
            continue
        tags = reading.context.of(hit)
        if "general" in tags:
            continue
        own = {reading.notice.lower[i] for i in hit.words}
        if "negated" in tags and not own & {"not", "n't", "no", "none", "never", "cleared", "but"}:
            continue
        asked = {"interviewed", "interview", "questioned"} & set(
            reading.notice.lower[sentence.start : sentence.end]
        )
        if field == "admitted" and (asked or _is_criminal(reading, hit, tags)):
            continue
        if (
            field == "conviction"
            and hit.rule.code == "yes"
            and ("hypothetical" in tags or "misconduct" in own)
        ):
            continue
        if (
            field == "private"
            and "public" in reading.notice.lower[max(sentence.start, hit.start - 7) : hit.start]
        ):
            continue  # "a member of the public, who wished to remain anonymous"
        if field == "conviction" and _is_of_another(reading, hit):
            continue
        kept.append(hit)
    return kept


_OTHERS = listed("circumstances_others")


def _is_of_another(reading: Reading, hit: Hit) -> bool:
    """Whether it is a suspect, a victim or a relative who was convicted."""
    lower, clauses = reading.notice.lower, reading.notice.clauses
    sentence = reading.notice.sentence(hit.start)
    clause = [i for i in range(sentence.start, hit.start) if clauses[i] == clauses[hit.start]]
    others = [i for i in clause if lower[i] in _OTHERS]
    people = [
        m.start
        for m in reading.people.in_sentence(sentence)
        if m.start < hit.start and clauses[m.start] == clauses[hit.start]
    ]
    return (
        bool(others)
        and (not people or others[0] < people[0])
        and (not people or people[-1] < hit.start and others[0] < people[0])
    )


def _is_criminal(reading: Reading, hit: Hit, tags: frozenset[str]) -> bool:
    """Whether something was admitted to a court rather than to the panel."""
    return "criminal" in tags and "panel" not in tags


def choose_admitted(reading: Reading, hits: list[Hit]) -> Coded | None:
    """Admitted in full, in part or denied."""
    by_code: dict[str, list[Hit]] = {}
    for hit in hits:
        by_code.setdefault(hit.rule.code, []).append(hit)
    if "partial" in by_code:
        code = "partial"
    elif "full" in by_code and "denied" in by_code:
        code = "partial"
        by_code["partial"] = by_code["full"] + by_code["denied"]
    elif len(by_code) == 1:
        code = next(iter(by_code))
    else:
        return None
    return reading.coded(code, max(h.rule.confidence for h in by_code[code]), *by_code[code])


def choose_conviction(reading: Reading, hits: list[Hit]) -> Coded | None:
    """Yes where the conduct led to a conviction or caution, no where a court acquitted."""
    yes = [hit for hit in hits if hit.rule.code == "yes"]
    no = [hit for hit in hits if hit.rule.code == "no"]
    if no:
        return reading.coded("no", 0.85, *no)
    return reading.coded("yes", 0.93, *yes) if yes else None


def choose_private(reading: Reading, hits: list[Hit]) -> Coded | None:
    """Yes for anonymity or a hearing in private, no for one held in public without either."""
    yes = [hit for hit in hits if hit.rule.code == "yes"]
    no = [hit for hit in hits if hit.rule.code == "no"]
    if yes:
        return reading.coded("yes", 0.9, *yes)
    return reading.coded("no", 0.85, *no) if no else None

"""Whether it was admitted, whether it led to a conviction, whether it was heard in private."""

from __future__ import annotations

from functools import cache

from ..lexicon import Hit, listed, table
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
        if "negated" in tags and not own & _DENIALS:
            continue
        if _HOLDS[field](reading, hit, tags):
            kept.append(hit)
    return kept


_DENIALS = frozenset(("not", "n't", "no", "none", "never", "cleared", "but", "neither", "nothing"))


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(table("circumstances")[name])


def _is_admission(reading: Reading, hit: Hit, tags: frozenset[str]) -> bool:
    """Whether somebody whose conduct is judged answers to the panel, not to a court, and not the panel itself."""
    notice = reading.notice
    sentence = notice.sentence(hit.start)
    told = set(notice.lower[sentence.start : sentence.end])
    if told & {"interviewed", "interview", "questioned"} and not told & {
        "first",
        "outset",
        "throughout",
        "start",
    }:
        return False  # what was said in an interview, unless "from the first interview" on
    if _is_criminal(reading, hit, tags) or notice.lower[hit.end : hit.end + 3] == ["in", "public", "office"]:
        return False
    if hit.rule.code == "denied" and "nothing" in notice.lower[hit.start : hit.end + 1]:
        return False  # "contested nothing at the hearing"
    if sentence.section == "admission" and hit.rule.get("section"):
        return hit.start - sentence.start <= _ANSWER
    return not _is_of_a_body(reading, hit)


#: An answer to "Admitted?" stands at once after the label.
_ANSWER = 12


def _is_of_a_body(reading: Reading, hit: Hit) -> bool:
    """Whether it is the panel, the force or a court that accepts or disputes: the last subject named before it."""
    lower = reading.notice.lower
    sentence = reading.notice.sentence(hit.start)
    first = hit.words[0]
    places = [i for i in range(sentence.start, first) if lower[i] in _words("bodies")]
    if (
        not places
        or lower[places[-1] - 1 : places[-1]] in (["at"], ["before"], ["the"])
        and places[-1] == first
    ):
        return False
    last = places[-1]
    people = [m.start for m in reading.people.in_sentence(sentence) if last < m.start < first]
    through = {"told", "to", "before", "at", "by", "from", "heard"} & set(
        lower[max(sentence.start, last - 2) : last]
    )
    return not people and not through and first - last <= 4


def _is_conviction(reading: Reading, hit: Hit, tags: frozenset[str]) -> bool:
    """Whether it is the officer's own conviction or caution, and really was one."""
    own = {reading.notice.lower[i] for i in hit.words}
    if hit.rule.code == "yes" and ("hypothetical" in tags or "misconduct" in own):
        return False
    before = reading.notice.lower[max(0, hit.start - 3) : hit.start]
    if {"under", "prospect", "disclose", "declare", "undisclosed", "undeclared"} & set(before):
        return False
    return not _is_of_another(reading, hit)


def _is_private(reading: Reading, hit: Hit, tags: frozenset[str]) -> bool:
    """Whether these proceedings were private, or the officer anonymous: not a victim, a bystander or meetings at large."""
    notice = reading.notice
    sentence = notice.sentence(hit.start)
    lower = notice.lower
    if "public" in lower[max(sentence.start, hit.start - 7) : hit.start] and hit.rule.code == "yes":
        return False  # "a member of the public, who wished to remain anonymous"
    words = set(lower[sentence.start : sentence.end])
    if not words & _words("heard") or {"meetings", "hearings"} & set(lower[sentence.start : hit.start]):
        return False
    return not _is_of_another(reading, hit)


_HOLDS = {"admitted": _is_admission, "conviction": _is_conviction, "private": _is_private}


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
        code = _code_of(reading, hit)
        if code is not None:
            by_code.setdefault(code, []).append(hit)
    if "denied" in by_code and all(hit.rule.get("weak") for hit in by_code.get("full", ())):
        # "accepted that he had been there" beside a plain denial takes nothing of it back; "denied the rest" does
        rest = any(_REST & {reading.notice.lower[i] for i in hit.words} for hit in by_code["denied"])
        if "full" in by_code and not rest:
            return None
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


_REST = frozenset(("rest", "remainder", "other", "others"))


def _code_of(reading: Reading, hit: Hit) -> str | None:
    """Full, partial or denied; an admission of one thing is partial where its sentence takes back a part of it ("admitted
    sending it, but insisted ..."), and not sure where it may do so."""
    if not hit.rule.get("weak"):
        return hit.rule.code
    sentence = reading.notice.sentence(hit.start)
    after = set(reading.notice.lower[hit.end : sentence.end])
    if _words("reserving") & after:
        return "partial"
    return None if _words("doubtful") & after else hit.rule.code


def choose_conviction(reading: Reading, hits: list[Hit]) -> Coded | None:
    """Yes where the conduct led to a conviction or caution; empty where a court also acquitted."""
    if not hits or any(hit.rule.code == "no" for hit in hits):
        return None
    return reading.coded("yes", 0.93, *hits)


def choose_private(reading: Reading, hits: list[Hit]) -> Coded | None:
    """Yes for anonymity or a hearing in private, no for one called a public hearing that says nothing of either."""
    yes = [hit for hit in hits if hit.rule.code == "yes"]
    no = [hit for hit in hits if hit.rule.code == "no"]
    if yes:
        return reading.coded("yes", 0.9, *yes)
    return reading.coded("no", 0.85, *no) if no else None

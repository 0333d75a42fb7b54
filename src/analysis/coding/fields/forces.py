"""The force that the person served in."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

from ...codelists import labels, load_codelist, words
from ..lexicon import Hit, Lexicon, Rule, table, tokenise
from ..reading import Reading
from ..result import Coded

_ELSEWHERE = (
    "investigated by",
    "investigation by",
    "from neighbouring",
    "chaired by",
    "in front of",
    "arrested by",
)


def choose_force(reading: Reading, given: str | None = None) -> Coded | None:
    """The force of the notice: the one given, else the one that it names first and most.

    Parameters
    ----------
    given : a force by name, code or alias.
    """
    if given is not None:
        return Coded(given, 1.0)
    scores: dict[str, float] = defaultdict(float)
    hits: dict[str, list[Hit]] = defaultdict(list)
    for hit in _longest(_names().find(reading.notice.doc)):
        sentence = reading.notice.sentence(hit.start)
        if sentence.section in ("notes", "related", "panel") or hit.end > sentence.end:
            continue
        if not _is_proper(reading, hit):
            continue
        code = hit.rule.code
        score = 3.0 if sentence.number <= 2 else (2.0 if sentence.number <= 6 else 1.0)
        if sentence.section == "force":
            score = 20.0
        if _is_of_a_senior(reading, hit) or _is_elsewhere(reading, hit):
            score *= 0.3
        if _is_of_the_chair(reading, hit):
            continue
        scores[code] += score
        hits[code].append(hit)
    if not scores:
        return _by_place(reading)
    ranked = sorted(scores, key=lambda code: (-scores[code], hits[code][0].start))
    best = ranked[0]
    if len(ranked) > 1 and scores[best] < 1.3 * scores[ranked[1]]:
        first = min(ranked[:2], key=lambda code: hits[code][0].start)
        if scores[first] < 2:
            return None
        best = first
    sure = scores[best] / sum(scores.values())
    return reading.coded(labels("forces")[best], 0.7 + 0.28 * sure, *hits[best])


def _by_place(reading: Reading) -> Coded | None:
    """The force of the one area that the text names ("an officer in Cumbria"), where it names no force."""
    seen: dict[str, int] = {}
    for i, word in enumerate(reading.notice.lower):
        code = _areas().get(word)
        if (
            code
            and reading.notice.doc[i].text.istitle()
            and reading.notice.lower[i + 1 : i + 2] not in (["police"], ["constabulary"])
            and (
                reading.notice.lower[i - 1 : i] in (["in"], ["of"], ["at"], ["from"], ["a"], ["for"])
                or reading.notice.lower[i + 1 : i + 2] in (["'s"], ["’s"])
            )
        ):
            seen.setdefault(code, i)
    if len(seen) != 1:
        return None
    [(code, i)] = seen.items()
    return Coded(labels("forces")[code], 0.7, reading.spans((i,)))


@cache
def _areas() -> dict[str, str]:
    return {label.casefold(): code for code, label in labels("forces").items() if " " not in label}


def known_force(name: str) -> str | None:
    """The label of a force, from its label, code or alias; None where there is no such force."""
    code = words("forces").get(name.strip().casefold())
    return labels("forces")[code] if code else None


def _longest(hits: list[Hit]) -> list[Hit]:
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (h.start - h.end, h.start, h.rule.code)):
        if not any(hit.start < other.end and other.start < hit.end for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda h: h.start)


def _is_proper(reading: Reading, hit: Hit) -> bool:
    """Names are written with capitals: "sussex police" is one only in a heading, "kent" alone never."""
    return reading.notice.doc[hit.start].text[:1].isupper() or reading.notice.lower[hit.start] == "the"


def _is_of_a_senior(reading: Reading, hit: Hit) -> bool:
    sentence = reading.notice.sentence(hit.start)
    near = [m for m in reading.people.in_sentence(sentence) if m.senior and 0 <= hit.start - m.end <= 4]
    return bool(near)


def _is_of_the_chair(reading: Reading, hit: Hit) -> bool:
    """Whether it is the force of a chief officer from elsewhere: "chaired by Chief Constable X, of ... Police"."""
    sentence = reading.notice.sentence(hit.start)
    lower = reading.notice.lower
    near = [
        m
        for m in reading.people.in_sentence(sentence)
        if m.senior
        and (-2 <= hit.start - m.end <= 3 or m.start <= hit.start < m.end or 0 <= m.start - hit.end <= 1)
    ]
    if not near or (near[0].kind != "named" and lower[near[0].start] == "the"):
        return False  # "the Chief Constable of ..." is the force's own
    before = " ".join(
        lower[max(sentence.start, min(hit.start, near[0].start) - 4) : min(hit.start, near[0].start)]
    )
    after = lower[near[-1].end : near[-1].end + 3]
    return (
        any(
            before.endswith(cue)
            for cue in ("chaired by", "in front of", "led by", "headed by", "before", "heard by")
        )
        or "chaired" in after
    )


def _is_elsewhere(reading: Reading, hit: Hit) -> bool:
    """Whether it is a force that only took part: "investigated by ...", "from neighbouring ..."."""
    before = " ".join(reading.notice.lower[max(0, hit.start - 4) : hit.start]).removesuffix(" the")
    return before.endswith(_ELSEWHERE)


@cache
def _names() -> Lexicon:
    also = table("forces")
    entries = []
    for code, row in load_codelist("forces").iterrows():
        names = [row["label"].casefold(), *filter(None, [also["short"].get(code)])]
        phrases = {form.format(name) for form in also["forms"] for name in names}
        phrases |= {
            alias.casefold() for alias in row["aliases"] if " " in alias or alias.isupper() and len(alias) > 2
        }
        phrases |= set(also["also"].get(code, ()))
        if len(row["label"].split()) > 1 and code not in ("city-of-london",):
            phrases.add(row["label"].casefold())
        written = {" ".join(t.lower_ for t in tokenise(phrase)) for phrase in phrases}
        written |= {phrase.replace(" and ", " & ") for phrase in written}
        entries.append((Rule(str(code), 0.95), sorted(p.replace("?", "").replace("|", "") for p in written)))
    return Lexicon(entries)

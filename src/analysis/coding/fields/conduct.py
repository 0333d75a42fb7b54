"""What was done, by the words that describe it, weighed together with the standards that the text names."""

from __future__ import annotations

from functools import cache
from typing import Any

from ..lexicon import Hit, Rule, table
from ..reading import Reading
from ..result import Coded
from ..text import Sentence

_BARRED_SECTIONS = ("options", "notes", "related", "panel", "location", "published")
_STANDARDS = ("standards", "standards_alleged")
#: What is told under these labels is what was done.
_TELLING = ("allegation", "finding", "outcome")
#: What the words of a code must weigh together. A phrase that is clear (1.0) is enough; one that is fair (0.7) where the
#: text tells what was alleged or found; each more phrase adds a part of its weight.
_ENOUGH = 0.95
_TOLD = 1.4
_QUOTED = 0.5
_MORE = 0.4
#: Where nothing is clear, what is only fair is enough.
_ALONE = 0.65
#: What a kind of conduct must weigh beside one that it is seldom told of together with.
_APART = 1.35
#: A standard stands for what was done nearly as clearly as words do.
_STANDARD = 1.0
#: No more kinds of conduct than this are told of one person; the clearest are kept.
_MOST = 3


def conduct_hits(reading: Reading) -> list[Hit]:
    """Phrases that describe conduct, and standards that stand for it; those of the names of standards, of general remarks
    and of what others did left out."""
    mentions = reading.standards
    named = {i for hit in reading.hits("standards") for i in hit.words}
    kept = []
    for hit in reading.hits("conduct"):
        sentence = reading.notice.sentence(hit.start)
        if sentence.section in (*_BARRED_SECTIONS, *_STANDARDS) or set(hit.words) & named:
            continue
        tags = reading.context.of(hit)
        if "general" in tags or (
            "negated" in tags
            and not {"n't", "not", "no", "never", "nobody"} & {reading.notice.lower[i] for i in hit.words}
        ):
            continue
        if _is_of_another(reading, hit, sentence) or _is_of_a_case(reading, hit, sentence):
            continue
        kept.append(hit)
    for mention in mentions:
        meant = table("conduct")["standards"].get(mention.hit.rule.code)
        section = reading.notice.sentence(mention.hit.start).section
        if meant is not None and section not in _BARRED_SECTIONS:
            rule = Rule(meant["code"], settings={**meant, "standard": mention.standing})
            kept.append(Hit(rule, mention.hit.start, mention.hit.end, mention.hit.words))
    return kept


@cache
def _listed(name: str) -> frozenset[str]:
    return frozenset(table("conduct")[name])


def _is_of_another(reading: Reading, hit: Hit, sentence: Sentence) -> bool:
    """Whether it is what somebody met on duty did or was: "a man who had kicked a door", "a drunken teenager"."""
    lower = reading.notice.lower
    before = hit.start - 1
    while before >= sentence.start and lower[before] in _listed("linking"):
        before -= 1
    if before >= sentence.start and before < hit.start - 1 and lower[before] in _listed("others"):
        return True
    first, following = lower[hit.words[0]], lower[hit.end : hit.end + 1]
    return (
        len(hit.words) == 1
        and first in ("drunk", "drunken", "violent")
        and bool(set(following) & _listed("others"))
    )


def _is_of_a_case(reading: Reading, hit: Hit, sentence: Sentence) -> bool:
    """Whether a crime is named that was reported to police or looked into by them: "a burglary victim"."""
    lower = reading.notice.lower
    if not {lower[i] for i in hit.words} <= _listed("crimes") | {"of", "on", "by", "a"}:
        return False
    if hit.end < sentence.end and lower[hit.end] in _listed("of_a_case"):
        return True
    clauses = reading.notice.clauses
    before = [
        lower[i]
        for i in range(max(sentence.start, hit.start - 6), hit.start)
        if clauses[i] == clauses[hit.start]
    ]
    return bool(_listed("reported") & set(before)) and not {"misconduct", "accused", "after"} & set(before)


def choose_conduct(reading: Reading, hits: list[Hit]) -> Coded | None:
    """The kinds of conduct of one person: those whose words weigh enough."""
    found: dict[str, list[Hit]] = {}
    standing = {hit.rule.get("standard") for hit in hits}
    best = next((s for s in ("found", "alleged", "not_proven") if s in standing), None)
    for hit in hits:
        if hit.rule.get("standard", best) != best:
            continue  # what a standard that failed would say, where another was found
        found.setdefault(hit.rule.code, []).append(hit)
    weights = {code: _weight(reading, group) for code, group in found.items()}
    enough = _ENOUGH if max(weights.values(), default=0) >= _ENOUGH else _ALONE
    sure = {code for code, weight in weights.items() if weight >= enough}
    # what only goes for something where nothing else is told is weighed again, beside what is sure
    firm = {
        code
        for code in sure
        if _weight(reading, [h for h in found[code] if not h.rule.get("unless")]) >= _ENOUGH
    }
    kept: dict[str, float] = {}
    for code in sorted(sure, key=lambda code: (-weights[code], code)):
        group = [h for h in found[code] if not _is_idle(h.rule, (firm | set(kept)) - {code})]
        weight = _weight(reading, group)
        if weight >= (enough if _goes_with(code, kept) else _APART):
            kept[code] = weight
            found[code] = group
    if "other" in kept and len(kept) > 1:
        del kept["other"]
    if not kept:
        return None
    codes = sorted(list(kept)[:_MOST])
    return reading.coded(";".join(codes), 0.7, *(hit for code in codes for hit in found[code]))


def _goes_with(code: str, kept: dict[str, float]) -> bool:
    """Whether a kind of conduct is often told of together with the clearest one."""
    first = next(iter(kept), None)
    return first is None or " ".join(sorted((code, first))) in _listed("together")


def _is_idle(rule: Rule, others: set[str]) -> bool:
    unless: Any = rule.get("unless", ())
    return bool(others) and (bool(set(unless) & others) or "*" in unless)


def _weight(reading: Reading, hits: list[Hit]) -> float:
    """What the phrases of one code weigh together: the clearest, and a part of each other that says it in other words."""
    single: dict[tuple[str, ...], float] = {}
    for hit in hits:
        words = tuple(reading.notice.lower[i] for i in hit.words[:1])
        single[words] = max(single.get(words, 0.0), _weight_of(reading, hit))
    ordered = sorted(single.values(), reverse=True)
    return sum(ordered[:1]) + _MORE * sum(ordered[1:3])


def _weight_of(reading: Reading, hit: Hit) -> float:
    if hit.rule.get("standard"):
        return _STANDARD
    sentence = reading.notice.sentence(hit.start)
    weight = float(hit.rule.get("weight", 1.0))
    if reading.notice.quoted(hit.start) and sentence.number > 2:
        return weight * _QUOTED
    before = set(reading.notice.lower[sentence.start : hit.start])
    told = sentence.number <= 1 or sentence.section in _TELLING or bool(before & _listed("charged"))
    return weight * (_TOLD if told else 1.0)

"""The Standards of Professional Behaviour that were found or admitted to have been breached."""

from __future__ import annotations

from dataclasses import dataclass

from ..lexicon import Hit, listed
from ..reading import Reading
from ..result import Coded
from ..text import Sentence

_CUES = listed("standards_cues")
_WEAK_CUES = listed("standards_weak_cues")
_FOUND = listed("standards_found")
_ALLEGED = listed("standards_alleged")
_UNPROVEN = frozenset(["unproven", "unsubstantiated"])
# "no defence to the breach" grants it
_GRANTED = ("defence", "dispute", "doubt", "hesitation", "question", "issue", "answer")
_DENIALS = listed("standards_denials")


@dataclass(frozen=True)
class Mention:
    """A standard named: as found, as alleged, or as not proven."""

    hit: Hit
    standing: str  # found, alleged, not_proven
    sentence: Sentence


def standard_mentions(reading: Reading) -> list[Mention]:
    """Every standard that the text names in connection with a breach, with its standing."""
    hits = _longest(reading.hits("standards"))
    by_sentence: dict[int, list[Hit]] = {}
    for hit in hits:
        by_sentence.setdefault(reading.notice.sentence(hit.start).number, []).append(hit)
    found: list[Mention] = []
    for number, group in by_sentence.items():
        sentence = reading.notice.sentences[number]
        if sentence.section in ("options", "notes", "related", "panel"):
            continue
        lead = _lead(reading, sentence)
        for hit in group:
            standing = _standing(reading, hit, sentence, lead, len({h.rule.code for h in group}))
            if standing:
                found.append(Mention(hit, standing, sentence))
    return found


def _longest(hits: list[Hit]) -> list[Hit]:
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (h.start - h.end, h.start)):
        if not any(hit.start < other.end and other.start < hit.end for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda h: h.start)


def _lead(reading: Reading, sentence: Sentence) -> Sentence | None:
    """The sentence that a list of standards belongs to: the last one before it that ends in a colon or names breaches."""
    words = reading.notice.words(sentence.start, sentence.end)
    if not sentence.bullet and len(words) > 9:
        return None
    number = sentence.number - 1
    while number >= 0 and sentence.number - number <= 14:
        before = reading.notice.sentences[number]
        lower = reading.notice.lower[before.start : before.end]
        if _CUES & set(lower) and (":" in lower[-3:] or len(lower) > 5):
            return before
        if not before.bullet and len([w for w in lower if w.isalpha()]) > 9:
            return None
        number -= 1
    return None


def _standing(
    reading: Reading, hit: Hit, sentence: Sentence, lead: Sentence | None, together: int
) -> str | None:
    lower = reading.notice.lower
    section = sentence.section
    own = {lower[i] for i in range(sentence.start, sentence.end) if not _is_of_a_department(lower, i)}
    if hit.rule.get("denial"):
        tail = lower[hit.end : min(hit.end + 8, sentence.end)]
        denied = _followed_by_denial(tail) or (
            _is_denied(reading, hit, sentence)
            and bool(own & {"breach", "proven", "proved", "find", "allegation"})
        )
        return "not_proven" if denied else None
    cued = bool(own & _CUES) or section in ("standards", "standards_alleged") or lead is not None
    if not cued:
        cued = _is_list(reading, sentence)
    if not cued:
        named = (
            hit.rule.get("plain")
            and reading.notice.doc[hit.start].text[:1].isupper()
            and hit.start > sentence.start
        )
        if named and own & _WEAK_CUES:
            cued = True
        elif hit.rule.get("plain"):
            cued = together > 1 and bool(own & _WEAK_CUES) or section == "finding"
        else:
            cued = (
                bool(own & _WEAK_CUES)
                or together > 1
                or sentence.bullet
                or section in ("finding", "allegation")
            )
    if not cued:
        return None
    if "general" in reading.context.flags(hit.start, hit.end) or lower[sentence.start] == "if":
        return None
    if sentence.quoted and not own & {"breach", "breached", "breaches", "breaching"}:
        return None
    if (
        hit.rule.get("plain")
        and hit.rule.code == "honesty_and_integrity"
        and not own & {"breach", "breached", "breaches", "breaching", "standard", "standards"}
        and section not in ("standards", "finding", "standards_alleged")
    ):
        return None
    if _is_denied(reading, hit, sentence):
        return "not_proven"
    tail = lower[hit.end : min(hit.end + 8, sentence.end)]
    if _UNPROVEN & set(tail) or _followed_by_denial(tail):
        return "not_proven"
    if section == "standards":
        return "found"
    if section == "standards_alleged":
        return "alleged"
    return _by_words(reading, hit, sentence, lead)


def _is_of_a_department(lower: list[str], i: int) -> bool:
    """Whether a word belongs to "Professional Standards", the department, not to the standards that were breached."""
    start = i if lower[i] == "professional" else i - 1
    if lower[i] == "standards" and lower[i + 1 : i + 2] in (
        ["and"],
        ["department"],
        ["directorate"],
        ["unit"],
        ["command"],
    ):
        return lower[i + 1] != "and" or lower[i + 2 : i + 3] == ["ethics"]
    return lower[start : start + 2] == ["professional", "standards"] and lower[start + 2 : start + 3] not in (
        ["of"],
        ["for"],
        ["in"],
        ["relating"],
        ["concerning"],
        ["regarding"],
        [":"],
        ["around"],
        ["by"],
        ["when"],
    )


def _is_list(reading: Reading, sentence: Sentence) -> bool:
    """Whether a sentence is nothing but the names of standards: "Honesty and integrity; confidentiality." """
    covered = {i for hit in reading.hits("standards") for i in range(hit.start, hit.end)}
    lower = reading.notice.lower
    end = next(
        (i for i in range(sentence.start, sentence.end - 2) if lower[i : i + 3] == ["code", "of", "ethics"]),
        sentence.end,
    )  # some forces add the words of the Code of Ethics
    words = reading.notice.words(sentence.start, end)
    return (
        bool(words)
        and sentence.number > 0
        and all(i in covered or reading.notice.lower[i] == "and" for i in words)
    )


def _is_denied(reading: Reading, hit: Hit, sentence: Sentence) -> bool:
    """Whether it was found not to have been breached: "did not find the breach of ... proven", "cleared of"."""
    lower, clauses = reading.notice.lower, reading.notice.clauses
    aside = reading.people.aside
    before = [
        i
        for i in range(max(sentence.start, hit.start - 14), hit.start)
        if clauses[i] == clauses[hit.start] and (not aside(i) or aside(hit.start))
    ]
    denials = [i for i in before if lower[i] in _DENIALS and lower[i + 1] not in _GRANTED]
    if not denials or "only" in lower[denials[0] : hit.start] or "except" in lower[denials[0] : hit.start]:
        return False
    if "cleared" in (lower[i] for i in denials):
        return True
    told = {"breach", "breached", "proven", "proved", "found", "find", "breaching", "upheld", "uphold"}
    after = [
        lower[i] for i in range(hit.end, min(hit.end + 6, sentence.end)) if clauses[i] == clauses[hit.start]
    ]
    if told & set(after) and hit.start - denials[-1] <= 10:
        return True
    return any(lower[k] in told for d in denials for k in range(d + 1, min(d + 7, hit.start)))


def _followed_by_denial(tail: list[str]) -> bool:
    for n, word in enumerate(tail):
        if word in ("not", "n't") and {
            "proven",
            "proved",
            "upheld",
            "found",
            "substantiated",
            "made",
            "established",
        } & set(tail[n : n + 3]):
            return True
        if word in (";", ".", "but"):
            return False
    return False


def _by_words(reading: Reading, hit: Hit, sentence: Sentence, lead: Sentence | None) -> str:
    """Found or alleged, by the last word of either kind before the standard, in its sentence or the one that leads to it."""
    lower = reading.notice.lower
    place = hit.start
    for source, stop in ((sentence, place), (lead, lead.end if lead else 0)):
        if source is None:
            continue
        words = lower[source.start : stop]
        last_found = max(
            (n for n, w in enumerate(words) if w in _FOUND and "if" not in words[max(0, n - 3) : n + 3]),
            default=-1,
        )
        last_alleged = max(
            (
                n
                for n, w in enumerate(words)
                if w in _ALLEGED and not _proven_after(lower[source.start : source.end], n)
            ),
            default=-1,
        )
        if last_found > last_alleged:
            return "found"
        if last_alleged >= 0:
            proven = source is sentence and _proven_after(lower[hit.end : sentence.end], -1)
            return "found" if proven else "alleged"
    own = lower[sentence.start : sentence.end] + (lower[lead.start : lead.end] if lead else [])
    if sentence.section == "allegation":
        return "alleged"
    if sentence.section in ("finding", "outcome") or {"breached", "breach", "breaches", "breaching"} & set(
        own
    ):
        return "found"
    rest = lower[hit.end : sentence.end]
    return "found" if _FOUND & set(rest) else "alleged"


def _proven_after(words: list[str], n: int) -> bool:
    """Whether "were proven" or the like follows place `n` before a turn such as "but ... only": found, not only alleged."""
    for k in range(n + 1, min(n + 30, len(words))):
        if words[k] in ("but", "however", "only", "although"):
            return False
        if words[k] in ("proven", "proved", "upheld", "substantiated", "admitted"):
            return not {"not", "n't", "if"} & set(words[max(0, k - 3) : k])
    return False


def choose_breaches(reading: Reading, mentions: list[Mention], proven: bool) -> tuple[Coded | None, bool]:
    """The standards breached by one person, and whether they are only those alleged.

    Parameters
    ----------
    mentions : those about the person.
    proven : whether anything was found against them, or a sanction imposed: where nothing was, nothing was breached.
    """
    if not proven:
        return None, False
    failed = {m.hit.rule.code for m in mentions if m.standing == "not_proven"}
    found = [m for m in mentions if m.standing == "found" and m.hit.rule.code not in failed]
    alleged = [m for m in mentions if m.standing == "alleged" and m.hit.rule.code not in failed]
    if found and _all_proven(reading, mentions):
        found += alleged
    if found:
        return _coded(reading, found, 0.95), False
    if alleged:
        return _coded(reading, alleged, 0.7), True
    return None, False


def _all_proven(reading: Reading, mentions: list[Mention]) -> bool:
    """Whether the text says that all of them, or both, were proven: then those only alleged before were too."""
    if any(m.standing == "not_proven" for m in mentions):
        return False
    for sentence in reading.notice.sentences:
        words = reading.notice.lower[sentence.start : sentence.end]
        own = set(words)
        if (
            own & {"both", "all", "each"}
            and own & _MATTERS
            and own & _PROVEN
            and not own & {"not", "n't", "if", "none"}
        ):
            return True
    return False


_MATTERS = frozenset(("breaches", "allegations", "standards", "charges", "counts", "matters"))
_PROVEN = frozenset(("proven", "proved", "upheld", "substantiated"))


def _coded(reading: Reading, mentions: list[Mention], confidence: float) -> Coded:
    codes = sorted({m.hit.rule.code for m in mentions})
    return reading.coded(";".join(codes), confidence, *(m.hit for m in mentions))

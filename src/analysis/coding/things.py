"""What was dismissed: a person, or an allegation, a case or an appeal."""

from __future__ import annotations

from .lexicon import Hit, listed
from .reading import Reading

_PLURAL = listed("things_plural")
_SINGULAR = listed("things_singular")
_THINGS = _SINGULAR | _PLURAL
_EXPLICIT = listed("things_explicit")
_OPENERS = listed("things_openers")
_LINKS = listed("things_links")
_PEOPLE = listed("things_people")


def is_of_a_thing(reading: Reading, hit: Hit) -> bool:
    """Whether it is an allegation, a case or an appeal that was dismissed, not a person.

    Parameters
    ----------
    hit : a phrase with the word "dismissed".
    """
    notice = reading.notice
    lower, sentence = notice.lower, notice.sentence(hit.start)
    verb = next(
        (i for i in hit.words if lower[i] in ("dismissed", "dismissing", "dismisses", "dismiss")), None
    )
    if verb is None or any(lower[i] in _EXPLICIT for i in range(hit.start, min(hit.end + 2, sentence.end))):
        return False
    return _object(lower[verb + 1 : min(verb + 7, sentence.end)]) or _subject(reading, verb)


def _object(after: list[str]) -> bool:
    """Whether a thing is what follows: "dismissed the allegations", "dismissed a woman's complaint"."""
    words = [w for w in after if w[:1].isalpha() or w in ("'s", "’s")]
    if not words:
        return False
    if words[0] not in _OPENERS:
        # "dismissed rape complaint", as headlines have it
        return len(words) > 1 and words[1] in _THINGS and words[0] not in _LINKS
    noun = next((n for n, w in enumerate(words) if w in _THINGS), None)
    person = next(
        (n for n, w in enumerate(words) if w in _PEOPLE and words[n + 1 : n + 2] not in (["'s"], ["’s"])),
        None,
    )
    return noun is not None and (person is None or noun < person)


def _subject(reading: Reading, verb: int) -> bool:
    """Whether a thing is what goes before, and agrees in number with the verb: "allegations that he lied were dismissed"."""
    notice = reading.notice
    lower, sentence, clause = notice.lower, notice.sentence(verb), notice.clauses[verb]
    before = [i for i in range(sentence.start, verb) if notice.clauses[i] == clause]
    aux = next(
        (
            lower[i]
            for i in reversed(before)
            if lower[i] in ("was", "were", "is", "are", "has", "have", "been", "be")
        ),
        None,
    )
    people = [
        m for m in reading.people.in_sentence(sentence) if m.end <= verb and notice.clauses[m.start] == clause
    ]
    nouns = [
        i
        for i in before
        if lower[i] in _THINGS and lower[i + 1 : i + 2] not in (["'s"], ["’s"]) and lower[i - 1 : i] != ["in"]
    ]
    if not nouns and not people:
        # "the hearing came to nothing and was dismissed": the subject stands in the clause before
        before = [i for i in range(sentence.start, verb) if notice.clauses[i] == clause - 1]
        people = [
            m
            for m in reading.people.in_sentence(sentence)
            if m.end <= verb and notice.clauses[m.start] == clause - 1
        ]
        nouns = [i for i in before if lower[i] in _THINGS and lower[i + 1 : i + 2] not in (["'s"], ["’s"])]
        if people and lower[people[0].end : people[0].end + 1] in (["'s"], ["’s"]):
            people = []
        if people and nouns and people[0].start < nouns[0]:
            return False
    if not nouns:
        return False
    if aux in ("was", "were", "is", "are"):
        nouns = [i for i in nouns if (lower[i] in _PLURAL) == (aux in ("were", "are"))] or nouns
    last = nouns[-1]
    agrees = (
        (lower[last] in _PLURAL) == (aux in ("were", "are", "have"))
        if aux in ("was", "were", "is", "are")
        else True
    )
    subject_first = not people or nouns[0] < people[0].start
    direct = not any(m.start > last for m in people)
    return agrees and (subject_first or direct)

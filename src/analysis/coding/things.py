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

    def parts(number: int) -> tuple[list[int], list[int]]:
        """Things and people of one clause before the verb, those with "'s" left out: they own what follows."""
        places = [i for i in range(sentence.start, verb) if notice.clauses[i] == number]
        nouns = [
            i
            for i in places
            if lower[i] in _THINGS and not _owns(lower, i + 1) and lower[i - 1 : i] != ["in"]
        ]
        people = [
            m.start
            for m in reading.people.in_sentence(sentence)
            if m.end <= verb and notice.clauses[m.start] == number and not _owns(lower, m.end)
        ]
        return nouns, people

    nouns, people = parts(clause)
    if not nouns and not people:
        # "the hearing came to nothing and was dismissed": the subject stands in the clause before
        nouns, people = parts(clause - 1)
        if people and nouns and people[0] < nouns[0]:
            return False
    if not nouns:
        return False
    aux = next((w for w in reversed(lower[sentence.start : verb]) if w in _VERBS), None)
    if aux in ("was", "were", "is", "are"):
        plural = aux in ("were", "are")
        nouns = [i for i in nouns if (lower[i] in _PLURAL) == plural]
        if not nouns:
            return False
    return not people or nouns[0] < people[0] or people[-1] <= nouns[-1]


_VERBS = ("was", "were", "is", "are", "has", "have", "been", "be")


def _owns(lower: list[str], i: int) -> bool:
    return lower[i : i + 1] in (["'s"], ["’s"])

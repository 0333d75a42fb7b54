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
_OTHER_THINGS = listed("things_other")
_PEOPLE = listed("things_people")


def is_of_a_thing(reading: Reading, hit: Hit) -> bool:
    """Whether it is an allegation, a case or an appeal that was dismissed, not a person.

    Parameters
    ----------
    hit : a phrase with the word "dismissed".
    """
    return dismissed_thing(reading, hit) is not None


def is_of_the_allegations(reading: Reading, hit: Hit) -> bool:
    """Whether what was dismissed is the case or its allegations, not an application or an appeal within it."""
    thing = dismissed_thing(reading, hit)
    return thing is not None and thing not in _OTHER_THINGS


def dismissed_thing(reading: Reading, hit: Hit) -> str | None:
    """The word for what was dismissed, where it is no person."""
    notice = reading.notice
    lower, sentence = notice.lower, notice.sentence(hit.start)
    verb = next(
        (i for i in hit.words if lower[i] in ("dismissed", "dismissing", "dismisses", "dismiss")), None
    )
    if verb is None or any(lower[i] in _EXPLICIT for i in range(hit.start, min(hit.end + 2, sentence.end))):
        return None
    after = lower[verb + 1 : min(verb + 7, sentence.end)]
    if after[:1] and after[0] in ("him", "her", "them"):
        return None
    return _object(after) or _some_of_them(reading, verb, after) or _subject(reading, verb)


def _some_of_them(reading: Reading, verb: int, after: list[str]) -> str | None:
    """The things meant by "dismissed four of them", where things, not people, were the last that were several."""
    if after[1:3] != ["of", "them"] and after[:1] != ["both"]:
        return None
    lower = reading.notice.lower
    things = [i for i in range(max(0, verb - 80), verb) if lower[i] in _PLURAL]
    people = [m.start for m in reading.people.mentions if m.kind == "group" and m.start < verb]
    return lower[things[-1]] if things and things[-1] > max(people, default=-1) else None


def _object(after: list[str]) -> str | None:
    """The thing that follows: "dismissed the allegations", "dismissed a woman's complaint"."""
    words = [w for w in after if w[:1].isalpha() or w in ("'s", "’s")]
    if not words:
        return None
    if words[0] not in _OPENERS:
        # "dismissed rape complaint", as headlines have it
        headline = len(words) > 1 and words[1] in _THINGS and words[0] not in _LINKS
        return words[1] if headline else None
    noun = next((n for n, w in enumerate(words) if w in _THINGS), None)
    person = next(
        (n for n, w in enumerate(words) if w in _PEOPLE and words[n + 1 : n + 2] not in (["'s"], ["’s"])),
        None,
    )
    return words[noun] if noun is not None and (person is None or noun < person) else None


def _subject(reading: Reading, verb: int) -> str | None:
    """The thing that goes before, where it agrees in number with the verb: "allegations that he lied were dismissed"."""
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
            return None
    if not nouns:
        return None
    aux = next((w for w in reversed(lower[sentence.start : verb]) if w in _VERBS), None)
    if aux in ("was", "were", "is", "are"):
        plural = aux in ("were", "are")
        nouns = [i for i in nouns if (lower[i] in _PLURAL) == plural]
        if not nouns:
            return None
    own = not people or nouns[0] < people[0] or people[-1] <= nouns[-1]
    return lower[nouns[-1]] if own else None


_VERBS = ("was", "were", "is", "are", "has", "have", "been", "be")


def _owns(lower: list[str], i: int) -> bool:
    return lower[i : i + 1] in (["'s"], ["’s"])

"""Role, rank, and whether the person still served."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ..people import Mention
from ..reading import Reading
from ..result import Coded
from ..text import Sentence


@dataclass(frozen=True)
class _Vote:
    value: str
    weight: float
    mention: Mention


def choose_role(reading: Reading, mentions: list[Mention]) -> Coded | None:
    """The role by the words that name the person; "officer" alone is the weakest of them.

    Parameters
    ----------
    mentions : of the person, the ones nearest to the outcome first.
    """
    votes = [_Vote(m.role, _weight(reading, m, n), m) for n, m in enumerate(mentions) if m.role]
    if any(vote.value == "pcso" for vote in votes):  # a PCSO is a member of staff too
        votes = [vote for vote in votes if vote.value != "police_staff"]
    early = [
        v
        for v in votes
        if v.value == "special_constable"
        and reading.notice.sentence(v.mention.start).number <= 3
        and v.mention.kind != "group"
    ]
    if early:  # a special constable is a constable too, and often called one
        votes = [v for v in votes if v.value == "special_constable" or v.mention.kind == "named"]
    return _elect(reading, votes, 0.97)


def fallback_role(reading: Reading) -> Coded | None:
    """The one role that the text speaks of, where no words that name the person tell it."""
    mentions = [
        m
        for m in reading.people.mentions
        if m.role and not m.weak and not m.senior and not reading.people.outsider(m)
    ]
    lower = reading.notice.lower
    volunteers = [
        i
        for i, word in enumerate(lower)
        if word in ("volunteer", "specials") or lower[i : i + 2] == ["special", "constabulary"]
    ]
    roles = {m.role for m in mentions}
    if volunteers and roles <= {"special_constable"}:
        return reading.coded_words("special_constable", 0.8, volunteers[:1])
    if len(roles) == 1 and not volunteers:
        return reading.coded_words(roles.pop(), 0.8, list(range(*mentions[0].title)))
    return None


def choose_rank(reading: Reading, mentions: list[Mention], role: str | None) -> Coded | None:
    """The rank in the titles of the person; none for staff, whose ranks are not kept."""
    if role in ("pcso", "police_staff", None):
        return None
    special = role == "special_constable"
    votes = [
        _Vote(m.rank, _weight(reading, m, n), m)
        for n, m in enumerate(mentions)
        if m.rank and m.rank.startswith("special_") == special
    ]
    return _elect(reading, votes, 0.95)


def _weight(reading: Reading, mention: Mention, place: int) -> float:
    weight = 0.25 if mention.weak else 1.0
    if mention.kind == "named" and not mention.weak:
        weight *= 2
    sentence = reading.notice.sentence(mention.start)
    if sentence.section == "officer":
        weight *= 4
    if place == 0:
        weight *= 2
    elif place < 3:
        weight *= 1.3
    return weight * (0.5 if sentence.quoted else 1.0)


def _elect(reading: Reading, votes: list[_Vote], confidence: float) -> Coded | None:
    if not votes:
        return None
    total: Counter[str] = Counter()
    for vote in votes:
        total[vote.value] += vote.weight
    ranked = total.most_common()
    value, most = ranked[0]
    if len(ranked) > 1 and most < 1.2 * ranked[1][1]:
        return None
    support = [vote.mention for vote in votes if vote.value == value and vote.mention.title]
    share = most / sum(total.values())
    spans = sorted({span for m in support for span in reading.spans(tuple(range(*m.title)))})
    weak = all(m.weak for m in support)
    return Coded(value, round(confidence * (0.9 if weak else 1.0) * (0.8 + 0.2 * share), 2), tuple(spans))


_LEFT = frozenset(["resigned", "retired", "quit"])


def choose_status(
    reading: Reading,
    mentions: list[Mention],
    outcome: Coded | None,
    finding: Coded | None,
    sentences: list[int],
) -> Coded | None:
    """Serving or former at the hearing.

    "Former" after a dismissal says only that the person has gone since; a person who would have been dismissed had left.
    """
    if outcome is not None and outcome.value == "would_have_been_dismissed":
        return Coded("former", outcome.confidence, outcome.spans)
    former = [m for m in mentions if m.former]
    left = _leaving(reading, sentences)
    if outcome is not None and outcome.value == "dismissed":
        early = [m for m in former if reading.notice.sentence(m.start).number <= 1]
        return None if left or early else Coded("serving", 0.9, outcome.spans)
    if left or former:
        spans = {
            span for m in former if m.title for span in reading.spans(tuple(range(m.start, m.title[0] + 1)))
        }
        first = [m for m in former if m.title]
        words = tuple(
            i
            for m in first
            for i in range(m.start, m.title[0])
            if reading.notice.lower[i] in ("former", "ex", "retired")
        )
        spans = set(reading.spans(words)) | {s for i in left for s in reading.spans((i,))}
        return Coded("former", 0.9, tuple(sorted(spans)))
    serving = [m for m in mentions if m.serving]
    words = tuple(
        i
        for m in serving
        if m.title
        for i in range(m.start, m.title[0])
        if reading.notice.lower[i] == "serving"
    )
    if serving:
        return Coded("serving", 0.95, reading.spans(words))
    if outcome is not None:
        return Coded("serving", 0.85, outcome.spans)
    if finding is not None:
        return Coded("serving", 0.75, finding.spans)
    return None


def _leaving(reading: Reading, sentences: list[int]) -> list[int]:
    """Words that say that the person left before the end of the proceedings."""
    lower = reading.notice.lower
    places = []
    for number in sentences:
        sentence = reading.notice.sentences[number]
        for i in range(sentence.start, sentence.end):
            word = lower[i]
            before = lower[max(sentence.start, i - 4) : i]
            if {
                "not",
                "n't",
                "if",
                "offered",
                "could",
                "tried",
                "to",
                "would",
                "consider",
                "considered",
            } & set(before):
                continue
            if (
                word in _LEFT
                or (
                    word == "left"
                    and lower[i + 1 : i + 3]
                    and (
                        lower[i + 1 : i + 3] == ["the", "force"]
                        or lower[i + 1 : i + 3] == ["the", "police"]
                        or lower[i + 1 : i + 3] == ["the", "service"]
                    )
                )
                or word == "resignation"
            ):
                if word == "left" and "after" in before:
                    continue
                if word == "retired" and (
                    before[-1:] in (["a"], ["an"], ["one"], ["two"], ["the"]) or _SITTING & set(before)
                ):
                    continue  # "a retired judge"; "the panel retired to consider"
                if _is_headline(reading, sentence):
                    continue
                if not _is_of_another(reading, sentence.start, i):
                    places.append(i)
    return places


_SITTING = frozenset(("chair", "judge", "jury", "members", "panel"))


def _is_headline(reading: Reading, sentence: Sentence) -> bool:
    """Whether it is a line without a full stop deep in a text: most likely the headline of another story."""
    words = reading.notice.text[slice(*reading.notice.span(sentence.start, sentence.end))].strip()
    late = sentence.number > 6 and sentence.number * 2 > len(reading.notice.sentences)
    return (
        late
        and sentence.section is None
        and not sentence.bullet
        and "|" not in words
        and words[-1:].isalnum()
    )


def _is_of_another(reading: Reading, start: int, i: int) -> bool:
    """Whether the words before place `i` of its sentence make it about somebody whose conduct is not judged."""
    sentence = reading.notice.sentence(i)
    before = [m for m in reading.people.in_sentence(sentence) if start <= m.start < i]
    if not before:
        return False
    last = before[0] if before[0].kind != "pronoun" else before[-1]
    return (
        reading.people.outsider(last)
        or last.senior
        or (last.kind == "generic" and (last.fresh or (last.indefinite and sentence.number > 3)))
    )

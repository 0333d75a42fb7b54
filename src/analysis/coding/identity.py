"""Who is who in a text: descriptions ("the sergeant", "the second officer") that go by a name, and people told apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .lexicon import listed
from .people import Mention
from .reading import Event, Reading

#: No notice names more people than this; a larger number is a statistic.
MOST = 15
LEVELS = frozenset(("gross_misconduct", "misconduct", "not_proven"))


def identity(mention: Mention) -> str:
    """What tells a mention from others: a key, a fresh word, a group, or "the" for the person of the text."""
    if mention.kind == "named":
        return mention.key or "the"
    if mention.kind == "generic" and mention.fresh:
        return f"fresh:{mention.start}"
    if mention.kind == "group" and mention.number != 1:
        return "group"
    return "the"


def who_is(reading: Reading, alias: dict[str, str], mention: Mention) -> str:
    """Like `identity`, with descriptions that go by a name, and "they" meaning several where several were spoken of."""
    if mention.kind == "pronoun" and mention.number == 0 and how_many(reading, mention) > 1:
        return "group"
    own = identity(mention)
    if own == "the" or own.startswith("fresh:"):
        own = alias.get(f"at:{mention.start}", own)
    return alias.get(own, own)


def aliases(reading: Reading, events: Sequence[Event]) -> dict[str, str]:
    """ "A third officer, PC C" is one person: the description goes by the name.

    Parameters
    ----------
    reading : the text, read.
    events : outcomes and findings, which tell people of different ranks apart where they differ.
    """
    found = {}
    mentions = reading.people.mentions
    for one, next_one in zip(mentions, mentions[1:], strict=False):
        if one.kind == "generic" and one.fresh and next_one.kind == "named" and next_one.key:
            between = reading.notice.lower[one.end : next_one.start]
            if between in ([","], [], ["–"], ["-"], ["("]):
                found[identity(one)] = next_one.key
        elif (
            one.kind == "named"
            and one.key
            and next_one.kind == "generic"
            and next_one.indefinite
            and reading.notice.lower[one.end : next_one.start] == [","]
        ):
            found[f"at:{next_one.start}"] = one.key  # "Officer C, a sergeant"
        elif (
            one.kind == "generic"
            and one.fresh
            and not one.title
            and next_one.kind == "generic"
            and next_one.title
            and set(reading.notice.lower[one.end : next_one.start])
            <= {"was", "is", "that", "of", ",", "were"}
        ):
            found[f"at:{next_one.start}"] = identity(one)  # "The last was a member of police staff"
    found = _by_rank(reading, events) | found
    words: dict[str, str] = {}
    apart = _contrasted(reading)
    told = {"male", "female"} <= {
        w for m in mentions if m.fresh for w in reading.notice.lower[m.start : m.end]
    }
    for mention in mentions:
        sex = {"male", "female"} & set(reading.notice.lower[mention.start : mention.end])
        if mention.kind == "generic" and mention.title and len(sex) == 1 and told:
            found[f"at:{mention.start}"] = f"as:{sex.pop()}"
        if mention.kind == "generic" and apart and (mention.former or mention.serving) and mention.title:
            found[f"at:{mention.start}"] = "as:former" if mention.former else "as:serving"
        if mention.kind == "generic" and mention.fresh:
            word = next(
                (w for w in reading.notice.lower[mention.start : mention.end] if w in _TELLING),
                None,
            )
            if word in ("male", "female"):
                found[identity(mention)] = f"as:{word}"
            elif word is not None:
                who = found.get(identity(mention), identity(mention))
                words.setdefault(word, who)
                found[identity(mention)] = words[word]
    return found


def _by_rank(reading: Reading, events: Sequence[Event]) -> dict[str, str]:
    """Descriptions by rank ("the sergeant") that go by the name of the only one of that rank, or, in a text that names people
    of other ranks or tells several ranks apart, by the rank itself; and "the first constable" by the ordinal."""
    lower = reading.notice.lower
    subjects = [
        m
        for m in reading.people.mentions
        if m.title and not m.senior and not m.weak and not m.courtesy and not reading.people.outsider(m)
    ]
    named: dict[str, set[str]] = {}
    for m in subjects:
        if m.kind == "named" and m.key:
            named.setdefault(m.key, set()).add(_grade(m))
    unknown = {
        m.key
        for m in reading.people.mentions
        if m.key
        and m.kind == "named"
        and m.title
        and not m.senior
        and not m.courtesy
        and not reading.people.outsider(m)
        and m.key not in named
    }
    generic = [m for m in subjects if m.kind == "generic"]

    def rank_of(m: Mention) -> str:
        """The rank, a bare "sergeant" being the special sergeant where there is one and no other."""
        special = f"special_{_grade(m)}"
        bare = m.title[1] - m.title[0] == 1
        first = next((n.start for n in subjects if n.rank == special), None)
        other = any(
            n.indefinite and n.rank == m.rank and first is not None and n.start < first for n in generic
        )
        return special if bare and first is not None and not other else _grade(m)

    found: dict[str, str] = {}
    ordinals = {
        w for m in generic for w in lower[m.start : m.end] if w in ("first", "second", "third", "fourth")
    }
    several = _ranks_apart(reading, {rank_of(m) for m in generic if not m.fresh})
    several |= _dealt_apart(reading, [m for m in generic if not m.fresh], events, rank_of)
    for m in generic:
        word = next((w for w in lower[m.start : m.end] if w in ordinals), None)
        if word and len(ordinals) > 1:
            found[f"at:{m.start}"] = f"as:{word}"
            continue
        rank = rank_of(m)
        same = [key for key, known in named.items() if rank in known]
        if len(same) == 1 and not unknown:
            found[f"at:{m.start}"] = same[0]
        elif (
            named
            and not same
            and not unknown
            and not m.fresh
            and lower[m.start] in ("the", "a", "an")
            or not named
            and not unknown
            and rank in several
        ):
            found[f"at:{m.start}"] = f"as:{rank}"
    return found


_FINITE = listed("text_verbs")


def _grade(mention: Mention) -> str:
    """The rank, or for those without ranks the role."""
    return mention.rank or mention.role or ""


def _ranks_apart(reading: Reading, ranks: set[str]) -> set[str]:
    """Ranks that one sentence tells apart, each with "a" or "the": "a special sergeant and a special constable accepted"."""
    if len(ranks) < 2:
        return set()
    for sentence in reading.notice.sentences:
        here = [
            m
            for m in reading.people.in_sentence(sentence)
            if m.kind == "generic"
            and m.title
            and not m.senior
            and not m.weak
            and not reading.people.outsider(m)
        ]
        for one, other in zip(here, here[1:], strict=False):
            between = reading.notice.lower[one.end : other.start]
            joined = "and" in between and len(between) <= 5 and not set(between) & _FINITE
            if _grade(one) != _grade(other) and joined:
                return {_grade(one), _grade(other)}
    return set()


def _dealt_apart(
    reading: Reading, generic: Sequence[Mention], events: Sequence[Event], rank_of: Callable[[Mention], str]
) -> set[str]:
    """Roles that were dealt with differently, and, where the text counts several people, ranks: "The sergeant received
    ...", "The detention officer was ...". One person may be told of by two ranks, but hardly by two roles."""
    known = {m.start: m for m in generic}
    codes: dict[tuple[str, str], set[str]] = {}
    for event in events:
        for m in event.bearers:
            partly = event.code == "not_proven" and "partial" in event.tags
            if event.sentence.quoted or partly or event.code in LEVELS - {"not_proven"}:
                continue
            if m.start in known:
                codes.setdefault((rank_of(m), m.role or ""), set()).add(event.code)
            elif m.weak and m.kind == "generic" and not m.fresh:
                codes.setdefault(("", m.role or ""), set()).add(event.code)
    counted = any(
        m.kind == "group" and 1 < m.number <= MOST and reading.notice.sentence(m.start).number <= 4
        for m in reading.people.mentions
    )
    headed = {rank_of(m) for m in generic if reading.notice.sentence(m.start).number == 0}
    counted = counted or len(headed) > 1
    late = _introduced_late(reading, generic, rank_of)
    return {
        rank
        for (rank, role), own in codes.items()
        for (other, another), theirs in codes.items()
        if rank != other
        and (role != another or (rank and other and (counted or rank in late or other in late)))
        and not own & theirs
        and own | theirs != {"not_proven"}
    }


def _introduced_late(
    reading: Reading, generic: Sequence[Mention], rank_of: Callable[[Mention], str]
) -> set[str]:
    """Ranks of which the first is told of late, as the subject of a sentence: "A detective sergeant, also of ..."."""
    late: dict[str, bool] = {}
    for m in generic:
        sentence = reading.notice.sentence(m.start)
        late.setdefault(rank_of(m), m.indefinite and m.start - sentence.start <= 1 and sentence.number > 3)
    return {rank for rank, is_late in late.items() if is_late}


def _contrasted(reading: Reading) -> bool:
    """Whether a sentence tells a former member from a serving one: "the former officer ... and the serving officer ..."."""
    for sentence in reading.notice.sentences:
        here = [m for m in reading.people.in_sentence(sentence) if m.kind == "generic" and m.title]
        definite = ("the", "one", "another")
        if any(m.former for m in here) and any(
            m.serving and reading.notice.lower[m.start] in definite for m in here
        ):
            return True
    return False


_TELLING = ("second", "third", "fourth", "fifth", "first", "latter", "former", "male", "female", "serving")


def how_many(reading: Reading, mention: Mention) -> int:
    """How many a group is; a plural without a number takes that of the first group that has one."""
    if mention.number > 1:
        return mention.number
    known = [
        m.number
        for m in reading.people.mentions
        if m.kind == "group"
        and 1 < m.number <= MOST
        and m.start < mention.start
        and m.start - reading.notice.sentence(m.start).start <= 8
    ]
    if known:
        return known[0] if len(set(known)) == 1 else 0
    if reading.notice.sentence(mention.start).number == 0:
        # a headline's "officers sacked" are those whom the story then counts
        after = [
            m.number
            for m in reading.people.mentions
            if m.kind == "group"
            and m.number > 1
            and m.start > mention.start
            and reading.notice.sentence(m.start).number <= 2
        ]
        if after:
            return after[0] if after[0] <= MOST else 0
    named = {
        m.key
        for m in reading.people.mentions
        if m.key and m.role and not m.senior and not reading.people.outsider(m)
    }
    return len(named) if len(named) > 1 else 0

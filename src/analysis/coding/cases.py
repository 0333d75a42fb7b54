"""From what was read to cases: how many people there are, what is about whom, and a row for each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from .fields.circumstances import choose_admitted, choose_conviction, choose_private, circumstance_hits
from .fields.conduct import choose_conduct, conduct_hits
from .fields.dates import choose_date, day_of_clause
from .fields.finding import choose_finding, fallback_finding, finding_events, possible_findings
from .fields.forces import choose_force
from .fields.outcome import choose_outcome, fallback_outcome, outcome_events
from .fields.proceedings import choose_proceeding, proceeding_hits
from .fields.roles import choose_rank, choose_role, choose_status, fallback_role
from .fields.standards import Mention as StandardMention
from .fields.standards import choose_breaches
from .identity import LEVELS, MOST, aliases, how_many, who_is
from .lexicon import Hit
from .people import Mention
from .reading import Event, Reading
from .result import Coded, CodedCase
from .text import Sentence

_POSITIVE = (
    "dismissed",
    "would_have_been_dismissed",
    "final_written_warning",
    "written_warning",
    "reduction_in_rank",
)


@dataclass
class Person:
    """One case in the making: the ids of the mentions that are the person, and the events about them.

    `everyone` is the one person of a text that is about nobody else; `anonymous` marks one of several who are only
    counted ("three officers were dismissed").
    """

    ids: frozenset[str]
    outcomes: list[Event] = field(default_factory=list)
    findings: list[Event] = field(default_factory=list)
    denied: list[Event] = field(default_factory=list)
    everyone: bool = False
    anonymous: Mention | None = None

    @property
    def described(self) -> bool:
        """Whether the person is only told apart by a description: "a second officer", "the sergeant"."""
        return any(_is_description(who) for who in self.ids)

    @property
    def named(self) -> bool:
        """Whether the person goes by a name or a cipher."""
        return "the" not in self.ids and not self.described


def _is_description(who: str) -> bool:
    return who.startswith(("fresh:", "as:"))


def assemble(
    reading: Reading, force: str | None = None, default: Coded | None = None, role: Coded | None = None
) -> list[CodedCase]:
    """Every concluded case of a text that is about one set of proceedings.

    Parameters
    ----------
    reading : the text, read.
    force : the force, where it is known.
    default, role : the force and the role to propose where the text names none.
    """
    outcomes = outcome_events(reading)
    holding, denied = finding_events(reading)
    outcomes, holding = _without_statistics(reading, outcomes), _without_statistics(reading, holding)
    if not _is_concluded(reading, outcomes, holding, default is not None or role is not None):
        return []
    found_force = choose_force(reading, force) or default
    undated = all(day_of_clause(reading, e.hit.start) is None for e in [*outcomes, *holding])
    if (
        found_force is None
        and undated
        and any(reading.context.has(s.number, "appeal") for s in reading.notice.sentences[:3])
    ):
        return []  # an appeal against a decision that nothing more is known of
    outcomes, holding, denied = (
        [_with_topic(reading, event) for event in events] for events in (outcomes, holding, denied)
    )
    alias = aliases(reading, [*outcomes, *holding])
    people = _people(reading, alias, outcomes, holding, denied)
    owners = _Owners(reading, people, alias)
    cases = []
    for person in people:
        case = _code(reading, person, people, owners, found_force, role)
        if case is not None:
            cases.append(case)
    return cases


_NO_DISCIPLINE = (
    "regulation 13",
    "not a disciplinary",
    "capability procedure",
    "no suggestion of misconduct",
)
_OTHER_PROCEDURES = ("gross incompetence", "unsatisfactory performance", "vetting")


def _with_topic(reading: Reading, event: Event) -> Event:
    """An event that names nobody, given to the person whom its paragraph began with by name, or spoke of last by a title."""
    topic = reading.people.topics[event.sentence.number]
    if event.bearers or event.sentence.quoted or topic is None:
        return event
    if topic.kind == "generic":
        near = event.sentence.paragraph == reading.notice.sentence(topic.start).paragraph
        return replace(event, bearers=(topic,)) if topic.title and not topic.weak and near else event
    own = [
        m
        for m in reading.people.mentions
        if m.kind == "named"
        and not m.senior
        and reading.notice.sentence(m.start).paragraph == event.sentence.paragraph
        and not reading.people.outsider(m)
    ]
    return replace(event, bearers=(topic,)) if own and own[0].key == topic.key else event


def _without_statistics(reading: Reading, events: list[Event]) -> list[Event]:
    """The events but those of groups in a text of figures: they are counts without cases."""
    head = any(reading.context.has(n, "statistic") for n in range(min(5, len(reading.notice.sentences))))

    numbered = any(m.kind == "group" and 1 < m.number <= MOST for m in reading.people.mentions)

    def counts(event: Event) -> bool:
        groups = bool(event.bearers) and all(m.kind == "group" or m.number == 0 for m in event.bearers)
        if groups and not numbered and all(m.kind == "group" and m.number == 0 for m in event.bearers):
            # "officers escaped with a warning": nobody in particular
            return not any(m.kind == "named" for m in reading.people.mentions) and all(
                reading.notice.lower[m.start] not in ("the", "both", "all", "these", "each")
                for m in event.bearers
            )
        told = event.sentence.section not in ("outcome", "finding") and (groups or not event.bearers)
        return groups and head or ("statistic" in event.tags or _follows_figures(reading, event)) and told

    return [event for event in events if not counts(event)]


def _follows_figures(reading: Reading, event: Event) -> bool:
    """Whether the paragraph has told figures before: "In the year to March ... Two had final written warnings." """
    number = event.sentence.number - 1
    while number >= 0 and reading.notice.sentences[number].paragraph == event.sentence.paragraph:
        if reading.context.has(number, "statistic"):
            return True
        number -= 1
    return False


_POLICE = frozenset(("police", "constabulary", "policing", "btp", "gmp"))
_BARE = frozenset(("hearing", "hearings", "panel", "tribunal", "meeting"))


def _is_concluded(reading: Reading, outcomes: list[Event], holding: list[Event], entry: bool) -> bool:
    """Whether the text reports misconduct proceedings with a result, not only mentions somebody's in passing, and not
    proceedings of another kind; an `entry` of a list need not say again that it is about police."""
    if not outcomes and not holding and not _is_told(reading):
        return False
    if _is_announced(reading, [*outcomes, *holding]) or (not outcomes and _is_unfinished(reading)):
        return False
    if (
        not entry
        and not any(m.role for m in reading.people.mentions)
        and not _POLICE & set(reading.notice.lower)
    ):
        return False
    named = [
        h
        for h in reading.hits("proceedings")
        if h.rule.code != "misconduct_hearing" or "misconduct" in _text(reading, h)
    ]
    head = reading.notice.text[:1500].casefold()
    if any(name in head for name in _NO_DISCIPLINE) and not holding:
        return False
    if any(name in head for name in _OTHER_PROCEDURES) and not holding and not named:
        return False
    to_come = any(reading.context.has(n, "future") for n in range(min(7, len(reading.notice.sentences))))
    if to_come and not outcomes and not any(event.hit.rule.get("proof") for event in holding):
        return False
    early = any(event.sentence.number <= 3 for event in [*outcomes, *holding])
    heard = bool(reading.hits("proceedings")) or bool(_BARE & set(reading.notice.lower))
    return early or bool(holding) or heard


def _is_announced(reading: Reading, events: list[Event]) -> bool:
    """Whether the text announces proceedings to come, and the only results are others', counted in passing."""
    ahead = any(reading.context.has(n, "future") for n in range(min(3, len(reading.notice.sentences))))
    return ahead and all(e.sentence.number > 2 and all(m.kind == "group" for m in e.bearers) for e in events)


def _is_unfinished(reading: Reading) -> bool:
    """Whether the sanction is still to come: "The hearing continues", "He will learn his fate at a later date"."""
    return any(reading.context.has(s.number, "unfinished") for s in reading.notice.sentences)


def _is_told(reading: Reading) -> bool:
    """Whether an outcome and a finding can be gathered from weaker words, in a text that speaks of a hearing held."""
    return (
        fallback_outcome(reading) is not None
        and fallback_finding(reading, possible_findings(reading)) is not None
    )


def _text(reading: Reading, hit: Hit) -> str:
    return " ".join(reading.notice.lower[hit.start : hit.end])


# ------------------------------------------------------------------------------------------------ who there is


def _people(
    reading: Reading, alias: dict[str, str], outcomes: list[Event], holding: list[Event], denied: list[Event]
) -> list[Person]:
    individuals: dict[str, None] = {}
    counted: dict[str, tuple[int, Mention]] = {}
    numbers: dict[str, set[int]] = {}
    for event in [*outcomes, *holding]:
        for mention in event.bearers:
            who = who_is(reading, alias, mention)
            if who == "group":
                if not mention.title and mention.kind == "group" and not _is_of_people(reading, mention):
                    continue  # "seven of the nine" may be allegations
                number = how_many(reading, mention)
                numbers.setdefault(event.code, set()).add(number)
                if (
                    2 <= number <= MOST
                    and (
                        event in outcomes
                        or not outcomes
                        or event.code == "not_proven"
                        and (mention.title or mention.kind == "pronoun")
                    )
                    and number > counted.get(event.code, (0, mention))[0]
                ):
                    counted[event.code] = (number, mention)
            elif who != "the" and not (mention.senior and len(event.bearers) > 1):
                individuals.setdefault(who)
    beside = _is_beside(reading, alias, individuals, [*outcomes, *holding])
    if len(individuals) <= 1 and not counted and not beside:
        return [Person(frozenset(individuals) | {"the", "group"}, outcomes, holding, denied, everyone=True)]
    if any(len(own - {0}) > 1 for code, own in numbers.items() if code in counted):
        counted = {}  # figures that do not agree: who is meant by which cannot be told
        if not individuals:
            return []
    leads = bool(individuals) and _leads(reading, alias, outcomes)
    if leads or beside or (counted and _is_apart(reading, alias, [*outcomes, *holding])):
        individuals["the"] = None
    _drop_doubles(reading, alias, individuals, outcomes)
    people = [Person(frozenset({who})) for who in individuals]
    owners = _Owners(reading, people, alias)
    for name, events in (("outcomes", outcomes), ("findings", holding), ("denied", denied)):
        _hand_out(reading, people, alias, owners, events, name)
    people = _without_doubles(_by_description(reading, alias, people, outcomes))
    _add_counted(reading, people, counted, outcomes, holding)
    if len(people) == 1:
        return [Person(people[0].ids | {"the", "group"}, outcomes, holding, denied, everyone=True)]
    return people or [Person(frozenset({"the", "group"}), outcomes, holding, denied, everyone=True)]


def _is_of_people(reading: Reading, mention: Mention) -> bool:
    """Whether so many members of a force were spoken of before that a bare number may be some of them."""
    return any(
        m.kind == "group" and m.title and m.start < mention.start and m.number >= max(2, mention.number)
        for m in reading.people.mentions
    ) or bool(_subjects(reading))


def _subjects(reading: Reading) -> dict[str, None]:
    """Those whom the text begins with by name, as a list: "PC A and PC B were alleged to have ..."."""
    people = reading.people
    for sentence in reading.notice.sentences[:4]:
        here = [
            m
            for m in people.in_sentence(sentence)
            if m.kind == "named" and m.title and not (m.senior or m.courtesy or people.outsider(m))
        ]
        keys = {m.key: None for m in people.listed(here)} if here else {}
        if len(keys) > 1:
            return {key: None for key in keys if key}
    return {}


def _by_description(
    reading: Reading, alias: dict[str, str], people: list[Person], outcomes: list[Event]
) -> list[Person]:
    """Outcomes told of descriptions given to those with a name who have none, where they are as many: "A constable was
    dismissed. A second was warned. Constable S ... Constable P ..." They go by the order in which they are told of,
    unless what was found of them says otherwise."""
    named = [p for p in people if p.named]
    first = {m.key: m.start for m in reversed(reading.people.mentions) if m.key}
    lacking = [p for p in named if not p.outcomes and not _is_cleared(p)]
    lacking.sort(key=lambda p: min(first.get(who, 0) for who in p.ids))
    told: dict[str, list[Event]] = {}
    for event in outcomes:
        for m in event.bearers:
            if m.kind == "generic" and not event.sentence.quoted:
                told.setdefault(who_is(reading, alias, m), []).append(event)
    for person in named:  # a description whose outcome is that of somebody named is that person
        codes = {e.code for e in person.outcomes}
        same = next(
            (who for who, events in told.items() if codes and {e.code for e in events} <= codes), None
        )
        if same is not None:
            del told[same]
    if not lacking or len(told) != len(lacking) or len(named) < 2 or "group" in told:
        return people
    grave = [any(e.code == "gross_misconduct" for e in p.findings) for p in lacking]
    gone = [any("dismissed" in e.code for e in events) for events in told.values()]
    if len(set(grave)) > 1 and grave != gone:
        return people
    for person, events in zip(lacking, told.values(), strict=True):
        person.outcomes += events
    return [p for p in people if p.named or not p.ids & told.keys()]


def _is_cleared(person: Person) -> bool:
    codes = {e.code for e in person.findings}
    return codes == {"not_proven"}


def _without_doubles(people: list[Person]) -> list[Person]:
    """Leave out "a third given a warning" where somebody with a name turns out to be who was given it."""
    known = [{e.code for e in p.outcomes} for p in people if not p.described]
    kept = []
    for person in people:
        own = {e.code for e in person.outcomes}
        told = all(who.startswith("fresh:") or who in _ORDINALS for who in person.ids)
        if told and not own and _is_cleared(person) and any(p.named and _is_cleared(p) for p in people):
            continue
        if told and own and own in known:
            known.remove(own)
        else:
            kept.append(person)
    return kept


_ORDINALS = frozenset(("as:first", "as:second", "as:third", "as:fourth", "as:fifth"))


def _drop_doubles(
    reading: Reading, alias: dict[str, str], individuals: dict[str, None], outcomes: list[Event]
) -> None:
    """Leave out those whom a headline tells apart by "one ..., one ..." where the text then names them."""
    by_code: dict[str, tuple[set[str], set[str]]] = {}
    for event in outcomes:
        for mention in event.bearers:
            who = who_is(reading, alias, mention)
            if who in individuals:
                named, fresh = by_code.setdefault(event.code, (set(), set()))
                if _is_description(who):
                    fresh.add(who)
                else:
                    named.add(who)
    for named, fresh in by_code.values():
        for who in sorted(fresh)[: len(named)]:
            if not any(who in others for n, others in by_code.values() if (n, others) != (named, fresh)):
                individuals.pop(who, None)


def _leads(reading: Reading, alias: dict[str, str], outcomes: list[Event]) -> bool:
    """Whether the text opens with somebody without a name, and the people it names come only later, as other cases."""
    named = [
        e.sentence.number
        for e in outcomes
        for m in e.bearers
        if who_is(reading, alias, m) not in ("the", "group")
    ]
    first = [
        e for e in outcomes if 0 < e.sentence.number <= 3 and any(m.kind == "generic" for m in e.bearers)
    ]
    if not named or not first:
        return False
    mentioned = [
        reading.notice.sentence(m.start).number
        for m in reading.people.mentions
        if m.kind == "named" and not m.senior and not m.courtesy and not reading.people.outsider(m)
    ]
    return min(named) > 5 and min(mentioned, default=99) > 5


def _is_beside(
    reading: Reading, alias: dict[str, str], individuals: dict[str, None], events: list[Event]
) -> bool:
    """Whether the text is about an officer without a name, beside those whom it tells apart ("a second officer", "the call
    handler") and who were dealt with otherwise."""
    if not individuals or not all(map(_is_description, individuals)):
        return False
    beside: set[str] = set()
    own: set[str] = set()
    for event in events:
        if event.sentence.quoted:
            continue
        for m in event.bearers:
            if who_is(reading, alias, m) in individuals:
                beside.add(event.code)
            elif m.kind == "generic" and m.role and not m.senior:
                own.add(event.code)
    return bool(beside - {"gross_misconduct", "misconduct"} and own - LEVELS) and not (own & beside) - LEVELS


def _is_apart(reading: Reading, alias: dict[str, str], events: list[Event]) -> bool:
    """Whether, beside people who are only counted, one is spoken of alone: "An inspector ... was warned"."""
    alone = [m for e in events for m in e.bearers if who_is(reading, alias, m) == "the"]
    return any(m.indefinite and m.rank and _opens_sentence(reading, m) for m in alone)


def _opens_sentence(reading: Reading, mention: Mention) -> bool:
    """Whether a description opens its sentence, so that it is whom the sentence is about."""
    return mention.start - reading.notice.sentence(mention.start).start <= 2


def _hand_out(
    reading: Reading,
    people: list[Person],
    alias: dict[str, str],
    owners: _Owners,
    events: list[Event],
    name: str,
) -> None:
    """Give each event to the people it is about: those named with it, the whole group, or those last spoken of."""
    by_id = {who: person for person in people for who in person.ids}
    left: list[tuple[Event, set[str]]] = []
    for event in events:
        ids = {who_is(reading, alias, m) for m in event.bearers}
        whom = [by_id[who] for who in ids if who in by_id]
        if not whom:
            left.append((event, ids))
        for person in whom:
            getattr(person, name).append(event)
    own = [bool(getattr(person, name)) for person in people]
    for event, ids in left:
        whom: list[Person] = []
        if ids & {"group"}:
            numbers = [how_many(reading, m) for m in event.bearers if m.kind in ("group", "pronoun")]
            if name != "outcomes" and any(_is_all(reading, m) for m in event.bearers):
                whom = people
            elif numbers and numbers[0] in (0, len(people)):
                whom = [person for person, has in zip(people, own, strict=True) if not has]
        elif ids <= {"the"}:
            owner = owners.at(event.hit.start)
            if owner is not None:
                whom = [people[n] for n in sorted(owner)] if len(owner) == 1 or name != "outcomes" else []
            elif name == "outcomes" and event.sentence.number <= 3:
                # how a story opens is about the one person whom it goes on to name
                known = [p for p in people if not p.described]
                whom = known if len(known) == 1 and known[0].ids != {"the"} else []
            elif name != "outcomes" and event.sentence.number > 0:
                whom = [person for person, has in zip(people, own, strict=True) if not has]
                told = [p for p in whom if _first_mention(reading, alias, p) < event.hit.start]
                whom = told or whom  # not those of whom the text tells only later
        for person in whom:
            getattr(person, name).append(event)


def _first_mention(reading: Reading, alias: dict[str, str], person: Person) -> int:
    """Where a person is first told of; 0 where that is not known."""
    return next((m.start for m in reading.people.mentions if who_is(reading, alias, m) in person.ids), 0)


def _is_all(reading: Reading, mention: Mention) -> bool:
    """Whether a plural says outright that it means everybody: "both officers", "all three"."""
    lower = reading.notice.lower
    return mention.kind == "group" and bool(
        {"both", "all", "each"} & set(lower[max(0, mention.start - 1) : mention.end])
    )


def _add_counted(
    reading: Reading,
    people: list[Person],
    counted: dict[str, tuple[int, Mention]],
    outcomes: list[Event],
    holding: list[Event],
) -> None:
    """People who are only counted, less those who are spoken of one by one."""
    # headlines call those who had left "dismissed" too
    order = sorted(counted.items(), key=lambda item: item[0] != "would_have_been_dismissed")
    left = [e.sentence.number for e in outcomes if e.code == "would_have_been_dismissed"]
    for code, (number, mention) in order:
        loose = code == "dismissed" and reading.notice.sentence(mention.start).number < min(left, default=0)
        codes = {code, "would_have_been_dismissed"} if loose else {code}
        known = sum(1 for person in people if any(e.code in codes for e in person.outcomes))
        without = [
            person
            for person in people
            if not person.outcomes and not any(e.code == "not_proven" for e in person.findings)
        ]
        events = [e for e in outcomes if e.code == code]
        if not events:
            known = sum(1 for person in people if any(e.code == code for e in person.findings))
            without = []
        for person in without[: max(0, number - known)]:
            person.outcomes += events
            known += 1
        group = [e for e in events if any(m.kind == "group" for m in e.bearers)] or events
        found = [
            e
            for e in holding
            if (not e.bearers or any(m.kind in ("group", "pronoun") for m in e.bearers))
            and (events or e.code == code)
        ]
        starts = {m.start for e in group for m in e.bearers}
        found = [e for e in found if any(m.start in starts for m in e.bearers)] or found
        for _ in range(number - known):
            people.append(Person(frozenset({"group"}), list(group), list(found), anonymous=mention))


Owner = frozenset[int] | None


class _Owners:
    """Whom each part of a text is about: places in the list of people; None where it is about all of them."""

    def __init__(self, reading: Reading, people: list[Person], alias: dict[str, str]):
        self._reading = reading
        self._several = len(people) > 1
        self.alias = alias
        self._place = {who: n for n, person in enumerate(people) for who in person.ids if who != "group"}
        self._counted = frozenset(n for n, person in enumerate(people) if person.anonymous is not None)
        self._clauses: dict[int, Owner] = {}
        self._sentences = self._by_sentence() if self._several else [None] * len(reading.notice.sentences)

    def of_sentence(self, number: int) -> Owner:
        """Whom a sentence is about."""
        return self._sentences[number]

    def at(self, token: int) -> Owner:
        """Whom the clause of a token is about."""
        if not self._several:
            return None
        clause = self._reading.notice.clauses[token]
        return self._clauses.get(clause, self._sentences[self._reading.notice.sentence(token).number])

    def _named(self, mentions: list[Mention]) -> set[int]:
        return {
            self._place[who] for m in mentions if (who := who_is(self._reading, self.alias, m)) in self._place
        }

    def _group(self, mentions: list[Mention]) -> bool:
        lower = self._reading.notice.lower
        return any(
            who_is(self._reading, self.alias, m) == "group" and lower[m.start] != "them" for m in mentions
        )

    def _all(self) -> Owner:
        """A plural means those who are only counted, where there are any, else everybody."""
        return self._counted or None

    def _is_heading(self, sentence: Sentence, mentions: list[Mention]) -> bool:
        """Whether a line is nothing but the people given, or, with none given, a few words with no full stop."""
        notice = self._reading.notice
        own = [
            s
            for s in notice.sentences[max(0, sentence.number - 1) : sentence.number + 2]
            if s.paragraph == sentence.paragraph
        ]
        words = notice.words(sentence.start, sentence.end)
        covered = {i for m in mentions for i in range(m.start, m.end)}
        if len(own) > 1 or sentence.bullet:
            return False
        if mentions:
            return all(i in covered for i in words)
        last = notice.doc[sentence.start : sentence.end].text.strip()[-1:]
        return 0 < len(words) <= 4 and last.isalpha() and notice.doc[words[0]].text[:1].isupper()

    def _by_sentence(self) -> list[Owner]:
        owners: list[Owner] = []
        current: Owner = None
        headed: Owner = None
        paragraph = -1
        clauses = self._reading.notice.clauses
        for sentence in self._reading.notice.sentences:
            mentions = self._reading.people.in_sentence(sentence)
            here, group = self._named(mentions), self._group(mentions)
            opening = next((m for m in mentions if m.title or m.kind in ("named", "pronoun")), None)
            still = (
                opening is not None
                and opening.kind == "pronoun"
                and opening.number == 1
                and opening.start - sentence.start < 3
                and current is not None
                and len(current) == 1
            )
            if still:
                pass  # "She was charged along with PC A": still about her
            elif here:
                current = frozenset(here)
                if self._is_heading(sentence, mentions):
                    headed = current
            elif self._is_heading(sentence, []):
                current = headed = None
            elif group:
                current = self._all()
            elif sentence.quoted:
                current = None
            elif sentence.paragraph != paragraph and not any(
                m.kind in ("pronoun", "generic") for m in mentions
            ):
                current = headed if not sentence.bullet and sentence.section is None else current
            paragraph = sentence.paragraph
            owners.append(current)
            parts = {clauses[m.start] for m in mentions}
            if len(parts) > 1:
                for clause in parts:
                    own = [m for m in mentions if clauses[m.start] == clause]
                    named, several = self._named(own), self._group(own[:1])
                    if named:
                        self._clauses[clause] = frozenset(named)
                    elif several:
                        self._clauses[clause] = self._all()
        return owners


# ------------------------------------------------------------------------------------------------ one row


def _code(
    reading: Reading,
    person: Person,
    people: list[Person],
    owners: _Owners,
    force: Coded | None,
    default_role: Coded | None = None,
) -> CodedCase | None:
    outcome = choose_outcome(reading, person.outcomes)
    finding = choose_finding(
        reading, person.findings, person.denied, bool(outcome and outcome.value in _POSITIVE)
    )
    place = next(n for n, other in enumerate(people) if other is person)
    if outcome is None and not person.outcomes and len(people) == 1:
        outcome = fallback_outcome(reading)
    if finding is None and (outcome is None or outcome.value != "no_action"):
        own_words = [
            e for e in possible_findings(reading) if (who := owners.at(e.hit.start)) is None or place in who
        ]
        finding = fallback_finding(reading, own_words)
    if outcome is None and finding is None:
        return None
    sentences = reading.notice.sentences
    mine = [s for s in sentences if (who := owners.of_sentence(s.number)) is None or place in who]

    def is_own(hit: Hit) -> bool:
        owner = owners.at(hit.start)
        return owner is None or place in owner

    def own(hits: list[Hit]) -> list[Hit]:
        return [hit for hit in hits if is_own(hit)]

    mentions = _mentions_of(reading, person, people, owners.alias)
    firm = any(m.role and not m.weak for m in mentions)
    role = choose_role(reading, mentions) if firm or default_role is None else default_role
    if role is None and len(people) == 1:
        role = fallback_role(reading)
    role = role or default_role
    if role is None and force is None:
        return None  # nobody in particular
    rank = choose_rank(reading, mentions, role.value if role else None)
    only = [s.number for s in mine if len(people) == 1 or owners.of_sentence(s.number) is not None]
    if person.anonymous is not None:
        only = sorted({event.sentence.number for event in person.outcomes})
    status = choose_status(reading, mentions, outcome, finding, only)
    proven = bool(
        outcome and outcome.value in (*_POSITIVE, "management_advice") and not _failed(finding)
    ) or bool(finding and finding.value != "not_proven")
    standards = [m for m in reading.standards if is_own(m.hit)]
    if len(people) > 1:
        standards += _same_standards(reading, mine, owners)
    breaches, as_alleged = choose_breaches(reading, standards, proven)
    date, inferred = choose_date(reading, mine)
    if date is None and len(people) > 1:
        shared = [s for s in sentences if (who := owners.of_sentence(s.number)) is None or len(who) > 1]
        date, inferred = choose_date(reading, shared)
    fields = {
        "force": force,
        "hearing_date": date,
        "proceeding": choose_proceeding(reading, own(proceeding_hits(reading))),
        "role": role,
        "rank": rank,
        "status": status,
        "breaches": breaches,
        "conduct": choose_conduct(reading, own(conduct_hits(reading))),
        "finding": finding,
        "outcome": outcome,
        "admitted": choose_admitted(reading, own(circumstance_hits(reading, "admitted"))),
        "conviction": choose_conviction(reading, own(circumstance_hits(reading, "conviction"))),
        "private": choose_private(reading, circumstance_hits(reading, "private")),
    }
    kept = {name: value for name, value in fields.items() if value is not None}
    return CodedCase(
        kept, bool(date and inferred), as_alleged or bool(finding and finding.value == "not_proven")
    )


def _same_standards(reading: Reading, mine: list[Sentence], owners: _Owners) -> list[StandardMention]:
    """The standards of those told of before, where a person "breached the same standards"."""
    lower = reading.notice.lower
    for sentence in mine:
        if owners.of_sentence(sentence.number) is None:
            continue
        for i in range(sentence.start, sentence.end):
            if lower[i] == "same" and _SAME & set(lower[i + 1 : min(i + 4, sentence.end)]):
                before = [m for m in reading.standards if m.hit.end <= i and m.standing != "not_proven"]
                last = max((m.sentence.paragraph for m in before), default=None)
                whom = {owners.at(m.hit.start) for m in before if m.sentence.paragraph == last}
                return [
                    m for m in before if owners.at(m.hit.start) in whom and last - m.sentence.paragraph <= 8
                ]
    return []


_SAME = frozenset(("standards", "standard", "breaches", "breach", "ones", "two", "three", "four", "five"))


def _failed(finding: Coded | None) -> bool:
    return finding is not None and finding.value == "not_proven"


def _mentions_of(
    reading: Reading, person: Person, people: list[Person], alias: dict[str, str]
) -> list[Mention]:
    """What a person is called: first by the words that bear the outcome, then by their own name, then by the first
    words of the text."""
    events = [*person.outcomes, *person.findings]
    bearing = [
        m
        for e in events
        for m in e.bearers
        if m.role
        and (
            person.everyone
            or who_is(reading, alias, m) in person.ids
            or who_is(reading, alias, m) in ("the", "group")
        )
    ]
    named = [
        m
        for m in reading.people.mentions
        if m.role and who_is(reading, alias, m) in person.ids - {"the", "group"}
    ]
    if person.anonymous is not None and person.anonymous.role:
        return [person.anonymous]
    first: list[Mention] = []
    if person.everyone or not [m for m in [*bearing, *named] if not m.weak]:
        others = {who for p in people if p is not person for who in p.ids} - {"the", "group"}
        first = [
            m for m in _opening_mentions(reading, person, people) if who_is(reading, alias, m) not in others
        ]
    firm = sorted(bearing, key=lambda m: (m.weak, m.start))
    unique: dict[int, Mention] = {}
    for mention in [*firm, *named, *first]:
        unique.setdefault(mention.start, mention)
    return list(unique.values())


def _opening_mentions(reading: Reading, person: Person, people: list[Person]) -> list[Mention]:
    """How the text introduces its subject: under the label "Officer", or by the first words for a member of a force."""
    found: list[Mention] = []
    objects: list[Mention] = []
    keys = Counter(m.key for m in reading.people.mentions if m.key)
    for sentence in reading.notice.sentences:
        mentions = [
            m for m in reading.people.in_sentence(sentence) if m.role and not reading.people.outsider(m)
        ]
        if sentence.section == "officer":
            found += mentions
            continue
        if sentence.section in ("panel", "related", "notes", "options") or sentence.quoted:
            continue
        for mention in mentions:
            if mention.kind == "generic" and (sentence.number <= 3 or not mention.weak) and not mention.fresh:
                known = any(m.senior and m.rank == mention.rank for m in found)
                if (mention.rank == "chief_officer" and not mention.former) or (
                    mention.senior
                    and not known
                    and not mention.former
                    and (sentence.number > 3 or mention.start > sentence.start + 12)
                ):
                    continue
                first = mentions[0] is mention
                if _is_object(reading, mention) or (sentence.number > 1 and mention.indefinite and not first):
                    objects.append(mention)
                elif not (found and mention.indefinite and sentence.number > 2):
                    found.append(mention)
            elif mention.kind == "named":
                seldom = keys[mention.key] <= (3 if mention.senior else 1)
                if len(people) == 1 and not (seldom and (mention.senior or sentence.number > 3)):
                    found.append(mention)
            elif mention.kind == "group" and (
                len(people) > 1
                and sentence.number <= 3
                or mention.role == "police_staff"
                and len(mentions) == 1
            ):
                found.append(mention)
    firm = [m for m in found if not m.weak]
    return (found if firm or not objects else [*found, *objects])[:8]


def _is_object(reading: Reading, mention: Mention) -> bool:
    """Whether somebody is only what another acted on: "groped a special constable", "by a PCSO"."""
    sentence = reading.notice.sentence(mention.start)
    before = reading.notice.lower[max(sentence.start, mention.start - 2) : mention.start]
    if not before:
        return False
    return (
        before[-1]
        in (
            "with",
            "of",
            "by",
            "to",
            "at",
            "from",
            "towards",
            "against",
            "on",
            "about",
            "into",
            "colleague",
            "fellow",
        )
        or before[-1].endswith("ing")
        or (
            before[-1].endswith("ed")
            and mention.indefinite
            and before[-1] not in ("named", "based", "dismissed", "sacked", "convicted", "disgraced")
        )
    )

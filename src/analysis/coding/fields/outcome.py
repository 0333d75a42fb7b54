"""The sanction of the panel or chief officer: what was imposed, on whom."""

from __future__ import annotations

from ..elsewhere import is_elsewhere
from ..lexicon import Hit, listed
from ..reading import Event, Reading
from ..result import Coded
from ..things import is_of_a_thing
from .dates import day_of_clause

_BARRED_SECTIONS = ("options", "notes", "related", "panel", "location", "published")
_NEVER = {"general", "appeal"}
_BARRING = {
    "negated",
    "hypothetical",
    "general",
    "future",
    "appeal",
    "prior",
    "mitigation",
    "submitted",
    "supposed",
}
_FORMER_PHRASES = ("would", "had", "if", "'d", "’d", "should", "were", "whbd", "resigned", "former")


def outcome_events(reading: Reading) -> list[Event]:
    """Every outcome that the text reports as imposed in these proceedings, each with the people it is about."""
    hits = [
        hit for hit in _imposed(reading) if reading.notice.sentence(hit.start).section not in _BARRED_SECTIONS
    ]
    gone = {
        i
        for hit in hits
        if hit.rule.code == "would_have_been_dismissed"
        for i in hit.words
        if reading.notice.lower[i] in _SACKED
    }
    codes = {hit.rule.code for hit in hits}
    events, earlier = [], []
    refused: set[int] = set()
    for hit in sorted(hits, key=lambda h: (h.start, -h.end)):
        if hit.rule.code == "no_action" and refused & set(hit.words):
            continue  # "no action" within "not right to take no action"
        if hit.rule.code == "dismissed" and gone & set(range(hit.start, hit.end)):
            continue
        if hit.rule.get("needs", hit.rule.code) not in codes:
            continue
        event = reading.event(hit, passive=_is_passive(reading, hit))
        if hit.rule.code == "no_action" and "negated" in event.tags - set(hit.rule.get("immune", ())):
            refused |= set(hit.words)
        if is_elsewhere(reading, event) or _is_of_another_time(reading, event):
            continue
        if _holds(reading, event):
            events.append(event)
        elif "prior" in event.tags and _holds(reading, event, but=frozenset({"prior"})):
            earlier.append(event)
    if not events and any(reading.context.has(s.number, "appeal") for s in reading.notice.sentences):
        return earlier  # a story about an appeal tells the panel's outcome as something past
    return events


def _imposed(reading: Reading) -> list[Hit]:
    """The phrases for outcomes but those of which a word belongs to something that was only weighed."""
    weighed = {i for hit in reading.hits("weighed") for i in hit.words}
    return [hit for hit in reading.hits("outcomes") if weighed.isdisjoint(hit.words)]


def fallback_outcome(reading: Reading) -> Coded | None:
    """The one outcome that the text speaks of without denying or only supposing it, where no words say outright that it was
    imposed; None where it speaks of several."""
    found = []
    for hit in _imposed(reading):
        sentence = reading.notice.sentence(hit.start)
        if sentence.section in _BARRED_SECTIONS:
            continue
        event = reading.event(hit, passive=_is_passive(reading, hit))
        if event.tags & {"general", "appeal"}:
            return None
        if is_of_a_thing(reading, hit):
            continue
        if not is_elsewhere(reading, event):
            found.append(event)
    if len({event.code for event in found}) != 1:
        return None
    found = [
        e
        for e in found
        if not e.tags & _BARRING and not _asked(reading, e) and not _is_supposed(reading, e.hit)
    ]
    return reading.coded(found[0].code, 0.7, *(event.hit for event in found)) if found else None


def _is_of_another_time(reading: Reading, event: Event) -> bool:
    """Whether an aside tells an earlier sanction: ", who had been given a written warning in 2015,"."""
    start = event.hit.start
    return (
        reading.people.aside(start)
        and "had" in reading.notice.lower[max(event.sentence.start, start - 6) : start]
    )


_SACKED = listed("outcome_sacked")


def _is_passive(reading: Reading, hit: Hit) -> bool:
    lower = reading.notice.lower
    if hit.rule.code not in ("dismissed", "would_have_been_dismissed"):
        return True
    people = ("him", "her", "them", "pc", "officer", "constable", "sergeant")
    last = lower[hit.end - 1 : hit.end]
    acts = last[0] in _SACKED and lower[hit.end - 2] not in (
        "was",
        "were",
        "been",
        "be",
        "being",
        "is",
        "are",
    )
    follows = lower[hit.end : hit.end + 1] in (["him"], ["them"]) or any(
        m.start == hit.end and m.title for m in reading.people.mentions
    )
    return not (last[0] in people or acts and follows)


def _holds(reading: Reading, event: Event, but: frozenset[str] = frozenset()) -> bool:
    tags, hit, rule = event.tags - but, event.hit, event.hit.rule
    immune = set(rule.get("immune", ()))
    if event.code == "would_have_been_dismissed":
        denied = any(
            reading.notice.lower[i] in ("not", "n't", "never") and not _in_condition(reading, hit, i)
            for i in hit.between
        )
        return (
            not denied and not tags & _NEVER and not _asked(reading, event) and not _is_averted(reading, hit)
        )
    if (tags & _BARRING) - immune and not (
        event.sentence.section == "outcome"
        and not tags & {"negated", "general", "appeal", "prior", "hypothetical"}
    ):
        return False
    if _asked(reading, event):
        return False
    if rule.get("panel_only") and not _is_of_the_panel(reading, event):
        return False
    if _is_supposed(reading, hit):
        return False
    if event.code == "dismissed":
        after = reading.notice.lower[hit.end - 1 : hit.end + 4]
        if (
            "from" in after
            and _ELSEWHERE & set(after)
            and "had" in reading.notice.lower[max(event.sentence.start, hit.start - 3) : hit.end]
        ):
            return False  # "had been dismissed from the Army"
        if "if" in reading.notice.lower[hit.end : hit.end + 4]:
            return False
        if is_of_a_thing(reading, hit):
            return False
        if not rule.get("strong") and (
            event.sentence.quoted or not event.bearers and not _is_entry(reading, event)
        ):
            return False
    return True


def _is_of_the_panel(reading: Reading, event: Event) -> bool:
    """Whether the sentence, or the one before it in its paragraph, speaks of the proceedings and not of a court."""
    if event.sentence.section == "outcome" or event.sentence.bullet or _alone(reading, event):
        return True
    if "criminal" in event.tags:
        return False
    if "panel" in event.tags or event.sentence.number <= 1:
        return True
    before = event.sentence.number - 1
    return reading.context.has(before, "panel") and not reading.context.has(before, "criminal")


def _is_averted(reading: Reading, hit: Hit) -> bool:
    """Whether it was averted, not made void: "without the admission it would have been dismissal"."""
    clause = reading.notice.clauses[hit.start]
    start = reading.notice.sentence(hit.start).start
    before = [reading.notice.lower[i] for i in range(start, hit.start) if reading.notice.clauses[i] == clause]
    if {"resignation", "resigning", "resigned", "retirement", "retiring", "departure"} & set(before):
        return False
    return "without" in before or "for" in [b for a, b in zip(before, before[1:], strict=False) if a == "but"]


def _is_supposed(reading: Reading, hit: Hit) -> bool:
    """Whether a sanction named by a noun is only thought of: "a final written warning would be enough"."""
    if hit.rule.code not in ("final_written_warning", "written_warning"):
        return False
    after = [w for w in reading.notice.lower[hit.end : hit.end + 2] if w.isalpha()]
    return bool(after) and after[0] in ("would", "could", "might", "should", "may", "can")


def _asked(reading: Reading, event: Event) -> bool:
    last = reading.notice.doc[event.sentence.end - 1]
    words = reading.notice.doc[event.sentence.start : event.sentence.end].text.rstrip()
    return words.endswith("?") and last is not None


def _alone(reading: Reading, event: Event) -> bool:
    """Whether a line holds little but the outcome, as in a list."""
    words = reading.notice.words(event.sentence.start, event.sentence.end)
    return len(words) <= len(event.hit.words) + 3


def _is_entry(reading: Reading, event: Event) -> bool:
    """Whether a sentence is nothing but the outcome, perhaps after a label: "Result: dismissed." """
    words = reading.notice.words(event.sentence.start, event.sentence.end)
    labelled = ":" in reading.notice.lower[event.sentence.start : event.hit.start]
    return event.sentence.number > 0 and len(words) <= len(event.hit.words) + labelled


def _in_condition(reading: Reading, hit: Hit, i: int) -> bool:
    """Whether "not" belongs to "had he not resigned", not to the outcome."""
    before = reading.notice.lower[max(hit.start, i - 4) : i]
    return any(word in ("had", "if", "were") for word in before)


_ELSEWHERE = listed("outcome_elsewhere")
_WARNINGS = {"final_written_warning", "written_warning"}
_SEVERITY = (
    "would_have_been_dismissed",
    "dismissed",
    "reduction_in_rank",
    "final_written_warning",
    "written_warning",
    "management_advice",
    "reflective_practice",
    "no_action",
    "other",
)


def choose_outcome(reading: Reading, events: list[Event]) -> Coded | None:
    """The outcome of one person from the events that are about them; None where they contradict each other."""
    if not events:
        return None
    events = _latest(reading, _outweighed(events))
    weight: dict[str, float] = {}
    for event in events:
        weight[event.code] = weight.get(event.code, 0) + _weight(event)
    if {"would_have_been_dismissed", "dismissed"} <= weight.keys():
        weight["would_have_been_dismissed"] += weight.pop("dismissed")
    if "other" in weight and len(weight) > 1:
        weight = {"other": weight["other"]}
    ranked = sorted(weight, key=lambda code: (-weight[code], _SEVERITY.index(code)))
    best = ranked[0]
    if len(ranked) > 1 and weight[best] < (2.5 if {*ranked[:2]} == _WARNINGS else 1.5) * weight[ranked[1]]:
        return None
    support = [event for event in events if event.code == best]
    confidence = max(event.confidence for event in support)
    if len(ranked) > 1:
        confidence -= 0.1
    return reading.coded(best, confidence, *(event.hit for event in support))


def _latest(reading: Reading, events: list[Event]) -> list[Event]:
    """The events but those that the text dates long before others of another kind: an earlier warning."""
    if len({event.code for event in events}) < 2:
        return events
    days = {id(event): day_of_clause(reading, event.hit.start) for event in events}
    known = [day for day in days.values() if day]
    if reading.published is not None:
        known.append(reading.published.isoformat())
    if not known:
        return events
    newest = max(known)
    year, month = int(newest[:4]) - 1, newest[4:7] or "-12"
    left = [e for e in events if not (days[id(e)] and days[id(e)][:7] < f"{year}{month}"[: len(days[id(e)])])]
    return left or events


def _outweighed(events: list[Event]) -> list[Event]:
    """The events but those of the headline that a sentence on the panel's decision says otherwise."""
    decided = [e for e in events if e.sentence.number > 0 and {"panel", "settled"} <= e.tags]
    if decided:
        return [e for e in events if e.sentence.number > 0 or e.code in {d.code for d in decided}]
    return events


def _weight(event: Event) -> float:
    if event.sentence.section == "outcome":
        return 3 * event.confidence
    place = 1.5 if event.sentence.number <= 2 else 1.0
    return event.confidence * place * (0.6 if event.sentence.quoted else 1.0)

"""What was found: gross misconduct, misconduct or neither, the highest level that was proven."""

from __future__ import annotations

from ..elsewhere import is_elsewhere
from ..lexicon import Hit, listed
from ..reading import Event, Reading
from ..result import Coded
from ..things import is_of_the_allegations

_BARRED_SECTIONS = ("options", "notes", "related", "panel", "location", "published")
_COMPOUND = listed("finding_compound")
_IN_BETWEEN = listed("finding_in_between")


_PLEAS = listed("finding_pleas")
_PANEL = frozenset(("panel", "hearing", "meeting", "chair", "tribunal"))


def finding_events(reading: Reading) -> tuple[list[Event], list[Event]]:
    """What the text says was found, and what it says was not.

    Returns
    -------
    The findings that hold, and those of gross misconduct that are denied ("not gross misconduct").
    """
    holding, denied = [], []
    for hit in reading.hits("findings"):
        sentence = reading.notice.sentence(hit.start)
        if sentence.section in _BARRED_SECTIONS or _is_compound(reading, hit):
            continue
        event = reading.event(hit)
        if is_elsewhere(reading, event):
            continue
        verdict = _judge(reading, event)
        if verdict is True:
            holding.append(event)
        elif verdict is None and event.code == "gross_misconduct":
            denied.append(event)
    return holding, denied


_SILENT = {
    "general",
    "appeal",
    "submitted",
    "supposed",
    "hypothetical",
    "future",
    "prior",
    "claimed",
    "negated",
    "alleged",
    "mitigation",
}


def possible_findings(reading: Reading) -> list[Event]:
    """Findings that nothing speaks against, though the words alone are weak or quoted: of use where nothing better is
    there and all of them agree."""
    found = []
    for hit in reading.hits("findings"):
        if hit.rule.code == "not_proven" or hit.rule.get("admission"):
            continue
        sentence = reading.notice.sentence(hit.start)
        if sentence.number == 0 or sentence.section in (*_BARRED_SECTIONS, "allegation"):
            continue
        if _is_compound(reading, hit) or any(reading.notice.lower[i] in _IN_BETWEEN for i in hit.between):
            continue
        event = reading.event(hit)
        if is_elsewhere(reading, event):
            continue
        if not event.tags & _SILENT and not _is_question(reading, event):
            found.append(event)
    return found


def fallback_finding(reading: Reading, events: list[Event]) -> Coded | None:
    """The finding on which all of `possible_findings` agree; None where they do not, or there are none."""
    if len({event.code for event in events}) != 1:
        return None
    return reading.coded(events[0].code, 0.75, *(event.hit for event in events))


def _is_compound(reading: Reading, hit: Hit) -> bool:
    """Whether "misconduct" is part of "misconduct hearing" and the like."""
    lower = reading.notice.lower
    for i in hit.words:
        if lower[i] == "misconduct" and not hit.rule.get("compound"):
            following = lower[i + 1 : i + 2]
            if following and following[0] in _COMPOUND:
                # "in public office" is a crime, "in that ..." is not
                return following[0] != "in" or lower[i + 2 : i + 4] in (
                    ["public", "office"],
                    ["a", "public"],
                    ["judicial", "office"],
                )
    return False


def _judge(reading: Reading, event: Event) -> bool | None:
    """Whether a finding holds (True), is denied (None) or says nothing (False)."""
    tags, hit, rule = event.tags, event.hit, event.hit.rule
    lower = reading.notice.lower
    if any(lower[i - 1 : i + 1] == ["or", "gross"] and lower[i - 2] == "misconduct" for i in hit.words):
        return False  # "misconduct or gross misconduct" leaves the level open
    if (
        tags & {"general", "appeal", "submitted"}
        or ("supposed" in tags and event.code != "not_proven")
        or _is_question(reading, event)
        or any(lower[i] in _IN_BETWEEN for i in hit.between)
    ):
        return False
    if event.code == "not_proven":
        if reading.people.aside(hit.start) and not reading.people.aside(hit.end - 1):
            return False
        if rule.get("thing") and not is_of_the_allegations(reading, hit):
            return False
        words = set(lower[event.sentence.start : event.sentence.end])
        if (
            "answer" in {lower[i] for i in hit.words}
            and not words & _PANEL
            and event.sentence.section is None
        ):
            return False  # an investigation's view, not a result of proceedings
        if "hypothetical" in tags and not rule.get("cleared"):
            return False
        if _PLEAS & set(lower[max(event.sentence.start, hit.start - 4) : hit.start]):
            return False
        if "criminal" in tags and not tags & {"panel"}:
            return False
        if "criminal" in tags and rule.get("cleared"):
            return False
        return not (rule.get("cleared") and tags & {"negated"})
    if event.sentence.section == "allegation" and "settled" not in tags and event.code != "not_proven":
        return False
    if "hypothetical" in tags or "future" in tags or "prior" in tags:
        return False
    if "claimed" in tags and not rule.get("admission"):
        return False
    if "negated" in tags:
        return None if not rule.get("admission") else False
    if rule.get("admission"):
        return "criminal" not in tags or "panel" in tags
    if "alleged" in tags and not rule.get("proof"):
        return False
    if rule.get("weak"):
        return not event.sentence.quoted and (
            "settled" in tags or _is_fragment(reading, event) or lower[hit.start - 1 : hit.start] == [":"]
        )
    return not (event.sentence.quoted and event.confidence < 0.93)


def _is_question(reading: Reading, event: Event) -> bool:
    last = reading.notice.doc[event.sentence.start : event.sentence.end].text.rstrip()
    return last.endswith("?")


def _is_fragment(reading: Reading, event: Event) -> bool:
    """Whether a finding stands in a line or sentence of a few words: "Result: gross misconduct"."""
    sentence = event.sentence
    words = reading.notice.words(sentence.start, sentence.end)
    return len(words) <= 3 and sentence.number > 0


def _is_of_an_earlier_warning(reading: Reading, event: Event) -> bool:
    """Whether it is told in the past perfect: "had been given a final written warning for gross misconduct"."""
    words = reading.notice.lower[event.sentence.start : event.hit.end]
    return "had" in words and "warning" in words[words.index("had") :]


def _is_total(reading: Reading, hit: Hit) -> bool:
    """Whether the words themselves deny all of it: "neither part of the allegation was proved"."""
    return bool({reading.notice.lower[i] for i in hit.words} & {"neither", "none", "nothing"})


def choose_finding(
    reading: Reading, holding: list[Event], denied: list[Event], sanctioned: bool
) -> Coded | None:
    """The highest level proven of one person.

    Parameters
    ----------
    holding, denied : as of `finding_events`, those about the person.
    sanctioned : whether a sanction was imposed, which rules out that nothing was proven.
    """
    current = [e for e in holding if not _is_of_an_earlier_warning(reading, e)]
    holding = current or holding
    gross = [e for e in holding if e.code == "gross_misconduct"]
    plain = [e for e in holding if e.code == "misconduct"]
    none = [e for e in holding if e.code == "not_proven"]
    if gross and denied and plain and max(e.confidence for e in gross) < 0.95:
        gross = []
    if gross and plain and max(e.confidence for e in gross) < 0.9 <= max(e.confidence for e in plain):
        gross = []
    for events in (gross, plain):
        if events:
            confidence = max(e.confidence for e in events) - (0.1 if denied and events is gross else 0)
            return reading.coded(events[0].code, confidence, *(e.hit for e in events))
    if none and not sanctioned:
        whole = [e for e in none if "partial" not in e.tags or _is_total(reading, e.hit)]
        if whole:
            return reading.coded("not_proven", max(e.confidence for e in whole), *(e.hit for e in whole))
    return None

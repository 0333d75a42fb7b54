"""What the words around a phrase make of it: denied, conditional, only alleged, a court's, from the past, on appeal."""

from __future__ import annotations

from bisect import bisect_left
from functools import cache

from .lexicon import Hit, Lexicon, Rule, listed, table
from .text import Notice, Sentence

_NEXT = 5
_BACK = 2


class Context:
    """The cues of one notice, looked up by place.

    Parameters
    ----------
    notice : the text.
    """

    def __init__(self, notice: Notice):
        self._notice = notice
        self._cues: dict[int, list[Hit]] = {}
        for cue in _cues().find(notice.doc):
            sentence = notice.sentence(cue.start)
            if cue.end <= sentence.end and not self._is_month(cue) and not self._asserts(cue):
                self._cues.setdefault(sentence.number, []).append(cue)

        self._options = self._listed_options()
        self._led = self._lead_flags()

    def _listed_options(self) -> set[int]:
        """Entries of a list under a general remark: "the available outcomes are:", and what follows."""
        listed: set[int] = set()
        lead: int | None = None
        for sentence in self._notice.sentences:
            words = self._notice.lower[sentence.start : sentence.end]
            short = sentence.bullet or sum(w.isalpha() for w in words) <= 8
            if ":" in [w for w in words if not w.isspace()][-1:]:
                lead = sentence.number if self.has(sentence.number, "general") else None
            elif lead is not None and short:
                listed.add(sentence.number)
            else:
                lead = None
        return listed

    def _lead_flags(self) -> dict[int, frozenset[str]]:
        """What the line over a list says of its entries: "The panel found:", "Over the past year:"."""
        led: dict[int, frozenset[str]] = {}
        flags: frozenset[str] = frozenset()
        for sentence in self._notice.sentences:
            words = [w for w in self._notice.lower[sentence.start : sentence.end] if not w.isspace()]
            if words[-1:] == [":"]:
                flags = frozenset(f for f in ("settled", "statistic") if self.has(sentence.number, f))
            elif sentence.bullet or (led.get(sentence.number - 1) and self._same_entry(sentence)):
                led[sentence.number] = flags
            else:
                flags = frozenset()
        return led

    def _same_entry(self, sentence: Sentence) -> bool:
        return self._notice.sentences[sentence.number - 1].paragraph == sentence.paragraph

    def _opens_with_if(self, start: int) -> bool:
        """Whether a sentence is a condition: "If the panel finds ..."."""
        words = [w for w in self._notice.lower[start : start + 3] if w.isalpha()]
        return bool(words) and words[0] in ("if", "should", "where", "whenever", "unless")

    def _is_month(self, cue: Hit) -> bool:
        """Whether "may" is the month."""
        doc = self._notice.doc
        if self._notice.lower[cue.start] != "may" or not doc[cue.start].text.istitle():
            return False
        around = [*doc[max(0, cue.start - 1) : cue.start], *doc[cue.end : cue.end + 1]]
        return cue.start > self._notice.sentence(cue.start).start or any(t.like_num for t in around)

    def _asserts(self, cue: Hit) -> bool:
        """Whether a modal only makes an assertion stronger: "could only be described as", "can hardly be other than"."""
        following = self._notice.lower[cue.end : cue.end + 1]
        modal = self._notice.lower[cue.start : cue.end] in (["could"], ["can"])
        anyone = self._notice.lower[cue.start : cue.end] in (["anyone"], ["anybody"])
        if (
            self._notice.lower[cue.start : cue.end] == ["alleged"]
            and self._notice.lower[cue.start - 1] == "as"
        ):
            return True  # "breached the standards as alleged"
        if self._notice.lower[cue.end - 1] == "follows" and following == ["that"]:
            return True  # "It follows that ..." draws a conclusion
        if anyone and self._notice.lower[cue.start - 1 : cue.start] in (["of"], ["from"]):
            return True  # "what people expect of anybody who wears the uniform"
        if self._notice.lower[cue.start : cue.end] == ["no"] and following and following[0] in _CERTAIN:
            return True  # "no hesitation in calling it gross misconduct"
        return modal and following in (["only"], ["hardly"], ["scarcely"])

    def flags(self, start: int, end: int) -> frozenset[str]:
        """What holds for the tokens `start` to `end`.

        Returns
        -------
        The flags of `rules/context.toml` that hold. `alleged` and `submitted` fall where a word of decision stands
        between the allegation and the phrase.
        """
        notice = self._notice
        clause = notice.clauses[start]
        found: set[str] = set()
        decided = -1
        last = {"alleged": -1, "submitted": -1}
        for cue in self._cues.get(notice.sentence(start).number, ()):
            flag, reach = cue.rule.code, cue.rule.get("reach")
            inside = cue.start >= start and cue.end <= end
            if inside and flag not in ("panel", "criminal", "settled", "whole", "partial"):
                continue
            before = cue.end <= start
            same = notice.clauses[cue.start] == clause
            holds = {
                "next": before
                and same
                and self._distance(cue.end, start) <= _NEXT
                and not self._parted(cue.end, start),
                "back": cue.start >= end
                and same
                and self._distance(end, cue.start) <= _BACK
                and not {"–", "—", "-", ":"} & set(notice.lower[end : cue.start]),
                "after": before and same,
                "clause": same,
                "rest": before,
                "sentence": True,
            }[reach]
            if flag == "settled" and before:
                decided = max(decided, cue.start)
            if flag in last and before:
                last[flag] = max(last[flag], cue.start)
            if holds and flag not in last:
                found.add(flag)
        found |= {flag for flag, place in last.items() if place > decided}
        if self._opens_with_if(notice.sentence(start).start):
            found.add("hypothetical")
        if notice.sentence(start).number in self._options:
            found.add("general")
        if self._continues_appeal(notice.sentence(start)):
            found.add("appeal")
        found |= self._led.get(notice.sentence(start).number, frozenset())
        if "original" in found:
            found.discard("appeal")
        return frozenset(found)

    def of(self, hit: Hit) -> frozenset[str]:
        """Flags of a phrase, with a denial between its own words counted too."""
        flags = self.flags(hit.start, hit.end)
        if any(self._notice.lower[i] in _DENIALS for i in hit.between):
            return flags | {"negated"}
        return flags

    def _continues_appeal(self, sentence: Sentence) -> bool:
        """Whether a sentence goes on about what a tribunal on appeal did: "It put a warning in place of ..."."""
        if sentence.number == 0 or self._notice.lower[sentence.start] not in ("it", "they"):
            return False
        before = self._notice.sentences[sentence.number - 1]
        words = self._notice.lower[before.start : before.end]
        return (
            before.paragraph == sentence.paragraph
            and "tribunal" in words
            and self.has(before.number, "appeal_body")
        )

    def opens(self, sentence: int, flag: str) -> bool:
        """Whether a sentence begins with a cue, or after "the" or the like."""
        first = self._notice.sentences[sentence].start
        return any(
            cue.rule.code == flag and self._distance(first, cue.start) <= 1
            for cue in self._cues.get(sentence, ())
        )

    def has(self, sentence: int, flag: str) -> bool:
        """Whether a sentence holds a cue anywhere."""
        return any(cue.rule.code == flag for cue in self._cues.get(sentence, ()))

    def _parted(self, start: int, end: int) -> bool:
        """Whether a finite verb parts a denial from the phrase: "a call that was not urgent has been given ..."."""
        words = self._notice.lower[start:end]
        if any(
            w in ("–", "—", ":", ";") or w == "-" and self._notice.doc[start + n - 1].whitespace_
            for n, w in enumerate(words)
        ):
            return True  # "Not proven – no further action"
        verb = next((n for n, word in enumerate(words) if word in _FINITE), None)
        return (
            verb is not None and "that" not in words[:verb]
        )  # but "did not agree that it was ..." is denied

    def _distance(self, start: int, end: int) -> int:
        return len(self._notice.words(start, end))


_DENIALS = listed("context_denials")
_FINITE = listed("context_finite")
_CERTAIN = listed("context_certain")


@cache
def _cues() -> Lexicon:
    entries = table("context")["cue"]
    return Lexicon([(Rule(e["flag"], 1.0, {"reach": e["reach"]}), e["phrases"]) for e in entries])


def nearest_before(places: list[int], token: int) -> int | None:
    """The last of some sorted places before a token."""
    at = bisect_left(places, token)
    return places[at - 1] if at else None

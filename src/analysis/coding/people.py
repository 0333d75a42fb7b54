"""Who is spoken of in a notice, and whom an outcome or a finding is about.

People are told apart by what follows their title (a surname, or a cipher such as "Officer A"), which is used to tell
them apart within one text and is never part of any result.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache

from .lexicon import Lexicon, Rule, listed, table
from .text import Notice, Sentence

_NUMBERS = {
    w: n
    for n, w in enumerate(
        [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
        ],
        1,
    )
}
_CIPHER = re.compile(r"[A-Z]{1,2}\d{0,3}|\d{1,2}")
_PRONOUNS = {"he": 1, "she": 1, "they": 0, "him": 1, "her": 1, "them": 0}
_PLURAL = {"both": 2, "all": 0, "pair": 2, "trio": 3, "duo": 2, "quartet": 4}
_UNITS = listed("people_units")
_VERB = listed("people_verb")


#: Abbreviations that are titles only beside a name or an article.
_SHORT_TITLES = ("sc", "ps", "ds", "di", "ci", "sup", "con", "acc", "dr", "sir")


@dataclass(frozen=True)
class Mention:
    """A person, or several, spoken of at tokens `start` to `end`.

    Attributes
    ----------
    kind : named (by surname or cipher), generic ("the officer"), pronoun or group ("two officers", "both").
    key : tells a named person from others in this text.
    number : how many; 0 where a plural does not say.
    title : tokens of the words that tell role and rank.
    fresh : "another officer", "one", "a second": somebody not spoken of before.
    other : a chair, a speaker, a witness: not the one whose conduct is judged.
    """

    start: int
    end: int
    kind: str
    key: str | None = None
    number: int = 1
    title: tuple[int, int] | None = None
    role: str | None = None
    rank: str | None = None
    weak: bool = False
    senior: bool = False
    courtesy: bool = False
    former: bool = False
    serving: bool = False
    fresh: bool = False
    indefinite: bool = False
    other: bool = False


@dataclass(frozen=True)
class _Head:
    role: str | None
    rank: str | None
    settings: dict = field(default_factory=dict, hash=False, compare=False)


class People:
    """Everybody spoken of in a notice.

    Parameters
    ----------
    notice : the text.
    """

    def __init__(self, notice: Notice):
        self._notice = notice
        self._words = _people_words()
        self._titlecase = {t.text for t in notice.doc if t.text.istitle()}
        found = self._titled()
        found += self._repeated(found)
        found += self._untitled(found)
        found += self._short(found)
        self.mentions = self._told_apart(sorted(found, key=lambda m: (m.start, m.end)))
        self._by_sentence: dict[int, list[Mention]] = {}
        for mention in self.mentions:
            self._by_sentence.setdefault(notice.sentence(mention.start).number, []).append(mention)
        self._aside = self._asides()
        others = Counter(m.key for m in self.mentions if m.key and m.other)
        times = Counter(m.key for m in self.mentions if m.key)
        self._outsiders = {key for key, n in others.items() if n * 2 >= times[key]}
        self.topics = self._topics()

    def _told_apart(self, mentions: list[Mention]) -> list[Mention]:
        """The mentions, "the first officer" being somebody of his own where there is a second."""
        lower = self._notice.lower
        words = [set(lower[m.start : m.end]) if m.kind == "generic" and m.title else set() for m in mentions]
        if not any("second" in own for own in words):
            return mentions
        return [
            replace(m, fresh=True) if "first" in own else m for m, own in zip(mentions, words, strict=True)
        ]

    def in_sentence(self, sentence: Sentence) -> list[Mention]:
        """Mentions in one sentence, in order."""
        return self._by_sentence.get(sentence.number, [])

    def aside(self, token: int) -> bool:
        """Whether a token stands in ", who ... ,"."""
        return token in self._aside

    def outsider(self, mention: Mention) -> bool:
        """Whether a mention is of somebody whose conduct is not judged here."""
        return mention.other or (mention.key is not None and mention.key in self._outsiders)

    # ------------------------------------------------------------------------------------ finding mentions

    def _titled(self) -> list[Mention]:
        notice, lower = self._notice, self._notice.lower
        found: list[Mention] = []
        taken = -1
        hits = sorted(_heads().find(notice.doc), key=lambda h: (h.start, -h.end))
        for hit in hits:
            if hit.start < taken or any(
                h.start < hit.start < h.end or (h.start == hit.start and h.end > hit.end) for h in hits
            ):
                continue
            head = _head(hit.rule.code)
            sentence = notice.sentence(hit.start)
            if hit.end > sentence.end or self._compound(hit.start, hit.end):
                continue
            if lower[hit.start] == "commissioner" and lower[hit.start - 1 : hit.start] == ["crime"]:
                continue
            if (
                lower[hit.start].startswith("officer")
                and lower[hit.start - 1 : hit.start]
                and lower[hit.start - 1] in _NOT_POLICE
            ):
                continue
            name_end, key = self._name(hit.end, sentence.end)
            text = notice.doc[hit.start].text
            short = len(text) <= 3 and hit.end - hit.start == 1
            cell = (
                lower[hit.end : hit.end + 1] == ["|"]
                and lower[hit.start - 1 : hit.start] in (["|"], ["-"])
                or sentence.section == "officer"
                and sentence.end - sentence.start <= 3
            )
            if short and not (
                cell or text.isupper() or key or lower[hit.start] in ("pc", "cop", "pcs", "dcs")
            ):
                continue
            bare = short and key is None and lower[hit.start] in _SHORT_TITLES
            before = lower[hit.start - 1 : hit.start]
            if (
                bare
                and not cell
                and not (
                    text.isupper()
                    and (
                        sentence.section == "officer" or before in (["a"], ["the"], ["an"], ["former"], ["-"])
                    )
                )
            ):
                continue
            if head.settings.get("titled") and key is None and not self._bare_special(hit.start, hit.end):
                continue
            if head.settings.get("courtesy") and key is None:
                continue
            if text == "person" and not (key or "").startswith("cipher"):
                continue
            first, words, number = self._before(hit.start, sentence.start)
            if self._is_new_rank(first, sentence.start):
                continue
            of = first - 1 if lower[first - 1 : first] != ["its"] else first - 2
            if lower[of : of + 1] == ["of"] and of - 1 >= sentence.start and lower[of - 1] in _NUMBERS:
                number, first = (
                    _NUMBERS[lower[of - 1]],
                    of - 1,
                )  # "two of the officers", "three of its officers"
            plural = head.settings.get("plural", False)
            single = self._one_of(first, sentence.start) if plural and key is None else None
            if single is not None:
                first, plural, number, words = single, False, 1, words | {"a"}
            kind = "named" if key else ("group" if plural or number > 1 else "generic")
            names = [(first, name_end, key)]
            if plural and key:
                names += self._further_names(name_end, sentence.end)
                if len(names) == 1:
                    kind, key, names = "group", None, [(first, name_end, None)]
            if kind == "group" and "of" in words:
                continue
            mention = Mention(
                first,
                name_end,
                kind,
                key,
                number if number > 1 or kind != "group" else 0,
                (hit.start, hit.end),
                head.role,
                head.rank,
                head.settings.get("weak", False),
                head.settings.get("senior", False),
                head.settings.get("courtesy", False),
                bool(words & self._words["former"]),
                bool(words & self._words["serving"]),
                kind == "generic"
                and (
                    bool(words & self._words["determiners_new"] or words & {"one"})
                    or self._is_companion(first, sentence.start)
                ),
                bool(words & {"a", "an"}),
                self._other(
                    first,
                    name_end,
                    sentence,
                    head.settings.get("senior", False) or head.settings.get("courtesy", False),
                ),
            )
            # "PCs A and B" are two people
            for begin, end, known in names:
                found.append(replace(mention, start=begin, end=end, key=known))
                taken = end
        return found

    def _further_names(self, at: int, stop: int) -> list[tuple[int, int, str | None]]:
        """The names that follow a first one by commas and "and", where the last is joined by "and"."""
        lower, found = self._notice.lower, []
        joined = False
        while at < stop and lower[at] in (",", "and", "&"):
            joined = joined or lower[at] in ("and", "&")
            step = at + 1
            if step < stop and lower[at] == "," and lower[step] in ("and", "&"):
                joined, step = True, step + 1
            end, key = self._name(step, stop)
            if key is None:
                break
            found.append((step, end, key))
            if joined:
                return found
            at = end
        return found if joined else []

    def _is_companion(self, first: int, stop: int) -> bool:
        """Whether a description tells who somebody's friend was: "His friend, also a PC, ..."."""
        words = [w for w in self._notice.lower[max(stop, first - 4) : first] if w not in (",", "also")]
        return words[-2:-1] in (["his"], ["her"], ["their"]) and words[-1] in _COMPANIONS

    def _is_new_rank(self, first: int, stop: int) -> bool:
        """Whether a title is the rank that somebody was put down to: "reduced to constable", "back down to PC"."""
        before = self._notice.lower[max(stop, first - 6) : first]
        return before[-1:] in (["to"], ["of"]) and "to" in before and bool(_REDUCING & set(before))

    def _one_of(self, first: int, stop: int) -> int | None:
        """Where "one of the Met's most senior officers" begins, which is one person; None where a plural is several.

        "One of the constables" without a word that sets them apart is one of several spoken of before.
        """
        lower = self._notice.lower
        for i in range(first - 1, max(stop, first - 10) - 1, -1):
            if lower[i] in _VERB or lower[i] in (",", "and", ";", ":"):
                return None
            if lower[i] == "one" and lower[i + 1] == "of":
                return i if first - i > 3 else None
        return None

    def _compound(self, start: int, end: int) -> bool:
        """Whether the words are part of another term: "police officer's standards", "special case"."""
        following = self._notice.lower[end : end + 1]
        return following in (
            ["regulations"],
            ["federation"],
            ["misconduct"],
            ["assessment"],
            ["accountability"],
            ["case"],
            ["recruitment"],
            ["constabulary"],
        )

    def _bare_special(self, start: int, end: int) -> bool:
        lower = self._notice.lower
        while start and lower[start - 1] in ("‘", "'", "“", '"'):
            start -= 1
        while end < len(lower) and lower[end] in ("’", "'", "”", '"'):
            end += 1
        before = lower[start - 1] if start else ""
        after = lower[end] if end < len(lower) else ""
        return (before in ("a", "the", "former") or before in self._words["places"]) and (
            after in _AFTER_SPECIAL or _is_past(after)
        )

    def _name(self, at: int, stop: int) -> tuple[int, str | None]:
        """Where a name or cipher after a title ends, and what tells the person from others."""
        doc, barred = self._notice.doc, self._words["not_names"]
        i = at
        while i < stop and doc[i].text in ("‘", "'", "“", '"', "(", ".") and i < at + 2:
            i += 1
        parts: list[str] = []
        while i < stop and len(parts) < 4:
            text = doc[i].text
            if len(text) == 2 and text[1] == "." and text[0].isupper():
                text = text[0]  # a cipher that ends its sentence: "Officer A."
            if _is_name(text) and text not in barred:
                parts.append(text)
            elif text == "-" and parts and i + 1 < stop and _is_name(doc[i + 1].text):
                pass
            elif (
                text.casefold() in ("de", "van", "von", "der", "bin", "al", "la", ".")
                and parts
                and i + 1 < stop
                and _is_name(doc[i + 1].text)
                and doc[i + 1].text not in barred
            ):
                if text == "." and len(parts[-1]) > 1:
                    break
            elif (
                text.isdigit() and len(text) < 3 and (i > at or doc[i + 1 : i + 2].text.casefold() in _UNITS)
            ):
                break
            elif (
                i == at
                and text.isdigit()
                and 3 <= len(text) <= 5
                and self._notice.lower[at - 1] in ("pc", "dc", "ps", "pcso")
            ):
                parts.append(text)  # a collar number stands for the name
            elif _CIPHER.fullmatch(text) and text not in (
                "PC",
                "DC",
                "PS",
                "DS",
                "SC",
                "DI",
                "CI",
                "I",
                "KC",
                "QC",
                "CC",
                "UK",
                "PSD",
                "IT",
            ):
                if parts and len(parts[-1]) > 1:
                    break
                parts.append(text)
            elif (
                text.isupper()
                and len(text) > 2
                and text.isalpha()
                and (text.title() in self._titlecase or not self._shouted(at))
                and text not in ("PCSO", "IOPC", "IPCC", "BBC", "PSD", "LQC", "CPS", "BTP", "GMP", "MPS")
            ):
                parts.append(text)
            else:
                break
            i += 1
        if not parts:
            return at, None
        last = parts[-1]
        if len(parts) == 1 and (_CIPHER.fullmatch(last) and len(last) <= 3 or last.isdigit()):
            return i, f"cipher:{last.casefold()}"
        return i, f"name:{last.casefold()}"

    def _shouted(self, token: int) -> bool:
        """Whether a line is in capitals throughout, so that a capital tells no name from another word."""
        sentence = self._notice.sentence(token)
        words = [t for t in self._notice.doc[sentence.start : sentence.end] if t.is_alpha and len(t) > 1]
        return len(words) > 3 and sum(t.is_upper for t in words) > 0.8 * len(words)

    def _before(self, start: int, stop: int) -> tuple[int, frozenset[str], int]:
        """Where the words that belong to a title begin, which they are, and how many people they count."""
        lower, doc = self._notice.lower, self._notice.doc
        i, words, number = start, [], 1
        while i > stop and start - i < 7:
            word = lower[i - 1]
            dashed = "-" in (*lower[i : i + 1], *lower[max(0, i - 2) : i - 1])
            if word in _NUMBERS or (word.isdigit() and len(word) < 3 and not dashed):
                number = _NUMBERS.get(word) or int(word)
            elif (
                word in ("and", "&")
                and lower[i] in self._words["places"]
                and lower[i - 2] in self._words["places"]
            ):
                pass
            elif not (
                word in self._words["modifiers"]
                or doc[i - 1].text.istitle()
                and word in self._words["places"]
            ):
                break
            words.append(word)
            i -= 1
            if word in ("a", "an", "the"):
                break
        return i, frozenset(words), number

    def _other(self, start: int, end: int, sentence: Sentence, senior: bool) -> bool:
        lower = self._notice.lower
        if sentence.section == "panel":
            return True
        before = " ".join(lower[max(sentence.start, start - 4) : start]).strip()
        after = " ".join(lower[end : min(sentence.end, end + 6)])
        other = table("people")["other"]
        if lower[start] in ("a", "an") and (
            before.endswith("told") or set(lower[end : min(sentence.end, end + 1)]) & set(other["speech"])
        ):
            return True
        if any(
            before == cue or before.endswith(" " + cue)
            for cue in (_STRONG_BEFORE if not senior else other["before"])
        ):
            return True
        if any(after.startswith(cue) for cue in other["after"]):
            return True
        follows = [word for word in lower[end : min(sentence.end, end + 2)] if word not in ("also", "then")]
        if follows and follows[0] in other["decisions" if senior else "rulings"]:
            return True
        if senior:
            if any(word in other["speech"] for word in lower[end : min(sentence.end, end + 3)]):
                return True
            last = lower[max(sentence.start, start - 2) : start]
            if any(word in other["speech"] for word in last):
                return True
        return False

    def _repeated(self, found: list[Mention]) -> list[Mention]:
        """Surnames of people who were named with a title before, standing alone."""
        taken = _covered(found)
        keys = {
            m.key.removeprefix("name:")
            for m in found
            if m.key and m.key.startswith("name:") and len(m.key) > 7
        }
        more = self._bare_ciphers(found, taken)
        doc = self._notice.doc
        i = 0
        while i < len(doc):
            if i not in taken and self._notice.lower[i] in keys and doc[i].text[:1].isupper():
                start = i
                while (
                    start > 0
                    and start - 1 not in taken
                    and _is_name(doc[start - 1].text)
                    and doc[start - 1].text not in self._words["not_names"]
                    and i - start < 2
                ):
                    start -= 1
                sentence = self._notice.sentence(i)
                start = max(start, sentence.start)
                more.append(
                    Mention(
                        start,
                        i + 1,
                        "named",
                        f"name:{self._notice.lower[i]}",
                        other=self._other(start, i + 1, sentence, False),
                    )
                )
            i += 1
        return more

    def _bare_ciphers(self, found: list[Mention], taken: set[int]) -> list[Mention]:
        """Ciphers of people who had a title before, standing alone: "X breached the standards", "A and B were ..."."""
        ciphers = {m.key.removeprefix("cipher:") for m in found if m.key and m.key.startswith("cipher:")}
        doc, lower, more = self._notice.doc, self._notice.lower, []
        for i, word in enumerate(lower):
            text = doc[i].text
            if i in taken or word not in ciphers or not (text.isalpha() and text.isupper()):
                continue
            follows = lower[i + 1 : i + 2]
            joined = follows in (["and"], [","]) and lower[i + 2 : i + 3] and lower[i + 2] in ciphers
            before = lower[i - 1 : i] and lower[i - 1] in ("and", ",") and lower[i - 2] in ciphers
            plain = word not in ("a", "i") and lower[i - 1 : i] not in (
                ["ms"],
                ["mr"],
                ["."],
                ["("],
                ["woman"],
                ["witness"],
                ["count"],
                ["allegation"],
            )
            acts = bool(follows) and (follows[0] in _VERB or _is_past(follows[0]))
            if (acts and plain) or joined or before:
                sentence = self._notice.sentence(i)
                more.append(
                    Mention(i, i + 1, "named", f"cipher:{word}", other=self._other(i, i + 1, sentence, False))
                )
        return more

    def _untitled(self, found: list[Mention]) -> list[Mention]:
        """Full names without a title, where an age or a verb shows that a person is meant."""
        taken, doc, lower = _covered(found), self._notice.doc, self._notice.lower
        more, i = [], 0
        while i < len(doc) - 2:
            run = i
            while (
                run < len(doc)
                and run not in taken
                and _is_name(doc[run].text)
                and doc[run].text not in self._words["not_names"]
                and lower[run] not in self._words["places"]
            ):
                run += 1
            if 2 <= run - i <= 3 and run < len(doc):
                age = (
                    doc[run].text == ","
                    and run + 1 < len(doc)
                    and (doc[run + 1].like_num or lower[run + 1] in ("who", "a", "an", "formerly", "then"))
                )
                place = lower[i - 1 : i] and lower[i - 1] in _PLACING
                if age or (lower[run] in _VERB and run - i == 2 and not place):
                    sentence = self._notice.sentence(i)
                    if run <= sentence.end:
                        key = f"name:{lower[run - 1]}"
                        more.append(Mention(i, run, "named", key, other=self._other(i, run, sentence, True)))
                i = run
            i = max(i + 1, run)
        return more

    def _short(self, found: list[Mention]) -> list[Mention]:
        """Pronouns, and words that stand for several or for one of several."""
        taken, lower = _covered(found), self._notice.lower
        more = []
        for i, word in enumerate(lower):
            if i in taken:
                continue
            follows = lower[i + 1 : i + 4]
            if word in _PRONOUNS and not (
                word == "her" and follows and follows[0].isalpha() and follows[0] not in _OBJECT_ENDS
            ):
                deciding = word == "they" and bool(follows) and follows[0] in _DECIDING
                more.append(Mention(i, i + 1, "pronoun", number=_PRONOUNS[word], other=deciding))
            elif (
                word in _NUMBERS
                and lower[i - 1 : i] in (["other"], ["remaining"])
                and follows
                and (not follows[0].isalpha() or follows[0] in _VERB)
            ):
                more.append(Mention(i, i + 1, "group", number=_NUMBERS[word]))
            elif word in ("pair", "trio", "duo", "quartet") and lower[i - 1 : i] == ["the"]:
                more.append(Mention(i, i + 1, "group", number=_PLURAL[word]))
            elif word == "both" and follows and follows[0] in _VERB | {"of", "received", "given"}:
                more.append(Mention(i, i + 1, "group", number=2))
            elif (
                word in ("male", "female") and lower[i - 1 : i] == ["the"] and follows and follows[0] in _VERB
            ) or (
                word in ("colleague", "crewmate", "mate")
                and lower[i - 1 : i]
                in (["crew"], ["a"], ["another"], ["his"], ["her"], ["the"], ["second"], ["female"], ["male"])
                and self._is_subject(i)
                and not self._other(i, i + 1, self._notice.sentence(i), True)
            ):
                more.append(Mention(i, i + 1, "generic", fresh=True))
            elif word == "all" and follows and (follows[0] in _NUMBERS and _NUMBERS[follows[0]] > 1):
                end = i + 2
                more.append(Mention(i, end, "group", number=_NUMBERS[follows[0]]))
            elif (
                word == "each"
                and follows
                and (follows[0] in _VERB or follows[0] == "of")
                or word == "all"
                and follows
                and follows[0] in ("were", "received", "had")
            ):
                more.append(Mention(i, i + 1, "group", number=0))
            elif (
                word in _NUMBERS
                and _NUMBERS[word] > 1
                and follows[:1]
                and (
                    follows[0] in ("were", "received", "others", "more", "had", "resigned", "have")
                    or follows[:2] == ["of", "them"]
                )
            ):
                more.append(Mention(i, i + 1, "group", number=_NUMBERS[word]))
            elif (
                word
                in (
                    "another",
                    "one",
                    "first",
                    "third",
                    "fourth",
                    "second",
                    "fifth",
                    "other",
                    "former",
                    "latter",
                    "last",
                    "final",
                )
                and follows
                and (
                    follows[0] in _VERB
                    or (
                        word in _ORDINALS and i - 1 == self._notice.sentence(i).start and _is_past(follows[0])
                    )
                    or (follows[0] in (",", "of") and word not in ("other", "former", "last", "final"))
                    or follows[0] in ("given", "handed", "got", "dismissed", "sacked", "found", "was")
                )
            ):
                if word in (
                    "former",
                    "latter",
                    "first",
                    "second",
                    "third",
                    "fourth",
                    "fifth",
                    "other",
                    "last",
                    "final",
                ) and lower[i - 1 : i] not in (["the"], ["a"]):
                    continue
                if word in _ORDINALS and not self._many(found, word, i):
                    continue
                if word == "one" and follows[0] == "of" and follows[1:2] not in (["the"], ["them"], ["his"]):
                    continue
                if word == "one" and follows[:2] == ["of", "the"] and lower[i + 3 : i + 4] not in _SORTS:
                    continue
                more.append(Mention(i, i + 1, "generic", fresh=True))
        return more

    def _many(self, found: list[Mention], word: str, i: int) -> bool:
        """Whether so many people are spoken of that "the third" may be one of them."""
        least = {"first": 2, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": 2}[word]
        counts = [m.number for m in found if m.kind == "group" and m.number > 1]
        singles = len({m.key or m.rank or m.role for m in found if m.title and not m.senior and not m.weak})
        return max([*counts, singles], default=0) >= least

    def _is_subject(self, i: int) -> bool:
        """Whether a noun is what a clause is about: "a colleague was", "the colleague sitting next to him has been"."""
        lower, clauses = self._notice.lower, self._notice.clauses
        if lower[i] == "mate" and lower[i - 1] != "crew":
            return False
        i -= lower[i] == "mate"
        if lower[i - 2 : i - 1] and lower[i - 2] not in (
            ",",
            "and",
            "while",
            "but",
            "whilst",
            ".",
            ";",
            "\n\n",
            "\n",
        ):
            return False
        k, end = i + 1, self._notice.sentence(i).end
        if lower[k : k + 1] == ["mate"]:
            k += 1
        if lower[k : k + 2] in ([",", "who"], [",", "whose"]):  # "his colleague, who wrote the log, was ..."
            k = next((n for n in range(k + 1, min(end, k + 25)) if lower[n] == ","), end) + 1
        for n in range(k, min(end, k + 8)):
            if clauses[n] != clauses[k] or lower[n] in (",", "said", "told"):
                return False
            if lower[n] in ("was", "has", "received", "escaped", "got", "will"):
                return True
        return False

    # ------------------------------------------------------------------------------------ what is about whom

    def _asides(self) -> set[int]:
        """Tokens of ", who ... ," which say something about a person, not who bears the outcome."""
        inside: set[int] = set()
        lower = self._notice.lower
        for sentence in self._notice.sentences:
            i = sentence.start
            while i < sentence.end:
                if lower[i] in ("who", "whose", "which", "whom") and lower[i - 1 : i] == [","]:
                    close = next(
                        (k for k in range(i + 1, min(sentence.end, i + 26)) if lower[k] == ","), None
                    )
                    if close is not None:
                        inside.update(range(i, close))
                        i = close
                i += 1
        return inside

    def _topics(self) -> list[Mention | None]:
        """For each sentence the person it ends on: whom "he" in the next one means."""
        topic: Mention | None = None
        topics: list[Mention | None] = []
        for sentence in self._notice.sentences:
            here = [
                m
                for m in self.in_sentence(sentence)
                if m.kind in ("named", "generic")
                and (m.title or m.key or self._notice.lower[m.start] != "one")
                and not self.outsider(m)
                and m.start not in self._aside
                and not (m.kind == "generic" and not m.fresh and topic and topic.kind == "named")
                and not (
                    m.kind == "generic"
                    and not (m.fresh or m.indefinite)
                    and topic is not None
                    and topic.fresh
                    and topic.rank == m.rank
                )
                and not m.courtesy | m.senior
            ]
            first = next((m for m in self.in_sentence(sentence) if m.title or m.kind == "pronoun"), None)
            if (
                first is not None
                and first.kind == "pronoun"
                and topic is not None
                and first.start - sentence.start < (12 if here and here[0].fresh else 3)
            ):
                here = []  # "He ... along with PC B": still about him
            if here and not sentence.quoted:
                topic = here[0]
            topics.append(topic)
        return topics

    def _last_of(self, number: int, sex: str | None) -> Mention | None:
        """Whom "he" or "she" in a sentence means: the topic before it, or one further back where that is of the other sex."""
        topic = self.topics[number - 1] if number else None
        for topic_before in reversed(self.topics[:number]):
            if topic_before is None or self._sex(topic_before) in (None, sex):
                return topic_before
        return topic

    def _sex(self, mention: Mention) -> str | None:
        """What the words of a mention, or the pronouns that follow it in its sentence, say of the sex."""
        lower, sentence = self._notice.lower, self._notice.sentence(mention.start)
        told = {_SEXES[w] for w in lower[mention.start : mention.end] if w in _SEXES}
        others = [m.start for m in self.in_sentence(sentence) if m.start > mention.start and m.title]
        stop = min([*others, sentence.end])
        told |= {_SEX[w] for w in lower[mention.end : stop] if w in _SEX and w != "him"}
        return told.pop() if len(told) == 1 else None

    def bearers(self, start: int, end: int, passive: bool = True) -> list[Mention]:
        """Whom an outcome or finding at tokens `start` to `end` is about.

        Parameters
        ----------
        start, end : the words of the outcome or finding.
        passive : whether the person stands before them ("was dismissed"), so that a senior officer may be meant too.

        Returns
        -------
        One mention, or several where people are listed ("PC A and PC B"); pronouns are resolved where the person is
        known. Empty where nobody is named in the clause or before it.
        """
        sentence = self._notice.sentence(start)
        clauses = self._notice.clauses
        clause = clauses[start]
        if not passive:
            objects = [
                m for m in self.in_sentence(sentence) if end - 1 <= m.start <= end and not self.outsider(m)
            ]
            if objects:
                return self._resolve(objects[:1], sentence)
        given = [
            m
            for m in self.in_sentence(sentence)
            if 0 <= start - m.end <= 2 and self._notice.lower[m.start - 1] in _GIVING and not m.senior
        ]
        if given:  # "the panel gave him a final written warning"
            return self._resolve(given[:1], sentence)
        here = [m for m in self.in_sentence(sentence) if m.start not in self._aside or self._inside(m, start)]
        before = [
            m
            for m in here
            if m.end <= end and m.start < end and clauses[m.start] == clause and not self.outsider(m)
        ]
        before = [m for m in before if m.start < start or self._inside(m, start)]
        if not passive:
            before = [m for m in before if not m.senior]
        before = [m for m in before if not self._introduces(m)]
        main = [m for m in before if m.start > self._opening(sentence, start)] or before
        if main:
            return self._resolve(self.listed(main), sentence)
        after = [
            m
            for m in here
            if m.start >= start
            and m.start - end < 12
            and clauses[m.start] == clause
            and not self.outsider(m)
            and not m.senior
        ]
        if after:
            return self._resolve(self.listed(after), sentence)
        earlier = [m for m in here if m.end <= start and not self.outsider(m) and not m.senior]
        if earlier:
            last = max(clauses[m.start] for m in earlier)
            return self._resolve(self.listed([m for m in earlier if clauses[m.start] == last]), sentence)
        return []

    def _introduces(self, mention: Mention) -> bool:
        """Whether a plural only introduces the names that follow: "officers PC A and PC B"."""
        return mention.kind == "group" and any(
            m.kind == "named" and 0 <= m.start - mention.end <= 1
            for m in self.in_sentence(self._notice.sentence(mention.start))
        )

    def _inside(self, mention: Mention, start: int) -> bool:
        return mention.start in self._aside and start in self._aside

    def _opening(self, sentence: Sentence, start: int) -> int:
        """Where the main part begins: after the comma of "Following a hearing before X, ..."."""
        lower = self._notice.lower
        words = [w for w in lower[sentence.start : sentence.start + 3] if w.isalpha()]
        if words and words[0] in (
            "following",
            "after",
            "at",
            "in",
            "on",
            "during",
            "having",
            "despite",
            "before",
            "chairing",
            "dismissing",
            "with",
        ):
            commas = [k for k in range(sentence.start, start) if lower[k] == ","]
            if commas and not {"was", "were", "is", "heard", "told"} & set(lower[sentence.start : commas[0]]):
                return commas[0]
        return -1

    def listed(self, mentions: list[Mention]) -> list[Mention]:
        """The first, with those joined to it by nothing but commas and "and"."""
        first, *rest = mentions
        listed = [first]
        for mention in rest:
            between = [
                self._notice.lower[i] for i in range(listed[-1].end, mention.start) if i not in self._aside
            ]
            if (
                first.kind in ("named", "generic")
                and mention.kind in ("named", "generic")
                and not (mention.indefinite and listed[-1].kind == "named" and "and" not in between)
                and len(between) <= 6
                and set(between) <= _JOINING
                and {",", "and", "&"} & set(between)
            ):
                listed.append(mention)
            else:
                break
        return listed

    def _pair_of(self, mention: Mention, sentence: Sentence) -> list[Mention]:
        """The two people with names whom "both" means: those of its sentence before it, or of the sentence before."""
        if self._notice.lower[mention.start] != "both" or mention.title:
            return []
        for number in (sentence.number, sentence.number - 1):
            if number < 0:
                break
            known: dict[str, Mention] = {}
            for m in self.in_sentence(self._notice.sentences[number]):
                if (
                    m.kind == "named"
                    and m.key
                    and m.end <= mention.start
                    and not self.outsider(m)
                    and not m.courtesy
                ):
                    known.setdefault(m.key, m)
            if known:
                return list(known.values()) if len(known) == 2 else []
        return []

    def _resolve(self, mentions: list[Mention], sentence: Sentence) -> list[Mention]:
        resolved = []
        for mention in mentions:
            pair = self._pair_of(mention, sentence) if mention.kind == "group" else []
            if pair:
                resolved += pair
                continue
            if mention.kind == "pronoun" and mention.number == 1:
                sex = _SEX.get(self._notice.lower[mention.start])
                inside = [
                    m
                    for m in self.in_sentence(sentence)
                    if m.end <= mention.start
                    and m.kind in ("named", "generic")
                    and not self.outsider(m)
                    and not m.senior
                ]
                topic = inside[0] if inside else self._last_of(sentence.number, sex)
                resolved.append(topic or mention)
            elif mention.kind == "generic" and not mention.fresh and not mention.indefinite:
                topic = self.topics[sentence.number - 1] if sentence.number else None
                told = topic is not None and (
                    topic.kind == "named" if mention.weak else topic.fresh and topic.rank == mention.rank
                )
                resolved.append(topic if told else mention)
            else:
                # "a PCSO and a special constable were dismissed": each is somebody
                several = len(mentions) > 1 and mention.kind == "generic" and mention.indefinite
                resolved.append(replace(mention, fresh=True) if several else mention)
        return resolved


_SEX = {
    "he": "m",
    "him": "m",
    "his": "m",
    "himself": "m",
    "she": "f",
    "her": "f",
    "hers": "f",
    "herself": "f",
}
_SEXES = {"woman": "f", "female": "f", "policewoman": "f", "man": "m", "male": "m", "policeman": "m"}
_STRONG_BEFORE = (
    "chaired by",
    "led by",
    "conducted by",
    "presided over by",
    "in front of",
    "heard by",
    "presented by",
    "witness",
    "complainant",
    "colleague",
    "supervisor",
    "evidence from",
    "investigated by",
    "represented by",
)
_AFTER_SPECIAL = ("who", "was", "has", "had", ",", "is", "would", "'s", "’s", "admitted", "accused")
_NOT_POLICE = listed("people_not_police")
_COMPANIONS = listed("people_companions")
_GIVING = listed("people_giving")
_DECIDING = listed("people_deciding")
_REDUCING = frozenset(
    (
        "reduced",
        "demoted",
        "busted",
        "down",
        "dropped",
        "returned",
        "reverted",
        "back",
        "reduction",
        "demotion",
    )
)
_JOINING = frozenset(
    (
        ",",
        "and",
        "&",
        "both",
        "the",
        "a",
        "an",
        "former",
        "one",
        "regular",
        "colleague",
        "officer",
        "then",
        "fellow",
    )
)
_SORTS = tuple(
    [w]
    for w in (
        *_NUMBERS,
        "officers",
        "constables",
        "sergeants",
        "men",
        "women",
        "pair",
        "specials",
        "pcs",
        "group",
    )
)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "last")


def _is_past(word: str) -> bool:
    """Whether a word looks like a verb in the past: "The first forgot to book out ..."."""
    return word in _PAST or (word.endswith("ed") and len(word) > 3)


_PAST = listed("people_past")
_PLACING = listed("people_placing")
_OBJECT_ENDS = listed("people_object_ends")


def _covered(mentions: list[Mention]) -> set[int]:
    return {i for mention in mentions for i in range(mention.start, mention.end)}


def _is_name(text: str) -> bool:
    return (
        len(text) > 1
        and text[0].isupper()
        and any(c.islower() for c in text)
        and all(c.isalpha() or c in "'’.-" for c in text)
        and not text.endswith(".")
    )


@cache
def _people_words() -> dict[str, frozenset[str]]:
    from ..codelists import labels

    words = {k: frozenset(v) for k, v in table("people").items() if isinstance(v, list) and k != "head"}
    places = frozenset(w.casefold() for label in labels("forces").values() for w in label.split()) | {
        "met",
        "police",
        "constabulary",
        "british",
        "transport",
        "force",
        "based",
    }
    words["places"] = places - {"and", "of"}
    return words


@cache
def _heads() -> Lexicon:
    return Lexicon(
        [(Rule(str(n), 1.0, {"n": n}), entry["phrases"]) for n, entry in enumerate(table("people")["head"])]
    )


@cache
def _head(code: str) -> _Head:
    entry = table("people")["head"][int(code)]
    return _Head(entry.get("role"), entry.get("rank"), entry)

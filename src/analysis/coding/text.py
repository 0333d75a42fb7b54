"""A notice as the rules read it: tokens, sentences, clauses, quoted speech, and the labels that lines stand under."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache, cached_property

from .lexicon import listed, table, tokenise

# A full stop after one of these ends no sentence.
_SHORT = listed("text_short")
_LABEL = re.compile(
    r"[\s•·▪■●◦*\-–—]*(?:\d{1,2}[.)]\s+)?([A-Za-z][A-Za-z0-9()/,’' ]{1,70}?)\??\s*(?::|\t|\.{3,}| [–—>-] |\|)[ \t]*"
)
_BULLET = re.compile(r"\s*(?:[•·▪■●◦*]|[-–—] |\(?[0-9ivx]{1,4}[.)] |o )")
# "Officer A." ends a sentence, "Mr A. Smith" does not.
_CIPHERED = re.compile(
    r"(?:officer|constable|sergeant|inspector|superintendent|pcs?|dcs?|ps|ds|pcso|special|person|witness|member)\s+[A-Z]$",
    re.IGNORECASE,
)
# "... a female PC. Two former PCs" is two sentences, "PC. Smith" one.
_TITLES = ("pc", "dc", "ps", "ds", "sgt", "insp", "supt")
_OPENERS = re.compile(
    r"(?:The|A|An|He|She|They|It|His|Her|Two|Three|In|On|At|But|Both|Following|After|This|That|There|No|Police) "
)
_OPEN, _CLOSE = "“", "”"


#: Labels that say something about their own line only.
_ONE_LINE = ("published", "related", "force", "proceeding", "location")


@dataclass(frozen=True)
class Sentence:
    """One sentence, or one line of a list: tokens `start` to `end`, the label it stands under, and whether
    most of it is quoted speech."""

    number: int
    start: int
    end: int
    section: str | None
    quoted: bool
    paragraph: int
    bullet: bool = False


class Notice:
    """The text of one notice or article.

    Parameters
    ----------
    text : as read; offsets of everything found point into it unchanged.
    columns : what the cells hold, as kinds of label, where the text is one row of a table.
    """

    def __init__(self, text: str, columns: tuple[str | None, ...] = ()):
        self.text = text
        self._columns = columns
        self.doc = tokenise(text)
        self.lower = [token.lower_ for token in self.doc]
        self.starts = [token.idx for token in self.doc]
        self._quoted = self._quotations()
        self.sentences = self._split()
        self._first = [sentence.start for sentence in self.sentences]

    def sentence(self, token: int) -> Sentence:
        """The sentence that a token stands in."""
        return self.sentences[max(0, bisect_right(self._first, token) - 1)]

    def token_at(self, offset: int) -> int:
        """The token at or before a place in the text."""
        return max(0, bisect_right(self.starts, offset) - 1)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Characters of tokens `start` to `end`."""
        last = self.doc[end - 1]
        return self.doc[start].idx, last.idx + len(last.text)

    def words(self, start: int, end: int) -> list[int]:
        """The tokens from `start` to `end` that are words, not numbers or marks."""
        return [i for i in range(start, end) if self.doc[i].is_alpha]

    @cached_property
    def openings(self) -> dict[int, Sentence]:
        """The first sentence of each paragraph."""
        first: dict[int, Sentence] = {}
        for sentence in self.sentences:
            first.setdefault(sentence.paragraph, sentence)
        return first

    def quoted(self, token: int) -> bool:
        """Whether a token stands in quoted speech."""
        return self._quoted[token]

    @cached_property
    def clauses(self) -> list[int]:
        """For each token the number of its clause."""
        numbers, current = [], 0
        for sentence in self.sentences:
            current += 1
            for i in range(sentence.start, sentence.end):
                if i > sentence.start and self._opens_clause(i, sentence):
                    current += 1
                numbers.append(current)
        return numbers

    def _opens_clause(self, i: int, sentence: Sentence) -> bool:
        word = self.lower[i]
        if word in {"but", "however", "whereas", "although", "though", ";", ":", "whilst", "while"}:
            return True
        if word == ",":
            ahead = self.lower[i + 1 : i + 4]
            return ahead[:1] != [] and (
                (ahead[0] in _COUNTING and any(w in _VERBS for w in ahead[1:]))
                or (
                    ahead[0] in ("a", "the")
                    and len(ahead) > 2
                    and ahead[1] in _COUNTING
                    and ahead[2] in _VERBS
                )
            )
        if word == "and":
            # "and" joins two clauses where a verb of its own follows soon: "A was dismissed and B was warned"
            ahead = self.lower[i + 1 : min(i + 8, sentence.end)]
            stop = next((k for k, w in enumerate(ahead) if w in {",", "and", ";", "but"}), len(ahead))
            if not any(w in _VERBS for w in ahead[:stop]):
                return False
            # but not in "A and B were dismissed", where the first part has no verb
            behind = self.lower[sentence.start : i]
            if behind[-1:] == [","]:
                return any(w in _VERBS for w in behind)
            last = max((k for k, w in enumerate(behind) if w in {",", ";", ":", "but"}), default=-1)
            return any(w in _VERBS or w.endswith("ed") for w in behind[last + 1 :])
        return False

    def _quotations(self) -> list[bool]:
        inside, flags = False, []
        for token in self.doc:
            text = token.text
            if text.startswith(_OPEN):
                inside = True
            elif text == '"':
                inside = not inside
            elif "\n\n" in text:
                inside = False
            flags.append(inside)
            if text.endswith(_CLOSE):
                inside = False
        return flags

    def _split(self) -> list[Sentence]:
        text = self.text
        pieces: list[tuple[int, int, str | None, bool, int]] = []
        section: str | None = None
        inline = False
        cells = [(m.start(), m.end()) for m in re.finditer(r"[^|\t]+", text)] if self._columns else []
        for (begin, end), kind in zip(cells, self._columns, strict=False):
            pieces += [(a, b, kind, False, len(pieces)) for a, b in self._sentences(begin, end)]
        for paragraph, (begin, end) in enumerate([] if cells else _lines(text)):
            line = text[begin:end]
            kind, width = label_of(line)
            bullet = bool(_BULLET.match(line))
            if kind is not None:
                rest = line[width:].strip()
                section, inline = kind, bool(rest)
                if section in _ONE_LINE and rest:
                    pieces += [(a, b, kind, bullet, paragraph) for a, b in self._sentences(begin, end)]
                    section = None
                    continue
                if not rest:
                    pieces.append((begin, end, "label", False, paragraph))
                    continue
            elif section is not None and (
                (not bullet and _closes_section(text, begin, line, section))
                or (bullet and section in _SHORT_ENTRIES and len(line.split()) > 25)
                or (section == "panel" and inline and _is_after_a_gap(text, begin))
            ):
                section = None
            pieces += [(a, b, section, bullet, paragraph) for a, b in self._sentences(begin, end)]
        found: list[Sentence] = []
        tokens = len(self.doc)
        cuts = [self._token_from(a) for a, *_ in pieces] + [tokens]
        for (_, _, kind, bullet, paragraph), start, end in zip(pieces, cuts, cuts[1:], strict=False):
            if start >= end:
                continue
            words = self.words(start, end)
            quoted = bool(words) and sum(self._quoted[i] for i in words) * 2 > len(words)
            found.append(Sentence(len(found), start, end, kind, quoted, paragraph, bullet))
        if tokens and (not found or found[0].start > 0):
            first = found[0].start if found else tokens
            found = [Sentence(0, 0, first, None, False, -1), *found]
            found = [
                Sentence(n, s.start, s.end, s.section, s.quoted, s.paragraph, s.bullet)
                for n, s in enumerate(found)
            ]
        return found

    def _token_from(self, offset: int) -> int:
        """The first token at or after a place in the text."""
        return bisect_right(self.starts, offset - 1)

    def _sentences(self, begin: int, end: int) -> list[tuple[int, int]]:
        spans, start = [], begin
        for match in re.finditer(r"[.!?]+[”\"’')\]]*(?=\s|[A-Z“\"]|$)", self.text[begin:end]):
            stop = begin + match.end()
            before = re.search(
                r"(\S+)$", self.text[max(start, begin + match.start() - 40) : begin + match.start()]
            )
            word = before[1].casefold().lstrip("(“\"'‘") if before else ""
            follows = self.text[stop:end].lstrip()
            opening = self.text[start : begin + match.start()].strip("( •·-*\t")
            if match[0] == "." and opening.isdigit() and len(opening) < 4:
                continue  # the number of an entry
            cipher = bool(re.search(_CIPHERED, self.text[start : begin + match.start()]))
            if match[0] == "." and (
                (word in _SHORT and not (word in _TITLES and re.match(_OPENERS, follows)))
                or (
                    len(word) == 1
                    and word.isalpha()
                    and not cipher
                    and follows[:4] not in {"The ", "He w", "She "}
                )
            ):
                continue
            if (
                match[0] == "."
                and stop < end
                and not self.text[stop].isspace()
                and not re.match(r"[A-Z“\"]", self.text[stop])
            ):
                continue
            if (
                match[0] == "."
                and stop < end
                and not self.text[stop].isspace()
                and (word.isupper() or len(word) < 3 or "." in word or "/" in word)
            ):
                continue  # inside an abbreviation or an address
            if follows and follows[0].islower():
                continue
            spans.append((start, stop))
            start = stop
        if self.text[start:end].strip():
            spans.append((start, end))
        return spans


_VERBS = listed("text_verbs")
_COUNTING = listed("text_counting")


def _lines(text: str) -> list[tuple[int, int]]:
    """Lines of the text; a paragraph that was wrapped into short lines is put together again."""
    raw = [(m.start(), m.end()) for m in re.finditer(r"[^\n\r]+", text)]
    joined: list[tuple[int, int]] = []
    widest = max((e - s for s, e in raw), default=0)
    for start, end in raw:
        line = text[start:end]
        if not line.strip():
            continue
        if joined:
            before_start, before_end = joined[-1]
            previous = text[before_start:before_end]
            last = previous[max(previous.rfind("\n"), previous.rfind("\r")) + 1 :].rstrip()
            adjoining = text[before_end:start] in ("\n", "\r\n", "\r")
            unfinished = bool(last) and last[-1] not in '.!?:;”"|'
            if (
                adjoining
                and unfinished
                and not _BULLET.match(line)
                and label_of(line)[0] is None
                and label_of(last)[0] is None
                and (
                    line.lstrip()[:1].islower()
                    or (len(last) > 58 and widest <= 125 and len(last) >= 0.72 * widest)
                )
                and len(last) > 30
            ):
                joined[-1] = (before_start, end)
                continue
        joined.append((start, end))
    return joined


def label_of(line: str) -> tuple[str | None, int]:
    """What kind of label a line begins with, and how many characters it takes; (None, 0) where it has none.

    A short line that is nothing but a label is a heading over the lines after it.
    """
    match = _LABEL.match(line)
    if match:
        kind = _kind_of_label(match[1])
        if kind is not None:
            return kind, match.end()
    bare = re.sub(r"^[\s•·▪■●◦*#=\-–—]*(?:\d{1,2}[.)]\s+)?|[\s:*#=_]+$", "", line)
    if len(bare) <= 70:
        kind = _kind_of_label(bare)
        if kind is not None and (bare[:1].isupper() or line.rstrip().endswith(":")):
            return kind, len(line)
    return None, 0


def _kind_of_label(label: str) -> str | None:
    """The kind of a label: as listed in `rules/labels.toml`, or for those of standards by the words in it."""
    words = label.casefold().split()
    known = _labels().get(" ".join(words))
    if known is not None or len(words) > 10 or words[:1] not in (["standard"], ["standards"], ["breaches"]):
        return known
    if not {"breached", "found", "proven", "proved", "engaged", "admitted"} & set(words):
        return None
    if "not" in words:
        return "options"
    return "standards_alleged" if {"alleged", "allegedly"} & set(words) else "standards"


@cache
def _labels() -> dict[str, str]:
    return {label.casefold(): kind for kind, labels in table("labels").items() for label in labels}


def _closes_section(text: str, begin: int, line: str, section: str) -> bool:
    """Whether a line no longer belongs to the label above it: a heading of another kind, or, after a blank line,
    prose under a label whose entries are short."""
    blank_before = _is_after_a_gap(text, begin)
    words = len(line.split())
    if _LABEL.match(line) and line.split(":")[0].istitle() and words < 6:
        return True
    if section == "related":
        return blank_before
    if section in ("standards", "standards_alleged", "panel"):
        return words > 16 and not (section == "panel" and ";" in line)
    return section in _SHORT_ENTRIES and (words > 12 or section == "published")


def _is_after_a_gap(text: str, begin: int) -> bool:
    """Whether a blank line goes before."""
    return bool(re.search(r"\n[ \t]*\r?\n[ \t]*$", text[:begin]))


_SHORT_ENTRIES = ("date", "officer", "location", "published", "proceeding", "force", "admission")

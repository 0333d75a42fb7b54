"""A notice with everything that the fields look at: phrases by rules file, context and people, read once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

from .context import Context
from .lexicon import Hit, lexicon
from .people import Mention, People
from .result import Coded, Span
from .text import Notice, Sentence

if TYPE_CHECKING:
    from .fields.dates import Dated
    from .fields.standards import Mention as StandardMention

_FILES = ("outcomes", "findings", "standards", "proceedings", "circumstances", "conduct", "weighed")


@dataclass(frozen=True)
class Event:
    """Something that was said to have been found, imposed or done, about whom, and with which words.

    `tags` are the flags of its context; `bearers` the people it is about, none where the text does not say.
    """

    code: str
    confidence: float
    hit: Hit
    sentence: Sentence
    tags: frozenset[str]
    bearers: tuple[Mention, ...] = ()


class Reading:
    """One text, read.

    Parameters
    ----------
    text : of the notice.
    published : the day it was published, where known.
    columns : what the cells hold, as kinds of label, where the text is one row of a table.
    """

    def __init__(self, text: str, published: dt.date | None = None, columns: tuple[str | None, ...] = ()):
        self.notice = Notice(text, columns)
        self.published = published
        self.context = Context(self.notice)
        self.people = People(self.notice)
        self._hits: dict[str, list[Hit]] = {name: [] for name in _FILES}
        for hit in lexicon(*_FILES).find(self.notice.doc):
            if self.allowed(hit):
                self._hits[hit.rule.get("file")].append(hit)

    @cached_property
    def dates(self) -> list[Dated]:
        """Every date of the text."""
        from .fields.dates import dates_in

        return dates_in(self.notice.text, self.published)

    @cached_property
    def standards(self) -> list[StandardMention]:
        """Every standard that the text names, with its standing."""
        from .fields.standards import standard_mentions

        return standard_mentions(self)

    def hits(self, name: str) -> list[Hit]:
        """Phrases of one rules file, in the order of the text, each inside one sentence and under its label."""
        return self._hits[name]

    def allowed(self, hit: Hit) -> bool:
        """Whether a phrase stands where its rule wants it."""
        sentence = self.notice.sentence(hit.start)
        if hit.end > sentence.end:
            return False
        sections = hit.rule.get("section")
        if sections and sentence.section not in sections:
            return False
        if hit.rule.get("row") and not self._in_row(hit, sentence):
            return False
        barred = hit.rule.get("not_after")
        if barred:
            last = hit.words[-1] if hit.rule.get("file") == "findings" else hit.words[0]
            place = next((i for i in hit.words if self.notice.lower[i] == "misconduct"), last)
            if place > sentence.start and self.notice.lower[place - 1] in barred:
                return False
        return True

    def _in_row(self, hit: Hit, sentence: Sentence) -> bool:
        """Whether an abbreviation stands in capitals in a line of a list or a table, or nearly alone."""
        words = self.notice.words(sentence.start, sentence.end)
        capital = all(self.notice.doc[i].text.isupper() for i in hit.words)
        table = sentence.bullet or len(words) <= 4 or "|" in self.notice.lower[sentence.start : sentence.end]
        return capital and table

    def event(self, hit: Hit, passive: bool = True) -> Event:
        """A phrase with its context and its people."""
        tags = self.context.of(hit)
        bearers = tuple(self.people.bearers(hit.start, hit.end, passive))
        return Event(hit.rule.code, hit.rule.confidence, hit, self.notice.sentence(hit.start), tags, bearers)

    def spans(self, words: tuple[int, ...]) -> tuple[Span, ...]:
        """The characters of some tokens, neighbours joined."""
        runs: list[list[int]] = []
        for i in sorted(set(words)):
            if runs and runs[-1][-1] == i - 1:
                runs[-1].append(i)
            else:
                runs.append([i])
        return tuple(Span(*self.notice.span(run[0], run[-1] + 1)) for run in runs)

    def coded_words(self, value: str, confidence: float, words: list[int]) -> Coded:
        """A value with the tokens it rests on."""
        return Coded(value, confidence, self.spans(tuple(words)))

    def coded(self, value: str, confidence: float, *hits: Hit) -> Coded:
        """A value with the words of the phrases it rests on."""
        spans = sorted({span for hit in hits for span in self.spans(hit.words)})
        return Coded(value, round(confidence, 2), tuple(spans))


@cache
def warm() -> None:
    """Compile every rule now rather than at the first notice."""
    Reading("PC A was dismissed.")

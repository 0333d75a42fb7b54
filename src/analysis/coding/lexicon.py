"""The rules as data: phrases in the TOML files of `rules/`, compiled once into matchers over tokens.

A phrase is a row of words; `rules/words.toml` says how it is written. Adding a way to say something is adding a
phrase to a file.
"""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ..errors import StudyError

if TYPE_CHECKING:
    from spacy.matcher import Matcher
    from spacy.tokens import Doc

_GAP = re.compile(r"~(\d+)")
#: A phrase never runs on over one of these.
_BREAKS = (".", ";", "!", "?", "•", "■")


@dataclass(frozen=True)
class Rule:
    """One entry of a rules file: what its phrases mean, how sure they are, and its other settings."""

    code: str
    confidence: float = 0.9
    settings: dict[str, Any] = field(default_factory=dict, hash=False, compare=False)

    def get(self, name: str, default: Any = None) -> Any:
        return self.settings.get(name, default)


@dataclass(frozen=True)
class Hit:
    """A phrase found: tokens `start` to `end`, those that are words of the phrase, and those between them."""

    rule: Rule
    start: int
    end: int
    words: tuple[int, ...]

    @property
    def between(self) -> tuple[int, ...]:
        taken = set(self.words)
        return tuple(i for i in range(self.start, self.end) if i not in taken)


@cache
def table(name: str) -> dict[str, Any]:
    """One rules file as read.

    Raises
    ------
    StudyError : the file is not TOML.
    """
    place = files(__package__) / "rules" / f"{name}.toml"
    try:
        return tomllib.loads(place.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise StudyError(f"rules/{name}.toml cannot be read ({error}). Restore or mend the file.") from None


@cache
def listed(name: str) -> frozenset[str]:
    """One list of single words, from `rules/lists.toml`."""
    return frozenset(table("lists")[name])


@dataclass(frozen=True)
class _Word:
    forms: frozenset[str] | None  # None: any word at all
    number: bool = False
    least: int = 1
    most: int = 1


def _words(phrase: str) -> list[_Word]:
    classes = table("words")
    parsed = []
    for part in phrase.split():
        if gap := _GAP.fullmatch(part):
            parsed.append(_Word(None, least=0, most=int(gap[1])))
            continue
        optional = len(part) > 1 and part.endswith("?")
        forms: set[str] = set()
        for form in part.removesuffix("?" if optional else "").split("|"):
            if form.startswith("<"):
                forms |= {word.casefold() for word in classes[form.strip("<>")]}
            else:
                forms.add(form.casefold())
        if "not" in forms:
            forms.add("n't")
        parsed.append(_Word(frozenset(forms - {"#"}), "#" in forms, 0 if optional else 1))
    return parsed


class Lexicon:
    """All phrases of some rules, found in one pass over a text.

    Parameters
    ----------
    rules : each with its phrases.
    """

    def __init__(self, rules: list[tuple[Rule, list[str]]]):
        from spacy.matcher import Matcher

        vocabulary = _vocabulary()
        self._matchers: dict[str, Matcher] = {}
        self._longest: dict[str, int] = {}
        self._numbers = Matcher(vocabulary, validate=False)
        self._rules: dict[int, Rule] = {}
        self._gaps: dict[int, tuple[bool, ...]] = {}
        for number, (rule, phrases) in enumerate(rules):
            for place, phrase in enumerate(phrases):
                for turn, words in enumerate(_openings(_words(phrase))):
                    name = f"{number}-{place}-{turn}"
                    opening = next(iter(words[0].forms), None)
                    matcher = self._numbers
                    if opening is not None:
                        most = sum(word.most for word in words)
                        self._longest[opening] = max(most, self._longest.get(opening, 0))
                        matcher = self._matchers.setdefault(opening, Matcher(vocabulary, validate=False))
                    matcher.add(name, [[_token(word) for word in words]], greedy="LONGEST")
                    key = vocabulary.strings[name]
                    self._rules[key] = rule
                    self._gaps[key] = tuple(word.forms is None for word in words)

    def find(self, doc: Doc) -> list[Hit]:
        """Every phrase found, in the order of the text."""
        found: dict[int, list[tuple[int, int, list[int]]]] = {}
        for matcher, begin, stop in self._wanted(doc):
            for key, start, end, aligned in matcher(doc[begin:stop], with_alignments=True):
                if start == 0 or begin == 0 and stop == len(doc):
                    found.setdefault(key, []).append((begin + start, begin + end, aligned))
        hits = set()
        for key, matches in found.items():
            gaps, taken = self._gaps[key], set()
            for start, end, aligned in sorted(matches, key=lambda m: (m[0] - m[1], m[0])):
                if taken.isdisjoint(range(start, end)):  # the longest of those that overlap
                    taken.update(range(start, end))
                    words = tuple(start + i for i, part in enumerate(aligned) if not gaps[part])
                    hits.add(Hit(self._rules[key], start, end, words))
        return sorted(
            hits, key=lambda hit: (hit.start, hit.end, hit.rule.code, hit.rule.confidence, hit.words)
        )

    def _wanted(self, doc: Doc) -> Iterator[tuple[Matcher, int, int]]:
        """Matchers of the phrases that can begin in this text, and where: a matcher tries every phrase at every word,
        so looking only where a phrase can begin is most of the time saved."""
        for place, token in enumerate(doc):
            matcher = self._matchers.get(token.lower_)
            if matcher is not None:
                yield matcher, place, min(len(doc), place + self._longest[token.lower_])
        if len(self._numbers):
            yield self._numbers, 0, len(doc)


def _openings(words: list[_Word]) -> Iterator[list[_Word]]:
    """A phrase for each way in which it can begin: a plain first word is what a matcher finds fastest."""
    first = words[0]
    if first.least == 0:
        yield from _openings(words[1:])
    for form in sorted(first.forms or ()):
        yield [_Word(frozenset({form})), *words[1:]]
    if first.number:
        yield [_Word(frozenset(), True), *words[1:]]


def _token(word: _Word) -> dict[str, Any]:
    if word.forms is None:
        return {"TEXT": {"NOT_IN": list(_BREAKS)}, "IS_SPACE": False, "OP": f"{{0,{word.most}}}"}
    if word.number:
        spec: dict[str, Any] = {"LIKE_NUM": True}
    elif len(word.forms) == 1:
        spec = {"LOWER": next(iter(word.forms))}
    else:
        spec = {"LOWER": {"IN": sorted(word.forms)}}
    if word.least == 0:
        spec["OP"] = "?"
    return spec


@cache
def _pipeline():
    import spacy

    return spacy.blank("en")


def _vocabulary():
    return _pipeline().vocab


def tokenise(text: str) -> Doc:
    """The text in tokens, nothing else: no model is loaded."""
    return _pipeline().make_doc(text)


def rules(name: str) -> list[tuple[Rule, list[str]]]:
    """The `[[rule]]` entries of one file, with their phrases."""
    found = []
    for entry in table(name)["rule"]:
        rest = {k: v for k, v in entry.items() if k not in ("code", "confidence", "phrases")}
        found.append(
            (Rule(entry["code"], entry.get("confidence", 0.9), {"file": name, **rest}), entry["phrases"])
        )
    return found


@cache
def lexicon(*names: str) -> Lexicon:
    """The compiled phrases of some rules files."""
    return Lexicon(list(itertools.chain.from_iterable(rules(name) for name in names)))

"""Words to codes: what a cell of a published table means, by the code lists' aliases and a few rules. What is not
certain is not placed; a likely meaning is suggested, never applied."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from .. import codelists

#: What a column may tell, and so a mapping may name as its meaning.
TARGETS = (
    "force",
    "hearing_date",
    "proceeding",
    "role",
    "rank",
    "person",
    "status",
    "breaches",
    "conduct",
    "finding",
    "outcome",
    "admitted",
    "conviction",
    "private",
)


@dataclass(frozen=True)
class Placed:
    """What one cell says.

    Attributes
    ----------
    facts : field of the hearings to code (codes of a list separated by semicolons).
    reason : why the cell cannot be placed; empty where it can, or says nothing.
    suggestion : what it may mean.
    note : what a reader should know of how it was read.
    """

    facts: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    suggestion: str = ""
    note: str = ""


NOTHING = Placed()


def _several_words(text: str, between: str | None = None) -> frozenset[str]:
    return frozenset(text.split(between))


_SPACES = re.compile(r"[\s\u00a0\u2000-\u200b\u202f\u205f\u3000\ufeff]+")
_QUOTES = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-", "−": "-", "\u00ad": ""}
)
_MARKERS = re.compile(r"(?:[*†‡§¹²³⁴⁵⁶⁷⁸⁹⁰]|\[(?:\d{1,2}|[a-z]|note \d+)\])+(?=\s|$|[.,;:])", re.IGNORECASE)
_MISSING = frozenset(
    [
        "n/a",
        "na",
        "nan",
        "none",
        "none stated",
        "null",
        "nil",
        "-",
        "--",
        "---",
        "?",
        ".",
        "x",
        "unknown",
        "not stated",
        "not known",
        "not recorded",
        "tbc",
        "blank",
        "(blank)",
        "no data",
        "not applicable",
        "not specified",
        "unspecified",
        "none given",
        "not given",
        "#n/a",
        "#ref!",
        "nk",
        "n/k",
    ]
)
_WITHHELD = re.compile(
    r"\bs\.? ?\(?40\b|\bsection \(?40\b|\bwithheld\b|\bredacted\b|\bexempt(?:ed|ion)?\b|\b(?:not|cannot be) disclosed\b"
)
_OPEN = re.compile(
    r"\bpending\b|\bongoing\b|\bon-going\b|\bawait(?:ing|ed|s)?\b|\bto be (?:heard|held|confirmed|determined|decided|set)\b"
    r"|\btbc\b|\badjourned\b|\bin progress\b|\bnot (?:yet|concluded)\b|\bnot been concluded\b|\bscheduled\b|\blive\b|\bsuspended pending\b"
)
_COUNT = re.compile(r"[<>≤≥]?\s*[\d,]+\s*(?:or (?:fewer|less|more))?")


@lru_cache(maxsize=100_000)  # a table says the same few words again and again
def clean(text: str) -> str:
    """A cell's text with one kind of blank, hyphen and quotation mark, and without footnote markers."""
    text = _SPACES.sub(" ", text.translate(_QUOTES)).strip()
    return _MARKERS.sub("", text).strip() if not text.isdigit() else text


@lru_cache(maxsize=100_000)
def plain(text: str) -> str:
    """`clean`, without regard to case and to a full stop or semicolon at the end."""
    return clean(text).casefold().strip(" .;:,")


@lru_cache(maxsize=100_000)
def says_nothing(text: str) -> bool:
    """Whether a cell is empty or holds a word that means so."""
    text = plain(text)
    return not text or text in _MISSING or not re.search(r"[a-z0-9]", text)


def withheld(text: str) -> bool:
    """Whether a cell says that the publisher keeps back what should stand there."""
    return bool(_WITHHELD.search(plain(text)))


def tokens(text: str) -> list[str]:
    """Words of a text, with ``&`` as and; hyphens, slashes and points part words."""
    text = plain(text).replace("&", " and ").replace("'", "")
    return re.findall(r"[a-z0-9]+", text)


# Words between standards, and the principles of the Code of Ethics that forces mix in; they name no standard.
_FILLER = _several_words(
    "and or the of a an in to with for on by breach breaches breached standard standards professional behaviour "
    "police code ethics s ii iii iv leadership objectivity openness selflessness accountability fairness respect "
    "courtesy amounting alleged allegation allegations under found proven upheld"
)
_NEGATION = _several_words("not no except unproven without neither nor never")


_LISTS = ("forces", "roles", "ranks", "standards", "conduct", "findings", "outcomes", "proceedings")
_MOST_KEPT = 100_000


@lru_cache(maxsize=4)
def _words_of(*states: object) -> Words:
    return Words()


def _remembered(
    known: dict[tuple[str, str], Placed], target: str, text: str, work_out: Callable[[str, str], Placed]
) -> Placed:
    placed = known.get((target, text))
    if placed is None:
        if len(known) >= _MOST_KEPT:
            known.clear()
        placed = known[target, text] = work_out(target, text)
    return placed


class Words:
    """The words of the code lists as they are now (`Words.now`); what a cell says is worked out once."""

    @classmethod
    def now(cls) -> Words:
        """Kept for each state of the lists, so that many files in a row are not each from scratch."""
        return _words_of(*(codelists.state(name) for name in _LISTS))

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], Placed] = {}
        self._found: dict[tuple[str, str], Placed] = {}
        self._known = {
            name: {plain(word): code for word, code in codelists.words(name).items()} for name in _LISTS
        }
        self._force_labels = codelists.labels("forces")
        self._phrases = {
            name: {" ".join(tokens(word)): code for word, code in self._known[name].items()}
            for name in ("standards", "conduct", "roles", "ranks", "forces")
        }
        self._standard_words = {
            code: [w for w in tokens(label) if w not in ("and", "of")]
            for code, label in codelists.labels("standards").items()
        }
        self._placers: dict[str, Callable[[str], Placed]] = {
            "force": self._force,
            "proceeding": self._proceeding,
            "role": self._person,
            "rank": self._person,
            "person": self._person,
            "status": self._status,
            "breaches": lambda text: self._several(text, (("breaches", "standards"),)),
            "conduct": lambda text: self._several(text, (("conduct", "conduct"),)),
            "finding": self._finding,
            "outcome": self._outcome,
            "admitted": self._admitted,
            "conviction": lambda text: self._yes_no("conviction", text),
            "private": self._private,
        }

    def place(self, target: str, text: str) -> Placed:
        """What a cell of a column with this meaning says.

        Parameters
        ----------
        target : one of `TARGETS` but hearing_date, or breaches+conduct for a column that names either.
        text : the cell.
        """
        return _remembered(self._seen, target, text, self._place)

    def _place(self, target: str, text: str) -> Placed:
        if says_nothing(text):
            return NOTHING
        if target == "breaches+conduct":
            return self._several(text, (("breaches", "standards"), ("conduct", "conduct")))
        if withheld(text):
            return Placed(note="withheld by the publisher")
        if re.fullmatch(r"[<>≤≥]\s*\d+", plain(text)):
            return Placed(reason="is a number that the publisher keeps back, not a case")
        return self._placers[target](text)

    def find(self, target: str, text: str) -> Placed:
        """Known phrases of a kind in prose; nothing where there is none or more than one meaning.

        For columns that hold a sentence: what is not found stays empty, and the sentence is kept nowhere.
        """
        return _remembered(self._found, target, text, self._find)

    def _find(self, target: str, text: str) -> Placed:
        if says_nothing(text):
            return NOTHING
        if target == "person":
            return self._person_in(text)
        lists = {
            "breaches": "standards",
            "conduct": "conduct",
            "force": "forces",
            "rank": "ranks",
            "role": "roles",
        }
        if target not in lists:
            placed = self.place(target, text)
            return placed if not placed.reason else NOTHING
        words = tokens(text)
        if target == "breaches":
            # In prose a standard is named by more than one of its words: duties and orders are everyday words.
            codes, left = self._scan(words, "standards", least=2)
        else:
            codes, left = self._scan(words, lists[target])
        if set(left) & _NEGATION or not codes:
            return NOTHING
        if target == "force":
            return Placed({"force": self._force_labels[codes[0]]}) if len(codes) == 1 else NOTHING
        return Placed({target: ";".join(codes)})

    def force_in(self, text: str) -> str | None:
        """The one force that a title, a file name or an address names, or None."""
        words = tokens(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text.replace("_", " ")))
        codes, _ = self._scan(words, "forces", shortest=4)
        capitals = {w.casefold() for w in re.findall(r"\b[A-Z]{3,5}\b", text)}
        codes = list(dict.fromkeys([*codes, *(c for w, c in self._known["forces"].items() if w in capitals)]))
        return self._force_labels[codes[0]] if len(codes) == 1 else None

    # -------------------------------------------------------------------------------------- several codes

    def _scan(
        self, words: list[str], name: str, least: int = 1, shortest: int = 1
    ) -> tuple[list[str], list[str]]:
        """Codes in the order in which their phrases stand, the longest phrase first, and the words left."""
        phrases = self._phrases[name]
        codes, left, place = [], [], 0
        while place < len(words):
            for length in range(min(9, len(words) - place), least - 1, -1):
                phrase = " ".join(words[place : place + length])
                code = phrases.get(phrase) if len(phrase) >= shortest else None
                if code is None and name == "standards":
                    code, length = self._abbreviated(words[place : place + length], length)
                if code is not None:
                    codes.append(code)
                    place += length
                    break
            else:
                left.append(words[place])
                place += 1
        return list(dict.fromkeys(codes)), left

    def _abbreviated(self, words: list[str], length: int) -> tuple[str | None, int]:
        """The standard whose words these begin, one by one ("Auth, Resp & Court", "Disc Cond")."""
        short = [w for w in words if w not in ("and", "of")]
        if len(short) < 2 or any(len(w) < 3 for w in short) or words[-1] in ("and", "of"):
            return None, length
        found = [
            code
            for code, full in self._standard_words.items()
            if len(full) == len(short) and all(f.startswith(s) for f, s in zip(full, short, strict=True))
        ]
        return (found[0], length) if len(found) == 1 else (None, length)

    def _several(self, text: str, lists: tuple[tuple[str, str], ...]) -> Placed:
        left = tokens(text)
        facts = {}
        for target, name in lists:
            codes, left = self._scan(left, name)
            if codes:
                facts[target] = ";".join(codes)
        left = [w for w in left if w not in _FILLER and not w.isdigit()]
        kinds = {"breaches": "standard", "conduct": "kind of conduct"}
        what = " or ".join(kinds[target] for target, _ in lists)
        if set(left) & _NEGATION:
            return Placed(reason=f"denies something, and no rule reads which {what}")
        if not facts:
            if all(w in _FILLER or w.isdigit() for w in tokens(text)):
                return Placed(note="names no standard of the ten")
            near = next((c for _, name in lists if (c := codelists.nearest(name, text))), "")
            return Placed(reason=f"is no known {what}", suggestion=near or "")
        return Placed(facts, note="more words than the codes tell" if left else "")

    # -------------------------------------------------------------------------------------- the person

    def _force(self, text: str) -> Placed:
        code = self._known["forces"].get(plain(text)) or self._phrases["forces"].get(" ".join(tokens(text)))
        if code is None:
            near = codelists.nearest("forces", text)
            return Placed(reason="is no known force", suggestion=self._force_labels.get(near, ""))
        return Placed({"force": self._force_labels[code]})

    def _person(self, text: str) -> Placed:
        """Role, rank and, where the word says so, status."""
        text = clean(text)
        without = re.sub(
            r"^(?:former(?:ly)?|ex|retired|then|resigned)\b[\s:.-]*", "", text, flags=re.IGNORECASE
        )
        facts = {"status": "former"} if without != text else {}
        text = without
        special = re.search(r"\bspecial\b|\bspl\b|\bspecials\b", text, flags=re.IGNORECASE)
        for form in dict.fromkeys(self._forms(text)):
            if person := self._exactly(form, bool(special)):
                return Placed(facts | person)
        if not tokens(text) and facts:
            return Placed(facts)
        near = codelists.nearest("ranks", text) or codelists.nearest("roles", text) or ""
        return Placed(reason="is no known rank or role", suggestion=near)

    @staticmethod
    def _forms(text: str) -> Iterable[str]:
        """The text, and what is left without brackets, numbers and the words that a rank is folded into."""
        yield text
        yield text.replace(".", " ")
        text = re.sub(r"\([^)]*\)|\[[^]]*\]", " ", text)
        yield text
        text = re.sub(r"\b\d+\b", " ", text)
        yield text
        text = re.sub(r"(?<=\w)\s+[A-Z]\s*$", "", text)  # a cipher: Former PC W, Officer A
        yield text
        yield re.sub(r"\s*[-/,]\s*", " ", text)
        before = None
        while before != text:
            before = text
            text = re.sub(
                r"^\s*(?:temporary|temp|tempy|acting|act|a|t|detective|det|d|police|uniformed|student|probationary|trainee)"
                r"(?:[\s./-]+|(?=[A-Z]))",
                "",
                text,
                flags=re.IGNORECASE,
            )
            yield text
        # "Police officer - constable", "Special Constabulary / Sergeant": the last word is the rank.
        parts = re.split(r"\s*[-/,:]\s*", before)
        if len(parts) == 2 and parts[0].strip().casefold() in (
            "officer",
            "police officer",
            "special constabulary",
        ):
            yield parts[1]

    def _exactly(self, text: str, special: bool) -> dict[str, str] | None:
        word = plain(text)
        rank = self._known["ranks"].get(word)
        role = self._known["roles"].get(word)
        if rank is None and role is None:
            return None
        if rank and special and not rank.startswith("special_"):
            higher = {"constable": "constable", "sergeant": "sergeant", "inspector": "inspector"}
            rank = (
                f"special_{higher.get(rank, 'inspector' if rank == 'chief_inspector' else 'chief_officer')}"
            )
        if special and role == "police_officer":
            role = "special_constable"
        if rank:
            role = "special_constable" if rank.startswith("special_") else "police_officer"
        return {"role": role} | ({"rank": rank} if rank else {})

    def _person_in(self, text: str) -> Placed:
        """Role and rank named in prose, where only one role is."""
        text = clean(text)
        # The chief constable decides, and police staff, officers and constables are words of other phrases.
        text = re.sub(
            r"\b(?:assistant |deputy )?chief constable\b|\bspecial case\b|\bmember of the public\b",
            " ",
            text,
            flags=re.I,
        )
        ranks = self._abbreviations_or_words("ranks", text)
        roles = self._abbreviations_or_words("roles", text)
        for rank in ranks:
            roles.append("special_constable" if rank.startswith("special_") else "police_officer")
        if any(rank.startswith("special_") for rank in ranks) or "special_constable" in roles:
            ranks = [rank for rank in ranks if rank.startswith("special_")]
            roles = [role for role in roles if role != "police_officer"]
        if {"pcso", "police_staff"} & set(roles):
            # "police staff member, a former officer" is not settled here
            roles = ["pcso"] if set(roles) == {"pcso", "police_staff"} else roles
        if len(set(roles)) != 1:
            return NOTHING
        facts = {"role": roles[0]}
        if len(set(ranks)) == 1:
            facts["rank"] = ranks[0]
        if re.search(r"\bformer\b|\bex-|\bretired\b", text, flags=re.I):
            facts["status"] = "former"
        return Placed(facts)

    def _abbreviations_or_words(self, name: str, text: str) -> list[str]:
        """Codes of a list named in prose: abbreviations only as capitals (PC, DS), other words in any case."""
        capitals = [
            w for w in re.findall(r"[A-Za-z/]+", text) if w.isupper() and w.casefold() in self._known[name]
        ]
        found = [self._known[name][w.casefold()] for w in capitals]
        codes, _ = self._scan(tokens(text), name, shortest=5)
        return list(dict.fromkeys([*found, *codes]))

    # -------------------------------------------------------------------------------------- what came of it

    def _finding(self, text: str) -> Placed:
        word = plain(text)
        if _OPEN.search(word):
            return Placed(reason="has not concluded")
        if code := self._known["findings"].get(word):
            return Placed({"finding": code})
        negative = re.search(
            r"\bnot (?:proven|proved|upheld|found|substantiated)\b|\bno case to answer\b|\bunproven\b|\bunsubstantiated\b"
            r"|\bno (?:gross )?misconduct\b|\bcleared\b|\b(?:case|allegations?|charges?|matter) (?:was |were )?"
            r"(?:dismissed|withdrawn|discontinued)\b|\bdiscontinued\b|\bnot guilty\b",
            word,
        )
        gross = re.search(r"\bgross misconduct\b(?!\s+(?:hearing|meeting|panel|proceeding))|\bgm\b", word)
        simple = re.search(
            r"(?<!gross )(?<!no )(?<!not )\bmisconduct\b(?!\s+(?:hearing|meeting|panel|proceeding))", word
        )
        if negative and not gross and not simple:
            return Placed({"finding": "not_proven"})
        if negative:
            return Placed(reason="is no single finding", suggestion="not_proven")
        if gross and not re.search(r"\bnot\b|\bno\b|\brather than\b|\binstead\b", word):
            return Placed({"finding": "gross_misconduct"})
        if simple and not gross and not re.search(r"\bnot\b|\bno\b|\brather than\b", word):
            return Placed({"finding": "misconduct"})
        if re.fullmatch(
            r"(?:case )?(?:found )?(?:proven|proved|upheld|found|admitted|substantiated|case to answer|guilty)",
            word,
        ):
            return Placed(note="proven, at a level that is not stated")
        return Placed(reason="is no known finding", suggestion=codelists.nearest("findings", word) or "")

    def _outcome(self, text: str) -> Placed:
        word = plain(text)
        if code := self._known["outcomes"].get(word):
            return Placed(_with_status({"outcome": code}))
        if code := self._known["findings"].get(word):
            return Placed({"finding": code})
        if _COUNT.fullmatch(word):
            return Placed(reason="is a number of cases, not a case")
        if _OPEN.search(word):
            return Placed(reason="has not concluded")
        return self._outcome_by_rule(word)

    def _outcome_by_rule(self, word: str) -> Placed:
        if re.search(
            r"\bappeal|\boverturn|\breinstat|\bquash|\bwould not have\b|\bnot (?:be )?dismissed\b", word
        ):
            return Placed(reason="tells of an appeal or of what did not happen, which no rule reads")
        if re.search(
            r"\b(?:allegations?|cases?|charges?|matter)(?: was| were)? (?:dismissed|withdrawn|discontinued)\b",
            word,
        ):
            return Placed({"finding": "not_proven"})
        left, codes = _BARRED.sub(" ", word), []
        for code, pattern in _OUTCOMES:
            left, times = pattern.subn(" ", left)
            if times:
                codes.append(code)
        finding = (
            self._finding(left)
            if re.search(r"misconduct|\bgm\b|proven|case to answer|upheld", left)
            else NOTHING
        )
        if not codes:
            if finding.facts:
                return Placed(finding.facts)
            if re.search(
                r"\bresign(?:ed|ation)?\b|\bretire(?:d|ment)?\b|\bleft (?:the )?(?:force|police|service)\b",
                word,
            ):
                return Placed(
                    reason="tells that the person left, which is no outcome of proceedings (see the codebook)"
                )
            return Placed(reason="is no known outcome", suggestion=codelists.nearest("outcomes", word) or "")
        if len(set(codes)) > 1:
            return Placed(reason=f"names several outcomes ({', '.join(codes)})", suggestion=codes[0])
        if codes[0] == "dismissed" and re.search(r"\bresigned\b|\bretired\b|\bformer\b|\bif\b|\bhad\b", left):
            return Placed(
                reason="may be a dismissal or one that would have been",
                suggestion="would_have_been_dismissed",
            )
        beside = {"not"} if finding.facts.get("finding") == "not_proven" else set()
        if codes[0] == "reduction_in_rank":
            beside |= {
                "pc",
                "dc",
                "ps",
                "ds",
                "sgt",
                "insp",
                "constable",
                "sergeant",
                "inspector",
                "chief",
                "di",
            }
        if codes[0] == "would_have_been_dismissed":
            beside |= {"resigned", "retired", "former", "left", "already", "having", "had", "ex"}
        strange = set(filter(str.isalpha, tokens(left))) - _AROUND - beside
        if strange:
            return Placed(reason="holds more than a known outcome", suggestion=codes[0])
        return Placed(_with_status({"outcome": codes[0]} | finding.facts))

    # -------------------------------------------------------------------------------------- the rest

    def _proceeding(self, text: str) -> Placed:
        word = plain(text)
        code = self._known["proceedings"].get(word)
        if code is None:
            if re.search(r"\baccelerated\b|\bspecial case\b|\bfast[ -]?track|\bexpedited\b", word):
                code = "accelerated_hearing"
            elif re.search(r"\bmeeting\b", word) and not re.search(r"\bhearing\b", word):
                code = "misconduct_meeting"
            elif re.search(r"\bhearing\b|\bpanel\b|\blqc\b", word) and not re.search(r"\bmeeting\b", word):
                code = "misconduct_hearing"
        if code is None:
            return Placed(
                reason="is no one kind of proceedings",
                suggestion=codelists.nearest("proceedings", word) or "",
            )
        return Placed({"proceeding": code})

    def _status(self, text: str) -> Placed:
        word = plain(text)
        if re.fullmatch(r"(?:still )?(?:serving|current|in service|employed)(?: (?:officer|member))?", word):
            return Placed({"status": "serving"})
        if re.fullmatch(
            r"(?:former|ex|resigned|retired|left|leaver|no longer serving)(?: (?:officer|member|force))?",
            word,
        ):
            return Placed({"status": "former"})
        return Placed(reason="is neither serving nor former")

    def _admitted(self, text: str) -> Placed:
        word = plain(text)
        for code, pattern in (
            ("denied", r"(?:den(?:ied|ies)|no|n|not admitted|contested)"),
            (
                "partial",
                r"(?:partial(?:ly)?|in part|partly|part)(?: admitted| accepted)?|(?:admitted|accepted) in part",
            ),
            (
                "full",
                r"(?:full(?:y)?(?: admitted| accepted)?|yes|y|admitted|accepted|admits|(?:admitted|accepted) in full)",
            ),
        ):
            if re.fullmatch(pattern, word):
                return Placed({"admitted": code})
        return Placed(reason="says neither admitted nor denied")

    def _private(self, text: str) -> Placed:
        word = plain(text)
        if re.fullmatch(r"(?:(?:held )?in )?private(?: hearing)?|closed|anonym\w+", word):
            return Placed({"private": "yes"})
        if re.fullmatch(r"(?:(?:held )?in )?public(?: hearing)?|open", word):
            return Placed({"private": "no"})
        return self._yes_no("private", text)

    @staticmethod
    def _yes_no(name: str, text: str) -> Placed:
        code = {"yes": "yes", "y": "yes", "true": "yes", "no": "no", "n": "no", "false": "no"}.get(
            plain(text)
        )
        return Placed({name: code}) if code else Placed(reason="is neither yes nor no")


def _with_status(facts: dict[str, str]) -> dict[str, str]:
    """Dismissed are those who serve, would have been those who had left: the code list defines them so."""
    status = {"dismissed": "serving", "would_have_been_dismissed": "former"}.get(facts.get("outcome", ""))
    return facts | ({"status": status} if status else {})


# What follows a dismissal by law says nothing more of the outcome.
_BARRED = re.compile(
    r"[,;]?\s*(?:\band\b|&)?\s*(?:\b(?:was|were|be|been|will be|name)\b\s*)*\b(?:placed|added|put|entered)\s+(?:on|to|onto|in)\s+"
    r"(?:the\s+)?(?:college of policing(?:'s)?\s+)?(?:police\s+)?(?:barred|advisory) list\b"
)
# In this order, each takes its words away: what would have been is no dismissal, a final warning no warning.
_OUTCOMES = tuple(
    (code, re.compile(pattern))
    for code, pattern in (
        (
            "would_have_been_dismissed",
            r"(?:(?:resigned|retired|left|former (?:officer|pc|member))\b[\s:,;(/-]*(?:but |and |- )?)?(?:\b(?:he|she|they|officer|pc) )?"
            r"(?:\bwould(?: have| of|'ve|ve) been dismissed\b|\bwhbd\b|\bwould(?: have| of) (?:resulted in|led to) dismissal\b)"
            r"(?: (?:without|with|w/o) notice)?"
            r"(?:,? (?:if|had|were)(?: (?:he|she|they|the officer))? ?(?:not|still|been|already|remained|a|have)?"
            r"[a-z ]*?(?:resigned|retired|serving|left|service|officer|member))?",
        ),
        ("final_written_warning", r"\bfinal (?:written )?warnings?\b|\bf\.?/?w\.?/?w\b\.?"),
        ("written_warning", r"\b(?:first |1st )?written warnings?\b|^w/?w\b"),
        ("reduction_in_rank", r"\breduc(?:tion|ed) (?:in|of) rank\b|\bdemot(?:ed|ion)\b"),
        ("other", r"\brequire(?:d|ment) to resign\b|\bfined?\b"),
        ("management_advice", r"\bmanagement (?:advice|action|intervention)\b|\bwords of advice\b"),
        (
            "reflective_practice",
            r"\breflective practice(?: review(?: process)?)?\b|\brprp\b|\bpractice requiring improvement\b",
        ),
        ("no_action", r"\bno (?:further |formal |disciplinary |other )?(?:action|sanction)\b|\bnfa\b"),
        (
            "dismissed",
            r"\b(?:summar(?:y|ily) |immediate(?:ly)? |instant )?dismiss(?:ed|al)\b(?! (?:the|all|of|by|charge|allegation|case))",
        ),
    )
)
# Words that may stand beside an outcome without changing it.
_AROUND = _several_words(
    "a an and the of to for with without w o no notice at on in from by as is was given issued imposed received "
    "yr yrs year years month months mth mths two three five eighteen twelve one four extended extension extend until "
    "outcome sanction disciplinary action panel hearing meeting misconduct gross gm proven found finding upheld "
    "force service police officer immediate effect immediately admitted case public duration period expires "
    "live formal only plus also s answer was were he she they"
)

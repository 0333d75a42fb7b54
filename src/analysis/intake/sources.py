"""What cases were coded from: a page, a file or a notice, as a row of sources.csv, without anybody's name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from urllib.parse import unquote, urlsplit

import pandas as pd

from .. import codelists
from ..errors import StudyError

#: Host of a source that is a file without an address.
NO_ADDRESS = "file"
#: Publisher, or host, of a page that bears a person's name.
WITHHELD = "withheld"


@dataclass(frozen=True)
class Source:
    """One page or file that cases were coded from.

    Attributes
    ----------
    source_type : code of the list source_types, such as force_notice or foi_disclosure.
    url : its address; stored as a hash alone where it seems to hold a person's name, or `withhold` says so.
    publisher : who published it.
    published : YYYY, YYYY-MM or YYYY-MM-DD.
    scope : code of the list scopes: what the page lists.
    selected_on_outcome : whether it lists people because of their outcome, judged by its subject.
    scope_basis : what these two were judged by, in a few words.
    file_sha256 : SHA-256 of the file or of the notice's text (UTF-8); names the source where there is no address.
    withhold : store the address as its hash alone.
    source_id : an id of sources.csv, to add cases to that source whatever the rest says.
    """

    source_type: str = "other"
    url: str = ""
    publisher: str = ""
    published: str = ""
    scope: str = "single_hearing"
    selected_on_outcome: bool = False
    scope_basis: str = "not judged further at intake"
    file_sha256: str = ""
    withhold: bool = False
    source_id: str = ""

    @classmethod
    def of(cls, given: Source | Mapping[str, object]) -> Source:
        """A source from a mapping with (some of) the same names; yes and no stand for True and False.

        Raises
        ------
        StudyError : another name in the mapping, or neither address, file nor id.
        """
        if not isinstance(given, cls):
            names = {field.name for field in fields(cls)}
            if unknown := [name for name in given if name not in names]:
                near = codelists.nearest_word(str(unknown[0]), names)
                hint = f"Did you mean {near!r}?" if near else f"There are {', '.join(sorted(names))}."
                raise StudyError(f"A source has no {unknown[0]!r}. {hint}")
            flags = ("selected_on_outcome", "withhold")
            given = cls(
                **{
                    name: value in (True, "yes") if name in flags else str(value or "")
                    for name, value in given.items()
                }
            )
        if not (given.url or given.file_sha256 or given.source_id):
            raise StudyError("A source needs its address (url), the hash of its file, or its source_id.")
        if given.url and not re.fullmatch(r"https?://[^\s/]+\S*", given.url):
            raise StudyError(
                "The source's address (not repeated here) is none: expected https://..., no blanks."
            )
        return given

    @property
    def sha256(self) -> str:
        """What the source is found again by: the hash of its address or, without one, of its file."""
        return hashlib.sha256(self.url.encode()).hexdigest() if self.url else self.file_sha256

    def row(self, source_id: str) -> dict[str, str]:
        """Its row of sources.csv, but for the number of cases."""
        host = urlsplit(self.url).hostname if self.url else NO_ADDRESS
        hidden = self.withhold or address_holds_a_name(self.url)
        return {
            "source_id": source_id,
            "source_type": self.source_type,
            "selected_on_outcome": "yes" if self.selected_on_outcome else "no",
            "scope": self.scope,
            "scope_basis": self.scope_basis,
            "publisher": self.publisher,
            "published": self.published,
            "host": host or NO_ADDRESS,
            "url": "" if hidden else self.url,
            "url_sha256": self.sha256,
        }


def likely_type(url: str, title: str = "") -> str:
    """Kind of source that an address or the title of a table speaks for; other where neither does.

    Examples
    --------
    >>> likely_type("https://www.kent.police.uk/foi-ai/misconduct")
    'foi_disclosure'
    """
    parts = urlsplit(url)
    host, where = parts.hostname or "", f"{parts.path} {title}".casefold()
    if host.endswith("whatdotheyknow.com") or re.search(
        r"\bfoia?\b|freedom[\W_]+of[\W_]+information|disclosure[\W_]+log", where
    ):
        return "foi_disclosure"
    if host.endswith(("policeconduct.gov.uk", "ipcc.gov.uk")):
        return "watchdog"
    return "force_notice" if host.endswith((".police.uk", ".pnn.police.uk")) else "other"


def find(source: Source, sources: pd.DataFrame, changes: pd.DataFrame) -> str | None:
    """Id of a source that is in the data already: by its id, its address or file, or a file imported before.

    Raises
    ------
    StudyError : the id given is none.
    """
    if source.source_id:
        if source.source_id not in set(sources["source_id"]):
            raise StudyError(
                f"There is no source {source.source_id!r} in sources.csv; leave the id out to make one."
            )
        return source.source_id
    known = sources.loc[sources["url_sha256"].eq(source.sha256), "source_id"]
    if known.empty and source.file_sha256:
        known = changes.loc[changes["file_sha256"].eq(source.file_sha256), "source_id"]
        known = known[known.isin(sources["source_id"])]
    return known.iloc[0] if len(known) else None


# A title and then two words that are none of the field's: pc-jane-doe-sacked. Ranks of two letters are common.
_TITLED = re.compile(
    r"\b(?:pc|pcs|ps|dc|ds|di|dci|insp|inspector|sgt|sergeant|constable|officer|superintendent|supt|mr|mrs|ms|miss|cop)"
    r"[\W_]+([a-z]{2,})[\W_]+([a-z]{2,})"
)
_PLAIN = """
a an and are as at be been by for from had has have he her his if in is it jailed no not of off on or out over
sacked said she that the their them they to told up was were who will with without after before during under
accused admits admitted appeal arrested banned barred bid black abuse body call calls camera caught charged
cleared colleague colleagues court crash crime criminal dies drink drive driver driving drunk drugs duty ex
exposed faces faced female force former found fraud gross guilty hearing hearings home illegal job keeps kept
kicked left lied lies lost loses made male man men messages met misconduct more murder new notice outcome
outcomes panel photos police posted public punched quit quits racist rape resign resigned resigns retired
returns sent serving sex sexual sexually six sentenced shared should slapped sold stalked stole stolen stopped
struck suspended tasered team texts three threatened two trial tweets unnamed used victim victims warned warning
watched west whatsapp while wife witness woman women work would year years young student probationary
dismissed dismissal special constable constables sergeant inspector officers officer conduct london metropolitan
north south east
"""


def address_holds_a_name(url: str) -> bool:
    """Whether an address seems to hold a person's name, as those of news reports often do (`pc-jane-doe-sacked`).

    A suspicion: a title and then two words that are not the field's. Where in doubt the address is withheld, as
    its hash still finds the row.
    """
    path = unquote(urlsplit(url).path + " " + urlsplit(url).query).casefold()
    known = _vocabulary().union(_PLAIN.split())
    # Overlapping: in special-constable-jane-doe the second title is the one that counts.
    for start in (match.start() for match in re.finditer(r"\b[a-z]", path)):
        match = _TITLED.match(path, start)
        if match and not set(match.groups()) & known:
            return True
    return bool(re.search(r"[?&](?:q|s|name|search|query)=", "?" + urlsplit(url).query))


def _vocabulary() -> frozenset[str]:
    return frozenset(
        word
        for name in (
            "forces",
            "outcomes",
            "conduct",
            "standards",
            "ranks",
            "roles",
            "findings",
            "proceedings",
        )
        for text in codelists.words(name)
        for word in re.findall(r"[a-z]{2,}", text)
    )

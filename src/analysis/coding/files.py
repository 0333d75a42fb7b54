"""Read the text of a notice from a file: plain text in any usual encoding, or a saved web page."""

from __future__ import annotations

from pathlib import Path

from ..errors import StudyError

_PAGES = (".html", ".htm", ".xhtml")
#: A notice is a few pages; anything longer is something else.
MOST_BYTES = 1_000_000


def read_notice(path: Path) -> str:
    """The text of one notice.

    Parameters
    ----------
    path : a text file, or a saved page (`.html`, `.htm`), of which only the text is kept.

    Raises
    ------
    StudyError : there is no such file, it is no text, or it is too long for a notice.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise StudyError(
            f"{path}: there is no such file. Give a text file, or - to read standard input."
        ) from None
    except IsADirectoryError:
        raise StudyError(f"{path} is a folder. Give one text file, or - to read standard input.") from None
    except OSError as error:
        raise StudyError(f"{path} cannot be read ({error.strerror or error}).") from None
    return decode(raw, str(path), page=path.suffix.casefold() in _PAGES)


def decode(raw: bytes, name: str, page: bool = False) -> str:
    """The text of bytes: UTF-8, UTF-16 with its mark, or else Windows-1252, as old pages are.

    Raises
    ------
    StudyError : too long, or binary (a PDF, a picture, a document).
    """
    if len(raw) > MOST_BYTES:
        raise StudyError(f"{name} is too long for a notice ({len(raw):,} bytes; at most {MOST_BYTES:,}).")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = raw.decode("utf-16", errors="replace")
    else:
        if b"\0" in raw or raw.startswith(b"%PDF"):
            raise StudyError(
                f"{name} is not a text file. Copy the text of the notice into a .txt file first."
            )
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("cp1252", errors="replace")
    return _of_page(text) if page else text


def _of_page(text: str) -> str:
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(text, "lxml")
    for part in soup(["script", "style", "nav", "footer", "noscript", "template", "form"]):
        part.decompose()
    for block in soup(
        ["p", "div", "li", "h1", "h2", "h3", "h4", "h5", "tr", "br", "dt", "dd", "section", "article"]
    ):
        block.insert_after("\n\n" if block.name in ("p", "h1", "h2", "h3", "div") else "\n")
    lines = [" ".join(line.split()) for line in soup.get_text().splitlines()]
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip() + "\n"

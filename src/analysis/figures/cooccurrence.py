"""Which standards are breached together, as a matrix of counts."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from .. import formatting as fmt
from .sheet import Sheet, nothing_to_draw, sentences
from .style import INK, MUTED, PAPER, Drawing, ink_on, text_width, wrap

# Lower bound of each class of the share of the row's cases, its shade and its words.
_CLASSES = (
    (0.0, PAPER, "none"),
    (1e-9, "#E3ECF4", "under 25"),
    (0.25, "#B4CBE0", "25 to 49"),
    (0.50, "#6A97C1", "50 to 74"),
    (0.75, "#1F5A93", "75 or more"),
)
_GRID = "#C4C4C4"


def cooccurrence_matrix(
    pairs: pd.DataFrame,
    *,
    width: str = "wide",
    title: str | None = None,
    subtitle: str | None = None,
    notes: Iterable[str] = (),
) -> Drawing:
    """How often two standards are named in the same case.

    Parameters
    ----------
    pairs : one row an ordered pair: breach_a, breach_b (codes), cases (that name both; where they are the
        same, all that name it) and of_a (share of a's cases, 0 to 1).
    width, title, subtitle, notes : as for `forest_plot`.

    Returns
    -------
    Drawing. Rows are written out and numbered, most cases first; columns carry the rows' numbers. Each cell
    holds its count and is shaded by the share of the row's cases; the framed diagonal is the row's total.
    """
    title = title or "Standards breached in the same case"
    if subtitle is None:
        subtitle = "Number of cases that name both standards; in the frames, all cases that name the one"
    one, other = (pairs[c].astype(str) for c in ("breach_a", "breach_b"))
    cases = {(a, b): int(n) for a, b, n in zip(one, other, pairs["cases"], strict=True)}
    share = {(a, b): s for a, b, s in zip(one, other, pairs["of_a"], strict=True)}
    codes = [c for c in dict.fromkeys(one) if cases.get((c, c), 0) > 0]
    codes.sort(key=lambda c: (-cases[c, c], fmt.label("breach", c)))
    if not codes:
        return nothing_to_draw(width, title, subtitle, "No case names the standards that were breached.")
    sheet = Sheet(width, title, subtitle)
    _draw(sheet, codes, cases, share)
    sheet.notes(notes)
    return sheet.close(_alt(title, subtitle, codes, cases))


def _draw(sheet: Sheet, codes: list[str], cases: dict, share: dict) -> None:
    sheet.paragraph("Shade: per cent of the row's cases", colour=MUTED)
    sheet.y += 1

    def swatch(x: float, y: float, shade: str) -> None:
        sheet.box(x, y - 5, 11, 10, facecolor=shade, edgecolor=_GRID, linewidth=0.7)

    sheet.key([(words, shade) for _, shade, words in _CLASSES], swatch)
    sheet.y += 5
    narrow = sheet.layout.narrow
    numbers = [str(k) for k in range(1, len(codes) + 1)]
    names = [f"{k}  {fmt.label('breach', c)}" for k, c in zip(numbers, codes, strict=True)]
    if narrow:
        left = sheet.left
        labels = [wrap(name, sheet.right - sheet.left, sheet.size, True) for name in names]
    else:
        labels = [wrap(name, 160, sheet.size) for name in names]
        left = sheet.left + max(text_width(line, sheet.size) for lines in labels for line in lines) + 10
    cell = min((sheet.right - left - 1) / len(codes), 46)
    tall = 19 if narrow else 25
    for place, number in enumerate(numbers):
        sheet.text(left + (place + 0.5) * cell, sheet.y, number, ha="center", bold=True)
    sheet.y += sheet.line + 2
    frames = []
    for lines, a in zip(labels, codes, strict=True):
        if narrow:
            sheet.lines(sheet.left, sheet.y, lines, bold=True)
            sheet.y += len(lines) * sheet.line + 1
        height = tall if narrow else max(tall, len(lines) * sheet.line + 2)
        middle = sheet.y + height / 2
        if not narrow:
            sheet.lines(sheet.left, middle - len(lines) * sheet.line / 2, lines)
        for place, b in enumerate(codes):
            x = left + place * cell
            number = cases.get((a, b), 0)
            shade = PAPER if a == b else _shade(share.get((a, b), 0.0))
            sheet.box(x, sheet.y, cell, height, facecolor=shade, edgecolor=_GRID, linewidth=0.7)
            if a == b:
                frames.append((x, sheet.y, height))
            colour = (ink_on(shade) if number else MUTED) if a != b else INK
            sheet.text(
                x + cell / 2, middle, fmt.count(number), ha="center", middle=True, bold=a == b, colour=colour
            )
        sheet.y += height + (6 if narrow else 0)
    for x, y, height in frames:
        sheet.box(x, y, cell, height, facecolor="none", edgecolor=INK, linewidth=1.6, zorder=2)


def _shade(share: float) -> str:
    share = 0.0 if fmt.is_missing(share) else float(share)
    return [shade for bound, shade, _ in _CLASSES if share >= bound][-1]


def _alt(title: str, subtitle: str, codes: list[str], cases: dict) -> str:
    parts = [title, subtitle]
    total = [f"{fmt.label('breach', c)} {fmt.count(cases[c, c])}" for c in codes[:3]]
    parts.append(f"{len(codes)} standards; named most often: {', '.join(total)}")
    pairs = [(cases.get((a, b), 0), a, b) for i, a in enumerate(codes) for b in codes[i + 1 :]]
    pairs = sorted((p for p in pairs if p[0]), key=lambda p: (-p[0], p[1], p[2]))
    if pairs:
        said = [
            f"{fmt.in_sentence('breach', a)} with {fmt.in_sentence('breach', b)} ({fmt.cases(n)})"
            for n, a, b in pairs[:3]
        ]
        parts.append(f"Most often together: {'; '.join(said)}")
    else:
        parts.append("No case names two of them")
    apart = len(codes) * (len(codes) - 1) // 2 - len(pairs)
    if pairs and apart:
        parts.append(f"{apart} pair{'' if apart == 1 else 's'} never together")
    return sentences(*parts)

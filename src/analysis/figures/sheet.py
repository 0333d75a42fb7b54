"""A page that a figure is set on from top to bottom, in points; its height follows from what stands on it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from .style import GRID, INK, MUTED, PAPER, RULE, Drawing, Mark, font, layout, text_width, wrap

LEADING = 1.32  # line height, in font sizes
_ASCENT = 0.95  # room above the baseline that DejaVu's tallest letters need
_MIDDLE = 0.36  # from the baseline up to the middle of a capital


@dataclass
class Panel:
    """A data region: matplotlib axes with x in the data's units and y in points from the region's top."""

    axes: Axes
    left: float
    right: float
    top: float
    height: float

    def x(self, value: float) -> float:
        """Where a value lies on the sheet, in points from its left edge."""
        low, high = self.axes.get_xlim()
        return self.left + (value - low) / (high - low) * (self.right - self.left)


class Sheet:
    """Text, lines and panels set from the top down; `close` gives the figure its height.

    All coordinates are points from the top left corner. `y` is where the next block starts.
    """

    def __init__(self, width: str, title: str, subtitle: str):
        self.layout = layout(width)
        self.figure = Figure(figsize=(self.layout.width / 72, 1), dpi=72, facecolor=PAPER)
        self.left = self.layout.margin
        self.right = self.layout.width - self.layout.margin
        self.y = self.layout.margin
        self.panels: list[Panel] = []
        # filled in by close(): until then the height is not known
        self._flip = Affine2D()
        self._points = self._flip + self.figure.dpi_scale_trans
        self.paragraph(title, size=self.layout.title, bold=True)
        self.y += 2
        if subtitle:
            self.paragraph(subtitle, colour=MUTED)
        self.y += 8

    @property
    def size(self) -> float:
        return self.layout.text

    @property
    def line(self) -> float:
        """Height of a line of text."""
        return self.size * LEADING

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float | None = None,
        bold: bool = False,
        colour: str = INK,
        ha: str = "left",
        middle: bool = False,
        backdrop: bool = False,
        **kwargs,
    ) -> Text:
        """One line of text whose top (or, with `middle`, whose middle) is at `y`.

        `backdrop` clears the lines that would run behind it.
        """
        size = size or self.size
        if backdrop:
            width = text_width(text, size, bold)
            edge = x - {"left": 0, "center": 0.5, "right": 1}[ha] * width
            top = y - size * 0.62 if middle else y + size * 0.1
            self.box(edge - 2, top, width + 4, size * 1.24, facecolor=PAPER, zorder=1)
        baseline = y + size * (_MIDDLE if middle else _ASCENT)
        artist = Text(
            x,
            baseline,
            text,
            fontproperties=font(size, bold),
            color=colour,
            ha=ha,
            va="baseline",
            parse_math=False,
        )
        artist.set(transform=self._points, **kwargs)
        self.figure.add_artist(artist)
        return artist

    def lines(self, x: float, y: float, lines: Iterable[str], **kwargs) -> None:
        """Several lines of text, one below the other."""
        step = (kwargs.get("size") or self.size) * LEADING
        for number, line in enumerate(lines):
            self.text(x, y + number * step, line, **kwargs)

    def paragraph(self, text: str, **kwargs) -> None:
        """Text wrapped to the sheet's width, at `y`, which moves below it."""
        size = kwargs.get("size") or self.size
        lines = wrap(text, self.right - self.left, size, kwargs.get("bold", False))
        self.lines(self.left, self.y, lines, **kwargs)
        self.y += len(lines) * size * LEADING

    def notes(self, notes: Iterable[str]) -> None:
        """The small print at the foot."""
        notes = [note for note in notes if note]
        if notes:
            self.y += 7
        for note in notes:
            self.paragraph(note, colour=MUTED, size=self.layout.small)
            self.y += 2

    def stroke(self, xs: Iterable[float], ys: Iterable[float], **kwargs) -> None:
        """A line or marks on the sheet."""
        self.figure.add_artist(Line2D(list(xs), list(ys), transform=self._points, **kwargs))

    def box(self, x: float, y: float, width: float, height: float, **kwargs) -> None:
        """A rectangle whose top left corner is at x, y."""
        kwargs = {"linewidth": 0} | kwargs
        self.figure.add_artist(Rectangle((x, y), width, height, transform=self._points, **kwargs))

    def mark(self, x: float, y: float, mark: Mark, size: float = 7) -> None:
        """A group's mark on its own, as in a key."""
        self.stroke([x], [y], **mark_style(mark, size))

    def key(self, entries: Iterable[tuple[str, object]], draw, swatch: float = 11, gap: float = 14) -> None:
        """A key in reading order, wrapped to the sheet: `draw(x, y, item)` draws a swatch, y its middle."""
        x = self.left
        for text, item in entries:
            width = swatch + 4 + text_width(text, self.size)
            if x > self.left and x + width > self.right:
                x = self.left
                self.y += self.line + 2
            draw(x, self.y + self.line / 2, item)
            self.text(x + swatch + 4, self.y + self.line / 2, text, middle=True)
            x += width + gap
        self.y += self.line + 4

    def panel(self, left: float, right: float, height: float, xlim: tuple[float, float]) -> Panel:
        """A data region at `y`, which stays at its top: add `height` when it is done."""
        axes = self.figure.add_axes((0, 0, 1, 1), facecolor="none")
        axes.set_xlim(*xlim)
        axes.set_ylim(height, 0)
        axes.set_yticks([])
        axes.set_zorder(2)
        axes.patch.set_visible(False)
        for spine in axes.spines.values():
            spine.set_visible(False)
        axes.tick_params(length=0)
        axes.set_xticks([])
        self.panels.append(Panel(axes, left, right, self.y, height))
        return self.panels[-1]

    def x_axis(
        self,
        panel: Panel,
        ticks: list[float],
        labels: list[str],
        title: str = "",
        bands: list[tuple[float, float]] | None = None,
    ) -> None:
        """Tick labels and a title below a panel, light lines up through it; `y` moves below them.

        `bands` are the tops and bottoms between which the lines run, so that none runs through a label.
        """
        bands = [(panel.top, panel.top + panel.height)] if bands is None else bands
        bottom = panel.top + panel.height
        for tick, label in zip(ticks, labels, strict=True):
            x = panel.x(tick)
            self.verticals(x, bands, color=GRID, linewidth=0.8, zorder=0)
            half = text_width(label, self.size) / 2
            self.text(
                min(max(x, self.left + half), self.right - half), bottom + 3, label, colour=MUTED, ha="center"
            )
        self.y = bottom + 3 + self.line
        if title:
            # in the middle of its panel, but never past the edge of the sheet
            width = self.right - self.left
            for line in wrap(title, width, self.size):
                half = text_width(line, self.size) / 2
                centre = min(max((panel.left + panel.right) / 2, self.left + half), self.right - half)
                self.text(centre, self.y, line, colour=MUTED, ha="center")
                self.y += self.line

    def verticals(self, x: float, bands: list[tuple[float, float]], **kwargs) -> None:
        """One line down the sheet, broken between the bands."""
        ys = [y for top, bottom in bands for y in (top, bottom, math.nan)]
        self.stroke([x] * len(ys), ys, **kwargs)

    def rule(
        self, y: float, left: float | None = None, right: float | None = None, colour: str = GRID
    ) -> None:
        """A thin horizontal line."""
        ends = [self.left if left is None else left, self.right if right is None else right]
        self.stroke(ends, [y, y], color=colour, linewidth=0.8, zorder=0)

    def close(self, alt: str) -> Drawing:
        """Give the figure its height and its alt text."""
        height = self.y + self.layout.margin
        self.figure.set_size_inches(self.layout.width / 72, height / 72)
        self._flip.clear().scale(1, -1).translate(0, height).scale(1 / 72)
        for panel in self.panels:
            panel.axes.set_position(
                (
                    panel.left / self.layout.width,
                    1 - (panel.top + panel.height) / height,
                    (panel.right - panel.left) / self.layout.width,
                    panel.height / height,
                )
            )
        return Drawing(self.figure, " ".join(alt.split(" ")))


def mark_style(mark: Mark, size: float = 7) -> dict:
    """Line2D properties that draw a group's mark."""
    return {
        "linestyle": "none",
        "marker": mark.shape,
        # diamonds and triangles look smaller than a circle of the same width
        "markersize": size * (0.88 if mark.shape == "D" else 1.08 if mark.shape == "^" else 1),
        "markerfacecolor": mark.colour if mark.filled else PAPER,
        "markeredgecolor": mark.colour,
        "markeredgewidth": 1.8 if not mark.filled else 1,
    }


def nothing_to_draw(width: str, title: str, subtitle: str, sentence: str) -> Drawing:
    """A drawing that says in one plain sentence why there is nothing to see."""
    sheet = Sheet(width, title, subtitle)
    sheet.rule(sheet.y, colour=RULE)
    sheet.y += 8
    sheet.paragraph(sentence)
    sheet.y += 4
    sheet.rule(sheet.y, colour=RULE)
    return sheet.close(f"{sentences(title, subtitle)} {sentence}")


def sentences(*parts: str) -> str:
    """Parts as sentences: each ends with a full stop."""
    return " ".join(p if p.endswith((".", "!", "?")) else p + "." for p in (q.strip() for q in parts) if p)

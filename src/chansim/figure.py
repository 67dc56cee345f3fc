"""Figure: a picture with its words.

What may live here: how a finished picture is shown, compared and saved. How it
is drawn is the business of :mod:`chansim.views`.
"""

from __future__ import annotations

import contextlib
import io
import numbers
import re
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from chansim.palette import INK, QUIET, themed
from chansim.svg import Drawing

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Chart

_MOST = 150_000  # bytes; more would make a notebook slow to open and its differences unreadable

WIDEST = 20_000
"""Pixels of a PNG's width at most: some hundred megabytes while it is drawn, and more than any printer asks for."""


@dataclass(frozen=True, repr=False)
class Figure:
    """*svg*: the picture, as text. *words*: what it shows, with the numbers in it.

    Two figures are equal when both texts are. A notebook shows the picture; a
    screen reader says the words, and so does ``print(figure)``.
    """

    svg: str
    words: str
    _chart: Any = field(default=None, compare=False)

    def __repr__(self) -> str:
        return self.words

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": self.words}

    def themed(self, theme: str) -> Figure:
        """The same picture in a *theme*: "light", as it is drawn, or "dark". Raises ValueError for another."""
        svg = themed(self.svg, theme)
        return self if svg == self.svg else Figure(svg, self.words)

    def save(self, path: str | Path, width: int | None = None) -> Path:
        """Write the picture to a file named .svg or .png. Returns the path.

        *width*: of a PNG, in pixels; twice the picture's own if left out. A chart is a PNG by matplotlib, a
        drawing, and whatever is dark, by resvg: ``pip install "chansim[png]"``. Raises ValueError for another
        kind of file, for a width that is none from 1 to :data:`WIDEST`, and where a PNG needs resvg and there is
        none.
        """
        path = Path(path)
        if path.suffix not in (".svg", ".png"):
            raise ValueError(
                f"{path}: a figure is saved as .svg or .png, not {path.suffix or 'without a suffix'!r}"
            )
        asked: Any = width
        is_number = isinstance(asked, numbers.Real) and not isinstance(asked, bool)
        if asked is not None and (path.suffix != ".png" or not is_number or not 1 <= asked <= WIDEST):
            raise ValueError(
                f"{path}: width={width!r}: it is the pixels of a .png, 1 or more, {WIDEST:,} at most"
            )
        if path.suffix == ".svg":
            path.write_text(self.svg, encoding="utf-8")
        elif self._chart is not None:
            self._chart.savefig(path, dpi=width / self._chart.get_figwidth() if width else 200)
        else:
            path.write_bytes(_drawn(self.svg, width, path))
        return path

    @classmethod
    def from_matplotlib(cls, chart: Chart | None, words: str, title: str = "") -> Figure:
        """The figure of a matplotlib chart, which is closed. The same chart gives the same text.

        *title* is the short name of the picture; without one it is the words up to the first full stop. Where
        there is no chart, because there is no matplotlib, the words themselves are the picture.
        """
        title = title or words.split(". ")[0].rstrip(".")
        if not chart:
            return cls(_written_out(words, title), words)
        import matplotlib

        text = io.StringIO()
        # without the salt matplotlib's ids are random; without "none" every letter becomes a path
        with matplotlib.rc_context({"svg.hashsalt": "chansim", "svg.fonttype": "none"}):
            chart.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
        if "matplotlib.pyplot" in sys.modules:  # else nobody keeps it open
            sys.modules["matplotlib.pyplot"].close(chart)
        svg = text.getvalue()
        svg = svg[svg.index("<svg") :].rstrip()
        wide, high = (
            round(100 * inches, 1) for inches in chart.get_size_inches()
        )  # pixels, as drawings have
        head = f'<svg role="img" aria-label={quoteattr(words)} width="{wide:g}" height="{high:g}"'
        svg = re.sub(r' (width|height)="[^"]*pt"', "", svg, count=2)
        svg = re.sub(
            r"<svg([^>]*)>", lambda old: f"{head}{old[1]}><title>{escape(title)}</title>", svg, count=1
        )
        if len(svg) > _MOST:
            raise ValueError(f"the chart's SVG has {len(svg)} characters, over {_MOST}: draw fewer points")
        return cls(svg, words, chart)


def _written_out(words: str, title: str) -> str:
    """A picture of words, as SVG, for where a chart cannot be drawn."""
    lines = ["This chart needs matplotlib, which cannot be had here (in a browser, say). In words:"]
    lines += textwrap.wrap(words, 100)
    drawing = Drawing(740, 30 + 20 * len(lines))
    for place, line in enumerate(lines):
        drawing.write(14, 28 + 20 * place, line, fill=QUIET if place == 0 else INK)
    return drawing.text(title, words)


def _drawn(svg: str, width: int | None, path: Path) -> bytes:
    """The PNG of a drawing. Raises ValueError, with what to do, where nothing here can draw it."""
    try:
        import resvg_py
    except ImportError:
        raise ValueError(
            f'{path}: a PNG of this picture needs resvg: pip install "chansim[png]"; '
            f"without it, save it as {path.with_suffix('.svg').name}"
        ) from None
    fonts = []
    with contextlib.suppress(ImportError):  # where the machine has no fonts, matplotlib's are there
        import matplotlib

        fonts = [
            str(each) for each in Path(matplotlib.get_data_path(), "fonts", "ttf").glob("DejaVuSans*.ttf")
        ]
    own = float(re.search(r'viewBox="0 0 (\S+) ', svg)[1])  # type: ignore[index]
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=round(width or 2 * own), font_files=fonts))

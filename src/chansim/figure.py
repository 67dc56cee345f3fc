"""Figure: a picture with its words.

What may live here: how a finished picture is shown, compared and saved. How it
is drawn is the business of :mod:`chansim.views`.
"""

from __future__ import annotations

import io
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Chart

_MOST = 150_000  # bytes; more would make a notebook slow to open and its differences unreadable


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

    def save(self, path: str | Path) -> Path:
        """Write the picture to a file named .svg, or .png where it is a chart. Returns the path.

        Raises ValueError for another kind of file, or for a drawing as .png.
        """
        path = Path(path)
        if path.suffix == ".svg":
            path.write_text(self.svg, encoding="utf-8")
        elif path.suffix == ".png" and self._chart is not None:
            self._chart.savefig(path, dpi=200)
        elif path.suffix == ".png":
            raise ValueError(f"{path}: this drawing is SVG only; save it as {path.with_suffix('.svg').name}")
        else:
            raise ValueError(
                f"{path}: a figure is saved as .svg or .png, not {path.suffix or 'without a suffix'!r}"
            )
        return path

    @classmethod
    def from_matplotlib(cls, chart: Chart, words: str, title: str = "") -> Figure:
        """The figure of a matplotlib chart, which is closed. The same chart gives the same text.

        *title* is the short name of the picture; without one it is the words up to the first full stop.
        """
        import matplotlib

        text = io.StringIO()
        # without the salt matplotlib's ids are random; without "none" every letter becomes a path
        with matplotlib.rc_context({"svg.hashsalt": "chansim", "svg.fonttype": "none"}):
            chart.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
        if "matplotlib.pyplot" in sys.modules:  # else nobody keeps it open
            sys.modules["matplotlib.pyplot"].close(chart)
        svg = text.getvalue()
        svg = svg[svg.index("<svg") :].rstrip()
        title = title or words.split(". ")[0].rstrip(".")
        head = f'<svg role="img" aria-label={quoteattr(words)}'
        svg = re.sub(
            r"<svg([^>]*)>", lambda old: f"{head}{old[1]}><title>{escape(title)}</title>", svg, count=1
        )
        if len(svg) > _MOST:
            raise ValueError(f"the chart's SVG has {len(svg)} characters, over {_MOST}: draw fewer points")
        return cls(svg, words, chart)

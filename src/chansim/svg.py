"""Drawing: a small writer of SVG text.

What may live here: shapes, text, how wide text is, and the frame of a picture.
Nothing here knows a scenario, a trace or a role; colours come in as text.

The same calls give the same text: numbers have one decimal, nothing is random,
nothing carries an id. Arrowheads are drawn, not referred to, so that two
pictures on one page cannot disturb each other. Coordinates are pixels, from the
top left corner; no shape is ever transformed, so that what stands in the text
is where it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from xml.sax.saxutils import escape, quoteattr

FONT = "Arial, 'Liberation Sans', Helvetica, 'DejaVu Sans', sans-serif"
SIZE = 12.0
"""The size of text in pixels, unless another is given; none is below 11."""

Look = dict[str, str | float]
"""Attributes of SVG, with ``_`` for ``-``: ``{"stroke_width": 2}``."""

_WIDTHS = {
    0.3: "Iijl", 0.35: " ,./:;\\|·’'", 0.4: "()-[]ft", 0.45: "!r", 0.5: '"*J`', 0.55: "csz“”",
    0.6: "?L_kvxy–λ", 0.7: "ABEKPSVXYZ", 0.75: "CNRU", 0.8: "&DGHOQ", 0.85: "#+<=>^w~×✕≤≥✓",
    0.9: "M", 1.0: "%Wm—…→←↔⋮½@",
}  # fmt: skip
_WIDTH = {letter: width for width, letters in _WIDTHS.items() for letter in letters}
_BOLD = 1.1


def text_width(text: str, size: float = SIZE, bold: bool = False) -> float:
    """How many pixels wide *text* is at most: in Arial it is a little less, in DejaVu Sans about that."""
    return math.fsum(_WIDTH.get(letter, 0.65) for letter in text) * size * (_BOLD if bold else 1.0)


def shortened(text: str, width: float, size: float = SIZE, bold: bool = False) -> str:
    """*text*, or as much of its beginning, and "…", as fits into *width* pixels."""
    if text_width(text, size, bold) <= width:
        return text
    while text and text_width(text + "…", size, bold) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def number(value: float) -> str:
    """*value* as it stands in the text: at most one decimal, and no minus before nothing."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _attributes(values: Look) -> str:
    """``stroke_width=2`` becomes ``stroke-width="2"``; an empty text is left out."""
    return "".join(
        f" {name.replace('_', '-')}={quoteattr(value if isinstance(value, str) else number(value))}"
        for name, value in values.items()
        if value != ""
    )


class Drawing:
    """A picture being drawn, *width* x *height* pixels, on white. :meth:`text` of it is the SVG.

    Every shape takes SVG's own attributes as keywords, with ``_`` for ``-``, and
    ``title``: the words shown when the mouse rests on it.
    """

    def __init__(self, width: float, height: float) -> None:
        self.width = width
        self.height = height
        self._parts: list[str] = []
        self._over: Look = {}

    def _shape(self, tag: str, values: Look, inside: str = "") -> None:
        title = values.pop("title", "")
        if self._over and tag != "text":
            values = {**values, **self._over}
        inside = (f"<title>{escape(str(title))}</title>" if title else "") + inside
        start = f"<{tag}{_attributes(values)}"
        self._parts.append(f"{start}>{inside}</{tag}>" if inside else f"{start}/>")

    @contextmanager
    def group(self, over: Look | None = None, /, **values: str | float) -> Iterator[None]:
        """What is drawn inside belongs together: ``with drawing.group(data_component="daphne"):``.

        *over*: a look that every shape inside has instead of its own, but not the text.
        """
        title = values.pop("title", "")
        self._parts.append(
            f"<g{_attributes(values)}>" + (f"<title>{escape(str(title))}</title>" if title else "")
        )
        outside, self._over = self._over, over or self._over
        yield
        self._over = outside
        self._parts.append("</g>")

    def rect(self, x: float, y: float, width: float, height: float, **values: str | float) -> None:
        """A box with its top left corner at *x*, *y*."""
        self._shape("rect", {"x": x, "y": y, "width": width, "height": height, **values})

    def circle(self, x: float, y: float, radius: float, **values: str | float) -> None:
        """A circle about *x*, *y*."""
        self._shape("circle", {"cx": x, "cy": y, "r": radius, **values})

    def line(self, points: Sequence[tuple[float, float]], **values: str | float) -> None:
        """A line through *points*; black and 1 pixel wide unless told otherwise."""
        path = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)
        self._shape("path", {"d": path, "fill": "none", "stroke": "#000", **values})

    def path(self, data: str, **values: str | float) -> None:
        """Any shape, in SVG's own language of paths."""
        self._shape("path", {"d": data, **values})

    def write(self, x: float, y: float, words: str, size: float = SIZE, **values: str | float) -> None:
        """One line of text with its baseline at *y*. ``text_anchor`` says which part of it is at *x*."""
        values = {"x": x, "y": y, **({"font_size": size} if size != SIZE else {}), **values}
        self._shape("text", values, escape(words))

    def arrow(
        self,
        points: Sequence[tuple[float, float]],
        head: float = 7,
        both: bool = False,
        **values: str | float,
    ) -> None:
        """A line through *points* with a filled head, *head* pixels long, at its end, or at *both* ends."""
        colour = str(values.get("stroke", "#000"))
        ends = [_head(points[-2], points[-1], head)]
        if both:
            ends.append(_head(points[1], points[0], head))
        line = [ends[-1][0] if both else points[0], *points[1:-1], ends[0][0]]
        title = values.pop("title", "")
        with self.group(title=title):
            self.line(line, **values)
            for _, (tip, left, right) in ends:
                path = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in (tip, left, right)) + "Z"
                self._shape("path", {"d": path, "fill": colour})

    def cross(self, x: float, y: float, radius: float, **values: str | float) -> None:
        """A ✕ about *x*, *y*."""
        r = radius
        arms = f"M{number(x - r)} {number(y - r)}l{number(2 * r)} {number(2 * r)}m0 {number(-2 * r)}"
        arms += f"l{number(-2 * r)} {number(2 * r)}"
        self._shape(
            "path", {"d": arms, "fill": "none", "stroke_width": 2.5, "stroke_linecap": "round", **values}
        )

    def hatch(
        self, x: float, y: float, width: float, height: float, step: float = 6, **values: str | float
    ) -> None:
        """Slanting lines, *step* pixels apart, in a box with its top left corner at *x*, *y*: one path."""
        lines = []
        start = x - height
        while start < x + width:
            start += step
            left, right = max(start, x), min(start + height, x + width)
            if right > left:  # up and to the right, cut off at the sides
                low, high = y + height - (left - start), y + height - (right - start)
                lines.append(f"M{number(left)} {number(low)}L{number(right)} {number(high)}")
        if lines:
            self._shape("path", {"d": "".join(lines), "fill": "none", "stroke": "#000", **values})

    def text(self, title: str, words: str) -> str:
        """The whole SVG. *title* is short; *words* say what is seen, for those who do not see it."""
        size = f"{number(self.width)} {number(self.height)}"
        width, height = size.split()
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {size}"'
        )
        head += f' role="img" aria-label={quoteattr(words)} font-family="{FONT}" font-size="{number(SIZE)}">'
        paper = f'<rect width="{width}" height="{height}" fill="#fff"/>'
        return "\n".join([head, f"<title>{escape(title)}</title>", paper, *self._parts, "</svg>"])


def _head(
    start: tuple[float, float], tip: tuple[float, float], length: float
) -> tuple[tuple[float, float], tuple[tuple[float, float], tuple[float, float], tuple[float, float]]]:
    """Where the line of an arrow ends, and the three corners of its head."""
    angle = math.atan2(tip[1] - start[1], tip[0] - start[0])
    across, along = math.sin(angle), math.cos(angle)
    base = tip[0] - length * along, tip[1] - length * across
    half = length * 0.42
    left = base[0] - half * across, base[1] + half * along
    right = base[0] + half * across, base[1] - half * along
    return base, (tip, left, right)

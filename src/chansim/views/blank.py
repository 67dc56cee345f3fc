"""Blank: a picture that says in words why there is nothing to draw."""

from __future__ import annotations

from chansim.figure import Figure
from chansim.palette import QUIET, RULE
from chansim.svg import Drawing, shortened


def blank(title: str, why: str, theme: str = "light") -> Figure:
    """A small picture with the sentence *why* in it."""
    drawing = Drawing(740, 60)
    drawing.rect(1, 1, 738, 58, rx=6, fill="none", stroke=RULE, stroke_dasharray="6 4")
    drawing.write(370, 34, shortened(why, 700), text_anchor="middle", fill=QUIET)
    return Figure(drawing.text(title, why), f"{title}. {why}").themed(theme)

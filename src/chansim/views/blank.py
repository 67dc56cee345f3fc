"""Blank: a picture that says in words why there is nothing to draw."""

from __future__ import annotations

from chansim.figure import Figure
from chansim.palette import QUIET
from chansim.svg import Drawing, shortened


def blank(title: str, why: str) -> Figure:
    """A small picture with the sentence *why* in it."""
    drawing = Drawing(740, 60)
    drawing.rect(1, 1, 738, 58, rx=6, fill="none", stroke="#8c8c8c", stroke_dasharray="6 4")
    drawing.write(370, 34, shortened(why, 700), text_anchor="middle", fill=QUIET)
    return Figure(drawing.text(title, why), f"{title}. {why}")

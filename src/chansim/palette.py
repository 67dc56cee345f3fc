"""The palette: one colour for each role, the same in every picture.

What may live here: colours, and which text can be read on them. The hues are
Okabe and Ito's, which stay apart for the colour-blind. No picture tells two
things apart by colour alone: a shape, a word, a hatch or a dash says it again.
"""

from __future__ import annotations

from dataclasses import dataclass

INK = "#1a1a1a"  #: text and outlines
QUIET = "#595959"  #: text that comes second; 7:1 on white
RULE = "#8c8c8c"  #: frames and axes
GRID = "#dcdcdc"  #: lines behind the data
PAPER = "#ffffff"


@dataclass(frozen=True)
class Colour:
    """*strong* for lines, bars and marks, *tint* for the inside of a box, *text* for words upon *strong*."""

    strong: str
    tint: str
    text: str = INK


ROLES = {
    "client": Colour("#56b4e9", "#e3f2fc"),
    "server": Colour("#0072b2", "#d9e9f4", "#ffffff"),
    "interface": Colour("#cc79a7", "#f8e9f1"),
    "layer": Colour("#e69f00", "#fdf1d6"),
    "worker": Colour("#009e73", "#d9f1ea"),
    "lost": Colour("#d55e00", "#fbe3d5"),
    "": Colour("#8c8c8c", "#f0f0f0"),
}
"""What each role of a component is drawn in; "lost" is for messages that never arrive."""

SERIES = tuple(ROLES[role] for role in ("worker", "client", "layer", "interface", "server", ""))
"""For kinds of work, in the order they are met."""


DEEP = {
    "client": "#1b6fa3",
    "server": "#005a8c",
    "interface": "#97457a",
    "layer": "#8a5f00",
    "worker": "#00694d",
}
"""The same hues, dark enough for text and thin lines on white: 4.5:1 or more."""


def role_colour(role: str) -> Colour:
    """The colour of *role*, or grey for one that is not known."""
    return ROLES.get(role, ROLES[""])


def contrast(one: str, other: str) -> float:
    """How far two colours "#rrggbb" stand apart, from 1 to 21 (WCAG 2); text needs 4.5."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

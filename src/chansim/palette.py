"""The palette: one colour for each role, the same in every picture.

What may live here: colours, which text can be read on them, and what each of
them is on dark paper. The hues are Okabe and Ito's, which stay apart for the
colour-blind. No picture tells two things apart by colour alone: a shape, a
word, a hatch or a dash says it again.

Every view draws on white paper, with the colours of this file and no others.
The dark picture is the same picture with other colours, see :func:`themed`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

INK = "#1a1a1a"  #: text and outlines
QUIET = "#595959"  #: text that comes second; 7:1 on white
RULE = "#8c8c8c"  #: frames and axes
GRID = "#dcdcdc"  #: lines behind the data
FAINT = "#e4e4e4"  #: what others do, behind what is shown
FAINT_EDGE = "#c4c4c4"
PAPER = "#ffffff"
SELECTED = "#c2006b"  #: what is selected, with a line three times as thick

ON_LIGHT, ON_DARK = "#141414", "#fefefe"  #: words upon a strong colour, which is the same on dark paper


@dataclass(frozen=True)
class Colour:
    """*strong* for lines, bars and marks, *tint* for the inside of a box, *text* for words upon *strong*."""

    strong: str
    tint: str
    text: str = ON_LIGHT


ROLES = {
    "client": Colour("#56b4e9", "#e3f2fc"),
    "server": Colour("#0072b2", "#d9e9f4", ON_DARK),
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


STEPS = ("#fdf1d6", "#f6d189", "#e69f00", "#9c6200", "#6b3f00")
"""From little to much: of one hue, each darker than the one before, on grey paper too."""

ON_STEPS = (INK, INK, ON_LIGHT, PAPER, PAPER)
"""What words upon each of these steps are written in."""

MANY = ("#cfe3f2", "#8fbfe0", "#4393c9", "#00568a")
"""From few to many, where what is counted is neither a layer's nor anybody's."""

DARK = {
    "#fff": "#161616",
    "#000": "#f2f2f2",
    PAPER: "#161616",
    INK: "#f2f2f2",
    QUIET: "#b9b9b9",
    GRID: "#3d3d3d",
    FAINT: "#383838",
    FAINT_EDGE: "#5c5c5c",
    SELECTED: "#ff7ab8",
    ROLES["client"].tint: "#16303f",
    ROLES["server"].tint: "#102a3d",
    ROLES["interface"].tint: "#3a2431",
    ROLES["layer"].tint: "#3b2f10",
    ROLES["worker"].tint: "#10352b",
    ROLES["lost"].tint: "#43240f",
    ROLES[""].tint: "#2a2a2a",
    DEEP["client"]: "#7cc4ee",
    DEEP["server"]: "#63b3e3",
    DEEP["interface"]: "#dfa0c4",
    DEEP["layer"]: "#f0b840",
    DEEP["worker"]: "#4fc9a3",
    STEPS[1]: "#6b4a00",
    STEPS[3]: "#f3c25a",
    STEPS[4]: "#fbe6b8",
    MANY[0]: "#17374d",
    MANY[1]: "#1f6391",
    MANY[3]: "#b5dcf5",
}
"""What a colour of white paper is on dark paper. Those not named, the strong ones, are the same on both."""

THEMES = ("light", "dark")
_COLOUR = re.compile(r"#[0-9a-f]{6}\b|#[0-9a-f]{3}\b")


def themed(svg: str, theme: str) -> str:
    """The picture *svg*, which is drawn for white paper, in a *theme*: "light" or "dark".

    Raises ValueError for another.
    """
    if theme not in THEMES:
        raise ValueError(f"theme={theme!r}: it must be {' or '.join(map(repr, THEMES))}")
    return svg if theme == "light" else _COLOUR.sub(lambda found: DARK.get(found[0], found[0]), svg)


def role_colour(role: str) -> Colour:
    """The colour of *role*, or grey for one that is not known."""
    return ROLES.get(role, ROLES[""])


def contrast(one: str, other: str) -> float:
    """How far two colours "#rrggbb" stand apart, from 1 to 21 (WCAG 2); text needs 4.5."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """How light it is, from 0 to 1: what grey print shows of it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

"""Embedded: what the browser needs of a player, with a kernel behind it or without.

What may live here: the player's module and style sheet as text, and the state of a run to begin with, as JSON can
say it. Nothing here knows a widget.
"""

from __future__ import annotations

import math
import re
from base64 import b64encode
from pathlib import Path
from typing import Any

from chansim.palette import DARK, role_colour
from chansim.svg import Drawing
from chansim.trace import Trace
from chansim.views.stage import Stage, lines
from chansim.views.window import SIZE, Windows

STATIC = Path(__file__).parent / "static"

SPEEDS = (0.0001, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds of the run that one of yours may be."""

EVENTS_A_SECOND = 12.0
"""So many events are to happen in one of your seconds, about: the speed to begin with is chosen for it."""


def code(*names: str) -> str:
    """The module that the browser runs: how parts are made, what it reckons, and the page around that; or of other
    files, one after the other."""
    return "\n".join(
        (STATIC / name).read_text(encoding="utf-8")
        for name in names or ("elements.js", "flow.js", "player.js")
    )


def style(name: str = "player.css", root: str = ".chansim-player") -> str:
    """A style sheet of ours, with the palette's dark colours in *root* where the notebook, or the system, is dark."""
    light = [colour for colour in DARK if len(colour) == 7]
    dark = "".join(f"--c-{colour[1:]}:{DARK[colour]};" for colour in light)
    bright = "".join(f"--c-{colour[1:]}:{colour};" for colour in light)
    sheet = (STATIC / name).read_text(encoding="utf-8")
    return (
        f"{sheet}\n@media (prefers-color-scheme: dark) {{ {root} {{{dark}}} }}\n"
        f'[data-jp-theme-light="true"] {root} {{{bright}}}\n'
        f'[data-jp-theme-light="false"] {root} {{{dark}}}\n'
    )


def with_variables(svg: str) -> str:
    """*svg* with each colour as a variable, which the style sheet may set, and else as it is."""
    return re.sub(
        r"#[0-9a-f]{6}\b",
        lambda found: f"var(--c-{found[0][1:]},{found[0]})",
        svg.replace('"#fff"', '"#ffffff"'),
    )


def stage_for_the_browser(stage: Stage) -> dict[str, Any]:
    """All that stands still, as JSON can say it."""
    drawing = Drawing(stage.width, stage.height)
    stage.draw(drawing)
    words = f"{stage.scenario.title}: boxes that can be selected; their state is in their names"
    return {
        "title": stage.scenario.title,
        "svg": with_variables(drawing.text(stage.scenario.title, words)),
        "width": stage.width,
        "height": stage.height,
        "spots": [
            {
                "name": spot.name,
                "owner": spot.owner,
                "role": spot.role,
                "lanes": list(spot.lanes),
                "lines": lines(spot),
                "x": spot.box.x,
                "y": spot.box.y,
                "width": spot.box.width,
                "height": spot.box.height,
                "below": spot.below,
                "inset": spot.inset,
                "stacked": spot.stacked,
                "strong": role_colour(spot.role).strong,
            }
            for spot in stage.spots
        ],
    }


def speed_for(trace: Trace) -> float:
    """The speed to begin with: so that a dozen events happen in a second of yours."""
    if not len(trace) or trace.end <= 0:
        return 1.0
    wanted = EVENTS_A_SECOND * trace.end / len(trace)
    return min(SPEEDS, key=lambda speed: abs(math.log(speed / wanted)))


def settings_for(trace: Trace, since: float, until: float | None, growing: bool = False) -> dict[str, Any]:
    """What does not change while it is open: the part that is played, and the speed to begin with."""
    speed = 1.0 if growing else speed_for(trace)
    return {"since": since, "until": until, "speed": speed, "growing": growing}


def alone(
    stage: Stage, trace: Trace, since: float = 0.0, until: float | None = None, size: int = SIZE
) -> dict[str, Any]:
    """All that a player without Python needs to show the window of *size* rows about *since*; see ``alone.js``."""
    about, rows = Windows(stage, trace, size).at(since)
    last = about["until"] if about["first"] + about["own"] < about["total"] else None
    end = min((each for each in (until, last) if each is not None), default=None)
    return {
        "stage": stage_for_the_browser(stage),
        "settings": settings_for(trace, max(since, about["since"]), end),
        "window": {**about, "bytes": len(rows), "running": False},
        "rows": {"base64": b64encode(rows).decode("ascii")},
        "at": since,
        "selection": {},
    }

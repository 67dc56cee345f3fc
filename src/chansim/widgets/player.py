"""Player: a run's messages in motion: play, pause, step, scrub, and click.

What may live here: how a run, finished or still going on, and the browser tell each other what is wanted. Where
things stand is the business of :mod:`chansim.views.stage`, which rows go to the browser of
:mod:`chansim.views.window`, and what is seen of them of ``static/flow.js`` and ``static/player.js``.
"""

from __future__ import annotations

import math
import re
from base64 import b64encode
from pathlib import Path
from typing import Any, Protocol

import anywidget
import traitlets

from chansim.palette import DARK, role_colour
from chansim.scenario import Scenario, ScenarioError
from chansim.selection import Selection
from chansim.svg import Drawing
from chansim.trace import Trace
from chansim.views.moment import moment
from chansim.views.stage import Stage, lines
from chansim.views.window import Windows

STATIC = Path(__file__).parent / "static"

SPEEDS = (0.0001, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds of the run that one of yours may be."""

EVENTS_A_SECOND = 12.0
"""So many events are to happen in one of your seconds, about: the speed to begin with is chosen for it."""


class Played(Protocol):
    """What a player shows: a Run, or one that is still going on, see :class:`chansim.live.growing.Growing`."""

    @property
    def scenario(self) -> Scenario: ...
    @property
    def trace(self) -> Trace: ...
    @property
    def world(self) -> str: ...
    @property
    def seed(self) -> int: ...


def code(*names: str) -> str:
    """The module that the browser runs: what it reckons, and the page around that; or of other files."""
    return "\n".join(
        (STATIC / name).read_text(encoding="utf-8") for name in names or ("flow.js", "player.js")
    )


def style() -> str:
    """Its style sheet, with the palette's dark colours where the notebook, or the system, is dark."""
    dark = "".join(f"--c-{light[1:]}:{colour};" for light, colour in DARK.items() if len(light) == 7)
    sheet = (STATIC / "player.css").read_text(encoding="utf-8")
    bright = "".join(f"--c-{light[1:]}:{light};" for light in DARK if len(light) == 7)
    return (
        f"{sheet}\n@media (prefers-color-scheme: dark) {{ .chansim-player {{{dark}}} }}\n"
        f'[data-jp-theme-light="true"] .chansim-player {{{bright}}}\n'
        f'[data-jp-theme-light="false"] .chansim-player {{{dark}}}\n'
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


class Player(anywidget.AnyWidget):
    """The widget that :func:`player` makes. *at* is the moment it shows, in seconds; set it, and it goes there.

    *selected*: what is picked out, a :class:`~chansim.selection.Selection`; set it, or observe "selection".
    """

    _esm = code()
    _css = style()

    stage = traitlets.Dict().tag(sync=True)
    settings = traitlets.Dict().tag(sync=True)
    window = traitlets.Dict().tag(sync=True)
    rows = traitlets.Bytes().tag(sync=True)
    at = traitlets.Float().tag(sync=True)
    selection = traitlets.Dict().tag(sync=True)

    def __init__(self, run: Played, since: float, until: float | None) -> None:
        self.run = run
        self._stage = Stage(run.scenario)
        growing = bool(getattr(run, "running", False))
        trace = run.trace
        self._windows = Windows(self._stage, trace)
        settings = {
            "since": since,
            "until": until,
            "speed": 1.0 if growing else speed_for(trace),
            "growing": growing,
        }
        super().__init__(stage=stage_for_the_browser(self._stage), settings=settings, at=since)
        self._open(since)
        self.on_msg(self._asked)

    @property
    def selected(self) -> Selection:
        """What is picked out."""
        return Selection(**self.selection)

    @selected.setter
    def selected(self, selection: Selection) -> None:
        fields = ("message", "request", "component", "channel")
        given = {name: getattr(selection, name) for name in fields}
        self.selection = {name: value for name, value in given.items() if value is not None}

    def _open(self, at: float) -> None:
        """Send the window about that moment, in one message."""
        about, rows = self._windows.at(at)
        about |= {"bytes": len(rows), "running": bool(getattr(self.run, "running", False))}
        with self.hold_sync():
            self.rows = rows
            self.window = about

    def _asked(self, _: object, message: Any, __: object) -> None:
        """The browser wants another window, more of a run that is going on, or its end."""
        if not isinstance(message, dict):
            return
        if message.get("stop") and hasattr(self.run, "stop"):
            self.run.stop()
        if message.get("more") or message.get("stop"):
            self._windows = Windows(self._stage, self.run.trace)
        at = message.get("at")
        self._open(
            float(at) if isinstance(at, (int, float)) and math.isfinite(at) else self._windows.trace.end
        )

    def kept(self) -> dict[str, Any]:
        """All that the browser needs where there is no Python, as JSON can say it; see ``static/alone.js``."""
        names = ("stage", "settings", "window", "at", "selection")
        rows = b64encode(self.rows).decode("ascii")
        return {**{name: getattr(self, name) for name in names}, "rows": {"base64": rows}}

    def picture(self) -> Any:
        """The same moment as a still; see :func:`chansim.views.moment`."""
        return moment(self.run, min(self.at, self.run.trace.end), selection=self.selected)  # type: ignore[arg-type]

    def __repr__(self) -> str:
        return f"A player of {self.run.scenario.title}; run this cell to use it.\n{self.picture().words}"

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The widget; where it cannot be shown, the moment as a still picture and its words."""
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return {**data, "text/plain": repr(self), "image/svg+xml": self.picture().svg}, metadata


def player(run: Played, start: float | None = None, seconds: float | None = None) -> Player:
    """Play what happened in *run* on the picture of its deployment, from *start* on, for *seconds* of it.

    Both are in seconds of the run; left out, it is all of it. A run that is still going on, such as
    ``chansim.live.background.start(scenario)`` gives, is followed while it grows. :func:`chansim.views.moment`
    is one moment of it without a widget. Raises ScenarioError, in words, for a part that the run does not have.
    """
    end = run.trace.end
    since = 0.0 if start is None else start
    growing = bool(getattr(run, "running", False))
    if not isinstance(since, (int, float)) or not since >= 0 or (since > end and not growing):
        raise ScenarioError(f"player: start={start!r}: it must be a moment of the run, from 0 to {end:g} s")
    if seconds is not None and not (isinstance(seconds, (int, float)) and 0 < seconds < math.inf):
        raise ScenarioError(
            f"player: seconds={seconds!r}: it must be a number of seconds above 0, or None for all"
        )
    return Player(run, float(since), None if seconds is None else since + seconds)

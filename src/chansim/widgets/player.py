"""Player: a run's messages in motion: play, pause, step, scrub, and click.

What may live here: how a run, finished or still going on, and the browser tell each other what is wanted. Where
things stand is the business of :mod:`chansim.views.stage`, which rows go to the browser of
:mod:`chansim.views.window`, and what is seen of them of ``static/flow.js`` and ``static/player.js``.
"""

from __future__ import annotations

import math
from base64 import b64encode
from typing import Any, Protocol

import anywidget
import traitlets

from chansim.quantities import plain
from chansim.scenario import Scenario, ScenarioError
from chansim.trace import Trace
from chansim.views.checked import told
from chansim.views.moment import moment
from chansim.views.stage import Stage
from chansim.views.window import Windows
from chansim.widgets.embedded import code, settings_for, stage_for_the_browser, style
from chansim.widgets.selecting import Selecting


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


class Player(Selecting, anywidget.AnyWidget):
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
        settings = settings_for(trace, since, until, growing)
        super().__init__(stage=stage_for_the_browser(self._stage), settings=settings, at=since)
        self._open(since)
        self.on_msg(self._asked)

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
            trace = self.run.trace
            self._windows.follow(trace, getattr(self.run, "unmoved", 0))
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
    if not hasattr(run, "trace"):
        hint = "; run it first: player(simulate(scenario))" if hasattr(run, "components") else ""
        raise ScenarioError(f"player: run={told(run)}: it must be a Run, or one that is still going on{hint}")
    end = run.trace.end
    since = 0.0 if start is None else start
    growing = bool(getattr(run, "running", False))
    if not isinstance(since, (int, float)) or not since >= 0 or (since > end and not growing):
        raise ScenarioError(
            f"player: start={start!r}: it must be a moment of the run, from 0 to {plain(end)} s"
        )
    if seconds is not None and not (isinstance(seconds, (int, float)) and 0 < seconds < math.inf):
        raise ScenarioError(
            f"player: seconds={seconds!r}: it must be a number of seconds above 0, or None for all"
        )
    return Player(run, float(since), None if seconds is None else since + seconds)

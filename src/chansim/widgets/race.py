"""Race: a scenario executed for real over its own simulation, and laid upon a replay of itself at its end.

What may live here: how a run that is going on and the browser tell each other how far it is. What is laid upon what,
and what is said of it, is the business of :mod:`chansim.overlay` and :mod:`chansim.replay`, how it is drawn that of
:mod:`chansim.views`; the page is ``static/race.js``.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from typing import Any

import anywidget
import traitlets

from chansim.course.recording import can_execute, recorded
from chansim.editing.knobs import Number, knobs_of
from chansim.engine import simulate
from chansim.figure import Figure
from chansim.live.background import Begun, start
from chansim.overlay import LoadAverage, Overlay, load_average, overlay
from chansim.quantities import plain
from chansim.replay import replay
from chansim.scenario import Scenario, ScenarioError, check_run
from chansim.views.answered import answers
from chansim.views.ecdf import curve_upon, ecdf
from chansim.widgets.embedded import code, style, with_variables

SECONDS = 3.0
"""For how long a race goes on unless somebody says otherwise, or the scenario ends before."""

MOST = 10.0
"""Seconds beyond which a race is refused: it takes real time, and somebody waits for it."""

DIALS = ("arrivals", "workers", "members", "rate", "io")
"""Fields of components that are turned unless somebody names others: the first :data:`FEW` that there are."""

FEW = 2

NO_THREADS = "There are no threads in the browser, so nothing can be executed here."

ELSEWHERE = "Start shows a run that was executed elsewhere, and recorded."


class Race(anywidget.AnyWidget):
    """The widget that :func:`race` makes. ``race.start()`` and ``race.stop()`` do what its buttons do,
    ``race.turn("clients.arrivals", 80)`` what a dial does, and ``race.wait()`` waits for the end. What cannot be
    raises ScenarioError, in words.

    *scenario* is what is raced, *simulated* its simulation, and *overlay*, after a race, the replay of the executed run
    upon it; None before.
    """

    _esm = code("elements.js", "race.js")
    _css = code("bars.css") + style("race.css", ".chansim-race")

    svg = traitlets.Unicode().tag(sync=True)
    curve = traitlets.Unicode().tag(sync=True)
    shown = traitlets.Dict().tag(sync=True)

    _begun: Begun | None = None  #: the run that is on

    def __init__(
        self, scenario: Scenario, dials: tuple[str, ...], seconds: float, seed: int, recording: str
    ) -> None:
        super().__init__()
        self._alone = threading.RLock()  # Jupyter answers the browser in one thread and runs cells in another
        self._dials, self._seconds, self._seed = dials, seconds, seed
        self._before: LoadAverage | None = None
        self._stage, self._words, self._told, self._turn = "ready", "", 0, ""
        self.overlay: Overlay | None = None
        self._given, self._recording = scenario, recording
        self._stand(scenario)
        self.on_msg(self._asked)

    # -- what is done

    def start(self) -> None:
        """Begin to execute the scenario, in the background. Where there are no threads, show the recorded run."""
        with self._alone:
            self._refuse_while_racing()
            if not can_execute():
                self._show_recorded()
                return
            before = load_average()
            self._begun = start(self.scenario, self._seconds, self._seed)
            self._before, self.overlay = before, None
            self._draw(self._drawn_before)
            self._tell("racing", "The race is on.")

    def stop(self) -> None:
        """End it early, and lay what there is upon its replay. A race that is over is left alone."""
        begun = self._begun
        if begun is not None:
            begun.stop()
            self.look()

    def wait(self) -> None:
        """Wait for its end."""
        begun = self._begun
        if begun is not None:
            begun.ended.wait()
            self.look()

    def turn(self, dial: str, value: Any) -> None:
        """Another *value* for a *dial*, such as "clients.arrivals", also one that the page has not; the next race is
        under that load."""
        with self._alone:
            self._refuse_while_racing()
            knob = _knob(self.scenario, dial)
            self._stand(self.scenario.change(knob.component, **{knob.field: knob.meant(value)}))

    def look(self) -> None:
        """See how far the race is; once it is over, lay it upon its replay. The browser asks for it, now and then."""
        with self._alone:
            begun = self._begun
            if begun is None:
                return
            if begun.running:
                self.curve = curve_upon(self._drawn_before, begun)  # type: ignore[arg-type]
                self._tell(self._stage, self._words, self.shown["problem"])
            else:
                self._begun = None
                self._finish(begun)

    def close(self) -> None:
        """Leave the page; a race that is on is asked to end."""
        if self._begun is not None:
            self._begun.ask_to_end()
        super().close()

    def _refuse_while_racing(self) -> None:
        if self._begun is not None and not self._begun.running:
            self.look()  # it is over, and nobody has asked yet
        if self._begun is not None:
            raise ScenarioError("race: it is on: wait for its end, or stop it first")

    def _stand(self, scenario: Scenario) -> None:
        """Take *scenario* to the start: simulate it, and show what is to be expected."""
        simulated = simulate(scenario, self._seed, self._seconds)
        self.scenario, self.simulated, self.overlay = scenario, simulated, None
        self._drawn_before = ecdf(simulated, labels=["simulated"])
        self._draw(self._drawn_before)
        real = f"{plain(self._seconds)} s of {scenario.title}, for real"
        words = f"Ready: {real}, over its simulation with seed {self._seed}."
        if not can_execute():
            words = f"{NO_THREADS} {ELSEWHERE}" if self._recording else NO_THREADS
        self._tell("ready", words)

    def _finish(self, begun: Begun) -> None:
        """Lay the run that is over upon its replay."""
        said = []
        try:
            run = begun.run()
            if run.trace.end < self._seconds:
                said.append(f"It ended at {run.trace.end:.1f} s of {plain(self._seconds)}.")
            said += [f"{problem} ({count}×)." for problem, count in run.problems]
            laid = overlay(replay(run), run, before=self._before)
            self._draw(laid.figure())
        except Exception as error:  # said in the page: nobody reads the kernel's log
            self._tell("over", "\n".join([*said, "There is nothing to lay upon each other."]), str(error))
        else:
            self.overlay = laid
            self._tell("over", "\n".join([*said, str(laid)]))

    def _show_recorded(self) -> None:
        """Lay a run that was executed elsewhere upon its replay."""
        if not self._recording:
            raise ScenarioError(f"race: {NO_THREADS} What is shown is the simulation.")
        if self.scenario != self._given:
            raise ScenarioError(
                f"race: {NO_THREADS} The recorded run is of the scenario as it was: turn it back."
            )
        run = recorded(self._recording, self.scenario, self._seed)
        self.overlay = laid = overlay(replay(run), run)
        self._draw(laid.figure())
        self._tell("over", f"Executed elsewhere, and recorded.\n{laid.errors}.\n{laid.verdict}")

    # -- what is shown

    def _draw(self, figure: Figure) -> None:
        self.figure = figure
        with self.hold_sync():
            self.curve = ""
            self.svg = with_variables(figure.svg)

    def _tell(self, stage: str, words: str, problem: str = "") -> None:
        """Say how it stands. Each is another one, so that the browser hears of it."""
        self._stage, self._words, self._told = stage, words, self._told + 1
        begun = self._begun
        self.shown = {
            "stage": stage,
            "words": words,
            "problem": problem,
            "seconds": self._seconds,
            "at": min(begun.clock(), self._seconds) if begun else 0.0,
            "answered": len(answers(begun)) if begun else 0,  # type: ignore[arg-type]
            "expected": len(answers(self.simulated)),
            "dials": [_dialled(dial, _knob(self.scenario, dial)) for dial in self._dials],
            "turn": self._turn,
            "told": self._told,
        }

    # -- asked in the browser

    def _asked(self, _widget: object, message: Any, _buffers: object) -> None:
        """Somebody did something in the browser, or it wants to know how far the race is."""
        if not isinstance(message, dict):
            return
        with self._alone:
            try:
                match message.get("do"):
                    case "start":
                        self.start()
                    case "stop":
                        self._ask_to_end()
                    case "turn":
                        self._turn = str(message.get("turn"))
                        self.turn(str(message.get("dial")), message.get("value"))
                    case "look":
                        self.look()
            except Exception as error:
                self._tell(self._stage, self._words, str(error) or repr(error))

    def _ask_to_end(self) -> None:
        """As :meth:`stop`, and nobody waits: the next look finds it over."""
        if self._begun is not None:
            self._begun.ask_to_end()
            self._tell("ending", "Stopping.")

    def kept(self) -> dict[str, Any]:
        """All that the browser needs where there is no Python, as JSON can say it."""
        return {name: getattr(self, name) for name in ("svg", "curve", "shown")}

    def __repr__(self) -> str:
        return f"A race of {self.scenario.title}; run this cell to use it.\n{self.figure.words}"

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The widget; where it cannot be shown, the picture as it stands and its words."""
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return {**data, "text/plain": repr(self), "image/svg+xml": self.figure.svg}, metadata


def _turnable(scenario: Scenario) -> Iterator[tuple[str, Number]]:
    """What of *scenario* a dial can turn, and its name."""
    for component in scenario:
        for knob in knobs_of(component):
            if isinstance(knob, Number) and not math.isnan(knob.value):
                yield f"{knob.component}.{knob.field}", knob


def _knob(scenario: Scenario, dial: object) -> Number:
    known = dict(_turnable(scenario))
    if dial not in known:
        raise ScenarioError(f"race: dial={dial!r}: it must be one of {', '.join(map(repr, known))}")
    return known[str(dial)]


def _usual(scenario: Scenario) -> tuple[str, ...]:
    """The dials that are there unless somebody names others."""
    known = dict(_turnable(scenario))
    found = [dial for field in DIALS for dial in known if dial.rpartition(".")[2] == field]
    return tuple(found[:FEW])


def _dialled(dial: str, knob: Number) -> dict[str, Any]:
    """A dial, for the browser."""
    return {
        "name": dial,
        "label": f"{knob.component}: {knob.field.replace('_', ' ')}",
        "doc": knob.doc,
        "unit": knob.unit,
        "low": knob.low,
        "high": knob.high,
        "step": knob.step,
        "value": knob.value,
    }


def race(
    scenario: Scenario, *dials: str, seconds: float | None = None, seed: int = 1, recording: str = ""
) -> Race:
    """Execute *scenario* at the press of a key, watch its latencies grow over the simulated ones, and see at its end
    how far the model is off: the run is laid upon its replay, with the verdict of :func:`chansim.overlay`.

    *dials*: what can be turned between two races, as "component.field"; left out, they are two of what asks for more
    and what serves it, such as "clients.arrivals" and "gunicorn.workers". *seconds* of real time, at most
    :data:`MOST`; left out, as the scenario has it, and at most :data:`SECONDS`. *recording*: a recorded run of
    :mod:`chansim.course`, shown where there are no threads. A picture of a run without a widget is
    :func:`chansim.views.residuals`. Raises ScenarioError, in words, for what cannot be raced.
    """
    if seconds is None:
        seconds = min(getattr(scenario, "seconds", None) or SECONDS, SECONDS)
    check_run("race", scenario, seed, seconds)
    if seconds > MOST:
        raise ScenarioError(
            f"race: seconds={plain(seconds)}: it takes real time, and {plain(MOST)} s is the most; "
            "execute(scenario) takes longer runs"
        )
    for dial in dials:
        _knob(scenario, dial)
    return Race(scenario, dials or _usual(scenario), float(seconds), seed, recording)

"""Lab: a deployment on the bench, whose picture is the control.

What may live here: how a :class:`~chansim.bench.Bench` and the browser tell each other what has changed. What
is run and shown is the business of the bench, what is drawn where that of ``structure.py``, how it looks in the
page of ``static/lab.js`` and ``static/lab.css``.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Iterator
from functools import wraps
from html import escape
from typing import Any, TypeVar, cast

import anywidget
import traitlets

from chansim import views
from chansim.bench import PRESETS, Bench, knobs, preset, replications
from chansim.editing import KINDS, kind_of, laws, why_not
from chansim.editing.finding import machines, on, provides
from chansim.editing.knobs import knobs_of
from chansim.editing.line import VERBS
from chansim.expected import expected
from chansim.figure import Figure
from chansim.measures.utilisation import utilisations
from chansim.quantities import plain
from chansim.run import Run
from chansim.scenario import Scenario, ScenarioError
from chansim.selection import Selection
from chansim.summary import figures
from chansim.views.flow import rates
from chansim.widgets import embedded
from chansim.widgets.background import Background, Check, soon
from chansim.widgets.structure import flows, structure

VIEWS = {
    "ecdf": "How long answers took",
    "tail": "The slowest answers",
    "latency_over_time": "Latency over time",
    "gantt": "Who worked when",
    "waterfall": "Where a request's time went",
    "space_time": "One request, message by message",
    "channel_heatmap": "How full the channels were",
    "delivery_matrix": "Whose lines reached whom",
}
"""What can be seen of a run beside the picture: functions of :mod:`chansim.views`."""

REPLICATIONS = 10  #: runs of a long answer


Method = TypeVar("Method", bound=Callable[..., Any])


def alone(method: Method) -> Method:
    """Nobody else changes the lab meanwhile: Jupyter answers the browser in one thread and runs cells in another."""

    @wraps(method)
    def held(self: Lab, *values: Any, **named: Any) -> Any:
        with self._alone:
            return method(self, *values, **named)

    return cast(Method, held)


class Lab(anywidget.AnyWidget):
    """The widget that :func:`lab` makes. *bench*, a trait, says how it stands.

    ``lab.turn(rate=80)`` and ``lab.edit("add_worker", "server")`` change it as the mouse does; what cannot be
    raises ScenarioError and leaves all as it was. ``lab.scenario`` is what is on the bench, ``lab.code`` the line of
    Python that builds it, ``lab.run`` the last short run, ``lab.figure`` its picture.

    Each trait that goes to the browser is written here only: *shown* is the deployment and what closed forms say
    of it, at once; *panel* what can be done to what is selected; *figures* what a short run of it came to, when that
    is done, and *view* a picture of that; *answer* what many runs came to. What
    somebody does in the browser comes as a message, each of them, in order.
    """

    _esm = embedded.code("elements.js", "lab.js")
    _css = embedded.code("lab.css")

    bench = traitlets.Instance(Bench, read_only=True)
    shown = traitlets.Dict().tag(sync=True)
    panel = traitlets.Dict().tag(sync=True)
    figures = traitlets.Dict().tag(sync=True)
    view = traitlets.Dict().tag(sync=True)
    answer = traitlets.Dict().tag(sync=True)

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._alone = threading.RLock()
        self._past: list[Bench] = []
        self._future: list[Bench] = []
        self._turning: object = None
        self._runs, self._long, self._looks = (Background(self._alone) for _ in range(3))
        self._view, self._theme = "ecdf", "light"
        self._selected = ""
        self._seen: tuple[Run, Figure] | None = None
        self._displays: list[Any] = []  # handles of where it is shown
        self._own = bench.line.own
        self._kept = ""  # the line whose picture is stored in the notebook
        self.set_trait("bench", bench)
        self._show()
        self._ran(bench, bench.run())
        self.on_msg(self._asked)

    # -- to read

    @property
    def scenario(self) -> Any:
        """What is on the bench."""
        return self.bench.scenario

    @property
    def code(self) -> str:
        """The line of Python that builds it."""
        return self.bench.code

    @property
    @alone
    def figure(self) -> Figure:
        """The picture as it stands, of a run of the bench as it stands."""
        if self.run.scenario != self.bench.scenario or self.run.seed != self.bench.seed:
            self._runs.cancel()
            self._ran(self.bench, self.bench.run())
        if self._seen is None or self._seen[0] is not self.run:
            self._seen = self.run, self.bench.seen(self.run).figure
        return self._seen[1]

    # -- to change

    @alone
    def turn(self, **values: Any) -> None:
        """Change arguments of the deployment, such as *rate*, *service* (in seconds) or *workers*, or the *seed*."""
        self._go(self.bench.turned(**values), ("turn", *values))

    @alone
    def edit(self, verb: str, *placed: Any, **named: Any) -> None:
        """Do what a verb of :mod:`chansim.editing`, or "change", does."""
        if verb not in VERBS:
            raise ScenarioError(f"lab: edit {verb!r}: it must be one of {', '.join(VERBS)}")
        self._go(
            self.bench.edited(verb, *placed, **named), (verb, *placed, *named) if verb == "change" else None
        )

    @alone
    def choose(self, deployment: str) -> None:
        """Put another deployment on the bench; "" is the scenario that it was opened with, where that was one."""
        if not (own := deployment == "" and self._own):
            preset(deployment)
        self._go(Bench.of(own or deployment, seed=self.bench.seed))

    @alone
    def undo(self) -> None:
        """As it was before the last change."""
        if not self._past:
            raise ScenarioError("lab: there is nothing to undo")
        self._future.append(self.bench)
        self._stand(self._past.pop())

    @alone
    def redo(self) -> None:
        """As it was before the last undo."""
        if not self._future:
            raise ScenarioError("lab: there is nothing to do again")
        self._past.append(self.bench)
        self._stand(self._future.pop())

    @alone
    def reset(self) -> None:
        """The deployment as the talk has it. That can be undone."""
        self._go(self.bench.reset())

    def _go(self, bench: Bench, turning: object = None) -> None:
        """Change to *bench*. Of many turns of one knob, one after the other, one undo goes back behind all."""
        if bench == self.bench:
            return
        if turning is None or turning != self._turning:
            self._past.append(self.bench)
        self._future.clear()
        self._stand(bench, turning)

    def _stand(self, bench: Bench, turning: object = None) -> None:
        self._turning = turning
        self._long.cancel()
        self.set_trait("bench", bench)
        self._show()
        self._start()

    # -- what is shown at once

    def _show(self) -> None:
        bench, scenario = self.bench, self.bench.scenario
        own = [] if self._own is None else [["", f"Your own: {self._own.title}"]]
        self.shown = {
            "turn": self.shown.get("turn", 0),
            "problem": "",
            "code": bench.code,
            "above": list(bench.above),
            "deployment": bench.line.deployment,
            "deployments": [*own, *([name, each.title] for name, each in PRESETS.items())],
            "dials": [_dialled(bench, dial) for dial in bench.dials],
            "picture": structure(scenario),
            "strip": [vars(each) for each in expected(scenario)],
            "layers": _layers(scenario),
            "machines": [each.name for each in machines(scenario)],
            "components": [each.name for each in scenario.components],
            "undo": len(self._past),
            "redo": len(self._future),
            "views": list(VIEWS.items()),
        }
        self._look_at(self._selected)

    # -- the panel of what is selected

    def _look_at(self, selected: str) -> None:
        """Say what can be done to what is *selected*; which knobs it has, as soon as that is found out."""
        kind, _, name = selected.partition(":") if ":" in selected else ("component", "", selected)
        kind = "way" if " → " in selected else kind
        there = [each.name for each in self.bench.scenario.components]
        before, self._selected = self._selected, selected
        if kind in ("component", "machine") and name not in there:
            self._selected = ""
        if not self._selected or kind not in ("component", "machine"):
            self.panel = {"selected": self._selected}
            return
        panel = self._panel(name)
        known = self.panel.get("knobs") if before == selected and self.panel.get("name") == name else None
        self.panel = {**panel, "knobs": self._told(known, name) if known else known}
        bench = self.bench

        def work(check: Check) -> Iterator[list[Any]]:
            yield knobs(bench, name)

        def deliver(found: list[Any]) -> None:
            self.panel = {**self.panel, "knobs": [_turnable(knob) for knob in found]}

        self._looks.start(work, deliver, failed=self._failed)

    def _told(self, known: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
        """The knobs that are shown, as they stand now."""
        now = {knob.field: knob for knob in _all_knobs(self.bench, name)}
        return [_turnable(now[each["field"]]) for each in known if each["field"] in now]

    def _panel(self, name: str) -> dict[str, Any]:
        scenario = self.bench.scenario
        component = scenario[name]
        kills: list[Any] = [
            each
            for each in scenario.components
            if getattr(each, "target", "") == name and hasattr(each, "down")
        ]
        dead = bool(kills) and kills[-1].down < 0
        movable = component.placed and component.machine
        return {
            "selected": self._selected,
            "name": name,
            "kind": component.kind,
            "machine": component.machine if movable else "",
            "machines": [each.name for each in machines(scenario)] if movable else [],
            "remove": self._why_not("remove", name),
            "kill": (not dead and self._why_not("kill", name)) if provides(component, "process") else None,
            "dead": dead,
            "at": self._moment(),
            "back": round(kills[-1].at * 1.5, 1) if dead else 0,
        }

    def _moment(self) -> float:
        """When a fault happens, unless somebody says otherwise: after a third of a short run."""
        return float(figures(self.bench.seconds() / 3).replace(",", ""))

    def _why_not(self, verb: str, *values: Any) -> str:
        """Why an edit cannot be, in words; "" where it can."""
        try:
            getattr(self.bench.scenario, verb)(*values)
        except ScenarioError as error:
            return str(error)
        return ""

    # -- what a run comes to

    def _start(self) -> None:
        """Begin a short run of the bench as it stands; one of an older bench ends."""
        bench = self.bench

        def work(check: Check) -> Iterator[tuple[Run, dict[str, Any]]]:
            run = bench.run(progress=check)
            yield run, _came_to(bench, run)

        self._runs.start(work, lambda found: self._ran(bench, *found), failed=self._failed)

    def _ran(self, bench: Bench, run: Run, came_to: dict[str, Any] | None = None) -> None:
        """Show what *run* came to: its figures, and then, for that takes longer, the view of it."""
        self.run = run
        self.figures = {**(came_to or _came_to(bench, run)), "of": bench.code, "turn": self.shown["turn"]}
        soon(self._look_anew)

    def _drawn(self, run: Run) -> str:
        """The chosen view of *run*, as SVG, with what is selected marked in it."""
        view: Callable[..., Figure] = getattr(views, self._view)
        try:
            return view(run, selection=self._selection(), theme=self._theme).svg
        except ValueError as error:  # a view has its limits, and says so
            return f"<p>{escape(str(error))}</p>"

    def _selection(self) -> Selection | None:
        """What is selected, for the views: a component, a channel or a request."""
        kind, _, name = self._selected.partition(":") if ":" in self._selected else ("", "", self._selected)
        if kind == "channel":
            return Selection(channel=name.partition(":")[2])
        if kind == "request" and name.isdecimal():
            return Selection(request=int(name) or None)
        return Selection(component=name) if name and not kind and " → " not in name else None

    @alone
    def _look_anew(self) -> None:
        """Draw the view again: of another run, or another view, or with something else selected in it.

        Not while a newer change waits for its run, for the kernel answers nobody meanwhile.
        """
        if self.view and self.figures["of"] != self.bench.code:
            return
        self.view = {"name": self._view, "of": self.figures["of"], "svg": self._drawn(self.run)}

    @alone
    def run_long(self) -> None:
        """Run the bench many times, for figures with a confidence interval; *answer* says how far it is."""
        bench = self.bench
        self.answer = {"of": bench.code, "share": 0.0, "runs": 0, "figures": [], "words": "Running long …"}

        def work(check: Check) -> Iterator[Any]:
            yield from replications(bench, REPLICATIONS, check)

        def deliver(found: Any) -> None:
            runs = found[0].interval.size if found else self.answer["runs"] + 1
            self.answer = _answered(bench, runs, found)

        def told(share: float) -> None:
            self.answer = {**self.answer, "share": share}

        self._long.start(work, deliver, told, self._failed)

    @alone
    def stop(self) -> None:
        """End a long answer where it is."""
        self._long.cancel()
        words = self.answer.get("words", "")
        self.answer = {
            **self.answer,
            "share": 1.0,
            "words": f"Stopped. {words}".removesuffix("Running long …").strip(),
        }

    def _failed(self, error: Exception) -> None:
        """Any error is said in the page: nobody reads the kernel's log."""
        self.shown = {**self.shown, "problem": str(error) or repr(error)}

    # -- asked in the browser

    @alone
    def _asked(self, _widget: Any, content: dict[str, Any], _buffers: Any) -> None:
        """Somebody did something in the browser."""
        turn, do = content.get("turn", 0), content.get("do")
        known: dict[str, Callable[..., object]] = {
            "dial": self._ask_dial,
            "knob": self._ask_knob,
            "edit": self._ask_edit,
            "worker": self._ask_worker,
            "no worker": self._ask_no_worker,
            "choose": self.choose,
            "undo": self.undo,
            "redo": self.redo,
            "reset": self.reset,
            "select": self._ask_select,
            "view": self._ask_view,
            "theme": self._ask_theme,
            "keep": self.keep,
            "long": self.run_long,
            "stop": self.stop,
        }
        problem = ""
        with self.hold_sync():  # one message, not three
            try:
                known[str(do)](*content.get("with", ()))
            except Exception as error:
                problem = str(error) or repr(error)
            self.shown = {**self.shown, "turn": turn, "problem": problem}

    def _ask_dial(self, name: str, given: float | str) -> None:
        """A dial at a number, or with another law, by its name."""
        dial = next(each for each in self.bench.preset.dials if each.name == name)
        if not isinstance(given, (int, float, str)):
            raise ScenarioError(f"{dial.label}: a number of {dial.unit} is needed")
        self._go(self.bench.dialled(dial, given), None if isinstance(given, str) else ("turn", name))

    def _ask_knob(self, name: str, field: str, given: Any) -> None:
        """A knob at a number, or at what else it takes."""
        knob = next(each for each in _all_knobs(self.bench, name) if each.field == field)
        edit = knob.edit(knob.meant(given))
        turned = self.bench.edited(edit.verb, *edit.placed, **dict(edit.named))
        self._go(turned, None if isinstance(given, str) else ("change", name, field))

    def _ask_edit(self, verb: str, placed: list[Any], named: dict[str, Any]) -> None:
        self.edit(verb, *placed, **named)

    def _ask_worker(self, machine: str) -> None:
        """One more worker on *machine*: a process, or, of a WSGI server, one more of its own."""
        server = self._server_with_workers(machine)
        if kind_of(self.bench.scenario) == "none" and server:
            self.edit("change", server.name, workers=server.workers + 1)
        else:
            self.edit("add_worker", machine)

    def _ask_no_worker(self, machine: str) -> None:
        """One worker less on *machine*, the last."""
        server = self._server_with_workers(machine)
        there = [each for each in on(self.bench.scenario, machine) if each.role == "worker"]
        if there:
            self.edit("remove", there[-1].name)
        elif server and server.workers > 1:
            self.edit("change", server.name, workers=server.workers - 1)
        else:
            raise ScenarioError(f"lab: machine {machine!r} has no worker to take away")

    def _server_with_workers(self, machine: str) -> Any:
        there = [each for each in on(self.bench.scenario, machine) if hasattr(each, "workers")]
        return there[-1] if there else None

    def _ask_select(self, selected: str) -> None:
        if selected != self._selected:
            self._look_at(str(selected))
            soon(self._look_anew)  # the panel first

    def _ask_view(self, view: str) -> None:
        if view not in VIEWS:
            raise ScenarioError(f"lab: view {view!r}: it must be one of {', '.join(VIEWS)}")
        self._view = view
        self._look_anew()

    def _ask_theme(self, theme: str) -> None:
        if theme in ("light", "dark") and theme != self._theme:
            self._theme = theme
            soon(self._look_anew)

    # -- in a notebook

    def __repr__(self) -> str:
        return repr(self.bench)

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The widget; where it cannot be shown, the picture as it stands and the Python that rebuilds it."""
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        picture = self.figure
        return {**data, "text/plain": f"{self!r}\n{picture.words}", "image/svg+xml": picture.svg}, metadata

    def _ipython_display_(self, **options: Any) -> None:
        """Show it under an id, so that what the notebook stores of it can be brought up to date."""
        from IPython.display import display

        data, metadata = self._repr_mimebundle_(**options)
        self._displays.append(display(data, metadata=metadata, raw=True, display_id=True))  # type: ignore[no-untyped-call]
        self._kept = repr(self)

    @alone
    def keep(self) -> None:
        """Store the picture and the line as they stand in the notebook, for a page on which nothing runs.

        The browser asks for it when somebody who changed something has left the lab, because it is drawn anew then.
        """
        if self._kept == repr(self) or not self._displays:
            return
        from IPython.display import update_display

        data, metadata = self._repr_mimebundle_()
        self._kept = repr(self)
        for shown in self._displays:
            update_display(data, display_id=shown.display_id, metadata=metadata, raw=True)  # type: ignore[no-untyped-call]


def _dialled(bench: Bench, dial: Any) -> dict[str, Any]:
    """A dial, for the browser."""
    value, law = dial.shown(bench.given(dial)), bench.law(dial)
    return {
        "name": dial.name,
        "label": dial.label,
        "unit": dial.unit,
        "low": dial.low if value is None else min(dial.low, value),
        "high": dial.high if value is None else max(dial.high, value),
        "step": dial.step,
        "value": value,
        "written": [] if value is None else _written(bench, value),
        **({} if law is None else _laws(law)),
    }


def _laws(law: Any) -> dict[str, Any]:
    """What may be chosen in the place of *law*, and which it is, for the browser."""
    known = laws.of(law)
    options = [[name, each.words] for name, each in known.items()]
    now = type(law).__name__
    if now not in known or laws.number_of(law) is None:
        now, options = "", [["", f"as it is: {law}"], *options]
    return {"laws": options, "law": now}


def _written(bench: Bench, value: float) -> list[dict[str, Any]]:
    """Where in the clients' boxes a dial's *value* stands, so that the browser can write another there at once."""
    found = []
    for component in bench.scenario.components:
        for line in component.label if component.role == "client" else ():
            parts = re.split(rf"(?<![\d.]){re.escape(plain(value))}(?![\d.])", line)
            if len(parts) == 2:
                found.append({"component": component.name, "line": line, "parts": parts})
    return found


def _all_knobs(bench: Bench, name: str) -> list[Any]:
    return knobs_of(bench.scenario[name])


def _turnable(knob: Any) -> dict[str, Any]:
    """A knob of any kind, for the browser."""
    told = {name: each for name, each in vars(knob).items() if name != "values"}
    told["label"] = knob.field.replace("_", " ")
    if hasattr(knob, "step"):
        told |= {"step": knob.step, "value": None if math.isnan(knob.value) else knob.value}
    return told | (_laws(knob.law) if hasattr(knob, "law") else {})


def _layers(scenario: Any) -> list[dict[str, str | bool]]:
    """The kinds of layer to choose from, and why one cannot be."""
    now = kind_of(scenario)
    if now == "none":
        return []
    return [
        {"kind": kind, "words": words, "chosen": kind == now, "why_not": why_not(scenario, kind)}
        for kind, words in KINDS.items()
    ]


def _came_to(bench: Bench, run: Run) -> dict[str, Any]:
    """The numbers of a run of *bench*, for the browser."""
    summary = run.summary()
    told = [
        *((name, f"{figures(1000 * summary[name])} ms", False) for name in ("p50", "p95", "p99")),
        ("served", f"{summary['served']:,} of {summary['requests']:,}", False),
        *((cause, f"{count:,} failed", True) for cause, count in summary["failed"].items()),
        *((f"lost: {cause}", f"{count:,} messages", True) for cause, count in summary["lost"].items()),
        ("throughput", f"{figures(summary['throughput'])} /s", False),
    ]
    return {
        "numbers": [{"label": label, "value": value, "bad": bad} for label, value, bad in told],
        "busy": {lane: round(share, 4) for lane, share in utilisations(run.trace).items()},
        "flows": flows(bench.scenario, rates(run)),
        "seconds": run.trace.end,
        "summary": bench.says(summary),
    }


def _answered(bench: Bench, runs: int, found: Any) -> dict[str, Any]:
    """What *runs* of the long answer came to so far, for the browser."""
    done = runs >= REPLICATIONS
    told = [
        f"{each.label} {figures(1000 * each.interval.mean)} ± {figures(1000 * each.interval.half_width)} ms"
        for each in found
    ]
    said = ", ".join(told) or "no answers"
    return {
        "of": bench.code,
        "share": 1.0 if done else runs / REPLICATIONS,
        "runs": runs,
        "figures": told,
        "words": f"{runs} runs of {plain(bench.seconds())} s, 95 % intervals: {said}.",
    }


def lab(deployment: str | Scenario = "slide16", *, seed: int = 1, **arguments: Any) -> Lab:
    """A picture of *deployment*, to be changed by hand, and what a run of it comes to.

    *deployment*: the name of one of :data:`chansim.bench.PRESETS`, with *arguments* as that function of
    :mod:`chansim.deployments` takes them; a whole line, as text, as "copy as code" gives it:
    ``lab('deployments.slide16(rate=80.0).add_worker("server")')``; or any Scenario. Raises ScenarioError, in words,
    for what cannot be.
    """
    return Lab(Bench.of(deployment, seed=seed, **arguments))

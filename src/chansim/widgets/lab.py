"""Lab: a deployment on the bench, with knobs to turn.

What may live here: how a :class:`~chansim.bench.Bench` and the browser tell each other what has changed. What
is shown is the business of the bench, how it looks in the page of ``static/lab.js`` and ``static/lab.css``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from chansim.bench import PRESETS, Bench, Knob, preset

STATIC = Path(__file__).parent / "static"


def _setting(name: str) -> property:
    """A value of the bench, to read and to set."""
    return property(lambda lab: getattr(lab.bench, name), lambda lab, value: lab.turn(**{name: value}))


class Lab(anywidget.AnyWidget):
    """The widget that :func:`lab` makes. *bench*, a trait, says how it stands; *figure* is the picture shown.

    ``lab.rate = 80`` or ``lab.turn(rate=80, workers=4)`` turns it as the mouse does; what cannot be raises
    ScenarioError and leaves all as it was.

    Two more traits go between Python and the browser, each written by one side only: *wanted*, what somebody
    turned there, and *shown*, all that is drawn there. ipywidgets has one *wanted* under way at a time and
    keeps only the newest of those that wait, so a newer change overtakes the older ones.
    """

    _esm = STATIC / "lab.js"
    _css = STATIC / "lab.css"

    bench = traitlets.Instance(Bench, read_only=True)
    wanted = traitlets.Dict().tag(sync=True)
    shown = traitlets.Dict().tag(sync=True)

    deployment = _setting("deployment")
    rate = _setting("rate")
    service = _setting("service")
    workers = _setting("workers")
    seed = _setting("seed")

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._left: dict[tuple[Knob, ...], Bench] = {}
        self._show(bench)

    def turn(self, deployment: str | None = None, **knobs: Any) -> None:
        """Change *deployment*, *rate*, *service* (in seconds), *workers* or *seed*, and look again."""
        bench = self.bench if deployment is None else self._moved(self.bench, deployment)
        self._show(bench.with_(**knobs))

    def _moved(self, bench: Bench, deployment: str) -> Bench:
        """*bench* on another deployment. Where that has other knobs, they stand where they were left."""
        knobs = preset(deployment).knobs
        if knobs == bench.knobs:
            return bench.with_(deployment=deployment)
        there = self._left.get(knobs) or Bench.of(deployment)
        return there.with_(deployment=deployment, workers=bench.workers, seed=bench.seed)

    def _show(self, bench: Bench, turn: int = 0) -> None:
        """Draw first: where that fails, nothing has changed."""
        if not self.shown or bench != self.bench:
            self.figure, summary = bench.look()
            self.set_trait("bench", bench)
            self._left[bench.knobs] = bench
        else:
            summary = self.shown["summary"]
        self.shown = {
            "turn": turn or self.wanted.get("turn", 0),
            "problem": "",
            "deployment": bench.deployment,
            "deployments": [[name, each.title] for name, each in PRESETS.items()],
            "knobs": [_told(knob, getattr(bench, knob.name)) for knob in bench.knobs],
            "svg": self.figure.svg,
            "summary": summary,
            "code": repr(self),
        }

    @traitlets.observe("wanted")
    def _turned(self, change: Any) -> None:
        """Somebody turned something in the browser. Any error is said there: nobody reads the kernel's log.

        *values* are in the knobs' units, and of the deployment *of*, which was shown at the time.
        """
        wanted = change["new"]
        try:
            knobs = {knob.name: knob for knob in preset(wanted["of"]).knobs}
            values = {name: knobs[name].meant(number) for name, number in wanted["values"].items()}
            bench = self._moved(self.bench, wanted["of"]).with_(**values)
            self._left[bench.knobs] = bench
            self._show(self._moved(bench, wanted["deployment"]))
        except Exception as error:
            self.shown = {**self.shown, "turn": wanted["turn"], "problem": str(error) or repr(error)}

    def __repr__(self) -> str:
        return self.bench.code

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The widget; where it cannot be shown, the picture as it stands and the Python that rebuilds it."""
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return {**data, "text/plain": repr(self), "image/svg+xml": self.figure.svg}, metadata


def _told(knob: Knob, value: float) -> dict[str, Any]:
    """A knob, for the browser."""
    return {
        "name": knob.name,
        "label": knob.label,
        "unit": knob.unit,
        "low": knob.low,
        "high": knob.high,
        "step": knob.step,
        "value": knob.shown(value),
    }


def lab(
    deployment: str = "slide16",
    *,
    rate: float | None = None,
    service: float | None = None,
    workers: int | None = None,
    seed: int = 1,
) -> Lab:
    """A picture of *deployment* ("slide07", "slide16" or "slide24") and of its answers, with knobs to turn.

    *rate*: requests a second; in the chat of slide 24, lines a second of each member. *service*: seconds that
    a view or a consumer waits. *workers*: how many. What is left out stands where the deployment starts.
    Raises ScenarioError, in words, for what the knobs do not reach.
    """
    return Lab(Bench.of(deployment, rate=rate, service=service, workers=workers, seed=seed))

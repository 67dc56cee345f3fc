"""Bench: a deployment with its knobs, and the one picture that a short run of it gives.

What may live here: which knobs each deployment has, how far they turn, and what is shown of the run. Nothing
here knows a widget or a browser: :mod:`chansim.widgets` shows the picture that :func:`lab_picture` gives.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from chansim import deployments
from chansim.engine import simulate
from chansim.figure import Figure
from chansim.scenario import Scenario, ScenarioError
from chansim.summary import figures
from chansim.theory import MMc
from chansim.views.ecdf import ecdf
from chansim.views.topology import topology

if TYPE_CHECKING:
    from chansim.run import Run

ANSWERS = 2000
"""How many answers a run is long enough for, about: a picture then takes some tenths of a second."""

MEMBERS = 10  #: of the chat's room
WIDTH = 740.0  #: of the picture, in pixels
UNDER = 600.0  #: of the chart in it: its letters are then as large as the topology's


@dataclass(frozen=True)
class Knob:
    """A number to turn: from *low* to *high*, by *step*, all in its *unit*.

    *start* is the deployment's own value, *scale* times which is what the knob says: 1000 for ms.
    """

    name: str
    label: str
    unit: str
    low: float
    high: float
    step: float
    start: float
    scale: int = 1

    def shown(self, value: float) -> float:
        """What the knob says for a *value* of the deployment's."""
        return round(value * self.scale, 9)

    def meant(self, number: float) -> float:
        """The deployment's value where the knob says *number*."""
        return number / self.scale if self.scale != 1 else number

    def legal(self, value: object) -> float:
        """*value*, if the knob turns that far. Raises ScenarioError, in words, where it does not."""
        whole = isinstance(self.start, int)
        number = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
        if number and self.low <= self.shown(value) <= self.high:  # type: ignore[arg-type]
            return value if whole else float(value)  # type: ignore[arg-type, return-value]
        said = f" ({self.shown(value):g} {self.unit})" if number and self.scale != 1 else ""  # type: ignore[arg-type]
        words = "a whole number" if whole else "a number of seconds" if self.scale != 1 else "a number"
        reach = f"from {self.low:g} to {self.high:g} {self.unit}"
        raise ScenarioError(f"lab: {self.name}={value!r}{said}: it must be {words}, {reach}")


_WORKERS = Knob("workers", "Workers", "workers", 1, 16, 1, 3)
_SITE = (
    Knob("rate", "Arrival rate", "requests a second", 1, 200, 1, 50.0),
    Knob("service", "Service time", "ms", 1, 200, 1, 0.05, 1000),
    _WORKERS,
)
_CHAT = (
    Knob("rate", "Arrival rate", "lines a second of each member", 0.1, 10, 0.1, 1.0),
    Knob("service", "Service time", "ms", 1, 50, 1, 0.005, 1000),
    _WORKERS,
)


@dataclass(frozen=True)
class Preset:
    """A deployment to choose: what it is called, its *knobs*, and what its clients send."""

    title: str
    make: Callable[..., Scenario]
    knobs: tuple[Knob, ...]
    asks: str


PRESETS = {
    "slide07": Preset("Slide 7: a WSGI server", deployments.slide07, _SITE, "requests"),
    "slide16": Preset("Slide 16: Channels", deployments.slide16, _SITE, "requests"),
    "slide24": Preset(f"Slide 24: the chat, {MEMBERS} members", deployments.slide24, _CHAT, "lines"),
}


class Look(NamedTuple):
    """What is seen of a bench: the topology over the ECDF of the answers, and a *summary* in words."""

    figure: Figure
    summary: str


def preset(deployment: object) -> Preset:
    """What is known of a *deployment*. Raises ScenarioError for one that is none."""
    if isinstance(deployment, str) and deployment in PRESETS:
        return PRESETS[deployment]
    names = ", ".join(map(repr, PRESETS))
    raise ScenarioError(f"lab: deployment={deployment!r}: it must be one of {names}")


@dataclass(frozen=True)
class Bench:
    """A *deployment* of :data:`PRESETS` and where its knobs stand; *service* is in seconds.

    Raises ScenarioError, in words, for what cannot be.
    """

    deployment: str
    rate: float
    service: float
    workers: int
    seed: int = 1

    def __post_init__(self) -> None:
        for knob in preset(self.deployment).knobs:
            object.__setattr__(self, knob.name, knob.legal(getattr(self, knob.name)))
        if isinstance(self.seed, bool) or not isinstance(self.seed, int):
            raise ScenarioError(f"lab: seed={self.seed!r}: it must be a whole number")

    @classmethod
    def of(cls, deployment: str, *, seed: int = 1, **knobs: float | None) -> Bench:
        """The bench of that deployment. Knobs that are None stand where they start."""
        starts = {knob.name: knob.start for knob in preset(deployment).knobs}
        given = {name: value for name, value in knobs.items() if value is not None}
        return cls(deployment, **{**starts, **given}, seed=seed)  # type: ignore[arg-type]

    @property
    def preset(self) -> Preset:
        """What is known of the deployment."""
        return preset(self.deployment)

    @property
    def knobs(self) -> tuple[Knob, ...]:
        """The deployment's knobs."""
        return self.preset.knobs

    @property
    def code(self) -> str:
        """The Python that builds the lab as it stands."""
        values = [f"{each.name}={getattr(self, each.name)!r}" for each in fields(self)[1:]]
        return f'lab("{self.deployment}", {", ".join(values)})'

    def with_(self, **changes: Any) -> Bench:
        """A copy with other values."""
        return replace(self, **changes)

    def scenario(self) -> Scenario:
        """The deployment, for as many seconds as give some :data:`ANSWERS` answers."""
        knobs = {knob.name: getattr(self, knob.name) for knob in self.knobs}
        if self.deployment != "slide24":
            return self.preset.make(**knobs, seconds=round(ANSWERS / self.rate, 1))
        lines = 2 * ANSWERS / MEMBERS  # for the answers to one line, one to each member, are much alike
        talk = lines / MEMBERS / self.rate
        connect = 1.5  # half a second in which all do, and one more until anyone may speak
        return self.preset.make(**knobs, members=MEMBERS, seconds=round(connect + talk, 1))

    def queue(self) -> MMc:
        """The workers' queue, for the closed forms. A line costs more, the more members it goes to."""
        if self.deployment != "slide24":
            return MMc(self.rate, self.service, self.workers)
        per_line = self.service + MEMBERS * self.scenario()["site"].per_member
        return MMc(MEMBERS * self.rate, per_line, self.workers)

    def look(self) -> Look:
        """Run it once. The same bench looks the same every time."""
        run = simulate(self.scenario(), seed=self.seed)
        summary = self.says(run)
        parts = topology(run.scenario, run), ecdf(run)
        words = " ".join([summary, *(part.words for part in parts)])
        return Look(Figure(_stacked(parts, self.preset.title, words), words), summary)

    def says(self, run: Run) -> str:
        """The numbers of *run*, and what the closed form says, in a few sentences."""
        summary = run.summary()
        failed = ", ".join(f"{count:,} failed ({cause})" for cause, count in summary["failed"].items())
        ends = [f"{summary['served']:,} served", failed, f"{summary['waiting']:,} still waiting"]
        times = ", ".join(f"{name} {figures(1000 * summary[name])} ms" for name in ("p50", "p95", "p99"))
        return (
            f"{summary['requests']:,} {self.preset.asks} in {summary['seconds']:g} s: "
            f"{', '.join(filter(None, ends))}. Answers: {times}. "
            f"Workers busy {summary['utilisation']:.0%}. {self.foretells()}"
        )

    def foretells(self) -> str:
        """What the closed form says of the load: the utilisation ρ, and whether the queue settles."""
        queue = self.queue()
        workers = f"{self.workers} worker{'s' if self.workers > 1 else ''}"
        load = f"{queue.rate:g} a second × {1000 * queue.service:g} ms / {workers} = {queue.utilisation:.2f}"
        if queue.stable:
            return f"Expected load ρ = {load}: stable."
        return f"Expected load ρ = {load}: unstable, more work comes than the workers can do."


def lab_picture(
    deployment: str = "slide16",
    *,
    rate: float | None = None,
    service: float | None = None,
    workers: int | None = None,
    seed: int = 1,
) -> Figure:
    """The picture that ``chansim.widgets.lab`` shows for the same arguments, without a widget."""
    return Bench.of(deployment, rate=rate, service=service, workers=workers, seed=seed).look().figure


def _stacked(pictures: Sequence[Figure], title: str, words: str) -> str:
    """One SVG of several, one under the other: the first as wide as it, the others less, in the middle."""
    parts: list[str] = []
    y = 0.0
    for picture in pictures:
        wide = WIDTH if not parts else UNDER
        head, body = re.match(r"(<svg[^>]*>)(.*)", picture.svg, re.DOTALL).groups()  # type: ignore[union-attr]
        width, height = map(float, re.search(r'viewBox="0 0 (\S+) (\S+)"', head).groups())  # type: ignore[union-attr]
        head = re.sub(r' (role|aria-label|width|height|version)="[^"]*"', "", head)
        tall = round(height * wide / width, 1)
        place = f'x="{(WIDTH - wide) / 2:g}" y="{y:g}" width="{wide:g}" height="{tall:g}"'
        parts.append(head.replace("<svg", f"<svg {place}", 1) + body)
        y += tall
    size = f'width="{WIDTH:g}" height="{y:g}" viewBox="0 0 {WIDTH:g} {y:g}"'
    frame = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label={quoteattr(words)}>'
    paper = f'<rect width="{WIDTH:g}" height="{y:g}" fill="#fff"/>'
    return "\n".join([f"{frame}<title>{escape(title)}</title>{paper}", *parts, "</svg>"])

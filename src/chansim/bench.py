"""Bench: a deployment on the bench, as one line of Python, and what a short run of it shows.

What may live here: which deployments can be chosen and what of their clients can be turned, the state of a
bench, and the figures and pictures that a run of it gives. Nothing here knows a widget or a browser:
:mod:`chansim.widgets` shows the picture that :func:`lab_picture` gives.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from chansim import deployments, expected
from chansim.editing import kind_of, laws
from chansim.editing import knobs as turning
from chansim.editing.finding import link_to, provides
from chansim.editing.line import Edit, Line, is_plain, read
from chansim.engine import simulate
from chansim.figure import Figure
from chansim.measures.confidence import Interval, interval
from chansim.quantities import plain
from chansim.scenario import Scenario, ScenarioError
from chansim.summary import figures
from chansim.views.checked import told
from chansim.views.ecdf import ecdf
from chansim.views.topology import topology

if TYPE_CHECKING:
    from chansim.run import Run
    from chansim.summary import Summary

REQUESTS = 5000
"""How many requests a short run is long enough for, about; of lines, as many answers."""

WIDTH = 740.0  #: of the picture, in pixels
UNDER = 600.0  #: of the chart in it: its letters are then as large as the topology's


@dataclass(frozen=True)
class Dial:
    """An argument of a deployment to turn: from *low* to *high*, by *step*, all in its *unit*.

    *scale* times the argument is what the dial says: 1000 for ms. *law*: the argument that takes a law in place of
    the number, where the deployment has it; itself, or another.
    """

    name: str
    label: str
    unit: str
    low: float
    high: float
    step: float
    scale: int = 1
    law: str = ""

    def shown(self, value: Any) -> float | None:
        """What the dial says for a *value* of the deployment's, be it a law; None for one without a number."""
        number = value if isinstance(value, (int, float)) else laws.number_of(value)
        return None if number is None else round(number * self.scale, 9)

    def meant(self, number: float, start: object) -> float:
        """The deployment's value where the dial says *number*; whole where *start* is."""
        if isinstance(start, int):
            return int(number) if number == int(number) else number
        return number / self.scale if self.scale != 1 else float(number)


def _rate(unit: str, high: float = 200.0, step: float = 1.0) -> Dial:
    return Dial("rate", "Arrival rate", unit, step, high, step, law="arrivals")


def _members(high: int, label: str = "Members", name: str = "members") -> Dial:
    return Dial(name, label, label.lower(), 1, high, 1)


_REQUESTS = _rate("requests a second")
_LINES = _rate("lines a second of each member", 10.0, 0.1)
_SERVICE = Dial("service", "Service time", "ms", 1, 200, 1, 1000, "service")
_SHORT = Dial("service", "Service time", "ms", 1, 50, 1, 1000, "service")
_SITE = (_REQUESTS, _SERVICE)
_CHAT = (_members(200), _LINES, _SHORT)


@dataclass(frozen=True)
class Preset:
    """A deployment to choose: what it is called, what of its clients is turned, and what they send."""

    title: str
    dials: tuple[Dial, ...]
    asks: str = "requests"


PRESETS = {
    "slide06": Preset("Slide 6: one application", (_rate("requests a second", 40.0), _SERVICE)),
    "slide07": Preset("Slide 7: a WSGI server", _SITE),
    "slide08": Preset("Slide 8: HTTP/2", (_rate("visits a second", 10, 0.1), _SHORT)),
    "slide10": Preset(
        "Slide 10: WebSockets",
        (_members(2000), Dial("rate", "Events", "a second for each member", 0.01, 1, 0.01)),
        "events",
    ),
    "slide14": Preset(
        "Slide 14: long polls", (*_SITE, Dial("polls", "Long polls", "held open at a time", 0, 20, 1))
    ),
    "slide16": Preset("Slide 16: Channels", _SITE),
    "slide24": Preset("Slide 24: the chat", _CHAT, "lines"),
    "slide27": Preset(
        "Slide 27: the chat, and Slack",
        (*_CHAT, Dial("slack_rate", "From Slack", "messages a second", 0.1, 10, 0.1)),
        "lines",
    ),
    "slide29": Preset("Slide 29: several machines, one layer", _SITE),
    "slide30_isolated": Preset("Slide 30: a layer on each machine", _CHAT, "lines"),
    "slide30_sharded": Preset("Slide 30: one layer over several hosts", _SITE),
    "slide31": Preset("Slide 31: RedisLocal", _SITE),
    "slide32": Preset(
        "Slide 32: many protocols",
        (*_CHAT, Dial("datagrams", "Datagrams", "a second", 0.1, 20, 0.1)),
        "lines and messages",
    ),
    "docs_small_site": Preset("A small site, as the documentation has it", (*_SITE, _members(200))),
    "daphne_no_workers": Preset("Daphne without workers", (_rate("requests a second", 20.0, 0.1),)),
    "overload": Preset(
        "Slide 16, on a bad day",
        (
            *_SITE,
            Dial("capacity", "Capacity", "messages a channel", 1, 1000, 1),
            Dial("patience", "Clients hang up", "seconds later", 0, 30, 0.5),
            Dial("expiry", "Messages expire", "seconds later", 0.5, 60, 0.5),
        ),
    ),
    "daphne_beside_wsgi": Preset("Daphne beside a WSGI server", (*_SITE, _members(200))),
}
"""What can be chosen, in the order of the talk."""


class Look(NamedTuple):
    """What is seen of a bench: the topology over the ECDF of the answers, and a *summary* in words."""

    figure: Figure
    summary: str


def preset(deployment: object) -> Preset:
    """What is known of a *deployment*. Raises ScenarioError for one that is none."""
    if isinstance(deployment, str) and deployment in PRESETS:
        return PRESETS[deployment]
    names = ", ".join(map(repr, PRESETS))
    hint = "; a deployment is a function: call it, slide16()" if callable(deployment) else ""
    hint = "; of a run it is run.scenario" if hasattr(deployment, "trace") else hint
    raise ScenarioError(
        f"lab: deployment={told(deployment)}: it must be one of {names}, or a Scenario of your own{hint}"
    )


def _of_own(scenario: Scenario) -> Preset:
    """What can be known of a scenario that somebody made by hand: clients who hold sockets send lines."""
    lines = any(link_to(each, "sockets") for each in scenario.components if each.role == "client")
    return Preset(scenario.title, (), "lines" if lines else "requests")


@dataclass(frozen=True)
class Bench:
    """A deployment and all that was done to it, a *line*, and the *seed* of its runs.

    Raises ScenarioError, in words, for what cannot be.
    """

    line: Line
    seed: int = 1

    def __post_init__(self) -> None:
        if isinstance(self.seed, bool) or not isinstance(self.seed, int):
            raise ScenarioError(f"lab: seed={self.seed!r}: it must be a whole number")
        _ = self.scenario

    @classmethod
    def of(cls, deployment: object = "slide16", *, seed: int = 1, **arguments: Any) -> Bench:
        """The bench of a deployment by name, with *arguments* for it; of a whole line of Python, as text; or of any
        Scenario.

        Arguments that are None are left to the deployment.
        """
        given = {name: value for name, value in arguments.items() if value is not None}
        if isinstance(deployment, Scenario):
            for name, value in given.items():
                raise ScenarioError(
                    f"lab: {name}={value!r}: a deployment by name takes arguments; a Scenario is as it is: "
                    "change it with its own change(...)"
                )
            return cls(Line("", own=deployment), seed)
        if isinstance(deployment, str) and "(" in deployment:
            line = read(deployment)
            preset(line.deployment)
            return cls(line.turned(given), seed)
        preset(deployment)
        for name, value in given.items():
            if not is_plain(value):
                raise ScenarioError(
                    f"lab: {name}={value!r}: only plain values, numbers say, can be turned and copied as code"
                )
        return cls(Line(str(deployment)).turned(given), seed)

    @cached_property
    def scenario(self) -> Scenario:
        """What the line builds."""
        edited = self.line.own or _built(self.line.deployment, self.line.arguments)
        for edit in self.line.edits:
            edited = edit.apply(edited)
        return edited

    @property
    def preset(self) -> Preset:
        """What is known of the deployment."""
        return preset(self.line.deployment) if self.line.own is None else _of_own(self.line.own)

    @property
    def code(self) -> str:
        """The Python that builds the scenario."""
        return str(self.line)

    @property
    def above(self) -> tuple[str, ...]:
        """The lines that must stand above :attr:`code`, beside ``from chansim import deployments``."""
        return self.line.above

    def __repr__(self) -> str:
        seed = f", seed={self.seed}"
        if self.line.own is not None:
            return f"lab({self.code}{seed})"
        if self.line.edits:
            return f"lab({self.code!r}{seed})"
        if any(not isinstance(value, (bool, int, float, str, tuple)) for _, value in self.line.arguments):
            return f"lab({self.code!r}{seed})"  # a law has no name of its own in a cell
        values = "".join(f", {name}={value!r}" for name, value in self.line.arguments)
        return f'lab("{self.line.deployment}"{values}{seed})'

    # -- turned

    def value(self, name: str) -> Any:
        """An argument of the deployment: as given, or as the deployment has it."""
        return {**_defaults(self.line.deployment), **dict(self.line.arguments)}[name]

    @property
    def dials(self) -> tuple[Dial, ...]:
        """The dials that have an effect: not those of what was edited by itself since."""
        if not self.line.edits:
            return self.preset.dials
        return tuple(dial for dial in self.preset.dials if self._matters(dial))

    def _matters(self, dial: Dial) -> bool:
        other = dial.high if dial.shown(self.given(dial)) != dial.high else dial.low
        try:
            return self.dialled(dial, other).scenario != self.scenario
        except ScenarioError:  # what was edited does not go with it
            return True

    def given(self, dial: Dial) -> Any:
        """Where a *dial* stands: the number, or the law, that the deployment is given."""
        law = dict(self.line.arguments).get(dial.law)
        return self.value(dial.name) if law is None else law

    def law(self, dial: Dial) -> Any:
        """The law that a *dial* turns, as it is in the scenario; None for one that turns a number only."""
        if not dial.law or dial.law not in _defaults(self.line.deployment):
            return None
        field = {"service": "io"}.get(dial.law, dial.law)
        built = _built(self.line.deployment, self.line.arguments)
        return next((getattr(each, field) for each in built.components if hasattr(each, field)), None)

    def dialled(self, dial: Dial, number: float | str) -> Bench:
        """With a *dial* at a *number*, in its unit; or with another law, by its name in :mod:`chansim.editing.laws`."""
        now = self.given(dial)
        if isinstance(number, str):
            law = self.law(dial)
            if law is None or number not in laws.of(law):
                raise ScenarioError(f"{dial.label}: law={number!r}: there is no such law")
            changed = {dial.law: laws.chosen(law, number)}
            line = self.line if dial.law == dial.name else self.line.without(dial.name)
            return Bench(line.turned(changed), self.seed)
        if isinstance(now, (int, float)):
            return self.turned(**{dial.name: dial.meant(number, now)})
        if laws.number_of(now) is None:
            raise ScenarioError(f"{dial.label}: {now} has no such number; choose another law first")
        return self.turned(**{dial.law: laws.turned(now, dial.meant(number, 0.5))})

    def turned(self, **values: Any) -> Bench:
        """With other arguments of the deployment, or another *seed*; what was edited is done again."""
        seed = values.pop("seed", self.seed)
        return Bench(self.line.turned(values) if values else self.line, seed)

    def edited(self, verb: str, *placed: Any, **named: Any) -> Bench:
        """With one more edit: a verb of :mod:`chansim.editing`, or "change"."""
        edit = Edit.of(verb, *placed, **named)
        edit.apply(self.scenario)  # alone, so that what is wrong is said of it
        return replace(self, line=self.line.edited(edit))

    def reset(self) -> Bench:
        """As the deployment is, without anything that was done."""
        return replace(self, line=self.line.untouched())

    # -- for how long

    def seconds(self) -> float:
        """How long a run takes to see about :data:`REQUESTS` requests, or answers to lines; and all faults.

        Where nobody can say how many will come: as long as the scenario says.
        """
        rate = expected.offered(self.scenario)
        members = max((getattr(each, "members", 1) for each in self.scenario.components), default=1)
        if math.isnan(rate) or rate <= 0:
            seconds = self.scenario.seconds or 60.0
        elif (
            self.preset.asks == "lines"
        ):  # the answers to one line are much alike, so there are twice as many
            seconds = 1.5 + 2 * REQUESTS / members / rate  # the clients need 1.5 s to connect and to settle
        else:
            seconds = REQUESTS / rate
        for fault in (each for each in self.scenario.components if hasattr(each, "at")):
            seconds = max(
                seconds,
                1.5 * (fault.at + max(0.0, getattr(fault, "seconds", 0.0), getattr(fault, "down", 0.0))),
            )
        return min(600.0, float(figures(seconds).replace(",", "")))

    def run(self, seed: int | None = None, progress: Callable[[float], object] | bool = False) -> Run:
        """A short run. The same bench runs the same every time. *progress* may raise, which ends it."""
        return simulate(self.scenario, self.seed if seed is None else seed, self.seconds(), progress=progress)

    def look(self) -> Look:
        """Run it once, and look. The same bench looks the same every time."""
        return self.seen(self.run())

    def seen(self, run: Run) -> Look:
        """What is seen of *run*."""
        summary = self.says(run.summary())
        parts = topology(run.scenario, run), ecdf(run)
        words = " ".join([summary, *(part.words for part in parts)])
        return Look(Figure(_stacked(parts, self.preset.title, words), words), summary)

    # -- in words

    def says(self, summary: Summary) -> str:
        """The numbers of a run's *summary*, and what the closed form says, in a few sentences."""
        failed = ", ".join(f"{count:,} failed ({cause})" for cause, count in summary["failed"].items())
        ends = [f"{summary['served']:,} served", failed, f"{summary['waiting']:,} still waiting"]
        times = ", ".join(f"{name} {figures(1000 * summary[name])} ms" for name in ("p50", "p95", "p99"))
        return (
            f"{summary['requests']:,} {self.preset.asks} in {plain(summary['seconds'])} s: "
            f"{', '.join(filter(None, ends))}. Answers: {times}. "
            f"Workers busy {summary['utilisation']:.0%}. {self.foretells()}"
        )

    def foretells(self) -> str:
        """What closed forms say of the load, and whether the queue settles."""
        return " ".join(figure.words for figure in expected.expected(self.scenario))


class Answer(NamedTuple):
    """What several long runs came to: the interval of a *label*'s value, in seconds or per second."""

    label: str
    interval: Interval


def replications(
    bench: Bench, times: int = 10, progress: Callable[[float], object] | None = None
) -> Iterator[list[Answer]]:
    """Run *bench* *times* over, with seeds of their own; after each, from the second on, the intervals so far.

    *progress* is told the share that is done, from 0 to 1, and may raise, which ends it.
    """
    measured: list[Any] = []
    for number in range(times):

        def part(share: float, number: int = number) -> None:
            if progress is not None:
                progress((number + share) / times)

        summary = bench.run(bench.seed + number, part).summary()
        measured.append(summary)
        if number:
            yield [
                Answer(label, interval([each[key] for each in measured]))
                for key, label in (("mean", "mean"), ("p50", "p50"), ("p99", "p99"))
                if not any(math.isnan(each[key]) for each in measured)
            ]


@lru_cache(maxsize=512)
def _built(deployment: str, arguments: tuple[tuple[str, Any], ...]) -> Scenario:
    function = getattr(deployments, deployment)
    legal = inspect.signature(function).parameters
    for name, value in arguments:
        if name not in legal:
            there = ", ".join(each for each in legal)
            raise ScenarioError(f"lab: {name}={value!r}: {deployment} has no such argument; it has {there}")
    scenario: Scenario = function(**dict(arguments))
    return scenario


def _defaults(deployment: str) -> dict[str, Any]:
    parameters = inspect.signature(getattr(deployments, deployment)).parameters
    return {each.name: each.default for each in parameters.values()}


# -- which knobs matter


_EFFECTS: dict[object, bool] = {}


def has_effect(bench: Bench, knob: turning.Knob) -> bool:
    """Whether turning *knob* changes what happens in this deployment: found out, once, by short trial runs.

    A trial under strain is among them, for an expiry matters only when something waits.
    """
    component, line = bench.scenario[knob.component], bench.line
    start = line.deployment or (*line.above, str(line.untouched()))
    choices = [
        getattr(component, each.field) for each in turning.knobs_of(component) if not hasattr(each, "low")
    ]
    key = (
        start,
        kind_of(bench.scenario),
        *(getattr(each, "era", "") for each in bench.scenario.components if provides(each, "layer")),
        len(bench.scenario.components),
        type(component).__name__,
        *choices,
        knob.field,
    )
    if key not in _EFFECTS:
        _EFFECTS[key] = _found_out(bench.scenario, knob)
    return _EFFECTS[key]


def _found_out(scenario: Scenario, knob: turning.Knob) -> bool:
    rate = expected.offered(scenario)
    seconds = 6.0 if math.isnan(rate) or rate <= 0 else max(3.0, min(6.0, 300 / rate))
    for known in (turning.strained(scenario), scenario):
        before = simulate(known, 1, seconds).trace.digest()
        for trial in turning.trials(known, knob):
            if simulate(trial, 1, seconds).trace.digest() != before:
                return True
    return False


def knobs(bench: Bench, name: str) -> list[Any]:
    """The knobs of the component *name* that have an effect in this deployment.

    What a dial of the deployment turns already is left out: the service time, if it is the application's.
    """
    component = bench.scenario[name]
    doubled = {field for dial in bench.dials for field in _turned_by(bench, dial, component)}
    return [
        knob for knob in turning.knobs_of(component) if knob.field not in doubled and has_effect(bench, knob)
    ]


def _turned_by(bench: Bench, dial: Dial, component: Any) -> Iterator[str]:
    """The fields of *component* that a *dial* turns."""
    other = dial.high if dial.shown(bench.given(dial)) != dial.high else dial.low
    try:
        turned = bench.dialled(dial, other).scenario[component.name]
    except (ScenarioError, KeyError):
        return
    for each in component.__dataclass_fields__:
        if getattr(turned, each) != getattr(component, each):
            yield each


def lab_picture(deployment: str | Scenario = "slide16", *, seed: int = 1, **arguments: Any) -> Figure:
    """The picture that ``chansim.widgets.lab`` shows for the same arguments, without a widget."""
    return Bench.of(deployment, seed=seed, **arguments).look().figure


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

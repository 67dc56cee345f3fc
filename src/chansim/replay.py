"""Replay: what an executed run's clients asked for, and when, fed to the simulator.

What may live here: reading arrivals and service times out of a trace, and the
simulated world that takes them from there instead of drawing them. Two
independent samples of a few hundred requests differ by a third from sheer
chance; a replay has the very same requests, so what is left is the model's.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from statistics import median

from chansim.channels.cost import Costs
from chansim.engine import Environment
from chansim.engine import World as SimulatedWorld
from chansim.measures.latency import OPENERS
from chansim.measures.rows import codes, is_plain, rows
from chansim.measures.visits import visits
from chansim.model.application import Application
from chansim.model.arrivals import Recorded
from chansim.model.component import Component
from chansim.model.network import Link, Network
from chansim.run import Run
from chansim.scenario import Scenario, ScenarioError
from chansim.trace import BEGUN, ENDED, RECEIVED, SENT, Trace

Taken = dict[tuple[int, str], deque[float]]
"""By request and what it was for: the seconds of each bar, in the order they were begun."""

SERVICES = ("measured", "asked")


def replay(run: Run, scenario: Scenario | None = None, *, service: str = "measured") -> Run:
    """Simulate what *run*, an executed one, went through: its clients come at the moments its trace has.

    *service*: "measured", and each call of a view or a consumer takes the seconds that its bar in the trace
    took; or "asked", and it takes what its law draws for it, as the executed one was told to take. What a
    message takes from one process to another is measured as well, and the median is every link's. *scenario*:
    what to play it on, the run's own unless given; another number of workers, say. Its clients must have the
    same names.

    Clients that have no law of arrivals (chatters, a population) act by the same seed, as they did when
    executed. Raises TypeError for anything but a Run, and ScenarioError for a simulated run, for one in which
    nobody came, or whose trace has no bars to measure.
    """
    if not isinstance(run, Run):
        raise TypeError(f"replay: run=a {type(run).__name__}: it must be a Run, such as execute(scenario)")
    if run.world != "executed":
        raise ScenarioError(f"replay: run: it was {run.world}; what is replayed is an executed run")
    if service not in SERVICES:
        raise ScenarioError(
            f"replay: service={service!r}: it must be one of {', '.join(map(repr, SERVICES))}"
        )
    stage = run.scenario if scenario is None else scenario
    clients = [each for each in run.scenario if each.role == "client"]
    came = {each.name: _moments(run.trace, each.name) for each in clients if _has_arrivals(each)}
    if not any(came.values()) and len(came) == len(clients):
        raise ScenarioError("replay: run: no client asked for anything in it, so there is nothing to replay")
    taken: Taken = {}
    if service == "measured":
        taken = _taken(run, renumbered=len(came) == len(clients))
        if not taken:
            raise ScenarioError(
                "replay: run: its trace has no bars (begun, ended) of a view or a consumer, so nobody knows how "
                'long their work took; service="asked" takes it from the scenario'
            )
    staged = _staged(stage, came, _hop(run.trace), measured=service == "measured")
    return _Replaying(staged, run.seed, taken).run(run.trace.end)


# -- what the trace says


def _has_arrivals(component: Component) -> bool:
    return any(each.name == "arrivals" for each in fields(component))


def _moments(trace: Trace, client: str) -> tuple[float, ...]:
    """When somebody came, in order: a visit counts once, however often it tried."""
    return tuple(sorted(visit.opened for visit in visits(trace, client)))


def _openings(trace: Trace, clients: Iterable[str]) -> Iterator[int]:
    """The requests that clients opened, in order, each once."""
    ours, openers = codes(trace, clients), codes(trace, OPENERS)
    found = (
        request
        for component, request, detail in rows(trace, (SENT,), "component", "request", "detail")
        if component in ours and detail in openers
    )
    return iter(dict.fromkeys(found))


def _taken(run: Run, renumbered: bool) -> Taken:
    """What the work for each request took. *renumbered*: a replay numbers requests from 1, as they come."""
    trace = run.trace
    lanes = [lane for each in run.scenario if each.role in ("worker", "server") for lane in each.lanes()]
    ours, names = codes(trace, lanes), trace.names
    clients = [each.name for each in run.scenario if each.role == "client"]
    numbers = {request: place for place, request in enumerate(_openings(trace, clients), 1)}
    begun: dict[int, tuple[int, str, int]] = {}  # by message: request, what for, and its place in the order
    found: dict[tuple[int, str], list[tuple[int, float]]] = defaultdict(list)
    since: dict[int, float] = {}
    columns = "event", "t", "component", "channel", "message", "request"
    for event, t, component, channel, message, request in rows(trace, (BEGUN, ENDED), *columns):
        if component not in ours:
            continue
        if event == BEGUN:
            name = names[channel]
            purpose = "http.request" if name.endswith(".accept") else name  # see model.application.spend
            begun[message] = request, purpose, len(begun)
            since[message] = t
        elif message in begun:
            request, purpose, place = begun.pop(message)
            number = numbers.get(request, 0) if renumbered else request
            found[number, purpose].append((place, t - since.pop(message)))
    return {key: deque(seconds for _, seconds in sorted(bars)) for key, bars in found.items()}


def _hop(trace: Trace) -> float:
    """What a message takes from one process to another without a channel in between: the median, seconds."""
    sent: dict[int, float] = {}
    took: list[float] = []
    for event, t, channel, message in rows(trace, (SENT, RECEIVED), "event", "t", "channel", "message"):
        if not is_plain(trace.names[channel]):
            continue
        if event == SENT:
            sent[message] = t
        elif message in sent:
            took.append(t - sent.pop(message))
    return median(took) if took else 0.0


# -- the scenario and the world it is played in


class _AsMeasured:
    """The law of what is taken from the trace: the world's "draw" is the number of seconds itself."""

    mean, scv = 0.0, 0.0

    def quantile(self, u: float, /) -> float:
        return u

    def __str__(self) -> str:
        return "as measured"


MEASURED = Costs(io=_AsMeasured())


@dataclass(frozen=True, kw_only=True)
class ReplayedApplication(Application):
    """An application whose every call takes what a trace says."""

    @property
    def kind(self) -> str:
        return "application"

    def costs_of(self, code: object) -> Costs:
        return MEASURED


def _staged(scenario: Scenario, came: dict[str, tuple[float, ...]], hop: float, measured: bool) -> Scenario:
    """*scenario* with recorded arrivals, and with what this computer's own overheads were, a *hop* a message."""
    components = []
    for each in scenario:
        if came.get(each.name):
            each = replace(each, arrivals=Recorded(came[each.name], "an executed run"))  # type: ignore[call-arg]
        if each.provides == "application" and measured:
            known = {each_field.name: getattr(each, each_field.name) for each_field in fields(Application)}
            each = ReplayedApplication(**known)
        # what only a simulated computer takes: executed, the thread that does it is the real overhead
        idle = {"interface": "cpu", "layer": "operation"}.get(each.role, "")
        if idle and any(each_field.name == idle for each_field in fields(each)):
            each = replace(each, **{idle: 0.0})  # type: ignore[arg-type]
        components.append(each)
    way = Link(hop)
    network = Network(Link(0.0), way, way)
    return replace(scenario, components=tuple(components), network=network)


class _Replaying(SimulatedWorld):
    """The simulated world, in which what was measured is not drawn."""

    def __init__(self, scenario: Scenario, seed: int, taken: Taken):
        super().__init__(scenario, seed, Environment())
        self._taken = taken
        self._work = {purpose for _, purpose in taken}
        every = [seconds for bars in taken.values() for seconds in bars]
        self._typical = median(every) if every else 0.0  # of work that had no end in the trace

    def draw(self, request: int, purpose: str) -> float:
        bars = self._taken.get((request, purpose))
        if bars:
            return bars.popleft()
        return self._typical if purpose in self._work else super().draw(request, purpose)

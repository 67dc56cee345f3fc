"""The simulated world: SimPy's environment, the verbs that components use, and ``simulate``.

No component is named here. What is fast and less readable is here, so that the
component files need not be.
"""

from __future__ import annotations

import zlib
from array import array
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from random import Random
from typing import Any

import simpy

from chansim.model.machine import Elsewhere
from chansim.model.world import Behaviour, Parcel, Socket, Steps
from chansim.run import Run
from chansim.scenario import Scenario, ScenarioError, check_seconds
from chansim.streams import stream
from chansim.trace import RECEIVED, SENT, Recorder

NORMAL = 1
"""SimPy's priority of ordinary events, between which the order of scheduling decides."""


class Environment(simpy.Environment):
    """A SimPy environment whose heap also takes bare calls, which cost a tenth of a process.

    A bare call is an entry ``(time, priority, number, function, argument)``
    beside SimPy's own ``(time, priority, number, event)``: one clock, one heap,
    one tie-break. Processes, resources and interrupts work as ever beside them.
    """

    def call_at(self, moment: float, function: Callable[[Any], object], argument: Any = None) -> None:
        """Call ``function(argument)`` at *moment*."""
        heappush(self._queue, (moment, NORMAL, next(self._eid), function, argument))  # type: ignore[misc]

    def step(self) -> None:
        """Make all bare calls up to the next event of SimPy's own, and process that."""
        queue: list[Any] = self._queue
        while queue and len(queue[0]) == 5:
            self._now, _, _, function, argument = heappop(queue)
            function(argument)
        super().step()


def stock_call_at(environment: simpy.Environment) -> Callable[..., None]:
    """``call_at`` for an environment that is SimPy's own, with events only: the same order, more slowly."""

    def call_at(moment: float, function: Callable[[Any], object], argument: Any = None) -> None:
        event = environment.event()
        event._ok, event._value = True, None
        event.callbacks.append(lambda _: function(argument))  # type: ignore[union-attr]
        heappush(environment._queue, (moment, NORMAL, next(environment._eid), event))  # type: ignore[arg-type]

    return call_at


class World:
    """The simulated world; see chansim.model.world.World for the verbs."""

    def __init__(self, scenario: Scenario, seed: int, environment: simpy.Environment):
        self.scenario = scenario
        self.seed = seed
        self.env = environment
        self.recorder = Recorder()
        self.code = self.recorder.code
        self.new_message = self.recorder.new_message
        self.call_at: Callable[..., None] = getattr(environment, "call_at", None) or stock_call_at(environment)
        self.running: Any = None  #: what resumes the behaviour that runs at this instant
        self.problems: dict[str, int] = {}
        self.finished = environment.event()
        self._write = self.recorder.write
        self._draws = array("d", [0.0])
        self._shifts: dict[str, float] = {}
        self._shared: dict[str, Any] = {"": Elsewhere()}
        self._handlers: dict[str, Callable[[Parcel], None]] = {}
        self._ways: dict[tuple[str, str], Callable[[], float]] = {}
        self._last_arrival: dict[tuple[int, str], float] = {}
        self._at_end: list[Callable[[float], None]] = []
        self._expected = 0

    @property
    def now(self) -> float:
        return self.env._now  # type: ignore[attr-defined,no-any-return]

    def random(self, component: str, purpose: str) -> Random:
        return stream(self.seed, component, purpose)

    # -- behaviour

    def begin(self, behaviour: Behaviour) -> None:
        send, call_at, env = behaviour.send, self.call_at, self.env

        def resume(value: Any = None) -> None:
            self.running = resume
            try:
                seconds = send(value)
            except StopIteration:
                return
            if seconds is not None:  # else it waits to be woken
                call_at(env._now + seconds, resume)  # type: ignore[attr-defined]

        resume()

    def wake(self, resume: Callable[[Any], object], value: Any = None) -> None:
        """Let a behaviour that waits go on, at this instant, after what is already due."""
        self.call_at(self.env._now, resume, value)  # type: ignore[attr-defined]

    def work(self, machine: str, seconds: float) -> Steps:
        steps: Steps = self._shared[machine].work(seconds)
        return steps

    overhead = work

    def queue(self) -> Queue:
        return Queue(self)

    def share(self, name: str, thing: Any) -> None:
        self._shared[name] = thing

    def shared(self, name: str) -> Any:
        return self._shared[name]

    # -- requests

    def new_request(self, draw: float) -> int:
        self._draws.append(draw)
        return len(self._draws) - 1

    def draw(self, request: int, purpose: str) -> float:
        shift = self._shifts.get(purpose)
        if shift is None:
            shift = self._shifts[purpose] = shift_of(purpose)
        return (self._draws[request] + shift) % 1.0

    def expect(self, more: int) -> None:
        self._expected += more
        if not self._expected and not self.finished.triggered:
            self.finished.succeed()

    def report(self, problem: str) -> None:
        self.problems[problem] = self.problems.get(problem, 0) + 1

    def at_end(self, function: Callable[[float], None]) -> None:
        """Call ``function(now)`` when the run is over, before the trace is closed."""
        self._at_end.append(function)

    # -- the network

    def latency(self, a: str, b: str) -> float:
        """Seconds from machine *a* to machine *b*, without jitter."""
        return self.scenario.network.link(a, b).latency

    def on_arrival(self, name: str, handler: Callable[[Parcel], None]) -> None:
        self._handlers[name] = handler

    def post(
        self,
        sender: str,
        receiver: str,
        kind: str,
        request: int,
        content: Any = None,
        socket: Socket | None = None,
        lane: int | None = None,
    ) -> None:
        code = self.code
        now: float = self.env._now  # type: ignore[attr-defined]
        message = self.new_message()
        self._write(now, SENT, lane or code(sender), socket.code if socket else 0, message, request, code(kind))
        parcel = Parcel(sender, receiver, kind, message, request, content, socket)
        way = self._ways.get((sender, receiver)) or self._way(sender, receiver)
        arrival = now + way()
        if socket is not None:  # what one socket carries one way stays in order
            flow = (socket.code, receiver)
            arrival = self._last_arrival[flow] = max(arrival, self._last_arrival.get(flow, 0.0))
        self.call_at(arrival, self._handlers[receiver], parcel)

    def _way(self, sender: str, receiver: str) -> Callable[[], float]:
        """What draws the seconds from one component to another."""
        link = self.scenario.network.link(self.scenario[sender].machine, self.scenario[receiver].machine)
        latency, jitter = link.latency, link.jitter
        if jitter.mean:
            draw = self.random(f"{sender} → {receiver}", "jitter").random
            way = lambda: latency + jitter.quantile(draw())  # noqa: E731
        else:
            way = lambda: latency  # noqa: E731
        self._ways[sender, receiver] = way
        return way

    def accept(self, parcel: Parcel, by: int) -> None:
        socket = parcel.socket
        now: float = self.env._now  # type: ignore[attr-defined]
        channel = socket.code if socket else 0
        self._write(now, RECEIVED, by, channel, parcel.message, parcel.request, self.code(parcel.kind))

    # -- the trace

    def write(
        self, event: int, component: int, channel: int = 0, message: int = 0, request: int = 0, detail: int = 0
    ) -> None:
        self._write(self.env._now, event, component, channel, message, request, detail)  # type: ignore[attr-defined]

    def run(self, seconds: float | None) -> Run:
        """Start every component, let the time pass, and close the trace."""
        for component in sorted(self.scenario.components, key=lambda c: not c.first):
            component.simulate(self)
        if seconds is None and not self._expected:
            raise ScenarioError("scenario: seconds=None: no component says when it is done; give a number of seconds")
        self.env.run(until=self.finished if seconds is None else seconds)
        end: float = self.env.now
        for function in self._at_end:
            function(end)
        trace = self.recorder.finish(end)
        return Run(self.scenario, trace, "simulated", self.seed, tuple(self.problems.items()))


class Queue:
    """A first-in, first-out queue within the simulated world."""

    def __init__(self, world: World):
        self._world = world
        self._items: deque[Any] = deque()
        self._takers: deque[Any] = deque()
        self._notify: Any = None

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Any) -> None:
        if self._takers:
            self._world.wake(self._takers.popleft(), item)
            return
        self._items.append(item)
        if self._notify is not None:
            notify, self._notify = self._notify, None
            notify()

    def put_within(self, item: Any, limit: int) -> bool:
        if not self._takers and len(self._items) >= limit:
            return False
        self.put(item)
        return True

    def take(self) -> Behaviour:
        if self._items:
            return self._items.popleft()
        self._takers.append(self._world.running)
        return (yield None)

    def notify(self, function: Callable[[], object]) -> None:
        """Call *function* when the next item is put."""
        self._notify = function


def shift_of(purpose: str) -> float:
    """How far a request's draw is turned for *purpose*, from 0 to 1: each purpose has its own."""
    return zlib.crc32(purpose.encode()) / 2**32


def simulate(
    scenario: Scenario,
    seed: int = 1,
    seconds: float | None = None,
    *,
    environment: type[simpy.Environment] = Environment,
) -> Run:
    """Run *scenario* in virtual time, for *seconds* or as long as it says itself.

    The same scenario and seed give the same trace, byte for byte. *environment*
    may be ``simpy.Environment``: slower, and the trace is the same.
    """
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise ScenarioError(f"simulate: seed={seed!r}: it must be a whole number")
    check_seconds(seconds)
    return World(scenario, seed, environment()).run(scenario.seconds if seconds is None else seconds)

"""The simulated world: SimPy's environment, the verbs that components use, and ``simulate``.

No component is named here. What is fast and less readable is here, so that the
component files need not be.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from heapq import heappop, heappush, heappushpop
from math import inf
from random import Random
from typing import Any

import simpy

from chansim.channels.session_store import SessionStore
from chansim.model.machine import Elsewhere
from chansim.model.timeline import Spans, Timeline, dropped_at, standing_still, within
from chansim.model.world import Behaviour, Killed, Parcel, Socket, Turn, shift_of
from chansim.progress import Told, parts_of
from chansim.run import Run
from chansim.scenario import Scenario, ScenarioError, check_run
from chansim.streams import stream
from chansim.trace import LOST, RECEIVED, SENT, Recorder, packed

NORMAL = 1
"""SimPy's priority of ordinary events, between which the order of scheduling decides."""

NEXT = object()
"""In place of *resume*, it marks ``function(now, argument)``, which returns what is next on the heap, or None."""

Entry = tuple[float, int, int, Callable[..., Any], Any, Any]
"""A bare call on the heap; see Environment."""


class Environment(simpy.Environment):
    """A SimPy environment whose heap also takes bare calls, which cost a tenth of a process.

    A bare call is an entry ``(time, priority, number, function, argument, resume)``
    beside SimPy's own ``(time, priority, number, event)``: one clock, one heap,
    one tie-break. Processes, resources and interrupts work as ever beside them.

    A behaviour that lets time pass is a bare call of its generator's own
    ``send``, with no function in between: that is why ``step`` knows what a
    behaviour may yield. *resume* calls it from elsewhere; None marks other calls,
    and NEXT those that say themselves what comes next.
    """

    def call_at(self, moment: float, function: Callable[[Any], object], argument: Any = None) -> None:
        """Call ``function(argument)`` at *moment*."""
        heappush(self._queue, (moment, NORMAL, next(self._eid), function, argument, None))  # type: ignore[misc]

    def step(self) -> None:
        """Make all bare calls up to the next event of SimPy's own, and process that."""
        queue: list[Any] = self._queue
        number = self._eid.__next__
        entry: Any = heappop(queue) if queue else ()
        while True:
            try:
                now, _, _, function, argument, resume = entry
            except ValueError:  # four values: an event
                if entry:
                    heappush(queue, entry)
                break
            self._now = now
            if resume is NEXT:
                entry = function(now, argument)
                if entry is not None:
                    entry = heappushpop(queue, entry)
                    continue
            elif resume is None:
                function(argument)
            else:
                try:
                    step = function(argument)
                except StopIteration:
                    pass
                else:
                    if step.__class__ is float and step >= 0.0:
                        entry = heappushpop(queue, (now + step, NORMAL, number(), function, None, resume))
                        continue
                    try:
                        step.append(resume)
                    except AttributeError:
                        self.call_at(later(now, step), resume)
            entry = heappop(queue) if queue else ()
        super().step()


def later(now: float, step: Any) -> float:
    """When a behaviour goes on that asked for *step*, which is neither a place to wait in nor plainly seconds."""
    if not step >= 0:
        raise ValueError(f"a behaviour yielded {step!r}; it may yield a number of seconds, 0 or more")
    return float(now + step)


def stock_call_at(environment: simpy.Environment) -> Callable[..., None]:
    """``call_at`` for an environment that is SimPy's own, with events only: the same order, more slowly."""
    queue: list[Any] = environment._queue

    def call(function: Callable[[Any], object], argument: Any) -> None:
        function(argument)

    def call_at(moment: float, function: Callable[[Any], object], argument: Any = None) -> None:
        event = environment.event()
        event._ok, event._value = True, None
        event.callbacks.append(lambda _: call(function, argument))
        heappush(queue, (moment, NORMAL, next(environment._eid), event))

    return call_at


new_parcel = partial(tuple.__new__, Parcel)
"""A Parcel of a tuple of its fields, without the Python function that a NamedTuple's constructor is."""


Way = tuple[float, Callable[[], float] | None, int, Callable[[Parcel], None]]
"""From one component to another: seconds, what draws those added to them, the sender's code, who takes what arrives.

Infinitely many are added to the way of a message that is dropped. A plain tuple, which
is taken apart several times as fast as a NamedTuple."""


CAUSES_ON_THE_WAY = {inf: "dropped on the way", -inf: "partition"}
"""What is added to the way of a message that is lost there, and what became of it."""


def cut_off(
    spans: Spans, latency: float, now: Callable[[], float], jitter: Callable[[], float] | None
) -> Callable[[], float]:
    """What is added to the way of a message: what meets a partition is lost. The others' *jitter* is as it was."""

    def added() -> float:
        seconds = jitter() if jitter is not None else 0.0
        return -inf if within(spans, now(), now() + latency + max(seconds, 0.0)) else seconds

    return added


def dropping(
    share: Callable[[], float], draw: Callable[[], float], jitter: Callable[[], float] | None
) -> Callable[[], float]:
    """What is added to the way of a message, a share of which is dropped: the others' *jitter* is as it was."""

    def added() -> float:
        seconds = jitter() if jitter is not None else 0.0
        now = share()
        return inf if now and draw() < now else seconds

    return added


Starts = Mapping[type, Callable[[Any, "World"], object]]
"""How components of some types begin a run, in place of their own ``simulate``."""


class World:
    """The simulated world; see chansim.model.world.World for the verbs."""

    def __init__(
        self, scenario: Scenario, seed: int, environment: simpy.Environment, starts: Starts | None = None
    ):
        self.starts = starts or {}
        self.scenario = scenario
        self.seed = seed
        self.env = environment
        self.recorder = Recorder()
        self.code = self.recorder.code
        self.new_message = self.recorder.new_message
        self.bare = isinstance(environment, Environment)
        self.call_at: Callable[..., None] = getattr(environment, "call_at", None) or stock_call_at(
            environment
        )
        self._handlers: dict[str, Callable[[Parcel], None]] = {}
        self._ways: dict[tuple[str, str], Way] = {}
        self._last_arrival: dict[tuple[int, str], float] = {}
        self.write = self._row_writer()
        self.post, self.accept = self._network()
        self.problems: dict[str, int] = {}
        self.finished = environment.event()
        self.sessions = SessionStore()
        self.timeline = Timeline()
        self.draws = array("d", [0.0])
        self._shifts: dict[str, float] = {}
        self._shared: dict[str, Any] = {"": Elsewhere()}
        self._at_end: list[Callable[[float], None]] = []
        self._expected = 0

    @property
    def now(self) -> float:
        return self.env._now

    def random(self, component: str, purpose: str) -> Random:
        return stream(self.seed, component, purpose)

    # -- behaviour

    def begin(self, behaviour: Behaviour, of: str = "") -> Task:
        """A behaviour that yields seconds goes on when they have passed; one that yields a place waits there."""
        if spans := self.timeline.frozen(of):
            behaviour = standing_still(behaviour, spans, lambda: self.env._now)
        env: Any = self.env
        send, call_at = behaviour.send, self.call_at
        queue: list[Any] = env._queue
        number, bare = env._eid.__next__, self.bare

        def resume(value: Any) -> None:
            try:
                step: Any = send(value)
            except StopIteration:
                return
            if bare and step.__class__ is float and step >= 0.0:
                heappush(queue, (env._now + step, NORMAL, number(), send, None, resume))  # see Environment
                return
            try:
                step.append(resume)
            except AttributeError:
                call_at(later(env._now, step), resume)

        resume(None)
        return Task(behaviour)

    def go_on(self, entry: Entry | None) -> None:
        """Put what a call that is marked NEXT has returned on the heap."""
        if entry is not None:
            heappush(self.env._queue, entry)  # type: ignore[misc]

    def processor(self, machine: str) -> Any:
        return self._shared[machine]

    def queue(self) -> Queue:
        return Queue()

    def share(self, name: str, thing: Any) -> None:
        self._shared[name] = thing

    def shared(self, name: str) -> Any:
        return self._shared[name]

    # -- requests

    def new_request(self, draw: float) -> int:
        draws = self.draws
        draws.append(draw)
        return len(draws) - 1

    def draw(self, request: int, purpose: str) -> float:
        shift = self._shifts.get(purpose)
        if shift is None:
            shift = self._shifts[purpose] = shift_of(purpose)
        return (self.draws[request] + shift) % 1.0

    def expect(self, more: int) -> None:
        self._expected += more
        if not self._expected and not self.finished.triggered:
            self.finished.succeed()

    def sleep(self, seconds: float) -> float:
        return seconds

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

    def _network(self) -> tuple[Callable[..., None], Callable[[Parcel, int], None]]:
        """``post`` and ``accept``, as closures for the same reason as ``write``."""
        env: Any = self.env
        recorder, ways = self.recorder, self._ways
        code, new_message, add, call_at = recorder.code, recorder.new_message, recorder.add, self.call_at

        queue: list[Any] = env._queue
        number, bare = env._eid.__next__, self.bare

        def post(
            sender: str,
            receiver: str,
            kind: str,
            request: int,
            content: Any = None,
            socket: Socket | None = None,
            lane: int | None = None,
        ) -> None:
            now: float = env._now
            message, detail = new_message(), code(kind)
            channel = 0 if socket is None else socket.code
            try:
                latency, jitter, me, handler = ways[sender, receiver]
            except KeyError:
                latency, jitter, me, handler = self._way(sender, receiver)
            add(packed(now, SENT, lane or me, channel, message, request, detail))
            arrival = now + latency
            if jitter is not None:
                added = jitter()
                if added in CAUSES_ON_THE_WAY:
                    cause = code(CAUSES_ON_THE_WAY[added])
                    add(packed(now, LOST, lane or me, channel, message, request, cause))
                    return
                arrival = self._with_jitter(arrival, added, socket, request, receiver)
            parcel = new_parcel((sender, kind, channel, message, request, detail, content, socket))
            if bare:  # call_at, without the call
                heappush(queue, (arrival, NORMAL, number(), handler, parcel, None))
            else:
                call_at(arrival, handler, parcel)

        def accept(parcel: Parcel, by: int) -> None:
            channel, message, request, detail = parcel[2:6]  # quicker than by name
            add(packed(env._now, RECEIVED, by, channel, message, request, detail))

        return post, accept

    def _way(self, sender: str, receiver: str) -> Way:
        link = self.scenario.network.link(self.scenario[sender].machine, self.scenario[receiver].machine)
        jitter = None
        if link.jitter.mean:
            draw, quantile = self.random(f"{sender} → {receiver}", "jitter").random, link.jitter.quantile

            def jitter() -> float:
                return quantile(draw())

        ends = self.scenario[sender].machine, self.scenario[receiver].machine
        drops = self.timeline.drops(*ends)
        if link.loss or drops:
            draw_loss = self.random(f"{sender} → {receiver}", "loss").random
            jitter = dropping(lambda: dropped_at(self.env._now, link.loss, drops), draw_loss, jitter)
        spans = self.timeline.cuts(*ends)
        if spans:
            jitter = cut_off(spans, link.latency, lambda: self.env._now, jitter)
        way = link.latency, jitter, self.code(sender), self._handlers[receiver]
        self._ways[sender, receiver] = way
        return way

    def _with_jitter(
        self, arrival: float, jitter: float, socket: Socket | None, request: int, receiver: str
    ) -> float:
        """When a message arrives that is held up; what one connection carries one way stays in order."""
        flow = ((socket and socket.code) or -request, receiver)
        arrival = self._last_arrival[flow] = max(arrival + jitter, self._last_arrival.get(flow, 0.0))
        return arrival

    # -- the trace

    def _row_writer(self) -> Callable[..., None]:
        """``write``: a row at this moment. A closure, because a run writes millions of them."""
        env, add = self.env, self.recorder.add

        def write(
            event: int, component: int, channel: int = 0, message: int = 0, request: int = 0, detail: int = 0
        ) -> None:
            add(packed(env._now, event, component, channel, message, request, detail))

        return write

    def run(self, seconds: float | None, progress: bool | Told = False) -> Run:
        """Start every component, let the time pass, and close the trace."""
        self.timeline = Timeline(inf if seconds is None else seconds)
        for component in self.scenario.components:
            component.prepare(self)
        for component in sorted(self.scenario.components, key=lambda c: not c.first):
            self.starts.get(type(component), type(component).simulate)(component, self)
        if seconds is None and not self._expected:
            raise ScenarioError(
                "scenario: seconds=None: no component says when it is done; give a number of seconds"
            )
        if seconds is None:
            self.env.run(until=self.finished)
        else:
            for moment in parts_of(seconds, progress, "simulating"):
                self.env.run(until=moment)
        end: float = self.env.now
        for function in self._at_end:
            function(end)
        trace = self.recorder.finish(end)
        return Run(self.scenario, trace, "simulated", self.seed, tuple(self.problems.items()))


class Task:
    """A behaviour in the simulated world. Whoever calls it when it is over finds that it is."""

    def __init__(self, behaviour: Behaviour):
        self._behaviour = behaviour

    def kill(self) -> None:
        """See chansim.model.world.Task."""
        with suppress(Killed, StopIteration):
            self._behaviour.throw(Killed())


class Queue(deque[Any]):
    """A first-in, first-out queue within the simulated world."""

    def __init__(self) -> None:
        super().__init__()
        self._takers: deque[Turn] = deque()
        self.notify: Callable[[], object] | None = None  #: called when an item is put and nobody is taking

    def put(self, item: Any) -> None:
        if self._takers:
            self._takers.popleft().resume(item)
            return
        self.append(item)
        if self.notify is not None:
            self.notify()

    def put_within(self, item: Any, limit: int) -> bool:
        if not self._takers and len(self) >= limit:
            return False
        self.put(item)
        return True

    def take_at_once(self) -> Any:
        return self.popleft()

    def take(self) -> Behaviour:
        if self:
            return self.popleft()
        turn = Turn()
        self._takers.append(turn)
        try:
            return (yield turn)
        except Killed:
            self._takers.remove(turn)
            raise


def simulate(
    scenario: Scenario,
    seed: int = 1,
    seconds: float | None = None,
    *,
    environment: type[simpy.Environment] | None = None,
    progress: bool | Told = False,
) -> Run:
    """Run *scenario* in virtual time, for *seconds* or as long as it says itself.

    The same scenario and seed give the same trace, byte for byte. *environment*
    may be ``simpy.Environment``, or this module's: slower, and the trace is the same. Without
    one, what is plain is simulated the fast way; see :mod:`chansim.plain`. *progress*
    shows a bar; or it is a function, which is told the share that is done and may raise, to end the run.
    """
    seconds = check_run("simulate", scenario, seed, seconds)
    if environment is None:
        from chansim import plain

        if plain.takes(scenario):
            world = World(scenario, seed, Environment(), plain.STARTS)
            with suppress(plain.NotPlain):
                return world.run(seconds, progress)
    return World(scenario, seed, (environment or Environment)()).run(seconds, progress)

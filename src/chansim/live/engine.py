"""The executed world: the verbs that components use, done for real, and ``execute``.

Each behaviour is a thread; what it yields is slept. One more thread keeps the
appointments made with ``call_at``. All machines of the scenario are this one,
and the network is a function call: what a message's way takes is what it
really takes here, but what is to be dropped on it is dropped. No component is named.
"""

from __future__ import annotations

import sys
import threading
import time
from array import array
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from heapq import heappop, heappush
from itertools import count
from math import inf
from random import Random
from typing import Any

from chansim.channels.session_store import SessionStore
from chansim.layer.contract import Content
from chansim.layer.core import Envelope, Listener
from chansim.layer.statistics import Figures
from chansim.live.memory import InMemoryLayer
from chansim.model.access import AccessOfConsumers
from chansim.model.component import Component
from chansim.model.timeline import Spans, Timeline, dropped_at, over_at, standing_still, within
from chansim.model.world import Behaviour, Killed, LayerRules, Parcel, Socket, Steps, shift_of
from chansim.progress import parts_of
from chansim.run import Run
from chansim.scenario import Scenario, ScenarioError, check_run
from chansim.streams import stream
from chansim.trace import LOST, RECEIVED, SENT, ThreadedRecorder

PATIENCE = 5.0
"""Seconds that code which is still running at the end is given to finish."""


class Stopped(BaseException):
    """Raised in a behaviour when the run is over."""


class Task:
    """A behaviour, and the thread that drives it."""

    def __init__(self, world: World, behaviour: Behaviour):
        self._world = world
        self._behaviour = behaviour
        self._awake = (
            threading.Event()
        )  #: set when it is to wait no longer, for it is killed or the run is over
        self.killed = False

    def kill(self) -> None:
        """See chansim.model.world.Task."""
        self.killed = True
        self.wake()
        self._world.wake_all()

    def wake(self) -> None:
        """Let it sleep no longer."""
        self._awake.set()

    def drive(self) -> None:
        """Run the behaviour in this thread, and sleep as it asks."""
        _here.task = self
        with suppress(Killed):
            for seconds in self._behaviour:
                assert isinstance(seconds, (int, float)), "places to wait in are the simulated world's"
                self._awake.wait(seconds)
                if self.killed:  # also at the very end: what it held is lost
                    self._behaviour.throw(Killed())
                if self._world.stop.is_set():
                    raise Stopped

    def wait(self, seconds: float | None = None) -> None:
        """Wait to be woken, in this thread, for *seconds* at most. Raises Killed and Stopped."""
        self._awake.wait(seconds)
        self._awake.clear()  # before looking why: what wakes it from here on is not missed
        if self._world.stop.is_set():
            raise Stopped
        if self.killed:
            raise Killed


_here = threading.local()


def killed_here() -> bool:
    """Whether this thread drives a behaviour that has been killed."""
    task: Task | None = getattr(_here, "task", None)
    return task is not None and task.killed


class World:
    """The executed world; see chansim.model.world.World for the verbs."""

    def __init__(self, scenario: Scenario, seed: int):
        self.scenario = scenario
        self.seed = seed
        self.recorder = self.new_recorder()
        self.code = self.recorder.code
        self.new_message = self.recorder.new_message
        self.problems: dict[str, int] = {}
        self.stop = threading.Event()
        self._lock = threading.Lock()
        self._draws = array("d", [0.0])
        self.timeline = Timeline()
        self.sessions = SessionStore()
        self._shared: dict[str, Any] = {"": Processor(self)}
        self._handlers: dict[str, Callable[[Parcel], None]] = {}
        self._drops: dict[tuple[str, str], Random] = {}
        self._threads: list[threading.Thread] = []
        self._tasks: list[Task] = []
        self._queues: list[Queue] = []
        self._layers: list[InMemoryLayer] = []
        self._expected = 0
        self._running = False
        self._keeper: int | None = None  #: the thread that keeps the appointments
        self._moment = 0.0  #: of the appointment that it keeps
        self._started = time.perf_counter()
        self._appointments: list[tuple[float, int, Callable[[Any], object], Any]] = []
        self._numbers = count()
        self._booked = threading.Condition()

    def new_recorder(self) -> ThreadedRecorder:
        """What keeps the rows."""
        return ThreadedRecorder()

    @property
    def now(self) -> float:
        return time.perf_counter() - self._started

    @property
    def started(self) -> float:
        """When the run began, by ``time.perf_counter``."""
        return self._started

    def random(self, component: str, purpose: str) -> Random:
        return stream(self.seed, component, purpose)

    # -- behaviour

    def begin(self, behaviour: Behaviour, of: str = "") -> Task:
        if spans := self.timeline.frozen(of):
            behaviour = standing_still(behaviour, spans, lambda: self.now)
        task = Task(self, behaviour)
        self._tasks.append(task)
        self._begin(task.drive)
        return task

    def wake_all(self) -> None:
        """Let everyone who waits for something look again: somebody was killed, or the run is over."""
        for queue in self._queues:
            queue.wake_all()

    def _begin(self, target: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                target()
            except Stopped:
                pass
            except BaseException as error:  # a fault of a component's own: say so, and end the run
                self.report(f"a component's behaviour raised {error!r}, and the run was ended there")
                self.stop.set()

        thread = threading.Thread(target=guarded, daemon=True)
        self._threads.append(thread)
        if self._running:
            thread.start()

    def call_at(self, moment: float, function: Callable[[Any], object], argument: Any = None) -> None:
        with self._booked:
            heappush(self._appointments, (moment, next(self._numbers), function, argument))
            self._booked.notify()

    def _keep_appointments(self) -> None:
        self._keeper = threading.get_ident()
        while not self.stop.is_set():
            with self._booked:
                wait = self._appointments[0][0] - self.now if self._appointments else None
                if wait is None or wait > 0:
                    self._booked.wait(wait)
                    continue
                self._moment, _, function, argument = heappop(self._appointments)
            function(argument)

    def processor(self, machine: str) -> Any:
        return self._shared[machine]

    def queue(self) -> Queue:
        queue = Queue(self)
        self._queues.append(queue)
        return queue

    def share(self, name: str, thing: Any) -> None:
        self._shared[name] = thing

    def shared(self, name: str) -> Any:
        return self._shared[name]

    def memory_layer(self, rules: LayerRules) -> MemoryLayerOfRun:
        """A real layer that keeps *rules* and traces what it does."""
        layer = InMemoryLayer(
            rules.expiry,
            rules.group_expiry,
            rules.capacity,
            dict(rules.channel_capacity),
            rules.era,
            loss=rules.loss,
            clock=lambda: self.now,
            random=self.random(rules.name, "layer"),
            recorder=self.recorder,
            name=rules.name,
        )
        self._layers.append(layer)
        return MemoryLayerOfRun(layer, rules.name, self)

    # -- requests

    def new_request(self, draw: float) -> int:
        with self._lock:
            self._draws.append(draw)
            return len(self._draws) - 1

    def draw(self, request: int, purpose: str) -> float:
        return (self._draws[request] + shift_of(purpose)) % 1.0

    def expect(self, more: int) -> None:
        with self._lock:
            self._expected += more
            if not self._expected:
                self.stop.set()

    def sleep(self, seconds: float) -> float:
        self.stop.wait(min(seconds, threading.TIMEOUT_MAX))
        return 0.0

    def report(self, problem: str) -> None:
        with self._lock:
            self.problems[problem] = self.problems.get(problem, 0) + 1

    # -- the network

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
        message, detail, channel = self.new_message(), self.code(kind), socket.code if socket else 0
        me = lane or self.code(sender)
        self.recorder.write(self.moment(), SENT, me, channel, message, request, detail)
        if self._is_dropped(sender, receiver):
            self.write(LOST, me, channel, message, request, self.code("dropped on the way"))
            return
        scenario, now = self.scenario, self.now
        if within(self.timeline.cuts(scenario[sender].machine, scenario[receiver].machine), now, now):
            self.write(LOST, me, channel, message, request, self.code("partition"))
            return
        parcel, handler = (
            Parcel(sender, kind, channel, message, request, detail, content, socket),
            self._handlers[receiver],
        )
        if threading.get_ident() == self._keeper:
            handler(parcel)
        else:  # so that a component's appointments and what arrives for it are never dealt with at once
            self.call_at(self.now, handler, parcel)

    def _is_dropped(self, sender: str, receiver: str) -> bool:
        """Whether a message is one of those that its way drops."""
        scenario = self.scenario
        ends = scenario[sender].machine, scenario[receiver].machine
        loss = dropped_at(self.now, scenario.network.link(*ends).loss, self.timeline.drops(*ends))
        if not loss:
            return False
        with self._lock:
            if (sender, receiver) not in self._drops:
                self._drops[sender, receiver] = self.random(f"{sender} → {receiver}", "loss")
            return self._drops[sender, receiver].random() < loss

    def accept(self, parcel: Parcel, by: int) -> None:
        about = parcel.channel, parcel.message, parcel.request, parcel.detail
        self.recorder.write(self.moment(), RECEIVED, by, *about)

    # -- the trace

    def moment(self) -> float:
        """When what is being done is said to have happened."""
        return self.now

    def write(
        self,
        event: int,
        component: int,
        channel: int = 0,
        message: int = 0,
        request: int = 0,
        detail: int = 0,
    ) -> None:
        self.recorder.write(self.now, event, component, channel, message, request, detail)

    def run(self, seconds: float | None, progress: bool = False) -> Run:
        """Start every component, let the time pass, stop them all, and close the trace."""
        self.start(seconds)
        return self.see_out(seconds, progress)

    def start(self, seconds: float | None) -> None:
        """Start every component; :meth:`see_out` is to follow, in this thread or another."""
        self.timeline = Timeline(inf if seconds is None else seconds)
        for component in self.scenario.components:
            component.prepare(self)
        for component in sorted(self.scenario.components, key=lambda c: not c.first):
            self.take_in(component)
        if seconds is None and not self._expected:
            raise ScenarioError(
                "scenario: seconds=None: no component says when it is done; give a number of seconds"
            )
        self._begin(self._keep_appointments)
        self._started, self._running = self.beginning(), True
        for thread in list(self._threads):
            thread.start()

    def beginning(self) -> float:
        """When the run begins, by time.perf_counter: once all who take part are ready."""
        return time.perf_counter()

    def take_in(self, component: Component) -> None:
        """Let a component take part."""
        self.execute_here(component)

    def execute_here(self, component: Component) -> None:
        """Let a component take part in this process."""
        component.execute(self)

    def see_out(self, seconds: float | None, progress: bool = False) -> Run:
        """Let the time pass, stop every component, and close the trace."""
        try:
            if seconds is None:
                self.stop.wait()
            else:
                for moment in parts_of(seconds, progress, "executing"):
                    self.stop.wait(max(moment - self.now, 0.0))
        finally:
            over = self.now
            self._stop()
        trace = self.recorder.finish(over)
        if len(trace):  # what was under way may have had its end written meanwhile
            trace.end = max(over, trace.t[-1])
        return Run(self.scenario, trace, "executed", self.seed, tuple(self.problems.items()))

    def _stop(self) -> None:
        self.stop.set()
        with self._booked:
            self._booked.notify_all()
        for task in list(self._tasks):
            task.wake()
        self.wake_all()
        for layer in self._layers:
            layer.close()
        deadline = time.monotonic() + PATIENCE
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if any(thread.is_alive() for thread in self._threads):
            self.report(
                f"code was still running {PATIENCE:g} s after the end of the run, and was left behind"
            )
        for layer in self._layers:
            layer.sweep()


class Processor:
    """The processor of this computer, which all the scenario's machines share."""

    def __init__(self, world: World):
        self._world = world

    def work(self, seconds: float) -> Steps:
        """Really compute for *seconds* of this thread's processor time."""
        until = time.thread_time() + seconds
        while time.thread_time() < until and not self._world.stop.is_set():
            pass
        return ()

    def overhead(self, seconds: float) -> Steps:
        """Nothing to add: the thread that calls this is the real overhead."""
        return ()


class Queue:
    """A first-in, first-out queue between threads."""

    def __init__(self, world: World):
        self._world = world
        self._items: deque[Any] = deque()
        self._takers = 0
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Any) -> None:
        with self._changed:
            self._items.append(item)
            self._changed.notify()

    def put_within(self, item: Any, limit: int) -> bool:
        with self._changed:
            if len(self._items) - self._takers >= limit:
                return False
            self._items.append(item)
            self._changed.notify()
            return True

    def take(self) -> Behaviour:
        yield from ()  # the simulated one yields its place; this one waits in its own thread
        return self.take_within(None)

    def take_at_once(self) -> Any:
        with self._changed:
            return self._items.popleft()

    def take_within(self, seconds: float | None) -> Any:
        """The first item, or None if there is none within *seconds*. Raises Stopped when the run is over."""
        with self._changed:
            self._takers += 1
            self._changed.wait_for(lambda: self._items or self._world.stop.is_set() or killed_here(), seconds)
            self._takers -= 1
            if self._world.stop.is_set():
                raise Stopped
            if killed_here():
                self._changed.notify()  # it may have been woken for an item
                raise Killed
            return self._items.popleft() if self._items else None

    def wake_all(self) -> None:
        """Let everyone who waits look again."""
        with self._changed:
            self._changed.notify_all()


class MemoryLayerOfRun:
    """The in-memory layer of one run, which gives each component its own access."""

    def __init__(self, layer: InMemoryLayer, name: str, world: World):
        self.layer = layer
        self.name = name
        self.world = world

    def access(self, component: Component, lane: str = "") -> Access:
        """The layer as *component*, or one *lane* of it, sees it."""
        machine = self.world.scenario[self.name].machine
        out_of_reach = self.world.timeline.out_of_reach(self.name, machine, component.machine)
        return Access(self.layer, self.world, lane or component.name, out_of_reach)

    def kill(self) -> None:
        """All that it holds is gone. Until it is back, nobody gets an answer: see Access.reach."""
        self.layer.flush()

    stop = kill

    def restart(self) -> None:
        """It is there again, and empty."""


class Access(AccessOfConsumers):
    """What one component may do with a real layer; see LayerAccess. The calls take what they really take."""

    def __init__(self, layer: InMemoryLayer, world: World, by: str, out_of_reach: Spans = ()):
        super().__init__(by, layer.era, world)
        self.out_of_reach = out_of_reach
        self.layer = layer
        self.world = world
        self.replies_turn = True
        self.next_look = 0.0
        self.loop = self
        self.new_channel = layer.new_channel
        self.copy = layer.copy
        self.stop_listening = layer.stop_listening

    def send(self, channel: str, content: Content) -> None:
        """See InMemoryLayer.send."""
        self.reach()
        self.layer.send(channel, content, by=self.by, request=self.request)

    give = send

    def send_group(self, group: str, content: Content) -> None:
        """See InMemoryLayer.send_group."""
        self.reach()
        self.members += self.layer.send_group(group, content, by=self.by, request=self.request)

    def group_add(self, group: str, channel: str) -> None:
        """See InMemoryLayer.group_add."""
        self.reach()
        self.layer.group_add(group, channel, by=self.by, request=self.request)

    def group_discard(self, group: str, channel: str) -> None:
        """See InMemoryLayer.group_discard."""
        self.reach()
        self.layer.group_discard(group, channel, by=self.by, request=self.request)

    def send_member(self, channel: str, copy: Content) -> bool:
        """See InMemoryLayer.send_member."""
        self.reach()
        return self.layer.send_member(channel, copy, by=self.by, request=self.request)

    def members_of(self, group: str) -> list[str]:
        """See InMemoryLayer.group_channels."""
        self.reach()
        return self.layer.group_channels(group)

    def reach(self) -> None:
        """Wait until the layer is there and can be reached."""
        while self.out_of_reach and (until := over_at(self.out_of_reach, self.world.now)) > self.world.now:
            if self.world.stop.wait(min(until - self.world.now, threading.TIMEOUT_MAX)):
                raise Stopped

    def settle(self) -> Steps:
        """The calls have taken their time already."""
        return ()

    settle_next = settle

    def withdraw(self) -> None:
        """The calls have had their effect already."""

    # -- for consumers and their workers

    def offer(self, channel: str, content: Content) -> bool:
        """See InMemoryLayer.offer."""
        return self.layer.offer(channel, content, by=self.by, request=self.request)

    def group_channels(self, group: str) -> list[str]:
        """See InMemoryLayer.group_channels."""
        return self.layer.group_channels(group)

    def receive_at_once(self, channels: Sequence[str]) -> Envelope | None:
        """See InMemoryLayer.take."""
        return self.layer.take(tuple(channels), by=self.by)

    def flush(self) -> None:
        """See InMemoryLayer.flush."""
        self.layer.flush()

    def global_statistics(self) -> Figures:
        """See InMemoryLayer.global_statistics."""
        return self.layer.global_statistics()

    def channel_statistics(self, channel: str) -> Figures:
        """See InMemoryLayer.channel_statistics."""
        return self.layer.channel_statistics(channel)

    # -- receiving

    def receive_many(self, channels: tuple[str, ...], patience: float | None = None) -> Behaviour:
        """The next message of one of *channels*, once there is one; None where *patience* seconds pass without."""
        yield from ()
        self.reach()
        task: Task = _here.task
        until = None if patience is None else self.world.now + patience
        envelope, waiter = self.layer.look_or_wait(channels, task.wake, self.by)
        while waiter is not None:
            try:
                task.wait(None if until is None else max(until - self.world.now, 0.0))
            except BaseException:
                self.layer.stop_waiting(waiter)
                raise
            patient = until is None or self.world.now < until
            envelope, waiter = self.layer.look_again(waiter, channels, self.by, patient)
        if envelope is None and patience is None:  # the layer is closed
            raise Stopped
        return envelope

    def listen(self, listener: Listener, channel: str, loop: object = None) -> None:
        """See InMemoryLayer.listen."""
        self.layer.listen(listener, channel)

    def holding(self, listener: Listener) -> object:
        """True where there is a message for *listener*."""
        return listener.holding

    def look(self, listener: Listener) -> Behaviour:
        """A message for *listener*, if there is one."""
        yield from ()
        self.reach()
        return self.layer.take_for(listener, self.by)

    def either(self, queue: Queue, listener: Listener, pause: float, at: Any = None) -> Behaviour:
        """Look at the layer, or at what *at* has, when it is time to; else wait for an item, until it is."""
        yield from ()
        world, look = self.world, (at or self).look
        while True:
            if self.next_look <= world.now and (self.replies_turn or not len(queue)):
                envelope = yield from look(listener)
                if envelope is not None:
                    self.replies_turn = False
                    return None, envelope  # and look again at once
                self.next_look = world.now + pause
            item = queue.take_within(max(self.next_look - world.now, 0.0))
            self.replies_turn = True
            if item is not None:
                return item, None


def execute(
    scenario: Scenario,
    seconds: float | None = None,
    seed: int = 1,
    *,
    over: str = "threads",
    layer: str | Sequence[str] | None = None,
    progress: bool = False,
) -> Run:
    """Run *scenario* for real, for *seconds* of the wall clock or as long as it says itself.

    The workload is the one that ``simulate`` with the same *seed* has; what
    becomes of it is never twice the same. *progress* shows a bar.

    *over*: "threads", where clients and servers call each other in this process; or "sockets", where real clients
    talk to real servers on loopback, uvicorn and gunicorn (the extra ``live``). Raises ScenarioError, in words, for
    what cannot be done so.

    *layer*: a Redis server, "redis://host:port", or several. Then each machine of the scenario is a process of its own
    on this computer, and the layers are on that server (the extra ``redis``); ``chansim serve`` says more. Over sockets
    the servers are real ones in the machines' processes, and the clients stay in this one.
    """
    seconds = check_run("execute", scenario, seed, seconds)
    if sys.platform in ("emscripten", "wasi"):
        raise ScenarioError(
            "execute: there are no threads in the browser; chansim.course.recorded has recorded runs"
        )
    if layer is not None:
        from chansim.live.outside import world_on

        return world_on(layer, scenario, seed, over=over).run(seconds, progress)
    return world_over(over, scenario, seed).run(seconds, progress)


def world_over(over: str, scenario: Scenario, seed: int) -> World:
    """The world in which clients and servers meet *over* "threads" or "sockets"."""
    if over == "threads":
        return World(scenario, seed)
    if over != "sockets":
        raise wrong_over(over)
    from chansim.live.load import SocketsWorld  # with it come httpx and websockets

    return SocketsWorld(scenario, seed)


def wrong_over(over: object) -> ScenarioError:
    """What is said of any other."""
    return ScenarioError(f'execute: over={over!r}: it must be "threads" or "sockets"')

"""Faults: what breaks on purpose, and when.

Each is a component of the scenario, drawn nowhere, with its moment on the
timeline. It leaves ``fault`` rows in the trace, at what it befalls. After any
of them the books balance: a message that it costs is lost with a cause.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from chansim.model.component import Component, knob, link, several
from chansim.model.world import World, WorldOfSockets
from chansim.trace import FAULT

if TYPE_CHECKING:
    from chansim.scenario import Scenario


@dataclass(frozen=True, kw_only=True)
class Fault(Component):
    """Something happens *at* so many seconds."""

    at: float = knob(10.0, unit="s", high=1e9, slider=(0.0, 60.0), doc="the moment it happens")

    placed = False
    leaves_waiting: ClassVar[bool] = False  #: whether somebody may wait for ever for what it costs

    def check(self, scenario: Scenario) -> None:
        if self.leaves_waiting and scenario.seconds is None:
            raise self.wrong(
                "at",
                self.at,
                "whose message is lost may wait for ever; give the scenario a number of seconds",
            )

    def lanes(self) -> tuple[str, ...]:
        return ()

    def start(self, world: World) -> None:
        world.call_at(self.at, lambda _: self.happen(world))

    def happen(self, world: World) -> None:
        """What happens then."""

    def row(self, world: World, target: str, what: str) -> None:
        """Say so in the trace."""
        world.write(FAULT, world.code(target), 0, 0, 0, world.code(what))

    def rows(self, world: World, targets: tuple[str, ...], what: str) -> None:
        """Say so of several."""
        for target in targets:
            self.row(world, target, what)


@dataclass(frozen=True, kw_only=True)
class Kill(Fault):
    """A process is killed, as by ``kill -9``: a worker, a server, a layer. What it had in hand is lost.

    *down*: seconds until it is there again; 0 for at once, -1 for never.
    """

    target: str = link("process", doc="the component that is killed")
    down: float = knob(0.0, unit="s", low=-1.0, high=1e9, slider=(0.0, 30.0), doc="seconds until it is back")

    def prepare(self, world: World) -> None:
        world.timeline.take_down(self.target, self.at, math.inf if self.down < 0 else self.down)

    def happen(self, world: World) -> None:
        process = world.shared(self.target)
        self.row(world, self.target, "killed")
        process.kill()
        if self.down >= 0:
            world.call_at(world.now + self.down, lambda _: self.come_back(world, process))

    def come_back(self, world: World, process: Any) -> None:
        """It is there again, and knows nothing of what was."""
        self.row(world, self.target, "started")
        process.restart()


@dataclass(frozen=True, kw_only=True)
class Redeploy(Fault):
    """New code: the processes named in *targets* are told to stop, and start again *down* seconds later.

    Each finishes what it has in hand, as on SIGTERM, and takes nothing more.
    Without *targets*: all workers, for they alone run the application's code.
    """

    targets: tuple[str, ...] = several("process", doc="whom it concerns; all workers if left out")
    down: float = knob(5.0, unit="s", high=1e9, slider=(0.0, 30.0), doc="seconds until they are back")

    def names(self, scenario: Any) -> tuple[str, ...]:
        """Whom it concerns."""
        workers = (c for c in scenario.components if c.role == "worker" and "process" in c.provides.split())
        return self.targets or tuple(each.name for each in workers)

    def check(self, scenario: Scenario) -> None:
        if not self.names(scenario):
            raise self.wrong("targets", self.targets, "there are no workers; name the processes it concerns")

    def happen(self, world: World) -> None:
        for name in self.names(world.scenario):
            self.row(world, name, "stopped")
            world.shared(name).stop()
        world.call_at(world.now + self.down, lambda _: self.come_back(world))

    def come_back(self, world: World) -> None:
        """They start, with the new code."""
        for name in self.names(world.scenario):
            self.row(world, name, "started")
            world.shared(name).restart()


@dataclass(frozen=True, kw_only=True)
class Pause(Fault):
    """A process stands still for some *seconds*, as in a garbage collection, and then goes on as if nothing were."""

    target: str = link("process", doc="the component that stands still")
    seconds: float = knob(2.0, unit="s", above=0.0, high=1e9, slider=(0.1, 30.0), doc="how long")

    def prepare(self, world: World) -> None:
        world.timeline.freeze(self.target, self.at, self.seconds)

    def happen(self, world: World) -> None:
        self.row(world, self.target, "paused")
        world.call_at(world.now + self.seconds, lambda _: self.row(world, self.target, "goes on"))


@dataclass(frozen=True, kw_only=True)
class Partition(Fault):
    """The machine *one* and another do not reach each other for some *seconds*; "" is outside, where the clients are.

    What is on its way then is lost, but for what goes to and from a layer: that
    connection holds, and carries all of it when the way is there again.
    """

    leaves_waiting = True

    one: str = link("machine", doc="a machine")
    other: str = link("machine", default="", doc="the machine it does not reach")
    seconds: float = knob(5.0, unit="s", above=0.0, high=1e9, slider=(0.1, 60.0), doc="how long")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.one == self.other:
            raise self.wrong("other", self.other, "a machine always reaches itself; name two")

    def execute_over_sockets(self, world: WorldOfSockets) -> None:
        raise self.wrong(
            "one", self.one, "all machines are this one, and loopback loses nothing; use threads"
        )

    def prepare(self, world: World) -> None:
        world.timeline.cut(self.one, self.other, self.at, self.seconds)

    def happen(self, world: World) -> None:
        ends = self.one, self.other
        self.rows(world, ends, "cut off")
        world.call_at(world.now + self.seconds, lambda _: self.rows(world, ends, "reached again"))


@dataclass(frozen=True, kw_only=True)
class Drop(Fault):
    """Between a machine and another, or outside, a *share* of the messages is dropped for some *seconds*.

    Not of those to and from a layer: their connection sends again what was not received.
    """

    leaves_waiting = True

    one: str = link("machine", doc="a machine")
    other: str = link("machine", default="", doc="the machine at the other end")
    share: float = knob(0.1, low=0.0, high=1.0, slider=(0.0, 1.0), doc="of the messages, from 0 to 1")
    seconds: float = knob(5.0, unit="s", above=0.0, high=1e9, slider=(0.1, 60.0), doc="how long")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.one == self.other:
            raise self.wrong("other", self.other, "within a machine nothing is dropped; name two")

    def execute_over_sockets(self, world: WorldOfSockets) -> None:
        raise self.wrong(
            "one", self.one, "all machines are this one, and loopback loses nothing; use threads"
        )

    def prepare(self, world: World) -> None:
        world.timeline.drop(self.one, self.other, self.at, self.seconds, self.share)

    def happen(self, world: World) -> None:
        ends = self.one, self.other
        self.rows(world, ends, f"{self.share:.0%} dropped")
        world.call_at(world.now + self.seconds, lambda _: self.rows(world, ends, "none dropped"))


@dataclass(frozen=True, kw_only=True)
class Vanish(Fault):
    """*count* clients vanish without a word, as when a cable is pulled: nothing is closed, nobody is told."""

    target: str = link("people", doc="whose clients vanish")
    count: int = knob(1, unit="clients", low=1, high=1_000_000, slider=(1, 100), doc="how many")

    def happen(self, world: World) -> None:
        self.row(world, self.target, f"{world.shared(self.target).vanish(self.count)} vanished")


@dataclass(frozen=True, kw_only=True)
class Leave(Fault):
    """All clients close their sockets within *over* seconds."""

    target: str = link("people", doc="who leaves")
    over: float = knob(0.1, unit="s", high=1e9, slider=(0.0, 10.0), doc="seconds in which all do")

    def happen(self, world: World) -> None:
        self.row(world, self.target, "all leave")
        world.shared(self.target).leave_all(self.over)


@dataclass(frozen=True, kw_only=True)
class Reconnect(Fault):
    """All clients, those that are gone among them, open a new socket within *over* seconds; an old one is gone."""

    target: str = link("people", doc="who reconnects")
    over: float = knob(0.1, unit="s", high=1e9, slider=(0.0, 10.0), doc="seconds in which all do")

    def happen(self, world: World) -> None:
        self.row(world, self.target, "all reconnect")
        world.shared(self.target).reconnect_all(self.over)

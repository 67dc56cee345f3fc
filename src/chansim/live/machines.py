"""Machines: a scenario executed by several processes, one for each of its machines, that share a layer on Redis.

What is on no machine, the clients above all, stays in the process outside, which started the others and keeps the
trace. Each machine's process has that machine's servers and workers. Layers are on Redis. What a component sends to
one in another process goes through the process outside. ``docs/decisions/032`` says what happens when one of them dies.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from chansim.live.engine import MemoryLayerOfRun, World
from chansim.live.link import Link, LinkRecorder, SocketsBetween, parcel_in_words
from chansim.live.redis import RedisLayer
from chansim.live.redis_host import PATIENCE, RedisHost
from chansim.live.redis_run import RedisLayerOfRun, RedisSessions
from chansim.model.component import Component
from chansim.model.world import LayerRules, Parcel, shift_of
from chansim.scenario import Scenario

EVERYWHERE = frozenset({"machine", "application", "layer", "users"})
"""What each process has for itself: descriptions, and ways to the layer."""

BLOCK = 1 << 22
"""How many messages, and requests, each process may number: no two give the same number."""


def machines_of(scenario: Scenario) -> tuple[str, ...]:
    """The machines that need a process: those with something that runs there, besides layers."""
    return tuple(
        machine.name
        for machine in scenario.components
        if machine.provides == "machine"
        and any(each.machine == machine.name and not is_layer(each) for each in scenario.components)
    )


def is_layer(component: Component) -> bool:
    """Whether it is a channel layer."""
    return "layer" in component.provides.split()


class Draws:
    """Each request's own draw, of those that this process has heard of."""

    def __init__(self) -> None:
        self._known: dict[int, float] = {0: 0.0}

    def of(self, request: int) -> float:
        """The request's own draw, from 0 to 1."""
        return self._known.get(request, 0.0)

    def learn(self, request: int, draw: float) -> None:
        """Somebody else has told this request's."""
        self._known[request] = draw


class Part(World):
    """The part of a run that one process has: what is *here*, and the ways to all else.

    *hosts*: the layer's Redis servers; *prefix*: what this run's keys there begin with; *number*: which process it is.
    """

    def __init__(
        self, scenario: Scenario, seed: int, here: str, hosts: Sequence[str], prefix: str, number: int
    ):
        super().__init__(scenario, seed)
        self.here = here
        self.hosts = tuple(hosts)
        self.prefix = prefix
        self.numbers = self.block(number)
        self.new_message = count(self.numbers.start).__next__
        self.recorder.new_message = self.new_message
        self._texts: list[str] = []
        self.draws = Draws()
        self._requests = count(self.numbers.start)
        self._handlers = Ways(self)
        self._redis: list[RedisLayer] = []
        self.store = self.beside(hosts[0])
        self.sessions = RedisSessions(self.store)
        self.between = SocketsBetween(self.code, self.text)

    def beside(self, host: str) -> RedisHost:
        """A Redis server, for what stands there beside the layers."""
        return RedisHost(host, self.prefix, 1.0, 1.0, False, False, None, lambda host, queues: None)

    @staticmethod
    def block(number: int) -> range:
        """What the process of that number may number."""
        return range(number * BLOCK + 1, (number + 1) * BLOCK)

    def text(self, code: int) -> str:
        """What a code of this process stands for."""
        if code >= len(self._texts):
            self._texts = self.recorder.names()
        return self._texts[code]

    def forward(self, words: list[Any]) -> None:
        """Send a parcel on its way to the process that has its receiver."""
        raise NotImplementedError

    # -- who is here

    def has(self, component: Component) -> bool:
        """Whether a component takes part in this process."""
        if is_layer(component):
            return not getattr(component, "one_machine", False) or component.machine == self.here
        if not component.placed and EVERYWHERE & set(component.provides.split()):
            return True
        return component.machine == self.here

    def take_in(self, component: Component) -> None:
        """See World.take_in."""
        if self.has(component):
            self.execute_here(component)
        elif "process" in component.provides.split() or component.provides == "people":
            self.share(component.name, Elsewhere(self, component))

    def do_there(self, component: Component, what: str) -> None:
        """Have another process do something to one of its components."""
        raise NotImplementedError

    def memory_layer(self, rules: LayerRules) -> MemoryLayerOfRun:
        """The run's layer on Redis; one that is in one machine's memory stays there."""
        if getattr(self.scenario[rules.name], "one_machine", False):
            return super().memory_layer(rules)
        layer = RedisLayer(
            self.hosts,
            f"{self.prefix}{rules.name}:",
            rules.expiry,
            rules.group_expiry,
            rules.capacity,
            dict(rules.channel_capacity),
            rules.era,
            loss=rules.loss,
            clock=lambda: self.now,
            random=self.random(rules.name, f"layer {self.here}"),
            recorder=self.recorder,
            draws=self.draws,
            name=rules.name,
        )
        self._redis.append(layer)
        return RedisLayerOfRun(layer, rules.name, self)  # type: ignore[arg-type]

    # -- requests

    def new_request(self, draw: float) -> int:
        """See World.new_request."""
        request = next(self._requests)
        self.draws.learn(request, draw)
        return request

    def draw(self, request: int, purpose: str) -> float:
        """See World.draw."""
        return (self.draws.of(request) + shift_of(purpose)) % 1.0

    # -- parcels

    def arrived(self, receiver: str, parcel: Parcel, draw: float) -> None:
        """A parcel came from another process."""
        self.draws.learn(parcel.request, draw)
        self.call_at(self.now, self._handlers[receiver], parcel)

    def in_words(self, receiver: str, parcel: Parcel) -> list[Any]:
        """A parcel, to be told another process."""
        return parcel_in_words(parcel, receiver, self.draws.of(parcel.request), self.text, self.between)

    def _stop(self) -> None:
        self.stop.set()
        for layer in self._redis:
            layer.close()
        super()._stop()


class Ways(dict[str, Callable[[Parcel], None]]):
    """Where parcels go: to the components that are here, by their handlers; else to the process that has them."""

    def __init__(self, part: Part):
        super().__init__()
        self._part = part

    def __missing__(self, receiver: str) -> Callable[[Parcel], None]:
        part = self._part

        def forward(parcel: Parcel) -> None:
            part.forward(part.in_words(receiver, parcel))

        return forward


class Elsewhere:
    """A component that another process has, for whoever wants to kill it."""

    def __init__(self, part: Part, component: Component):
        self._part = part
        self._component = component

    def kill(self) -> None:
        """As the component's own."""
        self._part.do_there(self._component, "kill")

    def stop(self) -> None:
        """As the component's own."""
        self._part.do_there(self._component, "stop")

    def restart(self) -> None:
        """As the component's own."""
        self._part.do_there(self._component, "restart")


class Inside(Part):
    """One machine's part."""

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        here: str,
        hosts: Sequence[str],
        prefix: str,
        link: Link,
        number: int,
    ):
        super().__init__(scenario, seed, here, hosts, prefix, number)
        self.link = link
        recorder = LinkRecorder(link, self.numbers.start)
        self.recorder = recorder
        self.code, self.new_message = recorder.code, recorder.new_message
        self.text = recorder.text  # type: ignore[method-assign]
        self.between = SocketsBetween(self.code, self.text)

    def forward(self, words: list[Any]) -> None:
        self.link.say("parcel", *words)

    def do_there(self, component: Component, what: str) -> None:
        self.link.say("do", component.name, what)

    def report(self, problem: str) -> None:
        self.link.say("problem", problem)

    def beginning(self) -> float:
        """All is ready: say so, and wait until the run begins."""
        self.link.say("ready")
        while True:
            words = self.link.hear()
            if words[0] == "start":
                return began(words[1], words[2], words[3], self.store)

    def expect(self, more: int) -> None:
        """Who is done is known outside."""


def here_and_now(store: RedisHost) -> tuple[str, float]:
    """Which computer this is, since when; and its clock's zero by the Redis server's clock, to half a round trip."""
    best, zero = PATIENCE, 0.0
    for _ in range(10):
        before = time.perf_counter()
        there = store.time()
        after = time.perf_counter()
        if after - before < best:
            best, zero = after - before, there - (before + after) / 2
    return boot(), zero


def boot() -> str:
    """Which computer this is, since it was started: its processes have one clock."""
    path = Path("/proc/sys/kernel/random/boot_id")
    return path.read_text().strip() if path.exists() else ""


def began(computer: str, started: float, zero: float, store: RedisHost) -> float:
    """When a run began, by this process's clock, that began at *started* on a *computer* whose clock's zero is told."""
    mine, own_zero = here_and_now(store)
    return started if mine and mine == computer else started + zero - own_zero

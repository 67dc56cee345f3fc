"""Pollers and LongPollers: clients that want to hear of events, and have nothing but HTTP requests for it.

A poller asks again and again whether there is something new; mostly there is
not. A long poller asks once, and the server answers when there is something.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from chansim.duration import Exponential
from chansim.model.component import Component, knob, link
from chansim.model.world import Parcel, World, http_request
from chansim.quantities import plain
from chansim.trace import RECEIVED, SENT


@dataclass(frozen=True, kw_only=True)
class Pollers(Component):
    """*members* clients each ask *every* so many seconds, whether or not they were answered, for what is new.

    *rate*: events a second for each of them. They are messages on the channel
    "events of ..." with this component's name, sent when they happen and received
    with the answer to the poll that was asked next: in between they are stale. A poll
    says in its query, ``new=2``, how many there are, as if the application had
    looked it up; one that fails leaves them for the next.
    """

    server: str = link("server", doc="the server they ask")
    members: int = knob(100, unit="members", low=1, high=1_000_000, slider=(1, 1000), doc="how many ask")
    every: float = knob(
        5.0, unit="s", above=0.0, high=1e6, slider=(0.5, 30.0), doc="seconds between a member's polls"
    )
    rate: float = knob(
        0.1, unit="1/s", above=0.0, high=1e6, slider=(0.01, 2.0), doc="events a second for each member"
    )
    path: str = "/poll/"

    role = "client"

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_path(self, self.path)

    @property
    def endless(self) -> bool:
        return True

    @property
    def label(self) -> tuple[str, ...]:
        return ("Clients", f"{self.members} poll every {plain(self.every)} s")

    def start(self, world: World) -> None:
        Polling(self, world)


class Polling:
    """The pollers of one run."""

    def __init__(self, pollers: Pollers, world: World):
        self.world = world
        self.pollers = pollers
        self.name = pollers.name
        self.code = world.code(pollers.name)
        self.channel = world.code(f"events of {pollers.name}")
        self.event = world.code("event")
        self.service: Random = world.random(self.name, "service")
        self.events: Random = world.random(self.name, "events")
        self.gap = Exponential(1 / (pollers.rate * pollers.members)).quantile
        self.new: list[list[int]] = [
            [] for _ in range(pollers.members)
        ]  # by member: events nobody asked for yet
        self.asked: dict[int, tuple[int, list[int]]] = {}  # request -> member, and the events it asks for
        world.on_arrival(self.name, self.answered)
        world.expect(+1)  # they would go on for ever
        phases = world.random(self.name, "phases")
        for phase, member in sorted((phases.random(), member) for member in range(pollers.members)):
            world.call_at(phase * pollers.every, self.ask, (member, phase, 0))
        self.wait_for_event(0.0)

    def wait_for_event(self, since: float) -> None:
        """Arrange the next event, reckoned from the moment of the last."""
        moment = since + self.gap(self.events.random())
        self.world.call_at(moment, self.happen, moment)

    def happen(self, moment: float) -> None:
        """Something happens for one of the members."""
        message = self.world.new_message()
        self.world.write(SENT, self.code, self.channel, message, 0, self.event)
        self.new[int(self.events.random() * self.pollers.members)].append(message)
        self.wait_for_event(moment)

    def ask(self, what: tuple[int, float, int]) -> None:
        """Let a member poll."""
        member, phase, times = what
        world, pollers = self.world, self.pollers
        request = world.new_request(self.service.random())
        events, self.new[member] = self.new[member], []
        self.asked[request] = member, events
        query = f"new={len(events)}".encode()
        content = {**http_request(f"{pollers.path}{member + 1}"), "query_string": query}
        world.post(self.name, pollers.server, "request", request, content)
        world.call_at((phase + times + 1) * pollers.every, self.ask, (member, phase, times + 1))

    def answered(self, parcel: Parcel) -> None:
        """Take an answer, and the events that it tells of."""
        self.world.accept(parcel, self.code)
        if parcel.kind == "part":
            return
        member, events = self.asked.pop(parcel.request)
        if not _is_response(parcel.kind):
            self.new[member][:0] = events
            return
        for message in events:
            self.world.write(RECEIVED, self.code, self.channel, message, parcel.request, self.event)


@dataclass(frozen=True, kw_only=True)
class LongPollers(Component):
    """*members* clients who each ask, wait for the answer however long it takes, and ask again at once.

    The first time they ask within *start_over* seconds. After a failure they ask
    again *pause* seconds later. Each asks at *path* and its number, "/poll/17".
    """

    server: str = link("server", doc="the server they ask")
    members: int = knob(8, unit="members", low=1, high=1_000_000, slider=(1, 1000), doc="how many ask")
    start_over: float = knob(
        30.0, unit="s", high=1e6, slider=(0.0, 60.0), doc="seconds in which all ask for the first time"
    )
    pause: float = knob(
        1.0,
        unit="s",
        above=0.0,
        high=1e6,
        slider=(0.1, 10.0),
        doc="seconds until it asks again once it has failed",
    )
    path: str = "/poll/"

    role = "client"

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_path(self, self.path)

    @property
    def endless(self) -> bool:
        return True

    @property
    def label(self) -> tuple[str, ...]:
        return ("Clients", f"{self.members} long polls")

    def start(self, world: World) -> None:
        LongPolling(self, world)


class LongPolling:
    """The long pollers of one run."""

    def __init__(self, pollers: LongPollers, world: World):
        self.world = world
        self.pollers = pollers
        self.name = pollers.name
        self.code = world.code(pollers.name)
        self.asked: dict[int, Member] = {}  # by request
        world.on_arrival(self.name, self.answered)
        world.expect(+1)  # they would go on for ever
        starting = world.random(self.name, "starting")
        moments = sorted(starting.random() * pollers.start_over for _ in range(pollers.members))
        for number, moment in enumerate(moments, 1):
            world.call_at(moment, self.ask, Member(number, world.random(self.name, f"member {number}")))

    def ask(self, member: Member) -> None:
        """Let a member ask."""
        world, pollers = self.world, self.pollers
        request = world.new_request(member.draw())
        self.asked[request] = member
        content = http_request(f"{pollers.path}{member.number}")
        world.post(self.name, pollers.server, "request", request, content)

    def answered(self, parcel: Parcel) -> None:
        """Take an answer, and ask again."""
        world = self.world
        world.accept(parcel, self.code)
        if parcel.kind == "part":
            return
        member = self.asked.pop(parcel.request)
        if _is_response(parcel.kind):
            self.ask(member)
        else:
            world.call_at(world.now + self.pollers.pause, self.ask, member)


class Member:
    """One of them: its *number*, from 1, and its own stream of draws."""

    __slots__ = ("draw", "number")

    def __init__(self, number: int, random: Random):
        self.number = number
        self.draw = random.random


def _is_response(kind: str) -> bool:
    """Whether it is what was asked for: a status below 500."""
    return kind.isdigit() and int(kind) < 500


def _check_path(component: Component, path: object) -> None:
    if not isinstance(path, str) or not path.startswith("/"):
        raise component.wrong("path", path, "it must be text that begins with '/'")

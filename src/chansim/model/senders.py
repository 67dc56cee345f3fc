"""Senders: clients that send a message now and then, and hold no connection.

Sensors that send datagrams, people who write mails or texts: what they send,
and to whom, is the affair of the server, which says what it *carries*.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chansim.model.arrivals import Arrivals, arriving
from chansim.model.component import Component, knob, link
from chansim.model.world import Parcel, Socket, World


@dataclass(frozen=True, kw_only=True)
class Senders(Component):
    """*members* of them send *text* in turn, one at each moment that *arrivals* gives.

    Nobody waits for an answer. One that comes is taken, as is what the
    application sends of itself.
    """

    server: str = link("mailbox", doc="the server they send to")
    members: int = knob(10, unit="members", low=1, high=1_000_000, slider=(1, 200), doc="how many there are")
    arrivals: Arrivals = arriving(
        1.0, unit="messages/s", slider=(0.1, 50.0), doc="messages that are sent in a second"
    )
    text: str = "hello"

    role = "client"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not hasattr(self.arrivals, "moments") or isinstance(self.arrivals, type):
            raise self.wrong(
                "arrivals", self.arrivals, "it must be Poisson(rate), Recorded(moments) or the like"
            )
        if not isinstance(self.text, str):
            raise self.wrong("text", self.text, "it must be text")

    @property
    def endless(self) -> bool:
        return self.arrivals.endless

    @property
    def label(self) -> tuple[str, ...]:
        return ("Senders", str(self.arrivals))

    def start(self, world: World) -> None:
        Sending(self, world).wait_for_next()


class Sending:
    """The senders of one run."""

    def __init__(self, senders: Senders, world: World):
        self.world = world
        self.senders = senders
        self.name = senders.name
        self.code = world.code(senders.name)
        self.carries: str = world.scenario[senders.server].carries
        self.moments: Iterator[float] = senders.arrivals.moments(world.random(self.name, "arrivals"))
        self.draw = world.random(self.name, "service").random
        self.addresses = [Socket(0, self.name, number) for number in range(1, senders.members + 1)]
        self.sent = 0
        world.on_arrival(self.name, self.arrived)
        world.expect(+1)

    def wait_for_next(self) -> None:
        """Arrange the next message, if there is one."""
        moment = next(self.moments, None)
        if moment is None:
            self.world.expect(-1)
        else:
            self.world.call_at(moment, self.send)

    def send(self, _: object) -> None:
        """Let the next of them send."""
        world, senders = self.world, self.senders
        address = self.addresses[self.sent % senders.members]
        self.sent += 1
        world.post(
            self.name, senders.server, self.carries, world.new_request(self.draw()), senders.text, address
        )
        self.wait_for_next()

    def arrived(self, parcel: Parcel) -> None:
        """Take what comes."""
        self.world.accept(parcel, self.code)

"""UDPServer: an interface server for datagrams, by the UDP page of the ASGI draft (May 2016).

Each datagram is a message on ``udp.receive``. No connection is held, and none
is answered unless a consumer sends ``{"data": ...}`` to its reply channel. The
draft was never built; how often it looks for replies is Daphne's habit.
"""

from __future__ import annotations

import string
from contextlib import suppress
from dataclasses import dataclass

from chansim.layer.contract import ChannelFull
from chansim.layer.core import Envelope, Listener
from chansim.layer.eras import JUNE_2016, Era, era_called
from chansim.model.component import Component, knob, link
from chansim.model.world import Behaviour, LayerAccess, Parcel, Socket, World
from chansim.trace import BEGUN, ENDED, LOST


@dataclass(frozen=True, kw_only=True)
class UDPServer(Component):
    """*cpu*: seconds of its event loop for each datagram in or out; *poll*: seconds between looks for replies.

    A datagram that finds ``udp.receive`` full is lost, and its sender never
    hears of it. Each address that was heard from has a reply channel of its
    own, for the whole run.
    """

    layer: str = link("layer", doc="the channel layer it sends to")
    cpu: float = knob(
        0.000_3, unit="s", high=60.0, slider=(0.0, 0.005), doc="seconds of its event loop per datagram"
    )
    poll: float = knob(
        JUNE_2016.poll, unit="s", high=60.0, slider=(0.0, 0.1), doc="seconds between looks for replies"
    )

    provides = "mailbox"
    carries = "datagram"
    role = "interface"
    column = 1

    @property
    def label(self) -> tuple[str, ...]:
        return ("Interface Server", "(UDP)")

    def start(self, world: World) -> None:
        Port(self, world)


class Port:
    """What a UDP server has in hand during a run."""

    def __init__(self, server: UDPServer, world: World):
        self.server = server
        self.world = world
        self.code = world.code(server.name)
        self.layer: LayerAccess = world.shared(server.layer).access(server)
        self.inbox = world.queue()
        self.listener = Listener()
        self.channels: dict[Socket, str] = {}  # address -> its reply channel
        self.addresses: dict[str, Socket] = {}  # and the other way
        era: Era = era_called(world.scenario[server.layer].era)
        self.own = ""
        self.letters = world.random(server.name, "reply channels")
        if era.shared_replies:
            self.own = f"udp.send.{self.random_letters()}!"
            self.layer.listen(self.listener, self.own)
        world.on_arrival(server.name, self.arrived)
        world.begin(self.run())

    def random_letters(self) -> str:
        """Ten of them, as in the names that Daphne made itself."""
        return "".join(self.letters.choices(string.ascii_letters, k=10))

    def arrived(self, parcel: Parcel) -> None:
        """A datagram came; the loop will see to it."""
        self.world.accept(parcel, self.code)
        self.inbox.put(parcel)

    def run(self) -> Behaviour:
        """The event loop."""
        world, layer, server, code = self.world, self.layer, self.server, self.code
        overhead = world.processor(server.machine).overhead
        while True:
            parcel, reply = yield from layer.either(self.inbox, self.listener, server.poll)
            what = (0, parcel.message, parcel.request) if reply is None else reply[1:2] + reply[3:5]
            world.write(BEGUN, code, *what)
            yield from overhead(server.cpu)
            layer.request = what[2]
            if reply is None:
                self.to_layer(parcel)
            else:
                self.to_address(reply)
            yield from layer.settle()
            world.write(ENDED, code, *what)

    def to_layer(self, parcel: Parcel) -> None:
        """A datagram becomes a message; the address is the sender's name, and its number as the port."""
        address = parcel.socket
        assert address is not None
        content = {
            "reply_channel": self.reply_channel(address),
            "data": str(parcel.content).encode(),
            "client": [parcel.sender, address.member],
            "server": [self.server.name, 0],
        }
        with suppress(ChannelFull):
            self.layer.send("udp.receive", content)

    def reply_channel(self, address: Socket) -> str:
        """Where answers for *address* are to be sent; there is an ear for it."""
        if address not in self.channels:
            channel = self.own + self.random_letters() if self.own else self.layer.new_channel("udp.send!")
            self.channels[address], self.addresses[channel] = channel, address
            if not self.own:
                self.layer.listen(self.listener, channel)
        return self.channels[address]

    def to_address(self, reply: Envelope) -> None:
        """What a consumer sent becomes a datagram, if it can."""
        name, channel, content, message, request, _, _ = reply
        world = self.world
        data = content.get("data")
        if isinstance(data, bytes) and name in self.addresses:
            address = self.addresses[name]
            world.post(self.server.name, address.client, "datagram", request, data, address)
        else:
            why = f"its data are {data!r}, not bytes" if name in self.addresses else "nobody has that address"
            world.report(f"{self.server.name}: a reply on {name!r} is no datagram: {why}")
            world.write(LOST, self.code, channel, message, request, world.code("bad reply"))

"""Gateway: an interface server for e-mail or text messages, by the ASGI draft's examples of 2016.

What people send becomes messages on ``sms.receive`` or ``email.receive``. There
is no reply channel: who wants to send something puts it on ``sms.send`` or
``email.send``, from where any gateway of that protocol may take it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from chansim.layer.contract import ChannelFull, Content
from chansim.model.component import Component, knob, link
from chansim.model.world import Behaviour, LayerAccess, Parcel, Socket, World
from chansim.trace import BEGUN, ENDED, LOST

PROTOCOLS = {"sms": "SMS gateway", "email": "e-mail gateway"}

TIME_TO_LOOK = object()
"""Put into the gateway's inbox when it is time to look for something to send."""


@dataclass(frozen=True, kw_only=True)
class Gateway(Component):
    """*protocol*: "sms" or "email". *look*: seconds between its looks for what is to be sent, one message a look.

    So it sends ``1 / look`` messages a second and no more, as providers ask;
    what the application sends faster waits on the channel. A message that comes
    is ``{"from": ..., "to": ..., "text": ...}``, of a mail "content" in place of
    "text"; one that goes out needs "to" and the text. An address is the
    number of a sender and its component's name, "3@people".
    """

    layer: str = link("layer", doc="the channel layer it sends to")
    protocol: str = "sms"
    look: float = knob(
        0.1, unit="s", above=0.0, high=60.0, slider=(0.01, 1.0), doc="seconds between looks for what to send"
    )
    cpu: float = knob(
        0.000_3, unit="s", high=60.0, slider=(0.0, 0.005), doc="seconds of its event loop per message"
    )

    provides = "mailbox"
    role = "interface"
    column = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.protocol not in PROTOCOLS:
            raise self.wrong("protocol", self.protocol, f"it must be one of {', '.join(PROTOCOLS)}")

    @property
    def carries(self) -> str:
        """What its people send."""
        return self.protocol

    @property
    def text_key(self) -> str:
        """Under which key the text of a message stands."""
        return "content" if self.protocol == "email" else "text"

    @property
    def endless(self) -> bool:
        return True

    @property
    def label(self) -> tuple[str, ...]:
        return ("Interface Server", f"({PROTOCOLS[self.protocol]})")

    def start(self, world: World) -> None:
        Exchange(self, world)


class Exchange:
    """What a gateway has in hand during a run."""

    def __init__(self, gateway: Gateway, world: World):
        self.gateway = gateway
        self.world = world
        self.code = world.code(gateway.name)
        self.layer: LayerAccess = world.shared(gateway.layer).access(gateway)
        self.outgoing = f"{gateway.protocol}.send"
        self.people = [each.name for each in world.scenario.components if self.reaches(each)]
        self.inbox = world.queue()
        self.next_look = 0.0
        world.on_arrival(gateway.name, self.arrived)
        world.expect(+1)  # it would go on for ever
        world.begin(self.run())
        self.look_again()

    def reaches(self, component: Component) -> bool:
        """Whether these are people of its protocol, who may be those of another gateway."""
        servers = [self.world.scenario[name] for field, name in component.links() if field == "server"]
        return any(getattr(each, "carries", "") == self.gateway.protocol for each in servers)

    def arrived(self, parcel: Parcel) -> None:
        """Somebody sent something; the loop will see to it."""
        self.world.accept(parcel, self.code)
        self.inbox.put(parcel)

    def look_again(self) -> None:
        """Arrange the next look: a whole number of intervals from the beginning."""
        while self.next_look <= self.world.now:
            self.next_look += self.gateway.look
        self.world.call_at(self.next_look, self.inbox.put, TIME_TO_LOOK)

    def run(self) -> Behaviour:
        """Its event loop."""
        while True:
            item = yield from self.inbox.take()
            if item is TIME_TO_LOOK:
                yield from self.to_people()
                self.look_again()
            else:
                yield from self.to_layer(item)

    def to_layer(self, parcel: Parcel) -> Behaviour:
        """What somebody sent becomes a message. One that finds its channel full is lost."""
        world, layer, gateway, sender = self.world, self.layer, self.gateway, parcel.socket
        assert sender is not None
        world.write(BEGUN, self.code, 0, parcel.message, parcel.request)
        yield from world.processor(gateway.machine).overhead(gateway.cpu)
        layer.request = parcel.request
        content: Content = {"from": f"{sender.member}@{parcel.sender}", "to": gateway.name}
        if gateway.protocol == "email":
            content["headers"] = []
        content[gateway.text_key] = parcel.content
        with suppress(ChannelFull):
            layer.send(f"{gateway.protocol}.receive", content)
        yield from layer.settle()
        world.write(ENDED, self.code, 0, parcel.message, parcel.request)

    def to_people(self) -> Behaviour:
        """Take a message, if there is one, and send it to whom it is for."""
        world, layer, gateway = self.world, self.layer, self.gateway
        envelope = layer.receive_at_once((self.outgoing,))
        yield from layer.settle()
        if envelope is None:
            return
        _, channel, content, message, request, _, _ = envelope
        world.write(BEGUN, self.code, channel, message, request)
        yield from world.processor(gateway.machine).overhead(gateway.cpu)
        why = self.wrong_with(content)
        if why:
            world.report(f"{gateway.name}: a message of {self.outgoing!r} cannot be sent: {why}")
            world.write(LOST, self.code, channel, message, request, world.code("bad reply"))
        else:
            number, _, people = content["to"].partition("@")
            address = Socket(0, people, int(number))
            world.post(gateway.name, people, gateway.protocol, request, content[gateway.text_key], address)
        world.write(ENDED, self.code, channel, message, request)

    def wrong_with(self, content: Content) -> str:
        """Why it cannot be sent; "" if it can."""
        number, _, people = str(content.get("to")).partition("@")
        if not number.isdecimal() or people not in self.people:
            known = ", ".join(f"'1@{name}'" for name in self.people) or "none, for there is nobody"
            return f"to={content.get('to')!r}: it must be an address, such as {known}"
        if self.gateway.text_key not in content:
            return f"it has no {self.gateway.text_key!r}"
        return ""

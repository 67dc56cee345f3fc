"""InterfaceServer: Daphne. It holds the connections, and turns what happens on them into messages.

One event loop does one thing at a time; any number of connections may be open.
What is in here is Daphne's behaviour: 0.13.0's of June 2016, 1.0's or 1.4's, as
the era of its layer says. Left out is the processor time of looks at the layer
that find nothing. What it does with WebSockets is in ``sockets.py``.
"""

from __future__ import annotations

import string
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

from chansim.layer.contract import ChannelFull, Content
from chansim.layer.core import Envelope, Listener
from chansim.layer.eras import JUNE_2016, Era, era_called
from chansim.model.component import Component, knob, link
from chansim.model.sockets import Sockets
from chansim.model.world import Behaviour, Description, Killed, LayerAccess, Parcel, World, WorldOfSockets
from chansim.trace import BEGUN, ENDED, FAULT, LOST

CHECK_EVERY = 2.0
"""Seconds between two looks for requests that have waited too long (Daphne 0.13.0)."""

OPENING = ("request", "connect")
"""What a client sends first: it waits for an answer."""


@dataclass(frozen=True, kw_only=True)
class InterfaceServer(Component):
    """*cpu*: seconds of its event loop for each message in or out.

    *poll*: after a look at the layer that found nothing, seconds to the next;
    *idle_poll*: the same while no client is connected; *http_timeout*: seconds
    until a client without an answer is told 503. Defaults: Daphne 0.13.0's;
    *cpu* is an order of magnitude, not a measurement. *http_disconnect*:
    whether it sends ``http.disconnect`` after every request, as Daphne did.
    Hardly any consumer takes it, so that it fills its channel and then is lost
    each time; left out unless asked for. *websocket_timeout*: seconds after
    which a WebSocket is closed whatever it does; None for the group expiry of
    its layer. *handshake_timeout*, *ping_interval*, *ping_timeout*: see
    :class:`~chansim.layer.eras.Era`; None for the era's.
    """

    layer: str = link("layer", doc="the channel layer it sends to")
    cpu: float = knob(
        0.000_3, unit="s", high=60.0, slider=(0.0, 0.005), doc="seconds of its event loop per message"
    )
    poll: float = knob(
        JUNE_2016.poll, unit="s", high=60.0, slider=(0.0, 0.1), doc="seconds between looks for replies"
    )
    idle_poll: float = knob(
        JUNE_2016.idle_poll, unit="s", high=60.0, slider=(0.0, 0.2), doc="the same while it has no client"
    )
    http_timeout: float = knob(
        JUNE_2016.http_timeout, unit="s", above=0.0, high=1e6, slider=(1.0, 300.0), doc="seconds until 503"
    )
    http_disconnect: bool = False
    websocket_timeout: float | None = None
    handshake_timeout: float | None = None
    ping_interval: float | None = None
    ping_timeout: float | None = None

    provides = "server sockets process"
    pushes: ClassVar[bool] = False  #: whether it knows what to do with what is to be pushed
    role = "interface"
    column = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.http_disconnect, bool):
            raise self.wrong("http_disconnect", self.http_disconnect, "it must be True or False")
        for name in ("websocket_timeout", "handshake_timeout", "ping_interval", "ping_timeout"):
            if getattr(self, name) is not None:
                self._check_number(name, getattr(self, name), "s", 0.0, 1e9, 0.0, False)

    @property
    def label(self) -> tuple[str, ...]:
        return ("Interface Server", "(Daphne)")

    def era(self, scenario: Description) -> Era:
        """The era whose habits it has: its layer's."""
        return era_called(scenario[self.layer].era)

    def opens_at_once(self, scenario: Description) -> bool:
        """Whether a WebSocket is open as soon as it is asked for, without the application's yes."""
        return not self.era(scenario).handshake_waits

    def start(self, world: World) -> None:
        EventLoop(self, world)

    def execute_over_sockets(self, world: WorldOfSockets) -> None:
        world.start_interface_server(self)


class EventLoop:
    """What one interface server has in hand during a run."""

    def __init__(self, server: InterfaceServer, world: World):
        self.server = server
        self.world = world
        self.code = world.code(server.name)
        self.era: Era = server.era(world.scenario)
        if self.era.shared_replies:
            self.letters = world.random(server.name, "reply channels")
        world.on_arrival(server.name, self.arrived)
        world.share(server.name, self)
        self.restart()

    def restart(self) -> None:
        """Start, for the first time or again: with no connection, and reply channels of its own."""
        world, server = self.world, self.server
        self.layer: LayerAccess = world.shared(server.layer).access(server)
        self.inbox = world.queue()  # parcels; and functions, for only the loop touches what the loop holds
        self.listener = Listener()
        self.new: list[Parcel] = []  # has just been taken from the inbox
        self.requests: dict[str, tuple[float, Parcel]] = {}  # reply channel -> when it came, and what it was
        self.answering: dict[str, str] = {}  # reply channel -> the status of a response that comes in parts
        self.sockets = Sockets(self)
        self.watching = False  # a look for requests that have waited too long is arranged
        self.deaf = False  # it reads no replies any more
        self.down = False  # it is not there at all
        # channel, message and request of what it is busy with
        self.in_hand: tuple[int, int, int] | None = None
        if self.era.shared_replies:
            self.own = f"daphne.response.{self.random_letters()}!"  # Daphne 1.2 and later
            self.layer.listen(self.listener, self.own)
        self.task = world.begin(self.run(), server.name)

    def kill(self) -> None:
        """End at once: its connections break, what it has in hand is lost, and the application is told nothing."""
        world, me = self.world, self.server.name
        self.down = True
        new = list(self.new)
        self.task.kill()
        while len(self.inbox):
            parcel = self.inbox.take_at_once()
            if not callable(parcel):
                self.lose(parcel, "worker killed")
                new.append(parcel)
        for channel, (_, parcel) in self.requests.items():
            self.layer.stop_listening(channel)
            new.append(parcel)
        for parcel in new:
            if parcel.kind in OPENING:
                world.post(me, parcel.sender, "dropped", parcel.request, None, parcel.socket)
        self.sockets.break_all()
        if self.era.shared_replies:
            self.layer.stop_listening(self.own)

    stop = kill  #: Daphne did not wait for anything on SIGTERM

    def arrived(self, parcel: Parcel) -> None:
        """Something came from a client; the loop will see to it."""
        if self.down:
            self.refuse(parcel)
            return
        self.world.accept(parcel, self.code)
        self.inbox.put(parcel)

    def refuse(self, parcel: Parcel) -> None:
        """Nobody is there to take it."""
        self.lose(parcel, "worker killed")
        if parcel.kind in OPENING:
            me, sender = self.server.name, parcel.sender
            self.world.post(me, sender, "refused", parcel.request, None, parcel.socket)

    def pause(self) -> float:
        """Seconds until the layer is looked at again."""
        return self.server.poll if self.requests or self.sockets.held else self.server.idle_poll

    def run(self) -> Behaviour:
        """The event loop."""
        world, layer, server, code = self.world, self.layer, self.server, self.code
        write, overhead = world.write, world.processor(server.machine).overhead
        held = self.sockets.held
        handlers = {
            "request": self.on_request,
            "gave up": self.on_gave_up,
            "connect": self.sockets.on_connect,
            "frame": self.sockets.on_frame,
            "close": self.sockets.on_close,
        }
        try:
            while True:
                self.in_hand = None
                parcel, reply = yield from layer.either(self.inbox, self.listener, self.pause())
                if reply is not None:
                    name, channel, _, message, request, _, _ = reply
                elif callable(parcel):
                    parcel()
                    yield from layer.settle()
                    continue
                else:
                    channel, message, request = 0, parcel.message, parcel.request
                    self.new = [parcel]
                self.in_hand = channel, message, request
                write(BEGUN, code, channel, message, request)
                yield from overhead(server.cpu)
                layer.request = request
                if reply is None:
                    self.new = []
                    handlers[parcel.kind](parcel)
                elif name in held:
                    self.sockets.to_socket(reply, held[name])
                elif name in self.requests:
                    self.to_browser(reply)
                else:
                    self.lose(reply, "gone client")
                yield from layer.settle()
                write(ENDED, code, channel, message, request)
        except Killed:
            if self.in_hand is not None:
                channel, message, request = self.in_hand
                write(LOST, code, channel, message, request, world.code("worker killed"))
                write(ENDED, code, channel, message, request)
            raise

    # -- reply channels

    def new_reply_channel(self, pattern: str) -> str:
        """A reply channel for a client, and an open ear for it."""
        if self.era.shared_replies:
            return self.own + self.random_letters()
        return self.layer.new_channel(pattern)

    def random_letters(self) -> str:
        """Ten of them, as Daphne took since 1.2."""
        return "".join(self.letters.choices(string.ascii_letters, k=10))

    def listen(self, channel: str) -> None:
        """From now on replies on *channel* are read."""
        if not self.era.shared_replies and not self.deaf:
            self.layer.listen(self.listener, channel)

    def stop_listening(self, channel: str) -> None:
        """The client is gone. With a queue of its own, what comes for it is read no more; else it is thrown away."""
        if not self.era.shared_replies:
            self.layer.stop_listening(channel)

    # -- from clients

    def on_request(self, parcel: Parcel) -> None:
        """An HTTP request: http.request, or 503 where that is full."""
        channel = self.new_reply_channel("http.response!")
        try:
            self.layer.give("http.request", {**parcel.content, "reply_channel": channel})
        except ChannelFull:
            words = b"Request queue full."
            self.world.post(self.server.name, parcel.sender, "503", parcel.request, words, parcel.socket)
            self.tell_http_disconnect(channel, parcel)
        else:
            self.requests[channel] = (self.world.now, parcel)
            self.listen(channel)
            self.watch()

    def on_gave_up(self, parcel: Parcel) -> None:
        """A client has hung up without its answer: what comes for it now reaches nobody."""
        for channel, (_, waiting) in self.requests.items():
            if waiting.request == parcel.request:
                self.forget(channel)
                return

    # -- from the layer

    def to_browser(self, reply: Envelope) -> None:
        """A part of an HTTP response, or all of it."""
        content, channel = reply.content, reply.channel
        _, parcel = self.requests[channel]
        if ("status" in content) == (channel in self.answering):
            why = (
                "it is the first, and has no status" if "status" not in content else "it has a second status"
            )
            self.bad(reply, why)
            return
        status = self.answering.setdefault(channel, str(content.get("status")))
        if content.get("more_content"):
            kind = "part"
        else:
            kind = status
            self.forget(channel)
        body = content.get("content", b"")
        self.world.post(self.server.name, parcel.sender, kind, parcel.request, body, parcel.socket)

    def bad(self, reply: Envelope, why: str) -> None:
        """A reply that cannot be told a client is lost. In June 2016 it took the reader of replies with it."""
        self.lose(reply, "bad reply")
        words = f"{self.server.name}: a reply on {reply.channel!r} cannot be told the client: {why}"
        if not self.era.survives_bad_replies:
            words += "; as Daphne 0.13 did, the server reads no more replies"
            self.deaf = True
            for channel in (*self.requests, *self.sockets.held):
                self.stop_listening(channel)
            self.world.write(FAULT, self.code, 0, 0, reply.request, self.world.code("reads no more replies"))
        self.world.report(words)

    def lose(self, what: Envelope | Parcel, cause: str) -> None:
        """Something that was read, and reaches nobody."""
        channel = what.code if isinstance(what, Envelope) else what.channel
        self.world.write(LOST, self.code, channel, what.message, what.request, self.world.code(cause))

    # -- patience

    def forget(self, channel: str) -> None:
        """A request is over: its reply channel is read no more."""
        _, parcel = self.requests.pop(channel)
        self.answering.pop(channel, None)
        self.stop_listening(channel)
        self.tell_http_disconnect(channel, parcel)

    def tell_http_disconnect(self, channel: str, parcel: Parcel) -> None:
        """Say that a request is over, to whoever may want to know."""
        if self.server.http_disconnect:
            content: Content = {"reply_channel": channel}
            if self.era.handshake_waits:  # since August 2016
                content["path"] = parcel.content["path"]
            with suppress(ChannelFull):
                self.layer.send("http.disconnect", content)

    def watch(self) -> None:
        """Arrange the next look for requests that have waited too long, while there are any."""
        if self.requests and not self.watching:
            self.watching = True
            look = (self.world.now // CHECK_EVERY + 1) * CHECK_EVERY
            self.world.call_at(look, self.inbox.put, self.give_up)

    def give_up(self) -> None:
        """Tell those who have waited too long that nobody answers."""
        late = self.world.now - self.server.http_timeout
        for channel, (came, parcel) in list(self.requests.items()):
            if came >= late:
                break
            self.layer.request = parcel.request
            self.forget(channel)
            words = b"Worker server failed to respond within time limit."
            self.world.post(self.server.name, parcel.sender, "503", parcel.request, words, parcel.socket)
        self.watching = False
        self.watch()

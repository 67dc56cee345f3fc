"""InterfaceServer: Daphne. It holds the connections, and turns what happens on them into messages.

One event loop does one thing at a time; any number of connections may be open.
What is in here is Daphne 0.13.0's behaviour (June 2016), with two things left
out: the ``http.disconnect`` message after every request, which no consumer of
the time took and which only fills its channel, and the processor time of looks
at the layer that find nothing.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from chansim.layer.contract import ChannelFull, Content
from chansim.layer.core import Envelope, Listener
from chansim.model.component import Component, knob, link
from chansim.model.world import HTTP_REQUEST, Behaviour, LayerAccess, Parcel, Socket, World
from chansim.trace import BEGUN, CONNECTED, DISCONNECTED, ENDED

CHECK_EVERY = 2.0
"""Seconds between two looks for requests that have waited too long (Daphne 0.13.0)."""

TOO_LONG = object()
"""Put into the loop's inbox when it is time for such a look: only the loop touches what the loop holds."""


@dataclass(frozen=True, kw_only=True)
class InterfaceServer(Component):
    """*cpu*: seconds of its event loop for each message in or out.

    *poll*: after a look at the layer that found nothing, seconds to the next;
    *idle_poll*: the same while no client is connected; *http_timeout*: seconds
    until a client without an answer is told 503. Defaults: Daphne 0.13.0's;
    *cpu* is an order of magnitude, not a measurement.
    """

    layer: str = link("layer", doc="the channel layer it sends to")
    cpu: float = knob(
        0.000_3, unit="s", high=60.0, slider=(0.0, 0.005), doc="seconds of its event loop per message"
    )
    poll: float = knob(0.010, unit="s", high=60.0, slider=(0.0, 0.1), doc="seconds between looks for replies")
    idle_poll: float = knob(
        0.050, unit="s", high=60.0, slider=(0.0, 0.2), doc="the same while it has no client"
    )
    http_timeout: float = knob(
        120.0, unit="s", above=0.0, high=1e6, slider=(1.0, 300.0), doc="seconds until 503"
    )

    provides = "server sockets"
    role = "interface"
    column = 1

    @property
    def label(self) -> tuple[str, ...]:
        return ("Interface Server", "(Daphne)")

    def start(self, world: World) -> None:
        EventLoop(self, world)


class EventLoop:
    """What one interface server has in hand during a run."""

    def __init__(self, server: InterfaceServer, world: World):
        self.server = server
        self.world = world
        self.code = world.code(server.name)
        self.layer: LayerAccess = world.shared(server.layer).access(server)
        self.inbox = world.queue()
        self.listener = Listener()
        self.requests: dict[str, tuple[float, Parcel]] = {}  # reply channel -> when it came, and what it was
        self.answering: dict[str, str] = {}  # reply channel -> the status of a response that comes in parts
        self.sockets: dict[str, Socket] = {}  # reply channel -> the socket
        self.watching = False  # a look for requests that have waited too long is arranged
        world.on_arrival(server.name, self.arrived)
        world.begin(self.run())

    def arrived(self, parcel: Parcel) -> None:
        """Something came from a client; the loop will see to it."""
        self.world.accept(parcel, self.code)
        self.inbox.put(parcel)

    def pause(self) -> float:
        """Seconds until the layer is looked at again."""
        return self.server.poll if self.requests or self.sockets else self.server.idle_poll

    def run(self) -> Behaviour:
        """The event loop."""
        world, layer, server, code = self.world, self.layer, self.server, self.code
        write, overhead = world.write, world.processor(server.machine).overhead
        handlers = {
            "request": self.on_request,
            "connect": self.on_connect,
            "frame": self.on_frame,
            "close": self.on_close,
        }
        while True:
            parcel, reply = yield from layer.either(self.inbox, self.listener, self.pause())
            if reply is not None:
                _, channel, _, message, request, _, _ = reply
            elif parcel is TOO_LONG:
                self.give_up()
                continue
            else:
                channel, message, request = 0, parcel.message, parcel.request
            write(BEGUN, code, channel, message, request)
            yield from overhead(server.cpu)
            layer.request = request
            if reply is None:
                handlers[parcel.kind](parcel)
            elif reply.channel in self.sockets:
                self.to_socket(reply, self.sockets[reply.channel])
            elif reply.channel in self.requests:
                self.to_browser(reply)
            yield from layer.settle()
            write(ENDED, code, channel, message, request)

    # -- from clients

    def on_request(self, parcel: Parcel) -> None:
        """An HTTP request: http.request, or 503 where that is full."""
        channel = self.layer.new_channel("http.response!")
        try:
            self.layer.send("http.request", {**parcel.content, "reply_channel": channel})
        except ChannelFull:
            self.world.post(self.server.name, parcel.sender, "503", parcel.request, b"Request queue full.")
        else:
            self.requests[channel] = (self.world.now, parcel)
            self.layer.listen(self.listener, channel)
            self.watch()

    def on_connect(self, parcel: Parcel) -> None:
        """A WebSocket: it is open at once, and the application is told afterwards."""
        socket = parcel.socket
        assert socket is not None
        channel = socket.reply_channel = self.layer.new_channel("websocket.send!")
        socket.path = parcel.content
        self.sockets[channel] = socket
        self.layer.listen(self.listener, channel)
        world = self.world
        world.write(CONNECTED, self.code, world.code(channel), 0, parcel.request, socket.code)
        about = {key: HTTP_REQUEST[key] for key in ("headers", "query_string", "client", "server")}
        self.tell("websocket.connect", socket, about)

    def on_frame(self, parcel: Parcel) -> None:
        """A frame from a browser."""
        socket = parcel.socket
        assert socket is not None
        if socket.reply_channel in self.sockets:
            self.tell("websocket.receive", socket, {"text": parcel.content})

    def on_close(self, parcel: Parcel) -> None:
        """A browser closed its socket."""
        socket = parcel.socket
        assert socket is not None
        if socket.reply_channel in self.sockets:
            self.hang_up(socket)

    def tell(self, channel: str, socket: Socket, content: Content) -> None:
        """Send a message about a socket. Where the channel is full, the message is lost and the socket stays."""
        about = {"reply_channel": socket.reply_channel, "path": socket.path, "order": socket.told}
        socket.told += 1
        with suppress(ChannelFull):  # so did Daphne 0.13.0; the trace says that it was lost
            self.layer.send(channel, {**about, **content})

    def hang_up(self, socket: Socket) -> None:
        """The socket is closed: listen no more, and say so."""
        channel = socket.reply_channel
        del self.sockets[channel]
        self.layer.stop_listening(channel)
        world = self.world
        world.write(DISCONNECTED, self.code, world.code(channel), 0, self.layer.request, socket.code)
        self.tell("websocket.disconnect", socket, {})

    # -- from the layer

    def to_browser(self, reply: Envelope) -> None:
        """A part of an HTTP response, or all of it."""
        content, channel = reply.content, reply.channel
        _, parcel = self.requests[channel]
        if "status" in content:
            self.answering[channel] = str(content["status"])
        if content.get("more_content"):
            kind = "part"
        else:
            kind = self.answering.get(channel, "200")
            self.forget(channel)
        self.world.post(self.server.name, parcel.sender, kind, parcel.request, content.get("content", b""))

    def to_socket(self, reply: Envelope, socket: Socket) -> None:
        """A frame for a browser, and perhaps the close after it."""
        content: dict[str, Any] = reply.content
        for key in ("text", "bytes"):
            if content.get(key):
                self.world.post(self.server.name, socket.client, "frame", reply.request, content[key], socket)
        if content.get("close"):
            self.world.post(self.server.name, socket.client, "close", reply.request, None, socket)
            self.hang_up(socket)

    # -- patience

    def forget(self, channel: str) -> None:
        """A request is over: its reply channel is read no more."""
        del self.requests[channel]
        self.answering.pop(channel, None)
        self.layer.stop_listening(channel)

    def watch(self) -> None:
        """Arrange the next look for requests that have waited too long, while there are any."""
        if self.requests and not self.watching:
            self.watching = True
            self.world.call_at((self.world.now // CHECK_EVERY + 1) * CHECK_EVERY, self.inbox.put, TOO_LONG)

    def give_up(self) -> None:
        """Tell those who have waited too long that nobody answers."""
        late = self.world.now - self.server.http_timeout
        for channel, (came, parcel) in list(self.requests.items()):
            if came >= late:
                break
            self.forget(channel)
            words = b"Worker server failed to respond within time limit."
            self.world.post(self.server.name, parcel.sender, "503", parcel.request, words)
        self.watching = False
        self.watch()

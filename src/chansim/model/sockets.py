"""Sockets: the WebSockets that one interface server holds.

From the browser's wish to connect to the end, by the rules of the era. It is
part of the server's event loop, which calls it for one thing at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chansim.layer.contract import ChannelFull, Content
from chansim.layer.core import Envelope
from chansim.model.world import HTTP_REQUEST, Parcel, Socket
from chansim.trace import CONNECTED, DISCONNECTED

if TYPE_CHECKING:
    from chansim.model.interface_server import EventLoop

KEYS = frozenset({"accept", "text", "bytes", "close"})
"""What a reply to a WebSocket may hold; "accept" is news of 1.0."""


class Sockets:
    """What an event loop knows of its WebSockets."""

    def __init__(self, loop: EventLoop):
        self.loop = loop
        self.layer, self.world, self.era = loop.layer, loop.world, loop.era
        self.name, self.code = loop.server.name, loop.code
        self.held: dict[str, Socket] = {}  # reply channel -> the socket
        self.opening: dict[str, Socket] = {}  # those of them that the application has not accepted yet
        server, era = loop.server, loop.era
        expiry: float = loop.world.scenario[server.layer].group_expiry
        self.timeout = expiry if server.websocket_timeout is None else server.websocket_timeout
        self.handshake_timeout = (
            era.handshake_timeout if server.handshake_timeout is None else server.handshake_timeout
        )
        self.ping_interval = era.ping_interval if server.ping_interval is None else server.ping_interval
        self.ping_timeout = era.ping_timeout if server.ping_timeout is None else server.ping_timeout

    def later(self, seconds: float, function: Callable[[Socket], None], socket: Socket) -> None:
        """Let the event loop call ``function(socket)`` in *seconds*."""
        self.world.call_at(self.world.now + seconds, self.loop.inbox.put, lambda: function(socket))

    # -- from the browser

    def on_connect(self, parcel: Parcel) -> None:
        """Someone wants a WebSocket. In 2016 it is open at once, and the application is told; later it is asked."""
        socket, world = parcel.socket, self.world
        assert socket is not None
        channel = socket.reply_channel = self.loop.new_reply_channel("websocket.send!")
        socket.path, _, query = parcel.content.partition("?")
        socket.active, socket.held_by = world.now, self
        self.held[channel] = socket
        self.loop.listen(channel)
        if self.era.handshake_waits:
            self.opening[channel] = socket
            self.later(self.handshake_timeout, self.give_up_opening, socket)
        else:
            self.connected(socket, parcel.request)
        about = {key: HTTP_REQUEST[key] for key in ("headers", "client", "server")}
        about["query_string"] = query.encode()
        if not self.tell("websocket.connect", socket, about) and self.era.refuses_when_full:
            socket.muted = True
            self.close(socket, "503", parcel.request)

    def connected(self, socket: Socket, request: int) -> None:
        """The socket is open."""
        world = self.world
        world.write(CONNECTED, self.code, world.code(socket.reply_channel), 0, request, socket.code)
        self.later(self.timeout, self.give_up, socket)

    def on_frame(self, parcel: Parcel) -> None:
        """A frame from a browser."""
        socket = parcel.socket
        assert socket is not None
        if socket.reply_channel not in self.held or socket.muted:
            return
        socket.active = self.world.now
        if (
            not self.tell("websocket.receive", socket, {"text": parcel.content})
            and self.era.refuses_when_full
        ):
            socket.muted = True
            self.close(socket, "1013", parcel.request)

    def on_close(self, parcel: Parcel) -> None:
        """A browser closed its socket."""
        socket = parcel.socket
        assert socket is not None
        if socket.reply_channel in self.held:
            self.hang_up(socket)

    def tell(self, channel: str, socket: Socket, content: Content) -> bool:
        """Send a message about a socket; whether there was room for it. The trace says that it was lost."""
        about = {"reply_channel": socket.reply_channel, "path": socket.path, "order": socket.told}
        socket.told += 1
        try:
            self.layer.send(channel, {**about, **content})
        except ChannelFull:
            return False
        return True

    # -- from the application

    def to_socket(self, reply: Envelope, socket: Socket) -> None:
        """The application's yes or no to a new socket, a frame for its browser, and perhaps the close after it."""
        content: dict[str, Any] = reply.content
        known = KEYS if self.era.handshake_waits else KEYS - {"accept"}
        if not known >= content.keys():
            why = f"it has the keys {sorted(content.keys() - known)}; known are {sorted(known)}"
            self.loop.bad(reply, why)
            return
        texts = [content[key] for key in ("text", "bytes") if content.get(key)]
        if len(texts) > 1 and self.era.handshake_waits:
            self.loop.bad(reply, "it has both text and bytes")
            return
        if socket.reply_channel in self.opening:
            yes = content.get("accept") or (texts and content.get("accept") is not False)
            if yes:
                del self.opening[socket.reply_channel]
                self.post(socket, "accept", reply.request)
                self.connected(socket, reply.request)
            elif content.get("accept") is False or content.get("close"):
                self.close(socket, "403", reply.request)
                return
        for text in texts:
            self.post(socket, "frame", reply.request, text)
        if content.get("close"):
            self.close(socket, "close", reply.request)

    # -- the end

    def post(self, socket: Socket, kind: str, request: int, content: Any = None) -> None:
        """Send something to the browser."""
        socket.active = self.world.now
        self.world.post(self.name, socket.client, kind, request, content, socket)

    def close(self, socket: Socket, kind: str, request: int) -> None:
        """Close a socket from this end, or refuse to open it: *kind* is what the browser is told."""
        self.post(socket, kind, request)
        self.hang_up(socket)

    def hang_up(self, socket: Socket) -> None:
        """The socket is closed: listen no more, and say so, unless the server itself has given it up."""
        channel = socket.reply_channel
        del self.held[channel]
        self.loop.stop_listening(channel)
        if self.opening.pop(channel, None) is None:
            world = self.world
            world.write(DISCONNECTED, self.code, world.code(channel), 0, self.layer.request, socket.code)
        if not socket.muted:
            self.tell("websocket.disconnect", socket, {"code": 1000} if self.era.handshake_waits else {})

    def break_all(self) -> None:
        """The server is gone, and with it all connections: the browsers notice, and nobody tells the application."""
        for socket in list(self.held.values()):
            socket.muted = True
            self.close(socket, "dropped", 0)

    def give_up_opening(self, socket: Socket) -> None:
        """Drop a connection that the application has neither accepted nor refused."""
        if socket.reply_channel in self.opening:
            self.close(socket, "dropped", self.layer.request)

    def give_up(self, socket: Socket) -> None:
        """Close a socket that has been open for as long as one may be."""
        if socket.reply_channel in self.held:
            self.close(socket, "close", self.layer.request)

    def silent(self, socket: Socket) -> None:
        """The other end is gone without a word: see to the pings.

        Those that are answered change nothing, so only the ones to a browser
        that is gone are reckoned with. Whatever is sent counts as life, as it
        did in Daphne: in a busy room a ghost is never pinged.
        """
        patience = self.ping_timeout
        if patience is None or socket.reply_channel not in self.held:
            return
        since = socket.active

        def ping(socket: Socket) -> None:
            if socket.active > since:
                self.silent(socket)
            else:
                self.later(patience, self.no_pong, socket)

        quiet = (self.world.now - since) % self.ping_interval  # since the last ping that was answered
        self.later(self.ping_interval - quiet, ping, socket)

    def no_pong(self, socket: Socket) -> None:
        """A ping was not answered in time: the connection is dropped."""
        if socket.reply_channel in self.held:
            self.hang_up(socket)

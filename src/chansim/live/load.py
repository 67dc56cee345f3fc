"""SocketsWorld: the executed world over real sockets, ``execute(scenario, over="sockets")``.

The scenario's own populations say who does what when, as in every world; here a client's request, frame or close goes
over a socket on loopback, to a real server that this world has started: an interface server under uvicorn, a WSGI
server as gunicorn. Layer and workers are as in the executed world. The trace is the same.

Times are reckoned from the intended moment. The row that says a client sent something bears the moment at which it
meant to, also where this process came late to it; no client waits for another's answer.
"""

from __future__ import annotations

import threading
from typing import Any

from chansim.live.browsers import Browsers
from chansim.live.engine import World
from chansim.live.own_lines import OwnLines
from chansim.live.served import Served, ServedByASGI, ServedByWSGI
from chansim.live.serving import Serves, Serving
from chansim.live.wire import Wire
from chansim.model.component import Component
from chansim.model.world import Parcel, Socket
from chansim.trace import SENT


class Asks(World):
    """An executed world, as far as it has real clients."""

    def __init__(self, *about: Any):
        super().__init__(*about)
        self.browsers = Browsers()
        self.served: dict[str, Served] = {}

    def start(self, seconds: float | None) -> None:
        self.browsers.start()
        try:
            super().start(seconds)
        except BaseException:
            self.browsers.stop()
            raise

    def _stop(self) -> None:
        self.stop.set()
        self.browsers.stop()
        super()._stop()

    def warm_up(self, served: Served) -> None:
        """Ask a server once, before anybody reckons the time."""
        self.browsers.warm_up(served.url, dict(served.life.passed_over))

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
        served = self.served.get(receiver)
        if served is None:
            super().post(sender, receiver, kind, request, content, socket, lane)
            return
        message, detail, channel = self.new_message(), self.code(kind), socket.code if socket else 0
        me = lane or self.code(sender)
        self.recorder.write(self.moment(), SENT, me, channel, message, request, detail)
        parcel = Parcel(sender, kind, channel, message, request, detail, content, socket)
        if not self.stop.is_set():
            served.take(parcel)

    def moment(self) -> float:
        """What was meant for a moment happened at that moment, however late it is by now."""
        kept = threading.get_ident() == self._keeper
        return min(self._moment, self.now) if kept else self.now

    def deliver(self, parcel: Parcel, client: str) -> None:
        """Hand over to a client's population what came for it."""
        self.call_at(self.now, self._handlers[client], parcel)


class SocketsWorld(Asks, Serves):
    """The executed world, with servers and clients that are real."""

    def __init__(self, scenario: Any, seed: int):
        super().__init__(scenario, seed)
        self._lines: dict[str, OwnLines] = {}

    def wire_of(self, server: str) -> Wire:
        return self._lines.setdefault(server, OwnLines(self, server))

    def serve(self, server: Component, serving: Serving) -> None:
        super().serve(server, serving)
        kind = ServedByASGI if "sockets" in server.provides.split() else ServedByWSGI
        lines = self._lines.setdefault(server.name, OwnLines(self, server.name))
        served = self.served[server.name] = kind(self, server, serving, lines)
        self.warm_up(served)

    def _stop(self) -> None:
        # clients say no more, and then servers end
        self.stop.set()
        self.fall_silent()
        super()._stop()

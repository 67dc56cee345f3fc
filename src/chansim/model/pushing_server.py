"""PushingServer: an interface server over HTTP/2 that can push.

The ASGI draft had it so: an application that answers a request may first send
requests that the client will make anyway, ``{"request": {"path": ...}}``, on the
reply channel. The server announces each, and treats it as if the client had
made it. A client that cannot take it is told nothing, and the push is dropped.
No Daphne ever did this; it is written after the draft.
"""

from __future__ import annotations

from dataclasses import dataclass

from chansim.layer.core import Envelope
from chansim.model.interface_server import EventLoop, InterfaceServer
from chansim.model.world import World, http_request


@dataclass(frozen=True, kw_only=True)
class PushingServer(InterfaceServer):
    """Like Daphne in everything but this: what is to be pushed is pushed, and not a bad reply."""

    pushes = True

    @property
    def label(self) -> tuple[str, ...]:
        return ("Interface Server", "(HTTP/2 with push)")

    def start(self, world: World) -> None:
        PushingLoop(self, world)


class PushingLoop(EventLoop):
    """What it has in hand during a run."""

    def to_browser(self, reply: Envelope) -> None:
        """Something to push, or a part of a response."""
        if "request" not in reply.content:
            super().to_browser(reply)
        elif reply.channel in self.answering:
            self.bad(reply, "it is to be pushed, and the response has begun")
        else:
            self.push(reply)

    def push(self, reply: Envelope) -> None:
        """Announce a request that the client has not made, and treat it as made."""
        world = self.world
        _, parcel = self.requests[reply.channel]
        if parcel.content["http_version"] != "2":
            self.lose(reply, "no push")
            return
        content = {**http_request(), "http_version": "2", **reply.content["request"]}
        path = content["path"]
        request = self.layer.request = world.new_request(world.draw(parcel.request, f"push {path}"))
        world.post(self.server.name, parcel.sender, "push", request, path, parcel.socket)
        self.on_request(parcel._replace(request=request, content=content))

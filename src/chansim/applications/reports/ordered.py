"""A chat in which every consumer enforces the order, as Channels 0.15 did it and as 1.1 did (channels 393)."""

from chansim.applications.chat import ws_connect, ws_receive
from chansim.channels import route
from chansim.channels.sessions import enforce_ordering

channel_routing = (
    route("websocket.connect", enforce_ordering(lost_wakeup=True)(ws_connect)),
    route("websocket.receive", enforce_ordering(lost_wakeup=True)(ws_receive)),
)
"""With the lost wake-up of 2016: a message is forgotten whose turn comes while it is on its way to wait."""

mended_routing = (
    route("websocket.connect", enforce_ordering(ws_connect)),
    route("websocket.receive", enforce_ordering(ws_receive)),
)
"""With a second look, as since February 2017."""


def first_line(member: int, frame: int) -> str | None:
    """What members say: one line each."""
    return "hello" if frame == 1 else None

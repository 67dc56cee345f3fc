"""Hearing of events over a WebSocket (slide 10): who holds one is told, and need not ask.

Each member connects to a path of its own, "/events/17", and is told of its own
events alone. Compare ``polling``.
"""

from chansim.channels import Group, Message, costs, route


@costs(io=0.002)
def listen(message: Message, member: str) -> None:
    """Keep the new socket where the events of its member will find it."""
    assert message.reply_channel is not None
    if message.channel_layer.era.handshake_waits:
        message.reply_channel.send({"accept": True})
    Group(f"events-{member}").add(message.reply_channel)


@costs(io=0.002)
def happened(message: Message) -> None:
    """Something happened for a member: tell it."""
    Group(f"events-{message['member']}").send({"text": "something happened"})


@costs()
def gone(message: Message, member: str) -> None:
    """Nobody is there any more."""
    assert message.reply_channel is not None
    Group(f"events-{member}").discard(message.reply_channel)


def silence(member: int, frame: int) -> None:
    """What the browser says: nothing. It listens."""


PATH = r"/events/(?P<member>\d+)\Z"

channel_routing = (
    route("websocket.connect", listen, path=PATH),
    route("websocket.disconnect", gone, path=PATH),
    route("event", happened),
)

"""What becomes of WebSockets that no route takes, from Channels 1.0 on: they are accepted, and nothing is done.

Routes of the application come first. In June 2016 there were none of these: nobody
even listened, and the channels filled.
"""

from __future__ import annotations

from chansim.channels.cost import costs
from chansim.channels.message import Message
from chansim.channels.routing import route


@costs()
def accepts(message: Message) -> None:
    """Let the client in."""
    if message.reply_channel is not None:
        message.reply_channel.send({"accept": True})


@costs()
def drops(message: Message) -> None:
    """Take the message, and do nothing with it."""


unrouted = (
    route("websocket.connect", accepts),
    route(["websocket.receive", "websocket.disconnect"], drops),
)

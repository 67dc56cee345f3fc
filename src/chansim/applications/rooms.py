"""The chat with rooms: the path of the WebSocket names the room, and the channel session remembers it.

``ordered_routing`` is the same with ``enforce_ordering(slight=True)``, as the
guide of June 2016 had it in its end: with two workers or more, what a client
says may otherwise be consumed before its connect, when there is no room yet.
"""

from chansim.channels import Group, Message, route
from chansim.channels.sessions import channel_session, enforce_ordering


@channel_session
def ws_connect(message: Message) -> None:
    """Take the room from the path: /red/ leads to the room red."""
    room = message["path"].strip("/")
    message.channel_session["room"] = room
    Group("chat-" + room).add(message.reply_channel)


@channel_session
def ws_receive(message: Message) -> None:
    """Tell the room what a client said."""
    Group("chat-" + message.channel_session["room"]).send({"text": message["text"]})


@channel_session
def ws_disconnect(message: Message) -> None:
    """Take the socket out of its room."""
    Group("chat-" + message.channel_session["room"]).discard(message.reply_channel)


channel_routing = (
    route("websocket.connect", ws_connect),
    route("websocket.receive", ws_receive),
    route("websocket.disconnect", ws_disconnect),
)

ordered_routing = (
    route("websocket.connect", enforce_ordering(slight=True)(ws_connect)),
    route("websocket.receive", enforce_ordering(slight=True)(ws_receive)),
    route("websocket.disconnect", enforce_ordering(slight=True)(ws_disconnect)),
)

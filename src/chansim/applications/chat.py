"""The talk's chat (slides 24 to 26): one room, and all clients receive all messages.

Under Channels 1.0 the connect consumer has to say yes as well: the talk's own
never does, and its sockets are dropped after five seconds.
"""

from chansim.channels import Group, Message, route


def ws_connect(message: Message) -> None:
    """Add the new socket to the room."""
    Group("chat").add(message.reply_channel)


def ws_receive(message: Message) -> None:
    """Tell the room what a client said."""
    Group("chat").send({"text": "[user] " + message["text"]})


def ws_disconnect(message: Message) -> None:
    """Take the socket out of the room."""
    Group("chat").discard(message.reply_channel)


channel_routing = (
    route("websocket.connect", ws_connect),
    route("websocket.receive", ws_receive),
    route("websocket.disconnect", ws_disconnect),
)


def ws_accept(message: Message) -> None:
    """Accept the new socket, and add it to the room: the connect consumer since Channels 1.0."""
    message.reply_channel.send({"accept": True})
    Group("chat").add(message.reply_channel)


channel_routing_1_0 = (route("websocket.connect", ws_accept), *channel_routing[1:])

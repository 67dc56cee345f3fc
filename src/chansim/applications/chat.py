"""The talk's chat (slides 24 to 26): one room, and all clients receive all messages."""

from chansim.channels import Group, Message, route


def ws_connect(message: Message) -> None:
    """Add the new socket to the room."""
    assert message.reply_channel is not None
    Group("chat").add(message.reply_channel)


def ws_receive(message: Message) -> None:
    """Tell the room what a client said."""
    Group("chat").send({"text": "[user] " + message["text"]})


def ws_disconnect(message: Message) -> None:
    """Take the socket out of the room."""
    assert message.reply_channel is not None
    Group("chat").discard(message.reply_channel)


channel_routing = (
    route("websocket.connect", ws_connect),
    route("websocket.receive", ws_receive),
    route("websocket.disconnect", ws_disconnect),
)

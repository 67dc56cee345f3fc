"""The chat with a channel of its own for what was said: one consumer saves each line and tells the room.

What comes in by WebSocket, or by any other way, is put on ``chat-messages``, and
nobody waits for the database there. The price is a second hop for each line.
"""

from chansim.applications.rooms import ws_connect, ws_disconnect
from chansim.channels import Channel, Group, Message, costs, route
from chansim.channels.sessions import channel_session


@channel_session
def ws_receive(message: Message) -> None:
    """Put what a client said on ``chat-messages``."""
    room = message.channel_session["room"]
    Channel("chat-messages").send({"room": room, "message": message["text"]})


@costs(io=0.005)
def msg_consumer(message: Message) -> None:
    """Save a line, and tell its room. Of the database there is only what it costs."""
    Group("chat-" + message["room"]).send({"text": message["message"]})


channel_routing = (
    route("websocket.connect", ws_connect),
    route("websocket.receive", ws_receive),
    route("websocket.disconnect", ws_disconnect),
    route("chat-messages", msg_consumer),
)

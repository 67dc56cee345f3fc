"""Any protocol (slide 32): one room, heard of by WebSocket, UDP, SMS and e-mail, and a timer.

The layer cannot tell one interface server from another, nor can a consumer: it
knows the channel, and what the messages on it hold.
"""

from chansim.applications.chat import ws_connect, ws_disconnect
from chansim.channels import Channel, Group, Message, route


def ws_receive(message: Message) -> None:
    """Tell the room what somebody said in it."""
    Group("chat").send({"text": message["text"]})


def udp_receive(message: Message) -> None:
    """Tell the room what a sensor sent, and the sensor that it was heard."""
    assert message.reply_channel is not None
    Group("chat").send({"text": message["data"].decode()})
    message.reply_channel.send({"data": b"heard"})


def sms_receive(message: Message) -> None:
    """Tell the room what somebody texted, and thank for it."""
    Group("chat").send({"text": message["text"]})
    Channel("sms.send").send({"to": message["from"], "text": "thank you"})


def email_receive(message: Message) -> None:
    """Tell the room what somebody mailed, and thank for it."""
    Group("chat").send({"text": message["content"]})
    Channel("email.send").send({"to": message["from"], "content": "thank you"})


def tick(message: Message) -> None:
    """Tell the room how often the timer has ticked."""
    Group("chat").send({"text": f"tick {message['number']}"})


channel_routing = (
    route("websocket.connect", ws_connect),
    route("websocket.receive", ws_receive),
    route("websocket.disconnect", ws_disconnect),
    route("udp.receive", udp_receive),
    route("sms.receive", sms_receive),
    route("email.receive", email_receive),
    route("tick", tick),
)

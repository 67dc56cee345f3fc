"""Many small pieces of work, each of which tells a browser that it is done (channels 643)."""

from chansim.channels import Channel, Group, Message, route


def connect(message: Message) -> None:
    """Let the browser in that watches."""
    assert message.reply_channel is not None
    message.reply_channel.send({"accept": True})
    Group("watching").add(message.reply_channel)


def work(message: Message) -> None:
    """Do one piece of work, and say so."""
    for name in message.channel_layer.group_channels("watching"):
        Channel(name).send({"text": "done"})


channel_routing = (route("websocket.connect", connect), route("work", work))

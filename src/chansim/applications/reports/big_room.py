"""A room whose lines go out to one member after the other, each of whom takes its time (channels_redis 62).

A group send of 2017 was such a loop. Here each step is a message, so that the
interface server reads while the loop goes on.
"""

from chansim.channels import Channel, Group, Message, route


def connect(message: Message, member: str) -> None:
    """Let the new socket in, under its number."""
    assert message.reply_channel is not None
    message.reply_channel.send({"accept": True})
    Group(f"member-{member}").add(message.reply_channel)


def receive(message: Message) -> None:
    """A line: begin with the first member."""
    Channel("next").send({"member": 1})


def send_to_next(message: Message) -> None:
    """Send the line to one member, and go on with the next; after the last there is nobody."""
    group = Group(f"member-{message['member']}")
    if message.channel_layer.group_channels(group.name):
        group.send({"text": "the line"})
        Channel("next").send({"member": message["member"] + 1})


def one_line(member: int, frame: int) -> str | None:
    """What members say: the first one, one line."""
    return "the line" if member == frame == 1 else None


channel_routing = (
    route("websocket.connect", connect, path=r"/member/(?P<member>\d+)\Z"),
    route("websocket.receive", receive),
    route("next", send_to_next),
)

"""Let's build a chat, tried: see lesson_01.py for what stands in such a file."""

import math

from chansim import deployments, simulate, theory
from chansim.applications import slack_chat
from chansim.applications.chat import ws_connect, ws_disconnect, ws_receive
from chansim.channels import Channel, Group
from chansim.course.lessons.lesson_05 import delivered
from chansim.measures import utilisations


def nothing(message):
    pass


def echo(message):
    message.reply_channel.send({"text": message["text"]})


def twice(message):
    ws_receive(message)
    ws_receive(message)


def greet(message):
    ws_connect(message)
    message.reply_channel.send({"text": "welcome"})


def to_others(message):
    Group("chat").discard(message.reply_channel)
    ws_receive(message)
    Group("chat").add(message.reply_channel)


def without_text(message):
    Group("chat").send({"message": message["text"]})


def wall(rate, service, each, workers):
    return (math.sqrt(service**2 + 4 * each * workers / rate) - service) / (2 * each)


def there_and_back(message):
    slack_chat.slack_message(message)
    Channel("slack.send").send({"text": message["text"]})


RIGHT = {
    "05-chat": [(ws_connect, ws_receive, ws_disconnect)],
    "05-wall": [wall],
    "05-largest": [133, 133.0],
    "05-slack": [slack_chat.slack_message],
}
WRONG = {
    "05-chat": [
        (None, "three consumers"),
        ((ws_connect, ws_receive), "three functions"),
        ((1, 2, 3), "three functions"),
        ((nothing, nothing, nothing), "nobody heard it"),
        ((ws_connect, ws_receive, nothing), "Take him out of the group"),
        ((ws_connect, echo, ws_disconnect), "bob heard it 0 times"),
        ((ws_connect, twice, ws_disconnect), "ann heard it 2 times"),
        ((ws_connect, to_others, ws_disconnect), "ann heard it 0 times"),
        ((ws_connect, without_text, ws_disconnect), "under 'text'"),
        ((greet, ws_receive, ws_disconnect), "nobody has said a line yet"),
        ((ws_connect, lambda message: Group("chat").send("hello"), ws_disconnect), "a message is a dict"),
    ],
    "05-wall": {
        None: "a function is asked for",
        (lambda r, s, e, c: None): "does it end in return?",
        (lambda r, s, e, c: c / (r * s)): "not the sends",
        (lambda r, s, e, c: c / (r * (s + e))): "sent to one member",
        (lambda r, s, e, c: math.sqrt(c / (r * e))): "Nearly",
        (lambda r, s, e, c: 1): "too low",
    },
    "05-largest": {
        None: "a number is asked for",
        100: "if Daphne read nothing",
        125: "a quarter of N",
        100 / 0.75: "members come whole",
        134: "miss the line",
        120: "too low",
    },
    "05-slack": [
        (None, "a consumer is asked for"),
        (5, "a function of a message"),
        (nothing, "nobody in the room heard one"),
        (there_and_back, "go round for ever"),
        (lambda message: 1 / 0, "ZeroDivisionError"),
        (lambda message: [slack_chat.slack_message(message), slack_chat.slack_message(message)], "reached 6"),
    ],
}
GIVEN = [
    "A line costs a worker 5 ms, and 0.2 ms more", "5 ms away on average", "r of 0.25",
    "how many workers, and when not",
]  # fmt: skip


def computed() -> list[str]:
    chat = deployments.slide24()
    frame = chat["daphne"].cpu
    assert round(wall(0.1, 0.005, 0.0002, 4)) == 435
    assert delivered(400) == 200
    room = deployments.rooms(names=("room-0",), members=300, workers=4, cores=6)
    room = room.change("chatters", connect_over=1.0, settle=1.5)
    full = utilisations(simulate(room, seed=1, seconds=10).trace, since=3)["daphne"]
    assert 600 * 0.1 * 61 == 3660
    return [
        f"takes {1000 * frame.mean if hasattr(frame, 'mean') else 1000 * frame:g} ms for every frame",
        "r·N² frames a second of 0.3 ms each",
        f"N²·0.1·0.0003 = 1, so N = {math.sqrt(1 / (0.1 * 0.0003)):.0f}",
        f"{100 * full:.0f} % busy with frames",
        f"{100 * theory.any_beyond(100, 0.99):.0f} % of the lines meet",
    ]

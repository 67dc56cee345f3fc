"""Let's build a chat: the exercises."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from chansim.channels import Message, route
from chansim.channels.message import using
from chansim.channels.routing import Route
from chansim.course.function import Function
from chansim.course.lessons.lesson_00 import unheard
from chansim.course.number import Number
from chansim.course.recording import can_execute
from chansim.course.rule import Rule
from chansim.run import Run
from chansim.scenario import Scenario

Consumer = Callable[[Message], object]

# 1. Three consumers

NAMES = ("websocket.connect", "websocket.receive", "websocket.disconnect")


def routing_of(consumers: Sequence[Consumer]) -> tuple[Route, ...]:
    """The routing of the three consumers, for connect, receive and disconnect."""
    return tuple(route(channel, consumer) for channel, consumer in zip(NAMES, consumers, strict=True))


def _by_hand(consumers: Sequence[Consumer]) -> str:
    """What is wrong when two browsers connect, one says a line, and one leaves; "" where nothing is."""
    from chansim.live.memory import InMemoryLayer

    layer: Any = InMemoryLayer()
    connect, receive, disconnect = consumers
    ann, bob = "websocket.send!ann", "websocket.send!bob"

    def waiting(channel: str) -> list[dict[str, Any]]:
        return [content for _, content in iter(lambda: layer.receive_many([channel]), (None, None))]

    with using(layer):
        for member in (ann, bob):
            connect(Message({"reply_channel": member, "path": "/chat/"}, NAMES[0]))
        if any(map(waiting, (ann, bob))):
            return "somebody connected and was sent a message; nobody has said a line yet."
        receive(Message({"reply_channel": ann, "path": "/chat/", "text": "hello"}, NAMES[1]))
        heard = {member: waiting(member) for member in (ann, bob)}
        if not heard[ann] and not heard[bob]:
            return (
                "ann said hello, and nobody heard it: are both in the group, and is it the one you send to?"
            )
        for member, other in ((ann, "ann"), (bob, "bob")):
            if len(heard[member]) != 1:
                return f"ann said hello, and {other} heard it {len(heard[member])} times: once is right, for all."
            if "hello" not in str(heard[member][0].get("text")):
                return f"ann said hello, and {other} was sent {heard[member][0]!r}: the text is to be under 'text'."
        disconnect(Message({"reply_channel": bob, "path": "/chat/"}, NAMES[2]))
        receive(Message({"reply_channel": ann, "path": "/chat/", "text": "bye"}, NAMES[1]))
        if waiting(bob):
            return "bob has left, and what ann says is still sent to him. Take him out of the group."
        return "" if waiting(ann) else "bob has left, and now ann does not hear herself any more."


def ghosts(run: Run) -> int:
    """How many are still members of a group although their socket was closed."""
    members = {row.channel for row in run.trace.rows(event="joined")}
    members -= {row.channel for row in run.trace.rows(event="left")}
    return sum(row.channel in members for row in run.trace.rows(event="disconnected"))


def _in_a_run(run: Run, all_stay: bool) -> str:
    if run.problems:
        return f"{run.world}: {run.problems[0][0]}."
    fault = unheard(run) if all_stay else ""
    left = 0 if all_stay else ghosts(run)
    if left:
        fault = f"{left} sockets are closed and are members still: ghosts"
    return f"{run.world}: {fault}." if fault else ""


def _chats(consumers: Sequence[Consumer]) -> tuple[Scenario, Scenario]:
    """A room in which all stay, and one that all leave."""
    from chansim.deployments import slide24

    routing = routing_of(consumers)
    return slide24(members=4, rate=2.0, routing=routing), slide24(
        members=6, rate=1.0, stay=1.0, routing=routing
    )


def _chat_fails(consumers: Sequence[Any]) -> str:
    from chansim.engine import simulate
    from chansim.live.engine import execute

    if len(consumers) != 3 or not all(map(callable, consumers)):
        return "three functions are asked for: what to do on connect, receive and disconnect."
    fault = _by_hand(consumers)
    for scenario, all_stay in zip(_chats(consumers), (True, False), strict=True):
        fault = fault or _in_a_run(simulate(scenario, seed=1, seconds=8.0), all_stay)
    stay, leave = _chats(consumers)
    if can_execute() and not fault:
        fault = _in_a_run(execute(stay, seed=1, seconds=2.5), True)
        fault = fault or _in_a_run(execute(leave, seed=1, seconds=4.0), False)
    return fault


chat = Rule(
    "the chat",
    (tuple, list),
    "a tuple of three consumers",
    _chat_fails,
    "in both worlds every member hears every line once, whoever left hears none, and nobody is left behind.",
)

# For the notebook


def until_all_heard(run: Run) -> list[float]:
    """For each line, the seconds from when the first copy left Daphne to when the last was received."""
    left: dict[int, float] = {}
    heard: dict[int, float] = {}
    for row in run.trace.rows(detail="frame"):
        if row.component == "daphne" and row.event == "sent":
            left.setdefault(row.request, row.t)
        elif row.component == "chatters" and row.event == "received":
            heard[row.request] = row.t
    return [heard[line] - moment for line, moment in left.items() if line in heard]


# 2. The wall of one room

_WALLS = ((0.1, 0.005, 0.0002, 4), (0.1, 0.005, 0.0002, 8), (1.0, 0.01, 0.001, 2), (0.01, 0.002, 0.00005, 16))


def wall(rate: float, service: float, each: float, workers: float) -> float:
    """Members at which N·r·(s + N·e) = c: the positive root."""
    return (math.sqrt(service * service + 4 * each * workers / rate) - service) / (2 * each)


room = Function(
    "the wall",
    wall,
    _WALLS,
    "members",
    "N·r·(s + N·e) = c. Twice the workers, and only √2 times the members.",
    (
        (
            lambda rate, service, each, workers: workers / (rate * service),
            "That counts the 5 ms of each line, and not the sends: a line to N members costs N·e more.",
        ),
        (
            lambda rate, service, each, workers: workers / (rate * (service + each)),
            "That is a line sent to one member. It is sent to N of them: s + N·e.",
        ),
        (
            lambda rate, service, each, workers: math.sqrt(workers / (rate * each)),
            "Nearly: the sends are in it, and the s seconds that each line takes besides are not.",
        ),
    ),
)

# 3. The largest room that loses nothing

CAPACITY, READ = 100, 0.25
"""Of the reply channel that all share since 1.1, and how fast Daphne reads it as against how fast it is filled."""


def delivered(members: float, capacity: float = CAPACITY, read: float = READ) -> float:
    """How many of so many members hear a line: the capacity, and what is read while it is filled."""
    return min(members, capacity + read * members)


largest = Number(
    "the largest room",
    math.floor(CAPACITY / (1 - READ)),
    0.0,
    "members",
    f"N = {CAPACITY} + {READ:g}·N, so N = {CAPACITY}/(1 − {READ:g}).",
    (
        (lambda value: value == CAPACITY, "that would be so if Daphne read nothing meanwhile. But it reads."),
        (
            lambda value: value == CAPACITY * (1 + READ),
            "while it is filled with N, a quarter of N is read, and not a quarter of the capacity.",
        ),
        (lambda value: value != int(value), "members come whole: the next below."),
        (lambda value: value > CAPACITY / (1 - READ), "somebody would miss the line there."),
    ),
)

# 4. What somebody said in Slack


def _slack_fails(consumer: Consumer) -> str:
    from chansim.applications import slack_chat
    from chansim.deployments import slide27
    from chansim.engine import simulate

    routing = (*slack_chat.channel_routing[:3], route("slack.message", consumer))
    run = simulate(slide27(members=3, rate=0.1).change("site", routing=routing), seed=1, seconds=20.0)
    if run.problems:
        return f"{run.problems[0][0]}."
    said = {row.request for row in run.trace.rows(event="ended", channel="slack.message")}
    frames: dict[int, int] = {}
    for row in run.trace.rows(event="received", component="chatters", detail="frame"):
        frames[row.request] = frames.get(row.request, 0) + 1
    heard = [request for request in said if frames.get(request)]
    if not heard:
        return f"{len(said)} messages came from Slack, and nobody in the room heard one."
    back = {row.request for row in run.trace.rows(event="sent", channel="slack.send")} & said
    if back:
        return "what Slack said is sent to Slack again: it would go round for ever."
    wrong = [request for request in heard if frames[request] != 3]
    return f"a message from Slack reached {frames[wrong[0]]} browsers; there are 3." if wrong else ""


def _is_consumer(answer: Any) -> str:
    return _slack_fails(answer) if callable(answer) else "a function of a message is asked for."


slack = Rule(
    "slack.message",
    object,
    "a consumer",
    _is_consumer,
    "Slack is one more interface server: what it says goes the way of any line.",
)

EXERCISES = {"05-chat": chat, "05-wall": room, "05-largest": largest, "05-slack": slack}

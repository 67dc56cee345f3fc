"""A channel is a queue: the exercises.

Six scripts whose outcome is to be foreseen, a layer to be written in three steps, and ten rows of a trace to be
named. What is right is what :mod:`chansim.layer` does, asked here.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from chansim.course.exact import Exact
from chansim.course.property import Property, generated
from chansim.layer.contract import ChannelFull
from chansim.layer.core import LayerCore

# 1. Six scripts

SCRIPTS = {
    "A": """\
layer.send("news", {"n": 1})
layer.send("news", {"n": 2})
layer.receive_many(["news"])
name, message = layer.receive_many(["news"])
outcome = message["n"]""",
    "B": """\
layer.send("news", {"n": 1})
layer.receive_many(["news"])
layer.receive_many(["news"])
name, message = layer.receive_many(["news"])
outcome = name""",
    "C": """\
layer.group_add("room", "ann")
layer.group_add("room", "ann")
layer.group_add("room", "bob")
layer.send_group("room", {"n": 1})
outcome = count("ann")""",
    "D": """\
for n in range(10):
    layer.send("news", {"n": n})
layer.receive_many(["news"])
layer.send("news", {"n": 10})
outcome = count("news")""",
    "E": """\
for n in range(10):
    layer.send("ann", {"n": n})
layer.group_add("room", "ann")
layer.send_group("room", {"n": 10})
outcome = count("ann")""",
    "F": """\
layer.group_add("room", "ann")
layer.send_group("room", {"n": 1})
layer.group_discard("room", "ann")
wait(59)
outcome = count("ann")""",
}
"""What to run, and what is asked: the value of ``outcome``."""


def play(script: str) -> Any:
    """The ``outcome`` of one of :data:`SCRIPTS`, on an in-memory layer of June 2016 whose clock ``wait`` moves."""
    from chansim.live.memory import InMemoryLayer

    now = [0.0]
    layer = InMemoryLayer(clock=lambda: now[0])

    def wait(seconds: float) -> None:
        now[0] += seconds

    def count(channel: str) -> int:
        return sum(1 for _ in iter(lambda: layer.receive_many([channel]), (None, None)))

    names: dict[str, Any] = {"layer": layer, "wait": wait, "count": count}
    exec(script, names)  # text of this file
    return names["outcome"]


def _outcomes() -> Exact:
    expected = {name: play(script) for name, script in SCRIPTS.items()}
    return Exact(
        "the six outcomes",
        {name: "nothing" if came is None else came for name, came in expected.items()},
        "Each is one line of the contract.",
        {
            "A": "a channel is first in, first out.",
            "B": 'a message is received at most once, by one reader. Afterwards there is "nothing".',
            "C": "a group is a set: who asks twice is in it once.",
            "D": "a channel holds ten here. When was there room again?",
            "E": "ann's channel was full. A group send raises nothing, and does not wait.",
            "F": "who leaves a group keeps what was sent before. And a minute is not over yet.",
        },
    )


# 2. A layer in three steps

CAPACITY = 3  #: of the layers that are tried: soon full
PASSES = (
    0.7,
    17.3,
    41.9,
    61.1,
)  #: seconds; no sum of these is a minute, so nobody is asked what holds just then

Call = tuple[Any, ...]
Script = tuple[Call, ...]


def _scripts(*kinds: str) -> tuple[Script, ...]:
    """Scripts of these calls, the short ones first, so that what goes wrong is told by a short one."""

    def make(dice: Random) -> Script:
        return tuple(_call(dice, dice.choice(kinds), n) for n in range(dice.randint(2, 14)))

    return tuple(sorted(generated(make, seed="".join(kinds)), key=len))


def _call(dice: Random, kind: str, number: int) -> Call:
    channel, group = dice.choice(("ann", "bob")), dice.choice(("room", "hall"))
    if kind == "send":
        return kind, channel, {"n": number}
    if kind == "receive_many":
        return kind, dice.choice((["ann"], ["bob"], ["ann", "bob"]))
    if kind == "wait":
        return kind, dice.choice(PASSES)
    return (kind, group, {"n": number}) if kind == "send_group" else (kind, group, channel)


def _told(script: Script) -> str:
    return "; ".join(f"{kind}({', '.join(map(repr, arguments))})" for kind, *arguments in script)


def _differs(layer_class: Callable[..., Any], script: Script) -> str:
    """Where a learner's layer does anything else than the core, in words; "" where it does not."""
    if script == STARVED:
        return _starves(layer_class)
    now = [0.0]
    layer = layer_class(lambda: now[0], CAPACITY)
    core = LayerCore(capacity=CAPACITY, evicts=False, random=Random(1))
    for place, (kind, *arguments) in enumerate(script):
        if kind == "wait":
            now[0] += arguments[0]
            continue
        came = _result(getattr(layer, kind), arguments)
        if kind == "receive_many":
            fault = _wrong_receipt(came, core, arguments[0], now[0])
        else:
            right = _result(getattr(core, kind), [*arguments, now[0]])
            fault = "" if (came == "ChannelFull") == (right == "ChannelFull") else _wrong_room(came)
        if fault:
            before = f"after {_told(script[:place])}, " if place else ""
            return f"{before}{_told((script[place],))} {fault}"
    return ""


def _result(call: Callable[..., Any], arguments: list[Any]) -> Any:
    try:
        return call(*arguments)
    except ChannelFull:
        return "ChannelFull"


def _wrong_room(came: Any) -> str:
    if came == "ChannelFull":
        return f"raised ChannelFull, and should not: the capacity is {CAPACITY} here."
    return f"should raise ChannelFull: the capacity is {CAPACITY} here."


def _wrong_receipt(came: Any, core: LayerCore, channels: list[str], now: float) -> str:
    if came is None:
        return "gave None; it gives two things: a channel and a message, or None and None."
    if not isinstance(came, tuple) or len(came) != 2:
        return f"gave {came!r}; it gives two things: a channel and a message, or None and None."
    channel, message = came
    if channel is not None and channel not in channels:
        return f"gave {came!r}, and nobody asked for {channel!r}."
    envelope = core.receive_many(channels if channel is None else [channel], now)
    if envelope is None:
        return "" if channel is None else f"gave {came!r}, and should give (None, None)."
    if channel is None:
        return f"gave (None, None), and should give {(envelope.channel, envelope.content)!r}."
    return (
        "" if message == envelope.content else f"gave {came!r}, and should give {envelope.content!r} first."
    )


STARVED: Script = (("send", "ann", {"n": "again and again"}),)
"""Stands for the one script with a loop, in :func:`_starves`."""


def _starves(layer_class: Callable[..., Any]) -> str:
    """Whether a channel that always has something starves another that is asked for together with it."""
    for names in (["ann", "bob"], ["bob", "ann"]):
        layer = layer_class(lambda: 0.0, CAPACITY)
        layer.send(names[1], {"n": "quiet"})
        taken = set()
        for number in range(100):
            layer.send(names[0], {"n": number})
            taken.add(layer.receive_many(names)[0])
        if names[1] not in taken:
            return (
                f"of receive_many({names!r}) a hundred times, {names[0]!r} always had something, and "
                f"{names[1]!r} was never looked at: a busy channel starves a quiet one. Look in random order."
            )
    return ""


queues = Property(
    "send and receive_many",
    _differs,
    (*_scripts("send", "receive_many"), STARVED),
    "First in, first out; at most once; full at its capacity; and nobody starves.",
    _told,
)
expiring = Property(
    "expiry",
    _differs,
    (*_scripts("send", "receive_many", "wait"), *_scripts("send", "wait", "receive_many", "wait")),
    "What is a minute old is gone, and makes room.",
    _told,
)
groups = Property(
    "groups",
    _differs,
    (
        *_scripts("group_add", "send_group", "receive_many"),
        *_scripts("group_add", "send_group", "group_discard", "receive_many", "send", "group_add"),
    ),
    "A set of channels, one send for each, and whoever is full misses it.",
    _told,
)

# 3. Ten rows of a trace


ROWS = "abcdefghij"


def _events() -> Exact:
    from chansim.deployments import slide24
    from chansim.engine import simulate

    trace = simulate(slide24(members=2, rate=0.5), seed=1, seconds=1.0).trace
    rows = list(trace.rows(request=1))
    return Exact(
        "the ten events",
        {letter: row.event for letter, row in zip(ROWS, rows, strict=True)},
        "A message is sent and received; work has a begin and an end.",
        dict.fromkeys(ROWS, "where is the same message before, or after? Who has it, and on which channel?"),
    )


EXERCISES = {
    "03-scripts": _outcomes(),
    "03-queue": queues,
    "03-expiry": expiring,
    "03-groups": groups,
    "03-events": _events(),
}

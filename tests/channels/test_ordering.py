"""enforce_ordering: early messages wait, and none is forgotten."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import permutations
from typing import Any

import pytest

from chansim import deployments, simulate
from chansim.channels import Group, Message
from chansim.channels.message import using
from chansim.channels.message_sessions import session_key
from chansim.channels.ordering import NEXT_ORDER
from chansim.channels.routing import Router, route
from chansim.channels.sessions import enforce_ordering
from chansim.duration import Exponential
from chansim.layer.contract import ChannelFull
from chansim.layer.core import Envelope
from chansim.model.network import Link, Network
from real_layer import RealLayer, work

SOCKET = "websocket.send!a"
WAIT = "__wait__.websocket.send!a"


@pytest.fixture
def layer() -> Iterator[RealLayer]:
    layer = RealLayer()
    with using(layer):
        yield layer


def consumer(order: Callable[..., Any] = enforce_ordering) -> tuple[Callable[..., None], list[int]]:
    """A consumer in order, and what it was called with."""
    seen: list[int] = []

    @order
    def note(message: Message) -> None:
        seen.append(message["order"])

    return note, seen


def frame(order: int, reply_channel: str = SOCKET) -> Message:
    return Message({"reply_channel": reply_channel, "order": order}, "websocket.receive")


def come(layer: RealLayer, orders: Any, order: Callable[..., Any] = enforce_ordering) -> list[int]:
    """What the consumer has seen when messages with these orders have come to one worker."""
    note, seen = consumer(order)
    for number in orders:
        layer.send("websocket.receive", {"reply_channel": SOCKET, "order": number})
    work(layer, Router([route("websocket.receive", note)]))
    return seen


@pytest.mark.parametrize("orders", list(permutations(range(4))))
def test_in_whatever_order_they_come_they_are_consumed_in_theirs(
    layer: RealLayer, orders: tuple[int, ...]
) -> None:
    assert come(layer, orders) == [0, 1, 2, 3]
    assert layer.waiting(WAIT) == []


def test_after_a_lost_frame_the_later_ones_wait(layer: RealLayer) -> None:
    assert come(layer, [0, 2, 3]) == [0]
    assert [content["order"] for content in layer.waiting(WAIT)] == [2, 3]


def test_each_socket_has_its_own_count(layer: RealLayer) -> None:
    note, seen = consumer()
    note(frame(0, "websocket.send!a"))
    note(frame(0, "websocket.send!b"))
    note(frame(1, "websocket.send!b"))
    assert seen == [0, 0, 1]


def test_with_slight_only_the_first_has_to_be_first(layer: RealLayer) -> None:
    assert come(layer, [2, 0, 3, 1], enforce_ordering(slight=True)) == [0, 3, 1, 2]


def test_with_slight_a_lost_frame_stalls_nobody(layer: RealLayer) -> None:
    assert come(layer, [0, 2, 3], enforce_ordering(slight=True)) == [0, 2, 3]


def test_slight_is_refused_in_an_era_that_has_it_no_more() -> None:
    note, seen = consumer(enforce_ordering(slight=True))
    with (
        using(RealLayer(era="channels10")),
        pytest.raises(ValueError, match=r"the era 'channels10' knows it no more"),
    ):
        note(frame(0))
    assert seen == []


@pytest.mark.parametrize(("era", "mark"), [("june2016", "!"), ("channels10", "!"), ("channels11", "?")])
def test_where_a_message_waits_depends_on_the_era(era: str, mark: str) -> None:
    layer = RealLayer(era)
    note, _ = consumer()
    with using(layer):
        note(frame(1))
    assert layer.waiting(f"__wait__.websocket.send{mark}a") == [
        {"reply_channel": SOCKET, "order": 1, "original_channel": "websocket.receive"}
    ]


def test_it_goes_back_to_the_channel_that_it_came_from_as_it_was(layer: RealLayer) -> None:
    note, _ = consumer()
    early = Message({"reply_channel": SOCKET, "order": 1, "path": "/"}, "websocket.disconnect")
    note(early)
    assert "original_channel" not in early
    note(frame(0))
    assert layer.waiting("websocket.disconnect") == [{"reply_channel": SOCKET, "order": 1, "path": "/"}]


def test_what_fails_does_not_count_and_stalls_its_socket(layer: RealLayer) -> None:
    @enforce_ordering
    def fails(message: Message) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails(frame(0))
    note, seen = consumer()
    note(frame(1))
    assert seen == []


def test_a_full_wait_channel_raises_and_so_does_a_full_channel_to_go_back_to() -> None:
    layer = RealLayer(capacity=2)
    note, _ = consumer()
    with using(layer):
        note(frame(1))
        note(frame(2))
        with pytest.raises(ChannelFull, match=WAIT):
            note(frame(3))
        layer.send("websocket.receive", {})
        with pytest.raises(ChannelFull, match=r"websocket\.receive"):
            note(frame(0))
    assert len(layer.waiting("websocket.receive")) == 2


def test_a_message_without_an_order_cannot_be_put_in_one(layer: RealLayer) -> None:
    note, _ = consumer()
    with pytest.raises(ValueError, match="a message of 'chat' without an order: @enforce_ordering"):
        note(Message({"reply_channel": SOCKET}, "chat"))


# -- the lost wake-up


def overtaken(layer: RealLayer, order: Callable[..., Any]) -> list[dict[str, object]]:
    """Frame 1 finds that it is early; before it is in the wait channel, frame 0 is consumed and looks there.

    What is in the wait channel in the end.
    """
    note, _ = consumer(order)
    send, kept = layer.send, []
    layer.send = lambda channel, content, **rest: kept.append((channel, content))  # type: ignore[method-assign]
    note(frame(1))
    layer.send = send  # type: ignore[method-assign]
    note(frame(0))
    for channel, content in kept:
        layer.send(channel, content)
    layer.settle()
    return layer.waiting(WAIT)


@pytest.mark.parametrize("slight", [True, False])
def test_a_message_whose_turn_comes_while_it_is_on_its_way_to_wait_is_found(
    layer: RealLayer, slight: bool
) -> None:
    assert overtaken(layer, enforce_ordering(slight=slight)) == []
    assert [content["order"] for content in layer.waiting("websocket.receive")] == [1]


@pytest.mark.parametrize("slight", [True, False])
def test_as_in_0_15_it_is_forgotten(layer: RealLayer, slight: bool) -> None:
    assert [
        content["order"] for content in overtaken(layer, enforce_ordering(slight=slight, lost_wakeup=True))
    ] == [1]
    assert layer.waiting("websocket.receive") == []


def test_while_its_turn_has_not_come_it_is_left_to_wait(layer: RealLayer) -> None:
    note, _ = consumer()
    note(frame(2))
    layer.settle()
    assert [content["order"] for content in layer.waiting(WAIT)] == [2]


def test_the_count_is_saved_once_so_that_a_later_worker_is_not_undone(layer: RealLayer) -> None:
    """The counter was saved again at the consumer's end, over what the next worker had saved (channels#393)."""
    key = session_key(SOCKET)
    wake = layer.receive_at_once

    def another_worker_saves(channels: Sequence[str]) -> Envelope | None:
        layer.sessions.save(key, {NEXT_ORDER: 7})
        return wake(channels)

    layer.receive_at_once = another_worker_saves  # type: ignore[method-assign]
    note, _ = consumer()
    note(frame(0))
    assert layer.sessions.load(key) == {NEXT_ORDER: 7}


def forgotten(seed: int, **fields: Any) -> int:
    """In a minute of a chat whose members speak fast, with many workers: how many members are stalled."""
    order = enforce_ordering(**fields)

    @order
    def connect(message: Message) -> None:
        Group("chat").add(message.reply_channel)  # type: ignore[arg-type]

    @order
    def receive(message: Message) -> None:
        Group("chat").send({"text": message["text"]})

    scenario = deployments.slide24(
        members=3,
        rate=8.0,
        service=Exponential(0.02),
        workers=8,
        routing=(route("websocket.connect", connect), route("websocket.receive", receive)),
        network=Network(Link(0.002), Link(0.002), Link(0.002)),
    )
    trace = simulate(scenario, seed).trace
    waited = Counter(row.channel for row in trace.rows(event="sent") if row.channel.startswith("__wait__"))
    left = waited - Counter(row.channel for row in trace.rows(event="received"))
    assert waited
    return sum(count > 10 for count in left.values())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_where_calls_take_time_a_lost_wake_up_stalls_a_client_for_good(seed: int) -> None:
    assert forgotten(seed) == 0
    assert forgotten(seed, lost_wakeup=True) == 3

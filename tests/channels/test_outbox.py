"""The outbox: what a consumer has sent and has not left yet."""

from collections.abc import Iterator
from typing import Any

import pytest

from chansim.channels import Channel, Group
from chansim.channels.message import Message, using
from chansim.channels.outbox import Kept, Outbox, current_outbox
from chansim.channels.wsgi import ViewConsumer


class Layer:
    """Writes down what it is asked; where *room* is 0, it has none."""

    def __init__(self, room: int = 100) -> None:
        self.room = room
        self.calls: list[tuple[str, Any]] = []

    def send(self, channel: str, content: Any) -> None:
        self.calls.append((channel, content))

    def send_group(self, group: str, content: Any) -> None:
        self.calls.append((group, content))

    def offer(self, channel: str, content: Any) -> bool:
        if self.room:
            self.room -= 1
            self.calls.append((channel, content))
            return True
        return False


@pytest.fixture
def layer() -> Iterator[Any]:
    layer: Any = Layer()
    with using(layer):
        yield layer


@pytest.fixture(params=[True, False], ids=["at once", "kept"])
def outbox(request: pytest.FixtureRequest) -> Iterator[Outbox]:
    token = current_outbox.set(Outbox(at_once=request.param))
    yield current_outbox.get()  # type: ignore[misc]
    current_outbox.reset(token)


def test_in_june_2016_sends_leave_at_once_and_later_they_are_kept_in_order(
    layer: Any, outbox: Outbox
) -> None:
    Channel("a").send({"n": 1})
    Group("b").send({"n": 2})
    Channel("c").send({"n": 3})
    if outbox.at_once:
        assert layer.calls == [("a", {"n": 1}), ("b", {"n": 2}), ("c", {"n": 3})]
        assert outbox.kept == []
    else:
        assert layer.calls == []
        assert outbox.kept == [
            Kept(layer, "a", {"n": 1}, to_group=False),
            Kept(layer, "b", {"n": 2}, to_group=True),
            Kept(layer, "c", {"n": 3}, to_group=False),
        ]


def test_what_is_sent_immediately_is_never_kept(layer: Any, outbox: Outbox) -> None:
    Channel("a").send({}, immediately=True)
    Group("b").send({}, immediately=True)
    assert layer.calls == [("a", {}), ("b", {})]
    assert outbox.kept == []


def test_outside_of_a_consumer_sends_leave_at_once_in_every_era(layer: Any) -> None:
    Channel("a").send({})
    Group("b").send({})
    Channel("c").insist({})
    assert layer.calls == [("a", {}), ("b", {}), ("c", {})]


def test_what_is_kept_goes_to_the_layer_it_was_meant_for(layer: Any) -> None:
    other: Any = Layer()
    outbox = Outbox()
    token = current_outbox.set(outbox)
    Channel("a", channel_layer=other).send({})
    Channel("b").send({})
    current_outbox.reset(token)
    assert [kept.layer for kept in outbox.kept] == [other, layer]


def test_what_is_kept_is_a_copy(layer: Any) -> None:
    outbox, content = Outbox(), {"list": [1]}
    outbox.send(layer, "a", content)
    outbox.send_group(layer, "b", content)
    content["list"].append(2)
    assert [kept.content for kept in outbox.kept] == [{"list": [1]}] * 2


def test_a_content_that_no_layer_carries_is_an_error_where_it_is_sent(layer: Any) -> None:
    outbox = Outbox()
    for send in (outbox.send, outbox.send_group):
        with pytest.raises(TypeError, match="holds a object"):
            send(layer, "a", {"thing": object()})
    assert outbox.kept == []


def test_what_insists_leaves_at_once_where_there_is_room_in_every_era(layer: Any, outbox: Outbox) -> None:
    Channel("a").insist({"n": 1})
    assert layer.calls == [("a", {"n": 1})]
    assert outbox.insisting == []


def test_what_insists_is_kept_in_order_from_the_first_that_finds_no_room(layer: Any, outbox: Outbox) -> None:
    layer.room = 1
    for n in (1, 2):
        Channel("a").insist({"n": n})
    layer.room = 5  # now there would be
    Channel("a").insist({"n": 3})
    assert layer.calls == [("a", {"n": 1})]
    assert [kept.content["n"] for kept in outbox.insisting] == [2, 3]


def test_views_insist(layer: Any, outbox: Outbox) -> None:
    """Their response does not wait for the consumer's end, and not for a limited time."""

    def view(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return [b"hello"]

    request = {"method": "GET", "path": "/", "reply_channel": "http.response!a"}
    ViewConsumer(view)(Message(request, "http.request"))
    assert [channel for channel, _ in layer.calls] == ["http.response!a"]
    layer.room = 0
    ViewConsumer(view)(Message(request, "http.request"))
    assert [kept.name for kept in outbox.insisting] == ["http.response!a"]

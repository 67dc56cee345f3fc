"""What an application that says nothing of a WebSocket does with it, by era."""

from typing import Any

import pytest

from chansim.channels import Message, route
from chansim.channels.cost import costs_of
from chansim.layer.eras import CHANNELS_10, CHANNELS_11, JUNE_2016, Era
from chansim.model.application import Application
from real_layer import RealLayer, work

SOCKET = "websocket.send!a"


def answers(era: Era, **fields: Any) -> list[dict[str, object]]:
    """What a WebSocket gets when it connects, says something, and leaves."""
    layer = RealLayer(era.name)
    for name in ("connect", "receive", "disconnect"):
        layer.send(f"websocket.{name}", {"reply_channel": SOCKET, "path": "/"})
    work(layer, Application(name="site", **fields).router_of(era))
    return layer.waiting(SOCKET)


def test_in_june_2016_nobody_even_listens() -> None:
    assert Application(name="site").router_of(JUNE_2016).channels == ("http.request",)
    assert answers(JUNE_2016) == []


@pytest.mark.parametrize("era", [CHANNELS_10, CHANNELS_11])
def test_later_it_is_accepted_and_what_it_says_is_dropped(era: Era) -> None:
    assert answers(era) == [{"accept": True}]


def test_the_applications_own_routes_go_first() -> None:
    def refuse(message: Message) -> None:
        assert message.reply_channel is not None
        message.reply_channel.send({"close": True})

    assert answers(CHANNELS_10, routing=[route("websocket.connect", refuse)]) == [{"close": True}]


def test_they_cost_nothing() -> None:
    router = Application(name="site", cpu=1.0).router_of(CHANNELS_10)
    for name in ("connect", "receive", "disconnect"):
        matched = router.match(Message({}, f"websocket.{name}"))
        assert matched is not None
        declared = costs_of(matched[0])
        assert declared is not None
        assert not declared.computes
        assert not declared.waits

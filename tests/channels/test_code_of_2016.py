"""Code of 2016 runs unchanged but for its imports: site_of_2016, on a layer and in both worlds."""

from collections.abc import Iterator
from typing import Any

import pytest

import site_of_2016
from chansim import deployments, execute, simulate
from chansim.channels import Router
from chansim.channels.auth import User, login
from chansim.channels.message import using
from chansim.channels.sessions import Session
from model.tiny import books
from real_layer import RealLayer, work

ROUTER = Router(site_of_2016.channel_routing)


@pytest.fixture
def layer() -> Iterator[RealLayer]:
    site_of_2016.saved.clear()
    layer = RealLayer()
    with using(layer):
        yield layer


class Browser:
    """A WebSocket on *path*, with the user that is logged in there."""

    def __init__(self, layer: RealLayer, path: str, user: str = ""):
        self.layer, self.path, self.order = layer, path, 0
        self.reply_channel = layer.new_channel("websocket.send!")
        query = b""
        if user:
            session = Session(layer.sessions)
            login(session, User(user))
            session.save()
            query = f"session_key={session.session_key}".encode()
        self.tell("connect", query_string=query)

    def tell(self, name: str, **content: Any) -> None:
        """Something happens to the socket."""
        about = {"reply_channel": self.reply_channel, "path": self.path, "order": self.order, **content}
        self.layer.send(f"websocket.{name}", about)
        self.order += 1

    def heard(self) -> list[Any]:
        """What has come from the site since."""
        return [content.get("text", content) for content in self.layer.waiting(self.reply_channel)]


def test_a_line_is_heard_in_its_room_and_kept(layer: RealLayer) -> None:
    ada, bob, eve = (
        Browser(layer, "/chat/lobby", "ada"),
        Browser(layer, "/lobby/"),
        Browser(layer, "/chat/attic/"),
    )
    work(layer, ROUTER)
    ada.tell("receive", text="hi")
    work(layer, ROUTER)
    bob.tell("receive", text="ho")
    work(layer, ROUTER)
    assert ada.heard() == bob.heard() == ["ada: hi", "someone: ho"]
    assert eve.heard() == []
    assert site_of_2016.saved == [("lobby", "ada: hi"), ("lobby", "someone: ho")]


@pytest.mark.parametrize("seed", range(10))
def test_whichever_channel_the_worker_looks_at_first_the_connect_comes_first(seed: int) -> None:
    layer = RealLayer(seed=seed)
    ada = Browser(layer, "/lobby/", "ada")
    ada.tell("receive", text="hi")
    work(layer, ROUTER)
    assert ada.heard() == ["ada: hi"]
    ada.tell("disconnect")
    work(layer, ROUTER)
    assert layer.group_channels("chat-lobby") == []


def test_the_notebook_of_one_keeps_its_order(layer: RealLayer) -> None:
    ada = Browser(layer, "/notebook/")
    for text in ('{"command": "add", "line": "a"}', '{"command": "add", "line": "b"}', '{"command": "show"}'):
        ada.tell("receive", text=text)
    ada.tell("receive", text='{"command": "leave"}')
    work(layer, ROUTER)
    assert ada.heard() == ['{"lines": ["a", "b"]}', {"close": True}]


def test_who_polls_for_news_is_answered_when_there_are_some(layer: RealLayer) -> None:
    request = {"reply_channel": "http.response!a", "method": "GET", "path": "/news/"}
    layer.send("http.request", request)
    work(layer, ROUTER)
    assert layer.waiting("http.response!a") == []
    layer.send("news", {"news": ["x"]})
    work(layer, ROUTER)
    assert layer.waiting("http.response!a") == [
        {"status": 200, "headers": [[b"Content-Type", b"application/json"]], "content": b'["x"]'}
    ]


MEMBERS = 5


def chat() -> Any:
    """The talk's deployment, with this site's consumers."""
    return deployments.slide24(
        members=MEMBERS, rate=2.0, service=0.001, routing=tuple(site_of_2016.channel_routing), seconds=None
    )


@pytest.mark.parametrize("world", [simulate, execute])
def test_it_runs_in_both_worlds(world: Any) -> None:
    """A line that a worker takes is a message of chat-messages, and one for each member, but where the run ends."""
    run = world(chat(), seconds=6.0)
    assert run.problems == ()
    sent = [row.channel for row in run.trace.rows(event="sent") if row.channel]
    lines = len(list(run.trace.rows(event="received", channel="chat-messages")))
    assert lines <= sent.count("chat-messages") <= lines + 2  # one may wait
    copies = sum(channel.startswith("websocket.send!") for channel in sent)
    assert lines > 5
    assert MEMBERS * (lines - 1) <= copies <= MEMBERS * lines  # and one be in the worker's hands
    assert books(run.trace).lost == {}

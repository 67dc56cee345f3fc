"""channel_session, http_session and both: what is hung on a message, found again, and saved."""

import functools
from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import pytest

from chansim.channels import Message, costs
from chansim.channels.auth import channel_session_user, channel_session_user_from_http, http_session_user
from chansim.channels.cost import costs_of
from chansim.channels.message import using
from chansim.channels.sessions import (
    Session,
    channel_and_http_session,
    channel_session,
    enforce_ordering,
    http_session,
)
from real_layer import RealLayer


@pytest.fixture
def layer() -> Iterator[RealLayer]:
    layer = RealLayer()
    with using(layer):
        yield layer


def message(reply_channel: str = "websocket.send!a", **content: Any) -> Message:
    """A message of a WebSocket."""
    return Message({"reply_channel": reply_channel, "path": "/", "order": 0, **content}, "websocket.receive")


def browser(layer: RealLayer, **remembered: Any) -> str:
    """The key of a browser's session that holds this."""
    session = Session(layer.sessions)
    session.update(remembered)
    session.save()
    assert session.session_key
    return session.session_key


@channel_session
def count(message: Message) -> None:
    message.channel_session["n"] = message.channel_session.get("n", 0) + 1


def test_each_reply_channel_has_a_channel_session_of_its_own(layer: RealLayer) -> None:
    seen = []
    for client in "aab":
        mine = message(f"websocket.send!{client}")
        count(mine)
        seen.append(mine.channel_session["n"])
    assert seen == [1, 2, 1]


def test_its_key_is_chn_and_29_digits_of_a_digest(layer: RealLayer) -> None:
    mine = message("websocket.send!a")
    count(mine)
    assert mine.channel_session.session_key == "chnfbde176b533ad585101cf4af96554"  # of MD5
    assert "chnfbde176b533ad585101cf4af96554" in layer.sessions


def test_it_exists_from_its_first_use_on_also_while_nothing_is_in_it(layer: RealLayer) -> None:
    mine = message()
    channel_session(lambda message: None)(mine)
    assert layer.sessions.load(mine.channel_session.session_key) == {}


def test_it_is_saved_also_where_the_consumer_raises(layer: RealLayer) -> None:
    @channel_session
    def fails(message: Message) -> None:
        message.channel_session["n"] = 1
        raise ZeroDivisionError

    mine = message()
    with pytest.raises(ZeroDivisionError):
        fails(mine)
    assert layer.sessions.load(mine.channel_session.session_key) == {"n": 1}


def test_a_message_without_a_reply_channel_has_no_channel_session(layer: RealLayer) -> None:
    with pytest.raises(ValueError, match=r"a message of 'slack' without a reply_channel: @channel_session"):
        count(Message({}, "slack"))


def test_http_session_is_the_one_of_the_cookie(layer: RealLayer) -> None:
    key = browser(layer, name="ada")
    mine = message(headers=[[b"host", b"example.org"], [b"cookie", b"theme=dark; sessionid=" + key.encode()]])
    http_session(lambda message: None)(mine)
    assert dict(mine.http_session or {}) == {"name": "ada"}


@pytest.mark.parametrize("kind", [str.encode, str])
def test_or_the_one_of_the_query_which_goes_first(layer: RealLayer, kind: Callable[[str], Any]) -> None:
    key, other = browser(layer, name="ada"), browser(layer, name="bob")
    mine = message(
        headers=[[b"cookie", b"sessionid=" + other.encode()]], query_string=kind(f"x=1&session_key={key}")
    )
    http_session(lambda message: None)(mine)
    assert dict(mine.http_session or {}) == {"name": "ada"}


def test_without_either_there_is_none(layer: RealLayer) -> None:
    for content in ({}, {"headers": [[b"cookie", b"theme=dark"]]}, {"headers": [[b"cookie", b";;,"]]}):
        mine = message(**content)
        http_session(lambda message: None)(mine)
        assert mine.http_session is None


def test_a_message_without_a_path_is_no_http(layer: RealLayer) -> None:
    with pytest.raises(ValueError, match="a message of 'slack' without a path: @http_session"):
        http_session(lambda message: None)(Message({}, "slack"))


def test_http_session_is_saved_unless_the_consumer_raises(layer: RealLayer) -> None:
    key = browser(layer)

    @http_session
    def remember(message: Message, fail: bool) -> None:
        assert message.http_session is not None
        message.http_session["fail"] = fail
        if fail:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        remember(message(query_string=f"session_key={key}".encode()), fail=True)
    assert layer.sessions.load(key) == {}
    remember(message(query_string=f"session_key={key}".encode()), fail=False)
    assert layer.sessions.load(key) == {"fail": False}


def test_with_both_the_later_messages_of_a_socket_find_the_browsers_session_too(layer: RealLayer) -> None:
    key = browser(layer, name="ada")
    seen = []

    @channel_and_http_session
    def look(message: Message) -> None:
        seen.append(message.http_session and message.http_session["name"])

    look(message(query_string=f"session_key={key}".encode()))
    look(message())
    look(message("websocket.send!b"))
    assert seen == ["ada", "ada", None]


DECORATORS = [
    channel_session,
    http_session,
    channel_and_http_session,
    channel_session_user,
    http_session_user,
    channel_session_user_from_http,
    enforce_ordering,
]


@pytest.mark.parametrize(("outer", "inner"), list(permutations(DECORATORS, 2)))
def test_they_go_round_each_other_in_any_order(layer: RealLayer, outer: Any, inner: Any) -> None:
    calls = []

    @outer
    @inner
    def consumer(message: Message, room: str) -> None:
        """Says something."""
        calls.append(room)
        if hasattr(message, "channel_session"):
            message.channel_session["room"] = room

    mine = message()
    consumer(mine, room="lobby")
    assert calls == ["lobby"]
    assert (consumer.__name__, consumer.__doc__) == ("consumer", "Says something.")
    if hasattr(mine, "channel_session"):
        assert layer.sessions.load(mine.channel_session.session_key)["room"] == "lobby"  # type: ignore[index, arg-type]


@pytest.mark.parametrize("decorator", [*DECORATORS, enforce_ordering(slight=True)])
def test_they_go_round_methods_and_keep_the_costs(layer: RealLayer, decorator: Any) -> None:
    class Consumer:
        @decorator
        @costs(cpu=0.5)
        def receive(self, message: Message) -> None:
            self.path = message["path"]

    consumer = Consumer()
    consumer.receive(message())
    assert consumer.path == "/"
    declared = costs_of(Consumer.receive)
    assert declared is not None
    assert declared.cpu.mean == 0.5


@pytest.mark.parametrize("decorator", DECORATORS)
def test_without_a_message_they_say_so(decorator: Any) -> None:
    def consumer(message: Message) -> None: ...

    with pytest.raises(ValueError, match="consumer was called without a Message"):
        decorator(consumer)({"text": "hi"})


def test_a_consumer_without_a_name_may_be_decorated_too(layer: RealLayer) -> None:
    calls = []
    channel_session(functools.partial(lambda which, message: calls.append(which), 7))(message())
    assert calls == [7]

"""Users: who a message is from, by its sessions."""

from collections.abc import Iterator
from typing import Any

import pytest

from chansim.channels import Message
from chansim.channels.auth import (
    AnonymousUser,
    User,
    channel_and_http_session_user_from_http,
    channel_session_user,
    channel_session_user_from_http,
    http_session_user,
    login,
    logout,
    transfer_user,
    user_of,
)
from chansim.channels.message import using
from chansim.channels.sessions import Session
from real_layer import RealLayer


@pytest.fixture
def layer() -> Iterator[RealLayer]:
    layer = RealLayer()
    with using(layer):
        yield layer


def logged_in(layer: RealLayer, user: User) -> bytes:
    """The query of a browser where *user* is logged in."""
    session = Session(layer.sessions)
    login(session, user)
    session.save()
    return f"session_key={session.session_key}".encode()


def who(decorator: Any, query: bytes = b"", reply_channel: str = "websocket.send!a") -> User | AnonymousUser:
    """The user of a message, with this decorator."""
    message = Message(
        {"reply_channel": reply_channel, "path": "/", "query_string": query}, "websocket.connect"
    )
    decorator(lambda message: None)(message)
    return message.user


def test_the_user_of_the_browser(layer: RealLayer) -> None:
    assert who(http_session_user, logged_in(layer, User("ada", is_staff=True))) == User("ada", is_staff=True)
    assert who(http_session_user) == AnonymousUser()


@pytest.mark.parametrize(
    "transfer", [channel_session_user_from_http, channel_and_http_session_user_from_http]
)
def test_once_transferred_it_is_the_user_of_the_socket(layer: RealLayer, transfer: Any) -> None:
    assert who(channel_session_user) == AnonymousUser()
    assert who(transfer, logged_in(layer, User("ada"))) == User("ada")
    assert who(channel_session_user) == User("ada")
    assert who(channel_session_user, reply_channel="websocket.send!b") == AnonymousUser()


def test_with_both_sessions_the_browsers_user_is_known_later_too(layer: RealLayer) -> None:
    who(channel_and_http_session_user_from_http, logged_in(layer, User("ada")))
    assert who(channel_and_http_session_user_from_http) == User("ada")
    assert who(channel_session_user_from_http) == AnonymousUser()


def test_who_is_nobody_is_transferred_to_nobody() -> None:
    session: dict[str, Any] = {"rooms": []}
    transfer_user({"theme": "dark"}, session)
    assert session == {"rooms": []}


def test_logging_out_ends_it() -> None:
    session: dict[str, Any] = {}
    login(session, User("ada"))
    logout(session)
    assert user_of(session) == AnonymousUser()
    assert user_of(None) == AnonymousUser()


@pytest.mark.parametrize(("user", "known"), [(User("ada"), True), (AnonymousUser(), False)])
def test_is_authenticated_is_asked_as_a_method_and_as_a_value(
    user: User | AnonymousUser, known: bool
) -> None:
    assert user.is_authenticated() is known
    assert bool(user.is_authenticated) is known
    assert user.is_anonymous() is not known
    assert repr(user.is_authenticated) == str(known)


def test_they_have_names() -> None:
    assert [str(User("ada")), User("ada").username, AnonymousUser().username] == ["ada", "ada", ""]
    assert str(AnonymousUser()) == "AnonymousUser"

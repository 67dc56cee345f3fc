"""Users: who a message is from. Django's decorators, with as much of its users as consumers ask for.

There is no table of users and no password: a session says who it belongs to,
and :func:`login` is what writes that in it.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from chansim.channels.decorators import around
from chansim.channels.message import Message
from chansim.channels.message_sessions import both_sessions_of, channel_session_of, http_session_of

SESSION_USER = "_auth_user"
"""The key in a session that says who it belongs to."""


class Answer:
    """Yes or no, to be read as ``user.is_staff`` is, or called: Django 1.9 had a method where 1.10 had a value."""

    def __init__(self, yes: bool):
        self._yes = yes

    def __bool__(self) -> bool:
        return self._yes

    def __call__(self) -> bool:
        return self._yes

    def __repr__(self) -> str:
        return repr(self._yes)


@dataclass(frozen=True)
class User:
    """Someone who logged in."""

    username: str
    is_staff: bool = False

    is_authenticated: ClassVar[Answer] = Answer(True)
    is_anonymous: ClassVar[Answer] = Answer(False)

    def __str__(self) -> str:
        return self.username


@dataclass(frozen=True)
class AnonymousUser:
    """Someone who did not."""

    username: ClassVar[str] = ""
    is_staff: ClassVar[bool] = False
    is_authenticated: ClassVar[Answer] = Answer(False)
    is_anonymous: ClassVar[Answer] = Answer(True)

    def __str__(self) -> str:
        return "AnonymousUser"


def login(session: MutableMapping[str, Any], user: User) -> None:
    """From now on *session* belongs to *user*; it is for the caller to save it."""
    session[SESSION_USER] = asdict(user)


def logout(session: MutableMapping[str, Any]) -> None:
    """From now on *session* belongs to nobody."""
    session.pop(SESSION_USER, None)


def user_of(session: MutableMapping[str, Any] | None) -> User | AnonymousUser:
    """Who *session* belongs to."""
    known = None if session is None else session.get(SESSION_USER)
    return AnonymousUser() if known is None else User(**known)


def transfer_user(from_session: MutableMapping[str, Any], to_session: MutableMapping[str, Any]) -> None:
    """Write the user of one session, if it has one, in another."""
    if SESSION_USER in from_session:
        to_session[SESSION_USER] = from_session[SESSION_USER]


@contextmanager
def _user_of_channel_session(message: Message) -> Iterator[None]:
    with channel_session_of(message):
        message.user = user_of(message.channel_session)
        yield


@contextmanager
def _user_of_http_session(message: Message) -> Iterator[None]:
    with http_session_of(message):
        message.user = user_of(message.http_session)
        yield


def _transfer(message: Message) -> None:
    message.user = user_of(message.http_session)
    if message.http_session is not None:
        transfer_user(message.http_session, message.channel_session)


@contextmanager
def _user_transferred(message: Message) -> Iterator[None]:
    with http_session_of(message), channel_session_of(message):
        _transfer(message)
        yield


@contextmanager
def _user_and_sessions_transferred(message: Message) -> Iterator[None]:
    with both_sessions_of(message):
        _transfer(message)
        yield


channel_session_user = around(_user_of_channel_session)
http_session_user = around(_user_of_http_session)
channel_session_user_from_http = around(_user_transferred)
channel_and_http_session_user_from_http = around(_user_and_sessions_transferred)

"""The sessions of a message: what is remembered of the client that it came from.

``message.channel_session`` is kept under the reply channel, for as long as a
connection lasts; ``message.http_session`` is the browser's, found by its cookie.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs

from chansim.channels.message import Message
from chansim.channels.session_store import Session

SESSION_COOKIE = "sessionid"
"""The cookie, and the key in a channel session, that hold the key of the http session (Django's default)."""


@contextmanager
def channel_session_of(message: Message) -> Iterator[None]:
    """Within the block ``message.channel_session`` is what is remembered under the message's reply channel.

    It is saved at the end, if it was modified, also where the block raises.
    Raises ValueError for a message without a reply channel.
    """
    if not hasattr(message, "channel_session"):
        if message.reply_channel is None:
            raise ValueError(
                f"a message of {message.channel_name!r} without a reply_channel: "
                "@channel_session is for messages that have one"
            )
        sessions = message.channel_layer.sessions
        key = session_key(message.reply_channel.name)
        sessions.create(key)
        message.channel_session = Session(sessions, key)
    try:
        yield
    finally:
        if message.channel_session.modified:
            message.channel_session.save()


def session_key(reply_channel: str) -> str:
    """The key of the channel session of the client behind *reply_channel*."""
    return "chn" + hashlib.md5(reply_channel.encode(), usedforsecurity=False).hexdigest()[:29]


@contextmanager
def http_session_of(message: Message) -> Iterator[None]:
    """Within the block ``message.http_session`` is the browser's session, or None where it has none.

    Its key is the parameter ``session_key`` of the query, or else the cookie's
    value. It is saved at the end, if it was modified and the block did not
    raise. Raises ValueError for a message that is neither an HTTP request nor
    of a WebSocket.
    """
    if not hasattr(message, "http_session"):
        key = _http_session_key(message)
        message.http_session = Session(message.channel_layer.sessions, key) if key else None
    yield
    if message.http_session is not None and message.http_session.modified:
        message.http_session.save()


def _http_session_key(message: Message) -> str | None:
    from http.cookies import CookieError, SimpleCookie  # of "http", which is not loaded with chansim

    if "path" not in message:
        raise ValueError(
            f"a message of {message.channel_name!r} without a path: "
            "@http_session is for HTTP requests and the messages of WebSockets"
        )
    query: bytes | str = message.get("query_string", b"")
    asked = parse_qs(query if isinstance(query, str) else query.decode("latin-1")).get("session_key")
    if asked:
        return asked[0]
    for name, value in message.get("headers", ()):
        if name == b"cookie":
            try:
                cookies: SimpleCookie = SimpleCookie(value.decode("latin-1"))
            except CookieError:
                continue
            if SESSION_COOKIE in cookies:
                return str(cookies[SESSION_COOKIE].value)
    return None


@contextmanager
def both_sessions_of(message: Message) -> Iterator[None]:
    """Within the block the message has both sessions.

    Only ``websocket.connect`` brings a cookie; its session's key is put in the
    channel session, for the client's later messages.
    """
    with http_session_of(message), channel_session_of(message):
        if message.http_session is not None:
            message.channel_session.setdefault(SESSION_COOKIE, message.http_session.session_key)
        elif SESSION_COOKIE in message.channel_session:
            key = message.channel_session[SESSION_COOKIE]
            message.http_session = Session(message.channel_layer.sessions, key)
        yield

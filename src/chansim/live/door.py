"""Door: who is let in, and how much of them. What a real server refuses before the application hears of it.

A server on loopback is reached by every page that the user's browser shows, wherever that page came from. So two
headers are looked at: Host, for a foreign name may have been made to point here (DNS rebinding); and, of a WebSocket,
Origin, for the browser lets any page open one (cross-site hijacking).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple
from urllib.parse import urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""What a server that only this machine reaches may be called."""


@dataclass(frozen=True)
class Limits:
    """What one server takes. Sizes in bytes, times in seconds; None for no limit, where it may be left out.

    They are ours: Daphne of 2016 had none. What is above is refused with the status that is for it: headers 431, body
    413, connections 503, a slow body 408. Who never says what he wants is cut off. A WebSocket is closed with 1009
    for a frame that is too large, with 1001 when nothing happens on it, with 1008 when its client does not read.
    """

    connections: int = 10_000  #: HTTP requests and WebSockets open at once
    headers: int = 32 * 1024  #: of all header fields of a request together
    headers_time: float = (
        10.0  #: in which a request's headers have to be there; uvicorn, hosted by us, sees to it
    )
    body: int = 10 * 1024 * 1024  #: of a request
    body_time: float = 30.0  #: in which a request's body has to be there
    frame: int = 1024 * 1024  #: of a WebSocket; no layer carries a larger message
    idle: float | None = None  #: a WebSocket may be silent in both directions; pings do not count
    unread: int = 4 * 1024 * 1024  #: what may wait for a client that does not read it

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if value is None and each.name == "idle":
                continue
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
                raise ValueError(f"limits: {each.name}={value!r} must be a number above 0")


class Refusal(NamedTuple):
    """Why somebody is not let in: an HTTP status, and a sentence."""

    status: int
    words: str


@dataclass(frozen=True)
class Door:
    """*hosts*: names that the server may be called by; ``"*"`` for any. *origins*: whose pages may open a WebSocket
    besides the server's own, such as ``"https://example.org"``. A client that sends no Origin is no browser, and may.
    """

    hosts: Collection[str] = LOOPBACK
    origins: Collection[str] = ()
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        for name in ("hosts", "origins"):
            if isinstance(getattr(self, name), str):
                raise ValueError(
                    f"{name}={getattr(self, name)!r} must be several names, such as ('localhost',)"
                )

    def refusal(self, scope: Mapping[str, Any], open_now: int) -> Refusal | None:
        """Why the connection that *scope* describes is not let in, beside *open_now* others; None where it is."""
        headers = scope["headers"]
        if sum(len(name) + len(value) for name, value in headers) > self.limits.headers:
            return Refusal(431, "The request's headers are too large.")
        if open_now >= self.limits.connections:
            return Refusal(503, "The server holds as many connections as it may.")
        host = _the_only(headers, b"host")
        name = name_of(host)
        if name is None or ("*" not in self.hosts and name not in self.hosts):
            return Refusal(400, f"This server is not called {host!r}.")
        if scope.get("method") == "CONNECT":  # hosts tell no answer to it, which would look like a bad reply
            return Refusal(405, "This server is no proxy.")
        if scope["type"] == "websocket" and not self.may_open(_the_only(headers, b"origin"), host):
            return Refusal(403, "Pages from elsewhere may not open a WebSocket here.")
        return None

    def may_open(self, origin: str | None, host: str | None) -> bool:
        """Whether a page from *origin* may open a WebSocket to *host*."""
        if origin is None or origin in self.origins:
            return True
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and parts.netloc.lower() == (host or "").lower()


def name_of(host: str | None) -> str | None:
    """The name in a Host header, without its port; None for what is no such header."""
    if not host:
        return None
    try:
        parts = urlsplit(f"//{host}")
        parts.port  # noqa: B018 - raises for one that is no number
    except ValueError:
        return None
    if parts.netloc != host or parts.username is not None:
        return None
    return parts.hostname


def _the_only(headers: Collection[tuple[bytes, bytes]], name: bytes) -> str | None:
    """The value of a header that may be there once; what stands there twice is no legal value of either."""
    values = [value for key, value in headers if key.lower() == name]
    return b", ".join(values).decode("latin-1") if values else None

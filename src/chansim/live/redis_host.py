"""RedisHost: one Redis server, as one process talks to it: the calls that redis.lua knows, and the ear that hears of
messages.

No rule is in this file. Redis's own words, and those of its client library, end here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib import resources
from random import Random
from typing import Any, NamedTuple
from urllib.parse import urlsplit

PATIENCE = 5.0
"""Seconds that a server is given to answer. After that nobody knows what it did."""

SCRIPT = resources.files("chansim.live").joinpath("redis.lua").read_text(encoding="utf-8")


class LayerUnavailable(ConnectionError):
    """The layer's server gives no answer. A message that was being sent may have been sent, one that was being
    received may be lost; the next call tries again."""


class Answer(NamedTuple):
    """What a call told."""

    now: float  #: the layer's time of it
    expired: list[bytes]  #: heads of messages
    left: list[tuple[str, str, float]]  #: memberships that have ended: group, channel, when
    result: Any


class RedisHost:
    """One server at *url*, ``redis://[:password@]host[:port][/database]``, and what of it begins with *prefix*.

    *group_expiry* and *expiry* in seconds, *shared* as Era.shared_replies, *traced*: whether anybody wants to know what
    was lost, *clock*: the layer's time; None is the server's own.
    *heard* is called, in a thread of its own, with the queues to which something was sent, and with None
    when the connection was lost and is there again: whoever waited has to look again.
    """

    def __init__(
        self,
        url: str,
        prefix: str,
        group_expiry: float,
        expiry: float,
        shared: bool,
        traced: bool,
        clock: Callable[[], float] | None,
        heard: Callable[[RedisHost, list[str] | None], None],
    ):
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        self.name = address(url)
        self._prefix = prefix.encode()
        self._settings = (b"1" if traced else b"", repr(group_expiry), repr(expiry), b"1" if shared else b"")
        self._clock = clock
        self._heard = partial(heard, self)
        # never try again by itself: a message that was sent all the same would be there twice
        self._server: Any = redis.Redis.from_url(
            url,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            socket_keepalive=True,
            retry=Retry(NoBackoff(), 0),
        )
        self._errors = (redis.RedisError, OSError)
        self._unknown_script = redis.exceptions.NoScriptError
        self._sha = ""
        self._ear: Ear | None = None
        self._closed = threading.Event()
        self._lock = threading.Lock()

    def call(self, command: str, *arguments: Any) -> Answer:
        """Have the server carry out *command* of redis.lua. Raises LayerUnavailable."""
        traced, group_expiry, expiry, shared = self._settings
        time_now = "" if self._clock is None else repr(self._clock())
        arguments = (1, self._prefix, command, time_now, traced, group_expiry, expiry, shared, *arguments)
        answer = self._guarded(self._run, arguments)
        now, expired, left, result = answer
        return Answer(
            float(now),
            expired,
            [
                (left[place].decode(), left[place + 1].decode(), float(left[place + 2]))
                for place in range(0, len(left), 3)
            ],
            result,
        )

    def _run(self, arguments: tuple[Any, ...]) -> Any:
        if self._sha:
            try:
                return self._server.execute_command("EVALSHA", self._sha, *arguments)
            except self._unknown_script:
                pass  # a new server, or one that has forgotten: it has done nothing
        self._sha = str(_text(self._server.execute_command("SCRIPT LOAD", SCRIPT)))
        return self._server.execute_command("EVALSHA", self._sha, *arguments)

    def unavailable(self, error: Exception) -> LayerUnavailable:
        """The error, in the layer's words."""
        words = str(error) or type(error).__name__
        return LayerUnavailable(
            f"the channel layer's Redis server at {self.name} cannot be used now ({words}); "
            "what was being sent may or may not have arrived, and the next call tries again"
        )

    def ear(self) -> str:
        """The name under which this process hears of messages, once it does. Raises LayerUnavailable."""
        with self._lock:
            if self._ear is None:
                self._ear = Ear(self._server, self._prefix, self._heard)
            ear = self._ear
        if not ear.open.wait(PATIENCE):
            raise self.unavailable(ear.trouble or TimeoutError("no answer"))
        return ear.name

    def get(self, key: str) -> bytes | None:
        """What stands under *key*, for things beside the layer. Raises LayerUnavailable."""
        return self._plainly("GET", self._prefix + key.encode())  # type: ignore[no-any-return]

    def put(self, key: str, value: bytes, seconds: float, *, only_if_new: bool = False) -> None:
        """Keep *value* under *key* for *seconds*. Raises LayerUnavailable."""
        new = ("NX",) if only_if_new else ()
        self._plainly("SET", self._prefix + key.encode(), value, "PX", int(seconds * 1000), *new)

    def delete(self, key: str) -> None:
        """Forget what stands under *key*. Raises LayerUnavailable."""
        self._plainly("DEL", self._prefix + key.encode())

    def run_id(self) -> str:
        """Of the server since it was started; another has forgotten all that it knew. Raises LayerUnavailable."""
        return str(self._guarded(self._server.info, "server")["run_id"])

    def forget_all(self) -> None:
        """Delete every key that begins with the prefix. Raises LayerUnavailable."""
        pattern = (
            b"".join(b"\\" + bytes((c,)) if c in b"*?[]\\" else bytes((c,)) for c in self._prefix) + b"*"
        )

        def delete() -> None:
            for key in list(self._server.scan_iter(pattern, count=1000)):
                self._server.unlink(key)

        self._guarded(delete)

    def time(self) -> float:
        """The server's clock: seconds since 1970. Raises LayerUnavailable."""
        seconds, microseconds = self._guarded(self._server.time)
        return float(seconds) + float(microseconds) / 1e6

    def _plainly(self, *words: Any) -> Any:
        return self._guarded(self._server.execute_command, *words)

    def _guarded(self, function: Callable[..., Any], *arguments: Any) -> Any:
        if self._closed.is_set():
            raise LayerUnavailable("the channel layer has been closed")
        try:
            return function(*arguments)
        except self._errors as error:
            raise self.unavailable(error) from error
        finally:
            if self._closed.is_set():
                self._let_go()

    def close(self) -> None:
        """Hear nothing more, and let go of all connections, of those in use when they no longer are."""
        with self._lock:
            self._closed.set()
            if self._ear is not None:
                self._ear.close()
        self._let_go()

    def _let_go(self) -> None:
        self._server.connection_pool.disconnect(inuse_connections=False)


class Ear:
    """A connection that waits to be told to which queues something was sent, in a thread of its own."""

    def __init__(self, server: Any, prefix: bytes, heard: Callable[[list[str] | None], None]):
        self.name = f"{Random().getrandbits(64):016x}"  # of its own accord, whatever seed the program has
        self.open = threading.Event()
        self.trouble: Exception | None = None
        self._server = server
        self._channel = prefix + b"ear:" + self.name.encode()
        self._heard = heard
        self._closed = threading.Event()
        self._pubsub: Any = None
        self._thread = threading.Thread(target=self._listen, name=f"ear {self.name}", daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        import redis

        before = False  # whether it was open before
        while not self._closed.is_set():
            pubsub = self._pubsub = self._server.pubsub(ignore_subscribe_messages=False)
            try:
                pubsub.subscribe(self._channel)
                while not self._closed.is_set():
                    message = pubsub.get_message(timeout=1.0)
                    if message is None:
                        continue
                    if message["type"] == "subscribe":
                        self.open.set()
                        if before:
                            self._heard(None)
                        before = True
                    elif message["type"] == "message":
                        self._heard(message["data"].decode().split())
            except (redis.RedisError, OSError, ValueError) as error:
                self.trouble = error
                if self.open.is_set() and not self._closed.is_set():
                    self.open.clear()
                    self._heard(None)  # whoever waits looks, and is told that nobody answers
            finally:
                with suppress(redis.RedisError, OSError, ValueError):
                    pubsub.close()
            self._closed.wait(0.1)

    def close(self) -> None:
        """Hear nothing more."""
        self._closed.set()
        with suppress(Exception):  # then it is not waiting
            self._server.publish(self._channel, "")  # so that it need not wait
        if threading.current_thread() is not self._thread:
            self._thread.join(PATIENCE)


def address(url: str) -> str:
    """Host and port of *url*, without the password that it may hold. Raises ValueError for what is no such URL."""
    try:
        parts = urlsplit(url)
        port = parts.port or 6379
        if parts.scheme in ("redis", "rediss"):
            return f"{parts.hostname or 'localhost'}:{port}"
        if parts.scheme == "unix":
            return parts.path
    except ValueError:
        pass
    raise ValueError(
        f"hosts has {_without_password(url)!r}, which names no Redis server: redis://host:port, rediss://… or unix://…"
    )


def _without_password(url: object) -> str:
    text = str(url)
    return text.rpartition("@")[2] if "@" in text else text


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)

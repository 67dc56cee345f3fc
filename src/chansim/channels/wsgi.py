"""A WSGI application as a consumer: the same callable serves a WSGI server and a worker.

Only the translation between an ``http.request`` message and PEP 3333 is here.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from itertools import chain
from typing import Any

from chansim.channels.cost import costs_of
from chansim.channels.exceptions import RequestAborted, RequestTimeout, ResponseLater
from chansim.channels.message import Channel, Message
from chansim.layer.contract import Content

WSGIApplication = Callable[..., Iterable[bytes]]

CHUNK = 512 * 1024
"""Bytes of body in one response message; more goes out in several (Channels 0.15)."""


def environ_of(request: Content) -> dict[str, Any]:
    """The PEP 3333 environ of an ``http.request`` message."""
    host, port = request.get("server") or ("localhost", 80)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request["method"],
        "SCRIPT_NAME": request.get("root_path", ""),
        "PATH_INFO": request["path"].encode().decode("latin-1"),
        "QUERY_STRING": request.get("query_string", b"").decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/" + request.get("http_version", "1.1"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.get("scheme", "http"),
        "wsgi.input": io.BytesIO(request.get("body", b"")),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    client = request.get("client")
    if client:
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = client[0], str(client[1])
    for name, value in request.get("headers", ()):
        key = name.decode("latin-1").upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = "HTTP_" + key
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    return environ


class Call:
    """One call of a WSGI application: its status and headers, and the parts of its body, as they come.

    Raises whatever the application raises, and RuntimeError where it breaks
    PEP 3333: calls ``start_response`` twice, or never.
    """

    def __init__(self, application: WSGIApplication, environ: dict[str, Any]):
        self._started: tuple[str, list[tuple[str, str]]] | None = None
        self._written: list[bytes] = []
        self._parts = application(environ, self._start_response)

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        if self._started and not exc_info:
            raise RuntimeError("the application called start_response twice")
        self._started = status, headers
        return self._written.append

    def body(self) -> Generator[bytes, None, None]:
        """The parts that are written and those that are yielded, in their order; at the end the body is closed."""
        try:
            for part in self._parts:
                yield from self._taken()
                yield part
            yield from self._taken()
        finally:
            close = getattr(self._parts, "close", None)
            if close is not None:
                close()

    def _taken(self) -> list[bytes]:
        written, self._written[:] = self._written[:], []
        return written

    @property
    def head(self) -> Content:
        """The status and the headers of the response, as its first message has them."""
        if self._started is None:
            raise RuntimeError("the application never called start_response")
        status, headers = self._started
        return {
            "status": int(status[:3]),
            "headers": [[name.lower().encode("latin-1"), value.encode("latin-1")] for name, value in headers],
        }

    @property
    def streams(self) -> bool:
        """Whether the parts are to be sent as they come: the body has no length that is known before its end.

        A list has one, and a response that declares its Content-Length; Django's say whether they stream.
        """
        sized = hasattr(self._parts, "__len__") or any(
            name == b"content-length" for name, _ in self.head["headers"]
        )
        return bool(getattr(self._parts, "streaming", not sized))

    def messages(self) -> Generator[Content, None, None]:
        """The ``http.response`` messages: one, or more where the body is large or streams."""
        with closing(self.body()) as body:
            first = next(body, b"")
            head = self.head
            if self.streams:
                parts: Iterator[bytes] = chain([first], body)
                last = b""
            else:
                *whole, last = _chunks(first + b"".join(body))
                parts = iter(whole)
            for part in parts:
                for chunk in filter(None, _chunks(part)):
                    yield {**head, "content": chunk, "more_content": True}
                    head = {}
            yield {**head, "content": last, "more_content": False}


def _chunks(content: bytes) -> list[bytes]:
    return [content[start : start + CHUNK] for start in range(0, max(len(content), 1), CHUNK)]


def call_wsgi(application: WSGIApplication, request: Content) -> Content:
    """Call the application with the request and gather its response: status, headers, content.

    Raises what Call does, and RuntimeError for a view that leaves its response to a consumer.
    """
    try:
        call = Call(application, environ_of(request))
        content = b"".join(call.body())
    except ResponseLater:
        raise RuntimeError(
            "the view raised ResponseLater: there is no consumer here to answer later"
        ) from None
    return {**call.head, "content": content}


def body_of(message: Message) -> bytes:
    """The body of an ``http.request``, with the parts that come on its ``body_channel``.

    A consumer cannot wait: a part that is not there by now comes too late, and
    raises RequestTimeout. (Django waited for 60 s.) RequestAborted: the client has left.
    """
    body: bytes = message.get("body", b"")
    channel = message.get("body_channel")
    more = channel is not None
    while more:
        envelope = message.channel_layer.receive_at_once((channel,))
        if envelope is None:
            raise RequestTimeout(f"the rest of the body is not on {channel!r}")
        if envelope.content.get("closed"):
            raise RequestAborted(f"the client left while its body came on {channel!r}")
        body += envelope.content.get("content", b"")
        more = envelope.content.get("more_content", False)
    return body


class ViewConsumer:
    """A consumer that answers ``http.request`` messages with a WSGI application; with 500 where that raises.

    A view that raises ResponseLater answers nothing; it finds the name of the
    channel that is to be answered under ``channels.reply_channel`` in its environ.
    """

    def __init__(self, application: WSGIApplication):
        self.application = application
        self.__name__ = f"view_as_consumer({getattr(application, '__name__', type(application).__name__)})"
        self.costs = costs_of(application)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ViewConsumer) and self.application == other.application

    def __hash__(self) -> int:
        return hash(self.application)

    def __call__(self, message: Message) -> None:
        reply_channel = message.reply_channel
        if reply_channel is None:
            raise ValueError("an http.request message needs a reply_channel to answer on")
        try:
            environ = environ_of({**message.content, "body": body_of(message)})
        except RequestAborted:
            return
        except RequestTimeout:
            answer(reply_channel, 408, b"408 Request Timeout (upload too slow)")
            return
        environ["channels.reply_channel"] = reply_channel.name
        begun = False
        try:
            with closing(Call(self.application, environ).messages()) as responses:
                for response in responses:
                    reply_channel.insist(response)
                    begun = True
        except ResponseLater:
            return
        except Exception:
            if not begun:  # a status is sent once
                answer(reply_channel, 500, b"Internal Server Error")
            raise


def answer(reply_channel: Channel, status: int, content: bytes) -> None:
    """Send a whole response without headers."""
    response = {"status": status, "headers": [], "content": content, "more_content": False}
    reply_channel.insist(response)


def view_as_consumer(application: WSGIApplication) -> ViewConsumer:
    """A consumer that answers ``http.request`` messages with *application*, any WSGI callable.

    It declares the costs that the application declares.
    """
    return ViewConsumer(application)

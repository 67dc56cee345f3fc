"""A WSGI application as a consumer: the same callable serves a WSGI server and a worker.

Only the translation between an ``http.request`` message and PEP 3333 is here.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable
from typing import Any

from chansim.channels.cost import costs_of
from chansim.channels.message import Message
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


def call_wsgi(application: WSGIApplication, request: Content) -> Content:
    """Call the application with the request and gather its response: status, headers, content.

    Raises whatever the application raises, and RuntimeError where it breaks
    PEP 3333 by never calling ``start_response``.
    """
    started: list[tuple[str, list[tuple[str, str]]]] = []
    body: list[bytes] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        if started and not exc_info:
            raise RuntimeError("the application called start_response twice")
        started[:] = [(status, headers)]
        return body.append

    parts = application(environ_of(request), start_response)
    try:
        for part in parts:  # one by one, since write() may be called in between
            body.append(part)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    if not started:
        raise RuntimeError("the application never called start_response")
    status, headers = started[0]
    return {
        "status": int(status[:3]),
        "headers": [[name.lower().encode("latin-1"), value.encode("latin-1")] for name, value in headers],
        "content": b"".join(body),
    }


class ViewConsumer:
    """A consumer that answers ``http.request`` messages with a WSGI application; with 500 where that raises."""

    def __init__(self, application: WSGIApplication):
        self.application = application
        self.__name__ = f"view_as_consumer({getattr(application, '__name__', type(application).__name__)})"
        self.costs = costs_of(application)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ViewConsumer) and self.application == other.application

    def __hash__(self) -> int:
        return hash(self.application)

    def __call__(self, message: Message) -> None:
        if message.reply_channel is None:
            raise ValueError("an http.request message needs a reply_channel to answer on")
        try:
            response = call_wsgi(self.application, message.content)
        except Exception:
            message.reply_channel.insist({"status": 500, "headers": [], "content": b"Internal Server Error"})
            raise
        content = response["content"]
        for start in range(0, max(len(content), 1), CHUNK):
            part = {"content": content[start : start + CHUNK], "more_content": start + CHUNK < len(content)}
            message.reply_channel.insist(part if start else {**response, **part})


def view_as_consumer(application: WSGIApplication) -> ViewConsumer:
    """A consumer that answers ``http.request`` messages with *application*, any WSGI callable.

    It declares the costs that the application declares.
    """
    return ViewConsumer(application)

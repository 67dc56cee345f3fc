"""The talk's chat and a few views, on a layer, with worker threads: what the tests of real servers talk to.

Daphne is given ``live.site:application``, in a process of its own, by its command line.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from chansim.applications import chat
from chansim.channels import Message, route
from chansim.channels.message import current_layer
from chansim.channels.routing import Router
from chansim.channels.wsgi import view_as_consumer
from chansim.live.asgi import ASGIInterfaceServer
from chansim.live.memory import InMemoryLayer


def view(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Say the method, the path and the body; ``/large`` is large, ``/missing`` is missing, ``/error`` is one."""
    path = environ["PATH_INFO"].encode("latin-1").decode()  # as PEP 3333 has it
    if path == "/error":
        raise RuntimeError("on purpose")
    body = environ["wsgi.input"].read()
    status = "404 Not Found" if path == "/missing" else "200 OK"
    start_response(status, [("Content-Type", "text/plain; charset=utf-8")])
    if path == "/large":
        return [b"x" * 1_500_000]
    return [f"{environ['REQUEST_METHOD']} {path} {len(body)}".encode()]


ROUTER = Router([route("http.request", view_as_consumer(view)), *chat.channel_routing])
ROUTER_1_0 = Router([route("http.request", view_as_consumer(view)), *chat.channel_routing_1_0])


@contextmanager
def workers(layer: Any, number: int = 2) -> Iterator[None]:
    """Worker threads at *layer*."""
    router = ROUTER_1_0 if layer.era.handshake_waits else ROUTER

    def work() -> None:
        current_layer.set(layer)
        while True:
            channel, content = layer.receive_many(router.channels, block=True)
            if channel is None or content is None:
                return
            message = Message(content, channel, layer)
            matched = router.match(message)
            if matched is not None:
                consumer, arguments = matched
                with suppress(RuntimeError):  # of the view that raises, once it has answered 500
                    consumer(message, **arguments)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(number)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        layer.close()
        for thread in threads:
            thread.join(10.0)


def application_for_another_host() -> ASGIInterfaceServer:
    """With its workers, which live as long as the process."""
    layer = InMemoryLayer(capacity=100, era="channels10")
    running.append(workers(layer))
    running[-1].__enter__()
    return ASGIInterfaceServer(layer)


running: list[Any] = []


def __getattr__(name: str) -> Any:
    if name == "application":
        return application_for_another_host()
    raise AttributeError(name)

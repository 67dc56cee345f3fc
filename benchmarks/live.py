"""A request through chansim's real interface server, layer and worker, beside Channels 4 on the same work, in one run.

    python benchmarks/live.py             some three minutes
    python benchmarks/live.py --quick     one short round

Each server is a process of its own on loopback; the client is this process, and as lean as can be, so that it is the
servers that are measured. They take turns, round by round; what is printed are medians, and ratios to Channels 4.
On a machine with neighbours believe the processor time of the server's process, which is printed for each kind of
work: how long things took by the clock is then mostly the neighbours'.

The work: an HTTP request is answered with 15 bytes; a line in a room of 50 is told all 50, by the in-memory layer of
each. Channels 4 is measured as an asynchronous consumer, which answers in the event loop and passes no layer at all,
and as a synchronous one, which like a worker's consumer of 2016 runs in a thread. Ours makes two hops more: over the
layer to a worker thread and back. What these cost is printed too, from a trace of the same server.

Peers: Channels 4 under uvicorn, which also hosts ours, and under Daphne 4.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import psutil

ROOM = 50
TEXT = "x" * 60
HELLO = b"Hello from WSGI"
SERVERS = ("chansim", "chansim traced", "channels 4 async", "channels 4 sync", "daphne async", "daphne sync")
PEER = "channels 4 async"  # the faster of the two
LIMIT = 0.5  # of what the peer does, at least

# -- the servers -----------------------------------------------------------------------------------------------


def chansim_application(workers: int, traced: bool) -> Any:
    """The talk's deployment in one process: interface server, in-memory layer, worker threads."""
    from chansim.channels import Group, Message, route
    from chansim.channels.message import current_layer
    from chansim.channels.routing import Router
    from chansim.live.asgi import ASGIInterfaceServer
    from chansim.live.memory import InMemoryLayer
    from chansim.trace import ThreadedRecorder

    def hello(message: Message) -> None:
        reply = {"status": 200, "headers": [[b"content-type", b"text/plain"]], "content": HELLO}
        message.reply_channel.send(reply)  # type: ignore[union-attr]

    def joined(message: Message) -> None:
        message.reply_channel.send({"accept": True})  # type: ignore[union-attr]
        Group("room").add(message.reply_channel)  # type: ignore[arg-type]

    def said(message: Message) -> None:
        Group("room").send({"text": message["text"]})

    def left(message: Message) -> None:
        Group("room").discard(message.reply_channel)  # type: ignore[arg-type]

    recorder = ThreadedRecorder() if traced else None
    layer = InMemoryLayer(capacity=100_000, era="channels10", recorder=recorder, clock=time.perf_counter)
    router = Router(
        [
            route("http.request", hello),
            route("websocket.connect", joined),
            route("websocket.receive", said),
            route("websocket.disconnect", left),
        ]
    )

    def work() -> None:
        current_layer.set(layer)
        while True:
            envelope = layer.take(router.channels, block=True, by="worker")
            if envelope is None:
                return
            message = Message(envelope.content, envelope.channel, layer)
            matched = router.match(message)
            if matched is not None:
                consumer, arguments = matched
                consumer(message, **arguments)

    for _ in range(workers):
        threading.Thread(target=work, daemon=True).start()
    return ASGIInterfaceServer(layer, recorder=recorder)


def channels_application(asynchronous: bool) -> Any:
    """The same work in Channels 4."""
    import django
    from django.conf import settings

    settings.configure(
        ALLOWED_HOSTS=["*"],
        SECRET_KEY="of this benchmark",
        CHANNEL_LAYERS={
            "default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 100_000}}
        },
    )
    django.setup()
    from asgiref.sync import async_to_sync
    from channels.consumer import SyncConsumer
    from channels.generic.http import AsyncHttpConsumer
    from channels.generic.websocket import AsyncWebsocketConsumer, WebsocketConsumer
    from channels.routing import ProtocolTypeRouter

    headers = [(b"content-type", b"text/plain")]

    class AsyncHello(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            await self.send_response(200, HELLO, headers=headers)

    class Hello(SyncConsumer):
        def http_request(self, message: Any) -> None:
            from channels.exceptions import StopConsumer

            self.send({"type": "http.response.start", "status": 200, "headers": headers})
            self.send({"type": "http.response.body", "body": HELLO})
            raise StopConsumer

    class AsyncRoom(AsyncWebsocketConsumer):
        groups = ["room"]  # noqa: RUF012 - as Channels has it

        async def receive(self, text_data: Any = None, bytes_data: Any = None) -> None:
            await self.channel_layer.group_send("room", {"type": "said", "text": text_data})

        async def said(self, event: Any) -> None:
            await self.send(text_data=event["text"])

    class Room(WebsocketConsumer):
        groups = ["room"]  # noqa: RUF012 - as Channels has it

        def receive(self, text_data: Any = None, bytes_data: Any = None) -> None:
            async_to_sync(self.channel_layer.group_send)("room", {"type": "said", "text": text_data})

        def said(self, event: Any) -> None:
            self.send(text_data=event["text"])

    http, room = (AsyncHello, AsyncRoom) if asynchronous else (Hello, Room)
    return ProtocolTypeRouter({"http": http.as_asgi(), "websocket": room.as_asgi()})


def serve(name: str, port: int) -> None:
    """The work of a server's process."""
    asynchronous = name.endswith("async")
    if name.startswith("chansim"):
        application = chansim_application(4, traced="traced" in name)
    else:
        application = channels_application(asynchronous)
    if name.startswith("daphne"):
        from daphne.server import Server

        Server(application, [f"tcp:port={port}:interface=127.0.0.1"], signal_handlers=True).run()
    else:
        import uvicorn

        uvicorn.run(
            application,
            port=port,
            log_level="error",
            access_log=False,
            lifespan="off",
            ws_per_message_deflate=False,
            ws_ping_interval=None,
        )


@contextlib.contextmanager
def running(name: str) -> Iterator[tuple[int, psutil.Process]]:
    """A server in a process of its own; its port, and the process."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, __file__, "--serve", name, "--port", str(port)]
    process = subprocess.Popen(command)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"{name} did not start") from None
                time.sleep(0.1)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)


# -- the clients: plain sockets, no more than is needed to know that an answer is whole ------------------------


class Web(asyncio.Protocol):
    """One connection that asks again as soon as it is answered, until *ends*."""

    def __init__(self, port: int, ends: float, took: list[float], done: asyncio.Future[None]):
        self.ask = f"GET /hello HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
        self.ends, self.took, self.done = ends, took, done
        self.heard = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.again()

    def again(self) -> None:
        self.since = time.perf_counter()
        self.transport.write(self.ask)

    def data_received(self, data: bytes) -> None:
        self.heard += data
        whole = self.heard.endswith(HELLO) or self.heard.endswith(b"\r\n0\r\n\r\n")
        if not whole or HELLO not in self.heard:
            return
        # a chunked answer may end in a piece of its own
        if b"chunked" in self.heard.lower() and not self.heard.endswith(b"0\r\n\r\n"):
            return
        assert self.heard.startswith(b"HTTP/1.1 200"), self.heard
        now = time.perf_counter()
        self.took.append(now - self.since)
        self.heard = b""
        if now < self.ends:
            self.again()
        else:
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def requests(port: int, connections: int, seconds: float) -> list[float]:
    """Ask over so many connections for so long: how long each answer took."""
    loop = asyncio.get_running_loop()
    took: list[float] = []
    ends = time.perf_counter() + seconds
    over = []
    for _ in range(connections):
        done: asyncio.Future[None] = loop.create_future()
        over.append(done)
        await loop.create_connection(lambda done=done: Web(port, ends, took, done), "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.wait_for(asyncio.gather(*over), seconds + 60)
    return took


class Member(asyncio.Protocol):
    """A member of the room, who counts the lines that it hears."""

    FRAME = 2 + len(TEXT)

    def __init__(self, port: int, heard: Callable[[], None], opened: asyncio.Future[None]):
        self.port, self.heard, self.opened = port, heard, opened
        self.rest = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        head = (
            f"GET /room HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        transport.write(head.encode())

    def data_received(self, data: bytes) -> None:
        self.rest += data
        if not self.opened.done():
            head, separator, self.rest = self.rest.partition(b"\r\n\r\n")
            if not separator:
                self.rest = head
                return
            assert b" 101 " in head, head
            self.opened.set_result(None)
        while len(self.rest) >= self.FRAME:
            self.rest = self.rest[self.FRAME :]
            self.heard()

    def say(self) -> None:
        """A masked text frame, as a browser sends it; the mask is zero."""
        self.transport.write(bytes((0x81, 0x80 | len(TEXT), 0, 0, 0, 0)) + TEXT.encode())


async def lines(port: int, seconds: float) -> list[float]:
    """One says a line, all of the room hear it, then the next: how long each took until the last had heard it."""
    loop = asyncio.get_running_loop()
    count = 0
    all_heard = loop.create_future()

    def heard() -> None:
        nonlocal count
        count += 1
        if count == ROOM and not all_heard.done():
            all_heard.set_result(None)

    members = []
    for _ in range(ROOM):
        opened: asyncio.Future[None] = loop.create_future()
        _, member = await loop.create_connection(
            lambda opened=opened: Member(port, heard, opened),  # type: ignore[misc]
            "127.0.0.1",
            port,
        )
        await asyncio.wait_for(opened, 30)
        members.append(member)
    await asyncio.sleep(0.5)  # all have joined
    took = []
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends:
        count, all_heard = 0, loop.create_future()
        since = time.perf_counter()
        members[0].say()
        await asyncio.wait_for(all_heard, 30)
        took.append(time.perf_counter() - since)
    for member in members:
        member.transport.close()
    return took


# -- the comparison --------------------------------------------------------------------------------------------

Figures = dict[str, dict[str, list[float]]]
MEASURES = {
    "ms of processor a request, 32 connections": "less is better",
    "requests/s, 32 connections": "more is better",
    "ms a request, p50, 1 connection": "less is better",
    "ms a request, p99, 32 connections": "less is better",
    "ms of processor a line told a room of 50": "less is better",
    "lines/s told a room of 50": "more is better",
}


def measure(port: int, process: psutil.Process, seconds: float) -> dict[str, float]:
    """One round with one server."""

    def run(work: Coroutine[Any, Any, list[float]]) -> tuple[list[float], float]:
        before = process.cpu_times()
        took = asyncio.run(work)
        after = process.cpu_times()
        return took, after.user + after.system - before.user - before.system

    run(requests(port, 4, 0.3))  # warm
    many, many_cpu = run(requests(port, 32, seconds))
    one, _ = run(requests(port, 1, seconds / 2))
    room, room_cpu = run(lines(port, seconds))
    return {
        "ms of processor a request, 32 connections": 1e3 * many_cpu / len(many),
        "ms of processor a line told a room of 50": 1e3 * room_cpu / len(room),
        "requests/s, 32 connections": len(many) / seconds,
        "ms a request, p50, 1 connection": 1e3 * statistics.median(one),
        "ms a request, p99, 32 connections": 1e3 * sorted(many)[int(0.99 * (len(many) - 1))],
        "lines/s told a room of 50": len(room) / sum(room),
    }


def compare(rounds: int, seconds: float) -> Figures:
    """All servers, in turns."""
    found: Figures = {name: {key: [] for key in MEASURES} for name in SERVERS}
    with contextlib.ExitStack() as stack:
        servers = {name: stack.enter_context(running(name)) for name in SERVERS}
        for number in range(rounds):
            for name in SERVERS:
                for key, value in measure(*servers[name], seconds).items():
                    found[name][key].append(value)
            print(
                f"round {number + 1} of {rounds}, load {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True
            )
    return found


def hops() -> dict[str, float]:
    """Where the time of a request goes in ours, in ms: medians over one connection, from the trace."""
    from chansim.live.hosting import Hosted

    application = chansim_application(4, traced=True)
    with Hosted(application) as server:
        asyncio.run(requests(server.port, 1, 2.0))
    trace = application.recorder.finish(time.perf_counter())
    by_request: dict[int, list[Any]] = {}
    sent: dict[int, float] = {}
    to_worker, back, whole = [], [], []
    start: dict[str, float] = {}
    for row in trace.rows():
        if row.event == "received" and row.component == "daphne" and row.detail == "request":
            start["came"] = row.t
        elif row.event == "sent":
            sent[row.message] = row.t
            if row.component == "daphne" and row.detail == "200" and "came" in start:
                whole.append(row.t - start["came"])
        elif row.event == "received" and row.message in sent and row.channel:
            (to_worker if row.component == "worker" else back).append(row.t - sent[row.message])
    del by_request
    return {
        "interface server to worker thread": 1e3 * statistics.median(to_worker),
        "worker thread back to the event loop": 1e3 * statistics.median(back),
        "in the house, all in all": 1e3 * statistics.median(whole),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--serve", choices=SERVERS, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.port)
        return
    found = compare(1 if options.quick else 5, 1.0 if options.quick else 2.0)
    medians = {name: {key: statistics.median(each) for key, each in of.items()} for name, of in found.items()}
    width = max(map(len, SERVERS))
    slow = []
    for key, way in MEASURES.items():
        print(f"\n{key} ({way})")
        for name in SERVERS:
            ratios = [
                ours / peer if way.startswith("more") else peer / ours
                for ours, peer in zip(found[name][key], found[PEER][key], strict=True)
            ]
            ratio = statistics.median(ratios)
            print(f"  {name:{width}}  {medians[name][key]:10,.2f}   {ratio:5.2f} times {PEER}")
            if name == "chansim" and "processor" in key and ratio < LIMIT:
                slow.append(f"{key}: {ratio:.2f}")
    print("\nwhat the hops cost, ms (medians, one connection, traced)")
    for hop, cost in hops().items():
        print(f"  {hop:{width + 22}} {cost:.3f}")
    if slow:
        raise SystemExit(f"slower than {LIMIT} of {PEER}: {'; '.join(slow)}")
    print(f"\nNothing takes more than {1 / LIMIT:g} times the processor time of {PEER}.")


if __name__ == "__main__":
    main()

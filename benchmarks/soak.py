"""A long run of the real interface server: nothing grows, nothing leaks, and the books balance.

    python benchmarks/soak.py                       10 minutes, 2,000 WebSockets in 20 rooms, 200 requests/s
    python benchmarks/soak.py --seconds 60 --clients 500 --requests 100 --lines 5

The server is a process of its own, on loopback; this one is its clients. Requests come at moments of a Poisson stream,
fixed beforehand: each is reckoned from when it was meant. Each member of a room says a line now and then, and each
line has a number, so that one that is heard twice is seen. At 60 % of the time half of the clients vanish: they read
nothing any more, answer no ping and close nothing. It stops by itself.

What is held: the memory of the server's process in its last quarter is that of its second, but for a few MB; when all
clients are gone it has the file descriptors it had before they came, and knows nobody; sent = received + waiting +
lost, by each cause; nothing is heard twice, by nobody; every request is answered.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

ROOM = 100
GROWTH = 8.0  # MB that the server may have grown, and 3 % of what it had
HELD = 0.01  # and MB for each request that waits, where the machine is too slow for what is asked

BEHIND = 10.0  # seconds that the clients' process may come late, and then stops

# -- the server's process ----------------------------------------------------------------------------------------


def serve(ping: float) -> None:
    """The talk's deployment, until standard input ends; its books, in JSON, as often as it is asked for them."""
    raise_limit()
    from chansim.channels import Group, Message, route
    from chansim.channels.message import current_layer
    from chansim.channels.routing import Router
    from chansim.live.asgi import ASGIInterfaceServer
    from chansim.live.hosting import Hosted
    from chansim.live.memory import InMemoryLayer
    from chansim.live.wire import Strangers
    from chansim.trace import CAUSES, EVENTS, LOST, ThreadedRecorder

    class Books(ThreadedRecorder):
        """Counts what a trace would tell, and keeps none of it."""

        def __init__(self) -> None:
            super().__init__()
            self.events = Counter[str]()
            self.lost = Counter[str]()
            self.lock = threading.Lock()
            numbers = {cause: number for number, cause in enumerate(CAUSES, 1)}
            self.code = lambda text: numbers.get(text, 0)
            self.add = self.count  # what a layer writes

        def count(self, row: bytes) -> None:
            event, detail = row[8] if sys.byteorder == "little" else row[11], row[28:32]
            with self.lock:
                self.events[EVENTS[event]] += 1
                if event == LOST:
                    cause = CAUSES[int.from_bytes(detail, sys.byteorder) - 1]
                    self.lost[cause] += 1
                    if cause == "gone client":  # it had been read: in the books it counts as lost alone
                        self.events["received"] -= 1

    books = Books()
    layer = InMemoryLayer(capacity=1000, era="channels10", expiry=20.0, recorder=books)

    def hello(message: Message) -> None:
        message.reply_channel.send({"status": 200, "content": b"hello"})  # type: ignore[union-attr]

    def joined(message: Message) -> None:
        message.reply_channel.send({"accept": True})  # type: ignore[union-attr]
        Group(message["path"].strip("/")).add(message.reply_channel)  # type: ignore[arg-type]

    def said(message: Message) -> None:
        Group(message["path"].strip("/")).send({"text": message["text"]})

    def left(message: Message) -> None:
        Group(message["path"].strip("/")).discard(message.reply_channel)  # type: ignore[arg-type]

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
        while (envelope := layer.take(router.channels, block=True, by="worker")) is not None:
            message = Message(envelope.content, envelope.channel, layer)
            matched = router.match(message)
            if matched is not None:
                consumer, arguments = matched
                consumer(message, **arguments)

    workers = [threading.Thread(target=work, daemon=True) for _ in range(3)]
    for worker in workers:
        worker.start()
    wire = Strangers(books, time.perf_counter, "daphne")
    application = ASGIInterfaceServer(layer, recorder=books, wire=wire)
    with Hosted(application, ping_interval=ping, ping_timeout=ping) as server:
        print(server.port, flush=True)
        for asked in sys.stdin:
            assert asked.strip() == "books"
            pending = layer.global_statistics()["messages_pending"]
            print(
                json.dumps(
                    {
                        "events": books.events,
                        "lost": books.lost,
                        "waiting": pending,
                        "open": application.open,
                        "clients": len(application.clients),
                        "members": sum(len(layer.group_channels(f"room-{n}")) for n in range(1000)),
                    }
                ),
                flush=True,
            )
    layer.close()


# -- the clients ---------------------------------------------------------------------------------------------------


class Member(asyncio.Protocol):
    """A member of a room: plain frames on a plain socket."""

    def __init__(self, number: int, run: Soak):
        self.number = number
        self.run = run
        self.rest = b""
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.vanished = self.closing = False
        self.heard: set[int] = set()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        head = (
            f"GET /room-{self.number // ROOM} HTTP/1.1\r\nHost: 127.0.0.1:{self.run.port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n"
        )
        transport.write(head.encode())

    def data_received(self, data: bytes) -> None:
        self.rest += data
        if not self.opened.done():
            head, separator, rest = self.rest.partition(b"\r\n\r\n")
            if not separator:
                return
            assert b" 101 " in head, head
            self.rest = rest
            self.opened.set_result(None)
        while len(self.rest) >= 2 and len(self.rest) >= 2 + self.rest[1]:
            kind, size = self.rest[0] & 15, self.rest[1]
            content, self.rest = self.rest[2 : 2 + size], self.rest[2 + size :]
            if kind == 1:
                line = int(content)
                self.run.heard += 1
                if line in self.heard:
                    self.run.twice += 1
                self.heard.add(line)
                if len(self.heard) > 1000:
                    self.heard = set(sorted(self.heard)[-500:])
            elif kind == 9:
                self.frame(10, content)
            elif kind == 8:
                self.closing = True
                self.transport.close()

    def frame(self, kind: int, content: bytes) -> None:
        """A frame as a browser sends it: masked, by zero."""
        self.transport.write(bytes((0x80 | kind, 0x80 | len(content), 0, 0, 0, 0)) + content)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.closing and not self.vanished:
            self.run.broke += 1
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("it was never let in"))

    def vanish(self) -> None:
        """The cable is pulled."""
        self.vanished = True
        self.transport.pause_reading()

    def leave(self) -> None:
        """Close the socket, as one does."""
        if not self.vanished:
            self.closing = True
            self.frame(8, (1001).to_bytes(2, "big"))
        else:
            self.transport.abort()


class Asking(asyncio.Protocol):
    """One request over a connection of its own."""

    def __init__(self, moment: float, run: Soak):
        self.moment, self.run, self.rest = moment, run, b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        head = f"GET /hello HTTP/1.1\r\nHost: 127.0.0.1:{self.run.port}\r\nConnection: close\r\n\r\n"
        transport.write(head.encode())

    def data_received(self, data: bytes) -> None:
        self.rest += data

    def connection_lost(self, error: Exception | None) -> None:
        if self.rest.startswith(b"HTTP/1.1 200"):
            self.run.took.append(time.perf_counter() - self.moment)
        else:
            self.run.failed += 1


@dataclass
class Soak:
    """One run, and what was found."""

    seconds: float
    clients: int
    requests: float
    lines: float = 20.0  #: a second, by all members together
    progress: Callable[[str], object] = lambda words: None
    port: int = 0
    heard: int = 0
    twice: int = 0
    behind: bool = False  #: the clients' process could not keep up with what was meant
    broke: int = 0
    failed: int = 0
    said: int = 0
    asked: int = 0
    took: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)  #: MB, each second
    processor: tuple[float, float] = (
        0.0,
        0.0,
    )  #: seconds of it a second, of the server and of its clients, under load
    files_before: int = 0
    files_after: int = 0
    books: dict[str, Any] = field(default_factory=dict)

    def run(self) -> Soak:
        """Do it."""
        import psutil

        raise_limit()
        command = [sys.executable, __file__, "--serve", "--ping", str(self.ping)]
        self.server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            assert self.server.stdout is not None
            self.port = int(self.server.stdout.readline())
            self.process = psutil.Process(self.server.pid)
            asyncio.run(self.load())
        finally:
            assert self.server.stdin is not None
            with suppress(OSError):
                self.server.stdin.close()
            try:
                self.server.wait(30)
            except subprocess.TimeoutExpired:
                self.server.kill()
                self.server.wait()
            assert self.server.stdout is not None
            self.server.stdout.close()
        return self

    def ask_books(self) -> dict[str, Any]:
        """What the server says of itself."""
        assert self.server.stdin is not None
        assert self.server.stdout is not None
        self.server.stdin.write("books\n")
        self.server.stdin.flush()
        found: dict[str, Any] = json.loads(self.server.stdout.readline())
        return found

    async def load(self) -> None:
        """All of it."""
        loop = asyncio.get_running_loop()
        await self.one_request(time.perf_counter())  # warm
        await asyncio.sleep(0.5)
        self.took.clear()
        self.asked = 0
        self.files_before = self.process.num_fds()
        members = []
        for number in range(self.clients):
            _, member = await loop.create_connection(
                lambda number=number: Member(number, self),  # type: ignore[misc]
                "127.0.0.1",
                self.port,
            )
            members.append(member)
            if number % 50 == 49:
                await asyncio.wait_for(asyncio.gather(*(each.opened for each in members)), 60)
        await asyncio.wait_for(asyncio.gather(*(each.opened for each in members)), 60)
        self.progress(f"{self.clients} sockets are open")
        start = time.perf_counter()
        tasks = [
            loop.create_task(work)
            for work in (self.ask_all(start), self.speak_all(start, members), self.sample(start))
        ]
        await asyncio.sleep(0.6 * self.seconds)
        for member in members[::2]:
            member.vanish()
        self.progress(f"half of them have vanished; load so far: {self.heard} lines heard")
        await asyncio.gather(*tasks)
        # who has vanished is found out by a ping that is not answered
        deadline = time.perf_counter() + 4 * self.ping + 30
        while self.ask_books()["open"] > len(members[1::2]) and time.perf_counter() < deadline:
            await asyncio.sleep(0.5)
        for member in members:
            member.leave()
        deadline = time.perf_counter() + 60
        while time.perf_counter() < deadline:
            await asyncio.sleep(0.5)
            self.books = self.ask_books()
            self.files_after = self.process.num_fds()
            if not self.books["open"] and not self.books["members"] and self.files_after <= self.files_before:
                break

    async def one_request(self, moment: float) -> None:
        """Ask once."""
        self.asked += 1
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: Asking(moment, self), "127.0.0.1", self.port
            )
        except OSError:
            self.failed += 1

    async def ask_all(self, start: float) -> None:
        """Requests, at moments of a Poisson stream."""
        draw, moment, asking = Random(1), start, set()
        while (moment := moment + draw.expovariate(self.requests)) < start + self.seconds:
            await asyncio.sleep(max(0.0, moment - time.perf_counter()))
            if time.perf_counter() > start + self.seconds + BEHIND:
                self.behind = True  # this machine cannot bear the load: an end is an end
                break
            task = asyncio.get_running_loop().create_task(self.one_request(moment))
            asking.add(task)
            task.add_done_callback(asking.discard)
        deadline = time.perf_counter() + 30
        while len(self.took) + self.failed < self.asked and time.perf_counter() < deadline:
            await asyncio.sleep(0.05)

    async def speak_all(self, start: float, members: list[Member]) -> None:
        """Lines, by anybody, each with its number."""
        draw, moment = Random(2), start
        while (moment := moment + draw.expovariate(self.lines)) < start + self.seconds:
            await asyncio.sleep(max(0.0, moment - time.perf_counter()))
            if time.perf_counter() > start + self.seconds + BEHIND:
                self.behind = True
                break
            member = members[draw.randrange(len(members))]
            if not member.vanished:
                self.said += 1
                member.frame(1, str(self.said).encode())

    async def sample(self, start: float) -> None:
        """The server's memory, each second; and the processor's time for both."""
        began, before = time.perf_counter(), self.processor_time()
        while time.perf_counter() < start + self.seconds:
            await asyncio.sleep(1.0)
            self.memory.append(self.process.memory_info().rss / 1e6)
        passed = time.perf_counter() - began
        server, clients = (
            (now - then) / passed for now, then in zip(self.processor_time(), before, strict=True)
        )
        self.processor = server, clients

    def processor_time(self) -> tuple[float, float]:
        """Seconds that the server, and its clients, have had so far."""
        server = self.process.cpu_times()
        return server.user + server.system, time.process_time()

    # -- what was found

    @property
    def ping(self) -> float:
        """Seconds between two pings, and until one that is not answered ends a socket."""
        return min(30.0, max(5.0, self.seconds / 10))

    @property
    def grown(self) -> float:
        """MB that the server grew from the second quarter of the time to the last."""
        quarter = len(self.memory) // 4
        return statistics.median(self.memory[-quarter:]) - statistics.median(
            self.memory[quarter : 2 * quarter]
        )

    def faults(self) -> list[str]:
        """What is not as it should be, in words."""
        events, lost, found = self.books["events"], self.books["lost"], []
        sent, received = events["sent"], events["received"]
        if sent != received + self.books["waiting"] + sum(lost.values()):
            found.append(
                f"the books: {sent} sent, {received} received, {self.books['waiting']} waiting, {lost} lost"
            )
        if set(lost) - {"gone client", "expired", "group member full"}:
            found.append(f"lost without need: {lost}")
        waiting = self.requests * statistics.quantiles(self.took, n=100)[98] if len(self.took) > 1 else 0.0
        if self.grown > GROWTH + 0.03 * self.memory[len(self.memory) // 4] + HELD * waiting:
            found.append(f"the server grew by {self.grown:.1f} MB")
        if self.files_after > self.files_before:
            found.append(f"files: {self.files_before} before, {self.files_after} after")
        if self.books["open"] or self.books["clients"] or self.books["members"]:
            found.append(f"all clients are gone, and the server knows of some: {self.books}")
        if self.behind:
            found.append("this machine could not keep up with the load that was meant: ask for less")
        if self.twice:
            found.append(f"{self.twice} lines were heard twice")
        if self.failed or len(self.took) < self.asked:
            found.append(f"of {self.asked} requests {len(self.took)} were answered")
        if self.broke:
            found.append(f"{self.broke} sockets broke")
        if not self.heard or not self.said:
            found.append("nothing was said or heard")
        return found

    def __str__(self) -> str:
        took = sorted(self.took)
        p50, p99 = (1e3 * took[int(share * (len(took) - 1))] for share in (0.5, 0.99))
        return (
            f"{self.clients} sockets for {self.seconds:g} s, half of which vanished: {self.said} lines said, "
            f"{self.heard} heard, {self.twice} twice\n"
            f"{self.asked} requests, {len(self.took)} answered; from the intended moment p50 {p50:.1f} ms, "
            f"p99 {p99:.1f} ms\n"
            f"processor, of each second: the server {self.processor[0]:.2f} s, its clients {self.processor[1]:.2f} s\n"
            f"memory of the server: {self.memory[0]:.1f} MB at first, {self.memory[-1]:.1f} at last; from the second "
            f"quarter to the last {self.grown:+.1f} MB\n"
            f"files open: {self.files_before} before, {self.files_after} after\n"
            f"books: {self.books}"
        )


def raise_limit() -> None:
    """Each socket is a file: ask for as many as may be."""
    with suppress(ImportError, ValueError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--clients", type=int, default=2000)
    parser.add_argument("--requests", type=float, default=200.0, help="a second")
    parser.add_argument("--lines", type=float, default=20.0, help="said a second, by all together")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--ping", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.ping)
        return
    say = lambda words: print(words, file=sys.stderr, flush=True)  # noqa: E731
    soak = Soak(options.seconds, options.clients, options.requests, options.lines, progress=say).run()
    print(soak)
    if faults := soak.faults():
        raise SystemExit("\n".join(faults))
    print("Nothing grew, nothing leaked, the books balance.")


if __name__ == "__main__":
    main()

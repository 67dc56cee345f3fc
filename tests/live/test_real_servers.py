"""The interface server under uvicorn and under Daphne itself, with clients not ours: httpx, websockets, curl."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets.exceptions
from websockets.sync.client import connect

from chansim.live.asgi import ASGIInterfaceServer
from chansim.live.door import Door, Limits
from chansim.live.hosting import Hosted, NotStarted
from chansim.live.memory import InMemoryLayer
from chansim.live.redis import RedisLayer
from live import redis_servers
from live.site import workers

TESTS = Path(__file__).resolve().parent.parent
PATIENCE = 60.0


def cannot(why: str) -> Any:
    """Skip here; in CI, where everything is installed, fail."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(why)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def under_uvicorn(era: str = "june2016", limits: Limits | None = None) -> Iterator[str]:
    layer = InMemoryLayer(capacity=100, era=era)
    limits = limits or Limits()
    application = ASGIInterfaceServer(layer, door=Door(limits=limits))
    with workers(layer), Hosted(application, limits=limits) as server:
        yield server.netloc


@contextmanager
def under_daphne() -> Iterator[str]:
    port = free_port()
    environment = os.environ | {"PYTHONPATH": str(TESTS), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "live.site:application"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/", timeout=PATIENCE)
                break
            except httpx.TransportError:
                if process.poll() is not None or time.monotonic() > deadline:
                    process.kill()
                    assert process.stderr is not None
                    raise AssertionError(process.stderr.read().decode()) from None
                time.sleep(0.1)
        yield f"127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        assert process.stderr is not None
        process.stderr.close()


@contextmanager
def over_redis(era: str = "channels11") -> Iterator[str]:
    """The interface server and the workers each with a layer of their own, as in two processes."""
    redis_servers.needed()
    redis = redis_servers.RedisServer()
    layers = [RedisLayer([redis.url], era=era) for _ in range(2)]
    try:
        with workers(layers[0]), Hosted(ASGIInterfaceServer(layers[1])) as server:
            yield server.netloc
    finally:
        layers[1].close()
        redis.stop()


HOSTS = {
    "uvicorn": under_uvicorn,
    "uvicorn, 1.0": lambda: under_uvicorn("channels10"),
    "uvicorn, over Redis": over_redis,
    "uvicorn, over Redis in 2016": lambda: over_redis("june2016"),
    "daphne": under_daphne,
}


@pytest.fixture(scope="module", params=HOSTS)
def site(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "daphne":
        pytest.importorskip("daphne")
    with HOSTS[request.param]() as netloc:
        yield netloc


def test_a_view_answers_httpx(site: str) -> None:
    with httpx.Client(base_url=f"http://{site}", timeout=PATIENCE) as client:
        got = client.get("/a%C3%A9?b=1")
        assert (got.status_code, got.text) == (200, "GET /aé 0")
        assert client.post("/", content=b"x" * 2_000_000).text == "POST / 2000000"
        assert client.get("/missing").status_code == 404
        assert len(client.get("/large").content) == 1_500_000
        head = client.head("/")
        assert (head.status_code, head.content) == (200, b"")


def test_a_view_that_raises_is_500_and_the_next_is_answered(site: str) -> None:
    with httpx.Client(base_url=f"http://{site}", timeout=PATIENCE) as client:
        assert client.get("/error").status_code == 500
        assert client.get("/").status_code == 200


def test_a_view_answers_curl(site: str) -> None:
    curl = shutil.which("curl") or cannot("there is no curl")
    command = [curl, "--silent", "--show-error", "--noproxy", "*", "--max-time", "60"]
    done = subprocess.run([*command, f"http://{site}/x"], capture_output=True, check=True)
    assert done.stdout == b"GET /x 0"
    done = subprocess.run(
        [*command, "--write-out", "%{http_code}", "--header", "Host: evil.example", f"http://{site}/x"],
        capture_output=True,
        check=True,
    )
    assert done.stdout == b"This server is not called 'evil.example'.400"


def test_two_clients_chat(site: str) -> None:
    with ExitStack() as stack:
        here, there = (
            stack.enter_context(connect(f"ws://{site}/chat/", open_timeout=PATIENCE, proxy=None))
            for _ in "ab"
        )
        for number in range(20):
            # in 2016 a socket is open before it is in the room: say something until it is heard
            here.send("are you there?")
            try:
                there.recv(timeout=0.5)
                break
            except TimeoutError:
                assert number < 19
        here.send("hällo")
        for each in (here, there):
            heard = ""
            while heard != "[user] hällo":
                heard = str(each.recv(timeout=PATIENCE))


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
def test_a_foreign_page_cannot_open_a_socket(site: str, origin: str) -> None:
    with pytest.raises(websockets.exceptions.InvalidStatus) as refused:
        connect(f"ws://{site}/chat/", origin=origin, open_timeout=PATIENCE, proxy=None).__enter__()  # type: ignore[arg-type]
    assert refused.value.response.status_code == 403


def test_its_own_page_can(site: str) -> None:
    with connect(f"ws://{site}/chat/", origin=f"http://{site}", open_timeout=PATIENCE, proxy=None):  # type: ignore[arg-type]
        pass


# -- what only uvicorn is asked


def test_the_host_meets_what_is_too_large_first() -> None:
    with under_uvicorn(limits=Limits(frame=100, headers=1000)) as site:
        with connect(f"ws://{site}/chat/", proxy=None) as browser:
            browser.send("x" * 101)
            with pytest.raises(websockets.exceptions.ConnectionClosedError):
                list(browser)
            assert browser.close_code == 1009
        assert httpx.get(f"http://{site}/", headers={"cookie": "x" * 1000}).status_code == 431
        assert httpx.get(f"http://{site}/", headers={"cookie": "x" * 5000}).status_code in (400, 431)


def test_it_listens_on_loopback_unless_told_otherwise() -> None:
    with Hosted(ASGIInterfaceServer(InMemoryLayer())) as server:
        assert server.url.startswith("http://127.0.0.1:")
        others = {address[4][0] for address in socket.getaddrinfo(socket.gethostname(), None)}
        for address in others - {"127.0.0.1", "127.0.1.1", "::1"}:
            with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as elsewhere:
                elsewhere.settimeout(2.0)
                assert elsewhere.connect_ex((address, server.port)) != 0


def test_a_port_that_is_taken_is_told_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(NotStarted, match=f"nothing can listen at 127.0.0.1:{port}"):
            Hosted(ASGIInterfaceServer(InMemoryLayer()), port=port)


def test_nothing_is_left_behind() -> None:
    before = threading.active_count()
    server = Hosted(ASGIInterfaceServer(InMemoryLayer())).start()
    with connect(f"ws://{server.netloc}/", proxy=None) as browser:
        server.stop()
        with pytest.raises(websockets.exceptions.ConnectionClosed):
            browser.recv(timeout=PATIENCE)
    assert threading.active_count() == before
    Hosted(ASGIInterfaceServer(InMemoryLayer()), port=server.port).start().stop()  # the port is free again


def test_pings_are_the_hosts() -> None:
    layer = InMemoryLayer(era="channels10")
    pinged = threading.Event()

    class Deaf(threading.Thread):
        """A client that has shaken hands, and from then on answers nothing."""

        def run(self) -> None:
            head = (
                f"GET / HTTP/1.1\r\nHost: {server.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            )
            with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as plain:
                plain.sendall(head.encode())
                while data := plain.recv(1000):
                    if b"\x89" in data:
                        pinged.set()
                self.was_closed = True

    with workers(layer), Hosted(ASGIInterfaceServer(layer), ping_interval=0.1, ping_timeout=0.2) as server:
        client = Deaf()
        client.start()
        client.join(PATIENCE)
        assert pinged.is_set()
        assert client.was_closed


def test_redis_goes_away_and_comes_back() -> None:
    """In between a request is told 503, and nothing else breaks."""
    redis_servers.needed()
    redis = redis_servers.RedisServer()
    layers = [RedisLayer([redis.url], era="channels11") for _ in range(2)]
    told: list[str] = []
    application = ASGIInterfaceServer(layers[0], http_timeout=20.0, report=told.append)
    try:
        with Hosted(application) as server, httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
            with workers(layers[1]):
                assert client.get("/").status_code == 200
            redis.stop()
            assert client.get("/").status_code == 503
            assert told
            redis.start()
            with workers(layers[0]):
                deadline = time.monotonic() + PATIENCE
                while client.get("/").status_code != 200:
                    assert time.monotonic() < deadline
                    time.sleep(0.2)
    finally:
        layers[0].close()
        redis.stop()


@pytest.mark.parametrize(
    "said", [b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "], ids=["nothing", "half of it"]
)
@pytest.mark.parametrize("before", [0, 1])
def test_who_never_says_what_he_wants_is_cut_off(said: bytes, before: int) -> None:
    layer = InMemoryLayer()
    limits = Limits(headers_time=0.5)
    with ExitStack() as stack:
        stack.enter_context(workers(layer))
        server = stack.enter_context(Hosted(ASGIInterfaceServer(layer), limits=limits))
        browser = stack.enter_context(connect(f"ws://{server.netloc}/chat/", proxy=None))
        with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as plain:
            for _ in range(before):
                plain.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                assert b"200 OK" in plain.recv(1000)
            plain.sendall(said)
            with suppress(ConnectionResetError):
                while plain.recv(1000):
                    pass
        time.sleep(1.0)  # a WebSocket may be silent for longer
        browser.send("still there")
        assert browser.recv(timeout=PATIENCE) == "[user] still there"


def test_another_address_is_only_listened_at_when_it_is_said() -> None:
    layer = InMemoryLayer()
    door = Door(hosts=("127.0.0.2",))
    with workers(layer), Hosted(ASGIInterfaceServer(layer, door=door), address="127.0.0.2") as server:
        assert httpx.get(server.url, trust_env=False).status_code == 200
        with socket.socket() as elsewhere:
            assert elsewhere.connect_ex(("127.0.0.1", server.port)) != 0

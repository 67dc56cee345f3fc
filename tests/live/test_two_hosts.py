"""The commands of docs/two-hosts.md, with an address of loopback for each host: real servers that anybody reaches."""

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
import websockets

from chansim.live.machines import began, boot
from live.redis_servers import RedisServer
from live.test_machines import chat, no_children

HOSTS = {"m1": "127.0.0.2", "m2": "127.0.0.3"}
OUTSIDE = "127.0.0.4"

linux = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux has more addresses of loopback than one"
)


class Hosts:
    """Both machines, while the run is going on, each started by its own command."""

    def __init__(self, server: RedisServer, path: Path):
        chat(members=2).save(path)
        self.environment = os.environ | {"TMPDIR": str(path.parent)}  # killed, they leave folders behind
        self.common = [sys.executable, "-m", "chansim", "serve", str(path), "--layer", server.url]
        self.processes: dict[str, subprocess.Popen[str]] = {}
        self.urls: dict[str, str] = {}

    def start(self, name: str, *options: str) -> None:
        """A machine, or the process outside."""
        self.processes[name] = subprocess.Popen(
            [*self.common, *options], stdout=subprocess.PIPE, text=True, env=self.environment
        )

    def serve(self, machine: str) -> None:
        self.start(machine, "--machine", machine, "--listen", HOSTS[machine])

    def wait_for(self, machine: str) -> None:
        """Until it has said where its server is."""
        told = self.processes[machine].stdout
        assert told is not None
        name, _, url = told.readline().strip().partition(": ")
        assert name == f"daphne-{machine}"
        self.urls[machine] = url

    def kill(self, name: str) -> None:
        """Without warning."""
        with self.processes.pop(name) as process:
            process.kill()


@pytest.fixture
def hosts(redis_server: RedisServer, tmp_path: Path) -> Iterator[Hosts]:
    started = Hosts(redis_server, tmp_path / "chat.toml")
    try:
        for machine in HOSTS:
            started.serve(machine)
        away = [word for machine in HOSTS for word in ("--away", machine)]
        started.start("outside", *away, "--listen", OUTSIDE, "--over", "sockets", "--seconds", "300")
        for machine in HOSTS:
            started.wait_for(machine)
        yield started
    finally:
        for name in reversed(list(started.processes)):  # the one outside first: the machines end with it
            started.kill(name)
    no_children()


@linux
def test_a_page_and_a_chat_over_two_hosts_one_of_which_dies_and_comes_back(hosts: Hosts) -> None:
    for machine, address in HOSTS.items():
        url = hosts.urls[machine]
        assert re.fullmatch(rf"http://{re.escape(address)}:\d+", url)
        assert page(url) == (200, "Hello from WSGI")
        assert page(url, host="example.org")[0] == 400
    assert heard_by_both(*hosts.urls.values())
    hosts.kill("m2")
    assert page(hosts.urls["m1"]) == (200, "Hello from WSGI")
    hosts.serve("m2")
    hosts.wait_for("m2")
    assert page(hosts.urls["m2"]) == (200, "Hello from WSGI")
    assert heard_by_both(*hosts.urls.values())


def page(url: str, **headers: str) -> tuple[int, str]:
    """What a browser gets; it waits until the run has begun."""
    answer = httpx.get(url, headers=headers, timeout=60, trust_env=False)
    return answer.status_code, answer.text


def heard_by_both(one: str, other: str) -> bool:
    """Whether what is said on a socket to *one* host is heard there and at the *other*."""
    one, other = (url.replace("http", "ws", 1) + "/chat/" for url in (one, other))

    async def hear(socket: websockets.ClientConnection) -> None:
        while f"[user] hello from {one}" not in str(await socket.recv()):
            pass  # the scenario's own chatters speak too

    async def both() -> bool:
        async with (
            websockets.connect(one, proxy=None) as here,
            websockets.connect(other, proxy=None) as there,
        ):
            for number in range(60):  # until both are in the room
                await here.send(f"hello from {one}, {number}")
                with suppress(TimeoutError):
                    async with asyncio.timeout(1.0):
                        await hear(there)
                        await hear(here)
                        return True
        return False

    return asyncio.run(both())


class Store:
    """A Redis server whose clock is so many seconds ahead of this computer's."""

    ahead = 1000.0

    def time(self) -> float:
        return time.perf_counter() + self.ahead


def test_the_clock_of_another_computer_is_set_by_redis() -> None:
    started = time.perf_counter() - 5.0
    assert began(boot(), started, 0.0, Store()) == started  # type: ignore[arg-type]
    # there the clock is 40 s ahead of the one here, so its zero is as much earlier
    there = began("another", started + 40.0, Store.ahead - 40.0, Store())  # type: ignore[arg-type]
    assert there == pytest.approx(started, abs=0.01)

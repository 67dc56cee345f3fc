"""A real WSGI server as a child process: it answers, ends when it is told to, and never outlives its parent."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import httpx
import psutil
import pytest

from chansim.applications.pages import views
from chansim.live.hosting import NotStarted
from chansim.live.wsgi import SERVERS, WSGIProcess, name_of
from chansim.model.application import hello

PATIENCE = 60.0
each_server = pytest.mark.parametrize("server", SERVERS)


def who_serves(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The process that answers; it takes its time, so that others have to help."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    time.sleep(0.2)
    return [str(os.getpid()).encode()]


def breaks(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A view that raises."""
    raise RuntimeError("on purpose")


def ask(process: WSGIProcess, **headers: str) -> httpx.Response:
    return httpx.get(process.url, headers=headers, timeout=PATIENCE, trust_env=False)


def complete(process: WSGIProcess, count: int) -> list[int]:
    """Its processes, once there are so many: the first answers before the last has started."""
    deadline = time.monotonic() + PATIENCE
    while len(pids := family(process.pid)) != count:
        assert time.monotonic() < deadline, f"{len(pids)} processes, not {count}"
        time.sleep(0.05)
    return pids


def gone(pids: Iterable[int]) -> bool:
    """Wait until none of them is there any more."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids):
            return True
        time.sleep(0.05)
    return False


def family(pid: int) -> list[int]:
    return [pid, *(each.pid for each in psutil.Process(pid).children(recursive=True))]


@each_server
def test_it_answers_once_it_has_started_and_leaves_nothing_behind(server: str) -> None:
    with WSGIProcess(hello, workers=2, server=server) as process:
        assert process.url.startswith("http://127.0.0.1:")
        assert ask(process).text == "Hello from WSGI"
        pids = complete(process, 3 if server == "gunicorn" else 1)
    assert gone(pids)
    with pytest.raises(httpx.ConnectError):
        httpx.get(process.url, trust_env=False)


@each_server
def test_so_many_are_served_at_once(server: str) -> None:
    with (
        WSGIProcess("live.test_wsgi:who_serves", workers=3, server=server) as process,
        ThreadPoolExecutor(6) as pool,
    ):
        served = Counter(each.text for each in pool.map(lambda _: ask(process), range(6)))
    assert len(served) == (3 if server == "gunicorn" else 1)


@each_server
def test_a_request_of_the_load_generator_is_measured_and_a_strangers_is_not(server: str) -> None:
    with WSGIProcess(hello, workers=1, server=server) as process:
        before = time.perf_counter()
        measured = ask(process, **{"chansim-token": process.token, "chansim-waits": "0.1"}).headers
        after = time.perf_counter()
        begun, ended = float(measured["chansim-begun"]), float(measured["chansim-ended"])
        assert before < begun < ended < after  # one clock for all processes of a machine
        assert ended - begun >= 0.1
        for token in ({}, {"chansim-token": "guessed"}):
            stranger = ask(process, **token, **{"chansim-waits": "100"})
            assert not any(name.startswith("chansim") for name in stranger.headers)


@each_server
def test_a_view_that_raises_is_500(server: str) -> None:
    with WSGIProcess("live.test_wsgi:breaks", workers=1, server=server) as process:
        assert ask(process).status_code == 500
        told = ask(process, **{"chansim-token": process.token})
        assert told.status_code == 500
        assert "on purpose" in told.headers["chansim-raised"]


@each_server
def test_it_does_not_outlive_a_parent_that_is_killed(server: str) -> None:
    script = f"""
        import time
        from chansim.live.wsgi import WSGIProcess
        process = WSGIProcess("chansim.model.application:hello", workers=2, server="{server}").start()
        print(process.pid, flush=True)
        time.sleep(600)
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pids = family(int(parent.stdout.readline()))
        parent.send_signal(signal.SIGKILL)
        parent.wait(PATIENCE)
    try:
        assert gone(pids)
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def test_one_that_does_not_come_up_says_why() -> None:
    with pytest.raises(NotStarted, match=r"did not start: (.|\n)*no_such_module"):
        WSGIProcess("no_such_module:app").start()


def test_it_starts_again_at_the_same_port() -> None:
    with WSGIProcess(hello, workers=1) as process:
        url = process.url
        process.kill()
        with pytest.raises(httpx.ConnectError):
            httpx.get(url, trust_env=False)
        process.restart()
        assert process.url == url
        assert ask(process).status_code == 200


def test_an_application_is_found_by_its_name() -> None:
    assert name_of(hello) == "chansim.model.application:hello"
    assert name_of(views) == "chansim.applications.pages:views"
    with pytest.raises(ValueError, match="no name that another process could import"):
        name_of(lambda environ, start_response: [])


def test_a_server_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="must be one of gunicorn, waitress"):
        WSGIProcess(hello, server="apache")

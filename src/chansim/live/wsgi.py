"""WSGIProcess: a real WSGI server, gunicorn where the platform has it and else waitress, as a child process.

It is started, waited for until it answers, and stopped; nothing of it is left behind, also where this process is
killed: the child's standard input is a pipe, and it ends when the writing end, which only this process has, is closed.
The port is bound here, on loopback, before the child starts; so it is known, and free.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any

from chansim.live.hosting import HERE, NotStarted, listening_at

PATIENCE = 30.0
"""Seconds until a server that does not answer is said not to have started."""

SERVERS = ("gunicorn", "waitress")


class WSGIProcess:
    """*application*, a WSGI callable or its name, "module:name", served at ``url`` from start() to stop().

    *workers* processes with *threads* each; *backlog* connections wait to be accepted; *timeout*: seconds after which
    gunicorn kills a worker that is still at one request, 0 for never. *server*: "gunicorn" or "waitress", whose
    *workers* are threads of one process and have no timeout; gunicorn, unless the platform has none. *address*:
    loopback, unless you say otherwise. Raises NotStarted where it does not come up, with what the server said.
    """

    def __init__(
        self,
        application: Callable[..., Any] | str,
        *,
        workers: int = 3,
        threads: int = 1,
        backlog: int = 2048,
        timeout: float = 0.0,
        server: str = "",
        address: str = HERE,
        port: int = 0,
    ):
        self.application = application if isinstance(application, str) else name_of(application)
        self.server = server or (SERVERS[0] if hasattr(os, "fork") else SERVERS[1])
        if self.server not in SERVERS:
            raise ValueError(f"server={server!r} must be one of {', '.join(SERVERS)}")
        self.token = secrets.token_hex(16)
        self.address = address
        self.port = port
        self._options = {
            "application": self.application,
            "server": self.server,
            "token": self.token,
            "workers": workers,
            "threads": threads,
            "backlog": backlog,
            "timeout": timeout,
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is, such as ``http://127.0.0.1:8000``."""
        return f"http://{self.address}:{self.port}"

    @property
    def pid(self) -> int:
        """Of the process that others are children of. Raises NotStarted where there is none."""
        if self._process is None:
            raise NotStarted(f"{self.server} is not running")
        return self._process.pid

    def start(self) -> WSGIProcess:
        """Start it, and wait until it answers."""
        listening = listening_at(self.address, self.port)
        self.port = listening.getsockname()[1]
        inherits = os.name == "posix"  # elsewhere the child binds the port anew
        options = {**self._options, "fd": listening.fileno() if inherits else -1}
        options |= {"address": self.address, "port": self.port}
        command = [sys.executable, "-m", "chansim.live.wsgi_process", json.dumps(options)]
        paths = os.pathsep.join(
            path or os.curdir for path in sys.path
        )  # where this process found the application
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the process has ended
        try:
            self._process = subprocess.Popen(
                command,
                pass_fds=(listening.fileno(),) if inherits else (),
                start_new_session=inherits,
                env=os.environ | {"PYTHONPATH": paths},
                stdin=subprocess.PIPE,
                stdout=self._log,
                stderr=self._log,
            )
        finally:
            listening.close()  # from here on it is the child's alone: when it is gone, connections are refused
        self._wait_until_it_answers()
        return self

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + PATIENCE
        asked = {"chansim-token": self.token, "chansim-ready": "?"}
        while self._process is not None and self._process.poll() is None and time.monotonic() < deadline:
            connection = http.client.HTTPConnection(self.address, self.port, timeout=5)
            try:
                connection.request("GET", "/", headers=asked)
                if connection.getresponse().status == 204:
                    return
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)
            finally:
                connection.close()
        said = self.said()
        self.kill()
        raise NotStarted(
            f"{self.server} with {self.application!r} did not start: {said or 'it says nothing'}"
        )

    def said(self) -> str:
        """The last of what the server wrote to its standard error."""
        if self._log.closed:
            return ""
        self._log.seek(0)
        return self._log.read()[-2000:].decode(errors="replace").strip()

    def stop(self) -> None:
        """Let it finish what it has in hand, and end."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(10.0)
        self.kill()

    def kill(self) -> None:
        """End it at once, and all its children."""
        if self._process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            if os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        self._process.wait()
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process = None
        self._log.close()

    def restart(self) -> None:
        """Start it again, at the same port."""
        self.start()

    def __enter__(self) -> WSGIProcess:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.stop()


def name_of(application: Callable[..., Any]) -> str:
    """The name under which another process can import *application*. Raises ValueError where there is none."""
    module, name = getattr(application, "__module__", None), getattr(application, "__qualname__", None)
    if module and name and "<" not in name and module != "__main__":
        return f"{module}:{name}"
    ours_first = sorted(sys.modules.items(), key=lambda item: not item[0].startswith("chansim."))
    for module, found in ours_first:
        if module != "__main__":
            for name, value in list(getattr(found, "__dict__", {}).items()):
                if value is application:
                    return f"{module}:{name}"
    raise ValueError(
        f"{application!r} has no name that another process could import; put it into a module, a file of its own"
    )

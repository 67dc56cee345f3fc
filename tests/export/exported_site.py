"""The exported project as tests run it: written by the command, and served by Daphne on a free port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

from chansim import Scenario, cli
from chansim.deployments import slide24

PATIENCE = 60.0


def in_memory(**changes: Any) -> Scenario:
    """The chat on the in-memory layer of 2016, whose idle workers look every 10 ms."""
    return slide24().change("layer", worker_poll=0.01, **changes)


class Site:
    """The exported project under Daphne, or uvicorn, on a free port of this machine; or a *line* of its Procfile."""

    def __init__(
        self,
        folder: Path,
        server: str = "daphne",
        application: str = "chat.asgi:application",
        line: str = "",
        **environment: str,
    ):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.netloc = f"127.0.0.1:{free.getsockname()[1]}"
        host, port = ("-b", "-p") if server == "daphne" else ("--host", "--port")
        number = self.netloc.rpartition(":")[2]
        command = [sys.executable, "-m", server, host, "127.0.0.1", port, number, application]
        if line:
            command = ["sh", "-c", f"exec {line}"]
            path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
            environment |= {"PATH": path, "PORT": number}
        self.log = folder / f"{self.netloc.replace(':', '-')}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                env=clean() | environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait(self) -> None:
        """Until it answers."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.get("/")
                return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(f"http://{self.netloc}{path}", headers=headers, timeout=PATIENCE, trust_env=False)

    def join(self, origin: str | None = "", path: str = "/chat/") -> ClientConnection:
        """A member of the room."""
        origin = f"http://{self.netloc}" if origin == "" else origin
        return connect(
            f"ws://{self.netloc}{path}",
            origin=origin,
            proxy=None,
            open_timeout=PATIENCE,
            close_timeout=PATIENCE,
        )  # type: ignore[arg-type]

    def end(self) -> None:
        """As an administrator ends it."""
        self.process.terminate()
        self.process.wait(PATIENCE)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def clean() -> dict[str, str]:
    """The environment, without what other settings might be found by."""
    return {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}


def written(scenario: Scenario, folder: Path) -> Path:
    """The folder of the exported project, by the command."""
    scenario.save(folder / "scenario.toml")
    assert cli.main(["export", "channels4", str(folder / "scenario.toml"), str(folder / "site")]) == 0
    return folder / "site"

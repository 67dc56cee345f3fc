"""What runs in the process of a real WSGI server: gunicorn, or waitress, with one application. See ``wsgi.py``.

``python -m chansim.live.wsgi_process OPTIONS``, the options in JSON. It ends when it is told to, and also when
whoever started it is gone, however that went: its standard input then has an end.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from chansim.channels.wsgi import WSGIApplication

GRACE = 5.0
"""Seconds in which the server ends when it is asked to; then it is killed."""


def main(options: dict[str, Any]) -> None:
    """Serve until told otherwise."""
    threading.Thread(target=end_with, args=(sys.stdin.fileno(),), daemon=True).start()
    application = Measured(application_called(options["application"]), options["token"])
    {"gunicorn": serve_gunicorn, "waitress": serve_waitress}[options["server"]](application, options)


def end_with(life: int) -> None:
    """End this process and its children, at once, when the other end of a pipe is closed, or its holder is dead."""
    os.read(life, 1)
    if os.name == "posix":
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def application_called(name: str) -> WSGIApplication:
    """The WSGI callable that *name*, "module:name", stands for."""
    module, _, path = name.partition(":")
    found: Any = import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    application: WSGIApplication = found
    return application


class Measured:
    """*application*, and how long it took.

    A request that shows the *token* of this run is one of the load generator's: it says how long the application
    computes and waits besides (as ``@costs`` declares it for both worlds), and its response says who served it, from
    when until when, by the clock that all processes of a machine share. Any other passes through.
    """

    def __init__(self, application: WSGIApplication, token: str):
        self.application = application
        self.token = token

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("HTTP_CHANSIM_TOKEN") != self.token:
            return self.application(environ, start_response)
        if "HTTP_CHANSIM_READY" in environ:
            start_response("204 No Content", [])
            return []
        begun = time.perf_counter()
        compute(float(environ.get("HTTP_CHANSIM_COMPUTES", 0)))
        time.sleep(float(environ.get("HTTP_CHANSIM_WAITS", 0)))
        started: list[Any] = ["500 Internal Server Error", []]

        def start(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None
        ) -> Callable[[bytes], Any]:
            started[:] = status, headers
            return body.append

        body: list[bytes] = []
        try:
            parts = self.application(environ, start)
            try:
                body.extend(parts)
            finally:
                if hasattr(parts, "close"):
                    parts.close()
        except Exception as error:
            body = [b"Internal Server Error"]
            raised = repr(error).encode("ascii", "backslashreplace").decode()
            started[:] = "500 Internal Server Error", [("chansim-raised", raised[:500])]
        measured = [
            ("chansim-lane", f"{os.getpid()}-{threading.get_ident()}"),
            ("chansim-begun", repr(begun)),
            ("chansim-ended", repr(time.perf_counter())),
        ]
        start_response(started[0], [*started[1], *measured])
        return body


def compute(seconds: float) -> None:
    """Really compute for so long."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def serve_gunicorn(application: Measured, options: dict[str, Any]) -> None:
    """gunicorn: *workers* processes, each with *threads*."""
    from gunicorn.app.base import BaseApplication

    class Gunicorn(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            threads = options["threads"]
            settings = {
                "bind": f"fd://{options['fd']}",
                "workers": options["workers"],
                "threads": threads,
                "worker_class": "gthread" if threads > 1 else "sync",
                "backlog": max(1, options["backlog"]),
                "timeout": round(options["timeout"]),
                "graceful_timeout": round(GRACE),
                "loglevel": "error",
                "control_socket_disable": True,
            }
            for name, value in settings.items():
                if name in self.cfg.settings:  # a gunicorn of another year has another set
                    self.cfg.set(name, value)

        def load(self) -> Measured:
            return application

    Gunicorn().run()


def serve_waitress(application: Measured, options: dict[str, Any]) -> None:
    """waitress: one process, and as many threads as there would be workers."""
    from waitress import create_server

    if options["fd"] >= 0:
        where: dict[str, Any] = {"sockets": [socket.socket(fileno=options["fd"])]}
    else:
        where = {"listen": f"{options['address']}:{options['port']}"}
    server = create_server(
        application,
        **where,
        threads=options["workers"] * options["threads"],
        backlog=max(1, options["backlog"]),
        ident=None,
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        server.run()
    except SystemExit:
        server.close()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

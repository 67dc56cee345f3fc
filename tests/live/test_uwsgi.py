"""The recipe of docs/uwsgi.md, where the package is installed: it is no dependency of ours."""

import re
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

RECIPE = Path(__file__).parent.parent.parent / "docs" / "uwsgi.md"


def test_the_recipe_serves_the_same_callable() -> None:
    pytest.importorskip("pyuwsgi", reason="pyuwsgi is not installed; docs/uwsgi.md says how")
    found = re.search(r"uwsgi (--http-socket (?:.*\\\n)*.*)", RECIPE.read_text())
    assert found is not None
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    arguments = shlex.split(found[1].replace("\\\n", " ").replace("127.0.0.1:8000", f"127.0.0.1:{port}"))
    run = [sys.executable, "-c", "import pyuwsgi; pyuwsgi.run()"]  # what the command uwsgi does
    with subprocess.Popen([*run, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as server:
        try:
            deadline = time.monotonic() + 60.0
            while True:
                try:
                    assert httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).text == "Hello from WSGI"
                    break
                except httpx.TransportError:
                    if server.poll() is not None or time.monotonic() > deadline:
                        server.kill()
                        assert server.stdout is not None
                        raise AssertionError(server.stdout.read().decode()) from None
                    time.sleep(0.1)
        finally:
            server.terminate()
            server.wait(30.0)

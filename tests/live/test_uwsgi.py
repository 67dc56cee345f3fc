"""The recipe of docs/uwsgi.md, with Debian's uWSGI or the package pyuwsgi: neither is a dependency of ours."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

RECIPE = Path(__file__).parent.parent.parent / "docs" / "uwsgi.md"
PLUGIN = f"python{sys.version_info.major}{sys.version_info.minor}_plugin.so"


def uwsgi() -> list[str]:
    """The command, as far as it is not the same for both; where there is none the test is skipped, with the reason."""
    if find_spec("pyuwsgi"):
        return [sys.executable, "-c", "import pyuwsgi; pyuwsgi.run()"]  # what its command uwsgi does
    if shutil.which("uwsgi") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("there is no uWSGI; docs/uwsgi.md says how")
    if not list(Path("/usr/lib/uwsgi/plugins").glob(PLUGIN)):
        pytest.skip(f"this uWSGI has no {PLUGIN}, which the Python of these tests would need")
    return ["uwsgi", "--plugin", "python3", "--virtualenv", sys.prefix]


def test_the_recipe_serves_the_same_callable() -> None:
    run = uwsgi()
    recipe = RECIPE.read_text()
    assert "uwsgi --plugin python3 --virtualenv .venv \\\n" in recipe
    found = re.search(r"--http-socket (?:.*\\\n)*.*", recipe)
    assert found is not None
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    arguments = shlex.split(found[0].replace("\\\n", " ").replace("127.0.0.1:8000", f"127.0.0.1:{port}"))
    with subprocess.Popen(
        [*run, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    ) as server:
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
            try:
                server.wait(5.0)
            except subprocess.TimeoutExpired:  # its master was not ready yet to be told
                os.killpg(server.pid, signal.SIGKILL)

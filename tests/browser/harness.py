"""A real JupyterLab and a real browser, for tests that press keys and look at what is drawn.

Lab runs in folders of its own, so that nobody's Jupyter is read or changed, and listens on loopback without
a token: in here, and for the length of the tests only. The page reaches loopback and nothing else; what it
asks for elsewhere is refused and written down. Importing this file needs no Playwright: conftest.py says what
happens where it is missing.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

LOOPBACK = "127.0.0.1"
BROWSERS = (
    "chromium-headless-shell",  # the same engine without windows: half the processor time
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
CHROMIUM_FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",  # containers give little of it
    "--disable-gpu",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--no-first-run",
    "--no-proxy-server",
    f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {LOOPBACK}",
]
LAB_FLAGS = [
    f"--ServerApp.ip={LOOPBACK}",
    "--ServerApp.port_retries=0",
    "--ServerApp.open_browser=False",
    "--IdentityProvider.token=",
    "--LabApp.expose_app_in_browser=True",  # window.jupyterapp, which the helpers below talk to
    "--LabApp.extension_manager=readonly",
]
LAB_SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},  # draw the cells below the fold too
}
PATIENCE = 90.0  # seconds for what is slow on a busy machine: Lab's start, a page's first load, a kernel's


# -- JupyterLab ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lab:
    url: str
    root: Path
    """The folder that Lab shows: a notebook written here can be opened by its name."""


@contextlib.contextmanager
def jupyterlab(root: Path) -> Iterator[Lab]:
    """A running JupyterLab over this folder, gone (with its kernels) at the end."""
    port = free_port()
    with TemporaryDirectory(prefix="chansim-lab-", ignore_cleanup_errors=True) as private:
        command = [sys.executable, "-m", "jupyterlab", *LAB_FLAGS, f"--ServerApp.port={port}"]
        if is_root():
            command.append("--allow-root")
        log = Path(private, "log")
        with log.open("w") as sink:
            server = subprocess.Popen(
                [*command, f"--ServerApp.root_dir={root}"],
                env=private_environment(Path(private)),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_until_it_answers(server, port, log)
            yield Lab(f"http://{LOOPBACK}:{port}", root)
        finally:
            stop(server)


def free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as probe:
        return int(probe.getsockname()[1])


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def private_environment(folder: Path) -> dict[str, str]:
    settings = folder / "settings"
    for name, values in LAB_SETTINGS.items():
        file = settings / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    variables = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    return variables | {
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "IPYTHONDIR": str(folder / "ipython"),
    }


def wait_until_it_answers(server: subprocess.Popen[bytes], port: int, log: Path, path: str = "/api") -> None:
    deadline = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
        with contextlib.suppress(OSError), contextlib.closing(connection):
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError("The server did not start:\n" + log.read_text(errors="replace")[-3000:])


def stop(server: subprocess.Popen[bytes]) -> None:
    """Ask first: a server that is asked closes its kernels."""
    server.terminate()
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


# -- the browser ---------------------------------------------------------------------------------------


@dataclass
class Visit:
    """A page in a fresh profile, and what should not have happened on it."""

    page: Page
    outside: list[str] = field(default_factory=list)
    """Addresses that the page asked for and that are not on this machine. None was reached."""
    errors: list[str] = field(default_factory=list)
    """JavaScript errors that nobody caught."""


def find_chromium(playwright: Playwright) -> str | None:
    """The browser to use: $CHROMIUM, the machine's own, or one that Playwright installed."""
    places = [os.environ.get("CHROMIUM"), *map(shutil.which, BROWSERS), playwright.chromium.executable_path]
    return next((place for place in places if place and Path(place).is_file()), None)


def start_chromium(playwright: Playwright, executable: str) -> Browser:
    # Chromium's sandbox cannot be had as root, as which containers and CI run; anyone else keeps it.
    flags = [*CHROMIUM_FLAGS, "--no-sandbox"] if is_root() else CHROMIUM_FLAGS
    return playwright.chromium.launch(executable_path=executable, args=flags, chromium_sandbox=not is_root())


@contextlib.contextmanager
def visit(browser: Browser, **options: object) -> Iterator[Visit]:
    """A new page; options are Playwright's (viewport, color_scheme, reduced_motion ...)."""
    settings = {"viewport": {"width": 1280, "height": 900}, "service_workers": "block"} | options
    with contextlib.closing(browser.new_context(**settings)) as context:
        context.set_default_timeout(PATIENCE * 1000)
        here = Visit(context.new_page())
        context.route(is_outside, lambda route: (here.outside.append(route.request.url), route.abort()))
        here.page.on("websocket", lambda ws: here.outside.append(ws.url) if is_outside(ws.url) else None)
        here.page.on("pageerror", lambda error: here.errors.append(error.stack or str(error)))
        yield here


def is_outside(url: str) -> bool:
    address = urlsplit(url)
    return address.scheme not in ("data", "blob", "about") and address.hostname != LOOPBACK


# -- what a reader does --------------------------------------------------------------------------------

KERNEL_IS_IDLE = """() => {
    const kernel = window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel;
    return kernel?.connectionStatus === "connected" && kernel.status === "idle";
}"""
RUN_ALL = "() => window.jupyterapp.commands.execute('notebook:run-all-cells')"
ERRORS_SHOWN = """() => window.jupyterapp.shell.currentWidget.content.widgets
    .flatMap(cell => cell.model.sharedModel.outputs ?? [])
    .filter(output => output.output_type === "error").map(output => `${output.ename}: ${output.evalue}`)
"""
END_KERNEL = "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.shutdown()"


OPEN_ALONE = """async (name) => {
    const app = window.jupyterapp;
    for (const document of [...app.shell.widgets("main")]) {
        if (document.context) document.context.model.dirty = false;  // nobody is to be asked whether to save it
        document.close();
    }
    await app.commands.execute("docmanager:open", { path: name });
}"""


def open_notebook(page: Page, lab: Lab, name: str) -> None:
    """Open a notebook of lab.root, alone in its window, and wait for its kernel.

    A page that shows JupyterLab already opens it there: loading Lab takes longest.
    """
    if page.url.startswith(f"{lab.url}/doc/"):
        page.evaluate(OPEN_ALONE, name)
    else:
        page.goto(f"{lab.url}/doc/tree/{name}?reset", timeout=PATIENCE * 1000)
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=PATIENCE * 1000)
    # not at every frame, which is what it costs a page that has much in it
    page.wait_for_function(KERNEL_IS_IDLE, timeout=PATIENCE * 1000, polling=100)


def run_all(page: Page) -> None:
    """Run every cell and wait for the last. AssertionError, with the errors shown, if one stopped the run."""
    if not page.evaluate(RUN_ALL):
        raise AssertionError(f"the notebook did not run to its end: {page.evaluate(ERRORS_SHOWN)}")


def end_kernel(page: Page) -> None:
    """End the kernel of the notebook that the page shows: nobody else would, while Lab runs."""
    page.evaluate(END_KERNEL)

"""The course in the browser: JupyterLite runs the lessons, offline, with nothing installed.

The site is built if it is not there (`make lite`, half a minute), which needs npm; without it these tests are
skipped and say so. They run where CHANSIM_LITE=1, over a few lessons; with CHANSIM_LITE=all
(`python3 tools/dev.py lite --check`) they run every lesson, which takes many minutes.
"""

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from browser.harness import ERRORS_SHOWN, LOOPBACK, visit

pytestmark = pytest.mark.xdist_group("the site in the browser")  # two processes must not build it at once

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "build" / "lite" / "site"
LESSONS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
A_FEW = (
    "01_one_request_one_worker.ipynb",  # random, statistics and bisect of the standard library; many views
    "07_when_it_is_full.ipynb",  # the longest simulations in one cell: it shows first when Pyodide is too slow
)
"""One lesson takes half a minute to two minutes, most of it Pyodide's start: all of them are for `lite --check`."""
TRIED = LESSONS if os.environ.get("CHANSIM_LITE") == "all" else A_FEW

PATIENCE = 240_000  # ms: Pyodide starts slowly on a busy machine

IDLE = (
    """() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status === "idle" """
)
ALL_RUN = """() => { const panel = window.jupyterapp.shell.currentWidget;
    return panel.content.widgets.filter(cell => cell.model.type === "code")
        .every(cell => cell.model.executionCount !== null) && panel.sessionContext.session.kernel.status === "idle" }"""


class Files(http.server.SimpleHTTPRequestHandler):
    extensions_map = {  # noqa: RUF012 (it is the standard library's name)
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".whl": "application/zip",
    }

    def log_message(self, *about):
        pass


@pytest.fixture(scope="module")
def site():
    """The address of the built site."""
    if os.environ.get("CHANSIM_LITE") not in ("1", "all"):
        pytest.skip("the site for the browser is built where CHANSIM_LITE=1 (it takes a minute): make lite")
    if not shutil.which("npm") and not SITE.is_dir():
        pytest.skip("no npm, which brings Pyodide")
    built = subprocess.run([sys.executable, ROOT / "tools/lite/build.py"], capture_output=True, text=True)
    assert built.returncode == 0, built.stderr[-3000:]
    with http.server.ThreadingHTTPServer((LOOPBACK, 0), functools.partial(Files, directory=SITE)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{LOOPBACK}:{server.server_port}"
        server.shutdown()


def opened(page, site, name):
    """The notebook of that name, its kernel ready."""
    page.goto(f"{site}/notebooks/index.html?path=notebooks/{name}", timeout=PATIENCE)
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=PATIENCE)
    page.wait_for_function(IDLE, timeout=PATIENCE)


def run_all(page):
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    try:
        page.wait_for_function(ALL_RUN, timeout=PATIENCE)
    finally:
        assert page.evaluate(ERRORS_SHOWN) == []


def outputs(page):
    return "\n".join(page.locator(".jp-OutputArea-output").all_inner_texts())


@pytest.fixture
def visited(browser):
    """A page that may have a service worker: JupyterLite's kernel reads its files through one."""
    with visit(browser, service_workers="allow") as here:
        yield here


def test_the_first_notebook_runs_in_the_browser_and_its_widget_turns(site, visited):
    page = visited.page
    opened(page, site, "00_start_here.ipynb")
    run_all(page)
    shown = outputs(page)
    assert "✓ simulated: every line reached every member exactly once." in shown
    assert "There are no threads in the browser" in shown
    assert "✓ executed: every line reached every member exactly once." in shown
    lab = page.locator(".chansim-lab").first
    before = lab.locator(".strip").first.inner_text()
    lab.locator("input[type=range]:visible").first.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    told = "([lab, before]) => lab.querySelector('.strip').innerText !== before"  # by Python, in the browser
    page.wait_for_function(told, arg=[lab.element_handle(), before], timeout=PATIENCE)
    assert visited.outside == []
    assert visited.errors == []


@pytest.mark.parametrize("lesson", TRIED)
def test_a_lesson_runs_to_its_end_in_the_browser_and_asks_for_nothing_outside(lesson, site, visited):
    opened(visited.page, site, lesson)
    run_all(visited.page)
    if "recording=" in (ROOT / "notebooks" / lesson).read_text(encoding="utf-8"):
        assert "There are no threads in the browser" in outputs(visited.page)
    assert visited.outside == []
    assert visited.errors == []

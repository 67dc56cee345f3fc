"""The course in the browser: JupyterLite runs the lessons, offline, with nothing installed.

`python3 tools/dev.py lite --check` runs every lesson; with CHANSIM_LITE=few, as CI does, only a few. The site is built
first, unless it is there. Without that variable these tests are skipped and say so; `make test` leaves them out.
"""

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import nbformat
import pytest

from browser.harness import ERRORS_SHOWN, LOOPBACK, visit

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "build" / "lite" / "site"
LESSONS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
A_FEW = (
    "01_one_request_one_worker.ipynb",  # random, statistics and bisect of the standard library; many views
    "07_when_it_is_full.ipynb",  # the longest simulations in one cell: it shows first when Pyodide is too slow
)
"""One lesson takes half a minute to two minutes, half of it Pyodide's start: all of them are for `lite --check`."""
ASKED = os.environ.get("CHANSIM_LITE")
TRIED = LESSONS if ASKED == "all" else A_FEW

ELSEWHERE = ("Django says", "Flask says")
"""What lesson 04's frameworks answer: they are not in the browser, where it says so and answers for them."""

NO_THREADS = "There are no threads in the browser: this run was executed elsewhere, and recorded."

PATIENCE = 240_000  # ms: Pyodide starts slowly on a busy machine

IDLE = (
    """() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status === "idle" """
)
RUN_ALL = "() => void window.jupyterapp.commands.execute('notebook:run-all-cells')"
ENDED = """() => { const panel = window.jupyterapp.shell.currentWidget;
    const code = panel.content.widgets.filter(cell => cell.model.type === "code");
    return panel.sessionContext.session.kernel.status === "idle"
        && (code.every(cell => cell.model.executionCount !== null)
            || code.some(cell => cell.model.sharedModel.outputs.some(output => output.output_type === "error"))) }"""
OUTPUTS = """() => window.jupyterapp.shell.currentWidget.content.widgets
    .map(cell => cell.model.sharedModel.outputs ?? [])"""


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
    if ASKED not in ("few", "all"):
        pytest.skip("the course in the browser is tried by itself: python3 tools/dev.py lite --check")
    if not shutil.which("npm") and not os.environ.get("CI"):
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
    """Run every cell and wait for the last: at an error JupyterLite runs no further one."""
    page.evaluate(RUN_ALL)
    page.wait_for_function(ENDED, timeout=PATIENCE)
    assert page.evaluate(ERRORS_SHOWN) == []


def said(outputs):
    """The lines that a cell shows: what it prints, its values, and its pictures in words."""
    texts = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs]
    return [line for text in texts for line in "".join(text).splitlines()]


@pytest.fixture
def visited(browser):
    """A page that may have a service worker: JupyterLite's kernel reads its files through one."""
    with visit(browser, service_workers="allow") as here:
        yield here


def test_the_first_notebook_runs_in_the_browser_and_its_widget_turns(site, visited):
    page = visited.page
    opened(page, site, "00_start_here.ipynb")
    run_all(page)
    shown = [line for cell in page.evaluate(OUTPUTS) for line in said(cell)]
    assert "✓ simulated: every line reached every member exactly once." in shown
    assert NO_THREADS in shown
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
def test_a_lesson_runs_to_its_end_in_the_browser_and_says_what_is_stored(lesson, site, visited):
    opened(visited.page, site, lesson)
    run_all(visited.page)
    stored = nbformat.read(SITE / "files" / "notebooks" / lesson, as_version=4)
    shown = visited.page.evaluate(OUTPUTS)
    for cell, outputs in zip(stored.cells, shown, strict=True):
        if "nbval-ignore-output" not in cell.metadata.get("tags", []):
            lost = [line for line in said(cell.get("outputs", [])) if line not in said(outputs)]
            assert [line for line in lost if not any(words in line for words in ELSEWHERE)] == [], cell.source
    if "recording=" in str(stored):
        assert NO_THREADS in [line for cell in shown for line in said(cell)]
    assert visited.outside == []
    assert visited.errors == []

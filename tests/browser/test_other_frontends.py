"""The player and the lecture outside JupyterLab: in Notebook 7 and in Voilà, and in a saved notebook without a kernel.

VS Code and Colab cannot be run here.
"""

import contextlib
import re
import subprocess
import sys
from base64 import b64decode
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from browser.harness import (
    LOOPBACK,
    PATIENCE,
    free_port,
    is_root,
    private_environment,
    stop,
    visit,
    wait_until_it_answers,
)

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
CELLS = (
    "from chansim import deployments, simulate\nfrom chansim.widgets import player",
    "flow = player(simulate(deployments.slide16(rate=60.0), seconds=30.0), start=2.0)\nflow",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a notebook that shows a player."""
    root = tmp_path_factory.mktemp("frontends")
    cells = [new_code_cell(source) for source in CELLS]
    nbformat.write(new_notebook(cells=cells, metadata=KERNEL), root / "player.ipynb")
    return root


@contextlib.contextmanager
def serving(root, module, *flags, answers="/api"):
    """The address of a server of Jupyter's, over that folder, gone at the end."""
    port = free_port()
    with TemporaryDirectory(prefix="chansim-front-", ignore_cleanup_errors=True) as private:
        log = Path(private, "log")
        as_root = ["--allow-root"] if is_root() and module == "notebook" else []
        with log.open("w") as sink:
            server = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    module,
                    *as_root,
                    *(flag.format(port=port, root=root) for flag in flags),
                ],
                env=private_environment(Path(private)),
                cwd=root,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_until_it_answers(server, port, log, answers)
            yield f"http://{LOOPBACK}:{port}"
        finally:
            stop(server)


def plays(page):
    """Step, scrub to the other end, where another window comes from Python, and play."""
    player = page.locator(".chansim-player")
    player.locator(".spot").first.wait_for(timeout=PATIENCE * 1000)
    before = player.locator(".status").inner_text()
    player.get_by_role("button", name="Next event").focus()
    page.keyboard.press("ArrowRight")
    assert player.locator(".status").inner_text() != before
    slider = player.get_by_role("slider")
    slider.evaluate("(slider) => { slider.value = 25; slider.dispatchEvent(new Event('input')); }")
    page.wait_for_function(
        "document.querySelector('.chansim-player .clock').textContent.startsWith('25.000')"
    )
    page.wait_for_function("document.querySelector('.chansim-player .status').textContent.startsWith('2')")
    player.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("parseFloat(document.querySelector('.chansim-player .clock').textContent) > 25.01")
    player.get_by_role("button", name="Pause").click()


def test_in_notebook_7(browser, folder):
    flags = (
        "--ServerApp.ip=127.0.0.1", "--ServerApp.port={port}", "--ServerApp.root_dir={root}",
        "--ServerApp.open_browser=False", "--IdentityProvider.token=",
        "--JupyterNotebookApp.expose_app_in_browser=True",
    )  # fmt: skip
    with serving(folder, "notebook", *flags) as url, visit(browser) as here:
        page = here.page
        page.goto(f"{url}/notebooks/player.ipynb", timeout=PATIENCE * 1000)
        page.wait_for_function(
            "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'",
            timeout=PATIENCE * 1000,
        )
        before = list(here.errors)  # of the frontend's own, while it starts
        page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        plays(page)
        cells = page.locator(".jp-Cell").count()
        page.keyboard.press("b")
        assert page.locator(".jp-Cell").count() == cells
        assert here.errors == before


def test_in_voila(browser, folder):
    flags = ("player.ipynb", "--port={port}", "--no-browser", "--Voila.ip=127.0.0.1")
    with serving(folder, "voila", *flags, answers="/voila/static/voila.js") as url, visit(browser) as here:
        here.page.goto(url, timeout=PATIENCE * 1000)
        plays(here.page)


def test_a_saved_notebook_shows_its_last_picture_without_a_kernel(folder, tmp_path):
    from nbclient import NotebookClient
    from nbconvert import HTMLExporter

    notebook = nbformat.read(folder / "player.ipynb", as_version=4)
    # as JupyterLab saves it, unless it is told to keep the widgets' state, which needs a network to be shown
    NotebookClient(notebook, timeout=120, store_widget_state=False).execute()
    page, _ = HTMLExporter().from_notebook_node(notebook)
    pictures = [
        b64decode(each).decode() for each in re.findall(r"data:image/svg\+xml;base64,([\w+/=]+)", page)
    ]
    assert any('aria-label="Slide 16: Channels, at 2.000 s. ' in picture for picture in pictures)
    size = sum(len(str(each)) for cell in notebook.cells for each in cell.get("outputs", ()))
    assert size < 150_000

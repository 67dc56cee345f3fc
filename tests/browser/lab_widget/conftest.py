"""Fixtures of the lab's tests: `opened`, a notebook with a lab in it, and `page`, that lab as it was at first.

One page for all tests of a module, for opening it takes longest. That it asked for nothing outside, and had no
error, is seen to here.
"""

import os
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from browser.harness import end_kernel, open_notebook, run_all, visit
from browser.lab_widget.hands import code, python, settled

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
CELLS = [
    "from chansim import deployments\nfrom chansim.widgets import lab",
    'bench = lab("slide16")\nbench',
    "1",
]
SHOTS = os.environ.get("CHANSIM_SCREENSHOTS")


@pytest.fixture(scope="module")
def notebook(lab):
    """A notebook with a lab in it and a cell after it."""
    cells = [new_code_cell(source) for source in CELLS]
    nbformat.write(new_notebook(cells=cells, metadata=KERNEL), lab.root / "lab_widget.ipynb")
    return "lab_widget.ipynb"


@pytest.fixture(scope="module")
def opened(lab, browser, notebook):
    with visit(browser, viewport={"width": 1500, "height": 1300}) as here:
        open_notebook(here.page, lab, notebook)
        run_all(here.page)
        here.page.locator(".chansim-lab .topology [data-id=layer]").wait_for()
        yield here
        end_kernel(here.page)


@pytest.fixture
def page(opened, request):
    """The lab as it was at first; after the test, a screenshot where somebody asked for them."""
    page = opened.page
    page.evaluate(
        "document.activeElement.blur()"
    )  # a field that is reset under the hand says that it has changed
    settled(page)  # what the last test's keys asked for is answered in another thread than python()
    python(page, "bench.choose('slide16')")
    python(page, "bench.reset()")
    python(page, "bench._ask_view('ecdf')")
    code(page, "deployments.slide16()")
    selected = page.locator(".chansim-lab .topology [aria-pressed=true]")
    if selected.count():
        selected.first.focus()
        page.keyboard.press("Escape")
    settled(page)
    yield page
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        # of the window: an output may be put in the place of another at any time
        page.screenshot(path=Path(SHOTS, f"{request.node.name}.png"))
    assert opened.outside == []
    assert opened.errors == []

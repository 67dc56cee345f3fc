"""The harness itself: Lab starts, a notebook runs, a failing cell is told, the outside is out of reach."""

import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from browser.harness import open_notebook, run_all, visit

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}


@pytest.fixture
def write(lab):
    """Puts a notebook of these cells where Lab sees it, and gives its name."""

    def write(name, *sources):
        notebook = new_notebook(cells=[new_code_cell(source) for source in sources], metadata=KERNEL)
        nbformat.write(notebook, lab.root / name)
        return name

    return write


@pytest.fixture
def visited(in_one_window):
    return in_one_window


def test_a_notebook_runs_and_shows_its_output(lab, page, write):
    open_notebook(page, lab, write("tiny.ipynb", "import sys", "6 * 7"))
    run_all(page)
    assert page.locator(".jp-OutputArea-output").inner_text().strip() == "42"


def test_the_kernel_is_this_environments(lab, page, write):
    open_notebook(page, lab, write("kernel.ipynb", "import sys; print(sys.prefix)"))
    run_all(page)
    page.get_by_text(sys.prefix, exact=True).wait_for()


def test_a_failing_cell_is_told(lab, page, write):
    open_notebook(page, lab, write("failing.ipynb", "raise ValueError('unforeseen')", "1"))
    with pytest.raises(AssertionError, match="ValueError: unforeseen"):
        run_all(page)


def test_what_the_page_asks_for_outside_is_refused_and_written_down(browser):
    asked = "https://chansim.invalid/library.js"
    with visit(browser) as here:
        refused = here.page.evaluate("url => fetch(url).then(() => false, () => true)", asked)
        assert refused
        assert here.outside == [asked]

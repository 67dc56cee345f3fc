"""Several views in a notebook: what is picked out in one, by mouse or keyboard, is marked in all."""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from browser.harness import end_kernel, open_notebook, run_all, visit
from chansim.palette import SELECTED

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
NAMES = ["topology", "space_time", "waterfall", "gantt", "ecdf"]
CELLS = [
    f"NAMES = {NAMES}\nfrom chansim import deployments, simulate\nfrom chansim.widgets import explore",
    "explore(simulate(deployments.slide16(rate=60.0), seconds=10.0), *NAMES)",
]


@pytest.fixture(scope="module")
def opened(lab, browser):
    cells = [new_code_cell(source) for source in CELLS]
    nbformat.write(new_notebook(cells=cells, metadata=KERNEL), lab.root / "explore.ipynb")
    with visit(browser, viewport={"width": 1200, "height": 1400}) as here:
        open_notebook(here.page, lab, "explore.ipynb")
        run_all(here.page)
        here.page.locator(".chansim-view").nth(len(NAMES) - 1).wait_for()
        yield here.page
        end_kernel(here.page)
        assert here.outside == []
        assert here.errors == []


@pytest.fixture
def page(opened):
    """The views, with nothing selected."""
    said = opened.locator(".jp-OutputArea [role=status]").first
    if "Selected" in said.inner_text():
        view(opened, "topology").locator(".picture").focus()
        opened.keyboard.press("Escape")
    said.get_by_text("Click a message").wait_for()
    for name in NAMES:  # each hears of it in turn, and the next key is to meet what is drawn
        marks(opened, name).wait_for(state="detached")
    return opened


def view(page, name):
    return page.locator(".chansim-view").nth(NAMES.index(name))


def marks(page, name):
    return view(page, name).locator(f'[stroke*="{SELECTED}"], [style*="{SELECTED}"]').first


def marked_in_all(page, words):
    page.locator(".jp-OutputArea [role=status]").first.get_by_text(words).wait_for()
    for name in NAMES:
        marks(page, name).wait_for(state="attached")


def test_a_worker_clicked_in_the_topology(page):
    view(page, "topology").locator('[data-component="worker-1"]').first.click()
    marked_in_all(page, "Selected: component worker-1")


def test_a_channel_clicked_in_the_space_time_diagram(page):
    view(page, "space_time").locator('[data-channel="http.request"] text').first.click()
    marked_in_all(page, "Selected: channel http.request")


def test_a_bar_clicked_in_the_gantt_and_once_more_for_its_request(page):
    bars = view(page, "gantt").locator("[data-message]")
    request = bars.nth(3).get_attribute("data-request")
    bars.nth(3).click()
    marked_in_all(page, "Selected: message")
    view(page, "gantt").locator(f'[data-request="{request}"]').first.click()
    marked_in_all(page, f"Selected: request {request},")


def test_a_bar_of_the_waterfall_by_keyboard(page):
    picture = view(page, "waterfall").locator(".picture")
    picture.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    marked_in_all(page, re.compile("Selected: (message|request)"))
    page.keyboard.press("Escape")
    page.locator(".jp-OutputArea [role=status]").first.get_by_text("Click a message").wait_for()

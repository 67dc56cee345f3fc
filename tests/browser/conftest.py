"""Fixtures of the browser tests: `lab`, a JupyterLab over a copy of notebooks/, and `page`, an empty page.

Without Playwright or a Chromium the tests are skipped and say why; under CI they fail, so that they cannot
go missing unseen.
"""

import os
import shutil
from pathlib import Path

import pytest

from browser.harness import end_kernel, find_chromium, jupyterlab, start_chromium, visit

HERE = Path(__file__).resolve().parent
NOTEBOOKS = HERE.parent.parent / "notebooks"


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


def cannot(why):
    (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no browser tests here: {why}")


@pytest.fixture(scope="session")
def chromium():
    """Where the browser is."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        cannot(f"Playwright cannot be imported ({error})")
    with sync_playwright() as playwright:
        found = find_chromium(playwright)
    return found or cannot("found no Chromium or Chrome (on Debian: apt install chromium-headless-shell)")


@pytest.fixture(scope="session")
def lab(chromium, tmp_path_factory):
    root = tmp_path_factory.mktemp("lab")
    if NOTEBOOKS.is_dir():
        shutil.copytree(NOTEBOOKS, root, dirs_exist_ok=True)
    with jupyterlab(root) as running:
        yield running


@pytest.fixture(scope="module")
def browser(chromium):
    """One per module and no longer: while Playwright runs, no other test could start an event loop."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = start_chromium(playwright, chromium)
        yield running
        running.close()


@pytest.fixture(scope="module")
def window(browser):
    """One page for all tests of a module that say so, for loading JupyterLab takes longest; see in_one_window."""
    with visit(browser) as here:
        yield here


@pytest.fixture
def in_one_window(window):
    """That page, as `visited` gives one of the test's own."""
    window.outside.clear()
    window.errors.clear()
    yield window
    end_kernel(window.page)


@pytest.fixture
def visited(browser):
    """A Visit: the page and what went wrong on it, for tests that look at the latter themselves."""
    with visit(browser) as here:
        yield here
        end_kernel(here.page)


@pytest.fixture
def page(visited):
    """A page in a fresh profile. The test fails if the page asked for anything outside, or had an error."""
    yield visited.page
    assert visited.outside == []
    assert visited.errors == []

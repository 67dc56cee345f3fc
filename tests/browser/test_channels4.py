"""The exported chat in a headless Chromium: two tabs chat by keyboard, and what is typed is text."""

import pytest

from browser.alone import serious_faults
from browser.harness import visit
from export.exported_site import Site, in_memory, written

PATIENCE = 60_000
SCRIPT = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"


@pytest.fixture(scope="module")
def site(chromium, tmp_path_factory):
    running = Site(written(in_memory(), tmp_path_factory.mktemp("exported")))
    try:
        running.wait()
        yield running
    finally:
        running.stop()


def opened(page, site):
    page.goto(f"http://{site.netloc}/", timeout=PATIENCE)
    page.locator("#state", has_text="Connected.").wait_for(timeout=PATIENCE)
    return page


def test_two_tabs_chat_by_keyboard_and_what_is_typed_is_text(site, page, browser):
    opened(page, site)
    with visit(browser) as second:
        there = opened(second.page, site)
        page.keyboard.type(SCRIPT)  # the field has the focus when the page opens
        page.keyboard.press("Enter")
        page.keyboard.type("again")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")  # on the button
        for each in (page, there):
            each.locator("#log p").nth(1).wait_for(timeout=PATIENCE)
            assert each.locator("#log p").all_text_contents() == ["[user] " + SCRIPT, "[user] again"]
            assert each.locator("#log img, #log script").count() == 0
            assert each.title() == "One room, all clients"
        assert page.evaluate("document.activeElement.id") == "text"
        assert serious_faults(page) == []

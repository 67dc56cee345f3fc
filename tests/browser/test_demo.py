"""The demo in a headless Chromium: two tabs chat, one reloads, one is closed without goodbye, and the room is right."""

import time

import pytest
from playwright.sync_api import expect

from browser.alone import serious_faults
from browser.harness import visit
from chansim.live.demo import start
from chansim.widgets import player

PATIENCE = 60_000


@pytest.fixture(scope="module")
def demo(chromium):
    running = start(workers=2)
    yield running
    running.stop()


@pytest.fixture
def tab(demo, page):
    return opened(page, demo)


def opened(page, demo):
    page.goto(demo.url, timeout=PATIENCE)
    connected(page)
    until(lambda: members(demo) >= 1)
    return page


def connected(page):
    """By a locator: the page's policy forbids it to evaluate text, and so a predicate that is asked again."""
    expect(page.locator("#state")).to_have_text("Connected.", timeout=PATIENCE)


def until(true):
    deadline = time.monotonic() + PATIENCE / 1000
    while not true():
        assert time.monotonic() < deadline, "it never was so"
        time.sleep(0.05)


def members(demo):
    """How many are in the room, by the trace."""
    rows = demo.trace
    return sum(1 for _ in rows.rows(event="joined")) - sum(1 for _ in rows.rows(event="left"))


def say(page, text):
    page.get_by_label("Message", exact=True).fill(text)
    page.keyboard.press("Enter")


def heard(page, text):
    page.locator("#log p", has_text=text).first.wait_for(timeout=PATIENCE)


def test_two_tabs_chat_one_reloads_one_is_closed_without_goodbye(demo, tab, browser):
    until(lambda: members(demo) == 1)
    with visit(browser) as second:
        there = opened(second.page, demo)
        until(lambda: members(demo) == 2)
        say(tab, "hello from one")
        for page in (tab, there):
            heard(page, "hello from one")
        say(there, "and from the other")
        for page in (tab, there):
            heard(page, "and from the other")

        there.reload()
        connected(there)
        left = lambda: sum(1 for _ in demo.trace.rows(event="left"))  # noqa: E731
        until(lambda: left() == 1 and members(demo) == 2)
        say(tab, "again")
        heard(there, "again")
        assert there.locator("#log p").count() == 1  # what was said before its time, it does not hear
        assert second.outside == []
        assert second.errors == []
    # that window is gone, without a word
    until(lambda: members(demo) == 1)
    say(tab, "alone now")
    heard(tab, "alone now")
    assert tab.locator("#log p", has_text="alone now").count() == 1


@pytest.mark.parametrize(
    "typed",
    [
        "<script>window.broken = 1</script>",
        "<img src=x onerror='window.broken = 1'>",
        '{"client": "slack", "user": "<img src=x onerror=\'window.broken=1\'>", "text": "<b>bold</b>"}',
        "javascript:window.broken=1//</p><svg onload=window.broken=1>",
    ],
)
def test_what_a_chatter_types_is_text_and_no_script_runs(demo, tab, typed):
    until(lambda: members(demo) >= 1)
    say(tab, typed)
    tab.locator("#log p").first.wait_for(timeout=PATIENCE)
    tab.locator("#shown").wait_for(timeout=PATIENCE)
    assert tab.evaluate("window.broken") is None
    assert tab.locator("#log p *:not(b)").count() == 0
    shown = tab.locator("#log p").last.inner_text()
    assert shown == (
        "<img src=x onerror='window.broken=1'> (Slack): <b>bold</b>" if typed[0] == "{" else typed
    )


def test_it_is_text_in_slack_too(demo, tab, browser):
    say(tab, "<script>window.broken = 1</script>")
    heard(tab, "<script>")
    with visit(browser) as slack:
        slack.page.goto(demo.slack_url)
        slack.page.locator("#log p", has_text="<script>window.broken = 1</script>").first.wait_for(
            timeout=PATIENCE
        )
        assert slack.page.evaluate("window.broken") is None
        say(slack.page, "<i>from</i> Slack")
        heard(tab, "(Slack): <i>from</i> Slack")
        assert serious_faults(slack.page) == []
        assert slack.errors == []


def test_by_keyboard_alone(demo, tab):
    """What is typed first goes into the message; everything can be reached with Tab, and seen to be."""
    tab.keyboard.type("typed at once")
    tab.keyboard.press("Enter")
    heard(tab, "typed at once")
    tab.keyboard.type("and again")
    tab.keyboard.press("Enter")
    heard(tab, "and again")
    tab.locator("#picture svg").wait_for(timeout=PATIENCE)
    reached = set()
    tab.locator("body").evaluate("body => document.activeElement.blur()")
    for _ in range(14):
        tab.keyboard.press("Tab")
        reached.add(tab.evaluate("document.activeElement.id || document.activeElement.tagName"))
    assert reached >= {"log", "who", "text", "BUTTON", "slack", "before", "after", "picture", "SUMMARY"}
    tab.locator("#which", has_text="the newest").wait_for(timeout=PATIENCE)
    tab.locator("#before").focus()
    tab.keyboard.press("Enter")
    assert "the newest" not in tab.locator("#which").inner_text()
    tab.locator("#after").focus()
    for _ in range(5):  # what has come to the server meanwhile is one more press away
        if "the newest" not in tab.locator("#which").inner_text():
            tab.keyboard.press("Enter")
    assert "the newest" in tab.locator("#which").inner_text()


def test_the_way_of_a_message_is_drawn_and_told_in_words(demo, tab):
    say(tab, "which way?")
    heard(tab, "which way?")
    picture = tab.locator("#picture svg")
    picture.wait_for(timeout=PATIENCE)
    tab.locator("summary").click()
    words = tab.locator("#words")
    expect(words).to_contain_text("slack, frame", timeout=PATIENCE)
    told = words.inner_text()
    for hop in (
        "→ daphne, frame",
        "websocket.receive",
        "→ daphne, websocket.send!",
        "→ bot, slack.send",
        "bot → slack",
    ):
        assert hop in told
    assert "reached a browser" in picture.get_attribute("aria-label")
    assert picture.locator(".arrow").count() >= 6


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(demo, browser, scheme):
    with visit(browser, color_scheme=scheme) as here:
        page = opened(here.page, demo)
        say(page, "for axe")
        page.locator("#picture svg").wait_for(timeout=PATIENCE)
        assert serious_faults(page) == []
        assert here.errors == []


def test_a_phone_needs_no_sideways_scrolling(demo, browser):
    with visit(browser, viewport={"width": 360, "height": 740}) as here:
        page = opened(here.page, demo)
        say(page, "from a phone")
        page.locator("#picture svg").wait_for(timeout=PATIENCE)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_player_follows_it(demo, tab):
    say(tab, "for the player")
    heard(tab, "for the player")
    kept = player(demo).kept()
    assert kept["rows"]

"""A race in Chromium: by keyboard, alone and with Python behind it. What happens in it is tests/widgets/test_race.py's.

That a page asked for nothing outside, and had no error, is seen to by the fixtures.
"""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from browser.alone import page_with, serious_faults
from browser.harness import end_kernel, open_notebook, run_all
from chansim.deployments import slide07
from chansim.widgets import race

SITE = slide07(rate=40, service=0.02, workers=4)


@pytest.fixture(scope="module")
def widget():
    return race(SITE, seconds=1)


@pytest.fixture
def opened(page, widget):
    page.set_content(page_with(widget))
    page.locator(".chansim-race").wait_for()
    return page


def say(page, **changes):
    """What Python would say of the race."""
    page.evaluate("(changes) => model.set('shown', { ...model.get('shown'), ...changes })", changes)


def test_of_many_presses_the_last_is_asked_and_an_older_answer_turns_nothing_back(opened):
    rate = opened.get_by_label("clients: arrivals")
    rate.evaluate(  # three presses of an arrow key, at one moment
        "dial => { for (let i = 0; i < 3; i++) { dial.stepUp(); dial.dispatchEvent(new Event('input')); } }"
    )
    opened.wait_for_function("model.asked.length")
    asked = opened.evaluate("model.asked")
    turned = {"do": "turn", "dial": "clients.arrivals", "value": 43}
    assert [{**each, "turn": None} for each in asked] == [{**turned, "turn": None}]
    say(opened, turn="older")
    assert (rate.input_value(), rate.get_attribute("aria-valuetext")) == ("43", "43 requests/s")
    say(opened, turn=asked[0]["turn"])
    assert rate.input_value() == "40", "what Python says to that very turn, here a refusal, counts"


def test_while_it_is_on_it_asks_again_and_again_and_each_button_gives_the_keyboard_on(opened):
    start, stop = (opened.get_by_role("button", name=name) for name in ("Start the race", "Stop"))
    start.press("Enter")
    say(opened, stage="racing", words="The race is on.", at=0.5, answered=12)
    assert stop.evaluate("(button) => button === document.activeElement")
    assert start.is_disabled()
    assert opened.locator("progress").get_attribute("value") == "0.5"
    assert "12 answered" in opened.locator(".clock").inner_text()
    assert opened.get_by_role("status").inner_text() == "The race is on."
    opened.wait_for_function("model.asked.length > 1")
    stop.press("Enter")
    assert opened.evaluate("model.asked.map((each) => each.do)") == ["start", "look", "stop"]
    say(opened, stage="over", words="It ended.", problem="A problem.")
    assert start.evaluate("(button) => button === document.activeElement")
    assert opened.get_by_role("alert").inner_text() == "A problem."


def test_with_reduced_motion_nothing_grows(opened):
    curve = opened.locator(".curve")
    opened.evaluate("model.set('curve', 'M60 200H90V150')")
    assert curve.is_visible()
    opened.emulate_media(reduced_motion="reduce")
    assert not curve.is_visible()


def test_every_control_keeps_its_keys_and_axe_finds_no_serious_fault(page, widget):
    page.emulate_media(color_scheme="dark")
    page.set_content(page_with(widget, dark=True))
    say(page, stage="racing", words="The race is on.", problem="A problem.")
    unkept = page.evaluate(
        """() => [...document.querySelectorAll('.chansim-race :is(button, input, [tabindex])')]
            .filter((each) => each.dataset.lmSuppressShortcuts !== "true").map((each) => each.outerHTML)"""
    )
    assert unkept == []
    assert serious_faults(page) == []


KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
CELL = """
from chansim.deployments import slide07
from chansim.widgets import race
race(slide07(rate=40, service=0.02, workers=4), seconds={})
"""


def test_in_lab_a_race_is_run_and_another_stopped_by_keys_alone(page, lab):
    cells = [new_code_cell(CELL.format(seconds)) for seconds in (1, 10)]  # there is time to stop the second
    nbformat.write(new_notebook(cells=cells, metadata=KERNEL), lab.root / "race.ipynb")
    open_notebook(page, lab, "race.ipynb")
    run_all(page)
    many = page.locator(".jp-Cell").count()
    first, second = (page.locator(".chansim-race").nth(place) for place in (0, 1))
    keys, status = page.keyboard, first.get_by_role("status")
    first.get_by_label("clients: arrivals").focus()
    keys.press("Tab")
    keys.press("Tab")  # the workers, and Start
    keys.press("Enter")
    status.filter(has_text="requests in both runs").wait_for()
    assert "verdict" in status.inner_text() or "the model" in status.inner_text()
    assert "executed" in first.locator(".picture svg").get_attribute("aria-label").lower()
    keys.press("Shift+Tab")
    keys.press("ArrowLeft")  # a worker less
    status.filter(has_text="Ready").wait_for()
    assert first.locator(".value").all_inner_texts() == ["40 requests/s", "3 workers"]
    status = second.get_by_role("status")
    second.get_by_role("button", name="Start the race").press("Enter")
    status.filter(has_text="The race is on.").wait_for()
    keys.press("Enter")  # the keyboard is on Stop
    status.filter(has_text="It ended at").wait_for()
    assert page.locator(".jp-Cell").count() == many
    end_kernel(page)
    second.get_by_role("button", name="Start the race").press("Enter")
    second.get_by_role("alert").filter(has_text="run the cell again").wait_for()

"""The stepper in Chromium: by mouse and by keyboard, alone and with Python behind it.

That a page asked for nothing outside, and had no error, is seen to by the fixtures.
"""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from browser.alone import page_with, serious_faults
from browser.harness import end_kernel, open_notebook, run_all, visit
from chansim.widgets import stepper

CALLS = (
    'send("news", {"n": 1})',
    'send("news", {"n": 2})',
    'send("news", {"n": 3})',
    'receive_many(["news"])',
    "wait(61)",
)


@pytest.fixture
def widget():
    return stepper(*CALLS, capacity=2)


@pytest.fixture
def opened(page, widget):
    page.set_content(page_with(widget))
    page.locator(".chansim-stepper").wait_for()
    return page


def shown(page):
    """After how many calls, what is said of the last, and the picture's words."""
    words = page.locator(".picture").get_attribute("aria-label")
    return page.locator(".clock").inner_text(), page.locator(".status").inner_text(), words


def test_a_press_is_a_call_and_back_is_before_it(opened, widget):
    for step in (1, 2, 3, 4, 5):
        opened.get_by_role("button", name="Next call").click()
        clock, status, words = shown(opened)
        call, gave, *_ = widget.steps[step]
        assert (clock, status) == (f"{step} of 5 calls", f"{call}: {gave}")
        assert words == f"{widget.calls.words(step)} Arrow keys go from call to call."
    assert opened.get_by_role("button", name="Next call").is_disabled()
    opened.get_by_role("button", name="Back: before").click()
    assert shown(opened)[0] == "4 of 5 calls"
    assert opened.evaluate("model.get('step')") == 4


def test_it_is_gone_through_by_keys_alone(opened):
    opened.locator(".picture").focus()
    seen = []
    for key in ("ArrowRight", "ArrowDown", " ", "ArrowLeft", "End", "Home", "ArrowUp"):
        opened.keyboard.press(key)
        seen.append(opened.evaluate("model.get('step')"))
    assert seen == [1, 2, 3, 2, 5, 0, 0]
    opened.keyboard.press("End")
    opened.locator(".calls button").nth(1).focus()
    opened.keyboard.press("Enter")
    assert opened.evaluate("model.get('step')") == 2
    assert opened.evaluate("document.activeElement.textContent") == CALLS[1], (
        "the keyboard stays where it was"
    )


def test_a_button_that_can_do_no_more_gives_the_keyboard_on(opened):
    step = opened.get_by_role("button", name="Next call")
    step.focus()
    for _ in CALLS:
        opened.keyboard.press("Enter")
    assert (
        opened.evaluate("document.activeElement.getAttribute('aria-label')") == "Back: before the last call"
    )


def test_the_call_that_is_shown_is_marked_in_the_list(opened):
    opened.locator(".calls button").nth(3).click()
    assert opened.locator(".calls [aria-current]").all_inner_texts() == [CALLS[3]]
    assert opened.locator(".calls .past").count() == 4


def test_a_call_of_ones_own_is_asked_of_python_and_a_problem_is_said(opened, widget):
    line = opened.get_by_label("Your call:")
    line.fill('send("other", {"n": 7})')
    line.press("Enter")
    assert opened.evaluate("model.asked") == [{"call": 'send("other", {"n": 7})', "after": 0}]
    opened.evaluate("model.set('problem', 'that is no call')")
    assert opened.get_by_role("alert").inner_text() == "that is no call"
    assert line.get_attribute("aria-invalid") == "true"
    assert line.input_value() == 'send("other", {"n": 7})'
    opened.get_by_role("button", name="Next call").click()
    assert opened.get_by_role("alert").count() == 0
    opened.get_by_role("button", name="Take it back").click()
    assert opened.evaluate("model.asked.at(-1)") == {"take back": 1}


def test_every_control_keeps_its_keys_from_jupyterlab(opened):
    unkept = opened.evaluate(
        """() => [...document.querySelectorAll('.chansim-stepper :is(button, input, [tabindex])')]
            .filter((each) => each.dataset.lmSuppressShortcuts !== "true").map((each) => each.outerHTML)"""
    )
    assert unkept == []


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_no_serious_fault(page, widget, dark):
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.set_content(page_with(widget, dark=dark))
    page.get_by_role("button", name="Next call").click()
    page.evaluate("model.set('problem', 'that is no call')")
    assert serious_faults(page) == []


# -- in JupyterLab, with Python


KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}


@pytest.fixture(scope="module")
def notebook(lab, browser):
    cells = [
        new_code_cell(f"from chansim.widgets import stepper\nstepper(*{CALLS!r}, capacity=2)"),
        new_code_cell("1"),
    ]
    nbformat.write(new_notebook(cells=cells, metadata=KERNEL), lab.root / "stepper.ipynb")
    with visit(browser) as here:
        open_notebook(here.page, lab, "stepper.ipynb")
        run_all(here.page)
        here.page.locator(".chansim-stepper").wait_for()
        yield here.page
        end_kernel(here.page)
        assert here.outside == []
        assert here.errors == []


def test_in_lab_a_call_is_made_after_the_one_shown_and_taken_back(notebook):
    notebook.locator(".chansim-stepper .calls button").first.click()
    line = notebook.get_by_label("Your call:")
    line.fill('receive_many(["news"])')
    line.press("Enter")
    notebook.locator(".chansim-stepper .status", has_text="gave ('news', {'n': 1}).").wait_for()
    assert notebook.locator(".chansim-stepper .clock").inner_text() == "2 of 6 calls"
    assert line.input_value() == ""
    line.fill("sent()")
    line.press("Enter")
    notebook.get_by_role("alert").filter(has_text="did you mean send").wait_for()
    notebook.get_by_role("button", name="Take it back").click()
    notebook.locator(".chansim-stepper .clock", has_text="1 of 5 calls").wait_for()


def test_in_lab_the_arrow_keys_are_the_steppers_and_not_the_notebooks(notebook):
    cells = notebook.locator(".jp-Cell").count()
    notebook.locator(".chansim-stepper .picture").focus()
    notebook.keyboard.press("Home")
    notebook.keyboard.press("ArrowRight")
    notebook.keyboard.press("a")
    notebook.locator(".chansim-stepper .clock", has_text="1 of 5 calls").wait_for()
    assert notebook.locator(".jp-Cell").count() == cells


def test_in_lab_a_call_after_the_kernels_end_is_answered_in_words(notebook):
    end_kernel(notebook)
    line = notebook.get_by_label("Your call:")
    line.fill('receive_many(["news"])')
    line.press("Enter")
    notebook.get_by_role("alert").filter(has_text="run the cell again").wait_for()
    assert line.input_value() == 'receive_many(["news"])'

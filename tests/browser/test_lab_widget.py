"""The lab in a real JupyterLab, by keyboard and by mouse. That the page asked for nothing outside, and had no
error, is seen to by the fixtures."""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from browser.harness import end_kernels, open_notebook, run_all, visit

FIRST = "00_start_here.ipynb"
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
CELLS = ["from chansim.widgets import lab", 'bench = lab("slide16")\nbench', "1"]


@pytest.fixture(scope="module")
def notebook(lab):
    """A notebook with a lab in it and a cell after it."""
    cells = [new_code_cell(source) for source in CELLS]
    nbformat.write(new_notebook(cells=cells, metadata=KERNEL), lab.root / "lab_widget.ipynb")
    return "lab_widget.ipynb"


@pytest.fixture(scope="module")
def opened(lab, browser, notebook):
    """One page for all tests, for opening it takes longest; each of them runs the notebook afresh."""
    with visit(browser) as here:
        open_notebook(here.page, lab, notebook)
        yield here
        end_kernels(here.page)


@pytest.fixture
def page(opened):
    opened.page.evaluate("window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    run_all(opened.page)
    opened.page.locator(".chansim-lab .picture svg").first.wait_for()
    yield opened.page
    assert opened.outside == []
    assert opened.errors == []


# -- what a reader sees and does


def knob(page, name):
    return page.get_by_role("slider", name=re.compile(name))


def field(page, name):
    return page.get_by_role("spinbutton", name=re.compile(name))


def wait_for_words(page, words):
    """Until the summary over the picture, or the problem, says them, and nothing else is under way."""
    page.locator(".chansim-lab p", has_text=words).wait_for()
    page.locator(".chansim-lab .picture:not([aria-busy])").wait_for()


def wait_for_box(page, component):
    """Until the picture has that component in it."""
    page.locator(f'.chansim-lab .picture [data-component="{component}"]').first.wait_for()


def workers_drawn(page):
    return page.locator('.chansim-lab .picture [data-component^="worker-"]').count()


def picture_words(page):
    return page.locator(".chansim-lab .picture > svg").get_attribute("aria-label")


def python(page, expression):
    """What the kernel says of *expression*."""
    return page.evaluate(
        """async code => {
            const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            const reply = await kernel.requestExecute({ code: "", user_expressions: { it: code } }).done;
            return reply.content.user_expressions.it.data["text/plain"];
        }""",
        expression,
    )


def is_focused(locator):
    return locator.evaluate("element => element === document.activeElement")


# -- in the course


def test_in_the_first_notebook_a_key_on_a_knob_changes_the_picture(lab, visited):
    """It comes first here: at its end all kernels end."""
    if not (lab.root / FIRST).exists():
        pytest.skip(f"there is no {FIRST}")
    page = visited.page
    open_notebook(page, lab, FIRST)
    run_all(page)
    wait_for_words(page, "ρ =")
    before = picture_words(page)
    knob(page, "Workers").focus()
    page.keyboard.press("ArrowRight")
    number = int(field(page, "Workers").input_value())
    wait_for_words(page, f"/ {number} workers")
    assert picture_words(page) != before
    assert visited.outside == []
    assert visited.errors == []


# -- by keyboard


def test_arrow_keys_on_a_slider_change_the_picture(page):
    assert workers_drawn(page) == 3
    knob(page, "Workers").focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    wait_for_words(page, "/ 5 workers = 0.50: stable")
    assert workers_drawn(page) == 5
    assert "worker-1 to worker-5" in picture_words(page)
    assert field(page, "Workers").input_value() == "5"
    assert python(page, "bench.workers") == "5"
    assert is_focused(knob(page, "Workers"))


def test_too_much_work_is_said_in_words(page):
    knob(page, "Workers").focus()
    page.keyboard.press("ArrowLeft")
    wait_for_words(page, "= 1.25: unstable")


def test_the_deployment_is_changed_by_keyboard(page):
    choice = page.get_by_label("Deployment")
    choice.focus()
    page.keyboard.press("ArrowUp")
    wait_for_box(page, "gunicorn")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    wait_for_words(page, "lines in")
    assert choice.input_value() == "slide24"
    assert knob(page, "Arrival rate, lines a second of each member").input_value() == "1"
    assert is_focused(choice)


def test_an_exact_number_is_typed(page):
    field(page, "Service time, ms").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("20")
    page.keyboard.press("Enter")
    wait_for_words(page, "50 a second × 20 ms / 3 workers")
    assert knob(page, "Service time, ms").input_value() == "20"
    assert python(page, "bench.service") == "0.02"


def test_jupyterlab_takes_no_keys(page):
    cells = page.locator(".jp-Notebook .jp-Cell")
    before = cells.count()
    for control in (page.get_by_label("Deployment"), knob(page, "Workers"), field(page, "Workers")):
        control.focus()
        for key in ("a", "b", "x", "d", "d", "j", "k", "z"):
            page.keyboard.press(key)
        assert is_focused(control)
    assert cells.count() == before


def test_tab_walks_through_all_controls_in_order(page):
    page.get_by_label("Deployment").focus()
    walked = []
    for _ in range(6):
        page.keyboard.press("Tab")
        walked.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
    names = ["Arrival rate, requests a second", "Service time, ms", "Workers, workers"]
    assert walked == [said for name in names for said in (name, f"{name}, as a number")]


def test_of_many_quick_turns_the_last_one_is_shown(page):
    python(page, "bench.observe(lambda change: globals().setdefault('seen', []).append(1), ['bench'])")
    knob(page, "Arrival rate").focus()
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    wait_for_words(page, "ρ = 80 a second")
    assert knob(page, "Arrival rate").input_value() == "80"
    assert python(page, "bench.rate") == "80.0"
    assert int(python(page, "len(seen)")) < 30, "older turns were not overtaken by newer ones"


# -- by mouse


def test_a_slider_is_dragged(page):
    box = knob(page, "Workers").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"], middle, steps=4)
    page.mouse.up()
    wait_for_words(page, "/ 16 workers")
    assert field(page, "Workers").input_value() == "16"


def test_a_deployment_is_chosen(page):
    page.get_by_label("Deployment").select_option(label="Slide 7: a WSGI server")
    wait_for_box(page, "gunicorn")
    assert workers_drawn(page) == 0


# -- what goes wrong, and what comes from Python


def test_a_wrong_number_is_told_and_the_picture_stays(page):
    before = picture_words(page)
    field(page, "Workers").fill("99")
    page.keyboard.press("Enter")
    wait_for_words(page, "workers=99: it must be a whole number, from 1 to 16 workers")
    assert picture_words(page) == before
    assert field(page, "Workers").input_value() == "99"
    assert field(page, "Workers").get_attribute("aria-invalid") == "true"
    page.keyboard.press("Control+A")
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    wait_for_words(page, "/ 4 workers")
    assert page.locator(".chansim-lab .problem").text_content() == ""
    assert field(page, "Workers").get_attribute("aria-invalid") is None


def test_a_knob_turned_in_python_moves_in_the_page(page):
    python(page, "bench.turn(rate=20)")
    wait_for_words(page, "ρ = 20 a second")
    assert knob(page, "Arrival rate").input_value() == "20"


def test_python_that_rebuilds_it_is_shown(page):
    assert page.locator(".chansim-lab code").inner_text() == python(page, "bench")

"""The lab in a real JupyterLab, by mouse and by keyboard. That the page asked for nothing outside, and had no
error, is seen to by the fixtures. One page for all tests, for opening it takes longest."""

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from browser.harness import end_kernels, open_notebook, run_all, visit

FIRST = "00_start_here.ipynb"
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
        end_kernels(here.page)


@pytest.fixture
def page(opened, request):
    """The lab as it was at first; after the test, a screenshot where somebody asked for them."""
    page = opened.page
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
        page.locator(".chansim-lab").first.screenshot(path=Path(SHOTS, f"{request.node.name}.png"))
    assert opened.outside == []
    assert opened.errors == []


# -- what a reader sees and does


SETTLED = """() => [...document.querySelectorAll(".chansim-lab")].every(lab =>
    lab.dataset.figures === "new" && (lab.dataset.sent === undefined || lab.dataset.sent === lab.dataset.turn))"""


def settled(page):
    """Until all that was asked for is answered, and a run of it is shown."""
    page.wait_for_function(SETTLED)


def box(page, name):
    return page.locator(f'.chansim-lab .topology [data-id="{name}"]')


def knob(page, name):
    return page.get_by_role("slider", name=re.compile(name))


def field(page, name):
    return page.get_by_role("spinbutton", name=re.compile(name))


def type_in(element, words, last="Enter"):
    """As a hand does it: a field that a program fills does not say that it has changed."""
    element.focus()
    for key in ("Control+A", *words, last):
        element.page.keyboard.press(key)


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def choice(page, name):
    return page.locator(f'.chansim-lab select[aria-label="{name}"]')


def problem(page):
    return page.locator(".chansim-lab .problem").first


def strip(page):
    return page.locator(".chansim-lab .strip").first.inner_text().replace("\n", " ")


def workers(page):
    return page.locator('.chansim-lab .topology [data-role="worker"]').count()


def code(page, expected):
    """Until the line says so, and the picture with it."""
    page.locator(".chansim-lab code").first.get_by_text(expected, exact=True).wait_for()
    settled(page)


def python(page, expression):
    """What the kernel says of *expression*."""
    return page.evaluate(
        """async code => {
            const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            const reply = await kernel.requestExecute({ code: "", user_expressions: { it: code } }).done;
            const it = reply.content.user_expressions.it;
            return it.status === "ok" ? it.data["text/plain"] : `${it.ename}: ${it.evalue}`;
        }""",
        expression,
    )


def is_focused(locator):
    return locator.evaluate("element => element === document.activeElement")


def drag(page, name, to):
    """Take a box by its middle and let it go near the lower edge of another."""
    here, there = box(page, name).bounding_box(), box(page, to).bounding_box()
    page.mouse.move(here["x"] + here["width"] / 2, here["y"] + here["height"] / 2)
    page.mouse.down()
    page.mouse.move(there["x"] + there["width"] / 2, there["y"] + there["height"] / 2, steps=4)
    page.mouse.move(there["x"] + there["width"] / 2, there["y"] + there["height"] - 6, steps=4)
    page.mouse.up()


# -- in the course


def test_in_the_first_notebook_a_key_on_a_knob_changes_the_picture(lab, visited):
    """It comes first here: at its end all kernels end."""
    if not (lab.root / FIRST).exists():
        pytest.skip(f"there is no {FIRST}")
    page = visited.page
    open_notebook(page, lab, FIRST)
    run_all(page)
    page.locator(".chansim-lab .topology").first.wait_for()
    before = strip(page)
    knob(page, "Arrival rate").first.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    settled(page)
    assert strip(page) != before
    assert visited.outside == []
    assert visited.errors == []


# -- workers, servers, machines


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_a_worker_is_added_and_taken_away(page, by):
    for name, line, count in (
        ("+ worker", 'deployments.slide16().add_worker("server")', 4),
        ("remove a worker", 'deployments.slide16().add_worker("server").remove("worker-4")', 3),
    ):
        if by == "mouse":
            button(page, name).click()
        else:
            button(page, name).focus()
            page.keyboard.press("Enter")
        code(page, line)
        assert workers(page) == count


def test_on_the_picture_keys_add_a_worker_take_it_away_and_take_it_back(page):
    box(page, "worker-2").focus()
    page.keyboard.press("+")
    code(page, 'deployments.slide16().add_worker("server")')
    assert workers(page) == 4
    assert is_focused(box(page, "worker-2"))
    page.keyboard.press("Delete")
    code(page, 'deployments.slide16().add_worker("server").remove("worker-2")')
    assert workers(page) == 3
    box(page, "worker-1").focus()
    page.keyboard.press("z")
    code(page, 'deployments.slide16().add_worker("server")')


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_a_server_and_a_machine_are_added(page, by):
    for name in ("+ server", "+ machine"):
        if by == "mouse":
            button(page, name).click()
        else:
            button(page, name).focus()
            page.keyboard.press(" ")
        settled(page)
    code(page, 'deployments.slide16().add_server("server").add_machine()')
    assert box(page, "machine:server-2").count() == 1
    assert page.locator('.chansim-lab .topology [data-role="interface"]').count() == 4


def test_a_machine_is_removed_by_its_panel(page):
    python(page, "bench.edit('add_machine')")
    frame = box(page, "machine:server-2")
    frame.wait_for()
    frame.focus()
    page.keyboard.press("Enter")
    button(page, "Remove").click()
    code(page, 'deployments.slide16().add_machine().remove("server-2")')
    assert frame.count() == 0


# -- moved


def test_a_worker_is_dragged_to_another_machine(page):
    python(page, "bench.edit('add_machine')")
    box(page, "machine:server-2").wait_for()
    settled(page)
    drag(page, "worker-1", "machine:server-2")
    code(page, 'deployments.slide16().add_machine().move("worker-1", "server-2")')
    frame, moved = box(page, "machine:server-2").bounding_box(), box(page, "worker-1").bounding_box()
    assert moved["y"] > frame["y"]


def test_a_worker_is_moved_by_a_key_and_keeps_the_focus(page):
    python(page, "bench.edit('add_machine')")
    box(page, "machine:server-2").wait_for()
    box(page, "worker-1").focus()
    page.keyboard.press("m")
    code(page, 'deployments.slide16().add_machine().move("worker-1", "server-2")')
    assert is_focused(box(page, "worker-1"))
    assert "worker on server-2" in box(page, "worker-1").get_attribute("aria-label")


def test_a_worker_is_moved_by_its_panel(page):
    python(page, "bench.edit('add_machine')")
    box(page, "machine:server-2").wait_for()
    box(page, "worker-3").click()
    choice(page, "Machine").select_option("server-2")
    code(page, 'deployments.slide16().add_machine().move("worker-3", "server-2")')


def test_a_box_that_is_let_go_where_it_was_stays(page):
    drag(page, "worker-1", "worker-2")
    settled(page)
    assert python(page, "bench.code") == "'deployments.slide16()'"
    assert box(page, "worker-1").get_attribute("transform") is None


# -- the layer, and another deployment


def test_the_layer_is_chosen_and_what_does_not_fit_says_why(page):
    isolated = choice(page, "Channel layer").locator("option[value=isolated]")
    assert isolated.is_disabled()
    assert "there is one machine" in isolated.inner_text()
    choice(page, "Channel layer").select_option("sharded")
    code(page, 'deployments.slide16().use_layer("sharded")')
    assert box(page, "shard-2").count() == 1
    choice(page, "Channel layer").focus()
    page.keyboard.press("ArrowUp")
    code(page, 'deployments.slide16().use_layer("sharded").use_layer("memory")')
    assert is_focused(choice(page, "Channel layer"))


def test_every_deployment_can_be_chosen(page):
    names = choice(page, "Deployment").locator("option").evaluate_all("all => all.map(each => each.value)")
    assert len(names) >= 13
    for name in names:
        choice(page, "Deployment").select_option(name)
        code(page, f"deployments.{name}()")
        assert page.locator(".chansim-lab .topology .box").count() >= 2
        assert problem(page).inner_text() == ""
    choice(page, "Deployment").focus()
    page.keyboard.press("Home")
    code(page, f"deployments.{names[0]}()")
    assert not choice(page, "Channel layer").is_visible()


# -- knobs


def test_arrow_keys_on_a_slider_change_strip_and_figures(page):
    before = page.locator(".chansim-lab .right .numbers").inner_text()
    knob(page, "Arrival rate").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    code(page, "deployments.slide16(rate=55.0)")
    assert "0.92" in strip(page)
    assert page.locator(".chansim-lab .right .numbers").inner_text() != before
    assert is_focused(knob(page, "Arrival rate"))


def test_too_much_work_is_said_in_words(page):
    type_in(field(page, "Arrival rate"), "80", "Enter")
    code(page, "deployments.slide16(rate=80.0)")
    assert "1.33 unstable" in strip(page)
    assert (
        "unstable, more work comes than the workers can do"
        in page.locator(".chansim-lab .summary").inner_text()
    )


def test_a_slider_is_dragged(page):
    bounds = knob(page, "Service time").bounding_box()
    middle = bounds["y"] + bounds["height"] / 2
    page.mouse.move(bounds["x"] + bounds["width"] / 4, middle)
    page.mouse.down()
    page.mouse.move(bounds["x"] + 2, middle, steps=4)
    page.mouse.up()
    settled(page)
    assert float(field(page, "Service time").input_value()) < 5


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_a_box_opens_its_knobs_and_turns_them(page, by):
    if by == "mouse":
        box(page, "layer").click()
    else:
        box(page, "layer").focus()
        page.keyboard.press("Enter")
    field(page, "^capacity, messages").wait_for()
    if by == "keyboard":
        page.wait_for_function("() => document.activeElement.type === 'range'")
        assert is_focused(knob(page, "^capacity, messages"))
    assert field(page, "^group expiry").count() == 0, "it changes nothing here"
    type_in(field(page, "^capacity, messages"), "7", "Tab")
    code(page, 'deployments.slide16().change("layer", capacity=7)')
    assert python(page, "bench.scenario['layer'].capacity") == "7"


def test_a_wrong_number_is_told_and_mended(page):
    box(page, "layer").click()
    type_in(field(page, "^capacity, messages"), "0", "Tab")
    problem(page).get_by_text("capacity=0: it must be a whole number of messages from 1").wait_for()
    assert field(page, "^capacity, messages").get_attribute("aria-invalid") == "true"
    assert python(page, "bench.code") == "'deployments.slide16()'"
    type_in(field(page, "^capacity, messages"), "9", "Tab")
    code(page, 'deployments.slide16().change("layer", capacity=9)')
    assert problem(page).inner_text() == ""
    assert field(page, "^capacity, messages").get_attribute("aria-invalid") is None


def test_of_many_quick_turns_the_last_one_is_shown_and_older_runs_are_given_up(page):
    python(page, "globals().update(ran=[])")
    python(page, "bench.observe(lambda change: ran.append(change['new']['of']), ['figures'])")
    knob(page, "Arrival rate").focus()
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    code(page, "deployments.slide16(rate=80.0)")
    assert field(page, "Arrival rate").input_value() == "80"
    assert int(python(page, "len(ran)")) < 20


# -- broken


@pytest.mark.parametrize("by", ["panel", "key"])
def test_a_worker_is_killed_and_comes_back(page, by):
    box(page, "worker-1").focus()
    if by == "key":
        page.keyboard.press("k")
        code(page, 'deployments.slide16().kill("worker-1", at=33)')
        page.keyboard.press("k")
        code(page, 'deployments.slide16().kill("worker-1", at=33).restart("worker-1", at=49.5)')
    else:
        page.keyboard.press("Enter")
        type_in(field(page, "killed at, seconds"), "20")
        button(page, "Kill").click()
        code(page, 'deployments.slide16().kill("worker-1", at=20)')
        assert "killed at 20 s" in box(page, "worker-1").text_content()
        type_in(field(page, "restarted at, seconds"), "30")
        button(page, "Restart").click()
        code(page, 'deployments.slide16().kill("worker-1", at=20).restart("worker-1", at=30)')
    assert "back at" in box(page, "worker-1").get_attribute("aria-label")


def test_a_way_is_cut_and_mended_by_key_and_by_panel(page):
    way = box(page, "clients → daphne")
    way.focus()
    page.keyboard.press("c")
    code(page, 'deployments.slide16().cut("server", "", at=33, seconds=17)')
    assert "cut from 33 to 50 s" in way.get_attribute("aria-label")
    page.keyboard.press("Enter")
    button(page, "Mend this way").click()
    code(page, 'deployments.slide16().cut("server", "", at=33, seconds=17).mend("server", "")')


def test_a_way_within_a_machine_cannot_be_cut_and_says_so(page):
    way = box(page, "daphne → layer")
    way.focus()
    page.keyboard.press("c")
    problem(page).get_by_text("a machine always reaches itself").wait_for()
    page.keyboard.press("Enter")
    assert button(page, "Cut this way").get_attribute("aria-disabled") == "true"


def test_what_cannot_be_removed_says_who_needs_it(page):
    box(page, "layer").focus()
    page.keyboard.press("Delete")
    problem(page).get_by_text("interface server 'daphne' needs it").wait_for()
    assert box(page, "layer").count() == 1


# -- undo, redo, reset, copy


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_undo_redo_and_reset(page, by):
    def press(name):
        if by == "mouse":
            button(page, name).click()
        else:
            button(page, name).focus()
            page.keyboard.press("Enter")

    button(page, "+ worker").click()
    code(page, 'deployments.slide16().add_worker("server")')
    for name, line in (
        ("Undo", "deployments.slide16()"),
        ("Redo", 'deployments.slide16().add_worker("server")'),
        ("Reset", "deployments.slide16()"),
        ("Undo", 'deployments.slide16().add_worker("server")'),
    ):
        press(name)
        code(page, line)
    assert workers(page) == 4


def test_copied_code_pasted_into_a_cell_gives_an_equal_scenario(page, opened):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    box(page, "worker-1").focus()
    for key in ("+", "k"):
        page.keyboard.press(key)
    type_in(field(page, "Arrival rate"), "60", "Enter")
    settled(page)
    button(page, "Copy as code").click()
    page.locator(".chansim-lab .code").get_by_text("copied", exact=True).wait_for()
    cell = page.locator(".jp-Notebook .jp-Cell").last
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.type("again = ")
    page.keyboard.press("Control+V")
    page.keyboard.press("Control+Enter")
    page.wait_for_timeout(300)
    assert python(page, "again == bench.scenario") == "True"
    assert python(page, "len(bench.bench.line.edits)") == "2"


# -- the keyboard as a whole


def test_jupyterlab_takes_no_keys(page):
    """Letters that the lab does not know either, on everything that can be focused."""
    box(page, "layer").click()
    field(page, "^capacity, messages").wait_for()
    cells = page.locator(".jp-Notebook .jp-Cell")
    before = cells.count()
    focusable = page.locator(".chansim-lab :is(input, select, button, [tabindex]):visible")
    bare = focusable.evaluate_all(
        "all => all.filter(each => !each.dataset.lmSuppressShortcuts).map(each => each.outerHTML)"
    )
    assert bare == []
    for element in (
        choice(page, "View"),
        knob(page, "Arrival rate"),
        button(page, "Reset"),
        box(page, "daphne"),
    ):
        element.focus()
        for key in ("a", "b", "x", "d", "d", "j"):
            page.keyboard.press(key)
        assert is_focused(element)
    assert cells.count() == before


def test_arrow_keys_walk_through_the_picture(page):
    box(page, "clients").focus()
    walked = []
    for key in ("ArrowRight",) * 6 + ("ArrowDown",) * 2:
        page.keyboard.press(key)
        walked.append(page.evaluate("document.activeElement.dataset.id"))
    assert {"daphne", "clients → daphne"} <= set(walked)
    assert any(name.startswith("worker") or "worker" in name for name in walked)
    assert page.locator(".chansim-lab .topology [tabindex='0']").count() == 1


def test_focus_can_be_seen(page):
    box(page, "worker-2").focus()
    page.keyboard.press("ArrowDown")
    focused = page.evaluate(
        "() => getComputedStyle(document.activeElement.querySelector('.edge, .reach')).strokeWidth"
    )
    assert float(focused.removesuffix("px")) >= 3


def test_a_screen_reader_hears_names_roles_and_numbers(page):
    worker = box(page, "worker-1")
    assert worker.get_attribute("role") == "button"
    assert re.fullmatch(
        r"worker-1, worker on server, busy \d+ % of the run", worker.get_attribute("aria-label")
    )
    assert re.search(
        r"[\d.]+/s there, [\d.]+/s back", box(page, "clients → daphne").get_attribute("aria-label")
    )
    summary = page.locator(".chansim-lab .summary")
    assert summary.get_attribute("role") == "status"
    assert "requests in 100 s" in summary.inner_text()


# -- views, and what is selected


def test_what_is_clicked_in_the_picture_is_marked_in_the_view_and_back(page):
    choice(page, "View").select_option("gantt")
    lane = page.locator('.chansim-lab .view [data-lane="worker-2"]').first
    lane.wait_for()
    box(page, "worker-2").click()
    page.locator('.chansim-lab .view [data-lane="worker-2"] .chansim-mark').first.wait_for()
    bar = page.locator('.chansim-lab .view [data-lane="worker-1"] [data-request]').first
    bar.click()
    page.locator(".chansim-lab .panel h4", has_text=re.compile(r"^request \d+$")).wait_for()
    choice(page, "View").select_option("channel_heatmap")
    settled(page)
    page.locator('.chansim-lab .view [data-channel="http.request"]').first.click()
    page.locator('.topology [data-id="channel:layer:http.request"][aria-pressed=true]').wait_for()


def test_every_view_can_be_chosen(page):
    names = choice(page, "View").locator("option").evaluate_all("all => all.map(each => each.value)")
    drawn = set()
    for name in names:
        choice(page, "View").select_option(name)
        page.locator(f".chansim-lab[data-view={name}] .view > *").first.wait_for()
        drawn.add(page.locator(".chansim-lab .view").inner_html())
        assert problem(page).inner_text() == ""
    assert len(drawn) == len(names)


# -- a long answer


def test_run_long_gives_an_interval_and_can_be_stopped(page):
    type_in(field(page, "Service time"), "10", "Enter")
    settled(page)
    button(page, "Run long").focus()
    page.keyboard.press("Enter")
    page.locator(".chansim-lab progress").wait_for()
    page.locator(
        ".chansim-lab .answer", has_text=re.compile(r"^\d+ runs of .* 95 % intervals: mean .* ± ")
    ).wait_for()
    if button(page, "Stop").is_visible():
        button(page, "Stop").click()
        page.locator(".chansim-lab .answer", has_text="Stopped.").wait_for()
    assert not button(page, "Stop").is_visible()
    button(page, "Run long").click()
    page.locator(".chansim-lab .answer", has_text="10 runs of").wait_for(timeout=60_000)


def test_a_change_gives_up_a_long_answer(page):
    button(page, "Run long").click()
    button(page, "Stop").wait_for()
    button(page, "+ worker").click()
    settled(page)
    assert not button(page, "Stop").is_visible()
    assert page.locator(".chansim-lab .answer").first.is_hidden()

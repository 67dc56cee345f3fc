"""The lab's knobs, its undo and copying, its views and long answers; and what the keyboard does as a whole."""

import re

import pytest

from browser.lab_widget.hands import (
    box,
    button,
    choice,
    code,
    comes_true,
    field,
    is_focused,
    knob,
    problem,
    python,
    settled,
    strip,
    type_in,
    workers,
)

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
    comes_true(page, "globals().get('again') == bench.scenario")
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

"""The player in Chromium: what it reckons is what Python reckons, and every control does what it says.

That a page asked for nothing outside, and had no error, is seen to by the fixtures.
"""

import random
import re
import time
from dataclasses import replace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from browser.alone import page_of, serious_faults
from browser.harness import end_kernel, open_notebook, run_all, visit
from chansim import deployments, simulate
from chansim.measures.rows import cut
from chansim.measures.state import state_at
from chansim.model.fault import Kill
from chansim.palette import SELECTED
from chansim.trace import EVENTS
from chansim.views.saying import said
from chansim.widgets import player

RUNS = {
    "wsgi": (deployments.slide06, {"rate": 40.0, "backlog": 3}),
    "channels": (deployments.slide16, {"rate": 90.0, "capacity": 8}),
    "chat": (deployments.slide24, {"members": 12, "rate": 1.0, "stay": 1.0}),
    "three machines": (deployments.slide31, {"rate": 60.0}),
}
STATE = """([at]) => {
    const model = window.models[0], rows = flow.read(model.get("window"), model.get("rows"));
    const state = flow.advance(rows, flow.beginning(rows), flow.placeAt(rows, at));
    return [[...state.waiting.keys()].sort((a, b) => a - b), [...state.working.keys()].sort((a, b) => a - b),
            state.counts, state.lost, state.groups, state.open];
}"""


def whole(run):
    """A player whose window holds all of the run."""
    assert len(run.trace) <= 5000, "too long for one window"
    return player(run)


@pytest.fixture(scope="module")
def run():
    return simulate(deployments.slide16(rate=90.0, capacity=8), seconds=4.0)


@pytest.fixture
def opened(page, run):
    """The player of the run, in a page of its own."""
    page.set_content(page_of(whole(run)))
    page.locator(".chansim-player .spot").first.wait_for()
    return page


def clock(page):
    return float(page.locator(".clock").first.inner_text().split()[0])


def status(page):
    return page.locator(".status").first.inner_text()


# -- what it reckons


@pytest.mark.parametrize("name", RUNS)
def test_the_browser_reckons_as_python_does(page, name):
    make, knobs = RUNS[name]
    trace = (one := simulate(make(**knobs), seconds=3.0)).trace
    page.set_content(page_of(whole(one)))
    page.wait_for_function("window.models")
    moments = [0.0, trace.end, *(random.Random(4).uniform(0, trace.end) for _ in range(20))]
    for at in moments:
        state, names = state_at(trace, at), trace.names
        waiting, working, counts, lost, groups, held = page.evaluate(STATE, [at])
        assert waiting == sorted(state.waiting)
        assert working == sorted(state.working)
        assert counts == state.counts
        for there, here in ((lost, state.lost), (groups, state.groups), (held, state.open)):
            assert {k: v for k, v in there.items() if v} == {names[k]: v for k, v in here.items() if v}


def test_every_event_is_told_in_the_same_words(page, run):
    seen = set()
    for make, knobs in RUNS.values():
        one = simulate(make(**knobs), seconds=3.0)
        page.set_content(page_of(whole(one)))
        page.wait_for_function("window.models")
        told = page.evaluate(
            """() => {
                const model = window.models[0], rows = flow.read(model.get("window"), model.get("rows"));
                return Array.from({ length: rows.own }, (_, i) => flow.said(rows, i));
            }"""
        )
        assert told == [said(row) for row in one.trace.rows()]
        seen |= {row.event for row in one.trace.rows()}
    assert seen >= set(EVENTS) - {"fault"}


# -- time


def test_play_moves_the_moment_and_pause_holds_it(opened, run):
    opened.get_by_role("button", name="Play", exact=True).click()
    opened.wait_for_function("parseFloat(document.querySelector('.clock').textContent) > 0.05")
    opened.get_by_role("button", name="Pause").click()
    held = clock(opened)
    opened.wait_for_timeout(150)
    assert clock(opened) == held
    assert opened.evaluate("models[0].get('at')") == pytest.approx(held, abs=0.0006)
    last = list(cut(run.trace, opened.evaluate("models[0].get('at')")).rows())[-1]
    assert status(opened) == said(last)


def test_stepping_goes_from_event_to_event_and_back(opened, run):
    rows = list(run.trace.rows())
    for number in range(5):
        opened.get_by_role("button", name="Next event").click()
        assert status(opened) == said(rows[number])
    for number in (3, 2, 1):
        opened.get_by_role("button", name="Previous event").click()
        assert status(opened) == said(rows[number])


def test_rewinding_asks_python_for_nothing(opened):
    scrub = opened.get_by_role("slider", name=re.compile("Moment"))
    for at in ("3.5", "0.4", "2", "0"):
        scrub.evaluate("(slider, at) => { slider.value = at; slider.dispatchEvent(new Event('input')); }", at)
        assert clock(opened) == float(at)
    assert opened.evaluate("models[0].asked") == []


def test_the_scrubber_is_moved_by_keys_by_shares_of_the_run(opened):
    """In every browser alike: left alone, Firefox goes a second and Chromium a hundredth."""
    scrub = opened.get_by_role("slider", name=re.compile("Moment"))
    scrub.focus()
    for key, at in (
        ("End", 4.0),
        ("ArrowLeft", 3.96),
        ("PageDown", 3.56),
        ("PageUp", 3.96),
        ("ArrowUp", 4.0),
    ):
        opened.keyboard.press(key)
        assert clock(opened) == pytest.approx(at, abs=0.001)
    opened.keyboard.press("ArrowRight")
    assert clock(opened) == 4.0


def test_the_speed_is_said_in_words_and_kept(opened):
    speed = opened.get_by_label("1 s of this is")
    speed.select_option(label="50 ms")
    begun = opened.evaluate("performance.now()")
    opened.get_by_role("button", name="Play", exact=True).click()
    opened.wait_for_function("parseFloat(document.querySelector('.clock').textContent) > 0.02")
    opened.get_by_role("button", name="Pause").click()
    seconds = (opened.evaluate("performance.now()") - begun) / 1000
    # a second of ours is a twentieth of the run's; a busy machine may drop frames, but never runs ahead
    assert 0.02 < clock(opened) <= 0.05 * seconds


def test_keys_do_all_of_it(opened, run):
    opened.get_by_role("button", name="Next event").focus()
    opened.keyboard.press("ArrowRight")
    assert status(opened) == said(next(run.trace.rows()))
    opened.keyboard.press("End")
    assert clock(opened) == 4.0
    opened.keyboard.press("Home")
    assert clock(opened) == 0.0
    before = opened.get_by_label("1 s of this is").input_value()
    opened.keyboard.press("+")
    assert float(opened.get_by_label("1 s of this is").input_value()) > float(before)
    worker = opened.locator('.spot[data-component="worker-1"]')
    worker.focus()
    opened.keyboard.press("Enter")
    assert opened.evaluate("models[0].get('selection')") == {"component": "worker-1"}
    opened.keyboard.press("Escape")
    assert opened.evaluate("models[0].get('selection')") == {}


def test_with_reduced_motion_it_steps_instead_of_playing(browser, run):
    with visit(browser, reduced_motion="reduce") as here:
        here.page.set_content(page_of(whole(run)))
        here.page.locator(".spot").first.wait_for()
        assert here.page.get_by_role("button", name="Play", exact=True).count() == 0
        here.page.locator(".spot").first.focus()
        here.page.keyboard.press("ArrowRight")
        first = clock(here.page)
        here.page.wait_for_timeout(300)
        assert clock(here.page) == first
        assert status(here.page) == said(next(run.trace.rows()))
        assert here.errors == []


# -- what is drawn


def go(page, at):
    page.evaluate("at => models[0].set('at', at)", at)


def test_a_dot_travels_along_the_arrow_in_step_with_the_trace(opened, run):
    row = next(row for row in run.trace.rows(event="sent", component="clients") if row.t > 1.0)
    arrives = next(each for each in run.trace.rows(message=row.message) if each.event == "received")
    places = []
    for share in (0.25, 0.5, 0.75):
        go(opened, row.t + share * (arrives.t - row.t))
        dot = opened.locator(f'.dot[data-message="{row.message}"][visibility="visible"]')
        places.append(float(dot.get_attribute("cx")))
    assert places[0] < places[1] < places[2]
    assert places[1] - places[0] == pytest.approx(places[2] - places[1], abs=0.21)


def test_queues_fill_and_workers_turn_busy(opened, run):
    at = 2.5
    go(opened, at)
    state, trace = state_at(run.trace, at), run.trace
    waiting = sum(trace.names[trace.channel[row]] == "http.request" for row in state.waiting.values())
    queue = opened.locator('.queue[data-channel="http.request"]')
    assert waiting > 0
    assert queue.locator("text").nth(1).text_content() == str(waiting)
    assert queue.locator(".waits").count() == min(waiting, 10)
    for row in state.working.values():
        name, request = trace.names[trace.component[row]], trace.request[row]
        said = opened.locator(f'.spot[data-component="{name}"]').get_attribute("aria-label")
        assert said.startswith(f"{name}, at work: request {request}")
    books = f"Sent {state.counts[0]} · received {state.counts[1]} · waiting {len(state.waiting)}"
    assert opened.locator(".books").inner_text().startswith(f"{books} · lost {state.counts[4]}")


def test_a_lost_message_ends_in_a_cross_that_says_why(opened, run):
    lost = next(run.trace.rows(event="lost"))
    go(opened, lost.t)
    assert opened.locator(".losses .cross").count() == 1
    assert opened.locator(".losses text").text_content() == "full"
    go(opened, lost.t - 0.001)
    assert opened.locator(".losses .cross").count() == 0


def test_the_play_head_is_at_the_moment(opened):
    for at in (0.0, 1.234, 3.9):
        go(opened, at)
        head, grid = opened.locator(".head"), opened.locator(".tick")
        ticks = [(float(grid.nth(i).text_content().split()[0]) / 1000,
                  float(opened.locator(".grid").nth(i).get_attribute("x1"))) for i in range(grid.count())]  # fmt: skip
        (t0, x0), (t1, x1) = ticks[0], ticks[-1]
        x = float(head.get_attribute("x1"))
        assert x == pytest.approx(x0 + (x1 - x0) * (at - t0) / (t1 - t0), abs=1.0)


def test_a_click_marks_a_component_a_channel_and_a_message_in_all_pictures(opened):
    go(opened, 2.5)
    opened.locator('.spot[data-component="worker-2"]').click()
    assert opened.evaluate("models[0].get('selection')") == {"component": "worker-2"}
    assert opened.locator('.spot.marked[data-component="worker-2"]').count() == 1
    assert opened.locator('.timeline .marked[data-component="worker-2"]').count() == 1
    opened.locator('.queue[data-channel="http.request"] text').first.click()
    assert opened.evaluate("models[0].get('selection')") == {"channel": "http.request"}
    assert opened.locator(".spot.marked").count() == 0
    square = opened.locator('.queue[data-channel="http.request"] .waits').first
    message = int(square.get_attribute("data-message"))
    square.click()
    assert opened.evaluate("models[0].get('selection')") == {"message": message}
    assert opened.locator(f'.waits.marked[data-message="{message}"]').count() == 1
    assert opened.locator(f'.timeline .item.marked[data-message="{message}"]').count() > 0
    assert f"Message {message}:" in opened.locator(".chosen").inner_text()
    opened.get_by_role("button", name=re.compile("Select request")).click()
    assert list(opened.evaluate("models[0].get('selection')")) == ["request"]


def test_a_crowded_page_leaves_out_arrows_and_nothing_else_and_says_so(page):
    busy = simulate(deployments.slide16(rate=50.0), seconds=6.0)
    page.set_content(page_of(whole(busy)))
    page.get_by_label("1 s of this is").select_option(label="10 ms")
    go(page, 3.0)
    assert page.locator(".timeline .arrow").count() > 0
    assert page.locator(".timeline .note").count() == 0
    page.get_by_label("1 s of this is").select_option(label="1 s")
    go(page, 3.1)
    assert page.locator(".timeline .arrow").count() == 0
    assert "choose a slower speed" in page.locator(".timeline .note").inner_text()
    begun = sum(1 for row in busy.trace.rows(event="begun"))
    assert page.locator(".timeline .work").count() == begun


def test_a_box_that_stands_for_many_gives_one_of_them_after_the_other(page):
    widget = whole(simulate(deployments.slide16(rate=90.0, workers=20), seconds=3.0))
    page.set_content(page_of(widget))
    many = page.locator(".spot").last
    lanes = next(spot["lanes"] for spot in widget.stage["spots"] if len(spot["lanes"]) > 1)
    picked = []
    for _ in lanes:
        many.click()
        picked.append(page.evaluate("models[0].get('selection').component"))
    assert sorted(picked) == sorted(lanes)


def test_what_is_broken_looks_and_sounds_so_while_it_is(page):
    scenario = deployments.slide16(rate=60.0)
    kill = Kill(name="fault", at=2.0, target="worker-1", down=1.0)
    page.set_content(
        page_of(whole(simulate(replace(scenario, components=(*scenario.components, kill)), seconds=4.0)))
    )
    worker = page.locator('.spot[data-component="worker-1"]')
    for at, broken in ((1.9, False), (2.01, True), (3.5, False)):
        go(page, at)
        assert ("broken" in worker.get_attribute("class").split()) == broken
        assert worker.get_attribute("aria-label").startswith("worker-1, killed") == broken
        assert ("broken: worker-1 killed" in page.locator(".books").inner_text()) == broken
    assert page.locator(".timeline .fault").count() == 0
    go(page, 2.01)
    assert page.locator(".timeline .fault").count() == 1


def test_a_selection_made_elsewhere_is_marked_here(opened):
    opened.evaluate("models[0].set('selection', { component: 'daphne' })")
    assert opened.locator('.spot.marked[data-component="daphne"]').count() == 1


# -- who it is for


def test_every_control_keeps_its_keys_from_jupyterlab(opened):
    unkept = opened.evaluate(
        """() => [...document.querySelectorAll('.chansim-player :is(button, select, input, summary, [tabindex])')]
            .filter((each) => each.dataset.lmSuppressShortcuts !== "true").map((each) => each.outerHTML)"""
    )
    assert unkept == []


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_no_serious_fault(page, run, dark):
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.set_content(page_of(whole(run), dark=dark))
    page.locator(".spot").first.wait_for()
    go(page, 2.5)
    page.locator('.queue[data-channel="http.request"] .waits').first.click()
    assert serious_faults(page) == []


def test_two_players_on_one_page_do_not_disturb_each_other(page, run):
    page.set_content(page_of(whole(run), whole(run)))
    page.locator(".chansim-player").nth(1).get_by_role("button", name="Next event").click()
    assert page.locator(".status").nth(0).inner_text() != page.locator(".status").nth(1).inner_text()


def test_it_ends_when_its_output_is_cleared(opened):
    opened.get_by_role("button", name="Play", exact=True).click()
    opened.evaluate("cleanups[0]()")
    held = clock(opened)
    opened.wait_for_timeout(200)
    assert clock(opened) == held


# -- windows


def test_playing_on_and_scrubbing_far_ask_for_another_window(page):
    long = simulate(deployments.slide16(rate=60.0), seconds=60.0)
    widget = player(long)
    page.set_content(page_of(widget))
    page.locator(".spot").first.wait_for()
    go(page, 50.0)
    assert page.evaluate("models[0].asked") == [{"at": 50.0}]
    widget._asked(widget, {"at": 50.0}, [])
    page.evaluate(
        """([about, text]) => {
            const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
            models[0].set("rows", new DataView(bytes.buffer));
            models[0].set("window", about);
        }""",
        [widget.window, widget.kept()["rows"]["base64"]],
    )
    assert clock(page) == 50.0
    state = state_at(long.trace, 50.0)
    assert (
        page.locator(".books")
        .inner_text()
        .startswith(f"Sent {state.counts[0]} · received {state.counts[1]} ")
    )


# -- in JupyterLab, with Python


KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
CELLS = [
    "from chansim import deployments, simulate\nfrom chansim.live import background",
    "from chansim.widgets import player",
    "first = player(simulate(deployments.slide16(rate=60.0), seconds=60.0))\nfirst",
    "from chansim.views import gantt\nfrom chansim.widgets import view\nbars = view(first.run, gantt, first)\nbars",
    "begun = background.start(deployments.slide16(rate=40.0, service=0.02), seconds=120.0)\nlive = player(begun)\nlive",
    "1",
]


@pytest.fixture(scope="module")
def notebook(lab, browser):
    cells = [new_code_cell(source) for source in CELLS]
    nbformat.write(new_notebook(cells=cells, metadata=KERNEL), lab.root / "player.ipynb")
    with visit(browser) as here:
        open_notebook(here.page, lab, "player.ipynb")
        run_all(here.page)
        here.page.locator(".chansim-player").nth(1).wait_for()
        yield here.page
        end_kernel(here.page)
        assert here.outside == []
        assert here.errors == []


def python(page, expression):
    return page.evaluate(
        """async code => {
            const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            const reply = await kernel.requestExecute({ code: "", user_expressions: { it: code } }).done;
            return reply.content.user_expressions.it.data["text/plain"];
        }""",
        expression,
    )


def test_in_lab_a_far_moment_comes_from_python_and_python_hears_of_it(notebook):
    first = notebook.locator(".chansim-player").first
    first.get_by_role("slider", name=re.compile("Moment")).focus()
    notebook.keyboard.press("End")
    notebook.wait_for_function(
        "document.querySelector('.chansim-player .clock').textContent.startsWith('60.000')"
    )
    python(notebook, "globals().update(words=__import__('chansim.views.saying').views.saying.said)")
    last = python(notebook, "words(list(first.run.trace.rows())[-1])").strip("'")
    first.locator(".status", has_text=last).wait_for()
    deadline = time.monotonic() + 60
    while python(notebook, "first.at, first.window['until']") != "(60.0, 60.0)":
        assert time.monotonic() < deadline, "Python did not hear of it"


def test_in_lab_its_keys_are_not_stolen(notebook):
    cells = notebook.locator(".jp-Cell").count()
    first = notebook.locator(".chansim-player").first
    first.get_by_role("button", name="Previous event").focus()
    before = first.locator(".status").inner_text()
    # alone, this test finds the player where it starts: there is nothing before that
    notebook.keyboard.press("ArrowRight" if "nothing has happened" in before else "ArrowLeft")
    deadline = time.monotonic() + 60  # the first frame may be a while in coming
    while first.locator(".status").inner_text() == before:
        assert time.monotonic() < deadline, "the key did not move it"
        notebook.wait_for_timeout(100)
    for key in ("b", "a", "ArrowDown"):
        notebook.keyboard.press(key)
    assert notebook.locator(".jp-Cell").count() == cells


def test_in_lab_a_selection_reaches_python_and_comes_from_there(notebook):
    first = notebook.locator(".chansim-player").first
    first.locator('.spot[data-component="worker-3"]').click()
    deadline = time.monotonic() + 60
    while "worker-3" not in python(notebook, "first.selected"):
        assert time.monotonic() < deadline, "Python did not hear of it"
    python(notebook, "setattr(first, 'selection', {'component': 'daphne'})")
    first.locator('.spot.marked[data-component="daphne"]').wait_for()


def test_in_lab_what_is_selected_in_one_picture_is_marked_in_the_other(notebook):
    first, bars = notebook.locator(".chansim-player").first, notebook.locator(".chansim-view")
    python(notebook, "setattr(first, 'selection', {})")
    marked = bars.locator(f'[stroke*="{SELECTED}"]')
    marked.first.wait_for(state="detached")
    first.locator('.spot[data-component="worker-2"]').click()
    marked.first.wait_for()
    bar = bars.locator("[data-message]").first
    message = int(bar.get_attribute("data-message"))
    bar.click()
    first.locator(".chosen", has_text=f"Message {message}:").wait_for()


def test_in_lab_a_view_is_gone_through_by_keys(notebook):
    bars = notebook.locator(".chansim-view")
    python(notebook, "setattr(first, 'selection', {})")
    cells = notebook.locator(".jp-Cell").count()
    bars.locator(".picture").focus()
    for _ in range(3):
        notebook.keyboard.press("ArrowRight")
    said = bars.locator("p").inner_text()
    assert said
    notebook.keyboard.press("Enter")
    notebook.locator(".chansim-player .chosen:visible").first.wait_for()
    notebook.keyboard.press("Escape")
    notebook.locator(".chansim-player .chosen").first.wait_for(state="hidden")
    notebook.keyboard.press("a")
    assert notebook.locator(".jp-Cell").count() == cells


def test_in_lab_a_run_is_followed_while_it_goes_on_and_stopped(notebook):
    live = notebook.locator(".chansim-player").nth(1)
    live.scroll_into_view_if_needed()
    early = live.locator(".books").inner_text()
    notebook.wait_for_function(
        "before => document.querySelectorAll('.books')[1].textContent !== before", arg=early
    )
    bars = live.locator(".timeline .item").count()
    assert bars > 0
    live.get_by_role("button", name="Stop the run").click()
    live.get_by_role("button", name="Stop the run", disabled=True).wait_for()
    assert python(notebook, "begun.running") == "False"
    assert python(notebook, "live.window['total'] == len(begun.run().trace)") == "True"

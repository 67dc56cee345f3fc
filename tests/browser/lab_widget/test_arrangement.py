"""The lab's deployment changed, by mouse and by keyboard: what is added and taken away, moved, chosen, broken."""

import pytest

from browser.harness import open_notebook, run_all
from browser.lab_widget.hands import (
    box,
    button,
    choice,
    code,
    drag,
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

FIRST = "00_start_here.ipynb"


# -- in the course


def test_in_the_first_notebook_a_key_on_a_knob_changes_the_picture(lab, visited):
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

"""The player's Python half: the windows hold what the trace says, and it answers what the browser asks."""

import json
import struct
from collections import Counter

import pytest

from chansim import ScenarioError, deployments, simulate
from chansim.live import background
from chansim.measures.rows import cut, is_plain
from chansim.selection import Selection
from chansim.views.stage import Stage
from chansim.views.window import LAYOUT, Windows
from chansim.widgets import player

SIZES = {"d": 8, "I": 4, "H": 2, "B": 1}


@pytest.fixture(scope="module")
def run():
    return simulate(deployments.slide16(rate=80.0, capacity=20), seconds=20.0)


def columns(window):
    """The columns again, by hand."""
    size = sum(SIZES[kind] for kind in LAYOUT.values())
    count, rest = divmod(len(window.rows), size)
    assert rest == 0
    found, offset = {}, 0
    for name, kind in LAYOUT.items():
        found[name] = struct.unpack_from(f"<{count}{kind}", window.rows, offset)
        offset += count * SIZES[kind]
    return found


@pytest.mark.parametrize("at", [0.0, 3.3, 11.0, 19.9, 20.0])
def test_a_window_has_its_rows_and_what_was_going_on(run, at):
    trace, windows = run.trace, Windows(Stage(run.scenario), run.trace, size=800)
    window = windows.at(at)
    about, found = window.about, columns(window)
    first, own, carried = about["first"], about["own"], about["carried"]
    assert about["since"] <= at <= about["until"]
    for name in ("t", "event", "component", "message", "detail"):
        assert list(found[name][carried : carried + own]) == list(trace.columns[name][first : first + own])
    state = windows.state(first)
    going_on = sorted([*state.waiting.values(), *state.working.values()])
    assert list(found["t"][:carried]) == [trace.t[row] for row in going_on]
    assert about["counts"] == [Counter(trace.event[:first])[event] for event in range(10)]


def test_what_is_on_the_network_as_a_window_ends_arrives_behind_it(run):
    trace, windows = run.trace, Windows(Stage(run.scenario), run.trace, size=800)
    seen = 0
    for at in range(1, 15):
        window = windows.at(float(at))
        about, found = window.about, columns(window)
        end = about["carried"] + about["own"]
        after = windows.state(about["first"] + about["own"])
        flying = {m for m, row in after.waiting.items() if is_plain(trace.names[trace.channel[row]])}
        assert set(found["message"][end:]) == flying
        seen += len(flying)
    assert seen > 0


def test_states_that_are_kept_give_the_same_as_counting_from_the_beginning(run, monkeypatch):
    monkeypatch.setattr("chansim.views.window.KEPT", 500)
    windows = Windows(Stage(run.scenario), run.trace)
    for row in (0, 499, 500, 501, 4000, len(run.trace)):
        state, plain = (
            windows.state(row),
            Windows(Stage(run.scenario), run.trace)._kept[0].copy().advance(row),
        )
        assert (state.row, state.waiting, state.working, state.counts) == (
            plain.row, plain.waiting, plain.working, plain.counts,
        )  # fmt: skip


def test_what_goes_to_the_browser_is_json_and_one_string_of_bytes(run):
    widget = player(run)
    assert json.loads(json.dumps(widget.kept()))["window"]["bytes"] == len(widget.rows)
    assert len(widget.rows) < 40 * 6000


def test_another_window_is_sent_when_it_is_asked_for(run):
    widget = player(run)
    assert widget.window["first"] == 0
    widget._asked(widget, {"at": 19.0}, [])
    assert widget.window["since"] < 19.0 <= widget.window["until"]
    for nonsense in ({"at": "x"}, {"at": float("nan")}, {}, "text", {"at": -5}, {"at": 1e9}):
        widget._asked(widget, nonsense, [])
    assert widget.window["total"] == len(run.trace)


def test_a_part_that_the_run_has_not_is_told_in_words(run):
    with pytest.raises(ScenarioError, match="from 0 to 20 s"):
        player(run, start=21.0)
    with pytest.raises(ScenarioError, match="above 0"):
        player(run, seconds=0)
    assert player(run, start=2.0, seconds=3.0).settings["until"] == 5.0


def test_a_viewer_without_widgets_has_the_moment_as_a_picture(run):
    widget = player(run, start=3.0)
    data, _ = widget._repr_mimebundle_()
    assert data["image/svg+xml"].startswith("<svg")
    assert "at 3.000 s" in data["text/plain"]
    widget.selected = Selection(component="worker-1")
    assert widget.selection == {"component": "worker-1"}
    assert widget.selected == Selection(component="worker-1")


def test_a_run_that_goes_on_is_followed_and_stopped():
    begun = background.start(deployments.slide16(rate=60.0, service=0.01), seconds=60.0)
    try:
        widget = player(begun)
        assert widget.settings["growing"]
        before = widget.window["total"]
        while widget.window["total"] <= before + 20:
            widget._asked(widget, {"at": None, "more": True}, [])
        assert widget.window["running"]
        widget._asked(widget, {"stop": True}, [])
    finally:
        begun.stop()
    assert not widget.window["running"]
    assert widget.window["total"] == len(begun.run().trace)


def test_windows_that_follow_give_the_same_as_new_ones(run, monkeypatch):
    monkeypatch.setattr("chansim.views.window.KEPT", 300)
    stage, trace = Stage(run.scenario), run.trace
    followed = Windows(stage, cut(trace, 5.0), size=500)
    for at in (6.0, 6.5, 12.0):
        longer = cut(trace, at)
        followed.follow(longer, unmoved=len(cut(trace, at - 2.0)))
        assert followed.at(at) == Windows(stage, longer, size=500).at(at)


def test_a_run_in_which_nothing_happened_can_be_looked_at():
    widget = player(simulate(deployments.slide16(rate=1e-6), seconds=1.0))
    assert widget.window["total"] == 0
    assert "Nothing happened" in repr(widget)

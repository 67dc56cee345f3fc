"""A race: a scenario executed over its simulation. What is asserted is what was done, never how long it took."""

import json
import sys
import threading
import time
from dataclasses import dataclass

import pytest

from chansim import ScenarioError, simulate
from chansim.course import recorded
from chansim.deployments import slide06, slide07, slide16
from chansim.model.component import Component
from chansim.overlay import Overlay
from chansim.views import ecdf, residuals
from chansim.widgets import race
from chansim.widgets.embedded import with_variables

SITE = slide07(rate=80, service=0.02, workers=4, seconds=0.6)


def until(true, patience=60.0):
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.01)


def dials(widget):
    return {each["name"]: each["value"] for each in widget.shown["dials"]}


def test_before_it_there_is_the_simulation_and_what_can_be_turned():
    widget = race(SITE, seed=3)
    expected = ecdf(simulate(SITE, seed=3), labels=["simulated"])
    assert widget.svg == with_variables(expected.svg)
    assert repr(widget) == f"A race of Slide 7: a WSGI server; run this cell to use it.\n{expected.words}"
    assert widget._repr_mimebundle_()[0]["image/svg+xml"] == expected.svg
    assert dials(widget) == {"clients.arrivals": 80, "gunicorn.workers": 4}
    assert (widget.shown["stage"], widget.overlay) == ("ready", None)
    assert json.loads(json.dumps(widget.kept()))["shown"]["seconds"] == 0.6


def test_while_it_is_on_the_count_and_the_curve_grow_and_at_its_end_it_lies_upon_its_replay():
    widget = race(SITE, seconds=1.2)
    widget.start()
    seen = []

    def grown():
        widget.look()
        seen.append((widget.shown["answered"], widget.curve))
        return widget.shown["stage"] == "over"

    until(grown)
    counts = [count for count, _ in seen[:-1]]
    assert counts == sorted(counts)
    assert any(curve.startswith("M") for count, curve in seen if count)
    assert all(curve == "" for count, curve in seen if not count)
    assert isinstance(widget.overlay, Overlay)
    assert widget.overlay.executed.scenario == widget.scenario == SITE
    assert widget.overlay.before is not None
    assert widget.shown["words"] == str(widget.overlay)
    picture = residuals(widget.overlay.simulated, widget.overlay.executed, widget.overlay.pairs)
    assert (widget.figure.svg.count("<path"), widget.curve) == (picture.svg.count("<path"), "")
    assert widget.figure.words.startswith(picture.words), "the words, and what the overlay says"


def test_stop_ends_the_run_and_its_threads():
    before = threading.active_count()
    widget = race(slide16(rate=50, service=0.01), seconds=10)
    widget.start()
    until(lambda: widget.look() or widget.shown["answered"])
    widget._asked(None, {"do": "stop"}, [])
    assert widget.shown["stage"] == "ending"
    widget.wait()
    assert widget.overlay.executed.trace.end < 10
    assert widget.shown["words"].startswith("It ended at ")
    until(lambda: threading.active_count() <= before)
    widget.stop()  # once more does no harm
    assert widget.shown["stage"] == "over"


def test_a_dial_is_for_the_next_race_and_not_for_the_one_that_is_on():
    widget = race(SITE, seconds=10)
    widget.start()
    turned = {"do": "turn", "dial": "clients.arrivals", "value": 40, "turn": "a"}
    widget._asked(None, turned, [])
    assert widget.shown["problem"] == "race: it is on: wait for its end, or stop it first"
    assert (widget.shown["turn"], dials(widget)["clients.arrivals"]) == ("a", 80), "the browser turns it back"
    widget.look()
    assert widget.shown["problem"], "it is not wiped out by the next look"
    with pytest.raises(ScenarioError, match="it is on"):
        widget.start()
    until(lambda: widget.look() or widget.shown["answered"] > 3)
    widget.stop()
    laid = widget.overlay
    widget._asked(None, turned, [])
    assert (widget.shown["problem"], widget.shown["stage"]) == ("", "ready")
    assert dials(widget)["clients.arrivals"] == 40
    assert widget.overlay is None
    assert laid.executed.scenario == SITE
    assert widget.simulated.trace.digest() == simulate(widget.scenario, seconds=10).trace.digest()
    assert widget.scenario["clients"].arrivals.rate == 40


def test_a_race_that_is_over_and_was_not_looked_at_stands_in_nobodys_way():
    widget = race(SITE, seconds=0.1)
    widget.start()
    until(lambda: not widget._begun.running)
    widget.turn("gunicorn.workers", 2)
    assert (widget.shown["stage"], dials(widget)["gunicorn.workers"]) == ("ready", 2)


def test_who_leaves_the_page_ends_the_race():
    widget = race(SITE, seconds=10)
    widget.start()
    begun = widget._begun
    widget.close()
    until(lambda: not begun.running)
    assert begun.trace.end < 10


def test_a_run_in_which_nobody_came_has_nothing_to_lay():
    widget = race(slide07(rate=0.001), seconds=0.1)
    widget.start()
    widget.wait()
    assert widget.shown["stage"] == "over"
    assert "no client asked for anything" in widget.shown["problem"]
    assert widget.overlay is None


@dataclass(frozen=True, kw_only=True)
class OnlySimulated(Component):
    def simulate(self, world):
        pass

    def execute(self, world):
        raise ScenarioError(f"{self.name}: it can only be simulated")


def test_what_cannot_be_executed_is_said_in_the_page_and_raised_in_a_program():
    widget = race(SITE.add(OnlySimulated(name="dream")))
    widget._asked(None, {"do": "start"}, [])
    assert widget.shown["problem"] == "dream: it can only be simulated"
    assert widget.shown["stage"] == "ready"
    with pytest.raises(ScenarioError, match="only be simulated"):
        widget.start()


@pytest.mark.parametrize(
    ("arguments", "named", "words"),
    [
        ((slide07,), {}, "it must be a Scenario; a deployment is a function: call it"),
        (("slide07",), {}, "race: scenario='slide07': it must be a Scenario"),
        ((SITE,), {"seconds": 60}, "seconds=60: it takes real time, and 10 s is the most"),
        ((SITE,), {"seconds": 0}, "a number of seconds above 0"),
        ((SITE,), {"seed": "x"}, "seed='x': it must be a whole number"),
        ((SITE, "clients.arrival"), {}, "it must be one of 'clients.arrivals'"),
        ((SITE, 7), {}, "dial=7: it must be one of"),
    ],
)
def test_wrong_input_is_answered_in_words(arguments, named, words):
    with pytest.raises(ScenarioError) as raised:
        race(*arguments, **named)
    assert words in str(raised.value)


def test_a_wrong_turn_leaves_all_as_it_was():
    widget = race(SITE)
    before = widget.scenario
    for dial, value, words in (
        ("gunicorn.workers", 0, "workers=0"),
        ("gunicorn.workers", "many", "a number of workers is needed"),
        ("nobody.home", 1, "it must be one of"),
    ):
        with pytest.raises(ScenarioError, match=words):
            widget.turn(dial, value)
    for nonsense in (None, [], 7, {}, {"do": "dance"}, {"do": "look"}, {"do": "stop"}):
        widget._asked(None, nonsense, [])
    widget._asked(None, {"do": "turn"}, [])
    assert "it must be one of" in widget.shown["problem"]
    assert (widget.scenario, widget.shown["stage"]) == (before, "ready")


def test_a_long_scenario_is_raced_for_its_first_seconds():
    assert race(slide07(seconds=60)).shown["seconds"] == 3.0
    assert race(slide06(seconds=0.5)).shown["seconds"] == 0.5
    assert race(slide07(seconds=None)).shown["seconds"] == 3.0


def test_of_any_scenario_two_things_are_turned_or_those_that_are_named():
    assert list(dials(race(slide16()))) == ["clients.arrivals", "site.io"]
    assert list(dials(race(slide16(), "worker-1.threads"))) == ["worker-1.threads"]


class TestWithoutThreads:
    SITE = slide07(rate=40, service=0.05, workers=4, seconds=2)

    @pytest.fixture(autouse=True)
    def _in_the_browser(self, monkeypatch):
        monkeypatch.setattr(sys, "platform", "emscripten")

    def test_the_recorded_run_is_shown_and_said_to_be_one(self):
        widget = race(self.SITE, recording="11-live")
        assert widget.shown["words"].startswith("There are no threads in the browser")
        assert "executed elsewhere, and recorded" in widget.shown["words"]
        assert "simulated: 70 latencies" in repr(widget), "to begin with as anywhere"
        widget.start()
        assert widget.overlay.executed.trace.digest() == recorded("11-live", self.SITE).trace.digest()
        assert widget.shown["words"].startswith("Executed elsewhere")
        assert widget.shown["stage"] == "over"

    def test_another_load_can_be_simulated_and_was_not_recorded(self):
        widget = race(self.SITE, recording="11-live")
        widget.turn("gunicorn.workers", 2)
        widget._asked(None, {"do": "start"}, [])
        assert "of the scenario as it was: turn it back" in widget.shown["problem"]
        widget.turn("gunicorn.workers", 4)
        widget.start()
        assert widget.overlay is not None

    def test_without_a_recording_there_is_the_simulation(self):
        widget = race(self.SITE)
        with pytest.raises(ScenarioError, match="no threads"):
            widget.start()
        assert widget.shown["stage"] == "ready"

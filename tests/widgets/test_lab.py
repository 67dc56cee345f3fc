"""The lab without a browser: what the widget tells one, what it takes from one, and its twin."""

import json
import os
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from chansim import ScenarioError
from chansim.bench import PRESETS, Bench, lab_picture
from chansim.widgets import Lab, lab


@pytest.fixture(scope="module")
def chat():
    """A lab whose knobs nobody turns."""
    return lab("slide24", rate=2, workers=2)


@pytest.fixture
def bench():
    """A lab to turn, small and quick."""
    return lab("slide07", rate=100, service=0.01, workers=2)


def turned(widget, of=None, deployment=None, **values):
    """What the browser sends when knobs were turned, one after the other, to stand at these *values*."""
    now = {knob["name"]: knob["value"] for knob in widget.shown["knobs"]}
    of = of or widget.deployment
    widget.wanted = {
        "turn": widget.wanted.get("turn", 0) + 1,
        "of": of,
        "deployment": deployment or of,
        "values": {**now, **values},
    }


# -- what it shows


@pytest.mark.parametrize("deployment", PRESETS)
def test_the_widget_shows_what_its_twin_returns(deployment):
    widget, twin = lab(deployment, workers=2), lab_picture(deployment, workers=2)
    assert widget.figure == twin
    assert widget.shown["svg"] == twin.svg
    assert twin.words.startswith(widget.shown["summary"])


def test_the_picture_is_one_svg_with_a_title_and_its_words():
    picture = lab_picture(workers=4)
    root = ElementTree.fromstring(picture.svg)
    assert root[0].text == "Slide 16: Channels"
    assert root.get("aria-label") == picture.words
    assert picture.svg.count('data-component="worker-') == 4
    assert "worker-1 to worker-4" in picture.words
    assert "latencies, p50" in picture.words


def test_another_process_with_another_hash_seed_draws_the_same():
    code = "from chansim.bench import lab_picture; print(lab_picture('slide24').svg)"
    other = os.environ | {"PYTHONHASHSEED": "1", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, "-c", code], env=other, capture_output=True, encoding="utf-8")
    assert done.stdout == lab_picture("slide24").svg + "\n", done.stderr


def test_the_twin_loads_no_widget_library():
    code = "import sys, chansim.bench; sys.exit('ipywidgets' in sys.modules or 'matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_the_summary_counts_and_says_whether_the_queue_settles():
    stable = Bench.of("slide16", rate=50, service=0.05, workers=3).look().summary
    assert "requests in 40 s" in stable
    assert "ρ = 50 a second × 50 ms / 3 workers = 0.83: stable" in stable
    full = Bench.of("slide16", rate=50, service=0.05, workers=2).look().summary
    assert "failed (full)" in full
    assert "= 1.25: unstable" in full


def test_at_exactly_its_capacity_the_queue_does_not_settle():
    assert "= 1.00: unstable" in Bench.of("slide07", rate=60, service=0.05, workers=3).foretells()


def test_in_the_chat_the_rate_is_each_members_and_lines_cost_by_member(chat):
    rate = chat.shown["knobs"][0]
    assert (rate["label"], rate["unit"]) == ("Arrival rate", "lines a second of each member")
    assert "ρ = 20 a second × 7 ms / 2 workers = 0.07: stable" in chat.shown["summary"]


def test_knobs_have_units_and_milliseconds_are_for_eyes_only(chat):
    units = [(knob["name"], knob["value"], knob["unit"]) for knob in chat.shown["knobs"]]
    assert units[1:] == [("service", 5.0, "ms"), ("workers", 2, "workers")]
    assert chat.service == 0.005


def test_what_is_sent_to_the_browser_is_json(chat):
    assert json.loads(json.dumps(chat.shown)) == chat.shown


@pytest.mark.parametrize("deployment", PRESETS)
def test_every_knob_starts_on_a_step_within_its_range(deployment):
    for knob in PRESETS[deployment].knobs:
        steps = (knob.shown(knob.start) - knob.low) / knob.step
        assert knob.low <= knob.shown(knob.start) <= knob.high
        assert steps == pytest.approx(round(steps))


# -- as code, and in a notebook


def test_its_repr_is_python_that_rebuilds_it(chat):
    assert repr(chat) == 'lab("slide24", rate=2.0, service=0.005, workers=2, seed=1)'
    again = eval(repr(chat))
    assert again.bench == chat.bench
    assert again.figure == chat.figure


def test_a_notebook_stores_the_widget_its_code_and_its_picture(chat):
    data, _ = chat._repr_mimebundle_()
    assert data["text/plain"] == repr(chat) == chat.shown["code"]
    assert data["image/svg+xml"] == chat.figure.svg
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == chat.model_id


# -- turned in Python


def test_turning_a_knob_in_python_draws_again(bench):
    before = bench.figure
    bench.workers = 4
    assert bench.figure != before
    assert bench.figure == lab_picture("slide07", rate=100, service=0.01, workers=4)
    assert bench.shown["knobs"][2]["value"] == 4


def test_another_seed_is_another_run(bench):
    before = bench.figure
    bench.turn(seed=2)
    assert bench.figure != before


def test_a_turn_is_seen_by_observers(bench):
    seen = []
    bench.observe(lambda change: seen.append(change["new"].rate), names=["bench"])
    bench.turn(rate=80, workers=3)
    assert seen == [80.0]


def test_between_deployments_with_the_same_knobs_they_stay_where_they_are(bench):
    bench.deployment = "slide16"
    assert (bench.rate, bench.service, bench.workers) == (100.0, 0.01, 2)


def test_other_knobs_stand_where_they_were_left(bench):
    bench.deployment = "slide24"
    assert (bench.rate, bench.service, bench.workers) == (1.0, 0.005, 2)
    bench.turn(rate=3, workers=4)
    bench.deployment = "slide07"
    assert (bench.rate, bench.service, bench.workers) == (100.0, 0.01, 4)
    bench.deployment = "slide24"
    assert bench.rate == 3.0


WRONG = {
    "rate=-5: it must be a number, from 1 to 200 requests a second": {"rate": -5},
    "rate=nan: it must be a number, from": {"rate": float("nan")},
    "rate='fast': it must be a number": {"rate": "fast"},
    "service=50 (50000 ms): it must be a number of seconds, from 1 to 200 ms": {"service": 50},
    "workers=0: it must be a whole number, from 1 to 16 workers": {"workers": 0},
    "workers=2.5: it must be a whole number": {"workers": 2.5},
    "workers=True: it must be a whole number": {"workers": True},
    "seed='a': it must be a whole number": {"seed": "a"},
    "deployment='slide99': it must be one of 'slide07', 'slide16', 'slide24'": {"deployment": "slide99"},
}


@pytest.mark.parametrize("words", WRONG)
def test_a_wrong_value_is_said_in_words(words):
    with pytest.raises(ScenarioError) as error:
        lab(**WRONG[words])
    assert str(error.value).startswith(f"lab: {words}")


def test_a_wrong_turn_leaves_all_as_it_was(bench):
    before = dict(bench.shown), bench.bench, bench.figure
    with pytest.raises(ScenarioError, match="workers=99"):
        bench.turn(rate=50, workers=99)
    assert (bench.shown, bench.bench, bench.figure) == before


# -- turned in the browser


def test_a_turn_in_the_browser_is_in_the_knobs_units(bench):
    turned(bench, rate=80, service=20)
    assert bench.bench == Bench("slide07", 80.0, 0.02, 2)
    assert bench.shown["turn"] == 1
    assert bench.shown["problem"] == ""
    assert bench.figure == lab_picture("slide07", rate=80, service=0.02, workers=2)


def test_a_wrong_value_from_the_browser_is_told_there_and_mended(bench):
    picture = bench.shown["svg"]
    for value, words in ((999, "rate=999: it must be"), (None, "rate=None: it must be")):
        turned(bench, rate=value)
        assert words in bench.shown["problem"]
        assert bench.shown["turn"] == bench.wanted["turn"]
        assert (bench.rate, bench.shown["svg"]) == (100.0, picture)
    turned(bench, rate=100)
    assert bench.shown["problem"] == ""


def test_what_was_turned_just_before_the_deployment_changed_is_kept(bench):
    turned(bench, deployment="slide24", rate=120)
    assert (bench.deployment, bench.rate) == ("slide24", 1.0)
    turned(bench, deployment="slide16", rate=4, workers=5)
    assert (bench.deployment, bench.rate, bench.workers) == ("slide16", 120.0, 5)


def test_a_bug_is_told_in_the_browser_too(bench, monkeypatch):
    def fails(self):
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(Bench, "look", fails)
    turned(bench, rate=80)
    assert bench.shown["problem"] == "unforeseen"
    assert bench.rate == 100.0


def test_only_what_the_browser_draws_is_sent():
    synced = set(Lab.class_traits(sync=True)) - set(Lab.__mro__[1].class_traits(sync=True))
    assert synced == {"wanted", "shown"}

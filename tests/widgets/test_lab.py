"""The lab without a browser: what the widget tells one, what it takes from one, and its twin."""

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from xml.etree import ElementTree

import pytest

from chansim import Scenario, ScenarioError, deployments
from chansim.bench import PRESETS, Bench, lab_picture, replications
from chansim.duration import Empirical
from chansim.widgets import Lab, lab
from chansim.widgets.background import Background, Cancelled
from chansim.widgets.lab import VIEWS


@pytest.fixture(scope="module")
def chat():
    """A lab to which nobody does anything."""
    return lab("slide24", rate=2.0, workers=2)


@pytest.fixture
def bench():
    """A lab to change, small and quick."""
    return lab("slide07", rate=100.0, service=0.01, workers=2)


def asked(widget, do, *values):
    """What the browser sends when somebody did something."""
    turn = widget.shown["turn"] + 1
    widget._asked(widget, {"turn": turn, "do": do, "with": list(values)}, [])
    assert widget.shown["turn"] == turn


# -- what it shows


@pytest.mark.parametrize("deployment", PRESETS)
def test_every_deployment_is_shown_and_its_twin_has_the_same_picture(deployment):
    widget = lab(deployment)
    assert widget.figure == lab_picture(deployment)
    assert widget.figure.words.startswith(widget.figures["summary"])
    json.dumps(
        [widget.shown, widget.figures, widget.view, widget.panel, widget.answer]
    )  # is all that goes to the browser


def test_every_box_of_the_scenario_is_in_the_picture_with_a_name_for_screen_readers(chat):
    boxes = {box["component"]: box for box in chat.shown["picture"]["boxes"]}
    assert set(boxes) == {each.name for each in chat.scenario if each.role}
    assert boxes["worker-2"]["words"] == "worker-2, worker on server"
    assert boxes["chatters"]["words"] == "chatters, chatters"


def test_the_channels_are_written_in_their_layer():
    channels = lab("slide32").shown["picture"]["channels"]
    assert {each["channel"] for each in channels} >= {"websocket.receive", "udp.receive", "tick"}
    assert {each["component"] for each in channels} == {"layer"}


def test_an_empty_machine_has_a_frame_to_drop_into():
    widget = lab("slide29", machines=2, workers=[1, 0])
    widget.edit("remove", "daphne-2")
    (frame,) = [each for each in widget.shown["picture"]["frames"] if each["name"] == "Machine 2"]
    assert frame["empty"]


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


def test_a_short_run_is_of_about_five_thousand_requests():
    for deployment in ("slide06", "slide07", "slide16", "slide29", "slide31"):
        assert 4500 < Bench.of(deployment).run().summary()["requests"] < 5500


def test_the_summary_counts_and_says_whether_the_queue_settles():
    full = Bench.of("slide16", rate=50.0, service=0.05, workers=2).look().summary
    assert "requests in 100 s" in full
    assert "failed (full)" in full
    assert "= 1.25: unstable" in full


# -- as code, and in a notebook


def test_its_repr_is_one_line_of_python_that_rebuilds_it(chat):
    assert repr(chat) == 'lab("slide24", rate=2.0, workers=2, seed=1)'
    again = eval(repr(chat))
    assert again.bench == chat.bench
    assert again.figure == chat.figure


def test_edited_its_repr_rebuilds_it_too_and_its_code_is_the_scenario(bench):
    bench.edit("kill", "gunicorn", at=3.0)
    assert repr(bench) == (
        "lab('deployments.slide07(rate=100.0, service=0.01, workers=2).kill(\"gunicorn\", at=3.0)', seed=1)"
    )
    assert eval(repr(bench)).bench == bench.bench
    assert eval(bench.code) == bench.scenario
    assert isinstance(bench.scenario, Scenario)
    assert deployments  # which the line needs


def test_a_notebook_stores_the_widget_its_code_its_words_and_its_picture(chat):
    data, _ = chat._repr_mimebundle_()
    assert data["text/plain"] == f"{chat!r}\n{chat.figure.words}"
    assert data["image/svg+xml"] == chat.figure.svg
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == chat.model_id


def test_a_scenario_made_by_hand_is_shown_and_comes_back_after_another_was_chosen():
    own = deployments.slide07(rate=100.0, service=0.01, workers=2).with_(title="My own")
    widget = lab(own, seed=3)
    assert widget.shown["deployments"][0] == ["", "Your own: My own"]
    assert widget.shown["deployment"] == ""
    assert widget.shown["dials"] == []
    assert widget.shown["above"] == ["from chansim import Scenario, duration, model"]
    assert repr(widget) == f"lab({widget.code}, seed=3)"
    assert widget.figure == lab_picture(own, seed=3)
    asked(widget, "worker", "server")
    asked(widget, "choose", "slide06")
    asked(widget, "choose", "")
    assert widget.scenario == own
    asked(widget, "undo")
    asked(widget, "undo")
    assert widget.scenario["gunicorn"].workers == 3
    asked(widget, "reset")
    assert widget.scenario == own


# -- changed in Python


def test_turning_draws_again(bench):
    before = bench.figure
    bench.turn(workers=4)
    assert bench.figure != before
    assert bench.figure == lab_picture("slide07", rate=100.0, service=0.01, workers=4)


def test_another_seed_is_another_run(bench):
    before = bench.figure
    bench.turn(seed=2)
    assert bench.figure != before


def test_undo_redo_and_reset(bench):
    states = [bench.code]
    for step in (
        lambda: bench.edit("change", "gunicorn", workers=3),
        lambda: bench.turn(rate=80.0),
        lambda: bench.reset(),
    ):
        step()
        states.append(bench.code)
    assert states[-1] == "deployments.slide07()"
    for code in reversed(states[:-1]):
        bench.undo()
        assert bench.code == code
    for code in states[1:]:
        bench.redo()
        assert bench.code == code
    with pytest.raises(ScenarioError, match="nothing to do again"):
        bench.redo()


def test_many_turns_of_one_knob_are_one_step_to_undo(bench):
    before = bench.code
    for rate in (90, 80, 70):
        asked(bench, "dial", "rate", rate)
    asked(bench, "knob", "gunicorn", "workers", 5)
    bench.undo()
    assert "rate=70.0" in bench.code
    bench.undo()
    assert bench.code == before


def test_after_something_new_there_is_nothing_to_do_again(bench):
    bench.turn(rate=80.0)
    bench.undo()
    bench.turn(rate=90.0)
    assert bench.shown["redo"] == 0


WRONG = {
    "clients 'clients': server": {"deployment": 'deployments.slide07().change("clients", server="x")'},
    "slide07: clients: rate=-5": {"deployment": "slide07", "rate": -5},
    "WSGI server 'gunicorn': workers=0: it must be": {"deployment": "slide07", "workers": 0},
    "lab: speed=3: slide07 has no such argument; it has rate, service, workers": {
        "deployment": "slide07",
        "speed": 3,
    },
    "lab: seed='a': it must be a whole number": {"seed": "a"},
    "lab: deployment='slide99': it must be one of 'slide06', 'slide07'": {"deployment": "slide99"},
    "slide16: clients: rate=Poisson(rate=50.0): it must be a number": {
        "rate": deployments.slide16()["clients"].arrivals
    },
    "lab: wsgi=<function": {"wsgi": lambda environ, start_response: []},
}


@pytest.mark.parametrize("words", WRONG)
def test_a_wrong_value_is_said_in_words(words):
    with pytest.raises(ScenarioError) as error:
        lab(**WRONG[words])
    assert str(error.value).startswith(words)


def test_what_cannot_be_leaves_all_as_it_was(bench):
    before = dict(bench.shown), bench.bench, bench.figure
    with pytest.raises(ScenarioError, match="workers=-3"):
        bench.turn(rate=50.0, workers=-3)
    with pytest.raises(ScenarioError, match="edit 'save': it must be one of"):
        bench.edit("save", "here")
    assert (bench.shown, bench.bench, bench.figure) == before


# -- changed in the browser


def test_a_dial_is_in_its_own_unit(bench):
    asked(bench, "dial", "service", 20)
    assert bench.code == "deployments.slide07(rate=100.0, service=0.02, workers=2)"
    assert bench.figures["of"] == bench.code


def test_what_is_wrong_is_told_there_and_mended(bench):
    before = bench.code
    for number, words in ((-1, "rate=-1.0: it must be"), (None, "a number of requests a second is needed")):
        asked(bench, "dial", "rate", number)
        assert words in bench.shown["problem"]
        assert bench.code == before
    asked(bench, "dial", "rate", 50)
    assert bench.shown["problem"] == ""


def test_what_is_unknown_is_told_and_does_nothing(bench):
    before = bench.code
    for do, values in (("__init__", []), ("edit", ["save", ["x"], {}]), ("view", ["os"]), ("dial", [])):
        asked(bench, do, *values)
        assert bench.shown["problem"]
    assert bench.code == before


def test_a_worker_more_is_a_process_or_a_copy_of_the_application(bench):
    asked(bench, "worker", "server")
    assert bench.code.endswith('.change("gunicorn", workers=3)')
    asked(bench, "no worker", "server")
    assert bench.scenario["gunicorn"].workers == 2
    asked(bench, "choose", "slide16")
    asked(bench, "worker", "server")
    assert bench.code == 'deployments.slide16().add_worker("server")'
    asked(bench, "no worker", "server")
    assert bench.scenario == deployments.slide16()


def test_a_bug_is_told_in_the_browser_too(bench, monkeypatch):
    def fails(self, **values):
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(Bench, "turned", fails)
    asked(bench, "dial", "rate", 80)
    assert bench.shown["problem"] == "unforeseen"


def test_the_panel_says_what_can_be_done_and_why_not(chat):
    asked(chat, "select", "layer")
    assert "interface server 'daphne' needs it" in chat.panel["remove"]
    assert chat.panel["kill"] == ""
    assert {"capacity", "expiry"} <= {knob["field"] for knob in chat.panel["knobs"]}
    asked(chat, "select", "chatters")
    assert chat.panel["kill"] is None
    asked(chat, "select", "")
    assert chat.panel == {"selected": ""}


def test_kinds_of_layer_that_do_not_fit_are_greyed_with_a_reason(chat):
    kinds = {each["kind"]: each for each in chat.shown["layers"]}
    assert kinds["shared"]["chosen"]
    assert "there is one machine" in kinds["isolated"]["why_not"]
    assert kinds["memory"]["why_not"] == ""


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_on_offer_draws(bench, view):
    asked(bench, "view", view)
    assert bench.shown["problem"] == ""
    assert bench.view["name"] == view
    assert bench.view["svg"].startswith("<svg")


def test_only_what_the_browser_draws_is_sent():
    synced = set(Lab.class_traits(sync=True)) - set(Lab.__mro__[1].class_traits(sync=True))
    assert synced == {"shown", "panel", "figures", "view", "answer"}


def test_a_law_is_chosen_beside_a_dial_and_each_choice_is_one_step_to_undo(bench):
    service = next(each for each in bench.shown["dials"] if each["name"] == "service")
    assert service["law"] == "Exponential"
    assert dict(service["laws"])["Constant"] == "always the same (constant)"
    asked(bench, "dial", "service", "Constant")
    asked(bench, "dial", "service", 20)
    asked(bench, "dial", "rate", "Regular")
    assert bench.code == (
        "deployments.slide07(service=duration.Constant(seconds=0.02), workers=2, arrivals=model.Regular(rate=100.0))"
    )
    assert bench.shown["above"] == ["from chansim import deployments, duration, model"]
    assert eval(repr(bench)).bench == bench.bench
    for rate in (None, 100.0):
        asked(bench, "undo")
        assert dict(bench.bench.line.arguments).get("rate") == (rate or 100.0)
    assert bench.code == "deployments.slide07(rate=100.0, service=duration.Constant(seconds=0.01), workers=2)"
    asked(bench, "dial", "service", "Zipf")
    assert "there is no such law" in bench.shown["problem"]


def test_knobs_that_are_no_numbers_are_turned_too():
    widget = lab("slide24", rate=2.0, workers=2)
    asked(widget, "select", "worker-1")
    (only,) = [knob for knob in widget.panel["knobs"] if knob["field"] == "only_channels"]
    assert (only["of"], only["value"]) == ("texts", "")
    asked(widget, "knob", "worker-1", "only_channels", "websocket.receive")
    assert widget.code.endswith('.change("worker-1", only_channels=("websocket.receive",))')
    asked(widget, "knob", "worker-1", "only_channels", "nothing.*")
    assert "it leaves no channel to listen to" in widget.shown["problem"]
    asked(widget, "undo")
    assert widget.scenario["worker-1"].only_channels == ()
    asked(widget, "edit", "add_server", ["server"], {})
    asked(widget, "select", "site.example")
    knobs = {knob["field"]: knob for knob in widget.panel["knobs"]}
    assert knobs["policy"]["value"] == "at random"
    assert "by client" in knobs["policy"]["options"]
    asked(widget, "knob", "site.example", "policy", "by client")
    assert widget.scenario["site.example"].policy == "by client"
    json.dumps([widget.shown, widget.panel], allow_nan=False)


def test_the_era_is_a_knob_of_all_layers_and_can_be_undone():
    widget = lab("slide31")
    asked(widget, "select", "layer-2")
    (era,) = [knob for knob in widget.panel["knobs"] if knob["field"] == "era"]
    assert (era["value"], era["options"]) == ("june2016", ("june2016", "channels10", "channels11"))
    asked(widget, "knob", "layer-2", "era", "channels10")
    asked(widget, "knob", "layer-2", "era", "channels11")
    assert widget.code == 'deployments.slide31().use_era("channels11")'
    assert widget.scenario == deployments.slide31(era="channels11")
    assert next(knob for knob in widget.panel["knobs"] if knob["field"] == "era")["value"] == "channels11"
    asked(widget, "undo")
    assert widget.code == 'deployments.slide31().use_era("channels10")'
    asked(widget, "knob", "layer-2", "era", "1999")
    assert "layer-2: era='1999': one of june2016, channels10, channels11 is needed" in widget.shown["problem"]
    json.dumps(widget.panel, allow_nan=False)


def test_a_law_that_has_no_one_number_is_shown_as_it_is():
    widget = lab("slide16", service=Empirical((0.01, 0.05)))
    service = next(each for each in widget.shown["dials"] if each["name"] == "service")
    assert service["value"] is None
    assert service["laws"][0] == ["", "as it is: empirical, 2 values, mean 30 ms"]
    json.dumps(widget.shown, allow_nan=False)
    asked(widget, "dial", "service", 20)
    assert "choose another law first" in widget.shown["problem"]
    asked(widget, "dial", "service", "Exponential")
    assert widget.code == "deployments.slide16(service=duration.Exponential(mean=0.03))"


# -- beside what the kernel is asked for


def test_a_long_answer_has_an_interval_which_shrinks(bench):
    bench.run_long()
    assert bench.answer["share"] == 1.0
    assert bench.answer["words"].startswith("10 runs of 50 s, 95 % intervals: mean ")
    widths = [found[0].interval.half_width for found in replications(Bench.of("slide07"), 8)]
    assert widths[-1] < max(widths[:2])


def test_progress_may_end_a_run(bench):
    told = []

    def stop_halfway(share):
        told.append(share)
        if share >= 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        bench.bench.run(progress=stop_halfway)
    assert told == sorted(told)


def test_a_run_that_tells_how_far_it_is_is_the_same_run(bench):
    assert bench.bench.run(progress=lambda share: None).trace.digest() == bench.bench.run().trace.digest()


def test_newer_work_ends_the_older():
    """The older would go on for ever, if nobody told it."""

    async def scene():
        background, results, ended = Background(nullcontext()), [], threading.Event()

        def endless(check):
            try:
                while True:
                    check(0.0)
                    time.sleep(0.001)
            finally:
                ended.set()
            yield

        background.start(endless, results.append)
        await asyncio.sleep(0.2)
        background.start(lambda check: iter(["newer"]), results.append)
        for _ in range(200):
            await asyncio.sleep(0.05)
            if ended.is_set() and results:
                break
        assert ended.is_set()
        assert results == ["newer"]

    asyncio.run(scene())


def test_what_the_browser_asks_for_is_not_undone_by_what_a_cell_began_before(bench, monkeypatch):
    """Jupyter answers the browser in one thread and runs cells in another; the older picture takes longer here."""
    begun, go_on = threading.Event(), threading.Event()

    def drawn(run):
        view = bench._view
        if view == "ecdf":
            begun.set()
            go_on.wait(60)
        return view

    monkeypatch.setattr(bench, "_drawn", drawn)
    cell = threading.Thread(target=bench._look_anew)
    browser = threading.Thread(target=asked, args=(bench, "view", "gantt"))
    cell.start()
    begun.wait(60)
    browser.start()
    browser.join(0.2)
    go_on.set()
    cell.join()
    browser.join()
    assert (bench.view["name"], bench.view["svg"]) == ("gantt", "gantt")


def test_what_goes_wrong_beside_is_handed_over():
    async def scene():
        background, failed = Background(nullcontext()), []

        def breaks(check):
            raise RuntimeError("unforeseen")
            yield

        background.start(breaks, print, failed=failed.append)
        for _ in range(200):
            await asyncio.sleep(0.05)
            if failed:
                break
        assert [str(error) for error in failed] == ["unforeseen"]

    asyncio.run(scene())


def test_changed_while_a_run_is_under_way_the_last_state_is_shown():
    async def scene():
        widget = lab("slide07", rate=100.0, service=0.01, workers=2)
        for rate in range(60, 90, 10):
            asked(widget, "dial", "rate", rate)
        for _ in range(200):
            await asyncio.sleep(0.05)
            if widget.figures["of"] == widget.code:
                break
        assert "rate=80.0" in widget.figures["of"]

    asyncio.run(scene())

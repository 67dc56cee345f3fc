"""The Gantt chart: a bar for each begun and ended."""

import re

import pytest

from chansim import Run, deployments, simulate
from chansim.measures import cut, utilisation
from chansim.views.axis import tick_label, ticks
from chansim.views.gantt import gantt
from measures.written import trace_of
from views.drawn import (
    HEAVY,
    SVG,
    groups,
    marked,
    modules_after,
    outside,
    overlaps,
    root,
    smallest_text,
    texts,
)

RUN = simulate(deployments.slide16(rate=50, workers=3), seed=1, seconds=10)
CHAT = simulate(deployments.slide24(members=10), seed=1, seconds=10)
POOL = simulate(deployments.slide07(rate=50), seed=1, seconds=10)
MANY = simulate(deployments.slide16(rate=400, workers=32), seed=1, seconds=3)

WRITTEN = Run(
    deployments.slide16(workers=2),
    trace_of(
        """
        1.0  begun  worker-1  http.request       2  7  view
        2.0  ended  worker-1  http.request       2  7  view
        2.0  begun  worker-2  websocket.receive  3  8  chat
        3.0  begun  worker-1  http.request       4  9  view
        3.5  lost   worker-1  http.request       4  9  worker killed
        3.5  fault  worker-1  -                  0  0  killed
        """,
        end=4.0,
    ),
    "simulated",
    1,
)


def test_each_worker_has_a_lane_and_each_bar_its_request():
    figure = gantt(WRITTEN, 0, 4)
    assert marked(figure, "lane") == ["worker-1", "worker-2"]
    assert marked(figure, "request") == ["7", "9", "8"]
    assert "Busy: worker-1 38%, worker-2 50%." in figure.words
    assert "Kinds: 2 × http.request, 1 × websocket.receive." in figure.words


def test_a_bar_is_as_long_as_the_work():
    boxes = [each.find("{*}rect") for each in groups(gantt(WRITTEN, 0, 4), "request")]
    widths = [float(box.get("width", 0)) for box in boxes if box is not None]
    assert widths[0] == pytest.approx(2 * widths[1], abs=0.2)
    assert widths[2] == pytest.approx(2 * widths[0], abs=0.2)


def test_open_and_broken_bars_and_faults_are_told():
    figure = gantt(WRITTEN, 0, 4)
    titles = [each.text or "" for each in root(figure).iter(SVG + "title")]
    assert any("still going on" in title for title in titles)
    assert any("killed" in title for title in titles)
    assert "Faults: worker-1 killed from 3.5 s to the end." in figure.words


def test_the_share_is_that_of_the_stretch_shown():
    figure = gantt(RUN, 2, 3)
    for lane in ("worker-1", "worker-2", "worker-3"):
        assert f"{lane} {utilisation(cut(RUN.trace, 5.0), lane, 2):.0%}" in figure.words


def test_it_shows_about_forty_bars_after_the_warm_up():
    words = gantt(RUN).words
    count = re.search(r"From 1 to [\d.]+ s of 10 s: (\d+) bars", words)
    assert count is not None
    assert 40 <= int(count[1]) <= 45


@pytest.mark.parametrize("run", [RUN, CHAT, POOL, MANY, WRITTEN])
@pytest.mark.parametrize("window", [(None, None), (0, 1000), (0.5, 0.25)])
def test_no_text_stands_on_another_or_is_cut(run, window):
    figure = gantt(run, *window)
    assert overlaps(figure) == []
    assert outside(figure) == []
    assert smallest_text(figure) >= 11
    assert len(figure.svg) < 150_000


def test_of_more_than_sixteen_lanes_the_rest_share_one():
    lanes = marked(gantt(MANY), "lane")
    assert len(lanes) == 16
    assert lanes[-1] == "… 17 more"


def test_bars_too_many_are_drawn_together_and_it_is_said():
    figure = gantt(RUN, 0, 10)
    assert groups(figure, "request") == []
    assert "drawn together" in figure.words


def test_the_lanes_of_a_wsgi_server_are_its_applications():
    assert marked(gantt(POOL), "lane") == ["gunicorn/1", "gunicorn/2", "gunicorn/3"]


def test_several_kinds_differ_in_more_than_colour():
    run = simulate(deployments.slide24(members=10), seed=1, seconds=10)
    figure = gantt(run, 0, 10)
    names = {text.words for text in texts(figure)}
    assert {"websocket.connect", "websocket.receive"} <= names
    assert figure.svg.count('height="3"') >= 1


def test_an_idle_stretch_is_said():
    idle = Run(deployments.slide16(), trace_of("", end=5.0), "simulated", 1)
    assert "No worker worked between 0.5 and 5 s." in gantt(idle).words
    nothing = Run(deployments.slide16(), trace_of("", end=0.0), "simulated", 1)
    assert "The run is 0 s long." in gantt(nothing).words


def test_without_workers_the_interface_servers_are_shown():
    run = simulate(deployments.slide16(workers=0, rate=20), seed=1, seconds=2)
    assert marked(gantt(run), "lane") == ["daphne"]


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [(0, 10, [0, 2, 4, 6, 8, 10]), (1, 1, [1]), (-0.4, 0.4, [-0.4, -0.2, 0, 0.2, 0.4])],
)
def test_ticks_are_round(low, high, found):
    assert ticks(low, high) == pytest.approx(found)


@pytest.mark.parametrize(
    ("value", "step", "text"), [(1500, 500, "1,500"), (0.25, 0.05, "0.25"), (-0.0, 1, "0"), (-20, 10, "−20")]
)
def test_tick_labels_have_the_decimals_of_the_step(value, step, text):
    assert tick_label(value, step) == text


def test_it_loads_only_the_standard_library():
    code = "from chansim import deployments, simulate, views\n"
    assert not HEAVY & modules_after(code + "views.gantt(simulate(deployments.slide16(), seconds=1))")

"""The channel heatmap: how full each channel was, and how old what waited in it."""

import re
from collections import Counter

import pytest

from chansim import Run, deployments, simulate
from chansim.measures import depth, requests
from chansim.model.fault import Kill
from chansim.palette import STEPS
from chansim.selection import Selection
from chansim.views.channel_heatmap import channel_heatmap
from chansim.views.waits import queues
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

FULL = simulate(deployments.slide16(rate=100, workers=3, capacity=20), seed=1, seconds=20)
CHAT = simulate(deployments.slide24(members=30), seed=1, seconds=10)
POOL = simulate(deployments.slide07(rate=100), seed=1, seconds=10)
LOCAL = simulate(deployments.slide31(rate=80, workers=(3, 1, 0), seconds=10), seed=1)

WRITTEN = Run(
    deployments.slide16(workers=1, capacity=2),
    trace_of(
        """
        1  sent      daphne    http.request  1  1
        2  sent      daphne    http.request  2  2
        4  received  worker-1  http.request  1  1
        5  sent      daphne    http.request  3  3
        6  lost      daphne    http.request  4  4  full
        6  sent      daphne    http.request  5  5
        6  lost      daphne    http.request  5  5  full
        7  received  worker-1  http.request  2  2
        """,
        end=10.0,
    ),
    "simulated",
    1,
)


def test_how_full_it_was_and_for_how_long():
    words = channel_heatmap(WRITTEN).words
    # two from 2 to 4 s and from 5 to 7 s; the one lost at its sending never waited
    assert "http.request: most 2 of 2, full for 4 s; lost 1 (full)." in words


def test_how_old_it_was():
    assert "http.request: most 5,000 ms; lost 1 (full)." in channel_heatmap(WRITTEN, "age").words


def test_the_most_is_that_of_the_depth_measured_elsewhere():
    most = depth(FULL.trace, "http.request").maximum
    assert f"http.request: most {most} of 20" in channel_heatmap(FULL).words


def test_the_time_it_was_full_is_that_of_the_depth_measured_elsewhere():
    steps = depth(FULL.trace, "http.request")
    ends = [*steps.times[1:], steps.end]
    full = sum(
        end - begin for begin, end, value in zip(steps.times, ends, steps.values, strict=True) if value >= 20
    )
    assert f"full for {full:.3g} s" in channel_heatmap(FULL).words
    assert full > 1


def test_a_full_channel_has_the_darkest_cells_and_a_thick_line_under_them():
    (row,) = [
        each
        for each in groups(channel_heatmap(FULL), "channel")
        if each.get("data-channel") == "http.request"
    ]
    cells = [each for each in row.iter(SVG + "rect") if each.get("fill") in STEPS]
    lines = [each for each in row.iter(SVG + "rect") if each.get("height") == "4"]
    darkest = [each for each in cells if each.get("fill") == STEPS[-1]]
    wide = [round(sum(float(each.get("width", 0)) for each in found)) for found in (darkest, lines)]
    assert wide[0] == wide[1] > 0


def test_losses_and_failures_are_marked_where_and_as_often_as_they_were():
    figure = channel_heatmap(FULL)
    lost = Counter(row.channel for row in FULL.trace.rows(event="lost"))
    assert sum(int(n) for n in marked(figure, "lost")) == sum(lost.values()) > 0
    failed = [each for each in requests(FULL.trace, ["clients"]) if each.outcome == "failed"]
    assert sum(int(n) for n in marked(figure, "failed")) == len(failed) > 0
    assert f"{len(failed):,} requests failed." in figure.words


def test_the_scale_does_not_hide_what_is_full():
    calm = channel_heatmap(simulate(deployments.slide16(rate=20, workers=3), seed=1, seconds=10))
    found = {each.get("fill") for group in groups(calm, "channel") for each in group.iter(SVG + "rect")}
    assert found & set(STEPS) == {STEPS[0]}
    assert marked(calm, "lost") == []


def test_each_layer_of_several_has_rows_of_its_own():
    names = [queue.name for queue in queues(LOCAL)]
    assert {"layer-1 · http.request", "layer-2 · http.request", "layer-3 · http.request"} <= set(names)
    assert "layer-3 · http.request: most" in channel_heatmap(LOCAL).words


def test_the_accept_queue_of_a_wsgi_server_has_its_backlog():
    backlog = POOL.scenario["gunicorn"].backlog
    words = channel_heatmap(POOL).words
    assert re.search(rf"gunicorn\.accept: most \d+ of {backlog:,}", words)


def test_every_message_of_a_queue_waited_once():
    sent = Counter(row.channel for row in FULL.trace.rows(event="sent") if row.channel)
    assert sum(len(queue.waits) for queue in queues(FULL)) == sum(sent.values())


@pytest.mark.parametrize(
    ("selection", "data"),
    [(Selection(request=300), "message"), (Selection(channel="http.request"), "channel")],
)
def test_what_is_selected_has_a_thick_outline(selection: Selection, data: str):
    figure = channel_heatmap(FULL, selection=selection)
    thick = [each for each in root(figure).iter(SVG + "rect") if each.get("stroke-width") == "3"]
    assert thick
    assert f"Selected: {selection}" in figure.words
    assert marked(figure, "channel")
    assert (data == "channel") or all(each.get("data-request") == "300" for each in thick)


@pytest.mark.parametrize("run", [FULL, CHAT, POOL, LOCAL, WRITTEN], ids=lambda run: run.scenario.title)
@pytest.mark.parametrize("what", ["depth", "age"])
def test_no_text_stands_on_another_or_is_cut(run: Run, what: str):
    figure = channel_heatmap(run, what, guess=5.0)
    assert overlaps(figure) == []
    assert outside(figure) == []
    assert smallest_text(figure) >= 11
    assert len(figure.svg) < 150_000
    assert "The guess was 5 s." in figure.words


def test_many_faults_and_many_channels_still_fit():
    scenario = deployments.slide31(machines=4, rate=60).add(
        *(Kill(name=f"k{n}", target=f"worker-{n % 4 + 1}-1", at=n / 4, down=0.1) for n in range(1, 48))
    )
    figure = channel_heatmap(simulate(scenario, seed=1, seconds=12))
    assert overlaps(figure) == []
    assert outside(figure) == []
    assert any("more" in text.words for text in texts(figure))


def test_other_words_are_refused():
    with pytest.raises(ValueError, match="what='length': it must be 'depth' or 'age'"):
        channel_heatmap(FULL, "length")


def test_nothing_to_draw_is_said():
    nothing = Run(deployments.slide16(), trace_of("", end=5.0), "simulated", 1)
    assert "Nothing was sent to any channel." in channel_heatmap(nothing).words


def test_it_loads_only_the_standard_library():
    code = "from chansim import deployments, simulate, views\n"
    assert not HEAVY & modules_after(
        code + "views.channel_heatmap(simulate(deployments.slide16(), seconds=1))"
    )

"""The space-time diagram: its arrows and bars are those of the trace."""

import re

import pytest

from chansim import Run, deployments, simulate
from chansim.measures import percentile, requests
from chansim.selection import Selection
from chansim.trace import Trace
from chansim.views.hops import bars, hops
from chansim.views.space_time import space_time
from measures.written import CHANNELS, FULL, trace_of
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


def run_of(trace: Trace) -> Run:
    """A run of slide 16 whose trace was written by hand."""
    return Run(deployments.slide16(), trace, "simulated", 1)


def test_hops_are_the_messages_of_a_request():
    found = hops(CHANNELS, {7})
    assert [(hop.message, hop.sender, hop.queue, hop.receiver) for hop in found] == [
        (1, "clients", "", "daphne"),
        (2, "daphne", "http.request", "worker-1"),
        (3, "worker-1", "http.response!*", "daphne"),
        (4, "daphne", "", "clients"),
    ]
    assert [(hop.sent, hop.received) for hop in found] == [(1, 1.5), (2.5, 3.5), (5.5, 6.5), (6.75, 7)]


def test_bars_are_those_that_lie_in_the_window():
    assert [(bar.lane, bar.begun, bar.ended) for bar in bars(CHANNELS)] == [
        ("daphne", 2.0, 2.5),
        ("worker-1", 3.5, 6.0),
        ("daphne", 6.5, 6.75),
    ]
    assert [bar.lane for bar in bars(CHANNELS, 3.0, 4.0)] == ["worker-1"]


def test_a_bar_still_open_has_no_end_and_one_of_a_killed_worker_is_broken():
    trace = trace_of(
        """
        1.0  begun  worker-1  http.request  2  7  view
        2.0  begun  worker-2  http.request  3  8  view
        3.0  lost   worker-1  http.request  2  7  worker killed
        """,
        end=10.0,
    )
    assert [(bar.lane, bar.ended, bar.broken) for bar in bars(trace)] == [
        ("worker-1", 3.0, True),
        ("worker-2", None, False),
    ]


def test_lifelines_stand_in_the_order_of_a_request():
    lines = marked(space_time(run_of(CHANNELS)), "lifeline")
    assert lines == ["clients", "daphne", "http.request", "http.response!*", "worker-1"]


def test_every_message_is_drawn_once_and_told():
    figure = space_time(run_of(CHANNELS))
    assert sorted(marked(figure, "message")) == ["1", "2", "3", "4"]
    assert "daphne → http.request → worker-1: waited 1000 ms" in figure.words
    assert "Request 7, answered in 6000 ms, 200" in figure.words
    assert "daphne → clients: “200”, took 250 ms" in figure.words


def test_a_message_lost_to_a_full_channel_ends_in_its_cause():
    figure = space_time(run_of(FULL), request=7)
    assert "daphne → http.request: lost, full" in figure.words
    assert "full" in [text.words for text in texts(figure)]


def test_it_shows_the_request_with_the_median_latency():
    served = [each for each in requests(RUN.trace, "clients") if each.answered is not None]
    latencies = [each.answered - each.opened for each in served]
    drawn = space_time(RUN, around=0)
    median = percentile(latencies, 0.5) * 1000
    told = float(drawn.words.split("answered in ")[1].split(" ms")[0])
    assert told == pytest.approx(median, rel=0.05)


@pytest.mark.parametrize("run", [RUN, CHAT, POOL], ids=["slide 16", "slide 24", "slide 7"])
@pytest.mark.parametrize("around", [0, 2, 6])
def test_no_text_stands_on_another_or_is_cut(run, around):
    figure = space_time(run, around=around)
    assert overlaps(figure) == []
    assert outside(figure) == []
    assert smallest_text(figure) >= 11


def test_at_most_sixty_messages_and_ten_lifelines_are_drawn():
    crowd = simulate(deployments.slide24(members=100), seed=1, seconds=3)
    figure = space_time(crowd)
    assert len(groups(figure, "message")) <= 60
    assert len(groups(figure, "lifeline")) <= 10
    assert "Not drawn" in figure.words
    busy = simulate(deployments.slide16(rate=2000, workers=30, service=0.01), seed=1, seconds=1)
    figure = space_time(busy, around=30)
    assert len(groups(figure, "lifeline")) <= 10
    assert len(figure.svg) < 150_000


def test_every_request_of_a_run_can_be_drawn():
    run = simulate(deployments.slide16(rate=100, workers=2, capacity=5), seed=2, seconds=1)
    for each in requests(run.trace, "clients"):
        figure = space_time(run, each.number)
        assert overlaps(figure) == []
        assert f"request {each.number} was sent" in figure.words


def test_a_request_never_answered_is_said():
    assert "Request 8, not answered" in space_time(run_of(FULL), request=8).words


def test_a_run_without_requests_is_said():
    assert "No client asked for anything" in space_time(run_of(trace_of("", end=1.0))).words


def test_a_request_that_is_not_there_is_said():
    assert (
        "There is no request 99 in this run; there are 1, from 7 to 7."
        in space_time(run_of(CHANNELS), 99).words
    )


def test_the_picture_is_the_same_each_time():
    assert space_time(RUN) == space_time(RUN)


def test_it_loads_only_the_standard_library():
    code = "from chansim import deployments, simulate, views\n"
    assert not HEAVY & modules_after(code + "views.space_time(simulate(deployments.slide16(), seconds=1))")


# Cuts, selection and what may be clicked.

NOBODY = simulate(deployments.daphne_no_workers(), seed=1)


def test_empty_time_is_cut_out_and_marked_and_said():
    figure = space_time(NOBODY, request=1, around=0)
    sent, lost = (
        next(row.t for row in NOBODY.trace.rows(event=each, channel="http.request"))
        for each in ("sent", "lost")
    )
    assert marked(figure, "cut")
    first = float(marked(figure, "cut")[0].split(" to ")[0])
    assert sent < first < lost
    said = re.search(r"Cut out: ([\d.]+) s, ([\d.]+) s\.", figure.words)
    assert said is not None
    assert float(said[1]) == pytest.approx(60, abs=0.1)
    shown = [text.words for text in texts(figure)]
    assert {f"cut: {said[1]} s", f"cut: {said[2]} s"} <= set(shown)
    assert overlaps(figure) == []
    assert outside(figure) == []


def test_time_is_to_scale_wherever_it_can_be():
    for run in (RUN, CHAT):
        figure = space_time(run)
        assert marked(figure, "cut") == []
        assert "Cut out" not in figure.words


def test_what_can_be_picked_is_marked_as_in_the_trace():
    figure = space_time(RUN, request=100, around=0)
    mine = {row.message for row in RUN.trace.rows(request=100) if row.message}
    drawn = {int(each) for each in marked(figure, "message")}
    assert drawn == mine
    assert set(marked(figure, "request")) == {"100"}
    assert {"http.request", "http.response!*"} <= set(marked(figure, "channel"))
    assert {"clients", "daphne"} <= set(marked(figure, "component"))


def test_a_selected_request_or_message_is_what_it_is_about():
    message = next(row.message for row in RUN.trace.rows(request=100, event="sent", channel="http.request"))
    for selection in (Selection(request=100), Selection(message=message)):
        figure = space_time(RUN, selection=selection)
        assert "since request 100 was sent" in figure.words
        assert f"Selected: {selection}" in figure.words
        thick = [each for each in root(figure).iter() if each.get("stroke-width") == "3"]
        assert thick


def test_a_selected_worker_has_a_thick_head():
    figure = space_time(RUN, request=100, selection=Selection(component="daphne"))
    (line,) = [each for each in groups(figure, "lifeline") if each.get("data-lifeline") == "daphne"]
    assert [each.get("stroke-width") for each in line.iter(SVG + "rect")] == ["3"]

"""Latency over time: every answer where it was asked for."""

import pytest

from chansim import Run, deployments, simulate
from chansim.measures import latencies, percentile, requests
from chansim.measures.deliveries import deliveries
from chansim.model.fault import Pause
from chansim.selection import Selection
from chansim.views.latency_over_time import MOST_DOTS, latency_over_time
from measures.written import trace_of
from views.charted import outside, overlaps, smallest_text

FEW = simulate(deployments.slide16(rate=20, workers=3), seed=1, seconds=10)
MANY = simulate(
    deployments.slide16(rate=100, workers=3, capacity=20).add(Pause(name="p", target="daphne", at=10.0)),
    seed=1,
    seconds=20,
)


def test_deliveries_are_the_latencies_with_their_requests():
    found = deliveries(MANY.trace, "clients")
    assert [each.seconds for each in found] == latencies(MANY.trace, "clients")
    opened = {each.number: each.opened for each in requests(MANY.trace, "clients")}
    assert all(opened[each.request] == each.opened for each in found)
    late = deliveries(MANY.trace, "clients", since=10.0)
    assert [each for each in found if each.opened >= 10.0] == late


@pytest.mark.parametrize("run", [FEW, MANY])
def test_the_words_have_the_numbers_of_the_trace(run: Run):
    words = latency_over_time(run).words
    values = latencies(run.trace, "clients")
    assert f"{len(values):,} answers" in words
    p99 = percentile(values, 0.99) * 1000
    assert f"p99 {p99:,.0f} ms" in words
    worst = max(deliveries(run.trace, "clients"), key=lambda each: each.seconds)
    assert f"asked for at {worst.opened:.4g} s" in words


def test_failures_and_the_unanswered_are_counted():
    words = latency_over_time(MANY).words
    asked = requests(MANY.trace, "clients")
    assert f"{sum(each.cause == 'full' for each in asked):,} failed (full)." in words
    assert f"{sum(each.outcome == 'waiting' for each in asked):,} not answered by the end." in words


def test_a_few_are_dots_and_many_are_cells():
    dots = latency_over_time(FEW)._chart.axes[0].lines[0]
    assert len(dots.get_xdata()) == len(latencies(FEW.trace, "clients")) <= MOST_DOTS
    labels = [patch.get_label() for patch in latency_over_time(MANY)._chart.axes[0].patches]
    assert any(label.endswith("answers") or label.endswith("answer") for label in labels)


def test_what_is_selected_has_rings():
    figure = latency_over_time(FEW, selection=Selection(request=30))
    rings = next(line for line in figure._chart.axes[0].lines if line.get_label() == "selected")
    (found,) = [each for each in deliveries(FEW.trace, "clients") if each.request == 30]
    assert list(rings.get_xdata()) == [found.opened]
    assert list(rings.get_ydata()) == pytest.approx([found.seconds * 1000])


@pytest.mark.parametrize("run", [FEW, MANY])
def test_no_text_stands_on_another_or_is_cut(run: Run):
    figure = latency_over_time(run, guess=0.3, selection=Selection(component="worker-1"))
    assert overlaps(figure) == []
    assert outside(figure) == []
    assert smallest_text(figure) >= 11
    assert len(figure.svg) < 150_000


def test_nothing_to_draw_is_said():
    nothing = Run(deployments.slide16(), trace_of("", end=5.0), "simulated", 1)
    assert "No client asked for anything in this run." in latency_over_time(nothing).words
    unserved = latency_over_time(simulate(deployments.slide16(workers=0), seed=1, seconds=2))
    assert "0 answers." in unserved.words

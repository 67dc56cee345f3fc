"""The difference of two runs, request by request."""

import re

import pytest

from chansim import Run, deployments, execute, simulate
from chansim.measures import percentile, requests
from chansim.selection import Selection
from chansim.views.difference import difference
from views.charted import outside, overlaps, smallest_text

WSGI = simulate(deployments.slide07(rate=50, workers=4), seed=1, seconds=20)
CHANNELS = simulate(deployments.slide16(rate=50, workers=4), seed=1, seconds=20)
OTHER = simulate(deployments.slide16(rate=30, workers=4), seed=1, seconds=20)


def differences(one: Run, other: Run) -> list[float]:
    """By another way: from the first answers' rows."""
    times = []
    for run in (one, other):
        opened, took = {}, {}
        for row in run.trace.rows(component="clients"):
            if row.event == "sent" and row.detail == "request":
                opened[row.request] = row.t
            elif row.event == "received":
                took.setdefault(row.request, row.t - opened[row.request])
        times.append(took)
    return sorted(times[1][number] - times[0][number] for number in times[0] if number in times[1])


def test_the_words_are_those_of_the_rows():
    values = differences(WSGI, CHANNELS)
    words = difference(WSGI, CHANNELS, labels=["WSGI", "Channels"]).words
    assert f"Channels − WSGI. {len(values):,} requests in both." in words
    slower = sum(value > 0 for value in values) / len(values)
    assert f"Channels was slower for {slower:.1%} of them" in words
    assert f"p50 {percentile(values, 0.5) * 1000:+.1f} ms" in words
    assert f"from {values[0] * 1000:+.1f} ms to {values[-1] * 1000:+.1f} ms".replace("-", "−") in words


def test_the_other_way_round_the_signs_change():
    there, back = (
        re.search(r"p50 (\S+) ms", difference(*pair).words) for pair in ((WSGI, CHANNELS), (CHANNELS, WSGI))
    )
    assert there is not None
    assert back is not None
    assert there[1].lstrip("+") == back[1].lstrip("−")


def test_another_workload_is_refused_in_words():
    figure = difference(WSGI, OTHER)
    assert re.search(
        r"Not the same workload: [\d,]+ requests were not sent at the same time in both\.", figure.words
    )


def test_those_that_one_alone_served_are_counted():
    small = simulate(deployments.slide16(rate=50, workers=1, capacity=10), seed=1, seconds=20)
    served = [
        {each.number for each in requests(run.trace, "clients") if each.outcome == "served"}
        for run in (WSGI, small)
    ]
    words = difference(WSGI, small, labels=["WSGI", "one worker"]).words
    assert f"{len(served[0] - served[1]):,} were served by WSGI alone." in words


def test_an_executed_run_may_be_laid_upon_a_simulated_one():
    scenario = deployments.slide07(rate=20, service=0.01, workers=4)
    figure = difference(simulate(scenario, seed=1, seconds=1), execute(scenario, seed=1, seconds=1))
    assert "requests in both" in figure.words


def test_nothing_in_common_is_said():
    unserved = simulate(deployments.slide16(rate=50, workers=0), seed=1, seconds=20)
    assert "No request was answered in both runs." in difference(WSGI, unserved).words
    with pytest.raises(ValueError, match="difference: 1 labels for 2 runs"):
        difference(WSGI, CHANNELS, labels=["one"])


@pytest.mark.parametrize("pair", [(WSGI, CHANNELS), (CHANNELS, WSGI), (WSGI, WSGI)])
def test_no_text_stands_on_another_or_is_cut(pair: tuple[Run, Run]):
    figure = difference(*pair, guess=0.004, selection=Selection(request=30))
    assert overlaps(figure) == []
    assert outside(figure) == []
    assert smallest_text(figure) >= 11
    assert len(figure.svg) < 150_000
    assert "Selected: request 30" in figure.words

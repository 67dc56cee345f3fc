import math

import pytest

from chansim import deployments, simulate
from chansim.measures import Request, in_flight, littles_law, requests
from measures.written import CHANNELS, FULL, NOTHING, trace_of


def test_each_side_is_measured_on_its_own():
    law = littles_law(CHANNELS, "clients")
    assert (law.number, law.rate, law.time) == (0.6, 0.1, 6.0)
    assert law.expected == pytest.approx(0.6)
    assert law.holds()


def test_a_request_that_is_never_answered_shows_as_an_error():
    law = littles_law(FULL, "clients")
    assert law.number == pytest.approx(0.75)  # 1.5 s and, never answered, 6 s, of 10 s
    assert law.time == 1.5
    assert law.error == pytest.approx(0.75 / (0.2 * 1.5) - 1)
    assert not law.holds()


def test_requests_in_flight_moment_by_moment():
    found = in_flight(requests(FULL, "clients"), FULL.end)
    assert found.times == [1.0, 2.5, 4.0]
    assert found.values == [1, 0, 1]


def test_requests_may_overlap():
    asked = [Request(1, 1.0, 4.0, "200"), Request(2, 2.0, 3.0, "200")]
    assert in_flight(asked, 5.0).values == [1, 2, 1, 0]


def test_too_few_open_is_as_wrong_as_too_many():
    law = littles_law(CHANNELS, "clients", until=2.0)
    assert law.error == pytest.approx(0.5 / (0.5 * 6.0) - 1)
    assert not law.holds()


def test_a_window_counts_what_was_open_and_what_came_in_it():
    law = littles_law(CHANNELS, "clients", since=2.0)
    assert law.number == 5.0 / 8.0
    assert math.isnan(law.rate)
    assert math.isnan(law.time)


@pytest.mark.parametrize("trace", [NOTHING, trace_of("0  sent  c  -  1  1  request", end=0.0)])
def test_no_requests_or_no_time_is_no_law(trace):
    law = littles_law(trace, "c")
    assert math.isnan(law.number)
    assert math.isnan(law.rate)
    assert math.isnan(law.error)
    assert not law.holds()


def test_it_holds_in_a_steady_run():
    run = simulate(deployments.slide16(rate=50.0, service=0.05, workers=4), seed=1, seconds=60)
    law = littles_law(run.trace, "clients", since=10.0)
    assert law.holds(within=0.02)
    assert law.error != 0.0

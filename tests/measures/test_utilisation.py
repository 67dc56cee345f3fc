import math

import pytest

from chansim.measures import busy, utilisation, utilisations
from measures.written import CHANNELS, NOTHING, POOL, trace_of


def test_a_lane_was_busy_from_begun_to_ended():
    assert busy(CHANNELS) == {"daphne": 0.75, "worker-1": 2.5}
    assert utilisations(CHANNELS) == {"daphne": 0.075, "worker-1": 0.25}


def test_a_named_lane_that_never_worked_was_idle():
    assert utilisation(POOL, ["gunicorn/1", "gunicorn/2"]) == 0.1
    assert utilisation(POOL, "gunicorn/2") == 0.2


def test_without_names_it_is_of_all_that_worked():
    assert utilisation(POOL) == 0.2


def test_an_open_bar_counts_to_the_end():
    trace = trace_of("6  begun  w  q  1  1", end=10.0)
    assert busy(trace) == {"w": 4.0}
    assert busy(trace, until=8.0) == {"w": 2.0}


def test_a_bar_ends_where_its_worker_is_killed_and_for_no_other_loss():
    trace = trace_of(
        """
        1  begun  v  q  1  1
        1  begun  w  q  2  2
        3  lost   v  q  1  1  worker killed
        3  lost   w  q  2  2  consumer failed
        4  ended  w  q  2  2
        """,
        end=10.0,
    )
    assert busy(trace) == {"v": 2.0, "w": 3.0}


def test_a_window_cuts_the_bars_at_its_ends():
    assert busy(CHANNELS, since=4.0, until=5.0)["worker-1"] == 1.0
    assert busy(CHANNELS, since=5.0)["worker-1"] == 1.0
    assert busy(CHANNELS, until=4.0)["worker-1"] == 0.5
    assert busy(CHANNELS, since=7.0)["worker-1"] == 0.0
    assert utilisation(CHANNELS, "worker-1", since=4.0, until=8.0) == 0.5


@pytest.mark.parametrize(
    ("trace", "lanes", "since"),
    [
        (NOTHING, ["w"], 0.0),
        (CHANNELS, [], 0.0),
        (CHANNELS, ["worker-1"], 10.0),
        (CHANNELS, ["worker-1"], 11.0),
    ],
)
def test_no_rows_no_lanes_or_no_time_is_no_utilisation(trace, lanes, since):
    assert math.isnan(utilisation(trace, lanes, since))


def test_no_time_is_no_utilisation_of_any_lane():
    assert math.isnan(utilisations(CHANNELS, since=10.0)["worker-1"])
    assert utilisations(NOTHING) == {}

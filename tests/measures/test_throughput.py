import math

import pytest

from chansim.measures import Bin, throughput, throughput_over_time
from measures.written import CHANNELS, CHAT, FULL, NOTHING, POOL, trace_of


def test_throughput_is_what_was_served_over_the_time():
    assert throughput(POOL, "clients") == 0.1  # one served and one refused, in 10 s


def test_a_broadcast_is_served_once():
    assert throughput(CHAT, "chatters") == 0.1


def test_a_window_counts_the_answers_in_it():
    assert throughput(CHANNELS, "clients", since=6.0) == 0.25
    assert throughput(CHANNELS, "clients", since=6.0, until=8.0) == 0.5
    assert throughput(CHANNELS, "clients", until=5.0) == 0.0
    assert throughput(CHANNELS, "clients", since=8.0) == 0.0


def test_asked_and_never_served_is_a_throughput_of_0():
    assert throughput(FULL, "clients") == 0.0


def test_nothing_asked_or_no_time_is_no_throughput():
    assert math.isnan(throughput(NOTHING, "clients"))
    assert math.isnan(throughput(CHANNELS, "clients", since=10.0))
    assert math.isnan(throughput(trace_of("0  sent  c  -  1  1  request", end=0.0), "c"))


def test_bins_add_up_to_what_was_served():
    bins = throughput_over_time(CHANNELS, "clients", width=4.0)
    assert bins == [Bin(0.0, 4.0, 0.0), Bin(4.0, 8.0, 0.25), Bin(8.0, 10.0, 0.0)]


def test_an_answer_at_the_very_end_falls_in_the_last_bin():
    trace = trace_of("0  sent  c  -  1  1  request\n 2  received  c  -  2  1  200", end=2.0)
    assert throughput_over_time(trace, "c", width=1.0) == [Bin(0.0, 1.0, 0.0), Bin(1.0, 2.0, 1.0)]


def test_there_are_no_bins_without_requests():
    assert throughput_over_time(NOTHING, "clients") == []


@pytest.mark.parametrize("width", [0.0, -1.0, math.nan])
def test_a_bin_has_a_width(width):
    with pytest.raises(ValueError, match="width="):
        throughput_over_time(CHANNELS, "clients", width)

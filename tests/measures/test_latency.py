import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chansim.measures import Counts, Request, counts, latencies, mean, percentile, requests
from measures.written import CHANNELS, CHAT, FULL, NOTHING, POOL, trace_of


def test_a_served_request_has_one_latency():
    assert latencies(CHANNELS, ["clients"]) == [6.0]
    assert requests(CHANNELS, "clients") == [Request(7, 1.0, 7.0, "200", None)]


def test_a_broadcast_has_a_latency_for_each_member_in_order_of_arrival():
    assert latencies(CHAT, "chatters") == [4.75, 5.5]


def test_a_broadcast_is_one_request_answered_when_the_first_member_has_it_and_connecting_is_none():
    assert requests(CHAT, "chatters") == [Request(9, 1.0, 5.75, "frame", None)]


def test_a_failed_request_has_the_cause_of_its_loss_and_no_latency():
    failed, waiting = requests(FULL, "clients")
    assert failed == Request(7, 1.0, 2.5, "503", "full")
    assert waiting == Request(8, 4.0)
    assert [failed.outcome, waiting.outcome] == ["failed", "waiting"]
    assert latencies(FULL, "clients") == []


def test_a_refused_connection_is_a_failure():
    assert [each.cause for each in requests(POOL, "clients")] == [None, "backlog full"]


def test_a_failure_that_lost_no_message_is_called_by_its_answer():
    trace = trace_of("0  sent  c  -  1  1  request\n 1  received  c  -  2  1  500", end=2.0)
    assert counts(requests(trace, "c")) == Counts(1, 0, {"500": 1}, 0)


def test_a_client_error_is_an_answer_as_good_as_any():
    trace = trace_of("0  sent  c  -  1  1  request\n 1  received  c  -  2  1  404", end=2.0)
    assert counts(requests(trace, "c")).served == 1


def test_a_part_of_a_response_is_no_answer_yet():
    trace = trace_of(
        "0  sent  c  -  1  1  request\n 1  received  c  -  2  1  part\n 3  received  c  -  3  1  200", end=4.0
    )
    assert latencies(trace, "c") == [3.0]


def test_an_answer_to_nobody_in_particular_is_not_counted():
    trace = trace_of("0  sent  c  -  1  1  connect\n 1  received  c  -  2  1  frame", end=2.0)
    assert requests(trace, "c") == []
    assert latencies(trace, "c") == []


def test_one_served_member_makes_a_request_served_though_another_copy_was_lost():
    trace = trace_of(
        "0  sent  c  s  1  1  frame\n 1  lost  d  x  2  1  full\n 1  received  c  -  3  1  503\n"
        "2  received  c  s  4  1  frame",
        end=3.0,
    )
    assert counts(requests(trace, "c")) == Counts(1, 1, {}, 0)


def test_requests_from_before_the_warm_up_is_over_are_left_out():
    assert latencies(CHANNELS, "clients", since=1.0) == [6.0]
    assert latencies(CHANNELS, "clients", since=1.1) == []


def test_only_the_components_named_are_clients():
    assert latencies(CHANNELS, "daphne") == []
    assert requests(CHANNELS, ["nobody"]) == []


def test_nothing_is_counted_in_a_trace_without_rows():
    assert requests(NOTHING, "clients") == []
    assert counts([]) == Counts(0, 0, {}, 0)


def test_mean_and_percentiles_of_nothing_are_not_numbers():
    assert math.isnan(mean([]))
    assert math.isnan(percentile([], 0.5))


def test_a_percentile_lies_on_the_straight_line_between_its_neighbours():
    assert percentile([40.0, 10.0, 30.0, 20.0], 0.5) == 25.0
    assert percentile([10.0, 20.0], 0.95) == pytest.approx(19.5)
    assert percentile([7.0], 0.99) == 7.0


@given(st.lists(st.floats(0, 1e3), min_size=2))
def test_percentiles_are_those_of_the_standard_library(values):
    hundredths = statistics.quantiles(values, n=100, method="inclusive")
    ours = [percentile(values, place / 100) for place in range(1, 100)]
    assert ours == pytest.approx(hundredths, abs=1e-9)


@given(st.lists(st.floats(0, 1e3), min_size=1), st.floats(0, 1), st.floats(0, 1))
def test_percentiles_never_fall_as_the_share_rises(values, q, r):
    low, high = sorted((q, r))
    assert min(values) <= percentile(values, low) <= percentile(values, high) + 1e-9 <= max(values) + 2e-9


@pytest.mark.parametrize("q", [-0.1, 1.1, 99, math.nan])
def test_a_percentile_is_asked_for_as_a_share(q):
    with pytest.raises(ValueError, match=r"share from 0 to 1.*q="):
        percentile([1.0], q)

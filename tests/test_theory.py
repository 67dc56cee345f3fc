"""The formulas against published numbers, each other, and a queue worked through by brute force."""

import heapq
import math
import random
import statistics
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chansim.theory import (
    MG1,
    MM1,
    ClosedMMc,
    MMc,
    MMcK,
    all_in_order,
    any_beyond,
    erlang_b,
    erlang_c,
    jobs_for,
    mm1_mean_wait_half_width,
    overtaken,
    relative_half_width,
    response_time,
    servers_for,
    servers_for_waiting,
    slowest_of,
    square_root_servers,
)

MS = 1e-3
SERVICE = 50 * MS

# The course's table (curriculum, 6.1). Its numbers are rounded to the last digit shown.


@pytest.mark.parametrize(
    ("rho", "mean", "p99"),
    [(0.5, 0.1, 0.461), (0.8, 0.25, 1.151), (0.9, 0.5, 2.303), (0.95, 1.0, 4.605), (0.99, 5.0, 23.026)],
)
def test_one_server_at_each_load_of_the_table(rho: float, mean: float, p99: float) -> None:
    queue = MM1(rate=20 * rho, service=SERVICE)
    assert queue.mean_sojourn == pytest.approx(mean)
    assert queue.percentile(0.99) == pytest.approx(p99, abs=0.0005)


@pytest.mark.parametrize(
    ("rho", "waiting", "mean", "p99"),
    [(0.8, 0.458, 64.3, 258), (0.9, 0.702, 93.9, 354), (0.95, 0.844, 155.5, 618)],
)
def test_eight_servers_at_each_load_of_the_table(rho: float, waiting: float, mean: float, p99: float) -> None:
    queue = MMc(rate=160 * rho, service=SERVICE, servers=8)
    assert queue.wait_probability == pytest.approx(waiting, abs=0.0005)
    assert queue.mean_sojourn / MS == pytest.approx(mean, abs=0.06)
    assert queue.percentile(0.99) / MS == pytest.approx(p99, abs=0.5)


@pytest.mark.parametrize(("queues", "mean"), [(1, 93.9), (2, 148.5), (4, 263.2), (8, 500)])
def test_eight_servers_do_better_behind_one_queue_than_behind_several(queues: int, mean: float) -> None:
    queue = MMc(rate=144 / queues, service=SERVICE, servers=8 // queues)
    assert queue.mean_sojourn / MS == pytest.approx(mean, abs=0.06)


def test_pooling_three_threes_into_nine() -> None:
    assert MMc(50, SERVICE, 3).mean_sojourn / MS == pytest.approx(120.2, abs=0.05)
    assert MMc(150, SERVICE, 9).mean_sojourn / MS == pytest.approx(67.0, abs=0.05)


@pytest.mark.parametrize(
    ("servers", "mean", "p99"),
    [(6, 79.4, 307), (7, 58.1, 244), (8, 52.8, 234), (10, 50.4, 231), (16, 50.0, 230)],
)
def test_more_servers_bring_less_and_less(servers: int, mean: float, p99: float) -> None:
    queue = MMc(rate=100, service=SERVICE, servers=servers)
    assert queue.mean_sojourn / MS == pytest.approx(mean, abs=0.05)
    assert queue.percentile(0.99) / MS == pytest.approx(p99, abs=0.5)


@pytest.mark.parametrize(("load", "servers"), [(1, 3), (5, 8), (10, 14), (50, 58), (100, 111)])
def test_staffing_so_that_one_in_five_waits(load: float, servers: int) -> None:
    assert servers_for_waiting(load, 0.2) == servers
    assert square_root_servers(load, 1.0) <= servers <= square_root_servers(load, 2.0)


@pytest.mark.parametrize(("scv", "wait"), [(0, 100), (0.25, 125), (1, 200), (math.e - 1, 272), (6.84, 784)])
def test_variability_of_the_service_makes_the_wait(scv: float, wait: float) -> None:
    assert MG1(rate=16, service=SERVICE, scv=scv).mean_wait / MS == pytest.approx(wait, abs=0.5)


def test_a_blocked_loop_waits_long_at_a_low_load() -> None:
    mean = 0.99 * 1 * MS + 0.01 * 300 * MS  # one message in a hundred takes 300 ms
    scv = (0.99 * (1 * MS) ** 2 + 0.01 * (300 * MS) ** 2) / mean**2 - 1
    queue = MG1(rate=100, service=mean, scv=scv)
    assert queue.utilisation == pytest.approx(0.4, abs=0.002)
    assert queue.mean_sojourn / MS == pytest.approx(79, abs=0.5)


@pytest.mark.parametrize(
    ("rate", "short", "long"),
    [(80, 1.2, 0), (90, 3.5, 0), (100, 7.4, 0.97), (120, 18.2, 16.7), (200, 50.0, 50.0)],
)
def test_a_full_channel_loses_as_the_table_says(rate: float, short: float, long: float) -> None:
    assert MMcK(rate, SERVICE, 5, places=15).loss * 100 == pytest.approx(short, abs=0.06)
    assert MMcK(rate, SERVICE, 5, places=105).loss * 100 == pytest.approx(long, abs=0.06)


def test_a_long_channel_turns_overload_into_a_second_of_delay() -> None:
    assert MMcK(120, SERVICE, 5, places=15).mean_sojourn / MS == pytest.approx(115, abs=0.5)
    assert MMcK(120, SERVICE, 5, places=105).mean_sojourn / MS == pytest.approx(1000, abs=0.5)


@pytest.mark.parametrize(("load", "lost"), [(4, 3.0), (6, 12.2), (8, 23.6), (10, 33.8), (16, 54.5)])
def test_pure_loss_with_eight_servers(load: float, lost: float) -> None:
    assert erlang_b(8, load) * 100 == pytest.approx(lost, abs=0.05)


@pytest.mark.parametrize(("copies", "mean", "late"), [(10, 14.6, 9.6), (100, 25.9, 63.4), (1000, 37.4, 100)])
def test_a_broadcast_is_as_slow_as_its_slowest_copy(copies: int, mean: float, late: float) -> None:
    assert slowest_of(copies, 5 * MS) / MS == pytest.approx(mean, abs=0.05)
    assert any_beyond(copies, 0.99) * 100 == pytest.approx(late, abs=0.05)


@pytest.mark.parametrize(
    ("users", "response", "throughput"),
    [(40, 52.8, 38.0), (84, 126, 74.6), (100, 258, 79.5), (200, 1500, 80), (400, 4000, 80)],
)
def test_users_who_wait_for_their_answer(users: int, response: float, throughput: float) -> None:
    queue = ClosedMMc(users, think=1.0, service=SERVICE, servers=4)
    assert queue.mean_sojourn / MS == pytest.approx(response, abs=0.5)
    assert queue.throughput == pytest.approx(throughput, abs=0.05)
    assert queue.knee == pytest.approx(84)


@pytest.mark.parametrize(
    ("rho", "percent"),
    [(0.5, (11, 3.3, 1.1)), (0.8, (22, 6.9, 2.2)), (0.9, (41, 13, 4.1)), (0.95, (80, 25, 8))],
)
def test_how_wide_ten_thousand_to_a_million_jobs_still_are(rho: float, percent: tuple[float, ...]) -> None:
    widths = [relative_half_width(rho, jobs) * 100 for jobs in (10_000, 100_000, 1_000_000)]
    assert widths == pytest.approx(percent, rel=0.05)


def test_how_many_jobs_five_percent_asks_for_at_95_percent_load() -> None:
    assert jobs_for(0.95, 0.05) == pytest.approx(2.6e6, rel=0.02)
    assert relative_half_width(0.95, jobs_for(0.95, 0.05)) == pytest.approx(0.05)


# Identities.

loads = st.floats(0.01, 0.99)
shares = st.floats(0, 0.999999)


@given(loads, shares)
def test_one_server_among_many_is_the_one_server(rho: float, share: float) -> None:
    one, many = MM1(rho / SERVICE, SERVICE), MMc(rho / SERVICE, SERVICE, 1)
    for name in ("utilisation", "wait_probability", "mean_wait", "mean_sojourn", "mean_number"):
        assert getattr(many, name) == pytest.approx(getattr(one, name))
    assert many.percentile(share) == pytest.approx(one.percentile(share), rel=1e-9, abs=1e-12)
    assert many.probability_over(0.2) == pytest.approx(one.probability_over(0.2))


@given(loads)
def test_little_holds_against_the_textbook_number_present(rho: float) -> None:
    assert MM1(rho / SERVICE, SERVICE).mean_number == pytest.approx(rho / (1 - rho))


@given(loads)
def test_exponential_services_make_mg1_into_mm1(rho: float) -> None:
    assert MG1(rho, 1, scv=1).mean_wait == pytest.approx(MM1(rho, 1).mean_wait)


@given(st.integers(1, 30), st.floats(0.05, 0.9))
def test_with_room_enough_nothing_is_lost_and_the_wait_is_that_of_mmc(servers: int, rho: float) -> None:
    endless, roomy = MMc(rho * servers, 1, servers), MMcK(rho * servers, 1, servers, places=servers + 600)
    assert roomy.loss < 1e-20
    assert roomy.mean_number == pytest.approx(endless.mean_number)
    assert roomy.mean_sojourn == pytest.approx(endless.mean_sojourn)


@given(st.integers(1, 30), st.floats(0.01, 50))
def test_with_no_room_to_wait_the_loss_is_erlang_b(servers: int, load: float) -> None:
    queue = MMcK(load, 1, servers, places=servers)
    assert queue.loss == pytest.approx(erlang_b(servers, load))
    assert queue.mean_wait == pytest.approx(0, abs=1e-9)


@given(st.integers(1, 20), loads, shares)
def test_a_percentile_is_where_the_tail_says(servers: int, rho: float, share: float) -> None:
    queue = MMc(rho * servers / SERVICE, SERVICE, servers)
    assert queue.probability_over(queue.percentile(share)) == pytest.approx(1 - share, rel=1e-6)


@given(st.integers(2, 20), st.floats(-1e-6, 1e-6))
def test_nothing_jumps_where_the_spare_capacity_is_one_server(servers: int, off: float) -> None:
    exact, near = MMc(servers - 1, 1, servers), MMc(servers - 1 + off, 1, servers)
    assert near.percentile(0.99) == pytest.approx(exact.percentile(0.99), rel=1e-4)
    tail = math.exp(-3) * (1 + 3 * exact.wait_probability)
    assert exact.probability_over(3) == pytest.approx(tail)


def test_the_tail_adds_up_to_the_mean() -> None:
    queue, step = MMc(6, 1, 8), 0.001
    area = step * math.fsum(queue.probability_over((n + 0.5) * step) for n in range(30_000))
    assert area == pytest.approx(queue.mean_sojourn, rel=1e-6)


def test_the_response_time_law_is_what_it_says() -> None:
    assert response_time(users=200, throughput=80, think=1) == pytest.approx(1.5)


@pytest.mark.parametrize("seconds", [0.2303, 0.24, 0.3, 1.0])
def test_servers_for_finds_the_least_number(seconds: float) -> None:
    enough = servers_for(rate=100, service=SERVICE, percentile=0.99, seconds=seconds)
    with_fewer = MMc(100, SERVICE, enough - 1)
    assert MMc(100, SERVICE, enough).percentile(0.99) <= seconds < with_fewer.percentile(0.99)


# Overload.


@pytest.mark.parametrize("rate", [20, 25, 400])
@pytest.mark.parametrize(
    "queue", [lambda r: MM1(r, SERVICE), lambda r: MMc(3 * r, SERVICE, 3), lambda r: MG1(r, SERVICE, 0)]
)
def test_a_queue_offered_too_much_can_still_be_described(rate: float, queue: Callable[[float], MMc]) -> None:
    over = queue(rate)
    assert over.utilisation == pytest.approx(rate / 20)
    assert not over.stable
    assert over.wait_probability == 1
    assert {over.mean_wait, over.mean_sojourn, over.mean_number, over.mean_waiting} == {math.inf}


def test_an_overloaded_queue_has_infinite_percentiles() -> None:
    for over in (MM1(20, SERVICE), MMc(60, SERVICE, 3)):
        assert over.percentile(0.5) == math.inf
        assert over.percentile(0) == 0
        assert over.probability_over(1e9) == 1


def test_full_load_is_unstable_whatever_the_last_bit_says() -> None:
    assert not MMc(rate=3 * (1 / 0.3), service=0.3, servers=3).stable
    assert not any(MM1(rate=1 / service, service=service).stable for service in (0.1, 0.3, 0.7, 1 / 49))


def test_erlang_c_is_certain_at_full_load_and_none_without_load() -> None:
    assert erlang_c(4, 4) == erlang_c(4, 9) == 1
    assert erlang_c(4, 0) == erlang_b(4, 0) == 0
    assert erlang_b(0, 3) == 1


# The independent oracle: customers one by one, each taken by the server that is free first (Kiefer and
# Wolfowitz 1955).


def worked_through(queue: MMc, jobs: int, seed: int) -> tuple[list[float], list[float]]:
    """The waits and the sojourns of `jobs` customers of a settled queue, without any formula."""
    draw = random.Random(seed)
    now, free = 0.0, [0.0] * queue.servers
    waits, sojourns = [], []
    for _ in range(jobs + jobs // 10):
        now += draw.expovariate(queue.rate)
        begin = max(now, free[0])
        end = begin + draw.expovariate(1 / queue.service)
        heapq.heapreplace(free, end)
        waits.append(begin - now)
        sojourns.append(end - now)
    return waits[-jobs:], sojourns[-jobs:]  # the first ones, begun with an empty queue, are not counted


@pytest.mark.parametrize(
    "queue", [MMc(14, SERVICE, 1), MMc(60, SERVICE, 4), MMc(128, SERVICE, 8), MMc(60, SERVICE, 5)]
)
def test_the_formulas_agree_with_a_queue_worked_through(queue: MMc) -> None:
    runs = [worked_through(queue, 10_000, seed) for seed in range(16)]
    late = queue.percentile(0.95)
    for expected, found in (
        (queue.mean_wait, [statistics.fmean(waits) for waits, _ in runs]),
        (queue.wait_probability, [sum(wait > 0 for wait in waits) / len(waits) for waits, _ in runs]),
        (queue.mean_sojourn, [statistics.fmean(sojourns) for _, sojourns in runs]),
        (0.05, [sum(sojourn > late for sojourn in sojourns) / len(sojourns) for _, sojourns in runs]),
    ):
        # Sixteen independent runs give their own standard error. Student's t with 15 degrees of freedom goes
        # beyond 4 of it once in 860 tests; the seeds are fixed, so that a pass stays a pass.
        error = statistics.stdev(found) / math.sqrt(len(found))
        assert statistics.fmean(found) == pytest.approx(expected, abs=4 * error)
        assert error < 0.1 * expected  # the runs are long enough for this to say something


def test_the_half_width_is_that_of_many_runs() -> None:
    rho, jobs, runs = 0.5, 4_000, 200
    means = [statistics.fmean(worked_through(MMc(rho, 1, 1), jobs, seed)[0]) for seed in range(runs)]
    found, expected = 1.96 * statistics.stdev(means), mm1_mean_wait_half_width(rho, jobs)
    # The spread of 200 runs is itself known to 1/√400 = 5 %; three times that is allowed.
    assert found == pytest.approx(expected, rel=0.15)


# What is refused.


@pytest.mark.parametrize(
    ("gap", "first", "second", "share"),
    [(0, 0.05, 0.05, 0.5), (0.01, 0.05, 0.05, 0.409), (0.005, 0.02, 0.005, 0.623)],
)
def test_the_second_of_two_messages_overtakes_the_first(
    gap: float, first: float, second: float, share: float
) -> None:
    assert overtaken(gap, first, second) == pytest.approx(share, abs=0.001)


def test_messages_in_order_are_pairs_that_are_not_overtaken_and_at_once_one_of_all_orders() -> None:
    assert all_in_order(2, 0.01, 0.05) == pytest.approx(1 - overtaken(0.01, 0.05, 0.05))
    assert all_in_order(5, 0.0, 0.05) == pytest.approx(1 / math.factorial(5))
    assert all_in_order(5, 10.0, 0.05) == pytest.approx(1.0)
    dice = random.Random(8)
    drawn = ([0.01 * place + dice.expovariate(20) for place in range(5)] for _ in range(100_000))
    found = sum(done == sorted(done) for done in drawn) / 100_000
    assert all_in_order(5, 0.01, 0.05) == pytest.approx(found, abs=4 * math.sqrt(0.04 / 100_000))


bad = [0, -1, math.nan, math.inf, -math.inf, "many", None, True, 10**400]


@pytest.mark.parametrize("value", bad)
@pytest.mark.parametrize("field", ["rate", "service", "servers"])
def test_a_wrong_number_is_named_with_what_would_be_right(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"MMc: {field} is .*must be"):
        MMc(**{"rate": 8.0, "service": 0.1, "servers": 2, field: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("share", [1, 99, -0.1, math.nan, None, "p99"])
def test_a_percentile_is_a_fraction_and_not_a_percentage(share: float) -> None:
    for queue in (MM1(8, 0.1), MMc(8, 0.1, 2)):
        with pytest.raises(ValueError, match=r"percentile is .* such as 0\.99"):
            queue.percentile(share)


@pytest.mark.parametrize(
    "call",
    [
        lambda: MMc(8, 0.1, 2.5),  # type: ignore[arg-type]
        lambda: MMcK(8, 0.1, 4, places=3),
        lambda: MG1(8, 0.1, scv=-1),
        lambda: MM1(8, 0.1).probability_over(-1),
        lambda: ClosedMMc(0, 1, 0.1, 2),
        lambda: erlang_b(-1, 3),
        lambda: erlang_c(0, 3),
        lambda: servers_for(100, SERVICE, 0.99, seconds=0.23),
        lambda: servers_for_waiting(3, 1.5),
        lambda: square_root_servers(3, beta=math.nan),
        lambda: response_time(10, 0, 1),
        lambda: slowest_of(0, 1),
        lambda: overtaken(-0.01, 1, 1),
        lambda: overtaken(0.01, 1, 0),
        lambda: all_in_order(0, 0.01, 1),
        lambda: relative_half_width(1, 100),
        lambda: relative_half_width(0.5, 0),
        lambda: jobs_for(0.5, 0),
    ],
)
def test_nonsense_is_refused_in_words(call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r" is .*it must be "):
        call()

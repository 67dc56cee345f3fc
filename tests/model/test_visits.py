"""Clients that lose patience, try again or read slowly: tiny worlds in which nothing else takes time."""

import math
from collections import Counter
from typing import Any

import pytest

from chansim import Run, Scenario, ScenarioError, execute, simulate
from chansim.duration import Constant, Exponential, TwoPoint
from chansim.measures.depth import depth
from chansim.measures.latency import counts, latencies, percentile, requests
from chansim.measures.visits import visits
from chansim.model.arrivals import Poisson
from chansim.model.balancer import Balancer
from chansim.model.client import Clients
from chansim.model.network import Link, Network
from chansim.model.retries import BackOff, Fixed
from model.tiny import AT_ONCE, answers, books, channels_world, fails, seen, site, wsgi_world


def came_of(run: Run) -> dict[str, Any]:
    counted = counts(requests(run.trace, "clients"))
    return {"served": counted.served, **counted.failed}


def asked(world: Scenario) -> list[float]:
    return [t for (t,) in seen(world, "t", event="sent", component="clients", detail="request")]


# -- patience


def test_who_loses_patience_hangs_up_and_the_worker_works_on() -> None:
    """One worker, a second a request; the second client leaves after 1.1 s, before its turn is over."""
    run = simulate(wsgi_world(0.0, 0.3, io=1.0).change("clients", patience=1.1))
    assert answers(run) == [(1.0, 1, "200")]
    hung_up = [round(row.t, 6) for row in run.trace.rows(event="sent", detail="gave up")]
    lost = [(row.t, row.component, row.request, row.detail) for row in run.trace.rows(event="lost")]
    assert (hung_up, lost) == ([1.4], [])  # everybody is done: nobody waits for the late answer
    assert came_of(run) == {"served": 1, "gave up": 1}
    assert requests(run.trace, "clients")[1].answered == pytest.approx(1.4)


def test_a_late_answer_is_lost_for_its_client_is_gone() -> None:
    world = wsgi_world(0.0, 0.3, 2.5, io=1.0).change("clients", patience=1.1)
    run = simulate(world)
    lost = [(row.t, row.component, row.request, row.detail) for row in run.trace.rows(event="lost")]
    assert lost == [(2.0, "clients", 2, "gone client")]
    assert [row.t for row in run.trace.rows(event="ended")] == [1.0, 2.0, 3.5]
    assert came_of(run) == {"served": 2, "gave up": 1}
    assert books(run.trace).lost == {"gone client": 1}


def test_a_patience_of_nothing_is_endless() -> None:
    assert answers(wsgi_world(0.0, 0.3, io=100.0).change("clients", patience=0.0))[-1] == (200.0, 2, "200")


def test_an_interface_server_that_is_hung_up_on_reads_no_reply_any_more() -> None:
    """In June 2016 the reply then waits until it expires."""
    world = channels_world(
        0.0, 0.1, application=site(io=1.0), server=AT_ONCE, workers=2, expiry=5.0, seconds=9.0
    )
    run = simulate(world.change("clients", patience=0.5))
    assert answers(run) == []
    assert came_of(run) == {"served": 0, "gave up": 2} or came_of(run) == {"served": 0, "expired": 2}
    lost = [(round(row.t, 6), row.channel[:14], row.detail) for row in run.trace.rows(event="lost")]
    assert lost == [(6.0, "http.response!", "expired"), (6.1, "http.response!", "expired")]
    assert books(run.trace).lost == {"expired": 2}


def test_an_answer_that_is_on_its_way_already_is_lost_at_the_client() -> None:
    """50 ms each way: it hangs up at 0.12, with the answer, sent at 0.1, on the way."""
    there = Network(Link(0.0), Link(0.0), outside=Link(0.05))
    world = channels_world(0.0, application=site(io=0.05), server=AT_ONCE, network=there, seconds=1.0)
    run = simulate(world.change("clients", patience=0.12))
    assert [(round(row.t, 6), row.detail) for row in run.trace.rows(event="lost")] == [(0.15, "gone client")]
    assert books(run.trace).waiting == 0


def test_who_hangs_up_on_a_wsgi_server_makes_room_for_nobody() -> None:
    """M/M/1 at half load: since whoever has gone is served all the same, the waits are as without patience, and
    the share that gives up is P(W > 0.2 s) = e^(-(20 - 10)·0.2) = e^-2. Of 10 000, five binomial deviations,
    for they come in clumps."""
    world = wsgi_world(0.0, io=Exponential(0.05)).change("clients", arrivals=Poisson(10.0), patience=0.2)
    found = came_of(simulate(world, seconds=1000.0))
    expected, count = math.exp(-2), sum(found.values())
    assert found["gave up"] / count == pytest.approx(
        expected, abs=5 * math.sqrt(expected * (1 - expected) / count)
    )


# -- retries


def test_a_refused_client_tries_again_after_its_wait() -> None:
    """No backlog, a second a request: refused at 0.2 and 0.6, let in at 1.0."""
    world = wsgi_world(0.0, 0.2, io=1.0, backlog=0).change("clients", retry=Fixed(0.4, times=5))
    assert asked(world) == [0.0, 0.2, 0.6, 1.0]
    assert answers(world) == [(0.2, 2, "refused"), (0.6, 3, "refused"), (1.0, 1, "200"), (2.0, 4, "200")]


def test_after_its_last_try_it_has_failed_for_good() -> None:
    world = wsgi_world(0.0, 0.2, io=9.0, backlog=0).change("clients", retry=Fixed(1.0, times=2))
    assert asked(world) == [0.0, 0.2, 1.2, 2.2]
    assert simulate(world).trace.end == 9.0


def test_backing_off_without_jitter_is_exact() -> None:
    habit = BackOff(first=1.0, times=3, jitter=False)
    world = wsgi_world(0.0, 0.5, io=20.0, backlog=0).change("clients", retry=habit)
    assert asked(world) == [0.0, 0.5, 1.5, 3.5, 7.5]


def missing(environ: dict[str, Any], start_response: Any) -> Any:
    start_response("404 Not Found", [])
    return []


def test_a_503_is_worth_another_try_and_a_404_is_not() -> None:
    assert asked(wsgi_world(0.0, wsgi=fails).change("clients", retry=Fixed(1.0, times=2))) == [0.0, 1.0, 2.0]
    assert asked(wsgi_world(0.0, wsgi=missing).change("clients", retry=Fixed(1.0, times=2))) == [0.0]


def test_who_gave_up_tries_again_while_the_server_still_works_for_nobody() -> None:
    """A second each, patience 0.6, again after 0.2 s: the second try waits behind the first's ghost."""
    world = wsgi_world(0.0, io=1.0).change("clients", patience=0.6, retry=Fixed(0.2, times=1))
    run = simulate(world)
    assert asked(world) == [0.0, 0.8]
    assert came_of(run) == {"served": 0, "gave up": 2}
    bars = [(row.t, row.request) for row in run.trace.rows(event="begun")]
    assert bars == [(0.0, 1), (1.0, 2)]


def test_a_visit_is_all_its_tries() -> None:
    world = wsgi_world(0.0, 0.2, io=1.0, backlog=0).change("clients", retry=Fixed(0.4, times=5))
    found = visits(simulate(world).trace, "clients")
    assert [(v.opened, v.answered, v.tries, v.outcome) for v in found] == [
        (0.0, 1.0, 1, "served"),
        (0.2, 2.0, 3, "served"),
    ]


def test_each_request_is_a_visit_where_nobody_tries_again() -> None:
    run = simulate(wsgi_world(0.0, 0.2, 5.0, io=1.0, backlog=0))
    assert [(v.opened, v.tries, v.outcome) for v in visits(run.trace, "clients")] == [
        (0.0, 1, "served"),
        (0.2, 1, "failed"),
        (5.0, 1, "served"),
    ]


def test_what_visits_ask_for_does_not_depend_on_the_tries_of_others() -> None:
    """The same clients at a busy server and an idle one: the same moments, and the same service times."""

    def served(workers: int) -> dict[float, float]:
        world = wsgi_world(0.0, workers=workers, backlog=0, io=Exponential(0.1))
        world = world.change(
            "clients", arrivals=Poisson(20.0), retry=BackOff(0.05), patience=Exponential(9.0)
        )
        trace = simulate(world, seconds=20.0).trace
        began = {row.request: row.t for row in trace.rows(event="begun")}
        took = {row.request: row.t - began[row.request] for row in trace.rows(event="ended")}
        first_try = {v.requests[-1].number: v.opened for v in visits(trace, "clients")}
        return {round(first_try[n], 9): round(t, 9) for n, t in took.items() if n in first_try}

    few, many = served(1), served(100)
    assert len(few) > 100
    assert {t: many[t] for t in few} == few


def test_jitter_spreads_those_who_failed_together() -> None:
    world = wsgi_world(*[0.0] * 50, workers=1, backlog=0, io=3.0)
    together = world.change("clients", retry=Fixed(1.0, times=1))
    apart = world.change("clients", retry=BackOff(2.0, times=1))
    assert Counter(asked(together)) == {0.0: 50, 1.0: 49}
    later = [t for t in asked(apart) if t]
    assert len(set(later)) == 49
    assert max(later) < 2.0
    mean = sum(later) / 49  # uniform from 0 to 2: deviation of the mean 2/√(12·49)
    assert abs(mean - 1.0) < 4 * 2 / math.sqrt(12 * 49)


# -- slow clients


def test_a_slow_client_holds_a_worker_until_it_has_read() -> None:
    """Work 0.1 s, reading 2 s: one worker is free again after 2.1 s."""
    world = wsgi_world(0.0, 0.0, io=0.1).change("clients", reading=2.0)
    run = simulate(world)
    assert answers(run) == [(2.1, 1, "200"), (4.2, 2, "200")]
    assert [(row.t, row.event) for row in run.trace.rows(channel="server.accept", component="server/1")] == [
        (0.0, "received"), (0.0, "begun"), (2.1, "ended"), (2.1, "received"), (2.1, "begun"), (4.2, "ended"),
    ]  # fmt: skip


def test_an_interface_server_buffers_for_a_slow_client_and_goes_on() -> None:
    world = channels_world(0.0, 0.0, 0.5, application=site(io=0.1), server=AT_ONCE)
    run = simulate(world.change("clients", reading=2.0))
    assert answers(run) == [(2.1, 1, "200"), (2.2, 2, "200"), (2.6, 3, "200")]
    assert [round(row.t, 6) for row in run.trace.rows(event="ended", channel="http.request")] == [
        0.1,
        0.2,
        0.6,
    ]
    buffered = depth(run.trace, "")
    assert [buffered.at(t) for t in (0.05, 0.15, 0.3, 1.0, 2.15, 3.0)] == [0, 1, 2, 3, 2, 0]


def test_a_slow_client_whose_answer_has_begun_does_not_give_up() -> None:
    world = wsgi_world(0.0, io=0.1).change("clients", reading=5.0, patience=0.5)
    assert answers(world) == [(5.1, 1, "200")]


def test_a_refusal_is_read_at_once() -> None:
    world = wsgi_world(0.0, 0.1, io=0.1, backlog=0).change("clients", reading=5.0)
    assert answers(world) == [(0.1, 2, "refused"), (5.1, 1, "200")]


def test_a_few_slow_clients_fill_the_workers() -> None:
    """Slide 14: 8 workers, 10 requests a second of 50 ms, of which a share reads for 20 s. With 2 % the load is
    10·(0.05 + 0.4) = 4.5 workers, and now and then eight slow ones meet. With 5 % it is 10.5, more than there
    are: the queue grows for ever, by 1 - 8/10.5 of what comes, so that half of the requests served within 600 s
    have waited for 71 s or more. The number of the slow ones is Poisson, 300 ± 3·17, that is 25 to 105 s."""

    def waited(share: float) -> list[float]:
        world = wsgi_world(0.0, workers=8, backlog=10**6, io=Exponential(0.05))
        slow = world.change("clients", arrivals=Poisson(10.0), reading=TwoPoint(0.0, 20.0, share))
        trace = simulate(slow, seconds=600.0).trace
        sent = {row.request: row.t for row in trace.rows(event="sent", component="clients")}
        return [row.t - sent[row.request] for row in trace.rows(event="begun")]

    assert percentile(waited(0.0), 0.99) == 0.0
    assert percentile(waited(0.02), 0.5) == 0.0
    assert 1.0 < percentile(waited(0.02), 0.99) < 20.0
    assert 25.0 < percentile(waited(0.05), 0.5) < 105.0


def test_the_interface_server_does_not_notice_them() -> None:
    """The same 5 %: without the 20 s of reading, nobody waits for long."""
    world = channels_world(0.0, workers=8, application=site(io=Exponential(0.05)), seconds=300.0)
    slow = world.change("clients", arrivals=Poisson(10.0), reading=TwoPoint(0.0, 20.0, 0.05))
    quick = [t for t in latencies(simulate(slow).trace, "clients") if t < 20]
    assert percentile(quick, 0.99) < 0.4


def test_a_slow_client_runs_into_the_workers_timeout_as_a_slow_view_does() -> None:
    """Killed after 1 s, in the midst of the response: the connection breaks, and what there was is worth nothing."""
    world = wsgi_world(0.0, io=0.1).change("clients", reading=5.0).change("server", timeout=1.0)
    run = simulate(world.with_(seconds=10.0))
    assert answers(run) == [(1.0, 1, "dropped")]
    assert came_of(run) == {"served": 0, "worker killed": 1}
    assert books(run.trace).lost == {"worker killed": 1, "gone client": 1}


# -- behind a balancer


def behind_a_balancer(world: Scenario) -> Scenario:
    return world.add(Balancer(name="nginx", servers=("server",))).change("clients", server="nginx")


def test_a_balancer_takes_in_the_response_for_a_slow_client() -> None:
    world = behind_a_balancer(wsgi_world(0.0, 0.0, io=0.1).change("clients", reading=2.0))
    assert answers(world) == [(2.1, 1, "200"), (2.2, 2, "200")]


def test_a_balancer_passes_on_that_a_client_has_given_up() -> None:
    world = channels_world(0.0, application=site(io=1.0), server=AT_ONCE, seconds=3.0, expiry=1.5)
    run = simulate(behind_a_balancer(world.change("clients", patience=0.5)))
    assert answers(run) == []
    assert [row.component for row in run.trace.rows(event="received", detail="gave up")] == [
        "nginx",
        "server",
    ]
    assert books(run.trace).lost == {"expired": 1}


def test_a_balancer_passes_on_a_late_answer_too() -> None:
    world = behind_a_balancer(
        wsgi_world(0.0, 2.0, io=1.0).change("clients", patience=0.5, retry=Fixed(0.1, 1))
    )
    run = simulate(world.with_(seconds=9.0))
    assert books(run.trace).lost == {"gone client": 4}  # two visits, two tries each


# -- both worlds


def test_all_three_happen_for_real() -> None:
    world = wsgi_world(0.0, 0.0, 0.0, io=0.1).change(
        "clients", patience=0.15, retry=Fixed(0.2, times=9), reading=0.01
    )
    run = execute(world, seconds=5.0)
    assert not run.problems
    found = visits(run.trace, "clients")
    assert [visit.outcome for visit in found] == ["served"] * 3
    assert sum(visit.tries for visit in found) > 3
    assert books(run.trace).lost.keys() <= {"gone client"}


def test_an_interface_server_is_hung_up_on_for_real() -> None:
    world = channels_world(0.0, 0.05, application=site(io=0.3), workers=2).change("clients", patience=0.1)
    run = execute(world, seconds=1.0)
    assert not run.problems
    assert came_of(run) == {"served": 0, "gave up": 2}
    assert books(run.trace).lost == {}


# -- wrong input


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"patience": -1.0}, r"patience=-1.0: it must be a number of seconds"),
        ({"retry": 3}, r"retry=3: it must be Fixed\(...\), BackOff\(...\) or the like, or None"),
        ({"retry": Fixed}, "retry="),
        ({"reading": "slow"}, "reading='slow'"),
    ],
)
def test_bad_habits_are_answered_in_words(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        Clients(name="clients", server="server", **fields)


def test_clients_without_habits_are_the_plain_ones() -> None:
    world = wsgi_world(0.0, 0.1, io=1.0)
    same = world.change("clients", patience=Constant(0.0), retry=None, reading=0.0)
    assert same == world
    assert simulate(same).trace.digest() == simulate(world).trace.digest()

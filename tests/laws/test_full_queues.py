"""Queues that run full: M/M/c/K through capacity and backlog, the overload limit, Erlang B, and how a backlog
drains (curriculum 6.1)."""

import pytest

from chansim import Run, simulate, theory
from chansim.channels.cost import costs
from chansim.channels.routing import route
from chansim.channels.wsgi import view_as_consumer
from chansim.duration import Constant
from chansim.measures import counts, depth, latencies, mean, requests
from chansim.model.application import hello
from laws import errors
from laws.conftest import Law
from laws.worlds import SERVICE, WARM_UP, channels, wsgi
from model.tiny import AT_ONCE, channels_world, clients, site


def lost(run: Run, cause: str, since: float) -> float:
    """The share of the requests from *since* on that failed for *cause*; nobody failed for another."""
    counted = counts([each for each in requests(run.trace, "clients") if each.opened >= since])
    assert set(counted.failed) <= {cause}
    return counted.failed.get(cause, 0) / counted.requests


def check(law: Law, where: str, run: Run, cause: str, queue: theory.MMcK) -> None:
    """Both of what an M/M/c/K queue comes to."""
    begin = WARM_UP * run.trace.end
    seconds = run.trace.end - begin
    chain = errors.queue(queue.rate, queue.service, queue.servers, queue.places)
    within = errors.loss(chain, seconds)
    law("M/M/c/K: share lost", where, queue.loss, lost(run, cause, begin), within, "%")
    found = mean(latencies(run.trace, "clients", begin))
    within = errors.mean_sojourn(chain, seconds)
    law("M/M/c/K: mean time", where, queue.mean_sojourn, found, within)


@pytest.mark.parametrize("rate", [90.0, 120.0, 200.0])
def test_a_channel_with_a_capacity_is_an_mmck_queue(law: Law, rate: float) -> None:
    """Five workers have 5 messages in hand, and the channel holds 10 more: K = c + capacity."""
    run = simulate(channels(rate, 5, capacity=10), seconds=100.0)
    where = f"Channels, capacity 10, c 5, λ {rate:g}"
    check(law, where, run, "full", theory.MMcK(rate, SERVICE, 5, 15))


@pytest.mark.parametrize("rate", [100.0, 120.0, 200.0])
def test_a_backlog_is_one_too(law: Law, rate: float) -> None:
    """A hundred may wait. At λ 120 the wait is a second: what fills a queue decides how long it takes."""
    run = simulate(wsgi(rate, 5, backlog=100), seconds=300.0)
    where = f"WSGI, backlog 100, c 5, λ {rate:g}"
    check(law, where, run, "backlog full", theory.MMcK(rate, SERVICE, 5, 105))


@pytest.mark.parametrize("rate", [120.0, 160.0])
def test_overloaded_it_loses_what_it_cannot_serve_and_waits_a_whole_queue(law: Law, rate: float) -> None:
    """The limit: 1 − cμ/λ are lost, and who is let in waits for 100 others."""
    run, begin = simulate(wsgi(rate, 5, backlog=100), seed=2, seconds=200.0), 20.0
    chain = errors.queue(rate, SERVICE, 5, 105)
    within = errors.loss(chain, 180.0)
    law(
        "Overload: share lost",
        f"λ {rate:g}, cμ 100",
        1 - 100 / rate,
        lost(run, "backlog full", begin),
        within,
        "%",
    )
    wait = mean(latencies(run.trace, "clients", begin)) - SERVICE
    below = (100 - (chain.mean(float) - 5)) / 100  # seconds: how far from full it is on average
    within = errors.mean_sojourn(chain, 180.0)
    within = errors.Tolerance(within.width + below, f"{within.why}, and it is not always full")
    law("Overload: mean wait", f"λ {rate:g}, 100 places, cμ 100", 1.0, wait, within)


@pytest.mark.parametrize("load", [4, 8, 16])
def test_without_a_backlog_a_pool_loses_by_erlangs_formula(law: Law, load: int) -> None:
    run, chain = (
        simulate(wsgi(load / SERVICE, 8, backlog=0), seconds=60.0),
        errors.queue(load / SERVICE, SERVICE, 8, 8),
    )
    begin = WARM_UP * 60.0
    within = errors.loss(chain, 60.0 - begin)
    found = lost(run, "backlog full", begin)
    law("Erlang B: share lost", f"8 workers, {load} erlangs", theory.erlang_b(8, load), found, within, "%")


# -- drain -------------------------------------------------------------------


def test_a_backlog_drains_at_the_rate_that_is_left(law: Law) -> None:
    """250 at once and 50 a second for four workers: 250/(80 − 50) = 8.3 s.

    How long it takes to be down from n is known exactly: mean n/(cμ − λ), variance n·(cμ + λ)/(cμ − λ)³,
    as long as all four are busy. 16 runs.
    """
    took = []
    for seed in range(1, 17):
        world = wsgi(50.0, 4).add(clients(*[0.0] * 254, server="gunicorn", name="crowd"))
        waiting = depth(simulate(world, seed, seconds=20.0).trace, "gunicorn.accept")
        took.append(
            next(t for t, value in zip(waiting.times, waiting.values, strict=True) if t > 0 and not value)
        )
    within = errors.independent((250 * 130 / 30**3) ** 0.5, len(took))
    law("Drain: backlog/(cμ − λ)", "250 waiting, λ 50, cμ 80", 250 / 30, mean(took), within, "s")


@costs(io=Constant(0.01))
def page(message):  # type: ignore[no-untyped-def]
    view_as_consumer(hello)(message)


@costs(io=Constant(2.0))
def stall(message):  # type: ignore[no-untyped-def]
    view_as_consumer(hello)(message)


def test_a_stall_of_two_seconds_takes_eighteen_to_forget(law: Law) -> None:
    """One worker, 10 ms a page, 90 pages a second at even distances: stall·ρ/(1 − ρ)."""
    moments = tuple(n / 90 for n in range(90 * 25))
    application = site(routing=[route("http.request", stall, path="^/stall"), route("http.request", page)])
    world = channels_world(
        *moments, application=application, server=AT_ONCE, capacity=1000, seconds=25.0
    ).add(clients(1.001, name="stall"))
    run = simulate(world.change("stall", path="/stall"))
    waiting = depth(run.trace, "http.request")
    stalled_until = next(row.t for row in run.trace.rows(event="ended", detail="stall"))
    empty = next(
        t for t, value in zip(waiting.times, waiting.values, strict=True) if t > stalled_until and not value
    )
    within = errors.exactly(0.02 / 0.1, "two pages' work, at what is left of the worker")
    law("Drain: stall·ρ/(1 − ρ)", "2 s, ρ 0.9", 18.0, empty - stalled_until, within, "s")

"""One queue before one server or several: M/M/1, M/M/c, pooling and M/G/1 (curriculum 6.1)."""

from dataclasses import replace
from functools import cache
from itertools import islice

import pytest

from chansim import Run, Scenario, simulate, theory
from chansim.duration import Constant, Duration, LogNormal, TwoPoint
from chansim.measures import latencies, littles_law, mean
from chansim.model.arrivals import Poisson, Recorded
from chansim.model.balancer import Balancer
from chansim.streams import stream
from laws import errors
from laws.conftest import Law
from laws.worlds import SERVICE, WARM_UP, channels, waits, wsgi

# -- M/M/1 -------------------------------------------------------------------


@cache
def one_worker(rho: float) -> Run:
    """40 000 customers of one WSGI worker."""
    rate = rho / SERVICE
    return simulate(wsgi(rate, 1), seconds=40_000 / rate)


@pytest.mark.parametrize("rho", [0.5, 0.8, 0.9])
def test_one_worker_is_an_mm1_queue(law: Law, rho: float) -> None:
    """Daley's variance of the mean wait, the textbook's, decides here: `mm1_mean_wait_half_width`."""
    queue, found = theory.MM1(rho / SERVICE, SERVICE), list(waits(one_worker(rho)).values())
    width = theory.mm1_mean_wait_half_width(rho, len(found)) * SERVICE / theory.Z95 * errors.Z999
    within = errors.Tolerance(width, f"Daley's variance, {len(found)} customers")
    law("M/M/1: mean wait", f"ρ {rho}", queue.mean_wait, mean(found), within)


def test_its_tail_is_exponential(law: Law) -> None:
    """As many take longer than the formula's 99 % as it says: 1 %."""
    queue, run = theory.MM1(0.5 / SERVICE, SERVICE), one_worker(0.5)
    limit = queue.percentile(0.99)
    beyond = [float(time > limit) for time in latencies(run.trace, "clients")]
    fresh = [wait == 0 for wait in waits(run).values()][: len(beyond)]
    law("M/M/1: share beyond p99", "ρ 0.5", 0.01, mean(beyond), errors.cycles(beyond, fresh, 0.01), "%")


def test_littles_law_is_exact_when_the_last_customer_has_left(law: Law) -> None:
    """L and W are counted apart from each other: over a whole day's work they agree to the last digits."""
    moments = tuple(islice(Poisson(18.0).moments(stream(1, "clients", "arrivals")), 4000))
    scenario = replace(wsgi(18.0, 1), seconds=None)
    little = littles_law(simulate(scenario.change("clients", arrivals=Recorded(moments))).trace, "clients")
    within = errors.exactly(1e-9, "rounding")
    law("Little: L = λW", "λ 18, one worker", little.expected, little.number, within, "")


# -- M/M/c -------------------------------------------------------------------


@pytest.mark.parametrize("where", ["WSGI", "Channels"])
def test_eight_workers_are_an_mmc_queue(law: Law, where: str) -> None:
    rate, seconds = 128.0, 250.0 if where == "WSGI" else 120.0
    run = simulate((wsgi if where == "WSGI" else channels)(rate, 8), seconds=seconds)
    queue, chain = theory.MMc(rate, SERVICE, 8), errors.queue(rate, SERVICE, 8)
    times = latencies(run.trace, "clients", WARM_UP * seconds)
    within = errors.mean_sojourn(chain, (1 - WARM_UP) * seconds)
    law("M/M/c: mean time", f"{where}, c 8, ρ 0.8", queue.mean_sojourn, mean(times), within)
    limit = queue.percentile(0.99)
    beyond = [float(time > limit) for time in times]
    within = errors.batches(beyond)
    law("M/M/c: share beyond p99", f"{where}, c 8, ρ 0.8", 0.01, mean(beyond), within, "%")


# -- pooling -----------------------------------------------------------------


def split(copies: int, workers: int) -> Scenario:
    """So many WSGI servers behind a balancer that draws lots, each with its workers."""
    one = wsgi(144.0, workers)
    if copies == 1:
        return one
    names = [f"gunicorn-{n}" for n in range(1, copies + 1)]
    server = one["gunicorn"]
    return Scenario(
        f"{copies} servers",
        (
            *(each for each in one.components if each.name not in ("gunicorn", "clients")),
            replace(one["clients"], server="balancer"),
            Balancer(name="balancer", servers=tuple(names), policy="at random"),
            *(replace(server, name=name) for name in names),
        ),
        one.network,
    )


@pytest.mark.parametrize(("copies", "workers"), [(1, 8), (2, 4), (4, 2), (8, 1)])
def test_one_queue_is_shorter_than_several(law: Law, copies: int, workers: int) -> None:
    """The same eight workers at ρ 0.9. What a random choice leaves of a Poisson stream is one too."""
    seconds = 200.0
    run = simulate(split(copies, workers), seconds=seconds)
    queue, chain = theory.MMc(144 / copies, SERVICE, workers), errors.queue(144 / copies, SERVICE, workers)
    found = mean(latencies(run.trace, "clients", WARM_UP * seconds))
    within = errors.mean_sojourn(chain, (1 - WARM_UP) * seconds, copies)
    law("Pooling: mean time", f"λ 144, {copies} × {workers} workers", queue.mean_sojourn, found, within)


# -- M/G/1 -------------------------------------------------------------------

GENERAL = {
    "constant": Constant(0.05),
    "lognormal, σ 0.5": LogNormal(0.05, 0.5),
    "lognormal, σ 1": LogNormal(0.05, 1.0),
    "5 % take 620 ms": TwoPoint(0.02, 0.62, 0.05),
    "1 % take 300 ms, the others 1 ms": TwoPoint(0.001, 0.3, 0.01),  # a blocked event loop
}


@pytest.mark.parametrize("name", GENERAL)
def test_the_spread_of_services_makes_the_wait(law: Law, name: str) -> None:
    """Pollaczek and Khinchine: with the same load, the wait grows with the square of the spread."""
    service: Duration = GENERAL[name]
    rho = 0.4 if service.mean < 0.01 else 0.8
    rate = 100.0 if service.mean < 0.01 else rho / service.mean
    customers = 60_000 if service.scv > 5 else 25_000  # what is rare takes long to show itself
    run = simulate(wsgi(rate, 1, service=service), seconds=customers / rate)
    queue, found = theory.MG1(rate, service.mean, service.scv), list(waits(run).values())
    within = errors.cycles(found, [wait == 0 for wait in found], queue.mean_wait)
    assert within.width < 0.65 * queue.mean_wait
    where = f"{name}, ρ {queue.utilisation:.2g}, scv {service.scv:.3g}"
    law("M/G/1: mean wait", where, queue.mean_wait, mean(found), within)

"""Not only averages: every single wait is what a recursion on the same draws says, to the last digit.

An oracle without an engine: arrivals, services, and a few lines of arithmetic. Without a network all moments lie
on the grid of the durations and add up exactly, so that the waits are equal and not only close.
"""

from collections.abc import Iterable
from dataclasses import replace
from heapq import heapify, heapreplace

import pytest

from chansim import simulate
from chansim.duration import Constant, Duration, Exponential, LogNormal
from chansim.model.arrivals import Poisson
from chansim.model.network import Link, Network
from chansim.model.world import shift_of
from chansim.streams import stream
from laws.worlds import channels, waits, wsgi
from model.tiny import MS

SEED = 11


def lindley(moments: Iterable[float], services: Iterable[float]) -> list[float]:
    """One server (1952): who comes waits for what the one before left to wait for, less the time between them."""
    found: list[float] = []
    wait = before = left = 0.0
    for moment, service in zip(moments, services, strict=True):
        wait = max(0.0, wait + left - (moment - before))
        found.append(wait)
        before, left = moment, service
    return found


def kiefer_wolfowitz(moments: Iterable[float], services: Iterable[float], servers: int) -> list[float]:
    """Several servers (1955), first come first served: each customer is taken by the server that is free first."""
    free = [0.0] * servers
    heapify(free)
    found = []
    for moment, service in zip(moments, services, strict=True):
        begins = max(moment, free[0])
        found.append(begins - moment)
        heapreplace(free, begins + service)
    return found


def drawn(rate: float, law: Duration, number: int) -> tuple[list[float], list[float]]:
    """The moments and the services of so many customers: the draws of the component "clients"."""
    arrivals = Poisson(rate).moments(stream(SEED, "clients", "arrivals"))
    draw, shift = stream(SEED, "clients", "service").random, shift_of("http.request")
    return [next(arrivals) for _ in range(number)], [
        law.quantile((draw() + shift) % 1) for _ in range(number)
    ]


LAWS = {"exponential": Exponential(0.05), "constant": Constant(13 / 256), "lognormal": LogNormal(0.05, 1.0)}


@pytest.mark.parametrize("load", [0.5, 0.9, 1.1])
@pytest.mark.parametrize("law", LAWS)
def test_one_wsgi_worker_is_lindleys_recursion(law: str, load: float) -> None:
    service = LAWS[law]
    rate = load / service.mean
    found = list(waits(simulate(wsgi(rate, 1, service=service), SEED, seconds=60.0)).values())
    assert found == pytest.approx(lindley(*drawn(rate, service, len(found))), abs=1e-12)
    assert len(found) > 500


@pytest.mark.parametrize("load", [0.5, 0.9, 1.1])
@pytest.mark.parametrize("workers", [1, 3, 8])
def test_wsgi_workers_are_kiefers_and_wolfowitzs_recursion(workers: int, load: float) -> None:
    rate = load * workers / 0.05
    found = list(waits(simulate(wsgi(rate, workers), SEED, seconds=20.0)).values())
    assert found == kiefer_wolfowitz(*drawn(rate, Exponential(0.05), len(found)), workers)
    assert len(found) > 150


@pytest.mark.parametrize("load", [0.5, 0.9, 1.1])
@pytest.mark.parametrize("workers", [1, 3, 8])
def test_workers_at_a_channel_are_the_same_recursion(workers: int, load: float) -> None:
    """The channel http.request and the accept queue are one and the same queue."""
    rate = load * workers / 0.05
    found = list(waits(simulate(channels(rate, workers), SEED, seconds=20.0), "http.request").values())
    assert found == kiefer_wolfowitz(*drawn(rate, Exponential(0.05), len(found)), workers)
    assert len(found) > 150


def test_the_network_only_shifts_the_arrivals() -> None:
    """With half a millisecond on the way in, all as before and as much later: to 1e-12, for 0.5 ms is no binary
    fraction."""
    scenario = wsgi(54.0, 3)
    near = Network(Link(0.0), Link(0.0), Link(0.5 * MS))
    scenario = replace(scenario, network=near)
    found = list(waits(simulate(scenario, SEED, seconds=20.0)).values())
    moments, services = drawn(54.0, Exponential(0.05), len(found))
    expected = kiefer_wolfowitz([moment + 0.5 * MS for moment in moments], services, 3)
    assert found == pytest.approx(expected, abs=1e-12)

"""What a change of the world must do to a run, whatever the numbers are."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chansim import Scenario, deployments, simulate
from chansim.duration import Empirical, Exponential, TwoPoint
from chansim.measures import latencies, mean, throughput, utilisation
from chansim.model.fault import Kill
from chansim.model.machine import Machine
from chansim.model.network import Link, Network
from chansim.trace import Row
from model.tiny import AT_ONCE, MS, channels_world, pick, site, wsgi_world

# -- all times doubled -------------------------------------------------------


def slide07(times: float) -> Scenario:
    """Slide 7, all of whose times are so many times as long."""
    link = Link(times * 0.5 * MS, TwoPoint(0.0, times * MS, 0.25))
    return deployments.slide07(
        rate=54 / times,
        service=Exponential(times * 50 * MS),
        network=Network(link, link, link),
        seconds=60.0 * times,
    ).change("site", cpu=TwoPoint(times * MS, times * 8 * MS, 0.1))


def slide16(times: float) -> Scenario:
    """Slide 16, all of whose times are so many times as long."""
    link = Link(times * 0.5 * MS, TwoPoint(0.0, times * MS, 0.25))
    scenario = deployments.slide16(
        rate=54 / times,
        service=Exponential(times * 50 * MS),
        network=Network(link, link, link),
        seconds=60.0 * times,
    )
    scenario = scenario.change(
        "daphne", cpu=times * 0.3 * MS, poll=times * 10 * MS, idle_poll=times * 50 * MS
    )
    return scenario.change(
        "layer", operation=times * 0.1 * MS, expiry=times * 60.0, worker_poll=times * 4 * MS
    )


@pytest.mark.parametrize(("deployment", "lanes"), [(slide07, "gunicorn/{}"), (slide16, "worker-{}")])
def test_doubling_all_times_halves_all_rates_and_leaves_utilisation(
    deployment: Callable[[float], Scenario], lanes: str
) -> None:
    """Each duration is rounded to its own quarter of a nanosecond; else the two runs are one."""
    once, twice = simulate(deployment(1)), simulate(deployment(2))
    assert len(twice.trace) == len(once.trace) > 10_000
    assert throughput(twice.trace, "clients") == pytest.approx(
        throughput(once.trace, "clients") / 2, rel=1e-6
    )
    assert mean(latencies(twice.trace, "clients")) == pytest.approx(
        2 * mean(latencies(once.trace, "clients")), rel=1e-6
    )
    for lane in map(lanes.format, (1, 2, 3)):
        busy = utilisation(once.trace, lane)
        assert utilisation(twice.trace, lane) == pytest.approx(busy, rel=1e-6)
        assert 0.5 < busy < 1


def test_times_that_are_exact_are_doubled_exactly() -> None:
    """Row by row, and to the last bit: twice a float is one."""

    def world(times: float) -> Scenario:
        link = Link(times * 0.7 * MS, TwoPoint(0.0, times * 0.9 * MS, 0.25))
        return channels_world(
            *(times * 0.013 * n for n in range(400)),
            workers=2,
            application=site(io=Empirical((times * 0.02, times * 0.03, times * 0.011)), cpu=times * MS),
            network=Network(link, link, link),
            seconds=times * 10.0,
            server={"cpu": times * 0.3 * MS, "poll": times * 10 * MS, "idle_poll": times * 50 * MS},
            operation=times * 0.1 * MS,
        )

    def rows(times: float) -> list[Row]:
        return list(simulate(world(times)).trace.rows())

    once, twice = rows(1), rows(2)
    assert [row._replace(t=2 * row.t) for row in once] == twice
    assert len(once) > 4000


# -- another machine ---------------------------------------------------------


@pytest.mark.parametrize("name", ["slide07", "slide16", "slide24", "multichat"])
def test_a_second_site_beside_it_changes_nothing_of_the_first(name: str) -> None:
    """Machines, clients, servers and workers more, that share nothing: the first site's rows stay, to the last bit."""
    one = getattr(deployments, name)()
    other = deployments.slide07(rate=31.0, service=0.02)
    more = (
        replace(other["clients"], name="other clients", server="other gunicorn"),
        replace(other["server"], name="other server"),
        replace(other["site"], name="other site"),
        replace(other["gunicorn"], name="other gunicorn", machine="other server", application="other site"),
    )
    alone, beside = (
        [
            pick(row, "t", "event", "component", "channel", "detail")
            for row in simulate(scenario, seconds=5.0).trace.rows()
            if not row.component.startswith("other")
        ]
        for scenario in (one, one.add(*more))
    )
    assert alone == beside
    assert len(alone) > 100


# -- no service --------------------------------------------------------------

BINARY = st.integers(0, 2**14).map(lambda n: n / 2**20)  # up to 16 ms, and all sums of them are exact


@settings(max_examples=50)
@given(
    outside=BINARY,
    to_layer=BINARY,
    to_worker=BINARY,
    arrival=st.integers(0, 10**6).map(lambda n: 1 + n / 2**20),
)
def test_without_service_latency_is_the_sum_of_the_hops(
    outside: float, to_layer: float, to_worker: float, arrival: float
) -> None:
    """To the last digit: in, to the layer, to the worker, to the layer, to Daphne, and out."""
    ways = (("host", "redis", Link(to_layer)), ("app", "redis", Link(to_worker)))
    world = channels_world(
        arrival,
        network=Network(Link(0.0), Link(0.0), Link(outside), ways),
        layer_machine="redis",
        more=(Machine(name="redis"), Machine(name="app")),
        server=AT_ONCE,
        seconds=None,
    ).change("worker-1", machine="app")
    (latency,) = latencies(simulate(world).trace, "clients")
    # Daphne looks when its own send has come back and the answer is there; a look goes there and back
    there = max(2 * to_layer, to_layer + 2 * to_worker)
    assert latency == 2 * outside + there + 2 * to_layer


@pytest.mark.parametrize("servers", ["WSGI", "Channels"])
def test_and_where_all_is_on_one_machine_nothing_is_left_but_the_way_there_and_back(servers: str) -> None:
    network = Network(Link(0.0), Link(0.0), Link(0.625))
    world = (
        wsgi_world(1.0, network=network)
        if servers == "WSGI"
        else channels_world(1.0, network=network, server=AT_ONCE)
    )
    assert latencies(simulate(world).trace, "clients") == [1.25]


# -- a fault that comes too late ---------------------------------------------


@pytest.mark.parametrize(
    ("deployment", "target"), [("slide07", "gunicorn"), ("slide16", "worker-1"), ("slide24", "layer")]
)
def test_a_fault_after_the_end_changes_nothing(deployment: str, target: str) -> None:
    scenario = getattr(deployments, deployment)()
    late = scenario.add(Kill(name="kill", target=target, at=5.5, down=2.0))
    alone, with_it = (list(simulate(each, seconds=5.0).trace.rows()) for each in (scenario, late))
    assert alone == with_it
    assert list(simulate(late, seconds=6.0).trace.rows(event="fault"))

"""Scenes: what is run and shown for each step of the talk.

What may live here: functions from where the knobs stand to a Scene. Each measures in the run that it shows; what a
formula says is told beside, as such.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from chansim import deployments, theory
from chansim.duration import Exponential
from chansim.engine import simulate
from chansim.lecture.step import Scene
from chansim.measures import mean, percentile, requests, utilisation
from chansim.model.application import Application
from chansim.model.arrivals import Poisson
from chansim.model.balancer import Balancer
from chansim.model.client import Clients
from chansim.model.fault import Kill, Pause
from chansim.model.machine import Machine
from chansim.model.wsgi_server import WSGIServer
from chansim.quantities import plain
from chansim.run import Run
from chansim.scenario import Scenario
from chansim.views import (
    channel_heatmap,
    delivery_matrix,
    ecdf,
    gantt,
    hockey_stick,
    space_time,
    waterfall,
)

SERVICE = 0.05  #: mean seconds of a view, on all slides of the talk
NO_FAULT = "no fault"


def with_faults(scenario: Scenario, *faults: Any) -> Scenario:
    """The same deployment, in which these happen."""
    return replace(scenario, components=(*scenario.components, *faults))


def latencies(run: Run, clients: str = "clients") -> list[float]:
    """Seconds that each request that was served took, of the component called *clients*."""
    return [
        each.answered - each.opened
        for each in requests(run.trace, [clients])
        if each.answered is not None and each.outcome == "served"
    ]


def waits(run: Run, clients: str = "clients") -> dict[str, float]:
    """Mean, median and p99 in ms, with how many there were; NaN where nothing was served."""
    found = sorted(latencies(run, clients))
    return {
        "mean_ms": mean(found) * 1000,
        "p50_ms": percentile(found, 0.5) * 1000 if found else math.nan,
        "p99_ms": percentile(found, 0.99) * 1000 if found else math.nan,
        "served": float(len(found)),
    }


def ms(value: float) -> str:
    """Milliseconds in words, seconds where they are many."""
    if math.isnan(value):
        return "none was answered"
    return f"{value / 1000:.1f} s" if value >= 10_000 else f"{value:,.0f} ms"


# -- 1: a queue


def one_worker(rate: float, service: float, seed: int) -> Scene:
    """Slide 6, for half an hour: one copy of the application."""
    run = simulate(deployments.slide06(rate=rate, service=service), seconds=1800.0, seed=seed)
    numbers = waits(run)
    law = theory.MM1(rate, service)
    formula = ms(law.mean_sojourn * 1000)
    numbers |= {"rho": utilisation(run.trace, ["gunicorn/1"]), "formula_ms": law.mean_sojourn * 1000}
    told = (
        f"{plain(rate)} requests a second, {plain(service * 1000)} ms each: busy {numbers['rho']:.0%}, "
        f"mean response {ms(numbers['mean_ms'])} (formula {formula}), p99 {ms(numbers['p99_ms'])}"
    )
    curve = hockey_stick(run, service=service, servers=(1, 4))
    return Scene((gantt(run, 180.0, 4.0), curve), run, numbers, told, since=180.0)


# -- 2: one queue or many


def servers_apart(servers: int, rate: float) -> Scenario:
    """Eight workers, as *servers* WSGI servers that each have their share of them and a queue of their own."""
    crew = 8 // servers
    names = tuple(f"gunicorn-{number}" for number in range(1, servers + 1))
    return Scenario(
        f"Slide 7: {servers} × {crew} workers",
        (
            Clients(name="clients", server="balancer", arrivals=Poisson(rate)),
            Machine(name="server", cores=8),
            Application(name="site", io=Exponential(SERVICE)),
            *(WSGIServer(name=name, machine="server", application="site", workers=crew) for name in names),
            Balancer(name="balancer", machine="server", servers=names, policy="at random"),
        ),
        seconds=None,
    )


@lru_cache(3)  # one at each rate is what the others are compared with
def _shared_out(servers: int, rate: float) -> Run:
    return simulate(servers_apart(servers, rate), seconds=200.0)


def one_queue(servers: int, rate: float) -> Scene:
    """Slide 7, eight workers for 200 s, in queues of their own or in one."""
    run, apart = _shared_out(servers, rate), _shared_out(8, rate)
    numbers = waits(run) | {"servers": float(servers)}
    law = theory.MMc(rate / servers, SERVICE, 8 // servers)
    formula = law.mean_sojourn * 1000
    numbers["formula_ms"] = formula
    told = (
        f"{servers} × {8 // servers} workers, {plain(rate)} requests a second: mean "
        f"{ms(numbers['mean_ms'])} (formula {ms(formula)}), p99 {ms(numbers['p99_ms'])}"
    )
    shown = ecdf(run) if servers == 8 else ecdf(apart, run, labels=["8 × 1", f"{servers} × {8 // servers}"])
    return Scene((shown,), run, numbers, told, since=60.0)


# -- 3 and 4: who holds the connections


def open_and_busy(run: Run, lanes: Sequence[str]) -> dict[str, float]:
    """How many polls were open at the end, and the share of the workers' time that was taken."""
    polls = (
        requests(run.trace, ["pollers"]) if any(c.name == "pollers" for c in run.scenario.components) else []
    )
    return {
        "open": float(sum(each.answered is None for each in polls)),
        "busy": utilisation(run.trace, lanes),
    }


def polls_on_wsgi(polls: int, workers: int) -> Scene:
    """Slide 14 on WSGI, for five minutes."""
    scenario = deployments.slide14(polls=polls, workers=workers)
    run = simulate(scenario, seconds=300.0)
    lanes = [f"gunicorn/{number}" for number in range(1, workers + 1)]
    numbers = waits(run) | open_and_busy(run, lanes) | {"polls": float(polls)}
    told = (
        f"{polls} long polls open on {workers} workers: workers taken {numbers['busy']:.0%}; "
        f"a page took {ms(numbers['p50_ms'])} (median), {ms(numbers['p99_ms'])} (p99)"
    )
    return Scene((gantt(run, 60.0, 40.0),), run, numbers, told, since=60.0)


def polls_on_channels(polls: int, fault: str) -> Scene:
    """Slide 14 on Channels, for two and a half minutes."""
    scenario = deployments.slide14(polls=polls, server="channels")
    faults = {
        NO_FAULT: (),
        "a worker is killed": (Kill(name="fault", at=60.5, target="worker-1", down=10.0),),
        "Daphne is killed": (Kill(name="fault", at=60.5, target="daphne", down=1.0),),
    }[fault]
    run = simulate(with_faults(scenario, *faults), seconds=150.0)
    lanes = [f"worker-{number}" for number in range(1, 9)]
    numbers = waits(run) | open_and_busy(run, lanes) | {"polls": float(polls)}
    asked = requests(run.trace, ["clients"])
    numbers["failed"] = float(sum(each.outcome == "failed" for each in asked))
    told = (
        f"{polls} long polls, 8 workers behind Channels: workers busy {numbers['busy']:.3f} of the time; "
        f"a page took {ms(numbers['p50_ms'])} (median), {ms(numbers['p99_ms'])} (p99), {numbers['failed']:.0f} failed"
    )
    return Scene((gantt(run, 60.0, 3.0),), run, numbers, told, since=60.0)


# -- 5: a plain page


def plain_page(server: str, rate: float) -> Scene:
    """The same pages through a WSGI server and through Channels, four workers each, for three minutes."""
    make = deployments.slide07 if server == "WSGI" else deployments.slide16
    run = simulate(make(rate=rate, workers=4), seconds=180.0)
    numbers = waits(run)
    told = (
        f"{plain(rate)} plain pages a second through {server}, four workers: "
        f"median {numbers['p50_ms']:.1f} ms, mean {numbers['mean_ms']:.1f} ms, p99 {numbers['p99_ms']:.0f} ms"
    )
    return Scene((waterfall(run),), run, numbers, told, since=5.0)


# -- 6: a room


def room(members: int, workers: int) -> Scene:
    """Slide 24, where everybody says a line every ten seconds, for a quarter of a minute."""
    run = simulate(deployments.slide24(members=members, workers=workers), seconds=15.0)
    found = sorted(each.seconds for each in _deliveries(run))
    lost = sum(run.summary()["lost"].values())
    numbers = {
        "members": float(members),
        "lines": members * 0.1,
        "deliveries": members * members * 0.1,
        "p99_ms": percentile(found, 0.99) * 1000 if found else math.nan,
        "p50_ms": percentile(found, 0.5) * 1000 if found else math.nan,
        "lost": float(lost),
        "busy": utilisation(run.trace, ["daphne"]),
    }
    told = (
        f"{members} in the room: {plain(numbers['lines'])} lines, {numbers['deliveries']:,.0f} deliveries a second; "
        f"a line arrives after {ms(numbers['p50_ms'])} (median), {ms(numbers['p99_ms'])} (p99); {lost:,} lost; "
        f"Daphne busy {numbers['busy']:.0%}"
    )
    return Scene((channel_heatmap(run),), run, numbers, told, since=8.0)


def _deliveries(run: Run) -> Any:
    from chansim.measures.deliveries import deliveries

    return deliveries(run.trace, ["chatters"], 5.0)


# -- 7: a worker dies


def a_worker_dies(fault: str, workers: int) -> Scene:
    """Slide 16, and something that happens to it."""
    at = 5.0
    faults = {
        NO_FAULT: (),
        "a worker is killed": (Kill(name="fault", at=at, target="worker-1", down=-1.0),),
        "a worker stands still": (Pause(name="fault", at=at, target="worker-1", seconds=2.0),),
        "the layer is killed": (Kill(name="fault", at=at, target="layer", down=1.0),),
    }[fault]
    scenario = with_faults(deployments.slide16(rate=14.0 * workers, workers=workers), *faults)
    run = simulate(scenario, seconds=20.0, seed=4)
    lost = list(run.trace.rows(event="lost"))
    killed = [row for row in lost if row.detail == "worker killed"]
    about = (killed or lost)[:1]
    numbers = {
        "lost": float(len(lost)),
        "killed": float(len(killed)),
        "taken": math.nan,
        "answered": math.nan,
    }
    if about:
        message, request = about[0].message, about[0].request
        numbers["taken"] = float(sum(row.event == "received" for row in run.trace.rows(message=message)))
        asked = {each.number: each for each in requests(run.trace, ["clients"])}
        numbers["answered"] = float(asked[request].outcome == "served") if request in asked else math.nan
        shown = space_time(run, request=request)
    else:
        shown = space_time(run)
    summary = run.summary()
    causes = ", ".join(f"{count} {cause}" for cause, count in summary["lost"].items()) or "nothing"
    told = f"{workers} workers, {fault}: lost {causes}; {summary['served']} of {summary['requests']} requests served"
    return Scene((shown,), run, numbers, told, since=max(0.0, at - 0.1))


# -- 8: three ways to share


EVEN, UNEVEN = "even", "50 / 30 / 20"
SHARES = {EVEN: (), UNEVEN: (50.0, 30.0, 20.0)}
ISOLATED, SHARED, LOCAL = "a layer on each (30)", "one shared layer (29)", "RedisLocal (31)"


@lru_cache(4)
def _pages(deployment: str, entry: str) -> Run:
    make = deployments.slide29 if deployment == SHARED else deployments.slide31
    return simulate(make(machines=3, rate=150.0, shares=SHARES[entry]), seconds=60.0)


def three_layers(deployment: str, entry: str) -> Scene:
    """Slides 29 to 31 on three machines with three workers each: pages, or, where nothing is shared, the chat."""
    if deployment == ISOLATED:
        run = simulate(deployments.slide30_isolated(machines=3), seconds=60.0)
        numbers = _reached(run)
        told = f"A layer on each machine, 30 in one room: a line reaches {numbers['reached']:.0%} of the room"
        return Scene((delivery_matrix(run),), run, numbers, told, since=20.0)
    run, shared = _pages(deployment, entry), _pages(SHARED, entry)
    asked = requests(run.trace, ["clients"])
    failed = sum(each.outcome == "failed" for each in asked)
    numbers = waits(run) | {"failed": failed / len(asked), "reached": 1.0}
    told = (
        f"{deployment}, entry {entry}, 150 pages a second: mean {ms(numbers['mean_ms'])}, "
        f"p99 {ms(numbers['p99_ms'])}, {numbers['failed']:.1%} told 503"
    )
    shown = ecdf(run) if run is shared else ecdf(shared, run, labels=["one shared layer", "RedisLocal"])
    return Scene((shown,), run, numbers, told, since=20.0)


def _reached(run: Run) -> Mapping[str, float]:
    """The share of the room that a line reached, of lines said when all were in it."""
    members = len({row.component + row.channel for row in run.trace.rows(event="connected")})
    lines = {row.request for row in run.trace.rows(event="sent", component="chatters", detail="frame")
             if 10.0 < row.t < run.trace.end - 1.0}  # fmt: skip
    arrived = sum(
        row.request in lines for row in run.trace.rows(event="received", component="chatters", detail="frame")
    )
    return {
        "reached": arrived / (len(lines) * members),
        "failed": math.nan,
        "p99_ms": math.nan,
        "mean_ms": math.nan,
    }

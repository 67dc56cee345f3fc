"""Expected: what closed forms say of a deployment before anything is run.

What may live here: which load comes to which pool of workers and to which layer, read off a scenario, and the
formulas of :mod:`chansim.theory` applied to it. Nothing is simulated. Where there is no simple formula, for
long polls say, it says so instead of a number.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from chansim.channels.cost import Costs, sleeps
from chansim.duration import Duration
from chansim.editing.finding import layers_in_use, link_to, provides
from chansim.layer.eras import era_called
from chansim.model.chatters import line
from chansim.model.component import Component
from chansim.quantities import plain
from chansim.scenario import Scenario
from chansim.theory import MMc


@dataclass(frozen=True)
class Load:
    """*rate* pieces of work a second, each *service* seconds of a worker, *calls* of a layer and *messages* of a
    server. *gaps* and *spread*: the squared coefficients of variation of the time between two, and of the service."""

    rate: float
    service: float
    calls: float
    messages: float
    gaps: float = 1.0
    spread: float = 1.0


@dataclass(frozen=True)
class Pool:
    """*servers* workers who share one queue, that of *where*: a layer, or a WSGI server; and what comes to them."""

    where: str
    servers: int
    load: Load

    @property
    def rate(self) -> float:
        return self.load.rate

    @property
    def service(self) -> float:
        return self.load.service

    @property
    def queue(self) -> MMc | None:
        """The queue as M/M/c; None where nothing comes, or nobody works."""
        if self.rate <= 0 or self.service <= 0 or not self.servers:
            return None
        return MMc(self.rate, self.service, self.servers)

    @property
    def wait(self) -> tuple[str, str]:
        """The mean wait of a queue that settles, and the same in words, with whose law it is by."""
        queue, load = self.queue, self.load
        assert queue is not None
        if math.isnan(load.gaps):
            return "no formula", "no simple formula, for several come at once: only a run can tell"
        if load.gaps == 1 and math.isclose(load.spread, 1.0, rel_tol=1e-6):
            wait = _ms(queue.mean_wait)
            return wait, f"by Erlang C: {wait} on average, {queue.wait_probability:.0%} wait at all"
        wait = _ms(queue.mean_wait * (load.gaps + load.spread) / 2)
        if self.servers == 1 and load.gaps == 1:
            return wait, f"by Pollaczek and Khinchine: {wait} on average"
        about = wait if wait.startswith("<") else f"about {wait}"
        return about, f"by Allen and Cunneen: {about} on average"


@dataclass(frozen=True)
class Figure:
    """A number to show: its *label*, itself as it is written, the same in *words*, and whether it is *bad* news."""

    label: str
    value: str
    words: str
    bad: bool = False


class NoFormula(Exception):
    """There is no simple closed form for this, and why."""


def expected(scenario: Scenario) -> list[Figure]:
    """Utilisation and wait of each pool of workers, and utilisation of layers and servers that take time."""
    try:
        loads = _loads(scenario)
    except NoFormula as why:
        return [Figure("closed form", f"none: {why}", f"No closed form: {why}. Only a run can tell.")]
    pools = _alike(_pools(scenario, loads))
    found = [figure for pool in pools for figure in _of_pool(pool, len(pools) > 1 or "each" in pool.where)]
    found += [*_of_layers(scenario, loads), *_of_servers(scenario, loads)]
    if any(hasattr(each, "at") and not each.role for each in scenario.components):
        found.append(Figure("faults", "not counted", "What breaks is not in these: only a run can tell."))
    return found


def offered(scenario: Scenario) -> float:
    """Requests and lines a second that clients bring; NaN where no formula says."""
    try:
        return math.fsum(load.rate for load in _loads(scenario).values())
    except NoFormula:
        return math.nan


def _loads(scenario: Scenario) -> dict[str, Load]:
    """What comes to each server, by its name. Raises NoFormula."""
    found: dict[str, list[Load]] = defaultdict(list)
    application = next((each for each in scenario.components if provides(each, "application")), None)
    for each in scenario.components:
        if each.role == "client":
            load = _of_client(scenario, each, application)
            for server, share in _shares(scenario, each):
                rate = load.rate * share
                gaps = 1 + share * (load.gaps - 1)  # of a stream of which each goes this way by chance
                found[server].append(replace(load, rate=rate, gaps=gaps))
        elif hasattr(each, "arrivals"):
            raise NoFormula(f"{each.name} sends by itself")
    return {server: _together(loads) for server, loads in found.items()}


def _together(loads: list[Load]) -> Load:
    rate = math.fsum(each.rate for each in loads)
    if not rate:
        return Load(0.0, 0.0, 0.0, 0.0)

    def mean(of: Callable[[Load], float]) -> float:
        return math.fsum(each.rate * of(each) for each in loads) / rate

    service = mean(lambda each: each.service)
    squared = mean(lambda each: each.service**2 * (1 + each.spread))
    return Load(
        rate,
        service,
        mean(lambda each: each.calls),
        mean(lambda each: each.messages),
        mean(lambda each: each.gaps),
        squared / service**2 - 1 if service else 0.0,
    )


def _of_client(scenario: Scenario, client: Component, application: Any) -> Load:
    if application is None:
        raise NoFormula("there is no application")
    if link_to(client, "sockets"):
        return _of_lines(scenario, client, application)
    arrivals: Any = getattr(client, "arrivals", None)
    if not link_to(client, "server") or not hasattr(arrivals, "rate"):
        raise NoFormula(
            f"{client.name} {'hold connections' if hasattr(client, 'members') else 'are no plain stream'}"
        )
    if hasattr(client, "retry") and client.retry is not None:
        raise NoFormula(f"{client.name} try again")
    view = application.view_at(getattr(client, "path", "/"))
    if any(link_to(scenario[server], "layer") for server, _ in _shares(scenario, client)):
        view = application.router.always("http.request") or view
    costs = _costs(application, view)
    pieces = 1 + getattr(client, "assets", 0)
    service = costs.cpu.mean + costs.io.mean
    gaps = getattr(arrivals, "scv", math.nan) if pieces == 1 else math.nan
    return Load(arrivals.rate * pieces, service, 4.0, 2.0, gaps, _spread(service, costs.cpu, costs.io))


def _of_lines(scenario: Scenario, chatters: Any, application: Any) -> Load:
    """A line is consumed once, and sent to all members on the same layer."""
    paths = chatters.path
    if chatters.says is not line or not (
        isinstance(paths, str) or (isinstance(paths, tuple) and len(paths) == 1)
    ):
        raise NoFormula(f"{chatters.name} are in rooms, or silent")
    era = era_called(scenario[layers_in_use(scenario)[0]].era)
    router = application.router_of(era)
    if "websocket.receive" not in router.channels:
        raise NoFormula(f"nobody consumes the lines of {chatters.name}")
    costs = _costs(application, router.always("websocket.receive"))
    isolated = len(layers_in_use(scenario)) > 1 and not any(
        True for name in layers_in_use(scenario) for _ in scenario[name].links()
    )
    reached = chatters.members / (len(layers_in_use(scenario)) if isolated else 1)
    service = costs.cpu.mean + costs.io.mean + reached * costs.per_member
    spread = _spread(service, costs.cpu, costs.io)
    return Load(chatters.members * chatters.rate, service, 3.0 + 2 * reached, 1.0 + reached, 1.0, spread)


def _costs(application: Any, code: Any) -> Costs:
    """What a call of *code* costs. Raises NoFormula for code that takes its time by itself."""
    if sleeps(code):
        raise NoFormula(f"{code.__name__} sleeps")
    costs: Costs = application.costs_of(code)
    return costs


def _spread(whole: float, *parts: Duration) -> float:
    """The squared coefficient of variation of a sum of independent *parts*, whose mean is *whole*."""
    return math.fsum(each.scv * each.mean**2 for each in parts) / whole**2 if whole else 0.0


def _shares(scenario: Scenario, client: Component) -> Iterator[tuple[str, float]]:
    """The servers that *client* reaches, through whatever stands in front, and which share each gets."""
    field = link_to(client, "sockets") or link_to(client, "server")
    waiting = [(getattr(client, field), 1.0)]
    while waiting:
        name, share = waiting.pop(0)
        front: Any = scenario[name]
        behind = getattr(front, "servers", ())
        if provides(front, "sockets") and link_to(client, "sockets"):
            behind = getattr(front, "sockets", ()) or behind
        if not isinstance(behind, tuple) or not behind:
            yield name, share
            continue
        weights = front.weights or (1.0,) * len(behind)
        waiting += [
            (to, share * weight / math.fsum(weights)) for to, weight in zip(behind, weights, strict=True)
        ]


def _pools(scenario: Scenario, loads: dict[str, Load]) -> Iterator[Pool]:
    by_layer: dict[str, list[Load]] = defaultdict(list)
    for name, load in loads.items():
        server = scenario[name]
        if field := link_to(server, "layer"):
            by_layer[getattr(server, field)].append(load)
        else:
            yield Pool(name, len(server.lanes()), load)
    for layer, parts in by_layer.items():
        load = _together(parts)
        workers = [
            each
            for each in scenario.components
            if each.role == "worker" and (field := link_to(each, "layer")) and getattr(each, field) == layer
        ]
        yield Pool(layer, sum(len(each.lanes()) for each in workers), load)


def _alike(pools: Iterable[Pool]) -> list[Pool]:
    """The pools; those to which the same comes, and in which as many work, as one: "each of 3 layers"."""
    groups: dict[tuple[float, ...], list[Pool]] = defaultdict(list)
    for pool in pools:
        groups[pool.servers, round(pool.rate, 9), round(pool.service, 12)].append(pool)
    return [
        replace(alike[0], where=f"each of {len(alike)}") if len(alike) > 1 else alike[0]
        for alike in groups.values()
    ]


def _of_pool(pool: Pool, named: bool) -> Iterator[Figure]:
    of = f" of {pool.where}" if named else ""
    who = f"{pool.servers} worker{'' if pool.servers == 1 else 's'}"
    queue = pool.queue
    if not pool.servers and pool.rate:
        yield Figure(f"Workers{of}", "none", f"No worker{of}: whatever comes waits until it expires.", True)
    if queue is None:
        return
    load = f"{plain(pool.rate, 4)} a second × {plain(1000 * pool.service, 4)} ms / {who} = {queue.utilisation:.2f}"
    if queue.stable:
        yield Figure(f"ρ workers{of}", f"{queue.utilisation:.2f}", f"Expected load{of} ρ = {load}: stable.")
        wait, said = pool.wait
        yield Figure(f"wait{of}", wait, f"Expected wait{of}, {said}.")
    else:
        words = f"Expected load{of} ρ = {load}: unstable, more work comes than the workers can do."
        yield Figure(f"ρ workers{of}", f"{queue.utilisation:.2f} unstable", words, True)
        yield Figure(f"wait{of}", "grows", f"Expected wait{of}: it grows for as long as this goes on.", True)


def _of_layers(scenario: Scenario, loads: dict[str, Load]) -> Iterator[Figure]:
    """Of each layer that takes time for a call."""
    work: dict[str, float] = defaultdict(float)
    for name, load in loads.items():
        server = scenario[name]
        field = link_to(server, "layer")
        if not field:
            continue
        used: Any = scenario[getattr(server, field)]
        shards = getattr(used, "shards", ())
        if shards:
            for shard in shards:
                work[shard] += load.rate * load.calls / len(shards)
        elif getattr(used, "shared", ""):  # requests stay here, replies go through the other
            work[used.name] += load.rate * 2
            work[used.shared] += load.rate * (load.calls - 2)
        else:
            work[used.name] += load.rate * load.calls
    for name, calls in work.items():
        seconds = getattr(scenario[name], "operation", 0.0)
        if seconds and calls * seconds >= 0.005:
            share = calls * seconds
            words = f"Layer {name}: {plain(calls, 4)} calls a second × {plain(1000 * seconds, 4)} ms = {share:.2f}"
            yield _load_figure(f"ρ {name}", share, words)


def _of_servers(scenario: Scenario, loads: dict[str, Load]) -> Iterator[Figure]:
    """Of each interface server's event loop, where that is busy enough to matter."""
    groups: dict[tuple[float, float], list[str]] = defaultdict(list)
    for name, load in loads.items():
        cpu = getattr(scenario[name], "cpu", 0.0)
        if isinstance(cpu, float):
            groups[round(load.rate * load.messages, 9), cpu].append(name)
    for (messages, cpu), names in groups.items():
        share = messages * cpu
        who = names[0] if len(names) == 1 else f"each of {len(names)} servers"
        if share >= 0.005:
            words = f"Server {who}: {plain(messages, 4)} messages a second × {plain(1000 * cpu, 4)} ms = {share:.2f}"
            yield _load_figure(f"ρ {who}", share, words)


def _load_figure(label: str, share: float, words: str) -> Figure:
    if share < 1:
        return Figure(label, f"{share:.2f}", words + ".")
    return Figure(label, f"{share:.2f} unstable", words + ": unstable, it cannot keep up.", True)


def _ms(seconds: float) -> str:
    value = 1000 * seconds
    return f"{value:,.0f} ms" if value >= 10 else f"{plain(value, 2)} ms" if value >= 0.01 else "< 0.01 ms"

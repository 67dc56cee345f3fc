"""What the talk's deployments on several machines, slides 29 to 31, have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from chansim.deployments.parts import daphne
from chansim.deployments.parts import workers as make_workers
from chansim.layer.eras import Era
from chansim.model.component import Component, ScenarioError
from chansim.model.dns import DNS
from chansim.model.machine import Machine
from chansim.model.network import Link, Network


def machine(number: int) -> str:
    """The name of one of the machines, from 1 on."""
    return f"Machine {number}"


def whole(deployment: str, knob: str, value: object, low: int, high: int) -> int:
    """A whole number. Raises ScenarioError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ScenarioError(f"{deployment}: {knob}={value!r}: it must be a whole number from {low} to {high}")
    return value


def on_each(
    deployment: str,
    machines: int,
    workers: int | Sequence[int],
    cores: int,
    era: Era,
    layer_of: Callable[[int], str],
) -> tuple[Component, ...]:
    """The machines, each with an interface server and its workers; *layer_of* says which layer those use.

    *workers*: as many on each machine, or a number for each.
    """
    whole(deployment, "machines", machines, 1, 100)
    crews = (workers,) * machines if isinstance(workers, int) else workers
    if not isinstance(crews, (tuple, list)) or len(crews) != machines:
        words = f"it must be a whole number, or as many of them as machines, {machines}"
        raise ScenarioError(f"{deployment}: workers={workers!r}: {words}")
    found: list[Component] = []
    for number, crew in enumerate(crews, 1):
        here = {"layer": layer_of(number), "machine": machine(number)}
        found += [
            Machine(name=machine(number), cores=cores),
            replace(daphne(era, **here), name=f"daphne-{number}"),
        ]
        found += [
            replace(worker, name=worker.name.replace("-", f"-{number}-"))
            for worker in make_workers(deployment, crew, **here)
        ]
    return tuple(found)


def entry(deployment: str, machines: int, policy: str, shares: Sequence[float] = ()) -> DNS:
    """The name "site.example", under which clients reach the machines' interface servers.

    *policy* as a Balancer's; with *shares*, a number for each machine, "at random" in these proportions.
    """
    servers = tuple(f"daphne-{number}" for number in range(1, machines + 1))
    try:
        return DNS(name="site.example", servers=servers, policy=policy, weights=tuple(shares))
    except (ScenarioError, TypeError) as error:
        words = f"they must be numbers, one for each of {machines} machines, or none"
        if shares:
            raise ScenarioError(f"{deployment}: shares={shares!r}: {words}") from None
        why = str(error).rpartition(": ")[2]
        raise ScenarioError(f"{deployment}: policy={policy!r}: {why}") from None


def straight(network: Network) -> Network:
    """*network*, in which clients ask for the address in no time."""
    if any(a == b == "" for a, b, _ in network.links):
        return network
    return replace(network, links=(*network.links, ("", "", Link(0.0))))

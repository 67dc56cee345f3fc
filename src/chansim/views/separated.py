"""Separated: what a dead machine or a cut link takes from the clients of a deployment.

What may live here: questions to the graph of a scenario, which networkx answers. Nothing here draws, and
nothing is run: these are facts of the topology alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chansim.views.checked import checked

if TYPE_CHECKING:
    from chansim.model.component import Component
    from chansim.scenario import Scenario

Pair = tuple[str, str]


@dataclass(frozen=True)
class Separation:
    """What is left when some of a deployment is *dead*: with it falls whatever cannot work without it.

    *fallen*: those that died so. *unserved*: clients from whom no way leads to anything that runs the
    application. *idle*: what is alive and on no such way any more. *cut*: links that are broken, by name.
    """

    dead: tuple[str, ...]
    fallen: tuple[str, ...]
    unserved: tuple[str, ...]
    idle: tuple[str, ...]
    cut: tuple[Pair, ...]


@checked
def separated(scenario: Scenario, dead: Iterable[str] = (), cut: Iterable[Pair] = ()) -> Separation:
    """What remains of *scenario* when the components and machines named *dead* are, and links are *cut*.

    A link is cut between two components, or between all of two machines; "" is outside, where the clients
    are. A component falls when one that it is linked to is gone, or, of a choice of several, as a balancer
    has, all of them. Raises ValueError for a name that is not there.
    """
    scenario = getattr(scenario, "scenario", scenario)  # of a run too
    dead, cut = tuple(dead), tuple(cut)
    _check(scenario, dead, cut)
    gone = {each.name for each in scenario.components if each.name in dead or each.machine in dead}
    broken = {pair for pair in _links(scenario) if any(_is_cut(scenario, pair, ends) for ends in cut)}
    while falling := [each.name for each in scenario.components if _falls(each, gone, broken)]:
        gone.update(falling)
    served, useful = _served(scenario, gone, broken)
    drawn = [each for each in scenario.components if each.role]
    _, useful_before = _served(scenario, set(), set())
    at_first = {each.name for each in scenario.components if each.name in dead or each.machine in dead}
    return Separation(
        tuple(each.name for each in drawn if each.name in at_first),
        tuple(each.name for each in drawn if each.name in gone - at_first),
        tuple(each.name for each in drawn if each.role == "client" and each.name not in served),
        tuple(
            each.name
            for each in drawn
            if each.role != "client" and each.name in useful_before - useful - gone
        ),
        tuple(sorted(broken)),
    )


@checked
def single_points(scenario: Scenario) -> tuple[str, ...]:
    """The components and machines each of whose death alone leaves some client unserved, clients aside."""
    scenario = getattr(scenario, "scenario", scenario)  # of a run too
    components = [each.name for each in scenario.components if each.role and each.role != "client"]
    machines = dict.fromkeys(each.machine for each in scenario.components if each.machine)
    before = set(separated(scenario).unserved)
    return tuple(
        name for name in (*machines, *components) if set(separated(scenario, [name]).unserved) - before
    )


def _check(scenario: Scenario, dead: Iterable[str], cut: Iterable[Pair]) -> None:
    machines = {each.machine for each in scenario.components if each.machine}
    names = sorted(machines | {each.name for each in scenario.components})
    for name in dead:
        if name not in names:
            raise ValueError(
                f"dead={name!r}: there is no such component or machine; there are {', '.join(names)}"
            )
    for ends in cut:
        if isinstance(ends, str) or len(tuple(ends)) != 2 or not set(ends) <= {"", *names}:
            raise ValueError(
                f"cut={ends!r}: it must be two components, or two machines, in a pair; there are {', '.join(names)}"
            )


def _links(scenario: Scenario) -> list[Pair]:
    return [(each.name, to) for each in scenario.components for _, to in each.links()]


def _is_cut(scenario: Scenario, pair: Pair, ends: Pair) -> bool:
    """Whether the link between the components of *pair* is one that is cut between the two *ends*."""
    return set(pair) == set(ends) or {scenario[name].machine for name in pair} == set(ends)


def _falls(component: Component, gone: set[str], broken: set[Pair]) -> bool:
    """Whether a component that still stands cannot work without what is gone."""
    if component.name in gone:
        return False
    by_field: dict[str, list[bool]] = {}
    for field, to in component.links():
        by_field.setdefault(field, []).append(to in gone or (component.name, to) in broken)
    fields = type(component).__dataclass_fields__
    several = {name for name, each in fields.items() if "several" in each.metadata}
    return component.role != "client" and any(
        all(lost) if field in several else any(lost) for field, lost in by_field.items()
    )


def _served(scenario: Scenario, gone: set[str], broken: set[Pair]) -> tuple[set[str], set[str]]:
    """The clients that a way leads from to the application, and all that is on such a way."""
    import networkx

    graph: Any = scenario.graph()
    applications = {each.name for each in scenario.components if "application" in each.provides.split()}
    ways = networkx.DiGraph()
    ways.add_nodes_from(graph)
    for one, other in graph.edges:
        if one in gone or other in gone or (one, other) in broken:
            continue
        is_layer = "layer" in scenario[other].provides.split()
        ways.add_edge(one, other)
        if is_layer and any(to in applications for to in graph.successors(one)):
            ways.add_edge(other, one)  # a worker takes from its layer what came there
    ends = {
        name
        for name in graph
        if name not in gone and any(to in applications - gone for to in graph.successors(name))
    }
    clients = [each.name for each in scenario.components if each.role == "client" and each.name not in gone]
    before, after = object(), object()  # all ways at once: from before the clients to behind the application
    ways.add_nodes_from((before, after))
    ways.add_edges_from((before, name) for name in clients)
    ways.add_edges_from((name, after) for name in ends)
    back, ahead = networkx.ancestors(ways, after), networkx.descendants(ways, before)
    return {name for name in clients if name in back}, back & ahead


def tell_separation(found: Separation, clients: int) -> list[str]:
    """What a separation means, in sentences."""
    sentences = []
    if found.dead:
        sentences.append(f"Dead: {', '.join(found.dead)}.")
    if found.cut:
        sentences.append(f"Cut: {', '.join(f'{one} – {to}' for one, to in found.cut)}.")
    if found.fallen:
        sentences.append(f"Cannot work without them: {', '.join(found.fallen)}.")
    if found.idle:
        sentences.append(f"Alive and of no use: {', '.join(found.idle)}.")
    if found.unserved:
        sentences.append(f"Not served: {', '.join(found.unserved)}.")
    elif clients:
        sentences.append("There is still a way for every client.")
    return sentences

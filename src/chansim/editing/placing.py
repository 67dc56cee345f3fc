"""Placing: what is added, taken away, and moved from machine to machine.

What may live here: the verbs whose result has more or fewer boxes, or the same in other frames.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from statistics import fmean
from typing import TYPE_CHECKING, Any

from chansim.editing.finding import (
    called,
    free_name,
    layer_at,
    layers_in_use,
    link_to,
    machine_called,
    machines,
    on,
    provides,
    users,
)
from chansim.model.component import Component, ScenarioError
from chansim.model.dns import DNS
from chansim.model.machine import Machine
from chansim.model.network import Link
from chansim.model.worker import Worker

if TYPE_CHECKING:
    from chansim.scenario import Scenario

SITE = "site.example"
"""The name under which clients reach several servers."""


def add_worker(scenario: Scenario, machine: str) -> Scenario:
    """One more worker on *machine*: as the last one there, or else anywhere, but with the layer of its machine."""
    machine_called(scenario, "add_worker", machine)
    layer = layer_at(scenario, machine, "add_worker")
    there = [each for each in scenario.components if _is_worker(each)]
    here = [each for each in there if each.machine == machine]
    if there:
        like = (here or there)[-1]
        stem = like.name if here else f"worker-{_number(scenario, machine)}-0"
        name = free_name(stem if len(machines(scenario)) > 1 or here else "worker-0", _names(scenario))
        new = replace(like, name=name, machine=machine, **{link_to(like, "layer"): layer})
    else:
        applications = [each.name for each in scenario.components if provides(each, "application")]
        if not applications:
            raise ScenarioError(f"add_worker: machine={machine!r}: there is no application for it to run")
        name = free_name("worker-0", _names(scenario))
        new = Worker(name=name, machine=machine, layer=layer, application=applications[0])
    return _after(scenario, (here or there)[-1:], new)


def add_server(scenario: Scenario, machine: str) -> Scenario:
    """One more server on *machine*, as the one that clients reach now.

    Where they reached one alone, a name with several addresses is put in front, and each goes to one of them at random.
    """
    machine_called(scenario, "add_server", machine)
    like = _served(scenario, "add_server")
    return _with_server(scenario, like, machine)


def add_machine(scenario: Scenario) -> Scenario:
    """One more machine, with as many servers and workers, and cores, as the last that has any.

    Where each machine has a layer of its own, this one has too.
    """
    model = _fullest(scenario)
    name = free_name(model.name, _names(scenario))
    replicated = _own_layer(scenario, model.name)
    grown = scenario.add(replace(model, name=name))
    if replicated:
        layer = replace(replicated, name=free_name(replicated.name, _names(grown)), machine=name)
        grown = grown.with_(components=_inserted(grown, replicated.name, layer))
    for each in on(scenario, model.name):
        relink: dict[str, Any] = {}
        if (field := link_to(each, "layer")) and replicated and getattr(each, field) == replicated.name:
            relink[field] = layer.name
        if provides(each, "server") and not _is_front(each):
            grown = _with_server(grown, each, name, relink)
        elif _is_worker(each):
            new = replace(each, name=_worker_name(grown, name), machine=name, **relink)
            grown = grown.add(new)
    return grown


def remove(scenario: Scenario, name: str) -> Scenario:
    """Without the component *name*; without a machine, all that runs on it is gone too.

    Whoever named it among several names it no more, and a fault that was to befall it is gone. Raises
    ScenarioError where somebody else cannot do without it.
    """
    gone = {called(scenario, "remove", name).name, *(each.name for each in on(scenario, name))}
    if len(gone) > 1 or provides(scenario[name], "machine"):
        if len([each for each in machines(scenario) if each.name != name]) == 0:
            raise ScenarioError(f"remove: {name!r}: it is the last machine")
        gone |= _layers_left_alone(scenario, gone)
    kept: list[Component] = []
    for component in scenario.components:
        if component.name in gone:
            continue
        there = [(field, other) for field, other in component.links() if other in gone]
        if not there:
            kept.append(component)
            continue
        if not component.role and not component.provides:
            continue  # a fault: nobody is left for it to befall
        kept.append(_without(component, there, name))
    _check_served(scenario, kept, name)
    return _with_network(scenario, tuple(kept), gone)


def move(scenario: Scenario, name: str, machine: str) -> Scenario:
    """The component *name* on another *machine*. Where each machine has a layer of its own, it uses the one there."""
    component = called(scenario, "move", name)
    machine_called(scenario, "move", machine)
    if not component.placed or not component.machine:
        raise ScenarioError(f"move: {name!r}: {component.kind} {name!r} is on no machine")
    if component.machine == machine:
        return scenario
    field = link_to(component, "layer")
    relink: dict[str, Any] = {}
    if field and not provides(component, "layer") and len(layers_in_use(scenario)) > 1:
        relink[field] = layer_at(scenario, machine, "move")
    return scenario.change(name, machine=machine, **relink)


# -- names


def _names(scenario: Scenario) -> list[str]:
    return [each.name for each in scenario.components]


def _number(scenario: Scenario, machine: str) -> int:
    """Which of the machines that have servers or workers it is, from 1."""
    working = [
        each.name
        for each in machines(scenario)
        if each.name == machine
        or any(_is_worker(c) or provides(c, "server") for c in on(scenario, each.name))
    ]
    return working.index(machine) + 1


def _worker_name(scenario: Scenario, machine: str) -> str:
    here = [each.name for each in on(scenario, machine) if _is_worker(each)]
    return free_name(here[-1] if here else f"worker-{_number(scenario, machine)}-0", _names(scenario))


def _is_worker(component: Component) -> bool:
    return component.role == "worker" and bool(link_to(component, "application"))


# -- servers


def _is_front(component: Component) -> bool:
    """Whether it sends on to other servers."""
    return any(about.metadata.get("link") == "server" for about in component.__dataclass_fields__.values())


def _served(scenario: Scenario, verb: str) -> Component:
    """The server that clients reach, by name or through a front. Raises ScenarioError where there is none."""
    for component in reversed(scenario.components):
        if provides(component, "server") and component.machine and not _is_front(component):
            return component
    raise ScenarioError(f"{verb}: there is no server here that another could be like")


def _with_server(
    scenario: Scenario, like: Component, machine: str, relink: Mapping[str, Any] | None = None
) -> Scenario:
    """With one more server as *like* on *machine*, that clients reach as they reach *like*."""
    field = link_to(like, "layer")
    changes = dict(relink or {})
    if field and field not in changes:
        changes[field] = layer_at(scenario, machine, "add_server")
    new = replace(like, name=free_name(like.name, _names(scenario)), machine=machine, **changes)
    grown = _after(scenario, [like], new)
    named = list(users(scenario, like.name))
    for user, several_field in [(user, field) for user, field, several in named if several]:
        names = (*getattr(user, several_field), new.name)
        grown = grown.change(user.name, **{several_field: names}, **_weights(user, len(names)))
    alone = [(user, field) for user, field, several in named if not several and user.role == "client"]
    if alone:
        front = DNS(
            name=SITE if SITE not in _names(scenario) else free_name(SITE, _names(scenario)),
            servers=(like.name, new.name),
            policy="at random",
        )
        grown = _straight(grown.add(front))
        for user, field in alone:
            grown = grown.change(user.name, **{field: front.name})
    return grown


def _weights(front: Component, count: int) -> dict[str, Any]:
    """Its weights for *count* servers, if it has any: a new one has as much as the others have on average."""
    weights = getattr(front, "weights", ())
    return {"weights": (*weights, fmean(weights))} if weights and len(weights) < count else {}


def _straight(scenario: Scenario) -> Scenario:
    """With a network in which clients ask for an address in no time, as DNS wants it."""
    links = scenario.network.links
    if any(a == b == "" for a, b, _ in links):
        return scenario
    return scenario.with_(network=replace(scenario.network, links=(*links, ("", "", Link(0.0)))))


# -- machines


def _fullest(scenario: Scenario) -> Component:
    """The last machine that has servers or workers; or the last of all, or one with the cores that one has."""
    there = machines(scenario)
    working = [
        each
        for each in there
        if any(_is_worker(c) or (provides(c, "server") and not _is_front(c)) for c in on(scenario, each.name))
    ]
    return (working or there or [Machine(name="machine-0")])[-1]


def _own_layer(scenario: Scenario, machine: str) -> Component | None:
    """The layer that *machine* has for itself alone, if each has one; None where one layer is shared.

    Raises ScenarioError where it is shared, in memory that another machine cannot reach.
    """
    used = layers_in_use(scenario)
    here = [name for name in used if scenario[name].machine == machine]
    if len(used) == 1 and here and hasattr(scenario[here[0]], "per_waiting"):
        raise ScenarioError(
            f"add_machine: the layer {here[0]!r} is in memory that only the processes of one machine share; "
            'use another first: use_layer("shared") or use_layer("local")'
        )
    return scenario[here[0]] if here and len(used) > 1 else None


def _layers_left_alone(scenario: Scenario, gone: set[str]) -> set[str]:
    """Layers that nobody would use any more."""
    used_before = set(layers_in_use(scenario))
    rest = scenario.components
    still = {
        getattr(each, field)
        for each in rest
        if each.name not in gone and (field := link_to(each, "layer")) and not provides(each, "layer")
    }
    return used_before - still - gone if still else set()


# -- what remains


def _without(component: Component, there: list[tuple[str, str]], name: str) -> Component:
    """*component*, which names *name* no more. Raises ScenarioError where it must."""
    for field, other in there:
        about = component.__dataclass_fields__[field].metadata
        before = getattr(component, field)
        if "several" not in about:
            raise ScenarioError(
                f"remove: {name!r}: {component.kind} {component.name!r} needs it: {field}={other!r}; "
                "take that away first, or connect it elsewhere"
            )
        left = tuple(each for each in before if each != other)
        if len(left) < about["several"]:
            raise ScenarioError(
                f"remove: {name!r}: it is the last of the {field} of {component.kind} {component.name!r}"
            )
        changes: dict[str, Any] = {field: left}
        weights = getattr(component, "weights", ())
        if weights and len(weights) == len(before):
            kept = tuple(w for w, each in zip(weights, before, strict=True) if each != other)
            changes["weights"] = kept if sum(kept) else ()
        component = replace(component, **changes)
    return component


def _check_served(scenario: Scenario, kept: list[Component], name: str) -> None:
    """Raise ScenarioError where the clients would have no server left."""
    if any(provides(each, "server") and each.machine for each in scenario.components) and not any(
        provides(each, "server") and each.machine for each in kept
    ):
        raise ScenarioError(f"remove: {name!r}: the clients would have no server left")


def _with_network(scenario: Scenario, kept: tuple[Component, ...], gone: set[str]) -> Scenario:
    links = tuple(each for each in scenario.network.links if not gone & {each[0], each[1]})
    return scenario.with_(components=kept, network=replace(scenario.network, links=links))


def _after(scenario: Scenario, last: list[Component], new: Component) -> Scenario:
    """With *new* behind *last*, if there is one, or else at the end."""
    if not last:
        return scenario.add(new)
    return scenario.with_(components=_inserted(scenario, last[0].name, new))


def _inserted(scenario: Scenario, name: str, new: Component) -> tuple[Component, ...]:
    return tuple(each for old in scenario.components for each in ((old, new) if old.name == name else (old,)))

"""Finding: who is where in a scenario, and who names whom.

What may live here: questions about a scenario that several verbs ask. Nothing here changes one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import TYPE_CHECKING

from chansim.model.component import Component, ScenarioError

if TYPE_CHECKING:
    from chansim.scenario import Scenario


def called(scenario: Scenario, verb: str, name: object) -> Component:
    """The component of that *name*. Raises ScenarioError, with the names there are, for none."""
    for component in scenario.components:
        if component.name == name:
            return component
    there = ", ".join(component.name for component in scenario.components)
    raise ScenarioError(f"{verb}: {name!r}: there is no such component; there are {there}")


def machine_called(scenario: Scenario, verb: str, name: object) -> Component:
    """The machine of that *name*. Raises ScenarioError, with the machines there are, for none."""
    for component in machines(scenario):
        if component.name == name:
            return component
    there = ", ".join(map(repr, (machine.name for machine in machines(scenario)))) or "none"
    raise ScenarioError(f"{verb}: machine={name!r}: it must be a machine; here there is: {there}")


def machines(scenario: Scenario) -> list[Component]:
    """The machines, in order."""
    return [each for each in scenario.components if each.provides == "machine"]


def on(scenario: Scenario, machine: str) -> list[Component]:
    """What runs on *machine*."""
    return [each for each in scenario.components if each.machine == machine]


def provides(component: Component, noun: str) -> bool:
    """Whether a link may look for it under that *noun*."""
    return noun in component.provides.split()


def link_to(component: Component, noun: str) -> str:
    """The field of *component* that names one thing that provides *noun*; "" where it has none."""
    for each in fields(component):
        about = each.metadata
        if about.get("link") == noun and "several" not in about:
            return each.name
    return ""


def users(scenario: Scenario, name: str) -> Iterator[tuple[Component, str, bool]]:
    """Who names *name*, in which field, and whether that field holds several names; not as its machine."""
    for component in scenario.components:
        for field, other in component.links():
            if other == name:
                yield component, field, "several" in component.__dataclass_fields__[field].metadata


def layers_in_use(scenario: Scenario) -> list[str]:
    """The layers that servers and workers name themselves, in the order they are met."""
    found = [
        getattr(each, field)
        for each in scenario.components
        if each.placed and (field := link_to(each, "layer")) and not provides(each, "layer")
    ]
    return list(dict.fromkeys(found))


def layer_at(scenario: Scenario, machine: str, verb: str) -> str:
    """The layer that a server or worker on *machine* uses, or would use. Raises ScenarioError where there is none."""
    there = [
        getattr(each, field)
        for each in on(scenario, machine)
        if (field := link_to(each, "layer")) and not provides(each, "layer")
    ]
    used = layers_in_use(scenario)
    if there or len(used) == 1:
        return there[0] if there else used[0]
    if not used:
        raise ScenarioError(
            f"{verb}: this deployment has no channel layer, which a worker takes its messages from; "
            "what works here is the WSGI server: change its workers"
        )
    own = [name for name in used if scenario[name].machine == machine]
    if own:
        return own[0]
    raise ScenarioError(
        f"{verb}: machine={machine!r}: each machine has a layer of its own here, and this one has none; "
        "add a machine, which brings one, or choose another layer"
    )


def free_name(like: str, taken: Iterable[str]) -> str:
    """The next name after *like* that is not *taken*: worker-4 after worker-3, daphne-2 after daphne."""
    there = set(taken)
    found = re.fullmatch(r"(.*?)([- ])(\d+)", like)
    stem, between, number = (found[1], found[2], int(found[3])) if found else (like, "-", 1)
    while True:
        number += 1
        if (name := f"{stem}{between}{number}") not in there:
            return name

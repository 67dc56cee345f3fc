"""Breaking: what fails on purpose, and is mended.

What may live here: the verbs that put faults on the timeline and take them off it. What a fault does is the
business of :mod:`chansim.model.fault`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chansim.editing.finding import called, free_name, machine_called, provides
from chansim.model.component import ScenarioError
from chansim.model.fault import Kill, Partition
from chansim.quantities import plain

if TYPE_CHECKING:
    from chansim.scenario import Scenario

NEVER = -1.0
"""What a Kill says of a process that does not come back."""


def kill(scenario: Scenario, name: str, at: float = 10.0) -> Scenario:
    """The process *name* is killed, *at* so many seconds, and stays dead. What it had in hand is lost."""
    component = called(scenario, "kill", name)
    if not provides(component, "process"):
        there = ", ".join(each.name for each in scenario.components if provides(each, "process"))
        raise ScenarioError(
            f"kill: {name!r}: {component.kind} {name!r} is no process; those that can be killed: {there}"
        )
    dead = [each for each in _kills(scenario, name) if each.down == NEVER]
    if dead:
        raise ScenarioError(
            f"kill: {name!r}: it is dead from {plain(dead[0].at)} s on; restart it, or undo that, first"
        )
    taken = [each.name for each in scenario.components]
    label = f"kill {name}"
    label = free_name(label, taken) if label in taken else label
    return scenario.add(Kill(name=label, target=name, at=at, down=NEVER))


def restart(scenario: Scenario, name: str, at: float) -> Scenario:
    """The process *name*, which is killed, is there again *at* so many seconds. It knows nothing of what was."""
    called(scenario, "restart", name)
    dead = [each for each in _kills(scenario, name) if each.down == NEVER]
    if not dead:
        raise ScenarioError(f"restart: {name!r}: it is not dead; kill it first")
    fault = dead[-1]
    if not isinstance(at, (int, float)) or isinstance(at, bool) or not at >= fault.at:
        raise ScenarioError(
            f"restart: {name!r}: at={at!r}: it must be a number of seconds from {plain(fault.at)} on, when it is killed"
        )
    return scenario.change(fault.name, down=round(at - fault.at, 9))


def cut(scenario: Scenario, one: str, other: str = "", *, at: float = 10.0, seconds: float = 5.0) -> Scenario:
    """The machines *one* and *other* do not reach each other, from *at* on, for so many *seconds*; "" is outside."""
    machine_called(scenario, "cut", one)
    if other:
        machine_called(scenario, "cut", other)
    if one == other:
        raise ScenarioError(f"cut: {one!r}: a machine always reaches itself; name two")
    ends = " – ".join((one, other or "outside"))
    if any(_between(each, one, other) for each in scenario.components):
        raise ScenarioError(f"cut: {ends}: the way is cut already; mend it first")
    return scenario.add(
        Partition(name=f"cut {ends}".replace("/", " "), one=one, other=other, at=at, seconds=seconds)
    )


def mend(scenario: Scenario, one: str, other: str = "") -> Scenario:
    """The way between the machines *one* and *other* is not cut after all."""
    left = tuple(each for each in scenario.components if not _between(each, one, other))
    if len(left) == len(scenario.components):
        raise ScenarioError(f"mend: {one!r} – {other or 'outside'!r}: that way is not cut")
    return replace(scenario, components=left)


def _kills(scenario: Scenario, name: str) -> list[Kill]:
    return [each for each in scenario.components if isinstance(each, Kill) and each.target == name]


def _between(component: object, one: str, other: str) -> bool:
    return isinstance(component, Partition) and {component.one, component.other} == {one, other}

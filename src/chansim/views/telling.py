"""Telling: the words of a deployment's picture.

What may live here: sentences made from a scenario and the numbers of a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from chansim.quantities import plain
from chansim.views.stack import LANE_LABELS, has_lanes, plural
from chansim.views.through import linked

if TYPE_CHECKING:
    from chansim.model.component import Component
    from chansim.run import Run
    from chansim.scenario import Scenario


def tell(
    scenario: Scenario,
    run: Run | None,
    busy: Mapping[str, float] | None,
    flow: Mapping[tuple[str, str], float] | None,
) -> str:
    """What the picture of *scenario* shows, in sentences; with the shares and rates of *run*."""
    drawn = [each for each in scenario.components if each.role]
    sentences = [f"{scenario.title}: {_kinds(drawn)}."]
    for machine in dict.fromkeys(each.machine for each in drawn if each.machine):
        sentences.append(
            f"In the frame “{machine}”: {runs(each.name for each in drawn if each.machine == machine)}."
        )
    sentences += _links(scenario, drawn)
    if run is not None and busy is not None and flow is not None:
        sentences += _numbers(scenario, run, busy, flow)
    return " ".join(sentences)


def _kinds(drawn: Sequence[Component]) -> str:
    """ "Clients, Interface Server (Daphne), Channel Layer, 3 Workers", with lanes counted."""
    found = []
    for label, group in groupby(sorted(drawn, key=lambda each: each.column), key=_label):
        alike = list(group)
        lanes = sum(len(each.lanes()) for each in alike if has_lanes(each))
        name, bracket, rest = label.partition(" (")
        words = f"{len(alike)} {plural(name)}{bracket}{rest}" if len(alike) > 1 else label
        lane = LANE_LABELS.get(alike[0].role, "lane")
        found.append(words + (f" with {lanes} {plural(lane) if lanes > 1 else lane}" if lanes else ""))
    return ", ".join(found) or "no boxes to draw"


def _label(component: Component) -> str:
    """The name of its kind, and what stands in brackets under it."""
    first, *rest = component.label or (component.name,)
    return " ".join([first, *(line for line in rest if line.startswith("("))])


def _links(scenario: Scenario, drawn: Sequence[Component]) -> list[str]:
    """ "worker-1 to worker-3 are linked to layer." """
    targets: dict[tuple[str, ...], list[str]] = {}
    for each in drawn:
        to = tuple(linked(scenario, each))
        if to:
            targets.setdefault(to, []).append(each.name)
    return [f"{runs(names)} → {', '.join(to)}." for to, names in targets.items()]


def _numbers(
    scenario: Scenario, run: Run, busy: Mapping[str, float], flow: Mapping[tuple[str, str], float]
) -> list[str]:
    if not len(run.trace):
        return ["Nothing happened in the run."]
    lanes = [lane for each in scenario.components for lane in each.lanes() if lane in busy]
    sentences = []
    if lanes:
        sentences.append(
            f"Busy in {plain(run.trace.end)} s {run.world}: "
            + ", ".join(f"{lane} {busy[lane]:.0%}" for lane in lanes)
            + "."
        )
    if flow:
        rates = [f"{one} → {to} {rate:.1f}" for (one, to), rate in sorted(flow.items())]
        sentences.append("Messages per second: " + ", ".join(rates) + ".")
    return sentences


def runs(names: Iterable[str]) -> str:
    """Names in words, with those that only count on taken together: "daphne, worker-1 to worker-8"."""
    found = []
    for _, group in groupby(names, key=lambda name: name.rstrip("0123456789")):
        alike = list(group)
        found += [f"{alike[0]} to {alike[-1]}"] if len(alike) > 2 else alike
    return ", ".join(found)

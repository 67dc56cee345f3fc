"""Structure: a deployment's picture as data, for a browser that draws it.

What may live here: what is drawn where, what it is called, and what may be done to it. The geometry is
:mod:`chansim.views.placing`'s, that of the talk; how it looks is the business of ``static/lab.js``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from chansim.editing.finding import layers_in_use, machines, provides
from chansim.layer.eras import era_called
from chansim.quantities import plain
from chansim.svg import shortened, text_width
from chansim.views.boxes import MARGIN, WIDTH, Box, Plan
from chansim.views.links import links, ways
from chansim.views.placing import place

if TYPE_CHECKING:
    from chansim.model.component import Component
    from chansim.scenario import Scenario

Data = dict[str, Any]
EMPTY = 58.0  #: height of the frame of a machine on which nothing runs
LINE = 15.0  #: of a channel's name in its layer


def structure(scenario: Scenario) -> Data:
    """Frames, boxes, channels and arrows of *scenario*, all of it JSON."""
    plan = place(scenario)
    broken = list(_broken(scenario))
    height = _add_empty(scenario, plan)
    corridor = plan.corridor
    return {
        "width": WIDTH,
        "height": round(height, 1),
        "title": scenario.title,
        "corridor": _box(corridor) if corridor else None,
        "frames": [_frame(scenario, name, box) for name, box in plan.frames.items()],
        "boxes": [*_boxes(scenario, plan, broken)],
        "channels": [*_channels(scenario, plan)],
        "arrows": [*_arrows(scenario, plan, broken)],
    }


def flows(scenario: Scenario, rates: Mapping[tuple[str, str], float]) -> dict[str, list[float]]:
    """Messages per second there and back, by the id of the arrow."""
    return {
        _id(link.there): [round(each, 2) for each in link.rate(rates)]
        for link in links(scenario, place(scenario))
    }


def _box(box: Box) -> Data:
    return {
        "x": round(box.x, 1),
        "y": round(box.y, 1),
        "width": round(box.width, 1),
        "height": round(box.height, 1),
    }


def _add_empty(scenario: Scenario, plan: Plan) -> float:
    """Frames for the machines on which nothing runs, side by side at the bottom; returns the height of it all."""
    empty = [each.name for each in machines(scenario) if each.name not in plan.frames]
    room = (WIDTH - 2 * MARGIN + 12) / max(1, len(empty))
    for number, name in enumerate(empty):
        plan.frames[name] = Box(MARGIN + number * room, plan.height, min(220.0, room - 12), EMPTY)
    return plan.height + (EMPTY + MARGIN if empty else 0)


def _frame(scenario: Scenario, name: str, box: Box) -> Data:
    there = [each.name for each in scenario.components if each.machine == name]
    holds = f"on it: {', '.join(there)}" if there else "nothing runs on it"
    return {
        "id": f"machine:{name}",
        "name": name,
        "label": shortened(name, box.width - 20, bold=True),
        "empty": not there,
        "words": f"Machine {name}, {holds}" if not name.lower().startswith("machine") else f"{name}, {holds}",
        **_box(box),
    }


def _broken(scenario: Scenario) -> Iterator[tuple[str, Any]]:
    """Whom faults befall: a component's name, or the machines at the ends of a way; and the fault."""
    for each in scenario.components:
        if hasattr(each, "at") and not each.role:
            fault: Any = each
            yield (fault.target if hasattr(fault, "target") else ""), fault


def _boxes(scenario: Scenario, plan: Plan, broken: list[tuple[str, Any]]) -> Iterator[Data]:
    for name, box in plan.boxes.items():
        component = scenario[name]
        lines = [shortened(line, box.width - 14, 12) for line in plan.labels[name]]
        bold = len(lines) - len(component.label) + 1
        yield _drawn(scenario, component, (name,), lines, bold, box, broken)
    for item, box in plan.stack:
        owner = scenario[item.owner]
        yield _drawn(scenario, owner, item.lanes, [shortened(item.label, box.width - 14, 12)], 0, box, broken)


def _drawn(
    scenario: Scenario,
    component: Component,
    lanes: tuple[str, ...],
    lines: list[str],
    bold: int,
    box: Box,
    broken: list[tuple[str, Any]],
) -> Data:
    name = lanes[0] if len(lanes) == 1 else f"{lanes[0]} to {lanes[-1]}"
    faults = [fault for target, fault in broken if target == component.name]
    told = [told_of(fault) for fault in faults]
    where = f" on {component.machine}" if component.machine else ""
    alone = len(lanes) == 1 or all(lane.partition("/")[0] == component.name for lane in lanes)
    return {
        "id": name,
        "component": component.name,
        "lanes": list(lanes),
        "role": component.role,
        "lines": lines,
        "bold": bold,
        "machine": component.machine,
        "movable": bool(component.placed and component.machine and alone and "/" not in name),
        "fault": "; ".join(told),
        "words": ", ".join([f"{name}, {component.kind}{where}", *told]),
        **_box(box),
    }


def told_of(fault: Any) -> str:
    """What a fault does, in a few words: "killed at 10 s"."""
    kind = type(fault).__name__.lower()
    if hasattr(fault, "down") and hasattr(fault, "target"):
        back = f", back at {plain(fault.at + fault.down)} s" if fault.down >= 0 else ""
        return f"killed at {plain(fault.at)} s{back}"
    until = f" to {plain(fault.at + fault.seconds)} s" if hasattr(fault, "seconds") else ""
    return f"{kind} at {plain(fault.at)} s{until}"


def _channels(scenario: Scenario, plan: Plan) -> Iterator[Data]:
    """The normal channels, written in the box of each layer that workers take them from, as far as there is room."""
    applications = [each for each in scenario.components if provides(each, "application")]
    if not applications:
        return
    application: Any = applications[0]
    for name in layers_in_use(scenario):
        layer: Any = scenario[name]
        channels = application.router_of(era_called(layer.era)).channels
        for holder in getattr(layer, "shards", ()) or (name,):
            box = plan.boxes.get(holder)
            if box is None:
                continue
            top = box.middle + 7.5 * len(plan.labels[holder]) + 14
            room = int((box.bottom - 6 - top) / LINE) + 1
            shown = channels[: room if len(channels) <= room else max(0, room - 1)]
            for number, channel in enumerate(shown):
                yield {
                    "id": f"channel:{holder}:{channel}",
                    "channel": channel,
                    "component": holder,
                    "label": _tail(channel, box.width - 18),
                    "words": f"channel {channel} of {holder}",
                    **_box(Box(box.x + 7, top + number * LINE - 11, box.width - 14, LINE)),
                }


def _tail(channel: str, width: float) -> str:
    """The end of a channel's name, as much as fits: "…receive" and "…connect" differ there."""
    name = channel
    while len(name) > 4 and text_width(name if name == channel else "…" + name, 11) > width:
        name = name[1:]
    return name if name == channel else "…" + name.lstrip(".")


def _id(there: tuple[tuple[str, str], ...]) -> str:
    return f"{there[0][0]} → {there[-1][1]}"


def _arrows(scenario: Scenario, plan: Plan, broken: list[tuple[str, Any]]) -> Iterator[Data]:
    found = links(scenario, plan)
    for link, way in zip(found, ways(found), strict=True):
        ends = [_owner(scenario, name) for name in (link.there[0][0], link.there[-1][1])]
        here, there = (end.machine for end in ends)
        cuts = [
            fault
            for _, fault in broken
            if hasattr(fault, "one") and {fault.one, fault.other} == {here, there} and here != there
        ]
        told = "; ".join(
            f"cut from {plain(fault.at)} to {plain(fault.at + fault.seconds)} s"
            if not hasattr(fault, "share")
            else told_of(fault)
            for fault in cuts
        )
        yield {
            "id": _id(link.there),
            "points": [[round(x, 1), round(y, 1)] for x, y in way],
            "both": link.both,
            "machines": [here, there],
            "fault": told,
            "ends": [end.name for end in ends],
            "words": f"way between {ends[0].name} and {ends[1].name}{', ' + told if told else ''}",
        }


def _owner(scenario: Scenario, name: str) -> Component:
    owner: Component = scenario[name.partition("/")[0]] if "/" in name else scenario[name]
    return owner

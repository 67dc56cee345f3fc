"""Placing: where each box of a deployment's picture stands.

What may live here: columns, bands, frames and their pixels. Nothing here draws,
and no component is asked its type: only its role, column, label, machine, lanes
and links.

The geometry is that of the talk: clients on the left, servers, the channel layer
as a tall box in the middle, workers in a stack on the right. A machine with
servers or workers is a *band* across the picture; bands lie one under the other.
A layer that stands on none of these machines is *shared*: it crosses all the
bands, or, where the middle is taken by the machines' own layers, stands at the
far right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chansim.svg import text_width
from chansim.views.boxes import CLIENT, FOOT, GUTTER, HEAD, MARGIN, SIDE, WIDTH, Box, Plan
from chansim.views.stack import ROW, SERVER, SPACE, Group, Item, groups_of

if TYPE_CHECKING:
    from chansim.model.component import Component
    from chansim.scenario import Scenario

@dataclass(frozen=True)
class _Band:
    """One machine's servers without lanes, layers and stack."""

    machine: str
    servers: list[Component]
    layers: list[Component]
    groups: list[Group]

    @property
    def height(self) -> float:
        stack = sum(group.height + SPACE for group in self.groups) - SPACE
        servers = len(self.servers) * (SERVER + 2 * SPACE) - 2 * SPACE
        return max(stack, servers, 110.0 * len(self.layers), SERVER)


def place(scenario: Scenario) -> Plan:
    """Find a place for every component of *scenario* that has a role."""
    drawn = [each for each in scenario.components if each.role]
    machines = list(dict.fromkeys(each.machine for each in drawn if each.column in (1, 3)))
    most = {0: 8, 1: 8, 2: 6}.get(len(machines), 4)
    bands = []
    for machine in machines:
        here = [each for each in drawn if each.machine == machine]
        groups = groups_of(here, most)
        servers = [each for each in here if each.column == 1 and each.name not in {group.server for group in groups}]
        layers = [each for each in here if each.column == 2 and machine]
        bands.append(_Band(machine, servers, layers, groups))
    local = [each for band in bands for each in band.layers]
    shared = [each for each in drawn if each.column == 2 and each not in local]
    columns = _columns(drawn, local, shared, [item for band in bands for group in band.groups for item in group.items])
    plan = Plan()
    crossing = bool(shared) and any(machines) and not local and any(band.groups for band in bands)
    above = (30 if any(each.machine for each in shared) else 14) if crossing else 0
    y = MARGIN + above
    for band in bands:
        y = _place_band(plan, band, columns, y, GUTTER if local and shared else 0) + SPACE
    bottom = max(y - SPACE, MARGIN + SERVER) + (16 if crossing else 0)
    _place_shared(plan, shared, columns["shared"], bottom)
    if crossing:
        plan.corridor = Box(columns["shared"].x, MARGIN, columns["shared"].width, bottom - MARGIN).around(SIDE, 2, 2)
    _place_clients(plan, [each for each in drawn if each.column == 0], columns["clients"], bottom)
    _frame_others(plan, drawn)
    plan.height = max([bottom, *(box.bottom for box in (*plan.boxes.values(), *plan.frames.values()))]) + MARGIN
    return plan


def _columns(
    drawn: Sequence[Component], local: Sequence[Component], shared: Sequence[Component], items: Sequence[Item]
) -> dict[str, Box]:
    """Left edge and width of each column, the gaps between them spread over the picture's width."""

    def wide(components: Sequence[Component], least: float) -> float:
        words = [text_width(line, bold=not i) + 20 for each in components for i, line in enumerate(each.label)]
        return min(170.0, max([least, *words])) if components else 0.0

    widths = {
        "clients": wide([each for each in drawn if each.column == 0], 92),
        "servers": wide([each for each in drawn if each.column == 1], 92),
        "local": wide(local, 90),
        "workers": max([100.0, *(text_width(item.label) + 54 for item in items)]) if items else 0.0,
        "shared": wide(shared, 96),
    }
    order = ["clients", "servers", "local", "workers", "shared"]
    if not local:
        order = ["clients", "servers", "shared", "workers", "local"]
    used = [name for name in order if widths[name]]
    framed = SIDE if any(each.machine for each in drawn) else 0.0
    room = WIDTH - 2 * MARGIN - 2 * framed - sum(widths.values())
    gap = min(120.0, room / max(1, len(used) - 1))
    x = MARGIN + (room - gap * (len(used) - 1)) / 2
    columns: dict[str, Box] = {}
    for name in order:
        columns[name] = Box(x, 0, widths[name], 0)
        x += widths[name] + (gap if widths[name] else 0)
        x += framed if name == "clients" else 0
    return columns


def _place_band(plan: Plan, band: _Band, columns: dict[str, Box], y: float, gutter: float) -> float:
    """Place one machine's boxes from *y* down; returns where they, or its frame, end."""
    top = y + (HEAD if band.machine else 0)
    _spread(plan, band.servers, columns["servers"], top, band.height, SERVER)
    _spread(plan, band.layers, columns["local"], top, band.height, 0)
    used = sum(group.height + SPACE for group in band.groups) - SPACE
    at = top + (band.height - used) / 2
    for group in band.groups:
        for i, item in enumerate(group.items):
            rows = len(group.items) * (ROW + SPACE) - SPACE
            place = columns["workers"]
            row = Box(place.x, at + (group.height - rows) / 2 + i * (ROW + SPACE), place.width, ROW)
            plan.stack.append((item, row))
        if group.server:
            place = columns["servers"]
            plan.boxes[group.server] = Box(place.x, at, place.width, group.height)
        at += group.height + SPACE
    bottom = top + band.height + gutter
    if band.machine:
        inside = [columns[name] for name in ("servers", "local", "workers") if columns[name].width]
        left = min(box.x for box in inside)
        plan.frames[band.machine] = Box(left, top, max(box.right for box in inside) - left, bottom - top).around(
            SIDE, HEAD, FOOT
        )
        bottom += FOOT
    return bottom


def _spread(plan: Plan, components: Sequence[Component], column: Box, top: float, height: float, tall: float) -> None:
    """Place *components* one under the other, each in its share of *height*; *tall* 0 fills that share."""
    share = height / max(1, len(components))
    for i, each in enumerate(components):
        box = tall or share - (SPACE if len(components) > 1 else 0)
        plan.boxes[each.name] = Box(column.x, top + i * share + (share - box) / 2, column.width, box)


def _place_shared(plan: Plan, layers: Sequence[Component], column: Box, bottom: float) -> None:
    """Place the layers that belong to no band, over the whole height, with room for the frames of their machines."""
    share = (bottom - MARGIN) / max(1, len(layers))
    for i, each in enumerate(layers):
        head, foot = (24, 8) if each.machine else (0, 0)
        top = MARGIN + i * share + (SPACE if i else 0)
        height = share - head - foot - (SPACE if i else 0)
        plan.boxes[each.name] = Box(column.x, top + head, column.width, height)


def _place_clients(plan: Plan, clients: Sequence[Component], column: Box, bottom: float) -> None:
    """Place each client level with its servers, as far as they do not stand on one another."""

    def wish(each: Component) -> float:
        levels = [plan.boxes[name].middle for _, name in each.links() if name in plan.boxes]
        return sum(levels) / len(levels) if levels else bottom / 2

    ordered = sorted(clients, key=wish)
    tops: list[float] = []
    for each in ordered:
        tops.append(max([wish(each) - CLIENT / 2, *(top + CLIENT + SPACE for top in tops[-1:])]))
    over = max(0.0, (tops[-1] + CLIENT - bottom) if tops else 0.0)
    for each, top in zip(ordered, tops, strict=True):
        plan.boxes[each.name] = Box(column.x, top - min(over, tops[0] - MARGIN), column.width, CLIENT)


def _frame_others(plan: Plan, drawn: Sequence[Component]) -> None:
    """Frames for the machines that are no band: those of a shared layer, or of clients."""
    for machine in dict.fromkeys(each.machine for each in drawn if each.machine):
        boxes = [plan.boxes[each.name] for each in drawn if each.machine == machine and each.name in plan.boxes]
        if machine not in plan.frames and boxes:
            x, y = min(box.x for box in boxes), min(box.y for box in boxes)
            inside = Box(x, y, max(box.right for box in boxes) - x, max(box.bottom for box in boxes) - y)
            plan.frames[machine] = inside.around(8, 24, 8)

"""Placing: where each box of a deployment's picture stands.

What may live here: bands, stacks and frames, from top to bottom. Nothing here
draws, and no component is asked its type: only its role, column, label, machine,
lanes and links.

The geometry is that of the talk: clients on the left, what stands in front of servers, servers, the channel layer
as a tall box in the middle, workers in a stack on the right. A machine with
servers or workers is a *band* across the picture; bands lie one under the other.
A layer that stands on none of these machines is *shared*: it crosses all the
bands, or, where the middle is taken by the machines' own layers, stands at the
far right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING

from chansim.views.boxes import CLIENT, FOOT, GUTTER, HEAD, MARGIN, SIDE, Box, Plan
from chansim.views.columns import column_of, columns, fronts_of, label_of
from chansim.views.stack import ROW, SERVER, SPACE, Group, groups_of
from chansim.views.through import linked

if TYPE_CHECKING:
    from chansim.model.component import Component
    from chansim.scenario import Scenario


@dataclass(frozen=True)
class _Band:
    """One machine's servers without lanes, its layers, and its stack."""

    machine: str
    servers: list[Component]
    layers: list[Component]
    groups: list[Group]

    @property
    def stack(self) -> float:
        """Height of the stack."""
        return fsum(group.height + SPACE for group in self.groups) - SPACE

    @property
    def beside(self) -> float:
        """Height that the servers without lanes need, and the layers."""
        servers = len(self.servers) * (SERVER + 2 * SPACE) - 2 * SPACE
        return max(servers, 110.0 * len(self.layers), SERVER)

    @property
    def upper(self) -> float:
        """Where there are servers of both kinds, the height of those with lanes, above the others; else 0."""
        if not self.servers:
            return 0.0
        return fsum(group.height + SPACE for group in self.groups if group.server)

    @property
    def height(self) -> float:
        """Height of the whole band, without its frame."""
        if self.upper:
            workers = fsum(group.height for group in self.groups if not group.server)
            return self.upper + max(workers, self.beside)
        return max(self.stack, self.beside)


def place(scenario: Scenario) -> Plan:
    """Find a place for every component of *scenario* that has a role."""
    drawn = [each for each in scenario.components if each.role]
    bands = _bands(drawn)
    clients = [each for each in drawn if column_of(each) == 0]
    local = [each for band in bands for each in band.layers]
    shared = [each for each in drawn if column_of(each) == 2 and each not in local]
    crossing = bool(shared) and not local and any(band.machine and band.groups for band in bands)
    plan = Plan()
    plan.labels = {each.name: label_of(each, narrow=bool(local and shared)) for each in drawn}
    fronts = fronts_of(drawn)
    servers = [each for each in drawn if column_of(each) == 1 and each not in fronts]
    rows = {"clients": clients, "fronts": fronts, "servers": servers}
    labels = {
        name: [plan.labels[each.name] for each in components]
        for name, components in {**rows, "local": local, "shared": shared}.items()
    }
    items = [item for band in bands for group in band.groups for item in group.items]
    across = columns(labels, items, framed=any(each.machine for each in drawn))
    y = MARGIN + ((30 if any(each.machine for each in shared) else 14) if crossing else 0)
    for band in bands:
        y = _place_band(plan, band, across, y, GUTTER if local and shared else 0) + SPACE
    bottom = max(y - SPACE, MARGIN + SERVER) + (16 if crossing else 0)
    _place_shared(plan, shared, across["shared"], bottom)
    if crossing:
        plan.corridor = Box(across["shared"].x, MARGIN, across["shared"].width, bottom - MARGIN).around(
            SIDE, 2, 2
        )
    _place_before(scenario, plan, fronts, across["fronts"], bottom, SERVER)
    _place_before(scenario, plan, clients, across["clients"], bottom, CLIENT)
    _frame_others(plan, drawn)
    plan.height = (
        max([bottom, *(box.bottom for box in (*plan.boxes.values(), *plan.frames.values()))]) + MARGIN
    )
    return plan


def _bands(drawn: Sequence[Component]) -> list[_Band]:
    """A band for each machine that has servers or workers, "" among them; the more, the more is folded."""
    fronts = fronts_of(drawn)
    drawn = [each for each in drawn if each not in fronts]
    machines = list(dict.fromkeys(each.machine for each in drawn if column_of(each) in (1, 3)))
    most = {0: 8, 1: 8, 2: 6}.get(len(machines), 4)
    bands = []
    for machine in machines:
        here = [each for each in drawn if each.machine == machine]
        groups = groups_of(here, most)
        stacked = {group.server for group in groups}
        servers = [each for each in here if column_of(each) == 1 and each.name not in stacked]
        layers = [each for each in here if column_of(each) == 2 and machine]
        bands.append(_Band(machine, servers, layers, groups))
    return bands


def _place_band(plan: Plan, band: _Band, across: dict[str, Box], y: float, gutter: float) -> float:
    """Place one machine's boxes from *y* down; returns where they, or its frame, end."""
    top = y + (HEAD if band.machine else 0)
    lower, low = top + band.upper, band.height - band.upper
    _spread(plan, band.servers, across["servers"], lower, low, SERVER)
    _spread(plan, band.layers, across["local"], lower, low)
    at = top if band.upper else top + (band.height - band.stack) / 2
    for group in band.groups:
        if band.upper and not group.server:
            at = lower + (low - group.height) / 2
        _place_group(plan, group, across, at)
        at += group.height + SPACE
    height = band.height + gutter
    if not band.machine:
        return top + height
    inside = [across[name] for name in ("servers", "local", "workers") if across[name].width]
    left, right = min(box.x for box in inside), max(box.right for box in inside)
    plan.frames[band.machine] = Box(left, top, right - left, height).around(SIDE, HEAD, FOOT)
    return top + height + FOOT


def _place_group(plan: Plan, group: Group, across: dict[str, Box], y: float) -> None:
    """Place some boxes of the stack from *y* down; the server whose lanes they are, beside them, as tall."""
    column = across["workers"]
    rows = len(group.items) * (ROW + SPACE) - SPACE
    for i, item in enumerate(group.items):
        level = y + (group.height - rows) / 2 + i * (ROW + SPACE)
        plan.stack.append((item, Box(column.x, level, column.width, ROW)))
    if group.server:
        plan.boxes[group.server] = Box(across["servers"].x, y, across["servers"].width, group.height)


def _spread(
    plan: Plan, components: Sequence[Component], column: Box, top: float, height: float, tall: float = 0.0
) -> None:
    """Place *components* one under the other, each in its share of *height*; *tall* 0 fills that share."""
    share = height / max(1, len(components))
    for i, each in enumerate(components):
        box = tall or share - (SPACE if len(components) > 1 else 0)
        plan.boxes[each.name] = Box(column.x, top + i * share + (share - box) / 2, column.width, box)


def _place_shared(plan: Plan, layers: Sequence[Component], column: Box, bottom: float) -> None:
    """Place the layers that belong to no band, over the whole height; their machines' frames have room."""
    share = (bottom - MARGIN) / max(1, len(layers))
    for i, each in enumerate(layers):
        head, foot = (24, 8) if each.machine else (0, 0)
        top = MARGIN + i * share + (SPACE if i else 0)
        height = share - head - foot - (SPACE if i else 0)
        plan.boxes[each.name] = Box(column.x, top + head, column.width, height)


def _place_before(
    scenario: Scenario,
    plan: Plan,
    components: Sequence[Component],
    column: Box,
    bottom: float,
    tall: float,
) -> None:
    """Place each, client or front, level with its servers, as far as they do not stand on one another."""

    def wish(each: Component) -> float:
        levels = [plan.boxes[name].middle for name in linked(scenario, each) if name in plan.boxes]
        return fsum(levels) / len(levels) if levels else bottom / 2

    ordered = sorted(components, key=wish)
    levels = [wish(each) for each in ordered]
    tops: list[float] = []
    for level in levels:
        here = levels.count(level)  # those who want the same place stand around it
        tops.append(
            max(
                [
                    level - (tall * here + SPACE * (here - 1)) / 2,
                    *(top + tall + SPACE for top in tops[-1:]),
                ]
            )
        )
    over = max([0.0, *(MARGIN - top for top in tops[:1])])
    for each, top in zip(ordered, tops, strict=True):
        plan.boxes[each.name] = Box(column.x, top + over, column.width, tall)


def _frame_others(plan: Plan, drawn: Sequence[Component]) -> None:
    """Frames for the machines that are no band: those of a shared layer, or of clients."""
    for machine in dict.fromkeys(each.machine for each in drawn if each.machine):
        boxes = [
            plan.boxes[each.name] for each in drawn if each.machine == machine and each.name in plan.boxes
        ]
        if machine in plan.frames:
            _widen(plan, machine, boxes)
        elif boxes:
            x, y = min(box.x for box in boxes), min(box.y for box in boxes)
            inside = Box(x, y, max(box.right for box in boxes) - x, max(box.bottom for box in boxes) - y)
            plan.frames[machine] = inside.around(8, 24, 8)


def _widen(plan: Plan, machine: str, boxes: Sequence[Box]) -> None:
    """Let the frame of a band reach what stands in front of its servers, on the same machine."""
    frame = plan.frames[machine]
    left = min(frame.x, *(box.x - SIDE for box in boxes))
    plan.frames[machine] = Box(left, frame.y, frame.right - left, frame.height)

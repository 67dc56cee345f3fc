"""Columns: from left to right, how wide each column of a deployment's picture is.

What may live here: the widths that the labels ask for, and the gaps between.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import fsum
from typing import TYPE_CHECKING

from chansim.svg import text_width
from chansim.views.boxes import MARGIN, SIDE, WIDTH, Box
from chansim.views.stack import Item

if TYPE_CHECKING:
    from chansim.model.component import Component

Label = tuple[str, ...]
WIDEST = 170.0  #: a label that needs more is cut short
GAP = 120.0  #: the most there is between two columns


def column_of(component: Component) -> int:
    """0 clients, 1 servers, 2 layer, 3 workers; whatever lies further right stands with the workers."""
    return min(3, max(0, component.column))


def fronts_of(drawn: Sequence[Component]) -> list[Component]:
    """The servers that send on to other servers: they stand between these and the clients."""
    servers = {each.name for each in drawn if column_of(each) == 1}
    return [
        each for each in drawn if each.name in servers and any(name in servers for _, name in each.links())
    ]


def label_of(component: Component, narrow: bool) -> Label:
    """The lines in its box; where the picture is wide and the box must be *narrow*, a word a line."""
    first, *rest = component.label or (component.name,)
    return (*(first.split() if narrow else [first]), *rest)


def columns(labels: Mapping[str, Sequence[Label]], items: Sequence[Item], framed: bool) -> dict[str, Box]:
    """Left edge and width of each column. *labels* are those of each column's boxes, *items* the stack's.

    Layers of the machines stand in the middle, "local"; those of all machines,
    "shared", stand there too, or, if the place is taken, at the far right.
    """
    widths = {name: _wide(labels[name]) for name in ("clients", "fronts", "servers", "local", "shared")}
    widths["workers"] = max((text_width(item.label) + 54 for item in items), default=0.0)
    widths["workers"] = max(100.0, widths["workers"]) if items else 0.0
    middle = ["local", "workers", "shared"] if widths["local"] else ["shared", "workers"]
    order = [name for name in ("clients", "fronts", "servers", *middle) if widths[name]]
    side = SIDE if framed else 0.0
    room = WIDTH - 2 * MARGIN - (3 if widths["fronts"] else 2) * side - fsum(widths.values())
    gap = min(GAP, room / max(1, len(order) - 1))
    x = MARGIN + (room - gap * (len(order) - 1)) / 2
    found = {name: Box(x, 0, 0, 0) for name in widths}
    for name in order:
        found[name] = Box(x, 0, widths[name], 0)
        x += widths[name] + gap + (side if name in ("clients", "fronts") else 0.0)
    return found


def _wide(labels: Iterable[Label]) -> float:
    """What the longest line of *labels* needs; 0 where there are none."""
    lines = [text_width(line, bold=not line.startswith("(")) + 20 for label in labels for line in label]
    return min(WIDEST, max([84.0, *lines])) if lines else 0.0

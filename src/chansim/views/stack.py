"""Stack: what stands in the right-hand column of a deployment's picture.

What may live here: which boxes the workers, and the lanes of a server, become,
and when many of them are folded into one. No pixels beyond heights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chansim.model.component import Component

ROW = 30.0  #: height of a worker's box
SPACE = 10.0  #: between two of them
SERVER = 64.0  #: height of a server's box
LANE_LABELS = {"server": "WSGI App"}


@dataclass(frozen=True)
class Item:
    """A box of the stack: a worker, one lane of a server, or all of them that are folded into one.

    *owner* is the component, *lanes* are the trace's names for what the box stands for.
    """

    owner: str
    role: str
    label: str
    lanes: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """Boxes that belong together: a *server* and its lanes, or, with no server, workers."""

    server: str
    items: tuple[Item, ...]

    @property
    def height(self) -> float:
        """In pixels; a server stands beside its lanes."""
        rows = len(self.items) * (ROW + SPACE) - SPACE
        return max(rows, SERVER) if self.server else rows


def has_lanes(component: Component) -> bool:
    """Whether it is taken by work in numbered parts, each a box of its own."""
    return component.lanes() != (component.name,)


def groups_of(components: Sequence[Component], most: int) -> list[Group]:
    """The groups of the stack; of more than *most* boxes alike, those beyond the first few are folded."""
    groups = []
    for each in components:
        if each.column == 1 and has_lanes(each):
            label = LANE_LABELS.get(each.role, each.label[0])
            items = [Item(each.name, each.role, label, (lane,)) for lane in each.lanes()]
            groups.append(Group(each.name, _fold(items, most)))
    workers = [each for each in components if each.column >= 3]
    if workers:
        items = [
            Item(each.name, each.role, (each.label or (each.name,))[0], each.lanes()) for each in workers
        ]
        groups.append(Group("", _fold(items, most)))
    return groups


def _fold(items: list[Item], most: int) -> tuple[Item, ...]:
    if len(items) <= most:
        return tuple(items)
    shown, rest = items[: most - 2], items[most - 2 :]
    lanes = tuple(lane for item in rest for lane in item.lanes)
    return (*shown, Item(rest[0].owner, rest[0].role, f"… {len(items)} {plural(items[0].label)}", lanes))


def plural(word: str) -> str:
    """*word* for more than one."""
    return word if word.endswith("s") else word + "s"

"""Boxes: rectangles of a picture, and the plan of where they stand.

What may live here: geometry, and the sizes that a deployment's picture is made to.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from chansim.views.stack import Item

WIDTH = 740.0
CLIENT = 52.0  #: height of a client's box
MARGIN = 12.0
HEAD, FOOT, SIDE = 30.0, 14.0, 14.0  # between a machine's frame and what stands in it
GUTTER = 18.0  # under a band's boxes, for the way from its layer to the one at the far right


@dataclass(frozen=True)
class Box:
    """A rectangle of the picture, in pixels from the top left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """Half-way down."""
        return self.y + self.height / 2

    def around(self, side: float, head: float, foot: float) -> Box:
        """A box that leaves that much room about this one."""
        return Box(self.x - side, self.y - head, self.width + 2 * side, self.height + head + foot)


@dataclass
class Plan:
    """Where everything stands: *boxes* by component, the *stack* on the right, *frames* by machine.

    *labels* are the lines in the boxes, by component.
    """

    height: float = 0.0
    boxes: dict[str, Box] = field(default_factory=dict)
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    stack: list[tuple[Item, Box]] = field(default_factory=list)
    frames: dict[str, Box] = field(default_factory=dict)
    corridor: Box | None = None  #: where shared layers cross the machines, whose frames are open there

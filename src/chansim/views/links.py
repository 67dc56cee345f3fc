"""Links: the arrows of a deployment's picture.

What may live here: which boxes an arrow joins, where on their edges, by which
way, and the numbers written on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chansim.palette import INK, PAPER
from chansim.svg import Drawing
from chansim.views.boxes import Box, Plan
from chansim.views.stack import has_lanes

if TYPE_CHECKING:
    from chansim.scenario import Scenario

Point = tuple[float, float]


@dataclass(frozen=True)
class Link:
    """An arrow between two boxes, from left to right in the picture.

    *there* and *back* are pairs of names that messages pass between; a box that
    stands for many folded ones has many.
    """

    left: Box
    right: Box
    there: tuple[tuple[str, str], ...]
    back: tuple[tuple[str, str], ...]
    both: bool
    below: float = 0.0  #: where it must pass under other boxes, the level it does so at

    @property
    def names(self) -> str:
        """ "clients – daphne"."""
        return f"{self.there[0][0]} – {self.there[-1][1]}"


def links(scenario: Scenario, plan: Plan) -> list[Link]:
    """Every arrow of the picture: one for each link between two boxes, and one from a server to each of its lanes."""
    found = []
    roles = {each.name: each.role for each in scenario.components}
    for each in scenario.components:
        for _, to in each.links():
            if roles[to] and each.name in plan.boxes and to in plan.boxes:
                found.append(_link(plan, plan.boxes[each.name], plan.boxes[to], [(each.name, to)], roles[to] == "layer"))
    for item, box in plan.stack:
        lanes = has_lanes(scenario[item.owner])
        targets = [item.owner] if lanes else [to for _, to in scenario[item.owner].links() if to in plan.boxes]
        for to in targets:
            pairs = [(lane, to) for lane in item.lanes]
            found.append(_link(plan, box, plan.boxes[to], pairs, both=not lanes))
    return found


def _link(plan: Plan, one: Box, other: Box, pairs: Sequence[tuple[str, str]], both: bool) -> Link:
    there, back = tuple(pairs), tuple((to, name) for name, to in pairs)
    if one.x > other.x:
        one, other, there, back = other, one, back, there
    return Link(one, other, there, back, both, _way_under(plan, one, other))


def _way_under(plan: Plan, left: Box, right: Box) -> float:
    """0 where nothing stands between two boxes; else the level just under what does, in the same frame."""
    boxes = [*plan.boxes.values(), *(box for _, box in plan.stack)]
    between = [box for box in boxes if left.right < box.x and box.right < right.x]
    if not any(box.y < left.middle < box.bottom for box in between):
        return 0.0
    frame = next((box for box in plan.frames.values() if box.x < left.x and box.y < left.y < box.bottom), None)
    return max(box.bottom for box in between if frame is None or frame.y < box.y < frame.bottom) + 12


def ways(found: Sequence[Link]) -> list[list[Point]]:
    """The corners of each arrow. Arrows that meet at one side of a box share that side between them."""
    starts = [_port(link.left, link.right, [each for each in found if each.left == link.left], link) for link in found]
    ends = [_port(link.right, link.left, [each for each in found if each.right == link.right], link) for link in found]
    result: list[list[Point]] = []
    for link, start, end in zip(found, starts, ends, strict=True):
        a, b = (link.left.right + 1, start), (link.right.x - 1, end)
        if link.below:
            turn, foot = link.left.right + 12, link.below
            result.append([(a[0], min(foot, link.left.bottom - 8)), (b[0], min(foot, link.left.bottom - 8))])
            if foot > link.left.bottom - 8:
                result[-1] = [(link.left.x + link.left.width / 2, link.left.bottom + 1),
                              (link.left.x + link.left.width / 2, foot), (b[0], foot)]  # fmt: skip
            del turn
        else:
            result.append([a, b])
    return result


def _port(box: Box, other: Box, rivals: Sequence[Link], link: Link) -> float:
    """How far down the side of *box* an arrow to *other* starts."""
    if box.height > other.height and box.y + 5 <= other.middle <= box.bottom - 5:
        return other.middle
    others = [each for each in rivals if not each.below]
    side = sorted(others, key=lambda each: (each.right if each.left == box else each.left).middle)
    place = side.index(link) if link in side else 0
    return box.y + box.height * (place + 0.5) / max(1, len(side))


def draw_link(
    drawing: Drawing, plan: Plan, link: Link, way: Sequence[Point], flow: Mapping[tuple[str, str], float] | None
) -> None:
    """Draw one arrow and, with *flow* (messages per second by pair of names), its numbers."""
    there = sum(flow.get(pair, 0.0) for pair in link.there) if flow else 0.0
    back = sum(flow.get(pair, 0.0) for pair in link.back) if flow else 0.0
    thick = 1.2 if flow is None else 1.0 + 3.0 * (there + back) / max(1e-9, _most(flow))
    both = link.both or back > 0
    title = link.names + (f": {there:.3g} messages/s there, {back:.3g} back" if flow else "")
    with drawing.group(data_link=link.names):
        drawing.arrow(way, both=both, stroke=INK, stroke_width=thick, title=title)
        if flow and there + back:
            edges = [box.x for box in plan.frames.values() if way[-2][0] < box.x < way[-1][0]]
            _label(drawing, way, min(edges, default=way[-1][0]), f"{per_second(there)} →", f"← {per_second(back)}" * (back > 0))


def _most(flow: Mapping[tuple[str, str], float]) -> float:
    return max((rate + flow.get((to, one), 0.0) for (one, to), rate in flow.items()), default=0.0)


def per_second(rate: float) -> str:
    """ "49.8/s"."""
    return f"{rate:,.0f}/s" if rate >= 100 else f"{rate:.1f}/s"


def _label(drawing: Drawing, way: Sequence[Point], until: float, above: str, below: str) -> None:
    """The numbers over and under the last stretch of an arrow, as far as *until*, where a machine's frame begins."""
    (x0, y0), (x1, y1) = way[-2], way[-1]
    x = (x0 + until) / 2
    y = y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    halo = {"stroke": PAPER, "stroke_width": 3, "paint_order": "stroke", "text_anchor": "middle", "fill": INK}
    drawing.write(x, y - 5, above, 11, **halo)
    if below:
        drawing.write(x, y + 14, below, 11, **halo)

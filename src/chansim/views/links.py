"""Links: the arrows of a deployment's picture.

What may live here: which boxes an arrow joins, where on their edges and by which
way, and the numbers written on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING

from chansim.palette import INK, PAPER, ROLES
from chansim.svg import Drawing, Look, text_width
from chansim.views.boxes import Box, Plan
from chansim.views.chosen import Chosen
from chansim.views.stack import has_lanes
from chansim.views.through import linked, through

if TYPE_CHECKING:
    from chansim.scenario import Scenario

Point = tuple[float, float]
Pairs = tuple[tuple[str, str], ...]
Flow = Mapping[tuple[str, str], float]


@dataclass(frozen=True)
class Link:
    """An arrow between two boxes, from *left* to *right* in the picture; with *both*, a head at either end.

    *there* and *back* are the pairs of names that messages pass between; a box
    that stands for many has many. *below* is the level at which it passes under
    other boxes, 0 where none is in its way.
    """

    left: Box
    right: Box
    there: Pairs
    back: Pairs
    both: bool
    below: float = 0.0

    def rate(self, flow: Flow) -> tuple[float, float]:
        """Messages per second there and back."""
        return fsum(flow.get(pair, 0.0) for pair in self.there), fsum(
            flow.get(pair, 0.0) for pair in self.back
        )


def links(scenario: Scenario, plan: Plan) -> list[Link]:
    """An arrow for each link between two boxes, and one from a server to each of its lanes."""
    found = []
    roles = {each.name: each.role for each in scenario.components}
    for each in scenario.components:
        for via, to in through(scenario, each):
            if each.name in plan.boxes and to in plan.boxes:
                pairs: Pairs = ((each.name if roles[to] == "layer" else via, to),)
                found.append(_link(plan, plan.boxes[each.name], plan.boxes[to], pairs, roles[to] == "layer"))
    for item, box in plan.stack:
        owner = scenario[item.owner]
        inside = owner.column == 1 and has_lanes(owner)
        ends = item.lanes if inside else dict.fromkeys(lane.partition("/")[0] for lane in item.lanes)
        for to in [item.owner] if inside else [to for to in linked(scenario, owner) if to in plan.boxes]:
            pairs = tuple((end, to) for end in ends)
            found.append(_link(plan, box, plan.boxes[to], pairs, both=not inside))
    return found


def _link(plan: Plan, one: Box, other: Box, pairs: Pairs, both: bool) -> Link:
    back = tuple((to, name) for name, to in pairs)
    if one.x > other.x:
        return Link(other, one, back, pairs, both, _below(plan, other, one))
    return Link(one, other, pairs, back, both, _below(plan, one, other))


def _below(plan: Plan, left: Box, right: Box) -> float:
    """0 where nothing stands between two boxes; else the level under what does, in the left one's machine."""
    boxes = [*plan.boxes.values(), *(box for _, box in plan.stack)]
    between = [box for box in boxes if left.right < box.x and box.right < right.x]
    if not any(box.y < left.middle < box.bottom for box in between):
        return 0.0
    frames = [box for box in plan.frames.values() if box.x < left.x and box.y < left.y < box.bottom]
    near = [box for box in between if not frames or frames[0].y < box.y < frames[0].bottom]
    return max(box.bottom for box in (*near, left)) + 12


def ways(found: Sequence[Link]) -> list[list[Point]]:
    """The corners of each arrow. Arrows that meet at one side of a box share that side between them."""
    result: list[list[Point]] = []
    for link in found:
        if link.left.x == link.right.x:
            result.append(_straight_down(link.left, link.right))
            continue
        if link.below:
            x = link.left.x + link.left.width / 2
            result.append([(x, link.left.bottom + 1), (x, link.below), (link.right.x - 1, link.below)])
            continue
        leaving = [each.right for each in found if each.left == link.left and not each.below]
        coming = [each.left for each in found if each.right == link.right and not each.below]
        start = (link.left.right + 1, _port(link.left, link.right, leaving))
        result.append([start, (link.right.x - 1, _port(link.right, link.left, coming))])
    return result


def _straight_down(one: Box, other: Box) -> list[Point]:
    """The way between two boxes of one column."""
    x, sign = one.x + one.width / 2, 1 if one.y < other.y else -1
    start, end = (one.bottom, other.y) if sign > 0 else (one.y, other.bottom)
    return [(x, start + sign), (x, end - sign)]


def _port(box: Box, other: Box, rivals: Sequence[Box]) -> float:
    """How far down the side of *box* its arrow to *other* is; *rivals* are all those it has arrows to."""
    if box.height > other.height and box.y + 5 <= other.middle <= box.bottom - 5:
        return other.middle
    order = sorted(rivals, key=lambda rival: rival.middle)
    return box.y + box.height * (order.index(other) + 0.5) / len(order)


def draw_links(
    drawing: Drawing, scenario: Scenario, plan: Plan, flow: Flow | None, cut: Pairs, picked: Chosen
) -> None:
    """Draw every arrow; with *flow*, messages per second by pair of names, as thick as its numbers say.

    Those between pairs that are *cut* are dashed and crossed out; those that what is *picked* went along are marked.
    """
    found = links(scenario, plan)
    most = max([1e-9, *(sum(link.rate(flow)) for link in found)]) if flow else 1.0
    for link, way in zip(found, ways(found), strict=True):
        there, back = link.rate(flow) if flow else (0.0, 0.0)
        thick = 1.2 + 2.8 * (there + back) / most if flow else 1.2
        name = f"{link.there[0][0]} → {link.there[-1][1]}"
        title = f"{name}: {per_second(there)} there, {per_second(back)} back" if flow else name
        with drawing.group(data_link=name):
            both = link.both or back > 0
            broken = any(pair in cut for pair in (*link.there, *link.back))
            look: Look = {"stroke": INK, "stroke_width": thick, "stroke_dasharray": "4 4" if broken else ""}
            look.update(picked.look(_is_way_of(link, picked)) or {})
            drawing.arrow(way, 7, both, title=title, **look)
            if broken:
                (x0, y0), (x1, y1) = way[-2], way[-1]
                drawing.cross((x0 + x1) / 2, (y0 + y1) / 2, 7, stroke=ROLES["lost"].strong, stroke_width=4)
            if there + back:
                _write_rates(drawing, plan, way, there, back)


def _is_way_of(link: Link, picked: Chosen) -> bool:
    """Whether what is selected, a message or a request, went along an arrow."""
    if picked.selection.message is None and picked.selection.request is None:
        return False
    return any(set(pair) <= picked.components | picked.layers for pair in link.there)


def per_second(rate: float) -> str:
    """ "49.8/s"."""
    return f"{rate:,.0f}/s" if rate >= 100 else f"{rate:.1f}/s"


def _write_rates(drawing: Drawing, plan: Plan, way: Sequence[Point], there: float, back: float) -> None:
    """The numbers over and under the last stretch of an arrow, clear of machines' frames.

    Where two boxes stand too close for them they are left to the arrow's title, and to the words.
    """
    (x0, y0), (x1, y1) = way[-2], way[-1]
    if x1 > x0 and text_width(f"← {per_second(max(there, back))}", 11) > x1 - x0 + 8:
        return
    edges = sorted({x for box in plan.frames.values() for x in (box.x, box.right) if x0 < x < x1})
    left, right = max(
        zip([x0, *edges], [*edges, x1], strict=True), key=lambda stretch: stretch[1] - stretch[0]
    )
    x = (left + right) / 2
    y = y0 + (y1 - y0) * ((x - x0) / (x1 - x0) if x1 > x0 else 0.5)
    halo: Look = {"stroke": PAPER, "stroke_width": 3, "paint_order": "stroke", "text_anchor": "middle"}
    drawing.write(x, y - 5, f"{per_second(there)} →", 11, fill=INK, **halo)
    if back:
        drawing.write(x, y + 14, f"← {per_second(back)}", 11, fill=INK, **halo)

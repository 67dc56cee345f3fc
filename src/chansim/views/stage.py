"""Stage: a deployment's picture as the place where messages move.

What may live here: where a component, a queue and the way between two of them are, and what of the picture
stands still. What moves is the business of :mod:`chansim.views.moment`, and of the player in the browser.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from chansim.measures.rows import family, is_plain
from chansim.palette import INK, RULE, role_colour
from chansim.svg import Drawing, Look, shortened, text_width
from chansim.views.boxes import WIDTH, Box, Plan
from chansim.views.links import Point, links, ways
from chansim.views.placing import place
from chansim.views.through import linked
from chansim.views.topology import draw_frames

if TYPE_CHECKING:
    from chansim.scenario import Scenario

LINE = 14.0  #: height of a line of a label


@dataclass(frozen=True)
class Spot:
    """A box of the stage: the component *owner*, or those of its *lanes*, by the trace's names, that it stands for."""

    owner: str
    role: str
    label: tuple[str, ...]
    lanes: tuple[str, ...]
    box: Box
    stacked: bool

    @property
    def name(self) -> str:
        """What it is called: a lane's name, or that of the first and the last."""
        return self.lanes[0] if len(self.lanes) == 1 else f"{self.lanes[0]} to {self.lanes[-1]}"

    @property
    def inset(self) -> float:
        """How far from its sides a queue is drawn; a layer has inner edges."""
        return 10.0 if self.role == "layer" else 7.0

    @property
    def below(self) -> float:
        """Where the label ends and there is room for queues."""
        return self.box.y + 6 + LINE * len(self.label)


@dataclass(frozen=True)
class Place:
    """A queue: the *spot*, by number, that it stands in, and its *word*, a channel's or a family's of them.

    *shared*: it is spread over several layers, and a trace does not say over which; the spot is the first of them.
    """

    spot: int
    word: str
    shared: bool = False

    @property
    def said(self) -> str:
        """What is written there."""
        return f"{self.word} (on any)" if self.shared else self.word


class Stage:
    """The stage of *scenario*: its *spots* and the *routes* between them."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.plan: Plan = place(scenario)
        self.spots = [
            Spot(
                each.name,
                each.role,
                self.plan.labels[each.name],
                (each.name,),
                self.plan.boxes[each.name],
                False,
            )
            for each in scenario.components
            if each.name in self.plan.boxes
        ]
        for item, box in self.plan.stack:
            label = item.lanes[0] if len(item.lanes) == 1 else item.label
            self.spots.append(Spot(item.owner, item.role, (label,), item.lanes, box, True))
        self._places: dict[tuple[str, int], Place | None] = {}
        self._routes: dict[tuple[int, int], list[Point]] = {}

    @property
    def width(self) -> float:
        """In pixels."""
        return WIDTH

    @property
    def height(self) -> float:
        """In pixels."""
        return self.plan.height

    @cached_property
    def _numbers(self) -> dict[str, int]:
        """By every name that the trace may have for it, the number of a spot."""
        found: dict[str, int] = {}
        for number, spot in enumerate(self.spots):
            for lane in spot.lanes:
                found[lane] = number
        for number, spot in enumerate(self.spots):
            found.setdefault(spot.owner, number)
        for each in self.scenario.components:
            for lane in each.lanes():
                if each.name in found:
                    found.setdefault(lane, found[each.name])
        drawn = dict(found)
        for each in self.scenario.components:  # a name that clients look up is no box: it is where they are
            if each.name not in drawn and any(to in drawn for _, to in each.links()):
                asking = [one.name for one in self.scenario.components if one.name in drawn
                          and each.name in (to for _, to in one.links())]  # fmt: skip
                if asking:
                    found[each.name] = drawn[asking[0]]
        return found

    def spot_of(self, name: str) -> int | None:
        """The number of the spot where the component or lane called *name* is; None where it is not drawn."""
        found = self._numbers.get(name)
        return self._numbers.get(name.partition("/")[0]) if found is None else found

    def queue_of(self, channel: str, sender: str) -> Place | None:
        """Where what *sender* sends to *channel* waits; None for the plain network."""
        if is_plain(channel):
            return None
        spot = self.spot_of(sender)
        if spot is None:
            return None
        key = family(channel), spot  # a name for each request is of a family, so there are few of these
        if key not in self._places:
            self._places[key] = self._find_queue(*key)
        return self._places[key]

    def _find_queue(self, word: str, spot: int) -> Place | None:
        scenario = self.scenario
        layers = [name for name in linked(scenario, scenario[self.spots[spot].owner])
                  if scenario[name].role == "layer"]  # fmt: skip
        if not layers:
            return Place(self._numbers[self.spots[spot].owner], word)  # an accept queue, at its server
        first = layers[0]
        if (
            "!" in word or "?" in word
        ):  # a layer that is linked to another keeps only the normal channels itself
            first = next(iter(linked(scenario, scenario[first])), first)
        number = self.spot_of(first)
        return None if number is None else Place(number, word, len(layers) > 1)

    # -- ways

    @cached_property
    def _steps(self) -> dict[int, list[tuple[int, list[Point]]]]:
        """From each spot, the spots that an arrow joins it to, and the corners of the way there."""
        by_box = {spot.box: number for number, spot in enumerate(self.spots)}
        found: dict[int, list[tuple[int, list[Point]]]] = {number: [] for number in range(len(self.spots))}
        arrows = links(self.scenario, self.plan)
        for link, way in zip(arrows, ways(arrows), strict=True):
            one, other = by_box[link.left], by_box[link.right]
            found[one].append((other, way))
            found[other].append((one, way[::-1]))
        return found

    def route(self, start: int, end: int) -> list[Point]:
        """The corners of the shortest way along arrows from one spot to another; straight on where there is none."""
        if (start, end) not in self._routes:
            self._routes[start, end] = self._find_route(start, end)
        return self._routes[start, end]

    def _find_route(self, start: int, end: int) -> list[Point]:
        came: dict[int, tuple[int, list[Point]]] = {start: (start, [])}
        line = deque([start])
        while line and end not in came:
            here = line.popleft()
            for there, way in self._steps[here]:
                if there not in came:
                    came[there] = here, way
                    line.append(there)
        if end not in came or start == end:
            return [_middle(self.spots[start].box), _middle(self.spots[end].box)]
        legs: list[list[Point]] = []
        while end != start:
            end, way = came[end]
            legs.append(way)
        return [point for way in reversed(legs) for point in way]

    # -- what stands still

    def draw(self, drawing: Drawing) -> None:
        """Frames, arrows and boxes with their labels."""
        draw_frames(drawing, self.plan)
        arrows = links(self.scenario, self.plan)
        for link, way in zip(arrows, ways(arrows), strict=True):
            drawing.arrow(way, both=link.both, stroke=RULE, stroke_width=1.2)
        for spot in self.spots:
            _box(drawing, spot)


def _middle(box: Box) -> Point:
    return box.x + box.width / 2, box.middle


def _box(drawing: Drawing, spot: Spot) -> None:
    box, colour = spot.box, role_colour(spot.role)
    corner = min(box.height / 2, 16.0) if spot.role == "client" else 4
    look: Look = {"rx": corner, "fill": colour.tint, "stroke": INK, "stroke_width": 1.3}
    if len(spot.lanes) > 1:
        for shift in (6, 3):
            drawing.rect(box.x + shift, box.y + shift, box.width, box.height, **look)
    drawing.rect(box.x, box.y, box.width, box.height, **look)
    if spot.role == "layer":
        for x in (box.x + 5, box.right - 5):
            drawing.line([(x, box.y), (x, box.bottom)], stroke=colour.strong, stroke_width=2)


def lines(spot: Spot) -> list[tuple[str, float, bool]]:
    """The words in a box: each line, its baseline, and whether it is bold. In the stack they begin at its left."""
    box = spot.box
    if spot.stacked:
        return [(shortened(spot.label[0], box.width - 12, 11), box.y + 19, False)]
    return [
        (shortened(line, box.width - 14, 11 if i else 12, bold=not i), box.y + LINE * (i + 1), not i)
        for i, line in enumerate(spot.label)
    ]


def label(drawing: Drawing, spot: Spot, busy: bool = False) -> None:
    """Write them, over what shows that it is *busy*, which in the stack needs room below."""
    box = spot.box
    for text, y, bold in lines(spot):
        if spot.stacked:
            drawing.write(box.x + 8, y - 6 if busy else y, text, 11, fill=INK)
        else:
            look: Look = {"text_anchor": "middle", "font_weight": "bold" if bold else "", "fill": INK}
            drawing.write(box.x + box.width / 2, y, text, 12 if bold else 11, **look)


def ending(text: str, width: float, size: float = 11.0) -> str:
    """*text*, or "…" and as much of its end as fits into *width* pixels: what tells channels apart is there."""
    if text_width(text, size) <= width:
        return text
    while text and text_width("…" + text, size) > width:
        text = text[1:]
    return "…" + text

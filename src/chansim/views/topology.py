"""Topology: the picture of a deployment, drawn as the talk draws it.

What may live here: how the boxes of a deployment look. Where they stand is the
business of :mod:`chansim.views.placing`, what joins them of
:mod:`chansim.views.links`, the words of :mod:`chansim.views.telling`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING, Any

from chansim.figure import Figure
from chansim.measures.utilisation import utilisations
from chansim.palette import INK, PAPER, QUIET, ROLES, RULE, role_colour
from chansim.selection import Selection
from chansim.svg import Drawing, Look, shortened
from chansim.views.boxes import MARGIN, WIDTH, Box, Plan
from chansim.views.checked import checked
from chansim.views.chosen import Chosen, chosen
from chansim.views.flow import rates
from chansim.views.links import draw_links
from chansim.views.placing import place
from chansim.views.separated import Pair, Separation, separated, single_points, tell_separation
from chansim.views.stack import Item
from chansim.views.telling import tell

if TYPE_CHECKING:
    from chansim.model.component import Component
    from chansim.run import Run
    from chansim.scenario import Scenario

Busy = Mapping[str, float]
_NOTE = "Fill and %: share of the run it was busy.  On arrows: messages per second each way."
_DEAD = (
    "✕ dead, or cannot work without what is.  Dashed: alive and of no use, or a client that is not served."
)
_WEAK = "!: a single point of failure; without it some client is not served."


@dataclass(frozen=True)
class _Marks:
    """What the boxes have on them: what is selected, what is lost, and the single points of failure."""

    picked: Chosen
    lost: Separation | None
    weak: frozenset[str]

    def over(self, *names: str) -> Look | None:
        """The look of a box that stands for *names*, over its own."""
        if self.lost and set(names) & {*self.lost.idle, *self.lost.unserved}:
            return {"stroke": ROLES["lost"].strong, "stroke_width": 2, "stroke_dasharray": "5 3"}
        return self.picked.look(bool(self.picked.components.intersection(names)))

    def draw(self, drawing: Drawing, box: Box, *names: str, badge: bool = True) -> None:
        """A cross over what is dead, and a *badge* where it is a single point of failure."""
        if self.lost and set(names) <= {*self.lost.dead, *self.lost.fallen}:
            with drawing.group(data_dead=names[0], title=f"{names[0]}: dead"):
                x, y = box.right - 1, box.y + 1
                drawing.cross(x, y, 8, stroke=PAPER, stroke_width=7)
                drawing.cross(x, y, 8, stroke=ROLES["lost"].strong, stroke_width=4)
        if badge and self.weak.intersection(names):
            self.badge(drawing, box.x + 0.75 * box.width, box.y - 3, names[0])

    def badge(self, drawing: Drawing, x: float, y: float, name: str) -> None:
        """The "!" of a single point of failure, at a corner."""
        with drawing.group(data_weak=name, title=f"{name}: a single point of failure"):
            drawing.circle(x, y, 8, fill=PAPER, stroke=ROLES["lost"].strong, stroke_width=2)
            look: Look = {"text_anchor": "middle", "font_weight": "bold", "fill": INK}
            drawing.write(x, y + 4, "!", 11, **look)


_UNMARKED = _Marks(Chosen(Selection()), None, frozenset())


@checked
def topology(
    scenario: Scenario | Run,
    run: Run | None = None,
    *,
    dead: Iterable[str] = (),
    cut: Iterable[Pair] = (),
    weak: bool = False,
    selection: Selection | None = None,
    theme: str = "light",
) -> Figure:
    """The deployment *scenario* describes: boxes, machines as dashed frames, arrows along the links.

    With a *run* of it, or of a run alone, each worker, application and server is filled as far as
    it was busy, in % of the run, and each arrow says how many messages a second
    passed each way, and is as much thicker. The boxes of what is selected have a thick outline.

    *dead* (components or machines) and *cut* (pairs of them) ask what then still works, see
    :func:`chansim.views.separated.separated`: what is gone is crossed out, what is of no use any more
    is dashed. *weak* marks the single points of failure with "!". *theme*: "light" or "dark".
    Raises ValueError for a name that is not there.
    """
    scenario, run = _both(scenario, run)
    dead, cut = tuple(dead), tuple(cut)
    lost = separated(scenario, dead, cut) if dead or cut else None
    points = single_points(scenario) if weak else ()
    plan = place(scenario)
    busy = utilisations(run.trace) if run else None
    flow = rates(run) if run else None
    look = _Marks(chosen(run, selection) if run else _named(selection), lost, frozenset(points))
    notes = [_NOTE] * bool(run) + [_DEAD] * bool(lost) + [_WEAK] * weak
    drawing = Drawing(WIDTH, plan.height + 8 * bool(notes) + 16 * len(notes))
    draw_frames(drawing, plan, look)
    draw_links(drawing, scenario, plan, flow, lost.cut if lost else (), look.picked)
    for each in scenario.components:
        if each.name in plan.boxes:
            _draw_component(drawing, each, plan.boxes[each.name], plan.labels[each.name], busy, look)
    for item, box in plan.stack:
        _draw_item(drawing, item, box, busy, look, item.owner in plan.boxes)
    for place_, note in enumerate(notes):
        drawing.write(MARGIN, plan.height + 12 + 16 * place_, note, 11, fill=QUIET)
    words = [tell(scenario, run, busy, flow)]
    if lost:
        words += tell_separation(lost, sum(each.role == "client" for each in scenario.components))
    if weak:
        words.append(f"Single points of failure: {', '.join(points) or 'none'}.")
    said = " ".join(words) + look.picked.words
    return Figure(drawing.text(scenario.title, said), said).themed(theme)


def _both(subject: Any, run: Run | None) -> tuple[Scenario, Run | None]:
    """The scenario and the run, where *subject* is either."""
    return (subject.scenario, subject) if hasattr(subject, "trace") else (subject, run)


def _named(selection: Selection | None) -> Chosen:
    """What is selected where there is no run: a component, by its name."""
    name = selection.component if selection else None
    return Chosen(selection or Selection(), components=frozenset([name] if name else []))


def draw_frames(drawing: Drawing, plan: Plan, look: _Marks = _UNMARKED) -> None:
    """Machines, as dashed frames, open where a shared layer crosses them, for it is not inside."""
    corridor = plan.corridor
    across = [name for name, box in plan.frames.items() if corridor and box.x < corridor.x < box.right]
    for name in across:
        _draw_frame(drawing, name, plan.frames[name], look)
    if corridor:
        drawing.rect(corridor.x, corridor.y, corridor.width, corridor.height, fill=PAPER)
    for name in (name for name in plan.frames if name not in across):
        _draw_frame(drawing, name, plan.frames[name], look)


def _draw_frame(drawing: Drawing, name: str, box: Box, look: _Marks) -> None:
    with drawing.group(data_machine=name):
        dashes: Look = {"fill": "none", "stroke": RULE, "stroke_width": 1.5, "stroke_dasharray": "6 4"}
        drawing.rect(box.x, box.y, box.width, box.height, rx=8, **dashes)
        words = shortened(name, box.width - 20, bold=True)
        drawing.write(box.x + 10, box.y + 18, words, fill=QUIET, font_weight="bold")
        if name in look.weak:
            look.badge(drawing, box.x + 1, box.y + 1, name)


def _draw_component(
    drawing: Drawing,
    component: Component,
    box: Box,
    label: tuple[str, ...],
    busy: Busy | None,
    marks: _Marks,
) -> None:
    """A box with a label; a client has round ends, a layer an inner edge."""
    colour = role_colour(component.role)
    share = busy.get(component.name) if busy else None
    with drawing.group(data_component=component.name, title=_title(component.name, share)):
        corner = box.height / 2 if component.role == "client" else 4
        look: Look = {"rx": corner, "fill": colour.tint, "stroke": INK, "stroke_width": 1.3}
        look.update(marks.over(component.name) or {})
        drawing.rect(box.x, box.y, box.width, box.height, **look)
        if share:
            _fill(drawing, box, share, colour.strong)
        if component.role == "layer":
            for x in (box.x + 5, box.right - 5):
                drawing.line([(x, box.y), (x, box.bottom)], stroke=colour.strong, stroke_width=2)
        first = (
            len(label) - len(component.label) + 1
        )  # lines that are the name, and not what is said about it
        lines = [*label, *([f"{share:.0%} busy"] if share is not None else [])]
        y = box.middle - 7.5 * len(lines) + 11.5
        for i, line in enumerate(lines):
            weight, size = ("bold", 12) if i < first else ("", 11)
            text = shortened(line, box.width - 14, size, bold=i < first)
            look = {"text_anchor": "middle", "font_weight": weight, "fill": INK}
            drawing.write(box.x + box.width / 2, y + 15 * i, text, size, **look)
        marks.draw(drawing, box, component.name)


def _fill(drawing: Drawing, box: Box, share: float, colour: str) -> None:
    """The level of a box that was busy for *share* of the time, from the left."""
    width = (box.width - 2) * min(1.0, share)
    drawing.rect(box.x + 1, box.y + 1, width, box.height - 2, rx=3, fill=colour, fill_opacity=0.6)


def _draw_item(
    drawing: Drawing, item: Item, box: Box, busy: Busy | None, marks: _Marks, inside: bool
) -> None:
    """A worker, a lane, or a pile of them; *inside*: of a server that has a box of its own."""
    colour = role_colour(item.role)
    share = fsum(busy.get(lane, 0.0) for lane in item.lanes) / len(item.lanes) if busy is not None else None
    name = item.lanes[0] if len(item.lanes) == 1 else f"{item.lanes[0]} to {item.lanes[-1]}"
    with drawing.group(data_component=item.owner, data_lanes=len(item.lanes), title=_title(name, share)):
        names = dict.fromkeys(lane.partition("/")[0] for lane in item.lanes)
        look: Look = {"rx": 4, "stroke": INK, "stroke_width": 1.3, **(marks.over(*item.lanes, *names) or {})}
        if len(item.lanes) > 1:
            for shift in (6, 3):
                drawing.rect(box.x + shift, box.y + shift, box.width, box.height, fill=colour.tint, **look)
        drawing.rect(box.x, box.y, box.width, box.height, fill=colour.tint, **look)
        if share:
            _fill(drawing, box, share, colour.strong)
        middle = box.middle + 4
        if share is None:
            drawing.write(box.x + box.width / 2, middle, item.label, text_anchor="middle", fill=INK)
        else:
            drawing.write(box.x + 10, middle, item.label, fill=INK)
            drawing.write(box.right - 8, middle, f"{share:.0%}", 11, text_anchor="end", fill=INK)
        marks.draw(drawing, box, *names, badge=not inside)


def _title(name: str, share: float | None) -> str:
    return name if share is None else f"{name}: busy {share:.1%} of the run"

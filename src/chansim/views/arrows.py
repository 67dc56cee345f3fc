"""Arrows: the messages of a space-time diagram.

What may live here: the look of a message on its way, waiting in a channel, and
lost, and where the number that marks it finds room.
"""

from __future__ import annotations

from collections.abc import Sequence

from chansim.palette import INK, PAPER, QUIET, ROLES, RULE
from chansim.svg import Drawing, Look, text_width
from chansim.views.hops import Hop
from chansim.views.lifelines import WIDTH, Chart
from chansim.views.steps import Step

QUEUE = 7.0  # width of a stretch of waiting
MARK = 9.0  # radius of a number's disc

Point = tuple[float, float]


def draw_steps(drawing: Drawing, chart: Chart, numbered: Sequence[Step], main: int) -> None:
    """Draw every message; those of request *main* full, the others pale and dashed."""
    slots = _slots(chart, [hop for step in numbered for hop in step.hops if hop.queue])
    for step in sorted(numbered, key=lambda step: step.hops[0].request == main):
        for hop in step.hops:
            _draw_hop(drawing, chart, step, hop, hop.request == main, slots.get(hop.message, 0))
    for step in sorted(numbered, key=lambda step: step.hops[0].request != main):
        _mark(drawing, chart, step, step.hops[0].request == main)


def _slots(chart: Chart, waiting: Sequence[Hop]) -> dict[int, int]:
    """Which place beside its channel's line each message takes, so that none is drawn upon another."""
    most = max(0, int((chart.spacing / 2 - 24) / (QUEUE + 2)))
    taken: dict[tuple[str, int], float] = {}
    slots = {}
    for hop in sorted(waiting, key=lambda hop: hop.sent):
        slot = 0
        while taken.get((hop.queue, slot), -1.0) > hop.sent and slot < most:
            slot += 1
        slots[hop.message] = slot
        taken[hop.queue, slot] = _end(chart, hop)
    return slots


def _end(chart: Chart, hop: Hop) -> float:
    """When a message stopped waiting."""
    return next((t for t in (hop.received, hop.lost) if t is not None), chart.until)


def _queue_x(chart: Chart, hop: Hop, slot: int) -> float:
    return chart.x(hop.queue) + slot * (QUEUE + 2)


def _draw_hop(drawing: Drawing, chart: Chart, step: Step, hop: Hop, full: bool, slot: int) -> None:
    stroke, width, dashes = (INK, 1.4, "") if full else (QUIET, 1.0, "5 3")
    about: Look = {"data_message": hop.message, "data_request": hop.request, "data_channel": hop.queue}
    look = chart.picked.look(hop.message in chart.picked.messages)
    with drawing.group(look, **about, data_step=step.number, title=f"{step.number}. {step.words}"):
        for start, end in _arrows(chart, hop, slot):
            drawing.arrow([start, end], 6, stroke=stroke, stroke_width=width, stroke_dasharray=dashes)
        if hop.queue:
            _draw_wait(drawing, chart, hop, full, slot)
        if hop.lost is not None and chart.in_sight(hop.lost):
            _draw_loss(drawing, chart, hop, chart.y(hop.lost), slot)


def _draw_wait(drawing: Drawing, chart: Chart, hop: Hop, full: bool, slot: int) -> None:
    """The thick stretch on a channel's line, as far as it is in sight."""
    end = _end(chart, hop)
    if end < chart.since or hop.sent > chart.until:
        return
    x, top, bottom = _queue_x(chart, hop, slot), chart.y(hop.sent), chart.y(end)
    fill, stroke = (ROLES["layer"].strong, INK) if full else (ROLES["layer"].tint, QUIET)
    drawing.rect(x - QUEUE / 2, top, QUEUE, max(2.0, bottom - top), fill=fill, stroke=stroke)


def _draw_loss(drawing: Drawing, chart: Chart, hop: Hop, y: float, slot: int) -> None:
    """A cross where a message was lost, and beside it why, if there is room."""
    x = (
        chart.x(hop.receiver)
        if hop.receiver
        else _queue_x(chart, hop, slot)
        if hop.queue
        else chart.x(hop.sender)
    )
    drawing.cross(x, y, 6, stroke=PAPER, stroke_width=5)
    drawing.cross(x, y, 6, stroke=ROLES["lost"].strong)
    width = text_width(hop.cause, 11)
    left = x + 12 if x + 12 + width < WIDTH else x - 12 - width
    if chart.take(x - 8, y - 8, x + 8, y + 8) and chart.take(left, y + 5, left + width, y + 20):
        look: Look = {"stroke": PAPER, "stroke_width": 3, "paint_order": "stroke", "fill": INK}
        drawing.write(left, y + 16, hop.cause, 11, **look)


def _arrows(chart: Chart, hop: Hop, slot: int) -> list[tuple[Point, Point]]:
    """Start and end of each arrow of a message, if in sight: one, or two, to its channel and from there."""
    begin, legs = chart.side(hop.sender), []
    queue = (_queue_x(chart, hop, slot), QUEUE / 2) if hop.queue else None
    top = chart.y(hop.sent)
    if queue and chart.in_sight(hop.sent):
        legs.append(_between(begin, top, queue, top))
    if hop.received is not None and hop.receiver:
        end, bottom = chart.side(hop.receiver), chart.y(hop.received)
        if queue and chart.in_sight(hop.received):
            legs.append(_between(queue, bottom, end, bottom))
        elif not queue and chart.in_sight(hop.sent):
            legs.append(_between(begin, top, end, bottom))
    return legs


def _between(
    start: tuple[float, float], top: float, end: tuple[float, float], bottom: float
) -> tuple[Point, Point]:
    """The arrow from one lifeline to another, cut short so that it touches bars and queues at their sides."""
    sign = 1 if end[0] > start[0] else -1
    return (start[0] + sign * start[1], top), (end[0] - sign * end[1], bottom)


def _mark(drawing: Drawing, chart: Chart, step: Step, full: bool) -> None:
    """The number of a step on one of its arrows, where there is room, and rather not upon a lifeline."""
    places = [
        (x0 + (x1 - x0) * share, y0 + (y1 - y0) * share)
        for (x0, y0), (x1, y1) in _arrows(chart, step.hops[0], 0)
        for share in (0.5, 0.38, 0.62, 0.26, 0.74, 0.16, 0.84)
    ]
    lines = [chart.x(line.name) for line in chart.lines]
    places.sort(key=lambda place: any(abs(place[0] - x) < MARK + 8 for x in lines))
    for x, y in places:
        if chart.take(x - MARK, y - MARK, x + MARK, y + MARK):
            drawing.circle(x, y, MARK, fill=PAPER, stroke=INK if full else RULE)
            weight = "bold" if full else ""
            drawing.write(x, y + 4, str(step.number), 11, text_anchor="middle", fill=INK, font_weight=weight)
            return

"""Moment: a still of the messages' flow, as the player shows it: what waits where, who works, what is under way.

What may live here: how the state of a run at one moment is drawn on its stage, and told in words.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import fsum
from typing import TYPE_CHECKING

from chansim.figure import Figure
from chansim.measures.rows import is_plain
from chansim.measures.state import State, state_at
from chansim.palette import INK, PAPER, QUIET, ROLES, SELECTED, role_colour
from chansim.quantities import plain
from chansim.svg import Drawing, Look, shortened, text_width
from chansim.trace import EVENTS, LOST, RECEIVED, SENT, Row, Trace
from chansim.views.blank import blank
from chansim.views.checked import checked
from chansim.views.chosen import Chosen, chosen
from chansim.views.faults import faults
from chansim.views.links import Point
from chansim.views.saying import said
from chansim.views.stage import Place, Spot, Stage, ending, label

if TYPE_CHECKING:
    from chansim.run import Run
    from chansim.selection import Selection

ROW = 26.0  #: height of a queue's lines in a box
MOST = 10  #: messages of a queue that are drawn one by one
LISTED = 8  #: so many names are told
DOT = 4.5
SEEN = 0.02
"""For how long a lost message is shown after its loss, as a share of the run up to then; the player does it in
seconds of yours."""


@checked
def moment(run: Run, at: float, *, selection: Selection | None = None, theme: str = "light") -> Figure:
    """The flow of messages *at* that many seconds of *run*: what :func:`chansim.widgets.player` shows there.

    Workers and servers at work are filled, with the number of the request; queues say how many messages they
    hold, of which the first ten are squares; dots are messages on the network, where they are by then; a ✕ is
    a message just lost, and why. *selection*: what is marked. Raises ValueError for a moment outside the run.
    """
    trace = run.trace
    if not 0 <= at <= trace.end:
        raise ValueError(f"moment: at={at!r}: the run lasts from 0 to {plain(trace.end)} s")
    title = f"{run.scenario.title}, at {at:.3f} s"
    if not len(trace):
        return blank(title, "Nothing happened in the run.")
    stage, state = Stage(run.scenario), state_at(trace, at)
    picked = chosen(run, selection)
    still = _Still(stage, state, at, picked)
    drawing = Drawing(stage.width, stage.height + 26)
    stage.draw(drawing)
    still.draw(drawing)
    last = Row(*_row(trace, state.row - 1)) if state.row else None
    note = said(last) if last else f"{at:.3f} s: nothing has happened yet"
    drawing.write(12, stage.height + 14, shortened(f"Last: {note}", stage.width - 24, 11), 11, fill=QUIET)
    words = " ".join([f"{title}.", *still.words(), f"Last: {note}."]) + picked.words
    return Figure(drawing.text(title, words), words).themed(theme)


def _row(trace: Trace, place: int) -> tuple[float, str, str, str, int, int, str]:
    names = trace.names
    return (trace.t[place], EVENTS[trace.event[place]], names[trace.component[place]],
            names[trace.channel[place]], trace.message[place], trace.request[place],
            names[trace.detail[place]])  # fmt: skip


class _Still:
    """What of a state is seen on the stage: *queues* with the rows that wait there, *busy* lanes by spot."""

    def __init__(self, stage: Stage, state: State, at: float, picked: Chosen) -> None:
        self.stage, self.state, self.at, self.picked = stage, state, at, picked
        trace, names = state.trace, state.trace.names
        self.queues: dict[Place, list[int]] = {}
        for event, channel, component in dict.fromkeys(
            zip(
                trace.event[: state.row],
                trace.channel[: state.row],
                trace.component[: state.row],
                strict=True,
            )
        ):
            found = stage.queue_of(names[channel], names[component]) if event == SENT else None
            if found is not None:
                self.queues.setdefault(found, [])
        self.flying: list[int] = []
        for row in state.waiting.values():
            where, sender = names[trace.channel[row]], names[trace.component[row]]
            found = stage.queue_of(where, sender)
            if found is not None:
                self.queues[found].append(row)
            elif is_plain(where):
                self.flying.append(row)
        self.busy: defaultdict[int, list[int]] = defaultdict(list)
        for row in state.working.values():
            spot = stage.spot_of(names[trace.component[row]])
            if spot is not None:
                self.busy[spot].append(row)
        self.faults = [band for band in faults(trace, at, at) if band.begun < band.ended or band.lasts]
        since = bisect_left(trace.t, at - SEEN * at)
        self.losses = [row for row in range(since, state.row) if trace.event[row] == LOST]

    # -- in words

    def words(self) -> list[str]:
        """Sentences with the numbers."""
        state, names = self.state, self.state.trace.names
        told = []
        working = [names[state.trace.component[row]] for row in state.working.values()]
        listed = ", ".join(working) if len(working) <= LISTED else f"{len(working)}, {working[0]} the longest"
        told.append(f"At work: {listed}." if working else "Nobody is at work.")
        full = [
            f"{len(rows)} in {place.said} at {self.stage.spots[place.spot].owner}"
            for place, rows in self.queues.items()
            if rows
        ]
        told.append(f"Waiting: {', '.join(full)}." if full else "Nothing waits in a queue.")
        if self.flying:
            told.append(f"On the network: {len(self.flying)}.")
        if state.lost:
            causes = ", ".join(f"{count} {names[cause]}" for cause, count in sorted(state.lost.items()))
            told.append(f"Lost so far: {causes}.")
        if held := {names[who]: count for who, count in state.open.items() if count}:
            told.append(f"Open sockets: {_listed(held)}.")
        if members := {names[group]: count for group, count in state.groups.items() if count}:
            told.append(f"Members of groups: {_listed(members)}.")
        if self.faults:
            told.append(f"Broken: {', '.join(band.name for band in self.faults)}.")
        return told

    # -- drawn

    def draw(self, drawing: Drawing) -> None:
        lines: defaultdict[int, list[Place]] = defaultdict(list)
        for place in self.queues:
            lines[place.spot].append(place)
        for number, spot in enumerate(self.stage.spots):
            name = spot.name if len(spot.lanes) == 1 else spot.owner
            with drawing.group(data_component=name, title=self._title(number, spot)):
                self._draw_busy(drawing, number, spot)
                label(drawing, spot, bool(self.busy[number]))
                self._draw_queues(drawing, spot, lines[number])
                for band in self.faults:
                    if set(band.who) & {*spot.lanes, spot.owner}:
                        _draw_broken(drawing, spot, band.what)
                if self.picked and self.picked.components.intersection((*spot.lanes, spot.owner)):
                    _ring(drawing, spot)
        for row in self.flying:
            self._draw_dot(drawing, row)
        lost: Counter[tuple[int, str]] = Counter()
        names = self.state.trace.names
        taken = self._taken({self.state.trace.message[row] for row in self.losses})
        for row in self.losses:
            channel, who = names[self.state.trace.channel[row]], names[self.state.trace.component[row]]
            in_hand = self.state.trace.message[row] in taken  # else it was lost where it waited
            queue = None if in_hand else self.stage.queue_of(channel, who)
            spot_number = queue.spot if queue else self.stage.spot_of(who)
            if spot_number is not None:
                lost[spot_number, names[self.state.trace.detail[row]]] += 1
        for (spot_number, cause), times in lost.items():
            self._draw_loss(drawing, self.stage.spots[spot_number], cause, times)

    def _taken(self, messages: set[int]) -> set[int]:
        """Those of *messages* that somebody had received."""
        trace = self.state.trace
        rows = zip(trace.event[: self.state.row], trace.message[: self.state.row], strict=True)
        return (
            {message for event, message in rows if event == RECEIVED and message in messages}
            if messages
            else set()
        )

    def _title(self, number: int, spot: Spot) -> str:
        busy = self.busy[number]
        if not busy:
            return spot.name
        trace = self.state.trace
        if len(spot.lanes) > 1:
            return f"{spot.name}: {len(busy)} of {len(spot.lanes)} at work"
        return f"{spot.name}: at work on request {trace.request[busy[0]]} since {trace.t[busy[0]]:.3f} s"

    def _draw_busy(self, drawing: Drawing, number: int, spot: Spot) -> None:
        busy, box = self.busy[number], spot.box
        if busy:
            width = (box.width - 2) * min(1.0, len(busy) / len(spot.lanes))
            colour = role_colour(spot.role).strong
            drawing.rect(box.x + 1, box.y + 1, width, box.height - 2, rx=3, fill=colour, fill_opacity=0.6)
        if spot.stacked and busy:
            text = _load([self.state.trace.request[row] for row in busy], len(spot.lanes))
            drawing.write(box.x + 8, box.y + 25, text, 11, fill=INK)

    def _draw_queues(self, drawing: Drawing, spot: Spot, lines: Sequence[Place]) -> None:
        box = spot.box
        room = max(1, int((box.bottom - spot.below - 2) / ROW))
        if len(lines) > room:
            lines = sorted(lines, key=lambda place: -len(self.queues[place]))[:room]
        colour = ROLES["layer"].strong
        for i, place in enumerate(lines):
            rows, y = self.queues[place], spot.below + 2 + ROW * i
            left, right = box.x + spot.inset, box.right - spot.inset
            with drawing.group(data_channel=place.word, title=f"{place.word}: {len(rows)} waiting"):
                count = str(len(rows))
                drawing.write(left, y + 11, ending(place.said, right - left), 11, fill=INK)
                drawing.write(right, y + 22, count, 11, text_anchor="end", fill=INK, font_weight="bold")
                size = min(7.0, (right - left - 8 * len(count)) / MOST - 1)
                for j, row in enumerate(rows[:MOST]):
                    look: Look = {"fill": colour, "stroke": INK, "stroke_width": 0.6}
                    x = left + j * (size + 1)
                    message = self.state.trace.message[row]
                    look["data_message"] = str(message)
                    if self.picked and message in self.picked.messages:
                        look["fill"] = SELECTED
                    drawing.rect(x, y + 15, size, 7, **look)

    def _draw_dot(self, drawing: Drawing, row: int) -> None:
        trace, stage = self.state.trace, self.stage
        end = _end_of(trace, row)
        start_spot = stage.spot_of(trace.names[trace.component[row]])
        end_spot = stage.spot_of(trace.names[trace.component[end]]) if end is not None else None
        if start_spot is None:
            return
        sent, message = trace.t[row], trace.message[row]
        if end is None or end_spot is None or trace.event[end] == LOST:
            spot = stage.spots[start_spot].box
            x, y = spot.right + 8, spot.middle
        else:
            share = (self.at - sent) / (trace.t[end] - sent) if trace.t[end] > sent else 1.0
            x, y = along(stage.route(start_spot, end_spot), share)
        marked = bool(self.picked) and message in self.picked.messages
        name = f"message {message} of request {trace.request[row]}, sent at {sent:.3f} s"
        look: Look = {"fill": SELECTED if marked else INK, "stroke": PAPER, "stroke_width": 1}
        look |= {"title": name, "data_message": str(message)}
        drawing.circle(x, y, DOT + (2 if marked else 0), **look)

    def _draw_loss(self, drawing: Drawing, spot: Spot, cause: str, times: int) -> None:
        words = f"{times} × {cause}" if times > 1 else cause
        x, y = spot.box.right - 3, spot.box.y + 3
        left = min(x + 11, self.stage.width - text_width(words, 11) - 2)
        with drawing.group(data_lost=cause, title=f"{words}, at {spot.name}"):
            drawing.cross(x, y, 6, stroke=PAPER, stroke_width=5)
            drawing.cross(x, y, 6, stroke=ROLES["lost"].strong)
            halo: Look = {"stroke": PAPER, "stroke_width": 3, "paint_order": "stroke", "fill": INK}
            drawing.write(left, y - 5, words, 11, font_weight="bold", **halo)


def _listed(counts: Mapping[str, int]) -> str:
    """ "chat 10, news 3"; of many, how many there are in all."""
    if len(counts) > LISTED // 2:
        return f"{sum(counts.values())} in {len(counts)}"
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _load(requests: Sequence[int], lanes: int) -> str:
    """ "request 17" of one lane at work, "5 of 7 at work" of several."""
    return f"{len(requests)} of {lanes} at work" if lanes > 1 else f"request {requests[0]}"


def _draw_broken(drawing: Drawing, spot: Spot, what: str) -> None:
    box, colour = spot.box, ROLES["lost"].strong
    look: Look = {"fill": "none", "stroke": colour, "stroke_width": 2.5, "stroke_dasharray": "5 3"}
    drawing.rect(box.x, box.y, box.width, box.height, rx=4, **look)
    halo: Look = {
        "stroke": PAPER,
        "stroke_width": 3,
        "paint_order": "stroke",
        "fill": INK,
        "font_weight": "bold",
    }
    drawing.write(box.right - 6, box.bottom - 5, what, 11, text_anchor="end", **halo)


def _ring(drawing: Drawing, spot: Spot) -> None:
    box = spot.box.around(4, 4, 4)
    drawing.rect(box.x, box.y, box.width, box.height, rx=7, fill="none", stroke=SELECTED, stroke_width=3)


def along(way: Sequence[Point], share: float) -> Point:
    """The point that lies at that *share*, 0 to 1, of the length of *way*."""
    lengths = [((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 for (x0, y0), (x1, y1) in pairwise(way)]
    left = min(1.0, max(0.0, share)) * fsum(lengths)
    for (x0, y0), (x1, y1), length in zip(way, way[1:], lengths, strict=False):
        if left <= length and length > 0:
            return x0 + (x1 - x0) * left / length, y0 + (y1 - y0) * left / length
        left -= length
    return way[-1]


def _end_of(trace: Trace, row: int) -> int | None:
    """The row that says what became of the message sent in *row*; None where the trace does not say."""
    message = trace.message[row]
    for place in range(row + 1, len(trace)):
        if trace.message[place] == message and trace.event[place] != SENT:
            return place
    return None

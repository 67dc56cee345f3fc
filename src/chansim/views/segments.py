"""Segments: the parts of one delivery's time, each of a kind, as a waterfall shows them.

What may live here: which kind a part of a journey is, and the parting of the time in a channel. Nothing
here draws.

How the time in a channel is parted: as long as the process that took the message at last was at work on others,
it waited for that; as long as that process had nothing in hand, it lay there until asked for. The latter is called
"poll and layer", for the trace has no row by which the pause between two looks could be told from the way to the layer
and the layer's work. Both are sums, drawn in the order in which they came first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from chansim.measures import Journey
from chansim.views.hops import Hop, bars, hops

if TYPE_CHECKING:
    from chansim.run import Run

KINDS = ("network", "layer operation", "wait", "service", "reply wait", "poll and layer")
"""The kinds of time that a delivery takes. A part that the trace does not tell is "not traced"."""


@dataclass(frozen=True)
class Segment:
    """A part of a delivery's time: *kind* of :data:`KINDS`, at a *place* whose *name* is the same for all alike.

    From *begin* to *end*, in seconds since the request was opened. *message* is the one that was under way.
    """

    kind: str
    name: str
    place: str
    begin: float
    end: float
    message: int = 0

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.end - self.begin


class Parting:
    """Parts journeys of one run into segments."""

    def __init__(self, run: Run) -> None:
        self.trace = run.trace
        lanes = [lane for each in run.scenario.components for lane in (each.name, *each.lanes())]
        self.words = {lane: re.sub(r"([-/ ]\d+)+$", "", lane) for lane in lanes}  # worker-1-2 is a worker
        self.bars: dict[str, list[tuple[float, float]]] = {}
        for bar in bars(run.trace):
            self.bars.setdefault(bar.lane, []).append((bar.begun, bar.ended or run.trace.end))

    def segments(self, journey: Journey) -> list[Segment]:
        """The parts of *journey*, in order. What took no time is left out."""
        on_the_way = hops(self.trace, {journey.request})
        found: list[Segment] = []
        moments = [0.0]
        for seconds in journey.seconds:
            moments.append(moments[-1] + seconds)
        before = ""
        for part, (begin, end) in zip(journey.names, pairwise(moments), strict=True):
            place, what = _split(part)
            name = " → ".join(self.words.get(each, each) for each in place.split(" → "))
            hop = _nearest(on_the_way, journey.opened + begin, journey.opened + end)
            if what == "in the channel":
                found += self._channel(place, name, begin, end, hop, journey.opened)
            else:
                kind = _kind(what, before)
                found.append(Segment(kind, name, place, begin, end, hop.message if hop else 0))
            before = what
        return [each for each in found if each.seconds > 1e-9]

    def _channel(
        self, place: str, name: str, begin: float, end: float, hop: Hop | None, opened: float
    ) -> list[Segment]:
        """The time in a channel, parted by what the process that took it did meanwhile."""
        busy, first = 0.0, False
        for begun, ended in self.bars.get(hop.receiver, ()) if hop else ():
            overlap = min(ended - opened, end) - max(begun - opened, begin)
            if overlap > 0:
                busy += overlap
                first = first or begun - opened <= begin
        busy = min(busy, end - begin)  # a server with many threads does several things at once
        message = hop.message if hop else 0
        waited = "reply wait" if "!" in place else "wait"
        kinds = [(waited, busy), ("poll and layer", end - begin - busy)]
        if not first:
            kinds.reverse()
        (one, seconds), (other, _) = kinds
        return [
            Segment(one, name, place, begin, begin + seconds, message),
            Segment(other, name, place, begin + seconds, end, message),
        ]


def _split(part: str) -> tuple[str, str]:
    """Place and kind of a part's name: ("daphne", "work") of "daphne: work (2)"."""
    place, _, what = part.rpartition(": ")
    what = what.partition(" (")[0]
    return (place, what) if place else (what, what)


def _kind(what: str, before: str) -> str:
    """The kind of a part, by its name and by what came *before* it."""
    if what == "waiting":  # after a channel it is the way back from the layer, else the process is busy
        return "layer operation" if before == "in the channel" else "wait"
    return {
        "network": "network",
        "handing on": "network",
        "in the queue": "wait",
        "work": "service",
        "sending": "layer operation",
    }.get(what, "not traced")


def _nearest(found: Sequence[Hop], begin: float, end: float) -> Hop | None:
    """The message that was sent and received nearest to these moments: sums of parts round."""
    arrived = [hop for hop in found if hop.received is not None]
    return min(
        arrived,
        key=lambda hop: abs(hop.sent - begin) + abs((hop.received or 0.0) - end),
        default=None,
    )

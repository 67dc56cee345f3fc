"""Window: a part of a trace, packed for the player in the browser.

What may live here: which rows of a trace go there, and how. A window holds what is needed to show any moment
within it: its own rows; before them those of messages that wait, and of work that is going on, as it begins;
behind them the arrivals of what is still on the network as it ends. So the browser has nothing to ask for
while it plays, rewinds or steps within it.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from typing import Any, NamedTuple

from chansim.measures.rows import is_plain
from chansim.measures.state import State
from chansim.trace import RECEIVED, SENT, Trace
from chansim.views.faults import faults
from chansim.views.stage import Place, Stage, ending

SIZE = 5000  #: rows of a window
AHEAD = 20_000  #: rows behind a window in which arrivals are looked for
KEPT = 10_000  #: rows between two states that are kept, so that no window is counted from the very beginning

LAYOUT = {"t": "d", "component": "I", "channel": "I", "message": "I", "request": "I", "detail": "I",
          "queue": "H", "event": "B"}  # fmt: skip
"""The columns in their order, widest first so that each begins where the browser may read it; little-endian."""


class Window(NamedTuple):
    """*about*: what JSON can say of it; *rows*: the columns, one after the other, as LAYOUT says."""

    about: dict[str, Any]
    rows: bytes


class Windows:
    """The windows of *trace* on *stage*."""

    def __init__(self, stage: Stage, trace: Trace, size: int = SIZE) -> None:
        self.stage = stage
        self.trace = trace
        self.size = size
        self._kept = [State(trace)]

    def follow(self, trace: Trace, unmoved: int) -> None:
        """Go on with a longer *trace* of the same run, the first *unmoved* rows of which are as they were."""
        self.trace = trace
        self._kept = [state for state in self._kept if state.row <= unmoved]
        for state in self._kept:
            state.trace = trace

    def state(self, row: int) -> State:
        """How things stand after *row* rows."""
        while self._kept[-1].row + KEPT <= row:
            last = self._kept[-1]
            self._kept.append(last.copy().advance(last.row + KEPT))
        return self._kept[row // KEPT].copy().advance(row)

    def at(self, moment: float) -> Window:
        """The window about that *moment*, in seconds: a quarter of it before, the rest behind."""
        here, total = bisect_right(self.trace.t, moment), len(self.trace)
        first = max(0, min(here - self.size // 4, total - self.size))
        return self._cut(first, min(total, first + self.size))

    def _cut(self, first: int, last: int) -> Window:
        trace, total = self.trace, len(self.trace)
        before, after = self.state(first), self.state(last)
        carried = sorted([*before.waiting.values(), *before.working.values()])
        ahead = self._arrivals(after, last)
        places = [*carried, *range(first, last), *ahead]
        columns: dict[str, array[Any]] = {
            name: array(kind, map(trace.columns[name].__getitem__, places))
            for name, kind in LAYOUT.items()
            if name != "queue"
        }
        names, queues = trace.names, _Numbered()
        columns["queue"] = array("H", self._queues(columns, queues))
        used = {code for name in ("component", "channel", "detail") for code in columns[name]}
        about = {
            "first": first,
            "carried": len(carried),
            "own": last - first,
            "total": total,
            "since": trace.t[first] if first else 0.0,
            "until": trace.t[last] if last < total else trace.end,
            "end": trace.end,
            "names": {code: [names[code], self.stage.spot_of(names[code])] for code in sorted(used)},
            "plain": [code for code in sorted(set(columns["channel"])) if is_plain(names[code])],
            "queues": [self._queue(place) for place in queues],
            "routes": self._routes(columns, queues),
            "counts": before.counts,
            "faults": [
                {
                    "who": band.who,
                    "name": band.name,
                    "what": band.what,
                    "begun": band.begun,
                    "ended": band.ended,
                    "lasts": band.lasts,
                }
                for band in faults(trace, trace.t[first] if first else 0.0)
                if band.ended > band.begun or band.lasts
            ],
            "lost": {names[code]: count for code, count in before.lost.items()},
            "groups": {names[code]: count for code, count in before.groups.items()},
            "open": {names[code]: count for code, count in before.open.items()},
        }
        return Window(about, b"".join(_little(columns[name]) for name in LAYOUT))

    def _queue(self, place: Place) -> list[Any]:
        """A queue for the browser: number of its spot, its word, and as much of that as there is room for."""
        spot = self.stage.spots[place.spot]
        return [place.spot, place.word, ending(place.said, spot.box.width - 2 * spot.inset)]

    def _arrivals(self, after: State, last: int) -> list[int]:
        """The rows behind a window that say when what is on the network as it ends arrives."""
        trace, names = self.trace, self.trace.names
        missing = {message for message, row in after.waiting.items() if is_plain(names[trace.channel[row]])}
        found = []
        for row in range(last, min(last + AHEAD, len(trace))):
            if not missing:
                break
            if trace.message[row] in missing and trace.event[row] != SENT:
                missing.remove(trace.message[row])
                found.append(row)
        return found

    def _queues(self, columns: dict[str, array[Any]], queues: _Numbered) -> Iterable[int]:
        """For each row about a queue, its number from 1 on; 0 for all others."""
        names, stage = self.trace.names, self.stage
        by_message: dict[int, int] = {}
        for event, who, channel, message in zip(
            columns["event"], columns["component"], columns["channel"], columns["message"], strict=True
        ):
            if event == SENT:
                place = stage.queue_of(names[channel], names[who])
                by_message[message] = queues.number(place) if place else 0
            yield by_message.get(message, 0)

    def _routes(self, columns: dict[str, array[Any]], queues: _Numbered) -> dict[str, list[float]]:
        """The ways that messages of the window go, "start end" by number of the spots: corners, x and y in turn."""
        names, stage = self.trace.names, self.stage
        places = list(queues)
        senders: dict[int, int | None] = {}
        found: set[tuple[int, int]] = set()
        for event, who, message, queue in zip(
            columns["event"], columns["component"], columns["message"], columns["queue"], strict=True
        ):
            spot = stage.spot_of(names[who])
            start: int | None
            end: int | None
            if event == SENT:
                senders[message] = spot
                start, end = spot, places[queue - 1].spot if queue else None
            elif event == RECEIVED:
                start, end = places[queue - 1].spot if queue else senders.get(message), spot
            else:
                continue
            if start is not None and end is not None and start != end:
                found.add((start, end))
        return {
            f"{start} {end}": [round(at, 1) for corner in stage.route(start, end) for at in corner]
            for start, end in sorted(found)
        }


class _Numbered(dict[Place, int]):
    """Queues, each with a number from 1 on, at its first asking."""

    def number(self, place: Place) -> int:
        return self.setdefault(place, len(self) + 1)


def _little(column: array[Any]) -> bytes:
    """Its bytes as the browser reads them."""
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    return column.tobytes()

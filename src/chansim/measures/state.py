"""State: how things stand at one moment of a run.

What may live here: what waits, who works, what is lost and who is connected after so many rows of a trace.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from copy import copy

from chansim.trace import (
    BEGUN,
    CONNECTED,
    DISCONNECTED,
    ENDED,
    EVENTS,
    JOINED,
    LEFT,
    LOST,
    RECEIVED,
    SENT,
    Trace,
)


class State:
    """How things stand after the first :attr:`row` rows of *trace*. Before any: nothing waits, nobody works.

    *waiting* and *working* give, by message, the number of the row that says it was sent, or begun.
    *counts*: rows by event. *lost*: messages by cause. *groups*: members by group. *open*: sockets by the
    component that holds them. The latter three are by code; see :attr:`Trace.names`.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.row = 0
        self.waiting: dict[int, int] = {}
        self.working: dict[int, int] = {}
        self.counts = [0] * len(EVENTS)
        self.lost: Counter[int] = Counter()
        self.groups: Counter[int] = Counter()
        self.open: Counter[int] = Counter()

    def copy(self) -> State:
        """Another that can be advanced without this one."""
        other = copy(self)
        for name in ("waiting", "working", "counts", "lost", "groups", "open"):
            setattr(other, name, getattr(self, name).copy())
        return other

    def advance(self, row: int) -> State:
        """Go on until *row* rows have been; there is no way back."""
        trace, waiting, working, counts = self.trace, self.waiting, self.working, self.counts
        killed = trace.code("worker killed")
        for place in range(self.row, row):
            event, message = trace.event[place], trace.message[place]
            counts[event] += 1
            if event == SENT:
                waiting[message] = place
            elif event == RECEIVED:
                waiting.pop(message, None)
            elif event == BEGUN:
                working[message] = place
            elif event == ENDED:
                working.pop(message, None)
            elif event == LOST:
                waiting.pop(message, None)
                self.lost[trace.detail[place]] += 1
                if trace.detail[place] == killed:
                    working.pop(message, None)
            elif event in (JOINED, LEFT):
                self.groups[trace.detail[place]] += 1 if event == JOINED else -1
            elif event in (CONNECTED, DISCONNECTED):
                self.open[trace.component[place]] += 1 if event == CONNECTED else -1
        self.row = max(self.row, row)
        return self


def state_at(trace: Trace, at: float) -> State:
    """How things stand *at* that many seconds, with all that happened at that very moment."""
    return State(trace).advance(bisect_right(trace.t, at))

"""Utilisation: the share of time that lanes were taken by work.

What may live here: sums of bars, from a ``begun`` row to its ``ended`` row. A lane is who stands in those
rows: a component, or one numbered part of it, and has one bar at a time.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from chansim.measures.rows import rows, window
from chansim.trace import BEGUN, ENDED, LOST, Trace


def busy(trace: Trace, since: float = 0.0, until: float | None = None) -> dict[str, float]:
    """Seconds that each lane was busy between *since* and *until* (the run's end); only lanes that ever began
    work.

    A bar still open counts to the end. One whose worker was killed ends there.
    """
    since, until = window(trace, since, until)
    killed = trace.code("worker killed")
    open_bars: dict[int, tuple[int, float]] = {}  # by message
    total: dict[int, float] = {}
    for t, event, lane, message, detail in rows(
        trace, (BEGUN, ENDED, LOST), "t", "event", "component", "message", "detail"
    ):
        if event == BEGUN:
            open_bars[message] = lane, t
            total.setdefault(lane, 0.0)
        elif message in open_bars and (event == ENDED or detail == killed):
            lane, begun = open_bars.pop(message)
            total[lane] += max(min(t, until) - max(begun, since), 0.0)
    for lane, begun in open_bars.values():
        total[lane] += max(until - max(begun, since), 0.0)
    return {trace.names[lane]: seconds for lane, seconds in total.items()}


def utilisation(
    trace: Trace, lanes: str | Iterable[str] | None = None, since: float = 0.0, until: float | None = None
) -> float:
    """The share (0 to 1) of the time from *since* to *until* that *lanes* were busy, on average; None: all
    that worked.

    A lane that is named and never began work was idle. NaN where there are no lanes, no time or no rows at
    all.
    """
    seconds = busy(trace, since, until)
    wanted = [lanes] if isinstance(lanes, str) else list(seconds if lanes is None else lanes)
    since, until = window(trace, since, until)
    if not wanted or until <= since or not len(trace):
        return math.nan
    return math.fsum(seconds.get(lane, 0.0) for lane in wanted) / (len(wanted) * (until - since))


def utilisations(trace: Trace, since: float = 0.0, until: float | None = None) -> dict[str, float]:
    """The share (0 to 1) of the time that each lane was busy; only lanes that ever began work. NaN for no
    time."""
    begin, end = window(trace, since, until)
    length = end - begin if end > begin else math.nan
    return {lane: seconds / length for lane, seconds in busy(trace, since, until).items()}

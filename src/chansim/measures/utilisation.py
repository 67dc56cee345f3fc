"""Utilisation: the share of time that lanes were taken by work.

What may live here: sums of bars, from a ``begun`` row to its ``ended`` row. A lane is who stands in those
rows: a component, or one numbered part of it, and has one bar at a time.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from chansim.measures.rows import rows, window
from chansim.trace import BEGUN, ENDED, LOST, Trace


def busy(trace: Trace, since: float = 0.0, until: float | None = None) -> dict[str, float]:
    """Seconds that each lane was busy from *since* to *until* (the run's end); only lanes that began work.

    A bar still open counts to the end. One whose worker was killed ends there.
    """
    since, until = window(trace, since, until)
    open_bars: dict[int, tuple[int, float]] = {}  # by message
    total: dict[int, float] = {}
    for t, event, lane, message in _bar_ends(trace):
        if event == BEGUN:
            open_bars[message] = lane, t
        elif message in open_bars:
            lane, begun = open_bars.pop(message)
            total[lane] = total.get(lane, 0.0) + _within(begun, t, since, until)
    for lane, begun in open_bars.values():
        total[lane] = total.get(lane, 0.0) + _within(begun, until, since, until)
    return {trace.names[lane]: seconds for lane, seconds in total.items()}


def utilisation(
    trace: Trace, lanes: str | Iterable[str] | None = None, since: float = 0.0, until: float | None = None
) -> float:
    """The share (0 to 1) of the time that *lanes* were busy, on average; None: of all that worked.

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


def _bar_ends(trace: Trace) -> Iterator[tuple[float, int, int, int]]:
    """Time, event, lane and message of each row that begins a bar or ends one."""
    columns = "t", "event", "component", "message"
    killed = trace.code("worker killed")
    if killed is None:
        return rows(trace, (BEGUN, ENDED), *columns)
    found = rows(trace, (BEGUN, ENDED, LOST), *columns, "detail")
    return (row[:4] for row in found if row[1] != LOST or row[4] == killed)


def _within(begin: float, end: float, since: float, until: float) -> float:
    """How much of the time from *begin* to *end* lies between *since* and *until*."""
    return max(min(end, until) - max(begin, since), 0.0)

"""Rows: choosing some rows of a trace, fast.

What may live here: ways to pick rows, columns and names that several measures need. Nothing here measures.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import compress
from typing import Any

from chansim.trace import Trace


def rows(trace: Trace, events: Iterable[int], *columns: str) -> Iterator[tuple[Any, ...]]:
    """The named *columns* of the rows whose event is one of *events*, in order of time. Texts stay codes."""
    # a byte for each row, 1 where it is wanted: made, and read, without a step of Python per row
    wanted = bytes(event in set(events) for event in range(256))
    chosen = trace.event.tobytes().translate(wanted)
    return zip(*(compress(trace.columns[column], chosen) for column in columns), strict=True)


def codes(trace: Trace, names: str | Iterable[str]) -> set[int]:
    """The codes of one name or several; names the trace never mentions are left out."""
    wanted = {names} if isinstance(names, str) else set(names)
    return {code for code, name in enumerate(trace.names) if name in wanted}


def cut(trace: Trace, at: float) -> Trace:
    """The trace as it stood *at* that many seconds: the rows up to and with that moment."""
    count = bisect_right(trace.t, at)
    return Trace(trace.names, {name: column[:count] for name, column in trace.columns.items()}, at)


def window(trace: Trace, since: float, until: float | None) -> tuple[float, float]:
    """Begin and end, in seconds, of the part of the run from *since* to *until*, None for its end."""
    return max(since, 0.0), trace.end if until is None else min(until, trace.end)


def family(channel: str) -> str:
    """The word for a channel and its like: all that one process alone reads, ``http.response!AbCd``, are
    ``http.response!*``; any other is itself."""
    for mark in "!?":
        head, found, _ = channel.partition(mark)
        if found:
            return f"{head}{mark}*"
    return channel


def is_plain(channel: str) -> bool:
    """Whether it is no queue, but the network between a client and a server: "" or a connection's label."""
    return not channel or channel.startswith(("socket ", "connection "))

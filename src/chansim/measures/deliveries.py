"""Deliveries: each answer that reached a client, with the request that it is for.

What may live here: the deliveries of a trace, one by one. Statistics of their times are in
:mod:`chansim.measures.latency`, what became of each request too; where the time went is in
:mod:`chansim.measures.breakdown`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from chansim.measures.latency import OPENERS, is_served
from chansim.measures.rows import codes, rows
from chansim.trace import RECEIVED, SENT, Trace


class Delivery(NamedTuple):
    """An answer to *request*, which was *opened* and *arrived* at so many seconds."""

    request: int
    opened: float
    arrived: float

    @property
    def seconds(self) -> float:
        """The latency."""
        return self.arrived - self.opened


def deliveries(trace: Trace, clients: str | Iterable[str], since: float = 0.0) -> list[Delivery]:
    """Every answer that served a request of the components named *clients*, in order of arrival; empty for none.

    One for each that arrived: a frame that reached N members has N. Their times are those that
    :func:`chansim.measures.latency.latencies` gives. Requests opened before *since* are left out.
    """
    ours, openers = codes(trace, clients), codes(trace, OPENERS)
    good = {code for code, name in enumerate(trace.names) if is_served(name)}
    opened: dict[int, float] = {}
    found = []
    columns = ("t", "event", "component", "request", "detail")
    for t, event, component, request, detail in rows(trace, (SENT, RECEIVED), *columns):
        if component not in ours:
            continue
        if event == SENT:
            if detail in openers and t >= since:
                opened.setdefault(request, t)
        elif detail in good and request in opened:
            found.append(Delivery(request, opened[request], t))
    return found

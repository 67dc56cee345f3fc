"""Hops: the messages and bars of a few requests, picked out of a trace.

What may live here: reading rows into arrows (hops) and bars. Nothing here draws.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from chansim.measures import family
from chansim.measures.rows import is_plain, rows
from chansim.trace import BEGUN, ENDED, LOST, RECEIVED, SENT, Trace


@dataclass(slots=True)
class Hop:
    """One message. Times are seconds; None where that did not happen in the run."""

    message: int
    request: int
    sender: str
    channel: str
    sent: float
    kind: str = ""
    receiver: str = ""
    received: float | None = None
    lost: float | None = None
    cause: str = ""

    @property
    def queue(self) -> str:
        """The channel it waited in, those of one process taken together; "" for the plain network."""
        return "" if is_plain(self.channel) else family(self.channel)

    @property
    def last(self) -> float:
        """The last moment anything is known of it."""
        return max(self.sent, self.received or 0.0, self.lost or 0.0)


class Bar(NamedTuple):
    """*lane* was taken by *message* from *begun* to *ended*, None where it was so at the end of the run.

    *broken*: its worker was killed then.
    """

    lane: str
    channel: str
    message: int
    request: int
    kind: str
    begun: float
    ended: float | None
    broken: bool = False


def hops(trace: Trace, requests: Collection[int]) -> list[Hop]:
    """Every message of *requests*, in the order they were sent."""
    found: dict[int, Hop] = {}
    names = trace.names
    for i, request in enumerate(trace.request):
        if request not in requests or not trace.message[i]:
            continue
        event, message, t, who = trace.event[i], trace.message[i], trace.t[i], names[trace.component[i]]
        if event == SENT:
            channel, kind = names[trace.channel[i]], names[trace.detail[i]]
            found.setdefault(message, Hop(message, request, who, channel, t, kind))
        elif message in found and event == RECEIVED:
            found[message].receiver, found[message].received = who, t
        elif message in found and event == LOST:
            found[message].lost, found[message].cause = t, names[trace.detail[i]]
    return list(found.values())


def bars(trace: Trace, since: float = 0.0, until: float | None = None) -> Iterator[Bar]:
    """Every bar that lies, at least in part, between *since* and *until* (seconds), by when it ended."""
    until = trace.end if until is None else until
    names = trace.names
    killed = trace.code("worker killed")
    columns = ("t", "event", "component", "channel", "message", "request", "detail")
    taken: dict[int, tuple[int, int, int, int, float]] = {}  # by message
    for t, event, lane, channel, message, request, detail in rows(trace, (BEGUN, ENDED, LOST), *columns):
        if event == BEGUN:
            taken[message] = lane, channel, request, detail, t
        elif message in taken and (event == ENDED or detail == killed):
            lane, channel, request, detail, begun = taken.pop(message)
            if t > since and begun < until:
                yield Bar(
                    names[lane], names[channel], message, request, names[detail], begun, t, event == LOST
                )
    for message, (lane, channel, request, detail, begun) in taken.items():
        if begun < until:
            yield Bar(names[lane], names[channel], message, request, names[detail], begun, None)

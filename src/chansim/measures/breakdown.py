"""Breakdown: where the time of a request went, part by part.

What may live here: a delivery's way, followed back from the answer to the request, and the parts of time
along it. The parts follow one another without a gap, so they add up to the latency.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chansim.measures.latency import OPENERS, is_served
from chansim.measures.rows import codes, family
from chansim.trace import BEGUN, ENDED, RECEIVED, SENT, Trace


class Part(NamedTuple):
    """*seconds* that went into what *name* says: ``daphne: work``. A second part of a name is ``daphne: work
    (2)``."""

    name: str
    seconds: float


class Journey(NamedTuple):
    """One delivery: its *request*, when that was *opened* and this answer *arrived*, and the *parts* in
    order."""

    request: int
    opened: float
    arrived: float
    parts: list[Part]

    @property
    def latency(self) -> float:
        """Seconds from the request to this answer."""
        return self.arrived - self.opened


@dataclass(slots=True)
class _Hop:
    """One message on its way: from its sender, through a channel, to who took it and worked on it."""

    cause: _Hop | None  # the message that its sender had in hand
    channel: int
    sender: int
    sent: float
    receiver: int = 0
    received: float = math.nan
    begun: float = math.nan
    ended: float = math.nan


def breakdown(
    trace: Trace,
    clients: str | Iterable[str],
    words: Mapping[str, str] | None = None,
    between: tuple[float, float] = (0.0, 1.0),
) -> list[Part]:
    """Where the time went, on average over the deliveries to *clients*: parts in order, adding up to the mean
    latency.

    *between* takes only those between two percentiles of latency: (0.985, 0.995) is around p99. *words* are
    what lanes are called, so that ``worker-1`` and ``worker-2`` can both be "worker". Empty where nothing was
    delivered. Raises ValueError for other shares.
    """
    low, high = between
    if not 0.0 <= low <= high <= 1.0:
        raise ValueError(f"between={between!r} must be two shares from 0 to 1, in order, say (0.985, 0.995)")
    found = sorted(journeys(trace, clients, words), key=lambda journey: journey.latency)
    first = min(int(low * len(found)), max(len(found) - 1, 0))
    return average(found[first : max(first + 1, math.ceil(high * len(found)))])


def average(journeys: Sequence[Journey]) -> list[Part]:
    """The mean seconds of each part, in the order of the way; one that some journeys lack counts as 0 for
    them."""
    names: list[str] = []
    seconds: dict[str, list[float]] = {}
    for journey in journeys:
        place = 0
        for name, time in journey.parts:
            if name not in seconds:
                seconds[name] = []
                names.insert(place, name)
                place += 1
            else:
                place = names.index(name) + 1
            seconds[name].append(time)
    return [Part(name, math.fsum(seconds[name]) / len(journeys)) for name in names]


def journeys(
    trace: Trace, clients: str | Iterable[str], words: Mapping[str, str] | None = None
) -> list[Journey]:
    """Every delivery to the components named *clients*, in order of arrival, with the parts of its time.

    A broadcast has a journey for each member that its copy reached.
    """
    places, openers = codes(trace, clients), codes(trace, OPENERS)
    good = {code for code, name in enumerate(trace.names) if is_served(name)}
    called = {code: (words or {}).get(name, name) for code, name in enumerate(trace.names)}
    opened: dict[int, float] = {}
    hops: dict[int, _Hop] = {}
    taken: dict[tuple[int, int], _Hop] = {}  # what a component last received of a request
    begun: dict[tuple[int, int], _Hop] = {}  # and what it last began: that is what it has in hand
    found = []
    for t, event, component, channel, message, request, detail in zip(*trace.columns.values(), strict=True):
        if event == SENT:
            who = component, request
            asks = component in places
            if asks and detail in openers:
                opened.setdefault(request, t)
            hops[message] = _Hop(None if asks else begun.get(who) or taken.get(who), channel, component, t)
        elif message not in hops:
            continue
        elif event == RECEIVED:
            hop = hops[message]
            hop.receiver, hop.received = component, t
            if component not in places:
                taken[component, request] = hop
            elif detail in good and request in opened:
                parts = _parts(hop, opened[request], called, trace.names, places)
                found.append(Journey(request, opened[request], t, parts))
        elif event == BEGUN:
            begun[component, request] = hops[message]
            hops[message].begun = t
        elif event == ENDED:
            hops[message].ended = t
    return found


def _parts(
    last: _Hop, opened: float, called: Mapping[int, str], names: Sequence[str], places: set[int]
) -> list[Part]:
    """The parts of the way that ended with the hop *last*, of a request *opened* at that moment."""
    way = [last]
    while way[-1].cause is not None:
        way.append(way[-1].cause)
    way.reverse()
    # where rows are missing, what cannot be told apart is said to be so
    found = [Part("not traced", way[0].sent - opened)] if way[0].sent != opened else []
    for hop, after in zip(way, [*way[1:], None], strict=True):
        found.append(Part(_transit(hop, called, names, places), hop.received - hop.sent))
        if after is not None:
            found += _stay(hop, after.sent, called[hop.receiver])
    return _numbered(found)


def _transit(hop: _Hop, called: Mapping[int, str], names: Sequence[str], places: set[int]) -> str:
    channel = names[hop.channel]
    # a frame's row has the name of its socket in the channel column
    if not channel or hop.sender in places or hop.receiver in places:
        return f"{called[hop.sender]} → {called[hop.receiver]}: network"
    if channel.endswith(".accept"):
        return f"{channel}: in the queue"
    return f"{family(channel).removesuffix('*')}: in the channel"


def _stay(hop: _Hop, left: float, who: str) -> list[Part]:
    """What happened between a message's arrival at *who* and the moment the next *left*."""
    if not hop.begun <= left:  # it was never begun: just handed on
        return [Part(f"{who}: handing on", left - hop.received)] if left > hop.received else []
    done = hop.ended if hop.ended < left else left  # most send while they are at it
    found = [Part(f"{who}: waiting", hop.begun - hop.received), Part(f"{who}: work", done - hop.begun)]
    return found if done == left else [*found, Part(f"{who}: sending", left - done)]


def _numbered(parts: Sequence[Part]) -> list[Part]:
    seen: dict[str, int] = {}
    found = []
    for name, seconds in parts:
        seen[name] = seen.get(name, 0) + 1
        found.append(Part(name if seen[name] == 1 else f"{name} ({seen[name]})", seconds))
    return found

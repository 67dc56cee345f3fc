"""Breakdown: where the time of a request went, part by part.

What may live here: a delivery's way, followed back from the answer to the request, and the parts of time
along it. The parts follow one another without a gap, so they add up to the latency.
"""

from __future__ import annotations

import math
from collections import Counter
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
    """One delivery: its *request*, when that was *opened* and this answer *arrived*, and in between what each
    part is called and how many *seconds* it took, in order."""

    request: int
    opened: float
    arrived: float
    names: tuple[str, ...]
    seconds: tuple[float, ...]

    @property
    def latency(self) -> float:
        """Seconds from the request to this answer."""
        return self.arrived - self.opened

    @property
    def parts(self) -> list[Part]:
        """The parts, one by one."""
        return list(map(Part, self.names, self.seconds))


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
    """The mean seconds of each part, in order of the way; one that a journey lacks counts as 0 for it."""
    alike: dict[tuple[str, ...], list[tuple[float, ...]]] = {}
    for journey in journeys:
        alike.setdefault(journey.names, []).append(journey.seconds)
    order: list[str] = []
    total: dict[str, float] = {}
    for names, seconds in alike.items():
        place = 0
        for name, sum_of_part in zip(names, map(math.fsum, zip(*seconds, strict=True)), strict=True):
            if name not in total:  # it comes after the part that it comes after here
                order.insert(place, name)
            place = order.index(name) + 1
            total[name] = total.get(name, 0.0) + sum_of_part
    return [Part(name, total[name] / len(journeys)) for name in order]


def journeys(
    trace: Trace, clients: str | Iterable[str], words: Mapping[str, str] | None = None
) -> list[Journey]:
    """Every delivery to the components named *clients*, in order of arrival, with the parts of its time.

    A broadcast has a journey for each member that its copy reached. *words*: see :func:`breakdown`.
    """
    naming = _Naming(trace, clients, words or {})
    ours, openers = naming.clients, codes(trace, OPENERS)
    good = {code for code, name in enumerate(trace.names) if is_served(name)}
    opened: dict[int, float] = {}
    hops: dict[int, _Hop] = {}  # the messages that are under way or in hand
    taken: dict[tuple[int, int], _Hop] = {}  # what a component last received of a request
    begun: dict[tuple[int, int], _Hop] = {}  # and what it last began: that is what it has in hand
    found = []
    for t, event, component, channel, message, request, detail in zip(*trace.columns.values(), strict=True):
        if event == SENT:
            who = component, request
            if component not in ours:
                hops[message] = _Hop(begun.get(who) or taken.get(who), channel, component, t)
            else:
                hops[message] = _Hop(None, channel, component, t)
                if detail in openers:
                    opened.setdefault(request, t)
        elif message not in hops:
            continue
        elif event == RECEIVED:
            hop = hops[message]
            hop.receiver, hop.received = component, t
            if component not in ours:
                taken[component, request] = hop
            elif detail in good and request in opened:
                names, seconds = naming.parts(hop, opened[request])
                found.append(Journey(request, opened[request], t, names, seconds))
        elif event == BEGUN:
            begun[component, request] = hops[message]
            hops[message].begun = t
        elif event == ENDED:
            hops.pop(message).ended = t
    return found


class _Naming:
    """What the parts of a way are called in one trace."""

    def __init__(self, trace: Trace, clients: str | Iterable[str], words: Mapping[str, str]) -> None:
        self.clients = codes(trace, clients)
        self.names = trace.names
        self.called = [words.get(name, name) for name in trace.names]
        self.numbered: dict[tuple[str, ...], tuple[str, ...]] = {}

    def parts(self, last: _Hop, opened: float) -> tuple[tuple[str, ...], tuple[float, ...]]:
        """Names and seconds of the parts of the way that ended with the hop *last*, of a request then
        *opened*."""
        way = [last]
        while way[-1].cause is not None:
            way.append(way[-1].cause)
        way.reverse()
        names: list[str] = []
        seconds: list[float] = []
        if way[0].sent != opened:  # rows are missing, and what cannot be told apart is said to be so
            names, seconds = ["not traced"], [way[0].sent - opened]
        for hop, after in zip(way, [*way[1:], None], strict=True):
            names.append(self.transit(hop))
            seconds.append(hop.received - hop.sent)
            if after is not None:
                self.stay(hop, after.sent, names, seconds)
        key = tuple(names)
        if key not in self.numbered:
            self.numbered[key] = _numbered(key)
        return self.numbered[key], tuple(seconds)

    def transit(self, hop: _Hop) -> str:
        """What the way of one message is called."""
        channel = self.names[hop.channel]
        # a frame's row has the name of its socket in the channel column
        if not channel or hop.sender in self.clients or hop.receiver in self.clients:
            return f"{self.called[hop.sender]} → {self.called[hop.receiver]}: network"
        if channel.endswith(".accept"):
            return f"{channel}: in the queue"
        return f"{family(channel).removesuffix('*')}: in the channel"

    def stay(self, hop: _Hop, left: float, names: list[str], seconds: list[float]) -> None:
        """Add what happened between a message's arrival and the moment the next *left*."""
        who = self.called[hop.receiver]
        if not hop.begun <= left:  # it was never begun: just handed on
            if left > hop.received:
                names.append(f"{who}: handing on")
                seconds.append(left - hop.received)
            return
        done = hop.ended if hop.ended < left else left  # most send while they are at it
        names += f"{who}: waiting", f"{who}: work"
        seconds += hop.begun - hop.received, done - hop.begun
        if done < left:
            names.append(f"{who}: sending")
            seconds.append(left - done)


def _numbered(names: Iterable[str]) -> tuple[str, ...]:
    """The names, with a number after those that were there before."""
    times: Counter[str] = Counter()
    found = []
    for name in names:
        times[name] += 1
        found.append(name if times[name] == 1 else f"{name} ({times[name]})")
    return tuple(found)

"""Timeline: when which machines do not reach each other, and when which processes stand still.

Faults write it before a run begins; both worlds, and layers, read it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from chansim.model.world import Behaviour, Killed

Spans = tuple[tuple[float, float], ...]
"""From when until when, in seconds; in order."""


Shares = tuple[tuple[float, float, float], ...]
"""From when until when, in seconds, and what share of the messages."""


class Timeline:
    """What is known beforehand of a run of *end* seconds; what is to come after that never comes."""

    def __init__(self, end: float = math.inf) -> None:
        self.end = end
        self._frozen: dict[str, Spans] = {}
        self._down: dict[str, Spans] = {}
        self._cut: dict[frozenset[str], Spans] = {}
        self._dropping: dict[frozenset[str], Shares] = {}

    def freeze(self, process: str, start: float, seconds: float) -> None:
        """The component *process* stands still for *seconds*."""
        self._frozen[process] = self._with(self.frozen(process), start, seconds)

    def frozen(self, process: str) -> Spans:
        """When it stands still."""
        return self._frozen.get(process, ())

    def take_down(self, process: str, start: float, seconds: float) -> None:
        """The component *process* is not there for *seconds*."""
        self._down[process] = self._with(self._down.get(process, ()), start, seconds)

    def out_of_reach(self, layer: str, its_machine: str, machine: str) -> Spans:
        """When calls from *machine* to a layer get no answer: it stands still, is not there, or is cut off."""
        cuts = self.cuts(its_machine, machine) if its_machine != machine else ()
        return (*self.frozen(layer), *self._down.get(layer, ()), *cuts)

    def cut(self, one: str, other: str, start: float, seconds: float) -> None:
        """The machines *one* and *other* do not reach each other for *seconds*."""
        pair = frozenset((one, other))
        self._cut[pair] = self._with(self.cuts(one, other), start, seconds)

    def cuts(self, one: str, other: str) -> Spans:
        """When they do not reach each other."""
        return self._cut.get(frozenset((one, other)), ())

    def drop(self, one: str, other: str, start: float, seconds: float, share: float) -> None:
        """Of the messages that *one* and *other* begin to send each other in these *seconds*, a *share* is dropped."""
        if start < self.end:
            pair = frozenset((one, other))
            self._dropping[pair] = (*self.drops(one, other), (start, start + seconds, share))

    def drops(self, one: str, other: str) -> Shares:
        """When which share of the messages between them is dropped."""
        return self._dropping.get(frozenset((one, other)), ())

    def _with(self, spans: Spans, start: float, seconds: float) -> Spans:
        return tuple(sorted((*spans, (start, start + seconds)))) if start < self.end else spans


def dropped_at(now: float, always: float, drops: Shares) -> float:
    """The share of the messages that is dropped at a moment: what always is, and of the rest what is dropped then."""
    share = always
    for since, until, more in drops:
        if since <= now < until:
            share += (1 - share) * more
    return share


def within(spans: Spans, start: float, end: float) -> bool:
    """Whether some of the time from *start* to *end* is in one of the spans."""
    return any(start < until and end >= since for since, until in spans)


def over_at(spans: Spans, now: float) -> float:
    """When the span that *now* is in is over; *now* where it is in none."""
    return max((until for since, until in spans if since <= now < until), default=now)


def standing_still(behaviour: Behaviour, spans: Spans, now: Callable[[], float]) -> Behaviour:
    """*behaviour*, as it goes on in a process that stands still at times.

    What it does for some seconds takes longer by what of the standing still falls
    into them; what it waits for, it notices when it moves again.
    """
    value: Any = None
    try:
        while True:
            step = behaviour.send(value)
            began = now()
            value = yield step
            if isinstance(step, (int, float)):
                for since, until in spans:
                    if began <= since <= now():
                        yield until - since
            if (until := over_at(spans, now())) > now():
                yield until - now()
    except StopIteration:
        return
    except Killed as killed:
        behaviour.throw(killed)

"""What a layer counts: Tally, of one channel; and the figures that layers told in 2016 and 2017.

======================================  =========================================================
``messages_count``                      messages accepted since the layer began
``messages_count_per_second``           the same within the last whole second of the layer's clock
``channel_full_count``                  messages refused, or missed by a group's member, because a channel was full
``channel_full_count_per_second``       the same within the last whole second
``messages_pending``                    messages there now, on their way or waiting
``messages_max_age``                    seconds that the oldest of those that wait has waited; None where none does
======================================  =========================================================

These are the draft's names of January 2017. Those of June 2016 stand beside them, for the same figures: of all
channels ``count`` (pending); of one channel ``length`` (pending), ``age`` (max_age) and ``per_second``. Of a channel
that the layer does not remember, as it does not those with one reader, only what waits there now is told.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

Figures = dict[str, float | None]

AGES = ("messages_max_age", "age")


class Tally:
    """What is remembered of a channel while it is empty: how much it may hold, and what it was sent.

    Seconds are those of the layer's clock, from one whole number to the next.
    """

    __slots__ = ("_before", "_last", "accepted", "capacity", "full", "second_ends")

    def __init__(self, capacity: int):
        self.capacity = capacity
        self.accepted = 0
        self.full = 0
        self.second_ends = -math.inf  #: turn when the clock gets there, before counting
        self._before = (0, 0)  # the two counts when this second began
        self._last = (0, 0)  # how far they went within the second before

    def turn(self, now: float) -> None:
        """Begin another second."""
        adjoining = now < self.second_ends + 1
        (accepted, full), (accepted_before, full_before) = (self.accepted, self.full), self._before
        self._last = (accepted - accepted_before, full - full_before) if adjoining else (0, 0)
        self._before = (accepted, full)
        self.second_ends = math.floor(now) + 1.0

    def last_second(self, now: float) -> tuple[int, int]:
        """Messages accepted, and refused, within the last whole second before *now*."""
        if now >= self.second_ends:
            self.turn(now)
        return self._last


def together(figures: Iterable[Figures]) -> Figures:
    """The figures of several layers as those of one: the numbers added up, and the greatest age."""
    found: Figures = {}
    for each in figures:
        for name, value in each.items():
            before = found.get(name)
            if before is None or value is None:
                found[name] = value if before is None else before
            else:
                found[name] = max(before, value) if name in AGES else before + value
    return found


def counted(tallies: Iterable[Tally], now: float) -> Figures:
    """The counts of these channels together."""
    tallies = list(tallies)
    seconds = [tally.last_second(now) for tally in tallies]
    return {
        "messages_count": sum(tally.accepted for tally in tallies),
        "messages_count_per_second": sum(accepted for accepted, _ in seconds),
        "channel_full_count": sum(tally.full for tally in tallies),
        "channel_full_count_per_second": sum(full for _, full in seconds),
    }

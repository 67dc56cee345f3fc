"""Steps: a number that changes at moments and stays in between.

What may live here: the step function itself, how it is made from changes, and its maximum and time average.
What is counted, messages or requests, is said elsewhere.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple


class Steps(NamedTuple):
    """From ``times[i]`` to the next, in seconds, the number was ``values[i]``; the last until *end*.

    Before the first it was 0. Without any times there is no data. What changed and changed back at one
    instant does not show.
    """

    times: list[float]
    values: list[int]
    end: float

    @property
    def maximum(self) -> int | None:
        """The greatest value it had; None for no data."""
        return max(self.values, default=None)

    def at(self, moment: float) -> int | None:
        """The value at *moment*, after what changed then; None for no data."""
        place = bisect_right(self.times, moment)
        return self.values[place - 1] if place else 0 if self.times else None

    def mean(self, since: float = 0.0, until: float | None = None) -> float:
        """The time average from *since* to *until* (its end); NaN for no data or no time."""
        until = self.end if until is None else until
        if not self.times or until <= since:
            return math.nan
        ends = [*self.times[1:], self.end]
        area = math.fsum(
            value * (min(end, until) - max(begin, since))
            for begin, end, value in zip(self.times, ends, self.values, strict=True)
            if end > since and begin < until
        )
        return area / (until - since)


def steps(changes: Iterable[tuple[float, int]], end: float) -> Steps:
    """The step function of *changes*, each a moment and how much more or less there is from then on, in
    order."""
    times: list[float] = []
    values: list[int] = []
    value = 0
    for t, change in changes:
        value += change
        if times and times[-1] == t:
            values[-1] = value
        else:
            times.append(t)
            values.append(value)
    return Steps(times, values, end)

"""Little's law: L = λ·W, each side measured on its own.

What may live here: the three numbers of a trace and how well they agree. L comes from counting, moment by
moment, how many requests were open; λ from counting those that came; W from the time each one took.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from chansim.measures.latency import Request, mean, requests
from chansim.measures.rows import window
from chansim.measures.steps import Steps, steps
from chansim.trace import Trace


class LittlesLaw(NamedTuple):
    """*number*, L: requests open, on average over time. *rate*, λ: requests opened per second. *time*, W:
    mean seconds from a request to its first answer, whatever it says."""

    number: float
    rate: float
    time: float

    @property
    def expected(self) -> float:
        """λ·W: what the mean number should be."""
        return self.rate * self.time

    @property
    def error(self) -> float:
        """L / λW - 1: 0 for perfect agreement; NaN for no data.

        What a window cuts off at its ends makes it differ from 0 a little; a queue that grows makes it grow.
        """
        return self.number / self.expected - 1 if self.expected else math.nan

    def holds(self, within: float = 0.05) -> bool:
        """Whether the two sides agree to a fraction *within*; False for no data."""
        return abs(self.error) <= within


def littles_law(
    trace: Trace, clients: str | Iterable[str], since: float = 0.0, until: float | None = None
) -> LittlesLaw:
    """Little's law for the requests of the components named *clients*, from *since* to *until* (the run's
    end).

    W is of the requests opened in that time and answered in the run. NaN for what there is no data of.
    """
    since, until = window(trace, since, until)
    asked = requests(trace, clients)
    here = [each for each in asked if since <= each.opened <= until]
    times = [each.answered - each.opened for each in here if each.answered is not None]
    rate = len(here) / (until - since) if here and until > since else math.nan
    return LittlesLaw(in_flight(asked, trace.end).mean(since, until), rate, mean(times))


def in_flight(asked: Iterable[Request], end: float) -> Steps:
    """How many of the requests *asked* were open, moment by moment, until *end*."""
    changes = []
    for each in asked:
        changes.append((each.opened, +1))
        if each.answered is not None:
            changes.append((each.answered, -1))
    return steps(sorted(changes), end)

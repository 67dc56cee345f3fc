"""Answered: the latencies of a run that charts of several views show.

What may live here: who the clients of a run are, what they were given, the thinning of curves, and the
words for all that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from chansim.measures import percentile
from chansim.measures.deliveries import Delivery, deliveries
from chansim.views.chart import ms

if TYPE_CHECKING:
    from chansim.run import Run

RULES = (0.50, 0.95, 0.99)
ENOUGH = 1000  #: latencies below which a p99 rests on fewer than ten of them


class Percentiles(Protocol):
    """A law of theory: the seconds below which a share *q* (0 to 1) of the latencies lies."""

    def percentile(self, q: float) -> float: ...


class Distribution(Protocol):
    """A law of theory: the share (0 to 1) of the latencies that are at most *t* seconds."""

    def cdf(self, t: float) -> float: ...


Law = Percentiles | Distribution


def clients_of(run: Run) -> list[str]:
    """The names of its clients."""
    return [each.name for each in run.scenario.components if each.role == "client"]


def answers(run: Run) -> list[Delivery]:
    """What its clients were given, in order of arrival."""
    return deliveries(run.trace, clients_of(run))


def names_of(what: str, runs: Sequence[Run], labels: Sequence[str] | None) -> list[str]:
    """A name for each of *runs*: its label, or its title. Raises ValueError where the labels are not as many."""
    if labels is not None:
        if len(labels) != len(runs):
            raise ValueError(f"{what}: {len(labels)} labels for {len(runs)} runs; give one for each")
        return list(labels)
    titles = [run.scenario.title for run in runs]
    return [
        title if titles.count(title) == 1 else f"{title} ({place})"
        for place, title in enumerate(titles, start=1)
    ]


def tell_latencies(name: str, values: Sequence[float]) -> str:
    """ "Slide 16: 2950 latencies, p50 52 ms, …". *values* are in order."""
    if not values:
        return f"{name}: no request was answered."
    rules = ", ".join(f"p{q * 100:.0f} {ms(percentile(values, q))}" for q in RULES)
    words = f"{name}: {len(values)} latencies, {rules}, {beyond(values)} beyond p99."
    if len(values) < ENOUGH:
        words += f" Fewer than {ENOUGH}: p99 is a rough estimate."
    return words


def beyond(values: Sequence[float]) -> int:
    """How many of *values* are greater than their p99."""
    p99 = percentile(values, 0.99)
    return sum(value > p99 for value in values)


def quantile(theory: Law, q: float) -> float:
    """Seconds below which a share *q* of the theory's latencies lies; found by halving, where need be."""
    if hasattr(theory, "percentile"):
        return theory.percentile(q)
    low, high = 0.0, 1e-3
    while theory.cdf(high) < q and high < 1e9:
        low, high = high, high * 2
    for _ in range(60):
        half = (low + high) / 2
        low, high = (half, high) if theory.cdf(half) < q else (low, half)
    return high


def thinned(values: Sequence[float], most: int) -> list[int]:
    """The places of *values*, in order, that a curve of *most* points shows: every so-manyth, and all of the tail."""
    count = len(values)
    return sorted({*range(0, count, math.ceil(count / most)), *range(max(0, count - 50), count)})

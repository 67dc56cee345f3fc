"""Arrivals: at which moments clients come. One law, one small class."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, islice, pairwise
from operator import le
from random import Random
from typing import Any, Protocol

from chansim.duration import LONGEST, Exponential
from chansim.model.component import ScenarioError, is_count, is_number
from chansim.quantities import plain

DENSEST = 1e6
"""Arrivals a second at most, as of frames: far more, and a run would fill the memory before its first second ends."""


class Arrivals(Protocol):
    """A law of arrivals."""

    @property
    def endless(self) -> bool:
        """Whether they never stop coming."""

    def moments(self, random: Random) -> Iterator[float]:
        """The moments, in seconds from the beginning, in order."""


@dataclass(frozen=True)
class Poisson:
    """Independent clients: *rate* arrivals a second on average, at random."""

    rate: float

    endless = True
    scv = 1.0  #: the squared coefficient of variation of the time between two

    def __post_init__(self) -> None:
        _rate("rate", self.rate)

    def moments(self, random: Random) -> Iterator[float]:
        gap, draw, now = Exponential(1 / self.rate).quantile, random.random, 0.0
        while True:
            now += gap(draw())
            yield now

    def __str__(self) -> str:
        return f"{plain(self.rate)}/s, Poisson"


def arriving(rate: float, *, unit: str, slider: tuple[float, float], doc: str) -> Any:
    """A component's field: when something comes, a law of arrivals; Poisson with *rate* unless it is given.

    *unit*, *slider*, the rates worth turning it through, and *doc* are for widgets.
    """
    return field(
        default=Poisson(rate), metadata={"arrivals": True, "unit": unit, "slider": slider, "doc": doc}
    )


@dataclass(frozen=True)
class Recorded:
    """Arrivals that happened once: *at*, the moments in seconds from the first; *source* says where."""

    at: tuple[float, ...] = field(repr=False)
    source: str = "a list"

    endless = False

    def __post_init__(self) -> None:
        words = "the moments must be numbers of seconds, 0 or more, in order"
        try:
            at = array("d", self.at)
        except TypeError:
            raise ScenarioError(f"arrivals: at={self.at!r}: {words}") from None
        if not at:
            raise ScenarioError("arrivals: at=(): there must be one moment at least")
        if not 0 <= at[0] <= at[-1] < float("inf") or not all(map(le, at, islice(at, 1, None))):
            raise ScenarioError(f"arrivals: at: {words}")
        object.__setattr__(self, "at", tuple(at))

    def moments(self, random: Random) -> Iterator[float]:
        return iter(self.at)

    def __str__(self) -> str:
        return f"{len(self.at)} arrivals of {self.source}"


@dataclass(frozen=True)
class Regular:
    """Evenly spaced: *rate* arrivals a second, the first *offset* seconds from the beginning."""

    rate: float
    offset: float = 0.0

    endless = True
    scv = 0.0  #: the squared coefficient of variation of the time between two

    def __post_init__(self) -> None:
        _rate("rate", self.rate)
        _number("offset", self.offset, "seconds, 0 or more")

    def moments(self, random: Random) -> Iterator[float]:
        return (self.offset + number / self.rate for number in count())

    def __str__(self) -> str:
        return f"{plain(self.rate, 4)}/s, regular"


@dataclass(frozen=True)
class Bursts:
    """*size* clients at once, *when* the bursts come.

    ``Bursts(10, Poisson(0.5))``: ten at a time, at random, every two seconds on
    average. ``Bursts(1000, Recorded((5.0,)))``: a thousand at 5 s.
    """

    size: int
    when: Arrivals

    def __post_init__(self) -> None:
        if not is_count(self.size):
            raise ScenarioError(f"arrivals: size={self.size!r}: it must be a whole number of clients from 1")
        if not hasattr(self.when, "moments") or isinstance(self.when, type):
            raise ScenarioError(
                f"arrivals: when={self.when!r}: it must be Poisson(rate), Recorded(moments) or the like"
            )

    @property
    def endless(self) -> bool:
        return self.when.endless

    def moments(self, random: Random) -> Iterator[float]:
        return (moment for moment in self.when.moments(random) for _ in range(self.size))

    def __str__(self) -> str:
        return f"bursts of {self.size}, {self.when}"


@dataclass(frozen=True)
class Daily:
    """A rate that rises and falls like a day's: from *low* arrivals a second at the beginning to *high* half a
    *period* later and back, along a cosine; independent clients otherwise.

    *period*: seconds, a day of 86 400 by default; a short one shows a day in a minute.
    """

    low: float
    high: float
    period: float = 86_400.0

    endless = True

    def __post_init__(self) -> None:
        _number("low", self.low, "arrivals a second, 0 or more")
        _rate("high", self.high)
        if self.low > self.high:
            raise ScenarioError(f"arrivals: low={self.low!r}: it must not be above high={self.high!r}")
        if not is_number(self.period) or not 0 < self.period < math.inf:
            raise ScenarioError(f"arrivals: period={self.period!r}: it must be a number of seconds above 0")

    def rate_at(self, moment: float) -> float:
        """Arrivals a second at *moment*."""
        return self.low + (self.high - self.low) * (1 - math.cos(math.tau * moment / self.period)) / 2

    def moments(self, random: Random) -> Iterator[float]:
        # thinning: of arrivals at the highest rate, each is kept with the probability that the rate then asks for
        draw = random.random
        for moment in Poisson(self.high).moments(random):
            if draw() * self.high < self.rate_at(moment):
                yield moment

    def __str__(self) -> str:
        return f"{plain(self.low)} to {plain(self.high)}/s, daily"


@dataclass(frozen=True)
class Changing:
    """A rate that changes as *rates* says: pairs of a moment in seconds and arrivals a second, the first at 0.

    In between it changes evenly, ``((0, 10), (60, 50))`` climbs from 10 to 50
    arrivals a second within a minute; two pairs of one moment are a jump; after
    the last it stays. Independent clients otherwise. After a last rate of 0
    nobody comes any more.
    """

    rates: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        words = "it must be ((0, rate), (moment, rate), ...), moments in order, rates of 0 or more, not all 0"
        try:
            rates = tuple((float(moment), float(rate)) for moment, rate in self.rates)
        except (TypeError, ValueError):
            raise ScenarioError(f"arrivals: rates={self.rates!r}: {words}") from None
        legal = rates and rates[0][0] == 0 and all(a <= b for (a, _), (b, _) in pairwise(rates))
        legal = legal and rates[-1][0] < math.inf and all(0 <= rate < math.inf for _, rate in rates)
        if not legal or not any(rate for _, rate in rates):
            raise ScenarioError(f"arrivals: rates={self.rates!r}: {words}")
        object.__setattr__(self, "rates", rates)

    @property
    def endless(self) -> bool:
        return self.rates[-1][1] > 0

    def moments(self, random: Random) -> Iterator[float]:
        # inversion: one arrival for each unit of the rate's integral, exponentially spaced
        gap, draw = Exponential(1.0).quantile, random.random
        ahead = gap(draw())  # how much of the integral lies between here and the next arrival
        for (begin, rate), (end, later) in pairwise(self.rates):
            slope = (later - rate) / (end - begin) if end > begin else 0.0
            passed = 0.0  # of the integral, in this part
            whole = (rate + later) / 2 * (end - begin)
            while passed + ahead < whole:
                passed += ahead
                # rate·x + slope·x²/2 = passed, solved so that nothing cancels
                root = math.sqrt(max(rate * rate + 2 * slope * passed, 0.0))
                yield min(begin + 2 * passed / (rate + root), end)
                ahead = gap(draw())
            ahead -= whole - passed
        moment, last = self.rates[-1]
        while last:
            moment += ahead / last
            yield moment
            ahead = gap(draw())

    def __str__(self) -> str:
        least, most = (pick(rate for _, rate in self.rates) for pick in (min, max))
        return f"{plain(least)} to {plain(most)}/s, changing"


def _number(field_name: str, value: float, words: str) -> None:
    if not is_number(value) or not 0 <= value < math.inf:
        raise ScenarioError(f"arrivals: {field_name}={value!r}: it must be a number of {words}")


def _rate(field_name: str, value: float) -> None:
    if not is_number(value) or not 0 < value < math.inf:
        raise ScenarioError(
            f"arrivals: {field_name}={value!r}: it must be a number of arrivals a second above 0"
        )
    if not 1 / LONGEST <= value <= DENSEST:
        raise ScenarioError(
            f"arrivals: {field_name}={value!r}: it must be from {1 / LONGEST:.9f} to {DENSEST:,.0f} arrivals a second"
        )

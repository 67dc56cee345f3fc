"""Arrivals: at which moments clients come. One law, one small class."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from operator import le
from random import Random
from typing import Protocol

from chansim.duration import Exponential
from chansim.model.component import ScenarioError


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

    def __post_init__(self) -> None:
        if (
            isinstance(self.rate, bool)
            or not isinstance(self.rate, (int, float))
            or not 0 < self.rate < float("inf")
        ):
            raise ScenarioError(
                f"arrivals: rate={self.rate!r}: it must be a number of arrivals a second above 0"
            )

    def moments(self, random: Random) -> Iterator[float]:
        gap, draw, now = Exponential(1 / self.rate).quantile, random.random, 0.0
        while True:
            now += gap(draw())
            yield now

    def __str__(self) -> str:
        return f"{self.rate:g}/s, Poisson"


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

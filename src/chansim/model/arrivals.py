"""Arrivals: at which moments clients come. One law, one small class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from chansim.duration import Exponential
from chansim.model.component import ScenarioError


class Arrivals(Protocol):
    """A law of arrivals."""

    def moments(self, random: Random) -> Iterator[float]:
        """The moments, in seconds from the beginning, in order."""


@dataclass(frozen=True)
class Poisson:
    """Independent clients: *rate* arrivals a second on average, at random."""

    rate: float

    def __post_init__(self) -> None:
        if isinstance(self.rate, bool) or not isinstance(self.rate, (int, float)) or not 0 < self.rate < float("inf"):
            raise ScenarioError(f"arrivals: rate={self.rate!r}: it must be a number of arrivals a second above 0")

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

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", tuple(self.at))
        if not self.at:
            raise ScenarioError("arrivals: at=(): there must be one moment at least")
        if not (0 <= self.at[0] and self.at[-1] < float("inf")) or any(
            not earlier <= later for earlier, later in zip(self.at, self.at[1:], strict=False)
        ):
            raise ScenarioError("arrivals: at: the moments must be seconds, 0 or more, in order")

    def moments(self, random: Random) -> Iterator[float]:
        return iter(self.at)

    def __str__(self) -> str:
        return f"{len(self.at)} arrivals of {self.source}"

"""Retries: whether and when a client tries again after a failure. One habit, one small class."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from chansim.model.component import ScenarioError, is_count, is_number
from chansim.quantities import plain


class Retries(Protocol):
    """A habit of trying again."""

    def wait(self, failures: int, draw: float, /) -> float | None:
        """After that many *failures*, 1 or more: seconds until the next try, or None to give up for good.

        *draw*, from 0 to 1, decides where the habit has a choice.
        """


@dataclass(frozen=True)
class Fixed:
    """Again after *seconds*, up to *times* more tries: what makes clients that failed together come back together."""

    seconds: float = 1.0
    times: int = 3

    def __post_init__(self) -> None:
        _seconds("seconds", self.seconds)
        _times(self.times)

    def wait(self, failures: int, draw: float, /) -> float | None:
        return self.seconds if failures <= self.times else None

    def __str__(self) -> str:
        return f"{self.times} retries, each after {plain(self.seconds)} s"


@dataclass(frozen=True)
class BackOff:
    """Again after *first* seconds, then each time *factor* times as many, at most *longest*; up to *times* more tries.

    *jitter*: the wait is drawn anew between 0 and that ("full jitter"), so that
    clients that failed together do not come back together.
    """

    first: float = 1.0
    factor: float = 2.0
    longest: float = 60.0
    times: int = 5
    jitter: bool = True

    def __post_init__(self) -> None:
        _seconds("first", self.first)
        _seconds("longest", self.longest)
        if not is_number(self.factor) or not 1 <= self.factor < math.inf:
            raise ScenarioError(f"retries: factor={self.factor!r}: it must be a number from 1")
        _times(self.times)
        if not isinstance(self.jitter, bool):
            raise ScenarioError(f"retries: jitter={self.jitter!r}: it must be True or False")

    def wait(self, failures: int, draw: float, /) -> float | None:
        if failures > self.times:
            return None
        seconds = self.first
        for _ in range(failures - 1):
            seconds = min(seconds * self.factor, self.longest)
        return min(seconds, self.longest) * (draw if self.jitter else 1.0)

    def __str__(self) -> str:
        how = "with jitter" if self.jitter else "without jitter"
        return f"{self.times} retries, backing off {how}"


def _seconds(field_name: str, value: float) -> None:
    if not is_number(value) or not 0 <= value <= 1e9:
        raise ScenarioError(f"retries: {field_name}={value!r}: it must be a number of seconds from 0 to 1e9")


def _times(value: int) -> None:
    if not is_count(value):
        raise ScenarioError(f"retries: times={value!r}: it must be a whole number of tries from 1")


USUAL: dict[str, Retries | None] = {
    "none": None,
    **{str(habit): habit for habit in (Fixed(), BackOff(jitter=False), BackOff())},
}
"""Habits to choose from, in words."""

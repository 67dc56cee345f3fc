"""Rooms: which room each member of a crowd goes to. One law, one small class.

A room is a path, "/room-1/", "/room-2/" and so on; what a room is beyond that,
the application says.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Protocol

from chansim.model.component import ScenarioError, is_count, is_number
from chansim.quantities import plain


class Rooms(Protocol):
    """A law of who goes where."""

    def paths_of(self, members: int, random: Random, /) -> tuple[str, ...]:
        """The path of each member's room, in order of the members."""


@dataclass(frozen=True)
class Even:
    """*rooms* of one size: members take them in turn."""

    rooms: int

    def __post_init__(self) -> None:
        _check(self.rooms)

    def paths_of(self, members: int, random: Random, /) -> tuple[str, ...]:
        return tuple(path(number % self.rooms + 1) for number in range(members))

    def __str__(self) -> str:
        return f"{self.rooms} rooms"


@dataclass(frozen=True)
class Sizes:
    """Rooms of these *sizes*, filled one after the other; once all are full, the next begin again at the first."""

    sizes: tuple[int, ...]

    def __post_init__(self) -> None:
        several = isinstance(self.sizes, (tuple, list)) and self.sizes
        if not several or not all(is_count(size) for size in self.sizes):
            raise ScenarioError(
                f"rooms: sizes={self.sizes!r}: it must be a tuple of whole numbers of members from 1"
            )
        object.__setattr__(self, "sizes", tuple(self.sizes))

    def paths_of(self, members: int, random: Random, /) -> tuple[str, ...]:
        places = [path(number) for number, size in enumerate(self.sizes, 1) for _ in range(size)]
        return tuple(places[number % len(places)] for number in range(members))

    def __str__(self) -> str:
        return f"{len(self.sizes)} rooms of up to {max(self.sizes)}"


@dataclass(frozen=True)
class Zipf:
    """*rooms* of which few are crowded: the k-th is chosen with a probability like 1 / k to the power of *exponent*.

    1 is Zipf's own; 0 makes all equally likely.
    """

    rooms: int
    exponent: float = 1.0

    def __post_init__(self) -> None:
        _check(self.rooms)
        if not is_number(self.exponent) or not 0 <= self.exponent <= 10:
            raise ScenarioError(f"rooms: exponent={self.exponent!r}: it must be a number from 0 to 10")

    def paths_of(self, members: int, random: Random, /) -> tuple[str, ...]:
        up_to = list(accumulate(number**-self.exponent for number in range(1, self.rooms + 1)))
        draw, whole = random.random, up_to[-1]
        draws = (draw() * whole for _ in range(members))
        return tuple(path(min(bisect_right(up_to, each) + 1, self.rooms)) for each in draws)

    def __str__(self) -> str:
        return f"{self.rooms} rooms, Zipf {plain(self.exponent)}"


def path(number: int) -> str:
    """The path of the room of that *number*, from 1."""
    return f"/room-{number}/"


def _check(rooms: int) -> None:
    if not is_count(rooms):
        raise ScenarioError(f"rooms: rooms={rooms!r}: it must be a whole number of rooms from 1")

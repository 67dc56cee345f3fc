"""Supervisor: whoever starts again what died, as systemd or supervisord would. Nobody draws it."""

from __future__ import annotations

from typing import Protocol

from chansim.model.world import Behaviour, World
from chansim.trace import FAULT


class Mortal(Protocol):
    """What may die, that is end without having been told to."""

    world: World
    lane: str  #: its name in the trace
    stopping: bool  #: it was told to end

    def run(self) -> Behaviour:
        """Its life."""


def supervised(mortal: Mortal, comes_back: float) -> Behaviour:
    """Its life, and after each death, *comes_back* seconds later, another."""
    world = mortal.world
    yield from mortal.run()
    while not mortal.stopping:
        yield comes_back
        world.write(FAULT, world.code(mortal.lane), 0, 0, 0, world.code("started"))
        yield from mortal.run()

"""Machine: a host with cores that the processes placed on it share."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from chansim.model.component import Component, knob
from chansim.model.world import Behaviour, Killed, Steps, Turn, World


@dataclass(frozen=True, kw_only=True)
class Machine(Component):
    """*cores*: how many processes on it compute at once; the others wait, first come first served."""

    cores: int = knob(
        4, unit="cores", low=1, high=1024, slider=(1, 16), doc="processor cores that its processes share"
    )

    provides = "machine"
    first = True
    placed = False

    def simulate(self, world: World) -> None:
        lanes = sum(len(c.lanes()) for c in world.scenario.components if c.machine == self.name)
        world.share(self.name, Cores(self.cores) if lanes > self.cores else Elsewhere())

    def execute(self, world: Any) -> None:
        world.share(self.name, world.processor(""))  # the real one: all machines are this one


class Elsewhere:
    """A processor that nobody has to wait for: as many cores as there are processes."""

    def work(self, seconds: float) -> Steps:
        """Compute for *seconds*."""
        return (seconds,) if seconds else ()

    overhead = work


class Cores:
    """The cores of one simulated machine."""

    def __init__(self, cores: int):
        self.free = cores
        self.waiting: deque[Turn] = deque()

    def work(self, seconds: float) -> Steps:
        """Compute for *seconds*, once a core is free."""
        return self._work(seconds) if seconds else ()

    overhead = work

    def _work(self, seconds: float) -> Behaviour:
        if self.free:
            self.free -= 1
        else:
            turn = Turn()
            self.waiting.append(turn)
            try:
                yield turn  # the core is handed over, never freed in between
            except Killed:
                self.waiting.remove(turn)
                raise
        try:
            yield seconds
        except Killed:
            self._give_back()
            raise
        self._give_back()

    def _give_back(self) -> None:
        if self.waiting:
            self.waiting.popleft().resume(None)
        else:
            self.free += 1

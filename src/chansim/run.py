"""Run: what came of a scenario, in either world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chansim.scenario import Scenario
from chansim.trace import Trace

if TYPE_CHECKING:
    from chansim.summary import Summary


@dataclass(frozen=True, eq=False)
class Run:
    """The *scenario*, the *trace* of what happened, and in which *world*: "simulated" or "executed".

    *problems*: what the learner's code raised, and how often.
    """

    scenario: Scenario
    trace: Trace
    world: str
    seed: int
    problems: tuple[tuple[str, int], ...] = ()

    def summary(self) -> Summary:
        """The run in a dozen numbers; see :mod:`chansim.summary`."""
        from chansim.summary import summary

        return summary(self)

    def __str__(self) -> str:
        head = f"{self.scenario.title}, {self.world}, {self.trace.end:g} s"
        lines = [head, str(self.summary())]
        lines += [f"{times} × {problem}" for problem, times in self.problems]
        return "\n".join(lines)

    __repr__ = __str__

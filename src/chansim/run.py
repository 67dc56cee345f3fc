"""Run: what came of a scenario, in either world."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from chansim.scenario import Scenario
from chansim.trace import Trace

if TYPE_CHECKING:
    from chansim.figure import Figure
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

    def picture(self) -> Figure:
        """The topology, with the messages per second on its arrows and how busy each part was."""
        from chansim.views.topology import topology

        return topology(self.scenario, self)

    @property
    def heading(self) -> str:
        """What was run, in which world, and for how long."""
        return f"{self.scenario.title}, {self.world}, {self.trace.end:.3g} s"

    def __str__(self) -> str:
        lines = [self.heading, str(self.summary())]
        lines += [f"{times} × {problem}" for problem, times in self.problems]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        picture = self.picture()
        problems = "".join(f"<p>{times} × {escape(problem)}</p>" for problem, times in self.problems)
        page = f"{picture.svg}{self.summary()._repr_html_()}{problems}"
        return {"text/plain": f"{self}\n{picture.words}", "text/html": page}

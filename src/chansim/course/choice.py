"""Choice: an exercise whose answer is a design, judged by what it costs beside the best there is.

Often more than one design will do. So none is *the* right one: what each costs is computed, and whoever comes
within a tenth of the best has chosen well.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from chansim.course.numerals import described, written
from chansim.course.verdict import Verdict

REGRET = 0.10
"""How much more than the best a good choice may cost: a tenth."""


@dataclass(frozen=True)
class Choice:
    """*asked*: what is to be chosen, in words. *candidates*: among which the best is looked for.

    *cost*: what a design costs, in *unit*, the less the better; infinity where it does not do what it must.
    It is computed from theory, or from runs of a fixed seed. Raising ValueError (as a ScenarioError is) it
    says in words what is wrong with a design. *open*: designs other than the candidates may be given too.
    *why*: said with the ✓. *hints*: for designs that people choose wrongly, what to look at.
    """

    asked: str
    candidates: tuple[Any, ...]
    cost: Callable[[Any], float]
    unit: str
    why: str
    hints: tuple[tuple[Any, str], ...] = ()
    open: bool = False
    within: float = REGRET

    def judge(self, answer: Any) -> Verdict:
        """Whether *answer* costs at most a tenth more than the best candidate."""
        if not self.open and not any(_same(answer, each) for each in self.candidates):
            return Verdict(False, f"{self.asked}: {self._listed(answer)}")
        try:
            cost = self._cost_of(answer)
        except ValueError as error:
            return Verdict(False, f"{self.asked}: {error}")
        best = min(self._costs)
        if cost <= best + self.within * abs(best):
            return Verdict(True, f"{self.asked}: {written(cost, self.unit)}. {self.why}")
        for design, hint in self.hints:
            if _same(answer, design):
                return Verdict(False, f"{self.asked}: {hint}")
        came = f"that comes to {written(cost, self.unit)}" if math.isfinite(cost) else "that does not hold"
        return Verdict(False, f"{self.asked}: {came}; there is one with {written(best, self.unit)}.")

    def _cost_of(self, answer: Any) -> float:
        for design, cost in zip(self.candidates, self._costs, strict=True):
            if _same(answer, design):
                return cost
        return self.cost(answer)

    @cached_property
    def _costs(self) -> list[float]:
        """Of every candidate: computed when the first answer is judged, and kept."""
        return [self.cost(each) for each in self.candidates]

    def _listed(self, answer: Any) -> str:
        words = [each for each in self.candidates if isinstance(each, str)]
        near = get_close_matches(answer, words, 1) if isinstance(answer, str) else []
        if near:
            return f"did you mean {near[0]!r}?"
        given = f"{answer!r}" if isinstance(answer, (str, int, float)) else described(answer)
        return f"one of {', '.join(map(repr, self.candidates))} is asked for, and this is {given[:60]}."


def _same(answer: Any, design: Any) -> bool:
    """Whether *answer* is that *design*: of its type, or a number of its size; whatever its == does."""
    kinds = (type(answer), type(design))
    if kinds[0] is not kinds[1] and not (set(kinds) <= {int, float}):
        return False
    return bool(answer == design)

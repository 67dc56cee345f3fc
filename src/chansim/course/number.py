"""Number: an exercise whose answer is one number.

What is expected comes from a formula, and how far off an answer may be from the
length of the run it was measured on. Neither is taken from the author's own run.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chansim.course.numerals import described, number_in, written
from chansim.course.verdict import Verdict

Mistake = tuple[Callable[[float], bool], str]


@dataclass(frozen=True)
class Number:
    """*asked*: what the number is, in words. *expected*, in *unit*, give or take *tolerance*.

    *why*: where the two come from, said with the ✓. *mistakes*: what is known to go wrong, each a test of the
    number given and a hint; the first that fits is said.
    """

    asked: str
    expected: float
    tolerance: float
    unit: str
    why: str
    mistakes: tuple[Mistake, ...] = ()

    def judge(self, answer: Any) -> Verdict:
        """Whether *answer* is the number."""
        value = number_in(answer)
        if value is None:
            return Verdict(False, f"{self.asked}: a number is asked for, and this is {described(answer)}.")
        if abs(value - self.expected) <= self.tolerance:
            return Verdict(True, f"{self.asked}: {written(value, self.unit)}. {self.why}")
        return Verdict(False, f"{self.asked}: {self._hint(value)}")

    def _hint(self, value: float) -> str:
        if not math.isfinite(value):
            return f"{written(value)}."
        for fits, hint in self.mistakes:
            if fits(value):
                return hint
        if self.unit == "s" and abs(value / 1000 - self.expected) <= self.tolerance:
            return "right, if those are milliseconds; seconds are asked for."
        side = "low" if value < self.expected else "high"
        return f"{written(value, self.unit)} is too {side}."


def three_standard_errors(variance: float, looks: int) -> float:
    """How far the mean of *looks* at something with that *variance* strays, at most, 997 times in 1000.

    The looks must be independent, or nearly so.
    """
    return 3.0 * math.sqrt(variance / looks)

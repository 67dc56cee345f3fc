"""Function: an exercise whose answer is a function the learner wrote.

It is called with each case and compared with the formula. What it raises, and
whatever it returns, becomes a hint.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chansim.course.numerals import described, name_of, number_in, raised, written
from chansim.course.verdict import Verdict

Case = tuple[float, ...]
Formula = Callable[..., float]


@dataclass(frozen=True)
class Function:
    """*asked*: what the function gives, in words, in *unit*. *reference*: the right one. *cases*: arguments.

    *mistakes*: wrong formulas that people write, each with its hint, which is said where the learner's
    function gives in every case what the mistake gives. *within*: how far off a result may be, as a fraction.
    """

    asked: str
    reference: Formula
    cases: tuple[Case, ...]
    unit: str
    why: str
    mistakes: tuple[tuple[Formula, str], ...] = ()
    within: float = 1e-6

    def judge(self, answer: Any) -> Verdict:
        """Whether *answer* gives what it should in every case; else the first case in which it does not."""
        if not callable(answer):
            return Verdict(False, f"{self.asked}: a function is asked for, and this is {described(answer)}.")
        results: list[float] = []
        for case in self.cases:
            call = f"{name_of(answer)}({', '.join(map(str, case))})"
            try:
                result = answer(*case)
            except (Exception, SystemExit) as error:
                return Verdict(False, f"{call} raised {raised(error)}{self._remark(results)}")
            value = number_in(result)
            if result is None:
                return Verdict(False, f"{call} gave None: does it end in return?")
            if value is None:
                return Verdict(False, f"{call} gave {described(result)}; it should give {self.unit}.")
            results.append(value)
        return self._compare(answer, results)

    def _compare(self, answer: Any, results: list[float]) -> Verdict:
        name = name_of(answer)
        expected = [self.reference(*case) for case in self.cases]
        if self._alike(results, expected):
            return Verdict(True, f"{self.asked}: right in all {len(self.cases)} cases. {self.why}")
        for mistake, hint in self.mistakes:
            if self._alike(results, [mistake(*case) for case in self.cases]):
                return Verdict(False, hint)
        place = [self._near(*pair) for pair in zip(results, expected, strict=True)].index(False)
        call = f"{name}({', '.join(map(str, self.cases[place]))})"
        if math.isinf(expected[place]):
            remark = self._remark(results[:place])
            return Verdict(False, f"{call} gave {written(results[place], self.unit)}{remark}")
        side = "low" if results[place] < expected[place] else "high"
        return Verdict(False, f"{call} gave {written(results[place], self.unit)}: that is too {side}.")

    def _remark(self, before: list[float]) -> str:
        """What to say after a case went wrong: a hint, where all *before* were right and it has no end."""
        expected = [self.reference(*case) for case in self.cases[: len(before) + 1]]
        if self._alike(before, expected[:-1]) and math.isinf(expected[-1]):
            return ". So far it was right. Where the queue never settles, return float('inf')."
        return "."

    def _alike(self, results: list[float], others: list[float]) -> bool:
        return all(map(self._near, results, others))

    def _near(self, result: float, other: float) -> bool:
        return result == other or math.isclose(result, other, rel_tol=self.within, abs_tol=1e-12)

"""Promise: an exercise whose answer is a run, judged by something its trace must keep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chansim.course.numerals import described
from chansim.course.verdict import Verdict
from chansim.run import Run


@dataclass(frozen=True)
class Promise:
    """*asked*: what must hold, in words. *broken_by*: says what breaks it in a run, "" where it holds."""

    asked: str
    broken_by: Callable[[Run], str]

    def judge(self, answer: Any) -> Verdict:
        """Whether the run *answer* keeps the promise."""
        if not isinstance(answer, Run):
            return Verdict(False, f"{self.asked}: a run is asked for, and this is {described(answer)}.")
        fault = self.broken_by(answer)
        return Verdict(not fault, f"{answer.world}: {fault or self.asked}.")

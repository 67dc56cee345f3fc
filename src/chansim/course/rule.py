"""Rule: an exercise whose answer is something made (a dict, a list, a class), judged by what must hold of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chansim.course.numerals import described
from chansim.course.verdict import Verdict


@dataclass(frozen=True)
class Rule:
    """*asked*: what is to be made, in words. *of*: its type, called *kind* ("a dict").

    *broken_by*: says what is wrong with an answer of that type, in a sentence that is a hint; "" where nothing
    is. *why*: said with the ✓.
    """

    asked: str
    of: type | tuple[type, ...]
    kind: str
    broken_by: Callable[[Any], str]
    why: str

    def judge(self, answer: Any) -> Verdict:
        """Whether *answer* is as it must be."""
        if not isinstance(answer, self.of) or answer is None:
            return Verdict(False, f"{self.asked}: {self.kind} is asked for, and this is {described(answer)}.")
        fault = self.broken_by(answer)
        return Verdict(not fault, f"{self.asked}: {fault or self.why}")

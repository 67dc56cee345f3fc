"""Property: an exercise whose answer is a function or a class, which must keep a property in every case.

Where :class:`~chansim.course.function.Function` compares numbers with a formula, this asks anything of
anything that can be called: a rule, a layer, a consumer. Cases are generated, with a fixed seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

from chansim.course.numerals import described, name_of, raised
from chansim.course.verdict import Verdict

Case = TypeVar("Case")


CASES = 200
"""How many cases are generated, unless an exercise says otherwise."""


def generated(make: Callable[[Random], Case], cases: int = CASES, seed: int | str = 1) -> tuple[Case, ...]:
    """*cases* cases, each made by *make* from the random numbers it is given: the same ones on every machine."""
    dice = Random(f"chansim course {seed}")
    return tuple(make(dice) for _ in range(cases))


@dataclass(frozen=True)
class Property:
    """*asked*: what is to be written, in words.

    *broken_by*: given the answer and a case, says what is wrong in a sentence that is a hint, or "". *cases*:
    those of :func:`generated`, and before them those worth a look by themselves. *why*: said with the ✓.
    *said*: how a case is told, where its repr will not do.
    """

    asked: str
    broken_by: Callable[[Any, Any], str]
    cases: tuple[Any, ...]
    why: str
    said: Callable[[Any], str] = repr

    def judge(self, answer: Any) -> Verdict:
        """Whether *answer* keeps the property in every case; else the first in which it does not."""
        if not callable(answer):
            return Verdict(False, f"{self.asked}: a function is asked for, and this is {described(answer)}.")
        for case in self.cases:
            try:
                fault = self.broken_by(answer, case)
            except (Exception, SystemExit) as error:
                fault = f"{name_of(answer)} raised {raised(error)}, given {self.said(case)}."
            if fault:
                return Verdict(False, f"{self.asked}: {fault}")
        return Verdict(True, f"{self.asked}: right in all {len(self.cases)} cases. {self.why}")


def agrees_with(reference: Callable[..., Any]) -> Callable[[Any, Any], str]:
    """A ``broken_by``: the answer, called with a case's values, must give what *reference* gives (==)."""

    def broken_by(answer: Any, case: Any) -> str:
        came, right = answer(*case), reference(*case)
        call = f"{name_of(answer)}({', '.join(map(repr, case))})"
        if came is None and right is not None:
            return f"{call} gave None: does it end in return?"
        if type(came) is not type(right):
            return f"{call} gave {_kind(came)}; it should give {_kind(right)}."
        return "" if came == right else f"{call} gave {came!r}: not so."

    return broken_by


def _kind(value: Any) -> str:
    kinds = {bool: "True or False", int: "a whole number", float: "a number", str: "text"}
    return kinds.get(type(value)) or described(value)

"""Exact: an exercise whose answer is a handful of items, each right or wrong: labels, outcomes, true or false."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from chansim.course.numerals import described
from chansim.course.verdict import Verdict


@dataclass(frozen=True)
class Exact:
    """*asked*: what the items are, in words. *expected*: the right value of each, computed.

    *hints*: by item, what to look at where it is wrong. *why*: said with the ✓. A hint never says the value.
    """

    asked: str
    expected: Mapping[str, Any]
    why: str
    hints: Mapping[str, str] = field(default_factory=dict)

    def judge(self, answer: Any) -> Verdict:
        """Whether *answer*, a dict, has every item right; else which one is the first that is wrong."""
        if not isinstance(answer, Mapping):
            return Verdict(False, f"{self.asked}: a dict is asked for, and this is {described(answer)}.")
        missing = [item for item in self.expected if item not in answer or answer[item] is None]
        if missing:
            near = get_close_matches(missing[0], [each for each in answer if isinstance(each, str)], 1)
            meant = f"; is that your {near[0]!r}?" if near and near[0] not in self.expected else "."
            return Verdict(False, f"{self.asked}: there is no answer for {missing[0]!r}{meant}")
        wrong = [item for item, right in self.expected.items() if not _equal(answer[item], right)]
        if wrong:
            right = len(self.expected) - len(wrong)
            hint = self.hints.get(wrong[0], "look again.")
            return Verdict(
                False, f"{self.asked}: {right} of {len(self.expected)} right. {wrong[0]!r}: {hint}"
            )
        return Verdict(True, f"{self.asked}: all {len(self.expected)} right. {self.why}")


def _equal(value: Any, right: Any) -> bool:
    """True is not 1 here, and a list is as good as a tuple."""
    if isinstance(right, bool) or isinstance(value, bool):
        return value is right
    if isinstance(right, tuple) and isinstance(value, list):
        value = tuple(value)
    return bool(value == right)

"""check: holds a learner's answer against an exercise, and says ✓ or one hint."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, Protocol

from chansim.course.lessons import EXERCISES
from chansim.course.numerals import raised
from chansim.course.verdict import Verdict


class Exercise(Protocol):
    """What every kind of exercise can do."""

    def judge(self, answer: Any) -> Verdict:
        """Whether *answer* stands, and why, or one hint. May raise: the caller sees to it."""


def check(exercise: str, answer: Any) -> None:
    """Print what becomes of *answer* to the exercise of that name: ✓, or one hint. Never raises."""
    print(judge(exercise, answer))


def judge(exercise: str, answer: Any) -> Verdict:
    """The verdict that :func:`check` prints."""
    found: Exercise | None = EXERCISES.get(exercise) if isinstance(exercise, str) else None
    if found is None:
        near = get_close_matches(str(exercise), EXERCISES, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(EXERCISES)}."
        return Verdict(False, f"there is no exercise {exercise!r}: {hint}")
    try:
        return found.judge(answer)
    except KeyboardInterrupt:  # the learner's own, who has waited long enough
        raise
    except BaseException as error:
        return Verdict(False, f"this answer could not be judged: {raised(error)}.")

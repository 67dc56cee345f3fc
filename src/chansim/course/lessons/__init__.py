"""Lessons: the exercises of each notebook, one file a notebook, of the same number.

What is expected is computed here from :mod:`chansim.theory` or from what a run must keep, never typed in.
"""

from typing import Any

from chansim.course.lessons import lesson_00, lesson_01, lesson_02, lesson_03

EXERCISES: dict[str, Any] = {
    **lesson_00.EXERCISES,
    **lesson_01.EXERCISES,
    **lesson_02.EXERCISES,
    **lesson_03.EXERCISES,
}
"""Every exercise by its name, "01-sojourn", in the order of the course."""

__all__ = ["EXERCISES"]

"""Lessons: the exercises of each notebook, one file a notebook, of the same number.

What is expected is computed here from :mod:`chansim.theory`, or from what a run must keep, never typed in. A
lesson's file defines ``EXERCISES``, a dict from names such as "07-capacity" to exercises, each of one of the
kinds that ``chansim.course`` lists.
"""

from typing import Any

from chansim.course.lessons import (
    lesson_00,
    lesson_01,
    lesson_02,
    lesson_03,
    lesson_04,
    lesson_05,
    lesson_06,
    lesson_07,
    lesson_08,
    lesson_09,
    lesson_10,
    lesson_11,
    lesson_12,
)

LESSONS = (
    lesson_00,
    lesson_01,
    lesson_02,
    lesson_03,
    lesson_04,
    lesson_05,
    lesson_06,
    lesson_07,
    lesson_08,
    lesson_09,
    lesson_10,
    lesson_11,
    lesson_12,
)

EXERCISES: dict[str, Any] = {
    name: exercise for lesson in LESSONS for name, exercise in lesson.EXERCISES.items()
}
"""Every exercise by its name, "01-sojourn", in the order of the course."""

__all__ = ["EXERCISES"]

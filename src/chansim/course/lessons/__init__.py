"""Lessons: the exercises of each notebook, one file a notebook, of the same number.

What is expected is computed here from :mod:`chansim.theory`, or from what a run must keep, never typed in. A
lesson's file defines ``EXERCISES``, a dict from names such as "07-capacity" to exercises, each of one of the
kinds that ``chansim.course`` lists.
"""

from importlib import import_module
from typing import Any

LESSONS = tuple(import_module(f"{__name__}.lesson_{number:02}") for number in range(13))

EXERCISES: dict[str, Any] = {
    name: exercise for lesson in LESSONS for name, exercise in lesson.EXERCISES.items()
}
"""Every exercise by its name, "01-sojourn", in the order of the course."""

__all__ = ["EXERCISES"]

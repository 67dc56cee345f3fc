"""Retries: whether and when a client tries again."""

from typing import Any

import pytest

from chansim import ScenarioError
from chansim.model.retries import BackOff, Fixed, Retries


def waits(habit: Retries, draw: float = 0.5, tries: int = 8) -> list[float | None]:
    return [habit.wait(failures, draw) for failures in range(1, tries + 1)]


def test_fixed_waits_are_all_alike_and_so_many() -> None:
    assert waits(Fixed(2.0, times=2), tries=4) == [2.0, 2.0, None, None]


def test_backing_off_doubles_the_wait_up_to_the_longest() -> None:
    habit = BackOff(first=0.5, factor=2.0, longest=3.0, times=5, jitter=False)
    assert waits(habit, tries=6) == [0.5, 1.0, 2.0, 3.0, 3.0, None]


def test_jitter_is_anything_from_nothing_to_the_whole_wait() -> None:
    habit = BackOff(first=1.0, factor=3.0, longest=100.0, times=3)
    assert waits(habit, 0.0, 3) == [0.0, 0.0, 0.0]
    assert waits(habit, 0.5, 3) == [0.5, 1.5, 4.5]


def test_a_first_wait_longer_than_the_longest_is_cut_too() -> None:
    assert BackOff(first=5.0, longest=2.0, jitter=False).wait(1, 0.0) == 2.0


def test_a_very_late_failure_does_not_overflow() -> None:
    assert BackOff(times=10**6, jitter=False).wait(5000, 0.0) == 60.0


@pytest.mark.parametrize(
    ("law", "fields", "words"),
    [
        (Fixed, {"seconds": -1}, "seconds=-1: it must be a number of seconds from 0 to 1e9"),
        (Fixed, {"times": 0}, "times=0: it must be a whole number of tries from 1"),
        (Fixed, {"times": 1.5}, "times=1.5"),
        (BackOff, {"first": "1"}, "first='1'"),
        (BackOff, {"factor": 0.5}, "factor=0.5: it must be a number from 1"),
        (BackOff, {"longest": None}, "longest=None"),
        (BackOff, {"jitter": 1}, "jitter=1: it must be True or False"),
    ],
)
def test_a_habit_that_cannot_be_is_answered_in_words(law: Any, fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ScenarioError, match=f"retries: {words}"):
        law(**fields)

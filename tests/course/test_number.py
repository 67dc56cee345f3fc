import math

import numpy
import pytest

from chansim.course.number import Number, three_standard_errors

MEAN = Number(
    "W", 0.100, 0.010, "s", "By the formula.", ((lambda value: value < 0, "time does not run backwards."),)
)


@pytest.mark.parametrize("value", [0.1, 0.0901, 0.1099, numpy.float64(0.1)])
def test_within_the_tolerance_is_right(value):
    verdict = MEAN.judge(value)
    assert verdict.good
    assert str(verdict).startswith("✓ W: ")
    assert str(verdict).endswith(" By the formula.")


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (0.05, "→ W: 50 ms is too low."),
        (0.2, "→ W: 200 ms is too high."),
        (100, "→ W: right, if those are milliseconds; seconds are asked for."),
        (-0.1, "→ W: time does not run backwards."),
        (math.inf, "→ W: infinity."),
        (math.nan, "→ W: NaN, which is no number."),
        (None, "→ W: a number is asked for, and this is None."),
        (True, "→ W: a number is asked for, and this is True."),
        ("0.1", "→ W: a number is asked for, and this is text."),
        ([0.1], "→ W: a number is asked for, and this is a list."),
        (numpy.array([0.1]), "→ W: a number is asked for, and this is an object of type ndarray."),
        (
            lambda: 0.1,
            "→ W: a number is asked for, and this is a function: call it, and give what it returns.",
        ),
        (10**400, "→ W: a number is asked for, and this is an object of type int."),
    ],
)
def test_anything_else_gets_one_hint(value, hint):
    assert str(MEAN.judge(value)) == hint


def test_a_whole_number_is_said_as_one():
    assert str(Number("c", 7, 0.0, "workers", "Fine.").judge(7)) == "✓ c: 7 workers. Fine."


def test_more_looks_allow_less():
    assert three_standard_errors(2.0, 200) == pytest.approx(0.3)
    assert three_standard_errors(2.0, 800) == pytest.approx(0.15)

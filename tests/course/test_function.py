import math
import sys

import pytest

from chansim.course.function import Function

HALF = Function(
    "half",
    lambda x: x / 2 if x < 10 else math.inf,
    ((1.0,), (4.0,), (10.0,)),
    "metres",
    "That is it.",
    ((lambda x: 2 * x, "Not double: half."),),
)


def half(x):
    return x / 2 if x < 10 else math.inf


def no_end(x):
    return half(x) if x < 10 else 1 / (x - 10)


def test_right_in_every_case():
    assert str(HALF.judge(half)) == "✓ half: right in all 3 cases. That is it."
    assert HALF.judge(lambda x: half(x) * (1 + 1e-9)).good


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        (lambda x: None, "→ answer(1.0) gave None: does it end in return?"),
        (lambda x: "0.5", "→ answer(1.0) gave text; it should give metres."),
        (lambda x: [x / 2], "→ answer(1.0) gave a list; it should give metres."),
        (lambda x: x > 2, "→ answer(1.0) gave False; it should give metres."),
        (lambda x: x / 0, "→ answer(1.0) raised ZeroDivisionError: float division by zero."),
        (lambda x: {}["key"], "→ answer(1.0) raised KeyError: 'key'."),
        (lambda x: sys.exit(), "→ answer(1.0) raised SystemExit."),
        (lambda x: 2 * x, "→ Not double: half."),
        (lambda x: x / 3, "→ answer(1.0) gave 0.333 metres: that is too low."),
        (lambda x: x / 2 + (x == 4), "→ answer(4.0) gave 3 metres: that is too high."),
        (
            lambda x: x / 2,
            "→ answer(10.0) gave 5 metres. So far it was right. "
            "Where the queue never settles, return float('inf').",
        ),
        (
            no_end,
            "→ answer(10.0) raised ZeroDivisionError: float division by zero. So far it was right. "
            "Where the queue never settles, return float('inf').",
        ),
        (lambda x: math.nan, "→ answer(1.0) gave NaN, which is no number: that is too high."),
    ],
)
def test_wrong_gets_one_hint(body, hint):
    def answer(x):
        return body(x)

    assert str(HALF.judge(answer)) == hint


def test_a_wrong_number_of_parameters_gets_a_hint():
    assert str(HALF.judge(lambda: 1)).startswith("→ <lambda>(1.0) raised TypeError: ")


@pytest.mark.parametrize(
    ("value", "words"), [(0.5, "an object of type float"), (None, "None"), ("half", "text")]
)
def test_no_function_gets_a_hint(value, words):
    assert str(HALF.judge(value)) == f"→ half: a function is asked for, and this is {words}."


def test_a_callable_without_a_name_will_do():
    class Half:
        def __call__(self, x):
            return x

    assert str(HALF.judge(Half())) == "→ your function(1.0) gave 1 metres: that is too high."

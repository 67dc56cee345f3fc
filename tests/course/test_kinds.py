"""Property, Exact and Rule: what is said of right, wrong and impossible answers."""

import pytest

from chansim.course.exact import Exact
from chansim.course.property import Property, agrees_with, generated
from chansim.course.rule import Rule


def is_stable(load, servers):
    return load < servers


CASES = generated(lambda dice: (dice.random() * 10, dice.randrange(1, 10)))
STABLE = Property("stable", agrees_with(is_stable), CASES, "So.")


def test_the_generated_cases_are_200_and_always_the_same():
    assert len(CASES) == 200
    assert generated(lambda dice: (dice.random() * 10, dice.randrange(1, 10))) == CASES
    assert generated(lambda dice: (dice.random() * 10, dice.randrange(1, 10)), seed=2) != CASES
    assert f"{CASES[0][0]:.6f}" == "0.188868"


def test_a_function_that_is_right_in_every_case():
    assert str(STABLE.judge(is_stable)) == "✓ stable: right in all 200 cases. So."


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (None, "a function is asked for"),
        (lambda load, servers: None, "does it end in return?"),
        (lambda load, servers: 1, "gave a whole number; it should give True or False"),
        (lambda load, servers: True, "gave True: not so"),
        (lambda load: True, "raised TypeError"),
        (lambda load, servers: 1 / 0, "raised ZeroDivisionError"),
    ],
)
def test_a_function_that_is_not(answer, hint):
    assert hint in str(STABLE.judge(answer))


LABELS = Exact("the rows", {"1": "sent", "2": "lost", "3": True, "4": (1, 2)}, "So.", {"2": "who has it?"})


def test_every_item_right():
    assert LABELS.judge({"1": "sent", "2": "lost", "3": True, "4": [1, 2], "5": "too much"}).good


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (None, "a dict is asked for"),
        ({}, "no answer for '1'"),
        ({"1": "sent", "2": None, "3": True, "4": (1, 2)}, "no answer for '2'"),
        ({"1": "sent", "2": "sent", "3": True, "4": (1, 2)}, "3 of 4 right. '2': who has it?"),
        ({"1": "sent", "2": "lost", "3": 1, "4": (1, 2)}, "3 of 4 right. '3': look again."),
    ],
)
def test_an_item_wrong_or_missing_is_named_and_not_told(answer, hint):
    said = str(LABELS.judge(answer))
    assert hint in said
    assert "lost" not in said


BUDGET = Rule(
    "the budget", dict, "a dict", lambda parts: "" if sum(parts.values()) == 1 else "it is not 1.", "So."
)


def test_a_rule_is_kept_or_what_breaks_it_is_said():
    assert str(BUDGET.judge({"a": 0.5, "b": 0.5})) == "✓ the budget: So."
    assert str(BUDGET.judge({"a": 0.5})) == "→ the budget: it is not 1."
    assert "a dict is asked for, and this is a list" in str(BUDGET.judge([]))

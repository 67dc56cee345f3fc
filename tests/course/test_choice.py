import math

import pytest

from chansim.course.choice import Choice

COSTS = {"shared": 1.0, "local": 1.05, "isolated": math.inf, "sharded": 1.5}


def cost(design):
    if design == "odd":
        raise ValueError("there is no odd layer.")
    return COSTS.get(design, 0.5)


LAYER = Choice("the layer", tuple(COSTS), cost, "s", "It pays.", (("isolated", "who hears it then?"),))


@pytest.mark.parametrize("design", ["shared", "local"])
def test_whatever_costs_at_most_a_tenth_more_than_the_best_is_good(design):
    assert str(LAYER.judge(design)).startswith(f"✓ the layer: {COSTS[design]:g}")
    assert str(LAYER.judge(design)).endswith("It pays.")


def test_what_costs_more_is_told_how_much_less_would_do_and_not_which():
    words = str(LAYER.judge("sharded"))
    assert words == "→ the layer: that comes to 1.5 s; there is one with 1 s."


def test_a_design_that_is_often_chosen_wrongly_has_a_hint_of_its_own():
    assert str(LAYER.judge("isolated")) == "→ the layer: who hears it then?"


def test_a_design_that_does_not_hold_is_told_so():
    without = Choice("the layer", tuple(COSTS), cost, "s", "It pays.")
    assert "that does not hold; there is one with 1 s" in str(without.judge("isolated"))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        ("sharde", "did you mean 'sharded'?"),
        (None, "and this is None"),
        (True, "and this is True"),
        ([], "a list"),
    ],
)
def test_anything_else_is_answered_with_what_there_is(answer, hint):
    assert hint in str(LAYER.judge(answer))


def test_an_open_choice_takes_other_designs_and_says_in_words_what_cannot_be():
    free = Choice("the layer", tuple(COSTS), cost, "s", "It pays.", open=True)
    assert free.judge("mine").good
    assert str(free.judge("odd")) == "→ the layer: there is no odd layer."


def test_numbers_are_designs_too_and_true_is_no_number():
    capacity = Choice("capacity", tuple(range(1, 9)), lambda c: abs(c - 4.0) + 1, "", "So.")
    assert capacity.judge(4).good
    assert capacity.judge(4.0).good
    assert not capacity.judge(True).good
    assert not capacity.judge("4").good


def test_the_best_is_looked_for_once_and_only_when_somebody_asks():
    asked = []
    choice = Choice("x", (1, 2), lambda c: asked.append(c) or float(c), "", "So.")
    assert asked == []
    choice.judge(1), choice.judge(2), choice.judge(1)
    assert asked == [1, 2]

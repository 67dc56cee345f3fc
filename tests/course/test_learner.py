"""Numbers of one's own: drawn from the name, the same on every machine."""

import pytest

from chansim.course import given, learner
from chansim.course.learner import ANYONE, Own, current_learner, known_as
from chansim.course.lessons import EXERCISES
from chansim.course.number import Number

OWN = Own(
    "99-load",
    {"rate": range(40, 61), "service": (0.02, 0.05)},
    lambda rate, service: Number("ρ", rate * service, 1e-9, "", "λS."),
    {"rate": "a second", "service": "s"},
)


@pytest.fixture(autouse=True)
def nobody_is_named(monkeypatch):
    with known_as(ANYONE):
        monkeypatch.setitem(EXERCISES, "99-load", OWN)
        yield


def test_a_name_has_these_numbers_on_every_machine():
    assert str(OWN.given("Ada")) == "99-load, for Ada: rate = 45 a second, service = 20 ms"


def test_capitals_and_spaces_make_no_difference():
    assert dict(OWN.given("  ada ")) == dict(OWN.given("Ada")) == dict(OWN.given("ＡＤＡ"))


def test_names_have_different_numbers_and_every_value_comes():
    rates = [OWN.given(f"learner {n}").rate for n in range(400)]
    assert set(rates) == set(range(40, 61))
    assert max(rates.count(each) for each in set(rates)) < 45  # 19 on average


def test_an_answer_is_judged_by_the_numbers_of_whoever_is_named(capsys):
    learner("Ada")
    mine = given("99-load")
    assert OWN.judge(mine.rate * mine["service"]).good
    learner("Grace")
    assert dict(given("99-load")) != dict(mine)
    assert not OWN.judge(mine.rate * mine.service).good
    assert capsys.readouterr().out.splitlines() == [
        "Your numbers are those of ada.",
        "Your numbers are those of grace.",
    ]


@pytest.mark.parametrize("name", [None, 7, "", "   ", [], object()])
def test_whatever_is_no_name_leaves_anyone_and_raises_nothing(name, capsys):
    learner(name)
    assert current_learner() == ANYONE
    assert "a name is text" in capsys.readouterr().out


def test_an_exercise_that_sets_no_numbers_says_which_do():
    with pytest.raises(KeyError, match=r"no numbers are set by '01-little'; they are by .*99-load"):
        given("01-little")
    with pytest.raises(AttributeError, match="99-load gives rate, service, not load"):
        _ = OWN.given("Ada").load


def test_an_exercise_with_numbers_of_ones_own_goes_by_its_own_name():
    assert [name for name, each in EXERCISES.items() if isinstance(each, Own) and each.name != name] == []

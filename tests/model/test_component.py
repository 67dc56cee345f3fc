"""Component: what every noun of the model has, and how it checks its fields."""

import math
from dataclasses import dataclass
from typing import Any

import pytest

from chansim import ScenarioError
from chansim.duration import Constant, Duration, Exponential
from chansim.model.component import Component, duration, knob, link
from chansim.model.interface_server import InterfaceServer
from chansim.model.machine import Machine
from chansim.model.wsgi_server import WSGIServer


@dataclass(frozen=True, kw_only=True)
class SlackBot(Component):
    """A component as a learner types it."""

    speed: float = knob(1.0, unit="m/s", low=0.0, high=10.0, doc="how fast")
    legs: int = knob(4, unit="legs", low=1, high=8, doc="how many")
    weight: float = knob(1.0, unit="kg", above=0.0, doc="how heavy")
    nap: Duration = duration(0.5, doc="how long it sleeps")
    friend: str = link("server", default="", doc="whom it knows")


def test_fields_may_be_left_out() -> None:
    bot = SlackBot(name="bot")
    assert (bot.speed, bot.legs, bot.nap, bot.friend, bot.machine) == (1.0, 4, Constant(0.5), "", "")
    assert list(bot.links()) == []


def test_a_number_of_seconds_becomes_a_law_and_a_law_stays() -> None:
    assert SlackBot(name="bot", nap=2).nap == Constant(2.0)  # type: ignore[arg-type]
    assert SlackBot(name="bot", nap=Exponential(3.0)).nap == Exponential(3.0)


def test_equal_descriptions_are_equal_and_have_one_hash() -> None:
    assert SlackBot(name="bot", legs=2) == SlackBot(name="bot", legs=2) != SlackBot(name="bot")
    assert hash(SlackBot(name="bot", legs=2)) == hash(SlackBot(name="bot", legs=2))


def test_a_description_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        SlackBot(name="bot").legs = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"speed": -1}, "slack bot 'bot': speed=-1: it must be a number of m/s from 0 to 10"),
        ({"speed": 11.0}, "slack bot 'bot': speed=11.0: it must be a number of m/s from 0 to 10"),
        ({"speed": math.nan}, "slack bot 'bot': speed=nan: it must be a number of m/s from 0 to 10"),
        ({"speed": "fast"}, "slack bot 'bot': speed='fast': it must be a number of m/s from 0 to 10"),
        ({"speed": None}, "slack bot 'bot': speed=None: it must be a number of m/s from 0 to 10"),
        ({"legs": 0}, "slack bot 'bot': legs=0: it must be a whole number of legs from 1 to 8"),
        ({"legs": 2.5}, "slack bot 'bot': legs=2.5: it must be a whole number of legs from 1 to 8"),
        ({"legs": True}, "slack bot 'bot': legs=True: it must be a whole number of legs from 1 to 8"),
        ({"weight": 0}, "slack bot 'bot': weight=0: it must be a number of kg above 0"),
        ({"weight": math.inf}, "slack bot 'bot': weight=inf: it must be a number of kg above 0"),
        ({"friend": 5}, "slack bot 'bot': friend=5: it must be the name of a server"),
        ({"machine": None}, "slack bot 'bot': machine=None: it must be the name of a machine"),
    ],
)
def test_a_field_out_of_its_range_is_told_with_component_field_value_and_what_is_right(
    fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        SlackBot(name="bot", **fields)
    assert str(caught.value) == words


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"speed": True}, "speed=True"), ({"legs": 4.0}, "legs=4.0"), ({"weight": True}, "weight=True")],
)
def test_a_value_of_another_type_is_told_also_where_it_equals_the_default(
    fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(ScenarioError, match=words):
        SlackBot(name="bot", **fields)


@pytest.mark.parametrize("name", ["", "a/b", None, 5, b"bot"])
def test_a_name_is_text_without_a_slash(name: Any) -> None:
    with pytest.raises(
        ScenarioError, match=r"a slack bot has name=.*; a name is text, not empty, and without '/'"
    ):
        SlackBot(name=name)


@pytest.mark.parametrize(
    ("component", "kind"),
    [
        (SlackBot(name="b"), "slack bot"),
        (Machine(name="m"), "machine"),
        (InterfaceServer(name="d", layer="l"), "interface server"),
    ],
)
def test_the_kind_is_the_type_in_words(component: Component, kind: str) -> None:
    assert component.kind == kind


def test_an_abbreviation_is_a_word_of_its_own() -> None:
    assert WSGIServer(name="gunicorn", application="site").kind == "WSGI server"


@pytest.mark.parametrize("seconds", [-1, "long", True, math.nan])
def test_a_duration_is_told_once(seconds: Any) -> None:
    with pytest.raises(ScenarioError) as caught:
        SlackBot(name="bot", nap=seconds)
    assert str(caught.value).startswith(f"slack bot 'bot': nap={seconds!r}: it must be a number of seconds")

"""Slack's stand-in, and the bot: when the one tells and the other looks."""

from typing import Any

import pytest

from chansim import Scenario, ScenarioError, execute, simulate
from chansim.applications.slack_chat import channel_routing
from chansim.model.arrivals import Poisson, Recorded
from chansim.model.network import Link, Network
from chansim.model.slack import Slack
from chansim.model.slack_bot import SlackBot
from model.tiny import books, channels_world, pick, seen, site


def world(service: Slack | None = None, **bot: Any) -> Scenario:
    """A Slack where somebody writes at 1 s and somebody comes at 2 s, and the chat's bot."""
    service = service or Slack(name="slack", messages=Recorded((1.0,)), presences=Recorded((2.0,)))
    fields = {"name": "bot", "slack": "slack", "layer": "layer", "machine": "host", "cpu": 0.0, **bot}
    more = (service, SlackBot(**fields))
    return channels_world(application=site(routing=channel_routing), more=more, seconds=3.0)


def test_each_event_is_a_message_on_the_channel_of_its_type() -> None:
    assert seen(world(), "t", "channel", event="sent", component="bot", detail="") == [
        (0.0, "slack.hello"),
        (1.0, "slack.message"),
        (2.0, "slack.presence_change"),
    ]


def test_an_event_takes_the_bots_processor_and_the_way_to_the_layer() -> None:
    away = Network(Link(0.0), Link(0.0), Link(0.02))  # Slack is outside
    rows = seen(
        world(cpu=0.005).with_(network=away), "t", "channel", event="sent", component="bot", detail=""
    )
    assert rows[:2] == [(0.045, "slack.hello"), (1.025, "slack.message")]


def test_what_happens_while_no_bot_is_connected_no_bot_is_told() -> None:
    """The bot's request for a connection is on its way for 1.5 s."""
    slow = world().with_(network=Network(Link(0.0), Link(0.0), Link(1.5)))
    assert seen(slow, "t", "detail", event="sent", component="slack") == [
        (1.5, "hello"),
        (2.0, "presence_change"),
    ]


def test_every_bot_is_told() -> None:
    second = SlackBot(name="second", slack="slack", layer="layer", machine="host", cpu=0.0)
    run = simulate(world().add(second))
    told = [pick(row, "t", "component") for row in run.trace.rows(event="received", detail="frame")]
    assert [row for row in told if row[0] == 1.0] == [(1.0, "bot"), (1.0, "second")]


@pytest.mark.parametrize("look", [0.1, 0.25])
def test_an_idle_bot_writes_nothing_to_the_trace(look: float) -> None:
    run = simulate(world(Slack(name="slack", messages=None, presences=None), look=look))
    assert {row.detail for row in run.trace.rows(component="bot")} == {"connect", "hello", "frame", ""}
    assert books(run.trace).sent == 4, "connect, hello, its message, the greeting"


def test_the_books_balance_in_both_worlds() -> None:
    slack = Slack(name="slack", messages=Poisson(20.0), presences=Poisson(20.0))
    for run in (simulate(world(slack)), execute(world(slack), seconds=1.0)):
        kept = books(run.trace)
        assert kept.sent == kept.received + kept.waiting + sum(kept.lost.values())
        assert kept.received > 10
        assert run.problems == ()


def test_a_run_with_a_bot_needs_a_length() -> None:
    with pytest.raises(ScenarioError, match="slack bot 'bot' would go on for ever"):
        simulate(world().with_(seconds=None))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Slack(name="slack", messages=5), "slack 'slack': messages=5: it must be Poisson"),
        (lambda: Slack(name="slack", presences=Poisson), "presences=.*it must be Poisson"),
        (lambda: world(look=0), "slack bot 'bot': look=0: it must be a number of seconds above 0 to 60"),
        (lambda: world(slack="layer"), "slack='layer': it must name a Slack; here there is: 'slack'"),
        (lambda: world(slack=""), "slack=''"),
    ],
)
def test_what_is_wrong_is_answered_in_words(make: Any, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        make()

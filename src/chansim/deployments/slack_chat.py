"""Slack chat: the chat that the talk demoed, with a bot that carries it to Slack and back."""

from __future__ import annotations

from chansim.applications import slack_chat as application
from chansim.deployments.parts import arrival_law, law, one_machine
from chansim.duration import Duration
from chansim.layer.eras import JUNE_2016
from chansim.model.chatters import Chatters
from chansim.model.network import Network
from chansim.model.slack import Slack
from chansim.model.slack_bot import SlackBot
from chansim.scenario import Scenario


def slack_chat(
    *,
    members: int = 10,
    rate: float = 0.1,
    slack_rate: float = 0.5,
    look: float = 0.1,
    service: float | Duration = 0.005,
    per_member: float = 0.0002,
    workers: int = 3,
    capacity: int = JUNE_2016.shared_capacity,
    cores: int = 4,
    stay: float | Duration = 0.0,
    network: Network = Network(),
    seconds: float | None = 60.0,
) -> Scenario:
    """*members* who say *rate* lines a second each, while people in Slack write *slack_rate* messages a second.

    *look*: seconds between the bot's looks for what it is to post, one message
    a look. The rest is as on slide 24.
    """
    return Scenario(
        "The chat and its Slack bot",
        (
            Chatters(
                name="chatters",
                server="daphne",
                members=members,
                rate=rate,
                stay=law("slack_chat", "stay", stay),
            ),
            Slack(name="slack", messages=arrival_law("slack_chat", slack_rate, None)),
            *one_machine(
                "slack_chat",
                application.channel_routing,
                service=service,
                per_member=per_member,
                workers=workers,
                capacity=capacity,
                cores=cores,
            ),
            SlackBot(name="bot", machine="server", slack="slack", layer="layer", look=look),
        ),
        network,
        seconds,
    )

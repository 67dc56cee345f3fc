"""The demo as a scenario: the deployment of slide 16 with the chat of slides 24 to 27, and real people around it.

The components here can only be run over sockets: nobody simulates who opens the page, and the Slack beside it is a
server that answers. They are like any other component; nothing else names them.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from chansim.applications import slack_chat
from chansim.live.demo.bot import Bot
from chansim.live.demo.page import page
from chansim.live.demo.slack import StandInSlack
from chansim.live.hosting import Hosted
from chansim.live.wire import Strangers
from chansim.model.application import Application
from chansim.model.channel_layer import ChannelLayer
from chansim.model.component import Component, link
from chansim.model.interface_server import InterfaceServer
from chansim.model.machine import Machine
from chansim.model.worker import Worker
from chansim.model.world import World, WorldOfSockets
from chansim.scenario import Scenario


class ForRealOnly(Component):
    """What takes part over sockets, and in no other world."""

    def start(self, world: World) -> None:
        raise self.wrong("name", self.name, 'it is there over sockets only: execute(..., over="sockets")')


@dataclass(frozen=True, kw_only=True)
class People(ForRealOnly):
    """Whoever opens the page."""

    server: str = link("sockets", doc="the server that they talk to")

    role = "client"

    @property
    def endless(self) -> bool:
        return True

    @property
    def label(self) -> tuple[str, ...]:
        return ("Browsers", "you and others")

    def execute_over_sockets(self, world: WorldOfSockets) -> None:
        world.expect(+1)  # they may come at any time


@dataclass(frozen=True, kw_only=True)
class SlackOnLoopback(ForRealOnly):
    """A server that stands in for Slack. *token*: what a bot has to show."""

    token: str = ""

    provides = "Slack"
    first = True
    role = "client"
    placed = False

    @property
    def label(self) -> tuple[str, ...]:
        return ("Slack", "(a stand-in)")

    def execute_over_sockets(self, world: WorldOfSockets) -> None:
        hosted = Hosted(StandInSlack(self.token)).start()
        world.at_end(hosted.stop)
        world.share(self.name, hosted)


@dataclass(frozen=True, kw_only=True)
class RealSlackBot(ForRealOnly):
    """The bot: see ``bot.py``."""

    slack: str = link("Slack", doc="the service that it is a client of")
    layer: str = link("layer", doc="the channel layer it sends to")

    role = "interface"
    column = 1

    @property
    def label(self) -> tuple[str, ...]:
        return ("Interface Server", "(Slack bot)")

    def execute_over_sockets(self, world: WorldOfSockets) -> None:
        slack: SlackOnLoopback = world.scenario[self.slack]
        wire = Strangers(
            world.recorder, lambda: world.now, self.name, self.slack, lambda: world.new_request(0.0)
        )
        bot = Bot(
            world.shared(self.slack).url,
            slack.token,
            world.shared(self.layer).layer,
            name=self.name,
            line=wire.line({"type": "http"}),
            recorder=world.recorder,
            clock=lambda: world.now,
            report=world.report,
        )
        bot.start()
        world.at_end(bot.stop)


def chat_with_people(workers: int = 3) -> Scenario:
    """The scenario of the demo, with so many *workers*."""
    return Scenario(
        "Slide 27: the demo",
        (
            People(name="browsers", server="daphne"),
            SlackOnLoopback(name="slack", token=secrets.token_hex(16)),
            Machine(name="server", cores=2),
            Application(name="site", routing=slack_chat.channel_routing, wsgi=page),
            InterfaceServer(name="daphne", machine="server", layer="layer"),
            ChannelLayer(name="layer", machine="server"),
            *(
                Worker(name=f"worker-{number}", machine="server", layer="layer", application="site")
                for number in range(1, workers + 1)
            ),
            RealSlackBot(name="bot", machine="server", slack="slack", layer="layer"),
        ),
        seconds=None,
    )

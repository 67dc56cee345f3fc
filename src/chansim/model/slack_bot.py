"""SlackBot: an interface server that is a client itself. It holds one WebSocket, to Slack.

What is in here is how the bot of djangobot 0.1 behaved, the one the talk showed:
each event of Slack's becomes a message on the channel ``slack.`` and the event's
type, and each message on ``slack.send`` is posted to Slack. It is an interface
server like any other: the layer cannot tell it from Daphne.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from chansim.layer.contract import ChannelFull
from chansim.model.component import Component, knob, link
from chansim.model.world import Behaviour, LayerAccess, Parcel, World
from chansim.trace import BEGUN, ENDED, LOST

TIME_TO_LOOK = object()
"""Put into the bot's inbox when it is time to look at ``slack.send``: only its loop touches what it holds."""

GREETING = "<yawn /> Why hello there."
"""What it says in #general as soon as it is let in (djangobot 0.1)."""


@dataclass(frozen=True, kw_only=True)
class SlackBot(Component):
    """*look*: seconds from one look at ``slack.send`` to the next; each takes one message at most.

    So it posts ``1 / look`` messages a second to Slack and no more, 10 by
    default, and what the application sends faster waits, to the channel's
    capacity. An event whose channel is full is lost. Nobody need route the
    channels of all events; what nobody takes waits until it expires.
    """

    slack: str = link("Slack", doc="the service that it is a client of")
    layer: str = link("layer", doc="the channel layer it sends to")
    look: float = knob(
        0.1, unit="s", above=0.0, high=60.0, slider=(0.01, 1.0), doc="seconds between looks at slack.send"
    )
    cpu: float = knob(
        0.000_3, unit="s", high=60.0, slider=(0.0, 0.005), doc="seconds of its event loop per message"
    )

    role = "interface"
    column = 1

    @property
    def endless(self) -> bool:
        return True

    @property
    def label(self) -> tuple[str, ...]:
        return ("Interface Server", "(Slack bot)")

    def start(self, world: World) -> None:
        Bot(self, world)


class Bot:
    """What the bot has in hand during a run."""

    def __init__(self, bot: SlackBot, world: World):
        self.bot = bot
        self.world = world
        self.code = world.code(bot.name)
        self.layer: LayerAccess = world.shared(bot.layer).access(bot)
        self.inbox = world.queue()
        self.is_open = False
        self.next_look = 0.0
        world.on_arrival(bot.name, self.arrived)
        world.expect(+1)  # it would go on for ever
        world.begin(self.run())
        world.call_at(0.0, self.connect)

    def connect(self, _: object) -> None:
        """Ask Slack for the WebSocket, and begin to look; the first look does not wait for an answer."""
        self.say("connect", self.world.new_request(0.0))
        self.look_again()

    def say(self, kind: str, request: int, text: str = "") -> None:
        """Send something to Slack."""
        self.world.post(self.bot.name, self.bot.slack, kind, request, text)

    def arrived(self, parcel: Parcel) -> None:
        """An event came from Slack; the loop will see to it."""
        self.world.accept(parcel, self.code)
        self.inbox.put(parcel)

    def look_again(self) -> None:
        """Arrange the next look: a whole number of intervals after the first, as the bot's LoopingCall did."""
        while self.next_look <= self.world.now:
            self.next_look += self.bot.look
        self.world.call_at(self.next_look, self.inbox.put, TIME_TO_LOOK)

    def run(self) -> Behaviour:
        """Its event loop."""
        while True:
            item = yield from self.inbox.take()
            if item is TIME_TO_LOOK:
                yield from self.to_slack()
            else:
                yield from self.from_slack(item)

    def from_slack(self, parcel: Parcel) -> Behaviour:
        """An event becomes a message."""
        world, event = self.world, parcel.content
        world.write(BEGUN, self.code, 0, parcel.message, parcel.request)
        yield from world.processor(self.bot.machine).overhead(self.bot.cpu)
        self.layer.request = parcel.request
        channel = f"slack.{event['type']}"
        try:
            self.layer.send(channel, {"text": json.dumps(event).encode()})
        except ChannelFull as error:
            world.report(f"{self.bot.name}: {error!r} for an event of Slack's, which is lost")
        yield from self.layer.settle()
        if not self.is_open:
            self.is_open = True
            self.say("frame", parcel.request, GREETING)
        world.write(ENDED, self.code, 0, parcel.message, parcel.request)

    def to_slack(self) -> Behaviour:
        """Take a message, if there is one, post it, and arrange the next look.

        A message that it cannot post is lost, and the bot never looks again: in
        djangobot 0.1 the error ended the LoopingCall. So it was with one that
        came before Slack had let the bot in.
        """
        world, layer = self.world, self.layer
        envelope = layer.receive_at_once(("slack.send",))
        yield from layer.settle()
        if envelope is None:
            self.look_again()
            return
        _, channel, content, message, request, _, _ = envelope
        world.write(BEGUN, self.code, channel, message, request)
        yield from world.processor(self.bot.machine).overhead(self.bot.cpu)
        if self.is_open and "text" in content:
            self.say("frame", request, content["text"])
            self.look_again()
        else:
            why = "it has no text" if self.is_open else "Slack has not let the bot in yet"
            world.report(
                f"{self.bot.name}: a message of 'slack.send' cannot be posted, and no other will be: {why}"
            )
            world.write(LOST, self.code, channel, message, request, world.code("consumer failed"))
        world.write(ENDED, self.code, channel, message, request)

"""DelayServer: sends a message on when its time has come. ``manage.py rundelay`` of Channels 1.0 and later.

An application that wants something done in five minutes sends ``{"channel": ...,
"delay": 300_000, "content": {...}}`` to the channel ``asgi.delay``; the delay is
in milliseconds. The delay server takes it, keeps it (in the database then, in a
list here), and when the time is up sends the content to that channel.

It looks for messages whose time is up once a second, so one leaves up to a second
late. Where the channel is full, it tries again a second after. A message that
lacks a key, or whose values it cannot keep, ends it, as it ended the original:
what it has kept by then is not sent any more.

In both worlds it is one loop. In the picture it stands with the workers, and its
arrow goes to the layer; it takes no processor time of its own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from typing import Any

from chansim.layer.contract import Content
from chansim.layer.core import Envelope
from chansim.layer.names import InvalidName, check_channel
from chansim.model.component import Component, knob, link
from chansim.model.world import Behaviour, LayerAccess, World
from chansim.trace import FAULT, LOST

CHANNEL = "asgi.delay"

IDLE = 0.1
"""Seconds it sleeps when it finds no message (Channels 1.0 and 1.1)."""

AGAIN = 1.0
"""Seconds until it tries again where the channel was full (Channels 1.1)."""


@dataclass(frozen=True, kw_only=True)
class DelayServer(Component):
    """*sleep*: seconds between two looks for messages whose time is up; ``rundelay --sleep``, 1 by default."""

    layer: str = link("layer", doc="the channel layer it takes messages from and sends them to")
    sleep: float = knob(
        1.0, unit="s", above=0.0, high=3600.0, slider=(0.1, 10.0), doc="seconds between looks for what is due"
    )

    role = "worker"
    column = 3

    def start(self, world: World) -> None:
        world.begin(Delays(self, world).run())


class Delays:
    """The messages that one delay server has kept in a run."""

    def __init__(self, server: DelayServer, world: World):
        self.server = server
        self.world = world
        self.code = world.code(server.name)
        self.layer: LayerAccess = world.shared(server.layer).access(server)
        self.numbers = count()
        self.kept: list[tuple[float, int, str, Content, int]] = []  # due, number, channel, content, request

    def run(self) -> Behaviour:
        """Take a message if there is one, else sleep; and see what is due when it is time to."""
        world, layer, server = self.world, self.layer, self.server
        next_look = world.now
        while True:
            envelope = layer.receive_at_once((CHANNEL,))
            yield from layer.settle()
            if envelope is None:
                yield max(0.0, min(IDLE, next_look - world.now))
            else:
                wrong = what_is_wrong(envelope.content)
                if wrong:
                    self.die(envelope, wrong)
                    return
                self.keep(envelope)
            if world.now >= next_look:
                self.send_due(world.now)
                yield from layer.settle()
                next_look = world.now + server.sleep

    def keep(self, envelope: Envelope) -> None:
        """Keep a message until its time has come."""
        asked = envelope.content
        self.put(self.world.now + asked["delay"] / 1000, asked["channel"], asked["content"], envelope.request)

    def put(self, due: float, channel: str, content: Content, request: int) -> None:
        """Put a message among those kept."""
        heappush(self.kept, (due, next(self.numbers), channel, content, request))

    def send_due(self, now: float) -> None:
        """Send all whose time is up, those first that were due first."""
        while self.kept and self.kept[0][0] <= now:
            _, _, channel, content, request = heappop(self.kept)
            self.layer.request = request
            if not self.layer.offer(channel, content):
                self.put(now + AGAIN, channel, content, request)

    def die(self, envelope: Envelope, why: str) -> None:
        """Say that *envelope* was the end."""
        world, request, failed = self.world, envelope.request, self.world.code("consumer failed")
        world.write(LOST, self.code, envelope.code, envelope.message, request, failed)
        world.write(FAULT, self.code, 0, 0, request, world.code("delay server died"))
        kept = f"; {len(self.kept)} that it has kept will not be sent" if self.kept else ""
        world.report(f"{self.server.name} died: {why}{kept}")


def what_is_wrong(asked: dict[str, Any]) -> str:
    """Why a message of ``asgi.delay`` cannot be kept; "" where it can."""
    for key in ("channel", "delay", "content"):
        if key not in asked:
            return f"a message of {CHANNEL!r} without {key!r}; it needs channel, delay and content: {asked!r}"
    channel, delay, content = asked["channel"], asked["delay"], asked["content"]
    try:
        check_channel(channel)
    except InvalidName as error:
        return f"a message of {CHANNEL!r} has channel={channel!r}: {error}"
    if isinstance(delay, bool) or not isinstance(delay, (int, float)) or not 0 <= delay < float("inf"):
        return f"a message of {CHANNEL!r} has delay={delay!r}; it must be milliseconds, 0 or more"
    if not isinstance(content, dict):
        return f"a message of {CHANNEL!r} has content={content!r}; it must be a dict"
    try:
        json.dumps(content)
    except (TypeError, ValueError) as error:
        return f"a message of {CHANNEL!r} has content={content!r}; it is kept as JSON, which cannot: {error}"
    return ""

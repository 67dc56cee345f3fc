"""Slack: the chat service as its bots see it. A stand-in: what its people say and do comes as arrivals.

What may live here: how the service behaves towards bots. It greets one that
connects with ``hello``, tells it of every event from then on, and does not
echo to a bot what that bot has posted itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chansim.model.arrivals import Arrivals, arriving
from chansim.model.component import Component
from chansim.model.world import Parcel, World


@dataclass(frozen=True, kw_only=True)
class Slack(Component):
    """*messages*: when somebody writes in #general. *presences*: when somebody comes or goes; None for never.

    Both are arrivals, ``Poisson(rate)`` or ``Recorded(moments)``. What happens
    while no bot is connected, no bot is told.
    """

    messages: Arrivals | None = arriving(
        0.5, unit="messages/s", slider=(0.1, 10.0), doc="messages that people write in a second"
    )
    presences: Arrivals | None = arriving(
        0.1, unit="changes/s", slider=(0.1, 10.0), doc="people who come or go in a second"
    )

    provides = "Slack"
    role = "client"
    placed = False

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, arrivals in (("messages", self.messages), ("presences", self.presences)):
            if arrivals is not None and (not hasattr(arrivals, "moments") or isinstance(arrivals, type)):
                raise self.wrong(
                    name, arrivals, "it must be Poisson(rate), Recorded(moments) or the like, or None"
                )

    @property
    def label(self) -> tuple[str, ...]:
        return ("Slack", f"messages: {self.messages or 'none'}")

    def start(self, world: World) -> None:
        General(self, world)


class General:
    """#general, Slack's room for everybody, in one run."""

    def __init__(self, slack: Slack, world: World):
        self.world = world
        self.name = slack.name
        self.code = world.code(slack.name)
        self.bots: list[str] = []
        self.draw = world.random(slack.name, "service").random
        world.on_arrival(slack.name, self.arrived)
        for kind, arrivals in (("message", slack.messages), ("presence_change", slack.presences)):
            if arrivals is not None:
                self.wait_for_next(kind, arrivals.moments(world.random(slack.name, kind)))

    def wait_for_next(self, kind: str, moments: Iterator[float]) -> None:
        """Arrange the next event of a *kind*, if there is one."""
        moment = next(moments, None)
        if moment is not None:
            self.world.call_at(moment, self.happen, (kind, moments))

    def happen(self, what: tuple[str, Iterator[float]]) -> None:
        """Tell every bot of an event."""
        kind, moments = what
        about = {"presence": "active"} if kind == "presence_change" else {"text": "somebody's line"}
        for bot in self.bots:
            self.tell(bot, {"type": kind, "channel": "general", "user": "somebody", **about})
        self.wait_for_next(kind, moments)

    def tell(self, bot: str, event: dict[str, str]) -> None:
        """Send an event to a bot. A message asks for something, in the trace's words: it is a frame."""
        kind = "frame" if event["type"] == "message" else event["type"]
        self.world.post(self.name, bot, kind, self.world.new_request(self.draw()), event)

    def arrived(self, parcel: Parcel) -> None:
        """A bot connects, or posts something."""
        self.world.accept(parcel, self.code)
        if parcel.kind == "connect":
            self.bots.append(parcel.sender)
            self.tell(parcel.sender, {"type": "hello"})

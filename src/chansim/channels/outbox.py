"""Outbox: what a consumer has sent and has not left yet.

From Channels 1.0 on a send waits for the consumer's end, unless it says
``immediately=True``; in June 2016 it leaves at once. In every era Django's
views insist: where there is no room for their response, they wait until there
is. And what is sent after a consumer has slept leaves that much later. Only what is
kept, and in which order it leaves, is here. The worker is the one that waits: in
virtual time a consumer's own code runs at one instant.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple

from chansim.layer.content import copied
from chansim.layer.contract import Content

if TYPE_CHECKING:
    from chansim.channels.message import Sender


class Kept(NamedTuple):
    """A send that is still to be made: to the channel *name*, or to the group of that name."""

    layer: Sender
    name: str
    content: Content
    to_group: bool = False


class Outbox:
    """The sends of one consumer at a time. *at_once*: they leave at once, as in June 2016, unless they insist.
    *sleeping*: what becomes of a consumer's sleep; see ``World.sleep``.

    What is kept is a copy: as everywhere, a later change by the sender is seen
    by nobody. (Channels kept the sender's own dict.)
    """

    __slots__ = ("at_once", "insisting", "kept", "late", "sleeping", "slept")

    def __init__(self, at_once: bool = False, sleeping: Callable[[float], float] = float):
        self.at_once = at_once
        self.sleeping = sleeping
        self.slept = 0.0  #: seconds that have still to pass when the consumer's code has run
        self.late: list[tuple[float, Kept]] = []  #: leave when so many of these have passed
        self.insisting: list[Kept] = []  #: found no room, and leave before all others
        self.kept: list[Kept] = []  #: leave when the consumer has ended, in the order of the calls

    def __bool__(self) -> bool:
        """Whether anything is still to leave."""
        return bool(self.kept or self.insisting)

    def send(self, layer: Sender, channel: str, content: Content) -> None:
        """Send to *channel*, or keep it. Raises TypeError for a content that no layer carries."""
        if self.at_once:
            self.send_immediately(layer, channel, content)
        else:
            self.kept.append(Kept(layer, channel, copied(content)))

    def send_group(self, layer: Sender, group: str, content: Content) -> None:
        """Send to *group*, or keep it. Raises TypeError for a content that no layer carries."""
        if self.at_once:
            self.send_group_immediately(layer, group, content)
        else:
            self.kept.append(Kept(layer, group, copied(content), to_group=True))

    def send_immediately(self, layer: Sender, channel: str, content: Content) -> None:
        """Send to *channel* now, which is after the sleeps so far."""
        if self.slept:
            self.late.append((self.slept, Kept(layer, channel, copied(content))))
        else:
            layer.send(channel, content)

    def send_group_immediately(self, layer: Sender, group: str, content: Content) -> None:
        """Send to *group* now, which is after the sleeps so far."""
        if self.slept:
            self.late.append((self.slept, Kept(layer, group, copied(content), to_group=True)))
        else:
            layer.send_group(group, content)

    def sleep(self, seconds: float) -> None:
        """The consumer sleeps."""
        self.slept += self.sleeping(seconds)

    def insist(self, layer: Sender, channel: str, content: Content) -> None:
        """Send to *channel* at once; where it is full, as soon as there is room, and in order."""
        if self.slept or self.insisting or not layer.offer(channel, content):
            self.insisting.append(Kept(layer, channel, copied(content)))


current_outbox: ContextVar[Outbox | None] = ContextVar("outbox of the running consumer", default=None)

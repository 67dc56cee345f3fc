"""Outbox: what a consumer has sent and has not left yet.

From Channels 1.0 on a send waits for the consumer's end, unless it says
``immediately=True``; in June 2016 it leaves at once. In every era Django's
views insist: where there is no room for their response, they wait until there
is. Only what is kept, and in which order it leaves, is here. The worker is the
one that waits: a consumer's own code runs at one instant.
"""

from __future__ import annotations

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

    What is kept is a copy: as everywhere, a later change by the sender is seen
    by nobody. (Channels kept the sender's own dict.)
    """

    __slots__ = ("at_once", "insisting", "kept")

    def __init__(self, at_once: bool = False):
        self.at_once = at_once
        self.insisting: list[Kept] = []  #: found no room, and leave before all others
        self.kept: list[Kept] = []  #: leave when the consumer has ended, in the order of the calls

    def __bool__(self) -> bool:
        """Whether anything is still to leave."""
        return bool(self.kept or self.insisting)

    def send(self, layer: Sender, channel: str, content: Content) -> None:
        """Send to *channel*, or keep it. Raises TypeError for a content that no layer carries."""
        if self.at_once:
            layer.send(channel, content)
        else:
            self.kept.append(Kept(layer, channel, copied(content)))

    def send_group(self, layer: Sender, group: str, content: Content) -> None:
        """Send to *group*, or keep it. Raises TypeError for a content that no layer carries."""
        if self.at_once:
            layer.send_group(group, content)
        else:
            self.kept.append(Kept(layer, group, copied(content), to_group=True))

    def insist(self, layer: Sender, channel: str, content: Content) -> None:
        """Send to *channel* at once; where it is full, as soon as there is room, and in order."""
        if self.insisting or not layer.offer(channel, content):
            self.insisting.append(Kept(layer, channel, copied(content)))


current_outbox: ContextVar[Outbox | None] = ContextVar("outbox of the running consumer", default=None)

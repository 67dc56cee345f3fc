"""Access: what both worlds' access to a layer have in common.

Only what a consumer, or the worker that runs it, asks beyond sending and
receiving; what a call costs in time is each world's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chansim.channels.session_store import SessionStore
from chansim.layer.contract import ChannelFull, Content
from chansim.layer.core import Envelope
from chansim.layer.eras import Era

if TYPE_CHECKING:
    from chansim.model.world import World


class AccessOfConsumers:
    """A layer in the name of *by*: a component, or one lane of it."""

    ChannelFull = ChannelFull

    def __init__(self, by: str, era: Era, world: World):
        self.by = by
        self.era = era
        self.sessions: SessionStore = world.sessions
        self.request = 0
        self.members = 0
        #: to be called by the worker, when its calls have taken effect
        self.later: list[Callable[[], None]] = []
        self.afterwards: Callable[[Callable[[], None]], None] = self.later.append

    def send(self, channel: str, content: Content) -> None:
        """Each world's own."""
        raise NotImplementedError

    def resend(self, envelope: Envelope, channel: str) -> None:
        """Send a received message on to *channel*, as part of the request it belongs to. Raises ChannelFull."""
        mine, self.request = self.request, envelope.request
        try:
            self.send(channel, envelope.content)
        finally:
            self.request = mine

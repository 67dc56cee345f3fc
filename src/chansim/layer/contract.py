"""What a channel layer promises, and its errors.

The promise (draft ASGI of June 2016):

- a channel is a named queue: first in, first out;
- a message is received at most once: by one reader, or by nobody;
- a channel holds at most *capacity* messages; one more raises ChannelFull;
- a message not read within *expiry* seconds is dropped;
- a group is a named set of channels; a message sent to it is sent to each member,
  and a member that is full silently misses it;
- a membership ends *group_expiry* seconds after it was last asked for, or when a
  message to that member expires unread;
- a busy channel does not starve a quiet one that is received from together with it;
- what was sent is what is received: a later change by the sender, or by another
  receiver, is seen by nobody;
- a message may be as large as 1 MB, written as JSON; a larger one raises MessageTooLarge.

What changed until 2017 is said by an Era: how long a name may be, how a reply
channel is received from, what ``new_channel`` makes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

Content = dict[str, Any]
"""What a message says: text keys; see ``content.py`` for the values."""


class ChannelFull(Exception):
    """Raised by ``send`` when the channel holds as many messages as it may."""


class MessageTooLarge(Exception):
    """Raised by ``send`` when a message is larger than the layer carries."""


class ChannelLayer(Protocol):
    """What application code may call. The names are those of 2016."""

    def send(self, channel: str, content: Content) -> None:
        """Put a message at the end of *channel*. Raises ChannelFull and MessageTooLarge."""

    def receive_many(
        self, channels: Iterable[str], block: bool = False
    ) -> tuple[str, Content] | tuple[None, None]:
        """The next message of one of *channels* with that channel's name, or ``(None, None)``."""

    def receive(
        self, channels: Iterable[str], block: bool = False
    ) -> tuple[str, Content] | tuple[None, None]:
        """``receive_many`` by its later name (November 2016)."""

    def new_channel(self, pattern: str) -> str:
        """An unused channel name that begins with *pattern*, which ends in ``!`` or ``?`` as the era allows."""

    def group_add(self, group: str, channel: str) -> None:
        """Make *channel* a member of *group*, or refresh its membership."""

    def group_discard(self, group: str, channel: str) -> None:
        """End the membership, if there is one."""

    def group_channels(self, group: str) -> Iterable[str]:
        """The members of *group* (July 2016)."""

    def send_group(self, group: str, content: Content) -> None:
        """Send to each member. Raises MessageTooLarge, never ChannelFull."""

    def flush(self) -> None:
        """Forget all messages and all groups."""

    def global_statistics(self) -> dict[str, float | None]:
        """Figures of all channels together; see ``statistics.py`` for their names."""

    def channel_statistics(self, channel: str) -> dict[str, float | None]:
        """Figures of one channel."""

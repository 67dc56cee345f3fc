"""Message, Channel and Group: what a consumer is handed, and what it sends with.

A consumer does not say which layer it means: it is the one its worker reads
from. The worker sets it with :func:`using` around each call.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from chansim.layer.contract import Content


class Sender(Protocol):
    """The calls of a channel layer that consumers make."""

    def send(self, channel: str, content: Content) -> None: ...
    def group_add(self, group: str, channel: str) -> None: ...
    def group_discard(self, group: str, channel: str) -> None: ...
    def send_group(self, group: str, content: Content) -> None: ...


current_layer: ContextVar[Sender] = ContextVar("channel layer of the running consumer")


@contextmanager
def using(layer: Sender) -> Iterator[None]:
    """Within the block, Channel and Group mean *layer*."""
    token = current_layer.set(layer)
    try:
        yield
    finally:
        current_layer.reset(token)


def _layer(given: Sender | None) -> Sender:
    layer = given or current_layer.get(None)
    if layer is None:
        raise RuntimeError(
            "no channel layer is in use here: a Channel or a Group sends from within a consumer that a worker runs, "
            "or with channel_layer=..., or in a `with using(layer):` block"
        )
    return layer


class Channel:
    """A named first-in, first-out queue to send to."""

    def __init__(self, name: str, channel_layer: Sender | None = None):
        self.name = name
        self.channel_layer = channel_layer

    def send(self, content: Content) -> None:
        """Put a message on the channel. Raises ChannelFull."""
        _layer(self.channel_layer).send(self.name, content)

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"Channel({self.name!r})"


class Group:
    """A named set of channels to broadcast to."""

    def __init__(self, name: str, channel_layer: Sender | None = None):
        self.name = name
        self.channel_layer = channel_layer

    def add(self, channel: Channel | str) -> None:
        """Make *channel* a member; again, to refresh its membership."""
        _layer(self.channel_layer).group_add(self.name, str(channel))

    def discard(self, channel: Channel | str) -> None:
        """End the membership of *channel*, if it is a member."""
        _layer(self.channel_layer).group_discard(self.name, str(channel))

    def send(self, content: Content) -> None:
        """Send to every member. A member that is full misses it; nobody is told."""
        _layer(self.channel_layer).send_group(self.name, content)

    def __repr__(self) -> str:
        return f"Group({self.name!r})"


class Message:
    """What a consumer is called with: the content, and where it came from."""

    def __init__(self, content: Content, channel: str = "", channel_layer: Sender | None = None):
        self.content = content
        self.channel_name = channel
        self.channel_layer = channel_layer

    @property
    def channel(self) -> Channel:
        """The channel it came from."""
        return Channel(self.channel_name, self.channel_layer)

    @property
    def reply_channel(self) -> Channel | None:
        """Where answers go, or None for a message that wants none."""
        name = self.content.get("reply_channel")
        return Channel(name, self.channel_layer) if name else None

    def __getitem__(self, key: str) -> Any:
        return self.content[key]

    def __contains__(self, key: object) -> bool:
        return key in self.content

    def get(self, key: str, default: Any = None) -> Any:
        """The value under *key*, or *default*."""
        return self.content.get(key, default)

    def keys(self) -> Any:
        """The content's keys."""
        return self.content.keys()

    def values(self) -> Any:
        """The content's values."""
        return self.content.values()

    def items(self) -> Any:
        """The content's keys and values."""
        return self.content.items()

    def __repr__(self) -> str:
        return f"Message(channel={self.channel_name!r}, {self.content!r})"

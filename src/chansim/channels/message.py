"""Message, Channel and Group: what a consumer is handed, and what it sends with.

A consumer does not say which layer it means: it is the one its worker reads
from. The worker sets it with :func:`using` around each call.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

from chansim.channels.outbox import current_outbox
from chansim.layer.contract import Content

if TYPE_CHECKING:
    from chansim.channels.auth import AnonymousUser, User
    from chansim.channels.session_store import Session, SessionStore
    from chansim.layer.core import Envelope
    from chansim.layer.eras import Era


class Sender(Protocol):
    """What consumers, and the decorators around them, ask of a channel layer."""

    era: Era
    sessions: SessionStore  #: of the whole run
    ChannelFull: type[Exception]

    def send(self, channel: str, content: Content) -> None: ...
    def group_add(self, group: str, channel: str) -> None: ...
    def group_discard(self, group: str, channel: str) -> None: ...
    def send_group(self, group: str, content: Content) -> object: ...

    def offer(self, channel: str, content: Content) -> bool:
        """Send, if there is room, and say whether: a refusal leaves no row in the trace, for it may be tried again."""

    def group_channels(self, group: str) -> list[str]:
        """The members of *group*."""

    def receive_at_once(self, channels: Sequence[str]) -> Envelope | None:
        """A message that waits in one of *channels* now, if there is one."""

    def resend(self, envelope: Envelope, channel: str) -> None:
        """Send a received message on to *channel*, as part of the request it belongs to. Raises ChannelFull."""

    def afterwards(self, function: Callable[[], None]) -> None:
        """Call *function* once the calls made so far have taken effect."""


current_layer: ContextVar[Sender] = ContextVar("channel layer of the running consumer")


@contextmanager
def using(layer: Sender) -> Iterator[None]:
    """Within the block, Channel and Group mean *layer*."""
    token = current_layer.set(layer)
    try:
        yield
    finally:
        current_layer.reset(token)


def layer_in_use(given: Sender | None = None) -> Sender:
    """The layer that was *given*, or else the running consumer's. Raises RuntimeError where there is neither."""
    layer = given or current_layer.get(None)
    if layer is None:
        raise RuntimeError(
            "no channel layer is in use here: a Channel or a Group sends from within a consumer that a worker runs, "
            "or with channel_layer=..., or in a `with using(layer):` block"
        )
    return layer


def _unknown_alias(what: str, name: str, alias: str) -> ValueError:
    return ValueError(
        f'{what}({name!r}, alias={alias!r}): a consumer knows one layer, "default", the one its worker reads from; '
        "for another one give channel_layer=..."
    )


class Channel:
    """A named first-in, first-out queue to send to. Raises ValueError for another *alias* than "default"."""

    def __init__(self, name: str, alias: str = "default", channel_layer: Sender | None = None):
        if alias != "default":
            raise _unknown_alias("Channel", name, alias)
        self.name = name
        self.channel_layer = channel_layer

    def send(self, content: Content, immediately: bool = False) -> None:
        """Put a message on the channel: at once in June 2016; from Channels 1.0 on when the consumer
        has ended, unless *immediately*. Raises ChannelFull, and TypeError for anything but a dict.
        """
        if not isinstance(content, dict):
            raise TypeError(f"Channel({self.name!r}).send: a message is a dict, not {_kind(content)}")
        layer, outbox = self.channel_layer or layer_in_use(), current_outbox.get()
        if outbox is None:
            layer.send(self.name, content)
        elif immediately:
            outbox.send_immediately(layer, self.name, content)
        else:
            outbox.send(layer, self.name, content)

    def insist(self, content: Content) -> None:
        """Put a message on the channel at once, as Django's views do in every era: where it is full, the
        worker tries again until there is room. Raises ChannelFull only outside of a consumer.
        """
        layer, outbox = self.channel_layer or layer_in_use(), current_outbox.get()
        if outbox is None:
            layer.send(self.name, content)
        else:
            outbox.insist(layer, self.name, content)

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"Channel({self.name!r})"


class Group:
    """A named set of channels to broadcast to. Raises ValueError for another *alias* than "default"."""

    def __init__(self, name: str, alias: str = "default", channel_layer: Sender | None = None):
        if alias != "default":
            raise _unknown_alias("Group", name, alias)
        self.name = name
        self.channel_layer = channel_layer

    def add(self, channel: Channel | str) -> None:
        """Make *channel* a member; again, to refresh its membership."""
        layer_in_use(self.channel_layer).group_add(self.name, _name_of(channel))

    def discard(self, channel: Channel | str) -> None:
        """End the membership of *channel*, if it is a member."""
        layer_in_use(self.channel_layer).group_discard(self.name, _name_of(channel))

    def send(self, content: Content, immediately: bool = False) -> None:
        """Send to every member, when Channel.send would. A member that is full misses it; nobody is told.

        Raises ValueError for anything but a dict. (It was TypeError for a Channel even then.)
        """
        if not isinstance(content, dict):
            raise ValueError(f"Group({self.name!r}).send: a message is a dict, not {_kind(content)}")
        layer, outbox = self.channel_layer or layer_in_use(), current_outbox.get()
        if outbox is None:
            layer.send_group(self.name, content)
        elif immediately:
            outbox.send_group_immediately(layer, self.name, content)
        else:
            outbox.send_group(layer, self.name, content)

    def __repr__(self) -> str:
        return f"Group({self.name!r})"


def _name_of(channel: Channel | str) -> str:
    return channel.name if isinstance(channel, Channel) else channel


def _kind(content: object) -> str:
    return f"{type(content).__name__}: {content!r}"


class Message:
    """What a consumer is called with: the content, and where it came from.

    Decorators and consumers may hang more on it, as ``message.user``.
    """

    channel_session: Session  #: of those that ``@channel_session`` prepared
    http_session: Session | None  #: of those that ``@http_session`` prepared
    user: User | AnonymousUser  #: of those that ``@channel_session_user`` or ``@http_session_user`` prepared

    def __init__(self, content: Content, channel: str = "", channel_layer: Sender | None = None):
        self.content = content
        self.channel_name = channel
        self._channel_layer = channel_layer

    @property
    def channel_layer(self) -> Sender:
        """The layer it came from. Raises RuntimeError outside of a consumer, if it was given none."""
        return layer_in_use(self._channel_layer)

    @property
    def channel(self) -> Channel:
        """The channel it came from."""
        return Channel(self.channel_name, channel_layer=self._channel_layer)

    @property
    def reply_channel(self) -> Channel | None:
        """Where answers go, or None for a message that wants none."""
        name = self.content.get("reply_channel")
        return Channel(name, "default", self._channel_layer) if name else None

    def __getitem__(self, key: str) -> Any:
        return self.content[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.content[key] = value

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

    def copy(self) -> Message:
        """A message of its own, with a deep copy of the content; what was hung on this one is not on it."""
        return Message(copy.deepcopy(self.content), self.channel_name, self._channel_layer)

    def __repr__(self) -> str:
        return f"Message(channel={self.channel_name!r}, {self.content!r})"

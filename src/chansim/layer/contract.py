"""What a channel layer promises, its errors, and what a message may hold.

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
  receiver, is seen by nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

Content = dict[str, Any]
"""What a message says: text keys; see :func:`copied` for the values."""

_PLAIN = frozenset({str, bytes, int, float, bool, type(None)})
_AT_HEART: dict[type, Callable[[Any], Any]] = {
    int: int.__int__,
    float: float.__float__,
    str: str.__str__,
    bytes: bytes.__bytes__,
}
"""An IntEnum or a SafeString is sent as the number or the text that it is."""


class ChannelFull(Exception):
    """Raised by ``send`` when the channel holds as many messages as it may."""


class MessageTooLarge(Exception):
    """Raised by ``send`` when a message is larger than the layer carries."""


class ChannelLayer(Protocol):
    """What application code may call. The names are those of 2016."""

    def send(self, channel: str, content: Content) -> None:
        """Put a message at the end of *channel*. Raises ChannelFull."""

    def receive_many(
        self, channels: Iterable[str], block: bool = False
    ) -> tuple[str, Content] | tuple[None, None]:
        """The next message of one of *channels* with that channel's name, or ``(None, None)``."""

    def new_channel(self, pattern: str) -> str:
        """An unused channel name that begins with *pattern*, which ends in ``!`` or ``?``."""

    def group_add(self, group: str, channel: str) -> None:
        """Make *channel* a member of *group*, or refresh its membership."""

    def group_discard(self, group: str, channel: str) -> None:
        """End the membership, if there is one."""

    def send_group(self, group: str, content: Content) -> None:
        """Send to each member. Never raises ChannelFull."""

    def flush(self) -> None:
        """Forget all messages and all groups."""


def copied(content: Content) -> Content:
    """A deep copy of *content*; tuples become lists.

    Raises TypeError where it holds anything but byte strings, text, whole
    numbers, floats, booleans, None, lists and dicts with text keys.
    """
    if not isinstance(content, dict):
        raise TypeError(f"a message is a dict, not {type(content).__name__}: {content!r}")
    copy = dict(content)
    for key, value in content.items():
        if type(value) not in _PLAIN or type(key) is not str:
            _check_key(key)
            copy[key] = _copied(value, key)
    return copy


def _copied(value: Any, where: str) -> Any:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, (list, tuple)):
        for item in value:
            if type(item) not in _PLAIN:
                return [_copied(item, where) for item in value]
        return list(value)
    if isinstance(value, dict):
        for key in value:
            _check_key(key)
        return {key: _copied(item, f"{where}.{key}") for key, item in value.items()}
    for kind, at_heart in _AT_HEART.items():
        if isinstance(value, kind):
            return at_heart(value)
    raise TypeError(
        f"the message's {where!r} holds a {type(value).__name__}; a layer carries bytes, text, whole numbers, "
        "floats, booleans, None, lists and dicts"
    )


def _check_key(key: object) -> None:
    if not isinstance(key, str):
        raise TypeError(f"a message's keys are text, not {type(key).__name__}: {key!r}")

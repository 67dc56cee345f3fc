"""enforce_ordering: the messages of one WebSocket, in the order in which the browser sent them.

Several workers take messages from one channel, so a later frame may be
consumed first, or at the same time. Each message says its place in ``order``;
the channel session says whose turn it is; a message that is early waits in a
channel of its socket's own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, overload

from chansim.channels.decorators import message_of
from chansim.channels.message import Message
from chansim.channels.message_sessions import channel_session_of

Consumer = TypeVar("Consumer", bound=Callable[..., Any])

NEXT_ORDER = "__channels_next_order"
"""The key in the channel session that says whose turn it is."""


@overload
def enforce_ordering(consumer: Consumer, slight: bool = ..., *, lost_wakeup: bool = ...) -> Consumer: ...
@overload
def enforce_ordering(
    consumer: None = ..., slight: bool = ..., *, lost_wakeup: bool = ...
) -> Callable[[Consumer], Consumer]: ...
def enforce_ordering(
    consumer: Consumer | None = None, slight: bool = False, *, lost_wakeup: bool = False
) -> Consumer | Callable[[Consumer], Consumer]:
    """Call *consumer* with the messages of each client in their order; an early one waits.

    Every consumer of the socket needs it, for each moves the counter on. With
    *slight* only the first message, the connect, has to come first. After a
    message that is lost, the client is stalled: all later ones wait until they
    expire.

    With *lost_wakeup* an early message is forgotten in its wait channel where
    its turn comes while it is on its way there, as in Channels 0.15; without,
    the worker looks again once it is there, as in 1.1.8.

    When called, the consumer raises ValueError for a message without ``order``
    or ``reply_channel``, and for *slight* in an era that had it no more;
    ChannelFull where the wait channel is full, or the channel that an early
    message is put back on. That message is lost.
    """

    def decorate(consumer: Consumer) -> Consumer:
        @wraps(consumer)
        def in_order(*arguments: Any, **keywords: Any) -> None:
            message = message_of(arguments, consumer)
            with channel_session_of(message):
                turn = Turn(message, slight)
                if turn.has_come(message.channel_session.get(NEXT_ORDER, 0)):
                    consumer(*arguments, **keywords)
                    turn.pass_on()
                else:
                    turn.wait(look_again=not lost_wakeup)

        return in_order  # type: ignore[return-value]

    return decorate if consumer is None else decorate(consumer)


class Turn:
    """One message's place among its socket's."""

    def __init__(self, message: Message, slight: bool):
        self.layer = message.channel_layer
        era = self.layer.era
        if slight and not era.slight_ordering:
            raise ValueError(
                f"enforce_ordering(slight=True): the era {era.name!r} knows it no more: a WebSocket waits there "
                "until its connect is answered, so take the decorator away"
            )
        if "order" not in message:
            raise ValueError(
                f"a message of {message.channel_name!r} without an order: "
                "@enforce_ordering is for the messages of WebSockets"
            )
        self.message = message
        self.order = int(message["order"])
        self.slight = slight
        self.wait_channel = "__wait__." + message["reply_channel"].replace("!", era.wait_mark)

    def has_come(self, next_order: int) -> bool:
        """Whether the message may be consumed now."""
        return self.order == next_order or (self.slight and next_order > 0)

    def pass_on(self) -> None:
        """It was consumed: the next one may come, and all that wait are put back for another try."""
        if self.order == 0 or not self.slight:
            session = self.message.channel_session
            session[NEXT_ORDER] = self.order + 1
            session.save()
        self.wake()

    def wait(self, look_again: bool) -> None:
        """It is early: let it wait, and look again when it is there."""
        content = {**self.message.content, "original_channel": self.message.channel_name}
        self.layer.send(self.wait_channel, content)
        if look_again:
            self.layer.afterwards(self.wake_if_it_has_come)

    def wake_if_it_has_come(self) -> None:
        """Its turn may have come while it was on its way to the wait channel."""
        if self.has_come(self.message.channel_session.load().get(NEXT_ORDER, 0)):
            self.wake()

    def wake(self) -> None:
        """Put all that wait back on the channels that they came from."""
        while (envelope := self.layer.receive_at_once((self.wait_channel,))) is not None:
            self.layer.resend(envelope, envelope.content.pop("original_channel"))

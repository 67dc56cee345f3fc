"""Queues: what waits in a layer, for whom, in which order, for how long, and how it is lost.

A message waits in a queue: that of its channel, or, where an era's replies
share one, that of all channels with the same name up to the ``!``. This is one
half of LayerCore; the other, in core.py, is what others call.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from itertools import count
from random import Random

from chansim.layer.capacity import Capacity
from chansim.layer.content import copied_again
from chansim.layer.contract import ChannelFull, Content
from chansim.layer.envelope import Envelope, Listener, new_envelope
from chansim.layer.eras import Era
from chansim.layer.names import check_channel, check_readable, one_reader, queue_of
from chansim.layer.statistics import Tally
from chansim.trace import LOST, RECEIVED, SENT, Recorder, packed

KEPT = 1000
"""Channels with many readers that are remembered while they are empty, and patterns known to be legal."""

Held = Envelope | deque[Envelope]
"""What a queue holds: one message is there as itself, more stand in a deque, which is larger than all the rest."""


_FULL = ("full", "group member full")


class Queues:
    """All that waits in a layer. *evict* is called with a channel, and when a message on it expired unread."""

    def __init__(
        self,
        capacity: Capacity,
        expiry: float,
        era: Era,
        loss: float,
        random: Random,
        recorder: Recorder | None,
        name: str,
        copies: bool,
        evict: Callable[[str, float], None],
    ):
        self.capacity = capacity.number
        self.expiry = expiry
        self.era = era
        self.loss = loss
        self.name = name
        self._capacity = capacity
        self._random = random
        self._copies = copies
        self._evict = evict
        self._add = recorder.add if recorder else None
        self._disorder = recorder.disorder if recorder else _nothing
        self._code = recorder.code if recorder else _no_code
        self._new_message = recorder.new_message if recorder else count(1).__next__
        self._shares = era.shared_replies
        self._queues: dict[str, Held] = {}  # none of them is empty
        self._listeners: dict[str, Listener] = {}
        self._coming: dict[int, Envelope] = {}  # admitted, not yet delivered
        self._coming_to: dict[str, int] = {}  # queue -> how many of these
        self._tallies: dict[str, Tally] = {}  # of queues whose name is known to be legal
        self._others: dict[int, Tally] = {}  # capacity -> of all others that have it

    # -- sending -------------------------------------------------------------

    def _accept(
        self,
        channel: str,
        content: Content,
        now: float,
        expires: float,
        by: int,
        request: int,
        member: bool = False,
    ) -> Envelope | None:
        """The message, which has been counted, or None where there is no room for it. A *member*'s name is legal."""
        tally, queue = self._tallies.get(channel), channel
        if tally is None:
            if self._shares and isinstance(channel, str):
                queue = queue_of(channel)
            if not member and (queue != channel or queue not in self._listeners):
                check_channel(channel, self.era)
            tally = self._tallies.get(queue) or self._remember(queue)
        code, message = self._code(channel), self._new_message()
        held = self._queues.get(queue)
        there = 0 if held is None else self._number_waiting(queue, held, now)
        if self._coming_to:
            there += self._coming_to.get(queue, 0)
        if now >= tally.second_ends:
            tally.turn(now)
        if self._add is not None:
            self._add(packed(now, SENT, by, code, message, request, 0))
        if there >= tally.capacity:
            tally.full += 1
            if self._add is not None:
                self._add(packed(now, LOST, by, code, message, request, self._code(_FULL[member])))
            return None
        tally.accepted += 1
        return new_envelope((channel, code, content, message, request, expires, member and self._copies))

    def _number_waiting(self, queue: str, held: Held, now: float) -> int:
        """How many messages wait in a queue that holds something, without those that have expired."""
        if isinstance(held, deque):
            if held[0][5] > now:
                return len(held)
        elif held[5] > now:
            return 1
        self._drop_expired(queue, now)
        return number_of(self._queues.get(queue))

    def has_room(self, channel: str, now: float) -> bool:
        """Whether a message sent to *channel* now would find room. Asking leaves no row."""
        queue = self.queue(channel)
        held = self._queues.get(queue)
        there = 0 if held is None else self._number_waiting(queue, held, now)
        return there + self._coming_to.get(queue, 0) < self.capacity_of(channel)

    def _full(self, channel: str) -> ChannelFull:
        queue = self.queue(channel)
        return ChannelFull(
            f"channel {queue!r} of layer {self.name!r} holds {self.capacity_of(channel)} messages, "
            "its capacity; nobody reads them fast enough"
        )

    def _lost_on_purpose(self, envelope: Envelope, now: float) -> bool:
        lost = self._random.random() < self.loss
        if lost:
            self._lose(envelope, now, "resilience testing")
        return lost

    def _expect(self, envelope: Envelope) -> None:
        """The message is on its way."""
        channel = envelope[0]
        queue = queue_of(channel) if self._shares else channel
        self._coming[envelope[3]] = envelope
        self._coming_to[queue] = self._coming_to.get(queue, 0) + 1

    def _put(self, envelope: Envelope) -> Listener | None:
        """The message waits; the one who listens for it."""
        channel = envelope[0]
        queue = queue_of(channel) if self._shares else channel
        held = self._queues.get(queue)
        if held is None:
            self._queues[queue] = envelope
        elif isinstance(held, deque):
            held.append(envelope)
        else:
            self._queues[queue] = deque((held, envelope))
        if not self._listeners:
            return None
        listener = self._listeners.get(queue)
        if listener is not None:
            listener.holding[queue] = None
        return listener

    def deliver(self, envelope: Envelope) -> Listener | None:
        """Put an admitted message where its readers find it; the queue's one listener, if it has one."""
        if self._coming.pop(envelope[3], None) is None:  # by place: an attribute of a tuple is slow to find
            return None  # lost while on its way
        channel = envelope[0]
        queue = queue_of(channel) if self._shares else channel
        left = self._coming_to.pop(queue) - 1
        if left:
            self._coming_to[queue] = left
        return self._put(envelope)

    def withdraw(self, envelope: Envelope, now: float, cause: str) -> None:
        """Lose an admitted message that is still on its way, for who sent it is no more."""
        if self._coming.pop(envelope.message, None) is not None:
            queue = self.queue(envelope.channel)
            self._coming_to[queue] -= 1
            if not self._coming_to[queue]:
                del self._coming_to[queue]
            self._lose(envelope, now, cause)

    # -- receiving -----------------------------------------------------------

    def receive_many(self, channels: Iterable[str], now: float, by: str = "") -> Envelope | None:
        """Take the oldest message of one of *channels*, or None.

        Of several that hold something, one is drawn at random, so that a busy
        one does not starve a quiet one. Where replies share a queue, they are
        received from under the part of their names up to the ``!``.
        """
        if isinstance(channels, str):
            raise TypeError(
                f"receive_many takes several channel names, in a list: [{channels!r}], not {channels!r}"
            )
        holding = []
        for channel in channels:
            if channel in self._queues:
                holding.append(channel)
            elif channel not in self._tallies and channel not in self._listeners:
                check_readable(channel, self.era)
                self._remember(channel)
        if len(holding) > 1:
            self._random.shuffle(holding)
        for channel in holding:
            envelope = self.receive(channel, now, by)
            if envelope is not None:
                return envelope
        return None

    def receive(self, channel: str, now: float, by: str = "") -> Envelope | None:
        """Take the oldest message of *channel*, or None: ``receive_many`` for one legal name."""
        held = self._queues.get(channel)
        if held is None:
            return None
        if (held[0] if isinstance(held, deque) else held)[5] <= now:
            self._drop_expired(channel, now)
            held = self._queues.get(channel)
            if held is None:
                return None
        if isinstance(held, deque):
            envelope = held.popleft()
            if not held:
                del self._queues[channel]
        else:
            envelope = held
            del self._queues[channel]
        if self._add is not None:
            _, code, _, message, request, _, _ = envelope
            self._add(packed(now, RECEIVED, self._code(by), code, message, request, 0))
        if envelope[6]:
            return envelope._replace(content=copied_again(envelope[2]))
        return envelope

    def listen(self, listener: Listener, channel: str) -> None:
        """From now on *listener* reads *channel*, a name that one may receive from."""
        self._listeners[channel] = listener
        if channel in self._queues:
            listener.holding[channel] = None

    def stop_listening(self, channel: str) -> None:
        """From now on nobody reads *channel*: what it holds waits until it expires."""
        listener = self._listeners.pop(channel, None)
        if listener is not None:
            listener.holding.pop(channel, None)

    def listener_of(self, channel: str) -> Listener | None:
        """Who listens for the messages that are sent to *channel*."""
        return self._listeners.get(self.queue(channel))

    def receive_for(self, listener: Listener, now: float, by: str = "") -> Envelope | None:
        """Take the oldest message of the listener's next queue in turn, or None."""
        holding = listener.holding
        while holding:
            queue, _ = holding.popitem(last=False)
            envelope = self.receive(queue, now, by)
            if queue in self._queues:
                holding[queue] = None  # to the back: the others' turn first
            if envelope is not None:
                return envelope
        return None

    # -- losing --------------------------------------------------------------

    def _drop_expired(self, queue: str, now: float) -> None:
        """Lose what has expired at the queue's head."""
        while queue in self._queues:
            held = self._queues[queue]
            first = held[0] if isinstance(held, deque) else held
            if first.expires > now:
                return
            if isinstance(held, deque):
                held.popleft()
            if held is first or not held:
                del self._queues[queue]
            self._expire(first)

    def _drop_all_expired(self, now: float) -> None:
        """The same in every queue; and what stands behind one that was sent later, and came sooner."""
        for queue, held in list(self._queues.items()):
            self._drop_expired(queue, now)
            if isinstance(held, deque) and any(envelope.expires <= now for envelope in held):
                for envelope in [envelope for envelope in held if envelope.expires <= now]:
                    held.remove(envelope)
                    self._expire(envelope)

    def _expire(self, envelope: Envelope) -> None:
        """It happened when the time was up, whenever it is noticed; and who reads nothing is as good as gone."""
        self._disorder()
        self._evict(envelope.channel, envelope.expires)
        self._lose(envelope, envelope.expires, "expired")

    def _lose(self, envelope: Envelope, now: float, cause: str) -> None:
        if self._add is not None:
            me, why = self._code(self.name), self._code(cause)
            self._add(packed(now, LOST, me, envelope.code, envelope.message, envelope.request, why))

    # -- names ---------------------------------------------------------------

    def capacity_of(self, channel: str) -> int:
        """How many messages the queue of *channel* may hold."""
        return self._capacity.of(self.queue(channel))

    def queue(self, channel: str) -> str:
        """The queue in which messages for *channel* wait: its own, or the one it shares."""
        return queue_of(channel) if self._shares else channel

    def _checked(self, channel: str) -> str:
        """The queue of *channel*. Raises InvalidName where that is no legal name."""
        if channel in self._tallies:
            return channel
        check_channel(channel, self.era)
        queue = self.queue(channel)
        if queue not in self._tallies:
            self._remember(queue)
        return queue

    def _remember(self, queue: str) -> Tally:
        """A queue's tally, kept from now on unless it is one client's, or they have become many: those share one."""
        capacity = self._capacity.of(queue) if self._capacity else self.capacity
        tally = self._others.get(capacity)
        if len(self._tallies) < KEPT and (queue[-1] == "!" or not one_reader(queue)):
            tally = self._tallies[queue] = Tally(capacity)
        elif tally is None:
            tally = self._others[capacity] = Tally(capacity)
        return tally

    def holds(self, queue: str) -> int:
        """How many messages wait in *queue*."""
        return number_of(self._queues.get(queue))

    def waiting(self) -> int:
        """How many messages wait in all queues together."""
        return sum(map(number_of, self._queues.values()))

    def depths(self) -> dict[str, int]:
        """How many messages each queue holds, on their way or waiting."""
        depths = {queue: number_of(held) for queue, held in self._queues.items()}
        for queue, coming in self._coming_to.items():
            depths[queue] = depths.get(queue, 0) + coming
        return depths


def number_of(held: Held | None) -> int:
    """How many messages this is."""
    return len(held) if isinstance(held, deque) else held is not None


def _nothing() -> None:
    """Stands in for Recorder.disorder where nobody keeps a trace."""


def _no_code(text: str) -> int:
    """Stands in for Recorder.code where nobody keeps a trace."""
    return 0

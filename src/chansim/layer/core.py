"""LayerCore: channels and groups as pure bookkeeping.

Every rule about order, expiry, fairness and loss is in this file, those about
names, contents, capacity and memberships are in the files beside it; and
nowhere else. The core knows no clock, no thread and no network: the time
(*now*, in seconds) and the caller (*by*, a component's name) are arguments.
What happens is written to a Recorder, if there is one.

A send has two halves, because between two machines it takes time. ``admit``
decides, at the moment of the call: the message gets its number and its place
in the channel's count, or ChannelFull is raised. ``deliver`` puts it where a
reader can find it. ``send`` does both at once.

A message waits in a queue: that of its channel, or, where an era's replies
share one, that of all channels with the same name up to the ``!``.
"""

from __future__ import annotations

import string
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import count
from random import Random
from typing import NamedTuple

from chansim.layer.capacity import Capacity, Pattern
from chansim.layer.content import copied, copied_again
from chansim.layer.contract import ChannelFull, Content
from chansim.layer.eras import JUNE_2016, Era
from chansim.layer.groups import Groups
from chansim.layer.names import check_channel, check_group, check_readable, one_reader, queue_of
from chansim.layer.statistics import Figures, Tally, counted
from chansim.trace import LOST, RECEIVED, SENT, Recorder

KEPT = 1000
"""Channels with many readers that are remembered while they are empty, and patterns known to be legal."""

_LETTERS = (string.ascii_letters * 5).encode()[:256]
"""A letter for each byte: random letters at little cost."""


class Envelope(NamedTuple):
    """A message on its way: what it says, and what the layer needs to know of it."""

    channel: str
    code: int  #: the channel's, in the trace
    content: Content
    message: int
    request: int
    expires: float
    shared: bool  #: other envelopes hold the same content: it is copied before it is handed out


new_envelope: Callable[[tuple[object, ...]], Envelope] = partial(tuple.__new__, Envelope)
"""An Envelope of a tuple of its fields, without the Python function that a NamedTuple's constructor is."""


class Listener:
    """A standing interest in queues that have this one reader, as an interface server has in its clients'.

    It knows which of them hold something, so that a receive costs the same for
    one client and for a hundred thousand. Queues take turns, in the order in
    which they began to hold something.
    """

    __slots__ = ("holding",)

    def __init__(self) -> None:
        # not a dict, which is slow at losing its first key
        self.holding: OrderedDict[str, None] = OrderedDict()


class LayerCore:
    """The state of one channel layer.

    *capacity*: messages a channel holds, at least 1; *channel_capacity*: other
    numbers for channels whose name matches a glob or a compiled regular
    expression, the first match counts. *expiry* and *group_expiry*: seconds.
    *era*: whose habits it has. *random*: for fairness, for new names, and for
    what is lost on purpose. *recorder* and *name*: where rows go, and the
    layer's name in them.

    *loss*: the draft's "resilience testing": the share of messages, from 0 to
    1, that are lost although nothing is wrong. Nobody is told but the trace.

    Defects of historic layers, for those who want to see what they do:
    *evicts* = False: a member whose message expired stays in its groups, as in
    Redis; *copies* = False: what is handed out is the very object that was
    sent, to every member of a group the same, as in the in-memory layer of 2016.
    """

    def __init__(
        self,
        *,
        capacity: int = JUNE_2016.memory_capacity,
        expiry: float = JUNE_2016.expiry,
        group_expiry: float = JUNE_2016.group_expiry,
        channel_capacity: Mapping[Pattern, int] | Mapping[str, int] | None = None,
        era: Era = JUNE_2016,
        loss: float = 0.0,
        evicts: bool = True,
        copies: bool = True,
        random: Random | None = None,
        recorder: Recorder | None = None,
        name: str = "layer",
    ):
        for what, seconds in {"expiry": expiry, "group_expiry": group_expiry}.items():
            if not 0 < seconds < float("inf"):
                raise ValueError(f"a layer's {what}={seconds!r} must be a number of seconds above 0")
        if not isinstance(loss, (int, float)) or not 0 <= loss <= 1:
            raise ValueError(f"a layer's loss={loss!r} must be a share of its messages, from 0 to 1")
        self.capacity = capacity
        self.expiry = expiry
        self.group_expiry = group_expiry
        self.era = era
        self.loss = loss
        self.name = name
        self._capacity = Capacity(capacity, channel_capacity)  # type: ignore[arg-type]
        self._evicts = evicts
        self._copies = copies
        self._random = random or Random()
        self._add = recorder.add if recorder else None
        self._disorder = recorder.disorder if recorder else _nothing
        self._code = recorder.code if recorder else _no_code
        self._new_message = recorder.new_message if recorder else count(1).__next__
        self._shares = era.shared_replies
        self._queues: dict[str, Envelope | deque[Envelope]] = {}  # one message as itself, more in a deque
        self._listeners: dict[str, Listener] = {}
        self._coming: dict[int, Envelope] = {}  # admitted, not yet delivered
        self._coming_to: dict[str, int] = {}  # queue -> how many of these
        self._tallies: dict[str, Tally] = {}  # of queues whose name is known to be legal
        self._others: dict[int, Tally] = {}  # capacity -> of all others that have it
        self._patterns: set[str] = set()  # of new channels, known to be legal
        self._groups = Groups(group_expiry, self._group_row, self._disorder)

    # -- sending -------------------------------------------------------------

    def send(self, channel: str, content: Content, now: float, by: str = "", request: int = 0) -> Envelope:
        """Put *content* at the end of *channel*. Raises ChannelFull, and what :meth:`admit` raises."""
        content = copied(content) if self._copies else _as_it_is(content)
        envelope = self._accept(channel, content, now, now + self.expiry, self._code(by), request)
        if envelope is None:
            raise self._full(channel)
        if not (self.loss and self._lost_on_purpose(envelope, now)):
            self._put(envelope)
        return envelope

    def admit(self, channel: str, content: Content, now: float, by: str = "", request: int = 0) -> Envelope:
        """Decide on a message, and count it in. It is to be delivered later.

        Raises ChannelFull where the channel holds its capacity, InvalidName,
        TypeError or ValueError for a name or a content that no layer accepts,
        MessageTooLarge for a content that is too large.
        """
        content = copied(content) if self._copies else _as_it_is(content)
        envelope = self._accept(channel, content, now, now + self.expiry, self._code(by), request)
        if envelope is None:
            raise self._full(channel)
        if not (self.loss and self._lost_on_purpose(envelope, now)):
            self._expect(envelope)
        return envelope

    def deliver(self, envelope: Envelope) -> Listener | None:
        """Put an admitted message where its readers find it; the queue's one listener, if it has one."""
        if self._coming.pop(envelope[3], None) is None:  # by place: an attribute of a tuple is slow to find
            return None  # lost while on its way
        channel = envelope[0]
        queue = queue_of(channel) if self._shares else channel
        if self._coming_to[queue] > 1:
            self._coming_to[queue] -= 1
        else:
            del self._coming_to[queue]
        return self._put(envelope)

    def send_group(
        self, group: str, content: Content, now: float, by: str = "", request: int = 0
    ) -> list[Envelope]:
        """Send to every member of *group*; the envelopes, in order of membership."""
        return self._to_members(group, content, now, by, request, self._put)

    def admit_group(
        self, group: str, content: Content, now: float, by: str = "", request: int = 0
    ) -> list[Envelope]:
        """Decide on one message for each member; a full member loses its copy without a word to the sender."""
        return self._to_members(group, content, now, by, request, self._expect)

    def _to_members(
        self,
        group: str,
        content: Content,
        now: float,
        by: str,
        request: int,
        place: Callable[[Envelope], object],
    ) -> list[Envelope]:
        check_group(group, self.era)
        content = copied(content) if self._copies else _as_it_is(content)
        code, expires = self._code(by), now + self.expiry
        accept, shared, loss, envelopes = self._accept, self._copies, self.loss, []
        for channel in self.group_channels(group, now):
            envelope = accept(channel, content, now, expires, code, request, "group member full", shared)
            if envelope is not None:
                envelopes.append(envelope)
                if not (loss and self._lost_on_purpose(envelope, now)):
                    place(envelope)
        return envelopes

    def _accept(
        self,
        channel: str,
        content: Content,
        now: float,
        expires: float,
        by: int,
        request: int,
        cause: str = "full",
        shared: bool = False,
    ) -> Envelope | None:
        """The message, which has been counted, or None where there is no room for it."""
        queue = channel
        if self._shares and channel not in self._tallies:
            check_channel(channel, self.era)
            queue = queue_of(channel)
        tally = self._tallies.get(queue) or self._tally_of(queue)
        code, message = self._code(channel), self._new_message()
        held = self._queues.get(queue)
        there = 0 if held is None else self._number_waiting(queue, held, now)
        if self._coming_to:
            there += self._coming_to.get(queue, 0)
        if now >= tally.second_ends:
            tally.turn(now)
        if self._add is not None:
            self._add((now, SENT, by, code, message, request, 0))
        if there >= tally.capacity:
            tally.full += 1
            if self._add is not None:
                self._add((now, LOST, by, code, message, request, self._code(cause)))
            return None
        tally.accepted += 1
        return new_envelope((channel, code, content, message, request, expires, shared))

    def _number_waiting(self, queue: str, held: Envelope | deque[Envelope], now: float) -> int:
        """How many messages wait in a queue that holds something, without those that have expired."""
        if isinstance(held, deque):
            if held[0][5] > now:
                return len(held)
        elif held[5] > now:
            return 1
        self._drop_expired(queue, now)
        return _number(self._queues.get(queue))

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

    def has_room(self, channel: str, now: float) -> bool:
        """Whether a message sent to *channel* now would find room. Asking leaves no row."""
        queue = self.queue(channel)
        held = self._queues.get(queue)
        there = 0 if held is None else self._number_waiting(queue, held, now)
        return there + self._coming_to.get(queue, 0) < self.capacity_of(channel)

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
        if isinstance(held, deque):
            envelope = held.popleft()
            if not held:
                del self._queues[channel]
        else:
            envelope = held
            del self._queues[channel]
        if envelope[5] <= now:
            self._expire(envelope)
            return self.receive(channel, now, by)
        if self._add is not None:
            _, code, _, message, request, _, _ = envelope
            self._add((now, RECEIVED, self._code(by), code, message, request, 0))
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

    def _expire(self, envelope: Envelope) -> None:
        """It happened when the time was up, whenever it is noticed; and who reads nothing is as good as gone."""
        self._disorder()
        if self._evicts:
            self._groups.leave_all(envelope.channel, envelope.expires, self.name)
        self._lose(envelope, envelope.expires, "expired")

    def _lose(self, envelope: Envelope, now: float, cause: str) -> None:
        if self._add is not None:
            me, why = self._code(self.name), self._code(cause)
            self._add((now, LOST, me, envelope.code, envelope.message, envelope.request, why))

    def sweep(self, now: float) -> None:
        """Drop all that has expired by *now*. Only the books need this: an expired message is never received."""
        for queue in list(self._queues):
            self._drop_expired(queue, now)
        self._groups.sweep(now, self.name)

    def flush(self, now: float) -> None:
        """Forget all messages, on their way or waiting, and all groups."""
        self.sweep(now)
        for envelope in self._coming.values():
            self._lose(envelope, now, "layer flushed")
        for held in self._queues.values():
            for envelope in held if isinstance(held, deque) else [held]:
                self._lose(envelope, now, "layer flushed")
        self._groups.clear(now, self.name)
        self._coming.clear()
        self._coming_to.clear()
        self._queues.clear()
        for listener in self._listeners.values():
            listener.holding.clear()

    # -- groups --------------------------------------------------------------

    def group_add(self, group: str, channel: str, now: float, by: str = "", request: int = 0) -> None:
        """Make *channel* a member of *group*, or refresh its membership."""
        check_group(group, self.era)
        queue = self._checked(channel)
        if queue in self._queues:  # what expired unread before this ends the memberships before this
            self._drop_expired(queue, now)
        self._groups.add(group, channel, now, by, request)

    def group_discard(self, group: str, channel: str, now: float, by: str = "", request: int = 0) -> None:
        """End the membership, if there is one."""
        check_group(group, self.era)
        self._checked(channel)
        self._groups.leave(group, channel, now, by, request)

    def group_channels(self, group: str, now: float) -> list[str]:
        """The members of *group*, those first who asked longest ago."""
        check_group(group, self.era)
        members = self._groups.members(group, now, self.name)
        if not self._queues:
            return members
        evicted = False
        for queue in dict.fromkeys(map(queue_of, members)) if self._shares else members:
            held = self._queues.get(queue)
            if held is not None and (held[0] if isinstance(held, deque) else held).expires <= now:
                self._drop_expired(queue, now)
                evicted = True
        return self._groups.members(group, now, self.name) if evicted else members

    def _group_row(self, event: int, group: str, channel: str, now: float, by: str, request: int) -> None:
        if self._add is not None:
            code = self._code
            self._add((now, event, code(by), code(channel), 0, request, code(group)))

    # -- names ---------------------------------------------------------------

    def new_channel(self, pattern: str) -> str:
        """An unused channel name: *pattern*, which ends in ``!`` or ``?`` as the era allows, and random letters.

        Raises ValueError for a pattern that does not.
        """
        marks, letters = self.era.new_channel_marks, self.era.random_letters
        if not isinstance(pattern, str) or not pattern or pattern[-1] not in marks:
            allowed = " or ".join(map(repr, marks))
            raise ValueError(
                f"the pattern of a new channel ends in {allowed} in {self.era.name}, {pattern!r} does not"
            )
        if pattern not in self._patterns:
            check_channel(pattern + "x" * letters, self.era)
            if len(self._patterns) < KEPT:
                self._patterns.add(pattern)
        bits = self._random.getrandbits
        while True:
            name = pattern + bits(8 * letters).to_bytes(letters, "little").translate(_LETTERS).decode()
            if name not in self._queues and name not in self._listeners:
                return name

    def capacity_of(self, channel: str) -> int:
        """How many messages the queue of *channel* may hold."""
        return self._capacity.of(self.queue(channel))

    def queue(self, channel: str) -> str:
        """The queue in which messages for *channel* wait: its own, or the one it shares."""
        return queue_of(channel) if self._shares else channel

    def _checked(self, channel: str) -> str:
        """The queue of *channel*. Raises InvalidName where that is no legal name."""
        if channel not in self._tallies:
            check_channel(channel, self.era)
            self._remember(self.queue(channel))
        return self.queue(channel)

    def _tally_of(self, queue: str) -> Tally:
        """What is remembered of a queue that may be new. Raises InvalidName where that is no legal name."""
        if queue not in self._queues and queue not in self._listeners:
            check_channel(queue, self.era)
        return self._remember(queue)

    def _remember(self, queue: str) -> Tally:
        """Its tally, kept from now on unless it is one client's, or they have become many: those share one."""
        tally = self._tallies.get(queue)
        if tally is None:
            capacity = self._capacity.of(queue) if self._capacity else self.capacity
            if len(self._tallies) < KEPT and (queue[-1] == "!" or not one_reader(queue)):
                tally = self._tallies[queue] = Tally(capacity)
            else:
                tally = self._others.get(capacity)
                if tally is None:
                    tally = self._others[capacity] = Tally(capacity)
        return tally

    # -- figures -------------------------------------------------------------

    def holds(self, queue: str) -> int:
        """How many messages wait in *queue*."""
        return _number(self._queues.get(queue))

    def depths(self) -> dict[str, int]:
        """How many messages each queue holds, on their way or waiting."""
        depths = {queue: _number(held) for queue, held in self._queues.items()}
        for queue, coming in self._coming_to.items():
            depths[queue] = depths.get(queue, 0) + coming
        return depths

    def global_statistics(self, now: float) -> Figures:
        """Figures of all channels together; statistics.py says what each is."""
        self.sweep(now)
        figures = counted([*self._tallies.values(), *self._others.values()], now)
        pending = sum(self.depths().values())
        age = max((self._age(held, now) for held in self._queues.values()), default=None)
        return {**figures, "messages_pending": pending, "messages_max_age": age, "count": pending}

    def channel_statistics(self, channel: str, now: float) -> Figures:
        """Figures of one channel, or of the queue that it shares; statistics.py says what each is."""
        queue = self._checked(channel)
        self._drop_expired(queue, now)
        held = self._queues.get(queue)
        pending = _number(held) + self._coming_to.get(queue, 0)
        age = None if held is None else self._age(held, now)
        figures: Figures = {
            "messages_pending": pending,
            "messages_max_age": age,
            "length": pending,
            "age": age,
        }
        if queue in self._tallies:
            figures |= counted([self._tallies[queue]], now)
            figures["per_second"] = figures["messages_count_per_second"]
        return figures

    def _age(self, held: Envelope | deque[Envelope], now: float) -> float:
        """Seconds since the oldest message was sent."""
        oldest = held[0] if isinstance(held, deque) else held
        return max(now + self.expiry - oldest.expires, 0.0)


def _number(held: Envelope | deque[Envelope] | None) -> int:
    """How many messages this is."""
    return len(held) if isinstance(held, deque) else held is not None


def _as_it_is(content: Content) -> Content:
    """The very object, once it has been found legal."""
    copied(content)
    return content


def _nothing() -> None:
    """Stands in for Recorder.disorder where nobody keeps a trace."""


def _no_code(text: str) -> int:
    """Stands in for Recorder.code where nobody keeps a trace."""
    return 0

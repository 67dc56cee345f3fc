"""LayerCore: channels and groups as pure bookkeeping.

Every rule about capacity, expiry, order, groups and fairness is in this file,
and only here. The core knows no clock, no thread and no network: the time
(*now*, in seconds) and the caller (*by*, a component's name) are arguments.
What happens is written to a Recorder, if there is one.

A send has two halves, because between two machines it takes time. ``admit``
decides, at the moment of the call: the message gets its number and its place
in the channel's count, or ChannelFull is raised. ``deliver`` puts it where a
reader can find it. ``send`` does both at once.
"""

from __future__ import annotations

import string
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import partial
from itertools import count
from random import Random
from typing import NamedTuple

from chansim.layer.contract import ChannelFull, Content, copied
from chansim.layer.eras import JUNE_2016
from chansim.layer.names import check_channel, check_group, one_reader
from chansim.trace import JOINED, LEFT, LOST, RECEIVED, SENT, Recorder

KEPT = 1000
"""Channels with many readers that are remembered while they are empty, and names known to be legal."""

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


new_envelope = partial(tuple.__new__, Envelope)
"""An Envelope of a tuple of its fields, without the Python function that a NamedTuple's constructor is."""


class Waiting:
    """What one channel holds."""

    __slots__ = ("capacity", "code", "coming", "one_reader", "queue")

    def __init__(self, capacity: int, code: int, one_reader: bool):
        self.capacity = capacity
        self.code = code
        self.one_reader = one_reader
        self.coming = 0  #: admitted, not yet delivered
        self.queue: deque[Envelope] = deque()


class Listener:
    """A standing interest in channels that have this one reader, as an interface server has in its clients'.

    It knows which of them hold something, so that a receive costs the same for
    one client and for a hundred thousand. Channels take turns, in the order in
    which they began to hold something.
    """

    __slots__ = ("holding",)

    def __init__(self) -> None:
        # not a dict, which is slow at losing its first key
        self.holding: OrderedDict[str, None] = OrderedDict()


class LayerCore:
    """The state of one channel layer.

    *capacity*: messages a channel holds, at least 1; *channel_capacity*: other
    numbers for channels whose name matches a glob pattern, the first match
    counts. *expiry* and *group_expiry*: seconds. *random*: for fairness and for
    new names. *recorder* and *name*: where rows go, and the layer's name in them.
    """

    def __init__(
        self,
        *,
        capacity: int = JUNE_2016.memory_capacity,
        expiry: float = JUNE_2016.expiry,
        group_expiry: float = JUNE_2016.group_expiry,
        channel_capacity: Mapping[str, int] | None = None,
        random: Random | None = None,
        recorder: Recorder | None = None,
        name: str = "layer",
    ):
        for what, number in {"capacity": capacity, **(channel_capacity or {})}.items():
            if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                raise ValueError(f"a layer's {what}={number!r} must be a whole number of messages, 1 or more")
        for what, seconds in {"expiry": expiry, "group_expiry": group_expiry}.items():
            if not 0 < seconds < float("inf"):
                raise ValueError(f"a layer's {what}={seconds!r} must be a number of seconds above 0")
        self.capacity = capacity
        self.channel_capacity = dict(channel_capacity or {})
        self.expiry = expiry
        self.group_expiry = group_expiry
        self.name = name
        self._random = random or Random()
        self._bits = self._random.getrandbits
        self._add = recorder.add if recorder else _no_row
        self._disorder = recorder.disorder if recorder else _nothing
        self._code = recorder.code if recorder else _no_code
        self._new_message = recorder.new_message if recorder else count(1).__next__
        self._channels: dict[str, Waiting] = {}
        self._groups: dict[str, dict[str, float]] = {}  # group -> member -> last group_add
        self._memberships: dict[str, dict[str, None]] = {}  # channel -> its groups
        self._listeners: dict[str, Listener] = {}
        self._coming: dict[int, Envelope] = {}
        self._known: set[str] = set()  # names asked for, and patterns, that are legal

    # -- sending -------------------------------------------------------------

    def send(self, channel: str, content: Content, now: float, by: str = "", request: int = 0) -> Envelope:
        """Put *content* at the end of *channel*. Raises ChannelFull, and what :meth:`admit` raises."""
        envelope = self.admit(channel, content, now, by, request)
        self.deliver(envelope)
        return envelope

    def admit(self, channel: str, content: Content, now: float, by: str = "", request: int = 0) -> Envelope:
        """Decide on a message, and count it in. It is to be delivered later.

        Raises ChannelFull where the channel holds its capacity, InvalidName and
        TypeError for a name or a content that no layer accepts.
        """
        envelope = self._admit(channel, copied(content), now, self._code(by), request)
        if envelope is None:
            raise ChannelFull(
                f"channel {channel!r} of layer {self.name!r} holds {self._channels[channel].capacity} messages, "
                "its capacity; nobody reads them fast enough"
            )
        return envelope

    def deliver(self, envelope: Envelope) -> Listener | None:
        """Put an admitted message where its readers find it; the channel's one listener, if it has one."""
        channel, _, _, message, _, _, _ = envelope  # by place: an attribute of a tuple is slow to find
        if self._coming.pop(message, None) is None:
            return None  # flushed while on its way
        waiting = self._channels[channel]
        waiting.coming -= 1
        waiting.queue.append(envelope)
        if not waiting.one_reader:
            return None
        listener = self._listeners.get(channel)
        if listener is not None:
            listener.holding[channel] = None
        return listener

    def send_group(
        self, group: str, content: Content, now: float, by: str = "", request: int = 0
    ) -> list[Envelope]:
        """Send to every member of *group*; the envelopes, in order of membership."""
        envelopes = self.admit_group(group, content, now, by, request)
        for envelope in envelopes:
            self.deliver(envelope)
        return envelopes

    def admit_group(
        self, group: str, content: Content, now: float, by: str = "", request: int = 0
    ) -> list[Envelope]:
        """Decide on one message for each member; a full member loses its copy without a word to the sender."""
        check_group(group)
        content = copied(content)
        code = self._code(by)
        envelopes = []
        for channel in self.group_channels(group, now):
            envelope = self._admit(channel, content, now, code, request, "group member full", True)
            if envelope is not None:
                envelopes.append(envelope)
        return envelopes

    def _admit(
        self,
        channel: str,
        content: Content,
        now: float,
        by: int,
        request: int,
        cause: str = "full",
        shared: bool = False,
    ) -> Envelope | None:
        try:
            waiting = self._channels[channel]
        except KeyError:
            if channel not in self._listeners:
                check_channel(channel)
            capacity = self.capacity_of(channel) if self.channel_capacity else self.capacity
            waiting = self._channels[channel] = Waiting(capacity, self._code(channel), one_reader(channel))
        queue, code, message = waiting.queue, waiting.code, self._new_message()
        if queue and queue[0].expires <= now:
            self._drop_expired(channel, waiting, now)
        self._add((now, SENT, by, code, message, request, 0))
        if len(queue) + waiting.coming >= waiting.capacity:
            self._add((now, LOST, by, code, message, request, self._code(cause)))
            return None
        waiting.coming += 1
        envelope = self._coming[message] = new_envelope(
            (channel, code, content, message, request, now + self.expiry, shared)
        )
        return envelope

    def capacity_of(self, channel: str) -> int:
        """How many messages *channel* may hold."""
        for pattern, capacity in self.channel_capacity.items():
            if fnmatchcase(channel, pattern):
                return capacity
        return self.capacity

    def has_room(self, channel: str, now: float) -> bool:
        """Whether a message sent to *channel* now would find room. Asking leaves no row."""
        waiting = self._channels.get(channel)
        if waiting is None:
            return True
        self._drop_expired(channel, waiting, now)
        return len(waiting.queue) + waiting.coming < waiting.capacity

    # -- receiving -----------------------------------------------------------

    def receive_many(self, channels: Iterable[str], now: float, by: str = "") -> Envelope | None:
        """Take the oldest message of one of *channels*, or None.

        Of several channels that hold something, one is drawn at random, so that
        a busy one does not starve a quiet one.
        """
        if isinstance(channels, str):
            raise TypeError(
                f"receive_many takes several channel names, in a list: [{channels!r}], not {channels!r}"
            )
        holding = []
        for channel in channels:
            waiting = self._channels.get(channel)
            if waiting is not None and waiting.queue:
                holding.append(channel)
            elif waiting is None and channel not in self._known:
                check_channel(channel)
                if len(self._known) < KEPT:
                    self._known.add(channel)
        if len(holding) > 1:
            self._random.shuffle(holding)
        for channel in holding:
            envelope = self._take(channel, now, by)
            if envelope is not None:
                return envelope
        return None

    def receive(self, channel: str, now: float, by: str = "") -> Envelope | None:
        """Take the oldest message of *channel*, or None: ``receive_many`` for one legal name."""
        waiting = self._channels.get(channel)
        return self._take(channel, now, by) if waiting is not None and waiting.queue else None

    def listen(self, listener: Listener, channel: str) -> None:
        """From now on *listener* reads *channel*, a name that :meth:`new_channel` gave."""
        self._listeners[channel] = listener
        waiting = self._channels.get(channel)
        if waiting is not None and waiting.queue:
            listener.holding[channel] = None

    def stop_listening(self, channel: str) -> None:
        """From now on nobody reads *channel*: what it holds waits until it expires."""
        listener = self._listeners.pop(channel, None)
        if listener is not None:
            listener.holding.pop(channel, None)

    def receive_for(self, listener: Listener, now: float, by: str = "") -> Envelope | None:
        """Take the oldest message of the listener's next channel in turn, or None."""
        holding = listener.holding
        while holding:
            channel, _ = holding.popitem(last=False)
            envelope = self._take(channel, now, by)
            waiting = self._channels.get(channel)
            if waiting is not None and waiting.queue:
                holding[channel] = None  # to the back: the others' turn first
            if envelope is not None:
                return envelope
        return None

    def _take(self, channel: str, now: float, by: str) -> Envelope | None:
        waiting = self._channels.get(channel)
        if waiting is None:
            return None
        queue = waiting.queue
        if queue and queue[0].expires <= now:
            self._drop_expired(channel, waiting, now)
        envelope = queue.popleft() if queue else None
        if not queue:
            self._forget(channel, waiting)
        if envelope is not None:
            _, code, content, message, request, _, shared = envelope
            self._add((now, RECEIVED, self._code(by), code, message, request, 0))
            if shared:
                return envelope._replace(content=copied(content))
        return envelope

    def _drop_expired(self, channel: str, waiting: Waiting, now: float) -> None:
        queue = waiting.queue
        if not queue or queue[0].expires > now:
            return
        # It happened when the time was up, whenever it is noticed; and nobody reads this member: it is as good as gone.
        self._disorder()
        for group in list(self._memberships.get(channel, ())):
            self._leave(group, channel, queue[0].expires, self.name)
        while queue and queue[0].expires <= now:
            self._lose(queue[0], queue.popleft().expires, "expired")

    def _lose(self, envelope: Envelope, now: float, cause: str) -> None:
        me, why = self._code(self.name), self._code(cause)
        self._add((now, LOST, me, envelope.code, envelope.message, envelope.request, why))

    def sweep(self, now: float) -> None:
        """Drop all that has expired by *now*. Only the books need this: an expired message is never received."""
        for channel, waiting in list(self._channels.items()):
            self._drop_expired(channel, waiting, now)
            self._forget(channel, waiting)

    def _forget(self, channel: str, waiting: Waiting) -> None:
        """Keep nothing of an empty channel, but for those that are likely to be used again."""
        if not waiting.queue and not waiting.coming and (waiting.one_reader or len(self._channels) > KEPT):
            del self._channels[channel]

    # -- names ---------------------------------------------------------------

    def new_channel(self, pattern: str) -> str:
        """An unused channel name: *pattern*, which ends in ``!`` or ``?``, and random letters."""
        if not isinstance(pattern, str) or pattern[-1:] not in ("!", "?"):
            raise ValueError(f"the pattern of a new channel ends in '!' or '?', {pattern!r} does not")
        letters = JUNE_2016.random_letters
        if pattern not in self._known:
            check_channel(pattern + "x" * letters)
            if len(self._known) < KEPT:
                self._known.add(pattern)
        while True:
            name = pattern + self._bits(8 * letters).to_bytes(letters, "little").translate(_LETTERS).decode()
            if name not in self._channels and name not in self._listeners:
                return name

    # -- groups --------------------------------------------------------------

    def group_add(self, group: str, channel: str, now: float, by: str = "", request: int = 0) -> None:
        """Make *channel* a member of *group*, or refresh its membership."""
        check_group(group)
        check_channel(channel)
        if channel in self._channels:  # what expired unread before this ends the memberships before this
            self._drop_expired(channel, self._channels[channel], now)
        members = self._groups.setdefault(group, {})
        if members.pop(channel, None) is None:
            self._group_row(JOINED, group, channel, now, by, request)
        members[channel] = now  # at the end: members stand in the order they last asked
        self._memberships.setdefault(channel, {})[group] = None

    def group_discard(self, group: str, channel: str, now: float, by: str = "", request: int = 0) -> None:
        """End the membership, if there is one."""
        check_group(group)
        check_channel(channel)
        if channel in self._groups.get(group, ()):
            self._leave(group, channel, now, by, request)

    def group_channels(self, group: str, now: float) -> list[str]:
        """The members of *group*, those first who asked longest ago."""
        check_group(group)
        members = self._groups.get(group, {})
        for channel, asked in list(members.items()):
            if asked + self.group_expiry > now:
                break
            self._leave(group, channel, now, self.name)
        for channel in list(members):
            waiting = self._channels.get(channel)
            if waiting is not None:
                self._drop_expired(channel, waiting, now)
        return list(members)

    def _leave(self, group: str, channel: str, now: float, by: str, request: int = 0) -> None:
        del self._groups[group][channel]
        if not self._groups[group]:
            del self._groups[group]
        del self._memberships[channel][group]
        if not self._memberships[channel]:
            del self._memberships[channel]
        self._group_row(LEFT, group, channel, now, by, request)

    def _group_row(self, event: int, group: str, channel: str, now: float, by: str, request: int) -> None:
        code = self._code
        self._add((now, event, code(by), code(channel), 0, request, code(group)))

    # -- all of it -----------------------------------------------------------

    def flush(self, now: float) -> None:
        """Forget all messages, on their way or waiting, and all groups."""
        for envelope in self._coming.values():
            self._lose(envelope, now, "layer flushed")
        for waiting in self._channels.values():
            for envelope in waiting.queue:
                self._lose(envelope, now, "layer flushed")
        for group, members in list(self._groups.items()):
            for channel in list(members):
                self._leave(group, channel, now, self.name)
        self._coming.clear()
        self._channels.clear()
        for listener in self._listeners.values():
            listener.holding.clear()

    def depths(self) -> dict[str, int]:
        """How many messages each channel holds, on their way or waiting."""
        depths = {channel: len(held.queue) + held.coming for channel, held in self._channels.items()}
        return {channel: depth for channel, depth in depths.items() if depth}


def _nothing() -> None:
    """Stands in for Recorder.disorder where nobody keeps a trace."""


def _no_code(text: str) -> int:
    """Stands in for Recorder.code where nobody keeps a trace."""
    return 0


def _no_row(row: Iterable[float]) -> None:
    """Stands in for Recorder.add where nobody keeps a trace."""

"""LayerCore: channels and groups as pure bookkeeping.

This is what others call. The rules are in the files beside it, each written
once: what waits, in which order and how long (queues.py), names, contents,
capacities, groups, figures. The core knows no clock, no thread and no network: the time
(*now*, in seconds) and the caller (*by*, a component's name) are arguments.
What happens is written to a Recorder, if there is one.

A send has two halves, because between two machines it takes time. ``admit``
decides, at the moment of the call: the message gets its number and its place
in the channel's count, or ChannelFull is raised. ``deliver`` puts it where a
reader can find it. ``send`` does both at once.
"""

from __future__ import annotations

import string
from collections import deque
from collections.abc import Callable, Mapping
from random import Random

from chansim.layer.capacity import Capacity, Pattern
from chansim.layer.content import copied
from chansim.layer.contract import Content
from chansim.layer.envelope import Envelope, Listener
from chansim.layer.eras import JUNE_2016, Era
from chansim.layer.groups import Groups
from chansim.layer.names import check_channel, check_group, queue_of
from chansim.layer.queues import KEPT, Held, Queues, number_of
from chansim.layer.statistics import Figures, counted
from chansim.trace import Recorder, packed

__all__ = ["Envelope", "LayerCore", "Listener"]

_LETTERS = (string.ascii_letters * 5).encode()[:256]
"""A letter for each byte: random letters at little cost."""


class LayerCore(Queues):
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
        super().__init__(
            Capacity(capacity, channel_capacity),  # type: ignore[arg-type]
            expiry,
            era,
            loss,
            random or Random(),
            recorder,
            name,
            copies,
            self._leave_all if evicts else _stay,
        )
        self.group_expiry = group_expiry
        self._makes: dict[str, Callable[[], str]] = {}  # new channels, by their pattern
        self._groups = Groups(group_expiry, self._group_row, self._disorder)

    # -- sending -------------------------------------------------------------

    def send(self, channel: str, content: Content, now: float, by: str = "", request: int = 0) -> Envelope:
        """Put *content* at the end of *channel*. Raises ChannelFull, and what :meth:`admit` raises."""
        return self.send_copy(channel, self.copy(content), now, by, request)

    def copy(self, content: Content) -> Content:
        """What is sent in place of *content*: a copy that nobody else can change. Raises as :meth:`admit` does."""
        copy = copied(content)
        return copy if self._copies else content

    def send_copy(self, channel: str, copy: Content, now: float, by: str = "", request: int = 0) -> Envelope:
        """As :meth:`send`, of what :meth:`copy` gave: for one who made the copy before he took a lock."""
        envelope = self._accept(channel, copy, now, now + self.expiry, self._code(by), request)
        if envelope is None:
            raise self._full(channel)
        if not (self.loss and self._lost_on_purpose(envelope, now)):
            self._put(envelope)
        return envelope

    def admit(
        self, channel: str, content: Content, now: float, by: str = "", request: int = 0, own: bool = False
    ) -> Envelope:
        """Decide on a message, and count it in. It is to be delivered later.

        Its *content* is copied, unless it is the layer's *own* now: nobody else holds it, and it is legal.
        Raises ChannelFull where the channel holds its capacity, InvalidName,
        TypeError or ValueError for a name or a content that no layer accepts,
        MessageTooLarge for a content that is too large.
        """
        copy = content if own else copied(content) if self._copies else self.copy(content)
        envelope = self._accept(channel, copy, now, now + self.expiry, self._code(by), request)
        if envelope is None:
            raise self._full(channel)
        if not (self.loss and self._lost_on_purpose(envelope, now)):
            self._expect(envelope)
        return envelope

    def send_group(
        self, group: str, content: Content, now: float, by: str = "", request: int = 0
    ) -> list[Envelope]:
        """Send to every member of *group*; the envelopes, in order of membership."""
        return self.send_copies(group, self.copy(content), now, by, request)

    def send_copies(
        self, group: str, copy: Content, now: float, by: str = "", request: int = 0
    ) -> list[Envelope]:
        """As :meth:`send_group`, of what :meth:`copy` gave."""
        return self._to_members(group, copy, now, by, request, self._put)

    def admit_group(
        self, group: str, content: Content, now: float, by: str = "", request: int = 0
    ) -> list[Envelope]:
        """Decide on one message for each member; a full member loses its copy without a word to the sender."""
        return self._to_members(group, self.copy(content), now, by, request, self._expect)

    def send_member(
        self, channel: str, copy: Content, now: float, by: str = "", request: int = 0
    ) -> Envelope | None:
        """Send one copy of a group send to a member, where another layer keeps the group; None if it is full.

        *copy* is what :meth:`copy` gave: the members may share it.
        """
        return self._to_member(channel, copy, now, by, request, self._put)

    def admit_member(
        self, channel: str, copy: Content, now: float, by: str = "", request: int = 0
    ) -> Envelope | None:
        """Decide on such a copy, and count it in. It is to be delivered later."""
        return self._to_member(channel, copy, now, by, request, self._expect)

    def _to_member(
        self,
        channel: str,
        copy: Content,
        now: float,
        by: str,
        request: int,
        place: Callable[[Envelope], object],
    ) -> Envelope | None:
        envelope = self._accept(channel, copy, now, now + self.expiry, self._code(by), request, True)
        if envelope is not None and not (self.loss and self._lost_on_purpose(envelope, now)):
            place(envelope)
        return envelope

    def _to_members(
        self,
        group: str,
        content: Content,
        now: float,
        by: str,
        request: int,
        place: Callable[[Envelope], object],
    ) -> list[Envelope]:
        code, expires = self._code(by), now + self.expiry
        accept, loss, envelopes = self._accept, self.loss, []
        for channel in self.group_channels(group, now):
            envelope = accept(channel, content, now, expires, code, request, True)
            if envelope is not None:
                envelopes.append(envelope)
                if not (loss and self._lost_on_purpose(envelope, now)):
                    place(envelope)
        return envelopes

    def sweep(self, now: float) -> None:
        """Drop all that has expired by *now*. Only the books need this: an expired message is never received."""
        self._drop_all_expired(now)
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
        # what expired before this ended memberships before this
        self._drop_expired(self._checked(channel), now)
        self._groups.add(group, channel, now, by, request)

    def group_discard(self, group: str, channel: str, now: float, by: str = "", request: int = 0) -> None:
        """End the membership, if there is one."""
        check_group(group, self.era)
        self._drop_expired(self._checked(channel), now)
        self._groups.leave(group, channel, now, by, request)

    def group_channels(self, group: str, now: float) -> list[str]:
        """The members of *group*, those first who asked longest ago."""
        check_group(group, self.era)
        if self._queues:
            # a message that expired unread may have ended a membership before its own time
            named = self._groups.named(group)
            for queue in dict.fromkeys(map(queue_of, named)) if self._shares else named:
                held = self._queues.get(queue)
                if held is not None and (held[0] if isinstance(held, deque) else held)[5] <= now:
                    self._drop_expired(queue, now)
        return self._groups.members(group, now, self.name)

    def _leave_all(self, channel: str, now: float) -> None:
        self._groups.leave_all(channel, now, self.name)

    def _group_row(self, event: int, group: str, channel: str, now: float, by: str, request: int) -> None:
        if self._add is not None:
            code = self._code
            self._add(packed(now, event, code(by), code(channel), 0, request, code(group)))

    # -- names ---------------------------------------------------------------

    def new_channel(self, pattern: str) -> str:
        """An unused channel name: *pattern*, which ends in ``!`` or ``?`` as the era allows, and random letters.

        Raises ValueError for a pattern that does not.
        """
        makes = self._makes.get(pattern) if isinstance(pattern, str) else None
        if makes is None:
            makes = self.channels_like(pattern)
            if len(self._makes) < KEPT:
                self._makes[pattern] = makes
        return makes()

    def channels_like(self, pattern: str) -> Callable[[], str]:
        """What makes new channels of one *pattern*; see :meth:`new_channel`."""
        marks, letters = self.era.new_channel_marks, self.era.random_letters
        if not isinstance(pattern, str) or not pattern or pattern[-1] not in marks:
            allowed = " or ".join(map(repr, marks))
            raise ValueError(
                f"the pattern of a new channel ends in {allowed} in {self.era.name}, {pattern!r} does not"
            )
        check_channel(pattern + "x" * letters, self.era)
        bits, queues, listeners = self._random.getrandbits, self._queues, self._listeners
        number = 8 * letters

        def make() -> str:
            while True:
                name = pattern + bits(number).to_bytes(letters, "little").translate(_LETTERS).decode()
                if name not in queues and name not in listeners:
                    return name

        return make

    # -- figures -------------------------------------------------------------

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
        pending = number_of(held) + self._coming_to.get(queue, 0)
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

    def _age(self, held: Held, now: float) -> float:
        """Seconds since the oldest message was sent."""
        oldest = held[0] if isinstance(held, deque) else held
        return max(now + self.expiry - oldest.expires, 0.0)


def _stay(channel: str, now: float) -> None:
    """What becomes of a member whose message expired, in a layer that does not evict."""

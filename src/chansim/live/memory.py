"""InMemoryLayer: LayerCore, a lock and the wall clock. A real channel layer, within one process.

No rule is in this file: the core decides. The lock is never held while
application code runs.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random

from chansim.channels.session_store import SessionStore
from chansim.layer.capacity import Pattern
from chansim.layer.contract import ChannelFull, Content, MessageTooLarge
from chansim.layer.core import Envelope, LayerCore, Listener
from chansim.layer.eras import Era, era_called
from chansim.layer.statistics import Figures
from chansim.live.waiting import Waiter, Waiters
from chansim.trace import Recorder


class InMemoryLayer:
    """A thread-safe channel layer, for any number of senders and receivers.

    *expiry* and *group_expiry* in seconds; *capacity* in messages a channel;
    all three are the *era*'s where they are not given (60, 86400 and 10 in
    June 2016). *channel_capacity*: other numbers for channels whose name
    matches a glob or a compiled regular expression. *era*: a name or an Era.
    *loss*, *evicts* and *copies*: see LayerCore. *clock*, *random*,
    *recorder* and *name* are for runs that are traced; the recorder may be a
    plain one, if nobody but this layer writes to it.

    Raises ValueError for an option that makes no sense.
    """

    ChannelFull = ChannelFull
    MessageTooLarge = MessageTooLarge
    extensions = ("groups", "flush", "statistics")

    def __init__(
        self,
        expiry: float | None = None,
        group_expiry: float | None = None,
        capacity: int | None = None,
        channel_capacity: Mapping[Pattern, int] | Mapping[str, int] | None = None,
        era: str | Era = "june2016",
        *,
        loss: float = 0.0,
        evicts: bool = True,
        copies: bool = True,
        clock: Callable[[], float] = time.monotonic,
        random: Random | None = None,
        recorder: Recorder | None = None,
        name: str = "layer",
    ):
        self.era = era_called(era)
        self._core = LayerCore(
            capacity=self.era.memory_capacity if capacity is None else capacity,
            expiry=self.era.expiry if expiry is None else expiry,
            group_expiry=self.era.group_expiry if group_expiry is None else group_expiry,
            channel_capacity=channel_capacity,
            era=self.era,
            loss=loss,
            evicts=evicts,
            copies=copies,
            random=random,
            recorder=recorder,
            name=name,
        )
        self.expiry = self._core.expiry
        self.group_expiry = self._core.group_expiry
        self.capacity = self._core.capacity
        self._clock = clock
        self._lock = threading.RLock()  # a __del__ may call the layer amid any of its calls: it must not hang
        self._waiters = Waiters()
        self._closed = False
        self._sessions: SessionStore | None = None

    # -- sending

    def send(self, channel: str, content: Content, *, by: str = "", request: int = 0) -> None:
        """Put a message at the end of *channel*.

        Raises ChannelFull, MessageTooLarge, InvalidName, TypeError and
        ValueError as LayerCore.admit does. It never waits.
        """
        # before the lock: a large one takes its time, and may be a class of one's own
        content = self._core.copy(content)
        with self._lock:
            self._core.send_copy(channel, content, self._clock(), by, request)
            if self._waiters:
                self._wake_at(channel)

    def offer(self, channel: str, content: Content, *, by: str = "", request: int = 0) -> bool:
        """As send, but where the channel is full, False: nothing is lost, and it may be tried again."""
        with self._lock:
            if not self._core.has_room(channel, self._clock()):
                return False
            self._core.send(channel, content, self._clock(), by, request)
            if self._waiters:
                self._wake_at(channel)
            return True

    def send_group(self, group: str, content: Content, *, by: str = "", request: int = 0) -> int:
        """Send to each member; how many copies found room. A full member misses it."""
        content = self._core.copy(content)
        with self._lock:
            envelopes = self._core.send_copies(group, content, self._clock(), by, request)
            for envelope in envelopes if self._waiters else ():
                self._wake_at(envelope.channel)
            return len(envelopes)

    def send_member(self, channel: str, copy: Content, *, by: str = "", request: int = 0) -> bool:
        """Send one copy of a group send, where another layer keeps the group; whether there was room."""
        with self._lock:
            envelope = self._core.send_member(channel, copy, self._clock(), by, request)
            if envelope is not None and self._waiters:
                self._wake_at(channel)
            return envelope is not None

    def copy(self, content: Content) -> Content:
        """What is sent in place of *content*, to be given to :meth:`send_member`. Raises as :meth:`send` does."""
        return self._core.copy(content)

    def resend(self, envelope: Envelope, channel: str) -> None:
        """Send a received message on to *channel*, as part of the request it belongs to. Raises ChannelFull."""
        self.send(channel, envelope.content, request=envelope.request)

    # -- receiving

    def receive_many(
        self, channels: Iterable[str], block: bool = False, timeout: float | None = None
    ) -> tuple[str, Content] | tuple[None, None]:
        """The next message of one of *channels* with that channel's name, or ``(None, None)``.

        With *block* it waits for one, for *timeout* seconds at most if that is
        given. It does not wait for no channels at all, nor after close().
        Raises TypeError for anything but several names, InvalidName for one
        that nobody can receive from, ValueError for a timeout that is no
        number of seconds.
        """
        envelope = self.take(channels, block, timeout)
        return (None, None) if envelope is None else (envelope.channel, envelope.content)

    receive = receive_many  #: its name from November 2016 on

    def take(
        self, channels: Iterable[str], block: bool = False, timeout: float | None = None, by: str = ""
    ) -> Envelope | None:
        """As receive_many, but with the message's envelope, and in the name of *by*."""
        if not isinstance(channels, (list, tuple, str)):
            channels = tuple(channels)  # before the lock: whose code knows what gives them
        if not block:
            with self._lock:
                return self._core.receive_many(channels, self._clock(), by)
        return self._wait(channels if isinstance(channels, str) else tuple(channels), timeout, by)

    def receive_at_once(self, channels: Sequence[str]) -> Envelope | None:
        """A message that waits in one of *channels* now, if there is one."""
        return self.take(channels)

    def take_for(
        self, listener: Listener, by: str = "", block: bool = False, timeout: float | None = None
    ) -> Envelope | None:
        """The next message for *listener*, if there is one; with *block* it is waited for, as in receive_many."""
        if not block:
            with self._lock:
                return self._core.receive_for(listener, self._clock(), by)
        return self._wait(listener, timeout, by)

    def listen(self, listener: Listener, channel: str) -> None:
        """From now on *listener* reads *channel*."""
        with self._lock:
            self._core.listen(listener, channel)
            for _ in range(self._core.holds(channel) if self._waiters else 0):
                self._waiters.wake_at(listener)

    def stop_listening(self, channel: str) -> None:
        """From now on nobody reads *channel*."""
        with self._lock:
            self._core.stop_listening(channel)
            for _ in range(self._core.holds(channel) if self._waiters else 0):
                self._waiters.wake_at(channel)

    # -- waiting

    def _wait(self, wanted: Sequence[str] | Listener, timeout: float | None, by: str) -> Envelope | None:
        until = None if timeout is None else time.monotonic() + seconds_of(timeout)
        gate = threading.Lock()
        gate.acquire()
        envelope, waiter = self.look_or_wait(wanted, gate.release, by)
        while waiter is not None:
            try:
                left = (
                    -1.0 if until is None else min(max(until - time.monotonic(), 0.0), threading.TIMEOUT_MAX)
                )
                in_time = gate.acquire(timeout=left)
            except BaseException:  # a KeyboardInterrupt
                self.stop_waiting(waiter)
                raise
            envelope, waiter = self.look_again(waiter, wanted, by, in_time)
        return envelope

    def look_or_wait(
        self, wanted: Sequence[str] | Listener, wake: Callable[[], object], by: str = ""
    ) -> tuple[Envelope | None, Waiter | None]:
        """A message that is wanted; or None, and the one who waits for it from now on; or None twice.

        *wanted* are names, or what a Listener listens for. *wake* is called, in
        whatever thread, when it is time to :meth:`look_again`; it has to be
        quick, and may not call the layer. Nobody waits for no names at all, nor
        after close(). For those who build a way to wait, as asynchronous.py does.
        """
        with self._lock:
            envelope = self._look(wanted, by)
            if envelope is not None or self._closed or wanted == ():
                return envelope, None
            waiter = Waiter((wanted,) if isinstance(wanted, Listener) else wanted, wake)
            self._waiters.add(waiter)
            return None, waiter

    def look_again(
        self, waiter: Waiter, wanted: Sequence[str] | Listener, by: str = "", patient: bool = True
    ) -> tuple[Envelope | None, Waiter | None]:
        """As look_or_wait, for one who was woken, or, not *patient*, whose time is up."""
        with self._lock:
            self._waiters.remove(waiter)
            envelope = None
            if isinstance(waiter.woken_at, str):
                envelope = self._core.receive(waiter.woken_at, self._clock(), by)
            if envelope is None:
                envelope = self._look(wanted, by)
            if envelope is not None or self._closed or not patient:
                return envelope, None
            waiter.woken_at = None
            self._waiters.add(waiter)
            return None, waiter

    def stop_waiting(self, waiter: Waiter) -> None:
        """It goes away without a message. If it was woken for one, the next who waits is."""
        with self._lock:
            self._waiters.remove(waiter)
            place = waiter.woken_at
            if place is not None and (
                place.holding if isinstance(place, Listener) else self._core.holds(place)
            ):
                self._waiters.wake_at(place)

    def _look(self, wanted: Sequence[str] | Listener, by: str) -> Envelope | None:
        if isinstance(wanted, Listener):
            return self._core.receive_for(wanted, self._clock(), by)
        return self._core.receive_many(wanted, self._clock(), by)

    def _wake_at(self, channel: str) -> None:
        """Wake one who waits for what was sent to *channel*."""
        listener = self._core.listener_of(channel)
        if listener is None or not self._waiters.wake_at(listener):
            self._waiters.wake_at(self._core.queue(channel))

    # -- groups and names

    def new_channel(self, pattern: str) -> str:
        """An unused channel name: *pattern*, which ends in ``!`` or ``?`` as the era allows, and random letters."""
        with self._lock:
            return self._core.new_channel(pattern)

    def group_add(self, group: str, channel: str, *, by: str = "", request: int = 0) -> None:
        """Make *channel* a member of *group*, or refresh its membership."""
        with self._lock:
            self._core.group_add(group, channel, self._clock(), by, request)

    def group_discard(self, group: str, channel: str, *, by: str = "", request: int = 0) -> None:
        """End the membership, if there is one."""
        with self._lock:
            self._core.group_discard(group, channel, self._clock(), by, request)

    def group_channels(self, group: str) -> list[str]:
        """The members of *group*."""
        with self._lock:
            return self._core.group_channels(group, self._clock())

    # -- all of it

    def flush(self) -> None:
        """Forget all messages and all groups."""
        with self._lock:
            self._core.flush(self._clock())

    def global_statistics(self) -> Figures:
        """Figures of all channels together; chansim.layer.statistics says what each is."""
        with self._lock:
            return self._core.global_statistics(self._clock())

    def channel_statistics(self, channel: str) -> Figures:
        """Figures of one channel."""
        with self._lock:
            return self._core.channel_statistics(channel, self._clock())

    def sweep(self) -> None:
        """Drop what has expired; only the books need this."""
        with self._lock:
            self._core.sweep(self._clock())

    def close(self) -> None:
        """Let nobody wait any more: a blocking receive returns at once."""
        with self._lock:
            self._closed = True
            self._waiters.wake_all()

    # -- what consumers ask of a layer, for those who call them without a worker

    @property
    def sessions(self) -> SessionStore:
        """The sessions of whoever uses this layer."""
        with self._lock:
            if self._sessions is None:
                self._sessions = SessionStore()
            return self._sessions

    def afterwards(self, function: Callable[[], None]) -> None:
        """Call *function* once the calls made so far have taken effect: they have."""
        function()


def seconds_of(timeout: float) -> float:
    """*timeout*, which may be endless, and is no time at all below 0. Raises ValueError for what is no number."""
    if not isinstance(timeout, (int, float)) or timeout != timeout:
        raise ValueError(f"timeout={timeout!r} must be a number of seconds, or None to wait for ever")
    return max(timeout, 0.0)

"""RedisLayer: a channel layer that any number of processes and machines share, on one or several Redis servers.

What is here is what a process does by itself: it checks names and contents, finds the server that is to be asked,
waits, and writes the trace. The rules are in redis.lua, where nobody comes in between.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from random import Random
from typing import Protocol

from chansim.channels.session_store import SessionStore
from chansim.layer.capacity import Capacity, Pattern
from chansim.layer.content import copied
from chansim.layer.contract import ChannelFull, Content, MessageTooLarge
from chansim.layer.core import Envelope, LayerCore, Listener
from chansim.layer.eras import Era, era_called
from chansim.layer.names import check_channel, check_group, check_readable, one_reader, queue_of
from chansim.layer.shards import shard_of
from chansim.layer.statistics import Figures, together
from chansim.live.memory import seconds_of
from chansim.live.message_bytes import body, head, numbers, packed, tail, unpacked
from chansim.live.redis_host import Answer, LayerUnavailable, RedisHost
from chansim.live.waiting import Waiter, Waiters
from chansim.trace import JOINED, LEFT, LOST, RECEIVED, SENT, Recorder

__all__ = ["LayerUnavailable", "RedisLayer"]

GLANCE = 5.0
"""Seconds after which one who waits looks by himself, whatever he was told: a connection may die in silence."""

NO_DRAW = 0.0


class Draws(Protocol):
    """Where requests' own draws are kept (see World.draw): they travel with the messages."""

    def of(self, request: int) -> float: ...
    def learn(self, request: int, draw: float) -> None: ...


class RedisLayer:
    """A thread-safe channel layer on the Redis servers *hosts*, for any number of processes.

    *hosts*: addresses as ``redis://[:password@]host[:port][/database]``; of several, each name has its own by the
    era's rule, and normal channels are on all. Every process must name the same ones in the same order.
    *prefix*: what the layer's keys begin with. *expiry* and *group_expiry* in seconds, *capacity* in messages a
    channel (on each host, for a normal one): the *era*'s where they are not given (60, 86400 and 100 in June 2016).
    *channel_capacity*: other numbers for channels whose name matches a glob or a compiled regular expression.
    *loss*: the share of messages that is lost on purpose. *clock*, *random*, *recorder*, *draws* and *name* are for
    runs that are traced; without a *clock* the servers' own counts, so the machines' may differ.

    Every call that asks a server may raise LayerUnavailable. Raises ValueError for an option that makes no sense,
    ImportError where redis-py or msgpack is not installed (the extra ``redis``).
    """

    ChannelFull = ChannelFull
    MessageTooLarge = MessageTooLarge
    LayerUnavailable = LayerUnavailable
    extensions = ("groups", "flush", "statistics")

    def __init__(
        self,
        hosts: Sequence[str] = ("redis://localhost:6379",),
        prefix: str = "chansim:",
        expiry: float | None = None,
        group_expiry: float | None = None,
        capacity: int | None = None,
        channel_capacity: Mapping[Pattern, int] | Mapping[str, int] | None = None,
        era: str | Era = "june2016",
        *,
        loss: float = 0.0,
        clock: Callable[[], float] | None = None,
        random: Random | None = None,
        recorder: Recorder | None = None,
        draws: Draws | None = None,
        name: str = "layer",
    ):
        self.era = era_called(era)
        self.expiry = self.era.expiry if expiry is None else expiry
        self.group_expiry = self.era.group_expiry if group_expiry is None else group_expiry
        self.capacity = self.era.shared_capacity if capacity is None else capacity
        self.name = name
        self.loss = loss
        if isinstance(hosts, str) or not hosts:
            raise ValueError(
                f"a layer's hosts={hosts!r} must be addresses in a list: ['redis://localhost:6379']"
            )
        if not isinstance(prefix, str):
            raise ValueError(f"a layer's prefix={prefix!r} must be text")
        self._random = random or Random()
        self._capacity = Capacity(self.capacity, channel_capacity)  # type: ignore[arg-type]
        # an empty one, for what needs no server: it checks the options, and makes names
        core = LayerCore(
            expiry=self.expiry, group_expiry=self.group_expiry, loss=loss, era=self.era, random=self._random
        )
        self._new_name = core.new_channel
        self._recorder = recorder
        self._clock = clock
        self._draws = draws
        self._lock = threading.RLock()
        self._waiters = Waiters()
        self._listeners: dict[str, Listener] = {}
        self._closed = threading.Event()
        self._turn = [-1, -1]  # the host of the last send to a normal channel, and of the last receive
        self._sessions: SessionStore | None = None
        self._hosts = [
            RedisHost(
                host,
                prefix,
                self.group_expiry,
                self.expiry,
                self.era.shared_replies,
                recorder is not None,
                clock,
                self._heard,
            )
            for host in hosts
        ]

    # -- sending

    def send(self, channel: str, content: Content, *, by: str = "", request: int = 0) -> None:
        """Put a message at the end of *channel*.

        Raises ChannelFull, MessageTooLarge, InvalidName, TypeError, ValueError and LayerUnavailable.
        """
        if not self._send(channel, content, by, request, "full"):
            raise ChannelFull(
                f"channel {self._queue(channel)!r} of layer {self.name!r} holds "
                f"{self._capacity.of(self._queue(channel))} messages, its capacity; nobody reads them fast enough"
            )

    def offer(self, channel: str, content: Content, *, by: str = "", request: int = 0) -> bool:
        """As send, but where the channel is full, False: nothing is lost, and it may be tried again."""
        return self._send(channel, content, by, request, "")

    def send_member(self, channel: str, copy: Content, *, by: str = "", request: int = 0) -> bool:
        """Send one copy of a group send, where another layer keeps the group; whether there was room."""
        return self._send(channel, copy, by, request, "group member full")

    def _send(self, channel: str, content: Content, by: str, request: int, cause: str) -> bool:
        """Whether there was room. A refusal counts, and is a loss, where it has a *cause*."""
        data = packed(copied(content))
        check_channel(channel, self.era)
        queue = self._queue(channel)
        number = self._recorder.new_message() if self._recorder else 0
        aside = bool(self.loss) and self._random.random() < self.loss
        rest = b"" if aside else body(number, self._tail(request), channel, data)
        row, begun = self._row(channel, number, request), self._now()
        try:
            answer = self._host_to_send(queue).call(
                "send", queue, self._capacity.of(queue), rest, b"1" if cause else b""
            )
        except LayerUnavailable:
            if row and cause:  # whether it is there is found out later, if at all
                row(begun, SENT, by)
            raise
        self._note(answer)
        if row and (answer.result or cause):
            row(begun, SENT, by)
            if not answer.result:
                row(self._now(), LOST, by, cause)
            elif aside:
                row(self._now(), LOST, self.name, "resilience testing")
        return bool(answer.result)

    def send_group(self, group: str, content: Content, *, by: str = "", request: int = 0) -> int:
        """Send to each member; how many copies found room. A full member misses it. One call to each host."""
        data, tail = packed(copied(content)), self._tail(request)
        check_group(group, self.era)
        reached = 0
        for host in self._hosts:
            begun = self._now()
            them: list[int] = []
            while True:
                answer = host.call(
                    "send_group",
                    group,
                    self.capacity,
                    b"1" if self._capacity else b"",
                    numbers(them),
                    tail,
                    data,
                    repr(self.loss),
                    self._random.getrandbits(31) if self.loss else 0,
                )
                self._note(answer)
                if len(answer.result) > 1:
                    break
                assert self._recorder is not None
                them += [self._recorder.new_message() for _ in range(answer.result[0] - len(them))]
            found_room, outcome, members = answer.result
            reached += found_room
            if self._recorder is not None:
                ended = self._now()
                for place, channel in enumerate(members.decode().split()):
                    row = self._row(channel, them[place], request)
                    assert row is not None
                    row(begun, SENT, by)
                    if outcome[place] == ord("0"):
                        row(ended, LOST, by, "group member full")
                    elif outcome[place] == ord("2"):
                        row(ended, LOST, self.name, "resilience testing")
        return reached

    def copy(self, content: Content) -> Content:
        """What is sent in place of *content*, to be given to :meth:`send_member`. Raises as :meth:`send` does."""
        return copied(content)

    def resend(self, envelope: Envelope, channel: str) -> None:
        """Send a received message on to *channel*, as part of the request it belongs to. Raises ChannelFull."""
        self.send(channel, envelope.content, request=envelope.request)

    # -- receiving

    def receive_many(
        self, channels: Iterable[str], block: bool = False, timeout: float | None = None
    ) -> tuple[str, Content] | tuple[None, None]:
        """The next message of one of *channels* with that channel's name, or ``(None, None)``.

        With *block* it waits for one, for *timeout* seconds at most if that is given. It does not wait for no channels
        at all, nor after close(). Raises TypeError for anything but several names, InvalidName for one that nobody can
        receive from, ValueError for a timeout that is no number of seconds, LayerUnavailable, also while it waits.
        """
        envelope = self.take(channels, block, timeout)
        return (None, None) if envelope is None else (envelope.channel, envelope.content)

    receive = receive_many  #: its name from November 2016 on

    def take(
        self, channels: Iterable[str], block: bool = False, timeout: float | None = None, by: str = ""
    ) -> Envelope | None:
        """As receive_many, but with the message's envelope, and in the name of *by*."""
        names = self._names(channels)
        return self._wait(names, timeout, by) if block else self._look(names, by)

    def receive_at_once(self, channels: Sequence[str]) -> Envelope | None:
        """A message that waits in one of *channels* now, if there is one."""
        return self.take(channels)

    def take_for(
        self, listener: Listener, by: str = "", block: bool = False, timeout: float | None = None
    ) -> Envelope | None:
        """The next message for *listener*, if there is one; with *block* it is waited for, as in receive_many."""
        return self._wait(listener, timeout, by) if block else self._look(listener, by)

    def listen(self, listener: Listener, channel: str) -> None:
        """From now on *listener* reads *channel*."""
        check_readable(channel, self.era)
        with self._lock:
            self._listeners[channel] = listener
        for host in self._hosts_of(channel):
            if self._note(host.call("listen", host.ear(), channel)).result:
                self._heard(host, [channel])

    def stop_listening(self, channel: str) -> None:
        """From now on nobody reads *channel*."""
        with self._lock:
            listener = self._listeners.pop(channel, None)
            if listener is not None:
                listener.holding.pop(channel, None)
        if listener is not None:
            for host in self._hosts_of(channel):
                self._note(host.call("forget", host.ear(), channel))

    # -- waiting

    def _wait(self, wanted: Sequence[str] | Listener, timeout: float | None, by: str) -> Envelope | None:
        until = None if timeout is None else time.monotonic() + seconds_of(timeout)
        gate = threading.Lock()
        gate.acquire()
        envelope, waiter = self.look_or_wait(wanted, gate.release, by)
        while waiter is not None:
            try:
                left = GLANCE if until is None else min(max(until - time.monotonic(), 0.0), GLANCE)
                woken = gate.acquire(timeout=left)
            except BaseException:  # a KeyboardInterrupt
                self.stop_waiting(waiter)
                raise
            in_time = woken or until is None or time.monotonic() < until
            envelope, waiter = self.look_again(waiter, wanted, by, in_time)
        return envelope

    def look_or_wait(
        self, wanted: Sequence[str] | Listener, wake: Callable[[], object], by: str = ""
    ) -> tuple[Envelope | None, Waiter | None]:
        """See InMemoryLayer.look_or_wait. *wake* may be called before this returns."""
        if isinstance(wanted, Listener):
            waiter = Waiter((wanted,), wake)
        else:
            wanted = self._names(wanted)
            waiter = Waiter(wanted, wake)
        return self._look_waiting(waiter, wanted, by, bool(waiter.places))

    def look_again(
        self, waiter: Waiter, wanted: Sequence[str] | Listener, by: str = "", patient: bool = True
    ) -> tuple[Envelope | None, Waiter | None]:
        """See InMemoryLayer.look_again."""
        with self._lock:
            self._waiters.remove(waiter)
            place, waiter.woken_at = waiter.woken_at, None
        if self._closed.is_set():
            return None, None
        try:
            if isinstance(place, str):
                envelope = self._look((place,), by)
                if envelope is not None:
                    return envelope, None
        except BaseException as error:
            with self._lock:
                self._waiters.wake_at(place)
            if self._closed.is_set() and isinstance(error, LayerUnavailable):  # closed while it looked
                return None, None
            raise
        return self._look_waiting(waiter, wanted, by, patient)

    def _look_waiting(
        self, waiter: Waiter, wanted: Sequence[str] | Listener, by: str, patient: bool
    ) -> tuple[Envelope | None, Waiter | None]:
        """Look as one who waits already, so that what comes meanwhile wakes him."""
        with self._lock:
            patient = patient and not self._closed.is_set()
            if patient:
                self._waiters.add(waiter)
            if self._closed.is_set():
                return None, None
        try:
            envelope = self._look(wanted, by, patient)
        except BaseException as error:
            self.stop_waiting(waiter)
            if self._closed.is_set() and isinstance(error, LayerUnavailable):  # closed while it looked
                return None, None
            raise
        if envelope is not None or not patient:
            self.stop_waiting(waiter)
            return envelope, None
        return None, waiter

    def stop_waiting(self, waiter: Waiter) -> None:
        """It goes away without a message. If it was woken for one, the next who waits is."""
        with self._lock:
            self._waiters.remove(waiter)
            place, waiter.woken_at = waiter.woken_at, None
            if place is not None:
                self._waiters.wake_at(place)

    def _heard(self, host: RedisHost, queues: list[str] | None) -> None:
        """Something was sent to these queues; None: something may have been, to any."""
        if queues is None:
            threading.Thread(target=self._listen_again, daemon=True).start()
            return
        nobody = []
        with self._lock:
            for queue in queues:
                listener = self._listeners.get(queue)
                if listener is not None:
                    listener.holding[queue] = None
                    self._waiters.wake_at(listener)
                elif not self._waiters.wake_at(queue):
                    nobody.append(queue)
        if nobody and not self._closed.is_set():
            with suppress(LayerUnavailable):  # then it has forgotten already
                self._note(host.call("forget", host.ear(), *dict.fromkeys(nobody)))
            with self._lock:
                for queue in nobody:  # somebody may have come just now, and asked to be told just before
                    self._waiters.wake_at(queue)

    def _listen_again(self) -> None:
        """A server was lost, or is there again: it may have forgotten who listens. Who waits looks by himself."""
        with self._lock:
            listened = list(self._listeners.items())
        with suppress(LayerUnavailable):  # the ear says when it is there again
            for channel, listener in listened:
                with self._lock:
                    if self._listeners.get(channel) is not listener:
                        continue
                self.listen(listener, channel)
        with self._lock:
            self._waiters.wake_all()

    # -- looking

    def _look(self, wanted: Sequence[str] | Listener, by: str, ask: bool = False) -> Envelope | None:
        """A message that is wanted, now. If there is none, and the layer was *ask*ed to, it says when one comes."""
        if isinstance(wanted, Listener):
            return self._look_for(wanted, by)
        names = list(wanted)
        if len(names) > 1:
            self._random.shuffle(names)
        for host, here in self._places(names):
            ear = host.ear() if ask else ""
            envelope = self._received(host.call("take", ear, *here), by)
            if envelope is not None:
                return envelope
        return None

    def _look_for(self, listener: Listener, by: str) -> Envelope | None:
        while True:
            with self._lock:
                if not listener.holding:
                    return None
                queue, _ = listener.holding.popitem(last=False)
            for host in self._hosts_of(queue):
                try:
                    answer = host.call("take", "", queue)
                except LayerUnavailable:
                    self._heard(host, [queue])
                    raise
                if answer.result and answer.result[2]:
                    with self._lock:
                        if self._listeners.get(queue) is listener:
                            listener.holding[queue] = None  # to the back: the others' turn first
                envelope = self._received(answer, by)
                if envelope is not None:
                    return envelope

    def _received(self, answer: Answer, by: str) -> Envelope | None:
        self._note(answer)
        if not answer.result:
            return None
        about, data = head(answer.result[0])
        code = 0
        if self._draws is not None and about.request:
            self._draws.learn(about.request, about.draw)
        if self._recorder is not None:
            code = self._recorder.code(about.channel)
            self._recorder.write(
                self._now(), RECEIVED, self._recorder.code(by), code, about.message, about.request
            )
        return Envelope(
            about.channel, code, unpacked(data), about.message, about.request, about.expires, False
        )

    def _places(self, names: list[str]) -> Iterable[tuple[RedisHost, list[str]]]:
        """Whom to ask for which of these, in which order: of several hosts the era draws the first to be asked."""
        if len(self._hosts) == 1:
            return [(self._hosts[0], names)] if names else []
        first = self._next(1)
        order = [*range(first, len(self._hosts)), *range(first)]
        found = []
        for place in order:
            here = [name for name in names if not one_reader(name) or self._shard(name) == place]
            if here:
                found.append((self._hosts[place], here))
        return found

    def _names(self, channels: Iterable[str]) -> tuple[str, ...]:
        if isinstance(channels, str):
            raise TypeError(
                f"receive_many takes several channel names, in a list: [{channels!r}], not {channels!r}"
            )
        names = tuple(channels)
        for name in names:
            check_readable(name, self.era)
        return tuple(dict.fromkeys(names))

    # -- hosts

    def _shard(self, name: str) -> int:
        return shard_of(name, len(self._hosts), self.era)

    def _next(self, way: int) -> int:
        """The host for a normal channel: each in turn, or one at random, as the era has it."""
        if not self.era.shards_in_turn:
            return self._random.randrange(len(self._hosts))
        with self._lock:
            self._turn[way] = (self._turn[way] + 1) % len(self._hosts)
            return self._turn[way]

    def _host_to_send(self, queue: str) -> RedisHost:
        if len(self._hosts) == 1:
            return self._hosts[0]
        return self._hosts[self._shard(queue) if one_reader(queue) else self._next(0)]

    def home(self, channel: str) -> int:
        """Which of its hosts keeps the memberships of *channel*."""
        return self._shard(channel)

    def _hosts_of(self, channel: str) -> list[RedisHost]:
        """Where messages of *channel* may be."""
        return [self._hosts[self._shard(channel)]] if one_reader(channel) else self._hosts

    # -- groups and names

    def new_channel(self, pattern: str) -> str:
        """An unused channel name: *pattern*, which ends in ``!`` or ``?`` as the era allows, and random letters.

        No server is asked: of so many names none comes twice.
        """
        with self._lock:
            return self._new_name(pattern)

    def group_add(self, group: str, channel: str, *, by: str = "", request: int = 0) -> None:
        """Make *channel* a member of *group*, or refresh its membership."""
        answer = self._of_group("group_add", group, channel, self._room(channel))
        if answer.result and self._recorder is not None:
            self._group_row(JOINED, group, channel, self._now(), by, request)

    def _room(self, channel: str) -> str:
        """What a queue may hold, where that is not the usual number: whoever sends to the group does not know it."""
        if not self._capacity or not isinstance(channel, str):
            return ""
        room = self._capacity.of(self._queue(channel))
        return "" if room == self.capacity else str(room)

    def group_discard(self, group: str, channel: str, *, by: str = "", request: int = 0) -> None:
        """End the membership, if there is one."""
        self._of_group("group_discard", group, channel, by=by, request=request)

    def _of_group(
        self, command: str, group: str, channel: str, *more: str, by: str = "", request: int = 0
    ) -> Answer:
        """A member is kept where its messages are, so that a group send asks each host once."""
        check_group(group, self.era)
        check_channel(channel, self.era)
        answer = self._hosts[self._shard(channel)].call(command, group, channel, *more)
        return self._note(answer, (group, channel), by, request)

    def group_channels(self, group: str) -> list[str]:
        """The members of *group*, those first who asked longest ago."""
        check_group(group, self.era)
        asked: list[tuple[float, str]] = []
        for host in self._hosts:
            told = self._note(host.call("group_channels", group)).result
            asked += [(float(told[n + 1]), told[n].decode()) for n in range(0, len(told), 2)]
        return [channel for _, channel in sorted(asked)]

    def _queue(self, channel: str) -> str:
        return queue_of(channel) if self.era.shared_replies else channel

    # -- all of it

    def flush(self) -> None:
        """Forget all messages and all groups."""
        for host in self._hosts:
            answer = self._note(host.call("flush"))
            self._lose(answer.result, "layer flushed", self._now())

    def sweep(self) -> None:
        """Drop what has expired; only the books need this."""
        for host in self._hosts:
            self._note(host.call("sweep"))

    def waiting(self) -> dict[int, str]:
        """The numbers of all messages that wait, and their channels."""
        heads = [head(entry)[0] for host in self._hosts for entry in self._note(host.call("heads")).result]
        return {about.message: about.channel for about in heads}

    def global_statistics(self) -> Figures:
        """Figures of all channels together; chansim.layer.statistics says what each is."""
        told = together([self._figures(host.call("global_statistics")) for host in self._hosts])
        told["count"] = told["messages_pending"]
        return told

    def channel_statistics(self, channel: str) -> Figures:
        """Figures of one channel."""
        check_channel(channel, self.era)
        queue = self._queue(channel)
        told = together(
            [self._figures(host.call("channel_statistics", queue)) for host in self._hosts_of(queue)]
        )
        told["length"], told["age"] = told["messages_pending"], told["messages_max_age"]
        if "messages_count_per_second" in told:
            told["per_second"] = told["messages_count_per_second"]
        return told

    def _figures(self, answer: Answer) -> Figures:
        self._note(answer)
        accepted, full, accepted_now, full_now, pending, first = answer.result
        told: Figures = {
            "messages_pending": int(pending),
            "messages_max_age": max(answer.now + self.expiry - float(first), 0.0) if first else None,
        }
        if accepted:
            told |= {
                "messages_count": int(accepted),
                "messages_count_per_second": int(accepted_now),
                "channel_full_count": int(full),
                "channel_full_count_per_second": int(full_now),
            }
        return told

    def close(self) -> None:
        """Let nobody wait any more: a blocking receive returns at once. Let go of all connections."""
        with self._lock:
            self._closed.set()
            self._waiters.wake_all()
        for host in self._hosts:
            host.close()

    # -- the trace

    def _now(self) -> float:
        return self._clock() if self._clock is not None else time.time()

    def _tail(self, request: int) -> bytes:
        return tail(request, self._draws.of(request) if self._draws and request else NO_DRAW)

    def _row(self, channel: str, message: int, request: int) -> Callable[..., None] | None:
        """Writes rows about one message: when, the event, whose, and a detail."""
        recorder = self._recorder
        if recorder is None:
            return None
        place = recorder.code(channel)

        def write(moment: float, event: int, by: str, detail: str = "") -> None:
            recorder.write(moment, event, recorder.code(by), place, message, request, recorder.code(detail))

        return write

    def _group_row(self, event: int, group: str, channel: str, moment: float, by: str, request: int) -> None:
        recorder = self._recorder
        if recorder is not None:
            recorder.write(
                moment, event, recorder.code(by), recorder.code(channel), 0, request, recorder.code(group)
            )

    def _note(
        self, answer: Answer, asked: tuple[str, str] | None = None, by: str = "", request: int = 0
    ) -> Answer:
        """Write down what has ended, by itself or, the membership *asked* to, because of *by*."""
        if self._recorder is not None and (answer.left or answer.expired):
            self._recorder.disorder()
            for group, channel, moment in answer.left:
                mine = (group, channel) == asked
                self._group_row(
                    LEFT, group, channel, moment, by if mine else self.name, request if mine else 0
                )
            self._lose(answer.expired, "expired")
        return answer

    def _lose(self, heads: Sequence[bytes], cause: str, moment: float | None = None) -> None:
        for entry in heads:
            about, _ = head(entry)
            row = self._row(about.channel, about.message, about.request)
            if row is not None:
                row(about.expires if moment is None else moment, LOST, self.name, cause)

    # -- what consumers ask of a layer, for those who call them without a worker

    @property
    def sessions(self) -> SessionStore:
        """The sessions of whoever uses this layer, kept in this process; a run shares them through Redis."""
        with self._lock:
            if self._sessions is None:
                self._sessions = SessionStore()
            return self._sessions

    def afterwards(self, function: Callable[[], None]) -> None:
        """Call *function* once the calls made so far have taken effect: they have."""
        function()

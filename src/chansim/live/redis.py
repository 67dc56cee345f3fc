"""RedisLayer: a channel layer that any number of processes and machines share, on one or several Redis servers.

What is here is what a process does by itself: it checks names and contents and asks the servers (``redis_hosts.py``);
who reads and waits is in ``redis_reader.py``, what the trace is told in ``redis_rows.py``. The rules are in redis.lua,
where nobody comes in between.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random

from chansim.channels.session_store import SessionStore
from chansim.layer.capacity import Capacity, Pattern
from chansim.layer.content import copied
from chansim.layer.contract import ChannelFull, Content, MessageTooLarge
from chansim.layer.core import Envelope, LayerCore, Listener
from chansim.layer.eras import Era, era_called
from chansim.layer.names import check_channel, check_group, queue_of
from chansim.layer.statistics import Figures, together
from chansim.live.message_bytes import body, head, numbers, packed
from chansim.live.redis_host import Answer, LayerUnavailable, RedisHost
from chansim.live.redis_hosts import RedisHosts
from chansim.live.redis_reader import RedisReader
from chansim.live.redis_rows import Draws, RedisRows
from chansim.trace import JOINED, LOST, SENT, Recorder

__all__ = ["LayerUnavailable", "RedisLayer"]


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
        self._rows = RedisRows(recorder, clock, draws, name)
        reader = self._reader = RedisReader(self._rows, self.era, self._random)
        self._waiters = reader.waiters
        self.listen, self.stop_listening = reader.listen, reader.stop_listening
        self.look_or_wait, self.look_again = reader.look_or_wait, reader.look_again
        self.stop_waiting = reader.stop_waiting
        self._lock = threading.Lock()
        self._sessions: SessionStore | None = None
        settings = self.group_expiry, self.expiry, self.era.shared_replies, recorder is not None, clock
        servers = [RedisHost(host, prefix, *settings, reader.heard) for host in hosts]
        self._hosts = reader.hosts = RedisHosts(servers, self.era, self._random)
        self.home = self._hosts.home

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
        rest = b"" if aside else body(number, self._rows.tail(request), channel, data)
        row, begun = self._rows.row(channel, number, request), self._rows.now()
        try:
            answer = self._hosts.to_send(queue).call(
                "send", queue, self._capacity.of(queue), rest, b"1" if cause else b""
            )
        except LayerUnavailable:
            if row and cause:  # whether it is there is found out later, if at all
                row(begun, SENT, by)
            raise
        self._rows.note(answer)
        if row and (answer.result or cause):
            row(begun, SENT, by)
            if not answer.result:
                row(self._rows.now(), LOST, by, cause)
            elif aside:
                row(self._rows.now(), LOST, self.name, "resilience testing")
        return bool(answer.result)

    def send_group(self, group: str, content: Content, *, by: str = "", request: int = 0) -> int:
        """Send to each member; how many copies found room. A full member misses it. One call to each host."""
        data, tail = packed(copied(content)), self._rows.tail(request)
        check_group(group, self.era)
        reached = 0
        for host in self._hosts.all:
            begun = self._rows.now()
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
                self._rows.note(answer)
                if len(answer.result) > 1:
                    break
                assert self._recorder is not None
                them += [self._recorder.new_message() for _ in range(answer.result[0] - len(them))]
            found_room, outcome, members = answer.result
            reached += found_room
            if self._recorder is not None:
                ended = self._rows.now()
                for place, channel in enumerate(members.decode().split()):
                    row = self._rows.row(channel, them[place], request)
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
        names = self._reader.names(channels)
        return self._reader.wait(names, timeout, by) if block else self._reader.look(names, by)

    def receive_at_once(self, channels: Sequence[str]) -> Envelope | None:
        """A message that waits in one of *channels* now, if there is one."""
        return self.take(channels)

    def take_for(
        self, listener: Listener, by: str = "", block: bool = False, timeout: float | None = None
    ) -> Envelope | None:
        """The next message for *listener*, if there is one; with *block* it is waited for, as in receive_many."""
        return self._reader.wait(listener, timeout, by) if block else self._reader.look(listener, by)

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
            self._rows.group_row(JOINED, group, channel, self._rows.now(), by, request)

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
        answer = self._hosts.all[self.home(channel)].call(command, group, channel, *more)
        return self._rows.note(answer, (group, channel), by, request)

    def group_channels(self, group: str) -> list[str]:
        """The members of *group*, those first who asked longest ago."""
        check_group(group, self.era)
        asked: list[tuple[float, str]] = []
        for host in self._hosts.all:
            told = self._rows.note(host.call("group_channels", group)).result
            asked += [(float(told[n + 1]), told[n].decode()) for n in range(0, len(told), 2)]
        return [channel for _, channel in sorted(asked)]

    def _queue(self, channel: str) -> str:
        return queue_of(channel) if self.era.shared_replies else channel

    # -- all of it

    def flush(self) -> None:
        """Forget all messages and all groups."""
        for host in self._hosts.all:
            answer = self._rows.note(host.call("flush"))
            self._rows.lose(answer.result, "layer flushed", self._rows.now())

    def sweep(self) -> None:
        """Drop what has expired; only the books need this."""
        for host in self._hosts.all:
            self._rows.note(host.call("sweep"))

    def waiting(self) -> dict[int, str]:
        """The numbers of all messages that wait, and their channels."""
        heads = [
            head(entry)[0] for host in self._hosts.all for entry in self._rows.note(host.call("heads")).result
        ]
        return {about.message: about.channel for about in heads}

    def global_statistics(self) -> Figures:
        """Figures of all channels together; chansim.layer.statistics says what each is."""
        told = together([self._figures(host.call("global_statistics")) for host in self._hosts.all])
        told["count"] = told["messages_pending"]
        return told

    def channel_statistics(self, channel: str) -> Figures:
        """Figures of one channel."""
        check_channel(channel, self.era)
        queue = self._queue(channel)
        told = together(
            [self._figures(host.call("channel_statistics", queue)) for host in self._hosts.of(queue)]
        )
        told["length"], told["age"] = told["messages_pending"], told["messages_max_age"]
        if "messages_count_per_second" in told:
            told["per_second"] = told["messages_count_per_second"]
        return told

    def _figures(self, answer: Answer) -> Figures:
        self._rows.note(answer)
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
        self._reader.close()
        for host in self._hosts.all:
            host.close()

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

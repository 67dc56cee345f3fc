"""RedisReader: who reads a Redis layer in this process, and how those wait for whom nothing is there yet.

The servers tell this process when something is sent to a queue that somebody waits for; nobody polls. The rules of
waking are those of ``waiting.py``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from random import Random

from chansim.layer.core import Envelope, Listener
from chansim.layer.eras import Era
from chansim.layer.names import check_readable
from chansim.live.memory import seconds_of
from chansim.live.redis_host import LayerUnavailable, RedisHost
from chansim.live.redis_hosts import RedisHosts
from chansim.live.redis_rows import RedisRows
from chansim.live.waiting import Waiter, Waiters

GLANCE = 5.0
"""Seconds after which one who waits looks by himself, whatever he was told: a connection may die in silence."""


class RedisReader:
    """The reading half of a RedisLayer, whose methods of the same names it has; *hosts* are its servers."""

    hosts: RedisHosts

    def __init__(self, rows: RedisRows, era: Era, random: Random):
        self._rows = rows
        self._era = era
        self._random = random
        self._lock = threading.RLock()
        self.waiters = Waiters()
        self._listeners: dict[str, Listener] = {}
        self._closed = threading.Event()

    def listen(self, listener: Listener, channel: str) -> None:
        """From now on *listener* reads *channel*."""
        check_readable(channel, self._era)
        with self._lock:
            self._listeners[channel] = listener
        for host in self.hosts.of(channel):
            if self._rows.note(host.call("listen", host.ear(), channel)).result:
                self.heard(host, [channel])

    def stop_listening(self, channel: str) -> None:
        """From now on nobody reads *channel*."""
        with self._lock:
            listener = self._listeners.pop(channel, None)
            if listener is not None:
                listener.holding.pop(channel, None)
        if listener is not None:
            for host in self.hosts.of(channel):
                self._rows.note(host.call("forget", host.ear(), channel))

    def wait(self, wanted: Sequence[str] | Listener, timeout: float | None, by: str) -> Envelope | None:
        """The next message that is wanted, once there is one, or None after *timeout* seconds."""
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
            wanted = self.names(wanted)
            waiter = Waiter(wanted, wake)
        return self._look_waiting(waiter, wanted, by, bool(waiter.places))

    def look_again(
        self, waiter: Waiter, wanted: Sequence[str] | Listener, by: str = "", patient: bool = True
    ) -> tuple[Envelope | None, Waiter | None]:
        """See InMemoryLayer.look_again."""
        with self._lock:
            self.waiters.remove(waiter)
            place, waiter.woken_at = waiter.woken_at, None
        if self._closed.is_set():
            return None, None
        try:
            if isinstance(place, str):
                envelope = self.look((place,), by)
                if envelope is not None:
                    return envelope, None
        except BaseException as error:
            with self._lock:
                self.waiters.wake_at(place)
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
                self.waiters.add(waiter)
            if self._closed.is_set():
                return None, None
        try:
            envelope = self.look(wanted, by, patient)
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
            self.waiters.remove(waiter)
            place, waiter.woken_at = waiter.woken_at, None
            if place is not None:
                self.waiters.wake_at(place)

    def heard(self, host: RedisHost, queues: list[str] | None) -> None:
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
                    self.waiters.wake_at(listener)
                elif not self.waiters.wake_at(queue):
                    nobody.append(queue)
        if nobody and not self._closed.is_set():
            with suppress(LayerUnavailable):  # then it has forgotten already
                self._rows.note(host.call("forget", host.ear(), *dict.fromkeys(nobody)))
            with self._lock:
                for queue in nobody:  # somebody may have come just now, and asked to be told just before
                    self.waiters.wake_at(queue)

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
            self.waiters.wake_all()

    def look(self, wanted: Sequence[str] | Listener, by: str, ask: bool = False) -> Envelope | None:
        """A message that is wanted, now. If there is none, and the layer was *ask*ed to, it says when one comes."""
        if isinstance(wanted, Listener):
            return self._look_for(wanted, by)
        names = list(wanted)
        if len(names) > 1:
            self._random.shuffle(names)
        for host, here in self.hosts.places(names):
            ear = host.ear() if ask else ""
            envelope = self._rows.received(host.call("take", ear, *here), by)
            if envelope is not None:
                return envelope
        return None

    def _look_for(self, listener: Listener, by: str) -> Envelope | None:
        while True:
            with self._lock:
                if not listener.holding:
                    return None
                queue, _ = listener.holding.popitem(last=False)
            for host in self.hosts.of(queue):
                try:
                    answer = host.call("take", "", queue)
                except LayerUnavailable:
                    self.heard(host, [queue])
                    raise
                if answer.result and answer.result[2]:
                    with self._lock:
                        if self._listeners.get(queue) is listener:
                            listener.holding[queue] = None  # to the back: the others' turn first
                envelope = self._rows.received(answer, by)
                if envelope is not None:
                    return envelope

    def names(self, channels: Iterable[str]) -> tuple[str, ...]:
        """The names of channels that may be read, each once. Raises as RedisLayer.receive_many."""
        if isinstance(channels, str):
            raise TypeError(
                f"receive_many takes several channel names, in a list: [{channels!r}], not {channels!r}"
            )
        names = tuple(channels)
        for name in names:
            check_readable(name, self._era)
        return tuple(dict.fromkeys(names))

    def close(self) -> None:
        """Let nobody wait any more."""
        with self._lock:
            self._closed.set()
            self.waiters.wake_all()

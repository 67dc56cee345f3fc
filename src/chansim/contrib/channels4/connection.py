"""Connection: one client's connection, or one channel's reader where nobody knows the client, as the trace has it.

A consumer of Channels 4 handles one thing after the other: what comes from its client, and what comes from the layer.
It asks for the next of either when it is done with the last; so from the moment a thing came to the moment its kind
is asked for again, the consumer had it in hand. What came meanwhile waited for that.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from contextvars import ContextVar
from heapq import heappop, heappush
from typing import NamedTuple

from chansim.trace import BEGUN, ENDED, ThreadedRecorder

CONSUMERS, LAYER, BROWSERS = "consumers", "layer", "browsers"
"""What the project's code, its layer, and its clients are called in the trace."""

CURRENT: ContextVar[Connection | None] = ContextVar("chansim connection", default=None)
"""The connection that the code which runs now is for, where TracedApplication knows it."""


class Log:
    """What one process writes down: its rows, by a clock of its own, and who is there."""

    def __init__(self) -> None:
        self.recorder = ThreadedRecorder()
        self._started = time.perf_counter()
        self._lock = threading.Lock()
        self._free: list[int] = []
        self._most = 0

    def now(self) -> float:
        """Seconds since it began."""
        return time.perf_counter() - self._started

    def row(
        self, event: int, by: str, channel: str = "", message: int = 0, request: int = 0, detail: str = ""
    ) -> None:
        """Write a row."""
        code = self.recorder.code
        self.recorder.write(self.now(), event, code(by), code(channel), message, request, code(detail))

    def take_lane(self) -> int:
        """The lowest number that nobody has."""
        with self._lock:
            if self._free:
                return heappop(self._free)
            self._most += 1
            return self._most

    def give_lane(self, number: int) -> None:
        """It is free again."""
        with self._lock:
            heappush(self._free, number)


class InHand(NamedTuple):
    """A message that a consumer has been given, by way of its client or of the layer (*source*)."""

    source: str
    channel: str
    message: int
    request: int
    detail: str


class Connection:
    """See above. It is a lane of the trace while it is there: "consumers/3"."""

    def __init__(self, log: Log):
        self.log = log
        self._number = log.take_lane()
        self.lane = f"{CONSUMERS}/{self._number}"
        self.label = ""  #: of a WebSocket
        self.channel = ""  #: its consumer's, once that has asked for one
        self._in_hand: deque[InHand] = deque()
        self._last = 0

    @property
    def request(self) -> int:
        """The request that what is done now is for; between two, the last."""
        return self._in_hand[0].request if self._in_hand else self._last

    def came(self, source: str, channel: str, message: int, request: int, detail: str = "") -> None:
        """The consumer is given a message."""
        self._in_hand.append(InHand(source, channel, message, request, detail))
        if len(self._in_hand) == 1:
            self._bar(BEGUN)

    def asked(self, source: str) -> None:
        """The consumer asks for the next from there, so it is done with the last."""
        if self._in_hand and self._in_hand[0].source == source:
            self._next()
        else:  # two came at one instant, and this was the first to be seen to: its bar is the other's
            for each in self._in_hand:
                if each.source == source:
                    self._in_hand.remove(each)
                    break

    def _next(self) -> None:
        self._bar(ENDED)
        self._last = self._in_hand.popleft().request
        if self._in_hand:
            self._bar(BEGUN)

    def _bar(self, event: int) -> None:
        _, channel, message, request, detail = self._in_hand[0]
        self.log.row(event, self.lane, channel, message, request, detail)

    def end(self) -> None:
        """It is over."""
        while self._in_hand:
            self._next()
        self.log.give_lane(self._number)

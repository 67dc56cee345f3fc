"""RedisRows: what a Redis layer tells a trace, of what it did itself and of what its servers say has ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from chansim.layer.core import Envelope
from chansim.live.message_bytes import head, tail, unpacked
from chansim.live.redis_host import Answer
from chansim.trace import LEFT, LOST, RECEIVED, Recorder

NO_DRAW = 0.0


class Draws(Protocol):
    """Where requests' own draws are kept (see World.draw): they travel with the messages."""

    def of(self, request: int) -> float: ...
    def learn(self, request: int, draw: float) -> None: ...


class RedisRows:
    """Of the layer called *name*; without a *recorder* nothing is told."""

    def __init__(
        self,
        recorder: Recorder | None,
        clock: Callable[[], float] | None,
        draws: Draws | None,
        name: str,
    ):
        self._recorder = recorder
        self._clock = clock
        self._draws = draws
        self.name = name

    def now(self) -> float:
        """The layer's time, where it has a clock of its own."""
        return self._clock() if self._clock is not None else time.time()

    def tail(self, request: int) -> bytes:
        """What a message says of its request."""
        return tail(request, self._draws.of(request) if self._draws and request else NO_DRAW)

    def row(self, channel: str, message: int, request: int) -> Callable[..., None] | None:
        """Writes rows about one message: when, the event, whose, and a detail."""
        recorder = self._recorder
        if recorder is None:
            return None
        place = recorder.code(channel)

        def write(moment: float, event: int, by: str, detail: str = "") -> None:
            recorder.write(moment, event, recorder.code(by), place, message, request, recorder.code(detail))

        return write

    def group_row(self, event: int, group: str, channel: str, moment: float, by: str, request: int) -> None:
        """A row about a membership."""
        recorder = self._recorder
        if recorder is not None:
            recorder.write(
                moment, event, recorder.code(by), recorder.code(channel), 0, request, recorder.code(group)
            )

    def note(
        self, answer: Answer, asked: tuple[str, str] | None = None, by: str = "", request: int = 0
    ) -> Answer:
        """Write down what has ended, by itself or, the membership *asked* to, because of *by*."""
        if self._recorder is not None and (answer.left or answer.expired):
            self._recorder.disorder()
            for group, channel, moment in answer.left:
                mine = (group, channel) == asked
                self.group_row(
                    LEFT, group, channel, moment, by if mine else self.name, request if mine else 0
                )
            self.lose(answer.expired, "expired")
        return answer

    def lose(self, heads: Sequence[bytes], cause: str, moment: float | None = None) -> None:
        """These messages are lost, at that *moment* or when they expired."""
        for entry in heads:
            about, _ = head(entry)
            row = self.row(about.channel, about.message, about.request)
            if row is not None:
                row(about.expires if moment is None else moment, LOST, self.name, cause)

    def received(self, answer: Answer, by: str) -> Envelope | None:
        """The message that a server gave, if it gave one, taken by *by*."""
        self.note(answer)
        if not answer.result:
            return None
        about, data = head(answer.result[0])
        code = 0
        if self._draws is not None and about.request:
            self._draws.learn(about.request, about.draw)
        if self._recorder is not None:
            code = self._recorder.code(about.channel)
            self._recorder.write(
                self.now(), RECEIVED, self._recorder.code(by), code, about.message, about.request
            )
        return Envelope(
            about.channel, code, unpacked(data), about.message, about.request, about.expires, False
        )

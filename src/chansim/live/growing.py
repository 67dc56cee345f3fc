"""Growing: a run that is still going on, to be looked at while it does.

What may live here: reading what a recorder holds so far, as a trace like any other. Who writes into the
recorder, and from how many threads, is not asked: an executed scenario does, and so may a server.
"""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_right
from collections.abc import Callable, Mapping
from math import inf
from typing import Any

from chansim.scenario import Scenario
from chansim.trace import COLUMNS, Recorder, Trace


class Growing:
    """What has happened so far in a run of *scenario* that writes into *recorder*.

    *clock* gives the seconds since the run began, *ask_to_end* asks it to end, *ended* is set once it has.
    It is read as a :class:`~chansim.run.Run` is: :attr:`scenario`, :attr:`trace`, :attr:`world`, :attr:`seed`.
    Each row is read once, so that looking often costs no more than looking once. One thread at a time may look.
    """

    world = "executed"
    problems: tuple[tuple[str, int], ...] = ()

    def __init__(
        self,
        scenario: Scenario,
        recorder: Recorder,
        clock: Callable[[], float],
        ask_to_end: Callable[[], object] = lambda: None,
        ended: threading.Event | None = None,
        seed: int = 0,
    ) -> None:
        self.scenario = scenario
        self.recorder = recorder
        self.clock = clock
        self.ask_to_end = ask_to_end
        self.ended = ended or threading.Event()
        self.seed = seed
        self.unmoved = 0
        """How many rows of the last :attr:`trace` stand where they stood in the one before."""
        self.most: float = getattr(recorder, "most", inf)  #: so many rows, the newest, are kept
        self._read = 0
        self._columns: dict[str, array[Any]] = {name: array(kind) for name, kind in COLUMNS.items()}

    @property
    def running(self) -> bool:
        """Whether it is still going on."""
        return not self.ended.is_set()

    @property
    def trace(self) -> Trace:
        """All that was written up to now, in order of time, as far as the recorder keeps it. It is a copy, and grows
        no more."""
        now = self.clock()
        self.unmoved = len(self._columns["t"])
        self._read, new = self.recorder.read(self._read)
        for place in range(len(new["t"])):
            self._add({name: column[place] for name, column in new.items()})
        if (forgotten := len(self._columns["t"]) - self.most) > 0:
            self.unmoved = 0
            for column in self._columns.values():
                del column[: int(forgotten)]
        columns = {name: column[:] for name, column in self._columns.items()}
        last = columns["t"][-1] if len(columns["t"]) else 0.0
        return Trace(self.recorder.names(), columns, max(now, last))

    def _add(self, row: Mapping[str, float]) -> None:
        """Put a row in its place: one thread may be overtaken by another on its way to the recorder."""
        moments = self._columns["t"]
        place = bisect_right(moments, row["t"])
        self.unmoved = min(self.unmoved, place)
        for name, column in self._columns.items():
            if place == len(column):
                column.append(row[name])
            else:
                column.insert(place, row[name])

    def stop(self) -> None:
        """Ask it to end, and wait until it has; a run that is over is left alone."""
        if self.running:
            self.ask_to_end()
            self.ended.wait()

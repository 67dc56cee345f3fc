"""Rolling: a recorder that keeps the newest rows only, for what is left running while nobody looks."""

from __future__ import annotations

from array import array
from collections import deque
from itertools import islice
from typing import Any

from chansim.trace import ThreadedRecorder, Trace, columns_of


class RollingRecorder(ThreadedRecorder):
    """Keeps the newest *most* rows, some 75 bytes each. Of a message that was sent before them, only the end is known.

    Names are kept, all of them: a new one comes with each request over HTTP and each WebSocket, none with a message.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most
        self._newest: deque[bytes] = deque(maxlen=most)
        self._total = 0
        self.add = self._add

    def _add(self, row: bytes) -> None:
        with self._lock:
            self._newest.append(row)
            self._total += 1

    def read(self, since: int = 0) -> tuple[int, dict[str, array[Any]]]:
        """See Recorder.read. What is forgotten is passed over."""
        with self._lock:
            first = self._total - len(self._newest)
            rows = b"".join(islice(self._newest, max(since - first, 0), None))
            return max(since, self._total), columns_of(rows)

    def finish(self, end: float) -> Trace:
        """The trace of the rows that are kept."""
        _, columns = self.read()
        return self.ordered(columns, end)

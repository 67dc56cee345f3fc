"""The trace: what happened in a run, one row an event, stored by column.

Only the schema lives here, with the two classes that write and read it. Both
worlds write the same rows: the simulator by its virtual clock, the executed
world by the wall clock. Measures and views read nothing else.

A row has seven columns:

=========  ====  ==========================================================
t          f64   seconds since the run began; never decreasing
event      u8    which of :data:`EVENTS`, by its place in that tuple
component  u32   who it happened at: a component, or one lane of it ("gunicorn/2")
channel    u32   the channel or accept queue; "" for the plain network and for work
message    u32   its ``sent`` and ``received`` rows are one arrow; 0 for none
request    u32   the client's request all this is for; 0 for none
detail     u32   the kind of a message or of work, the cause of a loss, the
                 group joined or left; "" for none
=========  ====  ==========================================================

``component``, ``channel`` and ``detail`` are places in :attr:`Trace.names`.
That is 29 bytes a row, and the names.

What the events mean:

- ``sent``: *component* let go of *message*. It is waiting from here on.
- ``received``: *component* took *message*: it waits no more.
- ``lost``: *message* will never be handled; *detail* is one of :data:`CAUSES`.
- ``begun``, ``ended``: one bar: *component* was taken by *message* in between.
- ``connected``, ``disconnected``: a WebSocket opened or closed; *channel* is its reply channel.
- ``joined``, ``left``: *channel* became, or ceased to be, a member of the group *detail*.
- ``fault``: *component* broke, or was broken or mended on purpose; *detail* says what.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sys
import threading
import zlib
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from struct import Struct
from typing import Any, NamedTuple

EVENTS = (
    "sent", "received", "begun", "ended", "lost",
    "connected", "disconnected", "joined", "left", "fault",
)  # fmt: skip
SENT, RECEIVED, BEGUN, ENDED, LOST, CONNECTED, DISCONNECTED, JOINED, LEFT, FAULT = range(len(EVENTS))

CAUSES = (
    "full", "expired", "no consumer", "consumer failed", "worker killed", "gone client",
    "partition", "group member full", "layer flushed", "backlog full", "bad reply",
    "resilience testing", "too many retries", "worker died",
    "dropped on the way", "no push",
)  # fmt: skip
"""Why a message can be lost. ``full``: its channel held as many as it may. ``backlog full``: so did the
accept queue of a WSGI server. ``bad reply``: it was sent to a client, and says nothing that can be told
one. ``resilience testing``: the layer lost it on purpose, as it was told to. ``too many retries``: its
consumer raised ConsumeLater more than ten times. ``worker died``: the worker ended with an error of its own,
and with it went what it had in hand and had not sent yet. ``dropped on the way``: by a network link with a
loss. ``no push``: it was to be pushed to a client whose protocol cannot. The others say it in their own words."""

COLUMNS = {
    "t": "d",
    "event": "B",
    "component": "I",
    "channel": "I",
    "message": "I",
    "request": "I",
    "detail": "I",
}
"""Each column's name and its type code in :mod:`array`."""

TEXTS = ("component", "channel", "detail")
"""The columns that hold codes of texts; ``event`` has its own."""

_MAGIC = b"chansim trace 1\n"

_ROW = Struct("d6I")
packed: Callable[..., bytes] = _ROW.pack
"""A row as Recorder.add takes it: its seven values in their order, all but the first codes or numbers."""

packed_pair: Callable[..., bytes] = Struct("d6Id6I").pack
"""Two rows, one after the other, of their fourteen values."""


class TraceFileError(ValueError):
    """A file that does not hold a trace; the message says which and why."""


class Row(NamedTuple):
    """One event, with its codes turned back into text."""

    t: float
    event: str
    component: str
    channel: str
    message: int
    request: int
    detail: str


class Recorder:
    """Collects rows while a run is going on.

    Texts are recorded as codes: ``code(text)`` gives the number that stands for
    a text, ``new_message()`` a number that no other message of this run has.
    A row is packed when it is written, 32 bytes one after the other, and the
    columns are cut out of these at the end: a row costs two calls of C, and the
    garbage collector has nothing to walk.
    """

    def __init__(self) -> None:
        # a number for each text, at its first asking
        self._codes: dict[str, int] = defaultdict(count().__next__)
        self.code: Callable[[str], int] = self._codes.__getitem__
        self.new_message: Callable[[], int] = count(1).__next__
        self._rows = io.BytesIO()
        self.add: Callable[[bytes], object] = self._rows.write  #: a row that :data:`packed` made
        self._in_order = True
        self.code("")  # 0 is no text

    def write(
        self,
        t: float,
        event: int,
        component: int,
        channel: int = 0,
        message: int = 0,
        request: int = 0,
        detail: int = 0,
    ) -> None:
        """Add a row. All but *t* are codes: of :data:`EVENTS`, or from :meth:`code`."""
        self.add(packed(t, event, component, channel, message, request, detail))

    def disorder(self) -> None:
        """Say that a row is about to be written later than it happened: rows are put in order of time at the end."""
        self._in_order = False

    def written(self, since: int = 0) -> dict[str, array[Any]]:
        """The columns of the rows written so far, from number *since* on, in the order they were written.

        For looking at a run that is still going on; other threads may write meanwhile.
        """
        return self.read(since)[1]

    def read(self, since: int = 0) -> tuple[int, dict[str, array[Any]]]:
        """The number of the next row to be written, and what :meth:`written` gives."""
        columns = columns_of(self._rows.getvalue()[since * _ROW.size :])
        return since + len(columns["t"]), columns

    def names(self) -> list[str]:
        """The texts that the codes given out so far stand for."""
        return list(self._codes)

    def finish(self, end: float) -> Trace:
        """The trace of a run that lasted *end* seconds."""
        return self.ordered(columns_of(self._rows.getvalue()), end)

    def ordered(self, columns: dict[str, array[Any]], end: float) -> Trace:
        """The trace that has these *columns*, in order of time."""
        if not self._in_order:
            moments = columns["t"]
            # stable: rows of one instant stay as they were written
            order = sorted(range(len(moments)), key=moments.__getitem__)
            columns = {
                name: array(kind, map(columns[name].__getitem__, order)) for name, kind in COLUMNS.items()
            }
        return Trace(list(self._codes), columns, end)


def columns_of(rows: bytes) -> dict[str, array[Any]]:
    """The columns of packed rows: each a stride through their bytes, taken in C."""
    numbers = memoryview(rows).cast("I")
    cut: dict[str, Any] = {name: numbers[place + 1 :: 8] for place, name in enumerate(COLUMNS)}
    cut["t"] = memoryview(rows).cast("d")[::4]
    cut["event"] = memoryview(rows)[8 if sys.byteorder == "little" else 11 :: _ROW.size]
    columns = {name: array(kind) for name, kind in COLUMNS.items()}
    for name, column in columns.items():
        column.frombytes(cut[name].tobytes())
    return columns


class ThreadedRecorder(Recorder):
    """A Recorder many threads may write to."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._in_order = False  # one thread may be overtaken by another between the clock and here
        code = self.code
        self.code = lambda text: self._locked(code, text)

    def _locked(self, code: Callable[[str], int], text: str) -> int:
        with self._lock:
            return code(text)


class Trace:
    """A finished run's rows, by column.

    ``trace.t``, ``trace.event``, ... are :class:`array.array` objects of equal
    length, which NumPy reads without a copy. :attr:`names` turns codes into
    text, :attr:`end` is how many seconds the run lasted.
    """

    def __init__(self, names: list[str], columns: dict[str, array[float]], end: float) -> None:
        self.names = names
        self.end = float(end)
        self.columns = columns
        self.t: array[float] = columns["t"]
        self.event: array[int] = columns["event"]  # type: ignore[assignment]
        self.component: array[int] = columns["component"]  # type: ignore[assignment]
        self.channel: array[int] = columns["channel"]  # type: ignore[assignment]
        self.message: array[int] = columns["message"]  # type: ignore[assignment]
        self.request: array[int] = columns["request"]  # type: ignore[assignment]
        self.detail: array[int] = columns["detail"]  # type: ignore[assignment]

    def __len__(self) -> int:
        return len(self.t)

    def __repr__(self) -> str:
        return f"<Trace: {len(self)} rows over {self.end:g} s>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Trace) and self.canonical_bytes() == other.canonical_bytes()

    __hash__ = None  # type: ignore[assignment]

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the columns and the names take."""
        columns = sum(column.itemsize * len(column) for column in self.columns.values())
        return columns + sys.getsizeof(self.names) + sum(map(sys.getsizeof, self.names))

    def code(self, text: str) -> int | None:
        """The number that stands for *text*, or None where the trace never mentions it."""
        try:
            return self.names.index(text)
        except ValueError:
            return None

    def rows(self, **equals: str | float) -> Iterator[Row]:
        """The rows, as text, in order of time; only those whose named columns equal the values given.

        Raises ValueError for a column or an event that does not exist, and for a number where text belongs.
        """
        codes = {column: self._code(column, value) for column, value in equals.items()}
        return self._rows([(self.columns[column], code) for column, code in codes.items()])

    def _code(self, column: str, value: str | float) -> float | None:
        """What stands in *column* for *value*; None where nothing does."""
        if column not in COLUMNS:
            raise ValueError(f"a trace has no column {column!r}; its columns are {', '.join(COLUMNS)}")
        if column == "event":
            if value not in EVENTS:
                raise ValueError(f"there is no event {value!r}; the events are {', '.join(EVENTS)}")
            return EVENTS.index(str(value))
        if (column in TEXTS) != isinstance(value, str):
            kind = "text" if column in TEXTS else "a number"
            raise ValueError(f"the column {column!r} of a trace holds {kind}, and {value!r} is none")
        return self.code(value) if isinstance(value, str) else value

    def _rows(self, wanted: list[tuple[array[float], float | None]]) -> Iterator[Row]:
        names = self.names
        for i in range(len(self)):
            if all(column[i] == code for column, code in wanted):
                yield Row(
                    self.t[i],
                    EVENTS[self.event[i]],
                    names[self.component[i]],
                    names[self.channel[i]],
                    self.message[i],
                    self.request[i],
                    names[self.detail[i]],
                )

    def canonical_bytes(self) -> bytes:
        """The one byte string that stands for this trace: a JSON line, then the columns, little-endian."""
        head = {"names": self.names, "rows": len(self), "end": self.end}
        parts = [_MAGIC, json.dumps(head, sort_keys=True).encode(), b"\n"]
        for column in self.columns.values():
            if sys.byteorder == "big":
                column = array(column.typecode, column)
                column.byteswap()
            parts.append(column.tobytes())
        return b"".join(parts)

    def digest(self) -> str:
        """SHA-256 of the canonical bytes, in hexadecimal: equal runs, equal digests."""
        return hashlib.sha256(self.canonical_bytes()).hexdigest()

    def save(self, path: str | Path) -> None:
        """Write the trace to a file that :meth:`load` reads back without loss (compressed)."""
        with gzip.GzipFile(path, "wb", mtime=0) as file:
            file.write(self.canonical_bytes())

    @classmethod
    def load(cls, path: str | Path) -> Trace:
        """Read a file that :meth:`save` wrote. Raises TraceFileError for any other."""
        try:
            with gzip.open(path) as file:
                data = file.read()
        except FileNotFoundError:
            raise TraceFileError(f"{path}: there is no such file") from None
        except (OSError, EOFError, zlib.error) as error:
            raise TraceFileError(f"{path} cannot be read as a saved trace: {error}") from None
        head, _, body = data.removeprefix(_MAGIC).partition(b"\n")
        size = sum(array(kind).itemsize for kind in COLUMNS.values())
        try:
            about = json.loads(head)
            names, rows, end = list(map(_text, about["names"])), int(about["rows"]), float(about["end"])
        except (ValueError, TypeError, KeyError):
            names, rows, end = [], -1, 0.0
        if not data.startswith(_MAGIC) or len(body) != rows * size:
            raise TraceFileError(f"{path} is not a trace that Trace.save wrote, or only a part of one")
        columns: dict[str, array[float]] = {}
        for name, kind in COLUMNS.items():
            column: array[float] = array(kind)
            cut = rows * column.itemsize
            column.frombytes(body[:cut])
            body = body[cut:]
            if sys.byteorder == "big":
                column.byteswap()
            columns[name] = column
        return cls(names, columns, end)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value

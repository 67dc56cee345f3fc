"""Reads the moments of requests from a real access log, to be played again as a workload.

What may live here: the Common and Combined Log Formats of Apache and nginx, as a stream, plain or gzip. Only
when a request came is kept, never the text of a line: a million lines take 8 MB. What is done with the
moments is up to the clients of the model.

A line is usable when it has host, identity and user (in front of them perhaps a virtual host), the time in
brackets, the quoted request, the status and the size. What follows the size (referer, user agent, and
whatever a server was told to add) is not looked at. Every other line is counted as malformed and otherwise
left out, blank lines and lines longer than 64 KiB too; only blank lines at the very end are not counted at
all.
"""

import gzip
import itertools
import re
import zlib
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial
from io import BufferedReader, RawIOBase
from os import PathLike
from pathlib import Path
from typing import cast

from chansim.streams import stream

LONGEST_LINE = 64 * 1024
"""Bytes after which a line is given up as malformed."""

# Possessive quantifiers (++) give nothing back, so that no line, however odd, takes more than one pass.
_USABLE = re.compile(
    rb"[^ ]++ [^ ]++ [^\[]++(?<= )"  # host, identity, user; or a virtual host in front of them
    rb"\[(\d\d/[A-Z][a-z][a-z]/(?:19[7-9]\d|20\d\d)"  # a day from 1970 to 2099
    rb":(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60) [+-](?:0\d|1[0-4])[0-5]\d)\] "
    rb'"[^"\\]*+(?:\\.[^"\\]*+)*+" \d\d\d (?:\d++|-)(?!\S)'  # request, with \" in it perhaps; status; size
)
_EXAMPLE = '203.0.113.9 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1234'
_MONTHS = {name: n for n, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOW_AND_THEN = 10_000  # lines from one call of `progress` to the next


class AccessLogError(ValueError):
    """The file cannot be used as an access log: one sentence says which, why, and what would be right."""


@dataclass(frozen=True)
class AccessLog:
    """When the requests of a log came, and what was read to know it. Its moments are not to be written to."""

    source: str
    """The file's name, without its folder."""
    moments: "array[float]" = field(repr=False, hash=False)
    """Seconds from the first request to each, in rising order, after `speedup`. The first is 0."""
    lines: int
    """Lines read, malformed ones among them."""
    malformed: int
    """Lines that could not be used."""
    first_malformed: int | None
    """The number of the first of them, from 1, or None."""
    spread: str
    """How the requests of one second were placed within it: `even` or `random`."""
    first: datetime
    """The second of the first request as the log has it, in UTC."""
    last: datetime
    """The second of the last request, in UTC."""

    def __str__(self) -> str:
        bad = f", {self.malformed} of {self.lines} lines malformed, the first is line {self.first_malformed}"
        return (
            f"{self.source}: {len(self.moments)} requests from {self.first:%Y-%m-%d %H:%M:%S} "
            f"to {self.last:%Y-%m-%d %H:%M:%S} UTC{bad if self.malformed else ''}"
        )


def read_access_log(
    path: str | PathLike[str],
    *,
    spread: str = "even",
    speedup: float = 1.0,
    seed: int = 1,
    progress: Callable[[int], object] | None = None,
) -> AccessLog:
    """The moments of the requests in the access log at `path`, plain or gzip (told by its first bytes).

    Logs are written when requests end and count whole seconds: the requests are brought into order of time,
    in UTC, and those of one second are placed within it, at equal distances from its begin (`spread="even"`),
    or at random, from a stream of `seed`'s own (`spread="random"`). A leap second counts as the second after
    it.

    `speedup`, from 1e-9 to 1e9, divides every moment: 60 plays an hour in a minute. `progress` is called now
    and then with the number of bytes of the file (compressed, if it is) read since the last call, as
    `tqdm(total=…).update` takes it; a pipe, which has no position, reports none.

    Raises AccessLogError for a file that cannot be read or holds no usable line, and ValueError for a wrong
    argument.
    """
    if spread not in ("even", "random"):
        raise ValueError(f'read_access_log: spread is {spread!r}; it must be "even" or "random"')
    if isinstance(speedup, bool) or not isinstance(speedup, int | float) or not 1e-9 <= speedup <= 1e9:
        raise ValueError(
            f"read_access_log: speedup is {speedup!r}; it must be a number from 1e-9 to 1e9, such as 60"
        )
    source = Path(path).name
    draw = stream(seed, "access log", "spread").random
    seconds: array[int] = array("q")
    number = malformed = blank = 0
    first_malformed = None
    try:
        for number, line in enumerate(_lines(path, progress), 1):
            found = _USABLE.match(line)
            second = _second(found[1]) if found else None
            if second is not None:
                seconds.append(second)
                blank = 0
            else:
                malformed += 1
                first_malformed = first_malformed or number
                blank = 0 if line.strip() else blank + 1
    except (OSError, EOFError, zlib.error) as error:
        raise _in_words(path, error) from None
    if not seconds:
        what = f"holds no usable line among its {number}" if number else "is empty"
        raise AccessLogError(f"{str(path)!r} {what}; an access log has lines such as {_EXAMPLE}")
    lines = number - blank
    ordered = sorted(seconds)
    return AccessLog(
        source=source,
        moments=_spread(ordered, speedup, draw if spread == "random" else None),
        lines=lines,
        malformed=malformed - blank,
        first_malformed=first_malformed if malformed > blank else None,
        spread=spread,
        first=_EPOCH + timedelta(seconds=ordered[0]),
        last=_EPOCH + timedelta(seconds=ordered[-1]),
    )


def _lines(path: str | PathLike[str], progress: Callable[[int], object] | None) -> Iterator[bytes]:
    """The lines of the file, unpacked; for one that is too long, a mark that is no usable line."""
    with open(path, "rb") as file:
        packed = file.peek(2)[:2] == b"\x1f\x8b"
        # GzipFile's own readline is Python; the buffer's is C, and twice as fast.
        text = BufferedReader(cast(RawIOBase, gzip.GzipFile(fileobj=file))) if packed else file
        report = progress if file.seekable() else None
        told = 0
        for number, line in enumerate(iter(partial(text.readline, LONGEST_LINE), b""), 1):
            if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                while (rest := text.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                    pass
                line = b"too long"
            yield line
            if report and number % _NOW_AND_THEN == 0:
                report(file.tell() - told)
                told = file.tell()
        if report:
            report(file.tell() - told)


def _second(stamp: bytes) -> int | None:
    """Seconds from 1970, UTC, to a time such as `17/May/2015:10:05:03 +0000`; None for no day."""
    minute = _minute(stamp[:17], stamp[21:])
    return None if minute is None else minute + int(stamp[18:20])


@lru_cache(maxsize=256)  # neighbours in a log mostly share their minute
def _minute(minute: bytes, zone: bytes) -> int | None:
    try:
        midnight = date(int(minute[7:11]), _MONTHS[minute[3:6]], int(minute[:2]))
    except (KeyError, ValueError):
        return None
    clock = 3600 * int(minute[12:14]) + 60 * int(minute[15:17])
    east = (3600 * int(zone[1:3]) + 60 * int(zone[3:])) * (-1 if zone[:1] == b"-" else 1)
    return (midnight - _EPOCH.date()).days * 86_400 + clock - east


def _spread(ordered: list[int], speedup: float, draw: Callable[[], float] | None) -> "array[float]":
    """Moments from the first one on: within their second at equal distances, or where `draw` says."""
    moments: array[float] = array("d")
    for second, group in itertools.groupby(ordered):
        count = sum(1 for _ in group)
        within = sorted(draw() for _ in range(count)) if draw else [n / count for n in range(count)]
        moments.extend(second - ordered[0] + part for part in within)
    start = moments[0]
    return array("d", ((moment - start) / speedup for moment in moments))


def _in_words(path: str | PathLike[str], error: Exception) -> AccessLogError:
    if isinstance(error, EOFError | zlib.error | gzip.BadGzipFile):
        what = "is a gzip file that is damaged or was cut short; fetch it or pack it again"
    elif isinstance(error, FileNotFoundError):
        what = "does not exist; give the path of an access log"
    elif isinstance(error, IsADirectoryError):
        what = "is a folder; give the path of one access log in it"
    elif isinstance(error, PermissionError):
        what = "may not be read by you; change its permissions or copy it"
    else:
        what = f"cannot be read ({error}); give the path of a plain or gzip access log"
    return AccessLogError(f"{str(path)!r} {what}")

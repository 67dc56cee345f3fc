"""Throughput: requests served per second.

What may live here: rates of answers over the run, a part of it, or in bins along it. A request counts once,
when its first answer arrives, however many it has; one answered with a failure does not count.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from chansim.measures.latency import Request, requests
from chansim.measures.rows import window
from chansim.trace import Trace


class Bin(NamedTuple):
    """From *begin* to *end*, in seconds, *per_second* requests were served."""

    begin: float
    end: float
    per_second: float


def throughput(
    trace: Trace, clients: str | Iterable[str], since: float = 0.0, until: float | None = None
) -> float:
    """Requests of the components named *clients* served per second from *since* to *until* (the run's end).

    0 is a measurement: something was asked, and nothing served. NaN where nothing was asked, or there is no
    time.
    """
    return per_second(trace, requests(trace, clients), since, until)


def throughput_over_time(trace: Trace, clients: str | Iterable[str], width: float = 1.0) -> list[Bin]:
    """The throughput in bins of *width* seconds, the last as long as the run leaves it.

    Empty where nothing was asked, or there is no time.
    Raises ValueError for a width that is not above 0.
    """
    if not width > 0:
        raise ValueError(f"bins need a width above 0 s, not width={width!r}")
    asked = requests(trace, clients)
    number = math.ceil(trace.end / width - 1e-9) if asked else 0
    served = [0] * number
    for each in asked:
        if each.outcome == "served" and each.answered is not None and number:
            served[min(int(each.answered / width), number - 1)] += 1
    ends = [min((place + 1) * width, trace.end) for place in range(number)]
    return [
        Bin(place * width, end, count / (end - place * width))
        for place, (count, end) in enumerate(zip(served, ends, strict=True))
    ]


def per_second(
    trace: Trace, asked: Iterable[Request], since: float = 0.0, until: float | None = None
) -> float:
    """The throughput of the requests *asked*, for one who has them already; see :func:`throughput`."""
    since, until = window(trace, since, until)
    asked = list(asked)
    if not asked or until <= since:
        return math.nan
    times = (each.answered for each in asked if each.outcome == "served")
    return sum(t is not None and since <= t <= until for t in times) / (until - since)

"""Latency: how long clients waited for answers, and what became of each request.

What may live here: the requests of a trace, the times they took, and the statistics of such times. All times
are seconds. Everything is measured where the client stands: from its ``sent`` row to its ``received`` row.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from chansim.measures.rows import codes, rows
from chansim.trace import LOST, RECEIVED, SENT, Trace

OPENERS = ("request", "frame")
"""The details of a client's ``sent`` rows that ask for something; ``connect`` and ``close`` do not."""


class Request(NamedTuple):
    """One request: when it was *opened* and first *answered* (None: not yet), and what the client was told:
    *answer* is an HTTP status, ``frame``, ``refused``, ``dropped``, or None; or ``gave up``, where it was the
    client who had enough. *cause* says why it failed, None where it did not."""

    number: int
    opened: float
    answered: float | None = None
    answer: str | None = None
    cause: str | None = None

    @property
    def outcome(self) -> str:
        """``served``, ``failed`` or ``waiting``."""
        if self.answer is None:
            return "waiting"
        return "served" if self.cause is None else "failed"


class Counts(NamedTuple):
    """How many *requests* there were, and of these how many were *served*, *failed* by cause, and still
    *waiting*."""

    requests: int
    served: int
    failed: dict[str, int]
    waiting: int


def is_served(answer: str) -> bool:
    """Whether what a client received is what it asked for: a frame, or a status below 500."""
    return answer == "frame" or (answer.isdigit() and int(answer) < 500)


def is_failure(answer: str) -> bool:
    """Whether a client was told that it will get nothing: a status of 500 or more, "refused" or "dropped"."""
    return answer in ("refused", "dropped") or (answer.isdigit() and int(answer) >= 500)


def requests(trace: Trace, clients: str | Iterable[str]) -> list[Request]:
    """Every request that the components named *clients* opened, in that order. Empty where there was none.

    A request is served if any of its answers serves it, and was answered when the first that did arrived. A
    failed one has the cause of its first lost message, or the answer itself where none was lost but late
    answers that the client no longer waited for. A client that gives up has failed at that moment.
    """
    return asked_and_answered(trace, clients)[0]


def counts(asked: Iterable[Request]) -> Counts:
    """How many of the requests *asked* came to what. These are counts: where there was none, they are 0."""
    asked = list(asked)
    outcomes = Counter(each.outcome for each in asked)
    failed = Counter(each.cause for each in asked if each.cause is not None)
    return Counts(len(asked), outcomes["served"], dict(sorted(failed.items())), outcomes["waiting"])


def latencies(trace: Trace, clients: str | Iterable[str], since: float = 0.0) -> list[float]:
    """Seconds from each served request to its answer, in order of the answers' arrival; empty for none.

    One for each delivery: a frame that reached N members has N. Requests opened before *since*, the warm-up,
    are left out.
    """
    return asked_and_answered(trace, clients, since)[1]


def asked_and_answered(
    trace: Trace, clients: str | Iterable[str], since: float = 0.0
) -> tuple[list[Request], list[float]]:
    """Both in one pass: the requests opened from *since* on, and the latencies of the answers to them."""
    names, ours = trace.names, codes(trace, clients)
    openers, good, bad = codes(trace, OPENERS), _codes_that(trace, is_served), _codes_that(trace, is_failure)
    gave_up = trace.code("gave up")
    opened: dict[int, float] = {}
    served: dict[int, tuple[float, int]] = {}
    failed: dict[int, tuple[float, int]] = {}
    times: list[float] = []
    for t, event, component, request, detail in zip(
        trace.t, trace.event, trace.component, trace.request, trace.detail, strict=True
    ):
        if component not in ours:
            continue
        if event == SENT:
            if detail in openers and t >= since:
                opened.setdefault(request, t)
            elif detail == gave_up and request in opened:
                failed.setdefault(request, (t, detail))
        elif event == RECEIVED and request in opened:
            if detail in good:
                times.append(t - opened[request])
                served.setdefault(request, (t, detail))
            elif detail in bad:
                failed.setdefault(request, (t, detail))

    causes = _first_causes(trace) if failed else {}
    asked = []
    for request, t in opened.items():
        if request in served:
            answered, answer = served[request]
            asked.append(Request(request, t, answered, names[answer]))
        elif request in failed:
            answered, answer = failed[request]
            asked.append(Request(request, t, answered, names[answer], names[causes.get(request, answer)]))
        else:
            asked.append(Request(request, t))
    return asked, times


def mean(values: Sequence[float]) -> float:
    """The mean, its sum rounded once; NaN for no values."""
    return math.fsum(values) / len(values) if values else math.nan


def percentile(values: Sequence[float], q: float) -> float:
    """The value that a share *q* (0 to 1) of *values* lies below; NaN for no values.

    Linear between order statistics: with n values in order, the one at place q·(n-1), counted from 0, and in
    between a straight line. That is NumPy's default, so pictures made with it agree. Raises ValueError for
    another *q*.
    """
    if not 0.0 <= q <= 1.0:
        raise ValueError(f"a percentile is asked for as a share from 0 to 1, 0.99 for p99, not q={q!r}")
    if not values:
        return math.nan
    ordered = sorted(values)  # costs next to nothing where they are in order already
    place = q * (len(ordered) - 1)
    below = int(place)
    low, high = ordered[below], ordered[min(below + 1, len(ordered) - 1)]
    return low + (high - low) * (place - below)


def _codes_that(trace: Trace, test: Callable[[str], bool]) -> set[int]:
    return {code for code, name in enumerate(trace.names) if test(name)}


def _first_causes(trace: Trace) -> dict[int, int]:
    """By request, the code of why its first lost message was lost, late answers aside: they come after failures."""
    causes: dict[int, int] = {}
    late = trace.code("gone client")
    for request, detail in rows(trace, (LOST,), "request", "detail"):
        if detail != late:
            causes.setdefault(request, detail)
    return causes

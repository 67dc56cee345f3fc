"""When it is full: the exercises."""

from __future__ import annotations

from functools import cache
from typing import Any

from chansim.course.function import Function
from chansim.course.number import Number
from chansim.course.rule import Rule
from chansim.run import Run
from chansim.scenario import Scenario

# 1. and 2. What is lost, and what the rest waits

_SITES = ((120, 5, 0.05), (200, 5, 0.05), (160, 5, 0.05), (80, 5, 0.05), (30, 2, 0.1), (1000, 16, 0.02))


def lost_share(lam: float, workers: float, service: float) -> float:
    """Of an overloaded site: what is offered beyond what can be done; nothing below."""
    return max(0.0, 1 - workers / (lam * service))


loss = Function(
    "the share that is lost",
    lost_share,
    _SITES,
    "",
    "1 − cμ/λ, whatever the capacity: who cannot be served is lost, or late for ever.",
    (
        (
            lambda lam, workers, service: 1 - workers / (lam * service),
            "Right in overload. Below it the share would be negative: nothing is lost there, 0.",
        ),
        (
            lambda lam, workers, service: max(0.0, lam * service / workers - 1),
            "That is the excess as a share of what can be done. It is asked as a share of what comes.",
        ),
        (
            lambda lam, workers, service: max(0.0, lam - workers / service),
            "That is how many a second are lost. Which share of those that come?",
        ),
        (
            lambda lam, workers, service: workers / (lam * service),
            "That is the share that is served, where it is overloaded.",
        ),
    ),
)

_QUEUES = ((100, 5, 0.05), (1000, 5, 0.05), (10, 5, 0.05), (100, 2, 0.3), (10_000, 16, 0.02))

wait = Function(
    "the wait in a full channel",
    lambda capacity, workers, service: capacity * service / workers,
    _QUEUES,
    "s",
    "Who gets in stands behind a whole channel, and it is drained at c/S a second.",
    (
        (
            lambda capacity, workers, service: capacity * service,
            "That is with one worker. There are several, and each takes the next one.",
        ),
        (
            lambda capacity, workers, service: capacity / workers,
            "How long does each of them take? Count in services.",
        ),
        (
            lambda capacity, workers, service: capacity * service / workers + service,
            "That is the wait and the service after it. The wait alone is asked for.",
        ),
    ),
)

# 3. A capacity

RATE, WORKERS, SERVICE, PATIENCE, GOOD = 120.0, 5, 0.05, 2.0, 95.0


def overloaded(capacity: int, patience: float = PATIENCE, expiry: float = 60.0) -> Scenario:
    """Slide 16 with 120 requests a second where a hundred can be done, by clients who hang up after *patience* s."""
    from chansim.deployments import overload

    return overload(
        rate=RATE, service=SERVICE, workers=WORKERS, capacity=capacity, patience=patience, expiry=expiry
    )


def goodput(run: Run) -> float:
    """Answers a second that reached a client who was still there, once twenty seconds are over."""
    from chansim.measures import throughput

    return throughput(run.trace, "clients", since=20.0)


@cache
def good(capacity: int) -> float:
    """The goodput with that capacity, of twenty seconds after the first twenty."""
    from chansim.engine import simulate

    return goodput(simulate(overloaded(capacity), seed=1, seconds=40.0))


def _too_bad(capacity: int) -> str:
    if isinstance(capacity, bool) or not 1 <= capacity <= 10_000:
        return "it is a number of messages, from 1 to 10,000."
    came = good(capacity)
    if came >= GOOD:
        return ""
    if capacity < 50:
        return (
            f"{came:.0f} good answers a second: a short queue is empty now and then, and workers stand idle."
        )
    return (
        f"{came:.0f} good answers a second: how long does one wait behind {capacity} others, and how long "
        f"does a client wait, who gives up after {PATIENCE:g} s?"
    )


capacity = Rule(
    "the capacity",
    int,
    "a whole number",
    _too_bad,
    f"{GOOD:g} good answers a second and more. The wait behind a full channel stays below the patience.",
)

# 4. Enough workers

READ, PIECE = 400.0, 0.01
"""Of channels 643, rebuilt: messages a second that Daphne reads, and seconds that a piece of work takes."""

enough = Number(
    "enough workers",
    READ * PIECE,
    0.0,
    "workers",
    f"Daphne reads {READ:g} a second, and c workers send c/{PIECE:g}.",
    (
        (
            lambda value: value > READ * PIECE,
            "with so many, who is it that cannot keep up, and at how many a second?",
        ),
        (lambda value: value != int(value), "workers come whole."),
        (lambda value: value < READ * PIECE, "Daphne could read more than those send."),
    ),
)

EXERCISES: dict[str, Any] = {
    "07-loss": loss,
    "07-wait": wait,
    "07-capacity": capacity,
    "07-enough": enough,
}

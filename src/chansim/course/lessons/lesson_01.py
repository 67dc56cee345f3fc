"""One request, one worker: the exercises."""

from __future__ import annotations

import math

from chansim.course.function import Function
from chansim.course.number import Number, three_standard_errors
from chansim.theory import MM1, MMc, servers_for

SERVICE = 0.05

# 1. W(lam, S)

_CASES = ((10.0, 0.05), (18.0, 0.05), (1.0, 0.5), (99.0, 0.01), (0.1, 3.0), (20.0, 0.05), (40.0, 0.05))


def _formula(lam: float, service: float) -> float:
    return MM1(lam, service).mean_sojourn


def _unguarded(lam: float, service: float) -> float:
    return service / (1 - lam * service) if lam * service != 1 else math.inf


sojourn = Function(
    "W(λ, S)",
    _formula,
    _CASES,
    "seconds",
    "W = 1/(μ − λ), which is S/(1 − λS).",
    (
        (lambda lam, service: service, "That is the service alone. A request also waits for others."),
        (
            lambda lam, service: MM1(lam, service).mean_wait,
            "That is Wq, the wait in the queue. W runs to the end of the service: add S.",
        ),
        (
            lambda lam, service: 1000 * MM1(lam, service).mean_sojourn,
            "Those are milliseconds. Keep to seconds, as chansim does.",
        ),
        (
            lambda lam, service: MM1(lam, service).mean_number,
            "That is L, how many requests are there. Little's law, L = λW, leads from it to W.",
        ),
        (_unguarded, "Right where λS < 1. Beyond, no mean is below zero: return float('inf')."),
        (
            lambda lam, service: service * (1 + lam * service),
            "Near at low load. But those you wait for have waited too: 1 + ρ + ρ² + …",
        ),
    ),
)

# 2. Count L

RATE, LOOKS = 10.0, 600


def _little() -> Number:
    queue = MM1(RATE, SERVICE)
    rho = queue.utilisation
    variance = rho / (1 - rho) ** 2  # of the number in an M/M/1 system at a moment
    return Number(
        "L",
        queue.mean_number,
        three_standard_errors(variance, LOOKS),
        "requests",
        f"λW is {queue.mean_number:g}; {LOOKS} looks may miss it by three standard errors.",
        (
            (lambda value: value == 0, "nothing was ever open? Take who has come, less who has gone."),
            (lambda value: value < 0, "below zero: more have gone than come. Take them the other way round."),
            (
                lambda value: abs(value - queue.mean_waiting) < three_standard_errors(variance, LOOKS) / 2,
                "that is about how many wait. Count the one being served as well.",
            ),
            (lambda value: value > 20, "far too many: those who have been answered are open no more."),
        ),
    )


little = _little()

# 3. The least number of workers

LOAD, TARGET = 100.0, 0.250
least = servers_for(LOAD, SERVICE, 0.99, TARGET)


def _p99_of(workers: float) -> float:
    return MMc(LOAD, SERVICE, int(workers)).percentile(0.99) if workers >= 1 else math.inf


def _least_workers() -> Number:
    return Number(
        "the least c",
        least,
        0.0,
        "workers",
        f"p99 is {1000 * _p99_of(least):.0f} ms; with one fewer it is {1000 * _p99_of(least - 1):.0f} ms.",
        (
            (lambda value: value != int(value), "workers come whole."),
            (
                lambda value: value * (1 / SERVICE) <= LOAD,
                f"they cannot keep up: {LOAD:g} requests a second bring {LOAD * SERVICE:g} seconds of work.",
            ),
            (lambda value: value < least, "they keep up, but p99 is above 250 ms. Look at the tail."),
            (lambda value: value > least, "that is enough, and more than it takes. Which is the least?"),
        ),
    )


EXERCISES = {"01-sojourn": sojourn, "01-little": little, "01-workers": _least_workers()}

"""Holding the line: the exercises."""

from __future__ import annotations

import math

from chansim.course.function import Function
from chansim.course.number import Number

# 1. How many long polls leave the pages alone

_SITES = ((8, 20, 0.05), (8, 10, 0.05), (4, 20, 0.05), (3, 60, 0.01), (16, 100, 0.1), (5, 45, 0.1))


def most_polls(workers: float, lam: float, service: float) -> float:
    """The largest whole number below c − λS: the pages' load has to be less than the workers they are left."""
    return math.ceil(workers - lam * service - 1e-9) - 1


polls = Function(
    "the most long polls",
    most_polls,
    _SITES,
    "polls",
    "P < c − λS: each poll takes a whole worker, and the pages need more than λS of them.",
    (
        (
            lambda workers, lam, service: workers - lam * service,
            "That is where it tips over, and polls come whole: which whole number is just below it?",
        ),
        (
            lambda workers, lam, service: math.floor(workers - lam * service + 1e-9),
            "Nearly: where c − λS is whole, that many polls leave the pages exactly the workers they need, "
            "and lesson 01 showed what ρ = 1 does. One fewer, then.",
        ),
        (
            lambda workers, lam, service: workers - 1,
            "One worker is left for all pages: is that enough for them?",
        ),
        (lambda workers, lam, service: workers, "That leaves no worker for the pages."),
    ),
)

# 2. Asking less often

MEMBERS, STALE = 1000, 1.0


def _load() -> Number:
    interval = 2 * STALE
    return Number(
        "the load",
        MEMBERS / interval,
        0.5,
        "requests/s",
        f"Every {interval:g} s, an event is {STALE:g} s old on average; {MEMBERS} clients / {interval:g} s.",
        (
            (
                lambda value: value == MEMBERS / STALE,
                "that is one poll a second. An event waits half of that, on average.",
            ),
            (
                lambda value: value == interval,
                "that is the interval, in seconds. How many requests a second is it?",
            ),
            (lambda value: value == 100, "that is how many events there are. Most polls find none."),
        ),
    )


# 3 to 5. A page and its assets

_PAGES = (
    (0.1, 0.01, 20, 6),
    (0.1, 0.01, 20, 1),
    (0.05, 0.02, 12, 6),
    (0.2, 0.005, 7, 2),
    (0.03, 0.01, 40, 6),
)
_SERVED = (
    (0.1, 0.01, 20, 8),
    (0.05, 0.02, 12, 4),
    (0.2, 0.005, 7, 8),
    (0.03, 0.01, 40, 6),
    (0.08, 0.03, 20, 20),
)


def http1(rtt: float, service: float, assets: float, connections: float) -> float:
    """The page, then rounds of as many assets as there are connections; each round costs a way and a service."""
    return (1 + math.ceil(assets / connections)) * (rtt + service)


def http2(rtt: float, service: float, assets: float, workers: float) -> float:
    """The page, then all assets at once, which wait only for workers."""
    return rtt + service + pushed_after(rtt, service, assets, workers)


def pushed_after(rtt: float, service: float, assets: float, workers: float) -> float:
    """One more way, and the assets in rounds of as many as there are workers."""
    return rtt + math.ceil(assets / workers) * service


def pushed(rtt: float, service: float, assets: float, workers: float) -> float:
    """One way only: the assets are begun before anybody asked for them."""
    return rtt + service + math.ceil(assets / workers) * service


loading = Function(
    "HTTP/1.1",
    http1,
    _PAGES,
    "s",
    "A round for the page, and one for each handful of assets; each pays the way again.",
    (
        (
            lambda rtt, service, assets, connections: math.ceil((1 + assets) / connections) * (rtt + service),
            "The page comes alone: until it is there, nobody knows which assets to ask for.",
        ),
        (
            lambda rtt, service, assets, connections: (1 + assets / connections) * (rtt + service),
            "Rounds come whole: the last one takes its time even where it is not full. math.ceil.",
        ),
        (
            lambda rtt, service, assets, connections: (1 + assets) * (rtt + service),
            "That is one connection. With several, as many assets are on their way at a time.",
        ),
        (
            lambda rtt, service, assets, connections: rtt + (1 + math.ceil(assets / connections)) * service,
            "Each round is a new question: it pays the way there and back again.",
        ),
    ),
)

streams = Function(
    "HTTP/2",
    http2,
    _SERVED,
    "s",
    "Two ways, whatever the number of assets: one for the page, one for all the rest.",
    (
        (
            lambda rtt, service, assets, workers: 2 * (rtt + service),
            "All are asked for at once, and the workers are not that many: they take them in rounds.",
        ),
        (
            lambda rtt, service, assets, workers: (1 + math.ceil(assets / workers)) * (rtt + service),
            "The assets are asked for all at once: they pay the way once together. Only the service comes in rounds.",
        ),
        (
            pushed,
            "That is with push. Without it, the browser has to ask again once it has the page: one more way.",
        ),
    ),
)

push = Function(
    "HTTP/2 with push",
    pushed,
    _SERVED,
    "s",
    "What the browser would have asked for is there before it could ask: one way less.",
    (
        (http2, "That is without push: the second way there and back is what push saves."),
        (
            lambda rtt, service, assets, workers: rtt + math.ceil((1 + assets) / workers) * service,
            "The consumer takes its time before it says what to push: the page's service comes first, alone.",
        ),
    ),
)

EXERCISES = {
    "02-polls": polls,
    "02-interval": _load(),
    "02-http1": loading,
    "02-http2": streams,
    "02-push": push,
}

"""Holding the line, tried: see lesson_01.py for what stands in such a file."""

import math

from chansim import theory


def most_polls(workers, lam, S):
    return math.ceil(round(workers - lam * S, 9)) - 1


def http1(rtt, S, assets, connections):
    return (1 + math.ceil(assets / connections)) * (rtt + S)


def http2(rtt, S, assets, workers):
    return 2 * rtt + S + math.ceil(assets / workers) * S


def pushed(rtt, S, assets, workers):
    return rtt + S + math.ceil(assets / workers) * S


RIGHT = {
    "02-polls": [most_polls, lambda c, lam, S: float(most_polls(c, lam, S))],
    "02-interval": [500, 500.0],
    "02-http1": [http1],
    "02-http2": [http2],
    "02-push": [pushed],
}
WRONG = {
    "02-polls": {
        None: "a function is asked for",
        (lambda c, lam, S: None): "does it end in return?",
        (lambda c, lam, S: c - lam * S): "polls come whole",
        (lambda c, lam, S: math.floor(c - lam * S + 1e-9)): "One fewer, then",
        (lambda c, lam, S: c - 1): "is that enough for them?",
        (lambda c, lam, S: c): "no worker for the pages",
        (lambda c, lam, S: 0): "too low",
    },
    "02-interval": {
        None: "a number is asked for",
        1000: "that is one poll a second",
        2: "that is the interval",
        100: "how many events",
        200: "too low",
    },
    "02-http1": {
        None: "a function is asked for",
        (lambda rtt, S, n, k: math.ceil((1 + n) / k) * (rtt + S)): "The page comes alone",
        (lambda rtt, S, n, k: (1 + n / k) * (rtt + S)): "Rounds come whole",
        (lambda rtt, S, n, k: (1 + n) * (rtt + S)): "That is one connection",
        (lambda rtt, S, n, k: rtt + (1 + math.ceil(n / k)) * S): "pays the way there and back again",
        (lambda rtt, S, n, k: rtt): "too low",
    },
    "02-http2": {
        None: "a function is asked for",
        (lambda rtt, S, n, c: 2 * (rtt + S)): "they take them in rounds",
        (lambda rtt, S, n, c: (1 + math.ceil(n / c)) * (rtt + S)): "pay the way once together",
        pushed: "That is with push",
        (lambda rtt, S, n, c: 9.0): "too high",
    },
    "02-push": {
        None: "a function is asked for",
        http2: "That is without push",
        (lambda rtt, S, n, c: rtt + math.ceil((1 + n) / c) * S): "the page's service comes first, alone",
        (lambda rtt, S, n, c: rtt): "too low",
    },
}
GIVEN = [
    "20 a second, of 50 ms each", "is done: 2 ms", "100 ms there and back, 10 ms each",
    "ρ = 1, where no queue settles", "(At ρ = 1 it does not.)", "λ = 8/30 a second", "L = 200 of them",
]  # fmt: skip


def computed() -> list[str]:
    pages = theory.MMc(20, 0.05, 8)
    poll = 0.002 + 0.002
    assert theory.MMc(20, 0.05, 8 - 7).utilisation == 1
    assert most_polls(8, 20, 0.05) == 6
    return [
        f"W = {200 / (8 / 30):.0f} s",
        f"λ·S = 20 × 0.05 = {pages.load:g} worker",
        f"λS/c = {100 * pages.utilisation:.1f} % of eight workers",
        f"A poll costs {1000 * poll:.0f} ms in 30 s",
        f"two thousand of them are {100 * 2000 / 30 * poll / 8:.1f} % more",
    ]

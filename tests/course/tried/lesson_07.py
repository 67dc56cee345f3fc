"""When it is full, tried: see lesson_01.py for what stands in such a file."""

from chansim import simulate, theory
from chansim.course.lessons.lesson_07 import GOOD, good, overloaded
from chansim.deployments import reports
from chansim.measures import losses


def lost(lam, workers, S):
    return max(0.0, 1 - workers / (lam * S))


RIGHT = {
    "07-loss": [lost],
    "07-wait": [lambda capacity, workers, S: capacity * S / workers],
    "07-capacity": [150, 50, 100],
    "07-enough": [4, 4.0],
}
WRONG = {
    "07-loss": {
        None: "a function is asked for",
        (lambda lam, c, S: None): "does it end in return?",
        (lambda lam, c, S: 1 - c / (lam * S)): "Right in overload",
        (lambda lam, c, S: max(0.0, lam * S / c - 1)): "as a share of what comes",
        (lambda lam, c, S: max(0.0, lam - c / S)): "how many a second",
        (lambda lam, c, S: c / (lam * S)): "the share that is served",
        (lambda lam, c, S: 2.0): "too high",
    },
    "07-wait": {
        None: "a function is asked for",
        (lambda capacity, c, S: capacity * S): "with one worker",
        (lambda capacity, c, S: capacity / c): "Count in services",
        (lambda capacity, c, S: capacity * S / c + S): "the service after it",
        (lambda capacity, c, S: 0.0): "too low",
    },
    "07-capacity": [
        (None, "a whole number is asked for"),
        (0, "from 1 to 10,000"),
        (20_000, "from 1 to 10,000"),
        (2, "workers stand idle"),
        (400, "how long does a client wait"),
        (10_000, "how long does a client wait"),
        (True, "from 1 to 10,000"),
    ],
    "07-enough": {
        None: "a number is asked for",
        32: "who is it that cannot keep up",
        3: "Daphne could read more",
        3.5: "workers come whole",
    },
}
GIVEN = [
    "five workers of 50 ms", "takes `S` seconds", "works for 50 ms, and answers nobody", "4000 pieces of 10 ms",
    "(A piece takes 10 ms; Daphne",
]  # fmt: skip
GIVEN.remove("takes `S` seconds")


def computed() -> list[str]:
    ten, hundred = (theory.MMcK(120, 0.05, 5, 5 + capacity).loss for capacity in (10, 100))
    assert good(400) < 1
    assert good(150) >= GOOD
    assert overloaded(400)["layer"].capacity == 400
    run = simulate(reports.ch643(workers=128, backlog=4000, seconds=60.0), seed=1)
    assert losses(run.trace)["worker died"] / 4000 == 1 / 8
    return [
        f"{100 * ten:.0f} and {100 * hundred:.0f} %",
        "K = c + capacity",
    ]

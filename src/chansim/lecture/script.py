"""Script: the lecture's steps, as data. The talk's own run of eight, 25 minutes.

What may live here: what is asked, changed and said, in the lecturer's words. Which option is right is never written
here: it follows from what was measured.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from chansim.lecture import scenes
from chansim.lecture.scenes import EVEN, ISOLATED, LOCAL, NO_FAULT, SHARED, UNEVEN
from chansim.lecture.step import Knob, Picture, Scene, Step


def nearest(value: float, options: Sequence[float]) -> int:
    """Which of *options* is as many times too large or too small as no other."""
    return min(range(len(options)), key=lambda place: abs(math.log(value / options[place])))


def grows(number: str, *factors: float) -> Callable[[Scene, Scene], int]:
    """The option nearest to how many times as large *number* became."""
    return lambda before, after: nearest(after.numbers[number] / before.numbers[number], factors)


def by_steps(number: str, *limits: float) -> Callable[[Scene, Scene], int]:
    """The first option whose limit *number*, after, does not reach; the last where it reaches all."""
    return lambda before, after: sum(after.numbers[number] >= limit for limit in limits)


def who_gets_it(before: Scene, after: Scene) -> int:
    """Nobody, where the message was taken once and never answered; else another worker, or the same once more."""
    if after.numbers["killed"] and after.numbers["answered"] == 0:
        return 3
    return 0 if after.numbers["taken"] <= 1 else 1


def best_of_three(before: Scene, after: Scene) -> int:
    """The best: *before* is the shared layer, *after* RedisLocal. The isolated one does not reach the room."""
    one, other = before.numbers, after.numbers
    if (
        abs(one["failed"] - other["failed"]) < 0.001
        and nearest(one["p99_ms"] / other["p99_ms"], (0.9, 1.0, 1.1)) == 1
    ):
        return 3
    return 1 if (one["failed"], one["p99_ms"]) < (other["failed"], other["p99_ms"]) else 2


SCRIPT: tuple[Step | Picture, ...] = (
    Step(
        (0, 4),
        "Slide 6: one request, one response",
        "10 requests a second become 18. Each still takes 50 ms. How many times as long is a response?",
        ("1.8 times", "2 times", "5 times", "10 times"),
        (
            Knob("rate", "Requests a second", (10.0, 14.0, 16.0, 18.0)),
            Knob("service", "Service", (0.025, 0.05), ("25 ms", "50 ms")),
            Knob("seed", "Another day", (1, 2)),
        ),
        {"rate": 10.0, "service": 0.05, "seed": 1},
        {"rate": 18.0, "service": 0.05, "seed": 1},
        scenes.one_worker,
        grows("mean_ms", 1.8, 2.0, 5.0, 10.0),
        "“The queue is the product, not the server.” {before[mean_ms]:.0f} → {after[mean_ms]:.0f} ms.",
        beside={"rate": 18.0, "service": 0.025, "seed": 1},
    ),
    Step(
        (4, 7),
        "Slide 7: a WSGI server with N applications",
        "Eight servers with one worker each, and a queue each. What does one shared queue buy?",
        ("nothing: the same workers", "a tenth less", "half", "a fifth of the time"),
        (
            Knob("servers", "Servers × workers", (8, 4, 2, 1), ("8 × 1", "4 × 2", "2 × 4", "1 × 8")),
            Knob("rate", "Requests a second", (96.0, 128.0, 144.0)),
        ),
        {"servers": 8, "rate": 144.0},
        {"servers": 1, "rate": 144.0},
        scenes.one_queue,
        grows("mean_ms", 1.0, 0.9, 0.5, 0.2),
        "{before[mean_ms]:.0f} → {after[mean_ms]:.0f} ms, same machines.",
        beside={"servers": 2, "rate": 144.0},
    ),
    Picture(9, "Slide 9: your picture"),
    Picture(11, "Slide 11: your picture"),
    Step(
        (7, 11),
        "Slide 14: real application? ?",
        "Eight workers, and long polls that are held for 30 s. With how many do the pages notice?",
        ("2", "4", "7 or 8", "never: they only wait"),
        (
            Knob("polls", "Long polls", (0, 2, 4, 6, 7, 8)),
            Knob("workers", "Workers", (8, 12)),
        ),
        {"polls": 6, "workers": 8},
        {"polls": 8, "workers": 8},
        scenes.polls_on_wsgi,
        lambda before, after: 2 if after.numbers["p50_ms"] > 2 * before.numbers["p50_ms"] else 3,
        "“They were not working. They were holding.” {before[p50_ms]:.0f} ms → {after[p50_ms]:,.0f} ms.",
        beside={"polls": 8, "workers": 12},
    ),
    Step(
        (11, 14),
        "Slide 16: the same polls behind Channels",
        "The same eight workers behind Channels, and 2000 long polls instead of 8. How busy are the workers?",
        ("under a fifth", "a third", "two thirds", "always: nothing gets through"),
        (
            Knob("polls", "Long polls", (0, 8, 200, 2000)),
            Knob("fault", "Fault", (NO_FAULT, "a worker is killed", "Daphne is killed")),
        ),
        {"polls": 8, "fault": NO_FAULT},
        {"polls": 2000, "fault": NO_FAULT},
        scenes.polls_on_channels,
        by_steps("busy", 0.2, 0.5, 0.9),
        "{before[busy]:.3f} → {after[busy]:.3f} busy.",
        beside={"polls": 0, "fault": NO_FAULT},
    ),
    Step(
        (14, 17),
        "Slide 15: a plain page",
        "A plain page, no sockets. Is it faster through Channels than through WSGI?",
        ("faster by 5 ms or more", "about the same", "slower by 5 to 10 ms", "twice as slow"),
        (
            Knob("server", "Server", ("WSGI", "Channels")),
            Knob("rate", "Pages a second", (5.0, 20.0, 40.0)),
        ),
        {"server": "WSGI", "rate": 20.0},
        {"server": "Channels", "rate": 20.0},
        scenes.plain_page,
        lambda before, after: (
            0
            if (more := after.numbers["mean_ms"] - before.numbers["mean_ms"]) < -5
            else 1
            if more < 3
            else 2
            if after.numbers["mean_ms"] < 1.6 * before.numbers["mean_ms"]
            else 3
        ),
        "“You paid 5 to 10 ms for that.” {before[mean_ms]:.1f} → {after[mean_ms]:.1f} ms.",
        beside={"server": "WSGI", "rate": 40.0},
    ),
    Step(
        (17, 20),
        "Slide 24: one room, everybody hears everything",
        "100 people in the room, one line each in ten seconds: all is well. And with twice as many?",
        ("twice as slow", "four times as slow", "it breaks", "no difference"),
        (
            Knob("members", "Members", (50, 100, 150, 200, 300)),
            Knob("workers", "Workers", (4, 16)),
        ),
        {"members": 100, "workers": 4},
        {"members": 200, "workers": 4},
        scenes.room,
        lambda before, after: (
            2
            if after.numbers["lost"] or after.numbers["p99_ms"] > 8 * before.numbers["p99_ms"]
            else (3, 0, 1)[nearest(after.numbers["p99_ms"] / before.numbers["p99_ms"], (1.0, 2.0, 4.0))]
        ),
        "N²: {before[deliveries]:,.0f} → {after[deliveries]:,.0f} deliveries a second, "
        "p99 {before[p99_ms]:.0f} → {after[p99_ms]:,.0f} ms. More workers do not help: all of it passes one Daphne.",
        beside={"members": 200, "workers": 16},
    ),
    Step(
        (20, 22),
        "Slide 16: a worker is killed",
        "A worker dies with a message in its hands. Who gets the message?",
        ("another worker", "the same one, once it is back", "the client is told at once", "nobody"),
        (
            Knob(
                "fault",
                "Fault",
                (NO_FAULT, "a worker is killed", "a worker stands still", "the layer is killed"),
            ),
            Knob("workers", "Workers", (3, 6)),
        ),
        {"fault": NO_FAULT, "workers": 3},
        {"fault": "a worker is killed", "workers": 3},
        scenes.a_worker_dies,
        who_gets_it,
        "Nobody: at most once. It was taken {after[taken]:.0f} time, and {after[killed]:.0f} was lost.",
        beside={"fault": "the layer is killed", "workers": 3},
    ),
    Step(
        (22, 25),
        "Slides 29 to 31: three machines, whose layer?",
        "Three machines, half of the visitors come in at the first. Which layer is the best of the three?",
        ("one on each machine", "one shared by all", "RedisLocal: both", "no difference"),
        (
            Knob("deployment", "Layer", (ISOLATED, SHARED, LOCAL)),
            Knob("entry", "Entry", (EVEN, UNEVEN)),
        ),
        {"deployment": SHARED, "entry": UNEVEN},
        {"deployment": LOCAL, "entry": UNEVEN},
        scenes.three_layers,
        best_of_three,
        "Every layer loses somewhere. Shared: p99 {before[p99_ms]:,.0f} ms, {before[failed]:.1%} told 503; "
        "RedisLocal: {after[p99_ms]:,.0f} ms, {after[failed]:.1%}; one on each does not reach the room.",
        beside={"deployment": ISOLATED, "entry": UNEVEN},
    ),
)

"""Measuring honestly, and the real thing, tried: see lesson_01.py for what stands in such a file."""

from chansim import overlay, replay, simulate, theory
from chansim.course import recorded
from chansim.course.lessons.lesson_11 import CLAIMS, COMPUTING, computing, miss
from chansim.deployments import slide07

SITE = slide07(rate=40, service=0.05, workers=4, seconds=2)
KEPT = recorded("11-window", SITE)
OTHER = recorded("11-window-2", SITE, seed=2)


def correct(log, interval):
    found = []
    for seconds in log:
        while seconds > 0:
            found.append(seconds)
            seconds -= interval
    return found


def once_too_often(log, interval):
    return [seconds - missed * interval for seconds in log for missed in range(2 + int(seconds / interval))]


def all_wait_for_the_whole(log, interval):
    return [seconds for seconds in log for _ in range(1 + int(seconds / interval))]


TRUE = {claim: judge(miss()) for claim, judge in CLAIMS.items()}


def but(claim):
    return {**TRUE, claim: not TRUE[claim]}


RIGHT = {
    "11-correct": [correct, lambda log, interval: tuple(reversed(correct(log, interval)))],
    "11-replay": [lambda: overlay(replay(KEPT), KEPT), lambda: overlay(replay(KEPT, service="asked"), KEPT)],
    "11-miss": [TRUE],
}
WRONG = {
    "11-correct": {
        None: "a function is asked for",
        (lambda log, interval: None): "does it end in return?",
        (lambda log, interval: log): "nothing was added for those",
        (lambda log, interval: "slow"): "a list of seconds",
        once_too_often: "less than nothing",
        all_wait_for_the_whole: "would not all have waited",
        (lambda log, interval: log[:1]): "corrected it has",
        (lambda log: log): "raised TypeError",
    },
    "11-replay": [
        (None, "overlay(simulated, executed) is asked for"),
        (KEPT, "overlay(simulated, executed) is asked for"),
        (lambda: overlay(simulate(SITE, seed=1), KEPT), "Feed it those that really came"),
        (lambda: overlay(replay(OTHER), KEPT), "replay the run that you lay it on"),
    ],
    "11-miss": [
        (None, "a dict is asked for"),
        (but("the requests came at other moments"), "look at pair.later"),
        (but("a view of 5 ms took longer, on average"), "the lengths of the bars"),
        (but("a model with more cores comes nearer"), "replay it on eight"),
        (but("a model with one core comes nearer"), "replay it on one"),
    ],
}
GIVEN = [
    '"My load test says p99 = 10 ms."', "a miss of 50 %", "A miss of 50 %", "A view of 10 ms",
    "that it is 90 % busy", "at 90 % busy there is little", "one worker of 50 ms",
    "With one worker, 90 % busy", "looks every 10 ms", "worker, 5 ms; and", "over the 10 ms",
    "*compute*: 5 ms on a processor, 150 a second", "*asked*, 5 ms a view", "21, 70, 85 and 118 ms",
    "1.2 ms for a request, 1.8 for a reply", "The test served 620",
    "a 10 ms poll", "turns are 5 ms long", "(`since=60.0`)",
]  # fmt: skip


def computed() -> list[str]:
    stall, rho = 2, 0.9
    run = recorded(COMPUTING, computing())
    wrong = overlay(replay(run, service="asked"), run).errors
    assert -0.7 < wrong.mean < -0.5, "more than half of the time"
    one_core, four = theory.MM1(150, 0.005).utilisation, 150 * 0.005 / 4
    assert round(four, 2) == 0.19
    return [
        f"s + s·ρ/(1 − ρ): here {stall} s + {stall * rho / (1 - rho):.0f} s",
        f"10/(4 + 1) = {10 / 5:g} ms",
        f"the mean settles at {1000 * theory.MM1(18, 0.05).mean_sojourn:.0f} ms",
        f"1/(1.2 + 1.8 ms) = {1000 / 3:.0f}",
        f"it is not {100 * four:.0f} % busy, but {100 * one_core:.0f}",
        f"The {90 * stall} visitors who came",
    ]

"""Measuring honestly, and the real thing: the exercises."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from random import Random
from statistics import median
from typing import Any

from chansim.course.exact import Exact
from chansim.course.property import Property, generated
from chansim.course.recording import recorded
from chansim.course.rule import Rule
from chansim.deployments import slide07
from chansim.duration import Constant
from chansim.measures import mean, requests
from chansim.measures.rows import rows
from chansim.overlay import SAME_MOMENT, Overlay, overlay
from chansim.replay import replay
from chansim.run import Run
from chansim.scenario import Scenario
from chansim.trace import BEGUN, ENDED

# 1. Correct the log of a closed loop

Log = Sequence[float]
Case = tuple[tuple[float, ...], float]


def corrected(log: Log, interval: float) -> list[float]:
    """*log*, and for each answer later than the *interval* the requests that were not sent meanwhile."""
    found: list[float] = []
    for seconds in log:
        found.append(seconds)
        missed = seconds - interval
        while missed > interval / 1e6:
            found.append(missed)
            missed -= interval
    return found


def _log(dice: Random) -> Case:
    interval = dice.choice((0.01, 0.02, 0.1))
    usual = [interval * dice.uniform(0.05, 0.9) for _ in range(dice.randrange(5, 40))]
    late = [interval * (dice.randrange(2, 30) + dice.uniform(0.2, 0.8)) for _ in range(dice.randrange(0, 4))]
    log = usual + late
    dice.shuffle(log)
    return tuple(log), interval


def _uncorrected(correct: Callable[[list[float], float], Any], case: Case) -> str:
    log, interval = case
    came = correct(list(log), interval)
    if came is None:
        return "it gave None: does it end in return?"
    try:
        found = sorted(float(seconds) for seconds in came)
    except (TypeError, ValueError):
        return "it should give a list of seconds."
    right = sorted(corrected(log, interval))
    if len(found) == len(right) and all(map(math.isclose, found, right)):
        return ""
    slow = max(log)
    if len(found) == len(log):
        return (
            f"an answer took {slow:.3f} s, one was due every {interval:g} s, and nothing was added for those that "
            "were not sent meanwhile."
        )
    if any(seconds < 0 for seconds in found):
        return (
            "nobody waits for less than nothing: stop at the last one that was due while the answer was out."
        )
    if len(found) >= len(right) and math.isclose(found[-1], right[-1]) and sum(found) > 1.2 * sum(right):
        return (
            f"those not sent would not all have waited for the whole {slow:.3f} s: each was due {interval:g} s "
            "after the one before."
        )
    return (
        f"the log has {len(log)} answers, the longest {slow:.3f} s, one due every {interval:g} s: corrected it has "
        f"{len(right)}, and yours has {len(found)}."
    )


def _told(case: Case) -> str:
    return f"a log of {len(case[0])} answers, one due every {case[1]:g} s"


correcting = Property(
    "correct(log, interval)",
    _uncorrected,
    (((0.005, 0.005, 0.045, 0.005), 0.01), *generated(_log, seed="11-correct")),
    "Whoever was due while the one before was out waited for the rest of it.",
    said=_told,
)

# 2. A replay, laid upon its run

EXACTLY = 1e-6
"""Seconds: a replay's visitors come at the very moments of the trace."""


def _no_replay(answer: Overlay) -> str:
    staged, really = answer.simulated.scenario, answer.executed
    clients = [each for each in staged if each.role == "client"]
    moments = {getattr(each, "arrivals", None).__class__.__name__ for each in clients}
    if moments != {"Recorded"}:
        return "the simulated side draws its visitors by a law. Feed it those that really came: replay(run)."
    names = [each.name for each in really.scenario if each.role == "client"]
    answered = sum(each.answered is not None for each in requests(really.trace, names))
    if len(answer.pairs) < 0.9 * answered:
        found = len(answer.pairs)
        return f"of {answered} requests answered, {found} are in both: replay the run that you lay it on."
    if median(abs(pair.later) for pair in answer.pairs) > EXACTLY:
        return "these are other requests, at other moments: replay the run that you lay it on."
    return ""


replayed = Rule(
    "the overlay",
    Overlay,
    "overlay(simulated, executed)",
    _no_replay,
    "it has the very requests that came, so what is left over is the model's.",
)

# 3. Explain the miss

COMPUTING = "11-computing"
"""The recorded run: four workers, each page 5 ms of computing, on one Python."""


def computing(cores: int = 4) -> Scenario:
    """What was executed there, on so many cores."""
    site = slide07(rate=150, service=Constant(0.0), workers=4, seconds=2.0, cores=cores)
    return site.change("site", cpu=Constant(0.005))


@cache
def miss() -> dict[str, float]:
    """What the recorded run, and replays of what was asked for, say: errors of W, and two measurements."""
    run = recorded(COMPUTING, computing())
    found = {
        f"{cores} cores": overlay(replay(run, computing(cores), service="asked"), run).errors.mean
        for cores in (1, 4, 8)
    }
    pairs = overlay(replay(run, service="asked"), run).pairs
    found["later"] = median(abs(pair.later) for pair in pairs)
    found["bar"] = mean(_bars(run))
    return found


def _bars(run: Run) -> list[float]:
    """How long each view took."""
    begun: dict[int, float] = {}
    took = []
    for event, t, message in rows(run.trace, (BEGUN, ENDED), "event", "t", "message"):
        if event == BEGUN:
            begun[message] = t
        elif message in begun:
            took.append(t - begun.pop(message))
    return took


CLAIMS: dict[str, Callable[[dict[str, float]], bool]] = {
    "the requests came at other moments": lambda found: found["later"] > SAME_MOMENT,
    "a view of 5 ms took longer, on average": lambda found: found["bar"] > 0.006,
    "a model with more cores comes nearer": lambda found: abs(found["8 cores"]) < 0.9 * abs(found["4 cores"]),
    "a model with one core comes nearer": lambda found: abs(found["1 cores"]) < 0.9 * abs(found["4 cores"]),
}


class _Claims(Mapping[str, Any]):
    """Judged when somebody asks: importing the lessons simulates nothing."""

    def __getitem__(self, claim: str) -> bool:
        return CLAIMS[claim](miss())

    def __iter__(self) -> Iterator[str]:
        return iter(CLAIMS)

    def __len__(self) -> int:
        return len(CLAIMS)


explained = Exact(
    "what the run says",
    _Claims(),
    "Four workers that compute are one: threads of a Python take turns.",
    {
        "the requests came at other moments": "look at pair.later: a replay has them at the same ones.",
        "a view of 5 ms took longer, on average": "look at the lengths of the bars.",
        "a model with more cores comes nearer": "replay it on eight, and look at the errors.",
        "a model with one core comes nearer": "replay it on one, and look at the errors.",
    },
)

EXERCISES = {"11-correct": correcting, "11-replay": replayed, "11-miss": explained}

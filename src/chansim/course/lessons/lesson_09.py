"""Dead sockets: the exercises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from chansim.course.choice import Choice
from chansim.course.exact import Exact
from chansim.course.learner import Own
from chansim.course.number import Number
from chansim.deployments import slide24
from chansim.deployments.reports import da18
from chansim.engine import simulate
from chansim.model.component import Component
from chansim.model.fault import Kill, Leave, Pause, Vanish
from chansim.scenario import Scenario

# 1. Ghosts in steady state


def _ghosts(every: float, hours: float) -> Number:
    lifetime = 3600 * hours
    expected = lifetime / every
    return Number(
        "the ghosts",
        expected,
        0.005 * expected,
        "ghosts",
        f"L = λW: one in {every:g} s, each for {lifetime:,.0f} s.",
        (
            (
                lambda value: abs(value - hours / every) < 0.01 * hours,
                "hours and seconds are mixed: 1 h = 3600 s.",
            ),
            (
                lambda value: abs(value - 60 * hours / every) < 0.6 * hours,
                "minutes and seconds are mixed: 1 h = 3600 s.",
            ),
            (
                lambda value: abs(value - lifetime * every) < 0.01 * lifetime * every,
                f"λ is a rate: one in {every:g} s is 1/{every:g} a second.",
            ),
            (
                lambda value: abs(value - lifetime) < 1,
                "that is how long each stays. How many come meanwhile?",
            ),
        ),
    )


ghosts = Own(
    "09-ghosts",
    {"every": (4.0, 5.0, 8.0, 10.0, 20.0), "hours": (6.0, 12.0, 24.0)},
    _ghosts,
    {"every": "s", "hours": "h"},
)

# 2. What becomes of the disconnect

OF_100 = 100
FATES = ("left", "full", "expired", "worker killed", "nothing")


def _room(*faults: Component, workers: int = 3, capacity: int = 100, seconds: float = 30.0) -> Scenario:
    quiet = slide24(
        members=OF_100, rate=1e-6, service=0.01, workers=workers, capacity=capacity, seconds=seconds
    )
    return quiet.add(*faults)


def paths() -> dict[str, Scenario]:
    """By what happens at 10 s to a hundred members of a room: the scenario in which it does."""
    return {
        "the browsers are closed, one by one": _room(Leave(name="leave", target="chatters", over=5.0)),
        "the cables are pulled": _room(Vanish(name="vanish", target="chatters", count=OF_100)),
        "all leave at once, the channel holds ten": _room(
            Leave(name="leave", target="chatters", over=0.0), capacity=10
        ).change("chatters", connect_over=9.0),
        "the workers hang for two minutes": _room(
            *(Pause(name=f"pause-{n}", target=f"worker-{n}", at=9.9, seconds=120.0) for n in (1, 2, 3)),
            Leave(name="leave", target="chatters", over=5.0),
            seconds=150.0,
        ),
        "Daphne is killed": _room(Kill(name="kill", target="daphne", down=1.0)),
    }


@cache
def fate(path: str) -> str:
    """What became of most of the hundred disconnects, as the trace says it; "nothing" where none was ever sent."""
    trace = simulate(paths()[path], seed=1).trace
    lost = Counter(row.detail for row in trace.rows(event="lost", channel="websocket.disconnect"))
    lost["left"] = sum(1 for _ in trace.rows(event="left"))
    what, times = lost.most_common(1)[0]
    return what if times > OF_100 / 2 else "nothing"


class _Fates(Mapping[str, Any]):
    """Computed when somebody asks: importing the lessons simulates nothing."""

    def __getitem__(self, path: str) -> str:
        return fate(path)

    def __iter__(self) -> Iterator[str]:
        return iter(paths())

    def __len__(self) -> int:
        return len(paths())


ways = Exact(
    "what becomes of the disconnects",
    _Fates(),
    "One way of five takes the socket out of its room.",
    {
        "the browsers are closed, one by one": "nothing is wrong here. What does the consumer do?",
        "the cables are pulled": "who would send a message? Nobody closed anything.",
        "all leave at once, the channel holds ten": "a hundred messages, and room for ten. What does Daphne do then?",
        "the workers hang for two minutes": "a message waits for 60 s at most.",
        "Daphne is killed": "Daphne would send the disconnect.",
    },
)

# 3. The reconnect storm

SEEDS = (1, 2, 3)
WINDOWS = (0.25, 0.5, 0.75, 1.0, 1.1, 1.25, 1.5, 2.0, 4.0)


def _cost(window: Any) -> float:
    """Seconds that the last one waits; a window that loses a connect does not do."""
    if isinstance(window, bool) or not isinstance(window, (int, float)):
        raise ValueError("a number of seconds is asked for.")
    if not 0 <= window <= 60:
        raise ValueError(f"{window:g} s: between nothing and a minute, please.")
    lost = [
        len(list(simulate(da18(within=float(window)), seed=seed).trace.rows(event="lost"))) for seed in SEEDS
    ]
    if any(lost):
        raise ValueError(
            f"with {1000 * window:.0f} ms, {max(lost)} connects find the channel full. It holds 100, and four workers "
            "take one in 10 ms each."
        )
    return float(window)


storm = Choice(
    "the window",
    WINDOWS[4:],
    _cost,
    "s",
    "Long enough for all five hundred, and nobody waits much longer than he must.",
    open=True,
    within=0.5,
)

EXERCISES = {"09-ghosts": ghosts, "09-paths": ways, "09-window": storm}

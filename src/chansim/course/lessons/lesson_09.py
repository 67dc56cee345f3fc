"""Dead sockets: the exercises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from random import Random
from typing import Any

from chansim.course.choice import Choice
from chansim.course.exact import Exact
from chansim.course.learner import Own
from chansim.course.number import Number
from chansim.course.numerals import described
from chansim.course.property import Property, generated
from chansim.deployments import slide24
from chansim.deployments.reports import da18
from chansim.engine import simulate
from chansim.model.component import Component
from chansim.model.fault import Kill, Leave, Pause, Vanish
from chansim.scenario import Scenario

# 1. Which losses nobody is told of

FATES_OF_REQUESTS = (
    ("http.request", ("503",)),
    ("websocket.connect", ()),
    ("websocket.connect", ("503",)),
    ("websocket.receive", ()),
    ("websocket.receive", ("1013",)),
    ("websocket.disconnect", ()),
    ("websocket.send", ()),
    ("websocket.send", ("frame",)),
    ("", ("200",)),
    ("", ("503",)),
    ("", ("accept",)),
    ("", ("frame", "frame")),
)
"""What is lost of a request, "" for nothing, and what comes of it to clients, of all eras. A 503 may be the view's."""

Lists = tuple[list[tuple[int, str]], list[tuple[int, str]]]
"""What is lost, and what came to clients; each with the number of its request."""


def _lists(dice: Random) -> Lists:
    lost: list[tuple[int, str]] = []
    came: list[tuple[int, str]] = []
    for request in dice.sample(range(1, 1000), dice.randint(0, 8)):
        channel, seen = dice.choice(FATES_OF_REQUESTS)
        lost += [(request, channel)] * (bool(channel) * (1 + len(seen)))
        came += [(request, what) for what in seen]
    return lost, came


def _untold(lost: Any, came: Any) -> set[int]:
    refused = {request for request, what in came if what in ("503", "1013")}
    return {request for request, _ in lost} - refused


def _not_untold(find: Callable[..., Any], case: Lists) -> str:
    lost, came = case
    found = find([*lost], [*came])
    if not isinstance(found, (set, frozenset, list, tuple)) or not all(isinstance(n, int) for n in found):
        return f"it should give a set of numbers, and gave {described(found)}."
    right = _untold(lost, came)
    for request in found:
        if request not in right:
            words = [what for number, what in came if number == request]
            if request not in dict(lost):
                return f"{request!r} is in your answer, and is no request that lost anything."
            return (
                f"request {request} lost its {dict(lost)[request]}, and is in your answer; but {words} came."
            )
    for request in sorted(right - set(found)):
        words = [what for number, what in came if number == request]
        came_to = f"{words} came, which does not say so" if words else "nothing came"
        return f"request {request} lost its {dict(lost)[request]}, and {came_to}: it belongs in the answer."
    return ""


untold = Property(
    "untold(lost, came)",
    _not_untold,
    generated(_lists, seed="09-untold"),
    "What is lost is noticed where somebody waits for an answer.",
    said=lambda case: f"lost={case[0]}, came={case[1]}",
)

# 3. Ghosts in steady state


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

# 4. The reconnect storm

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

EXERCISES = {"09-untold": untold, "09-ghosts": ghosts, "09-paths": ways, "09-window": storm}

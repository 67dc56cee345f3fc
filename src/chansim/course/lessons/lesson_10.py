"""Two machines: the exercises."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

from chansim.course.function import Function
from chansim.course.rule import Rule
from chansim.deployments import slide29, slide30_sharded, slide31
from chansim.engine import simulate
from chansim.model.network import Network
from chansim.scenario import Scenario

# 1. What isolated layers deliver

_ROOMS = ((15.0, 15.0), (10.0, 20.0), (30.0, 0.0), (7.0, 1.0), (200.0, 100.0))


def delivered_share(here: float, there: float) -> float:
    """Of all pairs of a speaker and a hearer in one room, those on the same machine."""
    return (here**2 + there**2) / (here + there) ** 2


delivered = Function(
    "delivered(here, there)",
    delivered_share,
    _ROOMS,
    "a share from 0 to 1",
    "Each line reaches those on its speaker's machine, and the larger machine has more speakers too.",
    (
        (
            lambda here, there: here / (here + there),
            "That is the share for who speaks on this machine. The others speak too, to those on theirs.",
        ),
        (lambda here, there: 0.5, "Right for two halves. What if nearly all are on one machine?"),
        (
            lambda here, there: max(here, there) / (here + there),
            "That is the larger machine's share. Weigh each machine by how many speak on it.",
        ),
        (
            lambda here, there: here**2 + there**2,
            "That is how many pairs hear one another. Of how many pairs in all?",
        ),
        (lambda here, there: 100 * delivered_share(here, there), "Those are per cent. A share is asked for."),
    ),
)

# 2. Nobody listens there

_LAYERS = ((2.0, 1.0), (2.0, 4.0), (2.0, 10.0), (3.0, 10.0), (4.0, 10.0), (1.0, 3.0))


def unheard_share(shards: float, workers: float) -> float:
    """How often none of the idle workers listens to the shard that a message lies on."""
    return math.pow(1 - 1 / shards, workers)


listeners = Function(
    "unheard(shards, workers)",
    unheard_share,
    _LAYERS,
    "a share from 0 to 1",
    "Each worker listens elsewhere with 1 − 1/S, and all of them must.",
    (
        (
            lambda shards, workers: 1 - (1 - 1 / shards) ** workers,
            "That is how often somebody does listen there.",
        ),
        (
            lambda shards, workers: 1 - 1 / shards,
            "That is for one worker. All of them must listen elsewhere.",
        ),
        (lambda shards, workers: (1 / shards) ** workers, "That is how often all listen just there."),
        (
            lambda shards, workers: workers * (1 - 1 / shards),
            "A chance is never above 1. Chances of independent things are multiplied.",
        ),
    ),
)

# 3. A layer for each story

LAYERS: dict[str, Callable[..., Scenario]] = {
    "shared": slide29,
    "sharded": lambda **knobs: slide30_sharded(shards=2, **knobs),
    "local": slide31,
}
STORIES: dict[str, dict[str, Any]] = {
    "uneven": {"machines": 3, "workers": 3, "rate": 150, "shares": (50, 30, 20), "seconds": 20},
    "busy Redis": {
        "machines": 2, "workers": 4, "rate": 600, "service": 0.005, "operation": 0.0005, "seconds": 5,
    },
    "far Redis": {"machines": 2, "workers": 3, "rate": 20, "network": Network(between="wan"), "seconds": 60},
    "no workers on one": {"machines": 3, "workers": (3, 3, 0), "rate": 60, "seconds": 30},
}  # fmt: skip
REGRET = 0.10


@cache
def cost(story: str, layer: str) -> float:
    """The p99 of this story on that layer, in seconds; infinity where anybody is turned away."""
    found = simulate(LAYERS[layer](**STORIES[story]), seed=1).summary()
    return math.inf if found["failed"] else float(found["p99"])


_HINTS = {
    "uneven": "half of the requests come to one machine. Whose workers may help there?",
    "busy Redis": "how many calls to Redis does a page cost on each of the layers, and how many does it do a second?",
    "far Redis": "which messages have to cross the ocean, and how often does a worker look over there?",
    "no workers on one": "who takes the requests of the machine that has no worker?",
}


def _chosen_badly(choice: dict[str, Any]) -> str:
    for story in STORIES:
        layer = choice.get(story)
        if layer not in LAYERS:
            return f"{story!r}: one of {', '.join(map(repr, LAYERS))} is asked for."
        best = min(cost(story, each) for each in LAYERS)
        if not cost(story, layer) <= (1 + REGRET) * best:
            return f"{story!r}: {_HINTS[story]}"
    return ""


layers = Rule(
    "a layer for each story",
    dict,
    "a dict",
    _chosen_badly,
    "each is within a tenth of the best p99. No layer wins everywhere.",
)

EXERCISES = {"10-delivered": delivered, "10-listeners": listeners, "10-layers": layers}

"""Two machines, tried: see lesson_01.py for what stands in such a file."""

from chansim import simulate, theory
from chansim.course.lessons.lesson_10 import LAYERS, STORIES, cost
from chansim.deployments import slide29, slide31


def delivered(here, there):
    return (here * here + there * there) / (here + there) ** 2


def unheard(shards, workers):
    return (1 - 1 / shards) ** workers


BEST = {"uneven": "shared", "busy Redis": "local", "far Redis": "local", "no workers on one": "shared"}


def but(story, layer):
    return {**BEST, story: layer}


RIGHT = {"10-delivered": [delivered], "10-listeners": [unheard], "10-layers": [BEST]}
WRONG = {
    "10-delivered": {
        None: "a function is asked for",
        (lambda here, there: here / (here + there)): "The others speak too",
        (lambda here, there: 0.5): "Right for two halves",
        (lambda here, there: max(here, there) / (here + there)): "Weigh each machine",
        (lambda here, there: here**2 + there**2): "Of how many pairs",
        (lambda here, there: 100 * delivered(here, there)): "per cent",
        (lambda here, there: 0.1): "too low",
    },
    "10-listeners": {
        None: "a function is asked for",
        (lambda shards, workers: 1 - unheard(shards, workers)): "somebody does listen",
        (lambda shards, workers: 1 - 1 / shards): "for one worker",
        (lambda shards, workers: shards**-workers): "all listen just there",
        (lambda shards, workers: workers * (1 - 1 / shards)): "never above 1",
        (lambda shards, workers: 2.0): "too high",
    },
    "10-layers": [
        (None, "a dict is asked for"),
        ({}, "is asked for"),
        (but("uneven", "local"), "Whose workers may help"),
        (but("busy Redis", "shared"), "how many calls to Redis"),
        (but("far Redis", "shared"), "cross the ocean"),
        (but("no workers on one", "local"), "that has no worker"),
        (but("uneven", "isolated"), "one of 'shared', 'sharded', 'local'"),
    ],
}
GIVEN = [
    "a second, 50 ms each", "call take 0.5 ms of Redis's time", "come, 5 ms each", "30 % by the second",
    "some 10 to 20 ms",
    "a second of 50 ms", "a second of 5 ms", "0.5 ms of Redis's time a call", "is 30 ms away", "calls × rate × time",
]  # fmt: skip


def computed() -> list[str]:
    assert {story: min(LAYERS, key=lambda layer: cost(story, layer)) for story in STORIES} == BEST
    pooled, apart = theory.MMc(150, 0.05, 9), theory.MMc(50, 0.05, 3)
    uneven = simulate(slide31(rate=150, shares=(50, 30, 20), seconds=60), seed=1).summary()
    turned = uneven["failed"]["full"] / uneven["requests"]
    assert (
        simulate(slide29(machines=3, rate=150, shares=(50, 30, 20), seconds=60), seed=1).summary()["failed"]
        == {}
    )
    assert theory.MMc(75, 0.05, 3).utilisation == 1.25
    light = simulate(
        slide29(machines=2, workers=4, rate=600, service=0.005, operation=0.0005, seconds=10), seed=1
    )
    return [
        f"The first machine gets {150 * 0.5:.0f} of the 150, and its three workers can do {3 / 0.05:.0f}",
        f"The workers could do {2 * 4 / 0.005:.0f} a second",
        f"one Redis lets some {10 * round(light.summary()['throughput'] / 10 + 0.5):.0f} through",
        f"{1000 * pooled.mean_sojourn:.0f} ms for nine workers together and {1000 * apart.mean_sojourn:.0f} ms",
        f"{100 * turned:.0f} % of all visitors",
        f"λS/c = {100 * theory.MMc(75, 0.05, 3).load / 3:.0f} %",
        f"one time in {1 / unheard(2, 10):.0f}",
    ]

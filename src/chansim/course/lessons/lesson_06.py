"""How many workers?: the exercises."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any

from chansim.channels import Message, costs, route
from chansim.course.choice import Choice
from chansim.course.function import Function
from chansim.course.learner import Own
from chansim.course.number import Number
from chansim.duration import Duration, Exponential
from chansim.scenario import Scenario
from chansim.theory import ClosedMMc, MMc, servers_for

# 1. The least number of workers for a promise

SERVICE = 0.05


def _least(rate: float, target: float) -> Number:
    """The exercise for so many requests a second of 50 ms, and a p99 of *target* seconds."""
    least = servers_for(rate, SERVICE, 0.99, target)

    def p99(workers: float) -> float:
        return MMc(rate, SERVICE, int(workers)).percentile(0.99)

    return Number(
        "the least c",
        least,
        0.0,
        "workers",
        f"p99 is {1000 * p99(least):.0f} ms; with one fewer it is {1000 * p99(least - 1):.0f} ms.",
        (
            (lambda value: value != int(value), "workers come whole."),
            (
                lambda value: value * (1 / SERVICE) <= rate,
                f"they cannot keep up: {rate:g} requests a second bring {rate * SERVICE:g} seconds of work.",
            ),
            (lambda value: value < least, f"they keep up, but p99 is above {1000 * target:.0f} ms."),
            (lambda value: value > least, "that is enough, and more than it takes. Which is the least?"),
        ),
    )


least_workers = Own(
    "06-workers",
    {"rate": (90.0, 120.0, 150.0, 190.0, 240.0), "target": (0.245, 0.26, 0.28)},
    _least,
    {"rate": "requests/s", "target": "s"},
)

# 2. Who takes the thumbnails

WORKERS, PAGES, PAGE, UPLOADS, THUMBNAIL = 4, 40.0, 0.025, 0.5, 2.0


@costs(io=Exponential(THUMBNAIL))
def thumbnail(message: Message) -> None:
    """Make a small picture of a large one: two seconds, on average."""


def gallery(pages: int = 0, thumbnails: int = 0, both: int = WORKERS) -> Scenario:
    """A site with pages, 40 a second of 25 ms, and thumbnails, one in two seconds, of 2 s each.

    Of the workers *pages* take pages only, *thumbnails* those only, and *both* whatever comes.
    """
    from chansim.deployments import slide16
    from chansim.model.arrivals import Poisson
    from chansim.model.event_source import EventSource

    site = slide16(rate=PAGES, service=PAGE, workers=pages + thumbnails + both, capacity=1000)
    uploads = EventSource(
        name="uploads", machine="server", layer="layer", channel="thumbnail", arrivals=Poisson(UPLOADS)
    )
    site = site.change("site", routing=(route("thumbnail", thumbnail),)).add(uploads)
    for number in range(1, pages + 1):
        site = site.change(f"worker-{number}", exclude_channels=("thumbnail",))
    for number in range(pages + 1, pages + thumbnails + 1):
        site = site.change(f"worker-{number}", only_channels=("thumbnail",))
    return site.with_(title="Pages and thumbnails")


@cache
def page_p99(pages: int, thumbnails: int, both: int) -> float:
    """The p99 of a page in two minutes of the gallery."""
    from chansim.engine import simulate
    from chansim.measures import latencies, percentile

    run = simulate(gallery(pages, thumbnails, both), seed=1, seconds=120.0)
    return percentile(latencies(run.trace, "clients"), 0.99)


def _split_costs(split: Any) -> float:
    several = isinstance(split, (tuple, list)) and len(split) == 3
    if not several or not all(type(each) is int and each >= 0 for each in split):
        raise ValueError("three whole numbers are asked for: for pages only, for thumbnails only, for both.")
    pages, thumbnails, both = split
    if sum(split) != WORKERS:
        raise ValueError(f"there are {WORKERS} workers, and this is {sum(split)}.")
    if thumbnails + both <= UPLOADS * THUMBNAIL:
        raise ValueError("the thumbnails need more than one worker: λ·S is 1, and ρ would be 1.")
    if pages + both <= PAGES * PAGE:
        raise ValueError("the pages need more than one worker: λ·S is 1, and ρ would be 1.")
    return page_p99(pages, thumbnails, both)


split = Choice(
    "the split",
    ((2, 0, 2), (2, 1, 1), (2, 2, 0), (1, 0, 3), (0, 0, 4)),
    _split_costs,
    "s",
    "Reserve as many as the pages need at their worst, and let the others help where they can.",
    (
        ((0, 0, 4), "four thumbnails at once, and every page waits for one of them. Keep some back."),
        ((1, 0, 3), "the one that is kept back is alone when three thumbnails come together."),
        (
            (2, 2, 0),
            "good, and there is better: may those for thumbnails help with pages while there are none?",
        ),
    ),
    open=True,
)

# 3. How many users

_PEOPLE = ((4, 1.0, 0.05), (8, 1.0, 0.05), (2, 10.0, 0.1), (16, 5.0, 0.25), (1, 0.5, 0.5))


def most_users(workers: float, think: float, service: float) -> float:
    """N* = c·(Z + S)/S."""
    return ClosedMMc(1, think, service, int(workers)).knee


users = Function(
    "N*",
    most_users,
    _PEOPLE,
    "users",
    "Of each cycle of Z + S seconds a user takes a worker for S: c workers, c·(Z + S)/S users.",
    (
        (
            lambda workers, think, service: workers * think / service,
            "Nearly: the cycle of a user is thinking and being served, Z + S.",
        ),
        (
            lambda workers, think, service: workers / service,
            "That is how many requests a second the workers can do. How often does one user ask?",
        ),
        (
            lambda workers, think, service: (think + service) / service,
            "That is for one worker.",
        ),
    ),
)

# For the notebook


def queue_of(rate: float, law: Duration, jobs: int = 200_000, seed: int = 1) -> float:
    """The mean wait of so many customers at one server, by Lindley's recursion: who comes next waits for what the
    one before waited, and was served, less the gap between them."""
    dice, gap, wait, total = Random(seed), Exponential(1 / rate), 0.0, 0.0
    for _ in range(jobs):
        total += wait
        wait = max(0.0, wait + law.quantile(dice.random()) - gap.quantile(dice.random()))
    return total / jobs


def with_users(site: Scenario, number: int, think: float) -> Scenario:
    """*site* with so many users who think for *think* seconds on average, in place of its clients."""
    from chansim.model.population import Population

    people = Population(
        name="clients", server=site["clients"].server, number=number, think=Exponential(think)
    )
    others = (each for each in site.components if each.name != "clients")
    return site.with_(components=(people, *others))


EXERCISES: dict[str, Any] = {"06-workers": least_workers, "06-split": split, "06-users": users}

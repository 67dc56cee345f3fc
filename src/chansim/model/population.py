"""Population: so many users, and no more. Each asks, waits for the answer, thinks, and asks again.

It is closed: unlike Clients, who come however slow the server is, users ask less the longer
they wait: N = X·(R + Z), the response-time law.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from chansim.duration import Duration, Exponential
from chansim.model.component import Component, duration, knob, link
from chansim.model.world import Parcel, World, http_request
from chansim.quantities import plain


@dataclass(frozen=True, kw_only=True)
class Population(Component):
    """*number* people, who each *think* before every request, the first too, and wait for its answer.

    Whatever the answer is, thinking follows. Each has draws of its own, so that
    one's n-th request asks for the same work in every deployment.
    """

    server: str = link("server", doc="the server they send requests to")
    number: int = knob(
        40, unit="users", low=1, high=1_000_000, slider=(1, 400), doc="how many people there are"
    )
    think: Duration = duration(
        Exponential(1.0), slider=(0.0, 10.0), doc="seconds from an answer to the next request"
    )
    path: str = "/"

    role = "client"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.path, str) or not self.path.startswith("/"):
            raise self.wrong("path", self.path, "it must be text that begins with '/'")
        if not self.think.mean > 0:
            raise self.wrong("think", self.think, "it must be above 0 s, on average")

    @property
    def endless(self) -> bool:
        return True

    @property
    def label(self) -> tuple[str, ...]:
        return ("Clients", f"{self.number} users, think {plain(self.think.mean)} s")

    def start(self, world: World) -> None:
        People(self, world)


class People:
    """The users of one run."""

    def __init__(self, population: Population, world: World):
        self.world = world
        self.population = population
        self.name = population.name
        self.code = world.code(population.name)
        self.waiting: dict[int, User] = {}  # by request
        world.on_arrival(population.name, self.answered)
        world.expect(+1)  # they would go on for ever
        for number in range(1, population.number + 1):
            self.think(User(world.random(self.name, f"user {number}")), 0.0)

    def think(self, user: User, since: float) -> None:
        """Let a user think, from the moment *since*."""
        self.world.call_at(since + self.population.think.quantile(user.draw()), self.ask, user)

    def ask(self, user: User) -> None:
        """Open a user's next request."""
        request = self.world.new_request(user.draw())
        self.waiting[request] = user
        self.world.post(
            self.name, self.population.server, "request", request, http_request(self.population.path)
        )

    def answered(self, parcel: Parcel) -> None:
        """Take an answer, or a part of one."""
        self.world.accept(parcel, self.code)
        if parcel.kind != "part":
            self.think(self.waiting.pop(parcel.request), self.world.now)


class User:
    """One of them: its own stream of draws."""

    __slots__ = ("draw",)

    def __init__(self, random: Random):
        self.draw = random.random

"""RedisHosts: the Redis servers of one layer, and which of them is asked for what, by the era's rule."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from random import Random

from chansim.layer.eras import Era
from chansim.layer.names import one_reader
from chansim.layer.shards import shard_of
from chansim.live.redis_host import RedisHost


class RedisHosts:
    """*all* of them, in the order in which every process names them."""

    def __init__(self, all_of_them: Sequence[RedisHost], era: Era, random: Random):
        self.all = list(all_of_them)
        self._era = era
        self._random = random
        self._lock = threading.Lock()
        self._turn = [-1, -1]  # the host of the last send to a normal channel, and of the last receive

    def places(self, names: list[str]) -> Iterable[tuple[RedisHost, list[str]]]:
        """Whom to ask for which of these, in which order: of several hosts the era draws the first to be asked."""
        if len(self.all) == 1:
            return [(self.all[0], names)] if names else []
        first = self._next(1)
        order = [*range(first, len(self.all)), *range(first)]
        found = []
        for place in order:
            here = [name for name in names if not one_reader(name) or self.home(name) == place]
            if here:
                found.append((self.all[place], here))
        return found

    def home(self, name: str) -> int:
        """Which of them has what only one has, a member's memberships among it."""
        return shard_of(name, len(self.all), self._era)

    def _next(self, way: int) -> int:
        """The host for a normal channel: each in turn, or one at random, as the era has it."""
        if not self._era.shards_in_turn:
            return self._random.randrange(len(self.all))
        with self._lock:
            self._turn[way] = (self._turn[way] + 1) % len(self.all)
            return self._turn[way]

    def to_send(self, queue: str) -> RedisHost:
        """Where the next message of *queue* goes."""
        if len(self.all) == 1:
            return self.all[0]
        return self.all[self.home(queue) if one_reader(queue) else self._next(0)]

    def of(self, channel: str) -> list[RedisHost]:
        """Where messages of *channel* may be."""
        return [self.all[self.home(channel)]] if one_reader(channel) else self.all

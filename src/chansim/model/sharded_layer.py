"""ShardedLayer: one channel layer over several hosts, as asgi_redis had it with several Redis servers.

Nobody stands between: each process works out by itself which host has a name.
So it is no box of the picture; its shards are, each a layer on a machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chansim.layer.eras import ERAS, IN_WORDS, JUNE_2016, Era, era_called
from chansim.layer.names import check_group, one_reader
from chansim.layer.shards import shard_of
from chansim.layer.statistics import Figures, together
from chansim.model.channel_layer import check_era
from chansim.model.component import Component, choice, knob, several
from chansim.model.several_layers import BLOCKS, AccessOfSeveral, Asked, Part
from chansim.model.world import World

if TYPE_CHECKING:
    from chansim.scenario import Scenario


@dataclass(frozen=True, kw_only=True)
class ShardedLayer(Component):
    """Of the layers *shards*, each channel with one reader, and each group, has its own; normal channels are on all.

    A message to a normal channel goes to one of them, drawn at random (2016) or in
    turn (asgi_redis 1.4), and a receive asks one of them, drawn in the same way: it may
    wait there for 5 s while the message is on another. So such a channel holds as
    many messages as all shards together. A group send asks the group's shard, then
    goes to each member's shard, one after the other, and there costs *per_member*.

    *defect*: as asgi_redis 0.13.0 was in June 2016: whatever a process sends goes to
    one shard, drawn when it starts, whether or not it is read there. *era* and
    *group_expiry* must be those of the shards.

    Of the promises of a layer it does not keep all: messages of a normal channel are
    in order within a shard only; and a member whose message expires unread leaves
    only the groups of the message's own shard.
    """

    shards: tuple[str, ...] = several("layer", least=1, doc="the layers it consists of, in order")
    defect: bool = False
    group_expiry: float = knob(
        JUNE_2016.group_expiry,
        unit="s",
        above=0.0,
        high=1e9,
        slider=(1.0, 86400.0),
        doc="seconds a membership lasts",
    )
    era: str | Era = choice(JUNE_2016.name, tuple(ERAS), doc=IN_WORDS, verb="use_era")

    provides = "layer"
    first = True
    column = 2
    placed = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_era(self, self.era)
        if not isinstance(self.defect, bool):
            raise self.wrong("defect", self.defect, "it must be True or False")

    def lanes(self) -> tuple[str, ...]:
        return ()  # it is nowhere

    def check(self, scenario: Scenario) -> None:
        for name in self.shards:
            shard = scenario[name]
            if any(True for _ in shard.links()):
                raise self.wrong(
                    "shards", self.shards, f"{name!r} is itself made of several layers; name those"
                )
            if era_called(shard.era) != era_called(self.era):
                raise self.wrong(
                    "era", self.era, f"it must be that of its shards, and {name!r} has {shard.era!r}"
                )
            if shard.group_expiry != self.group_expiry:
                words = f"it must be that of its shards, and {name!r} has {shard.group_expiry!r}"
                raise self.wrong("group_expiry", self.group_expiry, words)

    def start(self, world: World) -> None:
        world.share(self.name, Shards(self, world))


class Shards:
    """The sharded layer of one run."""

    def __init__(self, layer: ShardedLayer, world: World):
        self.layer = layer
        self.world = world

    def access(self, component: Component, lane: str = "") -> AccessOfShards:
        """The layer as *component*, or one *lane* of it, sees it."""
        parts = [self.world.shared(name).access(component, lane) for name in self.layer.shards]
        return AccessOfShards(self.layer, parts, component.name, lane or component.name, self.world)


class AccessOfShards(AccessOfSeveral):
    """What one component may do with a sharded layer; see LayerAccess."""

    def __init__(self, layer: ShardedLayer, parts: Sequence[Part], process: str, by: str, world: World):
        super().__init__(parts, by, world)
        self.draw = world.random(by, f"shards of {layer.name}").randrange
        self.sends = self.receives = -1  # the shard of the last, where they go in turn
        self.scripts: Part | None = None  #: where all that its process sends goes
        if layer.defect:
            self.scripts = parts[world.random(process, f"scripts of {layer.name}").randrange(len(parts))]
        self.heard: Counter[int] = Counter()  # shard -> channels with one reader that are listened to there
        self.heard_everywhere = 0  # normal channels that are listened to

    def shard(self, name: str) -> int:
        """The shard of a channel with one reader, or of a group."""
        return shard_of(name, len(self.parts), self.era)

    def next(self, last: int) -> int:
        """The shard for a normal channel, after the *last*."""
        return (last + 1) % len(self.parts) if self.era.shards_in_turn else self.draw(len(self.parts))

    def to(self, channel: str) -> Part:
        if self.scripts is not None:
            return self.scripts
        if one_reader(channel):
            return self.parts[self.shard(channel)]
        self.sends = self.next(self.sends)
        return self.parts[self.sends]

    def home(self, group: str) -> Part:
        check_group(group, self.era)
        return self.parts[self.shard(group)]

    def asked(self, channels: Sequence[str]) -> Iterable[Asked]:
        self.receives = self.next(self.receives)
        found: dict[int, list[str]] = {}
        for channel in channels:
            found.setdefault(self.shard(channel) if one_reader(channel) else self.receives, []).append(
                channel
            )
        return [(self.parts[place], tuple(found[place]), BLOCKS) for place in self.one_or_all(list(found))]

    def looked_at(self) -> Iterable[int]:
        self.receives = self.next(self.receives)
        places = [place for place in self.heard if self.heard[place]]
        if self.heard_everywhere and self.receives not in places:
            places.append(self.receives)
        return self.one_or_all(places)

    def one_or_all(self, places: list[int]) -> list[int]:
        """Whom a receive asks of those that it could: one at random, and, since they take turns, all."""
        if self.era.shards_in_turn or len(places) < 2:
            return places
        return [places[self.draw(len(places))]]

    def holders(self, channel: str) -> Iterable[int]:
        return (self.shard(channel),) if one_reader(channel) else range(len(self.parts))

    def listen(self, listener: Any, channel: str, loop: Any = None) -> None:
        """See LayerCore.listen."""
        self._hear(channel, +1)
        super().listen(listener, channel, loop)

    def stop_listening(self, channel: str) -> None:
        """See LayerCore.stop_listening."""
        self._hear(channel, -1)
        super().stop_listening(channel)

    def _hear(self, channel: str, more: int) -> None:
        if one_reader(channel):
            self.heard[self.shard(channel)] += more
        else:
            self.heard_everywhere += more

    def global_statistics(self) -> Figures:
        """The figures of all shards together."""
        return together([part.global_statistics() for part in self.parts])

    def channel_statistics(self, channel: str) -> Figures:
        """The figures of one channel, on all shards that may have some of it."""
        return together([self.parts[place].channel_statistics(channel) for place in self.holders(channel)])

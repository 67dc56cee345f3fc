"""LocalLayer: RedisLocalChannelLayer. Normal channels stay on their machine; replies and groups go through Redis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chansim.layer.eras import JUNE_2016, era_called
from chansim.layer.names import one_reader
from chansim.layer.statistics import Figures
from chansim.model.component import Component, knob, link
from chansim.model.ipc_layer import IPCLayer
from chansim.model.several_layers import BLOCKS, AccessOfSeveral, Asked, Part
from chansim.model.world import World

if TYPE_CHECKING:
    from chansim.scenario import Scenario


@dataclass(frozen=True, kw_only=True)
class LocalLayer(IPCLayer):
    """One machine's layer for normal channels; all else, names with ``!`` or ``?`` and groups, is the *shared* one's.

    Whoever is on another machine sees nothing of what is sent to a normal channel
    here: a machine with an interface server needs workers for every normal channel.
    Where one receive asks for both kinds of names, the local ones come first, always,
    and while it waits for the others, up to 5 s, it does not see a new local one.
    A normal channel in a group is written to on the sender's machine. A group send goes
    to one member after the other. Statistics are the shared layer's: those of normal channels read 0.

    All knobs are of the local half. (In June 2016 they were, and the Redis half had the defaults whatever was said.)
    """

    shared: str = link("layer", doc="the layer that all machines share")
    capacity: int = knob(
        JUNE_2016.shared_capacity,
        unit="messages",
        low=1,
        high=10**9,
        slider=(1, 1000),
        doc="messages a channel holds",
    )

    @property
    def label(self) -> tuple[str, ...]:
        return ("Channel Layer", "(RedisLocal)")

    def check(self, scenario: Scenario) -> None:
        super().check(scenario)
        shared = scenario[self.shared]
        if any(field == "shared" for field, _ in shared.links()):
            raise self.wrong(
                "shared", self.shared, "it keeps normal channels to one machine itself; name one in Redis"
            )
        if era_called(shared.era) != era_called(self.era):
            raise self.wrong("era", self.era, f"it must be that of {self.shared!r}, which is {shared.era!r}")

    def simulate(self, world: Any) -> None:
        super().simulate(world)
        world.share(self.name, Halves(self, world))

    def execute(self, world: Any) -> None:
        super().execute(world)
        world.share(self.name, Halves(self, world))


class Halves:
    """The local and the shared layer of one run, as one."""

    def __init__(self, layer: LocalLayer, world: World):
        self.layer = layer
        self.world = world
        self.local = local = world.shared(layer.name)
        # the process that may be killed is the local one
        self.kill, self.stop, self.restart = local.kill, local.stop, local.restart

    def access(self, component: Component, lane: str = "") -> AccessOfHalves:
        """The layer as *component*, or one *lane* of it, sees it."""
        parts = [half.access(component, lane) for half in (self.local, self.world.shared(self.layer.shared))]
        return AccessOfHalves(parts, lane or component.name, self.world)


class AccessOfHalves(AccessOfSeveral):
    """What one component may do with a LocalLayer; see LayerAccess."""

    def to(self, channel: str) -> Part:
        return self.parts[one_reader(channel)]

    def home(self, group: str) -> Part:
        return self.parts[1]

    def asked(self, channels: Sequence[str]) -> Iterable[Asked]:
        local, shared = self.parts
        normal = tuple(channel for channel in channels if not one_reader(channel))
        others = tuple(channel for channel in channels if one_reader(channel))
        if normal and others:
            return (local, normal, 0.0), (shared, others, BLOCKS)
        return ((shared, others, None),) if others else ((local, normal, None),)

    def holders(self, channel: str) -> Iterable[int]:
        return (int(one_reader(channel)),)

    def looked_at(self) -> Iterable[int]:
        return (0, 1)

    def global_statistics(self) -> Figures:
        """The shared layer's: it knows nothing of the other."""
        return self.parts[1].global_statistics()

    def channel_statistics(self, channel: str) -> Figures:
        """The shared layer's: it knows nothing of the other."""
        return self.parts[1].channel_statistics(channel)

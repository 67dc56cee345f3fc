"""IPCLayer: a channel layer in memory that the processes of one machine share, as asgi_ipc."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chansim.layer.eras import JUNE_2016
from chansim.model.channel_layer import ChannelLayer
from chansim.model.component import knob
from chansim.model.simulated_layer import SimulatedLayer
from chansim.model.world import Behaviour

if TYPE_CHECKING:
    from chansim.scenario import Scenario


@dataclass(frozen=True, kw_only=True)
class IPCLayer(ChannelLayer):
    """All that waits is read and written in each call, under one lock: a call takes *operation* seconds,
    and *per_waiting* more for each message that waits, in whatever channel. Nobody on another machine can use it.

    Its ``receive_many`` never waited, so an idle worker looks every *worker_poll*
    seconds. The times are our measurements of asgi_ipc 1.4.2, a send and a receive taking
    turns: 9,250 pairs/s with nothing waiting, 4,500 with 100 messages, 630 with 1,000, 130 with 5,000.
    What asgi_ipc 1.0.0 lost and doubled, in June 2016, is not modelled.
    """

    one_machine = True

    capacity: int = knob(
        JUNE_2016.memory_capacity,
        unit="messages",
        low=1,
        high=10**9,
        slider=(1, 1000),
        doc="messages a channel holds",
    )
    operation: float = knob(
        0.000_054, unit="s", high=60.0, slider=(0.0, 0.005), doc="seconds of the layer's work per call"
    )
    per_waiting: float = knob(
        0.000_000_75, unit="s", high=60.0, slider=(0.0, 0.000_01), doc="the same per message that waits"
    )
    worker_poll: float = knob(
        0.01, unit="s", high=60.0, slider=(0.0, 0.1), doc="seconds between an idle worker's looks"
    )

    @property
    def label(self) -> tuple[str, ...]:
        return ("Channel Layer", "(IPC)")

    def check(self, scenario: Scenario) -> None:
        for each in scenario.components:
            is_user = self.name in (name for _, name in each.links())
            if is_user and each.machine != self.machine and (each.placed or "layer" in each.provides.split()):
                where = f"on {each.machine!r}" if each.machine else "on no machine"
                raise self.wrong(
                    "machine",
                    self.machine,
                    f"{each.kind} {each.name!r} is {where}, and this layer is in memory that only the processes "
                    "of one machine share; give each machine a layer of its own, or use one in Redis",
                )

    def simulate(self, world: Any) -> None:
        world.share(self.name, SimulatedIPC(self, world))


class SimulatedIPC(SimulatedLayer):
    """The layer of one simulated run: its work grows with all that it holds."""

    description: IPCLayer

    def operate(self, seconds: float) -> Behaviour:
        return super().operate(seconds + self.description.per_waiting * self.core.waiting())

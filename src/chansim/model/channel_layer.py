"""ChannelLayer: the queues between interface servers and workers, as a box of the picture.

The rules are ``chansim.layer.core``'s, the very ones that the executed layer
keeps; simulated_layer.py gives them simulated time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from chansim.layer.capacity import Pattern
from chansim.layer.core import LayerCore
from chansim.layer.eras import ERAS, IN_WORDS, JUNE_2016, Era, era_called
from chansim.model.component import Component, choice, knob
from chansim.model.simulated_layer import SimulatedLayer
from chansim.model.world import LayerRules


@dataclass(frozen=True, kw_only=True)
class ChannelLayer(Component):
    """*capacity* messages a channel, *expiry* and *group_expiry* in seconds: the Redis layer's of June 2016.

    *operation*: seconds of the layer's work for each call, and *per_member*
    more for each member of a group send. *worker_poll*: 0 for a layer whose
    ``receive_many`` really waits, as Redis's does; else the seconds that an idle
    worker sleeps between two looks, 0.01 in 2016 for the in-memory layer. *loss*:
    the draft's "resilience testing", the share of the messages that it loses on purpose. *era*:
    whose habits the layer has, and all that are attached to it: "june2016",
    "channels10" or "channels11", or an Era of your own (see :mod:`chansim.layer.eras`).
    """

    capacity: int = knob(
        JUNE_2016.shared_capacity,
        unit="messages",
        low=1,
        high=10**9,
        slider=(1, 1000),
        doc="messages a channel holds",
    )
    channel_capacity: tuple[tuple[Pattern, int], ...] = ()
    expiry: float = knob(
        JUNE_2016.expiry, unit="s", above=0.0, high=1e9, slider=(0.1, 600.0), doc="seconds a message may wait"
    )
    group_expiry: float = knob(
        JUNE_2016.group_expiry,
        unit="s",
        above=0.0,
        high=1e9,
        slider=(1.0, 86400.0),
        doc="seconds a membership lasts",
    )
    operation: float = knob(
        0.0, unit="s", high=60.0, slider=(0.0, 0.005), doc="seconds of the layer's work per call"
    )
    per_member: float = knob(
        0.0, unit="s", high=60.0, slider=(0.0, 0.001), doc="the same per member of a group send"
    )
    worker_poll: float = knob(
        0.0, unit="s", high=60.0, slider=(0.0, 0.1), doc="seconds between an idle worker's looks"
    )

    loss: float = knob(0.0, high=1.0, slider=(0.0, 0.2), doc="share of the messages that it loses on purpose")
    era: str | Era = choice(JUNE_2016.name, tuple(ERAS), doc=IN_WORDS, verb="use_era")

    provides = "layer process"
    first = True
    one_machine: ClassVar[bool] = (
        False  #: whether it is in one machine's memory, where nobody else reaches it
    )
    role = "layer"
    column = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        check_era(self, self.era)
        try:
            object.__setattr__(self, "channel_capacity", tuple((k, v) for k, v in self.channel_capacity))
            LayerCore(channel_capacity=dict(self.channel_capacity))
        except (TypeError, ValueError) as error:
            raise self.wrong(
                "channel_capacity", self.channel_capacity, f'it must be (("pattern", n), ...): {error}'
            ) from None

    def simulate(self, world: Any) -> None:
        world.share(self.name, SimulatedLayer(self, world))

    def execute(self, world: Any) -> None:
        world.share(self.name, world.memory_layer(self.rules))

    @property
    def rules(self) -> LayerRules:
        """What the core needs to know."""
        return LayerRules(
            self.name,
            self.capacity,
            self.expiry,
            self.group_expiry,
            self.channel_capacity,
            self.era,
            self.loss,
        )


def check_era(layer: Component, era: object) -> None:
    """Raise ScenarioError where the *era* of *layer* is none."""
    try:
        era_called(era)  # type: ignore[arg-type]
    except ValueError:
        raise layer.wrong("era", era, f"it must be one of {', '.join(ERAS)}, or an Era") from None

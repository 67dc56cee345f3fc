"""EventSource: an interface server without clients. Something happens, and it says so on a channel.

A timer, a sensor, a feed: any source of events that the application is to hear of.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from chansim.layer.contract import ChannelFull
from chansim.layer.names import InvalidName, check_channel
from chansim.model.arrivals import Arrivals, arriving
from chansim.model.component import Component, knob, link
from chansim.model.world import Behaviour, LayerAccess, World
from chansim.trace import BEGUN, ENDED


@dataclass(frozen=True, kw_only=True)
class EventSource(Component):
    """It sends ``{"number": 1, "member": 1}`` to *channel*, numbered on, at the moments that *arrivals* gives.

    *members*: whom the events are for, one each, in turn. *cpu*: seconds of
    work for each. An event that finds the channel full is lost.
    """

    layer: str = link("layer", doc="the channel layer it sends to")
    channel: str = "event"
    arrivals: Arrivals = arriving(
        1.0, unit="events/s", slider=(0.1, 50.0), doc="events that happen in a second"
    )
    members: int = knob(
        1, unit="members", low=1, high=1_000_000, slider=(1, 200), doc="whom the events are for"
    )
    cpu: float = knob(0.0, unit="s", high=60.0, slider=(0.0, 0.005), doc="seconds of work per event")

    role = "interface"
    column = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        try:
            check_channel(self.channel)
        except InvalidName as error:
            raise self.wrong("channel", self.channel, f"it must be the name of a channel: {error}") from None
        if not hasattr(self.arrivals, "moments") or isinstance(self.arrivals, type):
            raise self.wrong(
                "arrivals", self.arrivals, "it must be Poisson(rate), Recorded(moments) or the like"
            )

    @property
    def endless(self) -> bool:
        return self.arrivals.endless

    @property
    def label(self) -> tuple[str, ...]:
        return ("Events", str(self.arrivals))

    def start(self, world: World) -> None:
        world.expect(+1)
        world.begin(self.happen(world))

    def happen(self, world: World) -> Behaviour:
        """One event after the other."""
        layer: LayerAccess = world.shared(self.layer).access(self)
        overhead, code = world.processor(self.machine).overhead, world.code(self.name)
        service = world.random(self.name, "service")
        moments = self.arrivals.moments(world.random(self.name, "arrivals"))
        for number, moment in enumerate(moments):
            yield max(moment - world.now, 0.0)
            layer.request = world.new_request(service.random())
            message = world.new_message()
            world.write(BEGUN, code, 0, message, layer.request)
            yield from overhead(self.cpu)
            with suppress(ChannelFull):
                layer.send(self.channel, {"number": number + 1, "member": number % self.members + 1})
            yield from layer.settle()
            world.write(ENDED, code, 0, message, layer.request)
        world.expect(-1)

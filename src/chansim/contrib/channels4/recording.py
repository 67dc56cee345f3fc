"""A trace that a project wrote, as a Run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from chansim.contrib.channels4.connection import BROWSERS, CONSUMERS, LAYER
from chansim.model.channel_layer import ChannelLayer
from chansim.model.component import Component, knob, link
from chansim.model.machine import Machine
from chansim.model.world import World
from chansim.run import Run
from chansim.scenario import Scenario
from chansim.trace import Trace


class Recorded(Component):
    """What was there in a recording, and is in no other run."""

    def start(self, world: World) -> None:
        raise self.wrong("name", self.name, "it was recorded from a project of Channels 4, and cannot be run")


@dataclass(frozen=True, kw_only=True)
class Consumers(Recorded):
    """The project's code in one process: up to *connections* at once, each a lane."""

    layer: str = link("layer", doc="the project's channel layer")
    connections: int = knob(1, unit="connections", low=1, high=10**9, slider=(1, 16), doc="most at one time")

    provides = "server sockets"
    role = "worker"
    column = 1

    @property
    def label(self) -> tuple[str, ...]:
        return ("Consumers", f"{self.connections} at once")

    def lanes(self) -> tuple[str, ...]:
        return tuple(f"{self.name}/{number}" for number in range(1, self.connections + 1))


@dataclass(frozen=True, kw_only=True)
class Browsers(Recorded):
    """Whoever came."""

    server: str = link("sockets", doc="the code that answered them")

    role = "client"

    @property
    def label(self) -> tuple[str, ...]:
        return ("Clients",)


def run_of(path: str | Path) -> Run:
    """The Run of a trace that TracedLayer wrote. Raises TraceFileError for any other file."""
    trace = Trace.load(path)
    begun = (name.removeprefix(f"{CONSUMERS}/") for name in trace.names if name.startswith(f"{CONSUMERS}/"))
    clients = (Browsers(name=BROWSERS, server=CONSUMERS),) if trace.code(BROWSERS) is not None else ()
    scenario = Scenario(
        "A project of Channels 4",
        (
            *clients,
            Machine(name="project"),
            Consumers(
                name=CONSUMERS,
                machine="project",
                layer=LAYER,
                connections=max((int(number) for number in begun if number.isdigit()), default=1),
            ),
            ChannelLayer(name=LAYER, machine="project"),
        ),
        seconds=max(trace.end, 0.001),
    )
    return Run(scenario, trace, "executed", 1, ())

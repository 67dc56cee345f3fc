"""Worker: takes a message from the layer, runs the consumer for it to its end; then the next.

What it is, as a component. What it does is in ``worker_process.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from chansim.channels.routing import Router
from chansim.layer.eras import era_called
from chansim.layer.names import InvalidName, check_readable
from chansim.model.application import Application
from chansim.model.component import Component, knob, link, listed
from chansim.model.worker_process import Process
from chansim.model.world import World

if TYPE_CHECKING:
    from chansim.scenario import Scenario


@dataclass(frozen=True, kw_only=True)
class Worker(Component):
    """One process: one message at a time, of the channels that its application's routing names.

    *threads*: so many of them at a time, in as many threads of the process, which share the
    machine's cores (as ``runworker --threads`` of September 2016 and later; that one thread of
    Python computes at a time is not modelled). *only_channels* and *exclude_channels*: glob
    patterns, such as ``("websocket.*",)``, that leave some of the channels to other workers; the
    second is applied after the first.

    A message that no route takes, or whose consumer raises, is lost. A thread that dies is not
    replaced: what restarts workers, in 2016 as today, is somebody else, who may be given by
    *comes_back*: seconds until a thread that died is there again, 0 for never. A group send's *per_member*
    cost is paid before its copies leave.
    """

    layer: str = link("layer", doc="the channel layer it takes messages from")
    application: str = link("application", doc="the code it runs")
    threads: int = knob(
        1, unit="threads", low=1, high=1000, slider=(1, 16), doc="messages that its process handles at once"
    )
    only_channels: tuple[str, ...] = listed(
        "texts", doc="the channels it listens to, patterns with commas; empty for all"
    )
    exclude_channels: tuple[str, ...] = listed(
        "texts", doc="channels that it leaves to other workers, patterns with commas"
    )
    comes_back: float = knob(
        0.0, unit="s", high=1e9, slider=(0.0, 30.0), doc="seconds until what died is there again; 0 for never"
    )

    provides = "process"
    role = "worker"
    column = 3

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("only_channels", "exclude_channels"):
            patterns = getattr(self, name)
            legal = not isinstance(patterns, str) and hasattr(patterns, "__iter__")
            if not legal or not all(isinstance(each, str) and each for each in patterns):
                raise self.wrong(name, patterns, 'it must be patterns of channel names, such as ("chat.*",)')
            object.__setattr__(self, name, tuple(patterns))

    def lanes(self) -> tuple[str, ...]:
        if self.threads == 1:
            return (self.name,)
        return tuple(f"{self.name}/{number}" for number in range(1, self.threads + 1))

    def channels_of(self, router: Router) -> tuple[str, ...]:
        """The channels of the routing that its patterns leave to it."""
        return tuple(
            channel
            for channel in router.channels
            if (not self.only_channels or any(fnmatchcase(channel, each) for each in self.only_channels))
            and not any(fnmatchcase(channel, each) for each in self.exclude_channels)
        )

    def check(self, scenario: Scenario) -> None:
        application: Application = scenario[self.application]
        era = era_called(scenario[self.layer].era)
        router = application.router_of(era)
        for channel in router.channels:
            try:
                check_readable(channel, era)
            except InvalidName as error:
                raise application.wrong("routing", channel, f"{error}") from None
        if not self.channels_of(router):
            field_name = "exclude_channels" if self.exclude_channels else "only_channels"
            routed = ", ".join(router.channels)
            why = f"it leaves no channel to listen to; {self.application!r} routes {routed}"
            raise self.wrong(field_name, getattr(self, field_name), why)

    def start(self, world: World) -> None:
        world.share(self.name, Process(self, world))

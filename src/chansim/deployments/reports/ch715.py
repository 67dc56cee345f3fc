"""channels 715 (2017): a plain page was expected in 1 or 2 ms more, and took 10 or 12.

The looks for messages alone, each 10 ms, cost that: 5 ms on average where Daphne
looks for replies, and 10 where the workers look as well, as they do with the in-memory
layer. Daphne of 2017 read Redis in another way, so this shows the size, not the cause.
"""

from __future__ import annotations

from chansim.deployments.parts import arrival_law
from chansim.deployments.slide16 import slide16
from chansim.layer.eras import JUNE_2016
from chansim.model.arrivals import Arrivals
from chansim.model.component import ScenarioError
from chansim.model.network import Link, Network
from chansim.scenario import Scenario

LAYERS = {"in memory": JUNE_2016.poll, "redis": 0.0}
"""Seconds between an idle worker's looks."""

AT_ONCE = Network(Link(0.0), Link(0.0), Link(0.0))

FEW = 2.0
"""Requests a second: nobody waits for anybody."""

PAGE = 0.01
"""Seconds that the page takes on average, so that the two who look are not in step."""


def ch715(
    *,
    rate: float = FEW,
    layer: str = "in memory",
    workers: int = 1,
    arrivals: Arrivals | None = None,
    network: Network = AT_ONCE,
    seconds: float | None = 60.0,
) -> Scenario:
    """Slide 16 with a page of 10 ms. *layer*: "in memory", as under ``runserver``, or "redis"."""
    if layer not in LAYERS:
        raise ScenarioError(f"ch715: layer={layer!r}: it must be one of {', '.join(LAYERS)}")
    scenario = slide16(
        arrivals=arrival_law("ch715", rate, arrivals, FEW),
        service=PAGE,
        workers=workers,
        network=network,
        seconds=seconds,
    ).with_(title="channels 715: what a plain page costs")
    return scenario.change("layer", worker_poll=LAYERS[layer]).change(
        "daphne", cpu=0.0, idle_poll=JUNE_2016.poll
    )

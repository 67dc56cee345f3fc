"""Daphne without workers: the mistake that everybody makes once. Nothing fails, and nothing answers.

Requests become messages that nobody takes. After a minute they expire, in
silence; after two, Daphne tells the client 503.
"""

from __future__ import annotations

from chansim.deployments.parts import arrival_law
from chansim.deployments.slide16 import slide16
from chansim.layer.eras import JUNE_2016, Era
from chansim.model.arrivals import Arrivals
from chansim.model.network import Network
from chansim.scenario import Scenario

FEW = 0.5
"""Requests a second: the first visitors of a site that was just set up."""


def daphne_no_workers(
    *,
    rate: float = FEW,
    workers: int = 0,
    capacity: int = JUNE_2016.shared_capacity,
    arrivals: Arrivals | None = None,
    era: str | Era = JUNE_2016.name,
    network: Network = Network(),
    seconds: float | None = 300.0,
) -> Scenario:
    """Slide 16, and nobody at work. *rate*: requests a second (Poisson), unless *arrivals* are given."""
    law = arrival_law("daphne_no_workers", rate, arrivals, FEW)
    scenario = slide16(
        arrivals=law, workers=workers, capacity=capacity, era=era, network=network, seconds=seconds
    )
    return scenario.with_(title="Daphne, and no workers")

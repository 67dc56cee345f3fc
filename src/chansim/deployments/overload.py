"""Overload: slide 16 on a bad day. More comes than the workers can do, and whoever waits too long leaves.

What counts is the answers that reach somebody. How many those are hangs on the capacity and on the expiry, and
not on how busy the workers are.
"""

from __future__ import annotations

from chansim.deployments.parts import law
from chansim.deployments.slide16 import slide16
from chansim.duration import Duration
from chansim.layer.eras import JUNE_2016, Era
from chansim.model.network import Network
from chansim.scenario import Scenario


def overload(
    *,
    rate: float = 120.0,
    service: float | Duration = 0.05,
    workers: int = 5,
    capacity: int = JUNE_2016.shared_capacity,
    expiry: float = JUNE_2016.expiry,
    patience: float | Duration = 2.0,
    cores: int = 16,
    era: str | Era = JUNE_2016.name,
    network: Network = Network(),
    seconds: float | None = 60.0,
) -> Scenario:
    """Slide 16, with 120 requests a second where five workers can do a hundred.

    *expiry*: seconds that a message may wait in the layer. *patience*: seconds after which a client hangs up; 0 for
    never. The others are those of :func:`~chansim.deployments.slide16`.
    """
    site = slide16(
        rate=rate, service=service, workers=workers, capacity=capacity, cores=cores, era=era, network=network,
        seconds=seconds,
    )  # fmt: skip
    site = site.change("clients", patience=law("overload", "patience", patience))
    return site.change("layer", expiry=expiry).with_(title="Slide 16, on a bad day")

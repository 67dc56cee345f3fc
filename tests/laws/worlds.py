"""The worlds in which the laws are looked for: the talk's deployments with all taken away that no formula knows.

No network, no time of Daphne's own, no pause between its looks at the layer: what is left of slide 7 and of
slide 16 is one queue before several servers. What may live here: such worlds, and what is read off them.
"""

from chansim import Run, Scenario, deployments
from chansim.duration import Duration
from model.tiny import AT_ONCE, NOWHERE

SERVICE = 0.05
"""Seconds of service on average, as everywhere in the course; the rate of one server is 20 a second."""

WARM_UP = 0.05
"""The share of a run that is left out: it begins with nobody there."""


def wsgi(
    rate: float, workers: int, backlog: int = 1_000_000, service: float | Duration = SERVICE
) -> Scenario:
    """Slide 7 as the textbook has it."""
    return deployments.slide07(
        rate=rate, workers=workers, backlog=backlog, service=service, cores=1000, network=NOWHERE
    )


def channels(rate: float, workers: int, capacity: int = 1_000_000) -> Scenario:
    """Slide 16 as the textbook has it: the same queue, but it is the channel http.request."""
    scenario = deployments.slide16(
        rate=rate, workers=workers, capacity=capacity, service=SERVICE, cores=1000, network=NOWHERE
    )
    return scenario.change("daphne", cpu=0.0, **AT_ONCE)


def waits(run: Run, channel: str = "gunicorn.accept") -> dict[int, float]:
    """Seconds that each request waited in a queue until somebody began with it, in the order of the begins."""
    came = {row.request: row.t for row in run.trace.rows(event="sent", channel=channel)}
    return {row.request: row.t - came[row.request] for row in run.trace.rows(event="begun", channel=channel)}

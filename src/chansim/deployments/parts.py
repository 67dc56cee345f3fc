"""What several deployments build in the same way."""

from __future__ import annotations

from chansim.duration import Constant, Duration, Exponential, as_duration
from chansim.model.arrivals import Arrivals, Poisson
from chansim.model.component import ScenarioError
from chansim.model.worker import Worker


def service_law(deployment: str, service: float | Duration) -> Duration:
    """A number of seconds means: exponential, with that mean. A law means itself."""
    try:
        law = as_duration(service)
    except (TypeError, ValueError) as error:
        raise ScenarioError(f"{deployment}: service={service!r}: {error}") from None
    return Exponential(law.mean) if isinstance(law, Constant) and law is not service and law.mean else law


def arrival_law(deployment: str, rate: float, arrivals: Arrivals | None) -> Arrivals:
    """Poisson with *rate*, unless *arrivals* are given."""
    if arrivals is not None:
        return arrivals
    try:
        return Poisson(rate)
    except ScenarioError:
        raise ScenarioError(f"{deployment}: clients: rate={rate!r}: it must be a number of arrivals a second above 0")


def workers(deployment: str, number: int, *, layer: str = "layer", machine: str = "server") -> tuple[Worker, ...]:
    """*number* workers, worker-1 and so on, that run the application "site"."""
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= 10_000:
        raise ScenarioError(f"{deployment}: workers={number!r}: it must be a whole number from 0 to 10000")
    return tuple(
        Worker(name=f"worker-{n}", machine=machine, layer=layer, application="site") for n in range(1, number + 1)
    )

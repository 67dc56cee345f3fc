"""What several deployments build in the same way."""

from __future__ import annotations

from chansim.duration import Duration, Exponential, as_duration
from chansim.model.arrivals import Arrivals, Poisson
from chansim.model.component import ScenarioError
from chansim.model.worker import Worker


def law(deployment: str, knob: str, value: float | Duration) -> Duration:
    """A number of seconds means just that; a law means itself."""
    try:
        return as_duration(value)
    except (TypeError, ValueError) as error:
        raise ScenarioError(f"{deployment}: {knob}={value!r}: {error}") from None


def service_law(deployment: str, service: float | Duration) -> Duration:
    """A number of seconds means: exponential, with that mean. A law means itself."""
    given = law(deployment, "service", service)
    return Exponential(given.mean) if given is not service and given.mean else given


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

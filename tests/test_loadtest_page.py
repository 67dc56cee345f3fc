"""What docs/loadtest-2016-09.md says of the published load test: the numbers are today's, and the claims hold."""

from collections.abc import Iterator

import pytest

from chansim import Scenario, ScenarioError, deployments, simulate
from chansim.measures import latencies, percentile
from chansim.model.arrivals import Bursts, Poisson
from pages import Table

PUBLISHED = {
    "gunicorn, published": ((2, 3, 3, 10), "7000 to 7200"),
    "Daphne and Redis, published": ((21, 70, 85, 118), "3000 to 3250"),
}
SHARES = (0.5, 0.9, 0.95, 0.99)
POINT = 5.0
"""Seconds of a point of the published throughput."""


def world(stack: str, size: int = 1, **knobs: float) -> Scenario:
    """The load test; *size* above 1: its clients come so many at once."""
    scenario = deployments.loadtest_2016_09(stack=stack, **knobs)
    return scenario.change("clients", arrivals=Bursts(size, Poisson(300 / size))) if size > 1 else scenario


ROWS = {
    "gunicorn": world("gunicorn"),
    "Daphne and Redis, as it comes": world("daphne", cpu=0.0003),
    "Daphne and Redis, throughput fitted": world("daphne"),
    "Daphne and Redis, 1.2 ms a message": world("daphne", cpu=0.0012),
    "Daphne and Redis, ten clients at once": world("daphne", 10),
    "gunicorn, ten clients at once": world("gunicorn", 10),
}


def milliseconds(scenario: Scenario) -> tuple[float, ...]:
    """The latencies at 50, 90, 95 and 99 % of 30 s, after 5 s."""
    times = latencies(simulate(scenario, seconds=35.0).trace, "clients", 5.0)
    return tuple(1000 * percentile(times, share) for share in SHARES)


def served_in_a_point(scenario: Scenario) -> int:
    """Requests served within 5 s, where 2000 a second are asked for."""
    run = simulate(scenario.change("clients", arrivals=Poisson(2000.0)), seconds=2 * POINT)
    return sum(row.t > POINT for row in run.trace.rows(event="received", component="clients", detail="200"))


@pytest.fixture(scope="module")
def page(request: pytest.FixtureRequest) -> Iterator[Table]:
    table = Table("loadtest-2016-09.md", "latencies", request.config.getoption("rewrite"))
    for name, (latency, served) in PUBLISHED.items():
        table.row(name, *(f"{each} ms" for each in latency), served)
    yield table
    table.close()


@pytest.fixture(scope="module")
def found(page: Table) -> dict[str, tuple[tuple[float, ...], int]]:
    """Latencies in milliseconds and requests in 5 s, by row of the page."""
    numbers = {name: (milliseconds(each), served_in_a_point(each)) for name, each in ROWS.items()}
    for name, (latency, served) in numbers.items():
        page.row(name, *(f"{each:.1f} ms" for each in latency), f"{round(served, -1)}")
    return numbers


def test_gunicorn_comes_out_but_for_its_tail(found: dict[str, tuple[tuple[float, ...], int]]) -> None:
    (p50, p90, p95, p99), served = found["gunicorn"]
    assert p50 == pytest.approx(2, abs=1)
    assert p90 == pytest.approx(3, abs=1)
    assert p95 == pytest.approx(3, abs=1)
    assert p99 < 5  # published: 10
    assert 7000 < served < 7200


@pytest.mark.parametrize("row", ["Daphne and Redis, as it comes", "Daphne and Redis, throughput fitted"])
def test_channels_costs_ten_times_the_latency_without_a_number_fitted_to_it(
    row: str, found: dict[str, tuple[tuple[float, ...], int]]
) -> None:
    """A pause of 50 ms whenever Daphne has no client is enough: half of it on average."""
    (p50, _, p95, p99), _ = found[row]
    assert 10 < p50 / found["gunicorn"][0][0] < 20
    assert p50 == pytest.approx(21, rel=0.4)
    assert p95 < 60  # published: 85
    assert p99 < 60  # published: 118


def test_its_throughput_is_fitted(found: dict[str, tuple[tuple[float, ...], int]]) -> None:
    assert 3000 < found["Daphne and Redis, throughput fitted"][1] < 3250
    assert found["Daphne and Redis, as it comes"][1] > 4000


def test_more_work_for_daphne_makes_a_tail_and_spoils_the_throughput(
    found: dict[str, tuple[tuple[float, ...], int]],
) -> None:
    (_, _, p95, p99), served = found["Daphne and Redis, 1.2 ms a message"]
    assert p95 > 52.5
    assert p99 > 55
    assert served < 2000


def test_bursts_make_a_tail_and_spoil_gunicorn(found: dict[str, tuple[tuple[float, ...], int]]) -> None:
    """The same generator loaded both: so it was not the bursts."""
    assert 60 < found["Daphne and Redis, ten clients at once"][0][3] < 118
    assert found["gunicorn, ten clients at once"][0][1] > 2 * 3  # published: 3 at 90 %


def test_the_median_is_the_idle_pause() -> None:
    """Without that pause the median is a third of the published one."""
    scenario = world("daphne").change("daphne", idle_poll=0.01)
    assert milliseconds(scenario)[0] < 12


def test_another_stack_is_refused_in_words() -> None:
    with pytest.raises(ScenarioError, match="stack='uwsgi': it must be one of daphne, gunicorn"):
        deployments.loadtest_2016_09(stack="uwsgi")

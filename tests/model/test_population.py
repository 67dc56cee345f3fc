"""Population: so many users, who ask, wait, think, and ask again."""

from statistics import fmean, stdev
from typing import Any

import pytest

from chansim import ScenarioError, execute, simulate, theory
from chansim.duration import Duration, Exponential
from chansim.measures.latency import latencies, requests
from chansim.measures.throughput import throughput
from chansim.model.channel_layer import ChannelLayer
from chansim.model.interface_server import InterfaceServer
from chansim.model.population import Population
from chansim.model.worker import Worker
from chansim.model.wsgi_server import WSGIServer
from chansim.scenario import Scenario
from model.tiny import AT_ONCE, NOWHERE, books, fails, site


def users(number: int, think: float | Duration = 1.0) -> Population:
    return Population(name="users", server="server", number=number, think=think)  # type: ignore[arg-type]


def wsgi(people: Population, workers: int = 1, io: float | Duration = 0.0, **fields: Any) -> Scenario:
    server = WSGIServer(name="server", application="site", workers=workers, backlog=10**6)
    return Scenario("users", (people, site(io=io, **fields), server), NOWHERE, 10.0)


def test_one_user_asks_again_when_it_has_thought() -> None:
    """A second of thinking, a quarter of a second of work."""
    rows = simulate(wsgi(users(1), io=0.25)).trace.rows(event="sent", component="users")
    assert [row.t for row in rows] == [1.0, 2.25, 3.5, 4.75, 6.0, 7.25, 8.5, 9.75]


def test_who_waits_longer_asks_less() -> None:
    """Two users who come at the same moment, and one worker: one of them waits, and comes later next time."""
    trace = simulate(wsgi(users(2), io=0.25), seconds=4.0).trace
    asked = [row.t for row in trace.rows(event="sent", component="users")]
    assert asked == [1.0, 1.0, 2.25, 2.5, 3.5, 3.75]


def test_after_a_failure_a_user_thinks_as_after_any_answer() -> None:
    trace = simulate(wsgi(users(1), wsgi=fails), seconds=3.5).trace
    assert [row.t for row in trace.rows(event="sent", component="users")] == [1.0, 2.0, 3.0]


def test_a_users_requests_are_the_same_wherever_they_are_asked() -> None:
    """The n-th request of each user takes as long with one worker as with many."""

    def service(workers: int) -> list[float]:
        trace = simulate(wsgi(users(1, Exponential(0.5)), workers, Exponential(0.1)), seconds=30.0).trace
        begun = [row.t for row in trace.rows(event="begun")]
        return [round(row.t - t, 9) for row, t in zip(trace.rows(event="ended"), begun, strict=False)]

    assert len(service(1)) > 30
    assert service(1) == service(5)


@pytest.mark.parametrize(("number", "expected"), [(40, 0.0528), (84, 0.126), (100, 0.258), (200, 1.5)])
def test_the_response_time_law(number: int, expected: float) -> None:
    """Think 1 s, 4 workers, 50 ms: the curriculum's numbers. Of the mean of six runs of 60 s, after 20 s of
    warm-up, four standard errors are allowed. And in each run R = N/X - Z, whatever the laws: to what the ends
    cut off, which is less than one cycle of each user of the number that it makes."""
    closed = theory.ClosedMMc(number, 1.0, 0.05, 4)
    assert closed.mean_sojourn == pytest.approx(expected, rel=0.05)
    found = []
    for seed in range(1, 7):
        run = simulate(wsgi(users(number, Exponential(1.0)), 4, Exponential(0.05)), seed, 80.0)
        asked = [each for each in requests(run.trace, "users") if each.opened >= 20.0]
        times = [each.answered - each.opened for each in asked if each.answered is not None]
        found.append(fmean(times))
        rate = throughput(run.trace, "users", since=20.0)
        law = theory.response_time(number, rate, 1.0)
        cycles = 60.0 * rate / number
        noise = 1.0 / (60.0 * rate) ** 0.5  # thinking is drawn: its mean over a run is not quite 1 s
        assert fmean(times) == pytest.approx(law, abs=(1.0 + expected) / cycles + 4 * noise)
    error = stdev(found) / 6**0.5
    assert fmean(found) == pytest.approx(closed.mean_sojourn, abs=4 * error)


def channels(people: Population, workers: int, io: float | Duration) -> Scenario:
    parts = (
        InterfaceServer(name="server", layer="layer", cpu=0.0, **AT_ONCE),
        ChannelLayer(name="layer", capacity=10**6),
        *(Worker(name=f"worker-{n}", layer="layer", application="site") for n in range(workers)),
    )
    return Scenario("users", (people, site(io=io), *parts), NOWHERE, 10.0)


def test_behind_a_channel_layer_the_law_is_the_same() -> None:
    """With nothing but the workers taking time, each user's answers come at the very same moments."""
    people = users(20, Exponential(1.0))
    one = simulate(wsgi(people, 4, Exponential(0.05)))
    other = simulate(channels(people, 4, Exponential(0.05)))
    assert latencies(other.trace, "users") == pytest.approx(latencies(one.trace, "users"))
    assert books(other.trace).lost == {}


def test_users_think_for_real() -> None:
    for world in (wsgi(users(3, 0.2), 2, 0.05), channels(users(3, 0.2), 2, 0.05)):
        run = execute(world, seconds=1.5)
        assert not run.problems
        times = latencies(run.trace, "users")
        assert 3 <= len(times) <= 18  # a busy machine serves fewer, none serves more
        assert min(times) >= 0.05


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"number": 0}, "population 'users': number=0: it must be a whole number of users from 1"),
        ({"think": 0.0}, "it must be above 0 s, on average"),
        ({"think": "long"}, "think='long'"),
        ({"path": ""}, "path='': it must be text that begins with '/'"),
    ],
)
def test_bad_users_are_answered_in_words(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        Population(**{"name": "users", "server": "server", **fields})


def test_users_never_finish() -> None:
    with pytest.raises(ScenarioError, match="population 'users' would go on for ever"):
        simulate(wsgi(users(1)).with_(seconds=None))
    assert users(40).label == ("Clients", "40 users, think 1 s")

"""The WSGI server: a pool of workers behind one accept queue. Nothing takes time but the view."""

from collections.abc import Iterable
from typing import Any

import pytest

from chansim import Scenario, ScenarioError, execute, simulate
from chansim.duration import Empirical
from model.tiny import answers, books, seen, wsgi_world


def test_one_worker_answers_one_after_the_other() -> None:
    assert answers(wsgi_world(0.0, 0.1, 0.2, io=0.3)) == [(0.3, 1, "200"), (0.6, 2, "200"), (0.9, 3, "200")]


def test_two_workers_share_one_queue() -> None:
    assert answers(wsgi_world(0.0, 0.1, 0.2, 0.25, workers=2, io=0.3)) == [
        (0.3, 1, "200"),
        (0.4, 2, "200"),
        (0.6, 3, "200"),
        (0.7, 4, "200"),
    ]


def test_a_worker_is_held_while_the_view_only_waits() -> None:
    """The processor is idle all the while: it is the worker that there is none of."""
    bars = seen(
        wsgi_world(0.0, 0.1, io=0.5, cores=4), "t", "event", "component", "request", channel="server.accept"
    )
    assert bars == [
        (0.0, "sent", "server", 1),
        (0.0, "received", "server/1", 1),
        (0.0, "begun", "server/1", 1),
        (0.1, "sent", "server", 2),
        (0.5, "ended", "server/1", 1),
        (0.5, "received", "server/1", 2),
        (0.5, "begun", "server/1", 2),
        (1.0, "ended", "server/1", 2),
    ]


def test_requests_beyond_the_backlog_are_refused_at_once() -> None:
    run = simulate(wsgi_world(0.0, 0.1, 0.2, 0.3, backlog=1, io=1.0))
    assert answers(run) == [(0.2, 3, "refused"), (0.3, 4, "refused"), (1.0, 1, "200"), (2.0, 2, "200")]
    lost = [(row.t, row.channel, row.detail) for row in run.trace.rows(event="lost")]
    assert lost == [(0.2, "server.accept", "backlog full"), (0.3, "server.accept", "backlog full")]
    assert books(run.trace).lost == {"backlog full": 2}


def test_without_a_backlog_an_idle_worker_still_takes_a_request() -> None:
    assert answers(wsgi_world(0.0, 0.5, 1.5, backlog=0, io=1.0)) == [
        (0.5, 2, "refused"),
        (1.0, 1, "200"),
        (2.5, 3, "200"),
    ]


def test_two_requests_of_one_moment_for_two_idle_workers_and_no_backlog() -> None:
    assert answers(wsgi_world(0.0, 0.0, 0.0, workers=2, backlog=0, io=1.0)) == [
        (0.0, 3, "refused"),
        (1.0, 1, "200"),
        (1.0, 2, "200"),
    ]


def test_the_workers_that_wait_take_turns() -> None:
    lanes = seen(wsgi_world(0.0, 1.0, 2.0, 3.0, workers=3, io=0.1), "component", event="begun")
    assert lanes == [("server/1",), ("server/2",), ("server/3",), ("server/1",)]


def not_found(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("404 Not Found", [])
    return [environ["PATH_INFO"].encode()]


def fails(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    raise ZeroDivisionError("in the view")


def test_the_answer_is_the_applications_own() -> None:
    assert answers(wsgi_world(0.0, wsgi=not_found)) == [(0.0, 1, "404")]


def test_an_application_that_raises_is_a_500_and_is_told() -> None:
    run = simulate(wsgi_world(0.0, 1.0, wsgi=fails, io=0.1))
    assert answers(run) == [(0.1, 1, "500"), (1.1, 2, "500")]
    assert run.problems == (("server: the application raised ZeroDivisionError('in the view')", 2),)


def test_the_bars_are_named_after_the_application() -> None:
    assert seen(wsgi_world(0.0, wsgi=not_found), "detail", event="begun") == [("not_found",)]


def test_it_has_a_lane_for_each_worker() -> None:
    assert wsgi_world(0.0, workers=3)["server"].lanes() == ("server/1", "server/2", "server/3")


# -- threads and timeouts


def test_a_worker_with_two_threads_serves_two_requests_at_once() -> None:
    world = wsgi_world(0.0, 0.0, 0.0, io=1.0).change("server", threads=2)
    assert answers(world) == [(1.0, 1, "200"), (1.0, 2, "200"), (2.0, 3, "200")]


def test_a_worker_that_takes_too_long_is_killed_and_replaced() -> None:
    """Its client's connection breaks at 2 s; the next request is served from 2.5 s on."""
    world = wsgi_world(0.0, 0.1, io=Empirical((5.0, 1.0))).change("server", timeout=2.0, boot=0.5)
    run = simulate(world, seed=seed_of(world, "dropped", "200"))
    assert answers(run) == [(2.0, 1, "dropped"), (3.5, 2, "200")]
    assert books(run.trace).lost == {"worker killed": 1}
    assert [(row.t, row.component) for row in run.trace.rows(event="fault")] == [(2.0, "server/1")]


def seed_of(world: Scenario, *answered: str) -> int:
    """A seed with which the answers are these."""
    return next(
        seed for seed in range(100) if [a for _, _, a in answers(simulate(world, seed))] == [*answered]
    )


def test_a_worker_that_is_done_in_time_is_not_killed() -> None:
    world = wsgi_world(0.0, 1.9, 3.8, io=1.9).change("server", timeout=2.0)
    assert answers(world) == [(1.9, 1, "200"), (3.8, 2, "200"), (5.7, 3, "200")]


def test_a_killed_worker_gives_back_its_core() -> None:
    world = wsgi_world(0.0, 0.0, 0.0, workers=3, cpu=1.5, cores=2).change("server", timeout=2.0)
    assert answers(world) == [(1.5, 1, "200"), (1.5, 2, "200"), (2.0, 3, "dropped")]
    later = wsgi_world(0.0, 0.0, 0.0, 2.5, workers=3, cpu=1.5, cores=2).change("server", timeout=2.0)
    assert answers(later)[-1] == (4.0, 4, "200")


def test_in_the_executed_world_the_connection_breaks_too() -> None:
    world = wsgi_world(0.0, 0.01, io=0.3).change("server", timeout=0.1)
    run = execute(world)
    assert [status for _, _, status in answers(run)] == ["dropped", "dropped"]
    assert books(run.trace).lost == {"worker killed": 2}


def test_a_timeout_that_would_not_be_kept_is_refused() -> None:
    with pytest.raises(ScenarioError, match="several threads"):
        wsgi_world(0.0).change("server", threads=2, timeout=30.0)
    with pytest.raises(ScenarioError, match=r"boot=1\.0: nobody is killed without a timeout"):
        wsgi_world(0.0).change("server", boot=1.0)


def test_a_worker_that_is_killed_gives_its_core_back() -> None:
    """The second waits for the one core until 0.3 s, and is killed at 0.4 in the middle of its work."""
    for io in (0.0, 0.05):
        world = wsgi_world(0.1, 0.1, 5.0, workers=2, cpu=0.2, io=io, cores=1).change("server", timeout=0.3)
        run = simulate(world.with_(seconds=10.0))
        assert answers(run) == [
            (round(0.3 + io, 6), 1, "200"),
            (0.4, 2, "dropped"),
            (round(5.2 + io, 6), 3, "200"),
        ]

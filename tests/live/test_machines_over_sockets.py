"""Machines whose servers are real: a process for each, real clients outside, and Redis between them. Besides, the
overlay and the replay of what was executed on machines."""

import asyncio
import statistics
import threading
import time
from collections import Counter
from functools import cache
from typing import Any

import pytest

from chansim import Run, Scenario, ScenarioError, execute, overlay, replay, simulate
from chansim.deployments import daphne_beside_wsgi, slide07, slide29, slide31
from chansim.live.far_lines import Told
from chansim.live.growing import Growing
from chansim.live.machines_over_sockets import OutsideOverSockets
from chansim.model.fault import Drop, Kill, Pause
from chansim.model.network import Link, Network
from live.redis_servers import RedisServer
from live.test_machines import Killer, chat, each_once, kill, no_children
from live.test_over_sockets import also
from live.test_redis import eventually
from model.tiny import books

SCENARIOS = {
    "a chat": chat(),
    "two Daphnes behind a name": slide29(rate=20.0, service=0.05),
    "gunicorn": slide07(rate=30.0, service=0.02),
    "both behind nginx, each on a machine": daphne_beside_wsgi(rate=20.0, service=0.02),
}


@pytest.fixture(scope="module")
def ran(two_redis_servers: list[RedisServer]) -> Any:
    """Each, once for all tests."""

    @cache
    def run(name: str, over: str) -> Run:
        return execute(SCENARIOS[name], 3.0, over=over, layer=two_redis_servers[0].url)

    return run


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_trace_of_all_processes_is_one_and_its_books_balance(name: str, ran: Any) -> None:
    run: Run = ran(name, "sockets")
    kept = books(run.trace)
    assert kept.sent == kept.received + kept.waiting + sum(kept.lost.values())
    assert kept.received > 60
    assert (kept.lost, run.problems, run.world) == ({}, (), "executed")
    # nobody had to make up what the other process knew: every arrow that is not on its way still has both its ends
    late = [row for row in run.trace.rows(event="sent") if row.t < 1.0]
    settled = {row.message for row in run.trace.rows(event="received")}
    assert [row for row in late if row.message not in settled] == []
    no_children()


def test_real_clients_meet_in_one_room_whichever_machine_holds_their_socket(ran: Any) -> None:
    trace = ran("a chat", "sockets").trace
    each_once(ran("a chat", "sockets"))
    began = {row.component for row in trace.rows(event="begun")}
    assert {"daphne-m1", "daphne-m2"} <= began
    said = {row.request for row in trace.rows(event="sent", component="chatters", detail="frame")}
    heard = Counter(row.request for row in trace.rows(event="received", component="chatters", detail="frame"))
    assert set(heard) <= said
    assert max(heard.values()) == 8  # members on either machine


@pytest.mark.parametrize("name", ["a chat", "two Daphnes behind a name"])
def test_clients_do_what_they_do_in_the_simulation_at_the_same_moments(name: str, ran: Any) -> None:
    planned = simulate(SCENARIOS[name], seconds=3.0).trace
    for client in [each.name for each in SCENARIOS[name] if each.role == "client"]:
        moments = [
            [
                row.t
                for row in trace.rows(event="sent", component=client)
                if row.detail in ("request", "frame")
            ]
            for trace in (ran(name, "sockets").trace, planned)
        ]
        both = list(zip(*moments, strict=False))
        assert len(both) >= len(moments[1]) - 3
        assert all(abs(real - plan) < 1e-6 for real, plan in both)


# -- overlay and replay, with sockets and without


@pytest.mark.parametrize("over", ["threads", "sockets"])
@pytest.mark.parametrize("name", ["two Daphnes behind a name", "both behind nginx, each on a machine"])
def test_a_run_on_machines_is_laid_over_its_simulation_and_replayed(name: str, over: str, ran: Any) -> None:
    run: Run = ran(name, over)
    answered = run.summary()["served"]
    laid = overlay(simulate(SCENARIOS[name], seconds=3.0), run)
    assert len(laid.pairs) >= 0.8 * answered  # the very same requests
    assert statistics.median(abs(pair.later) for pair in laid.pairs) < 0.1
    assert (
        laid.verdict.good is not False or laid.errors.mean < 0
    )  # a busy computer is slower, and never faster
    again = overlay(replay(run), run)
    assert len(again.pairs) >= 0.8 * answered
    assert again.errors.mean < 0.25  # what was measured is played; what a busy computer adds besides is not
    if not any(load.busy for load in again.loads):
        assert again.errors.correlation > 0.5
    assert str(len(again.pairs)) in again.figure().words


# -- death


def test_a_machine_with_real_servers_is_killed_and_its_sockets_break(redis_server: RedisServer) -> None:
    """The clients notice, the others chat on, and what was in hand is lost by name; then it is there again."""

    def mischief(world: Any) -> None:
        so_far = Growing(scenario, world.recorder, lambda: world.now, world.stop.set, threading.Event(), 1)
        heard = {"event": "received", "component": "chatters"}
        eventually(lambda: len({row.channel for row in so_far.trace.rows(**heard)}) == 8)  # all chat
        kill(world, "m2")
        eventually(lambda: world.machines["m2"].dead)
        eventually(lambda: world.machines["m2"].is_there())
        world.call_at(world.now, lambda _: world.shared("chatters").reconnect_all(0.2))
        time.sleep(2.0)
        world.stop.set()

    scenario = chat(comes_back=0.3)
    world = OutsideOverSockets(scenario, 1, [redis_server.url])
    killer = Killer(world, mischief)
    run = world.run(120.0)
    killer.join(20.0)
    no_children()
    each_once(run)
    told = [(row.component, row.detail, row.t) for row in run.trace.rows(event="fault")]
    assert [what[:2] for what in told] == [("m2", "killed"), ("m2", "started")]
    dropped = list(run.trace.rows(event="received", component="chatters", detail="dropped"))
    assert len(dropped) == 4
    meanwhile = [
        row
        for row in run.trace.rows(event="received", component="chatters", detail="frame")
        if told[0][2] < row.t < told[1][2]
    ]
    assert meanwhile  # on m1
    assert any(row.t > told[1][2] for row in run.trace.rows(event="begun", component="daphne-m2"))
    kept = books(run.trace)
    assert kept.sent == kept.received + kept.waiting + sum(kept.lost.values())
    assert set(kept.lost) <= {"worker killed", "gone client"}


def test_gunicorn_does_not_outlive_its_machine(redis_server: RedisServer) -> None:
    def mischief(world: Any) -> None:
        time.sleep(1.0)
        kill(world, "server")

    world = OutsideOverSockets(slide07(rate=40.0, service=0.02), 1, [redis_server.url])
    killer = Killer(world, mischief)
    run = world.run(3.0)
    killer.join(20.0)
    no_children()
    dead = next(row.t for row in run.trace.rows(event="fault", detail="killed"))
    assert not [row for row in run.trace.rows(event="begun") if row.t > dead + 1.0]
    told = Counter(row.detail for row in run.trace.rows(event="received", component="clients"))
    assert told["200"] > 5
    assert told["refused"] > 5
    kept = books(run.trace)
    assert kept.sent == kept.received + kept.waiting + sum(kept.lost.values())


class ClockToldLate(OutsideOverSockets):
    """Its machines are slow to say when the run began."""

    def _told(self, machine: Any, words: list[Any], names: list[int]) -> None:
        if words[0] == "began":
            threading.Timer(0.5, super()._told, (machine, words, names)).start()
        else:
            super()._told(machine, words, names)


def test_what_a_worker_did_has_its_time_though_its_machine_is_slow_to_tell_its_clock(
    redis_server: RedisServer,
) -> None:
    run = ClockToldLate(slide07(rate=40.0, service=0.01), 1, [redis_server.url]).run(1.5)
    begun = [row.t for row in run.trace.rows(event="begun")]
    assert 0.0 < min(begun) <= max(begun) < 10.0  # without its clock's zero: since the computer was started


def test_a_server_is_killed_by_the_scenario_and_comes_back(redis_server: RedisServer) -> None:
    fault = Kill(name="kill", target="daphne-1", at=0.8, down=0.5)
    run = execute(also(slide29(rate=40.0, service=0.01), fault), 3.0, over="sockets", layer=redis_server.url)
    kept = books(run.trace)
    assert kept.sent == kept.received + kept.waiting + sum(kept.lost.values())
    assert set(kept.lost) <= {"worker killed", "gone client"}
    assert any(row.t > 1.5 for row in run.trace.rows(event="begun", component="daphne-1"))


# -- what cannot be done is said in words, and nothing is left behind


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        (slide31(machines=2), "it must be one layer, not several in one"),
        (also(slide29(), Pause(name="p", target="daphne-1", at=1.0)), "a real server cannot be paused"),
        (also(slide29(), Drop(name="d", one="Machine 1", at=1.0)), "loopback loses nothing"),
        (slide29(network=Network(outside=Link(0.001, loss=0.1))), "a link cannot lose messages"),
    ],
)
def test_what_it_cannot_do_it_says(scenario: Scenario, words: str, redis_server: RedisServer) -> None:
    with pytest.raises(ScenarioError, match=words):
        execute(scenario, 2.0, over="sockets", layer=redis_server.url)
    assert redis_server.held() == []
    no_children()


def test_over_something_else(redis_server: RedisServer) -> None:
    with pytest.raises(ScenarioError, match='over=\'pigeons\': it must be "threads" or "sockets"'):
        execute(slide29(), 2.0, over="pigeons", layer=redis_server.url)


# -- the wire between two processes: whoever is early waits, and what has nobody to go to is lost by name


def test_who_is_early_waits_until_it_is_told() -> None:
    async def early() -> list[str]:
        told = Told()
        loop = asyncio.get_running_loop()
        loop.call_later(0.05, told.put, 1, 1, "part")
        loop.call_later(0.1, told.put, 2, 1, "200")
        await told.until(lambda: bool(told) and told[-1][2] != "part")
        return [kind for _, _, kind in told]

    assert asyncio.run(early()) == ["part", "200"]


def test_what_will_never_be_told_is_not_waited_for() -> None:
    async def broken() -> float:
        told = Told()
        began = time.monotonic()
        asyncio.get_running_loop().call_later(0.01, told.end)
        await told.until(lambda: False)
        return time.monotonic() - began

    assert asyncio.run(broken()) < 0.9

"""Faults on a timeline. Nothing takes time but what is asked for; after each the books balance."""

from dataclasses import replace
from typing import Any

import pytest

from chansim import Scenario, ScenarioError, deployments, execute, simulate
from chansim.applications.chat import channel_routing, channel_routing_1_0
from chansim.model.chatters import Chatters
from chansim.model.component import Component
from chansim.model.fault import Drop, Kill, Leave, Partition, Pause, Reconnect, Redeploy, Vanish
from chansim.model.machine import Machine
from chansim.model.network import Link, Network
from model.tiny import (
    AT_ONCE,
    NOWHERE,
    answers,
    books,
    channels_world,
    chat_world,
    consumed,
    pick,
    site,
    wsgi_world,
)


def faults(run: Any) -> list[tuple[Any, ...]]:
    return [pick(row, "t", "component", "detail") for row in run.trace.rows(event="fault")]


def kill(target: str, at: float, down: float = 0.0) -> Kill:
    return Kill(name="kill", target=target, at=at, down=down)


# -- workers


def test_a_killed_workers_message_is_lost_and_those_that_wait_are_not() -> None:
    """Two requests of a second each; the worker is killed half-way through the first, and back a second later."""
    world = channels_world(
        0.0, 0.1, application=site(io=1.0), server=AT_ONCE, more=(kill("worker-1", 0.5, 1.0),)
    )
    run = simulate(world)
    assert faults(run) == [(0.5, "worker-1", "killed"), (1.5, "worker-1", "started")]
    assert answers(run) == [(2.5, 2, "200")]
    assert books(run.trace).lost == {"worker killed": 1}
    assert consumed(run)[0][:2] == (0.0, 0.5)


def test_an_idle_worker_that_is_killed_costs_nothing() -> None:
    run = simulate(channels_world(1.0, server=AT_ONCE, more=(kill("worker-1", 0.5),)))
    assert answers(run) == [(1.0, 1, "200")]
    assert books(run.trace).lost == {}


def test_a_message_on_its_way_to_a_worker_that_is_killed_is_lost_with_it() -> None:
    """The way from the layer takes 100 ms: taken at 0.3 s, it would be there at 0.4."""
    far = Network(between=Link(0.1), within=Link(0.0), outside=Link(0.0))
    world = channels_world(
        0.2, layer_machine="other", network=far, server=AT_ONCE,
        more=(Machine(name="other"), kill("worker-1", 0.35)),
    )  # fmt: skip
    run = simulate(world)
    assert answers(run) == []
    assert books(run.trace).lost == {"worker killed": 1}


def test_a_worker_that_never_comes_back_leaves_its_messages_waiting() -> None:
    run = simulate(channels_world(1.0, more=(kill("worker-1", 0.5, down=-1.0),)))
    assert books(run.trace).waiting == 1


def test_a_killed_sender_of_a_group_message_is_half_heard() -> None:
    """Four members, a second of the layer's work for each: killed after two, the others never get it."""
    lines = (*((0.1 * n, n, "connect") for n in range(4)), (5.0, 0, "hello"))
    chat = chat_world(*lines, per_member=1.0, server=AT_ONCE).add(kill("worker-1", 7.5, down=-1.0))
    run = simulate(chat)
    heard = [row for row in run.trace.rows(event="received", component="browsers") if row.detail == "frame"]
    assert len(heard) == 2
    assert books(run.trace).lost == {
        "worker killed": 3
    }  # the line itself, and the two copies that had not left


def test_new_code_costs_no_message_that_the_channel_has_room_for() -> None:
    """Stopped at 0.5 s, the worker finishes what it has in hand at 1.0; the rest waits until it is back at 3.0."""
    world = channels_world(0.0, 0.1, 0.2, application=site(io=1.0), server=AT_ONCE)
    run = simulate(world.add(Redeploy(name="deploy", at=0.5, down=2.5)))
    assert answers(run) == [(1.0, 1, "200"), (4.0, 2, "200"), (5.0, 3, "200")]
    assert books(run.trace).lost == {}


def test_a_paused_worker_is_later_by_just_the_pause() -> None:
    world = channels_world(0.0, application=site(io=1.0), server=AT_ONCE)
    pause = Pause(name="gc", target="worker-1", at=0.5, seconds=2.0)
    assert answers(world.add(pause)) == [(3.0, 1, "200")]


def test_a_paused_worker_notices_when_it_moves_again_that_there_is_work() -> None:
    world = channels_world(1.0, application=site(io=1.0), server=AT_ONCE)
    pause = Pause(name="gc", target="worker-1", at=0.5, seconds=2.0)
    assert answers(world.add(pause)) == [(3.5, 1, "200")]


# -- servers


def test_a_killed_wsgi_server_breaks_the_connections_that_it_has() -> None:
    """One is being served, one waits, and one comes while nobody listens."""
    run = simulate(wsgi_world(0.0, 0.1, 1.0, 3.0, io=1.0).add(kill("server", 0.5, down=1.0)))
    assert answers(run) == [(0.5, 2, "dropped"), (0.5, 1, "dropped"), (1.0, 3, "refused"), (4.0, 4, "200")]
    assert books(run.trace).lost == {"worker killed": 3}


def test_a_wsgi_server_that_is_stopped_finishes_what_it_serves() -> None:
    world = wsgi_world(0.0, 0.1, 1.0, 3.0, io=1.0)
    run = simulate(world.add(Redeploy(name="deploy", targets=("server",), at=0.5, down=1.0)))
    assert answers(run) == [(0.5, 2, "dropped"), (1.0, 1, "200"), (1.0, 3, "refused"), (4.0, 4, "200")]


def test_a_killed_interface_server_breaks_its_sockets_and_tells_nobody() -> None:
    """So the group keeps the member: a ghost."""
    run = simulate(chat_world((0.0, 1, "connect"), (1.0, 1, "hello")).add(kill("server", 2.0)))
    told = [pick(row, "t", "detail") for row in run.trace.rows(event="received", component="browsers")]
    assert told[-1] == (2.0, "dropped")
    assert list(run.trace.rows(event="sent", channel="websocket.disconnect")) == []
    assert list(run.trace.rows(event="left")) == []
    books(run.trace)


def test_a_restarted_interface_server_serves_as_before() -> None:
    """The request in the application's hands is answered to nobody."""
    world = channels_world(0.0, 5.0, application=site(io=1.0), server=AT_ONCE)
    run = simulate(world.add(kill("server", 0.5, down=1.0)))
    assert answers(run) == [(0.5, 1, "dropped"), (6.0, 2, "200")]
    assert books(run.trace).waiting == 1


@pytest.mark.parametrize("era", ["june2016", "channels10", "channels11"])
def test_in_every_era_the_books_balance_after_a_server_was_killed(era: str) -> None:
    world = deployments.slide24(era=era, members=20, rate=2.0, seconds=10.0).add(
        kill("daphne", 5.0, down=1.0)
    )
    books(simulate(world).trace)


# -- the layer


def test_a_killed_layer_forgets_messages_and_groups() -> None:
    run = simulate(chat_world((0.0, 1, "connect"), (2.0, 1, "hello")).add(kill("layer", 1.0)))
    assert len(list(run.trace.rows(event="left"))) == 1
    assert list(run.trace.rows(event="received", component="browsers")) == []
    waiting = simulate(channels_world(0.0, workers=0, more=(kill("layer", 1.0),)))
    assert books(waiting.trace).lost == {"layer flushed": 1}


def test_while_the_layer_is_down_its_callers_wait() -> None:
    """The request at 1.5 s gets through to the layer at 3.0."""
    world = channels_world(1.5, server=AT_ONCE, more=(kill("layer", 1.0, down=2.0),))
    assert answers(world) == [(3.0, 1, "200")]


def test_a_paused_layer_keeps_what_it_has() -> None:
    world = channels_world(1.5, server=AT_ONCE).add(Pause(name="save", target="layer", at=1.0, seconds=2.0))
    assert answers(world) == [(3.0, 1, "200")]
    assert books(simulate(world).trace).lost == {}


# -- the network


def test_what_is_on_its_way_when_the_way_is_cut_is_lost() -> None:
    """A way of 100 ms. The first is there before; the second meets the cut; the third comes after."""
    world = wsgi_world(0.0, 0.95, 2.5, network=Network(outside=Link(0.1))).with_(seconds=5.0)
    run = simulate(world.add(Partition(name="cut", one="host", at=1.0, seconds=1.0)))
    assert [(request, status) for _, request, status in answers(run)] == [(1, "200"), (3, "200")]
    assert books(run.trace).lost == {"partition": 1}


def test_a_layer_beyond_the_cut_is_waited_for() -> None:
    far = Network(between=Link(0.1), within=Link(0.0), outside=Link(0.0))
    cut = Partition(name="cut", one="host", other="other", at=1.0, seconds=3.0)
    world = channels_world(
        1.5, layer_machine="other", network=far, server=AT_ONCE, more=(Machine(name="other"), cut)
    )
    (answer,) = answers(world)
    assert answer[0] == pytest.approx(4.0 + 5 * 0.1)
    assert books(simulate(world).trace).lost == {}


def test_a_share_of_the_messages_is_dropped_for_a_while() -> None:
    """Half of those between 10 and 20 s, each way: 1000 requests, and the answers to those that came through."""
    world = wsgi_world(*(n / 100 for n in range(3000)), workers=9, network=NOWHERE).with_(seconds=40.0)
    run = simulate(world.add(Drop(name="rain", one="host", at=10.0, seconds=10.0, share=0.5)))
    lost = list(run.trace.rows(event="lost"))
    assert {row.detail for row in lost} == {"dropped on the way"}
    assert min(row.t for row in lost) >= 10.0
    assert max(row.t for row in lost) <= 20.0
    assert len(lost) == pytest.approx(500 + 250, abs=4 * 750**0.5)
    books(run.trace)


def test_a_run_without_a_length_is_refused_where_somebody_may_wait_for_ever() -> None:
    for fault in (Drop(name="rain", one="host"), Partition(name="cut", one="host")):
        with pytest.raises(ScenarioError, match="give the scenario a number of seconds"):
            wsgi_world(1.0).add(fault)


# -- people


def people(**options: Any) -> Scenario:
    chatters = Chatters(name="chatters", server="server", members=10, connect_over=0.0, rate=0.001)
    return channels_world(
        application=site(routing=channel_routing), more=(chatters,), server=AT_ONCE, **options
    )


def members(run: Any) -> int:
    joined = len(list(run.trace.rows(event="joined")))
    return joined - len(list(run.trace.rows(event="left")))


def test_who_vanishes_stays_a_member_in_june_2016() -> None:
    run = simulate(people(seconds=200.0).add(Vanish(name="cable", target="chatters", count=4, at=10.0)))
    assert faults(run) == [(10.0, "chatters", "4 vanished")]
    assert members(run) == 10


def accepting(**options: Any) -> Scenario:
    return people(era="channels10", **options).change("site", routing=channel_routing_1_0)


def test_later_a_ping_finds_them_after_twenty_and_thirty_seconds() -> None:
    """The last sign of life was the server's yes, at the very beginning."""
    run = simulate(accepting(seconds=200.0).add(Vanish(name="cable", target="chatters", count=4, at=10.0)))
    assert members(run) == 6
    assert {round(row.t, 1) for row in run.trace.rows(event="disconnected")} == {50.0}


def test_all_leave_within_the_time_given() -> None:
    run = simulate(people(seconds=20.0).add(Leave(name="end", target="chatters", at=10.0, over=2.0)))
    moments = [row.t for row in run.trace.rows(event="disconnected")]
    assert len(moments) == 10
    assert min(moments) >= 10.0
    assert max(moments) <= 12.0
    assert members(run) == 0


def test_all_reconnect_with_new_sockets() -> None:
    run = simulate(people(seconds=20.0).add(Reconnect(name="storm", target="chatters", at=10.0, over=0.5)))
    assert len(list(run.trace.rows(event="connected"))) == 20
    assert members(run) == 10


def test_people_who_reconnect_speak_only_through_their_new_socket() -> None:
    chatters = Chatters(name="chatters", server="server", members=5, connect_over=0.0, rate=2.0)
    world = channels_world(application=site(routing=channel_routing), more=(chatters,), seconds=60.0)
    run = simulate(world.add(Reconnect(name="storm", target="chatters", at=10.0)))
    lines = len([row for row in run.trace.rows(event="sent", component="chatters") if row.detail == "frame"])
    assert lines == pytest.approx(5 * 2.0 * 58, abs=4 * (5 * 2.0 * 58) ** 0.5)


# -- any fault


FAULTS: list[Component] = [
    Kill(name="f", target="daphne", at=2.0, down=1.0),
    Kill(name="f", target="worker-1", at=2.0, down=1.0),
    Kill(name="f", target="layer", at=2.0, down=1.0),
    Redeploy(name="f", at=2.0, down=1.0),
    Pause(name="f", target="daphne", at=2.0, seconds=1.0),
    Pause(name="f", target="worker-2", at=2.0, seconds=1.0),
    Pause(name="f", target="layer", at=2.0, seconds=1.0),
    Partition(name="f", one="server", at=2.0, seconds=1.0),
    Drop(name="f", one="server", share=0.3, at=2.0, seconds=1.0),
    Vanish(name="f", target="chatters", count=3, at=2.0),
    Leave(name="f", target="chatters", at=2.0),
    Reconnect(name="f", target="chatters", at=2.0),
]
NAMES = [f"{type(each).__name__} {getattr(each, 'target', '')}".strip() for each in FAULTS]


@pytest.mark.parametrize("era", ["june2016", "channels11"])
@pytest.mark.parametrize("fault", FAULTS, ids=NAMES)
def test_the_books_balance_in_virtual_time(fault: Component, era: str) -> None:
    world = deployments.slide24(members=10, rate=5.0, era=era, seconds=6.0).add(fault)
    run = simulate(world)
    assert books(run.trace).sent > 100
    assert run.trace.digest() == simulate(world).trace.digest()


@pytest.mark.parametrize("fault", FAULTS, ids=NAMES)
def test_the_books_balance_for_real(fault: Component) -> None:
    quick = deployments.slide24(members=5, rate=5.0, service=0.002).change(
        "chatters", settle=0.1, connect_over=0.1
    )
    run = execute(quick.add(replace(fault, at=0.5)), seconds=2.0)
    assert books(run.trace).sent > 10


@pytest.mark.parametrize("fault", FAULTS, ids=NAMES)
def test_a_fault_after_the_end_changes_nothing(fault: Component) -> None:
    world = deployments.slide24(members=5, rate=5.0, seconds=4.0)
    late = world.add(replace(fault, at=5.0))

    def rows(scenario: Scenario) -> list[Any]:
        return list(simulate(scenario).trace.rows())

    assert rows(late) == rows(world)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: Kill(name="k", target="nobody", at=1.0),
            "it must name a process; here there is: 'server', 'layer'",
        ),
        (lambda: Kill(name="k", target="clients", at=1.0), "it must name a process"),
        (lambda: Kill(name="k", target="layer", at=-1.0), "at=-1.0"),
        (
            lambda: Redeploy(name="r", targets=("wroker-1",)),
            "it must name a process; .*did you mean 'worker-1'",
        ),
        (lambda: Partition(name="p", one="host", other="host"), "a machine always reaches itself"),
        (lambda: Partition(name="p", one="host", other="there"), "it must name a machine"),
        (lambda: Vanish(name="v", target="clients"), "it must name"),
        (lambda: Pause(name="z", target="layer", seconds=0.0), "seconds=0.0"),
    ],
)
def test_what_cannot_break_is_said_in_words(make: Any, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        channels_world(1.0).add(make())

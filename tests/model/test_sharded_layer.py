"""The sharded layer: what is where, what it costs, and what waits although a worker is free."""

from typing import Any

import pytest

from chansim import Scenario, ScenarioError, execute, simulate
from chansim.deployments import slide30_sharded
from chansim.layer.contract import ChannelFull
from chansim.layer.eras import CHANNELS_11, JUNE_2016
from chansim.layer.shards import shard_of
from chansim.model.arrivals import Recorded
from chansim.model.channel_layer import ChannelLayer
from chansim.model.fault import Kill
from chansim.model.interface_server import InterfaceServer
from chansim.model.machine import Machine
from chansim.model.network import Link, Network
from chansim.model.sharded_layer import ShardedLayer
from chansim.model.worker import Worker
from conformance import say
from model.several_under_test import sharded
from model.tiny import AT_ONCE, NOWHERE, books, clients, site


def world(
    *moments: float, workers: int = 1, shards: int = 2, network: Network = NOWHERE, **layer: Any
) -> Scenario:
    """Clients at these moments, "server", workers, and shards on machines of their own."""
    names = [f"shard-{n}" for n in range(1, shards + 1)]
    era = layer.get("era", JUNE_2016.name)
    defect = layer.pop("defect", False)
    return Scenario(
        "shards",
        (
            clients(*moments),
            Machine(name="host", cores=100),
            *(Machine(name=f"redis-{name}") for name in names),
            site(),
            *(ChannelLayer(name=name, machine=f"redis-{name}", **layer) for name in names),
            ShardedLayer(name="layer", shards=tuple(names), era=era, defect=defect),
            InterfaceServer(name="server", machine="host", layer="layer", cpu=0.0, **AT_ONCE),
            *(
                Worker(name=f"worker-{n}", machine="host", layer="layer", application="site")
                for n in range(1, workers + 1)
            ),
        ),
        network,
        moments[-1] + 20.0 if moments else 20.0,
    )


def of(shard: int, pattern: str) -> str:
    """A name that belongs to one of two shards."""
    names = (pattern.format(n) for n in range(100))
    return next(name for name in names if shard_of(name, 2, JUNE_2016) == shard)


# -- what is where


def test_a_normal_channel_holds_as_much_as_all_shards_and_one_readers_as_much_as_one() -> None:
    layer = sharded(CHANNELS_11, 2, capacity=5)
    for number in range(10):
        layer.send("chat", say(number))
    with pytest.raises(ChannelFull):
        layer.send("chat", say("too many"))
    for number in range(5):
        layer.send("server.a!x", say(number))
    with pytest.raises(ChannelFull):
        layer.send("server.a!x", say("too many"))


def test_in_2017_they_take_turns_for_sends_and_for_receives() -> None:
    layer = sharded(CHANNELS_11, 2)
    for number in range(4):
        layer.send("chat", say(number))
    depths = [layer.world.shared(f"shard-{n}").core.depths() for n in (1, 2)]
    assert depths == [{"chat": 2}, {"chat": 2}]
    layer.tries = 1
    assert [layer.receive_many(["chat"])[1] for _ in range(4)] == [say(number) for number in range(4)]


def test_in_june_2016_each_is_drawn() -> None:
    layer = sharded(JUNE_2016, 2, capacity=1000)
    for number in range(400):
        layer.send("chat", say(number))
    there = layer.world.shared("shard-1").core.depths()["chat"]
    assert abs(there - 200) < 60  # six deviations of 10
    layer.tries = 1
    layer.world.shared("shard-2").core.flush(0.0)
    found = sum(layer.receive_many(["chat"]) != (None, None) for _ in range(200))
    assert abs(found - 100) < 43  # six deviations of 7.1: half the receives ask the empty one


def test_a_group_is_on_its_own_shard_and_each_copy_on_its_members() -> None:
    layer = sharded(JUNE_2016, 2, capacity=1)
    group = of(0, "room-{}")
    members = [of(0, "a!{}"), of(1, "b!{}"), of(1, "c?{}")]
    for member in members:
        layer.group_add(group, member)
    layer.send(members[1], say("before"))
    layer.send_group(group, say("hello"))
    first, second = (layer.world.shared(f"shard-{n}").core for n in (1, 2))
    assert first.group_channels(group, 0.0) == members
    assert first.depths() == {members[0]: 1}
    assert second.depths() == {members[1]: 1, members[2]: 1}
    assert layer.receive_many([members[1]])[1] == say("before"), "a full member misses it"
    assert books(layer.trace()).lost == {"group member full": 1}


# -- what it costs


def test_each_call_takes_its_shards_time_and_a_group_send_goes_from_one_to_the_next() -> None:
    layer = sharded(JUNE_2016, 2, operation=1.0, per_member=0.25)
    group = of(0, "room-{}")
    for member in (of(0, "a!{}"), of(1, "b!{}")):
        layer.world.shared("shard-1").core.group_add(group, member, 0.0)
    found: list[list[int]] = []
    layer.send_group(group, say("hello"))
    for moment in (1.2, 1.3, 1.4, 1.6):
        layer.later(moment, lambda: found.append(holding(layer)))
    layer.advance(10.0)
    assert found == [[0, 0], [1, 0], [1, 0], [1, 1]], (
        "members until 1.0, first copy until 1.25, second until 1.5"
    )


def holding(layer: Any) -> list[int]:
    """How many messages each shard holds."""
    return [layer.world.shared(f"shard-{n}").core.waiting() for n in (1, 2)]


def test_shards_work_at_once_so_two_carry_twice_as_much() -> None:
    """Four operations of 10 ms a request: one shard ends a request each 40 ms, 100 in 4 s; two need luck for 200."""
    load = {"arrivals": Recorded((0.0,) * 400), "service": 0.0, "capacity": 1000, "operation": 0.01}
    served = [
        simulate(
            slide30_sharded(shards=n, machines=8, workers=5, network=NOWHERE, seconds=4.0, **load)
        ).summary()["served"]
        for n in (1, 2)
    ]
    assert 75 <= served[0] <= 100, "of the 100, what is begun at the end is not served"
    assert 1.6 * served[0] < served[1] <= 200


# -- what waits although a worker is free


def test_a_worker_waits_five_seconds_at_an_empty_shard_then_sleeps_and_asks_the_next() -> None:
    """In turn: from 0 at the first, from 5.01 at the second, from 10.02 at the first, where the message is."""
    run = simulate(world(6.0, era="channels11"))
    took = [row.t for row in run.trace.rows(event="received", component="worker-1")]
    assert took == [pytest.approx(10.02, abs=1e-9)]


@pytest.mark.parametrize(("shards", "workers"), [(2, 1), (2, 4), (3, 3), (4, 2)])
def test_nobody_listens_at_a_shard_with_probability_1_less_1_by_s_to_the_w(shards: int, workers: int) -> None:
    moments = tuple(100.0 + 31.0 * n for n in range(600))  # far apart: each worker has drawn anew
    run = simulate(world(*moments, shards=shards, workers=workers))
    sent = {
        r.message: r.t
        for r in run.trace.rows(event="sent", component="server")
        if r.channel == "http.request"
    }
    waited = [row.t - sent[row.message] for row in run.trace.rows(event="received") if row.message in sent]
    assert len(waited) == 600
    expected = (1 - 1 / shards) ** workers
    found = sum(wait > 1e-9 for wait in waited) / 600
    assert abs(found - expected) < 4 * (expected * (1 - expected) / 600) ** 0.5  # four deviations


def test_with_the_defect_half_the_replies_go_astray() -> None:
    """One worker, whose sends all go to one shard; a reply is read at the shard of its name."""
    moments = tuple(31.0 * n for n in range(300))
    run = simulate(world(*moments, defect=True))
    answered = sum(row.detail == "200" for row in run.trace.rows(event="received", component="clients"))
    assert abs(answered - 150) < 4 * 300**0.5 / 2
    whole = simulate(world(*moments))
    assert sum(row.detail == "200" for row in whole.trace.rows(event="received", component="clients")) == 300


# -- both worlds, faults, and what is refused


def test_it_runs_for_real() -> None:
    scenario = slide30_sharded(rate=40.0, service=0.001, workers=4, era="channels11")
    run = execute(scenario, seconds=1.5)
    assert run.problems == ()
    assert run.summary()["served"] > 0
    books(run.trace)


@pytest.mark.parametrize("era", ["june2016", "channels11"])
def test_the_books_balance_when_a_shard_is_killed(era: str) -> None:
    scenario = slide30_sharded(rate=100.0, era=era, arrivals=None, seconds=20.0)
    run = simulate(scenario.add(Kill(name="fault", target="shard-1", at=5.0, down=2.0)))
    kept = books(run.trace)
    assert kept.received > 0
    assert simulate(scenario).trace.digest() != run.trace.digest()


def test_the_same_seed_gives_the_same_trace() -> None:
    one, two = (simulate(slide30_sharded(seconds=5.0), seed=3).trace.digest() for _ in range(2))
    assert one == two


def test_what_cannot_be_is_said_in_words() -> None:
    scenario = world(1.0)
    with pytest.raises(ScenarioError, match="'shard-1' has 'june2016'"):
        scenario.change("layer", era="channels11")
    with pytest.raises(ScenarioError, match=r"group_expiry=5.0: it must be that of its shards"):
        scenario.change("layer", group_expiry=5.0)
    with pytest.raises(ScenarioError, match="defect=1: it must be True or False"):
        scenario.change("layer", defect=1)
    with pytest.raises(ScenarioError, match="itself made of several layers"):
        scenario.add(ShardedLayer(name="more", shards=("layer",)))
    with pytest.raises(ScenarioError, match="era='1999'"):
        ShardedLayer(name="layer", shards=("a",), era="1999")


def test_over_a_network_each_call_pays_its_way() -> None:
    """A second each: in, to the shard, to the worker, back to a shard; a look goes there, and back; and out: 7."""
    second = Link(1.0)
    run = simulate(world(0.0, network=Network(second, second, second), era="channels11"))
    answer = [row.t for row in run.trace.rows(event="received", component="clients")]
    assert answer == [pytest.approx(7.0)]

"""RedisLocal: what stays on its machine, what does not, and which comes first."""

import pytest

from chansim import Scenario, ScenarioError, execute, simulate
from chansim.deployments import slide31
from chansim.layer.eras import JUNE_2016
from chansim.model.arrivals import Recorded
from chansim.model.channel_layer import ChannelLayer
from chansim.model.client import Clients
from chansim.model.fault import Kill
from chansim.model.interface_server import InterfaceServer
from chansim.model.local_layer import LocalLayer
from chansim.model.machine import Machine
from chansim.model.worker import Worker
from conformance import Found, say
from model.several_under_test import SeveralUnderTest, local
from model.tiny import AT_ONCE, NOWHERE, books, site


def world(*moments: float, workers: tuple[int, ...] = (1, 1), shared: str = "redis-layer") -> Scenario:
    """Clients of the first machine only; on each machine a server and workers, with a local layer."""
    parts: list = [
        Clients(name="clients", server="server-1", arrivals=Recorded(moments)),
        site(),
        Machine(name="redis"),
        ChannelLayer(name="redis-layer", machine="redis"),
    ]
    for n, crew in enumerate(workers, 1):
        here = {"machine": f"Machine {n}", "layer": f"layer-{n}"}
        parts += [
            Machine(name=f"Machine {n}"),
            LocalLayer(
                name=f"layer-{n}", machine=f"Machine {n}", shared=shared, worker_poll=0.0, operation=0.0
            ),
            InterfaceServer(name=f"server-{n}", cpu=0.0, **here, **AT_ONCE),
            *(Worker(name=f"worker-{n}-{i}", application="site", **here) for i in range(1, crew + 1)),
        ]
    return Scenario("local layers", tuple(parts), NOWHERE, 200.0)


def test_requests_are_read_on_their_machine_only() -> None:
    run = simulate(world(*(float(n) for n in range(10)), workers=(1, 5)))
    assert {row.component for row in run.trace.rows(event="begun") if "worker" in row.component} == {
        "worker-1-1"
    }
    assert run.summary()["served"] == 10


def test_a_machine_without_a_worker_hangs_and_its_clients_are_told_503_in_the_end() -> None:
    """The other machine's workers are idle all the while. A message expires at 60 s; Daphne gives up at 120 s."""
    run = simulate(world(1.0, workers=(0, 5)))
    answers = [(row.t, row.detail) for row in run.trace.rows(event="received", component="clients")]
    assert answers == [(pytest.approx(121.0, abs=2.0), "503")]
    assert [row.t for row in run.trace.rows(event="lost", detail="expired")] == [pytest.approx(61.0)]


def test_of_four_operations_of_a_request_two_are_the_shared_layers() -> None:
    """Of which each takes 1 s, and nothing else takes any: the worker's send, and the server's look."""
    run = simulate(world(0.0).change("redis-layer", operation=1.0))
    assert [row.t for row in run.trace.rows(event="received", component="clients")] == [2.0]
    run = simulate(world(0.0).change("layer-1", operation=1.0))
    assert [row.t for row in run.trace.rows(event="received", component="clients")] == [2.0]


def halves(layer: SeveralUnderTest) -> tuple[dict[str, int], dict[str, int]]:
    """What the local and the shared half hold."""
    return layer.world.shared("layer").local.core.depths(), layer.world.shared("redis").core.depths()


def test_the_mark_in_a_name_says_which_half_and_a_group_is_in_the_shared_one() -> None:
    layer = local(JUNE_2016)
    for channel in ("http.request", "http.response!a", "http.request.body?b"):
        layer.group_add("room", channel)
        layer.send(channel, say("hello"))
    layer.send_group("room", say("hello"))
    assert halves(layer) == ({"http.request": 2}, {"http.response!a": 2, "http.request.body?b": 2})
    assert layer.channel_statistics("http.request")["messages_count"] in (None, 0)
    assert layer.global_statistics()["messages_count"] == 4


def test_local_messages_always_come_first() -> None:
    layer = local(JUNE_2016, capacity=100)
    layer.send("reply!a", say("remote"))
    for number in range(51):
        layer.send("normal", say(number))
    found = [layer.receive_many(["reply!a", "normal"])[0] for _ in range(52)]
    assert found == ["normal"] * 51 + ["reply!a"]


def test_while_it_waits_for_the_shared_half_it_sees_no_local_message_for_five_seconds() -> None:
    layer, found = local(JUNE_2016), list[Found]()
    layer.wait_for(["reply!a", "normal"], found)
    layer.later(0.1, lambda: layer.send("normal", say("hello")))
    layer.advance(5.0)
    assert found == []
    layer.advance(0.011)
    assert found == [("normal", say("hello"))]


def test_who_waits_for_one_kind_waits_for_it_alone() -> None:
    layer, found = local(JUNE_2016), list[Found]()
    for name in ("normal", "reply!a"):
        layer.wait_for([name], found)
        layer.later(7.0, lambda name=name: layer.send(name, say(name)))
    layer.advance(7.0)
    layer.advance(0.001)
    assert found == [("normal", say("normal")), ("reply!a", say("reply!a"))]


def test_it_runs_for_real() -> None:
    run = execute(slide31(machines=2, rate=40.0, service=0.001), seconds=1.5)
    assert run.problems == ()
    assert run.summary()["served"] > 0
    books(run.trace)


@pytest.mark.parametrize("target", ["layer-1", "redis-layer"])
def test_the_books_balance_when_a_half_is_killed(target: str) -> None:
    scenario = slide31(rate=100.0, seconds=10.0).add(Kill(name="fault", target=target, at=3.0, down=1.0))
    assert books(simulate(scenario).trace).received > 0


def test_what_cannot_be_is_said_in_words() -> None:
    scenario = world(1.0)
    with pytest.raises(
        ScenarioError, match="worker 'worker-1-1' is on 'Machine 2', and this layer is in memory"
    ):
        scenario.change("worker-1-1", machine="Machine 2")
    with pytest.raises(ScenarioError, match="'redis-layer', which is 'june2016'"):
        scenario.change("layer-1", era="channels11")
    with pytest.raises(ScenarioError, match="name one in Redis"):
        scenario.change("layer-1", shared="layer-2")

"""Slides 29 to 31: the pictures, and the figures that the course tells of them.

Means are compared with queueing theory where nothing but the workers takes time:
within twice the 95 % interval of 20 batch means, four deviations, and that no wider than a seventh.
"""

from collections import Counter
from collections.abc import Callable

import pytest

from chansim import Scenario, ScenarioError, simulate
from chansim.applications import rooms
from chansim.deployments import slide29, slide30_isolated, slide30_sharded, slide31
from chansim.measures.confidence import Interval, batch_means
from chansim.measures.latency import latencies, mean, percentile
from chansim.model.network import Link, Network
from chansim.theory import MMc, MMcK
from chansim.trace import Trace
from model.tiny import AT_ONCE, NOWHERE, deliveries
from views.drawn import marked, outside, overlaps, texts

SERVICE = 0.05


def bare(scenario: Scenario, **servers: float) -> Scenario:
    """Where looks for replies take no time, nor does any server's work."""
    for each in scenario.components:
        if each.role == "interface":
            scenario = scenario.change(each.name, cpu=0.0, **{**AT_ONCE, **servers})
    return scenario


def waits(scenario: Scenario, seed: int = 1) -> list[float]:
    """How long each answer took."""
    return latencies(simulate(bare(scenario), seed).trace, "clients")


def agrees(times: list[float], expected: float, widest: float = 0.15) -> None:
    found = batch_means(times, warm_up=0.05)
    assert found.half_width < widest * expected, f"{found} says nothing"
    assert expected in Interval(found.mean, 2 * found.half_width, found.size), (found, expected)


LONG = {"rate": 150.0, "seconds": 150.0, "network": NOWHERE, "cores": 100}
AMPLE = {**LONG, "capacity": 10_000}


def pool(rate: float, workers: int) -> float:
    """The mean time of a request, with 50 ms of service."""
    return MMc(rate, SERVICE, workers).mean_sojourn


# -- the figures


@pytest.mark.parametrize("shares", [(), (50, 30, 20)])
def test_29_nine_workers_of_three_machines_are_one_pool_whatever_the_entry(shares: tuple[float, ...]) -> None:
    assert pool(150.0, 9) == pytest.approx(0.067, abs=0.0005)
    assert MMc(150.0, SERVICE, 9).percentile(0.99) == pytest.approx(0.264, abs=0.0005)
    times = waits(slide29(machines=3, shares=shares, **AMPLE))
    agrees(times, pool(150.0, 9))
    assert percentile(times, 0.99) == pytest.approx(0.264, rel=0.26)  # four deviations of 6.5 %


def test_31_three_pools_of_three_wait_longer_than_one_of_nine() -> None:
    assert pool(50.0, 3) == pytest.approx(0.120, abs=0.0005)
    agrees(waits(slide31(worker_poll=0.0, **AMPLE)), pool(50.0, 3))


def test_31_one_pool_is_overrun_where_the_entry_is_uneven() -> None:
    """Machine 1 is offered 75/s and can do 60: it refuses the rest, and all who are let in wait behind 100."""
    run = simulate(bare(slide31(shares=(50, 30, 20), worker_poll=0.0, capacity=100, **LONG)))
    overrun = MMcK(75.0, SERVICE, 3, 103)
    counts = run.summary()
    refused = counts["lost"]["full"] / counts["requests"]
    assert 0.5 * overrun.loss == pytest.approx(0.10, abs=0.005)
    assert refused == pytest.approx(0.5 * overrun.loss, abs=0.026)  # four deviations of 0.65 %
    served = ((overrun.throughput, overrun.mean_sojourn), (45.0, pool(45.0, 3)), (30.0, pool(30.0, 3)))
    expected = sum(rate * seconds for rate, seconds in served) / sum(rate for rate, _ in served)
    assert expected == pytest.approx(0.78, abs=0.03)
    agrees(latencies(run.trace, "clients"), expected)


def test_31_at_low_load_the_ways_saved_do_not_pay_for_the_smaller_pools() -> None:
    """With 0.5 ms a way: shared, five of them (a look goes there and back); local, three."""
    near = Network(Link(0.0), Link(0.0005), Link(0.0))
    load = {**AMPLE, "rate": 60.0, "network": near}
    shared, local = waits(slide29(machines=3, **load)), waits(slide31(worker_poll=0.0, **load))
    assert pool(60.0, 9) + 5 * 0.0005 == pytest.approx(0.0525, abs=0.0002)
    assert pool(20.0, 3) + 3 * 0.0005 == pytest.approx(0.0538, abs=0.0002)
    agrees(shared, pool(60.0, 9) + 5 * 0.0005)
    agrees(local, pool(20.0, 3) + 3 * 0.0005)
    # the requests and their service are the same: what differs is waiting, 10 ms or so of deviation each
    gained = pool(20.0, 3) - pool(60.0, 9) - 2 * 0.0005
    assert mean(local) - mean(shared) == pytest.approx(gained, abs=4 * 0.010 / len(local) ** 0.5)


def test_31_wins_where_the_shared_layer_is_the_bottleneck() -> None:
    """0.1 ms an operation: four for a request make 2,500 requests/s, two make 5,000."""
    load = {"rate": 7000.0, "operation": 0.0001, "workers": 20, "service": 0.0005, "seconds": 1.0}
    where = {"machines": 3, "network": NOWHERE, "cores": 100, "capacity": 10_000}
    shared = simulate(bare(slide29(**load, **where))).summary()["served"]
    local = simulate(bare(slide31(worker_poll=0.0, **load, **where))).summary()["served"]
    assert 2300 < shared <= 2500
    assert 4600 < local <= 5000


@pytest.mark.parametrize(("machines", "reached"), [(1, 30), (2, 15), (3, 10)])
def test_30_isolated_a_line_reaches_those_on_its_own_machine(machines: int, reached: int) -> None:
    run = simulate(slide30_isolated(machines=machines, seconds=30.0))
    assert set(heard(run.trace).values()) == {reached}


def test_30_isolated_is_mended_by_sending_a_whole_room_to_one_machine() -> None:
    where = {"paths": ("/red/", "/blue/", "/green/"), "routing": rooms.channel_routing, "seconds": 30.0}
    assert set(heard(simulate(slide30_isolated(policy="by path", **where)).trace).values()) == {10}
    assert set(heard(simulate(slide30_isolated(policy="in turn", **where)).trace).values()) == {5}


def heard(trace: Trace) -> Counter[int]:
    """How many got each line that was said long enough before the end."""
    rows = trace.rows(event="sent", component="chatters", detail="frame")
    early = {row.request for row in rows if row.t < trace.end - 2.0}
    return Counter(request for request, _ in deliveries(trace).elements() if request in early)


# -- the pictures


@pytest.mark.parametrize(
    ("scenario", "boxes", "machines", "arrows"),
    [
        (slide29(), {"client": 1, "interface": 2, "layer": 1, "worker": 6}, 2, 2 + 2 + 6),
        (slide30_isolated(), {"client": 1, "interface": 2, "layer": 2, "worker": 6}, 2, 2 + 2 + 6),
        (slide30_sharded(), {"client": 1, "interface": 2, "layer": 2, "worker": 6}, 2, 2 + 4 + 12),
        (slide31(), {"client": 1, "interface": 3, "layer": 4, "worker": 9}, 3, 3 + 3 + 9 + 3),
    ],
    ids=["29", "30 isolated", "30 sharded", "31"],
)
def test_the_picture_has_the_slides_boxes_arrows_and_labels(
    scenario: Scenario, boxes: dict[str, int], machines: int, arrows: int
) -> None:
    figure = scenario.picture()
    assert Counter(scenario[name].role for name in marked(figure, "component")) == boxes
    assert len(marked(figure, "link")) == arrows
    words = [text.words for text in texts(figure)]
    assert [word for word in words if word.startswith("Machine")] == [
        f"Machine {n}" for n in range(1, machines + 1)
    ]
    said = "".join("".join(words).split())
    counts = {"Clients": 1, "InterfaceServer(Daphne)": boxes["interface"], "ChannelLayer": boxes["layer"]}
    assert {label: said.count(label) for label in counts} == counts
    assert words.count("Worker") == boxes["worker"]
    assert words.count("(RedisLocal)") == (3 if machines == 3 else 0)
    assert overlaps(figure) == []
    assert outside(figure) == []


def test_30_sharded_each_server_and_worker_is_joined_to_every_shard() -> None:
    arrows = marked(slide30_sharded().picture(), "link")
    for name in ("daphne-1", "daphne-2", "worker-1-1", "worker-2-3"):
        joined = {end for arrow in arrows if name in arrow.split(" → ") for end in arrow.split(" → ")}
        assert {"shard-1", "shard-2"} <= joined


# -- what is refused


@pytest.mark.parametrize("slide", [slide29, slide30_sharded, slide31])
def test_wrong_knobs_are_answered_in_words(slide: Callable[..., Scenario]) -> None:
    name = slide.__name__
    with pytest.raises(ScenarioError, match=f"{name}: machines=0: it must be a whole number from 1 to 100"):
        slide(machines=0)
    with pytest.raises(
        ScenarioError, match=rf"{name}: workers=\(1, 2, 3, 4\): .* as many of them as machines"
    ):
        slide(workers=(1, 2, 3, 4))
    with pytest.raises(ScenarioError, match=rf"{name}: shares=\(1,\): they must be numbers, one for each"):
        slide(shares=(1,))


def test_a_policy_that_is_none_and_a_number_of_shards_that_is_none() -> None:
    with pytest.raises(ScenarioError, match="slide30_isolated: policy='nearest': it must be one of in turn"):
        slide30_isolated(policy="nearest")
    with pytest.raises(ScenarioError, match="slide30_sharded: shards=0: it must be a whole number from 1"):
        slide30_sharded(shards=0)

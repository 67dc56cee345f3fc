"""A layer in memory that the processes of one machine share: what a call costs, and who cannot use it."""

import pytest

from chansim import Scenario, ScenarioError, execute
from chansim.model.ipc_layer import IPCLayer
from chansim.model.machine import Machine
from conformance import say
from model.several_under_test import SeveralUnderTest
from model.tiny import AT_ONCE, answers, books, channels_world


def in_memory(*moments: float, **layer: float) -> Scenario:
    """The tiny world, with such a layer."""
    scenario = channels_world(*moments, server=AT_ONCE, seconds=60.0)
    others = tuple(each for each in scenario.components if each.name != "layer")
    ipc = IPCLayer(
        name="layer", machine="host", **{"worker_poll": 0.0, "per_waiting": 0.0, "operation": 0.0, **layer}
    )
    return scenario.with_(components=(*others, ipc))


def test_a_call_takes_longer_by_what_waits_in_all_channels() -> None:
    ipc = IPCLayer(name="layer", machine="host", operation=0.125, per_waiting=0.25)
    layer, there = SeveralUnderTest(1, ipc), list[int]()
    for number, channel in enumerate(("one", "two", "three")):
        layer.later(10.0 * number, lambda channel=channel: layer.send(channel, say("hello")))
    core = layer.world.shared("layer").core
    for moment in (0.124, 0.126, 10.374, 10.376, 20.624, 20.626):
        layer.later(moment, lambda: there.append(core.waiting()))
    layer.advance(30.0)
    assert there == [0, 1, 1, 2, 2, 3], "0.125 s with nothing waiting, 0.375 s with one, 0.625 s with two"


def test_the_times_are_those_measured_within_a_fifth() -> None:
    """Pairs of a send and a receive a second, by how many messages wait, of asgi_ipc 1.4.2."""
    ipc = IPCLayer(name="layer", machine="host")
    for waiting, pairs in ((0, 9250), (100, 4500), (1000, 630), (5000, 130)):
        assert 1 / (2 * (ipc.operation + ipc.per_waiting * waiting)) == pytest.approx(pairs, rel=0.2)


def test_an_idle_worker_looks_every_ten_milliseconds() -> None:
    free = {"operation": 0.0, "per_waiting": 0.0, "worker_poll": 0.01}
    assert answers(in_memory(0.0123, **free)) == [(0.02, 1, "200")]


def test_nobody_on_another_machine_can_use_it() -> None:
    scenario = in_memory(0.0).add(Machine(name="other"))
    with pytest.raises(
        ScenarioError, match=r"IPC layer 'layer': machine='host': worker 'worker-1' is on 'other'"
    ):
        scenario.change("worker-1", machine="other")
    with pytest.raises(ScenarioError, match="is on no machine"):
        scenario.change("worker-1", machine="")


def test_it_runs_for_real() -> None:
    run = execute(in_memory(*(0.01 * n for n in range(20))), seconds=1.0)
    assert run.summary()["served"] == 20
    books(run.trace)

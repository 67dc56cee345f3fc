"""Faults put on the timeline by hand, and taken off it."""

import pytest

from chansim import ScenarioError, deployments, simulate
from chansim.model.fault import Kill, Partition

SIXTEEN, TWO = deployments.slide16(), deployments.slide29()


def test_a_killed_worker_stays_dead():
    assert SIXTEEN.kill("worker-1", at=3.0)["kill worker-1"] == Kill(
        name="kill worker-1", target="worker-1", at=3.0, down=-1.0
    )


def test_it_comes_back_when_it_is_restarted_and_may_die_again():
    again = SIXTEEN.kill("worker-1", at=3.0).restart("worker-1", at=4.5).kill("worker-1", at=9.0)
    assert [(each.at, each.down) for each in again if isinstance(each, Kill)] == [(3.0, 1.5), (9.0, -1.0)]


def test_a_run_tells_both():
    scenario = SIXTEEN.kill("worker-1", at=1.0).restart("worker-1", at=2.0)
    trace = simulate(scenario, seconds=3).trace
    assert [(row.t, row.detail) for row in trace.rows(event="fault")] == [(1.0, "killed"), (2.0, "started")]


def test_a_way_is_cut_once_and_mended():
    cut = TWO.cut("Machine 1", "redis", at=2.0, seconds=3.0)
    assert isinstance(cut["cut Machine 1 – redis"], Partition)
    with pytest.raises(ScenarioError, match="the way is cut already"):
        cut.cut("redis", "Machine 1")
    assert cut.mend("redis", "Machine 1") == TWO


def test_the_way_to_the_clients_is_cut_too():
    assert simulate(SIXTEEN.cut("server", at=1.0, seconds=1.0), seconds=5).summary()["served"] < 250


WRONG = {
    "kill: 'clients': clients 'clients' is no process; those that can be killed: daphne, layer":
        lambda: SIXTEEN.kill("clients"),
    "kill: 'worker-1': it is dead from 10 s on": lambda: SIXTEEN.kill("worker-1").kill("worker-1", at=20.0),
    "kill 'kill worker-1': at=-1.0": lambda: SIXTEEN.kill("worker-1", at=-1.0),
    "restart: 'worker-1': it is not dead": lambda: SIXTEEN.restart("worker-1", at=3.0),
    "restart: 'worker-1': at=2.0: it must be a number of seconds from 10 on":
        lambda: SIXTEEN.kill("worker-1").restart("worker-1", at=2.0),
    "cut: machine='moon': it must be a machine": lambda: TWO.cut("moon"),
    "cut: 'redis': a machine always reaches itself": lambda: TWO.cut("redis", "redis"),
    "mend: 'redis' – 'outside': that way is not cut": lambda: TWO.mend("redis"),
}  # fmt: skip


@pytest.mark.parametrize("words", WRONG)
def test_nonsense_is_answered_in_words(words):
    with pytest.raises(ScenarioError) as error:
        WRONG[words]()
    assert str(error.value).startswith(words)

"""Adding, taking away and moving: what each verb builds, and what it says to nonsense."""

import pytest

from chansim import Scenario, ScenarioError, deployments, simulate
from chansim.model.dns import DNS

SIXTEEN, THIRTY_ONE = deployments.slide16(), deployments.slide31()


def names(scenario: Scenario, machine: str) -> list[str]:
    return [each.name for each in scenario if each.machine == machine]


def test_a_worker_is_as_the_one_before_it():
    more = SIXTEEN.change("worker-3", threads=2).add_worker("server")
    assert more["worker-4"].threads == 2
    assert names(more, "server")[-2:] == ["worker-3", "worker-4"]


def test_a_worker_on_a_machine_with_a_layer_of_its_own_uses_that():
    assert THIRTY_ONE.add_worker("Machine 2")["worker-2-4"].layer == "layer-2"


def test_the_first_worker_of_all_runs_the_application_there_is():
    first = deployments.daphne_no_workers().add_worker("server")["worker-1"]
    assert (first.layer, first.application) == ("layer", "site")


def test_a_worker_is_as_deployments_name_it():
    """So that the picture that a hand builds is the one that a function builds."""
    assert deployments.slide16(workers=2).add_worker("server") == deployments.slide16(workers=3)


def test_a_second_server_is_reached_by_one_name():
    two = SIXTEEN.add_server("server")
    front = two[two["clients"].server]
    assert isinstance(front, DNS)
    assert front.servers == ("daphne", "daphne-2")
    assert two.network.link("", "").latency == 0.0
    assert simulate(two, seconds=5).summary()["served"] > 200


def test_a_third_server_joins_them_with_an_average_share():
    three = deployments.slide29(shares=(3.0, 1.0)).add_server("Machine 1")
    assert three["site.example"].servers == ("daphne-1", "daphne-2", "daphne-3")
    assert three["site.example"].weights == (3.0, 1.0, 2.0)


def test_a_machine_is_equipped_as_the_last():
    grown = deployments.slide29(workers=(3, 2)).add_machine()
    assert names(grown, "Machine 3") == ["daphne-3", "worker-3-1", "worker-3-2"]
    assert grown["Machine 3"].cores == grown["Machine 2"].cores


@pytest.mark.parametrize("deployment", [deployments.slide30_isolated, deployments.slide31])
def test_a_machine_brings_its_layer_where_each_has_one(deployment):
    two, three = deployment(machines=2).add_machine(), deployment(machines=3)
    assert set(two) == set(three)


def test_a_machine_for_wsgi_has_a_server():
    assert names(deployments.slide07().add_machine(), "server-2") == ["gunicorn-2"]


def test_memory_is_not_shared_with_another_machine():
    with pytest.raises(ScenarioError, match=r'add_machine: the layer .* use_layer\("shared"\)'):
        SIXTEEN.use_layer("memory").add_machine()


def test_without_a_machine_all_on_it_is_gone_and_no_server_is_missed():
    less = deployments.slide31(machines=3).remove("Machine 3")
    assert set(less) == set(deployments.slide31(machines=2))


def test_a_fault_goes_with_what_it_was_to_befall():
    gone = SIXTEEN.kill("worker-1").remove("worker-1")
    assert [each.name for each in gone] == [each.name for each in SIXTEEN if each.name != "worker-1"]


def test_the_share_of_a_server_goes_with_it():
    less = deployments.slide29(machines=3, shares=(3.0, 1.0, 2.0)).remove("Machine 2")
    assert less["site.example"].weights == (3.0, 2.0)


def test_a_moved_worker_reaches_its_layer_from_there():
    moved = SIXTEEN.add_machine().move("worker-1", "server-2")
    assert (moved["worker-1"].machine, moved["worker-1"].layer) == ("server-2", "layer")
    assert THIRTY_ONE.move("worker-1-1", "Machine 2")["worker-1-1"].layer == "layer-2"


def test_moved_and_moved_back_is_as_before():
    there = THIRTY_ONE.move("worker-1-1", "Machine 2")
    assert there.move("worker-1-1", "Machine 1") == THIRTY_ONE


WRONG = {
    "add_worker: machine='nowhere': it must be a machine; here there is: 'server'":
        lambda: SIXTEEN.add_worker("nowhere"),
    "add_worker: this deployment has no channel layer": lambda: deployments.slide07().add_worker("server"),
    "add_worker: machine='redis': each machine has a layer of its own": lambda: THIRTY_ONE.add_worker("redis"),
    "add_server: machine=7: it must be a machine": lambda: SIXTEEN.add_server(7),
    "remove: 'worker-9': there is no such component; there are clients, server": lambda: SIXTEEN.remove("worker-9"),
    "remove: 'layer': interface server 'daphne' needs it: layer='layer'": lambda: SIXTEEN.remove("layer"),
    "remove: 'server': it is the last machine": lambda: SIXTEEN.remove("server"),
    "remove: 'daphne': clients 'clients' needs it": lambda: SIXTEEN.remove("daphne"),
    "remove: 'redis': local layer 'layer-1' needs it": lambda: THIRTY_ONE.remove("redis"),
    "move: 'clients': clients 'clients' is on no machine": lambda: SIXTEEN.move("clients", "server"),
    "move: machine='moon': it must be a machine": lambda: SIXTEEN.move("layer", "moon"),
    "move: machine='redis': each machine has a layer": lambda: THIRTY_ONE.move("worker-1-1", "redis"),
}  # fmt: skip


@pytest.mark.parametrize("words", WRONG)
def test_nonsense_is_answered_in_words(words):
    with pytest.raises(ScenarioError) as error:
        WRONG[words]()
    assert str(error.value).startswith(words)

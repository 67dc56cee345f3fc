"""What a cut link or a dead machine separates, and single points of failure."""

import pytest

from chansim import Scenario, deployments
from chansim.views import separated, single_points, topology
from views.drawn import machines, marked, outside, overlaps, texts

SHARED, LOCAL, ISOLATED = deployments.slide29(), deployments.slide31(), deployments.slide30_isolated()


@pytest.mark.parametrize(
    ("scenario", "points"),
    [
        (deployments.slide16(workers=3), ("server", "daphne", "layer")),
        (deployments.slide16(workers=1), ("server", "daphne", "layer", "worker-1")),
        (deployments.slide07(), ("server", "gunicorn")),
        (SHARED, ("redis", "layer")),
        (LOCAL, ("redis", "redis-layer")),
        (ISOLATED, ()),
    ],
    ids=lambda each: each.title if isinstance(each, Scenario) else "",
)
def test_single_points_of_failure(scenario: Scenario, points: tuple[str, ...]):
    assert sorted(single_points(scenario)) == sorted(points)


def test_every_single_point_does_cost_a_client_and_no_other_does():
    for scenario in (SHARED, LOCAL, deployments.slide16(workers=2)):
        points = single_points(scenario)
        for each in scenario.components:
            if each.role and each.role != "client":
                assert bool(separated(scenario, [each.name]).unserved) == (each.name in points), each.name


def test_a_dead_machine_takes_what_stands_on_it_and_what_needs_that():
    found = separated(SHARED, ["redis"])
    assert found.dead == ("layer",)
    assert set(found.fallen) == {
        each.name for each in SHARED.components if each.role in ("interface", "worker")
    }
    assert found.unserved == ("clients",)


def test_a_dead_machine_of_two_leaves_a_way():
    found = separated(SHARED, ["Machine 2"])
    assert set(found.dead) == {"daphne-2", "worker-2-1", "worker-2-2", "worker-2-3"}
    assert (found.fallen, found.unserved, found.idle) == ((), (), ())


def test_a_link_is_cut_between_machines_or_components():
    by_machine = separated(LOCAL, cut=[("Machine 1", "redis")])
    by_name = separated(LOCAL, cut=[("redis-layer", "layer-1")])
    assert by_machine == by_name
    assert by_machine.cut == (("layer-1", "redis-layer"),)
    assert "daphne-1" in by_machine.fallen


def test_what_is_cut_off_from_outside_is_alive_and_of_no_use():
    scenario = machines(2, 2, local=True)
    found = separated(scenario, cut=[("clients-1", "daphne-1")])
    assert found.unserved == ("clients-1",)
    assert set(found.idle) == {"daphne-1", "layer-1", "worker-1-1", "worker-1-2"}
    assert found.fallen == ()


def test_workers_without_a_server_are_of_no_use():
    found = separated(deployments.slide16(workers=2), ["daphne"])
    assert (found.unserved, set(found.idle)) == (("clients",), {"layer", "worker-1", "worker-2"})


def test_a_deployment_without_workers_serves_nobody_from_the_start():
    assert separated(deployments.slide16(workers=0)).unserved == ("clients",)
    assert single_points(deployments.slide16(workers=0)) == ()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"dead": ["Machine 9"]},
            "dead='Machine 9': there is no such component or machine; there are .*Machine 1",
        ),
        ({"cut": ["redis"]}, "cut='redis': it must be two components, or two machines, in a pair"),
        ({"cut": [("redis", "moon")]}, r"cut=\('redis', 'moon'\)"),
    ],
)
def test_names_that_are_not_there_are_said(given: dict, words: str):
    with pytest.raises(ValueError, match=words):
        separated(SHARED, **given)


def test_the_topology_marks_what_is_dead_and_what_is_weak():
    figure = topology(SHARED, dead=["Machine 2"], weak=True)
    assert marked(figure, "dead") == ["daphne-2", "worker-2-1", "worker-2-2", "worker-2-3"]
    assert set(marked(figure, "weak")) == {"redis", "layer"}
    assert (
        "Dead: daphne-2, worker-2-1, worker-2-2, worker-2-3. There is still a way for every client."
        in figure.words
    )
    assert "Single points of failure: redis, layer." in figure.words
    assert [text.words for text in texts(figure)].count("!") == 2


def test_the_topology_says_who_is_not_served():
    figure = topology(LOCAL, dead=["redis"])
    assert "Not served: clients." in figure.words
    assert "Cannot work without them: layer-1" in figure.words
    assert "Single points" not in figure.words


@pytest.mark.parametrize("number", [1, 2, 4])
@pytest.mark.parametrize("workers", [0, 3, 32])
@pytest.mark.parametrize("kind", ["", "redis", "local"])
def test_marks_do_not_stand_on_words(number: int, workers: int, kind: str):
    scenario = machines(number, workers, layer_machine=kind if kind == "redis" else "", local=kind == "local")
    figure = topology(scenario, dead=["Machine 1"], weak=True, theme="dark")
    assert overlaps(figure) == []
    assert outside(figure) == []

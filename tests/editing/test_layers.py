"""The kinds of channel layer: recognised, changed, and refused with a reason."""

import pytest

from chansim import ScenarioError, deployments, simulate
from chansim.editing import KINDS, kind_of, why_not

HAS = {
    "shared": deployments.slide29,
    "sharded": deployments.slide30_sharded,
    "isolated": deployments.slide30_isolated,
    "local": deployments.slide31,
}


@pytest.mark.parametrize("kind", HAS)
def test_the_talks_kinds_are_recognised(kind):
    assert kind_of(HAS[kind]()) == kind


def test_a_deployment_without_a_layer_has_none():
    assert kind_of(deployments.slide07()) == "none"
    assert "slide 16 is the same with one" in why_not(deployments.slide07(), "shared")


@pytest.mark.parametrize("kind", ["shared", "sharded", "isolated", "local"])
@pytest.mark.parametrize("other", ["shared", "sharded", "isolated", "local"])
def test_on_several_machines_each_becomes_each_and_works(kind, other):
    changed = HAS[kind]().use_layer(other)
    assert kind_of(changed) == other
    assert simulate(changed, seconds=5).summary()["served"] > 0


@pytest.mark.parametrize("kind", HAS)
def test_there_and_back_is_the_same_deployment(kind):
    before = HAS[kind]()
    other = "shared" if kind != "shared" else "local"
    assert set(before.use_layer(other).use_layer(kind)) == set(before)


def test_on_one_machine_it_may_be_in_memory_with_memorys_own_capacity():
    memory = deployments.slide16().use_layer("memory")
    assert kind_of(memory) == "memory"
    assert memory["layer"].capacity == 10


def test_what_was_turned_stays_turned():
    turned = deployments.slide16().change("layer", capacity=7, expiry=3.0)
    for kind in ("memory", "sharded", "local"):
        layers = [each for each in turned.use_layer(kind) if hasattr(each, "capacity")]
        assert {(each.capacity, each.expiry) for each in layers} == {(7, 3.0)}


def test_a_fault_of_the_old_layer_is_gone_with_it():
    assert "kill layer" not in [each.name for each in deployments.slide16().kill("layer").use_layer("memory")]


def test_what_does_not_fit_says_why():
    assert "there is one machine" in why_not(deployments.slide16(), "isolated")
    assert "2 machines use the layer" in why_not(deployments.slide29(), "memory")
    assert [kind for kind in KINDS if not why_not(deployments.slide29(), kind)] == [
        "shared", "sharded", "isolated", "local",
    ]  # fmt: skip


def test_another_kind_is_answered_in_words():
    with pytest.raises(ScenarioError, match="use_layer: kind='redis': it must be one of 'shared'"):
        deployments.slide16().use_layer("redis")

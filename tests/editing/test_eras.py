"""Another era of the same deployment: all its layers, and what an era decides beside them."""

from dataclasses import replace

import pytest

from chansim import ScenarioError, deployments, simulate
from chansim.bench import Bench
from chansim.editing.knobs import knobs_of
from chansim.layer import eras

WITH_AN_ERA = ["slide16", "slide29", "slide30_sharded", "slide31", "overload"]


def era_knob(component):
    return next((knob for knob in knobs_of(component) if knob.field == "era"), None)


@pytest.mark.parametrize("name", WITH_AN_ERA)
@pytest.mark.parametrize("era", eras.ERAS)
def test_it_is_the_deployment_that_is_built_in_that_era(name, era):
    deployment = getattr(deployments, name)
    assert deployment().use_era(era) == deployment(era=era)
    assert deployment(era=era).use_era("june2016") == deployment()


@pytest.mark.parametrize(("name", "layer"), [("slide30_sharded", "shard-2"), ("slide31", "layer-1")])
def test_a_turn_of_one_layer_turns_all(name, layer):
    bench = Bench.of(name)
    edit = era_knob(bench.scenario[layer]).edit("channels11")
    turned = bench.edited(edit.verb, *edit.placed)
    assert turned.code == f'deployments.{name}().use_era("channels11")'
    assert {each.era for each in turned.scenario if "layer" in each.provides.split()} == {"channels11"}


def test_what_somebody_turned_stays():
    turned = deployments.slide16().change("daphne", poll=0.002, ping_timeout=7.0).use_era("channels11")
    assert (turned["daphne"].poll, turned["daphne"].ping_timeout) == (0.002, 7.0)
    assert turned["daphne"].idle_poll == eras.CHANNELS_11.idle_poll


def test_the_application_stays_so_the_talks_chat_loses_its_sockets_under_1_0():
    chat = deployments.slide24(members=5, seconds=7.0).use_era("channels10")
    rows = simulate(chat).trace.rows(event="received", component="chatters")
    assert {row.detail for row in rows if row.t > 5} == {"dropped"}


def test_an_era_of_ones_own_has_no_knob_and_works():
    mine = replace(eras.CHANNELS_11, name="mine", poll=0.02)
    site = deployments.slide16(seconds=2.0).use_era(mine)
    assert site["daphne"].poll == 0.02
    assert era_knob(site["layer"]) is None
    assert simulate(site).summary()["served"] > 0
    bench = Bench.of(site)
    assert "from chansim.layer import eras" in bench.above
    assert bench.edited("use_era", "june2016").scenario == deployments.slide16(seconds=2.0)


def test_what_cannot_be_is_said_in_words():
    with pytest.raises(ScenarioError, match="use_era: era='1999' is not known; eras: june2016"):
        deployments.slide16().use_era("1999")
    with pytest.raises(ScenarioError, match="use_era: this deployment has no channel layer"):
        deployments.slide07().use_era("june2016")

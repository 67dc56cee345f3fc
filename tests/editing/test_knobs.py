"""Knobs are read off the fields, and those that change nothing are found out by trial."""

import math
from dataclasses import replace

import pytest

from chansim import ScenarioError, deployments
from chansim.bench import PRESETS, Bench, knobs
from chansim.duration import Constant, Empirical, Exponential, LogNormal
from chansim.editing import laws
from chansim.editing.knobs import knobs_of
from chansim.model.arrivals import Daily
from chansim.model.retries import Fixed


def fields(bench: Bench, name: str) -> set[str]:
    return {knob.field for knob in knobs(bench, name)}


def test_a_knob_says_what_its_field_says():
    (capacity,) = [knob for knob in knobs_of(deployments.slide16()["layer"]) if knob.field == "capacity"]
    assert (capacity.unit, capacity.low, capacity.high, capacity.value, capacity.whole, capacity.step) == (
        "messages", 1, 1000, 100, True, 1,
    )  # fmt: skip
    assert capacity.doc == "messages a channel holds"


def test_what_matters_only_in_groups_is_shown_where_there_are_groups():
    pages, chat = Bench.of("slide16"), Bench.of("slide24", rate=1.0)
    assert "per_member" in {knob.field for knob in knobs_of(pages.scenario["layer"])}
    assert not {"per_member", "group_expiry"} & fields(pages, "layer")
    assert {"per_member", "group_expiry"} <= fields(chat, "layer")


def test_what_matters_only_in_a_queue_is_found_under_strain():
    assert {"capacity", "expiry"} <= fields(Bench.of("slide16"), "layer")
    assert "http_timeout" in fields(Bench.of("slide16"), "daphne")


def test_cores_that_nobody_computes_on_are_not_shown():
    assert fields(Bench.of("slide16"), "server") == set()
    assert fields(Bench.of("slide24", rate=5.0), "server") == {"cores"}


def test_what_a_dial_turns_is_not_shown_twice():
    assert "io" not in fields(Bench.of("slide16"), "site")
    assert not {"members", "rate"} & fields(Bench.of("slide24"), "chatters")


@pytest.mark.parametrize("deployment", PRESETS)
def test_every_knob_stands_within_its_range(deployment):
    for component in Bench.of(deployment).scenario:
        for knob in knobs_of(component):
            assert knob.doc
            if hasattr(knob, "low"):
                assert knob.low <= knob.value <= knob.high
                assert knob.low < knob.high
                assert knob.step > 0


def knob_of(component, field):
    (found,) = [knob for knob in knobs_of(component) if knob.field == field]
    return found


def test_how_times_vary_is_chosen_by_a_law_and_its_mean():
    io = knob_of(deployments.slide16()["site"], "io")
    assert (io.law, io.value, io.unit) == (Exponential(0.05), 0.05, "s")
    assert io.meant("Constant") == Constant(0.05)
    assert io.meant("LogNormal") == LogNormal(0.05, 1.0)
    assert io.meant("TwoPoint").mean == pytest.approx(0.05)
    assert io.meant(0.2) == Exponential(0.2)
    with pytest.raises(
        ScenarioError, match="site: io='Zipf': one of Constant, Exponential, LogNormal, TwoPoint"
    ):
        io.meant("Zipf")
    with pytest.raises(
        ScenarioError, match="site: io=None: a number of s is needed: seconds of waiting per call"
    ):
        io.meant(None)


@pytest.mark.parametrize(
    "law", [*laws.DURATIONS.values(), *laws.ARRIVALS.values()], ids=lambda law: law.words
)
def test_a_law_keeps_its_kind_while_its_number_is_turned(law):
    made = law.made(4.0)
    assert laws.number_of(made) == pytest.approx(4.0)
    assert laws.number_of(laws.turned(made, 6.0)) == pytest.approx(6.0)
    assert type(laws.turned(made, 6.0)) is type(made)
    assert laws.turned(LogNormal(1.0, 0.3), 2.0) == LogNormal(2.0, 0.3)


def test_a_law_without_such_a_number_stays_until_another_is_chosen():
    scenario = deployments.slide16(service=Empirical((0.1, 0.3)), arrivals=Daily(1.0, 9.0))
    io, arrivals = knob_of(scenario["site"], "io"), knob_of(scenario["clients"], "arrivals")
    assert math.isnan(io.value)
    assert math.isnan(arrivals.value)
    assert io.meant("Constant") == Constant(0.2)
    with pytest.raises(
        ScenarioError, match="another law than empirical, 2 values, mean 200 ms, which has no"
    ):
        io.meant(0.1)


def test_filters_policies_and_shares_are_turned_where_they_matter():
    assert "only_channels" in fields(Bench.of("slide24", rate=1.0), "worker-1")
    assert not {"only_channels", "exclude_channels"} & fields(Bench.of("slide16"), "worker-1")
    assert "policy" in fields(Bench.of("slide29"), "site.example")
    one = Bench.of("slide16").edited("add_server", "server")
    assert {"policy", "weights"} <= fields(one, "site.example")
    assert "weights" not in fields(one.edited("change", "site.example", policy="in turn"), "site.example")


def test_the_era_and_the_retries_are_turned_where_they_matter():
    bench = Bench.of("slide16")
    assert "era" in fields(bench, "layer")
    retry = knob_of(bench.scenario["clients"], "retry")
    assert (retry.value, retry.options[0]) == ("none", "none")
    assert retry.meant("3 retries, each after 1 s") == Fixed(1.0, 3)
    assert "retry" in fields(bench, "clients")
    assert [knob.field for knob in knobs_of(replace(bench.scenario["clients"], retry=Fixed(7.0, 1)))] == [
        "arrivals",
        "patience",
        "reading",
    ]
    with pytest.raises(ScenarioError, match="clients: retry='often': one of none, 3 retries, each after 1 s"):
        retry.meant("often")


def test_what_a_hand_writes_with_commas_is_a_tuple():
    filters = knob_of(deployments.slide24()["worker-1"], "only_channels")
    assert filters.meant("websocket.*,  http.request,") == ("websocket.*", "http.request")
    assert filters.meant(" ") == ()
    weights = knob_of(deployments.slide29(shares=(5, 3))["site.example"], "weights")
    assert weights.value == "5, 3"
    assert weights.meant("50, 30") == (50.0, 30.0)
    with pytest.raises(ScenarioError, match=r"site\.example: weights='much': numbers with commas"):
        weights.meant("much")


def test_a_dial_takes_laws_too_and_is_gone_when_something_else_turns_the_same():
    bench = Bench.of("slide16", rate=40.0)
    rate, service = bench.dials
    regular = bench.dialled(rate, "Regular")
    assert regular.code == "deployments.slide16(arrivals=model.Regular(rate=40.0))"
    assert regular.dialled(rate, 60).code == "deployments.slide16(arrivals=model.Regular(rate=60.0))"
    assert bench.dialled(service, "Constant").code == (
        "deployments.slide16(rate=40.0, service=duration.Constant(seconds=0.05))"
    )
    edited = bench.edited("change", "site", io=LogNormal(0.05, 1.0))
    assert edited.dials == (rate,)
    assert "io" in fields(edited, "site")
    assert "arrivals" not in fields(edited, "clients")
    chat = Bench.of("slide24")
    assert chat.law(chat.dials[1]) is None

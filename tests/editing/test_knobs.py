"""Knobs are read off the fields, and those that change nothing are found out by trial."""

import pytest

from chansim import deployments
from chansim.bench import PRESETS, Bench, knobs
from chansim.editing.knobs import knobs_of


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
            assert knob.low <= knob.value <= knob.high
            assert knob.low < knob.high
            assert knob.step > 0
            assert knob.doc

"""The state as one line of Python: whatever a hand does, the line rebuilds it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chansim import Scenario, ScenarioError, deployments, duration, model
from chansim.bench import PRESETS, Bench
from chansim.editing import KINDS, laws
from chansim.editing.knobs import knobs_of
from chansim.editing.line import Edit, Line, read
from chansim.layer.eras import ERAS


def rebuilt(code: str) -> Scenario:
    """What the line gives that is pasted into a cell."""
    scenario: Scenario = eval(code, {"deployments": deployments, "duration": duration, "model": model})
    return scenario


@st.composite
def edits(draw, scenario: Scenario):
    """Something to do to *scenario*, legal or not."""
    machines = [each.name for each in scenario if each.provides == "machine"]
    name = draw(st.sampled_from([each.name for each in scenario]))
    machine = draw(st.sampled_from(machines))
    other = draw(st.sampled_from(["", *machines]))
    moment = draw(st.sampled_from([0.5, 2, 7.25]))
    turns = [knob.edit(draw(values(knob, scenario))) for knob in knobs_of(scenario[name])]
    others = [
        Edit.of("add_worker", machine),
        Edit.of("add_server", machine),
        Edit.of("add_machine"),
        Edit.of("remove", name),
        Edit.of("move", name, machine),
        Edit.of("use_layer", draw(st.sampled_from(sorted(KINDS)))),
        Edit.of("use_era", draw(st.sampled_from(sorted(ERAS)))),
        Edit.of("kill", name, at=moment),
        Edit.of("restart", name, at=moment),
        Edit.of("cut", machine, other, at=moment),
        Edit.of("mend", machine, other),
    ]
    return draw(st.sampled_from([*others, *turns]))


def values(knob, scenario):
    """Where a knob may stand: at a number, at a law with a number, or at what it would try itself."""
    if hasattr(knob, "law"):
        return st.builds(
            lambda law, number: law.made(number),
            st.sampled_from(list(laws.of(knob.law).values())),
            st.floats(max(knob.low, 0.001), knob.high),
        )
    if not hasattr(knob, "low"):
        return st.sampled_from([knob.meant(knob.value), *knob.tried(scenario)])
    if knob.whole:
        return st.integers(int(knob.low), int(knob.high))
    return st.floats(knob.low, knob.high, allow_nan=False)


def is_legal(bench: Bench, edit: Edit) -> bool:
    """Whether it can be done; where not, nothing but words is raised."""
    try:
        edit.apply(bench.scenario)
    except ScenarioError:
        return False
    return True


@st.composite
def edited(draw):
    """A bench to which somebody did a few things at random, and how many of them were legal."""
    bench, legal = Bench.of(draw(st.sampled_from(sorted(PRESETS)))), 0
    for _ in range(draw(st.integers(1, 7))):
        edit = draw(edits(bench.scenario))
        if is_legal(bench, edit):
            bench, legal = bench.edited(edit.verb, *edit.placed, **dict(edit.named)), legal + 1
    return bench, legal


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(edited())
def test_the_line_rebuilds_what_was_done(done):
    bench, _ = done
    assert rebuilt(bench.code) == bench.scenario
    assert Bench.of(bench.code, seed=bench.seed) == bench
    assert "\n" not in bench.code


def test_something_is_legal_in_most_of_what_the_test_before_tries():
    counts = []

    @settings(
        max_examples=40,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(edited())
    def look(done):
        counts.append(done[1])

    look()
    assert sum(1 for count in counts if count) > len(counts) / 2


def test_a_line_is_written_as_a_person_would():
    line = Line("slide16", (("rate", 80.0),)).edited(Edit.of("kill", "worker-1", at=10.0))
    assert str(line) == 'deployments.slide16(rate=80.0).kill("worker-1", at=10.0)'
    assert read(str(line)) == line


def test_of_many_turns_of_a_knob_the_last_is_kept():
    line = Line("slide16")
    for capacity in (10, 20, 30):
        line = line.edited(Edit.of("change", "layer", capacity=capacity))
    assert str(line.edited(Edit.of("change", "layer", expiry=2.0))) == (
        'deployments.slide16().change("layer", capacity=30).change("layer", expiry=2.0)'
    )


WRONG = {
    "": "it is not one expression of Python",
    "deployments.slide16(": "it is not one expression of Python",
    "slide16()": "it does not begin with a deployment",
    "deployments.slide16().__class__()": "a line may use add_worker",
    "deployments.slide16().save('here')": "a line may use add_worker",
    "deployments.slide16(50)": "its arguments are given by name",
    "deployments.slide16(rate=open('x'))": "a line holds plain values and laws only",
    "deployments.slide16(**{'rate': 3})": "a line names each argument",
    "deployments.slide16(service=duration.Exponential(mean=-1))": "mean is -1; it must be a number of seconds",
    "deployments.slide16(service=duration.Exponential(minutes=1))": "unexpected keyword argument 'minutes'",
    "deployments.slide16(service=duration.as_duration(1))": "a line holds plain values and laws only",
    "deployments.slide16(service=other.Exponential(1))": "a line holds plain values and laws only",
}


@pytest.mark.parametrize("text", WRONG)
def test_another_line_is_refused_and_nothing_of_it_is_run(text):
    with pytest.raises(ScenarioError, match=WRONG[text]):
        read(text)

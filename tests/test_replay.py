from dataclasses import replace

import pytest

from chansim import Run, ScenarioError, Trace, deployments, execute, replay, simulate
from chansim.measures import breakdown, latencies
from chansim.overlay import overlay
from chansim.trace import BEGUN, ENDED

SITE = deployments.slide07(rate=40, service=0.05, workers=4)


def as_if_executed(run):
    """A run whose digits are always the same, so that what a replay makes of them can be told to the last one."""
    return replace(run, world="executed")


@pytest.fixture(scope="module")
def simulated():
    return simulate(SITE, seed=3, seconds=20)


def pairs(one, other):
    return overlay(one, other).pairs


@pytest.mark.parametrize("service", ["measured", "asked"])
@pytest.mark.parametrize(
    "scenario",
    [
        SITE,
        deployments.slide16(rate=40, service=0.05, workers=4).change("daphne", cpu=0.0),
        deployments.slide29(rate=40, machines=2),
    ],
    ids=lambda scenario: scenario.title.partition(":")[0],
)
def test_the_replay_of_a_run_has_its_requests_and_their_work(scenario, service):
    run = as_if_executed(simulate(scenario, seed=3, seconds=20))
    again = replay(run, service=service)
    found = pairs(again, run)
    assert len(found) > 700
    assert all(abs(pair.later) < 1e-9 for pair in found)
    words = {lane: "x" for each in scenario if each.role in ("worker", "server") for lane in each.lanes()}
    works = [dict(breakdown(each.trace, "clients", words)) for each in (run, again)]
    work = [sum(seconds for name, seconds in each.items() if name == "x: work") for each in works]
    assert work[0] == pytest.approx(work[1], rel=0.02)


def test_where_nothing_is_left_to_chance_a_replay_is_the_run_itself(simulated):
    found = pairs(replay(as_if_executed(simulated)), as_if_executed(simulated))
    assert max(abs(pair.residual) for pair in found) < 1e-9


def test_it_takes_what_was_measured_and_not_what_was_asked(simulated):
    trace = simulated.trace
    columns = {name: column[:] for name, column in trace.columns.items()}
    # every bar twice as long, as if another process had had the processor half of the time
    slow = as_if_executed(simulate(SITE.change("site", io=0.1), seed=3, seconds=20))
    slow = Run(simulated.scenario, slow.trace, "executed", slow.seed)
    assert overlay(replay(slow), slow).errors.correlation > 0.999
    assert overlay(replay(slow, service="asked"), slow).errors.mean < -0.2
    assert columns == trace.columns, "a replay leaves the run as it was"


def test_it_can_be_played_on_another_deployment(simulated):
    run = as_if_executed(simulated)
    more = replay(run, SITE.change("gunicorn", workers=8))
    assert len(more.scenario["gunicorn"].lanes()) == 8
    assert sum(latencies(more.trace, "clients")) < sum(latencies(run.trace, "clients"))


def test_work_that_had_not_ended_takes_the_typical_time(simulated):
    trace = simulated.trace
    last = max(place for place, event in enumerate(trace.event) if event == ENDED)
    columns = {name: column[:last] + column[last + 1 :] for name, column in trace.columns.items()}
    cut = replace(as_if_executed(simulated), trace=Trace(trace.names, columns, trace.end))
    begun = sum(event == BEGUN for event in trace.event)
    again = replay(cut)
    assert sum(event == BEGUN for event in again.trace.event) == begun


def test_a_chat_is_replayed_by_its_seed():
    run = execute(deployments.slide24(members=5, rate=2.0), seed=2, seconds=2.5)
    found = pairs(replay(run), run)
    assert found
    assert {len(found)} == {len(pairs(simulate(run.scenario, seed=2, seconds=2.5), run))}


def test_what_was_really_executed_is_told_again():
    run = execute(SITE, seed=3, seconds=2)
    found = overlay(replay(run), run)
    assert len(found.pairs) > 40
    assert found.errors.correlation > 0.5  # a band for any computer, however busy: unrelated times give 0


@pytest.mark.parametrize(
    ("run", "why"),
    [
        (lambda run: run, "it was simulated"),
        (lambda run: as_if_executed(simulate(SITE, seconds=0.001)), "no client asked for anything"),
        (
            lambda run: as_if_executed(replace(run, scenario=deployments.slide16())),
            "has no bars",
        ),
    ],
)
def test_what_cannot_be_replayed_is_said_in_words(run, why, simulated):
    with pytest.raises(ScenarioError, match=why):
        replay(run(simulated))


def test_wrong_arguments_are_said_in_words(simulated):
    with pytest.raises(TypeError, match="it must be a Run"):
        replay(SITE)
    with pytest.raises(ScenarioError, match="'measured', 'asked'"):
        replay(as_if_executed(simulated), service="drawn")

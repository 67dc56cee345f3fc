from dataclasses import replace

import pytest

from chansim import deployments, execute, simulate
from chansim.course import same_story

SITE = deployments.slide07(rate=10, service=0.2, workers=4)


@pytest.fixture(scope="module")
def simulated():
    return simulate(SITE, seconds=3)


def test_a_run_tells_its_own_story(simulated):
    assert same_story(simulated, replace(simulated, world="executed")).good


def test_what_was_executed_tells_it_too(simulated):
    assert same_story(simulated, execute(SITE, seconds=3)).good


def test_another_story_is_noticed(simulated):
    slower = simulate(SITE.change("site", io=0.8), seconds=3)
    verdict = same_story(simulated, replace(slower, scenario=simulated.scenario))
    assert (
        str(verdict)
        == "→ the two worlds differ. Is this computer busy with other things? Run the cell again."
    )


def test_only_the_same_visitors_can_be_compared(simulated):
    assert "two scenarios, or two seeds" in str(same_story(simulated, simulate(SITE, seed=2, seconds=3)))
    other = simulate(SITE.change("gunicorn", workers=3), seconds=3)
    assert "two scenarios, or two seeds" in str(same_story(simulated, other))


def test_too_short_a_run_says_so(simulated):
    short = simulate(SITE, seconds=0.001)
    assert "let them run for longer" in str(same_story(simulated, replace(short, world="executed")))


def test_the_verdict_shows_no_measured_digit(simulated):
    assert str(same_story(simulated, simulated)) == (
        "✓ request by request, both worlds agree to within 25% of the mean."
    )

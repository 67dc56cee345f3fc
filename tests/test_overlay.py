import math
import os
from dataclasses import replace

import pytest

from chansim import deployments, execute, load_average, overlay, simulate
from chansim.overlay import FEWEST, Errors, LoadAverage, Overlay, Pair, errors
from chansim.views import residuals

SITE = deployments.slide07(rate=40, service=0.05, workers=4)
QUIET, BUSY = LoadAverage(0.4, 2), LoadAverage(1.1, 2)


@pytest.fixture(scope="module")
def simulated():
    return simulate(SITE, seed=1, seconds=20)


def on_a_quiet_computer(simulated, executed, before=None):
    found = overlay(simulated, executed)
    return Overlay(simulated, executed, before, QUIET, found.pairs)


def as_if_executed(run, scenario=None):
    return replace(run, world="executed", scenario=scenario or run.scenario)


def test_a_run_upon_itself_has_nothing_left_over(simulated):
    found = on_a_quiet_computer(simulated, as_if_executed(simulated))
    assert found.errors == Errors(0.0, 0.0, 0.0, pytest.approx(1.0))
    assert found.verdict.good is True
    assert "the model holds" in str(found.verdict)
    assert not any(pair.residual for pair in found.pairs)


def test_another_system_is_noticed(simulated):
    fewer = as_if_executed(simulate(SITE.change("gunicorn", workers=2), seed=1, seconds=20))
    found = on_a_quiet_computer(simulated, fewer)
    assert found.verdict.good is False
    assert "misses W" in found.verdict.words
    assert found.errors.mean < -0.2, "reality, with a worker less, waits more than the model"


def test_other_requests_are_no_reason_for_a_verdict(simulated):
    other = as_if_executed(
        simulate(SITE.change("clients", arrivals=type(SITE["clients"].arrivals)(30)), seed=1, seconds=20)
    )
    found = on_a_quiet_computer(simulated, other)
    assert found.verdict.good is None
    assert "came at other moments" in found.verdict.words


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_busy_computer_gets_no_verdict(simulated, when):
    run = as_if_executed(simulated)
    loads = {"before": QUIET, "after": QUIET, when: BUSY}
    found = Overlay(simulated, run, loads["before"], loads["after"], overlay(simulated, run).pairs)
    assert found.verdict.good is None
    assert "this computer is busy" in found.verdict.words
    assert f"{'Before' if when == 'before' else 'Afterwards'}: Load average 1.10 on 2 cores" in str(found)


def test_consumers_that_compute_are_explained_and_not_graded(simulated):
    computing = SITE.change("site", cpu=0.02)
    found = on_a_quiet_computer(simulated, as_if_executed(simulated, computing))
    assert found.verdict.good is None
    assert "take turns" in found.verdict.words


def test_a_handful_gets_no_verdict():
    short = simulate(SITE, seed=1, seconds=0.5)
    found = on_a_quiet_computer(short, as_if_executed(short))
    assert 0 < len(found.pairs) < FEWEST
    assert found.verdict.good is None
    assert "Let them run for longer" in found.verdict.words


def test_a_burst_in_one_window_is_forgiven_and_one_in_two_is_not():
    calm = [Pair(t, 0.1, 0.1 + 0.01 * (t % 2)) for t in range(60)]
    burst = [pair._replace(executed=pair.executed * 3) if pair.opened < 19 else pair for pair in calm]
    long = [pair._replace(executed=pair.executed * 3) if pair.opened < 39 else pair for pair in calm]
    assert abs(errors(burst).mean) < 0.25
    assert errors(long).mean < -0.5


def test_no_pairs_are_no_data():
    assert all(math.isnan(value) for value in errors([]))
    assert "p99 no data; correlation no data" in str(errors([]))
    nothing = simulate(SITE, seconds=0.0001)
    found = on_a_quiet_computer(nothing, as_if_executed(nothing))
    assert found.verdict.good is None
    assert "No request was answered in both runs" in found.figure().words


def test_what_was_really_executed_lies_on_its_simulation():
    executed = execute(SITE, seed=1, seconds=2)
    found = overlay(simulate(SITE, seed=1, seconds=2), executed)
    assert len(found.pairs) > 40
    assert found.errors.correlation > 0.5
    assert str(found.after) in str(found)


def test_the_picture_says_what_the_runs_say(simulated):
    fewer = as_if_executed(simulate(SITE.change("gunicorn", workers=2), seed=1, seconds=20))
    found = on_a_quiet_computer(simulated, fewer)
    words, picture = found.figure().words, found.figure().svg
    middle = sorted(pair.executed for pair in found.pairs)[len(found.pairs) // 2]
    assert f"Executed: p50 {1000 * middle:.1f} ms"[:17] in words
    assert "WSGI server: work" in words
    assert "gunicorn.accept: in the queue" in words
    assert str(found.verdict) in words
    assert "executed − simulated" in picture
    assert len(picture) < 150_000
    assert found._repr_mimebundle_()["text/plain"].startswith(f"{len(found.pairs)} requests in both runs")


def test_many_points_are_thinned_and_not_the_words(simulated):
    pairs = [Pair(0.01 * k, 0.1, 0.1 + 0.001 * (k % 7)) for k in range(20_000)]
    figure = residuals(simulated, as_if_executed(simulated), pairs)
    assert len(figure.svg) < 150_000
    assert "half of 20000 requests" in figure.words


def test_the_load_average_says_whether_it_is_quiet(monkeypatch):
    assert str(LoadAverage(0.9, 2)) == "Load average 0.90 on 2 cores: quiet enough for a verdict."
    assert str(LoadAverage(1.1, 2)) == "Load average 1.10 on 2 cores: too busy for a verdict."
    assert not LoadAverage(1.0, 2).busy, "half of the cores is still quiet"
    monkeypatch.setattr(os, "getloadavg", lambda: (3.5, 2.0, 1.0), raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert load_average() == LoadAverage(3.5, 8)
    with monkeypatch.context() as in_the_browser:
        in_the_browser.setattr("sys.platform", "emscripten")
        assert load_average() == LoadAverage(None, 8)
    monkeypatch.delattr(os, "getloadavg")
    assert "not known on this system" in str(load_average())
    assert not load_average().busy


def test_wrong_arguments_are_said_in_words(simulated):
    with pytest.raises(TypeError, match=r"overlay: executed=.*: it must be a Run"):
        overlay(simulated, SITE)
    with pytest.raises(ValueError, match="overlay: executed: that run was simulated"):
        overlay(simulated, simulated)

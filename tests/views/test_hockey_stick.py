import xml.etree.ElementTree as ET

import pytest

from chansim import deployments, simulate
from chansim.measures import batch_means, latencies, utilisation
from chansim.theory import MM1
from chansim.views.hockey_stick import hockey_stick


@pytest.fixture(scope="module")
def run():
    return simulate(deployments.slide07(rate=16, service=0.05, workers=1), seed=1, seconds=600)


def test_the_theory_is_drawn_and_said():
    figure = hockey_stick()
    assert figure.words == (
        "Mean response time against utilisation, service 50 ms. "
        "Theory, c = 1: 100 ms at ρ 0.5, 250 ms at ρ 0.8, 500 ms at ρ 0.9, 1000 ms at ρ 0.95. "
        "Theory, c = 4: 54 ms at ρ 0.5, 87 ms at ρ 0.8, 148 ms at ρ 0.9, 273 ms at ρ 0.95. "
        "Theory, c = 16: 50 ms at ρ 0.5, 55 ms at ρ 0.8, 68 ms at ρ 0.9, 99 ms at ρ 0.95."
    )
    for label in ("theory, c = 1", "theory, c = 4", "theory, c = 16", "W: mean response time, ms"):
        assert label in figure.svg


def test_a_run_is_a_dot_with_its_interval(run):
    figure = hockey_stick(run)
    interval = batch_means(latencies(run.trace, "clients", since=60.0))
    mean, give = f"{1000 * interval.mean:.0f} ms", f"{1000 * interval.half_width:.0f} ms"
    busy = utilisation(run.trace, "gunicorn/1", since=60.0)
    assert f"Your run, c = 1: ρ {busy:.2f}, W {mean} ± {give}." in figure.words
    assert MM1(16, 0.05).mean_sojourn in interval
    assert "your run, c = 1" in figure.svg


def test_several_runs_are_numbered_and_workers_of_channels_count(run):
    channels = simulate(deployments.slide16(rate=16, service=0.05, workers=4), seed=1, seconds=60)
    figure = hockey_stick(run, channels, servers=(1, 4))
    assert "Run 1, c = 1: " in figure.words
    busy = utilisation(channels.trace, [f"worker-{n}" for n in (1, 2, 3, 4)], since=6.0)
    assert f"Run 2, c = 4: ρ {busy:.2f}, " in figure.words
    assert "run 2, c = 4" in figure.svg


def test_a_guess_is_a_line():
    assert hockey_stick(guess=0.18).words.endswith("Your prediction: 180 ms.")
    assert "your prediction" in hockey_stick(guess=30.0).svg
    assert "prediction" not in hockey_stick(guess=None).svg


def test_a_run_too_short_to_say_anything_is_no_error():
    empty = simulate(deployments.slide07(rate=1, workers=2), seconds=0.001)
    assert "Your run, c = 2: ρ nan, W no data." in hockey_stick(empty).words


def test_the_same_chart_is_the_same_text(run):
    figure = hockey_stick(run, guess=0.2)
    assert figure == hockey_stick(run, guess=0.2)
    assert ET.fromstring(figure.svg).find("{http://www.w3.org/2000/svg}title").text
    assert len(figure.svg) < 60_000


@pytest.mark.parametrize("servers", [(0,), (1.5,), ("1",)])
def test_servers_are_whole_numbers(servers):
    with pytest.raises((ValueError, TypeError)):
        hockey_stick(servers=servers)

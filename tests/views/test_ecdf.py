"""The distribution of latencies."""

import re
import subprocess
import sys

import pytest

from chansim import Run, deployments, simulate, theory
from chansim.measures import latencies, percentile
from chansim.views.ecdf import curve_upon, ecdf
from measures.written import trace_of

RUN = simulate(deployments.slide16(rate=50, workers=4), seed=1, seconds=30)
POOL = simulate(deployments.slide07(rate=50, workers=4), seed=1, seconds=30)
SHORT = simulate(deployments.slide16(rate=50, workers=4), seed=1, seconds=2)
EMPTY = Run(deployments.slide16(), trace_of("", end=1.0), "simulated", 1)


def test_the_words_have_the_percentiles_and_the_count():
    values = latencies(RUN.trace, "clients")
    words = ecdf(RUN).words
    p99 = percentile(values, 0.99)
    assert f"{len(values)} latencies" in words
    assert f"p50 {percentile(values, 0.5) * 1000:.1f} ms" in words
    assert f"p99 {p99 * 1000:,.0f} ms" in words
    assert f"{sum(value > p99 for value in values)} beyond p99" in words


def test_a_p99_from_few_latencies_comes_with_a_warning():
    assert "Fewer than 1000: p99 is a rough estimate." in ecdf(SHORT).words
    assert "rough" not in ecdf(RUN).words


def test_two_runs_are_labelled():
    figure = ecdf(RUN, POOL, labels=["Channels", "WSGI"])
    assert "Channels: " in figure.words
    assert "WSGI: " in figure.words
    assert ">WSGI<" in figure.svg


def test_runs_of_one_scenario_are_numbered():
    assert "Slide 16: Channels (2): " in ecdf(RUN, SHORT).words


@pytest.mark.parametrize("capacity", [10, 100])
def test_no_curve_goes_through_the_legend(capacity: int):
    """With a hundred places nearly all wait for long: their curve is where the legend stands otherwise."""
    full = simulate(deployments.slide16(rate=120, workers=4, capacity=capacity), seed=1, seconds=20)
    (axes,) = ecdf(RUN, full, labels=["enough", "too many"])._chart.axes
    box = axes.get_legend().get_window_extent()
    steps = [line for line in axes.get_lines() if line.get_drawstyle() == "steps-post"]
    assert len(steps) == 2
    for line in steps:
        assert not line.get_transform().transform_path(line.get_path()).intersects_bbox(box, filled=False)


def test_labels_must_be_as_many_as_runs():
    with pytest.raises(ValueError, match="1 labels for 2 runs; give one for each"):
        ecdf(RUN, POOL, labels=["only one"])


def test_theory_and_the_guess_are_told():
    law = theory.MMc(rate=50, service=0.05, servers=4)
    words = ecdf(POOL, theory=law, guess=0.25).words
    assert f"Theory: p50 {law.percentile(0.5) * 1000:.1f} ms" in words
    assert "The guess was 250 ms." in words


def test_theory_may_give_shares_instead_of_percentiles():
    class Uniform:
        def cdf(self, t):
            return min(1.0, t / 0.2)

    assert "Theory: p50 100 ms, p95 190 ms, p99 198 ms." in ecdf(POOL, theory=Uniform()).words


def test_a_run_without_answers_is_said():
    assert ecdf(EMPTY).words == "Latencies. No request was answered."
    assert ecdf().words == "Latencies. No run was given."
    assert "no request was answered" in ecdf(RUN, EMPTY, labels=["a", "b"]).words


def test_the_chart_is_small_and_the_same_in_another_interpreter():
    code = "from chansim import *; from chansim.views import ecdf\n"
    code += "print(ecdf(simulate(deployments.slide07(rate=50, workers=4), seed=1, seconds=30)).svg)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    figure = ecdf(POOL)
    assert done.stdout.rstrip("\n") == figure.svg
    assert len(ecdf(*[RUN, POOL] * 3).svg) < 150_000


def test_a_curve_upon_a_chart_is_where_the_chart_would_have_it():
    chart = ecdf(SHORT)
    drawn = re.search(r'<path d="([^"]*)"[^>]*stroke: #0072b2; stroke-width: 2;', chart.svg)[1]
    corners = [(float(x), float(y)) for x, y in re.findall(r"([\d.]+) ([\d.]+)", drawn)]
    path = curve_upon(chart, SHORT)
    x, y = map(float, re.match(r"M([\d.]+) ([\d.]+)", path).groups())
    reached = [(x, y)]
    for to, up in re.findall(r"H([\d.]+)V([\d.]+)", path):
        reached += [(float(to), reached[-1][1]), (float(to), float(up))]
    own = [(x, y) for x, y in corners if x < reached[-1][0] + 0.2]  # the chart's goes on to its edge
    assert len(own) > 50
    assert all(min(max(abs(x - a), abs(y - b)) for a, b in reached) < 0.2 for x, y in own)


def test_a_curve_upon_a_chart_stays_on_it_and_is_none_before_the_first_answer():
    short = ecdf(SHORT)
    slow = simulate(deployments.slide07(rate=50, service=5.0, workers=4), seed=1, seconds=30)
    assert curve_upon(short, EMPTY) == ""
    places = [float(each) for each in re.findall(r"H([\d.]+)", curve_upon(short, slow))]
    assert all(place <= 532.8 for place in places), "the chart's width, in points"

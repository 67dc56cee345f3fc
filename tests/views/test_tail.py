"""The tail: how rare the long latencies are."""

import pytest

from chansim import Run, deployments, simulate, theory
from chansim.measures import latencies, percentile
from chansim.selection import Selection
from chansim.views.tail import tail
from views.charted import outside, overlaps, smallest_text

LONG = simulate(deployments.slide16(rate=60, workers=4), seed=1, seconds=40)
SHORT = simulate(deployments.slide16(rate=20, workers=4), seed=1, seconds=5)
LAW = theory.MMc(60, 0.05, 4)


def test_the_words_have_the_p99_and_how_many_lie_beyond():
    values = latencies(LONG.trace, "clients")
    p99 = percentile(values, 0.99)
    words = tail(LONG).words
    assert f"{len(values)} latencies" in words
    assert f"p99 {p99 * 1000:,.0f} ms, {sum(value > p99 for value in values)} beyond p99" in words
    assert f"the longest took {max(values) * 1000:,.0f} ms" in words
    assert "rough" not in words


def test_a_p99_of_fewer_than_a_thousand_is_warned_of():
    assert len(latencies(SHORT.trace, "clients")) < 1000
    figure = tail(SHORT)
    assert "Fewer than 1000: p99 is a rough estimate." in figure.words
    assert "fewer than 1,000: p99 is rough" in figure.svg


def test_each_point_of_the_curve_is_a_share_of_the_latencies():
    values = latencies(SHORT.trace, "clients")
    curve = tail(SHORT)._chart.axes[0].lines[0]
    for x, y in zip(curve.get_xdata(), curve.get_ydata(), strict=True):
        longer = sum(value * 1000 > x + 1e-9 for value in values)
        assert y == pytest.approx(max(longer, 0.5) / len(values))


def test_theory_is_a_thin_line_over_the_same_axes():
    figure = tail(LONG, theory=LAW, guess=0.3)
    line = next(line for line in figure._chart.axes[0].lines if line.get_label() == "theory")
    assert line.get_linewidth() == 1
    for x, y in list(zip(line.get_xdata(), line.get_ydata(), strict=True))[::25]:
        assert x == pytest.approx(LAW.percentile(1 - y) * 1000)
    assert "Theory: p50" in figure.words
    assert "The guess was 300 ms." in figure.words


@pytest.mark.parametrize(
    "given",
    [{"runs": (LONG,)}, {"runs": (SHORT,)}, {"runs": (LONG, SHORT), "theory": LAW, "guess": 0.3}],
)
def test_no_text_stands_on_another_or_is_cut(given: dict):
    figure = tail(*given.pop("runs"), selection=Selection(component="worker-1"), **given)
    assert overlaps(figure) == []
    assert outside(figure) == []
    assert smallest_text(figure) >= 11
    assert len(figure.svg) < 150_000


def test_labels_and_nothing():
    with pytest.raises(ValueError, match="tail: 1 labels for 2 runs; give one for each"):
        tail(LONG, SHORT, labels=["one"])
    assert "No run was given." in tail().words
    unserved: Run = simulate(deployments.slide16(workers=0), seed=1, seconds=2)
    assert "No request was answered." in tail(unserved).words

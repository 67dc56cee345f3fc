"""Faults on every axis of time: shaded bands with their names."""

import pytest

from chansim import Run, deployments, simulate
from chansim.model.fault import Drop, Kill, Leave, Partition, Pause, Redeploy
from chansim.trace import Trace
from chansim.views import channel_heatmap, gantt, latency_over_time, space_time
from chansim.views.faults import MOST_ROWS, Band, faults, lines_of, ribbon, told
from measures.written import trace_of
from views.drawn import SVG, groups, marked, outside, overlaps, root

BROKEN = deployments.slide16(rate=50, workers=3).add(
    Kill(name="kill", target="worker-1", at=2.0, down=1.5),
    Pause(name="pause", target="daphne", at=5.0, seconds=0.5),
    Redeploy(name="redeploy", at=7.0, down=1.0),
    Kill(name="end", target="worker-3", at=9.0, down=-1.0),
)
RUN = simulate(BROKEN, seed=1, seconds=10)


def written(lines: str, end: float = 10.0) -> Trace:
    return trace_of(lines, end=end)


def test_what_breaks_and_is_mended_is_a_band():
    assert faults(RUN.trace) == [
        Band(("worker-1",), "killed", 2.0, 3.5),
        Band(("daphne",), "paused", 5.0, 5.5),
        Band(("worker-1", "worker-2", "worker-3"), "stopped", 7.0, 8.0),
        Band(("worker-3",), "killed", 9.0, 10.0, lasts=True),
    ]


def test_both_ends_of_a_partition_are_one_band():
    scenario = deployments.slide29(rate=20).add(
        Partition(name="cut", one="Machine 1", other="redis", at=1.0, seconds=2.0),
        Drop(name="drop", one="Machine 2", at=4.0, seconds=1.0, share=0.25),
    )
    found = faults(simulate(scenario, seed=1, seconds=6).trace)
    assert [(band.who, band.what, band.begun, band.ended) for band in found] == [
        (("Machine 1", "redis"), "cut off", 1.0, 3.0),
        (("Machine 2", "outside"), "25% dropped", 4.0, 5.0),
    ]
    assert found[1].words == "Machine 2 – outside 25% dropped from 4 s to 5 s"


def test_what_happens_at_once_is_a_moment():
    scenario = deployments.slide24(members=5).add(Leave(name="leave", target="chatters", at=3.0))
    (band,) = faults(simulate(scenario, seed=1, seconds=5).trace)
    assert (band.begun, band.ended, band.lasts) == (3.0, 3.0, False)
    assert band.words == "chatters all leave at 3 s"


def test_a_worker_that_died_and_came_back():
    trace = written("1  fault  worker-1  -  0  4  worker died\n3  fault  worker-1  -  0  0  started")
    assert faults(trace) == [Band(("worker-1",), "worker died", 1.0, 3.0)]


def test_only_those_in_sight_are_found():
    assert [band.what for band in faults(RUN.trace, 3.6, 6.0)] == ["paused"]
    assert [band.what for band in faults(RUN.trace, 3.0, 3.1)] == ["killed"]
    assert faults(written("")) == []
    assert told([]) == ""


@pytest.mark.parametrize("count", [1, 4, 40])
def test_names_do_not_stand_on_one_another(count: int):
    bands = [Band((f"worker-{n}",), "killed", n / 10, n / 10 + 0.05) for n in range(count)]
    names = ribbon(bands, lambda t: 100 + 100 * t, 700)
    assert lines_of(names) <= MOST_ROWS + 1
    shown = [text for _, _, text in names if text.startswith("worker")]
    left_out = [text for _, _, text in names if text.startswith("…")]
    assert len(shown) == count if not left_out else left_out == [f"… and {count - len(shown)} more"]


@pytest.mark.parametrize(
    "figure",
    [gantt(RUN, 0, 10), channel_heatmap(RUN), space_time(RUN, request=105)],
    ids=["gantt", "channel_heatmap", "space_time"],
)
def test_every_drawing_of_time_has_the_bands_in_sight(figure):
    names = marked(figure, "fault")
    assert "worker-1 killed" in names
    titles = [each.findtext(SVG + "title") for each in groups(figure, "fault")]
    assert "worker-1 killed from 2 s to 3.5 s" in titles
    assert "Faults: worker-1 killed from 2 s to 3.5 s" in figure.words
    assert any("worker-1 killed" in (text.text or "") for text in root(figure).iter(SVG + "text"))
    assert overlaps(figure) == []
    assert outside(figure) == []


def test_a_band_is_as_wide_as_it_lasted():
    boxes = [each.find(SVG + "rect") for each in groups(channel_heatmap(RUN), "fault")]
    widths = [float(box.get("width", 0)) for box in boxes if box is not None]
    assert widths[0] == pytest.approx(3 * widths[1], abs=0.3)
    assert widths[2] == pytest.approx(2 * widths[1], abs=0.3)


def test_the_chart_of_latencies_has_them_too():
    figure = latency_over_time(RUN)
    assert "Faults: worker-1 killed from 2 s to 3.5 s, daphne paused from 5 s to 5.5 s" in figure.words
    shown = [each.get_text() for each in figure._chart.axes[0].texts]
    assert "daphne paused" in shown


def test_no_faults_no_bands():
    calm = simulate(deployments.slide16(rate=20), seed=1, seconds=3)
    for figure in (gantt(calm), channel_heatmap(calm), space_time(calm), latency_over_time(calm)):
        assert "Faults" not in figure.words
        assert "data-fault" not in figure.svg


def test_a_run_of_no_time_has_none():
    assert faults(Run(deployments.slide16(), written("", 0.0), "simulated", 1).trace) == []

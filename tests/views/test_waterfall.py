"""The waterfall: where the time of a request went, hop by hop."""

import re
from itertools import pairwise

import pytest

from chansim import Run, deployments, simulate
from chansim.measures import journeys, percentile
from chansim.selection import Selection
from chansim.views.answered import clients_of
from chansim.views.segments import KINDS, Parting, Segment
from chansim.views.waterfall import LOOKS, waterfall
from measures.written import trace_of
from views.drawn import HEAVY, SVG, groups, modules_after, outside, overlaps, root, smallest_text, texts

RUN = simulate(deployments.slide16(rate=50, workers=3), seed=1, seconds=20)
CHAT = simulate(deployments.slide24(members=20), seed=1, seconds=10)
POOL = simulate(deployments.slide07(rate=50), seed=1, seconds=20)
LOCAL = simulate(deployments.slide31(rate=50), seed=1, seconds=10)
SLACK = simulate(deployments.slack_chat(), seed=1, seconds=10)

WRITTEN = Run(
    deployments.slide16(workers=1),
    trace_of(
        """
        1.0  sent      clients   -               1  7  request
        1.1  received  daphne    -               1  7  request
        1.1  begun     daphne    -               1  7  -
        1.2  sent      daphne    http.request    2  7  -
        1.2  ended     daphne    -               1  7  -
        1.0  begun     worker-1  http.request    9  5  view
        1.5  ended     worker-1  http.request    9  5  view
        1.6  received  worker-1  http.request    2  7  -
        1.7  begun     worker-1  http.request    2  7  view
        2.0  sent      worker-1  http.response!  3  7  -
        2.0  ended     worker-1  http.request    2  7  view
        2.4  received  daphne    http.response!  3  7  -
        2.4  begun     daphne    http.response!  3  7  -
        2.5  sent      daphne    -               4  7  200
        2.5  ended     daphne    http.response!  3  7  -
        2.6  received  clients   -               4  7  200
        """,
        end=3.0,
    ),
    "simulated",
    1,
)


def parts_of(run: Run, place: int = 0) -> list[Segment]:
    return Parting(run).segments(journeys(run.trace, clients_of(run))[place])


def test_the_parts_are_told_by_kind():
    found = [(part.kind, part.place, round(part.seconds, 6)) for part in parts_of(WRITTEN)]
    assert found == [
        ("network", "clients → daphne", 0.1),
        ("service", "daphne", 0.1),
        ("wait", "http.request", 0.3),  # the worker was at work on request 5 until 1.5
        ("poll and layer", "http.request", 0.1),
        ("layer operation", "worker-1", 0.1),
        ("service", "worker-1", 0.3),
        ("poll and layer", "http.response!", 0.4),
        ("service", "daphne", 0.1),
        ("network", "daphne → clients", 0.1),
    ]


def test_the_words_are_sums_of_the_trace():
    words = waterfall(WRITTEN, [7]).words
    assert "request 7, 1,600 ms: network 200 ms (1" in words
    assert "wait 300 ms (19 %), service 500 ms (31 %), poll and layer 500 ms (31 %)." in words


@pytest.mark.parametrize("run", [RUN, CHAT, POOL, LOCAL, SLACK], ids=lambda run: run.scenario.title)
def test_parts_follow_one_another_and_add_up_to_the_latency(run: Run):
    clients = [each.name for each in run.scenario.components if each.role == "client"]
    for place, journey in enumerate(journeys(run.trace, clients)[:60]):
        parts = parts_of(run, place)
        assert sum(part.seconds for part in parts) == pytest.approx(journey.latency, abs=1e-6)
        assert {part.kind for part in parts} <= {*KINDS, "not traced"}
        for before, after in pairwise(parts):
            assert after.begin == pytest.approx(before.end, abs=1e-6)


def test_by_default_the_median_and_the_p99_stand_side_by_side():
    latencies = sorted(each.latency for each in journeys(RUN.trace, ["clients"]))
    found = re.findall(r"(p\d\d): request \d+, ([\d,.]+) ms", waterfall(RUN).words)
    assert [name for name, _ in found] == ["p50", "p99"]
    for (_, shown), q in zip(found, (0.5, 0.99), strict=True):
        near = latencies[round(q * (len(latencies) - 1))]
        assert float(shown.replace(",", "")) == pytest.approx(near * 1000, rel=0.01)
        assert near == pytest.approx(percentile(latencies, q), rel=0.1)


def test_bars_are_to_one_scale():
    figure = waterfall(WRITTEN, [7])
    widths = {
        (each.findtext(SVG + "title") or "").partition(": ")[0]: float(box.get("width", 0))
        for each in groups(figure, "message")
        if (box := each.find(SVG + "rect")) is not None
    }
    assert widths["worker-1"] == pytest.approx(3 * widths["clients → daphne"], abs=0.3)
    assert widths["http.response!"] == pytest.approx(4 * widths["clients → daphne"], abs=0.3)


def test_what_is_selected_is_shown_and_marked():
    assert "selected: request 30," in waterfall(RUN, selection=Selection(request=30)).words
    figure = waterfall(RUN, [30, 40], selection=Selection(component="daphne", request=30))
    thick = [each for each in root(figure).iter(SVG + "rect") if each.get("stroke-width") == "3"]
    assert len(thick) >= 2
    assert len(thick) < len(groups(figure, "message"))


def test_waits_are_hatched_and_no_two_kinds_look_alike():
    figure = waterfall(WRITTEN, [7])
    (wait,) = [each for each in groups(figure, "channel") if "wait" in (each.findtext(SVG + "title") or "")]
    lines = [path.get("d", "").count("M") for path in wait.iter(SVG + "path")]
    assert lines
    assert max(lines) > 5
    assert len(set(LOOKS.values())) == len(LOOKS)
    assert LOOKS["wait"][1] == "hatch"


@pytest.mark.parametrize("run", [RUN, CHAT, POOL, LOCAL, SLACK, WRITTEN], ids=lambda run: run.scenario.title)
@pytest.mark.parametrize("guess", [None, 0.5])
def test_no_text_stands_on_another_or_is_cut(run: Run, guess: float | None):
    figure = waterfall(run, guess=guess)
    assert overlaps(figure) == []
    assert outside(figure) == []
    assert smallest_text(figure) >= 11
    assert len(figure.svg) < 50_000


def test_three_requests_fit():
    figure = waterfall(RUN, [30, 40, 50])
    assert overlaps(figure) == []
    assert outside(figure) == []
    assert sum("request" in text.words for text in texts(figure)) >= 3


def test_what_cannot_be_shown_is_said():
    assert "Request 99999 was not answered in this run." in waterfall(RUN, [99999]).words
    assert "No request was answered." in waterfall(simulate(deployments.slide16(workers=0), seconds=2)).words
    with pytest.raises(ValueError, match=r"requests=\(\): it must be the numbers of 1 to 3 requests"):
        waterfall(RUN, ())


def test_it_loads_only_the_standard_library():
    code = "from chansim import deployments, simulate, views\n"
    assert not HEAVY & modules_after(code + "views.waterfall(simulate(deployments.slide16(), seconds=1))")

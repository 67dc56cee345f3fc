"""The picture of a deployment: what is in it, where it stands, and its words."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from chansim import Scenario, ScenarioError, deployments, simulate
from chansim.editing import KINDS
from chansim.figure import Figure
from chansim.measures import utilisations
from chansim.views.flow import rates
from chansim.views.links import links
from chansim.views.placing import place
from chansim.views.topology import topology
from views.drawn import (
    HEAVY,
    groups,
    machines,
    marked,
    modules_after,
    outside,
    overlaps,
    root,
    smallest_text,
    texts,
)

RUN = simulate(deployments.slide16(rate=50, workers=3), seed=1, seconds=10)


def words_in(figure: Figure) -> list[str]:
    return [text.words for text in texts(figure)]


def test_slide_16_has_the_words_of_the_slide():
    words = words_in(topology(deployments.slide16()))
    assert {"Interface Server", "(Daphne)", "Channel Layer", "Clients"} <= set(words)
    assert words.count("Worker") == 3


def test_slide_16_has_the_geometry_of_the_slide():
    plan = place(deployments.slide16())
    clients, server, layer = (plan.boxes[name] for name in ("clients", "daphne", "layer"))
    workers = [box for _, box in plan.stack]
    assert clients.right < server.x < server.right < layer.x < layer.right < workers[0].x
    assert len({box.x for box in workers}) == 1
    assert layer.y <= workers[0].y
    assert layer.bottom >= workers[-1].bottom
    assert len({round(box.middle, 6) for box in (clients, server, layer, workers[1])}) == 1


def test_slide_16_has_an_arrow_for_each_link():
    arrows = marked(topology(deployments.slide16()), "link")
    assert arrows[:2] == ["clients → daphne", "daphne → layer"]
    assert arrows[2:] == [f"layer → worker-{n}" for n in (1, 2, 3)]


def test_slide_7_has_the_applications_beside_the_server():
    figure = topology(deployments.slide07(workers=3))
    words = words_in(figure)
    assert "WSGI Server" in words
    assert words.count("WSGI App") == 3
    assert marked(figure, "link")[1:] == [f"gunicorn → gunicorn/{n}" for n in (1, 2, 3)]


def test_machines_are_frames_around_what_stands_on_them():
    plan = place(machines(2, 3, layer_machine="redis"))
    assert set(plan.frames) == {"Machine 1", "Machine 2", "redis"}
    for number in (1, 2):
        frame, server = plan.frames[f"Machine {number}"], plan.boxes[f"daphne-{number}"]
        assert frame.x < server.x < server.right < frame.right
        assert frame.y < server.y < server.bottom < frame.bottom
    layer = plan.boxes["layer"]
    assert layer.y < plan.frames["Machine 1"].y + 20
    assert layer.bottom > plan.frames["Machine 2"].bottom


@pytest.mark.parametrize("number", [1, 2, 3, 4])
@pytest.mark.parametrize("workers", [0, 1, 3, 8, 9, 32])
@pytest.mark.parametrize("kind", ["", "redis", "local"])
def test_no_text_stands_on_another_or_is_cut(number: int, workers: int, kind: str):
    scenario = machines(number, workers, layer_machine=kind if kind == "redis" else "", local=kind == "local")
    figure = topology(scenario)
    assert overlaps(figure) == []
    assert outside(figure) == []
    assert smallest_text(figure) >= 11
    assert len(figure.svg) < 50_000


@pytest.mark.parametrize(("number", "workers"), [(1, 3), (2, 3), (3, 2), (2, 12)])
def test_no_number_of_a_run_stands_on_another(number: int, workers: int):
    scenario = machines(number, workers, layer_machine="redis")
    figure = topology(scenario, simulate(scenario, seed=1, seconds=2))
    assert overlaps(figure) == []
    assert outside(figure) == []


def test_boxes_do_not_stand_on_one_another():
    plan = place(machines(3, 4, local=True))
    boxes = [*plan.boxes.values(), *(box for _, box in plan.stack)]
    for i, one in enumerate(boxes):
        for other in boxes[:i]:
            beside = one.right <= other.x or other.right <= one.x
            assert beside or one.bottom <= other.y or other.bottom <= one.y, (one, other)


def test_many_workers_are_folded_and_counted():
    scenario = deployments.slide16(workers=32)
    figure = topology(scenario)
    assert "… 32 Workers" in words_in(figure)
    drawn = [int(group.get("data-lanes", 0)) for group in groups(figure, "lanes")]
    assert sum(drawn) == 32
    assert len(drawn) <= 8
    assert "32 Workers" in figure.words


def test_with_a_run_the_words_and_the_boxes_have_its_numbers():
    figure = topology(RUN.scenario, RUN)
    busy = utilisations(RUN.trace)
    for lane, share in busy.items():
        assert f"{lane} {share:.0%}" in figure.words
    sent = sum(row.component == "clients" for row in RUN.trace.rows(event="sent"))
    assert f"clients → daphne {sent / 10:.1f}" in figure.words
    assert words_in(figure).count(f"{busy['worker-1']:.0%}") >= 1
    assert f"{sent / 10:.1f}/s →" in words_in(figure)


def test_rates_are_counts_of_the_trace():
    found = rates(RUN)
    taken = sum(row.component == "worker-2" and row.channel != "" for row in RUN.trace.rows(event="received"))
    assert found["layer", "worker-2"] == pytest.approx(taken / 10)
    answers = sum(row.component == "clients" for row in RUN.trace.rows(event="received"))
    assert found["daphne", "clients"] == pytest.approx(answers / 10)


def test_rates_of_a_wsgi_server_reach_its_lanes():
    run = simulate(deployments.slide07(rate=50), seed=1, seconds=5)
    lanes = sum(rate for (_, to), rate in rates(run).items() if to.startswith("gunicorn/"))
    taken = sum(row.channel == "gunicorn.accept" for row in run.trace.rows(event="received"))
    assert lanes == pytest.approx(taken / 5)


def test_the_arrow_of_a_worker_with_threads_counts_them_all():
    scenario = deployments.slide16(rate=50, workers=2).change("worker-1", threads=3)
    run = simulate(scenario, seed=1, seconds=10)
    flow = rates(run)
    arrow = next(
        link for link in links(scenario, place(scenario)) if ("worker-1", "layer") in link.there + link.back
    )
    assert sorted(arrow.rate(flow)) == sorted((flow["layer", "worker-1"], flow["worker-1", "layer"]))
    assert min(arrow.rate(flow)) > 20


def test_a_run_in_which_nothing_happened_is_said():
    scenario = deployments.slide16(rate=0.001)
    figure = topology(scenario, simulate(scenario, seed=1, seconds=0.001))
    assert "Nothing happened in the run." in figure.words


def test_the_picture_is_the_same_each_time_and_is_named():
    one, other = topology(RUN.scenario, RUN), topology(RUN.scenario, RUN)
    assert one == other
    assert root(one).get("role") == "img"
    assert root(one).get("aria-label") == one.words
    title = root(one).find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert title.text == RUN.scenario.title


def test_a_scenario_without_boxes_is_said():
    class Nothing:
        title, components = "Nothing", ()

    assert "no boxes to draw" in topology(Nothing()).words  # type: ignore[arg-type]


def test_it_loads_only_the_standard_library():
    loaded = modules_after("from chansim import deployments, views; views.topology(deployments.slide16())")
    assert not HEAVY & loaded


def test_scenario_picture_is_this_picture():
    scenario: Scenario = deployments.slide16()
    assert scenario.picture() == topology(scenario)


CREWS = st.lists(st.integers(0, 32), min_size=1, max_size=4)
PLACES = {
    "slide29": lambda crews: deployments.slide29(machines=len(crews), workers=crews),
    "slide30_isolated": lambda crews: deployments.slide30_isolated(machines=len(crews), workers=crews),
    "slide30_sharded": lambda crews: deployments.slide30_sharded(machines=len(crews), workers=crews),
    "slide31": lambda crews: deployments.slide31(machines=len(crews), workers=crews),
    "slide27": lambda crews: _grown(deployments.slide27(workers=crews[0]), len(crews)),
    "slide32": lambda crews: _grown(deployments.slide32(workers=crews[0]), len(crews)),
    "slide07": lambda crews: _grown(deployments.slide07(workers=max(1, crews[0])), len(crews)),
}


def _grown(scenario: Scenario, machines: int) -> Scenario:
    for _ in range(machines - 1):
        scenario = scenario.add_machine()
    return scenario


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(sorted(PLACES)), CREWS, st.sampled_from(["", *KINDS]), st.sampled_from(["light", "dark"])
)
def test_no_texts_meet_for_1_to_4_machines_with_0_to_32_workers_each(deployment, crews, kind, theme):
    """Whatever the deployment, with any layer that fits it."""
    try:
        scenario = PLACES[deployment](crews)
        scenario = scenario.use_layer(kind) if kind else scenario
    except ScenarioError:
        assume(False)
    figure = topology(scenario, theme=theme)
    assert overlaps(figure) == []
    assert outside(figure) == []
    assert smallest_text(figure) >= 11

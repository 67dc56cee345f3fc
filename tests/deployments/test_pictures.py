"""Each slide's picture has the boxes, the arrows and the labels of the slide, and stands as it stood there.

The words are the deck's; where a slide says nothing but a heading, what its picture needs is written here.
"""

from collections import Counter
from typing import Any

import pytest

from chansim import Scenario, deployments
from chansim.deployments import reports
from chansim.views.placing import place
from views.drawn import marked, outside, overlaps, texts

ALL = [(name, getattr(deployments, name)) for name in deployments.__all__]
ALL += [(name, getattr(reports, name)) for name in reports.__all__]

DAPHNE = {"Interface Server": 1, "(Daphne)": 1}
WORKERS = {"Worker": 3}

SLIDES: dict[str, tuple[Any, dict[str, int]]] = {
    "slide06": (deployments.slide06, {"Clients": 1, "WSGI Server": 1, "WSGI App": 1}),
    "slide07": (deployments.slide07, {"WSGI Server": 1, "(Gunicorn)": 1, "WSGI App": 3}),
    "slide16": (deployments.slide16, {**DAPHNE, **WORKERS, "Channel Layer": 1, "Clients": 1}),
    "slide24": (deployments.slide24, {**DAPHNE, **WORKERS, "Channel Layer": 1, "Clients": 1}),
    "slide27": (
        deployments.slide27,
        {"Interface Server": 2, "(Daphne)": 1, "(Slack bot)": 1, "Slack": 1, "Channel Layer": 1, **WORKERS},
    ),
    "slide29": (
        deployments.slide29,
        {
            "Interface Server": 2, "(Daphne)": 2, "Channel Layer": 1, "Worker": 6, "Clients": 1,
            "Machine 1": 1, "Machine 2": 1,
        },
    ),
    "slide30": (
        deployments.slide30_isolated,
        {
            "Interface Server": 2, "(Daphne)": 2, "Channel Layer": 2, "Worker": 6, "Clients": 1,
            "Machine 1": 1, "Machine 2": 1,
        },
    ),
    "slide30, sharded": (
        deployments.slide30_sharded,
        {"Interface Server": 2, "(Daphne)": 2, "Channel Layer": 2, "Worker": 6, "Clients": 1},
    ),
    "slide31": (deployments.slide31, {"Interface": 3, "Worker": 9, "Channel": 4, "Layer": 4, "(RedisLocal)": 3}),
    "slide32": (
        deployments.slide32,
        {"Interface Server": 3, "(Daphne)": 1, "(UDP)": 1, "(SMS gateway)": 1, "Events": 1, "Channel Layer": 1},
    ),
}  # fmt: skip
"""By slide: its deployment, and how often its words are there."""

ARROWS = {
    "slide06": (deployments.slide06, ["clients → gunicorn", "gunicorn → gunicorn/1"]),
    "slide07": (
        deployments.slide07,
        ["clients → gunicorn", *(f"gunicorn → gunicorn/{n}" for n in (1, 2, 3))],
    ),
    "slide08": (
        deployments.slide08,
        ["visitors → server", "server → layer", *(f"layer → worker-{n}" for n in range(1, 9))],
    ),
    "slide16": (
        deployments.slide16,
        ["clients → daphne", "daphne → layer", *(f"layer → worker-{n}" for n in (1, 2, 3))],
    ),
    "slide24": (
        deployments.slide24,
        ["chatters → daphne", "daphne → layer", *(f"layer → worker-{n}" for n in (1, 2, 3))],
    ),
    "daphne_no_workers": (deployments.daphne_no_workers, ["clients → daphne", "daphne → layer"]),
    "overload": (
        deployments.overload,
        ["clients → daphne", "daphne → layer", *(f"layer → worker-{n}" for n in range(1, 6))],
    ),
    "daphne_beside_wsgi": (
        deployments.daphne_beside_wsgi,
        [
            *("clients → nginx", "chatters → nginx", "nginx → gunicorn", "nginx → daphne", "daphne → layer"),
            *(f"gunicorn → gunicorn/{n}" for n in (1, 2, 3, 4)),
            *(f"layer → worker-{n}" for n in (1, 2)),
        ],
    ),
}
"""By picture: its arrows."""


@pytest.mark.parametrize("slide", SLIDES)
def test_a_slides_picture_has_the_words_of_the_slide(slide: str) -> None:
    deployment, words = SLIDES[slide]
    written = Counter(text.words for text in texts(deployment().picture()))
    assert {word: written[word] for word in words} == words


@pytest.mark.parametrize("slide", ARROWS)
def test_a_picture_has_an_arrow_for_each_link_and_no_other(slide: str) -> None:
    deployment, arrows = ARROWS[slide]
    assert sorted(marked(deployment().picture(), "link")) == sorted(arrows)


@pytest.mark.parametrize(("name", "deployment"), ALL, ids=[name for name, _ in ALL])
def test_no_text_stands_on_another_or_outside_and_no_box_on_a_box(name: str, deployment: Any) -> None:
    scenario = deployment()
    picture = scenario.picture()
    assert overlaps(picture) == []
    assert outside(picture) == []
    plan = place(scenario)
    boxes = [*plan.boxes.items(), *((item.label, box) for item, box in plan.stack)]
    for place_, (one, a) in enumerate(boxes):
        for other, b in boxes[place_ + 1 :]:
            apart = a.right <= b.x or b.right <= a.x or a.bottom <= b.y or b.bottom <= a.y
            assert apart, f"{one} stands on {other}"


@pytest.mark.parametrize(("name", "deployment"), ALL, ids=[name for name, _ in ALL])
def test_it_reads_from_left_to_right(name: str, deployment: Any) -> None:
    """Clients, servers, layers, workers: an arrow never leads back."""
    scenario: Scenario = deployment()
    plan = place(scenario)
    workers = [box.x for item, box in plan.stack if item.role == "worker"]
    for each in scenario:
        if each.name not in plan.boxes:
            continue
        x = plan.boxes[each.name].x
        there = [other for _, other in each.links() if other in plan.boxes]
        for other in there if each.role in ("client", "server", "interface") else ():
            back = scenario[other].role == "client"  # a bot is a client of what stands with the clients
            assert (plan.boxes[other].x < x) if back else (x < plan.boxes[other].x)
        assert all(x < worker for worker in workers) or each.role == "layer"


@pytest.mark.parametrize(("name", "deployment"), ALL, ids=[name for name, _ in ALL])
def test_the_graph_has_a_node_for_each_component_and_the_picture_a_box_for_each_with_a_role(
    name: str, deployment: Any
) -> None:
    scenario = deployment()
    graph = scenario.graph()
    assert {*graph.nodes} == {each.name for each in scenario}
    plan = place(scenario)
    drawn = {*plan.boxes, *(item.owner for item, _ in plan.stack)}
    roles = {each.name for each in scenario if each.role}
    folded = {lane for item, _ in plan.stack for lane in item.lanes}
    assert drawn <= roles <= drawn | folded


def test_what_stands_in_front_of_servers_stands_between_these_and_the_clients() -> None:
    plan = place(deployments.daphne_beside_wsgi())
    clients, front, pages, sockets = (plan.boxes[name] for name in ("clients", "nginx", "gunicorn", "daphne"))
    assert clients.right < front.x < front.right < pages.x == sockets.x
    assert pages.bottom <= sockets.y
    frame = plan.frames["server"]
    assert frame.x < front.x
    assert clients.right < frame.x


def test_a_front_on_a_machine_of_its_own_has_a_frame_of_its_own() -> None:
    from chansim.model.machine import Machine

    own = deployments.daphne_beside_wsgi().add(Machine(name="front")).change("nginx", machine="front")
    plan = place(own)
    front, band = plan.frames["front"], plan.frames["server"]
    assert plan.boxes["clients"].right < front.x < front.right < band.x
    assert overlaps(own.picture()) == []


def test_the_layer_stands_beside_the_workers_and_not_in_the_way_of_the_wsgi_server() -> None:
    plan = place(deployments.daphne_beside_wsgi())
    layer = plan.boxes["layer"]
    apps = [box for item, box in plan.stack if item.role == "server"]
    workers = [box for item, box in plan.stack if item.role == "worker"]
    assert max(box.bottom for box in apps) <= layer.y
    assert layer.y <= min(box.y for box in workers) < max(box.bottom for box in workers) <= layer.bottom

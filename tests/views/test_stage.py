"""The stage: every name of a trace is somewhere, and ways go along the arrows."""

import pytest

from chansim import deployments, simulate
from chansim.measures.rows import is_plain
from chansim.svg import text_width
from chansim.views.moment import along
from chansim.views.stage import Stage, ending
from chansim.views.window import Windows

DRAWN = {
    "slide06": {},
    "slide07": {"workers": 40},
    "slide14": {"server": "channels", "polls": 3},
    "slide16": {},
    "slide24": {},
    "slide29": {"workers": 12},
    "slide30_isolated": {},
    "slide30_sharded": {},
    "slide31": {},
    "slide32": {},
}


@pytest.fixture(params=DRAWN)
def run(request):
    return simulate(getattr(deployments, request.param)(**DRAWN[request.param]), seconds=1.0)


def test_every_component_and_queue_of_a_trace_has_its_place(run):
    stage = Stage(run.scenario)
    for row in run.trace.rows():
        assert stage.spot_of(row.component) is not None, row
        if row.event == "sent" and not is_plain(row.channel):
            place = stage.queue_of(row.channel, row.component)
            assert place is not None, row
            assert stage.spots[place.spot].role in ("layer", "server", "interface"), row


def test_a_way_begins_and_ends_at_its_spots_sides(run):
    stage = Stage(run.scenario)
    for start in range(len(stage.spots)):
        for end in range(len(stage.spots)):
            if start == end:
                continue
            way = stage.route(start, end)
            for point, spot in ((way[0], stage.spots[start]), (way[-1], stage.spots[end])):
                box = spot.box.around(2, 2, 2)
                assert box.x <= point[0] <= box.right, (spot.name, point)
                assert box.y <= point[1] <= box.bottom, (spot.name, point)


def test_on_slide_31_requests_wait_at_home_and_replies_in_the_shared_layer():
    stage = Stage(deployments.slide31())
    home = stage.queue_of("http.request", "daphne-2")
    reply = stage.queue_of("http.response!abc", "worker-2-1")
    assert (stage.spots[home.spot].owner, home.word) == ("layer-2", "http.request")
    assert (stage.spots[reply.spot].owner, reply.word) == ("redis-layer", "http.response!*")


def test_a_queue_over_several_shards_says_that_it_may_be_on_any():
    stage = Stage(deployments.slide30_sharded())
    for channel, word in (("http.request", "http.request"), ("http.response!abc", "http.response!*")):
        place = stage.queue_of(channel, "worker-1-1")
        assert (stage.spots[place.spot].owner, place.word, place.said) == (
            "shard-1",
            word,
            f"{word} (on any)",
        )


@pytest.mark.parametrize("make", [deployments.slide29, deployments.slide31])
def test_what_a_name_has_sent_on_comes_from_the_clients_that_looked_it_up(make):
    run = simulate(make(), seconds=1.0)
    stage = Stage(run.scenario)
    clients, daphne = stage.spot_of("clients"), stage.spot_of("daphne-1")
    assert stage.spot_of("site.example") == clients
    assert f"{clients} {daphne}" in Windows(stage, run.trace).at(0.0).about["routes"]


def test_a_backlog_waits_at_its_server():
    stage = Stage(deployments.slide07())
    place = stage.queue_of("gunicorn.accept", "gunicorn")
    assert stage.spots[place.spot].owner == "gunicorn"


def test_half_way_is_half_of_the_length():
    way = [(0.0, 0.0), (10.0, 0.0), (10.0, 30.0)]
    assert along(way, 0.0) == (0.0, 0.0)
    assert along(way, 0.25) == (10.0, 0.0)
    assert along(way, 0.5) == (10.0, 10.0)
    assert along(way, 1.0) == (10.0, 30.0)
    assert along(way, 7.0) == (10.0, 30.0)


def test_a_name_too_long_keeps_its_end():
    assert ending("websocket.receive", 400) == "websocket.receive"
    short = ending("websocket.receive", 70)
    assert short.startswith("…")
    assert short.endswith("receive")
    assert text_width(short, 11) <= 70

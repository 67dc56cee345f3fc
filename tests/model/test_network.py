"""The network: how long a message is on its way, between which machines."""

import math
from collections import defaultdict
from dataclasses import replace
from typing import Any

import pytest

from chansim import ScenarioError, deployments, execute, simulate
from chansim.duration import Empirical, Exponential
from chansim.model.machine import Machine
from chansim.model.network import PRESETS, Link, Network
from chansim.scenario import Scenario
from model.tiny import NOWHERE, books, channels_world, seen, site, wsgi_world


def test_the_way_depends_on_where_the_two_ends_are() -> None:
    network = Network(within=Link(1.0), between=Link(2.0), outside=Link(3.0), links=(("a", "b", Link(4.0)),))
    ways = [("a", "a"), ("a", "c"), ("", "a"), ("a", ""), ("", ""), ("a", "b"), ("b", "a")]
    assert [network.link(*way).latency for way in ways] == [1, 2, 3, 3, 3, 4, 4]


def test_presets_are_links() -> None:
    network = Network("wan", "loopback", "lan", (("a", "b", "wan"),))
    assert network.link("a", "a") == PRESETS["wan"]
    assert network.link("a", "c") == PRESETS["loopback"]
    assert network.link("", "a") == PRESETS["lan"]
    assert network.link("a", "b") == PRESETS["wan"]
    assert PRESETS["loopback"].latency < PRESETS["lan"].latency < PRESETS["wan"].latency


def test_a_request_takes_the_way_there_and_the_way_back() -> None:
    world = wsgi_world(1.0, io=0.5, network=Network(outside=Link(0.1)))
    rows = seen(world, "t", "event", "component", channel="")
    assert rows == [
        (1.0, "sent", "clients"),
        (1.1, "received", "server"),
        (1.6, "sent", "server/1"),
        (1.7, "received", "clients"),
    ]


def test_a_call_of_the_layer_takes_the_way_there_and_the_way_back() -> None:
    """The worker is 0.1 s away from the layer, and Daphne too: a message is
    on the layer after 0.1, at the worker after 0.2."""
    network = Network(Link(0.0), Link(0.1), Link(0.0))
    world = channels_world(1.0, network=network, layer_machine="redis", more=(Machine(name="redis"),))
    rows = seen(world, "t", "event", "component", channel="http.request")
    assert rows == [
        (1.0, "sent", "server"),
        (1.1, "received", "worker-1"),
        (1.2, "begun", "worker-1"),
        (1.4, "ended", "worker-1"),
    ]


def test_jitter_is_drawn_for_each_message_and_added() -> None:
    jitter = Empirical((0.0, 0.01, 0.02))
    world = wsgi_world(*(n / 10 for n in range(200)), network=Network(outside=Link(0.03, jitter)))
    trace = simulate(world).trace
    left = {row.message: row.t for row in trace.rows(event="sent", channel="")}
    took = [round(row.t - left[row.message], 6) for row in trace.rows(event="received", channel="")]
    assert {*took} == {0.03, 0.04, 0.05}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_jitter_keeps_the_frames_of_one_socket_in_order(seed: int) -> None:
    """Frames are drawn up to a second apart, and yet none overtakes
    another on its socket, in either direction."""
    wild = Network(outside=Link(0.001, Exponential(0.3)))
    run = simulate(deployments.slide24(members=5, rate=10.0, seconds=5.0, network=wild), seed)
    order: dict[Any, list[int]] = defaultdict(list)
    for row in run.trace.rows():
        if row.event in ("sent", "received") and row.channel.startswith("socket "):
            there = (row.component == "chatters") == (row.event == "sent")
            order[row.channel, there, row.event].append(row.message)
    for (socket, there, event), arrived in order.items():
        if event == "received":
            assert arrived == order[socket, there, "sent"][: len(arrived)]
            assert len(arrived) > 5


def big(environ: Any, start_response: Any) -> list[bytes]:
    """An answer in four parts."""
    start_response("200 OK", [])
    return [bytes(3 * 512 * 1024 + 1)]


def test_jitter_keeps_the_parts_of_one_response_in_order() -> None:
    wild = Network(Link(0.0), Link(0.0), Link(0.001, Exponential(0.3)))
    world = channels_world(*(float(n) for n in range(1, 9)), application=site(wsgi=big), network=wild)
    for request in range(1, 9):
        parts = seen(world, "detail", event="received", component="clients", request=request)
        assert parts == [("part",), ("part",), ("part",), ("200",)]


# -- words


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: Network(within="intranet"),
            "within='intranet' is no preset; presets: loopback, lan, wan, or a Link",
        ),
        (lambda: Network(between=None), "between=None is no preset"),
        (lambda: Network(outside=0.5), r"outside=0\.5 is no preset"),
        (lambda: Network(links=(("a", "b", "slow"),)), "links 'a'-'b'='slow' is no preset"),
        (lambda: Link(-0.1), r"a network link: .*-0\.1.*number of seconds from 0"),
        (lambda: Link(math.nan), "a network link: .*nan.*number of seconds from 0"),
        (lambda: Link(0.1, "much"), "a network link: .*'much'.*number of seconds"),
    ],
)
def test_a_bad_network_is_answered_in_words(make: Any, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        make()


def test_an_exception_for_a_machine_that_is_not_there_is_answered_in_words() -> None:
    with pytest.raises(
        ScenarioError,
        match=r"network: links=\('host', 'redsi'\) names the machine 'redsi'; machines here: host",
    ):
        wsgi_world(0.0, network=Network(links=(("host", "redsi", "wan"),)))


@pytest.mark.parametrize("links", [("a", "b", "lan"), (("a", "b"),), "lan", 5])
def test_links_of_another_shape_are_answered_in_words(links: Any) -> None:
    try:
        Network(links=links)
    except ScenarioError as error:
        assert "links" in str(error)  # noqa: PT017
    else:
        raise ValueError("it was taken")


def test_links_may_be_a_list() -> None:
    links = [("host", "redis", "wan")]
    network = Network(links=links)  # type: ignore[arg-type]
    links.append(("a", "b", "wan"))
    assert network == Network(links=(("host", "redis", "wan"),))
    assert hash(Scenario("t", (Machine(name="host"), Machine(name="redis")), network))


def test_a_latency_that_varies_is_not_silently_its_mean() -> None:
    with pytest.raises(ScenarioError, match="jitter"):
        Link(Exponential(0.1))  # type: ignore[arg-type]


def test_nowhere_takes_no_time() -> None:
    assert seen(wsgi_world(1.0, network=NOWHERE), "t") == [(1.0,)] * 8


# -- what is dropped


def test_a_share_of_the_messages_is_dropped() -> None:
    """A request of 1000 arrives with 0.8; and its answer, too, with 0.64: the deviation of the number
    served is sqrt(1000 * 0.64 * 0.36) = 15.2."""
    network = Network(outside=Link(0.01, loss=0.2))
    run = simulate(wsgi_world(*(n / 100 for n in range(1000)), network=network).with_(seconds=20.0))
    assert abs(run.summary()["served"] - 640) < 4 * 15.2
    found = books(run.trace)
    assert found.lost.keys() == {"dropped on the way"}
    assert found.waiting == 0
    summary = run.summary()
    assert summary["waiting"] == found.lost["dropped on the way"] == 1000 - summary["served"]


def test_a_dropped_message_is_lost_when_it_is_sent_by_whom_it_was_sent() -> None:
    world = wsgi_world(1.0, network=Network(outside=Link(0.1, loss=1.0))).with_(seconds=5.0)
    assert seen(world, "t", "event", "component", "message", "detail") == [
        (1.0, "sent", "clients", 1, "request"),
        (1.0, "lost", "clients", 1, "dropped on the way"),
    ]


def test_what_is_not_dropped_arrives_when_it_did_before() -> None:
    """Jitter has draws of its own, one for each message, dropped or not."""
    link = Link(0.03, Exponential(0.01))
    arrived: list[dict[int, float]] = []
    for loss in (0.0, 0.3):
        network = Network(outside=replace(link, loss=loss))
        world = wsgi_world(*(n / 10 for n in range(200)), network=network).with_(seconds=30.0)
        rows = simulate(world).trace.rows(event="received", component="server", channel="")
        arrived.append({row.request: row.t for row in rows})
    whole, rest = arrived
    assert 110 < len(rest) < 170  # of 200, 140 ± 6.5
    assert rest == {request: whole[request] for request in rest}


def test_only_the_links_that_drop_do() -> None:
    network = Network(within=Link(0.0), outside=Link(0.0), between=Link(0.0, loss=1.0))
    assert simulate(wsgi_world(1.0, network=network).with_(seconds=3.0)).summary()["served"] == 1


def test_calls_of_a_layer_are_never_dropped() -> None:
    network = Network(Link(0.0), Link(0.01, loss=1.0), Link(0.0))
    world = channels_world(1.0, network=network, layer_machine="redis", more=(Machine(name="redis"),))
    assert simulate(world).summary()["served"] == 1


def test_frames_are_dropped_and_the_books_balance() -> None:
    scenario = deployments.slide24(rate=2.0, network=Network(outside=Link(0.01, loss=0.2)), seconds=20.0)
    lost = books(simulate(scenario).trace).lost
    assert lost["dropped on the way"] > 100


def test_an_executed_run_drops_the_same_share() -> None:
    moments = [n / 1000 for n in range(400)]
    network = Network(outside=Link(0.0, loss=0.5))
    world = wsgi_world(*moments, network=network, workers=4).with_(seconds=1.5)
    run = execute(world)
    found = books(run.trace)
    assert found.lost.keys() == {"dropped on the way"}
    # a quarter of 400 is answered, ± sqrt(400 * 0.25 * 0.75) = 8.7
    assert abs(run.summary()["served"] - 100) < 5 * 8.7


def test_a_run_without_a_length_must_not_wait_for_what_is_dropped() -> None:
    world = wsgi_world(1.0, network=Network(outside=Link(0.0, loss=0.01)))
    for run in (simulate, execute):
        with pytest.raises(ScenarioError, match="seconds=None: the network drops messages, and who"):
            run(world)


@pytest.mark.parametrize("loss", [-0.1, 1.1, math.nan, True, "a lot", None])
def test_a_loss_is_a_share(loss: Any) -> None:
    with pytest.raises(ScenarioError, match=r"a network link: loss=.*: it must be a share from 0 to 1"):
        Link(0.0, loss=loss)

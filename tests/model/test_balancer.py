"""The balancer: one of several servers for each client. Nothing takes time but what is asked for."""

from collections import Counter
from typing import Any

import pytest

from chansim import Scenario, ScenarioError, execute, simulate
from chansim.applications.chat import channel_routing
from chansim.model.balancer import Balancer
from chansim.model.channel_layer import ChannelLayer
from chansim.model.chatters import Chatters
from chansim.model.interface_server import InterfaceServer
from chansim.model.machine import Machine
from chansim.model.network import Link, Network
from chansim.model.worker import Worker
from chansim.model.wsgi_server import WSGIServer
from model.tiny import NOWHERE, Script, answers, books, clients, deliveries, site


def two_servers(*moments: float, network: Network = NOWHERE, **balancer: Any) -> Scenario:
    """Clients at these moments, a balancer, and the one-worker servers "one" and "two"."""
    return Scenario(
        "two servers",
        (
            clients(*moments, server="front"),
            Balancer(name="front", **{"servers": ("one", "two"), **balancer}),
            Machine(name="host", cores=100),
            site(io=1.0),
            WSGIServer(name="one", machine="host", application="site", workers=1),
            WSGIServer(name="two", machine="host", application="site", workers=1),
        ),
        network,
        None,
    )


def went_to(run: Any) -> list[str]:
    return [row.component for row in run.trace.rows(event="sent") if row.channel.endswith(".accept")]


def test_in_turn_each_server_gets_every_other_request() -> None:
    run = simulate(two_servers(0.0, 0.1, 0.2))
    assert went_to(run) == ["one", "two", "one"]
    assert answers(run) == [(1.0, 1, "200"), (1.1, 2, "200"), (2.0, 3, "200")]


def test_every_way_passes_through_it() -> None:
    """Four ways of 10 ms from a client to the server and back."""
    ways = Network(outside=Link(0.01))
    assert answers(two_servers(0.0, network=ways)) == [(1.04, 1, "200")]


def test_at_random_with_weights_the_heavier_gets_its_share() -> None:
    run = simulate(two_servers(*(n / 1000 for n in range(4000)), policy="at random", weights=(3, 1)))
    assert Counter(went_to(run))["one"] == pytest.approx(3000, abs=4 * (4000 * 0.75 * 0.25) ** 0.5)


def test_a_weight_of_nothing_gets_nothing() -> None:
    run = simulate(two_servers(0.0, 0.1, 0.2, policy="at random", weights=(0.0, 1.0)))
    assert went_to(run) == ["two"] * 3


@pytest.mark.parametrize("policy", ["by path", "by client"])
def test_who_asks_for_one_path_or_is_one_client_stays_with_one_server(policy: str) -> None:
    assert len(set(went_to(simulate(two_servers(0.0, 0.1, 0.2, policy=policy))))) == 1


def test_in_the_executed_world_too_every_request_is_answered() -> None:
    run = execute(two_servers(0.0, 0.0, 0.0).change("site", io=0.05))
    assert sorted(went_to(run)) == ["one", "one", "two"]
    assert [status for _, _, status in answers(run)] == ["200"] * 3


def chat(*lines: Any, **balancer: Any) -> Scenario:
    """A balancer in front of a WSGI server and two interface servers with one layer."""
    return Scenario(
        "pages to gunicorn, sockets to Daphne",
        (
            Script(name="chatters", server="front", lines=lines),
            clients(0.5, server="front"),
            Balancer(name="front", **{"servers": ("gunicorn",), "sockets": ("daphne", "other"), **balancer}),
            Machine(name="host", cores=100),
            site(routing=channel_routing),
            WSGIServer(name="gunicorn", machine="host", application="site"),
            *(InterfaceServer(name=n, machine="host", layer="layer", cpu=0.0) for n in ("daphne", "other")),
            ChannelLayer(name="layer", machine="host"),
            Worker(name="worker-1", machine="host", layer="layer", application="site"),
        ),
        NOWHERE,
        5.0,
    )


LINES = ((0.0, 1, "connect"), (0.1, 2, "connect"), (1.0, 1, "hello"), (2.0, 2, "close"), (3.0, 1, "alone"))


def test_pages_go_to_the_wsgi_server_and_sockets_to_the_interface_servers() -> None:
    run = simulate(chat(*LINES))
    assert went_to(run) == ["gunicorn"]
    connected = [(row.component, row.detail) for row in run.trace.rows(event="connected")]
    assert connected == [("daphne", "socket 1"), ("other", "socket 2")]


def test_a_frame_finds_its_socket_through_the_balancer_and_comes_back_through_it() -> None:
    run = simulate(chat(*LINES))
    per_line = Counter(request for request, _ in deliveries(run.trace).elements())
    assert sorted(per_line.values()) == [1, 2]  # the second line has one listener left
    assert books(run.trace).lost == {}


def test_people_of_one_path_meet_at_one_server() -> None:
    run = simulate(chat(*LINES, policy="by path"))
    assert len({row.component for row in run.trace.rows(event="connected")}) == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"servers": ()}, "servers=\\(\\): it must be a tuple of the names of 1 or more"),
        ({"servers": "one"}, "servers='one': it must be a tuple"),
        ({"servers": ("one", "three")}, "servers='three': it must name a server; here there is: .*'one'"),
        ({"servers": ("one", "one")}, "different components"),
        ({"policy": "fair"}, "policy='fair': it must be one of in turn, at random"),
        ({"weights": (1, 2)}, "they mean nothing with policy='in turn'"),
        ({"policy": "at random", "weights": (1,)}, "one for each of servers"),
        ({"policy": "at random", "weights": (-1, 2)}, "0 or more"),
        ({"servers": ("front",)}, "would come back for ever"),
    ],
)
def test_what_is_wrong_is_said_in_words(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        two_servers(0.0, **wrong)


def test_chatters_need_servers_that_hold_sockets() -> None:
    with pytest.raises(ScenarioError, match="'chatters' opens WebSockets, and not all of them hold any"):
        two_servers(0.0).add(Chatters(name="chatters", server="front"))

"""Clients: they come as their arrivals say, whatever the server does."""

from collections.abc import Iterable
from typing import Any

import pytest

from chansim import ScenarioError, simulate
from chansim.duration import Empirical
from chansim.model.arrivals import Poisson, Recorded
from chansim.model.client import Clients
from model.tiny import AT_ONCE, answers, channels_world, clients, seen, site, wsgi_world


def test_they_come_at_the_recorded_moments_and_do_not_wait_for_each_other() -> None:
    assert seen(wsgi_world(0.5, 0.5, 2.0, io=10.0), "t", "request", event="sent", component="clients") == [
        (0.5, 1),
        (0.5, 2),
        (2.0, 3),
    ]


def test_each_gets_its_own_answer() -> None:
    """Two workers; the first view takes long: the second client is answered before the first."""
    slow = Empirical((0.1, 0.1, 0.1, 0.4))
    world = channels_world(0.1, 0.2, 0.3, workers=3, application=site(io=slow), server=AT_ONCE)
    ended = {
        row.request: round(row.t, 6)
        for row in simulate(world, 5).trace.rows(event="ended", channel="http.request")
    }
    assert {request: t for t, request, _ in answers(simulate(world, 5))} == ended
    assert [*ended] != sorted(ended)


def test_the_application_is_told_their_path() -> None:
    paths = []

    def notes(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        paths.append(environ["PATH_INFO"])
        start_response("200 OK", [])
        return []

    for world in (wsgi_world(0.0, wsgi=notes), channels_world(0.0).change("site", wsgi=notes)):
        simulate(world.change("clients", path="/news/"))
    assert paths == ["/news/", "/news/"]


def test_the_application_is_sent_their_form() -> None:
    forms = []

    def notes(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        forms.append((environ["REQUEST_METHOD"], environ["wsgi.input"].read()))
        start_response("302 Found", [])
        return []

    for world in (wsgi_world(0.0, wsgi=notes), channels_world(0.0).change("site", wsgi=notes)):
        simulate(world.change("clients", method="POST", body=b"title=News"))
        simulate(world)
    assert forms == [("POST", b"title=News"), ("GET", b"")] * 2


def test_two_populations_have_their_own_requests_and_answers() -> None:
    world = wsgi_world(0.0, 1.0, io=0.1).add(clients(0.5, name="others"))
    received = seen(world, "t", "component", "request", event="received", detail="200")
    assert received == [(0.1, "clients", 1), (0.6, "others", 2), (1.1, "clients", 3)]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"arrivals": 5},
            r"clients 'clients': arrivals=5: it must be Poisson\(rate\), Recorded\(moments\) or the like",
        ),
        ({"path": "news"}, "path='news': it must be text that begins with '/'"),
        ({"method": "post"}, "method='post': it must be text in capitals, such as 'GET' or 'POST'"),
        ({"body": "title=News"}, "body='title=News': it must be bytes"),
        ({"server": None}, "server=None: it must be the name of a server"),
    ],
)
def test_bad_clients_are_answered_in_words(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        Clients(**{"name": "clients", "server": "server", **fields})


def test_a_law_without_its_rate_is_answered_in_words() -> None:
    with pytest.raises(ScenarioError, match="arrivals"):
        Clients(name="clients", server="server", arrivals=Poisson)  # type: ignore[arg-type]


def test_the_box_says_how_they_come() -> None:
    assert Clients(name="c", server="s", arrivals=Poisson(5.0)).label == ("Clients", "5/s, Poisson")
    recorded = Clients(name="c", server="s", arrivals=Recorded((0.0, 1.0), source="access.log"))
    assert recorded.label == ("Clients", "2 arrivals of access.log")

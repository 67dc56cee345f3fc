"""The application: the same code for a WSGI server and for workers, and what it costs."""

from typing import Any

import pytest

from chansim import ScenarioError
from chansim.channels import Costs, Message, costs, include, route
from chansim.duration import Constant, Exponential
from chansim.model.application import hello
from model.tiny import AT_ONCE, answers, channels_world, site, wsgi_world


def consumer(message: Message) -> None:
    """A consumer."""


def test_the_view_for_http_requests_comes_after_the_routing() -> None:
    application = site(routing=[route("a", consumer), include([route("b", consumer)])])
    assert application.router.channels == ("a", "b", "http.request")


def test_a_route_of_ones_own_for_http_request_goes_before_the_view() -> None:
    application = site(routing=(route("http.request", consumer),))
    matched = application.router.match(Message({}, "http.request"))
    assert matched == (consumer, {})


def test_what_declares_costs_has_them_and_what_does_not_has_the_applications() -> None:
    @costs(cpu=1.0)
    def dear(message: Message) -> None: ...

    application = site(cpu=0.1, io=Exponential(0.2), per_member=0.3)
    assert application.costs_of(consumer) == Costs(Constant(0.1), Exponential(0.2), 0.3)
    assert application.costs_of(dear) == Costs(cpu=Constant(1.0))


def test_one_callable_serves_both_architectures_at_its_declared_cost() -> None:
    calls = []

    @costs(io=0.5)
    def view(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        calls.append(environ["REQUEST_METHOD"])
        start_response("200 OK", [])
        return []

    assert answers(wsgi_world(0.103, wsgi=view)) == [(0.603, 1, "200")]
    assert answers(channels_world(0.103, application=site(wsgi=view), server=AT_ONCE)) == [(0.603, 1, "200")]
    assert calls == ["GET", "GET"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"wsgi": "hello"}, "application 'site': wsgi='hello': it must be a WSGI callable"),
        (
            {"routing": [consumer]},
            r"routing\[0\]=<function consumer.*: it must be a route\(...\) or an include\(...\)",
        ),
        ({"io": -1}, "io=-1"),
        ({"cpu": "fast"}, "cpu='fast'"),
        ({"per_member": -0.1}, r"per_member=-0\.1: it must be a number of seconds from 0"),
        ({"per_member": True}, "per_member=True: it must be a number"),
    ],
)
def test_a_bad_application_is_answered_in_words(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        site(**fields)


@pytest.mark.parametrize("routing", [5, route("a", consumer), {"a": 5}, "no.such.routing"])
def test_a_routing_of_another_shape_is_answered_in_words(routing: Any) -> None:
    with pytest.raises(ScenarioError, match="application 'site': rout"):
        site(routing=routing)


def test_hello_says_hello() -> None:
    started: list[Any] = []
    assert b"".join(hello({}, lambda *args: started.append(args))) == b"Hello from WSGI"
    assert started[0][0] == "200 OK"

"""Multi-framework (slide 32): one layer, and behind it one worker with a Django application and one
with a Flask application. Both are WSGI callables, so ``view_as_consumer`` runs either."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import django
import flask
import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from chansim import Run, Scenario, execute, simulate
from chansim.channels import Channel, Message, route, view_as_consumer
from chansim.model.application import Application
from chansim.model.channel_layer import ChannelLayer
from chansim.model.component import Component
from chansim.model.interface_server import InterfaceServer
from chansim.model.worker import Worker
from chansim.model.world import HTTP_REQUEST, World
from model.tiny import NOWHERE, books

# -- a site in each


def django_page(request: HttpRequest, name: str) -> HttpResponse:
    """A view of Django's."""
    greeting = request.POST.get("greeting", "hello")
    return HttpResponse(
        f"Django {django.get_version()} says {greeting} to {name}", headers={"X-By": "Django"}
    )


urlpatterns = [path("django/<str:name>/", django_page)]

flask_site = flask.Flask(__name__)


@flask_site.route("/flask/<name>/", methods=["GET", "POST"])
def flask_page(name: str) -> flask.Response:
    """A view of Flask's."""
    greeting = flask.request.form.get("greeting", "hello")
    return flask.Response(f"Flask says {greeting} to {name}", headers={"X-By": "Flask"})


@pytest.fixture(autouse=True, scope="module")
def project() -> Iterator[None]:
    """The settings of a project of this file; there may be others in this process already."""
    if not settings.configured:
        settings.configure(SECRET_KEY="for a test")
        django.setup()
    with override_settings(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], MIDDLEWARE=[]):
        yield


@cache
def django_site() -> Callable[..., Any]:
    """The Django application, as a project's wsgi.py makes it."""
    return WSGIHandler()


# -- one layer, two workers


def pass_on(message: Message) -> None:
    """The first to see a request: to each framework's own channel, by its path."""
    Channel(f"http.{message['path'].split('/')[1]}").send(message.content)


ASKED = (
    ("GET", "/django/ann/", b""),
    ("GET", "/flask/bob/", b""),
    ("POST", "/flask/cat/", b"greeting=welcome"),
    ("POST", "/django/dan/", b"greeting=welcome"),
    ("GET", "/flask/nobody", b""),
    ("GET", "/django/", b""),
)


@dataclass(frozen=True, kw_only=True)
class Readers(Component):
    """They ask for all of ASKED, 50 ms apart, and keep the status and the body of each answer."""

    answers: dict[str, tuple[str, bytes]] = field(default_factory=dict, compare=False)

    role = "client"

    def start(self, world: World) -> None:
        asked: dict[int, str] = {}

        def ask(what: tuple[str, str, bytes]) -> None:
            method, where, body = what
            request = world.new_request(0.5)
            asked[request] = where
            form = [[b"content-type", b"application/x-www-form-urlencoded"]] if body else []
            length = [[b"content-length", str(len(body)).encode()]]
            about = {"method": method, "path": where, "body": body, "headers": form + length}
            world.post(self.name, "daphne", "request", request, {**HTTP_REQUEST, **about})

        def answered(parcel: Any) -> None:
            world.accept(parcel, world.code(self.name))
            self.answers[asked[parcel.request]] = (parcel.kind, parcel.content)

        world.on_arrival(self.name, answered)
        for place, what in enumerate(ASKED):
            world.call_at(0.05 * (place + 1), ask, what)


def by_channel() -> tuple[Component, ...]:
    """A channel for each framework; whoever takes http.request passes it on."""
    to_django, to_flask = view_as_consumer(django_site()), view_as_consumer(flask_site)
    return (
        Application(name="site", routing=(route("http.django", to_django), route("http.request", pass_on))),
        Application(name="shop", routing=(route("http.flask", to_flask),)),
        Worker(name="django", layer="layer", application="site"),
        Worker(name="flask", layer="layer", application="shop", only_channels=("http.flask",)),
    )


def by_path() -> tuple[Component, ...]:
    """Both frameworks behind http.request; the path decides, and either worker takes either."""
    routing = (
        route("http.request", view_as_consumer(django_site()), path="^/django/"),
        route("http.request", view_as_consumer(flask_site), path="^/flask/"),
    )
    return (
        Application(name="site", routing=routing),
        Worker(name="first", layer="layer", application="site"),
        Worker(name="second", layer="layer", application="site"),
    )


def run(world: str, staff: tuple[Component, ...]) -> tuple[Run, dict[str, tuple[str, bytes]]]:
    """A run of one interface server, one layer and that *staff*; and what the readers were answered."""
    readers = Readers(name="readers")
    scenario = Scenario(
        "Multi-framework",
        (
            readers,
            InterfaceServer(name="daphne", layer="layer", cpu=0.0),
            ChannelLayer(name="layer"),
            *staff,
        ),
        NOWHERE,
        1.0,
    )
    return {"simulated": simulate, "executed": execute}[world](scenario), readers.answers


@pytest.mark.parametrize("staff", [by_channel, by_path])
@pytest.mark.parametrize("world", ["simulated", "executed"])
def test_both_frameworks_answer_behind_one_layer(world: str, staff: Callable[[], Any]) -> None:
    result, answers = run(world, staff())
    by_django = f"Django {django.get_version()} says".encode()
    assert answers["/django/ann/"] == ("200", by_django + b" hello to ann")
    assert answers["/django/dan/"] == ("200", by_django + b" welcome to dan")
    assert answers["/flask/bob/"] == ("200", b"Flask says hello to bob")
    assert answers["/flask/cat/"] == ("200", b"Flask says welcome to cat")
    assert result.problems == ()
    assert books(result.trace).lost == {}


@pytest.mark.parametrize("staff", [by_channel, by_path])
def test_what_is_no_page_is_told_in_each_frameworks_own_words(staff: Callable[[], Any]) -> None:
    """Flask sends one on who left out the last slash; Django has no page there."""
    _, answers = run("simulated", staff())
    status, body = answers["/flask/nobody"]
    assert (status, b"Redirecting" in body) == ("308", True)
    status, body = answers["/django/"]
    assert (status, re.findall(rb"<h1>(.*?)</h1>", body)) == ("404", [b"Not Found"])


@pytest.mark.parametrize("world", ["simulated", "executed"])
def test_each_worker_runs_its_own_framework_and_no_other(world: str) -> None:
    result, _ = run(world, by_channel())
    ran = {(row.component, row.detail) for row in result.trace.rows(event="ended") if row.detail}
    assert ran == {
        ("django", "pass_on"),
        ("django", "view_as_consumer(WSGIHandler)"),
        ("flask", "view_as_consumer(Flask)"),
    }


def test_a_request_that_is_passed_on_is_three_messages_and_else_two() -> None:
    """And both are one request to the reader."""
    for staff, messages in ((by_channel(), 3), (by_path(), 2)):
        result, _ = run("simulated", staff)
        assert len(list(result.trace.rows(event="sent", detail="", request=1))) == messages

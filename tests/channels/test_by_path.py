"""by_path: several views in one WSGI application, chosen by the request's path."""

from collections.abc import Iterable
from typing import Any

import pytest

from chansim.channels import by_path, costs
from chansim.model.application import Application
from chansim.scenario import Scenario
from model.tiny import channels_world, clients, seen, site, wsgi_world


@costs(io=1.0)
def report(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [b"report"]


def page(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [b"page"]


VIEWS = by_path({"/": page, "/report/": report, "/exact": report})


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "page"),
        ("/other/", "page"),
        ("/report", "page"),
        ("/report/", "report"),
        ("/report/5/", "report"),
        ("/exact", "report"),
        ("/exact/5", "page"),
        ("/exactly", "page"),
    ],
)
def test_the_longest_path_that_fits_wins_and_a_slash_stands_for_all_beneath(path: str, name: str) -> None:
    assert VIEWS.view_at(path).__name__ == name  # type: ignore[attr-defined]
    for world in worlds(path, VIEWS):
        assert {each for (each,) in seen(world, "detail", event="begun") if each} <= {
            name,
            f"view_as_consumer({name})",
        }


def worlds(path: str, views: Any, io: float = 0.25) -> list[Scenario]:
    """One client of the path, behind a WSGI server and behind a channel layer."""
    other = channels_world(0.0, application=site(wsgi=views, io=io), server={"poll": 0.0, "idle_poll": 0.0})
    return [each.change("clients", path=path) for each in (wsgi_world(0.0, wsgi=views, io=io), other)]


@pytest.mark.parametrize(("path", "seconds"), [("/report/", 1.0), ("/", 0.25), ("/exact", 1.0)])
def test_each_view_costs_what_it_declares_or_else_what_the_application_says(
    path: str, seconds: float
) -> None:
    for world in worlds(path, VIEWS):
        answered = seen(world, "t", "detail", event="received", component="clients")
        assert answered == [(seconds, "200")]


def test_a_path_without_a_view_is_a_404() -> None:
    for world in worlds("/elsewhere/", by_path({"/report/": report})):
        assert seen(world, "detail", event="received", component="clients") == [("404",)]


def test_slow_and_quick_paths_share_the_workers() -> None:
    world = wsgi_world(0.0, wsgi=VIEWS, io=0.25).change("clients", path="/report/")
    both = world.add(clients(0.1, name="others"))
    assert seen(both, "t", "component", event="received", detail="200") == [
        (1.0, "clients"),
        (1.25, "others"),
    ]


def test_applications_by_path_can_be_compared_and_hashed() -> None:
    assert by_path({"/": page, "/a/": report}) == by_path({"/a/": report, "/": page}) != VIEWS
    assert Application(name="a", wsgi=VIEWS) == Application(name="a", wsgi=by_path(dict(VIEWS.views)))
    assert hash(VIEWS) == hash(by_path(dict(VIEWS.views)))


@pytest.mark.parametrize(
    ("views", "words"),
    [
        ({"report/": report}, "'report/' is no path; a path is text that begins with '/'"),
        ({"/": 5}, r"the view at '/' must be f\(environ, start_response\), not 5"),
    ],
)
def test_views_that_cannot_be_are_answered_in_words(views: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        by_path(views)

"""route, include and Router: which consumer gets a message, and what it is called with."""

from typing import Any

import pytest

from chansim.channels import Message, Router, include, route


def first(message: Message, **keywords: Any) -> None:
    """A consumer."""


def second(message: Message, **keywords: Any) -> None:
    """Another one."""


def match(routes: list[Any], channel: str, **content: Any) -> tuple[Any, dict[str, Any]] | None:
    """What a router of these routes says of a message."""
    return Router(routes).match(Message(content, channel))


def test_the_first_route_that_matches_wins() -> None:
    assert match([route("a", first), route("a", second)], "a") == (first, {})


def test_a_message_of_another_channel_matches_nothing() -> None:
    assert match([route("a", first), route(["b", "c"], second)], "d") is None
    assert match([route("a", first), route(["b", "c"], second)], "c") == (second, {})


def test_named_groups_become_keyword_arguments() -> None:
    routes = [route("websocket.connect", first, path=r"^/chat/(?P<room>\w+)/$", method="(?P<verb>GET|POST)")]
    found = match(routes, "websocket.connect", path="/chat/lobby/", method="GET")
    assert found == (first, {"room": "lobby", "verb": "GET"})


def test_filters_are_matched_from_the_beginning_and_all_must_match() -> None:
    routes = [route("a", first, path="/chat", method="GET")]
    assert match(routes, "a", path="/chat/more", method="GET") == (first, {})
    assert match(routes, "a", path="/the/chat", method="GET") is None
    assert match(routes, "a", path="/chat", method="POST") is None


def test_a_filter_on_a_key_that_the_message_lacks_does_not_match() -> None:
    assert match([route("a", first, path=".*")], "a") is None


def test_include_takes_the_prefix_off_before_its_routes_look() -> None:
    rooms = [route("a", first, path=r"^/(?P<room>\w+)$"), route("a", second, path="^$")]
    routes = [include(rooms, path=r"^/(?P<site>\w+)/chat")]
    assert match(routes, "a", path="/blue/chat/lobby") == (first, {"site": "blue", "room": "lobby"})
    assert match(routes, "a", path="/blue/chat") == (second, {"site": "blue"})
    assert match(routes, "a", path="/blue/mail") is None
    assert match(routes, "a") is None


def test_a_route_says_more_than_the_include_round_it() -> None:
    routes = [include([route("a", first, path=r"(?P<name>\w+)")], path=r"/(?P<name>\w+)/")]
    assert match(routes, "a", path="/outer/inner") == (first, {"name": "inner"})


def test_includes_nest_and_the_message_is_left_as_it_was() -> None:
    routes = [include([include([route("a", first, path="^c$")], path="b/")], path="a/")]
    message = Message({"path": "a/b/c"}, "a")
    assert Router(routes).match(message) == (first, {})
    assert message.content == {"path": "a/b/c"}


def test_after_an_include_that_matches_nothing_the_next_route_has_its_turn() -> None:
    routes = [include([route("a", first, path="^x")], path="/"), route("a", second)]
    assert match(routes, "a", path="/y") == (second, {})


def test_a_router_listens_to_every_channel_once_in_order() -> None:
    router = Router(
        [route(["b", "a"], first), include([route("c", first), route("b", second)]), route("d", first)]
    )
    assert router.channels == ("b", "a", "c", "d")


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ({"path": "("}, r"path='\(' is not a regular expression"),
        ({"path": r"/(\w+)"}, r"has a group without a name; write \(\?P<name>"),
        ({"path": 5}, "path=5 is not a regular expression"),
    ],
)
@pytest.mark.parametrize(
    "make", [lambda **filters: route("a", first, **filters), lambda **f: include([], **f)]
)
def test_a_bad_filter_is_refused_in_words(make: Any, filters: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make(**filters)


def test_a_consumer_is_a_function() -> None:
    with pytest.raises(ValueError, match=r"route\('a', ...\): the consumer must be a function, not 5"):
        route("a", 5)  # type: ignore[arg-type]


def test_an_object_that_can_be_called_is_a_consumer_under_the_name_of_its_class() -> None:
    class Counter:
        calls = 0

        def __call__(self, message: Message) -> None:
            self.calls += 1

    counter = Counter()
    consumer, _ = match([route("a", counter)], "a")  # type: ignore[misc]
    consumer(Message({}, "a"))
    assert counter.calls == 1
    assert getattr(consumer, "__name__", type(consumer).__name__) == "Counter"

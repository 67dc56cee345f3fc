"""route, include and Router: which consumer gets a message, and what it is called with."""

import json
from typing import Any

import pytest

from chansim.channels import Message, Router, include, route, route_class
from chansim.channels.generic import BaseConsumer


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


def test_a_consumer_may_be_named_by_its_path() -> None:
    assert match([route("a", "json.loads")], "a") == (json.loads, {})


def test_a_routing_may_be_a_dict_or_a_path() -> None:
    assert match({"a": first, "b": "json.loads"}, "b") == (json.loads, {})  # type: ignore[arg-type]
    assert Router("chansim.applications.chat.channel_routing").channels == (
        "websocket.connect",
        "websocket.receive",
        "websocket.disconnect",
    )
    assert (
        match([include("chansim.applications.chat.channel_routing", path="^/chat")], "websocket.connect")
        is None
    )
    assert match([include({"a": first}, path="^/x")], "a", path="/x/y") == (first, {})


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("no.such.module", "No module named 'no'"),
        ("json.no_such_name", "no attribute 'no_such_name'"),
        ("json", "Empty module name"),
        ("", "Empty module name"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused_in_words(path: str, words: str) -> None:
    for make in (
        lambda: route("a", path),
        lambda: include(path),
        lambda: Router(path),
        lambda: route_class(path),
    ):
        with pytest.raises(ValueError, match=rf"the path {path!r} leads to nothing \(.*{words}"):
            make()


@pytest.mark.parametrize(
    ("routing", "words"),
    [
        (5, "=5: it must be a list of route"),
        ([route("a", first), first], r"\[1\]=<function first.*: it must be a route"),
        ([None], r"\[0\]=None"),
    ],
)
def test_a_routing_of_another_shape_is_refused_in_words(routing: Any, words: str) -> None:
    with pytest.raises(ValueError, match="routing" + words):
        Router(routing)
    with pytest.raises(ValueError, match="include" + words):
        include(routing)


def test_a_class_names_its_channels_itself() -> None:
    class Consumer(BaseConsumer):
        method_mapping = {"b": "on_b", "a": "on_a"}  # noqa: RUF012

    routing = [route_class(Consumer, path=r"^/(?P<room>\w+)")]
    assert Router(routing).channels == ("a", "b")
    assert match(routing, "b", path="/lobby") == (Consumer, {"room": "lobby"})
    assert match(routing, "b", path="lobby") is None
    with pytest.raises(ValueError, match=r"route_class\(<function first.*needs a class-based consumer"):
        route_class(first)


def test_text_and_bytes_and_numbers_are_matched_alike() -> None:
    routes = [route("a", first, n=r"^(?P<n>\d+)$")]
    for value in ("12", b"12", 12):
        assert match(routes, "a", n=value) == (first, {"n": "12"})
    assert match([include([route("a", first, query="^b$")], query="^a=")], "a", query=b"a=b") == (first, {})


def test_anything_that_finds_a_consumer_may_stand_in_a_routing() -> None:
    class Odd:
        channels = ("a",)

        def match(self, message: Message) -> Any:
            return (first, {"n": message["n"]}) if message["n"] % 2 else None

    assert match([Odd(), route("a", second)], "a", n=3) == (first, {"n": 3})
    assert match([include([Odd()]), route("a", second)], "a", n=4) == (second, {})


def test_routes_say_what_they_are_and_equal_ones_are_equal() -> None:
    assert repr(include([route(["a", "b"], first, path="^x")], path="^/")) == (
        "include([route('a, b', first, path='^x')], path='^/')"
    )
    assert include([route("a", first)], path="/") == include([route("a", first)], path="/")
    assert include([route("a", first)], path="/") != include([route("a", second)], path="/")
    assert len({route("a", first), route("a", first), route("b", first)}) == 2


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

"""Class-based consumers: which method is called, with what, and what it sends."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chansim.channels import Message, Router, costs, route, route_class
from chansim.channels.auth import User, login
from chansim.channels.cost import costs_of
from chansim.channels.exceptions import SendNotAvailableOnDemultiplexer, WebsocketCloseException
from chansim.channels.generic import BaseConsumer
from chansim.channels.generic.websockets import (
    JsonWebsocketConsumer,
    WebsocketConsumer,
    WebsocketDemultiplexer,
    WebsocketMultiplexer,
)
from chansim.channels.message import using
from chansim.channels.sessions import Session
from real_layer import RealLayer, work

SOCKET = "websocket.send!a"


@pytest.fixture
def layer() -> Iterator[RealLayer]:
    layer = RealLayer()
    with using(layer):
        yield layer


def tell(layer: RealLayer, consumer: Any, *messages: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Send these messages of one socket to a class, one after the other; what the socket gets."""
    for order, (name, content) in enumerate(messages):
        about = {"reply_channel": SOCKET, "path": "/chat/", "order": order, **content}
        layer.send(f"websocket.{name}", about)
        work(layer, Router([route_class(consumer)]))
    return layer.waiting(SOCKET)


CONNECT: tuple[str, dict[str, Any]] = ("connect", {})
DISCONNECT: tuple[str, dict[str, Any]] = ("disconnect", {})


def text(said: str) -> tuple[str, dict[str, Any]]:
    return "receive", {"text": said}


# -- BaseConsumer


def test_the_channel_says_which_method_of_a_new_instance_is_called(layer: RealLayer) -> None:
    calls: list[Any] = []

    class Consumer(BaseConsumer):
        method_mapping = {"slack.message": "on_message", "slack.hello": "on_hello"}  # noqa: RUF012

        def on_message(self, message: Message, room: str) -> None:
            calls.append((self, message is self.message, room, self.kwargs))

        def on_hello(self, message: Message, room: str) -> None:
            calls.append("hello")

    Consumer(Message({}, "slack.message"), room="a")
    Consumer(Message({}, "slack.message"), room="b")
    Consumer(Message({}, "slack.hello"), room="c")
    assert [call[1:] for call in calls[:2]] == [(True, "a", {"room": "a"}), (True, "b", {"room": "b"})]
    assert calls[0][0] is not calls[1][0]
    assert calls[2] == "hello"


@pytest.mark.parametrize("attribute", ["channel_session", "channel_session_user"])
def test_it_has_the_session_it_asks_for(layer: RealLayer, attribute: str) -> None:
    class Consumer(BaseConsumer):
        method_mapping = {"chat": "on_chat"}  # noqa: RUF012

        def on_chat(self, message: Message) -> None:
            message.channel_session["n"] = 1
            assert hasattr(message, "user") == (attribute == "channel_session_user")

    setattr(Consumer, attribute, True)
    message = Message({"reply_channel": SOCKET}, "chat")
    Consumer(message)
    assert layer.sessions.load(message.channel_session.session_key or "") == {"n": 1}


def test_as_route_makes_a_route_with_other_attributes() -> None:
    class Consumer(WebsocketConsumer):
        greeting = "hello"

    plain, other = Consumer.as_route(path="^/a"), Consumer.as_route({"greeting": "hi"}, path="^/b")
    assert plain == route_class(Consumer, path="^/a")
    assert other.consumer.greeting == "hi"  # type: ignore[attr-defined]
    assert (Consumer.greeting, other.consumer.__name__) == ("hello", "Consumer")


def test_a_class_declares_its_costs_and_those_after_it_inherit_them() -> None:
    @costs(cpu=0.25)
    class Consumer(WebsocketConsumer): ...

    class Another(Consumer): ...

    for each in (Consumer, Another):
        declared = costs_of(each)
        assert declared is not None
        assert declared.cpu.mean == 0.25
    assert costs_of(WebsocketConsumer) is None


# -- WebsocketConsumer


class Chat(WebsocketConsumer):
    def connection_groups(self, **kwargs: Any) -> list[str]:
        return ["chat"]

    def receive(self, text: Any = None, bytes: Any = None, **kwargs: Any) -> None:
        if text == "bye":
            self.close()
        elif text == "go away":
            self.close(4001)
        elif text == "last words":
            self.send(text=text, close=True)
        elif bytes:
            self.send(bytes=bytes)
        else:
            self.group_send("chat", text=f"{self.path} {text}")


def test_a_socket_is_in_its_groups_while_it_is_connected(layer: RealLayer) -> None:
    tell(layer, Chat, CONNECT)
    assert layer.group_channels("chat") == [SOCKET]
    tell(layer, Chat, DISCONNECT)
    assert layer.group_channels("chat") == []


def test_groups_may_be_an_attribute(layer: RealLayer) -> None:
    class Consumer(WebsocketConsumer):
        groups = ("a", "b")

    tell(layer, Consumer, CONNECT)
    assert [layer.group_channels(group) for group in "ab"] == [[SOCKET], [SOCKET]]


@pytest.mark.parametrize(
    ("era", "answer"),
    [("june2016", []), ("channels10", [{"accept": True}]), ("channels11", [{"accept": True}])],
)
def test_a_connect_is_accepted_where_the_era_waits_for_that(era: str, answer: list[Any]) -> None:
    assert tell(RealLayer(era), WebsocketConsumer, CONNECT) == answer


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        (text("hi"), {"text": "/chat/ hi"}),
        (text(""), {"text": "/chat/ "}),
        (("receive", {"bytes": b"\x00"}), {"bytes": b"\x00"}),
        (text("last words"), {"text": "last words", "close": True}),
        (text("bye"), {"close": True}),
        (text("go away"), {"close": 4001}),
    ],
)
def test_what_it_sends(layer: RealLayer, frame: tuple[str, dict[str, Any]], answer: dict[str, Any]) -> None:
    assert tell(layer, Chat, CONNECT, frame) == [answer]


def test_a_frame_of_nothing_is_refused(layer: RealLayer) -> None:
    with pytest.raises(ValueError, match="a frame is text or bytes, and neither was given"):
        WebsocketConsumer.group_send("chat")


def test_with_strict_ordering_frames_come_in_order(layer: RealLayer) -> None:
    seen = []

    class Consumer(WebsocketConsumer):
        strict_ordering = True

        def receive(self, text: Any = None, bytes: Any = None, **kwargs: Any) -> None:
            seen.append(text)

    frames = [("receive", {"text": str(order), "order": order}) for order in (3, 1, 2)]
    tell(layer, Consumer, *frames, ("connect", {"order": 0}))
    assert seen == ["1", "2", "3"]


def test_slight_ordering_belongs_to_june_2016() -> None:
    class Consumer(WebsocketConsumer):
        slight_ordering = True

    assert tell(RealLayer(), Consumer, CONNECT) == []
    with pytest.raises(ValueError, match="'channels11' knows it no more"):
        tell(RealLayer("channels11"), Consumer, CONNECT)


@pytest.mark.parametrize("attribute", ["http_user", "http_user_and_session"])
def test_the_browsers_user_is_known_from_connect_on(layer: RealLayer, attribute: str) -> None:
    session = Session(layer.sessions)
    login(session, User("ada"))
    session.save()
    seen = []

    class Consumer(WebsocketConsumer):
        def receive(self, text: Any = None, bytes: Any = None, **kwargs: Any) -> None:
            seen.append((self.message.user.username, self.message.http_session is not None))

    setattr(Consumer, attribute, True)
    query = f"session_key={session.session_key}".encode()
    tell(layer, Consumer, ("connect", {"query_string": query}), text("hi"))
    assert seen == [("ada", attribute == "http_user_and_session")]


# -- JsonWebsocketConsumer


class Sum(JsonWebsocketConsumer):
    def receive(self, content: Any = None, **kwargs: Any) -> None:
        self.send(sum(content))
        self.group_send("sums", content, close=True)


def test_json_comes_in_and_goes_out(layer: RealLayer) -> None:
    layer.group_add("sums", "other")
    assert tell(layer, Sum, text("[1, 2]")) == [{"text": "3"}]
    assert layer.waiting("other") == [{"text": "[1, 2]", "close": True}]


def test_bytes_are_no_json(layer: RealLayer) -> None:
    with pytest.raises(ValueError, match="Sum takes frames of text"):
        tell(layer, Sum, ("receive", {"bytes": b"1"}))


# -- WebsocketDemultiplexer


class Echo(JsonWebsocketConsumer):
    def connect(self, message: Message, **kwargs: Any) -> None:
        kwargs["multiplexer"].send("welcome")

    def receive(self, content: Any = None, **kwargs: Any) -> None:
        kwargs["multiplexer"].send({"echo": content})

    def disconnect(self, message: Message, **kwargs: Any) -> None:
        WebsocketMultiplexer.group_send("left", kwargs["multiplexer"].stream, {})


class Streams(WebsocketDemultiplexer):
    consumers = {"one": Echo, "two": Echo}  # noqa: RUF012


def frame(stream: str, payload: Any) -> tuple[str, dict[str, Any]]:
    return text(json.dumps({"stream": stream, "payload": payload}))


def said(messages: list[dict[str, Any]]) -> list[Any]:
    return [json.loads(message["text"]) for message in messages]


def test_each_stream_has_its_consumer_which_answers_on_it(layer: RealLayer) -> None:
    layer.group_add("left", "other")
    assert said(tell(layer, Streams, CONNECT, frame("two", {"n": 1}), DISCONNECT)) == [
        {"stream": "one", "payload": "welcome"},
        {"stream": "two", "payload": "welcome"},
        {"stream": "two", "payload": {"echo": {"n": 1}}},
    ]
    assert said(layer.waiting("other")) == [
        {"stream": "one", "payload": {}},
        {"stream": "two", "payload": {}},
    ]


def test_a_streams_consumer_does_not_send_for_itself_but_elsewhere_it_does(layer: RealLayer) -> None:
    class Careless(JsonWebsocketConsumer):
        def receive(self, content: Any = None, **kwargs: Any) -> None:
            self.send(content)

    class Both(WebsocketDemultiplexer):
        consumers = {"one": Careless}  # noqa: RUF012

    with pytest.raises(SendNotAvailableOnDemultiplexer, match="Careless is one stream of several"):
        tell(layer, Both, frame("one", {}))
    assert tell(layer, Careless, text("1")) == [{"text": "1"}]


def test_with_consumers_the_demultiplexer_itself_does_not_send(layer: RealLayer) -> None:
    with pytest.raises(SendNotAvailableOnDemultiplexer, match=r"WebsocketMultiplexer\.group_send"):
        Streams.group_send("chat", "one", {})


class Mapped(WebsocketDemultiplexer):
    mapping = {"intval": "binding.intval"}  # noqa: RUF012

    def connect(self, message: Message, **kwargs: Any) -> None:
        self.send("intval", {"hello": 1})


def test_as_of_0_17_a_payload_becomes_a_message_of_the_streams_channel(layer: RealLayer) -> None:
    assert said(tell(layer, Mapped, CONNECT, frame("intval", {"pk": 1, "action": "update"}))) == [
        {"stream": "intval", "payload": {"hello": 1}}
    ]
    assert layer.waiting("binding.intval") == [{"pk": 1, "action": "update", "reply_channel": SOCKET}]
    layer.group_add("values", SOCKET)
    Mapped.group_send("values", "intval", 7, close=True)
    assert layer.waiting(SOCKET) == [{**Mapped.encode("intval", 7), "close": True}]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (text("[1]"), r"a frame of several streams is .* not \[1\]"),
        (text('{"stream": "one"}'), "a frame of several streams"),
        (frame("one", [1]), "a frame of several streams"),
        (frame("three", {}), "Streams has no stream 'three'; its streams: one, two"),
    ],
)
def test_a_frame_of_another_shape_or_stream_is_refused(
    layer: RealLayer, sent: tuple[str, dict[str, Any]], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        tell(layer, Streams, sent)


# -- closing by exception


@pytest.mark.parametrize(("code", "close"), [(None, True), (1000, 1000), (4999, 4999)])
def test_a_socket_may_be_closed_by_an_exception(layer: RealLayer, code: int | None, close: Any) -> None:
    WebsocketCloseException(code).run(Message({"reply_channel": SOCKET}, "websocket.receive"))
    assert layer.waiting(SOCKET) == [{"close": close}]


@pytest.mark.parametrize("code", [0, 999, 1001, 2999, 5000])
def test_but_not_with_any_code(code: int) -> None:
    with pytest.raises(ValueError, match=f"code={code}: a WebSocket is closed with 1000"):
        WebsocketCloseException(code)


@pytest.mark.parametrize(
    "message", [Message({}, "websocket.receive"), Message({"reply_channel": "a"}, "http.request")]
)
def test_and_only_a_websocket(message: Message) -> None:
    with pytest.raises(ValueError, match="comes from no WebSocket"):
        WebsocketCloseException().run(message)


def test_a_function_is_routed_beside_a_class(layer: RealLayer) -> None:
    seen = []
    router = Router([route("slack", lambda message: seen.append(message["n"])), route_class(Chat)])
    layer.send("slack", {"n": 1})
    work(layer, router)
    assert seen == [1]

"""The interface server: Daphne 0.13.0, June 2016 (semantics, 2).
Nothing takes time here but what a test asks for."""

from collections.abc import Iterable
from typing import Any

import pytest

from chansim import simulate
from chansim.channels import Group, Message, route
from chansim.duration import Empirical
from chansim.model.chatters import Chatters
from chansim.model.network import Link, Network
from model.tiny import NOWHERE, answers, books, channels_world, chat_world, pick, seen, site

VIEWS = tuple(0.1 + n * 0.000_713 for n in range(100))

# -- HTTP


def test_what_a_consumer_does_to_its_request_is_seen_in_no_other() -> None:
    """The interface server hands a request on without a copy: each must be new, lists and all."""
    requests = []

    def scribbles(message: Message) -> None:
        requests.append(dict(message.content))
        message["headers"].append("scribbled")
        message["client"][0] = "nobody"

    simulate(channels_world(0.1, 0.2, application=site(routing=(route("http.request", scribbles),))))
    assert [request["client"][0] for request in requests] == ["nobody", "nobody"]
    assert [request["headers"] for request in requests] == [["scribbled"], ["scribbled"]]


def test_an_answer_is_found_at_the_next_look_ten_milliseconds_apart() -> None:
    """The looks stand at 0.15, 0.16, ... while the client waits. Its view is done at 1.103 s."""
    assert answers(channels_world(0.103, application=site(io=1.0))) == [(1.11, 1, "200")]


def test_the_first_look_for_a_new_client_is_the_one_that_the_idle_server_had_set() -> None:
    """Idle, it looks each 50 ms. The view is done at 0.123 s, and still nobody looks before 0.15."""
    assert answers(channels_world(0.103, application=site(io=0.02))) == [(0.15, 1, "200")]


@pytest.mark.parametrize(
    ("poll", "idle_poll", "answered"), [(0.1, 0.05, 1.15), (0.01, 0.4, 1.11), (0.0, 0.05, 1.103)]
)
def test_how_often_it_looks_can_be_set(poll: float, idle_poll: float, answered: float) -> None:
    server = {"poll": poll, "idle_poll": idle_poll}
    assert answers(channels_world(0.103, application=site(io=1.0), server=server)) == [(answered, 1, "200")]


def test_a_look_that_the_idle_server_had_set_stands_also_for_one_that_never_pauses_then() -> None:
    """The view is done at 0.123 s; until 0.15, nobody looks."""
    server = {"poll": 0.0, "idle_poll": 0.05}
    assert answers(channels_world(0.103, application=site(io=0.02), server=server)) == [(0.15, 1, "200")]


def test_a_reply_never_waits_longer_than_one_look() -> None:
    """Views of 0.1 s and more: each answer is found within 10 ms of the view's end, 5 on average."""
    world = channels_world(
        *(n * 0.3333 for n in range(1, 200)), application=site(io=Empirical(VIEWS)), seconds=80.0
    )
    run = simulate(world)
    ended = {row.request: row.t for row in run.trace.rows(event="ended", channel="http.request")}
    waits = [t - ended[request] for t, request, _ in answers(run)]
    assert len(waits) == 199
    assert max(waits) < 0.010_001
    assert sum(waits) / len(waits) == pytest.approx(0.005, abs=4 * 0.0029 / 199**0.5)


def test_after_a_reply_it_looks_again_at_once() -> None:
    """Two views end at 1.103 and 1.104 s: the look at 1.11 finds one,
    and the one after it, at once, the other."""
    world = channels_world(0.103, 0.104, workers=2, application=site(io=1.0))
    assert answers(world) == [(1.11, 1, "200"), (1.11, 2, "200")]


def test_one_event_loop_does_one_thing_at_a_time() -> None:
    """Three requests at one moment, 10 ms of the loop each."""
    world = channels_world(0.1, 0.1, 0.1, server={"cpu": 0.01}, workers=0)
    assert seen(world, "t", event="sent", channel="http.request") == [(0.11,), (0.12,), (0.13,)]


def test_requests_and_replies_take_turns() -> None:
    """A loop with 0.1 s a message: while requests go on coming, replies are handled in between."""
    world = channels_world(*(n / 20 for n in range(40)), server={"cpu": 0.1}, seconds=2.0)
    order = [
        row.channel.partition("!")[0] for row in simulate(world).trace.rows(event="begun", component="server")
    ]
    assert order[1:13] == ["", "http.response"] * 6  # the first has nobody to take turns with


def test_a_request_that_finds_http_request_full_is_a_503_at_once() -> None:
    run = simulate(channels_world(0.1, 0.2, 0.3, workers=0, capacity=2))
    assert answers(run) == [(0.3, 3, "503")]
    assert [
        pick(row, "t", "component", "channel", "request", "detail") for row in run.trace.rows(event="lost")
    ] == [(0.3, "server", "http.request", 3, "full")]


def test_who_has_waited_too_long_is_told_503_at_the_next_look_two_seconds_apart() -> None:
    """Longer than 3 s: from 0.5 it is 3.5 s at the look of 4 s. From 1.0
    it is just 3.0 then, and 5.0 at the next."""
    world = channels_world(0.5, 1.0, 1.5, workers=0, server={"http_timeout": 3.0})
    assert answers(world) == [(4.0, 1, "503"), (6.0, 2, "503"), (6.0, 3, "503")]


def test_the_answer_for_a_client_that_was_told_503_is_read_by_nobody() -> None:
    """It is sent at 5.1 s, and lies there until it expires at 65.1 s."""
    world = channels_world(0.1, application=site(io=5.0), server={"http_timeout": 1.0})
    run = simulate(world, seconds=60.0)
    assert answers(run) == [(2.0, 1, "503")]
    assert books(run.trace).waiting == 1
    assert books(simulate(world, seconds=70.0).trace).lost == {"expired": 1}


def not_found(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("404 Not Found", [])
    return [b"no"]


def not_found_at_length(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("404 Not Found", [])
    return [bytes(512 * 1024 + 1)]


def fails(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    raise ZeroDivisionError("in the view")


def test_the_answer_is_the_views_own() -> None:
    assert answers(channels_world(0.103, application=site(wsgi=not_found))) == [(0.15, 1, "404")]


def test_the_answer_is_the_views_own_also_when_it_comes_in_parts() -> None:
    world = channels_world(0.103, application=site(wsgi=not_found_at_length))
    assert seen(world, "detail", event="received", component="clients") == [("part",), ("404",)]


def test_a_view_that_raises_is_a_500() -> None:
    assert answers(channels_world(0.103, application=site(wsgi=fails))) == [(0.15, 1, "500")]


def test_a_client_has_a_reply_channel_of_its_own() -> None:
    world = channels_world(*(float(n) for n in range(9)))
    names = {channel for (channel,) in seen(world, "channel", event="sent") if "!" in channel}
    assert len(names) == 9
    assert all(len(name) == len("http.response!") + 8 for name in names)


# -- WebSockets


def told(log: list[tuple[str, Message]]) -> Any:
    """Consumers that write down what they are given."""

    def consumer(message: Message) -> None:
        log.append((message.channel.name, message))
        if message.channel.name == "websocket.connect":
            Group("chat").add(message.reply_channel)  # type: ignore[arg-type]

    return (route(["websocket.connect", "websocket.receive", "websocket.disconnect"], consumer),)


def test_the_messages_of_a_socket_have_the_keys_of_june_2016() -> None:
    log: list[tuple[str, Message]] = []
    simulate(chat_world((0.1, 1, "connect"), (0.2, 1, "hello"), (0.3, 1, "close"), routing=told(log)))
    assert [name for name, _ in log] == ["websocket.connect", "websocket.receive", "websocket.disconnect"]
    connect, receive, disconnect = (message for _, message in log)
    assert {*connect.keys()} == {
        "reply_channel",
        "path",
        "headers",
        "query_string",
        "client",
        "server",
        "order",
    }
    assert {*receive.keys()} == {"reply_channel", "path", "order", "text"}
    assert {*disconnect.keys()} == {"reply_channel", "path", "order"}
    assert [message["order"] for _, message in log] == [0, 1, 2]
    assert len({message["reply_channel"] for _, message in log}) == 1
    assert connect["reply_channel"].startswith("websocket.send!")
    assert receive["text"] == "hello"


def test_a_socket_is_open_before_any_consumer_has_seen_it() -> None:
    """In June 2016 nobody waited for the application: its worker is busy
    until 5 s here, and the socket is connected."""
    world = chat_world((0.1, 1, "connect"), costs={"io": 5.0})
    assert seen(world, "t", "component", event="connected") == [(0.1, "server")]
    assert seen(world, "t", "component", event="joined") == [(5.1, "worker-1")]


def test_a_frame_is_a_broadcast_to_all_who_joined() -> None:
    world = chat_world((0.1, 1, "connect"), (0.2, 2, "connect"), (0.303, 1, "hello"))
    received = seen(world, "t", "channel", "request", event="received", component="browsers")
    assert received == [(0.31, "socket 1", 3), (0.31, "socket 2", 3)]


def test_who_closed_is_disconnected_and_leaves_the_group() -> None:
    world = chat_world((0.1, 1, "connect"), (0.2, 2, "connect"), (0.3, 1, "close"), (0.403, 2, "alone"))
    assert seen(world, "t", "detail", event="disconnected") == [(0.3, "socket 1")]
    assert seen(world, "t", "component", "detail", event="left") == [(0.3, "worker-1", "chat")]
    assert seen(world, "t", "channel", event="received", component="browsers") == [(0.41, "socket 2")]


def test_a_connect_that_finds_its_channel_full_is_lost_and_the_socket_stays() -> None:
    """Daphne 0.13.0 said nothing (daphne#18): the browser is connected, and will never hear a word."""
    lines = ((0.1, 1, "connect"), (0.2, 2, "connect"), (6.0, 1, "hello"))
    run = simulate(chat_world(*lines, capacity=1, workers=0))
    assert books(run.trace).lost == {"full": 1}
    assert len(list(run.trace.rows(event="connected"))) == 2
    assert list(run.trace.rows(event="disconnected")) == []


def test_a_frame_that_finds_its_channel_full_is_lost_and_so_is_a_goodbye() -> None:
    lines = ((0.1, 1, "connect"), (0.2, 1, "one"), (0.3, 1, "two"), (0.4, 1, "three"))
    run = simulate(chat_world(*lines, capacity=1, workers=0))
    lost = [(row.channel, row.detail) for row in run.trace.rows(event="lost")]
    assert lost == [("websocket.receive", "full")] * 2


def closes(message: Message) -> None:
    """Say goodbye and close."""
    message.reply_channel.send({"text": "goodbye", "close": True})  # type: ignore[union-attr]


def test_a_consumer_can_close_a_socket() -> None:
    routing = (route("websocket.receive", closes),)
    lines = ((0.1, 1, "connect"), (0.203, 1, "hello"), (0.3, 1, "more"))
    world = chat_world(*lines, routing=routing)
    assert seen(world, "t", "detail", event="received", component="browsers") == [
        (0.21, "frame"),
        (0.21, "close"),
    ]
    assert seen(world, "t", event="disconnected") == [(0.21,)]
    assert seen(world, "t", event="sent", channel="websocket.receive") == [(0.203,)]
    assert seen(world, "t", event="sent", channel="websocket.disconnect") == [(0.21,)]


def test_an_empty_text_sends_nothing() -> None:
    def silent(message: Message) -> None:
        message.reply_channel.send({"text": ""})  # type: ignore[union-attr]

    world = chat_world((0.1, 1, "connect"), (0.2, 1, "hello"), routing=(route("websocket.receive", silent),))
    assert seen(world, event="received", component="browsers") == []


def test_bytes_go_out_as_a_frame_too() -> None:
    def raw(message: Message) -> None:
        message.reply_channel.send({"bytes": b"\x00"})  # type: ignore[union-attr]

    world = chat_world((0.1, 1, "connect"), (0.203, 1, "hello"), routing=(route("websocket.receive", raw),))
    assert seen(world, "t", "detail", event="received", component="browsers") == [(0.21, "frame")]


def test_frames_are_numbered_one_by_one_also_when_they_come_fast() -> None:
    """100 frames a second on a way of 0.1 s: when the first is handled, ten more have left the browser."""
    log: list[tuple[str, Message]] = []
    chatters = Chatters(name="chatters", server="server", members=1, rate=100.0, connect_over=0.0, stay=1.0)
    world = channels_world(
        application=site(routing=told(log)),
        more=(chatters,),
        network=Network(Link(0.0), Link(0.0), Link(0.1)),
    )
    simulate(world)
    orders = [message["order"] for _, message in log]
    assert orders == list(range(len(orders)))


def test_every_message_of_a_socket_has_its_path() -> None:
    log: list[tuple[str, Message]] = []
    chatters = Chatters(name="chatters", server="server", members=1, rate=2.0, stay=3.0, path="/room/7/")
    simulate(channels_world(application=site(routing=told(log)), more=(chatters,), network=NOWHERE))
    assert {name for name, _ in log} == {"websocket.connect", "websocket.receive", "websocket.disconnect"}
    assert {message["path"] for _, message in log} == {"/room/7/"}


def test_a_slow_server_whose_frames_expire_before_it_reads_them_goes_on() -> None:
    """Daphne takes 1 s a message and the layer keeps one for 0.5 s: frames are lost, and that is all."""
    lines = [(n / 10, n, "connect") for n in range(5)] + [(6.0 + n / 10, 1, f"line {n}") for n in range(20)]
    run = simulate(chat_world(*lines, server={"cpu": 1.0}, expiry=0.5), seconds=60.0)
    assert books(run.trace).lost.keys() == {"expired"}


def test_a_server_that_is_slow_to_send_finds_an_expired_frame_while_the_next_is_on_its_way() -> None:
    """The layer works 0.3 s an operation and keeps a message for 0.5 s: the core must bear it."""
    lines = [(0.1, 1, "connect"), (2.0, 1, "one"), (2.1, 1, "two"), (2.2, 1, "three"), (2.3, 1, "four")]
    run = simulate(chat_world(*lines, operation=0.3, per_member=0.3, expiry=0.5, workers=2), seconds=60.0)
    assert books(run.trace).sent > 5

"""HTTP at the real interface server: what its messages say, what becomes of replies, and what it refuses."""

import asyncio
from typing import Any

import pytest

from chansim.channels.message import Message
from chansim.channels.wsgi import CHUNK, body_of
from chansim.live.asgi import ASGIInterfaceServer
from chansim.live.door import Door, Limits
from chansim.live.memory import InMemoryLayer
from chansim.trace import ThreadedRecorder
from live.asgi_host import HEADERS, Connection, get, in_a_loop
from model.tiny import books

ERAS = ("june2016", "channels10", "channels11")
each_era = pytest.mark.parametrize("era", ERAS)


def server(layer: InMemoryLayer, **options: Any) -> ASGIInterfaceServer:
    return ASGIInterfaceServer(layer, **{"check_every": 0.01, **options})


def limited(**limits: Any) -> Door:
    return Door(limits=Limits(**limits))


async def asked(layer: InMemoryLayer) -> dict[str, Any]:
    """The next http.request, once there is one."""
    async with asyncio.timeout(20.0):
        while True:
            _, content = layer.receive_many(["http.request"])
            if content is not None:
                return content
            await asyncio.sleep(0.002)


def status(connection: Connection) -> int:
    return int(connection.heard[0]["status"])


def body(connection: Connection) -> bytes:
    return b"".join(event["body"] for event in connection.heard[1:])


@each_era
@in_a_loop
async def test_a_request_is_the_message_that_daphne_wrote(era: str) -> None:
    layer = InMemoryLayer(era=era)
    headers = [*HEADERS, (b"X-Title", b"a"), (b"x_title", b"two headers for a view")]
    client = get(server(layer), "/é/", b"data", query_string=b"a=1", headers=headers, method="post")
    content = await asked(layer)
    reply = content.pop("reply_channel")
    assert reply.startswith("daphne.response." if era == "channels11" else "http.response!")
    assert content == {
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/é/",
        "query_string": b"a=1",
        "root_path": "",
        "headers": [[b"host", b"127.0.0.1:8000"], [b"accept", b"*/*"], [b"x-title", b"a"]],
        "body": b"data",
        "client": ["127.0.0.1", 50000],
        "server": ["127.0.0.1", 8000],
    }
    layer.send(reply, {"status": 201, "headers": [[b"x", b"y"]], "content": b"made"})
    await client.ends()
    start, end = client.heard
    assert start == {"type": "http.response.start", "status": 201, "headers": [(b"x", b"y")]}
    assert end == {"type": "http.response.body", "body": b"made", "more_body": False}


@each_era
@in_a_loop
async def test_a_response_in_parts_comes_in_parts(era: str) -> None:
    layer = InMemoryLayer(era=era)
    client = get(server(layer))
    reply = (await asked(layer))["reply_channel"]
    layer.send(reply, {"status": 200, "content": b"a", "more_content": True})
    await client.told(2)
    assert not client.task.done()
    layer.send(reply, {"content": b"b", "more_content": True})
    layer.send(reply, {"content": b"", "more_content": False})
    await client.ends()
    assert [event.get("more_body") for event in client.heard] == [None, True, True, False]
    assert body(client) == b"ab"


@each_era
@in_a_loop
async def test_a_full_channel_is_503_at_once(era: str) -> None:
    layer = InMemoryLayer(era=era, capacity=1)
    application = server(layer)
    get(application)
    refused = get(application)
    await refused.ends()
    assert (status(refused), body(refused)) == (503, b"Request queue full.")
    assert application.open == 1


@in_a_loop
async def test_no_answer_in_time_is_503_and_the_late_answer_is_read_no_more() -> None:
    layer = InMemoryLayer()
    client = get(server(layer, http_timeout=0.05))
    reply = (await asked(layer))["reply_channel"]
    await client.ends()
    assert (status(client), body(client)) == (503, b"Worker server failed to respond within time limit.")
    layer.send(reply, {"status": 200})
    await asyncio.sleep(0.02)
    assert layer.channel_statistics(reply)["messages_pending"] == 1


@in_a_loop
async def test_a_response_that_stops_halfway_is_broken_off() -> None:
    layer = InMemoryLayer()
    client = get(server(layer, http_timeout=0.05))
    layer.send((await asked(layer))["reply_channel"], {"status": 200, "content": b"a", "more_content": True})
    await client.ends()
    assert [event.get("more_body") for event in client.heard] == [
        None,
        True,
    ]  # the host sees that no end came


@each_era
@in_a_loop
async def test_a_client_that_leaves_is_noticed(era: str) -> None:
    recorder = ThreadedRecorder()
    layer = InMemoryLayer(era=era, recorder=recorder, clock=lambda: 0.0)
    application = server(layer, recorder=recorder)
    client = get(application)
    reply = (await asked(layer))["reply_channel"]
    client.does("http.disconnect")
    await client.ends()
    assert application.open == 0
    layer.send(reply, {"status": 200})
    await asyncio.sleep(0.02)
    lost = [row.detail for row in recorder.finish(1.0).rows(event="lost")]
    # where replies share a channel it is read and thrown away, else nobody reads it
    assert lost == (["gone client"] if era == "channels11" else [])


@each_era
@pytest.mark.parametrize(
    "reply",
    [
        {"content": b"no status"},
        {"status": "200"},
        {"status": 200, "content": "text"},
        {"status": 200, "headers": [[b"x", b"a\r\nset-cookie: b"]]},
        {"status": 200, "headers": [b"no pair"]},
        {"request": {"path": "/pushed"}},
    ],
    ids=str,
)
@in_a_loop
async def test_a_bad_reply_reaches_nobody_and_in_2016_ended_the_reader(era: str, reply: Any) -> None:
    layer = InMemoryLayer(era=era)
    told: list[str] = []
    application = server(layer, report=told.append)
    client = get(application)
    channel = (await asked(layer))["reply_channel"]
    layer.send(channel, reply)
    await client.until(lambda: told)
    layer.send(channel, {"status": 200})
    if era == "june2016":
        await asyncio.sleep(0.03)
        assert application.deaf
        assert client.heard == []
    else:
        await client.ends()
        assert status(client) == 200


@in_a_loop
async def test_a_second_status_is_a_bad_reply() -> None:
    layer = InMemoryLayer(era="channels11")
    told: list[str] = []
    client = get(server(layer, report=told.append))
    channel = (await asked(layer))["reply_channel"]
    layer.send(channel, {"status": 200, "more_content": True})
    layer.send(channel, {"status": 500})
    layer.send(channel, {"content": b"end"})
    await client.ends()
    assert body(client) == b"end"
    assert "second status" in told[0]


@in_a_loop
async def test_a_large_body_comes_in_parts_that_are_there_before_the_request() -> None:
    layer = InMemoryLayer(era="june2016")
    large = bytes(range(256)) * (3 * CHUNK // 256) + b"end"
    client = get(server(layer), body=large, method="POST")
    content = await asked(layer)
    assert len(content["body"]) == CHUNK
    assert body_of(Message(content, "http.request", layer)) == large
    layer.send(content["reply_channel"], {"status": 200})
    await client.ends()


@in_a_loop
async def test_a_body_that_its_channel_cannot_hold_is_413() -> None:
    client = get(server(InMemoryLayer(capacity=1)), body=bytes(3 * CHUNK + 1), method="POST")
    await client.ends()
    assert status(client) == 413


@pytest.mark.parametrize("told", [True, False])
@in_a_loop
async def test_http_disconnect_is_sent_where_it_is_asked_for(told: bool) -> None:
    layer = InMemoryLayer(era="channels11")
    client = get(server(layer, http_disconnect=told), "/a")
    reply = (await asked(layer))["reply_channel"]
    layer.send(reply, {"status": 200})
    await client.ends()
    expected = ("http.disconnect", {"reply_channel": reply, "path": "/a"}) if told else (None, None)
    assert layer.receive_many(["http.disconnect"]) == expected


# -- limits


@in_a_loop
async def test_headers_are_limited() -> None:
    client = get(
        server(InMemoryLayer(), door=limited(headers=100)), headers=[*HEADERS, (b"cookie", b"x" * 100)]
    )
    await client.ends()
    assert status(client) == 431


@in_a_loop
async def test_a_body_is_limited_by_what_it_says_and_by_what_it_is() -> None:
    application = server(InMemoryLayer(), door=limited(body=10))
    says = Connection(application, headers=[*HEADERS, (b"content-length", b"11")])
    await says.ends()
    goes_on = Connection(application)
    for _ in range(3):
        goes_on.does("http.request", body=b"12345", more_body=True)
    await goes_on.ends()
    assert (status(says), status(goes_on)) == (413, 413)
    fits = get(application, body=b"1234567890")
    await asyncio.sleep(0.02)
    assert not fits.task.done()


@in_a_loop
async def test_a_body_that_trickles_is_408_and_never_took_a_worker() -> None:
    layer = InMemoryLayer()
    client = Connection(server(layer, door=limited(body_time=0.05)))
    client.does("http.request", body=b"a", more_body=True)
    await client.ends()
    assert status(client) == 408
    assert layer.receive_many(["http.request"]) == (None, None)


@in_a_loop
async def test_a_client_that_leaves_in_its_body_is_forgotten() -> None:
    application = server(InMemoryLayer())
    client = Connection(application)
    client.does("http.request", body=b"a", more_body=True)
    client.does("http.disconnect")
    await client.ends()
    assert (client.heard, application.open) == ([], 0)


@in_a_loop
async def test_connections_are_limited() -> None:
    layer = InMemoryLayer()
    application = server(layer, door=limited(connections=2))
    first, _ = get(application), get(application)
    await first.until(lambda: application.open == 2)
    refused = get(application)
    await refused.ends()
    assert status(refused) == 503
    layer.send((await asked(layer))["reply_channel"], {"status": 200})
    await first.ends()
    again = get(application)
    await again.until(lambda: application.open == 2)


@in_a_loop
async def test_what_a_client_does_not_read_is_limited() -> None:
    layer = InMemoryLayer(capacity=100)
    application = server(layer, door=limited(unread=1000))
    client = get(application)
    reply = (await asked(layer))["reply_channel"]
    client.slow.clear()
    for _ in range(10):
        layer.send(reply, {"content": bytes(300), "more_content": True} | ({"status": 200} if _ == 0 else {}))
    await asyncio.sleep(0.05)
    client.slow.set()
    await client.ends()
    assert len(body(client)) <= 1300
    assert client.heard[-1]["more_body"]  # broken off
    assert application.open == 0


@pytest.mark.parametrize(
    ("host", "is_let_in"),
    [
        (b"127.0.0.1:8000", True),
        (b"localhost", True),
        (b"LOCALHOST:1", True),
        (b"[::1]:8000", True),
        (b"evil.example", False),
        (b"evil.example:8000", False),
        (b"127.0.0.1.evil.example", False),
        (b"localhost@evil.example", False),
        (b"evil.example/localhost", False),
        (b"localhost:port", False),
        (b"", False),
        (None, False),
    ],
)
@in_a_loop
async def test_a_name_that_is_not_ours_is_refused(host: bytes | None, is_let_in: bool) -> None:
    """A page's own name may have been made to point here: DNS rebinding."""
    headers = [] if host is None else [(b"host", host)]
    client = get(server(InMemoryLayer()), headers=headers)
    await asyncio.sleep(0.02)
    assert client.task.done() is not is_let_in
    if not is_let_in:
        assert status(client) == 400


@in_a_loop
async def test_two_names_at_once_are_none() -> None:
    client = get(server(InMemoryLayer()), headers=[(b"host", b"localhost"), (b"host", b"evil.example")])
    await client.ends()
    assert status(client) == 400


@in_a_loop
async def test_a_client_that_asks_for_a_tunnel_gets_none_and_the_reader_goes_on() -> None:
    """No host tells a response to CONNECT. As a bad reply that would have ended the reader, for everybody."""
    layer = InMemoryLayer(era="june2016")
    client = get(server(layer), method="CONNECT")
    await client.ends()
    assert status(client) == 405
    assert layer.receive_many(["http.request"]) == (None, None)


@pytest.mark.parametrize("wrong", [0, -1, True, "many", None])
def test_a_limit_is_a_number_above_0(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"limits: body=.* must be a number above 0"):
        Limits(body=wrong)


def test_one_name_in_place_of_several_is_told() -> None:
    with pytest.raises(ValueError, match="must be several names"):
        Door(hosts="localhost")


# -- the trace


@each_era
@in_a_loop
async def test_the_trace_tells_the_whole_way(era: str) -> None:
    recorder = ThreadedRecorder()
    clock = iter(range(1000))
    layer = InMemoryLayer(era=era, recorder=recorder, clock=lambda: float(next(clock)))
    application = server(layer, recorder=recorder, clock=lambda: float(next(clock)))
    client = get(application)
    envelope = None
    while envelope is None:
        await asyncio.sleep(0.002)
        envelope = layer.take(["http.request"], by="worker")
    layer.send(envelope.content["reply_channel"], {"status": 200}, by="worker", request=envelope.request)
    await client.ends()
    trace = recorder.finish(float(next(clock)))
    told = [
        (row.event, row.component, row.channel.split("!")[0].split(".res")[0], row.detail)
        for row in trace.rows()
    ]
    reply = "daphne" if era == "channels11" else "http"
    assert told == [
        ("sent", "browsers", "", "request"),
        ("received", "daphne", "", "request"),
        ("begun", "daphne", "", ""),
        ("sent", "daphne", "http.request", ""),
        ("ended", "daphne", "", ""),
        ("received", "worker", "http.request", ""),
        ("sent", "worker", reply, ""),
        ("received", "daphne", reply, ""),
        ("begun", "daphne", reply, ""),
        ("sent", "daphne", "", "200"),
        ("received", "browsers", "", "200"),
        ("ended", "daphne", reply, ""),
    ]
    assert {row.request for row in trace.rows()} == {1}
    kept = books(trace)
    assert kept.sent == kept.received


@in_a_loop
async def test_a_layer_that_cannot_be_reached_is_503() -> None:
    class Away(InMemoryLayer):
        def send(self, channel: str, content: Any, *, by: str = "", request: int = 0) -> None:
            raise ConnectionError("nobody there")

    told: list[str] = []
    client = get(server(Away(), report=told.append))
    await client.ends()
    assert status(client) == 503
    assert "nobody there" in told[0]


class InAnotherProcess:
    """A layer as one in another process looks to the server: calls, and no way to be woken."""

    def __init__(self) -> None:
        self.layer = InMemoryLayer()
        self.era, self.group_expiry = self.layer.era, self.layer.group_expiry
        self.send, self.new_channel, self.take_for = (
            self.layer.send,
            self.layer.new_channel,
            self.layer.take_for,
        )
        self.listen, self.stop_listening = self.layer.listen, self.layer.stop_listening


@in_a_loop
async def test_any_layer_will_do() -> None:
    layer = InAnotherProcess()
    application = server(layer, http_timeout=10.0)
    clients = [get(application, f"/{number}") for number in range(5)]
    for _ in clients:
        content = await asked(layer.layer)
        layer.send(content["reply_channel"], {"status": 200, "content": content["path"].encode()})
    for number, client in enumerate(clients):
        await client.ends()
        assert body(client) == f"/{number}".encode()
    application.stop()

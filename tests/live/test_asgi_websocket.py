"""WebSockets at the real interface server: what its messages say, and how a socket begins, lives and ends, by era."""

import asyncio
import gc
import threading
from typing import Any

import pytest

import chansim.live.held_socket as held_socket
from chansim.live.asgi import ASGIInterfaceServer
from chansim.live.door import Door, Limits
from chansim.live.memory import InMemoryLayer
from chansim.trace import ThreadedRecorder
from live.asgi_host import HEADERS, Connection, in_a_loop, socket
from model.tiny import books

ERAS = ("june2016", "channels10", "channels11")
LATER = ERAS[1:]
each_era = pytest.mark.parametrize("era", ERAS)
each_later_era = pytest.mark.parametrize("era", LATER)


def server(layer: Any, **options: Any) -> ASGIInterfaceServer:
    return ASGIInterfaceServer(layer, **{"check_every": 0.01, **options})


def limited(**limits: Any) -> Door:
    return Door(limits=Limits(**limits))


async def next_of(layer: InMemoryLayer, channel: str) -> dict[str, Any]:
    """The next message of *channel*, once there is one."""
    async with asyncio.timeout(20.0):
        while True:
            _, content = layer.receive_many([channel])
            if content is not None:
                return content
            await asyncio.sleep(0.002)


async def opened(layer: InMemoryLayer, application: ASGIInterfaceServer) -> tuple[Connection, str]:
    """A socket that the application has let in, and its reply channel."""
    browser = socket(application)
    reply = (await next_of(layer, "websocket.connect"))["reply_channel"]
    if layer.era.handshake_waits:
        layer.send(reply, {"accept": True})
    await browser.told()
    assert browser.heard == [{"type": "websocket.accept"}]
    return browser, reply


def kinds(browser: Connection) -> list[str]:
    return [event["type"].removeprefix("websocket.") for event in browser.heard]


@each_era
@in_a_loop
async def test_what_happens_on_a_socket_is_told_in_order(era: str) -> None:
    layer = InMemoryLayer(era=era)
    browser = socket(server(layer), "/chat/é", query_string=b"a=1")
    connect = await next_of(layer, "websocket.connect")
    reply = connect["reply_channel"]
    assert connect == {
        "reply_channel": reply,
        "path": "/chat/é",
        "order": 0,
        "headers": [list(pair) for pair in HEADERS],
        "query_string": b"a=1",
        "client": ["127.0.0.1", 50000],
        "server": ["127.0.0.1", 8000],
    }
    if era != "june2016":
        layer.send(reply, {"accept": True})
    await browser.told()
    browser.does("websocket.receive", text="hi")
    browser.does("websocket.receive", bytes=b"\0\xff")
    browser.does("websocket.disconnect", code=1001)
    await browser.ends()
    about = {"reply_channel": reply, "path": "/chat/é"}
    assert layer.receive_many(["websocket.receive"])[1] == {**about, "order": 1, "text": "hi"}
    assert layer.receive_many(["websocket.receive"])[1] == {**about, "order": 2, "bytes": b"\0\xff"}
    code = {} if era == "june2016" else {"code": 1001}
    assert layer.receive_many(["websocket.disconnect"])[1] == {**about, "order": 3, **code}


@in_a_loop
async def test_in_2016_a_socket_is_open_before_the_application_knows() -> None:
    browser = socket(server(InMemoryLayer(era="june2016", capacity=1)))
    await browser.told()
    assert kinds(browser) == ["accept"]


@each_later_era
@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ({"accept": True}, ["accept"]),
        ({"text": "hi"}, ["accept", "send"]),
        ({"accept": True, "text": "hi", "close": True}, ["accept", "send", "close"]),
        ({"accept": False}, ["close"]),
        ({"accept": False, "text": "rest is ignored"}, ["close"]),
        ({"close": True}, ["close"]),
    ],
    ids=str,
)
@in_a_loop
async def test_later_the_application_says_whether_it_opens(era: str, reply: Any, told: list[str]) -> None:
    layer = InMemoryLayer(era=era)
    browser = socket(server(layer))
    layer.send((await next_of(layer, "websocket.connect"))["reply_channel"], reply)
    await browser.told(len(told))
    await asyncio.sleep(0.02)
    assert kinds(browser) == told


@each_later_era
@in_a_loop
async def test_nobody_answers_the_wish_to_connect(era: str) -> None:
    layer = InMemoryLayer(era=era)
    application = server(layer, handshake_timeout=0.05)
    browser = socket(application)
    await browser.told()
    assert kinds(browser) == ["close"]
    browser.does("websocket.disconnect", code=1006)
    await browser.ends()
    assert application.open == 0


@each_era
@in_a_loop
async def test_no_room_for_the_connection(era: str) -> None:
    """In 2016 it stays open and nobody ever knows of it; later it is 503."""
    layer = InMemoryLayer(era=era, capacity=1)
    layer.send("websocket.connect", {})
    application = server(layer)
    browser = socket(application)
    await browser.told()
    if era == "june2016":
        await asyncio.sleep(0.02)
        assert kinds(browser) == ["accept"]
        assert len(application.clients) == 1
    else:
        await browser.told(2)
        assert browser.heard[0]["status"] == 503
        assert browser.heard[1]["body"] == b"Connection queue at capacity"
        assert application.clients == {}
    assert layer.receive_many(["websocket.disconnect"]) == (None, None)


@each_later_era
@in_a_loop
async def test_a_host_that_knows_no_other_refusal_says_403(era: str) -> None:
    layer = InMemoryLayer(era=era, capacity=1)
    layer.send("websocket.connect", {})
    browser = socket(server(layer), extensions={})
    await browser.told()
    assert browser.heard == [{"type": "websocket.close"}]


@each_era
@in_a_loop
async def test_no_room_for_a_frame(era: str) -> None:
    """In 2016 it is gone, and the order has a gap; later the socket is closed with 1013, and nobody is told."""
    layer = InMemoryLayer(era=era, capacity=1)
    browser, reply = await opened(layer, server(layer))
    for text in "abc":
        browser.does("websocket.receive", text=text)
    await asyncio.sleep(0.02)
    assert layer.receive_many(["websocket.receive"])[1]["order"] == 1
    if era == "june2016":
        browser.does("websocket.receive", text="d")
        assert (await next_of(layer, "websocket.receive"))["order"] == 4
        browser.does("websocket.disconnect", code=1000)
        await browser.ends()
        assert (await next_of(layer, "websocket.disconnect"))["reply_channel"] == reply
    else:
        assert browser.heard[1] == {"type": "websocket.close", "code": 1013}
        browser.does("websocket.receive", text="d")
        browser.does("websocket.disconnect", code=1013)
        await browser.ends()
        assert layer.receive_many(["websocket.receive"]) == (None, None)
        assert layer.receive_many(["websocket.disconnect"]) == (None, None)


@each_era
@pytest.mark.parametrize(("close", "code"), [(True, 1000), (4001, 4001)])
@in_a_loop
async def test_the_application_closes(era: str, close: Any, code: int) -> None:
    layer = InMemoryLayer(era=era)
    browser, reply = await opened(layer, server(layer))
    layer.send(reply, {"text": "bye", "close": close})
    await browser.told(3)
    assert browser.heard[1] == {"type": "websocket.send", "text": "bye"}
    assert browser.heard[2] == {"type": "websocket.close", "code": 1000 if era == "june2016" else code}
    assert (await next_of(layer, "websocket.disconnect"))["reply_channel"] == reply
    browser.does("websocket.disconnect", code=code)
    await browser.ends()
    assert layer.receive_many(["websocket.disconnect"]) == (None, None)  # once is enough


@each_era
@in_a_loop
async def test_what_an_empty_reply_says_is_nothing(era: str) -> None:
    layer = InMemoryLayer(era=era)
    browser, reply = await opened(layer, server(layer))
    layer.send(reply, {"text": ""})
    layer.send(reply, {"bytes": b"\1"})
    await browser.told(2)
    assert browser.heard[1:] == [{"type": "websocket.send", "bytes": b"\1"}]


@each_era
@pytest.mark.parametrize(
    "reply", [{"accept": True, "what": 1}, {"text": b"bytes"}, {"text": "\ud800"}], ids=str
)
@in_a_loop
async def test_a_bad_reply_reaches_nobody(era: str, reply: Any) -> None:
    class Strict(Connection):
        async def _hear(self, event: Any) -> None:
            event.get("text", "").encode()  # as a real host does
            await super()._hear(event)

    told: list[str] = []
    layer = InMemoryLayer(era=era, copies=False) if "what" in reply else InMemoryLayer(era=era)
    application = server(layer, report=told.append)
    browser = Strict(application, "websocket", path="/chat/")
    browser.does("websocket.connect")
    channel = (await next_of(layer, "websocket.connect"))["reply_channel"]
    if era != "june2016":
        layer.send(channel, {"accept": True})
    await browser.told()
    layer.send(channel, reply)
    await browser.until(lambda: told)
    assert application.deaf is (era == "june2016")
    layer.send(channel, {"text": "next"})
    await asyncio.sleep(0.03)
    assert ("send" in kinds(browser)) is (era != "june2016")


# -- limits


@in_a_loop
async def test_a_frame_is_limited_by_its_bytes() -> None:
    layer = InMemoryLayer()
    browser, _ = await opened(layer, server(layer, door=limited(frame=10)))
    browser.does("websocket.receive", text="é" * 5)
    assert (await next_of(layer, "websocket.receive"))["text"] == "é" * 5
    browser.does("websocket.receive", text="é" * 6)
    await browser.told(2)
    assert browser.heard[1] == {"type": "websocket.close", "code": 1009}


@in_a_loop
async def test_a_frame_that_no_layer_carries_closes_the_socket_too() -> None:
    layer = InMemoryLayer()
    browser, _ = await opened(layer, server(layer, door=limited(frame=10_000_000)))
    browser.does("websocket.receive", text="a" * 2_000_000)
    await browser.told(2)
    assert browser.heard[1] == {"type": "websocket.close", "code": 1009}


@in_a_loop
async def test_silence_is_limited_and_speech_renews_it() -> None:
    layer = InMemoryLayer()
    browser, reply = await opened(layer, server(layer, door=limited(idle=1.0)))
    for _ in range(3):
        await asyncio.sleep(0.4)
        layer.send(reply, {"text": "still there"})
    await asyncio.sleep(0.05)
    assert kinds(browser) == ["accept", "send", "send", "send"]
    await browser.told(5)
    assert browser.heard[4] == {"type": "websocket.close", "code": 1001}
    assert (await next_of(layer, "websocket.disconnect"))["reply_channel"] == reply


@in_a_loop
async def test_no_socket_is_open_for_longer_than_it_may_be() -> None:
    layer = InMemoryLayer()
    browser, _ = await opened(layer, server(layer, websocket_timeout=0.05))
    await browser.told(2)
    assert browser.heard[1] == {"type": "websocket.close", "code": 1000}


@in_a_loop
async def test_by_default_that_is_as_long_as_it_may_be_in_a_group() -> None:
    assert server(InMemoryLayer(group_expiry=7.0)).websocket_timeout == 7.0


@in_a_loop
async def test_sockets_are_limited() -> None:
    layer = InMemoryLayer()
    application = server(layer, door=limited(connections=1))
    await opened(layer, application)
    refused = socket(application)
    await refused.told()
    assert refused.heard[0]["status"] == 503


@each_era
@pytest.mark.parametrize("reads_again", [True, False])
@in_a_loop
async def test_a_browser_that_does_not_read_is_let_go(
    era: str, reads_again: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In 2016 what waited for it was kept for ever, and the memory with it."""
    monkeypatch.setattr(held_socket, "MOMENT", 5.0 if reads_again else 0.05)
    recorder = ThreadedRecorder()
    layer = InMemoryLayer(era=era, capacity=100, recorder=recorder)
    application = server(layer, door=limited(unread=1000), recorder=recorder)
    browser, reply = await opened(layer, application)
    browser.slow.clear()
    for _ in range(20):
        layer.send(reply, {"text": "x" * 100})
        await asyncio.sleep(0.002)
    assert (await next_of(layer, "websocket.disconnect"))["reply_channel"] == reply
    if reads_again:
        browser.slow.set()
        await browser.until(lambda: "close" in kinds(browser))
        assert browser.heard[-1] == {"type": "websocket.close", "code": 1008}
        browser.does("websocket.disconnect", code=1008)
    await browser.ends()
    assert (application.open, application.clients) == (0, {})
    lost = list(recorder.finish(1e9).rows(event="lost", detail="gone client"))
    assert len(lost) >= 8


@pytest.mark.parametrize(
    ("origin", "may"),
    [
        (None, True),  # no browser
        (b"http://127.0.0.1:8000", True),
        (b"https://127.0.0.1:8000", True),  # before it stands a proxy that speaks TLS
        (b"https://friend.example", True),
        (b"http://127.0.0.1:8001", False),
        (b"http://evil.example", False),
        (b"http://127.0.0.1:8000.evil.example", False),
        (b"http://friend.example", False),
        (b"file://", False),
        (b"null", False),
        (b"", False),
    ],
)
@in_a_loop
async def test_pages_from_elsewhere_may_not_open_a_socket(origin: bytes | None, may: bool) -> None:
    layer = InMemoryLayer()
    application = server(layer, door=Door(origins=("https://friend.example",)))
    headers = HEADERS if origin is None else [*HEADERS, (b"origin", origin)]
    browser = socket(application, headers=headers)
    await browser.told()
    assert kinds(browser) == (["accept"] if may else ["close"])
    assert (layer.receive_many(["websocket.connect"])[0] is not None) is may
    assert application.open == may


@in_a_loop
async def test_a_foreign_name_opens_no_socket() -> None:
    headers = [(b"host", b"evil.example"), (b"origin", b"http://evil.example")]
    browser = socket(server(InMemoryLayer()), headers=headers)
    await browser.told()
    assert browser.heard[0]["status"] == 400


# -- many, and the trace


@in_a_loop
async def test_thousands_of_idle_sockets_cost_no_thread() -> None:
    layer = InMemoryLayer(capacity=10_000)
    application = server(layer)
    before = threading.active_count()
    browsers = [socket(application) for _ in range(3000)]
    await browsers[-1].told()
    await asyncio.sleep(0)
    assert application.open == 3000
    assert threading.active_count() == before
    for client in application.clients:
        layer.group_add("room", client)
    assert layer.send_group("room", {"text": "to all"}) == 3000
    for browser in browsers:
        await browser.told(2)
        assert browser.heard[1] == {"type": "websocket.send", "text": "to all"}
    for browser in browsers:
        browser.does("websocket.disconnect", code=1001)
    for browser in browsers:
        await browser.ends()
    assert (application.open, application.clients) == (0, {})


@each_era
@in_a_loop
async def test_the_trace_tells_of_the_socket_and_balances(era: str) -> None:
    recorder = ThreadedRecorder()
    layer = InMemoryLayer(era=era, recorder=recorder)
    application = server(layer, recorder=recorder)
    browser, reply = await opened(layer, application)
    browser.does("websocket.receive", text="hi")
    await next_of(layer, "websocket.receive")
    layer.send(reply, {"text": "you too"})
    await browser.told(2)
    browser.does("websocket.disconnect", code=1000)
    await browser.ends()
    trace = recorder.finish(1e9)
    rows = list(trace.rows())
    assert [row.event for row in rows if row.event.endswith("connected")] == ["connected", "disconnected"]
    assert {row.detail for row in rows if row.event.endswith("connected")} == {"socket 1 of browsers"}
    plain = [row.detail for row in rows if row.event == "sent" and row.channel == "socket 1 of browsers"]
    yes = [] if era == "june2016" else ["accept"]
    assert plain == ["connect", *yes, "frame", "frame", "close"]
    kept = books(trace)
    assert kept.sent == kept.received + kept.waiting
    bars = [row.event for row in rows if row.event in ("begun", "ended")]
    assert bars == ["begun", "ended"] * (len(bars) // 2)  # one thing at a time


@each_era
@in_a_loop
async def test_a_socket_that_its_host_has_closed_takes_nothing_and_nothing_of_it_stays(era: str) -> None:
    """The host tells later, by the event that ends the socket; what comes for it until then is lost by name."""
    recorder = ThreadedRecorder()
    layer = InMemoryLayer(era=era, recorder=recorder)
    application = server(layer, recorder=recorder)
    browser, reply = await opened(layer, application)
    browser.closed_by_host = True
    errors: list[Any] = []  # of tasks, which nobody takes
    asyncio.get_running_loop().set_exception_handler(lambda _, about: errors.append(about))
    for number in range(3):
        layer.send(reply, {"text": f"line {number}"})
    await browser.until(lambda: not layer.global_statistics()["messages_pending"])
    await browser.until(
        lambda: len(list(recorder.finish(1e9).rows(event="lost"))) == 2
    )  # at once, not at the end
    gc.collect()
    assert errors == []
    browser.does("websocket.disconnect", code=1011)
    await browser.ends()
    assert (application.open, application.clients) == (0, {})
    kept = books(recorder.finish(1e9))
    assert kept.sent == kept.received + kept.waiting + sum(kept.lost.values())
    assert kept.lost == {"gone client": 2}  # the first had been handed over

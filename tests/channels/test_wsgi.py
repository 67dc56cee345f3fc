"""view_as_consumer: any WSGI callable answers http.request messages,
just as PEP 3333 says. Its validator looks on."""

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.validate import validator

import pytest

from chansim.channels import Group, Message, view_as_consumer
from chansim.channels.exceptions import ResponseLater
from chansim.channels.message import using
from chansim.channels.wsgi import CHUNK, call_wsgi, environ_of
from real_layer import RealLayer

REQUEST = {
    "http_version": "1.1",
    "method": "POST",
    "scheme": "https",
    "path": "/grüße/€",
    "query_string": b"q=1&r=%20",
    "root_path": "/site",
    "headers": [
        [b"host", b"example.org"],
        [b"content-type", b"text/plain"],
        [b"content-length", b"5"],
        [b"x-twice", b"a"],
        [b"x-twice", b"b"],
    ],
    "body": b"hello",
    "client": ["192.0.2.1", 40000],
    "server": ["192.0.2.9", 8443],
    "reply_channel": "http.response!aaaaaaaa",
}

Start = Callable[..., Callable[[bytes], object]]
PLAIN = [("Content-Type", "text/plain"), ("X-Made-By", "a test")]


class Replies:
    """A layer that keeps what is sent to the reply channel."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send(self, channel: str, content: dict[str, Any]) -> None:
        assert channel == "http.response!aaaaaaaa"
        self.sent.append(content)

    group_add = group_discard = send_group = None


def replies(application: Any, request: dict[str, Any] = REQUEST) -> list[dict[str, Any]]:
    """The messages with which a worker answers the request."""
    layer = Replies()
    with using(layer):  # type: ignore[arg-type]
        view_as_consumer(application)(Message(request, "http.request"))
    return layer.sent


def echo(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
    start_response("201 Created", PLAIN)
    return [environ["REQUEST_METHOD"].encode(), b" ", environ["wsgi.input"].read(-1)]


def test_a_request_becomes_the_environ_of_pep_3333() -> None:
    environ = environ_of(REQUEST)
    assert {key: environ[key] for key in environ if not key.startswith("wsgi.")} == {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "/site",
        "PATH_INFO": "/grüße/€".encode().decode("latin-1"),
        "QUERY_STRING": "q=1&r=%20",
        "SERVER_NAME": "192.0.2.9",
        "SERVER_PORT": "8443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.1",
        "REMOTE_PORT": "40000",
        "HTTP_HOST": "example.org",
        "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": "5",
        "HTTP_X_TWICE": "a,b",
    }
    assert environ["wsgi.url_scheme"] == "https"
    assert environ["wsgi.input"].read(3) == b"hel"


def test_the_smallest_request_has_an_environ_too() -> None:
    environ = environ_of({"method": "GET", "path": "/"})
    assert environ["SERVER_NAME"]
    assert environ["SERVER_PORT"].isdigit()
    assert environ["QUERY_STRING"] == ""
    assert "REMOTE_ADDR" not in environ


def test_a_view_answers_on_the_reply_channel() -> None:
    assert replies(echo) == [
        {
            "status": 201,
            "headers": [[b"content-type", b"text/plain"], [b"x-made-by", b"a test"]],
            "content": b"POST hello",
            "more_content": False,
        }
    ]


# -- the many ways a WSGI application may answer


def as_list(environ: Any, start_response: Start) -> Iterable[bytes]:
    start_response("200 OK", PLAIN)
    return [b"a", b"b", b"c"]


def as_generator(environ: Any, start_response: Start) -> Iterator[bytes]:
    start_response("200 OK", PLAIN)
    yield b"a"
    yield b""
    yield b"bc"


def by_writing(environ: Any, start_response: Start) -> Iterable[bytes]:
    write = start_response("200 OK", PLAIN)
    write(b"a")
    write(b"b")
    return [b"c"]


def late(environ: Any, start_response: Start) -> Iterable[bytes]:
    def body() -> Iterator[bytes]:
        yield b"abc"

    start_response("500 Oh", PLAIN)
    try:
        raise KeyError("too late")
    except KeyError:
        start_response("200 OK", PLAIN, sys.exc_info())
    return body()


class AsClass:
    """A class whose instances are iterated, as PEP 3333's own example has it."""

    def __init__(self, environ: Any, start_response: Start) -> None:
        self.start = start_response

    def __iter__(self) -> Iterator[bytes]:
        self.start("200 OK", PLAIN)
        yield b"abc"


@pytest.mark.parametrize("application", [as_list, as_generator, by_writing, late, AsClass])
def test_however_an_application_answers_the_response_is_the_same(application: Any) -> None:
    for each in (application, validator(application)) if application is not AsClass else (application,):
        assert call_wsgi(each, REQUEST)["status"] == 200
        assert call_wsgi(each, REQUEST)["content"] == b"abc"


@pytest.mark.parametrize("application", [as_list, as_generator, by_writing, late, echo])
def test_the_validator_of_the_standard_library_finds_nothing_to_say(application: Any) -> None:
    get = {"method": "GET", "path": "/", "reply_channel": "http.response!aaaaaaaa"}
    for request in (REQUEST, get):
        sent, checked = replies(application, request), replies(validator(application), request)
        assert checked[0]["status"] == sent[0]["status"]
        assert b"".join(part["content"] for part in checked) == b"".join(part["content"] for part in sent)


def test_what_is_written_and_what_is_yielded_stay_in_order() -> None:
    def mixed(environ: Any, start_response: Start) -> Iterator[bytes]:
        write = start_response("200 OK", PLAIN)
        yield b"a"
        write(b"b")
        yield b"c"

    assert call_wsgi(mixed, REQUEST)["content"] == b"abc"


class Body:
    """A body that can be closed."""

    closed = 0

    def __init__(self, *parts: Any):
        self.parts = parts

    def __iter__(self) -> Iterator[bytes]:
        for part in self.parts:
            if isinstance(part, Exception):
                raise part
            yield part

    def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize("parts", [(b"abc",), (), (b"a", ZeroDivisionError())])
def test_a_body_is_closed_once_also_after_an_error(parts: tuple[Any, ...]) -> None:
    body = Body(*parts)

    def application(environ: Any, start_response: Start) -> Iterable[bytes]:
        start_response("200 OK", PLAIN)
        return body

    with contextlib.suppress(ZeroDivisionError):
        call_wsgi(application, REQUEST)
    assert body.closed == 1


# -- large answers


@pytest.mark.parametrize(
    ("size", "parts"),
    [(0, 1), (1, 1), (CHUNK - 1, 1), (CHUNK, 1), (CHUNK + 1, 2), (2 * CHUNK, 2), (2 * CHUNK + 1, 3)],
)
def test_a_body_goes_out_in_parts_of_512_kib(size: int, parts: int) -> None:
    body = bytes(index % 251 for index in range(1000)) * (size // 1000 + 1)

    def application(environ: Any, start_response: Start) -> Iterable[bytes]:
        start_response("200 OK", PLAIN)
        return [body[:size]]

    sent = replies(application)
    assert len(sent) == parts
    assert b"".join(part["content"] for part in sent) == body[:size]
    assert [part["more_content"] for part in sent] == [True] * (parts - 1) + [False]
    assert [part.get("status") for part in sent] == [200] + [None] * (parts - 1)
    assert ["headers" in part for part in sent] == [True] + [False] * (parts - 1)


# -- bodies whose length nobody knows before their end


def test_a_body_that_streams_goes_out_as_it_comes() -> None:
    def application(environ: Any, start_response: Start) -> Iterator[bytes]:
        write = start_response("200 OK", PLAIN)
        yield b"a"
        write(b"b")
        yield b""
        assert [part["content"] for part in layer.sent] == [b"a", b"b"]
        yield b"c" * (CHUNK + 1)

    layer = Replies()
    with using(layer):  # type: ignore[arg-type]
        view_as_consumer(application)(Message(REQUEST, "http.request"))
    parts = [(part.get("status"), len(part["content"]), part["more_content"]) for part in layer.sent]
    assert parts == [(200, 1, True), (None, 1, True), (None, CHUNK, True), (None, 1, True), (None, 0, False)]


def test_a_body_whose_length_is_declared_goes_out_whole() -> None:
    def application(environ: Any, start_response: Start) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Length", "2")])
        yield b"a"
        yield b"b"

    assert [part["content"] for part in replies(application)] == [b"ab"]


class Response(list[bytes]):
    """A body that says of itself whether it streams, as Django's do."""

    streaming = True


def test_a_body_may_say_of_itself_that_it_streams() -> None:
    def application(environ: Any, start_response: Start) -> Response:
        start_response("200 OK", [("Content-Length", "2")])
        return Response([b"a", b"b"])

    assert [part["content"] for part in replies(application)] == [b"a", b"b", b""]


def test_after_the_first_part_a_failing_view_sends_no_second_status() -> None:
    body = Body(b"a", ZeroDivisionError())

    def application(environ: Any, start_response: Start) -> Iterable[bytes]:
        start_response("200 OK", PLAIN)
        return body

    layer = Replies()
    with using(layer), pytest.raises(ZeroDivisionError):  # type: ignore[arg-type]
        view_as_consumer(application)(Message(REQUEST, "http.request"))
    assert [part.get("status") for part in layer.sent] == [200]
    assert body.closed == 1


def test_before_it_a_failing_view_is_answered_with_500() -> None:
    layer = Replies()
    with using(layer), pytest.raises(ZeroDivisionError):  # type: ignore[arg-type]
        view_as_consumer(raises)(Message(REQUEST, "http.request"))
    assert [(part["status"], part["content"]) for part in layer.sent] == [(500, b"Internal Server Error")]


# -- responses that come later, and bodies that come in parts


def later(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
    Group("waiting").add(environ["channels.reply_channel"])
    raise ResponseLater


def test_a_view_may_leave_its_response_to_another_consumer() -> None:
    layer = RealLayer()
    with using(layer):
        view_as_consumer(later)(Message(REQUEST, "http.request"))
    assert layer.group_channels("waiting") == ["http.response!aaaaaaaa"]
    assert layer.receive_many(["http.response!aaaaaaaa"]) == (None, None)


def test_without_a_worker_there_is_no_later() -> None:
    def later(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        raise ResponseLater

    with pytest.raises(RuntimeError, match="no consumer here to answer later"):
        call_wsgi(later, REQUEST)


@pytest.mark.parametrize(
    ("parts", "answer"),
    [
        ([], [(408, b"408 Request Timeout (upload too slow)")]),
        ([{"content": b" and", "more_content": True}], [(408, b"408 Request Timeout (upload too slow)")]),
        ([{"closed": True}], []),
        ([{"content": b" and", "more_content": True}, {"closed": True}], []),
        (
            [{"content": b" and", "more_content": True}, {"content": b" more"}],
            [(201, b"POST hello and more")],
        ),
    ],
)
def test_a_body_may_come_in_parts(parts: list[dict[str, Any]], answer: list[tuple[int, bytes]]) -> None:
    layer = RealLayer()
    for part in parts:
        layer.send("http.request.body?x", part)
    with using(layer):
        view_as_consumer(echo)(Message({**REQUEST, "body_channel": "http.request.body?x"}, "http.request"))
    sent = layer.waiting("http.response!aaaaaaaa")
    assert [(content["status"], content["content"]) for content in sent] == answer


# -- what an application must not do


def twice(environ: Any, start_response: Start) -> Iterable[bytes]:
    start_response("200 OK", PLAIN)
    start_response("404 Not Found", PLAIN)
    return []


def never(environ: Any, start_response: Start) -> Iterable[bytes]:
    return [b"abc"]


def raises(environ: Any, start_response: Start) -> Iterable[bytes]:
    raise ZeroDivisionError("in the view")


def text(environ: Any, start_response: Start) -> Iterable[Any]:
    start_response("200 OK", PLAIN)
    return ["abc"]


@pytest.mark.parametrize(
    ("application", "error", "words"),
    [
        (twice, RuntimeError, "start_response twice"),
        (never, RuntimeError, "never called start_response"),
        (raises, ZeroDivisionError, "in the view"),
        (text, TypeError, "bytes"),
    ],
)
def test_an_application_that_breaks_the_rules_raises(
    application: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        call_wsgi(application, REQUEST)


def test_a_request_without_a_reply_channel_cannot_be_answered() -> None:
    with pytest.raises(ValueError, match="needs a reply_channel"):
        view_as_consumer(echo)(Message({"method": "GET", "path": "/"}, "http.request"))


def test_the_consumer_is_called_after_the_view() -> None:
    assert view_as_consumer(echo).__name__ == "view_as_consumer(echo)"
    assert view_as_consumer(AsClass).__name__ == "view_as_consumer(AsClass)"
    assert view_as_consumer(Callback()).__name__ == "view_as_consumer(Callback)"


class Callback:
    """An application that is an object."""

    def __call__(self, environ: Any, start_response: Start) -> Iterable[bytes]:
        return echo(environ, start_response)

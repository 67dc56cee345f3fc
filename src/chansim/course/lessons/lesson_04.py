"""From view to consumer: the exercises."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from random import Random
from types import ModuleType
from typing import Any

from chansim.channels.message import Message, using
from chansim.channels.wsgi import environ_of
from chansim.channels.wsgi import view_as_consumer as right_consumer
from chansim.course.exact import Exact
from chansim.course.property import Property, generated
from chansim.course.rule import Rule
from chansim.layer.contract import Content
from chansim.scenario import Scenario

# 1. Where the time of one request went

REQUEST = 28
"""The request whose way is followed, of a minute of slide 16 at 10 requests a second with the seed 1."""

NEAR = 0.15
"""Milliseconds that a part may be off: what the layer's own operations take is left to whoever counts."""


@cache
def parts() -> dict[str, float]:
    """Milliseconds of that request: on the network, in Daphne's work, in the view, and waiting for Daphne's look."""
    from chansim.deployments import slide16
    from chansim.engine import simulate
    from chansim.measures import journeys

    trace = simulate(slide16(rate=10, workers=3), seed=1, seconds=5.0).trace
    (journey,) = (each for each in journeys(trace, "clients") if each.request == REQUEST)
    came = dict.fromkeys(("network", "Daphne", "view", "look"), 0.0)
    for name, seconds in journey.parts:
        whose, _, what = name.partition(": ")
        kind = {
            "network": "network",
            "work": "Daphne" if whose == "daphne" else "view",
            "work (2)": "Daphne",
        }.get(what)
        if kind or whose.startswith("http.response"):
            came[kind or "look"] += 1000 * seconds
    return came


PARTS = {
    "network": "from a client to Daphne and back again: two arrows.",
    "Daphne": "its work on the request, and its work on the response: two bars.",
    "view": "from when the worker began to when it sent the response.",
    "look": "from when the worker sent the response to when Daphne received it.",
}


def _misses(budget: Mapping[str, Any]) -> str:
    for name, hint in PARTS.items():
        value = budget.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return f"a number of ms is asked for under {name!r}."
        if abs(value - parts()[name]) > NEAR:
            unit = " Those may be seconds." if abs(1000 * value - parts()[name]) <= NEAR else ""
            return f"{name!r}: {hint}{unit}"
    return ""


budget = Rule(
    "the budget",
    dict,
    "a dict",
    _misses,
    "What is left to the whole are a few hundredths, for the layer's own operations.",
)

# 2. A view as a consumer

Case = tuple[str, bytes, str, tuple[tuple[str, str], ...], tuple[bytes, ...], bool]
"""Of a request: its path and its query; of the response: status, headers, parts of the body, and whether the
application is a generator, which begins only when it is read."""


def _case(dice: Random) -> Case:
    headers = dice.sample(
        (("Content-Type", "text/plain"), ("X-By", "Django"), ("Set-Cookie", "a=1; Path=/")), 2
    )
    body = tuple(dice.choice((b"", b"hello", b"caf\xc3\xa9", b"<p>")) for _ in range(dice.randint(0, 3)))
    status = dice.choice(("200 OK", "404 Not Found", "302 Found", "503 Service Unavailable"))
    path = dice.choice(("/", "/chat/red/", "/caf\u00e9/"))
    return path, dice.choice((b"", b"page=2")), status, tuple(headers), body, dice.random() < 0.3


def _told(case: Case) -> str:
    path, query, status, headers, body, lazy = case
    what = "an application that is a generator" if lazy else "an application"
    return f"{what}, asked for {path}?{query.decode()}, that answers {status!r}, {headers}, {list(body)}"


def _application(case: Case, seen: list[dict[str, Any]]) -> Callable[..., Iterable[bytes]]:
    _, _, status, headers, body, lazy = case

    def eager(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        seen.append(environ)
        start_response(status, [*headers])
        return [*body]

    def generator(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        seen.append(environ)
        start_response(status, [*headers])
        yield from body

    return generator if lazy else eager


REPLY = "http.response!abcdefgh"


def _sent(consumer: Callable[[Message], object], request: Content) -> list[Content]:
    """What a consumer sends to the reply channel of that request."""
    from chansim.live.memory import InMemoryLayer

    layer: Any = InMemoryLayer(capacity=100)
    with using(layer):
        consumer(Message(dict(request), "http.request"))
    return [content for _, content in iter(lambda: layer.receive_many([REPLY]), (None, None)) if content]


def _answers_wrongly(make: Callable[..., Any], case: Case) -> str:
    from chansim.model.world import http_request

    request = {**http_request(case[0], "GET", b""), "query_string": case[1], "reply_channel": REPLY}
    seen: list[dict[str, Any]] = []
    consumer = make(_application(case, seen))
    if not callable(consumer):
        return "it gives no consumer: a function of a message. Is the last line return consumer?"
    sent = _sent(consumer, request)
    first, *more = _sent(right_consumer(_application(case, [])), request)  # what streams comes in several
    right = {**first, "content": b"".join(each["content"] for each in (first, *more))}
    if not seen:
        return "the application was never called. (environ_of(message.content) gives its first argument.)"
    asked, expected = seen[0], environ_of(request)
    for key in ("PATH_INFO", "QUERY_STRING", "REQUEST_METHOD"):
        if asked.get(key) != expected[key]:
            return f"the application was told {key} = {asked.get(key)!r}, and it was {expected[key]!r}."
    if len(sent) != 1:
        return f"{len(sent) or 'no'} messages were sent to the reply channel, and one is right: {right!r}."
    for key, value in right.items():
        if key != "more_content" and sent[0].get(key) != value:
            return f"{key!r} in the response message was {sent[0].get(key)!r}; for {_told(case)} it is {value!r}."
    return ""


view = Property(
    "view_as_consumer",
    _answers_wrongly,
    tuple(generated(_case, seed="view_as_consumer")),
    "One message in, one message out: a view is a consumer that always answers.",
    _told,
)

# 3. A capacity for new code

RATE, DOWN, SEEDS, MOST = 50.0, 5.0, 20, 350
"""Requests a second, seconds without workers, how many runs may lose nothing, and what is no longer small."""


@cache
def refused(capacity: int) -> int:
    """In how many of :data:`SEEDS` runs somebody is told 503 while the workers are away."""
    from chansim.deployments import slide16
    from chansim.engine import simulate
    from chansim.model.fault import Redeploy

    site = slide16(rate=RATE, workers=4, capacity=capacity).add(Redeploy(name="new code", at=1.0, down=DOWN))
    runs = (simulate(site, seed=seed, seconds=DOWN + 2.0) for seed in range(1, SEEDS + 1))
    return sum(any(True for _ in run.trace.rows(event="lost")) for run in runs)


def _too_small_or_large(capacity: int) -> str:
    wait = RATE * DOWN
    if isinstance(capacity, bool) or not 1 <= capacity <= 10_000:
        return "it is a number of messages, from 1 to 10,000."
    if capacity > MOST:
        return f"that loses nothing, and it is more than it takes: {MOST} is as much as chance asks for."
    if capacity < wait:
        return f"{RATE:g} a second come for {DOWN:g} s: on average that is more than {capacity}."
    lost = refused(capacity)
    if lost:
        return f"in {lost} of {SEEDS} runs somebody was told 503. They come at random: how much more than the mean?"
    return ""


capacity = Rule(
    "the capacity",
    int,
    "a whole number",
    _too_small_or_large,
    f"No 503 in {SEEDS} runs. λ·down = {RATE * DOWN:g}, and three times √{RATE * DOWN:g} for chance: "
    f"{RATE * DOWN + 3 * math.sqrt(RATE * DOWN):.0f} or so.",
)

# 4. What settings reach

LAYERS: dict[str, dict[str, Any]] = {
    "A": {"BACKEND": "asgi_ipc.IPCChannelLayer", "CONFIG": {"capacity": 100}},
    "B": {"BACKEND": "asgi_redis.RedisChannelLayer", "CONFIG": {"hosts": [("redis.example", 6379)]}},
    "C": {"BACKEND": "asgiref.inmemory.ChannelLayer", "CONFIG": {"capacity": 1000}},
    "D": {"BACKEND": "asgi_redis.RedisChannelLayer", "CONFIG": {"hosts": [("localhost", 6379)]}},
}
"""Four entries of ``CHANNEL_LAYERS``, without their routing."""

REACH = ("one process", "one machine", "several machines")


def settings_of(name: str) -> dict[str, Any]:
    """The whole of ``CHANNEL_LAYERS`` for one of :data:`LAYERS`."""
    return {"default": {**LAYERS[name], "ROUTING": "chansim.applications.chat.channel_routing"}}


def _reach(name: str) -> str:
    """How far apart Daphne and the workers may be, as ``chansim.settings`` reads it."""
    from chansim.settings import read

    works = [not read(settings_of(name), machines=machines).problems for machines in (1, 2)]
    return REACH[sum(works)]


def _reaches() -> Exact:
    return Exact(
        "what the settings reach",
        {name: _reach(name) for name in LAYERS},
        "A layer reaches as far as what it keeps its queues in.",
        {
            "A": "shared memory is shared by the processes of ...",
            "B": "whoever reaches the host reaches the layer.",
            "C": "a capacity makes a queue longer, and takes it no farther.",
            "D": "Redis reaches far. But who is localhost, seen from another machine?",
        },
    )


# For the notebook


def sends(consumer: Callable[[Message], object], era: str = "june2016", rate: float = 5.0) -> Scenario:
    """One browser that says *rate* lines a second from the moment it is connected, and *consumer* for them."""
    from chansim.channels import route
    from chansim.deployments import slide24

    routing = (route("websocket.connect", let_in), route("websocket.receive", consumer))
    world = slide24(members=1, rate=rate, era=era, routing=routing)
    return world.change("chatters", settle=0.2, connect_over=0.0)


def let_in(message: Message) -> None:
    """Say yes, in an era that asks for it."""
    assert message.reply_channel is not None
    if message.channel_layer.era.handshake_waits:
        message.reply_channel.send({"accept": True})


def wsgi_sites(django_view: Callable[..., Any], flask_view: Callable[..., Any]) -> tuple[Any, Any]:
    """Two WSGI applications: the least of a Django project with *django_view* at /django/NAME/, and of Flask's
    with *flask_view* at /flask/NAME/. Where one of the two is not installed, as in the browser, that is said, and
    plain functions stand in for both."""
    try:
        return _django_site(django_view), _flask_site(flask_view)
    except ModuleNotFoundError as error:
        print(
            f"{error.name} is not installed here: two plain WSGI functions answer in place of both frameworks."
        )
        return _plain_site, _plain_site


def _django_site(view: Callable[..., Any]) -> Any:
    settings = import_module("django.conf").settings
    urls = ModuleType("urls")
    urls.__dict__["urlpatterns"] = [import_module("django.urls").path("django/<str:name>/", view)]
    if settings.configured:
        settings.ROOT_URLCONF = urls
    else:
        settings.configure(ROOT_URLCONF=urls, ALLOWED_HOSTS=["*"], SECRET_KEY="for a lesson")
        import_module("django").setup()
    return import_module("django.core.handlers.wsgi").WSGIHandler()


def _flask_site(view: Callable[..., Any]) -> Any:
    site = import_module("flask").Flask("lesson")
    site.route("/flask/<name>/")(view)
    return site


def _plain_site(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"WSGI says hello to {environ['PATH_INFO'].strip('/').rpartition('/')[2]}".encode()]


EXERCISES = {"04-budget": budget, "04-view": view, "04-capacity": capacity, "04-settings": _reaches()}

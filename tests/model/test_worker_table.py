"""What a worker does with a message, a row each, in both worlds (semantics, 3).

The rows on signals and killed workers (SIGTERM, SIGKILL) come with the faults,
in a later part; those on database connections and Django's signals are of no
message.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from chansim import Run, execute, simulate
from chansim.channels import Channel, Group, Message, route
from chansim.channels.exceptions import ConsumeLater, DenyConnection, WebsocketCloseException
from chansim.layer.contract import ChannelFull
from chansim.layer.eras import CHANNELS_10, CHANNELS_11, JUNE_2016, Era
from chansim.model.worker import Worker
from model.tiny import AT_ONCE, books, channels_world, chat_world, site

HASTY_11 = replace(CHANNELS_11, name="hasty", flush_patience=0.4)
"""Channels 1.1 with less patience, so that the executed runs are short."""

Log = list[Any]
Routing = Callable[[Log], list[Any]]


@dataclass(frozen=True)
class Row:
    """A *situation*, in an *era*: a routing whose consumers write to a log, and messages for it.

    *log*: what they write; *told*: what reaches the browsers or clients; *lost*: messages by cause;
    *problem*: words of what is reported; *dead*: the workers that died.
    """

    situation: str
    era: Era
    routing: Routing
    frames: tuple[str, ...] = ()  #: what a browser says; none: two HTTP requests come instead
    log: Log = field(default_factory=list)
    told: tuple[str, ...] = ()
    lost: dict[str, int] = field(default_factory=dict)
    problem: str = ""
    dead: tuple[str, ...] = ()
    layer: dict[str, Any] = field(default_factory=dict)
    wsgi: dict[str, Any] = field(default_factory=dict)
    workers: tuple[Worker, ...] = ()
    seconds: float = 0.5

    def run(self, run_it: Any, log: Log, times: int = 1) -> Run:
        """The row, in one world; for so many *times* its seconds."""
        options = {"server": AT_ONCE, "era": self.era, **self.layer}
        application = site(routing=self.routing(log), **self.wsgi)
        if self.workers:
            options |= {"workers": 0, "more": self.workers}
        if self.frames:
            lines = [(0.0, 1, "connect"), *((0.05 * n, 1, text) for n, text in enumerate(self.frames, 1))]
            scenario = chat_world(*lines, routing=application.routing, **options)
        else:
            scenario = channels_world(0.0, 0.05, application=application, **options)
        return run_it(scenario, seconds=times * self.seconds)  # type: ignore[no-any-return]


# -- consumers


def logs(name: str, log: Log) -> Any:
    """A consumer that writes its name down."""

    def consumer(message: Message) -> None:
        log.append(name)

    return consumer


def raises(error: Exception, log: Log, *channels: str) -> Any:
    """A consumer that sends to *channels*, then raises."""

    def consumer(message: Message) -> None:
        for channel in channels:
            Channel(channel).send({})
        log.append("raises")
        raise error

    return consumer


def first_wins(log: Log) -> list[Any]:
    return [route("http.request", logs("first", log)), route("http.request", logs("second", log))]


def asks_for_please(log: Log) -> list[Any]:
    quiet = route(["websocket.connect", "websocket.disconnect"], lambda message: None)
    return [quiet, route("websocket.receive", logs("please", log), text="^please")]


def fails(log: Log) -> list[Any]:
    return [
        route("http.request", raises(ZeroDivisionError("once"), log, "sent")),
        route("sent", logs("sent", log)),
    ]


def later_for_ever(log: Log) -> list[Any]:
    return [route("http.request", raises(ConsumeLater(), log))]


def later_and_sends(log: Log) -> list[Any]:
    """The message is put back before what was sent leaves, so that is for another worker to take."""
    return [
        route("http.request", raises(ConsumeLater(), log, "sent")),
        route("sent", logs("sent", log)),
    ]


def later_once(log: Log) -> list[Any]:
    def consumer(message: Message) -> None:
        log.append((message["n"], message.get("__retries__", 0)))
        if message["n"] == 1 and "__retries__" not in message:
            raise ConsumeLater

    def starts(message: Message) -> None:
        if not log:
            Channel("work").send({"n": 1})
            Channel("work").send({"n": 2})

    return [route("http.request", starts), route("work", consumer)]


def later_on_a_full_channel(log: Log) -> list[Any]:
    """The consumer fills the one place of its channel itself, then asks for its message to be put there."""

    def consumer(message: Message) -> None:
        log.append(message["n"])
        if message["n"] == 1:
            Channel("work").send({"n": 2}, immediately=True)
            raise ConsumeLater

    def starts(message: Message) -> None:
        if not log:
            Channel("work").send({"n": 1})

    return [route("http.request", starts), route("work", consumer)]


def on_websocket(channel: str, consumer: Any) -> list[Any]:
    """Accepts; and *consumer* is for *channel*."""

    def accepts(message: Message) -> None:
        assert message.reply_channel is not None
        message.reply_channel.send({"text": "hello"})  # which is a yes, too

    quiet = route(["websocket.receive", "websocket.disconnect"], lambda message: None)
    return [route(channel, consumer), route("websocket.connect", accepts), quiet]


def denies(log: Log) -> list[Any]:
    return on_websocket("websocket.connect", raises(DenyConnection(), log))


def denies_a_frame(log: Log) -> list[Any]:
    return on_websocket("websocket.receive", raises(DenyConnection(), log, "sent"))


def closes(log: Log) -> list[Any]:
    return on_websocket("websocket.receive", raises(WebsocketCloseException(3000), log))


def closes_a_request(log: Log) -> list[Any]:
    return [route("http.request", raises(WebsocketCloseException(), log))]


def floods(log: Log) -> list[Any]:
    """Sends to "tiny", which holds one message and which nobody reads; and after that to a group."""

    def consumer(message: Message) -> None:
        log.append("floods")
        Group("all").add("other")
        for channel in ("tiny", "tiny", "other"):
            Channel(channel).send({})
        Group("all").send({})
        log.append("done")

    return [route("http.request", consumer)]


def floods_at_once(log: Log) -> list[Any]:
    def consumer(message: Message) -> None:
        try:
            for _ in range(3):
                Channel("tiny").send({}, immediately=True)
        except ChannelFull:
            log.append("full")

    return [route("http.request", consumer)]


def silent(log: Log) -> list[Any]:
    return []


def big_page(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """More than goes into two messages."""
    start_response("200 OK", [])
    return [b"x" * 1_100_000]


def one_worker_each(only: tuple[str, ...], exclude: tuple[str, ...]) -> tuple[Worker, ...]:
    """worker-1 with the first patterns, and worker-2 without the second."""
    common: dict[str, Any] = {"machine": "host", "layer": "layer", "application": "site"}
    return (
        Worker(name="worker-1", only_channels=only, **common),
        Worker(name="worker-2", exclude_channels=exclude, **common),
    )


def two_kinds(log: Log) -> list[Any]:
    def starts(message: Message) -> None:
        Channel("chat.say").send({})

    return [route("http.request", starts), route("chat.say", logs("said", log))]


TINY = {"channel_capacity": (("tiny", 1),)}
ONE_PLACE = {"channel_capacity": (("work", 1),)}

ROWS = [
    Row("the first route that matches wins", JUNE_2016, first_wins, log=["first"] * 2),
    Row(
        "nothing matches: the message is lost, and the routing is to be checked",
        JUNE_2016,
        asks_for_please,
        ("now!", "please"),
        log=["please"],
        lost={"no consumer": 1},
        problem="no route takes this message of 'websocket.receive'; check the routing",
    ),
    Row(
        "a consumer raises: its message is lost and not put back, what it had sent is sent",
        JUNE_2016,
        fails,
        log=["raises", "sent"] * 2,
        lost={"consumer failed": 2},
        problem="the consumer for 'http.request' raised ZeroDivisionError('once')",
    ),
    Row(
        "a consumer raises under 1.0: its message is lost and not put back, what it had sent is sent all the same",
        CHANNELS_10,
        fails,
        log=["raises", "sent"] * 2,
        lost={"consumer failed": 2},
        problem="the consumer for 'http.request' raised ZeroDivisionError('once')",
    ),
    *(
        Row(
            f"ConsumeLater without end ({era.name}): dropped after ten retries, so it runs eleven times",
            era,
            later_for_ever,
            log=["raises"] * 22,
            lost={"too many retries": 2},
            problem="the consumer for 'http.request' raised ConsumeLater for the same message 11 times",
        )
        for era in (JUNE_2016, CHANNELS_10)
    ),
    Row(
        "ConsumeLater once: the message goes to the back of its channel, marked",
        JUNE_2016,
        later_once,
        log=[(1, 0), (2, 0), (1, 1)],
    ),
    Row(
        "ConsumeLater under 1.0: what the consumer had sent is sent all the same, each time",
        CHANNELS_10,
        later_and_sends,
        log=["raises", "sent"] * 22,
        lost={"too many retries": 2},
        problem="the consumer for 'http.request' raised ConsumeLater for the same message 11 times",
        workers=one_worker_each(only=("http.request",), exclude=("http.request",)),
    ),
    Row(
        "ConsumeLater on a full channel: ten tries, then dropped",
        CHANNELS_10,
        later_on_a_full_channel,
        log=[1, 2],
        lost={"full": 1},
        layer=ONE_PLACE,
        seconds=1.0,
    ),
    *(
        Row(
            f"DenyConnection of a connection ({era.name}): it is closed",
            era,
            denies,
            ("hi",),
            ["raises"],
            ("403",),
        )
        for era in (CHANNELS_10, CHANNELS_11)
    ),
    Row(
        "DenyConnection of anything else: the worker dies, what it had sent is sent",
        CHANNELS_10,
        denies_a_frame,
        ("hi", "anyone?"),
        log=["raises"],
        told=("accept", "frame"),
        lost={"worker died": 1},
        problem="worker-1 died: DenyConnection was raised for 'websocket.receive', not websocket.connect",
        dead=("worker-1",),
    ),
    Row(
        "DenyConnection in June 2016 is an error like others",
        JUNE_2016,
        denies,
        ("hi",),
        ["raises"],
        lost={"consumer failed": 1},
        problem="the consumer for 'websocket.connect' raised DenyConnection()",
    ),
    Row(
        "WebsocketCloseException of a WebSocket: it is closed",
        CHANNELS_10,
        closes,
        ("hi",),
        ["raises"],
        ("accept", "frame", "close"),
    ),
    Row(
        "WebsocketCloseException in June 2016 is an error like others",
        JUNE_2016,
        closes,
        ("hi",),
        ["raises"],
        ("frame",),
        lost={"consumer failed": 1},
        problem="the consumer for 'websocket.receive' raised WebsocketCloseException",
    ),
    Row(
        "WebsocketCloseException of anything else: the worker dies",
        CHANNELS_10,
        closes_a_request,
        log=["raises"],
        lost={"worker died": 1},
        problem="worker-1 died: WebsocketCloseException",
        dead=("worker-1",),
    ),
    Row(
        "a full channel in June 2016: ChannelFull is raised in the consumer, whose rest is not run",
        JUNE_2016,
        floods,
        log=["floods"] * 2,
        lost={"full": 2, "consumer failed": 2},
        problem="the consumer for 'http.request' raised ChannelFull",
        layer=TINY,
    ),
    Row(
        "a full channel under 1.0: the worker dies at once, and with it what was still to be sent",
        CHANNELS_10,
        floods,
        log=["floods", "done"],
        lost={"full": 1, "worker died": 3},
        problem="worker-1 died: what the consumer for 'http.request' sent to 'tiny' found it full for 0 s",
        dead=("worker-1",),
        layer=TINY,
    ),
    Row(
        "a full channel under 1.1: the worker dies after some tries, and with it what was still to be sent",
        HASTY_11,
        floods,
        log=["floods", "done"],
        lost={"full": 1, "worker died": 3},
        problem="worker-1 died: what the consumer for 'http.request' sent to 'tiny' found it full for 0.4 s",
        dead=("worker-1",),
        layer=TINY,
        seconds=0.8,
    ),
    Row(
        "immediately=True: ChannelFull is raised in the consumer, and the worker lives",
        CHANNELS_11,
        floods_at_once,
        log=["full"] * 2,
        lost={"full": 2},
        layer=TINY,
    ),
    *(
        Row(
            f"a view's response on a full channel ({era.name}): it waits until there is room",
            era,
            silent,
            told=("part", "part", "200") * 2,
            layer={"channel_capacity": (("http.response!*", 1),), "server": {"poll": 0.02}},
            wsgi={"wsgi": big_page},
        )
        for era in (JUNE_2016, CHANNELS_10)
    ),
    Row(
        "sockets that no route takes, under 1.0: accepted, and their frames are taken",
        CHANNELS_10,
        silent,
        ("hi", "hello?"),
        told=("accept",),
    ),
    Row(
        "sockets that no route takes, in June 2016: nobody listens, the channel fills",
        JUNE_2016,
        silent,
        ("hi", "hello?", "anyone?"),
        lost={"full": 2},
        layer={"capacity": 1},
    ),
    Row(
        "only_channels and exclude_channels: each worker takes what is left to it",
        JUNE_2016,
        two_kinds,
        log=["said"] * 2,
        workers=one_worker_each(only=("chat.*",), exclude=("chat.*",)),
    ),
    Row(
        "exclude_channels is applied after only_channels",
        JUNE_2016,
        two_kinds,
        log=[],
        workers=(
            Worker(
                name="worker-1",
                machine="host",
                layer="layer",
                application="site",
                only_channels=("chat.*", "http.*"),
                exclude_channels=("chat.say",),
            ),
        ),
    ),
]


@pytest.mark.parametrize("run_it", [simulate, execute])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.situation)
def test_what_a_worker_does(row: Row, run_it: Any) -> None:
    log: Log = []
    run = row.run(run_it, log)
    if run_it is execute and len(log) < len(
        row.log
    ):  # a slow machine had not come so far: again, with more time
        log.clear()
        run = row.run(run_it, log, times=10)
    who = "browsers" if row.frames else "clients"
    rows = [each for each in run.trace.rows(event="received", component=who) if each.detail]
    in_order = list if not row.workers else sorted  # several workers write as they please
    assert in_order(log) == in_order(row.log)
    assert tuple(each.detail for each in rows) == row.told
    assert books(run.trace).lost == row.lost
    problems = [problem for problem, _ in run.problems]
    assert bool(problems) == bool(row.problem)
    assert all(row.problem in problem for problem in problems)
    assert tuple(each.component for each in run.trace.rows(event="fault", detail="worker died")) == row.dead
    assert len(list(run.trace.rows(event="fault"))) == len(row.dead)

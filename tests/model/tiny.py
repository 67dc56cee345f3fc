"""What the tests of the two worlds share: worlds so small that
every time in them can be worked out by hand."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from chansim import Run, Scenario, simulate
from chansim.applications.chat import channel_routing
from chansim.duration import Duration
from chansim.model.application import Application, hello
from chansim.model.arrivals import Recorded
from chansim.model.channel_layer import ChannelLayer
from chansim.model.client import Clients
from chansim.model.component import Component
from chansim.model.interface_server import InterfaceServer
from chansim.model.machine import Machine
from chansim.model.network import Link, Network
from chansim.model.worker import Worker
from chansim.model.world import Socket
from chansim.model.wsgi_server import WSGIServer
from chansim.trace import Row, Trace

NOWHERE = Network(Link(0.0), Link(0.0), Link(0.0))
"""A network on which nothing takes time."""

MS = 1e-3

AT_ONCE = {"poll": 0.0, "idle_poll": 0.0}
"""An interface server that finds a reply the moment it is there."""


def clients(*moments: float, server: str = "server", name: str = "clients") -> Clients:
    """Clients that come at these moments."""
    return Clients(name=name, server=server, arrivals=Recorded(moments))


def site(**fields: Any) -> Application:
    """The application, called "site"."""
    return Application(name="site", **fields)


def wsgi_world(
    *moments: float,
    workers: int = 1,
    backlog: int = 100,
    io: float | Duration = 0.0,
    cpu: float | Duration = 0.0,
    cores: int = 100,
    wsgi: Callable[..., Any] = hello,
    network: Network = NOWHERE,
) -> Scenario:
    """Clients at these moments, and the WSGI server "server" on the machine "host"."""
    return Scenario(
        "a tiny WSGI world",
        (
            clients(*moments),
            Machine(name="host", cores=cores),
            site(io=io, cpu=cpu, wsgi=wsgi),
            WSGIServer(name="server", machine="host", application="site", workers=workers, backlog=backlog),
        ),
        network,
        None,
    )


def channels_world(
    *moments: float,
    workers: int = 1,
    application: Application | None = None,
    network: Network = NOWHERE,
    seconds: float | None = 10.0,
    layer_machine: str = "host",
    cores: int = 100,
    more: tuple[Component, ...] = (),
    server: dict[str, Any] | None = None,
    **layer: Any,
) -> Scenario:
    """Clients at these moments, the interface server "server", the layer "layer", workers
    "worker-1", "worker-2" ...

    Nothing takes time but what is asked for: no processor time, and a look for replies each 10 ms, as
    in 2016.
    """
    own = (clients(*moments),) if moments else ()
    return Scenario(
        "a tiny Channels world",
        (
            *own,
            Machine(name="host", cores=cores),
            application or site(),
            InterfaceServer(
                **{"name": "server", "machine": "host", "layer": "layer", "cpu": 0.0, **(server or {})}
            ),
            ChannelLayer(name="layer", machine=layer_machine, **layer),
            *(
                Worker(name=f"worker-{n}", machine="host", layer="layer", application="site")
                for n in range(1, workers + 1)
            ),
            *more,
        ),
        network,
        seconds,
    )


def fails(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A view that says 503."""
    start_response("503 Service Unavailable", [])
    return []


def seen(scenario: Scenario, *names: str, seed: int = 1, **equals: str | int) -> list[tuple[Any, ...]]:
    """The rows of a simulation, only the columns *names* of each: times to the microsecond."""
    return [pick(row, *names) for row in simulate(scenario, seed).trace.rows(**equals)]


def pick(row: Row, *names: str) -> tuple[Any, ...]:
    """Some columns of a row; the time to the microsecond."""
    return tuple(round(row.t, 6) if name == "t" else getattr(row, name) for name in names)


def answers(run: Run | Scenario) -> list[tuple[float, int, str]]:
    """When each answer came, for which request, and what it was."""
    run = simulate(run) if isinstance(run, Scenario) else run
    return [
        (round(row.t, 6), row.request, row.detail)
        for row in run.trace.rows(event="received", component="clients")
        if row.detail != "part"
    ]


def consumed(run: Run) -> list[tuple[float, float, str, str]]:
    """The bars of the workers: from, to, by whom, and which consumer."""
    open_bars: dict[tuple[str, int], float] = {}
    bars = []
    for row in run.trace.rows():
        if row.event == "begun" and row.component.startswith("worker"):
            open_bars[row.component, row.message] = row.t
        elif row.event == "ended" and row.component.startswith("worker"):
            begun = open_bars.pop((row.component, row.message))
            bars.append((round(begun, 6), round(row.t, 6), row.component, row.detail))
    return sorted(bars)


@dataclass
class Books:
    """What became of the messages of a trace. Made only where each has a history that can be."""

    sent: int
    received: int
    waiting: int
    lost: dict[str, int]
    in_service: int


def books(trace: Trace) -> Books:
    """Go through the trace, and check at every row that the books can be kept and balance."""
    state: dict[int, str] = {}
    lost: Counter[str] = Counter()
    depth: Counter[str] = Counter()
    bars: dict[tuple[str, int], float] = {}
    last = 0.0
    waiting = received = 0
    for row in trace.rows():
        assert last <= row.t <= trace.end, f"{row} is out of order"
        last, message = row.t, row.message
        before = state.get(message)
        if row.event == "sent":
            assert before is None, f"sent twice: {row}"
            state[message] = "waiting"
            waiting += 1
            depth[row.channel] += 1
        elif row.event == "received":
            assert before == "waiting", f"received, but it was {before}: {row}"
            state[message] = "received"
            waiting, received = waiting - 1, received + 1
            depth[row.channel] -= 1
        elif row.event == "lost":
            assert before in ("waiting", "received"), f"lost, but it was {before}: {row}"
            state[message] = "lost"
            waiting, received = waiting - (before == "waiting"), received - (before == "received")
            depth[row.channel] -= before == "waiting"
            lost[row.detail] += 1
        elif row.event == "begun":
            assert (row.component, message) not in bars, f"begun twice: {row}"
            bars[row.component, message] = row.t
        elif row.event == "ended":
            assert bars.pop((row.component, message), row.t + 1) <= row.t, f"ended, but never begun: {row}"
        assert depth[row.channel] >= 0
        assert len(state) == received + waiting + lost.total()
    return Books(len(state), received, waiting, dict(lost), len(bars))


def deliveries(trace: Trace) -> Counter[tuple[int, str]]:
    """How often each request's frame reached each socket."""
    rows = trace.rows(event="received", component="chatters", detail="frame")
    return Counter((row.request, row.channel) for row in rows)


@dataclass(frozen=True, kw_only=True)
class Script(Component):
    """Browsers that do what is written: *lines* of a moment, a browser,
    and "connect", a text to say, or "close"."""

    server: str = "server"
    lines: tuple[tuple[float, int, str], ...] = ()

    role = "client"

    def start(self, world: Any) -> None:
        sockets: dict[int, Socket] = {}
        code = world.code(self.name)

        def act(line: tuple[float, int, str]) -> None:
            _, browser, text = line
            kind = text if text in ("connect", "close") else "frame"
            if kind == "connect":
                sockets[browser] = Socket(world.code(f"socket {browser}"), self.name, browser)
            sockets[browser].frames += kind == "frame"
            content = "/chat/" if kind == "connect" else text
            world.post(self.name, self.server, kind, world.new_request(0.5), content, sockets[browser])

        world.on_arrival(self.name, lambda parcel: world.accept(parcel, code))
        for line in self.lines:
            world.call_at(line[0], act, line)


def chat_world(*lines: tuple[float, int, str], routing: Any = channel_routing, **options: Any) -> Scenario:
    """The talk's chat, or another *routing*, and browsers that follow a script."""
    application = site(routing=routing, **options.pop("costs", {}))
    return channels_world(application=application, more=(Script(name="browsers", lines=lines),), **options)

"""Capstone: the last lesson's site, the learner's design for it, and the report card.

What may live here: what a design decides, the deployment that it makes, the workloads it is tried on, and what
is promised to the people on the site. The numbers are those of the course's plan, with a twentieth of the crowd
and in less than half of the time, so that a design is scored in some seconds: 300 sockets in 10 rooms instead
of 6000 in 200, who say five times as much each.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from math import inf

from chansim.channels import Group, Message, costs, route
from chansim.channels.sessions import channel_session
from chansim.deployments.several_machines import entry, machine, straight
from chansim.duration import Constant, Exponential
from chansim.engine import simulate
from chansim.layer.names import one_reader
from chansim.measures import latencies, percentile
from chansim.measures.rows import is_plain, rows
from chansim.measures.visits import visits
from chansim.model.application import Application, hello
from chansim.model.arrivals import Poisson, Regular
from chansim.model.channel_layer import ChannelLayer
from chansim.model.chatters import Chatters
from chansim.model.client import Clients
from chansim.model.component import Component
from chansim.model.event_source import EventSource
from chansim.model.fault import Kill
from chansim.model.interface_server import InterfaceServer
from chansim.model.local_layer import LocalLayer
from chansim.model.machine import Machine
from chansim.model.network import Network
from chansim.model.retries import Fixed
from chansim.model.rooms import Zipf
from chansim.model.worker import Worker
from chansim.run import Run
from chansim.scenario import Scenario
from chansim.trace import CONNECTED, DISCONNECTED, JOINED, LEFT, LOST

# -- what is promised

PAGE, CHAT = 0.400, 0.250
"""Seconds: the p99 of a visitor's page, tries together, and the p95 of a line on its way to a member."""

MOST_LOST = 5
"""Messages that may be lost, pages and thumbnails and lines together."""

DEAF = 0.02
"""The share of the living that may be out of their room at the end: their next heartbeat brings them back."""

BUDGET = 24
"""Processes: workers and Daphnes, on all machines. Redis is not counted."""

DIES_AT, SECONDS = 12.0, 46.0
"""When the last machine dies, and how long a workload lasts."""

# -- the application, as one would have written it in 2016


def _here(message: Message) -> None:
    """A sign of life: it renews the membership, and is written down for the sweep."""
    assert message.reply_channel is not None
    room = message.channel_session["room"]
    Group("room-" + room).add(message.reply_channel)
    with _table(message, room) as heard:
        heard[message.reply_channel.name] = 0


@contextmanager
def _table(message: Message, room: str) -> Iterator[dict[str, int]]:
    """Who is in *room*, and for how many sweeps nothing was heard of each: a table in the sessions' database."""
    database = message.channel_layer.sessions
    heard = database.load("heard in " + room)
    if heard is None:
        heard = {}
        database.save("rooms", {**(database.load("rooms") or {}), room: True})
    yield heard
    database.save("heard in " + room, heard)


@costs(io=Constant(0.002))
@channel_session
def ws_connect(message: Message) -> None:
    """Take the room from the path, and join it."""
    message.channel_session["room"] = message["path"].strip("/")
    _here(message)


@costs(io=Exponential(0.005), per_member=0.000_05)
@channel_session
def ws_receive(message: Message) -> None:
    """A line goes to the room. A heartbeat goes nowhere; both say that the socket is still here."""
    _here(message)
    if message["text"] != HEARTBEAT:
        Group("room-" + message.channel_session["room"]).send({"text": message["text"]})


@costs(io=Constant(0.002))
@channel_session
def ws_disconnect(message: Message) -> None:
    """Leave the room."""
    assert message.reply_channel is not None
    room = message.channel_session["room"]
    Group("room-" + room).discard(message.reply_channel)
    with _table(message, room) as heard:
        heard.pop(message.reply_channel.name, None)


@costs(io=Constant(0.05))
def sweep(message: Message) -> None:
    """Throw out whoever was not heard for two sweeps in a row; the timer's message says that it is time."""
    for room in message.channel_layer.sessions.load("rooms") or {}:
        with _table(message, room) as heard:
            for member, missed in list(heard.items()):
                heard[member] = missed + 1
                if missed:
                    Group("room-" + room).discard(member)
                    del heard[member]


@costs(io=Constant(2.0))
def thumbnail(message: Message) -> None:
    """Make a thumbnail: two seconds."""


HEARTBEAT = "still here"
ROUTING = (
    route("websocket.connect", ws_connect),
    route("websocket.receive", ws_receive),
    route("websocket.disconnect", ws_disconnect),
    route("sweep", sweep),
    route("thumbnails", thumbnail),
)


# -- the design


@dataclass(frozen=True)
class Design:
    """What is yours to decide.

    On each of *machines* there is one Daphne, and so many workers for *pages*, for *chat* (all that WebSockets
    say), for *thumbnails*, and for *anything*. *layer*: "shared", one Redis for all, or "local", RedisLocal.
    *capacity*: messages a channel holds. *group_expiry*: seconds that a membership lasts after it was last
    asked for. *heartbeat*: each browser says that it is still here every so many seconds, on average; 0 for
    never. *sweep*: every so many seconds a timer has whoever was not heard for two sweeps in a row thrown out of
    his room; 0 for never. The *chat* workers do that too. Raises ValueError, in words, for a design that cannot be
    built.
    """

    machines: int = 1
    pages: int = 0
    chat: int = 0
    thumbnails: int = 0
    anything: int = 4
    layer: str = "shared"
    capacity: int = 100
    group_expiry: float = 86_400.0
    heartbeat: float = 0.0
    sweep: float = 0.0

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name == "layer":
                if value not in ("shared", "local"):
                    raise ValueError(f'design: layer={value!r}: it must be "shared" or "local"')
                continue
            whole = each.name not in ("group_expiry", "heartbeat", "sweep")
            least = 1 if each.name in ("machines", "capacity", "group_expiry") else 0
            legal = isinstance(value, int) if whole else isinstance(value, (int, float))
            if not legal or isinstance(value, bool) or not least <= value < inf:
                words = "a whole number" if whole else "a number of seconds"
                raise ValueError(f"design: {each.name}={value!r}: it must be {words}, {least} or more")
        for name in ("heartbeat", "sweep"):
            if 0 < getattr(self, name) < 1:
                raise ValueError(
                    f"design: {name}={getattr(self, name)!r}: more than once a second is a flood"
                )
        for name in ("pages", "chat", "thumbnails"):
            if not self.anything and not getattr(self, name):
                raise ValueError(f"design: {name}=0: nobody serves them; give some, or workers for anything")
        if self.processes > 10 * BUDGET:
            raise ValueError(f"design: {self.processes} processes: the budget is {BUDGET}")

    @property
    def processes(self) -> int:
        """Daphnes and workers, on all machines."""
        return self.machines * (1 + self.pages + self.chat + self.thumbnails + self.anything)


@dataclass(frozen=True)
class Workload:
    """A day at the site: *pages* a second of 50 ms, *thumbnails* a second of 2 s, members who say *lines* a second each
    in rooms of which the largest is the larger the *steeper*; *seed* of all chance."""

    name: str
    pages: float = 60.0
    thumbnails: float = 1.0
    lines: float = 0.05
    steep: float = 0.7
    seed: int = 1


WORKLOADS = (
    Workload("an ordinary day", seed=11),
    Workload("many visitors", pages=70.0, seed=12),
    Workload("one big room", lines=0.06, steep=1.0, seed=13),
)
"""What designs are scored on. Hidden, as far as something in an open repository can be."""

REHEARSAL = Workload("a rehearsal")
"""A day like the ordinary one, which is not scored."""

MEMBERS, ROOMS = 300, 10


@dataclass(frozen=True)
class Saying:
    """What members say: of the frames, a *share* are lines, and the others heartbeats."""

    share: float

    def __call__(self, member: int, frame: int) -> str:
        dice = (member * 7919 + frame * 104_729) % 1000 / 1000
        return f"line {frame} of {member}" if dice < self.share else HEARTBEAT


def site(design: Design, workload: Workload = REHEARSAL) -> Scenario:
    """The deployment that *design* makes, under *workload*; its last machine dies at 12 s."""
    beats = 1 / design.heartbeat if design.heartbeat else 0.0
    machines = range(1, design.machines + 1)
    local = design.layer == "local"
    shared = ChannelLayer(
        name="redis-layer", machine="redis", capacity=design.capacity, group_expiry=design.group_expiry
    )
    locals_ = [
        LocalLayer(name=f"layer-{n}", machine=machine(n), shared="redis-layer", capacity=design.capacity)
        for n in machines
        if local
    ]
    here = [each for n in machines for each in _machine(design, n, f"layer-{n}" if local else "redis-layer")]
    people: tuple[Component, ...] = (
        Clients(
            name="visitors", server="site.example", arrivals=Poisson(workload.pages),
            patience=Constant(2.0), retry=Fixed(0.03, 15),
        ),
        Chatters(
            name="members", server="site.example", members=MEMBERS, rate=workload.lines + beats,
            connect_over=5.0, settle=1.0, path=Zipf(ROOMS, workload.steep),
            says=Saying(workload.lines / (workload.lines + beats)),
        ),
    )  # fmt: skip
    uploads = EventSource(
        name="uploads", machine=machine(1), layer="layer-1" if local else "redis-layer", channel="thumbnails",
        arrivals=Poisson(workload.thumbnails),
    )  # fmt: skip
    timer = EventSource(
        name="timer", machine=machine(1), layer="layer-1" if local else "redis-layer", channel="sweep",
        arrivals=Regular(1 / design.sweep),
    ) if design.sweep else None  # fmt: skip
    application = Application(name="site", wsgi=hello, routing=ROUTING, io=Exponential(0.05))
    dying = [
        Kill(name=f"dies-{each.name}", target=each.name, at=DIES_AT, down=-1.0)
        for each in here
        if each.machine == machine(design.machines) and "process" in each.provides.split()
        if design.machines > 1
    ]
    return Scenario(
        f"Capstone, {workload.name}",
        (
            *people, application, Machine(name="redis"), shared,
            *(Machine(name=machine(n)) for n in machines), *locals_, *here,
            uploads, *filter(None, [timer]), entry("capstone", design.machines, "in turn"), *dying,
        ),
        straight(Network()),
        SECONDS,
    )  # fmt: skip


def _machine(design: Design, number: int, layer: str) -> list[Component]:
    """The processes on one machine."""
    found: list[Component] = [
        InterfaceServer(
            name=f"daphne-{number}", machine=machine(number), layer=layer, websocket_timeout=86_400.0
        )
    ]
    crews: dict[str, tuple[str, ...]] = {
        "pages": ("http.*",), "chat": ("websocket.*", "sweep"), "thumbnails": ("thumbnails",), "anything": (),
    }  # fmt: skip
    for crew, channels in crews.items():
        found += [
            Worker(
                name=f"{crew}-{number}-{place}", machine=machine(number), layer=layer, application="site",
                only_channels=channels,
            )
            for place in range(1, getattr(design, crew) + 1)
        ]  # fmt: skip
    return found


# -- the report card


@dataclass(frozen=True)
class Line:
    """What one workload came to: *page* and *chat* in seconds, *lost* messages, *ghosts*, and the share of the living
    who are *deaf*."""

    workload: str
    page: float
    chat: float
    lost: int
    ghosts: int
    deaf: float

    def __str__(self) -> str:
        times = f"page p99 {_ms(self.page)}, chat p95 {_ms(self.chat)}"
        return f"{self.workload}: {times}, {self.lost} lost, {self.ghosts} ghosts, {self.deaf:.0%} deaf"

    __repr__ = __str__

    def misses(self) -> dict[str, str]:
        """What of the promise was broken, and by how much, in words."""
        found = {}
        if not self.page <= PAGE:
            found["page"] = f"page p99 {_ms(self.page)}, over {_ms(PAGE)}"
        if not self.chat <= CHAT:
            found["chat"] = f"chat p95 {_ms(self.chat)}, over {_ms(CHAT)}"
        if self.lost > MOST_LOST:
            found["lost"] = f"{self.lost} lost, over {MOST_LOST}"
        if self.ghosts:
            found["ghosts"] = f"{self.ghosts} ghosts at the end"
        if self.deaf > DEAF:
            found["deaf"] = f"{self.deaf:.0%} of the living are in no room at the end"
        return found


@dataclass(frozen=True)
class ReportCard:
    """How a *design* did on each of the workloads."""

    design: Design
    lines: tuple[Line, ...]

    def misses(self) -> dict[str, str]:
        """What of the promise was broken, the budget among it: by clause, the first case in words."""
        found: dict[str, str] = {}
        if self.design.processes > BUDGET:
            found["budget"] = f"{self.design.processes} processes, over {BUDGET}"
        for line in self.lines:
            for clause, words in line.misses().items():
                found.setdefault(clause, f"{words} ({line.workload})")
        return found

    @property
    def passed(self) -> bool:
        """Whether every promise was kept on every workload."""
        return not self.misses()

    def __str__(self) -> str:
        head = f"{'':18} {'page p99':>9} {'chat p95':>9} {'lost':>5} {'ghosts':>6} {'deaf':>5}"
        scored = [
            f"{line.workload:18} {_ms(line.page):>9} {_ms(line.chat):>9} {line.lost:5} {line.ghosts:6} "
            f"{line.deaf:5.0%}  {'✓' if not line.misses() else '✕ ' + ', '.join(line.misses())}"
            for line in self.lines
        ]
        promised = f"{'promised':18} {_ms(PAGE):>9} {_ms(CHAT):>9} {MOST_LOST:5} {0:6} {DEAF:5.0%}"
        budget = f"{self.design.processes} processes of {BUDGET}"
        return "\n".join([head, *scored, promised, budget, "passed" if self.passed else "not passed"])

    __repr__ = __str__


def score(design: Design) -> ReportCard:
    """The report card of *design*: each workload is simulated once; some seconds."""
    return ReportCard(design, tuple(tried(design, each) for each in WORKLOADS))


@lru_cache(maxsize=4)
def rehearsal(design: Design, workload: Workload = REHEARSAL) -> Run:
    """The run of *design* under one *workload*: to look at."""
    return simulate(site(design, workload), seed=workload.seed)


@cache
def tried(design: Design, workload: Workload = REHEARSAL) -> Line:
    """What one *workload* comes to."""
    run = rehearsal(design, workload)
    trace = run.trace
    came = visits(trace, "visitors")
    served = [visit.seconds for visit in came if visit.seconds is not None and visit.outcome == "served"]
    heard = latencies(trace, "members")
    alive, dead, members = _sockets(run)
    return Line(
        workload.name,
        percentile(served, 0.99),
        percentile(heard, 0.95),
        _lost(run) + sum(visit.outcome == "failed" for visit in came),
        len(members & dead),
        len(alive - members) / len(alive) if alive else 1.0,
    )


def _lost(run: Run) -> int:
    """Messages lost on the way to a worker."""
    names = run.trace.names
    return sum(
        not is_plain(names[channel]) and not one_reader(names[channel])
        for (channel,) in rows(run.trace, (LOST,), "channel")
    )


def _sockets(run: Run) -> tuple[set[int], set[int], set[int]]:
    """The reply channels of sockets that are open at the end, of those that are closed, and of all members."""
    alive, dead, members = set[int](), set[int](), set[int]()
    for event, channel in rows(run.trace, (CONNECTED, DISCONNECTED, JOINED, LEFT), "event", "channel"):
        if event == CONNECTED:
            alive.add(channel)
        elif event == DISCONNECTED:
            alive.discard(channel)
            dead.add(channel)
        elif event == JOINED:
            members.add(channel)
        else:
            members.discard(channel)
    return alive, dead, members


def _ms(seconds: float) -> str:
    return "no data" if seconds != seconds else f"{1000 * seconds:,.0f} ms"

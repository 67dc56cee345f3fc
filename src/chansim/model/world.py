"""World: what a component may do in a run. Both worlds offer these verbs.

A behaviour is a generator. It yields seconds to let time pass: ``yield 0.05``,
or a place to wait in, where somebody will call it back (verbs do that).
The verbs that may have to wait are used with ``yield from``. The simulated
world moves its clock; the executed world drives each behaviour in a thread of
its own and sleeps. So one loop, written once, runs in both.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from chansim.channels.message import Sender
from chansim.channels.session_store import SessionStore
from chansim.layer.capacity import Pattern
from chansim.layer.contract import Content
from chansim.layer.core import Envelope, Listener
from chansim.layer.eras import Era
from chansim.trace import Recorder

if TYPE_CHECKING:
    from chansim.model.component import Component
    from chansim.model.network import Network
    from chansim.model.timeline import Timeline


class Place(Protocol):
    """Where a behaviour waits until it is woken: what calls it back is put there."""

    def append(self, resume: Callable[[Any], None], /) -> object: ...


class Turn:
    """A place for one: who waits in it is woken by ``resume``. It can be taken out of a queue again."""

    __slots__ = ("resume",)

    resume: Callable[[Any], None]

    def append(self, resume: Callable[[Any], None]) -> None:
        """Here it waits."""
        self.resume = resume


class Killed(BaseException):
    """Thrown into a behaviour that is killed, where it waits. What it holds it must give back."""


class Task(Protocol):
    """A behaviour that has begun."""

    def kill(self) -> None:
        """End it, here and now in the simulated world; executed, as soon as it waits or calls on the layer."""


Behaviour = Generator[float | Place, Any, Any]
"""What a component does over time. It yields seconds, or the place where it waits."""

Steps = Iterable[float | Place]
"""What a verb that takes time returns, to be used with ``yield from``."""


class Socket:
    """A connection, from either end: *label* in the trace, and whose it is.

    A WebSocket; or a connection over HTTP that there is something to know of,
    which uses nothing but its label and *reading*.
    """

    __slots__ = (
        "active", "client", "code", "frames", "held_by", "is_open", "is_opening", "member", "muted", "path",
        "reading", "reply_channel", "told", "vanished",
    )  # fmt: skip

    def __init__(self, code: int, client: str, member: int, is_open: bool = True):
        self.code = code  #: of its label, "socket 17" or "connection 2 of visit 17", 0 for none
        self.client = client  #: the component at the browser's end
        self.member = member  #: which of that component's clients
        self.reply_channel = ""
        self.path = ""
        self.frames = 0  #: how many the browser has sent
        self.told = 0  #: how many messages about it the server has sent: the next one's ``order``
        # what the browser knows of it:
        self.is_open = is_open
        self.is_opening = not is_open  #: it has asked, and waits to be accepted
        self.vanished = False  #: the cable is pulled: nothing comes from it, and nothing reaches it
        # what the server knows of it:
        self.held_by: Any = None  #: who sees to it there
        self.active = 0.0  #: when it last sent or received something
        self.muted = False  #: the server has given it up, and passes on nothing more
        self.reading = 0.0  #: seconds that the client takes to read a response


class Parcel(NamedTuple):
    """A message on the plain network, between two components."""

    sender: str
    kind: str  #: "request", "gave up", "connect", "accept", "frame", "close", "refused", "part", "push", a status
    channel: int  #: the code of the socket's label, 0 for none
    message: int
    request: int
    detail: int  #: the code of the kind
    content: Any
    socket: Socket | None


class Queue(Protocol):
    """First in, first out, within one component."""

    def __len__(self) -> int: ...
    def put(self, item: Any) -> None:
        """Add at the end."""

    def put_within(self, item: Any, limit: int) -> bool:
        """Add at the end, unless *limit* items wait already and nobody is waiting for one: then False."""

    def take(self) -> Generator[float | Place, Any, Any]:
        """With ``yield from``: the first item, once there is one."""

    def take_at_once(self) -> Any:
        """The first item of a queue that holds one."""


class Processor(Protocol):
    """The cores of a machine, from the point of view of one that runs on it."""

    def work(self, seconds: float) -> Steps:
        """With ``yield from``: compute for *seconds* on a core, once one is free."""

    def overhead(self, seconds: float) -> Steps:
        """With ``yield from``: a server's own work: *seconds* if simulated; executed, it is the real thing."""


class LayerAccess(Sender, Protocol):
    """A channel layer as one component sees it: its calls are in that component's name, and cost it time."""

    request: int  #: the request that the calls are made for
    members: int  #: how many copies its group sends made since this was last set to 0
    later: list[Callable[[], None]]  #: what consumers asked for with ``afterwards``: their worker calls it

    def give(self, channel: str, content: Content) -> None:
        """Send *content* that nobody else holds and that is known to be legal: there is no need to copy it."""

    def new_channel(self, pattern: str) -> str:
        """See LayerCore.new_channel."""

    def receive_many(self, channels: tuple[str, ...]) -> Generator[float | Place, Any, Envelope]:
        """With ``yield from``: the next message of one of *channels*, once there is one."""

    def listen(self, listener: Listener, channel: str) -> None:
        """See LayerCore.listen."""

    def stop_listening(self, channel: str) -> None:
        """See LayerCore.stop_listening."""

    def either(
        self, queue: Queue, listener: Listener, pause: float
    ) -> Generator[float | Place, Any, tuple[Any, Envelope | None]]:
        """With ``yield from``: an item of *queue* and None, or None and a message for *listener*.

        The queue wakes its reader. The layer is looked at: again at once after
        a message, else after *pause* seconds. The two take turns.
        """

    def settle(self) -> Steps:
        """With ``yield from``: the time that the calls made since the last settle have taken."""


class Description(Protocol):
    """What a world knows of the scenario it runs."""

    @property
    def components(self) -> tuple[Component, ...]: ...
    @property
    def network(self) -> Network: ...
    def __getitem__(self, name: str) -> Any: ...


class World(Protocol):
    """A run going on."""

    @property
    def scenario(self) -> Description: ...

    @property
    def sessions(self) -> SessionStore:
        """The sessions that all consumers of the run share, as they shared a database."""

    @property
    def now(self) -> float:
        """Seconds since the run began."""

    def random(self, component: str, purpose: str) -> Random:
        """The random stream of one component for one purpose."""

    # -- behaviour

    @property
    def timeline(self) -> Timeline:
        """What goes wrong when, as far as others must know."""

    def begin(self, behaviour: Behaviour, of: str = "") -> Task:
        """Start a behaviour, of the process *of* where that may be made to stand still."""

    def call_at(self, moment: float, function: Callable[[Any], object], argument: Any = None) -> None:
        """Call ``function(argument)`` at *moment*; it must not wait."""

    def processor(self, machine: str) -> Processor:
        """The cores of *machine*."""

    def queue(self) -> Queue:
        """A new, empty queue."""

    def share(self, name: str, thing: Any) -> None:
        """Offer *thing* to other components under *name*."""

    def shared(self, name: str) -> Any:
        """What the component *name* offers."""

    # -- requests

    def new_request(self, draw: float) -> int:
        """A number for a new request; *draw*, from 0 to 1, decides the service times it will ask for."""

    def draw(self, request: int, purpose: str) -> float:
        """The request's own draw for *purpose*, from 0 to 1: the same in every deployment and both worlds."""

    def expect(self, more: int) -> None:
        """Count work still to be done up (or down): a run without a length ends when none is left."""

    def sleep(self, seconds: float) -> float:
        """A consumer sleeps; how many seconds are left to its worker: none if executed, all if simulated."""

    def report(self, problem: str) -> None:
        """Keep an error of the learner's code; the run goes on."""

    # -- the network

    def on_arrival(self, name: str, handler: Callable[[Parcel], None]) -> None:
        """Parcels for component *name* go to *handler*."""

    def post(
        self,
        sender: str,
        receiver: str,
        kind: str,
        request: int,
        content: Any = None,
        socket: Socket | None = None,
        lane: int | None = None,
    ) -> None:
        """Send a parcel from one component to another; *lane* is the code of the sender's lane, if it has lanes.

        *content* goes over to whoever takes it, and may be changed there: send a new one each time.
        """

    def accept(self, parcel: Parcel, by: int) -> None:
        """Record that the component with code *by* has received *parcel*."""

    # -- the trace

    def code(self, text: str) -> int:
        """See Recorder.code."""

    def new_message(self) -> int:
        """See Recorder.new_message."""

    def write(
        self,
        event: int,
        component: int,
        channel: int = 0,
        message: int = 0,
        request: int = 0,
        detail: int = 0,
    ) -> None:
        """Add a row to the trace, now."""


class WorldOfSockets(World, Protocol):
    """An executed run in which clients and servers are real ones."""

    @property
    def recorder(self) -> Recorder:
        """Where the rows go."""

    def at_end(self, function: Callable[[], object]) -> None:
        """Call *function* when the run is over: last begun, first ended."""

    def start_interface_server(self, server: Component) -> None:
        """Start the interface server that *server* describes."""

    def start_wsgi_server(self, server: Component) -> None:
        """Start the WSGI server that *server* describes."""


@dataclass(frozen=True)
class LayerRules:
    """What a layer's description tells the core that keeps its rules."""

    name: str
    capacity: int
    expiry: float
    group_expiry: float
    channel_capacity: tuple[tuple[Pattern, int], ...]
    era: str | Era
    loss: float


def shift_of(purpose: str) -> float:
    """How far a request's draw is turned for *purpose*, from 0 to 1: each purpose has its own."""
    return zlib.crc32(purpose.encode()) / 2**32


def http_request(path: str = "/", method: str = "GET", body: bytes = b"") -> Content:
    """A new ``http.request`` message, with the keys that Daphne 0.13 wrote, the reply channel aside."""
    return {
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "root_path": "",
        "headers": [],
        "body": body,
        "client": ["127.0.0.1", 50000],
        "server": ["127.0.0.1", 8000],
    }


HTTP_REQUEST: Content = http_request()
"""One to take values from."""

"""Machines over sockets: a scenario executed by a process for each of its machines, whose servers are real ones.

The clients are outside, as ever, and hold real sockets to interface servers and WSGI servers that run in the machines'
processes. What the trace has to know of both ends goes over the link (``far_lines.py``).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from chansim.live.door import LOOPBACK, Door
from chansim.live.far_lines import LinesHere, LinesThere
from chansim.live.link import Closed, Link
from chansim.live.load import Asks
from chansim.live.losses import Death
from chansim.live.machines import Elsewhere, Inside
from chansim.live.outside import Machine, Outside
from chansim.live.served import Served, ServedByASGI, ServedByWSGI
from chansim.live.serving import Serves, Serving, check_real
from chansim.live.wire import Wire
from chansim.model.component import Component
from chansim.model.world import Parcel
from chansim.scenario import Scenario


class ServingElsewhere(Elsewhere):
    """A real server that another process has, as far as that has told; see Life and Serving."""

    def __init__(self, world: OutsideOverSockets, component: Component, machine: Machine):
        super().__init__(world, component)
        self.machine = machine
        self.there = ""  #: where its machine says that it is
        self.passed_over: Mapping[str, str] = {}

    @property
    def url(self) -> str:
        """Its address, while its machine takes part."""
        return self.there if self.machine.is_there() else ""

    @property
    def started(self) -> float:
        """When the run began, by the clock of the computer that the server is on."""
        return self.machine.started


class OutsideOverSockets(Asks, Outside):
    """The process outside, whose clients are real."""

    def __init__(self, *about: Any):
        self.token = secrets.token_hex(16)  #: by which a server knows our clients
        self.lines: dict[str, LinesThere] = {}
        super().__init__(*about)

    def record(self) -> dict[str, Any]:
        return super().record() | {"over": "sockets", "token": self.token}

    # -- servers, each started by its machine

    def take_in(self, component: Component) -> None:
        super().take_in(component)
        real = type(component).execute_over_sockets is not Component.execute_over_sockets
        if real and not self.has(component):
            component.execute_over_sockets(self)  # type: ignore[arg-type]

    def execute_here(self, component: Component) -> None:
        component.execute_over_sockets(self)  # type: ignore[arg-type]

    def start_interface_server(self, server: Any) -> None:
        """See WorldOfSockets.start_interface_server."""
        self._meet(server, ServedByASGI)

    def start_wsgi_server(self, server: Any) -> None:
        """See WorldOfSockets.start_wsgi_server."""
        self._meet(server, ServedByWSGI)

    def _meet(self, server: Any, kind: type[Served]) -> None:
        check_real(self, server)
        machine = self.of[server.name]
        life = ServingElsewhere(self, server, machine)
        lines = self.lines[server.name] = LinesThere(self, server.name, To(self, machine), self.token)
        self.served[server.name] = kind(self, server, life, lines)
        self.share(server.name, life)

    def all_there(self) -> None:
        for served in self.served.values():
            self.warm_up(served)

    # -- the link

    def _told(self, machine: Machine, words: list[Any], names: list[int]) -> None:
        kind, *rest = words
        if kind == "back":
            server, line, *about = rest
            self.lines[server].told(line, *about)
        elif kind == "forgotten":
            self.lines[rest[0]].forgotten(rest[1])
        elif kind == "serving":
            name, url, passed_over = rest
            life: Any = self.served[name].life
            life.there, life.passed_over = url, passed_over
        elif kind == "began":
            machine.started = rest[0]
        else:
            super()._told(machine, words, names)

    def pass_on(self, receiver: str, parcel: Parcel) -> None:
        served = self.served.get(receiver)
        if served is None:
            super().pass_on(receiver, parcel)
        elif not self.stop.is_set():
            served.take(parcel)  # what a balancer's machine sends on, real clients ask here

    # -- ends

    def died(self, machine: Machine) -> None:
        super().died(machine)
        for name in machine.components:
            if name in self.lines:
                self.lines[name].end()

    def _stop(self) -> None:
        # servers first: a connection that ends now is no news to them
        self.stop.set()
        self.tell_to_stop()
        super()._stop()


class To:
    """See Teller: the link to a server's machine."""

    def __init__(self, outside: OutsideOverSockets, machine: Machine):
        self._outside = outside
        self._machine = machine

    def tell(self, *words: Any, message: int = 0) -> bool:
        """See Teller."""
        if message:
            self._machine.forwarded.add(message)
        return self._outside.tell(self._machine, *words)

    def broke(self, server: str, message: int) -> None:
        """See Teller."""
        outside = self._outside
        outside.deaths.append(
            Death(outside.now, "worker killed", name=server, forwarded=frozenset((message,)))
        )


class InsideOverSockets(Serves, Inside):
    """One machine's part, whose servers are real. *address*: where they listen; *port*: of the first, 0 for free ones;
    *names*: other names that they may be called by."""

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        here: str,
        hosts: Sequence[str],
        prefix: str,
        link: Link,
        number: int,
        token: str,
        address: str,
        port: int,
        names: Sequence[str],
    ):
        super().__init__(scenario, seed, here, hosts, prefix, link, number)
        self.token = token
        self.address = address
        self.port = port
        own = () if address in ("0.0.0.0", "::") else (address,)
        self.door = Door(hosts=(*LOOPBACK, *own, *names))
        self.lines: dict[str, LinesHere] = {}

    def wire_of(self, server: str) -> Wire:
        lines = self.lines[server] = LinesHere(self, server, self._say, self.token)
        return lines

    def serve(self, server: Component, serving: Serving) -> None:
        super().serve(server, serving)
        print(f"{server.name}: {serving.url}", flush=True)
        self.link.say("serving", server.name, serving.url, dict(serving.passed_over))

    def _say(self, *words: Any) -> None:
        with suppress(Closed):  # the process outside is dead: whoever listens ends this one
            self.link.say(*words)

    def before(self, application: Callable[..., Any]) -> Callable[..., Any]:
        """Who is let in is served once the run has begun: until then nobody knows what time it is."""

        async def once_begun(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "lifespan" and self.door.refusal(scope, 0) is None:
                while not self._running:
                    await asyncio.sleep(0.01)
            await application(scope, receive, send)

        return once_begun

    def beginning(self) -> float:
        started = super().beginning()
        self.link.say("began", started)
        return started

    def there(self, server: str, line: str, *about: Any) -> None:
        """A client says what it sends."""
        self.lines[server].told(line, *about)

    def forget(self, server: str, line: str) -> None:
        """A client is gone."""
        self.lines[server].forget(line)

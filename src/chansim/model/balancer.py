"""Balancer: what stands in front of several servers, and gives each client one of them.

nginx, HAProxy, or a DNS name with several addresses. Both ways pass through it,
and it takes no time of its own; the ways to and from it do.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from chansim.model.component import Component, choice, listed, several
from chansim.model.world import Parcel, Socket, World

if TYPE_CHECKING:
    from chansim.scenario import Scenario

POLICIES = ("in turn", "at random", "by path", "by client")


@dataclass(frozen=True, kw_only=True)
class Balancer(Component):
    """Pages go to one of *servers*, WebSockets to one of *sockets*; where those are not given, to the same.

    *policy*: "in turn"; "at random", evenly or by *weights*, one a server;
    "by path", so that whoever asks for one path, or holds a socket to one room,
    meets at one server; "by client", so that each client stays with its server
    (of clients that open pages, the component is one client). It speaks HTTP/1.1
    to its servers, and takes in their responses as fast as they come, as nginx
    does: a client that reads slowly holds up nobody but itself.
    """

    servers: tuple[str, ...] = several("server", least=1, doc="the servers that get the pages")
    sockets: tuple[str, ...] = several("sockets", doc="the servers that get the WebSockets")
    policy: str = choice(POLICIES[0], POLICIES, doc="how it chooses the server of a client")
    weights: tuple[float, ...] = listed(
        "numbers", doc="a share for each server, with commas; empty for even ones"
    )

    provides = "server sockets"
    role = "server"
    column = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.policy not in POLICIES:
            raise self.wrong("policy", self.policy, f"it must be one of {', '.join(POLICIES)}")
        numbers = isinstance(self.weights, (tuple, list)) and all(
            isinstance(w, (int, float)) and not isinstance(w, bool) and 0 <= w < math.inf
            for w in self.weights
        )
        if not numbers or (self.weights and not sum(self.weights)):
            raise self.wrong(
                "weights", self.weights, "it must be a tuple of numbers, 0 or more, and not all 0"
            )
        object.__setattr__(self, "weights", tuple(self.weights))
        if self.weights and self.policy != "at random":
            raise self.wrong(
                "weights", self.weights, f'they mean nothing with policy={self.policy!r}; use "at random"'
            )
        for name in ("servers", "sockets") if self.weights else ():
            if len(getattr(self, name)) not in (len(self.weights), 0):
                raise self.wrong("weights", self.weights, f"there must be one for each of {name}")

    @property
    def label(self) -> tuple[str, ...]:
        return ("Balancer", self.policy)

    def lanes(self) -> tuple[str, ...]:
        return ()  # it is never taken by work

    def check(self, scenario: Scenario) -> None:
        for name in self.sockets or self.servers:
            if self.name in (name, *(to for _, to in scenario[name].links())):
                raise self.wrong(
                    "servers", self.servers, f"what is sent to {name!r} would come back for ever"
                )
        asking = [
            c.name
            for c in scenario.components
            if c.name != self.name
            and (("server", self.name) in c.links())
            and type(c).__dataclass_fields__["server"].metadata["link"] == "sockets"
        ]
        if asking and not self.holds_sockets(scenario):
            raise self.wrong(
                "servers",
                self.servers,
                f"{asking[0]!r} opens WebSockets, and not all of them hold any; name those that do in sockets",
            )

    def holds_sockets(self, scenario: Scenario) -> bool:
        """Whether every server that would get a WebSocket, be it through another balancer, can hold it."""
        servers = [scenario[name] for name in self.sockets or self.servers]
        through = [each for each in servers if isinstance(each, Balancer) and each is not self]
        return all("sockets" in each.provides.split() for each in servers) and all(
            each.holds_sockets(scenario) for each in through
        )

    def opens_at_once(self, scenario: Scenario) -> bool:
        """Whether a WebSocket is open as soon as it is asked for: as its servers have it."""
        names = self.sockets or self.servers
        return all(scenario[name].opens_at_once(scenario) for name in names)

    def start(self, world: World) -> None:
        Front(self, world)


class Front:
    """The balancer of one run: who is with which server."""

    def __init__(self, balancer: Balancer, world: World):
        self.balancer = balancer
        self.world = world
        self.code = world.code(balancer.name)
        self.draw = world.random(balancer.name, "policy").random
        self.next = 0
        # request -> the client that waits for the answer, its connection, and the server that has it
        self.asking: dict[int, tuple[str, Socket | None, str]] = {}
        self.with_: dict[Socket, tuple[str, str]] = {}  # socket -> its client, and its server
        world.on_arrival(balancer.name, self.arrived)

    def arrived(self, parcel: Parcel) -> None:
        """Pass on what comes: from a client to its server, and back."""
        self.world.accept(parcel, self.code)
        _, kind, _, _, request, _, content, socket = parcel
        if kind == "request":
            server = self.choose(self.balancer.servers, str(content.get("path")), parcel.sender)
            self.asking[request] = parcel.sender, socket, server
            if content.get("http_version") != "1.1":
                content = {**content, "http_version": "1.1"}
            self.post(server, parcel._replace(socket=None, content=content))
        elif kind == "gave up":
            if request in self.asking:
                self.post(self.asking[request][2], parcel._replace(socket=None))
        elif socket is not None:
            self.post(self.of_socket(parcel, socket), parcel)
        else:
            client, connection, _ = self.asking[request] if kind == "part" else self.asking.pop(request)
            self.post(client, parcel._replace(socket=connection))

    def post(self, to: str, parcel: Parcel) -> None:
        """Send it on."""
        self.world.post(self.balancer.name, to, parcel.kind, parcel.request, parcel.content, parcel.socket)

    def of_socket(self, parcel: Parcel, socket: Socket) -> str:
        """Where something about a WebSocket goes: to its server if it came from its client, and the other way."""
        if socket not in self.with_:
            names = self.balancer.sockets or self.balancer.servers
            server = self.choose(names, str(parcel.content), f"{parcel.sender}/{socket.member}")
            self.with_[socket] = parcel.sender, server
            socket.client = self.balancer.name  # for the server, the browser is here
        client, server = self.with_[socket]
        return server if parcel.sender == client else client

    def choose(self, names: tuple[str, ...], path: str, client: str) -> str:
        """One of the servers, as the policy says."""
        balancer, policy = self.balancer, self.balancer.policy
        if policy == "at random":
            up_to = list(accumulate(balancer.weights or (1.0,) * len(names)))
            draw = self.draw() * up_to[-1]
            return next(name for name, limit in zip(names, up_to, strict=True) if draw < limit)
        if policy in ("by path", "by client"):
            return names[zlib.crc32((path if policy == "by path" else client).encode()) % len(names)]
        self.next += 1
        return names[(self.next - 1) % len(names)]

"""Chatters: people in a chat, each holding one WebSocket and saying something now and then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from chansim.duration import Constant, Duration, Exponential
from chansim.model.component import Component, duration, knob, link
from chansim.model.rooms import Rooms
from chansim.model.world import Parcel, Socket, World
from chansim.quantities import plain
from chansim.trace import LOST


def line(member: int, number: int) -> str:
    """What members say where nobody says otherwise: text, as in the talk's chat."""
    return f"{member} says its line {number}"


@dataclass(frozen=True, kw_only=True)
class Chatters(Component):
    """*members* clients connect within *connect_over* seconds, settle, and from then on speak at random.

    *rate*: frames a second of each; *settle*: seconds from connecting to the
    first moment it may speak; *stay*: how long it stays once settled, 0 for the
    whole run; *away*: after how long who has left comes back, on a new socket, 0
    for never. *path*: where they connect to; of several, members take one each,
    in turn; or rooms, ``Even(10)`` or ``Zipf(100)``. *says*: given the number of the
    member and of its frame, both from 1, the frame's text, or None: from then
    on that member is silent.
    """

    server: str = link("sockets", doc="the server that holds their WebSockets")
    members: int = knob(
        10, unit="members", low=1, high=1_000_000, slider=(1, 200), doc="how many hold a socket"
    )
    rate: float = knob(
        0.1, unit="1/s", above=0.0, high=1e6, slider=(0.01, 2.0), doc="frames a second of each member"
    )
    connect_over: float = knob(
        0.5, unit="s", high=1e9, slider=(0.0, 10.0), doc="seconds in which all connect"
    )
    settle: float = knob(
        1.0, unit="s", high=1e9, slider=(0.0, 10.0), doc="seconds until a member may first speak"
    )
    stay: Duration = duration(0.0, slider=(0.0, 600.0), doc="how long a member stays; 0 for the whole run")
    away: Duration = duration(
        0.0, slider=(0.0, 600.0), doc="how long a member that left stays away; 0 for good"
    )
    reading: Duration = duration(
        0.0, slider=(0.0, 5.0), doc="seconds a member's browser takes to read a frame"
    )
    path: str | tuple[str, ...] | Rooms = "/chat/"
    says: Callable[[int, int], str | None] = line

    provides = "people"
    role = "client"

    def __post_init__(self) -> None:
        super().__post_init__()
        paths = self.path if isinstance(self.path, tuple) else (self.path,)
        legal = all(isinstance(path, str) and path.startswith("/") for path in paths) and paths
        if not legal and (not hasattr(self.path, "paths_of") or isinstance(self.path, type)):
            why = "it must be text that begins with '/', or several in a tuple, or rooms, such as Zipf(100)"
            raise self.wrong("path", self.path, why)
        if not callable(self.says):
            raise self.wrong("says", self.says, "it must be a function of a member's and a frame's number")

    def paths(self, random: Random) -> tuple[str, ...]:
        """The paths that members connect to, in turn."""
        if isinstance(self.path, str):
            return (self.path,)
        return self.path if isinstance(self.path, tuple) else self.path.paths_of(self.members, random)

    @property
    def endless(self) -> bool:
        return True

    @property
    def label(self) -> tuple[str, ...]:
        if not 0.001 <= self.rate <= 1000:  # a rate that nobody means as one
            return ("Clients", f"{self.members:,}, {'silent' if self.rate < 1 else 'who speak at once'}")
        return ("Clients", f"{self.members} × {plain(self.rate)} frames/s")

    def start(self, world: World) -> None:
        Members(self, world)


class Members:
    """The chatters of one run."""

    def __init__(self, chatters: Chatters, world: World):
        self.world = world
        self.chatters = chatters
        self.name = chatters.name
        self.code = world.code(chatters.name)
        self.gap = Exponential(1 / chatters.rate).quantile
        self.reading = chatters.reading.quantile
        self.has_read: dict[Socket, float] = {}  # of slow browsers: when all that has come will be read
        self.gone = world.code("gone client")
        self.paths = chatters.paths(world.random(chatters.name, "rooms"))
        self.opens_at_once: bool = world.scenario[chatters.server].opens_at_once(world.scenario)
        world.on_arrival(chatters.name, self.arrived if chatters.reading == Constant(0.0) else self.pile_up)
        world.share(chatters.name, self)
        self.members: list[Member] = []
        self.reconnecting = world.random(chatters.name, "reconnecting").random
        self.vanishing = world.random(chatters.name, "vanishing").sample
        world.expect(+1)  # they would go on for ever
        connecting = world.random(chatters.name, "connecting")
        moments = sorted(connecting.random() * chatters.connect_over for _ in range(chatters.members))
        for number, moment in enumerate(moments):
            draw = world.random(self.name, f"member {number + 1}").random
            self.members.append(Member(number, moment, draw))
            world.call_at(moment, self.connect, self.members[-1])

    def send(self, member: Member, kind: str, content: str = "") -> None:
        """Let a member's browser send something."""
        world = self.world
        world.post(
            self.name, self.chatters.server, kind, world.new_request(member.draw()), content, member.socket
        )

    def connect(self, member: Member) -> None:
        """Open a member's socket."""
        world, chatters = self.world, self.chatters
        if self.members[member.number] is not member:
            return  # it is here again by now, for another stay
        again = f", time {member.times}" if member.times > 1 else ""
        label = world.code(f"socket {member.number + 1} of {self.name}{again}")
        member.socket = Socket(label, self.name, member.number, self.opens_at_once)
        self.send(member, "connect", self.paths[member.number % len(self.paths)])
        settled = member.moment + chatters.settle
        if chatters.stay != Constant(0.0):
            world.call_at(settled + chatters.stay.quantile(member.draw()), self.leave, member)
        self.speak_next(member, settled)

    def speak_next(self, member: Member, after: float) -> None:
        """Arrange when it speaks next: reckoned from the moment that was meant, however late the last one was."""
        member.moment = after + self.gap(member.draw())
        self.world.call_at(member.moment, self.speak, member)

    def speak(self, member: Member) -> None:
        """Say something. Until its socket is open, a browser has nobody to say it to, and lets the moment pass."""
        socket = member.socket
        if socket.is_open:
            text = self.chatters.says(member.number + 1, socket.frames + 1)
            if text is None:
                return
            socket.frames += 1
            self.send(member, "frame", text)
        if socket.is_open or socket.is_opening:
            self.speak_next(member, member.moment)

    def leave(self, member: Member) -> None:
        """Close the socket, as a browser does when its page is left; and perhaps come back."""
        if self.close(member) and self.chatters.away != Constant(0.0):
            self.come_back(member, self.world.now + self.chatters.away.quantile(member.draw()))

    def close(self, member: Member) -> bool:
        """Close the socket; whether there was one."""
        there, socket = member.is_there(), member.socket
        if there:
            socket.is_open = socket.is_opening = False
            self.send(member, "close")
        return there

    def come_back(self, member: Member, moment: float) -> None:
        """Arrange another stay. What it had meant to say and to do in the one before is over."""
        again = Member(member.number, moment, member.draw, member.times + 1)
        self.members[member.number] = again
        self.world.call_at(moment, self.connect, again)

    def pile_up(self, parcel: Parcel) -> None:
        """Something is there for a browser that reads slowly: it comes to it when it has read what came before."""
        world, socket = self.world, parcel.socket
        if socket is None:
            self.arrived(parcel)
            return
        seconds = 0.0
        if parcel.kind == "frame":
            seconds = self.reading(world.draw(parcel.request, f"reading by member {socket.member + 1}"))
        moment = self.has_read[socket] = max(world.now, self.has_read.get(socket, 0.0)) + seconds
        world.call_at(moment, self.arrived, parcel)

    def arrived(self, parcel: Parcel) -> None:
        """Take a frame from the server, its yes, or its close or refusal, which is anything else."""
        world, socket = self.world, parcel.socket
        if socket is None or socket.vanished or not (socket.is_open or socket.is_opening):
            world.write(LOST, self.code, parcel.channel, parcel.message, parcel.request, self.gone)
            return
        world.accept(parcel, self.code)
        if parcel.kind != "frame":
            socket.is_open, socket.is_opening = parcel.kind == "accept", False

    # -- what faults do to them

    def vanish(self, count: int) -> int:
        """Let *count* of those with a socket be gone without a word, drawn at random; how many there were."""
        there = [each for each in self.members if each.is_there()]
        gone = self.vanishing(there, min(count, len(there)))
        for member in gone:
            socket = member.socket
            socket.is_open = socket.is_opening = False
            socket.vanished = True
            if socket.held_by is not None:
                socket.held_by.silent(socket)
        return len(gone)

    def leave_all(self, over: float) -> None:
        """Let all close their sockets within *over* seconds."""
        for member in self.members:
            self.world.call_at(self.world.now + self.reconnecting() * over, self.leave, member)

    def reconnect_all(self, over: float) -> None:
        """Let all open a new socket within *over* seconds; an old one is closed just before."""
        for number in range(len(self.members)):
            self.world.call_at(self.world.now + self.reconnecting() * over, self.reconnect, number)

    def reconnect(self, number: int) -> None:
        """Close the socket that there is, and open a new one."""
        self.close(self.members[number])
        self.come_back(self.members[number], self.world.now)


class Member:
    """One of them, for one stay: its *number*, the *moment* it means to do its next thing, its own stream of draws,
    and how many *times* it has been here."""

    __slots__ = ("draw", "moment", "number", "socket", "times")

    def __init__(self, number: int, moment: float, draw: Callable[[], float], times: int = 1):
        self.number = number
        self.moment = moment
        self.draw = draw
        self.times = times
        self.socket = Socket(0, "", number)
        self.socket.is_open = False  # it has none yet

    def is_there(self) -> bool:
        """Whether it holds a socket, or waits for one."""
        return self.socket.is_open or self.socket.is_opening

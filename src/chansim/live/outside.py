"""Outside: the process of a run on several machines that is on none.

It has the clients, starts the machines' processes, carries what they send each other, keeps the trace, and notices
who dies.
"""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from struct import Struct
from typing import Any

from chansim.layer.names import one_reader
from chansim.live.engine import PATIENCE, World, wrong_over
from chansim.live.link import Closed, Link, parcel_of
from chansim.live.losses import Death, reckon
from chansim.live.machines import Part, here_and_now, machines_of
from chansim.live.redis import LayerUnavailable, RedisLayer
from chansim.model.component import Component
from chansim.model.world import Parcel
from chansim.scenario import Scenario, ScenarioError
from chansim.trace import FAULT, LOST

READY = 60.0
"""Seconds within which every machine has to be there."""

OPENING = frozenset({"request", "connect"})
"""What a client begins with. If the machine dies that got it, the connection breaks, and the client notices."""

CLOSING = frozenset({"close", "dropped", "refused", "403", "503", "1013", "gave up"})

LOOK = 0.2
"""Seconds between two looks whether a Redis server is still the same."""

RECORD = "run"
"""Where in Redis a machine's process finds the run."""

_ROW = Struct("d6I")


class Machine:
    """One machine's process, as it is seen from outside."""

    def __init__(self, name: str, components: Sequence[Component]):
        self.name = name
        self.components = {each.name: each for each in components}
        self.lanes = frozenset(lane for each in components for lane in each.lanes())
        self.link: Link | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self.known: subprocess.Popen[bytes] | None = None  #: the process that has called
        self.numbers = range(0)
        self.ready = threading.Event()
        self.over = threading.Event()
        self.dead = False
        self.started = 0.0  #: when the run began, by its clock
        self.forwarded: set[int] = set()
        #: what clients have open there: request or socket -> the parcel that opened it, and to whom it went
        self.open: dict[tuple[str, int], tuple[str, Parcel]] = {}

    def is_there(self) -> bool:
        """Whether it takes part."""
        return self.link is not None and not self.dead and self.ready.is_set()


class Outside(Part):
    """See above. *away*: machines that are served elsewhere, by ``chansim serve``; *listen*: the address they call."""

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        hosts: Sequence[str],
        prefix: str | None = None,
        away: Sequence[str] = (),
        listen: str = "127.0.0.1",
    ):
        super().__init__(scenario, seed, "", hosts, prefix or f"chansim:{secrets.token_hex(8)}:", 0)
        names = machines_of(scenario)
        for name in away:
            if name not in names:
                raise ScenarioError(f"away={tuple(away)!r}: the machines that serve something are {names!r}")
        self.away = frozenset(away)
        self.machines = {
            name: Machine(name, [each for each in scenario.components if each.machine == name])
            for name in names
        }
        self.of = {each: machine for machine in self.machines.values() for each in machine.components}
        self.deaths: list[Death] = []
        self._ended: float | None = None
        self.processes = count(1)
        self._text = ""
        self._secret = secrets.token_hex(32)
        self._listener = listening(listen, self._secret)
        self._folder = tempfile.TemporaryDirectory(prefix="chansim-")
        self._leaving = threading.Event()
        self.stores = [self.store, *(self.beside(host) for host in self.hosts[1:])]
        try:
            self._text = str(Path(self._folder.name) / "scenario.toml")
            scenario.save(self._text)
        except ScenarioError as error:
            self.clear_away()
            raise ScenarioError(
                f"a machine's process is told names only, so this scenario cannot be executed on machines: {error}"
            ) from None

    @property
    def now(self) -> float:
        return time.perf_counter() - self._started if self._ended is None else self._ended

    # -- the machines

    def start(self, seconds: float | None) -> None:
        try:
            super().start(seconds)
        except BaseException:
            self.clear_away()
            raise

    def record(self) -> dict[str, Any]:
        """What a machine's process has to know before it can call."""
        host, port = self._listener.address
        seconds = None if self.timeline.end == float("inf") else self.timeline.end
        return {"host": host, "port": port, "secret": self._secret, "seed": self.seed, "seconds": seconds}

    def beginning(self) -> float:
        """Start the machines, wait until they are ready, and begin."""
        try:
            computer, zero = here_and_now(self.store)
        except LayerUnavailable as error:
            raise ScenarioError(f"layer={self.hosts!r}: {error}") from error
        self._record = json.dumps(self.record()).encode()
        self.store.put(RECORD, self._record, 86400.0)
        for target in (self._let_in, self._watch_redis):
            threading.Thread(target=target, daemon=True).start()
        for machine in self.machines.values():
            self.launch(machine)
        until = time.monotonic() + READY
        for machine in self.machines.values():
            while not machine.ready.wait(0.1):
                ended = machine.process is not None and machine.process.poll() is not None
                if ended or time.monotonic() > until:
                    why = "its process ended" if ended else f"it was not there within {READY:g} s"
                    raise ScenarioError(f"the machine {machine.name!r} could not be started: {why}")
        self.all_there()
        started = time.perf_counter()
        self._began = ("start", computer, started, zero)
        for machine in self.machines.values():
            assert machine.link is not None
            machine.link.say(*self._began)
        return started

    def all_there(self) -> None:
        """All machines are ready; the run begins when this is done."""

    def launch(self, machine: Machine) -> None:
        """Start a machine's process, unless it is served elsewhere."""
        if machine.name in self.away or self.stop.is_set():
            return
        command = [sys.executable, "-m", "chansim", "serve", self._text, "--machine", machine.name]
        for host in self.hosts:
            command += ["--layer", host]
        command += ["--prefix", self.prefix]
        # it ends when its link does, so that nobody is left behind whatever becomes of us
        machine.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        threading.Thread(target=self._mind, args=(machine, machine.process), daemon=True).start()

    def _let_in(self) -> None:
        while True:
            try:
                connection = self._listener.accept()
            except Exception:  # a wrong secret, or nobody listens any more
                if self._leaving.is_set():
                    return
                continue
            threading.Thread(target=self._hear, args=(connection,), daemon=True).start()

    def _hear(self, connection: Connection) -> None:
        link = Link(connection)
        try:
            words = link.hear()
            machine = self.machines[words[1]]
            if words[0] != "hello" or (machine.link is not None and not machine.dead):
                raise Closed("somebody else")
        except (Closed, KeyError, IndexError, TypeError):
            link.close()
            return
        number = next(self.processes)
        machine.known = machine.process
        machine.link, machine.dead, machine.numbers = link, False, Part.block(number)
        machine.forwarded, machine.open = set(), {}
        machine.over.clear()
        names: list[int] = []
        try:
            link.say("number", number)
            while True:
                self._told(machine, link.hear(), names)
        except Closed:
            if not self.stop.is_set() and not machine.over.is_set():
                self.died(machine)
        finally:
            machine.over.set()
            link.close()

    def _told(self, machine: Machine, words: list[Any], names: list[int]) -> None:
        """One word of a machine's process."""
        kind, *rest = words
        if kind == "row":
            t, event, component, channel, message, request, detail = _ROW.unpack(rest[0])
            self.recorder.write(t, event, names[component], names[channel], message, request, names[detail])
        elif kind == "name":
            names.append(self.code(rest[0]))
        elif kind == "parcel":
            receiver, parcel, draw = parcel_of(rest, self.code, self.between)
            self.draws.learn(parcel.request, draw)
            self.closes(machine, parcel)
            if receiver in self.of:
                self.pass_on(receiver, parcel)
            else:
                self.arrived(receiver, parcel, draw)
        elif kind == "ready":
            machine.ready.set()
            if self._running:  # it was started again
                assert machine.link is not None
                machine.link.say(*self._began)
                self.fault(machine.name, "started")
        elif kind == "problem":
            self.report(rest[0])
        elif kind == "do":
            self.do_there(self.scenario[rest[0]], rest[1])
        elif kind == "over":
            machine.over.set()

    # -- parcels

    def forward(self, words: list[Any]) -> None:
        receiver, parcel, _ = parcel_of(words, self.code, self.between)
        self.pass_on(receiver, parcel)

    def pass_on(self, receiver: str, parcel: Parcel) -> None:
        """Give a parcel to the machine that has its receiver."""
        machine = self.of[receiver]
        if parcel.sender in self.of:
            self.closes(self.of[parcel.sender], parcel)
        if not machine.is_there():
            self.refuse(receiver, parcel)
            return
        if parcel.kind in OPENING:
            machine.open[self._key(parcel)] = receiver, parcel
        elif parcel.kind in CLOSING:
            machine.open.pop(self._key(parcel), None)
        if parcel.socket is not None and parcel.kind == "connect" and parcel.socket.held_by is None:
            parcel.socket.held_by = Far(self, machine)
        machine.forwarded.add(parcel.message)
        self.tell(machine, "parcel", *self.in_words(receiver, parcel))

    @staticmethod
    def _key(parcel: Parcel) -> tuple[str, int]:
        if parcel.kind in ("request", "gave up") or parcel.socket is None or not parcel.channel:
            return "request", parcel.request
        return "socket", parcel.channel

    def closes(self, machine: Machine, parcel: Parcel) -> None:
        """An answer that a machine gives: if it is the last, the connection is over."""
        request = ("request", parcel.request)
        if request in machine.open and parcel.kind not in ("part", "frame", "accept", "push"):
            del machine.open[request]
        elif parcel.kind in CLOSING:
            machine.open.pop(("socket", parcel.channel), None)

    def refuse(self, receiver: str, parcel: Parcel) -> None:
        """Nobody is there to take it."""
        lost = self.code("worker killed")
        self.write(LOST, self.code(receiver), parcel.channel, parcel.message, parcel.request, lost)
        if parcel.kind in OPENING:
            self.post(receiver, parcel.sender, "refused", parcel.request, None, parcel.socket)

    def do_there(self, component: Component, what: str) -> None:
        machine = self.of.get(component.name)
        if machine is None:
            getattr(self.shared(component.name), what)()
        else:
            self.tell(machine, "do", component.name, what)

    # -- deaths

    def fault(self, name: str, what: str) -> None:
        """Say in the trace what befell a machine, or a layer."""
        self.write(FAULT, self.code(name), 0, 0, 0, self.code(what))

    def died(self, machine: Machine) -> None:
        """A machine's process is gone: its connections break, and if the scenario says so it is started again."""
        machine.dead = True
        machine.ready.clear()
        at = self.now
        if machine.process is not None:
            machine.process.kill()  # its link is broken, so it is of no use any more if it is there
            machine.process.wait()
        self.fault(machine.name, "killed")
        self.deaths.append(
            Death(
                at,
                "worker killed",
                machine.lanes,
                machine.name,
                machine.numbers,
                frozenset(machine.forwarded),
            )
        )
        opened, machine.open = machine.open, {}
        for receiver, parcel in opened.values():
            self.post(receiver, parcel.sender, "dropped", parcel.request, None, parcel.socket)
        self.again(machine)

    def again(self, machine: Machine) -> None:
        """Somebody starts it again, if the scenario says of one of its workers that somebody does."""
        seconds = [
            comes_back
            for each in machine.components.values()
            if (comes_back := float(getattr(each, "comes_back", 0.0) or 0.0)) > 0
        ]
        if seconds and machine.name not in self.away:
            self.call_at(self.now + min(seconds), lambda _: self.launch(machine))

    def _mind(self, machine: Machine, process: subprocess.Popen[bytes]) -> None:
        """Notice the death of a process that had not called yet; of others their link tells."""
        process.wait()
        if self._running and not self.stop.is_set() and machine.known is not process:
            self.fault(machine.name, "killed")
            self.again(machine)

    def _watch_redis(self) -> None:
        """Notice when a Redis server was started anew: it has forgotten everything."""
        known: dict[int, str] = {}
        missed: dict[int, float] = {}
        while True:
            for place, host in enumerate(self.stores):
                try:
                    found = host.run_id()
                    anew = found != known.get(place, found)
                    if anew and place == 0:
                        self.store.put(RECORD, self._record, 86400.0)
                except LayerUnavailable:
                    missed.setdefault(place, self.now)
                    continue
                known[place] = found
                if anew:
                    self._started_anew(place, missed.get(place, self.now))
                missed.pop(place, None)
            if self.stop.wait(LOOK):
                return

    def _started_anew(self, place: int, missed: float) -> None:
        """A Redis server has forgotten everything."""
        if self._redis:
            first = self._redis[0]  # all are on the same servers, by the same rule

            def had(channel: str) -> bool:
                return first.home(channel) == place

            self.deaths.append(Death(self.now, "layer flushed", name=first.name, had=had, missed=missed))
        for layer in self._redis:
            self.fault(layer.name, "started")

    # -- the end

    def tell_to_stop(self) -> None:
        """The run is over: the machines are told."""
        for machine in self.machines.values():
            self.tell(machine, "stop")

    def tell(self, machine: Machine, *words: Any) -> bool:
        """Say something to a machine's process; whether there is one."""
        if machine.link is None or machine.dead:
            return False
        with suppress(Closed):  # whoever listens there says that it is dead, and what becomes of this
            machine.link.say(*words)
        return True

    def _stop(self) -> None:
        super()._stop()
        self.tell_to_stop()
        until = time.monotonic() + 2 * PATIENCE
        for machine in self.machines.values():
            if not machine.dead and not machine.over.wait(max(until - time.monotonic(), 0.0)):
                self.report(f"the machine {machine.name!r} did not stop, and was left behind")
        self._ended = self.now
        self.settle()
        self.clear_away()

    def settle(self) -> None:
        """Close the books: what has expired, what waits, and what the dead took with them."""
        waiting: set[int] = set()
        for layer in self._redis:
            clerk = RedisLayer(
                self.hosts,
                f"{self.prefix}{layer.name}:",
                layer.expiry,
                layer.group_expiry,
                layer.capacity,
                era=layer.era,
                clock=lambda: self.now,
                recorder=self.recorder,
                name=layer.name,
            )
            try:
                clerk.sweep()
                waiting |= clerk.waiting().keys()
            except LayerUnavailable as error:
                self.report(str(error))
            finally:
                clerk.close()
        trace = self.recorder.finish(self.now)
        reckon(trace, self.deaths, waiting, self.recorder, self._in_order)

    def _in_order(self, channel: str) -> bool:
        """Of a channel that is on several servers nobody knows the order."""
        return len(self.hosts) == 1 or one_reader(channel)

    def clear_away(self) -> None:
        """End every process that was started here, and forget the run."""
        self._leaving.set()
        with suppress(OSError):
            self._listener.close()
        for machine in self.machines.values():
            if machine.link is not None:
                machine.link.close()
            if machine.process is not None:
                try:
                    machine.process.wait(PATIENCE if machine.ready.is_set() else 0.1)
                except subprocess.TimeoutExpired:
                    machine.process.kill()
                    machine.process.wait()
        for host in self.stores:
            with suppress(LayerUnavailable):
                host.forget_all()
            host.close()
        self._folder.cleanup()


def listening(address: str, secret: str) -> Listener:
    """Where machines call. Raises ScenarioError for an address that is none of this computer's."""
    if not address:  # to a socket that means every network there is
        raise ScenarioError("listen='': it must be an address of this computer, such as 127.0.0.1")
    try:
        socket.getaddrinfo(address, None)  # Listener would leave its socket open at a name that cannot be one
        return Listener((address, 0), authkey=secret.encode())
    except (OSError, ValueError) as error:  # ValueError: what no name can be
        why = getattr(error, "strerror", None) or error
        raise ScenarioError(f"listen={address!r}: nothing can listen there: {why}") from None


class Far:
    """Whoever holds a socket's other end, on another machine."""

    def __init__(self, outside: Outside, machine: Machine):
        self._outside = outside
        self._machine = machine

    def silent(self, socket: Any) -> None:
        """The client is gone without a word."""
        self._outside.tell(self._machine, "silent", self._outside.text(socket.code))


def world_on(
    layer: str | Sequence[str], scenario: Scenario, seed: int, away: Sequence[str] = (), listen: str = "127.0.0.1",
    prefix: str | None = None, over: str = "threads",
) -> World:  # fmt: skip
    """The world in which each machine is a process, and the layer is on the Redis servers *layer*; clients and servers
    meet *over* "threads" of those, or "sockets"."""
    hosts = [layer] if isinstance(layer, str) else list(layer)
    outside: type[Outside] = Outside
    if over == "sockets":
        from chansim.live.machines_over_sockets import OutsideOverSockets  # with it come httpx and websockets

        outside = OutsideOverSockets
    elif over != "threads":
        raise wrong_over(over)
    try:
        return outside(scenario, seed, hosts, prefix, away, listen)
    except ScenarioError:
        raise  # it says itself what is wrong
    except (LayerUnavailable, ValueError) as error:
        raise ScenarioError(f"layer={layer!r}: {error}") from error

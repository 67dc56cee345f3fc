"""Serving one machine's part of a run: what ``chansim serve --machine`` does, here or on another computer."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from multiprocessing import AuthenticationError
from typing import Any

from chansim.live.link import Closed, Link, parcel_of
from chansim.live.machines import Inside, machines_of
from chansim.live.outside import READY, RECORD
from chansim.live.redis_host import LayerUnavailable, RedisHost
from chansim.scenario import Scenario, ScenarioError

LATE = 15.0
"""Seconds after which a process whose run is over ends, whatever its components are still doing."""


def serve(
    scenario: Scenario,
    machine: str,
    hosts: Sequence[str],
    prefix: str,
    address: str | None = None,
    listen: str = "127.0.0.1",
    port: int = 0,
    names: Sequence[str] = (),
) -> None:
    """Take part in a run as *machine*, from its beginning to its end; *address* is where the process outside listens,
    where that is not what it says itself. Over sockets, real servers listen at *listen*, the first at *port* (0 for
    any), and may be called by *names* besides.

    Raises ScenarioError for a machine that has nothing to serve, or where no run is found or reached.
    """
    if machine not in machines_of(scenario):
        raise ScenarioError(
            f"machine={machine!r}: the machines that serve something are {', '.join(machines_of(scenario)) or 'none'}"
        )
    record = found(hosts, prefix)
    outside = address or record["host"], record["port"]
    try:
        link = Link.to(outside, record["secret"].encode())
    except (OSError, ValueError, AuthenticationError) as error:
        why = getattr(error, "strerror", None) or error
        raise ScenarioError(
            f"address={outside[0]!r}: the process outside is not reached there, on port {outside[1]}: {why}"
        ) from None
    link.say("hello", machine)
    about = scenario, record["seed"], machine, hosts, prefix, link, link.hear()[1]
    world: Inside
    if record.get("over") == "sockets":
        from chansim.live.machines_over_sockets import InsideOverSockets

        world = InsideOverSockets(*about, record["token"], listen, port, names)
    else:
        world = Inside(*about)
    try:
        world.start(record["seconds"])
        hear(world, link)
    except Closed:
        leave(world)  # whoever started the run is gone, and so is all that it was for
    except LayerUnavailable as error:  # just while it started; afterwards each behaviour sees to that itself
        raise ScenarioError(f"layer={hosts[0]!r}: {error}") from error
    world.see_out(0.0)
    with suppress(Closed):
        link.say("over")


def found(hosts: Sequence[str], prefix: str) -> dict[str, Any]:
    """What Redis has about the run. Waits for both a while. Raises ScenarioError where one of them is not there."""
    try:
        store = RedisHost(hosts[0], prefix, 1.0, 1.0, False, False, None, lambda host, queues: None)
    except ValueError as error:
        raise ScenarioError(f"layer={list(hosts)!r}: {error}") from None
    until = time.monotonic() + READY
    try:
        while True:
            late = time.monotonic() > until
            try:
                told = store.get(RECORD)
            except OSError as error:  # it may be on its way back, just as this process is
                if late:
                    raise ScenarioError(f"layer={hosts[0]!r}: {error}") from error
                told = None
            if told is not None:
                return dict(json.loads(told))
            if late:
                raise ScenarioError(
                    f"no run was found on {store.name} under {prefix!r} within {READY:g} s: start it there first"
                )
            time.sleep(0.1)
    finally:
        store.close()


def hear(world: Inside, link: Link) -> None:
    """Do what the process outside says, until it says that the run is over. Raises Closed where it is gone."""
    while True:
        kind, *rest = link.hear()
        if kind == "parcel":
            world.arrived(*parcel_of(rest, world.code, world.between))
        elif kind == "do":
            name, what = rest
            world.call_at(world.now, partial(do, world, name), what)
        elif kind in ("there", "forget"):
            getattr(world, kind)(*rest)
        elif kind == "silent":
            world.call_at(world.now, partial(silent, world), rest[0])
        elif kind == "stop":
            late = threading.Timer(LATE, os._exit, (1,))
            late.daemon = True
            late.start()
            return


def do(world: Inside, name: str, what: str) -> None:
    """Kill, stop or restart a component that is here."""
    if what in ("kill", "stop", "restart"):
        getattr(world.shared(name), what)()


def silent(world: Inside, label: str) -> None:
    """The client at the other end of a socket is gone without a word."""
    socket = world.between.labelled(label)
    if socket is not None and socket.held_by is not None:
        socket.held_by.silent(socket)


def leave(world: Inside) -> None:
    """End at once: nobody is there who would want to know more."""
    world.stop.set()
    os._exit(3)

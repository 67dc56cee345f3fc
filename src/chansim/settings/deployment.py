"""Deployment: what settings would build, on how many machines and by which command; in words, or as a Scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chansim.channels.wsgi import WSGIApplication
from chansim.deployments.parts import RATE, SERVICE, arrival_law, daphne, habits, service_law
from chansim.duration import Duration
from chansim.layer.eras import JUNE_2016, Era
from chansim.model.application import Application, hello
from chansim.model.arrivals import Poisson
from chansim.model.chatters import Chatters
from chansim.model.client import Clients
from chansim.model.component import Component, ScenarioError
from chansim.model.machine import Machine
from chansim.model.worker import Worker
from chansim.scenario import Scenario
from chansim.settings.backends import out_of_reach
from chansim.settings.entry import read_entry
from chansim.settings.layers import layers_of

COMMANDS = {"runworker": "processes of their own", "runserver": "threads of the one process"}
"""What starts the workers, and what they are."""

THREADS = 4
"""Workers that ``runserver`` ran beside Daphne."""


@dataclass(frozen=True)
class Reading:
    """What settings come to: a *scenario*, or *problems* for which they cannot work. All else is sentences:
    *built*, what the scenario consists of, and *remarks*, what there is to know about it."""

    scenario: Scenario | None
    built: tuple[str, ...]
    problems: tuple[str, ...]
    remarks: tuple[str, ...]

    def __str__(self) -> str:
        parts = {
            "This would be built:": self.built,
            "This cannot work:": self.problems,
            "To know:": self.remarks,
        }
        return "\n".join(
            line
            for head, sentences in parts.items()
            if sentences
            for line in (head, *(f"- {sentence}" for sentence in sentences))
        )


def explain(channel_layers: Mapping[str, Any], **options: Any) -> str:
    """In words: what :func:`read`, given the same, would build, all that cannot work, and what to know."""
    return str(read(channel_layers, **options))


def scenario_of(channel_layers: Mapping[str, Any], **options: Any) -> Scenario:
    """The scenario that :func:`read`, given the same, comes to. Raises ScenarioError with the first problem."""
    reading = read(channel_layers, **options)
    if reading.scenario is None:
        raise ScenarioError(reading.problems[0])
    return reading.scenario


def read(
    channel_layers: Mapping[str, Any],
    *,
    alias: str = "default",
    applications: Mapping[str, Any] | None = None,
    command: str = "runworker",
    machines: int = 1,
    workers: int | Sequence[int] | None = None,
    rate: float = RATE,
    members: int = 10,
    service: float | Duration = SERVICE,
    wsgi: WSGIApplication = hello,
    cores: int = 4,
    era: str | Era = JUNE_2016.name,
    seconds: float | None = 60.0,
) -> Reading:
    """Read ``CHANNEL_LAYERS``: the entry *alias* of it, with the defaults of the *era*.

    *applications*: routings by the dotted paths that ROUTING may name. *command*:
    "runworker" where Daphne and every worker is a process of its own,
    "runserver" where they are one process. *machines*: on how many it runs;
    *workers*: how many on each, or ``(3, 0)`` for 3 on the first and none on
    the second; if not given one, or the 4 threads of runserver.

    The load, spread evenly over the machines: *rate* requests a second and,
    where ROUTING takes ``websocket.connect``, *members* who hold a WebSocket.
    *service*: seconds that a view or a consumer waits, a number meaning
    exponential with that mean. *wsgi*: the views. *cores*: of each machine.
    """
    entry = read_entry(channel_layers, alias, applications or {}, habits("settings", era))
    problems, remarks = list(entry.problems), tuple(entry.remarks)
    crew = _crew(command, machines, workers, problems)
    if entry.backend is not None and crew:
        problems += out_of_reach(entry.backend, crew, command, entry.hosts)
    try:
        application = Application(
            name="site", routing=entry.routing or (), wsgi=wsgi, io=service_law("settings", service, wsgi)
        )
        arrival_law("settings", rate, None)
    except ScenarioError as error:
        problems.append(str(error))
    if entry.backend is None or entry.layer is None or problems:
        return Reading(None, (), tuple(problems), remarks)

    names = [f"server-{n}" for n in range(1, len(crew) + 1)] if len(crew) > 1 else ["server"]
    try:
        layers = layers_of(entry.backend, entry.layer, entry.hosts, names)
        scenario = Scenario(
            f"Settings: {entry.backend.path}",
            (
                *_clients(names, application, rate, members),
                *(Machine(name=name, cores=cores) for name in (*names, *layers.machines)),
                application,
                *(
                    replace(
                        daphne(habits("settings", era), machine=name, layer=layers.used[name]),
                        name=_on(name, "daphne"),
                    )
                    for name in names
                ),
                *layers.components,
                *_workers(names, crew, command, layers.used),
            ),
            seconds=seconds,
        )
    except ScenarioError as error:
        return Reading(None, (), (str(error),), remarks)
    built = (
        f"{entry.backend.path}: {entry.backend.about}",
        *layers.built,
        *(
            f"on the machine {name!r}, Daphne and {_count(number)}, {COMMANDS[command]}"
            for name, number in zip(names, crew, strict=True)
        ),
        f"each worker takes messages of {', '.join(application.router.channels)}",
    )
    remarks += layers.remarks
    if not any(crew):
        remarks += ("there is no worker: every page hangs until Daphne says 503",)
    return Reading(scenario, built, (), remarks)


def _crew(command: object, machines: object, workers: Any, problems: list[str]) -> tuple[int, ...]:
    """How many workers on each machine; empty where that cannot be told."""
    if command not in COMMANDS:
        problems.append(f"settings: command={command!r}: it must be one of {', '.join(COMMANDS)}")
    if not _whole(machines, 1, 100):
        problems.append(f"settings: machines={machines!r}: it must be a whole number from 1 to 100")
        return ()
    assert isinstance(machines, int)
    if workers is None:
        workers = THREADS if command == "runserver" else 1
    crew = (workers,) * machines if isinstance(workers, int) else workers
    legal = isinstance(crew, (tuple, list)) and all(_whole(number, 0, 10_000) for number in crew)
    if not legal or len(crew) != machines:
        words = f"it must be a whole number from 0 to 10,000, or as many of them as machines, {machines}"
        problems.append(f"settings: workers={workers!r}: {words}")
        return ()
    return tuple(crew)


def _clients(machines: Sequence[str], site: Application, rate: float, members: int) -> list[Component]:
    """The clients of each machine's interface server."""
    if not _whole(members, 0, 1_000_000):
        raise ScenarioError(f"settings: members={members!r}: it must be a whole number from 0 to 1,000,000")
    found: list[Component] = []
    for place, machine in enumerate(machines):
        server, share = _on(machine, "daphne"), (members + place) // len(machines)
        arrivals = Poisson(rate / len(machines))
        found.append(Clients(name=_on(machine, "clients"), server=server, arrivals=arrivals))
        if share and "websocket.connect" in site.router.channels:
            found.append(Chatters(name=_on(machine, "chatters"), server=server, members=share))
    return found


def _workers(
    machines: Sequence[str], crew: Sequence[int], command: str, layers: Mapping[str, str]
) -> list[Worker]:
    """The workers of each machine, numbered throughout; those of runserver are threads."""
    if command == "runserver":
        staffed = [(machine, number) for machine, number in zip(machines, crew, strict=True) if number]
    else:
        staffed = [
            (machine, 1) for machine, number in zip(machines, crew, strict=True) for _ in range(number)
        ]
    return [
        Worker(
            name=f"worker-{n}", machine=machine, threads=threads, layer=layers[machine], application="site"
        )
        for n, (machine, threads) in enumerate(staffed, 1)
    ]


def _on(machine: str, name: str) -> str:
    """The name of what runs on, or for, that machine: "daphne-2" for "server-2", "daphne" for "server"."""
    return name + machine.removeprefix("server")


def _count(workers: int) -> str:
    return f"{workers or 'no'} worker{'s' * (workers != 1)}"


def _whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high

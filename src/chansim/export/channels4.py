"""Channels 4: the talk's chat as a small project that runs today, with a scenario's channel layer.

What may live here: what is taken from the scenario, what is not, and the words for both. The project's own files are
in ``project/``, to be read as they are; a name that ends in ``-tpl`` has places that are filled in here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from textwrap import wrap
from typing import Any

from chansim.applications import chat
from chansim.editing.finding import link_to, provides
from chansim.model.application import hello
from chansim.model.component import Component, ScenarioError
from chansim.scenario import Scenario

HERE = Path(__file__).parent

MARK = "-tpl"
"""Ends the name of a file with places to be filled in, so that no tool takes it for Python."""

TALKS = (chat.ws_connect, chat.ws_accept, chat.ws_receive, chat.ws_disconnect)
"""The consumers that the exported one stands for."""

LEFT_OUT = {
    "worker": "nothing waits for them: consumers run in the server process",
    "client": "a project has no clients in it; those come with their browsers",
    "server": "Daphne answers the pages too; what stands in front of it is yours to choose",
    "interface": "what it brings in would today be a program of its own, which sends to the layer",
    "layer": "the project has one channel layer, for all its processes",
    "": "it belongs to the experiment, not to the site",
}
"""Why a component is not in the project, by its role."""

NAMED = 5
"""So many of a kind are called by their names."""


@dataclass(frozen=True)
class Project:
    """*files*: texts by their paths. *left_out*: what of the scenario is not in them, a sentence each."""

    files: Mapping[str, str]
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class Layer:
    """What CHANNEL_LAYERS is to say, with times in whole seconds; and *taken* and *left*, sentences on that."""

    in_redis: bool
    capacity: int
    expiry: int
    group_expiry: int
    taken: tuple[str, ...]
    left: tuple[str, ...]


def project(scenario: Scenario) -> Project:
    """The talk's chat for Channels 4, on a channel layer such as the *scenario* has where its sockets are.

    Raises ScenarioError for a scenario in which no server that holds WebSockets has a channel layer.
    """
    servers = holding_sockets(scenario)
    if not servers:
        raise ScenarioError(
            f"scenario {scenario.title!r}: no server that holds WebSockets has a channel layer, so there is nothing "
            "to make settings of; that of slide 24, chansim.deployments.slide24(), has one"
        )
    layer = layer_of(scenario, servers)
    left_out = (*layer.left, *other_consumers(scenario), *other_components(scenario, servers))
    places = {
        "title": repr(scenario.title),
        "layer_comments": "\n".join(
            comments(("Taken from the scenario:", layer.taken), ("Not:", layer.left))
        ),
        "layer": filled(
            HERE / "layers" / ("redis.py-tpl" if layer.in_redis else "memory.py-tpl"),
            {name: str(getattr(layer, name)) for name in ("capacity", "expiry", "group_expiry")},
        ),
        "redis_requirement": "channels-redis>=4.2,<5\n" if layer.in_redis else "",
        "redis_command": "    redis-server --bind 127.0.0.1    # if none is running\n"
        if layer.in_redis
        else "",
        "redis_variable": "; `REDIS_URL`, where Redis is (else this machine)" if layer.in_redis else "",
        "processes": processes(layer, servers),
        "procfile": "\n".join(procfile(layer, servers)),
        "left_out": "\n".join(f"- {each}" for each in left_out),
    }
    files = {}
    for path in sorted((HERE / "project").rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            name = path.relative_to(HERE / "project").as_posix()
            text = filled(path, places) if name.endswith(MARK) else path.read_text(encoding="utf-8")
            files[name.removesuffix(MARK)] = text.rstrip("\n") + "\n"
    return Project(files, left_out)


def holding_sockets(scenario: Scenario) -> list[Component]:
    """The servers with a channel layer to which people hold sockets; where there are no people, all."""
    able = [each for each in scenario if provides(each, "sockets") and link_to(each, "layer")]
    near = [each.name for each in scenario if provides(each, "people")]
    for name in near:  # grows as it is walked
        near += [other for _, other in scenario[name].links() if other not in near]
    return [each for each in able if each.name in near] or able


def layer_of(scenario: Scenario, servers: list[Component]) -> Layer:
    """The layer of the first of *servers*: its numbers, and what becomes of the rest of it."""
    used = list(dict.fromkeys(getattr(each, link_to(each, "layer")) for each in servers))
    whole = scenario[used[0]]
    parts = [scenario[name] for _, name in whole.links()]
    part: Any = parts[0] if parts else whole
    was_in_memory = not parts and (part.one_machine or part.worker_poll > 0)
    in_redis = not was_in_memory or len(servers) > 1
    expiry, group_expiry = (math.ceil(seconds) for seconds in (part.expiry, part.group_expiry))
    kind = "channels_redis" if in_redis else "the layer in memory"
    taken = [
        f"{kind}, for {whole.kind} {whole.name!r}"
        + (f" of {len(parts)} parts" if len(parts) > 1 else "")
        + f" and {len(servers)} server{'s' * (len(servers) > 1)} that hold{'s' * (len(servers) == 1)} its sockets;",
        f"capacity {part.capacity}, expiry {part.expiry:g} s and group_expiry {part.group_expiry:g} s"
        + (f", as {part.kind} {part.name!r} has them." if part is not whole else "."),
    ]
    left = []
    if was_in_memory and in_redis:
        left.append(
            f"{whole.kind} {whole.name!r} is in memory that {len(servers)} servers share; the layer in memory of "
            "Channels 4 is of one process, so it is Redis"
        )
    if expiry != part.expiry or group_expiry != part.group_expiry:
        left.append("times are whole seconds in Channels 4, and are rounded up")
    if len(used) > 1:
        left.append(
            f"the layers {named(used[1:])} of other servers: the project has one, so all its members meet in the room"
        )
    if len(parts) > 1:
        left.append(
            f"where the parts {named([each.name for each in parts])} are: give their addresses in REDIS_URL"
        )
    elif parts:
        left.append(f"the local half of {whole.kind} {whole.name!r}: there is no such layer any more")
    if part.channel_capacity:
        patterns = named([str(getattr(key, "pattern", key)) for key, _ in part.channel_capacity])
        left.append(
            f"channel_capacity for {patterns}: those channels are no more; all of today's belong to one connection"
        )
    left.append(
        "the times that a layer's work takes, the share that it loses on purpose, and the era: no setting has them"
    )
    return Layer(in_redis, part.capacity, expiry, group_expiry, tuple(taken), tuple(left))


def processes(layer: Layer, servers: list[Component]) -> str:
    """How many servers there may be."""
    if not layer.in_redis:
        return "Start one server process, no more: its channel layer is in its own memory."
    many = f"The scenario has {len(servers)} servers" if len(servers) > 1 else "There may be several servers"
    return (
        f"{many}: start each on a port of its own, with the same SECRET_KEY, and a proxy before them. `Procfile` has a "
        "line for each: run them by hand, or all at once with `honcho start`, or what else reads such a file."
    )


def procfile(layer: Layer, servers: list[Component]) -> Iterator[str]:
    """The processes to be started, a line each; its program may say in PORT where."""
    for number in range(1, (len(servers) if layer.in_redis else 1) + 1):
        yield f"server{number}: daphne -b 127.0.0.1 -p ${{PORT:-{7999 + number}}} chat.asgi:application"


# -- left out


def other_consumers(scenario: Scenario) -> Iterator[str]:
    """What the applications of the scenario do besides the talk's chat."""
    is_chat = False
    for application in scenario:
        if not provides(application, "application"):
            continue
        for channels, consumer in consumers(getattr(application, "routing", ())):
            if consumer in TALKS:
                is_chat = True
            else:
                yield f"the consumer {called(consumer)} for {named(channels)}: only the talk's chat is exported"
        wsgi = getattr(application, "wsgi", hello)
        if wsgi is not hello:
            yield f"the pages of {called(wsgi)}: the project has the chat's page"
    if not is_chat:
        yield "the scenario has none of the talk's own consumers; the chat is there all the same"


def consumers(routing: Iterable[Any]) -> Iterator[tuple[tuple[str, ...], object]]:
    """The consumers of a *routing* and of those that it includes, each with its channels."""
    for entry in routing:
        if hasattr(entry, "routes"):
            yield from consumers(entry.routes)
        else:
            yield entry.channels, getattr(entry, "consumer", entry)


def other_components(scenario: Scenario, servers: list[Component]) -> Iterator[str]:
    """Why the other components are not in the project, a sentence for each kind."""
    used: set[str] = {each.name for each in servers}
    for server in servers:
        layer = getattr(server, link_to(server, "layer"))
        used |= {layer, *(name for _, name in scenario[layer].links())}  # said in layer_of
    kinds: dict[str, list[Component]] = {}
    for each in scenario:
        if each.name not in used and not provides(each, "application"):
            kinds.setdefault(each.kind, []).append(each)
    for kind, there in kinds.items():
        why = LEFT_OUT.get(there[0].role, LEFT_OUT[""])
        yield f"{kind} {named([each.name for each in there])}: {why}"


# -- words


def called(thing: object) -> str:
    """The name of a function, with the file it is in: rooms.ws_connect."""
    name = getattr(thing, "__qualname__", None) or getattr(thing, "__name__", None) or type(thing).__name__
    module = str(getattr(thing, "__module__", None) or "").rpartition(".")[2]
    return f"{module}.{name}" if module else str(name)


def named(names: Iterable[str]) -> str:
    """Their names, as far as there are few."""
    there = list(names)
    more = f" and {len(there) - NAMED} more" if len(there) > NAMED else ""
    return ", ".join(map(repr, there[:NAMED])) + more


def comments(*parts: tuple[str, tuple[str, ...]]) -> Iterator[str]:
    """The sentences of each part under its head, as comments of Python."""
    for head, sentences in parts:
        yield f"# {head}"
        for each in sentences:
            yield from wrap(
                each, 110, initial_indent="# - ", subsequent_indent="#   ", break_on_hyphens=False
            )


def filled(path: Path, places: Mapping[str, str]) -> str:
    """The text of a file with its *places* filled in."""
    return Template(path.read_text(encoding="utf-8")).substitute(places)

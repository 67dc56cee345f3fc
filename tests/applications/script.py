"""What the tests of the applications share: people who do, one after the other, what is written,
in either world; what they were told, and what that took in messages."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from chansim import Run, Scenario, execute, simulate
from chansim.model.component import Component
from chansim.model.world import HTTP_REQUEST, Socket, World
from model.tiny import channels_world, site

STEP = 0.15
"""Seconds between two lines of a script: what the first has set going is over by then, executed too."""

WORLDS: dict[str, Callable[[Scenario], Run]] = {
    "simulated": simulate,
    "executed": lambda scenario: execute(scenario, seconds=scenario.seconds),
}
in_both_worlds = pytest.mark.parametrize("world", WORLDS)

Line = tuple[str, str | bytes]
"""Who, and what they do: a text that begins with "/" is an address to open a WebSocket at, "close"
closes it, any other text is a frame; bytes are the form that a POST request sends."""


@dataclass(frozen=True, kw_only=True)
class People(Component):
    """They do what the *lines* say. *told* and *requests* are filled in by the run."""

    lines: tuple[Line, ...]
    step: float = STEP
    told: list[tuple[str, Any]] = field(default_factory=list, compare=False)
    requests: dict[Line, int] = field(default_factory=dict, compare=False)

    role = "client"

    def start(self, world: World) -> None:
        sockets: dict[str, Socket] = {}
        whose: dict[int, str] = {}
        code = world.code(self.name)

        def act(line: Line) -> None:
            who, what = line
            request = self.requests[line] = world.new_request(0.5)
            if isinstance(what, bytes):
                whose[-request] = who
                form = {**HTTP_REQUEST, "method": "POST", "path": "/admin/", "body": what}
                world.post(self.name, "server", "request", request, form)
                return
            kind = "connect" if what.startswith("/") else "close" if what == "close" else "frame"
            if kind == "connect":
                sockets[who] = Socket(world.code(f"socket of {who}"), self.name, 0)
                whose[sockets[who].code] = who
            world.post(self.name, "server", kind, request, what, sockets[who])

        def arrived(parcel: Any) -> None:
            world.accept(parcel, code)
            who = whose[parcel.channel or -parcel.request]
            self.told.append((who, parcel.content if parcel.kind == "frame" else parcel.kind))

        world.on_arrival(self.name, arrived)
        for place, line in enumerate(self.lines):
            world.call_at(self.step * (place + 1), act, line)


@dataclass
class Play:
    """What came of a script."""

    run: Run
    people: People

    def told(self, who: str) -> list[Any]:
        """What somebody was told, in order: the texts of frames, and how it ended."""
        return [what for each, what in self.people.told if each == who]

    def messages(self, who: str, what: str | bytes) -> dict[str, int]:
        """How many messages went through the layer for that line, by channel; a reply channel up to its mark."""
        request = self.people.requests[who, what]
        return sent(self.run, request=request)


def sent(run: Run, **equals: Any) -> dict[str, int]:
    """How many messages were sent through the layer, by channel. (The plain network's have a detail.)"""
    rows = run.trace.rows(event="sent", detail="", **equals)
    return dict(Counter(row.channel.partition("!")[0] for row in rows))


def play(
    world: str,
    routing: Any,
    *lines: Line,
    wsgi: Any = None,
    more: tuple[Component, ...] = (),
    step: float = STEP,
    after: float = 0.4,
    **options: Any,
) -> Play:
    """An application, and people who do what the *lines* say, *step* seconds apart; then *after* seconds more."""
    people = People(name="people", lines=lines, step=step)
    views = {} if wsgi is None else {"wsgi": wsgi}
    scenario = channels_world(
        application=site(routing=routing, **views),
        more=(people, *more),
        seconds=step * len(lines) + after,
        **options,
    )
    run = WORLDS[world](scenario)
    assert run.world == world
    return Play(run, people)

"""Waits: every message that waited in a queue, and what each queue could hold.

What may live here: reading a trace's messages into stretches of waiting, by layer and channel, and the most
that a scenario lets wait there. Nothing here draws.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from chansim.measures import family
from chansim.measures.rows import is_plain, rows
from chansim.trace import LOST, RECEIVED, SENT
from chansim.views.through import linked

if TYPE_CHECKING:
    from chansim.run import Run
    from chansim.scenario import Scenario


class Wait(NamedTuple):
    """*message* waited from *begin* to *end* in seconds; *cause* says why it was lost then, "" where it was taken.

    One that still waits when the run ends has its end there. *channel* is the one channel, not its family.
    """

    message: int
    request: int
    channel: str
    begin: float
    end: float
    cause: str


@dataclass
class Queue:
    """A channel, or all of a family, of one *layer*; "" where there is one layer only, or none.

    *capacity*: messages that one channel of it holds, None where nothing says so.
    """

    layer: str
    channel: str
    capacity: int | None
    waits: list[Wait] = field(default_factory=list)

    @property
    def name(self) -> str:
        """ "layer-1 · http.request"."""
        return f"{self.layer} · {self.channel}" if self.layer else self.channel

    def depth_changes(self) -> dict[str, list[tuple[float, int]]]:
        """By single channel: each moment and how many more or fewer wait from then on, in order."""
        changes: dict[str, list[tuple[float, int]]] = {}
        for each in self.waits:
            changes.setdefault(each.channel, []).extend([(each.begin, 1), (each.end, -1)])
        for found in changes.values():
            found.sort()  # at one moment what leaves goes before what comes
        return changes


def queues(run: Run) -> list[Queue]:
    """The queues of *run* that anything was sent to, in order of their first messages."""
    trace, names = run.trace, run.trace.names
    layers = _layers(run.scenario)
    several = len({name for name in layers.values() if name}) > 1
    plain = [is_plain(name) for name in names]
    found: dict[tuple[str, str], Queue] = {}
    open_: dict[int, tuple[Queue, int, int, float]] = {}
    columns = ("t", "event", "component", "channel", "message", "request", "detail")
    for t, event, who, channel, message, request, detail in rows(trace, (SENT, RECEIVED, LOST), *columns):
        if event == SENT and not plain[channel]:
            layer = layers.get(names[who], "")
            key = layer if several else "", family(names[channel])
            if key not in found:
                found[key] = Queue(*key, _capacity(run.scenario, layer, names[channel]))
            open_[message] = found[key], channel, request, t
        elif message in open_:
            queue, channel, request, begin = open_.pop(message)
            cause = names[detail] if event == LOST else ""
            queue.waits.append(Wait(message, request, names[channel], begin, t, cause))
    for message, (queue, channel, request, begin) in open_.items():
        queue.waits.append(Wait(message, request, names[channel], begin, trace.end, ""))
    return list(found.values())


def _layers(scenario: Scenario) -> dict[str, str]:
    """By component and lane: the one layer that it puts messages on; "" where it uses several, or none."""
    found = {}
    for each in scenario.components:
        used = [name for name in linked(scenario, each) if scenario[name].role == "layer"]
        for name in (each.name, *each.lanes()):
            found[name] = used[0] if len(used) == 1 and each.role != "layer" else ""
    return found


def _capacity(scenario: Scenario, layer: str, channel: str) -> int | None:
    """How many messages one channel of that layer holds; of a server's accept queue, its backlog."""
    server, accept, _ = channel.partition(".accept")
    names: Iterable[str] = [server] if accept else [layer]
    for each in scenario.components:
        if accept and each.name in names:
            return _number(getattr(each, "backlog", None))
        if not accept and each.role == "layer" and each.name == layer:
            for pattern, many in getattr(each, "channel_capacity", ()):
                matches = getattr(pattern, "match", None)
                if matches(channel) if matches else fnmatchcase(channel, pattern):
                    return int(many)
            return _number(getattr(each, "capacity", None))
    return None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None

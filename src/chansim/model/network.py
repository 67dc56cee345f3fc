"""Network: how long a message is on its way between two machines, and whether it arrives."""

from __future__ import annotations

from dataclasses import dataclass

from chansim.duration import Duration, as_duration, what_is_wrong
from chansim.model.component import ScenarioError, duration


@dataclass(frozen=True)
class Link:
    """One way between two machines: *latency* in seconds, and *jitter*, drawn anew for each message and added.

    *loss*: the share of the messages, from 0 to 1, that are dropped on it, at
    random, in both worlds. Whole messages between clients, servers and services
    are: a request without an answer, a frame that nobody gets. Who waits for
    one waits for ever, if not its patience, or a timeout, ends that. Calls of a
    channel layer are never dropped: they run over connections that repeat what
    is lost, and the time that takes is left out.
    """

    latency: float
    jitter: Duration = duration(0.0, doc="seconds added to a message's latency")
    loss: float = 0.0

    def __post_init__(self) -> None:
        latency: object = self.latency
        why = what_is_wrong(latency)
        if not why and not isinstance(latency, (int, float)):
            why = "it must be a number of seconds; what varies is the jitter"
        if why:
            raise ScenarioError(f"a network link: latency={self.latency!r}: {why}")
        why = what_is_wrong(self.jitter)
        if why:
            raise ScenarioError(f"a network link: jitter={self.jitter!r}: {why}")
        loss: object = self.loss
        if isinstance(loss, bool) or not isinstance(loss, (int, float)) or not 0 <= loss <= 1:
            raise ScenarioError(f"a network link: loss={loss!r}: it must be a share from 0 to 1")
        object.__setattr__(self, "jitter", as_duration(self.jitter))


PRESETS = {
    "loopback": Link(0.000_03),
    "lan": Link(0.000_5),
    "wan": Link(0.030),
}
"""One-way latencies: within a machine, in a data centre, across a continent. Orders of magnitude, not measurements."""


@dataclass(frozen=True)
class Network:
    """Links by where the two ends are: *within* a machine, *between* two, and to clients *outside*.

    Each is a :class:`Link` or the name of a preset: loopback, lan, wan.
    *links* are exceptions: ``(("web", "redis", "wan"), ...)``, both ways.
    """

    within: str | Link = "loopback"
    between: str | Link = "lan"
    outside: str | Link = "lan"
    links: tuple[tuple[str, str, str | Link], ...] = ()

    def __post_init__(self) -> None:
        for where in ("within", "between", "outside"):
            _link(where, getattr(self, where))
        try:
            links = tuple((a, b, link) for a, b, link in self.links)
        except (TypeError, ValueError):
            form = '(("one machine", "another", "wan"), ...)'
            raise ScenarioError(f"network: links={self.links!r}: it must be written as {form}") from None
        object.__setattr__(self, "links", links)
        ends = [frozenset((a, b)) for a, b, _ in links]
        for place, (a, b, link) in enumerate(links):
            _link(f"links {a!r}-{b!r}", link)
            if ends[place] in ends[:place]:
                raise ScenarioError(f"network: links: the way between {a!r} and {b!r} is there twice").at(
                    "network", "links"
                )

    def check(self, machines: list[str]) -> None:
        """Raise ScenarioError where an exception names a machine that is not there."""
        for a, b, _ in self.links:
            for name in (a, b):
                if name and name not in machines:
                    raise ScenarioError(
                        f"network: links={(a, b)!r} names the machine {name!r}; "
                        f"machines here: {', '.join(machines) or 'none'}"
                    ).at("network", "links")

    @property
    def loses(self) -> bool:
        """Whether any of its links drops messages."""
        links = (self.within, self.between, self.outside, *(link for _, _, link in self.links))
        return any(_link("links", link).loss for link in links)

    def link(self, a: str, b: str) -> Link:
        """The way from machine *a* to machine *b*; "" is outside."""
        for one, other, link in self.links:
            if (a, b) in ((one, other), (other, one)):
                return _link("links", link)
        if not a or not b:
            return _link("outside", self.outside)
        return _link("within", self.within) if a == b else _link("between", self.between)


def _link(where: str, value: str | Link) -> Link:
    if isinstance(value, Link):
        return value
    try:
        return PRESETS[value]
    except (KeyError, TypeError):
        raise ScenarioError(
            f"network: {where}={value!r} is no preset; presets: {', '.join(PRESETS)}, or a Link"
        ).at("network", where.partition(" ")[0]) from None

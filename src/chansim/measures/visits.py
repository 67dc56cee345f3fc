"""Visits: what clients came for, over all their requests.

What may live here: requests of a trace put together that belong to one visit, tries at the same thing or
a page and its assets, and what became of it. Which do, their connections say: "connection 2 of visit 17 of
clients". A request on a connection without such a name is a visit of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from chansim.measures.latency import OPENERS, Request, is_served, requests
from chansim.measures.rows import codes, rows
from chansim.trace import RECEIVED, SENT, Trace


class Visit(NamedTuple):
    """One visit: the *requests* it made, and those that the server made for it, *pushed*, in order. When it was
    *opened*, and when the last of all these was *answered* (None: one is still waited for), in seconds."""

    requests: tuple[Request, ...]
    pushed: tuple[Request, ...]
    opened: float
    answered: float | None

    @property
    def tries(self) -> int:
        """How many requests it made."""
        return len(self.requests)

    @property
    def seconds(self) -> float | None:
        """From its beginning to its last answer; None where one is still waited for."""
        return None if self.answered is None else self.answered - self.opened

    @property
    def outcome(self) -> str:
        """``served``, ``failed`` or ``waiting``: what became of its last request."""
        return self.requests[-1].outcome


def visits(trace: Trace, clients: str | Iterable[str]) -> list[Visit]:
    """The visits of the components named *clients*, in the order they began. Empty where there was none."""
    ours, openers = codes(trace, clients), codes(trace, OPENERS)
    asked: dict[str | int, list[Request]] = {}
    visit_of: dict[int, str] = {}
    for component, channel, request, detail in rows(
        trace, (SENT,), "component", "channel", "request", "detail"
    ):
        if channel and component in ours and detail in openers:
            visit_of[request] = _name(trace, channel)
    for each in requests(trace, clients):
        asked.setdefault(visit_of.get(each.number, each.number), []).append(each)
    pushed = _pushed(trace, ours)
    return [_visit(each, pushed.get(key, ())) for key, each in asked.items()]


def _visit(asked: Iterable[Request], pushed: Iterable[Request]) -> Visit:
    asked, pushed = tuple(asked), tuple(pushed)
    ends = [each.answered for each in (*asked, *pushed)]
    known = [end for end in ends if end is not None]
    return Visit(asked, pushed, asked[0].opened, max(known) if len(known) == len(ends) else None)


def _pushed(trace: Trace, ours: set[int]) -> dict[str | int, list[Request]]:
    """By visit: what the server pushed, opened when its announcement arrived."""
    announced: dict[int, tuple[str, float]] = {}
    answered: dict[int, tuple[float, str]] = {}
    push = trace.code("push")
    if push is None:
        return {}
    columns = "t", "component", "channel", "request", "detail"
    for t, component, channel, request, detail in rows(trace, (RECEIVED,), *columns):
        if component not in ours:
            continue
        if detail == push:
            announced[request] = _name(trace, channel), t
        elif request in announced and trace.names[detail] != "part":
            answered[request] = t, trace.names[detail]
    found: dict[str | int, list[Request]] = {}
    for request, (visit, opened) in announced.items():
        end, answer = answered.get(request, (None, None))
        cause = None if answer is None or is_served(answer) else answer
        found.setdefault(visit, []).append(Request(request, opened, end, answer, cause))
    return found


def _name(trace: Trace, channel: int) -> str:
    """The visit's name, of a connection's."""
    return trace.names[channel].partition(" of ")[2]

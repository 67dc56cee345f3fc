"""Polling: what hearing of events by asking costs, and how late one hears.

What may live here: polls that brought nothing, and how stale events were when they arrived. An event is a
message whose rows say "event"; a poll without one is answered with 204.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from chansim.measures.latency import requests
from chansim.measures.rows import codes
from chansim.trace import RECEIVED, SENT, Trace


def empty_share(trace: Trace, clients: str | Iterable[str]) -> float:
    """The share (0 to 1) of the answered polls of the components named *clients* that brought nothing.

    NaN where none was answered.
    """
    answers = [each.answer for each in requests(trace, clients) if each.outcome == "served"]
    return answers.count("204") / len(answers) if answers else math.nan


def staleness(trace: Trace, clients: str | Iterable[str]) -> list[float]:
    """Seconds from each event to its arrival at the components named *clients*, in the order they arrived.

    Empty where none arrived; those still to be asked for are left out.
    """
    ours, event = codes(trace, clients), trace.code("event")
    happened: dict[int, float] = {}
    found = []
    for t, what, component, message, detail in zip(
        trace.t, trace.event, trace.component, trace.message, trace.detail, strict=True
    ):
        if detail != event or component not in ours:
            continue
        if what == SENT:
            happened[message] = t
        elif what == RECEIVED:
            found.append(t - happened[message])
    return found

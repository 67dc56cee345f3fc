"""Depth: how many messages wait in a channel, moment by moment.

What may live here: queue depths, from the rows of messages: one more at ``sent``, one less at the first
``received`` or ``lost``. A channel's name is written as :func:`~chansim.measures.rows.family` does: those
that one process alone reads are counted together, as ``http.response!*``.
"""

from __future__ import annotations

from collections.abc import Callable

from chansim.measures.rows import family, rows
from chansim.measures.steps import Steps, steps
from chansim.trace import LOST, RECEIVED, SENT, Trace


def depth(trace: Trace, channel: str) -> Steps:
    """The depth of one *channel*, or, where the name ends in ``*``, of all that begin so together.

    "" is the plain network: what is under way. For a channel that was never sent to: steps without any times.
    """
    prefix = channel.removesuffix("*")
    belongs = prefix.__eq__ if prefix == channel else lambda name: name.startswith(prefix)
    found = _depths(trace, lambda name: channel if belongs(name) else None)
    return found.get(channel, Steps([], [], trace.end))


def depths(trace: Trace) -> dict[str, Steps]:
    """The depth of every channel there was, "" (the plain network) too, in order of their first messages."""
    return _depths(trace, family)


def _depths(trace: Trace, group: Callable[[str], str | None]) -> dict[str, Steps]:
    """The depths by the word that *group* has for a channel's name; those it has None for are left out."""
    words: dict[int, str | None] = {}  # by code; each name is asked for once
    waiting: set[int] = set()
    changes: dict[str, list[tuple[float, int]]] = {}
    for t, event, channel, message in rows(trace, (SENT, RECEIVED, LOST), "t", "event", "channel", "message"):
        if channel not in words:
            words[channel] = group(trace.names[channel])
        word = words[channel]
        if word is None:
            continue
        if event == SENT:
            waiting.add(message)
            changes.setdefault(word, []).append((t, +1))
        elif message in waiting:
            waiting.remove(message)
            changes[word].append((t, -1))
    return {word: steps(each, trace.end) for word, each in changes.items()}

"""Losses: messages that were not handled, and the books in which every message is accounted for.

What may live here: counts of messages by what became of them. A message is what a ``sent`` row let go of, on
the plain network as on a channel.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from chansim.measures.rows import cut, family, rows
from chansim.trace import BEGUN, ENDED, LOST, RECEIVED, SENT, Trace


class Books(NamedTuple):
    """How many messages were *sent*, and what became of them: *received* and never lost, still *waiting*, or
    *lost* by cause. *in_service* of those received have been begun and not yet ended."""

    sent: int
    received: int
    waiting: int
    lost: dict[str, int]
    in_service: int

    @property
    def balanced(self) -> bool:
        """Whether sent = received + waiting + lost. It always must be: where not, a message came from
        nowhere, arrived twice or was lost twice."""
        return self.sent == self.received + self.waiting + sum(self.lost.values())


def books(trace: Trace, at: float | None = None) -> Books:
    """The books of the whole run, or as they stood *at* that many seconds. Counts: 0 for nothing."""
    if at is not None:
        trace = cut(trace, at)
    # lists, not sets: a message that arrives twice must upset the balance
    sent, received = _messages(trace, SENT), _messages(trace, RECEIVED)
    lost = set(_messages(trace, LOST))
    kept = [message for message in received if message not in lost] if lost else received
    waiting = set(sent).difference(received, lost)
    in_service = set(_messages(trace, BEGUN)).difference(_messages(trace, ENDED), lost)
    return Books(len(sent), len(kept), len(waiting), losses(trace), len(in_service))


def losses(trace: Trace) -> dict[str, int]:
    """How many messages were lost, by cause, in order of the causes' names; empty where none was."""
    found = Counter(detail for (detail,) in rows(trace, (LOST,), "detail"))
    return dict(sorted((trace.names[cause], count) for cause, count in found.items()))


def losses_by_channel(trace: Trace) -> dict[str, dict[str, int]]:
    """How many messages were lost on each channel, by cause; only channels that lost some.

    Channels that one process alone reads stand together, as ``http.response!*``; "" is the plain network.
    """
    found: dict[str, Counter[str]] = {}
    for channel, cause in rows(trace, (LOST,), "channel", "detail"):
        found.setdefault(family(trace.names[channel]), Counter())[trace.names[cause]] += 1
    return {channel: dict(sorted(causes.items())) for channel, causes in sorted(found.items())}


def _messages(trace: Trace, event: int) -> list[int]:
    return [message for (message,) in rows(trace, (event,), "message")]

"""Saying: one row of a trace as a sentence.

What may live here: the words for an event. The player in the browser has the same, and a test holds them together.
"""

from __future__ import annotations

from chansim.measures.rows import family, is_plain
from chansim.trace import Row


def said(row: Row) -> str:
    """ "0.532 s: worker-2 began request 17"."""
    return f"{row.t:.3f} s: {_what(row)}"


def _what(row: Row) -> str:
    who, detail = row.component, row.detail
    what = f"request {row.request}" if row.request else f"message {row.message}"
    quoted = f" “{detail}”" if detail else ""
    queue = "" if is_plain(row.channel) else family(row.channel)
    if row.event == "sent":
        return f"{who} put {what} on {queue}" if queue else f"{who} sent{quoted} of {what}"
    if row.event == "received":
        return f"{who} took {what} from {queue}" if queue else f"{who} received{quoted} of {what}"
    if row.event in ("begun", "ended"):
        return f"{who} {'began' if row.event == 'begun' else 'ended'} {what}"
    if row.event == "lost":
        return f"{what} was lost at {queue or who}: {detail}"
    if row.event in ("connected", "disconnected"):
        return f"{who} {'opened' if row.event == 'connected' else 'closed'} {detail or row.channel}"
    if row.event in ("joined", "left"):
        return f"{row.channel} {'joined' if row.event == 'joined' else 'left'} the group {detail}"
    return f"{who}: {detail}"

"""The decorators of 2016 that give a message its sessions, and the store that they are kept in."""

from __future__ import annotations

from chansim.channels.decorators import around
from chansim.channels.message_sessions import both_sessions_of, channel_session_of, http_session_of
from chansim.channels.ordering import enforce_ordering
from chansim.channels.session_store import Session, SessionStore

__all__ = [
    "Session",
    "SessionStore",
    "channel_session",
    "http_session",
    "channel_and_http_session",
    "enforce_ordering",
]

channel_session = around(channel_session_of)
http_session = around(http_session_of)
channel_and_http_session = around(both_sessions_of)

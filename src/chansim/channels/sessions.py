"""Sessions: what a consumer remembers from one message of a client to the next."""

from __future__ import annotations

from chansim.channels.session_store import Session, SessionStore

__all__ = ["Session", "SessionStore"]

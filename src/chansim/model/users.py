"""Users: who is logged in when a run begins."""

from __future__ import annotations

from dataclasses import dataclass

from chansim.channels.auth import User, login
from chansim.channels.sessions import Session
from chansim.model.component import Component
from chansim.model.world import World


@dataclass(frozen=True, kw_only=True)
class Users(Component):
    """*names* of people, and of those that are *staff*, who logged in before the run began.

    Each has an http session whose key is the name, so a WebSocket opened at
    ``/chat/stream/?session_key=ann`` is Ann's.
    """

    names: tuple[str, ...] = ()
    staff: tuple[str, ...] = ()

    first = True
    placed = False

    def __post_init__(self) -> None:
        super().__post_init__()
        for field in ("names", "staff"):
            value = getattr(self, field)
            if not isinstance(value, tuple) or not all(isinstance(name, str) and name for name in value):
                raise self.wrong(field, value, "it must be a tuple of names")

    def start(self, world: World) -> None:
        for name in (*self.names, *self.staff):
            session = Session(world.sessions, name)
            login(session, User(name, is_staff=name in self.staff))
            session.save()

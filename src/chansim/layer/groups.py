"""Groups: which channels are members of which, since when, and until when. It sends nothing."""

from __future__ import annotations

from collections.abc import Callable

from chansim.trace import JOINED, LEFT

WriteRow = Callable[[int, str, str, float, str, int], None]
"""Called with JOINED or LEFT, the group, the channel, the moment, whose doing it was, and the request."""


class Groups:
    """The memberships of one layer. They end *expiry* seconds after they were last asked for."""

    __slots__ = ("_expiry", "_late", "_members", "_memberships", "_row")

    def __init__(self, expiry: float, row: WriteRow, late: Callable[[], None]):
        self._expiry = expiry
        self._row = row
        self._late = late  # called before a row that is written later than it happened
        self._members: dict[
            str, dict[str, float]
        ] = {}  # group -> member -> when it last asked, in that order
        self._memberships: dict[
            str, dict[str, None] | str
        ] = {}  # channel -> its groups; the name if it is one

    def __len__(self) -> int:
        return len(self._members)

    def add(self, group: str, channel: str, now: float, by: str, request: int) -> None:
        """Make *channel* a member, or refresh its membership."""
        members = self._members.get(group)
        asked = None if members is None else members.get(channel)
        if asked is not None and asked + self._expiry <= now:
            self.leave(group, channel, now, by, request)
            members, asked = self._members.get(group), None
        if members is None:
            members = self._members[group] = {}
        if asked is not None:
            del members[channel]
        members[channel] = now  # at the end: members stand in the order they last asked
        if asked is None:
            self._join(group, channel)
            self._row(JOINED, group, channel, now, by, request)

    def leave(self, group: str, channel: str, now: float, by: str, request: int = 0) -> None:
        """End the membership, if there is one; it may have ended by itself before *now*."""
        asked = self._members.get(group, {}).get(channel)
        if asked is None:
            return
        del self._members[group][channel]
        if not self._members[group]:
            del self._members[group]
        groups = self._memberships[channel]
        if isinstance(groups, str) or len(groups) == 1:
            del self._memberships[channel]
        else:
            del groups[group]
        if asked + self._expiry < now:
            self._late()
            now = asked + self._expiry
        self._row(LEFT, group, channel, now, by, request)

    def leave_all(self, channel: str, now: float, by: str) -> None:
        """End all memberships of *channel* that were last asked for until *now*: later ones are new."""
        groups = self._memberships.get(channel, ())
        for group in [groups] if isinstance(groups, str) else list(groups):
            if self._members[group][channel] <= now:
                self.leave(group, channel, now, by)

    def named(self, group: str) -> list[str]:
        """The members of *group*, and those whose membership has ended by itself and nobody has noticed."""
        return list(self._members.get(group, ()))

    def members(self, group: str, now: float, by: str) -> list[str]:
        """The members of *group*, those first who asked longest ago; *by* ends what has ended by itself."""
        members = self._members.get(group)
        if members is None:
            return []
        if next(iter(members.values())) + self._expiry <= now:
            for channel, asked in list(members.items()):
                if asked + self._expiry > now:
                    break
                self.leave(group, channel, now, by)
        return list(members)

    def sweep(self, now: float, by: str) -> None:
        """End what has ended by itself."""
        for group in list(self._members):
            self.members(group, now, by)

    def clear(self, now: float, by: str) -> None:
        """End all memberships."""
        for group, members in list(self._members.items()):
            for channel in list(members):
                self.leave(group, channel, now, by)

    def _join(self, group: str, channel: str) -> None:
        groups = self._memberships.get(channel)
        if groups is None:
            self._memberships[channel] = group
        elif isinstance(groups, str):
            self._memberships[channel] = {groups: None, group: None}
        else:
            groups[group] = None

"""Reader: a worker that waits at a simulated layer; and when one that sleeps between its looks will look again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from chansim.layer.core import Envelope
from chansim.model.timeline import over_at

if TYPE_CHECKING:
    from chansim.model.simulated_access import Access


class Reader:
    """A worker's place to wait at the layer."""

    __slots__ = ("access", "by", "channels", "found", "layer", "looking", "resume", "since")

    def __init__(self, access: Access, channels: tuple[str, ...]):
        self.access = access
        self.layer = layer = access.layer
        self.channels = channels
        self.by = access.by
        self.resume: Any = None
        self.found: Envelope | None = None
        self.since: float = layer.env._now
        self.looking = False

    def append(self, resume: Any) -> None:
        """Here it waits."""
        self.resume = resume
        self.layer.readers.append(self)

    def next_look(self) -> float:
        """When a worker that sleeps between looks will look again."""
        return next_tick(self.since, self.layer.description.worker_poll, self.layer.world.now)

    def look_at_next(self) -> None:
        """There is something: its next look will find it, if no other is sooner."""
        self.looking = True
        self.layer.world.call_at(self.next_look(), self.look)

    def look(self, _: object) -> None:
        """Look, as a worker does that slept."""
        layer = self.layer
        self.looking = False
        if self not in layer.readers:
            return  # killed meanwhile
        found = layer.core.receive_many(self.channels, layer.world.now, self.by)
        if found is not None:
            layer.readers.remove(self)
            self.hand(found)

    def time_out(self, _: object) -> None:
        """It has waited long enough, and goes back with nothing."""
        if self in self.layer.readers:
            self.leave()
            self.hand(None)

    def hand(self, found: Envelope | None) -> None:
        """Send a message on its way back to who waits for it."""
        self.found = found
        access, now = self.access, self.layer.env._now
        if access.out_of_reach:
            now = over_at(access.out_of_reach, now)
        self.layer.call_at(now + access.latency, self.resume, found)

    def give_up(self) -> None:
        """Who waited is killed: a message that it was to have is lost, and one that it would look for is others'."""
        if self.found is not None:
            self.access.lose(self.found)
        elif self in self.layer.readers:
            self.leave()

    def leave(self) -> None:
        """It waits no more; a message that it would have looked for is others'."""
        self.layer.readers.remove(self)
        others = [
            each
            for each in self.layer.readers
            if not each.looking and set(each.channels) & set(self.channels)
        ]
        if self.looking and others:
            min(others, key=Reader.next_look).look_at_next()


def next_tick(start: float, every: float, now: float) -> float:
    """The first of start, start + every, start + 2 every, ... that is not before *now*; *now* where *every* is 0, or
    so little that no number tells two of them apart."""
    if start >= now or every * 2.0**53 <= now - start:
        return start if start > now else now
    count = math.ceil((now - start) / every)
    if start + (count - 1) * every >= now:  # the division may have been rounded up, or down
        count -= 1
    return max(start + count * every, now)

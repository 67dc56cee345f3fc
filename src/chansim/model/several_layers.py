"""AccessOfSeveral: several layers that are used as one, as one component sees them.

Which of them has what is each composed layer's own: sharded_layer.py,
local_layer.py. All else is here, once, and the same in both worlds: a call goes to
the layer that has the name, costs what it costs there, and the calls of a
consumer take effect one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from chansim.layer.contract import Content
from chansim.layer.core import Envelope, Listener
from chansim.layer.statistics import Figures
from chansim.model.access import AccessOfConsumers
from chansim.model.world import Behaviour, LayerAccess, Queue, Steps

if TYPE_CHECKING:
    from chansim.model.world import World

BLOCKS = 5.0
"""Seconds that a receive waited at one Redis before it came back with nothing (asgi_redis 0.13.0 to 1.4.3)."""

AGAIN = 0.01
"""Seconds that a worker whose receive found nothing slept before the next (Channels 0.15.0 to 1.1.8)."""

Asked = tuple["Part", tuple[str, ...], float | None]
"""What one receive asks: whom, for which channels, and for how many seconds; None for as long as it takes."""


class Part(LayerAccess, Protocol):
    """The access to a layer that is part of another: more than a component needs."""

    @property
    def loop(self) -> Part:
        """Where an event loop waits that looks at this layer."""

    def copy(self, content: Content) -> Content:
        """See LayerCore.copy."""

    def members_of(self, group: str) -> list[str]:
        """The members of *group*, in a call that is to be paid for."""

    def send_member(self, channel: str, copy: Content) -> bool:
        """Send one copy of a group send; whether there was room. In a call of its own."""

    def settle_next(self) -> Steps:
        """With ``yield from``: the time of the one call that was made first."""

    def withdraw(self) -> None:
        """The calls not paid for come to nothing."""

    def receive_many(self, channels: tuple[str, ...], patience: float | None = None) -> Behaviour:
        """As LayerAccess.receive_many; with *patience*, None after so many seconds."""

    def listen(self, listener: Listener, channel: str, loop: Any = None) -> None:
        """As LayerAccess.listen, for an event loop that waits at *loop*."""

    def holding(self, listener: Listener) -> object:
        """True, asked at any time, where there is a message for *listener*."""

    def look(self, listener: Listener) -> Behaviour:
        """With ``yield from``: a message for *listener*, or None."""

    def either(self, queue: Queue, listener: Listener, pause: float, at: Any = None) -> Behaviour:
        """As LayerAccess.either, with looks at what *at* has."""

    def flush(self) -> None:
        """Forget all messages and all groups."""

    def global_statistics(self) -> Figures:
        """Figures of all channels together."""

    def channel_statistics(self, channel: str) -> Figures:
        """Figures of one channel."""


class Holding:
    """True while one of several is."""

    def __init__(self, several: Sequence[object]):
        self.several = several

    def __bool__(self) -> bool:
        return any(self.several)


class AccessOfSeveral(AccessOfConsumers):
    """What one component may do with *parts*, its accesses to several layers; see LayerAccess and Part."""

    def __init__(self, parts: Sequence[Part], by: str, world: World):
        super().__init__(by, parts[0].era, world)
        self.parts = parts
        self.loop = parts[0].loop
        self.copy = parts[0].copy
        self.new_channel = parts[-1].new_channel
        self.made: list[Part] = []  # a part for each call that is not paid for yet
        self.listeners: dict[Listener, tuple[Listener, ...]] = {}  # whose, and its one at each part

    # -- each composed layer's own

    def to(self, channel: str) -> Part:
        """Where a message to *channel* goes."""
        raise NotImplementedError

    def home(self, group: str) -> Part:
        """Where the members of *group* are known."""
        raise NotImplementedError

    def asked(self, channels: Sequence[str]) -> Iterable[Asked]:
        """Whom one receive from *channels* asks, one after the other."""
        raise NotImplementedError

    def holders(self, channel: str) -> Iterable[int]:
        """The places of the parts where messages of *channel* are listened for."""
        raise NotImplementedError

    def looked_at(self) -> Iterable[int]:
        """The places of the parts that one look of an event loop asks, one after the other."""
        raise NotImplementedError

    # -- calls: decided at once, paid for in settle

    def call(self, part: Part) -> Part:
        """*part*, which is about to be called for the request at hand."""
        part.request = self.request
        return part

    def send(self, channel: str, content: Content) -> None:
        """See LayerCore.admit."""
        part = self.call(self.to(channel))
        part.send(channel, content)
        self.made.append(part)

    def give(self, channel: str, content: Content) -> None:
        """See LayerAccess.give."""
        part = self.call(self.to(channel))
        part.give(channel, content)
        self.made.append(part)

    def offer(self, channel: str, content: Content) -> bool:
        """See Sender.offer."""
        part = self.call(self.to(channel))
        has_left = part.offer(channel, content)
        if has_left:
            self.made.append(part)
        return has_left

    def send_group(self, group: str, content: Content) -> None:
        """One call for the members, and one for each of them, to wherever its channel is. A full one misses it."""
        copy = self.copy(content)
        for channel in self.members_of(group):
            self.members += self.send_member(channel, copy)

    def members_of(self, group: str) -> list[str]:
        """See Part."""
        home = self.call(self.home(group))
        self.made.append(home)
        return home.members_of(group)

    def send_member(self, channel: str, copy: Content) -> bool:
        """See Part."""
        part = self.call(self.to(channel))
        self.made.append(part)
        return part.send_member(channel, copy)

    def group_add(self, group: str, channel: str) -> None:
        """See LayerCore.group_add."""
        home = self.call(self.home(group))
        home.group_add(group, channel)
        self.made.append(home)

    def group_discard(self, group: str, channel: str) -> None:
        """See LayerCore.group_discard."""
        home = self.call(self.home(group))
        home.group_discard(group, channel)
        self.made.append(home)

    def group_channels(self, group: str) -> list[str]:
        """See LayerCore.group_channels."""
        return self.home(group).group_channels(group)

    def receive_at_once(self, channels: Sequence[str]) -> Envelope | None:
        """A message that is there, if it is where one receive looks."""
        for part, names, _ in self.asked(channels):
            self.made.append(part)
            envelope = part.receive_at_once(names)
            if envelope is not None:
                return envelope
        return None

    def settle(self) -> Steps:
        """The time of the calls made, one after the other."""
        made, self.made = self.made, []
        if not made:
            return ()
        return made[0].settle_next() if len(made) == 1 else self._settle(made)

    def _settle(self, made: list[Part]) -> Behaviour:
        try:
            for part in made:
                yield from part.settle_next()
        except BaseException:  # Killed
            self.withdraw()
            raise

    def settle_next(self) -> Steps:
        """See Part."""
        return self.made.pop(0).settle_next()

    def withdraw(self) -> None:
        """See Part."""
        self.made.clear()
        for part in self.parts:
            part.withdraw()

    # -- receiving

    def receive_many(self, channels: tuple[str, ...], patience: float | None = None) -> Behaviour:
        """Ask one part after the other; and, without *patience*, all over again until there is a message."""
        while True:
            for part, names, seconds in self.asked(channels):
                shorter = (
                    seconds if patience is None else min(patience, BLOCKS if seconds is None else seconds)
                )
                envelope = yield from part.receive_many(names, shorter)
                if envelope is not None:
                    return envelope
            if patience is not None:
                return None
            yield AGAIN

    def listen(self, listener: Listener, channel: str, loop: Any = None) -> None:
        """See Part."""
        own = self.at_parts(listener)
        for place in self.holders(channel):
            self.parts[place].listen(own[place], channel, loop or self.loop)

    def stop_listening(self, channel: str) -> None:
        """See LayerCore.stop_listening."""
        for place in self.holders(channel):
            self.parts[place].stop_listening(channel)

    def at_parts(self, listener: Listener) -> tuple[Listener, ...]:
        """Who stands for *listener* at each part."""
        if listener not in self.listeners:
            self.listeners[listener] = tuple(Listener() for _ in self.parts)
        return self.listeners[listener]

    def holding(self, listener: Listener) -> object:
        """See Part."""
        own = self.at_parts(listener)
        return Holding([part.holding(own[place]) for place, part in enumerate(self.parts)])

    def look(self, listener: Listener) -> Behaviour:
        """See Part. Where there is nothing, a look is reckoned, not simulated: it takes no time."""
        own = self.at_parts(listener)
        for place in self.looked_at():
            part = self.parts[place]
            if part.holding(own[place]):
                envelope = yield from part.look(own[place])
                if envelope is not None:
                    return envelope
        return None

    def either(self, queue: Queue, listener: Listener, pause: float, at: Any = None) -> Behaviour:
        """See LayerAccess.either: it waits as it would at the first part, and looks at all of this."""
        return self.loop.either(queue, listener, pause, at or self)

    # -- all of it

    def flush(self) -> None:
        """See LayerCore.flush."""
        for part in self.parts:
            part.flush()

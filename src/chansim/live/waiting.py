"""Who waits at a layer for a message, and who is woken when one comes. It knows neither threads nor event loops.

A message wakes one of those who wait where it arrived: the one who has waited longest. Whoever is woken looks first at
the place where that message arrived. So while a message is there and somebody waits for it, one who was woken for it
has not looked yet: no wake-up is lost. Who goes away without having looked leaves the wake-up to the next.

The layer's lock is held in every call.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable

from chansim.layer.core import Listener

Place = str | Listener
"""Where one waits: a queue by its name, or all that a Listener listens for."""


class Waiter:
    """One who waits at some places at once. *wake* is called at most once, with the layer's lock held."""

    __slots__ = ("places", "wake", "woken_at")

    def __init__(self, places: Iterable[Place], wake: Callable[[], object]):
        self.places = dict.fromkeys(places)
        self.wake = wake
        self.woken_at: Place | None = None  #: where the message is, or was


class Waiters:
    """All who wait at one layer."""

    __slots__ = ("_at",)

    def __init__(self) -> None:
        self._at: dict[Place, OrderedDict[Waiter, None]] = {}

    def __bool__(self) -> bool:
        return bool(self._at)

    def add(self, waiter: Waiter) -> None:
        """From now on it waits."""
        for place in waiter.places:
            at = self._at.get(place)
            if at is None:
                at = self._at[place] = OrderedDict()
            at[waiter] = None

    def remove(self, waiter: Waiter) -> None:
        """It waits no more, if it did."""
        for place in waiter.places:
            at = self._at.get(place)
            if at is not None and at.pop(waiter, self) is not self and not at:
                del self._at[place]

    def wake_at(self, place: Place | None) -> bool:
        """Wake the one who has waited longest at *place*; whether there was one."""
        while place in self._at:
            waiter = next(iter(self._at[place]))
            self.remove(waiter)
            waiter.woken_at = place
            try:
                waiter.wake()
            except RuntimeError:  # of an event loop that was closed: it never looks
                continue
            return True
        return False

    def wake_all(self) -> None:
        """Wake everyone."""
        for place in list(self._at):
            while self.wake_at(place):
                pass

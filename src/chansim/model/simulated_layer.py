"""SimulatedLayer: a channel layer in simulated time. What each component sees of it is in simulated_access.py.

The rules are ``chansim.layer.core``'s. Here are the layer's own work, one
operation at a time, and the readers that wait at it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from chansim.layer.core import Envelope, LayerCore, Listener
from chansim.layer.eras import era_called
from chansim.model.component import Component
from chansim.model.reader import Reader
from chansim.model.simulated_access import Access
from chansim.model.world import Behaviour, Killed, Turn

if TYPE_CHECKING:
    from chansim.model.channel_layer import ChannelLayer


class SimulatedLayer:
    """The layer of one simulated run: the core, the turn at its processor, and the readers that wait."""

    def __init__(self, layer: ChannelLayer, world: Any):
        self.description = layer
        self.world = world
        self.env = world.env
        self.call_at = world.call_at
        self.core = LayerCore(
            capacity=layer.capacity,
            channel_capacity=dict(layer.channel_capacity),
            expiry=layer.expiry,
            group_expiry=layer.group_expiry,
            era=era_called(layer.era),
            loss=layer.loss,
            random=world.random(layer.name, "layer"),
            recorder=world.recorder,
            name=layer.name,
        )
        world.at_end(self.core.sweep)
        self.worker_poll = layer.worker_poll
        self.busy = False
        self.turns: deque[Turn] = deque()
        self.readers: list[Reader] = []  # those that wait, longest first
        self.loops: dict[Listener, Access] = {}

    def access(self, component: Component, lane: str = "") -> Access:
        """The layer as *component*, or one *lane* of it, sees it."""
        return Access(self, component, lane or component.name)

    def kill(self) -> None:
        """All that it holds is gone. Until it is back, nobody gets an answer: see Access.reach."""
        self.core.flush(self.env._now)

    def restart(self) -> None:
        """It is there again, and empty."""

    def stop(self) -> None:
        """What it holds is in memory: it does not outlive the process."""
        self.kill()

    def operate(self, seconds: float) -> Behaviour:
        """The layer's work of one call: it does one at a time, in order."""
        if not seconds:
            return
        if self.busy:
            turn = Turn()
            self.turns.append(turn)
            try:
                yield turn
            except Killed:
                self.turns.remove(turn)
                raise
        self.busy = True
        try:
            yield from self.world.processor(self.description.machine).work(seconds)
        except Killed:
            self.next_turn()
            raise
        self.next_turn()

    def next_turn(self) -> None:
        """One call is done: whoever waits is next."""
        if self.turns:
            self.turns.popleft().resume(None)
        else:
            self.busy = False

    def deliver(self, envelope: Envelope) -> None:
        """The message is there: wake whoever waits for it."""
        core = self.core
        listener = core.deliver(envelope)
        if listener is not None:
            self.loops[listener].look_soon()
            return
        readers, channel = self.readers, envelope[0]
        if self.worker_poll:
            waiting = [reader for reader in readers if channel in reader.channels and not reader.looking]
            if waiting:
                min(waiting, key=Reader.next_look).look_at_next()
            return
        for place, reader in enumerate(readers):
            if channel in reader.channels:
                # it waits: so all else that it reads is empty
                now = self.env._now
                found = core.receive(channel, now, reader.by)
                if found is not None:
                    del readers[place]
                    reader.hand(found)
                return

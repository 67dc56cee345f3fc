"""Worker: takes a message from the layer, runs the consumer for it to its end; then the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chansim.channels.message import Message, current_layer
from chansim.model.application import Application, spend
from chansim.model.component import Component, link
from chansim.model.world import Behaviour, LayerAccess, World
from chansim.trace import BEGUN, ENDED, LOST

if TYPE_CHECKING:
    from chansim.scenario import Scenario


@dataclass(frozen=True, kw_only=True)
class Worker(Component):
    """One process with one thread: one message at a time, of the channels that its application's routing names.

    A message that no route takes, or whose consumer raises, is lost. A group
    send's *per_member* cost is paid before its copies leave.
    """

    layer: str = link("layer", doc="the channel layer it takes messages from")
    application: str = link("application", doc="the code it runs")

    role = "worker"
    column = 3

    def check(self, scenario: Scenario) -> None:
        application: Application = scenario[self.application]
        if not application.router.channels:
            raise self.wrong(
                "application", self.application, "its routing names no channel, so there is nothing to do"
            )

    def start(self, world: World) -> None:
        world.begin(self.work(world))

    def work(self, world: World) -> Behaviour:
        """The worker's loop."""
        layer: LayerAccess = world.shared(self.layer).access(self)
        application: Application = world.scenario[self.application]
        router, write, me = application.router, world.write, world.code(self.name)
        processor = world.processor(self.machine)
        while True:
            envelope = yield from layer.receive_many(router.channels)
            channel, code, content, number, request, _, _ = envelope
            layer.request, layer.members = request, 0
            message = Message(content, channel)
            matched = router.match(message)
            if matched is None:
                write(LOST, me, code, number, request, world.code("no consumer"))
                world.report(f"{self.name}: no route takes this message of {channel!r}; check the routing")
                continue
            consumer, arguments = matched
            costs = application.costs_of(consumer)
            detail = world.code(consumer.__name__)
            write(BEGUN, me, code, number, request, detail)
            yield from spend(world, processor, costs, request, channel)
            token = current_layer.set(layer)
            try:
                consumer(message, **arguments)
                failed = False
            except Exception as error:
                world.report(f"{self.name}: the consumer for {channel!r} raised {error!r}")
                failed = True
            finally:
                current_layer.reset(token)
            if costs.per_member and layer.members:
                yield from processor.work(costs.per_member * layer.members)
            yield from layer.settle()
            if failed:
                write(LOST, me, code, number, request, world.code("consumer failed"))
            write(ENDED, me, code, number, request, detail)

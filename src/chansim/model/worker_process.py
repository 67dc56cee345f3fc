"""Process: a worker's process in a run, and Thread, what each of its threads does.

What becomes of a message whose consumer does not simply return, and of what
it has sent, is here too: the rules of Channels' worker, by era.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from chansim.channels.cost import Costs
from chansim.channels.exceptions import ChannelSocketException, ConsumeLater, DenyConnection, ResponseLater
from chansim.channels.message import Message, current_layer
from chansim.channels.outbox import Kept, Outbox, current_outbox
from chansim.layer.core import Envelope
from chansim.layer.names import InvalidName
from chansim.model.application import Application, spend
from chansim.model.world import Behaviour, Killed, LayerAccess, Steps, World
from chansim.quantities import plain
from chansim.trace import BEGUN, ENDED, FAULT, LOST, SENT

if TYPE_CHECKING:
    from chansim.model.worker import Worker

MOST_RETRIES = 10
"""How often a message is put back for a consumer that raises ConsumeLater (all eras); it runs once more than that."""

TRIES, PUT_BACK_EVERY = 10, 0.05
"""How often, and how many seconds apart, it is tried to put it back on a full channel (all eras)."""

FLUSH_EVERY = 0.2
"""Seconds between two tries to send on a full channel what a consumer had sent (Channels 1.1.4 and later)."""

INSIST_EVERY = 0.05
"""Seconds between two tries to send a view's response on a full channel, for ever (all eras)."""

DIED = "worker died"


class Process:
    """A worker's process in a run: its threads begin and end together."""

    def __init__(self, worker: Worker, world: World):
        self.worker = worker
        self.world = world
        self.restart()

    def restart(self) -> None:
        """Start, for the first time or again."""
        self.threads = [Thread(self.worker, self.world, lane) for lane in self.worker.lanes()]
        run = self.supervised if self.worker.comes_back else Thread.run
        self.tasks = [self.world.begin(run(thread), self.worker.name) for thread in self.threads]

    def supervised(self, thread: Thread) -> Behaviour:
        """The thread, and whoever starts it again when it has died."""
        world = self.world
        while True:
            yield from thread.run()
            if thread.stopping:
                return
            yield self.worker.comes_back
            world.write(FAULT, world.code(thread.lane), 0, 0, 0, world.code("started"))

    def kill(self) -> None:
        """End at once: what it has in hand is lost."""
        for task in self.tasks:
            task.kill()

    def stop(self) -> None:
        """End when what it has in hand is done, as on SIGTERM."""
        for thread, task in zip(self.threads, self.tasks, strict=True):
            thread.stopping = True
            if thread.in_hand is None:
                task.kill()


class Thread:
    """One thread of a worker's process in a run; *lane* is its name in the trace."""

    def __init__(self, worker: Worker, world: World, lane: str):
        self.world = world
        self.lane = lane
        self.layer: LayerAccess = world.shared(worker.layer).access(worker, lane)
        self.application: Application = world.scenario[worker.application]
        self.processor = world.processor(worker.machine)
        era = self.layer.era
        self.router = self.application.router_of(era)
        self.channels = worker.channels_of(self.router)
        self.in_hand: Envelope | None = None
        self.doing = ""  #: the name of the consumer
        self.stopping = False
        self.outbox = Outbox(era.sends_at_once, world.sleep)
        self.denials = (DenyConnection,) if era.can_deny else ()
        self.closings = (ChannelSocketException,) if era.can_deny else ()

    def run(self) -> Behaviour:
        """Message after message, for as long as the thread lives. If it is killed, what it has in hand is lost."""
        world, layer, outbox, channels = self.world, self.layer, self.outbox, self.channels
        application, router, write, me = self.application, self.router, world.write, world.code(self.lane)
        try:
            while not self.stopping:
                envelope = self.in_hand = yield from layer.receive_many(channels)
                channel, code, content, number, request, _, _ = envelope
                layer.request, layer.members = request, 0
                message = Message(content, channel, layer)
                matched = router.match(message)
                if matched is None:
                    write(LOST, me, code, number, request, world.code("no consumer"))
                    world.report(
                        f"{self.lane}: no route takes this message of {channel!r}; check the routing"
                    )
                    self.in_hand = None
                    continue
                consumer, arguments = matched
                costs = application.costs_of(consumer)
                self.doing = consumer.__name__
                detail = world.code(self.doing)
                write(BEGUN, me, code, number, request, detail)
                yield from spend(world, self.processor, costs, request, channel)
                lost, again = "", False
                in_use, kept_in = current_layer.set(layer), current_outbox.set(outbox)
                try:
                    consumer(message, **arguments)
                except ConsumeLater:
                    again = True
                except self.denials:
                    lost = self.deny(message)
                except self.closings as closing:
                    lost = self.close(closing, message)
                except (Exception, ResponseLater) as error:
                    world.report(f"{self.lane}: the consumer for {channel!r} raised {error!r}")
                    lost = "consumer failed"
                finally:
                    current_layer.reset(in_use)
                    current_outbox.reset(kept_in)
                if outbox.slept:
                    lost = (yield from self.sleep(channel, costs)) or lost
                if again:
                    lost = yield from self.put_back(message, costs)
                if outbox.kept or outbox.insisting or layer.later:
                    lost = (yield from self.finish(channel, costs)) or lost
                yield from self.pay(costs)
                if lost:
                    write(LOST, me, code, number, request, world.code(lost))
                write(ENDED, me, code, number, request, detail)
                self.in_hand = None
                if lost == DIED:
                    write(FAULT, me, 0, 0, request, world.code(DIED))
                    return
        except Killed:
            if self.in_hand is not None:
                _, code, _, number, request, _, _ = self.in_hand
                write(LOST, me, code, number, request, world.code("worker killed"))
                write(ENDED, me, code, number, request, world.code(self.doing))
            raise

    def pay(self, costs: Costs) -> Steps:
        """With ``yield from``: the time of the calls made, and before it that of their copies on the processor."""
        layer = self.layer
        return self.pay_for_copies(costs) if costs.per_member and layer.members else layer.settle()

    def pay_for_copies(self, costs: Costs) -> Behaviour:
        """With ``yield from``: the same where there are copies to pay for."""
        copies, self.layer.members = self.layer.members, 0
        yield from self.processor.work(costs.per_member * copies)
        yield from self.layer.settle()

    # -- consumers that do not simply return: each says why the message is lost, "" where it is not

    def put_back(self, message: Message, costs: Costs) -> Behaviour:
        """ConsumeLater: to the end of its channel, marked with how often that was done."""
        retries = message.content["__retries__"] = message.content.get("__retries__", 0) + 1
        if retries > MOST_RETRIES:
            self.world.report(
                f"{self.lane}: the consumer for {message.channel_name!r} raised ConsumeLater "
                f"for the same message {retries} times; it is dropped"
            )
            return "too many retries"
        for _ in range(TRIES):
            if self.layer.offer(message.channel_name, message.content):
                return ""
            yield from self.pay(costs)
            yield PUT_BACK_EVERY
        return "full"

    def deny(self, message: Message) -> str:
        """DenyConnection: the client is not let in. For anything but a connection it is the worker's death."""
        if message.channel_name != "websocket.connect" or message.reply_channel is None:
            return self.die(f"DenyConnection was raised for {message.channel_name!r}, not websocket.connect")
        message.reply_channel.send({"close": True})
        return ""

    def close(self, closing: ChannelSocketException, message: Message) -> str:
        """ChannelSocketException: it says itself what is to be done. If that fails, the worker dies."""
        try:
            closing.run(message)
        except Exception as error:
            return self.die(f"{closing!r}, raised for {message.channel_name!r}, raised {error!r}")
        return ""

    def die(self, why: str) -> str:
        """The cause of all that goes with it."""
        self.world.report(f"{self.lane} died: {why}")
        return DIED

    # -- what the consumer has sent

    def sleep(self, channel: str, costs: Costs) -> Behaviour:
        """Let pass what the consumer of *channel* has slept, and leave what it sent between; why it failed, or ""."""
        outbox, passed = self.outbox, 0.0
        slept, outbox.slept = outbox.slept, 0.0
        late, outbox.late = outbox.late, []
        yield from self.pay(costs)  # what it sent before leaves now
        for moment, (layer, name, content, to_group) in late:
            if moment > passed:
                yield moment - passed
            passed = moment
            try:
                (layer.send_group if to_group else layer.send)(name, content)
            except Exception as error:
                self.world.report(f"{self.lane}: the consumer for {channel!r} raised {error!r}")
                return "consumer failed"
            yield from self.pay(costs)
        if slept > passed:
            yield slept - passed
        return ""

    def finish(self, channel: str, costs: Costs) -> Behaviour:
        """Let leave what the consumer of *channel* has sent, then do what it asked for afterwards. As above."""
        layer = self.layer
        while True:
            died = yield from self.flush(channel, costs)
            if died or not layer.later:
                return died
            yield from self.pay(costs)
            functions = layer.later[:]
            layer.later.clear()
            for function in functions:
                self.call(function, channel)

    def call(self, function: Callable[[], None], channel: str) -> None:
        """Do one thing that the consumer of *channel* asked for."""
        in_use, kept_in = current_layer.set(self.layer), current_outbox.set(self.outbox)
        try:
            function()
        except Exception as error:
            self.world.report(f"{self.lane}: after the consumer for {channel!r}, {error!r} was raised")
        finally:
            current_layer.reset(in_use)
            current_outbox.reset(kept_in)

    def flush(self, channel: str, costs: Costs) -> Behaviour:
        """Send it: views' responses whatever it takes, all else for a limited time, or the worker dies."""
        outbox, era = self.outbox, self.layer.era
        insisting, outbox.insisting = outbox.insisting, []
        kept, outbox.kept = outbox.kept, []
        for response in insisting:
            while not response.layer.offer(response.name, response.content):
                yield from self.pay(costs)
                yield INSIST_EVERY
        for place, each in enumerate(kept):
            try:
                has_left = yield from self.send(each, costs)
            except Exception as error:
                self.lose(kept[place + 1 :], DIED)
                return self.die(f"what the consumer for {channel!r} sent to {each.name!r} raised {error!r}")
            if not has_left:
                self.lose([each], "full")
                self.lose(kept[place + 1 :], DIED)
                return self.die(
                    f"what the consumer for {channel!r} sent to {each.name!r} found it full "
                    f"for {plain(era.flush_patience)} s"
                )
        return ""

    def send(self, kept: Kept, costs: Costs) -> Behaviour:
        """Send one, now or within the era's patience; whether it has left."""
        if kept.to_group:
            kept.layer.send_group(kept.name, kept.content)
            return True
        patience = self.layer.era.flush_patience
        for _ in range(max(1, round(patience / FLUSH_EVERY))):
            if kept.layer.offer(kept.name, kept.content):
                return True
            yield from self.pay(costs)
            yield min(FLUSH_EVERY, patience)
        return False

    def lose(self, kept: list[Kept], cause: str) -> None:
        """Write that these were never sent; of a group send, one for each member."""
        world, me, request = self.world, self.world.code(self.lane), self.layer.request
        for layer, name, _, to_group in kept:
            with suppress(InvalidName):
                for channel in layer.group_channels(name) if to_group else (name,):
                    message, code = world.new_message(), world.code(channel)
                    world.write(SENT, me, code, message, request)
                    world.write(LOST, me, code, message, request, world.code(cause))

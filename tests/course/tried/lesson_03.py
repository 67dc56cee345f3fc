"""A channel is a queue, tried: see lesson_01.py for what stands in such a file."""

from contextlib import suppress
from random import sample

from chansim.layer.contract import ChannelFull
from chansim.layer.eras import JUNE_2016


class Queues:
    def __init__(self, clock, capacity=10):
        self.clock, self.capacity = clock, capacity
        self.waiting, self.groups = {}, {}

    def queue(self, channel):
        return self.waiting.setdefault(channel, [])


class Layer(Queues):
    def send(self, channel, message):
        if len(self.queue(channel)) >= self.capacity:
            raise ChannelFull(channel)
        self.queue(channel).append((self.clock(), message))

    def receive_many(self, channels):
        held = [each for each in sample(channels, len(channels)) if self.queue(each)]
        return (held[0], self.queue(held[0]).pop(0)[1]) if held else (None, None)


class Unfair(Layer):
    def receive_many(self, channels):
        held = [each for each in channels if self.queue(each)]
        return (held[0], self.queue(held[0]).pop(0)[1]) if held else (None, None)


class LastInFirstOut(Layer):
    def receive_many(self, channels):
        held = [each for each in channels if self.queue(each)]
        return (held[0], self.queue(held[0]).pop()[1]) if held else (None, None)


class Twice(Layer):
    def receive_many(self, channels):
        held = [each for each in channels if self.queue(each)]
        return (held[0], self.queue(held[0])[0][1]) if held else (None, None)


class Growing(Layer):
    def send(self, channel, message):
        self.queue(channel).append((self.clock(), message))


class OneTooFew(Layer):
    def send(self, channel, message):
        if len(self.queue(channel)) + 1 >= self.capacity:
            raise ChannelFull(channel)
        super().send(channel, message)


class MessageAlone(Layer):
    def receive_many(self, channels):
        return super().receive_many(channels)[1]


class Expiring(Layer):
    def queue(self, channel):
        queue = super().queue(channel)
        while queue and queue[0][0] + 60 <= self.clock():
            queue.pop(0)
        return queue


class Hasty(Layer):
    def queue(self, channel):
        queue = super().queue(channel)
        queue[:] = [each for each in queue if self.clock() - each[0] < 30]
        return queue


class Grouped(Expiring):
    def group_add(self, group, channel):
        self.groups.setdefault(group, {})[channel] = True

    def group_discard(self, group, channel):
        self.groups.get(group, {}).pop(channel, None)

    def send_group(self, group, message):
        for channel in self.groups.get(group, ()):
            with suppress(ChannelFull):
                self.send(channel, message)


class Raising(Grouped):
    def send_group(self, group, message):
        for channel in self.groups.get(group, ()):
            self.send(channel, message)


class AList(Grouped):
    def group_add(self, group, channel):
        self.groups.setdefault(group, []).append(channel)

    def group_discard(self, group, channel):
        if channel in self.groups.get(group, ()):
            self.groups[group].remove(channel)


OUTCOMES = {"A": 2, "B": "nothing", "C": 1, "D": 10, "E": 10, "F": 1}
EVENTS = dict(
    zip(
        "abcdefghij",
        ["sent", "received", "begun", "connected", "sent", "received", "ended", "begun", "joined", "ended"],
        strict=True,
    )
)

RIGHT = {
    "03-scripts": [OUTCOMES],
    "03-queue": [Layer, Expiring, Grouped],
    "03-expiry": [Expiring],
    "03-groups": [Grouped],
    "03-events": [EVENTS],
}
WRONG = {
    "03-scripts": [
        (None, "a dict is asked for"),
        (dict.fromkeys(OUTCOMES), "no answer for 'A'"),
        ({**OUTCOMES, "A": 1}, "first in, first out"),
        ({**OUTCOMES, "B": "news"}, "at most once"),
        ({**OUTCOMES, "C": 2}, "a group is a set"),
        ({**OUTCOMES, "D": "ChannelFull"}, "When was there room again?"),
        ({**OUTCOMES, "E": 11}, "raises nothing, and does not wait"),
        ({**OUTCOMES, "F": 0}, "keeps what was sent before"),
    ],
    "03-queue": [
        (None, "a function is asked for"),
        (Queues, "has no attribute"),
        (Unfair, "a busy channel starves a quiet one"),
        (LastInFirstOut, "first."),
        (Twice, "should give (None, None)"),
        (Growing, "should raise ChannelFull"),
        (OneTooFew, "raised ChannelFull, and should not"),
        (MessageAlone, "a channel and a message, or None and None"),
    ],
    "03-expiry": [(Layer, "should give (None, None)"), (Hasty, "should give ('")],
    "03-groups": [
        (Expiring, "has no attribute"),
        (Raising, "raised ChannelFull, and should not"),
        (AList, "should give"),
    ],
    "03-events": [
        ([*EVENTS.values()], "a dict is asked for"),
        (dict.fromkeys(EVENTS), "no answer for 'a'"),
        ({**EVENTS, "d": "joined"}, "9 of 10 right. 'd': where is the same message"),
    ],
}
GIVEN = ["workers that take 10 ms for each", "a lesson of its own, 08"]


def computed() -> list[str]:
    assert JUNE_2016.memory_capacity == 10
    assert JUNE_2016.shared_capacity == 100
    assert JUNE_2016.http_timeout == 2 * JUNE_2016.expiry
    assert 2 / 3 * (1 / 3 + 1 / 3 * 2 / 3) == 10 / 27
    return ["= 10/27", f"its *expiry*, {JUNE_2016.expiry:.0f} s"]

"""LayerCore against a model of the contract that was written without it: whatever is called,
in whatever order.

There is a machine for each kind of era, and one for a layer that loses messages on purpose: there the model says
which. The model forgets a message, and a membership, at the very moment it expires. The core may notice
later: nobody can
tell the difference by calling it.
"""

import math
import re
from collections import Counter, deque
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chansim.layer.contract import ChannelFull
from chansim.layer.core import Envelope, LayerCore, Listener
from chansim.layer.eras import CHANNELS_11, JUNE_2016, Era
from chansim.trace import Recorder
from model.tiny import books

SHARED = ("http.request", "chat", "quiet")
ALONE = ("reply!aaaa", "reply!bbbb", "body?aaaa")  # each with one reader, a listener
PATTERNS = {"quiet": 1, re.compile("cha|reply"): 3, "c*": 9}
EXPIRY, GROUP_EXPIRY = 10.0, 25.0


def capacity(queue: str) -> int:
    """What PATTERNS say."""
    return 1 if queue == "quiet" else 3 if queue.startswith(("cha", "reply")) else 2


class Held(NamedTuple):
    """A message that waits, or is on its way."""

    expires: float
    number: int
    channel: str
    envelope: Envelope | None = None


class Fated(Random):
    """A stream that says what it was told to about losses, and is as random as any about all else."""

    def __init__(self, seed: int):
        super().__init__(seed)
        self.lost: deque[bool] = deque()

    def random(self) -> float:
        return 0.0 if self.lost.popleft() else 0.999

    def getrandbits(self, k: int, /) -> int:
        return super().getrandbits(k)


@dataclass
class Expected:
    """What a layer of *era* holds, as the contract says."""

    era: Era
    now: float = 0.0
    held: dict[str, list[Held]] = field(default_factory=dict)  # queue -> what waits there
    coming: dict[str, list[Held]] = field(default_factory=dict)
    groups: dict[str, dict[str, float]] = field(default_factory=dict)  # group -> member -> when it last asked
    accepted: dict[str, list[float]] = field(default_factory=dict)  # queue -> when
    refused: dict[str, list[float]] = field(default_factory=dict)
    received: int = 0
    lost: Counter[str] = field(default_factory=Counter)

    def queue(self, channel: str) -> str:
        """Where messages to *channel* wait."""
        head, mark, _ = channel.partition("!")
        return head + mark if self.era.shared_replies else channel

    def pass_time(self, seconds: float) -> None:
        """Messages and memberships end when their time has come, and with an unread message its channel's."""
        self.now += seconds
        for queue in [*self.held]:
            self.expire(queue)
        for group, members in self.groups.items():
            self.groups[group] = {c: asked for c, asked in members.items() if asked + GROUP_EXPIRY > self.now}

    def expire(self, queue: str) -> None:
        """Drop what has expired in one queue."""
        for message in self.held[queue]:
            if message.expires <= self.now:
                self.lost["expired"] += 1
                for members in self.groups.values():
                    members.pop(message.channel, None)
        self.held[queue] = [message for message in self.held[queue] if message.expires > self.now]

    def in_queue(self, queue: str) -> int:
        """How many messages there are, on their way or waiting."""
        return len(self.held.get(queue, ())) + len(self.coming.get(queue, ()))

    def take_in(self, channel: str, cause: str) -> bool:
        """Whether there is room for one more; either way it is counted."""
        queue = self.queue(channel)
        room = self.in_queue(queue) < capacity(queue)
        (self.accepted if room else self.refused).setdefault(queue, []).append(self.now)
        self.lost[cause] += not room
        return room

    def waiting(self) -> int:
        return sum(map(self.in_queue, {*self.held, *self.coming}))

    def figures(self, queues: set[str]) -> dict[str, float | None]:
        """What the statistics of these queues have to be."""
        second = math.floor(self.now) - 1

        def both(moments: dict[str, list[float]]) -> tuple[int, int]:
            all_of_them = [moment for queue in queues for moment in moments.get(queue, ())]
            return len(all_of_them), sum(second <= moment < second + 1 for moment in all_of_them)

        ages = [
            self.now + EXPIRY - message.expires for queue in queues for message in self.held.get(queue, ())
        ]
        (messages, messages_now), (full, full_now) = both(self.accepted), both(self.refused)
        return {
            "messages_count": messages,
            "messages_count_per_second": messages_now,
            "channel_full_count": full,
            "channel_full_count_per_second": full_now,
            "messages_pending": sum(map(self.in_queue, queues)),
            "messages_max_age": max(ages, default=None),
        }


class LayerMachine(RuleBasedStateMachine):
    """Calls in any order; after each, the core and the model say the same."""

    era = JUNE_2016
    loss = 0.0

    channels = st.sampled_from(SHARED + ALONE)
    groups = st.sampled_from(["room", "lobby"])
    fates = st.lists(st.booleans(), min_size=6, max_size=6)

    def __init__(self) -> None:
        super().__init__()
        self.recorder = Recorder()
        self.fate = Fated(1)
        self.core = LayerCore(
            capacity=2,
            channel_capacity=PATTERNS,
            expiry=EXPIRY,
            group_expiry=GROUP_EXPIRY,
            era=self.era,
            loss=self.loss,
            random=self.fate,
            recorder=self.recorder,
        )
        self.expected = Expected(self.era)
        self.listener = Listener()
        self.listening: list[str] = []
        self.number = 0

    @property
    def now(self) -> float:
        return self.expected.now

    def content(self) -> dict[str, Any]:
        """Something that can be told from all that was sent before, and that can be tampered with."""
        self.number += 1
        return {"number": self.number, "list": [self.number]}

    # -- sending

    def accepted(self, channel: str, fate: bool, by: Any) -> Held | None:
        """Call *by* with a fresh content; the message, or None where it was lost, or the channel was full."""
        content, number = self.content(), self.number
        self.fate.lost = deque([fate])
        if not self.expected.take_in(channel, "full"):
            with pytest.raises(ChannelFull):
                by(content)
            return None
        envelope = by(content)
        content["list"].append("changed by the sender")
        if self.loss and fate:
            self.expected.lost["resilience testing"] += 1
            return None
        return Held(self.now + EXPIRY, number, channel, envelope)

    @rule(channel=channels, fate=st.booleans())
    def send(self, channel: str, fate: bool) -> None:
        queue = self.expected.queue(channel)
        if self.expected.coming.get(queue):
            return  # it would overtake, and the model knows one order only
        sent = self.accepted(
            channel, fate, lambda content: self.core.send(channel, content, self.now, "sender")
        )
        if sent:
            self.expected.held.setdefault(queue, []).append(sent)

    @rule(channel=channels, fate=st.booleans())
    def admit(self, channel: str, fate: bool) -> None:
        sent = self.accepted(
            channel, fate, lambda content: self.core.admit(channel, content, self.now, "sender")
        )
        if sent:
            self.expected.coming.setdefault(self.expected.queue(channel), []).append(sent)

    @rule(channel=channels)
    def deliver(self, channel: str) -> None:
        """The oldest message on its way to the queue arrives, perhaps too late."""
        queue = self.expected.queue(channel)
        if self.expected.coming.get(queue):
            message = self.expected.coming[queue].pop(0)
            assert message.envelope is not None
            self.core.deliver(message.envelope)
            self.expected.held.setdefault(queue, []).append(message)
            self.expected.expire(queue)

    @rule(group=groups, fates=fates)
    def send_group(self, group: str, fates: list[bool]) -> None:
        expected, members = self.expected, list(self.expected.groups.get(group, {}))
        if any(expected.coming.get(expected.queue(channel)) for channel in members):
            return
        content, left = self.content(), deque(fates)
        self.fate.lost = deque(fates)
        reached = []
        for channel in members:
            if expected.take_in(channel, "group member full"):
                reached.append(channel)
                if self.loss and left.popleft():
                    expected.lost["resilience testing"] += 1
                else:
                    message = Held(self.now + EXPIRY, self.number, channel)
                    expected.held.setdefault(expected.queue(channel), []).append(message)
        envelopes = self.core.send_group(group, content, self.now, "sender")
        content["list"].append("changed by the sender")
        assert [envelope.channel for envelope in envelopes] == reached

    # -- receiving

    @rule(chosen=st.lists(st.sampled_from(SHARED), max_size=3, unique=True))
    def receive_many(self, chosen: list[str]) -> None:
        self.check_received(chosen, self.core.receive_many(chosen, self.now, "reader"))

    @rule(channel=st.sampled_from(ALONE))
    def receive_by_name(self, channel: str) -> None:
        queue = self.expected.queue(channel)
        self.check_received([queue], self.core.receive_many([queue], self.now, "reader"))

    @rule()
    def receive_for(self) -> None:
        self.check_received(self.listening, self.core.receive_for(self.listener, self.now, "server"))

    def check_received(self, queues: list[str], envelope: Envelope | None) -> None:
        """A message came exactly if one of the queues held one, and it is that queue's oldest, unchanged."""
        holding = [queue for queue in queues if self.expected.held.get(queue)]
        if envelope is None:
            assert holding == []
            return
        queue = self.expected.queue(envelope.channel)
        assert queue in holding
        message = self.expected.held[queue].pop(0)
        assert envelope.channel == message.channel
        assert envelope.content == {"number": message.number, "list": [message.number]}
        envelope.content["list"].append("changed by a receiver")
        self.expected.received += 1

    @rule(channel=st.sampled_from(ALONE))
    def listen(self, channel: str) -> None:
        queue = self.expected.queue(channel)
        if queue not in self.listening:
            self.listening.append(queue)
            self.core.listen(self.listener, queue)

    @rule(channel=st.sampled_from(ALONE))
    def stop_listening(self, channel: str) -> None:
        queue = self.expected.queue(channel)
        if queue in self.listening:
            self.listening.remove(queue)
        self.core.stop_listening(queue)

    # -- groups

    @rule(group=groups, channel=channels)
    def group_add(self, group: str, channel: str) -> None:
        self.core.group_add(group, channel, self.now, "worker")
        members = self.expected.groups.setdefault(group, {})
        members.pop(channel, None)
        members[channel] = self.now

    @rule(group=groups, channel=channels)
    def group_discard(self, group: str, channel: str) -> None:
        self.core.group_discard(group, channel, self.now, "worker")
        self.expected.groups.get(group, {}).pop(channel, None)

    @rule(group=groups)
    def group_channels(self, group: str) -> None:
        assert self.core.group_channels(group, self.now) == list(self.expected.groups.get(group, {}))

    # -- figures

    @rule(channel=channels)
    def channel_statistics(self, channel: str) -> None:
        """Of a channel with one reader only what waits is told."""
        queue = self.expected.queue(channel)
        told = self.core.channel_statistics(queue, self.now)
        figures = self.expected.figures({queue})
        assert {name: told[name] for name in figures if name in told} == {
            name: figure for name, figure in figures.items() if name in told
        }
        assert {"messages_pending", "messages_max_age"} <= told.keys()
        assert channel in ALONE or figures.keys() <= told.keys()

    @rule()
    def global_statistics(self) -> None:
        expected = self.expected
        told = self.core.global_statistics(self.now)
        figures = expected.figures({*expected.accepted, *expected.refused})
        assert {name: told[name] for name in figures} == figures

    # -- all of it

    @rule(seconds=st.sampled_from([0.0, 0.5, 0.5, 4.0, 9.5, 10.0, 30.0]))
    def pass_time(self, seconds: float) -> None:
        self.expected.pass_time(seconds)

    @rule()
    def sweep(self) -> None:
        self.core.sweep(self.now)
        assert sum(self.core.depths().values()) == self.expected.waiting()

    @rule()
    def flush(self) -> None:
        self.core.sweep(self.now)
        self.expected.lost["layer flushed"] += self.expected.waiting()
        self.expected.held.clear()
        self.expected.coming.clear()
        self.expected.groups.clear()
        self.core.flush(self.now)
        assert self.core.depths() == {}

    @invariant()
    def books_balance(self) -> None:
        """What was sent was received, waits, or is lost by a cause. What has expired may not have been noticed yet."""
        expected, kept = self.expected, books(self.recorder.finish(self.now))
        assert kept.sent == kept.received + kept.waiting + sum(kept.lost.values())
        assert kept.sent == sum(map(len, [*expected.accepted.values(), *expected.refused.values()]))
        assert kept.received == expected.received
        assert kept.waiting == sum(self.core.depths().values())
        unnoticed = kept.waiting - expected.waiting()
        assert unnoticed >= 0
        assert Counter(kept.lost) + Counter(expired=unnoticed) == +expected.lost

    @invariant()
    def no_queue_holds_more_than_it_may(self) -> None:
        for queue, depth in self.core.depths().items():
            assert depth <= capacity(queue)

    def teardown(self) -> None:
        """Told to look, the core has lost what the model has lost, and holds the rest."""
        self.core.sweep(self.now)
        assert sum(self.core.depths().values()) == self.expected.waiting()
        for group in ("room", "lobby"):
            assert self.core.group_channels(group, self.now) == list(self.expected.groups.get(group, {}))
        members: dict[tuple[str, str], None] = {}
        for row in self.recorder.finish(self.now).rows():
            if row.event == "joined":
                assert (row.detail, row.channel) not in members, "joined twice"
                members[row.detail, row.channel] = None
            elif row.event == "left":
                del members[row.detail, row.channel]
        assert members.keys() == {
            (group, channel) for group, there in self.expected.groups.items() for channel in there
        }


class SharedRepliesMachine(LayerMachine):
    """Where the clients of a server share a queue."""

    era = CHANNELS_11


class LossyMachine(LayerMachine):
    """A layer that loses half of what it is sent, on purpose."""

    loss = 0.5


OFTEN = settings(max_examples=50, stateful_step_count=40, deadline=None, derandomize=True)

TestLayerMachine = LayerMachine.TestCase
TestLayerMachine.settings = OFTEN
TestSharedRepliesMachine = SharedRepliesMachine.TestCase
TestSharedRepliesMachine.settings = OFTEN
TestLossyMachine = LossyMachine.TestCase
TestLossyMachine.settings = OFTEN

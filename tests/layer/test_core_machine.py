"""LayerCore against a model of the contract that was written without it: whatever is called,
in whatever order.

The model forgets a message, and a membership, at the very moment it expires. The core may notice
later: nobody can
tell the difference by calling it.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chansim.layer.contract import ChannelFull
from chansim.layer.core import Envelope, LayerCore, Listener
from chansim.trace import Recorder
from model.tiny import books

SHARED = ("http.request", "chat", "quiet")
ALONE = ("reply!aaaa", "reply!bbbb")  # each with one reader, a listener
CAPACITY = {"quiet": 1, "chat": 3}
EXPIRY, GROUP_EXPIRY = 10.0, 25.0


@dataclass
class Expected:
    """What a layer holds, as the contract says."""

    now: float = 0.0
    held: dict[str, list[tuple[float, int]]] = field(default_factory=dict)  # channel -> (expires, number)
    coming: dict[str, list[tuple[float, int]]] = field(default_factory=dict)
    groups: dict[str, dict[str, float]] = field(default_factory=dict)  # group -> member -> until
    sent: int = 0
    received: int = 0
    full: int = 0
    missed: int = 0
    flushed: int = 0

    def pass_time(self, seconds: float) -> None:
        """Messages and memberships end when their time has come, and with an
        unread message its channel's memberships."""
        self.now += seconds
        for channel in [*self.held]:
            self.expire(channel)
        for group, members in self.groups.items():
            self.groups[group] = {channel: until for channel, until in members.items() if until > self.now}

    def expire(self, channel: str) -> None:
        """Drop what has expired on one channel."""
        alive = [(expires, number) for expires, number in self.held[channel] if expires > self.now]
        if len(alive) < len(self.held[channel]):
            for members in self.groups.values():
                members.pop(channel, None)
        self.held[channel] = alive

    def has_room(self, channel: str) -> bool:
        """Whether one more message may be sent."""
        here = len(self.held.get(channel, ())) + len(self.coming.get(channel, ()))
        return here < CAPACITY.get(channel, 2)

    def waiting(self) -> int:
        return sum(map(len, self.held.values())) + sum(map(len, self.coming.values()))


class LayerMachine(RuleBasedStateMachine):
    """Calls in any order; after each, the core and the model say the same."""

    channels = st.sampled_from(SHARED + ALONE)
    groups = st.sampled_from(["room", "lobby"])

    def __init__(self) -> None:
        super().__init__()
        self.recorder = Recorder()
        self.core = LayerCore(
            capacity=2,
            channel_capacity=CAPACITY,
            expiry=EXPIRY,
            group_expiry=GROUP_EXPIRY,
            random=Random(1),
            recorder=self.recorder,
        )
        self.expected = Expected()
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

    def admitted(self, channel: str, by: Any) -> Any:
        """Call *by* with a fresh content; what it returns, or None where
        the channel was full, as it had to be."""
        content, number = self.content(), self.number
        self.expected.sent += 1
        if not self.expected.has_room(channel):
            self.expected.full += 1
            with pytest.raises(ChannelFull):
                by(content)
            return None
        envelope = by(content)
        content["list"].append("changed by the sender")
        return envelope, (self.now + EXPIRY, number)

    @rule(channel=channels)
    def send(self, channel: str) -> None:
        if self.expected.coming.get(channel):
            return  # it would overtake, and the model knows one order only
        sent = self.admitted(channel, lambda content: self.core.send(channel, content, self.now, "sender"))
        if sent:
            self.expected.held.setdefault(channel, []).append(sent[1])

    @rule(channel=channels)
    def admit(self, channel: str) -> None:
        sent = self.admitted(channel, lambda content: self.core.admit(channel, content, self.now, "sender"))
        if sent:
            self.expected.coming.setdefault(channel, []).append((*sent[1], sent[0]))  # type: ignore[arg-type]

    @rule(channel=channels)
    def deliver(self, channel: str) -> None:
        """The oldest message on its way to the channel arrives, perhaps too late."""
        if self.expected.coming.get(channel):
            expires, number, envelope = self.expected.coming[channel].pop(0)  # type: ignore[misc]
            self.core.deliver(envelope)
            self.expected.held.setdefault(channel, []).append((expires, number))
            self.expected.expire(channel)

    @rule(group=groups)
    def send_group(self, group: str) -> None:
        members = list(self.expected.groups.get(group, {}))
        if any(self.expected.coming.get(channel) for channel in members):
            return
        content = self.content()
        room = [channel for channel in members if self.expected.has_room(channel)]
        envelopes = self.core.send_group(group, content, self.now, "sender")
        content["list"].append("changed by the sender")
        assert [envelope.channel for envelope in envelopes] == room
        for channel in room:
            self.expected.held.setdefault(channel, []).append((self.now + EXPIRY, self.number))
        self.expected.sent += len(members)
        self.expected.missed += len(members) - len(room)

    # -- receiving

    @rule(chosen=st.lists(st.sampled_from(SHARED), max_size=3, unique=True))
    def receive_many(self, chosen: list[str]) -> None:
        self.check_received(chosen, self.core.receive_many(chosen, self.now, "reader"))

    @rule()
    def receive_for(self) -> None:
        self.check_received(self.listening, self.core.receive_for(self.listener, self.now, "server"))

    def check_received(self, channels: list[str], envelope: Envelope | None) -> None:
        """A message came exactly if one of the channels held one, and
        it is that channel's oldest, unchanged."""
        holding = [channel for channel in channels if self.expected.held.get(channel)]
        if envelope is None:
            assert holding == []
            return
        assert envelope.channel in holding
        _, number = self.expected.held[envelope.channel].pop(0)
        assert envelope.content == {"number": number, "list": [number]}
        envelope.content["list"].append("changed by a receiver")
        self.expected.received += 1

    @rule(channel=st.sampled_from(ALONE))
    def listen(self, channel: str) -> None:
        if channel not in self.listening:
            self.listening.append(channel)
            self.core.listen(self.listener, channel)

    @rule(channel=st.sampled_from(ALONE))
    def stop_listening(self, channel: str) -> None:
        if channel in self.listening:
            self.listening.remove(channel)
        self.core.stop_listening(channel)

    # -- groups

    @rule(group=groups, channel=channels)
    def group_add(self, group: str, channel: str) -> None:
        self.core.group_add(group, channel, self.now, "worker")
        members = self.expected.groups.setdefault(group, {})
        members.pop(channel, None)
        members[channel] = self.now + GROUP_EXPIRY

    @rule(group=groups, channel=channels)
    def group_discard(self, group: str, channel: str) -> None:
        self.core.group_discard(group, channel, self.now, "worker")
        self.expected.groups.get(group, {}).pop(channel, None)

    @rule(group=groups)
    def group_channels(self, group: str) -> None:
        assert self.core.group_channels(group, self.now) == list(self.expected.groups.get(group, {}))

    # -- all of it

    @rule(seconds=st.sampled_from([0.0, 0.5, 4.0, 9.5, 10.0, 30.0]))
    def pass_time(self, seconds: float) -> None:
        self.expected.pass_time(seconds)

    @rule()
    def sweep(self) -> None:
        self.core.sweep(self.now)
        assert sum(self.core.depths().values()) == self.expected.waiting()

    @rule()
    def flush(self) -> None:
        self.core.sweep(self.now)
        self.expected.flushed += self.expected.waiting()
        self.expected.held.clear()
        self.expected.coming.clear()
        self.expected.groups.clear()
        self.core.flush(self.now)
        assert self.core.depths() == {}

    @invariant()
    def books_balance(self) -> None:
        trace, expected = self.recorder.finish(self.now), self.expected
        kept = books(trace)
        assert kept.sent == expected.sent
        assert kept.received == expected.received
        assert kept.lost.get("full", 0) == expected.full
        assert kept.lost.get("group member full", 0) == expected.missed
        assert kept.lost.get("layer flushed", 0) == expected.flushed
        assert kept.waiting == sum(self.core.depths().values())
        expired = expected.sent - expected.received - expected.full - expected.missed - expected.flushed
        assert kept.lost.get("expired", 0) + kept.waiting == expired  # some not noticed yet

    @invariant()
    def no_channel_holds_more_than_it_may(self) -> None:
        for channel, depth in self.core.depths().items():
            assert depth <= CAPACITY.get(channel, 2)

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


LayerMachine.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, derandomize=True
)
TestLayerMachine = LayerMachine.TestCase

"""What redis.lua says is what the core says: the same calls in any order, at the same times, are answered alike."""

from collections import Counter
from itertools import count

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from chansim.layer.contract import ChannelFull
from chansim.layer.core import LayerCore
from chansim.layer.eras import CHANNELS_11, JUNE_2016, Era
from chansim.live.redis import RedisLayer
from chansim.trace import Recorder
from layer.test_core_machine import ALONE, EXPIRY, GROUP_EXPIRY, PATTERNS, SHARED
from live.redis_servers import RedisServer

_numbers = count()


class SameAnswers(RuleBasedStateMachine):
    """A core and a Redis layer with one clock, side by side."""

    era: Era
    host: str

    channels = st.sampled_from(SHARED + ALONE)
    groups = st.sampled_from(["room", "lobby"])

    def __init__(self) -> None:
        super().__init__()
        self.now, self.number, self.used = 0.0, 0, False
        options = {
            "channel_capacity": PATTERNS,
            "expiry": EXPIRY,
            "group_expiry": GROUP_EXPIRY,
            "capacity": 2,
        }
        self.books = (Recorder(), Recorder())
        self.core = LayerCore(era=self.era, recorder=self.books[0], **options)  # type: ignore[arg-type]
        self.layer = RedisLayer(
            [self.host],
            f"alike {next(_numbers)}:",
            era=self.era,
            clock=lambda: self.now,
            recorder=self.books[1],
            **options,  # type: ignore[arg-type]
        )

    def content(self) -> dict[str, int]:
        self.number += 1
        return {"number": self.number}

    @rule(channel=channels)
    def send(self, channel: str) -> None:
        content = self.content()
        if self.core.has_room(channel, self.now):
            self.core.send(channel, content, self.now, "me")
            self.layer.send(channel, content, by="me")
            return
        told = []
        for send in (
            lambda: self.core.send(channel, content, self.now, "me"),
            lambda: self.layer.send(channel, content, by="me"),
        ):
            with pytest.raises(ChannelFull) as full:
                send()
            told.append(str(full.value))
        assert told[0] == told[1]

    @rule(group=groups)
    def send_group(self, group: str) -> None:
        # members that asked at one moment stand in no order on a server: who finds room is the same all the same,
        # unless they share a queue that has not room for all
        content = self.content()
        reached = self.core.send_group(group, content, self.now, "me")
        assert self.layer.send_group(group, content, by="me") == len(reached)

    @rule(chosen=st.lists(st.sampled_from(SHARED + ALONE), max_size=3, unique=True))
    def receive_many(self, chosen: list[str]) -> None:
        """Either may draw any of several; so what Redis drew is asked of the core."""
        queues = list(dict.fromkeys(self.core.queue(channel) for channel in chosen))
        envelope = self.layer.take(queues, by="me")
        if envelope is None:
            assert self.core.receive_many(queues, self.now, "me") is None
        else:
            same = self.core.receive_many([self.core.queue(envelope.channel)], self.now, "me")
            assert same is not None
            assert (envelope.content, envelope.expires) == (same.content, same.expires)
            assert envelope.channel == same.channel

    @rule(group=groups, channel=channels)
    def group_add(self, group: str, channel: str) -> None:
        self.now += 0.001  # so that members stand in one order
        self.core.group_add(group, channel, self.now, "me")
        self.layer.group_add(group, channel, by="me")

    @rule(group=groups, channel=channels)
    def group_discard(self, group: str, channel: str) -> None:
        self.core.group_discard(group, channel, self.now, "me")
        self.layer.group_discard(group, channel, by="me")

    @rule(group=groups)
    def group_channels(self, group: str) -> None:
        assert self.layer.group_channels(group) == self.core.group_channels(group, self.now)

    @rule(channel=channels)
    def channel_statistics(self, channel: str) -> None:
        told = self.layer.channel_statistics(channel)
        same = self.core.channel_statistics(channel, self.now)
        nothing = {"messages_count", "messages_count_per_second", "channel_full_count", "per_second",
                   "channel_full_count_per_second"}  # fmt: skip
        for name in told.keys() | same.keys():
            # what was never used has no figures in the one, and zeros in the other
            assert told.get(name, 0) == same.get(name, 0 if name in nothing else None), name

    @rule()
    def global_statistics(self) -> None:
        assert self.layer.global_statistics() == self.core.global_statistics(self.now)

    @rule(seconds=st.sampled_from([0.0, 0.5, 0.5, 4.0, 9.5, 10.0, 30.0]))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    @precondition(lambda self: self.number > 3)
    def flush(self) -> None:
        self.core.flush(self.now)
        self.layer.flush()

    def teardown(self) -> None:
        """And both wrote the same down, whatever they noticed first."""
        self.core.sweep(self.now)
        self.layer.sweep()
        # Whose doing the end of a membership is that ended by itself is whoever came across it first.
        rows = [
            Counter(
                (row.t, row.event, row.event == "left" or row.component, row.channel, row.detail)
                for row in book.finish(self.now).rows()
            )
            for book in self.books
        ]
        self.layer.flush()
        self.layer.close()
        assert rows[1] == rows[0]


@pytest.mark.parametrize("era", [JUNE_2016, CHANNELS_11], ids=lambda era: era.name)
def test_a_redis_layer_answers_as_the_core_does(era: Era, two_redis_servers: list[RedisServer]) -> None:
    machine = type("SameAnswersOfEra", (SameAnswers,), {"era": era, "host": two_redis_servers[0].url})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=30, stateful_step_count=30, deadline=None, derandomize=True)
    )

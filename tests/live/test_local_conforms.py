"""LocalLayer, memory and a real Redis as one, keeps the promises of every layer, but for what is named here."""

from typing import Any

import pytest

from chansim.live.local import LocalLayer
from conformance import (
    KINDS,
    ContentPromises,
    LayerPromises,
    LossesInTheTrace,
    TimeoutPromises,
    WaitingPromises,
)
from live.redis_servers import RedisServer
from live.redis_under_test import RedisUnderTest, WaitingRedis
from live.test_redis_conforms import OnOneHost

ONE_READER = KINDS[1:]


class LocalUnderTest(RedisUnderTest):
    def build(self, **options: Any) -> LocalLayer:
        return LocalLayer(**options)


class WaitingLocal(WaitingRedis):
    def build(self, **options: Any) -> LocalLayer:
        return LocalLayer(**options)


class TestLocal(OnOneHost, LayerPromises, ContentPromises, LossesInTheTrace):
    def build(self, **options: Any) -> RedisUnderTest:
        return LocalUnderTest(self.era, self.hosts, **options)

    # a message of a normal channel expires in the local half, which knows no groups
    test_a_message_that_came_through_no_group_evicts_as_well = None
    test_an_eviction_counts_even_if_it_was_noticed_by_a_receive = None
    test_members_that_come_and_go_are_written_down_once_each = None

    @pytest.mark.parametrize("channel", ONE_READER)
    def test_a_member_whose_message_expires_unread_is_out_of_its_groups(self, channel: str) -> None:
        super().test_a_member_whose_message_expires_unread_is_out_of_its_groups(channel)

    # the statistics of normal channels read 0
    test_what_waits_is_pending_and_the_oldest_of_it_has_an_age = None
    test_what_was_read_counts_but_is_not_pending = None
    test_what_has_expired_is_not_pending = None
    test_who_was_refused_and_who_missed_a_group_message_found_the_channel_full = None
    test_each_copy_of_a_group_message_counts = None
    test_channels_are_counted_each_for_itself_and_all_together = None
    test_the_last_whole_second_has_a_count_of_its_own = None
    test_the_figures_of_june_2016_are_the_same_by_other_names = None


class TestLocalThatIsWaitedFor(OnOneHost, WaitingPromises, TimeoutPromises):
    def build(self, **options: Any) -> RedisUnderTest:
        return WaitingLocal(self.era, self.hosts, **options)


def test_what_is_sent_to_a_normal_channel_stays_on_the_senders_machine(
    two_redis_servers: list[RedisServer],
) -> None:
    one, other = (LocalLayer([two_redis_servers[0].url], "machines:") for _ in range(2))
    try:
        one.group_add("room", "chat")
        one.group_add("room", "reply!a")
        one.send("http.request", {"text": "here"})
        other.send_group("room", {"text": "hello"})
        assert other.receive_many(["http.request"]) == (None, None)
        assert one.receive_many(["http.request"]) == ("http.request", {"text": "here"})
        assert one.receive_many(["chat"]) == (None, None)
        assert other.receive_many(["chat"]) == ("chat", {"text": "hello"})
        assert one.receive_many(["reply!a"]) == ("reply!a", {"text": "hello"})
    finally:
        one.flush()
        one.close()
        other.close()

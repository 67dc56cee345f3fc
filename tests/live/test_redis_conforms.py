"""The Redis layer keeps the promises of every layer, on one real server; and on two, but for what is named there."""

from typing import Any

import pytest

from conformance import (
    KINDS,
    ContentPromises,
    LayerPromises,
    LossesInTheTrace,
    ResilienceTesting,
    Suite,
    TimeoutPromises,
    WaitingPromises,
)
from live.redis_servers import RedisServer
from live.redis_under_test import RedisUnderTest, WaitingRedis

ONE_READER = KINDS[1:]


class OnOneHost(Suite):
    hosts: list[str]

    @pytest.fixture(autouse=True)
    def servers(self, two_redis_servers: list[RedisServer]) -> None:
        self.hosts = [two_redis_servers[0].url]

    def build(self, **options: Any) -> RedisUnderTest:
        return RedisUnderTest(self.era, self.hosts, **options)


class OnTwoHosts(OnOneHost):
    @pytest.fixture(autouse=True)
    def servers(self, two_redis_servers: list[RedisServer]) -> None:
        self.hosts = [server.url for server in two_redis_servers]


class TestRedis(OnOneHost, LayerPromises, ResilienceTesting, LossesInTheTrace):
    pass


class TestWhatRedisCarries(OnOneHost, ContentPromises):
    pass


class TestRedisThatIsWaitedFor(OnOneHost, WaitingPromises, TimeoutPromises):
    def build(self, **options: Any) -> WaitingRedis:
        return WaitingRedis(self.era, self.hosts, **options)


class TestTwoHosts(OnTwoHosts, LayerPromises, ResilienceTesting, LossesInTheTrace):
    # a normal channel is in order within a host only
    test_group_messages_and_others_stand_in_one_order = None
    test_the_order_holds_when_sends_and_receives_alternate = None
    test_the_busy_one_keeps_its_order_all_the_same = None
    test_only_what_is_too_old_expires = None
    test_what_is_not_lost_keeps_its_order_and_comes_once = None
    test_without_it_nothing_is_lost = None

    @pytest.mark.parametrize("channel", ONE_READER)
    def test_messages_come_out_in_the_order_in_which_they_went_in(self, channel: str) -> None:
        super().test_messages_come_out_in_the_order_in_which_they_went_in(channel)

    test_what_waits_is_pending_and_the_oldest_of_it_has_an_age = None
    test_looking_at_the_figures_changes_nothing = None

    # a normal channel holds as many messages as all hosts together
    test_the_refusal_says_which_channel_and_how_many_it_holds = None
    test_a_capacity_of_one_is_one_message = None
    test_the_first_pattern_that_matches_says_how_many_a_channel_holds = None
    test_a_pattern_may_be_a_compiled_regular_expression = None
    test_a_full_member_misses_a_group_message_and_the_sender_is_not_told = None
    test_what_has_expired_takes_no_room = None
    test_who_was_refused_and_who_missed_a_group_message_found_the_channel_full = None
    test_the_last_whole_second_has_a_count_of_its_own = None
    test_each_way_to_lose_a_message_has_its_name = None

    @pytest.mark.parametrize("channel", ONE_READER)
    def test_one_message_more_than_the_capacity_is_refused(self, channel: str) -> None:
        super().test_one_message_more_than_the_capacity_is_refused(channel)

    @pytest.mark.parametrize("channel", ONE_READER)
    def test_a_message_received_makes_room_for_one(self, channel: str) -> None:
        super().test_a_message_received_makes_room_for_one(channel)

    # a normal channel's message that expires unread on one host does not end a membership kept on the other
    test_a_message_that_came_through_no_group_evicts_as_well = None
    test_members_that_come_and_go_are_written_down_once_each = None


class TestWhatTwoHostsCarry(OnTwoHosts, ContentPromises):
    pass


class TestTwoHostsThatAreWaitedFor(OnTwoHosts, WaitingPromises, TimeoutPromises):
    # two hosts are heard in either order: who waits for two channels may take what another waits for
    test_as_many_messages_wake_as_many_that_wait = None

    def build(self, **options: Any) -> WaitingRedis:
        return WaitingRedis(self.era, self.hosts, **options)

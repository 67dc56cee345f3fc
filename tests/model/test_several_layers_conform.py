"""The promises of every layer that layers of several layers keep; those that they do not are named, with the reason."""

from typing import Any

import pytest

from conformance import KINDS, ContentPromises, LayerPromises, LossesInTheTrace, WaitingPromises
from model.several_under_test import SeveralUnderTest, local, sharded

ONE_READER = KINDS[1:]


class TestLocalLayer(LayerPromises, ContentPromises, LossesInTheTrace, WaitingPromises):
    def build(self, **options: Any) -> SeveralUnderTest:
        return local(self.era, **options)

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


class TestOneShard(LayerPromises, ContentPromises, LossesInTheTrace, WaitingPromises):
    """It keeps them all."""

    def build(self, **options: Any) -> SeveralUnderTest:
        return sharded(self.era, 1, **options)


class TestShardedLayer(LayerPromises, ContentPromises, LossesInTheTrace, WaitingPromises):
    def build(self, **options: Any) -> SeveralUnderTest:
        return sharded(self.era, 2, **options)

    # a normal channel is in order within a shard only
    test_group_messages_and_others_stand_in_one_order = None
    test_the_order_holds_when_sends_and_receives_alternate = None
    test_the_busy_one_keeps_its_order_all_the_same = None
    test_only_what_is_too_old_expires = None
    test_a_member_of_two_groups_hears_both_and_leaves_one = None

    @pytest.mark.parametrize("channel", ONE_READER)
    def test_messages_come_out_in_the_order_in_which_they_went_in(self, channel: str) -> None:
        super().test_messages_come_out_in_the_order_in_which_they_went_in(channel)

    # a normal channel holds as many messages as all shards together
    test_the_refusal_says_which_channel_and_how_many_it_holds = None
    test_a_capacity_of_one_is_one_message = None
    test_the_first_pattern_that_matches_says_how_many_a_channel_holds = None
    test_a_pattern_may_be_a_compiled_regular_expression = None
    test_a_pattern_counts_for_a_member_of_a_group = None
    test_a_full_member_misses_a_group_message_and_the_sender_is_not_told = None
    test_what_has_expired_takes_no_room = None
    test_who_was_refused_and_who_missed_a_group_message_found_the_channel_full = None
    test_the_last_whole_second_has_a_count_of_its_own = None
    test_each_way_to_lose_a_message_has_its_name = None
    test_what_is_refused_was_never_sent = None

    @pytest.mark.parametrize("channel", ONE_READER)
    def test_one_message_more_than_the_capacity_is_refused(self, channel: str) -> None:
        super().test_one_message_more_than_the_capacity_is_refused(channel)

    @pytest.mark.parametrize("channel", ONE_READER)
    def test_a_message_received_makes_room_for_one(self, channel: str) -> None:
        super().test_a_message_received_makes_room_for_one(channel)

    # a member whose message expires unread leaves only the groups of the message's own shard
    test_a_member_whose_message_expires_unread_is_out_of_its_groups = None
    test_a_message_that_came_through_no_group_evicts_as_well = None
    test_an_eviction_counts_even_if_it_was_noticed_by_a_receive = None
    test_members_that_come_and_go_are_written_down_once_each = None

    # who waits, waits at one shard, for 5 s, whatever comes to another
    test_a_group_message_wakes_each_member_that_waits = None
    test_who_waits_longer_than_a_message_lasts_still_hears_the_next = None

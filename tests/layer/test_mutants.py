"""The suite itself is tested: each broken core of mutants.py is caught, by the test that is named here for it."""

import inspect
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest

from chansim.layer.core import LayerCore
from chansim.layer.eras import ERAS, Era
from conformance import ContentPromises, LayerPromises, LossesInTheTrace, ResilienceTesting
from layer import mutants
from layer.core_under_test import CoreUnderTest

L, C, R, T = LayerPromises, ContentPromises, ResilienceTesting, LossesInTheTrace


class Promises(LayerPromises, ContentPromises, ResilienceTesting, LossesInTheTrace):
    """The suite, to be run by hand against a core that is broken."""

    __test__ = False

    def __init__(self, core: type[LayerCore], era: Era):
        self.core, self.era = core, era

    def build(self, **options: Any) -> CoreUnderTest:
        return CoreUnderTest(self.era, self.core, **options)


CAUGHT_BY: dict[type[LayerCore], Callable[..., None]] = {
    # order, and at most once
    mutants.LastInFirstOut: L.test_messages_come_out_in_the_order_in_which_they_went_in,
    mutants.DeliversTwice: L.test_of_three_readers_one_gets_the_message,
    mutants.LosesEverySeventh: R.test_without_it_nothing_is_lost,
    mutants.TakesMoreThanItGives: L.test_the_busy_one_keeps_its_order_all_the_same,
    mutants.GivesTheNameThatWasAskedFor: L.test_a_message_comes_with_the_name_of_its_channel,
    mutants.KnowsNoCapitals: L.test_channels_do_not_mix,
    # fairness
    mutants.ServesTheFirstNameFirst: L.test_a_quiet_channel_has_its_turn_beside_a_busy_one,
    mutants.ServesTheLastNameFirst: L.test_the_place_in_the_list_does_not_matter,
    # capacity
    mutants.HoldsOneMore: L.test_one_message_more_than_the_capacity_is_refused,
    mutants.HoldsOneLess: L.test_one_message_more_than_the_capacity_is_refused,
    mutants.HoldsAnyNumber: L.test_a_capacity_of_one_is_one_message,
    mutants.OverlooksPatterns: L.test_the_first_pattern_that_matches_says_how_many_a_channel_holds,
    mutants.TheLastPatternCounts: L.test_the_first_pattern_that_matches_says_how_many_a_channel_holds,
    mutants.CountsWhatHasExpired: L.test_what_has_expired_takes_no_room,
    mutants.ReceivingMakesNoRoom: L.test_a_message_received_makes_room_for_one,
    mutants.OneCapacityForAll: L.test_each_channel_has_a_capacity_of_its_own,
    # expiry
    mutants.NothingExpires: L.test_a_message_can_be_received_until_it_expires,
    mutants.ExpiresTooEarly: L.test_a_message_can_be_received_until_it_expires,
    mutants.ExpiresTooLate: L.test_a_group_message_expires_like_any_other,
    mutants.AllExpiresWithTheOldest: L.test_only_what_is_too_old_expires,
    # groups
    mutants.EvictsNobody: L.test_a_member_whose_message_expires_unread_is_out_of_its_groups,
    mutants.EvictsTheNeighbours: L.test_of_two_clients_of_one_server_only_the_one_that_did_not_read_is_evicted,
    mutants.EvictsFromOneGroupOnly: L.test_a_member_whose_message_expires_unread_is_out_of_its_groups,
    mutants.MembershipsLastForEver: L.test_a_membership_ends_when_it_was_not_asked_for_again,
    mutants.AskingAgainChangesNothing: L.test_asking_again_makes_a_membership_last,
    mutants.BeingSentToMakesAMembershipLast: L.test_being_sent_to_does_not_make_a_membership_last,
    mutants.AddedTwiceHearsTwice: L.test_who_was_added_twice_gets_one_copy,
    mutants.DiscardsNobody: L.test_who_was_discarded_gets_nothing_more,
    mutants.DiscardsFromEveryGroup: L.test_a_member_of_two_groups_hears_both_and_leaves_one,
    mutants.DiscardingTakesTheMessagesToo: L.test_who_was_discarded_still_gets_what_was_sent_before,
    mutants.AFullMemberIsTold: L.test_a_full_member_misses_a_group_message_and_the_sender_is_not_told,
    mutants.AFullMemberStopsTheRest: L.test_a_full_member_misses_a_group_message_and_the_sender_is_not_told,
    mutants.AFullMemberIsPutOut: L.test_a_full_member_misses_a_group_message_and_the_sender_is_not_told,
    # names
    mutants.SendsToAnyName: L.test_an_illegal_channel_name_is_refused_everywhere_and_leaves_nothing_behind,
    mutants.ReceivesFromAnyName: L.test_one_illegal_name_spoils_a_receive_and_takes_nothing,
    mutants.AddsAnyName: L.test_an_illegal_group_name_is_refused_everywhere,
    mutants.DiscardsAnyName: L.test_an_illegal_group_name_is_refused_everywhere,
    mutants.ListsAnyName: L.test_an_illegal_group_name_is_refused_everywhere,
    mutants.SendsToAnyGroup: L.test_an_illegal_group_name_is_refused_everywhere,
    mutants.CountsAnyName: L.test_an_illegal_channel_name_is_refused_everywhere_and_leaves_nothing_behind,
    mutants.TwentyCharactersAtMost: L.test_the_longest_legal_name_is_the_eras,
    mutants.OneCharacterMore: L.test_the_longest_legal_name_is_the_eras,
    mutants.TakesAnyPattern: L.test_a_pattern_that_makes_no_legal_name_is_refused,
    mutants.NewChannelsAreAllTheSame: L.test_new_channels_differ_also_while_nothing_was_sent,
    mutants.ALetterLess: L.test_a_new_channel_is_the_pattern_and_as_many_letters_as_the_era_adds,
    mutants.ForgetsTheLocalPart: L.test_under_which_name_a_reply_is_received_is_the_eras,
    mutants.IsAlwaysOf2016: L.test_whether_clients_of_one_server_share_a_capacity_is_the_eras,
    # content
    mutants.CopiesNothing: L.test_a_change_by_the_sender_after_the_send_is_seen_by_nobody,
    mutants.CopiesOnlyTheTop: L.test_a_change_by_the_sender_after_the_send_is_seen_by_nobody,
    mutants.OneCopyForAllMembers: L.test_a_change_by_one_member_is_not_seen_by_the_others,
    mutants.TakesAnyContent: C.test_a_message_is_a_dict_with_keys_of_text,
    mutants.TakesAnyContentForGroups: C.test_a_message_holds_only_what_can_travel,
    mutants.MakesTextOfBytes: C.test_what_was_sent_is_what_is_received_with_its_types,
    mutants.MakesNumbersOfBooleans: C.test_what_was_sent_is_what_is_received_with_its_types,
    mutants.DropsWhatIsNone: C.test_what_was_sent_is_what_is_received_with_its_types,
    mutants.AnEmptyMessageIsNone: C.test_an_empty_message_is_a_message,
    mutants.CarriesAnySize: C.test_a_larger_one_is_refused_and_leaves_nothing_behind,
    mutants.CarriesAnySizeToGroups: C.test_a_larger_one_is_refused_and_leaves_nothing_behind,
    mutants.CarriesHalfAMegabyte: C.test_a_message_of_one_megabyte_is_carried,
    # flush
    mutants.FlushKeepsGroups: L.test_a_flush_forgets_every_message_and_every_group,
    mutants.FlushKeepsMessages: L.test_a_flush_forgets_every_message_and_every_group,
    # resilience testing
    mutants.NeverLoses: R.test_about_that_share_is_lost_and_nobody_is_told,
    mutants.LosesTooOften: R.test_about_that_share_is_lost_and_nobody_is_told,
    mutants.TakesAnyRate: R.test_a_rate_is_a_share_of_one,
    # the trace
    mutants.SaysNothingOfLosses: T.test_each_way_to_lose_a_message_has_its_name,
    mutants.NamesEveryLossFull: T.test_each_way_to_lose_a_message_has_its_name,
    mutants.LossesAreWrittenWhenNoticed: T.test_a_message_is_lost_at_the_moment_it_expires_whenever_that_is_noticed,
}


def arguments(test: Callable[..., None]) -> Iterator[dict[str, Any]]:
    """Every set of arguments that its parametrize marks give a test."""
    marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    assert all(isinstance(mark.args[0], str) and "," not in mark.args[0] for mark in marks)
    for values in product(*(mark.args[1] for mark in marks)):
        yield {mark.args[0]: value for mark, value in zip(marks, values, strict=True)}


def caught(core: type[LayerCore], test: Callable[..., None]) -> bool:
    """Whether this test fails for a layer made of *core*, in any era and with any of its arguments."""
    for era in ERAS.values():
        for given in arguments(test):
            suite = Promises(core, era)
            try:
                test(suite, **given)
            except (Exception, pytest.fail.Exception):
                return True
            finally:
                suite.teardown_method()
    return False


@pytest.mark.parametrize("mutant", CAUGHT_BY, ids=lambda mutant: mutant.__name__)
def test_the_suite_catches(mutant: type[LayerCore]) -> None:
    assert caught(mutant, CAUGHT_BY[mutant]), f"{CAUGHT_BY[mutant].__name__} lets {mutant.__name__} pass"


def test_the_tests_named_here_catch_nothing_in_the_core_itself() -> None:
    """But for those of contents, which take seconds and are run by themselves in test_core_conforms.py."""
    tests = {*CAUGHT_BY.values()} - {*vars(ContentPromises).values()}
    assert [test.__name__ for test in tests if caught(LayerCore, test)] == []


def test_every_mutant_is_named_here() -> None:
    classes = {
        value for value in vars(mutants).values() if inspect.isclass(value) and issubclass(value, LayerCore)
    }
    no_mutants = {LayerCore, mutants.RemembersMembers, mutants.Swallows, mutants.ChangesContent}
    assert classes - no_mutants == CAUGHT_BY.keys()

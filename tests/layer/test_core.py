"""The promises of contract.py, one by one, at exact times. The time is an argument: nothing here waits."""

from collections import Counter
from random import Random
from typing import Any

import pytest

from chansim.layer.contract import ChannelFull
from chansim.layer.core import Envelope, LayerCore, Listener
from chansim.layer.eras import CHANNELS_11
from chansim.layer.names import InvalidName
from chansim.trace import Recorder
from model.tiny import books


def layer(**options: Any) -> LayerCore:
    """A layer without a trace."""
    return LayerCore(random=Random(1), **options)


def said(envelope: Envelope | None) -> Any:
    """What a message says, or None where there is none."""
    return None if envelope is None else envelope.content["say"]


def drain(core: LayerCore, *channels: str, now: float = 0.0) -> list[Any]:
    """All that can be received, in order."""
    return list(iter(lambda: said(core.receive_many(channels, now)), None))


# -- a channel is first in, first out, and each message is received at most once


def test_messages_come_out_in_the_order_in_which_they_went_in() -> None:
    core = layer()
    for word in ("a", "b", "c"):
        core.send("chat", {"say": word}, 0.0)
    assert drain(core, "chat") == ["a", "b", "c"]


def test_of_three_readers_one_gets_the_message() -> None:
    core = layer()
    core.send("chat", {"say": "hello"}, 0.0)
    assert [said(core.receive_many(["chat"], 0.0, by)) for by in ("one", "two", "three")] == [
        "hello",
        None,
        None,
    ]


def test_nothing_is_received_of_no_channels() -> None:
    core = layer()
    core.send("chat", {"say": "hello"}, 0.0)
    assert core.receive_many([], 0.0) is None


def test_channels_do_not_mix() -> None:
    core = layer()
    core.send("one", {"say": 1}, 0.0)
    core.send("two", {"say": 2}, 0.0)
    assert drain(core, "two") == [2]
    assert drain(core, "one") == [1]


# -- a channel holds at most its capacity


def test_one_message_more_than_the_capacity_is_refused() -> None:
    """In June 2016 an in-memory channel held ten: the eleventh send raised."""
    core = layer()
    for n in range(10):
        core.send("chat", {"say": n}, 0.0)
    with pytest.raises(ChannelFull, match=r"channel 'chat' of layer 'layer' holds 10 messages, its capacity"):
        core.send("chat", {"say": 10}, 0.0)
    assert drain(core, "chat") == list(range(10))


def test_a_message_received_makes_room_for_one() -> None:
    core = layer(capacity=1)
    core.send("chat", {"say": 1}, 0.0)
    core.receive_many(["chat"], 0.0)
    core.send("chat", {"say": 2}, 0.0)
    with pytest.raises(ChannelFull):
        core.send("chat", {"say": 3}, 0.0)


def test_the_capacity_is_each_channels_own() -> None:
    core = layer(capacity=1)
    core.send("one", {"say": 1}, 0.0)
    core.send("two", {"say": 2}, 0.0)
    core.send("reply!aaaaaaaa", {"say": 3}, 0.0)
    core.send("reply!bbbbbbbb", {"say": 4}, 0.0)
    assert core.depths() == {"one": 1, "two": 1, "reply!aaaaaaaa": 1, "reply!bbbbbbbb": 1}


def test_the_first_pattern_that_matches_says_how_many_a_channel_holds() -> None:
    core = layer(capacity=5, channel_capacity={"http.request": 200, "http.*": 7, "http.response!*": 9})
    named = ("http.request", "http.response!aaaaaaaa", "chat", "HTTP.request")
    assert [core.capacity_of(name) for name in named] == [200, 7, 5, 5]


def test_expired_messages_take_no_room() -> None:
    core = layer(capacity=1, expiry=60.0)
    core.send("chat", {"say": "old"}, 0.0)
    with pytest.raises(ChannelFull):
        core.send("chat", {"say": "new"}, 59.999)
    core.send("chat", {"say": "new"}, 60.0)
    assert drain(core, "chat", now=60.0) == ["new"]


@pytest.mark.parametrize("capacity", [0, -1, 1.5, True, "10", None])
def test_a_capacity_is_a_whole_number_from_one(capacity: Any) -> None:
    with pytest.raises(
        ValueError, match=rf"capacity={capacity!r} must be a whole number of messages, 1 or more"
    ):
        layer(capacity=capacity)
    with pytest.raises(ValueError, match=rf"http\.\*={capacity!r} must be a whole number"):
        layer(channel_capacity={"http.*": capacity})


@pytest.mark.parametrize("field", ["expiry", "group_expiry"])
@pytest.mark.parametrize("seconds", [0, -1.0, float("inf"), float("nan")])
def test_an_expiry_is_a_number_of_seconds_above_zero(field: str, seconds: float) -> None:
    with pytest.raises(ValueError, match=f"{field}={seconds!r} must be a number of seconds above 0"):
        layer(**{field: seconds})


# -- a message not read in time is dropped


def test_a_message_can_be_received_until_it_expires() -> None:
    for now, found in ((59.999, "hello"), (60.0, None), (61.0, None)):
        core = layer(expiry=60.0)
        core.send("chat", {"say": "hello"}, 0.0)
        assert said(core.receive_many(["chat"], now)) == found


def test_of_a_channel_only_what_is_too_old_expires() -> None:
    core = layer(expiry=60.0)
    for now in (0.0, 10.0, 20.0):
        core.send("chat", {"say": now}, now)
    assert drain(core, "chat", now=70.0) == [20.0]


# -- a group is a set of channels


def test_a_group_message_goes_to_each_member() -> None:
    core = layer()
    for member in ("one", "two", "three"):
        core.group_add("room", member, 0.0)
    assert len(core.send_group("room", {"say": "hello"}, 0.0)) == 3
    assert [drain(core, member) for member in ("one", "two", "three")] == [["hello"]] * 3


def test_members_stand_in_the_order_in_which_they_last_asked() -> None:
    core = layer()
    for member in ("one", "two", "three", "one"):
        core.group_add("room", member, 0.0)
    assert core.group_channels("room", 0.0) == ["two", "three", "one"]


def test_who_was_discarded_gets_nothing_more() -> None:
    core = layer()
    core.group_add("room", "one", 0.0)
    core.group_add("room", "two", 0.0)
    core.group_discard("room", "one", 0.0)
    core.send_group("room", {"say": "hello"}, 0.0)
    assert (drain(core, "one"), drain(core, "two")) == ([], ["hello"])


def test_discarding_who_is_no_member_is_no_error() -> None:
    core = layer()
    core.group_discard("room", "one", 0.0)
    core.group_add("room", "one", 0.0)
    core.group_discard("lobby", "one", 0.0)
    assert core.group_channels("room", 0.0) == ["one"]


def test_a_group_nobody_joined_is_empty() -> None:
    assert layer().send_group("room", {"say": "hello"}, 0.0) == []


def test_a_full_member_misses_a_group_message_and_the_sender_is_not_told() -> None:
    core = layer(capacity=1)
    for member in ("one", "two", "three"):
        core.group_add("room", member, 0.0)
    core.send("two", {"say": "busy"}, 0.0)
    assert [envelope.channel for envelope in core.send_group("room", {"say": "hello"}, 0.0)] == [
        "one",
        "three",
    ]
    assert drain(core, "two") == ["busy"]


def test_a_membership_ends_when_it_was_not_asked_for_again() -> None:
    core = layer(group_expiry=100.0)
    core.group_add("room", "one", 0.0)
    core.group_add("room", "two", 0.0)
    core.group_add("room", "one", 50.0)
    assert core.group_channels("room", 99.9) == ["two", "one"]
    assert core.group_channels("room", 100.0) == ["one"]
    assert core.group_channels("room", 150.0) == []


def test_a_member_that_reads_nothing_until_a_message_expires_is_out_of_its_groups() -> None:
    core = layer(expiry=60.0)
    for group, member in (("room", "gone"), ("room", "there"), ("lobby", "gone")):
        core.group_add(group, member, 0.0)
    core.send_group("room", {"say": "hello"}, 0.0)
    assert drain(core, "there", now=1.0) == ["hello"]
    assert core.group_channels("room", 59.9) == ["gone", "there"]
    assert core.group_channels("room", 60.0) == ["there"]
    assert core.group_channels("lobby", 60.0) == []


def test_who_asks_again_after_that_is_a_member_again() -> None:
    """The message expired at 60 s, and took the membership with it;
    the one asked for at 70 s is a new one."""
    core = layer(expiry=60.0)
    core.group_add("room", "slow", 0.0)
    core.send("slow", {"say": "hello"}, 0.0)
    core.group_add("room", "slow", 70.0)
    assert core.group_channels("room", 80.0) == ["slow"]


# -- a busy channel does not starve a quiet one


def test_a_quiet_channel_has_its_turn_beside_a_busy_one() -> None:
    """Each receive draws among the two: the chance that the quiet one is not drawn in 40 is 1 in 2**40."""
    core = layer(capacity=1000)
    for n in range(1000):
        core.send("busy", {"say": n}, 0.0)
    core.send("quiet", {"say": "me too"}, 0.0)
    first = [said(core.receive_many(["busy", "quiet"], 0.0)) for _ in range(40)]
    assert "me too" in first
    assert [n for n in first if n != "me too"] == list(range(39))


def test_channels_that_hold_something_are_drawn_equally_often() -> None:
    """Of 3000 draws among three, each has 1000 ± 4 standard deviations of 26."""
    core = layer(capacity=3000)
    for name in ("one", "two", "three"):
        for _ in range(3000):
            core.send(name, {"say": name}, 0.0)
    drawn = Counter(said(core.receive_many(["empty", "one", "two", "three"], 0.0)) for _ in range(3000))
    assert all(abs(times - 1000) < 104 for times in drawn.values())


# -- what was sent is what is received


def test_a_change_by_the_sender_after_the_send_is_seen_by_nobody() -> None:
    core = layer()
    content = {"say": "hello", "to": ["all"], "more": {"list": [1]}}
    core.send("chat", content, 0.0)
    content["say"] = "bye"
    content["to"].append("me")  # type: ignore[attr-defined]
    content["more"]["list"].append(2)  # type: ignore[index]
    found = core.receive_many(["chat"], 0.0)
    assert found is not None
    assert found.content == {"say": "hello", "to": ["all"], "more": {"list": [1]}}


def test_a_change_by_one_receiver_is_not_seen_by_the_others() -> None:
    core = layer()
    for member in ("one", "two", "three"):
        core.group_add("room", member, 0.0)
    core.send_group("room", {"say": [1]}, 0.0)
    for member in ("one", "two", "three"):
        found = core.receive_many([member], 0.0)
        assert said(found) == [1]
        found.content["say"].append(2)  # type: ignore[union-attr]


def test_what_is_no_message_is_refused_and_leaves_no_trace() -> None:
    recorder = Recorder()
    core = LayerCore(recorder=recorder)
    core.group_add("room", "one", 0.0)
    before = len(recorder.finish(0.0))
    for refused in ("text", {"say": object()}, {1: "one"}, None):
        with pytest.raises(TypeError):
            core.send("chat", refused, 0.0)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            core.send_group("room", refused, 0.0)  # type: ignore[arg-type]
    assert core.depths() == {}
    assert len(recorder.finish(0.0)) == before


def test_bad_names_are_refused_everywhere() -> None:
    core = layer()
    with pytest.raises(InvalidName):
        core.send("a b", {}, 0.0)
    with pytest.raises(InvalidName):
        core.receive_many(["a b"], 0.0)
    with pytest.raises(InvalidName):
        core.group_add("room", "a b", 0.0)
    for call in (core.group_add, core.group_discard):
        with pytest.raises(InvalidName):
            call("a b", "one", 0.0)
    with pytest.raises(InvalidName):
        core.send_group("a b", {}, 0.0)
    with pytest.raises(InvalidName):
        core.group_channels("a b", 0.0)


def test_one_channel_must_be_in_a_list() -> None:
    core = layer()
    core.send("chat", {"say": "hello"}, 0.0)
    with pytest.raises(TypeError, match="list"):
        core.receive_many("chat", 0.0)


def test_a_channel_may_be_named_twice() -> None:
    core = layer()
    core.send("chat", {"say": "hello"}, 0.0)
    assert drain(core, "chat", "chat") == ["hello"]


def test_a_channel_may_be_named_twice_when_all_it_holds_has_expired() -> None:
    core = layer(expiry=60.0)
    core.send("chat", {"say": "hello"}, 0.0)
    assert core.receive_many(["chat", "chat"], 60.0) is None


# -- new channels


@pytest.mark.parametrize("pattern", ["http.response!", "http.request.body?"])
def test_a_new_channel_is_the_pattern_and_eight_letters(pattern: str) -> None:
    core = layer()
    names = {core.new_channel(pattern) for _ in range(1000)}
    assert len(names) == 1000
    for name in names:
        assert name.startswith(pattern)
        letters = name.removeprefix(pattern)
        assert len(letters) == 8
        assert letters.isascii()
        assert letters.isalpha()


@pytest.mark.parametrize("pattern", ["http.response", "", "http.response!x", b"http.response!", None])
def test_a_pattern_ends_in_a_mark(pattern: Any) -> None:
    with pytest.raises(ValueError, match="ends in '!' or '\\?'"):
        layer().new_channel(pattern)


def test_the_same_stream_gives_the_same_names() -> None:
    one, other = layer(), layer()
    assert [one.new_channel("x!") for _ in range(5)] == [other.new_channel("x!") for _ in range(5)]


class Repeating(Random):
    """A stream that first says everything twice."""

    def getrandbits(self, k: int, /) -> int:
        self.before, again = (
            (None, self.before) if getattr(self, "before", None) else (super().getrandbits(k), None)
        )
        return again or self.before


def test_a_new_channel_is_not_one_that_is_in_use() -> None:
    core = LayerCore(random=Repeating(1))
    first = core.new_channel("x!")
    core.listen(Listener(), first)
    assert core.new_channel("x!") != first


# -- a send in two halves


def test_an_admitted_message_has_its_place_but_cannot_be_received_yet() -> None:
    core = layer(capacity=1)
    envelope = core.admit("chat", {"say": "hello"}, 0.0)
    assert core.receive_many(["chat"], 0.0) is None
    assert core.depths() == {"chat": 1}
    with pytest.raises(ChannelFull):
        core.send("chat", {"say": "too many"}, 0.0)
    core.deliver(envelope)
    assert drain(core, "chat") == ["hello"]


def test_a_message_that_was_too_long_on_its_way_has_expired() -> None:
    core = layer(expiry=60.0)
    envelope = core.admit("chat", {"say": "hello"}, 0.0)
    core.deliver(envelope)
    assert drain(core, "chat", now=60.0) == []


def test_order_is_that_of_arrival() -> None:
    core = layer()
    first, second = core.admit("chat", {"say": 1}, 0.0), core.admit("chat", {"say": 2}, 0.0)
    core.deliver(second)
    core.deliver(first)
    assert drain(core, "chat") == [2, 1]


# -- listeners


def test_a_listeners_channels_take_turns() -> None:
    core, listener = layer(), Listener()
    for name in ("x!a", "x!b", "x!c"):
        core.listen(listener, name)
    for name, word in (("x!a", 1), ("x!a", 2), ("x!a", 3), ("x!b", 4), ("x!c", 5), ("x!c", 6)):
        core.send(name, {"say": word}, 0.0)
    assert list(iter(lambda: said(core.receive_for(listener, 0.0)), None)) == [1, 4, 5, 2, 6, 3]


def test_a_listener_finds_what_came_before_it_listened() -> None:
    core, listener = layer(), Listener()
    core.send("x!a", {"say": "hello"}, 0.0)
    core.listen(listener, "x!a")
    assert said(core.receive_for(listener, 0.0)) == "hello"


def test_who_stopped_listening_hears_nothing_and_the_message_waits_until_it_expires() -> None:
    """The reply for a client that is gone: in June 2016 nobody read it, ever."""
    recorder, listener = Recorder(), Listener()
    core = LayerCore(expiry=60.0, recorder=recorder)
    core.listen(listener, "x!a")
    core.send("x!a", {"say": 1}, 0.0)
    core.stop_listening("x!a")
    core.send("x!a", {"say": 2}, 10.0)
    assert core.receive_for(listener, 10.0) is None
    core.sweep(65.0)
    assert core.depths() == {"x!a": 1}
    assert books(recorder.finish(65.0)).lost == {"expired": 1}


def test_a_listener_gets_nothing_that_has_expired() -> None:
    core, listener = layer(expiry=60.0), Listener()
    core.listen(listener, "x!a")
    core.send("x!a", {"say": "old"}, 0.0)
    core.send("x!a", {"say": "new"}, 30.0)
    assert said(core.receive_for(listener, 60.0)) == "new"
    assert core.receive_for(listener, 60.0) is None


def test_a_listener_whose_message_expired_while_another_is_on_its_way_hears_nothing() -> None:
    core, listener = layer(expiry=60.0), Listener()
    core.listen(listener, "x!a")
    core.send("x!a", {"say": "old"}, 0.0)
    core.admit("x!a", {"say": "on its way"}, 60.0)
    assert core.receive_for(listener, 60.0) is None


def test_a_listener_whose_message_expired_when_its_group_was_looked_at_hears_nothing() -> None:
    core, listener = layer(expiry=60.0), Listener()
    core.listen(listener, "x!a")
    core.send("x!a", {"say": "old"}, 0.0)
    core.group_add("room", "x!a", 0.0)
    assert core.group_channels("room", 60.0) == []
    assert core.receive_for(listener, 60.0) is None


def test_a_listener_whose_message_was_swept_away_hears_nothing() -> None:
    core, listener = layer(expiry=60.0), Listener()
    core.listen(listener, "x!a")
    core.send("x!a", {"say": "old"}, 0.0)
    core.sweep(60.0)
    assert core.receive_for(listener, 60.0) is None


def test_a_listener_whose_message_somebody_else_took_hears_nothing() -> None:
    core, listener = layer(), Listener()
    core.listen(listener, "x!a")
    core.send("x!a", {"say": "hello"}, 0.0)
    assert drain(core, "x!a") == ["hello"]
    assert core.receive_for(listener, 0.0) is None


# -- flush


def test_a_flush_forgets_messages_and_groups_but_not_who_listens() -> None:
    recorder, listener = Recorder(), Listener()
    core = LayerCore(recorder=recorder)
    core.listen(listener, "x!a")
    core.group_add("room", "x!a", 0.0)
    core.send("x!a", {"say": "waiting"}, 0.0)
    on_its_way = core.admit("chat", {"say": "on its way"}, 0.0)
    core.flush(1.0)
    core.deliver(on_its_way)
    assert core.depths() == {}
    assert core.receive_for(listener, 1.0) is None
    assert core.receive_many(["chat"], 1.0) is None
    assert core.group_channels("room", 1.0) == []
    assert books(recorder.finish(1.0)).lost == {"layer flushed": 2}
    core.send("x!a", {"say": "after"}, 2.0)
    assert said(core.receive_for(listener, 2.0)) == "after"


# -- the trace


def test_every_call_leaves_the_rows_that_tell_of_it() -> None:
    recorder = Recorder()
    core = LayerCore(capacity=1, expiry=60.0, recorder=recorder, name="redis")
    core.group_add("room", "x!a", 0.0, "worker-1", 1)
    core.group_add("room", "x!a", 0.5, "worker-1", 1)  # a member already: nothing to tell
    core.send_group("room", {"say": 1}, 1.0, "worker-1", 2)
    core.send_group("room", {"say": 2}, 2.0, "worker-2", 3)
    with pytest.raises(ChannelFull):
        core.send("x!a", {"say": 3}, 3.0, "worker-2", 4)
    core.receive_many(["x!a"], 4.0, "daphne")
    core.send("chat", {"say": 4}, 5.0, "daphne", 5)
    core.group_discard("room", "x!a", 6.0, "worker-2", 6)
    core.group_discard("room", "x!a", 7.0, "worker-2", 6)
    core.sweep(65.0)
    assert [tuple(row) for row in recorder.finish(65.0).rows()] == [
        (0.0, "joined", "worker-1", "x!a", 0, 1, "room"),
        (1.0, "sent", "worker-1", "x!a", 1, 2, ""),
        (2.0, "sent", "worker-2", "x!a", 2, 3, ""),
        (2.0, "lost", "worker-2", "x!a", 2, 3, "group member full"),
        (3.0, "sent", "worker-2", "x!a", 3, 4, ""),
        (3.0, "lost", "worker-2", "x!a", 3, 4, "full"),
        (4.0, "received", "daphne", "x!a", 1, 2, ""),
        (5.0, "sent", "daphne", "chat", 4, 5, ""),
        (6.0, "left", "worker-2", "x!a", 0, 6, "room"),
        (65.0, "lost", "redis", "chat", 4, 5, "expired"),
    ]


def come_and_go(core: LayerCore, clients: int) -> None:
    """Each of the clients gets a channel, joins, is told something, leaves."""
    listener = Listener()
    for n in range(clients):
        name = core.new_channel("x!")
        core.listen(listener, name)
        core.group_add("room", name, float(n))
        core.send(name, {"say": n}, float(n))
        core.receive_for(listener, float(n))
        core.group_discard("room", name, float(n))
        core.stop_listening(name)


def test_of_clients_that_came_and_went_nothing_is_kept() -> None:
    core = layer()
    come_and_go(core, 1000)
    kept = {name: len(value) for name, value in vars(core).items() if isinstance(value, (dict, set, list))}
    assert sum(kept.values()) <= 2, kept  # the pattern "x!", and what all clients count together
    assert len(core._groups) == 0


def test_names_that_come_and_go_are_not_kept_for_ever() -> None:
    """Neither rooms that were used once nor reply channels that were only asked for."""
    core = layer()
    for number in range(3000):
        core.send(f"room-{number}", {}, float(number))
        core.receive_many([f"room-{number}", f"reply!{number}"], float(number))
    assert all(len(kept) <= 1001 for kept in vars(core).values() if hasattr(kept, "__len__"))


def test_a_layer_without_a_trace_keeps_no_names() -> None:
    core = layer()
    come_and_go(core, 1000)
    assert sum(len(kept) for kept in vars(core).values() if hasattr(kept, "__len__")) < 100


# -- what the eras and the options change


def test_where_replies_share_a_queue_a_message_evicts_whose_it_was() -> None:
    core = layer(era=CHANNELS_11, expiry=60.0)
    for member in ("x!gone", "x!there"):
        core.group_add("room", member, 0.0)
    core.send("x!gone", {}, 0.0)
    assert core.group_channels("room", 60.0) == ["x!there"]


def test_a_layer_that_does_not_evict_keeps_its_members() -> None:
    """As Redis's did."""
    core = layer(expiry=60.0, evicts=False)
    core.group_add("room", "gone", 0.0)
    core.send("gone", {}, 0.0)
    assert core.group_channels("room", 60.0) == ["gone"]
    assert drain(core, "gone", now=60.0) == []


def test_a_layer_that_does_not_copy_hands_out_what_was_sent() -> None:
    """As the in-memory layer of June 2016 did: what one member changes, the next one sees."""
    core = layer(copies=False)
    for member in ("one", "two"):
        core.group_add("room", member, 0.0)
    core.send_group("room", {"say": []}, 0.0)
    found = core.receive_many(["one"], 0.0)
    assert found is not None
    found.content["say"].append("changed")
    assert said(core.receive_many(["two"], 0.0)) == ["changed"]
    with pytest.raises(TypeError):
        core.send("one", {"say": object()}, 0.0)


def test_a_layer_that_loses_everything_says_so_in_the_trace_only() -> None:
    recorder = Recorder()
    core = LayerCore(loss=1.0, recorder=recorder, name="redis")
    core.group_add("room", "one", 0.0)
    core.send("chat", {}, 1.0, "daphne", 7)
    assert len(core.send_group("room", {}, 2.0, "worker", 8)) == 1
    core.deliver(core.admit("chat", {}, 3.0, "daphne", 9))
    assert core.depths() == {}
    assert [tuple(row) for row in recorder.finish(3.0).rows(event="lost")] == [
        (1.0, "lost", "redis", "chat", 1, 7, "resilience testing"),
        (2.0, "lost", "redis", "one", 2, 8, "resilience testing"),
        (3.0, "lost", "redis", "chat", 3, 9, "resilience testing"),
    ]


def test_the_figures_of_a_channel() -> None:
    core = layer(capacity=2)
    for now in (10.0, 10.5):
        core.send("chat", {"say": now}, now)
    with pytest.raises(ChannelFull):
        core.send("chat", {"say": 10.75}, 10.75)
    assert core.channel_statistics("chat", 11.5) == {
        "messages_count": 2,
        "messages_count_per_second": 2,
        "channel_full_count": 1,
        "channel_full_count_per_second": 1,
        "messages_pending": 2,
        "messages_max_age": 1.5,
        "length": 2,
        "age": 1.5,
        "per_second": 2,
    }
    drain(core, "chat", now=12.0)
    core.admit("chat", {}, 12.0)
    later = core.channel_statistics("chat", 12.5)
    assert (later["length"], later["age"], later["per_second"], later["messages_count"]) == (1, None, 0, 3)


def test_the_figures_of_all_channels() -> None:
    core = layer(channel_capacity={"x!*": 1})
    core.send("chat", {}, 1.0)
    core.send("x!a", {}, 3.0)
    with pytest.raises(ChannelFull):
        core.send("x!a", {}, 3.0)
    assert core.global_statistics(4.0) == {
        "messages_count": 2,
        "messages_count_per_second": 1,
        "channel_full_count": 1,
        "channel_full_count_per_second": 1,
        "messages_pending": 2,
        "messages_max_age": 3.0,
        "count": 2,
    }
    assert core.channel_statistics("x!a", 4.0) == {
        "messages_pending": 1,
        "messages_max_age": 1.0,
        "length": 1,
        "age": 1.0,
    }


def test_a_membership_asked_for_after_a_message_expired_on_its_way_is_a_new_one() -> None:
    core = layer(expiry=60.0)
    late = core.admit("chat", {}, 0.0)
    core.group_add("room", "chat", 70.0)
    core.deliver(late)
    assert core.group_channels("room", 71.0) == ["chat"]


def test_a_sweep_finds_what_expired_behind_one_that_was_sent_later() -> None:
    core = layer(expiry=60.0)
    early, late = core.admit("chat", {}, 0.0), core.admit("chat", {"say": "late"}, 30.0)
    core.deliver(late)
    core.deliver(early)
    core.sweep(60.0)
    assert core.depths() == {"chat": 1}
    assert drain(core, "chat", now=60.0) == ["late"]


def test_a_membership_that_ended_by_itself_ended_then_and_not_when_it_was_noticed() -> None:
    recorder = Recorder()
    core = LayerCore(group_expiry=100.0, recorder=recorder)
    core.group_add("room", "one", 0.0, "worker")
    core.group_add("room", "one", 150.0, "worker")
    core.group_discard("room", "one", 300.0, "worker")
    assert [(row.event, row.t) for row in recorder.finish(300.0).rows()] == [
        ("joined", 0.0),
        ("left", 100.0),
        ("joined", 150.0),
        ("left", 250.0),
    ]


def test_what_a_server_was_sent_is_still_counted_when_another_client_joins() -> None:
    core = layer(era=CHANNELS_11)
    core.send("x!a", {}, 0.0)
    core.group_add("room", "x!b", 0.0)
    assert core.channel_statistics("x!c", 0.0)["messages_count"] == 1

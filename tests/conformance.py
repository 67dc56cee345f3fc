"""What every channel layer must keep of its promises, whoever carries them: the core itself, the simulated layer,
the in-memory layer and its asyncio face, and Redis.

A layer's own test file subclasses the classes below and says in ``build`` how such a layer is made. What it
returns is a LayerUnderTest: the calls of 2016, and ``advance``, which lets time pass: on a virtual clock where
there is one, else by sleeping. The promises are those of ``chansim.layer.contract``; each test is one of them.
Where the eras differ, the era's own field says what is right, so that nothing here names an era.
"""

import re
import string
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import pytest

from chansim.layer.contract import ChannelFull, MessageTooLarge
from chansim.layer.eras import ERAS, JUNE_2016, Era
from chansim.trace import CAUSES, Trace
from model.tiny import books

Found = tuple[str | None, dict[str, Any] | None]
"""What a receive gives: a channel's name and a content, or None and None."""

NOTHING: Found = (None, None)

REFUSED = (TypeError, ValueError)
"""How a name or a content that no layer accepts is answered."""


class LayerUnderTest(Protocol):
    """A layer in a test's hands. Time is the layer's own: what is late for it may be soon for us."""

    def send(self, channel: str, content: Any) -> object: ...
    def receive_many(self, channels: Any) -> Found: ...
    def new_channel(self, pattern: Any) -> str: ...
    def group_add(self, group: str, channel: str) -> object: ...
    def group_discard(self, group: str, channel: str) -> object: ...
    def group_channels(self, group: str) -> Iterable[str]: ...
    def send_group(self, group: str, content: Any) -> object: ...
    def flush(self) -> object: ...
    def global_statistics(self) -> dict[str, float | None]: ...
    def channel_statistics(self, channel: str) -> dict[str, float | None]: ...

    def advance(self, seconds: float) -> None:
        """Let so much of the layer's time pass."""

    def close(self) -> None:
        """The test is over."""


class Suite:
    """What all the promises are tested with: a layer of the era in question, and a few words."""

    era: Era = JUNE_2016
    tick = 2.0**-10
    """Seconds that a test may come too early and rely on it; a real clock needs more."""

    @pytest.fixture(autouse=True, params=ERAS.values(), ids=ERAS)
    def of_each_era(self, request: pytest.FixtureRequest) -> None:
        self.era = request.param

    def build(self, **options: Any) -> LayerUnderTest:
        """A new, empty layer of ``self.era``. Options as of the in-memory layer: *capacity*, *expiry*, ..."""
        raise NotImplementedError

    def layer(self, **options: Any) -> LayerUnderTest:
        """A layer that is closed when the test is over."""
        layer = self.build(**options)
        self.__dict__.setdefault("built", []).append(layer)
        return layer

    def teardown_method(self) -> None:
        for layer in self.__dict__.pop("built", []):
            layer.close()

    def read_from(self, channel: str) -> str:
        """The name under which *channel* is received from: up to "!" where replies share a queue."""
        head, mark, _ = channel.partition("!")
        return head + mark if self.era.shared_replies and mark else channel

    def read(self, layer: LayerUnderTest, channel: str) -> Any:
        """What the next message of *channel* says, or None. It must come under the channel's full name."""
        name, content = layer.receive_many([self.read_from(channel)])
        assert (name is None) == (content is None)
        if content is None:
            return None
        assert name == channel
        return content["say"]

    def drain(self, layer: LayerUnderTest, *channels: str) -> list[Any]:
        """All that can be received of the channels, in order."""
        names = list(dict.fromkeys(map(self.read_from, channels)))
        return [content["say"] for _, content in iter(lambda: layer.receive_many(names), NOTHING) if content]


def say(what: Any) -> dict[str, Any]:
    """A message that says something."""
    return {"say": what}


def fill(layer: LayerUnderTest, channel: str, messages: int) -> None:
    """Send so many messages."""
    for number in range(messages):
        layer.send(channel, say(number))


KINDS = ("http.request", "http.request.body?aaaaaaaa", "http.response!aaaaaaaa")
"""A channel of each kind: normal, single-reader, process-specific."""


class LayerPromises(Suite):
    """What holds without anybody waiting, and without threads."""

    # -- first in, first out; at most once

    @pytest.mark.parametrize("channel", KINDS)
    def test_messages_come_out_in_the_order_in_which_they_went_in(self, channel: str) -> None:
        layer = self.layer(capacity=20)
        fill(layer, channel, 20)
        assert self.drain(layer, channel) == list(range(20))

    def test_the_order_holds_when_sends_and_receives_alternate(self) -> None:
        layer = self.layer()
        layer.send("chat", say(1))
        layer.send("chat", say(2))
        first = self.read(layer, "chat")
        layer.send("chat", say(3))
        assert [first, *self.drain(layer, "chat")] == [1, 2, 3]

    def test_group_messages_and_others_stand_in_one_order(self) -> None:
        layer = self.layer()
        layer.group_add("room", "chat")
        layer.send("chat", say(1))
        layer.send_group("room", say(2))
        layer.send("chat", say(3))
        assert self.drain(layer, "chat") == [1, 2, 3]

    @pytest.mark.parametrize("channel", KINDS)
    def test_of_three_readers_one_gets_the_message(self, channel: str) -> None:
        layer = self.layer()
        layer.send(channel, say("hello"))
        assert [self.read(layer, channel) for _ in range(3)] == ["hello", None, None]

    def test_a_channel_named_twice_gives_a_message_once(self) -> None:
        layer = self.layer()
        layer.send("chat", say("hello"))
        assert layer.receive_many(["chat", "chat"]) == ("chat", say("hello"))
        assert layer.receive_many(["chat", "chat"]) == NOTHING

    def test_a_message_comes_with_the_name_of_its_channel(self) -> None:
        layer = self.layer()
        layer.send("two", say("hello"))
        assert layer.receive_many(["one", "two", "three"]) == ("two", say("hello"))

    def test_channels_do_not_mix(self) -> None:
        layer = self.layer()
        layer.send("one", say(1))
        layer.send("one.more", say(2))
        layer.send("One", say(3))
        assert [self.drain(layer, name) for name in ("One", "one.more", "one")] == [[3], [2], [1]]

    def test_where_nothing_was_sent_nothing_is_received(self) -> None:
        layer = self.layer()
        layer.send("chat", say("hello"))
        assert layer.receive_many(["other"]) == NOTHING
        assert layer.receive_many([]) == NOTHING

    @pytest.mark.parametrize("form", [tuple, iter, dict.fromkeys, lambda names: (name for name in names)])
    def test_the_names_may_come_in_any_iterable(self, form: Callable[[list[str]], Any]) -> None:
        layer = self.layer()
        layer.send("chat", say("hello"))
        assert layer.receive_many(form(["other", "chat"])) == ("chat", say("hello"))

    def test_one_name_that_is_not_in_a_list_is_refused(self) -> None:
        """It would be taken for the channels "c", "h", "a" and "t"."""
        layer = self.layer()
        layer.send("c", say("hello"))
        with pytest.raises(TypeError):
            layer.receive_many("chat")
        assert self.read(layer, "c") == "hello"

    # -- fairness

    def test_a_quiet_channel_has_its_turn_beside_a_busy_one(self) -> None:
        """The chance that a fair draw among two misses the quiet one forty times is 1 in 2**40."""
        layer = self.layer(capacity=1000)
        fill(layer, "busy", 1000)
        layer.send("quiet", say("me too"))
        first = [layer.receive_many(["busy", "quiet"])[0] for _ in range(40)]
        assert "quiet" in first
        assert "busy" in first

    def test_the_place_in_the_list_does_not_matter(self) -> None:
        layer = self.layer(capacity=1000)
        for name in ("one", "two", "three"):
            fill(layer, name, 600)
        drawn = Counter(layer.receive_many(["none", "one", "two", "three"])[0] for _ in range(600))
        assert all(abs(drawn[name] - 200) < 70 for name in ("one", "two", "three")), (
            drawn
        )  # six deviations of 11.5

    def test_the_busy_one_keeps_its_order_all_the_same(self) -> None:
        layer = self.layer(capacity=1000)
        fill(layer, "busy", 100)
        fill(layer, "quiet", 10)
        found = [layer.receive_many(["busy", "quiet"]) for _ in range(110)]
        for name, messages in (("busy", 100), ("quiet", 10)):
            assert [content["say"] for channel, content in found if channel == name and content] == list(
                range(messages)
            )

    # -- capacity

    @pytest.mark.parametrize("channel", KINDS)
    def test_one_message_more_than_the_capacity_is_refused(self, channel: str) -> None:
        layer = self.layer(capacity=3)
        fill(layer, channel, 3)
        with pytest.raises(ChannelFull):
            layer.send(channel, say("too many"))
        assert self.drain(layer, channel) == [0, 1, 2]

    def test_the_refusal_says_which_channel_and_how_many_it_holds(self) -> None:
        layer = self.layer(capacity=3)
        fill(layer, "chat", 3)
        with pytest.raises(ChannelFull, match=r"(?=.*'chat')(?=.*\b3\b)"):
            layer.send("chat", say("too many"))

    def test_a_capacity_of_one_is_one_message(self) -> None:
        layer = self.layer(capacity=1)
        layer.send("chat", say(1))
        with pytest.raises(ChannelFull):
            layer.send("chat", say(2))

    @pytest.mark.parametrize("channel", KINDS)
    def test_a_message_received_makes_room_for_one(self, channel: str) -> None:
        layer = self.layer(capacity=2)
        fill(layer, channel, 2)
        assert self.read(layer, channel) == 0
        layer.send(channel, say("again"))
        with pytest.raises(ChannelFull):
            layer.send(channel, say("too many"))

    def test_each_channel_has_a_capacity_of_its_own(self) -> None:
        layer = self.layer(capacity=1)
        for name in ("one", "two", "body?aaaa", "body?bbbb", "server.a!x", "server.b!x"):
            layer.send(name, say(name))
        assert self.drain(layer, "one") == ["one"]

    def test_the_first_pattern_that_matches_says_how_many_a_channel_holds(self) -> None:
        patterns = {"http.request": 4, "http.*": 2, "http.request.*": 9}
        layer = self.layer(capacity=3, channel_capacity=patterns)
        named = {
            "http.request": 4,
            "http.disconnect": 2,
            "http.request.body": 2,
            "HTTP.request": 3,
            "a.http.x": 3,
        }
        for channel, capacity in named.items():
            fill(layer, channel, capacity)
            with pytest.raises(ChannelFull):
                layer.send(channel, say("too many"))

    def test_a_pattern_may_be_a_compiled_regular_expression(self) -> None:
        """It has to match where the name begins, and need not match all of it, as in 2016."""
        patterns = {re.compile(r"http\.re(quest|sponse)"): 2, "http.*": 1}
        layer = self.layer(capacity=3, channel_capacity=patterns)
        named = {"http.request": 2, "http.response.more": 2, "http.disconnect": 1, "an.http.request": 3}
        for channel, capacity in named.items():
            fill(layer, channel, capacity)
            with pytest.raises(ChannelFull):
                layer.send(channel, say("too many"))

    def test_a_pattern_counts_for_a_member_of_a_group(self) -> None:
        layer = self.layer(capacity=5, channel_capacity={"small*": 1})
        for member in ("small.a", "large.a"):
            layer.group_add("room", member)
        for number in range(3):
            layer.send_group("room", say(number))
        assert self.drain(layer, "small.a") == [0]
        assert self.drain(layer, "large.a") == [0, 1, 2]

    def test_a_pattern_for_reply_channels_is_tried_on_the_name_they_are_received_from(self) -> None:
        """So a glob that ends in "!*" fits in every era, and one that asks for a local part only
        where each client has a queue."""
        layer = self.layer(capacity=5, channel_capacity={"a.response!*": 1, "b.response!?*": 1})
        fill(layer, "a.response!x", 1)
        with pytest.raises(ChannelFull):
            layer.send("a.response!x", say("too many"))
        fill(layer, "b.response!x", 5 if self.era.shared_replies else 1)
        with pytest.raises(ChannelFull):
            layer.send("b.response!x", say("too many"))

    def test_what_has_expired_takes_no_room(self) -> None:
        layer = self.layer(capacity=1, expiry=60.0)
        layer.send("chat", say("old"))
        layer.advance(60.0 - self.tick)
        with pytest.raises(ChannelFull):
            layer.send("chat", say("too early"))
        layer.advance(self.tick)
        layer.send("chat", say("new"))
        assert self.drain(layer, "chat") == ["new"]

    def test_what_has_expired_takes_no_room_in_a_group_either(self) -> None:
        layer = self.layer(capacity=1, expiry=60.0)
        layer.send("chat", say("old"))
        layer.advance(60.0)
        layer.group_add("room", "chat")
        layer.send_group("room", say("new"))
        assert self.drain(layer, "chat") == ["new"]

    # -- expiry

    @pytest.mark.parametrize("channel", KINDS)
    def test_a_message_can_be_received_until_it_expires(self, channel: str) -> None:
        layer = self.layer(expiry=60.0)
        layer.send(channel, say("in time"))
        layer.advance(60.0 - self.tick)
        assert self.read(layer, channel) == "in time"
        layer.send(channel, say("too late"))
        layer.advance(60.0)
        assert self.read(layer, channel) is None

    def test_only_what_is_too_old_expires(self) -> None:
        layer = self.layer(expiry=60.0)
        for number in range(3):
            layer.send("chat", say(number))
            layer.advance(20.0)
        assert self.drain(layer, "chat") == [1, 2]

    @pytest.mark.parametrize("channel", KINDS)
    def test_a_great_many_messages_may_expire_at_once(self, channel: str) -> None:
        layer = self.layer(expiry=60.0, capacity=3000)
        fill(layer, channel, 3000)
        layer.advance(60.0)
        assert self.drain(layer, channel) == []
        layer.send(channel, say("new"))
        assert self.drain(layer, channel) == ["new"]

    def test_a_group_message_expires_like_any_other(self) -> None:
        layer = self.layer(expiry=60.0)
        layer.group_add("room", "chat")
        layer.send_group("room", say("hello"))
        layer.advance(60.0)
        assert self.read(layer, "chat") is None

    def test_of_two_channels_the_one_that_has_not_expired_is_found(self) -> None:
        layer = self.layer(expiry=60.0)
        layer.send("one", say("old"))
        layer.advance(30.0)
        layer.send("two", say("new"))
        layer.advance(30.0)
        assert layer.receive_many(["one", "two"]) == ("two", say("new"))

    # -- groups

    @pytest.mark.parametrize("kind", ["member.{}", "body?{}", "reply!{}"])
    def test_a_group_message_goes_to_each_member(self, kind: str) -> None:
        layer = self.layer()
        members = [kind.format(letter * 4) for letter in "abc"]
        for member in members:
            layer.group_add("room", member)
        layer.send_group("room", say("hello"))
        names = list(dict.fromkeys(map(self.read_from, members)))
        found = [layer.receive_many(names) for _ in range(4)]
        assert sorted(found[:3], key=str) == [(member, say("hello")) for member in members]
        assert found[3] == NOTHING

    def test_who_was_added_twice_gets_one_copy(self) -> None:
        layer = self.layer()
        layer.group_add("room", "one")
        layer.group_add("room", "one")
        layer.send_group("room", say("hello"))
        assert self.drain(layer, "one") == ["hello"]
        assert list(layer.group_channels("room")) == ["one"]

    def test_who_was_discarded_gets_nothing_more(self) -> None:
        layer = self.layer()
        for member in ("one", "two"):
            layer.group_add("room", member)
        layer.group_discard("room", "one")
        layer.send_group("room", say("hello"))
        assert (self.drain(layer, "one"), self.drain(layer, "two")) == ([], ["hello"])

    def test_who_was_discarded_still_gets_what_was_sent_before(self) -> None:
        layer = self.layer()
        layer.group_add("room", "one")
        layer.send_group("room", say("hello"))
        layer.group_discard("room", "one")
        assert self.drain(layer, "one") == ["hello"]

    def test_who_was_discarded_may_come_back(self) -> None:
        layer = self.layer()
        layer.group_add("room", "one")
        layer.group_discard("room", "one")
        layer.group_add("room", "one")
        layer.send_group("room", say("hello"))
        assert self.drain(layer, "one") == ["hello"]

    def test_discarding_who_is_no_member_is_no_error(self) -> None:
        layer = self.layer()
        layer.group_discard("room", "one")
        layer.group_add("room", "one")
        layer.group_discard("lobby", "one")
        layer.group_discard("room", "two")
        assert list(layer.group_channels("room")) == ["one"]

    def test_a_message_to_a_group_nobody_joined_reaches_nobody(self) -> None:
        layer = self.layer()
        layer.send_group("room", say("hello"))
        assert list(layer.group_channels("room")) == []
        layer.group_add("room", "one")
        assert self.drain(layer, "one") == []

    def test_a_group_is_not_the_channel_of_the_same_name(self) -> None:
        layer = self.layer()
        layer.group_add("chat", "one")
        layer.send("chat", say("to the channel"))
        layer.send_group("chat", say("to the group"))
        assert (self.drain(layer, "chat"), self.drain(layer, "one")) == (["to the channel"], ["to the group"])

    def test_a_member_of_two_groups_hears_both_and_leaves_one(self) -> None:
        layer = self.layer()
        for group in ("room", "lobby"):
            layer.group_add(group, "one")
            layer.send_group(group, say(group))
        layer.group_discard("room", "one")
        for group in ("room", "lobby"):
            layer.send_group(group, say(f"{group} again"))
        assert self.drain(layer, "one") == ["room", "lobby", "lobby again"]

    def test_the_members_of_a_group_can_be_asked_for(self) -> None:
        layer = self.layer()
        for member in ("one", "reply!aaaa", "body?aaaa", "reply!bbbb"):
            layer.group_add("room", member)
        layer.group_discard("room", "reply!aaaa")
        assert sorted(layer.group_channels("room")) == ["body?aaaa", "one", "reply!bbbb"]

    def test_what_group_channels_gave_does_not_change_later(self) -> None:
        """asgiref gave its own dict away."""
        layer = self.layer()
        layer.group_add("room", "one")
        members = layer.group_channels("room")
        layer.group_add("room", "two")
        assert list(members) == ["one"]

    def test_a_full_member_misses_a_group_message_and_the_sender_is_not_told(self) -> None:
        layer = self.layer(capacity=2)
        for member in ("one", "two", "three"):
            layer.group_add("room", member)
        fill(layer, "two", 2)
        layer.send_group("room", say("hello"))
        assert [self.drain(layer, member) for member in ("one", "two", "three")] == [
            ["hello"],
            [0, 1],
            ["hello"],
        ]
        assert len(list(layer.group_channels("room"))) == 3

    def test_a_membership_ends_when_it_was_not_asked_for_again(self) -> None:
        layer = self.layer(group_expiry=100.0)
        layer.group_add("room", "one")
        layer.advance(100.0 - self.tick)
        assert list(layer.group_channels("room")) == ["one"]
        layer.send_group("room", say("in time"))
        layer.advance(self.tick)
        layer.send_group("room", say("too late"))
        assert list(layer.group_channels("room")) == []
        assert self.drain(layer, "one") == ["in time"]

    def test_asking_again_makes_a_membership_last(self) -> None:
        layer = self.layer(group_expiry=100.0)
        layer.group_add("room", "one")
        layer.group_add("room", "two")
        layer.advance(50.0)
        layer.group_add("room", "one")
        layer.advance(50.0)
        assert list(layer.group_channels("room")) == ["one"]
        layer.send_group("room", say("hello"))
        assert (self.drain(layer, "one"), self.drain(layer, "two")) == (["hello"], [])
        layer.advance(50.0)
        assert list(layer.group_channels("room")) == []

    def test_being_sent_to_does_not_make_a_membership_last(self) -> None:
        layer = self.layer(group_expiry=100.0)
        layer.group_add("room", "one")
        layer.advance(50.0)
        layer.send_group("room", say("hello"))
        assert self.drain(layer, "one") == ["hello"]
        layer.advance(50.0)
        assert list(layer.group_channels("room")) == []

    # -- eviction

    @pytest.mark.parametrize("member", KINDS)
    def test_a_member_whose_message_expires_unread_is_out_of_its_groups(self, member: str) -> None:
        layer = self.layer(expiry=60.0)
        for group in ("room", "lobby"):
            layer.group_add(group, member)
            layer.group_add(group, "another")
        layer.send_group("room", say("hello"))
        assert self.read(layer, "another") == "hello"
        layer.advance(60.0 - self.tick)
        assert sorted(layer.group_channels("room")) == sorted(["another", member])
        layer.advance(self.tick)
        assert list(layer.group_channels("room")) == ["another"]
        assert list(layer.group_channels("lobby")) == ["another"]
        layer.send_group("lobby", say("anybody?"))
        assert self.read(layer, member) is None

    def test_a_message_that_came_through_no_group_evicts_as_well(self) -> None:
        layer = self.layer(expiry=60.0)
        layer.group_add("room", "one")
        layer.send("one", say("hello"))
        layer.advance(60.0)
        layer.send_group("room", say("anybody?"))
        assert self.drain(layer, "one") == []

    def test_an_eviction_counts_even_if_it_was_noticed_by_a_receive(self) -> None:
        layer = self.layer(expiry=60.0)
        layer.group_add("room", "one")
        layer.send_group("room", say("hello"))
        layer.advance(60.0)
        assert self.drain(layer, "one") == []
        assert list(layer.group_channels("room")) == []

    def test_who_reads_in_time_stays(self) -> None:
        layer = self.layer(expiry=60.0)
        layer.group_add("room", "one")
        for number in range(3):
            layer.send_group("room", say(number))
            layer.advance(60.0 - self.tick)
            assert self.drain(layer, "one") == [number]
        layer.advance(100.0)
        assert list(layer.group_channels("room")) == ["one"]

    def test_who_was_evicted_and_asks_again_is_a_member_again(self) -> None:
        """The message took with it the membership of before, not the one asked for later."""
        layer = self.layer(expiry=60.0)
        layer.group_add("room", "one")
        layer.send("one", say("hello"))
        layer.advance(70.0)
        layer.group_add("room", "one")
        layer.advance(10.0)
        layer.send_group("room", say("welcome back"))
        assert self.drain(layer, "one") == ["welcome back"]

    def test_of_two_clients_of_one_server_only_the_one_that_did_not_read_is_evicted(self) -> None:
        layer = self.layer(expiry=60.0)
        for member in ("reply!gone", "reply!there"):
            layer.group_add("room", member)
        layer.send("reply!gone", say("hello"))
        layer.advance(60.0)
        layer.send_group("room", say("anybody?"))
        assert list(layer.group_channels("room")) == ["reply!there"]
        assert self.read(layer, "reply!there") == "anybody?"

    # -- names

    def test_the_longest_legal_name_is_the_eras(self) -> None:
        layer = self.layer()
        longest = "n" * self.era.longest_name
        layer.group_add(longest, longest)
        layer.send_group(longest, say("hello"))
        assert self.drain(layer, longest) == ["hello"]
        for call in self.calls_with_a_channel(layer, longest + "n") + self.calls_with_a_group(
            layer, longest + "n"
        ):
            with pytest.raises(REFUSED):
                call()

    @pytest.mark.parametrize(
        "name", ["a", "9", "A-b_c.9", "body?x", "body?A-b_c.9", "reply!A-b_c.9", "reply!9"]
    )
    def test_legal_channel_names(self, name: str) -> None:
        layer = self.layer()
        layer.send(name, say("hello"))
        layer.group_add("room", name)
        assert list(layer.group_channels("room")) == [name]
        assert self.read(layer, name) == "hello"

    @pytest.mark.parametrize(
        "name",
        ["", "a b", "a/b", "a?", "!a", "?a", "!", "a!b!c", "a?b?c", "a!b?c", "a?b!c", "a!!b", "a\n", "a!b\n",
         "é", "a!é", "٣", "a\0b", b"chat", None, 5, ["chat"], ("chat",)],
    )  # fmt: skip
    def test_an_illegal_channel_name_is_refused_everywhere_and_leaves_nothing_behind(self, name: Any) -> None:
        layer = self.layer()
        for call in self.calls_with_a_channel(layer, name):
            with pytest.raises(REFUSED):
                call()
        assert list(layer.group_channels("room")) == []

    @pytest.mark.parametrize("name", ["", "a!b", "a?b", "a b", "room\n", "é", b"room", None, 5, ["room"]])
    def test_an_illegal_group_name_is_refused_everywhere(self, name: Any) -> None:
        layer = self.layer()
        layer.group_add("room", "one")
        for call in self.calls_with_a_group(layer, name):
            with pytest.raises(REFUSED):
                call()
        assert self.drain(layer, "one") == []

    def test_one_illegal_name_spoils_a_receive_and_takes_nothing(self) -> None:
        layer = self.layer()
        layer.send("chat", say("hello"))
        for names in (["chat", "a b"], ["a b", "chat"]):
            with pytest.raises(REFUSED):
                layer.receive_many(names)
        assert self.drain(layer, "chat") == ["hello"]

    def test_a_name_is_refused_again_and_again(self) -> None:
        """A layer may remember which names are legal; which are not it may not forget."""
        layer = self.layer()
        for _ in range(3):
            with pytest.raises(REFUSED):
                layer.receive_many(["a b"])
            with pytest.raises(REFUSED):
                layer.send("a b", say("hello"))

    def calls_with_a_channel(self, layer: LayerUnderTest, name: Any) -> list[Callable[[], object]]:
        """Every call that takes a channel's name."""
        return [
            lambda: layer.send(name, say("hello")),
            lambda: layer.receive_many([name]),
            lambda: layer.group_add("room", name),
            lambda: layer.group_discard("room", name),
            lambda: layer.channel_statistics(name),
        ]

    def calls_with_a_group(self, layer: LayerUnderTest, name: Any) -> list[Callable[[], object]]:
        """Every call that takes a group's name."""
        return [
            lambda: layer.group_add(name, "one"),
            lambda: layer.group_discard(name, "one"),
            lambda: layer.group_channels(name),
            lambda: layer.send_group(name, say("hello")),
        ]

    # -- new channels

    def test_a_new_channel_is_the_pattern_and_as_many_letters_as_the_era_adds(self) -> None:
        layer = self.layer()
        for mark in self.era.new_channel_marks:
            name = layer.new_channel(f"some.thing{mark}")
            head, found, letters = name.partition(mark)
            assert (head, found) == ("some.thing", mark)
            assert len(letters) == self.era.random_letters
            assert set(letters) <= set(string.ascii_letters)

    def test_new_channels_differ_also_while_nothing_was_sent(self) -> None:
        layer = self.layer()
        names = [layer.new_channel("body?") for _ in range(300)]
        assert len(set(names)) == 300

    def test_a_new_channel_carries_messages_and_may_be_a_member(self) -> None:
        layer = self.layer()
        for mark in self.era.new_channel_marks:
            name, other = layer.new_channel(f"x{mark}"), layer.new_channel(f"x{mark}")
            layer.group_add("room", name)
            layer.send_group("room", say("hello"))
            assert layer.receive_many([other, name]) == (name, say("hello"))
            layer.group_discard("room", name)

    @pytest.mark.parametrize(
        "pattern", ["x", "", "x!y", "x?y", "?", "x y?", "x??", "x!?", "é?", b"x?", None, 5, "n" * 99 + "?"]
    )
    def test_a_pattern_that_makes_no_legal_name_is_refused(self, pattern: Any) -> None:
        with pytest.raises(REFUSED):
            self.layer().new_channel(pattern)

    def test_a_pattern_ends_in_a_mark_of_the_era(self) -> None:
        layer = self.layer()
        for mark in "!?":
            if mark not in self.era.new_channel_marks:
                with pytest.raises(REFUSED):
                    layer.new_channel(f"x{mark}")

    # -- reply channels: a queue for each client, or one for all clients of a server

    def test_under_which_name_a_reply_is_received_is_the_eras(self) -> None:
        layer = self.layer()
        layer.send("reply!aaaa", say("hello"))
        right, wrong = ("reply!", "reply!aaaa") if self.era.shared_replies else ("reply!aaaa", "reply!")
        with pytest.raises(REFUSED):
            layer.receive_many([wrong])
        assert layer.receive_many([right]) == ("reply!aaaa", say("hello"))

    def test_whether_clients_of_one_server_share_a_capacity_is_the_eras(self) -> None:
        layer = self.layer(capacity=2)
        layer.send("reply!a", say(1))
        layer.send("reply!b", say(2))
        if self.era.shared_replies:
            with pytest.raises(ChannelFull):
                layer.send("reply!c", say(3))
            layer.send("other!c", say(3))
        else:
            layer.send("reply!c", say(3))

    def test_whether_a_group_message_to_clients_of_one_server_shares_a_capacity_is_the_eras(self) -> None:
        """Five browsers at one server of 2017, capacity 3: three of them see the message."""
        layer = self.layer(capacity=3)
        members = [f"reply!{letter}" for letter in "abcde"]
        for member in members:
            layer.group_add("room", member)
        layer.send_group("room", say("hello"))
        assert len(self.drain(layer, *members)) == (3 if self.era.shared_replies else 5)

    def test_replies_of_one_client_keep_their_order_among_those_of_others(self) -> None:
        layer = self.layer(capacity=100)
        for number in range(10):
            for client in "abc":
                layer.send(f"reply!{client}", say(f"{client}{number}"))
        heard = self.drain(layer, *(f"reply!{client}" for client in "abc"))
        for client in "abc":
            assert [word for word in heard if word[0] == client] == [
                f"{client}{number}" for number in range(10)
            ]
        if self.era.shared_replies:
            assert heard[:4] == ["a0", "b0", "c0", "a1"]

    def test_servers_do_not_hear_each_others_replies(self) -> None:
        layer = self.layer()
        layer.send("server.a!x", say("to a"))
        layer.send("server.b!x", say("to b"))
        layer.send("server.a?x", say("to a body"))
        assert self.read(layer, "server.b!x") == "to b"
        assert self.read(layer, "server.a!x") == "to a"
        assert self.read(layer, "server.a!x") is None
        assert self.read(layer, "server.a?x") == "to a body"

    # -- what was sent is what is received, by each

    def test_a_change_by_the_sender_after_the_send_is_seen_by_nobody(self) -> None:
        layer = self.layer()
        layer.group_add("room", "one")
        content = {"say": "hello", "list": [1, [2]], "dict": {"a": {"b": [3]}}}
        layer.send("chat", content)
        layer.send_group("room", content)
        content["say"] = "bye"
        content["list"][1].append("changed")  # type: ignore[index]
        content["list"].append("changed")  # type: ignore[attr-defined]
        content["dict"]["a"]["b"].append("changed")  # type: ignore[index]
        content["more"] = 1
        for channel in ("chat", "one"):
            sent = {"say": "hello", "list": [1, [2]], "dict": {"a": {"b": [3]}}}
            assert layer.receive_many([channel]) == (channel, sent)

    @pytest.mark.parametrize("kind", ["member.{}", "reply!{}"])
    def test_a_change_by_one_member_is_not_seen_by_the_others(self, kind: str) -> None:
        layer = self.layer()
        members = [kind.format(letter) for letter in "abc"]
        for member in members:
            layer.group_add("room", member)
        layer.send_group("room", {"list": [[1]], "dict": {"a": [2]}})
        for member in members:
            _, content = layer.receive_many([self.read_from(member)])
            assert content == {"list": [[1]], "dict": {"a": [2]}}
            content["list"][0].append("changed")
            content["dict"]["a"].append("changed")
            content["dict"]["more"] = 1
            content["more"] = 1

    def test_a_message_that_is_sent_twice_arrives_as_two(self) -> None:
        layer = self.layer()
        content = say([1])
        layer.send("chat", content)
        layer.send("chat", content)
        first, second = (layer.receive_many(["chat"])[1] for _ in range(2))
        assert first == second == say([1])
        first["say"].append("changed")  # type: ignore[index]
        assert second == say([1])

    def test_a_list_that_stands_in_a_message_twice_arrives_as_two(self) -> None:
        layer = self.layer()
        shared = [1]
        layer.send("chat", {"a": shared, "b": shared})
        _, content = layer.receive_many(["chat"])
        assert content == {"a": [1], "b": [1]}
        content["a"].append("changed")
        assert content["b"] == [1]

    # -- flush

    def test_a_flush_forgets_every_message_and_every_group(self) -> None:
        layer = self.layer(capacity=1)
        for channel in KINDS:
            layer.group_add("room", channel)
            layer.send(channel, say("before"))
        layer.flush()
        assert [self.read(layer, channel) for channel in KINDS] == [None, None, None]
        assert list(layer.group_channels("room")) == []
        layer.send_group("room", say("anybody?"))
        for channel in KINDS:
            layer.send(channel, say("there is room"))
            assert self.drain(layer, channel) == ["there is room"]

    def test_after_a_flush_the_layer_is_as_new(self) -> None:
        """What was flushed does not expire later, and evicts nobody."""
        layer = self.layer(expiry=60.0)
        layer.group_add("room", "one")
        layer.send("one", say("before"))
        layer.advance(30.0)
        layer.flush()
        layer.group_add("room", "one")
        layer.advance(30.0)
        layer.send_group("room", say("hello"))
        assert self.drain(layer, "one") == ["hello"]

    def test_an_empty_layer_may_be_flushed(self) -> None:
        layer = self.layer()
        layer.flush()
        layer.flush()
        assert layer.receive_many(["chat"]) == NOTHING

    # -- statistics: the figures of 2017, and those of June 2016 beside them

    def test_of_an_unused_channel_everything_is_nothing(self) -> None:
        layer = self.layer()
        assert figures(layer.channel_statistics("chat")) == (0, 0, 0, None)
        assert figures(layer.global_statistics()) == (0, 0, 0, None)

    def test_what_waits_is_pending_and_the_oldest_of_it_has_an_age(self) -> None:
        layer = self.layer(expiry=60.0)
        layer.send("chat", say(1))
        layer.advance(10.0)
        layer.send("chat", say(2))
        layer.advance(5.0)
        assert figures(layer.channel_statistics("chat")) == (2, 2, 0, 15.0)
        assert figures(layer.global_statistics()) == (2, 2, 0, 15.0)
        self.read(layer, "chat")
        assert figures(layer.channel_statistics("chat")) == (2, 1, 0, 5.0)

    def test_what_was_read_counts_but_is_not_pending(self) -> None:
        layer = self.layer()
        fill(layer, "chat", 3)
        self.drain(layer, "chat")
        assert figures(layer.channel_statistics("chat")) == (3, 0, 0, None)

    def test_what_has_expired_is_not_pending(self) -> None:
        layer = self.layer(expiry=60.0)
        layer.send("chat", say(1))
        layer.advance(30.0)
        layer.send("chat", say(2))
        layer.advance(30.0)
        assert figures(layer.channel_statistics("chat")) == (2, 1, 0, 30.0)
        layer.advance(30.0)
        assert figures(layer.global_statistics()) == (2, 0, 0, None)

    def test_who_was_refused_and_who_missed_a_group_message_found_the_channel_full(self) -> None:
        layer = self.layer(capacity=2)
        layer.group_add("room", "chat")
        fill(layer, "chat", 2)
        layer.send_group("room", say("missed"))
        with pytest.raises(ChannelFull):
            layer.send("chat", say("refused"))
        messages, pending, full, _ = figures(layer.channel_statistics("chat"))
        assert (messages, pending, full) == (2, 2, 2)

    def test_each_copy_of_a_group_message_counts(self) -> None:
        layer = self.layer()
        for member in ("one", "two", "reply!aaaa"):
            layer.group_add("room", member)
        layer.send_group("room", say("hello"))
        assert figures(layer.channel_statistics("two"))[:2] == (1, 1)
        assert figures(layer.global_statistics())[:2] == (3, 3)

    def test_channels_are_counted_each_for_itself_and_all_together(self) -> None:
        layer = self.layer()
        for channel, messages in (("one", 2), ("two", 3)):
            fill(layer, channel, messages)
        self.read(layer, "two")
        assert figures(layer.channel_statistics("one"))[:2] == (2, 2)
        assert figures(layer.channel_statistics("two"))[:2] == (3, 2)
        assert figures(layer.global_statistics())[:2] == (5, 4)

    def test_of_reply_channels_the_queue_is_counted(self) -> None:
        layer = self.layer()
        for client in "abc":
            layer.send(f"reply!{client}", say("hello"))
        waiting = layer.channel_statistics(self.read_from("reply!a"))["messages_pending"]
        assert waiting == (3 if self.era.shared_replies else 1)
        assert layer.global_statistics()["messages_pending"] == 3

    def test_the_last_whole_second_has_a_count_of_its_own(self) -> None:
        layer = self.layer(capacity=4)
        for _ in range(4):
            layer.send("chat", say("within the second from 0 to 1"))
            layer.advance(0.125)
        with pytest.raises(ChannelFull):
            layer.send("chat", say("refused"))
        layer.advance(0.75)
        assert self.per_second(layer) == (4, 1)
        self.read(layer, "chat")
        layer.send("chat", say("within the second from 1 to 2"))
        assert self.per_second(layer) == (4, 1)
        layer.advance(1.0)
        assert self.per_second(layer) == (1, 0)
        layer.advance(1.0)
        assert self.per_second(layer) == (0, 0)

    def per_second(self, layer: LayerUnderTest) -> tuple[float | None, float | None]:
        """Messages sent, and refused, within the last whole second; of the channel "chat" as of the whole layer."""
        told = layer.channel_statistics("chat")
        all_told = layer.global_statistics()
        names = ("messages_count_per_second", "channel_full_count_per_second")
        assert [told[name] for name in names] == [all_told[name] for name in names]
        return told[names[0]], told[names[1]]

    def test_the_figures_of_june_2016_are_the_same_by_other_names(self) -> None:
        layer = self.layer()
        fill(layer, "chat", 2)
        layer.advance(1.5)
        told = layer.channel_statistics("chat")
        assert (told["length"], told["age"], told["per_second"]) == (2, 1.5, 2)
        assert layer.global_statistics()["count"] == 2

    def test_looking_at_the_figures_changes_nothing(self) -> None:
        layer = self.layer(capacity=2)
        fill(layer, "chat", 2)
        for channel in ("chat", *map(self.read_from, KINDS)):
            told = [layer.channel_statistics(channel) for _ in range(3)]
            assert told[0] == told[1] == told[2]
        assert layer.global_statistics() == layer.global_statistics()
        assert self.drain(layer, "chat") == [0, 1]

    def test_a_flush_leaves_nothing_pending(self) -> None:
        layer = self.layer()
        fill(layer, "chat", 2)
        layer.flush()
        assert figures(layer.channel_statistics("chat"))[1:] == (0, 0, None)
        assert figures(layer.global_statistics())[1:] == (0, 0, None)


def figures(told: dict[str, float | None]) -> tuple[float | None, ...]:
    """Messages accepted, those pending, refusals, and the age of the oldest that waits."""
    names = ("messages_count", "messages_pending", "channel_full_count", "messages_max_age")
    return tuple(told.get(name, 0) for name in names)


class ContentPromises(Suite):
    """What a message may hold, in every era the same."""

    @pytest.fixture(autouse=True)
    def of_each_era(self) -> None:
        self.era = JUNE_2016

    @pytest.mark.parametrize(
        "value",
        ["text", "", "grüße 🦆 \0", b"bytes", b"\xc2\xa3\x00\xff", 0, -1, 2**63 - 1, -(2**63), 1.5, -0.0, True, False,
         None, [], {}, [1, "a", b"b", None, [2.5, [True]]], {"a": {"b": [{"c": b"\x00"}]}},
         [[b"method", b"GET"], [b"\xff", b""]]],
    )  # fmt: skip
    def test_what_was_sent_is_what_is_received_with_its_types(self, value: Any) -> None:
        layer = self.layer()
        layer.send("chat", say(value))
        found = self.read(layer, "chat")
        assert found == value
        assert type(found) is type(value)
        assert repr(found) == repr(value)

    def test_an_empty_message_is_a_message(self) -> None:
        layer = self.layer()
        layer.send("chat", {})
        assert layer.receive_many(["chat"]) == ("chat", {})
        assert layer.receive_many(["chat"]) == NOTHING

    def test_tuples_become_lists(self) -> None:
        layer = self.layer()
        layer.send("chat", say((1, (2, [(3,)]))))
        assert self.read(layer, "chat") == [1, [2, [[3]]]]

    @pytest.mark.parametrize(
        "content", [None, "text", b"bytes", 5, ["say"], [("say", 1)], {1: "one"}, {b"say": 1}, {None: 1}]
    )
    def test_a_message_is_a_dict_with_keys_of_text(self, content: Any) -> None:
        self.refuses(content)

    @pytest.mark.parametrize(
        "value",
        [object(), {1, 2}, 1j, bytearray(b"x"), print, {1: "one"}, [{None: 1}], [[{"deep": [object()]}]]],
    )
    def test_a_message_holds_only_what_can_travel(self, value: Any) -> None:
        self.refuses(say(value))

    def refuses(self, content: Any) -> None:
        """Neither send nor send_group takes this, and nothing of it is left."""
        layer = self.layer(capacity=1)
        layer.group_add("room", "chat")
        with pytest.raises(REFUSED):
            layer.send("chat", content)
        with pytest.raises(REFUSED):
            layer.send_group("room", content)
        layer.send("chat", say("there is room"))
        assert self.drain(layer, "chat") == ["there is room"]

    def test_a_message_that_holds_itself_is_refused(self) -> None:
        endless: list[Any] = []
        endless.append(endless)
        self.refuses(say(endless))

    # -- size

    def test_a_message_of_one_megabyte_is_carried(self) -> None:
        layer = self.layer()
        text = "x" * 999_980
        layer.group_add("room", "chat")
        layer.send("chat", say(text))
        layer.send_group("room", say(text))
        assert self.drain(layer, "chat") == [text, text]

    @pytest.mark.parametrize(
        "content",
        [
            {"text": "x" * 1_100_000},
            {"bytes": b"x" * 1_100_000},
            {"list": ["x" * 1000] * 1_100},
            {"deep": {"deep": [["x" * 550_000], {"deep": "x" * 550_000}]}},
            {"x" * 1_100_000: 1},
            {f"{n:040}": n for n in range(24_000)},
            {"numbers": [-(2**63)] * 53_000},
            {"signs": "\0" * 180_000},
        ],
        ids=["text", "bytes", "list", "deep", "key", "keys", "numbers", "signs"],
    )
    def test_a_larger_one_is_refused_and_leaves_nothing_behind(self, content: dict[str, Any]) -> None:
        layer = self.layer(capacity=1)
        layer.group_add("room", "chat")
        with pytest.raises(MessageTooLarge):
            layer.send("chat", content)
        with pytest.raises(MessageTooLarge):
            layer.send_group("room", content)
        layer.send("chat", say("there is room"))
        assert self.drain(layer, "chat") == ["there is room"]


class TracedLayer(LayerUnderTest, Protocol):
    """A layer that writes down what it does."""

    def trace(self) -> Trace:
        """What was written down until now, and what has expired by now."""


class ResilienceTesting(Suite):
    """A layer that loses messages on purpose, at a given rate: an application is to survive it."""

    build: Callable[..., TracedLayer]

    def test_without_it_nothing_is_lost(self) -> None:
        layer = self.layer(capacity=2000)
        fill(layer, "chat", 2000)
        assert self.drain(layer, "chat") == list(range(2000))

    def test_about_that_share_is_lost_and_nobody_is_told(self) -> None:
        """Of 2000 messages at 0.3, 600 plus or minus six standard deviations of 20."""
        layer = self.layer(capacity=2000, loss=0.3)
        fill(layer, "chat", 2000)
        assert abs(2000 - len(self.drain(layer, "chat")) - 600) < 120

    def test_what_is_not_lost_keeps_its_order_and_comes_once(self) -> None:
        layer = self.layer(capacity=2000, loss=0.5)
        fill(layer, "chat", 2000)
        found = self.drain(layer, "chat")
        assert found == sorted(set(found))

    def test_each_copy_of_a_group_message_is_lost_or_not_for_itself(self) -> None:
        layer = self.layer(loss=0.5)
        members = [f"member.{number}" for number in range(200)]
        for member in members:
            layer.group_add("room", member)
        layer.send_group("room", say("hello"))
        assert abs(len(self.drain(layer, *members)) - 100) < 45
        assert len(list(layer.group_channels("room"))) == 200

    def test_what_is_lost_takes_no_room_when_it_is_looked_for(self) -> None:
        """Whether it was lost before it came to the channel or after, it does not stay there."""
        layer = self.layer(capacity=1000, loss=0.9, expiry=60.0)
        fill(layer, "chat", 1000)
        self.drain(layer, "chat")
        fill(layer, "chat", 1000)

    @pytest.mark.parametrize("loss", [-0.1, 1.1, float("nan"), float("inf"), "0.5", None])
    def test_a_rate_is_a_share_of_one(self, loss: Any) -> None:
        with pytest.raises(REFUSED, match="loss"):
            self.layer(loss=loss)

    def test_a_message_lost_on_purpose_says_so(self) -> None:
        layer = self.layer(capacity=1000, loss=0.5)
        layer.group_add("room", "one")
        for number in range(500):
            layer.send("chat", say(number))
            layer.send_group("room", say(number))
        received = len(self.drain(layer, "chat", "one"))
        kept = books(layer.trace())
        assert (kept.sent, kept.received, kept.waiting) == (1000, received, 0)
        assert len(kept.lost) == 1
        assert kept.lost.keys() <= set(CAUSES)


class LossesInTheTrace(Suite):
    """Every loss has a name: sent = received + waiting + lost by each cause. For layers that write a trace."""

    build: Callable[..., TracedLayer]

    def test_each_way_to_lose_a_message_has_its_name(self) -> None:
        layer = self.layer(capacity=2, expiry=60.0)
        layer.group_add("room", "chat")
        fill(layer, "chat", 2)
        with pytest.raises(ChannelFull):
            layer.send("chat", say("full"))
        layer.send_group("room", say("full, and not told"))
        self.read(layer, "chat")
        layer.advance(60.0)
        fill(layer, "chat", 2)
        layer.flush()
        fill(layer, "chat", 1)
        kept = books(layer.trace())
        assert (kept.sent, kept.received, kept.waiting) == (7, 1, 1)
        assert kept.lost == {"full": 1, "group member full": 1, "expired": 1, "layer flushed": 2}

    def test_a_message_is_lost_at_the_moment_it_expires_whenever_that_is_noticed(self) -> None:
        layer = self.layer(expiry=60.0)
        layer.send("chat", say("hello"))
        layer.advance(100.0)
        assert [row.t for row in layer.trace().rows(event="lost")] == [60.0]

    def test_what_is_refused_was_never_sent(self) -> None:
        layer = self.layer()
        layer.group_add("room", "chat")
        before = len(layer.trace())
        for name, content in (
            ("a b", {}),
            ("chat", None),
            ("chat", say(object())),
            ("chat", say("x" * 1_100_000)),
        ):
            with pytest.raises((*REFUSED, MessageTooLarge)):
                layer.send(name, content)
        assert len(layer.trace()) == before

    def test_members_that_come_and_go_are_written_down_once_each(self) -> None:
        layer = self.layer(expiry=60.0, group_expiry=100.0)
        layer.group_add("room", "discarded")
        layer.group_add("room", "discarded")
        layer.group_add("room", "evicted")
        layer.group_add("room", "old")
        layer.send("evicted", say("hello"))
        layer.advance(10.0)
        layer.group_discard("room", "discarded")
        layer.group_discard("room", "discarded")
        layer.advance(140.0)
        assert list(layer.group_channels("room")) == []
        rows = [(row.event, row.t, row.channel, row.detail) for row in layer.trace().rows()]
        assert [row for row in rows if row[0] == "left"] == [
            ("left", 10.0, "discarded", "room"),
            ("left", 60.0, "evicted", "room"),
            ("left", 100.0, "old", "room"),
        ]
        assert sorted(row[2] for row in rows if row[0] == "joined") == ["discarded", "evicted", "old"]


class WaitingLayer(LayerUnderTest, Protocol):
    """A layer whose receive may wait for a message."""

    def wait_for(self, channels: Any, found: list[Found]) -> None:
        """Begin to receive with block, and go on. What comes is put into *found*."""

    def later(self, seconds: float, call: Callable[[], object]) -> None:
        """Make this call when so much of the layer's time has passed."""


class WaitingPromises(Suite):
    """A receive with block really waits, and nobody sleeps while there is something for him."""

    build: Callable[..., WaitingLayer]

    def comes_to(self, layer: WaitingLayer, found: list[Found], messages: int) -> list[Found]:
        """What is found once there are so many; less only after a long time."""
        for _ in range(1000):
            if len(found) >= messages:
                break
            layer.advance(0.01)
        return found

    def test_what_is_there_already_is_not_waited_for(self) -> None:
        layer, found = self.layer(), []
        layer.send("chat", say("hello"))
        layer.wait_for(["chat"], found)
        assert self.comes_to(layer, found, 1) == [("chat", say("hello"))]

    @pytest.mark.parametrize("channel", KINDS)
    def test_a_message_wakes_who_waits_for_it(self, channel: str) -> None:
        layer, found = self.layer(), []
        layer.wait_for(["other", self.read_from(channel)], found)
        layer.advance(0.05)
        assert found == []
        layer.later(0.05, lambda: layer.send(channel, say("hello")))
        assert self.comes_to(layer, found, 1) == [(channel, say("hello"))]

    def test_a_message_to_another_channel_does_not(self) -> None:
        layer, found = self.layer(), []
        layer.wait_for(["chat"], found)
        layer.send("other", say("hello"))
        layer.advance(0.05)
        assert found == []
        assert layer.receive_many(["other"]) == ("other", say("hello"))
        layer.send("chat", say("hello"))
        assert self.comes_to(layer, found, 1) == [("chat", say("hello"))]

    def test_a_group_message_wakes_each_member_that_waits(self) -> None:
        layer, found = self.layer(), []
        for member in ("one", "two", "server!x"):
            layer.group_add("room", member)
            layer.wait_for([self.read_from(member)], found)
        layer.send_group("room", say("hello"))
        assert sorted(name or "" for name, _ in self.comes_to(layer, found, 3)) == ["one", "server!x", "two"]

    def test_of_two_that_wait_for_one_message_one_waits_on(self) -> None:
        layer, found = self.layer(), []
        for _ in range(2):
            layer.wait_for(["chat"], found)
        layer.send("chat", say(1))
        self.comes_to(layer, found, 1)
        layer.advance(0.05)
        assert found == [("chat", say(1))]
        layer.send("chat", say(2))
        assert self.comes_to(layer, found, 2) == [("chat", say(1)), ("chat", say(2))]

    def test_as_many_messages_wake_as_many_that_wait(self) -> None:
        """Also where they wait for different channels, and the messages come at one moment."""
        layer, found = self.layer(capacity=100), []
        for number in range(12):
            layer.wait_for([f"chat.{number % 3}", f"chat.{(number + 1) % 3}"], found)
        for number in range(12):
            layer.send(f"chat.{number % 3}", say(number))
        said = [content["say"] for _, content in self.comes_to(layer, found, 12) if content]
        assert sorted(said) == list(range(12))

    def test_who_waits_is_woken_also_when_the_channel_was_flushed_meanwhile(self) -> None:
        layer, found = self.layer(), []
        layer.wait_for(["chat"], found)
        layer.advance(0.05)
        layer.flush()
        layer.send("chat", say("hello"))
        assert self.comes_to(layer, found, 1) == [("chat", say("hello"))]

    def test_who_waits_longer_than_a_message_lasts_still_hears_the_next(self) -> None:
        layer, found = self.layer(expiry=0.3), []
        layer.send("chat", say("old"))
        layer.advance(0.4)
        layer.wait_for(["chat"], found)
        layer.advance(0.4)
        assert found == []
        layer.send("chat", say("new"))
        assert self.comes_to(layer, found, 1) == [("chat", say("new"))]


class PatientLayer(WaitingLayer, Protocol):
    """A layer that may be told for how long to wait, in seconds of the wall clock."""

    def receive_within(self, channels: Any, seconds: Any) -> Found: ...


class TimeoutPromises(Suite):
    """A receive waits as long as it was told to, and not much longer."""

    build: Callable[..., PatientLayer]

    def test_it_waits_that_long_and_finds_nothing(self) -> None:
        layer = self.layer()
        begun = time.monotonic()
        assert layer.receive_within(["chat"], 0.1) == NOTHING
        assert 0.1 <= time.monotonic() - begun < 5.0

    def test_messages_for_others_do_not_make_it_wait_longer_or_less_long(self) -> None:
        layer = self.layer(capacity=1000)
        begun = time.monotonic()
        for number in range(20):
            layer.later(0.01 * number, lambda: layer.send("other", say("hello")))
        assert layer.receive_within(["chat"], 0.1) == NOTHING
        assert 0.1 <= time.monotonic() - begun < 5.0
        layer.advance(0.15)

    def test_what_comes_in_time_is_found_at_once(self) -> None:
        layer = self.layer()
        begun = time.monotonic()
        layer.later(0.05, lambda: layer.send("chat", say("hello")))
        assert layer.receive_within(["chat"], 60.0) == ("chat", say("hello"))
        assert 0.05 <= time.monotonic() - begun < 30.0

    @pytest.mark.parametrize("seconds", [0, 0.0, -0.0, -1.0, float("-inf")])
    def test_no_time_at_all_is_a_look(self, seconds: float) -> None:
        layer = self.layer()
        assert layer.receive_within(["chat"], seconds) == NOTHING
        layer.send("chat", say("hello"))
        assert layer.receive_within(["chat"], seconds) == ("chat", say("hello"))

    @pytest.mark.parametrize("seconds", [float("nan"), "1", [1]])
    def test_what_is_no_number_of_seconds_is_refused(self, seconds: Any) -> None:
        layer = self.layer()
        layer.later(1.0, lambda: layer.send("chat", say("it waited")))
        with pytest.raises(REFUSED):
            layer.receive_within(["chat"], seconds)
        layer.send("chat", say("hello"))
        assert self.read(layer, "chat") == "hello"

    @pytest.mark.parametrize("seconds", [1e9, 1e300, float("inf")])
    def test_a_very_long_time_is_no_error(self, seconds: float) -> None:
        layer = self.layer()
        layer.later(0.05, lambda: layer.send("chat", say("hello")))
        assert layer.receive_within(["chat"], seconds) == ("chat", say("hello"))

    def test_of_no_channels_nothing_can_come_so_it_does_not_wait(self) -> None:
        assert self.layer().receive_within([], 60.0) == NOTHING

    def test_a_bad_name_is_refused_at_once(self) -> None:
        layer = self.layer()
        for names in (["a b"], ["chat", "a b"]):
            with pytest.raises(REFUSED):
                layer.receive_within(names, 3.0)
        with pytest.raises(TypeError):
            layer.receive_within("chat", 3.0)

    def test_names_that_can_be_gone_through_only_once_are_kept(self) -> None:
        """After a wait, whoever looks again has to know for what."""
        layer = self.layer()
        layer.later(0.05, lambda: layer.send("chat", say("hello")))
        assert layer.receive_within((name for name in ["other", "chat"]), 60.0) == ("chat", say("hello"))

"""Message, Channel and Group: what they send, and to which layer."""

import contextlib
import threading
from typing import Any

import pytest

from chansim.channels import Channel, Group, Message
from chansim.channels.auth import User
from chansim.channels.message import using
from chansim.channels.outbox import Outbox, current_outbox


class Notebook:
    """A layer that only writes down what it is asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def send(self, channel: str, content: dict[str, Any]) -> None:
        self.calls.append(("send", channel, content))

    def send_group(self, group: str, content: dict[str, Any]) -> None:
        self.calls.append(("send_group", group, content))

    def group_add(self, group: str, channel: str) -> None:
        self.calls.append(("group_add", group, channel))

    def group_discard(self, group: str, channel: str) -> None:
        self.calls.append(("group_discard", group, channel))


def test_each_word_of_2016_is_one_call_of_the_layer() -> None:
    layer = Notebook()
    with using(layer):
        reply = Message({"reply_channel": "websocket.send!aaaaaaaa"}, "websocket.connect").reply_channel
        assert reply is not None
        reply.send({"text": "hi"})
        Channel("slack.send").send({"text": "hi"})
        Group("chat").add(reply)
        Group("chat").add("other!bbbbbbbb")
        Group("chat").send({"text": "all"})
        Group("chat").discard(reply)
    assert layer.calls == [
        ("send", "websocket.send!aaaaaaaa", {"text": "hi"}),
        ("send", "slack.send", {"text": "hi"}),
        ("group_add", "chat", "websocket.send!aaaaaaaa"),
        ("group_add", "chat", "other!bbbbbbbb"),
        ("send_group", "chat", {"text": "all"}),
        ("group_discard", "chat", "websocket.send!aaaaaaaa"),
    ]


def test_a_layer_given_goes_before_the_one_in_use() -> None:
    given, in_use = Notebook(), Notebook()
    with using(in_use):
        Channel("a", channel_layer=given).send({})
        Group("b", channel_layer=given).send({})
        Message({"reply_channel": "c!x"}, "d", given).reply_channel.send({})  # type: ignore[union-attr]
        Message({}, "e", given).channel.send({})
    assert [call[1] for call in given.calls] == ["a", "b", "c!x", "e"]
    assert in_use.calls == []


def test_after_the_block_the_layer_before_is_in_use_again_also_after_an_error() -> None:
    outer, inner = Notebook(), Notebook()
    with using(outer):
        with contextlib.suppress(ZeroDivisionError), using(inner):
            Channel("a").send({})
            raise ZeroDivisionError
        Channel("b").send({})
    assert [call[1] for call in inner.calls] == ["a"]
    assert [call[1] for call in outer.calls] == ["b"]


def test_each_thread_has_its_own_layer_in_use() -> None:
    errors = []

    def send() -> None:
        try:
            Channel("a").send({})
        except RuntimeError as error:
            errors.append(str(error))

    with using(Notebook()):
        thread = threading.Thread(target=send)
        thread.start()
        thread.join()
    assert len(errors) == 1


@pytest.mark.parametrize("send", [Channel("a").send, Group("a").send, Group("a").add, Group("a").discard])
def test_outside_of_a_consumer_the_error_says_where_sending_works(send: Any) -> None:
    with pytest.raises(RuntimeError, match=r"no channel layer is in use here: .* from within a consumer"):
        send({})


def test_a_message_reads_as_its_content() -> None:
    message = Message({"text": "hi", "order": 3}, "websocket.receive")
    assert message["text"] == "hi"
    assert message.get("bytes") is None
    assert message.get("bytes", b"") == b""
    assert "order" in message
    assert "bytes" not in message
    assert list(message.keys()) == ["text", "order"]
    assert list(message.values()) == ["hi", 3]
    assert dict(message.items()) == message.content
    with pytest.raises(KeyError, match="bytes"):
        message["bytes"]


def test_a_message_without_a_reply_channel_has_none() -> None:
    assert Message({"reply_channel": None}).reply_channel is None
    assert Message({}).reply_channel is None


def test_a_message_can_be_written_to_and_copied() -> None:
    message = Message({"text": "hi", "rooms": [1]}, "chat")
    message["text"] = "ho"
    copy = message.copy()
    copy["rooms"].append(2)
    assert message.content == {"text": "ho", "rooms": [1]}
    assert (copy.channel.name, copy["rooms"]) == ("chat", [1, 2])


def test_more_can_be_hung_on_a_message() -> None:
    message = Message({}, "chat")
    message.user = user = User("ada")
    assert message.user is user
    assert not hasattr(message, "channel_session")


def test_a_messages_layer_is_the_one_given_or_else_the_one_in_use() -> None:
    given, in_use = Notebook(), Notebook()
    assert Message({}, "chat", given).channel_layer is given  # type: ignore[arg-type]
    message = Message({}, "chat")
    with using(in_use):  # type: ignore[arg-type]
        assert message.channel_layer is in_use
    with pytest.raises(RuntimeError, match="no channel layer is in use here"):
        message.channel_layer  # noqa: B018


@pytest.mark.parametrize("content", ["hi", None, ["text", "hi"], b"{}"])
def test_only_a_dict_is_sent(content: Any) -> None:
    layer = Notebook()
    with using(layer):  # type: ignore[arg-type]
        with pytest.raises(TypeError, match=r"Channel\('a'\).send: a message is a dict, not \w+"):
            Channel("a").send(content)
        with pytest.raises(ValueError, match=r"Group\('a'\).send: a message is a dict, not \w+"):
            Group("a").send(content)
    assert layer.calls == []


def test_a_group_has_channels_not_nothing() -> None:
    """A message without a reply channel has None, which is no member."""
    layer = Notebook()
    with using(layer):  # type: ignore[arg-type]
        Group("a").add(Message({}).reply_channel)  # type: ignore[arg-type]
    assert layer.calls == [("group_add", "a", None)]  # which a layer refuses


@pytest.mark.parametrize("kind", [Channel, Group])
def test_there_is_one_layer_and_it_is_called_default(kind: Any) -> None:
    assert kind("a", "default").name == kind("a", alias="default").name == "a"
    with pytest.raises(ValueError, match=r"\w+\('a', alias='other'\): a consumer knows one layer"):
        kind("a", alias="other")


def test_with_an_outbox_a_send_waits_unless_it_must_not() -> None:
    layer, outbox = Notebook(), Outbox()
    token = current_outbox.set(outbox)
    try:
        with using(layer):  # type: ignore[arg-type]
            Channel("a").send({"n": 1})
            Group("b").send({"n": 2})
            Channel("a").send({"n": 3}, immediately=True)
            Group("b").send({"n": 4}, immediately=True)
    finally:
        current_outbox.reset(token)
    assert [(kept.name, kept.content) for kept in outbox.kept] == [("a", {"n": 1}), ("b", {"n": 2})]
    assert layer.calls == [("send", "a", {"n": 3}), ("send_group", "b", {"n": 4})]


def test_they_say_what_they_are() -> None:
    assert str(Channel("chat")) == "chat"
    assert repr(Channel("chat")) == "Channel('chat')"
    assert repr(Group("chat")) == "Group('chat')"
    assert repr(Message({"a": 1}, "chat")) == "Message(channel='chat', {'a': 1})"

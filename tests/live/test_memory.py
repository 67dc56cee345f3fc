"""InMemoryLayer: the core behind a lock, with real threads. What is asserted are promises, never times."""

import threading
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from chansim.layer.core import Listener
from chansim.live.memory import InMemoryLayer
from chansim.trace import ThreadedRecorder
from model.tiny import books

LONG = 20.0
"""Seconds after which a thread that should have ended is taken for stuck."""


def together(*functions: Callable[[], object]) -> None:
    """Run these at once, each in a thread; raise what one of them raised."""
    errors: list[BaseException] = []

    def guarded(function: Callable[[], object]) -> None:
        try:
            function()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(function,), daemon=True) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
        assert not thread.is_alive(), "a thread is stuck"
    if errors:
        raise errors[0]


def test_send_and_receive_as_in_2016() -> None:
    layer = InMemoryLayer()
    layer.send("chat", {"text": "hi"})
    assert layer.receive_many(["other", "chat"]) == ("chat", {"text": "hi"})
    assert layer.receive_many(["other", "chat"]) == (None, None)


def test_the_capacity_is_that_of_the_era_unless_it_is_given() -> None:
    for layer, capacity in ((InMemoryLayer(), 10), (InMemoryLayer(capacity=3), 3)):
        for n in range(capacity):
            layer.send("chat", {"n": n})
        with pytest.raises(layer.ChannelFull, match=f"'chat' of layer 'layer' holds {capacity} messages"):
            layer.send("chat", {"n": capacity})


def test_it_takes_the_arguments_of_2016_in_their_order() -> None:
    layer = InMemoryLayer(1.0, 2.0, 3, {"chat": 1})
    layer.send("chat", {})
    with pytest.raises(InMemoryLayer.ChannelFull):
        layer.send("chat", {})
    assert layer.extensions == ("groups", "flush", "statistics")
    assert issubclass(layer.MessageTooLarge, Exception)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"capacity": 0}, "capacity=0 must be a whole number of messages"),
        ({"expiry": -1.0}, "expiry=-1.0 must be a number of seconds above 0"),
        ({"era": "2016"}, "era='2016' is not known; eras: june2016"),
        ({"channel_capacity": {"a": "b"}}, "a='b' must be a whole number"),
    ],
)
def test_bad_options_are_answered_in_words(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        InMemoryLayer(**options)


def test_groups_and_new_channels_and_flush() -> None:
    layer = InMemoryLayer()
    name = layer.new_channel("websocket.send!")
    layer.group_add("room", name)
    layer.group_add("room", "other")
    layer.group_discard("room", "other")
    assert layer.group_channels("room") == [name]
    assert layer.send_group("room", {"text": "hi"}) == 1
    assert layer.receive_many([name]) == (name, {"text": "hi"})
    layer.send_group("room", {"text": "hi"})
    layer.flush()
    assert layer.receive_many([name]) == (None, None)
    assert layer.group_channels("room") == []


def test_time_is_the_clock_it_is_given() -> None:
    now = [0.0]
    layer = InMemoryLayer(expiry=60.0, clock=lambda: now[0])
    layer.send("chat", {})
    now[0] = 60.0
    assert layer.receive_many(["chat"]) == (None, None)


# -- waiting


def test_without_block_it_returns_at_once() -> None:
    assert InMemoryLayer().receive_many(["chat"], block=False, timeout=LONG) == (None, None)


@pytest.mark.parametrize("timeout", [0.0, 0.01])
def test_a_block_ends_with_its_timeout(timeout: float) -> None:
    assert InMemoryLayer().receive_many(["chat"], block=True, timeout=timeout) == (None, None)


def test_a_block_without_channels_does_not_wait_for_ever() -> None:
    assert InMemoryLayer().receive_many([], block=True) == (None, None)


def test_a_message_wakes_who_waits_for_it() -> None:
    layer, found = InMemoryLayer(), []
    together(
        lambda: found.append(layer.receive_many(["other", "chat"], block=True)),
        lambda: layer.send("chat", {"text": "hi"}),
    )
    assert found == [("chat", {"text": "hi"})]


def test_a_message_to_a_group_wakes_its_members() -> None:
    layer, found = InMemoryLayer(), []
    layer.group_add("room", "one")
    layer.group_add("room", "two")
    together(
        lambda: found.append(layer.receive_many(["one"], block=True)),
        lambda: found.append(layer.receive_many(["two"], block=True)),
        lambda: layer.send_group("room", {"text": "hi"}),
    )
    assert sorted(name for name, _ in found) == ["one", "two"]


def test_closing_wakes_everyone() -> None:
    layer, found = InMemoryLayer(), []
    together(*[lambda: found.append(layer.receive_many(["chat"], block=True))] * 4, layer.close)
    assert found == [(None, None)] * 4


def test_an_error_leaves_the_layer_unlocked() -> None:
    layer = InMemoryLayer()
    with pytest.raises(TypeError):
        layer.send("chat", {"text": object()})
    with pytest.raises(ValueError, match="no channel name"):
        layer.receive_many(["a b"], block=True)
    together(lambda: layer.send("chat", {"text": "hi"}))


# -- many threads


def test_of_eight_senders_and_eight_receivers_each_message_is_received_once_or_lost_with_a_cause() -> None:
    recorder = ThreadedRecorder()
    now = iter(range(1_000_000_000))
    layer = InMemoryLayer(capacity=20, clock=lambda: float(next(now)), recorder=recorder, expiry=1e8)
    channels, senders, each = ("one", "two", "three"), 8, 300
    got: list[tuple[int, int]] = []
    full: list[tuple[int, int]] = []
    left = [senders]
    lock = threading.Lock()

    def send(sender: int) -> None:
        for n in range(each):
            try:
                layer.send(channels[n % 3], {"from": sender, "n": n})
            except layer.ChannelFull:
                full.append((sender, n))
        with lock:
            left[0] -= 1
            if not left[0]:
                layer.close()

    def receive() -> None:
        while True:
            name, content = layer.receive_many(channels, block=True)
            if name is not None:
                assert content is not None
                got.append((content["from"], content["n"]))
            elif not left[0]:
                return

    together(*[lambda s=s: send(s) for s in range(senders)], *[receive] * 8)  # type: ignore[misc]
    everything = {(sender, n) for sender in range(senders) for n in range(each)}
    assert Counter(got + full) == Counter(everything)
    kept = books(recorder.finish(float(next(now))))
    assert (kept.sent, kept.received, kept.waiting) == (senders * each, len(got), 0)
    assert kept.lost.get("full", 0) == len(full)


def test_one_reader_sees_what_one_writer_sends_in_order() -> None:
    layer, got = InMemoryLayer(capacity=10_000), []

    def receive() -> None:
        while len(got) < 2000:
            _, content = layer.receive_many(["chat"], block=True)
            got.append(content["n"])  # type: ignore[index]

    together(lambda: [layer.send("chat", {"n": n}) for n in range(2000)], receive)
    assert got == list(range(2000))


def test_a_group_may_change_while_it_is_sent_to() -> None:
    """asgiref's in-memory layer raised RuntimeError here: dictionary changed size during iteration."""
    layer = InMemoryLayer(capacity=10_000)
    for n in range(50):
        layer.group_add("room", f"member-{n}")

    def churn() -> None:
        for n in range(1000):
            layer.group_add("room", f"guest-{n}")
            layer.group_discard("room", f"guest-{n}")

    reached = []
    together(churn, churn, lambda: reached.extend(layer.send_group("room", {"n": n}) for n in range(200)))
    assert min(reached) >= 50
    assert [layer.receive_many(["member-7"])[1] for _ in range(200)] == [{"n": n} for n in range(200)]


def test_new_channels_are_all_different_whoever_asks() -> None:
    layer, names = InMemoryLayer(random=Random(1)), []
    listener = Listener()

    def ask() -> None:
        for _ in range(300):
            names.append(layer.new_channel("x!"))
            layer.listen(listener, names[-1])

    together(*[ask] * 8)
    assert len(set(names)) == 2400


def test_a_listener_gets_each_message_of_its_channels_once() -> None:
    layer, listener = InMemoryLayer(capacity=10_000), Listener()
    names = [layer.new_channel("x!") for _ in range(4)]
    for name in names:
        layer.listen(listener, name)
    got: Counter[tuple[str, int]] = Counter()

    def serve() -> None:
        while got.total() < 2000:
            envelope = layer.take_for(listener)
            if envelope is not None:
                got[envelope.channel, envelope.content["n"]] += 1

    together(serve, *[lambda name=name: [layer.send(name, {"n": n}) for n in range(500)] for name in names])  # type: ignore[misc]
    assert set(got.values()) == {1}
    assert len(got) == 2000

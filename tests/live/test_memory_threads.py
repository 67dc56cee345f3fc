"""The in-memory layer among many threads: no message twice, none lost without a cause, nobody asleep who has mail.

No time is asserted but a bound, LONG, after which somebody counts as stuck.
"""

import asyncio
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain
from random import Random
from typing import Any

import pytest

from chansim.layer.core import Listener
from chansim.layer.eras import ERAS
from chansim.live.asynchronous import AsyncioLayer
from chansim.live.memory import InMemoryLayer
from chansim.trace import ThreadedRecorder, Trace
from model.tiny import books

LONG = 20.0
"""Seconds after which a thread that should have gone on is taken for stuck."""


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads take turns two hundred times as often as they do by themselves: more can go wrong between two lines."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(2e-5)
    yield
    sys.setswitchinterval(usual)


class Threads:
    """Threads that begin together. What one of them raised, ``join`` raises."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self.errors: list[BaseException] = []

    def add(self, function: Callable[..., object], *arguments: Any) -> None:
        def guarded() -> None:
            try:
                function(*arguments)
            except BaseException as error:
                self.errors.append(error)

        self.threads.append(threading.Thread(target=guarded, daemon=True))

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def join(self) -> None:
        until = time.monotonic() + LONG
        for thread in self.threads:
            thread.join(max(until - time.monotonic(), 0.0))
        stuck = sum(thread.is_alive() for thread in self.threads)
        if self.errors:
            raise self.errors[0]
        assert not stuck, f"{stuck} of {len(self.threads)} threads are stuck"

    def run(self) -> None:
        self.start()
        self.join()


def traced(**options: Any) -> tuple[InMemoryLayer, Callable[[], Trace]]:
    """A layer, and its trace until now; time is the real one, from 0."""
    recorder, begun = ThreadedRecorder(), time.monotonic()

    def clock() -> float:
        return time.monotonic() - begun

    layer = InMemoryLayer(clock=clock, recorder=recorder, **options)
    return layer, lambda: recorder.finish(clock())


def test_of_a_hundred_thousand_messages_each_is_received_once_or_lost_with_a_cause() -> None:
    """16 senders, 16 receivers, three channels that are often full: a sender that is refused goes on with its next."""
    senders, receivers, each, channels = 16, 16, 6250, ("one", "two", "three")
    layer, trace = traced(capacity=50)
    got: list[list[tuple[int, int]]] = [[] for _ in range(receivers)]
    refused: list[list[tuple[int, int]]] = [[] for _ in range(senders)]
    sending = threading.Semaphore(0)

    def send(sender: int) -> None:
        for number in range(each):
            try:
                layer.send(channels[number % 3], {"from": sender, "number": number}, by=f"sender {sender}")
            except layer.ChannelFull:
                refused[sender].append((sender, number))
        sending.release()

    def receive(receiver: int) -> None:
        names = channels[receiver % 3 :] + channels[: receiver % 3]
        while True:
            name, content = layer.receive_many(names, block=True)
            if content is None:
                return
            assert name == channels[content["number"] % 3]
            got[receiver].append((content["from"], content["number"]))

    def close() -> None:
        for _ in range(senders):
            assert sending.acquire(timeout=LONG)
        while sum(layer.channel_statistics(name)["messages_pending"] or 0 for name in channels):
            time.sleep(0.001)
        layer.close()

    threads = Threads()
    for sender in range(senders):
        threads.add(send, sender)
    for receiver in range(receivers):
        threads.add(receive, receiver)
    threads.add(close)
    threads.run()

    received, lost = Counter(chain.from_iterable(got)), Counter(chain.from_iterable(refused))
    assert received + lost == Counter((sender, number) for sender in range(senders) for number in range(each))
    kept = books(trace())
    assert (kept.sent, kept.received, kept.waiting) == (senders * each, received.total(), 0)
    assert kept.lost == ({"full": lost.total()} if lost else {})
    for heard in got:  # what one receiver hears of one sender on one channel, it hears in order
        for sender in range(senders):
            for place in range(3):
                numbers = [number for who, number in heard if who == sender and number % 3 == place]
                assert numbers == sorted(numbers)


@pytest.mark.usefixtures("restless")
@pytest.mark.parametrize("era", ERAS)
def test_a_receiver_that_waits_is_woken_while_others_come_and_go(era: str) -> None:
    """Ping and pong: each message is an answer to the one before. One lost wake-up, and the pair stands still."""
    layer = InMemoryLayer(era=era)
    threads = Threads()

    def play(mine: str, other: str, begins: bool) -> None:
        for number in range(300):
            if begins or number:
                layer.send(other, {"number": number})
            name, _ = layer.receive_many([f"nothing.{mine}", mine], block=True, timeout=LONG)
            assert name == mine
        layer.send(other, {"number": -1})

    def look_and_leave(name: str) -> None:
        """Others wait on the same channels for a moment, and give up: what woke them must not be lost."""
        for _ in range(100):
            assert layer.receive_many([name], block=True, timeout=0.001) == (None, None)

    for pair in range(8):
        threads.add(play, f"a.{pair}", f"b.{pair}", True)
        threads.add(play, f"b.{pair}", f"a.{pair}", False)
        threads.add(look_and_leave, f"nothing.a.{pair}")
    threads.run()


@pytest.mark.usefixtures("restless")
def test_who_gives_up_takes_nobodys_wake_up_with_him() -> None:
    """Two wait for one message; the one who came first gives up at about the moment when it comes. If it was he who
    was woken for it and he does not look, nobody does: the message waits, and so does the other."""
    for number in range(300):
        layer = InMemoryLayer()
        found: list[Any] = []
        threads = Threads()
        threads.add(
            lambda to=layer, into=found: into.append(to.receive_many(["chat"], block=True, timeout=0.002))
        )
        threads.add(lambda to=layer, into=found: into.append(to.receive_many(["chat"], block=True)))
        threads.start()
        time.sleep(0.0018 + 0.000001 * number)
        layer.send("chat", {"number": number})
        until = time.monotonic() + LONG / 2
        while layer.global_statistics()["messages_pending"]:
            assert time.monotonic() < until, f"message {number} waits, and nobody was woken"
            time.sleep(0)
        layer.close()
        threads.join()
        assert sorted(found, key=str) == [("chat", {"number": number}), (None, None)]


@pytest.mark.usefixtures("restless")
@pytest.mark.parametrize("era", ERAS)
def test_a_group_may_change_while_it_is_sent_to(era: str) -> None:
    """Who is a member all the time hears every message once, in order; who comes and goes hears each at most once."""
    layer = InMemoryLayer(capacity=100_000, era=era)
    faithful = [f"faithful.{number}" for number in range(20)]
    for member in faithful:
        layer.group_add("room", member)
    sending = threading.Event()

    def churn(name: str) -> None:
        while not sending.is_set():
            layer.group_add("room", name)
            layer.group_add("lobby", name)
            assert set(layer.group_channels("room")) >= set(faithful)
            layer.group_discard("room", name)

    def send() -> None:
        for number in range(300):
            layer.send_group("room", {"number": number})
        sending.set()

    threads = Threads()
    for number in range(4):
        threads.add(churn, f"guest.{number}")
    threads.add(send)
    threads.run()
    for member in faithful:
        heard = [layer.receive_many([member])[1] for _ in range(301)]
        assert heard == [{"number": number} for number in range(300)] + [None]
    for number in range(4):
        found = iter(lambda name=f"guest.{number}": layer.receive_many([name])[1], None)  # type: ignore[misc]
        heard = [content["number"] for content in found]
        assert heard == sorted(set(heard))


@pytest.mark.usefixtures("restless")
def test_a_flush_in_the_middle_loses_messages_by_name_and_nobody_gets_stuck() -> None:
    layer, trace = traced(capacity=10_000)
    threads = Threads()
    received: list[int] = []
    sent = threading.Event()

    def send() -> None:
        for number in range(3000):
            layer.group_add("room", "chat")
            layer.send_group("room", {"number": number})
        sent.set()

    def receive() -> None:
        while True:
            _, found = layer.receive_many(["chat"], block=True, timeout=0.05)
            if found:
                received.append(found["number"])
            elif sent.is_set():
                return

    def flush() -> None:
        while not sent.is_set():
            layer.flush()
            time.sleep(0.001)

    for task in (send, receive, receive, flush):
        threads.add(task)
    threads.run()
    kept = books(trace())
    assert len(received) == len(set(received)) == kept.received
    assert kept.sent == kept.received + sum(kept.lost.values())
    assert kept.lost.keys() <= {"layer flushed"}


def test_messages_that_expire_among_threads_are_lost_by_name() -> None:
    """With a life of a millisecond, some are received and some are not, and the books know which."""
    layer, trace = traced(capacity=100_000, expiry=0.001)
    received: list[int] = []
    threads = Threads()

    def send(first: int) -> None:
        for number in range(first, first + 2000):
            layer.send("chat", {"number": number})

    def receive() -> None:
        while found := layer.receive_many(["chat"], block=True, timeout=0.2)[1]:
            received.append(found["number"])
            time.sleep(0.0002)

    for number in range(3):
        threads.add(send, 2000 * number)
    for _ in range(2):
        threads.add(receive)
    threads.run()
    time.sleep(0.002)
    layer.sweep()
    kept = books(trace())
    assert len(received) == len(set(received)) == kept.received
    assert (kept.sent, kept.waiting, kept.lost) == (6000, 0, {"expired": 6000 - kept.received})


def test_whoever_waits_when_the_layer_is_closed_goes_on() -> None:
    layer = InMemoryLayer()
    found: list[Any] = []
    threads = Threads()
    for number in range(16):
        threads.add(lambda n=number: found.append(layer.receive_many([f"chat.{n % 3}"], block=True)))
    threads.start()
    time.sleep(0.05)
    layer.close()
    threads.join()
    assert found == [(None, None)] * 16


def test_the_layer_may_be_called_again_while_a_content_is_read() -> None:
    """A message may be a dict of a class of one's own, whose methods call the layer: it must not wait for itself."""
    layer = InMemoryLayer()

    class Chatty(dict[str, Any]):
        def items(self) -> Any:
            layer.send("log", {"say": "asked for items"})
            return super().items()

        def keys(self) -> Any:
            layer.send("log", {"say": "asked for keys"})
            return super().keys()

    threads = Threads()
    threads.add(lambda: layer.send("chat", Chatty(say="hello")))
    threads.add(lambda: layer.send("chat", {"say": Chatty(deep="hello")}))
    threads.run()
    assert {str(layer.receive_many(["chat"])[1]) for _ in range(2)} == {
        "{'say': 'hello'}",
        "{'say': {'deep': 'hello'}}",
    }


@pytest.mark.parametrize("block", [False, True])
def test_the_layer_may_be_called_again_while_names_are_gone_through(block: bool) -> None:
    layer = InMemoryLayer()

    def names() -> Any:
        layer.send("chat", {"say": "hello"})
        yield "chat"

    found: list[Any] = []
    threads = Threads()
    threads.add(lambda: found.append(layer.receive_many(names(), block, LONG)))
    threads.run()
    assert found == [("chat", {"say": "hello"})]


# -- coroutines among threads


@pytest.mark.usefixtures("restless")
def test_coroutines_and_threads_share_a_layer_and_each_message_is_received_once() -> None:
    """8 senders of each kind and 8 receivers of each, two event loops; the channels are full now and then."""
    layer, trace = traced(capacity=100)
    each, channels = 300, ("one", "two", "three")
    got: Counter[tuple[int, int]] = Counter()
    sending, counting = threading.Semaphore(0), threading.Lock()
    threads = Threads()

    def note(content: dict[str, Any] | None) -> bool:
        if content is not None:
            with counting:
                got[content["from"], content["number"]] += 1
        return content is not None

    def send(sender: int) -> None:
        for number in range(each):
            while True:
                try:
                    layer.send(channels[number % 3], {"from": sender, "number": number})
                    break
                except layer.ChannelFull:
                    time.sleep(0.0001)
        sending.release()

    def receive() -> None:
        while note(layer.receive_many(channels, block=True)[1]):
            pass

    async def loop(first: int) -> None:
        awaited = AsyncioLayer(layer)

        async def send(sender: int) -> None:
            for number in range(each):
                while True:
                    try:
                        await awaited.send(channels[number % 3], {"from": sender, "number": number})
                        break
                    except awaited.ChannelFull:
                        await asyncio.sleep(0.0001)
            sending.release()

        async def receive() -> None:
            while note((await awaited.receive(channels))[1]):
                pass

        await asyncio.gather(*[send(first + n) for n in range(4)], *[receive() for _ in range(4)])

    def close() -> None:
        for _ in range(16):
            assert sending.acquire(timeout=LONG)
        while layer.global_statistics()["messages_pending"]:
            time.sleep(0.001)
        layer.close()

    for number in range(8):
        threads.add(send, number)
        threads.add(receive)
    for first in (8, 12):
        threads.add(lambda first=first: asyncio.run(loop(first)))
    threads.add(close)
    threads.run()
    assert got == Counter({(sender, number): 1 for sender in range(16) for number in range(each)})
    kept = books(trace())
    assert (kept.received, kept.waiting) == (16 * each, 0)
    assert kept.lost.keys() <= {"full"}


@pytest.mark.usefixtures("restless")
@pytest.mark.parametrize("how", ["cancelled", "given up"])
def test_a_receive_that_is_cancelled_takes_no_message_and_nobodys_wake_up(how: str) -> None:
    """Receivers that are cancelled all the time beside one that waits: each message comes to somebody who is told."""
    layer = InMemoryLayer(capacity=10_000)
    got: list[int] = []
    cancellations = 0

    async def patient(awaited: AsyncioLayer) -> None:
        while content := (await awaited.receive(["other", "chat"]))[1]:
            got.append(content["number"])

    async def hasty(awaited: AsyncioLayer, random: Random) -> None:
        nonlocal cancellations
        while len(got) < 400:
            receive = asyncio.ensure_future(
                awaited.receive(["chat"], timeout=None if how == "cancelled" else 0.0003)
            )
            await asyncio.sleep(random.random() * 0.0005)
            if how == "cancelled":
                cancellations += receive.cancel()
            try:
                content = (await receive)[1]
            except asyncio.CancelledError:
                continue
            if content is not None:
                got.append(content["number"])

    async def loop() -> None:
        awaited = AsyncioLayer(layer)
        await asyncio.gather(patient(awaited), *[hasty(awaited, Random(n)) for n in range(4)])

    def send() -> None:
        for number in range(400):
            layer.send("chat", {"number": number})
            until = time.monotonic() + LONG / 2
            while len(got) <= number:
                assert time.monotonic() < until, f"message {number} waits, and nobody was woken"
                time.sleep(0)
        layer.close()

    threads = Threads()
    threads.add(lambda: asyncio.run(loop()))
    threads.add(send)
    threads.run()
    assert sorted(got) == list(range(400))
    assert cancellations > 40 or how == "given up"


def test_a_wake_up_of_one_who_is_cancelled_before_he_looks_is_the_next_ones() -> None:
    """At one moment, without letting anybody run in between: a message comes, and the one it woke is cancelled."""

    async def scene() -> tuple[Any, int]:
        awaited = AsyncioLayer()
        first = asyncio.ensure_future(awaited.receive(["chat"]))
        second = asyncio.ensure_future(awaited.receive(["chat"]))
        await asyncio.sleep(0.01)
        await awaited.send("chat", {"say": "hello"})
        first.cancel()
        found = await asyncio.wait_for(second, LONG)
        return found, (await awaited.channel_statistics("chat"))["messages_pending"] or 0

    assert asyncio.run(scene()) == (("chat", {"say": "hello"}), 0)


def test_a_message_that_comes_at_the_moment_a_coroutine_gives_up_is_received_all_the_same() -> None:
    """The event loop is held up, so that the timeout and the message are due when it goes on, in that order."""

    async def scene() -> tuple[float | None, list[Any]]:
        awaited, loop = AsyncioLayer(), asyncio.get_running_loop()
        first = asyncio.ensure_future(awaited.receive(["chat"], timeout=0.05))
        await asyncio.sleep(0)
        second = asyncio.ensure_future(awaited.receive(["chat"]))
        loop.call_later(0.03, time.sleep, 0.05)
        loop.call_later(0.055, awaited.layer.send, "chat", {"say": "hello"})
        await asyncio.wait([first, second], return_when=asyncio.ALL_COMPLETED, timeout=0.2)
        waits = (await awaited.global_statistics())["messages_pending"]
        await awaited.close()  # who waits would find it now
        return waits, [await asyncio.wait_for(each, LONG) for each in (first, second)]

    waits, found = asyncio.run(scene())
    assert waits == 0
    assert sorted(found, key=str) == [("chat", {"say": "hello"}), (None, None)]


def test_a_message_for_a_coroutine_that_is_cancelled_and_alone_stays() -> None:
    async def scene() -> Any:
        awaited = AsyncioLayer()
        receive = asyncio.ensure_future(awaited.receive(["chat"]))
        await asyncio.sleep(0.01)
        await awaited.send("chat", {"say": "hello"})
        receive.cancel()
        await asyncio.gather(receive, return_exceptions=True)
        return await awaited.receive(["chat"], block=False)

    assert asyncio.run(scene()) == ("chat", {"say": "hello"})


def test_who_waited_in_an_event_loop_that_has_ended_keeps_nobody_else_from_being_woken() -> None:
    layer = InMemoryLayer()

    async def leave_waiting() -> None:
        waiting = asyncio.ensure_future(AsyncioLayer(layer).receive(["chat"]))
        await asyncio.sleep(0.01)
        assert not waiting.done()

    asyncio.run(leave_waiting())
    found: list[Any] = []
    threads = Threads()
    threads.add(lambda: found.append(layer.receive_many(["chat"], block=True, timeout=LONG)))
    threads.add(lambda: layer.send("chat", {"say": "hello"}))
    threads.run()
    assert found == [("chat", {"say": "hello"})]


@pytest.mark.usefixtures("restless")
def test_a_server_that_waits_for_all_its_clients_at_once_hears_each_of_them_once() -> None:
    """Clients come and go, as sockets do, while others are being sent to."""
    layer, listener = InMemoryLayer(capacity=10_000), Listener()
    got: Counter[tuple[str, int]] = Counter()
    heard: Counter[str] = Counter()
    threads = Threads()

    def serve() -> None:
        while (envelope := layer.take_for(listener, block=True)) is not None:
            with counting:
                got[envelope.channel, envelope.content["number"]] += 1
                heard[envelope.channel] += 1

    def client(name: str) -> None:
        for number in range(100):
            if number % 2:
                layer.send(name, {"number": number})
            else:
                layer.listen(listener, name)
            layer.send(name, {"number": 1000 + number})
        until = time.monotonic() + LONG / 2
        while heard[name] < 150:
            assert time.monotonic() < until, "a client's message waits, and its server was not woken"
            time.sleep(0.001)
        layer.stop_listening(name)
        left.release()

    def close() -> None:
        for _ in range(8):
            assert left.acquire(timeout=LONG)
        layer.close()

    left, counting = threading.Semaphore(0), threading.Lock()
    threads.add(serve)
    threads.add(serve)
    for number in range(8):
        threads.add(client, f"reply!{number}")
    threads.add(close)
    threads.run()
    assert set(got.values()) == {1}
    assert len(got) == 8 * 150

"""AsyncioLayer: what only coroutines can do to a layer: be cancelled, be ten thousand, and meet threads."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

import pytest

from chansim.layer.core import Listener
from chansim.live.asynchronous import AsyncioLayer
from chansim.live.memory import InMemoryLayer

LONG = 20.0
"""Seconds after which what should have ended is taken for stuck."""


def run(main: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(main, LONG))


async def soon(*coroutines: Coroutine[Any, Any, Any]) -> list[asyncio.Task[Any]]:
    """Tasks that have come as far as they can."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


def test_a_coroutine_receives_what_a_thread_sends() -> None:
    layer = InMemoryLayer()

    async def main() -> None:
        (receiving,) = await soon(AsyncioLayer(layer).receive(["other", "chat"]))
        threading.Thread(target=layer.send, args=("chat", {"say": "hello"})).start()
        assert await receiving == ("chat", {"say": "hello"})

    run(main())


def test_a_thread_receives_what_a_coroutine_sends() -> None:
    layer, found = InMemoryLayer(), []
    thread = threading.Thread(target=lambda: found.append(layer.receive_many(["chat"], block=True)))
    thread.start()
    run(AsyncioLayer(layer).send("chat", {"say": "hello"}))
    thread.join(LONG)
    assert found == [("chat", {"say": "hello"})]


def test_who_has_waited_longest_is_woken_first() -> None:
    async def main() -> None:
        layer = AsyncioLayer()
        tasks = await soon(*[layer.receive(["chat"]) for _ in range(3)])
        for word in ("a", "b", "c"):
            await layer.send("chat", {"say": word})
        assert [content["say"] for _, content in await asyncio.gather(*tasks)] == ["a", "b", "c"]

    run(main())


def test_a_cancelled_receive_leaves_the_message_to_the_next() -> None:
    """It is cancelled when it has been woken, and has not run yet."""

    async def main() -> None:
        layer = AsyncioLayer()
        first, second = await soon(layer.receive(["chat"]), layer.receive(["chat"]))
        await layer.send("chat", {"say": "hello"})
        first.cancel()
        assert await second == ("chat", {"say": "hello"})
        assert first.cancelled()

    run(main())


def test_a_cancelled_receive_leaves_the_message_where_it_is() -> None:
    async def main() -> None:
        layer = AsyncioLayer()
        (waiting,) = await soon(layer.receive(["chat"]))
        await layer.send("chat", {"say": "hello"})
        waiting.cancel()
        await soon()
        assert await layer.receive(["chat"], timeout=0) == ("chat", {"say": "hello"})

    run(main())


def test_who_was_cancelled_waits_no_more() -> None:
    async def main() -> None:
        layer = AsyncioLayer()
        (waiting,) = await soon(layer.receive(["chat", "other"]))
        waiting.cancel()
        await soon()
        assert not layer.layer._waiters

    run(main())


def test_who_was_woken_and_found_nothing_waits_on_until_its_time_is_up() -> None:
    """Somebody who did not wait was quicker."""

    async def main() -> None:
        layer = AsyncioLayer()
        (waiting,) = await soon(layer.receive(["chat"], timeout=0.05))
        await layer.send("chat", {"say": 1})
        assert await layer.receive(["chat"]) == ("chat", {"say": 1})
        assert await waiting == (None, None)
        assert not layer.layer._waiters

    run(main())


def test_who_is_woken_looks_first_where_the_message_came() -> None:
    """W reads both and is woken for "one", V reads "two" and is woken for that.

    If W drew at random it would take V's message in half of sixty rounds, and V would wait for ever.
    """

    async def main() -> None:
        layer = AsyncioLayer()
        for _ in range(60):
            w, v = await soon(layer.receive(["one", "two"]), layer.receive(["two"]))
            await layer.send("one", {})
            await layer.send("two", {})
            assert [name for name, _ in await asyncio.gather(w, v)] == ["one", "two"]

    run(main())


def test_ten_thousand_idle_sockets_are_one_that_waits() -> None:
    async def main() -> None:
        layer, listener = AsyncioLayer(), Listener()
        names = [await layer.new_channel("websocket.send!") for _ in range(10_000)]
        for name in names:
            await layer.listen(listener, name)
        (serving,) = await soon(layer.take(listener))
        assert sum(map(len, layer.layer._waiters._at.values())) == 1
        await layer.send(names[7_777], {"text": "hello"})
        envelope = await serving
        assert (envelope.channel, envelope.content) == (names[7_777], {"text": "hello"})

    run(main())


def test_a_listener_that_comes_later_finds_its_server_waiting() -> None:
    async def main() -> None:
        layer, listener = AsyncioLayer(), Listener()
        (serving,) = await soon(layer.take(listener))
        await layer.send("x!a", {"say": "hello"})
        await layer.listen(listener, "x!a")
        assert (await serving).content == {"say": "hello"}

    run(main())


def test_what_waits_for_who_stops_listening_goes_to_who_reads_the_channel() -> None:
    async def main() -> None:
        layer, listener = AsyncioLayer(), Listener()
        await layer.listen(listener, "x!a")
        serving, reading = await soon(layer.take(listener), layer.receive(["x!a"]))
        await layer.send("x!a", {"say": "hello"})
        await layer.stop_listening("x!a")
        assert await reading == ("x!a", {"say": "hello"})
        serving.cancel()

    run(main())


def test_a_message_is_not_lost_to_a_loop_that_was_closed() -> None:
    layer, found = InMemoryLayer(), []
    loop = asyncio.new_event_loop()
    stranded = loop.create_task(AsyncioLayer(layer).receive(["chat"]))
    loop.call_later(0.01, loop.stop)
    loop.run_forever()
    loop.close()
    thread = threading.Thread(target=lambda: found.append(layer.receive_many(["chat"], True, LONG)))
    thread.start()
    threading.Thread(target=layer.send, args=("chat", {"say": "hello"})).start()
    thread.join(LONG)
    assert found == [("chat", {"say": "hello"})]
    stranded._log_destroy_pending = False  # type: ignore[attr-defined]
    stranded.get_coro().close()  # type: ignore[union-attr]


def test_closing_wakes_coroutines() -> None:
    async def main() -> None:
        layer = AsyncioLayer()
        tasks = await soon(*[layer.receive(["chat"]) for _ in range(3)])
        await layer.close()
        assert await asyncio.gather(*tasks) == [(None, None)] * 3

    run(main())


def test_a_layer_or_the_options_of_one() -> None:
    with pytest.raises(TypeError, match="takes a layer or the options of a new one"):
        AsyncioLayer(InMemoryLayer(), capacity=3)
    assert AsyncioLayer(era="channels11", capacity=3).capacity == 3

"""RedisLayer beyond what every layer promises: servers that go and come back, and what it does to them."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgpack
import pytest
import redis

from chansim.layer.core import Listener
from chansim.layer.eras import CHANNELS_11, JUNE_2016
from chansim.layer.shards import shard_of
from chansim.live.redis import LayerUnavailable, RedisLayer
from chansim.live.redis_host import RedisHost
from chansim.live.redis_run import RedisSessions
from chansim.trace import ThreadedRecorder
from live.redis_servers import RedisServer
from live.test_memory import LONG, together
from model.tiny import books


@contextmanager
def layer_on(*servers: RedisServer, **options: Any) -> Iterator[RedisLayer]:
    layer = RedisLayer([server.url for server in servers], **options)
    try:
        yield layer
    finally:
        layer.close()


def eventually(true: Callable[[], object], seconds: float = 3 * LONG) -> None:
    """Wait for it; fail after a long time."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)


def commands(server: RedisServer, call: Callable[[], object]) -> list[str]:
    """What the server is asked by its clients while *call* is carried out, scripts' own commands aside."""
    with redis.Redis.from_url(server.url) as client, client.monitor() as monitor:
        call()
        client.echo("that was all")
        found = []
        for told in monitor.listen():
            if told["command"].startswith("ECHO"):
                return found
            word = told["command"].split()[0]
            if told["client_type"] != "lua" and word not in ("HELLO", "CLIENT"):  # a new connection's
                found.append(word)
    raise AssertionError


# -- one call, one question


def test_a_group_send_asks_each_server_once_whoever_the_members_are(
    two_redis_servers: list[RedisServer],
) -> None:
    with layer_on(*two_redis_servers, prefix="once:") as layer:
        for n in range(300):
            layer.group_add("room", f"reply!member{n}")
        layer.send_group("room", {"text": "it is known now"})
        for server in two_redis_servers:
            assert commands(server, lambda: layer.send_group("room", {"text": "hello"})) == ["EVALSHA"]
        heard = {layer.receive_many([f"reply!member{n}"])[0] for n in range(300)}
        assert len(heard) == 300
        layer.flush()


def test_each_name_is_on_the_server_that_the_eras_rule_gives_it(two_redis_servers: list[RedisServer]) -> None:
    for era in (JUNE_2016, CHANNELS_11):
        with layer_on(*two_redis_servers, prefix=f"{era.name}:", era=era) as layer:
            for n in range(20):
                name = f"daphne.response.{n}!x"
                layer.send(name, {})
                queue = name if era is JUNE_2016 else name[:-1]
                there = [f"{era.name}:q:{queue}" in server.held() for server in two_redis_servers]
                assert there.index(True) == shard_of(name, 2, era)
                assert sum(there) == 1
            layer.flush()


def test_two_layers_with_other_prefixes_do_not_meet(two_redis_servers: list[RedisServer]) -> None:
    one, other = two_redis_servers[:1], two_redis_servers[:1]
    with layer_on(*one, prefix="one:") as first, layer_on(*other, prefix="*:") as second:
        first.send("chat", {"text": "hello"})
        assert second.receive_many(["chat"]) == (None, None)
        second.flush()
        assert first.receive_many(["chat"]) == ("chat", {"text": "hello"})


# -- what it leaves on the server


def test_when_all_is_read_nothing_is_left_but_counts(two_redis_servers: list[RedisServer]) -> None:
    server = two_redis_servers[0]
    with layer_on(server, prefix="left:", channel_capacity={"small": 1}) as layer:
        for member in ("reply!a", "small"):
            layer.group_add("room", member)
        layer.send_group("room", {"text": "hello"})
        layer.send("chat", {})
        for name in ("reply!a", "small", "chat"):
            assert layer.receive_many([name])[0] == name
        layer.group_discard("room", "reply!a")
        layer.group_discard("room", "small")
        kinds = {key.split(":")[1].split("@")[0] for key in server.held("left:*")}
        assert kinds == {"accepted"}


def test_a_large_message_to_a_group_is_there_once_and_goes_with_its_last_copy(
    two_redis_servers: list[RedisServer],
) -> None:
    server, text = two_redis_servers[0], "x" * 100_000
    now = [0.0]
    with layer_on(server, prefix="large:", capacity=2, clock=lambda: now[0]) as layer:

        def bodies() -> int:
            return len(server.held("large:body:*"))

        for n in range(20):
            layer.group_add("room", f"reply!{n}")
        assert layer.send_group("room", {"text": text}) == 20
        assert bodies() == 1
        with redis.Redis.from_url(server.url) as client:
            assert sum(client.memory_usage(key) or 0 for key in client.keys("large:*")) < 300_000
        heard = [layer.receive_many([f"reply!{n}"])[1] for n in range(20)]
        assert heard == [{"text": text}] * 20
        assert bodies() == 0
        layer.send_group("room", {"text": text})
        layer.send_group("room", {"text": text})
        layer.receive_many(["reply!3"])
        assert layer.send_group("room", {"text": text}) == 1  # all others are full
        assert bodies() == 3
        now[0] = 60.0
        assert layer.receive_many(["reply!4"]) == (None, None)
        assert bodies() == 0  # all copies have expired
        layer.group_add("room", "reply!1")
        layer.group_add("room", "reply!2")
        layer.send_group("room", {"text": text})
        layer.flush()
        assert bodies() == 0


def test_what_nobody_comes_to_see_the_end_of_ends_by_itself(two_redis_servers: list[RedisServer]) -> None:
    server = two_redis_servers[0]
    with layer_on(server, prefix="ends:", expiry=60.0, group_expiry=100.0) as layer:
        layer.group_add("room", "reply!a")
        layer.send_group("room", {})
        layer.send("chat", {})
        with redis.Redis.from_url(server.url) as client:
            for key in ("q:reply!a", "q:chat", "group:room", "of:reply!a"):
                assert 60 < client.ttl("ends:" + key) < 2 * 3600
        layer.flush()


def test_time_is_the_servers_own_where_no_clock_is_given(two_redis_servers: list[RedisServer]) -> None:
    with layer_on(two_redis_servers[0], prefix="time:", expiry=0.05) as layer:
        layer.send("chat", {})
        time.sleep(0.1)
        assert layer.receive_many(["chat"]) == (None, None)
        layer.flush()


def test_of_very_many_channels_a_thousand_are_counted_each_for_itself(
    two_redis_servers: list[RedisServer],
) -> None:
    with layer_on(two_redis_servers[0], prefix="many:") as layer:
        for n in range(1100):
            layer.send(f"chat.{n}", {})
        assert layer.global_statistics()["messages_count"] == 1100
        with redis.Redis.from_url(two_redis_servers[0].url) as client:
            assert client.hlen("many:accepted") <= 1001
        layer.flush()


# -- safety


def test_a_message_that_chansim_did_not_write_is_refused_and_runs_nothing(
    two_redis_servers: list[RedisServer],
) -> None:
    server = two_redis_servers[0]
    with layer_on(server, prefix="foreign:") as layer:
        layer.send("chat", {"text": "hello"})
        with redis.Redis.from_url(server.url) as client:
            entry = client.lpop("foreign:q:chat")
            assert isinstance(entry, bytes)
            client.rpush("foreign:q:chat", entry[:29] + msgpack.packb(msgpack.ExtType(42, b"cos\nsystem\n.")))
            client.rpush("foreign:q:chat", entry[:29] + b"\xd9")
        for _ in range(2):
            with pytest.raises(ValueError, match="no message of chansim"):
                layer.receive_many(["chat"])
        layer.flush()


def test_a_password_is_not_told() -> None:
    layer = RedisLayer(["redis://:secret@127.0.0.1:1/0"])
    with pytest.raises(LayerUnavailable, match=r"127\.0\.0\.1:1 cannot be used now") as told:
        layer.send("chat", {})
    assert "secret" not in str(told.value)
    layer.close()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"hosts": "redis://localhost"}, "must be addresses in a list"),
        ({"hosts": []}, "must be addresses in a list"),
        ({"hosts": ["localhost"]}, "names no Redis server"),
        ({"hosts": ["redis://localhost:port"]}, "names no Redis server"),
        ({"hosts": ["http://me:secret@localhost"]}, "'localhost', which names no Redis server"),
        ({"prefix": 5}, "prefix=5 must be text"),
        ({"capacity": 0}, "capacity=0 must be a whole number"),
        ({"expiry": -1.0}, "expiry=-1.0 must be a number of seconds"),
        ({"loss": 2}, "loss=2 must be a share"),
        ({"era": "2016"}, "era='2016' is not known"),
    ],
)
def test_bad_options_are_answered_in_words(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        RedisLayer(**options)


def test_the_capacity_is_that_of_the_eras_redis_layer() -> None:
    assert RedisLayer().capacity == 100


# -- a server that goes, and comes back


def test_while_the_server_is_away_every_call_says_so_and_afterwards_all_is_as_new(
    redis_server: RedisServer,
) -> None:
    with layer_on(redis_server) as layer:
        layer.send("chat", {"text": "lost with the server"})
        layer.group_add("room", "chat")
        redis_server.stop()
        calls: list[Callable[[], object]] = [
            lambda: layer.send("chat", {}),
            lambda: layer.send_group("room", {}),
            lambda: layer.receive_many(["chat"]),
            lambda: layer.receive_many(["chat"], block=True),
            lambda: layer.group_add("room", "chat"),
            lambda: layer.group_channels("room"),
            lambda: layer.global_statistics(),
            lambda: layer.flush(),
        ]
        for call in calls:
            with pytest.raises(LayerUnavailable, match=r"cannot be used now.*may or may not have arrived"):
                call()
        redis_server.start()
        layer.send("chat", {"text": "hello"})
        assert layer.receive_many(["chat"], block=True, timeout=LONG) == ("chat", {"text": "hello"})
        assert layer.group_channels("room") == []


def test_who_waits_when_the_server_goes_is_told(redis_server: RedisServer) -> None:
    told: list[Exception] = []
    with layer_on(redis_server) as layer:

        def wait() -> None:
            try:
                layer.receive_many(["chat"], block=True)
            except LayerUnavailable as error:
                told.append(error)

        thread = threading.Thread(target=wait, daemon=True)
        thread.start()
        eventually(lambda: layer._waiters)
        redis_server.stop()
        thread.join(LONG)
        assert len(told) == 1
        redis_server.start()


def test_a_listener_hears_again_after_the_server_was_away(redis_server: RedisServer) -> None:
    listener = Listener()
    with layer_on(redis_server) as layer, layer_on(redis_server) as sender:
        for n in range(3):
            layer.listen(listener, f"reply!{n}")
        redis_server.stop()
        redis_server.start()
        found: list[str] = []

        def listen() -> None:
            while len(found) < 3:
                try:
                    envelope = layer.take_for(listener, block=True, timeout=1.0)
                except LayerUnavailable:
                    continue
                if envelope is not None:
                    found.append(envelope.channel)

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        for n in range(3):
            sender.send(f"reply!{n}", {})
        thread.join(LONG)
        assert sorted(found) == ["reply!0", "reply!1", "reply!2"]


# -- many processes, as far as one can play them


def test_who_listens_is_told_by_another_process_and_by_itself(two_redis_servers: list[RedisServer]) -> None:
    listener = Listener()
    with (
        layer_on(*two_redis_servers, prefix="told:") as layer,
        layer_on(*two_redis_servers, prefix="told:") as other,
    ):
        other.send("reply!a", {"n": 0})  # before anybody listens
        for name in ("reply!a", "reply!b", "body?c"):
            layer.listen(listener, name)
        for n, name in enumerate(("reply!b", "body?c", "reply!a"), 1):
            (other if n % 2 else layer).send(name, {"n": n})
        got = []
        for _ in range(4):
            envelope = layer.take_for(listener, block=True, timeout=LONG)
            assert envelope is not None
            got.append((envelope.channel, envelope.content["n"]))
        assert sorted(got) == [("body?c", 2), ("reply!a", 0), ("reply!a", 3), ("reply!b", 1)]
        layer.stop_listening("reply!a")
        other.send("reply!a", {})
        assert layer.take_for(listener, block=True, timeout=0.05) is None
        other.flush()


def test_of_several_processes_each_message_is_received_once_or_lost_with_a_cause(
    two_redis_servers: list[RedisServer],
) -> None:
    recorder = ThreadedRecorder()
    channels, processes, each = ("one", "two", "reply!three"), 3, 150
    got: list[tuple[int, int]] = []
    full: list[tuple[int, int]] = []
    layers = [
        RedisLayer(
            [server.url for server in two_redis_servers],
            "once:",
            capacity=20,
            recorder=recorder,
            clock=time.monotonic,
        )
        for _ in range(2 * processes)
    ]

    def send(sender: int) -> None:
        for n in range(each):
            try:
                layers[sender].send(channels[n % 3], {"from": sender, "n": n})
            except layers[sender].ChannelFull:
                full.append((sender, n))

    def receive(receiver: int) -> None:
        while len(got) + len(full) < processes * each:
            _, content = layers[processes + receiver].receive_many(channels, block=True, timeout=0.5)
            if content is not None:
                got.append((content["from"], content["n"]))

    together(
        *[lambda s=s: send(s) for s in range(processes)],  # type: ignore[misc]
        *[lambda r=r: receive(r) for r in range(processes)],  # type: ignore[misc]
    )
    for layer in layers:
        layer.close()
    assert Counter(got + full) == Counter((sender, n) for sender in range(processes) for n in range(each))
    kept = books(recorder.finish(time.monotonic()))
    assert (kept.sent, kept.received, kept.waiting) == (processes * each, len(got), 0)
    assert kept.lost.get("full", 0) == len(full)


def test_closing_wakes_who_waits(two_redis_servers: list[RedisServer]) -> None:
    layer, found = RedisLayer([server.url for server in two_redis_servers]), []
    threads = [
        threading.Thread(target=lambda: found.append(layer.receive_many(["chat"], block=True)), daemon=True)
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    eventually(lambda: len(layer._waiters._at.get("chat", ())) == 3)
    layer.close()
    for thread in threads:
        thread.join(LONG)
    assert found == [(None, None)] * 3


# -- the sessions of a run on several machines


def test_sessions_are_shared_by_all_who_reach_the_server(redis_server: RedisServer) -> None:
    def sessions() -> tuple[RedisSessions, RedisHost]:
        host = RedisHost(redis_server.url, "run:", 1.0, 1.0, False, False, None, lambda host, queues: None)
        return RedisSessions(host), host

    (here, one), (there, other) = sessions(), sessions()
    key = here.new_key()
    assert len(key) == 32
    assert key != there.new_key()
    assert there.load(key) is None
    assert key not in there
    here.create(key)
    assert there.load(key) == {}
    assert key in there
    content = {"rooms": [1, 2], "name": "Ada", "raw": b"\0", "deep": {"n": 1.5, "none": None}}
    there.save(key, content)
    assert here.load(key) == content
    here.create(key)  # there is one: it is kept
    assert there.load(key) == content
    with pytest.raises(ValueError, match="a session that machines share holds what a message may hold"):
        here.save(key, {"socket": object()})
    assert here.load(key) == content
    here.delete(key)
    here.delete(key)
    assert there.load(key) is None
    assert redis_server.held() == []
    redis_server.stop()
    with pytest.raises(LayerUnavailable):
        here.load(key)
    redis_server.start()
    one.close()
    other.close()

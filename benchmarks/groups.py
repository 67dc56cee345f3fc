"""Group sends over a real Redis: chansim's layer beside channels_redis 4's, in one run.

    python benchmarks/groups.py           1,000 and 10,000 members
    python benchmarks/groups.py --quick   100 and 1,000

Both send the same message to as many members on one Redis server of this machine, which the script starts itself. They
take turns, send by send. What is printed are medians, of the time from the call to its return, which waits for
others where the machine is busy, and of the processor time that the call took, here and in the server; and the ratios.

`one server`: the members are the clients of one server process, whose messages wait in one queue: chansim in the era
of 2017, channels_redis as it always does. `own`: each has a queue of its own, as normal channels have, and as every
client had in June 2016. After each send the queues are emptied, uncounted.

channels_redis writes one message with the names of all members of a queue; chansim writes each member its copy, so
that each is counted, expires and is lost by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import statistics
import subprocess
import sys
import time
from typing import Any, NamedTuple

import redis

from chansim.live.redis import RedisLayer

MANY = 10**7  # a capacity that nothing reaches
MESSAGE = {"type": "chat.message", "text": '{"user": "andrew", "text": "hello there, all of you"}'}
WANTED = 3.0


class Server:
    """A Redis server that keeps nothing on disk."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{port}/0"
        self.process = subprocess.Popen(
            ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL,
        )
        self.client = redis.Redis.from_url(self.url)
        for _ in range(1000):
            try:
                self.client.ping()
                return
            except redis.ConnectionError:
                time.sleep(0.01)
        raise SystemExit("the Redis server does not answer")

    def empty(self, patterns: list[str]) -> None:
        """Forget what waits."""
        for pattern in patterns:
            keys = list(self.client.scan_iter(pattern, count=10_000))
            for first in range(0, len(keys), 5000):
                self.client.unlink(*keys[first : first + 5000])

    def stop(self) -> None:
        self.client.close()
        self.process.terminate()
        self.process.wait()


class Taken(NamedTuple):
    """Seconds that one send took."""

    clock: float
    processor: float


class Watch:
    """Measures what is done between two looks: here, and in the server's main thread."""

    def __init__(self, server: Server):
        self.server = server
        self.clock, self.processor = 0.0, 0.0

    def used(self) -> float:
        told: Any = self.server.client.info("cpu")
        return float(told["used_cpu_user_main_thread"]) + float(told["used_cpu_sys_main_thread"])

    def start(self) -> None:
        self.processor = self.used() + time.process_time()
        self.clock = time.perf_counter()

    def stop(self) -> Taken:
        clock, here = time.perf_counter() - self.clock, time.process_time()
        return Taken(clock, self.used() + here - self.processor)


async def compare(server: Server, members: int, shape: str, rounds: int) -> tuple[list[Taken], list[Taken]]:
    """What group sends took: chansim's, and channels_redis's."""
    from channels_redis.core import RedisChannelLayer

    server.client.flushall()
    names = [f"member.{n}" if shape == "own" else f"specific.server!{n}" for n in range(members)]
    ours = RedisLayer([server.url], "ours:", capacity=MANY, era="channels11")
    theirs: Any = RedisChannelLayer(hosts=[server.url], prefix="theirs", capacity=MANY)
    for name in names:
        ours.group_add("room", name)
    for first in range(0, members, 50):
        await asyncio.gather(*(theirs.group_add("room", name) for name in names[first : first + 50]))
    watch, taken_here, taken_there = Watch(server), [], []
    for number in range(rounds + 1):
        watch.start()
        ours.send_group("room", MESSAGE)
        here = watch.stop()
        watch.start()
        await theirs.group_send("room", MESSAGE)
        there = watch.stop()
        if number:  # the first warms up: scripts, connections
            taken_here.append(here)
            taken_there.append(there)
        else:
            check(server, ours, names, shape)
        server.empty(["ours:q:*", "ours:waiting", "theirs*specific*", "theirsmember*"])
    ours.close()
    await theirs.close_pools()
    return taken_here, taken_there


def check(server: Server, ours: RedisLayer, names: list[str], shape: str) -> None:
    """Both have really sent to all: else the times mean nothing."""
    waiting = ours.global_statistics()["messages_pending"]
    assert waiting == len(names), f"chansim sent {waiting} copies of {len(names)}"
    keys = list(server.client.scan_iter("theirs*", count=10_000))
    queues = len([key for key in keys if b"group" not in key])
    assert queues == (len(names) if shape == "own" else 1), f"channels_redis wrote {queues} queues"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    sizes = (100, 1_000) if parser.parse_args().quick else (1_000, 10_000)
    server, worst = Server(), float("inf")
    try:
        print("                         the call's time, ms             its processor time, ms")
        print(" members       queues  chansim  channels_redis  times  chansim  channels_redis  times")
        for shape in ("one server", "own"):
            for members in sizes:
                taken = asyncio.run(compare(server, members, shape, 15))
                row = f"{members:>8,} {shape:>12}"
                for what in ("clock", "processor"):
                    ours, theirs = (
                        statistics.median(getattr(each, what) for each in side) * 1e3 for side in taken
                    )
                    row += f" {ours:>8.2f} {theirs:>15.2f} {theirs / ours:>6.1f}"
                worst = min(worst, theirs / ours)
                print(row)
    finally:
        server.stop()
    print(f"at least {worst:.1f} times channels_redis by processor time; {WANTED:g} are wanted")
    return int(worst < WANTED)


if __name__ == "__main__":
    sys.exit(main())

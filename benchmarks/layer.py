"""chansim's in-memory layer beside the two others that there are, in one run.

    python benchmarks/layer.py            all of it, some ten minutes
    python benchmarks/layer.py --quick    fewer rounds and smaller crowds

The others are the in-memory layers of asgiref 1.1.2 (2017, threads) and of Channels 4.3.2 (today's, asyncio). Each
runs in a virtual environment and a process of its own, because the one's asgiref is not the other's; the environments
are made at the first run, in benchmarks/.peers. The layers take turns, round by round, and what is printed are
medians of processor time for one operation. What is asynchronous is measured within a running event loop.

`local`: all members of the group are clients of one server, as ``daphne.response.x!n``; `own`: a channel each.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import statistics
import subprocess
import sys
import time
import tracemalloc
import venv
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PEERS = {"asgiref": ["asgiref==1.1.2", "six"], "channels": ["channels==4.3.2"]}
LAYERS = ("chansim", "traced", "asyncio", "asgiref", "channels")
MANY = 10**7  # a capacity that nothing reaches

SMALL = {"text": json.dumps({"user": "andrew", "text": "hello there, all of you"})}
HTTP = {
    "reply_channel": "daphne.response.AbCdEfGhIj!KlMnOpQrSt",
    "http_version": "1.1",
    "method": "GET",
    "scheme": "http",
    "path": "/chat/lobby/",
    "query_string": b"page=2",
    "root_path": "",
    "headers": [[b"x-header-%d" % n, b"the value of the header no. %d" % n] for n in range(12)],
    "body": b"",
    "client": ["127.0.0.1", 54321],
    "server": ["127.0.0.1", 8000],
}

# -- one layer's process: the same few loops for each, those of the asynchronous ones with await


def chansim_layer() -> Any:
    from chansim.live.memory import InMemoryLayer

    return InMemoryLayer(capacity=MANY, era="channels11")


def traced_layer() -> Any:
    from chansim.live.memory import InMemoryLayer
    from chansim.trace import Recorder

    return InMemoryLayer(capacity=MANY, era="channels11", recorder=Recorder())


def asyncio_layer() -> Any:
    from chansim.live.asynchronous import AsyncioLayer

    layer = AsyncioLayer(capacity=MANY, era="channels11")
    layer.group_send = layer.send_group  # type: ignore[attr-defined]
    return layer


def asgiref_layer() -> Any:
    from asgiref.inmemory import ChannelLayer  # type: ignore[import-not-found]

    return ChannelLayer(capacity=MANY)


def channels_layer() -> Any:
    from channels.layers import InMemoryChannelLayer  # type: ignore[import-not-found]

    return InMemoryChannelLayer(capacity=MANY)


MAKE = {
    "chansim": chansim_layer,
    "traced": traced_layer,
    "asyncio": asyncio_layer,
    "asgiref": asgiref_layer,
    "channels": channels_layer,
}
ASYNCHRONOUS = ("asyncio", "channels")


class Threaded:
    """The loops for a layer whose calls are plain. What is returned are processor seconds for one operation."""

    def __init__(self, name: str):
        self.layer = MAKE[name]()
        self.receive = self.layer.receive

    def pairs(self, number: int, content: dict[str, Any]) -> float:
        send, receive = self.layer.send, self.receive
        begun = time.process_time()
        for _ in range(number):
            send("http.request", content)
            receive(["http.request"])
        return (time.process_time() - begun) / number

    def sends(self, number: int, channel: str) -> float:
        send = self.layer.send
        begun = time.process_time()
        for _ in range(number):
            send(channel, SMALL)
        return (time.process_time() - begun) / number

    def receives(self, names: list[str]) -> float:
        receive = self.receive
        asked = [[name] for name in names]
        begun = time.process_time()
        for names in asked:
            _, content = receive(names)
        spent = time.process_time() - begun
        assert content is not None, names
        return spent / len(asked)

    def join(self, members: list[str]) -> None:
        for member in members:
            self.layer.group_add("room", member)

    def group_sends(self, number: int) -> float:
        begun = time.process_time()
        for _ in range(number):
            self.layer.send_group("room", SMALL)
        return (time.process_time() - begun) / number


class Asynchronous:
    """The same for a layer whose calls are awaited, within a running loop."""

    def __init__(self, name: str):
        self.layer = MAKE[name]()
        self.loop = asyncio.new_event_loop()
        self.several = name != "channels"  # it receives from one name
        for name in ("pairs", "sends", "receives", "join", "group_sends"):
            loop_of = getattr(self, f"_{name}")
            setattr(self, name, lambda *given, call=loop_of: self.loop.run_until_complete(call(*given)))

    async def _pairs(self, number: int, content: dict[str, Any]) -> float:
        send, receive = self.layer.send, self.layer.receive
        asked: Any = ["http.request"] if self.several else "http.request"
        begun = time.process_time()
        for _ in range(number):
            await send("http.request", content)
            await receive(asked)
        return (time.process_time() - begun) / number

    async def _sends(self, number: int, channel: str) -> float:
        send = self.layer.send
        begun = time.process_time()
        for _ in range(number):
            await send(channel, SMALL)
        return (time.process_time() - begun) / number

    async def _receives(self, names: list[str]) -> float:
        receive = self.layer.receive
        asked: list[Any] = [[name] for name in names] if self.several else list(names)
        begun = time.process_time()
        for names in asked:
            await receive(names)
        return (time.process_time() - begun) / len(asked)

    async def _join(self, members: list[str]) -> None:
        for member in members:
            await self.layer.group_add("room", member)

    async def _group_sends(self, number: int) -> float:
        begun = time.process_time()
        for _ in range(number):
            await self.layer.group_send("room", SMALL)
        return (time.process_time() - begun) / number


def fresh(name: str) -> Any:
    return Asynchronous(name) if name in ASYNCHRONOUS else Threaded(name)


def members(kind: str, number: int) -> list[str]:
    return [f"daphne.response.x!{n}" if kind == "local" else f"member.{n}" for n in range(number)]


def read_from(name: str, names: list[str]) -> list[str]:
    """Under which names these are received from."""
    return names if name == "channels" else [n[: n.find("!") + 1] or n for n in names]


def pair(name: str, size: str, number: int) -> float:
    return fresh(name).pairs(number, {"small": SMALL, "http": HTTP}[size])


def in_bulk(name: str, number: int) -> float:
    on = fresh(name)
    return on.sends(number, "chat") + on.receives(["chat"] * number)


def beside_group(name: str, crowd: int, number: int) -> float:
    on = fresh(name)
    on.join(members("own", crowd))
    return on.pairs(number, SMALL)


def beside_waiting(name: str, crowd: int, number: int) -> float:
    on = fresh(name)
    for member in members("own", crowd):
        on.sends(1, member)
    return on.pairs(number, SMALL)


def broadcast(name: str, kind: str, crowd: int, number: int) -> float:
    """Seconds for one member's copy."""
    on = fresh(name)
    on.join(members(kind, crowd))
    return on.group_sends(number) / crowd


def drain(name: str, kind: str, crowd: int, number: int) -> float:
    on = fresh(name)
    names = members(kind, crowd)
    on.join(names)
    on.group_sends(1)
    return on.receives(read_from(name, names)[:number])


def memory(name: str, kind: str, crowd: int, of: str) -> float:
    """Bytes for one member, or for one message that waits, beyond names and contents that there were before."""
    on, names = fresh(name), members(kind, crowd)
    on.pairs(10, SMALL)
    gc.collect()
    tracemalloc.start()
    on.join(names)
    gc.collect()
    joined = tracemalloc.get_traced_memory()[0]
    on.group_sends(1)
    gc.collect()
    sent = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (joined if of == "member" else sent - joined) / crowd


def serve(name: str) -> None:
    """Answer each line, the name of a case and what it is given, with its result."""
    for line in sys.stdin:
        case, *given = json.loads(line)
        gc.collect()
        print(json.dumps(globals()[case](name, *given)), flush=True)


# -- all of them, in turn


def python_of(name: str) -> str:
    """The interpreter of a peer, in an environment that is made if it is not there."""
    if name not in PEERS:
        return sys.executable
    home = HERE / ".peers" / name
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not (home / "ready").exists():
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEERS[name]], check=True)
        (home / "ready").touch()
    return str(python)


class Process:
    """One layer's process, which waits for what it is to measure."""

    def __init__(self, name: str):
        command = [python_of(name), __file__, "--layer", name]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, case: list[Any]) -> float:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(case) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"{case}: the layer's process ended")
        return float(json.loads(answer))

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def cases(crowd: int) -> list[tuple[str, list[Any], list[Any]]]:
    """What is measured: in words, for chansim, and for the others, who get less to do where they are slow."""
    crowds = [10, 1000, crowd]
    found: list[tuple[str, list[Any], list[Any]]] = [
        ("send + receive, small", *[["pair", "small", 20_000]] * 2),
        ("send + receive, HTTP-sized", *[["pair", "http", 5_000]] * 2),
        ("20,000 sends, then 20,000 receives", *[["in_bulk", 20_000]] * 2),
        (
            "send + receive beside an idle group of 1,000",
            ["beside_group", 1000, 5000],
            ["beside_group", 1000, 500],
        ),
        (f"... of {crowd:,}", ["beside_group", crowd, 5000], ["beside_group", crowd, 4]),
        (
            f"send + receive beside {crowd:,} waiting messages",
            ["beside_waiting", crowd, 5000],
            ["beside_waiting", crowd, 4],
        ),
    ]
    for kind in ("local", "own"):
        for size in crowds:
            case = ["broadcast", kind, size, max(1, 20_000 // size)]
            found.append((f"send_group to {size:,} {kind}, a member", case, case))
        for size in crowds[1:]:
            found.append(
                (
                    f"draining that, {size:,} {kind}, a receive",
                    ["drain", kind, size, size],
                    ["drain", kind, size, 5],
                )
            )
    return found


def compare(quick: bool) -> None:
    crowd, rounds = (10_000, 3) if quick else (100_000, 5)
    processes = {name: Process(name) for name in LAYERS}
    print(
        f"Microseconds of processor time, medians of {rounds} rounds; and how many times as long the others take.\n"
    )
    head = "chansim  traced asyncio | asgiref        channels"
    print(f"{'':50} {head}")
    slower, traced = [], 0.0
    for words, ours, theirs in cases(crowd):
        spent: dict[str, list[float]] = {name: [] for name in LAYERS}
        for _ in range(rounds):
            for name, process in processes.items():
                spent[name].append(process.ask(theirs if name in PEERS else ours))
        median = {name: statistics.median(times) * 1e6 for name, times in spent.items()}
        base = median["chansim"]
        peers = "  ".join(f"{median[p]:9.1f} {median[p] / base:6.1f}x" for p in PEERS)
        print(f"{words:50} {base:7.2f} {median['traced']:7.2f} {median['asyncio']:7.2f} |{peers}", flush=True)
        if base > min(median[p] for p in PEERS) or median["asyncio"] > median["channels"]:
            slower.append(words)
        if words == "send + receive, small":
            traced = statistics.median(map(float.__truediv__, spent["traced"], spent["chansim"])) - 1
    print("\nBytes of memory, beyond names and the message itself\n")
    for of in ("member", "message"):
        for kind in ("local", "own"):
            each = {name: process.ask(["memory", kind, crowd, of]) for name, process in processes.items()}
            words = (
                f"a {of}, {crowd:,} {kind}"
                if of == "member"
                else f"a waiting message of a broadcast, {crowd:,} {kind}"
            )
            numbers = "  ".join(f"{name} {each[name]:.0f}" for name in LAYERS)
            print(f"{words:50} {numbers}")
    for process in processes.values():
        process.close()
    print(f"\nTracing costs {traced:.0%} on send + receive.")
    print("Slower than a peer: " + (", ".join(slower) or "in no case") + ".")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller crowds")
    parser.add_argument("--layer", choices=LAYERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.layer:
        serve(options.layer)
    else:
        compare(options.quick)

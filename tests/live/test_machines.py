"""A scenario executed by a process for each of its machines, over a real Redis; and what their deaths cost."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from chansim import Scenario, ScenarioError, deployments, execute
from chansim.applications.chat import channel_routing
from chansim.channels.message import Message
from chansim.channels.routing import route
from chansim.layer.eras import ERAS
from chansim.live.machines import machines_of
from chansim.live.machines_over_sockets import OutsideOverSockets
from chansim.live.outside import Outside
from chansim.model.application import Application
from chansim.model.channel_layer import ChannelLayer
from chansim.model.chatters import Chatters
from chansim.model.dns import DNS
from chansim.model.fault import Kill, Vanish
from chansim.model.interface_server import InterfaceServer
from chansim.model.machine import Machine
from chansim.model.network import Link, Network
from chansim.model.worker import Worker
from chansim.run import Run
from live.redis_servers import RedisServer
from live.test_redis import eventually
from model.tiny import books

NOW = Network(links=(("", "", Link(0.0)),))


def chat(*more: object, machines: int = 2, members: int = 8, comes_back: float = 0.0) -> Scenario:
    """The talk's chat on several machines, each with an interface server and two workers."""
    names = [f"m{n}" for n in range(1, machines + 1)]
    return Scenario(
        "A chat on several machines",
        (
            Application(name="site", routing=channel_routing),
            Machine(name="redis"),
            ChannelLayer(name="layer", machine="redis", capacity=1000),
            DNS(name="site.example", servers=tuple(f"daphne-{name}" for name in names), policy="in turn"),
            Chatters(name="chatters", server="site.example", members=members, rate=3.0, connect_over=0.5, settle=0.5),
            *(Machine(name=name) for name in names),
            *(InterfaceServer(name=f"daphne-{name}", machine=name, layer="layer") for name in names),
            *(
                Worker(
                    name=f"worker-{name}-{n}",
                    machine=name,
                    layer="layer",
                    application="site",
                    comes_back=comes_back,
                )
                for name in names
                for n in (1, 2)
            ),
            *more,  # type: ignore[arg-type]
        ),
        NOW,
        4.0,
    )  # fmt: skip


def each_once(run: Run) -> None:
    """No message was received twice, and no frame reached one socket twice: the books say the first."""
    books(run.trace)
    came: Counter[tuple[int, str]] = Counter()
    for row in run.trace.rows(event="received", component="chatters", detail="frame"):
        came[row.request, row.channel] += 1
    assert not came or max(came.values()) == 1


def no_children() -> None:
    """Nobody is left behind."""

    def left() -> list[psutil.Process]:
        found = []
        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                if child.status() == psutil.STATUS_ZOMBIE or "--machine" in child.cmdline():
                    found.append(child)
        return found

    eventually(lambda: not left())


# -- all is well


def test_each_machine_does_its_share_and_a_chat_goes_across(two_redis_servers: list[RedisServer]) -> None:
    run = execute(chat(), layer=two_redis_servers[0].url)
    assert run.world == "executed"
    each_once(run)
    kept = books(run.trace)
    assert sum(kept.lost.values()) == 0, (kept, run.problems)
    began = {row.component for row in run.trace.rows(event="begun")}
    assert {"daphne-m1", "daphne-m2"} <= began
    assert any("m1" in name for name in began if "worker" in name)
    assert any("m2" in name for name in began if "worker" in name)
    heard = Counter(
        row.channel for row in run.trace.rows(event="received", component="chatters", detail="frame")
    )
    assert len(heard) == 8
    assert min(heard.values()) > 8  # more than each has said: so each hears the others, on either machine
    assert two_redis_servers[0].held("chansim:*") == []
    no_children()


@pytest.mark.parametrize("era", ERAS)
def test_the_requests_are_those_of_the_simulation(era: str, two_redis_servers: list[RedisServer]) -> None:
    scenario = deployments.slide29(rate=20.0, service=0.02, era=era)
    run = execute(scenario, seconds=2.0, layer=[server.url for server in two_redis_servers])
    simulated = execute(scenario, seconds=2.0)
    sent = [len(list(each.trace.rows(event="sent", component="clients"))) for each in (run, simulated)]
    assert abs(sent[0] - sent[1]) <= 3  # at the very end one more or less
    assert run.summary()["served"] > 0.8 * sent[0]
    books(run.trace)


def test_a_local_layer_keeps_normal_channels_on_each_machine(two_redis_servers: list[RedisServer]) -> None:
    run = execute(
        deployments.slide31(machines=2, rate=20.0, service=0.01), seconds=2.0, layer=two_redis_servers[0].url
    )
    books(run.trace)
    assert run.summary()["served"] > 20


def test_a_scenarios_own_faults_happen_where_their_target_is(two_redis_servers: list[RedisServer]) -> None:
    faults = (
        Kill(name="kill a worker", target="worker-m1-1", at=1.5, down=0.5),
        Kill(name="kill a server", target="daphne-m2", at=2.0, down=0.5),
        Vanish(name="vanish", target="chatters", count=2, at=1.0),
    )
    run = execute(chat(*faults), layer=two_redis_servers[0].url)
    each_once(run)
    told = [(row.component, row.detail) for row in run.trace.rows(event="fault")]
    assert ("worker-m1-1", "killed") in told
    assert ("worker-m1-1", "started") in told
    assert ("daphne-m2", "started") in told
    assert ("chatters", "2 vanished") in told


# -- death


class Killer(threading.Thread):
    """Does something while a run is going on."""

    def __init__(self, world: Outside, what: Callable[[Outside], None]):
        super().__init__(daemon=True)
        self.world, self.what = world, what
        self.start()

    def run(self) -> None:
        eventually(lambda: self.world._running)
        self.what(self.world)


def kill(world: Outside, name: str) -> None:
    """A machine's process, without warning."""
    process = world.machines[name].process
    assert process is not None
    process.kill()  # SIGKILL, unless it is dead already


def run_with(
    server: RedisServer,
    scenario: Scenario,
    what: Callable[[Outside], None],
    seconds: float,
    over: str = "threads",
) -> Run:
    world = (OutsideOverSockets if over == "sockets" else Outside)(scenario, 1, [server.url])
    killer = Killer(world, what)
    run = world.run(seconds)
    killer.join(20.0)
    assert not killer.is_alive()
    each_once(run)
    no_children()
    return run


def test_a_machine_that_is_killed_takes_what_it_has_in_hand_and_nobody_else(
    redis_server: RedisServer,
) -> None:
    def after_a_while(world: Outside) -> None:
        time.sleep(1.5)
        kill(world, "m2")

    run = run_with(redis_server, chat(), after_a_while, 4.0)
    told = [(row.t, row.component, row.detail) for row in run.trace.rows(event="fault")]
    assert [what[1:] for what in told] == [("m2", "killed")]
    dead = told[0][0]
    after = [row for row in run.trace.rows(event="begun") if row.t > dead]
    assert any("m1" in row.component for row in after)
    assert not any("m2" in row.component for row in after)
    # its clients notice, and those of the other machine go on
    dropped = list(run.trace.rows(event="sent", component="daphne-m2", detail="dropped"))
    assert len(dropped) == 4
    assert [
        row for row in run.trace.rows(event="received", component="chatters", detail="frame") if row.t > dead
    ]
    assert set(books(run.trace).lost) <= {"worker killed", "gone client"}


def test_an_application_without_a_name_cannot_be_executed_on_machines(redis_server: RedisServer) -> None:
    whole = chat(machines=1)
    mine = Application(name="site", routing=(route("websocket.receive", busy),))
    components = tuple(mine if each.name == "site" else each for each in whole.components)
    with pytest.raises(ScenarioError, match="told names only"):
        execute(replace(whole, components=components), layer=redis_server.url)


def busy(message: Message) -> None:
    """Nothing."""


@pytest.mark.parametrize("over", ["threads", "sockets"])
def test_random_kills_a_redis_restart_and_half_of_the_clients_gone(
    over: str, redis_server: RedisServer
) -> None:
    """Nothing hangs, nothing is delivered twice, every loss has its cause, and the books balance."""
    draw = random.Random(7)

    def mischief(world: Outside) -> None:
        def alive(name: str) -> bool:
            return world.machines[name].ready.is_set() and not world.machines[name].dead

        for number in range(4):
            time.sleep(1.0)
            if number == 2:
                redis_server.stop()
                time.sleep(0.5)
                redis_server.start()
            else:
                name = draw.choice(["m1", "m2"])
                eventually(lambda name=name: alive(name))
                kill(world, name)
                eventually(lambda name=name: not alive(name))
        eventually(lambda: alive("m1") and alive("m2"))
        time.sleep(1.0)
        world.stop.set()

    vanish = Vanish(name="vanish", target="chatters", count=6, at=2.0)
    run = run_with(redis_server, chat(vanish, members=12, comes_back=0.3), mischief, 120.0, over)
    told = Counter(row.detail for row in run.trace.rows(event="fault"))
    # a machine that is just starting when Redis goes ends too, and is started again
    assert told["killed"] in (3, 4)
    assert told["started"] == told["killed"] + 1  # and the layer
    kept = books(run.trace)
    assert kept.sent == kept.received + kept.waiting + sum(kept.lost.values())
    assert set(kept.lost) <= {
        "worker killed", "gone client", "layer flushed", "consumer failed", "full", "group member full",
    }  # fmt: skip
    # what was sent on the layer before it was started anew is not waiting in it now
    waiting = [row for row in run.trace.rows(event="sent") if row.t < run.trace.end - 3.0 and not row.detail]
    settled = {row.message for event in ("received", "lost") for row in run.trace.rows(event=event)}
    restarted = max(row.t for row in run.trace.rows(event="fault", component="layer"))
    assert not [row for row in waiting if row.t < restarted - 0.5 and row.message not in settled]
    # nor had it the members then that it had before
    inside = set()
    for row in run.trace.rows():
        if row.event == "joined" and row.t < restarted - 1.0:  # it was away for half a second
            inside.add((row.channel, row.detail))
        elif row.event == "left" and row.t <= restarted:
            inside.discard((row.channel, row.detail))
    assert not inside


def test_when_the_process_outside_is_killed_the_machines_end(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    path = tmp_path / "chat.toml"
    chat().save(path)
    command = [
        sys.executable,
        "-m",
        "chansim",
        "serve",
        str(path),
        "--layer",
        redis_server.url,
        "--seconds",
        "60",
    ]
    ours = os.environ | {"TMPDIR": str(tmp_path)}  # killed, it leaves a folder behind
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=ours) as outside:
        children: list[psutil.Process] = []

        def all_there() -> bool:
            children[:] = psutil.Process(outside.pid).children()
            return len(children) == 2 and len(redis_server.held("chansim:*layer:ears")) > 0

        eventually(all_there)
        os.kill(outside.pid, signal.SIGKILL)
    psutil.wait_procs(children, timeout=20.0)
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


# -- somewhere else


def test_a_machine_may_be_served_by_a_command_of_its_own(redis_server: RedisServer, tmp_path: Path) -> None:
    path = tmp_path / "chat.toml"
    chat().save(path)
    common = [
        sys.executable,
        "-m",
        "chansim",
        "serve",
        str(path),
        "--layer",
        redis_server.url,
        "--prefix",
        "mine:",
    ]
    with subprocess.Popen([*common, "--machine", "m2"]) as away:
        told = subprocess.run(
            [*common, "--away", "m2", "--seconds", "3"],
            capture_output=True,
            text=True,
            timeout=100,
            check=True,
        ).stdout
        assert away.wait(20.0) == 0
    assert "executed" in told
    assert "m2" not in told


def test_what_cannot_be_served_is_said_in_words(redis_server: RedisServer, tmp_path: Path) -> None:
    path = tmp_path / "chat.toml"
    chat().save(path)
    common = [sys.executable, "-m", "chansim", "serve", str(path), "--layer", redis_server.url]
    told = subprocess.run([*common, "--machine", "m7"], capture_output=True, text=True, timeout=60)
    assert told.returncode == 2
    assert "machine='m7': the machines that serve something are m1, m2" in told.stderr
    with pytest.raises(ScenarioError, match="names no Redis server"):
        execute(chat(), layer="localhost")
    with pytest.raises(ScenarioError, match="cannot be used now"):
        execute(chat(), layer="redis://127.0.0.1:1")


def test_a_machine_with_nothing_but_a_layer_needs_no_process() -> None:
    assert machines_of(chat()) == ("m1", "m2")

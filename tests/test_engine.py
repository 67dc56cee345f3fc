"""The simulated world as a whole: it repeats itself to the byte and keeps its books (against theory: tests/laws)."""

import math
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import simpy

from chansim import Run, Scenario, ScenarioError, deployments, simulate
from chansim.duration import Exponential
from chansim.engine import Environment
from chansim.model.component import Component, knob, link
from chansim.model.machine import Machine
from chansim.model.network import Link, Network
from model.tiny import MS, NOWHERE, answers, books, channels_world, clients, pick, wsgi_world

SHORT = {"seconds": 10.0}
JITTERY = Network(
    Link(30e-6, Exponential(1e-4)), Link(5e-4, Exponential(1e-3)), Link(1e-3, Exponential(5e-3))
)


def apart(scenario: Scenario) -> Scenario:
    """The same, with the layer on a machine of its own."""
    return scenario.add(Machine(name="redis", cores=1)).change("layer", machine="redis")


def contended(scenario: Scenario) -> Scenario:
    """The same on one core, with views and consumers that compute."""
    return scenario.change("server", cores=1).change("site", cpu=Exponential(4 * MS), io=1 * MS)


SCENARIOS = {
    "slide 7": deployments.slide07(**SHORT),
    "slide 7, overloaded": deployments.slide07(rate=90.0, backlog=5, **SHORT),
    "slide 7, one core": contended(deployments.slide07(**SHORT)),
    "slide 7, jitter": deployments.slide07(network=JITTERY, **SHORT),
    "slide 16": deployments.slide16(**SHORT),
    "slide 16, overloaded": deployments.slide16(rate=150.0, capacity=20, **SHORT),
    "slide 16, one core": contended(deployments.slide16(**SHORT)),
    "slide 16, layer apart": apart(deployments.slide16(network=JITTERY, **SHORT)),
    "slide 16, a slow layer": deployments.slide16(**SHORT).change("layer", operation=4 * MS),
    "slide 16, workers that poll": deployments.slide16(**SHORT).change("layer", worker_poll=10 * MS),
    "slide 16, no workers": deployments.slide16(workers=0, **SHORT).change("daphne", http_timeout=3.0),
    "slide 16, nothing takes time": deployments.slide16(service=0.0, network=NOWHERE, **SHORT).change(
        "daphne", cpu=0.0
    ),
    "slide 24": deployments.slide24(rate=1.0, **SHORT),
    "slide 24, members leave": deployments.slide24(rate=2.0, stay=Exponential(3.0), **SHORT),
    "slide 24, overloaded": deployments.slide24(rate=20.0, members=30, capacity=15, seconds=4.0),
    "slide 24, layer apart": apart(deployments.slide24(rate=2.0, network=JITTERY, **SHORT)).change(
        "layer", operation=0.2 * MS, per_member=0.1 * MS
    ),
    "slide 24, one core": contended(deployments.slide24(rate=1.0, workers=5, **SHORT)),
}

each_scenario = pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)


# -- the same again ----------------------------------------------------------

DIGESTS = """
from chansim import deployments, simulate
from chansim.model.machine import Machine
for scenario in (
    deployments.slide07(seconds=5), deployments.slide16(seconds=5, rate=90.0),
    deployments.slide24(seconds=5, rate=2.0)
):
    print(simulate(scenario, seed=7).trace.digest())
    print(simulate(scenario.add(Machine(name="idle")), seed=7).trace.digest())
"""


def test_a_seed_gives_the_same_bytes_whatever_the_hash_seed_and_the_idle_machines() -> None:
    """Three deployments, each with and without a machine nobody uses, in two processes."""
    outputs = [
        subprocess.run(
            [sys.executable, "-W", "error", "-c", DIGESTS],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for hash_seed in ("1", "4711")
    ]
    assert outputs[0] == outputs[1]
    with_idle, without = outputs[0][::2], outputs[0][1::2]
    assert with_idle == without
    assert len(set(with_idle)) == 3


def test_another_seed_gives_another_trace() -> None:
    scenario = deployments.slide07(seconds=5)
    assert simulate(scenario, 1).trace.digest() != simulate(scenario, 2).trace.digest()


def test_a_scenario_is_left_as_it_was_by_its_runs() -> None:
    scenario, same = deployments.slide24(seconds=3), deployments.slide24(seconds=3)
    before = hash(scenario)
    digests = {simulate(scenario, 5).trace.digest() for _ in range(3)}
    assert len(digests) == 1
    assert scenario == same
    assert hash(scenario) == before == hash(same)


@each_scenario
def test_the_stock_environment_gives_the_same_trace(scenario: Scenario) -> None:
    """Our bare calls on SimPy's heap change the speed, and nothing else."""
    ours, stock = simulate(scenario, 3), simulate(scenario, 3, environment=simpy.Environment)
    assert ours.trace.digest() == stock.trace.digest()
    assert len(ours.trace) > 100


def test_two_deployments_are_given_the_same_workload() -> None:
    """The clients of slides 7 and 16 come at the same moments, and ask for the same service times."""
    rows = [
        [pick(row, "t", "request") for row in simulate(scenario).trace.rows(event="sent", detail="request")]
        for scenario in (deployments.slide07(**SHORT), deployments.slide16(**SHORT))
    ]
    assert rows[0] == rows[1]
    free = deployments.slide07(workers=100, **SHORT), deployments.slide16(workers=100, **SHORT)
    views = [bars(simulate(scenario), "gunicorn.accept", "http.request") for scenario in free]
    served = views[0].keys() & views[1].keys()
    assert len(served) > 400
    # the channel layer's calls, and nothing else, are added to what a worker takes
    assert all(0 <= views[1][request] - views[0][request] < 1 * MS for request in served)


def bars(run: Run, *channels: str) -> dict[int, float]:
    """How long each request was worked on, whoever did it."""
    begun = {row.request: row.t for row in run.trace.rows(event="begun") if row.channel in channels}
    return {
        row.request: row.t - begun[row.request]
        for row in run.trace.rows(event="ended")
        if row.channel in channels
    }


# -- books -------------------------------------------------------------------


@each_scenario
def test_the_books_balance_at_every_row(scenario: Scenario) -> None:
    kept = books(simulate(scenario, 2).trace)
    assert kept.sent == kept.received + kept.waiting + sum(kept.lost.values())
    assert kept.received > 0


@pytest.mark.parametrize("seconds", [0.5, 1.0, 2.0, 4.0])
def test_at_the_horizon_what_is_queued_is_waiting_and_what_is_worked_on_is_in_service(seconds: float) -> None:
    """Eight requests a second for one worker that takes 3/8 s each:
    the rest is in the queue, none is lost."""
    moments = tuple(n / 8 for n in range(40))
    run = simulate(wsgi_world(*moments, io=3 / 8), seconds=seconds)
    kept = books(run.trace)
    came, done = math.ceil(seconds * 8), math.ceil(seconds * 8 / 3) - 1
    assert kept.in_service == 1
    assert kept.waiting == came - done - 1
    assert kept.lost == {}


def test_a_run_ends_before_what_is_due_at_its_last_moment() -> None:
    assert answers(simulate(wsgi_world(0.0, 1.0, 2.0), seconds=2.0)) == [(0.0, 1, "200"), (1.0, 2, "200")]


def test_a_longer_run_begins_with_the_shorter_one() -> None:
    short, long = (
        list(simulate(deployments.slide16(rate=90.0), seconds=seconds).trace.rows()) for seconds in (2.0, 5.0)
    )
    assert long[: len(short)] == short


def test_clients_of_a_record_end_the_run_with_their_last_answer() -> None:
    run = simulate(wsgi_world(0.0, 0.1, 0.2, io=1.0))
    assert answers(run) == [(1.0, 1, "200"), (2.0, 2, "200"), (3.0, 3, "200")]
    assert run.trace.end == 3.0


# -- a run without an end ----------------------------------------------------


class Impatient(Environment):
    """An environment that gives a run up after so many of SimPy's own steps and bare calls."""

    calls = 0

    def call_at(self, moment: float, function: Any, argument: Any = None) -> None:
        self.calls += 1
        if self.calls > 5_000:
            raise TimeoutError("this run has no end")
        super().call_at(moment, function, argument)


@pytest.mark.parametrize("deployment", [deployments.slide07, deployments.slide16, deployments.slide24])
def test_clients_who_never_stop_need_a_number_of_seconds(deployment: Any) -> None:
    with pytest.raises(ScenarioError, match="seconds=None"):
        simulate(deployment(seconds=None), environment=Impatient)


def test_a_scenario_without_clients_needs_a_number_of_seconds() -> None:
    with pytest.raises(ScenarioError, match="seconds=None"):
        simulate(Scenario("an idle machine", (Machine(name="idle"),), seconds=None))


# -- words at once -----------------------------------------------------------


@pytest.mark.parametrize("seed", [1.5, "1", None, True])
def test_a_seed_is_a_whole_number(seed: Any) -> None:
    with pytest.raises(ScenarioError, match=rf"seed={seed!r}: it must be a whole number"):
        simulate(deployments.slide07(), seed)


@pytest.mark.parametrize("seconds", [0, -1, math.inf, math.nan, "10", True])
def test_seconds_are_a_number_above_zero(seconds: Any) -> None:
    with pytest.raises(ScenarioError, match=r"seconds=.*: it must be a number of seconds above 0"):
        simulate(deployments.slide07(), seconds=seconds)


def test_a_deployment_without_its_parentheses_is_answered_in_words() -> None:
    with pytest.raises(ScenarioError, match="a Scenario"):
        simulate(deployments.slide16)  # type: ignore[arg-type]


# -- components of one's own -------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Metronome(Component):
    """Asks the server every *every* seconds, written as SimPy's own documentation writes a process."""

    server: str = link("server", doc="the server it asks")
    every: float = knob(1.0, doc="seconds between two requests")
    role = "client"

    def simulate(self, world: Any) -> None:
        world.on_arrival(self.name, lambda parcel: world.accept(parcel, world.code(self.name)))
        world.env.process(self.tick(world, world.env))

    def tick(self, world: Any, env: simpy.Environment) -> Iterator[simpy.Event]:
        with simpy.Resource(env).request() as mine:
            yield mine
            while True:
                yield env.timeout(self.every)
                world.post(self.name, self.server, "request", world.new_request(0.5), {**REQUEST})


REQUEST = {"method": "GET", "path": "/"}


def test_a_simpy_process_of_ones_own_takes_part_in_the_same_run() -> None:
    """Clients at 0.5 and 1.5 s, a SimPy process at each full second, one worker that takes 0.7 s."""
    scenario = wsgi_world(0.5, 1.5, io=0.7).add(Metronome(name="metronome", server="server"))
    for environment in (Environment, simpy.Environment):
        run = simulate(scenario, seconds=4.0, environment=environment)
        answered = [pick(row, "t", "component") for row in run.trace.rows(event="received", detail="200")]
        assert answered == [(1.2, "clients"), (1.9, "metronome"), (2.6, "clients"), (3.3, "metronome")]


@dataclass(frozen=True, kw_only=True)
class Typed(Component):
    """A component as a learner types it: only *behaves*, a function that is given the world."""

    behaves: Any = None

    def start(self, world: Any) -> None:
        self.behaves(world)


def test_a_behaviour_that_begins_another_still_waits_for_its_own_item() -> None:
    log = []

    def behaves(world: Any) -> None:
        queue = world.queue()

        def parent() -> Any:
            world.begin(child())
            item = yield from queue.take()
            log.append(("parent", world.now, item))

        def child() -> Any:
            yield 2.0
            log.append(("child", world.now, "nothing"))

        world.begin(parent())
        world.call_at(1.0, queue.put, "an item")

    simulate(Scenario("two behaviours", (Typed(name="typed", behaves=behaves),), seconds=5.0))
    assert log == [("parent", 1.0, "an item"), ("child", 2.0, "nothing")]


@pytest.mark.parametrize("seconds", [-1.0, math.nan])
def test_a_behaviour_cannot_turn_back_the_clock(seconds: float) -> None:
    def behaves(world: Any) -> None:
        def behaviour() -> Any:
            yield 3.0
            yield seconds

        world.begin(behaviour())

    with pytest.raises(ValueError, match=str(seconds)):
        simulate(Scenario("a step back", (Typed(name="typed", behaves=behaves),), seconds=5.0))


def test_two_behaviours_of_one_component_share_a_core() -> None:
    """Each computes for 1 s on a machine of one core: the second is done after 2 s."""
    done = []

    def behaves(world: Any) -> None:
        def behaviour() -> Any:
            yield from world.processor("host").work(1.0)
            done.append(world.now)

        world.begin(behaviour())
        world.begin(behaviour())

    class Two(Typed):
        def lanes(self) -> tuple[str, ...]:
            return ("typed/1", "typed/2")

    host = Machine(name="host", cores=1)
    simulate(Scenario("one core", (host, Two(name="typed", machine="host", behaves=behaves)), seconds=5.0))
    assert done == [1.0, 2.0]


# -- exact times -------------------------------------------------------------


def test_one_request_through_channels_to_the_microsecond() -> None:
    """Every hop of the talk's picture takes a different time, so that each can be told in the answer.

    1 ms outside, 2 ms from Daphne to the layer, 3 from the worker to it; the layer works 4 ms a call;
    Daphne computes
    8 ms a message; the view waits 16 ms. Daphne's looks for replies stand on a grid of 50 ms from the
    beginning, of
    10 ms once a client is there.
    """
    ways = (("host", "redis", Link(2 * MS)), ("app", "redis", Link(3 * MS)))
    scenario = channels_world(
        0.1,
        network=Network(outside=Link(1 * MS), links=ways),
        layer_machine="redis",
        more=(Machine(name="redis"), Machine(name="app")),
        server={"cpu": 8 * MS},
        operation=4 * MS,
    )
    scenario = scenario.change("worker-1", machine="app").change("site", io=16 * MS)
    rows = [pick(row, "t", "event", "component", "channel") for row in simulate(scenario).trace.rows()]
    reply = next(channel for *_, channel in rows if "!" in channel)
    assert rows == [
        (0.1, "sent", "clients", ""),
        (0.101, "received", "server", ""),
        (0.101, "begun", "server", ""),
        (0.109, "sent", "server", "http.request"),  # 8 ms of Daphne
        (
            0.115,
            "received",
            "worker-1",
            "http.request",
        ),  # 2 ms there, 4 ms of the layer; the worker waits there
        (0.117, "ended", "server", ""),  # 2 ms back
        (0.118, "begun", "worker-1", "http.request"),  # 3 ms back, to the worker
        (0.134, "sent", "worker-1", reply),  # 16 ms of the view
        (0.144, "ended", "worker-1", "http.request"),  # 3 there, 4, and 3 back
        (
            0.156,
            "received",
            "server",
            reply,
        ),  # it was there at 0.141; the look of 0.150 took 2 + 4 to find it
        (0.158, "begun", "server", reply),  # and 2 back
        (0.166, "sent", "server", ""),
        (0.166, "ended", "server", reply),
        (0.167, "received", "clients", ""),
    ]


def test_nothing_of_a_run_is_kept_in_the_module() -> None:
    """Two scenarios with clients of one name do not disturb each other's streams."""
    alone = simulate(deployments.slide07(seconds=2)).trace.digest()
    simulate(
        Scenario("other", (*deployments.slide07(rate=5.0), clients(0.0, server="gunicorn", name="more"))),
        seconds=2,
    )
    assert simulate(deployments.slide07(seconds=2)).trace.digest() == alone


def test_a_bar_beside_it_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    scenario = deployments.slide16(seconds=5.0)
    assert simulate(scenario, progress=True).trace.digest() == simulate(scenario).trace.digest()
    assert "simulating" in capsys.readouterr().err

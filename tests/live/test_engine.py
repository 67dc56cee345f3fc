"""The executed world: threads, locks, the wall clock. Asserted are
books, invariants and bands, never a time."""

import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

import chansim.live.engine as live
import chansim.model.interface_server as interface_server
from chansim import Run, Scenario, ScenarioError, execute, simulate
from chansim.channels import Channel, Group, Message, route
from chansim.deployments import slide07, slide16, slide24
from chansim.model.component import Component
from chansim.model.machine import Machine
from model.tiny import books, channels_world, clients, consumed, deliveries, site, wsgi_world

SECONDS = 1.5
LONG = 20.0


@cache
def executed(name: str) -> Run:
    """Each deployment, once for all tests of this file."""
    return execute(SCENARIOS[name], SECONDS)


SCENARIOS = {
    "slide 7": slide07(rate=100.0, service=0.02),
    "slide 7, overloaded": slide07(rate=300.0, service=0.02, workers=2, backlog=5),
    "slide 16": slide16(rate=100.0, service=0.02),
    "slide 16, overloaded": slide16(rate=300.0, service=0.02, workers=2, capacity=5),
    "slide 24": slide24(members=6, rate=5.0, service=0.001).change("chatters", connect_over=0.05, settle=0.3),
    "slide 24, members leave": slide24(members=12, rate=5.0, service=0.001, stay=0.4, capacity=1000).change(
        "chatters", connect_over=0.4, settle=0.2
    ),
}
each_run = pytest.mark.parametrize("name", SCENARIOS)


@each_run
def test_the_books_balance_at_every_row(name: str) -> None:
    run = executed(name)
    kept = books(run.trace)
    assert kept.sent == kept.received + kept.waiting + sum(kept.lost.values())
    assert kept.received > 50
    assert run.problems == ()
    assert run.world == "executed"
    assert run.trace.end >= SECONDS


@each_run
def test_both_worlds_lose_messages_for_the_same_kinds_of_reason(name: str) -> None:
    """What the rules allow to be lost is the same; how much depends on the moment."""
    allowed = {"overloaded": {"full", "backlog full"}, "leave": {"gone client"}}
    causes = set().union(*(causes for word, causes in allowed.items() if word in name))
    for run in (executed(name), simulate(SCENARIOS[name], seconds=SECONDS)):
        assert set(books(run.trace).lost) <= causes
    if "overloaded" in name:
        assert books(executed(name).trace).lost


@pytest.mark.parametrize("name", [name for name in SCENARIOS if "24" not in name])
def test_the_requests_are_those_of_the_simulation(name: str) -> None:
    """The same clients at the same moments, or a little later; each
    view waits as long, or a little longer."""
    run, simulation = executed(name), simulate(SCENARIOS[name], seconds=SECONDS)
    asked = [
        [row.t for row in each.trace.rows(event="sent", component="clients")] for each in (run, simulation)
    ]
    assert len([t for t in asked[1] if t < SECONDS / 2]) <= len(asked[0])
    intended = [
        row.t for row in simulate(SCENARIOS[name], seconds=60.0).trace.rows(event="sent", component="clients")
    ]
    assert all(real >= planned - 1e-9 for real, planned in zip(asked[0], intended, strict=False))
    took, planned = views(run), views(simulation)
    both = took.keys() & planned.keys()
    assert len(both) > 10
    assert all(took[request] >= planned[request] - 0.002 for request in both)


def views(run: Run) -> dict[int, float]:
    """How long each request's view took."""
    bars: dict[int, float] = {}
    for row in run.trace.rows():
        if row.event in ("begun", "ended") and row.channel in ("http.request", "gunicorn.accept"):
            bars[row.request] = row.t - bars[row.request] if row.event == "ended" else row.t
            if row.event == "ended":
                bars[-row.request] = bars.pop(row.request)
    return {-request: took for request, took in bars.items() if request < 0}


@pytest.mark.parametrize("name", ["slide 7", "slide 16"])
def test_every_request_has_one_answer_or_is_still_in_the_house(name: str) -> None:
    trace = executed(name).trace
    asked = {row.request for row in trace.rows(event="sent", component="clients")}
    answers = Counter(row.request for row in trace.rows(event="received", component="clients"))
    assert set(answers.values()) == {1}
    assert answers.keys() <= asked
    assert len(answers) > 20


@pytest.mark.parametrize("name", ["slide 7", "slide 16", "slide 7, overloaded", "slide 16, overloaded"])
def test_a_lane_does_one_thing_at_a_time(name: str) -> None:
    busy: dict[str, int] = {}
    for row in executed(name).trace.rows():
        if row.event == "begun":
            assert row.component not in busy, f"{row.component} was busy with {busy[row.component]}"
            busy[row.component] = row.message
        elif row.event == "ended":
            assert busy.pop(row.component) == row.message


# -- the chat


def test_every_member_receives_every_line_exactly_once() -> None:
    """A line's copies are as many as the members, and each is
    delivered once, or on its way when the run ends."""
    trace = executed("slide 24").trace
    lines = {row.request for row in trace.rows(event="sent", component="chatters", detail="frame")}
    copies: dict[int, set[str]] = defaultdict(set)
    for row in trace.rows(event="sent"):
        if row.request in lines and row.channel.startswith("websocket.send!"):
            assert row.channel not in copies[row.request]
            copies[row.request].add(row.channel)
    done = {row.request for row in trace.rows(event="ended", channel="websocket.receive")}
    assert len(done) > 5
    assert all(len(copies[line]) == 6 for line in done)
    got = deliveries(trace)
    assert set(got.values()) == {1}
    complete = [line for line in done if len([1 for request, _ in got if request == line]) == 6]
    assert len(complete) > 3


def test_who_left_receives_nothing_more() -> None:
    trace = executed("slide 24, members leave").trace
    disconnected = {row.detail: row.t for row in trace.rows(event="disconnected")}
    assert len(disconnected) > 5
    for row in trace.rows(component="chatters", event="received"):
        assert row.t <= disconnected.get(row.channel, trace.end), f"{row} came after the goodbye"
    assert set(deliveries(trace).values()) == {1}
    left = Counter(row.channel for row in trace.rows(event="left"))
    assert set(left.values()) == {1}


# -- the same code in both worlds


def test_one_wsgi_callable_serves_both_worlds_and_both_architectures() -> None:
    calls: Counter[str] = Counter()

    def view(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        calls[threading.current_thread().name.split(" ")[0].split("-")[0]] += 1
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"made in "
        yield threading.current_thread().name.encode()

    for world in (wsgi_world(0.0, 0.1, wsgi=view), channels_world(0.0, 0.1, application=site(wsgi=view))):
        scenario = world.with_(seconds=None)
        assert scenario["site"].wsgi is view
        for run in (simulate(scenario), execute(scenario)):
            got = [row.detail for row in run.trace.rows(event="received", component="clients")]
            assert [detail for detail in got if detail != "part"] == ["200", "200"]
    assert calls == {"MainThread": 4, "Thread": 4}


def test_the_same_consumers_run_in_both_worlds_and_send_the_same() -> None:
    def doubles(message: Message) -> None:
        Group("out").add("listener")
        Channel("more").send({"n": 1})
        Group("out").send({"n": 2})

    application = site(routing=[route("http.request", doubles)])
    scenario = channels_world(0.0, 0.01, 0.02, application=application)
    sent = []
    for run in (simulate(scenario, seconds=1.0), execute(scenario, seconds=0.5)):
        rows = [
            (row.event, row.channel)
            for row in run.trace.rows(component="worker-1")
            if row.event != "received"
        ]
        sent.append([row for row in rows if row[0] in ("sent", "joined")])
    assert sent[0] == sent[1]
    assert len(sent[0]) == 7


def test_a_recorded_run_ends_with_its_last_answer() -> None:
    run = execute(wsgi_world(0.0, 0.05, io=0.1))
    assert len(list(run.trace.rows(event="received", component="clients"))) == 2
    assert run.trace.end < LONG


def test_a_run_may_be_repeated() -> None:
    scenario = channels_world(0.0, 0.01).with_(seconds=None)
    before = hash(scenario)
    for _ in range(3):
        assert len(list(execute(scenario).trace.rows(event="received", component="clients"))) == 2
    assert hash(scenario) == before


# -- what goes wrong


def failing(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    raise ZeroDivisionError("in the view")


def test_an_application_that_raises_is_told_and_the_server_goes_on() -> None:
    run = execute(wsgi_world(0.0, 0.01, 0.02, wsgi=failing))
    assert [row.detail for row in run.trace.rows(event="received", component="clients")] == ["500"] * 3
    assert run.problems == (("server: the application raised ZeroDivisionError('in the view')", 3),)


def test_a_consumer_that_raises_is_told_and_the_worker_goes_on() -> None:
    def fails(message: Message) -> None:
        raise ZeroDivisionError("in the consumer")

    run = execute(
        channels_world(0.0, 0.01, 0.02, application=site(routing=[route("http.request", fails)])), 0.4
    )
    assert books(run.trace).lost == {"consumer failed": 3}
    problem = "worker-1: the consumer for 'http.request' raised ZeroDivisionError('in the consumer')"
    assert run.problems == ((problem, 3),)
    assert len(consumed(run)) == 3


def test_code_that_hangs_is_left_behind_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PATIENCE", 0.05)
    for_ever = threading.Event()

    def hangs(message: Message) -> None:
        for_ever.wait(LONG)

    try:
        run = execute(channels_world(0.0, application=site(routing=[route("http.request", hangs)])), 0.2)
    finally:
        for_ever.set()
    assert run.problems == (
        ("code was still running 0.05 s after the end of the run, and was left behind", 1),
    )
    kept = books(run.trace)
    assert kept.in_service == 1
    assert kept.lost == {}


def test_after_a_run_no_thread_of_it_is_left() -> None:
    before = set(threading.enumerate())
    execute(slide16(rate=50.0), 0.2)
    execute(slide24(members=3), 0.2)
    assert set(threading.enumerate()) <= before


@dataclass(frozen=True, kw_only=True)
class Typed(Component):
    """A component as a learner types it."""

    behaves: Any = None

    def start(self, world: Any) -> None:
        self.behaves(world)


def test_a_fault_of_a_component_itself_ends_the_run_and_is_told() -> None:
    def behaves(world: Any) -> None:
        def behaviour() -> Any:
            yield 0.01
            raise ZeroDivisionError("in a component")

        world.begin(behaviour())

    run = execute(Scenario("faulty", (Typed(name="typed", behaves=behaves),)), seconds=LONG)
    assert run.problems == (
        (
            "a component's behaviour raised ZeroDivisionError('in a component'), and the run was ended there",
            1,
        ),
    )


def test_a_behaviour_may_begin_another_in_both_worlds() -> None:
    for run_it in (simulate, execute):
        done: list[str] = []

        def behaves(world: Any, done: list[str] = done) -> None:
            def child() -> Any:
                yield 0.01
                done.append("child")

            def parent() -> Any:
                yield 0.01
                world.begin(child())
                yield 0.1
                done.append("parent")

            world.begin(parent())

        run_it(Scenario("two", (Typed(name="typed", behaves=behaves),)), seconds=0.3)
        assert done == ["child", "parent"], run_it.__name__


@pytest.mark.parametrize("seed", [1.5, None, True])
def test_a_seed_is_a_whole_number(seed: Any) -> None:
    with pytest.raises(ScenarioError, match=f"execute: seed={seed!r}"):
        execute(slide07(), 1, seed)


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), "1", True])
def test_seconds_are_a_number_above_zero(seconds: Any) -> None:
    with pytest.raises(ScenarioError, match="seconds="):
        execute(slide07(), seconds)


def test_a_scenario_that_never_ends_needs_a_number_of_seconds() -> None:
    with pytest.raises(ScenarioError, match="seconds=None"):
        execute(Scenario("idle", (Machine(name="m"),), seconds=None))


# -- the layer's rules hold here too


def test_full_channels_are_a_503_here_too() -> None:
    run = execute(channels_world(*[n / 100 for n in range(10)], workers=0, capacity=4), 0.6)
    assert Counter(row.detail for row in run.trace.rows(event="received", component="clients")) == {"503": 6}
    assert books(run.trace).lost == {"full": 6}


def test_messages_expire_here_too() -> None:
    run = execute(channels_world(0.0, 0.01, workers=0, expiry=0.05), 0.4)
    assert books(run.trace).lost == {"expired": 2}


def test_who_waits_too_long_is_told_503_here_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interface_server, "CHECK_EVERY", 0.05)
    run = execute(channels_world(0.0, 0.01, workers=0, server={"http_timeout": 0.1}), 0.8)
    assert [row.detail for row in run.trace.rows(event="received", component="clients")] == ["503", "503"]


def test_a_client_is_answered_once_also_when_its_patience_ends_just_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Patience is as short as an answer takes here, and is looked at all the time."""
    monkeypatch.setattr(interface_server, "CHECK_EVERY", 0.0002)
    moments = [n / 2000 for n in range(1200)]
    server = {"http_timeout": 0.0015, "poll": 0.0003}
    scenario = channels_world(*moments, workers=4, server=server, capacity=1000)
    between = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        runs = [execute(scenario, 0.7) for _ in range(3)]
    finally:
        sys.setswitchinterval(between)
    for run in runs:
        assert run.problems == ()
        answered = Counter(row.request for row in run.trace.rows(event="received", component="clients"))
        assert set(answered.values()) == {1}


def test_a_backlog_is_kept_to_here_too() -> None:
    """One worker that is taken for the whole run, one place in the queue: the other eight are refused."""
    run = execute(wsgi_world(*[n / 100 for n in range(10)], io=LONG, backlog=1), 0.6)
    assert Counter(row.detail for row in run.trace.rows(event="received", component="clients")) == {
        "refused": 8
    }
    kept = books(run.trace)
    assert (kept.waiting, kept.in_service, kept.lost) == (1, 1, {"backlog full": 8})


def test_two_populations_at_one_server() -> None:
    scenario = wsgi_world(0.0, 0.02).add(clients(0.01, name="others"))
    run = execute(scenario)
    got = Counter(row.component for row in run.trace.rows(event="received", detail="200"))
    assert got == {"clients": 2, "others": 1}

"""Plain requests go a fast way of their own, and their traces are those of the readable way, byte for byte."""

from __future__ import annotations

import pytest
import simpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chansim import Run, Scenario, deployments, engine, plain, simulate
from chansim.channels import Channel, Group, Message, costs, route
from chansim.channels.exceptions import ConsumeLater
from chansim.duration import Constant, Exponential, TwoPoint
from chansim.engine import Environment, World
from chansim.model.application import Application
from chansim.model.arrivals import Bursts, Poisson, Recorded, Regular
from chansim.model.balancer import Balancer
from chansim.model.channel_layer import ChannelLayer
from chansim.model.client import Clients
from chansim.model.interface_server import InterfaceServer
from chansim.model.machine import Machine
from chansim.model.network import Link, Network
from chansim.model.page_visitors import PageVisitors
from chansim.model.population import Population
from chansim.model.retries import Fixed
from chansim.model.worker import Worker
from chansim.scenario import check_run

ANSWER = {"status": 200, "headers": [[b"a", b"b"]], "content": b"ok"}


def answers(message: Message) -> None:
    assert message.reply_channel is not None
    message.reply_channel.send(ANSWER)


def answers_by_name(message: Message) -> None:
    Channel(message["reply_channel"]).send(ANSWER)


def says_nothing(message: Message) -> None:
    pass


def raises(message: Message) -> None:
    raise LookupError("nothing there")


def answers_and_raises(message: Message) -> None:
    answers(message)
    raise LookupError("nothing there")


def tells_others(message: Message) -> None:
    Group("lines").add("somebody")
    Channel("log").send({"path": message["path"]})
    answers(message)
    Group("lines").send({"text": "here"})
    Channel("log").send({"path": message["path"]})


def asks_for_more_afterwards(message: Message) -> None:
    message.channel_layer.afterwards(lambda: Channel("log").send({"after": "wards"}))
    answers(message)


@costs(cpu=0.001, io=Exponential(0.004))
def computes(message: Message) -> None:
    answers(message)


@costs(cpu=TwoPoint(0.0, 0.003, 0.5))
def computes_at_times(message: Message) -> None:
    answers(message)


CONSUMERS = [
    None,  # the view
    answers,
    answers_by_name,
    says_nothing,
    raises,
    answers_and_raises,
    tells_others,
    asks_for_more_afterwards,
    computes,
    computes_at_times,
]


def fast(scenario: Scenario, seed: int = 1, seconds: float | None = None) -> Run:
    """The run as it goes the fast way. Raises NotPlain where that ends."""
    assert plain.takes(scenario)
    seconds = check_run("simulate", scenario, seed, seconds)
    return World(scenario, seed, Environment(), plain.STARTS).run(seconds)


def readable(scenario: Scenario, seed: int = 1, seconds: float | None = None) -> Run:
    return simulate(scenario, seed, seconds, environment=Environment)


def assert_equal(one: Run, other: Run) -> None:
    if one.trace.digest() != other.trace.digest():
        for here, there in zip(one.trace.rows(), other.trace.rows(), strict=False):
            assert here == there
        assert one.trace.names == other.trace.names
        assert len(one.trace) == len(other.trace)
    assert one.problems == other.problems
    assert one.scenario == other.scenario


LAWS = st.sampled_from(
    [Constant(0.0), Constant(0.01), Exponential(0.02), TwoPoint(0.005, 0.1, 0.1), TwoPoint(0.0, 0.01, 0.5)]
)
ARRIVALS = st.sampled_from(
    [
        Poisson(5.0),
        Poisson(150.0),
        Regular(100.0),
        Bursts(7, Regular(10.0)),
        Recorded((0.0, 0.0, 0.001, 0.5, 0.5, 0.9, 2.5)),
    ]
)
POLLS = st.sampled_from([0.0, 0.003, 0.01, 0.05])


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Sites whose requests are plain: one or two machines, servers and kinds of clients."""
    era = draw(st.sampled_from(["june2016", "channels10", "channels11"]))
    consumer = draw(st.sampled_from(CONSUMERS))
    routing = () if consumer is None else (route("http.request", consumer),)
    apart = draw(st.sampled_from(["server", "other"]))
    servers = ["daphne", "daphne-2"][: draw(st.integers(1, 2))]
    # where replies share a channel, a small one might be full: that is not plain
    capacity = 10_000 if era == "channels11" else draw(st.sampled_from([1, 3, 100]))
    parts = [
        # where consumers compute, there has to be a core for each
        Machine(name="server", cores=64 if hasattr(consumer, "costs") else draw(st.sampled_from([2, 64]))),
        Machine(name="other", cores=64),
        Application(name="site", routing=routing, io=draw(LAWS)),
        *(
            InterfaceServer(
                name=name,
                machine="server",
                layer="layer",
                cpu=draw(st.sampled_from([0.0003, 0.001, 0.02])),
                poll=draw(POLLS),
                idle_poll=draw(POLLS),
            )
            for name in servers
        ),
        ChannelLayer(
            name="layer",
            machine=apart,
            capacity=capacity,
            era=era,
            # later eras' workers die of a full one, which is not plain either
            channel_capacity=() if era == "june2016" else (("log", 10**6),),
        ),
        *(
            Worker(
                name=f"worker-{number}",
                machine=draw(st.sampled_from(["server", apart])),
                layer="layer",
                application="site",
                threads=draw(st.integers(1, 2)),
            )
            for number in range(draw(st.integers(0, 4)))
        ),
        Clients(
            name="clients",
            server=servers[0],
            arrivals=draw(ARRIVALS),
            reading=draw(st.sampled_from([0.0, 0.02])),
            retry=draw(st.sampled_from([None, Fixed(0.05, times=2)])),
        ),
    ]
    if draw(st.booleans()):
        parts.append(Clients(name="others", server=servers[-1], arrivals=draw(ARRIVALS)))
    if draw(st.booleans()):
        parts.append(
            Population(
                name="people", server=servers[-1], number=5, think=draw(LAWS.filter(lambda law: law.mean))
            )
        )
    if draw(st.booleans()):
        parts.append(
            Balancer(
                name="front", servers=tuple(servers), policy=draw(st.sampled_from(["in turn", "at random"]))
            )
        )
        parts.append(Clients(name="strangers", server="front", arrivals=draw(ARRIVALS)))
        protocol = draw(st.sampled_from(["http/1.1", "http/2"]))
        parts.append(
            PageVisitors(name="visitors", server="front", arrivals=Poisson(2.0), assets=8, protocol=protocol)
        )
    if draw(st.booleans()):
        parts.reverse()
    network = Network(
        within=Link(draw(st.sampled_from([0.000_03, 0.25]))),
        outside=Link(
            draw(st.sampled_from([0.0, 0.000_5, 0.25])),
            jitter=draw(st.sampled_from([0.0, Exponential(0.01)])),
        ),
    )
    return Scenario("a plain site", tuple(parts), network, draw(st.sampled_from([0.7, 3.0, 4.25])))


@given(scenarios(), st.integers(0, 10**6))
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_trace_is_that_of_the_readable_way(scenario: Scenario, seed: int) -> None:
    assert_equal(fast(scenario, seed), readable(scenario, seed))


SHORT = {"rate": 100.0, "service": 0.02, "workers": 3, "seconds": 3.0}


def site(consumer: object = answers, **options: object) -> Scenario:
    """Slide 16 with a consumer of its own."""
    scenario = deployments.slide16(**{**SHORT, **options})
    return scenario.change("site", routing=(route("http.request", consumer),))


TAKEN = {"slide16", "slide29", "daphne_no_workers"}


@pytest.mark.parametrize("name", deployments.__all__)
def test_which_deployments_are_plain(name: str) -> None:
    scenario = getattr(deployments, name)()
    assert plain.takes(scenario) == (name in TAKEN)
    if name in TAKEN:
        assert_equal(fast(scenario, 3, 8.0), readable(scenario, 3, 8.0))


NOT_TAKEN = {
    "a fault": site().kill("worker-1", at=1.0),
    "a layer whose work takes time": site().change("layer", operation=0.0001),
    "a layer that loses messages": site().change("layer", loss=0.1),
    "workers that sleep between looks": site().change("layer", worker_poll=0.01),
    "a server that takes no time": site().change("daphne", cpu=0.0),
    "a server that tells of what is over": site().change("daphne", http_disconnect=True),
    "clients who give up": site().change("clients", patience=1.0),
    "a machine with more servers than cores": site(cores=1).add_server("server"),
    "an application of other channels": site().change(
        "site", routing=(route("http.request", answers), route("log", says_nothing))
    ),
    "no way to the layer": site(network=Network(within=Link(0.0))),
    "a WSGI server": deployments.slide07(),
}


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each run that is begun: whether it is begun the fast way."""
    begun: list[bool] = []

    class Watched(World):
        def run(self, *options: object) -> Run:
            begun.append(bool(self.starts))
            return super().run(*options)

    monkeypatch.setattr(engine, "World", Watched)
    return begun


@pytest.mark.parametrize("what", NOT_TAKEN)
def test_what_is_not_plain_goes_the_readable_way(what: str, ways: list[bool]) -> None:
    assert not plain.takes(NOT_TAKEN[what])
    simulate(NOT_TAKEN[what], seconds=0.5)
    assert ways == [False]


def test_what_is_plain_goes_the_fast_way(ways: list[bool]) -> None:
    simulate(site(), seconds=0.5)
    assert ways == [True]


@pytest.mark.parametrize("environment", [Environment, simpy.Environment])
def test_an_environment_that_is_asked_for_goes_the_readable_way(
    environment: type[simpy.Environment], ways: list[bool]
) -> None:
    simulate(site(), seconds=0.5, environment=environment)
    assert ways == [False]


def test_a_component_of_the_learners_own_is_not_plain() -> None:
    class Mine(Worker):
        pass

    scenario = site()
    mine = Mine(name="mine", machine="server", layer="layer", application="site")
    assert plain.takes(scenario)
    assert not plain.takes(scenario.add(mine))


# -- runs that turn out not to be plain


def answers_in_parts(message: Message) -> None:
    message.reply_channel.send({"status": 200, "content": b"o", "more_content": True})
    message.reply_channel.send({"content": b"k"})


def answers_twice(message: Message) -> None:
    answers(message)
    answers(message)


def answers_without_a_status(message: Message) -> None:
    message.reply_channel.send({"content": b"ok"})


def puts_it_off(message: Message) -> None:
    if "__retries__" not in message:
        raise ConsumeLater
    answers(message)


def answers_through_a_group(message: Message) -> None:
    Group("us").add(message.reply_channel)
    Group("us").send(ANSWER)


def asks_itself(message: Message) -> None:
    if message["path"] == "/":
        Channel("http.request").send({**message.content, "path": "/again"})
    else:
        answers(message)


def asks_for_figures(message: Message) -> None:
    figures = message.channel_layer.global_statistics()
    message.reply_channel.send({**ANSWER, "content": str(figures["messages_count"]).encode()})


def catches_all(message: Message) -> None:
    try:
        message.channel_layer.channel_statistics("http.request")
    except:  # noqa: E722
        return
    answers(message)


@pytest.mark.parametrize(
    "consumer",
    [
        answers_in_parts,
        answers_twice,
        answers_without_a_status,
        puts_it_off,
        answers_through_a_group,
        asks_itself,
        asks_for_figures,
        catches_all,
    ],
)
def test_a_consumer_that_is_not_plain_makes_the_run_begin_again(consumer: object, ways: list[bool]) -> None:
    scenario = site(consumer)
    with pytest.raises(plain.NotPlain):
        fast(scenario)
    assert_equal(simulate(scenario), readable(scenario))
    assert ways == [True, False, False]


UNPLAIN_RUNS = {
    "requests expire": site(service=3.0, workers=1).change("layer", expiry=1.0),
    "requests expire, and the run is over": site(workers=0).change("layer", expiry=2.9),
    "answers expire": site().change("layer", expiry=0.01).change("daphne", poll=0.5, idle_poll=0.5),
    "clients are told 503": site(workers=0).change("daphne", http_timeout=1.0),
}


@pytest.mark.parametrize("what", UNPLAIN_RUNS)
def test_a_run_in_which_somebody_waits_too_long_begins_again(what: str) -> None:
    with pytest.raises(plain.NotPlain):
        fast(UNPLAIN_RUNS[what])
    assert_equal(simulate(UNPLAIN_RUNS[what]), readable(UNPLAIN_RUNS[what]))


def test_workers_that_share_cores_are_plain_while_they_only_wait() -> None:
    assert_equal(fast(site(cores=1)), readable(site(cores=1)))
    with pytest.raises(plain.NotPlain):
        fast(site(computes, cores=1))
    assert_equal(simulate(site(computes, cores=1)), readable(site(computes, cores=1)))


def test_a_law_of_the_learners_own_is_taken_at_its_word() -> None:
    class Whole:
        mean, scv = 1.0, 0.0

        def quantile(self, u: float, /) -> float:
            return int(u * 2)

    scenario = site().change("site", io=Whole())
    with pytest.raises(plain.NotPlain):
        fast(scenario)
    assert_equal(simulate(scenario), readable(scenario))


# -- and the rest of what simulate promises


@pytest.mark.parametrize("consumer", [answers, tells_others, answers_and_raises])
def test_a_consumer_is_called_once_a_message(consumer: object) -> None:
    called = []

    def counted(message: Message) -> None:
        called.append(message.content["reply_channel"])
        consumer(message)  # type: ignore[operator]

    run = simulate(site(counted))
    begun = sum(1 for row in run.trace.rows(event="begun") if row.component.startswith("worker"))
    in_service = begun - len(called)
    assert 0 <= in_service <= 3
    assert len(called) == len(set(called)) > 100


def test_a_consumer_changes_nobodys_answer_but_its_own() -> None:
    """What is sent is a copy: what becomes of the consumer's dict is seen by nobody."""
    kept = {"status": 200, "headers": [], "content": b"ok"}

    def changes_its_mind(message: Message) -> None:
        kept["status"] = 200
        message.reply_channel.send(kept)
        kept["status"] = 404

    run = fast(site(changes_its_mind))
    assert {row.detail for row in run.trace.rows(event="received", component="clients")} == {"200"}


def test_a_run_without_a_length_ends_with_its_last_answer() -> None:
    scenario = site(rate=50.0, arrivals=Recorded((0.0, 0.1, 0.1, 2.5)), seconds=None)
    run = fast(scenario)
    assert_equal(run, readable(scenario))
    assert run.trace.end == run.trace.t[-1] > 2.5


def test_it_can_be_followed_and_stopped() -> None:
    told: list[float] = []
    followed = simulate(site(), progress=told.append)
    assert followed.trace == readable(site()).trace
    assert told == sorted(told)
    assert len(told) > 100

    def stop(share: float) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(site(), progress=stop)


def test_a_consumer_that_ends_the_program_ends_the_run() -> None:
    def leaves(message: Message) -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        simulate(site(leaves))


def test_clients_are_told_that_the_queue_is_full() -> None:
    scenario = site(workers=1, capacity=2, rate=200.0)
    run = fast(scenario)
    assert_equal(run, readable(scenario))
    assert sum(1 for _ in run.trace.rows(event="lost", detail="full")) > 50

"""A scenario made by hand goes on the bench, and its line rebuilds it in a cell that knows nothing of it."""

import pytest
from hypothesis import HealthCheck, given, settings

from chansim import Scenario, ScenarioError, deployments
from chansim.applications import chat
from chansim.bench import Bench
from chansim.channels import include, route
from chansim.duration import LogNormal
from chansim.model.application import Application
from chansim.model.arrivals import Bursts, Poisson
from chansim.model.channel_layer import ChannelLayer
from chansim.model.chatters import Chatters
from chansim.model.client import Clients
from chansim.model.component import Component
from chansim.model.interface_server import InterfaceServer
from chansim.model.machine import Machine
from chansim.model.worker import Worker
from editing.test_line import edits, is_legal
from files.written_scenarios import scenarios


def rebuilt(bench: Bench, **wanted) -> Scenario:
    """What a fresh cell gives, in which nothing is but the usual import, and what the user has to supply."""
    cell = dict(wanted)
    exec("\n".join(("from chansim import deployments", *bench.above)), cell)
    scenario: Scenario = eval(bench.code, cell)
    return scenario


def site(**application) -> Scenario:
    """Pages and a chat, by hand."""
    return Scenario(
        'A "site" of mine',
        (
            Clients(name="clients", server="daphne", arrivals=Bursts(3, Poisson(5.0))),
            Chatters(name="chatters", server="daphne", members=3),
            Machine(name="here", cores=2),
            Application(**{"name": "site", "io": LogNormal(0.02, 0.5), **application}),
            InterfaceServer(name="daphne", machine="here", layer="layer"),
            ChannelLayer(name="layer", machine="here", channel_capacity=(("http.*", 5),)),
            Worker(name="worker", machine="here", layer="layer", application="site"),
        ),
        seconds=5.0,
    )


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios())
def test_any_scenario_is_rebuilt_by_its_line(scenario):
    bench = Bench.of(scenario)
    assert rebuilt(bench) == scenario
    assert "\n" not in bench.code


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios().flatmap(lambda scenario: edits(scenario).map(lambda edit: (scenario, edit))))
def test_and_so_is_one_that_was_edited(done):
    scenario, edit = done
    bench = Bench.of(scenario)
    if is_legal(bench, edit):
        bench = bench.edited(edit.verb, *edit.placed, **dict(edit.named))
    assert rebuilt(bench) == bench.scenario
    assert bench.reset().scenario == scenario


@pytest.mark.parametrize(
    "routing",
    [
        chat.channel_routing,
        (route("websocket.receive", chat.ws_receive, path=r"^/(?P<room>\w+)/"), *chat.channel_routing),
        (
            include(chat.channel_routing, path="^/chat"),
            route(["a", "b"], "chansim.applications.chat.ws_connect"),
        ),
    ],
)
def test_consumers_are_written_by_their_import_path(routing):
    bench = Bench.of(site(routing=routing))
    assert rebuilt(bench) == bench.scenario
    assert not any("define it" in line for line in bench.above)


def test_it_is_written_as_a_person_would():
    bench = Bench.of(site(routing=chat.channel_routing)).edited("add_worker", "here")
    assert bench.above == (
        "from chansim import Scenario, duration, model",
        "from chansim.applications import chat",
    )
    assert bench.code == (
        "Scenario(title='A \"site\" of mine', components=("
        'model.Clients(name="clients", server="daphne", arrivals=model.Bursts(size=3, when=model.Poisson(rate=5.0))), '
        'model.Chatters(name="chatters", server="daphne", members=3), model.Machine(name="here", cores=2), '
        'model.Application(name="site", routing=chat.channel_routing, io=duration.LogNormal(mean=0.02, sigma=0.5)), '
        'model.InterfaceServer(name="daphne", machine="here", layer="layer"), '
        'model.ChannelLayer(name="layer", machine="here", channel_capacity=(("http.*", 5),)), '
        'model.Worker(name="worker", machine="here", layer="layer", application="site")), seconds=5.0)'
        '.add_worker("here")'
    )


def test_what_no_import_reaches_is_said_in_words_and_supplied_by_its_name():
    def ws_receive(message): ...

    hears = lambda message: None  # noqa: E731

    routing = (route("websocket.receive", ws_receive), route("websocket.connect", hears))
    bench = Bench.of(site(routing=routing))
    assert bench.above[-2:] == (
        "# ws_receive: your function; no import reaches it, so define it first, under this name",
        "# consumer: your lambda; no import reaches it, so define it first, under this name",
    )
    assert rebuilt(bench, ws_receive=ws_receive, consumer=hears) == bench.scenario
    with pytest.raises(NameError):
        rebuilt(bench)


def test_two_functions_of_one_name_keep_two_names():
    def consumers():
        def consumer(message): ...

        return consumer

    one, other = consumers(), consumers()
    bench = Bench.of(site(routing=(route("a", one), route("b", other), route("c", one))))
    assert rebuilt(bench, consumer=one, consumer_2=other) == bench.scenario


def test_a_component_of_ones_own_is_written_too():
    class Lamp(Component):
        role = "client"

    bench = Bench.of(site().add(Lamp(name="lamp")))
    assert bench.code.endswith('Lamp(name="lamp")), seconds=5.0)')
    assert rebuilt(bench, Lamp=Lamp) == bench.scenario


def test_it_has_no_dials_and_a_short_run_of_it_is_seen():
    bench = Bench.of(site(routing=chat.channel_routing))
    assert bench.preset.dials == ()
    assert bench.look().summary.startswith(f"{bench.run().summary()['requests']:,} lines in")


def test_a_scenario_takes_no_arguments_and_a_function_is_no_scenario():
    with pytest.raises(ScenarioError, match=r"lab: rate=80: a deployment by name takes arguments"):
        Bench.of(site(), rate=80)
    with pytest.raises(ScenarioError, match=r"a deployment is a function: call it, slide16\(\)"):
        Bench.of(deployments.slide16)

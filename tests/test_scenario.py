"""Scenario: frozen, and it checks itself. Wrong input is answered at
once, in one sentence with what would be right."""

import copy
import math
import pickle
from typing import Any

import pytest

from chansim import Scenario, ScenarioError, deployments, simulate
from chansim.channels import costs
from chansim.deployments import slide07, slide16, slide24
from chansim.model.arrivals import Recorded
from chansim.model.machine import Machine
from chansim.model.network import Link, Network
from chansim.model.worker import Worker
from model.tiny import clients, wsgi_world

ALL = pytest.mark.parametrize(
    "deployment", [getattr(deployments, name) for name in deployments.__all__], ids=deployments.__all__
)


@costs(io=0.1)
def dear(environ: Any, start_response: Any) -> list[bytes]:
    """A WSGI application that says itself what it costs."""
    start_response("200 OK", [])
    return []


def add_worker(**fields: Any) -> Scenario:
    """Slide 16 with another worker."""
    return slide16().add(Worker(**{"name": "extra", "layer": "layer", "application": "site", **fields}))


# -- one sentence that names component, field, value and what would be right

SENTENCES = {
    # names of others
    "a worker at a layer that is not there": (
        lambda: add_worker(layer="lyer"),
        "worker 'extra': layer='lyer': it must name a layer; here there is: 'layer'; did you mean 'layer'?",
    ),
    "a worker at what is no layer": (
        lambda: add_worker(layer="site"),
        "worker 'extra': layer='site': it must name a layer; here there is: 'layer'",
    ),
    "a worker on a machine that is not there": (
        lambda: add_worker(machine="sever"),
        "worker 'extra': machine='sever': it must name a machine; here there is: 'server'; "
        "did you mean 'server'?",
    ),
    "clients of nobody": (
        lambda: Scenario("t", (clients(0.0, server="gunicorn"),)),
        "clients 'clients': server='gunicorn': it must name a server; here there is: none",
    ),
    "two of one name": (
        lambda: slide16().add(Machine(name="layer")),
        "machine 'layer': name='layer': a channel layer has that name already; names must differ",
    ),
    # numbers
    "a capacity of nothing": (
        lambda: slide16(capacity=0),
        "channel layer 'layer': capacity=0: it must be a whole number of messages from 1 to 1,000,000,000",
    ),
    "a capacity that is not whole": (
        lambda: slide24(capacity=1.5),  # type: ignore[arg-type]
        "channel layer 'layer': capacity=1.5: it must be a whole number of messages from 1 to 1,000,000,000",
    ),
    "no capacity": (
        lambda: slide24(capacity=None),  # type: ignore[arg-type]
        "channel layer 'layer': capacity=None: it must be a whole number of messages from 1 to 1,000,000,000",
    ),
    "no cores": (
        lambda: slide07(cores=0),
        "machine 'server': cores=0: it must be a whole number of cores from 1 to 1,024",
    ),
    "no members": (
        lambda: slide24(members=0),
        "chatters 'chatters': members=0: it must be a whole number of members from 1 to 1,000,000",
    ),
    "fewer than no workers": (
        lambda: slide16(workers=-1),
        "slide16: workers=-1: it must be a whole number from 0 to 10,000",
    ),
    "half a worker": (
        lambda: slide16(workers=2.5),  # type: ignore[arg-type]
        "slide16: workers=2.5: it must be a whole number from 0 to 10,000",
    ),
    "a bool of workers": (
        lambda: slide24(workers=True),
        "slide24: workers=True: it must be a whole number from 0 to 10,000",
    ),
    "no rate": (
        lambda: slide07(rate=0),
        "slide07: clients: rate=0: it must be a number of arrivals a second above 0",
    ),
    "a rate below nothing": (
        lambda: slide16(rate=-50.0),
        "slide16: clients: rate=-50.0: it must be a number of arrivals a second above 0",
    ),
    "a rate of NaN": (
        lambda: slide16(rate=math.nan),
        "slide16: clients: rate=nan: it must be a number of arrivals a second above 0",
    ),
    "a rate that is a bool": (
        lambda: slide16(rate=True),
        "slide16: clients: rate=True: it must be a number of arrivals a second above 0",
    ),
    # the whole
    "nothing to run": (
        lambda: Scenario("t", ()),
        "scenario: components=(): there is nothing to run; give clients and a server at least",
    ),
    "no component": (
        lambda: Scenario("t", (Machine(name="m"), "clients")),  # type: ignore[arg-type]
        "scenario: components[1]='clients': it must be a Component",
    ),
    "a preset for a network": (
        lambda: slide16(network="wan"),  # type: ignore[arg-type]
        "scenario: network='wan': it must be a Network",
    ),
    "a preset that is not known": (
        lambda: slide16(network=Network(within="lann")),
        "network: within='lann' is no preset; presets: loopback, lan, wan, or a Link",
    ),
    "a way to a machine that is not there": (
        lambda: slide16(network=Network(links=(("server", "redis", "lan"),))),
        "network: links=('server', 'redis') names the machine 'redis'; machines here: server",
    ),
    "no seconds": (
        lambda: slide24(seconds=0),
        "scenario: seconds=0: it must be a number of seconds above 0, or None",
    ),
    "infinite seconds": (
        lambda: slide24(seconds=math.inf),
        "scenario: seconds=inf: it must be a number of seconds above 0, or None",
    ),
    "NaN seconds": (
        lambda: slide07(seconds=math.nan),
        "scenario: seconds=nan: it must be a number of seconds above 0, or None",
    ),
    "seconds as text": (
        lambda: slide07(seconds="10"),  # type: ignore[arg-type]
        "scenario: seconds='10': it must be a number of seconds above 0, or None",
    ),
    "seconds as a bool": (
        lambda: slide07(seconds=True),
        "scenario: seconds=True: it must be a number of seconds above 0, or None",
    ),
    "a text for a WSGI application": (
        lambda: slide07(wsgi="hello"),  # type: ignore[arg-type]
        "application 'site': wsgi='hello': it must be a WSGI callable, f(environ, start_response)",
    ),
    "a number for arrivals": (
        lambda: slide07(arrivals=5),  # type: ignore[arg-type]
        "clients 'clients': arrivals=5: it must be Poisson(rate), Recorded(moments) or the like",
    ),
}


@pytest.mark.parametrize(("make", "sentence"), SENTENCES.values(), ids=SENTENCES)
def test_a_bad_scenario_is_answered_in_one_sentence(make: Any, sentence: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        make()
    assert str(caught.value) == sentence


MORE = {
    "a service below nothing": (
        lambda: slide07(service=-1),
        "slide07: service=-1: it must be a number of seconds from 0 to 1e+09",
    ),
    "a service of slide 24": (
        lambda: slide24(service="long"),  # type: ignore[arg-type]
        "slide24: service='long': it must be a number of seconds, such as 0.05, "
        "or a law, such as Exponential(mean=0.05)",
    ),
    "a stay below nothing": (
        lambda: slide24(stay=-1),
        "slide24: stay=-1: it must be a number of seconds from 0 to 1e+09",
    ),
    "no workers at all": (
        lambda: slide07(workers=0),
        "WSGI server 'gunicorn': workers=0: it must be a whole number of workers from 1 to 10,000",
    ),
    "three point zero workers": (
        lambda: slide07(workers=3.0),  # type: ignore[arg-type]
        "WSGI server 'gunicorn': workers=3.0: it must be a whole number of workers from 1 to 10,000",
    ),
    "silent chatters": (
        lambda: slide24(rate=0),
        "chatters 'chatters': rate=0: it must be a number above 0 to 1,000,000",
    ),
    "a worker without an application": (
        lambda: add_worker(application="x"),
        "worker 'extra': application='x': it must name an application; here there is: 'site'",
    ),
    "a worker without a layer": (
        lambda: add_worker(layer=""),
        "worker 'extra': layer='': it must be the name of a layer",
    ),
    "a machine on a machine": (
        lambda: slide07().change("server", machine="server"),
        "machine 'server': machine='server': a machine is on no machine; leave it out",
    ),
    "an application on a machine": (
        lambda: slide07().change("site", machine="server"),
        "application 'site': machine='server': an application is on no machine; leave it out",
    ),
    "a rate beside arrivals": (
        lambda: slide07(rate=5.0, arrivals=Recorded((0.0,))),
        "slide07: clients: rate=5.0: it would be ignored, for arrivals are given",
    ),
    "a service beside a view that declares its costs": (
        lambda: slide07(service=0.5, wsgi=dear),
        "slide07: service=0.5: it would be ignored, for the wsgi application declares its own @costs",
    ),
    "a title that is no text": (
        lambda: Scenario(5, (Machine(name="m"),)),  # type: ignore[arg-type]
        "scenario: title=5: it must be text",
    ),
    "one component without its comma": (
        lambda: Scenario("t", Machine(name="m")),  # type: ignore[arg-type]
        "scenario: components=Machine(name='m', machine='', cores=4): it must be several, in a tuple",
    ),
    "a number for a routing": (
        lambda: slide24(routing=5),  # type: ignore[arg-type]
        "application 'site': routing=5: it must be a list of route(...) and include(...)",
    ),
    "a change of a field that there is not": (
        lambda: slide07().change("gunicorn", wokers=3),
        "WSGI server 'gunicorn': wokers=3: there is no such field; "
        "its fields are name, machine, application, workers, threads, backlog, timeout, boot",
    ),
    "a change of what there is not": (
        lambda: slide07().change("gunicron", workers=3),
        "scenario: there is no component 'gunicron' to change; there are clients, server, site, gunicorn",
    ),
}


@pytest.mark.parametrize(("make", "sentence"), MORE.values(), ids=MORE)
def test_what_would_be_ignored_or_slips_through_is_answered_in_one_sentence(make: Any, sentence: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        make()
    assert str(caught.value) == sentence


def test_a_way_that_is_given_twice_is_answered_in_words() -> None:
    with pytest.raises(ScenarioError, match="links"):
        Network(links=(("server", "", "lan"), ("", "server", "wan")))


@pytest.mark.parametrize("deployment", [slide07, slide16])
def test_an_error_of_a_knob_has_no_other_error_behind_it(deployment: Any) -> None:
    with pytest.raises(ScenarioError) as caught:
        deployment(rate=-1)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_component_that_is_not_there_is_asked_for_in_words() -> None:
    with pytest.raises(
        KeyError, match="no component 'lyer'; there are clients, server, site, daphne, layer, worker-1"
    ):
        slide16()["lyer"]


def test_an_unknown_knob_names_the_deployment_and_the_knob() -> None:
    with pytest.raises(TypeError, match=r"slide16\(\) got an unexpected keyword argument 'wokers'"):
        slide16(wokers=3)  # type: ignore[call-arg]


@ALL
def test_every_knob_of_every_deployment_refuses_nonsense(deployment: Any) -> None:
    """Whatever the knob: a text, NaN, or a list where a number belongs is an error, and in words."""
    knobs = [
        name for name in deployment.__kwdefaults__ if name not in ("wsgi", "arrivals", "network", "routing")
    ]
    assert len(knobs) >= 5
    for knob in knobs:
        yes_or_no = isinstance(deployment.__kwdefaults__[knob], bool)
        for nonsense in ("much", math.nan, [1], -math.inf, 2 if yes_or_no else True):
            with pytest.raises(ScenarioError) as caught:
                deployment(**{knob: nonsense})
            assert repr(nonsense) in str(caught.value)


# -- what a Scenario is


@ALL
def test_two_of_the_same_are_equal_and_have_one_hash(deployment: Any) -> None:
    assert deployment() == deployment()
    assert hash(deployment()) == hash(deployment())
    assert deployment() != deployment(seconds=5)


@ALL
def test_a_copy_is_equal(deployment: Any) -> None:
    scenario = deployment()
    assert copy.copy(scenario) == scenario
    assert copy.deepcopy(scenario) == scenario
    assert hash(copy.deepcopy(scenario)) == hash(scenario)


@ALL
def test_a_scenario_can_be_sent_to_another_process(deployment: Any) -> None:
    """As a sweep must do."""
    scenario = deployment(seconds=2)
    digest = simulate(scenario).trace.digest()
    sent = pickle.loads(pickle.dumps(scenario))
    assert simulate(sent).trace.digest() == digest
    assert sent == scenario


def test_it_cannot_be_changed_but_copied_with_changes() -> None:
    scenario = slide07()
    with pytest.raises(AttributeError):
        scenario.seconds = 5.0  # type: ignore[misc]
    assert scenario.with_(seconds=5.0) == slide07(seconds=5.0)
    assert scenario.change("gunicorn", workers=8) == slide07(workers=8)
    assert scenario.change("gunicorn", workers=8).change("gunicorn", workers=3) == scenario == slide07()


def test_a_changed_copy_is_checked_as_the_first_was() -> None:
    with pytest.raises(ScenarioError, match="server='gone'"):
        slide07().change("clients", server="gone")
    with pytest.raises(ScenarioError, match="has that name already"):
        slide07().add(Machine(name="clients"))


def test_components_may_come_in_a_list_and_in_any_order() -> None:
    scenario = slide16(seconds=3.0)
    turned = Scenario(scenario.title, [*reversed(scenario.components)], scenario.network, 3.0)  # type: ignore[arg-type]
    assert [c.name for c in turned] == [c.name for c in scenario][::-1]
    assert hash(turned)
    assert len(simulate(turned).trace) > 100


def test_it_gives_its_components_by_name_and_in_order() -> None:
    scenario = wsgi_world(0.0)
    assert scenario["host"].cores == 100
    assert [component.name for component in scenario] == ["clients", "host", "site", "server"]


def test_it_prints_as_a_table() -> None:
    lines = str(slide16(workers=1)).splitlines()
    assert lines[0] == "Slide 16: Channels"
    assert [line.split("  ")[0] for line in lines[1:]] == [
        "component", "clients", "server", "site", "daphne", "layer", "worker-1"
    ]  # fmt: skip
    assert lines[-1].split() == ["worker-1", "worker", "server", "layer,", "site"]


def test_its_graph_has_a_node_for_each_component_and_an_edge_for_each_link() -> None:
    graph = slide16(workers=2).graph()
    assert {*graph.nodes} == {"clients", "server", "site", "daphne", "layer", "worker-1", "worker-2"}
    assert {(a, b): field for a, b, field in graph.edges(data="field")} == {
        ("clients", "daphne"): "server",
        ("daphne", "layer"): "layer",
        ("worker-1", "layer"): "layer",
        ("worker-1", "site"): "application",
        ("worker-2", "layer"): "layer",
        ("worker-2", "site"): "application",
    }
    assert graph.nodes["daphne"] == {"kind": "interface server", "role": "interface", "machine": "server"}


def test_a_network_of_ones_own_goes_into_every_deployment() -> None:
    slow = Network(outside=Link(1.0))
    for deployment in (slide07, slide16, slide24):
        run = simulate(deployment(network=slow, seconds=3.0))
        assert min(row.t for row in run.trace.rows(event="received")) > 1.0


@ALL
def test_every_deployment_runs_as_it_is(deployment: Any) -> None:
    run = simulate(deployment(seconds=10.0))
    assert run.problems == ()
    assert run.world == "simulated"
    assert run.scenario == deployment(seconds=10.0)
    assert run.trace.end == 10.0


def test_the_names_of_the_deployments() -> None:
    assert deployments.__all__ == [
        *("slide06", "slide07", "slide08", "slide10", "slide14", "slide16", "slide24", "slide27"),
        *("slide29", "slide30_isolated", "slide30_sharded", "slide31", "slide32"),
        *("docs_small_site", "daphne_no_workers", "daphne_beside_wsgi", "overload"),
        *("rooms", "slack_chat", "multichat", "liveblog", "data_binding", "loadtest_2016_09"),
    ]

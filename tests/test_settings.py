"""CHANNEL_LAYERS of 2016: what it would build, and what of it cannot
work, in one sentence each."""

import re
import sys
from typing import Any

import pytest

from chansim import Scenario, ScenarioError, execute, settings, simulate
from chansim.applications import chat
from chansim.layer.eras import CHANNELS_11
from model.tiny import books

CHAT = "chansim.applications.chat.channel_routing"
MEMORY, IPC = "asgiref.inmemory.ChannelLayer", "asgi_ipc.IPCChannelLayer"
REDIS, LOCAL = "asgi_redis.RedisChannelLayer", "asgi_redis.RedisLocalChannelLayer"
ELSEWHERE = {"hosts": [("redis.example", 6379)]}


def layers(backend: Any = REDIS, routing: Any = CHAT, **config: Any) -> dict[str, Any]:
    """The setting, as a project of the time had it."""
    return {"default": {"BACKEND": backend, "CONFIG": config, "ROUTING": routing}}


def problems(channel_layers: Any, **options: Any) -> tuple[str, ...]:
    """All that cannot work; from_settings raises the first."""
    reading = settings.read(channel_layers, **options)
    assert (reading.scenario is None) == bool(reading.problems)
    assert reading.built == ()
    with pytest.raises(ScenarioError) as raised:
        Scenario.from_settings(channel_layers, **options)
    assert str(raised.value) == reading.problems[0]
    return reading.problems


# -- what is built


@pytest.mark.parametrize(
    ("backend", "command", "capacity", "worker_poll"),
    [
        (MEMORY, "runserver", 10, 0.01),
        (IPC, "runworker", 10, 0.01),
        (REDIS, "runworker", 100, 0.0),
        (LOCAL, "runworker", 100, 0.01),
    ],
)
def test_each_backend_has_the_defaults_that_it_had(
    backend: str, command: str, capacity: int, worker_poll: float
) -> None:
    layer = Scenario.from_settings(layers(backend), command=command)["layer"]
    assert (layer.capacity, layer.expiry, layer.group_expiry) == (capacity, 60.0, 86400.0)
    assert layer.worker_poll == worker_poll


def test_config_is_the_layers_and_the_era_is_everybodys() -> None:
    config = {"capacity": 200, "expiry": 30, "group_expiry": 3600, "channel_capacity": {"http.request": 50}}
    layer = Scenario.from_settings(layers(**config), era="channels11")["layer"]
    assert (layer.capacity, layer.expiry, layer.group_expiry) == (200, 30, 3600)
    assert layer.channel_capacity == (("http.request", 50),)
    assert layer.era == CHANNELS_11


def test_runworker_starts_processes_and_runserver_threads() -> None:
    by_workers = Scenario.from_settings(layers(), workers=3)
    assert [c.name for c in by_workers if c.kind == "worker"] == ["worker-1", "worker-2", "worker-3"]
    (only,) = [c for c in Scenario.from_settings(layers(MEMORY), command="runserver") if c.kind == "worker"]
    assert only.threads == 4, "as runserver had, if it is not told"


def test_redis_of_its_own_is_a_machine_and_on_localhost_it_is_not() -> None:
    apart = Scenario.from_settings(layers(hosts=["redis://:secret@redis.example:6379/0"]))
    assert apart["layer"].machine == "redis.example"
    assert Scenario.from_settings(layers(hosts=[("localhost", 6379)]))["layer"].machine == "server"


def test_on_several_machines_each_has_daphne_its_workers_and_its_share_of_the_load() -> None:
    scenario = Scenario.from_settings(layers(**ELSEWHERE), machines=2, workers=(3, 1), rate=60.0, members=5)
    assert [(c.name, c.machine) for c in scenario if c.kind in ("interface server", "worker")] == [
        ("daphne-1", "server-1"),
        ("daphne-2", "server-2"),
        ("worker-1", "server-1"),
        ("worker-2", "server-1"),
        ("worker-3", "server-1"),
        ("worker-4", "server-2"),
    ]
    assert [scenario[f"clients-{n}"].arrivals.rate for n in (1, 2)] == [30.0, 30.0]
    assert [scenario[f"chatters-{n}"].members for n in (1, 2)] == [2, 3]
    assert [scenario[f"clients-{n}"].server for n in (1, 2)] == ["daphne-1", "daphne-2"]


def test_it_runs_in_both_worlds() -> None:
    scenario = Scenario.from_settings(layers(**ELSEWHERE), machines=2, workers=2, rate=40.0, service=0.001)
    for run in (simulate(scenario, seconds=2.0), execute(scenario, seconds=1.0)):
        assert books(run.trace).received > 50
        assert run.problems == ()


def test_several_hosts_are_shards_each_on_its_machine() -> None:
    given = layers(hosts=[("one.example", 6379), "redis://two.example:6379/0"], capacity=50, group_expiry=60)
    reading = settings.read(given, machines=2, workers=2)
    scenario = reading.scenario
    assert scenario is not None
    assert scenario["layer"].shards == ("shard-1", "shard-2")
    assert [(scenario[n].machine, scenario[n].capacity) for n in ("shard-1", "shard-2")] == [
        ("one.example", 50),
        ("two.example", 50),
    ]
    assert (
        "on the machines 'one.example', 'two.example', a shard of the channel layer each: "
        in reading.built[1]
    )
    assert "defect=True" in reading.remarks[-1]
    assert simulate(scenario, seconds=20.0).summary()["served"] > 500


def test_two_redis_servers_may_be_on_one_machine() -> None:
    scenario = Scenario.from_settings(layers(hosts=[("localhost", 6379), ("localhost", 6380)]))
    assert [scenario[n].machine for n in ("shard-1", "shard-2")] == ["server", "server"]


@pytest.mark.parametrize("hosts", [[("one.example", 6379)], [("one.example", 6379), ("two.example", 6379)]])
def test_local_channels_are_a_layer_on_each_machine_and_one_in_redis(hosts: Any) -> None:
    scenario = Scenario.from_settings(layers(LOCAL, hosts=hosts, capacity=50), machines=2, workers=2)
    assert [(scenario[f"layer-{n}"].machine, scenario[f"layer-{n}"].shared) for n in (1, 2)] == [
        ("server-1", "redis-layer"),
        ("server-2", "redis-layer"),
    ]
    assert [c.layer for c in scenario if c.kind == "worker"] == ["layer-1", "layer-1", "layer-2", "layer-2"]
    run = simulate(scenario, seconds=10.0)
    assert run.summary()["served"] > 300
    assert books(run.trace).received > 1000
    assert run.problems == ()


# -- routing


def test_routing_may_be_a_list_a_dict_or_the_name_of_one_that_is_given() -> None:
    own = list(chat.channel_routing)
    by_channel = {route.channels[0]: route.consumer for route in own}
    for routing, applications in (
        (own, {}),
        (by_channel, {}),
        (CHAT, {}),
        ("shop.routing.channel_routing", {"shop.routing.channel_routing": own}),
    ):
        scenario = Scenario.from_settings(layers(routing=routing), applications=applications)
        assert scenario["site"].routing == chat.channel_routing


def test_without_websockets_in_it_there_is_nobody_to_hold_one() -> None:
    assert "chatters" not in [c.name for c in Scenario.from_settings(layers(routing=[]))]
    assert "chatters" in [c.name for c in Scenario.from_settings(layers())]


@pytest.mark.parametrize("routing", ["this.channel_routing", {"websocket.connect": "this.channel_routing"}])
def test_nothing_is_imported_because_settings_say_so(routing: Any) -> None:
    """The module "this" would print a poem."""
    sys.modules.pop("this", None)
    (problem,) = problems(layers(routing=routing))
    assert (
        "nothing is imported because settings say so: give applications={'this.channel_routing': ...}"
        in problem
    )
    assert "this" not in sys.modules


def test_what_chansim_ships_may_be_named() -> None:
    for name in settings.SHIPPED:
        assert Scenario.from_settings(layers(routing=name)).title == f"Settings: {REDIS}"
    assert CHAT in settings.SHIPPED


# -- what cannot work


@pytest.mark.parametrize(
    ("backend", "options", "words"),
    [
        (MEMORY, {}, "keeps its messages in one process: Daphne and the workers that runworker starts"),
        (MEMORY, {"command": "runserver", "machines": 2}, "2 machines would be 2 sites that know nothing"),
        (IPC, {"machines": 3}, "in the memory of one machine: 3 machines would be 3 sites"),
        (REDIS, {"machines": 2}, "would look for Redis on localhost, which means another machine on each"),
    ],
)
def test_a_layer_does_not_reach_farther_than_it_did(
    backend: str, options: dict[str, Any], words: str
) -> None:
    (problem,) = problems(layers(backend), **options)
    assert problem.startswith(backend)
    assert words in problem


def test_local_channels_need_workers_on_every_machine() -> None:
    (problem,) = problems(layers(LOCAL, **ELSEWHERE), machines=2, workers=(3, 0))
    assert "machine 2 has no worker: whatever its interface server sends is read by nobody" in problem


def test_several_hosts_are_not_those_of_other_machines_if_one_is_localhost() -> None:
    (problem,) = problems(layers(hosts=["redis://localhost:6379", ("one.example", 6379)]), machines=2)
    assert "would look for Redis on localhost" in problem


def test_all_that_cannot_work_is_said_at_once() -> None:
    found = problems(layers(MEMORY, routing="shop.routing", capacity=0, hosts=[]), machines=2, workers=-1)
    assert len(found) == 4, "an option, a number, the routing, the workers"


# -- what is no setting


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "CHANNEL_LAYERS=None: it must be a dict, {'default': {...}}"),
        ({}, "CHANNEL_LAYERS['default']=None: it must be a dict of BACKEND, CONFIG, ROUTING; "
             "in CHANNEL_LAYERS there is: nothing"),
        ({"main": {}}, "in CHANNEL_LAYERS there is: 'main'"),
        (layers("asgi_redis.RedisChanelLayer"), "BACKEND='asgi_redis.RedisChanelLayer': it must be one of "),
        (layers("asgi_redis.RedisChanelLayer"), "; did you mean 'asgi_redis.RedisChannelLayer'?"),
        (layers(None), "BACKEND=None: it must be one of asgiref.inmemory.ChannelLayer, "),
        (layers(routing=5), "application 'site': routing=5: it must be a list of route(...) and include(...)"),
        (layers(routing="chansim.applications.chat.chanel_routing"), "; did you mean '" + CHAT + "'?"),
        ({"default": {"BACKEND": REDIS}}, "there is no ROUTING; it must be a list of routes, or the path of one"),
        ({"default": {**layers()["default"], "CONFG": {}}}, "CONFG={}: there is no such setting; there are "
             "BACKEND, CONFIG, ROUTING; did you mean 'CONFIG'?"),
        ({"default": {**layers()["default"], "CONFIG": []}}, "CONFIG=[]: it must be a dict of options"),
        (layers(capcity=5), "['CONFIG']: capcity=5: there is no such option of asgi_redis.RedisChannelLayer; "),
        (layers(capcity=5), "; did you mean 'capacity'?"),
        (layers(MEMORY, hosts=[]), "hosts=[]: there is no such option of asgiref.inmemory.ChannelLayer; "),
        (layers(capacity="100"), "['CONFIG']: capacity='100': it must be a whole number of messages"),
        (layers(expiry=0), "['CONFIG']: expiry=0: it must be a number of seconds above 0"),
        (layers(channel_capacity=5), "['CONFIG']: channel_capacity=5: "),
        (layers(channel_capacity={"http.*": 0}), "['CONFIG']: channel_capacity="),
        (layers(hosts="localhost"), """hosts='localhost': it must be a list of ("redis.example", 6379) or """),
        (layers(hosts=[5]), "hosts=[5]: it must be a list of"),
    ],
)  # fmt: skip
def test_what_is_no_setting_is_answered_in_words(given: Any, words: str) -> None:
    assert words in problems(given)[0]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"command": "runserve"}, "settings: command='runserve': it must be one of runworker, runserver"),
        ({"machines": 0}, "settings: machines=0: it must be a whole number from 1 to 100"),
        ({"workers": -1}, "settings: workers=-1: it must be a whole number from 0 to 10,000"),
        ({"workers": (1, 2)}, "workers=(1, 2): .*, or as many of them as machines, 1"),
        ({"members": -1}, "settings: members=-1: it must be a whole number from 0 to 1,000,000"),
        ({"rate": 0}, "settings: clients: rate=0: it must be a number of arrivals a second above 0"),
        ({"service": "long"}, "settings: service='long': it must be a number of seconds"),
        ({"cores": 0}, "machine 'server': cores=0"),
        ({"alias": "other"}, "CHANNEL_LAYERS['other']=None"),
        ({"era": "2016"}, "settings: era='2016': it must be one of june2016"),
    ],
)
def test_what_else_is_wrong_is_answered_in_words(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(words).replace(r"\.\*", ".*")):
        Scenario.from_settings(layers(), **options)


# -- in words


def test_it_says_what_it_would_build() -> None:
    assert settings.explain(layers(prefix="shop:", **ELSEWHERE), machines=2, workers=(3, 0)) == (
        "This would be built:\n"
        "- asgi_redis.RedisChannelLayer: queues in Redis, for every process that reaches it, on any machine\n"
        "- on the machine 'redis.example', the channel layer: 100 messages a channel, expiry 60 s, "
        "group_expiry 86400 s\n"
        "- on the machine 'server-1', Daphne and 3 workers, processes of their own\n"
        "- on the machine 'server-2', Daphne and no workers, processes of their own\n"
        "- each worker takes messages of websocket.connect, websocket.receive, websocket.disconnect, "
        "http.request\n"
        "To know:\n"
        "- prefix: of no consequence here"
    )


def test_it_says_what_cannot_work() -> None:
    lines = settings.explain(layers(MEMORY), machines=2).splitlines()
    assert lines[0] == "This cannot work:"
    assert len(lines) == 3, "not across processes, and not across machines"


def test_it_says_what_was_otherwise_then() -> None:
    said = settings.explain(layers(MEMORY, channel_capacity={"http.*": 5}), command="runserver")
    assert "asgiref's in-memory layer never heeded channel_capacity; here it counts" in said


def test_it_says_that_nobody_works() -> None:
    reading = settings.read(layers(), workers=0)
    assert reading.remarks == ("there is no worker: every page hangs until Daphne says 503",)
    assert reading.scenario is not None

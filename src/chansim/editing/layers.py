"""Layers: which kind of channel layer a deployment has, and the same deployment with another.

What may live here: the kinds that the talk and asgi_redis knew, how each is recognised and built, and why
one does not fit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from chansim.editing.finding import free_name, layers_in_use, link_to, machines, on, provides, users
from chansim.model.channel_layer import ChannelLayer
from chansim.model.component import Component, ScenarioError
from chansim.model.ipc_layer import IPCLayer
from chansim.model.local_layer import LocalLayer
from chansim.model.machine import Machine
from chansim.model.sharded_layer import ShardedLayer

if TYPE_CHECKING:
    from chansim.scenario import Scenario

KINDS = {
    "shared": "one layer for all, in Redis",
    "memory": "in memory that the processes of one machine share",
    "sharded": "one layer over two Redis hosts",
    "isolated": "a layer on each machine, which know nothing of one another",
    "local": "RedisLocal: a layer on each machine, and a shared one for replies and groups",
}
"""What :func:`use_layer` can build, and what each is."""

Built = tuple[dict[str, str], list[Component]]
"""For each machine the layer that is used there; and the components that make them."""


def kind_of(scenario: Scenario) -> str:
    """One of :data:`KINDS`; "none" for a deployment without a layer, "" for one of several kinds."""
    used = [scenario[name] for name in layers_in_use(scenario)]
    kinds = {
        "memory" if type(each) is IPCLayer
        else "local" if any(field == "shared" for field, _ in each.links())
        else "sharded" if any(True for _ in each.links())
        else "isolated" if len(used) > 1
        else "shared"
        for each in used
    }  # fmt: skip
    if not kinds:
        return "none"
    return kinds.pop() if len(kinds) == 1 else ""


def why_not(scenario: Scenario, kind: str) -> str:
    """Why the deployment cannot have a layer of that *kind*, in words; "" where it can."""
    try:
        use_layer(scenario, kind)
    except ScenarioError as error:
        return str(error).partition(": ")[2]
    return ""


def use_layer(scenario: Scenario, kind: str) -> Scenario:
    """The same deployment with a channel layer of another *kind*, one of :data:`KINDS`.

    Capacity, expiry and the like stay as they are where they were not the old kind's own default. Machines that
    carried nothing but the old layer are gone, and so are faults that were to befall it.
    """
    if kind not in KINDS:
        raise ScenarioError(f"use_layer: kind={kind!r}: it must be one of {', '.join(map(repr, KINDS))}")
    used = layers_in_use(scenario)
    if not used:
        raise ScenarioError("use_layer: this deployment has no channel layer; slide 16 is the same with one")
    if kind == kind_of(scenario):
        return scenario
    old = _all_of(scenario, used)
    homes = list(
        dict.fromkeys(
            each.machine for each in scenario.components if each.name not in old and _uses_layer(each)
        )
    )
    if kind == "isolated" and len(homes) == 1:
        raise ScenarioError(
            "use_layer: there is one machine, so there is nobody to be isolated from; add one"
        )
    if kind == "memory" and len(homes) > 1:
        raise ScenarioError(
            f"use_layer: {len(homes)} machines use the layer, and memory is shared by the processes of one; "
            "remove machines, or use another layer"
        )
    rest = _rest(scenario, old)
    built, parts = _BUILD[kind](_Plan(scenario, rest, homes, _turned(scenario, used)))
    relinked = [
        replace(each, **{link_to(each, "layer"): built[each.machine]}) if _uses_layer(each) else each
        for each in rest
    ]
    place = next((i for i, each in enumerate(relinked) if _uses_layer(each)), len(relinked))
    network = replace(
        scenario.network,
        links=tuple(
            each
            for each in scenario.network.links
            if {each[0], each[1]} <= {"", *(c.name for c in (*relinked, *parts) if c.provides == "machine")}
        ),
    )
    components = (*relinked[:place], *parts, *relinked[place:])
    try:
        return scenario.with_(components=components, network=network)
    except ScenarioError as error:
        raise ScenarioError(f"use_layer: {kind!r} does not fit here: {error}") from None


class _Plan:
    """What a kind of layer is built from: the machines that use it, and what the old one was turned to."""

    def __init__(self, scenario: Scenario, rest: list[Component], homes: list[str], turned: dict[str, Any]):
        self.homes = homes
        self.turned = turned
        self.taken = [each.name for each in rest]

    def name(self, like: str) -> str:
        """*like*, or the next that nobody has."""
        name = like if like not in self.taken else free_name(like, self.taken)
        self.taken.append(name)
        return name

    def layer(self, kind: type[Component], **fields_: Any) -> Component:
        """A layer of that type, turned as the old one, as far as it has the same knobs."""
        legal = {each.name for each in fields(kind)}
        return kind(**{name: value for name, value in self.turned.items() if name in legal} | fields_)


def _shared(plan: _Plan) -> Built:
    name = plan.name("layer")
    if len(plan.homes) == 1:
        return {plan.homes[0]: name}, [plan.layer(ChannelLayer, name=name, machine=plan.homes[0])]
    redis = Machine(name=plan.name("redis"))
    return dict.fromkeys(plan.homes, name), [redis, plan.layer(ChannelLayer, name=name, machine=redis.name)]


def _memory(plan: _Plan) -> Built:
    name = plan.name("layer")
    return {plan.homes[0]: name}, [plan.layer(IPCLayer, name=name, machine=plan.homes[0])]


def _sharded(plan: _Plan) -> Built:
    hosts = [Machine(name=plan.name(f"redis-{n}")) for n in (1, 2)]
    shards = [
        plan.layer(ChannelLayer, name=plan.name(f"shard-{n}"), machine=host.name)
        for n, host in enumerate(hosts, 1)
    ]
    name = plan.name("layer")
    whole = plan.layer(ShardedLayer, name=name, shards=tuple(shard.name for shard in shards))
    return dict.fromkeys(plan.homes, name), [*hosts, *shards, whole]


def _isolated(plan: _Plan) -> Built:
    names = {home: plan.name(f"layer-{n}") for n, home in enumerate(plan.homes, 1)}
    return names, [plan.layer(ChannelLayer, name=name, machine=home) for home, name in names.items()]


def _local(plan: _Plan) -> Built:
    redis = Machine(name=plan.name("redis"))
    shared = plan.layer(ChannelLayer, name=plan.name("redis-layer"), machine=redis.name)
    names = {home: plan.name(f"layer-{n}") for n, home in enumerate(plan.homes, 1)}
    local = [
        plan.layer(LocalLayer, name=name, machine=home, shared=shared.name) for home, name in names.items()
    ]
    return names, [redis, shared, *local]


_BUILD: dict[str, Callable[[_Plan], Built]] = {
    "shared": _shared,
    "memory": _memory,
    "sharded": _sharded,
    "isolated": _isolated,
    "local": _local,
}


# -- the old one


def _uses_layer(component: Component) -> bool:
    return component.placed and bool(link_to(component, "layer")) and not provides(component, "layer")


def _all_of(scenario: Scenario, used: list[str]) -> set[str]:
    """The names of the layers in use, and of those that they consist of."""
    found: set[str] = set()
    waiting = list(used)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [other for _, other in scenario[name].links()]
    return found


def _rest(scenario: Scenario, old: set[str]) -> list[Component]:
    """All but the old layers, the machines that carried nothing else, and the faults that were to befall those."""
    bare = {
        each.name
        for each in machines(scenario)
        if (there := on(scenario, each.name)) and all(c.name in old for c in there)
    }
    gone = old | bare
    befallen = {
        user.name
        for name in gone
        for user, _, _ in users(scenario, name)
        if not user.role and not user.provides
    }
    return [each for each in scenario.components if each.name not in gone | befallen]


def _turned(scenario: Scenario, used: list[str]) -> dict[str, Any]:
    """What somebody turned of the old layer: the fields that do not stand at their default."""
    part = scenario[used[0]]
    while not part.placed:  # a layer that is nowhere consists of others
        part = scenario[next(name for _, name in part.links())]
    return {
        each.name: getattr(part, each.name)
        for each in fields(part)
        if each.name not in ("name", "machine", "shared") and getattr(part, each.name) != each.default
    }

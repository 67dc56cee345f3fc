"""Layers: the components that a backend comes to, on which machines, and who uses which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chansim.model.channel_layer import ChannelLayer
from chansim.model.component import Component
from chansim.model.local_layer import LocalLayer
from chansim.model.sharded_layer import ShardedLayer
from chansim.settings.backends import Backend


@dataclass(frozen=True)
class Layers:
    """The *components*, the *machines* that only they are on, the name of the one *used* on each of the others;
    and what there is to say: *built* and *remarks*."""

    components: tuple[Component, ...]
    machines: tuple[str, ...]
    used: Mapping[str, str]
    built: tuple[str, ...]
    remarks: tuple[str, ...] = ()


def layers_of(backend: Backend, layer: ChannelLayer, hosts: Sequence[str], servers: Sequence[str]) -> Layers:
    """What *backend* comes to on the machines *servers*, with Redis on *hosts*; *layer* has the numbers."""
    where = [host or servers[0] for host in hosts] or [servers[0]]
    machines = tuple(dict.fromkeys(host for host in hosts if host))
    if backend.reach != "local":
        components, built, remarks = _shared(layer, "layer", where)
        return Layers(components, machines, dict.fromkeys(servers, "layer"), built, remarks)
    components, built, remarks = _shared(replace(layer, name="redis-layer"), "redis-layer", where)
    used = {server: "layer" + server.removeprefix("server") for server in servers}
    halves = tuple(
        LocalLayer(
            name=name,
            machine=server,
            shared="redis-layer",
            capacity=layer.capacity,
            channel_capacity=layer.channel_capacity,
            expiry=layer.expiry,
            group_expiry=layer.group_expiry,
            era=layer.era,
        )
        for server, name in used.items()
    )
    here = f"on the machine {servers[0]!r}" if len(servers) == 1 else "on each machine"
    built = (f"{here}, a layer for its normal channels: {_numbers(layer)}", *built)
    remarks += ("until March 2017 the options reached the local half only; here, both",)
    return Layers((*components, *halves), machines, used, built, remarks)


def _shared(
    layer: ChannelLayer, name: str, where: Sequence[str]
) -> tuple[tuple[Component, ...], tuple[str, ...], tuple[str, ...]]:
    """The layer that all share, over as many hosts as there are; what is to be said of it."""
    if len(where) == 1:
        built = f"on the machine {where[0]!r}, the channel layer: {_numbers(layer)}"
        return (replace(layer, machine=where[0]),), (built,), ()
    shards = tuple(replace(layer, name=f"shard-{n}", machine=machine) for n, machine in enumerate(where, 1))
    whole = ShardedLayer(
        name=name,
        shards=tuple(shard.name for shard in shards),
        era=layer.era,
        group_expiry=layer.group_expiry,
    )
    named = ", ".join(map(repr, where))
    built = f"on the machines {named}, a shard of the channel layer each: {_numbers(layer)}"
    remark = (
        "until September 2016 a process sent everything to one host, wherever it was read; "
        "here it does not, a ShardedLayer with defect=True does"
    )
    return (*shards, whole), (built,), (remark,)


def _numbers(layer: ChannelLayer) -> str:
    return (
        f"{layer.capacity} messages a channel, expiry {layer.expiry:g} s, "
        f"group_expiry {layer.group_expiry:g} s"
    )

"""Entry: one entry of ``CHANNEL_LAYERS``, read: BACKEND, CONFIG and ROUTING.

Whatever is wrong is gathered, a sentence each, so that one reading finds it all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from chansim import applications as shipped
from chansim.layer.eras import Era
from chansim.model.channel_layer import ChannelLayer
from chansim.model.component import ScenarioError
from chansim.settings.backends import BACKENDS, EVERY_LAYER, Backend

SETTINGS = ("BACKEND", "CONFIG", "ROUTING")

LOOKS = 0.01
"""Seconds that an idle worker slept at a layer whose ``receive_many`` did not wait (Channels 0.15 to 1.1)."""

LOCALHOST = ("localhost", "127.0.0.1", "::1")

SHIPPED: Mapping[str, Any] = MappingProxyType(
    {
        f"chansim.applications.{name}.channel_routing": getattr(shipped, name).channel_routing
        for name in shipped.__all__
        if hasattr(getattr(shipped, name), "channel_routing")
    }
)
"""The routings that ROUTING may name without their being given."""


@dataclass
class Entry:
    """What an entry says: the *backend*, the *layer* it describes, the machines of its Redis *hosts* ("" for
    localhost), and the *routing*; what has no answer is None. *problems* and *remarks* are sentences."""

    backend: Backend | None = None
    layer: ChannelLayer | None = None
    hosts: tuple[str, ...] = ()
    routing: Any = None
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def read_entry(channel_layers: object, alias: str, applications: Mapping[str, Any], era: Era) -> Entry:
    """Read the entry *alias*; ROUTING may name one of *applications*. The *era* has the defaults."""
    entry = Entry()
    said = _find(channel_layers, alias, entry.problems)
    if said is None:
        return entry
    where = f"CHANNEL_LAYERS[{alias!r}]"
    entry.problems += [
        _unknown(where, key, said[key], "setting", SETTINGS) for key in said if key not in SETTINGS
    ]
    path = said.get("BACKEND")
    entry.backend = BACKENDS.get(path) if isinstance(path, str) else None
    if entry.backend is None:
        words = f"it must be one of {', '.join(BACKENDS)}{nearest(path, BACKENDS)}"
        entry.problems.append(f"{where}: BACKEND={path!r}: {words}")
    else:
        _read_config(entry, entry.backend, said.get("CONFIG", {}), where, era)
    _read_routing(entry, said, where, {**SHIPPED, **applications})
    return entry


def _find(channel_layers: Any, alias: str, problems: list[str]) -> Mapping[str, Any] | None:
    """The entry itself, of the setting's value or of the whole settings."""
    if isinstance(channel_layers, Mapping):
        channel_layers = channel_layers.get("CHANNEL_LAYERS", channel_layers)
    if not isinstance(channel_layers, Mapping):
        problems.append(f"CHANNEL_LAYERS={channel_layers!r}: it must be a dict, {{{alias!r}: {{...}}}}")
        return None
    said = channel_layers.get(alias)
    if not isinstance(said, Mapping):
        there = ", ".join(map(repr, channel_layers)) or "nothing"
        words = f"it must be a dict of {', '.join(SETTINGS)}; in CHANNEL_LAYERS there is: {there}"
        problems.append(f"CHANNEL_LAYERS[{alias!r}]={said!r}: {words}")
        return None
    return said


def _read_config(entry: Entry, backend: Backend, config: Any, where: str, era: Era) -> None:
    """CONFIG: the layer's own numbers, and where its Redis is."""
    if not isinstance(config, Mapping):
        entry.problems.append(f"{where}: CONFIG={config!r}: it must be a dict of options")
        return
    where += "['CONFIG']"
    known = backend.options
    entry.problems += [
        _unknown(where, option, config[option], f"option of {backend.path}", known)
        for option in config
        if option not in known
    ]
    layer = ChannelLayer(
        name="layer",
        capacity=era.shared_capacity if backend.has_redis else era.memory_capacity,
        worker_poll=0.0 if backend.has_redis else LOOKS,
        era=era,
    )
    for option in EVERY_LAYER:
        value: Any = config.get(option)
        if value is None:
            continue
        given: dict[str, Any] = {option: tuple(value.items()) if isinstance(value, Mapping) else value}
        try:
            layer = replace(layer, **given)
        except ScenarioError as error:
            entry.problems.append(f"{where}: {str(error).partition(': ')[2]}")
    entry.layer = layer
    if backend.has_redis:
        _read_hosts(entry, config.get("hosts") or [("localhost", 6379)], where)
    idle = [option for option in known if option in config and option not in (*EVERY_LAYER, "hosts")]
    if idle:
        entry.remarks.append(f"{' and '.join(idle)}: of no consequence here")
    if backend.reach == "process" and config.get("channel_capacity"):
        entry.remarks.append("asgiref's in-memory layer never heeded channel_capacity; here it counts")


def _read_hosts(entry: Entry, hosts: Any, where: str) -> None:
    """The Redis servers: ("redis.example", 6379) or "redis://redis.example:6379/0" each."""
    names: list[str] = []
    for host in hosts if isinstance(hosts, (list, tuple)) else [hosts]:
        if isinstance(host, str) and urlsplit(host).hostname:
            names.append(urlsplit(host).hostname or "")
        elif isinstance(host, (list, tuple)) and len(host) == 2 and isinstance(host[0], str):
            names.append(host[0])
    if not isinstance(hosts, (list, tuple)) or len(names) != len(hosts):
        form = 'it must be a list of ("redis.example", 6379) or "redis://redis.example:6379/0"'
        entry.problems.append(f"{where}: hosts={hosts!r}: {form}")
    else:
        entry.hosts = tuple("" if name in LOCALHOST else name for name in names)


def _read_routing(entry: Entry, said: Mapping[str, Any], where: str, known: Mapping[str, Any]) -> None:
    """ROUTING: a list of routes, a dict of consumers by channel, or the name of either."""
    if "ROUTING" not in said:
        entry.problems.append(
            f"{where}: there is no ROUTING; it must be a list of routes, or the path of one"
        )
        return
    routing = said["ROUTING"]
    if isinstance(routing, str):
        if routing not in known:
            entry.problems.append(f"{where}: ROUTING={routing!r}: {_not_imported(routing, known)}")
            return
        routing = known[routing]
    if isinstance(routing, Mapping):
        routing = {channel: known.get(consumer, consumer) for channel, consumer in routing.items()}
        named = [consumer for consumer in routing.values() if isinstance(consumer, str)]
        if named:
            entry.problems.append(f"{where}: ROUTING: {_not_imported(named[0], known)}")
            return
    entry.routing = routing


def _not_imported(path: str, known: Mapping[str, Any]) -> str:
    return (
        f"nothing is imported because settings say so: give applications={{{path!r}: ...}}, "
        f"or name one of {', '.join(known)}{nearest(path, known)}"
    )


def _unknown(where: str, key: str, value: object, what: str, known: Iterable[str]) -> str:
    words = f"there is no such {what}; there are {', '.join(known)}{nearest(key, known)}"
    return f"{where}: {key}={value!r}: {words}"


def nearest(name: object, names: Iterable[str]) -> str:
    """What may have been meant by *name*, to be added to a sentence; "" where nothing is near."""
    found = get_close_matches(str(name), list(names), 1)
    return f"; did you mean {found[0]!r}?" if found else ""

"""Routing: which consumer takes a message. The first route that matches wins."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any, Protocol

from chansim.channels.message import Message
from chansim.layer.eras import ERAS
from chansim.layer.names import InvalidName, check_channel

LENIENT = max(ERAS.values(), key=lambda era: (era.shared_replies, era.longest_name))
"""The era whose rule for names allows most: which one a route is for is known when it is on a layer."""

Consumer = Callable[..., Any]
Match = tuple[Consumer, dict[str, Any]] | None
"""A consumer and its keyword arguments, or None."""


class Entry(Protocol):
    """What a routing may hold: a Route, an Include, or anything else that finds a consumer for a message."""

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels whose messages it takes."""

    def match(self, message: Message) -> Match:
        """The consumer and its keyword arguments, or None."""


Routing = Iterable[Entry] | Mapping[str, Consumer | str] | str
"""A list of routes, a dict of a consumer for each channel, or the dotted path of either."""


class Route:
    """Messages of *channels* whose values match all the *filters* go to *consumer*.

    The consumer is a function, or the dotted path of one; a channel has a legal name. A filter is a regular
    expression for the value under that key, matched from its beginning; its
    named groups become the consumer's keyword arguments. A message without the
    key does not match. Raises ValueError for a name that no era allows, for a path that leads nowhere, and for
    an expression that is none, or that has groups without names.
    """

    def __init__(self, channels: str | Iterable[str], consumer: Consumer | str, **filters: str):
        what = f"route({channels!r}, ...)"
        if not isinstance(channels, Iterable):
            raise ValueError(f'{what}: it must be the name of a channel, or several, such as "http.request"')
        self.channels = (channels,) if isinstance(channels, str) else tuple(channels)
        for name in self.channels:
            try:
                check_channel(name, LENIENT)
            except InvalidName as error:
                raise ValueError(f"{what}: {error}") from None
        found = at_path(what, consumer) if isinstance(consumer, str) else consumer
        if not callable(found):
            raise ValueError(f"{what}: the consumer must be a function, not {found!r}")
        self.consumer: Consumer = found if hasattr(found, "__name__") else Named(found)
        self.filters = {key: _pattern(key, text) for key, text in filters.items()}

    def _key(self) -> tuple[Any, ...]:
        return self.channels, self.consumer, tuple(self.filters.items())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Route) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        filters = "".join(f", {key}={pattern.pattern!r}" for key, pattern in self.filters.items())
        return f"route({', '.join(self.channels)!r}, {self.consumer.__name__}{filters})"

    def match(self, message: Message) -> Match:
        """The consumer and its keyword arguments, or None."""
        if message.channel_name not in self.channels:
            return None
        if not self.filters:
            return self.consumer, {}
        arguments: dict[str, Any] = {}
        for key, pattern in self.filters.items():
            found = pattern.match(_text(message.content[key])) if key in message.content else None
            if found is None:
                return None
            arguments.update(found.groupdict())
        return self.consumer, arguments


class RouteClass(Route):
    """The route to a class-based consumer, which names the channels itself.

    Raises ValueError for one that does not, and where Route does.
    """

    def __init__(self, consumer: Consumer | str, **filters: str):
        found = at_path("route_class", consumer) if isinstance(consumer, str) else consumer
        channel_names = getattr(found, "channel_names", None)
        if channel_names is None:
            raise ValueError(
                f"route_class({found!r}): it needs a class-based consumer, which has a channel_names(); "
                "for a function write route(channel, function)"
            )
        super().__init__(sorted(channel_names()), found, **filters)


class Include:
    """The routes of another routing, for messages whose values begin with the *prefixes*.

    Its routes see the values without the prefixes; the consumer sees the whole.
    Raises ValueError as Route does, and for a routing that is none.
    """

    def __init__(self, routing: Routing, **prefixes: str):
        self.routes = routes_of(routing, "include")
        self.prefixes = {key: _pattern(key, text) for key, text in prefixes.items()}

    def _key(self) -> tuple[Any, ...]:
        return self.routes, tuple(self.prefixes.items())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Include) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        prefixes = "".join(f", {key}={pattern.pattern!r}" for key, pattern in self.prefixes.items())
        return f"include({list(self.routes)!r}{prefixes})"

    @property
    def channels(self) -> tuple[str, ...]:
        """Every channel that a route of the list names."""
        return tuple(name for route in self.routes for name in route.channels)

    def match(self, message: Message) -> Match:
        """The first match among the routes."""
        content, arguments = dict(message.content), {}  # only whole values are replaced: it need not be deep
        for key, pattern in self.prefixes.items():
            found = pattern.match(_text(content[key])) if key in content else None
            if found is None:
                return None
            arguments.update(found.groupdict())
            content[key] = _text(content[key])[found.end() :]
        inner = Message(content, message.channel_name)
        for route in self.routes:
            matched = route.match(inner)
            if matched is not None:
                consumer, own = matched
                return consumer, {**arguments, **own}
        return None


route = Route
route_class = RouteClass
include = Include


class Router:
    """The routes of a routing, tried in order. Raises ValueError for a routing that is none."""

    def __init__(self, routing: Routing):
        self.routes = routes_of(routing, "routing")
        self.channels = tuple(dict.fromkeys(name for route in self.routes for name in route.channels))
        self._routes_of = {
            channel: [route for route in self.routes if channel in route.channels]
            for channel in self.channels
        }

    def always(self, channel: str) -> Consumer | None:
        """The consumer that takes all messages of *channel*; None where that depends on the message."""
        first = next(iter(self._routes_of.get(channel, ())), None)
        return first.consumer if type(first) is Route and not first.filters else None

    def match(self, message: Message) -> Match:
        """The consumer and its keyword arguments, or None where no route matches."""
        for entry in self._routes_of.get(message.channel_name, ()):
            matched = entry.match(message)
            if matched is not None:
                return matched
        return None


def routes_of(routing: Routing, what: str) -> tuple[Entry, ...]:
    """The entries of a *routing*; *what* is its place, for the error. Raises ValueError for anything else."""
    found = at_path(what, routing) if isinstance(routing, str) else routing
    if isinstance(found, Mapping):
        return tuple(Route(channel, consumer) for channel, consumer in found.items())
    if not isinstance(found, Iterable):
        raise ValueError(f"{what}={found!r}: it must be a list of route(...) and include(...)")
    entries = tuple(found)
    for place, entry in enumerate(entries):
        if not (hasattr(entry, "match") and hasattr(entry, "channels")):
            raise ValueError(f"{what}[{place}]={entry!r}: it must be a route(...) or an include(...)")
    return entries


def at_path(what: str, path: str) -> Any:
    """What the dotted *path* leads to, as "shop.consumers.ws_connect"; its module is imported. Raises ValueError."""
    module, _, name = path.rpartition(".")
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(
            f"{what}: the path {path!r} leads to nothing ({error}); write it as package.module.name"
        ) from error


class Named:
    """A callable object that has a name, for the trace."""

    def __init__(self, consumer: Consumer):
        self.consumer = consumer
        self.__name__ = type(consumer).__name__
        self.costs = getattr(consumer, "costs", None)

    def __eq__(self, other: object) -> bool:
        return bool(self.consumer == (other.consumer if isinstance(other, Named) else other))

    def __hash__(self) -> int:
        return hash(self.consumer)

    def __call__(self, *arguments: Any, **keywords: Any) -> None:
        self.consumer(*arguments, **keywords)


def _text(value: object) -> str:
    """A message's value, as a filter reads it."""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _pattern(key: str, text: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(text)
    except (re.error, TypeError) as error:
        raise ValueError(f"the filter {key}={text!r} is not a regular expression: {error}") from None
    if pattern.groups != len(pattern.groupindex):
        raise ValueError(f"the filter {key}={text!r} has a group without a name; write (?P<name>...)")
    return pattern

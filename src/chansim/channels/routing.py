"""Routing: which consumer takes a message. The first route that matches wins."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from chansim.channels.message import Message

Consumer = Callable[..., None]


class Route:
    """Messages of *channels* whose values match the *filters* go to *consumer*.

    A filter is a regular expression for the value under that key, matched from
    its beginning; its named groups become the consumer's keyword arguments. A
    message without the key does not match. Raises ValueError for an expression
    that is none, or that has groups without names.
    """

    def __init__(self, channels: str | Sequence[str], consumer: Consumer, **filters: str):
        if not callable(consumer):
            raise ValueError(f"route({channels!r}, ...): the consumer must be a function, not {consumer!r}")
        self.channels = (channels,) if isinstance(channels, str) else tuple(channels)
        self.consumer = consumer if hasattr(consumer, "__name__") else _Named(consumer)
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

    def match(self, message: Message) -> tuple[Consumer, dict[str, Any]] | None:
        """The consumer and its keyword arguments, or None."""
        if message.channel_name not in self.channels:
            return None
        if not self.filters:
            return self.consumer, {}
        arguments: dict[str, Any] = {}
        for key, pattern in self.filters.items():
            found = pattern.match(str(message.content[key])) if key in message.content else None
            if found is None:
                return None
            arguments.update(found.groupdict())
        return self.consumer, arguments


class Include:
    """The routes of another list, for messages whose values begin with the *prefixes*."""

    def __init__(self, routes: Iterable[Route | Include], **prefixes: str):
        self.routes = tuple(routes)
        self.prefixes = {key: _pattern(key, text) for key, text in prefixes.items()}

    def _key(self) -> tuple[Any, ...]:
        return self.routes, tuple(self.prefixes.items())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Include) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    @property
    def channels(self) -> tuple[str, ...]:
        """Every channel that a route of the list names."""
        return tuple(name for route in self.routes for name in route.channels)

    def match(self, message: Message) -> tuple[Consumer, dict[str, Any]] | None:
        """The first match among the routes, which see the values without the prefixes."""
        content, arguments = dict(message.content), {}
        for key, pattern in self.prefixes.items():
            found = pattern.match(str(content[key])) if key in content else None
            if found is None:
                return None
            arguments.update(found.groupdict())
            content[key] = str(content[key])[found.end() :]
        inner = Message(content, message.channel_name)
        for route in self.routes:
            matched = route.match(inner)
            if matched is not None:
                consumer, own = matched
                return consumer, {**arguments, **own}
        return None


route = Route
include = Include


class Router:
    """A list of routes, tried in order."""

    def __init__(self, routes: Iterable[Route | Include]):
        self.routes = tuple(routes)
        self.channels = tuple(dict.fromkeys(name for route in self.routes for name in route.channels))
        self._routes_of = {
            channel: [route for route in self.routes if channel in route.channels]
            for channel in self.channels
        }

    def match(self, message: Message) -> tuple[Consumer, dict[str, Any]] | None:
        """The consumer and its keyword arguments, or None where no route matches."""
        for entry in self._routes_of.get(message.channel_name, ()):
            matched = entry.match(message)
            if matched is not None:
                return matched
        return None


class _Named:
    """A callable object that has a name, for the trace."""

    def __init__(self, consumer: Consumer):
        self.consumer = consumer
        self.__name__ = type(consumer).__name__
        self.costs = getattr(consumer, "costs", None)

    def __call__(self, *arguments: Any, **keywords: Any) -> None:
        self.consumer(*arguments, **keywords)


def _pattern(key: str, text: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(text)
    except (re.error, TypeError) as error:
        raise ValueError(f"the filter {key}={text!r} is not a regular expression: {error}") from None
    if pattern.groups != len(pattern.groupindex):
        raise ValueError(f"the filter {key}={text!r} has a group without a name; write (?P<name>...)")
    return pattern

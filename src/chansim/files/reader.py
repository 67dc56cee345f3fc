"""Reading: a scenario of the text that describes it, in TOML, without running any code.

A number, text or a list stands for itself. All else is a table: ``{ type = "Poisson", rate = 50.0 }`` is a
description, ``{ application = "chat.channel_routing" }`` a function or a routing, by its name,
``{ bytes = "..." }`` bytes, and ``{ none = true }`` None.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from difflib import get_close_matches
from typing import Any, NoReturn

from chansim.channels.routing import Include, Route
from chansim.files.kinds import fits, hints_of, in_words
from chansim.files.names import Names, is_routing
from chansim.files.toml import Path, line_of, twice, written
from chansim.model.component import Component, ScenarioError
from chansim.model.network import Network
from chansim.scenario import Scenario

VERSION = 1
"""Of the way files are written. It changes when an older file would mean something else, or could not be read."""

HEAD = ("version", "title", "seconds", "network", "components")
"""The keys at the top of a file."""


def from_text(
    text: str,
    applications: Mapping[str, Any] | None = None,
    types: Iterable[type] = (),
    source: str = "the text",
) -> Scenario:
    """The scenario that *text* describes. *source* is what an error calls it.

    No code of the text's choosing is run, and nothing is imported for its sake: a function is one that
    chansim ships, or one of *applications*, a dict by name; a type is chansim's or one of *types*. Raises
    ScenarioError, with the line, for a text that describes no scenario.
    """
    if not isinstance(text, str):
        raise ScenarioError(f"{source} is {text!r}; it must be text, in TOML")
    return Reader(text, Names(applications or {}, types), source).scenario()


class Reader:
    """Turns what TOML holds into descriptions, and says where something is wrong."""

    def __init__(self, text: str, names: Names, source: str = "the text"):
        self.text = text
        self.names = names
        self.source = source

    def scenario(self) -> Scenario:
        """The whole."""
        top = self.parsed()
        version = top.pop("version", None)
        if type(version) is not int or version != VERSION:
            self.wrong_version(version)
        self.check_keys(top, HEAD, ("title", "components"), ())
        components = top.pop("components")
        if not isinstance(components, dict) or not components:
            self.wrong(("components",), "they must be tables, [components.worker-1] and so on")
        network = self.made(Network, self.a_table(top.pop("network", {}), ("network",)), ("network",))
        found = tuple(self.component(name, about) for name, about in components.items())
        head = self.head(top)
        try:
            return Scenario(components=found, network=network, **head)
        except ScenarioError as error:
            self.wrong(error.place, str(error))

    def head(self, top: dict[str, Any]) -> dict[str, Any]:
        """Title and seconds."""
        hints = hints_of(Scenario)
        return {name: self.field(value, hints.get(name, Any), (name,)) for name, value in top.items()}

    def parsed(self) -> dict[str, Any]:
        """What TOML makes of the text."""
        try:
            return tomllib.loads(self.text)
        except RecursionError:
            raise ScenarioError(f"{self.source} is nested too deeply") from None
        except ValueError as error:
            double = twice(self.text)
            if double is None:
                raise ScenarioError(f"{self.source} is not TOML: {error}") from None
            path, first, second = double
            raise ScenarioError(
                f"{self.source}, line {second}, {'.'.join(path)}: this is there already, in line {first}; "
                "names must differ"
            ) from None

    def wrong_version(self, version: object) -> NoReturn:
        if version is None:
            self.wrong((), f"it does not say its version; write: version = {VERSION}")
        if isinstance(version, bool) or not isinstance(version, int):
            self.wrong(("version",), f"{version!r} is no version; write: version = {VERSION}")
        age = "newer than this chansim, which reads" if version > VERSION else "too old: this chansim reads"
        self.wrong(("version",), f"version {version} is {age} version {VERSION}")

    def component(self, name: str, about: Any) -> Component:
        """The component *name*."""
        place = ("components", name)
        table = dict(self.a_table(about, place))
        legal = {known: kind for known, kind in self.names.types.items() if issubclass(kind, Component)}
        kind = self.type_of(table, legal, place)
        if "name" in table:
            self.wrong((*place, "name"), f"the heading says the name already, {name!r}; leave this out")
        component: Component = self.made(kind, table, place, name=name)
        return component

    def made(self, kind: type, table: dict[str, Any], place: Path, **given: Any) -> Any:
        """A description of that *kind*, of its fields in *table* and of those *given*."""
        own = {each.name: each for each in fields(kind) if each.init}
        needed = [
            name for name, each in own.items() if each.default is MISSING and each.default_factory is MISSING
        ]
        self.check_keys(table, own, needed, place, given)
        hints, values = hints_of(kind), {}
        for name, value in table.items():
            checks_itself = {"number", "duration", "link"} & own[name].metadata.keys()
            hint = Any if checks_itself else hints.get(name, Any)
            values[name] = self.field(value, hint, (*place, name))
        try:
            return kind(**given, **values)
        except (ValueError, TypeError, ArithmeticError) as error:
            self.wrong(getattr(error, "place", ()) or place, str(error))

    def field(self, value: Any, hint: Any, place: Path) -> Any:
        """The value of a field, if it is of the kind that is asked for."""
        found = self.value(value, place)
        named = isinstance(value, dict) and "application" in value
        if not named and not fits(found, hint):
            self.wrong(place, f"{written(value)} does not fit; it must be {in_words(hint, self.names.types)}")
        return found

    def value(self, value: Any, place: Path) -> Any:
        """What stands for itself, or what a table stands for."""
        match value:
            case {"application": str(name), **rest} if not rest:
                return self.application(name, place)
            case {"bytes": str(letters), **rest} if not rest:
                try:
                    return letters.encode("latin-1")
                except UnicodeEncodeError:
                    self.wrong(
                        place,
                        f"{letters!r} holds more than bytes; write those above 127 as \\u0080 to \\u00FF",
                    )
            case {"none": True, **rest} if not rest:
                return None
            case {"type": "route"}:
                return self.route(value, place)
            case {"type": "include"}:
                return self.include(value, place)
            case dict():
                table = dict(value)
                return self.made(self.type_of(table, self.names.types, place), table, place)
            case list():
                return tuple(self.value(each, (*place, f"[{number}]")) for number, each in enumerate(value))
            case str() | int() | float():
                return value
        self.wrong(place, f"{value} is a date or a time, which no description has")

    def route(self, about: dict[str, Any], place: Path) -> Any:
        """A route, with its consumer by name."""
        self.check_keys(about, ("type", "channels", "consumer", "filters"), ("channels", "consumer"), place)
        channels = self.field(about["channels"], tuple[str, ...], (*place, "channels"))
        consumer = self.value(about["consumer"], (*place, "consumer"))
        if not callable(consumer):
            self.wrong((*place, "consumer"), 'it must be { application = "its name" }')
        return self.made_of_words(Route, (channels, consumer), about.get("filters", {}), place)

    def include(self, about: dict[str, Any], place: Path) -> Any:
        """An include of routes."""
        self.check_keys(about, ("type", "routes", "prefixes"), ("routes",), place)
        routes = self.value(about["routes"], (*place, "routes"))
        if not is_routing(routes):
            self.wrong((*place, "routes"), 'it must be a list of routes, or { application = "its name" }')
        return self.made_of_words(Include, (routes,), about.get("prefixes", {}), place)

    def made_of_words(self, kind: Any, given: tuple[Any, ...], words: Any, place: Path) -> Any:
        """A route or an include, with its regular expressions."""
        if not isinstance(words, dict) or not all(isinstance(word, str) for word in words.values()):
            self.wrong(place, f'{written(words)} must be regular expressions by key, {{ path = "^/chat/" }}')
        try:
            return kind(*given, **words)
        except (ValueError, TypeError) as error:
            self.wrong(place, str(error))

    def application(self, name: str, place: Path) -> Any:
        """The function or routing of that name."""
        known = self.names.applications
        if name not in known:
            self.wrong(
                place,
                f"there is no application {name!r}; there are {', '.join(known)}{nearest(name, known)} "
                f'(one of your own is given to load: applications={{"{name}": ...}})',
            )
        return known[name]

    def type_of(self, table: dict[str, Any], legal: Mapping[str, type], place: Path) -> type:
        """The type that a table says it is; it is taken out."""
        name = table.pop("type", None)
        if not isinstance(name, str):
            self.wrong(place, f'it must say its type, type = "Name"; there are {", ".join(legal)}')
        if name not in legal:
            self.wrong(
                (*place, "type"),
                f"there is no type {name!r} here; there are {', '.join(legal)}{nearest(name, legal)} "
                f"(one of your own is given to load: types=({name},))",
            )
        return legal[name]

    def a_table(self, value: Any, place: Path) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.wrong(place, f"{written(value)} does not fit; it must be a table, [{'.'.join(place)}]")
        return value

    def check_keys(
        self,
        table: Mapping[str, Any],
        legal: Iterable[str],
        needed: Iterable[str],
        place: Path,
        given: Iterable[str] = (),
    ) -> None:
        """Nothing is unknown, nothing is missing."""
        legal = [name for name in legal if name not in given]
        for name in table:
            if name not in legal:
                self.wrong(
                    (*place, name),
                    f"there is no such key; there are {', '.join(legal)}{nearest(name, legal)}",
                )
        for name in needed:
            if name not in table and name not in given:
                self.wrong(place, f"{name} is missing")

    def wrong(self, place: Path, why: str) -> NoReturn:
        """Raise the error that says what is wrong, and where."""
        line = line_of(self.text, place) if place else 0
        parts = (self.source, f"line {line}" if line else "", ".".join(place).replace(".[", "["))
        where = ", ".join(filter(None, parts))
        raise ScenarioError(f"{where}: {why}") from None


def nearest(name: str, legal: Iterable[str]) -> str:
    """A question, if there is something like it."""
    near = get_close_matches(name, list(legal), 1)
    return f"; did you mean {near[0]!r}?" if near else ""

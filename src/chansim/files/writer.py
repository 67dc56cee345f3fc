"""Writing: a scenario as text, in TOML, that :mod:`chansim.files.reader` reads back as an equal one."""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from chansim.channels.routing import Include, Route
from chansim.duration import Constant
from chansim.files.names import Names, is_application, is_description
from chansim.files.reader import VERSION, Reader
from chansim.files.toml import table, written
from chansim.model.component import ScenarioError
from chansim.scenario import Scenario


def to_text(
    scenario: Scenario, applications: Mapping[str, Any] | None = None, types: Iterable[type] = ()
) -> str:
    """The text from which ``from_text``, given the same *applications* and *types*, makes an equal scenario.

    Raises ScenarioError for what has no name, and for what would not come back as it is.
    """
    names = Names(applications or {}, types)
    writer = Writer(names)
    head = {"version": VERSION, "title": scenario.title, "seconds": scenario.seconds}
    parts = [
        "\n".join(f"{name} = {written(writer.plain(value, name))}" for name, value in head.items()) + "\n"
    ]
    network = writer.fields_of(scenario.network, "network")
    parts.append(table(("network",), network))
    for component in scenario.components:
        about = writer.described(component, f"components.{component.name}")
        del about["name"]
        parts.append(table(("components", component.name), about))
    text = "\n".join(parts)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ScenarioError(
            f"scenario: {error.object[error.start : error.end]!r} is no character that a file can hold"
        ) from None
    if Reader(text, names).scenario() != scenario:
        raise ScenarioError(
            "scenario: it cannot be saved: what is read back would not be equal to it; "
            "each component must be made again by its fields alone, and these be frozen"
        )
    return text


class Writer:
    """Turns descriptions into what TOML can hold."""

    def __init__(self, names: Names):
        self.names = names

    def plain(self, value: Any, place: str) -> Any:
        """*value* as text, numbers, lists and tables."""
        if is_application(value):
            name = self.names.name_of(value)
            if name is not None:
                return {"application": name}
        match value:
            case bool() | str():
                return value
            case numbers.Integral():
                return int(value)
            case numbers.Real():
                return self.exact(value, place)
            case None:
                return {"none": True}
            case bytes():
                return {"bytes": value.decode("latin-1")}
            case tuple():
                return [self.plain(each, f"{place}[{number}]") for number, each in enumerate(value)]
            case Route():
                filters = {name: pattern.pattern for name, pattern in value.filters.items()}
                consumer = self.plain(value.consumer, f"{place}.consumer")
                about = {"type": "route", "channels": list(value.channels), "consumer": consumer}
                return {**about, "filters": filters} if filters else about
            case Include():
                prefixes = {name: pattern.pattern for name, pattern in value.prefixes.items()}
                about = {"type": "include", "routes": self.plain(value.routes, f"{place}.routes")}
                return {**about, "prefixes": prefixes} if prefixes else about
        if is_description(type(value)):
            return self.described(value, place)
        if callable(value):
            name = getattr(value, "__name__", type(value).__name__)
            raise ScenarioError(
                f"{place}={name}: a file holds names of functions only, and this one has none that is known; "
                f'give it one, here and when the file is loaded: applications={{"mine.{name}": {name}}}'
            )
        raise ScenarioError(
            f"{place}={value!r}: a file holds text, numbers, tuples, frozen dataclasses and names of functions"
        )

    def exact(self, value: Any, place: str) -> float:
        """A number, if it is one that a file can hold."""
        number = float(value)
        if number != value:
            raise ScenarioError(f"{place}={value!r}: a file holds floats, and this number is none")
        return number

    def described(self, value: Any, place: str) -> dict[str, Any]:
        """A description with its type."""
        kind = type(value)
        if self.names.types.get(kind.__name__) is not kind:
            raise ScenarioError(
                f"{place}: the type {kind.__name__} is none of chansim's; "
                f"give it, here and when the file is loaded: types=({kind.__name__},)"
            )
        found = self.fields_of(value, place)
        if "type" in found:
            raise ScenarioError(
                f"{place}.type: a file keeps the key type for itself; call the field otherwise"
            )
        return {"type": kind.__name__, **found}

    def fields_of(self, value: Any, place: str) -> dict[str, Any]:
        """What makes the description again. A constant duration is written as its seconds, no link not at all."""
        found = {}
        for each in fields(value):
            inner, about = getattr(value, each.name), each.metadata
            if not each.init or ("link" in about and inner == "" == each.default):
                continue
            constant = "duration" in about and type(inner) is Constant
            found[each.name] = self.plain(inner.seconds if constant else inner, f"{place}.{each.name}")
        return found

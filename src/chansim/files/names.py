"""Names: what a file may call by its name. Nothing is imported because a file says so.

What chansim ships is looked up in its own folders, all of it and always the same: a component, a law or an
application that is added there is known here. All else is what the caller gives.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from chansim import applications as shipped_applications
from chansim import duration, model
from chansim.channels.routing import Include, Route
from chansim.layer import eras
from chansim.model.component import Component, ScenarioError


class Names:
    """*types*: frozen dataclasses by name. *applications*: functions and routings by name.

    Given are those of the caller, which come before chansim's own: types, and applications by name; of a
    module, all that it defines, as "name.function".
    """

    def __init__(self, applications: Mapping[str, Any], types: Iterable[type]):
        self.types = {**shipped_types(), **dict(_checked(types))}
        self.applications = {**_functions_of_fields(self.types.values()), **shipped()}
        if not isinstance(applications, Mapping):
            raise ScenarioError(
                f'applications={applications!r}: it must be a dict of names, such as {{"mine": my_routing}}'
            )
        for name, thing in applications.items():
            self.applications |= (
                dict(_of_module(name, thing)) if isinstance(thing, ModuleType) else {name: thing}
            )

    def name_of(self, thing: Any) -> str | None:
        """The name of a function or a routing; None where it has none."""
        for name, known in self.applications.items():
            if known is thing or known == thing or (isinstance(known, list) and tuple(known) == thing):
                return name
        return None


@cache
def shipped_types() -> dict[str, type]:
    """The descriptions that chansim ships: components, laws, arrivals, networks and eras."""
    modules = (*_modules_in(model), duration, eras)
    return {
        name: found
        for module in modules
        for name, found in vars(module).items()
        if is_description(found) and found.__module__ == module.__name__ and not name.startswith("_")
    }


@cache
def shipped() -> dict[str, Any]:
    """The applications that chansim ships, as "chat.channel_routing"."""
    start = len(shipped_applications.__name__) + 1
    return {
        name: thing
        for module in _modules_in(shipped_applications)
        for name, thing in _of_module(module.__name__[start:], module)
    }


def is_description(thing: object) -> bool:
    """Whether it is a type whose instances are frozen descriptions."""
    return (
        isinstance(thing, type)
        and is_dataclass(thing)
        and thing.__dataclass_params__.frozen  # type: ignore[attr-defined]
        and thing is not Component
    )


def is_application(thing: object) -> bool:
    """Whether it is written by its name: a function, or else what can be called; or a routing."""
    return callable(thing) or is_routing(thing)


def is_routing(thing: object) -> bool:
    """Whether it is several routes."""
    return (
        isinstance(thing, (tuple, list))
        and bool(thing)
        and all(isinstance(e, (Route, Include)) for e in thing)
    )


def _checked(types: Iterable[type]) -> Iterator[tuple[str, type]]:
    for each in types:
        if not is_description(each):
            raise ScenarioError(
                f"types: {each!r}: each must be a frozen dataclass, of a component or a law of your own"
            )
        yield each.__name__, each


def _modules_in(package: ModuleType) -> list[ModuleType]:
    found = pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    return [import_module(name) for name in sorted(each.name for each in found)]


def _of_module(prefix: str, module: ModuleType) -> Iterator[tuple[str, Any]]:
    for name, thing in vars(module).items():
        borrowed = inspect.isroutine(thing) or inspect.isclass(thing)
        borrowed = borrowed and thing.__module__ != module.__name__
        if is_application(thing) and not borrowed and not name.startswith("_"):
            yield f"{prefix}.{name}", thing


def _functions_of_fields(types: Iterable[type]) -> dict[str, Any]:
    """The functions that stand in a field where nobody says otherwise."""
    defaults = [each.default for kind in types for each in fields(kind) if inspect.isfunction(each.default)]
    return {default.__name__: default for default in defaults}

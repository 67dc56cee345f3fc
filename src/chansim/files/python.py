"""Python: a description as one expression of Python, which makes an equal one wherever it is pasted.

What may live here: how each kind of value is written, what has to be imported for that, and which names nobody can
import. Nothing is run.
"""

from __future__ import annotations

import builtins
import numbers
import re
import sys
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Any

from chansim import duration, model
from chansim.channels.routing import Include, Named, Route
from chansim.duration import Constant
from chansim.files.names import Names, is_application
from chansim.layer import eras
from chansim.scenario import Scenario

HERE = "__main__"
"""The module of what is typed into a notebook."""


class Python:
    """Writes values, and remembers what the text needs: :attr:`above` are the lines to stand above it."""

    def __init__(self) -> None:
        self._parts: set[str] = set()  # of chansim: "model"
        self._imports: set[str] = set()
        self.wanted: dict[str, Any] = {}
        """What no import reaches: the name under which the text has it, and the thing."""

    @property
    def above(self) -> tuple[str, ...]:
        """Imports, and in a comment each name that somebody has to define first."""
        usual = [f"from chansim import {', '.join(sorted(self._parts))}"] if self._parts else []
        wanted = [
            f"# {name}: {_told(thing)}; no import reaches it, so define it first, under this name"
            for name, thing in self.wanted.items()
        ]
        return (*usual, *sorted(self._imports), *wanted)

    def uses(self, part: str) -> str:
        """That *part* of chansim, which is imported."""
        self._parts.add(part)
        return part

    def written(self, value: Any, name: str = "value") -> str:
        """*value* as an expression. *name*: what to call it where it has no name and nothing can be imported."""
        known = _shipped(value) if is_application(value) else None
        if known is not None:
            return self._shipped(known)
        match value:
            case None | bool():
                return repr(value)
            case str():
                return text(value)
            case bytes():
                return repr(value)
            case numbers.Integral():
                return repr(int(value))
            case numbers.Real():
                number = repr(float(value))
                return number if number[-1].isdigit() else f'float("{number}")'
            case tuple():
                return f"({', '.join(self.written(each, name) for each in value)}{',' * (len(value) == 1)})"
            case list():
                return f"[{', '.join(self.written(each, name) for each in value)}]"
            case dict():
                pairs = (f"{self.written(k, name)}: {self.written(v, name)}" for k, v in value.items())
                return f"{{{', '.join(pairs)}}}"
            case re.Pattern():
                self._imports.add("import re")
                flags = f", {value.flags & ~re.UNICODE}" if value.flags & ~re.UNICODE else ""
                return f"re.compile({self.written(value.pattern)}{flags})"
            case Route():
                channels = value.channels[0] if len(value.channels) == 1 else list(value.channels)
                return self._entry("route", channels, value.consumer, value.filters)
            case Include():
                return self._entry("include", list(value.routes), None, value.prefixes)
            case Named():
                return self.written(value.consumer, name)
        if is_dataclass(value) and not isinstance(value, type):
            return self._described(value)
        return self._named(value, name)

    def _shipped(self, known: str) -> str:
        """An application that chansim ships, by its name there: "chat.channel_routing"."""
        *package, module, name = f"chansim.applications.{known}".split(".")
        self._imports.add(f"from {'.'.join(package)} import {module}")
        return f"{module}.{name}"

    def _entry(self, kind: str, first: Any, consumer: Any, patterns: Mapping[str, re.Pattern[str]]) -> str:
        parts = [self.written(first)]
        if consumer is not None:
            parts.append(self.written(consumer, "consumer"))
        parts += [f"{key}={self.written(pattern.pattern)}" for key, pattern in patterns.items()]
        return f"{self.uses('channels')}.{kind}({', '.join(parts)})"

    def _described(self, value: Any) -> str:
        """A frozen description: its type, and its fields as far as they do not stand at their default."""
        if type(value) is eras.Era and value in eras.ERAS.values():
            self._imports.add("from chansim.layer import eras")
            return f"eras.ERAS[{text(next(name for name, era in eras.ERAS.items() if era == value))}]"
        parts = [
            f"{each.name}={self._field(each, getattr(value, each.name))}"
            for each in fields(value)
            if each.init and not _is_default(each, getattr(value, each.name))
        ]
        return f"{self._type(type(value))}({', '.join(parts)})"

    def _field(self, about: Field[Any], value: Any) -> str:
        constant = "duration" in about.metadata and type(value) is Constant
        return self.written(value.seconds if constant else value, about.name)

    def _type(self, kind: type) -> str:
        for module, name in ((duration, "duration"), (eras, "eras"), (model, "model")):
            if kind.__module__.startswith(module.__name__) and getattr(module, kind.__name__, None) is kind:
                if module is eras:
                    self._imports.add("from chansim.layer import eras")
                    return f"eras.{kind.__name__}"
                return f"{self.uses(name)}.{kind.__name__}"
        return self.uses("Scenario") if kind is Scenario else self._named(kind, kind.__name__)

    def _named(self, thing: Any, name: str) -> str:
        """A function, a type or any other thing, by its import path; where it has none, by a name to be defined."""
        module, path = getattr(thing, "__module__", None), getattr(thing, "__qualname__", "")
        if isinstance(module, str) and module != HERE and _at(module, path) is thing:
            if module == builtins.__name__:
                return str(path)
            self._imports.add(f"import {module}")
            return f"{module}.{path}"
        for known, other in self.wanted.items():
            if other is thing:
                return known
        own = getattr(thing, "__name__", "")
        stem = own if own.isidentifier() else name if name.isidentifier() else "value"
        free, number = stem, 1
        while free in self.wanted:
            number += 1
            free = f"{stem}_{number}"
        self.wanted[free] = thing
        return free


def text(value: str) -> str:
    """Text as Python, in double quotes where that is simple."""
    return f'"{value}"' if not set('"\\') & set(value) and value.isprintable() else repr(value)


def _shipped(thing: Any) -> str | None:
    """The name of an application that chansim ships; of a field's default, none: that has a path."""
    name = _names().name_of(thing)
    return name if name is not None and "." in name else None


@cache
def _names() -> Names:
    return Names({}, ())


def _is_default(about: Field[Any], value: Any) -> bool:
    default = about.default_factory() if about.default_factory is not MISSING else about.default
    return default is not MISSING and (
        value is default or (type(value) is type(default) and value == default)
    )


def _at(module: str, path: str) -> Any:
    """What stands there now; None for nothing."""
    found: Any = sys.modules.get(module)
    for part in path.split("."):
        found = getattr(found, part, None)
    return found


def _told(thing: Any) -> str:
    """What kind of thing somebody has to supply."""
    if isinstance(thing, type):
        return "your type"
    if callable(thing):
        return "your lambda" if getattr(thing, "__name__", "") == "<lambda>" else "your function"
    return f"your {type(thing).__name__}"

"""Line: an edited deployment as one line of Python, and the line read back.

What may live here: how a state is written and read. A line is a deployment of :mod:`chansim.deployments`, with plain
values and laws, or any scenario, written out; and verbs of :mod:`chansim.editing` after it, with such values. Reading
runs nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from chansim.files.names import shipped_types
from chansim.files.python import Python
from chansim.model.component import Component, ScenarioError

if TYPE_CHECKING:
    from chansim.scenario import Scenario

VERBS = (
    "add_worker",
    "add_server",
    "add_machine",
    "remove",
    "move",
    "use_layer",
    "use_era",
    "change",
    "kill",
    "restart",
    "cut",
    "mend",
)
"""The methods of a Scenario that a line may use."""

_FORM = 'a line is written as deployments.slide16(rate=80.0).add_worker("server")'

Named = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Edit:
    """A *verb* of :data:`VERBS`, its arguments by place and those by name: plain values, and laws."""

    verb: str
    placed: tuple[Any, ...] = ()
    named: Named = ()

    @classmethod
    def of(cls, verb: str, *placed: Any, **named: Any) -> Edit:
        """The edit ``.verb(*placed, **named)``."""
        return cls(
            verb, tuple(map(frozen, placed)), tuple((name, frozen(each)) for name, each in named.items())
        )

    def __str__(self) -> str:
        return self.written(Python())

    def written(self, python: Python) -> str:
        """As *python* writes it."""
        placed = (python.written(value) for value in self.placed)
        named = (f"{name}={python.written(value, name)}" for name, value in self.named)
        return f".{self.verb}({', '.join([*placed, *named])})"

    def apply(self, scenario: Scenario) -> Scenario:
        """*scenario*, edited. Raises ScenarioError, in words, where that cannot be."""
        edited: Scenario = getattr(scenario, self.verb)(*self.placed, **dict(self.named))
        return edited

    def turns(self, other: Edit) -> bool:
        """Whether both turn the same knob of the same component, so that the later one alone counts."""
        if self.verb == other.verb == "use_era":
            return True
        return (
            self.verb == other.verb == "change"
            and self.placed == other.placed
            and [name for name, _ in self.named] == [name for name, _ in other.named]
        )


@dataclass(frozen=True)
class Line:
    """The *deployment* of that name, called with *arguments*, and then *edits*, one after the other.

    *own*: a scenario that somebody made by hand, in place of a deployment, whose name is then "".
    """

    deployment: str
    arguments: Named = ()
    edits: tuple[Edit, ...] = ()
    own: Scenario | None = None

    def __str__(self) -> str:
        return self._written[0]

    @property
    def above(self) -> tuple[str, ...]:
        """What has to stand above it, beside ``from chansim import deployments``: imports, and in a comment what no
        import reaches."""
        python = self._written[1]
        usual = ("from chansim import deployments",)
        return () if python.above == usual else python.above

    @cached_property
    def _written(self) -> tuple[str, Python]:
        """The line, and what wrote it."""
        python = Python()
        if self.own is not None:
            start = python.written(self.own)
        else:
            values = ", ".join(f"{name}={python.written(value, name)}" for name, value in self.arguments)
            start = f"{python.uses('deployments')}.{self.deployment}({values})"
        return start + "".join(edit.written(python) for edit in self.edits), python

    def edited(self, edit: Edit) -> Line:
        """With one more *edit*. Of several turns of one knob, one after the other, the last alone is kept."""
        edits = self.edits[:-1] if self.edits and edit.turns(self.edits[-1]) else self.edits
        return replace(self, edits=(*edits, edit))

    def turned(self, values: Mapping[str, Any]) -> Line:
        """With other arguments of the deployment."""
        given = {name: frozen(value) for name, value in values.items()}
        return replace(self, arguments=tuple({**dict(self.arguments), **given}.items()))

    def without(self, name: str) -> Line:
        """With that argument left to the deployment."""
        return replace(self, arguments=tuple(each for each in self.arguments if each[0] != name))

    def untouched(self) -> Line:
        """As it began: the deployment as it is, or the scenario that was given."""
        return replace(self, arguments=(), edits=())


def frozen(value: Any) -> Any:
    """*value* with tuples for lists, so that a line can be compared and kept."""
    return tuple(map(frozen, value)) if isinstance(value, (list, tuple)) else value


def is_plain(value: Any) -> bool:
    """Whether a line can hold it: numbers, text, True, False, None, laws, and tuples and lists of them."""
    if isinstance(value, (tuple, list)):
        return all(map(is_plain, value))
    law = _laws().get(type(value).__name__)
    if law is type(value):
        return all(is_plain(getattr(value, each.name)) for each in fields(law))
    return value is None or (isinstance(value, (bool, int, float, str)) and value == value)


def read(text: str) -> Line:
    """The line that *text* is. Raises ScenarioError, in words, for anything else. Nothing of it is run."""
    try:
        node: ast.AST = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        raise ScenarioError(f"lab: {text!r}: it is not one expression of Python; {_FORM}") from None
    edits: list[Edit] = []
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        name, owner = node.func.attr, node.func.value
        placed, named = _values(node)
        if isinstance(owner, ast.Name) and owner.id == "deployments":
            if placed:
                raise ScenarioError(f"lab: deployments.{name}: its arguments are given by name; {_FORM}")
            return Line(name, named, tuple(reversed(edits)))
        if name not in VERBS:
            raise ScenarioError(f"lab: .{name}(...): a line may use {', '.join(VERBS)}")
        edits.append(Edit(name, placed, named))
        node = owner
    raise ScenarioError(f"lab: {text!r}: it does not begin with a deployment; {_FORM}")


@cache
def _laws() -> dict[str, Any]:
    """The frozen descriptions of chansim's that are no components: laws of durations, of arrivals, of retries."""
    return {name: kind for name, kind in shipped_types().items() if not issubclass(kind, Component)}


def _value(node: ast.expr) -> Any:
    """What is written there. Raises ValueError for what is neither plain nor a law."""
    if isinstance(node, (ast.Tuple, ast.List)):
        return tuple(map(_value, node.elts))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        owner, law = node.func.value, _laws().get(node.func.attr)
        if isinstance(owner, ast.Name) and owner.id in ("duration", "model") and law is not None:
            named = {str(each.arg): _value(each.value) for each in node.keywords}
            try:
                return law(*map(_value, node.args), **named)
            except ScenarioError:
                raise
            except (TypeError, ValueError) as error:
                raise ScenarioError(f"lab: {ast.unparse(node)}: {error}") from None
    return frozen(ast.literal_eval(node))


def _values(call: ast.Call) -> tuple[tuple[Any, ...], Named]:
    try:
        placed = tuple(map(_value, call.args))
        named = tuple((str(each.arg), _value(each.value)) for each in call.keywords if each.arg)
    except ScenarioError:  # a law says what is wrong with it
        raise
    except ValueError:
        raise ScenarioError(
            f"lab: {ast.unparse(call)}: a line holds plain values and laws only; {_FORM}"
        ) from None
    if len(named) < len(call.keywords):
        raise ScenarioError(f"lab: {ast.unparse(call)}: a line names each argument; {_FORM}")
    return placed, named

"""Line: an edited deployment as one line of Python, and the line read back.

What may live here: how a state is written and read. Reading runs nothing: a line is a deployment of
:mod:`chansim.deployments`, with plain values, and verbs of :mod:`chansim.editing` with plain values after it.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chansim.model.component import ScenarioError

if TYPE_CHECKING:
    from chansim.scenario import Scenario

VERBS = (
    "add_worker",
    "add_server",
    "add_machine",
    "remove",
    "move",
    "use_layer",
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
    """A *verb* of :data:`VERBS`, its arguments by place and those by name: plain values."""

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
        values = [*map(_written, self.placed), *(f"{name}={_written(value)}" for name, value in self.named)]
        return f".{self.verb}({', '.join(values)})"

    def apply(self, scenario: Scenario) -> Scenario:
        """*scenario*, edited. Raises ScenarioError, in words, where that cannot be."""
        edited: Scenario = getattr(scenario, self.verb)(*self.placed, **dict(self.named))
        return edited

    def turns(self, other: Edit) -> bool:
        """Whether both turn the same knob of the same component, so that the later one alone counts."""
        return (
            self.verb == other.verb == "change"
            and self.placed == other.placed
            and [name for name, _ in self.named] == [name for name, _ in other.named]
        )


@dataclass(frozen=True)
class Line:
    """The *deployment* of that name, called with *arguments*, and then *edits*, one after the other."""

    deployment: str
    arguments: Named = ()
    edits: tuple[Edit, ...] = ()

    def __str__(self) -> str:
        values = ", ".join(f"{name}={_written(value)}" for name, value in self.arguments)
        return f"deployments.{self.deployment}({values}){''.join(map(str, self.edits))}"

    def edited(self, edit: Edit) -> Line:
        """With one more *edit*. Of several turns of one knob, one after the other, the last alone is kept."""
        edits = self.edits[:-1] if self.edits and edit.turns(self.edits[-1]) else self.edits
        return replace(self, edits=(*edits, edit))

    def turned(self, values: Mapping[str, Any]) -> Line:
        """With other arguments of the deployment."""
        given = {name: frozen(value) for name, value in values.items()}
        return replace(self, arguments=tuple({**dict(self.arguments), **given}.items()))

    def untouched(self) -> Line:
        """Without the edits."""
        return replace(self, edits=())


def _written(value: Any) -> str:
    """A plain value as Python, text in double quotes where that is simple."""
    if isinstance(value, str) and not set('"\\') & set(value) and value.isprintable():
        return f'"{value}"'
    return repr(value)


def frozen(value: Any) -> Any:
    """*value* with tuples for lists, so that a line can be compared and kept."""
    return tuple(map(frozen, value)) if isinstance(value, (list, tuple)) else value


def is_plain(value: Any) -> bool:
    """Whether a line can hold it: numbers, text, True, False, None, and tuples and lists of them."""
    if isinstance(value, (tuple, list)):
        return all(map(is_plain, value))
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


def _values(call: ast.Call) -> tuple[tuple[Any, ...], Named]:
    try:
        placed = tuple(frozen(ast.literal_eval(each)) for each in call.args)
        named = tuple(
            (str(each.arg), frozen(ast.literal_eval(each.value))) for each in call.keywords if each.arg
        )
    except ValueError:
        raise ScenarioError(f"lab: {ast.unparse(call)}: a line holds plain values only; {_FORM}") from None
    if len(named) < len(call.keywords):
        raise ScenarioError(f"lab: {ast.unparse(call)}: a line names each argument; {_FORM}")
    return placed, named

"""Through: what a component's links lead to, in a picture that has no box for some of what is linked.

What may live here: following links. A sharded layer, say, is no box; its shards are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chansim.model.component import Component
    from chansim.scenario import Scenario


def through(scenario: Scenario, component: Component) -> Iterator[tuple[str, str]]:
    """The names of those with a role that *component* is linked to, each after the one whose own link that is."""
    for name in dict.fromkeys(name for _, name in component.links()):
        if scenario[name].role:
            yield component.name, name
        else:
            yield from through(scenario, scenario[name])


def linked(scenario: Scenario, component: Component) -> list[str]:
    """The names alone."""
    return list(dict.fromkeys(name for _, name in through(scenario, component)))

"""Knobs: what of a component can be turned, as its fields say it themselves.

What may live here: reading the fields' metadata (see :mod:`chansim.model.component`), and finding out by
trial whether turning a knob changes anything in a deployment.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from chansim.duration import Constant
from chansim.model.component import Component, ScenarioError

if TYPE_CHECKING:
    from chansim.scenario import Scenario


@dataclass(frozen=True)
class Knob:
    """A number to turn: the *field* of a component, its *unit* and *doc*, from *low* to *high*, where it stands.

    *whole*: whether only whole numbers are legal.
    """

    component: str
    field: str
    unit: str
    doc: str
    low: float
    high: float
    value: float
    whole: bool

    @property
    def step(self) -> float:
        """A sensible step of a slider: 1 for whole numbers; else a round hundredth of the range."""
        if self.whole:
            return 1
        return float(f"1e{math.floor(math.log10((self.high - self.low) / 100 or 1))}")


def knobs_of(component: Component) -> list[Knob]:
    """A knob for each field that says a range to turn it through, and holds a number."""
    found = []
    for each in fields(component):
        about, value = each.metadata, getattr(component, each.name)
        if isinstance(value, Constant):
            value = value.seconds
        if not about.get("slider") or isinstance(value, bool) or not isinstance(value, (int, float)):
            continue
        low, high = about["slider"]
        whole = bool(about.get("number", {}).get("whole"))
        unit, doc = about["unit"], about["doc"]
        found.append(
            Knob(component.name, each.name, unit, doc, min(low, value), max(high, value), value, whole)
        )
    return found


def trials(scenario: Scenario, knob: Knob) -> list[Scenario]:
    """The *scenario* with a knob a little above the lower end of its range and at either end, as far as legal.

    A little above, because at the very end 0 may mean "never"."""
    found = []
    little = knob.low + (1 if knob.whole else (knob.high - knob.low) / 1000)
    for end in dict.fromkeys((little, knob.low, knob.high)):
        value = int(end) if knob.whole else float(end)
        if value != knob.value:
            try:
                found.append(scenario.change(knob.component, **{knob.field: value}))
            except ScenarioError:
                continue
    return found


SLOW = 0.5
"""Seconds that code takes under strain: then something waits wherever a handful of requests a second come."""


def strained(scenario: Scenario) -> Scenario:
    """*scenario* where all code waits for :data:`SLOW`, so that queues fill and patience ends.

    What matters only then, an expiry say, is to be found too.
    """
    slow: dict[str, Any] = {"io": Constant(SLOW)}
    return scenario.with_(
        components=tuple(
            replace(each, **slow) if hasattr(each, "io") else each for each in scenario.components
        )
    )

"""Eras: the same deployment in another era.

What may live here: what of a deployment its era decides. All its layers are of one era, whatever they consist
of; and what stands where the old era had it, as how often Daphne looks, then stands where the new one has it.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from chansim.editing.finding import link_to, provides
from chansim.layer.eras import Era, era_called
from chansim.model.component import Component, ScenarioError

if TYPE_CHECKING:
    from chansim.scenario import Scenario


def use_era(scenario: Scenario, era: str | Era) -> Scenario:
    """The same deployment with the habits of *era*: "june2016", "channels10" or "channels11", or an Era.

    The application is what it was: since 1.0 one that takes ``websocket.connect`` has to accept each socket.
    """
    layers: dict[str, Any] = {each.name: each for each in scenario.components if provides(each, "layer")}
    if not layers:
        raise ScenarioError("use_era: this deployment has no channel layer, and what changed was Channels")
    try:
        later = era_called(era)
    except ValueError as error:
        raise ScenarioError(f"use_era: {error}, or an Era") from None

    def moved(component: Component) -> Component:
        field = link_to(component, "layer") or "name"
        layer = layers.get(component.name) or layers.get(getattr(component, field))
        if layer is None:
            return component
        earlier, own = era_called(layer.era), {each.name for each in fields(component)}
        changes: dict[str, Any] = {"era": era} if "era" in own else {}
        for habit in (each.name for each in fields(Era) if each.name in own - {"name"}):
            if (
                getattr(component, habit) == getattr(earlier, habit) is not None
            ):  # None: the era's, whichever it is
                changes[habit] = getattr(later, habit)
        return replace(component, **changes)

    return scenario.with_(components=tuple(map(moved, scenario.components)))

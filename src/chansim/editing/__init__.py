"""Editing: the verbs that change a deployment, each a scenario and what to do to a new scenario.

What may live here: functions that add, take away, move, connect and break parts of a description. They know no
widget, no browser and no run. :class:`chansim.Scenario` has them as methods, so that any state that a hand can
reach on the picture is one line of Python::

    deployments.slide16(rate=80.0).add_worker("server").use_layer("memory").kill("worker-1", at=10.0)

Each says in words what is wrong with what it is asked, and what would be right.
"""

from __future__ import annotations

from chansim.editing.breaking import cut, kill, mend, restart
from chansim.editing.eras import use_era
from chansim.editing.layers import KINDS, kind_of, use_layer, why_not
from chansim.editing.placing import add_machine, add_server, add_worker, move, remove

__all__ = [
    "add_worker",
    "add_server",
    "add_machine",
    "remove",
    "move",
    "use_layer",
    "use_era",
    "KINDS",
    "kind_of",
    "why_not",
    "kill",
    "restart",
    "cut",
    "mend",
]

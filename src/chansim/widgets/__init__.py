"""Widgets: what is turned by hand in a notebook. Only this part of chansim loads ipywidgets and anywidget.

``lab("slide16")`` shows a deployment with its knobs, and ``lab_picture("slide16")`` gives the same picture
without a widget: for a page that nobody can turn, or for a program. ``player(run)`` plays a run's messages, and
``view(run, gantt, player)`` is any of the views beside it: what is clicked in one is marked in both.
``explore(run)`` shows several views with one selection.
``race(scenario)`` executes one over its simulation, and lays it upon its replay.
``stepper('send("news", {"n": 1})', 'wait(61)')`` goes through calls on a channel layer, one a press.
"""

from __future__ import annotations

from chansim.bench import lab_picture
from chansim.widgets.explore import Exploration, explore
from chansim.widgets.lab import Lab, lab
from chansim.widgets.player import Player, player
from chansim.widgets.race import Race, race
from chansim.widgets.stepper import Stepper, stepper
from chansim.widgets.view import View, view

__all__ = [
    "lab",
    "lab_picture",
    "Lab",
    "player",
    "Player",
    "race",
    "Race",
    "stepper",
    "Stepper",
    "view",
    "View",
    "explore",
    "Exploration",
]

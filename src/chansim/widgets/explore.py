"""Explore: several views of one run, with one selection for all of them.

What may live here: which views of a run go side by side, and the selection that they share. One view is the business
of :mod:`chansim.widgets.view`.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from inspect import signature
from typing import Any

import ipywidgets
import traitlets

from chansim import views
from chansim.run import Run
from chansim.views.checked import told
from chansim.views.chosen import chosen
from chansim.widgets.selecting import Selecting
from chansim.widgets.view import View, view

SHOWN = ("topology", "space_time", "waterfall", "gantt", "channel_heatmap")
"""What is shown unless somebody asks for others."""

HINT = (
    "Click a message, a worker or a channel, or go to it with the arrow keys and press Enter. "
    "Once more selects the whole request, a third time nothing."
)


class Exploration(Selecting, ipywidgets.VBox):  # type: ignore[misc]
    """The widget that :func:`explore` makes: *views*, by name, each a :class:`chansim.widgets.View`.

    *selected*: what is picked out in all of them; set it, or observe "selection".
    """

    def __init__(self, run: Run, names: tuple[str, ...]) -> None:
        self.run = run
        self.views: dict[str, View] = {name: view(run, getattr(views, name)) for name in names}
        self._said = ipywidgets.HTML()
        super().__init__([self._said, *self.views.values()])
        for each in self.views.values():
            traitlets.link((self, "selection"), (each, "selection"))
        self._say()

    @traitlets.observe("selection")
    def _say(self, change: Mapping[str, Any] | None = None) -> None:
        """What is selected, in words, above the pictures."""
        words = chosen(self.run, self.selected).words.strip() or HINT
        self._said.value = f'<span role="status">{escape(words)}</span>'

    def __repr__(self) -> str:
        return "\n".join(each.figure.words for each in self.views.values())

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The widget; where it cannot be shown, the pictures and their words."""
        found = super()._repr_mimebundle_(**options)
        data, metadata = found if isinstance(found, tuple) else (found or {}, {})
        pictures = "\n".join(f"<div>{each.figure.svg}</div>" for each in self.views.values())
        return {**data, "text/plain": repr(self), "text/html": pictures}, metadata


def explore(run: Run, *names: str) -> Exploration:
    """Several views of *run*, one below the other: what is clicked in one, or chosen there by keys, is marked in all.

    *names*: of views, such as "gantt" and "ecdf"; :data:`SHOWN` unless given. Raises TypeError for what is no Run, and
    ValueError, with the names there are, for what is no view of one run.
    """
    if not isinstance(run, Run):
        raise TypeError(f"explore: run={told(run)}: it must be a Run, such as simulate(scenario) gives")
    legal = of_one_run()
    for name in names:
        if name not in legal:
            raise ValueError(f"explore: {told(name)}: it must be one of {', '.join(legal)}")
    return Exploration(run, tuple(dict.fromkeys(names)) or SHOWN)


def of_one_run() -> list[str]:
    """The names of the views that need one run and nothing else, and mark what is selected."""
    found = []
    for name in views.__all__:
        known = signature(getattr(views, name)).parameters
        needed = [
            each for each in known.values() if each.default is each.empty and each.kind != each.VAR_POSITIONAL
        ]
        runs = next(iter(known), "") in ("run", "runs", "scenario", "subject")
        if "selection" in known and runs and len(needed) <= 1:
            found.append(name)
    return found

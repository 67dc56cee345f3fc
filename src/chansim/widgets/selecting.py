"""Selecting: what every widget with a selection has in common.

What may live here: how a selection is given to the browser, and back to Python. What it means in a picture is the
business of :mod:`chansim.views.chosen`.
"""

from __future__ import annotations

from dataclasses import asdict

import traitlets

from chansim.selection import Selection


class Selecting(traitlets.HasTraits):
    """A widget in which something is picked out; *selection* is how the browser has it: only what is selected.

    A widget that the browser itself tells of selections declares the trait anew, as one that is synchronized.
    """

    selection = traitlets.Dict()

    @property
    def selected(self) -> Selection:
        """What is picked out, a :class:`~chansim.selection.Selection`; set it, or observe "selection"."""
        return Selection(**self.selection)

    @selected.setter
    def selected(self, selection: Selection) -> None:
        self.selection = {name: value for name, value in asdict(selection).items() if value is not None}

"""View: one of the views as a widget, in which a click selects, in all widgets that it is linked with.

What may live here: how a drawn view and the browser tell each other what is selected. How it is drawn is the business
of :mod:`chansim.views`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import anywidget
import traitlets

from chansim.figure import Figure
from chansim.selection import Selection
from chansim.widgets.embedded import code, style, with_variables
from chansim.widgets.selecting import Selecting


class View(Selecting, anywidget.AnyWidget):
    """The widget that :func:`view` makes. *selected* is what is picked out; *figure* the picture shown."""

    _esm = code("view.js")
    _css = style("view.css", ".chansim-view")

    svg = traitlets.Unicode().tag(sync=True)
    selection = traitlets.Dict().tag(sync=True)

    def __init__(self, draw: Callable[[Selection], Figure]) -> None:
        self._alone = threading.RLock()  # Jupyter answers the browser in one thread and runs cells in another
        super().__init__()
        self._draw = draw
        self._show()

    @traitlets.observe("selection")
    def _show(self, change: Mapping[str, Any] | None = None) -> None:
        """Draw it with what is selected now; where that cannot be, the picture stays as it was. One at a time: an older
        picture, begun earlier, must not come last."""
        with self._alone:
            try:
                self.figure = self._draw(self.selected)
            except (TypeError, ValueError):
                if change is None:
                    raise
                return
            self.svg = with_variables(self.figure.svg)

    def __repr__(self) -> str:
        return self.figure.words

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The widget; where it cannot be shown, the picture and its words."""
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return {**data, "text/plain": repr(self), "image/svg+xml": self.figure.svg}, metadata


def view(run: Any, draw: Callable[..., Figure], *beside: Any, **options: Any) -> View:
    """A view of *run*, such as ``view(run, gantt)``, in which a click, or the arrow keys and Enter, select.

    *beside*: widgets with a selection, such as a player: what is picked out in one is marked in all. *options* are the
    view's own. A selection that the view cannot show leaves it as it was.
    """
    if not callable(draw):
        raise TypeError(
            f"view: draw={draw!r}: it must be a view itself, such as chansim.views.gantt, no name"
        )
    for other in beside:
        if not hasattr(other, "selection"):
            raise TypeError(f"view: beside={other!r}: it must be a widget with a selection, such as a player")
    made = View(lambda selection: draw(run, selection=selection, **options))
    for other in beside:
        traitlets.link((other, "selection"), (made, "selection"))
    return made

"""Stepper: calls on a channel layer, one a press, and the layer after each.

What may live here: how a :class:`~chansim.calls.Calls` and the browser tell each other what was called. What the
layer does, and how it is drawn, is the business of :mod:`chansim.calls`; the page is ``static/stepper.js``.
"""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from chansim.calls import VERBS, Calls
from chansim.figure import Figure
from chansim.layer.eras import JUNE_2016
from chansim.widgets.embedded import code, style, with_variables


class Stepper(anywidget.AnyWidget):
    """The widget that :func:`stepper` makes. *step*: after how many calls the layer is shown; set it, and it is.

    *calls* is what is called; :meth:`call` adds one more after the one that is shown.
    """

    _esm = code("elements.js", "stepper.js")
    _css = code("bars.css") + style("stepper.css", ".chansim-stepper")

    steps: Any = traitlets.List().tag(
        sync=True
    )  #: for each step its call, what that gave, the words and the picture
    step = traitlets.Int().tag(sync=True)
    problem = traitlets.Unicode().tag(sync=True)
    verbs: Any = traitlets.List().tag(sync=True)

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        super().__init__(verbs=[[verb, needs] for verb, needs in VERBS.items()])
        self._show()
        self.on_msg(self._asked)

    def call(self, line: str, after: int | None = None) -> None:
        """One more call, after so many, or after the one that is shown. Raises ValueError, in words, for no call."""
        place = self.step if after is None else after
        self.calls = self.calls.with_call(line, place)
        self._show(place + 1)

    def take_back(self, step: int | None = None) -> None:
        """Without the call of that *step*, or without the one that is shown."""
        place = self.step if step is None else step
        if 0 < place <= len(self.calls.calls):
            self.calls = self.calls.without(place - 1)
            self._show(place - 1)

    def _show(self, step: int = 0) -> None:
        with self.hold_sync():  # one message, not three
            self.problem = ""
            self.steps = [
                [
                    state.call,
                    state.gave,
                    self.calls.words(number),
                    with_variables(self.calls.picture(number).svg),
                ]
                for number, state in enumerate(self.calls.states)
            ]
            self.step = step

    @traitlets.validate("step")
    def _within(self, proposal: dict[str, Any]) -> int:
        return int(max(0, min(proposal["value"], len(self.calls.calls))))

    def _asked(self, _widget: object, message: Any, _buffers: object) -> None:
        """The browser wants one more call, or one less."""
        if not isinstance(message, dict):
            return
        try:
            if "call" in message:
                self.call(str(message["call"])[:500], _whole(message.get("after")))
            elif "take back" in message:
                self.take_back(_whole(message["take back"]))
        except ValueError as error:
            self.problem = str(error)

    @property
    def figure(self) -> Figure:
        """What is shown, as a still; see :func:`chansim.calls.layer_after`."""
        return self.calls.picture(self.step)

    def kept(self) -> dict[str, Any]:
        """All that the browser needs where there is no Python, as JSON can say it."""
        return {name: getattr(self, name) for name in ("steps", "step", "problem", "verbs")}

    def __repr__(self) -> str:
        return f"A stepper of {len(self.calls.calls)} calls; run this cell to use it.\n{self.figure.words}"

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The widget; where it cannot be shown, the picture and its words."""
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return {**data, "text/plain": repr(self), "image/svg+xml": self.figure.svg}, metadata


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def stepper(
    *calls: str, capacity: int = JUNE_2016.memory_capacity, expiry: float = JUNE_2016.expiry
) -> Stepper:
    """Go through *calls* on a channel layer, one a press, see how it stands after each, and make calls of your own.

    *calls* are lines of Python, such as ``send("news", {"n": 1})`` or ``wait(61)``; the layer is a real one, with a
    clock that only ``wait`` moves. :func:`chansim.calls.layer_after` is one of the pictures without a widget. Raises
    ValueError, in words, for a line that is no call.
    """
    return Stepper(Calls(calls, capacity, expiry))

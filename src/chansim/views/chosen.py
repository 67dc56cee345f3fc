"""Chosen: what of a run belongs to a selection.

What may live here: the rows that fit a selection, as the messages, requests, components and channels in
them, and the look that marks these in a drawing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chansim.measures import family
from chansim.measures.rows import is_plain
from chansim.palette import SELECTED
from chansim.selection import Selection
from chansim.svg import Look
from chansim.views.through import linked

if TYPE_CHECKING:
    from chansim.run import Run

MARK: Look = {"stroke": SELECTED, "stroke_width": 3}
"""How a shape of what is selected is drawn: it is told by its width where colours cannot be."""


@dataclass(frozen=True)
class Chosen:
    """Numbers and names that the rows of a selection have. All are empty where nothing is selected.

    Components are those of the scenario and their lanes; channels are written as
    :func:`chansim.measures.rows.family` does.
    """

    selection: Selection
    messages: frozenset[int] = frozenset()
    requests: frozenset[int] = frozenset()
    components: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    layers: frozenset[str] = frozenset()  #: that these components use, where they put anything on a channel

    def __bool__(self) -> bool:
        """Whether anything is selected, be it in the run or not."""
        return bool(self.selection)

    @property
    def words(self) -> str:
        """ " Selected: component worker-1, 40 messages of 20 requests."; "" where nothing is."""
        if not self:
            return ""
        if not self.messages and not self.components:
            return f" Selected: {self.selection}, of which there is nothing in this run."
        many = _many(len(self.messages), "message"), _many(len(self.requests), "request")
        return f" Selected: {self.selection}, {many[0]} of {many[1]}."

    def look(self, fits: bool) -> Look | None:
        """The look of a shape, which *fits* the selection or does not, over its own."""
        return MARK if fits and self else None


def chosen(run: Run, selection: Selection | None) -> Chosen:
    """What of *run* belongs to *selection*; None for nothing."""
    if not selection:
        return Chosen(Selection())
    trace, names = run.trace, run.trace.names
    owners = {lane: each.name for each in run.scenario.components for lane in each.lanes()}
    lanes = {name for name in names if selection.component in (name, owners.get(name))}
    families = [family(name) for name in names]
    messages, requests, components, channels = set(), set(), set(), set()
    wanted = selection.message, selection.request, selection.channel
    component_fits = [selection.component is None or name in lanes for name in names]
    channel_fits = [
        selection.channel is None or selection.channel in (name, families[code])
        for code, name in enumerate(names)
    ]
    for who, channel, message, request in zip(
        trace.component, trace.channel, trace.message, trace.request, strict=True
    ):
        if (
            (wanted[0] is None or message == wanted[0])
            and (wanted[1] is None or request == wanted[1])
            and component_fits[who]
            and channel_fits[channel]
        ):
            messages.add(message)
            requests.add(request)
            components.add(who)
            channels.add(channel)
    found = {names[code] for code in components}
    found |= {owners[name] for name in found if name in owners}
    if selection.component is not None:  # it is selected even where it did nothing
        found |= {
            name for name in (selection.component,) if name in {c.name for c in run.scenario.components}
        }
    queues = {families[code] for code in channels if not is_plain(names[code])}
    layers = {
        to
        for each in run.scenario.components
        if each.name in found and queues
        for to in linked(run.scenario, each)
        if run.scenario[to].role == "layer"
    }
    return Chosen(
        selection,
        frozenset(messages - {0}),
        frozenset(requests - {0}),
        frozenset(found),
        frozenset(queues),
        frozenset(layers),
    )


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' if count != 1 else ''}"

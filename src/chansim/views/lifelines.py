"""Lifelines: the vertical lines of a space-time diagram and what is drawn on them.

What may live here: where a moment and a name stand, and the look of the axis,
headers and bars. Nothing here reads a trace.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from chansim.palette import GRID, INK, QUIET, RULE, role_colour
from chansim.svg import Drawing, Look, shortened, text_width
from chansim.views.axis import tick_label, ticks
from chansim.views.hops import Bar
from chansim.views.steps import ms

WIDTH = 740.0
AXIS, HEAD, TOP = 46.0, 36.0, 62.0  # width of the time axis, height of a header, where time begins
BAR = 10.0  # width of a bar


@dataclass(frozen=True)
class Lifeline:
    """One vertical line: a component, a lane or a channel."""

    name: str
    role: str


@dataclass
class Chart:
    """*lines* from left to right, *since* to *until* (seconds) downwards; *zero* is 0 on the axis."""

    lines: Sequence[Lifeline]
    since: float
    until: float
    zero: float
    height: float
    busy: set[str] = field(default_factory=set)  #: lifelines with bars, which arrows stop short of
    taken: list[tuple[float, float, float, float]] = field(
        default_factory=list
    )  #: where words stand: sides, top, bottom

    @property
    def bottom(self) -> float:
        """Where time ends, and the headers' space below it."""
        return TOP + self.height

    @property
    def spacing(self) -> float:
        """Pixels from one lifeline to the next."""
        return (WIDTH - AXIS - 8) / len(self.lines)

    def x(self, name: str) -> float:
        """Where the lifeline of that name stands."""
        place = next(i for i, line in enumerate(self.lines) if line.name == name)
        return AXIS + self.spacing * (place + 0.5)

    def y(self, t: float) -> float:
        """How far down the moment *t* stands; what lies outside stands on the edge."""
        share = (t - self.since) / (self.until - self.since) if self.until > self.since else 0.0
        return TOP + 10 + (self.height - 20) * min(1.0, max(0.0, share))

    def draw(self, drawing: Drawing, main: int, requests: Collection[int], bars: Sequence[Bar]) -> None:
        """Axis, lifelines and bars: those of request *main* full, of other *requests* pale, the rest grey."""
        self._draw_axis(drawing)
        self._draw_lines(drawing)
        self.busy = {bar.lane for bar in bars}
        for bar in bars:
            self._draw_bar(drawing, bar, main, requests)

    def _draw_axis(self, drawing: Drawing) -> None:
        low, high = (self.since - self.zero) * 1000, (self.until - self.zero) * 1000
        found = ticks(low, high, max(4, int(self.height / 60)))
        step = found[1] - found[0] if len(found) > 1 else 1.0
        drawing.write(AXIS - 10, TOP - 4, "ms", 11, text_anchor="end", fill=QUIET)
        for tick in found:
            y = self.y(self.zero + tick / 1000)
            drawing.line([(AXIS - 4, y), (WIDTH - 8, y)], stroke=GRID)
            drawing.write(AXIS - 10, y + 4, tick_label(tick, step), 11, text_anchor="end", fill=QUIET)

    def _draw_lines(self, drawing: Drawing) -> None:
        for line in self.lines:
            x, colour = self.x(line.name), role_colour(line.role)
            with drawing.group(data_lifeline=line.name, title=line.name):
                dashes = "" if line.role == "layer" else "3 3"
                drawing.line([(x, 12 + HEAD), (x, self.bottom)], stroke=RULE, stroke_dasharray=dashes)
                width = self.spacing - 8
                corner = HEAD / 2 if line.role == "client" else 4
                look: Look = {"rx": corner, "fill": colour.tint, "stroke": INK, "stroke_width": 1.2}
                drawing.rect(x - width / 2, 10, width, HEAD, **look)
                words = two_lines(line.name, width - 8)
                for i, text in enumerate(words):
                    y = 10 + HEAD / 2 + 4 + (i - (len(words) - 1) / 2) * 13
                    drawing.write(x, y, text, 11, text_anchor="middle", fill=INK)

    def _draw_bar(self, drawing: Drawing, bar: Bar, main: int, requests: Collection[int]) -> None:
        line = next((line for line in self.lines if line.name == bar.lane), None)
        if line is None:
            return
        top, bottom = self.y(bar.begun), self.y(self.until if bar.ended is None else bar.ended)
        colour = role_colour(line.role)
        ended = "the end" if bar.ended is None else f"{ms(bar.ended - self.zero)} ms"
        title = f"{bar.lane} worked on request {bar.request}, from {ms(bar.begun - self.zero)} ms to {ended}"
        look: Look = {"fill": "#e4e4e4", "stroke": "#c4c4c4"}
        if bar.request == main:
            look = {"fill": colour.strong, "stroke": INK}
        elif bar.request in requests:
            look = {"fill": colour.tint, "stroke": QUIET}
        drawing.rect(self.x(bar.lane) - BAR / 2, top, BAR, max(1.0, bottom - top), title=title, **look)

    def side(self, name: str) -> tuple[float, float]:
        """Where a lifeline stands, and how far from it arrows stop."""
        return self.x(name), BAR / 2 if name in self.busy else 0.0

    def in_sight(self, t: float) -> bool:
        """Whether the moment *t* is drawn."""
        return self.since <= t <= self.until

    def take(self, left: float, top: float, right: float, bottom: float) -> bool:
        """Take a rectangle for words; False where it would touch others."""
        if any(left < high and right > low and top < b and bottom > t for low, high, t, b in self.taken):
            return False
        self.taken.append((left, right, top, bottom))
        return True


def two_lines(text: str, width: float) -> list[str]:
    """*text* in one line if it fits, else in two, cut after a mark near its middle."""
    if text_width(text, 11) <= width:
        return [text]
    marks = [i + 1 for i, letter in enumerate(text[:-1]) if letter in " .-/!"]
    cut = min(marks, key=lambda i: abs(i - len(text) / 2), default=len(text) // 2)
    return [shortened(text[:cut], width, 11), shortened(text[cut:], width, 11)]

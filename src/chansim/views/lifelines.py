"""Lifelines: the vertical lines of a space-time diagram and what is drawn on them.

What may live here: where a moment and a name stand, and the look of the axis,
headers and bars. Nothing here reads a trace.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from math import fsum

from chansim.palette import FAINT, FAINT_EDGE, GRID, INK, PAPER, QUIET, ROLES, RULE, role_colour
from chansim.quantities import plain
from chansim.svg import Drawing, Look, shortened, text_width
from chansim.views.axis import tick_label, ticks
from chansim.views.chosen import Chosen
from chansim.views.faults import Band
from chansim.views.hops import Bar
from chansim.views.steps import ms

WIDTH = 740.0
AXIS, HEAD, TOP = 46.0, 36.0, 62.0  # width of the time axis, height of a header, where time begins
BAR = 10.0  # width of a bar
CUT, WIDE_AXIS = 34.0, 80.0  # height of a stretch of time that is cut out; the axis, where numbers are long


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
    picked: Chosen = field(kw_only=True)
    cuts: Sequence[tuple[float, float]] = ()  #: stretches of time that are not to scale, in order
    busy: set[str] = field(default_factory=set)  #: lifelines with bars, which arrows stop short of
    taken: list[tuple[float, float, float, float]] = field(
        default_factory=list
    )  #: where words stand: sides, top, bottom
    names: list[tuple[float, float, str]] = field(default_factory=list)  #: of faults: left, baseline, text

    @property
    def bottom(self) -> float:
        """Where time ends, and the headers' space below it."""
        return TOP + self.height

    @property
    def axis(self) -> float:
        """Width of the time axis."""
        return WIDE_AXIS if self.cuts or self.until - self.since >= 10 else AXIS

    @property
    def spacing(self) -> float:
        """Pixels from one lifeline to the next."""
        return (WIDTH - self.axis - 8) / len(self.lines)

    def x(self, name: str) -> float:
        """Where the lifeline of that name stands."""
        place = next(i for i, line in enumerate(self.lines) if line.name == name)
        return self.axis + self.spacing * (place + 0.5)

    def y(self, t: float) -> float:
        """How far down the moment *t* stands; what lies outside stands on the edge."""
        t = min(max(t, self.since), self.until)
        to_scale = self.until - self.since - fsum(end - begin for begin, end in self.cuts)
        seconds, pixels = t - self.since, 0.0
        for begin, end in self.cuts:
            if t > begin:
                seconds -= min(t, end) - begin
                pixels += CUT * (min(t, end) - begin) / (end - begin)
        room = self.height - 20 - CUT * len(self.cuts)
        return TOP + 10 + pixels + (room * seconds / to_scale if to_scale > 0 else 0.0)

    def draw(
        self,
        drawing: Drawing,
        main: int,
        requests: Collection[int],
        bars: Sequence[Bar],
        bands: Sequence[Band],
    ) -> None:
        """Axis, lifelines and bars: those of request *main* full, of other *requests* pale, the rest grey.

        *bands* of faults lie behind, across all lifelines.
        """
        for band in bands:
            self._draw_band(drawing, band)
        self._draw_axis(drawing)
        self._draw_lines(drawing)
        self.busy = {bar.lane for bar in bars}
        for bar in bars:
            self._draw_bar(drawing, bar, main, requests)

    def _draw_axis(self, drawing: Drawing) -> None:
        x = self.axis
        drawing.write(x - 10, TOP - 4, "ms", 11, text_anchor="end", fill=QUIET)
        ends = [self.since, *(moment for cut in self.cuts for moment in cut), self.until]
        last = -1e9
        for begin, end in zip(ends[::2], ends[1::2], strict=True):
            low, high = (begin - self.zero) * 1000, (end - self.zero) * 1000
            about = max(3 if self.cuts else 4, int((self.y(end) - self.y(begin)) / 60))
            found = ticks(low, high, about)
            step = found[1] - found[0] if len(found) > 1 else 1.0
            for tick in found:
                y = self.y(self.zero + tick / 1000)
                if y - last >= 15:
                    drawing.line([(x - 4, y), (WIDTH - 8, y)], stroke=GRID)
                    drawing.write(x - 10, y + 4, tick_label(tick, step), 11, text_anchor="end", fill=QUIET)
                    last = y

    def draw_cuts(self, drawing: Drawing) -> None:
        """A torn strip where time is cut, over all that is drawn, and how much is not there."""
        for begin, end in self.cuts:
            top, bottom = self.y(begin) + 8, self.y(end) - 8
            words = f"cut: {plain(end - begin, 4)} s"
            with drawing.group(data_cut=f"{begin:.6g} to {end:.6g}", title=words):
                left, step = self.axis - 2, 12
                teeth = range(int((WIDTH - 8 - left) / step) + 1)
                upper = [(left + i * step, top + (3 if i % 2 else -3)) for i in teeth]
                lower = [(x, y + bottom - top) for x, y in upper]
                path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in [*upper, *lower[::-1]]) + "Z"
                drawing.path(path, fill=PAPER)
                for edge in (upper, lower):
                    drawing.line(edge, stroke=QUIET)
                width = text_width(words, 11)
                self.take(left + 6, top - 3, left + 14 + width, bottom + 3)
                drawing.write(left + 10, (top + bottom) / 2 + 4, words, 11, fill=INK)

    def _draw_band(self, drawing: Drawing, band: Band) -> None:
        """A fault: as high as it lasts, with its name at the right where there is room."""
        top, bottom = self.y(band.begun), self.y(band.ended)
        look: Look = {"stroke": ROLES["lost"].strong, "stroke_dasharray": "5 3"}
        with drawing.group(data_fault=band.name, title=band.words):
            drawing.rect(self.axis, top, WIDTH - 8 - self.axis, bottom - top, fill=ROLES["lost"].tint)
            for y in {top, bottom}:
                drawing.line([(self.axis, y), (WIDTH - 8, y)], **look)
        text = shortened(band.name, WIDTH / 2, 11)
        left = WIDTH - 10 - text_width(text, 11)
        for y in (top + 12, top - 5):
            if y < self.bottom and self.take(left, y - 10, WIDTH - 8, y + 3):
                self.names.append((left, y, text))
                return

    def draw_names(self, drawing: Drawing) -> None:
        """The names of the faults, over all else."""
        for left, y, text in self.names:
            halo: Look = {"stroke": PAPER, "stroke_width": 3, "paint_order": "stroke", "fill": INK}
            drawing.write(left, y, text, 11, **halo)

    def _draw_lines(self, drawing: Drawing) -> None:
        for line in self.lines:
            x, colour = self.x(line.name), role_colour(line.role)
            is_channel = line.role == "layer"
            fits = line.name in (self.picked.channels if is_channel else self.picked.components)
            about: Look = {("data_channel" if is_channel else "data_component"): line.name}
            with drawing.group(data_lifeline=line.name, title=line.name, **about):
                dashes = "" if is_channel else "3 3"
                drawing.line([(x, 12 + HEAD), (x, self.bottom)], stroke=RULE, stroke_dasharray=dashes)
                width = self.spacing - 8
                corner = HEAD / 2 if line.role == "client" else 4
                look: Look = {"rx": corner, "fill": colour.tint, "stroke": INK, "stroke_width": 1.2}
                look.update(self.picked.look(fits) or {})
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
        about: Look = {"data_request": bar.request}  # work for others may be a lot
        look: Look = {"fill": FAINT, "stroke": FAINT_EDGE}
        if bar.request == main:
            look = {"fill": colour.strong, "stroke": INK}
        elif bar.request in requests:
            look = {"fill": colour.tint, "stroke": QUIET}
        fits = bar.message in self.picked.messages and bar.lane in self.picked.components
        look.update(self.picked.look(fits) or {})
        if bar.request in requests:
            about.update(data_message=bar.message, data_component=bar.lane, title=title)
        drawing.rect(self.x(bar.lane) - BAR / 2, top, BAR, max(1.0, bottom - top), **about, **look)

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

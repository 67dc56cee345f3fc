"""Tracks: the lanes of a Gantt chart.

What may live here: how bars are coloured, drawn, and put together where they are
thinner than a pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chansim.measures import family
from chansim.palette import FAINT, INK, PAPER, ROLES, SERIES, Colour, role_colour
from chansim.svg import Drawing, Look, number, text_width
from chansim.views.chosen import MARK, Chosen
from chansim.views.hops import Bar

PITCH, BAR = 26.0, 20.0  # pixels from lane to lane, and the height of a bar
BIN, LEVELS = 2.0, 4  # width of a column of thin bars; how many shades it can have
MOST_BARS = 450  # with outlines of their own in all lanes; of more, each lane's are put together


@dataclass(frozen=True)
class Track:
    """One lane of the picture: its *name*, the trace's *lanes* it stands for, and their *bars*."""

    name: str
    role: str
    lanes: tuple[str, ...]
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Kind:
    """Work on messages of channels of one *name*: a *colour*, and a *stripe*, 0 to 3, for grey print."""

    name: str
    colour: Colour
    stripe: int

    def fits(self, bar: Bar) -> bool:
        """Whether *bar* is work of this kind."""
        return _kind(bar) == self.name or self.name == "other"


@dataclass(frozen=True)
class Window:
    """The seconds *since* to *until*, from pixel *left* to *right*; *most* bars of a lane have outlines."""

    since: float
    until: float
    left: float
    right: float
    most: int

    def x(self, t: float) -> float:
        """Where the moment *t* stands; what lies outside stands on the edge."""
        share = (t - self.since) / (self.until - self.since)
        return self.left + (self.right - self.left) * min(1.0, max(0.0, share))

    def span(self, bar: Bar) -> tuple[float, float]:
        """Left and right edge of a bar."""
        return self.x(bar.begun), self.x(self.until if bar.ended is None else bar.ended)

    def is_thin(self, bar: Bar) -> bool:
        """Whether it is under a pixel wide."""
        left, right = self.span(bar)
        return right - left < 1


def _kind(bar: Bar) -> str:
    return family(bar.channel) or "from the network"


def kinds_of(tracks: Sequence[Track]) -> list[Kind]:
    """The kinds of work in *tracks*, by name. A single kind has its role's colour."""
    names = sorted({_kind(bar) for track in tracks for bar in track.bars})
    if len(names) == 1:
        return [Kind(names[0], role_colour(tracks[0].role), 0)]
    if len(names) > len(SERIES):
        names = [*names[: len(SERIES) - 1], "other"]
    return [Kind(name, SERIES[place], place % 4) for place, name in enumerate(names)]


def draw_legend(drawing: Drawing, kinds: Sequence[Kind], x: float, y: float) -> None:
    """A swatch and the name of each kind, in a row; what does not fit stays in the words."""
    for kind in kinds:
        width = 24 + text_width(kind.name, 11) + 16
        if x + width > drawing.width - 60:
            return
        _draw_block(drawing, kind, x, y - 10, 18, 12)
        drawing.write(x + 24, y, kind.name, 11, fill=INK)
        x += width


def draw_track(
    drawing: Drawing, track: Track, window: Window, y: float, kinds: Sequence[Kind], picked: Chosen
) -> None:
    """The bars of one lane, *y* being its upper edge."""
    drawing.line([(window.left, y + PITCH), (window.right, y + PITCH)], stroke=FAINT)
    with drawing.group(data_lane=track.name, data_component=track.name):
        together = [bar for bar in track.bars if is_together(track, window, bar)]
        _draw_thin(drawing, track, together, window, y + 3)
        for bar in track.bars:
            if not is_together(track, window, bar):
                kind = next(kind for kind in kinds if kind.fits(bar))
                _draw_bar(drawing, bar, kind, window, y + 3, _fits(picked, bar))
        _mark_thin(drawing, [bar for bar in together if _fits(picked, bar)], window, y + 3)


def is_together(track: Track, window: Window, bar: Bar) -> bool:
    """Whether a bar has no outline of its own: it is too thin, or its track has too many."""
    return len(track.lanes) > 1 or len(track.bars) > window.most or window.is_thin(bar)


def _fits(picked: Chosen, bar: Bar) -> bool:
    """Whether a bar is of what is selected."""
    return bar.message in picked.messages and bar.lane in picked.components


def _draw_bar(drawing: Drawing, bar: Bar, kind: Kind, window: Window, y: float, fits: bool) -> None:
    left, right = window.span(bar)
    goes_on = bar.ended is None or bar.ended > window.until
    ended = "still going on" if bar.ended is None else f"to {bar.ended:.4f} s"
    broken = ", killed" if bar.broken else ""
    title = f"{bar.lane}: request {bar.request}, {kind.name}, from {bar.begun:.4f} s {ended}{broken}"
    about: Look = {
        "data_message": bar.message,
        "data_request": bar.request,
        "data_channel": family(bar.channel),
    }
    with drawing.group(title=title, **about):
        _draw_block(drawing, kind, left, y, right - left, BAR, goes_on)
        if fits:
            drawing.rect(left, y, right - left, BAR, fill="none", **MARK)
        if text_width(str(bar.request), 11) + 6 <= right - left:
            look = {"text_anchor": "middle", "fill": kind.colour.text}
            drawing.write((left + right) / 2, y + 14, str(bar.request), 11, **look)
        if bar.broken:
            drawing.cross(right, y + BAR / 2, 6, stroke=ROLES["lost"].strong)


def _draw_block(
    drawing: Drawing, kind: Kind, x: float, y: float, width: float, height: float, is_open: bool = False
) -> None:
    """A filled bar, its stripe, and its outline, without a right edge where the bar goes on."""
    drawing.rect(x, y, width, height, fill=kind.colour.strong)
    for stripe, at in ((1, y + height - 3), (2, y)):
        if kind.stripe & stripe:
            drawing.rect(x, at, width, 3, fill=INK)
    edge = [(x + width, y), (x, y), (x, y + height), (x + width, y + height)]
    drawing.line(edge if is_open else [*edge, edge[0]], stroke=INK if width > 3 else "", stroke_width=0.8)
    if is_open:
        mark = [(x + width - 3, y + 3), (x + width - 3, y + height - 3)]
        drawing.line(mark, stroke=PAPER, stroke_dasharray="2 2")


def _draw_thin(drawing: Drawing, track: Track, thin: Sequence[Bar], window: Window, y: float) -> None:
    """Bars put together: columns *BIN* wide, the darker the larger the share of them that is covered."""
    covered: dict[int, float] = {}
    for bar in thin:
        left, right = window.span(bar)
        right = max(right, left + 0.05)
        for place in range(int(left // BIN), int(right // BIN) + 1):
            overlap = min(right, (place + 1) * BIN) - max(left, place * BIN)
            covered[place] = covered.get(place, 0.0) + max(0.0, overlap) / BIN / len(track.lanes)
    levels = {place: max(1, min(LEVELS, round(share * LEVELS + 0.4))) for place, share in covered.items()}
    colour = role_colour(track.role).strong
    for level in sorted(set(levels.values())):
        places = sorted(place for place, found in levels.items() if found == level)
        path = "".join(_block(window, first, last, y) for first, last in _stretches(places))
        drawing.path(path, fill=colour, fill_opacity=level / LEVELS)


def _mark_thin(drawing: Drawing, bars: Sequence[Bar], window: Window, y: float) -> None:
    """A line over each stretch of bars put together in which something is selected."""
    edges = [window.span(bar) for bar in bars]
    places = sorted({place for low, high in edges for place in range(int(low // BIN), int(high // BIN) + 1)})
    path = "".join(
        f"M{number(first * BIN)} {number(y - 1)}H{number((last + 1) * BIN)}"
        for first, last in _stretches(places)
    )
    if path:
        drawing.path(path, fill="none", **MARK)


def _stretches(places: Sequence[int]) -> list[tuple[int, int]]:
    """First and last of each stretch of *places* that follow one another."""
    found: list[tuple[int, int]] = []
    for place in places:
        if found and found[-1][1] == place - 1:
            found[-1] = (found[-1][0], place)
        else:
            found.append((place, place))
    return found


def _block(window: Window, first: int, last: int, y: float) -> str:
    """The columns *first* to *last* as a path."""
    left, right = max(first * BIN, window.left), min((last + 1) * BIN, window.right)
    return f"M{number(left)} {number(y)}H{number(right)}v{number(BAR)}H{number(left)}z"

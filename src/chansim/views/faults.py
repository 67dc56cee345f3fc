"""Faults: the shaded bands that say, on every axis of time, what was broken and for how long.

What may live here: pairing a trace's ``fault`` rows into bands, and how a band and its name are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from chansim.measures.rows import rows
from chansim.palette import INK, PAPER, ROLES
from chansim.quantities import plain
from chansim.svg import Drawing, Look, shortened, text_width
from chansim.trace import FAULT, Trace

MENDED_BY = {
    "killed": "started",
    "stopped": "started",
    "worker died": "started",
    "paused": "goes on",
    "cut off": "reached again",
    "dropped": "none dropped",
}
"""What a fault's row says, or ends in, and what the row says that ends it. Without one it lasts to the end."""

FOR_EVER = ("delay server died", "reads no more replies")
ROW, MOST_ROWS = 15.0, 3  # pixels a line of names takes, and how many lines there are


@dataclass(frozen=True)
class Band:
    """*what* befell *who* (components, machines; "outside" for where the clients are) from *begun* to *ended*.

    Seconds; the two are the same for what is a moment. *lasts*: it was not mended in the run.
    """

    who: tuple[str, ...]
    what: str
    begun: float
    ended: float
    lasts: bool = False

    @property
    def name(self) -> str:
        """ "worker-1 killed"."""
        return f"{' – '.join(self.who)} {self.what}"

    @property
    def words(self) -> str:
        """ "worker-1 killed at 3.5 s", "… from 3.5 to 5 s"."""
        if self.begun == self.ended:
            return f"{self.name} at {plain(self.begun, 4)} s"
        until = "the end" if self.lasts else f"{plain(self.ended, 4)} s"
        return f"{self.name} from {plain(self.begun, 4)} s to {until}"


def faults(trace: Trace, since: float = 0.0, until: float | None = None) -> list[Band]:
    """The faults of *trace* that lie, at least in part, between *since* and *until* (seconds), by when they began."""
    until = trace.end if until is None else until
    names = trace.names
    under_way: dict[tuple[str, str], float] = {}  # who, and what ends it -> when it began
    found: dict[tuple[str, float, float, bool], list[str]] = {}
    began: dict[tuple[str, str], str] = {}

    def add(who: str, what: str, begun: float, ended: float, lasts: bool = False) -> None:
        if begun <= until and ended >= since:
            found.setdefault((what, begun, ended, lasts), []).append(who)

    for t, component, detail in rows(trace, (FAULT,), "t", "component", "detail"):
        who, what = names[component] or "outside", names[detail]
        ending = next((end for fault, end in MENDED_BY.items() if what.endswith(fault) and what != end), "")
        if ending or what in FOR_EVER:
            under_way.setdefault((who, ending or what), t)
            began.setdefault((who, ending or what), what)
        elif (who, what) in under_way:
            add(who, began.pop((who, what)), under_way.pop((who, what)), t)
        elif what not in MENDED_BY.values():
            add(who, what, t, t)
    for (who, ending), t in under_way.items():
        add(who, began[who, ending], t, trace.end, True)
    bands = [Band(tuple(who), *about) for about, who in found.items()]
    return sorted(bands, key=lambda band: (band.begun, band.ended, band.who))


def told(bands: Sequence[Band]) -> str:
    """ " Faults: worker-1 killed at 3.5 s."; "" for none."""
    return f" Faults: {', '.join(band.words for band in bands)}." if bands else ""


def ribbon(bands: Sequence[Band], x: Callable[[float], float], right: float) -> list[tuple[int, float, str]]:
    """Line, left edge and text of the bands' names, none upon another; what has no room is only counted.

    *x* says where a moment stands, *right* is where the picture ends.
    """
    ends = [-1e9] * MOST_ROWS
    found: list[tuple[int, float, str]] = []
    left_out = 0
    for band in bands:
        width = text_width(band.name, 11)
        left = max(0.0, min(x(band.begun), right - width))
        line = next((line for line, end in enumerate(ends) if end + 8 <= left), None)
        if line is None:
            left_out += 1
            continue
        text = shortened(band.name, right - left, 11)
        found.append((line, left, text))
        ends[line] = left + text_width(text, 11)
    if left_out:
        words = f"… and {left_out} more"
        left = right - text_width(words, 11)
        line = next((line for line, end in enumerate(ends) if end + 8 <= left), MOST_ROWS)
        found.append((line, left, words))
    return found


def lines_of(names: Sequence[tuple[int, float, str]]) -> int:
    """How many lines the names of a ribbon take."""
    return max((line for line, _, _ in names), default=-1) + 1


def draw_bands(
    drawing: Drawing,
    bands: Sequence[Band],
    names: Sequence[tuple[int, float, str]],
    x: Callable[[float], float],
    top: float,
    bottom: float,
) -> None:
    """The bands, from *top* to *bottom*, and their names in lines above: draw them before what lies on them."""
    line: Look = {"stroke": ROLES["lost"].strong, "stroke_width": 1.5, "stroke_dasharray": "5 3"}
    for band in bands:
        left, right = x(band.begun), x(band.ended)
        with drawing.group(data_fault=band.name, title=band.words):
            if right - left >= 1:
                drawing.rect(left, top, right - left, bottom - top, fill=ROLES["lost"].tint)
            for edge in {left} if band.lasts or right - left < 1 else {left, right}:
                drawing.line([(edge, top - 2), (edge, bottom)], **line)
    first = top - 5 - ROW * (lines_of(names) - 1)
    for place, left, text in names:
        halo: Look = {"stroke": PAPER, "stroke_width": 3, "paint_order": "stroke", "fill": INK}
        drawing.write(left, first + ROW * place, text, 11, **halo)


def shade(axes: Any, bands: Sequence[Band], low: float, high: float, scale: float = 1.0) -> None:
    """The bands on a matplotlib chart whose x axis is time from *low* to *high* seconds, *scale* units each."""
    wide = 500.0  # about as many pixels as the axes have

    def x(t: float) -> float:
        return wide * (min(max(t, low), high) - low) / (high - low) if high > low else 0.0

    for band in bands:
        left, right = max(band.begun, low) * scale, min(band.ended, high) * scale
        if right > left:
            axes.axvspan(left, right, facecolor=ROLES["lost"].tint, edgecolor="none", zorder=0)
        for edge in {left} if band.lasts else {left, right}:
            axes.axvline(edge, color=ROLES["lost"].strong, lw=1.2, linestyle="--", zorder=1)
    names = ribbon(bands, x, wide)
    lines = lines_of(names)
    for line, left, text in names:
        up = 4 + 13 * (lines - 1 - line)
        place = (left / wide, 1.0)
        axes.annotate(text, place, (0, up), "axes fraction", textcoords="offset points", fontsize=9)

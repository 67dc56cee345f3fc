"""Waterfall: where the time of a request went, hop by hop, beside another one.

What may live here: which requests are shown, rows, bars, axis and words. What a bar is, is found in
:mod:`chansim.views.segments`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING

from chansim.figure import Figure
from chansim.measures import Journey, journeys
from chansim.palette import GRID, INK, PAPER, QUIET, ROLES
from chansim.selection import Selection
from chansim.svg import Drawing, Look, shortened, text_width
from chansim.views.answered import clients_of
from chansim.views.axis import tick_label, ticks
from chansim.views.blank import blank
from chansim.views.chart import ms
from chansim.views.checked import checked
from chansim.views.chosen import Chosen, chosen
from chansim.views.faults import faults, told
from chansim.views.segments import KINDS, Parting, Segment

if TYPE_CHECKING:
    from chansim.run import Run

WIDTH, LABELS, TOP, PITCH, BAR = 740.0, 196.0, 66.0, 23.0, 15.0
NUMBERS = 96.0  # pixels kept to the right of the longest bar, for its numbers
MOST_ROWS = 24

Key = tuple[str, str, int]
"""A row: the name and the kind of a part, and which of those alike it is."""

LOOKS = {
    "network": (ROLES["client"].strong, ""),
    "layer operation": (ROLES["layer"].strong, "line"),
    "wait": (PAPER, "hatch"),
    "service": (ROLES["worker"].strong, ""),
    "reply wait": (ROLES["interface"].tint, "dotted hatch"),
    "poll and layer": (ROLES["interface"].strong, "dots"),
    "not traced": (PAPER, ""),
}
"""The fill and the second mark of each kind: in grey print the mark tells apart what is as dark."""


@dataclass(frozen=True)
class Column:
    """One delivery: what it is called, its journey and its parts."""

    title: str
    journey: Journey
    parts: tuple[Segment, ...]

    def share(self, part: Segment) -> float:
        """How much of the whole a part is, from 0 to 1."""
        return part.seconds / self.journey.latency if self.journey.latency else 0.0


@checked
def waterfall(
    run: Run,
    requests: Sequence[int] | None = None,
    *,
    guess: float | None = None,
    selection: Selection | None = None,
    theme: str = "light",
) -> Figure:
    """A bar for each part of the time of a request, side by side with another on the same scale.

    *requests*: the numbers of one, two or three of them. Without, it is the delivery at the median and the one at p99
    of all; with a request or a message of it selected, that one and the one at the median. Of a request with many
    answers it is the last. Time that was waited is hatched. *guess*: seconds, a dashed line. *theme*: "light" or
    "dark". Raises ValueError for other than one to three numbers.
    """
    title = f"{run.scenario.title}: where the time of a request went"
    if requests is not None and not 1 <= len(requests) <= 3:
        raise ValueError(f"waterfall: requests={requests!r}: it must be the numbers of 1 to 3 requests")
    found = journeys(run.trace, clients_of(run))
    if not found:
        return blank(title, "No request was answered.", theme)
    picked = chosen(run, selection)
    places = _places(found, requests, _request_of(picked))
    if isinstance(places, int):
        return blank(title, f"Request {places} was not answered in this run.", theme)
    parting = Parting(run)
    columns = [Column(name, found[place], tuple(parting.segments(found[place]))) for name, place in places]
    return _draw(run, title, columns, len(found), guess, picked).themed(theme)


def _request_of(picked: Chosen) -> int | None:
    """The request that is selected, or whose message is; None for none."""
    selection = picked.selection
    return selection.request if selection.message is None else min(picked.requests, default=selection.request)


def _places(
    found: Sequence[Journey], requests: Sequence[int] | None, number: int | None
) -> list[tuple[str, int]] | int:
    """Name and place of each delivery to show; or the number of a request that has none. *number*: the selected one."""
    last = {each.request: place for place, each in enumerate(found)}
    order = sorted(range(len(found)), key=lambda place: found[place].latency)
    ranks = {"p50": order[round(0.50 * (len(found) - 1))], "p99": order[round(0.99 * (len(found) - 1))]}
    if requests is not None:
        missing = [number for number in requests if number not in last]
        return missing[0] if missing else [("", last[number]) for number in requests]
    if number is not None:
        return [("selected", last[number]), ("p50", ranks["p50"])] if number in last else number
    return list(ranks.items())


def _rows(columns: Sequence[Column]) -> list[Key]:
    """Name and kind of each row: the parts of all columns in the order of the way, those alike once."""
    order: list[Key] = []
    for column in columns:
        place, seen = 0, dict[tuple[str, str], int]()
        for part in column.parts:
            times = seen[part.name, part.kind] = seen.get((part.name, part.kind), 0) + 1
            key = part.name, part.kind, times
            if key not in order:
                order.insert(place, key)
            place = order.index(key) + 1
    return order


def _keys(column: Column) -> list[tuple[Key, Segment]]:
    """Each part with its row."""
    seen: dict[tuple[str, str], int] = {}
    found = []
    for part in column.parts:
        times = seen[part.name, part.kind] = seen.get((part.name, part.kind), 0) + 1
        found.append(((part.name, part.kind, times), part))
    return found


def _draw(
    run: Run, title: str, columns: Sequence[Column], count: int, guess: float | None, picked: Chosen
) -> Figure:
    every = _rows(columns)
    rows = every[:MOST_ROWS]
    bottom = TOP + PITCH * len(rows)
    drawing = Drawing(WIDTH, bottom + 48)
    _draw_legend(drawing, {part.kind for column in columns for part in column.parts})
    for place, (name, kind, _) in enumerate(rows):
        y = TOP + PITCH * place
        kind_width = text_width(kind, 11) + 6
        drawing.write(LABELS - 8, y + 13, kind, 11, text_anchor="end", fill=QUIET)
        text = shortened(name, LABELS - 22 - kind_width, 11)
        drawing.write(14, y + 13, text, 11, fill=INK)
        drawing.line([(14, y + PITCH - 2), (WIDTH - 10, y + PITCH - 2)], stroke=GRID)
    longest = max([*(column.journey.latency for column in columns), guess or 0.0])
    wide = (WIDTH - LABELS - 10) / len(columns)
    scale = (wide - NUMBERS) / longest if longest > 0 else 0.0
    for i, column in enumerate(columns):
        left = LABELS + wide * i
        _draw_column(drawing, column, rows, left, wide, scale, bottom, picked)
        if guess is not None:
            x = left + guess * scale
            drawing.line([(x, TOP - 4), (x, bottom)], stroke=INK, stroke_dasharray="4 3", title="your guess")
    many = "1 delivery" if count == 1 else f"{count:,} deliveries"
    note = f"Bars to one scale; percent of the whole. {many} in the run."
    left_out = len(every) - len(rows)
    note += f" Not drawn: {left_out} more parts." if left_out else ""
    drawing.write(14, drawing.height - 8, note, 11, fill=QUIET)
    words = " ".join([f"{title}.", *map(_tell, columns), note])
    words += f" The guess was {ms(guess)}." if guess is not None else ""
    during = [
        band
        for band in faults(run.trace)
        if any(band.begun <= c.journey.arrived and band.ended >= c.journey.opened for c in columns)
    ]
    words += told(during) + picked.words
    return Figure(drawing.text(title, words), words)


def _heading(column: Column) -> str:
    name = f"{column.title}: " if column.title else ""
    return f"{name}request {column.journey.request}, {ms(column.journey.latency)}"


def _tell(column: Column) -> str:
    """ "p50: request 7, 52 ms: network 1.0 ms (2 %), …." by kind."""
    told_kinds = []
    for kind in (*KINDS, "not traced"):
        seconds = fsum(part.seconds for part in column.parts if part.kind == kind)
        if seconds:
            told_kinds.append(f"{kind} {ms(seconds)} ({_percent(seconds / column.journey.latency)})")
    return f"{_heading(column)}: {', '.join(told_kinds)}."


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.005 else "< 1 %"


def _draw_column(
    drawing: Drawing,
    column: Column,
    rows: Sequence[Key],
    left: float,
    wide: float,
    scale: float,
    bottom: float,
    picked: Chosen,
) -> None:
    """Heading, axis and bars of one delivery."""
    heading = shortened(_heading(column), wide - 8, 12, bold=True)
    drawing.write(left, TOP - 24, heading, font_weight="bold", fill=INK)
    _draw_axis(drawing, left, wide - NUMBERS, scale, bottom)
    for key, part in _keys(column):
        if key in rows:
            _draw_part(drawing, column, part, left, scale, TOP + PITCH * rows.index(key) + 2, picked)


def _draw_axis(drawing: Drawing, left: float, wide: float, scale: float, bottom: float) -> None:
    drawing.line([(left, bottom), (left + wide, bottom)], stroke=QUIET)
    if not scale:
        return
    found = ticks(0, wide / scale * 1000, 3)
    step = found[1] - found[0] if len(found) > 1 else 1.0
    for tick in found:
        x = left + tick / 1000 * scale
        drawing.line([(x, TOP - 4), (x, bottom + 3)], stroke=GRID)
        anchor = "start" if not tick else "middle"
        drawing.write(x, bottom + 17, tick_label(tick, step), 11, text_anchor=anchor, fill=QUIET)
    drawing.write(left + wide + 24, bottom + 17, "ms", 11, fill=QUIET)


def _draw_part(
    drawing: Drawing, column: Column, part: Segment, left: float, scale: float, y: float, picked: Chosen
) -> None:
    x, width = left + part.begin * scale, max(1.0, part.seconds * scale)
    share = _percent(column.share(part))
    ends = [end for end in part.place.split(" → ") if end]
    is_channel = (
        part.kind in ("wait", "reply wait", "poll and layer") and len(ends) == 1 and "." in part.place
    )
    fits = part.message in picked.messages and (
        part.place.rstrip("!") in {name.rstrip("!*") for name in picked.channels}
        if is_channel
        else bool(picked.components.intersection(ends))
    )
    about: Look = {"data_message": part.message, "data_request": column.journey.request}
    if len(ends) == 1:
        name = part.place + "*" * part.place.endswith("!")
        about["data_channel" if is_channel else "data_component"] = name
    title = f"{part.place}: {part.kind}, {ms(part.seconds)}, {share}, from {ms(part.begin)} to {ms(part.end)}"
    with drawing.group(title=title, **about):
        draw_kind(drawing, part.kind, x, y, width)
        if fits:
            drawing.rect(x, y, width, BAR, fill="none", **(picked.look(True) or {}))
        drawing.write(x + width + 5, y + 12, f"{ms(part.seconds)} · {share}", 11, fill=INK)


def draw_kind(drawing: Drawing, kind: str, x: float, y: float, width: float, height: float = BAR) -> None:
    """A bar in the look of its *kind*, with its left upper corner at *x*, *y*."""
    fill, mark = LOOKS[kind]
    drawing.rect(x, y, width, height, fill=fill)
    if mark.endswith("hatch") and width > 3:
        dashes = "2 2" if mark == "dotted hatch" else ""
        drawing.hatch(x, y, width, height, 5, stroke=INK, stroke_width=1, stroke_dasharray=dashes)
    elif mark == "line":
        drawing.rect(x, y + height - 4, width, 4, fill=INK)
    elif mark == "dots" and width > 4:
        middle = [(x + 2, y + height / 2), (x + width - 2, y + height / 2)]
        drawing.line(middle, stroke=INK, stroke_width=3, stroke_dasharray="3 4")
    drawing.rect(x, y, width, height, fill="none", stroke=INK, stroke_width=0.8)


def _draw_legend(drawing: Drawing, kinds: set[str]) -> None:
    x = 14.0
    for kind in LOOKS:
        if kind in kinds:
            draw_kind(drawing, kind, x, 10, 22, 13)
            drawing.write(x + 28, 21, kind, 11, fill=INK)
            x += 28 + text_width(kind, 11) + 18

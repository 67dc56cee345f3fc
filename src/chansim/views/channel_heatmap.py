"""Channel heatmap: how full each channel was, moment by moment, or how old what waited in it.

What may live here: shading the queues of a run over time, the line that says full, the marks of losses and
of clients that were told so, and the words. What waited is found in :mod:`chansim.views.waits`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chansim.figure import Figure
from chansim.measures import requests
from chansim.palette import FAINT, GRID, INK, PAPER, QUIET, ROLES, STEPS
from chansim.quantities import plain
from chansim.selection import Selection
from chansim.svg import Drawing, Look, shortened, text_width
from chansim.views.answered import clients_of
from chansim.views.axis import tick_label, ticks
from chansim.views.blank import blank
from chansim.views.chart import ms
from chansim.views.checked import checked
from chansim.views.chosen import Chosen, chosen
from chansim.views.faults import ROW, draw_bands, faults, lines_of, ribbon, told
from chansim.views.waits import Queue, Wait, queues

if TYPE_CHECKING:
    from chansim.run import Run

WIDTH, TOP, PITCH, CELL = 740.0, 44.0, 32.0, 15.0
BIN, MARKS = 4.0, 12.0  # pixels of a cell, and of the stretch whose losses are one mark
MOST_ROWS = 14
RIGHT = 96.0  # for the most that there was
LEVELS = ((0.25, "to ¼"), (0.5, "to ½"), (0.75, "to ¾"), (1.0, "less than full"))
AGES = ((0.01, "10 ms"), (0.1, "0.1 s"), (1.0, "1 s"), (10.0, "10 s"))


@dataclass
class Shades:
    """A queue over time: *cells* by place, the greatest value in each; *most* of all of the time.

    *full*: seconds in which a channel of it was full. *filled*: the places of cells in which one was.
    """

    queue: Queue
    cells: dict[int, float] = field(default_factory=dict)
    most: float = 0.0
    full: float = 0.0
    filled: set[int] = field(default_factory=set)


@checked
def channel_heatmap(
    run: Run,
    what: str = "depth",
    *,
    guess: float | None = None,
    selection: Selection | None = None,
    theme: str = "light",
) -> Figure:
    """A row for each channel, shaded over time: by its *depth*, as a share of what it may hold, or by *age*.

    The scale is the same for all runs. Where a channel was full there is a thick line under the cells; ✕ are lost
    messages, ▲ clients that were told of a failure, such as 503. Channels that one process alone reads
    are one row, in which the fullest of them counts. Age is that of the oldest message that waits.
    *guess*: seconds of the run, a dashed line: when it would be full. *theme*: "light" or "dark".
    Raises ValueError for another *what*.
    """
    if what not in ("depth", "age"):
        raise ValueError(f"channel_heatmap: what={what!r}: it must be 'depth' or 'age'")
    title = f"{run.scenario.title}: {'messages that wait' if what == 'depth' else 'how old what waits is'}"
    found = queues(run)
    if not found or run.trace.end <= 0:
        return blank(title, "Nothing was sent to any channel.", theme)
    return _Heatmap(run, title, found, what, chosen(run, selection)).draw(guess).themed(theme)


class _Heatmap:
    """One picture being drawn."""

    def __init__(self, run: Run, title: str, found: Sequence[Queue], what: str, picked: Chosen) -> None:
        self.run, self.title, self.what, self.picked = run, title, what, picked
        self.end = run.trace.end
        self.left = 24 + min(170.0, max(text_width(queue.name, 11) for queue in found))
        self.right = WIDTH - RIGHT
        self.bins = int((self.right - self.left) // BIN)
        shade = self._depths if what == "depth" else self._ages
        every = [shade(queue) for queue in found]
        keep = sorted(every, key=lambda row: -row.most)[:MOST_ROWS]
        self.rows = [row for row in every if row in keep]
        self.left_out = len(every) - len(self.rows)

    def x(self, t: float) -> float:
        """Where the moment *t* stands."""
        return self.left + self.bins * BIN * min(max(t / self.end, 0.0), 1.0)

    def place(self, t: float) -> int:
        """Which cell the moment *t* is in."""
        return min(self.bins - 1, int(t / self.end * self.bins))

    def _depths(self, queue: Queue) -> Shades:
        """Shaded by depth: of each single channel, and of these the greatest."""
        row = Shades(queue)
        limit = queue.capacity
        for changes in queue.depth_changes().values():
            depth, since = 0, 0.0
            for t, change in [*changes, (self.end, 0)]:
                if depth and t > since:
                    share = depth / limit if limit else float(depth)
                    is_full = limit is not None and depth >= limit
                    row.most = max(row.most, float(depth))
                    row.full += (t - since) * is_full
                    for cell in range(self.place(since), self.place(t) + 1):
                        row.cells[cell] = max(row.cells.get(cell, 0.0), share)
                        if is_full:
                            row.filled.add(cell)
                depth += change
                since = t
        return row

    def _ages(self, queue: Queue) -> Shades:
        """Shaded by age: that of the oldest message that waits."""
        row = Shades(queue)
        for each in queue.waits:
            row.most = max(row.most, each.end - each.begin)
            for cell in range(self.place(each.begin), self.place(each.end) + 1):
                until = min(each.end, (cell + 1) * self.end / self.bins)
                row.cells[cell] = max(row.cells.get(cell, 0.0), until - each.begin)
        return row

    def level(self, row: Shades, value: float) -> int:
        """Which of the steps from little to much *value* is."""
        limits = LEVELS if self.what == "depth" else AGES
        if self.what == "depth" and row.queue.capacity is None:
            return 0  # how much is much, nobody knows
        inside = [value <= limit if limit < 1.0 or self.what == "age" else value < 1.0 for limit, _ in limits]
        return inside.index(True) if True in inside else len(limits)

    def draw(self, guess: float | None) -> Figure:
        bands = faults(self.run.trace)
        names = ribbon(bands, self.x, WIDTH - 14)
        failed = [
            each.answered
            for each in requests(self.run.trace, clients_of(self.run))
            if each.outcome == "failed" and each.answered is not None
        ]
        top = TOP + ROW * lines_of(names)
        bottom = top + PITCH * (len(self.rows) + bool(failed))
        drawing = Drawing(WIDTH, bottom + 48)
        self._draw_legend(drawing)
        draw_bands(drawing, bands, names, self.x, top, bottom)
        self._draw_axis(drawing, top, bottom)
        for place, row in enumerate(self.rows):
            self._draw_row(drawing, row, top + PITCH * place)
        if failed:
            self._draw_failed(drawing, failed, bottom - PITCH)
        if guess is not None:
            x = self.x(guess)
            look: Look = {"stroke": INK, "stroke_width": 1.5, "stroke_dasharray": "4 3"}
            drawing.line([(x, top - 2), (x, bottom)], title=f"your guess: {plain(guess)} s", **look)
        note = "Thick line: full.  ✕ lost.  ▲ a client was told of a failure." if self.what == "depth" else ""
        note = note or "✕ lost.  ▲ a client was told of a failure."
        note += f"  Not drawn: {self.left_out} more channels." if self.left_out else ""
        drawing.write(14, drawing.height - 8, note, 11, fill=QUIET)
        words = " ".join([f"{self.title}, over {plain(self.end)} s.", *map(self._tell, self.rows)])
        words += f" {len(failed):,} requests failed." if failed else ""
        words += f" Not drawn: {self.left_out} more channels." if self.left_out else ""
        words += f" The guess was {plain(guess)} s." if guess is not None else ""
        words += told(bands) + self.picked.words
        return Figure(drawing.text(self.title, words), words)

    def _tell(self, row: Shades) -> str:
        """ "http.request: most 100 of 100, full for 3.2 s; lost 45 (full)."."""
        lost = Counter(each.cause for each in row.queue.waits if each.cause)
        losses = ", ".join(f"{count:,} ({cause})" for cause, count in sorted(lost.items()))
        words = f"{row.queue.name}: most {self._most(row)}"
        words += f", full for {plain(row.full, 3)} s" if row.full else ""
        return words + (f"; lost {losses}" if losses else "") + "."

    def _most(self, row: Shades) -> str:
        if self.what == "age":
            return ms(row.most)
        of = f" of {row.queue.capacity:,}" if row.queue.capacity else ""
        return f"{row.most:,.0f}{of}"

    def _draw_legend(self, drawing: Drawing) -> None:
        x = self.left
        words = [name for _, name in (LEVELS if self.what == "depth" else AGES)]
        words = [*words, "full"] if self.what == "depth" else [*(f"to {each}" for each in words), "more"]
        for step, text in zip(STEPS, words, strict=True):
            drawing.rect(x, 10, 18, 12, fill=step, stroke=INK, stroke_width=0.8)
            if text == "full":
                drawing.rect(x, 22, 18, 4, fill=ROLES["lost"].strong, stroke=INK, stroke_width=0.8)
            drawing.write(x + 23, 21, text, 11, fill=INK)
            x += 23 + text_width(text, 11) + 14
        drawing.write(WIDTH - 14, 21, "most", 11, text_anchor="end", fill=QUIET)

    def _draw_axis(self, drawing: Drawing, top: float, bottom: float) -> None:
        found = ticks(0.0, self.end, 8)
        step = found[1] - found[0] if len(found) > 1 else 1.0
        for tick in found:
            x = self.x(tick)
            drawing.line([(x, top - 2), (x, bottom + 4)], stroke=GRID)
            drawing.write(x, bottom + 18, tick_label(tick, step), 11, text_anchor="middle", fill=QUIET)
        drawing.write(self.right + 26, bottom + 18, "s", 11, fill=QUIET)
        drawing.line([(self.left, bottom), (self.right, bottom)], stroke=QUIET)

    def _draw_row(self, drawing: Drawing, row: Shades, y: float) -> None:
        name, cells = row.queue.name, y + 11
        picked, selection = self.picked, self.picked.selection
        fits = row.queue.channel in picked.channels and not (selection.message or selection.request)
        with drawing.group(data_channel=row.queue.channel, title=self._tell(row)):
            text = shortened(name, self.left - 22, 11)
            drawing.write(self.left - 10, cells + 12, text, 11, text_anchor="end", fill=INK)
            drawing.rect(self.left, cells, self.bins * BIN, CELL, fill="none", stroke=FAINT)
            for first, last, level in _runs(row.cells, lambda value: self.level(row, value)):
                x = self.left + first * BIN
                drawing.rect(x, cells, (last + 1 - first) * BIN, CELL, fill=STEPS[level])
            for first, last, _ in _runs(dict.fromkeys(sorted(row.filled), 1.0), lambda _: 0):
                x, wide = self.left + first * BIN, (last + 1 - first) * BIN
                look: Look = {"fill": ROLES["lost"].strong, "stroke": INK, "stroke_width": 0.8}
                drawing.rect(x, cells + CELL, wide, 4, **look)
            if fits:
                drawing.rect(
                    self.left, cells, self.bins * BIN, CELL, fill="none", **(picked.look(True) or {})
                )
            if selection.message or selection.request:
                self._draw_picked(drawing, row.queue.waits, cells)
            self._draw_losses(drawing, row.queue.waits, y + 5)
        drawing.write(WIDTH - 14, cells + 12, self._most(row), 11, text_anchor="end", fill=INK)

    def _draw_picked(self, drawing: Drawing, waits: Iterable[Wait], y: float) -> None:
        """Where the selected messages waited, of very many the first."""
        for each in [each for each in waits if each.message in self.picked.messages][:60]:
            left, right = self.x(each.begin), max(self.x(each.end), self.x(each.begin) + 3)
            look: Look = {"fill": "none", **(self.picked.look(True) or {})}
            about: Look = {"data_message": each.message, "data_request": each.request}
            drawing.rect(
                left, y + 3, right - left, CELL - 6, title=f"message {each.message}", **about, **look
            )

    def _draw_losses(self, drawing: Drawing, waits: Iterable[Wait], y: float) -> None:
        """A ✕ for each stretch in which messages were lost."""
        by_place: dict[int, Counter[str]] = {}
        for each in waits:
            if each.cause:
                place = int((self.x(each.end) - self.left) // MARKS)
                by_place.setdefault(place, Counter())[each.cause] += 1
        for place, causes in sorted(by_place.items()):
            words = ", ".join(f"{count} lost ({cause})" for cause, count in sorted(causes.items()))
            x = self.left + (place + 0.5) * MARKS
            with drawing.group(data_lost=sum(causes.values()), title=words):
                drawing.cross(x, y, 3.5, stroke=ROLES["lost"].strong)

    def _draw_failed(self, drawing: Drawing, failed: Sequence[float], y: float) -> None:
        """A ▲ for each stretch in which clients were told of a failure."""
        drawing.write(self.left - 10, y + 23, "told clients", 11, text_anchor="end", fill=INK)
        drawing.write(WIDTH - 14, y + 23, f"{len(failed):,} failed", 11, text_anchor="end", fill=INK)
        places = Counter(int((self.x(t) - self.left) // MARKS) for t in failed)
        for place, count in sorted(places.items()):
            x, words = self.left + (place + 0.5) * MARKS, f"{count} clients were told of a failure"
            triangle = f"M{x - 4.5:.1f} {y + 23:.1f}L{x + 4.5:.1f} {y + 23:.1f}L{x:.1f} {y + 14:.1f}Z"
            with drawing.group(data_failed=count, title=words):
                drawing.path(triangle, fill=ROLES["lost"].strong, stroke=PAPER, stroke_width=0.5)


def _runs(cells: dict[int, float], level: Callable[[float], int]) -> list[tuple[int, int, int]]:
    """First and last place, and level, of each stretch of cells of the same level."""
    found: list[tuple[int, int, int]] = []
    for place in sorted(cells):
        here = level(cells[place])
        if found and found[-1][1] == place - 1 and found[-1][2] == here:
            found[-1] = found[-1][0], place, here
        else:
            found.append((place, place, here))
    return found

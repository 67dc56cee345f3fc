"""Space-time: who sent what to whom, and when, as Lamport drew it.

What may live here: which requests and lifelines are shown, and how lifelines,
bars, arrows and the list below them look. Time runs downwards, to scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from chansim.figure import Figure
from chansim.measures import Request, requests
from chansim.palette import INK, QUIET
from chansim.quantities import plain
from chansim.selection import Selection
from chansim.svg import Drawing, shortened, text_width
from chansim.views.arrows import draw_steps
from chansim.views.blank import blank
from chansim.views.checked import checked
from chansim.views.chosen import Chosen, chosen
from chansim.views.faults import faults, told
from chansim.views.hops import Bar, Hop, bars, hops
from chansim.views.lifelines import WIDTH, Chart, Lifeline
from chansim.views.steps import Step, ms, steps

if TYPE_CHECKING:
    from chansim.run import Run

MOST_LINES, MOST_MESSAGES = 10, 60
AROUND = 0.6  # how much is shown before and after the request, in lengths of it
SEEN = 0.01  # of the time shown: if all that happens takes less, what is empty is cut out,
MOST_CUTS, EDGE = 3, 1e-5  # in up to so many stretches; this share of each is left at either end
LEAST_CUT = 0.1  # a stretch that is cut out is at least this share of the time shown


@checked
def space_time(
    run: Run,
    request: int | None = None,
    around: int = 2,
    *,
    selection: Selection | None = None,
    theme: str = "light",
) -> Figure:
    """The messages of one *request*, and of *around* others that were opened just before and after it.

    Without a number it is the request that is selected, or whose message is; else the one with the median
    latency. Components and channels are lifelines. A message that waits in a channel is a thick stretch
    of the channel's line; work is a bar; a lost message ends in ✕. Time runs down, to scale; where all
    that happens takes less than a hundredth of it, the rest is cut out, and marked as torn strips. Faults are
    bands across. *theme*: "light" or "dark".
    """
    asked = requests(run.trace, [each.name for each in run.scenario.components if each.role == "client"])
    title = f"{run.scenario.title}: messages in time"
    if not asked:
        return blank(title, "No client asked for anything in this run.", theme)
    picked = chosen(run, selection)
    if request is None and selection and (selection.request or selection.message):
        request = min(picked.requests, default=selection.request)
    if request is None:
        served = sorted((each for each in asked if each.answered is not None), key=_latency)
        request = served[(len(served) - 1) // 2].number if served else asked[0].number
    numbers = [each.number for each in asked]
    if request not in numbers:
        return blank(title, f"There is no request {request} in this run; there are {len(asked)}, "
                     f"from {min(numbers)} to {max(numbers)}.", theme)  # fmt: skip
    about = _neighbours(asked, numbers.index(request), around)
    return _draw(run, title, about, picked).themed(theme)


def _latency(request: Request) -> float:
    return (request.answered or 0.0) - request.opened


def _neighbours(asked: Sequence[Request], place: int, around: int) -> list[Request]:
    """The request at *place*, then *around* others about it, in the order they were opened."""
    first = max(0, min(place - around // 2, len(asked) - around - 1))
    return [asked[place], *(each for each in asked[first : first + around + 1] if each is not asked[place])]


def _draw(run: Run, title: str, about: Sequence[Request], picked: Chosen) -> Figure:
    """The figure; the first of *about* is the one it is about, and says how much time is shown."""
    main, numbers = about[0], {each.number for each in about}
    found = hops(run.trace, numbers)
    mine = [hop for hop in found if hop.request == main.number]
    begin, end = mine[0].sent, max(_until(hop, run.trace.end) for hop in mine)
    since, until = max(0.0, begin - AROUND * (end - begin)), min(run.trace.end, end + AROUND * (end - begin))
    near = [hop for hop in found if hop.sent <= until and _until(hop, run.trace.end) >= since]
    shown = sorted(
        (mine + [hop for hop in near if hop not in mine])[:MOST_MESSAGES], key=lambda hop: hop.sent
    )
    lines = _lifelines(run, shown)
    shown = [hop for hop in shown if _ends(hop) <= {line.name for line in lines}]
    since, until = (
        max(since, min(hop.sent for hop in shown)),
        min(until, max(_until(hop, until) for hop in shown)),
    )
    numbered = steps(shown)
    blocks = [
        (_heading(each), [step for step in numbered if step.hops[0].request == each.number]) for each in about
    ]
    blocks = [(heading, block) for heading, block in blocks if block]

    working = list(bars(run.trace, since, until))
    cuts = _cuts(shown, [bar for bar in working if bar.request in numbers], since, until)
    height = max(300.0, min(560.0, 26.0 * len(shown)))
    chart = Chart(lines, since, until, main.opened, height, picked=picked, cuts=cuts)
    bands = faults(run.trace, since, until)
    rows = _rows(blocks)
    drawing = Drawing(WIDTH, chart.bottom + 44 + 17 * max(len(column) for column in rows))
    chart.draw(drawing, main.number, numbers, working, bands)
    draw_steps(drawing, chart, numbered, main.number)
    chart.draw_cuts(drawing)
    chart.draw_names(drawing)
    _list(drawing, rows, chart.bottom + 24)
    note = f"Time in ms since request {main.number} was sent ({main.opened:.4f} s into the run)."
    note += " Grey: work for others." if any(bar.request not in numbers for bar in working) else ""
    if left_out := len(found) - len(shown):
        note += f" Not drawn: {left_out} message{'s' if left_out > 1 else ''}."
    if cuts:
        note += f" Cut out: {', '.join(f'{plain(end - begin, 4)} s' for begin, end in cuts)}."
    drawing.write(14, drawing.height - 10, note, 11, fill=QUIET)
    listed = [f"{heading}: " + "; ".join(step.words for step in block) + "." for heading, block in blocks]
    words = " ".join([f"{title}. {note}", *listed]) + told(bands) + picked.words
    return Figure(drawing.text(title, words), words)


def _cuts(
    shown: Sequence[Hop], working: Sequence[Bar], since: float, until: float
) -> list[tuple[float, float]]:
    """The stretches in which nothing happens that would leave no room for what does, in order of time."""
    moments = {since, until}
    moments.update(t for hop in shown for t in (hop.sent, hop.received, hop.lost) if t is not None)
    moments.update(t for bar in working for t in (bar.begun, bar.ended) if t is not None)
    inside = sorted(t for t in moments if since <= t <= until)
    gaps = sorted(pairwise(inside), key=lambda gap: gap[0] - gap[1])[:MOST_CUTS]
    left, found = until - since, []
    for begin, end in gaps:
        if end - begin < LEAST_CUT * (until - since):
            break
        margin = (end - begin) * EDGE
        found.append((begin + margin, end - margin))
        left -= end - begin
        if left < SEEN * (until - since):
            return sorted(found)
    return []


def _until(hop: Hop, end: float) -> float:
    """The last moment of a message, the *end* where it is still on its way."""
    return end if hop.received is hop.lost is None else hop.last


def _ends(hop: Hop) -> set[str]:
    return {name for name in (hop.sender, hop.queue, hop.receiver) if name}


def _lifelines(run: Run, shown: Sequence[Hop]) -> list[Lifeline]:
    """Clients, servers, channels and then workers, those met first; at most as many as can be told apart."""
    where = {lane: each for each in run.scenario.components for lane in (each.name, *each.lanes())}
    found: dict[str, tuple[int, str]] = {}
    for hop in shown:
        for name in (hop.sender, hop.receiver):
            if name:
                owner = where.get(name)
                place = (owner.column, owner.role) if owner else (3, "")
                found.setdefault(name, (3, place[1]) if owner and name != owner.name else place)
        if hop.queue:
            found.setdefault(hop.queue, (2, "layer"))
    met = list(found)[:MOST_LINES]
    return [
        Lifeline(name, found[name][1])
        for name in sorted(met, key=lambda name: (found[name][0], _counted(name)))
    ]


def _counted(name: str) -> tuple[str, int]:
    """worker-2 before worker-10; channels keep the order of their names."""
    stem = name.rstrip("0123456789")
    return stem, int(name[len(stem) :] or 0)


def _heading(request: Request) -> str:
    if request.answered is None:
        return f"Request {request.number}, not answered"
    answer = f", {request.answer}" if request.answer != "frame" else ""
    return f"Request {request.number}, answered in {ms(request.answered - request.opened)} ms{answer}"


Rows = list[list[tuple[str, Step | None]]]


def _rows(blocks: Sequence[tuple[str, Sequence[Step]]]) -> Rows:
    """The list below: two columns, the main request on the left; or one, where two would be too narrow."""
    columns: Rows = [[], []]
    for i, (heading, block) in enumerate(blocks):
        columns[min(i, 1)] += [(heading, None), *((step.words, step) for step in block)]
    widest = max(text_width(words, 11) for column in columns for words, _ in column)
    return columns if columns[1] and widest < WIDTH / 2 - 54 else [columns[0] + columns[1]]


def _list(drawing: Drawing, rows: Rows, top: float) -> None:
    width = (WIDTH - 28) / len(rows)
    for i, column in enumerate(rows):
        x = 14 + i * width
        for j, (words, step) in enumerate(column):
            y = top + 17 * j
            if step is None:
                drawing.write(x, y, shortened(words, width - 10, 12, bold=True), font_weight="bold", fill=INK)
            else:
                drawing.write(
                    x + 18, y, str(step.number), 11, text_anchor="end", fill=INK, font_weight="bold"
                )
                drawing.write(x + 26, y, shortened(words, width - 40, 11), 11, fill=INK)

"""Delivery matrix: who reached whom. Isolated layers, and rooms, show as blocks.

What may live here: counting what each sender sent and each receiver got of it, putting those together that
stand on one machine, the cells and the words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from chansim.figure import Figure
from chansim.measures.rows import codes, is_plain, rows
from chansim.palette import FAINT, FAINT_EDGE, INK, ON_STEPS, QUIET, STEPS
from chansim.selection import Selection
from chansim.svg import Drawing, Look, shortened, text_width
from chansim.trace import LOST, RECEIVED, SENT
from chansim.views.answered import clients_of
from chansim.views.blank import blank
from chansim.views.checked import checked
from chansim.views.chosen import MARK, Chosen, chosen

if TYPE_CHECKING:
    from chansim.run import Run

WIDTH, TOP, MARGIN = 740.0, 84.0, 14.0
MOST = 28  # senders, or groups of them, and as many receivers
NARROW, WIDE = 16.0, 38.0  # pixels of a cell
LIMITS = (0.25, 0.5, 0.75, 0.9999)


@dataclass(frozen=True)
class Counts:
    """*sent* by each sender, and *got*: how many of them each receiver got, by sender and receiver.

    *where*: by sender or receiver the server or machine it belongs to. *what* is counted, in the plural.
    """

    what: str
    sent: dict[str, int]
    got: dict[tuple[str, str], int]
    where: dict[str, str]


@dataclass(frozen=True)
class Side:
    """Some senders and receivers that are one row and one column: usually one."""

    name: str
    where: str
    members: tuple[str, ...]


@checked
def delivery_matrix(run: Run, *, selection: Selection | None = None, theme: str = "light") -> Figure:
    """Senders down, receivers across: each cell is the share of what a sender sent that a receiver got.

    Where clients speak over WebSockets, these are their sockets, by the interface server they came to, and what
    is shared out is each line said; a socket that cannot hear another has an empty cell. Else they are servers and
    workers, and what is shared out are the messages each put on channels. More than 28 are put together in groups. A
    selected component, or the way of selected messages, is marked. *theme*: "light"
    or "dark".
    """
    title = f"{run.scenario.title}: who reached whom"
    counts = _sockets(run) or _components(run)
    if counts is None:
        return blank(title, "Nothing was sent to any channel.", theme)
    sides = _sides(counts)
    return _draw(run, title, counts, sides, chosen(run, selection)).themed(theme)


def _sockets(run: Run) -> Counts | None:
    """By socket: the lines that clients said, and the frames of them that arrived; None where nobody said any."""
    trace, names = run.trace, run.trace.names
    ours, frame = codes(trace, clients_of(run)), trace.code("frame")
    inner = codes(trace, [each.name for each in run.scenario.components if each.role == "interface"])
    speaker: dict[int, str] = {}
    sent: Counter[str] = Counter()
    got: dict[tuple[str, str], set[int]] = {}
    where: dict[str, str] = {}
    for event, component, channel, request, detail in rows(
        trace, (SENT, RECEIVED), "event", "component", "channel", "request", "detail"
    ):
        if component in inner and names[channel].startswith("socket "):
            where[names[channel]] = names[component]
        if detail != frame or component not in ours:
            continue
        if event == SENT:
            speaker[request] = names[channel]
            sent[names[channel]] += 1
        elif request in speaker:
            got.setdefault((speaker[request], names[channel]), set()).add(request)
    if not sent:
        return None
    everyone = {*sent, *(receiver for _, receiver in got), *where}
    return Counts(
        "lines",
        {name: sent[name] for name in sorted(everyone, key=_counted)},
        {pair: len(lines) for pair, lines in got.items()},
        where,
    )


def _components(run: Run) -> Counts | None:
    """By server and worker: the messages put on channels, and who took them."""
    trace, names = run.trace, run.trace.names
    sender: dict[int, int] = {}
    sent: Counter[int] = Counter()
    got: Counter[tuple[int, int]] = Counter()
    taken: set[int] = set()
    lost: set[int] = set()
    plain = [is_plain(name) for name in names]
    for event, component, channel, message in rows(
        trace, (SENT, RECEIVED, LOST), "event", "component", "channel", "message"
    ):
        if event == SENT and not plain[channel]:
            sender[message] = component
            sent[component] += 1
        elif event == RECEIVED and message in sender and message not in taken:
            taken.add(message)
            got[sender[message], component] += 1
        elif event == LOST and message in sender and message not in taken:
            lost.add(message)
    if not sent:
        return None
    order = [lane for each in run.scenario.components for lane in (each.name, *each.lanes())]
    met = {names[code] for code in sent} | {names[receiver] for _, receiver in got}
    found = {name: 0 for name in dict.fromkeys(order) if name in met}
    found.update({names[code]: count for code, count in sent.items()})
    machines = {lane: each.machine for each in run.scenario.components for lane in (each.name, *each.lanes())}
    return Counts(
        "messages",
        dict(sorted(found.items(), key=lambda item: machines.get(item[0], ""))),
        {(names[one], names[other]): count for (one, other), count in got.items()},
        machines,
    )


def _counted(name: str) -> tuple[str, int]:
    """socket 2 of chatters before socket 10 of chatters."""
    found = re.match(r"socket (\d+) of (.*)", name)
    return (found[2], int(found[1])) if found else (name, 0)


def _sides(counts: Counts) -> list[Side]:
    """Who has a row and a column: those of one server side by side; of too many, groups of them."""
    places = sorted({counts.where.get(name, "") for name in counts.sent})
    size = ceil(len(counts.sent) / (MOST - len(places))) if len(counts.sent) > MOST else 1
    found = []
    for where in places:
        here = [name for name in counts.sent if counts.where.get(name, "") == where]
        for first in range(0, len(here), size):
            members = tuple(here[first : first + size])
            name = members[0].partition(" of ")[0]
            if len(members) > 1:
                name += f" to {members[-1].partition(' of ')[0].removeprefix('socket ')}"
            found.append(Side(name, where, members))
    return found


def _share(counts: Counts, one: Side, other: Side) -> float | None:
    """The share, 0 to 1, of what *one* sent that *other* got, on average of its members; None for nothing sent."""
    sent = sum(counts.sent[name] for name in one.members) * len(other.members)
    got = sum(counts.got.get((a, b), 0) for a in one.members for b in other.members)
    return got / sent if sent else None


def _draw(run: Run, title: str, counts: Counts, sides: Sequence[Side], picked: Chosen) -> Figure:
    longest = max(text_width(f"{place} {side.name}", 11) for place, side in enumerate(sides, 1))
    places = list(dict.fromkeys(side.where for side in sides))
    where = max(text_width(name, 11) for name in places) + 14 if any(places) else 0.0
    left = MARGIN + min(where, 110.0) + min(longest, 150.0) + 12
    cell = max(NARROW, min(WIDE, (WIDTH - left - MARGIN) / len(sides)))
    bottom = TOP + cell * len(sides)
    drawing = Drawing(WIDTH, bottom + 34)
    _draw_legend(drawing)
    drawing.write(MARGIN, TOP - 28, "from", 11, fill=QUIET)
    drawing.write(left, TOP - 28, "to", 11, fill=QUIET)
    for place, side in enumerate(sides, 1):
        y, x = TOP + cell * (place - 1), left + cell * (place - 1)
        text = shortened(f"{place} {side.name}", min(longest, 150.0), 11)
        fits = bool(picked.components.intersection(side.members))
        look: Look = {"font_weight": "bold"} if fits else {}
        drawing.write(left - 8, y + cell / 2 + 4, text, 11, text_anchor="end", fill=INK, **look)
        drawing.write(x + cell / 2, TOP - 8, str(place), 11, text_anchor="middle", fill=INK, **look)
    for name in places:
        level = next(place for place, side in enumerate(sides) if side.where == name)
        text = shortened(name or "outside", 96, 11) if any(places) else ""
        drawing.write(MARGIN, TOP + cell * level + cell / 2 + 4, text, 11, fill=QUIET)
        if level:
            edge = left + cell * level, TOP + cell * level
            drawing.line([(MARGIN, edge[1]), (left + cell * len(sides), edge[1])], stroke=QUIET)
            drawing.line([(edge[0], TOP - 22), (edge[0], bottom)], stroke=QUIET)
    _draw_grid(drawing, counts, sides, left, cell)
    lines = _lines_of(run, picked) if counts.what == "lines" else _ways_of(run, picked)
    for down, one in enumerate(sides):
        for across, other in enumerate(sides):
            x, y = left + cell * across, TOP + cell * down
            _draw_cell(drawing, counts, one, other, x, y, cell, lines)
    _frame(drawing, sides, left, cell, picked)
    total = sum(counts.sent.values())
    note = f"{total:,} {counts.what}; each cell: the share of a sender's {counts.what} that a receiver got, in %."
    note += " A line: it sent nothing." if 0 in counts.sent.values() else ""
    drawing.write(MARGIN, bottom + 22, shortened(note, WIDTH - 28, 11), 11, fill=QUIET)
    words = f"{title}. {note} {_tell(counts, sides)}{picked.words}"
    return Figure(drawing.text(title, words), words)


def _tell(counts: Counts, sides: Sequence[Side]) -> str:
    """The shares within and between servers, or of each sender."""
    places = list(dict.fromkeys(side.where for side in sides))
    if counts.what == "lines" and len(places) > 1:
        blocks = [
            (one, other, _share(counts, _whole(sides, one), _whole(sides, other)))
            for one in places
            for other in places
        ]
        return " ".join(f"{one} to {other}: {_percent(share)}." for one, other, share in blocks)
    if counts.what == "lines":
        share = _share(counts, _whole(sides, places[0]), _whole(sides, places[0]))
        return f"Each of {len(counts.sent)} sockets got {_percent(share)} of all lines on average."
    said = []
    for one in sides:
        shares = [(other.name, _share(counts, one, other)) for other in sides]
        to = ", ".join(f"{name} {_percent(share)}" for name, share in shares if share)
        said += [f"{one.name}: {to}."] if to else []
    return " ".join(said)


def _whole(sides: Sequence[Side], where: str) -> Side:
    return Side(where, where, tuple(name for side in sides if side.where == where for name in side.members))


def _percent(share: float | None) -> str:
    return "nothing sent" if share is None else f"{100 * share:.0f} %"


def _level(share: float) -> int:
    return sum(share > limit for limit in LIMITS)


def _of_messages(picked: Chosen) -> bool:
    """Whether messages are selected, and not only a component, which has a frame about its row and its column."""
    selection = picked.selection
    return (selection.message, selection.request, selection.channel) != (None, None, None)


def _lines_of(run: Run, picked: Chosen) -> set[tuple[str, str]]:
    """From which socket to which a selected request or message went."""
    if not _of_messages(picked):
        return set()
    trace, ours = run.trace, codes(run.trace, clients_of(run))
    speakers: set[str] = set()
    hearers: set[str] = set()
    for event, component, channel, request in rows(
        trace, (SENT, RECEIVED), "event", "component", "channel", "request"
    ):
        if component in ours and request in picked.requests:
            (speakers if event == SENT else hearers).add(trace.names[channel])
    return {(one, other) for one in speakers for other in hearers}


def _ways_of(run: Run, picked: Chosen) -> set[tuple[str, str]]:
    """From which server or worker to which the selected messages went."""
    if not _of_messages(picked):
        return set()
    names = run.trace.names
    sender: dict[int, str] = {}
    found = set()
    for event, component, channel, message in rows(
        run.trace, (SENT, RECEIVED), "event", "component", "channel", "message"
    ):
        if message not in picked.messages:
            continue
        if event == SENT and not is_plain(names[channel]):
            sender[message] = names[component]
        elif event == RECEIVED and message in sender:
            found.add((sender[message], names[component]))
    return found


def _draw_cell(
    drawing: Drawing,
    counts: Counts,
    one: Side,
    other: Side,
    x: float,
    y: float,
    cell: float,
    lines: set[tuple[str, str]],
) -> None:
    share = _share(counts, one, other)
    if not share:
        return
    look: Look = {"fill": STEPS[_level(share)], "data_from": one.name, "data_to": other.name}
    if counts.what != "lines":
        look["data_component"] = one.name
    if cell >= 26:
        look["title"] = f"{one.name} to {other.name}: {_percent(share)}"
    drawing.rect(x + 0.5, y + 0.5, cell - 1, cell - 1, **look)
    if any((a, b) in lines for a in one.members for b in other.members):
        drawing.rect(x + 1.5, y + 1.5, cell - 3, cell - 3, fill="none", **MARK)
    if cell >= 26:
        text = f"{100 * share:.0f}" if share >= 0.005 else "<1"
        colour: Look = {"fill": ON_STEPS[_level(share)]}
        drawing.write(x + cell / 2, y + cell / 2 + 4, text, 11, text_anchor="middle", **colour)


def _draw_grid(drawing: Drawing, counts: Counts, sides: Sequence[Side], left: float, cell: float) -> None:
    """The edges of all cells, and a line through the row of who sent nothing."""
    length = cell * len(sides)
    for place in range(len(sides) + 1):
        drawing.line([(left, TOP + cell * place), (left + length, TOP + cell * place)], stroke=FAINT)
        drawing.line([(left + cell * place, TOP), (left + cell * place, TOP + length)], stroke=FAINT)
    for place, side in enumerate(sides):
        middle = TOP + cell * (place + 0.5)
        if not any(counts.sent[name] for name in side.members):
            title = f"{side.name} sent nothing"
            drawing.line([(left, middle), (left + length, middle)], stroke=FAINT_EDGE, title=title)


def _frame(drawing: Drawing, sides: Sequence[Side], left: float, cell: float, picked: Chosen) -> None:
    """A frame about the row and the column of a component that is selected."""
    if picked.selection.component is None:
        return
    length = cell * len(sides)
    for place, side in enumerate(sides):
        if picked.components.intersection(side.members):
            drawing.rect(left, TOP + cell * place, length, cell, fill="none", **MARK)
            drawing.rect(left + cell * place, TOP, cell, length, fill="none", **MARK)


def _draw_legend(drawing: Drawing) -> None:
    x = MARGIN
    for step, text in zip(STEPS, ("to 25 %", "to 50 %", "to 75 %", "less than all", "all"), strict=True):
        drawing.rect(x, 10, 18, 12, fill=step, stroke=INK, stroke_width=0.8)
        drawing.write(x + 23, 21, text, 11, fill=INK)
        x += 23 + text_width(text, 11) + 14
    drawing.rect(x, 10, 18, 12, fill="none", stroke=INK, stroke_width=0.8)
    drawing.write(x + 23, 21, "none", 11, fill=INK)

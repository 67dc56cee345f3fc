"""Gantt: who worked when.

What may live here: which lanes and which stretch of the run are shown, the
frame, axis and words. How bars look is in :mod:`chansim.views.tracks`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum
from typing import TYPE_CHECKING

from chansim.figure import Figure
from chansim.measures import cut, utilisations
from chansim.palette import GRID, INK, QUIET
from chansim.quantities import plain
from chansim.selection import Selection
from chansim.svg import Drawing, shortened, text_width
from chansim.views.axis import tick_label, ticks
from chansim.views.blank import blank
from chansim.views.checked import checked
from chansim.views.chosen import Chosen, chosen
from chansim.views.faults import ROW, draw_bands, faults, lines_of, ribbon, told
from chansim.views.hops import Bar, bars
from chansim.views.tracks import (
    MOST_BARS,
    PITCH,
    Kind,
    Track,
    Window,
    draw_legend,
    draw_track,
    is_together,
    kinds_of,
)

if TYPE_CHECKING:
    from chansim.run import Run

WIDTH, TOP = 740.0, 36.0
MOST_LANES, READABLE, WARM_UP = 16, 40, 0.1


@checked
def gantt(
    run: Run,
    start: float | None = None,
    seconds: float | None = None,
    *,
    selection: Selection | None = None,
    theme: str = "light",
) -> Figure:
    """A lane for each worker and a bar for each message it worked on, from *start*, for *seconds* of the run.

    Without them it is the first 40 bars after a tenth of the run, or after something that is selected, where it
    came earlier or later than these. At the right
    edge is the share of the time shown that the lane was busy. Faults are shaded
    bands. The bars of what is selected have a thick outline. *theme*: "light" or "dark".
    """
    title = f"{run.scenario.title}: who worked when"
    lanes = _lanes(run)
    if not lanes:
        return blank(title, "This deployment has no worker and no server.", theme)
    if run.trace.end <= 0:
        return blank(title, "The run is 0 s long.", theme)
    picked = chosen(run, selection)
    since, until = _window(run, [lane for lane, _ in lanes], start, seconds)
    if start is None and (found := _first_of(run, picked)) and not since <= found.begun < until:
        since, until = _window(run, [lane for lane, _ in lanes], found.begun, seconds)
    shown = [bar for bar in bars(run.trace, since, until) if bar.lane in dict(lanes)]
    if not shown:
        return blank(title, f"No worker worked between {plain(since)} and {plain(until)} s.", theme)
    return _draw(run, title, _tracks(lanes, shown), since, until, picked).themed(theme)


def _lanes(run: Run) -> list[tuple[str, str]]:
    """Name and role of each lane: of workers and WSGI servers, or, with none, of interface servers."""
    for roles in (("worker", "server"), ("interface",)):
        found = [
            (lane, each.role)
            for each in run.scenario.components
            if each.role in roles
            for lane in each.lanes()
        ]
        if found:
            return found
    return []


def _first_of(run: Run, picked: Chosen) -> Bar | None:
    """The first bar of a message or a request that is selected; of others there are many, all over the run."""
    if picked.selection.message is None and picked.selection.request is None:
        return None
    workers = {lane for lane, _ in _lanes(run)}
    mine = (bar for bar in bars(run.trace) if bar.message in picked.messages and bar.lane in workers)
    return min(mine, key=lambda bar: bar.begun, default=None)


def _window(
    run: Run, lanes: Sequence[str], start: float | None, seconds: float | None
) -> tuple[float, float]:
    """From when to when, in seconds; what was not said is chosen."""
    end = run.trace.end
    since = min(max(0.0, end * WARM_UP if start is None else start), end)
    if seconds is not None:
        return since, min(end, since + max(0.0, seconds)) or end
    wanted = set(lanes)
    after = sorted((bar for bar in bars(run.trace, since) if bar.lane in wanted), key=lambda bar: bar.begun)
    until = max((bar.ended or end for bar in after[:READABLE]), default=end)
    return since, until if until > since else end


def _tracks(lanes: Sequence[tuple[str, str]], shown: Sequence[Bar]) -> list[Track]:
    """One track a lane; of too many lanes, those beyond the first share the last track."""
    by_lane: dict[str, list[Bar]] = {lane: [] for lane, _ in lanes}
    for bar in shown:
        by_lane[bar.lane].append(bar)
    tracks = [Track(lane, role, (lane,), tuple(by_lane[lane])) for lane, role in lanes]
    if len(tracks) <= MOST_LANES:
        return tracks
    rest = tracks[MOST_LANES - 1 :]
    names = tuple(track.name for track in rest)
    together = Track(
        f"… {len(rest)} more", rest[0].role, names, tuple(bar for track in rest for bar in track.bars)
    )
    return [*tracks[: MOST_LANES - 1], together]


def _draw(
    run: Run, title: str, tracks: Sequence[Track], since: float, until: float, picked: Chosen
) -> Figure:
    left = 22 + min(130.0, max(text_width(track.name) for track in tracks))
    window = Window(since, until, left, WIDTH - 62, MOST_BARS // len(tracks))
    kinds = kinds_of(tracks)
    bands = faults(run.trace, since, until)
    names = ribbon(bands, window.x, WIDTH - 14)
    top = TOP + ROW * lines_of(names)
    bottom = top + PITCH * len(tracks)
    drawing = Drawing(WIDTH, bottom + 52)
    draw_legend(drawing, kinds, left, TOP - 14)
    drawing.write(WIDTH - 14, TOP - 14, "busy", 11, text_anchor="end", fill=QUIET)
    draw_bands(drawing, bands, names, window.x, top, bottom)
    _draw_axis(drawing, window, top, bottom)
    shares = utilisations(cut(run.trace, until), since)
    busy = []
    for place, track in enumerate(tracks):
        y = top + PITCH * place
        share = fsum(shares.get(lane, 0.0) for lane in track.lanes) / len(track.lanes)
        busy.append(f"{track.name} {share:.0%}")
        drawing.write(left - 10, y + 17, shortened(track.name, left - 22), text_anchor="end", fill=INK)
        draw_track(drawing, track, window, y, kinds, picked)
        drawing.write(WIDTH - 14, y + 17, f"{share:.0%}", text_anchor="end", fill=INK)
    count = sum(len(track.bars) for track in tracks)
    note = f"From {plain(since)} to {plain(until, 4)} s of {plain(run.trace.end)} s: {count} bars."
    thin = any(is_together(track, window, bar) for track in tracks for bar in track.bars)
    note += " Bars too thin or too many are drawn together: the darker, the busier." if thin else ""
    drawing.write(14, drawing.height - 10, note, 11, fill=QUIET)
    words = f"{title}. {note} Busy: {', '.join(busy)}. Kinds: {', '.join(_counted(kinds, tracks))}."
    words += told(bands) + picked.words
    return Figure(drawing.text(title, words), words)


def _counted(kinds: Sequence[Kind], tracks: Sequence[Track]) -> list[str]:
    every = [bar for track in tracks for bar in track.bars]
    return [f"{sum(kind.fits(bar) for bar in every)} × {kind.name}" for kind in kinds]


def _draw_axis(drawing: Drawing, window: Window, top: float, bottom: float) -> None:
    """Time of the run along the foot, in ms for less than two seconds."""
    factor, unit = (1000.0, "ms") if window.until - window.since < 2 else (1.0, "s")
    found = ticks(window.since * factor, window.until * factor, 8)
    step = found[1] - found[0] if len(found) > 1 else 1.0
    for tick in found:
        x = window.x(tick / factor)
        drawing.line([(x, top - 2), (x, bottom + 4)], stroke=GRID)
        drawing.write(x, bottom + 18, tick_label(tick, step), 11, text_anchor="middle", fill=QUIET)
    drawing.write(window.right + 26, bottom + 18, unit, 11, fill=QUIET)
    drawing.line([(window.left, bottom), (window.right, bottom)], stroke=QUIET)

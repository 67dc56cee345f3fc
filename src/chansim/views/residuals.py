"""Residuals: a simulated run upon an executed one, and what is left over of each request.

What may live here: the picture that :mod:`chansim.overlay` shows: two ECDFs, where the time went in each, and
how much longer each request really took. matplotlib is loaded when it is drawn.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING, Any, Protocol

from chansim.figure import Figure
from chansim.measures import Part, breakdown, percentile
from chansim.palette import GRID, INK, ROLES, SELECTED
from chansim.selection import Selection
from chansim.views.blank import blank
from chansim.views.chart import sheet
from chansim.views.checked import checked
from chansim.views.chosen import chosen
from chansim.views.faults import Band, faults, shade, told

if TYPE_CHECKING:
    from chansim.run import Run

TITLE = "Simulated upon executed"
MOST_POINTS = 400  # residuals drawn; of more, every so-manyth
MOST_MARKS = 60  # rings; of more, every so-manyth
RING: Any = {"ms": 9, "mfc": "none", "mec": SELECTED, "mew": 2.5, "zorder": 5}
MOST_PARTS = 5  # of the time, the rest together
SIMULATED, EXECUTED = ROLES["server"], ROLES["lost"]
HATCHES = ("", "//", "xx", "\\\\", "--", "||")
HUES = ("worker", "layer", "client", "interface", "server", "")


class Pair(Protocol):
    """One request in both runs: when it was *opened*, the seconds it took in each, and its *number* in the executed
    one."""

    @property
    def opened(self) -> float: ...
    @property
    def simulated(self) -> float: ...
    @property
    def executed(self) -> float: ...
    @property
    def number(self) -> int: ...


@checked
def residuals(
    simulated: Run,
    executed: Run,
    pairs: Sequence[Pair],
    said: str = "",
    *,
    selection: Selection | None = None,
    theme: str = "light",
) -> Figure:
    """The latencies of *pairs* in both runs, where the time went, and executed − simulated along the run.

    *said*: what else belongs to the words of the picture. The lengths of all parts are to one scale. Faults of the
    executed run are shaded bands. What is selected of the executed run has rings. *theme*: "light" or "dark".
    """
    if not pairs:
        return blank(TITLE, "No request was answered in both runs.", theme)
    parts, bands = _parts(simulated, executed), faults(executed.trace)
    picked = chosen(executed, selection)
    mine = [pair for pair in pairs if pair.number in picked.requests]
    words = " ".join([f"{TITLE}.", *_told(pairs, parts), *said.splitlines()]) + told(bands) + picked.words
    return Figure.from_matplotlib(_chart(pairs, parts, bands, mine), words, TITLE).themed(theme)


Parts = list[tuple[str, float, float]]
"""Name, and the mean seconds in the simulated run and in the executed one."""


def _parts(simulated: Run, executed: Run) -> Parts:
    """Where the time went in both, what took longest apart, and the rest together; in order of the way."""
    found = [_of(run) for run in (simulated, executed)]
    names = list(dict.fromkeys(name for each in found for name in each))
    longest = sorted(names, key=lambda name: -max(each.get(name, 0.0) for each in found))[:MOST_PARTS]
    here, there = found
    parts = [(name, here.get(name, 0.0), there.get(name, 0.0)) for name in names if name in longest]
    rest = [math.fsum(seconds for name, seconds in each.items() if name not in longest) for each in found]
    return [*parts, ("all else", rest[0], rest[1])] if len(names) > MOST_PARTS else parts


def _of(run: Run) -> dict[str, float]:
    words = {lane: each.kind for each in run.scenario for lane in (each.name, *each.lanes()) if each.role}
    clients = [each.name for each in run.scenario if each.role == "client"]
    found: list[Part] = breakdown(run.trace, clients, words)
    return dict(found)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms" if abs(seconds) >= 0.1 else f"{seconds * 1000:.1f} ms"


def _told(pairs: Sequence[Pair], parts: Parts) -> list[str]:
    told = []
    for name in ("simulated", "executed"):
        times = [getattr(pair, name) for pair in pairs]
        rules = ", ".join(f"p{q * 100:.0f} {_ms(percentile(times, q))}" for q in (0.5, 0.95, 0.99))
        told.append(f"{name.capitalize()}: {rules}.")
    told.append(
        "Where the time went: "
        + "; ".join(f"{name} {_ms(one)} simulated, {_ms(other)} executed" for name, one, other in parts)
        + "."
    )
    left = [pair.executed - pair.simulated for pair in pairs]
    told.append(
        f"Executed less simulated: half of {len(left)} requests between {_ms(percentile(left, 0.25))} "
        f"and {_ms(percentile(left, 0.75))}, the most {_ms(max(left))}."
    )
    return told


def _chart(pairs: Sequence[Pair], parts: Parts, bands: Sequence[Band], mine: Sequence[Pair]) -> Any:
    with sheet(7.2, (3.2, 2.1, 2.3)) as (chart, (top, middle, bottom)):
        _draw_ecdfs(top, pairs)
        _draw_parts(middle, parts)
        _draw_residuals(bottom, pairs, mine)
        _mark(top, pairs, mine)
        low, high = bottom.get_xlim()
        shade(bottom, [band for band in bands if band.begun <= high and band.ended >= low], low, high)
        bottom.set_xlim(low, high)
    return chart


def _draw_ecdfs(axes: Any, pairs: Sequence[Pair]) -> None:
    for name, colour, dashes in (("simulated", SIMULATED, "--"), ("executed", EXECUTED, "-")):
        times = sorted(1000 * getattr(pair, name) for pair in pairs)
        stride = math.ceil(len(times) / MOST_POINTS)
        places = sorted({*range(0, len(times), stride), *range(max(0, len(times) - 30), len(times))})
        x, y = [times[place] for place in places], [(place + 1) / len(times) for place in places]
        axes.step(
            [times[0], *x], [0, *y], where="post", color=colour.strong, linestyle=dashes, lw=2, label=name
        )
    for q in (0.5, 0.95, 0.99):
        axes.axhline(q, color=GRID, lw=0.8, zorder=0)
    axes.set_yticks([0, 0.5, 0.95, 0.99], ["0", "50 %", "95 %", ""])
    axes.set(xlim=(0, None), ylim=(0, 1.02), xlabel="response time (ms)", ylabel="share up to this long")
    axes.legend(loc="lower right", frameon=True, framealpha=0.9)


def _draw_parts(axes: Any, parts: Parts) -> None:
    """Two bars to one scale, each cut into where the time went."""
    left = [0.0, 0.0]
    for place, (name, *seconds) in enumerate(parts):
        hue = ROLES[HUES[place % len(HUES)]]
        for row, each in enumerate(seconds):
            axes.barh(
                1 - row, 1000 * each, left=left[row], height=0.62, color=hue.tint, edgecolor=hue.strong,
                hatch=HATCHES[place % len(HATCHES)], label=name if row == 0 else None,
            )  # fmt: skip
            left[row] += 1000 * each
    axes.set_yticks([1, 0], ["simulated", "executed"])
    axes.set(xlabel="mean time of an answer (ms)", xlim=(0, max(left) * 1.02 or 1), ylim=(-0.5, 3.2))
    axes.legend(loc="upper left", ncols=2, frameon=False, fontsize=10, borderaxespad=0.0, columnspacing=1.0)


def _mark(axes: Any, pairs: Sequence[Pair], mine: Sequence[Pair]) -> None:
    """Rings about the selected answers, on the curves of both runs."""
    shown = mine[:: math.ceil(len(mine) / MOST_MARKS) or 1]
    for name in ("simulated", "executed"):
        times = sorted(getattr(pair, name) for pair in pairs)
        where = [getattr(pair, name) for pair in shown]
        shares = [bisect_right(times, each) / len(times) for each in where]
        axes.plot([1000 * each for each in where], shares, "o", **RING)


def _draw_residuals(axes: Any, pairs: Sequence[Pair], mine: Sequence[Pair]) -> None:
    stride = math.ceil(len(pairs) / MOST_POINTS)
    shown = pairs[::stride]
    left = [1000 * (pair.executed - pair.simulated) for pair in shown]
    axes.axhline(0, color=INK, lw=1)
    axes.plot(
        [pair.opened for pair in shown],
        left,
        "o",
        ms=4,
        color=EXECUTED.strong,
        alpha=0.6,
        mew=0,
        label="a request",
    )
    if mine:
        rings = mine[:: math.ceil(len(mine) / MOST_MARKS)]
        axes.plot(
            [pair.opened for pair in rings],
            [1000 * (pair.executed - pair.simulated) for pair in rings],
            "o",
            label="selected",
            **RING,
        )
    middle = median([1000 * (pair.executed - pair.simulated) for pair in pairs])
    axes.axhline(middle, color=SIMULATED.strong, lw=1.4, linestyle="--", label=f"median {middle:+.1f} ms")
    marked = [1000 * (pair.executed - pair.simulated) for pair in mine]
    low, high = min(0.0, *left, *marked), max(0.0, *left, *marked)
    axes.set_ylim(low - 0.08 * (high - low) - 0.01, high + 0.35 * (high - low) + 0.01)  # room for the legend
    axes.set(xlabel="opened (s into the run)", ylabel="executed − simulated\n(ms)")
    axes.legend(loc="upper right", frameon=True, framealpha=0.9, ncols=3)

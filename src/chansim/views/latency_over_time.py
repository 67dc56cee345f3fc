"""Latency over time: every answer where it was asked for, so that a stall and the way out of it are seen.

What may live here: the chart of dots, or of cells where there are too many, and its words. matplotlib is loaded when
it is drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chansim.figure import Figure
from chansim.measures import Request, percentile, requests
from chansim.measures.deliveries import Delivery
from chansim.palette import GRID, INK, MANY, ROLES, SELECTED
from chansim.quantities import plain
from chansim.selection import Selection
from chansim.views.answered import RULES, answers, clients_of
from chansim.views.blank import blank
from chansim.views.chart import ms, sheet
from chansim.views.checked import checked
from chansim.views.chosen import chosen
from chansim.views.faults import Band, faults, shade, told

if TYPE_CHECKING:
    from chansim.run import Run

MOST_DOTS = 600  # of more, cells are shaded by how many there are
ACROSS, UP = 90, 32  # cells


@checked
def latency_over_time(
    run: Run,
    *,
    guess: float | None = None,
    selection: Selection | None = None,
    theme: str = "light",
) -> Figure:
    """Each answer: when its request was sent, and how long it took. No averages: they would hide the modes.

    Of more than 600 answers cells are shaded instead, the darker the more. ✕ at the top are requests that
    failed, ▽ those that nobody answered. Faults are shaded bands. *guess*: a latency in seconds, a dashed line. What is
    selected has a thick ring. *theme*: "light" or "dark".
    """
    title = f"{run.scenario.title}: latency along the run"
    found = answers(run)
    asked = requests(run.trace, clients_of(run))
    if not asked:
        return blank(title, "No client asked for anything in this run.", theme)
    failed = [each for each in asked if each.outcome == "failed"]
    waiting = [each for each in asked if each.outcome == "waiting"]
    bands = faults(run.trace)
    picked = chosen(run, selection)
    mine = [each for each in found if each.request in picked.requests]
    chart = _chart(run, found, failed, waiting, bands, mine, guess)
    words = _words(title, found, failed, waiting, guess) + told(bands) + picked.words
    return Figure.from_matplotlib(chart, words, title).themed(theme)


def _words(
    title: str,
    found: Sequence[Delivery],
    failed: Sequence[Request],
    waiting: Sequence[Request],
    guess: float | None,
) -> str:
    words = [f"{title}. {len(found):,} answers"]
    if found:
        values = sorted(each.seconds for each in found)
        longest = max(found, key=lambda each: each.seconds)
        rules = ", ".join(f"p{q * 100:.0f} {ms(percentile(values, q))}" for q in RULES)
        words.append(
            f": {rules}. The longest took {ms(longest.seconds)}, asked for at {plain(longest.opened, 4)} s."
        )
    else:
        words.append(".")
    causes = Counter(str(each.cause) for each in failed)
    words += [f" {count:,} failed ({cause})." for cause, count in sorted(causes.items())]
    words += [f" {len(waiting):,} not answered by the end."] if waiting else []
    words += [f" The guess was {ms(guess)}."] if guess is not None else []
    return "".join(words)


def _chart(
    run: Run,
    found: Sequence[Delivery],
    failed: Sequence[Request],
    waiting: Sequence[Request],
    bands: Sequence[Band],
    mine: Sequence[Delivery],
    guess: float | None,
) -> Any:
    longest = max([*(each.seconds for each in found), guess or 0.0, 1e-6])
    top = longest * 1000 * 1.06
    with sheet(4.0) as (chart, axes):
        if len(found) <= MOST_DOTS:
            times, values = [each.opened for each in found], [each.seconds * 1000 for each in found]
            axes.plot(times, values, "o", ms=3.5, mec="none", mfc=ROLES["server"].strong)
        else:
            _draw_cells(axes, found, run.trace.end, top)
        _draw_marks(axes, failed, top * 1.05, "x", f"{len(failed):,} failed")
        _draw_marks(axes, waiting, top * 1.12, "v", f"{len(waiting):,} not answered")
        if mine:
            shown = mine[:: max(1, len(mine) // 60)]
            times, values = [each.opened for each in shown], [each.seconds * 1000 for each in shown]
            axes.plot(times, values, "o", ms=9, mfc="none", mec=SELECTED, mew=2.5, label="selected")
        if guess is not None:
            axes.axhline(guess * 1000, color=INK, lw=1.2, linestyle=(0, (4, 3)), label="your guess")
        axes.set(xlim=(0, run.trace.end), ylim=(0, top * 1.18 if failed or waiting else top))
        axes.set_xlabel("when the request was sent (s)")
        axes.set_ylabel("latency (ms)")
        axes.grid(axis="y", color=GRID)
        axes.set_axisbelow(True)
        shade(axes, bands, 0.0, run.trace.end)
        if axes.get_legend_handles_labels()[0]:
            chart.legend(loc="outside lower left", frameon=False, fontsize=9, ncols=4)
    return chart


def _draw_cells(axes: Any, found: Sequence[Delivery], end: float, top: float) -> None:
    """How many answers fell into each cell, in four shades: to a quarter of the most, a half, three, all."""
    if not axes:
        return
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    wide, high = end / ACROSS, top / UP
    cells = Counter(
        (min(ACROSS - 1, int(each.opened / wide)), min(UP - 1, int(each.seconds * 1000 / high)))
        for each in found
    )
    most = max(cells.values())
    for place, colour in enumerate(MANY):
        low, limit = place * most // len(MANY), (place + 1) * most // len(MANY)
        inside = sorted(cell for cell, count in cells.items() if low < count <= limit)
        if inside:
            corners = [corner for x, y in inside for corner in _square(x * wide, y * high, wide, high)]
            codes = [Path.MOVETO, *[Path.LINETO] * 3, Path.CLOSEPOLY] * len(inside)
            label = (
                f"{low + 1} to {limit} answers" if limit > low + 1 else f"{limit} answer{'s' * (limit > 1)}"
            )
            look = {"facecolor": colour, "linewidth": 0, "zorder": 2}
            axes.add_patch(PathPatch(Path(corners, codes), label=label, **look))


def _square(x: float, y: float, wide: float, high: float) -> list[tuple[float, float]]:
    return [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high), (x, y)]


def _draw_marks(axes: Any, asked: Sequence[Request], level: float, mark: str, label: str) -> None:
    """Requests without an answer, at the top; of very many every so-manyth."""
    shown = asked[:: max(1, len(asked) // 150)]
    if shown:
        look = {"color": ROLES["lost"].strong, "mfc": "none", "mew": 1.6, "ms": 6, "linestyle": "none"}
        axes.plot([each.opened for each in shown], [level] * len(shown), mark, label=label, **look)

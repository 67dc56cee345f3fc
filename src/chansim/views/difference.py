"""Difference: two runs of the same workload, request by request.

What may live here: pairing the requests of two runs, the chart of the differences in order, and its words. matplotlib
is loaded when it is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from chansim.figure import Figure
from chansim.measures import percentile, requests
from chansim.palette import GRID, INK, QUIET, ROLES, SELECTED
from chansim.selection import Selection
from chansim.svg import shortened
from chansim.views.answered import clients_of, names_of
from chansim.views.blank import blank
from chansim.views.chart import sheet
from chansim.views.checked import checked
from chansim.views.chosen import chosen

if TYPE_CHECKING:
    from chansim.run import Run

SAID = (0.1, 0.5, 0.9)
MOST_POINTS = 300
LONGEST = 240.0  # pixels of a name
SAME = 1e-6  # seconds by which the openings of one request may differ in two simulated runs
LATE = 0.25  # and in an executed one, where a thread may be late


class Pairs(NamedTuple):
    """*both*: number and seconds (in each run) of the requests that both served. *only*: how many one alone did.

    *unlike*: how many were not opened at the same time, so that the workload is not the same.
    """

    both: list[tuple[int, float, float]]
    only: tuple[int, int]
    unlike: int


@checked
def difference(
    run_a: Run,
    run_b: Run,
    *,
    labels: Sequence[str] | None = None,
    guess: float | None = None,
    selection: Selection | None = None,
    theme: str = "light",
) -> Figure:
    """How much longer each request took in *run_b* than in *run_a*, in order of that: one scale, no means.

    Both must have had the same workload: the same requests at the same times, as two deployments with the same
    clients and seed have; where they had not, the picture says so instead. *guess*: seconds, a dashed line.
    What is selected is a dot. *theme*: "light" or "dark". Raises ValueError for other than two *labels*.
    """
    title = "Request by request"
    one, other = names_of("difference", (run_a, run_b), labels)
    pairs = paired(run_a, run_b)
    if pairs.unlike:
        why = f"Not the same workload: {pairs.unlike:,} requests were not sent at the same time in both."
        return blank(title, why, theme)
    if not pairs.both:
        return blank(title, "No request was answered in both runs.", theme)
    ordered = sorted((b - a, number) for number, a, b in pairs.both)
    picked = chosen(run_a, selection)
    mine = [place for place, (_, number) in enumerate(ordered) if number in picked.requests]
    words = (
        f"{title}: "
        + tell_difference(one, other, [value for value, _ in ordered], pairs, guess)
        + picked.words
    )
    with sheet(4.2) as (chart, axes):
        draw_difference(axes, one, other, [value for value, _ in ordered], mine if picked else [], guess)
    return Figure.from_matplotlib(chart, words, title).themed(theme)


def paired(run_a: Run, run_b: Run) -> Pairs:
    """The requests of two runs, by their numbers."""
    a, b = ({each.number: each for each in requests(run.trace, clients_of(run))} for run in (run_a, run_b))
    late = SAME if {run_a.world, run_b.world} == {"simulated"} else LATE
    unlike = sum(abs(a[number].opened - b[number].opened) > late for number in a.keys() & b.keys())
    if not a.keys() & b.keys():
        unlike = max(len(a), len(b))
    taken: list[dict[int, float]] = [
        {
            number: each.answered - each.opened
            for number, each in found.items()
            if each.outcome == "served" and each.answered is not None
        }
        for found in (a, b)
    ]
    both = [(number, taken[0][number], taken[1][number]) for number in taken[0] if number in taken[1]]
    return Pairs(both, (len(taken[0]) - len(both), len(taken[1]) - len(both)), unlike)


def tell_difference(
    one: str, other: str, values: Sequence[float], pairs: Pairs, guess: float | None = None
) -> str:
    """What the differences *values*, in order, say."""
    slower, faster = sum(value > 0 for value in values), sum(value < 0 for value in values)
    said = ", ".join(f"p{q * 100:.0f} {_signed(percentile(values, q))}" for q in SAID)
    words = (
        f"{other} − {one}. {len(values):,} requests in both. "
        f"{other} was slower for {slower / len(values):.1%} of them, faster for {faster / len(values):.1%}. "
        f"Differences: {said}, from {_signed(values[0])} to {_signed(values[-1])}."
    )
    for name, count in zip((one, other), pairs.only, strict=True):
        words += f" {count:,} were served by {name} alone." if count else ""
    return words + (f" The guess was {_signed(guess)}." if guess is not None else "")


def _signed(seconds: float) -> str:
    """ "+5.2 ms", "−3 ms"."""
    value = seconds * 1000
    text = f"{value:+,.0f}" if abs(value) >= 100 else f"{value:+.1f}"
    return text.replace("-", "−") + " ms"


def draw_difference(
    axes: Any,
    one: str,
    other: str,
    values: Sequence[float],
    mine: Sequence[int] = (),
    guess: float | None = None,
) -> None:
    """The differences *values*, in order, on matplotlib's *axes*; *mine* are the places of the selected ones."""
    one, other = shortened(one, LONGEST), shortened(other, LONGEST)
    count = len(values)
    stride = max(1, count // MOST_POINTS)
    places = sorted({*range(0, count, stride), *range(min(20, count)), *range(max(0, count - 20), count)})
    x, y = [100 * (place + 0.5) / count for place in places], [values[place] * 1000 for place in places]
    above, below = ROLES["lost"], ROLES["server"]
    slower, faster = sum(value > 0 for value in values), sum(value < 0 for value in values)
    up, down = [max(value, 0.0) for value in y], [min(value, 0.0) for value in y]
    label = f"{other} slower: {slower / count:.1%}"
    axes.fill_between(x, 0, up, color=above.tint, hatch="//", edgecolor=above.strong, lw=0, label=label)
    label = f"{other} faster: {faster / count:.1%}"
    axes.fill_between(x, 0, down, color=below.tint, edgecolor=below.strong, lw=0, label=label)
    axes.plot(x, y, color=INK, lw=1.8)
    axes.axhline(0, color=QUIET, lw=1)
    middle = percentile(values, 0.5)
    axes.plot([50], [middle * 1000], "o", color=INK, ms=7, label=f"the median: {_signed(middle)}")
    if mine:
        shown = mine[:: max(1, len(mine) // 60)]
        where = (
            [100 * (place + 0.5) / count for place in shown],
            [values[place] * 1000 for place in shown],
        )
        axes.plot(*where, "o", ms=9, mfc="none", mec=SELECTED, mew=2.5, label="selected")
    if guess is not None:
        label = f"your guess: {_signed(guess)}"
        axes.axhline(guess * 1000, color=INK, lw=1.2, linestyle=(0, (4, 3)), label=label)
    axes.set_xlim(0, 100)
    axes.set_xlabel("requests in order of the difference (%)")
    axes.set_ylabel("longer in the second than in the first (ms)")
    axes.grid(axis="y", color=GRID)
    axes.set_axisbelow(True)
    axes.set_title(f"{other} − {one}", fontsize=11, loc="left")
    axes.legend(loc="upper left", frameon=True, framealpha=0.9, fontsize=10)

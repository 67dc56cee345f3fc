"""Tail: how rare the long latencies are, on axes on which rare ones can be seen.

What may live here: the chart of 1 - F, both axes logarithmic, and its words. matplotlib is loaded when it
is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chansim.figure import Figure
from chansim.measures import percentile
from chansim.palette import GRID, INK, SELECTED
from chansim.quantities import plain
from chansim.selection import Selection
from chansim.views.answered import (
    ENOUGH,
    RULES,
    Law,
    answers,
    beyond,
    names_of,
    quantile,
    tell_latencies,
    thinned,
)
from chansim.views.blank import blank
from chansim.views.chart import LINES, ms, sheet
from chansim.views.checked import checked
from chansim.views.chosen import chosen

if TYPE_CHECKING:
    from chansim.run import Run

MOST_POINTS = 1000


@checked
def tail(
    *runs: Run,
    labels: Sequence[str] | None = None,
    theory: Law | None = None,
    guess: float | None = None,
    selection: Selection | None = None,
    theme: str = "light",
) -> Figure:
    """The share of latencies that are longer than each length, 1 - F, of one run or several; both axes are logarithmic.

    A straight line is a power law; a curve that falls off is an exponential tail. *theory* is
    a thin line; *guess* marks, in seconds, what p99 was thought to be. A p99 of fewer than 1,000 latencies comes with
    a warning. What is selected in the first run are thick dots. *theme*: "light" or "dark". Raises
    ValueError when *labels* are not as many as *runs*.
    """
    title = "The tail of the latencies"
    names = names_of("tail", runs, labels)
    found = [
        (name, sorted(each.seconds for each in answers(run))) for name, run in zip(names, runs, strict=True)
    ]
    curves = [(name, values) for name, values in found if values and values[-1] > 0]
    if not curves:
        return blank(title, "No request was answered." if runs else "No run was given.", theme)
    told = [tell_latencies(name, values) for name, values in found]
    told += [f"{name}: the longest took {ms(values[-1])}." for name, values in curves]
    if theory is not None:
        told.append(f"Theory: {', '.join(f'p{q * 100:.0f} {ms(quantile(theory, q))}' for q in RULES)}.")
    if guess is not None:
        told.append(f"The guess was {ms(guess)}.")
    picked = chosen(runs[0], selection)
    mine = sorted(each.seconds for each in answers(runs[0]) if each.request in picked.requests)
    chart = _chart(curves, theory, guess, mine)
    words = " ".join([f"{title}.", *told]) + picked.words
    return Figure.from_matplotlib(chart, words, title).themed(theme)


def _chart(
    curves: Sequence[tuple[str, Sequence[float]]],
    theory: Law | None,
    guess: float | None,
    mine: Sequence[float],
) -> Any:
    with sheet(4.4) as (chart, axes):
        low = min(next(value for value in values if value > 0) for _, values in curves)
        high = max(values[-1] for _, values in curves)
        least = min(0.5 / len(values) for _, values in curves)
        for place, (name, values) in enumerate(curves):
            _draw_curve(axes, name, values, MOST_POINTS // len(curves), *LINES[place % len(LINES)])
        if theory is not None:
            shares = [10 ** (math.log10(least) * place / 150) for place in range(1, 151)]
            points = [(quantile(theory, 1 - share) * 1000, share) for share in shares]
            points = [(at, share) for at, share in points if math.isfinite(at) and at > 0]
            axes.plot(
                [at for at, _ in points], [share for _, share in points], color=INK, lw=1, label="theory"
            )
            high = max([high, *(at / 1000 for at, share in points if share > 4 * least)])
        if mine:
            _draw_selected(axes, mine, curves[0][1])
        if guess is not None:
            axes.plot([guess * 1000], [0.01], "D", color=INK, label=f"your guess of p99: {ms(guess)}")
            low, high = min(low, guess), max(high, guess)
        _finish(axes, low * 1000, high * 1000, least)
    return chart


def _draw_curve(axes: Any, name: str, values: Sequence[float], most: int, colour: str, dashes: str) -> None:
    """One run: its steps, a rule at its p99, and a line of the legend. The longest stands at half its share."""
    count = len(values)
    places = [place for place in thinned(values, most) if values[place] > 0]
    x = [values[place] * 1000 for place in places]
    y = [max(count - place - 1, 0.5) / count for place in places]
    at = percentile(values, 0.99)
    rough = "" if count >= ENOUGH else f"\nfewer than {ENOUGH:,}: p99 is rough"
    label = f"{name}\np99 {ms(at)}, n = {count}, n beyond p99 = {beyond(values)}{rough}"
    axes.step(x, y, where="post", color=colour, linestyle=dashes, lw=2, label=label)
    axes.plot([at * 1000, at * 1000], [y[-1] / 2, 0.01], color=colour, lw=0.8, linestyle=dashes)


def _draw_selected(axes: Any, mine: Sequence[float], all_of_them: Sequence[float]) -> None:
    count = len(all_of_them)
    shown = [mine[place] for place in thinned(mine, 100)]
    shares = [max(sum(value > each for value in all_of_them), 0.5) / count for each in shown]
    places = [each * 1000 for each in shown]
    axes.plot(places, shares, "o", ms=8, mfc="none", mec=SELECTED, mew=2.5, label="selected", zorder=5)


def _finish(axes: Any, low: float, high: float, least: float) -> None:
    if not axes:
        return
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axes.set(xscale="log", yscale="log", xlim=(low * 0.9, high * 1.15), ylim=(least * 0.8, 1.3))
    for share in (0.5, 0.05, 0.01):
        axes.axhline(share, color=GRID, lw=0.8, zorder=0)
    shares = [share for share in (1.0, 0.5, 0.1, 0.05, 0.01, 0.001, 0.0001, 0.00001) if share >= least * 0.8]
    axes.set_yticks(shares, [f"{plain(100 * share)} %" for share in shares], minor=False)
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1000 else plain(value, 4))
    )
    if high / low < 30:  # else the powers of ten are enough
        minor = [power * k for power in (0.1, 1, 10, 100, 1000, 10000) for k in (2, 5)]
        axes.set_xticks([each for each in minor if low <= each <= high], minor=True)
        axes.xaxis.set_minor_formatter(
            FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1000 else plain(value, 4))
        )
    else:
        axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("latency (ms), logarithmic")
    axes.set_ylabel("share of deliveries that took longer")
    axes.legend(loc="lower left", frameon=True, framealpha=0.9, fontsize=10)

"""ECDF: how latencies are spread, every one of them.

What may live here: the chart of the empirical distribution function, its rules
and its words. matplotlib is loaded when it is drawn.
"""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chansim.figure import Figure
from chansim.measures import percentile
from chansim.palette import GRID, INK, SELECTED
from chansim.selection import Selection
from chansim.views.answered import RULES, Law, answers, beyond, names_of, quantile, tell_latencies, thinned
from chansim.views.blank import blank
from chansim.views.chart import LINES, ms, sheet
from chansim.views.checked import checked
from chansim.views.chosen import chosen

if TYPE_CHECKING:
    from chansim.run import Run

MOST_POINTS = 1200  # of all curves together; there are not as many pixels


@checked
def ecdf(
    *runs: Run,
    labels: Sequence[str] | None = None,
    theory: Law | None = None,
    guess: float | None = None,
    selection: Selection | None = None,
    theme: str = "light",
) -> Figure:
    """The share of latencies up to each length, of one run or of several on the same scale.

    Rules stand at p50, p95 and p99. *theory* is drawn as a thin line; *guess*,
    in seconds, is marked: what the learner thought p99 would be. What is selected in the first run is a
    thick curve of its own, or a few thick dots. *theme*: "light" or "dark". Raises
    ValueError when *labels* are not as many as *runs*.
    """
    title = "Latencies"
    names = names_of("ecdf", runs, labels)
    found = [
        (name, sorted(each.seconds for each in answers(run))) for name, run in zip(names, runs, strict=True)
    ]
    curves = [(name, values) for name, values in found if values]
    if not curves:
        return blank(title, "No request was answered." if runs else "No run was given.", theme)
    told = [tell_latencies(name, values) for name, values in found]
    if theory is not None:
        told.append(f"Theory: {', '.join(f'p{q * 100:.0f} {ms(quantile(theory, q))}' for q in RULES)}.")
    if guess is not None:
        told.append(f"The guess was {ms(guess)}.")
    picked = chosen(runs[0], selection)
    mine = sorted(each.seconds for each in answers(runs[0]) if each.request in picked.requests)
    told.append(picked.words.strip())
    if mine:
        told.append(f"Of these answers the median is {ms(percentile(mine, 0.5))}.")
    with sheet(4.4) as (chart, axes):
        draw_ecdf(axes, curves, theory, guess, mine)
    words = " ".join([f"{title}.", *filter(None, told)])
    return Figure.from_matplotlib(chart, words, title).themed(theme)


def draw_ecdf(
    axes: Any,
    curves: Sequence[tuple[str, Sequence[float]]],
    theory: Law | None = None,
    guess: float | None = None,
    mine: Sequence[float] = (),
) -> None:
    """The curves, each a name and latencies in order, on matplotlib's *axes*; *mine* are the selected latencies."""
    far = max(values[-1] for _, values in curves) * 1000
    for place, (name, values) in enumerate(curves):
        _draw_curve(axes, name, values, far, MOST_POINTS // len(curves), *LINES[place % len(LINES)])
    if theory is not None:
        _draw_theory(axes, theory, far)
    if mine:
        _draw_selected(axes, mine, curves[0][1])
    if guess is not None:
        label = f"your guess of p99: {ms(guess)}"
        axes.plot([guess * 1000], [0.99], marker="D", color=INK, linestyle="none", label=label)
    _finish(axes, max(far, guess * 1000 if guess else 0.0))
    _explain(axes, [values for _, values in curves])


def curve_upon(chart: Figure, run: Run) -> str:
    """The curve of *run* on a *chart* that :func:`ecdf` drew, as the ``d`` of an SVG path; what leaves it is left out.

    Of a run that is going on it is had in a millisecond. Another chart takes a hundred of the very processor that the
    run is measured on. Empty before the first answer, and where there is no matplotlib.
    """
    values = sorted(each.seconds for each in answers(run))
    if not values or chart._chart is None:
        return ""
    axes = chart._chart.axes[0]
    inside = [
        (1000 * values[place], (place + 1) / len(values))
        for place in thinned(values, MOST_POINTS // 2)
        if 1000 * values[place] <= axes.get_xlim()[1]
    ]
    corners = [(1000 * values[0], 0.0), *inside]
    scale = 72 / chart._chart.dpi  # pixels to the points of the SVG
    high = chart._chart.get_figheight() * 72
    x, y = zip(*((scale * x, high - scale * y) for x, y in axes.transData.transform(corners)), strict=True)
    steps = "".join(f"H{to:.2f}V{up:.2f}" for to, up in zip(x[1:], y[1:], strict=True))
    return f"M{x[0]:.2f} {y[0]:.2f}{steps}"


def _draw_curve(
    axes: Any, name: str, values: Sequence[float], far: float, most: int, colour: str, dashes: str
) -> None:
    """One run: its steps, a rule at each of its percentiles, and a line of the legend."""
    places = thinned(values, most)
    x = [values[0] * 1000, *(values[i] * 1000 for i in places), far * 1.02]
    y = [0.0, *((i + 1) / len(values) for i in places), 1.0]
    rules = [percentile(values, q) for q in RULES]
    told = ", ".join(f"p{q * 100:.0f} {ms(at)}" for q, at in zip(RULES, rules, strict=True))
    label = f"{name}\n{told}\nn = {len(values)}, n beyond p99 = {beyond(values)}"
    axes.step(x, y, where="post", color=colour, linestyle=dashes, lw=2, label=label)
    for q, at in zip(RULES, rules, strict=True):
        axes.plot([at * 1000, at * 1000], [0, q], color=colour, lw=0.8, linestyle=dashes)


def _draw_theory(axes: Any, theory: Law, far: float) -> None:
    shares = [place / 200 for place in range(1, 200)] + [0.9975, 0.999, 0.9999]
    points = [(quantile(theory, q) * 1000, q) for q in shares]
    points = [(at, q) for at, q in points if math.isfinite(at) and at <= far * 1.02]
    axes.plot([at for at, _ in points], [q for _, q in points], color=INK, lw=1, label="theory")


def _draw_selected(axes: Any, mine: Sequence[float], all_of_them: Sequence[float]) -> None:
    """A few answers as dots upon the curve of all; more as a curve of their own."""
    if len(mine) <= 20:
        shares = [sum(value <= each for value in all_of_them) / len(all_of_them) for each in mine]
        places = [each * 1000 for each in mine]
        axes.plot(places, shares, "o", ms=9, mfc="none", mec=SELECTED, mew=3, label="selected", zorder=5)
        return
    places_of = thinned(mine, 300)
    x, y = [mine[i] * 1000 for i in places_of], [(i + 1) / len(mine) for i in places_of]
    axes.step(x, y, where="post", color=SELECTED, lw=3.5, label=f"selected, n = {len(mine)}")


def _finish(axes: Any, far: float) -> None:
    for q in RULES:
        axes.axhline(q, color=GRID, lw=0.8, zorder=0)
    axes.set_xlim(0, far * 1.02)
    axes.set_ylim(0, 1.02)
    axes.set_yticks([0, 0.25, *RULES, 1.0], ["0", "25 %", "50 %", "95 %", "99 %", ""])
    axes.set_xlabel("latency (ms)")
    axes.set_ylabel("share of deliveries up to this long")


def _explain(axes: Any, curves: Sequence[Sequence[float]]) -> None:
    """The legend: in the corner that most runs leave free, or below the chart where a curve goes through that one."""
    legend = axes.legend(loc="lower right", frameon=True, framealpha=0.9, fontsize=10)
    right = axes.get_xlim()[1]
    if not axes or all(_share(values, 0.35 * right) > 0.6 for values in curves):
        return  # no curve comes near; what follows takes a third of the chart's time
    axes.figure.draw_without_rendering()
    box = legend.get_window_extent().transformed(axes.transData.inverted())
    if all(_share(values, box.x0) > box.y1 for values in curves):
        return
    rows = math.ceil(len(legend.get_texts()) / 2)
    axes.figure.set_figheight(axes.figure.get_figheight() + 0.25 + 0.6 * rows)
    below = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.16), "ncols": 2, "columnspacing": 1.0}
    axes.legend(**below, frameon=False, fontsize=10)


def _share(values: Sequence[float], latency: float) -> float:
    """The share of the *values*, in order and in seconds, up to a *latency* in milliseconds."""
    return bisect(values, latency / 1000) / len(values)

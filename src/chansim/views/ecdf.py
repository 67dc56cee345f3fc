"""ECDF: how latencies are spread, every one of them.

What may live here: the chart of the empirical distribution function, its rules
and its words. matplotlib is loaded when it is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from chansim.figure import Figure
from chansim.measures import latencies, percentile
from chansim.palette import GRID, INK, QUIET, ROLES
from chansim.views.blank import blank

if TYPE_CHECKING:
    from chansim.run import Run

RULES = (0.50, 0.95, 0.99)
ENOUGH = 1000  #: latencies below which a p99 rests on fewer than ten of them
MOST_POINTS = 1200  # of all curves together; there are not as many pixels
LINES = (
    (ROLES["server"].strong, "-"),
    (ROLES["lost"].strong, "--"),
    (ROLES["worker"].strong, "-."),
    (INK, ":"),
)


class Percentiles(Protocol):
    """A law of theory: the seconds below which a share *q* (0 to 1) of the latencies lies."""

    def percentile(self, q: float) -> float: ...


class Distribution(Protocol):
    """A law of theory: the share (0 to 1) of the latencies that are at most *t* seconds."""

    def cdf(self, t: float) -> float: ...


Law = Percentiles | Distribution


def ecdf(
    *runs: Run, labels: Sequence[str] | None = None, theory: Law | None = None, guess: float | None = None
) -> Figure:
    """The share of latencies up to each length, of one run or of several on the same scale.

    Rules stand at p50, p95 and p99. *theory* is drawn as a thin line; *guess*,
    in seconds, is marked: what the learner thought p99 would be. Raises
    ValueError when *labels* are not as many as *runs*.
    """
    title = "Latencies"
    names = list(labels) if labels is not None else _names(runs)
    if len(names) != len(runs):
        raise ValueError(f"ecdf: {len(names)} labels for {len(runs)} runs; give one for each")
    found = [(name, sorted(_latencies(run))) for name, run in zip(names, runs, strict=True)]
    curves = [(name, values) for name, values in found if values]
    if not curves:
        return blank(title, "No request was answered." if runs else "No run was given.")
    told = [_tell(name, values) for name, values in found]
    if theory is not None:
        told.append(f"Theory: {', '.join(f'p{q * 100:.0f} {_ms(_quantile(theory, q))}' for q in RULES)}.")
    if guess is not None:
        told.append(f"The guess was {_ms(guess)}.")
    return Figure.from_matplotlib(_chart(curves, theory, guess), f"{title}. " + " ".join(told), title)


def _names(runs: Sequence[Run]) -> list[str]:
    titles = [run.scenario.title for run in runs]
    return [
        title if titles.count(title) == 1 else f"{title} ({place})"
        for place, title in enumerate(titles, start=1)
    ]


def _latencies(run: Run) -> list[float]:
    return latencies(run.trace, [each.name for each in run.scenario.components if each.role == "client"])


def _ms(seconds: float) -> str:
    """Seconds in words, as milliseconds."""
    return f"{seconds * 1000:,.0f} ms" if seconds >= 0.1 else f"{seconds * 1000:.1f} ms"


def _tell(name: str, values: Sequence[float]) -> str:
    """ "Slide 16: 2950 latencies, p50 52 ms, …". *values* are in order."""
    if not values:
        return f"{name}: no request was answered."
    rules = ", ".join(f"p{q * 100:.0f} {_ms(percentile(values, q))}" for q in RULES)
    words = f"{name}: {len(values)} latencies, {rules}, {_beyond(values)} beyond p99."
    if len(values) < ENOUGH:
        words += f" Fewer than {ENOUGH}: p99 is a rough estimate."
    return words


def _quantile(theory: Law, q: float) -> float:
    """Seconds below which a share *q* of the theory's latencies lies; found by halving, where need be."""
    if hasattr(theory, "percentile"):
        return theory.percentile(q)
    low, high = 0.0, 1e-3
    while theory.cdf(high) < q and high < 1e9:
        low, high = high, high * 2
    for _ in range(60):
        half = (low + high) / 2
        low, high = (half, high) if theory.cdf(half) < q else (low, half)
    return high


def _beyond(values: Sequence[float]) -> int:
    p99 = percentile(values, 0.99)
    return sum(value > p99 for value in values)


def _thinned(values: Sequence[float], most: int) -> tuple[list[float], list[float]]:
    """Milliseconds and shares of the steps of a curve; of very many, every so-manyth, and all of the tail."""
    count = len(values)
    stride = math.ceil(count / most)
    places = sorted({*range(0, count, stride), *range(max(0, count - 50), count)})
    first = values[0] * 1000
    return [first, *(values[i] * 1000 for i in places)], [0.0, *((i + 1) / count for i in places)]


def _chart(curves: Sequence[tuple[str, Sequence[float]]], theory: Law | None, guess: float | None) -> Any:
    import matplotlib
    from matplotlib.figure import Figure as Chart

    with matplotlib.rc_context({"font.size": 11, "font.family": "sans-serif", "axes.edgecolor": QUIET}):
        chart = Chart(figsize=(7.4, 4.4), layout="constrained")
        axes = chart.subplots()
        far = max(values[-1] for _, values in curves) * 1000
        for place, (name, values) in enumerate(curves):
            _draw_curve(axes, name, values, far, MOST_POINTS // len(curves), *LINES[place % len(LINES)])
        if theory is not None:
            _draw_theory(axes, theory, far)
        if guess is not None:
            label = f"your guess of p99: {_ms(guess)}"
            axes.plot([guess * 1000], [0.99], marker="D", color=INK, linestyle="none", label=label)
        _finish(axes, max(far, guess * 1000 if guess else 0.0))
    return chart


def _draw_curve(
    axes: Any, name: str, values: Sequence[float], far: float, most: int, colour: str, dashes: str
) -> None:
    """One run: its steps, a rule at each of its percentiles, and a line of the legend."""
    x, y = _thinned(values, most)
    rules = [percentile(values, q) for q in RULES]
    told = ", ".join(f"p{q * 100:.0f} {_ms(at)}" for q, at in zip(RULES, rules, strict=True))
    label = f"{name}\n{told}\nn = {len(values)}, n beyond p99 = {_beyond(values)}"
    axes.step([*x, far * 1.02], [*y, 1.0], where="post", color=colour, linestyle=dashes, lw=2, label=label)
    for q, at in zip(RULES, rules, strict=True):
        axes.plot([at * 1000, at * 1000], [0, q], color=colour, lw=0.8, linestyle=dashes)


def _draw_theory(axes: Any, theory: Law, far: float) -> None:
    shares = [place / 200 for place in range(1, 200)] + [0.9975, 0.999, 0.9999]
    points = [(_quantile(theory, q) * 1000, q) for q in shares]
    points = [(at, q) for at, q in points if math.isfinite(at) and at <= far * 1.02]
    axes.plot([at for at, _ in points], [q for _, q in points], color=INK, lw=1, label="theory")


def _finish(axes: Any, far: float) -> None:
    for q in RULES:
        axes.axhline(q, color=GRID, lw=0.8, zorder=0)
    axes.set_xlim(0, far * 1.02)
    axes.set_ylim(0, 1.02)
    axes.set_yticks([0, 0.25, *RULES, 1.0], ["0", "25 %", "50 %", "95 %", "99 %", ""])
    axes.set_xlabel("latency (ms)")
    axes.set_ylabel("share of deliveries up to this long")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower right", frameon=True, framealpha=0.9, fontsize=10)

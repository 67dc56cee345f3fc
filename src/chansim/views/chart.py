"""Chart: the paper and the pens of the views that matplotlib draws.

What may live here: what all of these charts have in common. matplotlib is loaded when one is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from chansim.palette import INK, PAPER, QUIET, ROLES

LINES = (
    (ROLES["server"].strong, "-"),
    (ROLES["lost"].strong, "--"),
    (ROLES["worker"].strong, "-."),
    (INK, ":"),
)
"""The colour and the dashes of the first, second, ... curve of a chart."""

_STYLE: Any = {
    "font.size": 11,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Arial"],  # it is written out with every text
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.facecolor": PAPER,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.facecolor": PAPER,
    "legend.edgecolor": QUIET,
    "hatch.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


@contextmanager
def sheet(height: float = 4.2, shares: Sequence[float] = (1,)) -> Iterator[tuple[Any, Any]]:
    """A chart, 740 pixels wide and *height* times a hundred high, and its axes; of several *shares* of the height,
    one below the other.

    What is drawn within the ``with`` has the colours of the palette. Where there is no matplotlib, in a browser
    for instance, there is no chart, and what is drawn on the axes is nothing.
    """
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        yield Nothing(), Nothing() if len(shares) == 1 else [Nothing() for _ in shares]
        return
    with matplotlib.rc_context(_STYLE):
        chart = Figure(figsize=(7.4, height), layout="constrained")
        yield chart, chart.subplots(len(shares), 1, height_ratios=shares)


class Nothing:
    """A chart, or its axes, on which nothing is drawn, whatever is said to it: where there is no matplotlib."""

    def __bool__(self) -> bool:
        return False

    def __getattr__(self, name: str) -> Nothing:
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Nothing:
        return self

    def __getitem__(self, key: Any) -> Nothing:
        return self

    def __setitem__(self, key: Any, value: Any) -> None: ...

    def __iter__(self) -> Iterator[Nothing]:
        return iter((self, self))


def ms(seconds: float) -> str:
    """Seconds in words, as milliseconds: "52.1 ms", "1,950 ms"."""
    return f"{seconds * 1000:,.0f} ms" if seconds >= 0.1 else f"{seconds * 1000:.1f} ms"

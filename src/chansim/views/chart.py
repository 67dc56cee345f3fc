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

    What is drawn within the ``with`` has the colours of the palette.
    """
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):
        chart = Figure(figsize=(7.4, height), layout="constrained")
        yield chart, chart.subplots(len(shares), 1, height_ratios=shares)


def ms(seconds: float) -> str:
    """Seconds in words, as milliseconds: "52.1 ms", "1,950 ms"."""
    return f"{seconds * 1000:,.0f} ms" if seconds >= 0.1 else f"{seconds * 1000:.1f} ms"

"""Measures: what a trace says, in numbers. Each is a plain function of a :class:`~chansim.trace.Trace`, and
of the names of the components it is about; nothing else is read. Times are seconds, shares are fractions, and
where there is no data the answer is None, NaN or empty, never 0.

In reading order:

- :mod:`~chansim.measures.latency`: each request and how long its answers took; means and percentiles
- :mod:`~chansim.measures.throughput`: requests served per second, also along the run
- :mod:`~chansim.measures.utilisation`: the share of time that lanes were busy
- :mod:`~chansim.measures.losses`: messages lost, by cause; the books that account for every message
- :mod:`~chansim.measures.depth`: messages waiting in a channel, moment by moment
- :mod:`~chansim.measures.breakdown`: where the time of a request went
- :mod:`~chansim.measures.littles_law`: L = λ·W, each side measured on its own
- :mod:`~chansim.measures.confidence`: how far a mean can be trusted

:mod:`~chansim.measures.rows` and :mod:`~chansim.measures.steps` serve the others.
"""

from chansim.measures.breakdown import Journey, Part, average, breakdown, journeys
from chansim.measures.confidence import Interval, batch_means, interval
from chansim.measures.depth import depth, depths
from chansim.measures.latency import Counts, Request, counts, latencies, mean, percentile, requests
from chansim.measures.littles_law import LittlesLaw, in_flight, littles_law
from chansim.measures.losses import Books, books, losses, losses_by_channel
from chansim.measures.rows import cut, family
from chansim.measures.steps import Steps
from chansim.measures.throughput import Bin, throughput, throughput_over_time
from chansim.measures.utilisation import busy, utilisation, utilisations

__all__ = [
    "requests", "Request", "counts", "Counts", "latencies", "mean", "percentile",
    "throughput", "throughput_over_time", "Bin",
    "utilisation", "utilisations", "busy",
    "losses", "losses_by_channel", "books", "Books",
    "depth", "depths", "Steps", "family", "cut",
    "breakdown", "journeys", "average", "Journey", "Part",
    "littles_law", "in_flight", "LittlesLaw",
    "interval", "batch_means", "Interval",
]  # fmt: skip

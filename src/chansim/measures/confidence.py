"""Confidence: how far a mean can be trusted.

What may live here: confidence intervals of a mean, at 95 %, of independent values or of a series. Latencies
that follow one another are alike, as they waited in the same queue: taken for independent they would promise
far too much. Means of long batches of them are nearly independent (Law, Simulation Modeling and Analysis,
2015, 9.5.3).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist, stdev
from typing import NamedTuple

from chansim.measures.latency import mean

T95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
"""Student's t, 97.5 % quantile, for 1 to 30 degrees of freedom."""


class Interval(NamedTuple):
    """The *mean*, and how far to each side (*half_width*) the true one may lie, 95 times of 100. *size*: how
    many values, or means of batches, it rests on. NaN for what there are too few values to say."""

    mean: float
    half_width: float
    size: int

    @property
    def low(self) -> float:
        """The lower end."""
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        """The upper end."""
        return self.mean + self.half_width

    def __contains__(self, value: object) -> bool:
        """Whether *value* lies within; never where there is no data."""
        return isinstance(value, (int, float)) and self.low <= value <= self.high


def interval(values: Sequence[float]) -> Interval:
    """The 95 % interval of the mean of independent *values*, say one for each replication of a run.

    The mean is NaN for no values; the half width for fewer than two.
    """
    count = len(values)
    width = t95(count - 1) * stdev(values) / math.sqrt(count) if count > 1 else math.nan
    return Interval(mean(values), width, count)


def batch_means(values: Sequence[float], batches: int = 20, warm_up: float = 0.0) -> Interval:
    """The 95 % interval of the mean of a series, by the means of *batches* of equal length.

    The first *warm_up* (0 to 1) of the values are cut off, and what does not fill a batch with them. With
    fewer values than batches, the half width is NaN. Raises ValueError for fewer than 2 batches or another
    *warm_up*.
    """
    if batches < 2:
        raise ValueError(f"an interval takes at least 2 batches, not batches={batches!r}")
    if not 0.0 <= warm_up < 1.0:
        raise ValueError(f"the warm-up is a share from 0 to below 1, not warm_up={warm_up!r}")
    kept = values[int(len(values) * warm_up) :]
    size = len(kept) // batches
    if not size:
        return Interval(mean(kept), math.nan, 0)
    kept = kept[len(kept) - size * batches :]
    return interval([mean(kept[begin : begin + size]) for begin in range(0, len(kept), size)])


def t95(freedom: int) -> float:
    """Student's t, 97.5 % quantile: from the table, or for more than 30 degrees of freedom by its expansion,
    which is right to 0.0001 there (Abramowitz and Stegun, 26.7.5). NaN below 1."""
    if freedom < 1:
        return math.nan
    if freedom <= len(T95):
        return T95[freedom - 1]
    z = NormalDist().inv_cdf(0.975)
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)

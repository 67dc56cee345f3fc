"""How far a simulated number may lie from its formula, derived from the length of the run.

What may live here: tolerances, and the theory they come from. Each is 3.29 standard errors of the number to
be measured: a right model lies within 999 times in 1000. Where the standard error comes from, is said in
`why`; none is felt.
"""

import math
import statistics
from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple

Z999 = 3.2905267314919255
"""How many standard errors to each side hold 99.9 % of a normal distribution."""


class Tolerance(NamedTuple):
    """A result may lie *width* to either side of its formula; *why* says where that comes from."""

    width: float
    why: str


def exactly(width: float, why: str) -> Tolerance:
    """A law without chance in it: nothing but *width*, say one message, is allowed."""
    return Tolerance(width, why)


def independent(deviation: float, count: int) -> Tolerance:
    """For the mean of *count* independent values with a standard *deviation* that is known."""
    return Tolerance(Z999 * deviation / math.sqrt(count), f"{count} independent values")


def proportion(share: float, count: int) -> Tolerance:
    """For how many of *count* independent cases, a *share* of which is expected, came to be."""
    return independent(math.sqrt(share * (1 - share)), count)


def quantile(share: float, density: float, count: int) -> Tolerance:
    """For the quantile of *count* independent values with that probability *density* there."""
    return independent(math.sqrt(share * (1 - share)) / density, count)


def cycles(values: Sequence[float], fresh: Sequence[bool], expected: float) -> Tolerance:
    """For the mean of what the customers of one queue come to, from the run's own cycles.

    A *fresh* customer finds nobody there: from then on all is new, so that the sums over the customers up to
    the next fresh one are independent (Crane and Iglehart 1974). Each sum is compared with what *expected*
    would give, so that the length of a cycle counts too.
    """
    sums: list[float] = []
    for value, begins in zip(values, fresh, strict=True):
        if begins:
            sums.append(0.0)
        sums[-1] += value - expected
    error = math.sqrt(math.fsum(each * each for each in sums)) / len(values)
    return Tolerance(Z999 * error, f"{len(sums)} cycles of the run")


def batches(values: Sequence[float], number: int = 25) -> Tolerance:
    """For the mean of a long series, from the spread of the means of *number* batches of it.

    With so few, Student's t takes the place of the normal distribution (Abramowitz and Stegun, 26.7.5).
    """
    size, freedom, z = len(values) // number, number - 1, Z999
    means = [statistics.fmean(values[n * size : (n + 1) * size]) for n in range(number)]
    student = z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
    return Tolerance(student * statistics.stdev(means) / math.sqrt(number), f"{number} batches of the run")


class Chain:
    """A queue as a birth-death process: so many customers are there, and one more comes, or one goes.

    *up[n]* and *down[n]*: the rates from n customers to n + 1, and from n + 1 to n. *lost*: the rate of those
    who come when all places are taken.
    """

    def __init__(self, up: Sequence[float], down: Sequence[float], lost: float = 0.0):
        self.up, self.lost = [*up, 0.0], lost
        shares = [1.0]
        for comes, goes in zip(up, down, strict=True):
            shares.append(shares[-1] * comes / goes)
        total = math.fsum(shares)
        self.shares = [share / total for share in shares]

    def mean(self, reward: Callable[[int], float]) -> float:
        """The mean of *reward* over the states, in the long run."""
        return math.fsum(share * reward(n) for n, share in enumerate(self.shares))

    @property
    def throughput(self) -> float:
        """Customers let in, a second."""
        return self.mean(self.up.__getitem__)

    def error(
        self, reward: Callable[[int], float], *, entry: float = 0.0, refusal: float = 0.0, seconds: float
    ) -> float:
        """The standard error of a time average over *seconds*.

        Averaged is *reward* of the state, and *entry* for each customer let in, *refusal* for each lost. For a
        reward alone see Whitt, Asymptotic Formulas for Markov Processes (1992): twice the sum, over the steps
        between neighbours, of (what is earned below, less the mean)² / the rate of crossing. What is earned
        at the crossing itself adds to one of the two halves.
        """
        last = len(self.shares) - 1
        earned = [reward(n) + entry * self.up[n] for n in range(last)]
        earned.append(reward(last) + refusal * self.lost)
        mean = math.fsum(share * each for share, each in zip(self.shares, earned, strict=True))
        over = [share * (each - mean) for share, each in zip(self.shares, earned, strict=True)]
        variance = self.shares[last] * self.lost * refusal**2
        for n, below in enumerate(self._sums(over)):
            crossing = self.shares[n] * self.up[n]
            step = -below / crossing
            variance += crossing * ((step + entry) ** 2 + step**2)
        return math.sqrt(variance / seconds)

    def _sums(self, values: Sequence[float]) -> list[float]:
        """The sums of *values*, which come to 0, up to each state but the last.

        Beyond the middle they are taken from the other end: what is left of large terms there would be rounding.
        """
        middle = next(n for n, share in enumerate(accumulate(self.shares)) if share >= 0.5)
        upwards = list(accumulate(values[:middle]))
        downwards = [-each for each in accumulate(reversed(values[middle + 1 :]))]
        return upwards + downwards[::-1]


def queue(rate: float, service: float, servers: int, places: int | None = None) -> Chain:
    """M/M/c, or with a number of *places* M/M/c/K."""
    if places is None:  # so many that nearly nobody ever finds them taken
        places = servers + math.ceil(-30 / math.log(rate * service / servers))
    down = [min(n, servers) / service for n in range(1, places + 1)]
    return Chain([rate] * places, down, lost=rate)


def population(users: int, think: float, service: float, servers: int) -> Chain:
    """A closed population: who is not there thinks."""
    down = [min(n, servers) / service for n in range(1, users + 1)]
    return Chain([(users - n) / think for n in range(users)], down)


def mean_sojourn(chain: Chain, seconds: float, copies: int = 1) -> Tolerance:
    """For the mean time in the system of those who came in *seconds*, to one or several *copies* of a queue.

    By Little's law it is what all spent there together, by the number of them: the error of
    L − W·(arrivals per second), by the arrivals per second.
    """
    let_in = chain.throughput
    sojourn = chain.mean(float) / let_in
    error = chain.error(float, entry=-sojourn, seconds=seconds * copies) / let_in
    return Tolerance(Z999 * error, _run(seconds, copies))


def mean_wait(chain: Chain, servers: int, seconds: float) -> Tolerance:
    """The same for the mean wait."""

    def waiting(n: int) -> float:
        return max(0, n - servers)

    let_in = chain.throughput
    wait = chain.mean(waiting) / let_in
    return Tolerance(Z999 * chain.error(waiting, entry=-wait, seconds=seconds) / let_in, _run(seconds))


def loss(chain: Chain, seconds: float) -> Tolerance:
    """For the share of those who came in *seconds* that found no place."""
    share, rate = chain.shares[-1], chain.lost
    error = chain.error(lambda n: 0.0, entry=-share, refusal=1 - share, seconds=seconds) / rate
    return Tolerance(Z999 * error, _run(seconds))


def throughput(chain: Chain, seconds: float) -> Tolerance:
    """For the number of customers let in a second."""
    return Tolerance(Z999 * chain.error(lambda n: 0.0, entry=1.0, seconds=seconds), _run(seconds))


def _run(seconds: float, copies: int = 1) -> str:
    return f"{seconds:g} s of the chain" + (f", {copies} times" if copies > 1 else "")


def share_beyond(ordered: Sequence[float], limit: float) -> float:
    """The share of values, given in rising order, that lie at or beyond *limit*."""
    return 1 - bisect_left(ordered, limit) / len(ordered)

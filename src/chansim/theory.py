"""Closed forms of queueing theory: what a simulated or executed run should come to.

What may live here: formulas that need a few numbers and give a number. Nothing here knows a scenario, a trace
or a clock, and nothing is drawn. Rates are per second, times are seconds, shares and probabilities are
fractions from 0 to 1.

Everywhere, arrivals are Poisson, service is exponential unless a variability is given, and the order is first
come, first served. A queue that is offered more than it can serve may still be described: it is not `stable`,
its `utilisation` is 1 or more, and its times and numbers are `math.inf`.

Where no other source is named: Kleinrock, Queueing Systems, Volume 1 (1975), and Harchol-Balter, Performance
Modeling and Design of Computer Systems (2013).
"""

import math
import numbers
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Z95 = 1.959963984540054
"""How many standard errors to each side hold 95 % of a normal distribution."""

_ROUNDING = 1e-12
"""A utilisation this close to 1 is 1: the last bit does not decide whether a server is full."""

_MOST = 10_000_000
"""Servers, places, users and copies that can be asked for: their formulas walk through them one by one."""


@dataclass(frozen=True)
class _OpenQueue:
    """Customers come at `rate` a second, whatever the state, and each needs `service` seconds on average."""

    rate: float
    service: float

    def __post_init__(self) -> None:
        _positive(self, "rate", self.rate)
        _positive(self, "service", self.service)

    @property
    def load(self) -> float:
        """Work offered, in servers kept busy (erlangs): a = λ·S."""
        return self.rate * self.service

    @property
    def utilisation(self) -> float:
        """Work offered to each server: ρ = λ·S / servers. 1 or more says that the queue grows without end."""
        return self.load

    @property
    def stable(self) -> bool:
        """Whether the queue settles: ρ < 1. At exactly 1 it does not."""
        return self.utilisation < 1 - _ROUNDING

    @property
    def mean_wait(self) -> float:
        """Mean time from arrival to the begin of service, Wq."""
        raise NotImplementedError

    @property
    def mean_sojourn(self) -> float:
        """Mean time from arrival to the end of service (response time): W = Wq + S."""
        return self.mean_wait + self.service

    @property
    def mean_number(self) -> float:
        """Mean number of customers present, waiting or in service: L = λ·W (Little 1961)."""
        return self.rate * self.mean_sojourn

    @property
    def mean_waiting(self) -> float:
        """Mean number of customers in the queue, without those in service: Lq = λ·Wq."""
        return self.rate * self.mean_wait


@dataclass(frozen=True)
class MM1(_OpenQueue):
    """M/M/1: one server. `rate` arrivals a second, `service` seconds each on average, both above 0."""

    @property
    def wait_probability(self) -> float:
        """Probability that an arrival finds the server busy: ρ, or 1 when unstable."""
        return self.load if self.stable else 1.0

    @property
    def mean_wait(self) -> float:
        return self.load * self.mean_sojourn

    @property
    def mean_sojourn(self) -> float:
        """W = S / (1 − ρ), which is 1 / (μ − λ)."""
        return self.service / (1 - self.load) if self.stable else math.inf

    def percentile(self, share: float) -> float:
        """The sojourn time within which `share` (0.99, say; 0 to below 1) of them stay: −W·ln(1 − share)."""
        return -self.mean_sojourn * math.log1p(-share) if _share(self, share) else 0.0

    def probability_over(self, seconds: float) -> float:
        """Probability that a sojourn takes longer than `seconds`: exp(−t / W), 1 when unstable."""
        return math.exp(-_seconds(self, seconds) / self.mean_sojourn)


@dataclass(frozen=True)
class MMc(_OpenQueue):
    """M/M/c: one queue before `servers` equal servers (a whole number, 1 or more)."""

    servers: int

    def __post_init__(self) -> None:
        super().__post_init__()
        _whole(self, "servers", self.servers, 1)

    @property
    def utilisation(self) -> float:
        return self.load / self.servers

    @property
    def wait_probability(self) -> float:
        """Probability that an arrival finds every server busy (Erlang C), 1 when unstable."""
        return erlang_c(self.servers, self.load) if self.stable else 1.0

    @property
    def mean_wait(self) -> float:
        """Wq = C / (cμ − λ), with C the probability of waiting."""
        return self.wait_probability * self.service / self._spare if self.stable else math.inf

    def percentile(self, share: float) -> float:
        """The sojourn time within which `share` (0.99, say; 0 to below 1) of the customers stay.

        There is no closed form: the exact tail, `probability_over`, is solved by bisection to the last bit.
        """
        beyond = 1 - _share(self, share)
        if not self.stable or not share:
            return math.inf if share else 0.0
        low, high, wait = 0.0, 1.0, self.wait_probability
        while self._tail(high, wait) > beyond:
            low, high = high, 2 * high
        while low < (middle := (low + high) / 2) < high:
            low, high = (middle, high) if self._tail(middle, wait) > beyond else (low, middle)
        return high * self.service

    def probability_over(self, seconds: float) -> float:
        """Probability that a sojourn takes longer than `seconds`, 1 when unstable.

        With θ = cμ − λ it is exp(−μt) + C·μ·(exp(−θt) − exp(−μt)) / (μ − θ);
        where θ = μ, it is exp(−μt)·(1 + C·μt).
        """
        _seconds(self, seconds)
        return self._tail(seconds / self.service, self.wait_probability) if self.stable else 1.0

    @property
    def _spare(self) -> float:
        """Servers' worth of capacity left over: θ/μ = c − a."""
        return self.servers - self.load

    def _tail(self, t: float, wait: float) -> float:
        """`probability_over` with time in mean services, without a difference of near-equal terms."""
        slower, gap = min(1.0, self._spare), abs(1.0 - self._spare)
        between = math.exp(-slower * t) * (-math.expm1(-gap * t) / gap if gap else t)
        return min(1.0, math.exp(-t) + wait * between)


@dataclass(frozen=True)
class MG1(_OpenQueue):
    """M/G/1: one server, and services of any distribution with mean `service` and variability `scv`.

    `scv` is the squared coefficient of variation, variance / mean²: 0 when constant, 1 when exponential, 0 or
    more.
    """

    scv: float

    def __post_init__(self) -> None:
        super().__post_init__()
        _not_negative(self, "scv", self.scv)

    @property
    def wait_probability(self) -> float:
        """Probability that an arrival finds the server busy: ρ, or 1 when unstable."""
        return self.load if self.stable else 1.0

    @property
    def mean_wait(self) -> float:
        """Wq = ρ/(1 − ρ) · (1 + scv)/2 · S (Pollaczek 1930, Khinchine 1932)."""
        return self.load / (1 - self.load) * (1 + self.scv) / 2 * self.service if self.stable else math.inf


@dataclass(frozen=True)
class MMcK(_OpenQueue):
    """M/M/c/K: `servers` servers and room for `places` customers in all; who finds no place is lost.

    `places` counts those in service, so that K = servers + the channel's capacity. It is stable at any load.
    Times and numbers are those of the customers who are let in.
    """

    servers: int
    places: int

    def __post_init__(self) -> None:
        super().__post_init__()
        _whole(self, "servers", self.servers, 1)
        _whole(self, "places", self.places, self.servers)

    @property
    def loss(self) -> float:
        """Share of the arrivals that find no place, p_K."""
        return self._settled[0]

    @property
    def throughput(self) -> float:
        """Customers served, a second: λ·(1 − loss)."""
        return self.rate * (1 - self.loss)

    @property
    def utilisation(self) -> float:
        """Share of the time that a server is busy, at most 1: throughput · S / servers."""
        return self.throughput * self.service / self.servers

    @property
    def stable(self) -> bool:
        """True: what does not fit is lost."""
        return True

    @property
    def mean_number(self) -> float:
        """Mean number of customers present, waiting or in service."""
        return self._settled[1]

    @property
    def mean_sojourn(self) -> float:
        """W = L / throughput, by Little's law."""
        return self.mean_number / self.throughput

    @property
    def mean_wait(self) -> float:
        return max(0.0, self.mean_sojourn - self.service)

    @property
    def mean_waiting(self) -> float:
        return self.throughput * self.mean_wait

    @property
    def _settled(self) -> tuple[float, float]:
        return _birth_death(self.load / min(n, self.servers) for n in range(1, self.places + 1))


@dataclass(frozen=True)
class ClosedMMc:
    """A fixed number of `users`, who `think`, send a request to one M/M/c queue, and wait for the answer.

    Think and service times are exponential, with means above 0 (the machine-repair model, M/M/c//N).
    """

    users: int
    think: float
    service: float
    servers: int

    def __post_init__(self) -> None:
        _whole(self, "users", self.users, 1)
        _positive(self, "think", self.think)
        _positive(self, "service", self.service)
        _whole(self, "servers", self.servers, 1)

    @property
    def mean_number(self) -> float:
        """Mean number of requests present, waiting or in service."""
        ratio = self.service / self.think
        steps = range(1, self.users + 1)
        return _birth_death((self.users - n + 1) * ratio / min(n, self.servers) for n in steps)[1]

    @property
    def throughput(self) -> float:
        """Requests a second: X = (N − L) / Z, since who is not waiting is thinking."""
        return (self.users - self.mean_number) / self.think

    @property
    def utilisation(self) -> float:
        """Share of the time that a server is busy, at most 1: X·S / servers."""
        return self.throughput * self.service / self.servers

    @property
    def mean_sojourn(self) -> float:
        """R = N/X − Z, by the response-time law."""
        return response_time(self.users, self.throughput, self.think)

    @property
    def knee(self) -> float:
        """How many users could be served with no waiting, if all came in perfect turn: N* = c·(Z + S)/S."""
        return self.servers * (self.think + self.service) / self.service


def erlang_b(servers: int, load: float) -> float:
    """Probability that an arrival finds all `servers` (0 or more) busy, where it is then lost.

    `load` is λ·S in erlangs, 0 or more. Erlang (1917), by the recursion B(c) = a·B(c−1) / (c + a·B(c−1)),
    which cannot overflow.
    """
    _whole("erlang_b", "servers", servers, 0)
    _not_negative("erlang_b", "load", load)
    return _birth_death(load / n for n in range(1, servers + 1))[0]


def erlang_c(servers: int, load: float) -> float:
    """Probability that an arrival must wait for one of `servers` (1 or more), where all wait their turn.

    C = B / (1 − ρ·(1 − B)), with B of `erlang_b`; 1 where the load is that of all servers or more.
    """
    _whole("erlang_c", "servers", servers, 1)
    _not_negative("erlang_c", "load", load)
    if load >= servers:
        return 1.0
    blocked = erlang_b(servers, load)
    return blocked / (1 - load / servers * (1 - blocked))


def servers_for(rate: float, service: float, percentile: float, seconds: float) -> int:
    """The least number of servers with which `percentile` (0.99, say) of sojourns take `seconds` at most.

    A service alone takes longer than −S·ln(1 − percentile) that often, so a target at or below that floor is
    refused.
    """
    floor = -_positive("servers_for", "service", service) * math.log1p(-_share("servers_for", percentile))
    if not _seconds("servers_for", seconds) > floor:
        raise ValueError(
            f"servers_for: seconds is {seconds!r}; it must be above {floor:.6g}, "
            f"the {percentile:g} percentile of the service alone, with any number of servers"
        )
    servers = max(1, math.floor(MM1(rate, service).load))
    while MMc(rate, service, servers).probability_over(seconds) > 1 - percentile:
        servers += 1
    return servers


def servers_for_waiting(load: float, probability: float) -> int:
    """The least number of servers with which an arrival must wait with `probability` at most (Erlang C).

    `probability` lies between 0 and 1, both excluded.
    """
    _positive("servers_for_waiting", "load", load)
    _between("servers_for_waiting", "probability", probability)
    servers = math.floor(load) + 1
    while erlang_c(servers, load) > probability:
        servers += 1
    return servers


def square_root_servers(load: float, beta: float = 1.0) -> int:
    """Servers by the square-root rule, a + β·√a, rounded up (Halfin, Whitt 1981). β from 1 to 2 is usual."""
    _positive("square_root_servers", "load", load)
    return math.ceil(load + _not_negative("square_root_servers", "beta", beta) * math.sqrt(load))


def response_time(users: float, throughput: float, think: float) -> float:
    """The response-time law, R = N/X − Z: N `users`, who `think` for Z seconds, get X answers a second.

    It asks nothing of any distribution (Denning, Buzen 1978). A result below 0 says that the three cannot
    belong together.
    """
    _positive("response_time", "users", users)
    _positive("response_time", "throughput", throughput)
    return users / throughput - _not_negative("response_time", "think", think)


def slowest_of(copies: int, mean: float) -> float:
    """Mean of the longest of `copies` exponential times of that `mean`: m·(1 + 1/2 + … + 1/N)."""
    _whole("slowest_of", "copies", copies, 1)
    return _positive("slowest_of", "mean", mean) * math.fsum(1 / n for n in range(1, copies + 1))


def any_beyond(copies: int, percentile: float) -> float:
    """Probability that at least one of `copies` times goes beyond their common `percentile` q: 1 − q^N."""
    _whole("any_beyond", "copies", copies, 1)
    return 1 - _share("any_beyond", percentile) ** copies


def overtaken(gap: float, first: float, second: float) -> float:
    """How often the second of two messages, sent `gap` seconds after the first, is done before it.

    Both find a free worker, and take exponential times of means `first` and `second`: the first must still be
    at it when the second comes, e^(−gap/first), and lose from there, first/(first + second).
    """
    _not_negative("overtaken", "gap", gap)
    _positive("overtaken", "first", first)
    return first / (first + _positive("overtaken", "second", second)) * math.exp(-gap / first)


def all_in_order(messages: int, gap: float, mean: float) -> float:
    """How often `messages`, `gap` seconds apart and of exponential time `mean` each, are all done in their order.

    Each finds a free worker. Of k that are being worked on, any is as likely as the others to be done next,
    and it must be the oldest: 1/k.
    """
    _whole("all_in_order", "messages", messages, 1, most=1000)
    still = math.exp(-_not_negative("all_in_order", "gap", gap) / _positive("all_in_order", "mean", mean))
    busy = {1: 1.0}  # messages at work -> how often, all that are done in order
    for _ in range(messages - 1):
        after: dict[int, float] = {}
        for k, share in busy.items():
            for left in range(k + 1):
                done = math.comb(k, left) * still**left * (1 - still) ** (k - left)
                in_order = math.factorial(left) / math.factorial(k)
                after[left + 1] = after.get(left + 1, 0.0) + share * done * in_order
        busy = after
    return math.fsum(share / math.factorial(k) for k, share in busy.items())


def mm1_mean_wait_half_width(rho: float, jobs: int) -> float:
    """How close to the truth, 19 times in 20, the mean wait of `jobs` successive M/M/1 customers lies.

    Counted in mean services: multiply by the mean service time for seconds. 1.96·√(v / jobs), where v = ρ(2 +
    5ρ − 4ρ² + ρ³) / (1 − ρ)⁴ is the asymptotic variance of the mean of the waits, with the correlation of
    neighbours in it: Blomqvist (1967), Daley (1968); for planning runs: Whitt, Management Science 35 (1989).
    Good where the run is long, many times 1/(1 − ρ)² jobs. `rho` lies between 0 and 1, both excluded.
    """
    _whole("mm1_mean_wait_half_width", "jobs", jobs, 1, most=10**15)
    return Z95 * math.sqrt(_asymptotic_variance(rho) / jobs)


def relative_half_width(rho: float, jobs: int) -> float:
    """`mm1_mean_wait_half_width` as a fraction of the mean wait ρ/(1 − ρ): 0.07 says ±7 %."""
    return mm1_mean_wait_half_width(rho, jobs) * (1 - rho) / rho


def jobs_for(rho: float, half_width: float) -> int:
    """How many M/M/1 customers a mean wait good to ±`half_width` (0.05 is 5 %) needs, 19 times in 20."""
    _positive("jobs_for", "half_width", half_width)
    return math.ceil(_asymptotic_variance(rho) * (Z95 * (1 - rho) / (rho * half_width)) ** 2)


def _asymptotic_variance(rho: float) -> float:
    _between("mm1_mean_wait_half_width", "rho", rho)
    return rho * (2 + 5 * rho - 4 * rho**2 + rho**3) / (1 - rho) ** 4


def _birth_death(ratios: Iterable[float]) -> tuple[float, float]:
    """Probability of the highest state of a birth-death chain, and its mean state.

    The n-th ratio is p(n) / p(n−1). State by state, all is kept as a share of the states so far: nothing
    overflows.
    """
    top, mean = 1.0, 0.0
    for n, ratio in enumerate(ratios, 1):
        weight = top * ratio
        top, mean = weight / (1 + weight), (mean + n * weight) / (1 + weight)
    return top, mean


def _is_number(value: Any) -> bool:
    number = not isinstance(value, bool) and isinstance(value, numbers.Real)
    return number and bool(-1e300 < value < 1e300)


def _positive(owner: object, field: str, value: float) -> float:
    if not (_is_number(value) and value > 0):
        raise _refusal(owner, field, value, "a finite number above 0")
    return value


def _not_negative(owner: object, field: str, value: float) -> float:
    if not (_is_number(value) and value >= 0):
        raise _refusal(owner, field, value, "a finite number, 0 or more")
    return value


def _between(owner: object, field: str, value: float) -> float:
    if not (_is_number(value) and 0 < value < 1):
        raise _refusal(owner, field, value, "a fraction between 0 and 1, both excluded, such as 0.8")
    return value


def _share(owner: object, value: float) -> float:
    if not (_is_number(value) and 0 <= value < 1):
        raise _refusal(owner, "the percentile", value, "a fraction from 0 to below 1, such as 0.99")
    return value


def _seconds(owner: object, value: float) -> float:
    return _not_negative(owner, "seconds", value)


def _whole(owner: object, field: str, value: object, least: int, most: int = _MOST) -> None:
    if isinstance(value, bool) or not (isinstance(value, numbers.Integral) and least <= int(value) <= most):
        raise _refusal(owner, field, value, f"a whole number from {least} to {most}")


def _refusal(owner: object, field: str, value: object, right: str) -> ValueError:
    name = owner if isinstance(owner, str) else type(owner).__name__
    return ValueError(f"{name}: {field} is {value!r}; it must be {right}")

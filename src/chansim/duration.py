"""How long things take: laws of probability for service, think and travel times.

What may live here: frozen laws with a mean, a variability and a quantile, and how a law is written. A law
draws nothing: whoever has a random stream asks `law.quantile(stream.random())`. Durations are seconds, 0 or
more and at most `LONGEST`; only words for people and the command line count in milliseconds.

A learner's own law needs no base class: whatever has the three members of `Duration` is one.
"""

import math
import numbers
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Protocol, runtime_checkable

from chansim.quantities import lasting, plain

LONGEST = 1e9
"""The longest duration that is taken, in seconds: some thirty years. More is a slip of units."""

# "The same seed gives the same trace on every machine" asks that durations be the same to the last bit. Plus,
# times and divide are, by IEEE 754; logarithm and exponential are not: the C libraries of two machines may
# differ in their last bit. So whatever comes out of them is rounded to a grid of 2**-32 s, a quarter of a
# nanosecond. Two results that differ in the last bit then fall on the same point, unless a middle between two
# points lies just between them: for times below a second, less than once in a million results that differ.
# Durations on the grid also add up exactly, for up to 24 days.
_PER_SECOND = 2.0**32
_GRID = 2.0**-32

_unit_normal = NormalDist().inv_cdf
_exp = math.exp
_log1p = math.log1p


@runtime_checkable
class Duration(Protocol):
    """Anything that says how long something takes."""

    @property
    def mean(self) -> float:
        """The mean, in seconds."""

    @property
    def scv(self) -> float:
        """The squared coefficient of variation, variance / mean²: 0 when constant, 1 when exponential."""

    def quantile(self, u: float, /) -> float:
        """The duration, in seconds, that a share `u` of all stay within, for `u` from 0 to below 1.

        It never falls as `u` rises. It is called for every message: `u` is taken as it comes, without a
        check.
        """


# What `quantile` needs is worked out once, and kept in attributes that are no dataclass fields (they have no
# annotation): no part of the comparison, of the repr, or of the fields that a widget shows.


@dataclass(frozen=True)
class Constant:
    """Always `seconds`, exactly."""

    seconds: float

    def __post_init__(self) -> None:
        _settle(self, "seconds")

    @property
    def mean(self) -> float:
        return self.seconds

    @property
    def scv(self) -> float:
        return 0.0

    def quantile(self, u: float, /) -> float:
        return self.seconds

    def __str__(self) -> str:
        return f"constant, {lasting(self.seconds)}"


@dataclass(frozen=True)
class Exponential:
    """Exponential with a `mean` in seconds: how long it has taken says nothing of how long it will."""

    mean: float

    _scale = 0.0

    def __post_init__(self) -> None:
        _settle(self, "mean")
        _keep(self, "_scale", -self.mean * _PER_SECOND)

    @property
    def scv(self) -> float:
        return 1.0

    def quantile(self, u: float, /) -> float:
        return int(self._scale * _log1p(-u) + 0.5) * _GRID

    def __str__(self) -> str:
        return f"exponential, mean {lasting(self.mean)}"


@dataclass(frozen=True)
class EventOrTimeout:
    """Until an event that comes at random, `every` so many seconds on average, but no longer than `timeout`."""

    every: float
    timeout: float

    _scale = 0.0

    def __post_init__(self) -> None:
        _settle(self, "every")
        _settle(self, "timeout")
        _keep(self, "_scale", -self.every * _PER_SECOND)

    @property
    def mean(self) -> float:
        return -self.every * math.expm1(-self._ratio)

    @property
    def scv(self) -> float:
        r = self._ratio
        if not self.every or r < 1e-4:
            return (
                r / 3 if self.every else 0.0
            )  # hardly ever an event: the formula would subtract like from like
        none = _exp(-r)  # the share that sees no event
        return 2 * (1 - none - (r * none if none else 0.0)) / (1 - none) ** 2 - 1

    @property
    def _ratio(self) -> float:
        return self.timeout / self.every if self.every else 0.0

    def quantile(self, u: float, /) -> float:
        return min(int(self._scale * _log1p(-u) + 0.5) * _GRID, self.timeout)

    def __str__(self) -> str:
        return f"an event, every {lasting(self.every)}, or at most {lasting(self.timeout)}"


@dataclass(frozen=True)
class LogNormal:
    """Lognormal with a `mean` in seconds; `sigma`, from 0 to 10, is the standard deviation of the logarithm.

    Its scv is exp(sigma²) − 1: 0.28 for a sigma of 0.5, 1.72 for 1, 8.5 for 1.5.
    """

    mean: float
    sigma: float

    _scale = 0.0

    def __post_init__(self) -> None:
        _settle(self, "mean")
        _settle(self, "sigma", 10, "")
        _keep(self, "_scale", self.mean * _exp(-self.sigma * self.sigma / 2) * _PER_SECOND)

    @property
    def scv(self) -> float:
        return math.expm1(self.sigma * self.sigma)

    def quantile(self, u: float, /) -> float:
        # The normal law has no quantile at 0; the least float above stands in for it.
        return int(self._scale * _exp(self.sigma * _unit_normal(u or 5e-324)) + 0.5) * _GRID

    def __str__(self) -> str:
        return f"lognormal, mean {lasting(self.mean)}, sigma {plain(self.sigma)}"


@dataclass(frozen=True)
class TwoPoint:
    """`usual` seconds, or `rare` seconds in a `share` (a fraction from 0 to 1) of the cases; exact."""

    usual: float
    rare: float
    share: float

    _low = _high = _low_share = 0.0

    def __post_init__(self) -> None:
        _settle(self, "usual")
        _settle(self, "rare")
        _settle(self, "share", 1, "")
        _keep(self, "_low", min(self.usual, self.rare))
        _keep(self, "_high", max(self.usual, self.rare))
        _keep(self, "_low_share", 1 - self.share if self.usual <= self.rare else self.share)

    @property
    def mean(self) -> float:
        return (1 - self.share) * self.usual + self.share * self.rare

    @property
    def scv(self) -> float:
        deviation = (self.rare - self.usual) / self.mean if self.mean else 0.0
        return self.share * (1 - self.share) * deviation * deviation

    def quantile(self, u: float, /) -> float:
        return self._low if u < self._low_share else self._high

    def __str__(self) -> str:
        return f"two-point, {lasting(self.usual)}, and {lasting(self.rare)} in {plain(100 * self.share)} % of cases"


@dataclass(frozen=True)
class Empirical:
    """One of the `values` (in seconds, at least one), each as likely; exact. Kept in rising order."""

    values: tuple[float, ...]

    _count = 0

    def __post_init__(self) -> None:
        values: object = self.values
        if isinstance(values, str) or not isinstance(values, Iterable):
            raise ValueError(f"Empirical: values is {values!r}; it must be seconds, such as (0.02, 0.03)")
        _keep(self, "values", tuple(sorted(_checked("Empirical: each of values", value) for value in values)))
        if not self.values:
            raise ValueError("Empirical: values is empty; it must hold at least one duration in seconds")
        _keep(self, "_count", len(self.values))

    @property
    def mean(self) -> float:
        return math.fsum(self.values) / self._count

    @property
    def scv(self) -> float:
        mean = self.mean
        return math.fsum((value / mean - 1) ** 2 for value in self.values) / self._count if mean else 0.0

    def quantile(self, u: float, /) -> float:
        return self.values[int(u * self._count)]

    def __str__(self) -> str:
        return f"empirical, {self._count} values, mean {lasting(self.mean)}"


def as_duration(value: object, name: str = "the duration") -> Duration:
    """`value` itself if it is a `Duration`, or, for a number of seconds, the `Constant` of it.

    `name` says in the error whose duration it is. Raises ValueError for a number that is no duration, and
    TypeError for anything else.
    """
    if not isinstance(value, bool) and isinstance(value, numbers.Real):
        return Constant(_checked(name, value))
    if isinstance(value, Duration) and not isinstance(value, type):
        return value
    raise TypeError(f"{name} is {value!r}; {_NO_LAW}")


_NO_LAW = "it must be a number of seconds, such as 0.05, or a law, such as Exponential(mean=0.05)"


def what_is_wrong(value: object) -> str | None:
    """What `value` would have to be, where it is no duration; None where it is one."""
    try:
        as_duration(value)
    except (TypeError, ValueError) as error:
        return str(error).partition("; ")[2]  # behind whose value it is
    return None


# How each law is written on a command line: its parameters, and the law of them.
_WRITTEN: dict[str, tuple[str, Callable[..., Duration]]] = {
    "constant": ("MS", lambda ms: Constant(ms / 1000)),
    "exponential": ("MEAN", lambda mean: Exponential(mean / 1000)),
    "lognormal": ("MEAN,SIGMA", lambda mean, sigma: LogNormal(mean / 1000, sigma)),
    "two-point": ("USUAL,RARE,SHARE", lambda usual, rare, share: TwoPoint(usual / 1000, rare / 1000, share)),
}


def parse_duration(text: str) -> Duration:
    """The law that a `text` from a command line stands for, with times in milliseconds.

    `50` or `exponential:50`, `constant:50`, `lognormal:50,1.0` (mean, sigma), `two-point:20,620,0.05` (usual,
    rare, share of the rare). Raises ValueError, with the forms there are, for anything else.
    """
    name, colon, numbers_text = text.strip().partition(":")
    if not colon:
        name, numbers_text = "exponential", name
    form, law = _WRITTEN.get(name.strip().lower(), ("", None))
    try:
        parameters = [float(number) for number in numbers_text.split(",")]
    except ValueError:
        parameters = []
    if law is None or len(parameters) != len(form.split(",")):
        forms = ", ".join(f"{name}:{form}" for name, (form, _) in _WRITTEN.items())
        raise ValueError(
            f"{text!r} is no duration; it may be a number (the mean of an exponential law) "
            f"or one of {forms}, with times in milliseconds"
        )
    try:
        return law(*parameters)
    except ValueError as error:
        raise ValueError(f"{text!r} is no duration: {error}") from None


def _checked(name: str, value: Any, most: float = LONGEST, unit: str = " of seconds") -> float:
    number = not isinstance(value, bool) and isinstance(value, numbers.Real)
    if not (number and 0 <= value <= most):
        raise ValueError(f"{name} is {value!r}; it must be a number{unit} from 0 to {most:g}")
    return float(value)


def _settle(law: object, field: str, *limits: Any) -> None:
    _keep(law, field, _checked(f"{type(law).__name__}: {field}", getattr(law, field), *limits))


def _keep(law: object, name: str, value: object) -> None:
    object.__setattr__(law, name, value)  # a law is frozen, but not while it is made

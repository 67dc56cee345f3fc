"""Laws: the ways in which times and arrivals may vary, to choose one by hand, each with one number.

What may live here: for each such law what it is called in simple words, how it is made of its number, what its number
is, and the same law with another one. Any other law stays as somebody wrote it, until one of these is chosen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from chansim.duration import Constant, Exponential, LogNormal, TwoPoint
from chansim.model.arrivals import Bursts, Poisson, Regular


@dataclass(frozen=True)
class Law:
    """A law to choose: its *words*, how one is *made* of a number, and the same one with another *number*."""

    words: str
    made: Callable[[float], Any]
    with_number: Callable[[Any, float], Any]


DURATIONS = {
    "Constant": Law("always the same (constant)", Constant, lambda law, mean: Constant(mean)),
    "Exponential": Law("at random (exponential)", Exponential, lambda law, mean: Exponential(mean)),
    "LogNormal": Law(
        "at random, a few very long (lognormal)",
        lambda mean: LogNormal(mean, 1.0),
        lambda law, mean: replace(law, mean=mean),
    ),
    "TwoPoint": Law(
        "mostly short, one in ten very long (two-point)",
        lambda mean: TwoPoint(round(0.5 * mean, 12), round(5.5 * mean, 12), 0.1),
        lambda law, mean: _two_point(law, mean),
    ),
}
"""How times vary, by the name of the type; the number is the mean, in seconds."""

ARRIVALS = {
    "Poisson": Law("at random (Poisson)", Poisson, lambda law, rate: Poisson(rate)),
    "Regular": Law("evenly spaced", Regular, lambda law, rate: replace(law, rate=rate)),
    "Bursts": Law(
        "in bursts of ten, at random",
        lambda rate: Bursts(10, Poisson(rate / 10)),
        lambda law, rate: replace(law, when=replace(law.when, rate=rate / law.size)),
    ),
}
"""How clients come, by the name of the type; the number is arrivals a second."""


def number_of(law: Any) -> float | None:
    """The mean of a duration, in seconds, or the arrivals a second; None for one that has no such number."""
    if hasattr(law, "quantile"):
        return float(law.mean) if type(law).__name__ in DURATIONS else None
    bursts = getattr(law, "size", 1), getattr(law, "when", law)
    return bursts[0] * bursts[1].rate if hasattr(bursts[1], "rate") else None


def of(law: Any) -> dict[str, Law]:
    """The laws that may be chosen in the place of *law*."""
    return DURATIONS if hasattr(law, "quantile") else ARRIVALS


def chosen(law: Any, name: str) -> Any:
    """The law of that *name* with the number of *law*, where it has one, else its mean, or 1 a second."""
    number = number_of(law)
    return of(law)[name].made(round(getattr(law, "mean", 1.0), 9) if number is None else number)


def turned(law: Any, number: float) -> Any:
    """The same *law* with another *number*."""
    return of(law)[type(law).__name__].with_number(law, number)


def _two_point(law: TwoPoint, mean: float) -> TwoPoint:
    if not law.mean:
        fresh: TwoPoint = DURATIONS["TwoPoint"].made(mean)
        return fresh
    times = mean / law.mean
    return replace(law, usual=round(law.usual * times, 12), rare=round(law.rare * times, 12))

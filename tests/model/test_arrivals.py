"""Arrivals: at which moments clients come."""

import math
from itertools import islice, pairwise
from random import Random
from typing import Any

import pytest

from chansim import ScenarioError
from chansim.model.arrivals import Poisson, Recorded


def test_poisson_arrivals_come_at_their_rate_and_vary_as_they_should() -> None:
    """Of 20 000 gaps the mean has a relative error of 1/√20000, the
    variance of √(8/20000); four of these are allowed."""
    moments = [0.0, *islice(Poisson(40.0).moments(Random(1)), 20_000)]
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    mean = sum(gaps) / len(gaps)
    variance = sum((gap - mean) ** 2 for gap in gaps) / len(gaps)
    assert mean == pytest.approx(1 / 40, rel=4 / math.sqrt(20_000))
    assert variance == pytest.approx(mean**2, rel=4 * math.sqrt(8 / 20_000))
    assert min(gaps) >= 0


def test_recorded_arrivals_come_when_they_came() -> None:
    assert list(Recorded([0.0, 0.5, 0.5, 3.0]).moments(Random(1))) == [0.0, 0.5, 0.5, 3.0]  # type: ignore[arg-type]


@pytest.mark.parametrize("rate", [0, -1.0, math.inf, math.nan, "5", None, True])
def test_a_rate_is_a_number_above_zero(rate: Any) -> None:
    with pytest.raises(
        ScenarioError, match=f"arrivals: rate={rate!r}: it must be a number of arrivals a second above 0"
    ):
        Poisson(rate)


@pytest.mark.parametrize("at", [(1.0, 0.5), (-1.0, 0.0), (0.0, math.nan), (math.nan,), (0.0, math.inf), ()])
def test_recorded_moments_are_in_order_from_zero(at: tuple[float, ...]) -> None:
    with pytest.raises(ScenarioError, match="arrivals: at"):
        Recorded(at)


@pytest.mark.parametrize("at", [5, ("a", "b"), (None,), "12"])
def test_recorded_moments_are_numbers(at: Any) -> None:
    with pytest.raises(ScenarioError, match="arrivals: at"):
        Recorded(at)


def test_laws_can_be_compared_and_hashed_and_read() -> None:
    assert Poisson(5.0) == Poisson(5.0) != Poisson(6.0)
    assert hash(Recorded((0.0, 1.0))) == hash(Recorded((0.0, 1.0)))
    assert str(Poisson(5.0)) == "5/s, Poisson"
    assert "0.0" not in repr(Recorded((0.0, 1.0), source="access.log"))

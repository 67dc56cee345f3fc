"""Arrivals: at which moments clients come."""

import math
from itertools import islice, pairwise, takewhile
from random import Random
from typing import Any

import pytest

from chansim import ScenarioError
from chansim.model.arrivals import Arrivals, Bursts, Changing, Daily, Poisson, Recorded, Regular


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


def first(law: Arrivals, count: int, seed: int = 1) -> list[float]:
    return list(islice(law.moments(Random(seed)), count))


def until(law: Arrivals, end: float, seed: int = 1) -> list[float]:
    return list(takewhile(end.__gt__, law.moments(Random(seed))))


def test_regular_arrivals_are_evenly_spaced_and_never_drift() -> None:
    assert first(Regular(4.0), 4) == [0.0, 0.25, 0.5, 0.75]
    assert first(Regular(2.0, offset=1.25), 3) == [1.25, 1.75, 2.25]
    assert first(Regular(10.0), 1_000_001)[-1] == 100_000.0


def test_bursts_bring_all_their_clients_at_one_moment() -> None:
    assert first(Bursts(3, Recorded((0.5, 2.0))), 9) == [0.5, 0.5, 0.5, 2.0, 2.0, 2.0]
    alone, together = first(Poisson(2.0), 100), first(Bursts(2, Poisson(2.0)), 200)
    assert together[::2] == together[1::2] == alone


def test_bursts_end_when_the_law_of_their_moments_does() -> None:
    assert Bursts(5, Poisson(1.0)).endless
    assert not Bursts(5, Recorded((1.0,))).endless


def test_a_day_is_busiest_at_its_middle() -> None:
    """Over 100 periods each quarter's number is Poisson: the rate's integral over the two quarters at night is
    (low + high)/4 - (high - low)/(2π) of a period, over the two of the day that much more. Four deviations."""
    day = Daily(low=10.0, high=50.0, period=4.0)
    moments = until(day, 400.0)
    night = sum(moment % 4.0 < 1.0 or moment % 4.0 >= 3.0 for moment in moments)
    for found, sign in ((night, -1), (len(moments) - night, +1)):
        expected = 400 * (60 / 4 + sign * 40 / (2 * math.pi))
        assert abs(found - expected) < 4 * math.sqrt(expected)
    assert (day.rate_at(0.0), day.rate_at(1.0), day.rate_at(2.0)) == (10.0, pytest.approx(30.0), 50.0)
    assert day.endless


def test_a_flat_day_is_a_poisson_stream_thinned_by_nothing() -> None:
    moments = until(Daily(low=20.0, high=20.0), 200.0)
    assert abs(len(moments) - 4000) < 4 * math.sqrt(4000)


def test_a_changing_rate_is_followed_to_the_second() -> None:
    """0 to 100/s within 10 s, then a jump to 20/s: Poisson numbers of the rate's integral."""
    rates = Changing(((0, 0), (10, 100), (10, 20), (30, 20)))
    totals = [0, 0, 0]
    for seed in range(40):
        for moment in until(rates, 40.0, seed):
            totals[0 if moment < 5 else 1 if moment < 10 else 2] += 1
    for found, integral in zip(totals, (125, 375, 600), strict=True):
        assert abs(found - 40 * integral) < 4 * math.sqrt(40 * integral)
    assert rates.endless


def test_a_constant_rate_written_as_changes_is_poisson() -> None:
    """The same draws give the same moments, to rounding."""
    pieces = Changing(((0, 8), (3, 8), (3, 8), (50, 8)))
    assert first(pieces, 1000) == pytest.approx(first(Poisson(8.0), 1000), rel=1e-8)


def test_after_a_last_rate_of_nothing_nobody_comes() -> None:
    hour = Changing(((0, 100), (2, 100), (2, 0)))
    assert not hour.endless
    moments = list(hour.moments(Random(1)))
    assert moments == sorted(moments)
    assert moments[-1] <= 2
    assert abs(len(moments) - 200) < 4 * math.sqrt(200)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Regular(0.0), "rate=0.0: it must be a number of arrivals a second above 0"),
        (lambda: Poisson(1e308), r"rate=1e\+308: it must be from 0.000000001 to 1,000,000 arrivals a second"),
        (lambda: Poisson(1e-308), "rate=1e-308: it must be from"),
        (lambda: Regular(1.0, -1), "offset=-1: it must be a number of seconds, 0 or more"),
        (lambda: Bursts(0, Poisson(1.0)), "size=0: it must be a whole number of clients from 1"),
        (lambda: Bursts(True, Poisson(1.0)), "size=True"),
        (lambda: Bursts(2, 1.0), r"when=1.0: it must be Poisson\(rate\), Recorded\(moments\) or the like"),  # type: ignore[arg-type]
        (lambda: Daily(5.0, 4.0), r"low=5.0: it must not be above high=4.0"),
        (lambda: Daily(-1.0, 4.0), "low=-1.0: it must be a number of arrivals a second, 0 or more"),
        (lambda: Daily(0.0, 0.0), "high=0.0: it must be a number of arrivals a second above 0"),
        (lambda: Daily(1.0, 2.0, 0), "period=0: it must be a number of seconds above 0"),
        (lambda: Changing(()), r"rates=\(\): it must be \(\(0, rate\)"),
        (lambda: Changing(((1, 5),)), "it must be"),
        (lambda: Changing(((0, 5), (2, 1), (1, 1))), "moments in order"),
        (lambda: Changing(((0, 0), (2, 0))), "not all 0"),
        (lambda: Changing(((0, math.nan),)), "it must be"),
        (lambda: Changing(5), "rates=5"),  # type: ignore[arg-type]
    ],
)
def test_a_law_that_cannot_be_is_answered_in_words(make: Any, words: str) -> None:
    with pytest.raises(ScenarioError, match=f"arrivals: .*{words}"):
        make()


def test_each_law_says_what_it_is() -> None:
    laws = (
        Regular(5.0),
        Bursts(10, Poisson(0.5)),
        Daily(2.0, 30.0),
        Changing(((0, 5), (60, 50))),
    )
    assert [str(law) for law in laws] == [
        "5/s, regular",
        "bursts of 10, 0.5/s, Poisson",
        "2 to 30/s, daily",
        "5 to 50/s, changing",
    ]
    assert len({*laws, *laws}) == 4

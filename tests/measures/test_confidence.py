import math
import random

import pytest

from chansim.measures import Interval, batch_means, interval
from chansim.measures.confidence import t95


def test_an_interval_of_two_values():
    found = interval([1.0, 3.0])
    assert found.mean == 2.0
    assert found.half_width == pytest.approx(12.706)  # t(1) times the standard error, which is 1
    assert found.low == pytest.approx(-10.706)
    assert found.high == pytest.approx(14.706)


def test_it_contains_what_lies_between_its_ends():
    assert 2.5 in Interval(2.0, 0.5, 10)
    assert 2.6 not in Interval(2.0, 0.5, 10)


def test_batches_are_equal_and_what_does_not_fill_one_is_cut_off_in_front():
    assert batch_means([100.0, 1.0, 2.0, 3.0, 4.0], batches=2) == interval([1.5, 3.5])
    assert batch_means([100.0, 100.0, 1.0, 2.0, 3.0, 4.0], batches=2, warm_up=0.34) == interval([1.5, 3.5])


def test_too_few_values_have_a_mean_at_most():
    few = batch_means([1.0, 3.0], batches=20)
    assert few.mean == 2.0
    assert math.isnan(few.half_width)
    assert 2.0 not in few
    assert math.isnan(interval([1.0]).half_width)
    assert math.isnan(interval([]).mean)
    assert math.isnan(batch_means([]).mean)


@pytest.mark.parametrize(
    ("freedom", "quantile"), [(1, 12.706), (19, 2.093), (30, 2.042), (31, 2.0395), (60, 2.0003)]
)
def test_students_t(freedom, quantile):
    assert t95(freedom) == pytest.approx(quantile, abs=1e-4)


def test_students_t_falls_to_the_normal_quantile():
    values = [t95(freedom) for freedom in range(1, 200)]
    assert values == sorted(values, reverse=True)
    assert t95(10**9) == pytest.approx(1.959964)
    assert math.isnan(t95(0))


def test_about_95_of_100_intervals_hold_the_true_mean():
    draw = random.Random(1).gauss
    hits = sum(5.0 in batch_means([draw(5.0, 2.0) for _ in range(100)], batches=10) for _ in range(400))
    assert 0.92 < hits / 400 < 0.98


def test_values_that_follow_one_another_need_batches():
    draw = random.Random(2).gauss
    series, value = [], 0.0
    for _ in range(20_000):
        value = 0.99 * value + draw(0.0, 1.0)
        series.append(value)
    assert batch_means(series).half_width > 5 * interval(series).half_width


@pytest.mark.parametrize(("batches", "warm_up"), [(1, 0.0), (20, 1.0), (20, -0.1)])
def test_wrong_questions_are_answered_in_words(batches, warm_up):
    with pytest.raises(ValueError, match=r"batches=1|warm_up="):
        batch_means([1.0] * 100, batches, warm_up)

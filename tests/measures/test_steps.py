import math

from chansim.measures.steps import Steps, steps

UP_AND_DOWN = steps([(1.0, +1), (2.0, +1), (4.0, -2)], end=10.0)


def test_changes_add_up():
    assert steps([(1.0, +1), (2.0, +1), (4.0, -2)], end=10.0) == Steps([1.0, 2.0, 4.0], [1, 2, 0], 10.0)
    assert UP_AND_DOWN.maximum == 2


def test_what_comes_and_goes_at_one_instant_does_not_show():
    assert steps([(1.0, +1), (1.0, +1), (1.0, -1)], end=2.0) == Steps([1.0], [1], 2.0)


def test_the_value_at_a_moment_is_the_one_after_its_change():
    assert [UP_AND_DOWN.at(moment) for moment in (0.0, 1.0, 1.9, 2.0, 9.0)] == [0, 1, 1, 2, 0]


def test_the_mean_is_over_time():
    assert UP_AND_DOWN.mean() == 0.5
    assert UP_AND_DOWN.mean(since=1.0, until=3.0) == 1.5
    assert UP_AND_DOWN.mean(since=5.0) == 0.0


def test_no_changes_are_no_data():
    nothing = steps([], end=10.0)
    assert nothing.maximum is None
    assert nothing.at(5.0) is None
    assert math.isnan(nothing.mean())


def test_no_time_has_no_mean():
    assert math.isnan(UP_AND_DOWN.mean(since=10.0))

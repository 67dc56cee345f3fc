"""Numbers as people write them."""

import doctest
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chansim import deployments, quantities
from chansim.expected import expected
from chansim.quantities import lasting, plain


def test_the_examples_are_so():
    assert doctest.testmod(quantities).failed == 0


@given(st.floats(-1e300, 1e300, allow_subnormal=False), st.integers(2, 10))
def test_there_is_no_exponent_and_the_number_is_right_to_its_digits(value, digits):
    text = plain(value, digits)
    assert "e" not in text
    assert float(text.replace(",", "")) == pytest.approx(value, rel=0.51 * 10 ** (1 - digits), abs=0)


@given(st.floats(1e-9, 1e9))
def test_a_time_is_in_a_unit_in_which_it_can_be_read(seconds):
    number, unit = lasting(seconds).split()
    assert unit == ("s" if seconds >= 1 else "ms")
    assert math.isclose(float(number.replace(",", "")), seconds * (1 if unit == "s" else 1000), rel_tol=1e-5)


@pytest.mark.parametrize("rate", [1e-6, 1e6])
def test_no_label_no_word_and_no_closed_form_has_an_exponent(rate):
    scenario = deployments.slide24(members=2, rate=rate)
    said = [*scenario["chatters"].label, *(figure.words + figure.value for figure in expected(scenario))]
    said += deployments.slide16(rate=rate)["clients"].label
    assert not any("e+0" in each or "e-0" in each for each in said)
    assert f"{plain(rate)}/s" in said[-1]

"""Each law keeps its mean and variability, never falls as u rises, and says in words what it is."""

import copy
import dataclasses
import math
import pickle
import statistics
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chansim.duration import (
    Constant,
    Duration,
    Empirical,
    EventOrTimeout,
    Exponential,
    LogNormal,
    TwoPoint,
    as_duration,
    parse_duration,
)

seconds = st.floats(0, 1e4)
laws: st.SearchStrategy[Duration] = st.one_of(
    seconds.map(Constant),
    seconds.map(Exponential),
    st.builds(LogNormal, seconds, st.floats(0, 3)),
    st.builds(EventOrTimeout, seconds, seconds),
    st.builds(TwoPoint, seconds, seconds, st.floats(0, 1)),
    st.lists(seconds, min_size=1).map(lambda values: Empirical(tuple(values))),
)
shares = st.floats(0, 1, exclude_max=True)

SOME = [
    Constant(0.05),
    Exponential(0.05),
    LogNormal(0.05, 0.5),
    EventOrTimeout(every=10.0, timeout=30.0),
    EventOrTimeout(every=30.0, timeout=10.0),
    TwoPoint(usual=0.02, rare=0.62, share=0.05),
    TwoPoint(usual=0.62, rare=0.02, share=0.95),
    Empirical((0.03, 0.01, 0.02)),
]


@given(laws, shares, shares)
def test_a_quantile_never_falls_as_u_rises(law: Duration, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= law.quantile(low) <= law.quantile(high) < math.inf


@given(laws)
def test_the_ends_of_the_unit_interval_are_fine(law: Duration) -> None:
    assert 0 <= law.quantile(0.0) <= law.quantile(1 - 2**-53) < math.inf


@pytest.mark.parametrize("law", SOME, ids=str)
def test_the_quantiles_have_the_mean_and_the_variability_that_the_law_states(law: Duration) -> None:
    # The middles of 100 000 equal shares are a sample without luck; it misses half a share of the tail,
    # less than 1 % of the variance for the most variable of these laws.
    sample = [law.quantile((n + 0.5) / 100_000) for n in range(100_000)]
    assert statistics.fmean(sample) == pytest.approx(law.mean, rel=1e-4)
    assert statistics.pvariance(sample) / law.mean**2 == pytest.approx(law.scv, rel=0.01, abs=1e-12)


def test_the_scv_of_the_course() -> None:
    assert LogNormal(0.05, 1.0).scv == pytest.approx(1.72, abs=0.005)
    assert TwoPoint(0.02, 0.62, 0.05).mean == pytest.approx(0.05)
    assert TwoPoint(0.02, 0.62, 0.05).scv == pytest.approx(6.84)
    assert TwoPoint(0.02, 3.02, 0.01).scv == pytest.approx(35.64)


def test_the_median_of_an_exponential_is_on_the_grid() -> None:
    median = Exponential(0.05).quantile(0.5)
    assert median == pytest.approx(0.05 * math.log(2), abs=2**-33)
    assert median * 2**32 == int(median * 2**32)


@given(st.one_of(st.builds(Exponential, seconds), st.builds(LogNormal, seconds, st.floats(0, 3))), shares)
def test_what_comes_out_of_a_logarithm_is_on_the_grid(law: Duration, u: float) -> None:
    assert (law.quantile(u) * 2**32).is_integer()


def test_values_given_come_out_exactly_as_given() -> None:
    assert Constant(0.1).quantile(0.3) == 0.1
    assert [Empirical((0.3, 0.1, 0.7)).quantile(u) for u in (0, 0.33, 0.34, 0.67, 0.99)] == [
        0.1,
        0.1,
        0.3,
        0.7,
        0.7,
    ]
    assert [TwoPoint(0.1, 0.7, 0.25).quantile(u) for u in (0, 0.74, 0.75, 0.99)] == [0.1, 0.1, 0.7, 0.7]
    assert [TwoPoint(0.7, 0.1, 0.25).quantile(u) for u in (0, 0.24, 0.25, 0.99)] == [0.1, 0.1, 0.7, 0.7]


def test_a_share_of_none_or_all_is_taken_at_its_word() -> None:
    for usual, rare in ((0.1, 0.7), (0.7, 0.1)):
        assert {TwoPoint(usual, rare, 0).quantile(u) for u in (0, 0.5, 1 - 2**-53)} == {usual}
        assert {TwoPoint(usual, rare, 1).quantile(u) for u in (0, 0.5, 1 - 2**-53)} == {rare}


def test_no_sigma_makes_a_lognormal_constant() -> None:
    assert {LogNormal(0.5, 0).quantile(u) for u in (0, 0.2, 0.9)} == {0.5}


def test_a_duration_of_nothing_varies_by_nothing() -> None:
    assert Constant(0).scv == TwoPoint(0, 0, 0.5).scv == Empirical((0, 0)).scv == 0


@pytest.mark.parametrize(
    ("law", "words"),
    [
        (Constant(0.05), "constant, 50 ms"),
        (Exponential(0.05), "exponential, mean 50 ms"),
        (LogNormal(1.5, 0.5), "lognormal, mean 1.5 s, sigma 0.5"),
        (TwoPoint(0.02, 0.62, 0.05), "two-point, 20 ms, and 620 ms in 5 % of cases"),
        (Empirical((0.01, 0.03)), "empirical, 2 values, mean 20 ms"),
    ],
)
def test_a_law_says_in_words_what_it_is(law: Duration, words: str) -> None:
    assert str(law) == words


@given(laws)
def test_laws_are_values(law: Duration) -> None:
    assert eval(repr(law)) == law
    assert hash(copy.deepcopy(law)) == hash(law)
    loaded = pickle.loads(pickle.dumps(law))
    assert loaded == law
    assert loaded.quantile(0.7) == law.quantile(0.7)


def test_a_law_shows_its_parameters_and_nothing_else() -> None:
    assert [field.name for field in dataclasses.fields(LogNormal)] == ["mean", "sigma"]
    assert dataclasses.replace(Exponential(1), mean=2).quantile(0.5) == Exponential(2).quantile(0.5)
    with pytest.raises(dataclasses.FrozenInstanceError):
        Exponential(1).mean = 2  # type: ignore[misc]


@dataclass(frozen=True)
class Uniform:
    """A law as a learner might bring it."""

    mean: float
    scv: float = 1 / 3

    def quantile(self, u: float, /) -> float:
        return 2 * self.mean * u


def test_a_law_of_ones_own_is_a_duration() -> None:
    assert as_duration(Uniform(0.1)) == Uniform(0.1)


def test_a_number_is_a_constant_and_a_law_stays_itself() -> None:
    law = Exponential(0.05)
    assert as_duration(law) is law
    assert as_duration(2) == as_duration(2.0) == Constant(2.0)


@pytest.mark.parametrize("value", ["0.05", None, True, Exponential, Constant, object(), 1j])
def test_what_is_no_duration_is_refused_in_words(value: object) -> None:
    with pytest.raises(TypeError, match=r"service is .*; it must be a number of seconds"):
        as_duration(value, "service")


@pytest.mark.parametrize("value", [-1, math.nan, math.inf, -math.inf, 1e10, 10**400])
def test_a_number_that_is_no_duration_is_refused_everywhere(value: float) -> None:
    for make in (as_duration, Constant, Exponential, lambda v: LogNormal(v, 1), lambda v: LogNormal(1, v),
                 lambda v: TwoPoint(v, 1, 0.5), lambda v: TwoPoint(1, v, 0.5), lambda v: TwoPoint(1, 1, v),
                 lambda v: Empirical((0.1, v))):  # fmt: skip
        with pytest.raises(ValueError, match=r" is .*; it must be a number.* from 0 to "):
            make(value)


@pytest.mark.parametrize("values", [(), "12", 3, ("a",), None])
def test_an_empirical_law_needs_values(values: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"Empirical: .*must "):
        Empirical(values)


@pytest.mark.parametrize(
    ("text", "law"),
    [
        ("50", Exponential(0.05)),
        (" 0.5 ", Exponential(0.0005)),
        ("constant:50", Constant(0.05)),
        ("Exponential: 50", Exponential(0.05)),
        ("lognormal:50,1.0", LogNormal(0.05, 1.0)),
        ("two-point:20,620,0.05", TwoPoint(0.02, 0.62, 0.05)),
    ],
)
def test_a_law_can_be_written_on_the_command_line(text: str, law: Duration) -> None:
    assert parse_duration(text) == law


@pytest.mark.parametrize(
    "text", ["", "fifty", "gamma:50", "50 ms", "lognormal:50", "constant:50,1", "constant:", ":50", "50,1"]
)
def test_a_text_that_is_no_law_lists_those_there_are(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"no duration; .*constant:MS, exponential:MEAN, lognormal:MEAN,SIGMA"
    ):
        parse_duration(text)


@pytest.mark.parametrize("text", ["-50", "nan", "inf", "two-point:1,2,3", "lognormal:50,99"])
def test_a_law_with_a_wrong_number_says_which(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no duration: .* is .*; it must be"):
        parse_duration(text)

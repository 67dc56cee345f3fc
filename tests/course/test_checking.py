import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chansim.course import check
from chansim.course.checking import judge
from chansim.course.lessons import EXERCISES


def test_check_prints_one_line_and_returns_nothing(capsys):
    assert check("01-workers", 7) is None
    out = capsys.readouterr().out
    assert out.startswith("✓ ")
    assert out.count("\n") == 1


def test_an_exercise_that_is_not_there_is_answered_with_the_nearest_name():
    assert str(judge("01-worker", 7)) == "→ there is no exercise '01-worker': did you mean '01-workers'?"
    assert "there are 00-chat, 01-sojourn" in str(judge("something else", 7))
    assert not judge(None, 7).good


class Awkward:
    """An answer that fails whatever one does with it."""

    def __getattr__(self, name):
        raise RuntimeError("hands off")

    def __repr__(self):
        raise RuntimeError("hands off")


@pytest.mark.parametrize("name", EXERCISES)
def test_nothing_makes_a_check_raise(name, capsys):
    for answer in (None, Awkward(), Awkward, object(), print, [], "", 1j, 10**400, float("nan")):
        check(name, answer)
        assert capsys.readouterr().out.splitlines()[-1].startswith("→ ")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=9), inner, max_size=4)
        | st.sets(st.integers(), max_size=4)
        | st.functions(like=lambda *_: None, returns=inner, pure=True)
    ),
    max_leaves=8,
)


@settings(max_examples=200, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(EXERCISES)), ANYTHING)
def test_whatever_is_answered_there_is_a_sentence(name, answer):
    words = str(judge(name, answer))
    assert words.startswith(("✓ ", "→ "))
    assert len(words) > 10
    assert "Traceback" not in words


def test_names_begin_with_the_lesson():
    assert all(name[:2].isdigit() and name[2] == "-" for name in EXERCISES)

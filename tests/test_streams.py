"""A stream belongs to its seed, component and purpose, and to nothing else."""

import os
import random
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chansim.streams import stream

EXPECTED = [0.466536094519055, 0.9766526929911812, 0.6387812754606287]

owners = st.tuples(st.integers(), st.text(), st.text())


@given(owners)
def test_the_same_owner_draws_the_same_numbers(owner: tuple[int, str, str]) -> None:
    first, again = stream(*owner), stream(*owner)
    assert [first.random() for _ in range(5)] == [again.random() for _ in range(5)]


@given(owners, owners)
def test_other_owners_draw_other_numbers(one: tuple[int, str, str], other: tuple[int, str, str]) -> None:
    assert (stream(*one).random() == stream(*other).random()) == (one == other)


def test_names_that_read_alike_when_joined_are_kept_apart() -> None:
    assert stream(1, "a", "bc").random() != stream(1, "ab", "c").random()


def test_the_numbers_are_these_on_every_machine() -> None:
    numbers = stream(1, "browsers", "arrivals")
    assert [numbers.random() for _ in range(3)] == EXPECTED


def test_another_process_draws_the_same_whatever_its_hash_seed() -> None:
    code = "from chansim.streams import stream; print(stream(1, 'browsers', 'arrivals').random())"
    for hash_seed in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert float(done.stdout) == EXPECTED[0]


def test_the_global_generator_is_left_alone() -> None:
    random.seed(1)
    expected = random.random()
    random.seed(1)
    stream(2, "worker", "service").random()
    assert random.random() == expected


@pytest.mark.parametrize(
    ("owner", "field"),
    [
        ((1.5, "a", "b"), "seed"),
        ((True, "a", "b"), "seed"),
        ((1, None, "b"), "component"),
        ((1, "a", 2), "purpose"),
    ],
)
def test_a_wrong_argument_is_named(owner: tuple[int, str, str], field: str) -> None:
    with pytest.raises(ValueError, match=f"{field} is .*must be"):
        stream(*owner)

"""TOML: what is written is read back as it was, and a place has a line."""

import math
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chansim.files.toml import WIDTH, line_of, statements, table, twice, written

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
PLAIN = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | NAMES
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)


def same(a: Any, b: Any) -> bool:
    """Equal, and of equal types: 1 is not 1.0, nor True."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[name], b[name]) for name in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and repr(a) == repr(b)


@given(VALUES)
def test_a_value_is_read_as_it_was_written(value: Any) -> None:
    assert same(tomllib.loads(f"it = {written(value)}")["it"], value)


@given(st.lists(NAMES, min_size=1, max_size=3), st.dictionaries(NAMES, VALUES, max_size=5))
def test_a_table_is_read_as_it_was_written(path: list[str], values: dict[str, Any]) -> None:
    found = tomllib.loads(table(tuple(path), values))
    for name in path:
        found = found[name]
    assert found.keys() == values.keys()
    assert all(same(found[name], values[name]) for name in values)


@given(st.dictionaries(NAMES, st.dictionaries(NAMES, VALUES, max_size=3), min_size=1, max_size=4))
def test_every_heading_and_every_key_is_found_in_its_line(tables: dict[str, Any]) -> None:
    text = "\n".join(table((name,), values) for name, values in tables.items())
    assert twice(text) is None
    lines = text.split("\n")
    for name, values in tables.items():
        assert tomllib.loads(lines[line_of(text, (name,)) - 1]) == {name: {}}
        for key in values:
            before = "\n".join(lines[: line_of(text, (name, key)) - 1])
            assert key not in tomllib.loads(before).get(name, {})  # what is above the line has no such key


def test_infinities() -> None:
    assert (written(math.inf), written(-math.inf), written(math.nan)) == ("inf", "-inf", "nan")


def test_what_is_long_is_broken_into_lines() -> None:
    text = written([n / 8 for n in range(200)])
    assert max(map(len, text.splitlines())) <= WIDTH
    assert len(text.splitlines()) < 30
    assert written([{"a": "x" * 60}, {"b": "y" * 60}]).count("\n") == 3
    long = {"first": dict.fromkeys("abcdefghijklmnopqrstuvwxyz", 1.0), "second": 2}
    assert table(("it",), long).startswith("[it]\nsecond = 2\n\n[it.first]\na = 1.0\n")


TEXT = """\
title = "x"

[components.a]
at = [
    1.0,
    2.0,  # two
]
words = '''
[components.b]
c = 1'''

[components."b c"]
law = { type = "Poisson",
  rate = 1.0 }
"""


def test_the_line_of_a_place() -> None:
    text = TEXT.replace(",\n  rate", ", rate")
    places = {
        ("title",): 1,
        ("components", "a"): 3,
        ("components", "a", "at"): 4,
        ("components", "a", "words"): 8,
        ("components", "b c"): 12,
        ("components", "b c", "law", "rate"): 13,
        ("components", "b c", "nothing"): 12,
        ("nothing",): 0,
    }
    assert {place: line_of(text, place) for place in places} == places


def test_places_are_found_up_to_what_is_no_toml() -> None:
    """An inline table may not be broken, in the TOML of 2021."""
    assert [line for line, _ in statements(TEXT)] == [1, 3, 4, 8, 12]


def test_tables_of_a_list_are_counted() -> None:
    text = "[[a.b]]\nx = 1\n[[a.b]]\nx = 2\n"
    assert list(statements(text)) == [
        (1, ("a", "b", "[0]")), (2, ("a", "b", "[0]", "x")), (3, ("a", "b", "[1]")), (4, ("a", "b", "[1]", "x"))
    ]  # fmt: skip
    assert twice(text) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[a.b]\n[a.c]\n[a.b]\n", (("a", "b"), 1, 3)),
        ("a = 1\nb = 2\na = 3\n", (("a",), 1, 3)),
        ("[t]\na = 1\n[u]\na = 3\n", None),
    ],
)
def test_what_is_there_twice_is_found(text: str, found: object) -> None:
    assert twice(text) == found

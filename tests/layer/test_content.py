"""What a message may hold, and that it is copied whole."""

import enum
from collections import OrderedDict
from decimal import Decimal
from marshal import dumps as written
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chansim.layer.content import LARGEST, _flat, _json, copied, copied_again
from chansim.layer.contract import MessageTooLarge

words = st.sampled_from(["", "text", "grüße"])
plain = st.sampled_from([None, True, 0, -1, 2**63 - 1, -(2**63), 0.5, "", "text", b"", b"bytes"])
deep = st.recursive(plain, lambda each: st.lists(each) | st.dictionaries(words, each), max_leaves=10)
contents = st.dictionaries(words, deep)


def containers(value: Any) -> list[int]:
    """Which lists and dicts a value is made of."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = [id(value)] if isinstance(value, (dict, list)) else []
    return own + [each for item in inner for each in containers(item)]


@settings(max_examples=50, deadline=None, derandomize=True)
@given(contents)
def test_a_copy_is_equal_and_shares_nothing_that_can_change(content: dict[str, Any]) -> None:
    copy = copied(content)
    assert copy == content
    assert not set(containers(copy)) & set(containers(content))


def test_tuples_become_lists_at_every_depth() -> None:
    assert copied({"a": (1, (2,)), "b": {"c": ((),)}}) == {"a": [1, [2]], "b": {"c": [[]]}}


class Colour(enum.IntEnum):
    RED = 3


class SafeText(str):
    """As Django's: text with a mark on it."""


def test_what_is_plain_at_heart_is_sent_as_that() -> None:
    copy = copied({"n": Colour.RED, "s": SafeText("x"), "d": OrderedDict(a=1), "deep": [SafeText("y")]})
    assert [type(value) for value in copy.values()] == [int, str, dict, list]
    assert type(copy["deep"][0]) is str


@pytest.mark.parametrize("value", [object(), Decimal(1), {1, 2}, 1j, bytearray(b"x"), print])
def test_anything_else_is_refused_with_its_place(value: Any) -> None:
    kind = type(value).__name__
    with pytest.raises(TypeError, match=rf"the message's 'a' holds a {kind}; a layer carries bytes, text"):
        copied({"a": value})
    with pytest.raises(TypeError, match=rf"'a\.b' holds a {kind}"):
        copied({"a": {"b": [value]}})


@pytest.mark.parametrize("content", [None, "text", 5, ["a"], (("a", 1),)])
def test_a_message_is_a_dict(content: Any) -> None:
    with pytest.raises(TypeError, match=f"a message is a dict, not {type(content).__name__}"):
        copied(content)


@pytest.mark.parametrize("content", [{1: "a"}, {"a": {b"b": 1}}, {None: 1}])
def test_keys_are_text(content: Any) -> None:
    with pytest.raises(TypeError, match="a message's keys are text, not "):
        copied(content)


def test_text_of_a_class_of_its_own_is_a_key_like_any_other() -> None:
    assert copied({SafeText("a"): {SafeText("b"): 1}}) == {"a": {"b": 1}}


# -- size


@pytest.mark.parametrize(
    ("content", "size"),
    [
        ({}, 2),
        ({"a": 1}, 7),
        ({"a": None, "b": [True, 1.5, "é"]}, len('{"a":null,"b":[true,1.5,"é"]}') + 1),
        ({"a": b"\x00\xff"}, 10),
        ({"a": "\n\x00"}, len('{"a":""}') + 2 + 6),
    ],
)
def test_the_size_is_that_of_the_json_and_bytes_count_as_letters(content: dict[str, Any], size: int) -> None:
    assert _json(content) == size


def test_a_message_may_have_exactly_the_largest_size() -> None:
    body = b"x" * (LARGEST - len('{"body":""}'))
    assert copied({"body": body}) == {"body": body}
    with pytest.raises(
        MessageTooLarge, match=r"1,048,577 bytes as JSON, a layer carries 1,048,576; .* 'body'"
    ):
        copied({"body": body + b"x"})


@settings(max_examples=200, deadline=None, derandomize=True)
@given(contents)
def test_the_quick_bounds_are_never_below_the_size(content: dict[str, Any]) -> None:
    assert (len(written(content, 2)) + 8 * len(content)) * 6 >= _json(content)
    for value in content.values():
        if isinstance(value, list):
            assert _flat(value, "") == 0 or _flat(value, "") * 6 >= _json(value)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1])
def test_a_whole_number_has_64_bits(number: int) -> None:
    for content in ({"n": number}, {"n": [1, number]}, {"n": {"n": ["text", number]}}):
        with pytest.raises(
            ValueError, match="holds a whole number of 64 bits; a layer carries 64, with the sign"
        ):
            copied(content)


def test_the_reserved_key_is_refused() -> None:
    with pytest.raises(ValueError, match="'__asgi_channel__'"):
        copied({"__asgi_channel__": "x!a"})


@settings(max_examples=50, deadline=None, derandomize=True)
@given(contents)
def test_a_copy_of_a_copy_is_as_good(content: dict[str, Any]) -> None:
    copy = copied(content)
    again = copied_again(copy)
    assert again == copy
    assert not set(containers(again)) & set(containers(copy))

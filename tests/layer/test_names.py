"""Which names of channels and groups are legal: the table of June 2016 (semantics, 1.2)."""

from typing import Any

import pytest

from chansim.layer.names import InvalidName, check_channel, check_group, one_reader


@pytest.mark.parametrize(
    "name",
    ["a", "http.request", "http.response!AbCdEfGh", "http.request.body?x", "a-b_c.9", "a" * 100, "x!y-_.9"],
)
def test_legal_channel_names(name: str) -> None:
    check_channel(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a b",
        "a!",
        "a?",
        "!a",
        "?a",
        "a!b!c",
        "a!b?c",
        "a!!b",
        "a/b",
        "a\n",
        "a!b\n",
        "a!é",
        "٣",
        "a" * 101,
        "é",
    ],
)
def test_illegal_channel_names(name: str) -> None:
    with pytest.raises(InvalidName, match="channel name"):
        check_channel(name)


@pytest.mark.parametrize("name", ["chat", "room-1", "a.b_c", "g" * 100])
def test_legal_group_names(name: str) -> None:
    check_group(name)


@pytest.mark.parametrize("name", ["", "a!b", "a?b", "a b", "room\n", "g" * 101])
def test_illegal_group_names(name: str) -> None:
    with pytest.raises(InvalidName, match="group name"):
        check_group(name)


@pytest.mark.parametrize("name", [None, 5, b"http.request", ["a"]])
def test_a_name_is_text(name: Any) -> None:
    with pytest.raises(InvalidName, match=f"a channel name is text, not {type(name).__name__}"):
        check_channel(name)
    with pytest.raises(InvalidName, match="a group name is text"):
        check_group(name)


def test_the_error_says_what_a_name_may_hold_and_how_long_it_may_be() -> None:
    with pytest.raises(
        InvalidName, match=r"'a b' is no channel name: it may hold letters, digits, '-', '_', '\.'"
    ):
        check_channel("a b")
    with pytest.raises(
        InvalidName, match="at most 100 characters in june2016, this one 150: 'xxxxxxxxxxxxxxxxxxxx'"
    ):
        check_channel("x" * 150)


@pytest.mark.parametrize("caught", [TypeError, ValueError])
def test_it_is_the_type_error_of_asgiref_1_and_a_value_error(caught: type[Exception]) -> None:
    with pytest.raises(caught):
        check_channel("a b")


def test_marks_say_how_many_readers_a_channel_has() -> None:
    named = ("http.request", "http.response!x", "body?x")
    assert [one_reader(name) for name in named] == [False, True, True]

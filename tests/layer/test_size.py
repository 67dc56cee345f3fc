"""A message is too large exactly where its JSON is: the quick guess that comes first is never too low."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chansim.layer import content
from chansim.layer.content import LARGEST, copied
from chansim.layer.contract import MessageTooLarge

texts = st.text(st.characters(codec="utf-8"), max_size=30)
plain = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | texts | st.just("\0" * 20)
)
deep = st.recursive(plain, lambda each: st.lists(each) | st.dictionaries(texts, each), max_leaves=20)
contents = st.dictionaries(texts, deep | st.lists(st.just([]) | st.just({}), max_size=60))


def written(message: dict[str, Any]) -> int:
    """Bytes of a message as JSON."""
    return len(json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode())


@settings(max_examples=60, deadline=None, derandomize=True)
@given(contents, st.integers(2, 200))
def test_what_is_larger_than_the_largest_is_refused_and_nothing_else(
    message: dict[str, Any], largest: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(content, "LARGEST", largest)
        if written(message) > largest:
            with pytest.raises(MessageTooLarge):
                copied(message)
        else:
            copied(message)


def test_the_largest_is_one_megabyte_to_the_byte() -> None:
    rest = written({"text": "", "bytes": ""})
    message = {"text": "x" * (LARGEST - rest - 1000), "bytes": b"y" * 1000}
    assert LARGEST == 2**20
    assert copied(message) == message
    with pytest.raises(MessageTooLarge, match=r"1,048,577 bytes as JSON, a layer carries 1,048,576.*'text'"):
        copied({**message, "text": message["text"] + "x"})


def test_a_great_many_empty_lists_are_a_large_message() -> None:
    with pytest.raises(MessageTooLarge):
        copied({"empty": [[]] * 360_000})

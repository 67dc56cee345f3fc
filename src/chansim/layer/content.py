"""What a message may hold: that it is checked, copied whole, and no larger than a layer carries.

The types are those of the draft: byte strings, text, whole numbers of 64 bits, floats, booleans, None,
lists (a tuple becomes one) and dicts with text keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from json import dumps
from marshal import dumps as written
from typing import Any

from chansim.layer.contract import Content, MessageTooLarge

LARGEST = 1_048_576
"""Bytes that a message may have if it is written as JSON, without spaces, in UTF-8; bytes count as so many letters.

The draft says "1MB" and that every layer must carry that much: so it is the larger of the two readings."""

RESERVED = "__asgi_channel__"
"""A key that historic layers kept for themselves."""

LOWEST, HIGHEST = -(2**63), 2**63 - 1
"""The whole numbers that a message may hold: no "longs" in the draft of June 2016, signed 64 bits in the later one."""

_PLAIN = frozenset({str, bytes, int, float, bool, type(None)})
_LETTERS = frozenset({str, bytes})
_LISTS = frozenset({list})
_AT_HEART: dict[type, Callable[[Any], Any]] = {
    int: int.__int__,
    float: float.__float__,
    str: str.__str__,
    bytes: bytes.__bytes__,
}
"""An IntEnum or a SafeString is sent as the number or the text that it is."""

_WORST = 6
"""Bytes of JSON for each byte that marshal writes, at most: a control character is one, and six. That is a quick way
to see that a message is far from too large. (Not a later version of its format: there what stands twice is written
once.)"""


def copied(content: Content) -> Content:
    """A deep copy of *content*; tuples become lists.

    Raises TypeError for anything that no message may hold, ValueError for a whole number of more than 64 bits and
    for the reserved key, MessageTooLarge for more than LARGEST bytes.
    """
    if not isinstance(content, dict):
        raise TypeError(f"a message is a dict, not {type(content).__name__}: {content!r}")
    copy = dict(content)
    size = 0
    try:
        for key, value in copy.items():
            if key.__class__ is not str:
                return copied({_key(key): value for key, value in content.items()})
            kind = value.__class__
            if kind is str or kind is bytes:
                size += len(key) + len(value)
            elif kind is int:
                size += len(key)
                if not LOWEST <= value <= HIGHEST:
                    _whole(value, key)
            elif kind in _PLAIN:
                size += len(key)
            elif kind is list and not value:
                copy[key] = []
                size += len(key)
            elif kind is list and (flat := _flat(value, key)):
                copy[key] = value[:]
                size += len(key) + flat
            else:
                value = copy[key] = _copied(value, key)
                size += len(key) + len(written(value, 2))
    except RecursionError:
        raise ValueError(f"the message's {key!r} is nested too deeply, or holds itself") from None
    if RESERVED in copy:
        raise ValueError(f"a message may not have the key {RESERVED!r}: layers keep it for themselves")
    if (size + 8 * len(copy)) * _WORST > LARGEST:
        check_size(copy)
    return copy


def copied_again(content: Content) -> Content:
    """A deep copy of what :func:`copied` gave: there is nothing left to check."""
    copy = content.copy()
    for key, value in content.items():
        if value.__class__ is list or value.__class__ is dict:
            copy[key] = _copied_again(value)
    return copy


def _copied_again(value: Any) -> Any:
    if value.__class__ is list:
        return [
            _copied_again(item) if item.__class__ is list or item.__class__ is dict else item
            for item in value
        ]
    return copied_again(value)


def _copied(value: Any, where: str) -> Any:
    kind = value.__class__
    if kind is int:
        return _whole(value, where)
    if kind in _PLAIN:
        return value
    if isinstance(value, (list, tuple)):
        return _copied_list(value, where)
    if isinstance(value, dict):
        return {_key(key): _copied(item, f"{where}.{key}") for key, item in value.items()}
    for plain, at_heart in _AT_HEART.items():
        if isinstance(value, plain):
            return _copied(at_heart(value), where)
    raise TypeError(
        f"the message's {where!r} holds a {type(value).__name__}; a layer carries bytes, text, whole numbers, "
        "floats, booleans, None, lists and dicts"
    )


def _flat(value: list[Any], where: str) -> int:
    """A bound for the size of a list without lists or dicts in it, as that of marshal; 0 for any other."""
    size = 8 + 8 * len(value)
    for item in value:
        kind = item.__class__
        if kind is str or kind is bytes:
            size += len(item)
        elif kind is int:
            if not LOWEST <= item <= HIGHEST:
                _whole(item, where)
        elif kind not in _PLAIN:
            return 0
    return size


def _copied_list(value: list[Any] | tuple[Any, ...], where: str) -> list[Any]:
    """Lists of lists of texts, as headers are, come by the million: they are gone through in C."""
    if _LISTS.issuperset(map(type, value)) and _LETTERS.issuperset(map(type, chain.from_iterable(value))):
        return [item[:] for item in value]
    return [_copied(item, where) for item in value]


def _whole(number: int, where: str) -> int:
    if not LOWEST <= number <= HIGHEST:
        raise ValueError(
            f"the message's {where!r} holds a whole number of {number.bit_length()} bits; a layer carries 64, "
            f"with the sign: {LOWEST} to {HIGHEST}"
        )
    return number


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a message's keys are text, not {type(key).__name__}: {key!r}")
    return str.__str__(key)


def check_size(content: Content) -> None:
    """Raise MessageTooLarge if *content* is larger than LARGEST."""
    size = _json(content)
    if size > LARGEST:
        raise MessageTooLarge(
            f"the message has {size:,} bytes as JSON, a layer carries {LARGEST:,}; send it in parts, "
            f"its largest value is {max(content, key=lambda key: _json(content[key]))[:40]!r}"
        )


def _json(value: Any) -> int:
    """Bytes of *value* as JSON."""
    if isinstance(value, str):
        return len(dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    if isinstance(value, bytes):
        return len(value) + 2
    if isinstance(value, dict):
        return _joined(_json(key) + 1 + _json(item) for key, item in value.items())
    if isinstance(value, list):
        return _joined(map(_json, value))
    return len(dumps(value))


def _joined(sizes: Iterable[int]) -> int:
    """Of values in brackets, with a comma between two."""
    each = list(sizes)
    return sum(each) + max(len(each) - 1, 0) + 2

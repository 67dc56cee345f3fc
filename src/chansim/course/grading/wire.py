"""Wire: what the runner and the judge say to each other, a line of JSON at a time.

Only data crosses: numbers, texts, bytes, True and False, None, and lists, tuples, dicts and sets of them, each
coming out as what it was; for anything else, a reference that :mod:`~chansim.course.grading.peer` makes of it.
Nothing that arrives is ever executed or unpickled.
"""

from __future__ import annotations

import builtins
import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any, BinaryIO

from chansim.layer.contract import ChannelFull, MessageTooLarge

LONGEST_LINE = 4_000_000
"""Bytes: more is no answer."""

DEEPEST = 40

LAYERS: dict[str, type[Exception]] = {"ChannelFull": ChannelFull, "MessageTooLarge": MessageTooLarge}
"""The errors that a layer raises, which an exercise may be about."""


class NotData(Exception):
    """A value that cannot cross."""


class NothingMore(Exception):
    """The other side has ended, or talks nonsense."""


def nothing(value: Any) -> Any:
    """Makes no reference of anything."""
    raise NotData


def packed(value: Any, refer: Callable[[Any], Any] = nothing, depth: int = 0) -> Any:
    """*value* as JSON can hold it; *refer* makes the references. Raises NotData for anything but data, by its
    exact type, of which there is no reference."""
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if depth >= DEEPEST:
        raise NotData
    if kind in (list, tuple, set, frozenset):
        return {kind.__name__: [packed(each, refer, depth + 1) for each in value]}
    if kind is dict:
        return {
            "dict": [[packed(k, refer, depth + 1), packed(v, refer, depth + 1)] for k, v in value.items()]
        }
    if kind is bytes:
        return {"bytes": b64encode(value).decode()}
    number = _number_of_numpy(value)
    return {"reference": refer(value)} if number is None else number


def unpacked(value: Any, referred: Callable[[Any], Any] = nothing) -> Any:
    """The reverse; *referred* finds what a reference means. Raises NotData for what :func:`packed` never makes."""
    if not isinstance(value, dict):
        return value
    if len(value) != 1:
        raise NotData
    ((kind, items),) = value.items()
    makers: dict[str, Any] = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}
    try:
        if kind == "reference":
            return referred(items)
        if kind == "bytes":
            return b64decode(items, validate=True)
        if kind == "dict":
            return {unpacked(k, referred): unpacked(v, referred) for k, v in items}
        return makers[kind](unpacked(each, referred) for each in items)
    except (KeyError, TypeError, ValueError):
        raise NotData from None


def _number_of_numpy(value: Any) -> int | float | bool | None:
    """NumPy's own numbers count as numbers."""
    if type(value).__module__ != "numpy" or getattr(value, "shape", None) != ():
        return None
    number = value.item()
    return number if type(number) in (int, float, bool) else None


def write(stream: BinaryIO, message: dict[str, Any]) -> None:
    """Send *message*. Raises NothingMore where nobody listens, NotData where it is too long."""
    try:
        line = json.dumps(message).encode()
    except (ValueError, RecursionError):
        raise NotData from None
    if len(line) >= LONGEST_LINE:
        raise NotData
    try:
        stream.write(line + b"\n")
        stream.flush()
    except (OSError, ValueError):
        raise NothingMore from None


def read(stream: BinaryIO) -> dict[str, Any]:
    """The next message. Raises NothingMore at the end, and for anything that is no message."""
    try:
        line = stream.readline(LONGEST_LINE + 1)
        message = json.loads(line) if line.endswith(b"\n") else None
    except (OSError, ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise NothingMore
    return message


def error_of(name: Any, words: Any) -> Exception:
    """An error that was raised there, raised anew here: of Python's own kinds, or a layer's, by its name."""
    kind = LAYERS.get(str(name)) or getattr(builtins, str(name), None)
    if not (isinstance(kind, type) and issubclass(kind, Exception)) or issubclass(kind, UnicodeError):
        return RuntimeError(f"{name}: {words}"[:300])
    return kind(str(words)[:300])

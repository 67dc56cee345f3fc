"""Wire: what the runner and the judge say to each other, a line of JSON at a time.

Only data crosses: numbers, texts, True and False, None, and lists, tuples, dicts and sets of them, each coming
out as what it was. Nothing that arrives is ever executed or unpickled.
"""

from __future__ import annotations

import builtins
import json
from typing import Any, BinaryIO

LONGEST_LINE = 4_000_000
"""Bytes: more is no answer."""

DEEPEST = 40


class NotData(Exception):
    """A value that cannot cross."""


class NothingMore(Exception):
    """The other side has ended, or talks nonsense."""


def packed(value: Any, depth: int = 0) -> Any:
    """*value* as JSON can hold it. Raises NotData for anything but data, by its exact type."""
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if depth >= DEEPEST:
        raise NotData
    if kind in (list, tuple, set, frozenset):
        return {kind.__name__: [packed(each, depth + 1) for each in value]}
    if kind is dict:
        return {"dict": [[packed(k, depth + 1), packed(v, depth + 1)] for k, v in value.items()]}
    number = _number_of_numpy(value)
    if number is not None:
        return number
    raise NotData


def unpacked(value: Any) -> Any:
    """The reverse. Raises NotData for what :func:`packed` never makes."""
    if not isinstance(value, dict):
        return value
    if len(value) != 1:
        raise NotData
    ((kind, items),) = value.items()
    makers: dict[str, Any] = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}
    try:
        if kind == "dict":
            return {unpacked(k): unpacked(v) for k, v in items}
        return makers[kind](unpacked(each) for each in items)
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
    """An error that a learner's function raised there, raised anew here: of Python's own kinds, by its name."""
    kind = getattr(builtins, str(name), None)
    if not (isinstance(kind, type) and issubclass(kind, Exception)) or issubclass(kind, UnicodeError):
        return RuntimeError(f"{name}: {words}"[:300])
    return kind(str(words)[:300])

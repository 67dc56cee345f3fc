"""Kinds: whether a value that was read is what a field's annotation asks for, and in words what that is."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import fields
from typing import Any, Union, get_args, get_origin, get_type_hints

WORDS: dict[Any, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    bytes: '{ bytes = "..." }',
    type(None): "{ none = true }",
}
"""What a kind of value is called in a file."""


def hints_of(kind: type) -> dict[str, Any]:
    """The annotation of each field; empty where one of them cannot be found out."""
    try:
        return get_type_hints(kind)
    except Exception:  # whatever stands in an annotation of the caller's own
        return {}


def fits(value: object, hint: Any) -> bool:
    """Whether *value* is what *hint* asks for, as far as that can be told."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if origin in (Union, types.UnionType):
        return any(fits(value, each) for each in inner)
    if origin is tuple:
        if not isinstance(value, tuple):
            return False
        if inner[-1:] == (...,):
            return all(fits(each, inner[0]) for each in value)
        return len(value) == len(inner) and all(map(fits, value, inner))
    if origin is Callable or hint is Callable:
        return callable(value)
    if getattr(hint, "_is_protocol", False):
        return all(hasattr(value, name) for name in _members(hint))
    kind = origin or hint
    return not isinstance(kind, type) or isinstance(value, kind)


def in_words(hint: Any, known: dict[str, type]) -> str:
    """What *hint* asks for; of the types that are *known* those that would do."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint in WORDS:
        return WORDS[hint]
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(in_words(each, known) for each in inner))
    if origin is tuple:
        each = " or ".join(dict.fromkeys(in_words(one, known) for one in inner if one is not ...))
        if inner[-1:] == (...,):
            return f"a list, of {each}"
        return f"a list of {len(inner)}: {', '.join(in_words(one, known) for one in inner)}"
    if origin is Callable or hint is Callable:
        return '{ application = "its name" }'
    names = ", ".join(name for name, kind in known.items() if _would_do(kind, hint))
    return f'{{ type = "..." }} of {names}' if names else getattr(hint, "__name__", str(hint))


def _would_do(kind: type, hint: Any) -> bool:
    if getattr(hint, "_is_protocol", False):
        own = {each.name for each in fields(kind)}
        return all(name in own or hasattr(kind, name) for name in _members(hint))
    return isinstance(hint, type) and issubclass(kind, hint)


def _members(protocol: Any) -> set[str]:
    return {name for name in (*vars(protocol), *protocol.__annotations__) if not name.startswith("_")}

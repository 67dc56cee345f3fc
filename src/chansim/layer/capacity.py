"""How many messages a channel may hold: one number for all, and others for names that match a pattern."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Mapping

Pattern = str | re.Pattern[str]
"""A glob, as ``"http.*"``, which is held against the whole name; or a compiled regular expression, as its ``match``
finds it, from the name's beginning on."""


class Capacity:
    """*number* messages a channel, at least 1; *patterns*: other numbers, of which the first that matches counts.

    Raises ValueError for what is no number of messages.
    """

    __slots__ = ("_patterns", "number")

    def __init__(self, number: int, patterns: Mapping[Pattern, int] | None = None):
        _check("capacity", number)
        self.number = number
        self._patterns: list[tuple[Callable[[str], object], int]] = []
        for pattern, many in (patterns or {}).items():
            if isinstance(pattern, str):
                _check(pattern, many)
                self._patterns.append((re.compile(fnmatch.translate(pattern)).match, many))
            elif isinstance(pattern, re.Pattern) and isinstance(pattern.pattern, str):
                _check(repr(pattern), many)
                self._patterns.append((pattern.match, many))
            else:
                raise ValueError(
                    f"a layer's channel_capacity has the pattern {pattern!r}; a pattern is a glob or a compiled "
                    "regular expression, of text"
                )

    def __bool__(self) -> bool:
        """Whether it depends on the name."""
        return bool(self._patterns)

    def of(self, channel: str) -> int:
        """How many messages *channel* may hold."""
        for matches, many in self._patterns:
            if matches(channel):
                return many
        return self.number


def _check(what: str, number: object) -> None:
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise ValueError(f"a layer's {what}={number!r} must be a whole number of messages, 1 or more")

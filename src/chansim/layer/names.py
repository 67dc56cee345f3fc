"""Names of channels and groups: which are legal, and what ``!`` and ``?`` in them mean.

A channel name says who may read it:

- ``http.request``: a normal channel, read by any number of workers.
- ``http.response!AbCdEfGh``: process-specific, read by the one process that made it.
- ``http.request.body?AbCdEfGh``: single-reader, read by one process, whichever comes.

The rules are those of asgiref 0.13.3 (June 2016), with letters and digits kept to ASCII.
"""

from __future__ import annotations

import re

LONGEST = 100
"""Characters in the longest legal name (asgiref 0.13.3)."""

_CHANNEL = re.compile(r"[a-zA-Z0-9\-_.]+([?!][a-zA-Z0-9\-_.]+)?")
_GROUP = re.compile(r"[a-zA-Z0-9\-_.]+")


class InvalidName(TypeError, ValueError):
    """A name that no layer accepts; the message says which rule it breaks."""


def check_channel(name: object) -> None:
    """Raise InvalidName unless *name* is a legal channel name."""
    _check("channel", name, _CHANNEL, "letters, digits, '-', '_', '.', and at most one '!' or '?' inside")


def check_group(name: object) -> None:
    """Raise InvalidName unless *name* is a legal group name."""
    _check("group", name, _GROUP, "letters, digits, '-', '_' and '.'")


def _check(what: str, name: object, rule: re.Pattern[str], words: str) -> None:
    if not isinstance(name, str):
        raise InvalidName(f"a {what} name is text, not {type(name).__name__}: {name!r}")
    if len(name) > LONGEST:
        raise InvalidName(
            f"a {what} name has at most {LONGEST} characters, this one {len(name)}: {name[:20]!r}..."
        )
    if not rule.fullmatch(name):
        raise InvalidName(f"{name!r} is no {what} name: it may hold {words}")


def one_reader(name: str) -> bool:
    """Whether the channel *name* has a single reader: the name holds ``!`` or ``?``."""
    return "!" in name or "?" in name

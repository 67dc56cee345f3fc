"""Names of channels and groups: which are legal, and what ``!`` and ``?`` in them mean.

A channel name says who may read it:

- ``http.request``: a normal channel, read by any number of workers.
- ``http.response!AbCdEfGh``: process-specific, read by the one process that made it.
- ``http.request.body?AbCdEfGh``: single-reader, read by one process, whichever comes.

What follows a mark is the local part. Where an era's replies share a queue (2017), ``daphne.response.x!`` is the
queue of one server, received from by that name, and the local part tells its clients apart.

The rules are those of asgiref 0.13.3 (June 2016) and 1.1.2, with letters and digits kept to ASCII.
"""

from __future__ import annotations

import re

from chansim.layer.eras import JUNE_2016, Era

_CHANNEL = re.compile(r"[a-zA-Z0-9\-_.]+([?!][a-zA-Z0-9\-_.]+)?")
_CHANNEL_OR_QUEUE = re.compile(r"[a-zA-Z0-9\-_.]+(!|[?!][a-zA-Z0-9\-_.]+)?")
_GROUP = re.compile(r"[a-zA-Z0-9\-_.]+")


class InvalidName(TypeError, ValueError):
    """A name that no layer accepts; the message says which rule it breaks."""


def check_channel(name: object, era: Era = JUNE_2016) -> None:
    """Raise InvalidName unless *name* is a channel's legal name, to send to."""
    rule = _CHANNEL_OR_QUEUE if era.shared_replies else _CHANNEL
    _check("channel", name, rule, era, "letters, digits, '-', '_', '.', and at most one '!' or '?' inside")


def check_readable(name: object, era: Era = JUNE_2016) -> None:
    """Raise InvalidName unless *name* is one to receive from."""
    check_channel(name, era)
    assert isinstance(name, str)
    if era.shared_replies and queue_of(name) != name:
        raise InvalidName(
            f"{name!r} is one client's: in {era.name} the clients of a server share a queue, "
            f"receive from {queue_of(name)!r}"
        )


def check_group(name: object, era: Era = JUNE_2016) -> None:
    """Raise InvalidName unless *name* is a legal group name."""
    _check("group", name, _GROUP, era, "letters, digits, '-', '_' and '.'")


def _check(what: str, name: object, rule: re.Pattern[str], era: Era, words: str) -> None:
    if not isinstance(name, str):
        raise InvalidName(f"a {what} name is text, not {type(name).__name__}: {name!r}")
    if len(name) > era.longest_name:
        raise InvalidName(
            f"a {what} name has at most {era.longest_name} characters in {era.name}, this one {len(name)}: "
            f"{name[:20]!r}..."
        )
    if not rule.fullmatch(name):
        if rule is _CHANNEL and _CHANNEL_OR_QUEUE.fullmatch(name):
            words = f"a local part after its '!' in {era.name}, where each client has a channel of its own"
            raise InvalidName(f"{name!r} is no {what} name: it needs {words}")
        raise InvalidName(f"{name!r} is no {what} name: it may hold {words}")


def queue_of(name: str) -> str:
    """The part of a channel name that is received from where replies share a queue: up to the ``!``, or all of it."""
    head, mark, _ = name.partition("!")
    return head + mark


def one_reader(name: str) -> bool:
    """Whether the channel *name* has a single reader: the name holds ``!`` or ``?``."""
    return "!" in name or "?" in name
